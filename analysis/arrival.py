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
    from numpy.typing import NDArray

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

REACHED, TOO_LATE, UNCONNECTED, OFF_STREET, NO_NETWORK = (
    "reached", "too_late", "unconnected", "off_street", "no_network",
)  # fmt: skip
"""States of a point: see :func:`point_states`."""


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
        mine = np.isin(cut.street, wanted)
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

    @cached_property
    def site_s(self) -> Floats:
        """Seconds from the order, turnout included, from every site alone to every gate, (k, gates and cuts)."""
        sites, size = self.sites, self.drive.n_gates
        count = len(sites.station)
        if count == 0:
            return np.empty((0, size + len(self.cut_m)))
        graph = self.graph_from(np.arange(count), np.zeros(count))
        seconds = (
            np.asarray(dijkstra(graph, indices=size + np.arange(count)))[:, :size] + sites.turnout_s[:, None]
        )
        own_s = np.full((count, len(self.cut_m)), np.inf)
        inside = np.flatnonzero(self.site_cut >= 0)
        own_s[inside, self.site_cut[inside]] = sites.turnout_s[inside]
        alone = np.broadcast_to(sites.station[:, None], seconds.shape)
        cut_s, _ = self._cut_times(
            seconds, own_s, alone, np.broadcast_to(sites.station[:, None], own_s.shape)
        )
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


@dataclass(frozen=True, eq=False)
class FirstDue:
    """One reading of the field: for one choice of places, who comes first to every gate, and when.

    ``gate_s`` seconds, infinite where nobody comes; ``gate_station`` rows of ``station_ids``, -1 where nobody
    comes. At equal times the lower station id wins.
    """

    field: ArrivalField
    gate_s: Floats
    gate_station: Ints

    @cached_property
    def parts(self) -> Parts:
        """The parts of all streets that can be entered somewhere: outside them nobody is anywhere."""
        size = self.field.drive.n_gates
        streets = self.field.drive.streets_at(np.flatnonzero(np.isfinite(self.gate_s[:size])))
        cut = self.field.drive.pieces.street[self.field.cut_piece]
        entered = np.searchsorted(streets, cut, side="right") > np.searchsorted(streets, cut)
        return self.field.parts(np.append(streets, np.unique(cut[~entered])))


def first_due(field: ArrivalField, sites: Ints | None = None, *, limit_s: float = np.inf) -> FirstDue:
    """Read the first-due time for the given rows of the sites (by default each station's nominal place).

    With ``limit_s`` the search stops there; nothing later can then be read.
    """
    rows = np.flatnonzero(field.sites.nominal) if sites is None else np.asarray(sites, dtype=np.int64)
    if sites is None or len(rows) == 0 or np.isfinite(limit_s):
        return FirstDue(field, *field.search(rows, limit_s))
    rows = rows[np.argsort(field.sites.station[rows], kind="stable")]
    times = field.site_s[rows]
    winner = np.argmin(times, axis=0)
    best = np.take_along_axis(times, winner[None], axis=0)[0]
    return FirstDue(field, best, np.where(np.isfinite(best), field.sites.station[rows][winner], -1))


def times_at(due: FirstDue, points: StreetPoints) -> tuple[Floats, Ints]:
    """Arrival time in seconds (infinite where nobody comes) and first-due station at street points.

    At the end of a street the time is that of the node, which a one-way street need not lead to.
    """
    parts, row, share = points.parts, points.row, points.share
    seconds = np.full(len(row), np.inf)
    station = np.full(len(row), -1, dtype=np.int64)
    approaches = [
        (parts.gate_a[row], _driven(share, parts.ahead_s[row])),
        (parts.gate_b[row], _driven(1.0 - share, parts.back_s[row])),
        (parts.node_a[row], np.where(points.at_a, 0.0, np.inf)),
        (parts.node_b[row], np.where(points.at_b, 0.0, np.inf)),
    ]
    for gate, drive_s in approaches:
        # Rounded before they are compared, so that a tie of two stations is seen as one.
        come_s, who = np.round(due.gate_s[gate] + drive_s, SECOND_DIGITS), due.gate_station[gate]
        sooner = (come_s < seconds) | ((come_s == seconds) & (who < station) & (who >= 0))
        seconds = np.where(sooner, come_s, seconds)
        station = np.where(sooner, who, station)
    return seconds, np.where(np.isfinite(seconds), station, -1)


def seconds_at(due: FirstDue, points: StreetPoints) -> Floats:
    """The arrival times of :func:`times_at` alone."""
    parts, row, gate_s = points.parts, points.row, due.gate_s
    ahead_s, back_s = parts.ahead_s, parts.back_s
    soonest = np.full(len(row), np.inf)
    for at_gate_s, share, whole_s in (
        (gate_s[parts.gate_a], points.share, ahead_s),
        (gate_s[parts.gate_b], 1.0 - points.share, back_s),
    ):
        driven = np.isfinite(whole_s)
        start_s = np.where(driven, at_gate_s, np.inf)
        np.fmin(soonest, start_s[row] + share * np.where(driven, whole_s, 0.0)[row], out=soonest)
    for at_end, node in ((points.at_a, parts.node_a), (points.at_b, parts.node_b)):
        ends = np.flatnonzero(at_end)
        soonest[ends] = np.fmin(soonest[ends], gate_s[node[row[ends]]])
    return np.round(soonest, SECOND_DIGITS)


