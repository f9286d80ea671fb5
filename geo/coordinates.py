"""A pair of coordinates as people write it: degrees in either order, degrees with minutes, or metres of a map sheet."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.crs import WGS84, transformer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.map_features import Bounds

MARGIN_DEGREES = 0.5
"""So far around the county a pair is still taken to mean a place near it."""

_NUMBER = r"\d{1,9}(?:\.\d{1,12})?"
_ONE = (
    r"(?P<before{n}>[NSEWXY]|[东西]经|[南北]纬|经度|纬度|[东西南北])?\s*[:=]?\s*(?P<sign{n}>[-+]?)(?P<degrees{n}>"
    + _NUMBER
    + r")(?:\s*[°度](?:\s*(?P<minutes{n}>"
    + _NUMBER
    + r")\s*['’′分](?:\s*(?P<seconds{n}>"
    + _NUMBER
    + r")\s*(?:''|’’|′′|\"|”|秒))?)?)?\s*(?P<after{n}>[NSEW东西南北])?"
)
_PAIR = re.compile(
    rf"\s*[(\[]?\s*{_ONE.replace('{n}', '1')}\s*[,;、/\s]\s*{_ONE.replace('{n}', '2')}\s*[)\]]?\s*", re.I
)
_NEGATIVE, _NORTHERN, _EASTERN = "SW西南", "NS北南纬", "EW东西经"


@dataclass(frozen=True)
class Coordinates:
    """A pair that was understood: longitude and latitude in WGS 84, both None where it means no place near by."""

    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class _Written:
    """One number as written; ``axis`` is ``lon``, ``lat`` or empty."""

    value: float
    axis: str


def _written(found: re.Match[str], number: int) -> _Written | None:
    before, after = found[f"before{number}"] or "", found[f"after{number}"] or ""
    degrees, minutes, seconds = (
        float(found[f"{name}{number}"] or 0) for name in ("degrees", "minutes", "seconds")
    )
    if minutes >= 60 or seconds >= 60:
        return None
    mark = (before + after).upper()
    negative = found[f"sign{number}"] == "-" or any(letter in _NEGATIVE for letter in mark)
    axis = (
        "lat"
        if any(letter in _NORTHERN for letter in mark)
        else "lon"
        if any(letter in _EASTERN for letter in mark)
        else ""
    )
    value = degrees + minutes / 60 + seconds / 3600
    return _Written(-value if negative else value, axis)


def _candidates(one: _Written, other: _Written, around: Bounds, crs: str) -> Iterator[tuple[float, float]]:
    pairs = [(one, other), (other, one)]
    if max(abs(one.value), abs(other.value)) <= 180:
        for lon, lat in pairs:
            if abs(lat.value) <= 90 and lon.axis != "lat" and lat.axis != "lon":
                yield lon.value, lat.value
        return
    to_degrees, to_metres = transformer(crs, WGS84), transformer(WGS84, crs)
    west, south, east, north = around
    zone_m = to_metres.transform((west + east) / 2, (south + north) / 2)[0] // 1_000_000 * 1_000_000
    for easting, northing in pairs:
        for east_m in (
            easting.value,
            easting.value % 1_000_000 + zone_m,
        ):  # with and without the zone's number
            yield to_degrees.transform(east_m, northing.value)


def coordinates_in(text: str, around: Bounds, crs: str) -> Coordinates | None:
    """The place two numbers mean, or None where the text is not two numbers.

    Up to 180 they are degrees in WGS 84, longitude or latitude first, whichever lies within ``around`` (west, south,
    east, north) grown by :data:`MARGIN_DEGREES`; letters such as N or 东经 decide where there are any. Beyond that they
    are metres in ``crs``, easting or northing first, with the number of the zone before the easting or without.
    """
    found = _PAIR.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    one, other = _written(found, 1), _written(found, 2)
    if one is None or other is None:
        return None
    west, south, east, north = around
    for lon, lat in _candidates(one, other, around, crs):
        inside_x = west - MARGIN_DEGREES <= lon <= east + MARGIN_DEGREES
        if inside_x and south - MARGIN_DEGREES <= lat <= north + MARGIN_DEGREES:
            return Coordinates(lon, lat)
    return Coordinates(None, None)
