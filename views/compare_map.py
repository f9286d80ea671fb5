"""The map of what one scenario changes against another: streets and ground gained, lost, kept, each with its dashes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from streamlit_folium import st_folium

from analysis.comparison import COVERAGE
from analysis.overlay import CHANGES
from geo import map_style as style
from geo.map_features import Pieces, Thing, as_mapping, drawn_areas, pieces_geojson, things_geojson, to_wgs84
from geo.maps import LegendItem, Look, MapLayer, MapWords, base_map, county_layers
from views.assets import SERVED
from views.compare_tables import drawn_only, piece_kind
from views.kept import answer_key
from views.layers import still

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from views.wording import Words

HEIGHT_PX = 420
GROUND = ("study", "county")
"""Layers of the main map that lie faintly below."""
AREAS = ("gained", "lost")


def kind_word(kind: str, words: Words) -> str:
    """A kind of line in words; of what is only drawn, that it is no verdict."""
    change = words.of("compare.change", kind.removesuffix("_drawn"))
    return words("compare.if_drawn", what=change) if kind.endswith("_drawn") else change


def street_layer(comparison: Comparison, number: int, words: Words) -> MapLayer:
    """Streets by what becomes of them."""
    table, drawn = comparison.streets, drawn_only(comparison)
    mine = table[table["scenario"] == number]
    kinds = np.array([piece_kind(change, drawn=drawn) for change in mine["change"]], dtype=object)
    lines, names = to_wgs84(mine.geometry, str(mine.crs)), mine["name"].tolist()
    looks = as_mapping(style.DIFFERENCE)
    styles = {kind: look for kind, look in looks.items() if not kind.startswith("ground_")}
    pieces: list[Pieces] = []
    legend: list[LegendItem] = []
    order = [piece_kind(change, drawn=drawn) for change in CHANGES]
    for kind in reversed(order):
        rows = np.flatnonzero(kinds == kind)
        said = kind_word(kind, words)
        pieces.append(
            Pieces(
                kind,
                lines[rows].tolist(),
                [(names[row] or words("map.unnamed_street"), said) for row in rows],
            )
        )
        if len(rows):
            legend.insert(0, LegendItem("line", said, styles[kind]))
    return MapLayer(
        "compare_streets", words("compare.map_streets"), pieces_geojson(pieces), styles, tuple(legend), pieces=True,
        interactive=False, leads=True,
    )  # fmt: skip


def ground_layer(comparison: Comparison, number: int, what: str, words: Words) -> MapLayer:
    """Ground gained and lost: reached in time, or protected by hydrants."""
    table, drawn = comparison.areas, drawn_only(comparison) and what == COVERAGE
    mine = table[(table["scenario"] == number) & (table["what"] == what) & table["change"].isin(AREAS)]
    shapes = drawn_areas(mine.geometry, str(table.crs))
    things = [
        Thing(shape, f"ground_{change}")
        for change, shape in zip(mine["change"], shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]
    styles = {f"ground_{change}": dict(style.DIFFERENCE[f"ground_{change}"]) for change in AREAS}
    legend = []
    for change in AREAS:
        word = words(f"compare.ground_change.{change}")
        label = words("compare.if_drawn", what=word) if drawn else word
        legend.append(LegendItem("area", label, styles[f"ground_{change}"]))
    return MapLayer(
        f"compare_{what}", words(f"compare.ground_of.{what}"), things_geojson(things), styles, tuple(legend),
        visible=what == COVERAGE, interactive=False,
    )  # fmt: skip


def difference_layers(comparison: Comparison, number: int, words: Words) -> tuple[MapLayer, ...]:
    """All layers of the map, the lowest first."""
    grounds = (ground_layer(comparison, number, what, words) for what in ("coverage", "hydrants"))
    return (*grounds, street_layer(comparison, number, words))


def difference_map(comparison: Comparison, number: int, words: Words) -> None:
    """The map of one scenario against the first; nothing where nothing has a place."""
    ground = still(comparison.first, words)
    view = ground.town or ground.everything
    if view is None:
        return
    below = tuple(
        replace(each, visible=True, interactive=False) for each in ground.layers if each.key in GROUND
    )
    drawn, network = drawn_only(comparison), comparison.first.summary["network"] or {}
    source = words("map.schematic_credit") if drawn else network.get("attribution")
    said = MapWords(
        title=words("compare.map"),
        legend=words("map.legend"),
        failed=words("map.failed"),
        mark=words("map.schematic_mark") if drawn else "",
        credit=" · ".join(filter(None, [words("map.notice"), source])),
    )
    looks = [Look(words("map.look_town"), words("map.look_town_title"), view)]
    digest, _ = answer_key(comparison.first.county, comparison.first.scenario)
    st_folium(
        base_map(view, looks, said, SERVED),
        key=f"compare_map_{digest[:8]}_{words.language}",
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=county_layers(
            (*below, *difference_layers(comparison, number, words)), SERVED, said
        ),
    )
