"""Where the rows of a layer say they are: coordinates and shapes, and what is wrong with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo.cells import short
from geo.crs import WGS84, looks_projected, reproject, shapes_of
from geo.locate import parse
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.crs import Shapes
    from geo.layers import Layer
    from geo.tables import FileRows

SAME_PLACE_M = 20.0
"""Geometry and lon/lat of one row may differ by this much before they contradict each other."""


def _coordinate(value: Any) -> float:
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _lon_lat(rows: FileRows, file: str, found: list[Problem]) -> Shapes:
    """Points of the columns ``lon`` and ``lat`` in the file's CRS."""
    points = shapes_of([None] * len(rows.table))
    if "lon" not in rows.table and "lat" not in rows.table:
        return points
    missing = [name for name in ("lon", "lat") if name not in rows.table]
    if missing:
        found.append(
            problem("column_missing", file=file, field=missing[0], have=", ".join(rows.table.columns))
        )
        return points
    for row, (lon, lat) in enumerate(zip(rows.table["lon"], rows.table["lat"], strict=True), 1):
        if lon is None and lat is None:
            continue
        x, y = _coordinate(lon), _coordinate(lat)
        if math.isfinite(x) and math.isfinite(y):
            points[row - 1] = shapely.Point(x, y)
        else:
            found.append(
                problem("coordinate_bad", file=file, row=row, field="lon, lat", value=short(f"{lon}, {lat}"))
            )
    return points


def _far_apart(one: Any, other: Any) -> bool:
    a, b = one.centroid, other.centroid
    if one.geom_type != "Point" and one.contains(other):
        return False
    north = (a.y - b.y) * 111_195
    east = (a.x - b.x) * 111_195 * math.cos(math.radians(a.y))
    return math.hypot(north, east) > SAME_PLACE_M


def read_places(layer: Layer, rows: FileRows, file: str, found: list[Problem]) -> tuple[Shapes, set[int]]:
    """Geometry of each row in WGS84 and the rows (from 1) whose place was given but cannot be used."""
    count, crs = len(rows.table), rows.crs or WGS84
    spoiled = {
        each.row for each in rows.problems if each.code == "geometry_unreadable" and each.row is not None
    }
    before = len(found)
    points = _lon_lat(rows, file, found)
    spoiled |= {each.row for each in found[before:] if each.row is not None}
    if crs == WGS84 and looks_projected(points):
        found.append(problem("no_crs", file=file, field="lon, lat"))
    if any(each.code == "no_crs" for each in found):
        given = points if rows.geometry is None else rows.geometry
        return shapes_of([None] * count), spoiled | {
            row for row, each in enumerate(given, 1) if each is not None
        }
    # Beside a geometry lon and lat are degrees; on their own they are in the CRS given for the file.
    points = points if rows.geometry is not None else reproject(points, crs, WGS84)
    shapes = shapes_of([None] * count) if rows.geometry is None else reproject(rows.geometry, crs, WGS84)
    allowed = ", ".join(sorted(layer.shapes))
    for row, (shape, point) in enumerate(zip(shapes, points, strict=True), 1):
        if shape is not None and point is not None and _far_apart(shape, point):
            found.append(problem("position_twice", file=file, row=row, field="geometry, lon, lat"))
        place = point if shape is None else shape
        shapes[row - 1] = place
        if place is None:
            continue
        wrong = _wrong_shape(place, layer)
        if wrong is not None:
            found.append(
                problem(wrong[0], file=file, row=row, field="geometry", value=wrong[1], known=allowed)
            )
            shapes[row - 1] = None
            spoiled.add(row)
        elif place.geom_type == "MultiPoint":
            shapes[row - 1] = place.geoms[0]
    return shapes, spoiled


def _wrong_shape(place: Any, layer: Layer) -> tuple[str, str] | None:
    west, south, east, north = shapely.bounds(place).tolist()
    if not all(map(math.isfinite, (west, south, east, north))):
        return "coordinate_bad", "NaN, inf"
    if west < -180 or east > 180 or south < -90 or north > 90:
        return "coordinate_range", f"{west:.6g}, {south:.6g}"
    if place.geom_type == "MultiPoint" and len(place.geoms) == 1 and "Point" in layer.shapes:
        return None
    if place.geom_type not in layer.shapes:
        return "geometry_kind", place.geom_type
    if not place.is_valid:
        return "geometry_invalid", str(shapely.is_valid_reason(place))
    return None


def position_problems(
    layer: Layer, table: pd.DataFrame, shapes: Shapes, spoiled: set[int], file: str
) -> Iterable[Problem]:
    """Rows without a place and without a reason, with two places, with words that cannot be read, or with
    a position class that coordinates cannot have. ``spoiled`` rows have been spoken of already."""
    if not layer.words_allowed:
        for row, shape in enumerate(shapes, 1):
            if shape is None and row not in spoiled:
                yield problem("no_geometry", file=file, row=row, field="geometry")
        return
    excused = table["unresolved_reason"].notna() | _has_ends(layer, table)
    cells = zip(shapes, table["location"], table["position_class"], excused, strict=True)
    for row, (shape, words, given, fine) in enumerate(cells, 1):
        if words is not None:
            yield from _words_problems(words, shape, file, row)
        elif shape is None and not fine and layer.key_needed and row not in spoiled:
            yield problem("no_position", file=file, row=row, field="geometry, lon, lat, location")
        elif shape is not None and shape.geom_type == "Point" and given in {"P4", "P6"} and layer.key_needed:
            yield problem("class_needs_words", file=file, row=row, field="position_class", value=given)


def _words_problems(words: str, shape: Any, file: str, row: int) -> Iterable[Problem]:
    try:
        parse(words)
    except ValueError as error:
        value, detail = short(words), str(error)
        yield problem("location_unreadable", file=file, row=row, field="location", value=value, detail=detail)
    if shape is not None:
        yield problem("position_twice", file=file, row=row, field="geometry, location")


def _has_ends(layer: Layer, table: pd.DataFrame) -> pd.Series[bool]:
    """Sections of hydrants whose road and ends are named, which is place enough."""
    if layer.name != "hydrants":
        return pd.Series(False, table.index)
    return table[["section_id", "road", "from", "to"]].notna().all(axis=1)
