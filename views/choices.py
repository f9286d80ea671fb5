"""The choices at the side, from widgets to one scenario; every bound is read from the target itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.scenario import Scenario, Targets, numeric_targets
from analysis.standards import PROFILES

if TYPE_CHECKING:
    from geo.county import County
    from views.wording import Words

FIRST = ("limit_s", "turnout_s", "hydrant_radius_m")
FURTHER = ("speed_factor", "off_street_limit_m", "snap_limit_m")
PREFIX = "choice_"


def _forget() -> None:
    for key in [key for key in st.session_state if str(key).startswith(PREFIX)]:
        del st.session_state[key]


def _number(words: Words, name: str) -> float:
    bounds = numeric_targets()[name]
    whole = float(bounds["step"]).is_integer()
    kind: type[Any] = int if whole else float
    low, high, step = kind(bounds["low"]), kind(bounds["high"]), kind(bounds["step"])
    value = st.number_input(
        words(f"choice.{name}"),
        low,
        high,
        kind(bounds["default"]),
        step,
        key=PREFIX + name,
        help=words("choice.bounds", what=words(f"choice.{name}_help"), low=low, high=high),
    )
    return float(value)


def _unknown_states(county: County) -> int:
    layers = (county.stations, county.hydrants, county.cranes)
    return sum(int((layer["status"] == "unknown").sum()) for layer in layers)


def choose_scenario(county: County, words: Words) -> Scenario:
    """Draw the choices and return the scenario they make."""
    st.subheader(words("choice.title"))
    planned = st.toggle(
        words("choice.planned_works"), key=PREFIX + "planned_works", help=words("choice.planned_works_help")
    )
    unknown, count_unknown = _unknown_states(county), False
    if unknown:
        label = words("choice.count_unknown", number=unknown)
        count_unknown = st.toggle(
            label, key=PREFIX + "count_unknown", help=words("choice.count_unknown_help")
        )
    profile = st.selectbox(
        words("choice.profile"),
        PROFILES,
        index=PROFILES.index(Targets().profile),
        format_func=lambda code: words.of("choice.profile_name", code),
        key=PREFIX + "profile",
        help=words("choice.profile_help"),
    )
    numbers = {name: _number(words, name) for name in FIRST}
    with st.expander(words("choice.more")):
        numbers |= {name: _number(words, name) for name in FURTHER}
        targets = _targets(profile, numbers)
        _speeds(words, targets)
    st.button(words("choice.reset"), on_click=_forget)
    return Scenario(planned_works=planned, count_unknown=count_unknown, targets=targets)


def _targets(profile: str, numbers: dict[str, float]) -> Targets:
    changes: dict[str, Any] = {"profile": profile, **numbers}
    return Targets(**changes)


SPEED_CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service", "track",
)  # fmt: skip


def _speeds(words: Words, targets: Targets) -> None:
    """The table of speeds in force, so that nobody has to guess them."""
    rows = [
        {
            words("column.class"): words.of("value.class", name),
            words("column.speed_kph"): round(targets.speed_kph(name), 1),
        }
        for name in SPEED_CLASSES
    ]
    st.caption(words("choice.speeds"))
    st.dataframe(rows, hide_index=True, height="content", key="speeds")
