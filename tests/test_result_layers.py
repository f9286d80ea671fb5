"""The results as layers: every column and code in words, every row drawn as on the map."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.result_layers import DRAWINGS, FROM_STREETS
from analysis.results import RESULT_FILES, RESULT_TABLES, WATER_FILES, WATER_TABLES, result_files
from geo.field_words import CODE_GROUPS, code_words, field_title
from geo.result_layer import ResultLayer, cut_text, distinct_names, plain_columns
from geo.words import LANGUAGES
from tests.handed_on import layers_of, quyang, town_of_all
from views.force import force_layer
from views.joint import joint_layer
from views.layers import band_layer, cover_layer
from views.sites import crane_layer, hydrant_layer, parcel_layer, station_layer
from views.water_layers import gap_layer
from views.wording import Words
from views.zones import overlap_layer, zone_layer

BOTH = pytest.mark.parametrize("make", [quyang, town_of_all], ids=["quyang", "town"])
OWN = {
    "quyang": {
        "approval_in_text", "planned_use_in_text", "further_lines", "site_area_as_printed", "site_area_note",
        "site_area_scope", "building_area_as_printed", "building_area_m2", "crew_parts", "crew_as_printed", "crew_note",
        "period_as_printed", "investment_wan_yuan", "pressure_as_printed", "flow_as_printed",
    }
}  # fmt: skip
"""Columns of the county's own files, which the program has no words for."""


def test_every_table_has_a_file_and_every_table_with_places_a_drawing() -> None:
    assert {name.rsplit(".", 1)[0] for name in RESULT_FILES} == {*RESULT_TABLES, "summary"}
    of_water = {f"water_{name.rsplit('.', 1)[0].removeprefix('water_')}" for name in WATER_FILES}
    assert of_water | {"water_spacing_streets"} == {
        f"water_{name.removeprefix('water_')}" for name in (*WATER_TABLES, "summary")
    }
    placed = {name for name, table in (RESULT_TABLES | WATER_TABLES).items() if table.shape}
    assert set(DRAWINGS) == placed
    assert placed > FROM_STREETS


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_computed_column_has_its_title(language: str) -> None:
    for layer in layers_of(quyang()):
        untitled = {str(name) for name in layer.table if not field_title(language, layer.name, str(name))}
        assert untitled - OWN["quyang"] - {"shape", "bound_shape"} == set(), layer.name


UNPLACED = {"reason", "joint_reason", "hose_reason", "shuttle_state"}


@pytest.mark.slow
@BOTH
def test_every_code_that_stands_in_a_table_has_its_words(make: Any) -> None:
    seen = set()
    for layer in layers_of(make()):
        for name in layer.columns:
            codes = code_words("zh", layer.name, str(name))
            if not codes:
                continue
            cells = layer.columns[name].dropna().tolist()
            found = {part for cell in cells for part in str(cell).split(",")}
            # Where a place was not found, the reason is one of those, whose words take names.
            unplaced = {"village_without_point"} if name in UNPLACED else set()
            assert found - set(codes) - unplaced == set(), (layer.name, name)
            seen.add(name)
    assert len(seen) > 20


def test_the_words_of_codes_are_asked_for_where_they_are() -> None:
    for column in CODE_GROUPS:
        layer, _, name = column.rpartition(".")
        zh, en = (code_words(language, layer, name) for language in LANGUAGES)
        assert zh.keys() == en.keys() != set(), column


@BOTH
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_is_drawn_and_every_kind_has_a_style_and_a_word(make: Any, language: str) -> None:
    not_drawn = {"coverage": "station_id", "hydrant_cover": "layout"}
    for layer in layers_of(make(), language):
        assert layer.title
        if layer.drawing is None:
            continue
        kinds = pd.Series(layer.drawing.kinds, dtype=object)
        assert len(kinds) == len(layer.table)
        there = set(kinds.dropna())
        assert there <= set(layer.drawing.styles)
        assert there == set(layer.drawing.labels)
        assert kinds.notna().all() or layer.name in not_drawn


