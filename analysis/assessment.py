"""Put a scenario to a county and get everything computed: one frozen value behind every figure, map and file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis import standards, verdicts
from analysis.arrival import (
    ArrivalField,
    FirstDue,
    Sites,
    arrival_field,
    first_due,
    streets_that_take_sites,
    stretches,
)
from analysis.coverage import reached_ground
from analysis.positions import bound_shapes, station_places
from analysis.sampling import sample_shapes
from analysis.shares import area_shares, length_shares, study_area_of
from analysis.summary import summarise
from analysis.water import counted
from analysis.water_cover import water_answer
from geo.chainage import stretch_lines
from geo.ground import ground_of
from geo.network import CLASSES

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario, Targets
    from geo.county import County
    from geo.network import Network

SITE_STEP_M = 50.0
"""A station known only by a shape is tried along it this far apart."""


UNUSABLE = ("too_far", "no_place", "no_network")
"""States of a counted station's site that leave it out of the field; what it would cover is not known."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """Everything computed for one county and scenario. Tables are in the county's CRS, in metres.

    ``parcels``, ``stations``, ``hydrants``, ``cranes`` carry the county's columns and the computed ones behind;
    ``streets`` are stretches with linear time; ``coverage`` one row per station and band and the union
    (``station_id`` None); ``hydrant_cover`` protection areas, ``hydrant_gaps`` what they leave of the study
    area. ``field`` and ``due`` are None without a network or without a station that counts.
    """

    county: County
    scenario: Scenario
    field: ArrivalField | None
    due: FirstDue | None
    parcels: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    hydrants: gpd.GeoDataFrame
    cranes: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    coverage: gpd.GeoDataFrame
    hydrant_cover: gpd.GeoDataFrame
    hydrant_gaps: gpd.GeoDataFrame
    study_area: BaseGeometry | None
    summary: dict[str, Any]


def assess(county: County, scenario: Scenario) -> Assessment:
    """Answer the scenario's question for the county. Reads both, changes neither."""
    targets = scenario.targets
    stations = site_states(county, scenario)
    field = field_of(county, stations, targets)
    due = None if field is None else first_due(field)
    study_area, study_source = study_area_of(county, targets)
    coverage = coverage_table(county, due, targets)
    missing = (
        stations_missing(stations)
        or stations_unknown(stations)
        or len(county.stations) == 0
        or bool(partly_placed(county, stations, targets))
    )
    areas = area_shares(
        county.network, field, due, study_area, coverage, targets, not_covered_is_sure=not missing
    )
    lengths = length_shares(county.network, field, due, study_area, targets)
    parcels = judged_parcels(county, scenario, stations, field)
    water = water_answer(county, scenario, study_area)
    parcels = parcels.join(water.parcels)
    return Assessment(
        county=county,
        scenario=scenario,
        field=field,
        due=due,
        parcels=parcels,
        stations=stations,
        hydrants=water.hydrants,
        cranes=water.cranes,
        streets=street_table(county, due, targets),
        coverage=coverage,
        hydrant_cover=water.cover,
        hydrant_gaps=water.gaps,
        study_area=study_area,
        summary=summarise(county, scenario, stations, parcels, study_source, areas, lengths, water.figures),
    )


def site_states(county: County, scenario: Scenario) -> gpd.GeoDataFrame:
    """The stations with ``counted`` and the state of their site: the county's rows and columns, three more.

    ``site_state``: ``snapped``, ``too_far`` (no street that can be left and come back to within the limit),
    ``no_place``, ``not_counted``, ``no_network``; ``snap_m`` for the nominal place, NaN otherwise.
    """
    counts = counted(county.stations["status"], scenario)
    states, snaps = [], []
    for i, station in enumerate(county.stations.itertuples()):
        if not counts.iloc[i]:
            state, snap = "not_counted", np.nan
        elif station.geometry is None:
            state, snap = "no_place", np.nan
        elif county.network is None:
            state, snap = "no_network", np.nan
        else:
            snap = float(_snap(county.network, np.array([station.geometry], dtype=object))[2][0])
            state = "snapped" if snap <= scenario.targets.snap_limit_m else "too_far"
        states.append(state)
        snaps.append(snap)
    return county.stations.assign(counted=counts, site_state=states, snap_m=snaps)


def _snap(network: Network, points: Any) -> tuple[Any, Any, Any]:
    return network.nearest(points, among=streets_that_take_sites(network, standards.SMALL_PART_SHARE))


