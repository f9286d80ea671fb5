"""What county.toml says about a county: its name, coordinate system, seat, study area and sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.crs import crs_name, is_metric, old_datum
from geo.problems import Problem, problem
from geo.tables import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "county.toml"
SEAT_RADIUS_M = 3000.0
"""How far from the county seat a station of the plan may be, unless the file says otherwise [own]."""

_KINDS: Mapping[str, type] = MappingProxyType({
    "name": str, "name_en": str, "adcode": str, "crs": str, "study_area": dict, "seat": dict, "aliases": dict,
    "schematic": dict, "sources": list,
})  # fmt: skip


@dataclass(frozen=True)
class Particulars:
    """The contents of county.toml. ``crs`` is ``None`` where it is left to the place of the data."""

    name: str
    name_en: str = ""
    adcode: str = ""
    crs: str | None = None
    study_file: str = ""
    study_ring: tuple[str, ...] = ()
    seat: tuple[float, float] | None = None
    """Longitude and latitude, WGS84."""
    seat_radius_m: float = SEAT_RADIUS_M
    seat_township: str = ""
    """The township in which the county seat lies; what lies in another is outside the county town."""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    schematic: frozenset[str] = frozenset()
    sources: tuple[tuple[str, str], ...] = ()


def read_particulars(folder: Path) -> tuple[Particulars, list[Problem]]:
    """What the folder's county.toml says and everything wrong with it; defaults where there is no such
    file."""
    path = folder / FILE
    nothing = Particulars(name=folder.resolve().name)
    if not path.is_file():
        return nothing, []
    text = text_of(path.read_bytes())
    if text is None:
        return nothing, [problem("not_text", file=FILE)]
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return nothing, [problem("not_toml", file=FILE, detail=str(error)[:200])]
    found = [
        problem("unknown_field", file=FILE, field=key, warning=True, known=", ".join(_KINDS))
        for key in data
        if key not in _KINDS
    ]
    if "adcode" in data and isinstance(data["adcode"], int):
        data["adcode"] = str(data["adcode"])
    for key, kind in _KINDS.items():
        if key in data and not isinstance(data[key], kind):
            found.append(_wrong(key, data.pop(key)))
    seat, radius = _seat(data.get("seat", {}), found)
    study = data.get("study_area", {})
    return (
        Particulars(
            name=data.get("name", "").strip() or nothing.name,
            name_en=data.get("name_en", ""),
            adcode=data.get("adcode", ""),
            crs=_crs(data.get("crs"), found),
            study_file=_text(study, "file", found),
            study_ring=_names(study.get("ring", []), "study_area.ring", found),
            seat=seat,
            seat_radius_m=radius,
            seat_township=_text(data.get("seat", {}), "township", found),
            aliases=MappingProxyType(
                {
                    key: _names(names, f"aliases.{key}", found)
                    for key, names in data.get("aliases", {}).items()
                }
            ),
            schematic=_marks(data.get("schematic", {}), found),
            sources=_sources(data.get("sources", []), found),
        ),
        found,
    )


def _wrong(name: str, value: object) -> Problem:
    return problem("toml_value", file=FILE, field=name, value=str(value)[:80])


def _text(table: dict[str, Any], key: str, found: list[Problem]) -> str:
    value = table.get(key, "")
    if isinstance(value, str):
        return value
    found.append(_wrong(key, value))
    return ""


def _names(value: object, name: str, found: list[Problem]) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    found.append(_wrong(name, value))
    return ()


def _crs(value: str | None, found: list[Problem]) -> str | None:
    if value is None:
        return None
    known = crs_name(value)
    if known is None:
        found.append(problem("crs_unknown", file=FILE, field="crs", value=value))
        return None
    if not is_metric(known):
        found.append(problem("crs_not_metric", file=FILE, field="crs", value=value))
        return None
    if datum := old_datum(known):
        found.append(problem("crs_old_datum", file=FILE, field="crs", value=datum))
        return None
    return known


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seat(table: dict[str, Any], found: list[Problem]) -> tuple[tuple[float, float] | None, float]:
    radius = table.get("radius_m", SEAT_RADIUS_M)
    if not _number(radius) or not 0 <= radius <= 100_000:
        found.append(_wrong("seat.radius_m", radius))
        radius = SEAT_RADIUS_M
    if "lon" not in table and "lat" not in table:
        return None, float(radius)
    lon, lat = table.get("lon"), table.get("lat")
    if _number(lon) and _number(lat) and -180 <= float(lon) <= 180 and -90 <= float(lat) <= 90:  # type: ignore[arg-type]
        return (float(lon), float(lat)), float(radius)  # type: ignore[arg-type]
    found.append(_wrong("seat.lon, seat.lat", f"{lon}, {lat}"))
    return None, float(radius)


def _marks(table: dict[str, Any], found: list[Problem]) -> frozenset[str]:
    found += [
        _wrong(f"schematic.{key}", value) for key, value in table.items() if not isinstance(value, bool)
    ]
    return frozenset(key for key, value in table.items() if value is True)


def _sources(rows: list[Any], found: list[Problem]) -> tuple[tuple[str, str], ...]:
    kept = []
    for row, each in enumerate(rows, 1):
        if isinstance(each, dict) and all(isinstance(value, str) for value in each.values()):
            kept.append(
                (each.get("layer", ""), "; ".join(value for key, value in each.items() if key != "layer"))
            )
        else:
            found.append(_wrong(f"sources[{row}]", each))
    return tuple(kept)
