"""Networks out of OpenStreetMap files, with the fire stations and hydrants mapped in them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.crs import WGS84, transformer
from geo.drawn_twice import drawn_once
from geo.junctions import simplified_counts
from geo.limits import limits, tagged_limits
from geo.network import RoadSource
from geo.osm_file import FILTERS, read_osm
from geo.osm_sites import station_table
from geo.osm_water import hydrant_table, water_table
from geo.osm_ways import network_of_ways, osm_traits
from geo.problems import InputError, problem
from geo.road_folder import file_digest
from geo.roads import local_crs

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.limits import Limits
    from geo.network import Network
    from geo.osm_file import OsmFile

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ODBL = "ODbL-1.0, https://opendatacommons.org/licenses/odbl/1-0/"
OSM_ATTRIBUTION = "© OpenStreetMap contributors"


@dataclass(frozen=True)
class OsmReport:
    """What was found in a file and what became of it; lengths in metres, counts otherwise.

    ``simplified_nodes`` and ``simplified_edges`` count as OSMnx's simplified graph of the same ways does
    (no cut where class or name changes, isolated rings left out). ``ways_by_reason`` says why ways are in:
    their class (``drive``, ``service``, ``track``, ``busway``) or ``emergency=yes``; ``ways_private`` of them
    are tagged ``access=private`` or ``no``. ``ways_under_construction`` are left out: nothing
    says when they open. ``ways_drawn_twice`` run over another way on the same nodes, for ``drawn_twice_m`` in all:
    each centre-line counts once, though the two counts above take them as they stand. ``limits_unread``: tags that
    state a width, height or weight nobody can read; ``bollards``: posts and blocks on streets that are not said to
    give way (what lies behind them may not be reached).
    ``merged_stations`` holds (left out, kept, metres between).
    """

    filter: str
    whole_ways: bool
    ways: int
    ways_by_reason: tuple[tuple[str, int], ...]
    ways_private: int
    ways_under_construction: int
    ways_clipped: int
    ways_dropped: int
    ways_drawn_twice: int
    drawn_twice_m: float
    limits_unread: int
    bollards: int
    simplified_nodes: int
    simplified_edges: int
    stations_found: int
    stations: int
    merged_stations: tuple[tuple[str, str, float], ...]
    stations_without_place: tuple[str, ...]
    hydrants: int
    water_sources: int
    status_assumed: int
    data_date: str


@dataclass(frozen=True, eq=False)
class OsmExtract:
    """What a file gave: the network, and ``stations``, ``hydrants`` (on a main) and ``sources`` (other water) as tables
    in the network's CRS."""

    network: Network
    stations: gpd.GeoDataFrame
    hydrants: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    report: OsmReport


def network_from_osm(
    path: Path, *, crs: str | None = None, classes: str = "fire", whole_ways: bool = False
) -> OsmExtract:
    """Read ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.

    ``classes``: ``fire`` (:data:`FIRE` and :data:`OPENED` by ``emergency=yes``; private ways and yards mapped
    as areas stay in), ``osmnx-drive`` (:data:`DRIVE`, by class alone) or ``osmnx-drive-tags`` (OSMnx's built-in
    *drive* filter to the letter: no service roads, nothing private, no ``motor_vehicle=no``). Of a way that
    names nodes which are not in the file, the parts between nodes that are stay, or with ``whole_ways``
    nothing. ``crs``: of the result, projected; the local UTM zone where none is given.

    One-way: ``oneway``, roundabouts, and motorways unless tagged otherwise. A file that is not readable OSM,
    or holds no drivable way, raises :class:`InputError`.
    """
    if classes not in FILTERS:
        raise ValueError(f"classes must be one of {tuple(FILTERS)}, not {classes!r}")
    raw = read_osm(path, FILTERS[classes])
    runs = _runs(raw, whole_ways=whole_ways)
    if not len(runs.way):
        raise InputError([problem("osm_no_streets", file=path.name)])
    if crs is None:
        crs = local_crs(float(np.median(runs.lon)), float(np.median(runs.lat)))
    date = raw.header_date or raw.newest
    notes = (f"filter={classes}", f"ways_clipped={runs.clipped}", f"ways_dropped={runs.dropped}")
    source = RoadSource(path.name, ODBL, OSM_ATTRIBUTION, date, False, file_digest(path), notes)
    network, counts, twice = _network(raw, runs, crs, source)
    stations, merged, lost = station_table(raw.stations, crs, source.name)
    hydrants = hydrant_table(raw.water, crs, source.name)
    sources = water_table(raw.water, crs, source.name)
    kept = sorted(set(runs.way.tolist()))
    report = OsmReport(
        filter=classes,
        whole_ways=whole_ways,
        ways=len(kept),
        ways_by_reason=tuple(sorted(Counter(raw.reason[i] for i in kept).items())),
        ways_private=sum(raw.tags[i]["access"] in {"private", "no"} for i in kept),
        ways_under_construction=raw.under_construction,
        ways_clipped=runs.clipped,
        ways_dropped=runs.dropped,
        ways_drawn_twice=twice[0],
        drawn_twice_m=round(twice[1], 1),
        limits_unread=raw.limits_unread + sum(tagged_limits(raw.tags[i])[1] for i in kept),
        bollards=runs.bollards,
        simplified_nodes=counts[0],
        simplified_edges=counts[1],
        stations_found=len(raw.stations),
        stations=len(stations),
        merged_stations=merged,
        stations_without_place=lost,
        hydrants=len(hydrants),
        water_sources=len(sources),
        status_assumed=sum(int(each["status_assumed"].sum()) for each in (stations, hydrants, sources)),
        data_date=date,
    )
    drop = {"columns": "status_assumed"}
    return OsmExtract(network, stations.drop(**drop), hydrants.drop(**drop), sources.drop(**drop), report)


