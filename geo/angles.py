"""One longitude or latitude as people write it: decimal degrees, or degrees, minutes and seconds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_NUMBER = r"(\d{1,3}(?:\.\d{1,15})?)"
_SIXTY = r"(\d{1,2}(?:\.\d{1,15})?)"
_BEFORE = r"(?P<before>[NSEW]|[东西]经|[南北]纬|经度|纬度|[东西南北])?\s*[:=]?\s*(?P<sign>[-+])?\s*"
_AFTER = r"\s*(?P<after>[NSEW东西南北])?"
_FORMS = tuple(
    re.compile(_BEFORE + inner + _AFTER, re.IGNORECASE)
    for inner in (
        rf"{_NUMBER}\s*[°度d](?:\s*{_SIXTY}\s*['’‘`分m](?:\s*{_SIXTY}\s*(?:''|’’|‘‘|[\"”“″秒s])?)?)?",
        rf"{_NUMBER}\s*[:\s-]\s*{_SIXTY}\s*[:\s-]\s*{_SIXTY}",
        rf"{_NUMBER}\s*[:\s]\s*{_SIXTY}",
        r"(\d{1,9}(?:\.\d{1,15})?)",
    )
)  # fmt: skip
_NEGATIVE, _EASTERN, _NORTHERN = "SW西南", "EW东西经", "NS南北纬"
_SIGNS = str.maketrans({"º": "°", "˚": "°", "−": "-", "´": "'"})
_LONGEST = 60


@dataclass(frozen=True)
class Angle:
    """``degrees``, south and west below zero; ``axis`` is ``lon`` or ``lat`` where letters say so, else empty;
    ``sixty`` whether minutes were written."""

    degrees: float
    axis: str = ""
    sixty: bool = False


def angle_in(text: str) -> Angle | None:
    """The angle a text means, or None: ``114.6977``, ``114°41′52″E``, ``东经114度41分52秒``, ``114 41 52``,
    ``114:41:52.1``, ``114-41-52``. Minutes and seconds end before 60; numbers that run together (1144152) are not
    guessed at."""
    if len(text) > _LONGEST:
        return None
    # NFKC turns the double prime into two single ones and full-width letters into plain ones.
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip().replace("′", "'")
    for form in _FORMS:
        found = form.fullmatch(plain)
        if found:
            return _angle(found)
    return None


def _angle(found: re.Match[str]) -> Angle | None:
    numbers = [float(each) for each in found.groups()[2:-1] if each is not None]
    degrees, minutes, seconds = [*numbers, 0.0, 0.0][:3]
    if minutes >= 60 or seconds >= 60 or (len(numbers) > 1 and not degrees.is_integer()):
        return None
    mark = ((found["before"] or "") + (found["after"] or "")).upper()
    east, north = (any(letter in letters for letter in mark) for letters in (_EASTERN, _NORTHERN))
    if east and north:
        return None
    negative = found["sign"] == "-" or any(letter in _NEGATIVE for letter in mark)
    value = degrees + minutes / 60 + seconds / 3600
    axis = "lon" if east else "lat" if north else ""
    return Angle(-value if negative else value, axis, len(numbers) > 1)
