"""KML, plain or as KMZ, and GPX: XML that is looked through before GDAL reads it."""

from __future__ import annotations

import html
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from geo.archives import opened_archive
from geo.file_rows import FileRows, LayerInFile, Unreadable, chosen_layer, table_of
from geo.problems import Problem, problem
from geo.read_limits import MAX_ELEMENTS
from geo.table_gdal import Source, layers_of, own_file, read_layer
from geo.xml_checks import checked_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from geo.file_rows import Wanted

_DRAWING: dict[str, set[Any]] = {
    "altitudeMode": {None}, "tessellate": {None, -1, 0, 1}, "extrude": {None, -1, 0}, "visibility": {None, -1, 1},
    "drawOrder": {None, 0}, "icon": {None}, "timestamp": {None}, "begin": {None}, "end": {None}, "id": {None},
    "Name": {None}, "description": {None},
}  # fmt: skip
"""Columns that every KML has, and their values where nobody chose any: then the column is left out."""
_DATA = "kml_data_"
_DATA_NAME = re.compile(
    r"(?P<before><(?:[\w.-]+:)?Data\s[^<>]*?\bname\s*=\s*)(?P<quote>[\"'])(?P<name>[^<>]*?)(?P=quote)"
)
_TRACKS = ("waypoints", "routes", "tracks")
"""Layers of GPX; the points of routes and tracks are the vertices of these."""


def read_kml(path: Path, wanted: Wanted) -> FileRows:
    """One folder of a KML or KMZ file, or all of it where it has only one that holds anything."""
    with _kml_source(path, wanted.file) as (source, found, names):
        rows = _layer(source, wanted)
    table = _without_drawing(rows.table)
    columns = {}
    for column in map(str, table.columns):
        name = names.get(column, column)
        # One of the columns that every KML has may be called so already.
        columns[f"data_{name}" if name != column and name in table else name] = table[column].tolist()
    return replace(rows, table=table_of(columns, len(table)), problems=(*found, *rows.problems))


def kml_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """The folders that hold anything."""
    with _kml_source(path, wanted.file) as (source, _, _):
        return _filled(source)


def read_gpx(path: Path, wanted: Wanted) -> FileRows:
    """Waypoints, routes or tracks, whichever the file holds."""
    with _gpx_source(path, wanted.file) as source:
        rows = _layer(source, wanted)
    used = [name for name in rows.table.columns if rows.table[name].notna().any()]
    return replace(rows, table=rows.table[used])


def gpx_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """Those of waypoints, routes and tracks that hold anything."""
    with _gpx_source(path, wanted.file) as source:
        return _filled(source)


def _layer(source: Source, wanted: Wanted) -> FileRows:
    layers = _filled(source)
    if not layers:
        raise Unreadable(problem("no_rows", file=source.file))
    return read_layer(source, chosen_layer([each.name for each in layers], wanted))


def _filled(source: Source) -> tuple[LayerInFile, ...]:
    return tuple(
        each for each in layers_of(source) if each.rows and (source.driver != "GPX" or each.name in _TRACKS)
    )


@contextmanager
def _kml_source(path: Path, file: str) -> Iterator[tuple[Source, list[Problem], dict[str, str]]]:
    """The file as GDAL is given it, what is to be said of it, and the names its columns really have."""
    found: list[Problem] = []
    content = _packed_kml(path, file, found) if path.suffix.lower() == ".kmz" else path.read_bytes()
    plain, names = _plain_names(_checked(content, "kml", file).decode("utf-8"))
    with own_file(plain.encode("utf-8"), "read.kml") as copy:
        yield Source(copy, "LIBKML", file), found, names


def _plain_names(text: str) -> tuple[str, dict[str, str]]:
    """The document with the names of its untyped data as letters and numbers, and what they stand for: GDAL makes one
    and the same name of all Chinese ones of the same length."""
    names: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        name = html.unescape(found["name"])
        given = names.setdefault(name, f"{_DATA}{len(names)}")
        return f"{found['before']}{found['quote']}{given}{found['quote']}"

    renamed = _DATA_NAME.sub(plain, text)
    return renamed, {given: name for name, given in names.items()}


@contextmanager
def _gpx_source(path: Path, file: str) -> Iterator[Source]:
    with own_file(_checked(path.read_bytes(), "gpx", file), "read.gpx") as copy:
        yield Source(copy, "GPX", file)


def _checked(content: bytes, root: str, file: str) -> bytes:
    """The document, once its root is what its name promises."""
    names: list[str] = []
    count = 0

    def started(name: str, _: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise Unreadable(problem("too_many_cells", file=file, limit=MAX_ELEMENTS))
        if not names:
            names.append(name)

    clean = checked_xml(content, file, started)
    if names[0].lower() != root:
        raise Unreadable(problem("content_differs", file=file, value=f"<{names[0][:40]}>"))
    return clean


def _packed_kml(path: Path, file: str, found: list[Problem]) -> bytes:
    """The document of a KMZ: ``doc.kml``, else the first; others in it are said."""
    with opened_archive(path, file) as archive:
        names = [name for name in archive.names if name.lower().endswith(".kml")]
        if not names:
            raise Unreadable(problem("archive_empty", file=file, known=".kml"))
        named = [name for name in names if PurePosixPath(name).name.lower() == "doc.kml"]
        chosen = (named or names)[0]
        if len(names) > 1:
            others = ", ".join(name for name in names if name != chosen)[:200]
            found.append(problem("kmz_more", file=file, warning=True, value=chosen, others=others))
        return archive.read(chosen)


def _without_drawing(table: pd.DataFrame) -> pd.DataFrame:
    empty = [name for name, usual in _DRAWING.items() if name in table and set(table[name].tolist()) <= usual]
    return table.drop(columns=empty)
