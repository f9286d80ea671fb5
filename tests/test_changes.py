"""What a scenario changes in a county: read, refused, put into the tables, and seen by everything behind them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.assessment import assess
from analysis.changes import MOST_CHANGES, Changes, Moved, SourceAdded, StationAdded
from analysis.county_changes import SCENARIO, county_with, surveyed_county
from analysis.points import arrival_at
from analysis.results import RESULT_TABLES, about
from analysis.scenario import Scenario, scenario_from_json
from analysis.scenario_link import scenario_from_link, scenario_to_link
from analysis.sites import station_sites
from analysis.trip import trip
from analysis.water import HYPOTHETICAL
from analysis.water_assessment import assess_water
from geo.county import read_county
from geo.crs import WGS84
from geo.problems import InputError
from tests.counties import paper_county, plot, table_of
from tests.towns import CRS, at, plain_targets, town

if TYPE_CHECKING:
    from geo.county import County

DATA = Path(__file__).resolve().parent.parent / "data"
TARGETS = plain_targets()


def degrees(x: float, y: float) -> dict[str, Any]:
    """A point of the paper town's own metres in degrees."""
    here = gpd.GeoSeries([at(x, y)], crs=CRS).to_crs(WGS84).iloc[0]
    return {"lon": float(here.x), "lat": float(here.y)}


def station(its_id: str, x: float, y: float, **more: Any) -> StationAdded:
    return StationAdded(its_id, **degrees(x, y), **more)


def with_changes(**lists: Any) -> Scenario:
    return Scenario(changes=Changes(**lists), targets=TARGETS)


@cache
def street_town() -> County:
    """One street of 6 km from west to east at 10 m/s, a station at its start, a parcel at either end."""
    return paper_county(
        town([[(0, 0), (6000, 0)], [(6000, 0), (6000, 1000)]], opens=[0, 2030], name=["长街", "新街"]),
        parcels=[
            {"parcel_no": "west", "area_mu": 1.0, "geometry": plot(500, 5, 600, 50)},
            {"parcel_no": "east", "area_mu": 1.0, "geometry": plot(5500, 5, 5600, 50)},
        ],
        stations=[{"station_id": "A", "name": "西站", "geometry": at(0, 0), "crew": 10}],
        hydrants=[{"hydrant_id": "H", "geometry": at(550, 0)}],
        cranes=table_of("cranes", [{"crane_id": "W", "geometry": at(1000, 0), "flow_lps": 100.0}]),
        vehicles=pd.DataFrame(
            {
                "vehicle_id": ["V"], "name": [None], "status": ["in_use"], "status_as_printed": [None],
                "source": [None], "source_line": [None], "station_id": ["A"], "kind": ["水罐消防车"],
                "model": [None], "tank_l": [8000.0], "reach_m": [np.nan],
            }
        ),
    )  # fmt: skip


def seconds_at(county: County, scenario: Scenario, *places: tuple[float, float]) -> list[float]:
    points = gpd.GeoDataFrame(geometry=[at(x, y) for x, y in places], crs=CRS)
    seconds: list[float] = arrival_at(county, scenario, points)["arrival_s"].round(3).tolist()
    return seconds


FULL = Changes(
    stations_added=(station("B", 5000, 0, name="东站", turnout_s=30.0, engines=2.0, cost_wan_yuan=1500.0),),
    stations_moved=(Moved("A", **degrees(1000, 0), position_status="planned"),),
    hydrants_added=(SourceAdded("H2", **degrees(5550, 0), flow_lps=15.0),),
    hydrants_off=("H",),
    cranes_moved=(Moved("W", **degrees(4000, 0), position_class="P2"),),
    streets_opened=("2-1",),
)


@pytest.mark.parametrize("changes", [Changes(), FULL, Changes(stations_off=("A",))])
def test_changes_survive_json_and_a_link(changes: Changes) -> None:
    scenario = Scenario(name="东站", name_en="East", changes=changes)
    assert scenario_from_json(scenario.to_json()) == scenario
    link = scenario_to_link(scenario)
    assert link is not None
    assert scenario_from_link(link) == scenario


