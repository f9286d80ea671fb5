"""Streets, stations, hydrants and barriers of a county from OpenStreetMap's servers, through OSMnx."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import requests
import shapely

from geo.crs import WGS84, reproject, shapes_of
from geo.limits import TAGS
from geo.network import RoadSource
from geo.osm_barriers import barrier_table
from geo.osm_file import FIRE, KEYS, OPENED
from geo.osm_graph import ODBL, OSM_ATTRIBUTION, network_from_osmnx
from geo.osm_sites import MappedObject, station_table
from geo.osm_water import WATER, hydrant_table, water_table
from geo.problems import InputError, Problem, problem
from geo.road_update import Update, Written, folder_crs, update_county
from geo.roads import local_crs
from geo.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Progress = Callable[[str, Mapping[str, object]], None]

MARGIN_M = 5000.0
"""How far beyond the county's line streets are fetched: an engine may use a road outside."""
TIMEOUT_S = 180
"""How long to wait for a server to say anything."""
TRIES = 3
"""How often a server that is busy is asked."""
BUSY_PAUSE_S = 30.0
"""How long to wait before a busy server is asked again."""
_BUSY = (429, 504)
_OUTLINE_STEP_M = 50.0
"""The outline with its margin is simplified to this before it is sent; servers refuse very long questions."""
_SETTINGS = threading.Lock()
"""OSMnx keeps its settings for the whole process, so one fetch runs at a time."""

FILTERS = [
    f'["highway"~"^({"|".join(sorted(FIRE))})$"]',
    f'["highway"~"^({"|".join(sorted(OPENED))})$"]["emergency"~"^(yes|designated|official)$"]',
]
"""The ways of the *fire* filter in Overpass's language."""

SITES = {
    "amenity": ["fire_station"], "emergency": list(WATER),
    "waterway": ["river", "riverbank"], "water": ["river"], "railway": ["rail"],
}  # fmt: skip
"""Tags of the stations, hydrants and other water, rivers and railways that are asked for beside the streets."""


class _BusyError(Exception):
    """The server asks for patience."""


class _AnswerError(Exception):
    """The server's answer cannot be used; ``said`` is why."""

    def __init__(self, said: Problem) -> None:
        super().__init__(said.code)
        self.said = said


def _quiet(code: str, values: Mapping[str, object]) -> None:
    """Progress that nobody watches."""


def fetch(
    place: str | None = None,
    boundary: Path | None = None,
    *,
    out: Path,
    overpass_url: str | None = None,
    nominatim_url: str | None = None,
    margin_m: float = MARGIN_M,
    replace_sites: bool = False,
    progress: Progress = _quiet,
) -> tuple[Update, Written]:
    """Fetch a county from OpenStreetMap into the county folder ``out``; returns what was put in and written.

    Either ``place``, a name that Nominatim knows and whose outline is kept as ``places/boundary.geojson``, or
    ``boundary``, a file with the outline. Streets, stations, hydrants, rivers and main railway lines are those
    within ``margin_m`` of it.
    ``progress`` gets codes of the texts ``roads.<code>`` with their values. What goes into the folder and
    what stays is as in :func:`geo.road_update.update_county`. Raises :class:`InputError` where the place is
    not known, the file holds no outline, or a server cannot be reached, is busy three times over, answers
    with an error, with something else, with part of the data or with nothing; the folder is then untouched.
    """
    if (place is None) == (boundary is None):
        raise InputError([problem("fetch_place_or_boundary")])
    if not 0 <= margin_m <= 100_000:
        raise InputError([problem("fetch_margin", field="--margin-m", value=margin_m)])
    wanted = folder_crs(out, None)
    with _SETTINGS, _osmnx(overpass_url, nominatim_url) as answers:
        outline = _named(place, progress) if place is not None else _drawn(boundary)
        area = shapely.union_all(outline.geometry.to_numpy())
        crs = wanted or local_crs(area.centroid.x, area.centroid.y)
        wide = _with_margin(area, margin_m, crs)
        progress("fetch_streets", {"km2": round(_km2(wide, crs))})
        graph = _asked(lambda ox: ox.graph_from_polygon(
            wide, custom_filter=FILTERS, simplify=False, retain_all=True, truncate_by_edge=True
        ), progress)  # fmt: skip
        progress("fetch_sites", {"streets": graph.number_of_edges()})
        objects = _sites(wide, progress)
    name = place or (boundary.name if boundary is not None else "")
    source = RoadSource(f"OpenStreetMap: {name}", ODBL, OSM_ATTRIBUTION, max(answers.dates, default=""))
    network = network_from_osmnx(graph, crs=crs, source=source)
    progress("fetch_writing", {"streets": network.n_streets, "km": round(network.length_m.sum() / 1000)})
    stations = station_table(
        [each for each in objects if each.tags.get("amenity") == "fire_station"], crs, source.name
    )[0]
    hydrants, sources = (make(objects, crs, source.name) for make in (hydrant_table, water_table))
    update = Update(
        network,
        stations.drop(columns="status_assumed"),
        hydrants.drop(columns="status_assumed"),
        outline if place is not None else None,
        barrier_table(objects, crs, source.name),
        sources=sources.drop(columns="status_assumed"),
        name=(place or "").partition(",")[0].strip(),
        replace_sites=replace_sites,
    )
    return update, update_county(out, update)


