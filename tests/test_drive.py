"""One-way policies, delays at junctions and closures on towns that can be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
import shapely

from analysis.arrival import arrival_field
from analysis.closures import Closure, closed_intervals
from analysis.readings import first_due, stretches, times_at
from tests.counties import plot
from tests.towns import CRS, at, grid_lines, plain_targets, sites, town

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField

GRID = town(grid_lines(11))
CROSS = town([[(-500, 0), (500, 0)], [(0, -500), (0, 500)]])


def seconds_at(field: ArrivalField, *points: shapely.Point) -> list[float]:
    street, chainage, _ = field.network.nearest(np.array(points, dtype=object))
    return [float(each) for each in times_at(first_due(field), field.points(street, chainage))[0]]


def closure(shape: BaseGeometry, effect: str = "block", value: float = 0.0) -> Closure:
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    moved = shapely.transform(shape, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
    return Closure("test", shapely.to_wkt(moved, rounding_precision=12), effect, value)


@pytest.mark.parametrize(("policy", "expected"), [("obey", 60 + 30), ("cost", 60 + 15), ("ignore", 60 + 10)])
def test_one_way_policies(policy: str, expected: float) -> None:
    # From (0, 0) to (100, 0): against the one-way street 100 m, or 300 m round the block.
    block = town(
        [[(100, 0), (0, 0)], [(0, 0), (0, 100)], [(0, 100), (100, 100)], [(100, 100), (100, 0)]],
        oneway=[1, 0, 0, 0],
    )
    targets = plain_targets(one_way=policy)
    field = arrival_field(block, sites(block, [at(0, 0)]), targets)
    assert seconds_at(field, at(100, 0)) == [expected]


def test_motorways_and_roundabouts_are_never_driven_against() -> None:
    lines = [[(100, 0), (0, 0)], [(0, 0), (0, 100)], [(0, 100), (100, 100)], [(100, 100), (100, 0)]]
    given: list[dict[str, list[object]]] = [
        {"class": ["motorway", "residential", "residential", "residential"], "oneway": [1, 0, 0, 0]},
        {"junction": ["roundabout", "", "", ""], "oneway": [1, 0, 0, 0]},
    ]
    for columns in given:
        block = town(lines, **columns)
        field = arrival_field(block, sites(block, [at(0, 50)]), plain_targets(one_way="ignore"))
        assert seconds_at(field, at(100, 0)) == [60 + 5 + 10 + 10]


def test_turns_cost_what_the_table_says() -> None:
    targets = plain_targets(left_turn_s=5, right_turn_s=2, junction_s=1)
    field = arrival_field(CROSS, sites(CROSS, [at(-400, 0)]), targets)
    # Coming from the west: straight on, left to the north, right to the south.
    assert seconds_at(field, at(100, 0), at(0, 100), at(0, -100)) == [111, 116, 113]
    # The middle of the junction itself is reached before any turn.
    assert seconds_at(field, at(0, 0)) == [100]


def test_a_u_turn_at_a_dead_end_costs_a_u_turn() -> None:
    # One way in, one way back past the dead end at (300, 0): the only way to the lower street is to turn there.
    road = town([[(0, 0), (300, 0)], [(300, 0), (0, 1)]], oneway=[1, 1])
    plain = arrival_field(road, sites(road, [at(0, 0)]), plain_targets())
    slow = arrival_field(road, sites(road, [at(0, 0)]), plain_targets(u_turn_s=20))
    point = at(150, 0.5)
    assert seconds_at(slow, point)[0] == pytest.approx(seconds_at(plain, point)[0] + 20)


def test_delays_never_make_anything_sooner_and_agree_with_none_when_zero() -> None:
    points = [at(-230, 180), at(310, -440)]
    plain = arrival_field(GRID, sites(GRID, points), plain_targets())
    slowed = arrival_field(GRID, sites(GRID, points), plain_targets(left_turn_s=5, junction_s=2))
    street = np.repeat(np.arange(GRID.n_streets), 3)
    chainage = np.tile([1.0, 50.0, 99.0], GRID.n_streets)
    before, _ = times_at(first_due(plain), plain.points(street, chainage))
    after, _ = times_at(first_due(slowed), slowed.points(street, chainage))
    assert (after >= before - 1e-6).all()
    hair = arrival_field(GRID, sites(GRID, points), plain_targets(junction_s=1e-9))
    same, _ = times_at(first_due(hair), hair.points(street, chainage))
    np.testing.assert_allclose(same, before, atol=1e-5)


def test_a_blocked_point_cuts_a_street_and_its_ground_is_not_reached() -> None:
    road = town([[(0, 0), (1000, 0)]])
    closed = closed_intervals(road, (closure(at(400, 3)),))
    field = arrival_field(road, sites(road, [at(0, 0)]), plain_targets(), closed)
    assert seconds_at(field, at(390, 0))[0] == pytest.approx(99)
    assert seconds_at(field, at(400, 0), at(600, 0)) == [np.inf, np.inf]
    cut = stretches(first_due(field), 1e6)
    assert (cut.to_m - cut.from_m)[cut.reached].sum() == pytest.approx(399)
    assert (cut.to_m - cut.from_m).sum() == pytest.approx(1000)


def test_a_line_blocks_every_street_it_crosses_and_an_area_what_it_holds() -> None:
    river = closure(shapely.LineString([at(-600, 30), at(600, 30)]))
    closed = closed_intervals(GRID, (river,))
    field = arrival_field(GRID, sites(GRID, [at(0, -100)]), plain_targets(), closed)
    assert seconds_at(field, at(0, 20))[0] == pytest.approx(72)
    assert seconds_at(field, at(0, 100)) == [np.inf]
    square = closure(plot(-50, -50, 50, 50))
    area = closed_intervals(GRID, (square,))
    round_it = arrival_field(GRID, sites(GRID, [at(-100, 0)]), plain_targets(), area)
    assert seconds_at(round_it, at(100, 0)) == [60 + 40]  # two blocks east, one up and one down again
    assert seconds_at(round_it, at(0, 0)) == [np.inf]


def test_an_area_closes_of_a_loop_what_it_holds() -> None:
    loop = town([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(-100, 0), (0, 0)]])

    def closed(area: BaseGeometry) -> list[tuple[int, int, int]]:
        found = closed_intervals(loop, (closure(area),))
        ends = np.rint([found.from_m, found.to_m]).astype(int).T.tolist()
        return [(int(street), *between) for street, between in zip(found.street, ends, strict=True)]

    assert closed(plot(-20, -20, 120, 120)) == [(0, 0, 400), (1, 80, 100)]
    assert closed(plot(-10, -10, 10, 10)) == [(0, 0, 10), (0, 390, 400), (1, 90, 100)]
    assert closed(plot(90, 90, 110, 110)) == [(0, 190, 210)]


def test_a_line_along_a_street_closes_all_of_it_and_points_only_what_is_near_each() -> None:
    along = closed_intervals(CROSS, (closure(shapely.LineString([at(100, 0), at(300, 0)])),))
    assert (np.rint(along.to_m - along.from_m).tolist(), len(set(along.street.tolist()))) == ([200], 1)
    two = closed_intervals(GRID, (closure(shapely.MultiPoint([at(50, 0), at(-350, 400)])),))
    assert np.rint((two.from_m + two.to_m) / 2).tolist() == [50, 50]


def test_a_closure_opens_no_way_round_a_dear_turn() -> None:
    # A left turn to the north costs 60 s; going straight on to the closure, back and right would cost 10 s.
    targets = plain_targets(left_turn_s=60)
    station, north = sites(CROSS, [at(-400, 0)]), at(0, 100)
    free = arrival_field(CROSS, station, targets)
    closed = closed_intervals(CROSS, (closure(at(50, 0)),))
    assert seconds_at(free, north) == [60 + 40 + 60 + 10]
    assert seconds_at(arrival_field(CROSS, station, targets, closed), north) == [60 + 40 + 60 + 10]


def test_once_more_round_a_loop_is_no_u_turn() -> None:
    # A square of 400 m that begins and ends at one node; the station stands 10 m into it.
    loop = town([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(-100, 0), (0, 0)], [(0, -100), (0, 0)]])
    last_metres = at(0, 10)
    # Back to the node and right into the end of the loop, or all the way round.
    for turn_s, expected_s in ((20, 60 + 1 + 20 + 1), (60, 60 + 38)):
        dear = plain_targets(left_turn_s=turn_s, right_turn_s=turn_s)
        assert seconds_at(arrival_field(loop, sites(loop, [at(10, 0)]), dear), last_metres) == [expected_s]
    # One way round, from 90 m on to 10 m: at the node left, which costs nothing here.
    once = town([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(-100, 0), (0, 0)]], oneway=[1, 0])
    dear = plain_targets(u_turn_s=90, right_turn_s=1)
    assert seconds_at(arrival_field(once, sites(once, [at(90, 0)]), dear), at(10, 0)) == [60 + 31 + 1]


def test_a_slowed_and_a_delayed_stretch() -> None:
    road = town([[(0, 0), (1000, 0)]])
    part = plot(200, -10, 400, 10)
    slow = arrival_field(
        road, sites(road, [at(0, 0)]), plain_targets(), closed_intervals(road, (closure(part, "slow", 3),))
    )
    assert seconds_at(slow, at(200, 0), at(300, 0), at(500, 0)) == pytest.approx([80, 110, 150], abs=1e-3)
    late = arrival_field(
        road, sites(road, [at(0, 0)]), plain_targets(), closed_intervals(road, (closure(part, "delay", 30),))
    )
    assert seconds_at(late, at(200, 0), at(500, 0)) == pytest.approx([80, 140], abs=1e-3)


def test_gathering_speed_adds_cruising_speed_over_acceleration_to_every_trip() -> None:
    targets = plain_targets(acceleration_mps2=0.5)
    assert targets.start_s == pytest.approx(40 / 3.6 / 0.5)
    assert plain_targets().start_s == 0
    # Kolesar and Walker's own curve for a trip of 2,000 m at 40 km/h: 202 s; never less than it before 247 m.
    assert targets.start_s + 2000 / (40 / 3.6) == pytest.approx(202, abs=0.5)
    for metres in (10, 100, 240):
        assert targets.start_s + metres / (40 / 3.6) >= 2 * np.sqrt(metres / 0.5)
