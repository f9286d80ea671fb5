"""The page without a browser: figures, choices, languages, sessions, and what it sends to the map."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from analysis.assessment import assess
from analysis.calibration import Calibration, calibrate
from analysis.closures import EFFECTS, Closure, acting_nowhere
from analysis.map_kinds import force_kinds, letter_of
from analysis.network_health import health_places
from analysis.rule_check import fleet_table, rule_table
from analysis.rules import preset
from analysis.scenario import (
    Scenario,
    Targets,
    check_targets,
    choice_targets,
    numeric_targets,
    scenario_from_json,
    vehicle_sizes,
)
from analysis.scenario_rules import scenario_rule_table
from analysis.standards import JUNCTION_DELAYS_S, PROFILES
from analysis.vehicle_limits import Vehicle
from geo import map_style as style
from geo.cells import BARRIERS
from geo.county import read_county
from geo.health import PLACES
from geo.map_features import to_wgs84
from geo.map_style import zone_styles
from geo.rule_pack import PACKS, read_pack
from geo.words import words
from views.answers import assessment_of, county_folder, county_of, folder_stamp
from views.arrival import street_layer
from views.card import bound_proof
from views.choices import FIRST, FURTHER, planned_years
from views.closures import close_at
from views.downloads import ORDER
from views.driving import DELAYS, speed_table, speeds_changed
from views.facts import missing_lines
from views.force import force_layer
from views.layers import map_layers
from views.network_facts import note_line
from views.network_marks import barrier_layer, closure_layer, health_layer
from views.panels import PANELS, calibration_rows
from views.rule_panels import fleet_row, rule_row
from views.selection import PARCEL, table_key
from views.share_panel import share_rows
from views.sites import parcel_layer
from views.table import (
    COMPUTED_COLUMNS,
    MOST_COMPUTED_PX,
    NUMBERS,
    PLAN_COLUMNS,
    aligned,
    column_settings,
    plan_table,
    total_line,
)
from views.vehicle import sized_vehicles
from views.way import ledger_rows, station_name, way_of
from views.widths import text_px
from views.wording import Words, plain
from views.zones import overlap_layer, second_due, zone_layer

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.maps import MapLayer

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
PLAN_HEADS = (
    "序号", "土地储备项目名称", "区域", "权属", "位置", "面积(亩)", "批准文号及批准时间", "规划用途", "备注",
)  # fmt: skip
"""Heads of the plan's table, bulletin line 77."""


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTY_DIR", raising=False)


def opened(query: dict[str, str] | None = None) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in (query or {}).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def map_arguments(page: AppTest) -> dict[str, Any]:
    """What the page sends to the map component."""
    sent = [json.loads(each.proto.json_args) for each in page.get("component_instance")]
    assert len(sent) == 1
    return dict(sent[0])


def figure(page: AppTest, label: str) -> str:
    return str(next(each.value for each in page.metric if each.label == label))


def below(page: AppTest, label: str) -> str:
    """The small line of a figure, with plain spaces."""
    return str(next(each.delta for each in page.metric if each.label == label)).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(read_county(DATA), Scenario())


@pytest.mark.slow
def test_figures_are_those_of_the_assessment(assessment: Assessment) -> None:
    page, zh = opened(), Words("zh")
    share = assessment.summary["area_share"]
    assert figure(page, "5分钟可达面积") == zh.share_range(share["low"], share["high"])
    assert figure(page, "已建消火栓") == "58 / 107 座"
    assert figure(page, "已建消防水鹤") == "2 / 4 座"
    assert figure(page, "可达的储备地块") == "0 / 5 宗"
    assert "不可达 3 宗 180.35 亩" in below(page, "可达的储备地块")
    assert below(page, "5分钟可达面积") == "示意；目标 80 %；占研究范围 8.12 平方公里"
    assert "目标 100 %；占研究范围 8.12 平方公里；均匀 30.0 %" in below(page, "消火栓150米覆盖")


def test_parcel_area_is_held_against_the_target_and_names_its_denominator(assessment: Assessment) -> None:
    share = assessment.summary["parcel_share"]
    said = below(opened(), "可达的储备地块")
    assert said.startswith(f"占 319.56 亩的 {share['covered'] * 100:.1f} %；目标 80 %；")


@pytest.mark.slow
def test_a_share_without_streets_is_not_nought(other_county: Path) -> None:
    shutil.rmtree(other_county / "roads")
    page = opened()
    assert figure(page, "5分钟可达面积") == "未分析"
    assert figure(page, "5分钟可达街道") == "未分析"
    assert "0.0" not in below(page, "5分钟可达街道")


@pytest.mark.slow
def test_without_parcels_nobody_is_asked_to_choose_one(other_county: Path) -> None:
    shutil.rmtree(other_county / "parcels")
    page = opened()
    assert not any("点一宗地块" in each.value for each in page.caption)
    assert figure(page, "可达的储备地块") == "—"


def test_only_what_verdicts_rest_on_is_called_missing() -> None:
    zh = Words("zh")
    assert missing_lines([], zh) == []
    lines = missing_lines(["boundary", "stations", "study_area"], zh)
    assert len(lines) == 2
    assert "消防站" in lines[0]
    assert "县界" not in lines[0]
    assert "县界、研究范围" in lines[1]
    assert not any("缺少的数据" in line for line in missing_lines(["boundary"], zh))


@pytest.mark.parametrize(
    ("bound_m", "bound_kph", "reason", "said", "unsaid"),
    [
        (0.0, 0.0, "schematic_network", "直线距离不能判定", "公里/小时"),
        (2200.0, 29.3, "no_place", "29 公里/小时即可", "倍"),
        (30000.0, 400.0, "bound", "4.00 倍", "不能判定"),
        (float("nan"), float("nan"), "no_network", "无从计算", "公里/小时"),
    ],
)
def test_the_bound_speaks_in_numbers_only_where_they_say_something(
    assessment: Assessment, bound_m: float, bound_kph: float, reason: str, said: str, unsaid: str
) -> None:
    row = SimpleNamespace(bound_m=bound_m, bound_kph=bound_kph, reason=reason)
    text = bound_proof(assessment, row, Words("zh"))
    assert said in text
    assert unsaid not in text


