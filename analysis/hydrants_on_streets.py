"""Which named streets a hydrant stands on, where along them, and what hydrants of uncertain place may still change.

A hydrant stands on every line of a named street within reach (:data:`analysis.standards.HYDRANT_REACH_M`) and in
sight, so that one at a crossing counts for each street there; on a street it names it may stand farther off. One of
a section ("15 on this section"), drawn as an example, stands on the street it names alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.spacing import millimetres
from geo.ownership import in_sight

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.named_streets import NamedStreets
    from geo.network import Flags, Floats, Ints

HALF_WIDTH_MORE_M = 5.0
"""A hydrant may stand so far beyond half the stated width: pavement and green strip [own]."""
ON_LINE_M = 0.5
"""A hydrant this near to the line of its street has no side: it was put there by words, or by a coarse survey [own]."""


@dataclass(frozen=True, eq=False)
class Standing:
    """Hydrants on lines, by hydrant and line: rows of both, chainage, way off the line, side (-1 left, 1 right of
    the chainage's direction, 0 unknown)."""

    hydrant: Ints
    line: Ints
    at_mm: Ints
    off_m: Floats
    side: Ints


def reach_m(streets: NamedStreets) -> Floats:
    """How far from each line a hydrant that names no street may stand."""
    half = np.nan_to_num(streets.width_m / 2, nan=0.0) + HALF_WIDTH_MORE_M
    return np.maximum(standards.HYDRANT_REACH_M, half)


def stated_streets(streets: NamedStreets, hydrants: pd.DataFrame) -> Ints:
    """The street each hydrant names, -1 where it names none or one the network does not have."""
    code, roads = pd.factorize(hydrants["road"])
    known = np.asarray([streets.street_of(road) for road in roads] + [-1], dtype=np.int64)
    return known[code]  # a missing road has code -1, which is the last


def standing(streets: NamedStreets, hydrants: gpd.GeoDataFrame, barrier: BaseGeometry | None) -> Standing:
    """Where every placed hydrant stands, whatever its state. Places that are not points are passed over here."""
    shapes = np.asarray(hydrants.geometry.to_numpy(), dtype=object)
    placed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    stated = stated_streets(streets, hydrants)[placed]
    reach = reach_m(streets)
    most = float(reach.max(initial=0.0))
    points = shapes[placed]
    tried = np.where(stated >= 0, max(most, standards.HYDRANT_STATED_REACH_M), most)
    who, line, at, off = streets.within(points, tried)
    named = stated[who] == streets.street[line]
    keep = off <= np.where(named, np.maximum(reach[line], standards.HYDRANT_STATED_REACH_M), reach[line])
    section = hydrants["interpolated"].fillna(value=False).to_numpy(dtype=bool)[placed]
    keep &= named | ~section[who] | (stated[who] < 0)
    who, line, at, off = who[keep], line[keep], at[keep], off[keep]
    if barrier is not None and len(who):
        shapely.prepare(barrier)
        places = shapely.get_coordinates(points[who])
        seen = in_sight(
            barrier, places, shapely.get_coordinates(shapely.line_interpolate_point(streets.lines[line], at))
        )
        who, line, at, off = who[seen], line[seen], at[seen], off[seen]
    side = _side(streets, points[who], line, at, off)
    return Standing(placed[who], line, millimetres(at), off, side)


def _side(streets: NamedStreets, points: NDArray[np.object_], line: Ints, at: Floats, off: Floats) -> Ints:
    """Only asked where both sides of a street count; 0 elsewhere."""
    side = np.zeros(len(line), dtype=np.int64)
    asked = np.flatnonzero((streets.width_m[line] > standards.HYDRANT_BOTH_SIDES_M) & (off > ON_LINE_M))
    shapes = streets.lines[line[asked]]
    back, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(shapes, np.maximum(at[asked] + step, 0.0)))
        for step in (-1.0, 1.0)
    )
    way, out = ahead - back, shapely.get_coordinates(points[asked]) - back
    side[asked] = -np.sign(way[:, 0] * out[:, 1] - way[:, 1] * out[:, 0]).astype(np.int64)
    return side


