"""What is supposed by a click on the map: something added, moved, off or back again, a street closed by a drawing."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.change_steps import add, move, put_back, switch_off
from analysis.changes import LAYERS, MOST_CHANGES, MOST_LETTERS, NO_CHANGES
from analysis.county_changes import IDS, change_problems, surveyed_county
from geo.problems import problem
from views.closures import close_drawn
from views.steps import changes_now, suppose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.changes import Changes
    from geo.county import County
    from geo.problems import Problem

PROBLEMS = "step_problems"
"""In the session: why the last step was not taken."""
GROUP = "what_if"
"""The key of the group at the side that lists what is supposed."""


def step_problems() -> tuple[Problem, ...]:
    """Why the last step on the map was not taken; empty where it was, and once the scenario is another."""
    asked, found = st.session_state.get(PROBLEMS, ("", ()))
    problems: tuple[Problem, ...] = found
    return problems if asked == st.session_state.get("asked") else ()


def _refuse(found: Iterable[Problem]) -> None:
    st.session_state[PROBLEMS] = (st.session_state.get("asked"), tuple(found))


def take_step(told: Any, county: County) -> bool:
    """Take the step that the map told; False where it told none. A step that this county cannot have is not taken, and
    why stands in the session."""
    if not isinstance(told, dict):
        return False
    state = st.session_state
    _refuse(())
    if told.get("do") == "close":
        if not close_drawn(told.get("points"), area=told.get("area") is True):
            return False
        _refuse(state.get("closure_problems", ()))
        return True
    before = changes_now()
    after = _changed(before, told, surveyed_county(county))
    if after is None:
        return False
    found = change_problems(surveyed_county(county), after) + _too_many(after)
    if found:
        _refuse(found)
        return True
    if before == NO_CHANGES != after:
        state[GROUP] = True  # the first step opens the list of them
    suppose(after)
    return True


def _too_many(changes: Changes) -> list[Problem]:
    numbers = {each.name: len(getattr(changes, each.name)) for each in fields(changes)}
    return [
        problem("changes_many", field=f"changes.{name}", value=number, limit=MOST_CHANGES)
        for name, number in numbers.items()
        if number > MOST_CHANGES
    ]


def _changed(changes: Changes, told: dict[str, Any], county: County) -> Changes | None:
    do, layer, its_id = told.get("do"), told.get("layer"), told.get("id")
    if layer not in LAYERS:
        return None
    at = _place(told.get("at"))
    known = isinstance(its_id, str) and 0 < len(its_id) <= MOST_LETTERS
    if do == "add" and at is not None:
        taken = getattr(county, layer)[IDS[layer]].dropna().astype(str)
        return add(changes, layer, set(taken), *at)
    if do == "move" and known and at is not None:
        return move(changes, layer, str(its_id), *at)
    if do == "off" and known:
        return switch_off(changes, layer, str(its_id))
    if do == "back" and known:
        return put_back(changes, layer, str(its_id))
    return None


def _place(at: Any) -> tuple[float, float] | None:
    """Longitude and latitude as told; None where they are none."""
    try:
        lon, lat = (round(float(each), 7) for each in at)
    except (TypeError, ValueError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
