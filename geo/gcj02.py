"""GCJ-02 and BD-09, the shifted degrees of Chinese web maps: the public formula and its exact inverse.

AMap, Tencent and Google's maps of China give GCJ-02, Baidu gives BD-09 on top of it; surveys, GPS, OpenStreetMap and
Tianditu are not shifted. The formula was worked out from outside and published by many; the makers have never
published theirs, and agreement with their maps is about a metre at best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Degrees = NDArray[np.float64]
    Pair = tuple[Degrees, Degrees]

WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
"""The box of the public formula, in degrees: a pair outside it is taken as it is, there and back. It holds all of
China and reaches more than a degree beyond; also abroad within it the formula shifts."""
MOST_ROUNDS = 20
CLOSE_DEG = 1e-13
"""The inverse goes on until nothing moves by more; about 0.01 µm."""

_A, _EE = 6_378_245.0, 0.00669342162296594323  # the Krassowsky ellipsoid
_BD = np.pi * 3000 / 180


def _waves(x: Degrees, y: Degrees, long: float, longest: tuple[float, float]) -> Degrees:
    """The part of both series that swings, in metres: ``long`` over 12 degrees, ``longest`` over 30."""
    short = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    middle = 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
    slow = long * np.sin(np.pi * y / 12) + longest[0] * np.sin(np.pi * y / longest[1])
    return np.asarray((short + middle + slow) * 2 / 3)


def _shift_metres(lon: Degrees, lat: Degrees) -> Pair:
    """How far east and north the formula moves, in metres of its own."""
    x, y = lon - 105, lat - 35
    root, cross = np.sqrt(np.abs(x)), 0.1 * x * y
    east = 300 + x + 2 * y + 0.1 * x * x + cross + 0.1 * root + _waves(x, x, 150, (300, 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + cross + 0.2 * root + _waves(x, y, 160, (320, 30))
    return east, north


def _gcj02(lon: Degrees, lat: Degrees) -> Pair:
    east, north = _shift_metres(lon, lat)
    latitude = np.radians(lat)
    magic = 1 - _EE * np.sin(latitude) ** 2
    across, along = _A / np.sqrt(magic) * np.cos(latitude), _A * (1 - _EE) / magic**1.5
    return lon + np.degrees(east / across), lat + np.degrees(north / along)


def _bd09_of_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _gcj02_of_bd09_in_one_step(lon: Degrees, lat: Degrees) -> Pair:
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BD)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BD)
    return radius * np.cos(angle), radius * np.sin(angle)


def _bd09(lon: Degrees, lat: Degrees) -> Pair:
    return _bd09_of_gcj02(*_gcj02(lon, lat))


def _mirrored(shift: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """Back by the shift of the shifted place instead of that of the place itself."""
    there = shift(lon, lat)
    return 2 * lon - there[0], 2 * lat - there[1]


def _undone(shift: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """The pair that ``shift`` moves to this one, by taking off again and again what is still too much.

    That converges: two pairs of the box that lie apart are shifted almost alike. The shift of one differs from that of
    the other by at most 6 % (GCJ-02: 3 %) of their distance, and by c·√(their distance), c < 2e-6 degrees^½, where they
    lie across 105° E, at which the formula takes a root. So every round leaves at most 6 % of the error, and the end is
    one place, to (c / 0.94)² degrees, half a µm. ``tests/test_gcj02.py`` works the bounds out.
    """
    x, y = lon.copy(), lat.copy()
    for _ in range(MOST_ROUNDS):
        there = shift(x, y)
        east, north = lon - there[0], lat - there[1]
        x += east
        y += north
        if max(np.abs(east).max(initial=0.0), np.abs(north).max(initial=0.0)) < CLOSE_DEG:
            break
    return x, y


def _in_box(change: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """``change`` for the pairs in the box; the others, and what is no number, as they are."""
    x, y = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    inside = (x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH)
    x[inside], y[inside] = change(x[inside], y[inside])
    return x, y


def to_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    """GCJ-02 of WGS 84: arrays (n,) of degrees, as all functions here take and give; NaN stays NaN."""
    return _in_box(_gcj02, lon, lat)


def to_bd09(lon: Degrees, lat: Degrees) -> Pair:
    """BD-09 of WGS 84."""
    return _in_box(_bd09, lon, lat)


def from_gcj02(lon: Degrees, lat: Degrees, *, one_step: bool = False) -> Pair:
    """WGS 84 of GCJ-02, to 1e-6 m of our own round trip.

    ``one_step`` is how most programs do it: up to 3 m off, for comparing with what they made.
    """
    if one_step:
        return _in_box(lambda x, y: _mirrored(_gcj02, x, y), lon, lat)
    return _in_box(lambda x, y: _undone(_gcj02, x, y), lon, lat)


def from_bd09(lon: Degrees, lat: Degrees, *, one_step: bool = False) -> Pair:
    """WGS 84 of BD-09; ``one_step`` as in :func:`from_gcj02`."""
    if one_step:
        return _in_box(lambda x, y: _mirrored(_gcj02, *_gcj02_of_bd09_in_one_step(x, y)), lon, lat)
    return _in_box(lambda x, y: _undone(_bd09, x, y), lon, lat)
