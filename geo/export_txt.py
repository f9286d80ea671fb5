"""Parcels as a boundary-point file of the surveyors (勘测定界界址点坐标 TXT), as far as their boundaries are known."""

from __future__ import annotations

from importlib import import_module, util
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from geo.export import json_bytes
from geo.problems import InputError, problem
from geo.result_layer import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo.result_layer import Handover, ResultLayer

LAYERS = frozenset({"parcels"})
"""Layers that have boundaries of land."""
BOUNDARY = "boundary"
"""How a parcel is drawn whose boundary is known; a square of its area is none."""
_WRITER = "geo.boundary_write"


def can_write() -> bool:
    """Whether the program has the writer of such files (``boundary_txt(parcels) -> bytes``)."""
    return util.find_spec(_WRITER) is not None


def with_boundary(table: pd.DataFrame) -> pd.DataFrame:
    """The parcels whose boundary is known."""
    return table[(table["drawn"] == BOUNDARY) & table["geometry"].notna()]


def boundary_files(layers: Sequence[ResultLayer], handover: Handover) -> Written:
    """``parcels.txt`` in the CGCS2000 zone in which the parcels lie, and ``parcels.txt.json``: what it rests on, for
    which the format has no place. A parcel of which only the place and the area are known is left out, and counted in
    a warning, so that nobody takes its square for a survey. Raises :class:`InputError` where no boundary is known."""
    files: dict[str, bytes] = {}
    found = []
    for layer in layers:
        if layer.name not in LAYERS:
            continue
        known = with_boundary(layer.table)
        left_out = len(layer.table) - len(known)
        if known.empty:
            raise InputError([problem("txt_no_boundary", file=f"{layer.name}.txt", count=left_out)])
        if left_out:
            found.append(problem("txt_left_out", file=f"{layer.name}.txt", warning=True, count=left_out))
        writer: Any = import_module(_WRITER)
        files[f"{layer.name}.txt"] = writer.boundary_txt(gpd.GeoDataFrame(known).reset_index(drop=True))
        files[f"{layer.name}.txt.json"] = json_bytes(dict(handover.about))
    return Written(files, tuple(found))