def possible_places(shape: BaseGeometry | None, nominal: BaseGeometry) -> list[BaseGeometry]:
    """The nominal place of a station and, where it is known only by a shape, places every 50 m of it: along a
    line, along the outline of an area and on a grid inside it."""
    if shape is None or shape.geom_type == "Point":
        return [nominal]
    places = [nominal]
    lines = shape.boundary if shape.area > 0 else shape
    for part in shapely.get_parts(lines).tolist():
        steps = np.linspace(0, part.length, max(2, int(np.ceil(part.length / SITE_STEP_M)) + 1))
        places += shapely.line_interpolate_point(part, steps[: -1 if part.is_closed else None]).tolist()
    if shape.area > 0:
        west, south, east, north = shape.bounds
        columns, rows = np.arange(west, east, SITE_STEP_M), np.arange(south, north, SITE_STEP_M)
        grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        inside = grid[shapely.intersects_xy(shape, grid[:, 0], grid[:, 1])]
        places += [shapely.Point(x, y) for x, y in inside.tolist()]
    return places


@dataclass(frozen=True, eq=False)
class _Places:
    """The places where one station may stand and the street points they snap to; the nominal place comes first."""

    street: Any
    chainage_m: Any
    snap_m: Any


def _possible_sites(network: Network, station: Any) -> _Places:
    places = possible_places(station.shape, station.geometry)
    return _Places(*_snap(network, np.array(places, dtype=object)))


def partly_placed(county: County, stations: gpd.GeoDataFrame, targets: Targets) -> frozenset[str]:
    """Ids of the stations in the field that may also stand where no usable street is within the snap limit."""
    network = county.network
    if network is None:
        return frozenset()
    usable = stations[stations["site_state"] == "snapped"]
    return frozenset(
        str(row.station_id)
        for row in usable.itertuples()
        if not (_possible_sites(network, row).snap_m <= targets.snap_limit_m).all()
    )


def field_of(county: County, stations: gpd.GeoDataFrame, targets: Targets) -> ArrivalField | None:
    """The arrival field of the stations whose site is snapped; None without a network or such a station.

    Of the places where a station may stand those too far from a usable street are left out; which stations that
    concerns, :func:`partly_placed` says.
    """
    network = county.network
    usable = stations[stations["site_state"] == "snapped"].sort_values("station_id", kind="stable")
    if network is None or usable.empty:
        return None
    station, nominal, street, chainage, snap, turnout = [], [], [], [], [], []
    for number, row in enumerate(usable.itertuples()):
        found = _possible_sites(network, row)
        near = np.flatnonzero(found.snap_m <= targets.snap_limit_m)
        station += [number] * len(near)
        nominal += (near == 0).tolist()
        street.append(found.street[near])
        chainage.append(found.chainage_m[near])
        snap.append(found.snap_m[near])
        own = row.turnout_s
        turnout += [float(targets.turnout_s if pd.isna(own) else own)] * len(near)
    sites = Sites(
        tuple(usable["station_id"].astype(str)),
        np.array(station, dtype=np.int64),
        np.array(nominal, dtype=bool),
        np.concatenate(street),
        np.concatenate(chainage),
        np.concatenate(snap),
        np.array(turnout),
    )
    return arrival_field(network, sites, targets)


def _table(county: County, columns: dict[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(geometry, crs=county.crs), crs=county.crs)


def street_table(county: County, due: FirstDue | None, targets: Targets) -> gpd.GeoDataFrame:
    """Stretches of all streets: ``street_id``, ``name``, ``class``, ``length_m``, ``arrival_s_start``,
    ``arrival_s_end``, ``station_id``, ``reached``, ``state``. They do not overlap and add up to every street once."""
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
    ]
    if network is None:
        return _table(county, {name: pd.Series(dtype=object) for name in names}, [])
    if due is None:
        street, from_m, to_m = np.arange(network.n_streets), np.zeros(network.n_streets), network.length_m
        start_s = end_s = np.full(network.n_streets, np.nan)
        station_id: list[str | None] = [None] * network.n_streets
        reached, state = np.zeros(network.n_streets, dtype=bool), ["not_analysed"] * network.n_streets
    else:
        cut = stretches(due, targets.limit_s)
        street, from_m, to_m, start_s, end_s = cut.street, cut.from_m, cut.to_m, cut.from_s, cut.to_s
        ids = due.field.sites.station_ids
        station_id = [ids[i] if i >= 0 else None for i in cut.station.tolist()]
        reached = cut.reached
        state = np.where(reached, "reached", np.where(cut.station >= 0, "too_late", "unconnected")).tolist()
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
    }
    return _table(county, columns, stretch_lines(network, street, from_m, to_m))