def test_the_english_page_credits_drawn_streets_in_english() -> None:
    page = opened({"lang": "en"})
    script = map_arguments(page)["script"]
    assert "Streets drawn from street names" in script
    assert json.dumps("由公报")[1:-1] not in script
    assert "由公报" not in script


def test_the_schematic_network_is_named_and_the_real_one_offered() -> None:
    page = opened()
    assert any("示意路网，非实测" in each.proto.body for each in page.get("html"))
    assert any("fetch --place" in each.value for each in page.code)
    assert any(each.key == "fetch" for each in page.button)


def test_the_fact_of_the_plan_is_said() -> None:
    page = opened()
    said = [each.value.replace("\\", "") for each in page.info]
    assert any("96.8 %" in each and "309.36 亩" in each for each in said)


def test_the_plan_comes_first_in_its_own_order(assessment: Assessment) -> None:
    table = plan_table(assessment, Words("zh"))
    cells = table.cells
    assert tuple(words("zh")[f"column.{name}"] for name in cells.columns[:9]) == PLAN_HEADS
    there = [name for name in COMPUTED_COLUMNS if name != "covered_share"]
    assert list(cells.columns) == [*PLAN_COLUMNS, *there], "no share of an area is said of drawn streets"
    assert cells["area_mu"].sum() == pytest.approx(319.56)
    assert cells["seq"].tolist() == [1, 2, 3, 4, 5]
    assert "319.56 亩" in total_line(assessment, Words("zh"))
    assert cells["verdict"].tolist() == ["– 未分析", "? 视条件而定", *["✕ 不可达"] * 3]
    assert cells["arrival"].tolist()[1] == "6分47秒（示意）"
    assert cells["hydrant_m"].tolist()[1] == pytest.approx(assessment.parcels["hydrant_m"].iloc[1])
    assert cells["use"].tolist() == ["居住用地", "商业用地", "居住用地", "居住用地", "教育用地"]
    assert table.ids == tuple(assessment.parcels["parcel_no"])


def test_times_in_the_table_sort_as_numbers_do() -> None:
    zh = Words("zh")
    told = aligned([zh.minutes(each) for each in (605, None, 59, 300, 6000, 301)])
    assert [each.strip() for each in sorted(told)] == [
        "", "0分59秒", "5分00秒", "5分01秒", "10分05秒", "100分00秒",
    ]  # fmt: skip
    assert aligned([]) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_heads_and_computed_cells_of_the_plan_can_be_read(assessment: Assessment, language: str) -> None:
    mine = Words(language)
    table = plan_table(assessment, mine)
    for name, settings in column_settings(table, mine).items():
        assert settings["width"] >= text_px(settings["label"])
        if name in COMPUTED_COLUMNS and name not in NUMBERS:
            assert settings["width"] >= min(max(map(text_px, table.cells[name])), MOST_COMPUTED_PX)
    assert text_px("备注") < text_px("Remarks") < text_px("Remarks and more")


@pytest.mark.parametrize(
    ("query", "head"), [({}, "曲阳县"), ({"lang": "en"}, "Quyang County"), ({"lang": "xx"}, "曲阳县")]
)
def test_the_address_names_the_language(query: dict[str, str], head: str) -> None:
    assert head in opened(query).title[0].value


def test_a_language_chosen_stands_in_the_address() -> None:
    page = opened()
    page.segmented_control(key="language").set_value("en").run()
    assert page.query_params["lang"] in ("en", ["en"])
    assert "Quyang County" in page.title[0].value
    assert not page.exception


def test_every_bound_is_read_from_the_target() -> None:
    page = opened()
    targets = numeric_targets()
    fields = (*FIRST, "speed_factor", "acceleration_mps2", *DELAYS, *FURTHER)
    assert {*fields, "against_factor"} == set(targets)
    for name in fields:
        field, bounds = page.number_input(key=f"choice_{name}"), targets[name]
        assert (field.min, field.max, field.step) == (bounds["low"], bounds["high"], bounds["step"])
        assert field.value == bounds["default"]


def test_the_choices_as_they_stand_are_today_with_the_default_targets() -> None:
    page = opened()
    assert page.session_state["choice_standard"] == "cn"
    for name, known in choice_targets().items():
        field = page.selectbox(key=f"choice_{name}_zh")
        assert len(field.options) == len(known)
        assert field.value == getattr(Targets(), name)


def scenario_of(page: AppTest) -> Scenario:
    """The scenario the page's own summary file states."""
    return scenario_from_json(page.session_state["asked"])


