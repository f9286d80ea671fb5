"""Engine and water together: four states by hand and point by point, and what keeps a state from being said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.assessment import assess
from analysis.joint import (
    BOTH,
    ENGINE_ONLY,
    JOINT_STATES,
    NEITHER,
    WATER_ONLY,
    joint_figures,
    joint_parcels,
    joint_streets,
)
from analysis.readings import first_due, times_at
from analysis.scenario import Scenario
from analysis.sites import field_of, station_sites
from analysis.water import WaterKnowledge, protection_area
from geo.county import read_county
from tests.counties import paper_county, path, plot
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geo.county import County
    from geo.network import Network

LIMIT_S = 100.0
ROAD = [[(0.0, 0.0), (1000.0, 0.0)]]
HYDRANT = {"hydrant_id": "H", "geometry": at(300, 0)}
STATION = {"station_id": "A", "geometry": at(0, 0)}
DISC = protection_area(np.array([at(300, 0)], dtype=object), 150.0)
NOWHERE = shapely.MultiPolygon()


def water(surveyed: Any = DISC, possible: Any = NOWHERE, **changes: Any) -> WaterKnowledge:
    return WaterKnowledge(
        **{"listed": True, "surveyed": surveyed, "possible": possible, "unplaced": False} | changes
    )


def streets_of(
    county: County, known: WaterKnowledge | None = None, drawn: Any = DISC, reachable: Any = None
) -> gpd.GeoDataFrame:
    scenario = Scenario(targets=plain_targets(limit_s=LIMIT_S))
    sites = station_sites(county, scenario)
    field = field_of(county, sites, scenario.targets)
    due = None if field is None else first_due(field)
    return joint_streets(county, sites, due, LIMIT_S, known or water(), drawn, reachable)


def town_of(
    roads: Network | None = None, stations: Sequence[dict[str, Any]] = (STATION,), **changes: Any
) -> County:
    return paper_county(roads or town(ROAD), stations=stations, hydrants=[HYDRANT], **changes)


def told(table: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Rows of the columns with lengths rounded to the decimetre and null as None."""
    rows = []
    for _, row in table.iterrows():
        values = [row[name] for name in names]
        rows.append(
            tuple(
                None if pd.isna(each) else round(each, 1) if isinstance(each, float) else each
                for each in values
            )
        )
    return rows


def test_four_states_by_hand() -> None:
    streets = streets_of(town_of())
    assert told(streets, "from_m", "to_m", "joint_state", "joint_drawn") == [
        (0, 150, ENGINE_ONLY, ENGINE_ONLY), (150, 400, BOTH, BOTH),
        (400, 450, WATER_ONLY, WATER_ONLY), (450, 1000, NEITHER, NEITHER),
    ]  # fmt: skip
    assert told(streets, "arrival_s_start", "arrival_s_end") == [(60, 75), (75, 100), (100, 105), (105, 160)]
    assert streets["joint_reason"].isna().all()
    assert shapely.length(streets.geometry.to_numpy()).tolist() == pytest.approx(streets["length_m"].tolist())
    figures = joint_figures(streets, parcels_of([]), plot(0, -10, 500, 10))
    assert list(figures["street"]["state"].values()) == pytest.approx([250, 150, 50, 550, 0], abs=0.1)
    assert list(figures["street_study"]["state"].values()) == pytest.approx([250, 150, 50, 50, 0], abs=1)
    assert sum(figures["street"]["share"].values()) == pytest.approx(1)
    assert figures["parcel"]["total"] == 0


def test_a_station_somewhere_on_a_section_is_sure_only_from_everywhere() -> None:
    somewhere = STATION | {"position_class": "P4", "shape": path((0, 0), (100, 0)), "geometry": at(50, 0)}
    streets = streets_of(town_of(stations=[somewhere]), water(NOWHERE), NOWHERE)
    spans: dict[str, float] = streets.groupby("engine")["length_m"].sum().to_dict()
    assert spans == pytest.approx({"covered": 400, "depends": 100, "not_covered": 500})
    unsure = streets[streets["engine"] == "depends"]
    assert told(unsure, "joint_state", "joint_reason", "joint_drawn") == [
        ("not_analysed", "station_position", ENGINE_ONLY),
        ("not_analysed", "station_position", NEITHER),
    ]
    far = STATION | {"position_class": "P4", "shape": path((0, 0), (0, 900))}
    partly = streets_of(town_of(stations=[far]), water(NOWHERE), NOWHERE)
    assert set(partly["engine"]) == {"depends", "not_analysed"}
    assert set(partly.loc[partly["engine"] == "not_analysed", "joint_reason"]) == {"station_not_analysed"}


