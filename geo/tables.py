"""Rows of a file as they stand in it: CSV, GeoJSON and GeoPackage, read with suspicion."""

from __future__ import annotations

import csv
import io
import json
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import shape as shape_of

from geo.crs import WGS84, crs_name, flat_shapes, looks_projected
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

MAX_BYTES = 100 * 1024 * 1024
"""Larger files are refused before they are opened."""
MAX_ROWS = 2_000_000
"""More rows than this are refused."""
for _variable, _drivers in (("OGR_SKIP", "OGR_VRT,GDALG"), ("GDAL_SKIP", "VRT")):
    # Drivers that open other files or addresses on behalf of the file; GDAL reads this at its first import.
    os.environ[_variable] = ",".join(filter(None, [os.environ.get(_variable), _drivers]))

_BROKEN_SHAPE = (
    ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, shapely.errors.ShapelyError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of one file.

    ``table``: (n) rows, RangeIndex, object columns named as in the file, missing values ``None``, no
    geometry.
    ``geometry``: (n,) shapely geometries in two dimensions or ``None``, in ``crs``; ``None`` as a whole
    where the
    file holds none. ``crs`` is ``None`` where the file leaves it open.
    """

    table: pd.DataFrame
    geometry: Shapes | None = None
    crs: str | None = None
    problems: tuple[Problem, ...] = ()


class _Unreadable(Exception):  # noqa: N818 - not an error of the program, a finding about a file
    def __init__(self, found: Problem) -> None:
        super().__init__(found.code)
        self.found = found


def table_of(columns: dict[str, list[Any]], count: int) -> pd.DataFrame:
    """A table of object columns with ``None`` for what is missing and rows numbered from 0."""
    index = pd.RangeIndex(count)
    return pd.DataFrame(
        {name: pd.Series(values, index, dtype=object) for name, values in columns.items()}, index
    )


def text_of(data: bytes) -> str | None:
    """Text from UTF-8 (with or without byte-order mark) or GB18030; ``None`` where it is neither."""
    if b"\x00" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _text(path: Path, file: str) -> str:
    text = text_of(path.read_bytes())
    if text is None:
        raise _Unreadable(problem("not_text", file=file))
    return text


def _read_csv(path: Path, file: str, _layer: str) -> FileRows:
    limit = csv.field_size_limit(MAX_BYTES)
    try:
        lines = [
            row for row in csv.reader(io.StringIO(_text(path, file), newline="")) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise _Unreadable(problem("not_csv", file=file, detail=str(error)[:200])) from error
    finally:
        csv.field_size_limit(limit)
    if not lines:
        raise _Unreadable(problem("no_rows", file=file))
    header, found = [name.strip() for name in lines[0]], []
    while header and not header[-1]:
        header.pop()  # spreadsheets leave empty columns at the end
    found += [problem("column_unnamed", file=file, column=n) for n, name in enumerate(header, 1) if not name]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    found += [problem("column_twice", file=file, field=name) for name in twice]
    body = []
    for number, line in enumerate(lines[1:], 1):
        if any(cell.strip() for cell in line[len(header) :]):
            found.append(problem("row_too_long", file=file, row=number, have=len(line), want=len(header)))
        body.append(
            [*(cell.strip() or None for cell in line[: len(header)]), *[None] * (len(header) - len(line))]
        )
    columns = {name: [row[n] for row in body] for n, name in enumerate(header) if name}
    table = table_of(columns, len(body))
    if "wkt" not in table:
        return FileRows(table, problems=tuple(found))
    shapes = []
    for number, value in enumerate(table.pop("wkt"), 1):
        try:
            shapes.append(None if value is None else shapely.from_wkt(value))
        except shapely.errors.ShapelyError as error:
            shapes.append(None)
            found.append(
                problem("geometry_unreadable", file=file, row=number, field="wkt", detail=str(error)[:200])
            )
    return FileRows(table, flat_shapes(shapes), problems=tuple(found))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _features(data: Any, file: str) -> list[Any]:
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "Topology":
        raise _Unreadable(problem("topojson", file=file))
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        return list(data["features"])
    if kind == "Feature":
        return [data]
    if kind in ("Polygon", "MultiPolygon", "Point", "LineString", "MultiLineString"):  # kind may be anything
        return [{"type": "Feature", "geometry": data, "properties": {}}]
    raise _Unreadable(problem("not_geojson", file=file))


def _declared_crs(data: dict[str, Any], file: str) -> str | None:
    member = data.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and name.upper().endswith("CRS84"):
        return WGS84
    known = crs_name(name) if isinstance(name, str) else None
    if known is None:
        raise _Unreadable(problem("crs_unknown", file=file, value=name))
    return known


def _read_geojson(path: Path, file: str, _layer: str) -> FileRows:
    try:
        data = json.loads(_text(path, file), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(problem("not_json", file=file, detail=str(error)[:200])) from error
    features = _features(data, file)
    crs = _declared_crs(data, file)
    found: list[Problem] = []
    shapes: list[Any] = []
    rows: list[dict[str, Any]] = []
    for number, feature in enumerate(features, 1):
        whole = isinstance(feature, dict)
        properties = feature.get("properties") if whole else None
        rows.append(properties if isinstance(properties, dict) else {})
        try:
            given = feature.get("geometry") if whole else feature
            with np.errstate(invalid="ignore"):  # infinite numbers are found when positions are checked
                shapes.append(None if given is None else shape_of(given))
        except _BROKEN_SHAPE as error:
            shapes.append(None)
            found.append(
                problem(
                    "geometry_unreadable", file=file, row=number, field="geometry", detail=str(error)[:200]
                )
            )
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [_plain(row.get(name)) for row in rows] for name in names}
    flat = flat_shapes(shapes)
    if crs is None and looks_projected(flat):
        found.append(problem("no_crs", file=file))
    return FileRows(table_of(columns, len(rows)), flat, crs, tuple(found))


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value.strip() or None if isinstance(value, str) else value


def _read_gpkg(path: Path, file: str, layer: str) -> FileRows:
    with path.open("rb") as opened:
        if opened.read(16) != b"SQLite format 3\x00":
            raise _Unreadable(problem("not_gpkg", file=file))
    import pyogrio

    whole = path.resolve()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            have = {str(name): kind for name, kind in pyogrio.list_layers(whole)}
            spatial = [name for name, kind in have.items() if kind is not None] or list(have)
            if layer not in have and len(spatial) != 1:
                raise _Unreadable(problem("several_layers", file=file, have=", ".join(have), layer=layer))
            chosen = layer if layer in have else spatial[0]
            if pyogrio.read_info(whole, layer=chosen)["features"] > MAX_ROWS:
                raise _Unreadable(problem("too_many_rows", file=file, limit=MAX_ROWS))
            frame = pyogrio.read_dataframe(whole, layer=chosen)
        except (RuntimeError, ValueError, shapely.errors.ShapelyError) as error:
            raise _Unreadable(problem("gpkg_broken", file=file, detail=str(error)[:200])) from error
    found = [
        problem("file_warning", file=file, warning=True, detail=str(each.message)[:200]) for each in said
    ]
    crs = crs_name(frame.crs) if getattr(frame, "crs", None) is not None else None
    shapes = flat_shapes(frame.geometry.to_numpy()) if "geometry" in frame else None
    if shapes is not None and crs is None:
        found.append(problem("no_crs", file=file))
    columns = {
        name: [None if pd.isna(value) else _scalar(value) for value in frame[name].astype(object)]
        for name in frame.columns
        if name != "geometry"
    }
    return FileRows(table_of(columns, len(frame)), shapes, crs, tuple(found))


def _scalar(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    return _plain(value.item() if isinstance(value, np.generic) else value)


READERS: dict[str, Callable[[Path, str, str], FileRows]] = {
    ".csv": _read_csv,
    ".geojson": _read_geojson,
    ".json": _read_geojson,
    ".gpkg": _read_gpkg,
}
"""Which function reads which file, by the ending of its name in small letters."""


def read_rows(path: Path, *, file: str = "", layer: str = "", source_crs: str | None = None) -> FileRows:
    """Rows of one file; what is wrong with it stands in ``problems``, then the table may be empty.

    ``file`` names it in the messages, ``layer`` is the table to take from a file that holds several.
    ``source_crs`` is the CRS where the file leaves it open (GeoJSON without a ``crs`` member, GeoPackage with
    none, ``lon`` and ``lat`` of a CSV); where the file names another one, that is a problem.
    """
    file = file or path.name
    reader = READERS.get(path.suffix.lower())
    nothing = table_of({}, 0)
    if reader is None:
        return FileRows(nothing, problems=(problem("format_unknown", file=file, known=", ".join(READERS)),))
    if path.stat().st_size > MAX_BYTES:
        return FileRows(nothing, problems=(problem("too_large", file=file, limit=MAX_BYTES // 1024**2),))
    try:
        rows = reader(path, file, layer)
    except _Unreadable as unreadable:
        return FileRows(nothing, problems=(unreadable.found,))
    except OSError as error:
        return FileRows(nothing, problems=(problem("unreadable", file=file, detail=str(error)[:200]),))
    found = list(rows.problems)
    if len(rows.table) > MAX_ROWS:
        return FileRows(nothing, problems=(problem("too_many_rows", file=file, limit=MAX_ROWS),))
    if len(rows.table) == 0 and not found:
        found.append(problem("no_rows", file=file))
    crs, found = _settled_crs(rows.crs, source_crs, found, file)
    return FileRows(rows.table, rows.geometry, crs, tuple(found))


def _settled_crs(
    declared: str | None, given: str | None, found: list[Problem], file: str
) -> tuple[str | None, list[Problem]]:
    """The file's own CRS, else the one given, else WGS84 unless the numbers speak against it."""
    open_question = any(each.code == "no_crs" for each in found)
    if given is None:
        return (declared or (None if open_question else WGS84)), found
    wanted = crs_name(given)
    if wanted is None:
        return declared, [*found, problem("crs_unknown", file=file, value=given)]
    if declared not in {None, wanted}:
        return declared, [*found, problem("crs_conflict", file=file, value=declared[:60], given=given)]
    return wanted, [each for each in found if each.code != "no_crs"]
