"""Rules of standards and plans as files: packs of rules with their limits, and tables of required vehicles."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.problems import InputError, Problem, problem
from geo.tables import read_rows, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

RULE_FOLDER = Path(__file__).resolve().parent.parent / "data" / "rules"
PACKS = ("cn", "nfpa", "iso")
GRADES = ("一级", "二级", "小型", "特勤", "战勤保障")
"""Station grades, by the characters that tell them apart in any spelling of them."""
MARKS = ("V", "V2", "M")
"""How far a number was checked: wording seen, number seen on a secondary page, general knowledge."""
STRICTNESS = ("must", "should", "reference")
"""``reference``: a value to compare with, which is no duty where the pack is used."""
SCOPES = ("station", "scenario", "hydrant", "crane", "source")
ALL = "all"
ASSUMED: Mapping[str, float] = MappingProxyType(
    {
        "outlet_within_m": 50.0,
        "frontage_within_m": 60.0,
        "barrier_depth_m": 150.0,
        "barrier_part_m2": 10_000.0,
        "barrier_inside_m": 100.0,
    }
)
"""Assumptions that measuring takes, unless the pack says otherwise [own]: how far an exit or a site's edge may
be from the point that stands for it; how far a station may be from the street it fronts; how deep and how large
the ground on each side of a barrier must be for a zone to lie across it; and how long a piece of barrier that ends
inside a zone leaves the question open."""
_RULE_KEYS = frozenset(
    {"id", "standard", "clause", "also", "mark", "strictness", "quantity", "unit", "per", "limits"}
)
_PRESET_NUMBERS = frozenset({"turnout_s", "drive_s", "limit_s", "share", "people", "road_m"})
_TOP = frozenset({"pack", "version", "assumed", "words", "preset", "rule"})


@dataclass(frozen=True)
class Limit:
    """What a quantity is held against; ``None`` where there is no lower or no upper value. Inclusive."""

    least: float | None = None
    most: float | None = None

    def text(self, unit: str = "") -> str:
        """Like ``≤ 7 km2``, ``3900–5600 m2`` or ``2``; empty where there is no number."""
        behind = f" {unit}" if unit else ""
        if self.least is None:
            return "" if self.most is None else f"≤ {self.most:g}{behind}"
        if self.most is None:
            return f"≥ {self.least:g}{behind}"
        same = self.least == self.most
        return f"{self.least:g}{behind}" if same else f"{self.least:g}–{self.most:g}{behind}"


@dataclass(frozen=True)
class Rule:
    """One requirement of a standard. ``clause`` is empty where it was never verified; then nothing is cited.

    ``quantity`` says what is measured, in ``unit``; ``per`` who answers it: each station, each water source of a
    kind, or a scenario as a whole; ``also`` names a second place where the same is asked.
    """

    id: str
    standard: str
    clause: str
    mark: str
    strictness: str
    quantity: str
    unit: str
    limits: Mapping[str, Limit]
    also: str = ""
    per: str = "station"

    @property
    def graded(self) -> bool:
        """Whether the limit depends on the grade of the station."""
        return ALL not in self.limits

    def limit(self, grade: str | None) -> Limit | None:
        """The limit for a station of this grade; ``None`` where the rule does not apply to it."""
        return self.limits.get(ALL) or self.limits.get(grade or "")


@dataclass(frozen=True)
class Preset:
    """Targets a scenario can take from a standard. ``drive_s`` and ``bands_drive_s`` are times of driving, to
    which the turnout is added; ``share`` (of incidents), ``people`` and ``road_m`` are said, not computed."""

    id: str
    mark: str
    turnout_s: float | None = None
    drive_s: float | None = None
    limit_s: float | None = None
    bands_drive_s: tuple[float, ...] = ()
    share: float | None = None
    people: float | None = None
    road_m: float | None = None


@dataclass(frozen=True)
class RulePack:
    """The rules of one file, with the assumptions of our own that measuring them takes (metres, square metres)."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    presets: tuple[Preset, ...]
    assumed: Mapping[str, float] = field(default_factory=lambda: ASSUMED)
    crowded_words: tuple[str, ...] = ()


