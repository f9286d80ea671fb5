"""The way an engine takes to a street point, as a ledger whose seconds add up to the arrival time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from analysis.arrival import NODE_TOLERANCE_M
from analysis.readings import first_due, times_at
from geo.chainage import stretch_lines
from geo.network import CLASSES

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField, Parts


ROUNDING_S = 1e-4
"""Less than this between two legs is the rounding of times, not a delay."""


@dataclass(frozen=True)
class Leg:
    """A stretch of one street as driven: from and to chainage, metres, seconds, and seconds lost before it."""

    street: int
    street_id: str
    name: str
    street_class: str
    from_m: float
    to_m: float
    length_m: float
    drive_s: float
    delay_s: float
    """Lost at the junction or turn that leads into this leg."""


@dataclass(frozen=True, eq=False)
class Route:
    """The way of one station's engine: ``turnout_s`` (with the start, where it is reckoned) and the legs add up to
    ``arrival_s``."""

    station_id: str
    turnout_s: float
    legs: tuple[Leg, ...]
    arrival_s: float
    line: shapely.LineString | None

    @property
    def length_m(self) -> float:
        """Metres driven."""
        return sum(leg.length_m for leg in self.legs)


def first_due_route(field: ArrivalField, street: int, chainage_m: float) -> Route | None:
    """The way of the station that is first due at a street point, from its nominal place; None if nobody comes."""
    points = field.points(np.array([street]), np.array([chainage_m]))
    seconds, station = times_at(first_due(field), points)
    if not np.isfinite(seconds[0]):
        return None
    row = int(np.flatnonzero(field.sites.nominal & (field.sites.station == station[0]))[0])
    return site_route(field, row, street, chainage_m)


def site_route(field: ArrivalField, site: int, street: int, chainage_m: float) -> Route | None:
    """The way from one site to a street point; None if it cannot get there."""
    sites, size = field.sites, field.drive.n_gates
    alone = first_due(field, np.array([site]))
    points = field.points(np.array([street]), np.array([chainage_m]))
    arrival_s = float(times_at(alone, points)[0][0])
    if not np.isfinite(arrival_s):
        return None
    station_id = sites.station_ids[int(sites.station[site])]
    turnout_s = float(sites.turnout_s[site])
    graph, start = field.graph_from(np.array([site]), np.zeros(1)), np.array([size])
    _, came_from, _ = dijkstra(graph, indices=start, min_only=True, return_predecessors=True)
    moves = _moves(
        field, points.parts, int(points.row[0]), chainage_m, alone.gate_s, arrival_s, came_from, site
    )
    legs = _legs(field, moves, arrival_s - turnout_s)
    lines = [
        line if leg.to_m >= leg.from_m else shapely.reverse(line)
        for leg in legs
        for line in stretch_lines(
            field.network,
            np.array([leg.street]),
            np.array([min(leg.from_m, leg.to_m)]),
            np.array([max(leg.from_m, leg.to_m)]),
        )
    ]
    coords = [shapely.get_coordinates(line) for line in lines]
    line = shapely.LineString(np.concatenate(coords)) if coords else None
    return Route(station_id, turnout_s, legs, arrival_s, line)


@dataclass(frozen=True)
class _Move:
    """A drive within one street: chainage at its start and end, seconds at its start."""

    street: int
    from_m: float
    to_m: float
    start_s: float


def _moves(
    field: ArrivalField,
    parts: Parts,
    part: int,
    chainage_m: float,
    gate_s: np.ndarray[tuple[int], np.dtype[np.float64]],
    arrival_s: float,
    came_from: np.ndarray[tuple[int], np.dtype[np.int32]],
    site: int,
) -> list[_Move]:
    """Moves from the site to the point, found backwards from the end the point is approached from."""
    moves: list[_Move] = []
    length = float(parts.length_m[part])
    ends = [
        (
            int(parts.gate_a[part]),
            float(parts.from_m[part]),
            float(parts.ahead_s[part]),
            chainage_m - parts.from_m[part],
        ),
        (
            int(parts.gate_b[part]),
            float(parts.to_m[part]),
            float(parts.back_s[part]),
            parts.to_m[part] - chainage_m,
        ),
    ]
    come = [
        gate_s[gate] + (whole_s * along / length if np.isfinite(whole_s) else np.inf)
        for gate, _, whole_s, along in ends
    ]
    if np.isfinite(min(come)) and min(come) <= arrival_s + 1e-5:
        gate, at_m, _, along = ends[int(np.argmin(come))]
        if along > NODE_TOLERANCE_M:
            moves.append(_Move(int(parts.street[part]), at_m, chainage_m, float(gate_s[gate])))
    else:  # the point is a node that only another street leads to
        gate = int(
            parts.node_a[part] if chainage_m - parts.from_m[part] <= NODE_TOLERANCE_M else parts.node_b[part]
        )
    size = field.drive.n_gates
    if gate >= size:
        gate = _through_cuts(field, gate - size, gate_s, site, moves)
    while 0 <= gate < size:
        before = int(came_from[gate])
        move = _move_into(field, before, gate, gate_s, site)
        if move is not None:
            moves.append(move)
        gate = before
    return moves[::-1]


def _through_cuts(
    field: ArrivalField,
    cut: int,
    gate_s: np.ndarray[tuple[int], np.dtype[np.float64]],
    site: int,
    moves: list[_Move],
) -> int:
    """From a place of another site within a piece back to the gate of the piece it was reached from; -1 at the
    route's own site."""
    drive, pieces, size = field.drive, field.drive.pieces, field.drive.n_gates
    own = int(field.site_cut[site])
    piece, at_m, at_s = int(field.cut_piece[cut]), float(field.cut_m[cut]), float(gate_s[size + cut])
    if cut == own:
        return -1
    street, span = int(pieces.street[piece]), float(pieces.to_m[piece] - pieces.from_m[piece])
    candidates = []
    if own >= 0 and int(field.cut_piece[own]) == piece:
        own_m = float(field.cut_m[own])
        whole_s = drive.ahead_s[piece] if own_m < at_m else drive.back_s[piece]
        candidates.append(
            (
                float(gate_s[size + own]) + whole_s * abs(at_m - own_m) / span,
                -1,
                own_m,
                float(gate_s[size + own]),
            )
        )
    for gate, end_m, whole_s in (
        (int(drive.gate_a[piece]), float(pieces.from_m[piece]), drive.ahead_s[piece]),
        (int(drive.gate_b[piece]), float(pieces.to_m[piece]), drive.back_s[piece]),
    ):
        candidates.append(
            (float(gate_s[gate]) + whole_s * abs(at_m - end_m) / span, gate, end_m, float(gate_s[gate]))
        )
    _, gate, start_m, start_s = min(candidates, key=lambda each: abs(each[0] - at_s))
    moves.append(_Move(street, start_m, at_m, start_s))
    return gate


