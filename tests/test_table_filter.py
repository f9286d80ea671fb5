"""The plan's table under a filter: what is shown, what is still chosen, and both totals, each named."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from analysis.assessment import Assessment, assess
from analysis.scenario import Scenario
from geo.county import read_county
from geo.words import say
from tests.conftest import ROOT
from tests.test_page import opened
from views.address import CHOSEN
from views.board_tables import plan_of
from views.selection import PARCEL, choose, choose_row, listed, table_key, ticked
from views.table import PlanTable, plan_table, plan_table_of
from views.table_columns import USUAL
from views.table_filter import FIELDS, KEPT, Filter, filters_said, holding, rows_shown, take_filters
from views.wording import Words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

FOUR = "曲储【2022】04号地"


@cache
def quyang() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


@cache
def table(language: str = "zh") -> PlanTable:
    return plan_table(quyang(), Words(language))


def numbers(chosen: Filter, language: str = "zh") -> list[int]:
    """Which of the five parcels, counted from 1, a filter shows."""
    return (np.flatnonzero(rows_shown(table(language), chosen)) + 1).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (Filter(), [1, 2, 3, 4, 5]),
        (Filter("灵山镇"), [3, 4, 5]),
        (Filter("灵山 教育"), [5]),
        (Filter("教育 灵山"), [5]),
        (Filter("  曲府［２０２２］１０９号 "), [2]),
        (Filter("宗地三"), [3]),
        (Filter(verdicts=("not_covered",)), [3, 4, 5]),
        (Filter(verdicts=("depends", "not_analysed")), [1, 2]),
        (Filter(uses=("residential",)), [1, 3, 4]),
        (Filter("电", ("not_covered",), ("residential",)), [3, 4]),
        (Filter(verdicts=("covered",)), []),
        (Filter(".*"), []),
        (Filter("(原"), [2]),
        (Filter("(["), []),
        (Filter("可达"), []),
    ],
)
def test_a_row_is_shown_where_every_condition_holds(chosen: Filter, shown: list[int]) -> None:
    assert numbers(chosen) == shown


def test_each_language_finds_its_own_words_and_those_of_the_plan() -> None:
    assert numbers(Filter("commerce"), "en") == [2]
    assert numbers(Filter("灵山镇"), "en") == [3, 4, 5]


def test_narrowing_a_filter_never_shows_more() -> None:
    draw = np.random.default_rng(1)
    words = ["灵山", "居住", "电厂", "曲储", "不可达", "x"]
    for _ in range(200):
        text = " ".join(draw.choice(words, draw.integers(0, 3)))
        verdicts = tuple(draw.choice(["depends", "not_covered"], draw.integers(0, 2)).tolist())
        wide, narrow = (
            Filter(text, verdicts),
            Filter(f"{text} {draw.choice(words)}", verdicts, ("education",)),
        )
        assert not (rows_shown(table(), narrow) & ~rows_shown(table(), wide)).any()
    assert holding(pd.Series([], dtype=object), "x").tolist() == []


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session without a page."""

    class State(dict[str, Any]):
        __getattr__ = dict.__getitem__
        __setattr__ = dict.__setitem__

    state = State()
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_filter_goes_round_through_its_text(session: dict[str, Any]) -> None:
    for chosen in (
        Filter(),
        Filter("a&b=c;d 灵山", ("depends", "not_covered"), ("residential", "not_stated")),
    ):
        session[KEPT] = chosen
        said = filters_said()
        assert (said == "") == (chosen == Filter())
        session.clear()
        take_filters(said)
        assert session[KEPT] == chosen


@pytest.mark.parametrize(
    "said", ["%", "t", "v=all,covered&u=<b>,education&x=1", "&" * 500, "t=" + "a" * 5000]
)
def test_a_strange_text_asks_for_no_more_than_it_names(session: dict[str, Any], said: str) -> None:
    session[f"{FIELDS}text"] = "left over"
    take_filters(said)
    chosen = session[KEPT]
    assert set(chosen.verdicts) <= {"covered"}
    assert set(chosen.uses) <= {"education"}
    assert len(chosen.text) <= 100
    assert f"{FIELDS}text" not in session, "the field shows what holds now"


def test_a_position_is_read_only_against_the_rows_it_was_told_of(session: dict[str, Any]) -> None:
    every, some = ["a", "b", "c"], ["c", "d"]
    choose("c", move=False)
    one, other = listed(PARCEL, every), listed(PARCEL, some)
    assert one != other
    assert session[one]["selection"]["rows"] == [2]
    assert session[other]["selection"]["rows"] == [0]
    session[one]["selection"]["rows"] = [1]
    choose_row(PARCEL, one, every)
    assert session["parcel_no"] == "b", "a tick that was on its way when the filter changed"
    assert ticked(other, some) is None
    session[other] = {"selection": {"rows": [7]}}
    assert ticked(other, some) is None


def test_a_table_that_does_not_hold_the_parcel_chosen_does_not_unchoose_it(session: dict[str, Any]) -> None:
    choose("a", move=False)
    key = listed(PARCEL, ["b", "c"])
    choose_row(PARCEL, key, ["b", "c"])
    assert session["parcel_no"] == "a"
    key = listed(PARCEL, ["a", "b"])
    session[key]["selection"]["rows"] = []
    choose_row(PARCEL, key, ["a", "b"])
    assert session["parcel_no"] is None, "unticked by hand"


def test_what_the_map_told_last_wins_over_a_tick_of_before(session: dict[str, Any]) -> None:
    ids = ["a", "b", "c"]
    key = listed(PARCEL, ids)
    choose("a", move=True)
    choose("b", move=False)
    choose_row(PARCEL, key, ids)  # the table tells in the same breath what it shows
    assert session["parcel_no"] == "b"
    assert session["turn"] == 1


