"""Points out of two columns of a table: which columns hold coordinates, which of them goes east, and in what.

In Chinese surveying X is the northing and Y the easting, on maps and in programs it is the other way round: between two
columns called X and Y their size decides, and what was taken is said.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.angles import angle_in
from geo.cells import short
from geo.crs import crs_name, looks_projected, shapes_of, split_shift
from geo.problems import Problem, problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo.file_rows import FileRows, Wanted

    Floats = NDArray[np.float64]

_NAMES = {
    "lon": ("lon", "lng", "long", "longitude", "经度", "东经", "经度坐标", "经度值", "经度e", "wgs84经度"),
    "lat": ("lat", "latitude", "纬度", "北纬", "纬度坐标", "纬度值", "纬度n", "wgs84纬度"),
    "east": ("e", "east", "easting", "东", "东坐标", "东向坐标", "横坐标", "横坐标y", "y横坐标", "东坐标y",
             "y东坐标", "y东", "东y", "xe", "x东", "东x", "ye"),
    "north": ("n", "north", "northing", "北", "北坐标", "北向坐标", "纵坐标", "纵坐标x", "x纵坐标", "北坐标x",
              "x北坐标", "x北", "北x", "xn", "yn", "y北", "北y"),
    "x": ("x", "x坐标", "坐标x", "xcoord", "coordx", "pointx", "xcoordinate", "coordinatex", "x值"),
    "y": ("y", "y坐标", "坐标y", "ycoord", "coordy", "pointy", "ycoordinate", "coordinatey", "y值"),
}  # fmt: skip
"""Names of columns, in small letters and without blanks, signs and units. A name that tells of another datum (高德经度,
BD_经度) is none of them: such numbers lie some hundred metres aside."""
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names}
_PAIRS = (("lon", "lat"), ("east", "north"), ("x", "y"))
"""In the order in which they are taken."""
_UNIT = re.compile(r"[(\[]\s*(m|米|度|°|degrees?|deg|十进制|小数|度分秒)\s*[)\]]")
_NUMBERS_SHARE = 0.5
"""Columns are taken for coordinates where at least so many of their cells can be read as such."""
_CHINA_LON, _CHINA_LAT = (73.0, 136.0), (3.0, 54.0)
_DEGREES, _METRES = "°", "m"


@dataclass(frozen=True)
class _Column:
    """One column read as numbers: NaN where it cannot be; ``sixty`` whether any cell has minutes; ``axis`` lon or lat
    where letters in its cells say so."""

    name: str
    numbers: Floats
    sixty: bool
    axis: str


def place_names(columns: list[str]) -> dict[str, str]:
    """The columns whose names say that they hold coordinates: meaning (lon, lat, east, north, x, y) → column."""
    found: dict[str, str] = {}
    for name in columns:
        plain = _UNIT.sub("", unicodedata.normalize("NFKC", name).lower())
        meaning = _MEANING.get(re.sub(r"[\s_\-()/\[\].]", "", plain))
        if meaning is not None:
            found.setdefault(meaning, name)
    return found


def with_places(rows: FileRows, wanted: Wanted, source_crs: str | None) -> FileRows:
    """The rows with points made of two of their columns; as they are where they have shapes or no such columns.

    The columns stay in the table. A cell that is no coordinate is an error of its row, as are two that disagree with
    the rest on which of them goes east.
    """
    if rows.geometry is not None or not len(rows.table):
        return rows
    pair, left = _pair(rows.table, wanted.place_columns)
    if pair is None:
        return rows
    found = list(rows.problems)
    first, second = (_column(rows.table, name) for name in pair)
    named_exactly = wanted.place_columns is not None or pair == ("lon", "lat")
    if not named_exactly and not (_readable(rows.table, first) and _readable(rows.table, second)):
        return rows
    meaning = {name: kind for kind, name in place_names(list(pair)).items()}
    order = _Order(first, second, meaning.get(first.name, "x"), fixed=named_exactly)
    east, north = (second, first) if order.swapped(wanted.file, found) else (first, second)
    field = f"{first.name}, {second.name}"
    points = _points(rows.table, east, north, field, wanted.file, found)
    unit = order.unit()
    if not named_exactly:
        value = f"{east.name} → E, {north.name} → N"
        other = ", ".join(left) or "–"
        found.append(
            problem("places_from_columns", file=wanted.file, warning=True, value=value, unit=unit, left=other)
        )
    found += _unit_problems(points, unit, source_crs, field, wanted.file)
    return replace(rows, geometry=points, problems=tuple(found), place_columns=(east.name, north.name))


def _pair(table: pd.DataFrame, given: tuple[str, ...] | None) -> tuple[tuple[str, str] | None, list[str]]:
    """The two columns to take, east before north as far as their names say, and others that could have been."""
    columns = [str(name) for name in table.columns]
    if given is not None:
        there = len(given) == 2 and all(name in columns for name in given)
        return ((given[0], given[1]) if there else None), []
    if {"lon", "lat"} <= set(columns):  # this program's own names go before all others
        return ("lon", "lat"), []
    names = place_names(columns)
    pairs = [(names[one], names[other]) for one, other in _PAIRS if one in names and other in names]
    return (pairs[0] if pairs else None), [" / ".join(pair) for pair in pairs[1:]]


def _column(table: pd.DataFrame, name: str) -> _Column:
    values, sixty, axes = [], False, set()
    for cell in table[name].tolist():
        number, angle = _number(cell)
        values.append(number)
        if angle is not None:
            sixty |= angle.sixty
            axes.add(angle.axis)
    axis = axes.pop() if len(axes) == 1 else ""
    return _Column(name, np.array(values, dtype=float), sixty, axis)


def _number(cell: Any) -> tuple[float, Any]:
    if cell is None or isinstance(cell, bool):
        return np.nan, None
    try:
        number = float(cell)
        return (number if np.isfinite(number) else np.nan), None
    except (TypeError, ValueError, OverflowError):
        angle = angle_in(str(cell))
        return (np.nan, None) if angle is None else (angle.degrees, angle)


def coordinate(cell: Any) -> float:
    """The number or angle of one cell; NaN for what is none."""
    return _number(cell)[0]


def _readable(table: pd.DataFrame, column: _Column) -> bool:
    given = table[column.name].notna().to_numpy()
    return bool(given.any()) and np.isfinite(column.numbers[given]).mean() >= _NUMBERS_SHARE


def _points(
    table: pd.DataFrame, east: _Column, north: _Column, field: str, file: str, found: list[Problem]
) -> Any:
    points = shapes_of([None] * len(table))
    xy = np.column_stack([east.numbers, north.numbers])
    sound = np.isfinite(xy).all(axis=1)
    points[sound] = shapely.points(xy[sound])
    given = (table[east.name].notna() | table[north.name].notna()).to_numpy()
    for at in np.flatnonzero(given & ~sound).tolist():
        value = short(f"{table[east.name].iloc[at]}, {table[north.name].iloc[at]}")
        found.append(problem("coordinate_bad", file=file, row=at + 1, field=field, value=value))
    return points


@dataclass(frozen=True)
class _Order:
    """Which of two columns goes east. ``first_meaning`` is what the name of the first says; ``fixed``: as given."""

    first: _Column
    second: _Column
    first_meaning: str
    fixed: bool

    def unit(self) -> str:
        """Degrees or metres, by the size of most rows."""
        size = np.fmax(np.abs(self.first.numbers), np.abs(self.second.numbers))
        size = size[np.isfinite(size)]
        return _DEGREES if self.first.sixty or not len(size) or np.median(size) <= 180 else _METRES

    def swapped(self, file: str, found: list[Problem]) -> bool:
        """Whether the second column goes east; what cannot be told by size is said."""
        field = f"{self.first.name}, {self.second.name}"
        votes = _second_goes_east(self.first.numbers, self.second.numbers, self.unit())
        yes, no = int((votes == 1).sum()), int((votes == 0).sum())
        letters = {"lat": True, "lon": False}.get(self.first.axis)
        if self.fixed or self.first_meaning not in {"x", "y"}:
            wrong = letters is True or yes > no
            if wrong and not (self.fixed and self.unit() == _DEGREES):
                found.append(problem("places_contradict", file=file, field=field))
            return False
        if letters is None and yes == no:
            found.append(problem("places_order_unsure", file=file, field=field, warning=True))
            return False
        answer = letters if letters is not None else yes > no
        found += [
            problem("place_swapped", file=file, row=at + 1, field=field)
            for at in np.flatnonzero(votes == (0 if answer else 1)).tolist()
        ]
        return answer


def _second_goes_east(one: Floats, other: Floats, unit: str) -> NDArray[np.int8]:
    """Per row 1 where the sizes of two numbers say that the second goes east, 0 where the first does, else -1.

    Degrees: a latitude ends at 90; within that China decides (73–136° E, 3–54° N). Metres: a northing of the northern
    half has seven digits; an easting six, or eight with the number of its zone before it.
    """
    a, b = np.abs(one), np.abs(other)
    votes = np.full(len(a), -1, dtype=np.int8)
    if unit == _DEGREES:
        for first, second, answer in ((a, b, 0), (b, a, 1)):
            in_china = _within(first, _CHINA_LON) & _within(second, _CHINA_LAT)
            votes[in_china & (votes < 0) & (np.fmax(a, b) <= 90)] = answer
            votes[(first > 90) & (second <= 90)] = answer
        return votes
    for first, second, answer in ((a, b, 0), (b, a, 1)):
        easting = _within(first, (1e5, 1e6)) | _within(first, (1e7, 1e8))
        votes[easting & _within(second, (1e6, 1e7))] = answer
    return votes


def _within(values: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= bounds[0]) & (values < bounds[1])


def _unit_problems(points: Any, unit: str, source_crs: str | None, field: str, file: str) -> list[Problem]:
    known = crs_name(source_crs) if source_crs is not None else None
    if known is None:
        return [problem("no_crs", file=file, field=field)] if looks_projected(points) else []
    import pyproj

    if unit == _DEGREES and pyproj.CRS.from_user_input(split_shift(known)[1]).is_projected:
        return [problem("degrees_not_metres", file=file, field=field, value=known[:60])]
    return []
