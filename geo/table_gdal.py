"""Layers read through GDAL: only under a name of our own, only with the driver the file must have, and in portions."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.crs import crs_name
from geo.encodings import text_of
from geo.file_rows import FileRows, LayerInFile, Unreadable, plain_column, table_of, within_limits
from geo.gdal_drivers import REMOTE_OR_VIRTUAL
from geo.problems import Problem, problem
from geo.read_limits import MAX_BYTES, MAX_CHARS, MAX_ROWS
from geo.read_shapes import settled_shapes, shapes_of_wkb, vertices_within_limit, wkb_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BATCH_ROWS = 10_000
"""Rows that are read at once, between two looks at the limits."""
_VERTEX_BYTES = 16
_CURVES = frozenset({8, 9, 10, 11, 12})
"""WKB numbers of arcs and of shapes made with them."""


@dataclass(frozen=True)
class Source:
    """A file as GDAL is given it: ``path`` under a name of our own, the ``driver`` that must be the one to open it, and
    its open options."""

    path: Path
    driver: str
    file: str
    options: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def own_copy(path: Path, name: str) -> Iterator[Path]:
    """The file under a name of our own, in a folder that holds nothing else but what a program that has it open as a
    GeoPackage wrote beside it."""
    with tempfile.TemporaryDirectory(prefix="read-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder).resolve() / name
        shutil.copyfile(path, copy)
        written = path.with_name(f"{path.name}-wal")
        if path.suffix.lower() == ".gpkg" and written.is_file() and written.stat().st_size <= MAX_BYTES:
            shutil.copyfile(written, copy.with_name(f"{name}-wal"))
        yield copy


@contextmanager
def own_file(content: bytes, name: str) -> Iterator[Path]:
    """Bytes as a file under a name of our own, in a folder that holds nothing else."""
    with tempfile.TemporaryDirectory(prefix="read-", ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve() / name
        path.write_bytes(content)
        yield path


def starts_with(path: Path, *marks: bytes) -> bool:
    """Whether the file begins with one of the marks of its format."""
    with path.open("rb") as opened:
        head = opened.read(max(map(len, marks)))
    return any(head.startswith(mark) for mark in marks)


@contextmanager
def _refused(source: Source) -> Iterator[None]:
    """Whatever is raised over a broken file, as a finding: GDAL and what stands between it and us raise of many kinds,
    and some are slips of theirs (pyogrio 0.13 of a variable it never set)."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:
        # GDAL names the file; its name here means nothing to anyone.
        detail = str(error).replace(str(source.path), source.file)[:200]
        raise Unreadable(
            problem("gdal_broken", file=source.file, kind=source.driver, detail=detail)
        ) from error


def _pyogrio() -> Any:
    """pyogrio, after a look that GDAL has no driver that opens something else."""
    import pyogrio

    if REMOTE_OR_VIRTUAL & set(pyogrio.list_drivers()):
        raise RuntimeError(
            "pyogrio was imported before geo, so that drivers which open other files are there"
        )
    return pyogrio


def layers_of(source: Source) -> tuple[LayerInFile, ...]:
    """The layers of a file, with rows counted."""
    pyogrio = _pyogrio()
    with warnings.catch_warnings(), _refused(source):
        warnings.simplefilter("ignore")  # said when the layer is read
        named = [str(name) for name, _ in pyogrio.list_layers(source.path)]
        layers = []
        for name in named[:MAX_LAYERS]:
            info = _info(source, name, count=True)
            layers.append(LayerInFile(name, int(info["features"]), _kind(info["geometry_type"])))
    return tuple(layers)


MAX_LAYERS = 200
"""Layers of one file that are looked into."""


def _kind(given: Any) -> str:
    if given is None:
        return ""
    kind = str(given).removeprefix("2.5D ").removeprefix("3D ").removeprefix("Measured ").split(" ")[0]
    return {"Unknown": "Mixed", "GeometryCollection": "Mixed"}.get(kind, kind)


def _info(source: Source, layer: str, *, count: bool = False) -> dict[str, Any]:
    """What GDAL says of a layer, once it is sure that the right driver opened the file."""
    info: dict[str, Any] = _pyogrio().read_info(
        source.path, layer=layer, force_feature_count=count, **source.options
    )
    if info["driver"] != source.driver:
        raise Unreadable(problem("content_differs", file=source.file, value=str(info["driver"])))
    return info


