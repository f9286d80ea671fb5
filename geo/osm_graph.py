"""Networks out of OSMnx graphs, in memory or kept as GraphML."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET  # for its error alone; files with entities are refused before
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geo.crs import WGS84
from geo.limits import TAGS, barrier_limits, limits
from geo.network import CLASSES, RoadSource
from geo.osm_file import FILTERS, KEYS
from geo.osm_ways import network_of_ways, node_flags, osm_traits
from geo.problems import InputError, problem
from geo.roads import local_crs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.network import Network

    Floats = NDArray[np.float64]
    Point = tuple[float, float]

ODBL = "ODbL-1.0, https://opendatacommons.org/licenses/odbl/1-0/"
OSM_ATTRIBUTION = "© OpenStreetMap contributors"


def network_from_osmnx(
    graph: nx.MultiDiGraph[Any],
    *,
    crs: str | None = None,
    source: RoadSource | None = None,
    classes: str = "fire",
) -> Network:
    """A network from an OSMnx graph, simplified or not, in degrees or projected.

    The two directions of a street are made one row again; a street that is there in one direction only is
    one-way. Where simplifying joined ways of several classes the slowest counts, as guessed; where any of
    them is a bridge or a tunnel the whole owns no ground. ``classes`` is a filter of :func:`network_from_osm`;
    what it leaves out is counted in ``source.notes``. Signals and level crossings are those of the graph's nodes:
    simplifying loses the ones between junctions. ``crs``: of the result, projected; the local UTM zone
    where none is given. ``source`` defaults to OpenStreetMap, without a date. Raises :class:`InputError` for
    a graph without coordinates, without a CRS, or without drivable streets.
    """
    source = source or RoadSource("OSMnx", ODBL, OSM_ATTRIBUTION)
    places = _places(graph, source.name)
    streets, left_out = _streets(graph, places, FILTERS[classes])
    if not streets:
        raise InputError([problem("osm_no_streets", file=source.name)])
    notes = (*source.notes, f"filter={classes}", f"edges_left_out={left_out}")
    xy, crs = _projected([point for street in streets for point in street.points], graph, crs, source.name)
    count = np.asarray([len(street.points) for street in streets], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(count)])
    number: dict[object, int] = {}
    vertex = np.asarray(
        [number.setdefault(key, len(number)) for s in streets for key in s.keys], dtype=np.int64
    )
    first = np.unique(vertex, return_index=True)[1]
    traits, _ = osm_traits([s.way for s in streets], [s.tags for s in streets], [s.reason for s in streets])
    traits = replace(
        traits, class_guessed=traits.class_guessed | np.asarray([s.mixed for s in streets], dtype=bool)
    )
    ways = (vertex, start, np.arange(len(streets)))
    kind = np.asarray([_kind(graph, key) for key in number], dtype=np.uint8)
    barriers = limits([_barrier(graph, key) for key in number])
    return network_of_ways(crs, replace(source, notes=notes), traits, ways, xy[first], kind, barriers)


def _kind(graph: nx.MultiDiGraph[Any], key: object) -> int:
    """Flags of a vertex: of the graph's node it is, or none where it only gives a street its shape."""
    data = graph.nodes[key] if key in graph else {}
    return node_flags({name: _one(data.get(name)) for name in ("highway", "railway")})


def _barrier(graph: nx.MultiDiGraph[Any], key: object) -> tuple[float, float, float]:
    """What a vertex lets through: the least that is stated on the graph's node it is."""
    data = graph.nodes[key] if key in graph else {}
    return barrier_limits({name: ";".join(_all(data.get(name))) for name in ("barrier", *TAGS)})[0]


class _Street:
    """One centre-line of a graph: its vertices with keys by which ends are shared, and its tags."""

    def __init__(self, u: object, v: object, points: list[Point], data: dict[str, Any]) -> None:
        self.points = points
        self.keys: list[object] = [u, *((u, v, id(points), i) for i in range(1, len(points) - 1)), v]
        self.tags = {key: _one(data.get(key)) for key in KEYS}
        kinds = [kind for kind in _all(data.get("highway")) if kind in CLASSES]
        self.mixed = len(set(_all(data.get("highway")))) > 1
        if kinds:
            self.tags["highway"] = max(kinds, key=CLASSES.index)
        for key in TAGS:  # where simplifying joined several, the least counts
            self.tags[key] = ";".join(_all(data.get(key)))
        for key in ("bridge", "tunnel"):
            self.tags[key] = next((each for each in _all(data.get(key)) if each not in {"", "no"}), "")
        self.tags["oneway"] = ""
        ids = [int(each) for each in _all(data.get("osmid")) if each.lstrip("-").isdigit()]
        self.way = ids[0] if ids else 0
        self.reason = ""


