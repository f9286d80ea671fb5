"""The engine against plain networkx on a finely split graph, and field, route and drawn area against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.arrival import Sites, arrival_field, streets_that_take_sites
from analysis.coverage import reached_ground
from analysis.network_table import direction_table
from analysis.readings import first_due, reached_length_m, times_at
from analysis.scenario import Targets
from analysis.zones import due_in_order, times_of_each
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


def random_sites(network: Network, count: int, seed: int) -> Sites:
    """Stations at random street points that can be left and come back to."""
    random = np.random.default_rng(seed)
    usable = np.flatnonzero(streets_that_take_sites(network, 0.05) & network.owns_ground)
    street = random.choice(usable, count, replace=False)
    ids = tuple(f"{number:03d}" for number in range(count))
    chainage = random.uniform(0, 1, count) * network.length_m[street]
    return Sites(
        ids,
        np.arange(count),
        np.ones(count, dtype=bool),
        street,
        chainage,
        np.zeros(count),
        np.full(count, 60.0),
    )


TOWNS = [
    ("lauf/lauf-200115.osm.pbf", "stations", 20.0),
    (
        "shanghai/shanghai.osm",
        4,
        50.0,
    ),  # most two-way streets are stored one way: many parts cannot be reached
    ("malta/malta-latest.osm.pbf", "stations", 1000.0),
]


@pytest.mark.slow
@pytest.mark.timeout(1200)  # half a minute for Malta on an idle machine, minutes on a busy one
@pytest.mark.parametrize(("file", "stations", "step_m"), TOWNS, ids=["lauf", "shanghai", "malta"])
def test_lengths_times_and_area_agree_with_networkx(
    real_data: Path, file: str, stations: str | int, step_m: float
) -> None:
    extract = network_from_osm(real_data / file)
    network, targets = extract.network, Targets()
    sites = (
        station_sites(network, extract.stations)
        if isinstance(stations, str)
        else random_sites(network, stations, 7)
    )
    field = arrival_field(network, sites, targets)
    due = first_due(field)
    random = np.random.default_rng(20)
    bounds = shapely.total_bounds(network.lines)
    points = np.asarray(shapely.points(random.uniform(bounds[:2], bounds[2:], (1000, 2))), dtype=object)
    street, chainage, distance = network.nearest(points)
    seconds, station = times_at(due, field.points(street, chainage))

    # Routes to every one of the points' street points, by networkx on split streets.
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    fine = fine_graph(direction_table(network, targets), site_rows(network, field.sites), asked, step_m)
    route_s = fine.seconds()
    expected = np.array([route_s.get(fine.alias[each], np.inf) for each in asked])
    np.testing.assert_allclose(seconds, expected, atol=1e-3)
    assert np.isfinite(seconds).sum() > 300
    assert (station[np.isfinite(seconds)] >= 0).all()

    for limit_s in (180.0, LIMIT_S, 600.0):
        ours = reached_length_m(due, field.parts(), limit_s).sum()
        assert ours == pytest.approx(fine.reached_m(limit_s), rel=0.005)
        assert ours > 0

    ground = ground_of(network, 150.0)
    area = reached_ground(ground, due, limits_s=(LIMIT_S,), off_street_limit_m=150.0)[0]
    inside = (seconds <= LIMIT_S) & (distance <= 150.0)
    off = shapely.contains(area, points) != inside
    # The drawn area may differ inside one cell of its outline, nowhere else.
    assert (shapely.distance(area.boundary, points[off]) <= CELL_M * np.sqrt(2)).all()
    assert off.mean() < 0.02
    assert inside.sum() > 5


@pytest.mark.slow
def test_second_and_third_due_agree_with_networkx(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network, targets = extract.network, Targets()
    sites = random_sites(network, 4, 3)
    field = arrival_field(network, sites, targets)
    random = np.random.default_rng(21)
    street = random.integers(0, network.n_streets, 200)
    chainage = random.uniform(0, 1, 200) * network.length_m[street]
    times, who = due_in_order(times_of_each(field, field.points(street, chainage)), 3)
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    alone = []
    for row in range(4):
        one = site_rows(network, sites).iloc[[row]]
        seconds = fine_graph(direction_table(network, targets), one, asked, 1000.0)
        found = seconds.seconds()
        alone.append([found.get(seconds.alias[each], np.inf) for each in asked])
    expected = np.sort(np.array(alone), axis=0)[:3]
    np.testing.assert_allclose(times, expected, atol=1e-3)
    finite = np.isfinite(times)
    np.testing.assert_allclose(
        np.take_along_axis(np.array(alone), np.maximum(who, 0), axis=0)[finite], times[finite], atol=1e-3
    )
