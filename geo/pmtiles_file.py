"""Maps of tiles in a PMTiles file (version 3), read through the package ``pmtiles`` within limits of our own.

The package reads what the file claims; here every piece is first held against the size of the file and of what it
unpacks to, so that a damaged or hostile file costs neither memory nor time.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from geo.problems import InputError, problem
from geo.tile_facts import (
    MOST_METADATA_BYTES,
    MOST_TILE_BYTES,
    TileFacts,
    check_sample,
    facts_of,
    read_json,
    texts_of,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER_BYTES = 127
MOST_DIRECTORY_BYTES = 1_000_000
"""Unpacked; a leaf of the planet's archives has some hundred thousand."""
DEEPEST = 4
"""Directories from the root to a tile, as the format allows."""
NAMES = ("name", "attribution", "datum")
_IMAGES = (TileType.PNG, TileType.JPEG, TileType.WEBP)
_VECTORS = (TileType.MVT, TileType.MLT)
_LONG_NUMBER = re.compile(rb"[\x80-\xff]{10}")
"""A number of more than 64 bits, which no directory holds."""
_PARTS = ("root", "metadata", "leaf_directory", "tile_data")


def _piece(path: Path, offset: int, length: int, most: int) -> bytes:
    """A piece of the file; :class:`InputError` where it does not lie within it or is too long."""
    if length > most:
        raise InputError([problem("tiles_metadata_long", limit=most)])
    if offset < 0 or length < 0 or offset + length > path.stat().st_size:
        raise InputError([problem("tiles_cut_off")])
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def _unpacked(packed: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj(31)
    try:
        content = unpacking.decompress(packed, most + 1)
    except zlib.error as error:
        raise InputError([problem("tiles_cut_off")]) from error
    if len(content) > most:
        raise InputError([problem("tiles_metadata_long", limit=most)])
    if not unpacking.eof:
        raise InputError([problem("tiles_cut_off")])
    return content


def _header(path: Path) -> HeaderDict:
    try:
        header = deserialize_header(_piece(path, 0, HEADER_BYTES, HEADER_BYTES))
    except (MagicNumberNotFound, SpecVersionUnsupported, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError([problem("tiles_not_pmtiles")]) from error
    size = path.stat().st_size
    for part in _PARTS:
        if header[f"{part}_offset"] + header[f"{part}_length"] > size:  # type: ignore[literal-required]
            raise InputError([problem("tiles_cut_off")])
    return header


@lru_cache(maxsize=64)
def _directory(path: Path, changed_ns: int, offset: int, length: int) -> list[Entry]:
    """A directory of the file; kept, as reading one takes milliseconds, so never change it. ``changed_ns`` is part of
    the key alone."""
    del changed_ns
    packed = _piece(path, offset, length, MOST_DIRECTORY_BYTES)
    if _LONG_NUMBER.search(_unpacked(packed, MOST_DIRECTORY_BYTES)):
        raise InputError([problem("tiles_cut_off")])
    try:
        return deserialize_directory(packed)
    except EOFError as error:
        raise InputError([problem("tiles_cut_off")]) from error


def _tile(path: Path, header: HeaderDict, tile_id: int) -> bytes | None:
    changed_ns = path.stat().st_mtime_ns
    offset, length = header["root_offset"], header["root_length"]
    for _ in range(DEEPEST):
        entry = find_tile(_directory(path, changed_ns, offset, length), tile_id)
        if entry is None:
            return None
        if entry.run_length:
            return _piece(path, header["tile_data_offset"] + entry.offset, entry.length, MOST_TILE_BYTES)
        offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
    return None


def _first_tile(path: Path, header: HeaderDict) -> bytes | None:
    changed_ns = path.stat().st_mtime_ns
    offset, length = header["root_offset"], header["root_length"]
    for _ in range(DEEPEST):
        entries = _directory(path, changed_ns, offset, length)
        if not entries:
            return None
        if entries[0].run_length:
            return _tile(path, header, entries[0].tile_id)
        offset, length = header["leaf_directory_offset"] + entries[0].offset, entries[0].length
    return None


def pmtiles_facts(path: Path) -> TileFacts:
    """What a PMTiles file holds; raises :class:`InputError` with what is wrong with it."""
    header = _header(path)
    if header["tile_type"] in _VECTORS:
        raise InputError([problem("tiles_vector")])
    if header["tile_type"] not in _IMAGES:
        raise InputError([problem("tiles_no_images")])
    kinds = (header["internal_compression"], header["tile_compression"])
    if kinds[0] is not Compression.GZIP or kinds[1] not in (Compression.NONE, Compression.UNKNOWN):
        raise InputError([problem("tiles_packed")])
    packed = _piece(path, header["metadata_offset"], header["metadata_length"], MOST_METADATA_BYTES)
    said = texts_of(read_json(_unpacked(packed, MOST_METADATA_BYTES)), NAMES) if packed else {}
    ends = (header["min_lon_e7"], header["min_lat_e7"], header["max_lon_e7"], header["max_lat_e7"])
    said["bounds"] = ",".join(str(each / 1e7) for each in ends)
    check_sample(_first_tile(path, header))
    return facts_of(said, (header["min_zoom"], header["max_zoom"]), None)


def pmtiles_tile(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    """One tile, ``row`` from the north; None where the file has none, :class:`InputError` where it cannot be read."""
    return _tile(path, _header(path), zxy_to_tileid(zoom, column, row))
