"""Files that a reader of the page brings along: in a folder of this session alone, under names of ours."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from geo.problems import Problem, problem
from geo.shapefile import PARTS
from geo.tables import ENDINGS, READERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_FILES = 20
MAX_MB = 20
"""Of one file; the command line reads larger ones. As ``server.maxUploadSize`` of the page has it [own]."""
MAX_ALL_MB = 60
MOST_LETTERS = 80
BESIDE = (*PARTS[1:], ".shx", ".sbn", ".sbx")
"""Parts of a shapefile, the last three of which nobody reads here."""
TYPES = tuple(ending.removeprefix(".") for ending in (*READERS, *BESIDE))
"""Endings as Streamlit's field takes them."""


@dataclass(frozen=True)
class Upload:
    """One file with its parts: ``name`` as its owner calls it, ``path`` on the disk under a name of ours, ``digest``
    of name and content."""

    name: str
    path: Path
    digest: str


def shown_name(given: str) -> str:
    """The last part of a name, without signs that cannot be seen, not too long; its ending stays."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(each for each in last if unicodedata.category(each)[0] != "C").strip()
    stem, ending = seen[: -len(suffix)] if (suffix := PurePosixPath(seen).suffix) else seen, suffix
    return f"{stem[:MOST_LETTERS]}{ending[:12]}"


def store(given: Sequence[tuple[str, bytes]], folder: Path) -> tuple[list[Upload], list[Problem]]:
    """Write files, given by name and content, into ``folder`` under names of ours; a shapefile's parts go with it.

    What is refused is said: a kind nobody reads, too much, a part without its shapefile. Nothing of a refused file is
    written.
    """
    files = [(shown_name(name), content) for name, content in given]
    if len(files) > MOST_FILES:
        return [], [problem("uploads_many", limit=MOST_FILES)]
    if sum(len(content) for _, content in files) > MAX_ALL_MB * 1024**2:
        return [], [problem("uploads_large", limit=MAX_ALL_MB)]
    uploads: list[Upload] = []
    found: list[Problem] = []
    parts = {_key(name): content for name, content in files if _ending(name) in BESIDE}
    used: set[tuple[str, str]] = set()
    for number, (name, content) in enumerate(files):
        ending = _ending(name)
        if ending in BESIDE:
            continue
        if ending not in READERS:
            found.append(problem("format_unknown", file=name, known=ENDINGS))
        elif len(content) > MAX_MB * 1024**2:
            found.append(problem("too_large", file=name, limit=MAX_MB))
        else:
            mine = {key: parts[key] for key in parts if ending == ".shp" and key[0] == _key(name)[0]}
            used |= mine.keys()
            path = folder / f"file-{number}{ending}"
            _write(path, content, {key[1]: part for key, part in mine.items()})
            uploads.append(Upload(name, path, _digest(name, content, *mine.values())))
    alone = [name for name, _ in files if _ending(name) in BESIDE and _key(name) not in used]
    found += [problem("upload_part_alone", file=name) for name in alone]
    return uploads, found


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _key(name: str) -> tuple[str, str]:
    """What a shapefile's parts have in common, and which part it is."""
    return PurePosixPath(name).stem.casefold(), _ending(name)


def _write(path: Path, content: bytes, parts: dict[str, bytes]) -> None:
    path.write_bytes(content)
    for ending, part in parts.items():
        path.with_suffix(ending).write_bytes(part)


def _digest(name: str, *contents: bytes) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass"))
    for each in contents:
        digest.update(hashlib.sha256(each).digest())
    return digest.hexdigest()
