"""What each layer of a county must hold, and everything that is wrong with a table that should hold it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.cells import CLOCK_ZERO, KNOWN, NUMBERS, READ, short
from geo.crs import shapes_of
from geo.official_names import with_official_names
from geo.plan import TEXTS, plan_problems
from geo.positions import position_problems, read_places
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.crs import Shapes
    from geo.tables import FileRows

CLASS_RADIUS_M = {"P1": 20.0, "P2": 40.0, "P3": 250.0, "P5": 1000.0}
"""How far from coordinates of this class the thing itself may be; P4 and P6 are shapes and need words."""
MAX_COUNT = 10_000
"""Hydrants one section may hold; more is a slip of the pen."""
_POINTS = frozenset({"Point"})
_LINES = frozenset({"LineString", "MultiLineString"})
_AREAS = frozenset({"Polygon", "MultiPolygon"})
_ABOUT = "name, status:status, status_as_printed, source, source_line"
_POSITION = "location_text, location, position_class:position_class, position_note, unresolved_reason"
_RESERVED = frozenset({"geometry", "shape", "drawn", "bound_shape", "interpolated", "lon", "lat", "wkt"})


@dataclass(frozen=True)
class Column:
    """One column of a layer: ``kind`` is text, number (at least 0), whole, year, date, status,
    position_class, or a list of :data:`geo.cells.KNOWN`."""

    name: str
    kind: str = "text"


@dataclass(frozen=True)
class Layer:
    """What one layer must hold. ``key``: the columns that together are its id."""

    name: str
    folder: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    shapes: frozenset[str] = frozenset()
    """Geometry types allowed; empty: the layer has no places."""
    key_needed: bool = True
    """Whether every row must carry the key."""
    counts_status: bool = False
    """Whether the status decides what is counted, so that a missing one must be said."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the contract columns, key first."""
        return tuple(each.name for each in self.columns)

    @property
    def words_allowed(self) -> bool:
        """Whether a row may give its place in words, or give a reason why it has none."""
        return "location" in self.names


def _columns(key: str, *parts: str) -> tuple[Column, ...]:
    specs = [each.strip().partition(":") for part in (key, *parts) if part for each in part.split(",")]
    return tuple(Column(name, kind or "text") for name, _, kind in specs)


_WATER = "flow_lps:number, checked:date, opens:year"
_MAIN = f"main_form:main_form, dn_mm:number, pressure_mpa:number, residual_mpa:number, outlet, {_WATER}"
"""``dn_mm`` and ``pressure_mpa`` are those of the main; ``residual_mpa`` is what is left, from the ground, while
``flow_lps`` is drawn."""

LAYERS: dict[str, Layer] = {
    each.name: each
    for each in (
        Layer(
            "parcels", "parcels", ("parcel_no",),
            _columns("parcel_no", _ABOUT, _POSITION, "seq:whole, township, holder, area_mu:number, approval",
                     "planned_use, use_code, use_scheme, remark"),
            _AREAS | _POINTS,
        ),
        Layer(
            "sub_blocks", "parcels", ("parcel_no", "block_no"),
            _columns("parcel_no, block_no", _ABOUT, "area_mu:number, approval, remark"),
        ),
        Layer(
            "stations", "stations", ("station_id",),
            _columns("station_id", _ABOUT, _POSITION, "grade, turnout_s:number, site_area_m2:number",
                     "crew:whole, opens:year"),
            _POINTS, counts_status=True,
        ),
        Layer(
            "vehicles", "stations", ("vehicle_id",),
            _columns("vehicle_id", _ABOUT, "station_id, kind, model, tank_l:number, reach_m:number"),
        ),
        Layer(
            "hydrants", "hydrants", ("hydrant_id",),
            _columns("hydrant_id", _ABOUT, _POSITION, "section_id, count:whole, road, from, to, side",
                     "kerb_m:number, wall_m:number", _MAIN),
            _POINTS | _LINES, counts_status=True,
        ),
        Layer(
            "cranes", "hydrants", ("crane_id",), _columns("crane_id", _ABOUT, _POSITION, "road", _MAIN),
            _POINTS, counts_status=True,
        ),
        Layer(
            "sources", "hydrants", ("source_id",),
            _columns("source_id", "kind:source_kind", _ABOUT, _POSITION, "road, volume_m3:number",
                     "access:answer, all_season:answer, season_note", _WATER),
            _POINTS | _LINES | _AREAS, counts_status=True,
        ),
        Layer(
            "places", "places", ("place_id",),
            _columns("place_id", _ABOUT, _POSITION, "kind, former_name, code, township, population:whole"),
            _POINTS, key_needed=False,
        ),
        Layer(
            "targets", "places", ("target_id",),
            _columns("target_id", _ABOUT, "item, value, unit, period, nature"), key_needed=False,
        ),
        Layer("study_area", "places", (), _columns("", _ABOUT), _AREAS),
        Layer("boundary", "places", (), _columns("", _ABOUT), _AREAS),
        Layer(
            "barriers", "places", ("barrier_id",),
            _columns("barrier_id", "kind:barrier", _ABOUT), _LINES | _AREAS, key_needed=False,
        ),
        Layer(
            "plan_check", "plan", ("finding_id",),
            _columns("finding_id", "severity:severity, subject:plan_subject", *TEXTS, "lines, figures, check, source"),
        ),
        Layer(
            "plan_facts", "plan", ("fact_id",),
            _columns("fact_id", "name_zh, name_en, number:number, unit_zh, unit_en, lines, why_zh, why_en, source"),
        ),
    )
}  # fmt: skip
"""The layers a county folder may hold, by name."""


