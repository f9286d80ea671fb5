"""The study area shared out among the stations, and the rules on zones answered from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.arrival import arrival_field
from analysis.coverage import street_ground
from analysis.readings import first_due
from analysis.rules import Surroundings, station_verdicts
from analysis.scenario import Targets
from analysis.site_rules import frontage_table
from analysis.whole_zones import whole_zones
from analysis.zone_rules import network_barriers
from geo.ground import ground_of
from geo.osm import network_from_osm
from geo.rule_pack import read_pack
from tests.test_independent import station_sites
from tests.towns import ORIGIN, at, grid_lines, plain_targets, sites, town

if TYPE_CHECKING:
    from pathlib import Path

GRID = town(grid_lines())
TWO = first_due(arrival_field(GRID, sites(GRID, [at(-450, 0), at(550, 0)]), plain_targets()))


def square(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    x, y = ORIGIN
    return shapely.box(x + west, y + south, x + east, y + north)


def test_two_stations_share_a_square_town() -> None:
    town_area = square(-1000, -1000, 1000, 1000)
    zones = whole_zones(ground_of(GRID, 150.0), TWO, town_area, off_street_limit_m=150.0, clipped=False)
    assert zones["station_id"].tolist() == ["A", "B"]
    assert zones["area_m2"].tolist() == pytest.approx([2.1e6, 1.9e6], rel=0.005)  # they meet at 50 m east
    assert zones["area_m2"].sum() == pytest.approx(4e6, rel=1e-3)
    assert shapely.area(shapely.intersection(*zones.geometry.tolist())) == pytest.approx(0, abs=100)
    # The farthest points are 1550 m and 1500 m away: 215 s and 210 s, never less, and hardly more.
    late_s = zones["edge_s"].to_numpy() - [215, 210]
    assert (late_s >= -1e-6).all()
    assert (late_s <= 1).all()
    assert not zones["clipped"].any()


def test_a_zone_goes_beyond_the_time_limit() -> None:
    one = first_due(arrival_field(GRID, sites(GRID, [at(-1000, -1000)]), plain_targets()))
    zones = whole_zones(
        ground_of(GRID, 150.0), one, square(-1000, -1000, 1000, 1000), off_street_limit_m=150.0, clipped=False
    )
    assert zones["area_m2"].iloc[0] == pytest.approx(4e6, rel=1e-3)
    assert 460 <= zones["edge_s"].iloc[0] <= 463
    place = gpd.GeoDataFrame(
        {"station_id": ["A"], "grade": ["二级"], "position_class": ["P0"], "location_text": [None],
         "site_state": ["snapped"], "site_area_m2": [np.nan], "crew": [np.nan]},
        geometry=[at(-1000, -1000)], crs=GRID.crs,
    )  # fmt: skip
    table = station_verdicts(place, zones, read_pack("cn"), schematic=False).set_index("rule_id")
    assert table.loc["zone_edge_time", "verdict"] == "not_met"
    assert table.loc["zone_area_edge_of_town", "verdict"] == "met"


def test_a_study_area_without_streets_gives_no_zone() -> None:
    nowhere = square(9000, 9000, 9500, 9500)
    zones = whole_zones(ground_of(GRID, 150.0), TWO, nowhere, off_street_limit_m=150.0, clipped=False)
    assert len(zones) == 0
    assert zones.columns.tolist() == [
        "station_id",
        "area_m2",
        "clipped",
        "cut_at_limit",
        "edge_s",
        "geometry",
    ]


@pytest.mark.slow
def test_rules_on_real_streets(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network = extract.network
    due = first_due(arrival_field(network, station_sites(network, extract.stations), Targets()))
    ground = ground_of(network, 150.0)
    study = street_ground(ground, np.ones(network.n_streets, dtype=bool), off_street_limit_m=150.0)
    zones = whole_zones(ground, due, study, off_street_limit_m=150.0, clipped=True)
    assert len(zones) == 3
    assert 0.9 * study.area < zones["area_m2"].sum() <= study.area * 1.001
    stations = extract.stations.assign(
        grade="一级", site_state="snapped", location_text=None, site_area_m2=np.nan, crew=np.nan
    )
    barriers = network_barriers(network)
    assert len(barriers["motorway"]) > 0
    table = station_verdicts(
        stations,
        zones,
        read_pack("cn"),
        schematic=False,
        around=Surroundings(barriers=barriers, frontage=frontage_table(network, stations)),
    )
    edge = table[table["rule_id"] == "zone_edge_time"].set_index("station_id")
    assert (edge["measured"] > 300).all()
    assert set(edge["verdict"]) == {"not_met"}
    # The map ends where the streets do, so no zone is called small enough and none clear of a barrier.
    zone_rules = table[table["rule_id"].str.startswith("zone_")]
    assert "met" not in set(zone_rules["verdict"])
