"""Where the fewest further hydrants go that leave no piece of a street longer than the spacing, crossings first.

On a piece of length L with the spacing s at least m = ceil(L / s) - 1 are needed. Of m hydrants the j-th stands at
j·s - y, with 0 <= y <= (m + 1)·s - L, and y never falls from one to the next: exactly then no gap is longer than s.
A crossing at chainage c can therefore take one hydrant only, the one with j = ceil(c / s), and a choice of crossings
is possible exactly if their y do not fall. The longest such choice is the longest run of crossings, in the order of
their chainage, whose y never falls. The others go as far as the spacing lets them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.spacing import millimetres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.spacing_question import Question
    from geo.network import Flags, Ints


@dataclass(frozen=True, eq=False)
class HydrantPlan:
    """Further hydrants by track (line, or side of a line) and chainage; ``meets``: the streets met at a crossing."""

    track: Ints
    at_mm: Ints
    at_crossing: Flags
    meets: NDArray[np.object_]


def further_places(length_mm: int, spacing_mm: int, crossings_mm: Sequence[int]) -> list[int]:
    """Places from the start of a piece: as few as can be, of these as many at crossings as can be.

    ``crossings_mm`` ascend and lie inside the piece. All in whole millimetres, so that nothing is lost in rounding.
    """
    count = -(-length_mm // spacing_mm) - 1
    slack = (count + 1) * spacing_mm - length_mm
    tails: list[
        int
    ] = []  # the least y with which a run of each length can end, and the crossing it ends with
    ends: list[int] = []
    previous: list[int] = []
    short: list[int] = []
    for number, at in enumerate(crossings_mm):
        short.append(-at % spacing_mm)
        previous.append(-1)
        if short[-1] > slack or not 0 < at < length_mm or -(-at // spacing_mm) > count:
            continue
        # Two crossings for the same hydrant: the later has the smaller y, so a run never holds both.
        place = bisect_right(tails, short[-1])
        previous[-1] = ends[place - 1] if place else -1
        if place == len(tails):
            tails.append(short[-1])
            ends.append(number)
        else:
            tails[place], ends[place] = short[-1], number
    chosen: dict[int, int] = {}
    at_end = ends[-1] if ends else -1
    while at_end >= 0:
        chosen[-(-crossings_mm[at_end] // spacing_mm)] = short[at_end]
        at_end = previous[at_end]
    places, y = [], 0
    for rank in range(1, count + 1):
        y = chosen.get(rank, y)
        places.append(rank * spacing_mm - y)
    return places


def places_around(length_mm: int, spacing_mm: int, crossings_mm: Sequence[int]) -> list[int]:
    """Places on a ring without hydrants: the first at its first crossing, else at its start; as few as can be."""
    first = crossings_mm[0] if len(crossings_mm) else 0
    rest = [(at - first) % length_mm for at in crossings_mm[1:]]
    return sorted((first + at) % length_mm for at in [0, *further_places(length_mm, spacing_mm, rest)])


def staggered_places(length_mm: int, spacing_mm: int) -> list[int]:
    """As few places as can be, each as near to the start as can be: off those of the other side, which go far."""
    count = -(-length_mm // spacing_mm) - 1
    return [length_mm - (count + 1 - rank) * spacing_mm for rank in range(1, count + 1)]


def hydrant_plan(asked: Question) -> HydrantPlan:
    """The fewest further hydrants that close every piece longer than the spacing; none where nothing is said of it.

    Crossings and ends of bridges and tunnels with no counted hydrant near them are taken first. The number is the
    least for each line, not for all streets together: one at a crossing that two streets ask for serves both, but
    none is moved to a crossing for the other street's sake.
    """
    pieces, tracks, marks = asked.pieces, asked.tracks, asked.streets.marks
    wanted = np.flatnonzero((pieces.missing > 0) & asked.judged[tracks.line[pieces.line]])
    bare = np.flatnonzero(asked.mark_bare)
    bare = bare[np.lexsort((marks.at_m[asked.mark[bare]], asked.mark_piece[bare]))]
    begin = np.searchsorted(asked.mark_piece[bare], wanted)
    end = np.searchsorted(asked.mark_piece[bare], wanted, side="right")
    rows: list[tuple[int, int, bool, str]] = []
    for piece, low, high in zip(wanted.tolist(), begin.tolist(), end.tolist(), strict=True):
        track, start = int(pieces.line[piece]), int(pieces.from_mm[piece])
        whole, length = int(tracks.length_mm[track]), int(pieces.to_mm[piece]) - start
        met: dict[int, str] = {}
        for mark in asked.mark[bare[low:high]].tolist():
            at = int(millimetres(marks.at_m[mark]))
            met.setdefault(at - start if at >= start else at + whole - start, str(marks.meets[mark]))
        if pieces.bare_ring[piece]:
            places = places_around(length, asked.limit_mm, sorted(met))
        elif tracks.side[track] > 0:
            places = staggered_places(length, asked.limit_mm)
        else:
            places = further_places(length, asked.limit_mm, sorted(met))
        for place in places:
            at = (start + place) % whole if tracks.closed[track] else start + place
            rows.append((track, at, place in met, met.get(place, "")))
    rows.sort()
    track_at = np.asarray([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    return HydrantPlan(
        track_at[:, 0],
        track_at[:, 1],
        np.asarray([row[2] for row in rows], dtype=bool),
        np.asarray([row[3] for row in rows], dtype=object),
    )
