"""Counties that can be worked out on paper: a network and a few rows, put together without files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.building import Choices, build
from geo.county import County
from geo.layers import LAYERS, blank_columns
from geo.line_fields import LineFields
from tests.towns import CRS, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.network import Network

Row = dict[str, Any]


def plot(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in the paper town's own metres."""
    x, y = ORIGIN
    return shapely.box(x + west, y + south, x + east, y + north)


def path(*points: tuple[float, float]) -> shapely.LineString:
    """A line in the paper town's own metres."""
    return shapely.LineString([(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in points])


def table_of(layer: str, rows: Sequence[Row], crs: str = CRS) -> gpd.GeoDataFrame:
    """A placed layer: contract columns, surveyed (P0) unless a row says otherwise, ``shape`` as ``geometry``."""
    kind = LAYERS[layer]
    table = blank_columns(kind, len(rows))
    extra = {"parcels": ("drawn", "bound_shape"), "hydrants": ("interpolated",)}.get(layer, ())
    usual: Row = {"status": "in_use", "position_class": "P0", "drawn": "boundary", "interpolated": False}
    for name in (*table.columns, *extra):
        given = [row.get(name, usual.get(name)) for row in rows]
        if name == "bound_shape":
            given = [row.get(name, row.get("shape", row.get("geometry"))) for row in rows]
        number = any(each.name == name and each.kind in {"number", "whole", "year"} for each in kind.columns)
        if number:
            table[name] = np.array([np.nan if each is None else each for each in given], dtype=float)
        else:
            values = np.empty(len(rows), dtype=object)
            values[:] = given
            table[name] = pd.Series(values, table.index, dtype=object)
    shapes = [row.get("geometry") for row in rows]
    table["shape"] = gpd.GeoSeries([row.get("shape", row.get("geometry")) for row in rows], crs=crs)
    if layer == "parcels":
        table["bound_shape"] = gpd.GeoSeries(list(table["bound_shape"]), crs=crs)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)


def paper_county(
    network: Network | None = None,
    *,
    parcels: Sequence[Row] = (),
    stations: Sequence[Row] = (),
    hydrants: Sequence[Row] = (),
    crs: str = CRS,
    **changes: Any,
) -> County:
    """A county of the given rows; layers without rows are empty and named in ``missing``."""
    given = {"parcels": parcels, "stations": stations, "hydrants": hydrants, "cranes": (), "places": ()}
    tables = {name: table_of(name, rows, crs) for name, rows in given.items()}
    missing = {name for name, rows in given.items() if not rows} | (set() if network else {"roads"})
    fields: Row = {
        "name": "纸上镇", "name_en": "Paper Town", "adcode": "", "folder": Path("paper"), "crs": crs,
        "sub_blocks": blank_columns(LAYERS["sub_blocks"], 0),
        "vehicles": blank_columns(LAYERS["vehicles"], 0), "targets": blank_columns(LAYERS["targets"], 0),
        "hydrant_sections": table_of("hydrants", (), crs), "study_area": None,
        "study_area_source": "frontage", "boundary": None, "network": network, "seat": None,
        "seat_radius_m": 3000.0, "seat_township": "", "ring_roads": (), "schematic": frozenset(),
        "missing": frozenset(missing), "warnings": (), "sources": (), "digest": "paper", **tables,
    }  # fmt: skip
    return County(**fields | changes)


def measured_county(folder: Path) -> Path:
    """A county folder of a grid of measured streets, one station at its edge: what the page needs to solve."""
    west, south, step, streets = 114.66, 38.60, 0.009, 9
    lines = [
        f'"LINESTRING ({west + a * step:.4f} {south:.4f}, {west + a * step:.4f} {south + 8 * step:.4f})",Road {a}'
        for a in range(streets)
    ] + [
        f'"LINESTRING ({west:.4f} {south + a * step:.4f}, {west + 8 * step:.4f} {south + a * step:.4f})",Lane {a}'
        for a in range(streets)
    ]
    roads = folder.with_name(f"{folder.name}-roads.csv")
    roads.write_text("wkt,name\n" + "\n".join(lines) + "\n", encoding="utf-8")
    build(roads, folder, Choices(crs=CRS, fields=LineFields(name="name")))
    (folder / "stations").mkdir(exist_ok=True)
    row = f"station_id,name,status,lon,lat\nA,West,in_use,{west},{south}\n"
    (folder / "stations" / "stations.csv").write_text(row, encoding="utf-8")
    return folder
