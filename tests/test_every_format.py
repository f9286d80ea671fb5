"""One small layer written in every format and every coordinate system reads back as the same shapes and values."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

from geo.boundary_txt import boundary_txt
from geo.crs import is_metric, reproject, shapes_of
from geo.tables import READERS, layers_in, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.crs import Shapes
    from geo.tables import FileRows

GAUSS = "EPSG:4547"
EAST, NORTH = 560_700.0, 4_276_000.0
SYSTEMS = ("EPSG:4326", "EPSG:4490", GAUSS, "EPSG:4526", "EPSG:3857", "EPSG:32650")
"""Systems a file may be in and may say so."""
SHIFTED = ("GCJ-02", "BD-09", "GCJ-02/EPSG:3857")
"""Systems of Chinese web maps, which no file says it is in."""
EXACT_M, EXACT_DEGREES = 0.001, 1e-8

VALUES: dict[str, list[Any]] = {
    "名称": ["曲阳县消防救援站", None, "南环路“北侧”"],
    "number": [7, None, -130_634],
    "area": [1.25, 3.0, None],
    "note": ["a,b;c", "=1+1", None],
}


def _moved(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: np.add(xy, [EAST, NORTH]))


def _square(x: float, y: float, size: float) -> list[tuple[float, float]]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]


DRAWN: dict[str, list[Any]] = {
    "points": [shapely.Point(0.1234, 0.5678), shapely.Point(250.5, -80.25), shapely.Point(-3.001, 9.999)],
    "lines": [
        shapely.LineString([(0, 0), (100.5, 20.25), (180, -40)]),
        shapely.MultiLineString([[(0, 0), (10, 10)], [(20, 20), (30, 25), (40, 20)]]),
        shapely.LineString([(5, 5), (6, 6)]),
    ],
    "areas": [
        shapely.Polygon(_square(0, 0, 100), [_square(20, 20, 30)]),
        shapely.MultiPolygon([
            shapely.Polygon(_square(200, 0, 50), [_square(210, 10, 5)]), shapely.box(300, 0, 310, 9),
        ]),
        shapely.box(-50, -50, -40, -41),
    ],
}  # fmt: skip


def in_system(shapes: Shapes, system: str) -> Shapes:
    """The shapes, drawn in metres of zone 38, in another system."""
    return reproject(shapes, GAUSS, system)


def frame_of(kind: str, system: str, gap: bool = False) -> gpd.GeoDataFrame:
    """The layer; with a gap its second row has no place."""
    shapes = in_system(shapes_of([_moved(each) for each in DRAWN[kind]]), system)
    if gap:
        shapes[1] = None
    columns = {name: pd.Series(values, dtype=object) for name, values in VALUES.items()}
    columns["number"] = pd.Series(VALUES["number"], dtype="Int32")
    columns["area"] = pd.Series(VALUES["area"], dtype="Float64")
    crs = None if system in SHIFTED else system
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(shapes), crs=crs))


def _geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    text = json.loads(frame.to_json(drop_id=True))
    epsg = None if frame.crs is None else frame.crs.to_epsg()
    if epsg not in {None, 4326}:
        text["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    path.write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")


def _topojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Every line an arc of its own, as steps of whole numbers; areas share none."""
    scale = 1e-9
    arcs: list[list[list[int]]] = []
    left, bottom = (float(each) for each in frame.total_bounds[:2])

    def steps(coordinates: Any) -> list[list[int]]:
        whole = np.rint((np.asarray(coordinates) - [left, bottom]) / scale).astype(int)
        return [whole[0].tolist(), *np.diff(whole, axis=0).tolist()]

    def line(coordinates: Any) -> list[int]:
        arcs.append(steps(coordinates))
        return [len(arcs) - 1]

    def rings(area: Any) -> list[list[int]]:
        return [line(ring.coords) for ring in (area.exterior, *area.interiors)]

    def shape(given: Any) -> dict[str, Any]:
        parts: dict[str, Callable[[], Any]] = {
            "Point": lambda: steps(given.coords)[0],
            "LineString": lambda: line(given.coords),
            "MultiLineString": lambda: [line(each.coords) for each in given.geoms],
            "Polygon": lambda: rings(given),
            "MultiPolygon": lambda: [rings(each) for each in given.geoms],
        }
        key = "coordinates" if given.geom_type == "Point" else "arcs"
        return {"type": given.geom_type, key: parts[given.geom_type]()}

    table = frame.drop(columns="geometry").astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    geometries = [
        {"properties": row} | ({"type": None} if each is None else shape(each))
        for row, each in zip(rows, frame.geometry, strict=True)
    ]
    topology = {
        "type": "Topology", "arcs": arcs, "transform": {"scale": [scale, scale], "translate": [left, bottom]},
        "objects": {"layer": {"type": "GeometryCollection", "geometries": geometries}},
    }  # fmt: skip
    path.write_text(json.dumps(topology, ensure_ascii=False), encoding="utf-8")


