"""Towns that can be worked out on paper, and an independent way to work out any network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from analysis.arrival import Sites
from analysis.scenario import Targets
from geo.network import CLASSES, RoadSource
from geo.roads import network_from_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.network import Network

CRS = "EPSG:4547"
ORIGIN = (560_000.0, 4_275_000.0)
TEN_METRES_PER_SECOND = tuple(sorted((name, 36.0) for name in CLASSES))
"""Every street at 36 km/h, so that a second is ten metres."""


def plain_targets(**changes: float | str) -> Targets:
    """Default targets on streets driven at 10 m/s."""
    return replace(Targets(speeds_kph=TEN_METRES_PER_SECOND), **changes)  # type: ignore[arg-type]


def at(x: float, y: float) -> shapely.Point:
    """A point of the paper town's own metres."""
    return shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y)


def town(lines: Sequence[Sequence[tuple[float, float]]], **columns: Sequence[object]) -> Network:
    """A network of the given lines in the paper town's own metres."""
    shapes = [shapely.LineString([(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in line]) for line in lines]
    frame = gpd.GeoDataFrame(dict(columns), geometry=shapes, crs=CRS)
    return network_from_lines(frame, crs=CRS, source=RoadSource("paper town"))


def grid_lines(streets: int = 21, block_m: float = 100.0) -> list[list[tuple[float, float]]]:
    """Lines of a square grid with its middle at (0, 0)."""
    half = (streets - 1) * block_m / 2
    places = [-half + i * block_m for i in range(streets)]
    return [[(x, -half), (x, half)] for x in places] + [[(-half, y), (half, y)] for y in places]


def sites(network: Network, points: Sequence[shapely.Point], turnout_s: float = 60.0) -> Sites:
    """One station per point, named A, B, C …, snapped to the nearest street."""
    street, chainage, snap = network.nearest(np.array(points, dtype=object))
    count = len(points)
    return Sites(
        tuple(chr(65 + i) for i in range(count)), np.arange(count), np.ones(count, dtype=bool),
        street, chainage, snap, np.full(count, turnout_s),
    )  # fmt: skip


@dataclass(frozen=True)
class FineGraph:
    """Streets split into short parts, as a directed graph whose arcs carry seconds; written without the engine."""

    graph: nx.DiGraph[object]
    parts: list[tuple[object, object, float, float, float]]
    """Both ends of every part of every street, once, its length, and its own seconds there and back (infinite
    where it is not driven)."""
    starts: dict[object, float]
    """Seconds at which an engine is at a node: turnout."""
    place: dict[object, tuple[float, float]]
    alias: dict[tuple[str, float], object]
    """The node of every street point asked for."""

    def reached_m(self, limit_s: float) -> float:
        """Street length reached: whole parts, and of a part that the limit cuts, the length driven into it."""
        seconds = self.seconds()
        total = 0.0
        for a, b, length, there_s, back_s in self.parts:
            driven = 0.0
            for start, whole_s in ((a, there_s), (b, back_s)):
                if np.isfinite(whole_s) and seconds.get(start, np.inf) < limit_s:
                    driven += min(1.0, (limit_s - seconds[start]) / whole_s) * length
            total += min(driven, length)
        return total

    def seconds(self) -> dict[object, float]:
        """Earliest arrival at every node."""
        graph = self.graph.copy()
        graph.add_edges_from(("order", node, {"seconds": seconds}) for node, seconds in self.starts.items())
        times = nx.single_source_dijkstra_path_length(graph, "order", weight="seconds")
        return {node: time for node, time in times.items() if node != "order"}


def fine_graph(
    streets: gpd.GeoDataFrame,
    site_rows: gpd.GeoDataFrame,
    asked: Sequence[tuple[str, float]] = (),
    step_m: float = 20.0,
) -> FineGraph:
    """Split the exported streets (one row per direction), put the exported sites on them, and make a node
    ``(street_id, chainage)`` of every street point in ``asked``."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    parts: list[tuple[object, object, float, float, float]] = []
    starts: dict[object, float] = {}
    place: dict[object, tuple[float, float]] = {}
    alias: dict[tuple[str, float], object] = {}
    sites_of: dict[str, list[tuple[float, float]]] = {}
    for row in site_rows[site_rows["street_id"].notna()].itertuples():
        sites_of.setdefault(row.street_id, []).append((row.chainage_m, row.turnout_s))
    asked_of: dict[str, list[float]] = {}
    for street_id, chainage in asked:
        asked_of.setdefault(street_id, []).append(chainage)
    for street_id, rows in streets.groupby("street_id", sort=False):
        main = rows.iloc[0]
        line, length, against = main.geometry, main["length_m"], bool(main["reversed"])
        line = line.reverse() if against else line
        first, last = (main["v"], main["u"]) if against else (main["u"], main["v"])
        wanted = [*asked_of.get(street_id, []), *(c for c, _ in sites_of.get(street_id, []))]
        cuts = sorted(
            {0.0, length, *np.arange(step_m, length, step_m).tolist(), *(c for c in wanted if 0 < c < length)}
        )
        names: list[object] = [first if c == 0.0 else last if c == length else (street_id, c) for c in cuts]
        for name, c in zip(names, cuts, strict=True):
            place[name] = line.interpolate(c).coords[0]
        for c in wanted:
            alias[street_id, c] = first if c <= 0 else last if c >= length else (street_id, c)
        for chainage, turnout in sites_of.get(street_id, []):
            node = alias[street_id, chainage]
            starts[node] = min(starts.get(node, np.inf), turnout)
        driven = rows[~rows["blocked"].astype(bool)]
        ways = {bool(each["reversed"]): each["speed_kph"] / 3.6 for _, each in driven.iterrows()}
        for (a, b), (c, d) in zip(zip(names, names[1:]), zip(cuts, cuts[1:]), strict=True):  # noqa: B905, RUF007
            there, back = ((d - c) / ways[way] if way in ways else np.inf for way in (False, True))
            parts.append((a, b, d - c, there, back))
            for reverse, mps in ways.items():
                tail, head = (b, a) if reverse else (a, b)
                quicker = min((d - c) / mps, graph.get_edge_data(tail, head, {"seconds": np.inf})["seconds"])
                graph.add_edge(tail, head, seconds=quicker)
    return FineGraph(graph, parts, starts, place, alias)
