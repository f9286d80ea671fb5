"""Closures from a file: a table with coordinates or WKT, or GeoJSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from analysis.scenario import scenario_from_json
from geo.crs import WGS84
from geo.problems import InputError, problem
from geo.tables import read_rows

if TYPE_CHECKING:
    from analysis.closures import Closure
    from geo.tables import FileRows

MAX_CLOSURES = 200
MAX_MB = 1
ENDINGS = (".csv", ".geojson", ".json")


def _wkt(rows: FileRows, file: str) -> list[str]:
    """The place of each row as WKT in WGS84; empty where it has none."""
    table = rows.table
    if rows.geometry is not None:
        shapes = gpd.GeoSeries(list(rows.geometry), crs=rows.crs or WGS84).to_crs(WGS84)
        return ["" if shape is None else shape.wkt for shape in shapes]
    if not {"lon", "lat"} <= set(table.columns):
        raise InputError([problem("lon_lat_needed", file=file, have=", ".join(map(str, table.columns)))])
    lon, lat = (pd.to_numeric(table[name], errors="coerce") for name in ("lon", "lat"))
    return [f"POINT ({x} {y})" for x, y in zip(lon, lat, strict=True)]


def _number(value: Any) -> Any:
    """A cell as a number; what is none is left as it is, to be named in a problem."""
    try:
        return float(value)
    except ValueError:
        return value


def read_closures(path: Path, file: str = "") -> tuple[Closure, ...]:
    """Closures of a CSV (``lon``, ``lat`` or ``wkt`` in WGS84) or GeoJSON file.

    Columns ``name``, ``effect`` (block where empty) and ``value`` may be missing. At most :data:`MAX_CLOSURES`
    rows. Raises :class:`InputError` with everything that is wrong with the file; ``file`` names it there.
    """
    file = file or path.name
    rows = read_rows(path, file=file, layer="closures")
    found = [each for each in rows.problems if not each.warning]
    if len(rows.table) > MAX_CLOSURES:
        found.append(problem("too_many_rows", file=file, limit=MAX_CLOSURES))
    if found:
        raise InputError(found)
    given = []
    for row, wkt in zip(rows.table.to_dict("records"), _wkt(rows, file), strict=True):
        stated = {
            str(key): value for key, value in row.items() if not pd.isna(value) and str(value).strip() != ""
        }
        effect, value = str(stated.get("effect", "block")).strip(), _number(stated.get("value", 0.0))
        given.append({"name": str(stated.get("name", "")), "wkt": wkt, "effect": effect, "value": value})
    return scenario_from_json(json.dumps({"closures": given}), file).closures


def closures_in(name: str, content: bytes) -> tuple[Closure, ...]:
    """Closures of a file that was handed over as bytes; of its ``name`` only the ending is used, and shown."""
    shown, ending = Path(name).name[:80], Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise InputError([problem("format_unknown", file=shown, known=", ".join(ENDINGS))])
    if len(content) > MAX_MB * 1024**2:
        raise InputError([problem("too_large", file=shown, limit=MAX_MB)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"closures{ending}"
        path.write_bytes(content)
        return read_closures(path, shown)
