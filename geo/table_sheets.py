"""Excel workbooks: the new kind, zipped XML, is looked through first; the old one is read in a process apart."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.archives import MAGIC, opened_archive
from geo.file_rows import FileRows, LayerInFile, Unreadable, chosen_layer
from geo.grid import Grid, table_of_grid
from geo.problems import Problem, problem
from geo.read_limits import MAX_CELLS, MAX_CHARS, MAX_COLUMNS, XLS_MEMORY_BYTES, XLS_SECONDS
from geo.table_csv import with_shapes
from geo.table_gdal import starts_with
from geo.xml_checks import checked_xml

if TYPE_CHECKING:
    from geo.file_rows import Wanted

OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an Excel workbook of before 2007 begins, and a new one with a password."""
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_APART = Path(__file__).with_name("xls_apart.py")
_SHOWN = 5


@dataclass
class Sheet:
    """One sheet that holds something: its rows from the first on, and its merged areas."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...] = ()


def read_workbook(path: Path, wanted: Wanted) -> FileRows:
    """One sheet of a workbook; sheets without anything in them do not count."""
    sheets, found = _sheets(path, wanted.file)
    if not sheets:
        raise Unreadable(problem("no_rows", file=wanted.file))
    name = chosen_layer([each.name for each in sheets], wanted)
    sheet = next(each for each in sheets if each.name == name)
    grid = Grid(sheet.rows, list(range(1, len(sheet.rows) + 1)), sheet.merged)
    table, more = table_of_grid(grid, wanted.file)
    return with_shapes(FileRows(table, problems=(*found, *more)), wanted.file)


def workbook_layers(path: Path, wanted: Wanted) -> tuple[LayerInFile, ...]:
    """The sheets that hold something, with their rows, names and titles among them."""
    return tuple(
        LayerInFile(each.name, sum(any(cell not in {None, ""} for cell in row) for row in each.rows))
        for each in _sheets(path, wanted.file)[0]
    )


def _sheets(path: Path, file: str) -> tuple[list[Sheet], list[Problem]]:
    if starts_with(path, OLD_MAGIC):
        return _old_sheets(path, file)
    if not starts_with(path, MAGIC):
        raise Unreadable(problem("not_workbook", file=file))
    clean, found = _looked_through(path, file)
    import python_calamine

    sheets, hidden = [], []
    try:
        book = python_calamine.load_workbook(io.BytesIO(clean))
        for meta in book.sheets_metadata:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.start is None:
                continue
            if meta.visible != python_calamine.SheetVisibleEnum.Visible:
                hidden.append(meta.name)
                continue
            rows = [[_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            merged = tuple((a[0], b[0], a[1], b[1]) for a, b in sheet.merged_cell_ranges or ())
            sheets.append(Sheet(meta.name, rows, merged))
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise Unreadable(problem("workbook_broken", file=file, detail=str(error)[:200])) from error
    return sheets, [*found, *_hidden(hidden, file)]


def _hidden(names: list[str], file: str) -> list[Problem]:
    shown = ", ".join(names)[:200]
    return [problem("sheets_hidden", file=file, warning=True, names=shown)] if names else []


def _cell(value: Any) -> Any:
    """A value as a table holds it: Excel has no whole numbers, a whole one among its numbers is one."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


