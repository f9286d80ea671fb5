"""Named scenarios in a county's folder: ``scenarios/NAME.json``, readable, saved whole, never over another's work.

Everybody on the folder sees them. Whoever saves says which state of the file was read; where it is another by now,
nothing is written. What a save replaces, or a deletion takes away, is kept in ``scenarios/previous``.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analysis.scenario import Scenario, scenario_from_json
from geo.problems import InputError, Problem, problem

FOLDER, PREVIOUS, ENDING = "scenarios", "previous", ".json"
TODAY = "today"
"""The name of no scenario: the county with every choice at its default."""
MOST_LETTERS, MOST_NAME_BYTES = 60, 180
MOST_FILE_BYTES = 400_000
MOST_PREVIOUS = 20
"""So many previous versions of one name are kept."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{i}" for name in ("com", "lpt") for i in range(10))}
)
"""Names that Windows gives to devices, whatever their ending."""
_STAMP = re.compile(r"\.(\d{8}T\d{6}Z(?:-\d+)?)$")
_ONE_AT_A_TIME = threading.Lock()
"""The page's sessions are threads of one process: between looking at a file and replacing it no other saves."""


@dataclass(frozen=True)
class Saved:
    """A scenario as it stands in the folder. ``digest`` says which state of the file it is; ``saved_at`` is in UTC."""

    file: str
    scenario: Scenario
    digest: str
    saved_at: datetime


@dataclass(frozen=True)
class Listed:
    """A file of the folder: its name, and what is wrong with it where it cannot be read (``saved`` is then None)."""

    file: str
    saved: Saved | None
    problems: tuple[Problem, ...] = ()


def name_problems(name: str) -> list[Problem]:
    """Everything that keeps a name from being that of a file on every system; empty where nothing does."""
    stem, found = name.partition(".")[0].strip().casefold(), []
    if not name.strip() or name != name.strip() or name.startswith(".") or name.endswith("."):
        found.append(problem("scenario_name_ends", value=name[:MOST_LETTERS]))
    if _FORBIDDEN & set(name) or not name.isprintable():
        known = " ".join(sorted(_FORBIDDEN))
        found.append(problem("scenario_name_letters", value=name[:MOST_LETTERS], known=known))
    if len(name) > MOST_LETTERS or len(name.encode(errors="replace")) > MOST_NAME_BYTES:
        found.append(problem("scenario_name_long", value=f"{name[:20]}…", limit=MOST_LETTERS))
    if stem in _DEVICES or name.casefold() == TODAY or _STAMP.search(name):
        found.append(problem("scenario_name_taken", value=name[:MOST_LETTERS]))
    return found


def list_scenarios(county: Path) -> list[Listed]:
    """Every scenario of the county's folder by name; one that cannot be read stands there with what is wrong."""
    found = []
    for path in _files(county / FOLDER):
        try:
            found.append(Listed(path.stem, _read(path)))
        except InputError as error:
            found.append(Listed(path.stem, None, error.problems))
    return found


def read_saved(county: Path, name: str) -> Saved:
    """One scenario of the folder; raises :class:`InputError` where there is none of that name or it cannot be read."""
    path = _there(county, name)
    if path is None:
        known = "、".join(each.stem for each in _files(county / FOLDER)) or "–"
        raise InputError([problem("scenario_missing", value=name[:MOST_LETTERS], known=known)])
    return _read(path)


