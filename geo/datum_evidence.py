"""Which coordinate system a layer is really in: evidence for every way to read its numbers, for a person to decide.

A reading is held against the county's outline and, for layers that stand along streets, against the streets: see
:mod:`geo.street_fit`. It recommends only what stands clear of chance and of every other reading, and says otherwise
that it cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.crs import WGS84, crs_name, old_datum, reproject, shapes_of
from geo.datum import utm_at
from geo.datum_readings import Reading, readings
from geo.street_fit import StreetFit, areas_fit, points_fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.county import County
    from geo.crs import Shapes
    from geo.network import Floats, Network

OUTLINE_GROWN_M = 1_000.0
"""So far beyond the outline a place still counts as inside: outlines are drawn roughly."""
NETWORK_GROWN_M = 5_000.0
"""The same around the streets, where there is no outline."""
MOST_SHAPES, MOST_AMONG_STREETS = 2_000, 250
"""As many shapes, evenly taken from all, are held against the outline, and as many points or areas against streets."""
SAME_M = 1.0
"""Readings that put everything within this of each other are one."""
INSIDE_SHARE = 0.5
"""A reading does not fit with less than this inside."""
FIT_SCORE, SCORE_GAP = 4.0, 3.0
"""A reading fits by the streets from this score on, and with every other one so much behind."""
FIT_SHAPES, FIT_STREETS = 8, 5
"""And with so many shapes that agree with so many different streets."""
SHOWN_SHARE = 0.05
"""Readings with less than this inside are not worth a line, but for the declared one."""
FITS, NOT, OPEN = "fits", "does_not_fit", "cannot_tell"
_ORDER = {FITS: 0, OPEN: 1, NOT: 2}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a layer is held against: the county's ``outline`` in WGS 84 and its streets, as far as there are any."""

    outline: Any = None
    network: Network | None = None


def surroundings(county: County) -> Surroundings:
    """The outline and streets of a county."""
    if county.boundary is None:
        return Surroundings(None, county.network)
    return Surroundings(reproject(shapes_of([county.boundary]), county.crs, WGS84)[0], county.network)


@dataclass(frozen=True)
class Candidate:
    """The evidence for one reading. ``same``: further readings that put everything at the same places.

    ``inside_share``: of the shapes, NaN where there is nothing to lie in. ``streets``: None where streets were not
    asked. ``verdict``: fits, does_not_fit or cannot_tell; ``reason``: a text ``datum.reason.<code>``.
    """

    reading: Reading
    same: tuple[Reading, ...]
    inside_share: float
    streets: StreetFit | None
    verdict: str
    reason: str


@dataclass(frozen=True)
class DatumEvidence:
    """What speaks for which reading, the likeliest first.

    ``recommended``: the one that fits, None where it cannot be told. ``reason``: why, a text
    ``datum.summary.<code>``. ``inside_of``: outline, network or nothing. ``streets``: asked for points or areas, or
    why not: no_network, schematic_network, roads_themselves, few_shapes. ``shapes``: how many there are; ``looked_at``
    of them.
    """

    candidates: tuple[Candidate, ...]
    declared: Reading | None
    recommended: Reading | None
    reason: str
    inside_of: str
    streets: str
    shapes: int
    looked_at: int


def evidence(
    shapes: Shapes, around: Surroundings, *, declared: str | None = None, roads: bool = False
) -> DatumEvidence:
    """The evidence for a layer's shapes (n,), whose numbers are as the file has them, x before y, ``None`` allowed.

    ``declared``: the system the file names, if any; ``roads``: the layer is the streets themselves, which are held
    against the outline alone. The outline is asked for the middle of each shape. Streets are asked for areas, whether
    any runs through them, where at least half of the shapes are areas; else for points and the vertices of lines, how
    near one is. Nothing is changed or chosen: what is recommended is for a person to confirm.
    """
    there = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    sample = there[_evenly(len(there), MOST_SHAPES)]
    frame = _Frame.of(around)
    ways = readings(sample, *frame.middle, declared) if frame else ()
    named = bool(declared) and crs_name(declared) is not None
    old = named and bool(old_datum(str(crs_name(declared))))
    first = ways[0] if ways and named and not old else None
    counts = {"shapes": len(shapes), "looked_at": len(sample)}
    if frame is None or not ways:
        reason = "nothing_to_compare" if frame is None else "no_numbers"
        return DatumEvidence((), first, None, reason, "nothing", "no_network", **counts)
    among = _among_streets(sample)
    state = _streets_state(around.network, among, roads)
    judged = _judged_by_place(_placed(ways, sample, frame, first))
    if state in {"points", "areas"}:
        judged = _judged_by_streets(judged, among, frame)
    recommended, reason = _conclusion(judged, first)
    if old:
        recommended, reason = None, "old_datum"
    judged.sort(key=lambda each: (_ORDER[each.verdict], -_score(each), -each.inside_share))
    return DatumEvidence(tuple(judged), first, recommended, reason, frame.inside_of, state, **counts)


