"""Planned uses of land: which class of the classification a parcel's code, or the plan's own word, stands for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.problems import InputError, problem
from geo.rule_pack import RULE_FOLDER
from geo.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = "land_use.csv"
COLUMNS = ("use", "scheme", "code", "name", "words", "colour", "mark", "source")
UNCLEAR, OTHER, NOT_STATED = "unclear", "other", "not_stated"
BESIDE = (UNCLEAR, OTHER, NOT_STATED)
"""Code and word name different classes; stated, but no class of the table; nothing stated."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class LandUse:
    """One class: ``use`` is its name that stays, ``scheme`` a text that the stated name of the classification holds,
    ``words`` what a plan may call it, ``colour`` ``#rrggbb``, illustrative; ``mark`` how far the colour was checked."""

    use: str
    scheme: str
    code: str
    name: str
    words: tuple[str, ...]
    colour: str
    mark: str


@cache
def read_land_uses(folder: Path = RULE_FOLDER) -> tuple[LandUse, ...]:
    """The classes of ``land_use.csv`` in the order of the file; raises :class:`InputError` with all that is wrong."""
    if not (folder / FILE).is_file():
        raise InputError([problem("file_missing", file=FILE, value=FILE)])
    rows = read_rows(folder / FILE)
    have = ", ".join(rows.table.columns)
    found = [
        *rows.problems,
        *(
            problem("column_missing", file=FILE, field=name, have=have)
            for name in COLUMNS
            if name not in rows.table
        ),
    ]
    if found:
        raise InputError(found)
    uses: list[LandUse] = []
    for number, row in enumerate(rows.table[list(COLUMNS)].fillna("").to_dict("records"), 1):
        said = {str(name): str(text).strip() for name, text in row.items()}
        if not said["use"] or said["use"] in {*BESIDE, *(each.use for each in uses)}:
            found.append(problem("land_use_name", file=FILE, row=number, field="use", value=said["use"]))
        if not _COLOUR.fullmatch(said["colour"]):
            found.append(
                problem("land_use_colour", file=FILE, row=number, field="colour", value=said["colour"])
            )
        names = tuple(each for each in (said["name"], *said["words"].split(";")) if each)
        uses.append(
            LandUse(
                said["use"], said["scheme"], said["code"], said["name"], names, said["colour"], said["mark"]
            )
        )
    if found:
        raise InputError(found)
    return tuple(uses)


def use_of(scheme: Any, code: Any, said: Any, uses: Sequence[LandUse]) -> str:
    """The class that a stated code, or without one the plan's word, stands for: a ``use`` or one of :data:`BESIDE`.

    The same digits mean other things in another classification, so a code is read only where the stated scheme is that
    of the table; of a longer code the class it lies in counts. A word must be one of the table's, whole.
    """
    scheme, code, said = (_text(each) for each in (scheme, code, said))
    within = [
        each
        for each in uses
        if each.scheme and _text(each.scheme) in scheme and each.code and code.startswith(each.code)
    ]
    by_code = max(within, key=lambda each: len(each.code), default=None)
    by_word = next((each for each in uses if said and said in map(_text, each.words)), None)
    if by_code is not None and by_word is not None:
        branch = by_code.code.startswith(by_word.code) or by_word.code.startswith(by_code.code)
        return by_code.use if branch else UNCLEAR
    chosen = by_code or by_word
    if chosen is not None:
        return chosen.use
    return OTHER if code or said else NOT_STATED


def land_uses(parcels: pd.DataFrame, uses: Sequence[LandUse]) -> pd.Series[Any]:
    """The class of every parcel (columns ``use_scheme``, ``use_code``, ``planned_use``) by :func:`use_of`, on its
    index."""
    stated = parcels[["use_scheme", "use_code", "planned_use"]]
    rows = list(stated.itertuples(index=False, name=None))
    known = {row: use_of(row[0], row[1], row[2], uses) for row in dict.fromkeys(rows)}
    return pd.Series([known[row] for row in rows], parcels.index, dtype=object)


def _text(value: Any) -> str:
    """A cell without blanks, full-width letters as plain ones; empty where it holds nothing."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is a cell left empty
        return ""
    return "".join(unicodedata.normalize("NFKC", str(value)).split())
