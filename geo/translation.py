"""The rows of a file in our words: whose column is which, in which units, what its statuses mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.amounts import in_our_terms
from geo.cells import STATUSES, as_text
from geo.fields import FieldGuess, guess_fields
from geo.list_words import status_words
from geo.official_names import official_column, with_official_names
from geo.problems import Problem, problem
from geo.units import QUANTITIES, unit_named, units_known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo.amounts import UnitUse
    from geo.layers import Layer
    from geo.list_words import StatusWord


@dataclass(frozen=True)
class FileChoices:
    """What a user says about a file.

    ``fields``: our column → theirs; ``"HYDRANT_GPM [gpm]"`` says the unit of its plain numbers, ``"=in_use"`` gives
    every row that value, the empty text says that no column is it. ``units``: our column → that unit. ``statuses``:
    their status → one of ours, the empty text for rows without one. ``source_crs``: the system where the file leaves it
    open; ``read_as``: a reading of its numbers (:func:`geo.datum_readings.reading_text`), whatever it says. ``sheet``:
    which table of a file that holds several; ``encoding`` overrules what the file says of its letters. ``also``:
    further files of the same layer, whose rows come after those of the first.

    Each of the others is a consent: ``unknown_statuses``, statuses that are not understood become ``unknown``;
    ``make_ids``, rows whose id is empty or repeated are numbered; ``repair``, shapes that are not valid are repaired;
    ``leave_out_bad_rows``, the sound rows are written without the others; ``replace``, a file of another kind that is
    the layer now is set aside. ``remember``: what was settled is kept for files with the same columns.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    source_crs: str | None = None
    read_as: str = ""
    sheet: str = ""
    encoding: str = ""
    also: tuple[Path, ...] = ()
    unknown_statuses: bool = False
    make_ids: bool = False
    repair: bool = False
    leave_out_bad_rows: bool = False
    replace: bool = False
    remember: bool = True

    @property
    def place_columns(self) -> tuple[str, str] | None:
        """The file's columns that were named for ``lon`` and ``lat``; None to look for them."""
        return _places_in(self.fields)


@dataclass(frozen=True)
class Remembered:
    """How a file with the same columns was read before: as in :class:`FileChoices`, and the name it had."""

    file: str
    fields: Mapping[str, str]
    units: Mapping[str, str]
    statuses: Mapping[str, str]

    @property
    def place_columns(self) -> tuple[str, str] | None:
        """The file's columns that were named for ``lon`` and ``lat``, if any were."""
        return _places_in(self.fields)


def _places_in(fields: Mapping[str, str]) -> tuple[str, str] | None:
    lon, lat = fields.get("lon", ""), fields.get("lat", "")
    return (lon, lat) if lon and lat else None


@dataclass(frozen=True, eq=False)
class Translation:
    """``table``: the rows under our names, in our units and words, as :func:`geo.layers.check_rows` takes them.

    ``fields``: what was taken (``sure``) and what is only proposed. ``status_column``: theirs, empty where the file
    has none. ``problems``: everything found on the way.
    """

    table: pd.DataFrame
    fields: tuple[FieldGuess, ...]
    units: tuple[UnitUse, ...]
    statuses: tuple[StatusWord, ...]
    status_column: str
    problems: tuple[Problem, ...]


def translated(
    table: pd.DataFrame,
    layer: Layer,
    choices: FileChoices,
    file: str,
    *,
    remembered: Remembered | None = None,
    placed: bool = False,
) -> Translation:
    """The rows of ``file`` in our words. What the user says goes before what is remembered, and that before what is
    guessed; ``placed``: the rows have shapes."""
    found: list[Problem] = []
    fields = _fields(table, layer, choices, remembered, file, placed, found)
    theirs = {each.ours: each.theirs for each in fields if each.sure}
    status_column = theirs.get("status", "")
    named = _renamed(
        table, {ours: name for ours, name in theirs.items() if ours != name}, fields, file, found
    )
    told: list[Problem] = []
    named = with_official_names(layer, named, file, told)
    # What a unit is taken for is told below, once it is known what the cells say themselves.
    found += [each for each in told if each.code != "official_unit"]
    bare = {each.ours: each.unit for each in fields if each.sure and each.unit}
    unsaid = frozenset(each.ours for each in fields if each.sure and not each.unit and each.why != "own")
    named, units = in_our_terms(layer, named, bare, unsaid, file, found)
    named, statuses = _status_read(named, layer, status_column, choices, remembered, file, found)
    if choices.make_ids:
        named = _numbered(named, layer, file, found)
    if "source" in layer.names and len(named):
        named = _with_source(named, file)
    return Translation(named, fields, units, statuses, status_column, tuple(found))


