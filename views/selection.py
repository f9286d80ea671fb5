"""What is chosen: one parcel, one street, or one place; wherever it was chosen, map, table and card follow."""

from __future__ import annotations

import streamlit as st

TABLE_KEY, STREET_TABLE_KEY = "plan_table", "street_table"
SHOWN = ("parcels", "streets")
"""What the table beside the map lists."""


def shown_table() -> str:
    """Which table is shown, and so which card."""
    shown = st.session_state.get("shown_table")
    return shown if shown in SHOWN else SHOWN[0]


def _moved(*, move: bool) -> None:
    if move:
        st.session_state.turn = st.session_state.get("turn", 0) + 1


def choose(parcel_no: str | None, numbers: list[str], *, move: bool) -> None:
    """Make one parcel the chosen one and tick it in the table; ``move`` lets the map go to it."""
    state = st.session_state
    if parcel_no == state.get("parcel_no"):
        if parcel_no is not None and state.get("place"):
            state.place = None
            _moved(move=move)
        return  # else the table's own echo of a choice made on the map
    state.parcel_no = parcel_no
    if parcel_no is not None:
        state.place = None
    _moved(move=move)
    rows = [numbers.index(parcel_no)] if parcel_no in numbers else []
    state[TABLE_KEY] = {"selection": {"rows": rows}}


def choose_street(line_id: str | None, lines: list[str], *, move: bool) -> None:
    """Make one street the chosen one and tick it in its table; ``move`` lets the map go to it."""
    state = st.session_state
    if line_id == state.get("line_id"):
        if line_id is not None and state.get("place"):
            state.place = None
            _moved(move=move)
        return  # else the table's own echo of a choice made on the map
    state.line_id = line_id
    if line_id is not None:
        state.place = None
    _moved(move=move)
    rows = [lines.index(line_id)] if line_id in lines else []
    state[STREET_TABLE_KEY] = {"selection": {"rows": rows}}


def choose_place(said: str, *, move: bool) -> None:
    """Make a place the chosen one, ``lon,lat`` or ``kind:id``; no parcel or street is chosen beside it."""
    choose(None, [], move=False)
    choose_street(None, [], move=False)
    st.session_state.place = said
    _moved(move=move)


def forget_place() -> None:
    """Choose no place any more."""
    st.session_state.place = None
