"""Effective response force: which stretches of street get enough engines, or crew, within a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.readings import each_alone

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField, Parts
    from geo.network import Floats, Ints


@dataclass(frozen=True, eq=False)
class ForceStretches:
    """Stretches on which the same stations arrive in time, in the order of street and chainage.

    ``stations`` how many, ``strength`` (kinds, stretches) the sums of what they send, NaN where one in time does not
    state it; together every street once.
    """

    street: Ints
    from_m: Floats
    to_m: Floats
    stations: Ints
    strength: Floats


def _reaches(field: ArrivalField, parts: Parts, limit_s: float) -> tuple[Floats, Floats]:
    """Share of each part that each station reaches from its first and from its last end, (stations, parts)."""
    rows = np.flatnonzero(field.sites.nominal)
    rows = rows[np.argsort(field.sites.station[rows], kind="stable")]
    ahead = np.zeros((len(rows), len(parts.street)))
    back = np.zeros_like(ahead)
    for number, alone in enumerate(each_alone(field, rows, limit_s=limit_s)):
        times = alone.gate_s
        for shares, gate, whole_s in (
            (ahead, parts.gate_a, parts.ahead_s),
            (back, parts.gate_b, parts.back_s),
        ):
            left_s = np.maximum(limit_s - times[gate], 0.0)
            shares[number] = np.where(np.isfinite(whole_s), np.minimum(left_s / whole_s, 1.0), 0.0)
    return ahead, back


def force_stretches(field: ArrivalField, strength: Floats, limit_s: float) -> ForceStretches:
    """Cut the streets where a station falls out of time, and add up what the stations in time send.

    ``strength`` (kinds, stations) is what each station sends, in the order of ``station_ids``, such as engines and
    crew; NaN where that is not stated.
    """
    parts = field.parts()
    ahead, back = _reaches(field, parts, limit_s)
    count = ahead.shape[0]
    # Every part is cut where any station's reach from either end stops.
    cuts = np.sort(
        np.concatenate(
            [np.zeros((1, len(parts.street))), ahead, 1.0 - back, np.ones((1, len(parts.street)))]
        ),
        axis=0,
    )
    start, end = cuts[:-1].T.reshape(-1), cuts[1:].T.reshape(-1)
    row = np.repeat(np.arange(len(parts.street)), cuts.shape[0] - 1)
    span = parts.length_m[row]
    keep = (end - start) * span > 1e-6
    row, start, end = row[keep], start[keep], end[keep]
    middle = (start + end) / 2
    stations = np.zeros(len(row), dtype=np.int64)
    total = np.zeros((len(strength), len(row)))
    for number in range(count):
        in_time = (middle < ahead[number][row]) | (middle > 1.0 - back[number][row])
        stations += in_time
        total += np.where(in_time, strength[:, number, None], 0.0)
    from_m = parts.from_m[row] + start * parts.length_m[row]
    to_m = parts.from_m[row] + end * parts.length_m[row]
    order = np.lexsort((from_m, parts.street[row]))
    return ForceStretches(
        parts.street[row][order], from_m[order], to_m[order], stations[order], total[:, order]
    )
