"""A trip asked for by a person: from a station, or whoever is first, to a parcel, a station or a point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.county_changes import county_with
from analysis.route import Route, first_due_route, site_route
from analysis.sites import field_of, station_sites
from geo.crs import WGS84, reproject, shapes_of
from geo.ownership import owner_of
from geo.problems import InputError, Problem, problem

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField
    from analysis.scenario import Scenario
    from geo.county import County


def place_named(county: County, text: str) -> shapely.Point:
    """A place in the county's CRS from ``lon,lat`` (WGS84), or the number, id or name of a parcel or station.

    A parcel stands for its drawn middle. Raises :class:`InputError` where it is neither or has no place.
    """
    parts = text.split(",")
    try:
        lon, lat = (float(part) for part in parts) if len(parts) == 2 else (np.nan, np.nan)
    except ValueError:
        lon, lat = np.nan, np.nan
    if abs(lon) <= 180 and abs(lat) <= 90:
        point: shapely.Point = reproject(shapes_of([shapely.Point(lon, lat)]), WGS84, county.crs)[0]
        return point
    called = [
        table.geometry.iloc[row]
        for column, table in (
            ("parcel_no", county.parcels), ("station_id", county.stations),
            ("name", county.parcels), ("name", county.stations),
        )
        for row in np.flatnonzero(table[column].astype(str) == text).tolist()
    ]  # fmt: skip
    if not called:
        raise InputError([problem("place_unknown", value=text)])
    if called[0] is None:
        raise InputError([problem("place_unplaced", value=text)])
    middle: shapely.Point = called[0].representative_point()
    return middle


def trip(county: County, scenario: Scenario, start: str | None, end: str) -> tuple[Route, dict[str, Any]]:
    """The route and the facts beside it: ``off_street_m`` at its end and whether the streets are schematic.

    ``start``: a station id; None for the station that is first due. Raises :class:`InputError` where the county
    has no network, nobody can come, or the end is off the streets.
    """
    county = county_with(county, scenario)
    network, targets = county.network, scenario.targets
    if network is None:
        raise InputError([problem("network_needed", file=f"{county.folder}/roads")])
    found: list[Problem] = []
    stations = station_sites(county, scenario)
    field = field_of(county, stations, targets, scenario.closures, scenario.blocked_for)
    if field is None:
        found.append(problem("nobody_counts"))
    site = None if start is None or field is None else _site(field, start, found)
    try:
        place = place_named(county, end)
    except InputError as error:
        raise InputError([*found, *error.problems]) from error
    there = np.array([place], dtype=object)
    street, chainage, distance = owner_of(network, county.barrier, there, targets.off_street_limit_m)
    if not distance[0] <= targets.off_street_limit_m:
        found.append(problem("place_off_street", value=end, metres=targets.off_street_limit_m))
    if found or field is None:
        raise InputError(found)
    at_street, at_m = int(street[0]), float(chainage[0])
    route = (
        first_due_route(field, at_street, at_m) if site is None else site_route(field, site, at_street, at_m)
    )
    if route is None:
        raise InputError([problem("no_way", value=end)])
    return route, {"off_street_m": float(distance[0]), "schematic": "roads" in county.schematic}


def _site(field: ArrivalField, station_id: str, found: list[Problem]) -> int | None:
    sites = field.sites
    if station_id not in sites.station_ids:
        found.append(problem("station_unusable", value=station_id, known=", ".join(sites.station_ids)))
        return None
    number = sites.station_ids.index(station_id)
    return int(np.flatnonzero(sites.nominal & (sites.station == number))[0])


@dataclass(frozen=True)
class LedgerRow:
    """One line of a trip: the turnout, or a street driven without a break. ``at_s`` seconds after the order."""

    name: str
    street_class: str
    length_m: float
    drive_s: float
    delay_s: float
    at_s: float


TURNOUT, START = "turnout", "acceleration"
"""The classes of the rows that stand for the turnout and for gathering speed."""


def ledger(route: Route, start_s: float = 0.0) -> list[LedgerRow]:
    """The route as rows whose ``drive_s`` and ``delay_s`` add up to ``arrival_s``: turnout, the ``start_s`` that
    gathering speed takes, then street by street."""
    turnout_s = route.turnout_s - start_s
    rows = [LedgerRow("", TURNOUT, 0.0, 0.0, turnout_s, turnout_s)]
    if start_s > 0:
        rows.append(LedgerRow("", START, 0.0, 0.0, start_s, route.turnout_s))
    for leg in route.legs:
        last, at_s = rows[-1], rows[-1].at_s + leg.drive_s + leg.delay_s
        if (last.name, last.street_class) == (leg.name, leg.street_class) and leg.delay_s == 0:
            rows[-1] = replace(
                last, length_m=last.length_m + leg.length_m, drive_s=last.drive_s + leg.drive_s, at_s=at_s
            )
        else:
            rows.append(LedgerRow(leg.name, leg.street_class, leg.length_m, leg.drive_s, leg.delay_s, at_s))
    return rows


def route_table(route: Route, crs: str) -> gpd.GeoDataFrame:
    """The route's line with its station, metres and seconds, for export."""
    columns = {
        "station_id": [route.station_id], "turnout_s": [route.turnout_s], "length_m": [route.length_m],
        "arrival_s": [route.arrival_s],
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([route.line], crs=crs), crs=crs)
