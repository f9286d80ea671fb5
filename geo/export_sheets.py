"""Results for spreadsheets: CSV with a sheet of particulars beside it, and Excel workbooks that run nothing."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from geo.about_words import WRITTEN, about_lines, about_rows
from geo.export import csv_bytes, json_bytes
from geo.field_words import code_words, field_title
from geo.problems import InputError, problem
from geo.result_layer import Written, distinct_names, points_in_degrees
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from geo.problems import Problem
    from geo.result_layer import Handover, ResultLayer

CSVW = "http://www.w3.org/ns/csvw"
_TYPES = {"object": "string", "float64": "double", "Int64": "integer", "boolean": "boolean"}
MOST_ROWS, MOST_LETTERS = 1_048_575, 32_767
"""What a sheet of Excel holds below its heading, and a cell."""
SHEET_LETTERS = 28
"""Of the 31 that the name of a sheet may have."""
MIN_WIDTH, MAX_WIDTH = 8, 48
"""Of columns, in letters."""
LOOKED_AT = 200
"""Rows that the width of a column is taken from."""
OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "nan_inf_to_errors": False, "remove_timezone": True,
}  # fmt: skip


def sheet_table(layer: ResultLayer) -> pd.DataFrame:
    """The plain columns of a layer, of points ``lon`` and ``lat`` behind; shapes of lines and areas are left out."""
    degrees = points_in_degrees(layer)
    names = distinct_names([str(name) for name in degrees], taken=[str(name) for name in layer.columns])
    return layer.columns.join(degrees.set_axis(names, axis="columns"))


def csvs(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """For every layer a CSV (UTF-8 with a byte-order mark, texts that no spreadsheet runs, true and false in words)
    and beside it its particulars by the W3C's *CSV on the Web*: titles and types of the columns, and under
    ``schema:about`` what the table rests on."""
    files: dict[str, bytes] = {}
    for layer in layers:
        table = sheet_table(layer)
        name = f"{layer.name}.csv"
        files[name] = csv_bytes(table)
        files[f"{name}-metadata.json"] = json_bytes(_particulars(layer, table, name, handover))
    return Written(files)


def _particulars(layer: ResultLayer, table: pd.DataFrame, file: str, handover: Handover) -> dict[str, Any]:
    columns = [
        {
            "name": str(name),
            "titles": {handover.language: field_title(handover.language, layer.name, str(name)) or str(name)},
            "datatype": _TYPES[str(table[name].dtype)],
            "null": "",
        }
        for name in table
    ]
    return {
        "@context": CSVW,
        "url": file,
        "dc:title": layer.title,
        "dc:description": about_lines(handover),
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ","},
        "tableSchema": {"columns": columns},
        "schema:about": dict(handover.about),
    }


def workbook(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One Excel workbook: a sheet for every layer, one that says what they rest on, one with the meaning of columns
    and codes.

    Headings are a column's title and its name, in two lines, and stay in sight; numbers are numbers, texts are texts
    whatever they begin with, yes and no truth values. ``problems``: a warning for each column whose texts did not
    fit. Raises :class:`InputError` where a layer has more rows than a sheet. The same input gives the same bytes.
    """
    import xlsxwriter

    long = [layer for layer in layers if len(layer.table) > MOST_ROWS]
    if long:
        raise InputError([problem("sheet_too_long", file=layer.name, limit=MOST_ROWS) for layer in long])
    content = io.BytesIO()
    found: list[Problem] = []
    own = [say(handover.language, f"sheet.{name}") for name in ("about", "fields")]
    titles = distinct_names([_sheet_name(layer.title) for layer in layers], taken=own)
    with xlsxwriter.Workbook(content, OPTIONS) as book:
        book.set_properties({"title": handover.stem, "created": pd.Timestamp(WRITTEN).to_pydatetime()})
        for layer, title in zip(layers, titles, strict=True):
            found += _write_layer(book, book.add_worksheet(title), layer, handover)
        _write_about(book, book.add_worksheet(own[0]), handover)
        _write_fields(book, book.add_worksheet(own[1]), layers, handover)
    return Written({f"{handover.stem}.xlsx": content.getvalue()}, tuple(found))


