"""What to know of a layer before it is relied on: what it leaves open, states as nought, says in words beside the
state, or holds twice."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.amounts import rows_text
from geo.area_check import area_problems
from geo.cells import NUMBERS, short
from geo.problems import Problem, problem
from geo.units import QUANTITIES, impossible, unusual

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.crs import Shapes
    from geo.layers import LayerRows
    from geo.tables import FileRows

WATER_LAYERS = ("hydrants", "cranes", "sources")
PLACED_ONCE = (*WATER_LAYERS, "stations")
"""Layers of things of which no two stand in one spot."""
MEASURED = ("dn_mm", "pressure_mpa", "residual_mpa", "flow_lps", "volume_m3", "checked")
"""Columns of which it is said how many rows leave them empty, once the file has them at all."""
SAME_PLACE_M = 0.5
"""Sources nearer than this to each other may be one, entered twice [own]."""
_OUT_OF_USE = re.compile(
    r"\bOOS\b|out[ -]of[ -](?:service|order)|\bremoved\b|\babandoned\b|停用|停水|损坏|报废|拆除|无水|不可用|失效",
    re.IGNORECASE,
)
_OTHER_THINGS = MappingProxyType({
    "hydrants": re.compile(r"水鹤|室内消火栓|室内栓|消防水池|取水码头|water crane|standpipe", re.IGNORECASE),
    "cranes": re.compile(r"消火栓|消防栓|hydrant", re.IGNORECASE),
})  # fmt: skip
"""Words of columns about what a row is that say it belongs into another layer, or into none."""
_TYPE = re.compile(r"类型|类别|种类|type|kind|category", re.IGNORECASE)
_PLACE = re.compile(r"^(lon|lat|x|y|lng|wkt)$|经度|纬度|坐标|longitude|latitude", re.IGNORECASE)
_DEGREE_M = 111_195.0
_ROWS_SHOWN = 10


def source_report(rows: LayerRows) -> list[Problem]:
    """What to say of a file that becomes a layer of water sources or stations; empty for other layers.

    ``stated_partly``: a measured column is empty on some rows (a warning); ``row_of_other_layer``: a column on the type
    of a row names another thing (an error each, since a crane or an indoor hydrant would protect ground that it does
    not); and the doubts of :func:`source_doubts`, those aside.
    """
    table = rows.table
    partly = [
        problem("stated_partly", file=rows.file, field=name, warning=True, count=empty, total=len(table))
        for name in (_measured(rows) if rows.layer.name in WATER_LAYERS else ())
        if (empty := int(table[name].isna().sum()))
    ]
    called = _called_otherwise(rows)
    types = {name for name in called if _TYPE.search(name)}
    wrong = [
        problem(
            "row_of_other_layer", file=rows.file, row=row, field=name, value=short(table[name].iloc[row - 1])
        )
        for name in sorted(types)
        for row in called[name]
    ]
    doubts = [
        each for each in source_doubts(rows) if not (each.code == "says_other_layer" and each.field in types)
    ]
    return [*wrong, *partly, *doubts]


def source_doubts(rows: LayerRows) -> list[Problem]:
    """Warnings about rows that may not be what they say; empty for layers without sources of water or stations.

    ``states_zero``: a measured column says nought; ``says_out_of_use``: other words of a row in use say that it is
    not; ``says_other_layer``: its name or type is that of another thing; ``same_place``: two rows stand in one place.
    """
    if rows.layer.name not in PLACED_ONCE or rows.table.empty:
        return []
    water = rows.layer.name in WATER_LAYERS
    others = [
        _said("says_other_layer", rows.file, name, found) for name, found in _called_otherwise(rows).items()
    ]
    return [*(_zeros(rows) if water else ()), *(_words(rows) if water else ()), *others, *_places(rows)]


def layer_doubts(rows: LayerRows) -> list[Problem]:
    """Warnings about a layer of a county as it stands, of any kind: the doubts of :func:`source_doubts`, numbers that
    cannot be or are unusual, and stated areas that are not the drawn ones."""
    found: list[Problem] = []
    for name in (
        each.name for each in rows.layer.columns if each.kind in NUMBERS and each.name in QUANTITIES
    ):
        values = rows.table[name].tolist()
        for code, odd in (("values_impossible", impossible), ("values_unusual", unusual)):
            at = [row for row, value in enumerate(values, 1) if odd(value, name)]
            if at:
                low, high = (f"{bound:g}" for bound in QUANTITIES[name].usual)
                unit, shown = QUANTITIES[name].unit, rows_text(at)
                found.append(
                    problem(code, file=rows.file, field=name, warning=True, count=len(at), rows=shown, low=low,
                            high=high, unit=unit)
                )  # fmt: skip
    areas = [replace(each, warning=True) for each in area_problems(rows)]
    return [*source_doubts(rows), *found, *areas]


def repeated_rows(rows: FileRows, file: str) -> list[Problem]:
    """Rows of which an earlier one is the same in every cell and shape: an error each where they say where they are,
    since no two things are in one place; one warning where they do not."""
    shapes = [None] * len(rows.table) if rows.geometry is None else shapely.to_wkb(rows.geometry).tolist()
    names = [each for each in rows.table.columns if rows.table[each].notna().any()]
    placed = rows.geometry is not None or any(_PLACE.search(str(each)) for each in names)
    first: dict[Any, int] = {}
    pairs = []
    cells = zip(*(rows.table[each].tolist() for each in names), shapes, strict=True)
    for row, cell in enumerate(cells, 1):
        if first.setdefault(cell, row) != row:
            pairs.append((row, first[cell]))
    if placed:
        return [problem("row_repeated", file=file, row=row, first=earlier) for row, earlier in pairs]
    return [_said("rows_repeated", file, "", [row for row, _ in pairs])] if pairs else []


def _measured(rows: LayerRows) -> list[str]:
    """The measured columns in which anything stands."""
    return [name for name in MEASURED if name in rows.layer.names and rows.table[name].notna().any()]


def _zeros(rows: LayerRows) -> Iterable[Problem]:
    for name in _measured(rows):
        nought = np.flatnonzero(rows.table[name].eq(0).to_numpy()) + 1
        if len(nought):
            yield _said("states_zero", rows.file, name, nought.tolist())


def _words(rows: LayerRows) -> Iterable[Problem]:
    """Rows in use of which another column says otherwise; their state is what counts until it is mended."""
    table = rows.table
    words = [
        name for name in table.columns if name not in {"status", "source", "location", "unresolved_reason"}
    ]
    used = table[table["status"] == "in_use"]
    for name in words:
        if used[name].dtype.kind in "fiub":
            continue
        said = [value for value in used[name].dropna().unique().tolist() if _says_out_of_use(value)]
        if said:
            found = used.index[used[name].isin(said).to_numpy()] + 1
            yield _said("says_out_of_use", rows.file, str(name), found.tolist())


def _called_otherwise(rows: LayerRows) -> dict[str, list[int]]:
    """Column on what a row is → the rows (from 1) that it calls something else."""
    pattern = _OTHER_THINGS.get(rows.layer.name)
    called: dict[str, list[int]] = {}
    for name in map(str, rows.table.columns if pattern is not None else ()):
        if pattern is not None and (name == "name" or _TYPE.search(name)):
            values = rows.table[name].tolist()
            found = [
                at for at, each in enumerate(values, 1) if isinstance(each, str) and pattern.search(each)
            ]
            called |= {name: found} if found else {}
    return called


def _says_out_of_use(value: Any) -> bool:
    return isinstance(value, str) and _OUT_OF_USE.search(value) is not None


def _places(rows: LayerRows) -> Iterable[Problem]:
    pairs = same_places(rows.geometry)
    if pairs:
        shown = "; ".join(f"{one + 1}, {other + 1}" for one, other in pairs[:_ROWS_SHOWN])
        more = " …" if len(pairs) > _ROWS_SHOWN else ""
        yield problem(
            "same_place", file=rows.file, field="geometry", warning=True,
            count=len(pairs), rows=shown + more, within=SAME_PLACE_M,
        )  # fmt: skip


def same_places(degrees: Shapes) -> list[tuple[int, int]]:
    """Pairs of rows (from 0) whose WGS84 points lie within :data:`SAME_PLACE_M` of each other: each row with an earlier
    one, not with every other, so that many in one spot stay few pairs."""
    points = np.flatnonzero(shapely.get_type_id(degrees) == shapely.GeometryType.POINT)
    if len(points) < 2:
        return []
    xy = shapely.get_coordinates(degrees[points])
    metres = xy * _DEGREE_M * np.array([np.cos(np.radians(xy[:, 1].mean())), 1.0])
    _, first, cell = np.unique(
        np.round(metres / SAME_PLACE_M), axis=0, return_index=True, return_inverse=True
    )
    earlier, later = first[cell], np.arange(len(points))
    tree = shapely.STRtree(shapely.points(metres[first]))
    one, other = first[tree.query(tree.geometries, predicate="dwithin", distance=SAME_PLACE_M)]
    earlier, later = np.append(earlier, one), np.append(later, other)
    near = (earlier < later) & (np.hypot(*(metres[earlier] - metres[later]).T) <= SAME_PLACE_M)
    return sorted(zip(points[earlier[near]].tolist(), points[later[near]].tolist(), strict=True))


def _said(code: str, file: str, field: str, found: list[int]) -> Problem:
    shown = ", ".join(map(str, found[:_ROWS_SHOWN])) + (" …" if len(found) > _ROWS_SHOWN else "")
    return problem(code, file=file, field=field, warning=True, count=len(found), rows=shown)
