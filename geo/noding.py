"""Where drawn lines meet: cut at ends and shared vertices, or at every crossing on one level, and made nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

WELD_M = 0.01
"""Ends this near to each other, or to a line, are drawn at the same place."""

JOIN_M = 0.5
"""Ends that miss a line by up to this are usually a slip of the drawing; real gaps are wider."""

ENDS, CROSSINGS = "ends", "crossings"
NODING = (ENDS, CROSSINGS)
"""Where lines meet: where one ends or where both have a vertex, or wherever they cross as well."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Lines cut where they meet: ``m`` pieces between ``n`` nodes, in the order of their lines.

    ``row`` is the line a piece is part of, ``part`` counts the pieces of one line from 1 along it; piece
    ``i`` is ``coords[start[i]:start[i + 1]]`` and runs from node ``u[i]`` to node ``v[i]``.
    """

    nodes: Floats
    u: Ints
    v: Ints
    row: Ints
    part: Ints
    coords: Floats
    start: Ints

    @cached_property
    def lines(self) -> Objects:
        """(m,) the pieces as LineStrings."""
        which = np.repeat(np.arange(len(self.u)), np.diff(self.start))
        return np.asarray(shapely.linestrings(self.coords, indices=which), dtype=object)

    @cached_property
    def length_m(self) -> Floats:
        """(m,) length of every piece."""
        return np.asarray(shapely.length(self.lines), dtype=np.float64)


def node_lines(lines: Objects, level: Ints, noding: str = CROSSINGS) -> Pieces:
    """Cut simple or self-crossing LineStrings (metres) at every place where they meet, and join what meets.

    With ``crossings``, lines of one ``level`` meet wherever they cross or overlap; with ``ends`` only where both
    have a vertex, and what merely crosses on the drawing stays apart. Lines of different levels (a bridge and the
    street below) meet only where one *ends* on the other. No line may be empty or shorter than ``WELD_M``.
    """
    lines = np.asarray(shapely.remove_repeated_points(shapely.force_2d(lines)), dtype=object)
    rows, chainage = _cuts(lines, np.asarray(level), noding)
    coords, start, row = _cut(lines, rows, chainage)
    ends = np.concatenate([coords[start[:-1]], coords[start[1:] - 1]])
    node = _welded(ends)
    first = np.unique(node, return_index=True)[1]
    nodes = ends[first]
    u, v = node[: len(row)], node[len(row) :]
    coords[start[:-1]] = nodes[u]
    coords[start[1:] - 1] = nodes[v]
    begins = np.searchsorted(row, row)
    return Pieces(nodes, u, v, row, np.arange(len(row)) - begins + 1, coords, start)


def _cuts(lines: Objects, level: Ints, noding: str) -> tuple[Ints, Floats]:
    """Line rows and chainages at which lines are to be cut, unsorted, ends of lines among them."""
    tree = shapely.STRtree(lines)
    end_row, end_chainage = _touched_by_ends(lines, tree)
    if noding == ENDS:
        met, met_chainage = _shared_vertices(lines, level)
    else:
        met, met_chainage = _crossed(lines, level, tree)
    return np.concatenate([end_row, met]), np.concatenate([end_chainage, met_chainage])


def _touched_by_ends(lines: Objects, tree: shapely.STRtree) -> tuple[Ints, Floats]:
    """Where the end of another line lies on a line, whatever the levels."""
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    end, touched = tree.query(ends, predicate="dwithin", distance=WELD_M)
    foreign = end % len(lines) != touched
    end, touched = end[foreign], touched[foreign]
    return touched, np.asarray(shapely.line_locate_point(lines[touched], ends[end]), dtype=np.float64)


def _crossed(lines: Objects, level: Ints, tree: shapely.STRtree) -> tuple[Ints, Floats]:
    """Where lines of one level cross, touch or overlap, and where a line does so with itself."""
    left, right, points = crossings(lines, level, tree)
    row = np.concatenate([left, right])
    chainage = shapely.line_locate_point(lines[row], np.concatenate([points, points]))
    own_row, own_chainage = _own_crossings(lines)
    return np.concatenate([row, own_row]), np.concatenate([chainage, own_chainage])


def crossings(
    lines: Objects, level: Ints, tree: shapely.STRtree, *, apart: bool = False
) -> tuple[Ints, Ints, Objects]:
    """Points in which two lines of one level meet (with ``apart``: of different levels), and the rows of the two."""
    left, right = tree.query(lines, predicate="intersects")
    wanted = (left < right) & ((level[left] == level[right]) != apart)
    left, right = left[wanted], right[wanted]
    which, points = _meeting_points(lines[left], lines[right])
    return left[which], right[which], points


def _shared_vertices(lines: Objects, level: Ints) -> tuple[Ints, Floats]:
    """Where two lines of one level, or a line and itself, have a vertex at the same place."""
    xy, of = shapely.get_coordinates(lines, return_index=True)
    pairs = cKDTree(xy).query_pairs(WELD_M * (1 + 1e-6), output_type="ndarray")
    one, other = pairs.T
    # Neighbours along a line that are drawn within a centimetre are no meeting of the line with itself.
    meet = (level[of[one]] == level[of[other]]) & ~((of[one] == of[other]) & (np.abs(one - other) < 2))
    at = np.unique(np.concatenate([one[meet], other[meet]]))
    return of[at].astype(np.int64), _chainages(xy, of, len(lines))[at]


def _chainages(xy: Floats, of: Ints, count: int) -> Floats:
    """Chainage of every vertex along its line; ``of`` names the lines, in order."""
    first = np.searchsorted(of, np.arange(count))
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[first] = 0.0
    run = np.cumsum(step)
    return np.asarray(run - run[first][of], dtype=np.float64)


def _meeting_points(left: Objects, right: Objects) -> tuple[Ints, Objects]:
    """Points in which pairs of lines meet, the ends of stretches they share among them, with their pair."""
    parts, pair = shapely.get_parts(shapely.intersection(left, right), return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    points, at = parts[~is_line], pair[~is_line]
    if is_line.any():
        shared = np.unique(pair[is_line])
        merged = shapely.line_merge(shapely.intersection(left[shared], right[shared]))
        stretches, of = shapely.get_parts(merged, return_index=True)
        stretches, of = _only_lines(stretches, of)
        tips = np.concatenate([shapely.get_point(stretches, 0), shapely.get_point(stretches, -1)])
        points, at = np.concatenate([points, tips]), np.concatenate([at, shared[np.tile(of, 2)]])
    return np.asarray(at, dtype=np.int64), np.asarray(points, dtype=object)


def _only_lines(parts: Objects, of: Ints) -> tuple[Objects, Ints]:
    keep = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    return parts[keep], of[keep]


def _own_crossings(lines: Objects) -> tuple[Ints, Floats]:
    """Chainages at which a line crosses or touches itself; both passages of each crossing."""
    rows: list[int] = []
    chainages: list[float] = []
    for row in np.flatnonzero(~shapely.is_simple(lines)):
        xy = shapely.get_coordinates(lines[row])
        segments = np.asarray(shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)), dtype=object)
        before = np.concatenate([[0.0], np.cumsum(shapely.length(segments))])
        a, b = shapely.STRtree(segments).query(segments, predicate="intersects")
        a, b = a[b - a > 1], b[b - a > 1]
        which, points = _meeting_points(segments[a], segments[b])
        for side in (a[which], b[which]):
            at = before[side] + shapely.line_locate_point(segments[side], points)
            rows.extend([int(row)] * len(at))
            chainages.extend(at.tolist())
    return np.asarray(rows, dtype=np.int64), np.asarray(chainages, dtype=np.float64)


def _cut(lines: Objects, rows: Ints, chainage: Floats) -> tuple[Floats, Ints, Ints]:
    """Coordinates, starts and line rows of the pieces between the cuts."""
    xy, of = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(of, np.arange(len(lines)))
    along = _chainages(xy, of, len(lines))
    length = along[np.concatenate([first[1:], [len(xy)]]) - 1]
    inner = (chainage > WELD_M) & (chainage < length[rows] - WELD_M)
    rows, chainage = _apart(rows[inner], chainage[inner])
    points = shapely.get_coordinates(shapely.line_interpolate_point(lines[rows], chainage))
    is_end = np.zeros(len(xy), dtype=bool)
    is_end[first] = is_end[np.concatenate([first[1:], [len(xy)]]) - 1] = True
    all_of = np.concatenate([of, rows])
    all_along = np.concatenate([along, chainage])
    breaks = np.concatenate([is_end, np.ones(len(rows), dtype=bool)])
    all_xy = np.concatenate([xy, points])
    order = np.lexsort((all_along, all_of))
    all_of, all_along, breaks, all_xy = all_of[order], all_along[order], breaks[order], all_xy[order]
    return _between(all_of, all_along, breaks, all_xy)


def _apart(rows: Ints, chainage: Floats) -> tuple[Ints, Floats]:
    """Cuts in order along each line, those within ``WELD_M`` of the one before left out."""
    order = np.lexsort((chainage, rows))
    rows, chainage = rows[order], chainage[order]
    keep = np.ones(len(rows), dtype=bool)
    keep[1:] = (np.diff(rows) > 0) | (np.diff(chainage) > WELD_M)
    return rows[keep], chainage[keep]


def _between(of: Ints, along: Floats, breaks: NDArray[np.bool_], xy: Floats) -> tuple[Floats, Ints, Ints]:
    """Pieces from vertices in order along their lines, cut at ``breaks`` (which stand in both pieces)."""
    near = np.zeros(len(of), dtype=bool)
    close = (np.diff(of) == 0) & (np.diff(along) < WELD_M / 10)
    near[1:] |= close & breaks[:-1]
    near[:-1] |= close & breaks[1:]
    keep = breaks | ~near
    of, breaks, xy = of[keep], breaks[keep], xy[keep]
    at = np.flatnonzero(breaks)
    same = of[at[:-1]] == of[at[1:]]
    begin, end = at[:-1][same], at[1:][same]
    count = end - begin + 1
    start = np.concatenate([[0], np.cumsum(count)])
    index = np.arange(start[-1]) - np.repeat(start[:-1], count) + np.repeat(begin, count)
    return xy[index].copy(), start, of[begin]


def _welded(points: Floats) -> Ints:
    """Node number of every point; points within ``WELD_M`` of each other share one, numbered as they come."""
    pairs = cKDTree(points).query_pairs(WELD_M * (1 + 1e-6), output_type="ndarray")
    shape = (len(points), len(points))
    near = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=shape)
    label = connected_components(near, directed=False)[1]
    first, inverse = np.unique(label, return_index=True, return_inverse=True)[1:]
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)
