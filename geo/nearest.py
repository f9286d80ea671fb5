"""The nearest street point of many points, among all streets or among some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Flags, Floats, Ints

CLOSE_M = 25.0
"""Most points asked for lie this near to a street: asking for what is so near is far quicker than for the nearest."""

NEAR_M = (200.0, 1_000.0, 5_000.0)
"""How far around a point streets of a kind are looked for, one after the other, before all of that kind are."""


def nearest_street(
    points: NDArray[np.object_],
    lines: NDArray[np.object_],
    rows: Ints,
    tree: shapely.STRtree,
    among: Flags | None,
) -> tuple[Ints, Floats, Floats]:
    """Street (-1 where there is none), chainage and distance in metres (NaN where none) of each point.

    ``tree`` holds ``lines[rows]``; ``among`` (m,) narrows them. At equal distances the lower street wins. What is
    nearest of all is asked first, since it is nearly always one of those wanted.
    """
    street = np.full(len(points), -1, dtype=np.int64)
    chainage, distance = np.full(len(points), np.nan), np.full(len(points), np.nan)
    if len(rows) == 0 or len(points) == 0:
        return street, chainage, distance
    which, hit = _nearest_of_all(points, tree)
    hit = rows[hit]
    if among is not None:
        which, hit = which[among[hit]], hit[among[hit]]
        found = np.zeros(len(points), dtype=bool)
        found[which] = True
        left = np.flatnonzero(~found)
        again, other = _nearest_among(points[left], lines, rows, tree, among)
        which, hit = np.append(which, left[again]), np.append(hit, other)
    order = np.lexsort((hit, which))
    which, hit = which[order], hit[order]
    first = np.append(True, which[1:] != which[:-1])[: len(which)]
    which, hit = which[first], hit[first]
    street[which] = hit
    chainage[which] = shapely.line_locate_point(lines[hit], points[which])
    distance[which] = shapely.distance(lines[hit], points[which])
    return street, chainage, distance


def _nearest_of_all(points: NDArray[np.object_], tree: shapely.STRtree) -> tuple[Ints, Ints]:
    """Rows of points and of the lines of a tree nearest to them, all of the equally near."""
    # Boxes that meet are found faster than what is near, and distances are worked out for all pairs at once.
    x, y = shapely.bounds(points).T[:2]
    near, found = tree.query(shapely.box(x - CLOSE_M, y - CLOSE_M, x + CLOSE_M, y + CLOSE_M))
    gap = shapely.distance(points[near], tree.geometries[found])
    least = np.full(len(points), np.inf)
    np.minimum.at(least, near, gap)
    least[least > CLOSE_M] = np.inf  # beyond its box something may be nearer
    nearest = gap == least[near]
    far = np.flatnonzero(~np.isfinite(least))
    more, hit = tree.query_nearest(points[far], all_matches=True)
    return np.append(near[nearest], far[more]), np.append(found[nearest], hit)


def _nearest_among(
    points: NDArray[np.object_], lines: NDArray[np.object_], rows: Ints, tree: shapely.STRtree, among: Flags
) -> tuple[Ints, Ints]:
    """Rows of points and of the wanted streets nearest to them, where the nearest street of all is none."""
    which, hit = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    left = np.arange(len(points))
    for reach_m in NEAR_M:
        if len(left) == 0:
            return which, hit
        near, found = tree.query(points[left], predicate="dwithin", distance=reach_m)
        found = rows[found]
        near, found = left[near[among[found]]], found[among[found]]
        gap = shapely.distance(points[near], lines[found])
        least = np.full(len(points), np.inf)
        np.minimum.at(least, near, gap)
        nearest = gap == least[near]
        which, hit = np.append(which, near[nearest]), np.append(hit, found[nearest])
        left = left[~np.isfinite(least[left])]
    if len(left):  # far from all of them, which is rare enough for a tree of these alone
        wanted = rows[among[rows]]
        near, found = shapely.STRtree(lines[wanted]).query_nearest(points[left])
        which, hit = np.append(which, left[near]), np.append(hit, wanted[found])
    return which, hit
