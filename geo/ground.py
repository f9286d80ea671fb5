"""Which street point owns which piece of ground: worked out once per network, on a grid, tile by tile.

A piece of ground belongs to its nearest street point, among streets that own ground, up to a reach. Ownership
changes only with the network, so that a changed choice only reads times. The grid is :data:`CELL_M` wide; what
is drawn from it is exact along streets up to interpolation inside one cell, and that is its stated tolerance.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from scipy.spatial import cKDTree

from geo.chainage import points_along

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats, Network

CELL_M = 10.0
"""Width of a grid cell."""

TILE_CELLS = 128
"""Cells along the side of a tile."""

SAMPLE_M = 2.5
"""Owners are found among street points this far apart; a chainage is off by at most half of it."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A window of the grid. ``x`` (nx,) and ``y`` (ny,) are cell centres; the arrays are (ny, nx).

    ``street`` is the owner (-1: none within reach), ``chainage_m`` and ``distance_m`` the owning street point.
    """

    x: Floats
    y: Floats
    street: NDArray[np.int32]
    chainage_m: NDArray[np.float32]
    distance_m: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ground:
    """Ownership of the ground within ``reach_m`` of a network's streets. Tiles are made when first asked for."""

    network: Network
    reach_m: float
    _tiles: dict[tuple[int, int], tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]] = field(
        default_factory=dict, repr=False
    )

    def _tile(
        self, column: int, row: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        made = self._tiles.get((column, row))
        if made is None:
            made = self._tiles[column, row] = self._make_tile(column, row)
        return made

    def _make_tile(
        self, column: int, row: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        side = TILE_CELLS * CELL_M
        west, south = column * side, row * side
        street = np.full((TILE_CELLS, TILE_CELLS), -1, dtype=np.int32)
        chainage = np.zeros((TILE_CELLS, TILE_CELLS), dtype=np.float32)
        distance = np.full((TILE_CELLS, TILE_CELLS), np.inf, dtype=np.float32)
        near = shapely.box(
            west - self.reach_m, south - self.reach_m, west + side + self.reach_m, south + side + self.reach_m
        )
        streets = self.network.ground_streets_in(near)
        if len(streets) == 0:
            return street, chainage, distance
        owner, along, points = points_along(self.network, streets, SAMPLE_M)
        centre = (np.arange(TILE_CELLS) + 0.5) * CELL_M
        grid = np.stack(np.meshgrid(west + centre, south + centre), axis=-1).reshape(-1, 2)
        gap, hit = (
            np.asarray(each) for each in cKDTree(points).query(grid, distance_upper_bound=self.reach_m)
        )
        found = np.isfinite(gap)
        street.reshape(-1)[found] = owner[hit[found]]
        chainage.reshape(-1)[found] = along[hit[found]]
        distance.reshape(-1)[found] = gap[found]
        return street, chainage, distance

    def patch(self, bounds: tuple[float, float, float, float]) -> Patch:
        """The window of the grid that holds ``bounds`` (west, south, east, north) and two cells more."""
        west, south, east, north = (round(value / CELL_M) for value in bounds)
        columns = np.arange(west - 2, east + 3)
        rows = np.arange(south - 2, north + 3)
        shape = (len(rows), len(columns))
        street = np.full(shape, -1, dtype=np.int32)
        chainage = np.zeros(shape, dtype=np.float32)
        distance = np.full(shape, np.inf, dtype=np.float32)
        for tile_row in np.unique(rows // TILE_CELLS).tolist():
            inside_rows = rows // TILE_CELLS == tile_row
            for tile_column in np.unique(columns // TILE_CELLS).tolist():
                inside_columns = columns // TILE_CELLS == tile_column
                part = self._tile(tile_column, tile_row)
                take = np.ix_(rows[inside_rows] % TILE_CELLS, columns[inside_columns] % TILE_CELLS)
                put = np.ix_(inside_rows, inside_columns)
                street[put], chainage[put], distance[put] = part[0][take], part[1][take], part[2][take]
        x, y = (np.asarray((each + 0.5) * CELL_M, dtype=np.float64) for each in (columns, rows))
        return Patch(x, y, street, chainage, distance)


@lru_cache(maxsize=4)
def ground_of(network: Network, reach_m: float) -> Ground:
    """The ground of a network within ``reach_m``, kept while it is in use."""
    return Ground(network, reach_m + 2 * CELL_M)


def positive_area(patch: Patch, value: NDArray[np.floating]) -> BaseGeometry:
    """The ground where ``value`` (ny, nx) is not negative, as a MultiPolygon with its holes and islands.

    Values are in metres and linear between cell centres; the window's rim counts as outside.
    """
    rim = np.array(value, dtype=np.float64)
    rim[0, :] = rim[-1, :] = rim[:, 0] = rim[:, -1] = -CELL_M
    if not (rim >= 0).any():
        return shapely.MultiPolygon()
    lines = contour_generator(patch.x, patch.y, rim, fill_type=FillType.OuterOffset)
    points, offsets, *_ = lines.filled(0.0, np.inf)
    polygons = []
    for coords, starts in zip(points, offsets, strict=True):
        if coords is None or starts is None:  # only chunked contours leave a place empty
            continue
        rings = [coords[a:b] for a, b in itertools.pairwise(starts.tolist()) if b - a >= 4]
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    area = shapely.MultiPolygon(polygons)
    return area if area.is_valid else _polygons_only(shapely.make_valid(area))


def _polygons_only(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
