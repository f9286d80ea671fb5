"""What is supposed by a click on the map: something added, moved, off or back again, a street closed by a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.change_steps import add, move, put_back, switch_off
from analysis.changes import LAYERS, MOST_LETTERS
from analysis.county_changes import IDS, change_problems, surveyed_county
from views.closures import close_drawn
from views.steps import changes_now, suppose

if TYPE_CHECKING:
    from analysis.changes import Changes
    from geo.county import County
    from geo.problems import Problem

PROBLEMS = "step_problems"
"""In the session: why the last step was not taken."""
GROUP = "what_if"
"""The key of the group at the side that lists what is supposed."""


def step_problems() -> tuple[Problem, ...]:
    """Why the last step on the map was not taken; empty where it was."""
    found: tuple[Problem, ...] = st.session_state.get(PROBLEMS, ())
    return found


def take_step(told: Any, county: County) -> bool:
    """Take the step that the map told; False where it told none. A step that this county cannot have is not taken, and
    why stands in the session."""
    if not isinstance(told, dict):
        return False
    state = st.session_state
    state[PROBLEMS] = ()
    if told.get("do") == "close":
        if not close_drawn(told.get("points"), area=told.get("area") is True):
            return False
        state[PROBLEMS] = state.get("closure_problems", ())
        return True
    before = changes_now()
    after = _changed(before, told, surveyed_county(county))
    if after is None:
        return False
    found = change_problems(surveyed_county(county), after)
    if found:
        state[PROBLEMS] = tuple(found)
        return True
    if before != after and not any(getattr(before, name) for name in before.__dataclass_fields__):
        state[GROUP] = True  # the first step opens the list of them
    suppose(after)
    return True


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
