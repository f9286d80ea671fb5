"""Arrival times at any points: read them, ask the field, write the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.county_changes import county_with, surveyed_county
from analysis.coverage import connected_streets
from analysis.precision import as_written
from analysis.sites import field_of, nobody_counts, station_sites
from analysis.zones import due_in_order, times_of_each
from geo.crs import WGS84
from geo.export import csv_bytes, geojson_bytes, write_files
from geo.ownership import owner_of
from geo.problems import InputError, problem
from geo.tables import read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario
    from geo.county import County
    from geo.network import Flags, Floats

REACHED, TOO_LATE, UNCONNECTED, OFF_STREET, NO_NETWORK = (
    "reached", "too_late", "unconnected", "off_street", "no_network",
)  # fmt: skip
"""States of a point: see :func:`point_states`."""

ADDED = (
    "arrival_s", "station_id", "second_due_s", "second_station_id", "third_due_s", "stations_in_time",
    "off_street_m", "state", "schematic",
)  # fmt: skip


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


def read_points(path: Path) -> gpd.GeoDataFrame:
    """Points of a CSV (columns ``lon``, ``lat``) or GeoJSON file, in WGS84, with the file's columns.

    Raises :class:`InputError` listing every row without a usable point.
    """
    if not path.is_file():
        raise InputError([problem("build_no_file", file=str(path))])
    rows = read_rows(path, file=path.name, layer="points")
    table = pd.DataFrame(rows.table.drop(columns=[name for name in ADDED if name in rows.table]))
    found = [each for each in rows.problems if not each.warning]
    if found:
        raise InputError(found)
    if rows.geometry is None and not {"lon", "lat"} <= set(table.columns):
        raise InputError([problem("lon_lat_needed", file=path.name, have=", ".join(map(str, table.columns)))])
    shapes = _lon_lat(table) if rows.geometry is None else np.asarray(rows.geometry, dtype=object)
    in_degrees = (rows.crs or WGS84) == WGS84
    for number, shape in enumerate(shapes.tolist(), start=1):
        if not _is_point(shape) or (in_degrees and not _is_on_earth(shape)):
            found.append(problem("point_needed", file=path.name, row=number))
    if found:
        raise InputError(found)
    placed = gpd.GeoSeries(shapes, crs=rows.crs or WGS84).to_crs(WGS84)
    return gpd.GeoDataFrame(table, geometry=placed, crs=WGS84)


def _is_point(shape: BaseGeometry | None) -> bool:
    return shape is not None and not shape.is_empty and shape.geom_type == "Point"


def _is_on_earth(point: BaseGeometry) -> bool:
    """Whether degrees are a place on Earth: those with latitude and longitude exchanged often are none."""
    x, y = shapely.get_x(point), shapely.get_y(point)
    return bool(abs(x) <= 180 and abs(y) <= 90)


def _lon_lat(table: pd.DataFrame) -> NDArray[np.object_]:
    """Points of the columns ``lon`` and ``lat``; None where either is no number of degrees."""
    lon, lat = (pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float) for name in ("lon", "lat"))
    good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    shapes = np.full(len(table), None, dtype=object)
    shapes[good] = shapely.points(lon[good], lat[good])
    return shapes


def arrival_at(county: County, scenario: Scenario, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The points with :data:`ADDED` behind their own columns, on the same index.

    ``arrival_s`` is at the street point that owns the place, at the stations' nominal places; null where the
    state is ``off_street``, ``unconnected`` or ``no_network``, or where closures or limits keep everybody away. So
    are the second due and the number of stations in time.
    """
    county = county_with(county, scenario)
    targets, network = scenario.targets, county.network
    count = len(points)
    times, who = np.full((3, count), np.inf), np.full((3, count), -1)
    in_time, off_street = np.zeros(count), np.full(count, np.nan)
    states = np.full(count, NO_NETWORK, dtype=object)
    ids: tuple[str, ...] = ()
    if network is not None:
        places = np.asarray(points.geometry.to_crs(county.crs).to_numpy(), dtype=object)
        street, chainage, off_street = owner_of(network, county.barrier, places, targets.off_street_limit_m)
        stations = station_sites(county, scenario)
        field = field_of(county, stations, targets, scenario.closures, scenario.blocked_for)
        owned = street >= 0
        connected = np.full(count, nobody_counts(stations.table)) & owned
        if field is not None:
            ids = field.sites.station_ids
            each = times_of_each(field, field.points(street[owned], chainage[owned]))
            times[:, owned], who[:, owned] = due_in_order(each, 3)
            in_time[owned] = (each <= targets.limit_s).sum(axis=0)
            before = field_of(county, stations, targets) if scenario.shuts_streets else field
            connected[owned] = np.isfinite(times[0, owned])
            if before is not None and scenario.shuts_streets:
                connected[owned] |= connected_streets(before)[street[owned]]
        states = point_states(
            times[0], off_street, limit_s=targets.limit_s, off_street_limit_m=targets.off_street_limit_m,
            connected=connected,
        )  # fmt: skip
    known = np.isin(states, [REACHED, TOO_LATE])

    def station(rank: int) -> list[str | None]:
        return [
            ids[i] if ok and i >= 0 else None
            for i, ok in zip(who[rank].tolist(), known.tolist(), strict=True)
        ]

    return gpd.GeoDataFrame(
        points.assign(
            arrival_s=np.where(known & np.isfinite(times[0]), times[0], np.nan),
            station_id=station(0),
            second_due_s=np.where(known & np.isfinite(times[1]), times[1], np.nan),
            second_station_id=station(1),
            third_due_s=np.where(known & np.isfinite(times[2]), times[2], np.nan),
            stations_in_time=np.where(known, in_time, np.nan),
            off_street_m=off_street,
            state=states,
            schematic=network is not None and "roads" in county.schematic,
        )
    )


def write_points(answer: gpd.GeoDataFrame, county: County, scenario: Scenario, path: Path) -> None:
    """Write answered points as CSV or, by the ending ``.geojson`` or ``.json``, as GeoJSON."""
    answer = as_written(answer, answer.columns.difference(ADDED))
    if path.suffix.lower() in {".geojson", ".json"}:
        about = {
            "county": county.name,
            "scenario": scenario.to_json(),
            "schematic": "roads" in county.schematic,
            "digest": surveyed_county(county).digest,
            "licence": "" if county.network is None else county.network.source.licence,
            "attribution": "" if county.network is None else county.network.source.attribution,
        }
        content = geojson_bytes(answer, about)
    elif path.suffix.lower() == ".csv":
        coords = shapely.get_coordinates(answer.geometry.to_numpy())
        plain = pd.DataFrame(answer.drop(columns="geometry"))
        content = csv_bytes(
            plain.drop(columns=[name for name in ("lon", "lat") if name in plain]).assign(
                lon=coords[:, 0], lat=coords[:, 1]
            )
        )
    else:
        raise InputError([problem("out_format", value=path.name, known=".csv, .geojson, .json")])
    write_files(path.parent, {path.name: content})
