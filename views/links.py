"""Critical links on the page: the table of what each loses, and a layer of those whose loss is felt elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.critical_links import critical_links
from geo import map_style as style
from geo.map_features import Thing, as_mapping, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from geo.problems import InputError
from views.kept import kept
from views.wording import plain

if TYPE_CHECKING:
    import geopandas as gpd

    from analysis.assessment import Assessment
    from views.wording import Words

MOST_ROWS = 50
"""So many links are listed; the file has them all."""
LEAST_M = 1.0
"""A loss elsewhere of less is rounding."""


@kept(few=4, many=16)
def _links(assessment: Assessment) -> gpd.GeoDataFrame | InputError:
    try:
        return critical_links(assessment)
    except InputError as error:
        return error


def may_have_links(assessment: Assessment) -> bool:
    """Whether links can be asked for: streets that are measured, and somebody who comes."""
    county = assessment.county
    return county.network is not None and "roads" not in county.schematic and assessment.due is not None


def costly_links(assessment: Assessment) -> gpd.GeoDataFrame | None:
    """Links without which other places lose cover, most costly first; None where they cannot be asked for."""
    found = _links(assessment)
    if isinstance(found, InputError):
        return None
    return found[found["lost_beyond_m"] > LEAST_M]


def link_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The costly links as lines, a kind each; without any where they cannot be asked for."""
    found = costly_links(assessment)
    things = []
    if found is not None:
        lines = to_wgs84(found.geometry, assessment.county.crs)
        things = [
            Thing(line, str(row.kind), _name(row, words), _losses(row, words))
            for row, line in zip(found.itertuples(), lines, strict=True)
        ]
    styles = as_mapping(style.LINKS)
    legend = tuple(LegendItem("line", words(f"link.{kind}"), styles[kind]) for kind in styles)
    return MapLayer("links", words("map.links"), things_geojson(things), styles, legend, visible=False)


def _name(row: Any, words: Words) -> str:
    return row.name or words("link.unnamed")


def _losses(row: Any, words: Words) -> tuple[str, ...]:
    lines = [words(f"link.{row.kind}"), words("link.lost", length=words.metres(row.lost_beyond_m))]
    if row.parcels_lost:
        lines.append(words("link.parcels", number=row.parcels_lost, area=words.mu(row.parcels_lost_mu)))
    return tuple(lines)


def link_panel(assessment: Assessment, words: Words) -> None:
    """What each link loses when it is closed; said why where it cannot be asked."""
    with st.spinner(words("link.working")):
        found = _links(assessment)
    if isinstance(found, InputError):
        for each in found.problems:
            st.info(plain(each.text(words.language)))
        return
    costly = found[found["lost_beyond_m"] > LEAST_M]
    st.markdown(plain(words("link.count", number=len(found), costly=len(costly))))
    if costly.empty:
        return
    rows = [
        {
            "link": _name(row, words),
            "kind": words(f"link.{row.kind}"),
            "lost_beyond_m": row.lost_beyond_m,
            "parcels_lost": row.parcels_lost,
        }
        for row in costly.head(MOST_ROWS).itertuples()
    ]
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= 12 else 460,
        key="link_table",
        column_config={
            "link": st.column_config.TextColumn(words("link.head.link")),
            "kind": st.column_config.TextColumn(words("link.head.kind")),
            "lost_beyond_m": number(words("link.head.lost"), format="%.0f"),
            "parcels_lost": number(words("link.head.parcels"), format="%.0f"),
        },
        alt=words("link.alt"),
    )
    st.caption(words("link.note"))