def _gdal(driver: str, **how: Any) -> Callable[[gpd.GeoDataFrame, Path], None]:
    def write(frame: gpd.GeoDataFrame, path: Path) -> None:
        frame.to_file(path, driver=driver, **how)

    return write


def _zipped_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    parts = path.parent / "parts"
    parts.mkdir()
    frame.to_file(parts / "地块.shp", encoding="GB18030")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(parts.iterdir()):
            archive.write(part, part.name)


def _kmz(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path.with_suffix(".kml"), driver="LIBKML")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path.with_suffix(".kml"), "doc.kml")


def _parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_parquet(path)


def _rows_as_text(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["wkt"] = [None if each is None else each.wkt for each in frame.geometry]
    return table


def _csv(encoding: str, separator: str) -> Callable[[gpd.GeoDataFrame, Path], None]:
    def write(frame: gpd.GeoDataFrame, path: Path) -> None:
        _rows_as_text(frame).to_csv(path, index=False, encoding=encoding, sep=separator)

    return write


def _xlsx(frame: gpd.GeoDataFrame, path: Path) -> None:
    table = _rows_as_text(frame).astype(object)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("图层")
        sheet.merge_range(0, 0, 0, 4, "题目")
        sheet.write_row(1, 0, list(table.columns))
        for row, cells in enumerate(table.where(table.notna(), None).itertuples(index=False), 2):
            for column, cell in enumerate(cells):
                if not pd.isna(cell):
                    sheet.write(row, column, cell)
    path.write_bytes(content.getvalue())


@dataclass(frozen=True)
class Format:
    """How one format is written and what it can hold. ``names_system``: whether the file says its system; ``text``:
    whether all its values are text; ``gap``: whether a row may lack its shape."""

    ending: str
    write: Callable[[gpd.GeoDataFrame, Path], None]
    systems: tuple[str, ...] = SYSTEMS
    kinds: tuple[str, ...] = tuple(DRAWN)
    names_system: bool = True
    text: bool = False
    gap: bool = True


DEGREES = ("EPSG:4326",)
FORMATS = {
    "GeoJSON": Format(".geojson", _geojson),
    "TopoJSON": Format(".topojson", _topojson, DEGREES),
    "GeoPackage": Format(".gpkg", _gdal("GPKG")),
    "Shapefile, UTF-8": Format(".shp", _gdal("ESRI Shapefile", encoding="UTF-8")),
    "Shapefile, GBK": Format(".shp", _gdal("ESRI Shapefile", encoding="GB18030")),
    "zipped Shapefile": Format(".zip", _zipped_shapefile),
    "FlatGeobuf": Format(".fgb", _gdal("FlatGeobuf", SPATIAL_INDEX="NO")),
    "GeoParquet": Format(".parquet", _parquet),
    "KML": Format(".kml", _gdal("LIBKML"), DEGREES),
    "KMZ": Format(".kmz", _kmz, DEGREES),
    "CSV, UTF-8": Format(".csv", _csv("utf-8-sig", ","), names_system=False, text=True),
    "CSV, GB18030": Format(".csv", _csv("gb18030", ";"), names_system=False, text=True),
    "CSV, UTF-16": Format(".csv", _csv("utf-16", "\t"), names_system=False, text=True),
    "XLSX": Format(".xlsx", _xlsx, names_system=False),
}
CASES = [
    pytest.param(name, kind, system, id=f"{name}, {kind}, {system}")
    for name, form in FORMATS.items()
    for kind in form.kinds
    for system in form.systems
]
SILENT = [name for name, form in FORMATS.items() if not form.names_system or name in {"GeoJSON", "TopoJSON"}]
"""Formats that may leave their system open."""
CASES += [
    pytest.param(name, "areas", system, id=f"{name}, {system}") for name in SILENT for system in SHIFTED
]


def assert_same_shapes(read: Shapes | None, drawn: Shapes, system: str) -> None:
    """To a millimetre, or a hundred-millionth of a degree; a multi shape of one part is that part."""
    assert read is not None
    close = EXACT_M if is_metric(system) or system.endswith("EPSG:3857") else EXACT_DEGREES
    for one, other in zip(read, drawn, strict=True):
        if other is None:
            assert one is None
            continue
        first, second = (
            each.geoms[0] if hasattr(each, "geoms") and len(each.geoms) == 1 else each
            for each in (one, other)
        )
        assert first.geom_type == second.geom_type
        assert shapely.get_num_coordinates(first) == shapely.get_num_coordinates(second)
        assert shapely.hausdorff_distance(first, second) <= close, (first.wkt, second.wkt)


def _as_text(value: Any) -> Any:
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize(("name", "kind", "system"), CASES)
@pytest.mark.filterwarnings("ignore:.*not successfully written.*:RuntimeWarning")
def test_shapes_and_values_come_back_as_they_were(tmp_path: Path, name: str, kind: str, system: str) -> None:
    form = FORMATS[name]
    frame = frame_of(kind, system, form.gap)
    path = tmp_path / f"layer{form.ending}"
    form.write(frame, path)
    rows = read_rows(path, source_crs=None if form.names_system and system not in SHIFTED else system)
    assert [each for each in rows.problems if not each.warning] == []
    assert rows.crs == system
    assert_same_shapes(rows.geometry, np.asarray(frame.geometry.to_numpy(), dtype=object), system)
    for column, values in VALUES.items():
        read = rows.table[column].tolist()
        if form.text:
            assert [_as_text(None if each is None else _number_or_text(each)) for each in read] == [
                _as_text(each) for each in values
            ]
        else:
            assert read == values
            assert [type(each) for each in read] == [type(each) for each in values] or column == "area"
    assert not any(isinstance(value, float) and value != value for value in rows.table.to_numpy().ravel())  # noqa: PLR0124
    assert "nan" not in {str(value).lower() for value in rows.table.to_numpy().ravel()}
    listed = layers_in(path)
    assert len(listed) == 1
    assert listed[0].rows in {3, 5}, "a sheet counts its title and names too"


def _number_or_text(value: str) -> Any:
    try:
        return float(value)
    except ValueError:
        return value


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("columns", [("X", "Y"), ("东坐标", "北坐标"), ("lon", "lat"), ("经度", "纬度")])
def test_points_come_out_of_columns_in_every_system(
    tmp_path: Path, system: str, ending: str, columns: tuple[str, str]
) -> None:
    frame = frame_of("points", system, gap=True)
    table = frame.drop(columns="geometry").astype(object)
    swapped = columns == ("X", "Y") and system in {GAUSS, "EPSG:4526"}  # as Chinese surveyors name them
    for name, at in zip(columns, (1, 0) if swapped else (0, 1), strict=True):
        table[name] = [None if each is None else each.coords[0][at] for each in frame.geometry]
    path = tmp_path / f"layer{ending}"
    if ending == ".csv":
        table.to_csv(path, index=False)
    else:
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, list(table.columns))
            for row, cells in enumerate(table.where(table.notna(), None).itertuples(index=False), 1):
                for column, cell in enumerate(cells):
                    if not pd.isna(cell):
                        sheet.write(row, column, cell)
    rows = read_rows(path, source_crs=system)
    assert [each.code for each in rows.problems if not each.warning] == []
    assert_same_shapes(rows.geometry, np.asarray(frame.geometry.to_numpy(), dtype=object), system)


