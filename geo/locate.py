"""Places from words: an expression (:mod:`geo.expressions`) put on the streets and places of a county.

Every answer carries the shape in which the thing may lie; what cannot be placed has neither geometry nor
shape but the code of a reason (``location.<code>`` in the languages).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from shapely.affinity import rotate
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.ops import substring

from geo.expressions import BEARINGS, Expression, parse
from geo.gazetteer import Gazetteer, gazetteer, study_ring, township_cell
from geo.named_roads import (
    bearing_deg,
    beside,
    chains_at,
    crossings,
    heading_deg,
    line_parts,
    longest_section,
    middle,
    turn_deg,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Expression", "Gazetteer", "Located", "gazetteer", "locate", "parse", "spread", "square", "study_ring",
    "township_cell",
]  # fmt: skip

CROSSING_M, OFFSET_M, FRONT_M, VILLAGE_M = 20.0, 40.0, 250.0, 1000.0
"""How far from the point found a thing may be: P1, P2, P3 along the road, P5 (plan-audit classes) [own]."""
DIRECTION_DEG = 60.0
"""A road runs in a direction if its bearing is at most this far from it [own]."""
CORNER_DEG = 75.0
"""A road leads to a corner of its crossing if its bearing is at most this far from the corner's [own]."""
QUADRANT_FROM_M, QUADRANT_M, QUADRANT_TO_M, QUADRANT_ASIDE_M = 100.0, 200.0, 400.0, 60.0
"""On a corner of a crossing: this far along the first road and this far aside [own]."""
SIDE_DEPTH_M = 50.0
"""Least depth of the strip beside a road in which a place on its side may lie [own]."""
HYDRANT_SPACING_M = 120.0
"""GB 50974-2014, 7.2: hydrants at most this far apart; the closest layout tried for a section."""
_STEP_M = 10.0


@dataclass(frozen=True)
class Located:
    """Where words put a thing.

    ``geometry`` is what is drawn and ``shape`` where it may lie, both in the gazetteer's CRS, both ``None``
    where ``reason`` says (as the code of a text) why it cannot be placed. ``note`` is the code of a caution
    about a place that was found. ``reason_values`` fill the placeholders of either text.
    """

    geometry: BaseGeometry | None
    shape: BaseGeometry | None
    position_class: str | None
    reason: str | None = None
    reason_values: tuple[tuple[str, object], ...] = ()
    note: str | None = None


