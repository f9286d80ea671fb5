"""The language switch: Chinese unless the address says ``?lang=en``."""

from __future__ import annotations

import streamlit as st

from geo.words import LANGUAGES, say
from views.wording import Words

PARAMETER = "lang"


def language_asked() -> str:
    """The language the address asks for, Chinese where it asks for none that is known."""
    asked = st.query_params.get(PARAMETER, LANGUAGES[0])
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _put_in_address() -> None:
    st.query_params[PARAMETER] = st.session_state.language


def choose_language() -> Words:
    """Draw the switch and return the words of the language chosen."""
    if "language" not in st.session_state:
        st.session_state.language = language_asked()
    language = st.segmented_control(
        say(st.session_state.language, "page.language"),
        LANGUAGES,
        key="language",
        required=True,
        format_func=lambda code: say(code, "page.language_name"),
        on_change=_put_in_address,
        label_visibility="collapsed",
    )
    return Words(language or LANGUAGES[0])
