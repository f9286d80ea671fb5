"""Which map of tiles lies under the county's layers: none at first, and no request without a choice."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from geo.problems import InputError
from geo.tile_maps import TIANDITU_LAYERS, TileMap, openstreetmap, own_tiles, tianditu
from views.fields import PREFIX, list_field
from views.wording import plain

if TYPE_CHECKING:
    from views.wording import Words

NONE, STREETS, OWN = "none", "openstreetmap", "own"
CHOICES = (NONE, STREETS, *TIANDITU_LAYERS, OWN)
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
        key=PREFIX + "tile_address",
        help=words("tiles.address_help", example="https://…/{z}/{x}/{y}.png"),
    )
    credit = st.text_input(words("tiles.credit"), key=PREFIX + "tile_credit", help=words("tiles.credit_help"))
    unshifted = st.checkbox(
        words("tiles.unshifted"), key=PREFIX + "tile_unshifted", help=words("tiles.unshifted_help")
    )
    return own_tiles(address, credit, unshifted=unshifted) if address else None


def _tile_map(chosen: str, words: Words) -> TileMap | None:
    if chosen == STREETS:
        return openstreetmap()
    if chosen in TIANDITU_LAYERS:
        return tianditu(chosen, tianditu_key(), words("tiles.tianditu_credit"))
    return _own(words) if chosen == OWN else None


def choose_tile_map(words: Words) -> None:
    """Draw the choice and keep it for the map; what is wrong with an address is said below it."""
    chosen = list_field(words, "tile_map", CHOICES, lambda code: words.of("choice.tile_map_name", code))
    st.session_state.tile_map = None
    try:
        st.session_state.tile_map = _tile_map(chosen, words)
    except InputError as error:
        st.error("\n".join(f"- {plain(problem.text(words.language))}" for problem in error.problems))
    if chosen != NONE:
        st.caption(words("tiles.online"))


def chosen_tiles(words: Words) -> dict[str, Any]:
    """The tiles to lay under the layers as the map's script takes them; no addresses for none."""
    tiles = st.session_state.get("tile_map") or TileMap((), "")
    return asdict(tiles) | {"failed": words("tiles.failed")}
