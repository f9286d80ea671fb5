"""Closures from files: each kind that is read, and everything hostile or wrong refused in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analysis.closure_files import MAX_CLOSURES, MAX_MB, closures_in, read_closures
from analysis.closures import Closure
from geo.problems import InputError

if TYPE_CHECKING:
    from pathlib import Path

CSV = "name,lon,lat,effect,value\n修路,114.68,38.61,,\n,114.69,38.61,slow,2.5\nx,114.7,38.61,delay,30\n"


def codes(name: str, content: bytes) -> set[str]:
    with pytest.raises(InputError) as raised:
        closures_in(name, content)
    assert all(each.text(language) for each in raised.value.problems for language in ("zh", "en"))
    return {each.code for each in raised.value.problems}


def test_a_table_of_points_or_of_wkt(tmp_path: Path) -> None:
    first, second, third = closures_in("封路.csv", CSV.encode("utf-8-sig"))
    assert first == Closure("修路", "POINT (114.68 38.61)")
    assert (second.effect, second.value, third.effect, third.value) == ("slow", 2.5, "delay", 30.0)
    line = 'wkt\n"LINESTRING (114.6 38.6, 114.7 38.6)"\n'
    path = tmp_path / "lines.csv"
    path.write_text(line, "utf-8")
    assert read_closures(path) == (Closure("", "LINESTRING (114.6 38.6, 114.7 38.6)"),)


def test_geojson_of_points_lines_and_areas() -> None:
    ring = [[114.6, 38.6], [114.7, 38.6], [114.7, 38.7], [114.6, 38.6]]
    shapes = [
        {"type": "Point", "coordinates": [114.6, 38.6]},
        {"type": "LineString", "coordinates": ring[:2]},
        {"type": "Polygon", "coordinates": [ring]},
    ]
    features = [
        {"type": "Feature", "properties": {"name": "a", "effect": "delay", "value": 20}, "geometry": each}
        for each in shapes
    ]
    found = closures_in("a.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())
    assert [each.wkt.split(" ")[0] for each in found] == ["POINT", "LINESTRING", "POLYGON"]
    assert {(each.name, each.effect, each.value) for each in found} == {("a", "delay", 20.0)}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.gpkg", b"SQLite format 3", "format_unknown"),
        ("a.vrt", b"<OGRVRTDataSource/>", "format_unknown"),
        ("../../a", b"", "format_unknown"),
        ("a.geojson", b"<OGRVRTDataSource/>", "not_json"),
        ("a.csv", b"lon,lat\n" + b"1" * (MAX_MB * 1024**2), "too_large"),
        ("a.csv", b"lon,lat\n" + b"114.6,38.6\n" * (MAX_CLOSURES + 1), "too_many_rows"),
        ("a.csv", b"name\nx\n", "lon_lat_needed"),
        ("a.csv", b"lon,lat\nx,y\n", "coordinate_bad"),
        ("a.csv", b"lon,lat\n214.6,38.6\n", "no_crs"),
        ("a.csv", b"wkt\nPOINT (1 2\n", "geometry_unreadable"),
        ("a.csv", b"lon,lat,effect\n114.6,38.6,explode\n", "not_in_list"),
        ("a.csv", b"lon,lat,effect,value\n114.6,38.6,slow,0.2\n", "target_range"),
        ("a.csv", b"lon,lat,effect,value\n114.6,38.6,delay,soon\n", "target_range"),
        ("a.csv", b"lon,lat,effect,value\n114.6,38.6,delay,nan\n", "target_range"),
    ],
)
def test_what_cannot_be_used_is_said(name: str, content: bytes, code: str) -> None:
    assert code in codes(name, content)
