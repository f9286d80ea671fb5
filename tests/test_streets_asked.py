"""Questions about some streets only: the nearest among them, and their stretches as lines."""

from __future__ import annotations

import numpy as np
import shapely
import shapely.ops

from geo.chainage import points_along, stretch_lines
from tests.towns import at, grid_lines, town

GRID = town(grid_lines(7))


def test_nearest_among_some_streets_is_that_of_all_distances() -> None:
    random = np.random.default_rng(3)
    points = np.array([at(x, y) for x, y in random.uniform(-400, 400, size=(60, 2))], dtype=object)
    for share in (0.02, 0.5, 1.0):
        among = random.random(GRID.n_streets) < share
        among[5] = True
        street, chainage, distance = GRID.nearest(points, among=among)
        each = shapely.distance(points[:, None], GRID.lines[None, among])
        assert among[street].all()
        np.testing.assert_allclose(distance, each.min(axis=1))
        np.testing.assert_array_equal(street, np.flatnonzero(among)[each.argmin(axis=1)])
        on = shapely.distance(GRID.along(street, chainage), points)
        np.testing.assert_allclose(on, distance, atol=1e-9)


def test_nearest_among_streets_far_away() -> None:
    far = town([*grid_lines(3), [(6_000, 0), (6_000, 50)], [(30_000, 0), (30_000, 50)]])
    points = np.array([at(x, y) for x, y in ((0, 0), (5_500, 20), (6_800, 10), (29_999, 60), (900, 0))])
    for last in (1, 2):
        among = np.arange(far.n_streets) >= far.n_streets - last
        street, _, distance = far.nearest(points, among=among)
        each = shapely.distance(points[:, None], far.lines[None, among])
        np.testing.assert_allclose(distance, each.min(axis=1))
        np.testing.assert_array_equal(street, np.flatnonzero(among)[each.argmin(axis=1)])


def test_nearest_of_no_street_and_of_no_point() -> None:
    none = np.zeros(GRID.n_streets, dtype=bool)
    street, chainage, distance = GRID.nearest(np.array([at(0, 0)], dtype=object), among=none)
    assert street.tolist() == [-1]
    assert np.isnan(chainage).all()
    assert np.isnan(distance).all()
    assert [len(each) for each in GRID.nearest(np.empty(0, dtype=object), among=~none)] == [0, 0, 0]


def test_stretches_in_any_order_are_those_cut_from_the_whole_lines() -> None:
    random = np.random.default_rng(4)
    street = random.integers(0, GRID.n_streets, size=40)
    ends = np.sort(random.random((40, 2)), axis=1) * GRID.length_m[street][:, None]
    lines = stretch_lines(GRID, street, ends[:, 0], ends[:, 1])
    for line, row, (low, high) in zip(lines, street.tolist(), ends.tolist(), strict=True):
        wanted = shapely.ops.substring(GRID.lines[row], low, high)
        assert shapely.hausdorff_distance(line, wanted) < 1e-9


def test_points_along_stand_at_their_chainage() -> None:
    streets = np.array([9, 2, 30])
    owner, chainage, xy = points_along(GRID, streets, 7.0)
    assert sorted(set(owner.tolist())) == [2, 9, 30]
    np.testing.assert_allclose(shapely.get_coordinates(GRID.along(owner, chainage)), xy, atol=1e-9)
    for street in streets.tolist():
        own = np.sort(chainage[owner == street])
        assert own[0] == 0.0
        assert own[-1] == GRID.length_m[street]
        assert np.diff(own).max() <= 7.0
