"""Outlines of ground that is given by values at the centres of grid cells: only what lies near a cell costs.

Marching squares over the tiles that hold cells. A value that is not negative is inside; ground without a cell counts
as one cell's width outside. The outline lies where the value, linear between two neighbouring centres, is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from geo.ground import CELL_M, TILE_CELLS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.ground import Cells
    from geo.network import Floats, Ints

_BITS = TILE_CELLS.bit_length() - 1
_LAST = TILE_CELLS - 1
_WIDE = TILE_CELLS + 1  # a tile is kept with the first cells of the tiles to its right and above
_SIZE = _WIDE * _WIDE
_PLACE = (np.arange(TILE_CELLS)[:, None] * _WIDE + np.arange(TILE_CELLS)).reshape(-1).astype(np.int16)
"""Where a cell of a tile stands among the values of the tile."""

_BELOW, _RIGHT, _ABOVE, _LEFT = range(4)
"""Sides of a square between four cell centres."""

_CORNERS = (0, 1, _WIDE + 1, _WIDE)
"""Places of a square's corners, counter-clockwise, from its first one."""

_SIDES_OF_CASE: tuple[tuple[tuple[int, int], ...], ...] = (
    (), ((_BELOW, _LEFT),), ((_RIGHT, _BELOW),), ((_RIGHT, _LEFT),),
    ((_ABOVE, _RIGHT),), ((_BELOW, _LEFT), (_ABOVE, _RIGHT)), ((_ABOVE, _BELOW),), ((_ABOVE, _LEFT),),
    ((_LEFT, _ABOVE),), ((_BELOW, _ABOVE),), ((_RIGHT, _BELOW), (_LEFT, _ABOVE)), ((_RIGHT, _ABOVE),),
    ((_LEFT, _RIGHT),), ((_BELOW, _RIGHT),), ((_LEFT, _BELOW),), (),
    # The two squares with opposite corners inside, where their middle is inside too.
    ((_BELOW, _RIGHT), (_ABOVE, _LEFT)), ((_LEFT, _BELOW), (_RIGHT, _ABOVE)),
)  # fmt: skip
"""Sides at which the outline enters and leaves a square, inside on its left, by which corners are inside (bit
``i``: corner ``i``)."""