@pytest.mark.slow
def test_every_choice_reaches_the_scenario() -> None:
    page = opened()
    assert scenario_of(page) == Scenario()
    page.selectbox(key="choice_one_way_zh").set_value("cost").run()
    page.number_input(key="choice_against_factor").set_value(2.5)
    page.selectbox(key="choice_profile_zh").set_value("peak")
    page.number_input(key="choice_signal_s").set_value(7)
    page.number_input(key="choice_snap_limit_m").set_value(200).run()
    assert not page.exception
    asked = scenario_of(page).targets
    assert (asked.one_way, asked.against_factor, asked.profile) == ("cost", 2.5, "peak")
    assert (asked.signal_s, asked.snap_limit_m, asked.left_turn_s) == (7.0, 200.0, 0.0)
    next(each for each in page.button if each.label == "采用建议值").click().run()
    asked = scenario_of(page).targets
    assert {name: getattr(asked, name) for name in JUNCTION_DELAYS_S} == dict(JUNCTION_DELAYS_S)
    next(each for each in page.button if each.label == "恢复默认").click().run()
    assert scenario_of(page) == Scenario()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("standard", "limit_s", "turnout_s"),
    [("nfpa1710", 320, 80), ("nfpa1720_rural", 840, 60), ("iso_first_due", 252, 60), ("cn", 300, 60)],
)
def test_a_standard_sets_its_times_and_bands(standard: str, limit_s: float, turnout_s: float) -> None:
    page = opened()
    page.selectbox(key="choice_standard_zh").set_value(standard).run()
    assert not page.exception
    asked = scenario_of(page).targets
    assert (asked.limit_s, asked.turnout_s) == (limit_s, turnout_s)
    assert asked.bands_s == preset(standard).get("bands_s", Targets().bands_s)
    said = "\n".join(each.value for each in page.caption)
    assert (words("zh")[f"rule.measures.{standard}"] in said) == (standard != "cn")
    page.number_input(key="choice_limit_s").set_value(600).run()
    assert scenario_of(page).targets.limit_s == 600
    said = "\n".join(each.value for each in page.caption)
    assert ("已另行改动" in said) == (standard != "cn")


def test_a_changed_speed_goes_to_its_class_and_the_links_of_it() -> None:
    table = speed_table("normal", Words("zh"))
    assert table["speed_kph"].tolist()[:3] == [60.0, 50.0, 40.0]
    speeds: list[float | None] = table["speed_kph"].tolist()
    assert speeds_changed("normal", speeds) == ()
    speeds[2], speeds[8], speeds[1], speeds[0] = 45.0, 400.0, None, float("nan")
    own = dict(speeds_changed("normal", speeds))
    assert own == {"primary": 45.0, "primary_link": 45.0, "service": 150, "pedestrian": 150, "emergency": 150}
    assert check_targets(Targets(speeds_kph=tuple(own.items()))) == []
    for profile in PROFILES:
        assert speeds_changed(profile, speed_table(profile, Words("en"))["speed_kph"].tolist()) == ()


def test_a_year_is_asked_where_something_planned_says_when_it_opens() -> None:
    county = county_of(DATA)
    assert county.network is not None
    assert planned_years(county) == [2023]
    shown = next(each for each in opened().selectbox if str(each.key).startswith("choice_year"))
    assert shown.options == ["现状", "到2023年底"]
    opens = np.zeros(county.network.n_streets, dtype=np.int16)
    opens[:2] = 2027, 2025
    planned = replace(county, network=replace(county.network, opens=opens))
    assert planned_years(planned) == [2023, 2025, 2027]


@pytest.mark.slow
def test_a_longer_turnout_reaches_less() -> None:
    page = opened()
    label = "5分钟可达街道"
    before = figure(page, label)
    page.number_input(key="choice_turnout_s").set_value(180).run()
    was, after = figure(page, label).split("→")
    assert before in was, "what it is by default stands before the arrow"
    assert float(after.strip("] ").split("–")[0].split()[0]) < float(before.split("–")[0])
    page.button[0].click()
    next(each for each in page.button if each.label == "恢复默认").click().run()
    assert figure(page, label) == before
    assert page.number_input(key="choice_turnout_s").value == 60


@pytest.mark.slow
def test_planned_works_count_when_asked() -> None:
    page = opened()
    page.toggle(key="choice_planned_works").set_value(True).run()
    assert figure(page, "已建消防水鹤") == "2 / 4 座"
    assert below(page, "已建消防水鹤") == "现计入 2 座 → 4 座"
    assert below(page, "已建消火栓") == "现计入 58 座 → 107 座；其中无位置 0 → 49 座"


def test_the_map_asks_no_other_host_and_little_is_sent() -> None:
    page = opened()
    sent = map_arguments(page)
    assert sent["js_links"]
    assert sent["css_links"]
    for link in (*sent["js_links"], *sent["css_links"]):
        assert link.startswith("../views.assets.map_files/")
    assert "http" not in sent["script"]
    assert len(json.dumps(sent)) < 60_000
    assert sent["returned_objects"] == ["last_active_drawing"]


@pytest.mark.slow
def test_a_choice_leaves_the_base_map_as_it_is() -> None:
    page = opened()
    before = map_arguments(page)
    page.number_input(key="choice_limit_s").set_value(420).run()
    after = map_arguments(page)
    assert after["script"] == before["script"], "another script would mount the map anew"
    assert after["feature_group"] != before["feature_group"]
    page.number_input(key="choice_limit_s").set_value(300).run()
    assert map_arguments(page)["feature_group"] == before["feature_group"]


@pytest.mark.slow
def test_two_readers_do_not_see_each_other() -> None:
    one, other = opened(), opened()
    one.session_state.parcel_no = "曲储【2022】04号地"
    one.number_input(key="choice_turnout_s").set_value(120)
    one.run()
    other.run()
    assert any("国用\\(\\)" not in each.value and "04号地" in each.value for each in one.markdown)
    assert "parcel_no" not in other.session_state
    assert other.number_input(key="choice_turnout_s").value == 60
    chosen = json.dumps("04号地")[1:-1]
    assert chosen in map_arguments(one)["feature_group"]
    assert chosen not in map_arguments(other)["feature_group"]


def test_the_card_proves_the_bound_and_names_the_line() -> None:
    page = opened()
    page.session_state.parcel_no = "曲储【2022】03号地"
    page.run()
    text = "\n".join(str(each.proto.body) for each in page.get("html"))
    assert "公里/小时" in text
    assert "不依靠路网即可判定" in text
    assert "第 80" in text


@pytest.mark.slow
def test_the_card_of_the_first_parcel_lists_its_blocks() -> None:
    page = opened()
    page.session_state.parcel_no = "曲储【2022】01号地"
    page.run()
    blocks = [each.value for each in page.dataframe if "地块" in each.value.columns]
    assert len(blocks) == 1
    assert blocks[0]["面积(亩)"].tolist() == [84.50, 10.19, 34.32]


