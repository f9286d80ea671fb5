"""Boundary-point files as surveyors write them, whatever they do to the format, and as this program writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from geo.boundary_txt import boundary_txt, read_boundary_txt
from geo.crs import WGS84, reproject, shapes_of
from geo.layers import LAYERS, check_rows
from geo.problems import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

EAST, NORTH = 560_000.0, 4_275_000.0
SQUARE = ((0.0, 0.0), (0.0, 100.0), (100.0, 100.0), (100.0, 0.0))
"""East and north in metres; clockwise."""
HEADER = {
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "38",
}


def points(
    ring: Any, number: int = 1, *, closed: bool = True, prefix: str = "38", first: int = 1
) -> list[str]:
    """Point lines of a ring given in metres from the origin."""
    corners = [*ring, ring[0]] if closed else list(ring)
    names = [first + at % len(ring) for at in range(len(corners))]
    return [
        f"J{name},{number},{NORTH + y:.3f},{prefix}{EAST + x:.3f}"
        for name, (x, y) in zip(names, corners, strict=True)
    ]


def text(*lines: str, header: dict[str, str] | None = None) -> str:
    head = HEADER if header is None else header
    return "\r\n".join(["[属性描述]", *(f"{k}={v}" for k, v in head.items()), "[地块坐标]", *lines])


def read(*lines: str, encoding: str = "gbk", **header: str) -> FileRows:
    head = {key: value for key, value in {**HEADER, **header}.items() if value is not None}
    return read_boundary_txt(text(*lines, header=head).encode(encoding), file="a.txt")


def codes(rows: FileRows, *, errors: bool = False) -> list[str]:
    return [each.code for each in rows.problems if not (errors and each.warning)]


def shape_at(rows: FileRows, row: int = 0) -> Any:
    assert rows.geometry is not None
    return rows.geometry[row]


def square(
    size: float = 100.0, east: float = 0.0, north: float = 0.0, prefix: float = 38e6
) -> shapely.Polygon:
    x, y = prefix + EAST + east, NORTH + north
    return shapely.box(x, y, x + size, y + size)


PARCEL = "5,1.0000,01,恒山路地块,面,J50G0,商业,0901,@"


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "gb18030"])
def test_a_file_by_the_rule_is_read_in_any_encoding(encoding: str) -> None:
    rows = read(PARCEL, *points(SQUARE), encoding=encoding)
    assert rows.crs == "EPSG:4526"
    assert codes(rows) == []
    assert shapely.equals(shape_at(rows), square())
    row = rows.table.iloc[0]
    assert row[["parcel_no", "name", "planned_use", "use_code", "map_sheet"]].tolist() == [
        "01", "恒山路地块", "商业", "0901", "J50G0",
    ]  # fmt: skip
    assert (row["area_mu"], row["area_mu_drawn"], row["area_stated"], row["area_unit"]) == (
        15.0,
        15.0,
        "1.0000",
        "ha",
    )


@pytest.mark.parametrize(
    "ring",
    [
        points(SQUARE),
        points(SQUARE, closed=False),
        [*points(SQUARE, closed=False), points(SQUARE)[-1].replace("J1,", "J5,")],
        [line.removeprefix("J") for line in points(SQUARE)],
        [f" {line} , " for line in points(SQUARE)],
        ["", *points(SQUARE), ""],
    ],
    ids=["first name again", "left out", "next number", "plain numbers", "blanks", "empty lines"],
)
def test_a_ring_closes_by_its_coordinates_whatever_the_names(ring: list[str]) -> None:
    rows = read("5,1,01,,面,,,,@", *ring)
    assert shapely.equals(shape_at(rows), square())
    assert set(codes(rows)) <= {"txt_count"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("5,1,01,地块一,面,,住宅,0701,@", []),
        ("5,1,01,地块一,面,,住宅,@", []),
        ("5,1,01,地块一,面,,住宅,0701,甲,乙,丙,,@", []),
        (" 5 , 1 , 01 , 地块一 , 面 ,, 住宅 , 0701 , @", []),
        ("5,1,01,地块一,面,,住宅,0701@", []),
        ("5，1，01，地块一，面，，住宅，0701，@", ["txt_wide_marks"]),
        ("5,,01, 32,,,地块一,,@", ["txt_fields_shifted"]),
        ("5,1,01,地块一,住宅,面,,,@", ["txt_fields_shifted"]),
        ("4,1,01,地块一,面,,住宅,0701,@", ["txt_count"]),
        ("甲,1,01,地块一,面,,住宅,0701,@", ["txt_count"]),
    ],
)
def test_parcel_lines_are_taken_as_they_come_and_what_is_odd_is_said(line: str, said: list[str]) -> None:
    rows = read(line, *points(SQUARE))
    assert codes(rows) == said
    assert all(each.warning for each in rows.problems)
    assert shapely.equals(shape_at(rows), square())
    assert rows.table["parcel_no"].tolist() == ["01"]
    if "甲,乙" in line:
        assert rows.table[["field_9", "field_10", "field_11"]].iloc[0].tolist() == ["甲", "乙", "丙"]


def test_full_width_commas_within_words_stay() -> None:
    rows = read("5,1,01,恒山路，东段,面,,住宅，商业,0701,@", *points(SQUARE), 数据产生单位="曲阳，测绘")
    assert codes(rows) == []
    assert rows.table[["name", "planned_use", "survey_unit"]].iloc[0].tolist() == [
        "恒山路，东段",
        "住宅，商业",
        "曲阳，测绘",
    ]
    rows = read("5,1,01,一,面,,,,＠", *(line.replace(",", "，") for line in points(SQUARE)))
    assert [dict(each.values)["count"] for each in rows.problems] == [6]
    assert shapely.equals(shape_at(rows), square())


def test_an_area_is_measured_where_only_the_zone_is_open() -> None:
    rows = read("5,1.0000,01,,面,,,,@", *points(SQUARE, prefix=""), 带号="")
    assert (rows.crs, rows.table["area_mu_drawn"][0], rows.table["area_unit"][0]) == (None, 15.0, "ha")


def test_a_file_of_points_alone_is_one_parcel_and_that_is_said() -> None:
    rows = read(*points(SQUARE))
    assert codes(rows) == ["txt_no_parcel_line"]
    assert shapely.equals(shape_at(rows), square())
    assert rows.table["parcel_no"].tolist() == [None]


@pytest.mark.parametrize(
    ("header", "prefix", "crs"),
    [
        ({}, "38", "EPSG:4526"),
        ({"带号": ""}, "38", "EPSG:4526"),
        ({"带号": "", "几度分带": "", "分带": "3度带"}, "38", "EPSG:4526"),
        ({}, "", "EPSG:4547"),
        ({"带号": "38带"}, "", "EPSG:4547"),
        ({"带号": "114"}, "", "EPSG:4547"),
        ({"带号": "", "中央子午线": "114"}, "", "EPSG:4547"),
        ({"带号": "", "中央经线": "117°", "几度分带": "6"}, "", "EPSG:4509"),
        ({"带号": "", "坐标系": "CGCS2000_3_Degree_GK_CM_114E"}, "", "EPSG:4547"),
        ({"带号": "114"}, "38", "EPSG:4526"),
        ({"带号": "20", "几度分带": "6"}, "", "EPSG:4509"),
        ({"带号": "20", "几度分带": "6"}, "20", "EPSG:4498"),
        ({"坐标系": "CGCS2000"}, "38", "EPSG:4526"),
        ({"坐标系": "WGS84"}, "38", "EPSG:4526"),
    ],
)
def test_the_zone_is_that_of_the_header_or_of_the_eastings(
    header: dict[str, str], prefix: str, crs: str
) -> None:
    rows = read("5,1,01,,面,,,,@", *points(SQUARE, prefix=prefix), **header)
    assert (rows.crs, codes(rows)) == (crs, [])


@pytest.mark.parametrize(
    ("header", "prefix", "code", "field"),
    [
        ({"带号": ""}, "", "no_crs", "带号"),
        ({"坐标系": ""}, "38", "no_crs", "坐标系"),
        ({"坐标系": "地方独立坐标系"}, "38", "no_crs", "坐标系"),
        ({"带号": "39"}, "38", "txt_zone_conflict", "带号"),
        ({"带号": "117"}, "38", "txt_zone_conflict", "带号"),
        ({"带号": "115"}, "", "no_crs", "带号"),
        ({"计量单位": "千米"}, "38", "txt_unit", "计量单位"),
        ({"投影类型": "兰伯特"}, "38", "txt_projection", "投影类型"),
    ],
)
def test_what_the_header_leaves_open_or_contradicts_is_an_error(
    header: dict[str, str], prefix: str, code: str, field: str
) -> None:
    rows = read("5,1,01,,面,,,,@", *points(SQUARE, prefix=prefix), **header)
    assert [(each.code, each.field, each.warning) for each in rows.problems] == [(code, field, False)]
    assert (rows.crs is None) == (code in {"no_crs", "txt_zone_conflict"})


def test_a_wrong_width_of_zones_gives_way_to_the_zone_s_number() -> None:
    rows = read("5,1,01,,面,,,,@", *points(SQUARE), 几度分带="6")
    assert (rows.crs, codes(rows), codes(rows, errors=True)) == ("EPSG:4526", ["txt_width_conflict"], [])


@pytest.mark.parametrize(
    ("words", "crs"),
    [("1980西安坐标系", "EPSG:2362"), ("80国家大地坐标系", "EPSG:2362"), ("1954北京坐标系", "EPSG:2414")],
)
def test_old_datums_are_named_and_not_converted(words: str, crs: str) -> None:
    rows = read("5,1,01,,面,,,,@", *points(SQUARE), 坐标系=words)
    assert (rows.crs, codes(rows)) == (crs, ["txt_old_datum"])
    assert shapely.equals(shape_at(rows), square())
    checked = check_rows(LAYERS["parcels"], rows, "a.txt")
    assert "old_datum" in [each.code for each in checked.problems if not each.warning]
    assert checked.geometry[0] is None
    with_parameters = read("5,1,01,,面,,,,@", *points(SQUARE), 坐标系=words, 转换参数="1.2,3,4,0,0,0,0")
    assert codes(with_parameters) == ["txt_old_datum_parameters"]
    without = read("5,1,01,,面,,,,@", *points(SQUARE), 坐标系=words, 转换参数="0,0,0,0,0,0,0")
    assert codes(without) == ["txt_old_datum"]


def test_swapped_columns_are_known_by_their_size() -> None:
    def swap(line: str) -> str:
        name, ring, x, y = line.split(",")
        return ",".join([name, ring, y, x])

    for prefix, crs in (("38", "EPSG:4526"), ("", "EPSG:4547")):
        rows = read("5,1,01,,面,,,,@", *map(swap, points(SQUARE, prefix=prefix)))
        assert (rows.crs, codes(rows)) == (crs, ["txt_columns_swapped"])
        assert shapely.equals(shape_at(rows), square(prefix=38e6 if prefix else 0))
    mixed = points(SQUARE, closed=False)
    mixed[2] = swap(mixed[2])
    rows = read("4,1,01,,面,,,,@", *mixed)
    assert [(each.code, dict(each.values)["line"]) for each in rows.problems] == [("txt_point_odd", 11)]
    assert shape_at(rows) is None


def test_degrees_are_read_as_degrees_in_either_order() -> None:
    ring = [(38.62, 114.70), (38.62, 114.701), (38.621, 114.701), (38.621, 114.70)]
    want = shapely.box(114.70, 38.62, 114.701, 38.621)
    for first, second, said in ((0, 1, []), (1, 0, ["txt_columns_swapped"])):
        rows = read("4,,01,,面,,,,@", *(f"J1,1,{each[first]},{each[second]}" for each in ring), 带号="")
        assert (rows.crs, codes(rows)) == ("EPSG:4490", said)
        assert shapely.equals(shape_at(rows), want)
        assert rows.table["area_mu_drawn"][0] == pytest.approx(9665 * 15 / 10_000, rel=0.01)


HOLE = ((20.0, 20.0), (20.0, 40.0), (40.0, 40.0), (40.0, 20.0))
ISLE = ((25.0, 25.0), (25.0, 30.0), (30.0, 30.0), (30.0, 25.0))
BESIDE = ((200.0, 0.0), (200.0, 50.0), (250.0, 50.0), (250.0, 0.0))


def moved(ring: Any) -> list[tuple[float, float]]:
    return [(38e6 + EAST + x, NORTH + y) for x, y in ring]


@pytest.mark.parametrize(
    ("rings", "want"),
    [
        ([(1, SQUARE), (2, HOLE)], shapely.Polygon(moved(SQUARE), [moved(HOLE)])),
        ([(1, HOLE), (2, SQUARE)], shapely.Polygon(moved(SQUARE), [moved(HOLE)])),
        ([(1, SQUARE), (2, BESIDE)], shapely.MultiPolygon([(moved(SQUARE), []), (moved(BESIDE), [])])),
        ([(1, SQUARE), (1, BESIDE)], shapely.MultiPolygon([(moved(SQUARE), []), (moved(BESIDE), [])])),
        ([(1, SQUARE), (2, HOLE), (3, ISLE), (4, BESIDE)],
         shapely.MultiPolygon([(moved(SQUARE), [moved(HOLE)]), (moved(ISLE), []), (moved(BESIDE), [])])),
        ([(1, SQUARE), (2, HOLE), (1, BESIDE)],
         shapely.MultiPolygon([(moved(SQUARE), [moved(HOLE)]), (moved(BESIDE), [])])),
    ],
    ids=["hole", "hole first", "further part", "one number for all", "an isle in a hole", "a number again"],
)  # fmt: skip
def test_what_lies_inside_what_decides_over_ring_numbers(rings: Any, want: Any) -> None:
    for running_on in (False, True):
        lines, first = [], 1
        for number, ring in rings:
            lines += points(ring, number, first=first)
            first += len(ring) if running_on else 0
        rows = read(f"{len(lines)},,01,,面,,,,@", *lines)
        assert codes(rows) == []
        assert shapely.equals(shape_at(rows), want)


def test_rings_of_different_numbers_need_no_closing_points() -> None:
    rows = read("8,,01,,面,,,,@", *points(SQUARE, 1, closed=False), *points(HOLE, 2, closed=False))
    assert shapely.equals(shape_at(rows), shapely.Polygon(moved(SQUARE), [moved(HOLE)]))


def test_a_closing_point_with_another_ring_number_closes_all_the_same() -> None:
    closing = points(SQUARE)[-1].replace("J1,1,", "J1,3,")
    rows = read("5,1,01,,面,,,,@", *points(SQUARE, closed=False), closing)
    assert codes(rows) == ["txt_ring_number"]
    assert shapely.equals(shape_at(rows), square())


def test_a_hole_that_begins_where_its_ring_does_is_kept() -> None:
    hole = ((0.0, 0.0), (20.0, 40.0), (40.0, 20.0))
    rows = read("9,,01,,面,,,,@", *points(SQUARE, 1), *points(hole, 2))
    assert shape_at(rows).area == pytest.approx(10_000 - 600)


def test_parts_that_touch_along_rounded_coordinates_are_two_parts() -> None:
    beside = ((99.999, 0.0), (99.999, 100.0), (180.0, 100.0), (180.0, 0.0))
    rows = read("10,,01,,面,,,,@", *points(SQUARE, 1), *points(beside, 2))
    assert codes(rows) == []
    assert len(shape_at(rows).geoms) == 2


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([*points(SQUARE, 1), *points([(x + 50, y + 50) for x, y in SQUARE], 2)], "txt_rings_cross"),
        ([*points(SQUARE, 1), *points(SQUARE, 2)], "txt_rings_cross"),
        (points(SQUARE[:2]), "txt_ring_short"),
        ([*points(SQUARE), "J6,1,甲,38560000"], "txt_line_unreadable"),
        ([*points(SQUARE), "J6,1,4275000.000"], "txt_line_unreadable"),
        ([*points(SQUARE), "J6,1,nan,inf"], "txt_line_unreadable"),
        ([], "txt_no_points"),
        ([line.replace("4275", "275") for line in points(SQUARE)], "txt_numbers_odd"),
        ([*points(SQUARE), *[each.replace("38560", "39560") for each in points(BESIDE, 2)]], "txt_zones_several"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_an_error_that_names_the_parcel_or_line(
    lines: list[str], code: str | None
) -> None:
    rows = read(f"{len(lines)},,01,,面,,,,@", *lines, "5,1,02,,面,,,,@", *points(SQUARE))
    assert code in codes(rows, errors=True)
    for each in rows.problems:
        assert each.text("zh")
        assert each.text("en")
    assert len(rows.table) == 2


def test_degrees_among_metres_are_no_place() -> None:
    degrees = [f"J{n},1,{38.62 + n / 1000},{114.7 + n % 2 / 1000}" for n in range(3)]
    rows = read("5,1,01,,面,,,,@", *points(SQUARE), "3,,02,,面,,,,@", *degrees)
    assert [(each.code, each.row) for each in rows.problems] == [("txt_numbers_odd", 2)]
    assert shape_at(rows, 1) is None
    assert shape_at(rows) is not None


def test_a_ring_that_crosses_itself_is_left_to_the_check_of_shapes() -> None:
    bow = ((0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0))
    checked = check_rows(LAYERS["parcels"], read("5,,01,,面,,,,@", *points(bow)), "a.txt")
    assert [each.code for each in checked.problems if not each.warning] == ["geometry_invalid"]


@pytest.mark.parametrize(
    ("stated", "mu", "unit", "said"),
    [
        ("1.0000", 15.0, "ha", []),
        ("10000", 15.0, "m2", []),
        ("10000.00", 15.0, "m2", []),
        ("1.004", 15.06, "ha", []),
        ("0.9", 15.0, None, ["txt_area_differs"]),
        ("1", 15.0, "ha", []),
        ("1.0公顷", 15.0, "ha", []),
        ("15亩", 15.0, "mu", []),
        ("10000平方米", 15.0, "m2", []),
        ("15", 15.0, None, ["txt_area_differs"]),
        ("0", 15.0, None, ["txt_area_unreadable"]),
        ("-1", 15.0, None, ["txt_area_unreadable"]),
        ("约一公顷", 15.0, None, ["txt_area_unreadable"]),
        ("", 15.0, None, []),
    ],
)
def test_stated_areas_are_hectares_or_square_metres_or_said(
    stated: str, mu: float, unit: str | None, said: list[str]
) -> None:
    rows = read(f"5,{stated},01,,面,,,,@", *points(SQUARE))
    assert codes(rows) == said
    assert all(each.warning for each in rows.problems)
    row = rows.table.iloc[0]
    assert (row["area_mu"], row["area_unit"], row["area_stated"]) == (pytest.approx(mu), unit, stated or None)


def test_lines_and_points_are_what_the_file_calls_them() -> None:
    rows = read(
        "5,,01,,线,,,,@",
        *points(SQUARE),
        "1,,02,,点,,,,@",
        points(SQUARE)[0],
        "2,,03,,点,,,,@",
        *points(SQUARE)[:2],
    )
    assert rows.geometry is not None
    assert [each.geom_type for each in rows.geometry] == ["LineString", "Point", "MultiPoint"]
    assert rows.table["area_mu_drawn"].tolist() == [None, None, None]


def test_several_parcels_are_several_rows_with_the_maker_and_the_day() -> None:
    rows = read(
        "5,1,01,一,面,,,,@", *points(SQUARE), "5,0.25,02,二,面,,,,@", *points(BESIDE),
        数据产生单位="曲阳县测绘队", 数据产生日期="2025-6-15",
    )  # fmt: skip
    assert rows.table["parcel_no"].tolist() == ["01", "02"]
    assert set(rows.table["survey_unit"]) == {"曲阳县测绘队"}
    assert set(rows.table["survey_date"]) == {"2025-6-15"}
    checked = check_rows(LAYERS["parcels"], rows, "a.txt")
    assert [each.code for each in checked.problems if not each.warning] == []
    there = reproject(shapes_of([square(prefix=0)]), "EPSG:4547", WGS84)[0]
    assert shapely.hausdorff_distance(checked.geometry[0], there) < 1e-8


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"@", b"\xff\xfe", "你好".encode(), b"a,b,c,d", b"[x]\r\n=\r\n,,,@"]
)
def test_what_is_no_boundary_file_says_so(data: bytes) -> None:
    rows = read_boundary_txt(data, file="a.txt")
    assert len(rows.table) == 0
    assert {"not_text", "txt_no_parcels"} & set(codes(rows, errors=True))


@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    rows = read_boundary_txt(data, file="a.txt")
    assert rows.geometry is None or len(rows.geometry) == len(rows.table)
    for each in rows.problems:
        assert each.text("zh")


PIECES = st.sampled_from(
    ["@", ",", "，", "38560000.000", "4275000.0", "560000", "1e400", "nan", "-5", "0", "J1", "1", "2", "面", "点",
     "线", "[地块坐标]", "坐标系=2000国家大地坐标系", "带号=38", "带号=3838383838383838", "1980西安坐标系", "114.7",
     "38.6", "公顷", "\t", "＠"]
)  # fmt: skip


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(PIECES, max_size=9).map(",".join), max_size=25).map("\n".join))
def test_any_pieces_of_such_a_file_give_an_answer(content: str) -> None:
    rows = read_boundary_txt(content.encode(), file="a.txt")
    assert rows.geometry is None or len(rows.geometry) == len(rows.table)
    check_rows(LAYERS["parcels"], rows, "a.txt")


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_spoiled_file_gives_an_answer(data: st.DataObject) -> None:
    sound = text(PARCEL, *points(SQUARE), "8,,02,,面,,,,@", *points(BESIDE, 1), *points(HOLE, 2)).encode(
        "gbk"
    )
    spoiled = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        assume(spoiled)
    rows = read_boundary_txt(bytes(spoiled), file="a.txt")
    check_rows(LAYERS["parcels"], rows, "a.txt")


def frame(*shapes: Any, crs: str = "EPSG:4547", **columns: Any) -> gpd.GeoDataFrame:
    count = len(shapes)
    return gpd.GeoDataFrame(
        {"parcel_no": [f"{n + 1:02d}" for n in range(count)], **columns}, geometry=list(shapes), crs=crs
    )


def test_a_written_file_is_by_the_rule() -> None:
    ring = shapely.Polygon(moved(SQUARE), [moved(HOLE)])
    parcels = frame(
        shapely.transform(ring, lambda xy: xy - [38e6, 0]),
        name=["恒山路,东"],
        planned_use=["商业"],
        use_code=[None],
    )
    data = boundary_txt(parcels, made_by="曲阳县", made_on="2026-01-31")
    lines = data.decode("gbk").split("\r\n")
    assert lines[:12] == [
        "[属性描述]", "格式版本号=1.01版本", "数据产生单位=曲阳县", "数据产生日期=2026-01-31",
        "坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=38", "精度=0.001",
        "转换参数=,,,,,,", "[地块坐标]",
    ]  # fmt: skip
    assert lines[12:] == [
        "10,0.9600,01,恒山路、东,面,,商业,,@",
        "J1,1,4275100.000,38560000.000", "J2,1,4275100.000,38560100.000", "J3,1,4275000.000,38560100.000",
        "J4,1,4275000.000,38560000.000", "J1,1,4275100.000,38560000.000",
        "J5,2,4275040.000,38560020.000", "J6,2,4275020.000,38560020.000", "J7,2,4275020.000,38560040.000",
        "J8,2,4275040.000,38560040.000", "J5,2,4275040.000,38560020.000", "",
    ]  # fmt: skip
    assert boundary_txt(parcels, encoding="utf-8").decode("utf-8").startswith("[属性描述]\r\n")


@pytest.mark.parametrize(
    ("crs", "lon", "zone"),
    [(None, 114.7, "EPSG:4526"), ("EPSG:4547", 114.7, "EPSG:4526"), ("EPSG:4526", 114.7, "EPSG:4526"),
     ("EPSG:4548", 114.7, "EPSG:4527"), ("EPSG:4498", 114.7, "EPSG:4498"), (None, 121.5, "EPSG:4529")],
)  # fmt: skip
def test_the_zone_is_the_one_asked_for_or_that_of_the_place(crs: str | None, lon: float, zone: str) -> None:
    parcels = frame(shapely.box(lon, 38.62, lon + 0.001, 38.621), crs=WGS84)
    rows = read_boundary_txt(boundary_txt(parcels, crs=crs), file="a.txt")
    assert (rows.crs, codes(rows)) == (zone, [])
    back = reproject(rows.geometry, zone, WGS84)  # type: ignore[arg-type]
    assert shapely.hausdorff_distance(back[0], parcels.geometry[0]) < 1e-8


@pytest.mark.parametrize(
    ("parcels", "crs", "said"),
    [
        (frame(None, shapely.Point(0, 0), shapely.Polygon(SQUARE), crs="EPSG:4547"), None,
         [("txt_no_area", 1), ("txt_no_area", 2)]),
        (frame(shapely.Polygon(((0, 0), (9, 9), (9, 0), (0, 9)))), "EPSG:4547", [("txt_area_broken", 1)]),
        (frame(shapely.Polygon(((0, 0), (0, 0.0001), (9, 0)))), "EPSG:4547", [("txt_area_vanishes", 1)]),
        (frame(shapely.box(0, 0, 9, 9)), "EPSG:32650", [("txt_no_zone", None)]),
        (frame(shapely.box(0, 0, 9, 9)), "GCJ-02/EPSG:4547", [("txt_no_zone", None)]),
        (frame(shapely.box(11.2, 49.4, 11.3, 49.5), crs=WGS84), None, [("txt_outside_china", None)]),
        (frame(), None, [("txt_nothing_to_write", None)]),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_with_its_row_and_nothing_is_left_out(
    parcels: gpd.GeoDataFrame, crs: str | None, said: list[tuple[str, int | None]]
) -> None:
    with pytest.raises(InputError) as refused:
        boundary_txt(parcels, crs=crs)
    assert [(each.code, each.row) for each in refused.value.problems] == said
    assert all(each.text(language) for each in refused.value.problems for language in ("zh", "en"))


@st.composite
def star(draw: st.DrawFn, at: tuple[float, float], inner: float, outer: float) -> list[tuple[float, float]]:
    """A ring around a point that never crosses itself."""
    radii = draw(st.lists(st.floats(inner, outer), min_size=3, max_size=12))
    turn = 2 * np.pi * np.arange(len(radii)) / len(radii) + draw(st.floats(0, 6))
    return [(at[0] + r * np.cos(t), at[1] + r * np.sin(t)) for r, t in zip(radii, turn.tolist(), strict=True)]


@st.composite
def parcel(draw: st.DrawFn) -> Any:
    """An area of one to four parts, each with up to two holes and some with an isle in the first."""
    parts = []
    for at in draw(st.lists(st.sampled_from(range(9)), min_size=1, max_size=4, unique=True)):
        x, y = EAST + 400 * (at % 3), NORTH + 400 * (at // 3)
        isle = draw(st.booleans())
        holes = [draw(star((x + dx, y), 8, 18)) for dx in draw(st.sampled_from([(), (-25,), (-25, 25)]))]
        parts.append((draw(star((x, y), 100, 190)), holes))
        if holes and isle:
            parts.append((draw(star((x - 25, y), 1, 3)), []))
    shape = shapely.MultiPolygon(parts) if len(parts) > 1 else shapely.Polygon(*parts[0])
    assume(shape.is_valid)
    return shape


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(parcel(), min_size=1, max_size=3),
    st.sampled_from(["gbk", "utf-8"]),
    st.sampled_from([None, "EPSG:4526"]),
)
@example([shapely.Polygon([(EAST + x, NORTH + y) for x, y in SQUARE])], "gbk", None)
def test_what_is_written_reads_back_to_the_millimetre(
    shapes: list[Any], encoding: Any, crs: str | None
) -> None:
    parcels = frame(*shapes, name=[f"地块{n},㒨𠀀" for n in range(len(shapes))])
    rows = read_boundary_txt(boundary_txt(parcels, crs=crs, encoding=encoding), file="a.txt")
    assert (rows.crs, codes(rows)) == ("EPSG:4526", [])
    assert rows.table["parcel_no"].tolist() == parcels["parcel_no"].tolist()
    assert rows.table["name"].tolist() == [name.replace(",", "、") for name in parcels["name"]]
    assert rows.geometry is not None
    for back, shape in zip(rows.geometry, shapes, strict=True):
        there = shapely.transform(back, lambda xy: xy - [38e6, 0])
        assert len(shapely.get_parts(there)) == len(shapely.get_parts(shape))
        assert (
            shapely.get_num_interior_rings(shapely.get_parts(there)).sum()
            == shapely.get_num_interior_rings(shapely.get_parts(shape)).sum()
        )
        assert shapely.hausdorff_distance(there.boundary, shape.boundary) < 0.001
        assert abs(there.area - shape.area) < 0.001 * shape.length


def test_the_surveyors_own_file_is_one_parcel(real_data: Path) -> None:
    data = (real_data / "survey-txt" / "testfile.txt").read_bytes()
    rows = read_boundary_txt(data, file="testfile.txt")
    assert rows.crs == "EPSG:4523"
    assert len(rows.table) == 1
    assert len(shape_at(rows).exterior.coords) - 1 == 63
    assert shape_at(rows).area == pytest.approx(466.17, abs=0.005)
    assert codes(rows) == ["txt_fields_shifted"]
    assert rows.table["parcel_no"].tolist() == ["010031"]
    checked = check_rows(LAYERS["parcels"], rows, "testfile.txt")
    assert [each.code for each in checked.problems if not each.warning] == []
    again = boundary_txt(gpd.GeoDataFrame(rows.table, geometry=rows.geometry, crs=rows.crs))
    assert shapely.equals(shape_at(read_boundary_txt(again, file="b.txt")), shape_at(rows))
