"""The arrival-time field: seconds from the dispatch order until an engine comes, at any point of any street.

Every answer about time is a reading of this one field: bands, areas, shares, parcels and clicked points.
Streets are cut, in thought, where a station stands (or may stand); the times at the ends of the pieces then
settle the time at every point between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.scenario import Targets
    from geo.network import Flags, Floats, Ints, Network

NODE_TOLERANCE_M = 1e-6
"""A chainage this close to the end of a street is the node itself."""

SECOND_DIGITS = 6
"""Times are rounded to the microsecond, so that equal times are equal and a limit is met, not missed, by a hair."""

REACHED, TOO_LATE, UNCONNECTED, OFF_STREET, NO_NETWORK = (
    "reached", "too_late", "unconnected", "off_street", "no_network",
)  # fmt: skip
"""States of a point: see :func:`point_states`."""


def street_speed_kph(network: Network, targets: Targets) -> Floats:
    """Speed of every street in km/h, (m,), by its class under the targets."""
    by_class = np.array([targets.speed_kph(name) for name in CLASSES])
    return np.asarray(by_class[network.klass])


@dataclass(frozen=True, eq=False)
class Sites:
    """Where engines may start: one row per station and possible place of it.

    ``station`` (k,) is the row of the station in ``station_ids``, which are in ascending order; ``nominal``
    marks the one place of each station that stands for it. ``snap_m`` is the way from the place to the street.
    """

    station_ids: tuple[str, ...]
    station: Ints
    nominal: Flags
    street: Ints
    chainage_m: Floats
    snap_m: Floats
    turnout_s: Floats


def streets_that_take_sites(network: Network, small_part_share: float) -> Flags:
    """Streets that can be left and come back to: both ends in the largest strongly connected part, or in one
    with at least ``small_part_share`` of all street length. (m,) flags."""
    share = network.part_share
    good = share >= small_part_share
    if len(share):
        good[np.argmax(share)] = True
    part = network.strong_part
    return np.asarray(good[part[network.u]] & (part[network.u] == part[network.v]))


@dataclass(frozen=True, eq=False)
class ArrivalField:
    """Arrival times of every possible place of every station at every node.

    ``pieces`` of streets lie between nodes: rows of ``piece_street``, ``piece_from_m``, ``piece_to_m`` in the
    order of street and chainage, with end nodes ``piece_a`` and ``piece_b`` and ``piece_s`` seconds between
    them. ``node_s`` (k, n) holds seconds after the order, turnout included, infinite where not reached.
    """

    network: Network
    sites: Sites
    piece_street: Ints
    piece_from_m: Floats
    piece_to_m: Floats
    piece_a: Ints
    piece_b: Ints
    piece_s: Floats
    node_s: Floats

    @cached_property
    def ahead(self) -> Flags:
        """Pieces that may be driven from ``piece_a`` to ``piece_b``."""
        return np.asarray(self.network.oneway[self.piece_street] >= 0)

    @cached_property
    def back(self) -> Flags:
        """Pieces that may be driven from ``piece_b`` to ``piece_a``."""
        return np.asarray(self.network.oneway[self.piece_street] <= 0)

    @cached_property
    def _axis(self) -> tuple[Floats, Floats]:
        """The streets laid one after another on one axis: the zero of each street, and the end of each piece."""
        length = self.network.length_m
        zero = np.cumsum(length + 1.0) - length
        return zero, zero[self.piece_street] + self.piece_to_m

    def points(self, street: Ints, chainage_m: Floats) -> StreetPoints:
        """Street points as the field sees them; a point at a cut lies in the piece before it."""
        zero, piece_end = self._axis
        piece = np.searchsorted(piece_end, zero[street] + chainage_m - NODE_TOLERANCE_M)
        # Rounding at the very end of a street must not lead into the next one.
        piece = np.minimum(piece, np.searchsorted(self.piece_street, street, side="right") - 1)
        length = self.piece_to_m[piece] - self.piece_from_m[piece]
        share = np.clip((chainage_m - self.piece_from_m[piece]) / length, 0.0, 1.0)
        return StreetPoints(
            piece, share, share * length <= NODE_TOLERANCE_M, (1.0 - share) * length <= NODE_TOLERANCE_M
        )


@dataclass(frozen=True, eq=False)
class StreetPoints:
    """Points on the pieces of a field: the piece, the share of it from its first node, and whether a point is
    the first or the last node itself."""

    piece: Ints
    share: Floats
    at_a: Flags
    at_b: Flags


def _pieces(network: Network, sites: Sites) -> tuple[Ints, Floats, Floats, Ints, Ints, Ints]:
    """Cut the streets at the sites: street, from, to, node a, node b of each piece; and each site's node."""
    length = network.length_m[sites.street]
    at_u = sites.chainage_m <= NODE_TOLERANCE_M
    at_v = sites.chainage_m >= length - NODE_TOLERANCE_M
    cut = ~(at_u | at_v)
    places = np.stack([sites.street[cut].astype(float), sites.chainage_m[cut]], axis=1)
    places, place_of = np.unique(places, axis=0, return_inverse=True)
    node = np.where(at_u, network.u[sites.street], network.v[sites.street])
    node[cut] = network.n_nodes + place_of.reshape(-1)

    streets = np.arange(network.n_streets)
    cut_street = places[:, 0].astype(np.int64)
    start_street = np.concatenate([streets, cut_street])
    start_m = np.concatenate([np.zeros(network.n_streets), places[:, 1]])
    start_node = np.concatenate([network.u, network.n_nodes + np.arange(len(places))])
    order = np.lexsort((start_m, start_street))
    start_street, start_m, start_node = start_street[order], start_m[order], start_node[order]
    last = np.append(start_street[1:] != start_street[:-1], True) if len(start_street) else np.empty(0, bool)
    to_m = np.where(last, network.length_m[start_street], np.roll(start_m, -1))
    end_node = np.where(last, network.v[start_street], np.roll(start_node, -1))
    return start_street, start_m, to_m, start_node, end_node, node


