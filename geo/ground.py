"""Which street point owns which piece of ground: worked out once per network, on a grid, tile by tile.

A piece of ground belongs to its nearest street point, among streets that own ground, up to a reach; where barriers
are given, to the nearest whose straight way to it crosses none (:mod:`geo.ownership`). Ownership
changes only with the network, so that a changed choice only reads times. The grid is :data:`CELL_M` wide; what
is drawn from it is exact along streets up to interpolation inside one cell, and that is its stated tolerance.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo.chainage import points_along
from geo.ownership import SAMPLE_M, Pieces, owners_in_sight

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints, Network

    _Owners = tuple[Ints, NDArray[np.uint16], Floats, Floats]

_Kind = TypeVar("_Kind", bound=np.generic)

CELL_M = 10.0
"""Width of a grid cell."""

TILE_CELLS = 64
"""Cells along the side of a tile, a power of two."""

_LEAN_M = (1e-6, -2e-6)
"""Cells ask from so far beside their centre, so that of equally near streets the one to the south has the cell,
then the one to the east, whatever order the streets are in."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Owned cells of all tiles made so far, and where the cells of each street in each tile stand.

    ``tile`` (t, 2) column and row of each tile, in tiles; ``local``, ``chainage_m``, ``distance_m`` (c,) place
    and owner of each cell.
    """

    made: frozenset[tuple[int, int]]
    whole: Flags
    """(m,) streets all of whose tiles are made."""
    tile: Ints
    local: NDArray[np.uint16]
    chainage_m: NDArray[np.float32]
    distance_m: NDArray[np.float32]
    street: Ints
    """Rows of streets in the order of street; the columns beside say in which tile, from where and how many."""
    in_tile: Ints
    start: Ints
    count: Ints
    first: Ints
    """(m + 1,) the first row of each street."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of the grid and the street point that owns each, (k,): rows of a pool, in runs of one street in one
    tile. Columns and rows of cells count from the CRS's origin."""

    pool: Pool
    run: Ints
    """(r,) rows of the pool's streets."""
    count: Ints
    """(r,) cells of each run."""
    cell: Ints
    """(k,) rows of the pool's cells."""

    def only(self, flags: Flags) -> Cells:
        """The flagged cells."""
        if len(self.run) == 0:
            return self
        count = np.add.reduceat(flags, np.cumsum(self.count) - self.count, dtype=np.int64)
        left = count > 0
        return Cells(self.pool, self.run[left], count[left], self.cell[flags])

    def of_runs(self, value: NDArray[_Kind]) -> NDArray[_Kind]:
        """The value of its run for each cell, (r,) to (k,)."""
        return np.repeat(value, self.count)

    @property
    def run_street(self) -> Ints:
        """The street of each run."""
        return self.pool.street[self.run]

    @property
    def run_tile(self) -> Ints:
        """The tile of each run, a row of the pool's tiles."""
        return self.pool.in_tile[self.run]

    @cached_property
    def local(self) -> NDArray[np.uint16]:
        """Where each cell stands in its tile: column and row times :data:`TILE_CELLS`."""
        return self.pool.local[self.cell]

    @cached_property
    def street(self) -> Ints:
        """The owning street of each cell."""
        return self.of_runs(self.run_street)

    @cached_property
    def chainage_m(self) -> Floats:
        """Chainage of the owning street point."""
        return self.pool.chainage_m[self.cell].astype(float)

    @cached_property
    def distance_m(self) -> Floats:
        """Distance to the owning street point."""
        return self.near_m.astype(float)

    @cached_property
    def near_m(self) -> NDArray[np.float32]:
        """The same distance, as it is kept."""
        return self.pool.distance_m[self.cell]

    @cached_property
    def column(self) -> Ints:
        """Columns."""
        corner = self.pool.tile[self.run_tile, 0] * TILE_CELLS
        return self.of_runs(corner) + (self.local % TILE_CELLS).astype(np.int64)

    @cached_property
    def row(self) -> Ints:
        """Rows."""
        corner = self.pool.tile[self.run_tile, 1] * TILE_CELLS
        return self.of_runs(corner) + (self.local // TILE_CELLS).astype(np.int64)

    @property
    def x(self) -> Floats:
        """East of the centres."""
        return np.asarray((self.column + 0.5) * CELL_M)

    @property
    def y(self) -> Floats:
        """North of the centres."""
        return np.asarray((self.row + 0.5) * CELL_M)


def _empty_pool(streets: int) -> Pool:
    none = np.empty(0, dtype=np.int64)
    few = np.empty(0, dtype=np.float32)
    return Pool(
        frozenset(), np.zeros(streets, dtype=bool), none.reshape(0, 2), none.astype(np.uint16), few, few,
        none, none, none, none, np.zeros(streets + 1, dtype=np.int64),
    )  # fmt: skip


@dataclass
class _Kept:
    """The pool in use. It is replaced as a whole, by one thread at a time, and read by any."""

    pool: Pool | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, eq=False)