def _sheet_name(title: str) -> str:
    """A title as Excel takes it for a sheet, with room for a number behind."""
    return re.sub(r"[\[\]:*?/\\']+", " ", title)[:SHEET_LETTERS].strip()


def _write_layer(book: Workbook, sheet: Worksheet, layer: ResultLayer, handover: Handover) -> list[Problem]:
    table = sheet_table(layer)
    titles = [field_title(handover.language, layer.name, str(name)) for name in table]
    heads = [f"{title}\n{name}" if title else str(name) for title, name in zip(titles, table, strict=True)]
    found: list[Problem] = []
    for number, (name, column) in enumerate(table.items()):
        texts = [text for text in column.dropna() if isinstance(text, str)]
        cut = sum(len(text) > MOST_LETTERS for text in texts)
        if cut:
            found.append(
                problem(
                    "texts_cut_letters", file=f"{handover.stem}.xlsx", field=str(name), warning=True,
                    count=cut, limit=MOST_LETTERS,
                )
            )  # fmt: skip
        for row, value in enumerate(column.astype(object), 1):
            _write_cell(sheet, row, number, value)
    _write_heads(book, sheet, heads, len(table))
    for number, head in enumerate(heads):
        cells = [str(value) for value in table.iloc[:LOOKED_AT, number].dropna()]
        widths = [_width(line) for text in (*head.split("\n"), *cells) for line in text.split("\n")]
        sheet.set_column(number, number, min(max(MIN_WIDTH, *widths) + 2, MAX_WIDTH))
    return found


def _write_heads(book: Workbook, sheet: Worksheet, heads: Sequence[str], rows: int) -> None:
    look = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EAF2F8"}
    )
    for number, head in enumerate(heads):
        sheet.write_string(0, number, head, look)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    if heads:
        sheet.autofilter(0, 0, rows, len(heads) - 1)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    if pd.isna(value):
        return
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:MOST_LETTERS])
    else:
        sheet.write_number(row, column, float(value))


def _width(text: str) -> int:
    """Letters of a line, Chinese ones twice as wide."""
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)


def _write_about(book: Workbook, sheet: Worksheet, handover: Handover) -> None:
    """What the results rest on: in words, then item for item; a text too long for one cell goes on in the next."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 110)
    lines = about_lines(handover)
    for row, line in enumerate(lines):
        sheet.write_string(row, 1, line, wrapped)
    for row, (name, value) in enumerate(about_rows(handover), len(lines) + 1):
        sheet.write_string(row, 0, name)
        for number, start in enumerate(range(0, max(len(value), 1), MOST_LETTERS), 1):
            sheet.write_string(row, number, value[start : start + MOST_LETTERS])


def _write_fields(
    book: Workbook, sheet: Worksheet, layers: Sequence[ResultLayer], handover: Handover
) -> None:
    """The meaning of every column, and below it of the codes it may hold."""
    rows = [
        (layer.title, layer.name, str(name), code, word)
        for layer in layers
        for name in sheet_table(layer)
        for code, word in [
            ("", field_title(handover.language, layer.name, str(name))),
            *code_words(handover.language, layer.name, str(name)).items(),
        ]
    ]
    heads = [
        say(handover.language, f"sheet.{name}")
        for name in ("table", "table_name", "column", "code", "meaning")
    ]
    _write_heads(book, sheet, heads, len(rows))
    for number, width in enumerate((26, 24, 24, 24, 70)):
        sheet.set_column(number, number, width)
    for row, cells in enumerate(rows, 1):
        for number, text in enumerate(cells):
            sheet.write_string(row, number, text)