@dataclass(frozen=True, eq=False)
class _Frame:
    """Where a layer should lie, in metres: ``region`` is the outline, or the hull of the streets, grown."""

    crs: str
    region: Any
    middle: tuple[float, float]
    inside_of: str
    lines: Shapes

    @classmethod
    def of(cls, around: Surroundings) -> _Frame | None:
        """None where there is neither an outline nor a street."""
        network = around.network
        lines = shapes_of([]) if network is None else network.lines
        if around.outline is None and len(lines) == 0:
            return None
        if network is not None and len(lines):
            crs = network.crs
        else:
            centre = around.outline.centroid
            crs = utm_at(centre.x, centre.y).code
        if around.outline is not None:
            region, kind = (
                reproject(shapes_of([around.outline]), WGS84, crs)[0].buffer(OUTLINE_GROWN_M),
                "outline",
            )
        else:
            box = shapely.total_bounds(lines).tolist()
            region, kind = shapely.box(*box).buffer(NETWORK_GROWN_M), "network"
        middle = reproject(shapes_of([region.centroid]), crs, WGS84)[0]
        shapely.prepare(region)
        return cls(crs, region, (middle.x, middle.y), kind, lines)

    def placed(self, shapes: Shapes, way: Reading) -> Shapes:
        """Shapes read one way, in metres; infinite where they are no place."""
        return reproject(way.wgs84(shapes), WGS84, self.crs)

    def metres(self, points: Shapes, way: Reading) -> Floats:
        """(n, 2) coordinates of points read one way."""
        return shapely.get_coordinates(self.placed(points, way))


def _evenly(count: int, most: int) -> Any:
    return (
        np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
        if count
        else np.empty(0, dtype=int)
    )


def _among_streets(shapes: Shapes) -> Shapes:
    """What is held against the streets: areas, or different vertices as points; evenly taken from all."""
    kinds = shapely.get_type_id(shapes)
    areas = np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    if areas.mean() >= 0.5:
        whole = shapes[areas & shapely.is_valid(shapes)]
        return np.asarray(whole[_evenly(len(whole), MOST_AMONG_STREETS)], dtype=object)
    xy = shapely.get_coordinates(shapes)
    xy = xy[np.isfinite(xy).all(axis=1)]
    xy = xy[np.sort(np.unique(xy, axis=0, return_index=True)[1])]
    return np.asarray(shapely.points(xy[_evenly(len(xy), MOST_AMONG_STREETS)]), dtype=object)


def _streets_state(network: Network | None, among: Shapes, roads: bool) -> str:
    if network is None or len(network.lines) == 0:
        return "no_network"
    if network.source.schematic:
        return "schematic_network"
    if roads:
        return "roads_themselves"
    if len(among) < FIT_SHAPES:
        return "few_shapes"
    return "points" if among[0].geom_type == "Point" else "areas"


def _placed(
    ways: Sequence[Reading], sample: Shapes, frame: _Frame, declared: Reading | None
) -> list[Candidate]:
    """The readings with their share inside, those that come to the same places together; what lies elsewhere
    altogether is left out, but for the declared one."""
    middles = np.asarray(shapely.centroid(sample), dtype=object)
    groups: list[tuple[Floats, list[Reading]]] = []
    for way in ways:
        xy = frame.metres(middles, way)
        alike = next((each for at, each in groups if _same_places(at, xy)), None)
        if alike is None:
            groups.append((xy, [way]))
        else:
            alike.append(way)
    found = []
    for xy, (way, *same) in groups:
        inside = float(shapely.contains_xy(frame.region, *xy[np.isfinite(xy).all(axis=1)].T).sum() / len(xy))
        if inside >= SHOWN_SHARE or way == declared:
            found.append(Candidate(way, tuple(same), inside, None, OPEN, ""))
    return found


