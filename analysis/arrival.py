"""The arrival-time field: seconds from the dispatch order until an engine comes, at any point of any street.

Every answer about time is a reading of this one field: bands, areas, shares, parcels and clicked points.
Streets are cut, in thought, where a station stands (or may stand); the times at the ends of the parts then
settle the time at every point between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from analysis.drive import Drive, drive_model, drive_of

if TYPE_CHECKING:
    from analysis.closures import Closures
    from analysis.scenario import Targets
    from analysis.vehicle_limits import Vehicle
    from geo.network import Flags, Floats, Ints, Network

NODE_TOLERANCE_M = 1e-6
"""A chainage this close to the end of a street is the node itself."""

SECOND_DIGITS = 6
"""Times are rounded to the microsecond, so that equal times are equal and a limit is met, not missed, by a hair."""

TIE_S = 1e-10
"""Head start in the search of one station over the next, far below the rounding of times."""


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


@lru_cache(maxsize=8)
def streets_that_take_sites(network: Network, small_part_share: float) -> Flags:
    """Streets that can be left and come back to: both ends in the largest strongly connected part, or in one
    with at least ``small_part_share`` of all street length. (m,) flags."""
    share = network.part_share
    good = share >= small_part_share
    if len(share):
        good[np.argmax(share)] = True
    part = network.strong_part
    takes = np.asarray(good[part[network.u]] & (part[network.u] == part[network.v]))
    takes.setflags(write=False)  # kept while it is in use
    return takes


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of streets between cuts: whole streets, but for those on which a site stands.

    ``street``, ``from_m``, ``to_m``; seconds ``ahead_s`` and ``back_s`` to drive the part (infinite where it is
    not driven); ``gate_a``, ``gate_b`` at which one starts into it from its ends; ``node_a``, ``node_b`` the
    gates that hold the time at the ends themselves. Gates from ``Drive.n_gates`` on are the cuts.
    """

    street: Ints
    from_m: Floats
    to_m: Floats
    ahead_s: Floats
    back_s: Floats
    gate_a: Ints
    gate_b: Ints
    node_a: Ints
    node_b: Ints

    @property
    def length_m(self) -> Floats:
        """Length of every part."""
        return np.asarray(self.to_m - self.from_m)


_PART_COLUMNS = tuple(Parts.__dataclass_fields__)


@dataclass(frozen=True, eq=False)
class StreetPoints:
    """Points on the streets of a field: rows of ``parts``, the share of the part from its first end, and whether
    a point is the first or the last end itself."""

    parts: Parts
    row: Ints
    share: Floats
    at_a: Flags
    at_b: Flags

    @cached_property
    def approaches(self) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
        """From the first and from the last end of its part: the gate at which one starts towards each point, and the
        seconds from there, infinite where the part is not driven that way, even for no share of it."""
        parts = self.parts
        return (
            (parts.gate_a[self.row], _driven(self.share, parts.ahead_s, self.row)),
            (parts.gate_b[self.row], _driven(1.0 - self.share, parts.back_s, self.row)),
        )


def _driven(share: Floats, whole_s: Floats, row: Ints) -> Floats:
    driven = np.isfinite(whole_s)
    seconds = share * np.where(driven, whole_s, 0.0)[row]
    if not driven.all():
        seconds[~driven[row]] = np.inf
    return np.asarray(seconds)


