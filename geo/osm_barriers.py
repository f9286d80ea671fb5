"""Rivers and main railways as OpenStreetMap maps them: what nobody crosses but by a street."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import shapely
from osmium.osm import Relation, Way

from geo.crs import WGS84
from geo.export import DEGREE_DIGITS
from geo.osm_sites import MappedObject, relation_shapes
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

_NOT_MAIN = frozenset({"yard", "siding", "spur", "crossover"})
"""Values of ``service`` of tracks that are no main line."""


def _is(tags: Mapping[str, str], **values: str) -> bool:
    return all(tags.get(key) == value for key, value in values.items())


def kind_of(tags: Mapping[str, str]) -> tuple[str, bool] | None:
    """``river`` or ``railway`` and whether it is an area; None for what is neither, or given up, for what lies
    underground (in a tunnel or culvert), and for a railway on a bridge, under which one passes."""
    if "yes" in {tags.get("disused"), tags.get("abandoned")}:
        return None
    if tags.get("tunnel", "no") != "no" or tags.get("location") == "underground":
        return None
    if _is(tags, natural="water", water="river") or tags.get("waterway") == "riverbank":
        return "river", True
    if tags.get("waterway") == "river":
        return "river", False
    on_bridge = tags.get("bridge", "no") != "no"
    if tags.get("railway") == "rail" and tags.get("service") not in _NOT_MAIN and not on_bridge:
        return "railway", False
    return None


def osm_barriers(path: Path, crs: str) -> gpd.GeoDataFrame:
    """The rivers and main railway lines of an OSM file, as :func:`barrier_table` has them; a thing of which the file
    holds too little to draw it is left out. Raises :class:`InputError` where the file cannot be read.
    """
    found: list[MappedObject] = []
    try:
        keys = osmium.filter.KeyFilter("waterway", "railway", "natural")
        for mapped in osmium.FileProcessor(str(path)).with_locations().with_filter(keys):
            tags = {tag.k: tag.v for tag in mapped.tags}
            kind = kind_of(tags)
            # A relation of lines has no shape of its own: its ways stand in the file as rivers themselves.
            if (
                kind is None
                or not isinstance(mapped, Way | Relation)
                or (mapped.is_relation() and not kind[1])
            ):
                continue
            found.append(MappedObject.read(mapped))
        found = relation_shapes(path, found)
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError([problem("osm_unreadable", file=path.name, reason=str(error))]) from error
    return barrier_table(found, crs, path.name)


def barrier_table(objects: list[MappedObject], crs: str, source: str) -> gpd.GeoDataFrame:
    """The rivers (lines and areas) and main railway lines among mapped objects, in ``crs``.

    Columns ``barrier_id`` (``osm-way-1``), ``kind``, ``name``, ``source``, ``source_line``, geometry. Streams,
    yards, sidings, tunnels, railway bridges and what is disused are left out.
    """
    rows = []
    for each in objects:
        kind = kind_of(each.tags)
        shape = None if kind is None else _drawn(each.shape, area=kind[1])
        if kind is not None and shape is not None:
            rows.append((each, kind[0], shape))
    columns = {
        "barrier_id": np.array([each.label for each, _, _ in rows], dtype=object),
        "kind": np.array([kind for _, kind, _ in rows], dtype=object),
        "name": np.array([each.tags.get("name", "") for each, _, _ in rows], dtype=object),
        "source": np.array([source] * len(rows), dtype=object),
        "source_line": np.array([f"{each.kind}/{each.number}" for each, _, _ in rows], dtype=object),
    }
    shapes = gpd.GeoSeries([shape for _, _, shape in rows], crs=WGS84)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=WGS84).to_crs(crs)


def _drawn(shape: BaseGeometry | None, *, area: bool) -> BaseGeometry | None:
    """The shape as the layer takes it, on the grid of degrees it is written with so that it stays valid there."""
    if shape is None:
        return None
    if not area and shape.area > 0:
        shape = shape.boundary  # a line that comes back to where it began
    on_grid: Any = shapely.set_precision(shape, 10.0**-DEGREE_DIGITS)
    parts = shapely.get_parts(on_grid)
    parts = parts[(shapely.get_dimensions(parts) >= 1) & ~shapely.is_empty(parts)]
    if area and (shapely.get_dimensions(parts) == 2).any():
        parts = parts[shapely.get_dimensions(parts) == 2]
    if not len(parts):
        return None
    whole: BaseGeometry = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return whole