def _same_places(one: Floats, other: Floats) -> bool:
    finite = np.isfinite(one).all(axis=1)
    if not np.array_equal(finite, np.isfinite(other).all(axis=1)) or not finite.any():
        return False
    return bool(np.abs(one[finite] - other[finite]).max() < SAME_M)


def _judged_by_place(candidates: list[Candidate]) -> list[Candidate]:
    left = [each for each in candidates if each.inside_share >= INSIDE_SHARE]

    def judged(each: Candidate) -> Candidate:
        if each not in left:
            return replace(each, verdict=NOT, reason="outside")
        return replace(
            each, verdict=FITS if len(left) == 1 else OPEN, reason="inside" if left[1:] else "only_inside"
        )

    return [judged(each) for each in candidates]


def _score(each: Candidate) -> float:
    return -np.inf if each.streets is None else each.streets.score


def _fit(among: Shapes, tree: shapely.STRtree) -> StreetFit | None:
    """Points or areas among the streets; None where they are no place."""
    sound = among[np.isfinite(shapely.bounds(among)).all(axis=1)]
    if len(sound) == 0:
        return None
    if sound[0].geom_type == "Point":
        return points_fit(shapely.get_coordinates(sound), tree)
    return areas_fit(sound[shapely.is_valid(sound)], tree)


def _judged_by_streets(candidates: list[Candidate], among: Shapes, frame: _Frame) -> list[Candidate]:
    tree = shapely.STRtree(frame.lines)

    def fitted(each: Candidate) -> Candidate:
        if each.verdict == NOT:
            return each
        return replace(each, streets=_fit(frame.placed(among, each.reading), tree))

    found = [fitted(each) for each in candidates]
    asked = sorted((each for each in found if each.streets is not None), key=_score, reverse=True)
    fits = [each.streets for each in asked if each.streets is not None]
    if not fits:
        return found
    reason = _doubt(fits)
    if reason == "few_agree" and asked[0].verdict == FITS:
        return found  # the only reading inside, and too few streets to say more

    def judged(each: Candidate) -> Candidate:
        if each.streets is None:
            return each
        if reason:
            return replace(each, verdict=OPEN, reason=reason)
        if each is not asked[0]:
            return replace(each, verdict=NOT, reason="off_streets")
        return replace(each, verdict=FITS, reason="clear_of_streets" if fits[0].of_areas else "along_streets")

    return [judged(each) for each in found]


def _doubt(fits: Sequence[StreetFit]) -> str:
    """Why the first fit, in the order of their scores, cannot be said to be the place; empty where it can."""
    best = fits[0]
    if max(each.agreeing for each in fits) < FIT_SHAPES or max(each.streets for each in fits) < FIT_STREETS:
        return "few_agree"
    thin = best.agreeing < FIT_SHAPES or best.streets < FIT_STREETS
    if thin or best.score < FIT_SCORE or best.beaten:
        return "like_chance"
    return "two_alike" if any(best.score - each.score < SCORE_GAP for each in fits[1:]) else ""


def _conclusion(candidates: Sequence[Candidate], declared: Reading | None) -> tuple[Reading | None, str]:
    fitting = next((each for each in candidates if each.verdict == FITS), None)
    if fitting is not None:
        if declared is None:
            return fitting.reading, "fits_undeclared"
        return fitting.reading, "fits_declared" if fitting.reading == declared else "fits_other"
    left = [each.reading for each in candidates if each.verdict == OPEN]
    if not left:
        return None, "none_inside"
    same = {(each.system.crs, each.swapped, each.zone_dropped) for each in left}
    return None, "shift_open" if len(same) == 1 and len(left) > 1 else "open"


def rows_outside(shapes: Shapes, around: Surroundings, reading: Reading) -> tuple[int, ...]:
    """Rows (from 1) of a layer that lie outside of its surroundings, read so; empty rows are not counted."""
    frame = _Frame.of(around)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if frame is None or len(there) == 0:
        return ()
    xy = frame.metres(np.asarray(shapely.centroid(shapes[there]), dtype=object), reading)
    inside = np.zeros(len(xy), dtype=bool)
    sound = np.isfinite(xy).all(axis=1)
    inside[sound] = shapely.contains_xy(frame.region, *xy[sound].T)
    return tuple((there[~inside] + 1).tolist())