OPTIONAL = frozenset({"barriers", "plan_check", "plan_facts"})
"""Layers a county may well do without: nothing is missing where there is none."""


@dataclass(frozen=True, eq=False)
class LayerRows:
    """A layer as checked: contract columns first (text ``None``, numbers NaN where missing), extra columns
    after.

    ``geometry``: (n,) shapely geometries in WGS84 or ``None``. ``problems``: everything found, in row order.
    """

    layer: Layer
    file: str
    table: pd.DataFrame
    geometry: Shapes
    problems: tuple[Problem, ...]


def blank_columns(layer: Layer, count: int) -> pd.DataFrame:
    """``count`` rows of a layer with every contract column and nothing in them."""
    index = pd.RangeIndex(count)
    return pd.DataFrame(
        {
            each.name: pd.Series(np.full(count, np.nan), index)
            if each.kind in NUMBERS
            else pd.Series([None] * count, index, dtype=object)
            for each in layer.columns
        },
        index,
    )


def _read_columns(layer: Layer, rows: FileRows, file: str, found: list[Problem]) -> pd.DataFrame:
    table = blank_columns(layer, len(rows.table))
    for column in layer.columns:
        if column.name not in rows.table:
            continue
        read = READ[column.kind]
        values: list[Any] = []
        for row, value in enumerate(rows.table[column.name], 1):
            if value is None or value == "":
                values.append(None)
                continue
            try:
                values.append(read(value))
            except ValueError as wrong:
                values.append(None)
                known = KNOWN.get(column.kind, "")
                found.append(
                    problem(
                        str(wrong), file=file, row=row, field=column.name, value=short(value), known=known
                    )
                )
        if column.kind == "date" and (zeros := values.count(CLOCK_ZERO)):
            values = [None if value == CLOCK_ZERO else value for value in values]
            found.append(problem("date_zero", file=file, field=column.name, warning=True, count=zeros))
        kind: Any = float if column.kind in NUMBERS else object
        table[column.name] = pd.Series(values, table.index, dtype=kind)
    for name in rows.table.columns:
        if name in layer.names or name in {"lon", "lat"}:
            continue
        kept = name
        if name in _RESERVED:
            kept = f"file_{name}"
            found.append(problem("column_reserved", file=file, field=name, warning=True, kept=kept))
        table[kept] = rows.table[name]
    return table


def _id_problems(layer: Layer, table: pd.DataFrame, file: str) -> Iterable[Problem]:
    if not layer.key:
        return
    section = (
        table["section_id"] if layer.name == "hydrants" else pd.Series([None] * len(table), dtype=object)
    )
    ids = [tuple(row) for row in table[list(layer.key)].to_numpy(dtype=object)]
    first: dict[tuple[Any, ...], int] = {}
    for row, (key, named) in enumerate(zip(ids, section, strict=True), 1):
        if named is not None:
            continue
        if any(part is None for part in key):
            if layer.key_needed:
                yield problem("id_empty", file=file, row=row, field=", ".join(layer.key))
        elif key in first:
            yield problem(
                "id_repeated", file=file, row=row, field=", ".join(layer.key),
                value=" ".join(key), first=first[key],
            )  # fmt: skip
        else:
            first[key] = row


