"""Who drives water to and fro between a crane and a fire, and how quickly: the choice behind a tanker shuttle."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from analysis import standards
from geo.problems import Problem, problem

LEAST_TANK_L, MOST_TANK_L, MOST_TANKERS = 100.0, 60_000.0, 100


def _number(default: float, low: float, high: float, step: float, unit: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "step": step, "unit": unit})


@dataclass(frozen=True)
class ShuttleChoice:
    """Who drives to and fro, and how quickly it is handled. All defaults are assumptions; bounds stand here only."""

    tanks_l: tuple[float, ...] = standards.SHUTTLE_TANKS_L
    """One per tanker."""
    tanks_stated: bool = False
    """Whether the tanks are those of listed vehicles; else they are assumed."""
    fill_lps: float | None = None
    """What fills a tanker at every crane; None: the flow that each crane states."""
    unload_lps: float = _number(standards.SHUTTLE_UNLOAD_LPS, 1, 500, 5, "L/s")
    fill_handling_s: float = _number(standards.SHUTTLE_FILL_HANDLING_S, 0, 1800, 10, "s")
    unload_handling_s: float = _number(standards.SHUTTLE_UNLOAD_HANDLING_S, 0, 1800, 10, "s")
    lost_share: float = _number(standards.SHUTTLE_LOST_SHARE, 0, 0.9, 0.05, "")


def shuttle_numbers() -> dict[str, dict[str, Any]]:
    """Bounds of the choice's numbers by name: ``default``, ``low``, ``high``, ``step``, ``unit``."""
    return {
        each.name: {"default": each.default, **each.metadata}
        for each in dataclasses.fields(ShuttleChoice)
        if "low" in each.metadata
    }


def check_shuttle(choice: ShuttleChoice, file: str = "") -> list[Problem]:
    """Everything wrong with a choice; empty when it can be used."""
    limits = [
        (name, getattr(choice, name), each["low"], each["high"]) for name, each in shuttle_numbers().items()
    ]
    limits += [("tanks_l", tank_l, LEAST_TANK_L, MOST_TANK_L) for tank_l in choice.tanks_l]
    limits.append(("tanks_l", len(choice.tanks_l), 1, MOST_TANKERS))
    if choice.fill_lps is not None:
        limits.append(("fill_lps", choice.fill_lps, 1, 500))
    return [
        problem("target_range", file=file, field=name, value=value, low=low, high=high)
        for name, value, low, high in limits
        if not low <= value <= high
    ]
