"""Rows that cannot be taken as they stand, as a table: every cell of theirs, what is wrong and how to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo.export import csv_bytes
from geo.words import say, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geo.problems import Problem
    from geo.tables import FileRows

    Said = Callable[[Problem, str], tuple[str, str]]

_BETWEEN_PARTS = re.compile("[；;]\\s*")


def wrong_and_mend(found: Problem, language: str) -> tuple[str, str]:
    """What is wrong, and how to mend it: the two parts of the problem's text, apart at its first semicolon."""
    pattern = words(language)[f"problem.{found.code}"]
    parts = _BETWEEN_PARTS.split(pattern, maxsplit=1)
    values = dict(found.values)
    wrong, mend = parts[0].format(**values), parts[1].format(**values) if len(parts) > 1 else ""
    return wrong, mend


def rejected_table(
    rows: FileRows,
    problems: Mapping[int, Sequence[Problem]],
    theirs: Mapping[str, str],
    language: str,
    said: Said = wrong_and_mend,
) -> pd.DataFrame:
    """One row for each row of the file (from 1) in ``problems``: its number, its cells as they stand in the file, its
    shape as WKT where it has one, the columns meant (theirs where known), what is wrong and how to mend it.

    Where several things are wrong with a row, they stand behind numbers in one cell. ``said`` puts a problem into
    words, as :func:`wrong_and_mend` does.
    """
    word = {key: say(language, f"rejected.{key}") for key in ("row", "shape", "field", "wrong", "mend")}
    table = rows.table.iloc[[row - 1 for row in problems]]
    columns: dict[str, list[Any]] = {word["row"]: list(problems)}
    for name in table.columns:
        columns[_free(str(name), columns)] = table[name].tolist()
    if rows.geometry is not None:
        shapes = [rows.geometry[row - 1] for row in problems]
        columns[_free(word["shape"], columns)] = [
            None if shape is None else shapely.to_wkt(shape, rounding_precision=8) for shape in shapes
        ]
    told = [_told(found, theirs, language, said) for found in problems.values()]
    for at, key in enumerate(("field", "wrong", "mend")):
        columns[_free(word[key], columns)] = [each[at] for each in told]
    return pd.DataFrame(columns, dtype=object)


def rejected_csv(table: pd.DataFrame) -> bytes:
    """The table for a spreadsheet: UTF-8 with a byte-order mark, no cell that would run as a formula."""
    return csv_bytes(table)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name


def _told(
    found: Sequence[Problem], theirs: Mapping[str, str], language: str, said: Said
) -> tuple[str, str, str]:
    fields = [", ".join(theirs.get(each, each) for each in one.field.split(", ")) for one in found]
    parts = [said(one, language) for one in found]
    if len(found) == 1:
        return fields[0], *parts[0]
    numbered = [
        " ".join(f"({number}) {text}" for number, text in enumerate(column, 1))
        for column in (fields, *zip(*parts, strict=True))
    ]
    return numbered[0], numbered[1], numbered[2]
