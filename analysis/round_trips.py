"""Round trips between one place and stretches of street or sampled shapes, and the best of several places for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.arrival import NODE_TOLERANCE_M, SECOND_DIGITS
from analysis.readings import FirstDue, Stretches, times_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.arrival import Parts
    from analysis.crane_trips import CraneTrips
    from analysis.sampling import Samples
    from geo.network import Floats, Ints, Network


@dataclass(frozen=True, eq=False)
class RoundTrips:
    """Driving between one crane and n stretches or places, (n,) seconds; infinite where there is no way.

    ``from_s`` and ``to_s``: from the crane to the farthest point, and to the crane from the farthest. ``worst_s``
    and ``best_s``: both ways, for the point for which they take longest and for which they take least.
    """

    from_s: Floats
    to_s: Floats
    worst_s: Floats
    best_s: Floats


@dataclass(frozen=True, eq=False)
class BestTrips:
    """For each of n stretches or places the crane of the best score (row of the crane ids, -1: no way to any), its
    round trip and the score; of equal scores the shorter worst round trip wins, then the lower id."""

    crane: Ints
    trip: RoundTrips
    score: Floats


def best_trips(
    each: Iterator[RoundTrips], score: Callable[[int, RoundTrips], Floats], count: int
) -> BestTrips:
    """Choose a crane per row. ``score``: (n,) for the crane of a row and its trips, the higher the better; it is
    not asked where there is no way."""
    never = np.full(count, np.inf)
    crane, best, trip = np.full(count, -1), np.full(count, -np.inf), RoundTrips(never, never, never, never)
    for number, found in enumerate(each):
        mine = np.where(np.isfinite(found.worst_s), score(number, found), -np.inf)
        better = (mine > best) | ((mine == best) & (mine > -np.inf) & (found.worst_s < trip.worst_s))
        crane, best = np.where(better, number, crane), np.where(better, mine, best)
        trip = RoundTrips(
            *(
                np.where(better, getattr(found, name), getattr(trip, name))
                for name in RoundTrips.__dataclass_fields__
            )
        )
    return BestTrips(crane, trip, best)


def whole_stretches(network: Network) -> Stretches:
    """Every street as one stretch that nobody is known to reach."""
    count = network.n_streets
    nothing, nobody = np.full(count, np.nan), np.full(count, -1)
    return Stretches(
        np.arange(count),
        np.zeros(count),
        network.length_m,
        nothing,
        nothing,
        nobody,
        np.zeros(count, dtype=bool),
    )


@dataclass(frozen=True, eq=False)
class _Bits:
    """Stretches cut where a crane may stand, in the order of the stretches: the row of the field's parts each bit
    lies in, its shares of that part, and the first bit of every stretch."""

    part: Ints
    from_share: Floats
    to_share: Floats
    first: Ints


def _bits(parts: Parts, length_m: Floats, cuts: Stretches) -> _Bits:
    # Streets one after another on one axis, a metre apart, so that one search finds the parts of every stretch.
    zero = np.cumsum(length_m + 1.0) - length_m
    order = np.argsort(zero[parts.street] + parts.from_m, kind="stable")
    begin, end = (zero[parts.street] + each for each in (parts.from_m, parts.to_m))
    start = zero[cuts.street] + cuts.from_m + NODE_TOLERANCE_M
    stop = np.maximum(zero[cuts.street] + cuts.to_m - NODE_TOLERANCE_M, start)
    low = np.minimum(np.searchsorted(end[order], start), len(order) - 1)
    high = np.maximum(np.searchsorted(begin[order], stop, side="right") - 1, low)
    count = high - low + 1
    first = np.cumsum(count) - count
    row = np.repeat(np.arange(len(start)), count)
    part = order[np.repeat(low, count) + np.arange(count.sum()) - np.repeat(first, count)]
    span = parts.to_m[part] - parts.from_m[part]
    shares = [np.clip((each[row] - parts.from_m[part]) / span, 0.0, 1.0) for each in (cuts.from_m, cuts.to_m)]
    return _Bits(part, shares[0], shares[1], first)


def street_round_trips(trips: CraneTrips, cuts: Stretches) -> Iterator[RoundTrips]:
    """For every crane, in the order of ``crane_ids``, the round trips to the stretches of some streets.

    Exact over a whole stretch, not only at its ends: along a part of a street each way takes the lesser of two
    straight lines, so that both together are longest at an end or where the lines of one of them meet.
    """
    if trips.out is None or trips.back is None:
        return
    fields = (trips.out, trips.back)
    parts = [field.parts() for field in fields]
    bits = _bits(parts[0], trips.out.network.length_m, cuts)
    for number in range(len(trips.crane_ids)):
        row = np.flatnonzero(trips.out.sites.nominal & (trips.out.sites.station == number))
        ways = [
            _Way.of(field.search(row)[0], each, bits.part) for field, each in zip(fields, parts, strict=True)
        ]
        shares = [bits.from_share, bits.to_share]
        shares += [np.clip(way.meet, bits.from_share, bits.to_share) for way in ways]
        from_s, to_s = (np.array([way.seconds(share) for share in shares]) for way in ways)
        both_s = from_s + to_s
        longest = [np.maximum.reduceat(each.max(axis=0), bits.first) for each in (from_s, to_s, both_s)]
        least = np.minimum.reduceat(both_s.min(axis=0), bits.first)
        yield RoundTrips(*(np.round(each, SECOND_DIGITS).astype(np.float64) for each in (*longest, least)))


@dataclass(frozen=True, eq=False)
class _Way:
    """One way of driving, into bits of streets from either end of their part: seconds at the end one starts from,
    infinite where one does not, and for the whole part."""

    a_s: Floats
    ahead_s: Floats
    b_s: Floats
    back_s: Floats

    @classmethod
    def of(cls, gate_s: Floats, parts: Parts, rows: Ints) -> _Way:
        ahead_s, back_s = parts.ahead_s[rows], parts.back_s[rows]
        ahead, back = np.isfinite(ahead_s), np.isfinite(back_s)
        return cls(
            np.where(ahead, gate_s[parts.gate_a[rows]], np.inf), np.where(ahead, ahead_s, 0.0),
            np.where(back, gate_s[parts.gate_b[rows]], np.inf), np.where(back, back_s, 0.0),
        )  # fmt: skip

    def seconds(self, share: Floats) -> Floats:
        """Seconds at a share of the part of each bit."""
        return np.minimum(self.a_s + share * self.ahead_s, self.b_s + (1.0 - share) * self.back_s)

    @property
    def meet(self) -> Floats:
        """The share at which both ways into the part take the same; 0 where there are not two."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (self.b_s - self.a_s + self.back_s) / (self.ahead_s + self.back_s)
        return np.where(np.isfinite(share), share, 0.0)


