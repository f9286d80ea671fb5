"""One pass over an OpenStreetMap file: the ways that are streets, the fire stations, the water."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import osmium
from osmium.osm import Changeset, Node, Way

from geo.limits import TAGS, barrier_limits
from geo.osm_sites import MappedObject, relation_shapes
from geo.osm_water import WATER
from geo.osm_ways import node_flags
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDINGS = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf")

DRIVE = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "road", "service",
})  # fmt: skip
"""The classes OSMnx calls drivable, service roads with them (its ``drive_service``)."""

FIRE = DRIVE | {"track", "busway"}
"""What an engine drives on besides: tracks, which are often the village lane, and bus lanes."""

OPENED = frozenset({"footway", "path", "cycleway", "pedestrian", "bridleway", "bus_guideway"})
"""Ways that ``emergency=yes`` opens to an engine; they become class *emergency*."""

_NOT_DRIVE = frozenset({
    "abandoned", "bridleway", "bus_guideway", "construction", "corridor", "cycleway", "elevator", "escalator",
    "footway", "no", "path", "pedestrian", "planned", "platform", "proposed", "raceway", "razed", "rest_area",
    "service", "services", "steps", "track",
})  # fmt: skip
_NOT_SERVICE = ("alley", "driveway", "emergency_access", "parking", "parking_aisle", "private")
KEYS = (
    "highway", "name", "oneway", "junction", "bridge", "tunnel", "motorroad", "emergency", "access", "area",
    "service", "motor_vehicle", "motorcar", *TAGS,
)  # fmt: skip
"""Tags of a way that matter to its streets."""
POSTS = frozenset({"bollard", "block", "jersey_barrier", "debris"})
"""Barriers that no vehicle passes."""
_OPENS = frozenset({
    "emergency=yes", "emergency=designated", "access=yes", "motor_vehicle=yes", "bollard=removable", "bollard=rising",
    "bollard=foldable", "bollard=flexible",
})  # fmt: skip
_NOWHERE = 2_147_483_647


def _by_class(allowed: frozenset[str]) -> Callable[[dict[str, str]], str]:
    def reason(tags: dict[str, str]) -> str:
        kind = tags["highway"]
        if kind not in allowed:
            return ""
        return kind if kind in {"service", "track", "busway"} else "drive"

    return reason


def _fire(tags: dict[str, str]) -> str:
    if tags["highway"] in OPENED and tags["emergency"] in {"yes", "designated", "official"}:
        return "emergency"
    return _by_class(FIRE)(tags)


def _osmnx_drive_tags(tags: dict[str, str]) -> str:
    # Overpass matches these as patterns anywhere in the value, so "parking" also excludes "parking_aisle".
    barred = (
        any(each in tags["highway"] for each in _NOT_DRIVE)
        or any(each in tags["service"] for each in _NOT_SERVICE)
        or "yes" in tags["area"]
        or "private" in tags["access"]
        or "no" in tags["motor_vehicle"]
        or "no" in tags["motorcar"]
    )
    return "" if barred else "drive"


FILTERS: dict[str, Callable[[dict[str, str]], str]] = {
    "fire": _fire,
    "osmnx-drive": _by_class(DRIVE),
    "osmnx-drive-tags": _osmnx_drive_tags,
}
"""Which ways are streets: each filter gives the reason a way is in, or nothing."""


@dataclass
class OsmFile:
    """What one pass over a file collects."""

    ids: list[int]
    tags: list[dict[str, str]]
    reason: list[str]
    refs: list[int]
    x: list[int]
    y: list[int]
    count: list[int]
    stations: list[MappedObject]
    water: list[MappedObject]
    """Hydrants and other water for firefighting."""
    node_flags: dict[int, int]
    """Flags of ``Network.node_kind`` by node number, of nodes that have any."""
    node_limits: dict[int, tuple[float, float, float]]
    """Width, height and weight by node number, of barriers that state any."""
    bollards: set[int]
    """Nodes with posts or blocks of which nothing says that they give way to an engine."""
    limits_unread: int
    """Tags of barriers that state a limit nobody can read."""
    under_construction: int
    """Ways ``highway=construction``: no engine drives there yet."""
    header_date: str
    newest: str


def read_osm(path: Path, reason: Callable[[dict[str, str]], str]) -> OsmFile:
    """Ways, stations and water of a file; raises :class:`InputError` where it cannot be read."""
    if not path.name.lower().endswith(ENDINGS):
        raise InputError([problem("osm_unknown_ending", file=path.name, endings=", ".join(ENDINGS))])
    raw = OsmFile([], [], [], [], [], [], [], [], [], {}, {}, set(), 0, 0, "", "")
    try:
        keys = osmium.filter.KeyFilter("highway", "amenity", "emergency", "railway", "barrier")
        reader = osmium.FileProcessor(str(path)).with_locations().with_filter(keys)
        header = reader.header
        raw.header_date = (header.get("osmosis_replication_timestamp") or header.get("timestamp"))[:10]
        newest = None
        for each in reader:
            if isinstance(each, Changeset) or each.deleted:
                continue
            if isinstance(each, Way) and "highway" in each.tags and _take_way(raw, each, reason):
                newest = each.timestamp if newest is None else max(newest, each.timestamp)
            if isinstance(each, Node):
                _take_node(raw, each)
            _take_site(raw, each)
        raw.newest = newest.date().isoformat() if newest is not None and newest.year > 2003 else ""
        _look_up(raw, reader.node_location_storage)
        raw.stations, raw.water = (relation_shapes(path, each) for each in (raw.stations, raw.water))
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError([problem("osm_unreadable", file=path.name, reason=str(error))]) from error
    return raw


def _take_way(raw: OsmFile, way: Way, reason: Callable[[dict[str, str]], str]) -> bool:
    given = {tag.k: tag.v for tag in way.tags}
    tags = {key: given.get(key, "") for key in KEYS}
    raw.under_construction += tags["highway"] == "construction"
    why = reason(tags)
    nodes = way.nodes
    if not why or len(nodes) < 2:
        return False
    raw.ids.append(way.id)
    raw.tags.append(tags)
    raw.reason.append(why)
    # Each look at a node crosses into C++; this is where reading spends its time.
    for node in nodes:
        raw.refs.append(node.ref)
        raw.x.append(node.x)
        raw.y.append(node.y)
    raw.count.append(len(nodes))
    return True


def _take_node(raw: OsmFile, node: Node) -> None:
    tags = {tag.k: tag.v for tag in node.tags}
    flags = node_flags(tags)
    if flags:
        raw.node_flags[node.id] = flags
    if "barrier" in tags:
        if tags["barrier"] in POSTS and not _OPENS & {f"{key}={value}" for key, value in tags.items()}:
            raw.bollards.add(node.id)
        limits, unread = barrier_limits(tags)
        raw.limits_unread += unread
        if any(each == each for each in limits):  # noqa: PLR0124 - not NaN
            raw.node_limits[node.id] = limits


def _take_site(raw: OsmFile, each: Any) -> None:
    tags = each.tags
    if tags.get("amenity") == "fire_station":
        raw.stations.append(MappedObject.read(each))
    elif tags.get("emergency") in WATER:
        raw.water.append(MappedObject.read(each))


def _look_up(raw: OsmFile, places: Any) -> None:
    """Fill in places of nodes that stand after the ways in the file."""
    for i in [i for i, x in enumerate(raw.x) if x == _NOWHERE and raw.refs[i] > 0]:
        try:
            place = places.get(raw.refs[i])
        except KeyError:
            continue
        raw.x[i], raw.y[i] = place.x, place.y
