"""Whatever a file holds, reading it ends soon, reaches nothing but the file, and gives rows or says why it does not."""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import random
import sqlite3
import struct
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from pyarrow import parquet

from geo import read_shapes, topojson
from geo.boundary_txt import boundary_txt
from geo.problems import InputError
from geo.read_limits import MAX_BYTES, MAX_COLUMNS
from geo.tables import READERS, layers_in, read_rows
from geo.words import LANGUAGES
from tests.old_workbooks import old_workbook
from tests.test_every_format import FORMATS, frame_of
from tests.test_workbooks import new_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.tables import FileRows

SECRET = "county-secret-4711"  # noqa: S105 - nobody's
SOON_S = 30.0
"""No file may take longer; on a busy machine too."""


def read(folder: Path, name: str, content: bytes, **how: Any) -> FileRows:
    """The rows of a file of this content, whose problems all have words and whose layers can be asked for as well."""
    path = folder / name
    path.write_bytes(content)
    begin = time.monotonic()
    rows = read_rows(path, **how)
    for each in rows.problems:
        for language in LANGUAGES:
            assert each.text(language)
    with contextlib.suppress(InputError):
        layers_in(path)
    assert time.monotonic() - begin < SOON_S
    return rows


def errors(rows: FileRows) -> list[str]:
    return [each.code for each in rows.problems if not each.warning]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A sound file of every ending, in one piece."""
    folder = tmp_path_factory.mktemp("sound")
    files = {}
    for number, form in enumerate(FORMATS.values()):
        if form.ending in files or form.ending == ".shp":
            continue
        path = folder / str(number) / f"layer{form.ending}"
        path.parent.mkdir()
        form.write(frame_of("areas", form.systems[0], form.gap), path)
        files[form.ending] = path.read_bytes()
    shapes = frame_of("points", "EPSG:4326")[["geometry"]]
    shapes.to_file(folder / "s.shp")
    shapes.to_file(folder / "s.gpx", driver="GPX")
    shapes.to_file(folder / "s.dxf", driver="DXF")
    files |= {ending: (folder / f"s{ending}").read_bytes() for ending in (".shp", ".gpx", ".dxf")}
    files[".txt"] = boundary_txt(
        frame_of("areas", "EPSG:4547").assign(parcel_no=["1", "2", "3"])[["parcel_no", "geometry"]]
    )
    files[".xls"] = old_workbook({"s": {(0, 0): "id", (1, 0): 1}})
    return files


FAMILIES = (
    {".geojson", ".json", ".topojson"}, {".csv", ".tsv", ".txt"}, {".xlsx", ".xlsm", ".xls"},
    {".parquet", ".geoparquet"},
)  # fmt: skip
"""Endings whose content is told apart by itself."""


@pytest.mark.parametrize("name", list(READERS))
def test_a_file_under_another_ending_is_never_read_as_something_else(
    tmp_path: Path, sound: dict[str, bytes], name: str
) -> None:
    for ending, content in sound.items():
        rows = read(tmp_path, f"layer{name}", content, source_crs="EPSG:4326")
        same = ending == name or any({ending, name} <= family for family in FAMILIES)
        same |= (ending, name) == (".kmz", ".zip")  # a zip file may hold a KML
        if same:
            assert len(rows.table), ending
        else:
            assert errors(rows), ending
            assert len(rows.table) == 0, ending


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.8, 0.95, 0.999])
def test_half_a_file_is_never_taken_for_the_whole(
    tmp_path: Path, sound: dict[str, bytes], share: float
) -> None:
    for ending, whole_file in sound.items():
        content = whole_file
        if ending in {".csv", ".txt"}:
            continue  # a text may end anywhere
        content = content.rstrip() if ending in {".geojson", ".topojson", ".kml", ".gpx", ".dxf"} else content
        rows = read(tmp_path, f"cut{ending}", content[: int(len(content) * share)], source_crs="EPSG:4326")
        whole = ending == ".xls" and share > 0.9  # the end of its last sector is empty
        assert whole or (errors(rows) and len(rows.table) == 0), ending


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_flipped_and_moved_bytes_end_in_rows_or_reasons(
    tmp_path: Path, sound: dict[str, bytes], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same bytes on every run
    for ending, content in sound.items():
        for _ in range(25):
            spoiled = bytearray(content)
            for _ in range(chance.choice([1, 1, 2, 5, 20])):
                spoiled[chance.randrange(len(spoiled))] = chance.choice([0, 255, chance.randrange(256)])
            if chance.random() < 0.2:
                at, other = chance.randrange(len(spoiled)), chance.randrange(len(spoiled))
                spoiled[at:at] = spoiled[other : other + 50]
            rows = read(tmp_path, f"layer{ending}", bytes(spoiled))
            assert len(rows.table) or errors(rows)


# --- files that point at other files and addresses -------------------------------------------------------------------


class _Asked(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - one list for all requests is what is wanted

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server on this computer; the test fails if anyone asks it for anything."""
    _Asked.asked.clear()
    server = http.server.HTTPServer(("127.0.0.1", 0), _Asked)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()
    assert _Asked.asked == []


