"""How far hose has to be laid: along the streets from the nearest water source that counts, at any street point.

Hose is laid in either direction of any street, over bridges and through tunnels, but not along motorways and ramps.
The figure stands beside the straight line of the protection radius and never replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from analysis.drive import cut_streets, least_arcs
from analysis.sampling import SAMPLE_M
from analysis.water_cover import EXAMPLE, LOCATED, SURVEYED
from geo.intervals import shared
from geo.network import CLASSES
from geo.ownership import owner_of
from geo.streets import OFF_LIMITS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.drive import Pieces
    from geo.county import County
    from geo.intervals import Intervals
    from geo.network import Flags, Floats, Ints, Network

METRE_DIGITS = 6
"""Distances and chainages are rounded to the micrometre, so that equal ones are equal and a limit is met."""

ATTACHED, TOO_FAR, NO_PLACE, NOT_COUNTED = "attached", "too_far", "no_place", "not_counted"
"""States of a source: laid from, no street in sight within the limit, without a place, out of the count."""

_RANK = {SURVEYED: 0, LOCATED: 1, EXAMPLE: 2}

_TILE_M = 500.0
"""Sources are asked square by square of this width, since neighbours are found quicker one after the other."""


def hose_sources(
    county: County, hydrants: gpd.GeoDataFrame, others: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Hydrants and, where given, ponds, quays and natural water (the county's ``water_sources``), both with
    ``counted``, as sources of hose. Water cranes fill tankers and are none.

    Columns ``source_id``, ``kind`` (hydrant, pond, quay, natural), ``counted``, ``certainty`` (surveyed, located,
    example), geometry. Water that no engine gets to is not counted; where nobody says that one does, or that there is
    water all the year, the source is no surer than one known by words.
    """
    measured = (hydrants["position_class"] == "P0") & ("hydrants" not in county.schematic)
    drawn = hydrants["interpolated"].fillna(value=False).astype(bool)
    certainty = np.where(drawn, EXAMPLE, np.where(measured, SURVEYED, LOCATED))
    tables = [_sources(hydrants, hydrants["hydrant_id"], "hydrant", hydrants["counted"], certainty)]
    if others is not None and len(others):
        sure = (others["position_class"] == "P0") & ("sources" not in county.schematic)
        sure &= (others["access"] == "yes") & (others["all_season"] == "yes")
        counts = others["counted"] & (others["access"] != "no")
        tables += [
            _sources(others, others["source_id"], others["kind"], counts, np.where(sure, SURVEYED, LOCATED))
        ]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), geometry="geometry", crs=county.crs)


def _sources(table: gpd.GeoDataFrame, ids: Any, kind: Any, counted: Any, certainty: Any) -> gpd.GeoDataFrame:
    columns = {"source_id": ids.astype(str), "kind": kind, "counted": counted, "certainty": certainty}
    return gpd.GeoDataFrame(columns, index=table.index, geometry=table.geometry, crs=table.crs)


def streets_with_hose(network: Network) -> Flags:
    """Streets along which hose is laid: all but motorways and ramps. (m,) flags."""
    closed = np.array([name in OFF_LIMITS for name in CLASSES])
    return ~closed[network.klass]


@dataclass(frozen=True, eq=False)
class HosePieces:
    """Pieces of streets in the order of street and chainage; together every street once.

    ``start_m``, ``end_m`` metres of hose to the two ends (infinite where no source leads there, NaN where hose is
    not laid), ``start_source``, ``end_source`` the rows of the sources they come from, -1 where none.
    """

    street: Ints
    from_m: Floats
    to_m: Floats
    start_m: Floats
    end_m: Floats
    start_source: Ints
    end_source: Ints


@dataclass(frozen=True, eq=False)
class Stands:
    """Where sources stand on the streets, and the way there: rows of the sources, several for one with a bank."""

    source: Ints
    street: Ints
    chainage_m: Floats
    off_m: Floats

    def only(self, flags: Flags) -> Stands:
        """The flagged ones."""
        return Stands(self.source[flags], self.street[flags], self.chainage_m[flags], self.off_m[flags])


