"""What a street can take: its clear width and the height and weight posted on it, read from words and numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]

UNSTATED = frozenset({
    "", "default", "none", "no", "unsigned", "no_sign", "no_indications", "below_default", "unknown", "physical",
    "variable", "nan", "<na>", "不详", "未知", "无", "无限制", "不限",
})  # fmt: skip
"""Values that state no number. ``default`` and ``below_default`` (lower than usual, nobody measured how much) are
such: a street is never called too low by a number that nobody stated."""

_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "米": 1.0, "cm": 0.01,
           "厘米": 0.01, "ft": 0.3048, "feet": 0.3048, "foot": 0.3048}  # fmt: skip
_TONNES = {"": 1.0, "t": 1.0, "ton": 1.0, "tons": 1.0, "tonne": 1.0, "tonnes": 1.0, "吨": 1.0, "kg": 0.001,
           "千克": 0.001, "公斤": 0.001, "lb": 0.00045359237, "lbs": 0.00045359237, "st": 0.90718474}  # fmt: skip
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\d\s.,]*)")
_FEET = re.compile(r"(\d+(?:\.\d+)?)\s*(?:'|′|ft)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|″|''|in)?)?")

TAGS = (
    "width", "est_width", "maxwidth", "maxwidth:physical", "maxheight", "maxheight:physical", "maxweight",
)  # fmt: skip
"""OpenStreetMap's tags that say what a street can take. Rules for lorries alone, or at some hours, are left aside."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of ``k`` streets, ways or places: metres and tonnes, NaN where nothing is stated."""

    width_m: Singles
    max_height_m: Singles
    max_weight_t: Singles

    def of(self, rows: Ints) -> Limits:
        """The limits of some rows."""
        return Limits(self.width_m[rows], self.max_height_m[rows], self.max_weight_t[rows])

    def with_least(self, other: Limits, start: Ints) -> Limits:
        """Each row with what is least among it and the rows ``start[i]:start[i + 1]`` of the other; an unstated
        limit gives way to a stated one."""

        def least(own: Singles, more: Singles) -> Singles:
            return np.fmin(own, np.fmin.reduceat(more, start[:-1])) if len(own) else own

        return Limits(*(least(getattr(self, name), getattr(other, name)) for name in LIMITS))


LIMITS = tuple(Limits.__dataclass_fields__)
"""Names of the limits, in the order of :class:`Limits`."""


def limits(rows: list[tuple[float, float, float]]) -> Limits:
    """Limits from rows of width, height and weight."""
    table = np.asarray(rows, dtype=np.float32).reshape(-1, 3)
    return Limits(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())


def metres(value: object) -> float | None:
    """Metres from ``3.5``, ``3.5 m``, ``350 cm``, ``12'6"``, ``12 ft``, ``3,5``, ``3.5米``.

    NaN for what states no number (:data:`UNSTATED`, 0); ``None`` for what cannot be read. Of several values
    (``3.5;4``) the least counts.
    """
    return _least(value, _METRES)


def tonnes(value: object) -> float | None:
    """Tonnes from ``7.5``, ``7.5 t``, ``7500 kg``, ``16000 lbs``, ``8 st``, ``7.5吨``; otherwise as :func:`metres`."""
    return _least(value, _TONNES)


def _least(value: object, units: Mapping[str, float]) -> float | None:
    read = [_one(part, units) for part in ("" if value is None else str(value)).split(";")]
    known = [each for each in read if each is not None]
    if len(known) < len(read):
        return None
    stated = [each for each in known if not math.isnan(each)]
    return min(stated, default=math.nan)


def _one(text: str, units: Mapping[str, float]) -> float | None:
    text = text.strip().lower()
    if text in UNSTATED:
        return math.nan
    feet = _FEET.fullmatch(text) if units is _METRES else None
    if feet:
        number = (float(feet[1]) * 12 + float(feet[2] or 0)) * 0.0254
    else:
        found = _NUMBER.fullmatch(text)
        if not found or found[2] not in units:
            return None
        # A comma stands for the decimal point, but parts the thousands of small units.
        digits = found[1].replace(
            ",", "" if units[found[2]] < 0.1 and re.search(r",\d{3}$", found[1]) else "."
        )
        number = float(digits) * units[found[2]]
    return number if number > 0 else math.nan


def tagged_limits(tags: Mapping[str, str]) -> tuple[tuple[float, float, float], int]:
    """Width, height and weight from the tags of a way or of a barrier on it, and how many tags cannot be read.

    The width is ``width``, or else ``est_width``, but never more than ``maxwidth``; posted and physical height are
    held to be one, the lower counts.
    """
    given = {key: (tonnes if key == "maxweight" else metres)(tags.get(key, "")) for key in TAGS}
    known = {key: math.nan if value is None else value for key, value in given.items()}
    across = known["est_width"] if math.isnan(known["width"]) else known["width"]
    width = _lesser(across, known["maxwidth"], known["maxwidth:physical"])
    height = _lesser(known["maxheight"], known["maxheight:physical"])
    unread = sum(value is None for value in given.values())
    return (width, height, known["maxweight"]), unread


def barrier_limits(tags: Mapping[str, str]) -> tuple[tuple[float, float, float], int]:
    """The same of a node on a way: what a ``barrier`` lets through, such as a height restrictor.

    The width of a barrier may be that of its post; what it lets through is its ``maxwidth``.
    """
    posted = {key: value for key, value in tags.items() if key not in {"width", "est_width"}}
    return tagged_limits(posted if tags.get("barrier") else {})


def _lesser(*values: float) -> float:
    return min((each for each in values if not math.isnan(each)), default=math.nan)
