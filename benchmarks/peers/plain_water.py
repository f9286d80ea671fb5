"""The plain way to the same answers about water: geopandas and networkx as their own pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from analysis import standards
from analysis.hose import streets_with_hose
from analysis.hydrants_on_streets import reach_m
from benchmarks.water_work import QUAD_SEGS, RADIUS_M, TARGETS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from benchmarks.water_work import WaterWork

HYDRANTS = -1
"""The node in which hose begins."""


def cover(hydrants: gpd.GeoSeries) -> BaseGeometry:
    """``buffer`` and ``union_all``."""
    area: BaseGeometry = hydrants.buffer(RADIUS_M, quad_segs=QUAD_SEGS).union_all()
    return area


class PlainWater:
    """Frames and a graph of the same streets, hydrants and parcels, ready before the clock runs."""

    def __init__(self, work: WaterWork) -> None:
        network, crs = work.network, work.county.crs
        self.hydrants = gpd.GeoDataFrame(geometry=work.points, crs=crs)
        self.parcels = gpd.GeoDataFrame(geometry=work.parcels, crs=crs)
        self.study_area = gpd.GeoSeries([work.study_area], crs=crs)
        streets = {"u": network.u, "v": network.v, "length_m": network.length_m}
        self.streets = gpd.GeoDataFrame(streets, geometry=network.lines, crs=crs)
        self.owning = self.streets[network.owns_ground]
        self.laid = self.streets[streets_with_hose(network)]
        lines = {
            "length_m": work.streets.length_m,
            "ring": work.streets.closed,
            "reach_m": reach_m(work.streets),
        }
        self.lines = gpd.GeoDataFrame(lines, geometry=work.streets.lines, crs=crs)
        self.graph: nx.Graph[int] = nx.Graph()
        shortest = self.laid.sort_values(
            "length_m", ascending=False
        )  # of parallel streets the shortest comes last
        ends = (shortest[name].tolist() for name in ("u", "v", "length_m"))
        self.graph.add_weighted_edges_from(zip(*ends, strict=True))
        for frame in (self.hydrants, self.parcels, self.owning, self.lines):
            frame.sindex  # noqa: B018  (kept, as ours is)

    def gap_m2(self) -> float:
        """``buffer``, ``union_all``, ``difference``."""
        return float(self.study_area.difference(cover(self.hydrants.geometry)).area.sum())

    def hose_m(self) -> float:
        """``sjoin_nearest`` to the streets, one node joined to the ends of each hydrant's street, and one search."""
        near = gpd.sjoin_nearest(
            self.hydrants, self.owning, max_distance=TARGETS.snap_limit_m, distance_col="off_m"
        )
        near = near[~near.index.duplicated()]
        line = self.streets.geometry.loc[near["index_right"]].reset_index(drop=True)
        at_m = line.project(near.geometry.reset_index(drop=True)).to_numpy()
        to_u, to_v = near["off_m"] + at_m, near["off_m"] + near["length_m"] - at_m
        least = pd.concat([to_u.set_axis(near["u"]), to_v.set_axis(near["v"])]).groupby(level=0).min()
        self.graph.add_weighted_edges_from((HYDRANTS, node, metres) for node, metres in least.items())
        found = pd.Series(nx.single_source_dijkstra_path_length(self.graph, HYDRANTS, weight="weight"))
        self.graph.remove_node(HYDRANTS)
        half = self.laid["length_m"] / 2
        middle = near["off_m"] + (at_m - near["length_m"] / 2).abs()
        own = middle.groupby(near["index_right"]).min().reindex(self.laid.index)
        ends = (self.laid[end].map(found) + half for end in ("u", "v"))
        return float(pd.concat([own, *ends], axis=1).min(axis=1).sum())

    def hydrants_missing(self) -> float:
        """``sjoin`` within reach, ``project``, and differences within each line."""
        on = gpd.sjoin(
            self.lines, self.hydrants, predicate="dwithin", distance=self.lines["reach_m"].to_numpy()
        )
        return self._missing(on.index.to_numpy(), on["index_right"].to_numpy())

    def hydrants_missing_nearest(self) -> float:
        """``sjoin_nearest``: each hydrant on one street only."""
        on = gpd.sjoin_nearest(self.hydrants, self.lines, max_distance=standards.HYDRANT_REACH_M)
        return self._missing(on["index_right"].to_numpy(), on.index.to_numpy())

    def _missing(self, line: np.ndarray, hydrant: np.ndarray) -> float:
        places = self.lines.geometry.iloc[line].reset_index(drop=True)
        at_m = places.project(self.hydrants.geometry.iloc[hydrant].reset_index(drop=True))
        table = pd.DataFrame({"line": line, "at_m": at_m}).sort_values(["line", "at_m"])
        by_line = table.groupby("line")["at_m"]
        between = by_line.diff().dropna()
        first = by_line.min().reindex(self.lines.index)
        length, ring = self.lines["length_m"], self.lines["ring"]
        bare = first.isna()
        head, tail = first, length - by_line.max().reindex(self.lines.index)
        open_ends = pd.concat([head[~ring & ~bare], tail[~ring & ~bare], length[~ring & bare]])
        pieces = pd.concat([between, open_ends, (head + tail)[ring & ~bare]])
        parts = np.ceil(np.round(pieces, 3) / standards.HYDRANT_SPACING_M)
        bare_rings = np.ceil(np.round(length[ring & bare], 3) / standards.HYDRANT_SPACING_M)
        return float(np.maximum(parts - 1, 0).sum() + bare_rings[bare_rings > 1].sum())

    def nearest_m(self) -> float:
        """``sjoin_nearest`` of parcels and hydrants."""
        near = gpd.sjoin_nearest(self.parcels, self.hydrants, distance_col="metres")
        return float(near.loc[~near.index.duplicated(), "metres"].sum())


def overlay_m2(parcels: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> float:
    """``gpd.overlay``: the ground of every parcel in every piece of the other; its sum."""
    return float(gpd.overlay(parcels, ground, how="intersection", keep_geom_type=True).area.sum())
