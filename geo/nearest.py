"""The nearest street point of many points, among all streets or among some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Flags, Floats, Ints

CLOSE_M = (25.0, 75.0)
"""Most points asked for lie this near to a street: asking for what is so near is far quicker than for the nearest."""

SQUARE_M = 32.0
"""What is close is looked up once for all points in a square of this width."""

AT_ONCE = 50_000
"""So many points are asked at a time, which bounds the memory."""

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
    for begin in range(0, len(points) if len(rows) else 0, AT_ONCE):
        some = points[begin : begin + AT_ONCE]
        which, hit = _nearest_lines(some, lines, rows, tree, among)
        there = begin + which
        street[there] = hit
        chainage[there] = shapely.line_locate_point(lines[hit], some[which])
        distance[there] = shapely.distance(lines[hit], some[which])
    return street, chainage, distance


def _nearest_lines(
    points: NDArray[np.object_],
    lines: NDArray[np.object_],
    rows: Ints,
    tree: shapely.STRtree,
    among: Flags | None,
) -> tuple[Ints, Ints]:
    """Rows of the points that have a nearest street, in ascending order, and that street."""
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
    return which[first], hit[first]


def _nearest_of_all(points: NDArray[np.object_], tree: shapely.STRtree) -> tuple[Ints, Ints]:
    """Rows of points and of the lines of a tree nearest to them, all of the equally near."""
    which, hit = [], []
    xy, left = shapely.get_coordinates(points), np.arange(len(points))
    for reach_m in CLOSE_M:
        # Boxes that meet are found faster than what is near, and distances are worked out for all pairs at once.
        near, found = _close(xy[left], tree, reach_m)
        gap = shapely.distance(points[left[near]], tree.geometries[found])
        least = np.full(len(left), np.inf)
        np.minimum.at(least, near, gap)
        least[least > reach_m] = np.inf  # something may be nearer that was not looked at
        nearest = gap == least[near]
        which.append(left[near[nearest]])
        hit.append(found[nearest])
        left = left[~np.isfinite(least)]
    far, found = tree.query_nearest(points[left], all_matches=True)
    return np.concatenate([*which, left[far]]), np.concatenate([*hit, found])


def _close(xy: Floats, tree: shapely.STRtree, reach_m: float) -> tuple[Ints, Ints]:
    """Rows of places (k, 2) and of the lines of a tree near them: all within the reach, and some beyond."""
    if len(xy) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    square = np.floor(xy / SQUARE_M).astype(np.int64)
    low = square.min(axis=0)
    high = int(square[:, 1].max() - low[1]) + 1
    squares, mine = np.unique((square[:, 0] - low[0]) * high + square[:, 1] - low[1], return_inverse=True)
    west, south = (squares // high + low[0]) * SQUARE_M, (squares % high + low[1]) * SQUARE_M
    boxes = shapely.box(
        west - reach_m, south - reach_m, west + SQUARE_M + reach_m, south + SQUARE_M + reach_m
    )
    asked, found = tree.query(boxes)
    found = found[np.argsort(asked, kind="stable")]
    count = np.bincount(asked, minlength=len(squares))
    first, each = (np.cumsum(count) - count)[mine], count[mine]
    rank = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    return np.repeat(np.arange(len(xy)), each), found[np.repeat(first, each) + rank]


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
