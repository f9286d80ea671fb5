"""Every format: what was written is read back the same, the same input gives the same bytes, and nothing runs."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import python_calamine
import shapely

from analysis.assessment import assess
from analysis.results import RESULT_TABLES
from analysis.scenario import Scenario, scenario_from_json
from geo.building import build
from geo.county import read_county
from geo.export_kml import column_names
from geo.export_sheets import MOST_LETTERS, sheet_table
from geo.export_shp import TEXT_BYTES, short_names
from geo.export_txt import can_write
from geo.formats import FORMATS, packed
from geo.map_style import BLUE, VERDICT_COLOUR
from geo.problems import InputError
from geo.result_layer import ResultLayer, cut_text, printable
from geo.words import LANGUAGES
from tests.handed_on import HOSTILE, LONG, handover_of, layers_of, quyang, same_shapes, town_of_all
from tests.other_programs import needs_ogrinfo, ogrinfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOTH = pytest.mark.parametrize("make", [quyang, town_of_all], ids=["quyang", "town"])
EVERY = pytest.mark.parametrize("name", [each for each in FORMATS if each != "txt"])
KML = "{http://www.opengis.net/kml/2.2}"
CELL = 1e-7
"""Of degrees: what seven decimals leave."""


@cache
def files_of(name: str, make: Any, language: str = "zh", crs: str = "EPSG:4326") -> dict[str, bytes]:
    return dict(FORMATS[name].write(layers_of(make(), language), handover_of(make(), language, crs)).files)


def placed(make: Any) -> Iterator[ResultLayer]:
    return (layer for layer in layers_of(make()) if layer.shape)


def plain(values: Any) -> list[Any]:
    """Values as Python has them, None for every kind of nothing."""
    return [None if pd.isna(value) else value for value in pd.Series(values).astype(object)]


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(files["results_shp.zip"])) as whole:
        whole.extractall(folder)
    return folder


@pytest.mark.slow
@EVERY
@BOTH
def test_the_same_input_gives_the_same_bytes(name: str, make: Any) -> None:
    handover = handover_of(make())
    first, second = files_of(name, make), dict(FORMATS[name].write(layers_of(make()), handover).files)
    assert first.keys() == second.keys() != set()
    assert first == second


@pytest.mark.slow
@EVERY
def test_every_file_names_its_digest_scenario_and_licence(name: str) -> None:
    answer = town_of_all()
    for file, content in files_of(name, town_of_all).items():
        if file.endswith(".csv"):
            continue  # stays a table; its particulars stand beside it
        parts = [content]
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as whole:
                parts = [whole.read(each) for each in whole.namelist()]
        told = b"\n".join(parts).decode("utf-8", "replace")
        for needed in (answer.county.digest, "ODbL", "OpenStreetMap contributors", "limit_s", "2026-01-05"):
            assert needed in told, (file, needed)


def test_a_scenario_can_be_asked_again_from_every_format(tmp_path: Path) -> None:
    answer = town_of_all()
    kml = ElementTree.fromstring(files_of("kml", town_of_all)["parcels.kml"])  # noqa: S314 - our own
    told = [kml.findtext(f".//{KML}Document/{KML}ExtendedData/{KML}Data/{KML}value")]
    path = tmp_path / "parcels.fgb"
    path.write_bytes(files_of("fgb", town_of_all)["parcels.fgb"])
    told.append(pyogrio.read_info(path)["layer_metadata"]["DESCRIPTION"])
    told.append((unpacked(files_of("shp", town_of_all), tmp_path / "shp") / "about.json").read_text("utf-8"))
    csvw = json.loads(files_of("csv", town_of_all)["parcels.csv-metadata.json"])
    told.append(json.dumps(csvw["schema:about"]))
    told.append(files_of("geojson", town_of_all)["parcels.geojson"].decode())
    for text in told:
        about = json.loads(text or "")
        scenario = json.dumps(about.get("about", about)["scenario"])
        assert scenario_from_json(scenario, "about") == answer.scenario
    book = sheets(files_of("xlsx", town_of_all)["results.xlsx"])
    (scenario,) = (row[1] for row in book["说明"] if row[0] == "scenario")
    assert scenario_from_json(scenario, "about") == answer.scenario


@pytest.mark.slow
@BOTH
def test_geojson_keeps_to_rfc_7946(make: Any) -> None:
    for layer in placed(make):
        text = files_of("geojson", make)[f"{layer.name}.geojson"]
        told = json.loads(text, parse_constant=pytest.fail)
        assert "crs" not in told
        shapes = []
        for feature in told["features"]:
            shape = None if feature["geometry"] is None else shapely.geometry.shape(feature["geometry"])
            shapes.append(shape)
            for part in [] if shape is None else shapely.get_parts(shape).tolist():
                lon, lat = shapely.get_coordinates(part).T
                assert np.array_equal(lon, np.round(lon, 7))
                assert np.array_equal(lat, np.round(lat, 7))
                if part.geom_type == "Polygon":
                    assert part.exterior.is_ccw
                    assert not any(ring.is_ccw for ring in part.interiors)
        multi = [each if each is None or layer.shape == "point" else _multi(each) for each in shapes]
        assert same_shapes(layer.shapes("EPSG:4326"), multi, CELL)


def _multi(shape: Any) -> Any:
    whole = shapely.multilinestrings if "Line" in shape.geom_type else shapely.multipolygons
    return shape if shape.geom_type.startswith("Multi") else whole([shape])


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_flatgeobuf_is_read_back_the_same(make: Any, crs: str, tmp_path: Path) -> None:
    files = files_of("fgb", make, crs=crs)
    for layer in placed(make):
        path = tmp_path / f"{layer.name}.fgb"
        path.write_bytes(files[path.name])
        read = pyogrio.read_dataframe(path)
        assert list(read.columns) == [*layer.drawn, "geometry"]
        assert read.crs.to_epsg() == int(crs.removeprefix("EPSG:"))
        info = pyogrio.read_info(path)
        assert info["geometry_type"] == layer.geometry_type
        assert info["layer_metadata"]["TITLE"] == layer.title
        # The spatial index puts the rows into another order.
        given = gpd.GeoDataFrame(layer.drawn, geometry=layer.shapes(crs), crs=crs)
        rows = [sorted(map(repr, _records(each))) for each in (given, read)]
        assert rows[0] == rows[1], layer.name


def _records(frame: gpd.GeoDataFrame) -> list[Any]:
    shapes = [None if each is None else shapely.normalize(each).wkt for each in frame.geometry]
    columns = [_numbers(plain(frame[name])) for name in frame.columns if name != "geometry"]
    return list(zip(shapes, *columns, strict=True))


def _numbers(values: list[Any]) -> list[Any]:
    """Whole numbers and truth values as numbers, as a reader has them where some are missing."""
    return [float(value) if isinstance(value, int | np.bool_) else value for value in values]


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_shapefiles_are_read_back_the_same_under_their_short_names(
    make: Any, crs: str, tmp_path: Path
) -> None:
    folder = unpacked(files_of("shp", make, crs=crs), tmp_path)
    listed = pd.read_csv(folder / "fields.csv", encoding="utf-8-sig", keep_default_na=False)
    for layer in placed(make):
        path = folder / f"{layer.name}.shp"
        read = pyogrio.read_dataframe(path)
        mine = listed[listed["file"] == path.name]
        assert mine["column"].tolist() == list(layer.drawn)
        assert read.columns.tolist() == [*mine["field"], "geometry"]
        assert mine["field"].map(lambda name: len(name.encode())).max() <= 10
        assert mine["field"].str.casefold().is_unique
        assert path.with_suffix(".cpg").read_text() == "UTF-8"
        assert path.with_suffix(".qml").is_file()
        assert read.crs.to_epsg(min_confidence=20) == int(crs.removeprefix("EPSG:"))
        assert same_shapes(
            layer.shapes(crs), [None if g is None else _as(layer, g) for g in read.geometry], 0
        )
        for field, column in zip(mine["field"], mine["column"], strict=True):
            given = plain(layer.drawn[column])
            if layer.drawn[column].dtype == object:
                assert plain(read[field]) == [each and cut_text(each, 254).rstrip() for each in given], column
            else:
                assert plain(read[field]) == pytest.approx(
                    [each if each is None else float(each) for each in given]
                )


def _as(layer: ResultLayer, shape: Any) -> Any:
    return shape if layer.shape == "point" else _multi(shape)


def test_a_text_that_a_shapefile_cannot_hold_is_cut_at_a_whole_character_and_said(tmp_path: Path) -> None:
    written = FORMATS["shp"].write(layers_of(town_of_all()), handover_of(town_of_all()))
    (said,) = (each for each in written.problems if each.field == "remark" and each.file == "parcels.dbf")
    assert said.warning
    assert dict(said.values) == {"count": len(HOSTILE), "limit": TEXT_BYTES}
    assert all(said.text(language) for language in LANGUAGES)
    folder = unpacked(dict(written.files), tmp_path)
    listed = pd.read_csv(folder / "fields.csv", encoding="utf-8-sig")
    (row,) = listed[(listed["file"] == "parcels.shp") & (listed["column"] == "remark")].to_dict("records")
    assert row["cut"] == len(HOSTILE)
    read = pyogrio.read_dataframe(folder / "parcels.shp")[row["field"]]
    assert set(read) == {cut_text(LONG, 254)}
    assert len(cut_text(LONG, 254).encode()) == 252


def test_short_names_keep_units_and_are_told_apart() -> None:
    found = dict(zip(names := ["arrival_s_min", "arrival_s_max", "second_station_id", "parcel_no", "长长的中文字段名称",
                               "长长的中文字", 'a"b<c>'], short_names(names), strict=True))  # fmt: skip
    assert found == {
        "arrival_s_min": "arri_s_min", "arrival_s_max": "arri_s_max", "second_station_id": "sec_sta_id",
        "parcel_no": "parcel_no", "长长的中文字段名称": "长长的", "长长的中文字": "长长_2", 'a"b<c>': "a_b_c_",
    }  # fmt: skip


@pytest.mark.slow
@BOTH
def test_kml_is_read_back_the_same(make: Any, tmp_path: Path) -> None:
    files = files_of("kml", make)
    for layer in placed(make):
        path = tmp_path / f"{layer.name}.kml"
        path.write_bytes(files[path.name])
        if len(layer.table) == 0:
            continue
        assert pyogrio.list_layers(path)[:, 0].tolist() == [layer.name]
        read = pyogrio.read_dataframe(path)
        assert read.crs.to_epsg() == 4326
        shapes = [None if g is None else _as(layer, shapely.force_2d(g)) for g in read.geometry]
        assert same_shapes(layer.shapes("EPSG:4326"), shapes, CELL)


@BOTH
def test_kml_holds_every_column_as_data(make: Any) -> None:
    files = files_of("kml", make)
    for layer in placed(make):
        root = ElementTree.fromstring(files[f"{layer.name}.kml"])  # noqa: S314 - our own
        schema = {each.get("name"): each.get("type") for each in root.iter(f"{KML}SimpleField")}
        names = column_names(layer)
        assert set(schema) == set(names)
        assert not {each.casefold() for each in names} & {"name", "description"}
        rows = []
        for place in root.iter(f"{KML}Placemark"):
            cells = {each.get("name"): each.text for each in place.iter(f"{KML}SimpleData")}
            rows.append([cells.get(column) for column in names])
        given = [plain(layer.drawn[name]) for name in names.values()]
        wanted = [[None if v is None else _as_text(v) for v in row] for row in zip(*given, strict=True)]
        assert rows == wanted


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def test_kml_is_coloured_by_verdict() -> None:
    root = ElementTree.fromstring(files_of("kml", quyang)["parcels.kml"])  # noqa: S314 - our own
    styles = {each.get("id"): each for each in root.iter(f"{KML}Style")}
    seen = set()
    for place in root.iter(f"{KML}Placemark"):
        (verdict,) = (each.text for each in place.iter(f"{KML}SimpleData") if each.get("name") == "verdict")
        style = styles[(place.findtext(f"{KML}styleUrl") or "").removeprefix("#")]
        line = style.findtext(f"{KML}LineStyle/{KML}color") or ""
        assert f"#{line[6:8]}{line[4:6]}{line[2:4]}".upper() == VERDICT_COLOUR[verdict or ""].upper()
        assert style.findtext(f"{KML}BalloonStyle/{KML}text") == "$[description]"
        seen.add(verdict)
    assert seen == {"depends", "not_covered", "not_analysed"}
    blue = BLUE[1:].lower()
    assert f"ff{blue[4:6]}{blue[2:4]}{blue[:2]}" in files_of("kml", town_of_all)["parcels.kml"].decode()


def test_what_a_click_shows_in_kml_is_text_and_no_html_of_ours_or_theirs() -> None:
    for name in ("parcels", "stations", "zones"):
        root = ElementTree.fromstring(files_of("kml", town_of_all)[f"{name}.kml"])  # noqa: S314 - our own
        for element in root.iter(f"{KML}description"):
            text = element.text or ""
            assert set(re.findall(r"<(/?[a-zA-Z]+)", text)) <= {"br", "b", "/b"}
            assert "$" not in text


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("language", LANGUAGES)
def test_workbooks_are_read_back_the_same(make: Any, language: str) -> None:
    book = sheets(files_of("xlsx", make, language)["results.xlsx"])
    layers = layers_of(make(), language)
    assert len(book) == len(layers) + 2
    for layer, (title, (heads, *rows)) in zip(layers, book.items(), strict=False):
        assert title == re.sub(r"[:/\\?*\[\]']+", " ", layer.title)[:28].strip()
        table = sheet_table(layer)
        assert [head.split("\n")[-1] for head in heads] == [str(name) for name in table]
        assert len(rows) == len(table)
        for number, name in enumerate(table):
            given = ["" if each is None else each for each in plain(table[name])]
            assert [row[number] for row in rows] == given, (layer.name, name)


def test_a_workbook_holds_no_formula_and_no_link_and_keeps_its_heading_in_sight() -> None:
    content = files_of("xlsx", town_of_all)["results.xlsx"]
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        for name in whole.namelist():
            text = whole.read(name).decode("utf-8", "replace")
            names = r"<f[ >]|<hyperlink |externalLink"  # the word itself may stand in a text
            assert not re.search(names, text, re.IGNORECASE), name
            assert whole.getinfo(name).date_time == (1980, 1, 1, 0, 0, 0)
        first = whole.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in first
    assert "<autoFilter" in first
    assert '<col min="1"' in first


@pytest.mark.slow
def test_a_workbook_explains_columns_and_codes() -> None:
    rows = sheets(files_of("xlsx", quyang)["results.xlsx"])["字段"]
    assert ["地块", "parcels", "arrival_s", "", "到场时间，最不利处（秒）"] in rows
    assert ["地块", "parcels", "verdict", "not_covered", "不可达"] in rows
    assert len({tuple(row) for row in rows}) == len(rows)


def test_a_text_that_a_cell_cannot_hold_is_cut_and_said() -> None:
    table = pd.DataFrame({"text": ["x" * (MOST_LETTERS + 1), "y", None]})
    written = FORMATS["xlsx"].write([ResultLayer("a", "A", table)], handover_of(quyang()))
    (said,) = written.problems
    assert (said.code, said.field, dict(said.values)["count"]) == ("texts_cut_letters", "text", 1)
    assert len(sheets(written.files["results.xlsx"])["A"][1][0]) == MOST_LETTERS


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.export_sheets.MOST_ROWS", 2)
    with pytest.raises(InputError) as error:
        FORMATS["xlsx"].write([ResultLayer("a", "A", pd.DataFrame({"n": [1, 2, 3]}))], handover_of(quyang()))
    assert [each.code for each in error.value.problems] == ["sheet_too_long"]


@BOTH
def test_csv_is_read_back_the_same_and_its_particulars_name_every_column(make: Any) -> None:
    files = files_of("csv", make)
    for layer in layers_of(make()):
        content = files[f"{layer.name}.csv"]
        assert content.startswith(b"\xef\xbb\xbf")
        heads, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        table = sheet_table(layer)
        assert [head.removeprefix("'") for head in heads] == [str(name) for name in table]
        for number, name in enumerate(table):
            cells = [row[number] for row in rows]
            given = plain(table[name])
            if table[name].dtype == object:
                assert [cell.removeprefix("'") for cell in cells] == [
                    (v or "").removeprefix("'") for v in given
                ]
                assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
            else:
                assert cells == ["" if value is None else str(value) for value in given]
        told = json.loads(files[f"{layer.name}.csv-metadata.json"])
        assert told["url"] == f"{layer.name}.csv"
        assert [each["name"] for each in told["tableSchema"]["columns"]] == [str(name) for name in table]
        assert ("lon" in table) is (layer.shape == "point")


@EVERY
def test_hostile_names_come_through_every_format_as_they_are(name: str, tmp_path: Path) -> None:
    files = files_of(name, town_of_all)
    want = [printable(each) for each in HOSTILE]
    if name == "xlsx":
        rows = sheets(files["results.xlsx"])["地块"]
        number = [head.split("\n")[-1] for head in rows[0]].index("name")
        assert [row[number] for row in rows[1:]] == want
        return
    if name == "csv":
        text = io.StringIO(files["parcels.csv"].decode("utf-8-sig"), newline="")
        assert [row["name"].removeprefix("'") for row in csv.DictReader(text)] == [
            each.removeprefix("'") for each in want
        ]
        return
    folder, column = tmp_path / "files", "name"
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    path = {"gpkg": folder / "results.gpkg"}.get(name, folder / f"parcels.{name}")
    if name == "shp":
        path = unpacked(files, folder) / "parcels.shp"
    read = pyogrio.read_dataframe(path, **({"layer": "parcels"} if name == "gpkg" else {}))
    if name == "kml":
        column = "name_2"
    if name == "geojson":
        want = [re.sub("[\ud800-\udfff]", "\ufffd", each) for each in HOSTILE]
        told = json.loads(files["parcels.geojson"])["features"]
        assert [each["properties"]["name"] for each in told] == want
        return
    assert sorted(read[column].tolist()) == sorted(want)


@pytest.mark.slow
def test_one_file_is_handed_on_as_it_is_and_several_in_a_zip() -> None:
    layers, handover = layers_of(quyang()), handover_of(quyang())
    for name, one in FORMATS.items():
        if name == "txt":
            continue  # of Quyang no boundary is known
        file, content = packed(one.write(layers[:1], handover), "parcels")
        assert zipfile.is_zipfile(io.BytesIO(content)) is (name in {"shp", "xlsx", "csv"})
        file, content = packed(one.write(layers, handover), "all")
        assert file == {"gpkg": "results.gpkg", "shp": "results_shp.zip", "xlsx": "results.xlsx"}.get(
            name, "all.zip"
        )
        assert one.one_file is (file != "all.zip")
        assert one.places_only is not one.holds(layers[list(RESULT_TABLES).index("rules")])


def test_boundary_points_are_written_of_known_boundaries_alone() -> None:
    assert ("txt" in FORMATS) is can_write()
    if not can_write():
        pytest.skip("the program has no writer of boundary-point files")
    with pytest.raises(InputError) as error:
        FORMATS["txt"].write(layers_of(quyang()), handover_of(quyang()))
    assert [each.code for each in error.value.problems] == ["txt_no_boundary"]
    parcels = next(each for each in layers_of(town_of_all()) if each.name == "parcels")
    drawn = ["square", *parcels.table["drawn"].iloc[1:]]
    one_square = ResultLayer("parcels", "地块", parcels.table.assign(drawn=drawn), "area")
    written = FORMATS["txt"].write([one_square, *layers_of(town_of_all())[1:]], handover_of(town_of_all()))
    assert [dict(each.values) for each in written.problems] == [
        {"count": 2}
    ]  # a square, and one without a place
    assert set(written.files) == {"parcels.txt", "parcels.txt.json"}
    text = written.files["parcels.txt"].decode("gb18030")
    assert text.count(",@") == len(parcels.table) - 2
    assert json.loads(written.files["parcels.txt.json"])["digest"] == town_of_all().county.digest


@pytest.mark.slow
@needs_ogrinfo
@pytest.mark.parametrize("name", ["shp", "kml", "fgb", "geojson", "xlsx"])
def test_ogrinfo_reads_every_file(name: str, tmp_path: Path) -> None:
    files = files_of(name, town_of_all)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    if name == "shp":
        unpacked(files, tmp_path)
    if name == "xlsx":
        said = ogrinfo("-ro", "-so", "-al", str(tmp_path / "results.xlsx"))
        assert said.count("Layer name:") == len(layers_of(town_of_all())) + 2
        return
    for layer in placed(town_of_all):
        said = ogrinfo("-ro", "-so", "-al", "-nomd", str(tmp_path / f"{layer.name}.{name}"))
        assert f"Feature Count: {len(layer.table)}\n" in said


@pytest.mark.slow
def test_a_real_county_comes_through_every_format(real_data: Path, tmp_path: Path) -> None:
    build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    answer = assess(read_county(tmp_path / "lauf"), Scenario())
    layers = [each for each in layers_of(answer) if each.shape and len(each.table)]
    handover = handover_of(answer)
    assert "OpenStreetMap contributors" in handover.about["odbl_notice"]
    assert sum(len(each.table) for each in layers) > 15_000
    for name in ("gpkg", "shp", "fgb", "kml", "geojson"):
        folder = tmp_path / name
        folder.mkdir()
        for file, content in FORMATS[name].write(layers, handover).files.items():
            (folder / file).write_bytes(content)
            if name == "shp":
                unpacked({file: content}, folder)
        for layer in layers:
            path = folder / ("results.gpkg" if name == "gpkg" else f"{layer.name}.{name}")
            read = pyogrio.read_dataframe(
                path, columns=[], **({"layer": layer.name} if name == "gpkg" else {})
            )
            shapes = [None if g is None else _as(layer, shapely.force_2d(g)) for g in read.geometry]
            given = layer.shapes("EPSG:4326")
            if name == "fgb":  # in an order of its own
                assert Counter(map(_known, given)) == Counter(map(_known, shapes)), layer.name
            else:
                assert same_shapes(given, shapes, CELL if name in {"kml", "geojson"} else 0), (
                    name,
                    layer.name,
                )


def _known(shape: Any) -> bytes:
    return b"" if shape is None else shapely.to_wkb(shapely.normalize(shape))