SQL = 'SELECT * FROM "a"'


def _pointing(target: str) -> dict[str, str]:
    return {
        "VRT": f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{target}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>",
        "VRT with SQL": f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{target}</SrcDataSource><SrcSQL>'
        + SQL + "</SrcSQL></OGRVRTLayer></OGRVRTDataSource>",
        "GDALG": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline read {target}"}),
        "address alone": target,
        "KML": f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{target}</href></Link>'
        f'</NetworkLink><Placemark><styleUrl>{target}#s</styleUrl><Point><coordinates>1,2</coordinates></Point>'
        f"</Placemark><GroundOverlay><Icon><href>{target}</href></Icon></GroundOverlay></Document></kml>",
        "schema": f'<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://www.opengis.net/kml/2.2 {target}"><Document><Schema/></Document></kml>',
        "GeoJSON of a service": json.dumps({
            "type": "FeatureCollection", "features": [], "links": [{"rel": "next", "href": target}],
            "exceededTransferLimit": True,
        }),
        "feature service": json.dumps({"exceededTransferLimit": True, "objectIdFieldName": "a", "features": [],
                                       "geometryType": "esriGeometryPoint", "url": target}),
        "tile service": f'<GDAL_WMS><Service name="TMS"><ServerUrl>{target}</ServerUrl></Service></GDAL_WMS>',
        "web feature service": f"<OGRWFSDataSource><URL>{target}</URL></OGRWFSDataSource>",
        "entity": f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{target}">]><kml><Document><name>&x;</name></Document></kml>',
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(_pointing("")))
def test_content_that_points_elsewhere_reaches_neither_files_nor_addresses(
    tmp_path: Path, address: str, kind: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"id,lon,lat\n{SECRET},1,2\n", encoding="utf-8")
    targets = [str(secret), f"/vsicurl/{address}/a.geojson", f"{address}/a.geojson", f"/vsizip/{secret}"]
    for target in targets:
        content = _pointing(target)[kind].encode()
        for ending in READERS:
            rows = read(tmp_path, f"layer{ending}", content)
            said = rows.table.to_csv() + " ".join(each.text("en") for each in rows.problems)
            assert SECRET not in said
            assert rows.geometry is None or kind == "KML" or not len(rows.table), ending


@pytest.mark.parametrize(
    "name", ["-oo x.gpkg", "a:b.gpkg", "GPKG:x.gpkg", "%2Fvsicurl%2F.gpkg", "vsimem.gpkg", "甲 乙.gpkg"]
)
def test_a_name_means_nothing_to_what_reads_the_file(
    tmp_path: Path, sound: dict[str, bytes], name: str
) -> None:
    assert len(read(tmp_path, name, sound[".gpkg"]).table) == 3


# --- XML -------------------------------------------------------------------------------------------------------------

