"""Shapefiles: their parts beside each other or in a zip file, each looked over before GDAL gets the shapes."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geo.crs import shapes_of
from geo.dbf import read_dbf
from geo.file_rows import FileRows, Unreadable, plain_column, table_of, within_limits
from geo.problems import Problem, problem
from geo.read_limits import MAX_BYTES, MAX_CRS_CHARS, MAX_RING_PAIRS
from geo.read_shapes import vertices_within_limit
from geo.table_gdal import Source, read_layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.file_rows import Wanted

PARTS = (".shp", ".dbf", ".prj", ".cpg")
"""What is read; the index ``.shx`` is made anew, as it says nothing that the shapes do not."""
_MAGIC, _HEAD = 9994, 100
_POINTS, _MULTIPOINTS = frozenset({1, 11, 21}), frozenset({8, 18, 28})
_LINES = frozenset({3, 5, 13, 15, 23, 25})


@dataclass(frozen=True)
class Parts:
    """The bytes of a shapefile's parts; empty where one is not there."""

    shp: bytes
    dbf: bytes = b""
    prj: bytes = b""
    cpg: bytes = b""


def parts_beside(path: Path) -> tuple[Path, ...]:
    """The other parts of a shapefile that stand beside it, their names in any case."""
    wanted = {path.stem.lower() + ending for ending in PARTS[1:]}
    return tuple(sorted(each for each in path.parent.iterdir() if each.name.lower() in wanted))


def read_shapefile(path: Path, wanted: Wanted) -> FileRows:
    """A shapefile and the parts beside it."""
    parts = {".shp": path.read_bytes()}
    for beside in parts_beside(path):
        if beside.stat().st_size > MAX_BYTES:
            limit = MAX_BYTES // 1024**2
            raise Unreadable(problem("too_large", file=beside.name, limit=limit))
        parts[beside.suffix.lower()] = beside.read_bytes()
    return rows_of_parts(parts, wanted)


def rows_of_parts(given: Mapping[str, bytes], wanted: Wanted) -> FileRows:
    """The rows of a shapefile whose parts are given by their endings."""
    parts = Parts(*(given.get(ending, b"") for ending in PARTS))
    file, found = wanted.file, list[Problem]()
    index = _index(parts.shp, file)
    with tempfile.TemporaryDirectory(prefix="read-", ignore_cleanup_errors=True) as folder:
        shp = Path(folder).resolve() / "read.shp"
        shp.write_bytes(parts.shp)
        shp.with_suffix(".shx").write_bytes(_shx(parts.shp, index))
        if parts.prj and len(parts.prj) <= MAX_CRS_CHARS:
            shp.with_suffix(".prj").write_bytes(parts.prj)
        drawn = read_layer(Source(shp, "ESRI Shapefile", file), "read")
    found += drawn.problems
    shapes = shapes_of([]) if drawn.geometry is None else drawn.geometry
    if not parts.dbf:
        found.append(problem("dbf_missing", file=file, warning=True))
        return FileRows(table_of({}, len(shapes)), shapes, drawn.crs, tuple(found))
    page = parts.cpg[:100].decode("ascii", errors="replace")
    table = read_dbf(parts.dbf, file, page, wanted.encoding, found)
    if len(table.kept) != len(shapes):
        found.append(problem("shapefile_counts", file=file, shapes=len(shapes), rows=len(table.kept)))
        return FileRows(table_of({}, 0), problems=tuple(found))
    gone = table.kept.count(False)
    if gone:
        found.append(problem("rows_deleted", file=file, warning=True, count=gone))
    columns = {
        name: plain_column(
            name, [v for v, stays in zip(values, table.kept, strict=True) if stays], file, found
        )
        for name, values in table.columns.items()
    }
    kept = shapes_of([shape for shape, stays in zip(shapes, table.kept, strict=True) if stays])
    return FileRows(table_of(columns, len(kept)), kept, drawn.crs, tuple(found), encoding=table.encoding)


def _index(shp: bytes, file: str) -> list[tuple[int, int]]:
    """Where each record begins and how long it is, in words of two bytes, once what each says of itself fits into it.

    Raises :class:`Unreadable` for lengths that do not agree, too many vertices, or a shape of so many rings that
    putting them into each other would never end.
    """
    if len(shp) < _HEAD or struct.unpack_from(">i", shp, 0)[0] != _MAGIC:
        raise Unreadable(problem("not_shapefile", file=file))
    index: list[tuple[int, int]] = []
    at, vertices, pairs = _HEAD, 0, 0
    while at + 8 <= len(shp):
        words = struct.unpack_from(">i", shp, at + 4)[0]
        end = at + 8 + 2 * words
        if words < 2 or end > len(shp):
            raise Unreadable(problem("shapefile_cut", file=file, record=len(index) + 1))
        parts, points = _counts(shp, at + 8, end, len(index) + 1, file)
        pairs += parts * parts
        if pairs > MAX_RING_PAIRS:
            raise Unreadable(problem("too_many_parts", file=file, record=len(index) + 1, parts=parts))
        vertices += points
        vertices_within_limit(vertices, file)
        index.append((at // 2, words))
        at = end
    within_limits(len(index), 1, file)
    return index


def _counts(shp: bytes, at: int, end: int, record: int, file: str) -> tuple[int, int]:
    """Rings or lines, and vertices, that a record says it has."""
    kind = struct.unpack_from("<i", shp, at)[0]
    parts, points, size = 0, 0, 4
    if kind in _POINTS:
        parts, points, size = 1, 1, 20
    elif kind in _MULTIPOINTS and end - at >= 40:
        points = struct.unpack_from("<i", shp, at + 36)[0]
        parts, size = 1, 40 + 16 * points
    elif kind in _LINES and end - at >= 44:
        parts, points = struct.unpack_from("<ii", shp, at + 36)
        size = 44 + 4 * parts + 16 * points
    elif kind != 0:
        raise Unreadable(problem("shapefile_kind", file=file, record=record, value=kind))
    if parts < 0 or points < 0 or size > end - at:
        raise Unreadable(problem("shapefile_cut", file=file, record=record))
    return parts, points


def _shx(shp: bytes, index: list[tuple[int, int]]) -> bytes:
    head = bytearray(shp[:_HEAD])
    struct.pack_into(">i", head, 24, (_HEAD + 8 * len(index)) // 2)
    return bytes(head) + b"".join(struct.pack(">ii", *each) for each in index)
