"""Large areas cut into small pieces, so that asking how much of many lines they hold stays quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats

MOST_VERTICES = 128
"""A piece of an area has no more vertices than this, as far as halving it helps."""

SMALLEST_M = 20.0
"""Pieces are not cut narrower than this."""


def subdivided(area: BaseGeometry) -> NDArray[np.object_]:
    """Polygons that together are the area and meet only along their edges, each with few vertices."""
    pieces, waiting = [], list(shapely.get_parts(area))
    while waiting:
        part = waiting.pop()
        west, south, east, north = part.bounds
        wide, high = east - west, north - south
        if shapely.get_num_coordinates(part) <= MOST_VERTICES or max(wide, high) < 2 * SMALLEST_M:
            pieces.append(part)
            continue
        if wide >= high:
            halves = (west, south, (west + east) / 2, north), ((west + east) / 2, south, east, north)
        else:
            halves = (west, south, east, (south + north) / 2), (west, (south + north) / 2, east, north)
        for half in halves:
            cut = shapely.get_parts(shapely.intersection(part, shapely.box(*half)))
            waiting += cut[shapely.get_dimensions(cut) == 2].tolist()
    return np.array(pieces, dtype=object)


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
    lengths = shapely.length(shapely.intersection(lines[rest[which]], pieces[piece]))
    np.add.at(inside, rest[which], lengths)
    # A line along the seam of two pieces is in both; it is still inside only once.
    return np.asarray(np.minimum(inside, shapely.length(lines)))