def test_two_stations_and_ten_hydrants_fit_into_a_link() -> None:
    rng = np.random.default_rng(1)
    places = [{"lon": round(114.7 + x, 6), "lat": round(38.6 + y, 6)} for x, y in rng.random((12, 2)) / 10]
    changes = Changes(
        stations_added=tuple(StationAdded(f"T-{i}", **places[i], name="灵山镇专职队") for i in range(2)),
        hydrants_added=tuple(SourceAdded(f"NH-{i}", **places[i], flow_lps=15.0) for i in range(2, 12)),
    )
    link = scenario_to_link(Scenario(changes=changes))
    assert link is not None
    assert len(link) < 1000
    assert scenario_from_link(link).changes == changes


def refused(changes: Any) -> set[tuple[str, str, int | None]]:
    with pytest.raises(InputError) as error:
        scenario_from_json(json.dumps({"changes": changes}), "s.json")
    assert all(each.text(language) for each in error.value.problems for language in ("zh", "en"))
    return {(each.code, each.field.removeprefix("changes."), each.row) for each in error.value.problems}


def test_everything_wrong_with_changes_is_said_at_once() -> None:
    good = {"id": "B", "lon": 114.7, "lat": 38.6}
    assert refused(
        {
            "stations_added": [
                good,
                {"id": " ", "lon": 190, "lat": "x"},
                good | {"turnout_s": -1, "colour": 1},
                7,
            ],
            "stations_moved": [good | {"id": "A", "position_class": "P4", "position_status": "guessed"}],
            "stations_off": ["A", 5],
            "hydrants_added": [
                good | {"flow_lps": float("inf"), "name": "a\nb"},
                {"id": "C", "lon": 10**400},
            ],
            "roads_off": [],
        }
    ) == {
        ("change_id", "stations_added.id", 2),
        ("target_range", "stations_added.lon", 2),
        ("target_range", "stations_added.lat", 2),
        ("target_range", "stations_added.turnout_s", 3),
        ("unknown_field", "stations_added.colour", 3),
        ("not_an_object", "stations_added", 4),
        ("not_in_list", "stations_moved.position_class", 1),
        ("not_in_list", "stations_moved.position_status", 1),
        ("change_id", "stations_off", 2),
        ("target_range", "hydrants_added.flow_lps", 1),
        ("change_name", "hydrants_added.name", 1),
        ("target_range", "hydrants_added.lon", 2),
        ("target_range", "hydrants_added.lat", 2),
        ("unknown_field", "roads_off", None),
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stations_off": ["A"], "stations_moved": [{"id": "A", "lon": 1, "lat": 1}]}, "change_twice"),
        ({"stations_off": ["A", "A"]}, "change_twice"),
        ({"stations_off": [str(i) for i in range(MOST_CHANGES + 1)]}, "changes_many"),
        ([], "not_an_object"),
        ({"stations_off": "A" * 200}, "change_id"),
    ],
)
def test_what_contradicts_itself_or_is_too_much_is_refused(changes: Any, code: str) -> None:
    assert code in {each[0] for each in refused(changes)}


def test_the_same_id_may_be_changed_in_two_layers() -> None:
    text = json.dumps({"changes": {"hydrants_off": ["1"], "cranes_off": ["1"]}})
    assert scenario_from_json(text).changes == Changes(hydrants_off=("1",), cranes_off=("1",))


def test_what_this_county_cannot_have_is_said_when_the_scenario_meets_it() -> None:
    wrong = with_changes(
        stations_added=(station("A", 0, 0), StationAdded("B", 14.0, 50.0), station("C", 1, 1, position_class="P6")),
        stations_off=("Z",),
        hydrants_moved=(Moved("Q", **degrees(0, 0)),),
        streets_opened=("2-1", "99-1"),
    )  # fmt: skip
    for ask in (
        lambda: county_with(street_town(), wrong),
        lambda: assess(street_town(), wrong),
        lambda: trip(street_town(), wrong, None, "west"),
        lambda: seconds_at(street_town(), wrong, (0, 0)),
    ):
        with pytest.raises(InputError) as error:
            ask()
        assert [(each.code, each.row) for each in error.value.problems] == [
            ("change_there", 1), ("change_unknown", 1), ("change_far_away", 2), ("change_no_township", 3),
            ("change_unknown", 1), ("street_unknown", 2),
        ]  # fmt: skip
    assert "A" in error.value.problems[1].text("en"), "the ids there are, are told"


