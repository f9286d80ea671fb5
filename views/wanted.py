"""Map layers that are off at first and made when a reader switches them on, so that nobody waits for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from geo.maps import MapLayer
from views import water_layers
from views.arrival import street_layer
from views.force import force_layer
from views.kept import kept
from views.links import link_layer, may_have_links
from views.uses import use_layer
from views.wording import Words
from views.zones import overlap_layer, zone_layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment

WANTED = "wanted_layers"
"""Keys of the layers a reader has switched on, in the session."""
LAYERS: dict[str, tuple[Callable[[Assessment, Words], MapLayer], bool]] = {
    "streets": (street_layer, False),
    "force": (force_layer, False),
    "uses": (use_layer, True),
    "overlap": (overlap_layer, False),
    "links": (link_layer, False),
    "zones": (zone_layer, False),
    **water_layers.LAYERS,
}
"""How each layer is made, and whether it stays as it is when only times change."""
LABELS = {"force": "map.forces", "overlap": "map.overlaps"}
"""Words of the layers that are not those under their key."""


@kept(few=12, many=96)
def _layer(assessment: Assessment, key: str, language: str) -> MapLayer:
    return LAYERS[key][0](assessment, Words(language))


@kept(few=8, many=48, still=True)
def _still_layer(assessment: Assessment, key: str, language: str) -> MapLayer:
    return LAYERS[key][0](assessment, Words(language))


def wanted_layer(assessment: Assessment, key: str, words: Words) -> MapLayer:
    """A layer of :data:`LAYERS` made, or kept."""
    made = _still_layer if LAYERS[key][1] else _layer
    return made(assessment, key, words.language)


def wanted_layers(assessment: Assessment, words: Words) -> list[MapLayer]:
    """All that can be made; those this reader never switched on without content, which costs nothing."""
    # No street that is only drawn is a critical link.
    never = () if may_have_links(assessment) else ("links",)
    wanted = st.session_state.get(WANTED, ())
    return [
        wanted_layer(assessment, key, words)
        if key in wanted
        else MapLayer(key, words(LABELS.get(key, f"map.{key}")), None, {}, (), visible=False)
        for key in LAYERS
        if key not in never
    ]


def want(key: Any) -> bool:
    """Take a layer's key from the map as wanted; whether it is one of these."""
    if not isinstance(key, str) or key not in LAYERS:
        return False
    st.session_state[WANTED] = {*st.session_state.get(WANTED, ()), key}
    return True
