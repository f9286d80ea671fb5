"""Verdicts on hydrants, water cranes and other water: met only by what is stated, measured and plausible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.source_rules import (
    COLUMNS,
    NOTES,
    SOURCE_VERDICTS,
    pipe_speed_mps,
    rule_counts,
    source_sentence,
    source_verdicts,
)
from geo.county import read_county
from geo.problems import InputError
from geo.rule_pack import MARKS, STRICTNESS, read_pack
from geo.words import LANGUAGES, say
from tests.counties import table_of

ROOT = Path(__file__).resolve().parent.parent
PACK = read_pack("water")


def judged(hydrants: Any = (), cranes: Any = (), sources: Any = (), rule: str | None = None) -> pd.DataFrame:
    """The verdicts on these rows, of one rule where it is named."""
    table = source_verdicts(
        table_of("hydrants", hydrants), table_of("cranes", cranes), table_of("sources", sources), PACK
    )
    assert list(table.columns) == list(COLUMNS)
    return table if rule is None else table[table["rule_id"] == rule]


def answer(rule: str, kind: str = "hydrants", **row: Any) -> tuple[str, str]:
    """Verdict and reason of one rule for one source."""
    key = {"hydrants": "hydrant_id", "cranes": "crane_id", "sources": "source_id"}[kind]
    given: dict[str, Any] = {kind: [{key: "1", "kind": "pond", **row}]}
    one = judged(**given, rule=rule).iloc[0]
    return one["verdict"], one["reason"]


def test_every_rule_has_its_words_and_its_line_in_the_documentation() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for rule in PACK.rules:
        line = next(line for line in page.splitlines() if f"`{rule.id}`" in line)
        assert f"| {rule.mark} |" in line
        assert rule.standard in line
        assert rule.clause in line
        assert (rule.strictness == "reference") == ("reference" in line)
        assert all(
            f"{number:g}" in line for number in (rule.limits["all"].least, rule.limits["all"].most) if number
        )
        for language in LANGUAGES:
            assert say(language, f"rule.name.{rule.id}")
            assert say(language, f"rule.strictness.{rule.strictness}")
            assert not rule.unit or say(language, f"rule.unit.{rule.unit}")
    for language in LANGUAGES:
        assert all(say(language, f"rule.verdict.{each}") for each in SOURCE_VERDICTS)
        assert all(say(language, f"rule.note.{each}") for each in NOTES)
        assert all(say(language, f"rule.mark.{each}") for each in MARKS)


def test_only_what_was_seen_is_cited_and_only_the_mandatory_code_binds() -> None:
    assert all(rule.clause == "" for rule in PACK.rules if rule.mark == "M")
    binding = {rule.id for rule in PACK.rules if rule.standard == "GB 55036-2022"}
    assert binding == {"hydrant_main_pressure", "hydrant_flow", "hydrant_pressure_in_use"}
    assert {rule.clause for rule in PACK.rules if rule.id in binding} == {"3.0.3"}
    assert {rule.strictness for rule in PACK.rules if rule.per == "crane"} == {"reference"}
    assert {rule.strictness for rule in PACK.rules} == set(STRICTNESS)


@pytest.mark.parametrize(
    ("rule", "column", "value", "expected"),
    [
        ("hydrant_main_pressure", "pressure_mpa", 0.14, ("met", "within_limit")),
        ("hydrant_main_pressure", "pressure_mpa", 0.139, ("not_met", "below_limit")),
        ("hydrant_main_pressure", "pressure_mpa", 0.0, ("not_met", "zero_stated")),
        ("hydrant_main_pressure", "pressure_mpa", 300.0, ("not_stated", "implausible")),
        ("hydrant_main_pressure", "pressure_mpa", None, ("not_stated", "not_stated")),
        ("hydrant_flow", "flow_lps", 15.0, ("met", "within_limit")),
        ("hydrant_flow", "flow_lps", 14.9, ("not_met", "below_limit")),
        ("hydrant_flow", "flow_lps", 0.0, ("not_met", "zero_stated")),
        ("hydrant_flow", "flow_lps", 1475.0, ("not_stated", "implausible")),
        ("hydrant_pressure_in_use", "residual_mpa", 0.1, ("met", "within_limit")),
        ("hydrant_pressure_in_use", "pressure_mpa", 0.3, ("not_stated", "not_stated")),
        ("hydrant_kerb", "kerb_m", 0.4, ("not_met", "below_limit")),
        ("hydrant_kerb", "kerb_m", 2.0, ("met", "within_limit")),
        ("hydrant_kerb", "kerb_m", 2.1, ("not_met", "above_limit")),
        ("hydrant_wall", "wall_m", 4.9, ("not_met", "below_limit")),
        ("hydrant_main_diameter", "dn_mm", 80.0, ("not_met", "below_limit")),
        ("hydrant_main_diameter", "dn_mm", 100.0, ("met", "within_limit")),
        ("hydrant_main_diameter", "dn_mm", 4.0, ("not_stated", "implausible")),
        ("hydrant_main_form", "main_form", "ring", ("reference", "ring_main")),
        ("hydrant_main_form", "main_form", "branch", ("reference", "branch_main")),
        ("hydrant_main_form", "main_form", "unknown", ("not_stated", "not_stated")),
    ],
)
def test_a_hydrant_is_judged_by_what_it_states(
    rule: str, column: str, value: Any, expected: tuple[str, str]
) -> None:
    assert answer(rule, **{column: value}) == expected


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("source_access", {"access": "yes"}, ("met", "engine_can_draw")),
        ("source_access", {"access": "no"}, ("not_met", "engine_cannot_draw")),
        ("source_access", {"access": "unknown"}, ("not_stated", "not_stated")),
        ("source_access", {}, ("not_stated", "not_stated")),
        ("source_all_season", {"all_season": "no"}, ("not_met", "dry_at_times")),
        ("source_all_season", {"all_season": "yes"}, ("met", "water_all_year")),
        (
            "source_access",
            {"access": "yes", "status": "out_of_service"},
            ("not_applicable", "out_of_service"),
        ),
    ],
)
def test_other_water_must_be_reached_and_last(rule: str, given: Any, expected: tuple[str, str]) -> None:
    assert answer(rule, "sources", **given) == expected


def test_what_is_out_of_service_is_not_judged() -> None:
    rows = judged(hydrants=[{"hydrant_id": "1", "status": "out_of_service", "flow_lps": 3.0}])
    assert set(rows["verdict"]) == {"not_applicable"}


def test_a_design_value_meets_no_rule_and_can_fail_one() -> None:
    planned = {"status": "under_construction"}
    assert answer("hydrant_flow", flow_lps=20.0, **planned) == ("depends", "design_value")
    assert answer("hydrant_flow", flow_lps=10.0, **planned) == ("not_met", "below_limit")
    assert answer("hydrant_main_diameter", dn_mm=150.0, **planned) == ("depends", "design_value")


def test_the_same_figures_on_what_is_not_built_are_no_measurement() -> None:
    stated = {"dn_mm": 200.0, "pressure_mpa": 0.3, "flow_lps": 20.0}
    rows = [
        {"hydrant_id": "built", **stated},
        {"hydrant_id": "planned", "status": "not_built", **stated},
        {"hydrant_id": "other", **stated, "flow_lps": 21.0},
        {"hydrant_id": "silent", "dn_mm": 200.0},
    ]
    flow = judged(hydrants=rows, rule="hydrant_flow").set_index("source_id")
    assert flow["verdict"].tolist() == ["depends", "depends", "met", "not_stated"]
    assert flow["note"].tolist() == ["same_as_unbuilt", "unbuilt", "", ""]
    bore = judged(hydrants=rows, rule="hydrant_main_diameter").set_index("source_id")
    assert bore["verdict"].tolist() == ["met", "depends", "met", "met"]


def test_the_cranes_of_the_plan_state_design_values_for_comparison_only() -> None:
    county = read_county(ROOT / "data")
    table = source_verdicts(county.hydrants, county.cranes, county.water_sources, PACK)
    cranes = table[table["source_kind"] == "crane"]
    assert set(cranes["verdict"]) == {"reference"}
    speed = cranes[cranes["rule_id"] == "crane_pipe_speed"]
    assert speed["measured"].tolist() == pytest.approx([3.31] * 4, abs=0.005)
    assert set(speed["reason"]) == {"above_limit"}
    assert speed["note"].tolist() == ["same_as_unbuilt"] * 2 + ["unbuilt"] * 2
    assert set(speed["mark"]) == {"M"}
    for rule in ("crane_main_diameter", "crane_flow", "crane_pressure"):
        assert set(cranes.loc[cranes["rule_id"] == rule, "reason"]) == {"within_limit"}
    hydrants = table[table["source_kind"] == "hydrant"]
    assert len(hydrants) == 107 * 8
    assert set(hydrants["verdict"]) == {"not_stated"}
    assert rule_counts(table)["number"].sum() == len(table)


def test_the_speed_in_a_pipe_by_hand() -> None:
    flow, bore = np.array([104.0, 15.0, 15.0, np.nan]), np.array([200.0, 100.0, 0.0, 100.0])
    assert pipe_speed_mps(flow, bore) == pytest.approx(
        [0.104 / (np.pi * 0.01), 0.015 / (np.pi * 0.0025), np.nan, np.nan], nan_ok=True
    )


def test_rows_are_in_the_order_of_sources_and_rules_and_read_as_sentences() -> None:
    table = judged(
        hydrants=[{"hydrant_id": "b", "flow_lps": 20.0}, {"hydrant_id": "a", "flow_lps": 0.0}],
        cranes=[{"crane_id": "c", "status": "not_built", "flow_lps": 104.0, "dn_mm": 200.0}],
        sources=[{"source_id": "d", "kind": "quay", "access": "yes"}],
    )
    assert table["source_id"].tolist() == ["b"] * 8 + ["a"] * 8 + ["c"] * 4 + ["d"] * 2
    assert table["source_kind"].unique().tolist() == ["hydrant", "crane", "quay"]
    asked = [rule.id for rule in PACK.rules]
    assert table["rule_id"].drop_duplicates().tolist() == asked
    for language in LANGUAGES:
        for row in table.to_dict("records"):
            text = source_sentence({str(key): value for key, value in row.items()}, language)
            assert "{" not in text
            assert "nan" not in text
    unbuilt = table[table["rule_id"] == "crane_flow"].iloc[0].to_dict()
    assert "design value" in source_sentence({str(key): value for key, value in unbuilt.items()}, "en")


def test_without_sources_there_is_an_empty_table() -> None:
    assert judged().empty


@pytest.mark.parametrize(
    "change", [{"quantity": "colour"}, {"limits": {"一级": PACK.rules[0].limits["all"]}}]
)
def test_a_rule_on_what_no_source_states_is_refused(change: dict[str, Any]) -> None:
    pack = replace(PACK, rules=(replace(PACK.rules[0], **change),))
    with pytest.raises(InputError):
        source_verdicts(table_of("hydrants", []), table_of("cranes", []), table_of("sources", []), pack)


@pytest.mark.slow
def test_a_hundred_thousand_hydrants_are_judged_in_seconds() -> None:
    one = pd.DataFrame(table_of("hydrants", [{"hydrant_id": "1", "flow_lps": 20.0, "dn_mm": 100.0}]))
    many = one.loc[np.zeros(100_000, dtype=int)].reset_index(drop=True)
    table = source_verdicts(many, table_of("cranes", []), table_of("sources", []), PACK)
    assert len(table) == 800_000
    assert table["reason"].value_counts().to_dict() == {
        "not_stated": 500_000, "within_limit": 200_000, "above_limit": 100_000,
    }  # fmt: skip