@dataclass(frozen=True, eq=False)
class Uncertain:
    """What counted hydrants of uncertain place may do: the most that may help on each line (``number``), the ranges
    of it (mm) on which they may stand, whether some are known as a number only (``example``), and how many may stand
    anywhere.

    However many stand on a range of length w, they close no more than one at each of its ends and one every spacing
    in between would: ceil(w / spacing) + 1 gaps at most, one less for an end that is the street's own."""

    number: Ints
    example: Flags
    ranges: dict[int, list[tuple[int, int]]]
    anywhere: int


def uncertain(
    streets: NamedStreets,
    hydrants: gpd.GeoDataFrame,
    unsure: Flags,
    found: Standing,
    both_sides: Flags,
    limit_mm: int,
) -> Uncertain:
    """Counted hydrants that are ``unsure`` (rows of hydrants), wherever they may stand, as :class:`Uncertain`.

    A hydrant may stand on every line within reach of its ``shape``; without one, on the street it names and what
    lies within reach of that; without either, anywhere. A surveyed one on the very line of a street of which both
    sides count may stand on either side there.
    """
    number = np.zeros(len(streets.street), dtype=np.int64)
    example = np.zeros(len(streets.street), dtype=bool)
    ranges: dict[int, list[tuple[int, int]]] = defaultdict(list)
    no_side = both_sides[found.line] & (found.side == 0)
    no_side &= hydrants["counted"].to_numpy(dtype=bool)[found.hydrant] & ~unsure[found.hydrant]
    for line, at in zip(found.line[no_side].tolist(), found.at_mm[no_side].tolist(), strict=True):
        number[line] += 1
        ranges[line].append((at, at))
    anywhere = 0
    rows = hydrants[unsure]
    if rows.empty:
        return Uncertain(number, example, dict(ranges), anywhere)
    tree = shapely.STRtree(streets.lines)
    reach = reach_m(streets)
    stated = pd.Series(stated_streets(streets, rows), index=rows.index)
    drawn = rows["interpolated"].fillna(value=False).astype(bool) | rows.geometry.isna()
    group = rows["section_id"].where(drawn & rows["section_id"].notna(), rows["hydrant_id"]).astype(str)
    for _, some in rows.groupby(group, sort=True):
        shape, street = some["shape"].iloc[0], int(stated[some.index[0]])
        if shape is None and street >= 0:
            shape = shapely.union_all(streets.lines[streets.street == street])
        if shape is None:
            anywhere += len(some)
            continue
        far = max(float(reach.max()), standards.HYDRANT_STATED_REACH_M)
        for line in np.sort(tree.query(shape, predicate="dwithin", distance=far)).tolist():
            named = streets.street[line] == street
            within = max(reach[line], standards.HYDRANT_STATED_REACH_M) if named else reach[line]
            spans = _spans(streets.lines[line], shape, float(within))
            number[line] += min(len(some), _most_closed(spans, streets, line, limit_mm))
            example[line] |= bool(spans) and bool(some["interpolated"].any() or some.geometry.isna().any())
            ranges[line] += spans
    return Uncertain(number, example, dict(ranges), anywhere)


def _most_closed(spans: list[tuple[int, int]], streets: NamedStreets, line: int, limit_mm: int) -> int:
    length, ring = int(millimetres(streets.length_m[line])), bool(streets.closed[line])
    own_ends = sum(not ring and low <= 0 for low, _ in spans) + sum(
        not ring and high >= length for _, high in spans
    )
    return sum(-(-(high - low) // limit_mm) + 1 for low, high in spans) - own_ends


def _spans(line: shapely.LineString, shape: BaseGeometry, reach: float) -> list[tuple[int, int]]:
    """Chainages of a line within reach of a shape, rounded outwards; the buffer is drawn a little too large."""
    near = shapely.intersection(line, shapely.buffer(shape, reach * 1.01))
    spans = []
    for part in shapely.get_parts([near]).tolist():
        corners = np.asarray(shapely.points(shapely.get_coordinates(part)), dtype=object)
        if len(corners):
            at = np.asarray(shapely.line_locate_point(line, corners)) * 1000
            spans.append((int(np.floor(at.min())), int(np.ceil(at.max()))))
    return spans
