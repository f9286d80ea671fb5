"""Closures: parts of streets that are blocked, slowed or delayed, from points, lines and areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import WGS84, reproject, shapes_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats, Ints, Network

EFFECTS = ("block", "slow", "delay")
"""``block``: not driven; ``slow``: time multiplied by the value; ``delay``: the value in seconds is added."""

POINT_REACH_M = 25.0
"""A point closes the street points of every street this near to it."""

POINT_HALF_M = 1.0
"""A point or crossing line closes this much to either side of it."""


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
    near = shape.buffer(POINT_REACH_M) if shape.area == 0 and shape.length == 0 else shape
    found = []
    for street in np.sort(tree.query(near, predicate="intersects")).tolist():
        line, length = network.lines[street], float(network.length_m[street])
        if shape.area > 0:
            spans = _inside(line, shape)
        elif shape.length > 0:
            spans = [(at, at) for at in _places(line, shapely.intersection(line, shape))]
        else:
            spans = [(at, at) for at in _places(line, shape)]
        for start, end in spans:
            half = max((end - start) / 2, POINT_HALF_M)
            low, high = max(0.0, (start + end) / 2 - half), min(length, (start + end) / 2 + half)
            if high > low:
                found.append((street, low, high))
    return found


def _places(line: shapely.LineString, shape: BaseGeometry) -> list[float]:
    return [
        float(shapely.line_locate_point(line, part.centroid)) for part in shapely.get_parts(shape).tolist()
    ]


def _inside(line: shapely.LineString, area: BaseGeometry) -> list[tuple[float, float]]:
    parts = shapely.get_parts(shapely.line_merge(shapely.intersection(line, area))).tolist()
    spans = []
    for part in parts:
        coords = shapely.get_coordinates(part)
        ends = [
            float(shapely.line_locate_point(line, shapely.Point(end))) for end in coords[[0, -1]].tolist()
        ]
        spans.append((min(ends), max(ends)))
    return spans