def _section_problems(table: pd.DataFrame, geometry: Shapes, file: str) -> Iterable[Problem]:
    """A row of the hydrants is one hydrant or a section of ``count``; ids of both kinds must stay apart."""
    taken = {value: row for row, value in enumerate(table["hydrant_id"], 1) if value is not None}
    sections: dict[str, int] = {}
    cells = zip(table["hydrant_id"], table["section_id"], table["count"], geometry, strict=True)
    for row, (hydrant, section, count, shape) in enumerate(cells, 1):
        if section is None:
            if count == count and count != 1:  # noqa: PLR0124 - NaN is a count left out
                yield problem("count_without_section", file=file, row=row, field="count", value=int(count))
            if shape is not None and shape.geom_type != "Point":
                yield problem("geometry_kind", file=file, row=row, value=shape.geom_type, known="Point")
            continue
        if hydrant is not None:
            yield problem("both_ids", file=file, row=row, field="hydrant_id, section_id")
        if section in sections:
            yield problem(
                "id_repeated", file=file, row=row, field="section_id", value=section, first=sections[section]
            )
        sections.setdefault(section, row)
        if not 1 <= count <= MAX_COUNT:
            yield problem("section_count", file=file, row=row, field="count", value=section, limit=MAX_COUNT)
            continue
        if shape is not None and shape.geom_type == "Point":
            yield problem(
                "geometry_kind", file=file, row=row, value="Point", known="LineString, MultiLineString"
            )
        clash = [f"{section}-{n}" for n in range(1, int(count) + 1) if f"{section}-{n}" in taken]
        for name in clash:
            yield problem(
                "id_repeated", file=file, row=taken[name], field="hydrant_id", value=name, first=row
            )


def _kind_problems(layer: Layer, rows: FileRows, file: str) -> Iterable[Problem]:
    """Every barrier and source must say what it is: what is asked of rivers is not asked of walls."""
    known = next(KNOWN[each.kind] for each in layer.columns if each.name == "kind")
    if "kind" not in rows.table:
        have = ", ".join(map(str, rows.table.columns)) or "–"
        yield problem("column_missing", file=file, field="kind", have=short(have))
        return
    for row, value in enumerate(rows.table["kind"], 1):
        if value is None or value == "":
            yield problem("not_in_list", file=file, row=row, field="kind", value="", known=known)


def _own_problems(
    layer: Layer, rows: FileRows, table: pd.DataFrame, shapes: Shapes, file: str
) -> Iterable[Problem]:
    """What only one layer, or one folder of layers, asks for."""
    if layer.name == "hydrants":
        yield from _section_problems(table, shapes, file)
    if layer.name in {"barriers", "sources"}:
        yield from _kind_problems(layer, rows, file)
    if layer.folder == "plan":
        yield from plan_problems(table, rows.table, file)


def check_rows(layer: Layer, rows: FileRows, file: str) -> LayerRows:
    """The layer that these rows make and everything that is wrong with them; ``rows`` is left as it is.

    An id that is empty or repeated, a value that cannot be read, a shape of the wrong kind, a place given
    twice
    or not at all are errors, each with its row; a missing status is one warning and reads ``unknown``.
    """
    found = list(rows.problems)
    rows = replace(rows, table=with_official_names(layer, rows.table, file, found))
    empty = LayerRows(layer, file, blank_columns(layer, 0), shapes_of([]), ())
    wanted = ("hydrant_id", "section_id") if layer.name == "hydrants" else layer.key
    missing = [name for name in wanted if name not in rows.table]
    if len(rows.table) == 0:
        return LayerRows(layer, file, empty.table, empty.geometry, tuple(found))
    if layer.key_needed and missing and not (layer.name == "hydrants" and len(missing) == 1):
        have = ", ".join(map(str, rows.table.columns)) or "–"
        found += [problem("column_missing", file=file, field=name, have=short(have)) for name in missing[:1]]
    table = _read_columns(layer, rows, file, found)
    if not any(each.code == "column_missing" for each in found):
        found += _id_problems(layer, table, file)
    shapes = shapes_of([None] * len(table))
    if layer.shapes:
        shapes, spoiled = read_places(layer, rows, file, found)
        found += position_problems(layer, table, shapes, spoiled, file)
    found += _own_problems(layer, rows, table, shapes, file)
    if layer.counts_status:
        silent = {each.row for each in found if each.code == "status_unknown"}
        left_out = [
            row for row, value in enumerate(table["status"], 1) if value is None and row not in silent
        ]
        if left_out:
            found.append(
                problem("status_missing", file=file, field="status", warning=True, count=len(left_out))
            )
    if "status" in table:
        table["status"] = table["status"].where(table["status"].notna(), "unknown")
    found.sort(key=lambda each: each.row or 0)
    return LayerRows(layer, file, table, shapes, tuple(found))