def test_a_station_of_two_surely_covers_for_the_other() -> None:
    somewhere = {
        "station_id": "B", "geometry": at(950, 0), "position_class": "P4", "shape": path((900, 0), (1000, 0)),
    }  # fmt: skip
    streets = streets_of(town_of(stations=[STATION, somewhere]), water(NOWHERE), NOWHERE)
    spans: dict[str, float] = streets.groupby("engine")["length_m"].sum().to_dict()
    assert spans == pytest.approx({"covered": 800, "depends": 100, "not_covered": 100})


@pytest.mark.parametrize(
    ("changes", "engine", "reason"),
    [
        ({"schematic": frozenset({"roads"})}, "depends", "schematic_network"),
        ({"schematic": frozenset({"stations"})}, "depends", "schematic_places"),
        ({"stations": ()}, "not_analysed", "no_station_listed"),
        ({"stations": [STATION | {"geometry": at(0, 900)}]}, "not_analysed", "station_not_analysed"),
        ({"stations": [STATION | {"status": "unknown"}]}, "not_analysed", "station_status_unknown"),
        ({"stations": [STATION | {"status": "not_built"}]}, "not_covered", None),
    ],
)
def test_why_the_engine_half_is_not_decided(changes: dict[str, Any], engine: str, reason: str | None) -> None:
    reachable = np.array([True]) if engine == "not_covered" else None
    streets = streets_of(town_of(**changes), reachable=reachable)
    assert set(streets["engine"]) == {engine}
    assert set(streets["joint_reason"].dropna()) == ({reason} if reason else set())
    if reason:
        assert set(streets["joint_state"]) == {"not_analysed"}
        wet = "depends" if reason == "schematic_network" else "covered"
        assert wet in set(streets["water"])
    else:
        assert set(streets["joint_state"]) == {WATER_ONLY, NEITHER}


def test_a_street_nobody_is_joined_to_is_not_analysed() -> None:
    apart = town([*ROAD, [(5000, 0), (5100, 0)]])
    streets = streets_of(town_of(apart))
    lost = streets[streets["length_m"].between(99, 101) & (streets["engine"] == "not_analysed")]
    assert told(lost, "water", "joint_state", "joint_reason", "joint_drawn") == [
        ("not_covered", "not_analysed", "unconnected", None)
    ]
    closed = streets_of(town_of(apart), reachable=np.array([True, True]))
    assert set(closed["joint_state"]) == set(JOINT_STATES[:4])


@pytest.mark.parametrize(
    ("known", "reasons"),
    [
        (water(NOWHERE, DISC), {"hydrant_position"}),
        (water(unplaced=True), {"hydrant_without_place"}),
        (water(NOWHERE, listed=False), {"hydrants_not_listed"}),
    ],
)
def test_why_the_water_half_is_not_decided(known: WaterKnowledge, reasons: set[str]) -> None:
    streets = streets_of(town_of(), known)
    unsure = streets[streets["joint_state"] == "not_analysed"]
    assert set(unsure["joint_reason"]) == reasons
    assert set(unsure["engine"]) == {"covered", "not_covered"}
    if "hydrants_not_listed" in reasons:
        assert streets["joint_drawn"].isna().all()
        assert set(streets["water"]) == {"not_analysed"}
    else:
        assert set(streets["joint_drawn"]) == set(JOINT_STATES[:4])
        assert BOTH not in set(unsure["joint_state"])


