"""What one check of a plan's own figures gives, and how its numbers are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Worked:
    """Whether the finding stands, and the values its words name; a tuple is a list of names."""

    stands: bool
    named: Mapping[str, object]


def number(value: Any) -> float:
    """A cell as a number; NaN where it holds none."""
    return float(pd.to_numeric(value, errors="coerce"))


def figure(value: float, digits: int = 2) -> str:
    """A number as written: thousands apart, at most ``digits`` decimals, no zeros behind; – for none."""
    if math.isnan(value):
        return "–"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
