"""Where the counted stations stand, or may stand, on the network, and the arrival field they make."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from analysis import standards
from analysis.arrival import ArrivalField, Sites, arrival_field, streets_that_take_sites
from analysis.closures import Closure, Closures, closed_intervals
from analysis.county_changes import OFF, WIDE_CLASSES, stands_in_scenario
from analysis.water import counted, opens_later
from geo.ownership import owner_of
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

NOT_COUNTED = ("not_counted", "opens_later", "no_engine")
"""States of the site of a station that does not count."""

UNUSABLE = ("too_far", "hidden", "no_place", "no_network")
"""States of a counted station's site that leave it out of the field; what it would cover is not known."""


@dataclass(frozen=True, eq=False)
class StationSites:
    """The stations with the state of their sites, and where on the streets those in use may stand: made once, and
    read by everything that is asked of one scenario.

    ``table``: the county's rows and columns and three more. ``counted``; ``site_state``: ``snapped``, ``too_far``
    (no street that can be left and come back to within the limit), ``hidden`` (those within it lie beyond a
    barrier), ``no_place``, ``no_network``; of those that do not count ``not_counted`` (under construction, shut …),
    ``opens_later`` (than the scenario's year) or ``no_engine`` (its vehicles are listed and no engine in use is among
    them); ``snap_m`` for the nominal place, NaN where it is neither snapped nor too far.

    ``sites``: all places of the snapped stations that have such a street within the limit and in sight; None
    without any. ``partly_placed``: ids of those that may also stand where there is none, and of those that a scenario
    places no nearer than a village or township: these are put at their point alone, and nothing is sure from there.
    """

    table: gpd.GeoDataFrame
    sites: Sites | None
    partly_placed: frozenset[str]


def station_sites(county: County, scenario: Scenario) -> StationSites:
    """Find the streets on which the counted stations stand. A street beyond a barrier takes no site."""
    network, limit_m = county.network, scenario.targets.snap_limit_m
    table = _asked(county, scenario)
    rows = np.flatnonzero(table["site_state"] == "")
    rows = rows[np.argsort(table["station_id"].iloc[rows].astype(str), kind="stable")]
    if network is None or len(rows) == 0:
        return StationSites(table, None, frozenset())
    asked = table.iloc[rows]
    wide = stands_in_scenario(asked) & asked["position_class"].isin(WIDE_CLASSES).to_numpy()
    places = [
        [row.geometry] if only else possible_places(row.shape, row.geometry)
        for only, row in zip(wide.tolist(), asked.itertuples(), strict=True)
    ]
    count = np.array([len(each) for each in places])
    first = np.cumsum(count) - count
    takes = streets_that_take_sites(network, standards.SMALL_PART_SHARE)
    every = np.array([place for each in places for place in each], dtype=object)
    street, chainage_m, snap_m = owner_of(network, county.barrier, every, limit_m, takes)
    near = snap_m <= limit_m
    snapped, hidden = near[first], np.isnan(snap_m[first]) & bool((takes & network.owns_ground).any())
    state, snap = table["site_state"].to_numpy(copy=True), np.full(len(table), np.nan)
    state[rows] = np.select([snapped, hidden], ["snapped", "hidden"], "too_far")
    snap[rows] = snap_m[first]
    table = table.assign(site_state=state, snap_m=snap)
    ids = asked["station_id"].astype(str).to_numpy()
    partly = frozenset(ids[snapped & (wide | ~np.logical_and.reduceat(near, first))].tolist())
    if not snapped.any():
        return StationSites(table, None, partly)
    own_s = asked["turnout_s"].to_numpy(dtype=float)
    start_s = np.where(np.isnan(own_s), scenario.targets.turnout_s, own_s) + scenario.targets.start_s
    station = np.repeat(np.cumsum(snapped) - 1, count)
    use = near & np.repeat(snapped, count)
    nominal = np.isin(np.arange(len(every)), first)
    sites = Sites(
        tuple(ids[snapped].tolist()), station[use], nominal[use], street[use], chainage_m[use], snap_m[use],
        np.repeat(start_s, count)[use],
    )  # fmt: skip
    return StationSites(table, sites, partly)


