"""Boundary-point files of the land surveyors (勘测定界界址点坐标 TXT) as rows of parcels.

What is written stays: names, numbers, stated areas. What the numbers are is decided by their size, since real files
swap columns, leave the zone empty and give areas in hectares or square metres. The format as met in real files stands
in ``docs/coordinates.md``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.boundary_lines import BoundaryLines, ParcelLines, boundary_lines
from geo.boundary_rings import SAME, area_of, rings_of
from geo.boundary_write import boundary_txt
from geo.cells import short
from geo.crs import old_datum, reproject, shapes_of
from geo.datum import CGCS2000, ZONE_M, ZONES, datum_named, gauss, zone_at
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.crs import Shapes
    from geo.tables import FileRows

__all__ = ["boundary_txt", "read_boundary_txt"]

M2_PER_MU = 10_000 / 15
UNIT_M2 = {"ha": 10_000.0, "m2": 1.0, "mu": M2_PER_MU}
"""Square metres of each unit in which an area may be stated."""
AREA_SHARE = 0.01
"""A stated area agrees with the drawn one within this share, or half a step of its last digit."""
_AREA = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(公顷|平方米|亩|ha|hm2|hm²|m2|m²|㎡)?", re.I)
_UNITS = {
    "公顷": "ha",
    "ha": "ha",
    "hm2": "ha",
    "hm²": "ha",
    "平方米": "m2",
    "m2": "m2",
    "m²": "m2",
    "㎡": "m2",
    "亩": "mu",
}
OLD_DEGREES = {"Xian 1980": "EPSG:4610", "Beijing 1954": "EPSG:4214"}
_NORTHING_M = (300_000.0, 6_100_000.0)
"""Northings of China, 3° to 55° N, with some to spare."""


@dataclass(frozen=True)
class _Numbers:
    """What the numbers of one parcel are by their size: kind is degrees, metres or empty where nothing fits."""

    kind: str
    swapped: bool = False
    zones: frozenset[int] = frozenset()
    """Zone numbers before the eastings; 0 for an easting without."""
    odd_line: int = 0
    """A line whose numbers are unlike the others'."""


def read_boundary_txt(data: bytes, *, file: str) -> FileRows:
    """Parcels of a boundary-point file; what is wrong with it stands in ``problems``.

    Columns: ``parcel_no``, ``name``, ``planned_use``, ``use_code`` as written; ``area_mu``: the stated area where its
    unit is clear, else the drawn one; ``area_mu_drawn`` from the shape; ``area_stated`` and ``area_unit`` (ha, m2,
    mu) as written; ``map_sheet``, ``survey_unit``, ``survey_date``, and ``field_9`` onwards for fields beyond the
    eight. ``geometry``: x east, y north in ``crs``, the Gauss-Krüger zone by header and numbers, or CGCS2000
    degrees. Where the file leaves datum or zone open, ``crs`` is None and a problem ``no_crs`` says so. On Xian 1980 or
    Beijing 1954 a warning says so and ``crs`` names it: nothing is converted. ``row`` of a problem is the parcel, from
    1; texts name the line. Any bytes give an answer.
    """
    from geo.tables import FileRows, table_of, text_of

    text = text_of(data)
    if text is None:
        return FileRows(table_of({}, 0), problems=(problem("not_text", file=file),))
    lines = boundary_lines(text, file)
    found = lines.problems
    if not any(parcel.points for parcel in lines.parcels):
        return FileRows(table_of({}, 0), problems=(*found, problem("txt_no_parcels", file=file)))
    numbers = [_numbers(parcel) for parcel in lines.parcels]
    if any(each.kind == "metres" for each in numbers):  # then small numbers are no degrees
        numbers = [_Numbers("") if each.kind == "degrees" else each for each in numbers]
    _size_problems(numbers, file, found)
    crs = _crs(lines.header, numbers, file, found)
    shapes = shapes_of(
        [
            _shape(parcel, how, file, row, found)
            for row, (parcel, how) in enumerate(zip(lines.parcels, numbers, strict=True), 1)
        ]
    )
    area_m2 = _areas(shapes, crs, numbers)
    table = table_of(_columns(lines, area_m2, file, found), len(shapes))
    found.sort(key=lambda each: each.row or 0)
    return FileRows(table, shapes, crs, tuple(found))


