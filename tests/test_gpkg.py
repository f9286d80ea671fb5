"""A GeoPackage of results: read back by GDAL as it was written, and opened by QGIS with the colours of the map."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyogrio
import pytest

from analysis.scenario import scenario_from_json
from geo.export_gpkg import column_names, geopackage
from geo.qgis_style import qml
from geo.result_layer import KIND_COLUMN
from tests.handed_on import HOSTILE, handover_of, layers_of, quyang, same_shapes, town_of_all
from tests.other_programs import needs_ogrinfo, needs_qgis, ogrinfo, seen_by_qgis

if TYPE_CHECKING:
    from pathlib import Path

BOTH = pytest.mark.parametrize("make", [quyang, town_of_all], ids=["quyang", "town"])


def written(make: Any, folder: Path, language: str = "zh", crs: str = "EPSG:4326") -> Path:
    handover = handover_of(make(), language, crs)
    ((name, content),) = geopackage(layers_of(make(), language), handover).files.items()
    path = folder / name
    path.write_bytes(content)
    return path


def plain(values: pd.Series[Any]) -> list[Any]:
    """Values as Python has them, None for every kind of nothing."""
    return [None if pd.isna(value) else value for value in values.astype(object)]


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4547"])
def test_gdal_reads_back_every_layer_as_it_was_written(make: Any, crs: str, tmp_path: Path) -> None:
    path = written(make, tmp_path, crs=crs)
    layers = layers_of(make())
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        *(layer.name for layer in layers if layer.shape),
        *(layer.name for layer in layers if not layer.shape),
        "layer_styles",
        "about",
    ]
    for layer in layers:
        read = pyogrio.read_dataframe(path, layer=layer.name)
        given = layer.drawn.set_axis(list(column_names(layer)), axis="columns")
        assert [name for name in read.columns if name != "geometry"] == list(given)
        for name in given:
            assert plain(read[name]) == plain(given[name]), (layer.name, name)
        if layer.shape:
            assert read.crs.to_epsg() == int(crs.removeprefix("EPSG:"))
            assert same_shapes(layer.shapes(crs), read.geometry.to_numpy(), 0)
            info = pyogrio.read_info(path, layer=layer.name)
            assert info["geometry_type"] == layer.geometry_type
            assert info["layer_metadata"]["IDENTIFIER"] == f"{layer.title} {layer.name}"


@pytest.mark.slow
def test_a_row_without_a_place_is_there_and_has_none(tmp_path: Path) -> None:
    hydrants = pyogrio.read_dataframe(written(quyang, tmp_path), layer="hydrants")
    assert (len(hydrants), int(hydrants.geometry.isna().sum())) == (107, 49)


@pytest.mark.slow
def test_columns_that_would_clash_are_told_apart(tmp_path: Path) -> None:
    (parcels,) = (each for each in layers_of(town_of_all()) if each.name == "parcels")
    names = column_names(parcels)
    assert (names["Name_2"], names["fid_2"]) == ("Name_2", "fid")
    read = pyogrio.read_dataframe(written(town_of_all, tmp_path), layer="parcels")
    assert read["fid_2"].tolist() == ["7"] * len(HOSTILE)
    assert read["长长的中文字段名称"].tolist() == ["值"] * len(HOSTILE)


@pytest.mark.slow
@BOTH
def test_the_same_results_give_the_same_bytes(make: Any, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, second = written(make, tmp_path), written(make, tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_the_file_says_what_it_rests_on_and_its_scenario_can_be_asked_again(tmp_path: Path) -> None:
    path = written(town_of_all, tmp_path)
    about = pyogrio.read_dataframe(path, layer="about").set_index("item")["value"]
    answer = town_of_all()
    assert scenario_from_json(about["scenario"], "about") == answer.scenario
    assert about["digest"] == answer.county.digest
    assert json.loads(about["network"])["data_date"] == "2026-01-05"
    assert "OpenStreetMap contributors" in about["odbl_notice"]
    told = pyogrio.read_info(path, layer="parcels")["dataset_metadata"]["about"]
    assert json.loads(told)["version"] == about["version"]
    with closing(sqlite3.connect(path)) as file:
        (kept,) = file.execute("SELECT metadata FROM gpkg_metadata").fetchone()
        assert answer.county.digest in kept
        (opened,) = file.execute("PRAGMA user_version").fetchone()
        assert opened == 10200


@pytest.mark.slow
def test_columns_have_their_titles_as_aliases_in_the_readers_language(tmp_path: Path) -> None:
    for language, title in (("zh", "结论"), ("en", "verdict")):
        with closing(sqlite3.connect(written(quyang, tmp_path, language))) as file:
            asked = "SELECT title FROM gpkg_data_columns WHERE table_name='parcels' AND column_name='verdict'"
            assert file.execute(asked).fetchone() == (title,)
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_style_is_whole_xml_whatever_stands_in_names() -> None:
    for layer in layers_of(town_of_all()):
        columns = {f"{name} {HOSTILE[4]}".replace("\x00", ""): name for name in column_names(layer)}
        style = ElementTree.fromstring(qml(layer, "zh", columns).split("\n", 1)[1])  # noqa: S314 - our own
        assert [each.get("field") for each in style.iter("alias")] == list(columns)
    zones = next(each for each in layers_of(town_of_all()) if each.name == "zones")
    text = qml(zones, "zh", column_names(zones))
    assert "<img" not in text
    assert "&lt;img" in text


@pytest.mark.slow
def test_a_layer_without_rows_is_written_with_its_columns(tmp_path: Path) -> None:
    overlap = pyogrio.read_info(written(quyang, tmp_path), layer="overlap")
    assert overlap["features"] == 0
    assert list(overlap["fields"]) == ["stations", "area_m2", KIND_COLUMN]


@pytest.mark.slow
@needs_ogrinfo
def test_ogrinfo_reads_every_layer_and_warns_of_nothing(tmp_path: Path) -> None:
    path = written(town_of_all, tmp_path)
    for layer in layers_of(town_of_all()):
        said = ogrinfo("-so", "-nomd", str(path), layer.name)
        assert f"Feature Count: {len(layer.table)}\n" in said
        assert "Warning" not in said
        assert f"Layer name: {layer.name}\n" in said


def _hex(rgba: str) -> str:
    red, green, blue, *_ = (int(each) for each in rgba.split(","))
    return f"#{red:02X}{green:02X}{blue:02X}"


@pytest.mark.slow
@BOTH
def test_qgis_opens_every_layer_with_the_colours_and_dashes_of_the_map(make: Any, tmp_path: Path) -> None:
    needs_qgis()
    layers = [each for each in layers_of(make()) if each.drawing is not None]
    found = seen_by_qgis(written(make, tmp_path, crs="EPSG:4547"), [each.name for each in layers])
    edges = {"area": "SimpleLine", "line": "SimpleLine", "point": "SimpleMarker"}
    for layer in layers:
        seen = found[layer.name]
        assert seen["valid"]
        assert (seen["rows"], seen["crs"]) == (len(layer.table), "EPSG:4547")
        assert (seen["renderer"], seen["attribute"]) == ("categorizedSymbol", KIND_COLUMN)
        assert layer.drawing is not None
        assert {k: v["label"] for k, v in seen["categories"].items()} == dict(layer.drawing.labels)
        for kind, category in seen["categories"].items():
            look = layer.drawing.styles[kind]
            parts = dict(category["layers"])
            edge = parts[edges[layer.shape]]
            colour, width = (
                ("outline_color", "outline_width") if layer.shape == "point" else ("line_color", "line_width")
            )
            assert _hex(edge[colour]) == look["color"].upper()
            assert float(edge[width]) == pytest.approx(look["weight"] * 25.4 / 96, abs=0.006)
            if layer.shape != "point":
                dashed = edge["use_custom_dash"] == "1"
                assert dashed is bool(look["dashArray"])
            if layer.shape == "area":
                assert _hex(parts["SimpleFill"]["color"]) == look["fillColor"].upper()
                alpha = int(parts["SimpleFill"]["color"].split(",")[3])
                assert alpha == round(look["fillOpacity"] * 255)
            letters = [
                own["chr"] for name, own in category["layers"] + category["sign"] if name == "FontMarker"
            ]
            sign = layer.drawing.signs.get(kind, look)
            assert letters == ([sign["letter"]] if sign.get("letter") else [])


@pytest.mark.slow
def test_qgis_shows_the_words_of_columns_and_codes(tmp_path: Path) -> None:
    needs_qgis()
    parcels = seen_by_qgis(written(quyang, tmp_path), ["parcels"])["parcels"]
    assert parcels["aliases"]["arrival_s"] == "到场时间，最不利处（秒）"
    assert parcels["widgets"]["verdict"] == "ValueMap"
    assert parcels["widgets"]["reason"] != "ValueMap"
    assert np.all([parcels["aliases"][name] for name in ("parcel_no", "verdict", KIND_COLUMN)])


@pytest.mark.slow
def test_qgis_draws_what_is_only_drawn_thin_and_dashed(tmp_path: Path) -> None:
    needs_qgis()
    joint = seen_by_qgis(written(quyang, tmp_path), ["water_joint"])["water_joint"]
    assert all(kind.endswith("_drawn") for kind in joint["categories"])
    for category in joint["categories"].values():
        ((_, line),) = category["layers"]
        assert line["use_custom_dash"] == "1"
        assert float(line["line_width"]) < 0.6
