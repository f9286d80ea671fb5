"""Areas from the rings of a boundary-point file, whatever their ring numbers say: what lies inside what decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.file_rows import Unreadable
from geo.problems import problem
from geo.read_limits import MAX_SHORT_RINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.boundary_lines import PointLine
    from geo.problems import Problem

SAME = {"metres": 0.0015, "degrees": 1.5e-8}
"""Two coordinates nearer than this are one: files are written to the millimetre."""


@dataclass(frozen=True)
class Ring:
    """One ring, closed by its coordinates: ``xy`` without the closing point, which a file may repeat or leave out."""

    number: str
    line: int
    xy: tuple[tuple[float, float], ...]


def rings_of(
    points: Sequence[PointLine], same: float, file: str, row: int, found: list[Problem]
) -> list[Ring]:
    """The rings of one parcel: a new one begins with a new ring number, and after a point that closes the last.

    A single point that stands where the ring before it began is that ring's closing point, whatever ring number it
    has. A ring of fewer than three different points is a problem and is left out; far too many of them end the reading
    with :class:`geo.file_rows.Unreadable`.
    """
    rings: list[Ring] = []
    short = 0
    first: PointLine | None = None
    for group in _groups(points, same):
        start = group[0]
        if len(group) == 1 and first is not None and _same(start, first, same):
            if start.ring != first.ring:
                found.append(
                    problem(
                        "txt_ring_number", file=file, row=row, warning=True, line=start.line, value=start.ring
                    )
                )
            continue
        first = start
        open_end = len(group) < 2 or not _same(start, group[-1], same)
        xy = tuple((each.first, each.second) for each in (group if open_end else group[:-1]))
        if len(set(xy)) < 3:
            have, short = len(set(xy)), short + 1
            if short > MAX_SHORT_RINGS:
                raise Unreadable(problem("txt_rings_short", file=file, limit=MAX_SHORT_RINGS))
            found.append(
                problem("txt_ring_short", file=file, row=row, line=start.line, value=start.ring, have=have)
            )
        else:
            rings.append(Ring(start.ring, start.line, xy))
    return rings


def _groups(points: Sequence[PointLine], same: float) -> Iterable[list[PointLine]]:
    """The points of each ring, its closing point included where the file has it."""
    group: list[PointLine] = []
    for point in points:
        closed = len(group) > 2 and _same(group[-1], group[0], same)
        if group and (closed or point.ring != group[0].ring):
            yield group
            group = []
        group.append(point)
    if group:
        yield group


def _same(one: PointLine, other: PointLine, same: float) -> bool:
    return abs(one.first - other.first) < same and abs(one.second - other.second) < same


def area_of(rings: Sequence[Ring], same: float, file: str, row: int, found: list[Problem]) -> Any:
    """Polygon or MultiPolygon of the rings of one parcel; None where there are none or they run into each other.

    A ring inside an odd number of others is a hole of the smallest of them, every other one is a part of its own.
    A ring that crosses itself is handed on as it is, for the check of shapes to name the place.
    """
    if not rings:
        return None
    areas = np.array([shapely.Polygon(each.xy) for each in rings], dtype=object)
    broken = np.flatnonzero(~shapely.is_valid(areas))
    if len(broken) or len(areas) == 1:
        return areas[broken[0] if len(broken) else 0]
    around, crossed = _around(areas, same)
    if crossed is not None:
        one, other = (rings[at].line for at in crossed)
        found.append(
            problem("txt_rings_cross", file=file, row=row, line=max(one, other), first=min(one, other))
        )
        return None
    size = shapely.area(areas)
    parts: dict[int, list[Any]] = {at: [] for at, outer in enumerate(around) if len(outer) % 2 == 0}
    for at, outer in enumerate(around):
        if len(outer) % 2:
            parts[min(outer, key=lambda shell: float(size[shell]))].append(rings[at].xy)
    made = [shapely.Polygon(rings[shell].xy, holes) for shell, holes in parts.items()]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _around(areas: Any, same: float) -> tuple[list[list[int]], tuple[int, int] | None]:
    """For each ring the rings that hold it, and the first two that overlap in part or are the same.

    What overlaps by no more than the rounding of its coordinates along its whole outline does not overlap.
    """
    around: list[list[int]] = [[] for _ in areas]
    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.area(shapely.intersection(areas[one], areas[other]))
    size, length = shapely.area(areas), shapely.length(areas)
    for a, b, common in zip(one.tolist(), other.tolist(), shared.tolist(), strict=True):
        inner, outer = (a, b) if size[a] < size[b] else (b, a)
        hair = same * float(length[inner])
        if common <= hair:
            continue
        if common < size[inner] - hair or common >= size[outer] - hair:
            return around, (a, b)
        around[inner].append(outer)
    return around, None
