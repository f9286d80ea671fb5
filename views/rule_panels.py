"""Panels on the stations: each clause of the rules, and the vehicles the plan's boxes ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.fleet import fleet_total, total_sentence
from analysis.rule_check import fleet_table, rule_table
from analysis.rules import citation
from analysis.scenario_rules import scenario_rule_table
from geo.rule_pack import PACKS
from views.fields import list_field
from views.kept import answer_key
from views.way import station_name
from views.widths import text_px
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from analysis.assessment import Assessment
    from views.wording import Words

LETTER = {"met": "✓", "not_met": "✕", "depends": "?", "optional": "△"}
"""Beside the word of a verdict; every other verdict has a dash."""
UNPRINTED = ("lost", "merged", "words")
"""Cells of a box that hold no number or sign; the reason says why."""
MOST_FIRST_PX = 460
"""The first column is as wide as its longest text, up to this."""
RULE_WIDTH_PX = {"rule": 290, "verdict": 124, "asked": 124, "measured": 90, "why": 260, "cited": 240}
FLEET_WIDTH_PX = {"box": 70, "item": 220, "asked": 110, "there": 90, "verdict": 120, "why": 320, "line": 90}


@st.cache_resource(max_entries=16, show_spinner=False)
def _rules(_assessment: Assessment, digest: str, scenario_json: str, pack: str) -> pd.DataFrame:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    whole = scenario_rule_table(_assessment, pack)
    return rule_table(_assessment, pack) if whole.empty else whole


@st.cache_resource(max_entries=4, show_spinner=False)
def _fleet(_assessment: Assessment, digest: str) -> pd.DataFrame:
    del digest  # part of the key, where the assessment itself cannot be
    return fleet_table(_assessment)


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return ""
    return f"{value:,.2f}".rstrip("0").rstrip(".") + f" {unit}".rstrip()


def _verdict(group: str, code: str, words: Words) -> str:
    return f"{LETTER.get(code, '–')} {words.of(group, code)}"


def rule_row(row: Mapping[Hashable, Any], words: Words) -> dict[str, str]:
    """One rule of one station in words: what is asked, what there is, the verdict, why, and who says so."""
    unit = words.of("rule.unit", row["unit"])
    named = {str(key): value for key, value in row.items()}
    asked = f"{row['limit']} {unit}".strip() if row["limit"] else ""
    return {
        "rule": words.of("rule.name", row["rule_id"]),
        "verdict": _verdict("rule.verdict", str(row["verdict"]), words),
        "asked": f"{words.of('rule.strictness', row['strictness'])} {asked}".strip(),
        "measured": _number(float(row["measured"]), unit),
        "why": words(f"rule.reason.{row['reason']}", detail=row["detail"] or words("rule.unnamed")),
        "cited": citation(named, words.language),
    }


def fleet_row(row: Mapping[Hashable, Any], words: Words) -> dict[str, str]:
    """One line of a box for one station in words."""
    unit, cell = str(row["unit"]), str(row["cell"])
    numbered = not math.isnan(row["least"])
    return {
        "box": words("fleet.box", box=row["box"]),
        "item": str(row["item"]),
        "asked": "" if cell in UNPRINTED else f"{cell} {unit}".strip() if numbered else cell,
        "there": _number(float(row["measured"]), unit),
        "verdict": _verdict("fleet.verdict", str(row["verdict"]), words),
        "why": words(f"fleet.reason.{row['reason']}", detail=row["detail"]),
        "line": words("fleet.line", line=row["source_line"]),
    }


def _station_head(assessment: Assessment, station_id: str, words: Words) -> str:
    rows = assessment.stations[assessment.stations["station_id"] == station_id]
    grade = rows["grade"].iloc[0] if len(rows) else None
    name = station_name(assessment, station_id)
    known = "" if missing(grade) else words("panel.grade", grade=grade)
    return f"**{plain(name)}** {plain(known)}".strip()


def _of_station(
    table: pd.DataFrame, assessment: Assessment, words: Words, key: str
) -> list[dict[Hashable, Any]]:
    """The rows of the station asked for; with several stations a list to choose one from."""
    ids = [str(each) for each in table["station_id"].unique()]
    chosen = st.selectbox(
        words("panel.station"), ids, format_func=lambda each: station_name(assessment, each), key=f"{key}_of"
    )
    mine = table[table["station_id"] == chosen]
    st.markdown(_station_head(assessment, str(chosen), words))
    return mine.to_dict("records")


def _show(rows: list[dict[str, str]], widths: dict[str, int], words: Words, key: str) -> None:
    first = next(iter(widths))
    longest = max([widths[first], *(min(text_px(row[first]), MOST_FIRST_PX) for row in rows)])
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= 8 else 600,
        row_height=66,
        key=key,
        column_config={
            name: st.column_config.TextColumn(words(f"column.{name}"), width=width)
            for name, width in (widths | {first: longest}).items()
        },
    )


def rule_panel(assessment: Assessment, words: Words) -> None:
    """Every clause of a standard: of the Chinese ones for one station at a time, of others for the whole service."""
    pack = list_field(words, "pack", PACKS, lambda code: words(f"rule.pack.{code}"))
    table = _rules(assessment, *answer_key(assessment.county, assessment.scenario), pack)
    if table.empty:
        st.caption(words("panel.no_stations"))
        return
    counts = table["verdict"].value_counts()
    st.markdown(
        plain(
            words("value.between").join(
                words("panel.count", what=words.of("rule.verdict", code), number=number)
                for code, number in counts.items()
            )
        )
    )
    of_stations = bool(table["station_id"].all())
    rows = _of_station(table, assessment, words, "rules") if of_stations else table.to_dict("records")
    _show([rule_row(row, words) for row in rows], RULE_WIDTH_PX, words, "rules")


def fleet_panel(assessment: Assessment, words: Words) -> None:
    """The plan's boxes 4 to 6 for one station at a time, and all stations together."""
    table = _fleet(assessment, assessment.county.digest)
    if table.empty:
        st.caption(words("panel.no_stations"))
        return
    st.markdown(plain(total_sentence(fleet_total(table), words.language)))
    rows = _of_station(table, assessment, words, "fleet")
    _show([fleet_row(row, words) for row in rows], FLEET_WIDTH_PX, words, "fleet")
