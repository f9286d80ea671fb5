"""The card of any point and of what was found: the same answer as analysis gives, in both languages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from analysis.assessment import Assessment, assess
from analysis.scenario import Scenario
from geo.county import read_county
from geo.words import say
from tests.conftest import ROOT
from tests.test_page import map_arguments, opened
from views.address import CHOSEN
from views.place import answer_of, point_in, spot_of
from views.search import MOST, TYPED, point_told
from views.wording import Words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


@cache
def quyang() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


def card(page: AppTest) -> str:
    listed = "\n".join(str(each.proto.body) for each in page.get("html"))
    return listed + "\n".join(str(each.value) for each in page.markdown).replace("\\", "")


def search(page: AppTest, text: str) -> None:
    next(each for each in page.text_input if each.key == TYPED).set_value(text).run()
    assert not page.exception


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_point_has_the_card_of_a_place_and_never_reads_covered(language: str) -> None:
    page, words = opened({CHOSEN: "114.70,38.62", "lang": language}), Words(language)
    shown = card(page)
    spot = spot_of("114.70,38.62", quyang(), words)
    found = answer_of(spot, quyang())
    assert found is not None
    assert found.row.verdict == "depends"
    assert words("value.schematic", what=words.minutes(found.row.arrival_s)) in shown
    assert say(language, "place.reason.schematic_network") in shown
    assert "114.700000" in shown
    assert found.route is not None
    assert found.route.arrival_s == pytest.approx(found.row.arrival_s)
    assert "spot" in str(map_arguments(page))
    assert not page.exception


@pytest.mark.slow
def test_a_point_far_from_streets_says_why_it_is_not_analysed() -> None:
    shown = card(opened({CHOSEN: "114.72,38.61"}))
    assert say("zh", "place.reason.off_street") in shown
    assert "381 米（示意）" in shown


@pytest.mark.slow
def test_a_hydrant_without_a_place_says_so() -> None:
    shown = card(opened({CHOSEN: "hydrant:HS-10-49"}))
    assert say("zh", "place.without_place") in shown
    assert "起止点没有给出" in shown


@pytest.mark.slow
def test_search_lists_several_and_chooses_one_at_once() -> None:
    page = opened()
    search(page, "南环路")
    listed = [each for each in page.button if str(each.key).startswith("search_")]
    assert 2 <= len(listed) <= MOST
    assert any(each.label.startswith("街道") for each in listed)
    next(each for each in listed if each.label.startswith("消防水鹤")).click().run()
    assert not page.exception
    assert page.session_state.place.startswith("crane:")
    assert say("zh", "search.kind.crane") in card(page)
    search(page, "05号地")
    assert page.session_state.parcel_no == "曲储【2022】05号地"
    assert not page.session_state.place
    search(page, "太行路")
    street = next(
        each for each in page.button if str(each.key).startswith("search_") and "街道" in each.label
    )
    street.click().run()
    assert page.session_state.line_id
    assert page.session_state.shown_table == "streets"
    search(page, "38.62，114.70")
    assert page.session_state.place == "114.700000,38.620000"
    assert page.session_state.line_id is None
    next(each for each in page.button if each.key == "place_close").click().run()
    assert not page.session_state.place


@pytest.mark.slow
@pytest.mark.parametrize(("text", "key"), [("没有这条街", "search.nothing"), ("12.5,41.9", "search.outside")])
def test_search_says_when_there_is_nothing(text: str, key: str) -> None:
    page = opened()
    search(page, text)
    assert say("zh", key) in [each.value for each in page.caption]


@pytest.mark.slow
def test_what_the_map_tells_is_checked() -> None:
    assert point_told([114.7, 38.62]) == "114.700000,38.620000"
    for told in (None, "x", [1], [1, "2"], [200, 10], [float("nan"), 1], {"a": 1}):
        assert point_told(told) is None
    words = Words("zh")
    assert point_in("恒山路", quyang(), words) is None
    assert point_in("0,0", quyang(), words) == words("search.outside")
