"""Where stations and parcels may be, as far as a straight line is concerned, and what rests on drawn streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.county_changes import lists_stations, stands_in_scenario
from geo.locate import township_cell

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.county import County
    from geo.network import Flags

ON_STREETS = ("P1", "P2", "P3", "P4")
"""Position classes that are found on streets; village and township are not."""


def on_schematic_streets(county: County, table: gpd.GeoDataFrame) -> Flags:
    """Rows of a placed layer whose place was found from words on streets that are only drawn: (n,) flags."""
    drawn = "roads" in county.schematic
    on_streets = table["location"].notna() & table["position_class"].isin(ON_STREETS)
    return np.asarray(drawn & on_streets.to_numpy(dtype=bool))


def station_places(county: County, stations: gpd.GeoDataFrame) -> list[BaseGeometry]:
    """Where the counted stations may stand, for the straight-line bound; empty where one may stand anywhere.

    A surveyed station stands where it is, one that a scenario places in the shape it gives it; nowhere is known where
    the county lists none of its own. One known by words may stand within the given distance of the county
    seat, and in the shape the words gave it unless that was found on schematic streets.
    """
    places: list[BaseGeometry] = []
    if not lists_stations(county):
        return places  # whoever else may come is not listed
    on_drawn = on_schematic_streets(county, stations)
    supposed = stands_in_scenario(stations)
    for row, station in enumerate(stations.itertuples()):
        if not station.counted:
            continue
        if supposed[row]:
            places.append(station.shape)
            continue
        known = station.shape is not None and not on_drawn[row] and "stations" not in county.schematic
        if known:
            places.append(station.shape)
        if known and station.position_class == "P0":
            continue
        described = station.location is not None or station.geometry is not None
        if described and county.seat is not None:
            places.append(county.seat.buffer(county.seat_radius_m))
        elif not known:
            return []
    return places


def bound_shapes(county: County) -> list[BaseGeometry | None]:
    """Where each parcel may lie for the straight-line bound: its ``bound_shape``, but its township's cell where
    that rests on schematic streets; None where it may lie anywhere."""
    parcels = county.parcels
    if "parcels" in county.schematic:
        return [None] * len(parcels)
    on_drawn = on_schematic_streets(county, parcels)
    shapes = np.asarray(parcels["bound_shape"], dtype=object)
    return [
        shape if not drawn else None if township is None else township_cell(str(township), county.places)
        for shape, drawn, township in zip(shapes, on_drawn, parcels["township"], strict=True)
    ]
