"""How finely computed figures are written into files: never so that a late time reads as one in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from geo.network import Floats

    Table = TypeVar("Table", bound=pd.DataFrame)

UPWARDS = (
    "arrival_s", "arrival_s_min", "arrival_s_max", "arrival_s_start", "arrival_s_end", "second_due_s", "third_due_s",
    "off_street_m", "snap_m", "hydrant_m", "crane_m", "distance_m", "bound_m", "bound_kph",
)  # fmt: skip
"""Figures that are held against an upper limit: rounded up, so that what is beyond a limit still reads so."""

UPWARDS_DIGITS = 3

NEAREST_DIGITS = {"length_m": 3, "area_m2": 2, "covered_share": 6}
"""Figures that are added up, or are no more than described: rounded to the nearest."""


def rounded_up(values: Floats, digits: int) -> Floats:
    """The least numbers of so many digits that are not below the values; NaN and infinity stay."""
    nearest = np.round(values, digits)
    return np.where(nearest < values, np.round(nearest + 10.0**-digits, digits), nearest)


def as_written(table: Table, given: Collection[str] = ()) -> Table:
    """A copy of the table with its computed columns as they are written; columns that were ``given`` stay exact."""
    written = table.copy()
    for name in table.columns.difference(list(given)):
        if table[name].dtype != float:
            continue
        if name in UPWARDS:
            written[name] = rounded_up(table[name].to_numpy(), UPWARDS_DIGITS)
        elif name in NEAREST_DIGITS:
            written[name] = table[name].round(NEAREST_DIGITS[name])
    return written
