"""Small maps of plainly coloured tiles, written as a county would get them: MBTiles, PMTiles, a folder of images."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Tiles = dict[tuple[int, int, int], bytes]
"""Images by zoom, column and row, rows from the north."""
STATED = 'credit = "曲阳县测绘院"\ndatum = "cgcs2000"\n'
"""What a county says of a map in tiles.toml."""


def png(red: int, green: int, blue: int, size: int = 256) -> bytes:
    """A square image of one colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = (b"\x00" + bytes((red, green, blue)) * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def column_and_row(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    """The tile in which a place lies, worked out here once more."""
    size = 2**zoom
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return int((lon + 180) / 360 * size), int((1 - y / math.pi) / 2 * size)


def corner(zoom: int, column: int, row: int) -> tuple[float, float]:
    """Longitude and latitude of a tile's north-western corner, worked out here once more."""
    y = math.pi * (1 - 2 * row / 2**zoom)
    return column / 2**zoom * 360 - 180, math.degrees(2 * math.atan(math.exp(y)) - math.pi / 2)


def write_mbtiles(path: Path, tiles: Tiles, **metadata: str) -> Path:
    """An MBTiles file as QGIS writes it: one table, rows from the south."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        connection.execute(
            "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)"
        )
        connection.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        rows = [(z, x, 2**z - 1 - y, content) for (z, x, y), content in tiles.items()]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    return path


def write_pmtiles(
    path: Path,
    tiles: Tiles,
    bounds: tuple[float, float, float, float],
    metadata: Mapping[str, Any] | None = None,
    **header: Any,
) -> Path:
    """A PMTiles file by the writer of the package, not by the reader that is tried."""
    path.parent.mkdir(parents=True, exist_ok=True)
    west, south, east, north = (round(each * 1e7) for each in bounds)
    zooms = [zoom for zoom, _, _ in tiles]
    usual = {
        "tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": min(zooms),
        "max_zoom": max(zooms), "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
        "center_zoom": min(zooms), "center_lon_e7": west, "center_lat_e7": south,
    }  # fmt: skip
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        for tile_id, content in sorted((zxy_to_tileid(*place), content) for place, content in tiles.items()):
            writer.write_tile(tile_id, content)
        writer.finalize(usual | header, dict(metadata or {}))
    return path


def write_folder(folder: Path, tiles: Tiles, ending: str = "png", **metadata: Any) -> Path:
    """A folder of images, with a metadata.json where there is something to say."""
    for (zoom, column, row), content in tiles.items():
        path = folder / str(zoom) / str(column) / f"{row}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if metadata:
        (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    return folder


def state(county: Path, *files: str, text: str = STATED) -> None:
    """Write the county's tiles.toml with the same words for each of these files."""
    said = "\n".join(f'["{file}"]\n{text}' for file in files)
    folder = county / "tiles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiles.toml").write_text(said, encoding="utf-8")
