"""The curve of further stations and the share they cover, as a drawing of our own with a text that says the same."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from geo.map_style import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    import pandas as pd

    from views.wording import Words

WIDE, HIGH, LEFT, RIGHT, TOP, FOOT = 480, 240, 46, 14, 14, 40
STYLE = "width:100%;max-width:560px;height:auto;display:block"


def _x(further: float, most: int) -> float:
    return LEFT + (WIDE - LEFT - RIGHT) * further / max(most, 1)


def _y(share: float) -> float:
    return TOP + (HIGH - TOP - FOOT) * (1 - share)


def _text(x: float, y: float, text: str, anchor: str = "middle", colour: str = "#444") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12" fill="{colour}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look}/>'


def curve_text(curve: pd.DataFrame, words: Words) -> str:
    """The curve in one sentence, for those who do not see it."""
    points = zip(curve["further"].tolist(), curve["share"].tolist(), strict=True)
    said = [words("siting.curve_point", number=number, share=words.share(share)) for number, share in points]
    return words("siting.curve_said", points=words("value.between").join(said))


def curve_svg(curve: pd.DataFrame, target: float, words: Words) -> str:
    """The curve (``further``, ``share`` 0–1, ``proved``, ``upper_share``) with the target's line across it.

    A point that is not proved is hollow, with a line up to what may still be possible.
    """
    most = int(curve["further"].max()) if len(curve) else 0
    grid = [
        _line(LEFT, _y(share), WIDE - RIGHT, _y(share), 'stroke="#e3e3de"')
        + _text(LEFT - 6, _y(share) + 4, f"{share:.0%}", "end")
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    # At the left, where the curve is low, unless it starts beyond the target.
    starts_low = not len(curve) or float(curve["share"].iloc[0]) < target
    at, anchor = (LEFT + 8, "start") if starts_low else (WIDE - RIGHT, "end")
    dashes = f'stroke="{VERMILION}" stroke-width="1.5" stroke-dasharray="7 4"'
    said = words("siting.curve_target", share=f"{target:.0%}")
    target_line = _line(LEFT, _y(target), WIDE - RIGHT, _y(target), dashes)
    target_line += _text(at, _y(target) - 5, said, anchor, "#9a3f00")
    columns = (curve[name].tolist() for name in ("further", "share", "proved", "upper_share"))
    rows = list(zip(*columns, strict=True))
    path = " ".join(f"{_x(further, most):.1f},{_y(share):.1f}" for further, share, _, _ in rows)
    marks = []
    for further, share, proved, upper in rows:
        x, y = _x(further, most), _y(share)
        if not proved:
            marks.append(_line(x, y, x, _y(min(upper, 1.0)), f'stroke="{GREY}" stroke-dasharray="2 3"'))
        fill = BLUE if proved else "#ffffff"
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{BLUE}" stroke-width="1.5"/>'
        )
        marks.append(_text(x, HIGH - FOOT + 17, f"{further}"))
    foot = _text((LEFT + WIDE - RIGHT) / 2, HIGH - 5, words("siting.curve_axis"))
    line = f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif">'
        f"{''.join(grid)}{target_line}{line}{''.join(marks)}{foot}</svg>"
    )


def curve_html(curve: pd.DataFrame, target: float, words: Words) -> str:
    """The drawing as a picture, since a drawing itself is taken out of HTML on the page, with its text."""
    drawn = base64.b64encode(curve_svg(curve, target, words).encode()).decode()
    said = escape(curve_text(curve, words), quote=True)
    return f'<img src="data:image/svg+xml;base64,{drawn}" alt="{said}" style="{STYLE}">'
