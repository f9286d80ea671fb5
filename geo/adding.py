"""Bring a file into a county folder as one of its layers: looked over, then written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.county_checks import limited
from geo.crs import shapes_of
from geo.field_memory import remember
from geo.file_report import check_file
from geo.layer_history import layer_files, put_in_place
from geo.layers import LAYERS
from geo.problems import problem
from geo.rejected import rejected_csv, rejected_table, wrong_and_mend
from geo.translation import FileChoices
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from geo.crs import Shapes
    from geo.file_report import FileReport
    from geo.layers import Layer, LayerRows
    from geo.problems import Problem
    from geo.rejected import Said

DECIMALS = 7
"""Of degrees in what is written: about a centimetre."""
REJECTED = "rejected"
"""Folder of a county in which the rows left out of each layer stand, as CSV."""


@dataclass(frozen=True, eq=False)
class AddReport:
    """What came of adding a file: ``path`` is what was written, ``None`` where something among ``problems`` kept it
    from being written; ``rows`` is how many rows stand in it, ``rejected`` the table of the others, if any; ``seen``
    is all that is known of the file."""

    layer: str
    path: Path | None
    rows: int
    problems: tuple[Problem, ...]
    rejected: Path | None
    seen: FileReport


def add_layer(
    county_folder: Path,
    file: Path,
    layer: str,
    choices: FileChoices | None = None,
    *,
    language: str = LANGUAGES[0],
    name: str = "",
    said: Said = wrong_and_mend,
) -> AddReport:
    """Write ``file`` as ``<layer>.geojson`` (WGS84, 7 decimals) into its folder of the county, or say why not.

    The file is read as :func:`geo.file_report.check_file` has it. Nothing is written while there is any error, unless
    ``choices`` leaves bad rows out: then the others are written, and those as ``rejected/<layer>.csv`` in
    ``language``. All columns of the file are kept. What was the layer before is kept for
    :func:`geo.layer_history.undo_layer`; one of another kind must be moved away first, or set aside by consent. How
    the columns were read is remembered for files with the same ones. ``name`` is what the file is called where that is
    not the name it has on the disk; ``said`` puts what is wrong with a row into words. Raises ``KeyError`` for a layer
    that does not exist, :class:`InputError` for a county that is not there and for streets.
    """
    choices = choices or FileChoices()
    seen = check_file(file, layer, county_folder, choices, name=name)
    kind = LAYERS[layer]
    in_the_way = [] if choices.replace else _others_there(county_folder, kind)
    if in_the_way or seen.refusals:
        extra = [each for each in seen.refusals if each not in seen.problems]
        shown = tuple(limited([*in_the_way, *extra, *seen.problems]))
        return AddReport(layer, None, 0, shown, None, seen)
    path = county_folder / kind.folder / f"{layer}.geojson"
    _write(county_folder, kind, path, seen.kept)
    rejected = _write_rejected(county_folder, seen, language, said)
    if choices.remember:
        columns = map(str, seen.given.table.columns)
        remember(county_folder, layer, columns, seen.file, choices, seen.read)
    return AddReport(layer, path, len(seen.kept.table), tuple(limited(seen.problems)), rejected, seen)


def _others_there(folder: Path, layer: Layer) -> list[Problem]:
    """Files of another kind that are the layer now."""
    others = [each.name for each in layer_files(folder, layer) if each.suffix != ".geojson"]
    return [problem("layer_there", file=f"{layer.folder}/{name}", layer=layer.name) for name in others]


def _write_rejected(folder: Path, seen: FileReport, language: str, said: Said) -> Path | None:
    """The rows that were left out; an older table goes where every row was taken."""
    path = folder / REJECTED / f"{seen.layer}.csv"
    if not seen.rejected:
        path.unlink(missing_ok=True)
        return None
    table = rejected_table(seen.given, seen.rejected, seen.theirs, language, said)
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    try:
        unfinished.write_bytes(rejected_csv(table))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _rounded(shapes: Shapes) -> Shapes:
    """Coordinates to :data:`DECIMALS`; a shape that this would break keeps its own."""
    rounded = np.asarray(shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS)), dtype=object)
    broken = ~np.asarray(shapely.is_valid(rounded), dtype=bool) & ~shapely.is_missing(rounded)
    return shapes_of(np.where(broken, shapes, rounded).tolist())


def _json_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if np.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def _write(county: Path, layer: Layer, path: Path, rows: LayerRows) -> None:
    """The layer as GeoJSON, whole or not at all; columns in which nothing stands are left out."""
    table = rows.table.dropna(axis="columns", how="all")
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    features = [
        {
            "type": "Feature",
            "properties": {str(name): _json_value(value) for name, value in record.items()},
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for record, shape in zip(records, _rounded(rows.geometry), strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            json.dump(
                {"type": "FeatureCollection", "features": features}, file, ensure_ascii=False, allow_nan=False
            )
        put_in_place(county, layer, unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
