"""GeoPackage: an SQLite database, looked over before GDAL asks it anything, as its answers may be programs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from geo.file_rows import FileRows, LayerInFile, Unreadable, chosen_layer
from geo.problems import problem
from geo.table_gdal import Source, layers_of, own_copy, read_layer, starts_with

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_rows import Wanted

MAGIC = b"SQLite format 3\x00"
_MAX_TABLES = 5_000
_SPATIAL_INDEX = re.compile(r'CREATE VIRTUAL TABLE (?:"(?:[^"]|"")*"|\w+) USING rtree\s*\(', re.IGNORECASE)


def read_gpkg(path: Path, wanted: Wanted) -> FileRows:
    """One layer of a GeoPackage, with or without shapes."""
    with own_copy(path, "read.gpkg") as copy:
        source = _source(copy, wanted.file)
        return read_layer(source, chosen_layer(_names(layers_of(source), wanted), wanted))


def gpkg_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """The layers of a GeoPackage."""
    with own_copy(path, "read.gpkg") as copy:
        return layers_of(_source(copy, wanted.file))


def _names(layers: tuple[LayerInFile, ...], wanted: Wanted) -> list[str]:
    """Layers to choose from: those with shapes, unless one is asked for by name or none has any."""
    names = [each.name for each in layers]
    spatial = [each.name for each in layers if each.geometry]
    return names if not spatial or {wanted.layer, wanted.file_layer} & set(names) else spatial


def _source(copy: Path, file: str) -> Source:
    if not starts_with(copy, MAGIC):
        raise Unreadable(problem("not_gpkg", file=file))
    _whole(copy, file)
    try:
        with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as database:
            _look_over(database, file)
    except (sqlite3.Error, UnicodeError) as error:
        detail = str(error)[:200]
        raise Unreadable(problem("gdal_broken", file=file, kind="GPKG", detail=detail)) from error
    return Source(copy, "GPKG", file)


def _whole(copy: Path, file: str) -> None:
    """Raises :class:`Unreadable` where the file has fewer pages than it says: SQLite reads on for as long as it can."""
    with copy.open("rb") as opened:
        head = opened.read(100)
    size, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    size = 65_536 if size == 1 else size
    if size * pages > copy.stat().st_size and not copy.with_name(f"{copy.name}-wal").is_file():
        raise Unreadable(problem("file_cut", file=file, have=copy.stat().st_size, want=size * pages))


def _look_over(database: sqlite3.Connection, file: str) -> None:
    """Raises :class:`Unreadable` for what runs when it is read: views, virtual tables but spatial indexes, and columns
    that are worked out. A query of a few letters can run for ever, and a column of a few can be of any size."""
    database.execute("PRAGMA trusted_schema = OFF")
    database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
    objects = database.execute("SELECT type, name, sql FROM sqlite_master LIMIT ?", (_MAX_TABLES,)).fetchall()
    if len(objects) == _MAX_TABLES:
        raise Unreadable(problem("gpkg_program", file=file, value=f"> {_MAX_TABLES}"))
    for kind, name, sql in objects:
        index = _SPATIAL_INDEX.match(str(sql)) is not None
        if kind == "view" or (kind == "table" and not index and not str(sql).startswith("CREATE TABLE ")):
            raise Unreadable(problem("gpkg_program", file=file, value=str(name)[:80]))
        if kind == "table" and not index:
            quoted = str(name).replace('"', '""')
            computed = [row[1] for row in database.execute(f'PRAGMA table_xinfo("{quoted}")') if row[6] > 1]
            if computed:
                raise Unreadable(problem("gpkg_program", file=file, value=f"{name}.{computed[0]}"[:80]))
