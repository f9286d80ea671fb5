"""Links whose loss loses cover: each structure, level crossing and cut edge closed in turn, ranked by the loss.

Only a link that some first-due way uses, or at which a station stands, can cost anything beyond itself; the others
lose their own length and the parcels along it alone, which is worked out without closing them. Nothing is said on
streets that are only drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from analysis.arrival import arrival_field
from analysis.closures import Closures
from analysis.readings import first_due, reached_length_m, seconds_at
from analysis.sites import closures_on
from geo.network import CLASSES, LEVEL_CROSSING
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.arrival import ArrivalField
    from analysis.assessment import Assessment
    from analysis.readings import FirstDue
    from geo.network import Flags, Floats, Ints, Network

STRUCTURE, CROSSING, CUT_EDGE = KINDS = ("structure", "level_crossing", "cut_edge")
"""A bridge or tunnel (an underpass is one where its street runs in a tunnel); a crossing with a railway on one level;
a street without which the network falls apart."""
LEAST_BEHIND_M = 200.0
"""A cut edge counts only where so much street lies behind it: every dead end is one."""
CROSSING_M = 1.0
"""So much of each street is closed at a level crossing."""
TIGHT_S = 1e-5
MOTORWAYS = ("motorway", "motorway_link")
COLUMNS = (
    "link_id", "kind", "name", "streets", "length_m", "lost_m", "lost_beyond_m", "parcels_lost", "parcels_lost_mu",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Link:
    """One link: its kind, the streets it is made of, and what of them is closed, in metres along each."""

    kind: str
    street: Ints
    from_m: Floats
    to_m: Floats


def links_of(network: Network) -> list[Link]:
    """Every link that is worth closing, structures first, then level crossings, then cut edges."""
    return [*_structures(network), *_crossings(network), *_cut_edges(network)]


def _whole(kind: str, network: Network, streets: Ints) -> Link:
    return Link(kind, streets, np.zeros(len(streets)), network.length_m[streets])


def _structures(network: Network) -> Iterator[Link]:
    """Bridges and tunnels: streets that own no ground and are no motorway, pieces of one name that touch as one."""
    motorway = np.isin(network.klass, [CLASSES.index(name) for name in MOTORWAYS if name in CLASSES])
    streets = np.flatnonzero(~network.owns_ground & ~motorway)
    graph: nx.Graph[tuple[int, int]] = nx.Graph()
    for row in streets.tolist():
        name = int(network.name[row])
        graph.add_edge((int(network.u[row]), name), (int(network.v[row]), name))
    number = {node: part for part, nodes in enumerate(nx.connected_components(graph)) for node in nodes}
    part = np.array([number[int(network.u[row]), int(network.name[row])] for row in streets.tolist()])
    for each in np.unique(part).tolist():
        yield _whole(STRUCTURE, network, streets[part == each])


def _crossings(network: Network) -> Iterator[Link]:
    """Level crossings: a metre of every street at the node."""
    for node in np.flatnonzero(network.node_kind & LEVEL_CROSSING).tolist():
        first, last = np.flatnonzero(network.u == node), np.flatnonzero(network.v == node)
        length = network.length_m[last]
        yield Link(
            CROSSING,
            np.concatenate([first, last]),
            np.concatenate([np.zeros(len(first)), np.maximum(length - CROSSING_M, 0.0)]),
            np.concatenate([np.minimum(CROSSING_M, network.length_m[first]), length]),
        )


def _cut_edges(network: Network) -> Iterator[Link]:
    """Streets without which the network falls apart with at least :data:`LEAST_BEHIND_M` of street on either side."""
    graph: nx.Graph[int] = nx.Graph()
    double: set[tuple[int, int]] = set()
    row_of: dict[tuple[int, int], int] = {}
    for row, (a, b) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        key = (min(a, b), max(a, b))
        if key in row_of:
            double.add(key)
        row_of[key] = row
        graph.add_edge(a, b)
    pairs: Any = nx.bridges(graph)
    ends: list[tuple[int, int]] = [(min(pair), max(pair)) for pair in pairs]
    cuts = [key for key in ends if key not in double and key[0] != key[1]]
    behind = _length_behind(network, graph, cuts, row_of)
    for key in sorted(cuts, key=lambda key: row_of[key]):
        row = row_of[key]
        if network.owns_ground[row] and behind[key] >= LEAST_BEHIND_M:
            yield _whole(CUT_EDGE, network, np.array([row]))


def _length_behind(
    network: Network,
    graph: nx.Graph[int],
    cuts: list[tuple[int, int]],
    row_of: dict[tuple[int, int], int],
) -> dict[tuple[int, int], float]:
    """Street length on the shorter side of each cut edge: without them the parts hang together as a tree."""
    without = graph.copy()
    without.remove_edges_from(cuts)
    part = {node: i for i, nodes in enumerate(nx.connected_components(without)) for node in nodes}
    own = np.zeros(max(part.values(), default=-1) + 1)
    is_cut = np.zeros(network.n_streets, dtype=bool)
    is_cut[[row_of[key] for key in cuts]] = True
    for row in np.flatnonzero(~is_cut).tolist():
        own[part[int(network.u[row])]] += network.length_m[row]
    tree: nx.Graph[int] = nx.Graph()
    tree.add_nodes_from(range(len(own)))
    for key in cuts:
        tree.add_edge(part[key[0]], part[key[1]], key=key, length=float(network.length_m[row_of[key]]))
    behind: dict[tuple[int, int], float] = {}
    for nodes in nx.connected_components(tree):
        root = next(iter(nodes))
        below = {node: float(own[node]) for node in nodes}
        edges = list(nx.dfs_edges(tree, root))
        for parent, child in reversed(edges):
            below[parent] += below[child] + tree.edges[parent, child]["length"]
        for parent, child in edges:
            edge = tree.edges[parent, child]
            behind[edge["key"]] = min(below[child], below[root] - below[child] - edge["length"])
    return behind


def critical_links(assessment: Assessment) -> gpd.GeoDataFrame:
    """Every link with what closing it loses, most first: :data:`COLUMNS` and its line, in the county's CRS.

    ``lost_m``: street length no longer reached in time, the link's own included; ``lost_beyond_m`` without it;
    ``parcels_lost`` and their mu: parcels in time at every point today that no longer are. Raises
    :class:`InputError` without streets, on streets that are only drawn, or where nobody comes.
    """
    county = assessment.county
    found = []
    if county.network is None or county.network.n_streets == 0:
        found.append(problem("network_needed", file=f"{county.folder}/roads"))
    elif "roads" in county.schematic:
        found.append(problem("links_schematic", file=f"{county.folder}/roads"))
    elif assessment.due is None:
        found.append(problem("links_nobody"))
    if found or county.network is None or assessment.due is None or assessment.field is None:
        raise InputError(found)
    today = _Today.of(assessment, assessment.field, assessment.due)
    links = links_of(county.network)
    return _table(assessment, county.network, links, [today.without(link) for link in links])


@dataclass(frozen=True)
class _Loss:
    lost_m: float
    own_m: float
    parcels: int
    mu: float


@dataclass(frozen=True, eq=False)
class _Today:
    """What is reached today, to be held against what is reached without a link."""

    assessment: Assessment
    field: ArrivalField
    reached_m: Floats
    """(m,) by street."""
    used: Flags
    """(m,) streets that some first-due way may lead along, or on which engines set out."""
    in_time: Flags
    """(p,) parcels in time at every point."""
    fronted: Flags
    """(m,) streets with a point of such a parcel: closed, they lose it though no way leads along them."""

    @classmethod
    def of(cls, assessment: Assessment, field: ArrivalField, due: FirstDue) -> _Today:
        used = _used(field, due, assessment.scenario.targets.limit_s)
        in_time, fronted = _in_time(assessment, field, due), np.zeros(field.network.n_streets, dtype=bool)
        if assessment.samples is not None:
            mine = assessment.samples.street[in_time[assessment.samples.row]]
            fronted[mine[mine >= 0]] = True
        return cls(assessment, field, _reached_m(field, due, assessment), used, in_time, fronted)

    def without(self, link: Link) -> _Loss:
        network, scenario = self.field.network, self.assessment.scenario
        share = (link.to_m - link.from_m) / network.length_m[link.street]
        own_m = float((self.reached_m[link.street] * share).sum())
        if not (self.used | self.fronted)[link.street].any():
            return _Loss(own_m, own_m, 0, 0.0)
        field = arrival_field(
            network, self.field.sites, scenario.targets, _closed_too(self.assessment, network, link),
            scenario.blocked_for,
        )  # fmt: skip
        due = first_due(field, limit_s=scenario.targets.limit_s)
        lost_m = float((self.reached_m - _reached_m(field, due, self.assessment)).sum())
        gone = self.in_time & ~_in_time(self.assessment, field, due)
        mu = self.assessment.parcels["area_mu"].to_numpy(dtype=float, na_value=0.0)
        return _Loss(lost_m, own_m, int(gone.sum()), float(np.nansum(mu[gone])))


def _closed_too(assessment: Assessment, network: Network, link: Link) -> Closures:
    """The scenario's own closures and the link."""
    count = len(link.street)
    mine = Closures(link.street, link.from_m, link.to_m, np.full(count, np.inf), np.zeros(count))
    if not assessment.scenario.closures:
        return mine
    own = closures_on(network, assessment.scenario.closures)
    names = ("street", "from_m", "to_m", "factor", "more_s")
    return Closures(*(np.concatenate([getattr(own, name), getattr(mine, name)]) for name in names))


