"""Any file a county has, read with suspicion: which reader takes it, what all have in common, several at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.crs import WGS84, crs_name, reproject, shapes_of, shifts_declared
from geo.dxf import dxf_layers, read_dxf
from geo.encodings import text_of
from geo.file_rows import FileRows, LayerInFile, Unreadable, Wanted, table_of
from geo.flatgeobuf import read_fgb
from geo.geopackage import gpkg_layers, read_gpkg
from geo.geoparquet import read_parquet
from geo.packed_files import packed_layers, read_packed
from geo.place_columns import with_places
from geo.problems import InputError, Problem, problem
from geo.read_limits import MAX_BYTES, MAX_ROWS
from geo.read_shapes import kinds_of
from geo.shapefile import parts_beside, read_shapefile
from geo.table_csv import read_csv
from geo.table_json import json_layers, read_json
from geo.table_kml import gpx_layers, kml_layers, read_gpx, read_kml
from geo.table_sheets import read_workbook, workbook_layers
from geo.table_txt import read_txt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = [
    "ENDINGS", "MAX_BYTES", "MAX_ROWS", "READERS", "FileRows", "LayerInFile", "layers_in", "read_files", "read_rows",
    "read_with", "table_of", "text_of",
]  # fmt: skip

READERS: dict[str, Callable[[Path, Wanted], FileRows]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_txt,
    ".geojson": read_json,
    ".json": read_json,
    ".topojson": read_json,
    ".gpkg": read_gpkg,
    ".fgb": read_fgb,
    ".parquet": read_parquet,
    ".geoparquet": read_parquet,
    ".shp": read_shapefile,
    ".kml": read_kml,
    ".kmz": read_kml,
    ".gpx": read_gpx,
    ".dxf": read_dxf,
    ".zip": lambda path, wanted: read_packed(path, wanted, READERS),
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".xls": read_workbook,
}
"""Which function reads which file, by the ending of its name in small letters."""
LISTERS: dict[str, Callable[[Path, Wanted], tuple[LayerInFile, ...]]] = {
    ".json": json_layers,
    ".topojson": json_layers,
    ".gpkg": gpkg_layers,
    ".kml": kml_layers,
    ".kmz": kml_layers,
    ".gpx": gpx_layers,
    ".dxf": dxf_layers,
    ".zip": lambda path, wanted: packed_layers(path, wanted, READERS),
    ".xlsx": workbook_layers,
    ".xlsm": workbook_layers,
    ".xls": workbook_layers,
}
"""Which function lists the layers of files that may hold several."""
ENDINGS = ", ".join(READERS)
"""The endings as a message names them."""


def read_rows(
    path: Path,
    *,
    file: str = "",
    layer: str = "",
    source_crs: str | None = None,
    file_layer: str = "",
    encoding: str = "",
    place_columns: tuple[str, ...] | None = None,
) -> FileRows:
    """Rows of one file; what is wrong with it stands in ``problems``, then the table may be empty.

    ``file`` names it in the messages, ``layer`` is the table to take from a file that holds several, if it is there,
    and ``file_layer`` the one that must be there. ``source_crs`` is the CRS where the file leaves it open (GeoJSON
    without a ``crs`` member, GeoPackage with none, columns of coordinates); where the file names another one, that is
    a problem, but for a shift on top of it (GCJ-02, BD-09), which is taken. ``encoding`` overrules what the file says
    or looks like; ``place_columns`` are the two columns, east before north, that hold coordinates, if they are not to
    be looked for.
    """
    wanted = Wanted(file or path.name, layer, file_layer, encoding, place_columns)
    try:
        rows = READERS[_ending(path, wanted.file)](path, wanted)
    except Unreadable as unreadable:
        return FileRows(table_of({}, 0), problems=unreadable.found)
    except OSError as error:
        return FileRows(table_of({}, 0), problems=(_unopened(wanted.file, error),))
    if len(rows.table) == 0 and not any(not each.warning for each in rows.problems):
        nothing = problem("no_rows", file=wanted.file)
        return replace(rows, problems=(*rows.problems, nothing))
    rows = with_places(rows, wanted, source_crs)
    crs, found = _settled_crs(rows.crs, source_crs, list(rows.problems), wanted.file)
    return replace(rows, crs=crs, problems=tuple(found))


def _ending(path: Path, file: str) -> str:
    """The ending that says who reads the file; raises :class:`Unreadable` for one nobody reads and for its size."""
    ending = path.suffix.lower()
    if ending not in READERS:
        raise Unreadable(problem("format_unknown", file=file, known=ENDINGS))
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(problem("too_large", file=file, limit=MAX_BYTES // 1024**2))
    return ending


def read_with(path: Path) -> tuple[Path, ...]:
    """The other files that are read with this one: the parts of a shapefile, and what a program that has a GeoPackage
    open wrote beside it."""
    if path.suffix.lower() == ".shp":
        return parts_beside(path)
    written = path.with_name(f"{path.name}-wal")
    return (written,) if written.is_file() else ()


def _unopened(file: str, error: OSError) -> Problem:
    return problem("unreadable", file=file, detail=str(error)[:200])


def _settled_crs(
    declared: str | None, given: str | None, found: list[Problem], file: str
) -> tuple[str | None, list[Problem]]:
    """The file's own CRS, else the one given, else WGS84 unless the numbers speak against it; a shift that is given on
    top of the file's own is taken and said."""
    open_question = any(each.code == "no_crs" for each in found)
    if given is None:
        return (declared or (None if open_question else WGS84)), found
    wanted = crs_name(given)
    if wanted is None:
        return declared, [*found, problem("crs_unknown", file=file, value=given)]
    if declared is not None and shifts_declared(declared, wanted):
        over = problem("crs_shifted", file=file, warning=True, value=declared[:60], given=wanted)
        return wanted, [*found, over]
    if declared not in {None, wanted}:
        return declared, [*found, problem("crs_conflict", file=file, value=declared[:60], given=given)]
    return wanted, [each for each in found if each.code != "no_crs"]


