"""What would cover a parcel, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping


def flip_words(flip: Mapping[str, Any], language: str) -> str:
    """One change (a row of :func:`analysis.why_not.why_not_facts`) with what it brings."""
    numbers = {
        name: "" if flip[name] is None else f"{flip[name]:.0f}" for name in ("amount", "before", "after")
    }
    what = flip["what"]
    if flip["kind"] == "speed":
        what = say(language, f"value.class.{what}")
    what = what or say(language, "command.route_unnamed")
    text = say(language, f"flip.{flip['kind']}", what=what, **numbers)
    text += say(language, "flip.result", seconds=f"{flip['arrival_s']:.0f}")
    return text + (say(language, "flip.lost", number=flip["lost"]) if flip["lost"] else "")


def why_lines(found: Mapping[str, Any], language: str) -> list[str]:
    """The answer for a person."""
    verdict = say(language, f"verdict.{found['verdict']}")
    late = found["late_s"]
    key = "why_line" if late is not None else "why_nobody_line"
    first = say(
        language,
        f"command.{key}",
        parcel=found["parcel_no"],
        verdict=verdict,
        late="" if late is None else f"{late:.0f}",
    )
    flips = [flip_words(each, language) for each in found["flips"]]
    return [first, *(flips or [say(language, "command.why_none_line")])]
