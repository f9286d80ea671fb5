"""The county's own maps of tiles: files and folders in ``tiles/`` beside county.toml, read with no network at all.

``tiles/tiles.toml`` says of each, under its file name, what the file cannot be trusted to say: who made it (``credit``)
and its coordinate system (``datum``). A folder of tiles may hold a tiles.toml of its own. Without both a map is not
shown, as one in GCJ-02 or BD-09 would lie some hundred metres aside and look right.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from geo.mbtiles import mbtiles_facts, mbtiles_tile
from geo.pmtiles_file import pmtiles_facts, pmtiles_tile
from geo.problems import InputError, Problem, problem
from geo.tables import text_of
from geo.tile_facts import TileFacts, is_tile
from geo.tile_folder import SCHEMES, folder_facts, folder_tile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "tiles"
STATED = "tiles.toml"
ENDINGS = (".mbtiles", ".pmtiles")
MOST_MAPS = 50
MOST_STATED_BYTES = 100_000
MOST_CREDIT_LETTERS = 300
MOST_NAME_LETTERS = 80
DATUMS = ("wgs84", "cgcs2000")
"""Coordinate systems a map may be in; they agree to the metre."""
SHIFTED = ("gcj02", "bd09", "bd09ll", "bd09mc")
FIELDS = ("name", "name_en", "credit", "link", "datum")
SPARE = ("-wal", "-shm", "-journal", ".aux.xml", ".md", ".txt")
"""Endings of files that stand beside a map and are none."""


@dataclass(frozen=True)
class LocalTiles:
    """One map of the county: ``file`` in its folder, what it is called, who made it, and what is wrong with it.

    ``digest`` names this state of the file in addresses. ``facts`` is None where the file cannot be used; a map with
    problems is not shown.
    """

    file: str
    path: Path
    digest: str
    name: str
    name_en: str
    credit: str
    link: str
    scheme: str
    facts: TileFacts | None
    problems: tuple[Problem, ...]


class _Plain(HTMLParser):
    """The text of a credit written in HTML, and the first web address it links."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.link = "", ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a" and not self.link and is_web_address(address):
            self.link = address


def is_web_address(text: str) -> bool:
    """Whether a text may be linked: http or https, short, without what could end it early."""
    return bool(re.fullmatch(r"https?://[^\s\"'<>`\\]{3,300}", text))


def plain_credit(attribution: str) -> tuple[str, str]:
    """A credit, which files often hold as HTML, as text in one line, and the first address it links."""
    reading = _Plain()
    reading.feed(attribution)
    reading.close()
    return " ".join(reading.text.split())[:MOST_CREDIT_LETTERS], reading.link


def tiles_folder(county: Path) -> Path:
    """Where a county's maps of tiles lie, whether or not there are any."""
    return county / FOLDER


