"""Fields of the tanker shuttle: who drives water, and how quickly it is handled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis import standards
from analysis.shuttle_choice import (
    LEAST_TANK_L,
    MOST_TANK_L,
    MOST_TANKERS,
    ShuttleChoice,
    shuttle_numbers,
)
from views.fields import PREFIX

if TYPE_CHECKING:
    from views.wording import Words


def shuttle_fields(words: Words) -> ShuttleChoice | None:
    """The shuttle the reader asks for; None: the county's own tankers, which is the default."""
    with st.expander(words("shuttle.title"), key="shuttle_fields"):
        st.caption(words("shuttle.help"))
        if not st.toggle(words("shuttle.own"), key=f"{PREFIX}shuttle", help=words("shuttle.own_help")):
            return None
        st.session_state.setdefault(f"{PREFIX}tankers", len(standards.SHUTTLE_TANKS_L))
        number = st.number_input(words("shuttle.number"), 1, MOST_TANKERS, key=f"{PREFIX}tankers")
        st.session_state.setdefault(f"{PREFIX}tank_l", float(standards.SHUTTLE_TANKS_L[0]))
        tank_l = st.number_input(
            words("shuttle.tank_l"), LEAST_TANK_L, MOST_TANK_L, step=500.0, key=f"{PREFIX}tank_l"
        )
        return replace(ShuttleChoice(tanks_l=(float(tank_l),) * int(number)), **_numbers(words))


def _numbers(words: Words) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, bounds in shuttle_numbers().items():
        st.session_state.setdefault(f"{PREFIX}{name}", float(bounds["default"]))
        found[name] = float(
            st.number_input(
                words(f"shuttle.choice.{name}"),
                float(bounds["low"]),
                float(bounds["high"]),
                step=float(bounds["step"]),
                key=f"{PREFIX}{name}",
            )
        )
    return found
