"""Known ways in which response maps go wrong, each shown to be avoided on a town that can be worked out by hand."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry import shape as from_geojson

from analysis.arrival import arrival_field
from analysis.assessment import Assessment, assess
from analysis.points import arrival_at, read_points
from analysis.readings import first_due, reached_length_m, stretches, times_at
from analysis.results import result_files
from analysis.scenario import Scenario, Targets
from geo.county import read_county
from geo.osm import network_from_osm
from geo.problems import InputError
from tests.conftest import ROOT
from tests.counties import paper_county, path, plot, table_of
from tests.test_osm import osm_text, way
from tests.towns import CRS, at, plain_targets, sites, town
from views.arrival import street_layer
from views.layers import map_layers
from views.wording import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from geo.network import Network

GEOD = pyproj.Geod(ellps="WGS84")
LONG_ROAD = town([[(0, 0), (6000, 0)]])
L_SHAPE = [[(0, 0), (1000, 0), (1000, 1000)]]


def seconds_at(network: Network, stations: Sequence[shapely.Point], *places: shapely.Point) -> list[float]:
    """Arrival seconds at places, driving ten metres a second after a minute of turnout."""
    field = arrival_field(network, sites(network, stations), plain_targets())
    street, chainage, _ = network.nearest(np.array(places, dtype=object))
    seconds: list[float] = times_at(first_due(field), field.points(street, chainage))[0].tolist()
    return seconds


def answered(
    network: Network | None, limit_s: float = 300, *, scenario: Scenario | None = None, **rows: Any
) -> Assessment:
    """A county with, unless said otherwise, a station at (0, 0)."""
    rows.setdefault("stations", [{"station_id": "A", "geometry": at(0, 0)}])
    asked = scenario or Scenario(targets=plain_targets(limit_s=limit_s))
    return assess(paper_county(network, **rows), asked)


def covered_ground(assessment: Assessment) -> BaseGeometry:
    """Ground in time of any station."""
    table = assessment.coverage
    union = table["station_id"].isna() & (table["band_s"] == assessment.scenario.targets.limit_s)
    ground: BaseGeometry = table[union].geometry.iloc[0]
    return ground


def features(assessment: Assessment, name: str) -> list[dict[str, Any]]:
    """What stands in one of the files."""
    found: list[dict[str, Any]] = json.loads(result_files(assessment)[name])["features"]
    return found


def plots(*shapes: shapely.Geometry) -> list[dict[str, Any]]:
    return [{"parcel_no": f"P{i}", "area_mu": 1.0, "geometry": each} for i, each in enumerate(shapes)]


def test_trap_01_areas_are_not_measured_in_web_mercator() -> None:
    told = answered(LONG_ROAD, hydrants=[{"hydrant_id": "H", "geometry": at(50, 50)}])
    (feature,) = features(told, "hydrant_cover.geojson")
    drawn = from_geojson(feature["geometry"])
    true_m2 = abs(GEOD.geometry_area_perimeter(drawn)[0])
    assert feature["properties"]["area_m2"] == pytest.approx(true_m2, rel=0.005)
    assert true_m2 == pytest.approx(np.pi * 150**2, rel=0.005)
    to_web = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    web = shapely.transform(drawn, lambda xy: np.column_stack(to_web.transform(xy[:, 0], xy[:, 1])))
    assert web.area > 1.6 * true_m2


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:3857"])
def test_trap_02_nothing_is_measured_in_degrees(write_county: Callable[..., Path], crs: str) -> None:
    folder = write_county({"county.toml": f'name = "度"\ncrs = "{crs}"\n'})
    with pytest.raises(InputError) as refused:
        read_county(folder)
    assert crs in refused.value.problems[0].text("zh")


def test_trap_04_swapped_degrees_are_not_put_somewhere_else(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("lon,lat\n114.7,38.6\n38.6,114.7\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_points(file)
    assert [each.row for each in refused.value.problems] == [2]


def test_trap_05_a_site_is_not_moved_to_the_nearest_junction() -> None:
    road = town([[(0, 0), (1000, 0)]])
    assert seconds_at(road, [at(310, 20)], at(0, 0), at(310, 0), at(1000, 0)) == [91, 60, 129]
    told = answered(road, stations=[{"station_id": "A", "geometry": at(310, 20)}])
    assert told.stations["snap_m"].tolist() == [pytest.approx(20)]


def test_trap_06_a_street_whose_ends_are_too_late_is_reached_in_part() -> None:
    field = arrival_field(LONG_ROAD, sites(LONG_ROAD, [at(2000, 0)]), plain_targets())
    cut = stretches(first_due(field), 60 + 50)
    reached = list(zip(cut.from_m[cut.reached].tolist(), cut.to_m[cut.reached].tolist(), strict=True))
    assert np.ravel(reached).tolist() == pytest.approx([1500, 2000, 2000, 2500])


def test_trap_07_an_area_is_no_hull_of_what_is_reached() -> None:
    ground = covered_ground(answered(town(L_SHAPE)))
    hull = ground.convex_hull
    assert hull.contains(at(600, 400))
    assert not ground.contains(at(600, 400))
    assert ground.area == pytest.approx(2000 * 300 - 150**2 + 1.25 * np.pi * 150**2, rel=0.005)


def test_trap_07_an_enclave_beyond_a_bridge_stays() -> None:
    chain = town([[(0, 0), (500, 0)], [(500, 0), (1500, 0)], [(1500, 0), (2000, 0)]], bridge=[0, 1, 0])
    ground = covered_ground(answered(chain))
    assert len(shapely.get_parts(ground)) == 2
    assert ground.contains(at(1800, 50))
    assert not ground.intersects(at(1000, 0))


def test_trap_08_ground_does_not_leak_over_a_river() -> None:
    banks = town([[(0, 0), (2000, 0)], [(0, 80), (2000, 80)], [(2000, 0), (2000, 80)]], bridge=[0, 0, 1])
    near = plots(plot(0, 70, 100, 90))
    told = answered(banks, 60 + 200, parcels=near)
    assert told.parcels["verdict"].tolist() == ["not_covered"]
    assert not covered_ground(told).intersects(path((0, 80), (1900, 80)))
    # The way round: to the bridge, over it, and back along the other bank.
    late = answered(banks, 60 + 2 * 200 + 8 + 1, parcels=near)
    assert late.parcels["verdict"].tolist() == ["covered"]
    assert late.parcels["arrival_s"].tolist() == [pytest.approx(60 + 408, abs=0.01)]


def test_trap_09_turnout_is_taken_off_once() -> None:
    told = answered(LONG_ROAD, stations=[{"station_id": "A", "geometry": at(3000, 0)}])
    assert told.summary["street_length_reached_m"] == pytest.approx(2 * 10 * 240)
    assert told.summary["targets"]["drive_s"] == 240
    slow = answered(LONG_ROAD, stations=[{"station_id": "A", "geometry": at(3000, 0), "turnout_s": 90.0}])
    assert slow.summary["street_length_reached_m"] == pytest.approx(2 * 10 * 210)


def test_trap_10_every_reached_piece_keeps_the_name_of_its_station() -> None:
    pair = [{"station_id": name, "geometry": at(x, 0)} for name, x in (("B", 1000), ("A", 3000))]
    told = answered(LONG_ROAD, 60 + 150, stations=pair)
    zones = told.zones.set_index("station_id")
    assert sorted(zones.index) == ["A", "B"]
    assert zones["area_m2"].sum() == pytest.approx(covered_ground(told).area)
    assert zones.geometry["A"].contains(at(2500, 50))
    assert zones.geometry["B"].contains(at(1500, 50))
    reached = told.streets[told.streets["reached"]].groupby("station_id")["length_m"].sum()
    assert reached.to_dict() == pytest.approx({"A": 2500, "B": 2000})


def test_trap_11_bands_are_cuts_of_one_field_and_the_limit_is_inclusive() -> None:
    field = arrival_field(LONG_ROAD, sites(LONG_ROAD, [at(0, 0)]), plain_targets())
    due, parts = first_due(field), field.parts()
    metres = [float(reached_length_m(due, parts, 60 + each).sum()) for each in (99, 100, 101)]
    assert metres == pytest.approx([990, 1000, 1010])
    corner = plots(plot(2300, -10, 2400, 10))
    exact, missed = (answered(LONG_ROAD, limit, parcels=corner) for limit in (300.0, 299.99))
    assert exact.parcels["verdict"].tolist() == ["covered"]
    assert missed.parcels["verdict"].tolist() == ["depends"]


def test_trap_12_an_island_is_told_apart_and_takes_no_site() -> None:
    split = town([[(0, 0), (6000, 0)], [(0, 100), (200, 100)]])
    on_island = [{"station_id": "A", "geometry": at(100, 95)}]
    told = answered(split, stations=on_island, parcels=plots(plot(50, 95, 60, 105)))
    assert told.stations["snap_m"].tolist() == [pytest.approx(95)]
    assert told.parcels[["verdict", "reason"]].to_numpy().tolist() == [["not_analysed", "unconnected"]]
    assert told.summary["street_length_unconnected_m"] == pytest.approx(200)
    assert told.summary["street_length_m"] == pytest.approx(6200)


def test_trap_13_ways_that_only_engines_and_villagers_drive_stay_in(tmp_path: Path) -> None:
    row = {number: (number, 0.0) for number in range(1, 7)}
    file = tmp_path / "town.osm"
    ways = [
        way(1, [1, 2], highway="residential"),
        way(2, [2, 3], highway="track"),
        way(3, [3, 4], highway="service", service="emergency_access"),
        way(4, [4, 5], highway="residential", access="private"),
        way(5, [5, 6], highway="footway"),
    ]
    file.write_text(osm_text(row, *ways), encoding="utf-8")
    ours, public = (network_from_osm(file, classes=each).network for each in ("fire", "osmnx-drive-tags"))
    assert sorted(ours.way_id.tolist()) == [1, 2, 3, 4]
    assert public.way_id.tolist() == [1]


def test_trap_14_speeds_come_from_the_class_and_guesses_are_counted() -> None:
    columns: dict[str, Sequence[object]] = {"class": ["primary", None], "maxspeed": [110, 10]}
    road = town([[(0, 0), (1000, 0)], [(1000, 0), (1500, 0)]], **columns)
    told = answered(road, scenario=Scenario())
    assert told.summary["street_length_class_guessed_m"] == pytest.approx(500)
    latest = told.streets.groupby("class")["arrival_s_end"].max()
    assert latest["primary"] == pytest.approx(60 + 1000 / 40 * 3.6)


def test_trap_15_one_way_streets_count_from_the_station_to_the_fire() -> None:
    one_way = town([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(2000, 0), (2000, 900), (0, 900), (0, 0)]],
                   oneway=[1, 1, 1], **{"class": ["primary", "motorway", "primary"]})  # fmt: skip
    station = sites(one_way, [at(1000, 0)])
    street, chainage = np.array([0, 1]), np.array([500.0, 500.0])  # the middles of the first two

    def seconds(**policy: str) -> list[float]:
        field = arrival_field(one_way, station, plain_targets(**policy))
        times: list[float] = times_at(first_due(field), field.points(street, chainage))[0].tolist()
        return times

    assert seconds() == [60 + 100 + 90 + 200 + 90 + 50, 60 + 50]
    assert seconds(one_way="cost") == [60 + 75, 60 + 50]
    assert seconds(one_way="ignore") == [60 + 50, 60 + 50]
    back = arrival_field(one_way, sites(one_way, [at(2000, 0)]), plain_targets(one_way="ignore"))
    # Nobody turns round on a motorway: from its end the way leads all round the block.
    assert times_at(first_due(back), back.points(street[1:], chainage[1:]))[0].tolist() == [
        60 + 380 + 100 + 50
    ]


def test_trap_16_a_way_that_leaves_the_county_and_comes_back_is_driven() -> None:
    outside = town([[(0, 0), (900, 0), (900, 300), (0, 300)]])
    county = plot(-100, -100, 500, 400)
    told = answered(
        outside, boundary=county, study_area=county, study_area_source="file",
        parcels=plots(plot(100, 290, 120, 310)),
    )  # fmt: skip
    assert told.parcels["verdict"].tolist() == ["covered"]
    assert told.summary["street_length_m"] == pytest.approx(2100)
    assert told.summary["street_length_study_m"] == pytest.approx(1000, abs=3)


def test_trap_19_a_water_crane_is_no_hydrant() -> None:
    hydrants = [{"hydrant_id": "H", "geometry": at(400, 0)}]
    county = paper_county(LONG_ROAD, hydrants=hydrants, parcels=plots(plot(0, 0, 9, 9)))
    cranes = table_of("cranes", [{"crane_id": "C", "geometry": at(0, 20)}])
    bare, full = (assess(each, Scenario()) for each in (county, dataclasses.replace(county, cranes=cranes)))
    assert full.summary["water"]["area"] == bare.summary["water"]["area"]
    assert full.parcels["hydrant_m"].tolist() == bare.parcels["hydrant_m"].tolist()
    assert (bare.parcels["crane_id"].tolist(), full.parcels["crane_id"].tolist()) == ([None], ["C"])


def test_trap_20_a_parcel_is_neither_its_middle_nor_all_or_nothing() -> None:
    long_plot = plot(400, -20, 2400, 20)
    told = answered(LONG_ROAD, 60 + 200, parcels=plots(long_plot)).parcels.iloc[0]
    assert long_plot.centroid.x - at(0, 0).x < 2000  # its middle is in time
    assert (told.verdict, told.depends_on) == ("depends", "part_of_parcel")
    assert told.covered_share == pytest.approx(0.8, abs=0.02)
    assert told.arrival_s == pytest.approx(60 + 240)


def test_trap_21_overlaps_count_once_and_shares_add_up() -> None:
    pair = [{"station_id": name, "geometry": at(x, 0)} for name, x in (("A", 1000), ("B", 1200))]
    study: dict[str, Any] = {"study_area": plot(0, -300, 3000, 300), "study_area_source": "file"}
    told = answered(LONG_ROAD, 60 + 100, stations=pair, **study)
    limit = told.coverage[told.coverage["band_s"] == 160].set_index("station_id")["area_m2"]
    # 300 m wide from 0 to 1800 m both come in time; the road ends at 0 with half a disc around its end.
    union = covered_ground(told).area
    assert union == pytest.approx(2200 * 300 + np.pi * 150**2 / 2, rel=0.005)
    assert limit["A"] + limit["B"] - union == pytest.approx(1800 * 300, rel=0.01)
    share = told.summary["area_share"]
    assert share["covered"] + share["not_covered"] + share["not_analysed"] == pytest.approx(1)
    assert share["not_analysed"] == pytest.approx(0.5, abs=0.005)


@pytest.mark.slow
def test_trap_22_what_nobody_reaches_is_null_and_no_number() -> None:
    split = town([[(0, 0), (1000, 0)], [(0, 500), (1000, 500)]])
    told = answered(split, parcels=plots(plot(400, 490, 420, 510)))
    island = [each["properties"] for each in features(told, "streets.geojson")]
    island = [each for each in island if each["state"] == "unconnected"]
    assert [(each["arrival_s_start"], each["arrival_s_end"], each["reached"]) for each in island] == [
        (None, None, False)
    ]
    (parcel,) = features(told, "parcels.geojson")
    assert parcel["properties"]["arrival_s"] is None
    points = table_of("places", [{"geometry": at(500, 500)}, {"geometry": at(500, 0)}])
    asked = arrival_at(told.county, told.scenario, points)
    assert asked["state"].tolist() == ["unconnected", "reached"]
    assert np.isnan(asked["arrival_s"].iloc[0])


def test_trap_24_the_slow_case_stands_beside_the_usual_one() -> None:
    road = town([[(0, 0), (4000, 0)]], **{"class": ["primary"]})
    told = answered(
        road, scenario=Scenario(), parcels=plots(plot(1000, -9, 1100, 9), plot(2300, -9, 2400, 9))
    )
    assert told.parcels["verdict"].tolist() == ["covered", "covered"]
    assert told.parcels["verdict_slow"].tolist() == ["covered", "not_covered"]


@pytest.mark.parametrize(
    ("profile", "own_kph", "slow_kph"),
    [
        ("normal", 60.0, 30.0),
        ("normal", 20.0, 15.0),
        ("free", 25.0, 15.0),
        ("peak", 60.0, 60.0),
        ("snow", 9.0, 9.0),
    ],
)
def test_trap_24_own_speeds_are_not_taken_for_those_of_the_peak(
    profile: str, own_kph: float, slow_kph: float
) -> None:
    # Peak speed of a primary street: 30 km/h; 40 on a normal day, 50 on a free one.
    own = Targets(profile=profile, speeds_kph=(("primary", own_kph),))
    usual_slow = Targets(profile="snow" if profile == "snow" else "peak")
    assert own.slow.speed_kph("primary") == pytest.approx(slow_kph)
    assert own.slow.speed_kph("tertiary") == usual_slow.speed_kph("tertiary")
    road, reach_m = town([[(0, 0), (5000, 0)]], **{"class": ["primary"]}), slow_kph / 3.6 * 240
    told = answered(
        road,
        scenario=Scenario(targets=own),
        parcels=plots(plot(0, -9, reach_m - 1, 9), plot(0, -9, reach_m + 11, 9)),
    )
    assert told.parcels["verdict_slow"].tolist() == ["covered", "depends"]


@pytest.mark.slow
def test_trap_25_map_files_and_tables_say_the_same() -> None:
    told = assess(read_county(ROOT / "data"), Scenario())
    layers = (*map_layers(told, Words("zh")), street_layer(told, Words("zh")))
    shown = {layer.key: json.loads(layer.content) for layer in layers if layer.content is not None}
    streets, parcels = features(told, "streets.geojson"), features(told, "parcels.geojson")
    drawn = sum(len(each["geometry"]["coordinates"]) for each in shown["streets"]["features"])
    assert drawn == len(streets) == len(told.streets)
    metres = sum(each["properties"]["length_m"] for each in streets)
    assert metres == pytest.approx(told.summary["street_length_m"])
    on_globe = sum(
        GEOD.geometry_length(from_geojson(each["geometry"])) for each in shown["streets"]["features"]
    )
    assert on_globe == pytest.approx(metres, rel=1e-3)
    rows = result_files(told)["parcels.csv"].decode("utf-8-sig").splitlines()[1:]
    counted = sum(each["number"] for each in told.summary["parcels"].values())
    assert len(parcels) == len(rows) == counted == 5
    placed = {
        each["properties"]["parcel_no"]: each["properties"]["verdict"] for each in parcels if each["geometry"]
    }
    drawn_as = {
        each["properties"]["id"]: each["properties"]["k"].rpartition("_")[0]
        for each in shown["parcels"]["features"]
    }
    assert len(placed) == 4
    assert drawn_as == placed


@pytest.mark.slow
def test_trap_26_files_are_plain_geojson_with_whole_names() -> None:
    ring = town([[(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]])
    told = answered(ring, parcels=[{"parcel_no": "P", "area_mu": float("nan"), "geometry": plot(0, 0, 9, 9)}])
    collection = json.loads(result_files(told)["coverage.geojson"])
    assert "crs" not in collection
    polygons = [
        polygon
        for each in collection["features"]
        for polygon in shapely.get_parts(from_geojson(each["geometry"])).tolist()
    ]
    assert any(len(polygon.interiors) for polygon in polygons)
    assert all(polygon.exterior.is_ccw for polygon in polygons)
    assert not any(hole.is_ccw for polygon in polygons for hole in polygon.interiors)
    (parcel,) = features(told, "parcels.geojson")
    assert parcel["properties"]["area_mu"] is None
    assert "position_class" in parcel["properties"]


def test_trap_27_a_changed_file_changes_digest_and_answer(write_county: Callable[..., Path]) -> None:
    degrees = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)

    def told(x: float) -> tuple[str, list[float]]:
        lon, lat = degrees.transform(at(x, 0).x, at(x, 0).y)
        line = [degrees.transform(at(each, 0).x, at(each, 0).y) for each in (0, 3000)]
        street = {"type": "LineString", "coordinates": line}
        folder = write_county({
            "county.toml": 'name = "纸上镇"\ncrs = "EPSG:4547"\n',
            "roads/streets.geojson": {"type": "FeatureCollection", "features": [
                {"type": "Feature", "properties": {"class": "primary"}, "geometry": street}]},
            "stations/stations.csv": f"station_id,status,lon,lat\nA,in_use,{lon:.8f},{lat:.8f}\n",
        })  # fmt: skip
        county = read_county(folder)
        place = table_of("places", [{"geometry": at(3000, 0)}])
        return county.digest, arrival_at(county, Scenario(), place)["arrival_s"].tolist()

    (first, early), (second, late), (third, again) = told(2000), told(1000), told(2000)
    assert first != second
    assert first == third
    assert early == again == pytest.approx([60 + 1000 / 40 * 3.6], abs=0.01)
    assert late == pytest.approx([60 + 2000 / 40 * 3.6], abs=0.01)


def test_trap_27_networks_that_look_alike_do_not_share_a_kept_drive() -> None:
    slow, fast = (town([[(0, 0), (1000, 0)]], **{"class": [each]}) for each in ("service", "primary"))
    metres_per_s = [
        float(net.length_m[0] / arrival_field(net, sites(net, [at(0, 0)]), Targets()).drive.ahead_s[0])
        for net in (slow, fast, slow)
    ]
    assert metres_per_s == pytest.approx([12 / 3.6, 40 / 3.6, 12 / 3.6])
