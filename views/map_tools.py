"""What the tools of the map need to know: its words and the county's projection."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from geo.map_projection import fit_projection, gauss_meridian, is_cgcs2000
from geo.words import words as all_words

if TYPE_CHECKING:
    from geo.county import County
    from geo.map_features import Bounds
    from views.wording import Words

TABLE = "tool."


def plane_name(crs: str, words: Words) -> str:
    """How the county's projected coordinates are called, short: Gauss with its meridian, else the code."""
    meridian = gauss_meridian(crs)
    return crs if meridian is None else words("map_tool.plane", meridian=f"{meridian:g}")


def map_tools(county: County, shown: Bounds, words: Words) -> dict[str, Any]:
    """The tools of the map around ``shown``: the same for every choice, so that the map stays as it is."""
    projection = fit_projection(county.crs, shown)
    said = {
        key.removeprefix(TABLE): text
        for key, text in all_words(words.language).items()
        if key.startswith(TABLE)
    }
    return {
        "projection": None if projection is None else asdict(projection),
        "plane": plane_name(county.crs, words),
        "gauss": gauss_meridian(county.crs) is not None,
        "cgcs2000": is_cgcs2000(county.crs),
        "words": said,
    }