@dataclass(frozen=True, eq=False)
class ArrivalField:
    """A network as driven and the sites on it, ready to be searched. ``k`` sites.

    ``cut_piece`` and ``cut_m`` (c,) are the distinct places where sites stand within a piece of the drive, in the
    order of piece and chainage along the street; ``site_cut`` (k,) is the row of each site's place among them, or
    -1 where the site stands at the node ``site_node`` (-1 otherwise). Times stand in arrays over *gates*: those of
    the drive, then the cuts.
    """

    drive: Drive
    sites: Sites
    cut_piece: Ints
    cut_m: Floats
    site_cut: Ints
    site_node: Ints

    @property
    def network(self) -> Network:
        """The network the field lies on."""
        return self.drive.network

    @cached_property
    def _cut_parts(self) -> Parts:
        return _parts_of_cut_pieces(self.drive, self.cut_piece, self.cut_m)

    @cached_property
    def _piece_is_cut(self) -> Flags:
        cut = np.zeros(len(self.drive.pieces.street), dtype=bool)
        cut[self.cut_piece] = True
        return cut

    def parts(self, streets: Ints | None = None) -> Parts:
        """The parts of the given streets (by default of all), pieces without a site first."""
        drive, pieces, cut = self.drive, self.drive.pieces, self._cut_parts
        wanted = np.arange(self.network.n_streets) if streets is None else np.asarray(streets)
        whole = pieces.of_streets(wanted)
        whole = whole[~self._piece_is_cut[whole]]
        uncut = Parts(
            pieces.street[whole], pieces.from_m[whole], pieces.to_m[whole], drive.ahead_s[whole], drive.back_s[whole],
            drive.gate_a[whole], drive.gate_b[whole],
            drive.node_gate[pieces.a[whole]], drive.node_gate[pieces.b[whole]],
        )  # fmt: skip
        asked = np.zeros(self.network.n_streets, dtype=bool)
        asked[wanted] = True
        mine = asked[cut.street]
        return Parts(
            *(np.concatenate([getattr(uncut, name), getattr(cut, name)[mine]]) for name in _PART_COLUMNS)
        )

    def points(self, street: Ints, chainage_m: Floats) -> StreetPoints:
        """Street points as the field sees them; a point at a cut lies in the part before it."""
        asked = np.zeros(self.network.n_streets, dtype=bool)
        asked[street] = True
        streets = np.flatnonzero(asked)
        parts = self.parts(streets)
        first = np.zeros(self.network.n_streets, dtype=np.int64)
        first[parts.street[::-1]] = np.arange(len(parts.street))[::-1]
        row = first[street]
        split = np.zeros(self.network.n_streets, dtype=bool)
        split[self.drive.pieces.street[self.cut_piece]] = True
        split[self.drive.pieces.cut_streets] = True
        several = np.flatnonzero(split[street])
        if len(several):
            row[several] = self._part_rows(parts, street[several], chainage_m[several])
        span = parts.length_m[row]
        share = np.clip((chainage_m - parts.from_m[row]) / span, 0.0, 1.0)
        return StreetPoints(
            parts, row, share, share * span <= NODE_TOLERANCE_M, (1.0 - share) * span <= NODE_TOLERANCE_M
        )

    def _part_rows(self, parts: Parts, street: Ints, chainage_m: Floats) -> Ints:
        """Rows of the parts that hold points on streets with several parts."""
        order = np.flatnonzero(np.isin(parts.street, street))
        order = order[np.lexsort((parts.from_m[order], parts.street[order]))]
        # Streets one after another on one axis, a metre apart, so that one search finds every point's part.
        streets, which = np.unique(parts.street[order], return_inverse=True)
        length = self.network.length_m[streets]
        zero = np.cumsum(length + 1.0) - length
        mine = np.searchsorted(streets, street)
        rank = np.searchsorted(zero[which] + parts.to_m[order], zero[mine] + chainage_m - NODE_TOLERANCE_M)
        last = np.searchsorted(which, np.arange(len(streets)), side="right") - 1
        return np.asarray(order[np.minimum(rank, last[mine])])

    def graph_from(self, rows: Ints, extra_s: Floats) -> csr_matrix:
        """The drive's graph with one more gate behind it for every given site, from which its engine starts."""
        graph, starts = self.drive.graph, [self._start(row) for row in rows.tolist()]
        counts = np.array([len(gates) for gates, _ in starts], dtype=graph.indptr.dtype)
        indptr = np.concatenate(
            [graph.indptr, graph.indptr[-1] + np.cumsum(counts, dtype=graph.indptr.dtype)]
        )
        indices = np.concatenate([graph.indices, *(gates.astype(graph.indices.dtype) for gates, _ in starts)])
        seconds = [drive_s + extra for (_, drive_s), extra in zip(starts, extra_s.tolist(), strict=True)]
        size = self.drive.n_gates + len(rows)
        return csr_matrix((np.concatenate([graph.data, *seconds]), indices, indptr), shape=(size, size))

    def _start(self, row: int) -> tuple[Ints, Floats]:
        """Gates a site leads to and the drive to each, in ascending order of the gates."""
        drive, pieces, node = self.drive, self.drive.pieces, int(self.site_node[row])
        if node < 0:
            piece, at_m = int(self.cut_piece[self.site_cut[row]]), float(self.sites.chainage_m[row])
            share = (at_m - pieces.from_m[piece]) / (pieces.to_m[piece] - pieces.from_m[piece])
            gates, seconds = drive.leaving(piece, float(share))
            order = np.argsort(gates, kind="stable")
            return gates[order], seconds[order]
        gates = drive.starting(node)
        return gates, np.zeros(len(gates))

    def search(self, rows: Ints, limit_s: float = np.inf) -> tuple[Floats, Ints]:
        """Least seconds from the order to every gate over the given sites, and the station that is first.

        Gates later than ``limit_s`` may be infinite, with station -1. At equal times the lower station wins.
        """
        rows = rows[np.argsort(self.sites.station[rows], kind="stable")]
        size = self.drive.n_gates
        if len(rows) == 0:
            return np.full(size + len(self.cut_m), np.inf), np.full(size + len(self.cut_m), -1)
        turnout, station = self.sites.turnout_s[rows], self.sites.station[rows]
        # The lower station is first by a hair where times are equal.
        order_s = turnout + TIE_S * np.arange(len(rows))
        all_s, start = self._searched(rows, order_s, limit_s + 2 * TIE_S * len(rows))
        found = np.flatnonzero(np.isfinite(all_s[:size]))
        seconds = np.full(size + len(self.cut_m), np.inf)
        seconds[found] = all_s[found]
        who = np.full(len(seconds), -1, dtype=np.int64)
        who[found] = station[start[found] - size]
        own_s = np.full(len(self.cut_m), np.inf)
        own_station = np.full(len(self.cut_m), -1, dtype=np.int64)
        for cut, at_s, one in zip(self.site_cut[rows[::-1]], turnout[::-1], station[::-1], strict=True):
            if cut >= 0 and at_s <= own_s[cut]:
                own_s[cut], own_station[cut] = at_s, one
        cut_s, cut_station = self._cut_times(seconds[None], own_s[None], who[None], own_station[None])
        seconds[found] = np.round(seconds[found], SECOND_DIGITS)
        seconds[size:], who[size:] = np.round(cut_s[0], SECOND_DIGITS), cut_station[0]
        return seconds, who

    def _searched(self, rows: Ints, extra_s: Floats, limit_s: float) -> tuple[Floats, Ints]:
        """Least seconds over the given sites to every gate, the sites' own behind them, and the site's gate that
        is first."""
        starts = [
            (gates, seconds + extra)
            for (gates, seconds), extra in zip(map(self._start, rows.tolist()), extra_s.tolist(), strict=True)
        ]
        room, size = self.drive.room, self.drive.n_gates
        if not room.holds(starts):
            return _first_from(self.graph_from(rows, extra_s), size, len(rows), limit_s)
        with room.lock:
            return _first_from(room.graph_with(starts), size, len(rows), limit_s)

    def site_s(self, rows: Ints, limit_s: float = np.inf) -> Floats:
        """Seconds from the order, turnout included, from each of the given sites alone to every gate, (rows, gates
        and cuts); later than ``limit_s`` they may be infinite."""
        sites, size, count = self.sites, self.drive.n_gates, len(rows)
        if count == 0:
            return np.empty((0, size + len(self.cut_m)))
        turnout_s, station = sites.turnout_s[rows], sites.station[rows]
        graph = self.graph_from(rows, np.zeros(count))
        drive_s = max(limit_s - float(turnout_s.min()), 0.0) + 10.0**-SECOND_DIGITS
        seconds = (
            dijkstra(graph, indices=size + np.arange(count), limit=drive_s)[:, :size] + turnout_s[:, None]
        )
        own_s = np.full((count, len(self.cut_m)), np.inf)
        inside = np.flatnonzero(self.site_cut[rows] >= 0)
        own_s[inside, self.site_cut[rows[inside]]] = turnout_s[inside]
        alone = np.broadcast_to(station[:, None], seconds.shape)
        cut_s, _ = self._cut_times(seconds, own_s, alone, np.broadcast_to(station[:, None], own_s.shape))
        return np.round(np.concatenate([seconds, cut_s], axis=1), SECOND_DIGITS)

    def _cut_times(self, gate_s: Floats, own_s: Floats, gate_who: Ints, own_who: Ints) -> tuple[Floats, Ints]:
        """Times and stations at the cuts of r readings, (r, c), from those at the gates of the streets they are
        in and, ``own_s``, those of engines that start there."""
        drive, pieces = self.drive, self.drive.pieces
        seconds, who = own_s.copy(), own_who.copy()
        for piece in np.unique(self.cut_piece).tolist():
            cuts = np.flatnonzero(self.cut_piece == piece).tolist()
            from_m, to_m = pieces.from_m[piece], pieces.to_m[piece]
            for gate, per_m, start_m, along in (
                (drive.gate_a[piece], drive.ahead_s[piece] / (to_m - from_m), from_m, cuts),
                (drive.gate_b[piece], drive.back_s[piece] / (to_m - from_m), to_m, cuts[::-1]),
            ):
                if not np.isfinite(per_m):
                    continue
                at_s, at_who, at_m = gate_s[:, gate], gate_who[:, gate], start_m
                for cut in along:
                    come_s = at_s + abs(self.cut_m[cut] - at_m) * per_m
                    sooner = (come_s < seconds[:, cut]) | (
                        (come_s == seconds[:, cut]) & (at_who < who[:, cut])
                    )
                    seconds[:, cut] = np.where(sooner, come_s, seconds[:, cut])
                    who[:, cut] = np.where(sooner, at_who, who[:, cut])
                    at_s, at_who, at_m = seconds[:, cut], who[:, cut], self.cut_m[cut]
        return seconds, who


