"""Closures: parts of streets that are blocked, slowed or delayed, from points, lines and areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import WGS84, reproject, shapes_of
from geo.geometries import linestrings

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats, Ints, Network

EFFECTS = ("block", "slow", "delay")
"""``block``: not driven; ``slow``: time multiplied by the value; ``delay``: the value in seconds is added."""

POINT_REACH_M = 25.0
"""A point closes the street points of every street this near to it."""

POINT_HALF_M = 1.0
"""A point or crossing line closes this much to either side of it."""

ALONG_M = 0.01
"""A line closes what of a street is this near to it: where it crosses, and all along where it is the street's own."""

SAME_M = 1e-6
"""Chainages so near to each other are one."""


@dataclass(frozen=True)
class Closure:
    """One closure of a scenario. ``wkt`` in WGS84: a point on a street, a line across streets, or an area.

    ``effect`` is one of :data:`EFFECTS`; ``value`` its factor or seconds.
    """

    name: str
    wkt: str
    effect: str = "block"
    value: float = 0.0


@dataclass(frozen=True, eq=False)
class Closures:
    """Closures as intervals on streets: (c,) rows; ``factor`` infinite where blocked."""

    street: Ints
    from_m: Floats
    to_m: Floats
    factor: Floats
    more_s: Floats

    def cuts(self, network: Network) -> tuple[Ints, Floats]:
        """Distinct places inside streets where an interval begins or ends, in the order of street, chainage."""
        street = np.concatenate([self.street, self.street])
        at_m = np.concatenate([self.from_m, self.to_m])
        inside = (at_m > 1e-6) & (at_m < network.length_m[street] - 1e-6)
        places = np.unique(
            np.stack([street[inside].astype(float), np.round(at_m[inside], 6)], axis=1), axis=0
        )
        return places[:, 0].astype(np.int64), places[:, 1]

    def effect(self, street: Ints, middle_m: Floats) -> tuple[Floats, Floats]:
        """Factor and added seconds (for the whole street's length) of pieces given by their middles."""
        factor, more_s = np.ones(len(street)), np.zeros(len(street))
        for row in range(len(self.street)):
            mine = (street == self.street[row]) & (middle_m > self.from_m[row]) & (middle_m < self.to_m[row])
            factor[mine] *= self.factor[row]
            more_s[mine] += self.more_s[row]
        return factor, more_s


def usable_shape(wkt: str) -> bool:
    """Whether a text is a point, line or area in WGS84 that a closure can have."""
    try:
        shape = shapely.from_wkt(wkt)
    except shapely.errors.GEOSException:
        return False
    if shape is None or shape.is_empty or not shape.is_valid:
        return False
    west, south, east, north = shape.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def closed_intervals(network: Network, closures: tuple[Closure, ...]) -> Closures:
    """The parts of streets that the closures act on, from the network before any closure."""
    found: list[tuple[int, float, float, float, float]] = []
    for closure, touched in zip(closures, _touched_by_each(network, closures), strict=True):
        for street, from_m, to_m in touched:
            length = float(network.length_m[street])
            factor = {"block": np.inf, "slow": closure.value, "delay": 1.0}[closure.effect]
            # Seconds are given for the interval; a piece takes them by its share of the whole street.
            more_s = closure.value * length / (to_m - from_m) if closure.effect == "delay" else 0.0
            found.append((street, from_m, to_m, factor, more_s))
    rows = np.array(found, dtype=float).reshape(-1, 5)
    return Closures(rows[:, 0].astype(np.int64), *(rows[:, column] for column in range(1, 5)))


def acting_nowhere(network: Network, closures: tuple[Closure, ...]) -> tuple[int, ...]:
    """Rows of the closures that touch no street of the network, and so do nothing."""
    touched = _touched_by_each(network, closures)
    return tuple(row for row, streets in enumerate(touched) if not streets)


def _touched_by_each(network: Network, closures: tuple[Closure, ...]) -> list[list[tuple[int, float, float]]]:
    """For each closure the streets it acts on, with the interval of each."""
    if not closures:
        return []
    given = shapes_of([shapely.from_wkt(closure.wkt) for closure in closures])
    tree = shapely.STRtree(network.lines)
    return [_touched(network, tree, shape) for shape in reproject(given, WGS84, network.crs).tolist()]


def _touched(network: Network, tree: shapely.STRtree, shape: BaseGeometry) -> list[tuple[int, float, float]]:
    """Streets and the interval of each that a closure acts on."""
    found = []
    for street, start, end in _spans(network, tree, shape):
        half, middle = max((end - start) / 2, POINT_HALF_M), (start + end) / 2
        low, high = max(0.0, middle - half), min(float(network.length_m[street]), middle + half)
        if high > low:
            found.append((street, low, high))
    return found


def _spans(network: Network, tree: shapely.STRtree, shape: BaseGeometry) -> list[tuple[int, float, float]]:
    """Streets with the chainages between which a closure holds them, in the order of the streets."""
    if shape.length == 0:
        parts = shapely.get_parts(shape)
        which, near = tree.query(parts, predicate="dwithin", distance=POINT_REACH_M)
        at = shapely.line_locate_point(network.lines[near], parts[which])
        return sorted(zip(near.tolist(), at.tolist(), at.tolist(), strict=True))
    area = shape if shape.area > 0 else shape.buffer(ALONG_M)
    whole = tree.query(area, predicate="covers")
    found = [(street, 0.0, float(network.length_m[street])) for street in whole.tolist()]
    for street in np.setdiff1d(tree.query(area, predicate="intersects"), whole).tolist():
        found += [(street, *span) for span in _inside(network.lines[street], area)]
    return sorted(found)


def _inside(line: shapely.LineString, area: BaseGeometry) -> list[tuple[float, float]]:
    """Chainages between which a line lies in an area, piece by straight piece, so that one that comes back to where
    it was is not mistaken."""
    xy = shapely.get_coordinates(line)
    begins = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    pieces = linestrings(
        np.stack([xy[:-1], xy[1:]], axis=1).reshape(-1, 2), np.repeat(np.arange(len(xy) - 1), 2)
    )
    cut = np.asarray(shapely.intersection(pieces, area), dtype=object)
    spans: list[tuple[float, float]] = []
    for number in np.flatnonzero(~shapely.is_empty(cut)).tolist():
        for part in shapely.get_parts(cut[number]).tolist():
            at = begins[number] + np.hypot(*(shapely.get_coordinates(part) - xy[number]).T)
            spans.append((float(at.min()), float(at.max())))
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + SAME_M:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
