"""The whole ground each station is first due to, however late it comes: what the rules on zones are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from analysis.readings import times_at
from analysis.zones import HALF_CELL_M
from geo.ground import CELL_M, Patch, positive_area

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.readings import FirstDue
    from geo.ground import Ground


def _window(cells: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns that hold the flagged cells, and two more on each side where there are any."""
    spans = [np.flatnonzero(cells.any(axis=axis)) for axis in (1, 0)]
    rows, columns = (slice(max(int(span[0]) - 2, 0), int(span[-1]) + 3) for span in spans)
    return rows, columns


def _part(patch: Patch, window: tuple[slice, slice]) -> Patch:
    rows, columns = window
    return Patch(
        patch.x[columns],
        patch.y[rows],
        patch.street[window],
        patch.chainage_m[window],
        patch.distance_m[window],
    )


def whole_zones(
    ground: Ground, due: FirstDue, study_area: BaseGeometry, *, off_street_limit_m: float, clipped: bool
) -> gpd.GeoDataFrame:
    """The study area shared out among the stations, without a limit of time: a table of zones for
    :func:`analysis.rules.station_verdicts`, one row per station that is first due anywhere.

    ``station_id``, ``geometry``, ``area_m2``, ``clipped``, ``cut_at_limit`` (False), ``edge_s``: the latest arrival
    in it, reckoned at the centres of its cells with the time for one cell more, rather late than early. ``due`` is
    read without a limit of time; ground that nobody ever reaches, or off the streets, is in no zone. ``clipped``:
    the study area ends where the streets end and not where the ground to be protected does. Areas are true to a
    cell along their edges.
    """
    network = due.field.network
    patch = ground.patch(shapely.bounds(shapely.buffer(study_area, 2 * CELL_M)).tolist())
    near = (patch.street >= 0) & (patch.distance_m <= off_street_limit_m)
    seconds, station = np.full(near.shape, np.inf), np.full(near.shape, -1)
    points = due.field.points(patch.street[near].astype(np.int64), patch.chainage_m[near].astype(float))
    seconds[near], station[near] = times_at(due, points)
    # Anywhere in a cell the way along the street is at most a cell longer than at its centre.
    cell_s = CELL_M / (due.field.drive.speed_kph / 3.6)
    latest_s = seconds + cell_s[np.maximum(patch.street, 0)]
    off_m = np.where(np.isfinite(patch.distance_m), patch.distance_m, np.inf)
    inside = np.maximum(off_street_limit_m - off_m, -2 * CELL_M)
    rows = [row for row in np.unique(station[near & np.isfinite(seconds)]).tolist() if row >= 0]
    found = []
    for row in rows:
        mine = station == row
        window = _window(mine)
        sign = np.where(mine[window], HALF_CELL_M, -HALF_CELL_M)
        drawn = positive_area(_part(patch, window), np.minimum(inside[window], sign))
        zone = shapely.intersection(drawn, study_area)
        if zone.area == 0:
            continue
        y, x = np.nonzero(mine)
        there = shapely.intersects_xy(zone, patch.x[x], patch.y[y])
        found.append((due.field.sites.station_ids[row], zone, float(latest_s[mine][there].max(initial=0.0))))
    return gpd.GeoDataFrame(
        {
            "station_id": [name for name, _, _ in found],
            "area_m2": [zone.area for _, zone, _ in found],
            "clipped": [clipped] * len(found),
            "cut_at_limit": [False] * len(found),
            "edge_s": [edge_s for _, _, edge_s in found],
        },
        geometry=[zone for _, zone, _ in found],
        crs=network.crs,
    )
