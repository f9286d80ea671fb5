"""Numbers as people write them into cells: with separators of thousands, decimal commas, full-width digits."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_DIGITS = re.compile(r"[\s0-9０-９.,．，+\-＋－−–]+")
"""Letters a number may be written with; full-width ones among them."""
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_MINUS = str.maketrans({"−": "-", "–": "-"})
LONGEST = 40
"""Letters of a cell beyond which it is no number."""


def is_number(text: str) -> bool:
    """Whether a text is a number, written in any way that is read here."""
    bare = half_width(text).replace(",", "").strip()
    return len(bare) <= LONGEST and _NUMBER.fullmatch(bare) is not None


def half_width(text: str) -> str:
    """A text with full-width digits and points as ASCII, where it holds nothing but those; else as it is."""
    if len(text) > LONGEST or text.isascii() or not _DIGITS.fullmatch(text):
        return text
    return unicodedata.normalize("NFKC", text).translate(_MINUS)


def numbers_written(
    name: str, values: Sequence[Any], decimal_comma: bool, file: str, found: list[Problem]
) -> list[Any]:
    """The values of one column, its numbers as programs write them, as text still.

    Full-width digits become ASCII wherever a cell holds nothing else. Commas go only from a column in which every cell
    is a number: as separators of thousands; as decimal points where the file has another separator of columns
    (``decimal_comma``) and a cell shows it. Where ``1,234`` could be either, the column stays and that is said.
    """
    texts = [half_width(value) if isinstance(value, str) else value for value in values]
    commas = [text for text in texts if isinstance(text, str) and "," in text]
    if not commas or not all(is_number(text) for text in texts if isinstance(text, str)):
        return texts
    grouped = all(_THOUSANDS.fullmatch(text) for text in commas)
    if grouped and (not decimal_comma or any(_surely_thousands(text) for text in commas)):
        return [text.replace(",", "") if isinstance(text, str) else text for text in texts]
    if decimal_comma and not grouped and all(_DECIMAL_COMMA.fullmatch(text) for text in commas):
        return [text.replace(",", ".") if isinstance(text, str) else text for text in texts]
    value = commas[0][:LONGEST]
    found.append(problem("comma_unclear", file=file, field=name, warning=True, value=value))
    return texts


def _surely_thousands(text: str) -> bool:
    return text.count(",") > 1 or "." in text
