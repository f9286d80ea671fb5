"""Streets cut at chainages: pieces between two metres along a street, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Floats, Ints, Network


def _vertex_chainage(network: Network) -> tuple[Floats, Floats]:
    """Chainage of every vertex on one axis on which the streets lie one after another, and each street's zero."""
    starts = network.coord_start[:-1]
    step = np.hypot(*np.diff(network.coords, axis=0, prepend=network.coords[:1]).T)
    step[starts] = 1.0  # one metre between streets keeps the axis strictly ordered
    axis = np.cumsum(step)
    return axis, axis[starts]


def _point_on_axis(network: Network, axis: Floats, after: Ints, position: Floats) -> Floats:
    before = after - 1
    span = axis[after] - axis[before]
    share = np.divide(position - axis[before], span, out=np.zeros_like(span), where=span > 0)
    share = np.clip(share, 0.0, 1.0)[:, None]
    return np.asarray(network.coords[before] * (1 - share) + network.coords[after] * share)


def stretch_lines(network: Network, street: Ints, from_m: Floats, to_m: Floats) -> NDArray[np.object_]:
    """LineStrings of the given streets between two chainages, ``from_m < to_m``, in the network's CRS."""
    if len(street) == 0:
        return np.empty(0, dtype=object)
    axis, zero = _vertex_chainage(network)
    first, last = network.coord_start[street], network.coord_start[street + 1] - 1
    start = np.minimum(zero[street] + from_m, axis[last])
    end = np.minimum(zero[street] + to_m, axis[last])
    # Vertices strictly between the two chainages; the ends are interpolated.
    low = np.clip(np.searchsorted(axis, start, side="right"), first + 1, last)
    high = np.clip(np.searchsorted(axis, end, side="left"), first + 1, last)
    inner = np.maximum(high - low, 0)
    total = inner + 2
    offset = np.concatenate([[0], np.cumsum(total)])
    coords = np.empty((offset[-1], 2))
    coords[offset[:-1]] = _point_on_axis(network, axis, low, start)
    coords[offset[1:] - 1] = _point_on_axis(network, axis, high, end)
    row = np.repeat(np.arange(len(street)), inner)
    rank = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner)
    coords[offset[row] + 1 + rank] = network.coords[low[row] + rank]
    which = np.repeat(np.arange(len(street)), total)
    return np.asarray(shapely.linestrings(coords, indices=which), dtype=object)


def points_along(network: Network, street: Ints, spacing_m: float) -> tuple[Ints, Floats, Floats]:
    """Points at most ``spacing_m`` apart along the given streets, both ends among them.

    Returns the street row of each point, its chainage and its (k, 2) coordinates.
    """
    count = np.maximum(np.ceil(network.length_m[street] / spacing_m).astype(np.int64), 1) + 1
    row = np.repeat(street, count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    chainage = network.length_m[row] * rank / np.repeat(count - 1, count)
    axis, zero = _vertex_chainage(network)
    first, last = network.coord_start[row], network.coord_start[row + 1] - 1
    position = zero[row] + chainage
    after = np.clip(np.searchsorted(axis, position, side="right"), first + 1, last)
    return row, chainage, _point_on_axis(network, axis, after, position)
