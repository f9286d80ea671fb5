"""Put a scenario to a county and get everything computed: one frozen value behind every figure, map and file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from analysis import standards, verdicts
from analysis.backup import backup
from analysis.county_changes import county_with, lists_stations
from analysis.coverage import connected_streets
from analysis.kept import Kept, kept_parts
from analysis.people import place_shares
from analysis.positions import bound_shapes, station_places
from analysis.readings import FirstDue, first_due
from analysis.shares import Shares, area_shares, length_shares, lowered
from analysis.sites import (
    StationSites,
    field_of,
    nearly_placed,
    nobody_counts,
    station_sites,
    stations_missing,
    stations_unknown,
)
from analysis.summary import summarise
from analysis.tables import (
    band_table,
    coverage_table,
    force_table,
    overlap_table,
    street_table,
    zone_table,
)
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

    ``county`` is the county as the scenario finds it (:func:`analysis.county_changes.county_with`). ``parcels``,
    ``stations``, ``hydrants``, ``cranes`` carry the county's columns and the computed ones behind; ``bands`` is the
    ground reached within each band by any station; ``hydrant_cover`` protection areas, ``hydrant_gaps`` what they
    leave of the study area. ``field`` and ``due`` are None without a network or without a station that counts.

    What further questions rest on: ``sites``, the places of the stations; ``samples``, the points that stand for the
    parcels (None without a network); ``reachable`` (m,), the streets somebody would reach, were none closed (None:
    nobody knows); ``known``, what is known of the hydrants; ``protected``, the ground they protect as drawn.

    Tables that only files and single layers of the map show are made when they are first asked for.
    """

    county: County
    scenario: Scenario
    field: ArrivalField | None
    due: FirstDue | None
    parcels: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    hydrants: gpd.GeoDataFrame
    cranes: gpd.GeoDataFrame
    bands: gpd.GeoDataFrame
    hydrant_cover: gpd.GeoDataFrame
    hydrant_gaps: gpd.GeoDataFrame
    study_area: BaseGeometry | None
    sites: StationSites
    samples: Samples | None
    reachable: Flags | None
    known: WaterKnowledge
    protected: BaseGeometry
    summary: dict[str, Any]

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Stretches with linear time (:func:`analysis.tables.street_table`)."""
        scenario = self.scenario
        return street_table(
            self.county, self.due, scenario.targets, reachable=self.reachable, vehicle=scenario.vehicle
        )

    @cached_property
    def coverage(self) -> gpd.GeoDataFrame:
        """One row per station and band, and the union, ``bands`` (:func:`analysis.tables.coverage_table`)."""
        return coverage_table(self.county, self.due, self.bands, self.scenario.targets)

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """First-due zones (:func:`analysis.tables.zone_table`)."""
        return zone_table(self.county, self.due, self.bands, self.scenario.targets)

    @cached_property
    def overlap(self) -> gpd.GeoDataFrame:
        """Ground with two stations or more in time (:func:`analysis.tables.overlap_table`)."""
        return overlap_table(self.county, self.due, self.scenario.targets)

    @cached_property
    def force(self) -> gpd.GeoDataFrame:
        """What arrives in time along the streets (:func:`analysis.tables.force_table`)."""
        return force_table(self.county, self.due, self.scenario.targets)

    @property
    def nothing_analysed(self) -> bool:
        """Whether no time is known anywhere: there is no street, or nobody knows who comes."""
        network = self.county.network
        return network is None or network.n_streets == 0 or (self.due is None and self.reachable is None)

    @property
    def others_may_come(self) -> bool:
        """Whether an engine may come from a station that is not drawn at all, so that what is not reached as drawn is
        not analysed: one that counts has no usable site, or the county lists none."""
        return stations_missing(self.sites.table) or not lists_stations(self.county)


def assess(county: County, scenario: Scenario, kept: Kept | None = None) -> Assessment:
    """Answer the scenario's question for the county. Reads both, changes neither.

    ``kept``: parts made for the same county and a scenario that is alike as far as they depend on it, which are made
    anew otherwise. Raises ``ValueError`` where they answer another question, and :class:`geo.problems.InputError` with
    every change of the scenario that this county cannot have.
    """
    surveyed, county = county, county_with(county, scenario)
    kept = kept or kept_parts(surveyed, scenario)
    ground = kept.ground.answer(surveyed, scenario.of_ground)
    water = kept.water.answer(surveyed, scenario.still)
    study_area, samples = ground.study_area, ground.samples
    targets = scenario.targets
    sites = station_sites(county, scenario)
    stations = sites.table
    field = field_of(county, sites, targets, scenario.closures, scenario.blocked_for)
    before_closures = field_of(county, sites, targets) if scenario.shuts_streets else field
    due = None if field is None else first_due(field)
    bands = band_table(county, due, targets)
    connected = None if before_closures is None else connected_streets(before_closures)
    areas = area_shares(
        county, field, due, study_area, bands, targets,
        connected=connected, not_covered_is_sure=not _stations_in_doubt(county, sites),
    )  # fmt: skip
    reachable = connected
    if county.network is not None and nobody_counts(stations):
        reachable = np.ones(county.network.n_streets, dtype=bool)
    # Ground made from the streets themselves holds all of them.
    around = None if ground.source == "frontage" else study_area
    lengths = length_shares(county.network, field, due, around, targets, reachable=reachable)
    near = nearly_placed(sites)
    if near is not sites:
        near_field = field_of(county, near, targets, scenario.closures, scenario.blocked_for)
        near_due = None if near_field is None else first_due(near_field)
        areas, lengths = lowered(
            areas,
            lengths,
            area_shares(
                county, near_field, near_due, study_area, band_table(county, near_due, targets), targets,
                connected=connected, not_covered_is_sure=False,
            ),
            length_shares(county.network, near_field, near_due, around, targets, reachable=reachable),
        )  # fmt: skip
    parcels = judged_parcels(county, scenario, sites, field, samples, connected)
    people = place_shares(county, field, due, connected, targets)
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
        bands=bands,
        hydrant_cover=water.cover,
        hydrant_gaps=water.gaps,
        study_area=study_area,
        sites=sites,
        samples=samples,
        reachable=reachable,
        known=water.known,
        protected=water.protected,
        summary=summarise(
            county, scenario, stations, parcels, Shares(ground.source, areas, lengths, people), water.figures
        ),
    )


def _stations_in_doubt(county: County, sites: StationSites) -> bool:
    """Whether an engine may come from somewhere the field does not know, so that nothing is surely not covered."""
    return (
        stations_missing(sites.table)
        or stations_unknown(sites.table)
        or not lists_stations(county)
        or bool(sites.partly_placed)
    )


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
        station_missing=bool(partly) or stations_missing(stations) or not lists_stations(county),
        stations_listed=len(county.stations) > 0,
        stations_unknown=stations_unknown(stations),
    )
