"""The arrival field on towns that can be worked out by hand."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrival import ArrivalField, arrival_field, streets_that_take_sites
from analysis.coverage import connected_streets, reached_ground
from analysis.points import point_states
from analysis.readings import first_due, reached_length_m, stretches, times_at
from geo.chainage import stretch_lines
from geo.ground import ground_of
from tests.towns import at, grid_lines, plain_targets, sites, town

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats, Ints, Network

GRID = town(grid_lines())
MIDDLE = sites(GRID, [at(0, 0)])
FIELD = arrival_field(GRID, MIDDLE, plain_targets())


def asked(field: ArrivalField, *points: shapely.Point) -> tuple[Floats, Ints]:
    """Arrival times and first-due stations at places."""
    street, chainage, _ = field.network.nearest(np.array(points, dtype=object))
    return times_at(first_due(field), field.points(street, chainage))


def reached_m(field: ArrivalField, limit_s: float) -> float:
    """Street length reached, read with and without a search that stops at the limit."""
    whole, bounded = first_due(field), first_due(field, limit_s=limit_s)
    metres = float(reached_length_m(whole, field.parts(), limit_s).sum())
    assert reached_length_m(bounded, bounded.parts, limit_s).sum() == pytest.approx(metres)
    return metres


def test_grid_has_the_streets_one_can_count() -> None:
    assert GRID.n_nodes == 21 * 21
    assert GRID.n_streets == 2 * 21 * 20
    assert GRID.length_m.sum() == pytest.approx(84_000)


@pytest.mark.parametrize(
    ("drive_m", "expected_m"),
    [
        (0, 0),
        (50, 4 * 50),  # half of the four streets at the station
        (100, 400),
        (1000, 40_000),  # a diamond of radius ten blocks holds 4 * 10**2 streets
        (1050, 44_000),  # 80 streets lead out of its rim inside the grid
        (2000, 84_000),
        (5000, 84_000),
    ],
)
def test_reached_length_by_hand(drive_m: float, expected_m: float) -> None:
    limit_s = 60 + drive_m / 10
    assert reached_m(FIELD, limit_s) == pytest.approx(expected_m)


def test_times_by_hand() -> None:
    seconds, station = asked(FIELD, at(0, 0), at(100, 0), at(100, 100), at(130, 200), at(1000, 1000))
    assert seconds.tolist() == [60, 70, 80, 93, 260]
    assert station.tolist() == [0] * 5


def test_the_limit_is_met_just_in_and_missed_just_out() -> None:
    seconds, _ = asked(FIELD, at(1000, 1000), at(-1000, 999.99))
    on_time = point_states(seconds, np.zeros(2), limit_s=260.0, off_street_limit_m=150)
    assert on_time.tolist() == ["reached", "reached"]
    too_late = point_states(seconds, np.zeros(2), limit_s=259.9995, off_street_limit_m=150)
    assert too_late.tolist() == ["too_late", "reached"]


def test_turnout_is_counted_once_and_a_longer_one_takes_driving_away() -> None:
    slow = arrival_field(GRID, sites(GRID, [at(0, 0)], turnout_s=90), plain_targets())
    assert asked(slow, at(500, 0))[0].tolist() == [140]
    assert reached_m(slow, 190) == pytest.approx(40_000)


def test_a_street_is_cut_from_both_of_its_ends() -> None:
    ring = town([[(0, 0), (1000, 0)], [(0, 0), (0, 500), (1000, 500), (1000, 0)]])
    field = arrival_field(ring, sites(ring, [at(0, 0)]), plain_targets())
    cut = stretches(first_due(field), 60 + 120)
    # The way round is 3,000 m: 1,200 m from either side are reached, 600 m in the middle are not.
    length = cut.to_m - cut.from_m
    assert length[cut.reached].sum() == pytest.approx(2400)
    assert length[~cut.reached].sum() == pytest.approx(600)
    assert np.nanmax(cut.to_s) == pytest.approx(60 + 150)


def test_a_station_within_a_street_serves_both_directions() -> None:
    road = town([[(0, 0), (1000, 0)]])
    field = arrival_field(road, sites(road, [at(400, 30)]), plain_targets())
    assert asked(field, at(400, 0), at(0, 0), at(1000, 0), at(390, 5))[0].tolist() == [60, 100, 120, 61]
    cut = stretches(first_due(field), 60 + 20)
    assert (cut.to_m - cut.from_m)[cut.reached].sum() == pytest.approx(400)


def test_one_way_streets_are_obeyed() -> None:
    loop = town(
        [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]],
        oneway=[1, 1, 1, 1],
    )
    field = arrival_field(loop, sites(loop, [at(50, 0)]), plain_targets())
    # Ahead is near; what lies behind the station is reached only by going all the way round.
    assert asked(field, at(60, 0), at(40, 0))[0].tolist() == [61, 60 + 39]


def test_two_stations_meet_and_ties_go_to_the_lower_id() -> None:
    road = town([[(0, 0), (1000, 0)]])
    both = arrival_field(road, sites(road, [at(1000, 0), at(0, 0)]), plain_targets())
    seconds, station = asked(both, at(400, 0), at(500, 0), at(600, 0))
    assert seconds.tolist() == [100, 110, 100]
    assert station.tolist() == [1, 0, 0]


def test_an_island_is_unconnected_and_never_reached() -> None:
    split = town([[(0, 0), (1000, 0)], [(0, 300), (400, 300)]])
    field = arrival_field(split, sites(split, [at(0, 0)]), plain_targets())
    cut = stretches(first_due(field), 1e9)
    island = cut.station < 0
    assert (cut.to_m - cut.from_m)[island].sum() == pytest.approx(400)
    assert np.isnan(cut.from_s[island]).all()
    assert not cut.reached[island].any()
    states = point_states(asked(field, at(10, 300))[0], np.zeros(1), limit_s=1e9, off_street_limit_m=150)
    assert states.tolist() == ["unconnected"]


def test_a_one_way_street_behind_its_only_station_is_unconnected() -> None:
    spur = town([[(0, 0), (1000, 0)], [(1000, 0), (1000, 500)]], oneway=[1, 0])
    field = arrival_field(spur, sites(spur, [at(400, 0)]), plain_targets())
    behind, ahead, beyond = at(399, 0), at(401, 0), at(1000, 400)
    street, _, way_m = spur.nearest(np.array([behind, ahead, beyond], dtype=object))
    joined = connected_streets(field)[street]
    assert joined.tolist() == [False, False, True]
    seconds, _ = asked(field, behind, ahead, beyond)
    states = point_states(
        seconds, way_m, limit_s=70, off_street_limit_m=150, connected=np.isfinite(seconds) | joined
    )
    assert states.tolist() == ["unconnected", "reached", "too_late"]
    # A second station upstream, or a way back, joins the whole of it.
    assert connected_streets(arrival_field(spur, sites(spur, [at(400, 0), at(0, 0)]), plain_targets())).all()
    loop = town([[(0, 0), (1000, 0)], [(1000, 0), (1000, 500), (0, 0)]], oneway=[1, 0])
    assert connected_streets(arrival_field(loop, sites(loop, [at(400, 0)]), plain_targets())).all()


def test_sites_stand_only_on_streets_one_can_leave_and_come_back_to() -> None:
    # A one-way spur leads out of the grid: nobody comes back from it.
    network = town([*grid_lines(5), [(200, 0), (900, 0)]], oneway=[0] * 10 + [1])
    usable = streets_that_take_sites(network, small_part_share=0.05)
    street, _, distance = network.nearest(np.array([at(600, 10)], dtype=object), among=usable)
    assert distance[0] == pytest.approx(400)
    assert usable[street[0]]


def test_stretches_hold_every_street_once_and_time_is_linear() -> None:
    field = arrival_field(GRID, sites(GRID, [at(37, 12), at(-480, 700)]), plain_targets())
    due = first_due(field)
    cut = stretches(due, 133.0)
    whole = np.bincount(cut.street, weights=cut.to_m - cut.from_m, minlength=GRID.n_streets)
    np.testing.assert_allclose(whole, GRID.length_m, atol=1e-5)
    middle = (cut.from_m + cut.to_m) / 2
    seconds, _ = times_at(due, field.points(cut.street, middle))
    np.testing.assert_allclose(seconds, (cut.from_s + cut.to_s) / 2, atol=1e-5)
    lines = stretch_lines(GRID, cut.street, cut.from_m, cut.to_m)
    np.testing.assert_allclose(shapely.length(lines), cut.to_m - cut.from_m, atol=1e-5)


def reached(network: Network, points: Sequence[shapely.Point], limit_s: float) -> BaseGeometry:
    """The ground reached in time."""
    field = arrival_field(network, sites(network, points), plain_targets())
    return reached_ground(
        ground_of(network, 150.0),
        first_due(field),
        limits_s=(limit_s,),
        off_street_limit_m=150.0,
    )[0]


def test_the_area_of_a_reached_grid_is_that_of_its_grown_square() -> None:
    area = reached(GRID, [at(0, 0)], 1000.0)
    assert area.area == pytest.approx(2000**2 + 4 * 2000 * 150 + np.pi * 150**2, rel=0.002)


def test_ground_does_not_leak_to_a_parallel_street_without_a_link() -> None:
    two = town([[(0, 0), (2000, 0)], [(0, 40), (2000, 40)]])
    area = reached(two, [at(0, 0)], 1000.0)
    assert area.contains(at(1000, -100))
    assert not area.intersects(shapely.LineString([at(0, 40), at(2000, 40)]))
    assert not area.contains(at(1000, 100))
    # The ground between the two is shared at its middle, within a cell.
    assert area.contains(at(1000, 9))
    assert not area.contains(at(1000, 31))


def test_a_hole_in_a_ring_road_stays_a_hole() -> None:
    ring = town([[(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]])
    area = reached(ring, [at(0, 0)], 1000.0)
    assert not area.contains(at(500, 500))
    assert area.area == pytest.approx(1000**2 - 700**2 + 4 * 1000 * 150 + np.pi * 150**2, rel=0.005)


def test_bands_are_nested() -> None:
    areas = reached_ground(
        ground_of(GRID, 150.0),
        first_due(FIELD),
        limits_s=(90.0, 120.0, 150.0),
        off_street_limit_m=150.0,
    )
    for inner, outer in itertools.pairwise(areas):
        assert inner.area < outer.area
        assert inner.difference(outer).area < 1.0


POINTS = st.tuples(st.floats(-1100, 1100), st.floats(-1100, 1100)).map(lambda xy: at(*xy))


@settings(max_examples=25, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=4), POINTS, st.floats(61, 200), st.floats(0, 60))
def test_more_time_and_more_stations_never_cover_less(
    points: list[shapely.Point], another: shapely.Point, limit_s: float, more_s: float
) -> None:
    field = arrival_field(GRID, sites(GRID, points), plain_targets())
    more = arrival_field(GRID, sites(GRID, [*points, another]), plain_targets())
    length = reached_m(field, limit_s)
    assert reached_m(field, limit_s + more_s) >= length - 1e-6
    assert reached_m(more, limit_s) >= length - 1e-6
    assert (first_due(more).gate_s[: GRID.n_nodes] <= first_due(field).gate_s[: GRID.n_nodes]).all()
