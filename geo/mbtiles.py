"""Maps of tiles in an MBTiles file: one SQLite table of images, opened to be read only and never written beside.

The file is taken as it stands (``immutable``), so one that another program is writing is refused. Its rows count from
the south, as the format says. A query that takes too long is given up.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from geo.problems import InputError, problem
from geo.tile_facts import (
    MOST_LETTERS,
    MOST_TILE_BYTES,
    VECTOR_FORMATS,
    Bounds,
    TileFacts,
    check_sample,
    extent_of,
    facts_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 2.0
STEPS_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""
NAMES = ("name", "attribution", "bounds", "minzoom", "maxzoom", "format", "datum")
_MAGIC = b"SQLite format 3\x00"
_UNFINISHED = ("-wal", "-journal")
"""What SQLite keeps beside a file that is being written."""


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TILE_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        end = time.monotonic() + PATIENCE_S
        connection.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_LOOKS)
        yield connection


def _value(path: Path, query: str, *given: int) -> object:
    """The first value of a query; None where there is none."""
    with _opened(path) as connection:
        row = connection.execute(query, given).fetchone()
    return None if row is None else row[0]


def _number(path: Path, query: str, *given: int) -> int | None:
    """The first value of a query where it is a whole number; None too where counting takes too long."""
    try:
        value = _value(path, query, *given)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    return value if isinstance(value, int) else None


def _said(path: Path) -> dict[str, str]:
    places = ", ".join("?" * len(NAMES))
    query = (
        f"SELECT name, substr(value, 1, {MOST_LETTERS + 1}) FROM metadata WHERE name IN ({places}) LIMIT 50"  # noqa: S608
    )
    with _opened(path) as connection:
        said = {
            str(name): str(value) for name, value in connection.execute(query, NAMES) if value is not None
        }
    for name, value in said.items():
        if len(value) > MOST_LETTERS:
            raise InputError([problem("tiles_metadata_long", field=name, limit=MOST_LETTERS)])
    return said


def _zooms(path: Path, said: dict[str, str]) -> tuple[int, int]:
    """First and last zoom of the tiles themselves; where counting takes too long, those stated."""
    found = []
    for name, query in (("minzoom", "MIN"), ("maxzoom", "MAX")):
        zoom = _number(path, f"SELECT {query}(zoom_level) FROM tiles")  # noqa: S608 (one of the two words above)
        if zoom is None and said.get(name, "").isdecimal():
            zoom = int(said[name][:4])
        if zoom is None:
            raise InputError([problem("tiles_empty")])
        found.append(zoom)
    return found[0], found[1]


def _extent(path: Path, zoom: int) -> Bounds | None:
    columns, rows = (
        [
            _number(path, f"SELECT {each}({name}) FROM tiles WHERE zoom_level = ?", zoom)  # noqa: S608 (see above)
            for each in ("MIN", "MAX")
        ]
        for name in ("tile_column", "tile_row")
    )
    size = 1 << zoom
    if columns[0] is None or columns[1] is None or rows[0] is None or rows[1] is None:
        return None
    if not (0 <= columns[0] <= columns[1] < size and 0 <= rows[0] <= rows[1] < size):
        raise InputError([problem("tiles_number_wrong", zoom=zoom)])
    return extent_of(zoom, (columns[0], columns[1]), (size - 1 - rows[1], size - 1 - rows[0]))


def _facts(path: Path) -> TileFacts:
    said = _said(path)
    if said.get("format", "").lower() in VECTOR_FORMATS:
        raise InputError([problem("tiles_vector")])
    zooms = _zooms(path, said)
    sample = _value(path, "SELECT tile_data FROM tiles WHERE zoom_level = ? LIMIT 1", zooms[1])
    check_sample(sample if isinstance(sample, bytes) else None, said.get("format", ""))
    # A last zoom out of the ordinary is refused below; no ground is counted on it.
    return facts_of(said, zooms, _extent(path, zooms[1]) if 0 <= zooms[1] <= 30 else None)


def mbtiles_facts(path: Path) -> TileFacts:
    """What an MBTiles file holds; raises :class:`InputError` with what is wrong with it."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise InputError([problem("tiles_not_mbtiles")])
    beside = [path.with_name(path.name + each) for each in _UNFINISHED]
    if any(each.exists() and each.stat().st_size for each in beside):
        raise InputError([problem("tiles_being_written")])
    try:
        return _facts(path)
    except sqlite3.Error as error:
        raise InputError([problem("tiles_broken", detail=str(error)[:120])]) from error


def mbtiles_tile(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    """One tile, ``row`` from the north; None where the file has none, :class:`InputError` where it cannot be read."""
    query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
    try:
        found = _value(path, query, zoom, column, (1 << zoom) - 1 - row)
    except sqlite3.Error as error:
        raise InputError([problem("tiles_broken", detail=str(error)[:120])]) from error
    if found is not None and not isinstance(found, bytes):
        raise InputError([problem("tiles_no_images")])
    return found
