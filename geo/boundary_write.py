"""Parcels written as a boundary-point file (勘测定界界址点坐标 TXT) that the land office's programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84, reproject
from geo.datum import ZONES, gauss, system_of, zone_at
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

DECIMALS = 3
"""Of a metre."""
_PLAIN = str.maketrans({",": "、", "，": "、", "@": "＠", "\r": " ", "\n": " ", "\t": " "})


def boundary_txt(
    parcels: gpd.GeoDataFrame,
    *,
    crs: str | None = None,
    encoding: Literal["gbk", "utf-8"] = "gbk",
    made_by: str = "",
    made_on: str = "",
) -> bytes:
    """The parcels as a boundary-point file in CGCS2000, eastings with the zone's number, to the millimetre.

    ``parcels``: any CRS; ``parcel_no``, ``name``, ``map_sheet``, ``planned_use``, ``use_code`` are written where
    there; a comma in them becomes 、, an @ ＠. ``crs``: the zone, as any CGCS2000 Gauss-Krüger CRS; None: the
    3-degree zone in which the parcels lie. Lines end in CR LF; areas are in hectares; ring 1 is an outer ring, holes
    and further parts follow, each closed by its first point again; outer rings run clockwise from the north-west,
    holes the other way. ``gbk`` writes GB18030, which is GBK wherever GBK has the character.

    Raises :class:`InputError` naming every row (from 1) that is no valid area, that vanishes when rounded, and a zone
    that China does not have.
    """
    zone = _zone(parcels, crs)
    shapes = np.asarray(parcels.geometry.to_crs(zone.code).to_numpy(), dtype=object)
    areas, found = [], []
    for row, shape in enumerate(shapes, 1):
        area, wrong = _millimetres(shape)
        areas.append(area)
        if wrong:
            found.append(problem(wrong, row=row, field="geometry"))
    if found:
        raise InputError(found)
    header = {
        "格式版本号": "1.01版本", "数据产生单位": _field(made_by), "数据产生日期": _field(made_on),
        "坐标系": "2000国家大地坐标系", "几度分带": str(zone.width_deg), "投影类型": "高斯克吕格", "计量单位": "米",
        "带号": str(zone.zone), "精度": "0.001", "转换参数": ",,,,,,",
    }  # fmt: skip
    lines = ["[属性描述]", *(f"{key}={value}" for key, value in header.items()), "[地块坐标]"]
    for at, area in enumerate(areas):
        lines += _parcel(area, lambda name, at=at: _cell(parcels, name, at))
    codec = {"gbk": "gb18030", "utf-8": "utf-8"}[encoding]
    return ("\r\n".join(lines) + "\r\n").encode(codec, errors="replace")


def _zone(parcels: gpd.GeoDataFrame, crs: str | None) -> Any:
    """The zone to write in, with the zone's number before the eastings."""
    if crs is not None:
        system = system_of(crs)
        if system.kind not in {"gauss", "gauss_zone"} or system.shift:
            raise InputError([problem("txt_no_zone", value=crs)])
        return gauss(system.zone, width_deg=system.width_deg)
    there = parcels.geometry[parcels.geometry.notna() & ~parcels.geometry.is_empty]
    if there.empty:
        raise InputError([problem("txt_nothing_to_write")])
    middle = shapely.Point(
        np.median(there.bounds.to_numpy()[:, [0, 2]]), np.median(there.bounds.to_numpy()[:, [1, 3]])
    )
    lon = reproject(np.array([middle], dtype=object), parcels.crs.to_wkt(), WGS84)[0].x
    zone = zone_at(lon)
    if zone not in ZONES[3]:
        raise InputError([problem("txt_outside_china", value=f"{lon:.4f}")])
    return gauss(zone)


def _millimetres(shape: Any) -> tuple[Any, str]:
    """The shape to the millimetre, and the code of what keeps it from being written."""
    if shape is None or shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return None, "txt_no_area"
    if not shape.is_valid:
        return None, "txt_area_broken"
    rounded = shapely.transform(shapely.force_2d(shape), lambda xy: np.round(xy, DECIMALS))
    return rounded, "" if rounded.is_valid and rounded.area > 0 else "txt_area_vanishes"


def _rings(area: Any) -> Iterator[NDArray[np.float64]]:
    """Rings without their closing point: outer ones clockwise from the north-west, holes the other way."""
    for part in shapely.get_parts(area):
        oriented = shapely.orient_polygons(part, exterior_cw=True)
        for ring in (oriented.exterior, *oriented.interiors):
            xy = shapely.get_coordinates(ring)[:-1]
            xy = xy[np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))]
            yield np.roll(xy, -int(np.argmax(xy[:, 1] - xy[:, 0])), axis=0)


def _parcel(area: Any, cell: Any) -> Iterator[str]:
    rings = list(_rings(area))
    count = sum(len(ring) + 1 for ring in rings)
    fields = [count, f"{area.area / 10_000:.4f}", *(cell(name) for name in ("parcel_no", "name")), "面"]
    fields += [cell(name) for name in ("map_sheet", "planned_use", "use_code")]
    yield ",".join(map(str, fields)) + ",@"
    number = 0
    for ring_number, ring in enumerate(rings, 1):
        names = [f"J{number + n}" for n in range(1, len(ring) + 1)]
        number += len(ring)
        for name, (east, north) in zip((*names, names[0]), (*ring, ring[0]), strict=True):
            yield f"{name},{ring_number},{north:.{DECIMALS}f},{east:.{DECIMALS}f}"


def _cell(parcels: gpd.GeoDataFrame, name: str, at: int) -> str:
    value = parcels[name].iloc[at] if name in parcels else None
    return "" if value is None or value is pd.NA or value != value else _field(value)  # noqa: PLR0124 - NaN


def _field(value: Any) -> str:
    return str(value).translate(_PLAIN).strip()
