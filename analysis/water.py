"""Hydrants and water cranes: what is counted, protection areas, what is surely protected, and the nearest source.

Hydrants known only as "15 on this section" are drawn in an example layout; nothing is called protected from an
example alone. Beside the examples stand bounds that hold however the hydrants may lie on their sections.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from analysis.discs import joined, joined_discs
from geo.locate import spread
from geo.ownership import SAMPLE_M, Pieces, in_sight, nearest_in_sight, side_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from shapely import LineString, MultiPoint
    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario
    from geo.network import Floats

QUARTER_SEGMENTS = 32
"""Segments per quarter circle: a disc drawn so holds 99.96 % of the true one."""

PLANNED = ("under_construction", "not_built")
HYPOTHETICAL = "hypothetical"
"""The state of what stands in a scenario alone: it counts, and is never called built."""

AROUND_M = 10.0
"""A disc is cut along the barriers that come so near to it."""

BOUND_STEP_M = 5.0
"""A section's disc is tried this far apart along it when its least share of the study area is sought."""

MOST_SECTIONS_SEARCHED = 14
"""Up to this many sections the best set of sections that cannot overlap is searched exhaustively."""


MOST_OUTLINE_POINTS, SOURCES_AT_ONCE = 200, 16
"""Where a barrier hides the nearest source, so many points of a shape's outline look for another, and so many sources
are tried at a time."""


def counted(
    status: pd.Series[Any], scenario: Scenario, opens: pd.Series[Any] | None = None
) -> pd.Series[bool]:
    """Which features count under a scenario, by status, on the same index.

    ``in_use`` and :data:`HYPOTHETICAL` always; ``under_construction`` and ``not_built`` with planned works; ``unknown``
    only when the scenario says so; ``out_of_service`` never. ``opens``: the year in which each opens, NaN where
    nobody says. Under a scenario with a year, planned ones that open by its end count with or without planned works,
    as streets do, and nothing that opens later counts."""
    yes = (
        {"in_use", HYPOTHETICAL}
        | (set(PLANNED) if scenario.planned_works else set())
        | ({"unknown"} if scenario.count_unknown else set())
    )
    counts = status.isin(yes).astype(bool)
    if opens is None or not scenario.year:
        return counts
    return (counts | (status.isin(PLANNED) & (opens <= scenario.year))) & ~opens_later(opens, scenario)


def opens_later(opens: pd.Series[Any], scenario: Scenario) -> pd.Series[bool]:
    """Which features open after the scenario's year; none where it names no year."""
    return (opens > scenario.year) & bool(scenario.year)


def protection_area(
    points: NDArray[np.object_], radius_m: float, barrier: BaseGeometry | None = None
) -> BaseGeometry:
    """The union of the discs around the points, in true metres of their projected CRS.

    ``barrier``: all barriers as one shape. Nobody lays hose across one: a disc is cut along them, and only the
    part in which the hydrant stands counts. A barrier that ends inside a disc cuts nothing off.
    """
    return _joined_discs(shapely.MultiPoint(points.tolist()), radius_m, barrier)


@lru_cache(maxsize=16)
def _joined_discs(hydrants: MultiPoint, radius_m: float, barrier: BaseGeometry | None) -> BaseGeometry:
    """Kept, since a changed time changes no hydrant."""
    points, tree = shapely.get_parts(hydrants), Pieces.of(barrier).tree
    cut, near = tree.query(points, predicate="dwithin", distance=radius_m + AROUND_M)
    cut_off = []
    for row in np.unique(cut).tolist():
        disc = shapely.buffer(points[row], radius_m, quad_segs=QUARTER_SEGMENTS)
        around = shapely.GeometryCollection(tree.geometries[near[cut == row]].tolist())
        cut_off.append(side_of(disc, points[row], around))
    whole = joined_discs(shapely.get_coordinates(np.delete(points, cut)), radius_m, QUARTER_SEGMENTS)
    return joined(np.array([*cut_off, whole], dtype=object)) if cut_off else whole


@dataclass(frozen=True, eq=False)
class Section:
    """Hydrants known as a number on a section of street. ``line`` is None where the section has no ends."""

    section_id: str
    count: int
    line: LineString | None
    road: BaseGeometry | None
    """The whole named street, for a section without ends."""


@dataclass(frozen=True, eq=False)
class Layout:
    """One way the hydrants may lie. ``name``: ``even``, ``from_end`` (120 m apart from the end that protects less)."""

    name: str
    points: NDArray[np.object_]
    area: BaseGeometry


