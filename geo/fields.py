"""Which column of a file is which of ours: proposals from the names people give columns, never two for one in silence.

The names stand in ``data/rules/field_names.toml``; the labels of our own columns in both languages count as names.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.layers import LAYERS
from geo.official_names import OFFICIAL
from geo.units import QUANTITIES, plain, unit_named, unit_spellings
from geo.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd


NAMES_FILE = Path(__file__).resolve().parent.parent / "data" / "rules" / "field_names.toml"
_NOT_TOLD_APART = re.compile(r"[\s_\-.:*#'\"]+")
_BRACKET = re.compile(r"(?P<name>.+?)\s*[(\[{【〔<](?P<inside>[^)\]}】〕>]*)[)\]}】〕>]?\s*")
_UNIT_WORD = re.compile(r"^(单位|unit)\s*[:：]?", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/,、_\s:：\-]+")
LONGEST_NAME = 80
"""Letters of a column's name; what is longer is a sentence, and none of ours."""
_OWN_ELSEWHERE = frozenset({"location"})
"""Our names that mean something else to everybody else, in any other spelling than ours."""


@dataclass(frozen=True)
class FieldGuess:
    """``theirs``, a column of a file, may be ``ours``; its bare numbers are in ``unit`` (empty: nobody says).

    ``why``: own (our own name), official (an official identifier), name (a known name), instead (a name that serves
    where there is no better), part (its name holds a known one), unit (known name, but its unit is not understood),
    several (more columns than one have a known name), also (ours has its column already); given (by the user),
    remembered. ``sure``: taken unless the user says otherwise; what is not sure is only proposed.
    """

    ours: str
    theirs: str
    unit: str = ""
    why: str = "name"
    sure: bool = True


@dataclass(frozen=True)
class FieldNames:
    """The known names of one layer's columns by :func:`name_key`: for each of ours, and those that serve where no
    column has one of them."""

    names: Mapping[str, frozenset[str]]
    instead: Mapping[str, frozenset[str]]


def name_key(name: str) -> str:
    """A column's name without what does not tell names apart: width, capitals, blanks, points, lines below."""
    return _NOT_TOLD_APART.sub("", plain(name))


@cache
def _file() -> Mapping[str, Any]:
    with NAMES_FILE.open("rb") as file:
        return MappingProxyType(tomllib.load(file))


@cache
def words_in_cells() -> Mapping[str, tuple[str, ...]]:
    """Layer → words in the cells of a table that tell of it, after :func:`geo.units.plain`."""
    return MappingProxyType({layer: tuple(map(plain, each)) for layer, each in _file()["words"].items()})


@cache
def field_names(layer: str) -> FieldNames:
    """The known names of a layer's columns; ``roads`` is one here too. Raises ``KeyError`` for none."""
    shared, own = _file()["any"], _file().get(layer, {})
    left_out = {ours for ours, layers in shared["without"].items() if layer in layers}
    columns = list(own) if layer == "roads" else [*LAYERS[layer].names, "lon", "lat"]
    names: dict[str, frozenset[str]] = {}
    for ours in columns:
        given = list(own.get(ours, ()))
        if ours not in left_out and layer != "roads":
            given += [*shared.get(ours, ()), *(words(each).get(f"field.{ours}", "") for each in LANGUAGES)]
            given += [] if ours in _OWN_ELSEWHERE else [ours]
        names[ours] = frozenset(name_key(each) for each in given if each)
    instead = {ours: frozenset(map(name_key, each)) for ours, each in own.get("instead", {}).items()}
    return FieldNames(MappingProxyType(names), MappingProxyType(instead))


def guess_fields(table: pd.DataFrame, layer: str, *, placed: bool = False) -> tuple[FieldGuess, ...]:
    """What each column of a file may be in a layer, ours in the order of the layer; the file's other columns are kept
    as they are. ``placed``: the rows have shapes, so that no column is needed for coordinates.

    Where several columns have a known name for one of ours, each is named and none is sure; a column in which
    nothing stands is not counted among them.
    """
    kind, known = LAYERS[layer], field_names(layer)
    ours_all = [each for each in known.names if each not in {"lon", "lat"} or (kind.shapes and not placed)]
    theirs = [str(name) for name in table.columns]
    filled = frozenset(name for name in theirs if table[name].notna().any())
    official = {
        ours: name for name in theirs if (ours := OFFICIAL.get(layer, {}).get(name.upper())) in ours_all
    }
    free = [name for name in theirs if name not in ours_all and name not in official.values()]
    exact = {ours: _matches(free, ours, known.names[ours], filled) for ours in ours_all}
    taken = {each.theirs for found in exact.values() for each in found}
    guesses: list[FieldGuess] = []
    for ours in ours_all:
        if ours in table:
            settled = [FieldGuess(ours, ours, why="own")]
        elif ours in official:
            settled = [FieldGuess(ours, official[ours], why="official")]
        else:
            settled = _settled(exact[ours])
        spare = _instead(free, ours, known, taken, filled)
        if not settled:
            guesses += _settled(spare)
            continue
        others = exact[ours] if settled[0].why in {"own", "official"} else []
        others = [*others, *(each for each in spare if each.theirs not in taken)]
        guesses += [*settled, *(_why(each, "also", sure=False) for each in others)]
    used = taken | {each.theirs for each in guesses}
    guesses += _parts(
        [name for name in free if name in filled and name not in used],
        known,
        {each.ours for each in guesses},
        ours_all,
    )
    return tuple(guesses)


