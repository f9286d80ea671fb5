"""Colours that stand in code can be told from what is behind them: text by 4.5 to 1, as WCAG 2 asks at level AA."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest

from geo import map_style as style

ROOT = Path(__file__).resolve().parent.parent
TEXT, DRAWING = 4.5, 3.0
SHEETS = sorted([*(ROOT / "geo").glob("*.css"), *(ROOT / "views").glob("*.css")])
GROUNDS = ("#ffffff", "#f7f7f4")
"""What a text without a ground of its own stands on: the page, and the map without a base map."""


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 255 of ``#rgb``, ``#rrggbb``, ``rgb()``; of ``rgba()`` as it is on white."""
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
        return tuple(float(int(digits[i : i + 2], 16)) for i in (0, 2, 4))  # type: ignore[return-value]
    *parts, alpha = [*(float(each) for each in re.findall(r"[\d.]+", colour)), 1.0][:4]
    return tuple(255 + (part - 255) * alpha for part in parts)  # type: ignore[return-value]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [part / 255 for part in rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#fff", "rgb(255, 255, 255)") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("rgba(0, 0, 0, 0.5)", "#ffffff") == pytest.approx(contrast("#7f7f7f", "#fff"), rel=0.02)


def test_every_text_of_the_theme_can_be_read_on_every_ground_of_it() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    texts = [name for name in theme if name.endswith("TextColor")] + ["textColor", "primaryColor"]
    grounds = ("backgroundColor", "secondaryBackgroundColor")
    assert len(texts) >= 5
    weak = [
        (text, ground)
        for text, ground in product(texts, grounds)
        if contrast(theme[text], theme[ground]) < TEXT
    ]
    assert weak == []
    assert contrast("#ffffff", theme["primaryColor"]) >= TEXT, "white on a button that is filled"


def _signs() -> dict[str, style.Style]:
    groups = {
        "verdict": style.verdict_styles(),
        "hydrant": style.HYDRANTS,
        "health": style.HEALTH,
        "closure": style.CLOSURES,
        "zone": style.zone_styles(3),
        "station": style.station_styles("S"),
        "crane": style.crane_styles("W"),
        "gap": style.RANKED_GAPS,
        "new": style.new_hydrant_styles("N"),
        "spot": {"spot": style.spot_style()},
    }
    return {f"{group}.{kind}": look for group, looks in groups.items() for kind, look in looks.items()}


def test_every_letter_of_the_map_can_be_read_on_its_sign() -> None:
    signs = {name: look for name, look in _signs().items() if "letterColor" in look and look["fillOpacity"]}
    assert len(signs) > 20
    weak = {name for name, look in signs.items() if contrast(look["letterColor"], look["fillColor"]) < TEXT}
    assert weak == set()


def test_a_hollow_sign_is_seen_by_its_edge_or_by_its_letter() -> None:
    hollow = {name: look for name, look in _signs().items() if look.get("fillColor") == "#ffffff"}
    assert hollow
    pale = {name for name, look in hollow.items() if contrast(look["color"], "#ffffff") < DRAWING}
    assert all(hollow[name]["letter"] for name in pale)


def _rules(sheet: Path) -> list[tuple[str, dict[str, str]]]:
    """Selector and declarations of each rule of a style sheet, with its own variables put in."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
    page = re.sub(r"/\*.*?\*/", "", (ROOT / "views" / "page.css").read_text("utf-8"), flags=re.S)
    variables = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,6})", page))
    for name, colour in variables.items():
        text = text.replace(f"var({name})", colour)
    found = []
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        pairs = [each.partition(":") for each in body.split(";") if ":" in each]
        found.append((selector.strip(), {key.strip(): value.strip() for key, _, value in pairs}))
    return found


COLOUR = re.compile(r"#[0-9a-fA-F]{3,6}\b|rgba?\([^)]*\)")


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
def test_every_text_colour_of_a_style_sheet_can_be_read(sheet: Path) -> None:
    weak = []
    for selector, rule in _rules(sheet):
        text = COLOUR.search(rule.get("color", ""))
        if text is None:
            continue
        own = COLOUR.search(rule.get("background", rule.get("background-color", "")))
        if own is None and luminance(text[0]) > 0.5:
            weak.append((selector, "a light text names its ground in the same rule"))
            continue
        grounds = [own[0]] if own else GROUNDS
        weak += [(selector, f"{text[0]} on {each}") for each in grounds if contrast(text[0], each) < TEXT]
    assert weak == []


def test_the_style_sheets_name_colours_at_all() -> None:
    assert len(SHEETS) >= 5
    assert sum("color" in rule for sheet in SHEETS for _, rule in _rules(sheet)) > 15
