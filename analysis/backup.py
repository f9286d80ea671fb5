"""Who comes second, and how many come in time, for every parcel that a time can be given for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.zones import due_in_order, times_of_each

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField
    from analysis.sampling import Samples


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
        each = times_of_each(field, field.points(samples.street[mine], samples.chainage_m[mine]))
        times, who = due_in_order(each, 2)
        reached = (each <= limit_s).sum(axis=0)
        rows, start, size = np.unique(samples.row[mine], return_index=True, return_counts=True)
        in_time[rows] = np.minimum.reduceat(reached, start)
        latest = np.flatnonzero(times[1] == np.repeat(np.maximum.reduceat(times[1], start), size))
        worst = latest[np.searchsorted(latest, start)]
        comes = np.isfinite(times[1, worst])
        seconds[rows[comes]] = times[1, worst[comes]]
        for one, who_comes in zip(rows[comes].tolist(), who[1, worst[comes]].tolist(), strict=True):
            station[one] = field.sites.station_ids[who_comes]
    return pd.DataFrame(
        {
            "second_due_s": seconds,
            "second_station_id": np.array(station, dtype=object),
            "stations_in_time": in_time,
        },
        index=judged.index,
    )