@dataclass(frozen=True, eq=False)
class _Runs:
    """Unbroken runs of known vertices: vertex numbers, starts, the way of each run; places of the vertices."""

    vertex: Ints
    start: Ints
    way: Ints
    lon: Floats
    lat: Floats
    kind: NDArray[np.uint8]
    barriers: Limits
    bollards: int
    clipped: int
    dropped: int


def _runs(raw: OsmFile, *, whole_ways: bool) -> _Runs:
    refs, x, y = (np.asarray(each, dtype=np.int64) for each in (raw.refs, raw.x, raw.y))
    of = np.repeat(np.arange(len(raw.count)), raw.count)
    known = (np.abs(x) <= 1_800_000_000) & (np.abs(y) <= 900_000_000)
    clipped = np.zeros(len(raw.count), dtype=bool)
    clipped[of[~known]] = True
    if whole_ways:
        known &= ~clipped[of]
    # A break in the run of known nodes begins a new piece of the way.
    run = np.cumsum(np.concatenate([[0], (np.diff(of) != 0) | ~known[1:] | ~known[:-1]])) if len(of) else of
    again = np.concatenate([[False], (refs[1:] == refs[:-1]) & (run[1:] == run[:-1])]) if len(of) else known
    keep = known & ~again
    _, piece, count = np.unique(run[keep], return_inverse=True, return_counts=True)
    keep[np.flatnonzero(keep)[count[piece] < 2]] = False
    count = count[count >= 2]
    ids, first, vertex = np.unique(refs[keep], return_index=True, return_inverse=True)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    way = of[keep][start[:-1]]
    lon, lat = x[keep][first] / 1e7, y[keep][first] / 1e7
    lost = len(raw.count) - len(np.unique(way))
    kind = np.asarray([raw.node_flags.get(node, 0) for node in ids.tolist()], dtype=np.uint8)
    nothing = (math.nan, math.nan, math.nan)
    barriers = limits([raw.node_limits.get(node, nothing) for node in ids.tolist()])
    bollards = len(raw.bollards.intersection(ids.tolist()))
    return _Runs(
        vertex.astype(np.int64), start, way, lon, lat, kind, barriers, bollards, int(clipped.sum()), lost
    )


def _network(
    raw: OsmFile, runs: _Runs, crs: str, source: RoadSource
) -> tuple[Network, tuple[int, int], tuple[int, float]]:
    """The network; the numbers of nodes and directed edges as OSMnx simplifies them; how many ways run over others,
    and over how many metres."""
    xy = np.column_stack(transformer(WGS84, crs).transform(runs.lon, runs.lat))
    if not np.isfinite(xy).all():
        raise InputError([problem("osm_outside_crs", file=source.name, crs=crs)])
    traits, osmnx_way = osm_traits(raw.ids, raw.tags, raw.reason)
    counts = _counts(runs, osmnx_way[runs.way])
    ways, lost = drawn_once(runs.vertex, runs.start, runs.way, traits.oneway)
    twice = (len(np.unique(lost[:, 2])), float(np.hypot(*(xy[lost[:, 0]] - xy[lost[:, 1]]).T).sum()))
    if twice[0]:
        source = replace(source, notes=(*source.notes, f"drawn_twice={twice[0]}"))
    return network_of_ways(crs, source, traits, ways, xy, runs.kind, runs.barriers), counts, twice


def _counts(runs: _Runs, direction: NDArray[np.int8]) -> tuple[int, int]:
    inner = np.ones(max(len(runs.vertex) - 1, 0), dtype=bool)
    inner[runs.start[1:-1] - 1] = False
    a, b = runs.vertex[:-1][inner], runs.vertex[1:][inner]
    way = np.repeat(direction, np.diff(runs.start))[:-1][inner]
    ahead, back = way >= 0, way <= 0
    return simplified_counts(np.concatenate([a[ahead], b[back]]), np.concatenate([b[ahead], a[back]]))
