"""The ways in which the numbers of a file may be read, as far as their size allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import BD09, GCJ02, WEB_MERCATOR, WGS84, crs_name, old_datum, split_shift
from geo.datum import ZONE_M, ZONES, gauss, system_of, to_wgs84, utm_at, zone_at
from geo.gcj02 import EAST, NORTH, SOUTH, WEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.crs import Shapes
    from geo.datum import CoordinateSystem
    from geo.network import Floats
    from geo.tables import FileRows

MERCATOR_M = 20_037_508.4
"""Half the width of Web Mercator."""
NORTHING_M = 10_000_000.0


@dataclass(frozen=True)
class Reading:
    """One way to read the numbers: in ``system``; ``swapped``: the first is the northing or latitude;
    ``zone_dropped``: the digits of a zone before the easting are taken off, as they name another zone."""

    system: CoordinateSystem
    swapped: bool = False
    zone_dropped: bool = False

    def turned(self, shapes: Shapes) -> Shapes:
        """Shapes (n,) of the file with x before y, in ``system``."""

        def turn(xy: Floats) -> Floats:
            xy = xy[:, ::-1] if self.swapped else xy
            with np.errstate(invalid="ignore"):  # infinite numbers are no place before and after
                return np.column_stack([xy[:, 0] % ZONE_M, xy[:, 1]]) if self.zone_dropped else xy

        return np.asarray(shapely.transform(shapes, turn), dtype=object)

    def wgs84(self, shapes: Shapes) -> Shapes:
        """Shapes (n,) of the file, read so, in WGS 84 degrees; infinite where they are no place."""
        return to_wgs84(self.turned(shapes), self.system)


_DONE = ("swapped", "zone_dropped")
_SETTLED, _SETTLED_SWAPPED = {"no_crs"}, {"places_contradict", "places_order_unsure"}
"""Problems that a chosen reading answers, and those that one with swapped columns does."""


def reading_text(reading: Reading) -> str:
    """A reading as one word for options and for keeping: ``EPSG:4547``, ``GCJ-02+swapped``,
    ``EPSG:4547+zone_dropped``; :func:`reading_of` reads it back."""
    return "+".join([reading.system.code, *(name for name in _DONE if getattr(reading, name))])


def reading_of(text: str) -> Reading:
    """The reading that a word names; raises ``ValueError`` for a system nobody knows."""
    done = set()
    while (parts := text.rpartition("+"))[2].strip() in _DONE:
        text = parts[0]
        done.add(parts[2].strip())
    return Reading(system_of(text.strip()), swapped="swapped" in done, zone_dropped="zone_dropped" in done)


def read_as(rows: FileRows, reading: Reading) -> FileRows:
    """The rows of a file with their shapes read another way, once a person has chosen it; ``rows`` stays.

    What was open about the coordinate system (``no_crs``), and with swapped columns about which of them goes east, is
    settled by that.
    """
    settled = _SETTLED | (_SETTLED_SWAPPED if reading.swapped else set())
    kept = tuple(each for each in rows.problems if each.code not in settled)
    shapes = None if rows.geometry is None else reading.turned(rows.geometry)
    return replace(rows, geometry=shapes, crs=reading.system.code, problems=kept)


def differences(reading: Reading, declared: Reading | None) -> tuple[str, ...]:
    """What is otherwise than declared, as codes ``datum.difference.<code>``: swapped, zone_dropped, zone_wrong,
    prefix_missing, prefix_extra, gcj02, bd09, shift_none, other_system; empty for the declared reading, and where
    nothing was declared those that are odd in themselves."""
    found = ["swapped"] if reading.swapped else []
    if reading.zone_dropped:
        found.append("zone_dropped")
    one, other = reading.system, None if declared is None else declared.system
    if other is not None and _unshifted(one) != _unshifted(other) and not _alike(one, other):
        zones = {one.kind, other.kind} <= {"gauss", "gauss_zone"} and one.width_deg == other.width_deg
        if zones and one.zone == other.zone:
            found.append("prefix_missing" if one.kind == "gauss" else "prefix_extra")
        else:
            found.append("zone_wrong" if zones else "other_system")
    if one.shift and (other is None or one.shift != other.shift):
        found.append({GCJ02: "gcj02", BD09: "bd09"}[one.shift])
    elif other is not None and other.shift and not one.shift:
        found.append("shift_none")
    return tuple(found)


def _unshifted(system: CoordinateSystem) -> str:
    return split_shift(system.code)[1]


def _alike(one: CoordinateSystem, other: CoordinateSystem) -> bool:
    """WGS 84 and CGCS2000 in degrees count as one."""
    return one.in_degrees and other.in_degrees


def readings(shapes: Shapes, lon: float, lat: float, declared: str | None = None) -> tuple[Reading, ...]:
    """The ways to read ``shapes`` that the size of their numbers allows, each once, the declared one first.

    ``lon``, ``lat``: the middle of where they should lie, by which zones are chosen: its own and the neighbours.
    GCJ-02 and BD-09 are tried on every system, where the formula shifts at all there. An old datum is never among
    them. Nothing where no shape has a finite coordinate.
    """
    xy = shapely.get_coordinates(shapes)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if len(xy) == 0:
        return ()
    x, y = np.median(np.abs(xy), axis=0).tolist()
    named = crs_name(declared) if declared else None
    own = [system_of(named)] if named and not old_datum(named) else []
    found = [Reading(system) for system in own]
    for swapped, east, north in ((False, x, y), (True, y, x)):
        fitting = _in_degrees(east, north) if max(x, y) <= 180 else _in_metres(east, north, lon, lat)
        found += [Reading(system, swapped, dropped) for system, dropped in fitting]
        found += [Reading(system, swapped) for system in own]
    if WEST <= lon <= EAST and SOUTH <= lat <= NORTH:
        found += [
            replace(each, system=system_of(shift if each.system.in_degrees else f"{shift}/{each.system.crs}"))
            for each in tuple(found)
            if not each.system.shift
            for shift in (GCJ02, BD09)
        ]
    return tuple(dict.fromkeys(found))


def _in_degrees(east: float, north: float) -> Iterator[tuple[CoordinateSystem, bool]]:
    if east <= 180 and north <= 90:
        yield system_of(WGS84), False


def _in_metres(east: float, north: float, lon: float, lat: float) -> Iterator[tuple[CoordinateSystem, bool]]:
    if north > NORTHING_M:
        return
    number = int(east // ZONE_M)
    for width, zones in ZONES.items():
        near = [zone for zone in (zone_at(lon, width) + step for step in (0, -1, 1)) if zone in zones]
        if number == 0:
            yield from ((gauss(zone, width_deg=width, prefix=False), False) for zone in near)
        elif number in zones:
            yield gauss(number, width_deg=width), False
            yield from ((gauss(zone, width_deg=width, prefix=False), True) for zone in near if zone != number)
    if number == 0:
        for step in (0, -6, 6):
            yield utm_at((lon + step + 180) % 360 - 180, lat), False
    if east <= MERCATOR_M and north <= MERCATOR_M:
        yield system_of(WEB_MERCATOR), False
