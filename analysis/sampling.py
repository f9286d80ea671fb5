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

from geo.crs import shapes_of
from geo.geometries import points_at
from geo.ownership import owner_in_sight, parts_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.crs import Shapes
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

AT_ONCE = 200_000
"""Shapes are sampled together as long as they have about so few points, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class _Points:
    """Points of some shapes: the row of the shape, coordinates (k, 2), and whether a point stands for equal area."""

    row: Ints
    xy: Floats
    inside: Flags

    @classmethod
    def joined(cls, parts: Sequence[_Points]) -> _Points:
        """All of them, those of one row together, and there in the order of the parts."""
        row = np.concatenate([part.row for part in parts])
        order = np.argsort(row, kind="stable")
        xy, inside = (np.concatenate([getattr(part, name) for part in parts]) for name in ("xy", "inside"))
        return cls(row[order], xy[order], inside[order])

    @classmethod
    def beside(cls, found: Sequence[tuple[int, Floats]]) -> _Points:
        """Points that stand for no area, from rows and their coordinates."""
        row = np.repeat([row for row, _ in found], [len(xy) for _, xy in found]).astype(np.int64)
        xy = np.concatenate([np.empty((0, 2)), *(xy for _, xy in found)])
        return cls(row, xy, np.zeros(len(row), dtype=bool))


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


def rows_of(row: Ints) -> tuple[Ints, Ints, Ints]:
    """The different rows of ``row`` (k,), which ascends, where each begins in it, and how often each stands there."""
    start = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    return row[start], start, np.diff(np.append(start, len(row)))


def spacings_of(shapes: Shapes) -> Floats:
    """How far apart each of the shapes is asked, in metres."""
    west, south, east, north = shapely.bounds(shapes).T
    box = (east - west) * (north - south)
    outline = (shapely.length(shapes) / MOST_OUTLINE) ** 2
    wider = np.maximum(np.maximum(shapely.area(shapes) / MOST_SAMPLES, box / MOST_GRID), outline)
    return np.asarray(np.maximum(SAMPLE_M, np.sqrt(wider)))


def _corners(shapes: Shapes, row: Ints) -> _Points:
    """The different corners of each shape, from west to east."""
    xy, which = shapely.get_coordinates(shapes, return_index=True)
    order = np.lexsort((xy[:, 1], xy[:, 0], which))
    xy, which = xy[order], which[order]
    new = np.append(True, (which[1:] != which[:-1]) | (xy[1:] != xy[:-1]).any(axis=1))[: len(which)]
    return _Points(row[which[new]], xy[new], np.zeros(int(new.sum()), dtype=bool))


def _grids(shapes: Shapes, row: Ints, spacing_m: Floats) -> _Points:
    """A grid inside each shape, whose points stand for equal areas."""
    bounds = shapely.bounds(shapes)
    starts, ends = bounds[:, :2] + spacing_m[:, None] / 2, bounds[:, 2:]
    lines = [
        (np.arange(west, east, step), np.arange(south, north, step))
        for (west, south), (east, north), step in zip(starts, ends, spacing_m, strict=True)
    ]
    grids = [np.stack(np.meshgrid(*each), axis=-1).reshape(-1, 2) for each in lines]
    which = np.repeat(np.arange(len(shapes)), [len(grid) for grid in grids])
    xy = np.concatenate([np.empty((0, 2)), *grids])
    shapely.prepare(shapes)
    inside = shapely.contains_xy(shapes[which], xy[:, 0], xy[:, 1])
    return _Points(row[which[inside]], xy[inside], np.ones(int(inside.sum()), dtype=bool))


def _own_points(shapes: Shapes, row: Ints, spacing_m: Floats) -> _Points:
    """Points that stand for the shapes: their corners, points along their outlines, and a grid inside them."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    drawn = shapes.copy()
    drawn[~single] = shapely.segmentize(shapes[~single], spacing_m[~single])
    wide = shapely.area(shapes) > 0
    return _Points.joined([_corners(drawn, row), _grids(shapes[wide], row[wide], spacing_m[wide])])


def _street_points(shapes: Shapes, row: Ints, network: Network) -> _Points:
    """Points of the streets that own ground inside a shape: their corners and ends, and points along them."""
    wide = np.flatnonzero(shapely.area(shapes) > 0)
    shapely.prepare(shapes)
    which, streets = network.ground_streets_near(shapes[wide])
    meets = shapely.intersects(shapes[wide[which]], network.lines[streets])
    which, streets = wide[which[meets]], streets[meets]
    inside = shapely.intersection(network.lines[streets], shapes[which])
    found = []
    for at, lines in _by_row(which, inside):
        spacing = max(SAMPLE_M, float(shapely.length(lines).sum()) / MOST_OUTLINE)
        found.append((int(row[at]), _different(shapely.segmentize(lines, spacing))))
    return _Points.beside(found)


