"""Streets cut at chainages: pieces between two metres along a street, as lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from geo.geometries import linestrings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Floats, Ints, Network


class Lines(Protocol):
    """Lines by row, as a network's streets are: all their coordinates one after another, and where each begins."""

    @property
    def coords(self) -> Floats:
        """(k, 2) coordinates of all lines."""

    @property
    def coord_start(self) -> Ints:
        """(n + 1,) row of each line's first coordinate, and the end."""

    @property
    def length_m(self) -> Floats:
        """(n,) lengths."""

    @property
    def lines(self) -> NDArray[np.object_]:
        """(n,) LineStrings."""


@dataclass(frozen=True, eq=False)
class _Vertices:
    """Vertices of some streets and their chainage on one axis on which these streets lie one after another.

    Street ``i`` of them has the vertices from ``first[i]`` up to and with ``last[i]``.
    """

    coords: Floats
    axis: Floats
    first: Ints
    last: Ints


def _vertices(network: Lines, streets: Ints) -> _Vertices:
    """The vertices of the given streets only, so that a question about few streets costs little."""
    count = network.coord_start[np.asarray(streets) + 1] - network.coord_start[streets]
    end = np.cumsum(count)
    first = end - count
    coords = network.coords[
        np.repeat(network.coord_start[streets] - first, count) + np.arange(end[-1] if len(end) else 0)
    ]
    step = np.zeros(len(coords))
    move = coords[1:] - coords[:-1]
    step[1:] = np.sqrt(np.einsum("ij,ij->i", move, move))
    step[first] = 1.0  # one metre between streets keeps the axis strictly ordered
    return _Vertices(coords, np.cumsum(step), first, end - 1)


def _point_on_axis(vertices: _Vertices, after: Ints, position: Floats) -> Floats:
    before, axis, coords = after - 1, vertices.axis, vertices.coords
    span = axis[after] - axis[before]
    share = np.divide(position - axis[before], span, out=np.zeros_like(span), where=span > 0)
    share = np.clip(share, 0.0, 1.0)[:, None]
    return np.asarray(coords[before] * (1 - share) + coords[after] * share)


def stretch_lines(network: Lines, street: Ints, from_m: Floats, to_m: Floats) -> NDArray[np.object_]:
    """LineStrings of the given streets between two chainages, ``from_m < to_m``, in the network's CRS."""
    if len(street) == 0:
        return np.empty(0, dtype=object)
    lines = network.lines[street]  # a copy, in which most streets stay whole
    cut = np.flatnonzero((from_m > 0) | (to_m < network.length_m[street]))
    if len(cut):
        lines[cut] = linestrings(*stretch_coords(network, street[cut], from_m[cut], to_m[cut]))
    return lines


def stretch_coords(network: Lines, street: Ints, from_m: Floats, to_m: Floats) -> tuple[Floats, Ints]:
    """Coordinates (k, 2) of the lines of :func:`stretch_lines` and the row of the stretch each belongs to (k,)."""
    streets, row_of = _each_once(street)
    vertices = _vertices(network, streets)
    axis, first, last = vertices.axis, vertices.first[row_of], vertices.last[row_of]
    start = np.minimum(axis[first] + from_m, axis[last])
    end = np.minimum(axis[first] + to_m, axis[last])
    # Vertices strictly between the two chainages; the ends are interpolated.
    low = np.clip(np.searchsorted(axis, start, side="right"), first + 1, last)
    high = np.clip(np.searchsorted(axis, end, side="left"), first + 1, last)
    inner = np.maximum(high - low, 0)
    total = inner + 2
    offset = np.concatenate([[0], np.cumsum(total)])
    coords = np.empty((offset[-1], 2))
    coords[offset[:-1]] = _point_on_axis(vertices, low, start)
    coords[offset[1:] - 1] = _point_on_axis(vertices, high, end)
    row = np.repeat(np.arange(len(street)), inner)
    rank = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner)
    coords[offset[row] + 1 + rank] = vertices.coords[low[row] + rank]
    return coords, np.repeat(np.arange(len(street)), total)


def _each_once(street: Ints) -> tuple[Ints, Ints]:
    """The streets in ascending order, each once, and where each of those given stands among them."""
    step = np.diff(street)
    if (step < 0).any():
        streets, row_of = np.unique(street, return_inverse=True)
        return streets, row_of
    new = np.append(True, step > 0)
    return street[new], np.cumsum(new) - 1


def points_along(network: Network, street: Ints, spacing_m: float) -> tuple[Ints, Floats, Floats]:
    """Points at most ``spacing_m`` apart along the given streets, both ends among them.

    Returns the street row of each point, its chainage and its (k, 2) coordinates.
    """
    count = np.maximum(np.ceil(network.length_m[street] / spacing_m).astype(np.int64), 1) + 1
    row = np.repeat(np.arange(len(street)), count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    chainage = network.length_m[street][row] * rank / np.repeat(count - 1, count)
    vertices = _vertices(network, street)
    first, last = vertices.first[row], vertices.last[row]
    position = vertices.axis[first] + chainage
    after = np.clip(np.searchsorted(vertices.axis, position, side="right"), first + 1, last)
    return np.asarray(street)[row], chainage, _point_on_axis(vertices, after, position)
