"""Large areas cut into small pieces, so that asking how much of many lines they hold stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats, Ints

MOST_VERTICES = 128
"""A piece of an area has no more vertices than this, as far as halving it helps."""

SMALLEST_M = 20.0
"""Pieces are not cut narrower than this."""


def subdivided(area: BaseGeometry) -> NDArray[np.object_]:
    """Polygons that together are the area and meet only along their edges, each with few vertices."""
    return subdivided_each(np.array([area], dtype=object))[0]


def subdivided_each(areas: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    """The pieces of many areas (:func:`subdivided`), and the row of the area each is of."""
    parts, row = shapely.get_parts(areas, return_index=True)
    pieces, rows = [parts[:0]], [row[:0]]
    while len(parts):
        west, south, east, north = shapely.bounds(parts).T
        wide, high = east - west, north - south
        small = shapely.get_num_coordinates(parts) <= MOST_VERTICES
        small |= np.maximum(wide, high) < 2 * SMALLEST_M
        pieces.append(parts[small])
        rows.append(row[small])
        across = wide >= high
        to_x, to_y = np.where(across, (west + east) / 2, east), np.where(across, north, (south + north) / 2)
        from_x, from_y = np.where(across, to_x, west), np.where(across, south, to_y)
        halves = shapely.box(west, south, to_x, to_y), shapely.box(from_x, from_y, east, north)
        both = shapely.intersection(parts[~small][:, None], np.stack(halves, axis=1)[~small])
        cut, which = shapely.get_parts(both.reshape(-1), return_index=True)
        ground = shapely.get_dimensions(cut) == 2
        parts, row = cut[ground], np.repeat(row[~small], 2)[which[ground]]
    return np.concatenate(pieces), np.concatenate(rows)


def length_inside_m(lines: NDArray[np.object_], area: BaseGeometry) -> Floats:
    """Length of each line inside an area, in metres; what runs along the edge counts as inside."""
    inside = np.zeros(len(lines))
    pieces = subdivided(area)
    if len(pieces) == 0 or len(lines) == 0:
        return inside
    tree = shapely.STRtree(pieces)
    covered_by = tree.query(lines, predicate="covered_by")[0]
    whole = np.zeros(len(lines), dtype=bool)
    whole[covered_by] = True
    inside[whole] = shapely.length(lines[whole])
    rest = np.flatnonzero(~whole)
    which, piece = tree.query(lines[rest], predicate="intersects")
    parts = shapely.intersection(lines[rest[which]], pieces[piece])
    there, metres = joined_length_m(parts, rest[which])
    inside[there] = metres
    return inside


def joined_length_m(parts: NDArray[np.object_], row: Ints) -> tuple[Ints, Floats]:
    """The rows there are, in ascending order, and the length of the parts of each put together: what runs along the
    seam of two pieces of an area is in both, and yet only once in the area."""
    rows, which = np.unique(row, return_inverse=True)
    order = np.argsort(which, kind="stable")
    together = np.asarray(shapely.geometrycollections(parts[order], indices=which[order]))
    return rows, np.asarray(shapely.length(shapely.union_all(together[:, None], axis=1)))