def copies(county: County) -> dict[str, Any]:
    tables = {each.name: getattr(county, each.name) for each in fields(county)}
    return {name: value.copy(deep=True) for name, value in tables.items() if isinstance(value, pd.DataFrame)}


def test_nothing_given_is_written_into_and_the_same_changes_give_the_same_county() -> None:
    county, before = street_town(), copies(street_town())
    scenario = Scenario(changes=FULL, targets=TARGETS)
    made = county_with(county, scenario)
    again = county_with(county, scenario)
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(getattr(county, name)))
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(made, name)), pd.DataFrame(getattr(again, name)))
    assert made.network is again.network, "what is kept of a network is found again"
    assert county_with(made, scenario) is made
    assert surveyed_county(made) is county
    plain = county_with(county, Scenario(targets=TARGETS))
    assert (plain.digest, plain.stations is county.stations) == (county.digest, True)
    assert county_with(county, Scenario(year=2030, targets=TARGETS)) is county
    assert made.digest not in {county.digest, county_with(county, with_changes(stations_off=("A",))).digest}


def test_changes_are_put_into_the_county_as_surveyed_and_never_on_top_of_others() -> None:
    first = county_with(street_town(), Scenario(changes=FULL, targets=TARGETS))
    then = county_with(first, with_changes(stations_off=("A",)))
    assert then.stations["station_id"].tolist() == ["A"]
    assert then.stations["status"].tolist() == ["out_of_service"]
    assert then.hydrants is street_town().hydrants
    assert county_with(first, Scenario(year=2030, targets=TARGETS)) is street_town()


def test_every_place_of_a_scenario_says_so() -> None:
    county = county_with(street_town(), Scenario(changes=FULL, targets=TARGETS))
    stations, hydrants, cranes = county.stations, county.hydrants, county.cranes
    assert stations["scenario_change"].tolist() == ["moved", "added"]
    assert stations["position_status"].tolist() == ["planned", "assumed"]
    assert stations["source"].tolist() == [SCENARIO, SCENARIO]
    assert stations["status"].tolist() == ["in_use", HYPOTHETICAL]
    assert stations["name"].tolist() == ["西站", "东站"]
    assert stations["crew"].tolist()[0] == 10
    assert hydrants["scenario_change"].tolist() == ["off", "added"]
    assert hydrants["status"].tolist() == ["out_of_service", HYPOTHETICAL]
    assert hydrants["position_status"].tolist() == [None, "assumed"]
    assert cranes["position_class"].tolist() == ["P2"]
    assert cranes["shape"].iloc[0].area == pytest.approx(np.pi * 40**2, rel=0.01)
    for table in (stations, hydrants, cranes):
        given = table["scenario_change"].isin(["added", "moved"])
        assert table[given].geometry.notna().all()
        assert table.crs == CRS
    places = stations.geometry.to_numpy()
    assert shapely.distance(places, np.array([at(1000, 0), at(5000, 0)])).max() < 1e-3


def test_the_tables_keep_the_types_of_the_county() -> None:
    made = county_with(street_town(), Scenario(changes=FULL, targets=TARGETS))
    for name in ("stations", "hydrants", "cranes"):
        before, after = getattr(street_town(), name), getattr(made, name)
        assert after.dtypes[list(before.columns)].astype(str).tolist() == before.dtypes.astype(str).tolist()


