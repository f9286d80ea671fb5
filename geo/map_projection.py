"""The county's projected coordinates as polynomials of longitude and latitude, for the browser.

The projection itself stays pyproj's; the polynomials are fitted to it over one county, and how far they stray
from it is measured where they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from geo.crs import WGS84, transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.map_features import Bounds

    Numbers = NDArray[np.float64]

DEGREE = 7
MARGIN_DEG = 0.5
"""How far around what is shown the polynomials still hold."""
MOST_ERROR_M = 0.05
CGCS2000 = 4490


@dataclass(frozen=True)
class FittedProjection:
    """Easting and northing in metres inside ``bounds`` (degrees), never farther than ``largest_error_m`` off.

    The terms are u^i v^j with i + j up to ``degree``, i before j, where u and v run from -1 to 1 over the bounds.
    ``scale``: plane length over length on the ellipsoid in the middle.
    """

    bounds: Bounds
    degree: int
    east: tuple[float, ...]
    north: tuple[float, ...]
    scale: float
    largest_error_m: float


def _terms(lon: Numbers, lat: Numbers, bounds: Bounds) -> Numbers:
    west, south, east, north = bounds
    u = (2 * lon - west - east) / (east - west)
    v = (2 * lat - south - north) / (north - south)
    return np.column_stack([u**i * v**j for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)])


def fitted(projection: FittedProjection, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Easting and northing as the browser works them out."""
    terms = _terms(lon, lat, projection.bounds)
    return terms @ np.array(projection.east), terms @ np.array(projection.north)


def _grid(bounds: Bounds, number: int) -> tuple[Numbers, Numbers]:
    west, south, east, north = bounds
    lon, lat = np.meshgrid(np.linspace(west, east, number), np.linspace(south, north, number))
    return lon.ravel(), lat.ravel()


@lru_cache(maxsize=16)
def fit_projection(crs: str, shown: Bounds) -> FittedProjection | None:
    """The projection of ``crs`` around ``shown`` (west, south, east, north in WGS 84).

    None where what is shown is too large for polynomials to stay within ``MOST_ERROR_M``, as for all of China.
    """
    west, south, east, north = shown
    bounds = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    change = transformer(WGS84, crs)
    lon, lat = _grid(bounds, 24)
    target = np.column_stack(change.transform(lon, lat))
    if not np.isfinite(target).all():
        return None
    solved = np.linalg.lstsq(_terms(lon, lat, bounds), target, rcond=None)[0].round(4)
    factors = pyproj.Proj(crs).get_factors((west + east) / 2, (south + north) / 2)
    found = FittedProjection(
        bounds=bounds,
        degree=DEGREE,
        east=tuple(solved[:, 0].tolist()),
        north=tuple(solved[:, 1].tolist()),
        scale=float(np.sqrt(factors.areal_scale)),
        largest_error_m=0.0,
    )
    lon, lat = _grid(bounds, 61)
    off = np.hypot(
        *(mine - true for mine, true in zip(fitted(found, lon, lat), change.transform(lon, lat), strict=True))
    )
    error_m = float(off.max())
    if error_m > MOST_ERROR_M:
        return None
    return FittedProjection(bounds, DEGREE, found.east, found.north, found.scale, error_m)


def is_cgcs2000(crs: str) -> bool:
    """Whether a CRS rests on the China Geodetic Coordinate System 2000."""
    geodetic = pyproj.CRS.from_user_input(crs).geodetic_crs
    return geodetic is not None and geodetic.to_epsg() == CGCS2000


def gauss_meridian(crs: str) -> float | None:
    """The central meridian in degrees of a Gauss-Krüger projection (scale 1 there); None for any other one."""
    operation = pyproj.CRS.from_user_input(crs).coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    given = {each.code: float(each.value) for each in operation.params}
    return given["8802"] if given.get("8805") == 1.0 else None
