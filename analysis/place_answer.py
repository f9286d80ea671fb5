"""The answer for any points: a point is asked as a parcel without extent, so both are judged by the same rules."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.assessment import judged_parcels
from analysis.hose_table import hose_parcels
from analysis.joint import joint_parcels
from analysis.route import first_due_route
from analysis.sampling import sample_shapes
from analysis.water_cover import parcel_water
from geo.crs import shapes_of
from geo.ownership import owner_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.assessment import Assessment
    from analysis.route import Route
    from analysis.water_assessment import WaterAssessment
    from geo.county import County
    from geo.crs import Shapes

PLACE_COLUMNS = (
    "verdict", "reason", "depends_on", "verdict_slow", "arrival_s", "arrival_s_min", "arrival_s_max", "station_id",
    "second_due_s", "second_station_id", "stations_in_time", "off_street_m", "street_m", "bound_m", "bound_kph",
    "hydrant_id", "hydrant_m", "hydrant_certainty", "crane_id", "crane_m", "water_state", "engine", "water",
    "joint_state", "joint_reason", "joint_drawn", "hose_m", "hose_m_min", "hose_source_id", "hose_certainty",
    "hose_straight_m", "hose_state", "hose_reason", "hose_drawn", "hose_differs", "in_study_area", "schematic",
)  # fmt: skip
"""What is said of a place, in this order; the words of parcels (``docs/files.md``) mean the same here."""


def place_answers(
    assessment: Assessment, water: WaterAssessment, points: Sequence[shapely.Point]
) -> gpd.GeoDataFrame:
    """:data:`PLACE_COLUMNS` for points in the county's CRS, one row each, in their order, with the points.

    A point is a surveyed place: what is not certain is where stations, streets and water are. So nothing is covered or
    not covered on a schematic network, but by the straight-line bound. ``street_m``: metres to the nearest street,
    however far; null without a network. ``in_study_area``: None where there is no study area. Times, hydrants and hose
    are those at the stations' and hydrants' drawn places, as for parcels. ``water`` must be that of the assessment.
    """
    county = _county_of_points(assessment.county, points)
    scenario, targets = assessment.scenario, assessment.scenario.targets
    samples = None
    if county.network is not None:
        samples = sample_shapes(
            list(county.parcels["shape"]), county.network, targets.off_street_limit_m, county.barrier
        )
    judged = judged_parcels(
        county, scenario, assessment.sites, assessment.field, samples, assessment.reachable
    )
    judged = judged.join(parcel_water(county, assessment.hydrants, assessment.cranes, assessment.known))
    joint = joint_parcels(judged, targets.limit_s, assessment.protected)
    hose = hose_parcels(
        county,
        water.hose,
        samples,
        targets.hydrant_radius_m,
        assessment.protected,
        targets.off_street_limit_m,
    )
    placed = shapes_of(points)
    every = pd.concat([judged, joint, hose], axis=1).assign(
        street_m=np.nan if county.network is None else county.network.nearest(placed)[2],
        in_study_area=_inside(assessment, placed),
        schematic="roads" in county.schematic,
    )
    return gpd.GeoDataFrame(every[list(PLACE_COLUMNS)], geometry=placed, crs=county.crs)


def route_to(assessment: Assessment, point: shapely.Point) -> Route | None:
    """The way of the first engine to the street point that owns a place; its seconds are the place's ``arrival_s``.

    None without a network or a station, off the streets, and where nobody comes.
    """
    county, field = assessment.county, assessment.field
    if county.network is None or field is None:
        return None
    limit_m = assessment.scenario.targets.off_street_limit_m
    street, chainage, metres = owner_of(county.network, county.barrier, shapes_of([point]), limit_m)
    if street[0] < 0 or not metres[0] <= limit_m:
        return None
    return first_due_route(field, int(street[0]), float(chainage[0]))


def _inside(assessment: Assessment, points: Shapes) -> Shapes:
    found = np.full(len(points), None, dtype=object)
    if assessment.study_area is not None:
        found[:] = shapely.intersects(assessment.study_area, points).tolist()
    return found


def _county_of_points(county: County, points: Sequence[shapely.Point]) -> County:
    """The county with surveyed parcels without extent in place of its own."""
    table = gpd.GeoDataFrame(
        {
            "parcel_no": [str(row) for row in range(1, len(points) + 1)],
            "township": None,
            "location": None,
            "position_class": "P0",
            "drawn": "boundary",
            "unresolved_reason": None,
            "shape": shapes_of(points),
            "bound_shape": shapes_of(points),
        },
        geometry=shapes_of(points),
        crs=county.crs,
    )
    return dataclasses.replace(county, parcels=table, schematic=county.schematic - {"parcels"})
