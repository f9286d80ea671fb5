"""Files the map's browser needs, kept in a folder of this user: library texts, our own script, layer data.

Nothing is fetched from another host. Files are named by their content, so a name never changes its meaning;
whoever can reach the page's port can read them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER_NAME = "county-fire-cover"
DATA_SUFFIX = ".geojson"
KEEP_DATA_S = 7 * 24 * 3600.0
"""Layer data not asked for during this long is removed when the program starts."""

HERE = Path(__file__).resolve().parent
SCRIPT_NAMES = (
    "map_signs.js", "map_address.js", "map_layers.js", "map_tools.js", "map_measure.js", "map_suppose.js",
    "map_print.js", "map_tiles.js", "map_legend.js",
)  # fmt: skip
"""Our own scripts, in the order in which they are loaded."""
SHEET_NAMES = ("map_layers.css", "map_tools.css", "map_print.css")

UNUSED = frozenset(
    {
        "https://code.jquery.com/jquery-3.7.1.min.js",
        "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js",
        "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js",
        "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css",
        "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
        "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css",
        "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css",
        "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css",
    }
)
"""What folium links for icons and its own popups; this map draws its signs and popups itself."""


class UnknownAssetError(KeyError):
    """A page wants a library file that is not kept here; it is never fetched from its host instead."""


def user_folder() -> Path:
    """The folder of this user for map files, made readable for this user alone where it is new."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / FOLDER_NAME / "map"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


_SEEN: dict[Path, tuple[str, int, int]] = {}
"""Files this process wrote or compared: digest of the content, size and time of change since."""


def keep(folder: Path, stem: str, suffix: str, content: bytes, digest: str = "") -> str:
    """Write ``content`` once under a name made from it, whole or not at all, and return that name.

    A file that is already there is read and compared before it is trusted, once for as long as nobody touches it, and
    its age starts anew. ``digest``: the content's SHA-256, where it is known already.
    """
    digest = digest or hashlib.sha256(content).hexdigest()
    name = f"{stem}.{digest[:16]}{suffix}"
    path = folder / name
    if _holds(path, digest):
        os.utime(path)
        _remember(path, digest)
        return name
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=f"{stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        try:
            os.replace(unfinished, path)
        except PermissionError:  # Windows, where another process is reading the same content under that name
            if not _holds(path, digest):
                raise
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return name


def _remember(path: Path, digest: str) -> None:
    facts = path.stat()
    _SEEN[path] = digest, facts.st_size, facts.st_mtime_ns


def _holds(path: Path, digest: str) -> bool:
    try:
        facts = path.stat()
        if _SEEN.get(path) == (digest, facts.st_size, facts.st_mtime_ns):
            return True
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


@cache
def _library() -> dict[str, str]:
    """Library texts by the address folium links, out of the pinned wheel (its table has a private name)."""
    from offlinefolium import elements

    return dict(elements._res)  # private: the wheel is pinned and a test holds it


def library_file(url: str, folder: Path) -> str:
    """The kept file that stands for a library address; without one: :class:`UnknownAssetError`."""
    text = _library().get(url)
    if text is None:
        raise UnknownAssetError(url)
    address = Path(urlsplit(url).path)
    return keep(folder, address.stem, address.suffix, text.encode())


def own_file(names: Sequence[str], folder: Path) -> str:
    """The kept copy of our own scripts, or sheets, beside this module, one after another in one file: the browser
    fetches scripts in turn, and each small answer waits for the browser to say that it has the one before."""
    sources = [HERE / name for name in names]
    content = b"\n".join(source.read_bytes() for source in sources)
    return keep(folder, "county_map", sources[0].suffix, content)


def keep_data(folder: Path, key: str, content: bytes, digest: str = "") -> str:
    """Keep one layer's GeoJSON; the name says layer and content."""
    return keep(folder, key, DATA_SUFFIX, content, digest)


def purge(folder: Path, older_than_s: float = KEEP_DATA_S) -> int:
    """Remove layer data and unfinished files that nobody asked for lately; returns how many went."""
    limit, gone = time.time() - older_than_s, 0
    for path in folder.iterdir():
        if path.suffix not in (DATA_SUFFIX, ".tmp"):
            continue
        with contextlib.suppress(FileNotFoundError, PermissionError):  # another process removed or reads it
            if path.stat().st_mtime < limit:
                path.unlink()
                gone += 1
    return gone
