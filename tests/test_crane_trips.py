"""Round trips to water cranes: on paper, against dense sampling of random towns, and in the county itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from analysis.arrival import arrival_field
from analysis.crane_table import (
    BEYOND,
    CRANE_COLUMNS,
    DEPENDS,
    DESIGN_VALUE,
    FILL_COLUMNS,
    NO_NEIGHBOUR,
    NOT_STATED,
    SPACING_COLUMNS,
    STATED,
    WITHIN,
    crane_spacing,
    crane_table,
    fill_times,
)
from analysis.crane_trips import (
    CRANE_POSITION,
    NO_CRANE,
    NO_WAY,
    REACHABLE,
    SCHEMATIC,
    STATION_POSITION,
    STATION_TRIP_COLUMNS,
    STREET_TRIP_COLUMNS,
    CraneTrips,
    crane_streets,
    crane_trips,
    station_trips,
)
from analysis.network_table import direction_table
from analysis.readings import Stretches, first_due, times_at
from analysis.reversal import way_back
from analysis.round_trips import sample_round_trips, street_round_trips
from analysis.sampling import Samples
from analysis.scenario import Scenario, Targets
from analysis.sites import station_sites
from geo.county import read_county
from geo.osm import network_from_osm
from geo.words import LANGUAGES, words
from tests.counties import paper_county, path, table_of
from tests.test_independent import random_sites, site_rows
from tests.test_laws import MODELS, SEEDS, random_town
from tests.test_reversal import places
from tests.towns import at, fine_graph, plain_targets, town

if TYPE_CHECKING:
    from geo.county import County
    from geo.network import Network

DATA = Path(__file__).resolve().parent.parent / "data"
PLAIN = Scenario(targets=plain_targets())
ROAD = town([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]])


def crane(crane_id: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"crane_id": crane_id, "geometry": at(x, y), "flow_lps": 50.0, **more}


def cranes_at(network: Network, *rows: dict[str, Any], **changes: Any) -> County:
    return paper_county(network, cranes=table_of("cranes", rows), missing=frozenset(), **changes)


def trips_of(network: Network, targets: Targets, seed: int, count: int) -> CraneTrips:
    """Cranes at random street points of a random town."""
    out = arrival_field(network, places(network, count, seed), targets)
    return CraneTrips(table_of("cranes", ()), out, way_back(out), frozenset(), False)


def random_cuts(network: Network, seed: int) -> Stretches:
    """Every street cut at two random places."""
    random = np.random.default_rng(seed)
    share = np.sort(random.uniform(0, 1, (network.n_streets, 2)), axis=1)
    edges = np.column_stack([np.zeros(network.n_streets), share, np.ones(network.n_streets)])
    edges = edges * network.length_m[:, None]
    street = np.repeat(np.arange(network.n_streets), 3)
    nothing = np.full(len(street), np.nan)
    return Stretches(
        street, edges[:, :-1].reshape(-1), edges[:, 1:].reshape(-1), nothing, nothing,
        np.full(len(street), -1), np.zeros(len(street), dtype=bool),
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(SEEDS, MODELS)
def test_round_trips_hold_over_the_whole_stretch(seed: int, targets: Targets) -> None:
    network = random_town(seed)
    trips, cuts, per = trips_of(network, targets, seed, 3), random_cuts(network, seed), 60
    share = np.linspace(0.0, 1.0, per + 2)[1:-1]
    street = np.repeat(cuts.street, per)
    chainage = (cuts.from_m[:, None] + share * (cuts.to_m - cuts.from_m)[:, None]).reshape(-1)
    assert trips.out is not None
    assert trips.back is not None
    for number, found in enumerate(street_round_trips(trips, cuts)):
        row = np.array([number])
        from_s, to_s = (
            times_at(first_due(field, row), field.points(street, chainage))[0].reshape(-1, per)
            for field in (trips.out, trips.back)
        )
        # Between two of the points each way changes by no more than the drive from one to the next.
        step = 2 * (cuts.to_m - cuts.from_m) / per / (trips.out.drive.speed_kph[cuts.street] / 3.6) * 1.5
        for ours, dense in ((found.from_s, from_s), (found.to_s, to_s), (found.worst_s, from_s + to_s)):
            known = np.isfinite(ours)
            assert (dense.max(axis=1) <= ours + 1e-4).all()
            # On a one-way street the way round begins right behind a crane, where no point may have been asked.
            tight = known & ~np.isin(cuts.street, trips.out.sites.street)
            assert (ours[tight] <= dense.max(axis=1)[tight] + step[tight] + 1e-4).all()
            assert np.isinf(dense.max(axis=1)[~known]).all()
        assert (found.best_s <= (from_s + to_s).min(axis=1) + 1e-4).all()


def test_to_and_fro_differ_round_a_one_way_block() -> None:
    block = town(
        [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]],
        oneway=[1, 1, 1, 1],
    )
    table = crane_streets(paper := cranes_at(block, crane("C", 0, 0)), crane_trips(paper, PLAIN))
    # The whole round is 40 s wherever one turns for home; on the first side one is within 10 s of the crane.
    assert table["round_trip_s"].tolist() == [40, 40, 40, 40]
    assert table["from_crane_s"].tolist() == [10, 20, 30, 40]
    assert table["to_crane_s"].tolist() == [40, 30, 20, 10]
    assert set(table["depends_on"]) == {""}


def test_a_crane_in_the_middle_of_a_street_and_one_that_does_not_count() -> None:
    county = cranes_at(ROAD, crane("A", 300, 0), crane("B", 1900, 0, status="not_built"))
    table = crane_streets(county, crane_trips(county, PLAIN))
    assert table.columns.tolist() == [*STREET_TRIP_COLUMNS, "geometry"]
    assert table["crane_id"].tolist() == ["A", "A"]
    assert table["round_trip_s"].tolist() == pytest.approx([140, 340])
    assert table["round_trip_s_best"].tolist() == pytest.approx([0, 140])
    planned = crane_streets(county, crane_trips(county, replace(PLAIN, planned_works=True)))
    assert planned["crane_id"].tolist() == ["A", "B"]
    assert planned["round_trip_s"].tolist() == pytest.approx([140, 180])


def test_a_planned_crane_counts_from_the_year_it_opens() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0, status="under_construction", opens=2026))
    for year, states in ((2025, ["opens_later"]), (2026, ["snapped"])):
        trips = crane_trips(county, replace(PLAIN, year=year))
        assert trips.table["site_state"].tolist() == states
        assert trips.table["status"].tolist() == ["under_construction"]


def test_every_trip_has_the_start_once() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0))
    slow = replace(PLAIN, targets=plain_targets(acceleration_mps2=0.5))
    start_s = slow.targets.start_s
    table = crane_streets(county, crane_trips(county, slow))
    assert start_s > 0
    assert table["from_crane_s"].tolist() == pytest.approx([100 + start_s, 200 + start_s])
    assert table["round_trip_s"].tolist() == pytest.approx([200 + 2 * start_s, 400 + 2 * start_s])


def test_without_a_crane_or_a_way_there_are_no_times() -> None:
    nothing = cranes_at(ROAD, crane("A", 0, 0, status="out_of_service"))
    table = crane_streets(nothing, crane_trips(nothing, PLAIN))
    assert table["state"].tolist() == [NO_CRANE, NO_CRANE]
    apart = town([[(0, 0), (1000, 0)], [(0, 500), (1000, 500)]])
    table = crane_streets(paper := cranes_at(apart, crane("A", 10, 0)), crane_trips(paper, PLAIN))
    assert table["state"].tolist() == ["reachable", NO_WAY]
    assert np.isnan(table["round_trip_s"].iloc[1])
    assert table["crane_id"].isna().tolist() == [False, True]
    assert (
        crane_streets(without := cranes_at(ROAD), crane_trips(without, PLAIN))["state"].tolist()
        == [NO_CRANE] * 2
    )
    no_roads = paper_county(None, cranes=table_of("cranes", [crane("A", 0, 0)]))
    assert crane_trips(no_roads, PLAIN).table["site_state"].tolist() == ["no_network"]
    assert crane_streets(no_roads, crane_trips(no_roads, PLAIN)).empty


def test_a_crane_sees_no_street_over_a_river() -> None:
    two = town([[(0, 0), (1000, 0)], [(0, 60), (1000, 60)]])
    river = table_of("places", ()).iloc[:0]
    river = river.reindex([0]).set_geometry([path((-50, 40), (1050, 40))], crs=river.crs)
    county = cranes_at(two, crane("A", 500, 35), barriers=river)
    table = crane_streets(county, crane_trips(county, PLAIN))
    assert table["state"].tolist() == ["reachable", NO_WAY]


def test_stations_to_cranes_and_back_with_the_range_over_their_places() -> None:
    stations = [
        {
            "station_id": "S",
            "geometry": at(500, 0),
            "shape": path((400, 0), (600, 0)),
            "position_class": "P4",
        },
        {"station_id": "T", "geometry": at(2000, 0)},
    ]
    county = cranes_at(ROAD, crane("A", 0, 0), crane("B", 1900, 0), stations=stations)
    found = station_trips(county, PLAIN, station_sites(county, PLAIN), crane_trips(county, PLAIN))
    assert tuple(found.columns) == STATION_TRIP_COLUMNS
    one = found.set_index(["station_id", "crane_id"])
    assert one.loc[("S", "A"), "to_crane_s"] == pytest.approx(50)
    ranges = one[["to_crane_s_low", "to_crane_s_high", "from_crane_s_low", "from_crane_s_high"]]
    assert ranges.iloc[0].to_list() == pytest.approx([40, 60, 40, 60])
    assert one["nearest"].tolist() == [True, False, False, True]
    assert one["depends_on"].tolist() == ["station_position", "station_position", "", ""]


def test_shapes_are_asked_at_their_farthest_sample() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0))
    samples = Samples(
        np.array([0, 0, 2, 2]), np.ones(4, dtype=bool), np.array([0, 1, 0, -1]), np.array([500.0, 500, 10, np.nan]),
        np.array([0.0, 0, 0, np.nan]),
    )  # fmt: skip
    (found,) = sample_round_trips(crane_trips(county, PLAIN), samples, 3)
    assert found.worst_s.tolist() == [300, np.inf, np.inf]
    assert found.best_s.tolist() == [100, np.inf, 2]


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(SEEDS, MODELS)
def test_fewer_cranes_are_never_nearer(seed: int, targets: Targets) -> None:
    network = random_town(seed)
    where = places(network, 3, seed)
    rows = [crane(f"C{number}", 0, 0) for number in range(3)]
    for row, place in zip(rows, network.along(where.street, where.chainage_m), strict=True):
        row["geometry"] = place
    asked = Scenario(targets=targets)
    many, few = (
        crane_streets(county, crane_trips(county, asked))["round_trip_s"].fillna(np.inf)
        for county in (cranes_at(network, *rows), cranes_at(network, *rows[:2]))
    )
    assert (few >= many - 1e-4).all()


SURVEYED_ROADS = {"name": ["南环路", "南环路"], "class": ["primary", "primary"]}


def test_spacing_along_a_main_road_against_the_reference_value() -> None:
    bent = town([[(0, 0), (800, 0)], [(800, 0), (800, 800)]], **SURVEYED_ROADS)
    rows = [
        crane("A", 0, 3),
        crane("B", 800, 200),
        crane("C", 800, 800, status="not_built"),
        crane("D", 300, 200),
    ]
    county = cranes_at(bent, *rows)
    spacing = crane_spacing(county, crane_trips(county, PLAIN))
    assert spacing.columns.tolist() == [*SPACING_COLUMNS, "geometry"]
    assert spacing[["road", "class", "crane_id", "next_crane_id"]].to_numpy().tolist() == [
        ["南环路", "primary", "A", "B"]
    ]  # D stands off every road, C is not built
    assert spacing["along_m"].tolist() == pytest.approx([1000])
    assert spacing["straight_m"].tolist() == pytest.approx([np.hypot(800, 197)])
    assert spacing.geometry.length.tolist() == pytest.approx([1000])
    assert spacing["verdict"].tolist() == ["within"]
    far = cranes_at(bent, crane("A", 0, 0), crane("B", 800, 201))
    assert crane_spacing(far, crane_trips(far, PLAIN))["verdict"].tolist() == ["beyond"]
    either = cranes_at(bent, crane("A", 0, 0), crane("B", 800, 100, shape=at(800, 100).buffer(101)))
    found = crane_spacing(either, crane_trips(either, PLAIN))
    assert found[["verdict", "depends_on"]].to_numpy().tolist() == [["depends", "crane_position"]]
    drawn = replace(far, schematic=frozenset({"roads"}))
    assert crane_spacing(drawn, crane_trips(drawn, PLAIN))["verdict"].tolist() == ["depends"]
    side = cranes_at(town([[(0, 0), (2000, 0)]], name=["小巷"]), crane("A", 0, 0), crane("B", 500, 0))
    assert crane_spacing(side, crane_trips(side, PLAIN)).empty  # an unclassified lane is no main road


def test_a_ring_road_is_closed() -> None:
    ring = town([[(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)]], name=["环路"], **{"class": ["primary"]})
    county = cranes_at(ring, crane("A", 100, 0), crane("B", 600, 0))
    spacing = crane_spacing(county, crane_trips(county, PLAIN))
    assert sorted(spacing["along_m"].tolist()) == pytest.approx([500, 1900])
    assert spacing.geometry.length.sum() == pytest.approx(2400)


def test_the_table_of_cranes_on_paper() -> None:
    loop = town(
        [[(0, 0), (1000, 0)], [(1000, 0), (1000, 500), (0, 500), (0, 0)]], oneway=[1, 1], **SURVEYED_ROADS
    )
    stations = [{"station_id": "S", "geometry": at(100, 0)}]
    rows = [
        crane("A", 600, 0, flow_lps=None),
        crane("B", 1000, 250),
        crane("C", 0, 250, status="out_of_service"),
    ]
    county = cranes_at(loop, *rows, stations=stations)
    trips = crane_trips(county, PLAIN)
    driven = station_trips(county, PLAIN, station_sites(county, PLAIN), trips)
    table = crane_table(county, PLAIN.targets, trips, driven)
    assert table.columns.tolist() == [*CRANE_COLUMNS, "geometry"]
    assert table["site_state"].tolist() == ["snapped", "snapped", "not_counted"]
    assert table["nearest_station_id"].iloc[:2].tolist() == ["S", "S"]
    assert table["station_to_crane_s"].iloc[:2].tolist() == pytest.approx([50, 115])
    assert table["crane_to_station_s"].iloc[:2].tolist() == pytest.approx(
        [250, 185]
    )  # one way round the loop
    assert table["nearest_crane_id"].iloc[:2].tolist() == ["B", "A"]
    assert table["nearest_crane_street_m"].iloc[:2].tolist() == pytest.approx(
        [650, 650]
    )  # whatever the direction
    assert table["nearest_crane_m"].iloc[0] == pytest.approx(np.hypot(400, 250))
    assert table["flow_source"].tolist() == ["not_stated", "stated", "stated"]
    unknown = table.iloc[2][
        ["nearest_station_id", "station_to_crane_s", "nearest_crane_m", "spacing_verdict"]
    ]
    assert unknown.isna().all()


def test_fill_times_of_the_countys_own_engines() -> None:
    county = read_county(DATA)
    times = fill_times(county)
    assert tuple(times.columns) == FILL_COLUMNS
    assert len(times) == 13 * 4
    one = times[times["crane_id"] == "WC-1"].set_index("vehicle_id")
    # 17 t, 8 t and 5 t at 104 L/s.
    assert one.loc[["V-02", "V-04", "V-03"], "fill_s"].round().to_list() == [163, 77, 48]
    assert one.loc["V-07", "state"] == "tank_not_stated"
    assert np.isnan(one["fill_s"].to_numpy()[0])
    # All four state the very figures of the two that are not built.
    assert set(times["flow_source"]) == {"design_value"}
    dry = replace(county, cranes=county.cranes.assign(flow_lps=np.nan))
    assert set(fill_times(dry)["state"]) == {"flow_not_stated", "tank_not_stated"}
    assert fill_times(dry)["fill_s"].isna().all()


def test_the_county_names_what_its_crane_times_rest_on() -> None:
    county = read_county(DATA)
    planned = Scenario(planned_works=True)
    trips = crane_trips(county, planned)
    driven = station_trips(county, planned, station_sites(county, planned), trips)
    table = crane_table(county, planned.targets, trips, driven).set_index("crane_id")
    assert table["counted"].all()
    assert table["depends_on"].str.contains("schematic_network").all()
    assert table["depends_on"].str.contains("crane_position").all()
    assert table.loc[["WC-1", "WC-2", "WC-3"], "spacing_verdict"].to_list() == ["depends"] * 3
    # Along the whole of 东环路 is where WC-4 may be, so that its times have a wide range.
    assert table["station_to_crane_s_high"].iloc[3] > table["station_to_crane_s"].iloc[3] + 60
    streets = crane_streets(county, trips)
    assert streets["state"].eq("reachable").all()
    assert streets["length_m"].sum() == pytest.approx(county.network.length_m.sum() if county.network else 0)
    today = crane_streets(county, crane_trips(county, Scenario()))
    assert (today["round_trip_s"] >= streets["round_trip_s"] - 1e-6).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_code_has_its_words(language: str) -> None:
    told = words(language)
    columns = {*CRANE_COLUMNS, *SPACING_COLUMNS, *FILL_COLUMNS, *STATION_TRIP_COLUMNS, *STREET_TRIP_COLUMNS}
    asked = [f"crane.column.{name}" for name in columns]
    asked += [f"crane.spacing_verdict.{code}" for code in (WITHIN, BEYOND, DEPENDS, NO_NEIGHBOUR)]
    asked += [f"crane.flow_source.{code}" for code in (STATED, DESIGN_VALUE, NOT_STATED)]
    asked += [f"crane.fill_state.{code}" for code in ("filled", "tank_not_stated", "flow_not_stated")]
    asked += [f"crane.trip_state.{code}" for code in (REACHABLE, NO_WAY, NO_CRANE)]
    asked += [f"crane.rests_on.{code}" for code in (SCHEMATIC, CRANE_POSITION, STATION_POSITION)]
    assert [key for key in asked if key not in told] == []


def test_no_stretch_and_no_shape_are_answered_with_nothing() -> None:
    trips = crane_trips(county := cranes_at(ROAD, crane("A", 0, 0)), PLAIN)
    cuts = random_cuts(ROAD, 1)
    none = Stretches(*(getattr(cuts, name)[:0] for name in Stretches.__dataclass_fields__))
    assert crane_streets(county, trips, none).empty
    empty = np.empty(0, dtype=np.int64)
    samples = Samples(empty, empty.astype(bool), empty, empty.astype(float), empty.astype(float))
    (found,) = sample_round_trips(trips, samples, 1)
    assert found.worst_s.tolist() == [np.inf]


@pytest.mark.slow
def test_to_and_fro_agree_with_networkx_on_a_real_town(real_data: Path) -> None:
    network = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf").network
    crane_place = replace(random_sites(network, 1, 5), turnout_s=np.zeros(1))
    out = arrival_field(network, crane_place, Targets())
    back = way_back(out)
    random = np.random.default_rng(6)
    street = random.integers(0, network.n_streets, 300)
    chainage = random.uniform(0, 1, 300) * network.length_m[street]
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    fine = fine_graph(direction_table(network, Targets()), site_rows(network, crane_place), asked, 1000.0)
    (start,) = fine.starts
    for field, graph in ((out, fine.graph), (back, fine.graph.reverse())):
        ours, _ = times_at(first_due(field), field.points(street, chainage))
        known = nx.single_source_dijkstra_path_length(graph, start, weight="seconds")
        expected = np.array([known.get(fine.alias[each], np.inf) for each in asked])
        np.testing.assert_allclose(ours, expected, atol=1e-3)
        assert np.isfinite(ours).sum() > 250
    there, home = (times_at(first_due(field), field.points(street, chainage))[0] for field in (out, back))
    joined = np.isfinite(there + home)
    assert (np.abs(there[joined] - home[joined]) > 1).any()  # one-way streets part them
