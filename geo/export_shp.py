"""Results as Shapefiles in one zip: short field names with a table of the long ones, and nothing cut in silence."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geo.about_words import WRITTEN, about_lines
from geo.export import csv_bytes, json_bytes, utf8, zip_bytes
from geo.field_words import field_title
from geo.problems import problem
from geo.qgis_style import qml
from geo.result_layer import Written, cut_text, distinct_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.problems import Problem
    from geo.result_layer import Handover, ResultLayer

NAME_BYTES, TEXT_BYTES = 10, 254
"""What the format holds of a field's name and of a text, in bytes of UTF-8."""
FIELDS, ABOUT, ABOUT_DATA = "fields.csv", "about.txt", "about.json"
_TYPES = {"object": "text", "float64": "number", "Int64": "whole", "boolean": "yes_no"}


def shapefiles(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One zip with a Shapefile (UTF-8, in the handover's CRS) for every layer that has places, its style for QGIS,
    ``fields.csv`` (the short name of every column, and how many of its texts were cut), ``about.txt`` and
    ``about.json``. Yes and no are 1 and 0. ``problems``: one warning for each column whose texts were cut."""
    files: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    found: list[Problem] = []
    for layer in layers:
        if layer.geometry_type is None:
            continue
        fields = _fields(layer, handover)
        files |= _one(layer, fields, handover)
        listed += fields
        found += [
            problem(
                "texts_cut", file=f"{layer.name}.dbf", field=each["column"], warning=True,
                count=each["cut"], limit=TEXT_BYTES,
            )
            for each in fields
            if each["cut"]
        ]  # fmt: skip
    files[FIELDS] = csv_bytes(
        pd.DataFrame(listed, columns=["file", "field", "column", "title", "type", "cut"])
    )
    files[ABOUT] = utf8("\ufeff" + "\r\n".join(about_lines(handover)) + "\r\n")
    files[ABOUT_DATA] = json_bytes(dict(handover.about))
    return Written({f"{handover.stem}_shp.zip": zip_bytes(files)}, tuple(found))


def _fields(layer: ResultLayer, handover: Handover) -> list[dict[str, Any]]:
    """One row of ``fields.csv`` for every column."""
    table = layer.drawn
    names = [str(name) for name in table]
    return [
        {
            "file": f"{layer.name}.shp",
            "field": field,
            "column": name,
            "title": field_title(handover.language, layer.name, name),
            "type": _TYPES[str(table[name].dtype)],
            "cut": sum(
                cut_text(text, TEXT_BYTES) != text for text in table[name].dropna() if isinstance(text, str)
            ),
        }
        for field, name in zip(short_names(names), names, strict=True)
    ]


def _one(layer: ResultLayer, fields: Sequence[dict[str, Any]], handover: Handover) -> dict[str, bytes]:
    import pyogrio

    table = layer.drawn
    cut = {
        str(name): column.map(lambda each: each if each is None else cut_text(each, TEXT_BYTES))
        if column.dtype == object
        else column.astype("Int16")
        if column.dtype == "boolean"
        else column
        for name, column in table.items()
    }
    short = {each["column"]: each["field"] for each in fields}
    renamed = pd.DataFrame({short[name]: column for name, column in cut.items()}, table.index)
    frame = gpd.GeoDataFrame(renamed, geometry=layer.shapes(handover.crs), crs=handover.crs)
    with tempfile.TemporaryDirectory(prefix="shp-") as folder:
        path = Path(folder) / f"{layer.name}.shp"
        pyogrio.write_dataframe(
            frame, path, driver="ESRI Shapefile", geometry_type=layer.geometry_type,
            layer_options={"ENCODING": "UTF-8", "DBF_DATE_LAST_UPDATE": WRITTEN},
        )  # fmt: skip
        files = {each.name: each.read_bytes() for each in sorted(Path(folder).iterdir())}
    columns = {field: name for name, field in short.items()}
    return files | {f"{layer.name}.qml": utf8(qml(layer, handover.language, columns))}


def short_names(names: Sequence[str]) -> list[str]:
    """The names in ten bytes: the longest of the parts between underscores is shortened first, so that a unit at the
    end stays; numbers behind those that would be alike. What is no letter, digit or underscore becomes one."""
    return distinct_names([_short(re.sub(r"\W", "_", name)) for name in names], length=NAME_BYTES)


def _short(name: str) -> str:
    parts = name.split("_")
    while len("_".join(parts).encode()) > NAME_BYTES:
        longest = max(range(len(parts)), key=lambda i: len(parts[i].encode()))
        if len(parts[longest]) <= 1:
            break
        parts[longest] = parts[longest][:-1]
    return cut_text("_".join(parts), NAME_BYTES)