def layers_in(path: Path, *, file: str = "", encoding: str = "") -> tuple[LayerInFile, ...]:
    """The layers or sheets of a file, in its order; one that holds a single table has one, named as the file is.

    Raises :class:`InputError` with what keeps it from being read.
    """
    wanted = Wanted(file or path.name, encoding=encoding)
    try:
        ending = _ending(path, wanted.file)
        listed = LISTERS[ending](path, wanted) if ending in LISTERS else ()
    except Unreadable as unreadable:
        raise InputError(unreadable.found) from unreadable
    except OSError as error:
        raise InputError([_unopened(wanted.file, error)]) from error
    if listed:
        return listed
    rows = read_rows(path, file=wanted.file, encoding=encoding)
    fatal = [
        each for each in rows.problems if not each.warning and each.row is None and each.code != "no_crs"
    ]
    if fatal:
        raise InputError(fatal)
    kinds = kinds_of(() if rows.geometry is None else rows.geometry)
    kind = next(iter(kinds)) if len(kinds) == 1 else "Mixed" if kinds else ""
    return (LayerInFile(path.stem, len(rows.table), kind),)


def read_files(
    paths: Sequence[Path],
    *,
    layer: str = "",
    source_crs: str | None = None,
    file_layer: str = "",
    encoding: str = "",
    place_columns: tuple[str, ...] | None = None,
    name: str = "",
) -> FileRows:
    """Several files one under the other; the column ``source_file`` says which row came from which.

    The shapes are in the first CRS that a file names; one that cannot be brought into it is a problem. Each problem
    names its own file and row. ``name`` is what a single file is called; other arguments as of :func:`read_rows`.
    """
    read = [
        read_rows(
            path, file=name if len(paths) == 1 else "", layer=layer, source_crs=source_crs, file_layer=file_layer,
            encoding=encoding, place_columns=place_columns,
        )
        for path in paths
    ]  # fmt: skip
    if len(read) == 1:
        return read[0]
    names = list(dict.fromkeys(str(name) for rows in read for name in rows.table.columns))
    columns = {name: [value for rows in read for value in _values(rows, name)] for name in names}
    columns["source_file"] = [
        path.name for path, rows in zip(paths, read, strict=True) for _ in range(len(rows.table))
    ]
    found = [each for rows in read for each in rows.problems]
    crs = next((rows.crs for rows in read if rows.crs is not None and rows.geometry is not None), None)
    shapes: list[object] = []
    for path, rows in zip(paths, read, strict=True):
        try:
            shapes += _shapes_in(rows, crs)
        except InputError as error:  # an old datum beside a new one
            shapes += [None] * len(rows.table)
            found += [replace(each, file=path.name) for each in error.problems]
    placed = any(rows.geometry is not None for rows in read)
    return FileRows(
        table_of(columns, len(columns["source_file"])),
        shapes_of(shapes) if placed else None,
        crs,
        tuple(found),
        next((rows.place_columns for rows in read if rows.place_columns), ()),
        next((rows.encoding for rows in read if rows.encoding), ""),
    )


def _values(rows: FileRows, name: str) -> list[object]:
    return rows.table[name].tolist() if name in rows.table else [None] * len(rows.table)


def _shapes_in(rows: FileRows, crs: str | None) -> list[object]:
    if rows.geometry is None:
        return [None] * len(rows.table)
    if rows.crs is None or crs is None:
        return list(rows.geometry)
    return list(reproject(rows.geometry, rows.crs, crs))
