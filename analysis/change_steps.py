"""Single steps of supposing: one more station, hydrant or crane, one moved, off, or as the county has it again.

Every function takes changes and returns changes; a thing stands in one list at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.changes import LAYERS, Moved, SourceAdded, StationAdded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from analysis.changes import Changes

LETTERS = {"stations": "S", "hydrants": "H", "cranes": "C"}
ADDED, MOVED, OFF, OPENED = "added", "moved", "off", "opened"
WHAT = (ADDED, MOVED, OFF)
STREETS = "streets"


@dataclass(frozen=True)
class OneChange:
    """One change: its layer (:data:`analysis.changes.LAYERS` or streets), what is done, to which id, and the place
    in degrees (WGS 84) where it gives one."""

    layer: str
    what: str
    id: str
    name: str = ""
    lon: float | None = None
    lat: float | None = None


def each_change(changes: Changes) -> Iterator[OneChange]:
    """Every change by itself: stations, hydrants, cranes, streets; of each what is added, moved, off."""
    for layer in LAYERS:
        for what in WHAT:
            for one in _list(changes, layer, what):
                if isinstance(one, str):
                    yield OneChange(layer, what, one)
                else:
                    yield OneChange(layer, what, one.id, getattr(one, "name", ""), one.lon, one.lat)
    for street in changes.streets_opened:
        yield OneChange(STREETS, OPENED, street)


def free_id(changes: Changes, layer: str, taken: Collection[str]) -> str:
    """``S+1``, ``H+1``, ``C+1`` …: the first that neither the county (``taken``) nor the changes hold."""
    used = {*taken, *(one.id for one in each_change(changes) if one.layer == layer)}
    number = 1
    while f"{LETTERS[layer]}+{number}" in used:
        number += 1
    return f"{LETTERS[layer]}+{number}"


def add(changes: Changes, layer: str, taken: Collection[str], lon: float, lat: float) -> Changes:
    """One more thing at a place, assumed to stand just there."""
    kind = StationAdded if layer == "stations" else SourceAdded
    new = kind(free_id(changes, layer, taken), lon, lat)
    return _with(changes, layer, ADDED, (*_list(changes, layer, ADDED), new))


def move(changes: Changes, layer: str, its_id: str, lon: float, lat: float) -> Changes:
    """A thing at another place, assumed to stand just there; one that was off is in use again."""
    for what in (ADDED, MOVED):
        rows = _list(changes, layer, what)
        if any(each.id == its_id for each in rows):
            at = {"lon": lon, "lat": lat, "position_status": "assumed", "position_class": "P0"}
            moved = tuple(replace(each, **at) if each.id == its_id else each for each in rows)
            return _with(changes, layer, what, moved)
    left = put_back(changes, layer, its_id)
    return _with(left, layer, MOVED, (*_list(left, layer, MOVED), Moved(its_id, lon, lat)))


def switch_off(changes: Changes, layer: str, its_id: str) -> Changes:
    """A thing out of service; one that is only supposed goes altogether."""
    supposed = any(each.id == its_id for each in _list(changes, layer, ADDED))
    left = put_back(changes, layer, its_id)
    return left if supposed else _with(left, layer, OFF, (*_list(left, layer, OFF), its_id))


def put_back(changes: Changes, layer: str, its_id: str) -> Changes:
    """A thing as the county has it: not added, not moved, not off; of streets, not opened."""
    if layer == STREETS:
        return replace(changes, streets_opened=tuple(s for s in changes.streets_opened if s != its_id))
    for what in WHAT:
        kept = tuple(
            each
            for each in _list(changes, layer, what)
            if (each if isinstance(each, str) else each.id) != its_id
        )
        changes = _with(changes, layer, what, kept)
    return changes


def _list(changes: Changes, layer: str, what: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = getattr(changes, f"{layer}_{what}")
    return found


def _with(changes: Changes, layer: str, what: str, rows: tuple[Any, ...]) -> Changes:
    return replace(changes, **{f"{layer}_{what}": rows})