def test_every_result_file_has_its_button() -> None:
    from analysis.results import RESULT_TABLES, WATER_TABLES
    from geo.formats import FORMATS

    page = opened()
    assert not page.get("download_button"), "nothing is drawn until the panel is opened"
    page.session_state.panel_downloads = True
    page.run()
    keys = {each.proto.id.rsplit("-", 1)[-1] for each in page.get("download_button")}
    assert set(ORDER) == {*FORMATS, "txt"}
    want = {"summary.json", "water_summary.json"}
    for name, table in (WATER_TABLES | RESULT_TABLES).items():
        endings = ("xlsx", "geojson", "gpkg", "kml", "fgb") if table.shape else ("xlsx", "gpkg")
        want |= {f"{name}.{ending}" for ending in endings} | ({f"{name}_shp.zip"} if table.shape else set())
        want |= {f"{name}_csv.zip"}
    for group in ("results", "water"):
        want |= {f"{group}.xlsx", f"{group}.gpkg", f"{group}_shp.zip"}
        want |= {f"{group}_{kind}.zip" for kind in ("csv", "geojson", "kml", "fgb")}
    assert keys == {f"download_{name}" for name in want}


def test_a_single_csv_brings_its_particulars_with_it() -> None:
    from analysis.handing_on import handover_of
    from views.downloads import _one

    assessment = assessment_of(county_of(DATA), Scenario())
    handover = handover_of(assessment, "zh", "wgs84")
    with zipfile.ZipFile(io.BytesIO(_one(assessment, handover, "csv", "parcels"))) as packed:
        assert packed.namelist() == ["parcels.csv", "parcels.csv-metadata.json"]
        heads = packed.read("parcels.csv").decode("utf-8-sig").splitlines()[0].split(",")
        told = json.loads(packed.read("parcels.csv-metadata.json"))
    assert told["url"] == "parcels.csv"
    assert [each["name"] for each in told["tableSchema"]["columns"]] == heads
    assert "scenario" in told["schema:about"]
    single = _one(assessment, handover, "geojson", "parcels")
    assert json.loads(single)["type"] == "FeatureCollection", "what carries its particulars itself is no zip"


@pytest.mark.slow
def test_nothing_is_written_into_what_is_kept() -> None:
    opened()
    county = county_of(DATA)
    kept = assessment_of(county, Scenario())
    columns = {
        name: list(getattr(kept, name).columns) for name in ("parcels", "stations", "hydrants", "streets")
    }
    rows = {
        name: pd.util.hash_pandas_object(pd.DataFrame(getattr(kept, name)[["name"]])).sum()
        for name in columns
    }
    page = opened({"lang": "en"})
    page.session_state.parcel_no = "曲储【2022】02号地"
    page.run()
    assert assessment_of(county, Scenario()) is kept
    for name, before in columns.items():
        assert list(getattr(kept, name).columns) == before
        assert pd.util.hash_pandas_object(pd.DataFrame(getattr(kept, name)[["name"]])).sum() == rows[name]


@pytest.fixture
def other_county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "county"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("text"))
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    return folder


@pytest.mark.slow
def test_a_changed_file_is_read_again(other_county: Path) -> None:
    page = opened()
    assert figure(page, "可达的储备地块") == "0 / 5 宗"
    before = folder_stamp(other_county)
    parcels = other_county / "parcels" / "parcels.csv"
    lines = parcels.read_text("utf-8").splitlines()
    parcels.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    assert folder_stamp(other_county) != before
    page.run()
    assert figure(page, "可达的储备地块") == "0 / 4 宗"


def test_broken_input_is_said_in_words_and_all_at_once(other_county: Path) -> None:
    parcels = other_county / "parcels" / "parcels.csv"
    parcels.write_text(parcels.read_text("utf-8").replace("129.01", "much").replace("133.35", "-3"), "utf-8")
    page = opened()
    assert len(page.error) == 1
    text = page.error[0].value
    assert text.count("parcels") >= 2
    assert "Traceback" not in text
    assert not page.metric


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["parcels", "stations", "hydrants", "roads"])
def test_a_missing_layer_is_said_and_the_rest_is_shown(other_county: Path, layer: str) -> None:
    shutil.rmtree(other_county / layer)
    page = opened()
    assert len(page.metric) == 6
    said = "\n".join(each.value for each in (*page.markdown, *page.warning, *page.info))
    assert {"parcels": "地块", "stations": "消防站", "hydrants": "消火栓", "roads": "没有路网"}[layer] in said


def test_an_empty_folder_still_gives_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "county.toml").write_text('name = "空县"\nname_en = "Empty"\n', "utf-8")
    monkeypatch.setenv("COUNTY_DIR", str(empty))
    page = opened()
    assert "空县" in page.title[0].value
    assert map_arguments(page)["js_links"]


def test_the_command_line_names_the_county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_DIR", str(tmp_path / "one"))
    assert county_folder([]) == tmp_path / "one"
    assert county_folder(["--county", "two", "--co"]) == Path("two")
    monkeypatch.delenv("COUNTY_DIR")
    assert county_folder([]) == DATA


@pytest.mark.parametrize(
    "text", ["# head", "**bold**", "<b>x</b>", ":red[x]", "$x$", "![a](http://x)", "1. one", "a|b", "~~x~~"]
)
def test_texts_of_files_are_shown_letter_by_letter(text: str) -> None:
    escaped = plain(text)
    assert escaped.replace("\\", "") == text
    for i, letter in enumerate(escaped):
        if letter in "#*<>:[]$!()|~":
            assert escaped[i - 1] == "\\"


