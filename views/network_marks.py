"""Map layers of what hinders: places of the network worth a look, barriers, and the scenario's closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from analysis.closures import EFFECTS
from analysis.network_health import health_places
from geo import map_style as style
from geo.map_features import Thing, as_mapping, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


def _health_lines(row: Any, words: Words) -> tuple[str, ...]:
    street = row.street_id if missing(row.name) else f"{row.name} {row.street_id or ''}".strip()
    return tuple(
        words(f"map.health_{key}", **{key: said})
        for key, said in (
            ("street", "" if missing(street) else str(street)),
            ("length", words.metres(row.length_m)),
            ("distance", words.metres(row.distance_m)),
        )
        if said
    )


def health_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Places of the network worth a look, a sign for each kind; the legend counts the kinds there are."""
    table = health_places(assessment)
    things = [
        Thing(geometry, str(row.kind), words(f"map.health.{row.kind}"), _health_lines(row, words))
        for row, geometry in zip(
            table.itertuples(), to_wgs84(table.geometry, assessment.county.crs), strict=True
        )
    ]
    styles = as_mapping(style.HEALTH)
    counts = table["kind"].value_counts()
    legend = tuple(
        LegendItem(
            "sign",
            words("map.health_count", what=words(f"map.health.{kind}"), number=counts[kind]),
            styles[kind],
        )
        for kind in styles
        if kind in counts
    )
    label = words("map.health_check" if legend else "map.health_none")
    return MapLayer("health", label, things_geojson(things), styles, legend, visible=False)


def barrier_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Rivers, railways, expressways and walls that no ground is reached across."""
    table = assessment.county.barriers
    things = []
    for row, geometry in zip(
        table.itertuples(), to_wgs84(table.geometry, assessment.county.crs), strict=True
    ):
        word = words(f"map.barrier.{row.kind}")
        named = () if missing(row.name) else (word,)
        title = word if missing(row.name) else str(row.name)
        things.append(Thing(geometry, str(row.kind), title, (*named, words("map.barrier_note"))))
    styles = as_mapping(style.BARRIERS)
    legend = tuple(
        LegendItem("line", words(f"map.barrier.{kind}"), styles[kind])
        for kind in styles
        if kind in set(table["kind"])
    )
    return MapLayer("barriers", words("map.barriers"), things_geojson(things), styles, legend, visible=False)


def closure_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The scenario's closures, a sign by effect at each, and its shape where it is more than a point."""
    shapes, signs = [], []
    for number, closure in enumerate(assessment.scenario.closures, start=1):
        shape = shapely.from_wkt(closure.wkt)
        title = closure.name or words("closure.unnamed", number=number)
        lines = (words(f"closure.said.{closure.effect}", value=f"{closure.value:g}"),)
        if shape.geom_type != "Point":
            shapes.append(Thing(shape, f"{closure.effect}_shape", title, lines))
        signs.append(Thing(shapely.point_on_surface(shape), closure.effect, title, lines))
    styles = as_mapping(style.CLOSURES)
    legend = tuple(
        LegendItem("sign", words(f"closure.effect_name.{effect}"), styles[effect]) for effect in EFFECTS
    )
    return MapLayer("closures", words("map.closures"), things_geojson([*shapes, *signs]), styles, legend)
