"""Names and values on a card: a calm list in two columns, and the few numbers that come first."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLE = """<style>
dl.facts { display: grid; grid-template-columns: minmax(5.5em, 27%) minmax(0, 1fr); gap: 0.3rem 0.8rem;
  margin: 0; padding: 0 !important; font-size: 0.86rem; line-height: 1.45; }
dl.facts dt { color: #5f6368; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; grid-column: 2; }
dl.facts dd div + div { margin-top: 0.2rem; }
dl.key-numbers { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.5rem; margin: 0;
  padding: 0 !important; }
dl.key-numbers > div { border-left: 3px solid #d5d5d0; padding-left: 0.5rem; }
dl.key-numbers dt { color: #5f6368; font-size: 0.78rem; }
dl.key-numbers dd { margin: 0; overflow-wrap: anywhere; }
dl.key-numbers dd.value { font-size: 1.02rem; font-weight: 600; line-height: 1.35; }
dl.key-numbers dd.below { font-size: 0.76rem; color: #5f6368; line-height: 1.35; }
.st-key-parcel_head > div:last-child { margin-left: auto; }
[class*="st-key-filter_text"] [data-testid="InputInstructions"],
[class*="st-key-street_filter"] [data-testid="InputInstructions"] { display: none; }
.st-key-parcel_card [data-testid="stVerticalBlock"], .st-key-place_card [data-testid="stVerticalBlock"] { gap: 0.5rem; }
</style>"""
"""How both look; put on the page once."""


def facts_html(pairs: Iterable[tuple[str, str | Sequence[str]]]) -> str:
    """A definition list; a name may have several values; empty values are left out, and so is a list of nothing."""
    rows = []
    for name, said in pairs:
        values = [each for each in ([said] if isinstance(said, str) else said) if each]
        if values:
            lines = "".join(f"<div>{escape(each)}</div>" for each in values)
            rows.append(f"<dt>{escape(name)}</dt><dd>{lines}</dd>")
    return f'<dl class="facts">{"".join(rows)}</dl>' if rows else ""


def facts(pairs: Iterable[tuple[str, str | Sequence[str]]]) -> None:
    """Show names and values as a list in two columns."""
    html = facts_html(pairs)
    if html:
        st.html(html)


def numbers_html(numbers: Iterable[tuple[str, str, str]]) -> str:
    """Name, value and the line below it of each number."""
    cells = [
        f'<div><dt>{escape(name)}</dt><dd class="value">{escape(value)}</dd>'
        f'<dd class="below">{escape(below)}</dd></div>'
        for name, value, below in numbers
    ]
    return f'<dl class="key-numbers">{"".join(cells)}</dl>'


def key_numbers(numbers: Iterable[tuple[str, str, str]]) -> None:
    """Show the numbers that come first, side by side."""
    st.html(numbers_html(numbers))
