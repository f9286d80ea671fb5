"""The folders in which sessions keep what their readers bring along, and what killed servers left of theirs.

Each folder is held by a lock on a file inside it, for as long as its session lives: the system lets go of it
however the server ends, so a folder that nobody holds belongs to nobody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
import weakref
from pathlib import Path
from typing import IO, Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be deleted and so holds by itself
    fcntl = None

PREFIX = "county-upload-"
HELD = ".held"
UNHELD_S = 24 * 3600.0
"""A folder that never was held may just be coming about; older than this it is left over [own]."""


class UploadFolder:
    """A folder for one session; it goes when nobody holds it any more, and at the end of the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._gone = weakref.finalize(self, _remove, self.path, _hold(self.path / HELD))

    def remove(self) -> None:
        """Delete the folder with everything in it."""
        self._gone()


def _hold(path: Path) -> IO[bytes]:
    if fcntl is None:
        return path.open("wb")
    unfinished = path.with_name(f"{path.name}.new")
    held = unfinished.open("wb")
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unfinished.rename(path)  # it is never there under its name without being locked
    return held


def _remove(path: Path, held: IO[bytes] | None) -> None:
    if fcntl is None and held is not None:
        held.close()
    shutil.rmtree(path, ignore_errors=True)
    if held is not None:
        held.close()


def clear_left_over() -> int:
    """Delete the upload folders that a killed server left in the temporary folder, and say how many.

    Only folders under our name that are this user's own, are no links, and are held by no process, this one included;
    one in which no lock ever stood only once it is a day old. What cannot be read or deleted stays.
    """
    gone = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            gone += _clear(path)
    return gone


def _clear(path: Path) -> bool:
    about = path.lstat()
    mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    if not stat.S_ISDIR(about.st_mode) or not mine:
        return False
    held = path / HELD
    if not held.is_file():
        if time.time() - about.st_mtime < UNHELD_S:
            return False
        _remove(path, None)
    elif fcntl is None:
        held.unlink()  # refused while a server has it open
        _remove(path, None)
    else:
        with held.open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while a server holds it
            _remove(path, None)
    return not path.exists()
