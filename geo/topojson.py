"""TopoJSON: shapes put together from the arcs they share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.crs import looks_projected
from geo.file_rows import (
    FileRows,
    LayerInFile,
    Unreadable,
    chosen_layer,
    plain_column,
    table_of,
    within_limits,
)
from geo.problems import Problem, problem
from geo.read_shapes import BROKEN_SHAPE, settled_shapes, shapes_from, vertices_within_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from geo.file_rows import Wanted

    Floats = NDArray[np.float64]

_KINDS = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")
"""Kinds of shapes that arcs make."""


def is_topology(data: Any) -> bool:
    """Whether a JSON value is TopoJSON."""
    return isinstance(data, dict) and data.get("type") == "Topology"


def read_topology(data: dict[str, Any], wanted: Wanted, encoding: str) -> FileRows:
    """One object of a topology. TopoJSON names no coordinate system; degrees are taken for WGS84 as in GeoJSON."""
    objects = _objects(data, wanted.file)
    chosen = objects[chosen_layer(list(objects), wanted)]
    arcs = _arcs(data, wanted.file)
    vertices_within_limit(sum(_vertices(each, arcs) for each in chosen), wanted.file)
    rows = []
    for each in chosen:
        properties = each.get("properties") if isinstance(each, dict) else None
        row = dict(properties) if isinstance(properties, dict) else {}
        if isinstance(each, dict) and each.get("id") is not None:
            row.setdefault("id", each["id"])
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    within_limits(len(rows), len(names), wanted.file)
    found: list[Problem] = []
    transform = _transform(data, wanted.file)
    collapsed: Counter[str] = Counter()
    shapes = shapes_from(
        chosen, lambda each: _shape(each, arcs, transform, collapsed), wanted.file, "geometry", found
    )
    if collapsed["rings"]:
        count = collapsed["rings"]
        found.append(
            problem("rings_collapsed", file=wanted.file, field="geometry", warning=True, count=count)
        )
    flat = settled_shapes(shapes, wanted.file, "geometry", found)
    if looks_projected(flat):
        found.append(problem("no_crs", file=wanted.file))
    columns = {
        name: plain_column(name, [row.get(name) for row in rows], wanted.file, found) for name in names
    }
    return FileRows(table_of(columns, len(rows)), flat, None, tuple(found), encoding=encoding)


def topology_layers(data: dict[str, Any], file: str) -> tuple[LayerInFile, ...]:
    """The objects of a topology."""
    layers = []
    for name, shapes in _objects(data, file).items():
        kinds = {each.get("type") for each in shapes if isinstance(each, dict)} - {None}
        layers.append(LayerInFile(name, len(shapes), str(kinds.pop()) if len(kinds) == 1 else "Mixed"))
    return tuple(layers)


def _objects(data: dict[str, Any], file: str) -> dict[str, list[Any]]:
    """The shapes of each object; one that is no collection is a collection of one."""
    objects = data.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise Unreadable(problem("not_topojson", file=file, detail="objects"))
    listed = {}
    for name, each in objects.items():
        inner = each.get("geometries") if isinstance(each, dict) else None
        listed[name] = list(inner) if isinstance(inner, list) else [each]
    return listed


def _arcs(data: dict[str, Any], file: str) -> list[Floats]:
    """The arcs, unpacked: each step added to the one before where the file has a transform."""
    transform = _transform(data, file)
    arcs = []
    try:
        for given in data.get("arcs") or []:
            arc = np.array([point[:2] for point in given], dtype=float).reshape(-1, 2)
            arcs.append(arc if transform is None else np.cumsum(arc, axis=0) * transform[0] + transform[1])
    except BROKEN_SHAPE as error:
        raise Unreadable(problem("not_topojson", file=file, detail=f"arcs: {error}"[:200])) from error
    return arcs


def _transform(data: dict[str, Any], file: str) -> tuple[Floats, Floats] | None:
    given = data.get("transform")
    if given is None:
        return None
    try:
        scale, translate = (np.array(given[key], dtype=float).reshape(2) for key in ("scale", "translate"))
    except BROKEN_SHAPE as error:
        raise Unreadable(problem("not_topojson", file=file, detail=f"transform: {error}"[:200])) from error
    return scale, translate


def _numbers(nested: Any, depth: int = 4) -> Iterator[int]:
    """The arc numbers in lists of lists."""
    if isinstance(nested, int):
        yield nested
    elif isinstance(nested, list) and depth:
        for each in nested:
            yield from _numbers(each, depth - 1)


def _vertices(shape: Any, arcs: list[Floats]) -> int:
    """How many vertices a shape will have, before it is made: one arc may be used a million times."""
    numbers = _numbers(shape.get("arcs")) if isinstance(shape, dict) else ()
    return sum(len(arcs[_at(number)]) for number in numbers if _at(number) < len(arcs))


def _at(number: int) -> int:
    return ~number if number < 0 else number


def _shape(
    given: Any, arcs: list[Floats], transform: tuple[Floats, Floats] | None, collapsed: Counter[str]
) -> Any:
    """A shape of a topology; raises one of :data:`BROKEN_SHAPE`. Rings that rounding has made a point or a line are
    counted and left out."""
    kind = given["type"]
    if kind is None:
        return None
    if kind in {"Point", "MultiPoint"}:
        points = np.array(given["coordinates"], dtype=float)[..., :2]
        placed = points if transform is None else points * transform[0] + transform[1]
        return shapely.Point(placed) if kind == "Point" else shapely.MultiPoint(placed.reshape(-1, 2))
    if kind not in _KINDS:
        raise ValueError(f"{kind} within TopoJSON")

    def line(numbers: list[int]) -> Floats:
        """Arcs one after another; where two meet their shared point stands once."""
        parts = [arcs[_at(number)][:: -1 if number < 0 else 1] for number in numbers]
        return np.concatenate([part if at == 0 else part[1:] for at, part in enumerate(parts)])

    def areas(several: list[list[list[int]]]) -> list[shapely.Polygon]:
        made = []
        for rings in several:
            outer, *holes = [_ring(line(ring), collapsed) for ring in rings]
            if outer is not None:
                made.append(shapely.Polygon(outer, [hole for hole in holes if hole is not None]))
        return made

    makers: dict[str, Callable[[Any], Any]] = {
        "LineString": lambda arc: shapely.LineString(line(arc)),
        "MultiLineString": lambda several: shapely.MultiLineString([line(arc) for arc in several]),
        "Polygon": lambda rings: next(iter(areas([rings])), None),
        "MultiPolygon": lambda several: shapely.MultiPolygon(made) if (made := areas(several)) else None,
    }
    return makers[kind](given["arcs"])


def _ring(coordinates: Floats, collapsed: Counter[str]) -> Floats | None:
    if len(np.unique(coordinates, axis=0)) >= 3:
        return coordinates
    collapsed["rings"] += 1
    return None
