"""Words and numbers as one reader sees them: a language, and figures written the way it writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from geo.words import say, say_or


def missing(value: Any) -> bool:
    """Whether a table's cell holds nothing: None, NaN or an empty text."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def plain(text: Any) -> str:
    """A text from a file as Markdown that shows it letter by letter."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&=^\"'" else c for c in str(text))
    return " ".join(escaped.split())


@dataclass(frozen=True)
class Words:
    """The words of one language, ``zh`` or ``en``."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text under ``key``; an unknown key raises ``KeyError``."""
        return say(self.language, key, **values)

    def of(self, group: str, code: Any) -> str:
        """The word for a code of a table, ``group.code``; the code itself where there is no word for it."""
        return "" if missing(code) else say_or(self.language, f"{group}.{code}", str(code))

    def reason(self, code: Any, values: Any = ()) -> str:
        """Why a verdict is as it is; where a place was not found, why not, with the names it speaks of."""
        if missing(code):
            return ""
        key = f"location.{code}"
        if say_or(self.language, key, ""):
            return say(self.language, key, **dict(values or ()))
        return self.of("reason", code)

    def listed(self, group: str, codes: Any) -> str:
        """The words for codes written with commas between them."""
        parts = [] if missing(codes) else str(codes).split(",")
        return self("value.between").join(self.of(group, code.strip()) for code in parts if code.strip())

    def minutes(self, seconds: Any) -> str:
        """Minutes and seconds, ``4′10″``; empty for no time."""
        if missing(seconds) or not math.isfinite(float(seconds)):
            return ""
        whole = round(float(seconds))
        return self("value.minutes", minutes=whole // 60, seconds=f"{whole % 60:02d}")

    def span(self, low: str, high: str) -> str:
        """Two texts as a range; one text where they say the same, or where one says nothing."""
        if not low or not high or low == high:
            return low or high
        return self("value.range", low=low, high=high)

    def metres(self, metres: Any) -> str:
        """Whole metres below ten kilometres, kilometres with one digit beyond; empty for none."""
        if missing(metres) or not math.isfinite(float(metres)):
            return ""
        length = float(metres)
        if length < 10000:
            return self("value.metres", metres=f"{length:,.0f}")
        return self("value.kilometres", kilometres=f"{length / 1000:,.1f}")

    def share(self, share: Any) -> str:
        """A share from 0 to 1 in per cent with one digit; empty for none."""
        return "" if missing(share) else f"{float(share) * 100:.1f} %"

    def share_range(self, low: Any, high: Any) -> str:
        """Two shares as one figure, one where they are the same when written."""
        if missing(low) or missing(high):
            return ""
        first, last = f"{float(low) * 100:.1f}", f"{float(high) * 100:.1f}"
        return f"{last} %" if first == last else f"{first}–{last} %"

    def mu(self, area_mu: Any) -> str:
        """An area in 亩 with two digits; empty for none."""
        return "" if missing(area_mu) else self("value.mu", mu=f"{float(area_mu):,.2f}")

    def square_km(self, area_m2: Any) -> str:
        """An area in square kilometres with two digits; empty for none."""
        return "" if missing(area_m2) else self("value.square_km", area=f"{float(area_m2) / 1e6:,.2f}")
