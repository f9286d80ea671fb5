"""Parcels by planned use: a map layer of its own beside the verdicts, in colours that are illustrative only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely

from geo import map_style as style
from geo.land_use import BESIDE, land_uses, read_land_uses
from geo.map_features import Thing, sideways, things_geojson
from geo.maps import LegendItem, MapLayer
from views.sites import placed_label, rows_placed
from views.table import use_words
from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

RISE_PX = 19
"""The use stands above the verdict's sign."""


def use_lines(row: Any, use: str, words: Words) -> tuple[str, ...]:
    """What the map says of a parcel's use: the plan's word, the class, and the code with its classification."""
    said = "" if missing(row.planned_use) else words("uses.said", use=row.planned_use)
    code = "" if missing(row.use_code) else words("uses.code", code=row.use_code)
    if code and not missing(row.use_scheme):
        code = words("uses.code_of", code=row.use_code, scheme=row.use_scheme)
    lines = (said, words("uses.class", use=use_words(use, words)), code, words("uses.colours"))
    return tuple(line for line in lines if line)


def use_letter(use: str, words: Words) -> str:
    """The letter of a class; of one that has none the first of its name."""
    letter = words.of("land_use.letter", use)
    return use_words(use, words)[:1] if letter == use else letter


def use_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Parcels with a place by their class of use; the legend holds the classes that are there."""
    parcels = assessment.parcels
    table = read_land_uses()
    use_of = land_uses(parcels, table)
    rows = [(row, use_of[row.Index], geometry) for row, geometry in rows_placed(parcels)]
    points = [shapely.point_on_surface(geometry) for _, _, geometry in rows]
    areas, signs = [], []
    for (row, use, geometry), point, shift in zip(rows, points, sideways(points), strict=True):
        number = str(row.parcel_no)
        thing = Thing(geometry, use, number, use_lines(row, use, words), id=number)
        letter = use_letter(use, words)
        areas.append(thing)
        signs.append(
            replace(thing, geometry=point, kind=f"{use}_sign", letter=letter, shift=shift, rise=RISE_PX)
        )
    here = {use for _, use, _ in rows}
    order = [each for each in (*(one.use for one in table), *BESIDE) if each in here]
    colours = {each.use: each.colour for each in table} | dict(style.OTHER_USES)
    styles = style.use_styles({use: colours[use] for use in order})
    legend = tuple(
        LegendItem("sign", use_words(use, words), styles[f"{use}_sign"] | {"letter": use_letter(use, words)})
        for use in order
    )
    return MapLayer(
        "uses",
        placed_label(words, words("map.uses"), parcels),
        things_geojson([*areas, *signs]),
        styles,
        legend,
        visible=False,
        select=True,
    )
