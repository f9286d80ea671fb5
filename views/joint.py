"""Engine and water together: the layer the map shows first, and street length by state above it."""

from __future__ import annotations

from html import escape
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.joint import JOINT_STATES
from analysis.map_kinds import DRAWN, joint_kinds
from geo import map_style as style
from geo.map_features import Pieces, as_mapping, pieces_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.water import joint_of, water_of
from views.way import station_name
from views.wording import missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from analysis.assessment import Assessment
    from views.wording import Words

JOINT_COLUMNS = ("joint_state", "engine", "water", "joint_reason", "joint_drawn")
"""What :func:`joint_lines` asks of a row."""


def kind_word(kind: str, words: Words) -> str:
    """A kind of line in words; that a drawn one is no verdict is said with it."""
    if kind.endswith(DRAWN):
        return words("map.joint_drawn", state=words.of("value.joint_state", kind.removesuffix(DRAWN)))
    return words.of("value.joint_state", kind)


def joint_lines(row: Any, words: Words) -> list[str]:
    """State, both halves, why it is open and what the drawing would make it; of a street or a parcel."""
    lines = [
        words("map.joint_state", state=words.of("value.joint_state", row.joint_state)),
        words(
            "map.joint_halves",
            engine=words.of("value.half", row.engine),
            water=words.of("value.half", row.water),
        ),
    ]
    if not missing(row.joint_reason):
        lines.append(words("map.joint_reason", reason=words.listed("reason", row.joint_reason)))
    if row.joint_state == "not_analysed" and not missing(row.joint_drawn):
        lines.append(kind_word(f"{row.joint_drawn}{DRAWN}", words))
    return lines


def joint_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Streets by engine and water, one line for each state; what is only drawn thin and dashed."""
    streets = water_of(assessment).joint_streets
    said, texts = _said(assessment, streets, words)
    kinds, lines = joint_kinds(streets), to_wgs84(streets.geometry, assessment.county.crs)
    styles = as_mapping(style.JOINT)
    pieces = []
    for kind in styles:
        rows = np.flatnonzero(kinds == kind)
        pieces.append(Pieces(kind, lines[rows].tolist(), [said[row] for row in rows]))
    there = [kind for kind in styles if (kinds == kind).any()] or list(JOINT_STATES)
    legend = tuple(LegendItem("line", kind_word(kind, words), styles[kind]) for kind in there)
    drawn_only = all(kind.endswith(DRAWN) for kind in there)
    return MapLayer(
        "joint",
        words("map.joint_schematic" if drawn_only else "map.joint"),
        pieces_geojson(pieces, texts),
        styles,
        legend,
        interactive=False,
        pieces=True,
        leads=True,
    )


def _said(assessment: Assessment, streets: pd.DataFrame, words: Words) -> tuple[list[list[int]], list[str]]:
    """The words of every stretch as numbers of texts. What a stretch can say takes few forms, and each is put into
    words once: its name, its states (of several lines), its times and who comes."""
    number: dict[str, int] = {}

    def spelt(texts: Iterable[str]) -> list[int]:
        return [number.setdefault(text, len(number)) for text in texts]

    schematic = "roads" in assessment.county.schematic

    def arrival(low_s: int, high_s: int) -> str:
        time = words.span(words.minutes(low_s), words.minutes(high_s))
        return words("map.arrival", arrival=words("value.schematic", what=time) if schematic else time)

    def first_due(station: Any) -> str:
        name = "" if missing(station) else station_name(assessment, station)
        return words("map.first_due", station=name)

    def title(name: Any) -> str:
        return words("map.unnamed_street") if missing(name) else str(name)

    name, names = _forms(streets["name"])
    state, states = _forms(*(streets[column] for column in JOINT_COLUMNS))
    station, stations = _forms(streets["station_id"])
    times = np.sort(streets[["arrival_s_start", "arrival_s_end"]].to_numpy(dtype=float), axis=1)
    timed = np.isfinite(times).all(axis=1)
    time = np.zeros(len(times), dtype=np.int64)
    time[timed], spans = _forms(*(pd.Series(each) for each in np.rint(times[timed]).astype(np.int64).T))
    titles = [spelt([title(*each)]) for each in names]
    rows = [SimpleNamespace(**dict(zip(JOINT_COLUMNS, each, strict=True))) for each in states]
    said = [spelt(["\n".join(joint_lines(row, words))]) for row in rows]
    comes = [spelt([first_due(*each)]) for each in stations]
    arrivals = [spelt([arrival(*each)]) for each in spans]
    found = [
        [*titles[a], *said[b], *arrivals[c], *comes[d]] if there else [*titles[a], *said[b]]
        for a, b, c, d, there in zip(
            name.tolist(), state.tolist(), time.tolist(), station.tolist(), timed.tolist(), strict=True
        )
    ]
    return found, list(number)


def _forms(*columns: pd.Series[Any]) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """The different rows of some columns as tuples, and which of them each row is, (n,)."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        mine, values = pd.factorize(column, use_na_sentinel=False)
        code = np.unique(code * max(len(values), 1) + mine, return_inverse=True)[1]
    _, first = np.unique(code, return_index=True)
    return code, list(zip(*(column.iloc[first].tolist() for column in columns), strict=True))


def _swatch(kind: str) -> str:
    """The line of the map as a style sheet draws it: dashes from left to right, as thick as there."""
    look = style.JOINT[kind]
    shown, stops, at = True, [], 0.0
    for length in map(float, (look["dashArray"] or "30").split()):
        stops.append(f"{look['color'] if shown else 'transparent'} {at:g}px {at + length:g}px")
        shown, at = not shown, at + length
    line = f"height: {look['weight']}px; background: repeating-linear-gradient(90deg, {', '.join(stops)})"
    return f'<i class="joint-line" style="{line}"></i>'


def _part(kind: str, length_m: float, whole_m: float, words: Words) -> str:
    state = words.of("value.joint_state", kind.removesuffix(DRAWN))
    share = words("figure.joint_part", state=state, share=words.share(length_m / whole_m))
    return f'<span title="{escape(words.metres(length_m))}">{_swatch(kind)} {escape(share)}</span>'


def joint_strip(assessment: Assessment, words: Words) -> str:
    """Street length by engine and water as one line of HTML, with its denominator and the lines of the map."""
    streets = joint_of(assessment)
    whole = streets["total"]
    head = words("figure.joint", length=words.metres(whole)) if whole else words("figure.joint_none")
    parts = [f"<b>{escape(head)}</b>"]
    if whole:
        states = {name: length for name, length in streets["state"].items() if length > 0}
        parts += [_part(name, length, whole, words) for name, length in states.items()]
        if states.keys() == {"not_analysed"}:
            drawn = {name: length for name, length in streets["drawn"].items() if length > 0}
            parts += [f"<em>{escape(words('figure.joint_drawn'))}</em>"] if drawn else []
            parts += [_part(name + DRAWN, length, whole, words) for name, length in drawn.items()]
    return f'<div class="joint">{"".join(parts)}</div>'


def joint_figure(assessment: Assessment, words: Words) -> None:
    """The strip, in a place of its own that is always there."""
    with st.container(key="joint"):
        st.html(joint_strip(assessment, words))
