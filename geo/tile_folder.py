"""Maps of tiles as a folder of images, ``z/x/y.png`` (or ``.jpg``, ``.jpeg``, ``.webp``), with a metadata.json at will.

Nothing outside the folder is read, whatever a link inside it points to.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from geo.problems import InputError, problem
from geo.tile_facts import (
    MOST_METADATA_BYTES,
    MOST_TILE_BYTES,
    VECTOR_FORMATS,
    Bounds,
    TileFacts,
    check_sample,
    extent_of,
    facts_of,
    is_tile,
    read_json,
    texts_of,
)

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "metadata.json"
NAMES = ("name", "attribution", "bounds", "datum", "scheme")
ENDINGS = ("png", "jpg", "jpeg", "webp")
SCHEMES = ("xyz", "tms")
"""Rows from the north, or from the south."""
MOST_TILES = 500_000
"""Tiles of the last zoom that are counted for its ground; of more, the ground has to be stated."""
_NUMBER = re.compile(r"[0-9]{1,8}")
_TILE = re.compile(r"([0-9]{1,8})\.([a-z]{1,5})")


def _within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _numbers(folder: Path) -> list[int]:
    """The folders in a folder whose names are numbers."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(int(each.name) for each in entries if _NUMBER.fullmatch(each.name) and each.is_dir())


def _tiles(folder: Path) -> list[tuple[int, str]]:
    """Row and ending of every file of a column."""
    with os.scandir(folder) as entries:
        found = [_TILE.fullmatch(each.name) for each in entries]
    return sorted((int(each[1]), each[2]) for each in found if each)


def read_metadata(folder: Path) -> dict[str, str]:
    """What the folder's metadata.json says; empty without one."""
    path = folder / METADATA
    if not path.is_file():
        return {}
    if not _within(path, folder):
        raise InputError([problem("tiles_link_out", field=METADATA)])
    with path.open("rb") as file:
        return texts_of(read_json(file.read(MOST_METADATA_BYTES + 1)), NAMES)


def _ground(folder: Path, zoom: int, scheme: str) -> tuple[Bounds | None, list[tuple[int, int, str]]]:
    """Ground of the tiles of a zoom (None: too many to count), and a few of them as column, row and ending."""
    columns, rows, counted = _numbers(folder / str(zoom)), set[int](), 0
    some: list[tuple[int, int, str]] = []
    for column in columns:
        if counted > MOST_TILES:
            return None, some
        tiles = _tiles(folder / str(zoom) / str(column))
        counted += len(tiles)
        some += [(column, *each) for each in tiles[: 1 if some else 5]]
        rows |= {row for row, ending in tiles if ending in ENDINGS}
    if not rows:
        return None, some
    if not (is_tile(zoom, columns[-1], max(rows)) and is_tile(zoom, columns[0], min(rows))):
        raise InputError([problem("tiles_number_wrong", zoom=zoom)])
    last = (1 << zoom) - 1
    ends = (min(rows), max(rows)) if scheme == "xyz" else (last - max(rows), last - min(rows))
    return extent_of(zoom, (columns[0], columns[-1]), ends), some


def folder_facts(folder: Path, scheme: str) -> TileFacts:
    """What a folder of tiles holds; raises :class:`InputError` with what is wrong with it."""
    said = read_metadata(folder)
    zooms = [zoom for zoom in _numbers(folder) if _numbers(folder / str(zoom))]
    if not zooms:
        raise InputError([problem("tiles_empty")])
    if zooms[-1] > 30:
        return facts_of(said, (zooms[0], zooms[-1]), None)  # refused there
    ground, some = _ground(folder, zooms[-1], scheme)
    if any(ending in VECTOR_FORMATS for _, _, ending in some):
        raise InputError([problem("tiles_vector")])
    images = (_read(folder, zooms[-1], column, row) for column, row, ending in some if ending in ENDINGS)
    check_sample(next((each for each in images if each is not None), None))
    return facts_of(said, (zooms[0], zooms[-1]), ground)


def _read(folder: Path, zoom: int, column: int, row: int) -> bytes | None:
    for ending in ENDINGS:
        path = folder / str(zoom) / str(column) / f"{row}.{ending}"
        if path.is_file() and _within(path, folder):
            with path.open("rb") as file:
                content = file.read(MOST_TILE_BYTES + 1)
            if len(content) > MOST_TILE_BYTES:
                raise InputError([problem("tiles_tile_large", field=path.name, limit=MOST_TILE_BYTES)])
            return content
    return None


def folder_tile(folder: Path, zoom: int, column: int, row: int, scheme: str) -> bytes | None:
    """One tile, ``row`` from the north; None where the folder has none that may be read, :class:`InputError` where it
    is too large."""
    return _read(folder, zoom, column, row if scheme == "xyz" else (1 << zoom) - 1 - row)
