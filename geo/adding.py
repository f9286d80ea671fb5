"""Bring a file into a county folder as one of its layers: renamed, translated, checked, written whole or
not."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.cells import STATUSES, as_text
from geo.county import problems_with
from geo.county_checks import limited
from geo.crs import shapes_of
from geo.layers import LAYERS, LayerRows, check_rows
from geo.official_names import official_column, with_official_names
from geo.problems import Problem, problem
from geo.read_shapes import mixed_kinds
from geo.source_report import source_report
from geo.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo.crs import Shapes
    from geo.layers import Layer

DECIMALS = 7
"""Of degrees in what is written: about a centimetre."""
UNITS: Mapping[str, tuple[str, float]] = MappingProxyType({
    "gpm": ("flow_lps", 3.785411784 / 60), "l/min": ("flow_lps", 1 / 60), "m3/h": ("flow_lps", 1 / 3.6),
    "psi": ("pressure_mpa", 0.006894757293168), "kpa": ("pressure_mpa", 0.001), "bar": ("pressure_mpa", 0.1),
    "inch": ("dn_mm", 25.4), "m2": ("area_mu", 15 / 10_000), "ha": ("area_mu", 15.0), "m3": ("tank_l", 1000.0),
})  # fmt: skip
"""Units a file may use instead of ours: the column they belong to and our units in one of theirs. A gallon is
the American one."""


@dataclass(frozen=True)
class AddReport:
    """What came of adding a file: ``path`` is what was written, ``None`` where an error among ``problems``
    kept it from being written; ``rows`` is how many rows stand in it."""

    layer: str
    path: Path | None
    rows: int
    problems: tuple[Problem, ...]


def add_layer(
    county_folder: Path,
    file: Path,
    layer: str,
    *,
    source_crs: str | None = None,
    fields: Mapping[str, str] | None = None,
    statuses: Mapping[str, str] | None = None,
    make_ids: bool = False,
) -> AddReport:
    """Write ``file`` as ``<layer>.geojson`` (WGS84, 7 decimals) into its folder of the county, or say why
    not.

    ``fields``: our column → theirs; ``"HYDRANT_GPM [gpm]"`` converts from a unit of :data:`UNITS`,
    ``"=in_use"``
    gives every row that value. ``statuses``: their status → one of ours, the empty text for rows without
    one; the printed word is kept. The official identifiers of :mod:`geo.official_names` are known without either,
    but for the meaning of their codes. ``make_ids`` numbers the rows whose id is empty or repeated. All columns of
    the file are kept. An older ``<layer>.geojson`` is replaced; a layer file of another kind must be moved
    away first. Raises ``KeyError`` for a layer that does not exist.
    """
    kind = LAYERS[layer]
    found = _folder_problems(county_folder, kind)
    rows = read_rows(
        file, file=file.name, layer=layer, source_crs=source_crs, place_columns=_place_columns(fields or {})
    )
    table = _renamed(
        rows.table, _with_state(rows.table, kind, fields or {}, statuses or {}), file.name, found
    )
    table = with_official_names(kind, table, file.name, found)
    table = _translated(table, statuses or {}, file.name, found)
    if make_ids:
        table = _numbered(table, kind, file.name, found)
    if "source" in kind.names and len(table):
        table = _with_source(table, file.name)
    checked = check_rows(kind, replace(rows, table=table), file.name)
    found += [*checked.problems, *mixed_kinds(rows.geometry, file.name)]
    if not _fatal(found):
        found += [*source_report(checked), *problems_with(county_folder, checked)]
    shown = tuple(limited(found))
    if _fatal(found):
        return AddReport(layer, None, 0, shown)
    path = county_folder / kind.folder / f"{layer}.geojson"
    _write(path, checked)
    return AddReport(layer, path, len(checked.table), shown)


def _place_columns(fields: Mapping[str, str]) -> tuple[str, ...] | None:
    """The file's columns that were named for ``lon`` and ``lat``; None to look for them."""
    return (fields["lon"], fields["lat"]) if {"lon", "lat"} <= fields.keys() else None


def _with_state(
    table: pd.DataFrame, layer: Layer, fields: Mapping[str, str], statuses: Mapping[str, str]
) -> Mapping[str, str]:
    """Our columns → theirs; states to translate are those of the official column where there is no other."""
    official = official_column(layer, table, "status_as_printed")
    named = "status" in fields or "status" in table or official is None or not statuses
    return fields if named else {**fields, "status": str(official)}


def _fatal(found: list[Problem]) -> bool:
    return any(not each.warning for each in found)


