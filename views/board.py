"""Map, table and card together: one parcel is chosen, wherever it was chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from streamlit_folium import st_folium

from geo import map_style as style
from geo.map_features import bounds_of, to_wgs84
from geo.maps import Choice, LegendItem, Look, MapWords, base_map, county_layers
from views.address import write_chosen
from views.assets import SERVED
from views.board_tables import plan_of, tables
from views.card import parcel_card
from views.closures import close_at
from views.definitions import STYLE
from views.layers import map_layers, still
from views.map_steps import take_step
from views.map_tools import map_tools
from views.place import Spot, answer_of, place_card, spot_bounds, spot_layer, spot_of
from views.print_sheet import print_sheet
from views.search import point_told, search_box
from views.selection import choose, choose_place, choose_street, shown_table
from views.siting_layer import with_sites
from views.streets import chosen_layers, street_at, street_bounds, street_card
from views.table import MOST_BADGES, verdict_list
from views.tile_map import chosen_tiles
from views.wanted import want
from views.water import parcels_of, still_water
from views.way import way_layer, way_of

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.map_features import Bounds
    from geo.maps import MapLayer
    from views.board_tables import Plan
    from views.wording import Words

MAP_HEIGHT_PX = 540
MAP_KEY = "county_map"
CHINA: Bounds = (73.5, 18.0, 135.1, 53.6)
"""What an empty county shows: nothing of it has a place."""


def _on_map(assessment: Assessment, plan: Plan) -> None:
    clicked = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    told = clicked.get("properties") or {}
    parcel_no = told.get("id")
    if close_at(told.get("close"), told.get("name")) or take_step(told.get("step"), assessment.county):
        st.session_state.ask_again = True
    elif want(told.get("want")):
        return
    elif point_told(told.get("point")) is not None:
        choose_place(str(point_told(told["point"])), move=False)
    elif told.get("street") is not None:
        line_id = street_at(assessment, told["street"], told.get("at"))
        if line_id is not None:
            choose_street(line_id, move=False)
    elif parcel_no in plan.table.ids:
        choose(parcel_no, move=False)


def _map_words(assessment: Assessment, words: Words) -> MapWords:
    network = assessment.summary["network"] or {}
    schematic = "roads" in assessment.county.schematic
    return MapWords(
        title=words("map.title"),
        legend=words("map.legend"),
        failed=words("map.failed"),
        mark=words("map.schematic_mark") if schematic else "",
        close=words("map.close_here"),
        answer=words("map.answer_here"),
        credit=" · ".join(
            filter(
                None,
                [
                    words("map.notice"),
                    # What a schematic file says of itself is in the language of its source.
                    words("map.schematic_credit") if schematic else network.get("attribution"),
                ],
            )
        ),
    )


def _looks(assessment: Assessment, words: Words, everything: Bounds) -> list[Look]:
    looks = [Look(words("map.look_all"), words("map.look_all_title"), everything)]
    town = still(assessment, words).town
    if town is not None:
        looks.append(Look(words("map.look_town"), words("map.look_town_title"), town))
    return looks


def with_way(layers: tuple[MapLayer, ...], way: MapLayer) -> tuple[MapLayer, ...]:
    """The layers with the route in its place: over the streets, below every sign."""
    after = [layer.key for layer in layers].index("streets") + 1
    return (*layers[:after], way, *layers[after:])


def street_lines(assessment: Assessment) -> list[str]:
    """Ids of the lines of named streets, in the order of their table."""
    spacing = still_water(assessment).spacing
    return [] if spacing is None else spacing.streets["line_id"].tolist()


def _chosen_street(assessment: Assessment) -> str | None:
    """The street chosen, while its table is shown and as long as there is such a street."""
    line_id: str | None = st.session_state.get("line_id")
    return line_id if shown_table() == "streets" and line_id in street_lines(assessment) else None


def with_street(layers: tuple[MapLayer, ...], chosen: tuple[MapLayer, ...]) -> tuple[MapLayer, ...]:
    """The layers with the street chosen in its place: over all other streets and hydrants, below the stations."""
    before = [layer.key for layer in layers].index("stations")
    return (*layers[:before], *chosen, *layers[before:])


def _choice(assessment: Assessment, spot: Spot | None) -> Choice | None:
    if spot is not None:
        bounds, turn = spot_bounds(spot, assessment), st.session_state.get("turn", 0)
        return Choice("spot", "spot", bounds, turn, streets=shown_table() == "streets")
    if shown_table() == "streets":
        line_id = _chosen_street(assessment)
        bounds = None if line_id is None else street_bounds(assessment, line_id)
        return Choice("", "", bounds, st.session_state.get("turn", 0), streets=True)
    parcel_no = st.session_state.get("parcel_no")
    if parcel_no is None:
        return None
    parcels = assessment.parcels
    mine = parcels[parcels["parcel_no"] == parcel_no]
    bounds = bounds_of(to_wgs84(mine.geometry, str(parcels.crs)))
    return Choice("parcels", parcel_no, bounds, st.session_state.get("turn", 0))


def faded(plan: Plan) -> dict[str, Any]:
    """What the map draws pale: the parcels filtered out, or all but those shown where that is shorter."""
    others = 2 * int(plan.shown.sum()) < len(plan.shown)
    rows = np.flatnonzero(plan.shown if others else ~plan.shown)
    return {"keys": ["parcels", "uses"], "ids": [plan.table.ids[row] for row in rows], "others": others}


def with_pale(layers: tuple[MapLayer, ...], plan: Plan, words: Words) -> tuple[MapLayer, ...]:
    """The layers with a line in the legend of the parcels that says what the pale ones are, where there are any."""
    if plan.shown.all():
        return layers
    note = LegendItem("area", words("map.filtered_out", number=len(plan.hidden)), style.filtered_out())
    return tuple(
        replace(layer, legend=(*layer.legend, note)) if layer.key == "parcels" else layer for layer in layers
    )


def _map(assessment: Assessment, spot: Spot | None, plan: Plan, words: Words) -> None:
    found = answer_of(spot, assessment)
    route = way_of(assessment, st.session_state.get("parcel_no")) if found is None else found.route
    layers = with_way(map_layers(assessment, words), way_layer(assessment, words, route))
    if shown_table() == "streets":
        layers = with_street(layers, chosen_layers(assessment, _chosen_street(assessment), words))
    if spot is not None:
        layers = (*layers, spot_layer(spot, words))
    layers = with_sites(with_pale(layers, plan, words), assessment, words)
    everything = still(assessment, words).everything or CHINA
    said = _map_words(assessment, words)
    tools = map_tools(assessment.county, everything, words)
    calls = {"tiles": chosen_tiles(words), "sheet": print_sheet(assessment, words), "fade": faded(plan)}
    st_folium(
        base_map(everything, _looks(assessment, words, everything), said, SERVED, tools),
        key=MAP_KEY,
        height=MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=county_layers(layers, SERVED, said, _choice(assessment, spot), calls),
        on_change=lambda: _on_map(assessment, plan),
    )


def _street_card(assessment: Assessment, words: Words) -> None:
    line_id = _chosen_street(assessment)
    if line_id is None:
        st.caption(words("street.choose"))
    else:
        street_card(assessment, line_id, words)
    for note in ("assumed", "shared"):
        st.caption(words(f"spacing.{note}"))


def _card(assessment: Assessment, plan: Plan, words: Words) -> None:
    parcel_no = st.session_state.get("parcel_no")
    if parcel_no in plan.table.ids:
        row = plan.table.ids.index(str(parcel_no))
        if plan.hides(parcel_no):
            st.caption(words("filter.hidden"))
        parcel_card(assessment, next(parcels_of(assessment).iloc[[row]].itertuples()), words)
        return
    if len(plan.table.ids) <= MOST_BADGES:
        st.markdown(verdict_list(plan.table, plan.shown.tolist(), words))
    if plan.table.ids:
        st.caption(words("page.choose_parcel"))


def _cards(assessment: Assessment, spot: Spot | None, plan: Plan, words: Words) -> None:
    if st.session_state.get("unknown_asked"):
        st.warning(words("address.unknown"))
    if spot is not None:
        st.subheader(words("place.card_title"))
        place_card(assessment, spot, words)
        return
    shown = shown_table()
    st.subheader(words("page.verdicts_title" if shown == "parcels" else "street.card_title"))
    if shown == "parcels":
        _card(assessment, plan, words)
    else:
        _street_card(assessment, words)


def named_lines(assessment: Assessment) -> dict[str, str]:
    """The longest line of each named street in the street table, by its name."""
    spacing = still_water(assessment).spacing
    if spacing is None:
        return {}
    table = spacing.streets.sort_values("length_m")
    return dict(zip(table["name"].astype(str), table["line_id"].astype(str), strict=True))


def _take_asked(assessment: Assessment, plan: Plan, words: Words) -> None:
    """Choose what the address asks for; before table and map are drawn."""
    state = st.session_state
    asked: str | None = state.pop("asked_for", None)
    if asked is None:
        return
    kind, _, its_id = asked.partition(":")
    state.unknown_asked = False
    choose_place("", move=False)
    if kind == "parcel" and its_id in plan.table.ids:
        state.shown_table = "parcels"
        choose(its_id, move=True)
    elif kind == "line" and its_id in street_lines(assessment):
        state.shown_table = "streets"
        choose_street(its_id, move=True)
    elif kind != "parcel" and spot_of(asked, assessment, words) is not None:
        choose_place(asked, move=True)
    else:
        state.unknown_asked = asked != ""


def _chosen_said(assessment: Assessment, plan: Plan) -> str:
    """What is chosen, as it stands in the address; empty for nothing."""
    state = st.session_state
    if state.get("place"):
        return str(state.place)
    line_id = _chosen_street(assessment)
    if line_id is not None:
        return f"line:{line_id}"
    parcel_no = state.get("parcel_no")
    return f"parcel:{parcel_no}" if shown_table() == "parcels" and parcel_no in plan.table.ids else ""


@st.fragment
def board(assessment: Assessment, default: Assessment | None, words: Words) -> None:
    """Map, table and card; the page's style puts the table beside the map where both fit, else below it.

    ``default``: the same county with every choice at its default; None where nothing differs.
    Reruns alone when a parcel is chosen; what is supposed on the map asks everything again.
    """
    if st.session_state.pop("ask_again", False):
        st.rerun()
    plan = plan_of(assessment, words, default)
    _take_asked(assessment, plan, words)
    spot = spot_of(st.session_state.get("place"), assessment, words)
    st.html(STYLE)
    with st.container(key="board"):
        with st.container(key="board_map"):
            search_box(assessment, named_lines(assessment), words)
            _map(assessment, spot, plan, words)
        with st.container(key="board_card"):
            _cards(assessment, spot, plan, words)
        with st.container(key="board_table"):
            tables(assessment, plan, words)
    write_chosen(_chosen_said(assessment, plan))
