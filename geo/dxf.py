"""DXF drawings: lines, areas out of closed polylines, texts, and blocks as the points where they were put."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import shapes_of
from geo.encodings import decoded, known_encoding, looks_chinese
from geo.file_rows import FileRows, LayerInFile, Unreadable, table_of, within_limits
from geo.problems import Problem, problem
from geo.read_shapes import kinds_of
from geo.table_gdal import Source, own_file, read_layer

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo.file_rows import Shapes, Wanted

_OPTIONS = {"INLINE_BLOCKS": "NO", "CLOSED_LINE_AS_POLYGON": "YES", "ENCODING": "UTF-8"}
"""Blocks within blocks within blocks can be any number of lines; so they stay points."""
_BINARY, _DWG = b"AutoCAD Binary DXF", re.compile(rb"AC10\d\d")
_PAGES = {"ansi_936": "gb18030", "gb2312": "gb18030", "gbk": "gb18030", "ansi_950": "big5", "big5": "big5",
          "ansi_1252": "cp1252", "utf-8": "utf-8", "dos936": "gb18030"}  # fmt: skip
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S{1,20})")
_UNITS = re.compile(r"\$INSUNITS\s+70\s+(\d{1,2})\s")
_UNIT_NAMES = {1: "inch", 2: "ft", 4: "mm", 5: "cm", 7: "km", 8: "µin", 9: "mil", 10: "yd"}
_METRES, _UNSTATED = 6, 0
_ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_PLACING = frozenset({
    "PaperSpace", "BlockScale", "BlockOCSNormal", "BlockOCSCoords", "BlockAttributes", "Block", "AttributeTag",
})  # fmt: skip
_ARCS = ("AcDbCircle", "AcDbArc", "AcDbEllipse", "AcDbSpline")


def read_dxf(path: Path, wanted: Wanted) -> FileRows:
    """The drawing's model space, or of it only the CAD layer asked for. A drawing never says its coordinate system."""
    text, encoding, found = _text(path.read_bytes(), wanted)
    with own_file(text.encode("utf-8"), "read.dxf") as copy:
        rows = read_layer(Source(copy, "DXF", wanted.file, _OPTIONS), "entities")
    table = rows.table
    if not len(table):
        raise Unreadable(problem("no_rows", file=wanted.file))
    shapes = shapes_of([None] * len(table)) if rows.geometry is None else rows.geometry
    kept = np.array([value in {None, 0} for value in table["PaperSpace"]], dtype=bool)
    if not kept.all():
        found.append(problem("dxf_paper", file=wanted.file, warning=True, count=int((~kept).sum())))
    if wanted.file_layer:
        kept &= (table["Layer"] == wanted.file_layer).to_numpy()
        if not kept.any():
            have = ", ".join(sorted(set(table["Layer"].dropna())))[:500]
            value = wanted.file_layer[:80]
            raise Unreadable(problem("layer_not_there", file=wanted.file, value=value, have=have))
    table, shapes = table[kept].reset_index(drop=True), shapes[kept]
    found += _doubts(text, table, wanted.file)
    shapes = _areas(table, shapes)
    return replace(
        rows,
        table=_columns(table, wanted.file),
        geometry=shapes,
        problems=(*found, *rows.problems),
        encoding=encoding,
    )


def dxf_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """The CAD layers of the drawing that anything is drawn on."""
    rows = read_dxf(path, replace(wanted, file_layer=""))
    shapes = rows.geometry if rows.geometry is not None else shapes_of([None] * len(rows.table))
    layers = []
    for name in dict.fromkeys(rows.table["Layer"].tolist()):
        on_it = (rows.table["Layer"] == name).to_numpy()
        kinds = kinds_of(shapes[on_it])
        layers.append(
            LayerInFile(str(name), int(on_it.sum()), next(iter(kinds)) if len(kinds) == 1 else "Mixed")
        )
    return tuple(layers)