def _reached_m(field: ArrivalField, due: FirstDue, assessment: Assessment) -> Floats:
    parts = field.parts()
    metres = reached_length_m(due, parts, assessment.scenario.targets.limit_s)
    return np.asarray(
        np.bincount(parts.street, weights=metres, minlength=field.network.n_streets), dtype=float
    )


def _used(field: ArrivalField, due: FirstDue, limit_s: float) -> Flags:
    """Streets by which a time within the limit at one of their ends may have come about, and those at an end of which
    a station stands; without any other nothing changes but on it."""
    parts, drive = field.parts(), field.drive
    used = np.zeros(field.network.n_streets, dtype=bool)
    # With delays at turns the second to come to a node may be the first to go on by some street.
    spare_s = TIGHT_S if np.array_equal(drive.node_gate, np.arange(drive.pieces.n_nodes)) else np.inf
    for gate, node, whole_s in (
        (parts.gate_a, parts.node_b, parts.ahead_s),
        (parts.gate_b, parts.node_a, parts.back_s),
    ):
        start, end = due.gate_s[gate], due.gate_s[node]
        with np.errstate(invalid="ignore"):
            used[parts.street[(start + whole_s <= end + spare_s) & (end <= limit_s)]] = True
    # Nobody drives to where a station stands, yet a level crossing closed there shuts its engines in.
    pieces = drive.pieces
    seat = np.zeros(pieces.n_nodes, dtype=bool)
    seat[field.site_node[field.sites.nominal & (field.site_node >= 0)]] = True
    used[pieces.street[seat[pieces.a] | seat[pieces.b]]] = True
    return used


