"""Readings of the arrival-time field: who comes first and when, at points, along stretches, over whole parts.

Every answer about time is such a reading: bands, areas, shares, parcels and clicked points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.arrival import NODE_TOLERANCE_M, SECOND_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.arrival import ArrivalField, Parts, StreetPoints
    from geo.network import Flags, Floats, Ints

AT_ONCE = 64
"""So many sites are searched for at once where each is asked for alone."""

MEETING_M = 1e-4
"""Two approaches that meet nearer than this to an end of a street meet at that end: times are rounded to the
microsecond, which alone moves a meeting by some micrometres and would leave a crumb of street."""


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
        entered = self.field.drive.streets_at(np.flatnonzero(np.isfinite(self.gate_s[:size])))
        entered[self.field.drive.pieces.street[self.field.cut_piece]] = True
        return self.field.parts(np.flatnonzero(entered))


def first_due(field: ArrivalField, sites: Ints | None = None, *, limit_s: float = np.inf) -> FirstDue:
    """Read the first-due time for the given rows of the sites (by default each station's nominal place).

    With ``limit_s`` the search stops there; nothing later can then be read.
    """
    rows = np.flatnonzero(field.sites.nominal) if sites is None else np.asarray(sites, dtype=np.int64)
    return FirstDue(field, *field.search(rows, limit_s))


def each_alone(field: ArrivalField, rows: Ints, *, limit_s: float = np.inf) -> Iterator[FirstDue]:
    """The readings of the given sites, each as if there were no other; some are searched for at once."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        stations = field.sites.station[some].tolist()
        for gate_s, station in zip(field.site_s(some, limit_s), stations, strict=True):
            yield FirstDue(field, gate_s, np.where(np.isfinite(gate_s), station, -1))


def sooner(one: FirstDue, other: FirstDue) -> FirstDue:
    """Two readings of a field as one: who is there sooner; of equal ones the lower station."""
    first = other.gate_s < one.gate_s
    first |= (other.gate_s == one.gate_s) & (other.gate_station < one.gate_station)
    return FirstDue(
        one.field,
        np.where(first, other.gate_s, one.gate_s),
        np.where(first, other.gate_station, one.gate_station),
    )


def times_at(due: FirstDue, points: StreetPoints) -> tuple[Floats, Ints]:
    """Arrival time in seconds (infinite where nobody comes) and first-due station at street points.

    At the end of a street the time is that of the node, which a one-way street need not lead to.
    """
    parts, row, gate_s, who = points.parts, points.row, due.gate_s, due.gate_station
    # Rounded before they are compared, so that a tie of two stations is seen as one.
    seconds, other_s = (np.round(each, SECOND_DIGITS) for each in _approach_s(due, points))
    first, other = who[parts.gate_a], who[parts.gate_b]
    sooner = (other_s < seconds) | ((other_s == seconds) & ((other < first) & (other >= 0))[row])
    seconds[sooner] = other_s[sooner]
    station = np.where(sooner, other[row], first[row])
    for at_end, node in ((points.at_a, parts.node_a), (points.at_b, parts.node_b)):
        ends = np.flatnonzero(at_end)
        gate, before_s, before = node[row[ends]], seconds[ends], station[ends]
        sooner = (gate_s[gate] < before_s) | (
            (gate_s[gate] == before_s) & (who[gate] < before) & (who[gate] >= 0)
        )
        seconds[ends] = np.where(sooner, gate_s[gate], before_s)
        station[ends] = np.where(sooner, who[gate], before)
    return seconds, np.where(np.isfinite(seconds), station, -1)


def seconds_at(due: FirstDue, points: StreetPoints) -> Floats:
    """The arrival times of :func:`times_at` alone."""
    parts, row, gate_s = points.parts, points.row, due.gate_s
    soonest, other_s = _approach_s(due, points)
    np.fmin(soonest, other_s, out=soonest)
    for at_end, node in ((points.at_a, parts.node_a), (points.at_b, parts.node_b)):
        ends = np.flatnonzero(at_end)
        soonest[ends] = np.fmin(soonest[ends], gate_s[node[row[ends]]])
    return np.round(soonest, SECOND_DIGITS)


def _approach_s(due: FirstDue, points: StreetPoints) -> tuple[Floats, Floats]:
    """Seconds at street points from either end of their part; infinite where it is not driven that way."""
    (gate_a, drive_a_s), (gate_b, drive_b_s) = points.approaches
    return due.gate_s[gate_a] + drive_a_s, due.gate_s[gate_b] + drive_b_s


def part_times(due: FirstDue, parts: Parts) -> tuple[Floats, Floats]:
    """For each part, seconds before which nobody is at any point of it, and after which somebody is at every."""
    a, b = due.gate_s[parts.gate_a], due.gate_s[parts.gate_b]
    node_s = np.minimum(due.gate_s[parts.node_a], due.gate_s[parts.node_b])
    return np.minimum(np.minimum(a, b), node_s), np.minimum(a + parts.ahead_s, b + parts.back_s)


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
    # The later of the two times at the end stands, so that nothing reads sooner than it is.
    hair = MEETING_M / np.maximum(parts.length_m, MEETING_M)
    meet = np.where(meet < hair, 0.0, np.where(meet > 1.0 - hair, 1.0, meet))
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


def reached_shares(due: FirstDue, parts: Parts, limit_s: float) -> tuple[Floats, Floats]:
    """The share of each part up to which, and that from which on, its points are reached within the limit, from its
    first and from its last end; -1 and 2 where none is. An end itself is reached where its node is."""
    shares = []
    for gate, node, whole_s in (
        (parts.gate_a, parts.node_a, parts.ahead_s),
        (parts.gate_b, parts.node_b, parts.back_s),
    ):
        # Half a digit more, as times are rounded.
        left_s = limit_s + 0.5 * 10.0**-SECOND_DIGITS - due.gate_s[gate]
        share = np.minimum(np.maximum(left_s, 0.0) / whole_s, 1.0)
        at_end = np.where(due.gate_s[node] <= limit_s, NODE_TOLERANCE_M / parts.length_m, -1.0)
        shares.append(np.where(np.isfinite(whole_s) & (left_s >= 0), np.maximum(share, at_end), at_end))
    return shares[0], 1.0 - shares[1]
