"""Names of one county and where they lie: roads by every name they go by, townships, villages."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import MultiLineString, Point, Polygon

from geo.named_roads import crossings, longest_section, merged_road

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.network import Network

CELL_GROW_M = 2000.0
"""A township's cell is grown by this much: its real border is not the line half-way to the next [decided]."""
CELL_MARGIN_M = 15_000.0
"""Cells at the edge of the county reach this far beyond the outermost township points [own]."""
_VILLAGE_ENDINGS = ("村民委员会", "村委会", "村")
_ENDINGS_OF_COUNTIES = ("自治县", "县", "市", "区")
_MAX_RINGS = 256
"""Ways to close a ring that are tried; roads that meet more often than this do not name one ring."""


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Names and places of a county in one projected CRS (metres).

    ``streets``: every street name of the network with all its pieces as one line geometry; empty where there
    is no network. ``aliases``: a road's name and the other names its parts may carry. ``places``: columns
    ``kind`` (county, township, village, …), ``name``, ``former_name`` (or missing) and a ``geometry`` of
    points or ``None``, in ``crs``. Nothing is changed after it is made; merged roads are kept once asked for.
    """

    streets: Mapping[str, BaseGeometry]
    aliases: Mapping[str, tuple[str, ...]]
    places: gpd.GeoDataFrame
    crs: str

    @cached_property
    def _merged(self) -> dict[str, MultiLineString | None]:
        return {}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Normal names of single streets with the names in ``streets`` that hold them (``a;b`` holds two)."""
        found: dict[str, list[str]] = {}
        for listed in self.streets:
            for name in normal_name(listed).split(";"):
                bare = self._without_county(name.strip())
                if bare:
                    found.setdefault(bare, []).append(listed)
        return MappingProxyType({name: tuple(listed) for name, listed in found.items()})

    @cached_property
    def _county_names(self) -> tuple[str, ...]:
        return tuple(normal_name(name) for name in self._names(["county"]))

    def _names(self, kinds: Iterable[str]) -> list[str]:
        rows = self.places[self.places["kind"].isin(list(kinds))]
        return [str(name) for name in rows["name"] if isinstance(name, str)]

    def _without_county(self, name: str) -> str:
        """The name without the county's full name, or 县城, before it."""
        for prefix in (*self._county_names, "县城"):
            if name.startswith(prefix) and len(name) > len(prefix) + 1:
                return name.removeprefix(prefix)
        return name

    def _spellings(self, name: str) -> list[str]:
        """What a road may be called: as given, without the county before it, full name or short."""
        plain = self._without_county(normal_name(name))
        found = [plain]
        for county in self._county_names:
            ending = next((end for end in _ENDINGS_OF_COUNTIES if county.endswith(end)), "")
            short = county.removesuffix(ending)
            # 曲阳南环路 is 南环路, but 曲阳路 and 曲阳大街 are names of their own.
            if ending and short and plain.startswith(short) and len(plain) >= len(short) + 3:
                found.append(plain.removeprefix(short))
        return found

    def road(self, name: str) -> MultiLineString | None:
        """The road of a name as merged chains, longest first; ``None`` where no street carries it.

        A name stands for itself and its aliases. Where only the family is mapped (恒山路 for 恒山西路), the
        family's own street is taken: the place is then less certain, never wrongly narrow.
        """
        key = normal_name(name)
        if key not in self._merged:
            pieces = self._pieces(key)
            self._merged[key] = merged_road(shapely.union_all(pieces)) if pieces else None
        return self._merged[key]

    def _pieces(self, name: str) -> list[BaseGeometry]:
        for spelling in self._spellings(name):
            members = self._family(spelling)
            listed = sorted({each for member in members for each in self._by_name.get(member, ())})
            if listed:
                return [self.streets[each] for each in listed]
            heads = [head for head in self.aliases if spelling in map(normal_name, self.aliases[head])]
            listed = sorted({each for head in heads for each in self._by_name.get(normal_name(head), ())})
            if listed:
                return [self.streets[each] for each in listed]
        return []

    def _family(self, name: str) -> tuple[str, ...]:
        own = [
            other for head, others in self.aliases.items() if normal_name(head) == name for other in others
        ]
        return (name, *map(normal_name, own))

    def points(self, name: str, *kinds: str) -> list[Point]:
        """Known points of the places of a name (now or formerly) and, if given, of these kinds."""
        wanted = _place_name(name)
        found = []
        for kind, now, before, point in zip(
            self.places["kind"], self.places["name"], self._former, self.places.geometry, strict=True
        ):
            names = {_place_name(each) for each in (now, before) if isinstance(each, str)}
            if wanted in names and (not kinds or kind in kinds) and _is_place(point):
                found.append(point if isinstance(point, Point) else point.representative_point())
        return found

    @property
    def _former(self) -> list[object]:
        listed = "former_name" in self.places
        return list(self.places["former_name"]) if listed else [None] * len(self.places)


