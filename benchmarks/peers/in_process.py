"""Competitors that are Python libraries of this project's own environment: networkx, OSMnx, scipy, GEOS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import osmnx as ox
import shapely
from scipy.sparse.csgraph import dijkstra

from benchmarks.same_work import BUFFER_M, DRIVE_S, QUAD_SEGS

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.same_work import SameWork

    Graph = nx.MultiDiGraph[int]


def networkx_length_m(graph: Graph, sources: list[int]) -> float:
    """Reached length by one search from all stations, streets cut where the time runs out."""
    seconds = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=DRIVE_S, weight="travel_time")
    driven: dict[int, float] = {}
    length: dict[int, float] = {}
    for node, at_s in seconds.items():
        for _, _, edge in graph.out_edges(node, data=True):
            share = min(1.0, (DRIVE_S - at_s) / edge["travel_time"])
            part = edge["part"]
            length[part] = edge["length"]
            driven[part] = driven.get(part, 0.0) + share * edge["length"]
    return sum(min(metres, length[part]) for part, metres in driven.items())


def _lengths_once(edges: gpd.GeoDataFrame) -> float:
    return float(edges.drop_duplicates("part")["length"].sum())


def recipe_lines_m(graph: Graph, sources: list[int]) -> float:
    """The usual recipe as far as streets: an ego graph per station, whole edges between reached nodes."""
    parts: dict[int, float] = {}
    for source in sources:
        near = nx.ego_graph(graph, source, radius=DRIVE_S, distance="travel_time")
        parts |= {edge["part"]: edge["length"] for _, _, edge in near.edges(data=True)}
    return sum(parts.values())


def recipe_area(graph: Graph, places: NDArray[np.object_]) -> tuple[float, float]:
    """The usual recipe whole: per station the nearest node and an ego graph, its nodes and edges buffered and
    joined; then all joined.

    Returns metres of street and square metres.
    """
    parts: dict[int, float] = {}
    areas = []
    for place in places.tolist():
        source = ox.nearest_nodes(graph, place.x, place.y)
        near = nx.ego_graph(graph, source, radius=DRIVE_S, distance="travel_time")
        nodes, edges = ox.graph_to_gdfs(near)
        parts |= dict(zip(edges["part"].tolist(), edges["length"].tolist(), strict=True))
        around = [
            nodes.buffer(BUFFER_M, quad_segs=QUAD_SEGS),
            edges.buffer(BUFFER_M, quad_segs=QUAD_SEGS),
        ]
        areas.append(shapely.union_all([each.union_all() for each in around]))
    return sum(parts.values()), float(shapely.union_all(areas).area)


def careful_area(graph: Graph, sources: list[int]) -> tuple[float, float]:
    """OSMnx with care: one search from all stations, the edges between reached nodes once, one union."""
    seconds = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=DRIVE_S, weight="travel_time")
    edges = ox.graph_to_gdfs(graph.subgraph(seconds), nodes=False).drop_duplicates("part")
    area = edges.buffer(BUFFER_M, quad_segs=QUAD_SEGS).union_all()
    return _lengths_once(edges), float(area.area)


def scipy_search(work: SameWork, count: int) -> float:
    """Only the search, on arrays that are ready: nothing can be faster without another search."""
    rows = work.field.sites.street[:count]
    dijkstra(work.field.drive.graph, indices=work.field.drive.gate_a[rows], min_only=True, limit=DRIVE_S)
    return float("nan")


def plain_union_m2(lines: NDArray[np.object_]) -> float:
    """Exact reached pieces buffered and joined by GEOS, from ready lines."""
    return float(shapely.union_all(shapely.buffer(lines, BUFFER_M, quad_segs=QUAD_SEGS)).area)
