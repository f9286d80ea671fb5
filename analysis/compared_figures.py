"""The figures of several assessments side by side, each with its unit and denominator, and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.verdicts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.assessment import Assessment

FIGURES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("area_covered", "share", "study_area", ("area_share", "covered")),
    ("area_not_covered", "share", "study_area", ("area_share", "not_covered")),
    ("area_not_analysed", "share", "study_area", ("area_share", "not_analysed")),
    ("area_covered_low", "share", "study_area", ("area_share", "low")),
    ("area_covered_high", "share", "study_area", ("area_share", "high")),
    ("area_covered_m2", "m2", "", ("covered_area_m2",)),
    ("street_length", "m", "", ("street_length_m",)),
    ("street_reached", "m", "", ("street_length_reached_m",)),
    ("street_share", "share", "street_length", ("street_share", "nominal")),
    ("street_share_low", "share", "street_length", ("street_share", "low")),
    ("street_share_high", "share", "street_length", ("street_share", "high")),
    *((f"parcels_{verdict}", "number", "", ("parcels", verdict, "number")) for verdict in VERDICTS),
    *((f"parcels_{verdict}_mu", "mu", "parcels_mu", ("parcels", verdict, "mu")) for verdict in VERDICTS),
    ("stations_counted", "number", "", ("stations", "counted")),
    ("hydrants_counted", "number", "", ("water", "hydrants_counted")),
    ("cranes_counted", "number", "", ("water", "cranes_counted")),
    ("hydrant_share_low", "share", "study_area", ("water", "area", "share", "low")),
    ("hydrant_share_high", "share", "study_area", ("water", "area", "share", "high")),
    ("hydrant_share_example", "share", "study_area", ("water", "area", "share", "examples", "even")),
    ("cost", "wan_yuan", "", ("cost", "wan_yuan")),
)
"""Name, unit, denominator, and where the figure stands in a summary."""


def figure_table(assessments: Sequence[Assessment]) -> pd.DataFrame:
    """One row per figure that any scenario has: ``figure``, ``unit``, ``denominator``, ``value_1`` …, and for each but
    the first ``difference_2`` … (to the first). Null where a scenario has no such figure, never nought."""
    rows = []
    for name, unit, denominator, path in FIGURES:
        values = [_found(each.summary, path) for each in assessments]
        if all(value is None for value in values):
            continue
        row: dict[str, Any] = {"figure": name, "unit": unit, "denominator": denominator}
        row |= {f"value_{number}": value for number, value in enumerate(values, 1)}
        row |= {
            f"difference_{number}": None if value is None or values[0] is None else value - values[0]
            for number, value in enumerate(values[1:], 2)
        }
        rows.append(row)
    numbers = [
        name for name in (rows[0] if rows else {}) if name.partition("_")[0] in {"value", "difference"}
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, float))


def _found(summary: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    value: Any = summary
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return None if value is None else float(value)
