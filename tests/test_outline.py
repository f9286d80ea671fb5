"""Outlines of cells are those a contour of the whole window gives, at the cost of the cells alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from contourpy import FillType, contour_generator
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from geo.ground import CELL_M, TILE_CELLS
from geo.outline import Canvas, _rows_of


def canvas_at(column: np.ndarray, row: np.ndarray) -> Canvas:
    tiles, tile = np.unique(np.stack([column, row], axis=1) // TILE_CELLS, axis=0, return_inverse=True)
    local = row % TILE_CELLS * TILE_CELLS + column % TILE_CELLS
    return Canvas.arranged(tiles, tile.ravel(), np.ones(len(column), dtype=np.int64), local)


def window(side: int, smooth: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(side, side))
    value = gaussian_filter(noise, smooth) if smooth else noise
    return np.asarray(np.clip(40 * value, -CELL_M, CELL_M))


def outlined(value: np.ndarray, column: int, row: int) -> shapely.geometry.base.BaseGeometry:
    columns, rows = np.meshgrid(np.arange(value.shape[1]) + column, np.arange(value.shape[0]) + row)
    return canvas_at(columns.ravel(), rows.ravel()).positive(value.ravel())


def contoured(value: np.ndarray, column: int, row: int) -> shapely.geometry.base.BaseGeometry:
    """The same from a contour of the whole window, by another program."""
    wide = np.pad(value, 2, constant_values=-CELL_M)
    x = np.asarray((np.arange(wide.shape[1]) - 2 + column + 0.5) * CELL_M, dtype=np.float64)
    y = np.asarray((np.arange(wide.shape[0]) - 2 + row + 0.5) * CELL_M, dtype=np.float64)
    lines = contour_generator(x, y, wide, fill_type=FillType.OuterOffset)
    points, offsets, *_ = lines.filled(0.0, np.inf)
    polygons = []
    for coords, starts in zip(points, offsets, strict=True):
        assert coords is not None
        assert starts is not None
        rings = [coords[a:b] for a, b in itertools.pairwise(starts.tolist()) if b - a >= 4]
        if rings:
            polygons.append(shapely.make_valid(shapely.Polygon(rings[0], rings[1:])))
    return shapely.union_all(polygons)


@pytest.mark.parametrize(("side", "smooth"), [(5, 1.0), (33, 1.0), (70, 1.5), (150, 4.0)])
@pytest.mark.parametrize(("column", "row"), [(0, 0), (-17, 1000), (-100, -40), (TILE_CELLS - 1, 63)])
def test_outlines_are_the_contours(side: int, smooth: float, column: int, row: int) -> None:
    value = window(side, smooth, side)
    ours, contour = outlined(value, column, row), contoured(value, column, row)
    assert ours.is_valid
    assert shapely.symmetric_difference(ours, contour).area < 0.01
    assert len(shapely.get_parts(ours)) == len(shapely.get_parts(contour))


@given(st.integers(0, 10_000), st.integers(2, 40), st.sampled_from([0.0, 0.7, 2.0]))
@settings(max_examples=60, deadline=None)
def test_outlines_of_any_values_are_valid_and_grow_with_them(seed: int, side: int, smooth: float) -> None:
    value = window(side, smooth, seed)
    small, large = outlined(value, -3, 7), outlined(value + 2.5, -3, 7)
    assert small.is_valid
    assert large.is_valid
    assert shapely.difference(small, large.buffer(1e-6)).area < 1e-3
    for area, level in ((small, value), (large, value + 2.5)):
        rows, columns = np.nonzero(np.abs(level) > 1e-3)
        inside = shapely.contains_xy(area, (columns - 3 + 0.5) * CELL_M, (rows + 7 + 0.5) * CELL_M)
        np.testing.assert_array_equal(inside, level[rows, columns] > 0)


def test_islands_in_holes_keep_their_place() -> None:
    x, y = np.meshgrid(np.arange(60), np.arange(60))
    gone = np.hypot(x - 30, y - 30)
    value = np.where(gone < 5, 5.0, np.where(gone < 15, -5.0, np.where(gone < 25, 5.0, -5.0)))
    area = outlined(value, 500_000, 4_000_000)
    ring, island = sorted(shapely.get_parts(area), key=lambda part: -part.area)
    assert len(ring.interiors) == 1
    assert len(island.interiors) == 0
    assert shapely.Polygon(ring.interiors[0]).contains(island)


def test_far_apart_towns_cost_only_themselves() -> None:
    column = np.array([0, 1, 0, 1, 90_000, 90_001])
    row = np.array([0, 0, 1, 1, 80_000, 80_000])
    canvas = canvas_at(column, row)
    assert len(canvas.column) < 10
    area = canvas.positive(np.full(6, 5.0))
    assert len(shapely.get_parts(area)) == 2


def test_no_cells_and_nothing_inside_are_empty() -> None:
    none = np.empty(0, dtype=np.int64)
    assert canvas_at(none, none).positive(np.empty(0)).is_empty
    assert outlined(np.full((4, 4), -1.0), 0, 0).is_empty


@pytest.mark.slow
@pytest.mark.parametrize("size", [1_000, 10_000_000])
def test_a_number_is_found_in_its_row_among_few_and_among_many(size: int) -> None:
    numbers = np.random.default_rng(1).permutation(size)[:500]
    wanted = numbers[::-3]
    assert numbers[_rows_of(numbers, wanted, size)].tolist() == wanted.tolist()