def test_figures_are_written_as_each_language_writes_them() -> None:
    zh, en = Words("zh"), Words("en")
    assert zh.minutes(250.4) == "4分10秒"
    assert en.minutes(300) == "5 min 00 s"
    assert zh.minutes(float("inf")) == ""
    assert zh.minutes(None) == ""
    assert zh.metres(9999) == "9,999 米"
    assert zh.metres(20_880) == "20.9 公里"
    assert zh.share_range(0.2, 0.2) == "20.0\u00a0%"
    assert zh.share_range(0.2, 0.461) == "20.0–46.1\u00a0%"
    assert zh.mu(319.56) == "319.56 亩"
    assert zh.span("4分10秒", "4分10秒") == "4分10秒"
    assert zh.span("4分10秒", "5分00秒") == "4分10秒 – 5分00秒"
    assert zh.span("", "") == ""
    assert zh.of("verdict", "a new code") == "a new code"


@pytest.mark.slow
def test_the_echo_of_a_choice_made_on_the_map_changes_nothing() -> None:
    page = opened()
    page.session_state.parcel_no = "曲储【2022】04号地"
    page.run()
    assert "turn" not in page.session_state
    ids = [f"曲储【2022】0{number}号地" for number in range(1, 6)]
    assert page.session_state[table_key(PARCEL, ids)]["selection"]["rows"] == [3]


PARCEL_02 = "曲储【2022】02号地"


@pytest.mark.slow
def test_the_route_to_the_chosen_parcel_adds_up_to_its_arrival_time(assessment: Assessment) -> None:
    row = assessment.parcels.set_index("parcel_no").loc[PARCEL_02]
    route = way_of(assessment, PARCEL_02)
    assert route is not None
    assert route.arrival_s == pytest.approx(row["arrival_s"], abs=1e-3)
    assert route.station_id == row["station_id"]
    rows = ledger_rows(assessment, route, Words("zh"))
    assert rows[0] == {"street": "接警出动", "length": "", "seconds": "60.0", "at": "1分00秒"}
    assert sum(float(each["seconds"]) for each in rows) == pytest.approx(
        row["arrival_s"], abs=0.05 * len(rows)
    )
    assert rows[-1]["at"] == Words("zh").minutes(row["arrival_s"])
    assert way_of(assessment, "曲储【2022】03号地") is None, "the bound decides, so there is no time"
    assert way_of(assessment, None) is None
    delayed = assess(assessment.county, Scenario(targets=Targets(junction_s=5.0, acceleration_mps2=0.5)))
    route = way_of(delayed, PARCEL_02)
    assert route is not None
    rows = ledger_rows(delayed, route, Words("zh"))
    assert rows[1]["street"] == "起步加速"
    assert any("延误 5.0" in each["seconds"] for each in rows)


def test_a_chosen_parcel_with_a_time_draws_its_route() -> None:
    page = opened()
    without = map_arguments(page)["feature_group"]
    page.session_state.parcel_no = PARCEL_02
    page.run()
    sent = map_arguments(page)["feature_group"]
    name = re.compile(r"way\.[0-9a-f]+")
    assert name.search(without)
    assert name.search(sent)
    assert name.search(sent).group() != name.search(without).group()  # type: ignore[union-attr]
    assert any("首达路线清单" in each.value for each in page.caption)


def test_zones_carry_letter_name_and_their_own_dashes(assessment: Assessment) -> None:
    layer = zone_layer(assessment, Words("zh"))
    features = json.loads(layer.content or b"")["features"]
    areas = [each for each in features if each["properties"]["k"] != "zone_letter"]
    letters = [each["properties"] for each in features if each["properties"]["k"] == "zone_letter"]
    assert len(areas) == len(letters) == len(assessment.zones) == len(layer.legend)
    for properties, zone in zip(letters, assessment.zones.itertuples(), strict=True):
        assert properties["n"] == zone.name
        assert properties["c"] in "AB"
    styles = zone_styles(12)
    looks = {(each["color"], each["dashArray"]) for key, each in styles.items() if key != "zone_letter"}
    assert len(looks) == 12
    assert all(each["dashArray"] for key, each in styles.items() if key != "zone_letter")
    assert [letter_of(row) for row in (0, 25, 26)] == ["A", "Z", "27"]


def two_stations(assessment: Assessment) -> Assessment:
    """The county with its second station counted too."""
    return assess(assessment.county, Scenario(planned_works=True))


@pytest.mark.slow
def test_streets_name_the_second_engine_and_overlaps_are_drawn(assessment: Assessment) -> None:
    assert set(second_due(assessment, Words("zh"))) == {""}, "one station alone has no second"
    both = two_stations(assessment)
    said = second_due(both, Words("zh"))
    assert len(said) == len(both.streets)
    assert any(each.startswith("增援：") and "示意" in each for each in said)
    first = [station_name(both, each) for each in both.streets["station_id"]]
    assert not any(one and one in other for one, other in zip(first, said, strict=True))
    overlap = overlap_layer(both, Words("zh"))
    assert len(json.loads(overlap.content or b"")["features"]) == len(both.overlap) > 0
    assert not overlap.visible