def _drive_times(tail: Ints, head: Ints, seconds: Floats, n_nodes: int, starts: Ints) -> Floats:
    """Least drive time from each start to every node, (len(starts), n_nodes); parallel arcs count the quickest."""
    order = np.lexsort((seconds, head, tail))
    tail, head, seconds = tail[order], head[order], seconds[order]
    first = (
        np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])) if len(tail) else np.empty(0, bool)
    )
    graph = csr_matrix((seconds[first], (tail[first], head[first])), shape=(n_nodes, n_nodes))
    return np.asarray(dijkstra(graph, directed=True, indices=starts)).reshape(len(starts), n_nodes)


def arrival_field(network: Network, sites: Sites, targets: Targets) -> ArrivalField:
    """The field of all sites over a network. Speeds come from the targets' table, turnout from the sites."""
    street, from_m, to_m, a, b, site_node = _pieces(network, sites)
    speed_mps = street_speed_kph(network, targets)[street] / 3.6
    seconds = (to_m - from_m) / speed_mps
    oneway = network.oneway[street]
    ahead, back = oneway >= 0, oneway <= 0
    n_nodes = max(
        network.n_nodes, int(a.max(initial=-1)) + 1
    )  # the cuts' nodes are numbered behind the streets'
    drive_s = _drive_times(
        np.concatenate([a[ahead], b[back]]),
        np.concatenate([b[ahead], a[back]]),
        np.concatenate([seconds[ahead], seconds[back]]),
        n_nodes,
        site_node,
    )
    node_s = np.round(drive_s + sites.turnout_s[:, None], SECOND_DIGITS)
    return ArrivalField(network, sites, street, from_m, to_m, a, b, seconds, node_s)


@dataclass(frozen=True, eq=False)
class FirstDue:
    """One reading of the field: for one choice of places, who comes first to every node, and when.

    ``node_s`` (n,) seconds, infinite where nobody comes; ``node_station`` (n,) rows of ``station_ids``, -1 where
    nobody comes. At equal times the lower station id wins.
    """

    field: ArrivalField
    node_s: Floats
    node_station: Ints


def first_due(field: ArrivalField, sites: Ints | None = None) -> FirstDue:
    """Read the first-due time for the given rows of the sites (by default each station's nominal place)."""
    rows = np.flatnonzero(field.sites.nominal) if sites is None else np.asarray(sites, dtype=np.int64)
    if len(rows) == 0:
        nobody = np.full(field.node_s.shape[1], np.inf)
        return FirstDue(field, nobody, np.full(len(nobody), -1, dtype=np.int64))
    rows = rows[np.argsort(field.sites.station[rows], kind="stable")]
    times = field.node_s[rows]
    winner = np.argmin(times, axis=0)
    best = times[winner, np.arange(times.shape[1])]
    return FirstDue(field, best, np.where(np.isfinite(best), field.sites.station[rows][winner], -1))


def times_at(due: FirstDue, points: StreetPoints) -> tuple[Floats, Ints]:
    """Arrival time in seconds (infinite where nobody comes) and first-due station at street points.

    At the end of a street the time is that of the node, which a one-way street need not lead to.
    """
    field, piece, share = due.field, points.piece, points.share
    a, b, whole_s = field.piece_a[piece], field.piece_b[piece], field.piece_s[piece]
    from_a = np.where(field.ahead[piece] | points.at_a, due.node_s[a] + share * whole_s, np.inf)
    from_b = np.where(field.back[piece] | points.at_b, due.node_s[b] + (1.0 - share) * whole_s, np.inf)
    # Rounded before they are compared, so that a tie of two stations is seen as one.
    from_a, from_b = np.round(from_a, SECOND_DIGITS), np.round(from_b, SECOND_DIGITS)
    station_a, station_b = due.node_station[a], due.node_station[b]
    a_first = (from_a < from_b) | ((from_a == from_b) & (station_a <= station_b))
    seconds = np.where(a_first, from_a, from_b)
    return seconds, np.where(np.isfinite(seconds), np.where(a_first, station_a, station_b), -1)


