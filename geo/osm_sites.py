"""Fire stations as OpenStreetMap maps them, as points, buildings and groups of buildings; tables of mapped sites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import shapely
from osmium.osm import Way

from geo.crs import WGS84

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

ONE_STATION_M = 25.0
"""Stations mapped this near to each other are one."""

_KIND = {"n": "node", "w": "way", "r": "relation"}
_PREFERRED = {"relation": 0, "way": 1, "node": 2}
_OUT = frozenset({"out_of_service", "out of service", "broken", "closed", "needs_maintenance"})


@dataclass(frozen=True, eq=False)
class MappedObject:
    """A mapped thing: kind (node, way, relation), id, tags, and its shape in WGS 84 degrees.

    ``shape`` is a Point, a Polygon or a line; None where the file holds none of its nodes. ``members`` are
    the ways of a relation.
    """

    kind: str
    number: int
    tags: dict[str, str]
    shape: BaseGeometry | None
    members: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """``osm-node-123``, the id under which it is kept."""
        return f"osm-{self.kind}-{self.number}"

    @classmethod
    def read(cls, each: Any) -> MappedObject:
        """One object of an OSM file (pyosmium hands it out for the moment of the call only)."""
        kind = _KIND[each.type_str()]
        shape: BaseGeometry | None = None
        members: tuple[int, ...] = ()
        if kind == "node":
            shape = shapely.Point(each.lon, each.lat) if each.location.valid() else None
        elif kind == "way":
            shape = _outline([(node.lon, node.lat) for node in each.nodes if node.location.valid()])
        else:
            members = tuple(member.ref for member in each.members if member.type == "w")
        return cls(kind, each.id, {tag.k: tag.v for tag in each.tags}, shape, members)


def _outline(xy: list[tuple[float, float]]) -> BaseGeometry | None:
    """A polygon from a closed outline, otherwise whatever of it there is."""
    if len(xy) < 2:
        return shapely.Point(xy[0]) if xy else None
    closed = len(xy) > 3 and xy[0] == xy[-1]
    return shapely.make_valid(shapely.Polygon(xy)) if closed else shapely.LineString(xy)


def relation_shapes(path: Path, objects: list[MappedObject]) -> list[MappedObject]:
    """The same objects, relations with the shape their member ways make (read from the file once more)."""
    wanted = {way for each in objects for way in each.members}
    if not wanted:
        return objects
    lines: dict[int, BaseGeometry] = {}
    for way in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.IdFilter(wanted)):
        if isinstance(way, Way):
            xy = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            if len(xy) > 1:
                lines[way.id] = shapely.LineString(xy)
    return [replace(each, shape=_group(each, lines)) if each.members else each for each in objects]


def _group(relation: MappedObject, lines: dict[int, BaseGeometry]) -> BaseGeometry | None:
    parts = [lines[way] for way in relation.members if way in lines]
    if not parts:
        return None
    rings = shapely.build_area(shapely.GeometryCollection(parts))
    return shapely.union_all(parts) if rings.is_empty else rings


def station_table(
    objects: list[MappedObject], crs: str, source: str
) -> tuple[gpd.GeoDataFrame, tuple[tuple[str, str, float], ...], tuple[str, ...]]:
    """Stations as a table in ``crs``, those left out as (left out, kept, metres), and those without a place.

    A building stands at a point inside it. Of objects within ``ONE_STATION_M`` (building to point, so a
    point inside its building is the same) the named one stays, then relation before way before node.
    """
    placed = [each for each in objects if each.shape is not None]
    shapes = gpd.GeoSeries([each.shape for each in placed], crs=WGS84).to_crs(crs)
    order = sorted(
        range(len(placed)),
        key=lambda i: ("name" not in placed[i].tags, _PREFERRED[placed[i].kind], placed[i].number),
    )
    kept: list[int] = []
    merged: list[tuple[str, str, float]] = []
    for i in order:
        apart = [float(shapes.iloc[i].distance(shapes.iloc[j])) for j in kept]
        if apart and min(apart) <= ONE_STATION_M:
            same = kept[int(np.argmin(apart))]
            merged.append((placed[i].label, placed[same].label, round(min(apart), 2)))
        else:
            kept.append(i)
    kept.sort(key=lambda i: (_PREFERRED[placed[i].kind] != 2, placed[i].number))
    table = site_table([placed[i] for i in kept], shapes.iloc[kept].representative_point(), source)
    table.insert(0, "station_id", [placed[i].label for i in kept])
    table["position_note"] = [
        "; ".join(f"{left} ({metres} m)" for left, stays, metres in merged if stays == placed[i].label)
        for i in kept
    ]
    return table, tuple(merged), tuple(each.label for each in objects if each.shape is None)


def _state(tags: dict[str, str]) -> str:
    """The state the tags give, or nothing where they give none."""
    if tags.get("disused") == "yes" or tags.get("abandoned") == "yes":
        return "out_of_service"
    return "out_of_service" if tags.get("operational_status", "").lower() in _OUT else ""


def site_table(objects: list[MappedObject], shapes: gpd.GeoSeries, source: str) -> gpd.GeoDataFrame:
    """What every mapped site has, at its shape, in the CRS of those. ``status_assumed``: no tag gives the state."""
    states = [_state(each.tags) for each in objects]
    columns = {
        "name": [each.tags.get("name", "") for each in objects],
        "status": [state or "in_use" for state in states],
        "status_assumed": np.asarray([not state for state in states], dtype=bool),
        "position_class": ["P0"] * len(objects),
        "source": [source] * len(objects),
        "source_line": [f"{each.kind}/{each.number}" for each in objects],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes.reset_index(drop=True), crs=shapes.crs)
