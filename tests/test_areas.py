"""Lines in large areas: the quick way agrees with the plain one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from geo.areas import MOST_VERTICES, length_inside_m, subdivided, subdivided_each

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def blobs(seed: int) -> BaseGeometry:
    random = np.random.default_rng(seed)
    return shapely.union_all(
        shapely.buffer(shapely.points(random.uniform(0, 5000, (60, 2))), 300, quad_segs=32)
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_pieces_are_small_and_add_up(seed: int) -> None:
    area = blobs(seed)
    pieces = subdivided(area)
    assert max(shapely.get_num_coordinates(pieces)) <= MOST_VERTICES
    assert shapely.area(pieces).sum() == pytest.approx(area.area)
    assert shapely.union_all(pieces).symmetric_difference(area).area < 1e-3


def test_pieces_of_many_areas_are_told_apart() -> None:
    areas = np.array([blobs(1), shapely.MultiPolygon(), shapely.box(0, 0, 9, 9)], dtype=object)
    pieces, row = subdivided_each(areas)
    together = [
        shapely.union_all(pieces[row == i]).symmetric_difference(area) for i, area in enumerate(areas)
    ]
    assert max(each.area for each in together) < 1e-3
    assert set(row.tolist()) == {0, 2}


def test_lengths_agree_with_a_plain_intersection() -> None:
    area = blobs(3)
    random = np.random.default_rng(4)
    lines = np.asarray(shapely.linestrings(random.uniform(0, 5000, (200, 5, 2))), dtype=object)
    np.testing.assert_allclose(
        length_inside_m(lines, area), shapely.length(shapely.intersection(lines, area)), atol=1e-3
    )


def test_a_line_along_the_edge_is_inside_and_one_outside_is_not() -> None:
    square = shapely.box(0, 0, 100, 100)
    lines = np.array(
        [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, -1), (100, -1)])], dtype=object
    )
    assert length_inside_m(lines, square).tolist() == [100, 0]
    assert length_inside_m(lines, shapely.MultiPolygon()).tolist() == [0, 0]


def test_a_line_along_the_seam_of_two_pieces_is_inside_only_once() -> None:
    circle = shapely.Point(0, 0).buffer(1000, quad_segs=200)
    lines = shapely.linestrings(
        [[(0, 0), (0, 500), (10, 500), (10, 5000)], [(0, 0), (0, -3000), (0, -4000), (0, -5000)]]
    )
    assert len(subdivided(circle)) > 1
    plain = shapely.length(shapely.intersection(lines, circle))
    np.testing.assert_allclose(length_inside_m(lines, circle), plain, atol=1e-6)
