"""The reserve-plan table: the plan's own columns in the plan's own order, the computed ones behind them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from geo.land_use import land_uses, read_land_uses
from geo.map_style import VERDICT_LETTER
from views.kept import kept
from views.water import parcels_of
from views.widths import text_px
from views.wording import Words, missing, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from analysis.assessment import Assessment

    Column = Sequence[str] | NDArray[np.float64]

PLAN_COLUMNS = (
    "seq", "parcel_no", "township", "holder", "location_text", "area_mu", "approval", "planned_use", "remark",
)  # fmt: skip
"""序号 土地储备项目名称 区域 权属 位置 面积(亩) 批准文号及批准时间 规划用途 备注."""

COMPUTED_COLUMNS = (
    "verdict", "joint_state", "arrival", "station_id", "second_due", "second_station_id", "stations_in_time",
    "covered_share", "verdict_slow", "hydrant_m", "hydrant_id", "crane_m", "crane_id", "water_state", "use",
    "position_class", "reason",
)  # fmt: skip

NUMBERS = {
    "seq": "%.0f", "area_mu": "%.2f", "stations_in_time": "%.0f", "covered_share": "%.1f %%", "hydrant_m": "%.0f",
    "crane_m": "%.0f",
}  # fmt: skip
"""Columns that stay numbers, so that they sort as such, and how they are written."""

VERDICT_BADGE = {"covered": "blue", "depends": "orange", "not_covered": "red", "not_analysed": "gray"}
"""Streamlit's names of the colours; the letter says it too."""

MOST_BADGES = 12
"""With more parcels than this only the table and the figure above it give the verdicts."""

ROW_HEIGHT_PX = 66
"""Room for three lines: Streamlit wraps cells in rows above four rem, so the plan and the verdict fit together."""

_WIDTH_PX = {
    "seq": 46, "parcel_no": 112, "township": 70, "holder": 112, "location_text": 108, "area_mu": 78,
    "approval": 150, "planned_use": 78, "remark": 60, "reason": 300,
}  # fmt: skip

MOST_COMPUTED_PX = 150
"""A longer computed cell wraps."""


@dataclass(frozen=True, eq=False)
class PlanTable:
    """The plan's table in one language, all of (n,) in the order of the file; kept, so never change it.

    ``cells``: every column as it is shown; ``ids``: the parcels' numbers; ``verdict`` and ``use``: codes; ``area_mu``;
    ``text``: what a search looks in, each row one text; ``width_px`` by column.
    """

    cells: pd.DataFrame
    ids: tuple[str, ...]
    verdict: pd.Series[Any]
    use: pd.Series[Any]
    area_mu: pd.Series[Any]
    text: pd.Series[Any]
    width_px: dict[str, int]


def verdict_words(verdict: Any, words: Words) -> str:
    """A verdict with its letter."""
    letter, word = VERDICT_LETTER.get(str(verdict), ""), words.of("verdict", verdict)
    return f"{letter} {word}".strip()


def use_words(use: Any, words: Words) -> str:
    """A class of planned use; of one that has no words the name in its table."""
    name = words.of("land_use.name", use)
    return next((each.name for each in read_land_uses() if each.use == use == name), name)


def aligned(texts: Iterable[str]) -> list[str]:
    """Texts that begin with whole numbers, with blanks before the shorter ones, so that they sort as numbers do."""
    texts = list(texts)
    digits = [len(_DIGITS.match(text).group()) for text in texts]  # type: ignore[union-attr]
    most = max(digits, default=0)
    return [" " * (most - count) + text if text else "" for text, count in zip(texts, digits, strict=True)]


_DIGITS = re.compile(r"\d*")