def part_times(due: FirstDue, parts: Parts) -> tuple[Floats, Floats]:
    """For each part, seconds before which nobody is at any point of it, and after which somebody is at every."""
    a, b = due.gate_s[parts.gate_a], due.gate_s[parts.gate_b]
    node_s = np.minimum(due.gate_s[parts.node_a], due.gate_s[parts.node_b])
    return np.minimum(np.minimum(a, b), node_s), np.minimum(a + parts.ahead_s, b + parts.back_s)


def _driven(share: Floats, whole_s: Floats) -> Floats:
    """Seconds for a share of a part; infinite where the part is not driven, even for no share of it."""
    return np.where(np.isfinite(whole_s), share * np.where(np.isfinite(whole_s), whole_s, 0.0), np.inf)


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


def _approaches(due: FirstDue, parts: Parts) -> tuple[Ints, Floats, Floats, Floats, Floats, Ints]:
    """Split parts where the approach from either end meets the other.

    Returns the part, its shares at the start and end of the split, the seconds there, and the station.
    """
    ahead, back = np.isfinite(parts.ahead_s), np.isfinite(parts.back_s)
    ahead_s, back_s = np.where(ahead, parts.ahead_s, 0.0), np.where(back, parts.back_s, 0.0)
    time_a = np.where(ahead, due.gate_s[parts.gate_a], np.inf)
    time_b = np.where(back, due.gate_s[parts.gate_b], np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        meet = np.clip((time_b - time_a + back_s) / (ahead_s + back_s), 0.0, 1.0)
    meet = np.where(np.isfinite(time_a), np.where(np.isfinite(time_b), meet, 1.0), 0.0)
    row = np.arange(len(meet))
    from_a = (row, np.zeros_like(meet), meet, time_a, time_a + meet * ahead_s, due.gate_station[parts.gate_a])
    from_b = (
        row,
        meet,
        np.ones_like(meet),
        time_b + (1 - meet) * back_s,
        time_b,
        due.gate_station[parts.gate_b],
    )
    row, start, end, start_s, end_s, station = (
        np.concatenate(pair) for pair in zip(from_a, from_b, strict=True)
    )
    keep = end - start > 1e-12
    nobody = ~np.isfinite(start_s)
    start_s[nobody] = end_s[nobody] = np.nan
    station = np.where(nobody, -1, station)
    return row[keep], start[keep], end[keep], start_s[keep], end_s[keep], station[keep]


def stretches(due: FirstDue, limit_s: float, parts: Parts | None = None) -> Stretches:
    """All streets cut where two approaches meet and where the limit runs out, from both of their ends; with
    ``parts`` (such as ``due.parts``, those of streets that can be entered) only these."""
    limit_s = round(limit_s, SECOND_DIGITS)  # as the times are, so that a stretch that ends at it is in time
    parts = due.field.parts() if parts is None else parts
    row, start, end, start_s, end_s, station = _approaches(due, parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((limit_s - start_s) / (end_s - start_s), 0.0, 1.0)
    low, high = np.fmin(start_s, end_s), np.fmax(start_s, end_s)
    crossed = (low < limit_s) & (high > limit_s)
    cut = np.where(crossed, start + share * (end - start), end)
    second = np.flatnonzero(crossed)
    row_of = np.concatenate([row, row[second]])
    from_share, to_share = np.concatenate([start, cut[second]]), np.concatenate([cut, end[second]])
    from_s = np.concatenate([start_s, np.full(len(second), limit_s)])
    to_s = np.concatenate([np.where(crossed, limit_s, end_s), end_s[second]])
    station = np.concatenate([station, station[second]])
    span = parts.length_m
    from_m = parts.from_m[row_of] + from_share * span[row_of]
    to_m = parts.from_m[row_of] + to_share * span[row_of]
    order = np.lexsort((from_m, parts.street[row_of]))
    order = order[(to_m - from_m)[order] > NODE_TOLERANCE_M]
    latest = np.round(np.fmax(from_s, to_s), SECOND_DIGITS)
    return Stretches(
        parts.street[row_of][order], from_m[order], to_m[order],
        np.round(from_s, SECOND_DIGITS)[order], np.round(to_s, SECOND_DIGITS)[order],
        station[order], (latest <= limit_s)[order],
    )  # fmt: skip


def reached_length_m(due: FirstDue, parts: Parts, limit_s: float) -> Floats:
    """Length of each part that is reached within the limit, in metres."""
    length = parts.length_m
    total = np.zeros(len(length))
    for gate, whole_s in ((parts.gate_a, parts.ahead_s), (parts.gate_b, parts.back_s)):
        left_s = np.maximum(limit_s - due.gate_s[gate], 0.0)
        total += np.where(np.isfinite(whole_s), left_s / whole_s, 0.0) * length
    return np.asarray(np.minimum(total, length))


def point_states(
    arrival_s: Floats,
    distance_m: Floats,
    *,
    limit_s: float,
    off_street_limit_m: float,
    connected: Flags | None = None,
) -> NDArray[np.object_]:
    """The state of each point from its owning street point's time and the way to it.

    ``off_street``: no street within the limit; ``unconnected``: its street is never reached, even without
    closures (``connected`` where that is more than a finite time); ``too_late`` and ``reached`` otherwise,
    ``reached`` when ``arrival_s <= limit_s``.
    """
    states = np.where(arrival_s <= limit_s, REACHED, TOO_LATE).astype(object)
    states[~(np.isfinite(arrival_s) if connected is None else connected)] = UNCONNECTED
    states[~(distance_m <= off_street_limit_m)] = OFF_STREET
    return states
