"""The network as it is driven: seconds for every piece of street in each direction, under one time model.

Two kinds of graph stand behind the same *gates*. Without delays at junctions a gate is a node. With them a
gate is a direction of a piece, so that what a turn costs depends on where one comes from and where one goes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from analysis.turns import turn_seconds
from analysis.vehicle_limits import impassable
from geo.network import CLASSES

if TYPE_CHECKING:
    from analysis.closures import Closures
    from analysis.scenario import Targets
    from analysis.vehicle_limits import Vehicle
    from geo.network import Flags, Floats, Ints, Network


@dataclass(frozen=True)
class DriveModel:
    """What decides how long a street takes: speeds by class, the one-way policy, and delays at junctions."""

    speeds_kph: tuple[float, ...]
    """One per class of :data:`geo.network.CLASSES`."""
    one_way: str = "obey"
    against_factor: float = 1.5
    junction_s: float = 0.0
    left_turn_s: float = 0.0
    right_turn_s: float = 0.0
    signal_s: float = 0.0
    u_turn_s: float = 0.0
    level_crossing_s: float = 0.0
    vehicle: Vehicle | None = None
    """Streets with a stated limit below it are not driven; None leaves none out."""

    @property
    def has_delays(self) -> bool:
        """Whether passing a junction costs anything, so that turns must be told apart."""
        return any((self.junction_s, self.left_turn_s, self.right_turn_s, self.signal_s, self.u_turn_s,
                    self.level_crossing_s))  # fmt: skip


@lru_cache(maxsize=64)
def drive_model(targets: Targets, vehicle: Vehicle | None = None) -> DriveModel:
    """The part of the targets, and the vehicle that streets are blocked for, that the drive depends on.

    A changed limit or turnout changes no drive so.
    """
    return DriveModel(
        tuple(targets.speed_kph(name) for name in CLASSES), targets.one_way, targets.against_factor,
        targets.junction_s, targets.left_turn_s, targets.right_turn_s, targets.signal_s, targets.u_turn_s,
        targets.level_crossing_s, vehicle,
    )  # fmt: skip


def street_speed_kph(network: Network, model: DriveModel) -> Floats:
    """Speed of every street in km/h, (m,), by its class."""
    return np.asarray(np.array(model.speeds_kph)[network.klass])


def direction_seconds(network: Network, model: DriveModel) -> tuple[Floats, Floats]:
    """Seconds to drive each street from ``u`` to ``v`` and from ``v`` to ``u``; infinite where it is not driven.

    One-way streets follow the policy: ``obey``, ``cost`` (against the direction at a multiple of the
    time) or ``ignore``; motorways, ramps and roundabouts are never driven against their direction. Streets that do
    not let the model's vehicle through are driven neither way.
    """
    seconds = network.length_m / (street_speed_kph(network, model) / 3.6)
    seconds[impassable(network, model.vehicle)] = np.inf
    factor = {"obey": np.inf, "cost": model.against_factor, "ignore": 1.0}[model.one_way]
    against = np.where(network.never_against, np.inf, factor)
    ahead = np.where(network.oneway >= 0, seconds, seconds * against)
    back = np.where(network.oneway <= 0, seconds, seconds * against)
    return ahead, back


@dataclass(frozen=True, eq=False)
class Pieces:
    """Streets as they are driven, cut where a closure begins or ends; without closures, every street whole.

    ``street``, ``from_m``, ``to_m``, and the nodes ``a`` and ``b`` at the ends; nodes from ``Network.n_nodes``
    on are cuts. Rows below ``Network.n_streets`` are the first piece of the street of that row.
    """

    street: Ints
    from_m: Floats
    to_m: Floats
    a: Ints
    b: Ints
    n_nodes: int

    @cached_property
    def _extra_of(self) -> tuple[Ints, Ints]:
        """Streets that are cut and the rows of their further pieces, in the order of street and chainage."""
        extra = np.flatnonzero(self.from_m > 0)
        return self.street[extra], extra

    @property
    def cut_streets(self) -> Ints:
        """Streets with more than one piece."""
        return self._extra_of[0]

    def of_streets(self, streets: Ints) -> Ints:
        """Rows of all pieces of the given streets."""
        cut, extra = self._extra_of
        return np.concatenate([streets, extra[np.isin(cut, streets)]]) if len(extra) else np.asarray(streets)

    def at(self, street: Ints, chainage_m: Floats) -> Ints:
        """The piece that holds each street point; at a cut, the one before it."""
        piece = np.array(street, dtype=np.int64)
        cut, extra = self._extra_of
        for i in np.flatnonzero(np.isin(piece, cut)).tolist():
            later = extra[(cut == street[i]) & (self.from_m[extra] < chainage_m[i])]
            if len(later):
                piece[i] = later[-1]
        return piece


def whole_streets(network: Network) -> Pieces:
    """Every street as one piece."""
    streets = np.arange(network.n_streets)
    return Pieces(streets, np.zeros(len(streets)), network.length_m, network.u, network.v, network.n_nodes)


def cut_streets(network: Network, street: Ints, chainage_m: Floats) -> Pieces:
    """Streets cut at the given places inside them, which must be distinct and in the order of street, chainage."""
    if len(street) == 0:
        return whole_streets(network)
    node = network.n_nodes + np.arange(len(street))
    next_same = np.append(street[1:] == street[:-1], False)
    to_m = np.where(next_same, np.append(chainage_m[1:], 0.0), network.length_m[street])
    end = np.where(next_same, np.append(node[1:], 0), network.v[street])
    first = np.flatnonzero(np.append(True, street[1:] != street[:-1]))
    whole_to, whole_b = network.length_m.copy(), network.v.copy()
    whole_to[street[first]], whole_b[street[first]] = chainage_m[first], node[first]
    return Pieces(
        np.concatenate([np.arange(network.n_streets), street]),
        np.concatenate([np.zeros(network.n_streets), chainage_m]),
        np.concatenate([whole_to, to_m]),
        np.concatenate([network.u, node]),
        np.concatenate([whole_b, end]),
        network.n_nodes + len(street),
    )


@dataclass(frozen=True, eq=False)
class Drive:
    """Every piece of street in both directions; seconds are infinite where a direction is not driven.

    ``gate_a`` and ``gate_b`` are the gates at which one starts into a piece from its first and its last node,
    ``node_gate`` those that hold the time at a node itself. ``speed_kph`` (m,) is the speed of whole streets.
    """

    network: Network
    pieces: Pieces
    speed_kph: Floats
    ahead_s: Floats
    back_s: Floats
    gate_a: Ints
    gate_b: Ints
    node_gate: Ints
    graph: csr_matrix
    """Least seconds from gate to gate."""

    @property
    def n_gates(self) -> int:
        """Number of gates."""
        return int(self.graph.shape[0])

    @cached_property
    def room(self) -> Room:
        """The graph with room for the starts of searches."""
        return Room(self.graph)

    @cached_property
    def _pieces_by_gate(self) -> tuple[Ints, Ints]:
        gates = np.concatenate([self.gate_a, self.gate_b])
        order = np.argsort(gates, kind="stable")
        starts = np.searchsorted(gates[order], np.arange(self.n_gates + 1))
        return starts, order % len(self.gate_a)

    def streets_at(self, gates: Ints) -> Flags:
        """Whether a piece of each street can be entered at any of the gates, (m,) flags."""
        starts, pieces = self._pieces_by_gate
        count = starts[gates + 1] - starts[gates]
        rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - starts[gates], count)
        found = np.zeros(self.network.n_streets, dtype=bool)
        found[self.pieces.street[pieces[rank]]] = True
        return found

    def leaving(self, piece: int, share: float) -> tuple[Ints, Floats]:
        """Gates one comes to when leaving a piece from the given share of its length, and the seconds to each."""
        gates, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0)]
        for whole_s, part, start, node in (
            (self.ahead_s[piece], 1.0 - share, self.gate_a[piece], self.pieces.b[piece]),
            (self.back_s[piece], share, self.gate_b[piece], self.pieces.a[piece]),
        ):
            if not np.isfinite(whole_s):
                continue
            if self.node_gate[node] == node:  # gates are nodes
                gates.append(np.array([node], dtype=np.int64))
                seconds.append(np.array([part * whole_s]))
            else:  # what the whole direction leads to, sooner by the part not driven
                row = slice(self.graph.indptr[start], self.graph.indptr[start + 1])
                gates.append(self.graph.indices[row].astype(np.int64))
                seconds.append(self.graph.data[row] - (1.0 - part) * whole_s)
        return np.concatenate(gates), np.concatenate(seconds)

    def starting(self, node: int) -> Ints:
        """Gates at which one starts from a node, its own among them."""
        ahead = (self.pieces.a == node) & np.isfinite(self.ahead_s)
        back = (self.pieces.b == node) & np.isfinite(self.back_s)
        return np.unique(np.concatenate([self.gate_a[ahead], self.gate_b[back], self.node_gate[[node]]]))


class Room:
    """A graph with room behind its last gate, so that a search puts its starts there instead of copying it all.

    One search at a time may use it.
    """

    def __init__(self, graph: csr_matrix, starts: int = 1024, arcs: int = 8192) -> None:
        self.lock = threading.Lock()
        self._size, self._arcs = graph.shape[0], graph.nnz
        self._indptr = np.append(graph.indptr, np.zeros(starts, dtype=graph.indptr.dtype))
        self._indices = np.append(graph.indices, np.zeros(arcs, dtype=graph.indices.dtype))
        self._data = np.append(graph.data, np.zeros(arcs))

    def holds(self, starts: list[tuple[Ints, Floats]]) -> bool:
        """Whether there is room for so many starts and arcs."""
        arcs = sum(len(gates) for gates, _ in starts)
        return len(starts) < len(self._indptr) - self._size and arcs <= len(self._data) - self._arcs

    def graph_with(self, starts: list[tuple[Ints, Floats]]) -> csr_matrix:
        """The graph and one more gate behind it per start, each with the gates it leads to and the seconds. Good
        until the next call; the caller holds the lock."""
        end = self._arcs + np.cumsum([len(gates) for gates, _ in starts])
        size, arcs = self._size + len(starts), int(end[-1])
        self._indptr[self._size + 1 : size + 1] = end
        self._indices[self._arcs : arcs] = np.concatenate([gates for gates, _ in starts])
        self._data[self._arcs : arcs] = np.concatenate([seconds for _, seconds in starts])
        return csr_matrix(
            (self._data[:arcs], self._indices[:arcs], self._indptr[: size + 1]),
            shape=(size, size),
            copy=False,
        )


def least_arcs(tail: Ints, head: Ints, seconds: Floats, size: int) -> csr_matrix:
    """A sparse graph in which of several arcs between the same two gates the quickest counts."""
    order = np.lexsort((seconds, head, tail))
    tail, head, seconds = tail[order], head[order], seconds[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return csr_matrix((seconds[first], (tail[first], head[first])), shape=(size, size))


@lru_cache(maxsize=8)
def drive_of(network: Network, model: DriveModel, closures: Closures | None = None) -> Drive:
    """The network under a drive model, with closures if there are any; kept while it is in use."""
    ahead_s, back_s = direction_seconds(network, model)
    speed_kph = street_speed_kph(network, model)
    if closures is None or len(closures.street) == 0:
        pieces = whole_streets(network)
    else:
        pieces = cut_streets(network, *closures.cuts(network))
        share = (pieces.to_m - pieces.from_m) / network.length_m[pieces.street]
        factor, more_s = closures.effect(pieces.street, (pieces.from_m + pieces.to_m) / 2)
        ahead_s = ahead_s[pieces.street] * share * factor + more_s * share
        back_s = back_s[pieces.street] * share * factor + more_s * share
    if model.has_delays:
        return _by_direction(network, model, pieces, speed_kph, ahead_s, back_s)
    ahead, back = np.isfinite(ahead_s), np.isfinite(back_s)
    graph = least_arcs(
        np.concatenate([pieces.a[ahead], pieces.b[back]]),
        np.concatenate([pieces.b[ahead], pieces.a[back]]),
        np.concatenate([ahead_s[ahead], back_s[back]]),
        pieces.n_nodes,
    )
    return Drive(
        network, pieces, speed_kph, ahead_s, back_s, pieces.a, pieces.b, np.arange(pieces.n_nodes), graph
    )


def _by_direction(
    network: Network, model: DriveModel, pieces: Pieces, speed_kph: Floats, ahead_s: Floats, back_s: Floats
) -> Drive:
    """Gates are directions: ``2 i`` into piece ``i`` from its first node, ``2 i + 1`` from its last; node gates
    come behind them.

    From the start of one direction to the start of the next lie the seconds of the piece and of the turn. A
    node's own gate is led to without a turn, and nothing leads out of it.
    """
    count_of = len(pieces.street)
    seconds = np.stack([ahead_s, back_s], axis=1).reshape(-1)
    into = np.stack([pieces.a, pieces.b], axis=1).reshape(-1)
    out_of = np.stack([pieces.b, pieces.a], axis=1).reshape(-1)
    driven = np.flatnonzero(np.isfinite(seconds))
    # Join every direction that ends at a node with every direction that starts there.
    by_start = driven[np.argsort(into[driven], kind="stable")]
    first = np.searchsorted(into[by_start], np.arange(pieces.n_nodes + 1))
    count = first[out_of[driven] + 1] - first[out_of[driven]]
    come = np.repeat(driven, count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    go = by_start[first[out_of[come]] + rank]
    # Nobody turns back where a closure begins or ends: it must not open a way round a dearer turn.
    on = (come ^ 1 != go) | (out_of[come] < network.n_nodes)
    come, go = come[on], go[on]
    turn_s = turn_seconds(network, model, pieces, come, go)
    node_gate = 2 * count_of + np.arange(pieces.n_nodes)
    graph = least_arcs(
        np.concatenate([come, driven]),
        np.concatenate([go, node_gate[out_of[driven]]]),
        np.concatenate([seconds[come] + turn_s, seconds[driven]]),
        2 * count_of + pieces.n_nodes,
    )
    gate = 2 * np.arange(count_of)
    return Drive(network, pieces, speed_kph, ahead_s, back_s, gate, gate + 1, node_gate, graph)