def drawn(layer: MapLayer) -> Counter[str]:
    """How many things of each kind a layer draws."""
    return Counter(each["properties"]["k"] for each in json.loads(layer.content or b"")["features"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_places_of_the_network_worth_a_look_are_signs_in_words(assessment: Assessment, language: str) -> None:
    assert set(style.HEALTH) == set(PLACES)
    assert len({(each["shape"], each["fillColor"], each["color"]) for each in style.HEALTH.values()}) == len(
        PLACES
    )
    mine = Words(language)
    layer, found = health_layer(assessment, mine), health_places(assessment)
    assert drawn(layer) == Counter(found["kind"]) != Counter()
    assert not layer.visible
    number = str(len(found[found["kind"] == "dead_end"]))
    assert [number in each.label for each in layer.legend] == [True]
    data = json.loads(layer.content or b"")
    first = data["features"][0]["properties"]
    assert first["t"] == mine("map.health.dead_end")
    assert any(str(found["street_id"].iloc[0]) in data["texts"][line] for line in first["l"])
    assert all(mine(f"map.health.{kind}") for kind in PLACES)


def test_a_network_without_such_places_says_so(assessment: Assessment) -> None:
    bare = assess(replace(assessment.county, network=None, digest="bare"), Scenario())
    layer = health_layer(bare, Words("zh"))
    assert layer.legend == ()
    assert "没有要看的地方" in layer.label
    assert "health" not in [each.key for each in map_layers(bare, Words("zh"))], "nothing was looked at"


@pytest.mark.slow
def test_barriers_are_drawn_by_kind_where_there_are_any(assessment: Assessment) -> None:
    zh = Words("zh")
    assert "barriers" not in [each.key for each in map_layers(assessment, zh)]
    given = gpd.GeoDataFrame(
        {"kind": list(BARRIERS), "name": ["沙河", None, None, None]},
        geometry=[shapely.LineString([(x, 4275000), (x, 4276000)]) for x in range(559000, 559400, 100)],
        crs=assessment.county.crs,
    )
    layer = barrier_layer(assess(replace(assessment.county, barriers=given), Scenario()), zh)
    assert drawn(layer) == dict.fromkeys(BARRIERS, 1)
    assert [each.label for each in layer.legend] == [zh(f"map.barrier.{kind}") for kind in BARRIERS]
    assert [each["properties"]["t"] for each in json.loads(layer.content or b"")["features"][:2]] == [
        "沙河",
        "铁路",
    ]
    assert not layer.visible


def test_more_engines_in_time_are_wider_lines(assessment: Assessment) -> None:
    found = force_kinds(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 8.0, 20.0, np.nan]))
    assert found.tolist() == ["none", "one", "few", "few", "several", "many", "many", "unstated"]
    widths = [style.FORCE[kind]["weight"] for kind in ("none", "one", "few", "several", "many")]
    assert widths == sorted(set(widths))
    layer = force_layer(assessment, Words("zh"))
    told = json.loads(layer.content or b"")
    pieces = {each["properties"]["k"]: each["properties"]["pieces"] for each in told["features"]}
    assert sum(map(len, pieces.values())) == len(assessment.force)
    assert set(pieces) == {"none", "many"}
    assert all("12 辆" in told["texts"][line] for _, line in pieces["many"])
    assert not layer.visible


TAIHANG = "POINT (114.6797 38.6092)"
"""Somewhere in the county town."""


@pytest.mark.slow
def test_closures_are_listed_changed_and_removed() -> None:
    page = opened()
    assert "closures" not in {
        each.key for each in map_layers(assessment_of(county_of(DATA), Scenario()), Words("zh"))
    }
    page.session_state.choice_closures = {1: Closure("南环路", TAIHANG), 2: Closure("", TAIHANG, "slow", 3.0)}
    page.run()
    assert not page.exception
    assert scenario_of(page).closures == (Closure("南环路", TAIHANG), Closure("", TAIHANG, "slow", 3.0))
    page.selectbox(key="choice_closure_1_effect_zh").set_value("delay").run()
    assert scenario_of(page).closures[0] == Closure("南环路", TAIHANG, "delay", 60.0)
    page.number_input(key="choice_closure_1_delay").set_value(90.0).run()
    assert scenario_of(page).closures[0].value == 90.0
    page.button(key="choice_closure_2_remove").click().run()
    assert scenario_of(page).closures == (Closure("南环路", TAIHANG, "delay", 90.0),)
    page.segmented_control(key="language").set_value("en").run()
    assert page.selectbox(key="choice_closure_1_effect_en").value == "delay"
    next(each for each in page.button if each.label == "Back to the defaults").click().run()
    assert scenario_of(page) == Scenario()


@pytest.mark.slow
def test_a_closure_on_no_street_is_said() -> None:
    page = opened()
    far = Closure("", "POINT (114.2 38.2)")
    network = county_of(DATA).network
    assert network is not None
    on_street = to_wgs84([network.lines[0].interpolate(0.5, normalized=True)], network.crs)[0].wkt
    assert acting_nowhere(network, (far, Closure("", on_street))) == (0,)
    page.session_state.choice_closures = {1: far, 2: Closure("", on_street)}
    page.run()
    assert not page.exception
    assert any("1 处不在任何街道上" in each.value for each in page.warning)
    assert any("1 处生效" in each.value for each in page.caption)


