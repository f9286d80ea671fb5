"""One named road as one line: its pieces joined, its carriageways and gaps made good, and where roads meet.

A road reaches this module as all the street pieces that carry its name, in metres. It leaves as a few chains,
usually one, on which distances can be measured.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point
from shapely.ops import substring

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

GAP_M = 60.0
"""Ends of one road this close are joined: a crossing, a roundabout, a missing piece [own]."""
CARRIAGEWAYS_M = 40.0
"""Lines of one road this close side by side are its two carriageways [own]."""
PARALLEL_FROM_M = 100.0
"""Shorter pieces are side by side only if they are so over almost their whole length [own]."""
STRAIGHT_ON_DEG = 60.0
"""A road goes on over a fork into the piece that turns least, at most this much [own]."""
MEET_M = 50.0
"""Roads that do not touch meet where they come this close [own]."""
ONE_CROSSING_M = 40.0
"""Crossing points of two roads this close to each other are one crossing [own]."""
_ALONGSIDE_M = 150.0
"""Two roads this long within reach of each other run alongside and do not meet there [own]."""
_HAIRPIN_M = 60.0
"""A road that comes back beside itself is looked for this far before and after its turn [own]."""
_STEP_M = 20.0
"""Corners of a mid-line between two carriageways are at most this far apart."""


def bearing_deg(start: Point, end: Point) -> float:
    """Bearing from one point to another in degrees clockwise from grid north, 0 to 360."""
    return math.degrees(math.atan2(end.x - start.x, end.y - start.y)) % 360


def turn_deg(one: float, other: float) -> float:
    """Angle between two bearings, 0 to 180."""
    return abs((one - other + 180) % 360 - 180)


def line_parts(geometry: BaseGeometry) -> list[LineString]:
    """The LineStrings a geometry holds; points, areas and empty parts are passed over."""
    parts = shapely.get_parts(shapely.get_parts([geometry]))
    return [each for each in parts.tolist() if isinstance(each, LineString) and each.length > 0]


def merged_road(pieces: BaseGeometry) -> MultiLineString:
    """All pieces of one road (any line geometry, metres) as its chains, longest first.

    Pieces are joined end to end, over forks in the straightest way; two carriageways side by side become the
    line in the middle; gaps up to :data:`GAP_M` are bridged with a straight line; what is left within a
    carriageway's width of a longer chain (cross-links, halves of roundabouts) is taken as part of it.
    """
    noded = shapely.union_all(line_parts(pieces))
    whole = _through_forks(line_parts(shapely.line_merge(noded)))
    single = _one_carriageway([part for chain in whole for part in _cut_at_hairpins(chain)])
    return MultiLineString(_without_links(_bridged(_without_links(single))))


def _without_links(chains: list[LineString]) -> list[LineString]:
    """The chains, longest first, that are not wholly within a carriageway's width of a longer one."""
    kept: list[LineString] = []
    for chain in sorted(chains, key=lambda each: -each.length):
        if not any(longer.buffer(CARRIAGEWAYS_M).covers(chain) for longer in kept):
            kept.append(chain)
    return kept


def _through_forks(pieces: list[LineString]) -> list[LineString]:
    """Join pieces that meet at forks, each end with the end that goes on straightest."""
    at: dict[tuple[float, ...], list[tuple[int, int]]] = {}
    for number, piece in enumerate(pieces):
        at.setdefault(piece.coords[0], []).append((number, 0))
        at.setdefault(piece.coords[-1], []).append((number, 1))
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in at.values():
        turns = []
        for i, one in enumerate(ends):
            for other in ends[i + 1 :]:
                turn = turn_deg(_leaving(pieces, one) + 180, _leaving(pieces, other))
                if turn <= STRAIGHT_ON_DEG:
                    turns.append((turn, one, other))
        for _, one, other in sorted(turns):
            if one not in partner and other not in partner:
                partner[one], partner[other] = other, one
    return _walked(pieces, partner)


def _leaving(pieces: Sequence[LineString], end: tuple[int, int]) -> float:
    """Bearing in which a piece leaves one of its ends, over its first 20 m."""
    piece = pieces[end[0]]
    reach = min(_STEP_M, piece.length)
    start, ahead = (0.0, reach) if end[1] == 0 else (piece.length, piece.length - reach)
    return bearing_deg(piece.interpolate(start), piece.interpolate(ahead))


