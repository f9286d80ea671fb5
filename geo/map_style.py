"""How things look on the map: Okabe-Ito colours, and beside each a dash, width, shape or letter."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE, GREY = "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#6B6B6B"
VIOLET = "#4B2E83"
"""Darker than all of those but black, which signs have."""

DARK = frozenset({BLACK, BLUE, GREY, VIOLET})
"""White letters can be read on these, and these as letters on white; the others take black ones."""

Style = dict[str, Any]
"""Options of a Leaflet path; signs add ``shape``, ``radius``, ``letter`` and ``letterColor``."""

VERDICT_COLOUR: Mapping[str, str] = MappingProxyType(
    {"covered": BLUE, "depends": ORANGE, "not_covered": VERMILION, "not_analysed": GREY}
)
VERDICT_LETTER: Mapping[str, str] = MappingProxyType(
    {"covered": "✓", "depends": "?", "not_covered": "✕", "not_analysed": "–"}
)
VERDICT_SHAPE: Mapping[str, str] = MappingProxyType(
    {"covered": "circle", "depends": "diamond", "not_covered": "square", "not_analysed": "circle"}
)
BAND_FILL = 0.13


def _area(colour: str, fill: float, *, weight: float = 1.5, dash: str | None = None) -> Style:
    return {"color": colour, "weight": weight, "dashArray": dash, "fillColor": colour, "fillOpacity": fill}


def _line(colour: str, weight: float, dash: str | None = None) -> Style:
    return {"color": colour, "weight": weight, "dashArray": dash, "fill": False}


def _sign(
    shape: str, radius: float, colour: str, *, built: bool, letter: str = "", shrink: bool = False
) -> Style:
    """A filled sign for what is built; a white one with a dashed edge for what is not yet.

    ``shrink``: smaller, and in the end without its letter, where the map shows a whole county.
    """
    return {
        "shape": shape,
        "radius": radius,
        "color": "#ffffff" if built else colour,
        "weight": 1.5 if built else 2,
        "dashArray": None if built else "3 2",
        "fill": True,
        "fillColor": colour if built else "#ffffff",
        "fillOpacity": 1,
        "letter": letter,
        "shrink": shrink,
        "letterColor": ("#ffffff" if built else colour) if colour in DARK else BLACK,
    }


def band_styles(bands_s: tuple[float, ...], limit_s: float) -> dict[str, Style]:
    """One style for each band, by its seconds: lighter the later, the limit with a thick unbroken edge."""
    styles: dict[str, Style] = {}
    for rank, band in enumerate(sorted(bands_s, reverse=True)):
        at_limit = band == limit_s
        style = _area(BLUE, BAND_FILL, weight=3 if at_limit else 1, dash=None if at_limit else "2 4")
        styles[f"{band:g}"] = style | {"layers": rank + 1}
    return styles


def verdict_styles(*, shrink: bool = False) -> dict[str, Style]:
    """Parcel areas (``covered``, …; ``covered_square`` where only the place is meant) and their signs; ``shrink``: the
    signs give way where the map shows a whole county."""
    styles: dict[str, Style] = {}
    for verdict, colour in VERDICT_COLOUR.items():
        heavy = 3.0 if verdict == "not_covered" else 2.0
        styles[verdict] = _area(colour, 0.25, weight=heavy)
        styles[f"{verdict}_square"] = _area(colour, 0.12, weight=heavy, dash="6 5")
        styles[f"{verdict}_sign"] = _sign(
            VERDICT_SHAPE[verdict], 9, colour, built=True, letter=VERDICT_LETTER[verdict], shrink=shrink
        )
    return styles


STREETS: Mapping[str, Style] = MappingProxyType(
    {
        "reached": _line(BLUE, 4),
        "beyond": _line(VERMILION, 3, "7 6"),
        "not_analysed": _line(GREY, 2.5, "1 6"),
    }
)
NETWORK: Mapping[str, Style] = MappingProxyType(
    {"network_line": _line(GREY, 1.5), "network_line_schematic": _line(GREY, 1.5, "10 4 2 4")}
)
HYDRANTS: Mapping[str, Style] = MappingProxyType(
    {
        "counted": _sign("circle", 4.5, BLUE, built=True, shrink=True),
        "counted_interpolated": _sign("diamond", 4.5, SKY, built=True, shrink=True) | {"color": BLUE},
        "not_counted": _sign("circle", 4.5, BLUE, built=False, shrink=True),
        "not_counted_interpolated": _sign("diamond", 4.5, BLUE, built=False, shrink=True),
    }
)
PREVIEW: Mapping[str, Style] = MappingProxyType(
    {
        "kept": _sign("circle", 5, BLUE, built=True),
        "kept_shape": _area(BLUE, 0.2, weight=2.5),
        "rejected": _sign("square", 8, VERMILION, built=True, letter="✕"),
        "rejected_shape": _area(VERMILION, 0.15, weight=3, dash="6 5"),
        "other": _sign("diamond", 5, ORANGE, built=False),
        "other_shape": _area(ORANGE, 0.08, weight=2, dash="2 4"),
    }
)
"""Rows of a file that may become a layer; ``_shape``: lines and areas."""
PLACES: Mapping[str, Style] = MappingProxyType(
    {
        "place": _sign("circle", 2.5, GREY, built=True) | {"weight": 0, "nameAbove": True},
        "place_doubtful": _sign("circle", 2.5, GREY, built=False)
        | {"dashArray": None, "weight": 1, "nameAbove": True},
    }
)
AREAS: Mapping[str, Style] = MappingProxyType(
    {
        "study_area": _line(BLACK, 2, "12 6") | {"interactive": False},
        "cover": _area(SKY, 0.22, weight=1),
        "cover_example": _area(SKY, 0.15, weight=1, dash="4 4"),
        "gap": _area(VERMILION, 0.16, weight=1.5, dash="8 4"),
        "gap_example": _area(VERMILION, 0.10, weight=1, dash="2 4"),
        "shape": _area(PURPLE, 0.10, weight=1.5, dash="3 5"),
        "county": _line("#8a8a8a", 1.5, "14 4 3 4"),
        "way": _line(PURPLE, 7),
    }
)

HEALTH: Mapping[str, Style] = MappingProxyType(
    {
        "island": _sign("square", 8, VERMILION, built=True, letter="!", shrink=True),
        "no_way_out": _sign("triangle", 8, ORANGE, built=True, letter="↓", shrink=True),
        "no_way_in": _sign("triangle", 8, ORANGE, built=False, letter="↑", shrink=True),
        "cut_off": _sign("square", 8, ORANGE, built=False, letter="×", shrink=True),
        "near_miss": _sign("diamond", 7, PURPLE, built=True, letter="≈", shrink=True),
        "double": _sign("diamond", 7, PURPLE, built=False, letter="=", shrink=True),
        "dead_end": _sign("circle", 3.5, GREY, built=True, shrink=True),
        "far_site": _sign("circle", 8, BLACK, built=False, letter="↔", shrink=True),
    }
)
"""Places of a network worth a look, by :data:`geo.health.PLACES`."""
BARRIERS: Mapping[str, Style] = MappingProxyType(
    {
        "river": _area(SKY, 0.35, weight=4),
        "railway": _line(BLACK, 3, "1 5"),
        "expressway": _line(ORANGE, 4, "14 4"),
        "wall": _line(GREY, 3, "2 3"),
    }
)
LINKS: Mapping[str, Style] = MappingProxyType(
    {
        "structure": _line(PURPLE, 7),
        "level_crossing": _line(BLACK, 7, "2 4"),
        "cut_edge": _line(PURPLE, 6, "9 4"),
    }
)
"""Links whose loss is felt elsewhere, by :data:`analysis.critical_links.KINDS`."""
FORCE: Mapping[str, Style] = MappingProxyType(
    {
        "none": _line(GREY, 1.5, "1 6"),
        "one": _line(SKY, 3, "8 5"),
        "few": _line(GREEN, 4.5),
        "several": _line(BLUE, 6),
        "many": _line(VIOLET, 7.5),
        "unstated": _line(ORANGE, 3, "3 5"),
    }
)
"""Streets by how many engines arrive in time: the more, the wider."""
CLOSURES: Mapping[str, Style] = MappingProxyType(
    {
        "block": _sign("circle", 9, VERMILION, built=True, letter="–"),
        "slow": _sign("triangle", 9, ORANGE, built=True, letter="!") | {"color": BLACK},
        "delay": _sign("diamond", 8, YELLOW, built=True, letter="+") | {"color": BLACK},
        "block_shape": _area(VERMILION, 0.2, weight=4, dash="2 5"),
        "slow_shape": _area(ORANGE, 0.2, weight=4, dash="2 5"),
        "delay_shape": _area(YELLOW, 0.2, weight=4, dash="2 5"),
    }
)
"""Closures by their effect: a sign, and the line or area where they are more than a point."""


ZONE_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
ZONE_DASHES = ("10 5", "3 4", "14 4 3 4", "6 3 2 3", "18 6")
"""More dashes than would share a factor with the colours, so that stations beyond the sixth differ in both."""


def zone_styles(stations: int) -> dict[str, Style]:
    """``zone_0`` … by row of the station, told apart by colour and by dashes, and ``zone_letter`` for the sign."""
    styles = {
        f"zone_{row}": _area(
            ZONE_COLOURS[row % len(ZONE_COLOURS)],
            0.10,
            weight=2.5,
            dash=ZONE_DASHES[row % len(ZONE_DASHES)],
        )
        for row in range(max(stations, 1))
    }
    letter = _sign("circle", 10, BLACK, built=True) | {"fillColor": "#ffffff", "color": BLACK}
    return styles | {"zone_letter": letter | {"letterColor": BLACK}}


def overlap_styles(numbers: list[int]) -> dict[str, Style]:
    """``overlap_2`` … by how many stations arrive; nested areas, so the more there are the darker the ground."""
    return {
        f"overlap_{number}": _area(GREEN, 0.22, weight=1.5, dash="5 3" if number > 2 else None)
        | {"layers": rank + 1}
        for rank, number in enumerate(sorted(numbers))
    }


def station_styles(letter: str) -> dict[str, Style]:
    """Stations that count and those that do not, each with its letter."""
    return {
        "counted": _sign("square", 10, BLACK, built=True, letter=letter),
        "not_counted": _sign("square", 10, BLACK, built=False, letter=letter),
    }


def crane_styles(letter: str) -> dict[str, Style]:
    """Water cranes that count and those that do not, each with its letter."""
    return {
        "counted": _sign("triangle", 10, GREEN, built=True, letter=letter, shrink=True),
        "not_counted": _sign("triangle", 10, GREEN, built=False, letter=letter, shrink=True),
    }


SUPPOSED: Mapping[str, str] = MappingProxyType({"added": "+", "moved": "→", "off": "×"})
"""The mark beside the ring around what a scenario changes, by what it does."""


def supposed_styles(styles: Mapping[str, Style]) -> dict[str, Style]:
    """The same signs for what a scenario adds, moves or switches off: with a dashed ring and a mark."""
    usual = {"added": styles["counted"], "moved": styles["counted"], "off": styles["not_counted"]}
    return {
        kind: dict(usual[kind]) | {"ring": True, "badge": mark, "shrink": False}
        for kind, mark in SUPPOSED.items()
    }


JOINT: Mapping[str, Style] = MappingProxyType(
    {
        "engine_and_water": _line(BLUE, 5),
        "engine_only": _line(ORANGE, 4.5, "14 5"),
        "water_only": _line(SKY, 4.5, "4 4"),
        "neither": _line(VERMILION, 3.5, "8 4 2 4"),
        "not_analysed": _line(GREY, 2.5, "1 6"),
        "engine_and_water_drawn": _line(BLUE, 2, "9 4"),
        "engine_only_drawn": _line(ORANGE, 2, "9 3 2 3"),
        "water_only_drawn": _line(SKY, 2, "3 4"),
        "neither_drawn": _line(VERMILION, 2, "1 4"),
    }
)
"""Streets by engine and water; what is only drawn is thin and dashed, whatever it would be."""


def joint_area_styles() -> dict[str, Style]:
    """The same for areas: colour and dashes of the lines, pale inside."""
    return {
        kind: _area(look["color"], 0.25, weight=look["weight"] / 2, dash=look["dashArray"])
        for kind, look in JOINT.items()
    }


HOSE: Mapping[str, Style] = MappingProxyType(
    {
        "within": _line(GREEN, 4),
        "beyond": _line(VERMILION, 3, "7 6"),
        "differs": _line(PURPLE, 4.5, "12 4"),
        "not_laid": _line(GREY, 1.5, "10 4"),
        "not_analysed": _line(GREY, 2.5, "1 6"),
        "within_drawn": _line(GREEN, 2, "9 4"),
        "beyond_drawn": _line(VERMILION, 2, "3 4"),
        "differs_drawn": _line(PURPLE, 2, "9 3 2 3"),
    }
)
"""Streets by hose; ``differs``: where the hose and the straight line disagree."""
SHUTTLE: Mapping[str, Style] = MappingProxyType(
    {
        "enough": _line(BLUE, 5),
        "less": _line(SKY, 3.5, "9 4"),
        "little": _line(ORANGE, 3, "3 4"),
        "none": _line(GREY, 2, "1 6"),
    }
)
"""Streets by the flow a tanker shuttle sustains: the more, the wider."""
SPACING: Mapping[str, Style] = MappingProxyType(
    {"line": _line(BLACK, 2), "stretch": _line(VERMILION, 6), "stretch_example": _line(VERMILION, 5, "5 4")}
)
"""A street, and what of it has no hydrant for longer than the spacing."""
RANKED_GAPS: Mapping[str, Style] = MappingProxyType(
    {
        "gap": AREAS["gap"],
        "gap_example": AREAS["gap_example"],
        "rank": _sign("square", 8, VERMILION, built=True, shrink=True),
    }
)


def new_hydrant_styles(letter: str) -> dict[str, Style]:
    """Hydrants proposed, and those that stand on the street chosen."""
    return {
        "proposed": _sign("diamond", 6, GREEN, built=True, letter=letter, shrink=True),
        "standing": _sign("circle", 8, BLACK, built=True, shrink=True)
        | {"fillOpacity": 0, "color": BLACK, "weight": 2.5},
    }


def spot_style() -> Style:
    """The sign of a place that was clicked or found."""
    return _sign("diamond", 8, VIOLET, built=True, letter="+") | {"color": "#ffffff", "weight": 2}


DIFFERENCE: Mapping[str, Style] = MappingProxyType(
    {
        "gained": _line(BLUE, 6),
        "lost": _line(VERMILION, 6, "4 5"),
        "still": _line(SKY, 3),
        "none": _line(ORANGE, 2.5, "9 5"),
        "not_analysed": _line(GREY, 2.5, "1 6"),
        "only_before": _line(PURPLE, 4, "12 4 2 4"),
        "only_after": _line(GREEN, 4, "12 4"),
        "gained_drawn": _line(BLUE, 3, "9 4"),
        "lost_drawn": _line(VERMILION, 3, "3 4"),
        "still_drawn": _line(SKY, 2, "9 3 2 3"),
        "none_drawn": _line(ORANGE, 2, "1 4"),
        "ground_gained": _area(BLUE, 0.2, weight=1.5),
        "ground_lost": _area(VERMILION, 0.2, weight=1.5, dash="6 4"),
    }
)
"""What one scenario changes against another; what is only drawn is thin and dashed, whatever it would be."""


def site_style() -> Style:
    """The sign of a site that the solver proposes; its letter is the step at which it is built."""
    return _sign("square", 11, VIOLET, built=False) | {"nameAbove": True}


def use_styles(colours: Mapping[str, str]) -> dict[str, Style]:
    """Planned uses by their colours ``#rrggbb``: an area with a broad edge, which shows around the verdict's own area,
    and ``…_sign``, whose letter tells them apart whatever one sees of colours."""
    styles: dict[str, Style] = {}
    for use, colour in colours.items():
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > LIGHT
        styles[use] = _area(colour, 0.55, weight=9)
        styles[f"{use}_sign"] = _sign("square", 8, colour, built=True) | {
            "color": BLACK, "weight": 1, "letterColor": BLACK if light else "#ffffff",
        }  # fmt: skip
    return styles


LIGHT = 140
"""Grounds lighter than this (of 255) carry black letters."""
OTHER_USES: Mapping[str, str] = MappingProxyType(
    {"unclear": "#ffffff", "other": "#C8C8C8", "not_stated": "#ffffff"}
)
"""What no class of the table colours."""


def filtered_out() -> Style:
    """A parcel that the table's filter leaves out, as the legend shows it; on the map each keeps its own colour."""
    return _area(GREY, 0.1, weight=2) | {"opacity": 0.35}
