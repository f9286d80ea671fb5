"""Shapes as they come out of a file: within limits, in two dimensions, finite; whatever is changed is said."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.crs import flat_shapes, shapes_of
from geo.file_rows import Unreadable
from geo.problems import Problem, problem
from geo.read_limits import MAX_COLLECTIONS, MAX_VERTICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.file_rows import Shapes

FAMILY = {
    "Point": "Point", "MultiPoint": "Point", "LineString": "LineString", "LinearRing": "LineString",
    "MultiLineString": "LineString", "Polygon": "Polygon", "MultiPolygon": "Polygon",
}  # fmt: skip
"""Kinds that count as the same when a file is said to mix kinds."""
_NESTING_WORDS = re.compile("COLLECTION|CURVE|SURFACE", re.IGNORECASE)
_NESTING_TYPES = frozenset({7, 9, 10, 11, 12, 15})
"""WKB numbers of collections, curves and surfaces, which hold other shapes of any kind."""
# The head of such a shape within WKB: byte order, then its number, with the marks of height, measure and system.
_NESTED_HEADS = re.compile(
    rb"\x01[\x07\x09-\x0c\x0f]\x00\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]"
    rb"|\x01[\xef\xf1-\xf4\xf7]\x03\x00\x00|\x01[\xd7\xd9-\xdc\xdf]\x07\x00\x00|\x01[\xbf\xc1-\xc4\xc7]\x0b\x00\x00"
    rb"|\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00\x00[\x07\x09-\x0c\x0f]"
    rb"|\x00\x00\x00\x03[\xef\xf1-\xf4\xf7]|\x00\x00\x00\x07[\xd7\xd9-\xdc\xdf]|\x00\x00\x00\x0b[\xbf\xc1-\xc4\xc7]"
)
BROKEN_SHAPE = (
    ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, NotImplementedError,
    shapely.errors.ShapelyError,
)  # fmt: skip
"""What making a shape of broken input raises."""


def shape_of_wkt(text: str) -> Any:
    """A shape from well-known text; raises one of :data:`BROKEN_SHAPE`.

    Collections within collections are refused early: GEOS goes down a level of the program's own stack for each.
    """
    if len(_NESTING_WORDS.findall(text)) > MAX_COLLECTIONS:
        raise ValueError("collections within collections")
    return shapely.from_wkt(text)


def shape_of_wkb(data: bytes) -> Any:
    """A shape from well-known binary, with the same care as :func:`shape_of_wkt`."""
    if _may_nest(data) and len(_NESTED_HEADS.findall(data)) > MAX_COLLECTIONS:
        raise ValueError("collections within collections")
    return shapely.from_wkb(data)


def shapes_of_wkb(values: Sequence[bytes | None], file: str, found: list[Problem]) -> list[Any]:
    """A shape of each value, all at once where all are sound; broken ones are said by their row."""
    if not any(_may_nest(value) for value in values):
        try:
            return list(shapely.from_wkb(np.array([*values, None], dtype=object))[:-1])
        except BROKEN_SHAPE:
            pass
    return shapes_from(values, shape_of_wkb, file, "geometry", found)


def _may_nest(value: bytes | None) -> bool:
    return value is not None and wkb_number(value) in _NESTING_TYPES


def wkb_number(value: bytes) -> int:
    """The number of the kind of shape in well-known binary, without the marks of height and measure."""
    return (int.from_bytes(value[1:5], "little" if value[:1] == b"\x01" else "big") & 0xFFFF) % 1000


def shapes_from(
    values: Sequence[Any], make: Any, file: str, field: str, found: list[Problem], first_row: int = 1
) -> list[Any]:
    """A shape of each value by ``make``, ``None`` for ``None`` and for what is broken, which is said by its row."""
    shapes: list[Any] = []
    for row, value in enumerate(values, first_row):
        try:
            with np.errstate(invalid="ignore"):  # infinite numbers are found afterwards
                shapes.append(None if value is None else make(value))
        except BROKEN_SHAPE as error:
            shapes.append(None)
            detail = str(error)[:200]
            found.append(problem("geometry_unreadable", file=file, row=row, field=field, detail=detail))
    return shapes


def vertices_within_limit(vertices: int, file: str) -> None:
    """Raises :class:`Unreadable` for more vertices than one table may have."""
    if vertices > MAX_VERTICES:
        raise Unreadable(problem("too_many_vertices", file=file, limit=MAX_VERTICES))


def settled_shapes(shapes: Sequence[Any], file: str, field: str, found: list[Problem]) -> Shapes:
    """The shapes in two dimensions: heights and measures dropped and empty shapes left out, each with a word; shapes
    with coordinates that are no numbers are errors of their rows."""
    given = shapes_of(shapes)
    vertices_within_limit(int(shapely.get_num_coordinates(given).sum()), file)
    there = ~shapely.is_missing(given)
    raised = _raised(given)
    if raised:
        found.append(problem("height_dropped", file=file, field=field, warning=True, count=raised))
    empty = int((shapely.is_empty(given) & there).sum())
    if empty:
        found.append(problem("geometry_empty", file=file, field=field, warning=True, count=empty))
    flat = flat_shapes(list(given))
    coordinates, row = shapely.get_coordinates(flat, return_index=True)
    for at in np.unique(row[~np.isfinite(coordinates).all(axis=1)]).tolist():
        flat[at] = None
        found.append(problem("coordinate_bad", file=file, row=at + 1, field=field, value="NaN, inf"))
    return flat


def _raised(shapes: Shapes) -> int:
    """Shapes with a height that is not nought, or with a measure."""
    coordinates, row = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    height = coordinates[:, 2]
    raised = np.zeros(len(shapes), dtype=bool)
    raised[row[np.isfinite(height) & (height != 0)]] = True
    return int((raised | shapely.has_m(shapes)).sum())


def kinds_of(shapes: Iterable[Any]) -> Counter[str]:
    """How many shapes there are of each kind."""
    return Counter(each.geom_type for each in shapes if each is not None)


def mixed_kinds(shapes: Shapes | None, file: str) -> list[Problem]:
    """A warning where points, lines and areas stand in one table, with how many there are of each."""
    kinds = kinds_of(() if shapes is None else shapes)
    if len({FAMILY.get(kind, kind) for kind in kinds}) < 2:
        return []
    value = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    return [problem("geometry_mixed", file=file, field="geometry", warning=True, value=value)]
