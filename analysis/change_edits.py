"""One step of editing the changes of a scenario: add, place, switch off, take back. Each gives new changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.changes import LAYERS, Changes, Moved

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.changes import SourceAdded, StationAdded

PREFIXES = {"stations": "NS", "hydrants": "NH", "cranes": "NW"}
"""What ids of added things begin with."""


def added_to(changes: Changes, layer: str, thing: StationAdded | SourceAdded) -> Changes:
    """The changes with one more thing of a layer; one added under the same id before is replaced."""
    return _put(changes, layer, "added", thing.id, thing)


def placed_at(changes: Changes, layer: str, its_id: str, lon: float, lat: float, **more: Any) -> Changes:
    """The changes with a thing at another place: an added one is put there, one of the county's is moved there, also
    where it was switched off. ``more``: further fields of :class:`analysis.changes.Moved`, or of what is added."""
    for each in getattr(changes, f"{layer}_added"):
        if each.id == its_id:
            return _put(changes, layer, "added", its_id, replace(each, lon=lon, lat=lat, **more))
    return _put(taken_back(changes, layer, its_id), layer, "moved", its_id, Moved(its_id, lon, lat, **more))


def switched_off(changes: Changes, layer: str, its_id: str) -> Changes:
    """The changes without a thing: one of the county's is switched off, wherever it was moved; an added one is no
    longer added."""
    was_added = any(each.id == its_id for each in getattr(changes, f"{layer}_added"))
    left = taken_back(changes, layer, its_id)
    return left if was_added else _put(left, layer, "off", its_id, its_id)


def taken_back(changes: Changes, layer: str, its_id: str) -> Changes:
    """The changes without any of this thing: it is as the county has it, or not there."""
    kept = {
        name: tuple(
            each for each in getattr(changes, name) if (each if isinstance(each, str) else each.id) != its_id
        )
        for name in (f"{layer}_{what}" for what in ("added", "moved", "off"))
    }
    return replace(changes, **kept)


def street_switched(changes: Changes, street_id: str) -> Changes:
    """The changes with a planned street opened, or no longer opened where it was."""
    opened = changes.streets_opened
    rest = tuple(each for each in opened if each != street_id)
    return replace(changes, streets_opened=rest if street_id in opened else (*opened, street_id))


def new_id(changes: Changes, layer: str, taken: Collection[str]) -> str:
    """An id for one more thing of a layer: the first number behind its prefix that neither the county's ``taken`` ids
    nor the changes have."""
    used = {*map(str, taken), *(each.id for each in getattr(changes, f"{layer}_added"))}
    return next(
        name for number in range(1, len(used) + 2) if (name := f"{PREFIXES[layer]}-{number}") not in used
    )


def changed_ids(changes: Changes) -> dict[str, dict[str, str]]:
    """By layer the ids that are changed, and how: added, moved or off."""
    return {
        layer: {
            (each if isinstance(each, str) else each.id): what
            for what in ("added", "moved", "off")
            for each in getattr(changes, f"{layer}_{what}")
        }
        for layer in LAYERS
    }


def _put(changes: Changes, layer: str, what: str, its_id: str, thing: Any) -> Changes:
    """The list with the thing in the place of one of the same id, else behind."""
    name = f"{layer}_{what}"
    rows = list(getattr(changes, name))
    ids = [each if isinstance(each, str) else each.id for each in rows]
    if its_id in ids:
        rows[ids.index(its_id)] = thing
    else:
        rows.append(thing)
    return replace(changes, **{name: tuple(rows)})