def test_an_added_station_is_reckoned_on_paper() -> None:
    today = Scenario(targets=TARGETS)
    places = [(500, 0), (3000, 0), (5600, 0)]
    assert seconds_at(street_town(), today, *places) == [110.0, 360.0, 620.0]
    east = with_changes(stations_added=(station("B", 5000, 0, turnout_s=30.0),))
    assert seconds_at(street_town(), east, *places) == [110.0, 230.0, 90.0]
    both = [assess(street_town(), each) for each in (today, east)]
    assert [each.parcels["verdict"].tolist() for each in both] == [
        ["covered", "not_covered"], ["covered", "covered"],
    ]  # fmt: skip
    assert both[1].parcels["station_id"].tolist() == ["A", "B"]
    assert both[1].parcels["second_station_id"].tolist() == ["B", "A"]
    assert both[1].summary["street_length_reached_m"] == pytest.approx(2400 + 1000 + 2600)
    assert set(both[1].coverage["station_id"].dropna()) == {"A", "B"}
    assert both[1].zones["station_id"].tolist() == ["A", "B"]
    route, _ = trip(street_town(), east, None, "east")
    assert (route.station_id, round(route.turnout_s)) == ("B", 30)


def test_a_moved_station_is_as_one_that_was_always_there() -> None:
    there = replace(
        street_town(), stations=table_of("stations", [{"station_id": "A", "geometry": at(3000, 0)}])
    )
    moved = with_changes(stations_moved=(Moved("A", **degrees(3000, 0)),))
    places = [(x, 0) for x in range(0, 6001, 500)]
    assert seconds_at(street_town(), moved, *places) == pytest.approx(
        seconds_at(there, Scenario(targets=TARGETS), *places), abs=1e-3
    )


def test_a_station_switched_off_sends_nobody_and_its_vehicles_drive_no_water() -> None:
    asked = assess(street_town(), with_changes(stations_off=("A",)))
    assert asked.stations["site_state"].tolist() == ["not_counted"]
    assert asked.field is None
    assert asked.parcels["verdict"].tolist() == ["not_covered", "not_covered"]
    assert asked.parcels["reason"].tolist() == ["no_station_counts", "no_station_counts"]
    assert not assess_water(asked).shuttle_choice.tanks_stated
    assert assess_water(assess(street_town(), Scenario(targets=TARGETS))).shuttle_choice.tanks_stated


def test_an_added_hydrant_protects_and_is_never_called_built() -> None:
    asked = assess(street_town(), Scenario(changes=FULL, targets=TARGETS))
    assert asked.parcels["water_state"].tolist() == ["not_covered", "covered"]
    assert asked.parcels["hydrant_id"].tolist() == ["H2", "H2"]
    assert asked.parcels["hydrant_certainty"].tolist() == ["supposed", "supposed"]
    water = asked.summary["water"]
    names = ("built", "total", "counted", "hypothetical", "out_of_service")
    assert [water[f"hydrants_{name}"] for name in names] == [0, 0, 1, 1, 1]
    assert asked.summary["hydrants_built"] == 0
    assert asked.protected.area == pytest.approx(np.pi * 150**2, rel=1e-3)
    assert asked.protected.centroid.distance(at(5550, 0)) < 1


def test_hose_spacing_cranes_shuttle_joint_and_rules_read_the_changed_tables() -> None:
    asked = assess(street_town(), Scenario(changes=FULL, targets=TARGETS))
    water = assess_water(asked)
    parcels = water.parcels.set_index("parcel_no")
    assert parcels.loc["east", "joint_state"] == "engine_and_water"
    assert parcels.loc["west", "joint_state"] == "engine_only"
    assert parcels.loc["east", "hose_source_id"] == "H2"
    assert water.spacing is not None
    long_street = water.spacing.streets.set_index("name").loc["长街"]
    assert (long_street["counted"], long_street["hypothetical"], long_street["out_of_service"]) == (1, 1, 1)
    trips = water.station_trips.set_index("station_id")
    assert trips.loc["A", "to_crane_s"] == pytest.approx(300.0, abs=0.1)
    assert trips.loc["B", "to_crane_s"] == pytest.approx(100.0, abs=0.1)
    assert set(water.source_rules["source_id"]) == {"H", "H2", "W"}
    assert set(RESULT_TABLES["rules"].make(asked)["station_id"]) == {"A", "B"}
    assert set(RESULT_TABLES["fleet"].make(asked)["station_id"].dropna()) >= {"A", "B"}


