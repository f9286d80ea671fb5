"""All layers of the map, lowest first, made once for each assessment and language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.county_changes import surveyed_county
from geo import map_style as style
from geo.map_features import (
    Bounds,
    Pieces,
    Thing,
    bounds_of,
    drawn_areas,
    pieces_geojson,
    things_geojson,
    to_wgs84,
)
from geo.maps import LegendItem, MapLayer
from views.joint import joint_layer
from views.kept import kept
from views.network_marks import barrier_layer, closure_layer, health_layer
from views.sites import crane_layer, hydrant_layer, parcel_layer, place_layer, shape_layer, station_layer
from views.wanted import wanted_layers
from views.wording import Words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.assessment import Assessment
    from geo.county import County


def _one_area(
    assessment: Assessment, geometry: BaseGeometry | None, kind: str, *, computed: bool = False
) -> list[Thing]:
    placed = (drawn_areas if computed else to_wgs84)([geometry], assessment.county.crs)[0]
    return [] if placed is None or placed.is_empty else [Thing(placed, kind)]


def _area_layer(
    key: str, label: str, things: list[Thing], kinds: dict[str, str], *, visible: bool, line: bool = False
) -> MapLayer:
    """Areas without clicks; ``kinds`` gives the legend's words for each kind that may occur."""
    styles = {kind: dict(style.AREAS[kind]) for kind in kinds}
    legend = tuple(LegendItem("line" if line else "area", word, styles[kind]) for kind, word in kinds.items())
    return MapLayer(key, label, things_geojson(things), styles, legend, visible, interactive=False)


def band_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Ground reached by any station, one area for each band, the latest below."""
    union = assessment.bands.sort_values("band_s", ascending=False)
    shapes = drawn_areas(union.geometry, assessment.county.crs)
    limit_s = assessment.scenario.targets.limit_s
    bands = tuple(float(band) for band in union["band_s"])
    styles = style.band_styles(bands, limit_s)
    things = [
        Thing(shape, f"{band:g}", words("map.band", minutes=words.minutes(band)))
        for band, shape in zip(bands, shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]
    legend = tuple(
        LegendItem(
            "area",
            words("map.band_limit" if band == limit_s else "map.band", minutes=words.minutes(band)),
            styles[f"{band:g}"],
        )
        for band in sorted(bands)
    )
    return MapLayer(
        "bands", words("map.bands"), things_geojson(things), styles, legend, interactive=False, leads=True
    )


def network_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The street network itself, whatever is known of times; another line where it is schematic."""
    network = assessment.county.network
    kind = "network_line_schematic" if "roads" in assessment.county.schematic else "network_line"
    lines = [] if network is None else to_wgs84(network.lines, network.crs).tolist()
    styles = {kind: dict(style.NETWORK[kind])}
    legend = (LegendItem("line", words(f"map.{kind}"), styles[kind]),)
    content = pieces_geojson([Pieces(kind, lines)])
    return MapLayer("network", words("map.network"), content, styles, legend, interactive=False)


def cover_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Protection areas of hydrants, examples marked as such."""
    crs, cover = assessment.county.crs, assessment.hydrant_cover
    shown = cover[cover["layout"] != "from_end"]
    covers = [
        Thing(shape, "cover" if certainty == "surveyed" else "cover_example")
        for certainty, shape in zip(shown["certainty"], drawn_areas(shown.geometry, crs), strict=True)
        if shape is not None and not shape.is_empty
    ]
    radius = words.metres(assessment.scenario.targets.hydrant_radius_m)
    kinds = {kind: words(f"map.{kind}", radius=radius) for kind in ("cover", "cover_example")}
    return _area_layer("cover", words("map.covers"), covers, kinds, visible=False)


ORDER = (
    "county", "bands", "overlap", "gaps", "cover", "study", "barriers", "network", "shuttle", "hose", "force",
    "streets", "joint", "links", "stretches", "shapes", "places", "hydrants", "proposed", "cranes", "crane_trips",
    "zones", "health", "closures", "uses", "stations", "parcels",
)  # fmt: skip
"""Lowest first; zones lie above the hydrants, so that their letters and names can be read."""


@dataclass(frozen=True)
class Still:
    """What stays on the map when times change: layers, and the bounds of everything and of the town."""

    layers: tuple[MapLayer, ...]
    everything: Bounds | None
    town: Bounds | None


@kept(few=4, many=16, still=True)
def _still(assessment: Assessment, language: str) -> Still:
    words = Words(language)
    from_streets = assessment.summary["study_area_source"] == "frontage"
    study = _one_area(assessment, assessment.study_area, "study_area", computed=from_streets)
    county = _one_area(assessment, assessment.county.boundary, "county")
    bordered = [("study", study, {"study_area": words("map.study_area")})]
    bordered += [("county", county, {"county": words("map.county")})] if county else []
    found = [
        *(
            _area_layer(key, words(f"map.{key}"), things, kinds, visible=True, line=True)
            for key, things, kinds in bordered
        ),
        cover_layer(assessment, words),
        *([] if assessment.county.barriers.empty else [barrier_layer(assessment, words)]),
        *([] if assessment.county.network is None else [health_layer(assessment, words)]),
        network_layer(assessment, words),
        shape_layer(assessment, words),
        place_layer(assessment, words),
        hydrant_layer(assessment, words),
        crane_layer(assessment, words),
    ]
    surveyed = surveyed_county(assessment.county)
    town = _town_bounds(surveyed, assessment.study_area)
    return Still(tuple(found), _everything_bounds(surveyed, town), town)


@kept()
def _layers(assessment: Assessment, language: str) -> tuple[MapLayer, ...]:
    words = Words(language)
    found = [
        *still(assessment, words).layers,
        band_layer(assessment, words),
        joint_layer(assessment, words),
        *([closure_layer(assessment, words)] if assessment.scenario.closures else []),
        station_layer(assessment, words),
        parcel_layer(assessment, words),
    ]
    return tuple(found)


def still(assessment: Assessment, words: Words) -> Still:
    """What does not change with times; kept, so never change it."""
    return _still(assessment, words.language)


def map_layers(assessment: Assessment, words: Words) -> tuple[MapLayer, ...]:
    """The layers of an assessment in one language, lowest first; kept, so never change them.

    Those that are off and that this reader never switched on have no content.
    """
    made = _layers(assessment, words.language)
    found = [*made, *wanted_layers(assessment, words)]
    return tuple(sorted(found, key=lambda layer: ORDER.index(layer.key)))


def _everything_bounds(county: County, town: Bounds | None) -> Bounds | None:
    """West, south, east, north of all that has a place: streets, parcels, stations, water; None for nothing.

    Of the county as surveyed: with other bounds the map would be another, and the reader's view lost.
    """
    tables = (county.parcels, county.stations, county.hydrants, county.cranes)
    geometries = [each for table in tables for each in to_wgs84(table.geometry, str(table.crs))]
    return _joined(bounds_of(geometries), town)


def _town_bounds(county: County, study_area: BaseGeometry | None) -> Bounds | None:
    """The bounds of the street network, else of the study area; None without either."""
    if county.network is not None and county.network.n_streets:
        return bounds_of(to_wgs84(county.network.lines, county.network.crs))
    return bounds_of(to_wgs84([study_area], county.crs))


def _joined(first: Bounds | None, second: Bounds | None) -> Bounds | None:
    if first is None or second is None:
        return first or second
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )
