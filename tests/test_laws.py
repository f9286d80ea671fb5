"""Laws that hold on any network: more never covers less, closing never covers, answers are readings of one field."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from analysis.arrival import ArrivalField, arrival_field
from analysis.closures import Closure, closed_intervals
from analysis.coverage import reached_cells_range, reached_ground
from analysis.readings import MEETING_M, first_due, reached_length_m, stretches, times_at
from analysis.scenario import Targets
from analysis.zones import due_in_order, first_due_zones, overlaps, times_of_each
from geo.ground import ground_of
from tests.test_independent import random_sites
from tests.towns import CRS, town

if TYPE_CHECKING:
    from geo.network import Network

SITE_COLUMNS = ("station", "nominal", "street", "chainage_m", "snap_m", "turnout_s")
KINDS = ["primary", "secondary", "tertiary", "residential", "service"]


def random_town(seed: int) -> Network:
    """Streets along some edges of a triangulation of random places, some of them one-way, of mixed classes."""
    random = np.random.default_rng(seed)
    places = random.uniform(-1500, 1500, (int(random.integers(12, 40)), 2))
    edges = {
        tuple(sorted(pair))
        for a, b, c in Delaunay(places).simplices.tolist()
        for pair in ((a, b), (b, c), (c, a))
    }
    kept = [edge for edge in sorted(edges) if random.uniform() < 0.8]
    return town(
        [[tuple(places[a].tolist()), tuple(places[b].tolist())] for a, b in kept],
        **{
            "class": random.choice(KINDS, len(kept)).tolist(),
            "oneway": random.choice([0, 0, 0, 1, -1], len(kept)).tolist(),
        },
    )


def reached_m(field: ArrivalField, limit_s: float) -> float:
    return float(reached_length_m(first_due(field), field.parts(), limit_s).sum())


SEEDS, LIMITS = st.integers(0, 10_000), st.floats(61, 400)
MODELS = st.sampled_from(
    [
        Targets(),
        Targets(one_way="cost"),
        Targets(one_way="ignore"),
        Targets(left_turn_s=5, right_turn_s=2, u_turn_s=20),
    ]
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEEDS, MODELS, LIMITS, st.floats(0, 100), st.floats(1, 2))
def test_more_time_stations_and_speed_never_uncover(
    seed: int, targets: Targets, limit_s: float, more_s: float, faster: float
) -> None:
    network = random_town(seed)
    all_sites = random_sites(network, 3, seed)
    two = dataclasses.replace(all_sites, **{
        "station_ids": all_sites.station_ids[:2],
        **{name: getattr(all_sites, name)[:2] for name in SITE_COLUMNS},
    })  # fmt: skip
    few = arrival_field(network, two, targets)
    length = reached_m(few, limit_s)
    assert reached_m(few, limit_s + more_s) >= length - 1e-4
    assert reached_m(arrival_field(network, all_sites, targets), limit_s) >= length - 1e-4
    quick = dataclasses.replace(targets, speed_factor=faster)
    assert reached_m(arrival_field(network, two, quick), limit_s) >= length - 1e-4


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    SEEDS,
    MODELS,
    LIMITS,
    st.floats(-1200, 1200),
    st.floats(-1200, 1200),
    st.sampled_from(["point", "line", "area"]),
)
def test_closing_a_street_never_covers_anything(
    seed: int, targets: Targets, limit_s: float, x: float, y: float, kind: str
) -> None:
    network = random_town(seed)
    sites = random_sites(network, 2, seed)
    middle = shapely.Point(560_000 + x, 4_275_000 + y)
    shape = {
        "point": middle,
        "line": shapely.LineString([(middle.x, middle.y), (560_000, 4_275_000)]),
        "area": middle.buffer(150),
    }[kind]
    degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    moved = shapely.transform(shape, lambda xy: np.column_stack(degrees.transform(xy[:, 0], xy[:, 1])))
    closed = closed_intervals(network, (Closure("x", shapely.to_wkt(moved, rounding_precision=12)),))
    before, after = arrival_field(network, sites, targets), arrival_field(network, sites, targets, closed)
    random = np.random.default_rng(seed)
    street = random.integers(0, network.n_streets, 100)
    chainage = random.uniform(0, 1, 100) * network.length_m[street]
    open_s, _ = times_at(first_due(before), before.points(street, chainage))
    closed_s, _ = times_at(first_due(after), after.points(street, chainage))
    assert (closed_s >= open_s - 1e-5).all()
    assert reached_m(after, limit_s) <= reached_m(before, limit_s) + 1e-4


@settings(max_examples=25, deadline=None)
@given(SEEDS, MODELS, LIMITS)
def test_every_answer_is_a_reading_of_one_field(seed: int, targets: Targets, limit_s: float) -> None:
    network = random_town(seed)
    field = arrival_field(network, random_sites(network, 3, seed), targets)
    due = first_due(field)
    # Stretches hold every street once and agree with the point answers at their middles.
    cut = stretches(due, limit_s)
    whole = np.bincount(cut.street, cut.to_m - cut.from_m, network.n_streets)
    np.testing.assert_allclose(whole, network.length_m, atol=1e-4)
    met = stretches(due, 1e9)
    assert not ((met.to_m - met.from_m < MEETING_M) & (network.length_m[met.street] > 1.0)).any()
    seconds, _ = times_at(due, field.points(cut.street, (cut.from_m + cut.to_m) / 2))
    known = cut.station >= 0
    np.testing.assert_allclose(seconds[known], ((cut.from_s + cut.to_s) / 2)[known], atol=1e-4)
    assert np.isinf(seconds[~known]).all()
    assert (cut.to_m - cut.from_m)[cut.reached].sum() == pytest.approx(reached_m(field, limit_s), abs=1e-3)
    # First due is the least of the stations alone, and they come in order.
    each = times_of_each(field, field.points(cut.street, (cut.from_m + cut.to_m) / 2))
    np.testing.assert_allclose(each.min(axis=0), seconds, atol=1e-4)
    times, _ = due_in_order(each)
    assert (np.diff(np.where(np.isfinite(times), times, 1e9), axis=0) >= 0).all()


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(SEEDS, LIMITS)
def test_zones_share_out_the_coverage_and_overlaps_are_nested(seed: int, limit_s: float) -> None:
    network = random_town(seed)
    field = arrival_field(network, random_sites(network, 3, seed), Targets())
    due, ground = first_due(field), ground_of(network, 150.0)
    coverage = reached_ground(ground, due, limits_s=(limit_s,), off_street_limit_m=150.0)[0]
    zones = [
        zone for _, zone in first_due_zones(ground, due, coverage, limit_s=limit_s, off_street_limit_m=150.0)
    ]
    assert sum(zone.area for zone in zones) == pytest.approx(coverage.area, rel=1e-6, abs=1.0)
    assert shapely.union_all(zones).symmetric_difference(coverage).area <= 1.0
    inner = coverage
    for _, area in overlaps(ground, due, limit_s=limit_s, off_street_limit_m=150.0):
        assert area.difference(inner).area <= 1.0
        inner = area


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(SEEDS, MODELS, LIMITS)
def test_counted_cells_are_those_whose_time_is_within_the_limit(
    seed: int, targets: Targets, limit_s: float
) -> None:
    network = random_town(seed)
    sites = dataclasses.replace(
        random_sites(network, 3, seed),
        station_ids=("A", "B"),
        station=np.array([0, 0, 1]),
        nominal=np.array([True, False, True]),
    )
    field = arrival_field(network, sites, targets)
    cells = ground_of(network, 150.0).cells(np.arange(network.n_streets))
    cells = cells.only(cells.distance_m <= 100.0)
    counted = reached_cells_range(field, cells, len(cells.cell), limit_s, 100.0)
    points = field.points(cells.street, cells.chainage_m)
    shares = [
        float((times_at(first_due(field, np.array(rows)), points)[0] <= limit_s).mean())
        for rows in ([0, 2], [1, 2])
    ]
    assert counted.nominal == pytest.approx(shares[0], abs=1e-12)
    assert (counted.low, counted.high) == pytest.approx((min(shares), max(shares)), abs=1e-12)
