"""Which column is which, which layer a file is, and what its words mean: proposed from names, never two in silence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shapely

from geo.crs import shapes_of
from geo.fields import field_names, guess_fields, name_key
from geo.layer_guess import GUESSED, ROADS, guess_layer, misplaced
from geo.layers import LAYERS
from geo.list_words import known_words, says_nothing, status_code, status_words
from geo.tables import read_rows, table_of
from geo.words import LANGUAGES, words

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parent.parent / "data"
FILLED = [each for each in LAYERS if LAYERS[each].folder != "plan"]


def headed(*names: str, rows: int = 1) -> pd.DataFrame:
    return table_of({name: ["x"] * rows for name in names}, rows)


def taken(layer: str, *names: str) -> dict[str, tuple[str, str, str]]:
    return {
        each.ours: (each.theirs, each.unit, each.why)
        for each in guess_fields(headed(*names), layer)
        if each.sure
    }


def test_a_chinese_list_of_hydrants_needs_no_help() -> None:
    names = "序号 消火栓编号 所在道路 管径（mm） 压力/MPa 流量（L/s） 使用状态 经度 纬度 检查日期"
    assert taken("hydrants", *names.split()) == {
        "hydrant_id": ("消火栓编号", "", "name"), "road": ("所在道路", "", "name"),
        "dn_mm": ("管径（mm）", "mm", "name"), "pressure_mpa": ("压力/MPa", "MPa", "name"),
        "flow_lps": ("流量（L/s）", "L/s", "name"), "status": ("使用状态", "", "name"),
        "lon": ("经度", "", "name"), "lat": ("纬度", "", "name"),
        "checked": ("检查日期", "", "name"),
    }  # fmt: skip


def test_the_table_of_the_bulletin_needs_no_help() -> None:
    found = taken(
        "parcels",
        "序号",
        "土地储备项目名称",
        "区域",
        "权属",
        "位置",
        "面积(亩)",
        "批准文号及批准时间",
        "规划用途",
        "备注",
    )
    assert found["parcel_no"] == ("土地储备项目名称", "", "instead")
    assert found["name"][0] == "土地储备项目名称"
    assert found["area_mu"] == ("面积(亩)", "亩", "name")
    assert set(found) == {
        "seq", "parcel_no", "name", "township", "holder", "location_text", "area_mu", "approval", "planned_use",
        "remark",
    }  # fmt: skip


@pytest.mark.parametrize(
    "header",
    ["压力", "压 力", "压力（兆帕）", "压力(MPa)", "压力/MPa", "压力_mpa", "压力 MPa", "压力，ＭＰａ",
     "压力【单位：MPa】", "PRESSURE (MPA)", "Pressure_MPa", "pressure_mpa", "*压力：", "压力MPa"],
)  # fmt: skip
def test_width_capitals_blanks_and_units_do_not_hide_a_name(header: str) -> None:
    assert taken("hydrants", header)["pressure_mpa"][0] == header


def test_a_unit_in_the_header_is_known_by_its_kind() -> None:
    assert taken("parcels", "用地面积（公顷）")["area_mu"][1] == "ha"
    assert taken("parcels", "面积㎡")["area_mu"][1] == "m²"
    assert taken("hydrants", "流量 m³/h")["flow_lps"][1] == "m³/h"
    assert taken("hydrants", "水压(公斤)")["pressure_mpa"][1] == "kgf/cm²"
    found = guess_fields(headed("面积（万元）"), "parcels")
    assert [(each.ours, each.why, each.sure) for each in found] == [("area_mu", "unit", False)]


def test_two_columns_for_one_of_ours_are_both_named_and_none_is_taken() -> None:
    found = guess_fields(headed("消火栓编号", "压力", "静压(kPa)"), "hydrants")
    assert [(each.ours, each.theirs, each.why, each.sure) for each in found] == [
        ("hydrant_id", "消火栓编号", "name", True),
        ("pressure_mpa", "压力", "several", False), ("pressure_mpa", "静压(kPa)", "several", False),
    ]  # fmt: skip


def test_a_column_in_which_nothing_stands_is_no_second_one() -> None:
    table = table_of({"压力": [0.3], "静压": [None]}, 1)
    assert [(each.theirs, each.sure) for each in guess_fields(table, "hydrants")] == [("压力", True)]


def test_a_better_name_goes_before_a_general_one_which_is_told() -> None:
    found = guess_fields(headed("编号", "消火栓编号", "口径", "管径"), "hydrants")
    assert [(each.ours, each.theirs, each.why, each.sure) for each in found] == [
        ("hydrant_id", "消火栓编号", "name", True), ("hydrant_id", "编号", "also", False),
        ("dn_mm", "管径", "name", True), ("dn_mm", "口径", "also", False),
    ]  # fmt: skip
    assert taken("hydrants", "编号", "口径")["hydrant_id"] == ("编号", "", "instead")


def test_our_own_names_go_before_all_others() -> None:
    found = guess_fields(headed("status", "使用状态"), "hydrants")
    assert [(each.theirs, each.why, each.sure) for each in found] == [
        ("status", "own", True), ("使用状态", "also", False),
    ]  # fmt: skip


def test_official_identifiers_are_known_as_such() -> None:
    found = guess_fields(headed("XHS_TYWYSBM", "gw_yl"), "hydrants")
    assert [(each.ours, each.theirs, each.why) for each in found] == [
        ("hydrant_id", "XHS_TYWYSBM", "official"), ("pressure_mpa", "gw_yl", "official"),
    ]  # fmt: skip


def test_a_name_that_only_holds_a_known_one_is_proposed_and_not_taken() -> None:
    found = guess_fields(headed("现状土地规划用途"), "parcels")
    assert [(each.ours, each.why, each.sure) for each in found] == [("planned_use", "part", False)]


def test_coordinates_of_rows_with_shapes_are_nobodys() -> None:
    assert {each.ours for each in guess_fields(headed("经度", "纬度"), "hydrants")} == {"lon", "lat"}
    assert guess_fields(headed("经度", "纬度"), "hydrants", placed=True) == ()
    assert guess_fields(headed("经度", "纬度"), "vehicles") == ()


@pytest.mark.parametrize("layer", [*LAYERS, ROADS])
def test_no_name_is_known_for_two_columns_of_one_layer(layer: str) -> None:
    counted = Counter(key for names in field_names(layer).names.values() for key in names)
    assert [key for key, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layer", FILLED)
def test_the_labels_of_our_columns_are_names_of_them(layer: str, language: str) -> None:
    labels = {ours: words(language)[f"field.{ours}"] for ours in LAYERS[layer].names}
    known = field_names(layer).names
    assert [
        ours for ours, label in labels.items() if known[ours] and name_key(label) not in known[ours]
    ] == []


# ---- layers


def test_a_layer_is_known_by_its_columns_words_and_shapes() -> None:
    points, _lines = shapes_of([shapely.Point(114, 38)]), shapes_of([shapely.LineString([(0, 0), (1, 1)])])
    assert guess_layer(headed("消火栓编号", "管径", "流量"), points)[0].layer == "hydrants"
    assert guess_layer(headed("水鹤编号", "管径", "流量"), points)[0].layer == "cranes"
    assert guess_layer(headed("地块编号", "面积", "规划用途"))[0].layer == "parcels"
    assert guess_layer(headed("地块编号", "分块编号", "面积"))[0].layer == "sub_blocks"
    assert guess_layer(headed("车牌号", "车型", "载水量"))[0].layer == "vehicles"
    assert (
        guess_layer(headed("fclass", "oneway", "name"), shapes_of([shapely.LineString([(0, 0), (1, 1)])]))[
            0
        ].layer
        == ROADS
    )
    said = guess_layer(table_of({"编号": [1, 2], "类型": ["市政消火栓", "市政消火栓"]}, 2), points)[0]
    assert (said.layer, [code for code, _ in said.reasons]) == ("hydrants", ["words", "shapes"])
    for language in LANGUAGES:
        assert said.text(language)
    assert guess_layer(table_of({"a": [1]}, 1)) == ()


def test_a_list_without_a_type_is_of_hydrants_unless_something_names_a_water_crane() -> None:
    plain = headed("编号", "所在道路", "管径", "使用状态")
    assert guess_layer(plain)[0].layer == "hydrants"
    # Two columns that may be the main of a hydrant, one that may be that of a crane: no more speaks for cranes.
    several = headed("编号", "所在道路", "管径", "管道口径", "加水流量")
    points = {each.layer: each.points for each in guess_layer(several)}
    assert guess_layer(several)[0].layer == "hydrants"
    assert points["cranes"] <= points["hydrants"]
    for name, layer in (
        ("曲阳县消防水鹤.xlsx", "cranes"),
        ("县城消防栓台账.xlsx", "hydrants"),
        ("台账.xlsx", "hydrants"),
    ):
        assert guess_layer(plain, name=name)[0].layer == layer
        assert guess_layer(several, name=name)[0].layer == layer
    assert guess_layer(headed("编号", "所在道路", "管径", "水鹤位置"))[0].layer == "cranes"
    both = guess_layer(plain, name="消火栓、水鹤台账.xlsx")
    assert [each.layer for each in both[:2]] == ["hydrants", "cranes"]
    said = guess_layer(plain, name="县城消防栓台账.xlsx")[0]
    assert all("消防栓" in said.text(language) for language in LANGUAGES)


def test_shapes_that_a_layer_cannot_hold_put_it_last() -> None:
    square = shapes_of([shapely.box(114, 38, 114.1, 38.1)])
    found = guess_layer(headed("消火栓编号", "管径", "面积"), square)
    assert not next(each for each in found if each.layer == "hydrants").possible
    assert found[0].possible


def test_a_file_in_the_wrong_layer_is_told_and_streets_are_sent_to_build() -> None:
    hydrants = guess_layer(headed("消火栓编号", "管径", "流量"))
    assert [(each.code, each.warning) for each in misplaced("stations", hydrants, "f")] == [
        ("layer_unlike", True)
    ]
    assert misplaced("hydrants", hydrants, "f") == []
    streets = guess_layer(
        headed("fclass", "oneway", "maxspeed"), shapes_of([shapely.LineString([(0, 0), (1, 1)])])
    )
    assert [(each.code, each.warning) for each in misplaced("parcels", streets, "f")] == [
        ("roads_by_build", False)
    ]
    assert misplaced("barriers", streets, "f") == [], "lines of railways may have such columns too"


@pytest.mark.parametrize(
    ("file", "layer"),
    [
        ("cambridge/INFRA_Hydrants.geojson", "hydrants"), ("cambridge/PUBLICSAFETY_FireStations.geojson", "stations"),
        ("cambridge/TRANS_Centerlines.geojson", ROADS), ("lake-county/Fire_Hydrants.csv", "hydrants"),
        ("baoding-lianchi/baoding_lianchi_roads.gpkg", ROADS), ("quyang/quyang-places.csv", "places"),
    ],
)  # fmt: skip
def test_real_files_are_known_for_what_they_are(real_data: Path, file: str, layer: str) -> None:
    rows = read_rows(real_data / file, layer="roads_1")
    assert guess_layer(rows.table, rows.geometry)[0].layer == layer


def test_the_layers_of_the_county_that_comes_along_are_known_for_what_they_are() -> None:
    data = LAYERS.keys() & set(GUESSED)
    for layer in data:
        path = next((each for each in [ROOT / LAYERS[layer].folder / f"{layer}.csv"] if each.is_file()), None)
        if path is not None:
            assert guess_layer(read_rows(path).table)[0].layer == layer


# ---- words


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("在用", "in_use"), ("完好", "in_use"), ("正 常", "in_use"), ("已完成", "in_use"), ("In Service", "in_use"),
        ("在建", "under_construction"), ("主体工程正在建设", "under_construction"), ("拟建", "not_built"),
        ("未完成", "not_built"),
        ("损坏", "out_of_service"), ("停用", "out_of_service"), ("拆除", "out_of_service"), ("不详", "unknown"),
        ("在用（完好）", "in_use"), ("在用（损坏）", None), ("ACT", None), ("1", None), ("已入库", None), ("是", None),
    ],
)  # fmt: skip
def test_a_word_is_a_status_where_the_whole_cell_is_known(word: str, code: str | None) -> None:
    assert status_code(word, "状态") == code


def test_yes_and_no_answer_the_question_of_the_header() -> None:
    assert [status_code(each, "是否完好") for each in ("是", "否")] == ["in_use", "out_of_service"]
    assert [status_code(each, "是否损坏") for each in ("是", "否")] == ["out_of_service", "in_use"]
    assert status_code("在用", "是否完好") == "in_use"


def test_what_is_said_of_a_status_goes_before_what_is_known_and_the_rest_stays_open() -> None:
    values = ["在用", "坏", "坏", "ACT", None, "in_use"]
    read = status_words(values, "状态", {"坏": "unknown"})
    assert {word: (each.ours, each.rows, each.why) for word, each in read.items()} == {
        "在用": ("in_use", 1, "word"), "坏": ("unknown", 2, "given"), "ACT": (None, 1, ""),
        "in_use": ("in_use", 1, "own"),
    }  # fmt: skip
    left = status_words(values, "状态", {"": "unknown"}, leave_unknown=True)
    assert (left["ACT"].ours, left["ACT"].why, left[""].why) == ("unknown", "left", "given")


@pytest.mark.parametrize("kind", ["status", "main_form", "answer", "source_kind", "barrier"])
def test_no_word_means_two_things(kind: str) -> None:
    assert known_words(kind)
    from geo.list_words import _file

    counted = Counter(name_key(each) for listed in _file()[kind].values() for each in set(listed))
    assert [word for word, count in counted.items() if count > 1] == []


def test_signs_for_nothing_are_nothing_and_nought_is_something() -> None:
    assert [says_nothing(each) for each in ("/", "—", "不详", "N/A", "0", "无", "", 0, None)] == [
        True, True, True, True, False, False, False, False, False,
    ]  # fmt: skip
