"""A drivable network from centre-lines or from an OSMnx graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.cells import READ, as_text, short
from geo.crs import old_datum
from geo.joining import join_near
from geo.limits import Limits, metres, tonnes
from geo.line_report import Asked, Drawn, LineReport, line_report
from geo.noding import CROSSINGS, WELD_M, Pieces
from geo.problems import InputError, Problem, problem
from geo.streets import CLASS_NUMBER, NOT_DRIVABLE, Traits, class_flags, direction, make_network, name_index

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.network import Network, RoadSource

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_READ_LIMIT = {"width_m": metres, "max_height_m": metres, "max_weight_t": tonnes}
_NO = frozenset({"", "no", "n", "0", "0.0", "false", "f", "none", "nan", "<na>", "否", "无"})


def local_crs(lon: float, lat: float) -> str:
    """The UTM zone of a place in degrees, as ``EPSG:326xx`` (north) or ``EPSG:327xx`` (south)."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{lon}, {lat} is not a place in degrees")
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def network_from_lines(lines: gpd.GeoDataFrame, *, crs: str, source: RoadSource) -> Network:
    """A network from drawn centre-lines, cut at every crossing on the same level: see :func:`extract_lines`."""
    return extract_lines(lines, crs=crs, source=source).network


@dataclass(frozen=True, eq=False)
class LineExtract:
    """What drawn lines gave: the network, and the report of how."""

    network: Network
    report: LineReport


def extract_lines(
    lines: gpd.GeoDataFrame, *, crs: str, source: RoadSource, noding: str = CROSSINGS, join_m: float = 0.0
) -> LineExtract:
    """A network from drawn centre-lines, and what became of each of them.

    ``lines``: LineStrings or MultiLineStrings in any declared CRS, with any of the columns ``name``;
    ``class`` (of :data:`geo.network.CLASSES`; missing or unknown counts as *unclassified*, guessed);
    ``oneway`` (0/1/-1, B/F/T, yes/no/-1/reverse); ``class_guessed``, ``bridge``, ``tunnel`` (yes/no);
    ``opens`` (the year in which a planned street opens; missing or 0: open now); ``width_m``, ``max_height_m``
    and ``max_weight_t`` (what the street can take, with or without a unit, as :mod:`geo.limits` reads them;
    missing, 0 or ``none``: not stated);
    ``layer`` (number; missing: 1 for a bridge, -1 for a tunnel); ``junction`` (roundabout); ``way_id`` or
    ``street_id`` (whole numbers; otherwise the row, from 1). ``crs`` is the projected CRS of the result.

    With ``noding`` = ``crossings`` lines of one level meet where they cross, with ``ends`` only where one ends on
    the other or both have a vertex: a survey that draws bridges and streets alike is not joined wrongly then. A
    bridge known as one meets the street below only where it ends on it. Ends within 0.01 m are one node; ends
    that miss another line by up to ``join_m`` are moved onto it (:func:`geo.joining.join_near`). All parts of
    one line share its ``way_id`` and are numbered from 1. Rows without a line, lines under 0.01 m, classes on
    which nothing drives and pieces drawn twice are left out and counted in ``source.notes`` of the result.
    Raises :class:`InputError` for a missing CRS, a ``crs`` that is not metric, geometries that are no lines,
    unknown one-way values, years and limits that are none, and where no line is left.
    """
    problems = _line_problems(lines, crs)
    if problems:
        raise InputError(problems)
    drawn, left_out = _drawn(lines, crs)
    if not drawn.lines.size:
        raise InputError([problem("roads_no_lines", file=source.name)])
    moved, pieces, joins = join_near(drawn.lines, drawn.level, noding, join_m)
    drawn = replace(drawn, lines=moved)
    traits = _traits(lines)
    way = drawn.row[pieces.row]
    keep = _drawn_once(pieces, traits.oneway[way], traits.opens[way])
    left_out["drawn_twice"] = way[~keep]
    notes = [f"{what}={len(rows)}" for what, rows in left_out.items() if len(rows)]
    notes += [f"joined={len(joins)}"] if joins else []
    notes += [f"noding={noding}"] if noding != CROSSINGS else []
    source = replace(source, notes=(*source.notes, *notes))
    network = _network(crs, source, traits, _kept(pieces, keep), way[keep])
    given = _classes(lines, "class_given" if "class_given" in lines else "class")
    cells = (_column(lines, "oneway"), given, traits.class_guessed)
    return LineExtract(
        network, line_report(network, drawn, Asked(noding, join_m), joins, traits.way_id, left_out, cells)
    )


