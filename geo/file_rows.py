"""What a reader of files is asked for and what it gives: rows as they stand in the file, or why they cannot be read."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.problems import Problem, problem
from geo.read_limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of one file.

    ``table``: (n) rows, RangeIndex, object columns named as in the file, missing values ``None``, no
    geometry. ``geometry``: (n,) shapely geometries in two dimensions or ``None``, in ``crs``; ``None`` as a whole
    where the file holds none. ``crs`` is ``None`` where the file leaves it open. ``place_columns``: the columns of
    the table, east before north, that the geometry was made of; empty where the file holds shapes. ``encoding``: that
    of its text, empty where the format leaves no choice.
    """

    table: pd.DataFrame
    geometry: Shapes | None = None
    crs: str | None = None
    problems: tuple[Problem, ...] = ()
    place_columns: tuple[str, ...] = ()
    encoding: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which part of a file is to be read, and how.

    ``file`` names it in messages. ``layer`` is the table to take from a file that holds several, if it is there;
    ``file_layer`` must be there. ``encoding`` overrules what the file says or looks like. ``place_columns`` are the
    two columns, east before north, that hold coordinates; where they are not given they are looked for.
    """

    file: str
    layer: str = ""
    file_layer: str = ""
    encoding: str = ""
    place_columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LayerInFile:
    """One layer or sheet of a file: its name, how many rows it has, and the kind of its shapes (Point, LineString,
    Polygon, the Multi kinds, Mixed; empty: none)."""

    name: str
    rows: int
    geometry: str = ""


class Unreadable(Exception):  # noqa: N818 - not an error of the program, a finding about a file
    """The file gives no rows; ``found`` says why."""

    def __init__(self, *found: Problem) -> None:
        super().__init__(", ".join(each.code for each in found))
        self.found = found


def table_of(columns: dict[str, list[Any]], count: int) -> pd.DataFrame:
    """A table of object columns with ``None`` for what is missing and rows numbered from 0."""
    index = pd.RangeIndex(count)
    return pd.DataFrame(
        {name: pd.Series(values, index, dtype=object) for name, values in columns.items()}, index
    )


def chosen_layer(have: Sequence[str], wanted: Wanted) -> str:
    """The one layer to read of those a file has; raises :class:`Unreadable` where that is open."""
    if not have:
        raise Unreadable(problem("no_rows", file=wanted.file))
    named = ", ".join(have)[:500]
    if wanted.file_layer:
        if wanted.file_layer in have:
            return wanted.file_layer
        raise Unreadable(
            problem("layer_not_there", file=wanted.file, value=wanted.file_layer[:80], have=named)
        )
    if wanted.layer in have:
        return wanted.layer
    if len(have) != 1:
        raise Unreadable(problem("several_layers", file=wanted.file, have=named, layer=wanted.layer))
    return have[0]


def within_limits(rows: int, columns: int, file: str) -> None:
    """Raises :class:`Unreadable` for a table that is larger than any table may be."""
    if rows > MAX_ROWS:
        raise Unreadable(problem("too_many_rows", file=file, limit=MAX_ROWS))
    if columns > MAX_COLUMNS:
        raise Unreadable(problem("too_many_columns", file=file, limit=MAX_COLUMNS))
    if rows * columns > MAX_CELLS:
        raise Unreadable(problem("too_many_cells", file=file, limit=MAX_CELLS))


def plain(value: Any) -> Any:
    """A value as a table holds it: text without blanks around it, whole numbers whole, days and times as ISO 8601,
    lists and objects as JSON, ``None`` for nothing and for what is not a number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, date):  # a moment is a day too
        return _moment(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _moment(value: datetime) -> str:
    midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
    return value.date().isoformat() if midnight else value.isoformat()


def plain_column(name: str, values: Sequence[Any], file: str, found: list[Problem]) -> list[Any]:
    """The values of one column by :func:`plain`; infinite numbers are left out and said."""
    infinite = sum(isinstance(value, float) and math.isinf(value) for value in values)
    if infinite:
        found.append(problem("number_infinite", file=file, field=name, warning=True, count=infinite))
    return [plain(value) for value in values]
