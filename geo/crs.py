"""Coordinate systems and arrays of shapes: naming, reprojecting, and which one may be measured in.

A system is named by ``EPSG:n`` or WKT as pyproj knows it, or by ``GCJ-02`` or ``BD-09`` for the shifted degrees of
Chinese web maps, or by ``GCJ-02/EPSG:n`` where such degrees were projected as if they were true ones.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from geo.gcj02 import from_bd09, from_gcj02, to_bd09, to_gcj02
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


GCJ02, BD09 = "GCJ-02", "BD-09"
SHIFTED = (GCJ02, BD09)
"""Degrees moved by a formula, by some hundred metres; see :mod:`geo.gcj02`."""
_SPELLED = {GCJ02: re.compile(r"GCJ[-_ ]?0?2", re.I), BD09: re.compile(r"BD[-_ ]?0?9(?:LL)?", re.I)}
_OLD_NAMES = {"Xian 1980": "xian", "New Beijing": "newbeijing", "Beijing 1954": "beijing"}
_OLD_ELLIPSOIDS = {6_378_140.0: "Xian 1980", 6_378_245.0: "Beijing 1954"}


def split_shift(crs: str) -> tuple[str, str]:
    """The shift of a system (``GCJ-02``, ``BD-09``, or empty) and the CRS in which its numbers stand."""
    shift, _, projection = crs.partition("/")
    return (shift, projection or WGS84) if shift in SHIFTED else ("", crs)


def shifts_declared(declared: str, wanted: str) -> bool:
    """Whether ``wanted`` is a shift on top of the system that a file declares, so that both may be true: maps of AMap
    and Baidu hand out shifted degrees that call themselves WGS 84. WGS 84 and CGCS2000 in degrees count as one."""
    shift, below = split_shift(wanted)
    if not shift or split_shift(declared)[0]:
        return False
    return declared == below or (_true_degrees(declared) and _true_degrees(below))


def _true_degrees(crs: str) -> bool:
    known = pyproj.CRS.from_user_input(crs)
    return (
        known.is_geographic
        and known.datum is not None
        and known.datum.name.startswith(("World Geodetic System 1984", "China 2000"))
    )


@lru_cache(maxsize=64)
def old_datum(crs: str) -> str:
    """Xian 1980, Beijing 1954 or New Beijing where a CRS rests on it, else empty.

    Their shift against CGCS2000 differs from place to place and is in no public table: PROJ takes such numbers for
    CGCS2000 or moves them by those of another basin, and says nothing. A CRS that brings its own parameters
    (``towgs84``) is none of them.
    """
    known = pyproj.CRS.from_user_input(split_shift(crs)[1])
    geodetic = known.geodetic_crs
    if geodetic is None or geodetic.datum is None or geodetic.ellipsoid is None:
        return ""
    if known.is_bound and known.coordinate_operation is not None and any(known.coordinate_operation.towgs84):
        return ""
    name = re.sub("[^a-z]", "", geodetic.datum.name.lower().removeprefix("d_"))
    for datum, beginning in _OLD_NAMES.items():
        if name.startswith(beginning):
            return datum
    return _OLD_ELLIPSOIDS.get(geodetic.ellipsoid.semi_major_metre, "") if name.startswith("unknown") else ""


@lru_cache(maxsize=32)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """The change from one CRS to another, x before y; kept, as finding it takes far longer than using it.

    Raises :class:`InputError` where one of the two rests on an old Chinese datum and the other does not.

    Every thread sets it up anew, and every run of the page is a thread: by its steps that takes a hundredth of the
    time. Where there are several ways to choose from, which one is taken depends on the place, and it stays as found.
    """
    old = old_datum(source), old_datum(target)
    if old[0] != old[1]:
        raise InputError([problem("old_datum", value=old[0] or old[1])])
    found = pyproj.Transformer.from_crs(source, target, always_xy=True)
    try:
        return pyproj.Transformer.from_pipeline(found.definition)
    except ProjError:
        return found


def reproject(shapes: Shapes, source: str, target: str) -> Shapes:
    """Shapes in another system, ``None`` kept; coordinates that cannot be expressed there become infinite.

    Raises :class:`InputError` as :func:`transformer` does.
    """
    if source == target or len(shapes) == 0:
        return shapes.copy()
    steps = _steps(source, target)

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        for step in steps:
            x, y = step(x, y)
        return np.column_stack([x, y])

    return np.asarray(shapely.transform(shapes, moved), dtype=object)


def _steps(source: str, target: str) -> list[Callable[..., Any]]:
    """What leads from one system to another, each taking and giving x and y."""
    (off, begin), (on, end) = split_shift(source), split_shift(target)
    if not off and not on:
        return [transformer(begin, end).transform]
    undo = {GCJ02: [from_gcj02], BD09: [from_bd09], "": []}[off]
    shift = {GCJ02: [to_gcj02], BD09: [to_bd09], "": []}[on]
    return [transformer(begin, WGS84).transform, *undo, *shift, transformer(WGS84, end).transform]


def crs_name(crs: object) -> str | None:
    """``EPSG:n`` of a CRS where it has one, else its WKT, or the name of a shifted system; ``None`` where it is not a
    CRS or names no place."""
    if isinstance(crs, str):
        shift, _, projection = crs.strip().partition("/")
        for name, spelled in _SPELLED.items():
            if spelled.fullmatch(shift.strip()):
                below = crs_name(projection.strip()) if projection else WGS84
                return name if below == WGS84 else below and f"{name}/{below}"
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
    """Whether work in metres may be done in this CRS: projected, metres, and neither Web Mercator nor shifted."""
    if split_shift(crs)[0]:
        return False
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