def _line_problems(lines: gpd.GeoDataFrame, crs: str) -> list[Problem]:
    problems = []
    target = CRS.from_user_input(crs)
    if not target.is_projected or target.axis_info[0].unit_name != "metre":
        problems.append(problem("roads_crs_not_metric", crs=crs))
    if lines.crs is None:
        problems.append(problem("roads_no_crs"))
    elif datum := old_datum(lines.crs.to_wkt()):
        problems.append(problem("old_datum", value=datum))
    kinds = shapely.get_type_id(lines.geometry.to_numpy())
    allowed = (-1, shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    problems += [
        problem("roads_not_a_line", row=row + 1, kind=lines.geometry.iloc[row].geom_type)
        for row in np.flatnonzero(~np.isin(kinds, allowed)).tolist()
    ]
    problems += [
        problem("roads_oneway_unknown", row=row, field="oneway", value=value)
        for row, value in enumerate(_column(lines, "oneway"), start=1)
        if direction(value) is None
    ]
    problems += [
        problem("not_a_year", row=row, field="opens", value=short(value))
        for row, value in enumerate(_column(lines, "opens"), start=1)
        if _year(value) is None
    ]
    problems += [
        problem("roads_limit_unread", row=row, field=name, value=short(value))
        for name, read in _READ_LIMIT.items()
        for row, value in enumerate(_column(lines, name), start=1)
        if read(value) is None
    ]
    return problems


def _year(value: Any) -> int | None:
    """The year a street opens, 0 for one that is open now; ``None`` for what is no year."""
    if value is None or str(value).strip() in {"", "0", "0.0"}:
        return 0
    try:
        return int(READ["year"](value))
    except ValueError:
        return None


def _column(lines: gpd.GeoDataFrame, name: str) -> list[Any]:
    """A column as a list with None for what is missing; all None where there is no such column."""
    if name not in lines:
        return [None] * len(lines)
    return [None if pd.isna(value) else value for value in lines[name].tolist()]


def _flag(lines: gpd.GeoDataFrame, name: str) -> Flags:
    return np.asarray([str(v).strip().lower() not in _NO for v in _column(lines, name)], dtype=bool)


def _classes(lines: gpd.GeoDataFrame, column: str = "class") -> list[str]:
    return ["" if value is None else as_text(value).lower() for value in _column(lines, column)]


def _drawn(lines: gpd.GeoDataFrame, crs: str) -> tuple[Drawn, dict[str, Ints]]:
    """Single lines in metres, and the rows of what was left out (once for each line)."""
    geometry = lines.geometry.to_crs(crs).to_numpy()
    blank = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    closed = np.asarray([each in NOT_DRIVABLE for each in _classes(lines)], dtype=bool)
    rows = np.flatnonzero(~blank & ~closed)
    parts, of = shapely.get_parts(geometry[rows], return_index=True)
    long_enough = shapely.length(parts) > WELD_M
    level = _levels(lines)
    row = rows[of[long_enough]]
    left_out = {
        "no_geometry": np.flatnonzero(blank),
        "not_drivable": np.flatnonzero(closed & ~blank),
        "too_short": rows[of[~long_enough]],
    }
    return Drawn(parts[long_enough], row, level[row]), left_out


def _levels(lines: gpd.GeoDataFrame) -> Ints:
    """``layer`` where it is given, else 1 for bridges and -1 for tunnels, else 0."""
    usual = np.where(_flag(lines, "bridge"), 1, np.where(_flag(lines, "tunnel"), -1, 0))
    given = _numbers(lines, "layer")
    # A file that writes 0 into every row still means a bridge to be above the street.
    return np.asarray(np.where(np.isnan(given) | (given == 0), usual, given), dtype=np.int64)


def _numbers(lines: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    column = pd.Series(_column(lines, name), dtype=object)
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def _way_ids(lines: gpd.GeoDataFrame) -> Ints:
    for column in ("way_id", "street_id", "osm_id"):
        if column in lines:
            numbers = _numbers(lines, column)
            if bool(((numbers % 1 == 0) & (numbers > 0)).all()):
                return numbers.astype(np.int64)
    return np.arange(1, len(lines) + 1, dtype=np.int64)


def _traits(lines: gpd.GeoDataFrame) -> Traits:
    classes = _classes(lines)
    known = np.asarray([each in CLASS_NUMBER for each in classes], dtype=bool)
    classes = [each if each in CLASS_NUMBER else "unclassified" for each in classes]
    name, names = name_index("" if value is None else str(value).strip() for value in _column(lines, "name"))
    junction = [str(value).strip().lower() for value in _column(lines, "junction")]
    roundabout = np.asarray([each in {"roundabout", "circular"} for each in junction], dtype=bool)
    owns, never = class_flags(classes, _flag(lines, "bridge") | _flag(lines, "tunnel"), roundabout)
    oneway = np.asarray([direction(value) or 0 for value in _column(lines, "oneway")], dtype=np.int8)
    return Traits(
        klass=np.asarray([CLASS_NUMBER[each] for each in classes], dtype=np.int16),
        name=name,
        names=names,
        oneway=np.where(roundabout & (oneway == 0), 1, oneway).astype(np.int8),
        owns_ground=owns,
        never_against=never,
        class_guessed=~known | _flag(lines, "class_guessed"),
        way_id=_way_ids(lines),
        opens=np.asarray([_year(value) or 0 for value in _column(lines, "opens")], dtype=np.int16),
        limits=Limits(
            *(
                np.asarray([read(value) for value in _column(lines, name)], dtype=np.float32)
                for name, read in _READ_LIMIT.items()
            )
        ),
    )


def _drawn_once(pieces: Pieces, oneway: NDArray[np.int8], opens: NDArray[np.int16]) -> Flags:
    """False for a piece that lies exactly on one that is open before it, or else on an earlier one, and adds no
    direction to it."""
    shapes = pieces.lines
    low, high = np.minimum(pieces.u, pieces.v), np.maximum(pieces.u, pieces.v)
    keep = np.ones(len(low), dtype=bool)
    pairs = pd.DataFrame({"low": low, "high": high})
    earlier: dict[bytes, set[int]] = {}
    shared = np.flatnonzero(pairs.duplicated(keep=False))
    for row in shared[np.argsort(opens[shared], kind="stable")].tolist():
        shape = shapely.normalize(shapely.set_precision(shapes[row], WELD_M))
        ways = {int(oneway[row])} if oneway[row] else {1, -1}
        if not shapely.equals_exact(shapely.get_point(shape, 0), shapely.get_point(shapes[row], 0), WELD_M):
            ways = {-way for way in ways}
        seen = earlier.setdefault(shape.wkb, set())
        keep[row] = not ways <= seen
        seen |= ways
    return keep


def _kept(pieces: Pieces, keep: Flags) -> Pieces:
    count = np.diff(pieces.start)
    return replace(
        pieces,
        u=pieces.u[keep],
        v=pieces.v[keep],
        row=pieces.row[keep],
        part=pieces.part[keep],
        coords=pieces.coords[np.repeat(keep, count)],
        start=np.concatenate([[0], np.cumsum(count[keep])]),
    )


def _network(crs: str, source: RoadSource, traits: Traits, pieces: Pieces, way: Ints) -> Network:
    # A MultiLineString's parts share the row, and several rows may share an id: they are counted on through it.
    ids = pd.Series(traits.way_id[way])
    part = np.asarray(ids.groupby(ids).cumcount()) + 1
    ends, shape = (pieces.nodes, pieces.u, pieces.v), (pieces.coords, pieces.start)
    return make_network(crs, source, traits, ends=ends, way=way, part=part, shape=shape)
