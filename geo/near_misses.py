"""Dead ends that stop just short of another street: where a network may not be joined as the ground is."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Ints, Network

NEAR_M = 5.0
"""A dead end this near to another street is worth a look."""
SHORT_WAY_M = 50.0
"""A dead end from which a way this short leads to the place it is near to misses nothing of weight."""


@dataclass(frozen=True)
class NearMiss:
    """A dead end: its node and street, the street (row) it is near to, how far (metres), and the place there."""

    node: int
    street: int
    other: int
    distance_m: float
    chainage_m: float


def street_ends(network: Network) -> Ints:
    """(n,) how many ends of streets each node has."""
    return np.bincount(np.concatenate([network.u, network.v]), minlength=network.n_nodes)


def near_misses(network: Network, within_m: float = NEAR_M) -> list[NearMiss]:
    """Dead ends within ``within_m`` of another street to which no way of up to ``SHORT_WAY_M`` leads.

    The nearest such street counts; of two dead ends that miss each other the first is listed. A street that
    ends beside a bridge, a tunnel or a motorway, or such a one beside a street, misses nothing unless their
    ends face each other. One-way rules are left aside.
    """
    ends = street_ends(network)
    dead = np.flatnonzero(ends == 1)
    if not len(dead):
        return []
    points = np.asarray(shapely.points(network.nodes[dead]), dtype=object)
    own = _street_at(network, dead)
    which, other = shapely.STRtree(network.lines).query(points, predicate="dwithin", distance=within_m)
    foreign = own[which] != other
    which, other = which[foreign], other[foreign]
    distance = np.asarray(shapely.distance(network.lines[other], points[which]), dtype=np.float64)
    chainage = np.asarray(shapely.line_locate_point(network.lines[other], points[which]), dtype=np.float64)
    inside = (chainage > within_m) & (chainage < network.length_m[other] - within_m)
    apart = inside & (network.owns_ground[own[which]] != network.owns_ground[other])
    found: dict[int, NearMiss] = {}
    neighbours = _Neighbours(network)
    for at in np.lexsort((other, distance)).tolist():
        node, street = int(dead[which[at]]), int(own[which[at]])
        if apart[at] or node in found:
            continue
        miss = NearMiss(node, street, int(other[at]), float(distance[at]), float(chainage[at]))
        if not _faced(miss, found) and not neighbours.short_way(miss):
            found[node] = miss
    return [found[node] for node in sorted(found)]


def miss_places(network: Network, misses: list[NearMiss]) -> NDArray[np.object_]:
    """Points of the dead ends, in the network's CRS."""
    rows = np.asarray([miss.node for miss in misses], dtype=np.int64)
    return np.asarray(shapely.points(network.nodes[rows]), dtype=object).reshape(-1)


def _street_at(network: Network, nodes: Ints) -> Ints:
    """A street that ends at each node."""
    street = np.zeros(network.n_nodes, dtype=np.int64)
    street[network.u] = street[network.v] = np.arange(network.n_streets)
    return np.asarray(street[nodes])


def _faced(miss: NearMiss, found: dict[int, NearMiss]) -> bool:
    """Whether the same gap is listed already from its other side."""
    return any(
        each.street == miss.other
        and each.other == miss.street
        and np.isclose(each.distance_m, miss.distance_m)
        for each in found.values()
    )


class _Neighbours:
    """Streets by node, for short walks."""

    def __init__(self, network: Network) -> None:
        self._network = network
        at = np.concatenate([network.u, network.v])
        order = np.argsort(at, kind="stable")
        self._starts = np.searchsorted(at[order], np.arange(network.n_nodes + 1))
        self._streets = order % max(network.n_streets, 1)

    def short_way(self, miss: NearMiss) -> bool:
        """Whether the network leads from the dead end to the near place within ``SHORT_WAY_M``."""
        network = self._network
        u, v = int(network.u[miss.other]), int(network.v[miss.other])
        rest = {v: float(network.length_m[miss.other]) - miss.chainage_m}
        rest[u] = min(miss.chainage_m, rest.get(u, np.inf))
        return any(
            metres + rest[node] <= SHORT_WAY_M for node, metres in self._walk(miss.node) if node in rest
        )

    def _walk(self, start: int) -> list[tuple[int, float]]:
        network = self._network
        seen: dict[int, float] = {}
        queue = [(0.0, start)]
        while queue:
            metres, node = heapq.heappop(queue)
            if node in seen:
                continue
            seen[node] = metres
            for street in self._streets[self._starts[node] : self._starts[node + 1]].tolist():
                further = metres + float(network.length_m[street])
                end = int(network.v[street]) if network.u[street] == node else int(network.u[street])
                if further <= SHORT_WAY_M and end not in seen:
                    heapq.heappush(queue, (further, end))
        return list(seen.items())