@pytest.mark.parametrize("kind", ["points", "lines"])
def test_gpx_holds_points_and_lines_in_degrees_with_a_name(tmp_path: Path, kind: str) -> None:
    frame = frame_of(kind, "EPSG:4326")[["名称", "geometry"]].rename(columns={"名称": "name"})
    path = tmp_path / "layer.gpx"
    if kind == "points":
        frame.to_file(path, driver="GPX")
        expected = frame
        rows = read_rows(path)
    else:
        # Lines in one piece become routes, those in several tracks; a file holds both.
        expected = frame.iloc[[0, 2]].reset_index(drop=True)
        expected.to_file(path, driver="GPX")
        rows = read_rows(path, file_layer="routes")
    assert rows.problems == ()
    assert_same_shapes(rows.geometry, np.asarray(expected.geometry.to_numpy(), dtype=object), "EPSG:4326")
    assert rows.table["name"].tolist() == expected["name"].tolist()
    assert [each.name for each in layers_in(path)] == ["waypoints" if kind == "points" else "routes"]


@pytest.mark.parametrize("kind", list(DRAWN))
def test_dxf_holds_shapes_on_named_layers_and_no_system(tmp_path: Path, kind: str) -> None:
    frame = frame_of(kind, GAUSS).explode(ignore_index=True)
    frame["Layer"] = ["管线", "给水", "给水", "0"][: len(frame)]
    path = tmp_path / "layer.dxf"
    frame[["Layer", "geometry"]].to_file(path, driver="DXF")
    assert [each.code for each in read_rows(path).problems if not each.warning] == ["no_crs"]
    rows = read_rows(path, source_crs=GAUSS)
    assert_same_shapes(rows.geometry, np.asarray(frame.geometry.to_numpy(), dtype=object), GAUSS)
    assert rows.table["Layer"].tolist() == frame["Layer"].tolist()
    named = read_rows(path, source_crs=GAUSS, file_layer="给水")
    assert len(named.table) == frame["Layer"].tolist().count("给水")


