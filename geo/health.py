"""Whether a street network can carry an answer: parts, dead ends, near misses, guesses, sites far from any street."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from geo.near_misses import NEAR_M, miss_places, near_misses, street_ends
from geo.network import CLASSES, LEVEL_CROSSING, SIGNAL
from geo.ownership import owner_of
from geo.road_folder import ISLAND_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Objects = NDArray[np.object_]

PART_SHARE = 0.05
"""A strongly connected part with this share of the street length can hold a site, as the largest can."""
FAR_M = 50.0
"""A site that is farther than this from its street is looked at; a yard is seldom deeper."""
SITE_LIMIT_M = 150.0
"""A site farther than this from every street it could stand on is not on the network."""
DOUBLE_M = 1.0
"""Streets between the same two nodes that stay this near to each other are one street drawn twice."""

PLACES = ("island", "no_way_out", "no_way_in", "cut_off", "near_miss", "double", "dead_end", "far_site")
"""Kinds of places that are worth a look, the gravest first."""
REFUSALS = ("no_streets", "islands", "no_site")
"""Why an answer on this network would mean nothing: it is empty, it is in pieces, no site stands on it."""


@dataclass(frozen=True, eq=False)
class Health:
    """What is known about a network before anything is asked of it. Lengths in metres, shares from 0 to 1.

    ``parts``: one row per part, ``connection`` (weak: one-way rules left aside; strong: obeyed), ``nodes``,
    ``streets``, ``length_m``, ``length_share``, longest first of each kind; strong parts of a single node are
    left out. ``classes``: one row per class, ``class``, ``streets``, ``length_m``, ``length_share``,
    ``guessed_share``, ``unnamed_share`` (of the class's length). ``places``: points in the network's CRS with
    ``kind`` (of :data:`PLACES`), ``street_id``, ``other_id``, ``name``, ``length_m`` (of the streets meant),
    ``distance_m``; what does not apply is null. ``sites``: ``site_id``, ``street_id``, ``snap_m`` (to the street
    it would stand on), ``nearest_m`` (to any street), both over no barrier, ``state`` (near, far, small_part: the
    nearest street belongs to a part one cannot leave or come back to; off_network, unplaced). ``refusals``: of
    :data:`REFUSALS`.
    """

    nodes: int
    streets: int
    length_m: float
    signals: int
    level_crossings: int
    guessed_share: float
    unnamed_share: float
    parts: pd.DataFrame
    classes: pd.DataFrame
    places: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    refusals: tuple[str, ...]

    def count(self, kind: str) -> int:
        """Number of places of a kind."""
        return int((self.places["kind"] == kind).sum())

    def kind_length_m(self, kind: str) -> float:
        """Length of the streets behind the places of a kind."""
        return float(self.places.loc[self.places["kind"] == kind, "length_m"].sum())


def health(
    network: Network,
    sites: gpd.GeoDataFrame | None = None,
    *,
    near_m: float = NEAR_M,
    barrier: BaseGeometry | None = None,
) -> Health:
    """Look a network over.

    ``sites``: points in the network's CRS with ``site_id`` (geometry may be missing); without them nothing is
    said about sites. ``near_m``: how near to another street a dead end is a near miss. ``barrier``: all barriers as
    one shape. The network is looked at as it is given: for the streets that are open now give ``network.opened(0)``.
    """
    length = float(network.length_m.sum())
    whole = length or 1.0
    unnamed = network.name == 0
    placed = _sites(network, sites, barrier)
    return Health(
        nodes=network.n_nodes,
        streets=network.n_streets,
        length_m=length,
        signals=int(((network.node_kind & SIGNAL) > 0).sum()),
        level_crossings=int(((network.node_kind & LEVEL_CROSSING) > 0).sum()),
        guessed_share=float(network.length_m[network.class_guessed].sum()) / whole,
        unnamed_share=float(network.length_m[unnamed].sum()) / whole,
        parts=_parts(network),
        classes=_classes(network),
        places=_places(network, placed, near_m),
        sites=placed,
        refusals=_refusals(network, placed, asked=sites is not None),
    )


def _refusals(network: Network, sites: gpd.GeoDataFrame, *, asked: bool) -> tuple[str, ...]:
    if network.n_streets == 0:
        return ("no_streets",)
    found = ["islands"] if float(network.part_share.max(initial=0.0)) < ISLAND_SHARE else []
    if asked and not sites["state"].isin(["near", "far", "small_part"]).any():
        found.append("no_site")
    return tuple(found)


def _weak_part(network: Network) -> Ints:
    """(n,) number of the part of each node, one-way rules left aside."""
    if network.n_nodes == 0:
        return np.zeros(0, dtype=np.int64)
    ones = np.ones(network.n_streets, dtype=np.int8)
    graph = csr_matrix((ones, (network.u, network.v)), shape=(network.n_nodes, network.n_nodes))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _parts(network: Network) -> pd.DataFrame:
    tables = []
    for connection, part in (("weak", _weak_part(network)), ("strong", network.strong_part)):
        count = int(part.max(initial=-1)) + 1
        inside = part[network.u] == part[network.v]
        of = part[network.u[inside]]
        table = pd.DataFrame({
            "connection": connection,
            "nodes": np.bincount(part, minlength=count),
            "streets": np.bincount(of, minlength=count),
            "length_m": np.bincount(of, weights=network.length_m[inside], minlength=count),
        })  # fmt: skip
        tables.append(table[table["streets"] > 0].sort_values("length_m", ascending=False, kind="stable"))
    parts = pd.concat(tables, ignore_index=True)
    parts["length_share"] = parts["length_m"] / (float(network.length_m.sum()) or 1.0)
    return parts


def _classes(network: Network) -> pd.DataFrame:
    def by_class(wanted: Flags | None = None) -> Floats:
        weights = network.length_m if wanted is None else network.length_m * wanted
        return np.bincount(network.klass, weights=weights, minlength=len(CLASSES)).astype(np.float64)

    length = by_class()
    some = np.where(length > 0, length, 1.0)
    table = pd.DataFrame({
        "class": list(CLASSES),
        "streets": np.bincount(network.klass, minlength=len(CLASSES)),
        "length_m": length,
        "length_share": length / (length.sum() or 1.0),
        "guessed_share": by_class(network.class_guessed) / some,
        "unnamed_share": by_class(network.name == 0) / some,
    })  # fmt: skip
    return table[table["streets"] > 0].reset_index(drop=True)


_COLUMNS = ("kind", "street_id", "other_id", "name", "length_m", "distance_m")


def _places(network: Network, sites: gpd.GeoDataFrame, near_m: float) -> gpd.GeoDataFrame:
    tables = [_islands(network), _one_way_traps(network), _near_misses(network, near_m), _doubles(network)]
    tables += [_dead_ends(network), _far_sites(sites)]
    there = [table for table in tables if len(table)]
    if not there:
        empty = {name: pd.Series(dtype=object) for name in _COLUMNS}
        return gpd.GeoDataFrame(empty, geometry=[], crs=network.crs)
    return gpd.GeoDataFrame(pd.concat(there, ignore_index=True), geometry="geometry", crs=network.crs)


def _rows_of(
    network: Network,
    kinds: list[str],
    streets: Ints,
    geometry: Objects,
    *,
    other: Ints | None = None,
    length_m: Floats | None = None,
    distance_m: Floats | None = None,
) -> pd.DataFrame:
    count = len(kinds)
    nothing = [None] * count
    return pd.DataFrame({
        "kind": kinds,
        "street_id": network.street_ids(streets),
        "other_id": nothing if other is None else network.street_ids(other),
        "name": [name or None for name in network.street_names(streets)],
        "length_m": network.length_m[streets] if length_m is None else length_m,
        "distance_m": np.full(count, np.nan) if distance_m is None else distance_m,
        "geometry": pd.Series(list(geometry), dtype=object),
    }).astype({"other_id": object, "name": object})  # fmt: skip


def _middles(network: Network, streets: Ints) -> Objects:
    return network.along(streets, network.length_m[streets] / 2)


def _islands(network: Network) -> pd.DataFrame:
    """Parts that no street joins to the largest, each at the middle of its longest street."""
    part = _weak_part(network)[network.u]
    length = np.bincount(part, weights=network.length_m).astype(np.float64)
    order = np.lexsort((np.arange(len(part)), -network.length_m, part))
    longest = order[np.concatenate([[True], np.diff(part[order]) > 0])] if len(order) else order
    longest = longest[part[longest] != np.argmax(length)] if len(longest) else longest
    return _rows_of(
        network,
        ["island"] * len(longest),
        longest,
        _middles(network, longest),
        length_m=length[part[longest]],
    )


def _one_way_traps(network: Network) -> pd.DataFrame:
    """Streets joined to the largest part that one cannot drive to, come back from, or either."""
    if not network.n_streets:
        return _rows_of(network, [], np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object))
    ahead, back = network.oneway >= 0, network.oneway <= 0
    tail = np.concatenate([network.u[ahead], network.v[back]])
    head = np.concatenate([network.v[ahead], network.u[back]])
    street = np.concatenate([np.flatnonzero(ahead), np.flatnonzero(back)])
    main = int(np.argmax(network.part_share))
    start = int(np.flatnonzero(network.strong_part == main)[0])
    comes, returns = np.zeros(network.n_streets, dtype=bool), np.zeros(network.n_streets, dtype=bool)
    comes[street[_reached(tail, head, network.n_nodes, start)[tail]]] = True
    returns[street[_reached(head, tail, network.n_nodes, start)[head]]] = True
    weak = _weak_part(network)
    bad = np.flatnonzero((weak[network.u] == weak[start]) & ~(comes & returns))
    kinds = np.where(comes[bad], "no_way_out", np.where(returns[bad], "no_way_in", "cut_off")).tolist()
    return _rows_of(network, kinds, bad, _middles(network, bad))


def _reached(tail: Ints, head: Ints, size: int, start: int) -> Flags:
    graph = csr_matrix((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(size, size))
    reached = np.zeros(size, dtype=bool)
    reached[breadth_first_order(graph, start, return_predecessors=False)] = True
    return reached


def _near_misses(network: Network, near_m: float) -> pd.DataFrame:
    misses = near_misses(network, near_m)
    streets = np.asarray([miss.street for miss in misses], dtype=np.int64)
    return _rows_of(
        network,
        ["near_miss"] * len(misses),
        streets,
        miss_places(network, misses),
        other=np.asarray([miss.other for miss in misses], dtype=np.int64),
        distance_m=np.asarray([miss.distance_m for miss in misses], dtype=np.float64),
    )


def _doubles(network: Network) -> pd.DataFrame:
    """Pairs of streets that lie on each other; the two directions of one road drawn one by one are none."""
    low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
    same_ends = pd.DataFrame({"low": low, "high": high, "row": np.arange(len(low))})
    pairs = same_ends.merge(same_ends, on=["low", "high"])
    pairs = pairs[pairs["row_x"] < pairs["row_y"]]
    one, other = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
    apart = shapely.hausdorff_distance(network.lines[one], network.lines[other])
    overlap = shapely.STRtree(network.lines).query(network.lines, predicate="overlaps")
    a, b = overlap[:, overlap[0] < overlap[1]]
    near = np.stack(
        [np.concatenate([one[apart <= DOUBLE_M], a]), np.concatenate([other[apart <= DOUBLE_M], b])]
    )
    one, other = np.unique(near, axis=1)
    # One-way streets with the same ends that run against each other are one road, drawn by direction.
    against = np.where(network.u[one] == network.u[other], -1, 1)
    two_ways = (network.oneway[one] != 0) & (network.oneway[one] == against * network.oneway[other])
    one, other = one[~two_ways], other[~two_ways]
    return _rows_of(network, ["double"] * len(one), one, _middles(network, one), other=other)


def _dead_ends(network: Network) -> pd.DataFrame:
    ends = street_ends(network)
    at_u, at_v = ends[network.u] == 1, ends[network.v] == 1
    streets = np.concatenate([np.flatnonzero(at_u), np.flatnonzero(at_v)])
    nodes = np.concatenate([network.u[at_u], network.v[at_v]])
    points = np.asarray(shapely.points(network.nodes[nodes]), dtype=object).reshape(-1)
    return _rows_of(network, ["dead_end"] * len(streets), streets, points)


def _far_sites(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    far = sites[sites["state"].isin(["far", "small_part", "off_network"])]
    return pd.DataFrame({
        "kind": "far_site", "street_id": far["street_id"], "other_id": None, "name": far["site_id"],
        "length_m": np.nan, "distance_m": far["snap_m"], "geometry": far.geometry.astype(object),
    })  # fmt: skip


def _sites(
    network: Network, sites: gpd.GeoDataFrame | None, barrier: BaseGeometry | None
) -> gpd.GeoDataFrame:
    columns = ("site_id", "street_id", "snap_m", "nearest_m", "state")
    if sites is None or sites.empty:
        empty = {name: pd.Series(dtype=object) for name in columns}
        return gpd.GeoDataFrame(empty, geometry=[], crs=network.crs)
    shapes = sites.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    points = shapely.point_on_surface(shapes[there])
    share = network.part_share
    good = (share >= PART_SHARE) | (share == share.max(initial=0.0))
    part = network.strong_part
    takes = (part[network.u] == part[network.v]) & good[part[network.u]]
    street, _, snap = owner_of(network, barrier, points, SITE_LIMIT_M, takes)
    nearest = owner_of(network, barrier, points, SITE_LIMIT_M)[2]
    state = np.select(
        [~(snap <= SITE_LIMIT_M), nearest < snap - DOUBLE_M, snap > FAR_M],
        ["off_network", "small_part", "far"],
        "near",
    )
    found = gpd.GeoDataFrame(
        {"site_id": sites["site_id"].to_numpy(), "street_id": None, "snap_m": np.nan, "nearest_m": np.nan},
        geometry=shapes,
        crs=network.crs,
    ).astype({"street_id": object})
    found["state"] = "unplaced"
    ids = np.asarray([None] * len(street), dtype=object)
    ids[street >= 0] = network.street_ids(street[street >= 0])
    found.loc[there, "street_id"] = ids
    found.loc[there, "snap_m"] = snap
    found.loc[there, "nearest_m"] = nearest
    found.loc[there, "state"] = state
    return found[[*columns, "geometry"]]
