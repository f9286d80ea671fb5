"""GeoJSON for the map: WGS 84, seven digits, and for each thing its kind, its words and nothing else.

Properties are short because many features carry them: ``k`` kind (names a style), ``t`` title, ``l`` further
lines, ``id``, ``c`` letter in the sign, ``n`` name drawn under it, ``s`` and ``u`` pixels by which the sign stands
aside and up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

DIGITS = 7
SHIFT_PX = 22
Json = dict[str, Any]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Thing:
    """One thing on the map: a geometry in WGS 84 with its kind and its words."""

    geometry: BaseGeometry
    kind: str
    title: str = ""
    lines: tuple[str, ...] = ()
    id: str = ""
    letter: str = ""
    name: str = ""
    shift: float = 0.0
    rise: float = 0.0


@dataclass(frozen=True)
class Pieces:
    """Stretches of one kind, drawn as one MultiLineString; ``words`` holds title and lines of each."""

    kind: str
    lines: Sequence[BaseGeometry]
    words: Sequence[tuple[str, ...]] = field(default=())


def to_wgs84(geometry: Iterable[shapely.Geometry | None], crs: str) -> NDArray[np.object_]:
    """Geometries of a projected CRS in WGS 84 (longitude first); None stays None."""
    series = gpd.GeoSeries(list(geometry), crs=crs)
    return np.asarray(series.to_crs("EPSG:4326").array, dtype=object)


def _geometry(geometry: BaseGeometry) -> Json:
    rounded: BaseGeometry = shapely.transform(geometry, lambda xy: np.round(xy, DIGITS))
    return dict(mapping(rounded))


def _feature(thing: Thing) -> Json:
    given: Json = {"k": thing.kind, "t": thing.title, "l": list(thing.lines), "id": thing.id}
    given |= {"c": thing.letter, "n": thing.name, "s": thing.shift, "u": thing.rise}
    properties = {key: value for key, value in given.items() if value}
    return {"type": "Feature", "properties": properties, "geometry": _geometry(thing.geometry)}


def _collection(features: list[Json]) -> bytes:
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def things_geojson(things: Iterable[Thing]) -> bytes:
    """A layer of single things; those without a place must have been left out, and counted, before."""
    return _collection([_feature(each) for each in things])


def pieces_geojson(kinds: Iterable[Pieces]) -> bytes:
    """A layer of streets: one MultiLineString for each kind, with the words of every piece beside it."""
    features = []
    for each in kinds:
        if len(each.lines) == 0:
            continue
        coordinates = [np.round(shapely.get_coordinates(line), DIGITS).tolist() for line in each.lines]
        properties = {"k": each.kind, "pieces": [list(words) for words in each.words]}
        geometry = {"type": "MultiLineString", "coordinates": coordinates}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return _collection(features)


def sideways(points: Sequence[shapely.Point]) -> list[float]:
    """Pixels by which signs on one and the same place step aside, so that all of them can be seen."""
    together: dict[tuple[float, float], list[int]] = {}
    for row, point in enumerate(points):
        together.setdefault((round(point.x, 5), round(point.y, 5)), []).append(row)
    shifts = [0.0] * len(points)
    for rows in together.values():
        for rank, row in enumerate(rows):
            shifts[row] = (rank - (len(rows) - 1) / 2) * SHIFT_PX
    return shifts


def bounds_of(geometries: Iterable[shapely.Geometry | None]) -> Bounds | None:
    """West, south, east, north of what has a place; None where nothing has."""
    placed = [each for each in geometries if each is not None and not shapely.is_empty(each)]
    if not placed:
        return None
    west, south, east, north = shapely.total_bounds(np.asarray(placed, dtype=object)).tolist()
    return west, south, east, north


def leaflet_bounds(bounds: Bounds, least_degrees: float = 0.004) -> list[list[float]]:
    """The same as Leaflet takes them, never smaller than a street block."""
    west, south, east, north = bounds
    pad_x = max(0.0, (least_degrees - (east - west)) / 2)
    pad_y = max(0.0, (least_degrees - (north - south)) / 2)
    return [[south - pad_y, west - pad_x], [north + pad_y, east + pad_x]]


def as_mapping(styles: Mapping[str, Any]) -> dict[str, Any]:
    """A plain copy of read-only styles, for JSON."""
    return {key: dict(value) for key, value in styles.items()}