class _UnresolvedError(Exception):
    """Stops an expression that cannot be placed, with the reason."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = tuple(values.items())


def locate(expression: str, gazetteer: Gazetteer, *, area_m2: float | None = None) -> Located:
    """Where an expression puts a thing, on the roads and places of a gazetteer.

    With ``area_m2`` (a parcel) the geometry is a square of that area at the place instead of a point, and a
    strip along a street is as deep as the square. Lines stay lines. Never raises for words it cannot place.
    """
    try:
        parsed = parse(expression)
    except ValueError:
        return Located(None, None, None, "not_understood", (("expression", expression),))
    try:
        found = _PLACED_BY[parsed.operator](gazetteer, parsed, area_m2)
    except _UnresolvedError as error:
        return Located(None, None, None, error.reason, error.values)
    if area_m2 is not None and isinstance(found.geometry, Point):
        drawn = square(found.geometry, area_m2)
        return Located(
            drawn, found.shape, found.position_class, reason_values=found.reason_values, note=found.note
        )
    return found


def square(center: Point, area_m2: float, bearing: float = 0.0) -> Polygon:
    """A square of an area about a point, one side along a bearing (degrees from grid north)."""
    if not area_m2 > 0:
        raise ValueError(f"a square cannot have an area of {area_m2} m²")
    half = math.sqrt(area_m2) / 2
    upright = box(center.x - half, center.y - half, center.x + half, center.y + half)
    return upright if bearing == 0 else rotate(upright, -bearing, origin=center)


def spread(
    line: LineString | MultiLineString,
    count: int,
    layout: Literal["even", "from_start", "from_end"] = "even",
    spacing_m: float = HYDRANT_SPACING_M,
) -> NDArray[np.object_]:
    """``count`` points along a section, in the order of the line.

    ``even``: each in the middle of its share of the length, the most favourable layout. ``from_start`` and
    ``from_end``: ``spacing_m`` apart from one end, closer where the section is too short for that.
    """
    if count < 0 or not spacing_m > 0:
        raise ValueError(f"{count} points {spacing_m} m apart cannot be laid out")
    if layout == "even":
        at = (np.arange(count) + 0.5) * (line.length / max(count, 1))
    else:
        at = np.arange(count) * min(spacing_m, line.length / max(count - 1, 1))
        at = at if layout == "from_start" else (line.length - at)[::-1]
    return np.asarray(shapely.line_interpolate_point(line, at), dtype=object)


def _road(known: Gazetteer, name: str | Expression) -> MultiLineString:
    if not known.streets:
        raise _UnresolvedError("no_network")
    road = known.road(str(name))
    if road is None:
        raise _UnresolvedError("road_missing", road=name)
    return road


def _meetings(known: Gazetteer, one: str | Expression, other: str | Expression) -> list[Point]:
    found = crossings(_road(known, one), _road(known, other))
    if not found:
        raise _UnresolvedError("roads_do_not_meet", road=one, other=other)
    return found


def _node(known: Gazetteer, node: str | Expression) -> Point:
    assert isinstance(node, Expression)  # noqa: S101 - held by parse
    one, other = node.arguments
    found = _meetings(known, one, other)
    if len(found) > 1:
        raise _UnresolvedError("several_crossings", road=one, other=other, count=len(found))
    return found[0]


def _crossing(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    node = _node(known, said)
    return Located(node, node.buffer(CROSSING_M), "P1")


def _ways_on(
    known: Gazetteer,
    road: str | Expression,
    node: Point,
    wanted: float,
    reach_m: float,
    within_deg: float = DIRECTION_DEG,
) -> list[LineString]:
    """The road from a node onwards, straightest towards a bearing first, at most so far off it."""
    found = []
    for chain in chains_at(_road(known, road), node):
        at = chain.project(node)
        for end in (chain.length, 0.0):
            way = substring(chain, at, end)
            if isinstance(way, LineString) and way.length > 0:
                turn = turn_deg(
                    bearing_deg(Point(way.coords[0]), way.interpolate(min(reach_m, way.length))), wanted
                )
                found.append((turn, way))
    found.sort(key=lambda each: each[0])
    return [way for turn, way in found if turn <= within_deg + 1e-9]


def _offset(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    road, node, direction, distance = said.arguments
    reach_m = float(str(distance))
    ways = _ways_on(known, road, _node(known, node), BEARINGS[str(direction)], reach_m)
    if not ways:
        raise _UnresolvedError("direction_not_on_road", road=road, direction=direction)
    long_enough = [way for way in ways if way.length >= reach_m]
    if not long_enough:
        raise _UnresolvedError("road_too_short", road=road, length_m=reach_m)
    point = long_enough[0].interpolate(reach_m)
    return Located(point, point.buffer(OFFSET_M), "P2")


def _section(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    road, start, end = said.arguments
    if "?" in (start, end):
        raise _UnresolvedError("section_without_ends", road=road)
    starts, ends = _meetings(known, road, start), _meetings(known, road, end)
    if any(chain.is_closed for chain in line_parts(_road(known, road))):
        raise _UnresolvedError("section_both_ways", road=road, start=start, end=end)
    section = longest_section(_road(known, road), starts, ends)
    if section is None:
        raise _UnresolvedError("section_broken", road=road, start=start, end=end)
    return Located(section, section, "P4")


def _quadrant(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    node, corner = said.arguments
    assert isinstance(node, Expression)  # noqa: S101 - held by parse
    road, wanted = node.arguments[0], BEARINGS[str(corner)]
    ways = _ways_on(known, road, _node(known, node), wanted, QUADRANT_M, CORNER_DEG)
    if not ways:
        raise _UnresolvedError("direction_not_on_road", road=road, direction=corner)
    way = ways[0]
    last = min(QUADRANT_TO_M, way.length)
    if last <= QUADRANT_FROM_M:
        raise _UnresolvedError("road_too_short", road=road, length_m=QUADRANT_FROM_M)
    nominal = min(QUADRANT_M, (QUADRANT_FROM_M + last) / 2)
    on_the_right = turn_deg(heading_deg(way, nominal) + 90, wanted) <= 90
    aside = QUADRANT_ASIDE_M if on_the_right else -QUADRANT_ASIDE_M
    steps = np.linspace(
        QUADRANT_FROM_M, last, max(2, math.ceil((last - QUADRANT_FROM_M) / _STEP_M) + 1)
    ).tolist()
    line = LineString([beside(way, at, aside) for at in sorted({*steps, nominal})])
    return Located(beside(way, nominal, aside), line, "P3")


def _side(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    road, side = said.arguments
    wanted = BEARINGS[str(side)]
    edge = math.sqrt(area_m2) if area_m2 else 0.0
    depth = max(SIDE_DEPTH_M, edge)
    strips = []
    chains = line_parts(_road(known, road))
    for chain in chains:
        aside = _towards(chain, wanted, depth)
        if aside is not None:
            # A single-sided buffer lies to the left of a line where its distance is positive.
            strips.append(shapely.buffer(chain, -aside, single_sided=True, quad_segs=16))
    longest = max(chains, key=lambda chain: chain.length)
    aside = _towards(longest, wanted, (edge or depth) / 2)
    if aside is None:
        raise _UnresolvedError("direction_not_on_road", road=road, direction=side)
    half_way = longest.length / 2
    centre = beside(longest, half_way, aside)
    drawn = square(centre, area_m2, heading_deg(longest, half_way)) if area_m2 else centre
    return Located(drawn, shapely.make_valid(shapely.union_all([*strips, drawn])), "P4")


def _towards(chain: LineString, wanted: float, depth_m: float) -> float | None:
    """The depth, positive if the wanted side is on the right; ``None`` if the chain runs towards it."""
    heading = bearing_deg(Point(chain.coords[0]), Point(chain.coords[-1]))
    if turn_deg(heading + 90, wanted) <= DIRECTION_DEG:
        return depth_m
    return -depth_m if turn_deg(heading - 90, wanted) <= DIRECTION_DEG else None


def _address(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    name, number = said.arguments
    road = _road(known, name)
    values = (("road", name), ("number", number))
    return Located(middle(road), road, "P4", reason_values=values, note="address_without_numbers")


def _front(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    name, poi = said.arguments
    road = _road(known, name)
    near = [point for point in known.points(str(poi)) if point.distance(road) <= FRONT_M]
    if len(near) != 1:
        values = (("road", name), ("poi", poi))
        return Located(middle(road), road, "P4", reason_values=values, note="poi_without_point")
    chain = min(line_parts(road), key=lambda each: each.distance(near[0]))
    at = chain.project(near[0])
    return Located(chain.interpolate(at), substring(chain, max(0.0, at - FRONT_M), at + FRONT_M), "P3")


def _one_place(known: Gazetteer, name: str | Expression, kind: str) -> Point:
    found = known.points(str(name), kind)
    if not found:
        raise _UnresolvedError(f"{kind}_without_point", **{kind: name})
    if len(found) > 1:
        raise _UnresolvedError("several_places", place=name, count=len(found))
    return found[0]


def _beside_village(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    village = _one_place(known, said.arguments[0], "village")
    angle = math.radians(BEARINGS[said.operator[0]])
    half = VILLAGE_M / 2
    point = Point(village.x + half * math.sin(angle), village.y + half * math.cos(angle))
    return Located(point, village.buffer(VILLAGE_M, quad_segs=32), "P5")


def _town(known: Gazetteer, said: Expression, area_m2: float | None) -> Located:
    del area_m2
    point = _one_place(known, said.arguments[0], "township")
    return Located(point, township_cell(str(said.arguments[0]), known.places), "P6")


_PLACED_BY: dict[str, Callable[[Gazetteer, Expression, float | None], Located]] = {
    "INT": _crossing,
    "OFFSET": _offset,
    "QUAD": _quadrant,
    "FRONT": _front,
    "SEG": _section,
    "SIDE": _side,
    "ADDR": _address,
    "NORTH_OF": _beside_village,
    "EAST_OF": _beside_village,
    "SOUTH_OF": _beside_village,
    "WEST_OF": _beside_village,
    "TOWN": _town,
}
