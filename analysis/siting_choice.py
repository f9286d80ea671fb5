"""What is asked of the solver: which question, for whom, and how closely the land is looked at. One frozen value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from geo.problems import Problem, problem

FEWEST, MOST, MEAN, WORST, BACKUP = QUESTIONS = ("fewest", "most", "mean", "worst", "backup")
"""LSCP, MCLP, p-median, p-center, LSCP-B; see :mod:`analysis.siting`."""

AREA, STREETS, PARCELS, PEOPLE, KEY_UNITS = DEMANDS = ("area", "streets", "parcels", "people", "key_units")
"""What is to be covered: square metres, metres of street, mu of reserve land, people of townships, key units."""

ON_STREETS, ON_PARCELS, OF_FILE = CANDIDATES = ("streets", "parcels", "file")
"""Where a station may be built: anywhere along the streets, on a reserve parcel, or at given points."""

KEEP, FREE = STANDING = ("keep", "free")
"""Whether the stations that count now stay, or may be given up for a better place."""


def _number(default: float, low: float, high: float, unit: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "unit": unit})


@dataclass(frozen=True)
class SitingChoice:
    """A question to the solver; limits, speeds and turnout are the scenario's."""

    question: str = MOST
    further: int = _number(1, 0, 50, "")
    """Stations to be built beyond those that count now; the questions ``fewest`` and ``backup`` do not ask it."""
    demand: str = STREETS
    candidates: str = ON_STREETS
    standing: str = KEEP
    most_candidates: int = _number(500, 1, 10_000, "")
    """So many places along the streets are tried at most, evenly spread."""
    most_places: int = _number(2_000, 10, 20_000, "")
    """So many points stand for ground or streets at most, evenly spread."""
    least_site_m2: float = _number(2_300.0, 0, 1e6, "m²")
    """A parcel smaller than this takes no station: 建标152-2017, least land of a station of the second class."""
    curve_to: int = _number(8, 0, 50, "")
    """The curve is drawn up to so many further stations."""


def siting_numbers() -> dict[str, dict[str, Any]]:
    """Bounds of every number of a choice by name: ``default``, ``low``, ``high``, ``unit``."""
    return {
        each.name: {"default": each.default, **each.metadata}
        for each in dataclasses.fields(SitingChoice)
        if "low" in each.metadata
    }


WORDED = {"question": QUESTIONS, "demand": DEMANDS, "candidates": CANDIDATES, "standing": STANDING}


def check_siting(choice: SitingChoice, file: str = "") -> list[Problem]:
    """Everything wrong with a choice; empty when it can be used."""
    found = [
        problem("not_in_list", file=file, field=name, value=getattr(choice, name), known=", ".join(known))
        for name, known in WORDED.items()
        if getattr(choice, name) not in known
    ]
    return found + [
        problem("target_range", file=file, field=name, value=value, low=bounds["low"], high=bounds["high"])
        for name, bounds in siting_numbers().items()
        if not bounds["low"] <= (value := getattr(choice, name)) <= bounds["high"]
    ]