@dataclass(frozen=True, eq=False)
class Stretches:
    """Parts of streets on which time is linear, in the order of street and chainage; together every street once.

    ``from_s`` and ``to_s`` are the times at ``from_m`` and ``to_m`` (NaN where unconnected); ``station`` is the
    row of the first-due station (-1 where unconnected); ``reached`` says whether the whole stretch is in time.
    """

    street: Ints
    from_m: Floats
    to_m: Floats
    from_s: Floats
    to_s: Floats
    station: Ints
    reached: Flags


def _approaches(due: FirstDue) -> tuple[Ints, Floats, Floats, Floats, Floats, Ints]:
    """Split pieces where the approach from either end meets the other.

    Returns piece, share of the piece at the start and end, seconds there, and the station.
    """
    field = due.field
    time_a, time_b = due.node_s[field.piece_a], due.node_s[field.piece_b]
    time_a = np.where(field.ahead, time_a, np.inf)
    time_b = np.where(field.back, time_b, np.inf)
    whole_s = field.piece_s
    with np.errstate(invalid="ignore"):
        meet = np.clip((time_b - time_a + whole_s) / (2 * whole_s), 0.0, 1.0)
    meet = np.where(np.isfinite(time_a), np.where(np.isfinite(time_b), meet, 1.0), 0.0)
    both = np.arange(len(whole_s))
    from_a = (
        both,
        np.zeros_like(meet),
        meet,
        time_a,
        time_a + meet * whole_s,
        due.node_station[field.piece_a],
    )
    from_b = (
        both,
        meet,
        np.ones_like(meet),
        time_b + (1 - meet) * whole_s,
        time_b,
        due.node_station[field.piece_b],
    )
    piece, start, end, start_s, end_s, station = (
        np.concatenate(pair) for pair in zip(from_a, from_b, strict=True)
    )
    keep = end - start > 1e-12
    nobody = ~np.isfinite(start_s)
    start_s[nobody] = end_s[nobody] = np.nan
    station = np.where(nobody, -1, station)
    return piece[keep], start[keep], end[keep], start_s[keep], end_s[keep], station[keep]


def stretches(due: FirstDue, limit_s: float) -> Stretches:
    """All streets cut where two approaches meet and where the limit runs out, from both of their ends."""
    piece, start, end, start_s, end_s, station = _approaches(due)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((limit_s - start_s) / (end_s - start_s), 0.0, 1.0)
    low, high = np.fmin(start_s, end_s), np.fmax(start_s, end_s)
    crossed = (low < limit_s) & (high > limit_s)
    cut = np.where(crossed, start + share * (end - start), end)
    second = np.flatnonzero(crossed)
    field = due.field
    piece_of = np.concatenate([piece, piece[second]])
    from_share = np.concatenate([start, cut[second]])
    to_share = np.concatenate([cut, end[second]])
    from_s = np.concatenate([start_s, np.full(len(second), limit_s)])
    to_s = np.concatenate([np.where(crossed, limit_s, end_s), end_s[second]])
    station = np.concatenate([station, station[second]])
    span = field.piece_to_m - field.piece_from_m
    from_m = field.piece_from_m[piece_of] + from_share * span[piece_of]
    to_m = field.piece_from_m[piece_of] + to_share * span[piece_of]
    order = np.lexsort((from_m, field.piece_street[piece_of]))
    order = order[(to_m - from_m)[order] > NODE_TOLERANCE_M]
    latest = np.round(np.fmax(from_s, to_s), SECOND_DIGITS)
    return Stretches(
        field.piece_street[piece_of][order], from_m[order], to_m[order],
        np.round(from_s, SECOND_DIGITS)[order], np.round(to_s, SECOND_DIGITS)[order],
        station[order], (latest <= limit_s)[order],
    )  # fmt: skip


def reached_length_m(due: FirstDue, limit_s: float) -> Floats:
    """Length of each piece of the field that is reached within the limit, in metres."""
    field = due.field
    length = field.piece_to_m - field.piece_from_m
    speed = np.divide(length, field.piece_s, out=np.zeros_like(length), where=field.piece_s > 0)
    ahead_m = np.where(field.ahead, np.maximum(limit_s - due.node_s[field.piece_a], 0.0) * speed, 0.0)
    back_m = np.where(field.back, np.maximum(limit_s - due.node_s[field.piece_b], 0.0) * speed, 0.0)
    return np.asarray(np.minimum(ahead_m + back_m, length))


def point_states(
    arrival_s: Floats, distance_m: Floats, *, limit_s: float, off_street_limit_m: float
) -> NDArray[np.object_]:
    """The state of each point from its owning street point's time and the way to it.

    ``off_street``: no street within the limit; ``unconnected``: its street is never reached; ``too_late`` and
    ``reached`` otherwise, ``reached`` when ``arrival_s <= limit_s``.
    """
    states = np.where(arrival_s <= limit_s, REACHED, TOO_LATE).astype(object)
    states[~np.isfinite(arrival_s)] = UNCONNECTED
    states[~(distance_m <= off_street_limit_m)] = OFF_STREET
    return states