class _Answers:
    """Looks at every answer before OSMnx does, and keeps the dates of the data."""

    def __init__(self) -> None:
        self.dates: list[str] = []

    def look(self, response: requests.Response, *_: object, **__: object) -> None:
        """Raise for an answer that is not what was asked for; its connection is closed then."""
        try:
            self._look(response)
        except Exception:
            response.close()
            raise

    def _look(self, response: requests.Response) -> None:
        if response.is_redirect:
            return
        if response.status_code in _BUSY:
            raise _BusyError
        if not response.ok:
            raise _AnswerError(problem("fetch_status", status=response.status_code, reason=response.reason))
        try:
            answer = response.json()
        except ValueError as error:
            raise _AnswerError(problem("fetch_garbled", reason=str(error)[:100])) from error
        if not isinstance(answer, dict):
            return
        # Overpass answers 200 with what it had when the time ran out, and says so in a remark.
        if "error" in str(answer.get("remark", "")):
            raise _AnswerError(problem("fetch_partial", remark=str(answer["remark"])[:200]))
        if not isinstance(answer.get("elements"), list):
            raise _AnswerError(problem("fetch_garbled", reason="no elements"))
        about = answer.get("osm3s")
        if isinstance(about, dict):
            self.dates.append(str(about.get("timestamp_osm_base", ""))[:10])


@contextmanager
def _osmnx(overpass_url: str | None, nominatim_url: str | None) -> Iterator[_Answers]:
    """OSMnx set up for one fetch: no cache, no pauses of its own, every answer looked at; then as it was."""
    import osmnx as ox

    answers = _Answers()
    changes: dict[str, Any] = {
        "use_cache": False, "overpass_rate_limit": False, "doh_url_template": None, "log_console": False,
        "requests_timeout": TIMEOUT_S, "requests_kwargs": {"hooks": {"response": [answers.look]}},
        "useful_tags_way": list(KEYS), "useful_tags_node": ["highway", "railway", "barrier", *TAGS],
        "http_accept_language": "zh,en", "log_file": False,
        "http_user_agent": "county-fire-cover (OSMnx)",
    }  # fmt: skip
    changes |= {"overpass_url": overpass_url} if overpass_url else {}
    changes |= {"nominatim_url": nominatim_url} if nominatim_url else {}
    before = {key: getattr(ox.settings, key) for key in changes}
    # OSMnx puts its own in the place of this function to stay with one of several servers.
    look_up = socket.getaddrinfo
    try:
        for key, value in changes.items():
            setattr(ox.settings, key, value)
        yield answers
    finally:
        for key, value in before.items():
            setattr(ox.settings, key, value)
        socket.getaddrinfo = look_up


