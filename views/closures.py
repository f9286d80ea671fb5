"""Closures of the scenario: taken from a click on the map or from a file, then listed, changed and removed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import shapely
import streamlit as st

from analysis.closure_files import ENDINGS, MAX_CLOSURES, MAX_MB, closures_in
from analysis.closures import EFFECTS, Closure, acting_nowhere, usable_shape
from geo.problems import InputError, Problem, problem
from views.fields import PREFIX, file_style
from views.steps import closures_now, suppose
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.county import County
    from views.wording import Words

MOST_LISTED = 20
"""Of more closures than this, which only a file brings, the rest is counted."""
FIRST_VALUE = {"block": 0.0, "slow": 2.0, "delay": 60.0}
"""What an effect starts with: a factor, or seconds."""
LEAST_VALUE, MOST_VALUE = 1.0, 3600.0
MOST_LETTERS = 60
MOST_CORNERS = 200
"""Of a line or area drawn on the map; further ones are left out."""


def _add(closures: Iterable[Closure], file: str = "") -> tuple[Problem, ...]:
    """Keep more closures, or none of them where they become too many."""
    more, state = list(closures), st.session_state
    if len(closures_now()) + len(more) > MAX_CLOSURES:
        return (problem("too_many_rows", file=file, limit=MAX_CLOSURES),)
    last = state.get("closure_number", 0)
    suppose(closures=closures_now() | dict(enumerate(more, last + 1)))
    state.closure_number = last + len(more)
    return ()


def closed_name(closure: Closure, number: int, words: Words) -> str:
    """What a closure is called: its name, else its number."""
    return closure.name or words("closure.unnamed", number=number)


def close_drawn(points: Any, *, area: bool) -> bool:
    """Block the streets along a line, or in an area, whose corners the map told; False where it is none."""
    try:
        corners = [(round(float(lon), 7), round(float(lat), 7)) for lon, lat in points[:MOST_CORNERS]]
    except (TypeError, ValueError, KeyError):
        return False
    if len(corners) < (3 if area else 2) or not all(map(math.isfinite, chain.from_iterable(corners))):
        return False
    shape = shapely.Polygon(corners) if area else shapely.LineString(corners)
    if not usable_shape(shape.wkt):
        return False
    st.session_state.closure_problems = _add([Closure("", shape.wkt)])
    return True


def close_at(place: Any, name: Any) -> bool:
    """Block the streets at a place the map told, longitude and latitude; False where it is none."""
    try:
        lon, lat = (round(float(each), 7) for each in place)
    except (TypeError, ValueError):
        return False
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return False
    st.session_state.closure_problems = _add(
        [Closure(str(name or "")[:MOST_LETTERS], f"POINT ({lon} {lat})")]
    )
    return True


def _change(number: int, **changes: Any) -> None:
    suppose(closures=closures_now() | {number: replace(closures_now()[number], **changes)})


def remove_closure(number: int) -> None:
    """Take one closure away."""
    suppose(closures={key: each for key, each in closures_now().items() if key != number})


def _remove_all() -> None:
    suppose(closures={})


def _one(number: int, closure: Closure, words: Words) -> None:
    state, key = st.session_state, f"{PREFIX}closure_{number}"
    effect_key, value_key = f"{key}_effect_{words.language}", f"{key}_{closure.effect}"

    def take_effect() -> None:
        _change(number, effect=state[effect_key], value=FIRST_VALUE[state[effect_key]])

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}_head"):
        st.markdown(plain(closed_name(closure, number, words)))
        st.button(
            "✕", key=f"{key}_remove", help=words("closure.remove"), on_click=remove_closure, args=(number,)
        )
    if (
        state.get(effect_key) != closure.effect
    ):  # a step was taken back, or it was last drawn in the other language
        state[effect_key] = closure.effect
    st.selectbox(
        words("closure.effect"),
        EFFECTS,
        format_func=lambda code: words(f"closure.effect_name.{code}"),
        key=effect_key,
        on_change=take_effect,
        label_visibility="collapsed",
    )
    if closure.effect != "block":
        value = min(max(float(closure.value), LEAST_VALUE), MOST_VALUE)
        if state.get(value_key) != value:
            state[value_key] = value
        st.number_input(
            words(f"closure.value_{closure.effect}"),
            LEAST_VALUE,
            MOST_VALUE,
            step=0.5 if closure.effect == "slow" else 10.0,
            key=value_key,
            on_change=lambda: _change(number, value=float(state[value_key])),
        )


def _take_file(key: str) -> None:
    state = st.session_state
    upload = state.get(key)
    if upload is None:
        return
    try:
        state.closure_problems = _add(closures_in(upload.name, upload.getvalue()), upload.name)
    except InputError as error:
        state.closure_problems = error.problems
    state.closure_files = state.get("closure_files", 0) + 1  # the next file finds an empty field


def _file_field(words: Words) -> None:
    file_style("closures", words)
    key = f"closure_file_{st.session_state.get('closure_files', 0)}"
    st.file_uploader(
        words("closure.file"),
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key=key,
        help=words("closure.file_help", number=MAX_CLOSURES, size=MAX_MB),
        on_change=_take_file,
        args=(key,),
        max_upload_size=MAX_MB,
    )
    problems: tuple[Problem, ...] = st.session_state.get("closure_problems", ())
    if problems:
        st.error("\n".join(f"- {plain(each.text(words.language))}" for each in problems))


@st.cache_resource(max_entries=32, show_spinner=False)
def _nowhere(_county: County, digest: str, closures: tuple[Closure, ...]) -> int:
    del digest  # part of the key, where the county itself cannot be
    return 0 if _county.network is None else len(acting_nowhere(_county.network, closures))


def closure_fields(county: County, words: Words) -> tuple[Closure, ...]:
    """The closures as they stand, each with its effect, and a field for a file; returns them.

    How many of them lie on no street, and so do nothing, is said.
    """
    number = len(closures_now())
    nowhere = _nowhere(county, county.digest, tuple(closures_now().values()))
    # The number is no part of the label: with another label the part would fold up again.
    with st.expander(words("closure.title"), key="closures", on_change="rerun"):
        st.caption(words("closure.how"))
        for key, each in list(closures_now().items())[:MOST_LISTED]:
            _one(key, each, words)
        if number > MOST_LISTED:
            st.caption(words("closure.more", number=number - MOST_LISTED))
        if number:
            st.button(words("closure.remove_all"), on_click=_remove_all, key="closures_remove_all")
        _file_field(words)
    line = st.container(key="closures_line")  # always there, so that nothing below it is ever mounted anew
    if number:
        line.caption(words("closure.in_force", number=number - nowhere))
    if nowhere:
        line.warning(words("closure.nowhere", number=nowhere))
    return tuple(closures_now().values())
