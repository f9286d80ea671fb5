"""Results as files: GeoJSON, CSV and JSON that another program, or a spreadsheet, can trust."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

DEGREE_DIGITS = 7
"""Decimals of a degree in files: about a centimetre."""

ODBL_NOTICE = (
    "Contains information from OpenStreetMap, © OpenStreetMap contributors, made available under the Open "
    "Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/. As far as this file is "
    "derived from that database it is made available under the same licence."
)
"""Stands in every file that has something of OpenStreetMap in it."""

_HALF = re.compile("[\ud800-\udfff]")

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run as a formula by spreadsheet programs."""


def utf8(text: str) -> bytes:
    """A text as UTF-8; halves of a character, which JSON can spell and UTF-8 cannot, become U+FFFD."""
    return _HALF.sub("\ufffd", text).encode()


def plain_value(value: Any) -> Any:
    """A value as JSON has it: null for None, NaN, NaT and infinities, plain numbers, ISO dates, else text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain_value(each) for key, each in value.items()}
    return str(value)


def _geometries(frame: gpd.GeoDataFrame) -> list[Any]:
    """GeoJSON geometry objects in WGS84, outer rings counter-clockwise, None where there is no geometry."""
    shapes = frame.geometry.to_crs(WGS84).to_numpy()
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    rounded = shapely.transform(shapes[there], lambda xy: np.round(xy, DEGREE_DIGITS))
    oriented = shapely.orient_polygons(rounded, exterior_cw=False)
    texts = iter(shapely.to_geojson(oriented).tolist())
    return [json.loads(next(texts)) if placed else None for placed in there.tolist()]


def geojson_bytes(frame: gpd.GeoDataFrame, about: Mapping[str, Any], *, without: Sequence[str] = ()) -> bytes:
    """A FeatureCollection by RFC 7946 of the frame's rows, with a member ``about`` that says what it rests on.

    Other geometry columns and the columns in ``without`` are left out; nulls are null, never NaN.
    """
    other_shapes = [name for name in frame.columns if frame[name].dtype == "geometry"]
    names = [name for name in frame.columns if name not in {*other_shapes, *without}]
    columns = [[plain_value(value) for value in frame[name].tolist()] for name in names]
    features = [
        {"type": "Feature", "properties": dict(zip(names, values, strict=True)), "geometry": geometry}
        for geometry, *values in zip(_geometries(frame), *columns, strict=True)
    ]
    collection = {"type": "FeatureCollection", "about": plain_value(dict(about)), "features": features}
    return utf8(json.dumps(collection, ensure_ascii=False, allow_nan=False))


def spreadsheet_text(value: Any) -> Any:
    """A text that a spreadsheet will show and not run; other values as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list | tuple):
        return json.dumps(plain_value(value), ensure_ascii=False) if value else None
    return value


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8 with a byte-order mark: geometry left out, texts safe for spreadsheets, lists as JSON
    (nothing for an empty one)."""
    plain = pd.DataFrame(table[[name for name in table.columns if table[name].dtype != "geometry"]])
    safe = plain.map(_cell).map(spreadsheet_text).rename(columns=spreadsheet_text)
    content = io.BytesIO()
    safe.to_csv(content, mode="wb", encoding="utf-8-sig", index=False, lineterminator="\n")
    return content.getvalue()


def json_bytes(value: Any) -> bytes:
    """A value as readable JSON; NaN and infinities become null."""
    return utf8(json.dumps(plain_value(value), ensure_ascii=False, indent=2, allow_nan=False))


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Files in a zip, without the time of writing, so that the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, each in files.items():
            entry = zipfile.ZipInfo(name)  # of 1 January 1980, the first day a zip knows
            entry.compress_type, entry.create_system, entry.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o644 << 16,
            )
            packed.writestr(entry, each)
    return content.getvalue()


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, each whole or not at all; nothing is touched until all of them are on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as unfinished:
        for name, content in files.items():
            (Path(unfinished) / name).write_bytes(content)
        written = []
        for name in files:
            os.replace(Path(unfinished) / name, folder / name)
            written.append(folder / name)
    return written
