"""Who comes second, and how many come in time, for every parcel that a time can be given for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.readings import each_alone, seconds_at
from analysis.sampling import rows_of
from analysis.zones import due_in_order, times_of_each

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField
    from analysis.sampling import Samples
    from geo.network import Floats, Ints


def backup(
    judged: pd.DataFrame, samples: Samples | None, field: ArrivalField | None, limit_s: float
) -> pd.DataFrame:
    """``second_due_s`` and ``second_station_id`` at the point of the parcel where the second engine comes latest,
    and ``stations_in_time``, the fewest stations in time at any of its points; from the nominal places.

    On the index of ``judged``; null where it has no ``arrival_s``, and for a second engine that never comes.
    """
    seconds = np.full(len(judged), np.nan)
    station: list[str | None] = [None] * len(judged)
    in_time = np.full(len(judged), np.nan)
    timed = judged["arrival_s"].notna().to_numpy()
    if samples is not None and field is not None and timed.any():
        mine = np.flatnonzero(timed[samples.row] & (samples.street >= 0))
        second_s, reached = _second_due(field, samples.street[mine], samples.chainage_m[mine], limit_s)
        rows, start, size = rows_of(samples.row[mine])
        in_time[rows] = np.minimum.reduceat(reached, start)
        latest = np.flatnonzero(second_s == np.repeat(np.maximum.reduceat(second_s, start), size))
        worst = mine[latest[np.searchsorted(latest, start)]]
        points = field.points(samples.street[worst], samples.chainage_m[worst])
        times, who = due_in_order(times_of_each(field, points), 2)
        comes = np.isfinite(times[1])
        seconds[rows[comes]] = times[1, comes]
        for one, who_comes in zip(rows[comes].tolist(), who[1, comes].tolist(), strict=True):
            station[one] = field.sites.station_ids[who_comes]
    return pd.DataFrame(
        {
            "second_due_s": seconds,
            "second_station_id": np.array(station, dtype=object),
            "stations_in_time": in_time,
        },
        index=judged.index,
    )


def _second_due(field: ArrivalField, street: Ints, chainage_m: Floats, limit_s: float) -> tuple[Floats, Ints]:
    """At street points: the second of the stations' arrival times (infinite for none), and how many stations are
    there within the limit. Points are many and stations few, so nothing is kept of a station that has been read."""
    points = field.points(street, chainage_m)
    first_s, second_s = np.full(len(street), np.inf), np.full(len(street), np.inf)
    reached = np.zeros(len(street), dtype=np.int64)
    for alone in each_alone(field, np.flatnonzero(field.sites.nominal)):
        seconds = seconds_at(alone, points)
        np.minimum(second_s, np.maximum(first_s, seconds), out=second_s)
        np.minimum(first_s, seconds, out=first_s)
        reached += seconds <= limit_s
    return second_s, reached
