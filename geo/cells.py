"""What one cell of a table means: text, number, whole number, year, date, or one of a list of words."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from geo.plan import SEVERITIES, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = ("in_use", "under_construction", "not_built", "out_of_service", "unknown")
BARRIERS = ("river", "railway", "expressway", "wall")
SOURCE_KINDS = ("pond", "quay", "natural")
"""Water other than hydrants and cranes: 消防水池, 取水码头, 天然水源."""
MAIN_FORMS = ("ring", "branch", "unknown")
ANSWERS = ("yes", "no", "unknown")
POSITION_CLASSES = ("P0", "P1", "P2", "P3", "P4", "P5", "P6")


def as_text(value: Any) -> str:
    """A value as text; a whole number has no decimal point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _as_number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("not_a_number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("not_a_number") from None
    if not math.isfinite(number):
        raise ValueError("not_a_number")
    if number < 0:
        raise ValueError("below_zero")
    return number


def _as_whole(value: Any) -> float:
    number = _as_number(value)
    if not number.is_integer():
        raise ValueError("not_whole")
    return number


def _as_year(value: Any) -> float:
    try:
        year = _as_whole(value)
    except ValueError:
        raise ValueError("not_a_year") from None
    if not 1900 <= year <= 2100:
        raise ValueError("not_a_year")
    return year


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")


CLOCK_ZERO = "1970-01-01"
"""The day from which computers count; programs write it where no date was entered."""
MILLISECONDS = 1e11
"""Numbers from here on are milliseconds since that day, as databases hand dates over."""


def since_1970(value: Any) -> date | None:
    """The day (UTC) that a number of milliseconds says; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if isinstance(value, bool) or not MILLISECONDS <= number < 1e13:
        return None
    return datetime.fromtimestamp(number / 1000, UTC).date()


def _as_date(value: Any) -> str:
    day = since_1970(value)
    if day is not None:
        return day.isoformat()
    match = _DATE.fullmatch(str(value).strip())
    if match is None:
        raise ValueError("not_a_date")
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        raise ValueError("not_a_date") from None


def _as_status(value: Any) -> str:
    if value not in STATUSES:
        raise ValueError("status_unknown")
    return str(value)


def _as_position_class(value: Any) -> str:
    if value not in POSITION_CLASSES:
        raise ValueError("position_class_unknown")
    return str(value)


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in known:
            raise ValueError("not_in_list")
        return str(value)

    return read


_LISTS = {
    "barrier": BARRIERS, "source_kind": SOURCE_KINDS, "main_form": MAIN_FORMS, "answer": ANSWERS,
    "severity": SEVERITIES, "plan_subject": SUBJECTS,
}  # fmt: skip
READ: dict[str, Callable[[Any], Any]] = {
    "text": as_text, "number": _as_number, "whole": _as_whole, "year": _as_year, "date": _as_date,
    "status": _as_status, "position_class": _as_position_class,
    **{kind: _one_of(known) for kind, known in _LISTS.items()},
}  # fmt: skip
NUMBERS = ("number", "whole", "year")
KNOWN = {
    "status": ", ".join(STATUSES),
    "position_class": ", ".join(POSITION_CLASSES),
    **{kind: ", ".join(known) for kind, known in _LISTS.items()},
}


def short(value: Any) -> str:
    """A value as a message shows it: its text, cut off where it is long."""
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
