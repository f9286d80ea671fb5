"""Who comes first where, and how many come in time: first-due zones (责任区) and overlaps, cut from the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from analysis.coverage import cell_times, margin_m, reached_cells
from analysis.readings import each_alone, seconds_at
from geo.ground import CELL_M
from geo.outline import Canvas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField, StreetPoints
    from analysis.readings import FirstDue
    from geo.ground import Cells, Ground
    from geo.network import Floats, Ints

HALF_CELL_M = CELL_M / 2
"""Two zones part half way between the centres of their cells."""


def first_due_zones(
    ground: Ground, due: FirstDue, coverage: BaseGeometry, *, limit_s: float, off_street_limit_m: float
) -> list[tuple[int, BaseGeometry]]:
    """Rows of ``station_ids`` and the ground on which each is first due within the limit.

    The zones do not overlap and their union is ``coverage``, the ground reached within the same limit. Where two
    stations are there at the same time the lower station id has the ground.
    """
    cells = reached_cells(ground, due, limit_s)
    seconds, station = cell_times(cells, due)
    inside = margin_m(cells, seconds, due.field.drive.speed_kph, limit_s, off_street_limit_m)
    rows, drawn = [], []
    for row, zone in zones_of(cells, station, inside):
        rows.append(row)
        drawn.append(zone)
    zones, crumbs = _parted(drawn, coverage)
    if crumbs:
        # Crumbs are smaller than a cell, so the nearest cell in time says whose they are.
        timed = np.flatnonzero(inside >= 0)
        middles = shapely.get_coordinates(shapely.point_on_surface(np.array(crumbs, dtype=object)))
        nearest = cKDTree(np.column_stack([cells.x[timed], cells.y[timed]])).query(middles)[1]
        owner = np.searchsorted(rows, station[timed[np.asarray(nearest)]])
        for number in np.unique(owner).tolist():
            mine = [crumb for crumb, who in zip(crumbs, owner.tolist(), strict=True) if who == number]
            zones[number] = _areas_of(shapely.union_all([zones[number], *mine]))
    return list(zip(rows, zones, strict=True))


def zones_of(cells: Cells, station: Ints, inside_m: Floats) -> Iterator[tuple[int, BaseGeometry]]:
    """Each station (-1: none) with cells in which ``inside_m`` is not negative, in ascending order, and its ground:
    so far, and half way to the cells of others. (k,) by cell; only what lies around a station's cells is looked at.
    """
    tile = cells.pool.tile[cells.run_tile]
    run = np.repeat(np.arange(len(cells.run)), cells.count)
    for row in np.unique(station[(station >= 0) & (inside_m >= 0)]).tolist():
        mine = station == row
        own = tile[run[mine]]
        near = ((tile >= own.min(axis=0) - 1) & (tile <= own.max(axis=0) + 1)).all(axis=1)
        here = cells.of_runs(near)
        sign = np.where(mine[here], HALF_CELL_M, -HALF_CELL_M)
        yield row, Canvas.of(cells.only(here)).positive(np.minimum(inside_m[here], sign))


def _parted(drawn: list[BaseGeometry], whole: BaseGeometry) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """The drawn zones made to share ``whole`` without overlap, and the crumbs that none of them holds."""
    zones, left = [], whole
    for zone in drawn:
        mine = _areas_of(shapely.intersection(zone, left))
        zones.append(mine)
        left = _areas_of(shapely.difference(left, mine))
    return zones, [part for part in shapely.get_parts(left).tolist() if part.area > 0]


def _areas_of(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return (
        shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
        if len(parts)
        else shapely.MultiPolygon()
    )


def times_of_each(field: ArrivalField, points: StreetPoints, *, limit_s: float = np.inf) -> Floats:
    """Arrival time of every station from its nominal place at street points, (stations, points); what comes later
    than ``limit_s`` may be infinite."""
    rows = np.flatnonzero(field.sites.nominal)
    seconds = np.full((len(field.sites.station_ids), len(points.row)), np.inf)
    for row, alone in zip(rows.tolist(), each_alone(field, rows, limit_s=limit_s), strict=True):
        seconds[field.sites.station[row]] = seconds_at(alone, points)
    return seconds


def due_in_order(seconds: Floats, most: int = 3) -> tuple[Floats, Ints]:
    """First, second, third due … from the times of each station, (stations, points).

    Returns seconds and station rows, both (``most``, points); infinite and -1 where fewer come. Of stations with
    equal times the lower comes first.
    """
    count = seconds.shape[1]
    order = np.argsort(seconds, axis=0, kind="stable")[:most]
    times = np.full((most, count), np.inf)
    who = np.full((most, count), -1, dtype=np.int64)
    times[: len(order)] = np.take_along_axis(seconds, order, axis=0)
    who[: len(order)] = np.where(np.isfinite(times[: len(order)]), order, -1)
    return times, who


def overlaps(
    ground: Ground, due: FirstDue, *, limit_s: float, off_street_limit_m: float, most: int = 4
) -> list[tuple[int, BaseGeometry]]:
    """Ground on which at least 2, 3 … ``most`` stations arrive within the limit: (number, area), nested."""
    field = due.field
    stations = len(field.sites.station_ids)
    if stations < 2:
        return []
    cells = reached_cells(ground, due, limit_s)
    canvas = Canvas.of(cells)
    points = field.points(cells.street, cells.chainage_m)
    # A cell beyond the limit says where the outline runs.
    beyond_s = CELL_M / (float(field.drive.speed_kph.min()) / 3.6)
    each = np.sort(times_of_each(field, points, limit_s=limit_s + beyond_s), axis=0)
    return [
        (
            number,
            canvas.positive(
                margin_m(cells, each[number - 1], field.drive.speed_kph, limit_s, off_street_limit_m)
            ),
        )
        for number in range(2, min(most, stations) + 1)
    ]