def coverage_table(county: County, due: FirstDue | None, targets: Targets) -> gpd.GeoDataFrame:
    """Ground reached within each band: one row per station alone (cumulative, may overlap) and the union
    (``station_id`` None). Columns ``station_id``, ``band_s``, ``area_m2``, geometry. The limit is always a band."""
    bands = tuple(sorted({*targets.bands_s, targets.limit_s}))
    rows: list[tuple[str | None, float, BaseGeometry]] = []
    if due is not None and county.network is not None:
        field = due.field
        ground = ground_of(county.network, targets.off_street_limit_m)
        alone = [
            (
                station_id,
                first_due(field, np.flatnonzero(field.sites.nominal & (field.sites.station == number))),
            )
            for number, station_id in enumerate(field.sites.station_ids)
        ]
        for station_id, reading in [*alone, (None, due)]:
            areas = reached_ground(
                ground, reading, limits_s=bands, off_street_limit_m=targets.off_street_limit_m
            )
            rows += [(station_id, band, area) for band, area in zip(bands, areas, strict=True)]
    areas_of = [area for _, _, area in rows]
    columns = {
        "station_id": np.array([station_id for station_id, _, _ in rows], dtype=object),
        "band_s": np.array([band for _, band, _ in rows], dtype=float),
        "area_m2": np.array([area.area for area in areas_of], dtype=float),
    }
    return _table(county, columns, areas_of)


def judged_parcels(
    county: County, scenario: Scenario, stations: gpd.GeoDataFrame, field: ArrivalField | None
) -> gpd.GeoDataFrame:
    """The parcels with their verdict and its proof; see :func:`verdicts.judge`.

    Adds ``verdict_slow`` (the same question at peak speeds), ``bound_m`` and ``bound_kph``, the straight-line
    distance and the speed it would take.
    """
    targets = scenario.targets
    parcels, network = county.parcels, county.network
    shapes = list(parcels["shape"])
    samples = None if network is None else sample_shapes(shapes, network, targets.off_street_limit_m)
    distance = verdicts.bound_m(bound_shapes(county), station_places(county, stations))
    needed = verdicts.bound_speed_kph(
        distance, targets, verdicts.bound_turnout_s(targets, stations.loc[stations["counted"], "turnout_s"])
    )
    partly = partly_placed(county, stations, targets)

    def judged(asked: Targets, asked_field: ArrivalField | None) -> pd.DataFrame:
        times = (
            None
            if samples is None or asked_field is None
            else verdicts.sample_times(asked_field, samples, partly)
        )
        if samples is not None and asked_field is None:
            times = verdicts.nobody_comes(samples)
        return verdicts.judge(
            parcels, samples, times, needed, _circumstances(county, stations, asked, asked_field, partly)
        )

    slow_targets = dataclasses.replace(targets, profile="snow" if targets.profile == "snow" else "peak")
    slow_field = field if slow_targets == targets else field_of(county, stations, slow_targets)
    slow = judged(slow_targets, slow_field)
    answer = judged(targets, field)
    return gpd.GeoDataFrame(
        parcels.join(answer).assign(verdict_slow=slow["verdict"], bound_m=distance, bound_kph=needed)
    )


def _circumstances(
    county: County,
    stations: gpd.GeoDataFrame,
    targets: Targets,
    field: ArrivalField | None,
    partly: frozenset[str],
) -> verdicts.Circumstances:
    fastest = max((targets.speed_kph(name) for name in CLASSES), default=0.0)
    uncertain = field is not None and len(field.sites.station) > len(field.sites.station_ids)
    drawn_places = bool({"stations", "parcels"} & county.schematic)
    return verdicts.Circumstances(
        limit_s=targets.limit_s,
        off_street_limit_m=targets.off_street_limit_m,
        bound_kph_limit=max(standards.BOUND_SPEED_KPH, fastest),
        has_network=county.network is not None,
        schematic=(
            "schematic_network" if "roads" in county.schematic else "schematic_places" if drawn_places else ""
        ),
        station_ids=() if field is None else field.sites.station_ids,
        station_uncertain=uncertain,
        station_missing=bool(partly) or stations_missing(stations),
        stations_listed=len(county.stations) > 0,
        stations_unknown=stations_unknown(stations),
    )


def stations_missing(stations: gpd.GeoDataFrame) -> bool:
    """Whether a counted station has no usable site, so that what it would cover is not known."""
    return bool(stations["site_state"].isin(UNUSABLE).any())


def stations_unknown(stations: gpd.GeoDataFrame) -> bool:
    """Whether no station counts and of some nobody knows whether they are in use."""
    return bool(not stations["counted"].any() and (stations["status"] == "unknown").any())