def _move_into(
    field: ArrivalField,
    before: int,
    gate: int,
    gate_s: np.ndarray[tuple[int], np.dtype[np.float64]],
    site: int,
) -> _Move | None:
    """The drive that leads from one gate to the next; None where a site stands at the gate itself."""
    drive, pieces, size = field.drive, field.drive.pieces, field.drive.n_gates
    by_node = int(drive.node_gate[0]) == 0
    if before >= size:  # the first drive, out of the piece in which the site stands
        cut = int(field.site_cut[site])
        if cut < 0:
            return None
        piece, at_m = int(field.cut_piece[cut]), float(field.cut_m[cut])
        start_s = float(field.sites.turnout_s[site])
        return _Move(int(pieces.street[piece]), at_m, _way_out(field, piece, at_m, gate), start_s)
    if by_node:
        ahead = (pieces.a == before) & (pieces.b == gate) & np.isfinite(drive.ahead_s)
        back = (pieces.b == before) & (pieces.a == gate) & np.isfinite(drive.back_s)
        seconds = np.minimum(np.where(ahead, drive.ahead_s, np.inf), np.where(back, drive.back_s, np.inf))
        piece = int(np.argmin(seconds))
        forward = bool(ahead[piece]) and (not back[piece] or drive.ahead_s[piece] <= drive.back_s[piece])
    else:
        piece, forward = before // 2, before % 2 == 0
    ends = float(pieces.from_m[piece]), float(pieces.to_m[piece])
    start, end = ends if forward else ends[::-1]
    return _Move(int(pieces.street[piece]), start, end, float(gate_s[before]))


def _way_out(field: ArrivalField, piece: int, at_m: float, gate: int) -> float:
    """The end of the site's piece by which the first gate is reached soonest."""
    drive, pieces = field.drive, field.drive.pieces
    from_m, to_m = float(pieces.from_m[piece]), float(pieces.to_m[piece])
    share = (at_m - from_m) / (to_m - from_m)
    ways = []
    for end_m, whole_s, part, node, start in (
        (to_m, drive.ahead_s[piece], 1.0 - share, pieces.b[piece], drive.gate_a[piece]),
        (from_m, drive.back_s[piece], share, pieces.a[piece], drive.gate_b[piece]),
    ):
        if not np.isfinite(whole_s):
            continue
        if int(drive.node_gate[0]) == 0:
            reach_s = part * whole_s if node == gate else np.inf
        else:
            row = slice(drive.graph.indptr[start], drive.graph.indptr[start + 1])
            hit = np.flatnonzero(drive.graph.indices[row] == gate)
            reach_s = float(drive.graph.data[row][hit[0]]) - (1.0 - part) * whole_s if len(hit) else np.inf
        ways.append((reach_s, end_m))
    return min(ways)[1]


def _legs(field: ArrivalField, moves: list[_Move], drive_s: float) -> tuple[Leg, ...]:
    """Moves with their seconds; what lies between the end of one and the start of the next is delay."""
    network, drive, pieces = field.network, field.drive, field.drive.pieces
    legs: list[Leg] = []
    spent = 0.0
    for move in moves:
        middle = np.array([(move.from_m + move.to_m) / 2])
        piece = int(pieces.at(np.array([move.street]), middle)[0])
        whole_s = drive.ahead_s[piece] if move.to_m >= move.from_m else drive.back_s[piece]
        length = abs(move.to_m - move.from_m)
        seconds = float(whole_s * length / (pieces.to_m[piece] - pieces.from_m[piece]))
        start = move.start_s - moves[0].start_s
        legs.append(
            Leg(
                move.street, network.street_ids(np.array([move.street]))[0],
                network.street_names(np.array([move.street]))[0], CLASSES[int(network.klass[move.street])],
                move.from_m, move.to_m, length, seconds, start - spent if start - spent > ROUNDING_S else 0.0,
            )
        )  # fmt: skip
        spent = max(start, spent) + seconds
    if legs and drive_s - spent > 1e-5:  # lost at the very end, at a node entered by another street
        last = legs[-1]
        legs[-1] = Leg(**{**vars(last), "delay_s": last.delay_s + drive_s - spent})
    return tuple(legs)
