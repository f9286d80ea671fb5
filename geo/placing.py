"""The place of each row, from its coordinates or from words, and the shape in which it may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84, reproject, shapes_of
from geo.layers import CLASS_RADIUS_M, MAX_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.crs import Shapes
    from geo.layers import LayerRows
    from geo.locate import Located
    from geo.network import Network

M2_PER_MU = 10000 / 15
"""1 亩 in square metres."""


_NEAR = frozenset({"P0", "P1", "P2", "P3"})
"""Classes whose shape is the place of a point, with no room for the extent of a parcel."""


class Words:
    """Looks up expressions on one county's streets and places; prepared at the first expression it meets."""

    def __init__(
        self, network: Network | None, places: gpd.GeoDataFrame, aliases: Mapping[str, Sequence[str]]
    ) -> None:
        self._inputs = (network, places, aliases)
        self._gazetteer: Any = None

    @property
    def gazetteer(self) -> Any:
        """The names of the county's streets and places, as :mod:`geo.locate` reads them."""
        if self._gazetteer is None:
            from geo.locate import gazetteer

            self._gazetteer = gazetteer(*self._inputs)
        return self._gazetteer

    def locate(self, expression: str, area_m2: float | None = None) -> Located:
        """Where an expression says something is, in the county's CRS."""
        from geo.locate import locate

        return locate(expression, self.gazetteer, area_m2=area_m2)


def _frame(rows: LayerRows, crs: str, table: pd.DataFrame, shapes: Mapping[str, Shapes]) -> gpd.GeoDataFrame:
    ordered = [*rows.layer.names, *(name for name in table.columns if name not in rows.layer.names)]
    frame = gpd.GeoDataFrame(
        table[ordered], geometry=gpd.GeoSeries(shapes["geometry"], table.index, crs=crs), crs=crs
    )
    for name, values in shapes.items():
        if name != "geometry":
            frame[name] = gpd.GeoSeries(values, table.index, crs=crs)
    return frame


def _may_lie(place: Any, position_class: str | None) -> Any:
    radius = CLASS_RADIUS_M.get(position_class or "P0")
    return place if radius is None else place.buffer(radius)


def place_rows(rows: LayerRows, crs: str, words: Words) -> gpd.GeoDataFrame:
    """The layer with ``geometry``, ``shape``, ``position_class`` and ``unresolved_reason`` of every row.

    Columns as in ``rows``, RangeIndex, geometry in ``crs``. Coordinates are P0 unless the row says otherwise;
    then the shape is the disc of that class. A row without a place keeps its reason, ``no_position`` where it
    has none. ``reason_values`` fill the text ``location.<reason>``; ``position_caution`` is the code of a
    caution about a place found from words, with the same values.
    """
    table = rows.table.copy()
    geometry = reproject(rows.geometry, WGS84, crs)
    shape = shapes_of([None] * len(table))
    classes, reasons = table["position_class"].tolist(), table["unresolved_reason"].tolist()
    values: list[tuple[tuple[str, object], ...]] = [()] * len(table)
    cautions: list[str | None] = [None] * len(table)
    areas = table["area_mu"] * M2_PER_MU if "area_mu" in rows.layer.names else pd.Series(np.nan, table.index)
    for row, (place, expression, area) in enumerate(zip(geometry, table["location"], areas, strict=True)):
        if place is not None:
            classes[row], reasons[row] = classes[row] or "P0", None
            shape[row] = _may_lie(place, classes[row])
        elif expression is not None:
            found = words.locate(expression, None if np.isnan(area) else float(area))
            geometry[row], shape[row] = found.geometry, found.shape
            classes[row] = found.position_class or classes[row]
            reasons[row] = found.reason if found.geometry is None else None
            values[row], cautions[row] = found.reason_values, found.note
        if geometry[row] is None:
            reasons[row] = reasons[row] or "no_position"
    table["reason_values"] = pd.Series(values, table.index, dtype=object)
    table["position_caution"] = pd.Series(cautions, table.index, dtype=object)
    table["position_class"] = pd.Series(classes, table.index, dtype=object)
    table["unresolved_reason"] = pd.Series(reasons, table.index, dtype=object)
    return _frame(rows, crs, table, {"geometry": geometry, "shape": shape})


