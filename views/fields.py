"""Fields for single targets: their bounds, choices and words are read from the target itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.scenario import Targets, choice_targets, numeric_targets

if TYPE_CHECKING:
    from views.wording import Words

PREFIX = "choice_"
"""Before the name of every choice in the session."""


def forget_choices() -> None:
    """Put every choice back to its default."""
    state = st.session_state
    for key in [key for key in state if str(key).startswith(PREFIX)]:
        del state[key]
    # A table that was edited keeps its edits in the browser: another key is another table.
    state.edition = state.get("edition", 0) + 1


def _kind(name: str) -> type[Any]:
    return int if float(numeric_targets()[name]["step"]).is_integer() else float


def put_number(name: str, value: float) -> None:
    """Make ``value`` what the field of a numeric target holds."""
    kind = _kind(name)
    st.session_state[PREFIX + name] = round(value) if kind is int else float(value)


def number_field(words: Words, name: str) -> float:
    """A field for a numeric target within its bounds."""
    bounds, kind = numeric_targets()[name], _kind(name)
    low, high, step = kind(bounds["low"]), kind(bounds["high"]), kind(bounds["step"])
    st.session_state.setdefault(PREFIX + name, kind(bounds["default"]))
    value = st.number_input(
        words(f"choice.{name}"),
        low,
        high,
        step=step,
        key=PREFIX + name,
        help=words("choice.bounds", what=words(f"choice.{name}_help"), low=low, high=high),
    )
    return float(value)


def choice_field(words: Words, name: str) -> str:
    """A list for a worded target; its words stand under ``choice.<name>_name``."""
    st.session_state.setdefault(PREFIX + name, getattr(Targets(), name))
    chosen: str = st.selectbox(
        words(f"choice.{name}"),
        choice_targets()[name],
        format_func=lambda code: words.of(f"choice.{name}_name", code),
        key=PREFIX + name,
        help=words(f"choice.{name}_help"),
    )
    return chosen