def _toml(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    if not path.is_file():
        return {}, []
    with path.open("rb") as file:
        text = text_of(file.read(MOST_STATED_BYTES + 1)[:MOST_STATED_BYTES])
    if path.stat().st_size > MOST_STATED_BYTES:
        return {}, [problem("tiles_metadata_long", limit=MOST_STATED_BYTES)]
    if text is None:
        return {}, [problem("not_text")]
    try:
        return tomllib.loads(text), []
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return {}, [problem("not_toml", detail=str(error)[:200])]


def _checked(table: Any, known: tuple[str, ...]) -> tuple[dict[str, str], list[Problem]]:
    """The texts of a table of tiles.toml and what is wrong with them."""
    if not isinstance(table, dict):
        return {}, [problem("toml_value", value=str(table)[:80])]
    found = [
        problem("unknown_field", field=key[:80], known=", ".join(known)) for key in table if key not in known
    ]
    texts = {key: value for key, value in table.items() if key in known and isinstance(value, str)}
    found += [
        problem("toml_value", field=key, value=str(table[key])[:80])
        for key in table
        if key in known and key not in texts
    ]
    if texts.get("link") and not is_web_address(texts["link"]):
        found.append(problem("toml_value", field="link", value=texts.pop("link")[:80]))
    if texts.get("scheme", SCHEMES[0]) not in SCHEMES:
        found.append(problem("toml_value", field="scheme", value=texts.pop("scheme")[:80]))
    return texts, found


def _datum_problems(datum: str) -> list[Problem]:
    plain = re.sub(r"[\s_-]", "", datum).lower()
    if not plain:
        return [problem("tiles_datum_unsaid")]
    if plain in SHIFTED:
        return [problem("tiles_datum_shifted", value=datum[:40])]
    return [] if plain in DATUMS else [problem("tiles_datum_unknown", value=datum[:40])]


@lru_cache(maxsize=MOST_MAPS)
def _facts(path: Path, digest: str, scheme: str) -> tuple[TileFacts | None, tuple[Problem, ...]]:
    del digest  # part of the key: another state of the file is another map
    try:
        if path.is_dir():
            return folder_facts(path, scheme), ()
        return (mbtiles_facts if path.suffix.lower() == ENDINGS[0] else pmtiles_facts)(path), ()
    except InputError as error:
        return None, error.problems
    except OSError as error:
        return None, (problem("unreadable", detail=str(error.strerror)),)


def _digest(path: Path) -> str:
    """A name for this state of a file, or of a folder as far as its zooms; it tells nothing of where it lies."""
    parts = [path, *(sorted(path.iterdir()) if path.is_dir() else [])]
    facts = [each.stat() for each in parts if each.exists()]
    said = [path.name, *(f"{each.st_size} {each.st_mtime_ns}" for each in facts)]
    return hashlib.sha256("\n".join([str(path.resolve()), *said]).encode()).hexdigest()[:24]


def _one_map(path: Path, stated: Any, unread: list[Problem]) -> LocalTiles:
    fields = (*FIELDS, "scheme") if path.is_dir() else FIELDS
    said, found = _checked(stated, fields)
    found += unread
    if path.is_dir():
        own, unread_here = _toml(path / STATED)
        inside, wrong = _checked(own, fields)
        said, found = {**inside, **said}, [*found, *unread_here, *wrong]
    digest = _digest(path)
    facts, unusable = _facts(path, digest, said.get("scheme", SCHEMES[0]))
    written: Mapping[str, str] = {} if facts is None else facts.said
    credit, link = plain_credit(written.get("attribution", ""))
    credit = " ".join(said.get("credit", credit).split())[:MOST_CREDIT_LETTERS]
    if facts is not None:
        found += [] if credit else [problem("tiles_credit_missing")]
        found += _datum_problems(said.get("datum", written.get("datum", "")))
    name = " ".join((said.get("name") or written.get("name") or path.name).split())[:MOST_NAME_LETTERS]
    return LocalTiles(
        path.name, path, digest, name, " ".join(said.get("name_en", name).split())[:MOST_NAME_LETTERS], credit,
        said.get("link", link), said.get("scheme", SCHEMES[0]), facts,
        tuple(replace(each, file=f"{FOLDER}/{path.name}") for each in (*found, *unusable)),
    )  # fmt: skip


def _listed(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith(".") and each.name != STATED)


def _is_map(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in ENDINGS


def _elsewhere(path: Path) -> LocalTiles:
    """A link that leaves the folder of tiles: named and not followed."""
    found = problem("tiles_link_out", file=f"{FOLDER}/{path.name}")
    return LocalTiles(path.name, path, "", path.name, path.name, "", "", SCHEMES[0], None, (found,))


def local_tiles(county: Path) -> tuple[LocalTiles, ...]:
    """The maps in a county's folder of tiles by file name, unusable ones with what is wrong with them.

    Empty without such a folder. Files are opened once for each of their states.
    """
    folder = tiles_folder(county)
    if not folder.is_dir():
        return ()
    stated, unread = _toml(folder / STATED)
    maps = [each for each in _listed(folder) if _is_map(each)][:MOST_MAPS]
    return tuple(
        _one_map(each, stated.get(each.name, {}), unread)
        if each.resolve().is_relative_to(folder.resolve())
        else _elsewhere(each)
        for each in maps
    )


def tile_problems(county: Path) -> list[Problem]:
    """Everything wrong with a county's maps of tiles; warnings, as nothing that is computed rests on them."""
    folder = tiles_folder(county)
    if not folder.is_dir():
        return []
    stated, found = _toml(folder / STATED)
    here = [replace(each, file=f"{FOLDER}/{STATED}") for each in found]
    listed = _listed(folder)
    names = {each.name for each in listed if _is_map(each)}
    here += [
        problem("tiles_stated_missing", file=f"{FOLDER}/{STATED}", field=key[:80])
        for key in stated
        if key not in names
    ]
    here += [
        problem("tiles_file_unknown", file=f"{FOLDER}/{each.name}")
        for each in listed
        if not _is_map(each) and not each.name.endswith(SPARE)
    ]
    if len(names) > MOST_MAPS:
        here.append(problem("tiles_many", file=FOLDER, limit=MOST_MAPS))
    here += [each for one in local_tiles(county) for each in one.problems]
    return [replace(each, warning=True) for each in here]


def tile_of(one: LocalTiles, zoom: int, column: int, row: int) -> bytes | None:
    """One tile of a map, ``row`` from the north; None where it has none, :class:`InputError` where it cannot be read.

    What it is has still to be looked at.
    """
    if one.facts is None or one.problems or not is_tile(zoom, column, row):
        return None
    if one.path.is_dir():
        return folder_tile(one.path, zoom, column, row, one.scheme)
    return (mbtiles_tile if one.path.suffix.lower() == ENDINGS[0] else pmtiles_tile)(
        one.path, zoom, column, row
    )
