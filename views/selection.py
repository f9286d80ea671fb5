"""What is chosen: one parcel, one street, or one place; wherever it was chosen, map, table and card follow.

What is chosen is kept by its id. A table tells positions, and the same position is another row once a filter or a
changed county lists others: so a table's key names its rows, and a position can be read against no other list.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE_KEY, STREET_TABLE_KEY = "plan_table", "street_table"
PARCEL, STREET = "parcel_no", "line_id"
"""Kinds of what is chosen, and where its id stands in the session."""
KEYS = {PARCEL: TABLE_KEY, STREET: STREET_TABLE_KEY}
SHOWN = ("parcels", "streets")
"""What the table beside the map lists."""


def shown_table() -> str:
    """Which table is shown, and so which card."""
    shown = st.session_state.get("shown_table")
    return shown if shown in SHOWN else SHOWN[0]


def table_key(kind: str, ids: Sequence[str]) -> str:
    """The key of a table of a ``kind`` that lists these ids in this order; another list has another key."""
    return f"{KEYS[kind]}_{hashlib.sha256(chr(0).join(ids).encode()).hexdigest()[:12]}"


def ticked(key: str, ids: Sequence[str]) -> str | None:
    """The id of the row ticked in the table of this key, which lists ``ids``; None for none."""
    rows = (st.session_state.get(key) or {}).get("selection", {}).get("rows", [])
    return ids[rows[0]] if rows and 0 <= rows[0] < len(ids) else None


def listed(kind: str, ids: Sequence[str]) -> str:
    """The key of a table that is about to list ``ids``; the row of what is chosen is ticked, and no other."""
    key = table_key(kind, ids)
    st.session_state[f"{kind}_listed"] = key, ids
    _tick(kind)
    return key


def _tick(kind: str) -> None:
    state = st.session_state
    key, ids = state.get(f"{kind}_listed", ("", ()))
    wanted = state.get(kind) if state.get(kind) in ids else None
    if key and ticked(key, ids) != wanted:
        # All that the browser would tell of it, so that its echo is no change.
        rows = [] if wanted is None else [ids.index(wanted)]
        state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _choose(kind: str, its_id: str | None, *, move: bool) -> None:
    state = st.session_state
    same = its_id == state.get(kind)
    if same and (its_id is None or not state.get("place")):
        return  # the table's own echo of a choice made on the map
    state[kind] = its_id
    if its_id is not None:
        state.place = None
    if move:
        state.turn = state.get("turn", 0) + 1
    _tick(kind)  # at once: the table may tell in the same breath what was ticked before


def choose(parcel_no: str | None, *, move: bool) -> None:
    """Make one parcel the chosen one; ``move`` lets the map go to it."""
    _choose(PARCEL, parcel_no, move=move)


def choose_street(line_id: str | None, *, move: bool) -> None:
    """Make one street the chosen one; ``move`` lets the map go to it."""
    _choose(STREET, line_id, move=move)


def choose_row(kind: str, key: str, ids: Sequence[str]) -> None:
    """Choose what was ticked in the table of this key, which lists ``ids``, and let the map go to it.

    A table whose rows do not hold what is chosen has nothing ticked, which unchooses nothing.
    """
    row = ticked(key, ids)
    if row is not None or st.session_state.get(kind) in ids:
        _choose(kind, row, move=True)


def choose_place(said: str, *, move: bool) -> None:
    """Make a place the chosen one, ``lon,lat`` or ``kind:id``; no parcel or street is chosen beside it."""
    choose(None, move=False)
    choose_street(None, move=False)
    st.session_state.place = said
    if move:
        st.session_state.turn = st.session_state.get("turn", 0) + 1


def forget_place() -> None:
    """Choose no place any more."""
    st.session_state.place = None


def forget_parcel() -> None:
    """Choose no parcel any more."""
    choose(None, move=False)