def _is_place(shape: BaseGeometry | None) -> bool:
    return shape is not None and not shape.is_empty


def normal_name(name: str) -> str:
    """A name with full-width letters, brackets and digits made plain and all spaces taken out."""
    return "".join(unicodedata.normalize("NFKC", name).replace("；", ";").split())


def _place_name(name: str) -> str:
    """A place's name without what may follow it: 东羊平, 东羊平村, 东羊平村村委会 are one village."""
    plain = normal_name(name)
    for ending in _VILLAGE_ENDINGS:
        if plain.endswith(ending) and len(plain) >= len(ending) + 2:
            plain = plain.removesuffix(ending)
    return plain


def gazetteer(
    network: Network | None, places: gpd.GeoDataFrame, aliases: Mapping[str, Iterable[str]]
) -> Gazetteer:
    """The names of a county's streets and places. ``network`` ``None``: no road can be named.

    ``places`` as in :class:`Gazetteer`, in the network's CRS (``ValueError`` otherwise).
    """
    crs = str(places.crs) if network is None else network.crs
    if places.crs is None or not places.crs.equals(crs):
        raise ValueError(f"places are in {places.crs}, streets in {crs}")
    streets: dict[str, BaseGeometry] = {}
    if network is not None:
        order = np.argsort(network.name, kind="stable")
        numbers, first = np.unique(network.name[order], return_index=True)
        for number, rows in zip(numbers.tolist(), np.split(order, first[1:]), strict=True):
            if network.names[number]:
                streets[network.names[number]] = MultiLineString(list(network.lines[rows]))
    others = {head: tuple(names) for head, names in aliases.items()}
    return Gazetteer(MappingProxyType(streets), MappingProxyType(others), places, crs)


def township_cell(
    name: str, places: gpd.GeoDataFrame, grow_m: float = CELL_GROW_M, margin_m: float = CELL_MARGIN_M
) -> Polygon | None:
    """Where a township may lie: nearer to its point than to any other township's, grown by ``grow_m``.

    Cells are cut off ``margin_m`` beyond the outermost township points. ``None`` where the township has no
    point. ``places`` as in :class:`Gazetteer`, in a projected CRS. Townships without a point have no cell, so
    their ground falls to their neighbours: a cell is rather too large than too small.
    """
    towns = places[(places["kind"] == "township") & places.geometry.notna()]
    named = Gazetteer({}, {}, towns, str(places.crs)).points(name, "township")
    if len(named) != 1:
        return None
    points = shapely.get_coordinates([shape for shape in towns.geometry if _is_place(shape)])
    low, high = points.min(axis=0) - margin_m, points.max(axis=0) + margin_m
    box = shapely.box(*low, *high)
    others = np.unique(points, axis=0)
    if len(others) < 2:
        return Polygon(box.buffer(grow_m).exterior)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(others), extend_to=box))
    own = min(cells.tolist(), key=lambda cell: float(cell.distance(named[0])))
    return Polygon(own.intersection(box).buffer(grow_m, quad_segs=32).exterior)


def study_ring(gazetteer: Gazetteer, names: Iterable[str]) -> Polygon | None:
    """The ground inside a ring of named roads, in the order in which they follow each other.

    ``None`` where a name is on no street, where two that follow each other do not meet, or where the
    stretches between their crossings do not close a simple ring. Where several rings close, the largest.
    """
    roads = [gazetteer.road(name) for name in names]
    known = [road for road in roads if road is not None]
    if len(known) < 3 or len(known) < len(roads):
        return None
    meetings = [crossings(road, known[(i + 1) % len(known)]) for i, road in enumerate(known)]
    if not all(meetings) or np.prod([len(each) for each in meetings], dtype=float) > _MAX_RINGS:
        return None
    rings = [_ring(known, corners) for corners in product(*meetings)]
    return max((ring for ring in rings if ring is not None), key=lambda ring: ring.area, default=None)


def _ring(roads: list[MultiLineString], corners: tuple[Point, ...]) -> Polygon | None:
    """The polygon along each road from its crossing with the road before to that with the next."""
    outline: list[tuple[float, ...]] = []
    for number, road in enumerate(roads):
        section = longest_section(road, [corners[number - 1]], [corners[number]])
        if section is None:
            return None
        outline += [corners[number - 1].coords[0], *section.coords]
    ring = Polygon(outline)
    return ring if ring.is_valid and ring.area > 0 else None
