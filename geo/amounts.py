"""The columns of a table in our units and codes: what each cell says, with the original kept beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.cells import KNOWN, NUMBERS, as_text, short
from geo.list_words import known_words, says_nothing, word_code
from geo.problems import Problem, problem
from geo.units import (
    QUANTITIES,
    impossible,
    read_amount,
    units_known,
    units_that_fit,
    unusual,
    year_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.layers import Layer
    from geo.units import Amount

AS_GIVEN = "_as_given"
"""Behind the name of a column of ours: what the file says there in its own words."""
_PLAIN = frozenset({"", "people", "pieces"})
"""Dimensions of which a number without a unit leaves nothing open."""
ROWS_SHOWN = 10


@dataclass(frozen=True)
class UnitUse:
    """Units in which one of our columns was given: unit and number of rows, the most frequent first; how many rows
    name no unit, so that ``taken`` stands for them (empty: the column's name or the user says it)."""

    ours: str
    rows: tuple[tuple[str, int], ...]
    bare: int = 0
    taken: str = ""


def rows_text(rows: Sequence[int]) -> str:
    """Row numbers for a message, the first few of them."""
    return ", ".join(map(str, rows[:ROWS_SHOWN])) + (" …" if len(rows) > ROWS_SHOWN else "")


def in_our_terms(
    layer: Layer,
    table: pd.DataFrame,
    bare_units: Mapping[str, str],
    open_units: frozenset[str],
    file: str,
    found: list[Problem],
) -> tuple[pd.DataFrame, tuple[UnitUse, ...]]:
    """A table under our names with its numbers in our units, years as numbers and words of lists as our codes.

    What a cell said otherwise stands in ``<column>_as_given``. ``bare_units``: our column → unit of its plain
    numbers; ``open_units``: columns of which nobody says the unit, so that taking ours is told. Statuses and dates are
    left as they are. Added to ``found``: what cannot be read or cannot be, each with its row, and what to know of a
    column as a whole.
    """
    new: dict[str, pd.Series[Any]] = {}
    uses = []
    for column in layer.columns:
        name = column.name
        if name not in table:
            continue
        values = table[name].tolist()
        if name in QUANTITIES and column.kind in NUMBERS:
            read, given, use = _numbers(
                name, values, bare_units.get(name, ""), name in open_units, file, found
            )
            uses += [use] if use.rows else []
        elif column.kind == "year":
            read, given = _years(values)
        elif known_words(column.kind) and column.kind != "status":
            read, given = _codes(values, column.kind)
        elif column.kind == "date":
            read, given = _stated(values)
        else:
            continue
        if nothing := sum(map(says_nothing, filter(_is_text, given))):
            found.append(problem("says_nothing", file=file, field=name, warning=True, count=nothing))
        new[name] = _column(read, table.index)
        if any(each is not None for each in given):
            new[name + AS_GIVEN] = _column(_merged(table, name + AS_GIVEN, given), table.index)
    return (table.assign(**new) if new else table), tuple(uses)


def _column(values: list[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    return pd.Series(values, index, dtype=object)


def _merged(table: pd.DataFrame, name: str, given: list[Any]) -> list[Any]:
    """What was given now, else what the file kept of an earlier time."""
    before = table[name].tolist() if name in table else [None] * len(given)
    return [old if new is None else new for old, new in zip(before, given, strict=True)]


def _stated(values: list[Any]) -> tuple[list[Any], list[Any]]:
    """The values without signs for "not stated", and those signs."""
    nothing = {each for each in set(filter(_is_text, values)) if says_nothing(each)}
    if not nothing:
        return list(values), [None] * len(values)
    silent = [_is_text(value) and value in nothing for value in values]
    read = [None if none else value for value, none in zip(values, silent, strict=True)]
    return read, [value if none else None for value, none in zip(values, silent, strict=True)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _years(values: list[Any]) -> tuple[list[Any], list[Any]]:
    values, given = _stated(values)
    for at, value in enumerate(values):
        year = None if value is None else year_of(value)
        if year is not None and as_text(value) != str(year):
            values[at], given[at] = year, as_text(value)
    return values, given


def _codes(values: list[Any], kind: str) -> tuple[list[Any], list[Any]]:
    """Our codes where the word is known; other words stay for the check of the column to speak of."""
    given: list[Any] = [None] * len(values)
    read = list(values)
    for at, value in enumerate(values):
        code = None if value is None or value in KNOWN[kind].split(", ") else word_code(value, kind)
        if code is not None:
            read[at], given[at] = code, as_text(value)
    return read, given


def _numbers(
    name: str, values: list[Any], bare_unit: str, unit_open: bool, file: str, found: list[Problem]
) -> tuple[list[Any], list[Any], UnitUse]:
    quantity, known = QUANTITIES[name], units_known(name)
    values, given = _stated(values)
    amounts: dict[int, Amount] = {}
    for at, value in enumerate(values):
        if value is None or value == "":
            continue
        amount = read_amount(value, name, bare_unit)
        if amount is None:
            values[at], given[at] = None, as_text(value)
            code = "amount_unread" if quantity.dimension else "not_a_number"
            found.append(problem(code, file=file, row=at + 1, field=name, value=short(value), known=known))
            continue
        amounts[at], values[at] = amount, amount.value
        if amount.stated or amount.about or amount.unit != quantity.unit:
            given[at] = as_text(value) if amount.stated else f"{as_text(value)} {amount.unit}".strip()
    found += _of_values(name, amounts, file)
    stated = Counter(each.unit for each in amounts.values())
    bare = sum(not each.stated for each in amounts.values())
    taken = quantity.unit if bare and unit_open and quantity.dimension not in _PLAIN else ""
    use = UnitUse(name, tuple(stated.most_common()), bare, taken)
    return values, given, _told(use, amounts, given, file, found)


def _told(
    use: UnitUse, amounts: Mapping[int, Amount], given: list[Any], file: str, found: list[Problem]
) -> UnitUse:
    """Add what to know of the units of a column."""
    if use.taken:
        found.append(
            problem(
                "unit_taken",
                file=file,
                field=use.ours,
                warning=True,
                unit=use.taken,
                count=use.bare,
                ours=use.ours,
                other=next(each for each in QUANTITIES[use.ours].factors if each != use.taken),
            )
        )
    if len(use.rows) > 1:
        have = ", ".join(f"{unit} {count}" for unit, count in use.rows)
        found.append(problem("units_mixed", file=file, field=use.ours, warning=True, have=have))
    for code, which in (
        ("unit_typo", [at for at, each in amounts.items() if each.typo]),
        ("amounts_about", [at for at, each in amounts.items() if each.about]),
    ):
        if which:
            one = amounts[which[0]]
            found.append(
                problem(
                    code, file=file, field=use.ours, warning=True, count=len(which), value=short(given[which[0]]),
                    unit=one.unit, rows=rows_text([at + 1 for at in which]),
                )
            )  # fmt: skip
    return use


def _of_values(name: str, amounts: Mapping[int, Amount], file: str) -> list[Problem]:
    """What cannot be, by row, and what is worth a look, together."""
    quantity, found = QUANTITIES[name], []
    for at, each in amounts.items():
        if not impossible(each.value, name):
            continue
        number = each.value / quantity.factors.get(each.unit, 1.0)
        fits = [unit for unit in units_that_fit(number, name) if unit != each.unit]
        code = "value_impossible_unit" if fits else "value_impossible"
        found.append(
            problem(
                code, file=file, row=at + 1, field=name, value=f"{number:g} {each.unit}".strip(),
                fits=", ".join(fits), ours=name,
            )
        )  # fmt: skip
    odd = [at + 1 for at, each in amounts.items() if unusual(each.value, name)]
    if odd:
        low, high = (f"{bound:g}" for bound in quantity.usual)
        found.append(
            problem(
                "values_unusual", file=file, field=name, warning=True, count=len(odd), rows=rows_text(odd),
                low=low, high=high, unit=quantity.unit,
            )
        )  # fmt: skip
    return found
