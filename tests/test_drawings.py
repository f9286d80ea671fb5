"""Drawings and maps of other programs: what becomes a line, an area or a point, and what is left out, is said."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.tables import LayerInFile, layers_in, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

CRS = "EPSG:4547"


def pairs(*given: Any) -> str:
    """Group codes and values of DXF, each on its line."""
    return "".join(f"{each}\n" for each in given)


def entity(kind: str, layer: str, subclass: str, *more: Any) -> str:
    return pairs(0, kind, 100, "AcDbEntity", 8, layer, 100, subclass, *more)


def corners(*points: tuple[float, ...]) -> list[Any]:
    """Vertices of a polyline; a third number bulges the way to the next one into an arc."""
    return [each for x, y, *bulge in points for each in (10, x, 20, y, *((42, bulge[0]) if bulge else ()))]


SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
BLOCK = pairs(
    0, "SECTION", 2, "BLOCKS", 0, "BLOCK", 8, 0, 2, "消火栓", 70, 2, 10, 0, 20, 0,
    0, "CIRCLE", 8, 0, 10, 0, 20, 0, 40, 1, 0, "ENDBLK", 8, 0, 0, "ENDSEC",
)  # fmt: skip
INSERT = (
    "INSERT",
    "给水",
    "AcDbBlockReference",
    66,
    1,
    2,
    "消火栓",
    10,
    500000.5,
    20,
    4275000.25,
    42,
    2.0,
    50,
    30,
)
NUMBER = (
    "ATTRIB",
    "给水",
    "AcDbText",
    10,
    0,
    20,
    0,
    40,
    1,
    1,
    "H 12",
    100,
    "AcDbAttribute",
    2,
    "编号",
    70,
    0,
)
HYDRANT = entity(*INSERT) + entity(*NUMBER) + pairs(0, "SEQEND", 8, "给水")


def drawing(*entities: str, header: tuple[Any, ...] = (), page: str = "ANSI_936") -> str:
    return (
        pairs(0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, "AC1015", 9, "$DWGCODEPAGE", 3, page, *header, 0, "ENDSEC")
        + BLOCK + pairs(0, "SECTION", 2, "ENTITIES") + "".join(entities) + pairs(0, "ENDSEC", 0, "EOF")
    )  # fmt: skip


def read(folder: Path, text: str, encoding: str = "gbk", **how: Any) -> FileRows:
    path = folder / "d.dxf"
    path.write_bytes(text.encode(encoding))
    return read_rows(path, source_crs=CRS, **how)


def said(rows: FileRows) -> dict[str, dict[str, Any]]:
    for each in rows.problems:
        assert each.text("zh")
        assert each.text("en")
    return {each.code: dict(each.values) for each in rows.problems}


def test_polylines_that_close_are_areas_by_mark_or_by_coordinates(tmp_path: Path) -> None:
    by_mark = entity("LWPOLYLINE", "地块", "AcDbPolyline", 90, 4, 70, 1, *corners(*SQUARE))
    by_place = entity("LWPOLYLINE", "地块", "AcDbPolyline", 90, 5, 70, 0, *corners(*SQUARE, SQUARE[0]))
    open_line = entity("LWPOLYLINE", "路", "AcDbPolyline", 90, 4, 70, 0, *corners(*SQUARE))
    there_and_back = entity(
        "LWPOLYLINE", "路", "AcDbPolyline", 90, 3, 70, 0, *corners(*SQUARE[:2], SQUARE[0])
    )
    line = entity("LINE", "路", "AcDbLine", 10, 0, 20, 0, 11, 5, 21, 5)
    rows = read(tmp_path, drawing(by_mark, by_place, open_line, there_and_back, line))
    assert said(rows) == {}
    assert rows.geometry is not None
    assert [each.geom_type for each in rows.geometry] == ["Polygon"] * 2 + ["LineString"] * 3
    assert [each.area for each in rows.geometry[:2]] == [100, 100]
    assert layers_in(tmp_path / "d.dxf") == (
        LayerInFile("地块", 2, "Polygon"),
        LayerInFile("路", 3, "LineString"),
    )
    assert set(read(tmp_path, drawing(by_mark, line), file_layer="路").table["Layer"]) == {"路"}


def test_a_block_is_a_point_with_its_attributes_and_its_inside_is_not_read(tmp_path: Path) -> None:
    rows = read(tmp_path, drawing(HYDRANT))
    assert said(rows) == {"dxf_blocks": {"count": 1, "names": "消火栓"}}
    assert rows.geometry is not None
    assert rows.geometry.tolist() == [shapely.Point(500000.5, 4275000.25)]
    assert rows.table.drop(columns=["SubClasses"]).to_dict("records") == [
        {"Layer": "给水", "BlockName": "消火栓", "BlockAngle": pytest.approx(30), "编号": "H 12"}
    ]


@pytest.mark.slow
def test_blocks_within_blocks_without_end_cost_nothing(tmp_path: Path) -> None:
    """Ten levels of ten inserts each would be ten thousand million circles."""
    grid = (70, 30_000, 71, 30_000, 44, 1, 45, 1)
    levels = "".join(
        pairs(0, "BLOCK", 8, 0, 2, f"b{n}", 70, 0, 10, 0, 20, 0)
        + pairs(0, "INSERT", 8, 0, 2, f"b{n - 1}" if n else "消火栓", 10, 0, 20, 0, *grid) * 10
        + pairs(0, "ENDBLK", 8, 0)
        for n in range(10)
    )
    text = drawing(entity("INSERT", "0", "AcDbBlockReference", 2, "b9", 10, 1, 20, 2, *grid))
    begin = pairs(0, "ENDSEC", 0, "SECTION", 2, "ENTITIES")
    rows = read(tmp_path, text.replace(begin, levels + begin))
    assert len(rows.table) == 1 or set(said(rows)) <= {"too_many_rows", "too_many_chars"}


def test_arcs_are_counted_and_follow_their_circle(tmp_path: Path) -> None:
    circle = entity("CIRCLE", "圆", "AcDbCircle", 10, 5, 20, 5, 40, 2)
    half_disc = entity("LWPOLYLINE", "圆", "AcDbPolyline", 90, 2, 70, 1, *corners((0, 0, 1), (2, 0)))
    old = entity("POLYLINE", "圆", "AcDb2dPolyline", 66, 1, 70, 0) + "".join(
        entity("VERTEX", "圆", "AcDb2dVertex", 10, x, 20, 0, 42, bulge) for x, bulge in ((0, 1), (2, 0))
    ) + pairs(0, "SEQEND", 8, "圆")  # fmt: skip
    straight = entity("LWPOLYLINE", "路", "AcDbPolyline", 90, 2, 70, 0, *corners((0, 0, 0.0), (2, 0, 0)))
    rows = read(tmp_path, drawing(circle, half_disc, old, straight, HYDRANT))
    assert said(rows)["curves_linearised"] == {"count": 3}, "the stretch of a block is no arc"
    assert rows.geometry is not None
    assert shapely.length(rows.geometry[0]) == pytest.approx(2 * 3.14159 * 2, rel=1e-3)
    assert rows.geometry[1].area == pytest.approx(3.14159 / 2, rel=1e-3)
    assert shapely.length(rows.geometry[2]) == pytest.approx(3.14159, rel=1e-3)


def test_texts_keep_their_letters_in_every_code_page(tmp_path: Path) -> None:
    text = drawing(entity("TEXT", "注记", "AcDbText", 10, 1, 20, 2, 40, 2.5, 1, "南环路\\U+6D88"))
    for encoding, taken in (("gbk", None), ("utf-8", "UTF-8")):
        rows = read(tmp_path, text, encoding)
        assert rows.table["Text"].tolist() == ["南环路消"]
        assert said(rows).get("encoding_taken", {}).get("value") == taken
    wrong = read(tmp_path, text.replace("ANSI_936", "ANSI_1252"))
    assert wrong.table["Layer"].tolist() == ["注记"]
    assert said(wrong)["encoding_taken"] == {"value": "GB18030", "named": "ANSI_1252"}


def test_units_and_the_paper_are_said(tmp_path: Path) -> None:
    on_paper = entity("LINE", "图框", "AcDbLine", 67, 1, 10, 0, 20, 0, 11, 5, 21, 5)
    line = entity("LINE", "路", "AcDbLine", 10, 0, 20, 0, 11, 5, 21, 5)
    rows = read(
        tmp_path,
        drawing(line, on_paper.replace("8\n图框\n", "67\n1\n8\n图框\n"), header=(9, "$INSUNITS", 70, 4)),
    )
    assert said(rows)["dxf_units"] == {"value": "mm"}
    assert said(rows)["dxf_paper"] == {"count": 1}
    assert rows.table["Layer"].tolist() == ["路"]
    assert said(read(tmp_path, drawing(line, header=(9, "$INSUNITS", 70, 6)))) == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(50), "dxf_binary"), (b"AC1027" + bytes(500), "dxf_binary"),
     (drawing(HYDRANT)[:-8].encode(), "dxf_cut"), (b"0\nSECTION", "dxf_cut"), (b"id,name\n1,2\n", "not_dxf"),
     (drawing().encode(), "no_rows")],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.dxf").write_bytes(content)
    assert list(said(read_rows(tmp_path / "a.dxf"))) == [code]


# --- KML -------------------------------------------------------------------------------------------------------------


def placemark(name: str, shape: str, data: str = "") -> str:
    return f"<Placemark><name>{name}</name>{data}{shape}</Placemark>"


def point(lon: float, lat: float) -> str:
    return f"<Point><coordinates>{lon},{lat},0</coordinates></Point>"


KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>全部</name>'
    "<Folder><name>消火栓</name>"
    + placemark(
        "一", point(114.7, 38.6), '<ExtendedData><Data name="管径"><value>150</value></Data></ExtendedData>'
    )
    + placemark("二", point(114.8, 38.6))
    + "</Folder><Folder><name>道路</name>"
    + placemark("南环路", "<LineString><coordinates>114.7,38.6 114.8,38.6</coordinates></LineString>")
    + "</Folder><Folder><name>空</name></Folder></Document></kml>"
)


def test_folders_of_a_kml_are_its_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(KML, encoding="utf-8")
    assert [(each.name, each.rows) for each in layers_in(path)] == [("消火栓", 2), ("道路", 1)]
    assert list(said(read_rows(path))) == ["several_layers"]
    rows = read_rows(path, file_layer="消火栓")
    assert rows.problems == ()
    assert rows.table.to_dict("list") == {"Name": ["一", "二"], "管径": ["150", None]}
    assert rows.geometry is not None
    assert [(each.x, each.y) for each in rows.geometry] == [(114.7, 38.6), (114.8, 38.6)]


def test_of_several_documents_in_a_kmz_one_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("files/a.kml", KML)
        archive.writestr("doc.kml", KML.replace("南环路", "北环路"))
        archive.writestr("files/icon.png", b"\x89PNG")
    (tmp_path / "a.kmz").write_bytes(packed.getvalue())
    rows = read_rows(tmp_path / "a.kmz", file_layer="道路")
    assert rows.table["Name"].tolist() == ["北环路"]
    assert said(rows) == {"kmz_more": {"value": "doc.kml", "others": "files/a.kml"}}


def test_a_gpx_of_waypoints_and_tracks_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="38.6" lon="114.7"><ele>70</ele><name>一</name></wpt><trk><name>巡查</name><trkseg>'
        '<trkpt lat="38.6" lon="114.7"/><trkpt lat="38.7" lon="114.7"/></trkseg></trk></gpx>',
        encoding="utf-8",
    )
    assert [(each.name, each.rows) for each in layers_in(path)] == [("waypoints", 1), ("tracks", 1)]
    assert read_rows(path, file_layer="waypoints").table.to_dict("list") == {"ele": [70.0], "name": ["一"]}
    assert read_rows(path, file_layer="tracks").table["name"].tolist() == ["巡查"]
