"""Map, table and card together: one parcel is chosen, wherever it was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit_folium import st_folium

from geo.map_features import bounds_of, to_wgs84
from geo.maps import Choice, Look, MapWords, base_map, county_layers
from views.address import write_chosen
from views.assets import SERVED
from views.card import parcel_card
from views.closures import close_at
from views.layers import map_layers, still
from views.map_tools import map_tools
from views.place import Spot, answer_of, place_card, spot_bounds, spot_layer, spot_of
from views.print_sheet import print_sheet
from views.search import point_told, search_box
from views.selection import (
    SHOWN,
    STREET_TABLE_KEY,
    TABLE_KEY,
    choose,
    choose_place,
    choose_street,
    shown_table,
)
from views.streets import (
    TABLE_HEIGHT_PX,
    chosen_layers,
    street_at,
    street_bounds,
    street_card,
    street_columns,
    street_table,
)
from views.table import (
    MOST_BADGES,
    ROW_HEIGHT_PX,
    shown_plan,
    total_line,
    verdict_list,
)
from views.tile_map import chosen_tiles
from views.wanted import want
from views.water import parcels_of, still_water
from views.way import way_layer, way_of

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.map_features import Bounds
    from geo.maps import MapLayer
    from views.wording import Words

MAP_HEIGHT_PX = 540
MAP_KEY = "county_map"
CHINA: Bounds = (73.5, 18.0, 135.1, 53.6)
"""What an empty county shows: nothing of it has a place."""


def _on_streets(lines: list[str]) -> None:
    rows = st.session_state[STREET_TABLE_KEY]["selection"]["rows"]
    choose_street(lines[rows[0]] if rows else None, lines, move=True)


def _on_table(numbers: list[str]) -> None:
    rows = st.session_state[TABLE_KEY]["selection"]["rows"]
    choose(numbers[rows[0]] if rows else None, numbers, move=True)


def _on_map(assessment: Assessment, numbers: list[str]) -> None:
    clicked = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    told = clicked.get("properties") or {}
    parcel_no = told.get("id")
    if close_at(told.get("close"), told.get("name")):
        st.session_state.ask_again = True
    elif want(told.get("want")):
        return
    elif point_told(told.get("point")) is not None:
        choose_place(str(point_told(told["point"])), move=False)
    elif told.get("street") is not None:
        line_id = street_at(assessment, told["street"], told.get("at"))
        if line_id is not None:
            choose_street(line_id, street_lines(assessment), move=False)
    elif parcel_no in numbers:
        choose(parcel_no, numbers, move=False)


def _map_words(assessment: Assessment, words: Words) -> MapWords:
    network = assessment.summary["network"] or {}
    schematic = "roads" in assessment.county.schematic
    return MapWords(
        title=words("map.title"),
        legend=words("map.legend"),
        failed=words("map.failed"),
        mark=words("map.schematic_mark") if schematic else "",
        close=words("map.close_here"),
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


def _map(assessment: Assessment, spot: Spot | None, words: Words, numbers: list[str]) -> None:
    found = answer_of(spot, assessment)
    route = way_of(assessment, st.session_state.get("parcel_no")) if found is None else found.route
    layers = with_way(map_layers(assessment, words), way_layer(assessment, words, route))
    if shown_table() == "streets":
        layers = with_street(layers, chosen_layers(assessment, _chosen_street(assessment), words))
    if spot is not None:
        layers = (*layers, spot_layer(spot, words))
    everything = still(assessment, words).everything or CHINA
    said = _map_words(assessment, words)
    tools = map_tools(assessment.county, everything, words)
    calls = {"tiles": chosen_tiles(words), "sheet": print_sheet(assessment, words)}
    st_folium(
        base_map(everything, _looks(assessment, words, everything), said, SERVED, tools),
        key=MAP_KEY,
        height=MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=county_layers(layers, SERVED, said, _choice(assessment, spot), calls),
        on_change=lambda: _on_map(assessment, numbers),
    )


def _table(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    shown = shown_plan(assessment, words)
    table = shown.table
    if table.empty:
        st.info(words("page.no_parcels"))
        return
    st.dataframe(
        table,
        key=TABLE_KEY,
        hide_index=True,
        column_config=shown.settings,
        on_select=lambda: _on_table(numbers),
        selection_mode="single-row",
        height="auto" if len(table) > 12 else "content",
        row_height=ROW_HEIGHT_PX,
        alt=words("page.table_alt"),
    )
    st.markdown(f"**{total_line(assessment, words)}**")


def _streets(assessment: Assessment, words: Words) -> None:
    spacing = still_water(assessment).spacing
    if spacing is None or spacing.streets.empty:
        st.info(words("street.none"))
        return
    table, lines = street_table(spacing, words), spacing.streets["line_id"].tolist()
    st.dataframe(
        table,
        key=STREET_TABLE_KEY,
        hide_index=True,
        column_config=street_columns(table, words),
        on_select=lambda: _on_streets(lines),
        selection_mode="single-row",
        height=TABLE_HEIGHT_PX if len(table) > 8 else "content",
        alt=words("street.table_alt"),
    )


def _street_card(assessment: Assessment, words: Words) -> None:
    line_id = _chosen_street(assessment)
    if line_id is None:
        st.caption(words("street.choose"))
    else:
        street_card(assessment, line_id, words)
    for note in ("assumed", "shared"):
        st.caption(words(f"spacing.{note}"))


def _card(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    parcel_no = st.session_state.get("parcel_no")
    parcels = parcels_of(assessment)
    mine = parcels[parcels["parcel_no"].astype(str) == parcel_no]
    if len(mine):
        parcel_card(assessment, next(mine.iloc[:1].itertuples()), words)
        return
    if len(numbers) <= MOST_BADGES:
        st.markdown(verdict_list(assessment, words))
    if numbers:
        st.caption(words("page.choose_parcel"))


def _cards(assessment: Assessment, spot: Spot | None, words: Words, numbers: list[str]) -> None:
    if st.session_state.get("unknown_asked"):
        st.warning(words("address.unknown"))
    if spot is not None:
        st.subheader(words("place.card_title"))
        place_card(assessment, spot, words)
        return
    shown = shown_table()
    st.subheader(words("page.verdicts_title" if shown == "parcels" else "street.card_title"))
    if shown == "parcels":
        _card(assessment, words, numbers)
    else:
        _street_card(assessment, words)


def _tables(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    st.segmented_control(
        words("page.shown_table"),
        SHOWN,
        key="shown_table",
        default=SHOWN[0],
        required=True,
        format_func=lambda shown: words("page.table_title" if shown == "parcels" else "street.title"),
        label_visibility="collapsed",
    )
    if shown_table() == "parcels":
        _table(assessment, words, numbers)
    else:
        _streets(assessment, words)


def named_lines(assessment: Assessment) -> dict[str, str]:
    """The longest line of each named street in the street table, by its name."""
    spacing = still_water(assessment).spacing
    if spacing is None:
        return {}
    table = spacing.streets.sort_values("length_m")
    return dict(zip(table["name"].astype(str), table["line_id"].astype(str), strict=True))


def _take_asked(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    """Choose what the address asks for; before table and map are drawn."""
    state = st.session_state
    asked: str | None = state.pop("asked_for", None)
    if asked is None:
        return
    kind, _, its_id = asked.partition(":")
    state.unknown_asked = False
    choose_place("", move=False)
    if kind == "parcel" and its_id in numbers:
        state.shown_table = "parcels"
        choose(its_id, numbers, move=True)
    elif kind == "line" and its_id in street_lines(assessment):
        state.shown_table = "streets"
        choose_street(its_id, street_lines(assessment), move=True)
    elif kind != "parcel" and spot_of(asked, assessment, words) is not None:
        choose_place(asked, move=True)
    else:
        state.unknown_asked = asked != ""


def _chosen_said(assessment: Assessment, numbers: list[str]) -> str:
    """What is chosen, as it stands in the address; empty for nothing."""
    state = st.session_state
    if state.get("place"):
        return str(state.place)
    line_id = _chosen_street(assessment)
    if line_id is not None:
        return f"line:{line_id}"
    parcel_no = state.get("parcel_no")
    return f"parcel:{parcel_no}" if shown_table() == "parcels" and parcel_no in numbers else ""


@st.fragment
def board(assessment: Assessment, words: Words) -> None:
    """Map, table and card; the page's style puts the table beside the map where both fit, else below it.

    Reruns alone when a parcel is chosen; a street closed on the map asks everything again.
    """
    if st.session_state.pop("ask_again", False):
        st.rerun()
    numbers = [str(number) for number in assessment.parcels["parcel_no"]]
    _take_asked(assessment, words, numbers)
    spot = spot_of(st.session_state.get("place"), assessment, words)
    with st.container(key="board"):
        with st.container(key="board_map"):
            search_box(assessment, named_lines(assessment), words)
            _map(assessment, spot, words, numbers)
        with st.container(key="board_card"):
            _cards(assessment, spot, words, numbers)
        with st.container(key="board_table"):
            _tables(assessment, words, numbers)
    write_chosen(_chosen_said(assessment, numbers))