def _in_time(assessment: Assessment, field: ArrivalField, due: FirstDue) -> Flags:
    """Parcels whose every point is in time at the stations' nominal places, (n,)."""
    samples, targets = assessment.samples, assessment.scenario.targets
    found = np.zeros(len(assessment.parcels), dtype=bool)
    if samples is None or len(samples.row) == 0:
        return found
    good = (samples.street >= 0) & (samples.distance_m <= targets.off_street_limit_m)
    seconds = np.full(len(samples.row), np.inf)
    seconds[good] = seconds_at(due, field.points(samples.street[good], samples.chainage_m[good]))
    found[samples.row] = True
    found[samples.row[~(seconds <= targets.limit_s)]] = False
    return found


def _link_ids(links: list[Link], ids: list[str]) -> list[str]:
    """Kind and first street; a number behind where that is not one link alone, as at both ends of a street."""
    seen: dict[str, int] = {}
    found = []
    for link in links:
        name = f"{link.kind}-{ids[int(link.street.min())]}"
        seen[name] = number = seen.get(name, 0) + 1
        found.append(name if number == 1 else f"{name}-{number}")
    return found


def _table(
    assessment: Assessment, network: Network, links: list[Link], losses: list[_Loss]
) -> gpd.GeoDataFrame:
    ids = network.street_ids()
    names = network.street_names()
    lines = network.lines
    table = pd.DataFrame(
        {
            "link_id": _link_ids(links, ids),
            "kind": [link.kind for link in links],
            "name": [
                "、".join(dict.fromkeys(n for row in link.street.tolist() if (n := names[row])))
                for link in links
            ],
            "streets": [[ids[row] for row in link.street.tolist()] for link in links],
            "length_m": [float((link.to_m - link.from_m).sum()) for link in links],
            "lost_m": [loss.lost_m for loss in losses],
            "lost_beyond_m": [max(loss.lost_m - loss.own_m, 0.0) for loss in losses],
            "parcels_lost": pd.array([loss.parcels for loss in losses], dtype="Int64"),
            "parcels_lost_mu": [loss.mu for loss in losses],
        },
        columns=list(COLUMNS),
    )
    shapes = [shapely.union_all(lines[link.street]) for link in links]
    found = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=assessment.county.crs))
    order = found.sort_values(["lost_beyond_m", "lost_m", "link_id"], ascending=[False, False, True]).index
    return gpd.GeoDataFrame(found.loc[order].reset_index(drop=True))
