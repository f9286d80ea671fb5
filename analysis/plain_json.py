"""Frozen values from plain JSON: fields with bounds, known fields, and what is wrong with either."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import field
from typing import Any

from geo.problems import Problem, problem


def bounded(default: float | None, low: float, high: float, step: float, unit: str) -> Any:
    """A number with its bounds, which stand here only: widget, check and help text read them."""
    return field(default=default, metadata={"low": low, "high": high, "step": step, "unit": unit})


def bounds_of(kind: type) -> dict[str, dict[str, Any]]:
    """Bounds of every number of a frozen value by name: ``default``, ``low``, ``high``, ``step``, ``unit``."""
    return {
        each.name: {"default": each.default, **each.metadata}
        for each in dataclasses.fields(kind)
        if "low" in each.metadata
    }


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number: neither a flag, nor infinite, nor none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def known_fields(
    data: Any, kind: type, file: str, found: list[Problem], *, row: int | None = None, within: str = ""
) -> dict[str, Any]:
    """The fields of an object that ``kind`` has; what else it holds is added to ``found``."""
    if not isinstance(data, dict):
        found.append(problem("not_an_object", file=file, row=row, field=within.rstrip(".")))
        return {}
    names = [each.name for each in dataclasses.fields(kind)]
    found += [
        problem("unknown_field", file=file, row=row, field=f"{within}{key}", known=", ".join(names))
        for key in data
        if key not in names
    ]
    return {key: value for key, value in data.items() if key in names}
