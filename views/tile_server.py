"""Single tiles of the county's own maps, handed out by the page's server as the map asks for them.

Only what the county's folder of tiles holds in usable form is found, under a name that tells nothing of the file; only
images leave, with their own type. ``app.py`` mounts the route.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st
from starlette.responses import Response
from starlette.routing import Route

from geo.local_tiles import local_tiles, tile_of
from geo.problems import InputError
from geo.tile_facts import image_type

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "tiles/"
ADDRESS = f"../../{PATH}"
"""The route as the map's frame sees it, which stands in the folder of a component; any base path works."""
KEEP_S = 3600
"""How long a browser may keep a tile; another state of the file has another address."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'",
}
NOTHING = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001010300000025db56ca00000003504c5445000000a77a3dda0000000174524e53"
    "0040e6d8660000000a4944415408d76360000000020001e221bc330000000049454e44ae426082"
)
"""A PNG of one transparent point: where a map has no tile, there is nothing to see and nothing wrong."""
_NUMBER = re.compile(r"[0-9]{1,8}")


def _tile(request: Request) -> Response:
    from views.answers import county_folder  # not at the top: the server starts before anything is computed

    asked = request.path_params
    numbers = [asked[name] for name in "zxy"]
    if not all(_NUMBER.fullmatch(each) for each in numbers):
        return Response(status_code=404, headers=HEADERS)
    maps = {one.digest: one for one in local_tiles(county_folder()) if not one.problems}
    one = maps.get(asked["digest"])
    if one is None:
        return Response(status_code=404, headers=HEADERS)
    try:
        content = tile_of(one, *map(int, numbers))
    except (InputError, OSError):
        return Response(status_code=500, headers=HEADERS)
    kind = "image/png" if content is None else image_type(content)
    if kind is None:
        return Response(status_code=415, headers=HEADERS)
    kept = {"Cache-Control": f"private, max-age={KEEP_S}"}
    return Response(NOTHING if content is None else content, media_type=kind, headers=HEADERS | kept)


def tile_routes() -> list[Route]:
    """The route of single tiles, under the base path of the page if it has one."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    start = f"/{base}/{PATH}" if base else f"/{PATH}"
    return [Route(start + "{digest}/{z}/{x}/{y}", _tile, methods=["GET"])]
