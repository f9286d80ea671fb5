"""Questions of cover made smaller without losing the best answer.

Places covered by the same sites count as one. A site that covers only what another covers need not be looked at,
and where every place must be covered, neither need a place whose sites all stand among those of a stricter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.network import Flags, Floats, Ints

AT_ONCE = 512
"""So many sets are held against all others at once."""
DENSE = 0.1
"""Sets fuller than this are held against each other as a whole, others by what they share."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """A smaller question: ``cover`` (places, sites), the ``weight`` of its places, and ``site``, the row each of its
    sites had before."""

    cover: csr_matrix
    weight: Floats
    site: Ints


def sets_of(cover: csr_matrix) -> csr_matrix:
    """Cover as ones in sorted order, without stored noughts."""
    found = csr_matrix(cover, dtype=np.float32, copy=True)
    found.eliminate_zeros()
    found.sort_indices()
    found.data[:] = 1.0
    return found


def distinct_rows(cover: csr_matrix) -> tuple[Ints, Ints]:
    """First row of every distinct set, and for each row which of these it equals."""
    packed = np.concatenate(
        [
            np.packbits(cover[start : start + AT_ONCE].toarray() > 0, axis=1)
            for start in range(0, max(cover.shape[0], 1), AT_ONCE)
        ]
    )
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[which.reshape(-1)]


def _contained(sets: csr_matrix) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of rows, some at a time: the first is a part of the second."""
    size = np.diff(sets.indptr)
    if sets.nnz > DENSE * np.prod(sets.shape):
        dense = sets.toarray()
        for start in range(0, len(size), AT_ONCE):
            rows = np.arange(start, min(start + AT_ONCE, len(size)))
            inside = dense[rows] @ dense.T == size[rows, None]
            inside[np.arange(len(rows)), rows] = False
            part, whole = np.nonzero(inside)
            yield rows[part], whole
        return
    columns = sets.T.tocsr()
    for start in range(0, len(size), AT_ONCE):
        shared = (sets[start : start + AT_ONCE] @ columns).tocoo()
        part = shared.row + start
        inside = (shared.data == size[part]) & (part != shared.col)
        yield part[inside], shared.col[inside]


def larger_sets(sets: csr_matrix) -> Flags:
    """Rows that hold all of another row; all rows distinct."""
    found = np.zeros(sets.shape[0], dtype=bool)
    found[np.flatnonzero(np.diff(sets.indptr) > 0)] = (np.diff(sets.indptr) == 0).any()
    for _, whole in _contained(sets):
        found[whole] = True
    return found


def smaller_sets(sets: csr_matrix) -> Flags:
    """Rows all of which another row holds; all rows distinct."""
    found = np.zeros(sets.shape[0], dtype=bool)
    found[np.diff(sets.indptr) == 0] = sets.shape[0] > 1
    for part, _ in _contained(sets):
        found[part] = True
    return found


def merged_places(cover: csr_matrix, weight: Floats) -> tuple[csr_matrix, Floats]:
    """Places with the same sites as one, their weights added up."""
    first, which = distinct_rows(cover)
    added = np.bincount(which, weights=weight, minlength=len(first))
    return cover[first], np.asarray(added, dtype=float)


def without_lesser_sites(cover: csr_matrix, site: Ints) -> tuple[csr_matrix, Ints]:
    """Without the sites whose every place another site covers; of equal ones the first stays."""
    by_site = sets_of(cover.T.tocsr())
    first, _ = distinct_rows(by_site)
    by_site = by_site[first]
    stay = ~smaller_sets(by_site)
    return sets_of(by_site[stay].T.tocsr()), site[first[stay]]


def reduced(cover: csr_matrix, weight: Floats, *, cover_all: bool) -> Reduced:
    """The question made as small as it gets. ``cover`` (places, sites) of what the kept sites leave open.

    ``cover_all``: every place has to be covered, so that those which follow from stricter ones are left out too;
    their weights are then of no use.
    """
    cover, site = sets_of(cover), np.arange(cover.shape[1])
    while True:
        before = cover.shape
        cover, weight = merged_places(cover, weight)
        if cover_all:
            stay = ~larger_sets(cover)
            cover, weight = cover[stay], weight[stay]
        cover, site = without_lesser_sites(cover, site)
        if cover.shape == before:
            return Reduced(cover, weight, site)