def test_force_counts_the_engines_an_added_station_says_it_sends() -> None:
    said = assess(street_town(), with_changes(stations_added=(station("B", 1000, 0, engines=2.0),)))
    silent = assess(street_town(), with_changes(stations_added=(station("B", 1000, 0),)))
    both = said.force[said.force["stations"] == 2]
    assert len(both)
    assert set(both["engines"]) == {3.0}
    assert silent.force[silent.force["stations"] == 2]["engines"].isna().all(), (
        "what nobody says is not nought"
    )


def test_a_planned_street_opens_by_its_id_alone() -> None:
    closed, opened = (assess(street_town(), with_changes(streets_opened=each)) for each in ((), ("2",)))
    assert closed.summary["street_length_m"] == pytest.approx(6000)
    assert opened.summary["street_length_m"] == pytest.approx(7000)
    whole = assess(street_town(), Scenario(year=2030, targets=TARGETS))
    assert opened.streets.equals(whole.streets)
    assert opened.summary["digest"] == street_town().digest, "files name the folder they rest on"


def test_many_choices_of_opened_streets_do_not_pile_up() -> None:
    count = 40
    lines = [[(0.0, float(i)), (100.0, float(i))] for i in range(0, 10 * count, 10)]
    network = town([*lines, [(0.0, 0.0), (0.0, 10.0 * count)]], opens=[2030] * count + [0])
    made = [network.opened(0, np.array([i])) for i in np.flatnonzero(network.opens > 0).tolist()]
    assert {each.n_streets for each in made} == {int((network.opens == 0).sum()) + 1}
    assert len(network._opened) <= 16


@pytest.mark.parametrize("placed", ["P0", "P6"])
def test_on_a_schematic_network_an_added_station_decides_nothing_by_the_streets(placed: str) -> None:
    towns = table_of(
        "places", [{"place_id": "t", "kind": "township", "name": "长街镇", "geometry": at(3000, 0)}]
    )
    drawn = replace(street_town(), schematic=frozenset({"roads"}), places=towns)
    asked = assess(drawn, with_changes(stations_added=(station("B", 5500, 0, position_class=placed),)))
    assert set(asked.parcels["verdict"]) <= {"depends", "not_analysed"}


def test_a_station_placed_by_its_township_makes_nothing_sure_on_real_streets() -> None:
    towns = table_of(
        "places", [{"place_id": "t", "kind": "township", "name": "长街镇", "geometry": at(3000, 0)}]
    )
    county = replace(street_town(), places=towns)
    asked = assess(county, with_changes(stations_added=(station("B", 5500, 0, position_class="P6"),)))
    assert asked.parcels["verdict"].tolist() == ["covered", "depends"]
    assert asked.parcels["depends_on"].tolist() == ["", "station_position"]
    assert "station_place_wide" in asked.summary["notes"]
    assert len(station_sites(asked.county, asked.scenario).sites.station) == 2  # type: ignore[union-attr]


def test_where_nobody_listed_stations_an_added_one_covers_and_says_nothing_is_not_covered() -> None:
    county = replace(
        street_town(), stations=table_of("stations", ()), vehicles=street_town().vehicles.iloc[:0],
        missing=frozenset({"stations"}),
    )  # fmt: skip
    asked = assess(county, with_changes(stations_added=(station("B", 5000, 0),)))
    assert asked.parcels["verdict"].tolist() == ["not_analysed", "covered"]
    assert asked.summary["area_share"]["not_covered"] == 0
    assert "no_station_listed" in asked.summary["notes"]


@pytest.mark.slow
def test_the_straight_line_bound_grants_an_added_station() -> None:
    county = read_county(DATA)
    today = assess(county, Scenario())
    far = today.parcels["township"] == "灵山镇"
    assert set(today.parcels.loc[far, "verdict"]) == {"not_covered"}
    team = StationAdded("T", 114.630667, 38.788833, position_class="P6")
    asked = assess(county, Scenario(changes=Changes(stations_added=(team,))))
    assert set(asked.parcels.loc[far, "verdict"]) == {"not_analysed"}
    assert asked.parcels.loc[far, "bound_m"].eq(0).all()
    assert asked.parcels.loc[~far, "verdict"].tolist() == today.parcels.loc[~far, "verdict"].tolist()


