"""Ways that run over each other on the same vertices: each centre-line counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

AHEAD, BACK = 1, 2


def drawn_once(
    vertex: Ints, start: Ints, way: Ints, oneway: NDArray[np.int8]
) -> tuple[tuple[Ints, Ints, Ints], Ints]:
    """Runs of vertices without the segments that another run draws as well, and the segments left out.

    ``vertex``: ragged by ``start``, at least two to a run; ``way`` of each run; ``oneway`` (0, 1, -1) of each way.
    A segment goes where those that stay drive it in all its directions already: of several alike the first
    stays, those driven both ways before the rest. A run from which segments go falls apart into what is left of it.
    The segments left out come as rows of first vertex, last vertex, way.
    """
    first = np.ones(max(len(vertex) - 1, 0), dtype=bool)
    first[start[1:-1] - 1] = False
    at = np.flatnonzero(first)
    run = np.repeat(np.arange(len(way)), np.diff(start) - 1)
    keep = _first_drawn(vertex[at], vertex[at + 1], oneway[way[run]])
    lost = np.stack([vertex[at], vertex[at + 1], way[run]], axis=1)[~keep]
    if keep.all():
        return (vertex, start, way), lost
    at, run = at[keep], run[keep]
    begins = np.append(True, (at[1:] != at[:-1] + 1) | (run[1:] != run[:-1]))[: len(at)]
    begin = np.flatnonzero(begins)
    count = np.diff(np.append(begin, len(at))) + 1
    ragged = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    index = np.arange(ragged[-1]) - np.repeat(ragged[:-1], count) + np.repeat(at[begin], count)
    return (vertex[index], ragged, way[run[begin]]), lost


def _first_drawn(a: Ints, b: Ints, oneway: NDArray[np.int8]) -> Flags:
    """False for segments all of whose directions other segments between the same vertices have."""
    keep = np.ones(len(a), dtype=bool)
    key = np.minimum(a, b) * (int(np.maximum(a, b).max(initial=0)) + 1) + np.maximum(a, b)
    _, which, count = np.unique(key, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(count[which] > 1)
    directions = np.where(oneway == 0, AHEAD | BACK, np.where((oneway > 0) == (a < b), AHEAD, BACK))
    seen: dict[int, int] = {}
    for row in shared[np.argsort(oneway[shared] != 0, kind="stable")].tolist():
        driven = seen.get(int(key[row]), 0)
        keep[row] = bool(directions[row] & ~driven)
        seen[int(key[row])] = driven | int(directions[row])
    return keep
