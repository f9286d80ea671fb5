"""Points that stand for shapes, and the nearest streets of many points: together as alone, and as by trying all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from analysis import sampling
from analysis.sampling import sample_shapes
from geo import nearest
from tests.counties import path, plot
from tests.towns import ORIGIN, at, grid_lines, town

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GRID = town(grid_lines(streets=9, block_m=220.0))
RIVER = shapely.union_all([path((-900, -130), (-200, -90), (900, -140)), plot(300, -900, 340, 500)])
LIMIT_M = 150.0


def shapes_by_seed(count: int = 24) -> list[BaseGeometry | None]:
    """Plots with corners at random, some far off the streets, in parts, without ground or without a place."""
    draw = np.random.default_rng(7)
    made: list[BaseGeometry | None] = [None, shapely.Polygon(), at(10, 20), path((0, 40), (400, 50))]
    for number in range(count):
        x, y = draw.uniform(-1100, 1100, 2)
        wide, high = draw.uniform(2, 700, 2)
        drawn = plot(x, y, x + wide, y + high)
        made.append(shapely.union(drawn, plot(x + 800, y, x + 830, y + 10)) if number % 3 == 0 else drawn)
    return made


@pytest.mark.parametrize("barrier", [None, RIVER], ids=["open", "river"])
@pytest.mark.parametrize("at_once", [1, sampling.AT_ONCE])
def test_shapes_sampled_together_have_the_points_of_each_alone(
    barrier: BaseGeometry | None, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "AT_ONCE", at_once)
    shapes = shapes_by_seed()
    together = sample_shapes(shapes, GRID, LIMIT_M, barrier)
    assert (np.diff(together.row) >= 0).all()
    assert set(together.row.tolist()) == set(range(2, len(shapes)))
    for row, shape in enumerate(shapes):
        alone, mine = sample_shapes([shape], GRID, LIMIT_M, barrier), together.row == row
        assert len(alone.row) == mine.sum()
        for name in ("inside", "street", "chainage_m", "distance_m"):
            np.testing.assert_array_equal(getattr(together, name)[mine], getattr(alone, name))


def test_a_table_without_a_single_shape_has_no_samples() -> None:
    for shapes in ([], [None, shapely.Polygon()]):
        assert len(sample_shapes(shapes, GRID, LIMIT_M).row) == 0


@pytest.mark.parametrize("at_once", [1_000, nearest.AT_ONCE])
def test_the_nearest_street_is_that_of_trying_all_streets(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "AT_ONCE", at_once)
    draw = np.random.default_rng(3)
    xy = np.concatenate(
        [
            draw.uniform(-2000, 2000, (1_500, 2)),
            draw.uniform(-3, 3, (300, 2)),  # round a crossing
            np.column_stack([np.arange(-880, 881, 110), np.arange(-880, 881, 110)]),  # equally near several
        ]
    ) + np.array(ORIGIN)
    points = np.asarray(shapely.points(xy), dtype=object)
    street, chainage, metres = GRID.nearest(points)
    every = shapely.distance(GRID.lines[:, None], points[None])
    np.testing.assert_array_equal(street, every.argmin(axis=0))
    np.testing.assert_array_equal(metres, every.min(axis=0))
    np.testing.assert_array_equal(chainage, shapely.line_locate_point(GRID.lines[street], points))