def _all(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple | set) else [value]
    return [str(each) for each in values if each is not None and str(each) != "nan"]


def _one(value: object) -> str:
    return next(iter(_all(value)), "")


def _places(graph: nx.MultiDiGraph[Any], name: str) -> dict[object, Point]:
    try:
        places = {node: (float(data["x"]), float(data["y"])) for node, data in graph.nodes(data=True)}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError([problem("graph_no_places", file=name)]) from error
    if not np.isfinite(np.asarray(list(places.values()), dtype=float)).all():
        raise InputError([problem("graph_no_places", file=name)])
    return places


def _streets(
    graph: nx.MultiDiGraph[Any], places: dict[object, Point], reason: Any
) -> tuple[list[_Street], int]:
    """Streets of a graph, each once, in the order of their ways; how many directed edges the filter left out."""
    found: dict[tuple[object, ...], tuple[_Street, set[bool]]] = {}
    left_out = 0
    for u, v, data in _as_mapped_first(graph):
        shape = data.get("geometry")
        points = [places[u], places[v]] if shape is None else [(x, y) for x, y, *_ in shape.coords]
        if len(set(points)) < 2:
            continue
        ahead = points <= points[::-1]
        key = (frozenset((u, v)), tuple(points if ahead else points[::-1]))
        if key in found:
            found[key][1].add(ahead)
            continue
        street = _Street(u, v, points, data)
        street.reason = reason(street.tags)
        if not street.reason:
            left_out += 1
            continue
        found[key] = (street, {ahead})
    for street, directions in found.values():
        # A motorway that was not tagged one-way stands in the graph in both directions.
        if len(directions) == 1 or street.tags["highway"] == "motorway":
            street.tags["oneway"] = "yes"
    return sorted((street for street, _ in found.values()), key=lambda street: street.way), left_out


def _as_mapped_first(graph: nx.MultiDiGraph[Any]) -> Iterable[tuple[object, object, dict[str, Any]]]:
    """Edges that run as their way was drawn before those that run against it."""
    edges = list(graph.edges(data=True))
    return sorted(edges, key=lambda edge: True in (edge[2].get("reversed"), *_flags(edge[2].get("reversed"))))


def _flags(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _projected(
    points: list[Point], graph: nx.MultiDiGraph[Any], crs: str | None, name: str
) -> tuple[Floats, str]:
    try:
        own = CRS.from_user_input(graph.graph.get("crs"))
    except CRSError as error:
        raise InputError([problem("graph_no_crs", file=name)]) from error
    xy = np.asarray(points, dtype=np.float64)
    if crs is None:
        to_degrees = Transformer.from_crs(own, WGS84, always_xy=True)
        lon, lat = to_degrees.transform(*np.median(xy, axis=0).tolist())
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise InputError([problem("graph_no_places", file=name)])
        crs = local_crs(lon, lat)
    xy = np.column_stack(Transformer.from_crs(own, crs, always_xy=True).transform(xy[:, 0], xy[:, 1]))
    if not np.isfinite(xy).all():
        raise InputError([problem("osm_outside_crs", file=name, crs=crs)])
    return xy, crs


def network_from_graphml(path: Path, *, crs: str | None = None, classes: str = "fire") -> Network:
    """A network from a graph that OSMnx kept with ``save_graphml``.

    The file is hostile until read: it must be UTF-8 without DOCTYPE or ENTITY. Raises :class:`InputError`
    where it is not such a graph, and as :func:`network_from_osmnx` does.
    """
    content = path.read_bytes()
    _refuse_entities(content, path.name)
    import osmnx as ox

    try:
        graph = ox.load_graphml(path)
    except (
        ET.ParseError,
        nx.NetworkXError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        SyntaxError,
    ) as error:
        raise InputError([problem("graph_unreadable", file=path.name, reason=str(error)[:200])]) from error
    created = str(graph.graph.get("created_date", ""))[:10]
    source = RoadSource(path.name, ODBL, OSM_ATTRIBUTION, created, digest=hashlib.sha256(content).hexdigest())
    return network_from_osmnx(graph, crs=crs, source=source, classes=classes)


def _refuse_entities(content: bytes, name: str) -> None:
    try:
        text = content.decode("utf-8").lower()
    except UnicodeDecodeError as error:
        raise InputError([problem("graph_unreadable", file=name, reason="not UTF-8")]) from error
    if any(each in text for each in ("<!doctype", "<!entity", "\x00")):
        raise InputError([problem("graph_entities", file=name)])
