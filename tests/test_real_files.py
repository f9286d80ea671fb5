"""Real files of other people are read whole: every row counted, every value and place as another program has it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from geo.crs import WGS84, reproject
from geo.tables import FileRows, LayerInFile, layers_in, read_rows

if TYPE_CHECKING:
    from pathlib import Path


def codes(rows: FileRows) -> list[str]:
    return [each.code for each in rows.problems]


def bounds(rows: FileRows) -> list[float]:
    assert rows.geometry is not None
    assert rows.crs is not None
    box = shapely.total_bounds(reproject(rows.geometry, rows.crs, WGS84))
    return [float(each) for each in box]


def test_hydrants_of_lake_county_in_web_mercator(real_data: Path) -> None:
    file = real_data / "lake-county" / "Fire_Hydrants.csv"
    rows = read_rows(file, source_crs="EPSG:3857")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        expected = list(csv.DictReader(opened))
    assert len(rows.table) == len(expected) == 4278
    assert list(rows.table.columns) == list(expected[0])
    # Both numbers have seven digits, so their size does not tell which goes east; the first is taken, and that is said.
    assert codes(rows) == ["places_order_unsure", "places_from_columns"]
    for name in rows.table.columns:
        assert rows.table[name].tolist() == [row[name].strip() or None for row in expected]
    assert rows.geometry is not None
    assert [(each.x, each.y) for each in rows.geometry] == [
        (float(row["X"]), float(row["Y"])) for row in expected
    ]
    # Each row's web address holds its degrees as well: an independent account of the place.
    places = reproject(rows.geometry, "EPSG:3857", WGS84)
    for place, row in zip(places, expected, strict=True):
        if "lat=" in row["WebMap"]:
            lat, lon = (float(row["WebMap"].split(f"?{key}=" if key == "lat" else f"&{key}=")[1].split("&")[0])
                        for key in ("lat", "lng"))  # fmt: skip
            assert (place.x, place.y) == (pytest.approx(lon, abs=2e-4), pytest.approx(lat, abs=2e-4))
    ids = Counter(rows.table["FeatureID"])
    assert max(ids.values()) > 1, "an id stands twice"
    assert codes(read_rows(file))[-1] == "no_crs"


@pytest.mark.parametrize(
    ("name", "count", "kind"),
    [
        ("BOUNDARY_CityBoundary", 1, "Polygon"), ("INFRA_Hydrants", 1960, "Point"),
        ("PUBLICSAFETY_FireStations", 8, "Point"), ("TRANS_Centerlines", 2643, "Mixed"),
    ],
)  # fmt: skip
def test_layers_of_cambridge(real_data: Path, name: str, count: int, kind: str) -> None:
    file = real_data / "cambridge" / f"{name}.geojson"
    rows = read_rows(file)
    assert (len(rows.table), rows.crs, rows.problems) == (count, WGS84, ())
    assert layers_in(file) == (LayerInFile(name, count, kind),)
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    for column in rows.table.columns:
        for read, feature in zip(rows.table[column], features, strict=True):
            given = feature["id"] if column == "id" else feature["properties"].get(column)
            assert read == (given.strip() or None if isinstance(given, str) else given)
    west, south, east, north = bounds(rows)
    assert (west > -71.2) & (east < -71.0) & (south > 42.3) & (north < 42.5)


BY_GDAL = """
import sys, hashlib, numpy as np, pyogrio.raw as raw
meta, _, shapes, fields = raw.read(sys.argv[1])
np.save(sys.argv[2], np.array([b"" if each is None else each for each in shapes], dtype=object), allow_pickle=True)
"""


@pytest.mark.slow
def test_parcels_of_cambridge_are_the_same_by_gdal(real_data: Path, tmp_path: Path) -> None:
    file = real_data / "cambridge" / "ASSESSING_ParcelsFY2014.topojson"
    rows = read_rows(file)
    assert (len(rows.table), codes(rows)) == (13_116, ["rings_collapsed"])
    assert layers_in(file) == (LayerInFile("ASSESSING_ParcelsFY2014", 13_116, "Mixed"),)
    assert rows.geometry is not None
    assert Counter(each.geom_type for each in rows.geometry if each is not None)["MultiPolygon"] == 8
    there = ~shapely.is_missing(rows.geometry)
    assert int((~shapely.is_valid(rows.geometry) & there).sum()) == 37
    # GDAL, in a process that still has its driver of TopoJSON.
    command = [sys.executable, "-c", BY_GDAL, str(file), str(tmp_path / "g.npy")]
    subprocess.run(command, check=True, env={**os.environ, "OGR_SKIP": ""})
    other = shapely.from_wkb(np.load(tmp_path / "g.npy", allow_pickle=True))
    assert np.flatnonzero(~there).tolist() == np.flatnonzero(shapely.is_empty(other)).tolist()
    assert shapely.equals_exact(rows.geometry[there], other[there], 1e-12).all()
    given = json.loads(file.read_text(encoding="utf-8"))["objects"]["ASSESSING_ParcelsFY2014"]["geometries"]
    assert rows.table["id"].tolist() == [each.get("id") for each in given]
    assert rows.table["ML"].tolist() == [each["properties"].get("ML") for each in given]


def test_layers_of_baoding(real_data: Path) -> None:
    file = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    assert layers_in(file) == (
        LayerInFile("roads_1", 2985, "MultiLineString"),
        LayerInFile("lianchi_boundary_tianditu", 1, "MultiPolygon"),
        LayerInFile("jd_points_bd09_and_wgs84", 8, "Point"),
    )
    assert codes(read_rows(file)) == ["several_layers"]
    roads = read_rows(file, file_layer="roads_1")
    assert (len(roads.table), roads.crs, roads.problems) == (2985, "EPSG:32650", ())
    assert int(roads.table["name"].notna().sum()) == 815
    assert int((roads.table["maxspeed"] > 0).sum()) == 15
    assert set(roads.table["oneway"]) == {"B", "F"}
    assert roads.geometry is not None
    lengths = shapely.length(roads.geometry)
    assert lengths.tolist() == pytest.approx(roads.table["Shape_Length"].tolist(), rel=1e-6)
    area = read_rows(file, file_layer="lianchi_boundary_tianditu")
    assert area.geometry is not None
    assert shapely.area(area.geometry[0]) == pytest.approx(area.table["Shape_Area"][0], rel=1e-6)
    points = read_rows(file, file_layer="jd_points_bd09_and_wgs84")
    assert points.geometry is not None
    degrees = shapely.get_coordinates(reproject(points.geometry, "EPSG:32650", WGS84))
    stated = points.table[["wgs84_longitude", "wgs84_latitude"]].to_numpy(dtype=float)
    # The fifth stands in the file some 350 m from where its own columns say.
    assert (np.abs(degrees - stated).max(axis=1) < 1e-6).tolist() == [True] * 4 + [False] + [True] * 3


def test_places_of_quyang_and_its_outline(real_data: Path) -> None:
    places = read_rows(real_data / "quyang" / "quyang-places.csv", source_crs="GCJ-02")
    assert (places.crs, places.place_columns, codes(places)) == ("GCJ-02", ("lon", "lat"), [])
    assert places.geometry is not None
    moved = reproject(places.geometry, "GCJ-02", WGS84)
    derived = zip(places.table["lon_wgs84_derived"], places.table["lat_wgs84_derived"], strict=True)
    for place, (lon, lat) in zip(moved, derived, strict=True):
        assert (place is None) == (lon is None)
        if place is not None:
            assert (place.x, place.y) == (
                pytest.approx(float(lon), abs=3e-5),
                pytest.approx(float(lat), abs=3e-5),
            )
    outline = read_rows(real_data / "quyang" / "quyang-boundary-wgs84.geojson")
    assert outline.problems == ()
    assert bounds(outline) == pytest.approx([114.4073, 38.4729, 114.8828, 38.9573], abs=1e-4)


def test_a_boundary_file_of_surveyors_comes_through_the_same_door(real_data: Path) -> None:
    rows = read_rows(real_data / "survey-txt" / "testfile.txt")
    assert len(rows.table) == 1
    assert rows.geometry is not None
    assert rows.crs == "EPSG:4523"
    assert shapely.area(rows.geometry[0]) == pytest.approx(466.17, abs=0.01)