def _walked(
    pieces: Sequence[LineString], partner: dict[tuple[int, int], tuple[int, int]]
) -> list[LineString]:
    done: set[int] = set()
    chains = []
    open_ends = [(n, end) for n in range(len(pieces)) for end in (0, 1) if (n, end) not in partner]
    for start in [*open_ends, *((n, 0) for n in range(len(pieces)))]:
        if start[0] in done:
            continue
        corners: list[tuple[float, ...]] = []
        here: tuple[int, int] | None = start
        while here is not None and here[0] not in done:
            number, end = here
            done.add(number)
            part = list(pieces[number].coords)
            corners += (part if end == 0 else part[::-1])[1 if corners else 0 :]
            here = partner.get((number, 1 - end))
        chains.append(LineString(corners))
    return chains


def _cut_at_hairpins(chain: LineString) -> list[LineString]:
    """Part a chain where it turns back beside itself: two carriageways that are joined at their ends."""
    at = np.arange(_HAIRPIN_M, chain.length - _HAIRPIN_M, _STEP_M / 4)
    before = shapely.line_interpolate_point(chain, at - _HAIRPIN_M)
    width = np.asarray(shapely.distance(before, shapely.line_interpolate_point(chain, at + _HAIRPIN_M)))
    narrow = np.flatnonzero(width < CARRIAGEWAYS_M)
    turns = np.split(narrow, np.flatnonzero(np.diff(narrow) > 1) + 1) if len(narrow) else []
    cuts = [0.0, *(float(at[run[width[run].argmin()]]) for run in turns), chain.length]
    return [part for low, high in pairwise(cuts) for part in line_parts(substring(chain, low, high))]


def _one_carriageway(chains: list[LineString]) -> list[LineString]:
    """Put every pair of chains that run side by side into one line in the middle."""
    waiting = sorted(chains, key=lambda chain: -chain.length)
    single: list[LineString] = []
    while waiting:
        spine = waiting.pop(0)
        reach = spine.buffer(CARRIAGEWAYS_M, cap_style="flat")
        apart = []
        for chain in waiting:
            inside = [
                part for part in line_parts(chain.intersection(reach)) if _side_by_side(spine, part, chain)
            ]
            if not inside:
                apart.append(chain)
                continue
            outside = shapely.difference(chain, shapely.union_all(inside).buffer(0.01))
            apart += line_parts(outside)
            for part in inside:
                spine = _mid_line(spine, part)
        waiting = sorted(apart, key=lambda chain: -chain.length)
        single.append(spine)
    return single


def _side_by_side(spine: LineString, part: LineString, whole: LineString) -> bool:
    if part.length < min(PARALLEL_FROM_M, 0.9 * whole.length):
        return False
    first, last = _span(spine, part)
    return last - first >= 0.9 * part.length


def _span(spine: LineString, part: LineString) -> tuple[float, float]:
    corners = _points(shapely.get_coordinates(shapely.segmentize(part, _STEP_M)))
    along = np.asarray(shapely.line_locate_point(spine, corners))
    return float(along.min()), float(along.max())


def _mid_line(spine: LineString, part: LineString) -> LineString:
    """The spine, moved half-way to a part that runs beside it, over the length both share."""
    first, last = _span(spine, part)
    corners = shapely.get_coordinates(spine)
    at = np.asarray(shapely.line_locate_point(spine, _points(corners)))
    steps = np.linspace(first, last, max(2, math.ceil((last - first) / _STEP_M) + 1))
    inner = np.unique(np.concatenate([steps, at[(at > first) & (at < last)]]))
    on_spine = shapely.get_coordinates(shapely.line_interpolate_point(spine, inner))
    beside_it = shapely.line_locate_point(part, _points(on_spine))
    on_part = shapely.get_coordinates(shapely.line_interpolate_point(part, beside_it))
    return LineString(np.concatenate([corners[at < first], (on_spine + on_part) / 2, corners[at > last]]))


def _points(coordinates: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(coordinates), dtype=object)


