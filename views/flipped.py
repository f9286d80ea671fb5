"""Parcels whose verdict is another than today: in one line above the map, and in a column of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.county_changes import ADDED, MOVED
from analysis.scenario import Scenario
from geo.map_style import VERDICT_LETTER
from views.map_steps import step_problems
from views.table import verdict_words
from views.widths import text_px
from views.wording import plain

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.assessment import Assessment
    from views.table import PlanTable
    from views.wording import Words

CHANGE = "change"
"""The column of the table, the first; it stands there only where a verdict is another."""
WIDTH_PX = 76
MOST_NAMED = 8
"""Of more parcels than this the rest is counted."""


def flipped(before: Assessment | None, after: Assessment) -> NDArray[np.bool_]:
    """(n,) whether a parcel's verdict is another than before; none is where there is nothing to compare with."""
    if before is None:
        return np.zeros(len(after.parcels), dtype=bool)
    return np.asarray(before.parcels["verdict"].to_numpy() != after.parcels["verdict"].to_numpy())


def with_change(table: PlanTable, before: Assessment | None, words: Words) -> PlanTable:
    """The plan's table with the column :data:`CHANGE` before all others: the letters of the verdict before and after of
    the parcels whose verdict is another, empty for the others. The same table where none is."""
    if before is None:
        return table
    was = before.parcels["verdict"].tolist()
    said = [
        "" if old == new else words("flipped.change", before=VERDICT_LETTER[old], after=VERDICT_LETTER[new])
        for old, new in zip(was, table.verdict.tolist(), strict=True)
    ]
    if not any(said):
        return table
    cells: pd.DataFrame = table.cells.copy(deep=False)
    cells.insert(0, CHANGE, said)
    width = max(text_px(words(f"column.{CHANGE}")), WIDTH_PX)
    return replace(table, cells=cells, width_px={CHANGE: width} | table.width_px)


def _change(old: str, new: str, words: Words) -> str:
    return words("flipped.change", before=verdict_words(old, words), after=verdict_words(new, words))


def sites_lacking(after: Assessment, words: Words) -> list[str]:
    """In words the supposed stations that count and find no street: what they would cover nobody knows, so that what
    was not covered is not analysed with them."""
    stations = after.stations
    if "scenario_change" not in stations:
        return []
    lacking = stations[
        stations["scenario_change"].isin([ADDED, MOVED]) & stations["site_state"].isin(["too_far", "hidden"])
    ]
    limit = words.metres(after.scenario.targets.snap_limit_m)
    return [words("flipped.no_street", number=str(each), limit=limit) for each in lacking["station_id"]]


def flipped_line(before: Assessment | None, after: Assessment, words: Words) -> None:
    """One line that names these parcels, in a place of its own that is always there; and why the last step on the map
    was not taken. Without a change or closure, and without such a parcel, the place is empty."""
    scenario = after.scenario
    mine = np.flatnonzero(flipped(before, after)).tolist()
    with st.container(key="flipped"):
        problems = step_problems()
        if problems:
            lines = "\n".join(f"- {plain(each.text(words.language))}" for each in problems)
            st.warning(f"{words('flipped.not_taken')}\n\n{lines}")
        for text in sites_lacking(after, words):
            st.warning(plain(text))
        if before is None or not len(after.parcels):
            return
        if not mine:
            if scenario.changes != Scenario().changes or scenario.closures:
                st.caption(words("flipped.none"))
            return
        old, new, numbers = (
            before.parcels["verdict"], after.parcels["verdict"], after.parcels["parcel_no"],
        )  # fmt: skip
        named = [
            words(
                "flipped.one", number=numbers.iloc[row], change=_change(old.iloc[row], new.iloc[row], words)
            )
            for row in mine[:MOST_NAMED]
        ]
        if len(mine) > MOST_NAMED:
            named.append(words("flipped.more", number=len(mine) - MOST_NAMED))
        said = words("flipped.line", number=len(mine), list=words("flipped.between").join(named))
        st.markdown(plain(said))
