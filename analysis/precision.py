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
    "off_street_m", "snap_m", "hydrant_m", "crane_m", "distance_m", "bound_m", "bound_kph", "hose_m", "hose_m_min",
    "hose_m_max", "hose_straight_m", "straight_m", "along_m", "spacing_m", "nearest_crane_m", "nearest_crane_street_m",
    "station_to_crane_s", "station_to_crane_s_low", "station_to_crane_s_high", "crane_to_station_s",
    "crane_to_station_s_low", "crane_to_station_s_high", "to_crane_s", "to_crane_s_low", "to_crane_s_high",
    "from_crane_s", "from_crane_s_low", "from_crane_s_high", "round_trip_s", "round_trip_s_best",
    "nearest_round_trip_s", "shuttle_round_trip_s", "fill_s",
)  # fmt: skip
"""Figures that are held against an upper limit: rounded up, so that what is beyond a limit still reads so."""

DOWNWARDS = ("flow_lps", "flow_lps_best", "shuttle_flow_lps", "shuttle_flow_lps_best")
"""Figures that are held against a lower limit: rounded down."""

LIMIT_DIGITS = 3

NEAREST_DIGITS = {
    "length_m": 3, "area_m2": 2, "covered_share": 6, "from_m": 3, "to_m": 3, "street_m": 3, "parcels_mu": 4,
    "over_share": 6,
}  # fmt: skip
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
            written[name] = rounded_up(table[name].to_numpy(), LIMIT_DIGITS)
        elif name in DOWNWARDS:
            written[name] = -rounded_up(-table[name].to_numpy(), LIMIT_DIGITS)
        elif name in NEAREST_DIGITS:
            written[name] = table[name].round(NEAREST_DIGITS[name])
    return written
