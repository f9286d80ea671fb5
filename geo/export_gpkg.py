"""Results as a GeoPackage: every table in one file, with the map's styles for QGIS and what it all rests on."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geo.about_words import WRITTEN, about_json, about_lines, about_rows
from geo.field_words import field_title
from geo.qgis_style import qml
from geo.result_layer import Written, distinct_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.result_layer import Handover, ResultLayer

FID, GEOMETRY = "fid", "geom"
"""Columns that every table has of its own."""
MOMENT = f"{WRITTEN}T00:00:00.000Z"
VERSION = "1.2"
"""Of the standard; what GDAL writes by default is too new for the GDAL of many a desk."""
STYLES, ABOUT = "layer_styles", "about"
"""Tables beside the layers: the first is where QGIS looks for styles."""
_SCHEMA_EXTENSION = ("gpkg_schema", "http://www.geopackage.org/spec120/#extension_schema", "read-write")
_DATA_COLUMNS = """CREATE TABLE gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name))"""


def geopackage(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One GeoPackage with every layer in the handover's CRS, tables without places as such.

    Layers that the map draws have the column ``drawn_as``, their style as the default one, and the title as identifier;
    columns have their titles as aliases. The same input gives the same bytes. Raises
    ``pyogrio.errors.DataSourceError`` where GDAL cannot write.
    """
    import pyogrio

    # For the whole process: no GeoPackage of ours carries the time of its writing, and none is written in its place,
    # so that nothing need wait for the disk.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": MOMENT, "OGR_SQLITE_SYNCHRONOUS": "OFF"})
    with tempfile.TemporaryDirectory(prefix="gpkg-") as folder:
        path = Path(folder) / f"{handover.stem}.gpkg"
        columns = {layer.name: _write_layer(path, layer, handover) for layer in layers}
        styled = [layer for layer in layers if layer.drawing is not None]
        _write_table(path, STYLES, _styles(styled, columns, handover), handover, fid="id")
        items = pd.DataFrame(about_rows(handover), columns=["item", "value"], dtype=object)
        _write_table(path, ABOUT, items, handover)
        _write_aliases(path, layers, columns, handover)
        content = path.read_bytes()
    return Written({path.name: content})


def column_names(layer: ResultLayer) -> dict[str, str]:
    """The columns of a layer in the file, each with its name in the table."""
    given = [str(name) for name in layer.drawn]
    return dict(zip(distinct_names(given, taken=[FID, GEOMETRY]), given, strict=True))


def _write_layer(path: Path, layer: ResultLayer, handover: Handover) -> dict[str, str]:
    columns = column_names(layer)
    table = layer.drawn.set_axis(list(columns), axis="columns")
    if layer.geometry_type is not None:
        table = gpd.GeoDataFrame(table, geometry=layer.shapes(handover.crs), crs=handover.crs)
    description = " ".join([layer.title, *about_lines(handover)[1:2]])
    options = {"IDENTIFIER": _identifier(layer), "DESCRIPTION": description, "FID": FID}
    _write(path, layer.name, table, handover, options, layer.geometry_type)
    return columns


def _identifier(layer: ResultLayer) -> str:
    """The title with the name behind, as no two identifiers of a file may be alike."""
    return f"{layer.title} {layer.name}"


def _write_table(path: Path, name: str, table: pd.DataFrame, handover: Handover, *, fid: str = FID) -> None:
    _write(path, name, table, handover, {"FID": fid}, None)


def _write(
    path: Path,
    name: str,
    table: pd.DataFrame,
    handover: Handover,
    options: dict[str, str],
    geometry_type: str | None,
) -> None:
    import pyogrio

    placed = {} if geometry_type is None else {"geometry_type": geometry_type}
    new: dict[str, Any] = {}
    if not path.exists():
        new = {"dataset_options": {"VERSION": VERSION}, "dataset_metadata": {"about": about_json(handover)}}
    if geometry_type is not None:
        options = options | {"GEOMETRY_NAME": GEOMETRY}
    pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", layer_options=options, **placed, **new)


def _styles(
    layers: Sequence[ResultLayer], columns: dict[str, dict[str, str]], handover: Handover
) -> pd.DataFrame:
    """The table in which QGIS looks for styles; one default style for each layer."""
    count = len(layers)
    texts = {
        "f_table_catalog": [""] * count,
        "f_table_schema": [""] * count,
        "f_table_name": [layer.name for layer in layers],
        "f_geometry_column": [GEOMETRY] * count,
        "styleName": [layer.name for layer in layers],
        "styleQML": [qml(layer, handover.language, columns[layer.name]) for layer in layers],
        "styleSLD": [""] * count,
    }
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in texts.items()})
    last = {name: pd.Series([""] * count, dtype=object) for name in ("owner", "ui")}
    return table.assign(
        useAsDefault=pd.Series([True] * count, dtype=bool),
        description=pd.Series([layer.title for layer in layers], dtype=object),
        **last,
        update_time=pd.Series([pd.Timestamp(WRITTEN)] * count, dtype="datetime64[ms]"),
    )


def _write_aliases(
    path: Path, layers: Sequence[ResultLayer], columns: dict[str, dict[str, str]], handover: Handover
) -> None:
    """The titles of columns where the standard has them (its extension ``schema``), for readers other than QGIS."""
    rows = []
    for layer in layers:
        titles = {
            column: title
            for column, name in columns[layer.name].items()
            if (title := field_title(handover.language, layer.name, name))
        }
        names = distinct_names(
            list(titles.values())
        )  # the standard wants short names that differ, and titles
        rows += [
            (layer.name, column, name, title)
            for (column, title), name in zip(titles.items(), names, strict=True)
        ]
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(_DATA_COLUMNS)
        file.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
            "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, "
            "CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
        )
        file.execute(
            "INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, ?, ?, ?)", _SCHEMA_EXTENSION
        )
        file.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)", rows
        )