def _numbers(parcel: ParcelLines) -> _Numbers:
    if not parcel.points:
        return _Numbers("")
    xy = np.array([(each.first, each.second) for each in parcel.points])
    size = np.abs(xy)
    degrees = (size <= 180).all(axis=1)
    if degrees.all():
        # In China every longitude is the larger number of its pair.
        swapped = bool(np.median(xy[:, 0]) > np.median(xy[:, 1]))
        return _Numbers("degrees", swapped)
    as_written, as_swapped = (_is_pair(xy[:, ::step]) for step in (1, -1))
    swapped = int(as_swapped.sum()) > int(as_written.sum())
    fits = as_swapped if swapped else as_written
    if not fits.any():
        return _Numbers("")
    odd = np.flatnonzero(~fits)
    east = xy[fits, 0 if swapped else 1]
    zones = frozenset((east // ZONE_M).astype(int).tolist())
    return _Numbers("metres", swapped, zones, parcel.points[odd[0]].line if len(odd) else 0)


def _is_pair(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows that can be northing and easting: an easting has six digits, or eight with the zone's number."""
    north, east = xy.T
    zone = east // ZONE_M
    known = np.isin(zone, [0, *ZONES[3], *ZONES[6]]) & (east % ZONE_M >= 100_000)
    # Without a zone's number both may have six digits: northings do south of 9° N, in the South China Sea alone.
    least, most = _NORTHING_M
    return np.asarray(known & (north >= np.where(zone == 0, ZONE_M, least)) & (north <= most))


def _size_problems(numbers: list[_Numbers], file: str, found: list[Problem]) -> None:
    swapped = [row for row, each in enumerate(numbers, 1) if each.swapped]
    if swapped:
        found.append(
            problem("txt_columns_swapped", file=file, row=swapped[0], warning=True, count=len(swapped))
        )
    for row, each in enumerate(numbers, 1):
        if each.odd_line:
            found.append(problem("txt_point_odd", file=file, row=row, line=each.odd_line))
    zones = frozenset[int]().union(*(each.zones for each in numbers))
    if len(zones) > 1:
        have = ", ".join(str(zone) if zone else "–" for zone in sorted(zones))
        found.append(problem("txt_zones_several", file=file, have=have))


def _crs(header: dict[str, str], numbers: list[_Numbers], file: str, found: list[Problem]) -> str | None:
    """The CRS of the file by its header and the size of its numbers; what is open or contradicts is said."""
    unit, drawn = header.get("计量单位", ""), header.get("投影类型", "")
    datum = datum_named(header.get("坐标系", ""))
    metres = any(each.kind == "metres" for each in numbers)
    if metres and not re.fullmatch(r"|米|m|metres?|meters?", unit, re.I):
        found.append(problem("txt_unit", file=file, field="计量单位", value=short(unit)))
    if metres and drawn and not re.search(r"高斯|gauss|克[吕里]|横轴墨卡托", drawn, re.I):
        found.append(problem("txt_projection", file=file, field="投影类型", value=short(drawn)))
    if not any(each.kind for each in numbers):
        return None
    if not datum:
        found.append(problem("no_crs", file=file, field="坐标系"))
        return None
    if not metres:
        crs = OLD_DEGREES.get(datum, CGCS2000)
    else:
        zones = frozenset[int]().union(*(each.zones for each in numbers))
        known = _zone(header, min(zones), file, found) if len(zones) == 1 else None
        if known is None:
            return None
        zone, width, prefix = known
        crs = gauss(zone, width_deg=width, prefix=prefix, datum=datum.replace("WGS 84", "CGCS2000")).code
    if old_datum(crs):
        given = header.get("转换参数") or header.get("转换坐标") or ""
        has = any(re.findall(r"[1-9]", given))
        code = "txt_old_datum_parameters" if has else "txt_old_datum"
        found.append(problem(code, file=file, field="坐标系", warning=True, value=datum))
    return crs


def _zone(
    header: dict[str, str], written: int, file: str, found: list[Problem]
) -> tuple[int, int, bool] | None:
    """Zone, its width in degrees, and whether eastings begin with it; None where the file leaves it open.

    ``written``: what stands before the eastings, 0 for nothing. The numbers of 3- and 6-degree zones are never the
    same in China, so a number says which it is.
    """
    stated_width = re.search(r"[36]", header.get("几度分带", "") or header.get("分带", ""))
    width = int(stated_width[0]) if stated_width else 0
    stated = _stated_zone(header, width)
    if stated and written and stated != written:
        found.append(problem("txt_zone_conflict", file=file, field="带号", value=stated, have=written))
        return None
    zone = written or stated
    by_number = next((each for each, zones in ZONES.items() if zone in zones), 0)
    if not by_number:
        found.append(problem("no_crs", file=file, field="带号"))
        return None
    if width and width != by_number:
        found.append(
            problem(
                "txt_width_conflict",
                file=file,
                field="几度分带",
                warning=True,
                value=width,
                zone=zone,
                used=by_number,
            )
        )
    return zone, by_number, bool(written)


def _stated_zone(header: dict[str, str], width: int) -> int:
    """The zone a header gives by its number, or by the central meridian under any name; 0 where it gives none."""
    given = header.get("带号", "") or next((header[key] for key in header if key.startswith("中央")), "")
    number = re.search(r"\d+", given) or re.search(r"(?<=CM[_ ])\d+", header.get("坐标系", ""))
    stated = int(number[0]) if number else 0
    if stated in ZONES[3] or stated in ZONES[6]:
        return stated
    if width == 6 and (stated + 3) % 6 == 0:
        return (stated + 3) // 6
    return stated // 3 if stated % 3 == 0 and stated // 3 in ZONES[3] else stated


def _shape(parcel: ParcelLines, how: _Numbers, file: str, row: int, found: list[Problem]) -> Any:
    if not parcel.points:
        found.append(problem("txt_no_points", file=file, row=row, line=parcel.line))
        return None
    stated = parcel.fields["points_stated"]
    if stated and stated != str(len(parcel.points)):
        found.append(
            problem(
                "txt_count", file=file, row=row, warning=True, value=short(stated), have=len(parcel.points)
            )
        )
    if not how.kind:
        found.append(problem("txt_numbers_odd", file=file, row=row, line=parcel.points[0].line))
    if not how.kind or how.odd_line:
        return None
    order = -1 if not how.swapped else 1
    if parcel.fields["kind"] in {"线", "点"}:
        xy = [(each.first, each.second)[::order] for each in parcel.points]
        if parcel.fields["kind"] == "点" or len(xy) < 2:
            return shapely.Point(xy[0]) if len(xy) == 1 else shapely.MultiPoint(xy)
        return shapely.LineString(xy)
    rings = rings_of(parcel.points, SAME[how.kind], file, row, found)
    drawn = area_of(rings, SAME[how.kind], file, row, found)
    return drawn if drawn is None or how.swapped else shapely.transform(drawn, lambda xy: xy[:, ::-1])


def _areas(shapes: Shapes, crs: str | None, numbers: list[_Numbers]) -> list[float]:
    """Square metres of each shape in its own projection, whichever zone or datum that is; NaN where there is none."""
    if crs == CGCS2000:
        west, _, east, _ = shapely.total_bounds(shapes).tolist()
        zone = zone_at((west + east) / 2) if west == west else 0  # noqa: PLR0124 - NaN: there is no shape
        if zone in ZONES[3]:
            shapes = reproject(shapes, crs, gauss(zone).code)
    area = shapely.area(shapes)
    measured = np.array([each.kind == "metres" or crs == CGCS2000 for each in numbers]) & (area > 0)
    return [float(each) for each in np.where(measured, area, np.nan)]


def _columns(
    lines: BoundaryLines, area_m2: list[float], file: str, found: list[Problem]
) -> dict[str, list[Any]]:
    parcels = lines.parcels
    columns: dict[str, list[Any]] = {
        name: [parcel.fields[name] or None for parcel in parcels]
        for name in ("parcel_no", "name", "planned_use", "use_code")
    }
    stated = [
        _stated_area(parcel.fields["area_stated"], drawn, file, row, found)
        for row, (parcel, drawn) in enumerate(zip(parcels, area_m2, strict=True), 1)
    ]
    drawn_mu = [None if math.isnan(area) else round(area / M2_PER_MU, 4) for area in area_m2]
    columns["area_mu"] = [
        drawn if unit is None or number is None else round(number * UNIT_M2[unit] / M2_PER_MU, 4)
        for (number, unit), drawn in zip(stated, drawn_mu, strict=True)
    ]
    columns["area_mu_drawn"] = drawn_mu
    columns["area_stated"] = [parcel.fields["area_stated"] or None for parcel in parcels]
    columns["area_unit"] = [unit for _, unit in stated]
    columns["map_sheet"] = [parcel.fields["map_sheet"] or None for parcel in parcels]
    for key, name in (("数据产生单位", "survey_unit"), ("数据产生日期", "survey_date")):
        if lines.header.get(key):
            columns[name] = [lines.header[key]] * len(parcels)
    for at in range(max(len(parcel.more) for parcel in parcels)):
        columns[f"field_{at + 9}"] = [(*parcel.more[at : at + 1], "")[0] or None for parcel in parcels]
    return columns


def _stated_area(
    text: str, drawn_m2: float, file: str, row: int, found: list[Problem]
) -> tuple[float | None, str | None]:
    """The stated area and its unit: the one written, else hectares or square metres, whichever agrees with the shape.

    The unit is None where neither does; that is said, and so is a zero.
    """
    if not text:
        return None, None
    read = _AREA.fullmatch(text)
    number = float(read[1]) if read else math.nan
    unit = _UNITS.get((read[2] or "").lower()) if read else None
    if not number > 0:
        found.append(
            problem(
                "txt_area_unreadable", file=file, row=row, field="地块面积", warning=True, value=short(text)
            )
        )
        return None, None
    if math.isnan(drawn_m2):
        return number, unit
    step = 10.0 ** -len(text.partition(".")[2].rstrip("公顷平方米亩ham2²㎡ "))
    for each in (unit,) if unit else ("ha", "m2"):
        off = abs(number * UNIT_M2[each] - drawn_m2)
        if off <= max(AREA_SHARE * drawn_m2, 0.5 * step * UNIT_M2[each]):
            return number, each
    found.append(
        problem(
            "txt_area_differs", file=file, row=row, field="地块面积", warning=True, value=short(text),
            hectares=f"{drawn_m2 / 10_000:.4f}", metres=f"{drawn_m2:.1f}",
        )
    )  # fmt: skip
    return number, None
