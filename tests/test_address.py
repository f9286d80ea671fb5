"""The address holds the page's state: a link opens the same page, and says what it cannot open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analysis.closures import Closure
from analysis.scenario import Scenario, Targets, scenario_from_json
from analysis.scenario_link import scenario_from_link, scenario_to_link
from analysis.vehicle_limits import Vehicle
from geo.words import say
from tests.test_page import opened
from views.address import CHOSEN, SCENARIO, TOO_LARGE
from views.selection import PARCEL, table_key

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

MANY = Scenario(
    planned_works=True,
    closures=(Closure("恒山路", "POINT (114.7 38.62)"), Closure("", "POINT (114.71 38.62)", "slow", 2.0)),
    vehicle=Vehicle(width_m=2.2),
    vehicle_policy="block",
    targets=Targets(
        limit_s=360, turnout_s=90, one_way="cost", against_factor=1.5, profile="peak", signal_s=12,
        speeds_kph=(("primary", 31.0), ("primary_link", 31.0)),
    ),
)  # fmt: skip


def asked(page: AppTest) -> Scenario:
    """The scenario the page's fields make."""
    return scenario_from_json(page.session_state.asked)


def warnings(page: AppTest) -> str:
    return "\n".join(str(each.value) for each in page.warning)


def link(scenario: Scenario) -> str:
    text = scenario_to_link(scenario)
    assert text
    return text


def number(page: AppTest, name: str) -> None:
    next(each for each in page.number_input if each.key == f"choice_{name}").set_value(90).run()


def test_a_changed_choice_stands_in_the_address_and_the_default_does_not() -> None:
    page = opened()
    assert SCENARIO not in page.query_params
    number(page, "turnout_s")
    assert not page.exception
    text = page.query_params[SCENARIO]
    text = text if isinstance(text, str) else text[0]
    assert scenario_from_link(text) == Scenario(targets=Targets(turnout_s=90))
    next(each for each in page.number_input if each.key == "choice_turnout_s").set_value(60).run()
    assert SCENARIO not in page.query_params


@pytest.mark.parametrize("scenario", [MANY, replace(MANY, vehicle=None, vehicle_policy="warn", closures=())])
def test_a_link_opens_the_same_scenario(scenario: Scenario) -> None:
    page = opened({SCENARIO: link(scenario)})
    assert asked(page) == scenario
    assert "address" not in page.session_state or say("zh", "address.not_shown") not in warnings(page)
    number(page, "hydrant_radius_m")
    assert asked(page) == replace(scenario, targets=replace(scenario.targets, hydrant_radius_m=90))


def test_what_the_fields_cannot_hold_is_said() -> None:
    page = opened({SCENARIO: link(Scenario(targets=Targets(turnout_s=90, bands_s=(100.0, 200.0))))})
    assert asked(page) == Scenario(targets=Targets(turnout_s=90))
    assert say("zh", "address.not_shown")[:10] in warnings(page)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "AAAA", "../../etc", "x" * 5000])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_broken_link_says_so_and_opens_the_default(text: str, language: str) -> None:
    page = opened({SCENARIO: text, "lang": language})
    assert asked(page) == Scenario()
    assert say(language, "address.broken", problem="")[:12] in warnings(page)
    assert "<script>" not in warnings(page)


def test_too_many_closures_for_an_address_are_said_and_never_taken_for_the_default() -> None:
    page = opened()
    rows = {n: Closure(f"street {n * 7919}", f"POINT (114.{n * 7919} 38.{n * 6151})") for n in range(1, 190)}
    page.session_state["choice_closures"] = rows
    page.run()
    assert not page.exception
    assert page.query_params[SCENARIO] in (TOO_LARGE, [TOO_LARGE])
    assert say("zh", "address.too_large")[:8] in warnings(page)
    again = opened({SCENARIO: TOO_LARGE})
    assert asked(again) == Scenario()
    assert say("zh", "address.was_too_large")[:8] in warnings(again)


def test_a_chosen_parcel_is_opened_by_its_link() -> None:
    said = "parcel:曲储【2022】04号地"
    page = opened({CHOSEN: said})
    assert page.session_state.parcel_no == said.removeprefix("parcel:")
    ids = [f"曲储【2022】0{number}号地" for number in range(1, 6)]
    assert page.session_state[table_key(PARCEL, ids)]["selection"]["rows"] == [3]
    assert page.query_params[CHOSEN] in (said, [said])


@pytest.mark.parametrize("said", ["parcel:none", "line:none", "hydrant:HS-99", "12.5,41.9", "x:y", ":" * 500])
def test_an_unknown_thing_in_a_link_is_said(said: str) -> None:
    page = opened({CHOSEN: said})
    assert say("zh", "address.unknown") in warnings(page)
    assert not page.session_state.place
    assert "parcel_no" not in page.session_state