class _Reader:
    """Collects what is wrong with one pack while it is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def bad(self, where: str, value: object) -> None:
        self.found.append(problem("toml_value", file=self.file, field=where, value=value))

    def number(self, where: str, value: object) -> float | None:
        if value is None:
            return None
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if good and math.isfinite(value) and value >= 0:  # type: ignore[arg-type, operator]
            return float(value)  # type: ignore[arg-type]
        self.bad(where, value)
        return None

    def choice(self, where: str, value: object, known: tuple[str, ...]) -> str:
        if value not in known:
            self.found.append(
                problem("not_in_list", file=self.file, field=where, value=value, known=", ".join(known))
            )
        return str(value)

    def keys(self, where: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
        self.found += [
            problem("unknown_field", file=self.file, field=f"{where}{key}", known=", ".join(sorted(known)))
            for key in table
            if key not in known
        ]

    def text(self, where: str, table: Mapping[str, Any], key: str, *, needed: bool = False) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or (needed and not value):
            self.bad(f"{where}{key}", value)
            return ""
        return value

    def table(self, where: str, value: object) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.bad(where, value)
        return {}

    def rows(self, where: str, value: object) -> list[Mapping[str, Any]]:
        if isinstance(value, list):
            return [self.table(where, each) for each in value]
        self.bad(where, value)
        return []


def _limits(reader: _Reader, where: str, value: object) -> Mapping[str, Limit]:
    limits = {}
    for grade, given in reader.table(where, value).items():
        reader.choice(f"{where}.{grade}", grade, (ALL, *GRADES))
        numbers = reader.table(f"{where}.{grade}", given)
        reader.keys(f"{where}.{grade}.", numbers, frozenset({"least", "most"}))
        least = reader.number(f"{where}.{grade}.least", numbers.get("least"))
        most = reader.number(f"{where}.{grade}.most", numbers.get("most"))
        if least is not None and most is not None and least > most:
            reader.bad(f"{where}.{grade}", f"{least:g} > {most:g}")
        limits[grade] = Limit(least, most)
    if not limits:
        reader.bad(where, value)
    return MappingProxyType(limits)


def _rule(reader: _Reader, table: Mapping[str, Any]) -> Rule:
    name = reader.text("rule.", table, "id", needed=True)
    where = f"rule.{name}."
    reader.keys(where, table, _RULE_KEYS)
    rule = Rule(
        id=name,
        standard=reader.text(where, table, "standard", needed=True),
        clause=reader.text(where, table, "clause"),
        mark=reader.choice(f"{where}mark", table.get("mark"), MARKS),
        strictness=reader.choice(f"{where}strictness", table.get("strictness"), STRICTNESS),
        quantity=reader.text(where, table, "quantity", needed=True),
        unit=reader.text(where, table, "unit"),
        limits=_limits(reader, f"{where}limits", table.get("limits")),
        also=reader.text(where, table, "also"),
        per=reader.choice(f"{where}per", table.get("per", "station"), SCOPES),
    )
    if rule.mark == "M" and (rule.clause or rule.also):
        # What was never verified is shown as such and cites no clause.
        reader.bad(f"{where}clause", rule.clause or rule.also)
    return rule


def _preset(reader: _Reader, table: Mapping[str, Any]) -> Preset:
    name = reader.text("preset.", table, "id", needed=True)
    where = f"preset.{name}."
    reader.keys(where, table, _PRESET_NUMBERS | {"id", "mark", "bands_drive_s"})
    numbers = {key: reader.number(f"{where}{key}", table.get(key)) for key in sorted(_PRESET_NUMBERS)}
    bands = table.get("bands_drive_s", [])
    if not isinstance(bands, list):
        reader.bad(f"{where}bands_drive_s", bands)
        bands = []
    drives = [reader.number(f"{where}bands_drive_s", each) for each in bands]
    if (numbers["drive_s"] is None) == (numbers["limit_s"] is None):
        reader.bad(f"{where}drive_s, limit_s", f"{numbers['drive_s']}, {numbers['limit_s']}")
    return Preset(
        id=name,
        mark=reader.choice(f"{where}mark", table.get("mark"), MARKS),
        bands_drive_s=tuple(each for each in drives if each is not None),
        **numbers,
    )


def read_pack(name: str = "cn", folder: Path = RULE_FOLDER) -> RulePack:
    """Read the pack ``<name>.toml``; raises :class:`InputError` with everything that is wrong with it."""
    path = folder / f"{name}.toml"
    reader = _Reader(path.name)
    data = _toml(path, reader)
    reader.keys("", data, _TOP)
    rules = tuple(_rule(reader, each) for each in reader.rows("rule", data.get("rule", [])))
    presets = tuple(_preset(reader, each) for each in reader.rows("preset", data.get("preset", [])))
    for kind, ids in (("rule", [each.id for each in rules]), ("preset", [each.id for each in presets])):
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            reader.bad(f"{kind}.id", twice)
    reader.keys("assumed.", reader.table("assumed", data.get("assumed", {})), frozenset(ASSUMED))
    assumed = dict(ASSUMED) | {
        key: reader.number(f"assumed.{key}", value) or 0.0
        for key, value in reader.table("assumed", data.get("assumed", {})).items()
    }
    words = reader.table("words", data.get("words", {})).get("crowded", [])
    if not isinstance(words, list) or not all(isinstance(each, str) and each for each in words):
        reader.bad("words.crowded", words)
        words = []
    pack = RulePack(
        reader.text("", data, "pack", needed=True),
        reader.text("", data, "version"),
        rules,
        presets,
        MappingProxyType(assumed),
        tuple(words),
    )
    if reader.found:
        raise InputError(reader.found)
    return pack


def _toml(path: Path, reader: _Reader) -> Mapping[str, Any]:
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise InputError([problem("unreadable", file=reader.file, detail=str(error)[:200])]) from error
    if text is None:
        raise InputError([problem("not_text", file=reader.file)])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([problem("not_toml", file=reader.file, detail=str(error)[:200])]) from error


@dataclass(frozen=True, eq=False)
class Boxes:
    """The plan's tables of what a station is to have, one text column per grade as printed.

    ``count`` (box 4), ``types`` (box 5) and ``equipment`` (box 6): ``item`` or ``type``, the grades, ``unit``,
    ``source_line``, ``note``. ``△`` is optional, ``——`` not required; ``lost`` and ``merged`` are cells that the
    text of the source does not give, ``words`` a requirement without a number. ``kinds`` says which type a kind
    of vehicle is (``None``: none of them) and whether it counts as a fire engine.
    """

    count: pd.DataFrame
    types: pd.DataFrame
    equipment: pd.DataFrame
    kinds: pd.DataFrame


@cache
def read_boxes(folder: Path = RULE_FOLDER) -> Boxes:
    """Read the four tables; raises :class:`InputError` with everything that is wrong with them."""
    found: list[Problem] = []
    wanted = {
        "box4_vehicle_count.csv": ("item", *GRADES[:4], "unit", "source_line", "note"),
        "box5_vehicle_types.csv": ("group", "type", *GRADES[:4], "unit", "source_line", "note"),
        "box6_equipment.csv": ("item", *GRADES[:4], "unit", "source_line", "note"),
        "vehicle_kinds.csv": ("kind", "type", "engine", "note"),
    }
    tables = []
    for name, columns in wanted.items():
        if not (folder / name).is_file():
            found.append(problem("file_missing", file=name, value=name))
            continue
        rows = read_rows(folder / name)
        found += [each for each in rows.problems if not each.warning]
        have = ", ".join(rows.table.columns)
        found += [
            problem("column_missing", file=name, field=column, have=have)
            for column in columns
            if column not in rows.table
        ]
        tables.append(rows.table)
    if found:
        raise InputError(found)
    return Boxes(*tables)
