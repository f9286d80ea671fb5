"""Templates to fill in: one table per layer in Chinese or English, which comes back in without a word of help.

The first row under the header is an example, marked as such in its first cell; a file that still has it is read
without it, and that is said.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.cells import KNOWN
from geo.export import csv_bytes
from geo.fields import name_key
from geo.layers import LAYERS
from geo.units import QUANTITIES
from geo.words import LANGUAGES, say, words

if TYPE_CHECKING:
    from geo.layers import Column, Layer

TEMPLATES = (
    "parcels",
    "sub_blocks",
    "stations",
    "vehicles",
    "hydrants",
    "cranes",
    "sources",
    "places",
    "targets",
)
"""Layers that can be filled in as a table; the others are drawn."""
_LAST = ("location_text", "location", "position_class", "position_note", "unresolved_reason", "status_as_printed",
         "source", "source_line", "remark")  # fmt: skip
"""Columns that most leave empty, or that say where a row is from: at the end."""
_PLAIN = frozenset({"", "people", "pieces"})
_UNIT_NAMES = {"en": {"亩": "mu"}}
_MARK = re.compile(r"\s*(示例|example)", re.IGNORECASE)
"""How the mark begins in any language, so that few cells are looked at closely."""
_ROWS = 5000
"""Rows of the sheet that offer their lists."""
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written as the date of making, so that the same template is the same file."""


def example_rows(table: pd.DataFrame) -> tuple[list[int], list[int]]:
    """The rows (from 1) that are the example of a template, and all the others."""
    marks = {name_key(say(language, "template.mark")) for language in LANGUAGES}
    examples = [
        row
        for row, cells in enumerate(table.itertuples(index=False, name=None), 1)
        if any(isinstance(each, str) and _MARK.match(each) and name_key(each) in marks for each in cells)
    ]
    found = set(examples)
    return examples, [row for row in range(1, len(table) + 1) if row not in found]


def template_columns(layer: str) -> tuple[str, ...]:
    """Our columns in the order of a template: id, name, status, coordinates, what the layer is about, the rest."""
    kind = LAYERS[layer]
    names = [each for each in kind.names if each not in kind.key]
    # A layer with a status keeps the printed word by itself; of the others only the word is asked.
    unasked = "status_as_printed" if _asks_status(kind) else "status"
    first = [*kind.key, *(each for each in ("kind", "name", "status") if each in names)]
    first += ["lon", "lat"] if kind.shapes else []
    last = [each for each in _LAST if each in names]
    middle = [each for each in names if each not in {*first, *last}]
    return tuple(each for each in (*first, *middle, *last) if each != unasked)


def _asks_status(layer: Layer) -> bool:
    return layer.counts_status or layer.name == "vehicles"


def label(ours: str, language: str) -> str:
    """A column of ours by its name in a language, with its unit where it has one."""
    name, unit = say(language, f"field.{ours}"), _unit(ours, language)
    if not unit:
        return name
    return f"{name}（{unit}）" if language == "zh" else f"{name} ({unit})"


def _unit(ours: str, language: str) -> str:
    quantity = QUANTITIES.get(ours)
    if quantity is None or quantity.dimension in _PLAIN:
        return ""
    return _UNIT_NAMES.get(language, {}).get(quantity.unit, quantity.unit)


def allowed_values(column: Column, language: str) -> tuple[str, ...]:
    """The words that may stand in a column, in a language; empty where anything may."""
    codes = KNOWN[column.kind].split(", ") if column.kind in KNOWN else []
    return tuple(words(language).get(f"value.{column.kind}.{code}", code) for code in codes)


def _example(layer: str, ours: str, language: str) -> str:
    if ours == template_columns(layer)[0]:
        return say(language, "template.mark")
    return words(language).get(f"template_example.{layer}.{ours}", "")


def template_csv(layer: str, language: str) -> bytes:
    """The header and the example as CSV, UTF-8 with a byte-order mark."""
    columns = template_columns(layer)
    cells = [_example(layer, each, language) or None for each in columns]
    return csv_bytes(pd.DataFrame([cells], columns=[label(each, language) for each in columns], dtype=object))


def template_xlsx(layer: str, language: str) -> bytes:
    """A workbook: the table to fill in on a sheet named as the layer, with lists of the allowed words, and a sheet that
    explains every column. All cells are texts; none is a formula."""
    import xlsxwriter

    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(content, options)
    book.set_properties({"created": _MADE, "title": say(language, f"value.layer.{layer}")})
    _data_sheet(book, layer, language)
    _notes_sheet(book, layer, language)
    book.close()
    return content.getvalue()


def _data_sheet(book: Any, layer: str, language: str) -> None:
    sheet = book.add_worksheet(layer)
    head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True})
    grey = book.add_format({"italic": True, "font_color": "#595959", "bg_color": "#F2F2F2"})
    kinds = {each.name: each for each in LAYERS[layer].columns}
    for at, ours in enumerate(template_columns(layer)):
        name = label(ours, language)
        sheet.write_string(0, at, name, head)
        sheet.write_string(1, at, _example(layer, ours, language), grey)
        sheet.set_column(at, at, 34 if at == 0 else max(12, 2 * len(name)))
        allowed = allowed_values(kinds[ours], language) if ours in kinds else ()
        if allowed:
            told = say(language, "template.not_in_list")
            listed = {
                "validate": "list",
                "source": list(allowed),
                "error_type": "warning",
                "error_message": told,
            }
            sheet.data_validation(1, at, _ROWS, at, listed)
    sheet.freeze_panes(1, 1)


def _notes_sheet(book: Any, layer: str, language: str) -> None:
    def word(key: str) -> str:
        return say(language, f"template.{key}")

    sheet = book.add_worksheet(word("notes_sheet"))
    head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.merge_range(0, 0, 0, 5, word("intro"), wrapped)
    sheet.set_row(0, 48)
    for at, (key, width) in enumerate(
        (("column", 22), ("needed", 12), ("meaning", 60), ("unit", 8), ("allowed", 34), ("example", 24))
    ):
        sheet.write_string(1, at, word(key), head)
        sheet.set_column(at, at, width)
    kinds = {each.name: each for each in LAYERS[layer].columns}
    for row, ours in enumerate(template_columns(layer), 2):
        allowed = allowed_values(kinds[ours], language) if ours in kinds else ()
        cells = (
            label(ours, language), word(_needed(LAYERS[layer], ours)), say(language, f"field_meaning.{ours}"),
            _unit(ours, language), say(language, "value.between").join(allowed),
            words(language).get(f"template_example.{layer}.{ours}", ""),
        )  # fmt: skip
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, wrapped)
    if LAYERS[layer].words_allowed and LAYERS[layer].key_needed:
        below = len(template_columns(layer)) + 3
        sheet.merge_range(below, 0, below, 5, word("place"), wrapped)


def _needed(layer: Layer, ours: str) -> str:
    asked = (ours in layer.key and layer.key_needed) or (ours == "kind" and layer.name == "sources")
    return "yes" if asked else "no"
