"""The identifiers by which Chinese fire services name what they know of a water source, read as our columns.

The names are those of the data items in the manner of XF/T 3017.1-2022, as public fire-water programs use them.
Neither the units nor the meaning of the codes are published with them: a unit that is taken is said, and a code
is kept as it is and never read as a state.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.cells import since_1970
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.layers import Layer

_SHARED = {
    "MC": "name", "DZMC": "location_text", "DQJD": "lon", "DQWD": "lat", "SYKYZTLBDM": "status_as_printed",
    "SSLD_MC": "road", "LL": "flow_lps", "QY_RQ": "opens",
}  # fmt: skip
_PIPED = {"XFJSGWXSLXDM": "main_form", "GWZJ_KD": "dn_mm", "GW_YL": "pressure_mpa"}
KIND_OF = MappingProxyType({"XFSC_TYWYSBM": "pond", "QSMT_TYWYSBM": "quay", "TRSY_TYWYSBM": "natural"})
"""Identifiers that also say what kind of water their rows are."""
OFFICIAL: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "hydrants": MappingProxyType({"XHS_TYWYSBM": "hydrant_id"} | _SHARED | _PIPED),
    "cranes": MappingProxyType({"XFSH_TYWYSBM": "crane_id"} | _SHARED | _PIPED),
    "sources": MappingProxyType(
        dict.fromkeys(KIND_OF, "source_id") | _SHARED | {"RJ": "volume_m3", "KSQKD_JYQK": "season_note"}
    ),
})  # fmt: skip
"""Per layer: official identifier → our column."""
TAKEN_UNITS = MappingProxyType({"dn_mm": "mm", "pressure_mpa": "MPa", "flow_lps": "L/s", "volume_m3": "m³"})
_DAY = re.compile(r"\s*((?:19|20)\d{2})(?:[-/.年].*|\d{4}\s*)?", re.DOTALL)


def official_column(layer: Layer, table: pd.DataFrame, ours: str) -> str | None:
    """The column of a file that holds one of ours under its official identifier, in any spelling of it."""
    known = OFFICIAL.get(layer.name, {})
    return next((str(name) for name in table.columns if known.get(str(name).upper()) == ours), None)


def with_official_names(layer: Layer, table: pd.DataFrame, file: str, found: list[Problem]) -> pd.DataFrame:
    """The table with our columns read from the official ones, which stay; a column of ours that is there stays too.

    Adds a warning to ``found`` for every unit that had to be taken and for codes that are not read.
    """
    known = OFFICIAL.get(layer.name, {})
    given = {str(name): known[str(name).upper()] for name in table.columns if str(name).upper() in known}
    columns: dict[str, list[Any]] = {}
    for theirs, ours in given.items():
        if ours in table:
            continue
        values = [_read(ours, value) for value in table[theirs].tolist()]
        before = columns.get(ours, [None] * len(values))
        columns[ours] = [new if old is None else old for old, new in zip(before, values, strict=True)]
        if ours in TAKEN_UNITS:
            found.append(
                problem(
                    "official_unit", file=file, field=theirs, warning=True, unit=TAKEN_UNITS[ours], ours=ours
                )
            )
        unread = sum(value is None for value in values) - int(table[theirs].isna().sum())
        meant = ours
        if ours == "status_as_printed" and "status" not in table:
            unread, meant = int(table[theirs].notna().sum()), "status"
        if unread:
            found.append(
                problem("official_codes", file=file, field=theirs, warning=True, count=unread, ours=meant)
            )
    if layer.name == "sources" and "kind" not in table and any(each.upper() in KIND_OF for each in given):
        columns["kind"] = _kinds(table, [name for name in given if name.upper() in KIND_OF])
    new = {name: pd.Series(values, table.index, dtype=object) for name, values in columns.items()}
    return table.assign(**new) if new else table


def _read(ours: str, value: Any) -> Any:
    if value is None:
        return None
    if ours == "main_form":
        text = str(value)
        return "ring" if "环" in text else "branch" if "枝" in text or "支" in text else None
    if ours == "opens":
        return _year(value)
    return value


def _year(value: Any) -> Any:
    """The year of a date; what is none is left for the check of the column to speak of."""
    day = since_1970(value)
    if day is not None:
        return day.year
    match = _DAY.fullmatch(str(value))
    return int(match[1]) if match else value


def _kinds(table: pd.DataFrame, names: list[str]) -> list[str | None]:
    kinds: list[str | None] = [None] * len(table)
    for name in names:
        for row, value in enumerate(table[name].tolist()):
            kinds[row] = kinds[row] or (None if value is None else KIND_OF[name.upper()])
    return kinds
