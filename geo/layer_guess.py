"""Which layer a file may be: ranked, with the reasons, from its columns, the words in its cells and in its name, and
its shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.fields import field_names, guess_fields, name_key, words_in_cells
from geo.layers import LAYERS
from geo.problems import Problem, problem
from geo.units import plain
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from geo.crs import Shapes

ROADS = "roads"
"""Ranked with the layers, though streets come in through ``build``."""
GUESSED = ("parcels", "sub_blocks", "stations", "vehicles", "hydrants", "cranes", "sources", "places", ROADS)
ROWS_READ = 2000
"""Rows, spread over the file, whose cells are looked through for words."""
ID_POINTS, WORD_POINTS, NAME_POINTS, SHAPE_POINTS = 3.0, 4.0, 2.0, 1.0
"""What a column for the id by a name of its own, words in every row, words in the names of file and columns, and
shapes of the right kind weigh; another column weighs one over the number of layers that have such a column [own]."""
CLEAR = 2.0
"""Points from which a guess is worth telling, and by which it must lead to speak against what the user says [own]."""
_LINES = frozenset({"LineString", "MultiLineString"})


@dataclass(frozen=True)
class LayerGuess:
    """How much speaks for a layer, in points. ``reasons``: codes of ``layer_reason`` with what fills them;
    ``possible``: whether the shapes of the file can stand in the layer at all."""

    layer: str
    points: float
    reasons: tuple[tuple[str, str], ...]
    possible: bool = True

    def text(self, language: str) -> str:
        """The reasons in words."""
        between = say(language, "value.between")
        return between.join(
            say(language, f"layer_reason.{code}", value=value) for code, value in self.reasons
        )


def guess_layer(
    table: pd.DataFrame, geometry: Shapes | None = None, name: str = ""
) -> tuple[LayerGuess, ...]:
    """The layers the rows may be, the likeliest first; those for which nothing speaks are left out. ``name``: what the
    file and its sheet are called."""
    kinds = _kinds(geometry)
    said = _words_said(table)
    named = _words_named(" ".join([name, *map(str, table.columns)]))
    guesses = [
        _guess(layer, table, geometry, kinds, *said.get(layer, (0.0, 0.0)), named.get(layer, ("", 0.0)))
        for layer in GUESSED
    ]
    likely = [each for each in _cranes_only_said(guesses) if each.points > 0]
    return tuple(sorted(likely, key=lambda each: (-each.possible, -each.points)))


def _cranes_only_said(guesses: list[LayerGuess]) -> list[LayerGuess]:
    """Lists of water cranes have the columns of hydrants, of which a county has many times as many: where nothing names
    a crane, no more speaks for them than for hydrants, and those go first."""
    hydrants = next(each.points for each in guesses if each.layer == "hydrants")
    return [
        replace(each, points=min(each.points, hydrants))
        if each.layer == "cranes" and not {code for code, _ in each.reasons} & {"id", "words", "named"}
        else each
        for each in guesses
    ]


def _kinds(geometry: Shapes | None) -> frozenset[str]:
    there = () if geometry is None else geometry[~shapely.is_missing(geometry)]
    return frozenset(each.geom_type.replace("MultiPoint", "Point") for each in there)


def _guess(
    layer: str,
    table: pd.DataFrame,
    geometry: Shapes | None,
    kinds: frozenset[str],
    said: float,
    alone: float,
    named: tuple[str, float],
) -> LayerGuess:
    points, reasons = 0.0, []
    own, others = _columns(layer, table, placed=geometry is not None)
    if own:
        points += ID_POINTS * len(own)
        reasons.append(("id", ", ".join(own)))
    weights = {theirs: 1 / _shared().get(ours, 1) for ours, theirs in others.items()}
    telling = [theirs for theirs, weight in weights.items() if weight >= 1 / 3]
    points += sum(weights.values())
    if telling:
        reasons.append(("columns", ", ".join(telling[:5])))
    if said > 0:
        points += WORD_POINTS * alone
        reasons.append(("words", f"{said:.0%}"))
    if named[0]:
        points += NAME_POINTS * named[1]
        reasons.append(("named", named[0]))
    allowed = _LINES if layer == ROADS else LAYERS[layer].shapes
    possible = not kinds or (kinds <= allowed and bool(allowed))
    if kinds and possible and points:
        narrow = allowed == kinds or layer == ROADS or (layer == "parcels" and "Point" not in kinds)
        points += SHAPE_POINTS if narrow else SHAPE_POINTS / 2
        reasons.append(("shapes", ", ".join(sorted(kinds))))
    if not possible:
        reasons.append(("shapes_not", ", ".join(sorted(kinds))))
    return LayerGuess(layer, round(points, 2), tuple(reasons), possible)


def _columns(layer: str, table: pd.DataFrame, *, placed: bool) -> tuple[list[str], dict[str, str]]:
    """The file's columns for the layer's id by names of their own, and its other columns of the layer by ours."""
    if layer == ROADS:
        known = field_names(ROADS).names
        keys = {name_key(str(name)): str(name) for name in table.columns}
        found = {ours: keys[hit] for ours, names in known.items() for hit in sorted(names & keys.keys())[:1]}
        return [], found
    sure = {each.ours: each for each in guess_fields(table, layer, placed=placed) if each.sure}
    key = LAYERS[layer].key
    by_name = all(
        name in sure and sure[name].why in {"own", "official", "name"} and _of_one_layer(sure[name].theirs)
        for name in key
    )
    own = [sure[name].theirs for name in key] if by_name else []
    others = {ours: each.theirs for ours, each in sure.items() if ours not in {*key, "source", "source_line"}}
    return own, others


def _of_one_layer(theirs: str) -> bool:
    """Whether a name means the id of one layer alone."""
    key = name_key(theirs)
    meant = {LAYERS[layer].key[0] for layer in GUESSED if layer != ROADS and _is_id(layer, key)}
    return len(meant) <= 1


def _is_id(layer: str, key: str) -> bool:
    return key in field_names(layer).names[LAYERS[layer].key[0]]


@cache
def _shared() -> Mapping[str, int]:
    """How many of the layers have each of our columns."""
    counted: dict[str, int] = {}
    for layer in GUESSED:
        for ours in field_names(layer).names:
            counted[ours] = counted.get(ours, 0) + 1
    return counted


def _words_said(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Layer → share of the rows with a word of it in some cell, and the same where rows with words of several layers
    count for each in part."""
    rows = np.unique(np.linspace(0, len(table) - 1, min(ROWS_READ, len(table))).astype(int))
    known = words_in_cells()
    said, alone = dict.fromkeys(known, 0.0), dict.fromkeys(known, 0.0)
    for cells in table.iloc[rows].itertuples(index=False, name=None):
        text = plain("\n".join(each for each in cells if isinstance(each, str)))
        hits = [layer for layer, listed in known.items() if any(word in text for word in listed)]
        for layer in hits:
            said[layer] += 1 / len(rows)
            alone[layer] += 1 / len(hits) / len(rows)
    return {layer: (said[layer], alone[layer]) for layer in known}


def _words_named(name: str) -> dict[str, tuple[str, float]]:
    """Layer → its word in a name, and the share of the points: one over the number of layers with one."""
    text = plain(name).replace("_", " ")
    hits = {
        layer: next(word for word in listed if word in text)
        for layer, listed in words_in_cells().items()
        if any(word in text for word in listed)
    }
    return {layer: (word, 1 / len(hits)) for layer, word in hits.items()}


def misplaced(layer: str, ranking: tuple[LayerGuess, ...], file: str) -> list[Problem]:
    """A warning where much more speaks for another layer than for the one a file is brought into; streets are an
    error, since they come in another way. Of layers that are not ranked nothing is said."""
    if layer not in GUESSED:
        return []
    best = next((each for each in ranking if each.possible), None)
    points = max((each.points for each in ranking if each.layer == layer and each.possible), default=0.0)
    if best is None or best.layer == layer or best.points < CLEAR or best.points < points + CLEAR:
        return []
    if best.layer == ROADS:
        return [problem("roads_by_build", file=file)]
    return [problem("layer_unlike", file=file, warning=True, layer=layer, best=best.layer)]
