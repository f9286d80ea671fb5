"""A result as it is handed on in any format: its table, its words, and how the map draws it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84, crs_name, reproject, shapes_of
from geo.export import plain_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.crs import Shapes
    from geo.map_style import Style
    from geo.problems import Problem

GEOMETRY_TYPES = MappingProxyType({"point": "Point", "line": "MultiLineString", "area": "MultiPolygon"})
"""The one geometry type of each shape, so that a layer has the same type whatever is in it."""
KIND_COLUMN = "drawn_as"
"""The column that says how the map draws a row, in formats that carry a style."""
_DIMENSIONS = MappingProxyType({"point": 0, "line": 1, "area": 2})
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML, a database or UTF-8 cannot hold."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """How the map draws a table.

    ``kinds`` (n,): of each row the kind, a key of ``styles`` and ``labels``; None where it is not drawn.
    ``labels``: the legend's word of every kind that is drawn, in its order. ``signs``: of kinds of areas, the sign
    that stands in the middle of each.
    """

    kinds: NDArray[np.object_]
    styles: Mapping[str, Style]
    labels: Mapping[str, str]
    signs: Mapping[str, Style] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ResultLayer:
    """One table with its title in the reader's language. Not to be written into.

    ``shape``: ``point``, ``line`` or ``area``, the kind of its column ``geometry`` (in the frame's CRS; None where a
    row has no place); empty for a table without places. Other geometry columns are no part of a file.
    """

    name: str
    title: str
    table: pd.DataFrame
    shape: str = ""
    drawing: Drawing | None = None

    @cached_property
    def columns(self) -> pd.DataFrame:
        """The table's columns as every format can hold them (:func:`plain_columns`); not to be written into."""
        return plain_columns(self.table, taken=[] if self.drawing is None else [KIND_COLUMN])

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """The same with :data:`KIND_COLUMN` behind, where the map draws the layer."""
        if self.drawing is None:
            return self.columns
        kinds = pd.Series(self.drawing.kinds, self.columns.index, dtype=object)
        return self.columns.assign(**{KIND_COLUMN: kinds})

    @property
    def geometry_type(self) -> str | None:
        """The geometry type of every row; None for a table without places."""
        return GEOMETRY_TYPES.get(self.shape)

    def shapes(self, crs: str) -> Shapes:
        """(n,) geometries in a CRS, lines and areas as multi-geometries, None where a row has no place.

        Raises ``ValueError`` where one is not of the layer's shape.
        """
        frame: Any = self.table
        given = np.asarray(frame.geometry.array, dtype=object)
        there = ~(shapely.is_missing(given) | shapely.is_empty(given))
        if (shapely.get_dimensions(given[there]) != _DIMENSIONS[self.shape]).any():
            raise ValueError(f"{self.name} holds geometries that are no {self.shape}")
        found = shapes_of([None] * len(given))
        found[there] = reproject(given[there], crs_name(frame.crs) or WGS84, crs)
        if self.shape == "point":
            return found
        multi = shapely.multilinestrings if self.shape == "line" else shapely.multipolygons
        single = there & np.isin(shapely.get_type_id(found), (1, 3))
        found[single] = [multi([each]) for each in found[single]]
        return found


@dataclass(frozen=True)
class Handover:
    """What goes with every file: what it rests on, the reader's language, the CRS of formats that may have another
    than WGS84, and the name of files that hold several layers."""

    about: Mapping[str, Any]
    language: str = "zh"
    crs: str = WGS84
    stem: str = "results"


@dataclass(frozen=True)
class Written:
    """Files by name, and what had to be changed for their format."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


def printable(text: str) -> str:
    """A text without the characters that no format can hold; each is replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def plain_columns(table: pd.DataFrame, *, taken: Collection[str] = ()) -> pd.DataFrame:
    """The table's columns without geometry as every format can hold them: texts (object, None where there is none),
    ``float64``, ``Int64`` and ``boolean``; lists as JSON, nothing for an empty list or text. Names are printable,
    no two are alike, and none is one of ``taken``."""
    columns = [table[name] for name in table.columns if table[name].dtype != "geometry"]
    names = distinct_names([printable(str(each.name)) for each in columns], taken=taken)
    plain = [_plain_column(each) for each in columns]
    return pd.DataFrame(dict(zip(names, plain, strict=True)), table.index)


def _plain_column(column: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("boolean")
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.astype("Int64")
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        return pd.Series(np.where(np.isfinite(numbers), numbers, np.nan), column.index)
    values = [plain_value(each) for each in column.astype(object)]
    kinds = {type(each) for each in values if each is not None}
    if kinds == {bool}:
        return pd.Series(values, column.index, dtype="boolean")
    if kinds == {int} and all(abs(each) < 2**63 for each in values if each is not None):
        return pd.Series(values, column.index, dtype="Int64")
    if kinds and kinds <= {int, float}:
        return pd.Series([np.nan if each is None else float(each) for each in values], column.index)
    return pd.Series([_plain_text(each) for each in values], column.index, dtype=object)


def _plain_text(value: Any) -> str | None:
    if value is None or value in ("", []):
        return None
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def distinct_names(
    names: Sequence[str], *, taken: Collection[str] = (), length: int | None = None
) -> list[str]:
    """The names with numbers behind those that differ from an earlier one, or from one that is ``taken``, in the
    size of letters alone; where ``length`` is given, cut to so many bytes of UTF-8."""
    used = {each.casefold() for each in taken}
    found = []
    for name in names:
        one, number = cut_text(name, length), 1
        while one.casefold() in used:
            number += 1
            end = f"_{number}"
            one = cut_text(name, None if length is None else length - len(end)) + end
        used.add(one.casefold())
        found.append(one)
    return found


def cut_text(text: str, length: int | None) -> str:
    """The text's beginning that fits into so many bytes of UTF-8, whole characters only."""
    if length is None or len(text) * 4 <= length:
        return text
    return text.encode()[:length].decode(errors="ignore")


def points_in_degrees(layer: ResultLayer) -> pd.DataFrame:
    """``lon`` and ``lat`` (WGS84, 7 decimals, NaN where a row has no place) of a layer of points, on its index; no
    columns of any other."""
    if layer.shape != "point":
        return pd.DataFrame(index=layer.table.index)
    shapes = layer.shapes(WGS84)
    columns = {"lon": shapely.get_x(shapes), "lat": shapely.get_y(shapes)}
    return pd.DataFrame({name: np.round(each, 7) for name, each in columns.items()}, layer.table.index)