def sample_round_trips(trips: CraneTrips, samples: Samples, count: int) -> Iterator[RoundTrips]:
    """For every crane the round trips to the ``count`` shapes that samples stand for; infinite where a shape has no
    sample or one without a street."""
    if trips.out is None or trips.back is None:
        return
    owned = np.flatnonzero(samples.street >= 0)
    points = [
        field.points(samples.street[owned], samples.chainage_m[owned]) for field in (trips.out, trips.back)
    ]
    for number in range(len(trips.crane_ids)):
        row = np.flatnonzero(trips.out.sites.nominal & (trips.out.sites.station == number))
        from_s, to_s = np.full((2, len(samples.row)), np.inf)
        for seconds, field, where in zip((from_s, to_s), (trips.out, trips.back), points, strict=True):
            seconds[owned] = times_at(FirstDue(field, *field.search(row)), where)[0]
        there = np.isin(np.arange(count), samples.row)
        found = [np.where(there, -np.inf, np.inf) for _ in range(3)]
        for most, each in zip(found, (from_s, to_s, from_s + to_s), strict=True):
            np.maximum.at(most, samples.row, each)
        least = np.full(count, np.inf)
        np.minimum.at(least, samples.row, from_s + to_s)
        yield RoundTrips(found[0], found[1], found[2], least)