def _text(data: bytes, wanted: Wanted) -> tuple[str, str, list[Problem]]:
    """The drawing as text: in UTF-8 if all of it is, else in the code page it names, else GB18030."""
    file = wanted.file
    if data.startswith(_BINARY) or _DWG.match(data[:6]):
        value = "DWG" if _DWG.match(data[:6]) else "Binary DXF"
        raise Unreadable(problem("dxf_binary", file=file, value=value))
    page = _PAGE.search(data[:100_000])
    named = _PAGES.get(page[1].decode("latin-1").lower(), "") if page else ""
    found: list[Problem] = []
    if wanted.encoding or data.isascii():
        text, encoding = decoded(data, file, known_encoding(wanted.encoding, file) if wanted.encoding else "")
    else:
        candidates = ["utf-8", *([named] if named and named != "cp1252" else []), "gb18030", "cp1252"]
        read = ((_decoded(data, each), each) for each in candidates)
        text, encoding = next((text, each) for text, each in read if text is not None)
        if encoding == "gb18030" and not looks_chinese(text):
            found.append(problem("encoding_guessed", file=file, warning=True, value=encoding.upper()))
        elif encoding != named:
            value, said = encoding.upper(), (page[1].decode("latin-1") if page else "–")
            found.append(problem("encoding_taken", file=file, warning=True, value=value, named=said))
    if not re.match(r"\ufeff?(\s*999\s*\n.*\n)*\s*0\s*\n\s*SECTION\b", text[:10_000]):
        raise Unreadable(problem("not_dxf", file=file))
    if not text.rstrip().endswith("EOF"):
        raise Unreadable(problem("dxf_cut", file=file))
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text), encoding, found


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding, errors="replace" if encoding == "cp1252" else "strict")
    except UnicodeDecodeError:
        return None


def _doubts(text: str, table: pd.DataFrame, file: str) -> list[Problem]:
    found = []
    unit = _UNITS.search(text[:1_000_000])
    if unit and int(unit[1]) not in {_METRES, _UNSTATED}:
        value = _UNIT_NAMES.get(int(unit[1]), unit[1])
        found.append(problem("dxf_units", file=file, warning=True, value=value))
    classes = table["SubClasses"].fillna("").astype(str)
    arcs = int(classes.str.contains("|".join(_ARCS)).sum()) + _bulging(text)
    if arcs:
        found.append(problem("curves_linearised", file=file, field="geometry", warning=True, count=arcs))
    if "BlockName" in table and table["BlockName"].notna().any():
        names = table["BlockName"].dropna()
        shown = ", ".join(dict.fromkeys(map(str, names)))[:200]
        found.append(problem("dxf_blocks", file=file, warning=True, count=len(names), names=shown))
    return found


def _bulging(text: str) -> int:
    """How many polylines of the file have an arc among their pieces: a vertex with a bulge (group code 42)."""
    lines = iter(io.StringIO(text))
    count, kind, bulges = 0, "", False
    for code, value in zip(lines, lines, strict=False):
        bare = code.strip()
        if bare == "0":
            # The vertices of the older kind of polyline are entities of their own, up to a SEQEND.
            if bulges and (kind == "LWPOLYLINE" or value.strip() == "SEQEND"):
                count, bulges = count + 1, False
            kind = value.strip()
        elif bare == "42" and kind in {"LWPOLYLINE", "VERTEX"}:
            bulges |= value.strip().strip("+-0.") != ""
    return count


def _areas(table: pd.DataFrame, shapes: Shapes) -> Shapes:
    """Polylines that end where they begin as areas; those marked as closed have become areas already."""
    polyline = table["SubClasses"].fillna("").astype(str).str.contains("Polyline").to_numpy()
    closed = shapely.is_closed(shapes) & (shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING)
    closed &= polyline & (shapely.get_num_points(shapes) >= 4)
    if not closed.any():
        return shapes
    coordinates, line = shapely.get_coordinates(shapes[closed], return_index=True)
    areas = shapes.copy()
    areas[closed] = shapely.polygons(shapely.linearrings(coordinates, indices=line))
    return areas


def _columns(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """The columns in which anything stands, without how a block was put, and the attributes of blocks as columns."""
    used = [
        name
        for name in table.columns
        if name == "Layer" or (name not in _PLACING and table[name].notna().any())
    ]
    kept = table[used].to_dict("list")
    for row, said in enumerate(table["BlockAttributes"].tolist() if "BlockAttributes" in table else ()):
        for each in json.loads(said) if said else ():
            tag, _, value = str(each).partition(" ")
            name = tag if tag not in used else f"block_{tag}"
            kept.setdefault(name, [None] * len(table))[row] = value.strip() or None
    within_limits(len(table), len(kept), file)
    return table_of({str(name): values for name, values in kept.items()}, len(table))
