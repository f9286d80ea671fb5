"""Every broken input says all that is wrong with it, with its row and in both languages; sound input is kept."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from geo.crs import WGS84, crs_name, is_metric, transformer
from geo.gdal_drivers import ALLOWED
from geo.layers import LAYERS, check_rows
from geo.tables import MAX_BYTES, FileRows, read_rows, table_of
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from geo.problems import Problem

Found = set[tuple[str, int | None, str]]


def _read(folder: Path, layer: str, name: str, content: str | bytes | dict[str, Any]) -> Any:
    path = folder / name
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False).replace('"BEYOND"', "1e999")
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return check_rows(LAYERS[layer], read_rows(path, layer=layer), name)


def _said(problems: tuple[Problem, ...]) -> Found:
    for each in problems:
        for language in LANGUAGES:
            assert each.text(language)
            assert "{" not in each.text(language).replace(str(dict(each.values)), "")
    return {(each.code, each.row, each.field) for each in problems if not each.warning}


def _point(x: Any, y: Any, **properties: Any) -> dict[str, Any]:
    place = None if x is None else {"type": "Point", "coordinates": [x, y]}
    return {"type": "Feature", "properties": properties, "geometry": place}


def _collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


BOWTIE = {"type": "Polygon", "coordinates": [[[114, 38], [114.1, 38.1], [114.1, 38], [114, 38.1], [114, 38]]]}
SQUARE = {"type": "Polygon", "coordinates": [[[114, 38], [114.1, 38], [114.1, 38.1], [114, 38]]]}

BROKEN: list[tuple[str, str, str | bytes | dict[str, Any], Found]] = [
    (
        "stations",
        "stations.csv",
        "station_id,status,lon,lat,turnout_s,crew,opens\n"
        "A,在建,114,38,sixty,2.5,23\n"
        ",in_use,114,,-1,,\n"
        "A,in_use,114.7,91,nan,1,2023\n"
        "C,,,,,,\n",
        {
            ("status_unknown", 1, "status"),
            ("not_a_number", 1, "turnout_s"),
            ("not_whole", 1, "crew"),
            ("not_a_year", 1, "opens"),
            ("id_empty", 2, "station_id"),
            ("coordinate_bad", 2, "lon, lat"),
            ("below_zero", 2, "turnout_s"),
            ("id_repeated", 3, "station_id"),
            ("coordinate_range", 3, "geometry"),
            ("not_a_number", 3, "turnout_s"),
            ("no_position", 4, "geometry, lon, lat, location"),
        },
    ),
    (
        "hydrants",
        "hydrants.csv",
        "hydrant_id,section_id,count,road,from,to,checked,location,lon,lat\n"
        "H,S,3,r,a,b,,,,\n"
        ",S,2.5,r,a,b,2023-13-01,,,\n"
        ",T,,r,a,b,,,,\n"
        "T-1,,2,,,,,,114,38\n"
        ",,,,,,,INT(a;b),114,38\n"
        ",U,99999,r,a,b,,NOWHERE(a),,\n"
        ",V,2,r,,,,,,\n"
        "V-2,,,,,,,,114,38\n",
        {
            ("both_ids", 1, "hydrant_id, section_id"),
            ("id_repeated", 2, "section_id"),
            ("not_whole", 2, "count"),
            ("section_count", 2, "count"),
            ("not_a_date", 2, "checked"),
            ("section_count", 3, "count"),
            ("count_without_section", 4, "count"),
            ("id_empty", 5, "hydrant_id"),
            ("position_twice", 5, "geometry, location"),
            ("section_count", 6, "count"),
            ("location_unreadable", 6, "location"),
            ("no_position", 7, "geometry, lon, lat, location"),
            ("id_repeated", 8, "hydrant_id"),
        },
    ),
    (
        "parcels",
        "parcels.geojson",
        _collection(
            {"type": "Feature", "properties": {"parcel_no": 1, "area_mu": True}, "geometry": BOWTIE},
            {"type": "Feature", "properties": {"parcel_no": 1.0}, "geometry": SQUARE},
            {"type": "Feature", "properties": None, "geometry": {"type": "Polygon", "coordinates": 5}},
            "no feature",
            _point("BEYOND", 38, parcel_no="x", position_class="P9"),
            _point(114, 38, parcel_no="y", lon=115, lat=38, position_class="P6"),
            {"type": "Feature", "properties": {"parcel_no": "l"}, "geometry": {
                "type": "LineString", "coordinates": [[114, 38], [115, 38]]}},
        ),
        {
            ("not_a_number", 1, "area_mu"),
            ("geometry_invalid", 1, "geometry"),
            ("id_repeated", 2, "parcel_no"),
            ("id_empty", 3, "parcel_no"),
            ("geometry_unreadable", 3, "geometry"),
            ("id_empty", 4, "parcel_no"),
            ("geometry_unreadable", 4, "geometry"),
            ("coordinate_bad", 5, "geometry"),
            ("position_class_unknown", 5, "position_class"),
            ("position_twice", 6, "geometry, lon, lat"),
            ("class_needs_words", 6, "position_class"),
            ("geometry_kind", 7, "geometry"),
        },
    ),
    ("cranes", "cranes.csv", "编号,lon,lat\nW,114,38\n", {("column_missing", None, "crane_id")}),
    ("cranes", "cranes.csv", "crane_id,lon\nW,114\n",
     {("column_missing", None, "lat"), ("no_position", 1, "geometry, lon, lat, location")}),
    ("cranes", "cranes.csv", "crane_id,,crane_id,lon,lat\nW,x,V,114,38,9\n",
     {("column_unnamed", None, ""), ("column_twice", None, "crane_id"), ("row_too_long", 1, "")}),
    ("cranes", "cranes.csv", "crane_id,lon,lat\n", {("no_rows", None, "")}),
    ("cranes", "cranes.csv", "", {("no_rows", None, "")}),
    ("cranes", "cranes.csv", b"\xff\xff\xff", {("not_text", None, "")}),
    ("cranes", "cranes.csv", b"crane_id\x00,lon", {("not_text", None, "")}),
    ("cranes", "cranes.csv", "crane_id,wkt\nA,POINT(114\nB,POINT EMPTY\n",
     {("geometry_unreadable", 1, "wkt"), ("no_position", 2, "geometry, lon, lat, location")}),
    ("cranes", "cranes.mdb", b"PK", {("format_unknown", None, "")}),
    ("cranes", "cranes.geojson", "[" * 100_000, {("not_json", None, "")}),
    ("cranes", "cranes.geojson", '{"type": "FeatureCollection", "features": [NaN]}', {("not_json", None, "")}),
    ("cranes", "cranes.geojson", '<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>',
     {("not_json", None, "")}),
    ("cranes", "cranes.gpkg", '<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>',
     {("not_gpkg", None, "")}),
    ("cranes", "cranes.gpkg", b"SQLite format 3\x00" + b"\x00" * 200, {("gdal_broken", None, "")}),
    ("cranes", "cranes.json", {"type": "Topology", "objects": {}}, {("not_topojson", None, "")}),
    ("cranes", "cranes.json", {"type": ["Point"]}, {("not_geojson", None, "")}),
    ("cranes", "cranes.json", _collection(_point(10**400, 38, crane_id="A", area_mu="x")),
     {("geometry_unreadable", 1, "geometry")}),
    ("cranes", "cranes.json", {"hello": 1}, {("not_geojson", None, "")}),
    ("cranes", "cranes.json", _collection(), {("no_rows", None, "")}),
    ("cranes", "cranes.json", _collection(_point(474_000, 4_275_000, crane_id="A")), {("no_crs", None, "")}),
    ("cranes", "cranes.csv", "crane_id,lon,lat\nA,500000,4275000\nB,,\n",
     {("no_crs", None, "lon, lat"), ("no_position", 2, "geometry, lon, lat, location")}),
    ("cranes", "cranes.json", _collection(_point(1, 2, crane_id="A"), crs={"type": "name"}),
     {("crs_unknown", None, "")}),
    ("boundary", "boundary.csv", "name,wkt\n点,POINT(114 38)\n", {("geometry_kind", 1, "geometry")}),
    ("boundary", "boundary.csv", "name,wkt\n界,\n", {("no_geometry", 1, "geometry")}),
    ("vehicles", "vehicles.csv", "vehicle_id,tank_l\nV,5吨\n", {("not_a_number", 1, "tank_l")}),
    ("sub_blocks", "sub_blocks.csv", "parcel_no,block_no\n一,1\n一,1\n一,\n",
     {("id_repeated", 2, "parcel_no, block_no"), ("id_empty", 3, "parcel_no, block_no")}),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "name", "content", "expected"), BROKEN)
def test_a_broken_file_says_everything_that_is_wrong(
    tmp_path: Path, layer: str, name: str, content: str | bytes | dict[str, Any], expected: Found
) -> None:
    assert _said(_read(tmp_path, layer, name, content).problems) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_chinese_csv_reads_alike_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        "station_id,name,grade,status,lon,lat,备注\r\n南一,消防站“甲”,一级,in_use,114.7,38.6,㐂\r\n".replace(
            "㐂", "㐂" if encoding != "gbk" else "喜"
        )
    )
    rows = _read(tmp_path, "stations", "stations.csv", text.encode(encoding))
    assert rows.problems == ()
    assert rows.table[["station_id", "name", "grade"]].to_numpy().tolist() == [["南一", "消防站“甲”", "一级"]]
    assert rows.geometry.tolist() == [shapely.Point(114.7, 38.6)]
    assert "备注" in rows.table


def test_values_arrive_in_their_kinds(tmp_path: Path) -> None:
    text = (
        "hydrant_id,status,count,dn_mm,checked,opens,lon,lat,extra\n"
        "7,in_use,,150,2023年5月1日,2024,114.7,38.6, kept \n8,,1,,2023/5/1 10:00,,114.7,38.6,\n"
    )
    rows = _read(tmp_path, "hydrants", "hydrants.csv", text)
    assert [each.code for each in rows.problems] == ["status_missing"]
    assert rows.problems[0].warning
    first, second = rows.table.to_dict("records")
    assert (first["hydrant_id"], first["dn_mm"], first["opens"], first["extra"]) == (
        "7",
        150.0,
        2024.0,
        "kept",
    )
    assert (first["checked"], second["checked"]) == ("2023-05-01", "2023-05-01")
    assert (second["status"], second["extra"], second["side"]) == ("unknown", None, None)
    assert math.isnan(second["dn_mm"])
    assert tuple(rows.table.columns)[: len(LAYERS["hydrants"].names)] == LAYERS["hydrants"].names


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4547", "EPSG:4547"])
def test_a_declared_crs_is_followed(tmp_path: Path, name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    rows = _read(tmp_path, "cranes", "c.json", _collection(_point(500_000, 4_275_000, crane_id="A"), crs=crs))
    assert _said(rows.problems) == set()
    assert rows.geometry[0].x == pytest.approx(114, abs=1e-9)
    assert rows.geometry[0].y == pytest.approx(38.61, abs=0.01)


def test_given_crs_fills_a_gap_and_never_overrules_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(_collection(_point(500_000, 4_275_000, crane_id="A"))))
    given = read_rows(path, source_crs="EPSG:4547")
    assert (given.crs, given.problems) == ("EPSG:4547", ())
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    path.write_text(json.dumps(_collection(_point(500_000, 4_275_000, crane_id="A"), crs=crs)))
    assert [each.code for each in read_rows(path, source_crs="EPSG:32650").problems] == ["crs_conflict"]
    assert [each.code for each in read_rows(path, source_crs="EPSG:1").problems] == ["crs_unknown"]


@pytest.mark.parametrize(
    ("declared", "given"),
    [("EPSG:4326", "GCJ-02"), ("OGC:CRS84", "gcj02"), ("EPSG:4490", "BD-09"), ("EPSG:4547", "GCJ-02/EPSG:4547")],
)  # fmt: skip
def test_a_shift_is_taken_on_top_of_the_system_that_a_web_map_declares_and_said(
    tmp_path: Path, declared: str, given: str
) -> None:
    path = tmp_path / "c.json"
    at = (500_000, 4_275_000) if "/" in given else (114.70, 38.62)
    crs = {"type": "name", "properties": {"name": declared}}
    path.write_text(json.dumps(_collection(_point(*at, crane_id="A"), crs=crs)))
    rows = read_rows(path, source_crs=given)
    assert rows.crs == crs_name(given)
    assert [(each.code, each.warning) for each in rows.problems] == [("crs_shifted", True)]
    assert all(crs_name(given) in rows.problems[0].text(language) for language in ("zh", "en"))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("declared", "given"),
    [("EPSG:4610", "GCJ-02"), ("EPSG:4547", "GCJ-02"), ("EPSG:4326", "GCJ-02/EPSG:4547")],
)
def test_a_shift_on_top_of_another_system_than_the_declared_one_is_refused(
    tmp_path: Path, declared: str, given: str
) -> None:
    path = tmp_path / "c.json"
    crs = {"type": "name", "properties": {"name": declared}}
    path.write_text(json.dumps(_collection(_point(114.70, 38.62, crane_id="A"), crs=crs)))
    assert "crs_conflict" in [each.code for each in read_rows(path, source_crs=given).problems]


def test_one_stray_point_is_not_taken_for_a_projection(tmp_path: Path) -> None:
    points = [_point(114 + i / 10, 38, crane_id=str(i)) for i in range(4)] + [_point(500, 38, crane_id="s")]
    rows = _read(tmp_path, "cranes", "c.geojson", _collection(*points))
    assert _said(rows.problems) == {("coordinate_range", 5, "geometry")}


def _gpkg(path: Path, crs: str | None, layer: str = "any", mode: str = "w") -> None:
    # GDAL warns of a layer without CRS when it is written, which is what is wanted here.
    frame = gpd.GeoDataFrame(
        {"crane_id": ["A", "B"], "dn_mm": [200.0, None], "when": ["x", None]},
        geometry=[shapely.Point(500_000, 4_275_000), shapely.Point(500_010, 4_275_000)],
        crs=crs,
    )
    frame.to_file(path, layer=layer, driver="GPKG", mode=mode)


def test_geopackage_is_read_in_its_crs(tmp_path: Path) -> None:
    _gpkg(tmp_path / "c.gpkg", "EPSG:4547")
    rows = check_rows(LAYERS["cranes"], read_rows(tmp_path / "c.gpkg", layer="cranes"), "c.gpkg")
    assert _said(rows.problems) == set()
    assert rows.table["when"].tolist() == ["x", None]
    assert rows.table["dn_mm"].isna().tolist() == [False, True]
    assert rows.geometry[0].x == pytest.approx(114, abs=1e-9)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_geopackage_without_crs_or_with_several_layers_is_refused(tmp_path: Path) -> None:
    _gpkg(tmp_path / "c.gpkg", None)
    assert {each.code for each in read_rows(tmp_path / "c.gpkg").problems if not each.warning} == {"no_crs"}
    _gpkg(tmp_path / "d.gpkg", "EPSG:4547")
    _gpkg(tmp_path / "d.gpkg", "EPSG:4547", "other", "a")
    assert [each.code for each in read_rows(tmp_path / "d.gpkg").problems] == ["several_layers"]
    assert read_rows(tmp_path / "d.gpkg", layer="other").problems == ()


def test_a_file_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert [each.code for each in read_rows(path).problems] == ["too_large"]


def test_checking_leaves_what_was_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("crane_id,lon,lat,status\nA,114,38,bad\n")
    rows = read_rows(path)
    assert rows.geometry is not None
    before = copy.deepcopy((rows.table, rows.geometry))
    check_rows(LAYERS["cranes"], rows, "c.csv")
    assert rows.table.equals(before[0])
    assert rows.geometry.tolist() == before[1].tolist() == [shapely.Point(114, 38)]


def test_a_table_with_names_of_ours_for_something_else_keeps_them(tmp_path: Path) -> None:
    rows = _read(tmp_path, "cranes", "c.csv", "crane_id,lon,lat,shape\nA,114,38,round\n")
    assert [(each.code, each.warning) for each in rows.problems] == [
        ("column_reserved", True), ("status_missing", True),
    ]  # fmt: skip
    assert rows.table["file_shape"].tolist() == ["round"]


@pytest.mark.parametrize(
    ("crs", "metric"), [("EPSG:4547", True), ("EPSG:32650", True), ("EPSG:4326", False), ("EPSG:3857", False)]
)
def test_which_crs_may_be_measured_in(crs: str, metric: bool) -> None:
    assert crs_name(crs) == crs
    assert is_metric(crs) is metric


def test_multipoints_of_one_point_are_points(tmp_path: Path) -> None:
    text = (
        'crane_id,status,wkt\nA,in_use,MULTIPOINT Z((114 38 7))\nB,in_use,"MULTIPOINT((114 38),(115 38))"\n'
    )
    rows = _read(tmp_path, "cranes", "c.csv", text)
    assert rows.geometry[0].equals(shapely.Point(114, 38))
    assert not rows.geometry[0].has_z
    assert _said(rows.problems) == {("geometry_kind", 2, "geometry")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", ["geo.tables", "geo.words", "analysis.assessment", "views.page", "geopandas, geo"]
)
def test_only_drivers_of_formats_in_use_are_there_whatever_is_imported_first(first: str) -> None:
    code = f"import {first}; import pyogrio; print(*pyogrio.list_drivers(), sep=';')"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert set(done.stdout.strip().split(";")) == ALLOWED
    assert "Unable to find driver" not in done.stderr, "a name that this GDAL does not know"


@pytest.mark.parametrize("name", list(LAYERS))
def test_no_rows_at_all_still_has_every_column(name: str) -> None:
    checked = check_rows(LAYERS[name], FileRows(table_of({}, 0)), "f")
    assert tuple(checked.table.columns) == LAYERS[name].names


def test_the_change_between_two_systems_is_found_once_and_puts_x_first() -> None:
    to_metres = transformer(WGS84, "EPSG:4547")
    assert to_metres is transformer(WGS84, "EPSG:4547")
    # The central meridian of this zone, 114 degrees east, lies at 500 km.
    assert to_metres.transform(114.0, 38.6)[0] == pytest.approx(500_000, abs=1e-6)