@dataclass(frozen=True, eq=False)
class HoseField:
    """Metres of hose from the nearest source to every street point.

    ``sources``: the table given, with ``state`` (:data:`ATTACHED` …) and ``off_m``, the way from the source to its
    street, on a fresh index. ``stands``: where they stand. ``pieces`` are cut where sources stand.
    ``places`` (k, 2) are the points of all counted sources that have a place.
    """

    network: Network
    sources: pd.DataFrame
    stands: Stands
    pieces: HosePieces
    places: Floats

    @cached_property
    def surveyed(self) -> HoseField:
        """The hose from surveyed sources alone: within its reach is sure."""
        stands = self.stands.only(self.told(self.stands.source, "certainty") == SURVEYED)
        if len(stands.source) == len(self.stands.source):
            return self
        pieces = _laid(self.network, self.sources, stands)
        return HoseField(self.network, self.sources, stands, pieces, self.places)

    @cached_property
    def all_surveyed(self) -> bool:
        """Whether the place of every counted source is surveyed, so that none can be nearer than it is drawn."""
        counts = self.sources["state"] != NOT_COUNTED
        return bool(
            ((self.sources["certainty"] == SURVEYED) & (self.sources["state"] != NO_PLACE))[counts].all()
        )

    @cached_property
    def any_attached(self) -> bool:
        """Whether hose is laid from any source at all."""
        return bool((self.sources["state"] == ATTACHED).any())

    @cached_property
    def _told(self) -> dict[str, NDArray[np.object_]]:
        none = np.array([None], dtype=object)
        names = ("source_id", "kind", "certainty")
        return {name: np.append(self.sources[name].to_numpy(dtype=object), none) for name in names}

    def told(self, source: Ints, column: str) -> NDArray[np.object_]:
        """``source_id``, ``kind`` or ``certainty`` of rows of sources; null for -1."""
        return np.asarray(self._told[column][source], dtype=object)

    @cached_property
    def _zero(self) -> Floats:
        step = self.network.length_m + 1.0
        return np.asarray(np.cumsum(step) - step)

    def at(self, street: Ints, chainage_m: Floats) -> tuple[Floats, Ints]:
        """Metres of hose to street points and the row of the source they come from.

        Infinite and -1 where no source leads there, NaN and -1 where hose is not laid.
        """
        pieces = self.pieces
        if len(street) == 0:
            return np.empty(0), np.empty(0, dtype=np.int64)
        begins = self._zero[pieces.street] + pieces.from_m
        row = np.searchsorted(begins, self._zero[street] + chainage_m, side="right") - 1
        from_start = pieces.start_m[row] + np.maximum(chainage_m - pieces.from_m[row], 0.0)
        from_end = pieces.end_m[row] + np.maximum(pieces.to_m[row] - chainage_m, 0.0)
        metres = np.asarray(np.minimum(from_start, from_end), dtype=np.float64).round(METRE_DIGITS)
        source = np.where(from_start <= from_end, pieces.start_source[row], pieces.end_source[row])
        return metres, np.where(np.isfinite(metres), source, -1)

    @cached_property
    def linear(self) -> HosePieces:
        """The pieces cut where the hose from either end meets, so that metres are linear on each."""
        p = self.pieces
        length = p.to_m - p.from_m
        with np.errstate(invalid="ignore"):
            meet = np.clip((length + p.end_m - p.start_m) / 2, 0.0, length)
        meet = np.where(np.isfinite(meet), meet, length)
        top, at_m = p.start_m + meet, p.from_m + meet
        down = np.where(np.isfinite(p.end_m), p.end_m + (length - meet), top)
        halves = (
            (p.street, p.from_m, at_m, p.start_m, top, p.start_source),
            (p.street, at_m, p.to_m, down, p.end_m, p.end_source),
        )
        street, from_m, to_m, start_m, end_m, source = (
            np.stack(pair, axis=1).reshape(-1) for pair in zip(*halves, strict=True)
        )
        some = to_m - from_m > 10.0**-METRE_DIGITS
        street, from_m, to_m, start_m, end_m, source = (
            each[some] for each in (street, from_m, to_m, start_m, end_m, source)
        )
        return HosePieces(street, from_m, to_m, start_m, end_m, source, source)

    def within(self, reach_m: float) -> Intervals:
        """The parts of streets to which hose of this length reaches."""
        line = self.linear
        with np.errstate(invalid="ignore"):
            left_m = np.maximum(reach_m - np.stack([line.start_m, line.end_m]), 0.0)
            left_m = np.where(np.isnan(left_m), 0.0, left_m)
        from_start = np.minimum(line.from_m + left_m[0], line.to_m)
        from_end = np.maximum(line.to_m - left_m[1], line.from_m)
        # Metres rise or fall along a piece: only from the lower end hose goes into it.
        rises = line.start_m <= line.end_m
        begin, end = np.where(rises, line.from_m, from_end), np.where(rises, from_start, line.to_m)
        return shared(self.network, line.street, begin, end)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.places)

    def straight_m(self, points: NDArray[np.object_]) -> Floats:
        """Metres in a straight line from points to the nearest counted source; infinite without one."""
        if len(self.places) == 0:
            return np.full(len(points), np.inf)
        return np.asarray(self._tree.query(shapely.get_coordinates(points))[0])


