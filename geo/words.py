"""Every word a person is shown, looked up by key in data/text/<language>.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("zh", "en")
TEXT_FOLDER = Path(__file__).resolve().parent.parent / "data" / "text"


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of one language (``zh`` or ``en``) as a read-only map from ``section.key`` to text."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, not {language!r}")
    with (TEXT_FOLDER / f"{language}.toml").open("rb") as file:
        return MappingProxyType(_flat(tomllib.load(file)))


def say(language: str, key: str, **values: object) -> str:
    """The text under ``key`` with its ``{placeholders}`` filled; an unknown key raises ``KeyError``."""
    return words(language)[key].format(**values)


def say_or(language: str, key: str, fallback: str) -> str:
    """The text under ``key``, or ``fallback`` where the languages have no such word (a value from a file)."""
    return words(language).get(key, fallback)
