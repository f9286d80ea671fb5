"""Where the counted stations stand, or may stand, on the network, and the arrival field they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.arrival import ArrivalField, Sites, arrival_field, streets_that_take_sites
from analysis.closures import Closure, Closures, closed_intervals
from analysis.water import counted
from geo.rule_pack import read_boxes

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario, Targets
    from analysis.vehicle_limits import Vehicle
    from geo.county import County
    from geo.network import Network

SITE_STEP_M = 50.0
"""A station known only by a shape is tried along it this far apart."""

UNUSABLE = ("too_far", "no_place", "no_network")
"""States of a counted station's site that leave it out of the field; what it would cover is not known."""


def site_states(county: County, scenario: Scenario) -> gpd.GeoDataFrame:
    """The stations with ``counted`` and the state of their site: the county's rows and columns, three more.

    ``site_state``: ``snapped``, ``too_far`` (no street that can be left and come back to within the limit),
    ``no_place``, ``no_network``; of those that do not count ``not_counted`` (under construction, shut …) or
    ``no_engine`` (its vehicles are listed and no engine in use is among them). ``snap_m`` for the nominal place,
    NaN otherwise.
    """
    engineless = county.stations["station_id"].isin(stations_without_engine(county))
    counts = counted(county.stations["status"], scenario) & ~engineless
    states, snaps = [], []
    for i, station in enumerate(county.stations.itertuples()):
        if engineless.iloc[i]:
            state, snap = "no_engine", np.nan
        elif not counts.iloc[i]:
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


def stations_without_engine(county: County) -> frozenset[str]:
    """Ids of the stations whose vehicles are listed and hold no engine in use.

    A vehicle of an unknown kind or state may be one. A station that is not in the list states nothing, and counts.
    """
    vehicles, kinds = county.vehicles, read_boxes().kinds
    never = vehicles["kind"].isin(kinds.loc[kinds["engine"] == "false", "kind"])
    may_come = ~never & vehicles["status"].isin(["in_use", "unknown"])
    listed = vehicles["station_id"].dropna()
    return frozenset(listed.astype(str)) - frozenset(
        vehicles.loc[may_come, "station_id"].dropna().astype(str)
    )


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


def field_of(
    county: County,
    stations: gpd.GeoDataFrame,
    targets: Targets,
    closures: tuple[Closure, ...] = (),
    vehicle: Vehicle | None = None,
) -> ArrivalField | None:
    """The arrival field of the stations whose site is snapped; None without a network or such a station.

    Streets with a stated limit below the ``vehicle`` are not driven; sites snap as if they were.
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
        start_s = float(targets.turnout_s if pd.isna(own) else own) + targets.start_s
        turnout += [start_s] * len(near)
    sites = Sites(
        tuple(usable["station_id"].astype(str)),
        np.array(station, dtype=np.int64),
        np.array(nominal, dtype=bool),
        np.concatenate(street),
        np.concatenate(chainage),
        np.concatenate(snap),
        np.array(turnout),
    )
    closed = closures_on(network, closures) if closures else None
    return arrival_field(network, sites, targets, closed, vehicle)


@lru_cache(maxsize=8)
def closures_on(network: Network, closures: tuple[Closure, ...]) -> Closures:
    """What closures act on, kept so that a changed target does not look it up again."""
    return closed_intervals(network, closures)


def stations_missing(stations: gpd.GeoDataFrame) -> bool:
    """Whether a counted station has no usable site, so that what it would cover is not known."""
    return bool(stations["site_state"].isin(UNUSABLE).any())


def stations_unknown(stations: gpd.GeoDataFrame) -> bool:
    """Whether no station counts and of some nobody knows whether they are in use."""
    return bool(not stations["counted"].any() and (stations["status"] == "unknown").any())


def nobody_counts(stations: gpd.GeoDataFrame) -> bool:
    """Whether stations are listed and none of them counts, so that nobody comes; not where a state is unknown."""
    return len(stations) > 0 and not stations["counted"].any() and not stations_unknown(stations)