def test_every_file_says_what_the_scenario_changed() -> None:
    asked = assess(street_town(), Scenario(changes=FULL, targets=TARGETS))
    said = about(asked)
    assert said["scenario"]["changes"]["stations_added"][0]["id"] == "B"
    assert "places_of_scenario" in said["notes"]
    assert said["digest"] == street_town().digest
    assert asked.summary["changes"] == {
        "stations": {"added": 1, "moved": 1, "off": 0},
        "hydrants": {"added": 1, "moved": 0, "off": 1},
        "cranes": {"added": 0, "moved": 1, "off": 0},
    }
    assert {"scenario_change", "position_status"} <= set(RESULT_TABLES["stations"].make(asked).columns)
    assert "places_of_scenario" not in assess(street_town(), Scenario(targets=TARGETS)).summary["notes"]


@pytest.mark.slow
def test_the_plan_is_held_against_the_county_as_surveyed() -> None:
    county = read_county(DATA)
    asked = assess(county, Scenario(changes=Changes(stations_off=("FS-1",), cranes_off=("WC-1",))))
    plain = assess(county, Scenario())
    one, other = (RESULT_TABLES["plan_check"].make(each) for each in (asked, plain))
    pd.testing.assert_frame_equal(one, other)


def test_a_cost_is_a_sum_only_where_everything_added_states_one() -> None:
    one, other = station("B", 0, 0, cost_wan_yuan=1500.0), station("C", 0, 0)
    assert Changes().cost == {"wan_yuan": None, "stated_wan_yuan": None, "stated": 0, "not_stated": 0}
    assert Changes(stations_added=(one,)).cost["wan_yuan"] == 1500
    assert Changes(stations_added=(one, other)).cost == {
        "wan_yuan": None, "stated_wan_yuan": 1500, "stated": 1, "not_stated": 1,
    }  # fmt: skip


def test_what_was_said_of_the_old_place_does_not_go_with_a_moved_thing() -> None:
    hydrants = table_of(
        "hydrants",
        [
            {"hydrant_id": f"S-{i}", "section_id": "S", "count": 1.0, "road": "长街", "kerb_m": 1.0, "flow_lps": 15.0,
             "geometry": at(1000 + 100 * i, 0), "shape": shapely.LineString([at(1000, 0), at(1400, 0)]),
             "interpolated": True, "position_class": "P4", "location": "SEG(长街;a;b)"}
            for i in range(1, 4)
        ],
    )  # fmt: skip
    county = replace(street_town(), hydrants=hydrants)
    moved = county_with(county, with_changes(hydrants_moved=(Moved("S-2", **degrees(6000, 500)),))).hydrants
    row = moved.iloc[1]
    assert row[["road", "section_id", "location"]].isna().all()
    assert (np.isnan(row["kerb_m"]), row["flow_lps"], row["interpolated"]) == (True, 15.0, False)
    assert moved["interpolated"].tolist() == [True, False, True]
    asked = assess(county, with_changes(hydrants_off=("S-1", "S-2", "S-3")))
    assert asked.protected.is_empty


@pytest.mark.parametrize("alone", [False, True])
def test_shares_count_a_station_placed_by_its_township_at_its_point_and_not_in_their_low_end(
    alone: bool,
) -> None:
    towns = table_of(
        "places", [{"place_id": "t", "kind": "township", "name": "长街镇", "geometry": at(3000, 0)}]
    )
    county, off = replace(street_town(), places=towns), ("A",) if alone else ()
    known = assess(county, with_changes(stations_off=off, stations_added=(station("B", 5500, 0),))).summary
    wide = assess(
        county, with_changes(stations_off=off, stations_added=(station("B", 5500, 0, position_class="P6"),))
    ).summary
    bare = assess(county, with_changes(stations_off=off)).summary
    for name, nominal in (
        ("street_share", "nominal"),
        ("street_share_study", "nominal"),
        ("area_share", "covered"),
    ):
        assert wide[name][nominal] == pytest.approx(known[name][nominal])
        assert wide[name]["low"] == pytest.approx(bare[name]["low"] or 0.0, abs=1e-9)
        assert wide[name]["high"] == pytest.approx(known[name]["high"])
    assert known["street_share"]["low"] > wide["street_share"]["low"]