def _text(value: Any) -> str:
    if missing(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _worded(codes: pd.Series[Any], word: Callable[[Any], str]) -> list[str]:
    """The words of codes, each put into words once."""
    row, known = pd.factorize(codes, use_na_sentinel=False)
    said = [word(code) for code in known.tolist()]
    return [said[each] for each in row.tolist()]


def _numbers(parcels: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return parcels[name].to_numpy(dtype=float, na_value=np.nan)


def _plan_cells(parcels: pd.DataFrame) -> dict[str, Column]:
    return {
        name: _numbers(parcels, name) if name in NUMBERS else _worded(parcels[name], _text)
        for name in PLAN_COLUMNS
    }


def _computed_cells(
    parcels: pd.DataFrame, use: pd.Series[Any], words: Words, *, schematic: bool
) -> dict[str, Column]:
    """The computed columns in words; empty where nothing can be said."""

    def minutes(seconds: Any) -> str:
        time = words.minutes(seconds)
        return words("value.schematic", what=time) if time and schematic else time

    coded = {
        "joint_state": "value.joint_state",
        "water_state": "value.water_state",
        "position_class": "value.position",
    }
    reasons = zip(parcels["reason"].tolist(), parcels["reason_values"].tolist(), strict=True)
    cells: dict[str, Column] = {
        **{name: _worded(parcels[name], lambda code: verdict_words(code, words)) for name in _VERDICTS},
        **{
            name: _worded(parcels[name], lambda code, group=group: words.of(group, code))  # type: ignore[misc]
            for name, group in coded.items()
        },
        **{
            name: aligned(_worded(parcels[f"{name}_s"].astype(float).round(), minutes))
            for name in ("arrival", "second_due")
        },
        **{name: _worded(parcels[name], _text) for name in _IDS},
        **{name: _numbers(parcels, name) for name in ("stations_in_time", "hydrant_m", "crane_m")},
        "use": _worded(use, lambda code: use_words(code, words)),
        "reason": [words.reason(code, values) for code, values in reasons],
    }  # fmt: skip
    if not schematic:
        cells["covered_share"] = 100 * _numbers(parcels, "covered_share")
    return cells


_VERDICTS = ("verdict", "verdict_slow")
_IDS = ("station_id", "second_station_id", "hydrant_id", "crane_id")


def plan_table(assessment: Assessment, words: Words) -> PlanTable:
    """One row for each parcel in the order of the file; on a schematic network without a share of its area covered.

    A search looks in no verdict: "covered" stands in "not covered" too.
    """
    parcels = parcels_of(assessment).reset_index(drop=True)
    use = land_uses(parcels, read_land_uses())
    schematic = "roads" in assessment.county.schematic
    found = _plan_cells(parcels) | _computed_cells(parcels, use, words, schematic=schematic)
    cells = pd.DataFrame({name: found[name] for name in ALL_COLUMNS if name in found})
    searched = [cells[name] for name in PLAN_COLUMNS if name not in NUMBERS]
    searched += [cells["use"], pd.Series(_worded(parcels["name"], _text))]
    widths = {
        name: column_width_px(cells, name, words(f"column.{name}")) for name in ALL_COLUMNS if name in cells
    }
    return PlanTable(
        cells, tuple(map(str, parcels["parcel_no"])), parcels["verdict"], use, parcels["area_mu"],
        folded(searched), widths,
    )  # fmt: skip


ALL_COLUMNS = (*PLAN_COLUMNS, *COMPUTED_COLUMNS)


def folded(columns: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    """Columns of text as one, letters alike whatever their case and width; see :func:`fold`."""
    rows = zip(*(each.tolist() for each in columns), strict=True)
    return pd.Series([fold("\n".join(row)) for row in rows], dtype=object)


def fold(text: str) -> str:
    """A text as it is searched: full-width letters and digits as plain ones, no capitals."""
    return unicodedata.normalize("NFKC", text).casefold()


@kept()
def _kept(assessment: Assessment, language: str) -> PlanTable:
    return plan_table(assessment, Words(language))


def plan_table_of(assessment: Assessment, words: Words) -> PlanTable:
    """The plan's table, kept for all sessions."""
    return _kept(assessment, words.language)


def column_width_px(cells: pd.DataFrame, name: str, label: str) -> int:
    """The usual width, more where the head, or a computed cell, needs it to be read in one language."""
    least = max(_WIDTH_PX.get(name, 0), text_px(label))
    if name not in COMPUTED_COLUMNS or name in NUMBERS:
        return least
    longest = max((text_px(text) for text in cells[name].unique()), default=0)
    return max(least, min(longest, MOST_COMPUTED_PX))


def column_settings(table: PlanTable, words: Words) -> dict[str, Any]:
    """Heads, widths and help of the columns of a plan table."""
    settings: dict[str, Any] = {}
    for name, width in table.width_px.items():
        label = words(f"column.{name}")
        about = words.of("column_help", name)
        # No column is pinned: Streamlit draws those in a grey too light to read.
        told: dict[str, Any] = {"width": width, "help": None if about == name else about}
        if name in NUMBERS:
            settings[name] = st.column_config.NumberColumn(label, format=NUMBERS[name], **told)
        else:
            settings[name] = st.column_config.TextColumn(label, **told)
    return settings


def total_line(assessment: Assessment, words: Words) -> str:
    """The plan's last line: how many parcels and how much land."""
    total = assessment.summary["parcels_total"]
    return words("page.total", number=total["number"], area=words.mu(total["mu"]))


def badge(verdict: Any, words: Words) -> str:
    """A verdict as a coloured badge with its letter, in Markdown."""
    colour, letter = VERDICT_BADGE.get(str(verdict), "gray"), VERDICT_LETTER.get(str(verdict), "")
    return f":{colour}-badge[{letter} {plain(words.of('verdict', verdict))}]"


def verdict_list(table: PlanTable, shown: Iterable[bool], words: Words) -> str:
    """The verdict of every parcel shown, one to a line, beside the map."""
    rows = zip(table.ids, table.verdict, shown, strict=True)
    return "\n".join(f"- {badge(verdict, words)} {plain(number)}" for number, verdict, there in rows if there)