BOMB = "<!DOCTYPE x [<!ENTITY a '1234567890'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
XML = {
    "bomb": f"{BOMB}]><kml><Document><name>&j;</name></Document></kml>".encode(),
    "outside": b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><kml/>",
    "UTF-16": "<!DOCTYPE x [<!ENTITY a 'b'>]><kml/>".encode("utf-16"),
    "UTF-16 by name": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><kml/>'.encode("utf-16"),
}
SHY = {
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE x+AD4-<kml/>',
    "EBCDIC": '<?xml version="1.0" encoding="cp037"?><!DOCTYPE x><kml/>'.encode("cp037"),
    "no such encoding": b'<?xml version="1.0" encoding="x-nobody"?><kml/>',
}


@pytest.mark.parametrize("ending", [".kml", ".gpx", ".kmz", ".xlsx"])
@pytest.mark.parametrize("kind", [*XML, *SHY])
def test_entities_are_refused_in_every_encoding(tmp_path: Path, ending: str, kind: str) -> None:
    content = XML.get(kind) or SHY[kind]
    if ending in {".kmz", ".xlsx"}:
        packed = io.BytesIO(new_workbook({"s": [["a"]]}) if ending == ".xlsx" else b"")
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr("xl/custom.xml" if ending == ".xlsx" else "doc.kml", content)
        content = packed.getvalue()
    rows = read(tmp_path, f"layer{ending}", content)
    assert len(rows.table) == 0
    expected = (
        {"xml_entities"} if kind in XML else {"encoding_unknown", "encoding_wrong", "not_xml", "not_text"}
    )
    assert set(errors(rows)) <= expected
    assert errors(rows)


def test_elements_within_each_other_without_end_are_refused(tmp_path: Path) -> None:
    deep = b"<kml><Document>" + b"<Folder>" * 100_000 + b"</Folder>" * 100_000 + b"</Document></kml>"
    assert errors(read(tmp_path, "a.kml", deep)) == ["xml_deep"]


