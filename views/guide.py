"""The guide of the first visit, three steps on a card over the corner; the browser alone shows and remembers it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
import streamlit.components.v2 as components

if TYPE_CHECKING:
    from views.wording import Words

STEPS = ("look", "choose", "change")
BUTTONS = ("title", "skip", "back", "next", "done")
_HERE = Path(__file__).resolve().parent
_CARD = components.component(
    "county_guide",
    html='<div class="guide" role="region"></div>',
    css=(_HERE / "guide.css").read_text(encoding="utf-8"),
    js=(_HERE / "guide.js").read_text(encoding="utf-8"),
)


def guide_words(words: Words) -> dict[str, Any]:
    """What the card says: its buttons, and of each step a head and a text."""
    steps = [{"head": words(f"guide.{step}_head"), "text": words(f"guide.{step}")} for step in STEPS]
    return {name: words(f"guide.{name}") for name in BUTTONS} | {"steps": steps}


def guide(words: Words) -> None:
    """Draw the guide: open at the first visit, else the button that opens it; a step asks nothing of the server."""
    with st.container(key="guide"):
        _CARD(data=guide_words(words), key="guide_card")