def place_parcels(rows: LayerRows, crs: str, words: Words, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The parcels; one without a boundary is drawn as a square of its area at its place (``drawn`` = square).

    Its ``shape`` then also holds the ground it may take up round that place, since its outline is not known.
    ``bound_shape``: the shape, else the cell of the parcel's township, else ``None``.
    """
    placed = place_rows(rows, crs, words)
    geometry, shape = shapes_of(placed.geometry), shapes_of(placed["shape"])
    drawn: list[str | None] = [None] * len(placed)
    reasons, bound = placed["unresolved_reason"].tolist(), shape.copy()
    area_m2 = placed["area_mu"].to_numpy() * M2_PER_MU
    for row, place in enumerate(geometry):
        if place is None:
            continue
        if placed["location"].iloc[row] is None and place.geom_type in {"Polygon", "MultiPolygon"}:
            drawn[row] = "boundary"
        elif area_m2[row] > 0:
            geometry[row], drawn[row] = _square(place, float(area_m2[row])), "square"
            near = placed["position_class"].iloc[row] in _NEAR or shape[row].area == 0
            # Round a point, or along a street, any plot of this area may lie; the wider classes leave room for it.
            room = shape[row].buffer(float(np.sqrt(area_m2[row]))) if near else shape[row]
            bound[row] = shape[row] = shapely.union(room, geometry[row])
        else:
            # A place without an extent cannot be judged as land; the bound may still speak of it.
            geometry[row], shape[row], reasons[row] = None, None, "no_area"
    for row, township in enumerate(placed["township"]):
        if bound[row] is None and township is not None and len(places):
            bound[row] = _cell(township, places)
    table = pd.DataFrame(placed.drop(columns=["geometry", "shape"]))
    table["unresolved_reason"] = pd.Series(reasons, table.index, dtype=object)
    table["drawn"] = pd.Series(drawn, table.index, dtype=object)
    return _frame(rows, crs, table, {"geometry": geometry, "shape": shape, "bound_shape": bound})


def _square(place: Any, area_m2: float) -> Any:
    from geo.locate import square

    if place.geom_type in {"Polygon", "MultiPolygon"}:
        return place
    return square(place if place.geom_type == "Point" else place.interpolate(0.5, normalized=True), area_m2)


def _cell(township: str, places: gpd.GeoDataFrame) -> Any:
    from geo.locate import township_cell

    return township_cell(township, places)


def place_hydrants(rows: LayerRows, crs: str, words: Words) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The hydrants, one row each, and the sections they were read from.

    A section of ``count`` becomes that many rows ``section_id-1`` … along its line, P4, whose ``shape`` is
    the
    line and whose ``interpolated`` is True; where the section has no line they have no geometry and its
    reason.
    """
    ends = rows.table[["road", "from", "to"]]
    sections = rows.table["section_id"].notna().to_numpy()
    worded = rows.table["location"].where(
        rows.table["location"].notna() | ~sections | ends.isna().any(axis=1) | ~_missing(rows.geometry),
        "SEG("
        + ends["road"].astype(str)
        + ";"
        + ends["from"].astype(str)
        + ";"
        + ends["to"].astype(str)
        + ")",
    )
    table = rows.table.assign(location=worded.astype(object).where(worded.notna(), None))
    placed = place_rows(type(rows)(rows.layer, rows.file, table, rows.geometry, ()), crs, words)
    stated = placed["count"].to_numpy()
    # A count that cannot be is a problem already; one row keeps its place in the file.
    count = np.where(sections & (stated >= 1) & (stated <= MAX_COUNT), stated, 1).astype(int)
    source = np.repeat(np.arange(len(placed)), count)
    number = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count) + 1
    geometry = shapes_of(placed.geometry)[source]
    hydrants = pd.DataFrame(placed.drop(columns=["geometry", "shape"])).iloc[source].reset_index(drop=True)
    interpolated = sections[source]
    for row in np.flatnonzero(sections & (count > 0)).tolist():
        if placed.geometry.iloc[row] is not None:
            geometry[source == row] = shapes_of(_spread(placed.geometry.iloc[row], int(count[row])))
    names = hydrants["hydrant_id"].tolist()
    for at in np.flatnonzero(interpolated).tolist():
        names[at] = f"{hydrants['section_id'].iloc[at]}-{number[at]}"
    hydrants["hydrant_id"] = pd.Series(names, dtype=object)
    hydrants["count"] = 1.0
    placed_there = interpolated & ~_missing(geometry)
    hydrants["position_class"] = hydrants["position_class"].where(~placed_there, "P4")
    hydrants["interpolated"] = interpolated
    shape = shapes_of(placed["shape"])[source]
    return (
        _frame(rows, crs, hydrants, {"geometry": geometry, "shape": shape}),
        placed[sections].drop(columns="shape").reset_index(drop=True),
    )


def _missing(shapes: Shapes) -> Any:
    return np.asarray(shapely.is_missing(shapes), dtype=bool)


def _spread(line: Any, count: int) -> Sequence[Any]:
    from geo.locate import spread

    return list(spread(line, count))