def test_words_about_a_doctype_are_no_doctype(tmp_path: Path) -> None:
    kml = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><description><![CDATA[<!DOCTYPE html>'
        "<b>南环路</b>]]></description><Point><coordinates>114.7,38.6</coordinates></Point></Placemark></Document></kml>"
    )
    for encoding, declared in (
        ("utf-8", ""),
        ("gbk", '<?xml version="1.0" encoding="GBK"?>'),
        ("utf-16", ""),
    ):
        rows = read(tmp_path, "a.kml", (declared + kml).encode(encoding))
        assert errors(rows) == []
        assert "南环路" in rows.table["description"][0]


# --- JSON ------------------------------------------------------------------------------------------------------------

POINT = '{"type": "Feature", "properties": {"a": %s}, "geometry": {"type": "Point", "coordinates": [%s, 38]}}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[" * 1_000_000, "not_json"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "not_json"),
        ('{"type": "FeatureCollection", "features": ' + "[" * 900 + "]" * 900 + "}", "geometry_unreadable"),
        (POINT % ("1" * 10_000_000, 114), "not_json"),
        (POINT % ("NaN", 114), "not_json"),
        (POINT % (1, "NaN"), "not_json"),
        (POINT % (1, "Infinity"), "not_json"),
        (POINT % (1, "1e999"), "coordinate_bad"),
        (POINT % (1, '"x"'), "geometry_unreadable"),
        (POINT % (1, "[1]"), "geometry_unreadable"),
        ('{"type": "FeatureCollection", "features": [' + "[]," * 30_000_000 + "[]]}", "too_many_cells"),
        ('{"type": "Feature", "geometry": null, "properties": {'
         + ",".join(f'"c{n}": 1' for n in range(MAX_COLUMNS + 1)) + "}}", "too_many_columns"),
        (json.dumps({"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}] * 3}), ""),
    ],
    ids=range(13),
)  # fmt: skip
def test_strange_json_ends_in_a_reason(tmp_path: Path, content: str, code: str) -> None:
    assert set(errors(read(tmp_path, "a.geojson", content.encode()))) == ({code} if code else set())


@pytest.mark.slow
def test_a_number_of_a_hundred_million_digits_does_no_harm(tmp_path: Path) -> None:
    content = (POINT % ("0." + "1" * 90_000_000, 114)).encode()
    assert read(tmp_path, "a.geojson", content).table["a"].tolist() == [pytest.approx(1 / 9)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["+init=/etc/passwd:1", "+proj=longlat +nadgrids=/etc/passwd", "/etc/passwd", "x" * 10**6]
)
def test_a_system_is_named_by_a_code_and_never_by_a_file(tmp_path: Path, name: str) -> None:
    content = {
        "type": "FeatureCollection",
        "features": [],
        "crs": {"type": "name", "properties": {"name": name}},
    }
    assert errors(read(tmp_path, "a.geojson", json.dumps(content).encode())) == ["crs_unknown"]


def test_infinite_values_are_left_out_with_a_word(tmp_path: Path) -> None:
    rows = read(tmp_path, "a.geojson", (POINT % ("1e999", 114)).encode())
    assert [each.code for each in rows.problems] == ["number_infinite"]
    assert rows.table["a"].tolist() == [None]


@pytest.mark.slow
def test_collections_within_collections_are_refused_in_every_notation(tmp_path: Path) -> None:
    """GEOS goes down the program's own stack for each, and with it the program."""
    deep = 100_000
    wkt = "GEOMETRYCOLLECTION(" * deep + "POINT(1 1)" + ")" * deep
    assert errors(read(tmp_path, "a.csv", f'id,wkt\n1,"{wkt}"\n2,POINT(1 2)\n'.encode())) == [
        "geometry_unreadable"
    ]
    nested: Any = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(200):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert "Traceback" not in str(read(tmp_path, "a.geojson", json.dumps(nested).encode()).problems)
    wkb = struct.pack("<BII", 1, 7, 1) * deep + struct.pack("<BIdd", 1, 1, 1, 1)
    rows = read(tmp_path, "a.parquet", geoparquet([wkb, shapely.Point(1, 2).wkb]))
    assert errors(rows) == ["geometry_unreadable"]
    for kind in (1007, 2007, 3007, 0x80000007, 0x20000007):
        wkb = struct.pack("<BII", 1, kind, 1) * deep + struct.pack("<BIdd", 1, 1, 1, 1)
        assert errors(read(tmp_path, "a.parquet", geoparquet([wkb]))) == ["geometry_unreadable"]
        wkb = struct.pack(">BII", 0, kind, 1) * deep + struct.pack(">BIdd", 0, 1, 1, 1)
        assert errors(read(tmp_path, "a.parquet", geoparquet([wkb]))) == ["geometry_unreadable"]


# --- too much --------------------------------------------------------------------------------------------------------


def test_a_text_of_two_hundred_megabytes_is_not_opened(tmp_path: Path) -> None:
    for ending in READERS:
        path = tmp_path / f"a{ending}"
        with path.open("wb") as file:
            file.truncate(2 * MAX_BYTES)
        assert errors(read_rows(path)) == ["too_large"]
        with pytest.raises(InputError):
            layers_in(path)


def test_too_many_vertices_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: dict[str, bytes]
) -> None:
    monkeypatch.setattr(read_shapes, "MAX_VERTICES", 5)
    for ending, content in sound.items():
        if ending not in {".shp", ".gpx", ".dxf", ".xls", ".txt"}:
            assert errors(read(tmp_path, f"layer{ending}", content)) == ["too_many_vertices"], ending


def test_declared_vertices_that_are_not_there_cost_nothing(tmp_path: Path) -> None:
    """10⁸ vertices said in a few bytes, in every binary notation."""
    line = struct.pack("<BII", 1, 2, 100_000_000)
    rings = struct.pack("<BII", 1, 3, 100_000_000)
    assert errors(read(tmp_path, "a.parquet", geoparquet([line, rings]))) == ["geometry_unreadable"] * 2
    path = tmp_path / "b.gpkg"
    frame_of("lines", "EPSG:4547").to_file(path, driver="GPKG", layer="l")
    with sqlite3.connect(path) as database:
        head = b"GP\0\x01" + struct.pack("<i", 4547)
        without_triggers(database, "l")
        database.execute("UPDATE l SET geom = ? WHERE fid = 1", (head + line,))
    database.close()
    rows = read(tmp_path, "b.gpkg", path.read_bytes())
    assert rows.problems
    assert rows.geometry is None or rows.geometry[0] is None


@pytest.mark.slow
def test_one_arc_used_a_million_times_is_refused_before_it_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arc = [[n, n % 2] for n in range(1000)]
    shape = {"type": "MultiLineString", "arcs": [[0]] * 200_000}
    content = {"type": "Topology", "arcs": [arc], "objects": {"a": shape}}
    drawn: list[Any] = []
    monkeypatch.setattr(topojson, "_shape", lambda *given: drawn.append(given))
    assert errors(read(tmp_path, "a.topojson", json.dumps(content).encode())) == ["too_many_vertices"]
    assert drawn == []


@pytest.mark.parametrize(
    "change",
    [
        {"arcs": 5}, {"arcs": [[["x"]]]}, {"arcs": [[[1]]]}, {"transform": 5}, {"transform": {"scale": [1, 1]}},
        {"objects": {}}, {"objects": 5}, {"objects": {"a": 5}}, {"objects": {"a": {"type": "Polygon", "arcs": [[7]]}}},
        {"objects": {"a": {"type": "Polygon", "arcs": [7]}}}, {"objects": {"a": {"type": "Point", "coordinates": []}}},
        {"objects": {"a": {"type": "Polygon", "arcs": [[-(10**30)]]}}}, {"objects": {"a": {"type": "Sphere"}}},
        {"objects": {"a": {"type": "LineString", "arcs": []}}}, {"arcs": [[]]},
        {"transform": {"scale": [1, 1], "translate": ["a", 1]}},
    ],
)  # fmt: skip
def test_a_topology_that_contradicts_itself_ends_in_a_reason(tmp_path: Path, change: dict[str, Any]) -> None:
    sound = {
        "type": "Topology",
        "arcs": [[[0, 0], [1, 1], [2, 0], [0, 0]]],
        "objects": {"a": {"type": "Polygon", "arcs": [[0]]}},
    }
    assert errors(read(tmp_path, "a.topojson", json.dumps(sound).encode())) == []
    assert read(tmp_path, "a.topojson", json.dumps({**sound, **change}).encode()).problems


def without_triggers(database: sqlite3.Connection, layer: str) -> None:
    """Those of the spatial index call functions that only GDAL has."""
    for name in ("insert", "update6", "update7", "update2", "update5", "update4", "delete"):
        database.execute(f"DROP TRIGGER IF EXISTS rtree_{layer}_geom_{name}")


def geoparquet(values: list[bytes | None], **columns: Any) -> bytes:
    about = {"version": "1.1.0", "primary_column": "geometry",
             "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}  # fmt: skip
    table = pa.table({**columns, "geometry": pa.array(values, pa.binary())})
    out = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), out, compression="zstd")
    return out.getvalue()