def test_signs_of_many_parcels_give_way_on_the_map_of_a_whole_county(
    assessment: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = parcel_layer(assessment, Words("zh")).styles
    monkeypatch.setattr("views.sites.MANY_SIGNS", 2)
    many = parcel_layer(assessment, Words("zh")).styles
    signs = [kind for kind in few if kind.endswith("_sign")]
    assert len(signs) == 4
    assert [(few[kind]["shrink"], many[kind]["shrink"]) for kind in signs] == [(False, True)] * 4
    assert all(few[kind] | {"shrink": True} == many[kind] for kind in signs)


def test_closures_are_signs_with_their_shapes(assessment: Assessment) -> None:
    area = "POLYGON ((114.67 38.60, 114.68 38.60, 114.68 38.61, 114.67 38.61, 114.67 38.60))"
    closures = (Closure("", TAIHANG), Closure("修路", area, "delay", 45.0))
    layer = closure_layer(assess(assessment.county, Scenario(closures=closures)), Words("zh"))
    assert drawn(layer) == {"delay_shape": 1, "block": 1, "delay": 1}
    data = json.loads(layer.content or b"")
    said = [each["properties"] for each in data["features"]]
    assert (said[0]["t"], [data["texts"][line] for line in said[0]["l"]]) == ("修路", ["延误 45 秒"])
    assert said[1]["t"] == "第 1 处"
    assert set(style.CLOSURES) == {*EFFECTS, *(f"{effect}_shape" for effect in EFFECTS)}
    shapes = {style.CLOSURES[effect]["shape"] for effect in EFFECTS}
    assert len(shapes) == len(EFFECTS)


@pytest.mark.parametrize(
    "place", [None, "x", [1], [200, 3], ["a", "b"], {"a": 1}, [1, 2, 3], [float("nan"), 3]]
)
def test_a_place_that_is_none_closes_nothing(place: Any) -> None:
    assert not close_at(place, "name")


@pytest.mark.slow
def test_a_vehicle_reaches_the_scenario_with_its_policy() -> None:
    page = opened()
    page.toggle(key="choice_vehicle_asked").set_value(True).run()
    assert scenario_of(page).vehicle == Vehicle()
    page.number_input(key="choice_weight_t").set_value(20.0)
    page.selectbox(key="choice_vehicle_policy_zh").set_value("block").run()
    assert not page.exception
    assert scenario_of(page).vehicle == Vehicle(weight_t=20.0)
    assert scenario_of(page).vehicle_policy == "block"
    said = "\n".join(each.value for each in page.caption)
    assert "没有注明宽度的 33.6 公里" in said
    for name, bounds in vehicle_sizes().items():
        field = page.number_input(key=f"choice_{name}")
        assert (field.min, field.max, field.step) == (bounds["low"], bounds["high"], bounds["step"])


@pytest.mark.slow
def test_sizes_are_taken_from_the_countys_vehicles_that_state_them(other_county: Path) -> None:
    assert sized_vehicles(county_of(DATA)) == {}
    file = other_county / "stations" / "vehicles.csv"
    lines = file.read_text("utf-8").splitlines()
    sizes = {0: "width_m,height_m,weight_t", 2: "2.5,3.7,32", 3: "2.5,,14", 4: "25,3,19"}
    file.write_text("\n".join(f"{line},{sizes.get(row, ',,')}" for row, line in enumerate(lines)), "utf-8")
    assert sized_vehicles(county_of(other_county)) == {"V-02": Vehicle(2.5, 3.7, 32.0)}
    page = opened()
    page.toggle(key="choice_vehicle_asked").set_value(True).run()
    page.selectbox(key="choice_vehicle_own_zh").set_value("V-02").run()
    assert scenario_of(page).vehicle == Vehicle(2.5, 3.7, 32.0)


def test_a_streets_times_are_said_from_the_earlier_to_the_later(assessment: Assessment) -> None:
    streets = assessment.streets.dropna(subset=["arrival_s_start", "arrival_s_end"])
    row = streets[streets["arrival_s_start"] > streets["arrival_s_end"] + 5].iloc[0]
    zh = Words("zh")
    said = (street_layer(assessment, zh).content or b"").decode()
    assert zh.span(zh.minutes(row["arrival_s_end"]), zh.minutes(row["arrival_s_start"])) in said
    assert zh.span(zh.minutes(row["arrival_s_start"]), zh.minutes(row["arrival_s_end"])) not in said


@pytest.mark.slow
def test_streets_too_narrow_say_so(assessment: Assessment) -> None:
    network = assessment.county.network
    assert network is not None
    narrow = replace(network, width_m=np.full(network.n_streets, 3.0, dtype=np.float32))
    warned = assess(replace(assessment.county, network=narrow), Scenario(vehicle=Vehicle()))
    assert "注意：净宽不足4米" in (street_layer(warned, Words("zh")).content or b"").decode()


@pytest.mark.slow
def test_the_card_names_the_second_engine(assessment: Assessment) -> None:
    page = opened()
    page.toggle(key="choice_planned_works").set_value(True)
    page.session_state.parcel_no = PARCEL_02
    page.run()
    text = "\n".join(str(each.proto.body) for each in page.get("html"))
    row = two_stations(assessment).parcels.set_index("parcel_no").loc[PARCEL_02]
    second = re.search(
        r'<dt>增援（第二到）</dt><dd class="value">(.*?)</dd><dd class="below">(.*?)</dd>', text
    )
    assert second is not None
    assert second.group(1) == f"{Words('zh').minutes(row['second_due_s'])}（示意）"
    assert second.group(2).startswith(row["second_station_id"])
    assert f"<dt>时限内到达站数</dt><dd><div>{row['stations_in_time']:.0f}</div></dd>" in text


def panel_texts(page: AppTest) -> str:
    tables = [each.value.to_string() for each in page.dataframe]
    said = [each.value.replace("\\", "") for each in (*page.markdown, *page.caption)]
    return "\n".join([*tables, *said])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_panels_are_computed_only_when_opened(language: str) -> None:
    page = opened({"lang": language})
    said, tables = panel_texts(page), len(page.dataframe)
    for name in PANELS:
        page.session_state[f"panel_{name}"] = True
    page.run()
    assert not page.exception
    # The network, plan, sites, scenarios, links and what is brought in are no data frames; cranes have two.
    assert len(page.dataframe) == tables + len(PANELS) - 6 + 1
    heads = {head for each in page.dataframe for head in each.value.columns}
    assert {"share_of", "cited", "box", "beside"} <= heads
    assert words(language)["network_fact.licence"] in panel_texts(page)
    assert len(panel_texts(page)) > len(said) + 2000


def test_shares_add_up_and_name_their_denominators(assessment: Assessment) -> None:
    zh = Words("zh")
    rows = share_rows(assessment, zh)
    assert [each["share_of"] for each in rows][:3] == ["研究范围面积", "街道长度", "储备地块面积"]
    for row in rows:
        parts = [row[part] for part in ("covered", "not_covered", "depends", "not_analysed") if row[part]]
        assert sum(float(part.split()[0]) for part in parts) == pytest.approx(100, abs=0.2)
        assert row["denominator"]
    assert [bool(row["held"]) for row in rows] == [True, *[False] * (len(rows) - 1)]
    assert rows[3]["denominator"] == "588,559 人"
    bare = replace(assessment.county, network=None)
    without = share_rows(assess(bare, Scenario()), zh)
    assert all(not row["covered"] or row["covered"].startswith("0.0") for row in without)
    assert without[0]["not_analysed"].startswith("100.0")


def test_every_rule_and_box_line_is_put_into_words(assessment: Assessment) -> None:
    for language in ("zh", "en"):
        mine = Words(language)
        rules = [rule_row(row, mine) for row in rule_table(assessment).to_dict("records")]
        assert len(rules) >= 20
        fleet = [fleet_row(row, mine) for row in fleet_table(assessment).to_dict("records")]
        assert len(fleet) == 52
        for row in (*rules, *fleet):
            assert row["why"]
            assert "_" not in "".join(row.values()), "no code is shown as it is"
            assert row["verdict"][0] in "✓✕?△–"
        assert all(row["cited"] for row in rules)
        assert not any(row["asked"] in ("lost", "merged", "words") for row in fleet)


@pytest.mark.slow
@pytest.mark.parametrize("pack", PACKS)
def test_the_rules_of_every_pack_are_shown(assessment: Assessment, pack: str) -> None:
    page = opened()
    page.session_state.panel_rules = True
    page.run()
    page.selectbox(key="choice_pack_zh").set_value(pack).run()
    assert not page.exception
    tables = [each.value for each in page.dataframe if "cited" in each.value.columns]
    asked = [rule for rule in read_pack(pack).rules if rule.per == "scenario"]
    for_whole = {words("zh")[f"rule.name.{rule.id}"] for rule in asked}
    assert len(tables) == 1
    assert bool(for_whole) == (pack != "cn")
    if for_whole:
        assert set(tables[0]["rule"]) == for_whole
        assert not tables[0]["verdict"].str.startswith(("✓", "✕")).any(), "nobody counted incidents"
    assert scenario_of(page) == Scenario(), "another standard to read is no other question"
    assert "%" not in "".join(scenario_rule_table(assessment, pack)["detail"]), (
        "no share on schematic streets"
    )


@pytest.mark.slow
def test_on_real_streets_a_share_stands_beside_the_first_engine(assessment: Assessment) -> None:
    network = assessment.county.network
    assert network is not None
    real = replace(network, source=replace(network.source, schematic=False))
    drawn = assess(replace(assessment.county, network=real, schematic=frozenset()), Scenario())
    table = scenario_rule_table(drawn, "nfpa").set_index("rule_id")
    row = table.loc["nfpa1710_first_engine"]
    assert row["reason"] == "share_of_streets"
    nominal = drawn.summary["street_share"]["nominal"]
    assert float(row["detail"].split()[0]) == pytest.approx(nominal * 100, abs=0.05)
    assert table.loc["nfpa1710_turnout", "measured"] == 60
    assert set(table["verdict"]) == {"not_analysed", "depends"}


def test_calibration_stands_beside_what_the_rule_expects(assessment: Assessment) -> None:
    assert assessment.field is not None
    found = calibrate(assessment.field.drive)
    rows = calibration_rows(found, Words("zh"))
    assert f"{found.mean_kph:.1f}" in rows[0][1]
    assert rows[0][2] == "30–40 公里/小时"
    assert "4–7" in rows[2][2]
    assert calibration_rows(Calibration(0, *[None] * 7), Words("zh")) == []


def test_notes_of_a_network_are_said_in_words() -> None:
    zh = Words("zh")
    assert note_line("ways_clipped=92", zh) == "在数据边缘被截断的道路 92 条"
    assert "机耕路" in note_line("filter=fire", zh)
    assert note_line("示意路网，非实测", zh) == "示意路网，非实测"
    assert note_line("{x}=1", zh) == "{x}=1"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_file_has_a_name_in_words(language: str) -> None:
    from analysis.result_layers import layer_title
    from analysis.results import RESULT_TABLES, WATER_TABLES

    titles = {name: layer_title(name, language, schematic=False) for name in WATER_TABLES | RESULT_TABLES}
    assert len(set(titles.values())) == len(titles)
    for group in ("file", "water_file"):
        assert words(language)[f"page.{group}.summary"]


@pytest.mark.slow
def test_layers_without_times_are_made_once(assessment: Assessment) -> None:
    zh = Words("zh")
    later = assess(assessment.county, Scenario(targets=Targets(turnout_s=75.0, signal_s=3.0)))
    first, second = map_layers(assessment, zh), map_layers(later, zh)
    assert [each.key for each in first] == [each.key for each in second]
    kept = {each.key for each, other in zip(first, second, strict=True) if each is other}
    assert kept == {"cover", "study", "network", "health", "shapes", "places", "hydrants", "cranes"}
    wider = Scenario(planned_works=True, targets=Targets(hydrant_radius_m=120.0))
    for name in ("cover", "cranes"):
        mine = next(each for each in map_layers(assess(assessment.county, wider), zh) if each.key == name)
        assert mine.content != next(each.content for each in first if each.key == name)


@pytest.mark.slow
def test_lists_keep_what_was_chosen_in_the_other_language() -> None:
    page = opened()
    page.selectbox(key="choice_standard_zh").set_value("nfpa1710").run()
    page.selectbox(key="choice_profile_zh").set_value("snow").run()
    before = scenario_of(page)
    page.segmented_control(key="language").set_value("en").run()
    assert scenario_of(page) == before
    assert page.selectbox(key="choice_standard_en").value == "nfpa1710"
    page.selectbox(key="choice_profile_en").set_value("free").run()
    page.segmented_control(key="language").set_value("zh").run()
    assert page.selectbox(key="choice_profile_zh").value == "free"
    next(each for each in page.button if each.label == "恢复默认").click().run()
    assert not page.exception
    assert scenario_of(page) == Scenario()