class Ground:
    """Ownership of the ground within ``reach_m`` of a network's streets. Tiles are made when first asked for."""

    network: Network
    reach_m: float
    barrier: BaseGeometry | None = None
    """All barriers as one shape in the network's CRS; None: nothing stands between ground and streets."""
    _kept: _Kept = field(default_factory=_Kept, repr=False)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces.of(self.barrier)

    def _owners(self, column: int, row: int) -> _Owners:
        """Street, cell, chainage and distance of the owned cells of one tile, in the order of street."""
        nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint16), np.empty(0), np.empty(0)
        side = TILE_CELLS * CELL_M
        west, south = column * side, row * side
        near = shapely.box(
            west - self.reach_m, south - self.reach_m, west + side + self.reach_m, south + side + self.reach_m
        )
        streets = self.network.ground_streets_in(near)
        if len(streets) == 0:
            return nothing
        owner, along, points = points_along(self.network, streets, SAMPLE_M)
        middle = np.array([west, south]) + side / 2
        close = (np.abs(points - middle) <= self.reach_m + side / 2).all(axis=1)
        owner, along, points = owner[close], along[close], points[close]
        if len(points) == 0:
            return nothing
        centre = (np.arange(TILE_CELLS) + 0.5) * CELL_M
        grid = np.stack(np.meshgrid(west + centre, south + centre), axis=-1).reshape(-1, 2) + _LEAN_M
        tree = cKDTree(points, compact_nodes=False, balanced_tree=False)  # quicker to make and to ask here
        gap, hit = owners_in_sight(self._pieces.within(near), near, tree, grid, self.reach_m)
        found = np.flatnonzero(np.isfinite(gap))
        street = owner[hit[found]]
        found = found[np.argsort(street, kind="stable")]
        return owner[hit[found]], found.astype(np.uint16), along[hit[found]], gap[found]

    def _pool_with(self, streets: Ints) -> Pool:
        """The pool with all tiles of the given streets in it."""
        pool = self._kept.pool
        if pool is not None and pool.whole[streets].all():
            return pool
        with self._kept.lock:
            pool = self._kept.pool or _empty_pool(self.network.n_streets)
            missing = [tile for tile in self._tiles_near(streets) if tile not in pool.made]
            self._kept.pool = pool = _grown(pool, streets, missing, [self._owners(*tile) for tile in missing])
        return pool

    def _tiles_near(self, streets: Ints) -> list[tuple[int, int]]:
        """Tiles in which the streets may own ground."""
        boxes = self.network.street_boxes[streets]
        side = TILE_CELLS * CELL_M
        low = np.floor((boxes[:, :2] - self.reach_m) / side).astype(np.int64)
        span = np.floor((boxes[:, 2:] + self.reach_m) / side).astype(np.int64) - low + 1
        count = span[:, 0] * span[:, 1]
        which = np.repeat(np.arange(len(streets)), count)
        rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        column = low[which, 0] + rank % span[which, 0]
        row = low[which, 1] + rank // span[which, 0]
        keys = np.unique(column * _KEY + row)
        return [
            (int(key + _KEY // 2) // _KEY, int(key + _KEY // 2) % _KEY - _KEY // 2) for key in keys.tolist()
        ]

    def cells(self, streets: Ints) -> Cells:
        """The cells owned by the given streets, out to the reach."""
        streets = streets[self.network.owns_ground[streets]]
        pool = self._pool_with(streets)
        first = pool.first[streets]
        run = _ranges(first, pool.first[streets + 1] - first)
        count = pool.count[run]
        return Cells(pool, run, count, _ranges(pool.start[run], count))


def _grown(pool: Pool, streets: Ints, tiles: list[tuple[int, int]], made: list[_Owners]) -> Pool:
    """The pool and more tiles with the owners of their cells, after which the given streets are whole."""
    offset = len(pool.local)
    rows, tiles_of, starts, counts = [pool.street], [pool.in_tile], [pool.start], [pool.count]
    for number, (street, *_) in enumerate(made, start=len(pool.tile)):
        begins = np.flatnonzero(np.append(True, street[1:] != street[:-1])) if len(street) else street
        rows.append(street[begins])
        tiles_of.append(np.full(len(begins), number))
        starts.append(offset + begins)
        counts.append(np.diff(np.append(begins, len(street))))
        offset += len(street)
    street = np.concatenate(rows)
    order = np.argsort(street, kind="stable")
    whole = pool.whole.copy()
    whole[streets] = True
    return Pool(
        pool.made.union(tiles),
        whole,
        np.concatenate([pool.tile, np.array(tiles, dtype=np.int64).reshape(-1, 2)]),
        np.concatenate([pool.local, *(each[1] for each in made)]),
        np.concatenate([pool.chainage_m, *(each[2].astype(np.float32) for each in made)]),
        np.concatenate([pool.distance_m, *(each[3].astype(np.float32) for each in made)]),
        street[order],
        np.concatenate(tiles_of)[order],
        np.concatenate(starts)[order],
        np.concatenate(counts)[order],
        np.searchsorted(street[order], np.arange(len(whole) + 1)),
    )


_KEY = 1 << 24
"""Tiles are numbered by column times this and row."""


def _ranges(start: Ints, count: Ints) -> Ints:
    """``start``, ``start + 1`` … ``count`` numbers each, one after another."""
    total = int(count.sum())
    return (
        np.arange(total) - np.repeat(np.cumsum(count) - count - start, count)
        if total
        else np.empty(0, np.int64)
    )


@lru_cache(maxsize=4)
def ground_of(network: Network, reach_m: float, barrier: BaseGeometry | None = None) -> Ground:
    """The ground of a network within ``reach_m``, kept while it is in use."""
    return Ground(network, reach_m + 2 * CELL_M, barrier)