def _parts(theirs: str, table: pd.DataFrame) -> tuple[str, str]:
    """The column that is named and the unit behind it."""
    name, _, unit = theirs.strip().removesuffix("]").rpartition(" [")
    apart = bool(name) and theirs.strip().endswith("]") and theirs not in table
    return (name.strip(), unit.strip()) if apart else (theirs, "")


def _fields(
    table: pd.DataFrame,
    layer: Layer,
    choices: FileChoices,
    remembered: Remembered | None,
    file: str,
    placed: bool,
    found: list[Problem],
) -> tuple[FieldGuess, ...]:
    given = [FieldGuess(ours, *_parts(theirs, table), why="given") for ours, theirs in choices.fields.items()]
    guessed = guess_fields(table, layer.name, placed=placed)
    if remembered is not None:
        before = {
            ours: FieldGuess(ours, *_parts(theirs, table), why="remembered")
            for ours, theirs in remembered.fields.items()
        }
        own = [each for each in guessed if each.why in {"own", "official"} and each.ours not in before]
        units = remembered.units
        guessed = (
            *own,
            *(replace(each, unit=each.unit or units.get(each.ours, "")) for each in before.values()),
        )
    said = {each.ours for each in given}
    used = {each.theirs for each in given}
    statuses = choices.statuses or (remembered.statuses if remembered is not None else {})
    if "status" not in said and statuses and "status" not in table:
        official = official_column(layer, table, "status_as_printed")
        # Codes of an official column are read where somebody says what they mean.
        given += [] if official is None else [FieldGuess("status", official, why="given")]
    left = [
        each
        for each in guessed
        if each.ours not in said and (each.theirs not in used or each.why == "remembered")
    ]
    fields = tuple(_with_units(each, choices.units, file, found) for each in (*given, *left) if each.theirs)
    have = ", ".join(map(str, table.columns))[:200]
    missing = [ours for ours in choices.units if ours not in {each.ours for each in fields}]
    found += [problem("column_missing", file=file, field=ours, have=have) for ours in missing]
    found += _questions(fields, file)
    return fields


def _with_units(each: FieldGuess, units: Mapping[str, str], file: str, found: list[Problem]) -> FieldGuess:
    """The unit as the user says it and as we name it; one that is none of the column's is said, and the column is not
    read."""
    wanted = units.get(each.ours, each.unit)
    if not wanted or not each.sure:
        return each
    unit = unit_named(wanted, each.ours) if each.ours in QUANTITIES else None
    if unit is None:
        known = units_known(each.ours) or "–"
        found.append(problem("unit_unknown", file=file, field=each.ours, value=wanted, known=known))
    return replace(each, unit=unit or "", sure=unit is not None)


def _questions(fields: tuple[FieldGuess, ...], file: str) -> list[Problem]:
    """What the user must say, because more columns than one may be one of ours, and what may be said."""
    several: dict[str, list[str]] = {}
    for each in fields:
        if each.why == "several":
            several.setdefault(each.ours, []).append(each.theirs)
    asked = [
        problem("field_several", file=file, field=ours, have=", ".join(names), ours=ours)
        for ours, names in several.items()
    ]
    codes = {"part": "field_maybe", "also": "field_also", "unit": "field_unit_unread"}
    return asked + [
        problem(codes[each.why], file=file, field=each.theirs, warning=True, ours=each.ours)
        for each in fields
        if each.why in codes
    ]