def test_every_ending_that_is_read_stands_in_a_test() -> None:
    tested = {form.ending for form in FORMATS.values()} | {".gpx", ".dxf", ".txt"}
    alike = {
        ".json": ".geojson",
        ".tsv": ".csv",
        ".geoparquet": ".parquet",
        ".xlsm": ".xlsx",
        ".xls": ".xlsx",
    }
    assert {alike.get(ending, ending) for ending in READERS} == tested


def test_a_geopackage_of_attributes_alone_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frame_of("points", GAUSS).to_file(path, driver="GPKG", layer="places")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE vehicles (fid INTEGER PRIMARY KEY, vehicle_id TEXT, tank_l INTEGER)")
        database.execute("INSERT INTO vehicles VALUES (1, '甲', 3500), (2, '乙', NULL)")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('vehicles', 'attributes')"
        )
    database.close()
    rows = read_rows(path, layer="vehicles")
    assert rows.table.to_dict("list") == {"vehicle_id": ["甲", "乙"], "tank_l": [3500, None]}
    assert rows.geometry is None
    assert len(read_rows(path).table) == 3, "the only layer with shapes is meant where none is named"
    assert [(each.name, each.rows, each.geometry) for each in layers_in(path)] == [
        ("places", 3, "Point"), ("vehicles", 2, ""),
    ]  # fmt: skip


def test_boundary_points_of_surveyors_hold_areas_in_their_zone(tmp_path: Path) -> None:
    frame = frame_of("areas", GAUSS).rename(columns={"名称": "name"})
    frame["parcel_no"] = ["甲-1", "甲-2", "甲-3"]
    path = tmp_path / "layer.txt"
    path.write_bytes(boundary_txt(frame[["parcel_no", "name", "geometry"]]))
    rows = read_rows(path)
    assert errors_of(rows) == []
    assert rows.crs in {GAUSS, "EPSG:4526"}
    there = reproject(rows.geometry, rows.crs, GAUSS) if rows.geometry is not None and rows.crs else None
    assert_same_shapes(there, np.asarray(frame.geometry.to_numpy(), dtype=object), GAUSS)
    assert rows.table["parcel_no"].tolist() == frame["parcel_no"].tolist()


def test_a_text_table_may_end_in_txt(tmp_path: Path) -> None:
    path = tmp_path / "layer.txt"
    _csv("gb18030", "\t")(frame_of("lines", GAUSS), path)
    rows = read_rows(path, source_crs=GAUSS)
    assert errors_of(rows) == []
    assert rows.table["number"].tolist() == ["7", None, "-130634"]


def errors_of(rows: FileRows) -> list[str]:
    return [each.code for each in rows.problems if not each.warning]