def _by_row(which: Ints, values: Shapes) -> Iterator[tuple[int, Shapes]]:
    """Rows in ascending order, each with its values; ``which`` (k,) ascends."""
    rows, start = np.unique(which, return_index=True)
    yield from zip(rows.tolist(), np.split(values, start[1:]), strict=False)


def _different(shapes: Shapes) -> Floats:
    return np.unique(shapely.get_coordinates(shapes), axis=0)


def _points_off_street(shape: BaseGeometry, network: Network, limit_m: float) -> Floats:
    """A point in every part of a shape that lies farther than ``limit_m`` from every street that owns ground."""
    streets = network.lines[network.ground_streets_in(shape.envelope.buffer(limit_m, join_style="mitre"))]
    near = shapely.union_all(shapely.buffer(streets, limit_m, quad_segs=RIM_SEGMENTS))
    beyond = shapely.get_parts(shapely.difference(shape, near))
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(beyond[~shapely.is_empty(beyond)])))


def _points_beyond(shape: BaseGeometry, barrier: BaseGeometry, spacing_m: float) -> Floats:
    """A point in every part into which barriers cut a shape, however narrow, and points on both sides of the
    barriers in it, behind which least is seen of the streets."""
    middles = shapely.point_on_surface(np.array(parts_apart(shape, barrier), dtype=object))
    sides = shapely.boundary(shapely.buffer(shapely.intersection(barrier, shape), BESIDE_M))
    beside = _different(shapes_of([shapely.segmentize(sides, spacing_m)]))
    held = shapely.intersects_xy(shape, beside[:, 0], beside[:, 1])
    return np.concatenate([shapely.get_coordinates(middles), beside[held]])


def _sampled(
    shapes: Shapes, row: Ints, network: Network, limit_m: float, barrier: BaseGeometry | None
) -> tuple[_Points, tuple[Ints, Floats, Floats]]:
    """The points of some shapes and the nearest street point of each, whatever lies between."""
    spacing_m = spacings_of(shapes)
    own, more = _own_points(shapes, row, spacing_m), _street_points(shapes, row, network)
    of_own = network.nearest(points_at(own.xy))
    begins = np.flatnonzero(np.append(True, own.row[1:] != own.row[:-1]))
    farthest_m = np.maximum.reduceat(of_own[2], begins)
    # Between two points the way to a street changes by no more than the way to the nearer of them.
    unsure = np.flatnonzero((limit_m - spacing_m < farthest_m) & (farthest_m <= limit_m))
    off_street = [(int(row[at]), _points_off_street(shapes[at], network, limit_m)) for at in unsure.tolist()]
    beyond = []
    if barrier is not None:
        shapely.prepare(barrier)
        cut = np.flatnonzero((shapely.area(shapes) > 0) & shapely.intersects(barrier, shapes))
        beyond = [(int(row[at]), _points_beyond(shapes[at], barrier, spacing_m[at])) for at in cut.tolist()]
    more = _Points.joined([more, _Points.beside(beyond), _Points.beside(off_street)])
    of_more = network.nearest(points_at(more.xy))
    every = _Points.joined([own, more])
    order = np.argsort(np.concatenate([own.row, more.row]), kind="stable")
    street, chainage, distance = (np.concatenate(pair)[order] for pair in zip(of_own, of_more, strict=True))
    return every, (street, chainage, distance)


def _few_at_once(shapes: Shapes) -> Iterator[slice]:
    """Shapes one after another with about :data:`AT_ONCE` points together, at least one at a time."""
    spacing_m = spacings_of(shapes)
    west, south, east, north = shapely.bounds(shapes).T
    about = (east - west) * (north - south) / spacing_m**2 + shapely.length(shapes) / spacing_m + 1
    group = np.floor(np.cumsum(about) / AT_ONCE)
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(shapes) else np.empty(0, int)
    for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(shapes)], strict=False):
        yield slice(begin, end)


def sample_shapes(
    shapes: Sequence[BaseGeometry | None],
    network: Network,
    off_street_limit_m: float,
    barrier: BaseGeometry | None = None,
) -> Samples:
    """Sample the shapes of a table; rows without a shape have no samples. ``barrier``: all barriers as one shape.

    Between the corners and the grid of a shape stand the streets in it, a point in every part that barriers cut
    off, and where ground within one spacing may lie beyond the limit, a point in every part that does.
    """
    every = shapes_of(shapes)
    row = np.flatnonzero(~shapely.is_missing(every) & ~shapely.is_empty(every))
    there = every[row]
    found = [
        _sampled(there[some], row[some], network, off_street_limit_m, barrier) for some in _few_at_once(there)
    ]
    points = _Points.joined([_Points.beside([]), *(each for each, _ in found)])
    nothing = np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    street, chainage, distance = map(np.concatenate, zip(nothing, *(each for _, each in found), strict=True))
    owner = owner_in_sight(network, barrier, points.xy, (street, chainage, distance), off_street_limit_m)
    return Samples(points.row, points.inside, *owner)
