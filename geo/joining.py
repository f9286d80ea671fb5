"""Ends of drawn lines that miss each other, or a street, by less than a tolerance: put where they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.noding import WELD_M, node_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.noding import Pieces

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Objects = NDArray[np.object_]

ROUNDS = 4
"""A joined end may bring the next one within reach; more rounds than this were never needed."""
DETOUR = 3.0
"""Ends that are joined already by a way no longer than this many times their distance miss nothing."""


@dataclass(frozen=True)
class Join:
    """An end that was moved: row of its line, row of the line it was put on, where (metres) and how far.

    ``at``: ``end`` where it went to an end or junction of the other line, ``side`` where it went between them.
    """

    line: int
    other: int
    x: float
    y: float
    distance_m: float
    at: str


def join_near(
    lines: Objects, level: Ints, noding: str, join_m: float
) -> tuple[Objects, Pieces, tuple[Join, ...]]:
    """Node the lines with every end that misses another line by up to ``join_m`` moved onto it.

    Ends near each other become one; an end that hangs free moves to the side of a line near it. Lines of
    different levels are joined only where the end of one hangs free near an end of the other. What is joined
    already by a short way (a line drawn a little beyond a crossing) stays. Returns the lines as moved, their
    pieces and what was joined. ``join_m`` up to ``WELD_M`` moves nothing.
    """
    lines = np.asarray(shapely.remove_repeated_points(shapely.force_2d(lines)), dtype=object)
    joins: list[Join] = []
    pieces = node_lines(lines, level, noding)
    for _ in range(ROUNDS if join_m > WELD_M else 0):
        found = _Round(lines, level, pieces, join_m).run()
        if not found[1]:
            break
        lines, joined = found
        joins += joined
        pieces = node_lines(lines, level, noding)
    return lines, pieces, tuple(joins)


class _Round:
    """One look at everything that is near, nearest first; nothing that was moved to is moved itself."""

    def __init__(self, lines: Objects, level: Ints, pieces: Pieces, join_m: float) -> None:
        self.lines, self.level, self.pieces, self.join_m = lines, level, pieces, join_m
        self.length = shapely.length(lines)
        self.place = pieces.nodes.copy()
        first = pieces.part == 1
        last = np.append(pieces.row[1:] != pieces.row[:-1], True)
        self.ends = np.empty((len(lines), 2), dtype=np.int64)
        self.ends[pieces.row[first], 0] = pieces.u[first]
        self.ends[pieces.row[last], 1] = pieces.v[last]
        count = len(pieces.nodes)
        self.degree = np.bincount(np.concatenate([pieces.u, pieces.v]), minlength=count)
        # A node that a line passes through is where it belongs.
        self.loose = np.bincount(self.ends.reshape(-1), minlength=count) == self.degree
        self.moved = np.zeros(count, dtype=bool)
        self.anchor = np.zeros(count, dtype=bool)
        at = np.concatenate([pieces.u, pieces.v])
        order = np.argsort(at, kind="stable")
        self._starts = np.searchsorted(at[order], np.arange(count + 1))
        self._pieces = order % len(pieces.u)
        self.piece_m = pieces.length_m
        self.shape = pieces.lines

    def run(self) -> tuple[Objects, list[Join]]:
        joins = []
        for distance, node, target, is_side in sorted([*self._ends_near(), *self._sides_near()]):
            join = self._side(node, target) if is_side else self._end(node, target)
            if join is not None:
                joins.append(Join(*join, distance, "side" if is_side else "end"))
        return self._moved_lines(), joins

    def _at(self, node: int) -> list[int]:
        pieces: list[int] = self._pieces[self._starts[node] : self._starts[node + 1]].tolist()
        return pieces

    def _levels(self, node: int) -> set[int]:
        return {int(self.level[self.pieces.row[piece]]) for piece in self._at(node)}

    def _ends_near(self) -> list[tuple[float, int, int, bool]]:
        """Pairs of nodes within reach of which one at least may be moved."""
        pairs = cKDTree(self.place).query_pairs(self.join_m, output_type="ndarray")
        pairs = pairs[self.loose[pairs].any(axis=1)]
        distance = np.hypot(*(self.place[pairs[:, 0]] - self.place[pairs[:, 1]]).T)
        found = []
        for (one, other), metres in zip(pairs.tolist(), distance.tolist(), strict=True):
            free = min(self.degree[one], self.degree[other]) == 1
            linked = any(
                other in (self.pieces.u[piece], self.pieces.v[piece])
                and self.piece_m[piece] <= DETOUR * metres
                for piece in self._at(one)
            )
            if not linked and (free or self._levels(one) & self._levels(other)):
                found.append((metres, *self._mover_first(one, other), False))
        return found

    def _mover_first(self, one: int, other: int) -> tuple[int, int]:
        """The node to move: one that may be, and of two the one with fewer streets, then the later."""
        ranks = [(not self.loose[node], int(self.degree[node]), -node) for node in (one, other)]
        return (one, other) if ranks[0] < ranks[1] else (other, one)

    def _sides_near(self) -> list[tuple[float, int, int, bool]]:
        """Free ends within reach of a piece of their level that has no end within reach.

        Where two lines run on from an end beside a third, that is a crossing without a vertex, not a slip: the
        joint of two spans of a bridge lies so above the street.
        """
        free = np.flatnonzero(self.degree == 1)
        points = np.asarray(shapely.points(self.place[free]), dtype=object)
        which, piece = shapely.STRtree(self.shape).query(points, predicate="dwithin", distance=self.join_m)
        node = free[which]
        u, v = self.pieces.u[piece], self.pieces.v[piece]
        far = np.ones(len(node), dtype=bool)
        for end in (u, v):
            far &= np.hypot(*(self.place[end] - self.place[node]).T) > self.join_m
        node, piece, which = node[far], piece[far], which[far]
        distance = np.asarray(shapely.distance(self.shape[piece], points[which]), dtype=np.float64)
        return [
            (metres, a, p, True)
            for metres, a, p in zip(distance.tolist(), node.tolist(), piece.tolist(), strict=True)
            if int(self.level[self.pieces.row[p]]) in self._levels(a) and not self._round_the_corner(a, p)
        ]

    def _round_the_corner(self, node: int, piece: int) -> bool:
        """Whether a short way leads from the node to the nearest point of the piece."""
        point = shapely.Point(self.place[node])
        along = float(shapely.line_locate_point(self.shape[piece], point))
        near = DETOUR * float(shapely.distance(self.shape[piece], point))
        rest = {int(self.pieces.u[piece]): along, int(self.pieces.v[piece]): self.piece_m[piece] - along}
        for own in self._at(node):
            ends = {int(self.pieces.u[own]), int(self.pieces.v[own])} - {node}
            if any(self.piece_m[own] + rest[end] <= near for end in ends if end in rest):
                return True
        return False

    def _end(self, node: int, target: int) -> tuple[int, int, float, float] | None:
        if self.moved[node] or self.anchor[node]:
            node, target = target, node
        row = int(self.pieces.row[self._at(target)[0]])
        if not self._move(node, self.place[target]):
            return None
        self.anchor[target] = True
        return self._line_at(node), row, *self.place[node].tolist()

    def _side(self, node: int, piece: int) -> tuple[int, int, float, float] | None:
        point = shapely.Point(self.place[node])
        foot = shapely.line_interpolate_point(
            self.shape[piece], shapely.line_locate_point(self.shape[piece], point)
        )
        if not self._move(node, shapely.get_coordinates(foot)[0]):
            return None
        return self._line_at(node), int(self.pieces.row[piece]), *self.place[node].tolist()

    def _line_at(self, node: int) -> int:
        return int(self.pieces.row[self._at(node)[0]])

    def _move(self, node: int, to: Floats) -> bool:
        """Move a node unless it may not be, has been, is too far by now, or a line would be nothing then."""
        if not self.loose[node] or self.moved[node] or self.anchor[node]:
            return False
        if np.hypot(*(self.place[node] - to)) > self.join_m:
            return False
        for piece in self._at(node):
            row = self.pieces.row[piece]
            a, b = self.ends[row]
            rest = self.place[b if a == node else a]
            if self.length[row] <= DETOUR * self.join_m and np.hypot(*(rest - to)) <= 2 * WELD_M:
                return False
        self.place[node] = to
        self.moved[node] = True
        return True

    def _moved_lines(self) -> Objects:
        lines = self.lines.copy()
        for row in np.flatnonzero(self.moved[self.ends].any(axis=1)).tolist():
            xy = shapely.get_coordinates(lines[row])
            xy[0], xy[-1] = self.place[self.ends[row]]
            lines[row] = shapely.LineString(xy)
        return lines