def test_every_point_of_a_town_is_in_the_state_read_for_itself() -> None:
    rng = np.random.default_rng(4)
    network = town(grid_lines(9))
    targets = plain_targets(limit_s=LIMIT_S)
    for _ in range(5):
        places = [at(*each) for each in rng.uniform(-400, 400, (6, 2))]
        area = protection_area(np.array(places, dtype=object), 150.0)
        stations = [{"station_id": name, "geometry": at(*rng.uniform(-400, 400, 2))} for name in ("A", "B")]
        county = paper_county(network, stations=stations, hydrants=[HYDRANT])
        sites = station_sites(county, Scenario(targets=targets))
        field = field_of(county, sites, targets)
        assert field is not None
        due = first_due(field)
        streets = joint_streets(county, sites, due, LIMIT_S, water(area), area)
        assert streets["length_m"].sum() == pytest.approx(network.length_m.sum())
        number = {name: row for row, name in enumerate(network.street_ids())}
        street = streets["street_id"].map(number).to_numpy()
        share = rng.random(len(streets))
        chainage = (streets["from_m"] + share * streets["length_m"]).to_numpy()
        seconds, _ = times_at(due, field.points(street, chainage))
        wet = shapely.covers(area, network.along(street, chainage))
        wanted = np.where(
            seconds <= LIMIT_S, np.where(wet, BOTH, ENGINE_ONLY), np.where(wet, WATER_ONLY, NEITHER)
        )
        long = (streets["length_m"] > 0.01).to_numpy()
        assert (streets["joint_state"].to_numpy()[long] == wanted[long]).all()
        read = streets["arrival_s_start"] + share * (streets["arrival_s_end"] - streets["arrival_s_start"])
        np.testing.assert_allclose(read, seconds, atol=1e-4)


def parcels_of(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    names = ("verdict", "reason", "depends_on", "arrival_s", "covered_share", "water_state", "shape")
    table = pd.DataFrame(rows, columns=list(names), index=range(10, 10 + len(rows))).assign(area_mu=15.0)
    joint = joint_parcels(table, 300.0, DISC)
    return table.join(joint)


def test_parcels_by_verdict_and_water() -> None:
    wet, dry, edge = plot(290, -10, 310, 10), plot(900, -10, 910, 10), plot(440, -10, 460, 10)
    found = parcels_of(
        [
            ("covered", "within_limit", "", 200.0, 1.0, "covered", wet),
            ("covered", "within_limit", "", 200.0, 1.0, "not_covered", dry),
            ("not_covered", "bound", "", np.nan, np.nan, "covered", wet),
            ("not_covered", "beyond_limit", "", 400.0, 0.0, "not_covered", dry),
            ("depends", "schematic_network", "schematic_network,position", 200.0, 1.0, "depends", wet),
            ("depends", "part_of_parcel", "part_of_parcel", 400.0, 0.5, "covered", wet),
            ("not_analysed", "off_street", "", np.nan, np.nan, "covered", wet),
            ("covered", "within_limit", "", 200.0, 1.0, "depends", edge),
            ("covered", "within_limit", "", 200.0, 1.0, "not_analysed", None),
        ]
    )
    assert found.index.tolist() == list(range(10, 19))
    assert told(found, "joint_state", "joint_reason", "joint_drawn") == [
        (BOTH, None, BOTH),
        (ENGINE_ONLY, None, ENGINE_ONLY),
        (WATER_ONLY, None, WATER_ONLY),
        (NEITHER, None, NEITHER),
        ("not_analysed", "schematic_network,position,water_depends", BOTH),
        ("not_analysed", "part_of_parcel", None),
        ("not_analysed", "off_street", None),
        ("not_analysed", "water_depends", None),
        ("not_analysed", "water_not_analysed", None),
    ]
    assert found["engine"].tolist() == found["verdict"].tolist()
    assert found["water"].tolist() == found["water_state"].tolist()
    figures = joint_figures(streets_of(town_of()), found, None)["parcel"]
    assert figures["number"] == {BOTH: 1, ENGINE_ONLY: 1, WATER_ONLY: 1, NEITHER: 1, "not_analysed": 5}
    assert figures["total"] == sum(figures["state"].values()) == 9 * 15


@pytest.mark.slow
def test_the_default_county_says_no_state_from_its_drawing() -> None:
    county = read_county(Path(__file__).resolve().parent.parent / "data")
    answer = assess(county, Scenario())
    sites = station_sites(county, Scenario())
    drawn = answer.hydrant_cover.geometry.iloc[-1]
    known = water(NOWHERE, drawn, unplaced=True)
    streets = joint_streets(county, sites, answer.due, 300.0, known, drawn)
    assert set(streets["joint_state"]) == {"not_analysed"}
    assert BOTH in set(streets["joint_drawn"])
    assert county.network is not None
    assert streets["length_m"].sum() == pytest.approx(county.network.length_m.sum())
    joint = joint_parcels(answer.parcels, 300.0, drawn)
    assert not set(joint["joint_state"]) - {"not_analysed", NEITHER}
    assert joint_streets(paper_county(), sites, None, 300.0, known, drawn).empty
