"""An assessment's stations held against the Chinese rules and the plan's own boxes, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.fleet import fleet_check
from analysis.rules import Surroundings, station_verdicts
from analysis.site_rules import frontage_table
from analysis.whole_zones import whole_zones
from analysis.zone_rules import layer_barriers, network_barriers
from geo.ground import ground_of
from geo.rule_pack import read_boxes, read_pack

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.county import County


def rule_table(assessment: Assessment, pack: str = "cn") -> pd.DataFrame:
    """A verdict per station and rule of a pack; columns of :data:`analysis.rules.COLUMNS`.

    Zones are the whole ground each station is first due to, however late. On a schematic network none is drawn:
    zones and streets decide nothing there. Crowded places, hazards and barriers that are neither streets nor in
    the county's layer of them are not analysed as long as the county gives no such layer.
    """
    county, due, area = assessment.county, assessment.due, assessment.study_area
    schematic = "roads" in county.schematic
    zones, around = None, Surroundings()
    if county.network is not None and not schematic:
        around = Surroundings(
            frontage=frontage_table(
                county.network,
                assessment.stations,
                county.barrier,
                assessment.scenario.targets.snap_limit_m,
            ),
            barriers=_barriers(county),
        )
        if due is not None and area is not None:
            limit_m = assessment.scenario.targets.off_street_limit_m
            zones = whole_zones(
                ground_of(county.network, limit_m, county.barrier),
                due,
                area,
                off_street_limit_m=limit_m,
                clipped=assessment.summary["study_area_source"] == "frontage",
            )
    return station_verdicts(assessment.stations, zones, read_pack(pack), schematic=schematic, around=around)


def _barriers(county: County) -> dict[str, gpd.GeoDataFrame]:
    """Barriers by kind: those the streets are, and those the county gives beside them."""
    found = {} if county.network is None else network_barriers(county.network)
    given = {} if county.barriers.empty else layer_barriers(county.barriers)
    for kind, rows in given.items():
        streets = found.get(kind, gpd.GeoDataFrame({"doubt": []}, geometry=[], crs=county.crs))
        shapes = rows.geometry.to_numpy()
        # The rule cuts along lines: of a river drawn as an area, its banks.
        lines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
        doubts = [*streets["doubt"].tolist(), *[None] * len(lines)]
        found[kind] = gpd.GeoDataFrame(
            {"doubt": pd.Series(doubts, dtype=object)},
            geometry=[*streets.geometry.tolist(), *lines.tolist()],
            crs=county.crs,
        )
    return found


def fleet_table(assessment: Assessment) -> pd.DataFrame:
    """Vehicles and equipment of every station against boxes 4 to 6 of the plan; what is not stated stays so."""
    county = assessment.county
    vehicles = None if "vehicles" in county.missing else county.vehicles
    return fleet_check(county.stations, vehicles, read_boxes())
