"""Map layers of single places: parcels, stations, hydrants, water cranes, and the shapes they may lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from geo import map_style as style
from geo.crs import shapes_of
from geo.map_features import Thing, as_mapping, sideways, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.water import parcels_of
from views.wording import missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from analysis.assessment import Assessment
    from views.wording import Words

VERDICTS = ("covered", "depends", "not_covered", "not_analysed")
MANY_SIGNS = 200
"""More parcels than this would hide streets and stations under their signs, where the map shows a whole county."""


def placed_label(words: Words, label: str, table: gpd.GeoDataFrame) -> str:
    """The layer's name, and how many of it have no place and so are not on the map."""
    without = int(table.geometry.isna().sum())
    return words("map.without_place", label=label, number=without) if without else label


def rows_placed(table: gpd.GeoDataFrame) -> Iterable[tuple[Any, Any]]:
    """Rows with a place, each with its geometry in WGS 84."""
    for row, geometry in zip(table.itertuples(), to_wgs84(table.geometry, str(table.crs)), strict=True):
        if geometry is not None and not geometry.is_empty:
            yield row, geometry


def _lines(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def position_words(row: Any, words: Words) -> str:
    """How the place of a thing is known; of one that a scenario gives how it stands there, never *surveyed* for P0."""
    known = words.of("value.position", row.position_class)
    status = getattr(row, "position_status", None)
    if missing(status):
        return known
    said = words("map.position_supposed", status=words.of("value.position_status", status))
    return said if row.position_class == "P0" else words("value.between").join([said, known])


def _place_line(words: Words, row: Any) -> str:
    return words("map.position", position=position_words(row, words))


def _supposed(row: Any) -> str:
    """What the scenario does to a thing; empty for nothing."""
    change = getattr(row, "scenario_change", None)
    return "" if missing(change) else str(change)


def _supposed_line(words: Words, row: Any) -> str:
    change = _supposed(row)
    return words("map.supposed", change=words.of("value.scenario_change", change)) if change else ""


def _status(words: Words, row: Any) -> str:
    state = words.of("value.status", row.status)
    return state if row.counted else words("map.not_counted", status=state)


def parcel_words(words: Words, row: Any, *, schematic: bool) -> tuple[str, ...]:
    """What the map says of a parcel: verdict, reason, minutes, use, area, and that only its place is meant.

    The card has the rest.
    """
    arrival = words.minutes(row.arrival_s)
    if arrival and schematic:
        arrival = words("value.schematic", what=arrival)
    return _lines(
        words("map.verdict", verdict=words.of("verdict", row.verdict)),
        words.reason(row.reason, row.reason_values),
        words("map.arrival", arrival=arrival) if arrival else "",
        words("map.joint_state", state=words.of("value.joint_state", row.joint_state)),
        "" if missing(row.planned_use) else words("uses.said", use=row.planned_use),
        words("map.area", area=words.mu(row.area_mu)),
        words("map.place_only") if row.drawn == "square" else "",
        _place_line(words, row),
    )


def parcel_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Parcels as areas, and a sign with the verdict's letter at each, so that none is too small to see.

    Many signs shrink where the map shows a whole county, or they would be all there is to see.
    """
    schematic = "roads" in assessment.county.schematic
    rows = list(rows_placed(parcels_of(assessment)))
    points = shapely.point_on_surface(shapes_of([geometry for _, geometry in rows])).tolist()
    areas, signs = [], []
    for (row, geometry), point, shift in zip(rows, points, sideways(points), strict=True):
        lines = parcel_words(words, row, schematic=schematic)
        number = str(row.parcel_no)
        kind = f"{row.verdict}_square" if row.drawn == "square" else str(row.verdict)
        areas.append(Thing(geometry, kind, number, lines, id=number))
        name = "" if missing(row.seq) else f"{row.seq:g}" if isinstance(row.seq, float) else str(row.seq)
        signs.append(Thing(point, f"{row.verdict}_sign", number, lines, id=number, name=name, shift=shift))
    styles = style.verdict_styles(shrink=len(rows) > MANY_SIGNS)
    legend = [LegendItem("sign", words.of("verdict", each), styles[f"{each}_sign"]) for each in VERDICTS]
    legend.append(LegendItem("area", words("map.place_only"), styles["not_analysed_square"]))
    return MapLayer(
        "parcels",
        placed_label(words, words("map.parcels"), assessment.parcels),
        things_geojson([*areas, *signs]),
        styles,
        tuple(legend),
        select=True,
    )


def station_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Stations; those that the scenario does not count with another sign."""
    things = [
        Thing(
            geometry,
            _supposed(row) or ("counted" if row.counted else "not_counted"),
            str(row.name or row.station_id),
            _lines(
                _supposed_line(words, row),
                _status(words, row),
                words.of("value.site_state", row.site_state),
                str(row.location_text or ""),
                _place_line(words, row),
            ),
            id=str(row.station_id),
            supposed=_supposed(row),
        )
        for row, geometry in rows_placed(assessment.stations)
    ]
    styles = style.station_styles(words("map.station_letter"))
    return _sign_layer("stations", assessment.stations, words, things, styles)


def crane_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Water cranes; those that the scenario does not count with another sign."""
    things = [
        Thing(
            geometry,
            _supposed(row) or ("counted" if row.counted else "not_counted"),
            str(row.name or row.crane_id),
            _lines(
                _supposed_line(words, row),
                _status(words, row),
                str(row.location_text or ""),
                _place_line(words, row),
            ),
            id=str(row.crane_id),
            supposed=_supposed(row),
        )
        for row, geometry in rows_placed(assessment.cranes)
    ]
    styles = style.crane_styles(words("map.crane_letter"))
    return _sign_layer("cranes", assessment.cranes, words, things, styles)


def _sign_layer(
    key: str,
    table: gpd.GeoDataFrame,
    words: Words,
    things: list[Thing],
    styles: dict[str, Any],
    *,
    signs: str = "map.sign_",
) -> MapLayer:
    """A layer of signs that can be moved: its name says how many of ``table`` have no place, its legend each style by
    its word, and what the scenario supposes where it supposes anything."""
    legend = [LegendItem("sign", words(f"{signs}{kind}"), styles[kind]) for kind in styles]
    found = {thing.supposed for thing in things}
    supposed = {kind: look for kind, look in style.supposed_styles(styles).items() if kind in found}
    legend += [LegendItem("sign", words(f"map.sign_{kind}"), supposed[kind]) for kind in supposed]
    label = placed_label(words, words(f"map.{key}"), table)
    return MapLayer(key, label, things_geojson(things), styles | supposed, tuple(legend), moves=True)


def hydrant_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Hydrants; a diamond where only the street section and the number are known."""
    table = assessment.hydrants
    things = []
    for row, geometry in rows_placed(table):
        between = row.interpolated is True or row.interpolated == 1
        usual = ("counted" if row.counted else "not_counted") + ("_interpolated" if between else "")
        change = _supposed(row)
        lines = _lines(
            _supposed_line(words, row),
            str(row.location_text or ""),
            _status(words, row),
            words("map.interpolated_note") if between else "",
            _place_line(words, row),
        )
        its_id = str(row.hydrant_id)
        things.append(Thing(geometry, change or usual, its_id, lines, id=its_id, supposed=change))
    styles = as_mapping(style.HYDRANTS)
    return _sign_layer("hydrants", table, words, things, styles, signs="map.hydrant.")


def place_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The county seat and its townships by name, for orientation; a ring where the point is doubtful."""
    table = assessment.county.places
    things = []
    for row, geometry in rows_placed(table[table["kind"].isin(["county", "township"])]):
        doubtful = str(row.doubtful).lower() == "true"
        kind = "place_doubtful" if doubtful else "place"
        things.append(Thing(geometry, kind, str(row.name), name=str(row.name)))
    styles = as_mapping(style.PLACES)
    legend = tuple(LegendItem("sign", words(f"map.{kind}"), styles[kind]) for kind in styles)
    return MapLayer("places", words("map.places"), things_geojson(things), styles, legend, interactive=False)


def shape_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The shapes in which parcels, stations and cranes may lie, where these are more than a point."""
    things = []
    for table, column in (
        (assessment.parcels, "parcel_no"),
        (assessment.stations, "name"),
        (assessment.cranes, "name"),
    ):
        shapes = to_wgs84(table["shape"], str(table.crs))
        for row, shape in zip(table.itertuples(), shapes, strict=True):
            if shape is None or row.position_class == "P0" or shape.geom_type == "Point":
                continue
            title = words("map.may_lie", what=str(getattr(row, column)))
            things.append(Thing(shape, "shape", title, (_place_line(words, row),)))
    styles = {"shape": dict(style.AREAS["shape"])}
    return MapLayer(
        "shapes",
        words("map.shapes"),
        things_geojson(things),
        styles,
        (LegendItem("area", words("map.shape_item"), styles["shape"]),),
        visible=False,
        interactive=False,
    )