def _bridged(chains: list[LineString]) -> list[LineString]:
    """Join chains whose ends are at most :data:`GAP_M` apart, the closest ends first."""
    chains = list(chains)
    while True:
        best: tuple[float, int, int, int, int] | None = None
        for i, one in enumerate(chains):
            for j in range(i + 1, len(chains)):
                for end_i in (0, -1):
                    for end_j in (0, -1):
                        gap = math.dist(one.coords[end_i], chains[j].coords[end_j])
                        if gap <= GAP_M and (best is None or gap < best[0]):
                            best = (gap, i, j, end_i, end_j)
        if best is None:
            return chains
        _, i, j, end_i, end_j = best
        head = list(chains[i].coords)[:: 1 if end_i == -1 else -1]
        tail = list(chains[j].coords)[:: 1 if end_j == 0 else -1]
        joined = LineString(head + (tail[1:] if head[-1] == tail[0] else tail))
        chains = [chain for number, chain in enumerate(chains) if number not in (i, j)] + [joined]


def crossings(one: MultiLineString, other: MultiLineString) -> list[Point]:
    """Where two roads meet: their crossing points, else where they come within :data:`MEET_M`.

    Points within :data:`ONE_CROSSING_M` are one crossing, at their centre. Where the roads run on top of each
    other for longer, both ends of that stretch count. Sorted by x, then y.
    """
    found = _touching(one, other) or _approaching(one, other)
    return sorted(_clustered(found), key=lambda point: (point.x, point.y))


def _touching(one: MultiLineString, other: MultiLineString) -> list[Point]:
    shared = one.intersection(other)
    found = [each for each in _parts(shared) if isinstance(each, Point)]
    for line in line_parts(shapely.line_merge(MultiLineString(line_parts(shared)))):
        found += [Point(line.coords[0]), Point(line.coords[-1])]
    return found


def _parts(geometry: BaseGeometry) -> Iterable[BaseGeometry]:
    return [each for each in shapely.get_parts([geometry]).tolist() if not each.is_empty]


def _approaching(one: MultiLineString, other: MultiLineString) -> list[Point]:
    near = one.intersection(other.buffer(MEET_M, quad_segs=32))
    stretches = line_parts(shapely.line_merge(MultiLineString(line_parts(near))))
    return [
        shapely.shortest_line(stretch, other).interpolate(0.5, normalized=True)
        for stretch in stretches
        if stretch.length <= _ALONGSIDE_M
    ]


def _clustered(points: list[Point]) -> list[Point]:
    groups: list[list[Point]] = []
    for point in points:
        joined: list[Point] = [point]
        apart: list[list[Point]] = []
        for group in groups:
            near = any(point.distance(each) <= ONE_CROSSING_M for each in group)
            joined, apart = (joined + group, apart) if near else (joined, [*apart, group])
        groups = [*apart, joined]
    return [shapely.MultiPoint(group).centroid for group in groups]


def chains_at(road: MultiLineString, point: Point) -> list[LineString]:
    """The chains of a road that pass within :data:`MEET_M` of a point, nearest first."""
    near = [chain for chain in line_parts(road) if chain.distance(point) <= MEET_M]
    return sorted(near, key=lambda chain: chain.distance(point))


def longest_section(
    road: MultiLineString, starts: Sequence[Point], ends: Sequence[Point]
) -> LineString | None:
    """The longest stretch of one chain from any start to any end; ``None`` where no chain has both."""
    best: LineString | None = None
    for start in starts:
        for end in ends:
            for chain in chains_at(road, start):
                if chain.distance(end) > MEET_M:
                    continue
                section = substring(chain, chain.project(start), chain.project(end))
                if isinstance(section, LineString) and section.length > (best.length if best else 0.0):
                    best = section
    return best


def middle(road: MultiLineString) -> Point:
    """Half-way along the longest chain of a road."""
    return max(line_parts(road), key=lambda chain: chain.length).interpolate(0.5, normalized=True)


def heading_deg(line: LineString, at_m: float) -> float:
    """Bearing of a line around a chainage, over 20 m."""
    low, high = max(0.0, at_m - _STEP_M / 2), min(line.length, at_m + _STEP_M / 2)
    return bearing_deg(line.interpolate(low), line.interpolate(high))


def beside(line: LineString, at_m: float, offset_m: float) -> Point:
    """The point ``offset_m`` to the right of a line (left if negative) at a chainage."""
    angle = math.radians(heading_deg(line, at_m) + 90)
    on_line = line.interpolate(at_m)
    return Point(on_line.x + offset_m * math.sin(angle), on_line.y + offset_m * math.cos(angle))
