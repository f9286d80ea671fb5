"""What to know of a file of water sources before it is relied on: what it leaves open, states as nought, or says
in words beside the state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.crs import Shapes
    from geo.layers import LayerRows

WATER_LAYERS = ("hydrants", "cranes", "sources")
MEASURED = ("dn_mm", "pressure_mpa", "residual_mpa", "flow_lps", "volume_m3", "checked")
"""Columns of which it is said how many rows leave them empty, once the file has them at all."""
SAME_PLACE_M = 0.5
"""Sources nearer than this to each other may be one, entered twice [own]."""
_OUT_OF_USE = re.compile(
    r"\bOOS\b|out[ -]of[ -](?:service|order)|\bremoved\b|\babandoned\b|停用|停水|损坏|报废|拆除|无水|不可用|失效",
    re.IGNORECASE,
)
_DEGREE_M = 111_195.0
_ROWS_SHOWN = 10


def source_report(rows: LayerRows) -> list[Problem]:
    """Warnings about a layer of water sources as checked; empty for other layers.

    ``stated_partly``: a measured column is empty on some rows; and the doubts of :func:`source_doubts`.
    """
    if rows.layer.name not in WATER_LAYERS:
        return []
    table = rows.table
    partly = [
        problem("stated_partly", file=rows.file, field=name, warning=True, count=empty, total=len(table))
        for name in _measured(rows)
        if (empty := int(table[name].isna().sum()))
    ]
    return [*partly, *source_doubts(rows)]


def source_doubts(rows: LayerRows) -> list[Problem]:
    """Warnings about rows of water sources that may not be what they say; empty for other layers.

    ``states_zero``: a measured column says nought; ``says_out_of_use``: other words of a row in use say that it is
    not; ``same_place``: two rows stand in one place.
    """
    if rows.layer.name not in WATER_LAYERS or rows.table.empty:
        return []
    return [*_zeros(rows), *_words(rows), *_places(rows)]


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
