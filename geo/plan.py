"""What a plan's own text leaves open: the two tables of a county folder's ``plan/`` and what may be wrong with them."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    import pandas as pd

SEVERITIES = ("H", "M", "L")
"""``H`` changes a result, ``M`` must be shown, ``L`` is a slip of writing."""
SUBJECTS = (
    "hydrants", "cranes", "streets", "stations", "crew", "vehicles", "boxes", "townships", "parcels", "targets",
    "law", "data",
)  # fmt: skip
FIGURES = (
    "area_share", "street_share", "parcels_verdicts", "parcels_total_mu", "hydrants_built", "hydrants_total",
    "hydrant_cover", "hydrant_spacing", "cranes_built", "cranes_total", "cranes_flow", "station_sites", "site_area_m2",
    "building_area_m2", "investment", "crew", "vehicles_total", "tank_l", "boxes", "targets", "approval",
    "holder", "planned_use",
)  # fmt: skip
"""What may rest on a finding: figures and columns, by names that stay."""
TEXTS = ("printed_zh", "printed_en", "finding_zh", "finding_en")
"""Columns whose ``{names}`` are filled with what the check of the row computes."""
CHECKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(values.split())
        for name, values in {
            "crew_parts": "stated parts gap role printed would_be",
            "crew_needed": "stations least most operational at_most",
            "hydrants_built": "built coming total",
            "hydrants_side": "built doubled coming total",
            "hydrants_new_road": "coming coming_m built built_low_m built_high_m",
            "hydrants_spacing": "streets reach_m low_km high_km need_low need_high more_low more_high",
            "streets_same_ends": "streets ends",
            "streets_bare": "streets",
            "streets_of_cranes": "streets",
            "street_parts": "named unnamed",
            "ring_streets": "named unnamed",
            "cranes_built": "stated built unbuilt",
            "cranes_same": "cranes unbuilt pressure flow_lps",
            "cranes_speed": "dn_mm flow_lps speed limit allowed_lps",
            "cranes_streets": "streets",
            "building_area": "printed site_m2 building_m2 gap_m2 site_limit building_limit",
            "site_area": "site_m2 most_m2 times",
            "vehicles_number": "vehicles engines first special",
            "tank_codes": "vehicles differ listed",
            "lifts": "reach_m",
            "boxes_lost": "lost merged",
            "boxes_sums": "grades sums least",
            "land_held": "parcels mu share total_mu all_parcels",
            "holders": "holders spellings",
            "certificates": "parcels",
            "parcels_places": "parcels surveyed township_only",
            "indicators": "indicators missing",
            "awareness": "level growth",
        }.items()
    }
)
"""What can be worked out again from the county's own tables, and the values each check gives."""
_LINES = re.compile(r"\d+(-\d+)?(;\d+(-\d+)?)*")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def line_spans(lines: str) -> tuple[tuple[int, int], ...]:
    """``699;723-731`` as first and last lines: ``((699, 699), (723, 731))``."""
    spans = [each.partition("-") for each in lines.split(";")]
    return tuple((int(first), int(last or first)) for first, _, last in spans)


def codes(cell: str | None) -> tuple[str, ...]:
    """The codes of a cell, written with semicolons between them; none for an empty cell."""
    return tuple(each.strip() for each in (cell or "").split(";") if each.strip())


def plan_problems(table: pd.DataFrame, given: pd.DataFrame, file: str) -> Iterable[Problem]:
    """A weight or subject left out, lines that cannot be read, figures, checks and values of checks that there are
    not. ``given``: the table before it was read; what could not be read has been said."""
    for row, each in enumerate(table.to_dict("records"), 1):
        for name, listed in (("severity", SEVERITIES), ("subject", SUBJECTS)):
            if name in table and (name not in given or given[name].iloc[row - 1] in {None, ""}):
                known = ", ".join(listed)
                yield problem("not_in_list", file=file, row=row, field=name, value="", known=known)
        lines = each["lines"]
        if lines is None or not _LINES.fullmatch(lines):
            yield problem("plan_lines", file=file, row=row, field="lines", value=lines or "")
        for code in codes(each.get("figures")):
            if code not in FIGURES:
                known = ", ".join(FIGURES)
                yield problem(
                    "not_in_list", file=file, row=row, field="figures", value=code[:80], known=known
                )
        yield from _check_problems(each, row, file)


def _check_problems(each: Mapping[Hashable, Any], row: int, file: str) -> Iterable[Problem]:
    check = each.get("check")
    if check is not None and check not in CHECKS:
        known = ", ".join(CHECKS)
        yield problem("not_in_list", file=file, row=row, field="check", value=check[:80], known=known)
        return
    values = CHECKS.get(check or "", frozenset())
    for name in TEXTS:
        for code in PLACEHOLDER.findall(each.get(name) or ""):
            if code not in values:
                known = ", ".join(sorted(values)) or "–"
                yield problem("plan_value", file=file, row=row, field=name, value=code[:80], known=known)
