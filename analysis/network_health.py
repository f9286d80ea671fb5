"""The network an assessment rests on, looked over together with the stations that stand on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo.health import Health, health

if TYPE_CHECKING:
    from analysis.assessment import Assessment

COLUMNS = ("kind", "street_id", "other_id", "name", "length_m", "distance_m")


def network_health(assessment: Assessment) -> Health | None:
    """What is known of the network, with the counted stations as its sites; None without a network."""
    county, stations = assessment.county, assessment.stations
    if county.network is None:
        return None
    counted = stations[stations["counted"]]
    sites = gpd.GeoDataFrame(
        {"site_id": counted["station_id"].astype(str)}, geometry=counted.geometry, crs=county.crs
    )
    return health(
        county.network, sites.reset_index(drop=True) if len(sites) else None, barrier=county.barrier
    )


def health_places(assessment: Assessment) -> gpd.GeoDataFrame:
    """Places of the network worth a look, as points: islands, one-way traps, near misses, dead ends, far sites."""
    found = network_health(assessment)
    if found is not None:
        return found.places
    nothing = {name: pd.Series(dtype=object) for name in COLUMNS}
    return gpd.GeoDataFrame(nothing, geometry=gpd.GeoSeries([], crs=assessment.county.crs))
