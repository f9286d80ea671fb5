"""What a reader supposes of the county: changes and closures in the session, with the steps back and forward."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from analysis.changes import NO_CHANGES
from views.fields import PREFIX

if TYPE_CHECKING:
    from analysis.changes import Changes
    from analysis.closures import Closure

CHANGES, CLOSURES, STEPS = PREFIX + "changes", PREFIX + "closures", PREFIX + "steps"
MOST_STEPS = 30
"""So many steps can be taken back."""


@dataclass(frozen=True)
class State:
    """What is supposed at one time; ``closures`` by their number, oldest first."""

    changes: Changes
    closures: tuple[tuple[int, Closure], ...]


@dataclass(frozen=True)
class Steps:
    """States before and after the one that holds, each in the order of time."""

    # The address looks at the texts of all choices at every run, and these may be long.
    before: tuple[State, ...] = field(default=(), repr=False)
    after: tuple[State, ...] = field(default=(), repr=False)


def changes_now() -> Changes:
    """The changes of this session."""
    found: Changes = st.session_state.get(CHANGES) or NO_CHANGES
    return found


def closures_now() -> dict[int, Closure]:
    """The closures of this session by their number, oldest first."""
    found: dict[int, Closure] = st.session_state.setdefault(CLOSURES, {})
    return found


def steps_now() -> Steps:
    """What can be taken back, and what can be done again."""
    found: Steps = st.session_state.get(STEPS) or Steps()
    return found


def suppose(changes: Changes | None = None, closures: dict[int, Closure] | None = None) -> None:
    """Make these the changes or closures, as one step that can be taken back; None leaves them as they are."""
    now, steps = _state(), steps_now()
    _put(
        State(
            now.changes if changes is None else changes,
            now.closures if closures is None else tuple(closures.items()),
        )
    )
    if _state() != now:
        st.session_state[STEPS] = Steps((*steps.before, now)[-MOST_STEPS:])


def undo() -> None:
    """Take the last step back."""
    now, steps = _state(), steps_now()
    if steps.before:
        _put(steps.before[-1])
        st.session_state[STEPS] = Steps(steps.before[:-1], (now, *steps.after))


def redo() -> None:
    """Do again what was last taken back."""
    now, steps = _state(), steps_now()
    if steps.after:
        _put(steps.after[0])
        st.session_state[STEPS] = Steps((*steps.before, now), steps.after[1:])


def clear() -> None:
    """Suppose nothing any more, as one step that can be taken back."""
    suppose(NO_CHANGES, {})


def _state() -> State:
    return State(changes_now(), tuple(closures_now().items()))


def _put(state: State) -> None:
    st.session_state[CHANGES], st.session_state[CLOSURES] = state.changes, dict(state.closures)
