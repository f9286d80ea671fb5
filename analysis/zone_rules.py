"""Rules about the ground a station answers for: how far its edge is, how large it is, and what cuts through it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.findings import DEPENDS, MET, NOT_ANALYSED, NOT_MET, Finding, against
from geo.network import CLASSES
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from geo.network import Network
    from geo.rule_pack import Limit

BARRIER_KINDS = ("motorway", "expressway", "railway", "river", "wall")
"""Kinds of barriers; no rule asks about walls, across which no ground is reached all the same."""
M2_PER_KM2 = 1_000_000.0


@dataclass(frozen=True)
class Zone:
    """The ground one station answers for. ``edge_s`` is the latest arrival in it, infinite where a part is never
    reached, NaN where nobody worked it out. Pairs are lowest and highest over the places stations may stand in."""

    geometry: BaseGeometry | None
    area_m2: float
    area_range_m2: tuple[float, float]
    edge_s: float
    edge_range_s: tuple[float, float]
    clipped: bool
    cut_at_limit: bool


def zone_of(zones: pd.DataFrame, station_id: str, *, sites_uncertain: bool) -> Zone | None:
    """The row of a station in a zones table, see :func:`analysis.rules.station_verdicts`; None without one.

    Where sites are uncertain and the table gives no range, the range is everything.
    """
    rows = zones[zones["station_id"] == station_id]
    if rows.empty:
        return None
    row = rows.iloc[0]
    area, edge = _number(row, "area_m2"), _number(row, "edge_s")
    widest = (0.0, math.inf)

    def span(name: str, value: float, unit: str) -> tuple[float, float]:
        low, high = _number(row, f"{name}_low_{unit}"), _number(row, f"{name}_high_{unit}")
        if math.isnan(low) or math.isnan(high):
            return widest if sites_uncertain else (value, value)
        return low, high

    return Zone(
        row["geometry"],
        area,
        span("area", area, "m2"),
        edge,
        span("edge", edge, "s"),
        bool(row["clipped"]),
        bool(row["cut_at_limit"]),
    )


def _number(row: pd.Series[Any], name: str) -> float:
    value = row.get(name)
    return math.nan if value is None or pd.isna(value) else float(value)


def zone_edge(zone: Zone, limit: Limit, *, schematic: bool) -> Finding:
    """Whether the farthest ground of the zone is reached in time. A zone drawn only as far as the time reaches
    would always pass, so it is not analysed."""
    if zone.cut_at_limit:
        return Finding(NOT_ANALYSED, "zone_cut_at_limit")
    if math.isnan(zone.edge_s):
        return Finding(NOT_ANALYSED, "edge_time_unknown")
    measured = zone.edge_s if math.isfinite(zone.edge_s) else math.nan
    if schematic:
        return Finding(DEPENDS, "schematic_network", measured)
    low, high = zone.edge_range_s
    found = against(
        limit,
        low,
        math.inf if zone.clipped else high,
        measured,
        doubt="zone_clipped" if zone.clipped else "station_position",
    )
    return Finding(NOT_MET, "part_not_reached") if found.verdict == NOT_MET and low == math.inf else found


def zone_area(zone: Zone, limit: Limit, *, schematic: bool) -> Finding:
    """Whether the zone is small enough, km2. A zone cut by the end of the data, or where the time runs out, may
    really be larger."""
    measured = zone.area_m2 / M2_PER_KM2
    if math.isnan(measured):
        return Finding(NOT_ANALYSED, "no_zone")
    if schematic:
        return Finding(DEPENDS, "schematic_network", measured)
    low, high = (each / M2_PER_KM2 for each in zone.area_range_m2)
    cut = "zone_clipped" if zone.clipped else "zone_cut_at_limit" if zone.cut_at_limit else ""
    return against(limit, low, math.inf if cut else high, measured, doubt=cut or "station_position")


def network_barriers(network: Network) -> dict[str, gpd.GeoDataFrame]:
    """Barrier lines that the streets themselves are: motorways, and trunk roads that may be urban expressways.

    OpenStreetMap has no class of its own for 城市快速路: in China they are mapped as ``trunk``, as national roads
    with crossings are too, so a trunk road leaves the question open and does not decide it. Frames of
    ``geometry`` and ``doubt`` (a reason code, None where the line is certain) by kind; empty on a schematic
    network, in which no street stands for what it is.
    """
    if network.source.schematic:
        return {}
    found = {}
    for kind, street_class, doubt in (
        ("motorway", "motorway", None),
        ("expressway", "trunk", "trunk_may_be_expressway"),
    ):
        rows = np.flatnonzero(network.klass == CLASSES.index(street_class))
        doubts = ["class_guessed" if network.class_guessed[row] else doubt for row in rows.tolist()]
        found[kind] = gpd.GeoDataFrame(
            {"doubt": pd.Series(doubts, dtype=object)}, geometry=list(network.lines[rows]), crs=network.crs
        )
    return found


def layer_barriers(layer: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """A county's own barrier lines by ``kind`` (one of :data:`BARRIER_KINDS`); only kinds that are in the layer
    count as looked for. Raises :class:`InputError` for a kind that is not known."""
    wrong = [
        problem("not_in_list", row=row, field="kind", value=kind, known=", ".join(BARRIER_KINDS))
        for row, kind in enumerate(layer["kind"].tolist(), 1)
        if kind not in BARRIER_KINDS
    ]
    if wrong:
        raise InputError(wrong)
    return {
        kind: layer[layer["kind"] == kind] for kind in BARRIER_KINDS if bool((layer["kind"] == kind).any())
    }


def sides_of(
    zone: BaseGeometry, lines: list[BaseGeometry], assumed: Mapping[str, float]
) -> tuple[int, float]:
    """On how many sides of the lines the zone lies, and how many metres of line end inside it.

    The convex hull of the zone is cut along the lines; a piece of it is a side if, farther than
    ``barrier_depth_m`` from the lines, it holds at least ``barrier_part_m2`` of the zone: ground within the
    off-street limit of a street goes with that street even beyond a line.
    """
    hull = zone.convex_hull
    here = [each for each in lines if each is not None and each.intersects(hull)]
    if not here or hull.area == 0:
        return 1, 0.0
    # Merged lines have fewer ends, which buffers are slow at.
    inside = shapely.line_merge(shapely.intersection(shapely.union_all(here), hull))
    edges = shapely.union_all([hull.boundary, inside])
    cut, cuts, dangles, _ = shapely.polygonize_full([edges])
    depth_m, part_m2 = assumed["barrier_depth_m"], assumed["barrier_part_m2"]
    loose = shapely.union_all([cuts, dangles])
    ends_m = float(shapely.length(shapely.intersection(loose, shapely.buffer(hull, -depth_m))))
    pieces = shapely.intersection(shapely.get_parts(cut), zone)
    pieces = pieces[shapely.area(pieces) >= part_m2]
    if len(pieces) < 2:
        return len(pieces), ends_m
    deep = shapely.difference(pieces, shapely.buffer(inside, depth_m))
    return int((shapely.area(deep) >= part_m2).sum()), ends_m


def zone_across(
    zone: Zone,
    lines: gpd.GeoDataFrame | None,
    assumed: Mapping[str, float],
    *,
    schematic: bool,
    sites_uncertain: bool,
) -> Finding:
    """Whether the zone lies across barriers of one kind. ``lines`` None: nobody looked for them."""
    if lines is None:
        return Finding(NOT_ANALYSED, "no_barrier_layer")
    if zone.geometry is None or zone.geometry.is_empty:
        return Finding(NOT_ANALYSED, "no_zone")
    if schematic:
        return Finding(DEPENDS, "schematic_network")
    doubts = lines["doubt"].tolist() if "doubt" in lines else [None] * len(lines)
    shapes = lines.geometry.tolist()
    certain = [shape for shape, doubt in zip(shapes, doubts, strict=True) if doubt is None]
    sides, _ = sides_of(zone.geometry, certain, assumed)
    if sides > 1:
        return Finding(DEPENDS, "station_position") if sites_uncertain else Finding(NOT_MET, "across_barrier")
    sides, ends_m = sides_of(zone.geometry, shapes, assumed)
    open_questions = {
        next((each for each in doubts if each is not None), ""): sides > 1,
        "barrier_ends_inside": ends_m > assumed["barrier_inside_m"],
        "station_position": sites_uncertain,
        "zone_clipped": zone.clipped,
        "zone_cut_at_limit": zone.cut_at_limit,
    }
    first = next((reason for reason, asked in open_questions.items() if asked), None)
    return Finding(MET, "not_across") if first is None else Finding(DEPENDS, first)