def read_layer(source: Source, layer: str) -> FileRows:
    """One layer, its columns in their order and its shapes in its own coordinate system.

    Raises :class:`Unreadable` where it is broken or larger than the limits, which are looked at before and while it is
    read. What GDAL warned of is said.
    """
    with warnings.catch_warnings(record=True) as said, _refused(source):
        warnings.simplefilter("always")
        info = _info(source, layer)
        within_limits(max(0, int(info["features"])), len(info["fields"]), source.file)
        batches, shape_column = _batches(source, layer)
        wkb = _wkb(source, layer, batches, shape_column)
    found = [
        problem("file_warning", file=source.file, warning=True, detail=_short_warning(each, source))
        for each in said
    ]
    rows = sum(len(batch) for batch in batches)
    columns = _columns(batches, shape_column, source.file, found) if batches else _no_rows(info)
    within_limits(rows, len(columns), source.file)
    crs = crs_name(info["crs"]) if info["crs"] is not None else None
    if wkb is None:
        return FileRows(table_of(columns, rows), None, crs, tuple(found))
    values, curved = wkb
    if curved:
        found.append(
            problem("curves_linearised", file=source.file, field="geometry", warning=True, count=curved)
        )
    shapes = settled_shapes(shapes_of_wkb(values, source.file, found), source.file, "geometry", found)
    if crs is None:
        found.append(problem("no_crs", file=source.file))
    return FileRows(table_of(columns, rows), shapes, crs, tuple(found))


def _no_rows(info: dict[str, Any]) -> dict[str, list[Any]]:
    return {str(name): [] for name in info["fields"]}


def _short_warning(said: warnings.WarningMessage, source: Source) -> str:
    return str(said.message).replace(str(source.path), source.file)[:200]


def _batches(source: Source, layer: str) -> tuple[list[Any], str | None]:
    """The layer in portions, and the name of the column of its shapes; never more than the limits allow."""
    from pyogrio.raw import open_arrow

    batches, rows, size, shape_size = [], 0, 0, 0
    with open_arrow(source.path, layer=layer, use_pyarrow=True, batch_size=BATCH_ROWS, **source.options) as (
        meta,
        reader,
    ):
        shape_column = _shape_column(meta, reader.schema)
        for batch in reader:
            _check_memory(batch)
            rows += len(batch)
            shapes = batch.column(shape_column).nbytes if shape_column else 0
            shape_size += shapes
            size += batch.nbytes - shapes
            if rows > MAX_ROWS:
                raise Unreadable(problem("too_many_rows", file=source.file, limit=MAX_ROWS))
            if size > MAX_CHARS:
                raise Unreadable(problem("too_many_chars", file=source.file, limit=MAX_CHARS))
            vertices_within_limit(shape_size // (2 * _VERTEX_BYTES), source.file)
            batches.append(batch)
    return batches, shape_column


def _check_memory(batch: Any) -> None:
    """Raises where a portion points out of its own memory; texts that are not UTF-8 are looked at later."""
    for column in batch.columns:
        texts = str(column.type) in {"string", "large_string"}
        (column.view(str(column.type).replace("string", "binary")) if texts else column).validate(full=True)


def _shape_column(meta: dict[str, Any], schema: Any) -> str | None:
    if meta["geometry_type"] is None:
        return None
    name = meta["geometry_name"] or "wkb_geometry"
    return name if name in schema.names else None


def _wkb(
    source: Source, layer: str, batches: list[Any], shape_column: str | None
) -> tuple[list[Any], int] | None:
    """The shapes as well-known binary and how many of them had curves, which are then made of straight pieces."""
    if shape_column is None:
        return None
    values = [value for batch in batches for value in batch.column(shape_column).to_pylist()]
    curved = sum(bool(value) and wkb_number(value) in _CURVES for value in values)
    if curved:
        from pyogrio.raw import read

        values = list(read(source.path, layer=layer, columns=[], **source.options)[2])
    return values, curved


def _columns(
    batches: list[Any], shape_column: str | None, file: str, found: list[Problem]
) -> dict[str, list[Any]]:
    """The columns as Python values; binary ones cannot be shown and are left out with a word."""
    import pyarrow

    columns: dict[str, list[Any]] = {}
    for name in batches[0].schema.names:
        if name == shape_column:
            continue
        kind = batches[0].schema.field(name).type
        if pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind):
            found.append(problem("column_binary", file=file, field=name, warning=True))
            continue
        try:
            values = [value for batch in batches for value in batch.column(name).to_pylist()]
        except UnicodeDecodeError:
            values = [
                _text(value) for batch in batches for value in batch.column(name).cast("binary").to_pylist()
            ]
            found.append(problem("column_not_utf8", file=file, field=name, warning=True))
        columns[name] = plain_column(name, values, file, found)
    return columns


def _text(value: bytes | None) -> str | None:
    """Text that is not in UTF-8, though its format asks for it."""
    if value is None:
        return None
    text = text_of(value)
    return value.decode("utf-8", errors="replace") if text is None else text
