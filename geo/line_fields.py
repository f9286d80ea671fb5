"""A county's own centre-lines under the names this program knows: which column is which, which class means what."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from geo.cells import as_text, short
from geo.crs import WGS84, old_datum, reproject, split_shift
from geo.network import CLASSES
from geo.problems import InputError, Problem, problem
from geo.streets import NOT_DRIVABLE
from geo.tables import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from geo.tables import FileRows

USUAL_CLASS_COLUMNS = ("class", "fclass", "highway")
"""Columns that hold a street's class, in OpenStreetMap's words, where none is named."""

OTHERWISE = "*"
"""Key of a class map for values it does not name, and for empty cells where it does not name those."""


@dataclass(frozen=True)
class LineFields:
    """Which column of a file holds what; an empty name: the file's column of this program's own name, if any.

    ``way_id`` holds whole numbers. ``class_map``: pairs of a value of the class column and a class of
    :data:`geo.network.CLASSES`, or of :data:`geo.streets.NOT_DRIVABLE` for rows to leave out; the value may be
    empty (cells without one) or :data:`OTHERWISE`.
    """

    name: str = ""
    klass: str = ""
    oneway: str = ""
    bridge: str = ""
    tunnel: str = ""
    layer: str = ""
    way_id: str = ""
    opens: str = ""
    class_map: tuple[tuple[str, str], ...] = ()
    width_m: str = ""
    max_height_m: str = ""
    max_weight_t: str = ""


def class_map(text: str) -> tuple[tuple[str, str], ...]:
    """A class map from ``a=b,c=d`` or the name of a TOML file of such pairs (at its top, or under ``[classes]``).

    Values are compared without regard to case. Raises :class:`InputError` for what is no map, names a value
    twice, or maps to what is no class.
    """
    if text.strip().lower().endswith(".toml"):
        pairs = [(key, str(value)) for key, value in _toml(Path(text.strip())).items()]
    else:
        cells = [each for each in text.split(",") if each.strip()]
        wrong = [each for each in cells if "=" not in each]
        if wrong:
            raise InputError([problem("not_a_pair", field="--class-map", value=each) for each in wrong])
        pairs = [(key, value) for key, _, value in (each.partition("=") for each in cells)]
    pairs = [(_key(key), value.strip().lower()) for key, value in pairs]
    known = ", ".join(CLASSES)
    found = [
        problem("class_map_value", field="--class-map", value=short(value), given=short(key), known=known)
        for key, value in pairs
        if value not in CLASSES and value not in NOT_DRIVABLE
    ]
    counted = Counter(key for key, _ in pairs)
    found += [
        problem("class_map_twice", field="--class-map", given=short(k)) for k, n in counted.items() if n > 1
    ]
    if found:
        raise InputError(found)
    return tuple(pairs)


def _toml(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise InputError([problem("build_no_file", file=str(path))])
    text = text_of(path.read_bytes())
    if text is None:
        raise InputError([problem("not_text", file=path.name)])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([problem("not_toml", file=path.name, detail=str(error)[:200])]) from error
    table = data.get("classes", data)
    return table if isinstance(table, dict) else {"classes": table}


def _key(value: Any) -> str:
    text = as_text(value).lower()
    whole = text.removesuffix(".0")
    return whole if whole.lstrip("-").isdigit() else text


def named_lines(rows: FileRows, given: LineFields, file: str) -> gpd.GeoDataFrame:
    """The rows of a file under the columns that :func:`geo.roads.extract_lines` knows, in the file's CRS.

    A class map makes ``class`` out of what then stands in ``class_given``, and ``class_guessed`` for rows that
    only :data:`OTHERWISE` covers; what it does not cover stays as it stands. Lines in a shifted system are put into
    WGS84. Raises :class:`InputError` for columns that are not there, for ids that are no whole numbers where their
    column was named, and for lines on an old datum.
    """
    assert rows.geometry is not None  # noqa: S101 - the caller has seen to it
    found = _missing(rows.table, given, file)
    if rows.crs is not None and (datum := old_datum(rows.crs)):
        found.append(problem("old_datum", file=file, field="geometry", value=datum))
    if found:
        raise InputError(found)
    table = rows.table.copy()
    for own, theirs in _named(given).items():
        table[own] = rows.table[theirs]
    if "class" not in table:
        usual = next((name for name in USUAL_CLASS_COLUMNS if name in rows.table), None)
        table["class"] = rows.table[usual] if usual else None
    if given.way_id:
        found = _not_whole(table["way_id"].tolist(), given.way_id, file)
        if found:
            raise InputError(found)
    if given.class_map:
        table["class_given"] = table["class"]
        table["class"], guessed = _mapped(table["class"].tolist(), dict(given.class_map))
        table["class_guessed"] = guessed
    if rows.crs is not None and split_shift(rows.crs)[0]:
        return gpd.GeoDataFrame(table, geometry=reproject(rows.geometry, rows.crs, WGS84), crs=WGS84)
    return gpd.GeoDataFrame(table, geometry=rows.geometry, crs=rows.crs)


def _named(given: LineFields) -> dict[str, str]:
    """The file's column for each of ours that was named."""
    columns = {each.name: getattr(given, each.name) for each in fields(given) if each.name != "class_map"}
    return {{"klass": "class"}.get(own, own): theirs for own, theirs in columns.items() if theirs}


def _missing(table: pd.DataFrame, given: LineFields, file: str) -> list[Problem]:
    have = ", ".join(table.columns)
    found = [
        problem("column_not_there", file=file, field=theirs, have=have)
        for theirs in _named(given).values()
        if theirs not in table
    ]
    if given.class_map and not given.klass and not set(USUAL_CLASS_COLUMNS) & set(table.columns):
        found.append(problem("class_map_no_column", file=file, field="--class-map", have=have))
    return found


def _not_whole(values: list[Any], column: str, file: str) -> list[Problem]:
    def whole(value: Any) -> bool:
        text = as_text(value)
        return text.isascii() and text.isdigit() and 0 < int(text) < 2**63

    return [
        problem("roads_id_not_whole", file=file, row=row, field=column, value=short(value))
        for row, value in enumerate(values, start=1)
        if value is None or not whole(value)
    ][:20]


def _mapped(values: list[Any], classes: Mapping[str, str]) -> tuple[list[Any], list[bool]]:
    """Classes by the map, and whether only its rule for the rest said so."""
    mapped, guessed = [], []
    for value in values:
        key = "" if value is None else _key(value)
        rest = key not in classes and OTHERWISE in classes
        mapped.append(classes.get(key, classes.get(OTHERWISE, value)))
        guessed.append(rest)
    return mapped, guessed
