"""Where the rows of a layer say they are: coordinates and shapes, and what is wrong with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.cells import short
from geo.crs import WGS84, looks_projected, old_datum, reproject, shapes_of
from geo.locate import parse
from geo.place_columns import coordinate
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.crs import Shapes
    from geo.layers import Layer
    from geo.tables import FileRows

SAME_PLACE_M = 20.0
"""Geometry and lon/lat of one row may differ by this much before they contradict each other."""
_SPOILED = frozenset({"geometry_unreadable", "coordinate_bad"})
"""What is said of a row whose place was given and could not be read."""


def _lon_lat(rows: FileRows, file: str, found: list[Problem]) -> Shapes:
    """Points of the columns ``lon`` and ``lat`` in the file's CRS."""
    points = shapes_of([None] * len(rows.table))
    if rows.place_columns or ("lon" not in rows.table and "lat" not in rows.table):
        return points  # what the columns say is the geometry already
    missing = [name for name in ("lon", "lat") if name not in rows.table]
    if missing:
        found.append(
            problem("column_missing", file=file, field=missing[0], have=", ".join(rows.table.columns))
        )
        return points
    given = rows.table["lon"].notna() | rows.table["lat"].notna()
    xy = np.array([[coordinate(value) for value in rows.table[name]] for name in ("lon", "lat")]).T
    sound = np.isfinite(xy).all(axis=1)
    points[sound] = shapely.points(xy[sound])
    for at in np.flatnonzero(given.to_numpy() & ~sound).tolist():
        value = short(f"{rows.table['lon'].iloc[at]}, {rows.table['lat'].iloc[at]}")
        found.append(problem("coordinate_bad", file=file, row=at + 1, field="lon, lat", value=value))
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
    spoiled = {each.row for each in rows.problems if each.code in _SPOILED and each.row is not None}
    before = len(found)
    points = _lon_lat(rows, file, found)
    spoiled |= {each.row for each in found[before:] if each.row is not None}
    if crs == WGS84 and looks_projected(points):
        found.append(problem("no_crs", file=file, field="lon, lat"))
    old = old_datum(crs)
    given = points if rows.geometry is None else rows.geometry
    if old and not shapely.is_missing(given).all():
        found.append(problem("old_datum", file=file, field="geometry, lon, lat", value=old))
    if old or any(each.code == "no_crs" for each in found):
        return shapes_of([None] * count), spoiled | {
            row for row, each in enumerate(given, 1) if each is not None
        }
    # Beside a geometry lon and lat are degrees; on their own they are in the CRS given for the file.
    points = points if rows.geometry is not None else reproject(points, crs, WGS84)
    shapes = shapes_of([None] * count) if rows.geometry is None else reproject(rows.geometry, crs, WGS84)
    both = ~(shapely.is_missing(shapes) | shapely.is_missing(points))
    found += [
        problem("position_twice", file=file, row=at + 1, field="geometry, lon, lat")
        for at in np.flatnonzero(both).tolist()
        if _far_apart(shapes[at], points[at])
    ]
    shapes = shapes_of(np.where(shapely.is_missing(shapes), points, shapes).tolist())
    allowed = ", ".join(sorted(layer.shapes))
    for at in _suspects(shapes, layer):
        wrong = _wrong_shape(shapes[at], layer)
        if wrong is not None:
            code, value = wrong
            found.append(problem(code, file=file, row=at + 1, field="geometry", value=value, known=allowed))
            shapes[at] = None
            spoiled.add(at + 1)
        elif shapes[at].geom_type == "MultiPoint":
            # Exporting programs write a point as a multipoint of one.
            shapes[at] = shapes[at].geoms[0]
    return shapes, spoiled


def _suspects(shapes: Shapes, layer: Layer) -> list[int]:
    """Rows whose shape must be looked at singly: all but points, where points are wanted, at sound degrees."""
    box = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        sound = (np.abs(box) <= [180, 90, 180, 90]).all(axis=1)
    sound &= (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ("Point" in layer.shapes)
    rows: list[int] = np.flatnonzero(~shapely.is_missing(shapes) & ~sound).tolist()
    return rows


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
