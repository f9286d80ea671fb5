"""Which map of tiles lies under the county's layers: none at first, and no request without a choice.

The choice says nothing of the question put to the county: it survives *back to defaults*, and stands in the address
under a name of its own. A key and an own address never do.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from geo.local_tiles import LocalTiles, local_tiles
from geo.problems import InputError
from geo.tile_maps import TIANDITU_LAYERS, TileMap, county_tiles, openstreetmap, own_tiles, tianditu
from views.answers import county_folder
from views.fields import LASTING, list_field, put_list
from views.tile_server import ADDRESS
from views.wording import plain

if TYPE_CHECKING:
    from views.wording import Words

NONE, STREETS, OWN, LOCAL = "none", "openstreetmap", "own", "local:"
FIELD = "tile_map"
ASKED, LINK_PROBLEMS = "tile_map_asked", "link_problems"
"""In the session: the base map a link asks for, and what of a link was not given."""
NOT_LINKED, NOT_HERE = "tiles.own_not_linked", "tiles.unknown_linked"
KEY_NAME = "TIANDITU_KEY"
"""Where the key of Tianditu is looked for: the secrets of the page, then the environment; never in an address."""


def tianditu_key() -> str | None:
    """The key of Tianditu given to this program, if any."""
    if st.secrets.load_if_toml_exists() and KEY_NAME in st.secrets:
        return str(st.secrets[KEY_NAME])
    return os.environ.get(KEY_NAME)


def _own(words: Words) -> TileMap | None:
    address = st.text_input(
        words("tiles.address"),
        key=LASTING + "address",
        help=words("tiles.address_help", example="https://…/{z}/{x}/{y}.png"),
    )
    credit = st.text_input(words("tiles.credit"), key=LASTING + "credit", help=words("tiles.credit_help"))
    unshifted = st.checkbox(
        words("tiles.unshifted"), key=LASTING + "unshifted", help=words("tiles.unshifted_help")
    )
    return own_tiles(address, credit, unshifted=unshifted) if address else None


def _tile_map(chosen: str, here: dict[str, LocalTiles], words: Words) -> TileMap | None:
    if chosen == STREETS:
        return openstreetmap()
    if chosen in TIANDITU_LAYERS:
        return tianditu(chosen, tianditu_key(), words("tiles.tianditu_credit"))
    if chosen in here:
        return county_tiles(here[chosen], ADDRESS)
    return _own(words) if chosen == OWN else None


def _labels(here: dict[str, LocalTiles], words: Words) -> dict[str, str]:
    """What each of the county's maps is called in the list; with its file where two are called the same."""
    names = {code: one.name if words.language == "zh" else one.name_en for code, one in here.items()}
    twice = Counter(names.values())
    named = {
        code: name if twice[name] == 1 else words("tiles.named_file", name=name, file=here[code].file)
        for code, name in names.items()
    }
    return {code: words("tiles.local_name", name=name) for code, name in named.items()}


def _note(*keys: str) -> None:
    """Say of a link's base map what is under these keys, and nothing else."""
    state = st.session_state
    others = tuple(each for each in state.get(LINK_PROBLEMS, ()) if each not in (NOT_LINKED, NOT_HERE))
    state[LINK_PROBLEMS] = (*others, *keys)


def _take_asked(choices: tuple[str, ...]) -> None:
    """Choose what a link asks for, or say why not; before the list is drawn."""
    asked: str | None = st.session_state.pop(ASKED, None)
    if asked is None:
        return
    if asked == OWN:
        _note(NOT_LINKED)
    elif asked and asked not in choices:
        _note(NOT_HERE)
    put_list(FIELD, asked if asked in choices and asked != OWN else NONE)


def choose_tile_map(words: Words) -> None:
    """Draw the choice and keep it for the map; what is wrong with an address or a file is said below it."""
    here = {LOCAL + one.file: one for one in local_tiles(county_folder())}
    choices = (NONE, *here, STREETS, *TIANDITU_LAYERS, OWN)
    _take_asked(choices)
    labels = _labels(here, words)
    chosen = list_field(
        words, FIELD, choices, lambda code: labels.get(code) or words.of("choice.tile_map_name", code)
    )
    state = st.session_state
    if chosen != NONE:
        _note()
    state.tile_map = None
    try:
        state.tile_map = _tile_map(chosen, here, words)
    except InputError as error:
        st.error("\n".join(f"- {plain(problem.text(words.language))}" for problem in error.problems))
    if chosen in here and state.tile_map is not None:
        st.caption(words("tiles.local", first=state.tile_map.min_zoom, last=state.tile_map.max_zoom))
    elif chosen not in here and chosen != NONE:
        st.caption(words("tiles.online"))


def take_tile_map(asked: str) -> None:
    """Take over the base map that an address asks for; it is chosen when the list is drawn."""
    st.session_state[ASKED] = asked


def tile_map_said() -> str:
    """The base map chosen, as it stands in the address; empty for none."""
    chosen = str(st.session_state.get(LASTING + "map", NONE))
    return "" if chosen == NONE else chosen


def chosen_tiles(words: Words) -> dict[str, Any]:
    """The tiles to lay under the layers as the map's script takes them; no addresses for none."""
    tiles = st.session_state.get("tile_map") or TileMap((), "")
    failed = "tiles.failed_here" if any(url.startswith(ADDRESS) for url in tiles.urls) else "tiles.failed"
    return asdict(tiles) | {
        "failed": words(failed),
        "nothing": words("tiles.nothing_here", zoom=tiles.min_zoom),
    }