def _renamed(
    table: pd.DataFrame,
    wanted: Mapping[str, str],
    fields: tuple[FieldGuess, ...],
    file: str,
    found: list[Problem],
) -> pd.DataFrame:
    """Our columns from theirs; what stood under one of our names before is kept as ``file_<name>``."""
    official = {each.ours for each in fields if each.why == "official"}
    wanted = {ours: theirs for ours, theirs in wanted.items() if ours not in official}
    used = set(wanted.values())
    columns = {
        (f"file_{name}" if name in wanted else str(name)): table[name]
        for name in table.columns
        if name not in used or name in wanted
    }
    for ours, theirs in wanted.items():
        if theirs.startswith("=") and theirs not in table:
            columns[ours] = _column([theirs[1:] or None] * len(table))
        elif theirs not in table:
            have = ", ".join(map(str, table.columns))[:200]
            found.append(problem("column_missing", file=file, field=theirs, have=have))
        else:
            columns[ours] = table[theirs]
    return pd.DataFrame(columns, table.index)


def _column(values: list[Any]) -> pd.Series[Any]:
    """Values as they are; pandas on its own turns ``None`` into NaN."""
    return pd.Series(values, pd.RangeIndex(len(values)), dtype=object)


def _status_read(
    table: pd.DataFrame,
    layer: Layer,
    header: str,
    choices: FileChoices,
    remembered: Remembered | None,
    file: str,
    found: list[Problem],
) -> tuple[pd.DataFrame, tuple[StatusWord, ...]]:
    known = ", ".join(STATUSES)
    found += [
        problem("status_unknown", file=file, field="status", value=ours, known=known)
        for ours in choices.statuses.values()
        if ours not in STATUSES
    ]
    if "status" not in layer.names or "status" not in table:
        if choices.statuses:
            have = ", ".join(map(str, table.columns))[:200]
            found.append(problem("column_missing", file=file, field="status", have=have))
        return table, ()
    printed = table["status"].tolist()
    before = remembered.statuses if remembered is not None else {}
    meant = status_words(
        printed, header, choices.statuses, remembered=before, leave_unknown=choices.unknown_statuses
    )
    words = ["" if value is None else as_text(value) for value in printed]
    status = [
        meant[word].ours or value if word in meant else value
        for word, value in zip(words, printed, strict=True)
    ]
    if all(new == old for new, old in zip(status, printed, strict=True)):
        return table, tuple(meant.values())
    changed = table.assign(status=_column(status))
    if "status_as_printed" not in table:
        changed = changed.assign(status_as_printed=_column(printed))
    return changed, tuple(meant.values())


def _numbered(table: pd.DataFrame, layer: Layer, file: str, found: list[Problem]) -> pd.DataFrame:
    """Ids for the rows that have none of their own, with one warning for the empty and one for the
    repeated."""
    if len(layer.key) != 1:
        return table
    key = layer.key[0]
    ids = table[key].tolist() if key in table else [None] * len(table)
    own = _column([None if value is None or value == "" else as_text(value) for value in ids])
    empty = own.isna().to_numpy()
    if "section_id" in table and layer.name == "hydrants":
        empty = empty & table["section_id"].isna().to_numpy()
    again = own.duplicated().to_numpy() & own.notna().to_numpy()
    taken, made = set(own.dropna()), list(ids)
    number = 0
    for row in np.flatnonzero(empty | again).tolist():
        number += 1
        while f"{layer.name}-{number}" in taken:
            number += 1
        made[row] = f"{layer.name}-{number}"
    for code, which in (("ids_made_empty", empty), ("ids_made_repeated", again)):
        if which.any():
            found.append(problem(code, file=file, field=key, warning=True, count=int(which.sum())))
    return table.assign(**{key: _column(made)})


def _with_source(table: pd.DataFrame, file: str) -> pd.DataFrame:
    given = table["source"].tolist() if "source" in table else [None] * len(table)
    return table.assign(source=_column([file if value is None else value for value in given]))