_HAIR = 1e-6
"""Share of a side that an outline keeps from a cell's centre, so that no two of its points are the same."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """Cells arranged in tiles, to be outlined as often as wanted. ``b`` tiles, ``k`` cells.

    ``column`` and ``row`` (b,) are the first cell of each tile; ``right``, ``above``, ``beyond`` (b,) the tile
    to the right, above, and above to the right of it (``b``: none); ``place`` (k,) where each cell stands.
    """

    column: Ints
    row: Ints
    right: Ints
    above: Ints
    beyond: Ints
    place: Ints

    @classmethod
    def of(cls, cells: Cells) -> Canvas:
        """Arrange cells, each of which stands once."""
        touched = np.zeros(len(cells.pool.tile), dtype=bool)
        touched[cells.run_tile] = True
        used, number = np.flatnonzero(touched), np.cumsum(touched) - 1
        return cls.arranged(cells.pool.tile[used], number[cells.run_tile], cells.count, cells.local)

    @classmethod
    def arranged(cls, tiles: Ints, tile: Ints, count: Ints, local: NDArray[np.integer]) -> Canvas:
        """Arrange cells (k,) by their place in their tile, in runs (r,) of one tile: rows of ``tiles`` (t, 2; column
        and row, in tiles) and how many cells."""
        if len(local) == 0:
            none = np.empty(0, dtype=np.int64)
            return cls(none, none, none, none, none, none)
        west, south = tiles.min(axis=0) - 1
        x, y = tiles[:, 0] - west, tiles[:, 1] - south
        used = np.zeros((int(y.max()) + 2, int(x.max()) + 2), dtype=bool)
        used[y, x] = True
        # A cell on the rim of a tile is outlined in the tiles to its left and below as well.
        used[:, :-1] |= used[:, 1:]
        used[:-1] |= used[1:]
        tile_y, tile_x = np.nonzero(used)
        number = np.full((used.shape[0] + 1, used.shape[1] + 1), len(tile_x), dtype=np.int64)
        number[tile_y, tile_x] = np.arange(len(tile_x))
        return cls(
            (tile_x + west) * TILE_CELLS,
            (tile_y + south) * TILE_CELLS,
            number[tile_y, tile_x + 1],
            number[tile_y + 1, tile_x],
            number[tile_y + 1, tile_x + 1],
            np.repeat((number[y, x] * _SIZE)[tile], count) + _PLACE[local],
        )

    def positive(self, value: NDArray[np.floating]) -> BaseGeometry:
        """The ground where ``value`` (k,), in metres, is not negative, as a MultiPolygon with holes and islands."""
        values = self._values(value)
        tile, local, side_in, side_out = _segments(values)
        if len(tile) == 0:
            return shapely.MultiPolygon()
        # Where each outline goes on: the segment that enters by the side by which it leaves.
        following = _rows_of(
            self._side_number(tile, local, side_in), self._side_number(tile, local, side_out), 2 * values.size
        )
        x, y = _crossings(values.reshape(-1), tile * _SIZE + _PLACE[local], side_in)
        x += self.column[tile] + (local & _LAST)
        y += self.row[tile] + (local >> _BITS)
        return _areas(*_rings((np.stack([x, y], axis=1) + 0.5) * CELL_M, following))

    def _side_number(self, tile: Ints, local: Ints, side: Ints) -> Ints:
        """A number for each side of each square, the same for the two squares that share it."""
        corner = tile * _SIZE + _PLACE[local] + np.array([0, 1, _WIDE, 0])[side]
        over = np.flatnonzero((side == _RIGHT) & (local & _LAST == _LAST))
        corner[over] = self.right[tile[over]] * _SIZE + _PLACE[local[over] - _LAST]
        over = np.flatnonzero((side == _ABOVE) & (local >> _BITS == _LAST))
        corner[over] = self.above[tile[over]] * _SIZE + _PLACE[local[over] & _LAST]
        return np.asarray(2 * corner + side % 2)

    def _values(self, value: NDArray[np.floating]) -> NDArray[np.float32]:
        """Values in cells' widths at the centres of every tile and of the first cells beyond, (b, wide, wide)."""
        count = len(self.column)
        values = np.full((count + 1, _WIDE, _WIDE), -1.0, dtype=np.float32)
        shares = np.multiply(value, 1 / CELL_M, dtype=np.float32)
        values.reshape(-1)[self.place] = np.clip(shares, -1.0, 1.0, out=shares)
        own = values[:count]
        own[:, :-1, -1] = values[self.right, :-1, 0]
        own[:, -1, :-1] = values[self.above, 0, :-1]
        own[:, -1, -1] = values[self.beyond, 0, 0]
        return own


_FEW = 64
"""With fewer segments than one for so many numbers it is quicker to sort them than to lay out all numbers."""


def _rows_of(numbers: Ints, wanted: Ints, size: int) -> NDArray[np.int32]:
    """The row of each wanted number among ``numbers``, which hold it once; all are below ``size``."""
    if len(numbers) * _FEW < size:
        order = np.argsort(numbers)
        return order[np.searchsorted(numbers, wanted, sorter=order)].astype(np.int32)
    row = np.empty(size, dtype=np.int32)
    row[numbers] = np.arange(len(numbers))
    return row[wanted]


def _segments(values: NDArray[np.float32]) -> tuple[Ints, Ints, Ints, Ints]:
    """Squares that the outline passes (tile, and place of their first corner in it), and the sides where it enters
    and leaves."""
    inside = (values >= 0).view(np.uint8)
    case = inside[:, :-1, :-1] | (inside[:, :-1, 1:] << 1)
    case |= inside[:, 1:, 1:] << 2
    case |= inside[:, 1:, :-1] << 3
    passed = np.flatnonzero((case - 1).reshape(-1) < 14)  # neither all outside (0 - 1 is 255) nor all inside
    which = case.reshape(-1)[passed].astype(np.int64)
    saddle = np.flatnonzero((which == 5) | (which == 10))
    flat, (tile, local) = values.reshape(-1), _tile_and_place(passed[saddle])
    square = tile * _SIZE + _PLACE[local]
    middle = sum(flat[square + corner].astype(float) for corner in _CORNERS)
    inner = saddle[np.asarray(middle) > 0]
    which[inner] = np.where(which[inner] == 5, 16, 17)
    first, twice = _FIRST[which], np.flatnonzero(_SECOND[which, 0] >= 0)
    both = np.concatenate([first, _SECOND[which[twice]]])
    return *_tile_and_place(np.append(passed, passed[twice])), both[:, 0], both[:, 1]


