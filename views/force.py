"""Map layer of the effective response force: how many engines arrive in time along the streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.map_kinds import force_kinds
from geo import map_style as style
from geo.map_features import Pieces, as_mapping, pieces_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


def _sum(number: Any, kind: str, words: Words) -> str:
    return (
        words("map.force_unstated") if missing(number) else words(f"map.force_{kind}", number=f"{number:g}")
    )


def force_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Streets by how many engines arrive within the limit, with stations, engines and crew of every stretch."""
    force = assessment.force
    lines = to_wgs84(force.geometry, assessment.county.crs)
    kinds = force_kinds(force["engines"].to_numpy(float))
    said = [
        (
            words("map.unnamed_street") if missing(name) else str(name),
            words(
                "map.force_line",
                stations=stations,
                engines=_sum(engines, "engines", words),
                crew=_sum(crew, "crew", words),
            ),
        )
        for name, stations, engines, crew in zip(
            *(force[column] for column in ("name", "stations", "engines", "crew")), strict=True
        )
    ]
    styles = as_mapping(style.FORCE)
    pieces = []
    for kind in styles:
        rows = np.flatnonzero(kinds == kind)
        pieces.append(Pieces(kind, lines[rows].tolist(), [said[row] for row in rows]))
    legend = tuple(LegendItem("line", words(f"map.force.{kind}"), styles[kind]) for kind in styles)
    return MapLayer(
        "force",
        words("map.forces"),
        pieces_geojson(pieces),
        styles,
        legend,
        visible=False,
        interactive=False,
        pieces=True,
    )
