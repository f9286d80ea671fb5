"""What a scenario changes in a county: stations, hydrants and cranes added, moved or off, planned streets opened."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.plain_json import bounded, bounds_of, is_number, known_fields
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

POSITION_STATUSES = ("assumed", "planned", "surveyed")
"""How a place stands that a scenario gives: supposed, laid down in a plan, or measured."""
POSITION_CLASSES = ("P0", "P1", "P2", "P3", "P5", "P6")
"""How near to its point a thing stands; P0: at it. P4, somewhere on a section, takes words, which a scenario lacks."""
MOST_CHANGES, MOST_LETTERS = 1000, 120
"""So many changes of one kind, and so many letters of an id or name, are read."""


def _place(unit: str) -> Any:
    most = {"lon": 180, "lat": 90}[unit]
    return dataclasses.field(metadata={"low": -most, "high": most, "step": 1e-6, "unit": "°"})


def _word(known: tuple[str, ...]) -> Any:
    return dataclasses.field(default=known[0], metadata={"choices": known})


@dataclass(frozen=True)
class StationAdded:
    """A station that stands in the scenario alone. ``lon``, ``lat`` in degrees, WGS 84."""

    id: str
    lon: float = _place("lon")
    lat: float = _place("lat")
    name: str = ""
    position_status: str = _word(POSITION_STATUSES)
    position_class: str = _word(POSITION_CLASSES)
    turnout_s: float | None = bounded(None, 0, 600, 5, "s")
    """None: that of the targets."""
    engines: float | None = bounded(None, 1, 50, 1, "")
    """What it sends; None: not stated, and so not counted."""
    cost_wan_yuan: float | None = bounded(None, 0, 1_000_000, 1, "万元")


@dataclass(frozen=True)
class SourceAdded:
    """A hydrant or water crane that stands in the scenario alone; in all else as :class:`StationAdded`."""

    id: str
    lon: float = _place("lon")
    lat: float = _place("lat")
    name: str = ""
    position_status: str = _word(POSITION_STATUSES)
    position_class: str = _word(POSITION_CLASSES)
    flow_lps: float | None = bounded(None, 0, 1000, 1, "L/s")
    cost_wan_yuan: float | None = bounded(None, 0, 1_000_000, 1, "万元")


@dataclass(frozen=True)
class Moved:
    """A station, hydrant or crane of the county that stands elsewhere in the scenario."""

    id: str
    lon: float = _place("lon")
    lat: float = _place("lat")
    position_status: str = _word(POSITION_STATUSES)
    position_class: str = _word(POSITION_CLASSES)


@dataclass(frozen=True)
class Changes:
    """All changes of a scenario; without any the county is as surveyed. Ids are those of the county's tables.

    ``streets_opened``: planned streets that are open whatever their year, by street id or by the id of their way.
    """

    stations_added: tuple[StationAdded, ...] = ()
    stations_moved: tuple[Moved, ...] = ()
    stations_off: tuple[str, ...] = ()
    hydrants_added: tuple[SourceAdded, ...] = ()
    hydrants_moved: tuple[Moved, ...] = ()
    hydrants_off: tuple[str, ...] = ()
    cranes_added: tuple[SourceAdded, ...] = ()
    cranes_moved: tuple[Moved, ...] = ()
    cranes_off: tuple[str, ...] = ()
    streets_opened: tuple[str, ...] = ()

    @property
    def of_streets(self) -> Changes:
        """The changes as far as the streets depend on them."""
        return Changes(streets_opened=self.streets_opened)

    @property
    def of_water(self) -> Changes:
        """The changes as far as streets and water depend on them: those of the stations left out."""
        return replace(self, stations_added=(), stations_moved=(), stations_off=())

    @property
    def cost(self) -> dict[str, Any]:
        """What the added things cost: ``wan_yuan`` (null unless every one states it), ``stated_wan_yuan`` (of those
        that do) and the numbers ``stated`` and ``not_stated``. Moving and switching off are in no cost."""
        added: list[Any] = [*self.stations_added, *self.hydrants_added, *self.cranes_added]
        costs = [each.cost_wan_yuan for each in added if each.cost_wan_yuan is not None]
        whole = bool(added) and len(costs) == len(added)
        return {
            "wan_yuan": float(sum(costs)) if whole else None,
            "stated_wan_yuan": float(sum(costs)) if costs else None,
            "stated": len(costs),
            "not_stated": len(added) - len(costs),
        }


NO_CHANGES = Changes()

LAYERS = ("stations", "hydrants", "cranes")
"""Layers of the county that a scenario changes."""


def changes_from(data: Any, file: str, found: list[Problem]) -> Changes:
    """Changes from an object of JSON; everything wrong with it is added to ``found``, with the place in its list as
    row. What is wrong is left out of what is returned."""
    fields = known_fields(data, Changes, file, found, within="changes.")
    made: dict[str, tuple[Any, ...]] = {}
    for name, given in fields.items():
        rows = list(given) if isinstance(given, list | tuple) else [given]
        if len(rows) > MOST_CHANGES:
            found.append(
                problem(
                    "changes_many", file=file, field=f"changes.{name}", value=len(rows), limit=MOST_CHANGES
                )
            )
            continue
        kind = _kind_of(name)
        read = [
            _id(each, f"changes.{name}", file, row, found)
            if kind is None
            else _one(each, kind, f"changes.{name}", file, row, found)
            for row, each in enumerate(rows, 1)
        ]
        made[name] = tuple(each for each in read if each is not None)
    changes = Changes(**made)
    found += _repeated(changes, file)
    return changes


def _kind_of(name: str) -> type | None:
    """What a list holds; None for ids."""
    if name.endswith("_added"):
        return StationAdded if name == "stations_added" else SourceAdded
    return Moved if name.endswith("_moved") else None


def _id(value: Any, field: str, file: str, row: int, found: list[Problem]) -> str | None:
    if isinstance(value, str) and value.strip() and len(value) <= MOST_LETTERS and value.isprintable():
        return value
    found.append(
        problem("change_id", file=file, row=row, field=field, value=str(value)[:40], limit=MOST_LETTERS)
    )
    return None


_Made = TypeVar("_Made")


def _one(data: Any, kind: type[_Made], field: str, file: str, row: int, found: list[Problem]) -> _Made | None:
    """One added or moved thing; None where anything is wrong with it."""
    before = len(found)
    values = known_fields(data, kind, file, found, row=row, within=f"{field}.")
    if len(found) > before and not values:
        return None
    _id(values.get("id"), f"{field}.id", file, row, found)
    name = values.get("name", "")
    if not isinstance(name, str) or len(name) > MOST_LETTERS or not (name.isprintable()):
        found.append(
            problem(
                "change_name",
                file=file,
                row=row,
                field=f"{field}.name",
                value=str(name)[:40],
                limit=MOST_LETTERS,
            )
        )
    for each, bounds in bounds_of(kind).items():
        value, low, high = values.get(each), bounds["low"], bounds["high"]
        if value is None and bounds["default"] is None:
            continue
        if value is None or not is_number(value) or not low <= value <= high:
            found.append(
                problem(
                    "target_range",
                    file=file,
                    row=row,
                    field=f"{field}.{each}",
                    value=value,
                    low=low,
                    high=high,
                )
            )
        else:
            values[each] = float(value)
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]
        known = one.metadata.get("choices", ())
        if known and values.get(one.name, known[0]) not in known:
            found.append(
                problem(
                    "not_in_list", file=file, row=row, field=f"{field}.{one.name}",
                    value=str(values[one.name])[:40], known=", ".join(known),
                )
            )  # fmt: skip
    return kind(**values) if len(found) == before else None


def _repeated(changes: Changes, file: str) -> Iterable[Problem]:
    """Ids that two changes of one layer name."""
    lists: dict[str, list[tuple[str, int, str]]] = {}
    for each in dataclasses.fields(Changes):
        layer = each.name.partition("_")[0]
        for row, one in enumerate(getattr(changes, each.name), 1):
            lists.setdefault(layer, []).append((each.name, row, one if isinstance(one, str) else one.id))
    for rows in lists.values():
        first: dict[Hashable, str] = {}
        for name, row, its_id in rows:
            if its_id in first:
                yield problem(
                    "change_twice",
                    file=file,
                    row=row,
                    field=f"changes.{name}",
                    value=its_id,
                    other=first[its_id],
                )
            first.setdefault(its_id, f"changes.{name}")