def test_one_long_text_for_a_million_rows_of_parquet_is_refused_before_it_is_copied(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(1_000_000, dtype=np.int32)), pa.array(["x" * 1_000_000])
    )
    out = io.BytesIO()
    parquet.write_table(pa.table({"a": texts}), out, compression="zstd")
    assert len(out.getvalue()) < 100_000
    assert errors(read(tmp_path, "a.parquet", out.getvalue())) == ["too_many_chars"]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"a": pa.array(np.zeros(3_000_000, dtype=np.int8))}, "too_many_rows"),
        ({f"c{n}": pa.array([1]) for n in range(MAX_COLUMNS + 1)}, "too_many_columns"),
        ({f"c{n}": pa.array(np.zeros(1_500_000, dtype=np.int8)) for n in range(8)}, "too_many_cells"),
    ],
    ids=["rows", "columns", "cells"],
)  # fmt: skip
def test_large_parquet_is_measured_before_it_is_read(
    tmp_path: Path, columns: dict[str, Any], code: str
) -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table(columns), out)
    assert errors(read(tmp_path, "a.parquet", out.getvalue())) == [code]


def test_parquet_with_lists_and_other_encodings_says_so(tmp_path: Path) -> None:
    out = io.BytesIO()
    parquet.write_table(
        pa.table({"a": [[1, 2], [3]], "b": [{"x": 1}, None], "c": [1, 2], "d": [b"x", b"y"]}), out
    )
    rows = read(tmp_path, "a.parquet", out.getvalue())
    assert [each.code for each in rows.problems] == ["column_nested", "column_nested", "column_binary"]
    assert rows.table.to_dict("list") == {"c": [1, 2]}
    frame = frame_of("points", "EPSG:4547")
    frame.to_parquet(tmp_path / "n.parquet", geometry_encoding="geoarrow", schema_version="1.1.0")
    assert errors(read_rows(tmp_path / "n.parquet")) == ["parquet_encoding"]
    frame.to_parquet(tmp_path / "b.parquet", write_covering_bbox=True, schema_version="1.1.0")
    assert read_rows(tmp_path / "b.parquet").problems == (), (
        "bounds that only repeat the shapes are no column"
    )


