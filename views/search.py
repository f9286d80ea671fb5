"""The search box over the map: names, ids and coordinates; what is chosen is shown with its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from geo.finding import MOST_LETTERS
from views.place import names_of, point_in
from views.selection import choose, choose_place, choose_street
from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.finding import Entry
    from views.wording import Words

TYPED = "search"
MOST = 8
"""So many matches are listed; of more the number is said."""


def place_text(lon: float, lat: float) -> str:
    """A point as it is chosen and as it stands in the address: six digits are a tenth of a metre."""
    return f"{lon:.6f},{lat:.6f}"


def point_told(told: object) -> str | None:
    """The place the map tells was clicked; None where it tells none."""
    if (
        not isinstance(told, list)
        or len(told) != 2
        or not all(isinstance(each, int | float) for each in told)
    ):
        return None
    lon, lat = map(float, told)
    return place_text(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def choose_entry(entry: Entry, lines: dict[str, str]) -> None:
    """Choose what was found: a parcel and a street by their rows, anything else by its place."""
    state = st.session_state
    if entry.kind == "parcel":
        state.shown_table = "parcels"
        choose(entry.id, move=True)
    elif entry.kind == "street" and entry.id in lines:
        state.shown_table = "streets"
        choose_street(lines[entry.id], move=True)
    else:
        choose_place(f"{entry.kind}:{entry.id}", move=True)


def _take(text: str, assessment: Assessment, lines: dict[str, str], words: Words) -> None:
    """Choose at once what only one thing can be meant by; else the matches are listed."""
    state = st.session_state
    point = point_in(text, assessment, words)
    if isinstance(point, tuple):
        choose_place(place_text(*point), move=True)
        state[TYPED] = ""
        return
    found, count = names_of(assessment).find(text, MOST)
    if count == 1:
        choose_entry(found[0], lines)
        state[TYPED] = ""


def _chosen(entry: Entry, lines: dict[str, str]) -> None:
    choose_entry(entry, lines)
    st.session_state[TYPED] = ""


def _entry_label(entry: Entry, words: Words) -> str:
    kind = words(f"search.kind.{entry.kind}")
    name = (
        entry.name
        if entry.name == entry.id or entry.kind in ("street", "place")
        else f"{entry.id} {entry.name}"
    )
    detail = words("search.detail", detail=entry.detail) if entry.detail else ""
    return plain(words("search.match", kind=kind, name=name) + detail)


def search_box(assessment: Assessment, lines: dict[str, str], words: Words) -> None:
    """The box, and under it the matches; ``lines``: the line in the street table of each street named there."""
    state = st.session_state
    st.text_input(
        words("search.label"),
        key=TYPED,
        max_chars=MOST_LETTERS,
        placeholder=words("search.placeholder"),
        label_visibility="collapsed",
        on_change=lambda: _take(state[TYPED], assessment, lines, words),
    )
    with st.container(key="search_found", horizontal=True, gap="small"):
        text = state.get(TYPED, "")
        if not text.strip():
            return
        point = point_in(text, assessment, words)
        found, count = names_of(assessment).find(text, MOST)
        for number, entry in enumerate(found):
            st.button(
                _entry_label(entry, words),
                key=f"search_{number}",
                on_click=_chosen,
                args=(entry, lines),
            )
        if count > len(found):
            st.caption(words("search.more", number=count - len(found)))
        if not found:
            st.caption(point if isinstance(point, str) else words("search.nothing"))