def _placed(sections: Sequence[Section]) -> list[tuple[LineString, int]]:
    """Line and number of the sections that have ends."""
    return [(section.line, section.count) for section in sections if section.line is not None]


def even_layout(
    sections: Sequence[Section],
    surveyed: NDArray[np.object_],
    radius_m: float,
    barrier: BaseGeometry | None = None,
) -> Layout:
    """Every section's hydrants spread evenly: usually the kindest layout, and only an example."""
    every = np.concatenate(
        [surveyed, *(spread(line, count, layout="even") for line, count in _placed(sections))]
    )
    return Layout("even", every, protection_area(every, radius_m, barrier))


def clustered_layout(
    sections: Sequence[Section],
    surveyed: NDArray[np.object_],
    radius_m: float,
    spacing_m: float,
    study_area: BaseGeometry,
    barrier: BaseGeometry | None = None,
) -> Layout:
    """Every section's hydrants at the rule's spacing from one end, the end that protects less of the study area."""
    points = [surveyed]
    for line, count in _placed(sections):
        ends = [spread(line, count, layout=end, spacing_m=spacing_m) for end in ("from_start", "from_end")]
        areas = [protection_area(end, radius_m, barrier).intersection(study_area).area for end in ends]
        points.append(ends[int(np.argmin(areas))])
    every = np.concatenate(points)
    return Layout("from_end", every, protection_area(every, radius_m, barrier))


def protected_bounds_m2(
    sections: Sequence[Section],
    surveyed: BaseGeometry,
    study_area: BaseGeometry,
    radius_m: float,
    barrier: BaseGeometry | None = None,
) -> tuple[float, float]:
    """Least and most of the study area that may be protected, in m2, however the hydrants lie.

    At least: the surveyed discs, or one disc per section for a set of sections too far apart to share ground,
    each at the point of its section where it protects least of the study area; whichever is more. At most: the
    surveyed discs and, per section, its count of whole discs or the ground within the radius of it, whichever is
    less; a section without ends may lie anywhere on its named street. Barriers may cut any part off the disc of a
    section they come near, so that it adds nothing to the least; the most is left as it is.
    """
    known = surveyed.intersection(study_area).area
    lines = [line for line, _ in _placed(sections)]
    least = [
        _least_disc_m2(line, study_area, radius_m)
        if barrier is None or shapely.distance(line, barrier) > radius_m
        else 0.0
        for line in lines
    ]
    low = max(known, _best_apart(lines, least, 2 * radius_m))
    disc = float(np.pi) * radius_m**2
    high, reach = known, [surveyed]
    for section in sections:
        where = section.line if section.line is not None else section.road
        ground = study_area if where is None else shapely.buffer(where, radius_m, quad_segs=QUARTER_SEGMENTS)
        high += min(section.count * disc, ground.intersection(study_area).area)
        reach.append(ground)
    most = shapely.union_all(np.array(reach, dtype=object)).intersection(study_area).area
    return low, max(low, min(high, most))


def _least_disc_m2(line: LineString, study_area: BaseGeometry, radius_m: float) -> float:
    """No disc about a point of the line holds less of the study area than this."""
    steps = np.linspace(0.0, line.length, max(2, int(np.ceil(line.length / BOUND_STEP_M)) + 1))
    discs = shapely.buffer(shapely.line_interpolate_point(line, steps), radius_m, quad_segs=QUARTER_SEGMENTS)
    tried = shapely.area(discs)
    shapely.prepare(study_area)
    cut = np.flatnonzero(~shapely.covers(study_area, discs))
    tried[cut] = shapely.area(shapely.intersection(discs[cut], study_area))
    least, whole = float(tried.min()), float(shapely.area(discs[0]))
    if least >= whole * (1 - 1e-9):
        return least
    # A disc moved by half a step sweeps at most its width times that: so much less may lie between two tries.
    return max(0.0, least - radius_m * BOUND_STEP_M)


def _best_apart(lines: Sequence[LineString], least_m2: Sequence[float], apart_m: float) -> float:
    """The largest sum over a set of sections that are all farther apart than two radii."""
    far = np.array([[float(shapely.distance(a, b)) > apart_m for b in lines] for a in lines])
    order = np.argsort(least_m2)[::-1]
    if len(lines) > MOST_SECTIONS_SEARCHED:
        chosen: list[int] = []
        for i in order.tolist():
            if all(far[i, j] for j in chosen):
                chosen.append(i)
        return float(sum(least_m2[i] for i in chosen))
    best = 0.0
    for size in range(1, len(lines) + 1):
        for group in itertools.combinations(range(len(lines)), size):
            if all(far[i, j] for i, j in itertools.combinations(group, 2)):
                best = max(best, float(sum(least_m2[i] for i in group)))
    return best


