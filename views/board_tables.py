"""The tables beside the map: the reserve plan and the streets, each with its filter; a row ticked is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from views.flipped import with_change
from views.selection import (
    PARCEL,
    SHOWN,
    STREET,
    STREET_TABLE_KEY,
    TABLE_KEY,
    choose_row,
    listed,
    shown_table,
)
from views.streets import TABLE_HEIGHT_PX, street_columns, street_table
from views.table import ROW_HEIGHT_PX, column_settings, plan_table_of, total_line
from views.table_columns import column_field, columns_now
from views.table_filter import (
    MOST_LETTERS,
    STREET_TEXT,
    clear_button,
    filter_fields,
    filter_now,
    folded_names,
    holding,
    rows_shown,
)
from views.water import still_water

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.assessment import Assessment
    from views.table import PlanTable
    from views.wording import Words

MOST_WHOLE = 12
"""A table of more rows is scrolled inside."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The plan's table and (n,) which of its rows the filter shows."""

    table: PlanTable
    shown: NDArray[np.bool_]

    @property
    def hidden(self) -> list[str]:
        """Numbers of the parcels that the filter leaves out."""
        return [self.table.ids[row] for row in np.flatnonzero(~self.shown)]

    def hides(self, parcel_no: str | None) -> bool:
        """Whether the filter leaves this parcel out."""
        return parcel_no in self.table.ids and not self.shown[self.table.ids.index(str(parcel_no))]


def plan_of(assessment: Assessment, words: Words, default: Assessment | None = None) -> Plan:
    """The plan's table as it is filtered now, with what has changed since ``default`` where that is given."""
    table = with_change(plan_table_of(assessment, words), default, words)
    return Plan(table, rows_shown(table, filter_now()))


def filtered_total(assessment: Assessment, plan: Plan, words: Words) -> str:
    """The plan's last line; under a filter that of the rows shown, and that of the whole plan named as such."""
    whole = total_line(assessment, words)
    if plan.shown.all():
        return f"**{whole}**"
    mine = words(
        "filter.total",
        shown=int(plan.shown.sum()),
        number=len(plan.shown),
        area=words.mu(float(plan.table.area_mu.to_numpy(dtype=float, na_value=0.0)[plan.shown].sum())),
    )
    return f"**{mine}**  \n{words('filter.whole', total=whole)}"


def _plan(assessment: Assessment, plan: Plan, words: Words) -> None:
    table = plan.table
    if not table.ids:
        st.info(words("page.no_parcels"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="plan_tools"):
        filter_fields(table, words)
        column_field(table, words)
    if not plan.shown.any():
        st.info(words("filter.nothing", number=len(table.ids)))
        clear_button("plan_filter_none", words)
        return
    ids = [table.ids[row] for row in np.flatnonzero(plan.shown)]
    key = listed(PARCEL, ids)
    with st.container(key=TABLE_KEY):
        st.dataframe(
            table.cells.loc[plan.shown, columns_now(table)],
            key=key,
            hide_index=True,
            column_config=column_settings(table, words),
            on_select=lambda: choose_row(PARCEL, key, ids),
            selection_mode="single-row",
            height="auto" if len(ids) > MOST_WHOLE else "content",
            row_height=ROW_HEIGHT_PX,
            placeholder="",
            alt=words("page.table_alt"),
        )
    with st.container(horizontal=True, vertical_alignment="center", key="plan_total"):
        st.markdown(filtered_total(assessment, plan, words))
        if not plan.shown.all():
            clear_button("plan_filter_clear", words)


def _streets(assessment: Assessment, words: Words) -> None:
    spacing = still_water(assessment).spacing
    if spacing is None or spacing.streets.empty:
        st.info(words("street.none"))
        return
    cells = street_table(spacing, words)
    lines = spacing.streets["line_id"].loc[cells.index].astype(str).to_numpy()
    text = st.text_input(
        words("filter.streets"),
        key=STREET_TEXT,
        max_chars=MOST_LETTERS,
        placeholder=words("filter.streets"),
        label_visibility="collapsed",
        persist_state="session",
    )
    shown = holding(folded_names(cells), text)
    if not shown.any():
        st.info(words("filter.no_street", number=len(lines)))
        return
    if shown.all():
        st.caption(words("street.worst_first"))
    else:
        st.caption(words("filter.streets_shown", shown=int(shown.sum()), number=len(lines)))
    ids = lines[shown].tolist()
    key = listed(STREET, ids)
    with st.container(key=STREET_TABLE_KEY):
        st.dataframe(
            cells[shown],
            key=key,
            hide_index=True,
            column_config=street_columns(cells, words),
            on_select=lambda: choose_row(STREET, key, ids),
            selection_mode="single-row",
            height=TABLE_HEIGHT_PX if len(ids) > 8 else "content",
            alt=words("street.table_alt"),
        )


def tables(assessment: Assessment, plan: Plan, words: Words) -> None:
    """The switch between both tables, and the one it shows."""
    st.session_state.setdefault("shown_table", SHOWN[0])
    st.segmented_control(
        words("page.shown_table"),
        SHOWN,
        key="shown_table",
        required=True,
        format_func=lambda shown: words("page.table_title" if shown == "parcels" else "street.title"),
        label_visibility="collapsed",
    )
    if shown_table() == "parcels":
        _plan(assessment, plan, words)
    else:
        _streets(assessment, words)
