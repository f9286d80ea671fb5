"""A result as FlatGeobuf: one layer a file, read from a web server piece by piece."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from geo.about_words import about_json
from geo.result_layer import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.result_layer import Handover, ResultLayer


def flatgeobufs(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """One file for every layer that has places, in the handover's CRS; its title is that of the layer, its
    description the JSON of what it rests on.

    With a spatial index, which puts the rows into another order; without one where a row has no place, as the
    format does not index these.
    """
    return Written({
        f"{layer.name}.fgb": _one(layer, handover) for layer in layers if layer.geometry_type is not None
    })  # fmt: skip


def _one(layer: ResultLayer, handover: Handover) -> bytes:
    import pyogrio

    shapes = layer.shapes(handover.crs)
    indexed = not shapely.is_missing(shapes).any()
    frame = gpd.GeoDataFrame(layer.drawn, geometry=shapes, crs=handover.crs)
    with tempfile.TemporaryDirectory(prefix="fgb-") as folder:
        path = Path(folder) / f"{layer.name}.fgb"
        pyogrio.write_dataframe(
            frame, path, driver="FlatGeobuf", geometry_type=layer.geometry_type,
            layer_options={
                "SPATIAL_INDEX": "YES" if indexed else "NO", "TITLE": layer.title,
                "DESCRIPTION": about_json(handover), "TEMPORARY_DIR": folder,
            },
        )  # fmt: skip
        return path.read_bytes()
