"""A scenario survives a link; a broken or hostile link is refused with words."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from typing import Any

import pytest

from analysis.closures import Closure
from analysis.scenario import Scenario, Targets, scenario_from_json
from analysis.scenario_link import MOST_LETTERS, scenario_from_link, scenario_to_link
from analysis.shuttle_choice import ShuttleChoice
from analysis.vehicle_limits import Vehicle
from geo.problems import InputError

FULL = Scenario(
    name="雨雪 & peak?",
    planned_works=True,
    count_unknown=True,
    year=2025,
    closures=(Closure("恒山路", "POINT (114.7 38.62)"), Closure("", "POINT (114.71 38.62)", "slow", 2.0)),
    vehicle=Vehicle(),
    vehicle_policy="block",
    shuttle=ShuttleChoice(),
    targets=Targets(turnout_s=90, profile="snow", speeds_kph=(("primary", 44.5),), bands_s=(240.0, 300.0)),
)


def packed(data: Any) -> str:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    "scenario", [FULL, replace(FULL, shuttle=None), Scenario(targets=Targets(turnout_s=61))]
)
def test_a_scenario_survives_its_link(scenario: Scenario) -> None:
    text = scenario_to_link(scenario)
    assert text is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert scenario_from_link(text) == scenario


def test_the_default_needs_no_link_and_a_small_change_a_short_one() -> None:
    assert scenario_to_link(Scenario()) == ""
    assert scenario_from_link("") == Scenario()
    one = scenario_to_link(Scenario(targets=Targets(turnout_s=90)))
    assert one is not None
    assert len(one) < 60


def test_what_does_not_fit_is_said() -> None:
    many = tuple(Closure(f"street {i * 7919}", f"POINT (114.{i * 7919} 38.{i * 6151})") for i in range(300))
    assert scenario_to_link(Scenario(closures=many)) is None
    for number in range(300):
        text = scenario_to_link(Scenario(closures=many[:number]))
        assert text is None or len(text) <= MOST_LETTERS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "link_broken"),
        ("恒山路", "link_broken"),
        ("<script>alert(1)</script>", "link_broken"),
        ("../../etc/passwd", "link_broken"),
        (packed({"planned_works": True})[:-4], "link_broken"),
        (packed({"planned_works": True}) + "AAAA", "link_broken"),
        (packed(b" " * 5_000_000)[:MOST_LETTERS], "link_broken"),
        (packed(b"\xff\xfe"), "link_broken"),
        ("A" * (MOST_LETTERS + 1), "link_long"),
        (packed(b"[" * 100_000), "not_json"),
        (packed([1, 2]), "not_an_object"),
        (packed({"__class__": "os"}), "unknown_field"),
        (packed({"targets": {"turnout_s": 1e9}}), "target_range"),
        (packed(b'{"targets": {"turnout_s": NaN}}'), "target_range"),
        (packed({"targets": {"profile": ["normal"]}}), "not_in_list"),
        (packed({"planned_works": "yes"}), "not_a_flag"),
        (packed({"closures": [{"wkt": "POLYGON EMPTY"}]}), "closure_shape"),
    ],
)
def test_a_broken_or_hostile_link_is_refused_in_words(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        scenario_from_link(text, "link")
    assert code in {each.code for each in refused.value.problems}
    for language in ("zh", "en"):
        assert all(each.text(language) for each in refused.value.problems)


def test_a_link_that_unpacks_to_very_much_is_not_unpacked() -> None:
    bomb = packed(b" " * 1_400_000)
    assert len(bomb) <= MOST_LETTERS
    with pytest.raises(InputError):
        scenario_from_link(bomb)


@pytest.mark.parametrize(
    "told",
    [
        '{"name":"\\ud800"}',
        '{"closures":[{"name":"\\udfff","wkt":"POINT (114.7 38.6)"}]}',
        '{"targets":{"speeds_kph":{"primary":1' + "0" * 400 + "}}}",
        '{"targets":{"bands_s":[1' + "0" * 400 + "]}}",
        '{"targets":{"bands_s":' + json.dumps(list(range(1, 7000))) + "}}",
    ],
    ids=["half a letter", "half a letter of a closure", "speed", "band", "bands"],
)
def test_hostile_values_are_refused_in_words(told: str) -> None:
    with pytest.raises(InputError) as error:
        scenario_from_json(told, "link")
    assert all(each.text(language) for each in error.value.problems for language in ("zh", "en"))


def test_of_two_speeds_of_one_class_the_later_holds() -> None:
    told = '{"targets":{"speeds_kph":[["primary",60],["primary",30]]}}'
    assert scenario_from_json(told).targets.speeds_kph == (("primary", 30.0),)