def _why(guess: FieldGuess, why: str, *, sure: bool | None = None) -> FieldGuess:
    return FieldGuess(guess.ours, guess.theirs, guess.unit, why, guess.sure if sure is None else sure)


def _settled(found: list[FieldGuess]) -> list[FieldGuess]:
    return found if len(found) < 2 else [_why(each, "several", sure=False) for each in found]


def _instead(
    theirs: Sequence[str], ours: str, known: FieldNames, taken: set[str], filled: frozenset[str]
) -> list[FieldGuess]:
    """Columns that serve where none has a better name, those that are nothing else of ours before the others."""
    names = known.instead.get(ours, frozenset())
    found = [_why(each, "instead") for each in _matches(theirs, ours, names, filled)]
    return [each for each in found if each.theirs not in taken] or found


def _matches(
    theirs: Iterable[str], ours: str, names: frozenset[str], filled: frozenset[str]
) -> list[FieldGuess]:
    """Columns that have one of the names; those in which nothing stands only where there is no other."""
    found = [each for name in theirs if (each := _match(name, ours, names)) is not None]
    return [each for each in found if each.theirs in filled] or found


def _match(theirs: str, ours: str, names: frozenset[str]) -> FieldGuess | None:
    """The guess that a column is one of ours by its name, with or without a unit behind it."""
    apart = _apart(theirs)
    if apart.key in names:
        return FieldGuess(ours, theirs)
    for name, behind in apart.behind:
        if name in names and (unit := unit_named(behind, ours)):
            return FieldGuess(ours, theirs, unit)
    for spelling in unit_spellings(ours):
        if apart.text.endswith(spelling) and name_key(apart.text.removesuffix(spelling)) in names:
            return FieldGuess(ours, theirs, unit_named(spelling, ours) or "")
    if apart.before_bracket not in names:
        return None
    measured = ours in QUANTITIES and QUANTITIES[ours].dimension != ""
    return FieldGuess(ours, theirs, why="unit", sure=False) if measured else FieldGuess(ours, theirs)


@dataclass(frozen=True)
class _Apart:
    """A column's name taken apart: ``behind``, each key that may be the name with what may be the unit behind it."""

    key: str = ""
    text: str = ""
    behind: tuple[tuple[str, str], ...] = ()
    before_bracket: str = ""


@lru_cache(maxsize=4096)
def _apart(theirs: str) -> _Apart:
    """The parts of a name; none of one so long that it is no name."""
    if len(theirs) > LONGEST_NAME:
        return _Apart()
    text = unicodedata.normalize("NFKC", theirs).strip()
    behind = [
        (name_key(text[: found.start()]), text[found.end() :].strip(" ()[]"))
        for found in _SEPARATOR.finditer(text)
    ]
    bracket = _BRACKET.fullmatch(text)
    before = "" if bracket is None else name_key(bracket["name"])
    if bracket is not None:
        behind.insert(0, (before, _UNIT_WORD.sub("", bracket["inside"].strip())))
    return _Apart(name_key(theirs), plain(text), tuple(behind), before)


def _parts(
    theirs: Sequence[str], known: FieldNames, filled: set[str], ours_all: Sequence[str]
) -> Iterator[FieldGuess]:
    """Proposals for columns whose name holds a known one of a column of ours that has none."""
    for name in theirs:
        key = _apart(name).key
        held = [
            (len(each), ours)
            for ours in ours_all
            for each in known.names[ours]
            if ours not in filled and each in key and len(each) >= (4 if each.isascii() else 2)
        ]
        if held:
            yield FieldGuess(max(held)[1], name, _unit_in(name, max(held)[1]), why="part", sure=False)


def _unit_in(theirs: str, ours: str) -> str:
    return next((unit for _, behind in _apart(theirs).behind if (unit := unit_named(behind, ours))), "")
