"""The guide and the method panel without a browser: words, and values read where they stand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis import standards
from analysis.assessment import Assessment, assess
from analysis.scenario import Scenario, Targets
from geo.county import read_county
from geo.words import LANGUAGES, words
from views.driving import SPEED_CLASSES
from views.guide import STEPS, guide_words
from views.method_panel import LEFT_OUT, MARKS, method_lines, method_rows
from views.wording import Words

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


def opened(language: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["lang"] = language
    page.session_state["panel_method"] = True
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_sends_three_steps_and_states_its_method(language: str) -> None:
    page, mine = opened(language), Words(language)
    card = [each.proto for each in page.get("bidi_component") if each.proto.component_name == "county_guide"]
    assert len(card) == 1
    assert json.loads(card[0].json) == guide_words(mine)
    assert len(guide_words(mine)["steps"]) == len(STEPS) == 3
    table = next(each.value for each in page.dataframe if "in_force" in each.value.columns)
    assert len(table) == len(MARKS) - 1 + len(SPEED_CLASSES)
    assert (table != "").all(axis=None)
    said = "\n".join(each.value for each in page.markdown)
    assert all(words(language)[f"method.left_out.{each}"].split()[0] in said for each in LEFT_OUT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_is_typed_into_the_sentences(language: str) -> None:
    typed = [
        key
        for key, text in words(language).items()
        if re.match(r"(method|guide)\.(?!source\.)", key) and re.search(r"\d", text)
    ]
    assert typed == []


def test_sentences_and_table_follow_the_scenario(assessment: Assessment) -> None:
    zh = Words("zh")
    before = "\n".join(method_lines(assessment, zh))
    assert zh.minutes(standards.LIMIT_S - standards.TURNOUT_S) in before
    assert "示意，不是实测" in before
    assert "在建、未建的不计入" in before
    targets = Targets(limit_s=480, turnout_s=90, hydrant_radius_m=120, speeds_kph=(("primary", 33.0),))
    changed = replace(assessment, scenario=Scenario(planned_works=True, targets=targets))
    asked = assess(assessment.county, changed.scenario)
    after = "\n".join(method_lines(asked, zh))
    assert zh.minutes(390) in after
    assert "120 米" in after
    assert "一并计入" in after
    later = replace(asked, scenario=replace(asked.scenario, year=2025, count_unknown=True))
    extra = set(method_lines(later, zh)) - set(method_lines(asked, zh))
    assert extra == {zh("method.counted_year", year=2025), zh("method.counted_unknown")}
    rows = {name: (value, cited) for name, value, cited in method_rows(asked, zh)}
    assert rows["到场时限（秒）"][0] == "480"
    assert "默认 300" in rows["到场时限（秒）"][1]
    assert "GB 51080-2015" in rows["到场时限（秒）"][1]
    speed = next(rows[name] for name in rows if "主干路" in name)
    assert speed[0] == "33"
    assert "默认 40" in speed[1]
    assert rows["离街道最远（米）"] == ("150", "本项目假定，待校准")


def test_every_value_names_where_it_comes_from(assessment: Assessment) -> None:
    for language in LANGUAGES:
        rows = method_rows(assessment, Words(language))
        assert len({name for name, _, _ in rows}) == len(rows)
        assert all(name and value and cited and "{" not in cited for name, value, cited in rows)


def test_without_streets_the_method_says_so(assessment: Assessment) -> None:
    bare = assess(replace(assessment.county, network=None), Scenario())
    assert "现在没有路网" in method_lines(bare, Words("zh"))[-1]
