"""Coordinate systems and arrays of shapes: naming, reprojecting, and which one may be measured in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

WGS84 = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"
"""Its metres are not metres on the ground, so it is taken for input and never for work."""


def shapes_of(values: Sequence[Any]) -> Shapes:
    """An (n,) object array of geometries; never unpacked into coordinates."""
    shapes = np.empty(len(values), dtype=object)
    shapes[:] = list(values)
    return shapes


@lru_cache(maxsize=32)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """The change from one CRS to another, x before y; kept, as finding it takes far longer than using it.

    Every thread sets it up anew, and every run of the page is a thread: by its steps that takes a hundredth of the
    time. Where there are several ways to choose from, which one is taken depends on the place, and it stays as found.
    """
    found = pyproj.Transformer.from_crs(source, target, always_xy=True)
    try:
        return pyproj.Transformer.from_pipeline(found.definition)
    except ProjError:
        return found


def reproject(shapes: Shapes, source: str, target: str) -> Shapes:
    """Shapes in another CRS, ``None`` kept; coordinates that cannot be expressed there become infinite."""
    if source == target or len(shapes) == 0:
        return shapes.copy()
    change = transformer(source, target)

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(change.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapes, moved), dtype=object)


def crs_name(crs: object) -> str | None:
    """``EPSG:n`` of a CRS where it has one, else its WKT; ``None`` where it is not a CRS or names no
    place."""
    try:
        known = pyproj.CRS.from_user_input(crs)
    except (CRSError, TypeError, ValueError):
        return None
    if not (known.is_geographic or known.is_projected) or known.name.lower().startswith(
        ("undefined", "unknown")
    ):
        return None
    code = known.to_epsg()
    return f"EPSG:{code}" if code else known.to_wkt()


def is_metric(crs: str) -> bool:
    """Whether work in metres may be done in this CRS: projected, metres, and not Web Mercator."""
    known = pyproj.CRS.from_user_input(crs)
    metres = all(axis.unit_name == "metre" for axis in known.axis_info)
    return known.is_projected and metres and crs != WEB_MERCATOR


def flat_shapes(shapes: Sequence[Any]) -> Shapes:
    """Shapes in two dimensions, empty ones as ``None``."""
    flat = np.asarray(shapely.force_2d(shapes_of(shapes)), dtype=object)
    flat[np.asarray(shapely.is_empty(flat), dtype=bool)] = None
    return flat


def looks_projected(shapes: Shapes) -> bool:
    """Whether most shapes stand at numbers that cannot be degrees: one stray point does not make a
    projection."""
    there = shapes[~shapely.is_missing(shapes)]
    if len(there) == 0:
        return False
    box = np.abs(shapely.bounds(there))
    return bool(np.median((box[:, [0, 2]].max(axis=1) > 180) | (box[:, [1, 3]].max(axis=1) > 90)) > 0.5)
