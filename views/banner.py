"""The line above everything: what the streets are, and how to get real ones."""

from __future__ import annotations

import shlex
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from geo.problems import InputError, Problem
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo.county import County
    from views.wording import Words

PUBLIC = ""
"""An address left empty: the public server."""


def fetch_command(place: str, folder: Path) -> str:
    """The command that fetches the streets of a place into the county's folder."""
    out = shlex.quote((folder / "roads").as_posix())
    return f"python start.py fetch --place {shlex.quote(place)} --out {out}"


def banner_html(head: str, rest: str) -> str:
    """The line as HTML: whole where there is room, on a phone its head, which unfolds."""
    head, rest = escape(head), escape(rest)
    return (
        f'<div class="notice" role="note"><p><b>{head}</b> {rest}</p>'
        f"<details><summary><b>{head}</b></summary>{rest}</details></div>"
    )


def network_banner(county: County, folder: Path, words: Words) -> None:
    """Say that the network is schematic or missing and offer the real one; nothing where it is real."""
    # Always there, so that nothing below it is ever mounted anew.
    slot = st.container(key="network", horizontal=True, vertical_alignment="center", gap="small")
    if county.network is not None and "roads" not in county.schematic:
        return
    said = "page.no_network" if county.network is None else "page.schematic"
    with slot:
        st.html(banner_html(words(f"{said}_head"), words(said)))
        with st.popover(words("page.get_network")):
            _form(county, folder, words)


def _form(county: County, folder: Path, words: Words) -> None:
    st.markdown(plain(words("page.get_network_how")))
    place = st.text_input(words("page.place"), words("page.place_of", county=county.name), key="fetch_place")
    st.code(fetch_command(place, folder), language=None)  # colours of code are too pale
    with st.expander(words("page.servers")):
        overpass = st.text_input(words("page.overpass"), PUBLIC, key="fetch_overpass")
        nominatim = st.text_input(words("page.nominatim"), PUBLIC, key="fetch_nominatim")
    asked = st.button(words("page.fetch"), key="fetch", disabled=not place.strip())
    slot = st.container(key="fetch_progress")
    if asked:
        with slot:
            _fetch(place.strip(), folder, (overpass.strip(), nominatim.strip()), words)
    _show_failure(st.session_state.get("fetch_problems", ()), words)


def _fetch(place: str, folder: Path, servers: tuple[str, str], words: Words) -> None:
    from geo.osm_fetch import fetch  # brings OSMnx, which takes seconds to import

    st.session_state.fetch_problems = ()
    with st.status(words("page.fetching"), expanded=True):

        def progress(code: str, values: Mapping[str, object]) -> None:
            st.write(plain(words(f"roads.{code}", **values)))

        try:
            fetch(
                place,
                out=folder,
                overpass_url=servers[0] or None,
                nominatim_url=servers[1] or None,
                progress=progress,
            )
        except InputError as error:
            st.session_state.fetch_problems = error.problems
            return
    st.rerun()


def _show_failure(problems: tuple[Problem, ...], words: Words) -> None:
    """What went wrong at the last try; it stays until the next one."""
    if problems:
        lines = "\n".join(f"- {plain(problem.text(words.language))}" for problem in problems)
        st.error(f"{words('page.fetch_failed')}\n\n{lines}")
