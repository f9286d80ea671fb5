"""The address holds the page's state: a link opens the same page, and says what it cannot open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analysis.closures import Closure
from analysis.scenario import Scenario, Targets, scenario_from_json
from analysis.scenario_link import scenario_from_link, scenario_to_link
from analysis.vehicle_limits import Vehicle
from geo.tile_maps import TIANDITU_LAYERS
from geo.words import say
from tests.test_page import opened
from tests.tile_archives import state, write_mbtiles
from views.address import CHOSEN, PARTS, SCENARIO, TOO_LARGE
from views.selection import PARCEL, table_key
from views.table_filter import KEPT, Filter
from views.tile_map import FIELD, LOCAL, NONE, OWN, STREETS
from views.wanted import WANTED
from views.wording import plain

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [MANY, replace(MANY, vehicle=None, vehicle_policy="warn", closures=())])
def test_a_link_opens_the_same_scenario(scenario: Scenario) -> None:
    page = opened({SCENARIO: link(scenario)})
    assert asked(page) == scenario
    assert "address" not in page.session_state or say("zh", "address.not_shown") not in warnings(page)
    number(page, "hydrant_radius_m")
    assert asked(page) == replace(scenario, targets=replace(scenario.targets, hydrant_radius_m=90))


@pytest.mark.slow
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


@pytest.mark.slow
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


def base_map(page: AppTest) -> str:
    """The base map chosen, and that the list shows it."""
    chosen = str(page.session_state[f"choice_{FIELD}"])
    shown = next(each for each in page.selectbox if str(each.key).startswith(f"choice_{FIELD}_"))
    assert shown.value == chosen
    return chosen


def take_base_map(page: AppTest, code: str) -> None:
    next(each for each in page.selectbox if str(each.key).startswith(f"choice_{FIELD}_")).set_value(
        code
    ).run()
    assert not page.exception


def in_address(page: AppTest, name: str) -> str:
    """What stands in the address under a name; empty for nothing."""
    text = page.query_params.get(name, "")
    return text if isinstance(text, str) else text[0]


def test_every_part_of_the_address_has_a_name_of_its_own() -> None:
    names = [SCENARIO, CHOSEN, "lang", "view", "layers", *(part.name for part in PARTS)]
    assert len(set(names)) == len(names)


@pytest.mark.slow
@pytest.mark.parametrize("code", [STREETS, *TIANDITU_LAYERS])
def test_a_base_map_stands_in_the_address_and_its_link_opens_it(code: str) -> None:
    page = opened()
    assert in_address(page, "map") == ""
    take_base_map(page, code)
    assert in_address(page, "map") == code
    assert base_map(opened({"map": code})) == code
    take_base_map(page, NONE)
    assert in_address(page, "map") == ""


def test_a_map_of_the_county_is_opened_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mbtiles(tmp_path / "tiles" / "a b.mbtiles", {(0, 0, 0): b"\x89PNG\r\n\x1a\n"})
    state(tmp_path, "a b.mbtiles")
    monkeypatch.setattr("views.tile_map.county_folder", lambda: tmp_path)
    page = opened({"map": f"{LOCAL}a b.mbtiles"})
    assert base_map(page) == f"{LOCAL}a b.mbtiles"
    assert page.session_state.tile_map.credit == "曲阳县测绘院"
    assert in_address(page, "map") == f"{LOCAL}a b.mbtiles"


@pytest.mark.parametrize(
    "asked", [f"{LOCAL}gone.mbtiles", "<script>", "x" * 3000, f"{LOCAL}../../etc/passwd"]
)
def test_a_base_map_that_is_not_here_is_said_and_none_is_laid(asked: str) -> None:
    page = opened({"map": asked})
    assert base_map(page) == NONE
    assert plain(say("zh", "tiles.unknown_linked")) in warnings(page)
    assert in_address(page, "map") == ""
    take_base_map(page, STREETS)
    assert plain(say("zh", "tiles.unknown_linked")) not in warnings(page)


@pytest.mark.slow
def test_an_own_address_is_never_in_a_link_and_the_link_says_so() -> None:
    page = opened()
    take_base_map(page, OWN)
    template = "https://tiles.example.org/{z}/{x}/{y}.png?key=secret"
    next(each for each in page.text_input if each.key == "choice_tile_address").set_value(template).run()
    next(each for each in page.text_input if each.key == "choice_tile_credit").set_value("县").run()
    next(each for each in page.checkbox if each.key == "choice_tile_unshifted").set_value(True).run()
    assert page.session_state.tile_map.urls == (template,)
    assert in_address(page, "map") == OWN
    assert "secret" not in str(page.query_params)
    linked = opened({"map": OWN, "lang": "en"})
    assert base_map(linked) == NONE
    assert plain(say("en", "tiles.own_not_linked")) in warnings(linked)
    assert linked.session_state.tile_map is None


def test_back_to_defaults_leaves_the_base_map() -> None:
    page = opened({"map": STREETS})
    number(page, "turnout_s")
    label = say("zh", "choice.reset")
    next(each for each in page.button if each.label == label).click().run()
    assert asked(page) == Scenario()
    assert base_map(page) == STREETS
    assert (in_address(page, "map"), in_address(page, SCENARIO)) == (STREETS, "")


@pytest.mark.slow
def test_a_list_shows_what_is_chosen_after_the_language_was_changed_twice() -> None:
    page = opened({"map": STREETS, SCENARIO: link(MANY)})
    take_base_map(page, NONE)
    page.segmented_control(key="language").set_value("en").run()
    assert base_map(page) == NONE
    take_base_map(page, STREETS)
    page.segmented_control(key="language").set_value("zh").run()
    assert base_map(page) == STREETS
    assert asked(page) == MANY


@pytest.mark.slow
def test_the_table_shown_stands_in_the_address_and_its_link_opens_it() -> None:
    page = opened()
    page.segmented_control(key="shown_table").set_value("streets").run()
    assert not page.exception
    assert in_address(page, "table") == "streets"
    again = opened({"table": "streets"})
    assert again.session_state.shown_table == "streets"
    assert in_address(again, "table") == "streets"
    again.segmented_control(key="shown_table").set_value("parcels").run()
    assert in_address(again, "table") == ""
    assert opened({"table": "<b>"}).session_state.shown_table == "parcels"


@pytest.mark.slow
def test_a_filter_stands_in_the_address_and_its_link_opens_it() -> None:
    page = opened()
    page.session_state[KEPT] = Filter(text="灵山", verdicts=("not_covered",))
    page.run()
    assert not page.exception
    said = in_address(page, "filter")
    assert said != ""
    again = opened({"filter": said})
    assert again.session_state[KEPT] == Filter(text="灵山", verdicts=("not_covered",))
    assert in_address(again, "filter") == said


def test_a_layer_that_a_link_shows_is_made_at_once_and_nothing_else_is() -> None:
    page = opened({"layers": "zones,-joint,<b>,__class__," + "x" * 600})
    assert page.session_state[WANTED] == {"zones"}
    assert WANTED not in opened().session_state
