"""The lines of a boundary-point file (勘测定界界址点坐标 TXT): header, parcels, points, as they stand in it.

One section of ``key=value`` lines, then parcel lines, which end in ``@``, each followed by its point lines. Real files
keep to that and to little else, so everything else is taken as it comes and what is odd about it is said.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo.cells import short
from geo.problems import problem

if TYPE_CHECKING:
    from geo.problems import Problem

PARCEL_FIELDS = (
    "points_stated",
    "area_stated",
    "parcel_no",
    "name",
    "kind",
    "map_sheet",
    "planned_use",
    "use_code",
)
"""What stands before the ``@``, in this order: 界址点数, 地块面积, 地块编号, 地块名称, 图形属性, 图幅号, 地块用途,
地类编码."""
KINDS = frozenset({"面", "线", "点"})
"""What a parcel line may call its shape: area, line, points."""
_TIDY = str.maketrans("＝【】　\ufeff\t", "=[]   ")
_COMMAS = {True: 7, False: 3}
"""Commas a parcel line, or a point line, has at least; further full-width ones belong to its words."""
_NAMED_AS_PARCEL = re.compile(
    r"(地块|区块|宗地|图斑)\s*[0-9一二三四五六七八九十]*|[0-9一二三四五六七八九十]+号?(地块|宗地)"
)


@dataclass(frozen=True)
class PointLine:
    """One point as written: ``first`` and ``second`` are the two numbers in the order of the file."""

    line: int
    name: str
    ring: str
    first: float
    second: float


@dataclass
class ParcelLines:
    """One parcel as written: ``fields`` by :data:`PARCEL_FIELDS`, missing ones empty; ``more`` what follows them."""

    line: int
    fields: dict[str, str]
    more: tuple[str, ...] = ()
    points: list[PointLine] = field(default_factory=list)


@dataclass
class BoundaryLines:
    """A whole file as written. ``header``: its ``key=value`` lines, the first of each key."""

    header: dict[str, str] = field(default_factory=dict)
    parcels: list[ParcelLines] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def boundary_lines(text: str, file: str) -> BoundaryLines:
    """Header, parcels and points of a file's text; a line that is none of these is a problem and is left out.

    The ``row`` of a problem is the number of the parcel, from 1; ``line`` is that of the file.
    """
    found = BoundaryLines()
    wide: list[int] = []
    for number, written in enumerate(text.splitlines(), 1):
        line = written.translate(_TIDY).strip()
        if not line or line.startswith("["):
            continue
        key, equals, value = line.partition("=")
        of_parcel = line[-1] in "@＠"
        if equals and not of_parcel and not found.parcels and not set(",，") & set(key):
            found.header.setdefault(key.strip(), value.strip())
            continue
        plain = line.replace("，", ",") if line.count(",") < _COMMAS[of_parcel] else line
        if of_parcel:
            _parcel_line(found, plain[:-1], number, file)
        else:
            _point_line(found, plain, number, file)
        if plain != line or line[-1] == "＠":
            wide.append(number)
    if wide:
        found.problems.append(
            problem("txt_wide_marks", file=file, warning=True, count=len(wide), line=wide[0])
        )
    return found


def _parcel_line(found: BoundaryLines, line: str, number: int, file: str) -> None:
    values = [each.strip() for each in line.split(",")]
    if values and not values[-1]:
        values.pop()  # the comma before the @
    fields = dict.fromkeys(PARCEL_FIELDS, "") | dict(zip(PARCEL_FIELDS, values, strict=False))
    parcel = ParcelLines(number, fields, tuple(values[len(PARCEL_FIELDS) :]))
    found.parcels.append(parcel)
    row = len(found.parcels)
    odd_kind = fields["kind"] not in KINDS and fields["kind"] != ""
    named_elsewhere = _NAMED_AS_PARCEL.fullmatch(fields["planned_use"]) is not None
    if odd_kind or named_elsewhere:
        found.problems.append(
            problem("txt_fields_shifted", file=file, row=row, warning=True, line=number, value=short(line))
        )


def _point_line(found: BoundaryLines, line: str, number: int, file: str) -> None:
    row = len(found.parcels) or 1
    values = [each.strip() for each in line.rstrip(",").split(",")]
    numbers = [_number(each) for each in values[2:4]]
    if len(values) < 4 or not all(map(math.isfinite, numbers)):
        found.problems.append(
            problem("txt_line_unreadable", file=file, row=row, line=number, value=short(line))
        )
        return
    if len(values) > 4:
        found.problems.append(
            problem("txt_point_fields", file=file, row=row, warning=True, line=number, have=len(values))
        )
    if not found.parcels:
        found.parcels.append(ParcelLines(number, dict.fromkeys(PARCEL_FIELDS, "")))
        found.problems.append(problem("txt_no_parcel_line", file=file, row=1, warning=True, line=number))
    found.parcels[-1].points.append(PointLine(number, values[0], values[1], numbers[0], numbers[1]))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
