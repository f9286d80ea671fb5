"""The card of a parcel: three numbers, an account that adds up, water both ways, the clause, what would change it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis.assessment import Assessment, assess
from analysis.round_trips import sample_round_trips
from analysis.scenario import Scenario, Targets
from analysis.verdicts import VERDICTS, bound_speed_kph
from geo.county import read_county
from geo.words import LANGUAGES, words
from tests.conftest import ROOT
from tests.test_page import opened
from views.address import CHOSEN
from views.card import ledger_line, three_numbers
from views.change import bound_facts, change_lines
from views.clauses import radius_clause, time_clause
from views.definitions import facts_html, numbers_html
from views.near_water import crane_drive, crane_lines, hose_lines, hose_of
from views.water import parcels_of, water_of
from views.way import way_of
from views.wording import Words, missing

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ONE, TWO, THREE = (f"曲储【2022】0{number}号地" for number in (1, 2, 3))


@cache
def quyang(**targets: Any) -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario(targets=Targets(**targets)))


def row_of(assessment: Assessment, number: str) -> Any:
    return next(row for row in parcels_of(assessment).itertuples() if row.parcel_no == number)


def test_what_a_file_says_is_shown_letter_by_letter() -> None:
    html = facts_html([("<b>", "<img src=x onerror=alert(1)>"), ("none", ""), ("two", ["a", "", "b&c"])])
    assert html == (
        '<dl class="facts"><dt>&lt;b&gt;</dt><dd><div>&lt;img src=x onerror=alert(1)&gt;</div></dd>'
        "<dt>two</dt><dd><div>a</div><div>b&amp;c</div></dd></dl>"
    )
    assert facts_html([("none", ""), ("empty", [])]) == ""
    assert "&lt;i&gt;" in numbers_html([("<i>", "<i>", "<i>")])
    assert "<i>" not in numbers_html([("<i>", "<i>", "<i>")])


@pytest.mark.slow
def test_the_three_numbers_say_who_comes_how_fast_it_would_have_to_be_or_that_nothing_is_known() -> None:
    zh, here = Words("zh"), quyang()
    first, second, hydrant = three_numbers(here, row_of(here, TWO), zh)
    assert first == ("到场时间", "6分47秒（示意）", "FS-1 曲阳县消防站（南环路19号）")
    assert second[1] == "—"
    assert hydrant == ("最近消火栓（直线）", "160 米", "HS-02-2；示例位置")
    first, second, hydrant = three_numbers(here, row_of(here, THREE), zh)
    assert first == ("按时到场所需车速（直线）", "115 公里/小时", "所取上限 100 公里/小时")
    assert (second[1], hydrant[1:]) == ("—", ("—", "未分析"))
    first, _, _ = three_numbers(here, row_of(here, ONE), zh)
    assert first == ("到场时间", "—", "未分析")


def seconds_said(text: str) -> int:
    minutes, seconds = re.findall(r"\d+", text)[:2]
    return 60 * int(minutes) + int(seconds)


@pytest.mark.slow
@pytest.mark.parametrize(
    "targets", [{}, {"turnout_s": 47.0}, {"junction_s": 5.0, "acceleration_mps2": 0.5}, {"profile": "peak"}]
)
def test_the_account_adds_up_to_the_second_as_it_is_written(targets: dict[str, Any]) -> None:
    zh, here = Words("zh"), quyang(**targets)
    route = way_of(here, TWO)
    assert route is not None
    line = ledger_line(here, route, zh)
    parts, whole = line.split(" ＝ ")
    assert sum(map(seconds_said, parts.split(" ＋ "))) == seconds_said(whole)
    assert whole == f"{zh.minutes(row_of(here, TWO).arrival_s)}（示意）"
    assert ("起步加速" in line) == ("acceleration_mps2" in targets)
    assert f"（{zh.metres(route.length_m)}）" in parts


def told(**given: Any) -> Any:
    """A row with these values, and nothing known beside them."""
    nothing = dict.fromkeys(
        ("reason", "depends_on", "arrival_s_min", "arrival_s_max", "verdict_slow", "bound_m", "bound_kph")
    )
    return SimpleNamespace(**(nothing | given))


PLACELESS = [key.removeprefix("location.") for key in words("zh") if key.startswith("location.")]
REASONS = {
    "covered": ["within_limit"],
    "not_covered": ["bound", "no_station_counts", "beyond_limit"],
    "depends": ["schematic_network", "schematic_places", "position", "station_position", "part_of_parcel"],
    "not_analysed": [
        "station_status_unknown", "no_network", "no_place", "no_station_listed", "station_not_analysed", "off_street",
        "unconnected", *PLACELESS,
    ],
}  # fmt: skip
"""Every reason that :mod:`analysis.verdicts` gives, by its verdict."""


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_reason_has_what_would_change_it(language: str, verdict: str) -> None:
    said = Words(language)
    for code in REASONS[verdict]:
        row = told(
            verdict=verdict, reason=code, depends_on=code if verdict == "depends" else "", arrival_s_min=320.0,
            arrival_s_max=280.0, bound_m=9000.0, bound_kph=120.0,
        )  # fmt: skip
        (line,) = change_lines(quyang(), row, said)
        assert len(line) > 10
        assert not re.search(r"[a-z]_[a-z]|\{|nan", line)
        if code in PLACELESS and code not in ("no_area", "no_network"):
            assert line == said("change.place")


def test_margins_are_those_of_the_row() -> None:
    zh = Words("zh")
    (line,) = change_lines(quyang(), told(verdict="covered", reason="within_limit", arrival_s_max=251.0), zh)
    assert "4分11秒" in line
    assert "0分49秒" in line
    row = told(verdict="not_covered", reason="beyond_limit", arrival_s_min=312.0)
    (line,) = change_lines(quyang(), row, zh)
    assert "5分12秒" in line
    assert "0分12秒" in line
    (line,) = change_lines(quyang(), told(verdict="not_covered", reason="beyond_limit"), zh)
    assert "封路" in line
    row = told(verdict="covered", reason="within_limit", arrival_s_max=251.0, verdict_slow="not_covered")
    assert change_lines(quyang(), row, zh)[1] == "按高峰车速为“不可达”。"


def test_the_bound_stops_to_hold_at_the_distance_the_card_names() -> None:
    here = quyang()
    row = row_of(here, THREE)
    found = bound_facts(here, row, Words("zh"))
    reach_m = float(found["reach"].removesuffix(" 米").replace(",", ""))
    assert reach_m < row.bound_m
    turnout_s = here.summary["targets"]["bound_turnout_s"]
    needed = bound_speed_kph(np.array([reach_m]), here.scenario.targets, turnout_s)
    assert needed == pytest.approx(100.0)
    assert seconds_said(found["least"]) > here.scenario.targets.limit_s
    assert "7,500 米" in change_lines(here, row, Words("zh"))[0]


@pytest.mark.slow
def test_the_clauses_are_cited_and_what_was_asked_stands_beside_them() -> None:
    zh = Words("zh")
    clause, asked = time_clause(quyang(limit_s=480.0), zh)
    assert "GB 51080-2015 4.1.3-1" in clause
    assert "建标152-2017" in clause
    assert "8分00秒" in asked
    radius, used = radius_clause(quyang(hydrant_radius_m=120.0), zh)
    assert "150 米" in radius
    assert "GB 50974-2014 7.2" in radius
    assert "二手资料" in radius
    assert "120 米" in used


def test_hose_of_one_parcel_is_that_of_the_table_of_all() -> None:
    here = quyang()
    every = water_of(here).hose_parcels
    for row in here.parcels.itertuples():
        mine = hose_of(here, str(row.parcel_no))
        for name, value in every.loc[row.Index].items():
            same = getattr(mine, str(name))
            assert (missing(same) and missing(value)) or same == pytest.approx(value), name
    lines = hose_lines(hose_of(here, TWO), Words("zh"), schematic=True)
    assert "示意" in lines[0]
    assert "HS-02-2" in lines[0]
    assert hose_lines(hose_of(here, ONE), Words("zh"), schematic=True)[0] == "未分析"


def test_the_crane_driven_from_is_the_one_with_the_least_round_trip() -> None:
    here = quyang()
    water = water_of(here)
    assert here.samples is not None
    index = [row.parcel_no for row in here.parcels.itertuples()].index(TWO)
    trips = list(sample_round_trips(water.trips, here.samples, len(here.parcels)))
    both = [float(each.worst_s[index]) for each in trips]
    found = crane_drive(here, row_of(here, TWO).shape, "test")
    assert found is not None
    assert found.round_trip_s == pytest.approx(min(both))
    best = both.index(min(both))
    assert found.crane_id == water.trips.crane_ids[best]
    assert found.from_s == pytest.approx(float(trips[best].from_s[index]))
    assert found.from_s <= found.round_trip_s
    assert "schematic_network" in found.depends_on
    said = crane_lines(found, Words("zh"), schematic=True)
    assert said[0].count("示意") == 2
    assert crane_drive(here, row_of(here, THREE).shape, "far") is None, "no street is near all of its shape"
    assert crane_drive(here, None, "none") is None
    bare = assess(replace(here.county, network=None, digest="bare"), Scenario())
    assert crane_drive(bare, row_of(here, TWO).shape, "bare") is None
    assert crane_lines(None, Words("zh"), schematic=True) == []


def shown(page: AppTest) -> str:
    """Everything a card says, as text."""
    html = "\n".join(str(each.proto.body) for each in page.get("html"))
    rest = "\n".join(str(each.value) for each in (*page.markdown, *page.caption))
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL) + rest.replace("\\", "")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_card_says_everything_in_words(language: str, number: int) -> None:
    page = opened({CHOSEN: f"parcel:曲储【2022】0{number}号地", "lang": language})
    said = Words(language)
    assert said("card.hydrant_straight") not in shown(page), "water is worked out when it is opened"
    page.session_state["page_water"] = True
    page.run()
    assert not page.exception
    text = shown(page)
    for key in ("card.change", "clause.title", "column.source", "card.hydrant_hose", "column.planned_use"):
        assert f"<dt>{said(key)}</dt>" in text
    if number == 2:
        for key in ("card.account", "column.off_street_m", "card.hydrant_straight", "card.crane_straight",
                    "card.crane_driven", "column.arrival_range"):  # fmt: skip
            assert f"<dt>{said(key)}</dt>" in text
    else:
        assert f"<dt>{said('column.off_street_m')}</dt>" not in text
    values = re.findall(r"<d[dt][^>]*>(.*?)</d", text)
    assert values
    assert [each for each in values if re.search(r"\b[a-z]+_[a-z]+\b|\bnan\b|\bNone\b", each)] == []


def test_a_card_is_closed_by_its_cross() -> None:
    page = opened({CHOSEN: f"parcel:{TWO}"})
    page.button(key="parcel_close").click().run()
    assert not page.exception
    assert page.session_state.parcel_no is None
    assert CHOSEN not in page.query_params
