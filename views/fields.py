"""Fields for single targets: their bounds, choices and words are read from the target itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.scenario import Targets, choice_targets, numeric_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from views.wording import Words

PREFIX = "choice_"
"""Before the name of every choice in the session."""
LASTING = PREFIX + "tile_"
"""Before the names of the choices of a base map, which say nothing of the question."""


def forget_choices() -> None:
    """Put every choice that says something of the question back to its default."""
    state = st.session_state
    for key in [key for key in state if str(key).startswith(PREFIX) and not str(key).startswith(LASTING)]:
        del state[key]
    state.pop("what_if", None)
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


def put_list(name: str, value: Any) -> None:
    """Make ``value`` what the list of this name holds, in every language; before it is drawn."""
    st.session_state[PREFIX + name] = value


def list_field(
    words: Words,
    name: str,
    options: Sequence[Any],
    labels: Callable[[Any], str],
    then: Callable[[], None] | None = None,
) -> Any:
    """A list of ``options`` shown by their ``labels``, the first by default; ``then`` follows a change.

    The browser answers with the label it shows, so each language has a list of its own: a label of the language
    before would be no option of this one. What is chosen is kept apart from both.
    """
    state, kept, shown = st.session_state, PREFIX + name, f"{PREFIX}{name}_{words.language}"
    if state.get(kept) not in options:
        state[kept] = options[0]
    if state.get(shown) != state[kept]:  # a link was opened, or the list was last drawn in the other language
        state[shown] = state[kept]

    def take() -> None:
        if state[shown] in options:
            state[kept] = state[shown]
            if then is not None:
                then()

    st.selectbox(
        words(f"choice.{name}"),
        options,
        format_func=labels,
        key=shown,
        on_change=take,
        help=words(f"choice.{name}_help"),
    )
    return state[kept]


def choice_field(words: Words, name: str) -> str:
    """A list for a worded target; its words stand under ``choice.<name>_name``."""
    st.session_state.setdefault(PREFIX + name, getattr(Targets(), name))
    chosen: str = list_field(
        words, name, choice_targets()[name], lambda code: words.of(f"choice.{name}_name", code)
    )
    return chosen