def shown_table(page: AppTest) -> pd.DataFrame:
    """The plan's table as the page shows it."""
    return next(each.value for each in page.dataframe if "parcel_no" in each.value)


def type_text(page: AppTest, text: str) -> None:
    page.text_input(key=f"{FIELDS}text").set_value(text).run()
    assert not page.exception


def said(page: AppTest) -> str:
    everything = [*page.markdown, *page.caption, *page.info, *page.warning]
    return "\n".join(str(each.value) for each in everything).replace("\\", "")


def test_both_totals_stand_under_a_filtered_table_each_with_its_name() -> None:
    page = opened()
    assert "**合计：5 宗，319.56 亩**" in said(page)
    type_text(page, "灵山镇")
    assert shown_table(page)["parcel_no"].tolist() == [f"曲储【2022】0{n}号地" for n in (3, 4, 5)]
    assert "所示 3 / 5 宗，180.35 亩" in said(page)
    assert "全部计划合计：5 宗，319.56 亩" in said(page)
    listed = [line for line in said(page).splitlines() if line.startswith("- ") and "badge" in line]
    assert len(listed) == 3, "beside the map stand the verdicts of the parcels shown"
    parcels = next(each for each in page.metric if each.label == "可达的储备地块")
    assert parcels.value == "0 / 5 宗", "the figures on top stay those of the whole plan"
    page.button(key="plan_filter_clear").click().run()
    assert len(shown_table(page)) == 5
    assert page.text_input(key=f"{FIELDS}text").value == ""


@pytest.mark.slow
def test_a_filter_keeps_the_parcel_chosen_and_says_where_it_hides_it() -> None:
    page = opened({CHOSEN: f"parcel:{FOUR}"})
    type_text(page, "灵山镇")
    ids = [f"曲储【2022】0{n}号地" for n in (3, 4, 5)]
    assert page.session_state[table_key(PARCEL, ids)]["selection"]["rows"] == [1]
    assert say("zh", "filter.hidden") not in said(page)
    type_text(page, "恒州镇")
    assert page.session_state.parcel_no == FOUR
    assert FOUR in said(page)
    assert say("zh", "filter.hidden") in said(page)
    type_text(page, "")
    assert page.session_state.parcel_no == FOUR
    assert say("zh", "filter.hidden") not in said(page)
    assert len(shown_table(page)) == 5


def test_a_filter_without_a_match_says_so_and_can_be_cleared() -> None:
    page = opened()
    type_text(page, "没有这样的地块")
    assert say("zh", "filter.nothing", number=5) in said(page)
    assert not [each for each in page.dataframe if "parcel_no" in each.value]
    page.button(key="plan_filter_none").click().run()
    assert len(shown_table(page)) == 5


@pytest.mark.slow
def test_a_filter_by_verdict_and_use_stays_in_the_other_language() -> None:
    page = opened()
    page.button_group(key=f"{FIELDS}verdicts_zh").set_value(["not_covered"]).run()
    page.button_group(key=f"{FIELDS}uses_zh").set_value(["residential"]).run()
    assert len(shown_table(page)) == 2
    page.segmented_control(key="language").set_value("en").run()
    assert not page.exception
    assert shown_table(page)["verdict"].tolist() == ["✕ not covered"] * 2
    assert page.button_group(key=f"{FIELDS}verdicts_en").value == ["not_covered"]
    page.button_group(key=f"{FIELDS}verdicts_en").set_value([]).run()
    assert len(shown_table(page)) == 3


@pytest.mark.slow
def test_the_plans_columns_stay_and_computed_ones_are_chosen() -> None:
    page = opened()
    there = list(shown_table(page))
    assert there[:9] == [
        "seq", "parcel_no", "township", "holder", "location_text", "area_mu", "approval", "planned_use", "remark",
    ]  # fmt: skip
    assert there[9:] == list(USUAL)
    page.button_group(key="columns_field_zh").set_value(["crane_id", "verdict"]).run()
    assert not page.exception
    assert list(shown_table(page))[9:] == ["verdict", "crane_id"], (
        "in the order of the table, not of the clicks"
    )
    page.segmented_control(key="language").set_value("en").run()
    assert list(shown_table(page))[9:] == ["verdict", "crane_id"]
    page.button(key="plan_columns_usual").click().run()
    assert list(shown_table(page))[9:] == list(USUAL)
    page.button_group(key="columns_field_en").set_value([]).run()
    assert len(list(shown_table(page))) == 9


@pytest.mark.slow
def test_streets_are_filtered_by_name() -> None:
    page = opened()
    page.segmented_control(key="shown_table").set_value("streets").run()
    every = next(each.value for each in page.dataframe if "longest_m" in each.value)
    page.text_input(key="street_filter").set_value("环路").run()
    assert not page.exception
    some = next(each.value for each in page.dataframe if "longest_m" in each.value)
    assert 0 < len(some) < len(every)
    assert some["name"].str.contains("环路").all()
    assert say("zh", "filter.streets_shown", shown=len(some), number=len(every)) in said(page)
    page.text_input(key="street_filter").set_value("没有这条街").run()
    assert say("zh", "filter.no_street", number=len(every)) in said(page)


def test_the_table_is_made_once_for_a_language() -> None:
    words = Words("zh")
    assert plan_table_of(quyang(), words) is plan_table_of(quyang(), words)
    assert plan_table_of(quyang(), words) is not plan_table_of(quyang(), Words("en"))
    plan = plan_of(quyang(), words)
    assert plan.hidden == []
    assert not plan.hides(None)
    assert not plan.hides("another")
