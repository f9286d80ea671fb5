"""Put a scenario to a county and get everything computed: one frozen value behind every figure, map and file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from analysis import standards, verdicts
from analysis.backup import backup
from analysis.coverage import connected_streets
from analysis.people import place_shares
from analysis.positions import bound_shapes, station_places
from analysis.readings import FirstDue, first_due
from analysis.sampling import sample_shapes
from analysis.shares import Shares, area_shares, length_shares, study_area_of
from analysis.sites import (
    StationSites,
    field_of,
    nobody_counts,
    station_sites,
    stations_missing,
    stations_unknown,
)
from analysis.summary import summarise
from analysis.tables import coverage_table, force_table, overlap_table, street_table, zone_table
from analysis.water_cover import water_answer
from geo.network import CLASSES

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField
    from analysis.sampling import Samples
    from analysis.scenario import Scenario, Targets
    from analysis.water import WaterKnowledge
    from geo.county import County
    from geo.network import Flags


@dataclass(frozen=True, eq=False)
class Assessment:
    """Everything computed for one county and scenario. Tables are in the county's CRS, in metres.

    ``county`` is the county as the scenario finds it: with the streets open in its year. ``parcels``, ``stations``,
    ``hydrants``, ``cranes`` carry the county's columns and the computed ones behind; ``streets`` are stretches with
    linear time; ``coverage`` one row per station and band and the union (``station_id`` None); ``zones`` first-due
    zones, ``overlap`` ground with two stations or more in time, ``force`` what arrives in time along the streets;
    ``hydrant_cover`` protection areas, ``hydrant_gaps`` what they leave of the study area. ``field`` and ``due``
    are None without a network or without a station that counts.

    What further questions rest on: ``sites``, the places of the stations; ``samples``, the points that stand for the
    parcels (None without a network); ``reachable`` (m,), the streets somebody would reach, were none closed (None:
    nobody knows); ``known``, what is known of the hydrants; ``protected``, the ground they protect as drawn.
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
    zones: gpd.GeoDataFrame
    overlap: gpd.GeoDataFrame
    force: gpd.GeoDataFrame
    hydrant_cover: gpd.GeoDataFrame
    hydrant_gaps: gpd.GeoDataFrame
    study_area: BaseGeometry | None
    sites: StationSites
    samples: Samples | None
    reachable: Flags | None
    known: WaterKnowledge
    protected: BaseGeometry
    summary: dict[str, Any]


def county_in(county: County, year: int) -> County:
    """The county with the streets that are open by the end of a year; 0: those open now."""
    if county.network is None or county.network.opened(year) is county.network:
        return county
    return dataclasses.replace(county, network=county.network.opened(year))


def assess(county: County, scenario: Scenario) -> Assessment:
    """Answer the scenario's question for the county. Reads both, changes neither."""
    county = county_in(county, scenario.year)
    targets = scenario.targets
    sites = station_sites(county, scenario)
    stations = sites.table
    field = field_of(county, sites, targets, scenario.closures, scenario.blocked_for)
    before_closures = field_of(county, sites, targets) if scenario.shuts_streets else field
    due = None if field is None else first_due(field)
    study_area, study_source = study_area_of(county, targets)
    coverage = coverage_table(county, due, targets)
    connected = None if before_closures is None else connected_streets(before_closures)
    areas = area_shares(
        county, field, due, study_area, coverage, targets,
        connected=connected, not_covered_is_sure=not _stations_in_doubt(county, sites),
    )  # fmt: skip
    reachable = connected
    if county.network is not None and nobody_counts(stations):
        reachable = np.ones(county.network.n_streets, dtype=bool)
    # Ground made from the streets themselves holds all of them.
    around = None if study_source == "frontage" else study_area
    lengths = length_shares(county.network, field, due, around, targets, reachable=reachable)
    samples = _parcel_samples(county, targets)
    parcels = judged_parcels(county, scenario, sites, field, samples, connected)
    people = place_shares(county, field, due, connected, targets)
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
        streets=street_table(county, due, targets, reachable=reachable, vehicle=scenario.vehicle),
        coverage=coverage,
        zones=zone_table(county, due, coverage, targets),
        overlap=overlap_table(county, due, targets),
        force=force_table(county, due, targets),
        hydrant_cover=water.cover,
        hydrant_gaps=water.gaps,
        study_area=study_area,
        sites=sites,
        samples=samples,
        reachable=reachable,
        known=water.known,
        protected=water.protected,
        summary=summarise(
            county, scenario, stations, parcels, Shares(study_source, areas, lengths, people), water.figures
        ),
    )


def _stations_in_doubt(county: County, sites: StationSites) -> bool:
    """Whether an engine may come from somewhere the field does not know, so that nothing is surely not covered."""
    return (
        stations_missing(sites.table)
        or stations_unknown(sites.table)
        or len(county.stations) == 0
        or bool(sites.partly_placed)
    )


def _parcel_samples(county: County, targets: Targets) -> Samples | None:
    if county.network is None:
        return None
    shapes = list(county.parcels["shape"])
    return sample_shapes(shapes, county.network, targets.off_street_limit_m, county.barrier)


def judged_parcels(
    county: County,
    scenario: Scenario,
    sites: StationSites,
    field: ArrivalField | None,
    samples: Samples | None,
    connected: Flags | None,
) -> gpd.GeoDataFrame:
    """The parcels with their verdict and its proof; see :func:`verdicts.judge`.

    Adds ``verdict_slow`` (that of the targets' ``slow``), ``second_due_s``, ``second_station_id`` and
    ``stations_in_time`` (at the parcel's worst point for each), ``bound_m`` and ``bound_kph``, the straight-line
    distance and the speed it would take. ``samples``: the points that stand for the parcels' shapes, None without a
    network. ``connected`` (m,) flags the streets a station reaches without closures.
    """
    targets = scenario.targets
    parcels, stations, partly = county.parcels, sites.table, sites.partly_placed
    distance = verdicts.bound_m(bound_shapes(county), station_places(county, stations))
    needed = verdicts.bound_speed_kph(
        distance, targets, verdicts.bound_turnout_s(targets, stations.loc[stations["counted"], "turnout_s"])
    )

    def judged(asked: Targets, asked_field: ArrivalField | None) -> pd.DataFrame:
        times = (
            None
            if samples is None or asked_field is None
            else verdicts.sample_times(asked_field, samples, partly, connected)
        )
        if samples is not None and asked_field is None:
            times = verdicts.nobody_comes(samples)
        return verdicts.judge(
            parcels, samples, times, needed, _circumstances(county, stations, asked, asked_field, partly)
        )

    slow_field = (
        field
        if targets.slow == targets
        else field_of(county, sites, targets.slow, scenario.closures, scenario.blocked_for)
    )
    slow = judged(targets.slow, slow_field)
    answer = judged(targets, field)
    judged_rows = parcels.join(answer).assign(
        verdict_slow=slow["verdict"], bound_m=distance, bound_kph=needed
    )
    further = backup(judged_rows, samples, field, targets.limit_s)
    return gpd.GeoDataFrame(judged_rows.join(further))


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
