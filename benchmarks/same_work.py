"""The same work for every competitor: one network, split where the stations stand, and the same speeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from analysis.arrival import arrival_field
from analysis.scenario import Targets
from benchmarks.networks import sites_of, stations
from geo.chainage import stretch_lines
from geo.network import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    import networkx as nx
    from numpy.typing import NDArray

    from analysis.arrival import ArrivalField, Parts
    from geo.network import Floats, Ints, Network

TARGETS = Targets()
DRIVE_S = TARGETS.limit_s - TARGETS.turnout_s
BUFFER_M = TARGETS.off_street_limit_m
QUAD_SEGS = 8
"""Segments of a quarter circle in every buffer of every competitor."""


@dataclass(frozen=True, eq=False)
class SameWork:
    """A network and places of stations, of which each question takes the first few.

    Competitors get the streets already split at the stations and the nodes the stations are: finding the street
    of a station is not in their times, but it is in ours.
    """

    network: Network
    places: NDArray[np.object_]

    @classmethod
    def of(cls, network: Network, most: int) -> SameWork:
        """The work on a network with up to ``most`` stations."""
        return cls(network, stations(network, most))

    @cached_property
    def field(self) -> ArrivalField:
        """Our field of all the stations, from which the split streets are taken."""
        return arrival_field(self.network, sites_of(self.network, self.places), TARGETS)

    @cached_property
    def parts(self) -> Parts:
        """Streets split at the stations."""
        return self.field.parts()

    @cached_property
    def station_nodes(self) -> Ints:
        """Node at which each station stands, in the numbering of the parts' ends."""
        cut = self.field.site_cut
        return np.asarray(np.where(cut >= 0, self.field.drive.n_gates + cut, self.field.site_node))

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """Lines of the parts."""
        return stretch_lines(self.network, self.parts.street, self.parts.from_m, self.parts.to_m)

    @cached_property
    def speed_kph(self) -> Floats:
        """Speed on each part."""
        return self.field.drive.speed_kph[self.parts.street]

    @cached_property
    def nodes(self) -> dict[int, tuple[float, float]]:
        """Place of every node."""
        ends = shapely.get_point(self.lines, 0), shapely.get_point(self.lines, -1)
        place: dict[int, tuple[float, float]] = {}
        for node, end in zip((self.parts.node_a, self.parts.node_b), ends, strict=True):
            place |= dict(zip(node.tolist(), map(tuple, shapely.get_coordinates(end).tolist()), strict=True))
        return place

    @cached_property
    def lon_lat(self) -> list[tuple[float, float]]:
        """Places of the stations in degrees."""
        to_degrees = Transformer.from_crs(self.network.crs, "EPSG:4326", always_xy=True)
        return list(zip(*to_degrees.transform(*shapely.get_coordinates(self.places).T), strict=True))

    def graph(self) -> nx.MultiDiGraph[int]:
        """The parts as an OSMnx graph: ``x``, ``y``; ``length``, ``travel_time``, ``speed_kph``, ``geometry``."""
        import networkx as nx

        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=self.network.crs)
        graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in self.nodes.items())
        for a, b, seconds, lines in (
            (self.parts.node_a, self.parts.node_b, self.parts.ahead_s, self.lines),
            (self.parts.node_b, self.parts.node_a, self.parts.back_s, shapely.reverse(self.lines)),
        ):
            driven = np.isfinite(seconds)
            rows = zip(
                a[driven].tolist(), b[driven].tolist(), self.parts.length_m[driven].tolist(),
                seconds[driven].tolist(), self.speed_kph[driven].tolist(), lines[driven].tolist(),
                np.flatnonzero(driven).tolist(), strict=True,
            )  # fmt: skip
            graph.add_edges_from(
                (u, v, {"length": m, "travel_time": s, "speed_kph": kph, "geometry": line, "part": part})
                for u, v, m, s, kph, line, part in rows
            )
        return graph

    def save_arrays(self, path: Path) -> None:
        """The parts as plain arrays, for competitors in other processes; infinite seconds are -1."""
        parts = self.parts
        np.savez(
            path,
            source=parts.node_a,
            target=parts.node_b,
            length_m=parts.length_m,
            ahead_s=np.where(np.isfinite(parts.ahead_s), parts.ahead_s, -1.0),
            back_s=np.where(np.isfinite(parts.back_s), parts.back_s, -1.0),
            speed_kph=self.speed_kph,
            wkb=np.array([line.hex() for line in shapely.to_wkb(self.lines).tolist()]),
            station_node=self.station_nodes,
            station_xy=shapely.get_coordinates(self.field.network.along(
                self.field.sites.street, self.field.sites.chainage_m)),
            lon_lat=np.array(self.lon_lat),
        )  # fmt: skip

    def save_osm(self, path: Path) -> None:
        """The whole streets as an OpenStreetMap file, with our speeds as ``maxspeed``."""
        import osmium
        from osmium.osm.mutable import Node, Way

        network = self.network
        to_degrees = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform(*network.coords.T)
        number = np.arange(len(network.coords)) + network.n_nodes + 1
        first, last = network.coord_start[:-1], network.coord_start[1:] - 1
        number[first], number[last] = network.u + 1, network.v + 1
        ids, one = np.unique(number, return_index=True)
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            for node, x, y in zip(ids.tolist(), lon[one].tolist(), lat[one].tolist(), strict=True):
                writer.add_node(Node(id=node, location=(x, y), version=1))
            for row in range(network.n_streets):
                refs = number[first[row] : last[row] + 1].tolist()
                tags = {
                    "highway": CLASSES[network.klass[row]],
                    "maxspeed": str(round(self.field.drive.speed_kph[row])),
                    "oneway": "yes" if network.oneway[row] else "no",
                }
                if network.oneway[row] < 0:
                    refs.reverse()
                writer.add_way(Way(id=row + 1, nodes=refs, tags=tags, version=1))
