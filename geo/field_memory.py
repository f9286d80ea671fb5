"""How files were read before, by the set of their columns: ``fields.toml`` in the county folder."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from geo.layers import LAYERS
from geo.problems import Problem, problem
from geo.tables import text_of
from geo.translation import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from geo.translation import FileChoices, Translation

FILE = "fields.toml"
_HEAD = (
    "# 各文件的列曾怎样读入，列名全同的文件下次照用；可以修改或删除。\n"
    "# How the columns of files were read; files with the same columns are read alike. May be edited or deleted.\n\n"
)
_MAX_BYTES = 1_000_000


def recall(
    folder: Path | None, layer: str, columns: Iterable[str], found: list[Problem]
) -> Remembered | None:
    """How a file with just these columns was read into this layer before, ``None`` where there was none."""
    entries = [] if folder is None else _entries(folder, found)
    wanted = frozenset(columns)
    entry = next((each for each in entries if each["layer"] == layer and _columns(each) == wanted), None)
    if entry is None:
        return None
    names = {*LAYERS[layer].names, "lon", "lat"}
    return Remembered(
        file=entry["file"],
        fields={ours: theirs for ours, theirs in _texts(entry, "fields").items() if ours in names},
        units={ours: unit for ours, unit in _texts(entry, "units").items() if ours in names},
        statuses=dict(_texts(entry, "statuses")),
    )


def remember(
    folder: Path, layer: str, columns: Iterable[str], file: str, choices: FileChoices, read: Translation
) -> None:
    """Keep how a file was read, in the place of what was kept for the same columns; written whole or not at all.

    Kept is what was settled, by the user and beside it by guess, but not what follows from our own names and words;
    where the user said nothing, the same would be guessed again and nothing is kept. A file of memories that cannot
    be read is left as it is.
    """
    if not (choices.fields or choices.units or choices.statuses):
        return
    found: list[Problem] = []
    entries = _entries(folder, found)
    settled = [each for each in read.fields if each.sure and each.why not in {"own", "official"}]
    denied = {ours: "" for ours, theirs in choices.fields.items() if not theirs}
    statuses = {
        each.theirs: each.ours for each in read.statuses if each.why in {"given", "remembered"} and each.ours
    }
    fields = {each.ours: each.theirs for each in settled} | denied
    if found:
        return
    wanted = frozenset(columns)
    kept = [each for each in entries if not (each["layer"] == layer and _columns(each) == wanted)]
    new: dict[str, Any] = {
        "layer": layer, "file": file, "columns": sorted(wanted), "fields": fields,
        "units": {each.ours: each.unit for each in settled if each.unit}, "statuses": statuses,
    }  # fmt: skip
    path = folder / FILE
    unfinished = path.with_name(FILE + ".tmp")
    try:
        unfinished.write_text(_HEAD + tomli_w.dumps({"file": [*kept, new]}), encoding="utf-8", newline="\n")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _entries(folder: Path, found: list[Problem]) -> list[dict[str, Any]]:
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        text = text_of(path.read_bytes()) if path.stat().st_size <= _MAX_BYTES else None
        listed = tomllib.loads(text)["file"] if text is not None else None
    except (OSError, tomllib.TOMLDecodeError, KeyError):
        listed = None
    sound = isinstance(listed, list) and all(map(_is_entry, listed))
    if not sound:
        found.append(problem("memory_unreadable", file=FILE, warning=True))
    return listed if sound and isinstance(listed, list) else []


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("layer"), str)
        and isinstance(entry.get("file"), str)
        and isinstance(entry.get("columns"), list)
        and all(isinstance(each, str) for each in entry["columns"])
        and all(
            isinstance(value, str)
            for key in ("fields", "units", "statuses")
            for value in (entry.get(key, {}).values() if isinstance(entry.get(key, {}), dict) else [None])
        )
    )


def _columns(entry: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(entry["columns"])


def _texts(entry: Mapping[str, Any], key: str) -> Mapping[str, str]:
    texts: Mapping[str, str] = entry.get(key, {})
    return texts
