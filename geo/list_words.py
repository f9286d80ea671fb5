"""Words of a table read as the codes of our lists: 在用 or "in service" is ``in_use``; nothing is guessed.

The words stand in ``data/rules/list_words.toml``. A word is known where the whole cell is it; what a bracket adds must
say the same.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo.cells import STATUSES, as_text
from geo.fields import name_key
from geo.units import plain
from geo.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORDS_FILE = Path(__file__).resolve().parent.parent / "data" / "rules" / "list_words.toml"
_LONGEST_NOTHING = 16
"""Longer cells say something."""
_BRACKET = re.compile(r"(.+?)[(（]([^)）]+)[)）]\s*")


@dataclass(frozen=True)
class StatusWord:
    """One word of a file for a status, on ``rows`` rows, and which of ours it is (``None``: nobody knows).

    ``why``: own (our code), given (by the user), remembered, word (a known word), left (unknown by consent), or
    nothing where it is not understood. The empty word stands for rows without one.
    """

    theirs: str
    ours: str | None
    rows: int
    why: str = ""


@cache
def _file() -> Mapping[str, Any]:
    with WORDS_FILE.open("rb") as file:
        return MappingProxyType(tomllib.load(file))


@cache
def known_words(kind: str) -> Mapping[str, str]:
    """Word (by :func:`geo.fields.name_key`) → our code, for one kind of list (``status``, ``main_form`` …): those of
    the file, the code itself, and what this program shows for it in each language."""
    known: dict[str, str] = {}
    for code, listed in _file().get(kind, {}).items():
        shown = (words(language).get(f"value.{kind}.{code}", code) for language in LANGUAGES)
        known |= {name_key(each): code for each in (*listed, code, *shown)}
    return MappingProxyType(known)


def says_nothing(value: Any) -> bool:
    """Whether a cell is filled with a sign or word for "not stated" (/, —, 不详)."""
    return isinstance(value, str) and len(value) < _LONGEST_NOTHING and plain(value) in _nothing()


@cache
def _nothing() -> frozenset[str]:
    return frozenset(plain(each) for each in _file()["nothing"]["words"])


def word_code(value: Any, kind: str) -> str | None:
    """Our code for what a cell says, ``None`` where it is not known."""
    known, text = known_words(kind), as_text(value)
    code = known.get(name_key(text))
    bracket = _BRACKET.fullmatch(text)
    if code is None and bracket is not None:
        inside = {known.get(name_key(each)) for each in bracket.groups()}
        code = inside.pop() if len(inside) == 1 else None
    return code


def status_code(value: Any, header: str) -> str | None:
    """Our status for what a cell says under a header, which may be a question (是否完好) to which it is the answer."""
    asked = _file()["status_asked"]
    question, answer = name_key(header), name_key(as_text(value))
    for yes_means, no_means, key in (
        ("in_use", "out_of_service", "yes_in_use"),
        ("out_of_service", "in_use", "yes_out_of_service"),
    ):
        if question in map(name_key, asked[key]):
            if answer in map(name_key, asked["yes"]):
                return yes_means
            if answer in map(name_key, asked["no"]):
                return no_means
    return word_code(value, "status")


def status_words(
    values: Sequence[Any],
    header: str,
    given: Mapping[str, str],
    *,
    remembered: Mapping[str, str] | None = None,
    leave_unknown: bool = False,
) -> dict[str, StatusWord]:
    """What each word among the values of a status column means, by the word as printed; empty cells only where their
    meaning is given. ``leave_unknown``: what is not understood may be ``unknown``."""
    printed = ["" if value is None else as_text(value) for value in values]
    read = {}
    for word, count in Counter(printed).items():
        ours, why = _meaning(word, header, given, remembered or {})
        if ours is None and word and leave_unknown:
            ours, why = "unknown", "left"
        if word or ours is not None:
            read[word] = StatusWord(word, ours, count, why)
    return read


def _meaning(
    word: str, header: str, given: Mapping[str, str], remembered: Mapping[str, str]
) -> tuple[str | None, str]:
    if word in given:
        return given[word], "given"
    if word in remembered:
        return remembered[word], "remembered"
    if word in STATUSES:
        return word, "own"
    ours = status_code(word, header) if word else None
    return ours, "word" if ours else ""
