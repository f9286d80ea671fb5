"""Rules a standard makes for a county's service as a whole, beside what streets and times can say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.findings import DEPENDS, NOT_ANALYSED, Finding
from analysis.readings import stretches
from analysis.rules import COLUMNS, table_row
from geo.rule_pack import ALL, read_pack

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.rule_pack import Rule

FIRST_ENGINE = frozenset({"nfpa1710_first_engine"})
"""Rules on the time of the first engine alone, of which the share of streets in time can be said."""


def street_share(assessment: Assessment, drive_s: float) -> float | None:
    """The share of street length that a first engine reaches within the scenario's turnout and ``drive_s``.

    None without times, and on schematic streets.
    """
    due, network = assessment.due, assessment.county.network
    if due is None or network is None or network.source.schematic:
        return None
    cut = stretches(due, assessment.scenario.targets.turnout_s + drive_s)
    length = cut.to_m - cut.from_m
    return float(length[cut.reached].sum() / length.sum())


def _finding(assessment: Assessment, rule: Rule) -> Finding:
    """None of these is met or not met here: they are held against incidents, crews or built-up road."""
    if rule.quantity == "turnout_s":
        return Finding(DEPENDS, "turnout_assumed", assessment.scenario.targets.turnout_s)
    if rule.quantity == "road_m":
        return Finding(NOT_ANALYSED, "road_distance")
    share = street_share(assessment, rule.limits[ALL].most or 0.0) if rule.id in FIRST_ENGINE else None
    if share is not None:
        return Finding(NOT_ANALYSED, "share_of_streets", detail=f"{share * 100:.1f} %")
    return Finding(NOT_ANALYSED, "needs_incidents")


def scenario_rule_table(assessment: Assessment, pack: str) -> pd.DataFrame:
    """One row for each rule of a pack that is put to the whole service; columns as of the rules of stations,
    ``station_id`` empty. Empty for a pack without such rules."""
    whole: pd.Series[Any] = pd.Series({"station_id": "", "grade": None}, dtype=object)
    rows = [
        table_row(whole, rule, _finding(assessment, rule))
        for rule in read_pack(pack).rules
        if rule.per == "scenario"
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