def _first_from(graph: csr_matrix, size: int, count: int, limit_s: float) -> tuple[Floats, Ints]:
    """Least seconds to every gate from any of the ``count`` gates behind the first ``size``, and which is first."""
    seconds, _, start = dijkstra(
        graph, indices=size + np.arange(count), min_only=True, return_predecessors=True, limit=limit_s
    )
    return seconds, np.asarray(start, dtype=np.int64)


def _parts_of_cut_pieces(drive: Drive, cut_piece: Ints, cut_m: Floats) -> Parts:
    """The parts of every cut piece, in the order of piece and chainage; cuts are gates behind the drive's."""
    pieces, size = drive.pieces, drive.n_gates
    cut = np.unique(cut_piece)
    start_piece = np.concatenate([cut, cut_piece])
    start_m = np.concatenate([pieces.from_m[cut], cut_m])
    cut_gate = size + np.arange(len(cut_m))
    gate_a = np.concatenate([drive.gate_a[cut], cut_gate])
    node_a = np.concatenate([drive.node_gate[pieces.a[cut]], cut_gate])
    order = np.lexsort((start_m, start_piece))
    piece, from_m, gate_a, node_a = start_piece[order], start_m[order], gate_a[order], node_a[order]
    last = np.ones(len(piece), dtype=bool)
    last[:-1] = piece[1:] != piece[:-1]
    to_m = np.where(last, pieces.to_m[piece], np.roll(from_m, -1))
    gate_b = np.where(last, drive.gate_b[piece], np.roll(gate_a, -1))
    node_b = np.where(last, drive.node_gate[pieces.b[piece]], np.roll(node_a, -1))
    share = (to_m - from_m) / (pieces.to_m[piece] - pieces.from_m[piece])
    return Parts(
        pieces.street[piece], from_m, to_m, drive.ahead_s[piece] * share, drive.back_s[piece] * share,
        gate_a, gate_b, node_a, node_b,
    )  # fmt: skip


def arrival_field(
    network: Network,
    sites: Sites,
    targets: Targets,
    closures: Closures | None = None,
    vehicle: Vehicle | None = None,
) -> ArrivalField:
    """The field of all sites over a network, driven as the targets say; turnout comes from the sites.

    Streets with a stated limit below the ``vehicle`` are not driven.
    """
    drive = drive_of(network, drive_model(targets, vehicle), closures)
    pieces = drive.pieces
    piece = pieces.at(sites.street, sites.chainage_m)
    at_a = sites.chainage_m <= pieces.from_m[piece] + NODE_TOLERANCE_M
    at_b = sites.chainage_m >= pieces.to_m[piece] - NODE_TOLERANCE_M
    node = np.where(at_a, pieces.a[piece], np.where(at_b, pieces.b[piece], -1))
    inside = np.flatnonzero(node < 0)
    places = np.stack([piece[inside].astype(float), sites.chainage_m[inside]], axis=1)
    places, which = np.unique(places, axis=0, return_inverse=True)
    cut = np.full(len(node), -1, dtype=np.int64)
    cut[inside] = which.reshape(-1)
    return ArrivalField(drive, sites, places[:, 0].astype(np.int64), places[:, 1], cut, node)
