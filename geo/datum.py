"""The coordinate systems met in China, each as one frozen value: what it is called, and how to leave it.

CGCS2000 and WGS 84 differ by centimetres to decimetres and count as one. Codes are the EPSG's, checked against pyproj
in ``tests/test_datum.py``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyproj

from geo.crs import BD09, GCJ02, WEB_MERCATOR, WGS84, crs_name, old_datum, reproject, split_shift

if TYPE_CHECKING:
    from geo.crs import Shapes

CGCS2000 = "EPSG:4490"
ZONES = {3: range(25, 46), 6: range(13, 24)}
"""Numbers of the zones of China, by their width in degrees: 75° to 135° E."""
_FIRST_CODE = {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502}
_FIRST_OLD_CODE = {
    "Xian 1980": {(3, True): 2349, (3, False): 2370, (6, True): 2327, (6, False): 2338},
    "Beijing 1954": {(3, True): 2401, (3, False): 2422, (6, True): 21413, (6, False): 21453},
}
"""Code of the first zone of China, by width of the zones and whether eastings begin with the zone's number."""
ZONE_M = 1_000_000
"""The zone's number stands before the easting, whose own six digits never reach this."""
_DATUMS = (
    ("CGCS2000", re.compile(r"CGCS|2000")),
    ("Xian 1980", re.compile(r"(?<!\d)(19)?80(?!\d)|西安|XI.?AN")),
    ("Beijing 1954", re.compile(r"(?<!\d)(19)?54(?!\d)|BEIJING")),
    ("WGS 84", re.compile(r"WGS.?(19)?84|^(19)?84")),
)


@dataclass(frozen=True)
class CoordinateSystem:
    """One system in which numbers may stand.

    ``code``: as :mod:`geo.crs` names it. ``kind``: what it is, a text ``datum.system.<kind>``: wgs84, cgcs2000,
    gcj02, bd09, web_mercator, utm, gauss (eastings without the zone's number), gauss_zone (with it), old (never
    converted in silence) or other. ``width_deg``, ``zone`` and ``meridian_deg`` are those of a zone, else 0. ``shift``:
    GCJ-02 or BD-09 where the degrees are shifted, also before they were projected.
    """

    code: str
    kind: str
    width_deg: int = 0
    zone: int = 0
    meridian_deg: float = 0.0
    shift: str = ""

    @property
    def crs(self) -> str:
        """The CRS in which the numbers stand, without a shift."""
        return split_shift(self.code)[1]

    @property
    def in_degrees(self) -> bool:
        """Whether the numbers are degrees."""
        return bool(pyproj.CRS.from_user_input(self.crs).is_geographic)


def gauss(zone: int, *, width_deg: int = 3, prefix: bool = True, datum: str = "CGCS2000") -> CoordinateSystem:
    """The Gauss-Krüger zone of China by its number; ``prefix``: eastings begin with that number.

    ``datum``: CGCS2000, Xian 1980 or Beijing 1954. Raises ``ValueError`` for a zone that China has not.
    """
    if zone not in ZONES[width_deg]:
        raise ValueError(f"China has no {width_deg}-degree zone {zone}")
    first = _FIRST_CODE if datum == "CGCS2000" else _FIRST_OLD_CODE[datum]
    return system_of(f"EPSG:{first[width_deg, prefix] + zone - ZONES[width_deg].start}")


def zone_at(lon: float, width_deg: int = 3) -> int:
    """Number of the zone in which a longitude lies, China or not."""
    return round(lon / 3) if width_deg == 3 else int(lon // 6) + 1


@lru_cache(maxsize=256)
def system_of(crs: str) -> CoordinateSystem:
    """The system that a name means, in any way :func:`geo.crs.crs_name` knows; raises ``ValueError`` for others."""
    code = crs_name(crs)
    if code is None:
        raise ValueError(f"{crs} is no coordinate system known here")
    shift, below = split_shift(code)
    if shift and below == WGS84:
        return CoordinateSystem(code, {GCJ02: "gcj02", BD09: "bd09"}[shift], shift=shift)
    width, zone, prefix = _zone_of(below)
    if zone:
        meridian = zone * 3.0 if width == 3 else zone * 6.0 - 3
        return CoordinateSystem(code, "gauss_zone" if prefix else "gauss", width, zone, meridian, shift)
    named = {WGS84: "wgs84", CGCS2000: "cgcs2000", WEB_MERCATOR: "web_mercator"}.get(below)
    if named is None and old_datum(below):
        return CoordinateSystem(code, "old", shift=shift)
    utm = pyproj.CRS.from_user_input(below).utm_zone
    if named is None and utm and below.startswith(("EPSG:326", "EPSG:327")):
        return CoordinateSystem(code, "utm", 6, int(utm[:-1]), int(utm[:-1]) * 6.0 - 183, shift)
    return CoordinateSystem(code, named or "other", shift=shift)


def _zone_of(code: str) -> tuple[int, int, bool]:
    """Width, number and prefix of a zone of CGCS2000; zeros where the code is none."""
    number = int(code[5:]) if re.fullmatch(r"EPSG:\d{1,6}", code) else 0
    for (width, prefix), first in _FIRST_CODE.items():
        if first <= number < first + len(ZONES[width]):
            return width, ZONES[width].start + number - first, prefix
    return 0, 0, False


def utm_at(lon: float, lat: float) -> CoordinateSystem:
    """The UTM zone (WGS 84) of a place."""
    return system_of(
        f"EPSG:{32600 if lat >= 0 else 32700}".removesuffix("00") + f"{int((lon + 180) // 6) % 60 + 1:02d}"
    )


def systems_at(lon: float, lat: float) -> tuple[CoordinateSystem, ...]:
    """The systems in which a file about this place may stand, the likeliest first; none that is refused."""
    degrees = [system_of(code) for code in (WGS84, CGCS2000, GCJ02, BD09)]
    zones = []
    for width in (3, 6):
        at = zone_at(lon, width)
        near = [zone for zone in (at, at - 1, at + 1) if zone in ZONES[width]]
        zones += [gauss(zone, width_deg=width, prefix=prefix) for zone in near for prefix in (False, True)]
    return (*degrees, *zones, utm_at(lon, lat), system_of(WEB_MERCATOR))


def datum_named(text: str) -> str:
    """CGCS2000, Xian 1980, Beijing 1954 or WGS 84 as a header names it (2000国家大地坐标系, 西安80), else empty."""
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    return next((datum for datum, spelled in _DATUMS if spelled.search(plain)), "")


def to_wgs84(shapes: Shapes, system: CoordinateSystem) -> Shapes:
    """Shapes (n,), x before y, in WGS 84 degrees; raises :class:`geo.problems.InputError` for an old datum."""
    return reproject(shapes, system.code, WGS84)


def to_crs(shapes: Shapes, system: CoordinateSystem, crs: str) -> Shapes:
    """Shapes (n,), x before y, in another CRS; raises as :func:`to_wgs84` does."""
    return reproject(shapes, system.code, crs)