def save_scenario(
    county: Path, name: str, scenario: Scenario, read: str | None = None, *, overwrite: bool = False
) -> Saved:
    """Save a scenario under a name, whole or not at all; what stood there is kept as a previous version.

    ``read``: the digest of the state that was read; None for a name that is to be new. Raises :class:`InputError`
    where the name is no file name, the scenario is too large to be read back, or another state stands there by now,
    with its name and time, unless ``overwrite`` says that this is known.
    """
    name = unicodedata.normalize("NFC", name)
    content = (scenario.to_json() + "\n").encode()
    found = name_problems(name)
    if len(content) > MOST_FILE_BYTES:  # it could not be read back
        found.append(problem("scenario_large", file=name[:MOST_LETTERS], limit=MOST_FILE_BYTES // 1000))
    if found:
        raise InputError(found)
    with _ONE_AT_A_TIME:
        there = _there(county, name)
        _refuse_another(name, there, read, overwrite=overwrite)
        path = there or county / FOLDER / f"{name}{ENDING}"
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = _written(path.parent, content)
        try:
            if there is not None:
                _keep(there, there.read_bytes())
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        return _read(path)  # before another saves: his state is not the one this reader knows


def delete_scenario(county: Path, name: str, read: str | None, *, overwrite: bool = False) -> None:
    """Take a scenario out of the list; it is kept as a previous version. Refused as :func:`save_scenario` is."""
    with _ONE_AT_A_TIME:
        there = _there(county, name)
        if there is None:
            raise InputError([problem("scenario_missing", value=name[:MOST_LETTERS], known="–")])
        _refuse_another(name, there, read, overwrite=overwrite)
        _keep(there, there.read_bytes())
        there.unlink()


def previous_versions(county: Path, name: str) -> list[Saved]:
    """What a name held before, the latest first; also of a name that is deleted."""
    kept = [
        path
        for path in _files(county / FOLDER / PREVIOUS)
        if _STAMP.sub("", path.stem).casefold() == unicodedata.normalize("NFC", name).casefold()
    ]
    found = []
    for path in sorted(kept, key=_stamp, reverse=True):
        try:
            found.append(_read(path))
        except InputError:
            continue  # of an earlier version of the program, or not ours
    return found


def scenario_named(county: Path, text: str) -> tuple[str, Scenario]:
    """What is called so on a command line, and a name for it: ``today`` for none, a file, or a saved scenario."""
    if text == TODAY:
        return TODAY, Scenario()
    path = Path(text)
    if path.suffix.lower() == ENDING or path.is_file():
        return path.stem, scenario_in(path)
    return text, read_saved(county, text).scenario


def scenario_in(path: Path) -> Scenario:
    """The scenario of a file; raises :class:`InputError` where it cannot be read."""
    return scenario_from_json(_content(path).decode("utf-8-sig", errors="replace"), path.name)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise InputError([problem("scenario_large", file=path.name, limit=MOST_FILE_BYTES // 1000)])
        content = path.read_bytes()
        content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([problem("file_unreadable", file=str(path), detail=error)]) from error
    return content


def _read(path: Path) -> Saved:
    content = _content(path)
    scenario = scenario_from_json(content.decode("utf-8-sig"), path.name)
    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Saved(path.stem, scenario, hashlib.sha256(content).hexdigest(), saved_at)


def _files(folder: Path) -> list[Path]:
    """The files of a folder that lie in it and are scenarios by their name."""
    if not folder.is_dir():
        return []
    inside = folder.resolve()
    return sorted(
        path
        for path in folder.glob(f"*{ENDING}")
        if path.is_file() and path.resolve().parent == inside and not path.name.startswith(".")
    )


def _there(county: Path, name: str) -> Path | None:
    """The file that a name means on every system, whatever the case of its letters."""
    wanted = unicodedata.normalize("NFC", name).casefold()
    same = [
        each
        for each in _files(county / FOLDER)
        if unicodedata.normalize("NFC", each.stem).casefold() == wanted
    ]
    return next((each for each in same if each.stem == name), same[0] if same else None)


def _refuse_another(name: str, there: Path | None, read: str | None, *, overwrite: bool) -> None:
    """Raise where what stands there now is not the state that was read."""
    if overwrite:
        return
    if there is None:
        if read is not None:
            raise InputError([problem("scenario_gone", value=name)])
        return
    now = hashlib.sha256(there.read_bytes()).hexdigest()
    if now == read:
        return
    time = datetime.fromtimestamp(there.stat().st_mtime, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    try:
        called = _read(there).scenario.name or there.stem
    except InputError:
        called = there.stem
    code = "scenario_there" if read is None else "scenario_changed"
    raise InputError([problem(code, value=name, other=called, time=time)])


def _written(folder: Path, content: bytes) -> Path:
    """A finished file beside the one it is to become."""
    number, path = tempfile.mkstemp(dir=folder, prefix=".writing-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(path).chmod(0o644)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return Path(path)


def _keep(path: Path, content: bytes) -> None:
    """Keep what a file holds as a previous version, and of all of its name the latest."""
    folder = path.parent / PREVIOUS
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    same = [each for each in _files(folder) if _STAMP.sub("", each.stem) == path.stem]
    last_time, last = max((_stamp(each) for each in same), default=("", 0))
    number = last + 1 if last_time >= stamp else 0
    stamp = max(stamp, last_time)  # a clock that was put back does not change the order
    kept = folder / f"{path.stem}.{stamp}{f'-{number}' if number else ''}{ENDING}"
    os.replace(_written(folder, content), kept)
    for each in sorted([*same, kept], key=_stamp)[:-MOST_PREVIOUS]:
        each.unlink(missing_ok=True)


def _stamp(path: Path) -> tuple[str, int]:
    found = _STAMP.search(path.stem)
    time, _, number = (found[1] if found else "").partition("-")
    return time, int(number or 0)