def _asked(county: County, scenario: Scenario) -> gpd.GeoDataFrame:
    """The stations with ``counted``, ``site_state`` (empty where a street is to be looked for) and no ``snap_m``."""
    stations = county.stations
    off = stations["scenario_change"] == OFF if "scenario_change" in stations else False
    engineless = stations["station_id"].isin(stations_without_engine(county)) & ~np.asarray(off, dtype=bool)
    opens = stations["opens"]
    counts = counted(stations["status"], scenario, opens) & ~engineless
    later = opens_later(opens, scenario) & (stations["status"] != "out_of_service")
    nowhere, no_network = stations.geometry.isna(), np.full(len(stations), county.network is None)
    state = np.select(
        [engineless, later, ~counts, nowhere, no_network],
        ["no_engine", "opens_later", "not_counted", "no_place", "no_network"],
        "",
    ).astype(object)
    return stations.assign(counted=counts, site_state=state, snap_m=np.full(len(stations), np.nan))


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


def possible_places(shape: BaseGeometry | None, nominal: BaseGeometry) -> list[BaseGeometry]:
    """The nominal place of a station and, where it is known only by a shape, places every 50 m of it: along a
    line, along the outline of an area and on a grid inside it; single points as they are."""
    if shape is None or shape.geom_type == "Point":
        return [nominal]
    parts = shapely.get_parts(shape)
    kind = shapely.get_dimensions(parts)
    places = [nominal, *parts[kind == 0].tolist()]
    lines = shapely.get_parts([*parts[kind == 1], *shapely.boundary(parts[kind == 2])])
    for part in lines.tolist():
        steps = np.linspace(0, part.length, max(2, int(np.ceil(part.length / SITE_STEP_M)) + 1))
        places += shapely.line_interpolate_point(part, steps[: -1 if part.is_closed else None]).tolist()
    if shape.area > 0:
        west, south, east, north = shape.bounds
        columns, rows = np.arange(west, east, SITE_STEP_M), np.arange(south, north, SITE_STEP_M)
        grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        inside = grid[shapely.intersects_xy(shape, grid[:, 0], grid[:, 1])]
        places += [shapely.Point(x, y) for x, y in inside.tolist()]
    return places


def nearly_placed(stations: StationSites) -> StationSites:
    """The sites without those of stations that a scenario places no nearer than a village or township; the very same
    where there are none."""
    table, sites = stations.table, stations.sites
    wide = table.loc[stands_in_scenario(table) & table["position_class"].isin(WIDE_CLASSES), "station_id"]
    gone = set() if sites is None else set(sites.station_ids) & set(wide.astype(str))
    if sites is None or not gone:
        return stations
    left = [its_id for its_id in sites.station_ids if its_id not in gone]
    if not left:
        return replace(stations, sites=None)
    rank = np.array([left.index(its_id) if its_id in left else -1 for its_id in sites.station_ids])
    rows = np.flatnonzero(rank[sites.station] >= 0)
    kept = {
        each.name: getattr(sites, each.name)[rows] for each in fields(sites) if each.name != "station_ids"
    }
    return replace(stations, sites=Sites(tuple(left), **kept | {"station": rank[sites.station[rows]]}))


def field_of(
    county: County,
    stations: StationSites,
    targets: Targets,
    closures: tuple[Closure, ...] = (),
    vehicle: Vehicle | None = None,
) -> ArrivalField | None:
    """The arrival field of the stations whose site is snapped; None without a network or such a station.

    Streets with a stated limit below the ``vehicle`` are not driven; sites snap as if they were. ``targets`` may
    differ from those the sites were found with in speeds and delays, not in turnout.
    """
    if county.network is None or stations.sites is None:
        return None
    return field_over(county.network, stations.sites, targets, closures, vehicle)


def field_over(
    network: Network,
    sites: Sites,
    targets: Targets,
    closures: tuple[Closure, ...] = (),
    vehicle: Vehicle | None = None,
) -> ArrivalField:
    """The arrival field of any sites on a network, with closures as a scenario writes them; see :func:`field_of`."""
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
