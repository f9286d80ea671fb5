"""Points that stand for a shape in which a parcel may lie, and the street points that own them.

Between the points of an even spacing a late street or a piece of ground off the streets may hide. The streets
inside a shape are therefore points of it too, and where ground within one spacing of a point may lie beyond the
off-street limit, the ground beyond the limit is looked for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.ownership import owner_of, parts_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints, Network

SAMPLE_M = 10.0
"""A shape is asked at points this far apart, its outline and corners among them."""

BESIDE_M = 1.0
"""So far beside a barrier the ground behind it is asked."""

MOST_SAMPLES = 4000
"""A large shape is asked at wider spacing, so that it has about this many points inside."""

MOST_OUTLINE, MOST_GRID = 20_000, 1_000_000
"""Nor has an outline more points than this, or the box round a thin shape more places to try."""

RIM_SEGMENTS = 32
"""Segments per quarter circle where the ground within the off-street limit is drawn to find what lies beyond."""


def spacing_of(shape: BaseGeometry) -> float:
    """How far apart a shape is asked, in metres."""
    west, south, east, north = shape.bounds
    box = (east - west) * (north - south)
    wider = shape.area / MOST_SAMPLES, box / MOST_GRID, (shape.length / MOST_OUTLINE) ** 2
    return max(SAMPLE_M, float(np.sqrt(max(wider))))


def shape_points(shape: BaseGeometry) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Points that stand for a shape: its corners, points along its outline, and a grid inside it.

    The flags mark the points of the grid, which stand for equal areas.
    """
    if shape.geom_type == "Point":
        return np.array([shape], dtype=object), np.array([False])
    spacing = spacing_of(shape)
    points = _corners(shapely.segmentize(shape, spacing))
    if shape.area == 0:
        return points, np.zeros(len(points), dtype=bool)
    west, south, east, north = shape.bounds
    columns = np.arange(west + spacing / 2, east, spacing)
    rows = np.arange(south + spacing / 2, north, spacing)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    shapely.prepare(shape)
    within = np.asarray(
        shapely.points(grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]), dtype=object
    )
    flags = np.repeat([False, True], [len(points), len(within)])
    return np.concatenate([points, within]), flags


def _corners(shape: BaseGeometry | NDArray[np.object_]) -> NDArray[np.object_]:
    coords = np.unique(shapely.get_coordinates(shape), axis=0)
    return np.asarray(shapely.points(coords), dtype=object).reshape(-1)


def street_points(shape: BaseGeometry, network: Network) -> NDArray[np.object_]:
    """Points of the streets that own ground inside a shape: their corners and ends, and points along them."""
    lines = network.lines[network.ground_streets_in(shape)]
    if shape.area == 0 or len(lines) == 0:
        return np.empty(0, dtype=object)
    shapely.prepare(shape)
    inside = shapely.intersection(lines[shapely.intersects(lines, shape)], shape)
    spacing = max(SAMPLE_M, float(shapely.length(inside).sum()) / MOST_OUTLINE)
    return _corners(shapely.segmentize(inside, spacing))


def points_off_street(shape: BaseGeometry, network: Network, limit_m: float) -> NDArray[np.object_]:
    """A point in every part of a shape that lies farther than ``limit_m`` from every street that owns ground."""
    streets = network.lines[network.ground_streets_in(shape.envelope.buffer(limit_m, join_style="mitre"))]
    near = shapely.union_all(shapely.buffer(streets, limit_m, quad_segs=RIM_SEGMENTS))
    beyond = shapely.get_parts(shapely.difference(shape, near))
    return np.asarray(shapely.point_on_surface(beyond[~shapely.is_empty(beyond)]), dtype=object)


@dataclass(frozen=True, eq=False)
class Samples:
    """Points standing for the shapes of a table and the street points that own them.

    ``row`` (k,) is the row of the table, in ascending order; ``inside`` marks points that stand for equal areas;
    ``street`` is -1 where no street owns ground, ``distance_m`` NaN there.
    """

    row: Ints
    inside: Flags
    street: Ints
    chainage_m: Floats
    distance_m: Floats


def points_beyond(shape: BaseGeometry, barrier: BaseGeometry | None) -> NDArray[np.object_]:
    """A point in every part into which barriers cut a shape, however narrow, and points on both sides of the
    barriers in it, behind which least is seen of the streets; none where they do not reach it."""
    if barrier is None or shape.area == 0 or not shape.intersects(barrier):
        return np.empty(0, dtype=object)
    middles = np.asarray(shapely.point_on_surface(np.array(parts_apart(shape, barrier), dtype=object)))
    sides = shapely.boundary(shapely.buffer(shapely.intersection(barrier, shape), BESIDE_M))
    points = _corners(shapely.segmentize(sides, spacing_of(shape)))
    return np.concatenate([middles, points[shapely.intersects(shape, points)]])


def sample_shapes(
    shapes: Sequence[BaseGeometry | None],
    network: Network,
    off_street_limit_m: float,
    barrier: BaseGeometry | None = None,
) -> Samples:
    """Sample the shapes of a table; rows without a shape have no samples. ``barrier``: all barriers as one shape."""
    points, flags = [np.empty(0, dtype=object)], [np.empty(0, dtype=bool)]
    row = []
    for number, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        own, inside = shape_points(shape)
        more = np.concatenate([street_points(shape, network), points_beyond(shape, barrier)])
        _, _, distance = network.nearest(own)
        # Between two points the way to a street changes by no more than the way to the nearer of them.
        if off_street_limit_m - spacing_of(shape) < distance.max(initial=0.0) <= off_street_limit_m:
            more = np.concatenate([more, points_off_street(shape, network, off_street_limit_m)])
        points += [own, more]
        flags += [inside, np.zeros(len(more), dtype=bool)]
        row += [number] * (len(own) + len(more))
    street, chainage, distance = owner_of(network, barrier, np.concatenate(points), off_street_limit_m)
    return Samples(np.array(row, dtype=np.int64), np.concatenate(flags), street, chainage, distance)
