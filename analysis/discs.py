"""The ground within one radius of any of many points, joined from few of their discs.

Where hydrants stand close, most discs lie inside the others and add nothing to the outline. Delaunay's triangles tell
which: a triangle whose circle is smaller than a disc lies in the discs of its corners, and a disc with none but such
triangles around it shows no arc on the outline (H. Edelsbrunner, *The union of balls and its dual shape*, 1995). The
discs left, joined to the triangles, are the union of all.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import Delaunay, QhullError

from geo.geometries import linestrings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats

FEW = 2_000
"""Up to so many discs are joined as they are, which is as quick."""


def joined_discs(xy: Floats, radius_m: float, quad_segs: int) -> BaseGeometry:
    """The union of the discs about places (k, 2), each drawn with ``quad_segs`` segments to the quarter circle."""
    places = np.unique(xy, axis=0)
    filled = np.empty(0, dtype=object)
    if len(places) > FEW:
        try:
            triangles = Delaunay(places - places.mean(axis=0))
        except QhullError:  # all in one line
            triangles = None
        if triangles is not None:
            covered, at_outline = _covered(triangles, radius_m, quad_segs)
            filled = _area_of(places, triangles, covered)
            places = places[at_outline]
    discs = shapely.buffer(shapely.points(places), radius_m, quad_segs=quad_segs)
    return joined(np.concatenate([discs, filled]))


def joined(shapes: NDArray[np.object_]) -> BaseGeometry:
    """The union of many shapes, in strips at the same time: GEOS lets other threads run meanwhile."""
    if len(shapes) <= FEW:
        return shapely.union_all(shapes) if len(shapes) else shapely.MultiPolygon()
    from_west = np.argsort(shapely.bounds(shapes)[:, 0], kind="stable")
    strips = [shapes[some] for some in np.array_split(from_west, os.cpu_count() or 1)]
    with ThreadPoolExecutor(len(strips)) as pool:
        return shapely.union_all(list(pool.map(shapely.union_all, strips)))


def _covered(triangles: Delaunay, radius_m: float, quad_segs: int) -> tuple[Flags, Flags]:
    """Triangles that lie in the discs of their corners, and points whose disc may show at the outline.

    Drawn with straight edges a disc holds a circle of radius ``inner`` and reaches ``radius_m`` at its corners. What
    it has beyond ``inner`` lies in a neighbour's inner circle unless that neighbour is very near: on a ray that
    leaves the point's own ground at a distance x <= R of its triangle, the square of the way from a neighbour ``side``
    away is by side**2 (inner / R - 1) less than that from the point itself.
    """
    inner = radius_m * np.cos(np.pi / (4 * quad_segs))
    corner = triangles.points[triangles.simplices]
    way = np.roll(corner, -1, axis=1) - corner
    side = np.hypot(way[..., 0], way[..., 1])
    twice_m2 = np.abs(way[:, 0, 0] * way[:, 1, 1] - way[:, 0, 1] * way[:, 1, 0])
    circle_m = side.prod(axis=1) / np.maximum(2 * twice_m2, np.finfo(np.float64).tiny)
    hidden = side.min(axis=1) ** 2 * (inner / circle_m - 1) >= radius_m**2 - inner**2
    at_outline = np.zeros(len(triangles.points), dtype=bool)
    at_outline[triangles.simplices[~hidden]] = True
    at_outline[triangles.convex_hull] = True
    return circle_m <= inner, at_outline


def _area_of(places: Floats, triangles: Delaunay, wanted: Flags) -> NDArray[np.object_]:
    """The ground of the wanted triangles as polygons, made from the edges that only one of them has."""
    beyond = np.append(wanted, False)[triangles.neighbors]  # a neighbour of -1 is none
    row, opposite = np.nonzero(wanted[:, None] & ~beyond)
    corners = triangles.simplices[row]
    ends = np.stack([corners[np.arange(len(row)), (opposite + step) % 3] for step in (1, 2)], axis=1)
    edges = linestrings(places[ends].reshape(-1, 2), np.repeat(np.arange(len(ends)), 2))
    faces = shapely.get_parts(shapely.polygonize(edges))
    inside = shapely.points(places[corners].mean(axis=1))
    mine = shapely.STRtree(faces).query(inside, predicate="within")[1]
    return np.asarray(faces[np.unique(mine)], dtype=object)