# --- GeoPackage ------------------------------------------------------------------------------------------------------


def gpkg(folder: Path, *statements: str) -> bytes:
    path = folder / "made.gpkg"
    path.unlink(missing_ok=True)
    frame_of("points", "EPSG:4547").to_file(path, driver="GPKG", layer="points")
    with sqlite3.connect(path) as database:
        without_triggers(database, "points")
        for each in statements:
            database.execute(each)
    database.close()
    return path.read_bytes()


ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, NULL AS geom FROM n"
)
MASKED, INTO_SCHEMA = "PRAGMA writable_schema = ON", "INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0,"
REGISTER = "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('v', 'attributes')"


@pytest.mark.parametrize(
    "statements",
    [
        (f"CREATE VIEW v AS {ENDLESS}", REGISTER),
        (f"CREATE VIEW gpkg_metadata AS {ENDLESS}",),
        ("CREATE TABLE v (fid INTEGER PRIMARY KEY, a BLOB AS (zeroblob(1000000000)) VIRTUAL)", REGISTER),
        ("CREATE TABLE v (fid INTEGER PRIMARY KEY, a TEXT AS (hex(zeroblob(400000000))) STORED)", REGISTER),
        ("CREATE VIRTUAL TABLE v USING fts5(a)", REGISTER),
        (MASKED, f"{INTO_SCHEMA} 'create/**/virtual table v using fts5(a)')", REGISTER),
        (MASKED, f"{INTO_SCHEMA} 'CREATE VIRTUAL TABLE v USING /* USING rtree( */ fts5(a)')", REGISTER),
        ('CREATE VIRTUAL TABLE v USING fts5("a USING rtree(b")', REGISTER),
    ],
    ids=["view", "view of a system table", "computed", "computed and stored", "virtual", "in disguise", "comment",
         "name"],
)  # fmt: skip
def test_a_geopackage_that_would_have_to_be_run_is_refused(
    tmp_path: Path, statements: tuple[str, ...]
) -> None:
    rows = read(tmp_path, "a.gpkg", gpkg(tmp_path, *statements))
    assert set(errors(rows)) <= {"gpkg_program", "gdal_broken"}
    assert errors(rows)


