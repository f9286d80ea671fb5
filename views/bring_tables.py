"""What is said of a file that is to become a layer: its columns, units, statuses and faults, as tables of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.rejected import wrong_and_mend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.amounts import UnitUse
    from geo.file_report import FileReport
    from geo.problems import Problem
    from views.wording import Words

MOST_PROBLEMS = 200
"""Rows of the table of problems; the rest is counted, and stands in the table of rejected rows."""


def field_name(ours: str, words: Words) -> str:
    """One of our columns in words, its own name behind where that is another."""
    name = words.of("field", ours)
    return name if name == ours else words("bring.field_name", name=name, ours=ours)


def _table(rows: Sequence[dict[str, Any]], names: Sequence[str], words: Words) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(names), dtype=object)
    return table.rename(columns={name: words(f"bring.column.{name}") for name in names})


def field_table(report: FileReport, words: Words) -> pd.DataFrame:
    """How each column that may be one of ours is read; those taken first."""
    rows = [
        {
            "ours": field_name(each.ours, words),
            "theirs": each.theirs,
            "unit": each.unit,
            "why": words(f"field_why.{each.why}"),
            "sure": words("bring.taken" if each.sure else "bring.proposed"),
        }
        for each in sorted(report.read.fields, key=lambda each: not each.sure)
    ]
    return _table(rows, ("ours", "theirs", "unit", "why", "sure"), words)


def unit_table(report: FileReport, words: Words) -> pd.DataFrame:
    """The units in which amounts stand in the file, and what a number without one is taken for."""
    rows = [
        {
            "ours": field_name(each.ours, words),
            "have": words("value.between").join(
                words("bring.unit_rows", unit=unit, number=number) for unit, number in each.rows if unit
            ),
            "bare": _bare(each, words),
        }
        for each in report.read.units
    ]
    return _table([each for each in rows if each["have"] or each["bare"]], ("ours", "have", "bare"), words)


def _bare(use: UnitUse, words: Words) -> str:
    if not use.bare:
        return ""
    if not use.taken:
        return words("bring.unit_named", number=use.bare)
    return words("bring.unit_rows", unit=use.taken, number=use.bare)


def status_table(report: FileReport, words: Words) -> pd.DataFrame:
    """What each word for a status is taken for."""
    rows = [
        {
            "word": each.theirs or words("bring.empty"),
            "rows": each.rows,
            "means": words("file_report.not_understood") if each.ours is None else words.of("value.status", each.ours),
        }
        for each in report.read.statuses
    ]  # fmt: skip
    return _table(rows, ("word", "rows", "means"), words)


def empty_statuses(report: FileReport) -> int:
    """How many rows have nothing in the file's column of statuses."""
    name = report.read.status_column
    return int(report.given.table[name].isna().sum()) if name in report.given.table else 0


def told(report: FileReport) -> list[Problem]:
    """Everything to be said of a file, errors first; within each the order of the file."""
    extra = [each for each in report.refusals if each not in report.problems]
    return sorted([*extra, *report.problems], key=lambda each: (each.warning, each.row or 0))


def wrong_text(found: Problem, words: Words) -> tuple[str, str]:
    """What is wrong and how to mend it on this page, which has fields where the command line has options."""
    wrong, mend = wrong_and_mend(found, words.language)
    here = words.of("bring.mend", found.code)
    return wrong, mend if here == found.code else here


def wrong_and_mend_here(found: Problem, words: Words) -> str:
    """The same as one text."""
    wrong, mend = wrong_text(found, words)
    return words("bring.wrong_mend", wrong=wrong, mend=mend) if mend else wrong


def problem_table(report: FileReport, words: Words) -> pd.DataFrame:
    """Row, column, what is wrong and how to mend it, at most :data:`MOST_PROBLEMS` rows."""
    rows = []
    for each in told(report)[:MOST_PROBLEMS]:
        wrong, mend = wrong_text(each, words)
        fields = [
            report.theirs.get(name) or words.of("field", name) for name in each.field.split(", ") if name
        ]
        rows.append(
            {
                "weight": words("bring.warning" if each.warning else "bring.error"),
                "row": "" if each.row is None else str(each.row),
                "field": ", ".join(fields),
                "wrong": wrong if each.file in {"", report.file} else f"{each.file}: {wrong}",
                "mend": mend,
            }
        )
    return _table(rows, ("weight", "row", "field", "wrong", "mend"), words)
