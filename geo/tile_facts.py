"""What a map of tiles kept as a file says of itself, and whether that can be believed.

Tiles are numbered as everywhere on the web: zoom ``z`` has ``2**z`` columns from the west and as many rows from the
north, in Web Mercator on WGS 84 or CGCS2000. A file of tiles is not trusted: sizes are limited, and only a PNG, JPEG
or WebP, known by its first bytes, is ever handed on.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

MOST_ZOOM = 24
MOST_TILE_BYTES = 2_000_000
MOST_LETTERS = 2000
"""Longest text a file may say of itself under one name."""
MOST_METADATA_BYTES = 1_000_000
NORTH_END = math.degrees(math.atan(math.sinh(math.pi)))
"""Where Web Mercator ends in the north, and in the south with the other sign."""
VECTOR_FORMATS = frozenset({"pbf", "mvt", "mlt"})
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class TileFacts:
    """First and last zoom, ground covered, and the words a file says of itself (``name``, ``attribution`` …)."""

    min_zoom: int
    max_zoom: int
    bounds: Bounds
    said: Mapping[str, str]


def image_type(content: bytes) -> str | None:
    """The media type of a tile by its first bytes; None for anything but PNG, JPEG and WebP."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _corner(zoom: int, column: int, row: int) -> tuple[float, float]:
    """Longitude and latitude of the north-western corner of a tile."""
    size = 1 << zoom
    return column / size * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / size))))


def extent_of(zoom: int, columns: tuple[int, int], rows: tuple[int, int]) -> Bounds:
    """The ground of the tiles from the first to the last column and row, both included; rows count from the north."""
    west, north = _corner(zoom, columns[0], rows[0])
    east, south = _corner(zoom, columns[1] + 1, rows[1] + 1)
    return west, south, east, north


def is_tile(zoom: int, column: int, row: int) -> bool:
    """Whether there can be such a tile at all."""
    return 0 <= zoom <= MOST_ZOOM and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom


def read_json(content: bytes) -> dict[str, Any]:
    """The object a JSON file holds; :class:`InputError` where it holds none or is too long."""
    if len(content) > MOST_METADATA_BYTES:
        raise InputError([problem("tiles_metadata_long", limit=MOST_METADATA_BYTES)])
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError([problem("tiles_metadata_unreadable")]) from error
    if not isinstance(found, dict):
        raise InputError([problem("tiles_metadata_unreadable")])
    return found


def texts_of(metadata: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """The texts under ``names``; numbers and lists (of ``bounds``) are written as the formats write them."""
    texts = {}
    for name in names:
        value = metadata.get(name)
        if isinstance(value, list):
            value = ",".join(str(each) for each in value[:10])
        elif isinstance(value, int | float):
            value = str(value)
        if not isinstance(value, str):
            continue
        if len(value) > MOST_LETTERS:
            raise InputError([problem("tiles_metadata_long", field=name, limit=MOST_LETTERS)])
        texts[name] = value
    return texts


def stated_bounds(text: str) -> Bounds:
    """``west,south,east,north`` in degrees; :class:`InputError` where it is nothing of the kind."""
    try:
        west, south, east, north = (float(each) for each in text.split(","))
    except ValueError as error:
        raise InputError([problem("tiles_bounds_wrong", field="bounds", value=text[:80])]) from error
    south, north = max(south, -NORTH_END), min(north, NORTH_END)
    if not (-180 <= west < east <= 180 and south < north):  # what is not a number fails here too
        raise InputError([problem("tiles_bounds_wrong", field="bounds", value=text[:80])])
    return west, south, east, north


def _apart(one: Bounds, other: Bounds) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def check_sample(sample: bytes | None, kind: str = "") -> None:
    """Refuse tiles that are no images; ``kind`` is the format the file names, if any."""
    if sample is None:
        raise InputError([problem("tiles_empty")])
    if image_type(sample) is None:
        vector = kind.lower() in VECTOR_FORMATS or sample.startswith(_GZIP)
        raise InputError([problem("tiles_vector" if vector else "tiles_no_images")])


def facts_of(said: Mapping[str, str], zooms: tuple[int, int], extent: Bounds | None) -> TileFacts:
    """Put together what was read; raises :class:`InputError` where it contradicts itself.

    ``extent``: ground of the tiles of the last zoom, where that could be counted; it is the ground of the map where
    the file states none.
    """
    first, last = zooms
    if not 0 <= first <= last <= MOST_ZOOM:
        raise InputError([problem("tiles_zoom_wrong", first=first, last=last)])
    bounds = stated_bounds(said["bounds"]) if said.get("bounds") else extent
    if bounds is None:
        raise InputError([problem("tiles_bounds_missing", field="bounds")])
    if extent is not None and _apart(bounds, extent):
        raise InputError([problem("tiles_elsewhere", field="bounds", value=said["bounds"][:80])])
    return TileFacts(first, last, bounds, said)
