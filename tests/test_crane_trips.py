"""Round trips to water cranes: on paper, against dense sampling of random towns, and in the county itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.arrival import arrival_field
from analysis.crane_trips import (
    NO_CRANE,
    NO_WAY,
    STATION_TRIP_COLUMNS,
    STREET_TRIP_COLUMNS,
    CraneTrips,
    crane_streets,
    crane_trips,
    station_trips,
)
from analysis.readings import Stretches, first_due, times_at
from analysis.reversal import way_back
from analysis.round_trips import sample_round_trips, street_round_trips
from analysis.sampling import Samples
from analysis.scenario import Scenario, Targets
from analysis.sites import station_sites
from tests.counties import paper_county, path, table_of
from tests.test_laws import MODELS, SEEDS, random_town
from tests.test_reversal import places
from tests.towns import at, plain_targets, town

if TYPE_CHECKING:
    from geo.county import County
    from geo.network import Network

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
