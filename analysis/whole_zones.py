"""The whole ground each station is first due to, however late it comes: what the rules on zones are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import cell_times
from analysis.zones import zones_of
from geo.ground import CELL_M

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.readings import FirstDue
    from geo.ground import Ground
    from geo.network import Floats

AT_ONCE = 1000
"""So many of a zone's cells are asked at once whether they are in it, the latest first."""


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
    field = due.field
    around = shapely.bounds(shapely.buffer(study_area, 2 * CELL_M))
    streets = field.network.ground_streets_in(shapely.box(*around).buffer(ground.reach_m))
    cells = ground.cells(streets)
    x, y, (west, south, east, north) = cells.x, cells.y, around
    near = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    cells, x, y = cells.only(near), x[near], y[near]
    seconds, station = cell_times(cells, due)
    # Anywhere in a cell the way along the street is at most a cell longer than at its centre.
    latest_s = seconds + CELL_M / (field.drive.speed_kph[cells.street] / 3.6)
    inside = off_street_limit_m - cells.distance_m
    found = []
    for row, drawn in zones_of(cells, station, inside):
        zone = shapely.intersection(drawn, study_area)
        if zone.area == 0:
            continue
        mine = np.flatnonzero(station == row)
        mine = mine[np.argsort(-latest_s[mine])]
        found.append(
            (field.sites.station_ids[row], zone, _latest_inside(zone, x[mine], y[mine], latest_s[mine]))
        )
    return gpd.GeoDataFrame(
        {
            "station_id": [name for name, _, _ in found],
            "area_m2": [zone.area for _, zone, _ in found],
            "clipped": [clipped] * len(found),
            "cut_at_limit": [False] * len(found),
            "edge_s": [edge_s for _, _, edge_s in found],
        },
        geometry=[zone for _, zone, _ in found],
        crs=field.network.crs,
    )


def _latest_inside(zone: BaseGeometry, x: Floats, y: Floats, latest_s: Floats) -> float:
    """The first of descending times whose place is in the zone: nearly always one of the first asked for."""
    shapely.prepare(zone)
    for start in range(0, len(x), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        inside = np.flatnonzero(shapely.intersects_xy(zone, x[here], y[here]))
        if len(inside):
            return float(latest_s[here][inside[0]])
    return 0.0