def test_texts_of_a_geopackage_in_gbk_are_read_with_a_word(tmp_path: Path) -> None:
    text = f"CAST(x'{'南环路'.encode('gbk').hex()}' AS TEXT)"
    content = gpkg(tmp_path, f"UPDATE points SET note = {text} WHERE fid = 1")  # noqa: S608 - ours
    rows = read(tmp_path, "a.gpkg", content)
    assert rows.table["note"][0] == "南环路"
    assert [each.code for each in rows.problems] == ["column_not_utf8"]


# --- values and shapes that are kept, left out or converted, each with a word ----------------------------------------


def test_heights_are_dropped_and_empty_shapes_left_out_with_a_word(tmp_path: Path) -> None:
    shapes = [
        "POINT Z(114 38 7)",
        "POINT Z(114 38 0)",
        "POINT EMPTY",
        "POINT M(114 38 5)",
        "POINT(NaN 3)",
        "POINT(inf 3)",
    ]
    text = "id,wkt\n" + "".join(f"{n},{each}\n" for n, each in enumerate(shapes))
    rows = read(tmp_path, "a.csv", text.encode())
    assert [(each.code, each.row, dict(each.values).get("count")) for each in rows.problems] == [
        ("height_dropped", None, 2), ("geometry_empty", None, 1),
        ("coordinate_bad", 5, None), ("coordinate_bad", 6, None),
    ]  # fmt: skip
    assert rows.geometry is not None
    assert [each is None for each in rows.geometry] == [False, False, True, False, True, True]
    assert not any(shapely.has_z(each) for each in rows.geometry)


def test_arcs_become_short_straight_pieces_with_a_word(tmp_path: Path) -> None:
    def points(*given: tuple[float, float]) -> bytes:
        return struct.pack("<I", len(given)) + b"".join(struct.pack("<dd", *each) for each in given)

    circle = struct.pack("<BI", 1, 8) + points((0, 0), (1, 1), (2, 0), (1, -1), (0, 0))
    disc = struct.pack("<BII", 1, 10, 1) + circle
    path = tmp_path / "made.gpkg"
    from pyogrio.raw import write

    shapes = np.array([disc, shapely.box(0, 0, 1, 1).wkb], dtype=object)
    fields = [np.array(["disc", "box"], dtype=object)]
    write(path, shapes, fields, ["n"], layer="l", driver="GPKG", geometry_type="Unknown", crs="EPSG:4547")
    rows = read(tmp_path, "a.gpkg", path.read_bytes())
    assert [(each.code, dict(each.values)) for each in rows.problems] == [("curves_linearised", {"count": 1})]
    assert rows.geometry is not None
    assert rows.geometry[0].area == pytest.approx(np.pi, rel=0.002)
    assert errors(read(tmp_path, "b.csv", b'id,wkt\n1,"CIRCULARSTRING(0 0,1 1,2 0)"\n')) == [
        "geometry_unreadable"
    ]


def test_nothing_missing_becomes_a_word_or_a_number(tmp_path: Path) -> None:
    frame = frame_of("points", "EPSG:4547")
    frame["whole"] = pd.array([2**60 + 1, None, 3], dtype="Int64")
    frame["moment"] = pd.Series(["2023-05-01T10:30:00", None, "2023-05-01T00:00:00"], dtype="datetime64[ms]")
    frame["truth"] = pd.array([True, None, False], dtype="boolean")
    frame["nothing"] = None
    for name in ("a.gpkg", "a.fgb", "a.parquet"):
        path = tmp_path / name
        if name.endswith("parquet"):
            frame.to_parquet(path)
        else:
            frame.to_file(path, **({"SPATIAL_INDEX": "NO"} if name.endswith("fgb") else {}))
        table = read_rows(path).table
        assert table["whole"].tolist() == [2**60 + 1, None, 3]
        assert [str(each)[:19] if each else None for each in table["moment"]] == [
            "2023-05-01T10:30:00",
            None,
            "2023-05-01",
        ]
        assert table["truth"].tolist() == [True, None, False]
        assert all(each is None for each in table["nothing"])