def _asked(ask: Callable[[Any], Any], progress: Progress, *, may_be_empty: bool = False) -> Any:
    """What OSMnx gets from a server, or an :class:`InputError` that says why nothing came of it."""
    import osmnx as ox
    from osmnx._errors import InsufficientResponseError

    for attempt in range(1, TRIES + 1):
        try:
            return ask(ox)
        except _BusyError:
            if attempt < TRIES:
                progress("fetch_busy", {"seconds": round(BUSY_PAUSE_S), "attempt": attempt, "tries": TRIES})
                time.sleep(BUSY_PAUSE_S)
        except InsufficientResponseError as error:
            if may_be_empty:
                return None
            raise InputError([problem("fetch_empty")]) from error
        except (_AnswerError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError([_said(error)]) from error
    raise InputError([problem("fetch_still_busy", tries=TRIES)])


def _said(error: Exception) -> Problem:
    """What an error of OSMnx or of the connection means to the user."""
    if isinstance(error, _AnswerError):
        return error.said
    if isinstance(error, requests.Timeout):
        return problem("fetch_timeout", seconds=TIMEOUT_S)
    if isinstance(error, OSError):  # every error of requests is one
        return problem("fetch_unreachable", reason=str(error)[:200])
    # OSMnx trusts the shape of an answer: no nodes left inside the area, or an answer of another shape.
    if "no graph nodes" in str(error):
        return problem("fetch_empty")
    return problem("fetch_garbled", reason=str(error)[:100])


def _named(place: str, progress: Progress) -> gpd.GeoDataFrame:
    """The outline that Nominatim knows for a name."""
    progress("fetch_place", {"place": place})
    found = _asked(lambda ox: ox.geocode_to_gdf(place), progress, may_be_empty=True)
    shapes = [] if found is None else [each for each in found.geometry if isinstance(each, _AREAS)]
    if not shapes:
        raise InputError([problem("fetch_place_unknown", place=place)])
    row = found.iloc[0]
    columns = {
        "name": [str(row.get("name") or place)],
        "source": [f"OpenStreetMap {row.get('osm_type')}/{row.get('osm_id')}"],
        "source_line": [str(row.get("display_name", ""))],
    }
    return gpd.GeoDataFrame(columns, geometry=[shapely.union_all(shapes)], crs=WGS84)


_AREAS = (shapely.Polygon, shapely.MultiPolygon)


def _drawn(path: Path | None) -> gpd.GeoDataFrame:
    """The outline in a file of the user's."""
    assert path is not None  # noqa: S101 - fetch has seen to it
    if not path.is_file():
        raise InputError([problem("fetch_no_file", file=str(path))])
    rows = read_rows(path, layer="boundary")
    fatal = [each for each in rows.problems if not each.warning]
    if fatal:
        raise InputError(fatal)
    there = [each for each in (() if rows.geometry is None else rows.geometry) if isinstance(each, _AREAS)]
    if not there:
        raise InputError([problem("fetch_no_outline", file=path.name)])
    valid = shapely.make_valid(reproject(shapes_of(there), rows.crs or WGS84, WGS84))
    return gpd.GeoDataFrame(geometry=valid, crs=WGS84)


def _with_margin(area: Any, margin_m: float, crs: str) -> Any:
    metres = gpd.GeoSeries([area], crs=WGS84).to_crs(crs)
    # Rounder and simpler than the line itself, never smaller than asked.
    wide = metres.buffer(margin_m + _OUTLINE_STEP_M, quad_segs=4).simplify(_OUTLINE_STEP_M)
    return wide.to_crs(WGS84).iloc[0]


def _km2(area: Any, crs: str) -> float:
    return float(gpd.GeoSeries([area], crs=WGS84).to_crs(crs).area.iloc[0]) / 1e6


def _sites(area: Any, progress: Progress) -> list[MappedObject]:
    """Fire stations and hydrants within an area, and what may be a barrier in it."""
    found = _asked(lambda ox: ox.features_from_polygon(area, SITES), progress, may_be_empty=True)
    if found is None:
        return []
    objects = []
    for (kind, number), row in found.iterrows():
        texts = {
            key: str(value) for key, value in row.items() if key != "geometry" and isinstance(value, str)
        }
        objects.append(MappedObject(str(kind), int(number), texts, row.geometry))
    return objects
