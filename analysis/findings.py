"""What a rule says of a station: met or not, or why that cannot be said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.rule_pack import Limit

MET, NOT_MET, NOT_STATED, NOT_ANALYSED, DEPENDS = "met", "not_met", "not_stated", "not_analysed", "depends"
RULE_VERDICTS = (MET, NOT_MET, DEPENDS, NOT_STATED, NOT_ANALYSED)
"""``not_stated``: the source gives no figure; ``not_analysed``: the county has no data to measure it with."""
SURVEYED = "P0"
"""Position class of a place given by coordinates; every other place is known by words."""


@dataclass(frozen=True)
class Finding:
    """One rule's answer. ``reason`` is a code of ``rule.reason`` in the words; ``measured`` is in the rule's
    unit, NaN where there is no number; ``detail`` names things (a hospital, a street), empty where there are none."""

    verdict: str
    reason: str
    measured: float = math.nan
    detail: str = ""


def against(
    limit: Limit, low: float, high: float, measured: float, *, doubt: str, detail: str = ""
) -> Finding:
    """Hold a quantity known to lie between ``low`` and ``high`` against a limit, both ends inclusive.

    Met or not met only if the whole range is; otherwise it depends on ``doubt``.
    """
    least = -math.inf if limit.least is None else limit.least
    most = math.inf if limit.most is None else limit.most
    if low >= least and high <= most:
        return Finding(MET, "within_limit", measured, detail)
    if high < least:
        return Finding(NOT_MET, "below_limit", measured, detail)
    if low > most:
        return Finding(NOT_MET, "above_limit", measured, detail)
    return Finding(DEPENDS, doubt, measured, detail)
