"""Whose ground a place is where rivers, railways, expressways or walls stand between it and the streets.

A place belongs to the nearest street point whose straight way to it crosses no barrier; where there is none
within reach it is nobody's. Both the grid (:mod:`geo.ground`) and single places ask here, so that what is drawn
and what is said of a place agree. Without barriers a place simply belongs to the nearest street point.

Tolerances: a way may touch a barrier within :data:`TOUCH_M` of either end (a street or a plot drawn on the line
stands on both sides of it; a street on a level crossing looks both ways). Where the nearest street point is hidden,
the others are tried :data:`SAMPLE_M` apart, so that the owner may really be up to that much nearer. The ground
of an area barrier is nobody's, and so is what an area covers of a bank: draw no wider than the water.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.chainage import points_along
from geo.geometries import linestrings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints, Network

SAMPLE_M = 2.5
"""Owners are found among street points this far apart; a chainage is off by at most half of it."""

TOUCH_M = 0.5
"""A barrier this near to either end of a way is not crossed by it."""

_FIRST_TRIED, _MORE = 8, 4
"""So many of the nearest street points are tried first, and so many times more each time none was in sight."""

_WALLS = 4
"""So many straight pieces of the barriers, the nearest to a place, are asked first whether they hide it."""

_AT_ONCE = 100_000
"""Ways looked along at a time, which bounds the memory."""

_BEYOND_M = 1.0
"""Barriers are taken so far beyond the outline of an area that they are to cut."""

_HAIR_M = 0.01
"""So much more than need be counts as standing at a barrier, whose surroundings are drawn with corners."""

_TILE_M = 1000.0
"""Single places are asked together where they lie in one square of this width."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """The barriers one by one, to be found by where they are."""

    tree: shapely.STRtree

    @classmethod
    def of(cls, barrier: BaseGeometry | None) -> Pieces:
        """The pieces of all barriers given as one shape; none for None."""
        return cls(shapely.STRtree([] if barrier is None else shapely.get_parts(barrier)))

    def within(self, area: BaseGeometry) -> BaseGeometry:
        """What of the barriers lies in an area, as one shape; empty where none does."""
        near = self.tree.query(area, predicate="intersects")
        return shapely.union_all(shapely.intersection(self.tree.geometries[near], area))


def in_sight(barrier: BaseGeometry, places: Floats, owners: Floats, walls: Floats | None = None) -> Flags:
    """Whether the straight way from each of ``owners`` (k, 2) to its place (k, 2) crosses no barrier, (k,) flags.

    ``barrier`` is best prepared. ``walls`` (k, w, 4): straight pieces of it, asked first because they are quick to
    ask and likely to stand between.
    """
    seen = np.ones(len(places), dtype=bool)
    way = places - owners
    length = np.hypot(way[:, 0], way[:, 1])
    long = np.flatnonzero(length > 2 * TOUCH_M)
    inward = way[long] * (TOUCH_M / length[long])[:, None]
    ends = np.stack([owners[long] + inward, places[long] - inward], axis=1)
    for wall in () if walls is None else walls.transpose(1, 0, 2):
        clear = ~_cross(ends, wall[long])
        seen[long[~clear]] = False
        long, ends = long[clear], ends[clear]
    for begin in range(0, len(long), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        count = len(long[some])
        lines = linestrings(ends[some].reshape(-1, 2), np.repeat(np.arange(count), 2))
        seen[long[some]] = ~shapely.intersects(barrier, lines)
    return seen


def _cross(ways: Floats, walls: Floats) -> Flags:
    """Whether each way (k, 2, 2) properly crosses its wall (k, 4)."""
    (x, y), (dx, dy) = ways[:, 0].T, (ways[:, 1] - ways[:, 0]).T
    to_x, to_y, ux, uy = (
        walls[:, 0] - x,
        walls[:, 1] - y,
        walls[:, 2] - walls[:, 0],
        walls[:, 3] - walls[:, 1],
    )
    of_way = dx * to_y - dy * to_x
    of_wall = uy * to_x - ux * to_y
    turn = dx * uy - dy * ux
    crossed: Flags = (of_way * (of_way + turn) < 0) & (of_wall * (of_wall - turn) < 0)
    return crossed


def _nearest_walls(barrier: BaseGeometry, places: Floats) -> Floats:
    """The straight pieces of the barrier nearest to each place, (k, w, 4), at most :data:`_WALLS`."""
    parts = shapely.get_parts(barrier)
    areas = shapely.get_dimensions(parts) == 2
    lines = np.concatenate([parts[~areas], shapely.get_parts(shapely.boundary(parts[areas]))])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    walls = np.concatenate([xy[:-1], xy[1:]], axis=1)[line[:-1] == line[1:]]
    if len(walls) <= _WALLS:
        return np.repeat(walls[None], len(places), axis=0)
    start, along = walls[:, :2], walls[:, 2:] - walls[:, :2]
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    nearest = np.empty((len(places), _WALLS), dtype=np.int64)
    step = max(1, _AT_ONCE // len(walls))
    for begin in range(0, len(places), step):
        x, y = (places[begin : begin + step, None] - start).T
        share = np.clip((x.T * along[:, 0] + y.T * along[:, 1]) / squared, 0.0, 1.0)
        gap = (x.T - share * along[:, 0]) ** 2 + (y.T - share * along[:, 1]) ** 2
        nearest[begin : begin + step] = np.argpartition(gap, _WALLS, axis=1)[:, :_WALLS]
    return np.asarray(walls[nearest])


def nearest_in_sight(
    tree: cKDTree, barrier: BaseGeometry, places: Floats, reach_m: float
) -> tuple[Ints, Floats]:
    """The nearest point of the tree that each place (k, 2) sees within the reach, and the metres to it.

    The point is -1 and the way infinite where there is none. Of equally near points the first the tree gives.
    """
    places = np.asarray(places, dtype=np.float64)
    hit, gap = np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.inf)
    left, done, most = np.arange(len(places)), 0, min(_FIRST_TRIED, tree.n)
    walls = _nearest_walls(barrier, places)
    while len(left):
        ranks = np.arange(done + 1, most + 1)
        metres, found = (
            np.asarray(each)
            for each in tree.query(places[left], k=ranks.tolist(), distance_upper_bound=reach_m)
        )
        there = np.isfinite(metres)
        who, rank = np.nonzero(there)
        seen = np.zeros(there.shape, dtype=bool)
        asked = left[who]
        seen[who, rank] = in_sight(
            barrier, places[asked], np.asarray(tree.data)[found[who, rank]], walls[asked]
        )
        lucky = seen.any(axis=1)
        first = seen[lucky].argmax(axis=1)
        hit[left[lucky]] = found[lucky, first]
        gap[left[lucky]] = metres[lucky, first]
        left = left[~lucky & there.all(axis=1)]
        if most == tree.n:
            break
        done, most = most, min(most * _MORE, tree.n)
    return hit, gap


def owners_in_sight(
    barrier: BaseGeometry | None, near: BaseGeometry, tree: cKDTree, places: Floats, reach_m: float
) -> tuple[Floats, Ints]:
    """Metres to the nearest point of the tree each place (k, 2) sees, and its row; infinite where there is none.

    ``near``: a convex area that holds all places and all points of the tree; ``barrier``: all barriers in it.
    """
    gap, hit = (np.asarray(each) for each in tree.query(places, distance_upper_bound=reach_m))
    if barrier is None or barrier.is_empty:
        return gap, hit
    shapely.prepare(barrier)
    owned, points = np.flatnonzero(np.isfinite(gap)), np.asarray(tree.data)
    blind = owned[~in_sight(barrier, places[owned], points[hit[owned]])]
    hit[blind], gap[blind] = _nearest_by_parts(barrier, near, points, places[blind], reach_m)
    return gap, hit


def _nearest_by_parts(
    barrier: BaseGeometry, near: BaseGeometry, points: Floats, places: Floats, reach_m: float
) -> tuple[Ints, Floats]:
    """As :func:`nearest_in_sight`, of points (n, 2) and places (k, 2) in a convex area ``near``, and quicker.

    Who stands in one of the parts into which the barriers cut the area sees nothing of another, unless one of the
    two stands so near to a barrier that a way may touch it there.
    """
    hit, gap = np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.inf)
    edge = shapely.buffer(barrier, TOUCH_M + _HAIR_M)
    shapely.prepare(edge)
    edge_points, edge_places = (np.asarray(shapely.intersects_xy(edge, each)) for each in (points, places))
    groups = [(edge_places, np.ones(len(points), dtype=bool))]
    for part in parts_apart(near, barrier):
        shapely.prepare(part)
        inside = shapely.intersects_xy(part, places) & ~edge_places
        if inside.any():
            groups.append((inside, shapely.intersects_xy(part, points) | edge_points))
    for who, whom in groups:
        rows = np.flatnonzero(whom)
        if who.any() and len(rows):
            found, gap[who] = nearest_in_sight(cKDTree(points[rows]), barrier, places[who], reach_m)
            hit[who] = np.where(found >= 0, rows[found], -1)
    return hit, gap


@dataclass(frozen=True, eq=False)
class _Hidden:
    """Places whose nearest street point is hidden: their rows and coordinates (k, 2)."""

    row: Ints
    xy: Floats


def owner_of(
    network: Network,
    barrier: BaseGeometry | None,
    points: NDArray[np.object_],
    reach_m: float,
    among: Flags | None = None,
) -> tuple[Ints, Floats, Floats]:
    """The street point that owns each point's ground: street row, chainage and distance in metres.

    ``points`` are shapely points in the network's CRS, ``barrier`` all barriers as one shape, ``among`` (m,) narrows
    the streets. Without a barrier this is :meth:`geo.network.Network.nearest`. A point that sees no street within
    ``reach_m`` has street -1 and NaN, except where its nearest street is farther away than that anyway: that one
    stays, being too far whatever lies between.
    """
    nearest = network.nearest(points, among)
    xy = shapely.get_coordinates(np.asarray(points, dtype=object))
    return owner_in_sight(network, barrier, xy, nearest, reach_m, among)


def owner_in_sight(
    network: Network,
    barrier: BaseGeometry | None,
    places: Floats,
    nearest: tuple[Ints, Floats, Floats],
    reach_m: float,
    among: Flags | None = None,
) -> tuple[Ints, Floats, Floats]:
    """As :func:`owner_of`, of places (k, 2) whose nearest street point is known already."""
    street, chainage, distance = nearest
    if barrier is None or len(street) == 0:
        return nearest
    street, chainage, distance = street.copy(), chainage.copy(), distance.copy()
    near = np.flatnonzero((street >= 0) & (distance <= reach_m))
    xy = places[near]
    shapely.prepare(barrier)
    owners = shapely.get_coordinates(network.along(street[near], chainage[near]))
    blind = ~in_sight(barrier, xy, owners)
    hidden = _Hidden(near[blind], xy[blind])
    street[hidden.row], chainage[hidden.row], distance[hidden.row] = -1, np.nan, np.nan
    pieces = Pieces.of(barrier)
    tile = np.floor(hidden.xy / _TILE_M).astype(np.int64)
    for corner in np.unique(tile, axis=0):
        here = (tile == corner).all(axis=1)
        rows, there = hidden.row[here], hidden.xy[here]
        around = shapely.box(*(there.min(axis=0) - reach_m), *(there.max(axis=0) + reach_m))
        streets = network.ground_streets_in(around)
        if among is not None:
            streets = streets[among[streets]]
        owner, along, owned = points_along(network, streets, SAMPLE_M)
        hit, metres = _nearest_by_parts(pieces.within(around), around, owned, there, reach_m)
        found = hit >= 0
        street[rows[found]] = owner[hit[found]]
        chainage[rows[found]], distance[rows[found]] = along[hit[found]], metres[found]
    return street, chainage, distance


def parts_apart(shape: BaseGeometry, barrier: BaseGeometry | None) -> list[BaseGeometry]:
    """The parts into which barriers cut an area, barrier areas taken out; the shape itself where none cuts it."""
    if barrier is None or not shape.intersects(barrier):
        return [shape]
    # Lines that end exactly on the outline may miss it by a hair and cut nothing: take a little more of them.
    wide = shape.buffer(_BEYOND_M)
    every = shapely.get_parts(barrier)
    here = shapely.intersection(every[shapely.intersects(every, wide)], wide)
    dimensions = shapely.get_dimensions(here)
    left = shapely.difference(shape, shapely.union_all(here[dimensions == 2]))
    edges = shapely.union_all([shapely.boundary(left), *here[dimensions == 1]])
    cut = np.asarray(shapely.get_parts(shapely.polygonize([edges])), dtype=object)
    shapely.prepare(left)
    ours = shapely.contains(left, shapely.point_on_surface(cut))
    parts: list[BaseGeometry] = cut[ours].tolist()
    return parts


def side_of(shape: BaseGeometry, place: shapely.Point, barrier: BaseGeometry | None) -> BaseGeometry:
    """The part of an area that barriers do not cut off from a place; of two sides equally near, the smaller."""
    parts = parts_apart(shape, barrier)
    near = [(round(part.distance(place), 6), part.area, part) for part in parts]
    return min(near, key=lambda each: each[:2])[2] if near else shapely.Polygon()
