"""Text tables: CSV in any encoding and with any separator that spreadsheets write."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from geo.crs import crs_name
from geo.encodings import decoded, looks_chinese
from geo.file_rows import FileRows, Unreadable
from geo.grid import Grid, table_of_grid
from geo.problems import Problem, problem
from geo.read_limits import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_LINES, MAX_ROWS
from geo.read_shapes import settled_shapes, shape_of_wkt, shapes_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from geo.file_rows import Shapes, Wanted

SEPARATORS = ",;\t|，；"
csv.field_size_limit(MAX_BYTES)  # once for all: changing it back would reach into another thread's reading
_SAMPLE_CHARS = 100_000
_SAMPLE_ROWS = 200
_END = "\ue000"
"""A row of its own after the last one: where it is not found again a quote was never closed."""
_OTHER_TEXTS = {
    "XML, HTML": re.compile(r"\s*<"), "JSON": re.compile(r"\s*\{"), "DXF": re.compile(r"\s*0\s*\n\s*SECTION\s*\n"),
}  # fmt: skip
"""How texts begin that are no table."""
_SHAPE_NAMES = ("wkt", "geometry", "geom", "the_geom", "wkb_geometry", "shape", "几何", "图形")
_SHAPE_WORDS = ("POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION", "SRID=")


def read_csv(path: Path, wanted: Wanted) -> FileRows:
    """A text table; shapes where a column holds them as well-known text."""
    text, encoding = decoded(path.read_bytes(), wanted.file, wanted.encoding)
    other = next((name for name, form in _OTHER_TEXTS.items() if form.match(text)), "")
    if other:
        raise Unreadable(problem("content_differs", file=wanted.file, value=other))
    if text.count("\n") > MAX_LINES:
        raise Unreadable(problem("too_many_rows", file=wanted.file, limit=MAX_ROWS))
    separator, text = _separator(text)
    grid = _grid(text, separator, wanted.file)
    table, found = table_of_grid(grid, wanted.file)
    if encoding == "gb18030" and not wanted.encoding and not looks_chinese(text):
        found.append(problem("encoding_guessed", file=wanted.file, warning=True, value="GB18030"))
    return with_shapes(FileRows(table, problems=tuple(found), encoding=encoding), wanted.file)


def with_shapes(rows: FileRows, file: str) -> FileRows:
    """The rows with shapes out of their first column of well-known text, which leaves the table; as they are where
    there is none. ``SRID=4547;`` before a shape names its coordinate system."""
    name = _shape_column(rows.table)
    if name is None:
        return rows
    table, found = rows.table.copy(), list(rows.problems)
    given = table.pop(name).tolist()
    texts, crs = _without_srid(given, file, found)
    shapes: Shapes = settled_shapes(shapes_from(texts, shape_of_wkt, file, name, found), file, name, found)
    return FileRows(table, shapes, crs, tuple(found), encoding=rows.encoding)


def _shape_column(table: pd.DataFrame) -> str | None:
    """The column of well-known text: one named ``wkt``, else one with a usual name whose first value is such text."""
    if "wkt" in table:
        return "wkt"
    for wanted in _SHAPE_NAMES:
        for name in table.columns:
            if str(name).lower() == wanted:
                first = next((value for value in table[name] if value is not None), None)
                if isinstance(first, str) and first.lstrip().upper().startswith(_SHAPE_WORDS):
                    return str(name)
    return None


def _without_srid(
    values: list[object], file: str, found: list[Problem]
) -> tuple[list[str | None], str | None]:
    texts: list[str | None] = []
    named: set[str] = set()
    for value in values:
        text = None if value is None else str(value)
        if text is not None and text[:5].upper() == "SRID=":
            number, _, text = text[5:].partition(";")
            named.add(number.strip()[:20])
        texts.append(text)
    if not named:
        return texts, None
    crs = crs_name(f"EPSG:{next(iter(named))}") if len(named) == 1 else None
    if crs is None:
        found.append(problem("crs_unknown", file=file, value="SRID=" + ", ".join(sorted(named)[:5])))
    return texts, crs


def _separator(text: str) -> tuple[str, str]:
    """What separates the columns, and the text without a line that says so."""
    first, _, rest = text.partition("\n")
    said = first.strip()
    if len(said) == 5 and said[:4].lower() == "sep=" and said[4] in SEPARATORS:
        return said[4], rest
    if said.lower() == "sep=":  # a tab, stripped
        return "\t", rest
    sample = text[:_SAMPLE_CHARS]
    if len(text) > _SAMPLE_CHARS:
        sample = sample.rpartition("\n")[0] or sample
    best, chosen = (0.0, 0), ","
    for separator in SEPARATORS:
        if separator not in sample:
            continue
        widths = Counter(width for width in _widths(sample, separator) if width > 1)
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            score = (round(count / max(1, sum(1 for _ in _widths(sample, separator))), 2), width)
            if score > best:
                best, chosen = score, separator
    return chosen, text


def _widths(sample: str, separator: str) -> Iterator[int]:
    """Cells of the first rows that are not blank, were the text separated so."""
    try:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        for number, row in enumerate(each for each in rows if any(map(str.strip, each))):
            if number >= _SAMPLE_ROWS:
                return
            yield len(row)
    except csv.Error:
        return


class _Lines:
    """Lines for the csv module, which are refused before it makes a row of far too many cells of them."""

    def __init__(self, text: str, separator: str, file: str) -> None:
        self.lines = io.StringIO(text, newline="")
        self.separator, self.file, self.since_row = separator, file, 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self.lines, None)
        if line is None:
            if self.ended:
                raise StopIteration
            self.ended = True
            return f"{_END}\n"
        self.since_row += line.count(self.separator)
        if self.since_row > 100 * MAX_COLUMNS:
            raise Unreadable(problem("too_many_columns", file=self.file, limit=MAX_COLUMNS))
        return line


def _grid(text: str, separator: str, file: str) -> Grid:
    """The cells; raises :class:`Unreadable` for too many of them and for a quote that is never closed."""
    lines = _Lines(text, separator, file)
    reader = csv.reader(lines, delimiter=separator)
    rows: list[list[object]] = []
    numbers: list[int] = []
    cells = 0
    try:
        before = 0
        for row in reader:
            lines.since_row = 0
            cells += len(row)
            if cells > MAX_CELLS or len(rows) > MAX_ROWS + 100:
                raise Unreadable(problem("too_many_cells", file=file, limit=MAX_CELLS))
            if any(map(str.strip, row)):
                rows.append(list(row))
                numbers.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise Unreadable(problem("not_csv", file=file, detail=str(error)[:200])) from error
    if not rows or rows[-1] != [_END]:
        line = numbers[-1] if numbers else 1
        raise Unreadable(problem("quote_open", file=file, line=line))
    return Grid(rows[:-1], numbers[:-1], decimal_comma=separator != ",")