@dataclass
class _Extent:
    """What the XML of one workbook says of its cells; told element by element."""

    file: str
    row: int = 0
    column: int = 0
    first: tuple[int, int] | None = None
    last: tuple[int, int] = (0, 0)
    total: int = 0
    shared: Counter[int] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _inside: str = ""
    _text: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell(attributes)
        elif name == "row":
            self.row = _number(attributes.get("r"), self.row + 1)
            self.column = 0
        elif name == "sheetData":
            self.row, self.first, self.last = 0, None, (0, 0)
        elif name == "si":
            self.lengths.append(0)
            self._inside = "si"
        elif name == "v" and self._inside == "shared":
            self._text = ""

    def _cell(self, attributes: dict[str, str]) -> None:
        place = _CELL.fullmatch(attributes.get("r", ""))
        self.column = _column(place[1]) if place else self.column + 1
        row = int(place[2]) if place else self.row
        first = self.first or (row, self.column)
        self.first = (min(first[0], row), min(first[1], self.column))
        self.last = (max(self.last[0], row), max(self.last[1], self.column))
        # Everything from the first row and column on becomes a cell in memory.
        if self.last[1] > MAX_COLUMNS:
            raise Unreadable(problem("too_many_columns", file=self.file, limit=MAX_COLUMNS))
        if self.total + self.last[0] * self.last[1] > MAX_CELLS:
            raise Unreadable(problem("too_many_cells", file=self.file, limit=MAX_CELLS))
        kind = attributes.get("t")
        self._inside = "shared" if kind == "s" else ""
        if kind == "e":
            self.errors.append(attributes.get("r", "?"))

    def end(self, name: str) -> None:
        if name == "v" and self._inside == "shared":
            text = self._text.strip()
            self.shared[int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1] += 1
            self._inside = ""
        elif name == "si":
            self._inside = ""
        elif name == "sheetData":
            self.total += self.last[0] * self.last[1]

    def text(self, text: str) -> None:
        if self._inside == "si":
            self.lengths[-1] += len(text)
        elif self._inside == "shared":
            self._text += text

    def check_texts(self) -> None:
        """One long text that a million cells share is a million long texts once they are read."""
        chars = sum(
            count * self.lengths[at] for at, count in self.shared.items() if 0 <= at < len(self.lengths)
        )
        if chars > MAX_CHARS:
            raise Unreadable(problem("too_many_chars", file=self.file, limit=MAX_CHARS))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _looked_through(path: Path, file: str) -> tuple[bytes, list[Problem]]:
    """The workbook packed anew out of those of its parts that are sound XML, and what is to be said of it.

    The library that reads it makes a cell of everything between the first and the last one, and would end the whole
    program where that does not fit into memory.
    """
    extent = _Extent(file)
    clean = io.BytesIO()
    with opened_archive(path, file) as archive, zipfile.ZipFile(clean, "w") as packed:
        for name in archive.names:
            data = archive.read(name)
            try:
                xml = checked_xml(data, file, extent.start, extent.end, extent.text)
            except Unreadable as unreadable:
                wanted = name.lower().endswith((".xml", ".rels"))
                if wanted or not {each.code for each in unreadable.found} <= _NOT_XML:
                    raise
                continue  # a picture, a macro, settings of a printer
            packed.writestr(name, xml)
    extent.check_texts()
    if not extent.errors:
        return clean.getvalue(), []
    cells = ", ".join(extent.errors[:_SHOWN])
    count = len(extent.errors)
    return clean.getvalue(), [problem("cells_in_error", file=file, warning=True, count=count, cells=cells)]


_NOT_XML = frozenset({"not_xml", "not_text", "encoding_wrong", "encoding_unknown"})


def _old_sheets(path: Path, file: str) -> tuple[list[Sheet], list[Problem]]:
    """The sheets of an old workbook, out of a process that may be stopped and whose memory is limited: a file of a few
    kilobytes can ask for any amount, and then the library ends its process."""
    given = [str(path.resolve()), str(XLS_MEMORY_BYTES), str(MAX_CELLS), str(MAX_CHARS), str(XLS_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603 - this Python and a script of ours
            [sys.executable, "-I", str(_APART), *given], capture_output=True, timeout=XLS_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(problem("too_slow", file=file, seconds=XLS_SECONDS)) from None
    try:
        answer: dict[str, Any] = (
            json.loads(done.stdout.decode("utf-8")) if done.returncode == 0 else {"error": ""}
        )
    except ValueError:
        answer = {"error": ""}
    if "error" in answer:
        reasons = {
            "locked": problem("workbook_locked", file=file),
            "cells": problem("too_many_cells", file=file, limit=MAX_CELLS),
            "chars": problem("too_many_chars", file=file, limit=MAX_CHARS),
        }
        detail = str(answer.get("detail", ""))[:200] or f"exit {done.returncode}"
        raise Unreadable(reasons.get(answer["error"]) or problem("workbook_broken", file=file, detail=detail))
    sheets = [
        Sheet(
            each["name"],
            [[_cell(_dated(cell)) for cell in row] for row in each["rows"]],
            tuple((top, bottom, left, right) for top, bottom, left, right in each["merged"]),
        )
        for each in answer["sheets"]
    ]
    return sheets, _hidden(answer["hidden"], file)


def _dated(cell: Any) -> Any:
    """Days and moments come as text in an object."""
    if not isinstance(cell, dict):
        return cell
    if "day" in cell:
        return date.fromisoformat(cell["day"])
    return datetime.fromisoformat(cell["moment"]) if "moment" in cell else cell["text"]
