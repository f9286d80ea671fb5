"""Map, table and card together: one parcel is chosen, wherever it was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit_folium import st_folium

from geo.map_features import bounds_of, to_wgs84
from geo.maps import Choice, Look, MapWords, base_map, county_layers
from views.assets import SERVED
from views.card import parcel_card
from views.closures import close_at
from views.layers import map_layers, still
from views.map_tools import map_tools
from views.table import (
    MOST_BADGES,
    ROW_HEIGHT_PX,
    column_settings,
    plan_table,
    total_line,
    verdict_list,
)
from views.way import way_layer

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.map_features import Bounds
    from geo.maps import MapLayer
    from views.wording import Words

MAP_HEIGHT_PX = 540
TABLE_KEY, MAP_KEY = "plan_table", "county_map"
CHINA: Bounds = (73.5, 18.0, 135.1, 53.6)
"""What an empty county shows: nothing of it has a place."""


def choose(parcel_no: str | None, numbers: list[str], *, move: bool) -> None:
    """Make one parcel the chosen one and tick it in the table; ``move`` lets the map go to it."""
    state = st.session_state
    if parcel_no == state.get("parcel_no"):
        return  # the table's own echo of a choice made on the map
    state.parcel_no = parcel_no
    if move:
        state.turn = state.get("turn", 0) + 1
    rows = [numbers.index(parcel_no)] if parcel_no in numbers else []
    state[TABLE_KEY] = {"selection": {"rows": rows}}


def _on_table(numbers: list[str]) -> None:
    rows = st.session_state[TABLE_KEY]["selection"]["rows"]
    choose(numbers[rows[0]] if rows else None, numbers, move=True)


def _on_map(numbers: list[str]) -> None:
    clicked = (st.session_state.get(MAP_KEY) or {}).get("last_active_drawing") or {}
    told = clicked.get("properties") or {}
    parcel_no = told.get("id")
    if close_at(told.get("close"), told.get("name")):
        st.session_state.ask_again = True
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


def _choice(assessment: Assessment) -> Choice | None:
    parcel_no = st.session_state.get("parcel_no")
    if parcel_no is None:
        return None
    parcels = assessment.parcels
    mine = parcels[parcels["parcel_no"] == parcel_no]
    bounds = bounds_of(to_wgs84(mine.geometry, str(parcels.crs)))
    return Choice("parcels", parcel_no, bounds, st.session_state.get("turn", 0))


def _map(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    layers = with_way(
        map_layers(assessment, words), way_layer(assessment, words, st.session_state.get("parcel_no"))
    )
    everything = still(assessment, words).everything or CHINA
    said = _map_words(assessment, words)
    tools = map_tools(assessment.county, everything, words)
    st_folium(
        base_map(everything, _looks(assessment, words, everything), said, SERVED, tools),
        key=MAP_KEY,
        height=MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=county_layers(layers, SERVED, said, _choice(assessment)),
        on_change=lambda: _on_map(numbers),
    )


def _table(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    table = plan_table(assessment, words)
    if table.empty:
        st.info(words("page.no_parcels"))
        return
    st.dataframe(
        table,
        key=TABLE_KEY,
        hide_index=True,
        column_config=column_settings(table, words),
        on_select=lambda: _on_table(numbers),
        selection_mode="single-row",
        height="auto" if len(table) > 12 else "content",
        row_height=ROW_HEIGHT_PX,
        alt=words("page.table_alt"),
    )
    st.markdown(f"**{total_line(assessment, words)}**")


def _card(assessment: Assessment, words: Words, numbers: list[str]) -> None:
    parcel_no = st.session_state.get("parcel_no")
    rows = [row for row in assessment.parcels.itertuples() if str(row.parcel_no) == parcel_no]
    if rows:
        parcel_card(assessment, rows[0], words)
        return
    if len(numbers) <= MOST_BADGES:
        st.markdown(verdict_list(assessment, words))
    if numbers:
        st.caption(words("page.choose_parcel"))


@st.fragment
def board(assessment: Assessment, words: Words) -> None:
    """Map, table and card; the page's style puts the table beside the map where both fit, else below it.

    Reruns alone when a parcel is chosen; a street closed on the map asks everything again.
    """
    if st.session_state.pop("ask_again", False):
        st.rerun()
    numbers = [str(number) for number in assessment.parcels["parcel_no"]]
    with st.container(key="board"):
        with st.container(key="board_map"):
            _map(assessment, words, numbers)
        with st.container(key="board_card"):
            st.subheader(words("page.verdicts_title"))
            _card(assessment, words, numbers)
        with st.container(key="board_table"):
            st.subheader(words("page.table_title"))
            _table(assessment, words, numbers)