def _folder_problems(folder: Path, layer: Layer) -> list[Problem]:
    if not folder.is_dir():
        return [problem("folder_missing", file=str(folder))]
    inside = folder / layer.folder
    others = sorted(path.name for path in inside.glob(f"{layer.name}.*")) if inside.is_dir() else []
    others = [name for name in others if not name.endswith((".geojson", ".md", ".tmp"))]
    return [problem("layer_there", file=f"{layer.folder}/{name}", layer=layer.name) for name in others]


def _renamed(table: pd.DataFrame, fields: Mapping[str, str], file: str, found: list[Problem]) -> pd.DataFrame:
    """Our columns from theirs; what stood under one of our names before is kept as ``file_<name>``."""
    wanted = {ours: _parts(theirs) for ours, theirs in fields.items()}
    used = {name for name, _ in wanted.values()}
    columns = {
        (f"file_{name}" if name in wanted else str(name)): table[name]
        for name in table.columns
        if name not in used or name in wanted
    }
    for ours, (theirs, unit) in wanted.items():
        if theirs.startswith("="):
            columns[ours] = _column([theirs[1:] or None] * len(table))
        elif theirs not in table:
            have = ", ".join(map(str, table.columns))[:200]
            found.append(problem("column_missing", file=file, field=theirs, have=have))
        elif unit and UNITS.get(unit, ("", 0.0))[0] != ours:
            known = ", ".join(f"{name} ({column})" for name, (column, _) in UNITS.items())
            found.append(problem("unit_unknown", file=file, field=ours, value=unit, known=known))
        else:
            columns[ours] = _column([_converted(value, unit) for value in table[theirs]])
    return pd.DataFrame(columns, table.index)


def _column(values: list[Any]) -> pd.Series[Any]:
    """Values as they are; pandas on its own turns ``None`` into NaN."""
    return pd.Series(values, pd.RangeIndex(len(values)), dtype=object)


def _parts(theirs: str) -> tuple[str, str]:
    name, _, unit = theirs.strip().removesuffix("]").rpartition(" [")
    return (name.strip(), unit.strip().lower()) if name and theirs.strip().endswith("]") else (theirs, "")


def _converted(value: Any, unit: str) -> Any:
    if not unit or value is None or isinstance(value, bool):
        return value
    try:
        return float(value) * UNITS[unit][1]
    except (TypeError, ValueError, OverflowError):
        return value  # the check of the column says that it is not a number


def _translated(
    table: pd.DataFrame, statuses: Mapping[str, str], file: str, found: list[Problem]
) -> pd.DataFrame:
    known = ", ".join(STATUSES)
    found += [
        problem("status_unknown", file=file, field="status", value=ours, known=known)
        for ours in statuses.values()
        if ours not in STATUSES
    ]
    if not statuses or "status" not in table:
        if statuses:
            have = ", ".join(map(str, table.columns))[:200]
            found.append(problem("column_missing", file=file, field="status", have=have))
        return table
    printed = table["status"]
    status = [statuses.get("" if value is None else str(value), value) for value in printed]
    changed = table.assign(status=_column(status))
    return changed if "status_as_printed" in table else changed.assign(status_as_printed=printed)


def _numbered(table: pd.DataFrame, layer: Layer, file: str, found: list[Problem]) -> pd.DataFrame:
    """Ids for the rows that have none of their own, with one warning for the empty and one for the
    repeated."""
    if len(layer.key) != 1:
        return table
    key = layer.key[0]
    ids = table[key].tolist() if key in table else [None] * len(table)
    own = _column([None if value is None or value == "" else as_text(value) for value in ids])
    empty = own.isna().to_numpy()
    if "section_id" in table and layer.name == "hydrants":
        empty &= table["section_id"].isna().to_numpy()
    again = own.duplicated().to_numpy() & own.notna().to_numpy()
    taken, made = set(own.dropna()), list(ids)
    number = 0
    for row in np.flatnonzero(empty | again).tolist():
        number += 1
        while f"{layer.name}-{number}" in taken:
            number += 1
        made[row] = f"{layer.name}-{number}"
    for code, which in (("ids_made_empty", empty), ("ids_made_repeated", again)):
        if which.any():
            found.append(problem(code, file=file, field=key, warning=True, count=int(which.sum())))
    return table.assign(**{key: _column(made)})


def _with_source(table: pd.DataFrame, file: str) -> pd.DataFrame:
    given = table["source"].tolist() if "source" in table else [None] * len(table)
    return table.assign(source=_column([file if value is None else value for value in given]))


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


def _write(path: Path, rows: LayerRows) -> None:
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
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
