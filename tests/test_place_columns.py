"""Points come out of columns under every name and notation in use; which one goes east is told by size, and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.angles import angle_in
from geo.crs import reproject
from geo.layers import LAYERS, check_rows
from geo.tables import read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

LON, LAT = 114.69777778, 38.61944444
EAST, NORTH = 560_732.5, 4_276_093.25


def read(folder: Path, columns: dict[str, list[Any]], **how: Any) -> FileRows:
    lines = ["\t".join(["id", *columns])]
    for row, cells in enumerate(zip(*columns.values(), strict=True), 1):
        lines.append("\t".join([str(row), *map(str, cells)]))
    path = folder / "t.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_rows(path, **how)


def codes(rows: FileRows) -> list[str]:
    return [each.code for each in rows.problems]


def xy(rows: FileRows) -> list[Any]:
    assert rows.geometry is not None
    return [None if each is None else (each.x, each.y) for each in rows.geometry]


@pytest.mark.parametrize(
    ("east", "north"),
    [("lon", "lat"), ("lng", "lat"), ("Longitude", "Latitude"), ("经度", "纬度"), ("经度（°）", "纬度（°）"),
     ("东经", "北纬"), ("x", "y"), ("X", "Y"), ("Ｘ", "Ｙ"), ("X坐标", "Y坐标"), ("POINT_X", "POINT_Y"),
     ("x_coord", "y_coord")],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True], ids=["east first", "north first"])
def test_degrees_are_read_from_columns_of_any_usual_name(
    tmp_path: Path, east: str, north: str, turned: bool
) -> None:
    columns = {east: [LON, LON], north: [LAT, LAT]}
    rows = read(tmp_path, dict(reversed(columns.items())) if turned else columns)
    assert xy(rows) == [(LON, LAT)] * 2
    assert rows.crs == "EPSG:4326"
    assert rows.place_columns == (east, north)
    assert {east, north} <= set(rows.table.columns), "the columns stay"
    assert codes(rows) == ([] if east == "lon" else ["places_from_columns"])


@pytest.mark.parametrize(
    ("columns", "zone"),
    [
        ({"X": EAST, "Y": NORTH}, False),
        ({"X": NORTH, "Y": EAST}, False),  # as surveyors name them
        ({"Y": EAST, "X": NORTH}, False),
        ({"X（北）": NORTH, "Y（东）": EAST}, False),
        ({"纵坐标X": NORTH, "横坐标Y": EAST}, False),
        ({"E": EAST, "N": NORTH}, False),
        ({"北坐标(m)": NORTH, "东坐标(m)": EAST}, False),
        ({"Easting": EAST, "Northing": NORTH}, False),
        ({"X": NORTH, "Y": EAST + 38_000_000}, True),
        ({"Y": NORTH, "X": EAST + 38_000_000}, True),
    ],
)
def test_metres_go_east_and_north_by_their_size(
    tmp_path: Path, columns: dict[str, float], zone: bool
) -> None:
    crs = "EPSG:4526" if zone else "EPSG:4547"
    rows = read(tmp_path, {name: [value, value + 1] for name, value in columns.items()}, source_crs=crs)
    prefix = 38_000_000 if zone else 0
    assert xy(rows) == [(EAST + prefix, NORTH), (EAST + prefix + 1, NORTH + 1)]
    assert (rows.crs, codes(rows)) == (crs, ["places_from_columns"])
    value = dict(rows.problems[0].values)["value"]
    assert value == f"{rows.place_columns[0]} → E, {rows.place_columns[1]} → N"


def test_metres_need_a_system_and_degrees_are_in_none_of_metres(tmp_path: Path) -> None:
    metres = read(tmp_path, {"X": [EAST], "Y": [NORTH]})
    assert (metres.crs, codes(metres)) == (None, ["places_from_columns", "no_crs"])
    degrees = read(tmp_path, {"经度": [LON], "纬度": [LAT]}, source_crs="EPSG:4547")
    assert "degrees_not_metres" in codes(degrees)
    assert "degrees_not_metres" not in codes(
        read(tmp_path, {"经度": [LON], "纬度": [LAT]}, source_crs="EPSG:4490")
    )
    shifted = read(tmp_path, {"经度": [LON], "纬度": [LAT]}, source_crs="GCJ-02")
    assert (shifted.crs, "degrees_not_metres" in codes(shifted)) == ("GCJ-02", False)


def test_names_that_say_the_opposite_of_the_numbers_are_not_believed(tmp_path: Path) -> None:
    for columns in (
        {"东坐标": [NORTH], "北坐标": [EAST]},
        {"经度": [LAT], "纬度": [LON]},
        {"E": [NORTH], "N": [EAST + 38_000_000]},
    ):
        assert "places_contradict" in codes(read(tmp_path, columns, source_crs="EPSG:4547"))


def test_what_size_cannot_tell_is_said(tmp_path: Path) -> None:
    web = read(tmp_path, {"X": [-9_810_447.9], "Y": [5_221_416.7]}, source_crs="EPSG:3857")
    assert codes(web) == ["places_order_unsure", "places_from_columns"]
    assert xy(web) == [(-9_810_447.9, 5_221_416.7)]
    local = read(tmp_path, {"X": [12.5], "Y": [40.0]})
    assert "places_order_unsure" in codes(local)


def test_one_row_the_other_way_round_is_an_error_of_that_row(tmp_path: Path) -> None:
    rows = read(tmp_path, {"X": [NORTH, EAST, NORTH], "Y": [EAST, NORTH, EAST]}, source_crs="EPSG:4547")
    assert [(each.code, each.row) for each in rows.problems if not each.warning] == [("place_swapped", 2)]


@pytest.mark.parametrize(
    ("east", "north", "crs"),
    [("百度经度", "百度纬度", "BD-09"), ("BD_经度", "BD_纬度", "BD-09"), ("bd09_lng", "bd09_lat", "BD-09"),
     ("高德经度", "高德纬度", "GCJ-02"), ("经度（GCJ-02）", "纬度（GCJ-02）", "GCJ-02"),
     ("lon_gcj02", "lat_gcj02", "GCJ-02")],
)  # fmt: skip
def test_names_that_tell_of_shifted_degrees_are_believed(
    tmp_path: Path, east: str, north: str, crs: str
) -> None:
    rows = read(tmp_path, {east: [LON], north: [LAT]})
    assert (rows.crs, rows.place_columns) == (crs, (east, north))
    assert dict(rows.problems[0].values)["unit"] == crs
    both = read(tmp_path, {east: [LON], north: [LAT], "经度": [LON], "纬度": [LAT]})
    assert (both.crs, both.place_columns) == ("EPSG:4326", ("经度", "纬度"))
    given = read(tmp_path, {east: [LON], north: [LAT]}, source_crs="EPSG:4490")
    assert "crs_conflict" in codes(given)


def test_columns_in_another_datum_or_without_numbers_are_not_taken(tmp_path: Path) -> None:
    for columns in (
        {"1980经度": [LON], "1980纬度": [LAT]},
        {"E": ["一级"], "N": ["二级"]},
        {"X": ["南环路"], "Y": ["太行路"]},
    ):
        assert read(tmp_path, columns).geometry is None


def test_of_several_pairs_one_is_taken_and_the_other_named(tmp_path: Path) -> None:
    rows = read(tmp_path, {"X": [EAST], "Y": [NORTH], "经度": [LON], "纬度": [LAT]})
    assert rows.place_columns == ("经度", "纬度")
    assert dict(rows.problems[0].values)["left"] == "X / Y"


def test_rows_without_a_place_stay_and_half_a_place_is_an_error(tmp_path: Path) -> None:
    rows = read(tmp_path, {"经度": [LON, "", LON, "东侧"], "纬度": [LAT, "", "", LAT]})
    assert xy(rows) == [(LON, LAT), None, None, None]
    assert [(e.code, e.row) for e in rows.problems if not e.warning] == [
        ("coordinate_bad", 3), ("coordinate_bad", 4),
    ]  # fmt: skip


def test_a_table_of_descriptions_alone_has_no_shapes(tmp_path: Path) -> None:
    rows = read(tmp_path, {"location": ["INT(南环路;太行路)", "INT(a;b)"], "status": ["in_use"] * 2})
    assert (rows.geometry, rows.problems) == (None, ())
    checked = check_rows(LAYERS["cranes"], read_rows(tmp_path / "t.tsv"), "t.tsv")
    assert [each.code for each in checked.problems] == ["column_missing"], "its id has another name"


def test_places_named_by_the_user_are_taken_as_named(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {"a": [LON], "b": [LAT], "x": [1], "y": [2]}
    rows = read(tmp_path, columns, place_columns=("a", "b"))
    assert (xy(rows), rows.problems) == ([(LON, LAT)], ())
    assert read(tmp_path, columns, place_columns=("a", "none")).geometry is None


DMS = [
    "114°41′52″E", "114°41'52\"", "E114°41′52″", "东经114°41′52″", "114度41分52秒", "114 41 52", "114:41:52",
    "114-41-52", "１１４°４１′５２″", "114°41’52”", "114º41´52″", "114d41m52s", "114°41′52.0″东",
    "114°41.866666667′",
]  # fmt: skip


@pytest.mark.parametrize("text", DMS)
def test_degrees_minutes_and_seconds_in_any_marks(tmp_path: Path, text: str) -> None:
    assert pytest.approx(LON, abs=1e-8) == 114 + 41 / 60 + 52 / 3600
    angle = angle_in(text)
    assert angle is not None
    assert angle.degrees == pytest.approx(LON, abs=1e-8)
    rows = read(tmp_path, {"经度": [text], "纬度": ["38°37′10″N"]})
    assert xy(rows) == [(pytest.approx(LON, abs=1e-8), pytest.approx(LAT, abs=1e-8))]


@pytest.mark.parametrize("text", DMS)
def test_minutes_and_letters_tell_degrees_from_metres(tmp_path: Path, text: str) -> None:
    rows = read(tmp_path, {"X": ["38°37′10″N"] * 2, "Y": [text] * 2})
    assert xy(rows)[0] == (pytest.approx(LON, abs=1e-8), pytest.approx(LAT, abs=1e-8))
    assert "no_crs" not in codes(rows)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "114°60′",
        "114°41′60″",
        "114.5 41 52",
        "114 41 52 8",
        "1144152E5",
        "114°41′52″X",
        "N114°E",
        "9" * 100,
    ],
)
def test_what_is_no_angle_is_none(text: str) -> None:
    assert angle_in(text) is None


@pytest.mark.parametrize(
    ("text", "degrees"), [("38°37′10″S", -LAT), ("-38.5", -38.5), ("W71.1", -71.1), ("南纬38", -38)]
)
def test_south_and_west_are_below_zero(text: str, degrees: float) -> None:
    angle = angle_in(text)
    assert angle is not None
    assert angle.degrees == pytest.approx(degrees, abs=1e-8)


def test_surveyed_metres_arrive_at_their_place_on_earth(tmp_path: Path) -> None:
    """X and Y of a Chinese survey, through the layer: the central meridian of zone 38 lies at 500 km."""
    path = tmp_path / "c.csv"
    path.write_text("crane_id,status,X,Y\nA,in_use,4275000,38500000\n", encoding="utf-8")
    checked = check_rows(LAYERS["cranes"], read_rows(path, source_crs="EPSG:4526"), "c.csv")
    assert [each.code for each in checked.problems] == ["places_from_columns"]
    assert checked.geometry[0].x == pytest.approx(114, abs=1e-9)
    back = reproject(checked.geometry, "EPSG:4326", "EPSG:4547")[0]
    assert shapely.distance(back, shapely.Point(500_000, 4_275_000)) < 1e-3