def nearest_source(
    shapes: list[BaseGeometry | None],
    points: NDArray[np.object_],
    ids: Sequence[str],
    barrier: BaseGeometry | None = None,
) -> tuple[list[str | None], Floats]:
    """Nearest of the given sources to each shape in a straight line: its id and metres (None, NaN without either).

    ``barrier``: all barriers as one shape. A source is offered only where a straight way from it to the shape crosses
    none; the metres are those of the shortest such way.
    """
    source, metres = np.full(len(shapes), -1), np.full(len(shapes), np.nan)
    rows = np.flatnonzero([shape is not None for shape in shapes])
    if len(points) and len(rows):
        there = np.array([shapes[row] for row in rows.tolist()], dtype=object)
        which, hit = shapely.STRtree(points).query_nearest(there, all_matches=True)
        order = np.lexsort((hit, which))  # of equally near ones the first
        source[rows] = hit[order][np.unique(which[order], return_index=True)[1]]
        metres[rows] = shapely.distance(there, points[source[rows]])
        if barrier is not None:
            shapely.prepare(barrier)
            ways = shapely.get_coordinates(shapely.shortest_line(there, points[source[rows]])).reshape(
                -1, 2, 2
            )
            for row in rows[~in_sight(barrier, ways[:, 0], ways[:, 1])].tolist():
                source[row], metres[row] = _nearest_seen(shapes[row], points, barrier)
    return [None if each < 0 else ids[each] for each in source.tolist()], metres


def _nearest_seen(
    shape: BaseGeometry | None, points: NDArray[np.object_], barrier: BaseGeometry
) -> tuple[int, float]:
    """Row and metres of the nearest point that sees the shape's outline (or line); -1 and NaN without any."""
    outline = shapely.boundary(shape) if shapely.area(shape) > 0 else shape
    step_m = max(SAMPLE_M, shapely.length(outline) / MOST_OUTLINE_POINTS)
    tree = cKDTree(shapely.get_coordinates(shapely.segmentize(outline, step_m)))
    gap = shapely.distance(shape, points)
    order = np.argsort(gap, kind="stable")
    found, least_m = -1, np.inf
    for begin in range(0, len(order), SOURCES_AT_ONCE):
        some = order[begin : begin + SOURCES_AT_ONCE]
        if gap[some[0]] >= least_m:
            break
        _, metres = nearest_in_sight(tree, barrier, shapely.get_coordinates(points[some]), np.inf)
        if metres.min() < least_m:
            found, least_m = int(some[metres.argmin()]), float(metres.min())
    return found, least_m if found >= 0 else np.nan


@dataclass(frozen=True, eq=False)
class WaterKnowledge:
    """What is known of the counted hydrants when parcels are asked for water."""

    listed: bool
    surveyed: BaseGeometry
    """Protection area of hydrants whose place is surveyed."""
    possible: BaseGeometry
    """Ground that any counted hydrant with an uncertain place may protect."""
    unplaced: bool
    """A counted hydrant has no place at all."""


def water_states(shapes: list[BaseGeometry | None], known: WaterKnowledge) -> list[str]:
    """``covered``, ``depends``, ``not_covered`` or ``not_analysed`` by the protection radius, one per parcel.

    ``covered`` where the whole shape in which the parcel may lie is inside discs of surveyed hydrants;
    ``not_covered`` where none of it can be protected by any counted hydrant; otherwise it ``depends``.
    """
    there = np.array([shape is not None for shape in shapes], dtype=bool)
    states = np.full(len(shapes), "not_analysed", dtype=object)
    if not known.listed or not there.any():
        return list(states)
    placed = np.array([shape for shape in shapes if shape is not None], dtype=object)
    shapely.prepare([known.surveyed, known.possible])
    inside = shapely.covers(known.surveyed, placed)
    touched = shapely.intersects(known.surveyed, placed) | shapely.intersects(known.possible, placed)
    maybe = touched | known.unplaced
    states[there] = np.where(inside, "covered", np.where(maybe, "depends", "not_covered"))
    return list(states)
