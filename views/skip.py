"""For those who go by the keyboard: the first stops of the page lead past the choices, to the map and to the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
import streamlit.components.v2 as components

if TYPE_CHECKING:
    from views.wording import Words

TARGETS = ("map", "table")
_HERE = Path(__file__).resolve().parent
_LINKS = components.component(
    "skip_links",
    html='<nav class="skip"></nav>',
    css=(_HERE / "skip.css").read_text(encoding="utf-8"),
    js=(_HERE / "skip.js").read_text(encoding="utf-8"),
)


def skip_links(words: Words) -> None:
    """Draw the links where the page begins; they are seen only while one of them has the focus."""
    with st.container(key="skip"):
        _LINKS(data={target: words(f"skip.{target}") for target in TARGETS}, key="skip_links")
