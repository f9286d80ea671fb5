"""Covered, depends, not covered or not analysed: a verdict per parcel, from time alone, with its reason.

A verdict is *covered* or *not covered* only where it holds over the whole shape in which the parcel may lie and
for every place where the stations may stand. On a schematic network neither comes from the network: only the
straight-line bound decides there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.readings import each_alone, first_due, seconds_at, times_at
from analysis.sampling import rows_of
from geo.crs import shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField
    from analysis.sampling import Samples
    from analysis.scenario import Targets
    from geo.network import Flags, Floats, Ints

COVERED, DEPENDS, NOT_COVERED, NOT_ANALYSED = "covered", "depends", "not_covered", "not_analysed"
VERDICTS = (COVERED, DEPENDS, NOT_COVERED, NOT_ANALYSED)


@dataclass(frozen=True, eq=False)
class SampleTimes:
    """What is known of the time at each sample, (k,), over every place where the stations may stand.

    ``nominal_s`` at the nominal places and ``station`` first due there (row of the station ids, -1: nobody),
    ``best_s`` at the kindest places, ``worst_s`` at the unkindest; infinite where nobody comes. ``connected``:
    the owning street is reached by somebody as long as no street is closed.
    """

    nominal_s: Floats
    station: Ints
    best_s: Floats
    worst_s: Floats
    connected: Flags


def sample_times(
    field: ArrivalField,
    samples: Samples,
    partly_placed: frozenset[str] = frozenset(),
    connected: Flags | None = None,
) -> SampleTimes:
    """Read the field at the samples. The worst case of a point is that of its most dependable station.

    Stations of ``partly_placed`` may also stand where no street is near: nothing is sure to be reached by them.
    """
    count = len(samples.row)
    nominal = np.full(count, np.inf)
    station = np.full(count, -1, dtype=np.int64)
    owned = np.flatnonzero(samples.street >= 0)
    points, sites = field.points(samples.street[owned], samples.chainage_m[owned]), field.sites
    nominal[owned], station[owned] = times_at(first_due(field), points)
    only_partly = np.isin(np.array(sites.station_ids)[sites.station], sorted(partly_placed))
    certain = (np.bincount(sites.station)[sites.station] == 1) & ~only_partly
    if certain.all():
        best = nominal.copy()
    else:
        best = np.full(count, np.inf)
        best[owned] = seconds_at(first_due(field, np.flatnonzero(certain)), points)
    worst = best.copy()
    for number in np.unique(sites.station[~certain]).tolist():
        rows = np.flatnonzero(sites.station == number)
        latest = np.zeros(len(owned))
        for alone in each_alone(field, rows):
            seconds = seconds_at(alone, points)
            best[owned] = np.minimum(best[owned], seconds)
            latest = np.maximum(latest, seconds)
        if not only_partly[rows[0]]:
            worst[owned] = np.minimum(worst[owned], latest)
    joined = np.isfinite(best)
    if connected is not None:
        joined[owned] |= connected[samples.street[owned]]
    return SampleTimes(nominal, station, best, worst, joined)


def nobody_comes(samples: Samples) -> SampleTimes:
    """The times where no station has a usable site."""
    never = np.full(len(samples.row), np.inf)
    nobody = np.full(len(samples.row), -1, dtype=np.int64)
    return SampleTimes(never, nobody, never, never, np.zeros(len(samples.row), dtype=bool))


def bound_m(shapes: list[BaseGeometry | None], station_places: list[BaseGeometry]) -> Floats:
    """Straight distance from the nearest place any station may stand to the nearest place each parcel may lie.

    NaN where a parcel has no shape or there is no station place. It needs no road and no schematic drawing.
    """
    if not station_places:
        return np.full(len(shapes), np.nan)
    places = shapely.union_all(np.array(station_places, dtype=object))
    return np.asarray(shapely.distance(shapes_of(shapes), places), dtype=float)


def bound_turnout_s(targets: Targets, own_turnout_s: Iterable[float] = ()) -> float:
    """The turnout the bound grants: the shortest of the scenario's, the stations' own (NaN: the scenario's) and
    :data:`standards.BOUND_TURNOUT_S`."""
    own = (float(seconds) for seconds in own_turnout_s if not np.isnan(seconds))
    return min(targets.turnout_s, standards.BOUND_TURNOUT_S, *own)


def bound_speed_kph(distance_m: Floats, targets: Targets, turnout_s: float) -> Floats:
    """Speed in a straight line that would be needed to be in time, km/h; infinite where no drive time is left."""
    drive_s = targets.limit_s - turnout_s
    if drive_s <= 0:
        return np.where(np.isnan(distance_m), np.nan, np.inf)
    return distance_m / drive_s * 3.6


@dataclass(frozen=True)
class Circumstances:
    """What holds for all parcels alike when they are judged."""

    limit_s: float
    off_street_limit_m: float
    bound_kph_limit: float
    has_network: bool
    schematic: str
    """What is only drawn and not measured, as a code (``schematic_network``, ``schematic_places``), or empty."""
    station_ids: tuple[str, ...]
    station_uncertain: bool
    """A counted station may stand in several places."""
    station_missing: bool
    """A counted station has no usable site, or none for some of the places where it may stand, so that the
    network proves nothing *not covered*."""
    stations_listed: bool
    """The county lists stations at all."""
    stations_unknown: bool
    """No station counts, and of some nobody knows whether they are in use."""


def judge(
    parcels: pd.DataFrame,
    samples: Samples | None,
    times: SampleTimes | None,
    needed_kph: Floats,
    circumstances: Circumstances,
) -> pd.DataFrame:
    """Verdicts on the index of ``parcels`` (columns ``shape``, ``drawn``, ``position_class``,
    ``unresolved_reason``).

    Columns: ``verdict``, ``reason`` (codes), ``depends_on`` (codes joined by commas), ``covered_share`` (0-1),
    ``arrival_s`` (worst point at the nominal places), ``arrival_s_min``, ``arrival_s_max`` (over all places),
    ``station_id`` (first due at the worst point), ``off_street_m``. Numbers are null where the bound decides or
    nothing was analysed. The order of the tests is that of the project's definitions.
    """
    told = _all_told(samples, times, circumstances, len(parcels))

    @cache  # what decides takes few forms, and each is judged once
    def judged(beyond_bound: bool, points: _Points | None, *parcel: Any) -> _Judged:
        return _judge_one(_Parcel(*parcel), points, beyond_bound, circumstances)

    asked = [np.asarray(parcels[name], dtype=object).tolist() for name in _ASKED]
    asked[0] = [shape is not None for shape in asked[0]]
    beyond = (needed_kph > circumstances.bound_kph_limit).tolist()
    every = list(map(judged, beyond, told.points, *asked))
    timed = np.array([each.timed for each in every], dtype=bool)
    ids, first = circumstances.station_ids, np.where(timed, told.station, -1).tolist()
    texts = {name: [getattr(each, name) for each in every] for name in ("verdict", "reason", "depends_on")}
    texts["station_id"] = [ids[row] if row >= 0 else None for row in first]
    columns = {name: pd.Series(text, index=parcels.index) for name, text in texts.items()}
    columns |= {
        name: pd.Series(np.where(timed, value, np.nan), index=parcels.index)
        for name, value in told.numbers.items()
    }
    return pd.DataFrame(columns)[["verdict", "reason", "depends_on", *_NUMBERS]]


_NUMBERS = ("covered_share", "arrival_s", "arrival_s_min", "arrival_s_max", "station_id", "off_street_m")


@dataclass(frozen=True)
class _Parcel:
    """What a verdict asks of a parcel itself: whether it has a shape, and columns of its table."""

    shape: bool
    drawn: Any
    position_class: Any
    unresolved_reason: Any


_ASKED = tuple(_Parcel.__dataclass_fields__)


class _Points(NamedTuple):
    """What the points of one parcel say together.

    ``on_streets``: all within the off-street limit; ``connected``: all; in time ``sure``: all, for every place where
    the stations may stand, ``possible``: one of them, for some, ``doubtful``: one for some and not for every,
    ``some`` and ``every`` at the nominal places.
    """

    on_streets: bool
    connected: bool
    sure: bool
    possible: bool
    doubtful: bool
    some: bool
    every: bool


@dataclass(frozen=True, eq=False)
class _Told:
    """What the points say of each parcel (n,): ``points``, None of one without any; ``numbers`` as they stand in the
    answer; ``station``, the row of the station that is first due at the point reached latest, -1: nobody."""

    points: list[_Points | None]
    numbers: dict[str, Floats]
    station: Ints


def _all_told(samples: Samples | None, times: SampleTimes | None, around: Circumstances, count: int) -> _Told:
    """What the points say of each of ``count`` parcels."""
    points: list[_Points | None] = [None] * count
    numbers = {name: np.full(count, np.nan) for name in _NUMBERS if name != "station_id"}
    station = np.full(count, -1, dtype=np.int64)
    if samples is None or times is None or len(samples.row) == 0:
        return _Told(points, numbers, station)
    # Samples stand in the order of the rows, so one row is one slice.
    rows, start, size = rows_of(samples.row)

    def of_all(flags: Flags) -> Flags:
        return np.asarray(np.logical_and.reduceat(flags, start))

    def of_one(flags: Flags) -> Flags:
        return np.asarray(np.logical_or.reduceat(flags, start))

    nominal, inside = times.nominal_s <= around.limit_s, samples.inside
    sure, possible = times.worst_s <= around.limit_s, times.best_s <= around.limit_s
    counted = inside | ~np.repeat(of_one(inside), size)
    latest_s = np.maximum.reduceat(times.nominal_s, start)
    latest = np.flatnonzero(times.nominal_s == np.repeat(latest_s, size))
    station[rows] = times.station[latest[np.searchsorted(latest, start)]]
    numbers["covered_share"][rows] = np.add.reduceat(nominal & counted, start, dtype=float) / np.add.reduceat(
        counted, start, dtype=float
    )
    numbers["off_street_m"][rows] = np.maximum.reduceat(samples.distance_m, start)
    for name, seconds in (
        ("arrival_s", latest_s),
        ("arrival_s_min", np.minimum.reduceat(times.best_s, start)),
        ("arrival_s_max", np.maximum.reduceat(times.worst_s, start)),
    ):
        numbers[name][rows] = np.where(np.isfinite(seconds), seconds, np.nan)
    flags = (
        of_all(samples.distance_m <= around.off_street_limit_m), of_all(times.connected), of_all(sure),
        of_one(possible), of_one(possible & ~sure), of_one(nominal), of_all(nominal),
    )  # fmt: skip
    for row, *told in zip(rows.tolist(), *(each.tolist() for each in flags), strict=True):
        points[row] = _Points(*told)
    return _Told(points, numbers, station)


class _Judged(NamedTuple):
    """A verdict with its reason; ``timed``: numbers belong to it."""

    verdict: str
    reason: str | None
    depends_on: str
    timed: bool


def _judge_one(parcel: _Parcel, points: _Points | None, beyond_bound: bool, around: Circumstances) -> _Judged:
    if around.stations_listed and beyond_bound:
        return _Judged(NOT_COVERED, "bound", "", timed=False)
    may_come = around.station_ids or around.station_missing or around.stations_unknown
    if around.stations_listed and not may_come:
        return _Judged(NOT_COVERED, "no_station_counts", "", timed=False)
    obstacle = _obstacle(parcel, points, around)
    if obstacle is not None or points is None:
        return _Judged(NOT_ANALYSED, obstacle, "", timed=False)
    if not around.schematic and not points.possible and around.station_missing:
        return _Judged(NOT_ANALYSED, "station_not_analysed", "", timed=False)
    uncertain = _depends_on(parcel, points, around)
    if around.schematic:
        return _Judged(DEPENDS, around.schematic, ",".join(uncertain), timed=True)
    if points.sure:
        return _Judged(COVERED, "within_limit", "", timed=True)
    if not points.possible:
        return _Judged(NOT_COVERED, "beyond_limit", "", timed=True)
    return _Judged(DEPENDS, uncertain[0], ",".join(uncertain), timed=True)


def _obstacle(parcel: _Parcel, points: _Points | None, around: Circumstances) -> str | None:
    """Why a parcel cannot be analysed, or None."""
    if around.stations_unknown:
        return "station_status_unknown"
    if not around.has_network:
        return "no_network"
    if not parcel.shape or points is None:
        return str(parcel.unresolved_reason or "no_place")
    if not around.stations_listed:
        return "no_station_listed"
    if not around.station_ids:
        return "station_not_analysed"
    if not points.on_streets:
        return "off_street"
    if not points.connected:
        return "unconnected"
    return None


def _depends_on(parcel: _Parcel, points: _Points, around: Circumstances) -> list[str]:
    surveyed = parcel.position_class == "P0" and parcel.drawn == "boundary"
    mixed = points.some and not points.every
    found = [around.schematic] if around.schematic else []
    if (around.schematic or mixed) and not surveyed:
        found.append("position")
    if points.doubtful or around.station_missing or (around.schematic and around.station_uncertain):
        found.append("station_position")
    if mixed and surveyed:
        found.append("part_of_parcel")
    return found or ["station_position"]