KINDS_OF_LAYERS: dict[str, Any] = {
    "parcels": parcel_layer, "stations": station_layer, "hydrants": hydrant_layer, "cranes": crane_layer,
    "coverage": band_layer, "zones": zone_layer, "overlap": overlap_layer, "force": force_layer,
    "hydrant_cover": cover_layer, "hydrant_gaps": gap_layer, "water_joint": joint_layer,
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("name", KINDS_OF_LAYERS)
def test_files_draw_what_the_map_draws(make: Any, name: str) -> None:
    answer = make()
    mapped = KINDS_OF_LAYERS[name](answer, Words("zh"))
    (layer,) = (each for each in layers_of(answer) if each.name == name)
    assert layer.drawing is not None
    on_map = {each["properties"]["k"] for each in json.loads(mapped.content)["features"]}
    shapes = layer.table.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    ours = {each for each in layer.drawing.kinds[placed] if each is not None}
    signs = {each for each in on_map if each.endswith("_sign") or each in {"zone_letter", "rank"}}
    assert ours == on_map - signs
    for kind in ours:
        assert dict(layer.drawing.styles[kind]) == dict(mapped.styles[kind])


def test_what_lies_on_schematic_streets_says_so_in_title_and_legend() -> None:
    for layer in layers_of(quyang()):
        assert ("示意" in layer.title) is (layer.name in FROM_STREETS), layer.name
        if layer.name in {"streets", "coverage", "zones", "force", "water_shuttle"}:
            assert layer.drawing is not None
            assert all("示意" in word for word in layer.drawing.labels.values())
    for layer in layers_of(town_of_all()):
        assert "示意" not in layer.title


def test_geojson_holds_what_layers_hold() -> None:
    files = result_files(quyang())
    for layer in layers_of(quyang()):
        if layer.name in RESULT_TABLES and layer.shape:
            features = json.loads(files[f"{layer.name}.geojson"])["features"]
            names = set(features[0]["properties"]) if features else set(layer.columns)
            assert (len(features), names) == (len(layer.table), set(layer.columns))


def test_columns_are_of_few_types_and_keep_their_values() -> None:
    table = pd.DataFrame({
        "text": ["a", None], "whole": [1, 2], "maybe": pd.array([1, None], dtype="Int64"), "real": [1.5, np.inf],
        "yes": [True, False], "perhaps": [None, True], "list": [(1, "二"), ()], "mixed": [1, "one"],
        "counts": [3, None], "big": [2**70, 1], "day": [pd.Timestamp("2026-01-05"), pd.NaT], "none": [None, None],
    }, index=[7, 3])  # fmt: skip
    table["counts"] = table["counts"].astype(object)
    plain = plain_columns(table)
    assert plain.index.tolist() == [7, 3]
    assert {name: str(plain[name].dtype) for name in plain} == {
        "text": "object", "whole": "Int64", "maybe": "Int64", "real": "float64", "yes": "boolean", "perhaps": "boolean",
        "list": "object", "mixed": "object", "counts": "float64", "big": "float64", "day": "object", "none": "object",
    }  # fmt: skip
    assert plain["list"].tolist() == ['[1, "二"]', None]
    assert plain["mixed"].tolist() == ["1", "one"]
    assert plain["day"].tolist() == ["2026-01-05T00:00:00", None]
    assert plain["perhaps"].isna().tolist() == [True, False]
    assert np.isnan(plain["real"].iloc[1])


def test_names_are_told_apart_in_any_size_of_letters_and_cut_at_whole_characters() -> None:
    assert distinct_names(["Name", "name", "NAME", "fid"], taken=["FID"]) == [
        "Name",
        "name_2",
        "NAME_3",
        "fid_2",
    ]
    assert distinct_names(["长长的字段", "长长的数"], length=10) == ["长长的", "长长_2"]
    assert cut_text("长" * 100, 254) == "长" * 84
    assert cut_text("abc", None) == "abc"


def test_shapes_that_are_not_the_layers_own_are_refused() -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(114, 38)], crs="EPSG:4326")
    with pytest.raises(ValueError, match="no area"):
        ResultLayer("x", "x", frame, "area").shapes("EPSG:4326")
