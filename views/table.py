"""The reserve-plan table: the plan's own columns in the plan's own order, the computed ones behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from geo.map_style import VERDICT_LETTER
from views.kept import kept
from views.water import parcels_of
from views.widths import text_px
from views.wording import Words, missing, plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment

PLAN_COLUMNS = (
    "seq", "parcel_no", "township", "holder", "location_text", "area_mu", "approval", "planned_use", "remark",
)  # fmt: skip
"""序号 土地储备项目名称 区域 权属 位置 面积(亩) 批准文号及批准时间 规划用途 备注."""

COMPUTED_COLUMNS = (
    "verdict", "joint_state", "reason", "arrival", "verdict_slow", "station_id", "second_due", "stations_in_time",
    "covered_share", "hydrant", "crane",
    "water_state", "position_class",
)  # fmt: skip

VERDICT_BADGE = {"covered": "blue", "depends": "orange", "not_covered": "red", "not_analysed": "gray"}
"""Streamlit's names of the colours; the letter says it too."""

MOST_BADGES = 12
"""With more parcels than this only the table and the figure above it give the verdicts."""

ROW_HEIGHT_PX = 66
"""Room for three lines: Streamlit wraps cells in rows above four rem, so the plan and the verdict fit together."""

_WIDTH_PX = {
    "seq": 46, "parcel_no": 150, "township": 88, "holder": 118, "location_text": 112, "area_mu": 88,
    "approval": 180, "planned_use": 94, "remark": 90, "verdict": 104, "joint_state": 110, "arrival": 128,
    "verdict_slow": 120, "station_id": 100, "second_due": 150, "stations_in_time": 110, "covered_share": 90,
    "hydrant": 118, "crane": 118, "water_state": 90, "position_class": 90,
    "reason": 310,
}  # fmt: skip

MOST_COMPUTED_PX = 190
"""A longer computed cell wraps."""


def _text(value: Any) -> str:
    if missing(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def computed_cells(row: Any, words: Words, *, schematic: bool) -> dict[str, str]:
    """The computed columns of one parcel in words; empty where nothing can be said."""
    arrival = words.minutes(row.arrival_s)
    if arrival and schematic:
        arrival = words("value.schematic", what=arrival)
    return {
        "verdict": words.of("verdict", row.verdict),
        "joint_state": words.of("value.joint_state", row.joint_state),
        "reason": words.reason(row.reason, row.reason_values),
        "arrival": arrival,
        "verdict_slow": words.of("verdict", row.verdict_slow),
        "station_id": _text(row.station_id),
        "second_due": _second_due(row, words, schematic=schematic),
        "stations_in_time": "" if missing(row.stations_in_time) else f"{row.stations_in_time:.0f}",
        "covered_share": "" if schematic else words.share(row.covered_share),
        "hydrant": water_cell(row.hydrant_id, row.hydrant_m, words),
        "crane": water_cell(row.crane_id, row.crane_m, words),
        "water_state": words.of("value.water_state", row.water_state),
        "position_class": words.of("value.position", row.position_class),
    }


def _second_due(row: Any, words: Words, *, schematic: bool) -> str:
    time = words.minutes(row.second_due_s)
    if not time:
        return ""
    time = words("value.schematic", what=time) if schematic else time
    return words("value.at_distance", what=row.second_station_id, distance=time)


def water_cell(source_id: Any, metres: Any, words: Words) -> str:
    """A water source and its straight-line distance, ``HS-04-3, 210 m``; empty for none."""
    return (
        ""
        if missing(source_id)
        else words("value.at_distance", what=source_id, distance=words.metres(metres))
    )


def plan_table(assessment: Assessment, words: Words) -> pd.DataFrame:
    """One row for each parcel in the order of the file; cells as they are shown."""
    schematic = "roads" in assessment.county.schematic
    rows = []
    for row in parcels_of(assessment).itertuples():
        plan: dict[str, Any] = {name: _text(getattr(row, name)) for name in PLAN_COLUMNS}
        plan["area_mu"] = None if missing(row.area_mu) else float(row.area_mu)
        rows.append(plan | computed_cells(row, words, schematic=schematic))
    return pd.DataFrame(rows, columns=[*PLAN_COLUMNS, *COMPUTED_COLUMNS])


def column_width_px(table: pd.DataFrame, name: str, label: str) -> int:
    """The usual width, more where the head, or a computed cell, needs it to be read in one language."""
    least = max(_WIDTH_PX[name], text_px(label))
    if name not in COMPUTED_COLUMNS:
        return least
    longest = max((text_px(str(text)) for text in table[name]), default=0)
    return max(least, min(longest, MOST_COMPUTED_PX))


def column_settings(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    """Heads, widths and help of the columns of a plan table."""
    settings: dict[str, Any] = {}
    for name in (*PLAN_COLUMNS, *COMPUTED_COLUMNS):
        label = words(f"column.{name}")
        width = column_width_px(table, name, label)
        pinned = name in ("seq", "parcel_no")
        if name == "area_mu":
            settings[name] = st.column_config.NumberColumn(label, width=width, format="%.2f")
        else:
            settings[name] = st.column_config.TextColumn(label, width=width, pinned=pinned)
    return settings


@dataclass(frozen=True)
class ShownPlan:
    """A plan table and the settings of its columns, as they are shown; only to be read."""

    table: pd.DataFrame
    settings: dict[str, Any]


@kept()
def _shown(assessment: Assessment, language: str) -> ShownPlan:
    words = Words(language)
    table = plan_table(assessment, words)
    return ShownPlan(table, column_settings(table, words))


def shown_plan(assessment: Assessment, words: Words) -> ShownPlan:
    """The plan table of an assessment in one language; kept, so never change it."""
    return _shown(assessment, words.language)


def total_line(assessment: Assessment, words: Words) -> str:
    """The plan's last line: how many parcels and how much land."""
    total = assessment.summary["parcels_total"]
    return words("page.total", number=total["number"], area=words.mu(total["mu"]))


def badge(verdict: Any, words: Words) -> str:
    """A verdict as a coloured badge with its letter, in Markdown."""
    colour, letter = VERDICT_BADGE.get(str(verdict), "gray"), VERDICT_LETTER.get(str(verdict), "")
    return f":{colour}-badge[{letter} {plain(words.of('verdict', verdict))}]"


def verdict_list(assessment: Assessment, words: Words) -> str:
    """Every parcel's verdict, one to a line, beside the map."""
    return "\n".join(
        f"- {badge(row.verdict, words)} {plain(row.parcel_no)}" for row in assessment.parcels.itertuples()
    )
