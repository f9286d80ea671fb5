"""Maps of tiles to lay under the county's layers, and which addresses of tiles are taken.

Tiles are fetched by the reader's browser and only while one of these maps is chosen: from another host, or, of the
county's own files (:mod:`geo.local_tiles`), from the page itself. All of them are in Web
Mercator on WGS 84 or CGCS2000, which agree to the metre; maps in GCJ-02 or BD-09 lie some hundred metres aside
and are refused, as nothing on them would stand where it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geo.problems import InputError, problem

if TYPE_CHECKING:
    from geo.local_tiles import LocalTiles
    from geo.problems import Problem
    from geo.tile_facts import Bounds

MOST_CHARACTERS = 500
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
SHIFTED_HOSTS = (
    "amap.com", "autonavi.com", "qq.com", "gtimg.com", "google.cn", "google.com", "googleapis.com", "gstatic.com",
    "googleapis.cn", "baidu.com", "bdimg.com", "bdstatic.com", "geoq.cn", "mapabc.com", "mapbar.com", "petalmaps.com",
)  # fmt: skip
"""Hosts whose street maps of mainland China are drawn in GCJ-02 or BD-09."""
NEEDED = frozenset({"z", "x", "y"})
KNOWN = NEEDED | {"s"}
SUBDOMAINS = "abc"
TIANDITU_LAYERS = {"tianditu_streets": ("vec", "cva"), "tianditu_images": ("img", "cia")}
"""Ground and names of each map of Tianditu, the national platform; its tiles are in CGCS2000."""
TIANDITU_LINK = "https://www.tianditu.gov.cn/"
_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)


@dataclass(frozen=True)
class TileMap:
    """Addresses of tiles with ``{z}``, ``{x}``, ``{y}`` (and ``{s}``), lowest first, and who made the map.

    Tiles of the last zoom are drawn larger beyond it; before the first and outside ``bounds`` (west, south, east,
    north in degrees; None: everywhere) nothing is asked for.
    """

    urls: tuple[str, ...]
    credit: str
    link: str = ""
    subdomains: str = SUBDOMAINS
    max_zoom: int = 18
    min_zoom: int = 0
    bounds: Bounds | None = None


def openstreetmap() -> TileMap:
    """The standard map of OpenStreetMap."""
    return TileMap(
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png",),
        "© OpenStreetMap contributors",
        "https://www.openstreetmap.org/copyright",
        max_zoom=19,
    )


def tianditu(name: str, key: str | None, credit: str) -> TileMap:
    """A map of Tianditu by its name in ``TIANDITU_LAYERS``; without a usable key: :class:`InputError`."""
    if not key:
        raise InputError([problem("tianditu_key_missing")])
    if not re.fullmatch(r"[0-9A-Za-z]{16,64}", key):
        raise InputError([problem("tianditu_key_wrong")])
    urls = tuple(_TIANDITU.format(layer=layer, key=key) for layer in TIANDITU_LAYERS[name])
    return TileMap(urls, credit, TIANDITU_LINK, "01234567")


def _host_problems(template: str) -> list[Problem]:
    try:
        parts = urlsplit(template.replace("{s}", SUBDOMAINS[0]))
        host, port_is_fine = (parts.hostname or "").rstrip("."), parts.port is None or parts.port > 0
    except ValueError:
        return [problem("tile_address_unreadable")]
    if not host or not port_is_fine:
        return [problem("tile_address_unreadable")]
    found = []
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL_HOSTS):
        found.append(problem("tile_address_scheme"))
    if parts.username is not None or parts.password is not None:
        found.append(problem("tile_address_password"))
    if any(host == each or host.endswith(f".{each}") for each in SHIFTED_HOSTS):
        found.append(problem("tile_address_shifted", host=host))
    return found


def own_tiles(template: str, credit: str, *, unshifted: bool) -> TileMap:
    """Tiles at an address the reader gave.

    ``unshifted``: the reader says that the map is in WGS 84 or CGCS2000. Raises :class:`InputError` with all that is
    wrong: not https (http only for this computer), a placeholder missing or unknown, a password in it, a host known
    for GCJ-02 or BD-09, no credit, coordinates not stated.
    """
    template, credit = template.strip(), " ".join(credit.split())
    if len(template) > MOST_CHARACTERS or re.search(r"[\s\"'`<>\\^|\x00-\x1f\x7f]", template):
        raise InputError([problem("tile_address_unreadable")])
    found = _host_problems(template)
    placeholders = set(re.findall(r"\{([^{}]*)\}", template))
    stray = re.search(r"[{}]", re.sub(r"\{\w+\}", "", template))
    if NEEDED - placeholders or placeholders - KNOWN or stray:
        found.append(problem("tile_address_placeholders"))
    if not credit:
        found.append(problem("tile_credit_missing"))
    if not unshifted:
        found.append(problem("tile_datum_unsaid"))
    if found:
        raise InputError(found)
    return TileMap((template,), credit)


def county_tiles(one: LocalTiles, address: str) -> TileMap:
    """A map of the county's own files, served under ``address``; with problems: :class:`InputError`."""
    if one.problems or one.facts is None:
        raise InputError(one.problems)
    facts = one.facts
    url = f"{address}{one.digest}/{{z}}/{{x}}/{{y}}"
    return TileMap(
        (url,), one.credit, one.link, max_zoom=facts.max_zoom, min_zoom=facts.min_zoom, bounds=facts.bounds
    )
