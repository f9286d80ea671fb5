"""The engine against plain networkx on a finely split graph, and field, route and drawn area against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.arrival import (
    Sites,
    arrival_field,
    first_due,
    reached_length_m,
    streets_that_take_sites,
    times_at,
)
from analysis.coverage import reached_ground
from analysis.network_table import direction_table
from analysis.scenario import Targets
from geo.ground import CELL_M, ground_of
from geo.osm import network_from_osm
from tests.towns import fine_graph

if TYPE_CHECKING:
    from pathlib import Path

    from geo.network import Network

LIMIT_S = 300.0


def station_sites(network: Network, stations: gpd.GeoDataFrame) -> Sites:
    """The stations of an OSM file on its network."""
    ordered = stations.sort_values("station_id")
    points = np.asarray(ordered.geometry.to_numpy(), dtype=object)
    street, chainage, snap = network.nearest(points, among=streets_that_take_sites(network, 0.05))
    count = len(points)
    return Sites(
        tuple(ordered["station_id"]), np.arange(count), np.ones(count, dtype=bool), street, chainage, snap,
        np.full(count, 60.0),
    )  # fmt: skip


def site_rows(network: Network, sites: Sites) -> gpd.GeoDataFrame:
    """The sites as the network export names them."""
    columns = {
        "street_id": network.street_ids(sites.street),
        "chainage_m": sites.chainage_m,
        "turnout_s": sites.turnout_s,
    }
    return gpd.GeoDataFrame(columns, geometry=network.along(sites.street, sites.chainage_m), crs=network.crs)


@pytest.mark.slow
def test_lauf_lengths_times_and_area_agree_with_networkx(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network, targets = extract.network, Targets()
    field = arrival_field(network, station_sites(network, extract.stations), targets)
    due = first_due(field)
    random = np.random.default_rng(20)
    bounds = shapely.total_bounds(network.lines)
    points = np.asarray(shapely.points(random.uniform(bounds[:2], bounds[2:], (1000, 2))), dtype=object)
    street, chainage, distance = network.nearest(points)
    seconds, station = times_at(due, field.points(street, chainage))

    # Routes to every one of the points' street points, by networkx on streets split at 20 m.
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    fine = fine_graph(direction_table(network, targets), site_rows(network, field.sites), asked)
    route_s = fine.seconds()
    expected = np.array([route_s.get(fine.alias[each], np.inf) for each in asked])
    np.testing.assert_allclose(seconds, expected, atol=1e-3)
    assert np.isfinite(seconds).sum() > 500
    assert (station[np.isfinite(seconds)] >= 0).all()

    for limit_s in (180.0, LIMIT_S, 600.0):
        ours = reached_length_m(due, field.parts(), limit_s).sum()
        assert ours == pytest.approx(fine.reached_m(limit_s), rel=0.005)
        assert ours > 0

    area = reached_ground(
        ground_of(network, 150.0), due,
        limits_s=(LIMIT_S,), off_street_limit_m=150.0,
    )[0]  # fmt: skip
    inside = (seconds <= LIMIT_S) & (distance <= 150.0)
    off = shapely.contains(area, points) != inside
    # The drawn area may differ inside one cell of its outline, nowhere else.
    assert (shapely.distance(area.boundary, points[off]) <= CELL_M * np.sqrt(2)).all()
    assert off.mean() < 0.02
    assert inside.sum() > 20
