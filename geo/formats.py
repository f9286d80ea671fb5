"""The formats results are handed on in, each with the function that writes it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd

from geo.export import geojson_bytes, zip_bytes
from geo.export_fgb import flatgeobufs
from geo.export_gpkg import geopackage
from geo.export_kml import kmls
from geo.export_sheets import csvs, workbook
from geo.export_shp import shapefiles
from geo.export_txt import LAYERS, boundary_files, can_write
from geo.result_layer import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geo.result_layer import Handover, ResultLayer


@dataclass(frozen=True)
class Format:
    """One format. ``places_only``: tables without places are left out. ``one_file``: all layers go into one file,
    else each has its own. ``any_crs``: written in the handover's CRS, else in WGS84. ``mime``: of one layer's file.
    ``layers``: the only ones it is for; None: any."""

    write: Callable[[Sequence[ResultLayer], Handover], Written]
    mime: str
    places_only: bool = True
    one_file: bool = False
    any_crs: bool = False
    layers: frozenset[str] | None = None

    def holds(self, layer: ResultLayer) -> bool:
        """Whether a layer can be written in the format at all."""
        return self.holds_table(layer.name, placed=bool(layer.shape))

    def holds_table(self, name: str, *, placed: bool) -> bool:
        """The same of a table by its name and whether it has places."""
        return (placed or not self.places_only) and (self.layers is None or name in self.layers)


def geojsons(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One FeatureCollection (RFC 7946) for every layer that has places."""
    return Written(
        {
            f"{layer.name}.geojson": geojson_bytes(gpd.GeoDataFrame(layer.table), handover.about)
            for layer in layers
            if layer.shape
        }
    )


FORMATS: Mapping[str, Format] = MappingProxyType({
    "geojson": Format(geojsons, "application/geo+json"),
    "gpkg": Format(geopackage, "application/geopackage+sqlite3", places_only=False, one_file=True, any_crs=True),
    "shp": Format(shapefiles, "application/zip", one_file=True, any_crs=True),
    "kml": Format(kmls, "application/vnd.google-earth.kml+xml"),
    "fgb": Format(flatgeobufs, "application/octet-stream", any_crs=True),
    "csv": Format(csvs, "text/csv", places_only=False),
    "xlsx": Format(
        workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", places_only=False, one_file=True
    ),
} | ({"txt": Format(boundary_files, "text/plain", layers=LAYERS)} if can_write() else {}))  # fmt: skip
"""Every format by its name on the command line; boundary-point files where the program can write them."""


def packed(written: Written, name: str) -> tuple[str, bytes]:
    """Name and content of the one file that holds everything written: the file itself where there is one alone,
    else a zip."""
    if len(written.files) == 1:
        return next(iter(written.files.items()))
    return f"{name}.zip", zip_bytes(written.files)
