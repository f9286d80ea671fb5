"""Which computed columns the plan's table shows; the plan's own always stand before them, in the plan's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from views.table import COMPUTED_COLUMNS

if TYPE_CHECKING:
    from views.table import PlanTable
    from views.wording import Words

KEPT = "plan_columns"
FIELD = "columns_field_"
USUAL = ("verdict", "joint_state", "arrival", "hydrant_m", "crane_m", "reason")
"""What a meeting asks first; the card has the rest."""


def columns_now(table: PlanTable) -> list[str]:
    """The columns shown, in their order: the plan's own, then the computed ones chosen; before them what has changed,
    where anything has."""
    chosen = st.session_state.get(KEPT, USUAL)
    there = [str(name) for name in table.cells.columns]
    return [name for name in there if name not in COMPUTED_COLUMNS or name in chosen]


def usual_columns() -> None:
    """Show the usual columns again."""
    st.session_state[KEPT] = USUAL
    for key in [key for key in st.session_state if str(key).startswith(FIELD)]:
        del st.session_state[key]


def column_field(table: PlanTable, words: Words) -> None:
    """A button that opens the list of computed columns."""
    state = st.session_state
    # The browser answers with the label it shows, so each language has a field of its own.
    key = f"{FIELD}{words.language}"
    options = [name for name in COMPUTED_COLUMNS if name in table.cells]
    if key not in state:
        state[key] = [name for name in columns_now(table) if name in options]

    def take() -> None:
        state[KEPT] = tuple(state[key])

    with st.popover(words("filter.columns"), key="plan_columns_more"):
        st.pills(
            words("filter.columns_computed"),
            options,
            selection_mode="multi",
            key=key,
            format_func=lambda name: words(f"column.{name}"),
            on_change=take,
        )
        st.caption(words("filter.columns_how"))
        st.button(words("filter.columns_usual"), key="plan_columns_usual", on_click=usual_columns)
