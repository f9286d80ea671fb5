"""Streets from ways that share their vertices: cut at junctions, joined where nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Chains:
    """Streets as runs of vertices, in the order of their ways.

    Street ``i`` passes ``vertex[start[i]:start[i + 1]]``, carries the attributes of way ``way[i]`` and is the
    ``part[i]``-th street (from 1) that begins on it.
    """

    vertex: Ints
    start: Ints
    way: Ints
    part: Ints


def streets_of_ways(
    vertex: Ints, start: Ints, alike: Ints, one_way: Flags, stop: Flags | None = None
) -> Chains:
    """Cut ``w`` ways into streets and join streets over several ways.

    ``vertex``: numbers of the vertices the ways pass, ragged by ``start`` (w + 1), at least two to a way and
    never the same twice running. ``alike``: (w,) ways with the same number may be one street. ``one_way``:
    (w,) True where the way is driven in its order only. ``stop``: by vertex number, True where streets have to
    end whatever meets there (a signal).

    A street ends where other than two segments meet, and where two ways meet that are not alike or whose
    directions do not run on. A ring that nothing meets begins where its first way begins.
    """
    node = _nodes(vertex, start, alike, one_way)
    if stop is not None:
        node |= stop[: len(node)]
    first, last, way = _pieces(vertex, start, node)
    chains = _joined(vertex[first], vertex[last], node)
    runs = [_run(vertex, first, last, chain) for chain in chains]
    lead = np.asarray([chain[0][0] for chain in chains], dtype=np.int64)
    order = np.lexsort((first[lead], way[lead]))
    lead = lead[order]
    count = np.asarray([len(runs[i]) for i in order.tolist()], dtype=np.int64)
    of = way[lead]
    part = np.arange(len(of)) - np.searchsorted(of, of) + 1
    passed = np.concatenate([runs[i] for i in order.tolist()]) if runs else np.zeros(0, dtype=np.int64)
    return Chains(passed, np.concatenate([[0], np.cumsum(count)]), of, part)


def _nodes(vertex: Ints, start: Ints, alike: Ints, one_way: Flags) -> Flags:
    """True for every vertex where a street has to end."""
    size = int(vertex.max(initial=-1)) + 1
    inner = np.ones(len(vertex), dtype=bool)
    inner[start[:-1]] = inner[start[1:] - 1] = False
    ends = np.bincount(vertex[~inner], minlength=size)
    segments = ends + 2 * np.bincount(vertex[inner], minlength=size)
    node = segments != 2
    way = np.arange(len(alike))
    at = np.concatenate([vertex[start[:-1]], vertex[start[1:] - 1]])
    of = np.concatenate([way, way])
    is_head = np.repeat([False, True], len(way))
    meets = (segments[at] == 2) & (ends[at] == 2)
    order = np.argsort(at[meets], kind="stable")
    one, other = np.flatnonzero(meets)[order].reshape(-1, 2).T
    differ = alike[of[one]] != alike[of[other]]
    clash = one_way[of[one]] & (is_head[one] == is_head[other])
    node[at[one[differ | clash]]] = True
    return np.asarray(node, dtype=bool)


def _pieces(vertex: Ints, start: Ints, node: Flags) -> tuple[Ints, Ints, Ints]:
    """First and last position (in ``vertex``) and way of the stretches between nodes and way ends."""
    breaks = node[vertex]
    breaks[start[:-1]] = breaks[start[1:] - 1] = True
    at = np.flatnonzero(breaks)
    way = np.searchsorted(start, at, side="right") - 1
    within = way[:-1] == way[1:]
    return at[:-1][within], at[1:][within], way[:-1][within]


def _joined(tail: Ints, head: Ints, node: Flags) -> list[list[tuple[int, bool]]]:
    """Chains of (piece, turned round) that run on over way ends which are no nodes."""
    meeting: dict[int, list[tuple[int, bool]]] = {}
    for is_head, end in ((False, tail), (True, head)):
        for piece in np.flatnonzero(~node[end]).tolist():
            meeting.setdefault(int(end[piece]), []).append((piece, is_head))
    loose = ~node[tail] | ~node[head]
    chains = [[(piece, False)] for piece in np.flatnonzero(~loose).tolist()]
    done: set[int] = set()
    for piece in np.flatnonzero(loose).tolist():
        if piece in done:
            continue
        back = _walk(piece, False, (tail, head), meeting)
        ahead = [] if back and back[-1][0] == piece else _walk(piece, True, (tail, head), meeting)
        # A ring comes back to the piece it set out from; it is kept once, from there on.
        ring = bool(back) and back[-1][0] == piece
        before = back[:-1] if ring else back
        chain = [(other, not turned) for other, turned in reversed(before)]
        chain = [(piece, False), *chain] if ring else [*chain, (piece, False), *ahead]
        chains.append(chain)
        done.update(other for other, _ in chain)
    return chains


def _walk(
    piece: int, by_head: bool, ends: tuple[Ints, Ints], meeting: dict[int, list[tuple[int, bool]]]
) -> list[tuple[int, bool]]:
    """Pieces met on leaving ``piece`` by one end, each with whether it is passed against its order."""
    passed: list[tuple[int, bool]] = []
    here, leaves_by_head = piece, by_head
    while True:
        vertex = int(ends[leaves_by_head][here])
        others = [each for each in meeting.get(vertex, ()) if each != (here, leaves_by_head)]
        if not others:
            return passed
        here, met_at_head = others[0]
        passed.append((here, met_at_head))
        if here == piece:
            return passed
        leaves_by_head = not met_at_head


def _run(vertex: Ints, first: Ints, last: Ints, chain: list[tuple[int, bool]]) -> Ints:
    """The vertices a chain passes, those where its pieces meet once."""
    runs = []
    for piece, turned in chain:
        run = vertex[first[piece] : last[piece] + 1]
        runs.append(run[::-1] if turned else run)
    return np.concatenate([runs[0], *(run[1:] for run in runs[1:])]) if len(runs) > 1 else runs[0]


def simplified_counts(tail: Ints, head: Ints) -> tuple[int, int]:
    """Nodes and directed edges that OSMnx's ``simplify_graph`` leaves of the directed segments given.

    Its rule: a node stays where a segment returns to it, where nothing enters or nothing leaves, or where
    it has other than two neighbours or other than two or four directed segments; rings without one go.
    """
    if not len(tail):
        return 0, 0
    ids, number = np.unique(np.concatenate([tail, head]), return_inverse=True)
    size = len(ids)
    t, h = number[: len(tail)], number[len(tail) :]
    leaves, enters = np.bincount(t, minlength=size), np.bincount(h, minlength=size)
    pairs = np.unique(np.concatenate([t * size + h, h * size + t]))
    neighbours = np.bincount(pairs // size, minlength=size)
    degree = leaves + enters
    stays = (leaves == 0) | (enters == 0) | (neighbours != 2) | ((degree != 2) & (degree != 4))
    stays[t[t == h]] = True
    direct = int((stays[t] & stays[h]).sum())
    sets_out = stays[t] & ~stays[h]
    return int(stays.sum()), direct + len(np.unique(t[sets_out] * size + h[sets_out]))
