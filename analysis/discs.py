"""The ground within one radius of any of many points: the union of their discs, found from its outline alone.

Where hydrants stand close, most discs lie inside the others. Delaunay's triangles tell which may show an arc on the
outline, and which neighbours hide the rest of it (H. Edelsbrunner, *The union of balls and its dual shape*, 1995).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import Delaunay, QhullError, cKDTree
from shapely.errors import GEOSException

from geo.geometries import collector_at_rest, linestrings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints

FEW = 2_000
"""Up to so many shapes are joined as they are, which is as quick."""

STRIP = 25_000
"""So many places are asked together, and other processors ask others meanwhile: GEOS lets them."""

HAIR_M = 1e-3
"""A disc that is hidden by less than this is drawn all the same."""

EDGE_M = 1e-7
"""So near to the edge of a disc a line is not in it but may be its edge."""

_SAME_DIGITS = 8
"""Places are the same to so many digits of a metre."""


def joined_discs(xy: Floats, radius_m: float, quad_segs: int) -> BaseGeometry:
    """The union of the discs about places (k, 2), each drawn with ``quad_segs`` segments to the quarter circle.

    A disc adds nothing to the outline where its neighbours reach past the ground that is nearest to its place, and
    its edges that lie in one neighbour are no outline either. The edges left are cut where they cross, and those in
    a disc taken out: the others are the outline, and one point of each face they bound says whether it is ground.
    An outline that does not close everywhere, which would join ground to a gap, is not believed.
    """
    _, first = np.unique(xy.round(_SAME_DIGITS), axis=0, return_index=True)
    strips = np.array_split(xy[first], max(1, len(first) // STRIP))  # by their x, being sorted
    disc = _Disc(radius_m, 4 * quad_segs)
    if len(strips) == 1:
        return joined(disc.ground(strips[0]))
    with collector_at_rest(), ThreadPoolExecutor(os.cpu_count()) as pool:
        return joined(np.concatenate(list(pool.map(disc.ground, strips))))


def joined(shapes: NDArray[np.object_]) -> BaseGeometry:
    """The union of many shapes."""
    return shapely.union_all(shapes) if len(shapes) else shapely.MultiPolygon()


@dataclass(frozen=True)
class _Disc:
    """A disc as it is drawn: a polygon of so many corners on the circle of a radius."""

    radius_m: float
    corners: int

    @property
    def step(self) -> float:
        """The angle from corner to corner."""
        return 2 * np.pi / self.corners

    @property
    def inner_m(self) -> float:
        """Radius of the circle inside the polygon."""
        return float(self.radius_m * np.cos(self.step / 2))

    def ground(self, own: Floats) -> NDArray[np.object_]:
        """The union of the discs about places (k, 2), as polygons; of few places the discs themselves."""
        try:
            if len(own) > FEW:
                return self._by_outline(own)
        except (QhullError, GEOSException):
            pass  # All in one line, or edges so alike that their crossings are not found: joined the plain way.
        return np.asarray(shapely.buffer(shapely.points(own), self.radius_m, quad_segs=self.corners // 4))

    def _by_outline(self, own: Floats) -> NDArray[np.object_]:
        net, tree = Delaunay(own - own.mean(axis=0)), cKDTree(own)
        rim = np.flatnonzero(_on_the_rim(own, net, self))
        runs = _runs(own[rim], ~_hidden_edges(own, net, rim, self), self)
        lines = shapely.get_parts(shapely.node(shapely.multilinestrings(runs)))
        halfway = shapely.line_interpolate_point(lines, 0.5, normalized=True)
        outline = lines[~self.hold(shapely.get_coordinates(halfway), tree, EDGE_M)]
        collected, *loose = shapely.polygonize_full(outline)
        if not shapely.is_empty(loose).all():
            raise GEOSException("an outline is not closed")
        faces = shapely.get_parts(collected)
        inside = shapely.get_coordinates(shapely.point_on_surface(faces))
        return np.asarray(faces[self.hold(inside, tree, 0.0)], dtype=object)

    def hold(self, points: Floats, tree: cKDTree, deep_m: float) -> Flags:
        """Which points lie deeper than this in a disc about a place of the tree, (k,)."""
        gap, _ = tree.query(points)
        inside = np.asarray(gap < self.inner_m - deep_m)
        unsure = np.flatnonzero(~inside & (gap <= self.radius_m))
        near: NDArray[np.object_] = np.asarray(tree.query_ball_point(points[unsure], self.radius_m))
        point = np.repeat(unsure, [len(each) for each in near])
        way = points[point] - np.asarray(tree.data)[[place for each in near for place in each]]
        edge = np.arctan2(way[:, 1], way[:, 0]) / self.step - 0.5
        reach_m = np.hypot(way[:, 0], way[:, 1]) * np.cos((edge - np.rint(edge)) * self.step)
        inside[point[reach_m < self.inner_m - deep_m]] = True
        return inside


def _runs(own: Floats, seen: NDArray[np.bool_], disc: _Disc) -> NDArray[np.object_]:
    """Edges of discs, (n, corners) of which some are asked for, as lines: those that follow each other as one."""
    # Each disc is gone around from after an edge left out, or once around.
    turn = (seen.argmin(axis=1)[:, None] + np.arange(disc.corners)) % disc.corners
    row, edge = np.nonzero(np.take_along_axis(seen, turn, axis=1))
    corner = turn[row, edge]
    starts = np.append(True, (np.diff(row) > 0) | (np.diff(edge) > 1))[: len(row)]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(row))[: len(first)] - 1
    # The far end of a run's last edge belongs to it as well.
    run = np.append(np.cumsum(starts) - 1, np.arange(len(first)))
    row, corner = np.append(row, row[last]), np.append(corner, (corner[last] + 1) % disc.corners)
    order = np.argsort(run, kind="stable")
    angle = disc.step * corner[order]
    ring = disc.radius_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return linestrings(own[row[order]] + ring, run[order])


def _on_the_rim(own: Floats, net: Delaunay, disc: _Disc) -> Flags:
    """Places whose disc may be on the outline, (k,).

    All others lie amid triangles whose circumcircles are smaller than the disc: the ground that is nearest to such a
    place is all within ``far_m``. A corner of its disc beyond the circle inside could still look out behind a
    neighbour's; not where ``near_m``, the way to the nearest neighbour, is long enough: on the ray to that corner a
    neighbour gets nearer by ``near_m**2 * (inner_m / far_m - 1)`` in squares, and is no farther than the corner.
    """
    corner = own[net.simplices]
    side = corner - np.roll(corner, 1, axis=1)
    length = np.hypot(side[..., 0], side[..., 1])
    twice = np.abs(side[:, 0, 0] * side[:, 1, 1] - side[:, 0, 1] * side[:, 1, 0])
    with np.errstate(divide="ignore"):
        circle_m = length.prod(axis=1) / (2 * twice)
    far_m, near_m = np.zeros(len(own)), np.full(len(own), np.inf)
    np.maximum.at(far_m, net.simplices, np.repeat(circle_m, 3).reshape(-1, 3))
    np.minimum.at(near_m, net.simplices, np.minimum(length, np.roll(length, -1, axis=1)))
    far_m[net.convex_hull] = np.inf
    far_m[net.coplanar[:, 0]] = np.inf  # so near to another that no triangle has it
    amid = far_m <= disc.inner_m - HAIR_M
    nearer = near_m**2 * (disc.inner_m / far_m - 1)
    return np.asarray(~amid | (nearer < disc.radius_m**2 - disc.inner_m**2))


def _hidden_edges(own: Floats, net: Delaunay, rim: Ints, disc: _Disc) -> NDArray[np.bool_]:
    """Edges of the discs on the rim that lie in the disc of one neighbour, as both of their ends do: (n, corners)."""
    starts, neighbour = net.vertex_neighbor_vertices
    count = starts[rim + 1] - starts[rim]
    row = np.repeat(np.arange(len(rim)), count)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    way = own[neighbour[starts[rim[row]] + rank]] - own[rim[row]]
    gap = np.hypot(way[:, 0], way[:, 1])
    # So far around from the way to a neighbour, corners lie in the circle inside its disc.
    cosine = (disc.radius_m**2 + gap**2 - (disc.inner_m - HAIR_M) ** 2) / (2 * disc.radius_m * gap)
    near = cosine < 1
    row, way, half = row[near], way[near], np.arccos(cosine[near])
    toward = np.arctan2(way[:, 1], way[:, 0])
    first = np.ceil((toward - half) / disc.step).astype(np.int64) + disc.corners
    last = np.floor((toward + half) / disc.step).astype(np.int64) + disc.corners
    some = last > first
    steps = np.zeros((len(rim), 3 * disc.corners + 1), dtype=np.int32)
    np.add.at(steps, (row[some], first[some]), 1)
    np.add.at(steps, (row[some], last[some]), -1)
    hidden = steps.cumsum(axis=1)[:, :-1] > 0
    return np.asarray(hidden.reshape(len(rim), 3, disc.corners).any(axis=1))