def _tile_and_place(square: Ints) -> tuple[Ints, Ints]:
    """Squares numbered through all tiles by tile and place in it."""
    return square >> (2 * _BITS), square & (TILE_CELLS * TILE_CELLS - 1)


_FIRST = np.array([sides[0] if sides else (-1, -1) for sides in _SIDES_OF_CASE])
_SECOND = np.array([sides[1] if len(sides) > 1 else (-1, -1) for sides in _SIDES_OF_CASE])


def _crossings(flat: NDArray[np.float32], square: Ints, side: Ints) -> tuple[Floats, Floats]:
    """Where the outline crosses a side, in cells' widths from the first corner of the square."""
    along_x = side % 2 == 0
    low = square + np.array([0, 1, _WIDE, 0])[side]
    one = flat[low].astype(float)
    other = flat[low + np.where(along_x, 1, _WIDE)].astype(float)
    share = np.clip(one / (one - other), _HAIR, 1.0 - _HAIR)
    return (
        np.where(along_x, share, np.where(side == _RIGHT, 1.0, 0.0)),
        np.where(along_x, np.where(side == _ABOVE, 1.0, 0.0), share),
    )


def _rings(points: Floats, following: NDArray[np.int32]) -> tuple[Floats, Ints]:
    """Points of all rings one ring after another, and the number of points of each."""
    size = len(following)
    every = np.arange(size)
    links = csr_matrix((np.ones(size, dtype=np.int8), following, np.arange(size + 1)), shape=(size, size))
    rings, ring = connected_components(links, directed=True, connection="strong")
    begin = np.zeros(rings, dtype=np.int64)
    begin[ring[::-1]] = every[::-1]
    before = np.empty(size, dtype=np.int64)
    before[following] = every
    # One path through all rings: the last point of each leads on to the first of the next.
    path = following.copy()
    path[before[begin[:-1]]] = begin[1:]
    end = before[begin[-1]]
    starts = np.arange(size + 1) - (np.arange(size + 1) > end)
    links = csr_matrix((np.ones(size - 1, dtype=np.int8), np.delete(path, end), starts), shape=(size, size))
    order = breadth_first_order(links, begin[0], return_predecessors=False)
    return points[order], np.bincount(ring, minlength=rings)


def _areas(points: Floats, count: Ints) -> BaseGeometry:
    """Polygons from rings: outer ones run counter-clockwise, holes clockwise."""
    end = np.cumsum(count)
    start = end - count
    after = np.arange(1, len(points) + 1)
    after[end - 1] = start
    x, y = (points - points[0]).T
    signed = np.add.reduceat(x * y[after] - x[after] * y, start) / 2
    rings = np.asarray(shapely.linearrings(points, indices=np.repeat(np.arange(len(count)), count)))
    outer, holes = np.flatnonzero(signed > 0), np.flatnonzero(signed <= 0)
    shells = np.asarray(shapely.polygons(rings[outer]))
    if len(holes) == 0:
        return shapely.MultiPolygon(shells.tolist())
    # A hole belongs to the smallest outer ring around it.
    tree = shapely.STRtree(np.asarray(shapely.points(points[start[holes]])))
    around, hole = tree.query(shells, predicate="contains")
    order = np.lexsort((signed[outer[around]], hole))
    first = np.append(True, hole[order][1:] != hole[order][:-1])
    owner, hole = around[order[first]], hole[order[first]]
    number = np.concatenate([np.arange(len(outer)), owner])
    by_shell = np.argsort(number, kind="stable")
    every = np.concatenate([rings[outer], rings[holes[hole]]])
    areas = np.asarray(shapely.polygons(every[by_shell], indices=number[by_shell]))
    return shapely.MultiPolygon(areas.tolist())
