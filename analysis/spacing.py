"""Hydrant spacing along a line: the pieces between hydrants, and how few more would close those that are too long.

Chainages are whole millimetres here, so that sums are exact and the limit is inclusive. A line is a street, or one
side of a street on which both sides must hold the spacing. It is cut at its hydrants; no piece of it may be longer
than the limit: between two hydrants (``between``), from an end of the street to its first hydrant (``end``), or of
the whole street where it has none (``whole``). The clause speaks of hydrants only; that a street's end, or a short
street, may be that far from a hydrant is this project's reading. On a ring every piece lies between hydrants; one
longer than the limit needs a hydrant for every beginning limit of its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.network import Flags, Ints

BETWEEN, END, WHOLE = "between", "end", "whole"


def millimetres(metres: object) -> Ints:
    """Metres as whole millimetres."""
    return np.rint(np.asarray(metres, dtype=np.float64) * 1000).astype(np.int64)


def missing_on(length_mm: Ints, limit_mm: int, bare_ring: Flags | bool = False) -> Ints:
    """The fewest hydrants that leave no piece longer than the limit, on pieces of these lengths (any shape).

    ``bare_ring``: the piece is a ring without a hydrant, on which n hydrants make n pieces and not n + 1.
    """
    parts = -(-length_mm // limit_mm)
    return np.asarray(np.maximum(parts - 1, 0) + (np.asarray(bare_ring) & (parts > 1)), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of lines between hydrants, by line and chainage.

    ``before`` and ``after`` are the places (rows of what was given to :func:`cut_at`) at their ends, -1 where the
    street ends. On a ring ``to_mm`` of the last piece goes on counting beyond the start.
    """

    line: Ints
    from_mm: Ints
    to_mm: Ints
    before: Ints
    after: Ints
    missing: Ints
    bare_ring: Flags

    @property
    def length_mm(self) -> Ints:
        """Length of every piece."""
        return self.to_mm - self.from_mm

    @property
    def kind(self) -> Ints:
        """Row of (``between``, ``end``, ``whole``)."""
        return np.asarray((self.before < 0).astype(np.int64) + (self.after < 0), dtype=np.int64)


def cut_at(length_mm: Ints, closed: Flags, line: Ints, at_mm: Ints, limit_mm: int) -> Pieces:
    """Cut lines of the given lengths at places ``at_mm`` of ``line``; ``closed`` lines are rings."""
    count = len(length_mm)
    at = np.where(closed[line], at_mm % np.maximum(length_mm[line], 1), np.clip(at_mm, 0, length_mm[line]))
    order = np.lexsort((np.arange(len(line)), at, line))
    first = np.full(count, -1, dtype=np.int64)
    first[line[order][::-1]] = order[::-1]
    ring = closed & (first >= 0)
    # A line starts at 0 and ends at its length; a ring starts at its first place and ends there once around.
    every, begins = np.arange(count), np.where(ring, -1, 0)
    ends = np.where(ring, length_mm + at[first] if len(at) else length_mm, length_mm)
    lines = np.concatenate([every[begins == 0], line[order], every])
    places = np.concatenate([begins[begins == 0], at[order], ends])
    hydrant = np.concatenate([np.full(int((begins == 0).sum()), -1), order, np.where(ring, first, -1)])
    rank = np.repeat([0, 1, 2], [int((begins == 0).sum()), len(order), count])
    sort = np.lexsort((np.arange(len(lines)), places, rank, lines))
    lines, places, hydrant = lines[sort], places[sort], hydrant[sort]
    same = np.flatnonzero(lines[1:] == lines[:-1])
    bare = closed[lines[same]] & (hydrant[same] < 0)
    length = places[same + 1] - places[same]
    return Pieces(
        lines[same], places[same], places[same + 1], hydrant[same], hydrant[same + 1],
        missing_on(length, limit_mm, bare), bare,
    )  # fmt: skip


def least_missing(
    length_mm: int, closed: bool, sure_mm: Iterable[int], may_stand: Iterable[tuple[int, int]], limit_mm: int
) -> int:
    """Hydrants that are missing however many stand on the ranges ``may_stand`` (from, to): they help nowhere else."""
    taken: list[list[int]] = []
    for low, high in sorted([*((at, at) for at in sure_mm), *may_stand]):
        if taken and low <= taken[-1][1]:
            taken[-1][1] = max(taken[-1][1], high)
        else:
            taken.append([low, high])
    if not taken:
        return int(missing_on(np.asarray(length_mm), limit_mm, closed))
    free = [after[0] - before[1] for before, after in pairwise(taken)]
    head, tail = taken[0][0], length_mm - taken[-1][1]
    free += [head + tail] if closed else [head, tail]
    return int(missing_on(np.asarray(free, dtype=np.int64), limit_mm).sum())


def nearest_on(found: Pieces, line: Ints, at_mm: Ints, length_mm: Ints) -> tuple[Ints, Ints]:
    """The piece in which each place of a line stands, and the way along the line to the next hydrant (-1: none)."""
    first = np.searchsorted(found.line, np.arange(len(length_mm) + 1))
    begins = found.from_mm[np.minimum(first[line], max(len(found.line) - 1, 0))]
    at = np.where(at_mm < begins, at_mm + length_mm[line], at_mm)  # before the first hydrant of a ring
    axis = np.concatenate([[0], np.cumsum(2 * length_mm + 1)])
    piece = np.searchsorted(axis[found.line] + found.from_mm, axis[line] + at, side="right") - 1
    far = np.iinfo(np.int64).max
    back = np.where(found.before[piece] >= 0, at - found.from_mm[piece], far)
    ahead = np.where(found.after[piece] >= 0, found.to_mm[piece] - at, far)
    way = np.minimum(back, ahead)
    return piece, np.where(way == far, -1, way)
