"""GeoJSON for the map: WGS 84, seven digits, and for each thing its kind, its words and nothing else.

Properties are short because many features carry them: ``k`` kind (names a style), ``t`` title, ``l`` further
lines, ``id``, ``c`` letter in the sign, ``n`` name drawn under it, ``s`` and ``u`` pixels by which the sign stands
aside and up, ``w`` what a scenario does to it. Streets have ``pieces``, the words of each piece. Lines and words are
numbers in the collection's ``texts``: most say the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import WGS84, reproject, shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

DIGITS = 7
DRAWN_M, DRAWN_DIGITS = 0.5, 6
"""How far the outline of a computed area may be drawn beside it, a twentieth of the cells it is worked out on, and the
digits that are enough for that."""
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
    supposed: str = ""


@dataclass(frozen=True)
class Pieces:
    """Stretches of one kind, drawn as one MultiLineString; ``words`` holds title and lines of each, as texts or as the
    numbers of texts."""

    kind: str
    lines: Sequence[BaseGeometry]
    words: Sequence[Sequence[str]] | Sequence[Sequence[int]] = field(default=())


def to_wgs84(geometry: Iterable[shapely.Geometry | None], crs: str) -> NDArray[np.object_]:
    """Geometries of a projected CRS in WGS 84 (longitude first); None stays None."""
    whole = geometry.to_numpy() if isinstance(geometry, gpd.GeoSeries) else list(geometry)
    return reproject(shapes_of(whole), crs, WGS84)


def drawn_areas(areas: Iterable[shapely.Geometry | None], crs: str) -> NDArray[np.object_]:
    """Computed areas as they are drawn, in WGS 84: their outlines with no more corners than can be seen."""
    placed = to_wgs84(shapely.simplify(shapes_of(list(areas)), DRAWN_M), crs)
    return np.asarray(shapely.transform(placed, lambda xy: np.round(xy, DRAWN_DIGITS)), dtype=object)


def _texts(geometries: Sequence[Any]) -> list[str]:
    """Each geometry as GeoJSON text; raises ``ValueError`` where a coordinate is not a number."""
    rounded = shapely.transform(shapes_of(geometries), lambda xy: np.round(xy, DIGITS))
    if not np.isfinite(shapely.get_coordinates(rounded)).all():
        raise ValueError("a coordinate is not a number")
    texts: list[str] = shapely.to_geojson(rounded).tolist()
    return texts


def _numbers(texts: Iterable[str], number: dict[str, int]) -> list[int]:
    """Texts as numbers; a new one gets the next."""
    return [number.setdefault(text, len(number)) for text in texts]


def _properties(thing: Thing, number: dict[str, int]) -> Json:
    given: Json = {"k": thing.kind, "t": thing.title, "l": _numbers(thing.lines, number), "id": thing.id}
    given |= {"c": thing.letter, "n": thing.name, "s": thing.shift, "u": thing.rise, "w": thing.supposed}
    return {key: value for key, value in given.items() if value}


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _collection(features: Iterable[tuple[Json, str]], **more: Any) -> bytes:
    """Properties and geometries as one collection, with further members."""
    each = ",".join(
        f'{{"type":"Feature","properties":{_json(properties)},"geometry":{geometry}}}'
        for properties, geometry in features
    )
    rest = "".join(f",{_json(key)}:{_json(value)}" for key, value in more.items())
    return f'{{"type":"FeatureCollection","features":[{each}]{rest}}}'.encode()


def things_geojson(things: Iterable[Thing]) -> bytes:
    """A layer of single things; those without a place must have been left out, and counted, before."""
    every, number = list(things), dict[str, int]()
    properties = [_properties(each, number) for each in every]
    placed = _texts([each.geometry for each in every])
    more = {"texts": list(number)} if number else {}
    return _collection(zip(properties, placed, strict=True), **more)


def pieces_geojson(kinds: Iterable[Pieces], texts: Sequence[str] | None = None) -> bytes:
    """A layer of streets: one MultiLineString for each kind, with the words of every piece beside it. With ``texts``
    the words are numbers of these already."""
    number: dict[str, int] = {}
    there = [each for each in kinds if len(each.lines)]
    pieces: list[Any] = [each.words for each in there]
    if texts is None:
        pieces = [[_numbers(row, number) for row in words] for words in pieces]
    properties = [{"k": each.kind, "pieces": words} for each, words in zip(there, pieces, strict=True)]
    lines = _texts([shapely.multilinestrings(each.lines) for each in there])
    return _collection(zip(properties, lines, strict=True), texts=list(number if texts is None else texts))


def sideways(points: Sequence[shapely.Point]) -> list[float]:
    """Pixels by which signs on one and the same place step aside, so that all of them can be seen."""
    together: dict[tuple[float, float], list[int]] = {}
    places = np.round(shapely.get_coordinates(shapes_of(points)), 5).tolist()
    for row, (x, y) in enumerate(places):
        together.setdefault((x, y), []).append(row)
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
