"""Map layer of the streets by arrival time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.map_kinds import street_kinds
from geo import map_style as style
from geo.map_features import Pieces, as_mapping, pieces_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.way import station_name
from views.wording import missing
from views.zones import second_due

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


def _street_words(
    words: Words, row: tuple[Any, ...], station: str, second: str, *, schematic: bool
) -> tuple[str, ...]:
    name, start, end, state, warning = row
    title = str(name) if name else words("map.unnamed_street")
    times = [words.minutes(each) for each in sorted(each for each in (start, end) if not missing(each))]
    lines = [words.of("value.street_state", state)]
    if len(times) == 2 and all(times):
        time = words.span(*times)
        lines.append(words("map.arrival", arrival=words("value.schematic", what=time) if schematic else time))
        lines.append(words("map.first_due", station=station))
        lines += [second] if second else []
    if not missing(warning):
        lines.append(words("map.warning", warning=words.listed("vehicle.warning", warning)))
    return title, *lines


def street_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Streets by arrival: one line for each state, with the words of every stretch beside it."""
    streets = assessment.streets
    schematic = "roads" in assessment.county.schematic
    lines = to_wgs84(streets.geometry, assessment.county.crs)
    columns = [streets[name] for name in ("name", "arrival_s_start", "arrival_s_end", "state", "warning")]
    names = {each: station_name(assessment, each) for each in streets["station_id"].dropna().unique()}
    stations = [names.get(each, "") for each in streets["station_id"]]
    said = [
        _street_words(words, row, station, second, schematic=schematic)
        for row, station, second in zip(
            zip(*columns, strict=True), stations, second_due(assessment, words), strict=True
        )
    ]
    kinds = street_kinds(streets)
    styles = as_mapping(style.STREETS)
    pieces = []
    for kind in styles:
        rows = np.flatnonzero(kinds == kind)
        pieces.append(Pieces(kind, lines[rows].tolist(), [said[row] for row in rows]))
    legend = tuple(LegendItem("line", words(f"map.street.{kind}"), styles[kind]) for kind in styles)
    return MapLayer(
        "streets",
        words("map.streets"),
        pieces_geojson(pieces),
        styles,
        legend,
        visible=False,
        interactive=False,
        pieces=True,
    )
