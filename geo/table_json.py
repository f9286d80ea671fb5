"""GeoJSON read without GDAL, which would follow what a JSON file says of other files and addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from shapely.geometry import shape as shape_of

from geo.crs import WGS84, crs_name, looks_projected
from geo.encodings import decoded
from geo.file_rows import FileRows, LayerInFile, Unreadable, plain_column, table_of, within_limits
from geo.problems import Problem, problem
from geo.read_limits import MAX_CRS_CHARS
from geo.read_shapes import settled_shapes, shapes_from
from geo.topojson import is_topology, read_topology, topology_layers

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_rows import Wanted

_SHAPES = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
)  # fmt: skip
MAX_ITEMS = 9_000_000
"""Brackets, braces and commas of one file: each list, object or number becomes some sixty bytes, and more on the way to
a shape; so many, as of three million vertices, stay below 1.5 GB [own]."""


def read_json(path: Path, wanted: Wanted) -> FileRows:
    """GeoJSON (a collection, a feature or a shape alone) or TopoJSON."""
    data, encoding = json_of(path, wanted)
    if is_topology(data):
        return read_topology(data, wanted, encoding)
    features = _features(data, wanted.file)
    crs = _declared_crs(data, wanted.file)
    rows, given = _parts(features)
    names = list(dict.fromkeys(name for row in rows for name in row))
    within_limits(len(rows), len(names), wanted.file)
    found: list[Problem] = []
    shapes = shapes_from(given, shape_of, wanted.file, "geometry", found)
    flat = settled_shapes(shapes, wanted.file, "geometry", found)
    columns = {
        name: plain_column(name, [row.get(name) for row in rows], wanted.file, found) for name in names
    }
    if crs is None and looks_projected(flat):
        found.append(problem("no_crs", file=wanted.file))
    return FileRows(table_of(columns, len(rows)), flat, crs, tuple(found), encoding=encoding)


def json_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """The objects of TopoJSON; none where the file holds a single table."""
    data, _ = json_of(path, wanted)
    return topology_layers(data, wanted.file) if is_topology(data) else ()


def json_of(path: Path, wanted: Wanted) -> tuple[Any, str]:
    """What a JSON file says, and its encoding; raises :class:`Unreadable` for what is no JSON or far too much."""
    text, encoding = decoded(path.read_bytes(), wanted.file, wanted.encoding)
    if text.count("[") + text.count("{") + text.count(",") > MAX_ITEMS:
        raise Unreadable(problem("too_many_cells", file=wanted.file, limit=MAX_ITEMS))
    try:
        return json.loads(text, parse_constant=_no_constant), encoding
    except (ValueError, RecursionError) as error:
        raise Unreadable(problem("not_json", file=wanted.file, detail=str(error)[:200])) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _features(data: Any, file: str) -> list[Any]:
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        return list(data["features"])
    if kind == "Feature":
        return [data]
    if isinstance(kind, str) and kind in _SHAPES:
        return [{"type": "Feature", "geometry": data, "properties": {}}]
    raise Unreadable(problem("not_geojson", file=file))


def _parts(features: list[Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """The properties of each feature, its own id among them where it has one, and its shape as JSON."""
    rows, shapes = [], []
    for feature in features:
        whole = isinstance(feature, dict)
        properties = feature.get("properties") if whole else None
        row = dict(properties) if isinstance(properties, dict) else {}
        if whole and feature.get("id") is not None:
            row.setdefault("id", feature["id"])
        rows.append(row)
        shapes.append(feature.get("geometry") if whole else feature)
    return rows, shapes


def _declared_crs(data: dict[str, Any], file: str) -> str | None:
    member = data.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and name.upper().endswith("CRS84"):
        return WGS84
    # A definition of PROJ's own (+proj, +init) may name further files.
    sound = isinstance(name, str) and len(name) <= MAX_CRS_CHARS and "+" not in name
    known = crs_name(name) if sound else None
    if known is None:
        raise Unreadable(problem("crs_unknown", file=file, value=str(name)[:80]))
    return known
