"""This project's answers about water, as the page and the command line get them, with nothing kept of the one before.

The index of the streets and their names are of the network alone and stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from analysis import standards, water
from analysis.exposure import exposed
from analysis.hose import HoseField, hose_field
from analysis.hose_table import hose_streets
from analysis.spacing import millimetres
from analysis.spacing_question import question
from analysis.spacing_tables import spacing_of
from benchmarks.water_work import RADIUS_M, TARGETS
from geo.placing import M2_PER_MU

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from benchmarks.water_work import WaterWork
    from geo.county import County


def cover(points: NDArray[np.object_]) -> BaseGeometry:
    """The ground within the protection radius of a hydrant."""
    water._joined_discs.cache_clear()
    return water.protection_area(points, RADIUS_M)


def gap_m2(work: WaterWork) -> float:
    """Hydrants to protected ground and to what it leaves of the study area."""
    return float(work.study_area.difference(cover(work.points)).area)


def hose(work: WaterWork) -> HoseField:
    """Hose from every hydrant to every point of every street."""
    return hose_field(work.network, work.sources, snap_limit_m=TARGETS.snap_limit_m)


def hose_m(work: WaterWork) -> float:
    """Sum of the metres of hose to the middle of every street that any reaches."""
    network = work.network
    metres, _ = hose(work).at(np.arange(network.n_streets), network.length_m / 2)
    return float(metres[np.isfinite(metres)].sum())


def hose_table_m(work: WaterWork, protected: BaseGeometry) -> float:
    """The same, and every stretch of street with its hose beside the straight line; length of the stretches."""
    return float(hose_streets(work.county, hose(work), RADIUS_M, protected)["length_m"].sum())


def hydrants_missing(work: WaterWork) -> float:
    """Every line of a named street cut at its hydrants; hydrants missing between them."""
    spacing_mm = int(millimetres(standards.HYDRANT_SPACING_M))
    return float(question(work.county, work.streets, work.hydrants, spacing_mm).pieces.missing.sum())


def spacing_tables(work: WaterWork) -> float:
    """The same, and the tables of streets, stretches that are too long and further hydrants; hydrants missing."""
    found = spacing_of(work.county, work.hydrants)
    assert found is not None
    return float(found.figures["missing"])


def nearest_m(work: WaterWork) -> float:
    """The nearest hydrant of every parcel; sum of the straight lines."""
    ids = work.hydrants["hydrant_id"].tolist()
    _, metres = water.nearest_source(work.parcels.tolist(), work.points, ids)
    return float(metres.sum())


def gaps_of(study_area: BaseGeometry, protected: BaseGeometry, crs: str) -> gpd.GeoDataFrame:
    """The parts of the study area that are not protected, one row each."""
    parts = shapely.get_parts(study_area.difference(protected))
    return gpd.GeoDataFrame({"area_m2": shapely.area(parts)}, geometry=parts, crs=crs)


def parcels_inside_m2(county: County, ground: gpd.GeoDataFrame) -> float:
    """Ground of every parcel in every row of the given ground by area, as the ranking of gaps takes it; its sum."""
    return float(exposed(replace(county, network=None), ground)["parcels_mu"].sum() * M2_PER_MU)
