"""Hold the vehicles and equipment of every station against what the plan's tables ask of its grade."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.findings import DEPENDS, MET, NOT_MET, NOT_STATED, Finding, against
from analysis.rules import grade_of
from geo.rule_pack import GRADES, Limit
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.rule_pack import Boxes

OPTIONAL, NOT_REQUIRED = "optional", "not_required"
FLEET_VERDICTS = (MET, NOT_MET, DEPENDS, NOT_STATED, OPTIONAL, NOT_REQUIRED)
BOX_GRADES = GRADES[:4]
"""Grades that the tables have a column for."""
COLUMNS = (
    "station_id", "box", "item", "cell", "least", "most", "unit", "measured", "listed", "verdict", "reason", "detail",
    "source_line",
)  # fmt: skip
MERGED_PAIR = ("登高平台消防车", "云梯消防车")
"""Two rows of box 5 of which only the first has its cells: one number for both, or a number lost."""
OPTIONAL_CELL, NOT_REQUIRED_CELL, LOST, MERGED, IN_WORDS = "△", "——", "lost", "merged", "words"


def cell_limit(cell: str, box: int) -> Limit | None:
    """A cell with numbers (``2``, ``5-7``) as a limit; None for every other cell.

    A single number is the least of that type or item, since more may be chosen; in box 4, which counts all
    vehicles, it is the number itself.
    """
    low, dash, high = cell.partition("-")
    try:
        return Limit(float(low), float(high) if dash else float(low) if box == 4 else None)
    except ValueError:
        return None


@dataclass(frozen=True)
class _Count:
    """How many there are surely, and at most if what is not known about some vehicles is granted."""

    sure: int = 0
    most: int = 0


@dataclass(frozen=True, eq=False)
class _Garage:
    """The vehicles listed for one station. ``stated`` is False where the source lists none for it."""

    stated: bool
    reason: str
    listed: int
    engines: _Count
    by_type: Mapping[str, _Count]
    untold: tuple[str, ...]
    """Names of kinds that the table of kinds does not know."""

    def of(self, name: str) -> _Count:
        return self.by_type.get(name, _Count(0, self.by_type[""].sure))


def _garage(vehicles: pd.DataFrame | None, station_id: str, kinds: pd.DataFrame) -> _Garage:
    nothing = _Count()
    if vehicles is None or vehicles.empty:
        return _Garage(False, "no_vehicle_list", 0, nothing, {"": nothing}, ())
    mine = vehicles[vehicles["station_id"] == station_id]
    if mine.empty:
        return _Garage(False, "no_vehicle_plan", 0, nothing, {"": nothing}, ())
    kind_of = {row.kind: (row.type, row.engine == "true") for row in kinds.itertuples()}
    there = mine[mine["status"].isin(["in_use", "unknown"])]
    untold = there[~there["kind"].isin(kind_of.keys())]
    known = there[there["kind"].isin(kind_of.keys())]
    sure, unsure = known[known["status"] == "in_use"], known[known["status"] == "unknown"]

    def types(rows: pd.DataFrame) -> pd.Series[int]:
        return rows["kind"].map(lambda kind: kind_of[kind][0]).value_counts()

    def engines(rows: pd.DataFrame) -> int:
        return int(rows["kind"].map(lambda kind: kind_of[kind][1]).astype(bool).sum())

    by_type = {"": _Count(len(untold), len(untold))}
    have, may_have = types(sure), types(unsure)
    for name in {*have.index, *may_have.index}:
        number = int(have.get(name, 0))
        by_type[name] = _Count(number, number + int(may_have.get(name, 0)) + len(untold))
    least = engines(sure)
    whole = _Count(least, least + engines(unsure) + len(untold))
    names = tuple(sorted({str(kind or "?") for kind in untold["kind"]}))
    return _Garage(True, "", len(there), whole, by_type, names)


def fleet_check(
    stations: pd.DataFrame,
    vehicles: pd.DataFrame | None,
    boxes: Boxes,
    equipment: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per station and line of boxes 4, 5 and 6, in that order. Columns :data:`COLUMNS`.

    ``stations``: ``station_id``, ``grade``. ``vehicles``: ``station_id``, ``kind``, ``status``; those in use count,
    those of unknown state or kind make it doubtful, others are not there. ``equipment``: ``station_id``, ``item`` (as
    box 6 names it), ``count``; None where the source states none.

    ``cell`` as printed (``lost``, ``merged``, ``words`` where there is no number to read); ``measured`` NaN where
    nothing is stated; ``listed`` counts every vehicle of the list, fire engine or not; ``verdict`` one of
    :data:`FLEET_VERDICTS`. What the source does not state is ``not_stated``, never nought.
    """
    rows: list[dict[str, Any]] = []
    lines = [
        (box, {str(name): value for name, value in line.items()})
        for box, table in ((4, boxes.count), (5, boxes.types), (6, boxes.equipment))
        for line in table.to_dict("records")
    ]
    for station_id, printed_grade in stations[["station_id", "grade"]].to_numpy(dtype=object).tolist():
        grade = grade_of(printed_grade)
        garage = _garage(vehicles, station_id, boxes.kinds)
        for box, line in lines:
            cell = str(line[grade]) if grade in BOX_GRADES else ""
            item = str(line["type" if box == 5 else "item"])
            if not cell:
                found = Finding(NOT_STATED, "grade_unknown" if grade is None else "grade_not_in_box")
            elif box == 6:
                found = _equipment(equipment, station_id, item, cell)
            else:
                found = _vehicles(garage, item, cell, box)
            rows.append(_row(station_id, box, item, cell, line, found, garage))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    station_id: str, box: int, item: str, cell: str, line: Mapping[str, Any], found: Finding, garage: _Garage
) -> dict[str, Any]:
    limit = cell_limit(cell, box) or Limit()
    return {
        "station_id": station_id,
        "box": box,
        "item": item,
        "cell": cell,
        "least": math.nan if limit.least is None else limit.least,
        "most": math.nan if limit.most is None else limit.most,
        "unit": line["unit"] or "",
        "measured": found.measured,
        "listed": float(garage.listed) if box == 4 and garage.stated else math.nan,
        "verdict": found.verdict,
        "reason": found.reason,
        "detail": found.detail,
        "source_line": int(line["source_line"]),
    }


