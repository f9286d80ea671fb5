"""Real streets and hydrants moved as a whole to near Quyang, where GCJ-02 and BD-09 shift, and random parts of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo.crs import BD09, GCJ02, WGS84, reproject, shapes_of
from geo.datum_evidence import NOT, Surroundings, evidence
from geo.network import RoadSource
from geo.osm import network_from_osm
from geo.roads import network_from_lines

if TYPE_CHECKING:
    from pathlib import Path

    from geo.crs import Shapes
    from geo.network import Network

CRS = "EPSG:4547"
MIDDLE = np.array([560_000.0, 4_276_000.0])
SYSTEMS = (WGS84, GCJ02, BD09)
NEAR_PART_M = 100.0
"""Hydrants so far around a part of the streets belong to it."""
HYDRANT_EVERY_M = 120.0


@dataclass(frozen=True, eq=False)
class Town:
    """Street lines and hydrants, or parcels in their place, in metres of ``crs``."""

    lines: Shapes
    hydrants: Shapes
    crs: str = CRS

    @cached_property
    def network(self) -> Network:
        return network_of(self.lines, self.crs)

    @property
    def around(self) -> Surroundings:
        return Surroundings(None, self.network)

    def hydrants_in(self, system: str) -> Shapes:
        """The hydrants as a file in that system has them."""
        return reproject(self.hydrants, self.crs, system)


def network_of(lines: Shapes, crs: str = CRS, *, schematic: bool = False) -> Network:
    frame = gpd.GeoDataFrame({"name": [""] * len(lines)}, geometry=list(lines), crs=crs)
    return network_from_lines(frame, crs=crs, source=RoadSource("moved", schematic=schematic))


def _moved(lines: Any, points: Any) -> Town:
    lines = shapely.get_parts(lines[~shapely.is_missing(lines)])
    points = points[~shapely.is_missing(points)]
    by = MIDDLE - np.round(shapely.get_coordinates(lines).mean(axis=0))
    return Town(_by(lines, by), _by(points, by))


@cache
def cambridge(real_data: Path) -> Town:
    """A city of 2,643 streets and 1,960 hydrants, by its surveyors."""
    folder = real_data / "cambridge"
    read = [
        pyogrio.read_dataframe(folder / name).to_crs("EPSG:32619").geometry.to_numpy()
        for name in ("TRANS_Centerlines.geojson", "INFRA_Hydrants.geojson")
    ]
    return _moved(*read)


@cache
def cambridge_parcels(real_data: Path) -> Town:
    """The same streets with the city's 13,000 parcels in place of its hydrants."""
    text = (real_data / "cambridge" / "ASSESSING_ParcelsFY2014.topojson").read_text(encoding="utf-8")
    topology = json.loads(text)
    scale, origin = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc)[:, :2], axis=0) * scale + origin for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> Any:
        steps = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
        return np.vstack([steps[0], *(step[1:] for step in steps[1:])])

    given = [each for layer in topology["objects"].values() for each in layer["geometries"]]
    drawn = [shapely.Polygon(ring(each["arcs"][0])) for each in given if each["type"] == "Polygon"]
    areas = reproject(shapes_of([each for each in drawn if each.is_valid]), WGS84, "EPSG:32619")
    streets = pyogrio.read_dataframe(real_data / "cambridge" / "TRANS_Centerlines.geojson").to_crs(
        "EPSG:32619"
    )
    return _moved(streets.geometry.to_numpy(), areas)


@cache
def lauf(real_data: Path) -> Town:
    """A small town of OpenStreetMap: 1,700 ways and 479 hydrants."""
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    hydrants = extract.hydrants.to_crs(extract.network.crs)
    return _moved(extract.network.lines, hydrants.geometry.to_numpy())


def ninghua(real_data: Path, seed: int) -> Town:
    """A real county seat of 29 ways, where it is; its hydrants are made up by the rule: every 120 m, 4 to 9 m aside."""
    network = network_from_osm(real_data / "ninghua" / "map.osm").network
    rng = np.random.default_rng(seed)
    points = []
    for line in network.lines:
        for at in np.arange(HYDRANT_EVERY_M / 2, line.length, HYDRANT_EVERY_M):
            here, ahead = (shapely.get_coordinates(line.interpolate(each))[0] for each in (at, at + 1))
            across = (ahead - here)[::-1] * [1, -1] / max(np.hypot(*(ahead - here)), 1e-9)
            points.append(shapely.Point(here + across * rng.uniform(4, 9) * rng.choice([-1, 1])))
    return Town(network.lines, shapes_of(points), network.crs)


def part_of(
    town: Town, rng: np.random.Generator, streets: int, hydrants: int, *, scattered: bool = False
) -> Town:
    """So many streets, around one of them or from all over the town, and hydrants of where they are."""
    if scattered:
        which = rng.choice(len(town.lines), streets, replace=False)
    else:
        middles = shapely.centroid(town.lines)
        which = np.argsort(shapely.distance(middles, middles[rng.integers(len(middles))]))[:streets]
    lines = town.lines[which]
    ground = shapely.convex_hull(shapely.union_all(lines)).buffer(NEAR_PART_M)
    inside = town.hydrants[shapely.contains(ground, town.hydrants)]
    return Town(lines, inside[rng.permutation(len(inside))[:hydrants]], town.crs)


def _by(shapes: Shapes, by: Any) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + by), dtype=object)


def _moved_nowhere_known(part: Town, rng: np.random.Generator) -> Shapes:
    """The hydrants in WGS 84, moved by 50 to 1,500 m: by none of the systems are they back within 50 m."""
    while True:
        far, angle = rng.uniform(50, 1500), rng.uniform(0, 2 * np.pi)
        by = far * np.array([np.cos(angle), np.sin(angle)])
        numbers = reproject(_by(part.hydrants, by), part.crs, WGS84)
        middles, true = shapely.centroid(numbers), shapely.centroid(part.hydrants)
        back = [shapely.distance(reproject(middles, system, part.crs), true).min() for system in SYSTEMS]
        if min(back) > 49:
            return numbers


def outcome(part: Town, truth: str | None, rng: np.random.Generator) -> str:
    """What the evidence comes to: right, cannot tell or wrong. ``truth`` None: moved so that none of the readings is
    true and any recommendation is wrong; with a true one it is wrong to rule that out."""
    numbers = _moved_nowhere_known(part, rng) if truth is None else part.hydrants_in(truth)
    found = evidence(numbers, part.around, declared=WGS84)
    if found.recommended is not None:
        return "right" if found.recommended.system.code == truth else "wrong"
    ruled_out = {each.reading.system.code for each in found.candidates if each.verdict == NOT}
    return "wrong" if truth in ruled_out else "cannot_tell"
