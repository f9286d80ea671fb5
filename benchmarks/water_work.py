"""The same water for every competitor: streets, hydrants along them by seed, and the buildings beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import osmium
import shapely
from osmium.osm import Way

from analysis.hose import hose_sources
from analysis.named_streets import streets_of
from analysis.scenario import Targets
from analysis.shares import study_area_of
from analysis.water import QUARTER_SEGMENTS
from benchmarks.networks import data_folder
from geo.osm_sites import MappedObject
from tests.counties import paper_county

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.named_streets import NamedStreets
    from benchmarks.networks import Case
    from geo.county import County
    from geo.network import Network

TARGETS = Targets()
RADIUS_M = TARGETS.hydrant_radius_m
QUAD_SEGS = QUARTER_SEGMENTS
"""Segments of a quarter circle in every disc of every competitor."""
BESIDE_M, SOME_M, SOME = 6.0, 60.0, 0.05
"""Hydrants stand up to so far off the centre-line in x and y, and this share of them up to so far."""


def hydrants_along(network: Network, count: int, seed: int = 7) -> NDArray[np.object_]:
    """``count`` points beside the streets, drawn by length of street."""
    random = np.random.default_rng(seed)
    street = random.choice(network.n_streets, size=count, p=network.length_m / network.length_m.sum())
    on = shapely.line_interpolate_point(network.lines[street], random.random(count), normalized=True)
    off = np.where(random.random(count) < SOME, SOME_M, BESIDE_M)[:, None]
    places = shapely.get_coordinates(on) + off * random.uniform(-1.0, 1.0, size=(count, 2))
    return np.asarray(shapely.points(places), dtype=object)


def buildings(case: Case, crs: str) -> NDArray[np.object_]:
    """Outlines of the mapped buildings and grounds (closed ways with ``building`` or ``landuse``), valid polygons;
    of a network of copies those of the first copy."""
    wanted = osmium.filter.KeyFilter("building", "landuse")
    objects = osmium.FileProcessor(str(data_folder() / case.file)).with_locations().with_filter(wanted)
    shapes = [MappedObject.read(each).shape for each in objects if isinstance(each, Way) and each.is_closed()]
    plots = gpd.GeoSeries([shape for shape in shapes if shape is not None], crs="EPSG:4326").to_crs(crs)
    kept = plots[(plots.geom_type == "Polygon") & plots.is_valid & (plots.area > 0)]
    return np.asarray(kept.to_numpy(), dtype=object)


@dataclass(frozen=True, eq=False)
class WaterWork:
    """A county of streets, hydrants and parcels. ``study_area``: the ground within the off-street limit of a street."""

    county: County
    hydrants: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    streets: NamedStreets
    study_area: BaseGeometry

    @classmethod
    def of(cls, case: Case, network: Network, count: int) -> WaterWork:
        """The work on a network with so many hydrants, all surveyed and in use."""
        points, plots = hydrants_along(network, count), buildings(case, network.crs)
        rows = [{"hydrant_id": f"H{i:06d}", "geometry": point} for i, point in enumerate(points.tolist())]
        land = [{"parcel_no": f"{i:05d}", "geometry": plot} for i, plot in enumerate(plots.tolist())]
        county = paper_county(network, hydrants=rows, parcels=land, crs=network.crs)
        hydrants = gpd.GeoDataFrame(county.hydrants.assign(counted=True))
        streets, (area, _) = streets_of(county), study_area_of(county, TARGETS)
        assert streets is not None
        assert area is not None
        return cls(county, hydrants, hose_sources(county, hydrants), streets, area)

    @property
    def network(self) -> Network:
        """The streets."""
        assert self.county.network is not None
        return self.county.network

    @property
    def points(self) -> NDArray[np.object_]:
        """The hydrants as points."""
        return np.asarray(self.hydrants.geometry.to_numpy(), dtype=object)

    @property
    def parcels(self) -> NDArray[np.object_]:
        """The buildings and grounds as polygons."""
        return np.asarray(self.county.parcels.geometry.to_numpy(), dtype=object)
