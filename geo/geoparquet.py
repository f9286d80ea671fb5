"""GeoParquet and plain Parquet, read in portions, with what many rows share counted for each before it is copied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyproj
from pyproj.exceptions import CRSError

from geo.crs import WGS84, crs_name
from geo.file_rows import FileRows, Unreadable, plain_column, table_of, within_limits
from geo.problems import Problem, problem
from geo.read_limits import (
    MAX_BYTES,
    MAX_CHARS,
    MAX_COLUMNS,
    MAX_CRS_CHARS,
    MAX_RATIO,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
)
from geo.read_shapes import settled_shapes, shapes_of_wkb
from geo.table_csv import with_shapes
from geo.table_gdal import starts_with

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_rows import Wanted

MAGIC = b"PAR1"
BATCH_ROWS = 1_000
"""Rows that are read at once."""
_INDEX = "__index_level_"
"""How pandas names an index that it writes as a column."""


def read_parquet(path: Path, wanted: Wanted) -> FileRows:
    """The table of a Parquet file; its shapes where it is GeoParquet with well-known binary."""
    if not starts_with(path, MAGIC):
        raise Unreadable(problem("not_parquet", file=wanted.file))
    found: list[Problem] = []
    try:
        columns, rows, about = _columns(path, wanted.file, found)
    except Unreadable:
        raise
    except Exception as error:  # a broken file makes pyarrow raise of many kinds
        raise Unreadable(
            problem("gdal_broken", file=wanted.file, kind="Parquet", detail=str(error)[:200])
        ) from error
    primary = about.get("primary_column")
    given = about.get("columns", {}).get(primary) if primary in columns else None
    if not isinstance(given, dict):
        plain = {name: plain_column(name, values, wanted.file, found) for name, values in columns.items()}
        return with_shapes(FileRows(table_of(plain, rows), problems=tuple(found)), wanted.file)
    values = columns.pop(str(primary))
    crs = _crs(given, wanted.file, found)
    if given.get("edges") == "spherical":
        found.append(problem("edges_spherical", file=wanted.file, warning=True))
    shapes = settled_shapes(shapes_of_wkb(values, wanted.file, found), wanted.file, str(primary), found)
    plain = {name: plain_column(name, cells, wanted.file, found) for name, cells in columns.items()}
    return FileRows(table_of(plain, rows), shapes, crs, tuple(found))


def _columns(path: Path, file: str, found: list[Problem]) -> tuple[dict[str, list[Any]], int, dict[str, Any]]:
    """The columns as Python values, how many rows, and what the file says of its shapes."""
    from pyarrow import parquet

    limits: dict[str, Any] = {
        "thrift_string_size_limit": MAX_BYTES, "thrift_container_size_limit": 100 * MAX_COLUMNS,
    }  # fmt: skip
    with parquet.ParquetFile(path, **limits) as opened:
        schema, about = opened.schema_arrow, opened.metadata
        within_limits(about.num_rows, len(schema.names), file)
        unpacked = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        if unpacked > MAX_UNPACKED_BYTES:
            limit = MAX_UNPACKED_BYTES // 1024**2
            raise Unreadable(problem("archive_bomb", file=file, limit=limit, ratio=MAX_RATIO))
        said = _said_of_shapes(schema.metadata or {}, file)
    flat, texts = _readable(schema, said, file, found)
    columns: dict[str, list[Any]] = {name: [] for name in flat}
    rows, chars = 0, 0
    with parquet.ParquetFile(path, read_dictionary=texts, **limits) as opened:
        for batch in opened.iter_batches(batch_size=BATCH_ROWS, columns=flat):
            batch.validate(full=True)
            rows += len(batch)
            chars += sum(_chars(batch.column(name)) for name in texts)
            if rows > MAX_ROWS:
                raise Unreadable(problem("too_many_rows", file=file, limit=MAX_ROWS))
            if chars > MAX_CHARS:
                raise Unreadable(problem("too_many_chars", file=file, limit=MAX_CHARS))
            for name in flat:
                columns[name] += batch.column(name).to_pylist()
    return columns, rows, said


def _readable(
    schema: Any, said: dict[str, Any], file: str, found: list[Problem]
) -> tuple[list[str], list[str]]:
    """Columns that hold one plain value in each cell, and those among them that hold texts or shapes."""
    from pyarrow import types

    covering, flat, texts = _covering(said), [], []
    for field in schema:
        if field.name in covering or field.name.startswith(_INDEX):
            continue
        kind = field.type.value_type if types.is_dictionary(field.type) else field.type
        binary = types.is_binary(kind) or types.is_large_binary(kind)
        text = types.is_string(kind) or types.is_large_string(kind)
        if binary and field.name != said.get("primary_column"):
            found.append(problem("column_binary", file=file, field=field.name, warning=True))
        elif binary or text:
            flat.append(field.name)
            texts.append(field.name)
        elif types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind):
            flat.append(field.name)
        else:
            found.append(problem("column_nested", file=file, field=field.name, warning=True))
    return flat, texts


def _chars(column: Any) -> int:
    """Letters or bytes of a column of texts, each that rows share counted for each of them."""
    from pyarrow import compute

    if hasattr(column, "dictionary"):
        column_lengths = compute.take(compute.binary_length(column.dictionary), column.indices)
    else:
        column_lengths = compute.binary_length(column)
    return compute.sum(column_lengths).as_py() or 0


def _said_of_shapes(metadata: dict[bytes, bytes], file: str) -> dict[str, Any]:
    raw = metadata.get(b"geo")
    if raw is None:
        return {}
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        detail = f"geo: {error}"[:200]
        raise Unreadable(problem("gdal_broken", file=file, kind="GeoParquet", detail=detail)) from error
    if not isinstance(said, dict) or not isinstance(said.get("columns"), dict):
        return {}
    primary = str(said.get("primary_column"))
    shapes = said["columns"].get(primary)
    if isinstance(shapes, dict) and shapes.get("encoding") != "WKB":
        value = str(shapes.get("encoding"))[:40]
        raise Unreadable(problem("parquet_encoding", file=file, field=primary, value=value))
    return said


def _covering(said: dict[str, Any]) -> set[str]:
    """Columns that only repeat the bounds of the shapes."""
    names = {"bbox"}
    for each in said.get("columns", {}).values():
        box = each.get("covering", {}).get("bbox", {}) if isinstance(each, dict) else {}
        for path in box.values() if isinstance(box, dict) else ():
            if isinstance(path, list) and path:
                names.add(str(path[0]))
    return names


def _crs(given: dict[str, Any], file: str, found: list[Problem]) -> str | None:
    """WGS84 where nothing is said, as the format has it; a CRS of null is one that nobody knows."""
    if "crs" not in given:
        return WGS84
    said = given["crs"]
    if said is None:
        found.append(problem("no_crs", file=file))
        return None
    named = said.get("id") if isinstance(said, dict) else None
    if isinstance(named, dict) and (named.get("authority"), named.get("code")) == ("OGC", "CRS84"):
        return WGS84
    text = json.dumps(said)
    try:
        known = crs_name(pyproj.CRS.from_json(text)) if len(text) <= MAX_CRS_CHARS else None
    except CRSError:
        known = None
    if known is None:
        found.append(problem("no_crs", file=file))
    return known
