"""What the page keeps of its answers: one answer for one question, and of a large county few of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.assessment import assess
from analysis.changes import SourceAdded
from analysis.scenario import Scenario, Targets
from tests.test_changes import TARGETS, degrees, station, street_town, with_changes
from views import kept as keeping
from views.kept import FEW, MANY, answer_key, is_large, kept, kept_of_county

TURNOUTS = [Scenario(targets=Targets(turnout_s=float(seconds))) for seconds in range(60, 60 + MANY + 2)]


def county(things: int, digest: str) -> Any:
    """As much of a county as keeping asks for."""
    return SimpleNamespace(network=None, parcels=range(things), hydrants=(), digest=digest)


def answer(of: Any, scenario: Scenario) -> Any:
    """As much of an assessment as keeping asks for."""
    return SimpleNamespace(county=of, scenario=scenario)


def test_an_answer_is_made_once_for_each_county_scenario_and_language() -> None:
    made = []

    @kept()
    def said(assessment: Any, language: str) -> str:
        made.append((assessment.county.digest, assessment.scenario.targets.turnout_s, language))
        return f"{made[-1]}"

    asked = [
        (answer(county(1, digest), scenario), language)
        for digest in ("one", "other")
        for scenario in TURNOUTS[:2]
        for language in ("zh", "en")
    ]
    first = [said(*each) for each in asked]
    assert [said(*each) for each in asked] == first
    assert len(made) == len(set(made)) == len(set(first)) == 8


def test_functions_keep_apart_what_they_make() -> None:
    def named(word: str) -> Any:
        def said(assessment: Any) -> str:
            return f"{word} {assessment.county.digest}"

        said.__qualname__ = word
        return kept()(said)

    one, other = named("one"), named("other")
    asked = answer(county(1, "here"), Scenario())
    assert (one(asked), other(asked), one(asked)) == ("one here", "other here", "one here")


def test_what_has_no_time_in_it_is_made_once_for_all_times() -> None:
    made = []

    @kept(still=True)
    def said(assessment: Any) -> str:
        made.append(assessment.scenario)
        return "said"

    for scenario in TURNOUTS:
        said(answer(county(1, "still"), scenario))
    said(answer(county(1, "still"), Scenario(targets=Targets(hydrant_radius_m=120))))
    assert [each.targets.hydrant_radius_m for each in made] == [150, 120]


def test_of_a_large_county_few_answers_are_kept_and_of_a_small_one_many() -> None:
    made = []

    @kept_of_county()
    def said(of: Any, scenario: Scenario) -> str:
        made.append(of.digest)
        return f"{of.digest} {answer_key(of, scenario)[1]}"

    for digest, things, most in (("small", 9, MANY), ("large", keeping.LARGE + 1, FEW)):
        asked = county(things, digest)
        assert is_large(asked) == (digest == "large")
        for scenario in TURNOUTS[:most]:
            said(asked, scenario)
        for scenario in TURNOUTS[:most]:
            said(asked, scenario)
        assert made.count(digest) == most, "all of them are kept"
        said(asked, TURNOUTS[most])
        said(asked, TURNOUTS[0])
        assert made.count(digest) == most + 2, "the one used least lately went"


def test_the_name_of_a_scenario_is_part_of_the_question() -> None:
    asked = county(1, "named")
    assert answer_key(asked, Scenario()) != answer_key(asked, replace(Scenario(), name="other"))


@pytest.mark.slow
def test_what_is_kept_whatever_the_time_is_never_that_of_another_scenarios_stations_or_water() -> None:
    made = []

    @kept(still=True)
    def places(assessment: Any) -> list[str]:
        made.append(assessment.scenario)
        county = assessment.county
        return [*county.stations["station_id"], *county.hydrants["hydrant_id"], *county.stations["status"]]

    asked = [
        Scenario(targets=TARGETS),
        with_changes(stations_added=(station("B", 5000, 0),)),
        with_changes(stations_added=(station("C", 5000, 0),)),
        with_changes(stations_off=("A",)),
        with_changes(hydrants_added=(SourceAdded("H2", **degrees(3000, 0)),)),
    ]
    expected = [
        ["A", "H", "in_use"], ["A", "B", "H", "in_use", "hypothetical"], ["A", "C", "H", "in_use", "hypothetical"],
        ["A", "H", "out_of_service"], ["A", "H", "H2", "in_use"],
    ]  # fmt: skip
    for _ in range(2):
        assert [places(assess(street_town(), each)) for each in asked] == expected
    assert len(made) == len(asked)
    later = [replace(each, targets=replace(TARGETS, turnout_s=90.0)) for each in asked]
    assert [places(assess(street_town(), each)) for each in later] == expected
    assert len(made) == len(asked), "and a changed time makes nothing anew"
