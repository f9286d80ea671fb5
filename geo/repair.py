"""Areas that are not valid, mended by consent where there is one way to do it, with the area before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.area_check import drawn_mu
from geo.crs import WGS84, reproject, shapes_of
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from geo.crs import Shapes

SAME_AREA = 0.01
"""Part by which two ways of repairing may differ before it is not clear what the shape was to be [own]."""


@dataclass(frozen=True)
class Repair:
    """A row (from 1) whose area is not valid, and why; its area in 亩 as drawn and as it would be mended.

    ``clear``: every way of mending gives that area; else the shape must be mended by whoever knows it.
    """

    row: int
    reason: str
    before_mu: float
    after_mu: float
    clear: bool


def repairs_of(shapes: Shapes, crs: str, metric: str | None = None) -> tuple[Shapes, tuple[Repair, ...]]:
    """The shapes with all areas mended that can be, and what that did to each; ``shapes`` is left as it is.

    Two ways are tried: what an odd number of boundaries surround, and what any outer ring holds. Where they differ,
    the row keeps its shape. Areas are measured in ``metric``, else on the ellipsoid.
    """
    polygons = np.isin(
        shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    )
    rows = np.flatnonzero(polygons & ~shapely.is_valid(shapes))
    finite = np.isfinite(shapely.bounds(shapes[rows])).all(axis=1)
    rows = rows[finite]
    odd, any_ring = (
        shapes_of([_areas_of(each) for each in _made_valid(shapes[rows], way)])
        for way in ("linework", "structure")
    )
    before, after, other = (
        np.nan_to_num(drawn_mu(reproject(each, crs, WGS84), metric)) for each in (shapes[rows], odd, any_ring)
    )
    clear = (after > 0) & (np.abs(after - other) <= SAME_AREA * np.maximum(after, other))
    mended = shapes.copy()
    mended[rows[clear]] = odd[clear]
    reasons = shapely.is_valid_reason(shapes[rows])
    cells = zip(rows.tolist(), reasons, before.tolist(), after.tolist(), clear.tolist(), strict=True)
    return mended, tuple(Repair(row + 1, str(why), was, now, fine) for row, why, was, now, fine in cells)


def _made_valid(shapes: Shapes, way: str) -> list[Any]:
    if way == "linework":
        return list(shapely.make_valid(shapes))
    return [shapely.make_valid(each, method="structure", keep_collapsed=False) for each in shapes]


def _areas_of(shape: Any) -> Any:
    """The polygons of a shape as one; None where there is none."""
    parts = [each for each in _parts(shape) if each.geom_type == "Polygon"]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _parts(shape: Any) -> list[Any]:
    parts = list(shapely.get_parts(shape))
    return [each for part in parts for each in (_parts(part) if hasattr(part, "geoms") else [part])]


def repair_problems(repairs: tuple[Repair, ...], file: str, *, done: bool) -> list[Problem]:
    """What to say of each: mended (a warning), could be mended, or not clear how."""
    found = []
    for each in repairs:
        code = ("geometry_repaired" if done else "geometry_repairable") if each.clear else "geometry_unclear"
        found.append(
            problem(
                code, file=file, row=each.row, field="geometry", warning=True,
                before=f"{each.before_mu:.6g}", after=f"{each.after_mu:.6g}",
            )
        )  # fmt: skip
    return found
