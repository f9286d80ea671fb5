"""The tables of an assessment that are cut from the arrival field: streets, coverage, zones, overlaps, force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.coverage import reached_ground
from analysis.force import force_stretches
from analysis.readings import first_due, stretches
from analysis.vehicle_limits import warning_codes
from analysis.zones import first_due_zones, overlaps
from geo.chainage import stretch_lines
from geo.ground import ground_of
from geo.network import CLASSES
from geo.rule_pack import read_boxes

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.readings import FirstDue
    from analysis.scenario import Targets
    from analysis.vehicle_limits import Vehicle
    from geo.county import County
    from geo.network import Flags, Floats


def _table(county: County, columns: dict[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(geometry, crs=county.crs), crs=county.crs)


def street_table(
    county: County,
    due: FirstDue | None,
    targets: Targets,
    *,
    reachable: Flags | None = None,
    vehicle: Vehicle | None = None,
) -> gpd.GeoDataFrame:
    """Stretches of all streets: ``street_id``, ``name``, ``class``, ``length_m``, ``arrival_s_start``,
    ``arrival_s_end``, ``station_id``, ``reached``, ``state``, ``warning``. They do not overlap and add up to
    every street once.

    ``warning``: what the street may not let through (codes of :data:`analysis.vehicle_limits.WARNINGS` with a comma
    between them), null where nothing is stated that falls short. ``reachable`` (m,): streets that somebody would
    reach, were none closed or blocked; where nobody comes to such a street it is ``too_late``, without a time.
    """
    network = county.network
    names = [
        "street_id",
        "name",
        "class",
        "length_m",
        "arrival_s_start",
        "arrival_s_end",
        "station_id",
        "reached",
        "state",
        "warning",
    ]
    if network is None:
        return _table(county, {name: pd.Series(dtype=object) for name in names}, [])
    if due is None:
        street, from_m, to_m = np.arange(network.n_streets), np.zeros(network.n_streets), network.length_m
        start_s = end_s = np.full(network.n_streets, np.nan)
        station_id: list[str | None] = [None] * network.n_streets
        reached = np.zeros(network.n_streets, dtype=bool)
        state = ["not_analysed"] * network.n_streets
        if reachable is not None:
            state = np.where(reachable, "too_late", "unconnected").tolist()
    else:
        cut = stretches(due, targets.limit_s)
        street, from_m, to_m, start_s, end_s = cut.street, cut.from_m, cut.to_m, cut.from_s, cut.to_s
        ids = due.field.sites.station_ids
        station_id = [ids[i] if i >= 0 else None for i in cut.station.tolist()]
        reached = cut.reached
        somebody = cut.station >= 0 if reachable is None else (cut.station >= 0) | reachable[street]
        state = np.where(reached, "reached", np.where(somebody, "too_late", "unconnected")).tolist()
    columns = {
        "street_id": network.street_ids(street),
        "name": network.street_names(street),
        "class": [CLASSES[i] for i in network.klass[street].tolist()],
        "length_m": to_m - from_m,
        "arrival_s_start": start_s,
        "arrival_s_end": end_s,
        "station_id": np.array(station_id, dtype=object),
        "reached": reached,
        "state": state,
        "warning": warning_codes(network, vehicle)[street],
    }
    return _table(county, columns, stretch_lines(network, street, from_m, to_m))


def band_table(county: County, due: FirstDue | None, targets: Targets) -> gpd.GeoDataFrame:
    """Ground reached by any station within each band, nested: ``station_id`` (None), ``band_s``, ``area_m2``,
    geometry, earliest first; no row where nobody comes. The limit is always a band."""
    found: list[tuple[str | None, float, BaseGeometry]] = []
    if due is not None and county.network is not None:
        found = [(None, band, area) for band, area in _bands_of(county, due, targets)]
    return _band_rows(county, found)


def _bands_of(county: County, due: FirstDue, targets: Targets) -> list[tuple[float, BaseGeometry]]:
    """The ground of a reading within each band."""
    bands = tuple(sorted({*targets.bands_s, targets.limit_s}))
    ground = ground_of(due.field.network, targets.off_street_limit_m, county.barrier)
    areas = reached_ground(ground, due, limits_s=bands, off_street_limit_m=targets.off_street_limit_m)
    return list(zip(bands, areas, strict=True))


def _band_rows(county: County, found: list[tuple[str | None, float, BaseGeometry]]) -> gpd.GeoDataFrame:
    areas_of = [area for _, _, area in found]
    columns = {
        "station_id": np.array([station_id for station_id, _, _ in found], dtype=object),
        "band_s": np.array([band for _, band, _ in found], dtype=float),
        "area_m2": np.array([area.area for area in areas_of], dtype=float),
    }
    return _table(county, columns, areas_of)


def coverage_table(
    county: County, due: FirstDue | None, bands: gpd.GeoDataFrame, targets: Targets
) -> gpd.GeoDataFrame:
    """Ground reached within each band: one row per station alone (cumulative, may overlap), and ``bands``, the union
    (``station_id`` None). Columns as :func:`band_table`."""
    found: list[tuple[str | None, float, BaseGeometry]] = []
    if due is not None and county.network is not None:
        field, latest_s = due.field, max(*targets.bands_s, targets.limit_s)
        for number, station_id in enumerate(field.sites.station_ids):
            rows = np.flatnonzero(field.sites.nominal & (field.sites.station == number))
            alone = first_due(field, rows, limit_s=latest_s)
            found += [(station_id, band, area) for band, area in _bands_of(county, alone, targets)]
    union = zip(bands["band_s"].tolist(), bands.geometry, strict=True)
    return _band_rows(county, [*found, *((None, band, area) for band, area in union)])


def zone_table(
    county: County, due: FirstDue | None, bands: gpd.GeoDataFrame, targets: Targets
) -> gpd.GeoDataFrame:
    """First-due zones (责任区) at the limit: ``station_id``, ``name``, ``area_m2``; without overlap, their union is
    the ground of ``bands`` at the limit. A station that is first nowhere has no row."""
    zones: list[tuple[int, BaseGeometry]] = []
    ids: tuple[str, ...] = ()
    if due is not None and county.network is not None:
        whole = bands[bands["band_s"] == targets.limit_s].geometry.iloc[0]
        zones = first_due_zones(
            ground_of(county.network, targets.off_street_limit_m, county.barrier), due, whole,
            limit_s=targets.limit_s, off_street_limit_m=targets.off_street_limit_m,
        )  # fmt: skip
        ids = due.field.sites.station_ids
    names = dict(zip(county.stations["station_id"].astype(str), county.stations["name"], strict=True))
    columns = {
        "station_id": np.array([ids[row] for row, _ in zones], dtype=object),
        "name": np.array([names.get(ids[row]) for row, _ in zones], dtype=object),
        "area_m2": np.array([area.area for _, area in zones], dtype=float),
    }
    return _table(county, columns, [area for _, area in zones])


def overlap_table(county: County, due: FirstDue | None, targets: Targets) -> gpd.GeoDataFrame:
    """Ground on which at least ``stations`` (2, 3, 4) arrive within the limit: ``stations``, ``area_m2``."""
    found: list[tuple[int, BaseGeometry]] = []
    if due is not None and county.network is not None:
        found = overlaps(
            ground_of(county.network, targets.off_street_limit_m, county.barrier), due,
            limit_s=targets.limit_s, off_street_limit_m=targets.off_street_limit_m,
        )  # fmt: skip
    columns = {
        "stations": np.array([number for number, _ in found], dtype=np.int64),
        "area_m2": np.array([area.area for _, area in found], dtype=float),
    }
    return _table(county, columns, [area for _, area in found])


def station_strength(county: County, station_ids: tuple[str, ...]) -> dict[str, Floats]:
    """What each station sends: ``engines`` in use counted from the vehicles (kinds that are no fire engines left
    out) or, of a station of the scenario, as it says; ``crew`` as stated; NaN where not stated."""
    vehicles, stations = county.vehicles, county.stations
    kinds = read_boxes().kinds
    fighting = vehicles["kind"].isin(kinds.loc[kinds["engine"] == "true", "kind"]) & (
        vehicles["status"] == "in_use"
    )
    listed = vehicles[fighting].groupby("station_id").size()
    by_id = stations.set_index(stations["station_id"].astype(str))
    crew = by_id["crew"]
    # Of a station that a scenario adds no vehicles are listed; it may say how many engines it sends.
    said = by_id["engines"] if "scenario_change" in by_id else pd.Series(dtype=float)
    return {
        "engines": np.array([float(listed.get(each, said.get(each, np.nan))) for each in station_ids]),
        "crew": np.array([float(crew.get(each, np.nan)) for each in station_ids]),
    }


def force_table(county: County, due: FirstDue | None, targets: Targets) -> gpd.GeoDataFrame:
    """Effective response force at the limit: stretches with ``street_id``, ``name``, ``length_m``, ``stations``,
    ``engines`` and ``crew`` in time. A sum is null where a station in time does not state what it sends."""
    network = county.network
    names = ["street_id", "name", "length_m", "stations", "engines", "crew"]
    if due is None or network is None:
        return _table(county, {name: pd.Series(dtype=object) for name in names}, [])
    strength = station_strength(county, due.field.sites.station_ids)
    cut = force_stretches(due.field, np.stack(list(strength.values())), targets.limit_s)
    columns = {
        "street_id": network.street_ids(cut.street),
        "name": network.street_names(cut.street),
        "length_m": cut.to_m - cut.from_m,
        "stations": cut.stations,
        **dict(zip(strength, cut.strength, strict=True)),
    }
    return _table(county, columns, stretch_lines(network, cut.street, cut.from_m, cut.to_m))
