"""Parts of streets as intervals of chainage: what of them lies in an area, what several sets share, where to cut.

Streets are laid one after another on one axis, a metre apart, so that one search answers for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.areas import subdivided
from geo.geometries import linestrings

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints, Network

LEAST_M = 1e-6
"""Intervals and gaps between them no longer than this are none."""


def _zero(network: Network) -> Floats:
    """Where each street begins on the axis."""
    return np.asarray(np.cumsum(network.length_m + 1.0) - (network.length_m + 1.0))


@dataclass(frozen=True, eq=False)
class Intervals:
    """Parts of streets, apart from each other and in the order of street and chainage, (k,)."""

    network: Network
    street: Ints
    from_m: Floats
    to_m: Floats

    def hold(self, street: Ints, chainage_m: Floats) -> Flags:
        """Whether each street point lies in one of them."""
        if len(self.street) == 0:
            return np.zeros(len(street), dtype=bool)
        zero = _zero(self.network)
        at = zero[street] + chainage_m
        row = np.searchsorted(zero[self.street] + self.from_m, at, side="right") - 1
        end = zero[self.street] + self.to_m
        return np.asarray((row >= 0) & (at <= end[np.maximum(row, 0)]))


def shared(network: Network, street: Ints, from_m: Floats, to_m: Floats, sets: int = 1) -> Intervals:
    """What at least ``sets`` of the given intervals hold (1: their union)."""
    zero = _zero(network)
    at = np.concatenate([zero[street] + from_m, zero[street] + to_m])
    step = np.repeat([1, -1], len(street))
    order = np.lexsort((-step, at))  # where one ends and another begins, both hold
    at, held = at[order], np.cumsum(step[order]) >= sets
    before = np.append(False, held[:-1])
    begin, end = at[held & ~before], at[~held & before]
    begin, end = begin[end - begin > LEAST_M], end[end - begin > LEAST_M]
    apart = begin[1:] - end[:-1] > LEAST_M
    begin, end = begin[np.append(True, apart)[: len(begin)]], end[np.append(apart, True)[: len(end)]]
    row = np.searchsorted(zero, begin + LEAST_M, side="right") - 1
    return Intervals(network, row, np.maximum(begin - zero[row], 0.0), end - zero[row])


@lru_cache(maxsize=8)
def inside(network: Network, area: BaseGeometry) -> Intervals:
    """The parts of all streets that lie in an area in their CRS, its edge with it; kept while it is in use."""
    pieces, lines = subdivided(area), network.lines
    if len(pieces) == 0 or len(lines) == 0:
        none = np.empty(0)
        return Intervals(network, np.empty(0, dtype=np.int64), none, none)
    # The pieces ask, each prepared once, for it is they that have many vertices.
    tree = shapely.STRtree(lines)
    whole = np.unique(tree.query(pieces, predicate="covers")[1])
    touched = np.setdiff1d(tree.query(pieces, predicate="intersects")[1], whole)
    street, start, coords = _segments(network, touched)
    segments = linestrings(coords.reshape(-1, 2), np.repeat(np.arange(len(street)), 2))
    piece, which = shapely.STRtree(segments).query(pieces, predicate="intersects")
    cut = shapely.intersection(segments[which], pieces[piece])
    parts, of = shapely.get_parts(cut, return_index=True)
    long = shapely.length(parts) > 0
    row = which[of[long]]
    ends = np.stack([shapely.get_point(parts[long], 0), shapely.get_point(parts[long], -1)], axis=1)
    away = shapely.get_coordinates(ends.reshape(-1)).reshape(-1, 2, 2) - coords[row][:, :1]
    at = start[row][:, None] + np.hypot(away[..., 0], away[..., 1])
    return shared(
        network,
        np.concatenate([whole, street[row]]),
        np.concatenate([np.zeros(len(whole)), at.min(axis=1)]),
        np.concatenate([network.length_m[whole], np.minimum(at.max(axis=1), network.length_m[street[row]])]),
    )


def _segments(network: Network, streets: Ints) -> tuple[Ints, Floats, Floats]:
    """The straight segments of some streets: street, chainage at the start, and both ends (k, 2, 2)."""
    count = network.coord_start[streets + 1] - network.coord_start[streets] - 1
    street = np.repeat(streets, count)
    end = np.cumsum(count)
    rank = np.arange(len(street)) - np.repeat(end - count, count)
    first = network.coord_start[street] + rank
    coords = np.stack([network.coords[first], network.coords[first + 1]], axis=1)
    length = np.hypot(*(coords[:, 1] - coords[:, 0]).T)
    total = np.cumsum(length)
    before = total - length
    return street, before - np.repeat(before[end - count], count), coords


def cut_at(
    network: Network, street: Ints, from_m: Floats, to_m: Floats, at: tuple[Intervals, ...]
) -> tuple[Ints, Floats, Floats]:
    """Pieces of streets cut where the given intervals begin and end: the row of the piece each part belongs to, and
    its two chainages, in the order of the pieces."""
    zero = _zero(network)
    ends = [zero[each.street] + metres for each in at for metres in (each.from_m, each.to_m)]
    axis = np.unique(np.concatenate([np.empty(0), *ends]))
    axis = axis[np.append(True, np.diff(axis) > LEAST_M)[: len(axis)]]
    start, end = zero[street] + from_m, zero[street] + to_m
    low = np.searchsorted(axis, start + LEAST_M, side="right")
    inner = np.maximum(np.searchsorted(axis, end - LEAST_M, side="left") - low, 0)
    row = np.repeat(np.arange(len(street)), inner + 1)
    first = np.cumsum(inner + 1) - (inner + 1)
    rank = np.arange(len(row)) - np.repeat(first, inner + 1)
    cut = axis[np.minimum(low[row] + rank, max(len(axis) - 1, 0))] if len(axis) else end[row]
    until = np.where(rank == inner[row], end[row], cut)
    begin = np.where(rank == 0, start[row], np.append(0.0, until[:-1])[: len(row)])
    # Uncut ends stay as they were given, to the last digit.
    return (
        row,
        np.where(rank == 0, from_m[row], begin - zero[street[row]]),
        np.where(rank == inner[row], to_m[row], until - zero[street[row]]),
    )