def _vehicles(garage: _Garage, item: str, cell: str, box: int) -> Finding:
    if cell == NOT_REQUIRED_CELL:
        return Finding(
            NOT_REQUIRED, "not_required", float(garage.of(item).sure) if garage.stated else math.nan
        )
    if not garage.stated:
        return Finding(NOT_STATED, garage.reason)
    count = garage.engines if box == 4 else garage.of(item)
    measured, limit = float(count.sure), cell_limit(cell, box)
    if cell in {LOST, MERGED}:
        return Finding(NOT_STATED, f"cell_{cell}", measured)
    if cell == OPTIONAL_CELL:
        return Finding(OPTIONAL, "optional", measured)
    if limit is None:
        return Finding(NOT_STATED, "cell_unreadable", measured, cell)
    found = against(
        limit, measured, float(count.most), measured, doubt="vehicle_unknown", detail="、".join(garage.untold)
    )
    if found.verdict == NOT_MET and item == MERGED_PAIR[0] and limit.least is not None:
        both = measured + garage.of(MERGED_PAIR[1]).most
        if both >= limit.least:
            # If the number stands for both rows it is met; if the other row's was lost, it is not.
            return Finding(DEPENDS, "cell_merged", measured)
    return found


def _equipment(equipment: pd.DataFrame | None, station_id: str, item: str, cell: str) -> Finding:
    if equipment is None:
        return Finding(NOT_STATED, "equipment_not_stated")
    rows = equipment[(equipment["station_id"] == station_id) & (equipment["item"] == item)]
    counts = pd.to_numeric(rows["count"], errors="coerce")
    if rows.empty or counts.isna().any():
        return Finding(NOT_STATED, "equipment_not_stated")
    total, limit = float(counts.sum()), cell_limit(cell, 6)
    if limit is None:
        return Finding(NOT_STATED, "asked_in_words" if cell == IN_WORDS else "cell_unreadable", total)
    return against(limit, total, total, total, doubt="")


@dataclass(frozen=True)
class FleetTotal:
    """All stations of the plan together: how many engines their grades ask for, and how many are listed."""

    stations: int
    least: float
    most: float
    engines: int
    listed: int
    not_stated: tuple[str, ...]
    """Stations without a vehicle list of their own."""


def fleet_total(table: pd.DataFrame) -> FleetTotal:
    """Add up box 4 over all stations of :func:`fleet_check`; stations of no known grade ask for nothing here."""
    whole = table[table["box"] == 4]
    return FleetTotal(
        stations=len(whole),
        least=float(whole["least"].sum()),
        most=float(whole["most"].fillna(whole["least"]).sum()),
        engines=int(whole["measured"].sum()),
        listed=int(whole["listed"].sum()),
        not_stated=tuple(whole.loc[whole["measured"].isna(), "station_id"]),
    )


def total_sentence(total: FleetTotal, language: str) -> str:
    """:func:`fleet_total` in words."""
    return say(
        language,
        "fleet.total",
        stations=total.stations,
        least=f"{total.least:g}",
        most=f"{total.most:g}",
        engines=total.engines,
        listed=total.listed,
        stations_without="、".join(total.not_stated) or "–",
    )
