"""A county on paper as large as the page has to bear: a square grid, nothing of it real."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = 100
"""Blocks to a side: 2 · 100 · 101 = 20,200 pieces of street, 202 names."""
STEP_DEG = 0.002
"""About 175 m by 222 m."""
WEST, SOUTH = 114.0, 38.0
PARCELS, HYDRANTS, STATIONS = 5_000, 5_000, 9


def _feature(kind: str, coordinates: Any, **told: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": told, "geometry": {"type": kind, "coordinates": coordinates}}


def _write(path: Path, features: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _at(column: float, row: float) -> list[float]:
    return [round(WEST + column * STEP_DEG, 7), round(SOUTH + row * STEP_DEG, 7)]


def _streets() -> list[dict[str, Any]]:
    pieces = []
    for line, piece in product(range(BLOCKS + 1), range(BLOCKS)):
        kind = "primary" if line % 10 == 0 else "residential"
        for name, ends in (
            (f"纸上横{line}路", [_at(piece, line), _at(piece + 1, line)]),
            (f"纸上纵{line}路", [_at(line, piece), _at(line, piece + 1)]),
        ):
            pieces.append(_feature("LineString", ends, **{"name": name, "class": kind, "schematic": True}))
    return pieces


def _parcels() -> list[dict[str, Any]]:
    blocks = [(number % BLOCKS, number // BLOCKS * 2) for number in range(PARCELS)]
    made = []
    for number, (column, row) in enumerate(blocks):
        corners = ((0.15, 0.15), (0.85, 0.15), (0.85, 0.85), (0.15, 0.85), (0.15, 0.15))
        ring = [_at(column + x, row + y) for x, y in corners]
        told = {"parcel_no": f"纸{number + 1}", "name": f"纸上地块{number + 1}", "area_mu": 30.0}
        made.append(_feature("Polygon", [ring], position_class="P0", **told))
    return made


def _hydrants() -> list[dict[str, Any]]:
    draw = np.random.default_rng(1)
    made = []
    for number in range(HYDRANTS):
        line, along = int(draw.integers(BLOCKS + 1)), float(draw.uniform(0, BLOCKS))
        place = _at(along, line) if number % 2 else _at(line, along)
        told = {"hydrant_id": f"H{number + 1}", "status": "in_use"}
        made.append(_feature("Point", place, position_class="P0", **told))
    return made


def _stations() -> list[dict[str, Any]]:
    places = [(column, row) for column in (20, 50, 80) for row in (20, 50, 80)]
    return [
        _feature(
            "Point",
            _at(*place),
            station_id=f"S{number + 1}",
            name=f"纸上{number + 1}站",
            status="in_use",
            position_class="P0",
        )
        for number, place in enumerate(places[:STATIONS])
    ]


def write_grid_county(folder: Path) -> Path:
    """Write the county folder (WGS84, GeoJSON) and return it: 20,200 pieces of street, 5,000 parcels, 5,000
    hydrants along the streets by seed, 9 stations."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "county.toml").write_text(
        'name = "纸上网格县"\nname_en = "Paper Grid County"\nadcode = "130634"\ncrs = "EPSG:4547"\n',
        encoding="utf-8",
    )
    _write(folder / "roads" / "streets.geojson", _streets())
    (folder / "roads" / "roads.toml").write_text(
        'name = "纸上网格"\nlicence = "MIT"\nattribution = "benchmarks/paper_page.py"\nschematic = true\n',
        encoding="utf-8",
    )
    for layer, features in (("parcels", _parcels()), ("hydrants", _hydrants()), ("stations", _stations())):
        _write(folder / layer / f"{layer}.geojson", features)
    return folder