def hose_field(
    network: Network,
    sources: gpd.GeoDataFrame,
    *,
    snap_limit_m: float,
    barrier: BaseGeometry | None = None,
) -> HoseField:
    """Lay hose from every counted source. ``sources``: ``source_id``, ``kind``, ``counted``, ``certainty``, geometry.

    A source stands at the nearest street point it sees (:func:`geo.ownership.owner_of`) within ``snap_limit_m``; the
    way there is hose as well. An area (a pond) is drawn from along its bank. At equal lengths the surest source wins.
    """
    table = pd.DataFrame(sources.drop(columns="geometry")).reset_index(drop=True)
    shapes = np.asarray(sources.geometry.to_numpy(), dtype=object)
    counted = table["counted"].to_numpy(dtype=bool)
    there = counted & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    row, xy = _places(shapes, np.flatnonzero(there))
    points = np.asarray(shapely.points(xy), dtype=object)
    street, chainage, off_m = owner_of(network, barrier, points, snap_limit_m)
    near = (street >= 0) & (off_m <= snap_limit_m)
    least = np.full(len(table), np.inf)
    np.minimum.at(least, row[near], off_m[near])
    state = np.where(counted, np.where(there, TOO_FAR, NO_PLACE), NOT_COUNTED)
    table["state"] = np.where(np.isfinite(least), ATTACHED, state)
    table["off_m"] = np.where(np.isfinite(least), least, np.nan)
    stands = Stands(row[near], street[near], np.round(chainage[near], METRE_DIGITS), off_m[near])
    return HoseField(network, table, stands, _laid(network, table, stands), xy)


def _laid(network: Network, table: pd.DataFrame, stands: Stands) -> HosePieces:
    """Streets cut where sources stand, and the hose to every cut and every end."""
    pieces, node = _cut(network, stands.street, stands.chainage_m)
    rank = table["certainty"].map(_RANK).to_numpy(dtype=np.int64)[stands.source]
    order = np.lexsort((stands.source, rank, stands.off_m, node))
    first = order[np.append(True, np.diff(node[order]) > 0)[: len(order)]]
    metres, start = _searched(network, pieces, node[first], stands.off_m[first])
    source = np.append(stands.source[first], -1)[start]
    return _hose_pieces(network, pieces, metres, source)


def _places(shapes: NDArray[np.object_], rows: Ints) -> tuple[Ints, Floats]:
    """Rows of sources and the places they may be drawn from, (k, 2), square by square."""
    outlines = shapes[rows]
    banks = shapely.get_dimensions(outlines) > 0
    outlines[banks] = shapely.segmentize(outlines[banks], SAMPLE_M)
    xy, which = shapely.get_coordinates(outlines, return_index=True)
    tile = np.floor(xy / _TILE_M)
    order = np.lexsort((xy[:, 0], tile[:, 0], tile[:, 1]))
    return rows[which[order]], xy[order]


def _cut(network: Network, street: Ints, chainage_m: Floats) -> tuple[Pieces, Ints]:
    """Streets cut where sources stand, and the node of each: one of the network's or that of its cut."""
    edge = 10.0**-METRE_DIGITS
    at_u, at_v = chainage_m <= edge, chainage_m >= network.length_m[street] - edge
    node = np.where(at_u, network.u[street], np.where(at_v, network.v[street], -1))
    inside = np.flatnonzero(node < 0)
    order = inside[np.lexsort((chainage_m[inside], street[inside]))]
    new = (np.diff(street[order], prepend=-1) != 0) | (np.diff(chainage_m[order], prepend=-1.0) != 0)
    node[order] = network.n_nodes + np.cumsum(new) - 1
    return cut_streets(network, street[order[new]], chainage_m[order[new]]), node


def _searched(network: Network, pieces: Pieces, node: Ints, off_m: Floats) -> tuple[Floats, Ints]:
    """Least metres to every node from the given ones with their own metres ahead, and the row of the first of them
    (-1: none)."""
    if len(node) == 0:
        return np.full(pieces.n_nodes, np.inf), np.full(pieces.n_nodes, -1)
    laid = streets_with_hose(network)[pieces.street]
    a, b, length = pieces.a[laid], pieces.b[laid], (pieces.to_m - pieces.from_m)[laid]
    streets = least_arcs(np.append(a, b), np.append(b, a), np.append(length, length), pieces.n_nodes)
    size = pieces.n_nodes + len(node)
    graph = csr_matrix(
        (
            np.append(streets.data, off_m),
            np.append(streets.indices, node.astype(streets.indices.dtype)),
            np.append(streets.indptr, streets.indptr[-1] + np.arange(1, len(node) + 1, dtype=np.int32)),
        ),
        shape=(size, size),
    )
    metres, _, start = dijkstra(
        graph, indices=np.arange(pieces.n_nodes, size), min_only=True, return_predecessors=True
    )
    start = np.asarray(start[: pieces.n_nodes], dtype=np.int64)
    return metres[: pieces.n_nodes], np.where(start >= pieces.n_nodes, start - pieces.n_nodes, -1)


def _hose_pieces(network: Network, pieces: Pieces, metres: Floats, source: Ints) -> HosePieces:
    order = np.lexsort((pieces.from_m, pieces.street))
    street, a, b = pieces.street[order], pieces.a[order], pieces.b[order]
    laid = streets_with_hose(network)[street]
    return HosePieces(
        street,
        pieces.from_m[order],
        pieces.to_m[order],
        np.where(laid, metres[a], np.nan),
        np.where(laid, metres[b], np.nan),
        np.where(laid, source[a], -1),
        np.where(laid, source[b], -1),
    )
