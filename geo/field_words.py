"""What the columns of results are called, and what their codes mean, in the words a reader knows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from geo.words import say_or, words

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_GROUPS: Mapping[str, str] = MappingProxyType({
    "status": "value.status", "position_class": "value.position", "class": "value.class",
    "scenario_change": "value.scenario_change", "position_status": "value.position_status",
    "verdict": "verdict", "verdict_slow": "verdict", "reason": "reason", "depends_on": "reason",
    "water_state": "value.water_state", "site_state": "value.site_state", "warning": "vehicle.warning",
    "certainty": "figure.certainty", "hydrant_certainty": "figure.certainty", "hose_certainty": "figure.certainty",
    "shuttle_certainty": "figure.certainty", "layout": "figure.layout",
    "mark": "rule.mark", "strictness": "rule.strictness",
    "engine": "value.half", "water": "value.half", "joint_state": "value.joint_state",
    "joint_drawn": "value.joint_state", "joint_reason": "reason", "hose_state": "value.hose_state",
    "hose_drawn": "value.hose_state", "hose_reason": "reason", "hose_differs": "value.hose_differs",
    "differs": "value.hose_differs", "source_kind": "value.source_kind", "chainage_from": "spacing.chainage_from",
    "sides": "spacing.sides", "spacing_verdict": "crane.spacing_verdict", "flow_source": "crane.flow_source",
    "limited_by": "shuttle.limited_by", "shuttle_limited_by": "shuttle.limited_by",
    "shuttle_state": "crane.trip_state reason", "shuttle_depends_on": "crane.rests_on",
    "streets.state": "value.street_state", "network_health.kind": "map.health",
    "rules.verdict": "rule.verdict", "rules.reason": "rule.reason",
    "rules.unit": "rule.unit", "water_source_rules.unit": "rule.unit",
    "fleet.verdict": "fleet.verdict", "fleet.reason": "fleet.reason",
    "plan_check.severity": "plan.severity", "plan_check.subject": "plan.subject",
    "plan_check.state": "plan.state",
    "water_spacing.kind": "spacing.kind", "water_spacing.side": "spacing.side",
    "water_spacing.depends_on": "spacing.reason", "water_proposed_hydrants.side": "spacing.side",
    "water_proposed_hydrants.depends_on": "spacing.reason",
    "water_spacing_streets.verdict": "spacing.verdict", "water_spacing_streets.reason": "spacing.reason",
    "water_spacing_streets.depends_on": "spacing.reason",
    "water_cranes.depends_on": "crane.rests_on", "water_station_trips.depends_on": "crane.rests_on",
    "water_shuttle.depends_on": "crane.rests_on", "water_shuttle.state": "crane.trip_state",
    "water_fill_times.state": "crane.fill_state",
    "water_source_rules.verdict": "rule.verdict", "water_source_rules.reason": "rule.reason",
})  # fmt: skip
"""Where the words of a column's codes stand: by column, or by layer and column where a layer has its own; blanks
between groups."""

LISTS = frozenset({
    "depends_on", "shuttle_depends_on", "joint_reason", "hose_reason", "warning", "reason",
})  # fmt: skip
"""Columns whose cells may hold several codes, or a code whose words take values."""

_ALL = "all"
"""In some groups the word of a choice, not of a code."""


def field_title(language: str, layer: str, name: str) -> str:
    """What a column of a layer is called, with its unit; empty for a column of the county's own files."""
    return say_or(language, f"field_of.{layer}.{name}", say_or(language, f"result_field.{name}", ""))


def code_words(language: str, layer: str, name: str) -> dict[str, str]:
    """Code → its words, for every code a column of a layer may hold; nothing for a column without codes."""
    groups = CODE_GROUPS.get(f"{layer}.{name}", CODE_GROUPS.get(name, "")).split()
    found = {}
    for key, text in words(language).items():
        group, _, code = key.rpartition(".")
        if group in groups and code != _ALL:
            found[code] = text
    return found
