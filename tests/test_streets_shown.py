"""Engine and water on the page, and hydrants street by street: what is drawn, said and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from analysis.assessment import assess
from analysis.joint import JOINT_STATES
from analysis.map_kinds import joint_kinds
from analysis.scenario import Scenario, Targets, scenario_from_json
from analysis.spacing_after import COUNTS, before_and_after
from analysis.water_assessment import assess_water
from geo import map_style as style
from geo.county import read_county
from geo.words import words as texts
from views.joint import joint_layer, joint_strip
from views.streets import chosen_layers, street_at, street_columns, street_table
from views.wanted import LAYERS, WANTED, wanted_layer
from views.water import still_water, water_of
from views.water_panels import RULE_HEADS, crane_rows, fill_rows, gap_table, source_count_rows
from views.wording import Words

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.maps import MapLayer

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(read_county(DATA), Scenario())


def features(layer: MapLayer) -> list[dict[str, Any]]:
    assert layer.content is not None
    found: list[dict[str, Any]] = json.loads(layer.content)["features"]
    return found


def test_counts_before_are_the_engines_and_after_the_proposal_nothing_is_too_long(
    assessment: Assessment,
) -> None:
    spacing = assess_water(assessment).spacing
    assert spacing is not None
    counts, streets = before_and_after(spacing), spacing.streets.set_index("line_id")
    judged = streets["missing"].notna()
    assert judged.sum() > 10
    for name in ("missing", "stretches", "longest_m"):
        np.testing.assert_allclose(counts.loc[judged, f"{name}_before"], streets.loc[judged, name])
    assert (counts.loc[judged, ["missing_after", "stretches_after"]] == 0).all(axis=None)
    assert counts["longest_m_after"].max() <= spacing.figures["spacing_m"]
    added = spacing.proposed["line_id"].value_counts().reindex(counts.index, fill_value=0)
    assert ((counts["hydrants_after"] - counts["hydrants_before"]) == added)[judged].all()
    assert list(counts) == [f"{name}{end}" for end in ("_before", "_after") for name in COUNTS]


def test_on_drawn_streets_every_line_is_thin_and_says_it_is_not_decided(assessment: Assessment) -> None:
    layer = joint_layer(assessment, Words("zh"))
    kinds = {each["properties"]["k"] for each in features(layer)}
    assert kinds
    assert all(kind.endswith("_drawn") for kind in kinds)
    assert "未判定" in layer.label
    for kind in kinds:
        assert style.JOINT[kind]["dashArray"]
        assert style.JOINT[kind]["weight"] < style.JOINT[kind.removesuffix("_drawn")]["weight"]
    strip = joint_strip(assessment, Words("zh"))
    assert "占街道 33.6 公里" in strip
    assert "未分析 100.0" in strip
    assert "不判定" in strip


def test_every_state_has_a_line_of_its_own_and_words_in_both_languages() -> None:
    assert set(JOINT_STATES) <= set(style.JOINT)
    looks = [(look["color"], look["dashArray"]) for look in style.JOINT.values()]
    assert len(set(looks)) == len(looks)
    assert len({look["dashArray"] for name, look in style.JOINT.items() if name in JOINT_STATES}) == 5
    for language in ("zh", "en"):
        said = texts(language)
        assert all(f"value.joint_state.{state}" in said for state in JOINT_STATES)
        for key, group in (("hose", style.HOSE), ("shuttle", style.SHUTTLE), ("chosen", style.SPACING)):
            suffix = "" if key == "chosen" else "_kind"
            assert all(f"map.{key}{suffix}.{kind}" in said for kind in group), key


def test_a_drawn_state_is_shown_only_where_nothing_is_decided(assessment: Assessment) -> None:
    table = assess_water(assessment).joint_streets.iloc[:3].copy()
    table["joint_state"] = ["neither", "not_analysed", "not_analysed"]
    table["joint_drawn"] = ["engine_and_water", "engine_only", None]
    assert joint_kinds(table).tolist() == ["neither", "engine_only_drawn", "not_analysed"]


def test_the_street_table_has_numbers_that_sort_and_verdicts_in_words(assessment: Assessment) -> None:
    for language in ("zh", "en"):
        said = Words(language)
        spacing = still_water(assessment).spacing
        assert spacing is not None
        table = street_table(spacing, said)
        mine = table[table["name"] == "复兴街"].iloc[0]
        assert (mine["built"], mine["missing"], mine["missing_span"]) == (3, 20, "17–23")
        assert said("spacing.verdict.depends") in mine["verdict"]
        assert said("spacing.reason.schematic_network") in mine["depends_on"]
        assert table["missing"].dtype.kind == "f"
        judged = table["missing"].dropna()
        assert judged.is_monotonic_decreasing
        assert table["missing"].iloc[len(judged) :].isna().all(), "streets that nobody can judge come last"
        assert list(street_columns(table, said)) == list(table)


def test_a_chosen_street_lights_up_and_none_lights_nothing(assessment: Assessment) -> None:
    said = Words("en")
    street, hydrants = chosen_layers(assessment, "复兴街", said)
    lines = {each["properties"]["k"]: each["geometry"]["coordinates"] for each in features(street)}
    assert (len(lines["line"]), len(lines["stretch_example"])) == (1, 4)
    kinds = [each["properties"]["k"] for each in features(hydrants)]
    assert (kinds.count("standing"), kinds.count("proposed")) == (3, 20)
    assert [features(each) for each in chosen_layers(assessment, None, said)] == [[], []]


@pytest.mark.parametrize("place", [None, [], ["a", 1], [114.7], {"lon": 1}])
def test_a_street_is_found_by_name_and_place_and_nothing_else_is(assessment: Assessment, place: Any) -> None:
    assert street_at(assessment, "复兴街", [114.698, 38.62]) == "复兴街"
    assert street_at(assessment, "no such street", [114.698, 38.62]) is None
    assert street_at(assessment, "复兴街", place) is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_layer_that_is_off_is_made_and_says_what_it_shows(
    assessment: Assessment, language: str
) -> None:
    for key in LAYERS:
        layer = wanted_layer(assessment, key, Words(language))
        assert layer.key == key
        assert not layer.visible
        assert layer.legend, key
        kinds = {each["properties"]["k"] for each in features(layer)}
        assert kinds or key in ("overlap", "links"), (
            "one station overlaps with none; drawn streets are no links"
        )
        assert kinds <= set(layer.styles)


def test_layers_nobody_switched_on_cost_nothing_and_come_when_wanted() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.run()
    sent = json.loads(page.get("component_instance")[0].proto.json_args)
    assert "/hose." not in json.dumps(sent)
    page.session_state[WANTED] = {"hose"}
    page.run()
    assert not page.exception
    assert "/hose." in json.dumps(json.loads(page.get("component_instance")[0].proto.json_args))


@pytest.mark.slow
def test_what_no_time_changes_is_kept_when_times_change(assessment: Assessment) -> None:
    later = assess(assessment.county, Scenario(targets=Targets(turnout_s=120)))
    assert still_water(later) is still_water(assessment)
    assert water_of(later) is not water_of(assessment)
    assert water_of(later).assessment.scenario == later.scenario
    wider = assess(assessment.county, Scenario(targets=Targets(hydrant_radius_m=200)))
    assert still_water(wider) is not still_water(assessment)


def test_panels_of_water_say_the_brigades_own_numbers(assessment: Assessment) -> None:
    said = Words("zh")
    gaps = gap_table(assessment, said)
    assert gaps["rank"].tolist() == list(range(1, len(gaps) + 1))
    assert gaps["key_units"].tolist() == [said("water_panel.unknown")], "nobody listed any"
    cranes = crane_rows(assessment, said)
    assert [each["crane_id"] for each in cranes] == ["WC-1", "WC-2", "WC-3", "WC-4"]
    assert "（" in cranes[0]["station_to_crane_s"], "the station's place is not sure"
    assert cranes[3]["station_to_crane_s"] == ""
    foam = next(each for each in fill_rows(assessment, said) if each["tank_l"] == 17000)
    assert (foam["flow_lps"], foam["fill_s"]) == (104.0, 163.5)
    rules = source_count_rows(still_water(assessment).source_rules, said)
    assert {sum(each[name] for name in RULE_HEADS[1:]) for each in rules} == {107, 4}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_shuttle_of_ones_own_reaches_the_scenario(language: str) -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["lang"] = language
    page.run()
    page.toggle(key="choice_shuttle").set_value(True).run()
    page.number_input(key="choice_tankers").set_value(4).run()
    page.number_input(key="choice_tank_l").set_value(8000.0).run()
    assert not page.exception
    asked = scenario_from_json(page.session_state.asked).shuttle
    assert asked is not None
    assert asked.tanks_l == (8000.0,) * 4
    page.toggle(key="choice_shuttle").set_value(False).run()
    assert scenario_from_json(page.session_state.asked).shuttle is None
