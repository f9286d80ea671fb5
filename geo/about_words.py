"""What every file says of itself, in words: for the places of a format where a person looks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo.export import plain_value
from geo.words import say, say_or

if TYPE_CHECKING:
    from geo.result_layer import Handover

WRITTEN = "1980-01-01"
"""The day that stands where a format asks when a file was written: the same input gives the same bytes, and when its
data were made is said among what it rests on. It is the earliest day a zip file knows."""


def about_rows(handover: Handover) -> list[tuple[str, str]]:
    """What a file rests on as (item, value), item for item as in the member ``about`` of GeoJSON; values that are
    no text as JSON, so that ``scenario`` can be given back to the commands as it stands."""
    return [
        (name, _text(value)) for name, value in plain_value(dict(handover.about)).items() if value is not None
    ]


def about_json(handover: Handover) -> str:
    """The same as one line of JSON."""
    return json.dumps(plain_value(dict(handover.about)), ensure_ascii=False, allow_nan=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def about_lines(handover: Handover) -> list[str]:
    """What a reader must know, a line each: county, caveats, times, streets and their licence, sources with their
    dates, version and digest; what is not known has no line."""
    about, language = plain_value(dict(handover.about)), handover.language

    def line(key: str, **values: object) -> str:
        return say(language, f"about.{key}", **values)

    lines = []
    if "county" in about:
        lines.append(line("county", **{key: about["county"].get(key) or "–" for key in COUNTY}))
    if about.get("schematic"):
        lines.append(line("schematic"))
    lines += [say_or(language, f"note.{code}", str(code)) for code in about.get("notes", ())]
    targets = about.get("targets", {})
    if "limit_s" in targets:
        lines.append(line("targets", limit=f"{targets['limit_s']:g}", turnout=f"{targets['turnout_s']:g}"))
    network = about.get("network")
    if network:
        lines.append(line("network", **{key: network.get(key) or "–" for key in NETWORK}))
    for each in about.get("sources", ()):
        named = say_or(language, f"value.layer.{each['layer']}", each["layer"])
        lines.append(line("source", layer=named, source=each["source"]))
    if "digest" in about:
        lines.append(line("made", version=about["version"], digest=about["digest"]))
    if about.get("computed_in"):
        lines.append(line("computed_in", crs=about["computed_in"]))
    lines += [about[key] for key in ("map_notice", "odbl_notice") if about.get(key)]
    return lines


COUNTY = ("name", "name_en", "adcode")
"""What is said of the county."""
NETWORK = ("name", "licence", "attribution", "data_date")
"""What is said of the streets."""
