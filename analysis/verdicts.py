"""Covered, depends, not covered or not analysed: a verdict per parcel, from time alone, with its reason.

A verdict is *covered* or *not covered* only where it holds over the whole shape in which the parcel may lie and
for every place where the stations may stand. On a schematic network neither comes from the network: only the
straight-line bound decides there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.arrival import first_due, times_at

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField
    from analysis.scenario import Targets
    from geo.network import Flags, Floats, Ints, Network

COVERED, DEPENDS, NOT_COVERED, NOT_ANALYSED = "covered", "depends", "not_covered", "not_analysed"
VERDICTS = (COVERED, DEPENDS, NOT_COVERED, NOT_ANALYSED)

SAMPLE_M = 10.0
"""A shape is asked at points this far apart, its outline and corners among them."""

MOST_SAMPLES = 4000
"""A large shape is asked at wider spacing, so that it has about this many points inside."""


def shape_points(shape: BaseGeometry) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Points that stand for a shape: its corners, its outline every :data:`SAMPLE_M`, and a grid inside it.

    The flags mark the points of the grid, which stand for equal areas.
    """
    if shape.geom_type == "Point":
        return np.array([shape], dtype=object), np.array([False])
    spacing = max(SAMPLE_M, float(np.sqrt(shape.area / MOST_SAMPLES)))
    outline = shapely.segmentize(shape, spacing)
    points = np.asarray(shapely.points(np.unique(shapely.get_coordinates(outline), axis=0)), dtype=object)
    if shape.area == 0:
        return points, np.zeros(len(points), dtype=bool)
    west, south, east, north = shape.bounds
    columns = np.arange(west + spacing / 2, east, spacing)
    rows = np.arange(south + spacing / 2, north, spacing)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    shapely.prepare(shape)
    within = np.asarray(
        shapely.points(grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]), dtype=object
    )
    flags = np.repeat([False, True], [len(points), len(within)])
    return np.concatenate([points, within]), flags


@dataclass(frozen=True, eq=False)
class Samples:
    """Points standing for the shapes of a table and the street points that own them.

    ``row`` (k,) is the row of the table, in ascending order; ``inside`` marks points that stand for equal areas;
    ``street`` is -1 where no street owns ground, ``distance_m`` NaN there.
    """

    row: Ints
    inside: Flags
    street: Ints
    chainage_m: Floats
    distance_m: Floats


def sample_shapes(shapes: list[BaseGeometry | None], network: Network) -> Samples:
    """Sample the shapes of a table; rows without a shape have no samples."""
    nothing = np.empty(0, dtype=object), np.empty(0, dtype=bool)
    found = [nothing if shape is None or shape.is_empty else shape_points(shape) for shape in shapes]
    row = np.repeat(np.arange(len(shapes)), [len(points) for points, _ in found])
    street, chainage, distance = network.nearest(
        np.concatenate([nothing[0], *(points for points, _ in found)])
    )
    return Samples(
        row, np.concatenate([nothing[1], *(flags for _, flags in found)]), street, chainage, distance
    )


@dataclass(frozen=True, eq=False)
class SampleTimes:
    """What is known of the time at each sample, (k,), over every place where the stations may stand.

    ``nominal_s`` at the nominal places and ``station`` first due there (row of the station ids, -1: nobody),
    ``best_s`` at the kindest places, ``worst_s`` at the unkindest; infinite where nobody comes.
    """

    nominal_s: Floats
    station: Ints
    best_s: Floats
    worst_s: Floats


def sample_times(field: ArrivalField, samples: Samples) -> SampleTimes:
    """Read the field at the samples. The worst case of a point is that of its most dependable station."""
    count = len(samples.row)
    nominal = np.full(count, np.inf)
    station = np.full(count, -1, dtype=np.int64)
    best, worst = nominal.copy(), nominal.copy()
    owned = np.flatnonzero(samples.street >= 0)
    points = field.points(samples.street[owned], samples.chainage_m[owned])
    nominal[owned], station[owned] = times_at(first_due(field), points)
    for number in np.unique(field.sites.station).tolist():
        latest = np.zeros(len(owned))
        for site in np.flatnonzero(field.sites.station == number).tolist():
            seconds, _ = times_at(first_due(field, np.array([site])), points)
            best[owned] = np.minimum(best[owned], seconds)
            latest = np.maximum(latest, seconds)
        worst[owned] = np.minimum(worst[owned], latest)
    return SampleTimes(nominal, station, best, worst)


def nobody_comes(samples: Samples) -> SampleTimes:
    """The times where no station has a usable site."""
    never = np.full(len(samples.row), np.inf)
    return SampleTimes(never, np.full(len(samples.row), -1, dtype=np.int64), never, never)


def bound_m(shapes: list[BaseGeometry | None], station_places: list[BaseGeometry]) -> Floats:
    """Straight distance from the nearest place any station may stand to the nearest place each parcel may lie.

    NaN where a parcel has no shape or there is no station place. It needs no road and no schematic drawing.
    """
    if not station_places:
        return np.full(len(shapes), np.nan)
    places = shapely.union_all(np.array(station_places, dtype=object))
    return np.array([np.nan if shape is None else float(shapely.distance(shape, places)) for shape in shapes])


def bound_speed_kph(distance_m: Floats, targets: Targets) -> Floats:
    """Speed in a straight line that would be needed to be in time, km/h; infinite where no drive time is left.

    The turnout granted is the scenario's or :data:`standards.BOUND_TURNOUT_S`, whichever is shorter.
    """
    drive_s = targets.limit_s - min(targets.turnout_s, standards.BOUND_TURNOUT_S)
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
    schematic: bool
    station_ids: tuple[str, ...]
    station_uncertain: bool
    """A counted station may stand in several places."""
    station_missing: bool
    """A counted station has no usable site, so that *not covered* cannot be said of anything."""
    stations_listed: bool
    """The county lists stations at all."""


def judge(
    parcels: pd.DataFrame,
    samples: Samples | None,
    times: SampleTimes | None,
    needed_kph: Floats,
    circumstances: Circumstances,
) -> pd.DataFrame:
    """Verdicts on the index of ``parcels`` (columns ``shape``, ``position_class``, ``unresolved_reason``).

    Columns: ``verdict``, ``reason`` (codes), ``depends_on`` (codes joined by commas), ``covered_share`` (0-1),
    ``arrival_s`` (worst point at the nominal places), ``arrival_s_min``, ``arrival_s_max`` (over all places),
    ``station_id`` (first due at the worst point), ``off_street_m``. Numbers are null where the bound decides or
    nothing was analysed. The order of the tests is that of the project's definitions.
    """
    rows = [
        _judge_one(parcels.iloc[i], _Points.of(samples, times, i), float(needed_kph[i]), circumstances)
        for i in range(len(parcels))
    ]
    columns = ["verdict", "reason", "depends_on", *_NUMBERS]
    return pd.DataFrame(rows, index=parcels.index, columns=columns)


_NUMBERS = ("covered_share", "arrival_s", "arrival_s_min", "arrival_s_max", "station_id", "off_street_m")


@dataclass(frozen=True, eq=False)
class _Points:
    """The samples of one parcel."""

    inside: Flags
    distance_m: Floats
    nominal_s: Floats
    station: Ints
    best_s: Floats
    worst_s: Floats

    @classmethod
    def of(cls, samples: Samples | None, times: SampleTimes | None, row: int) -> _Points | None:
        if samples is None or times is None:
            return None
        # Samples stand in the order of the rows, so one row is one slice.
        mine = slice(*np.searchsorted(samples.row, [row, row + 1]).tolist())
        return cls(
            samples.inside[mine],
            samples.distance_m[mine],
            times.nominal_s[mine],
            times.station[mine],
            times.best_s[mine],
            times.worst_s[mine],
        )


def _judge_one(
    parcel: pd.Series[Any], points: _Points | None, needed_kph: float, around: Circumstances
) -> dict[str, Any]:
    if around.stations_listed and not around.station_missing and needed_kph > around.bound_kph_limit:
        return {"verdict": NOT_COVERED, "reason": "bound", "depends_on": ""}
    if around.stations_listed and not around.station_ids and not around.station_missing:
        return {"verdict": NOT_COVERED, "reason": "no_station_counts", "depends_on": ""}
    obstacle = _obstacle(parcel, points, around)
    if obstacle is not None or points is None:
        return {"verdict": NOT_ANALYSED, "reason": obstacle, "depends_on": ""}
    sure = points.worst_s <= around.limit_s
    possible = points.best_s <= around.limit_s
    nominal = points.nominal_s <= around.limit_s
    worst = int(np.argmax(points.nominal_s))
    answer: dict[str, Any] = {
        "covered_share": float(nominal[points.inside].mean() if points.inside.any() else nominal.mean()),
        "arrival_s": _finite(points.nominal_s[worst]),
        "arrival_s_min": _finite(points.best_s.min()),
        "arrival_s_max": _finite(points.worst_s.max()),
        "station_id": around.station_ids[points.station[worst]] if points.station[worst] >= 0 else None,
        "off_street_m": float(points.distance_m.max()),
    }
    uncertain = _depends_on(parcel, nominal, bool((possible & ~sure).any()), around)
    if around.schematic:
        return answer | {"verdict": DEPENDS, "reason": "schematic_network", "depends_on": ",".join(uncertain)}
    if sure.all():
        return answer | {"verdict": COVERED, "reason": "within_limit", "depends_on": ""}
    if not possible.any():
        if around.station_missing:
            return answer | {"verdict": NOT_ANALYSED, "reason": "station_not_analysed", "depends_on": ""}
        return answer | {"verdict": NOT_COVERED, "reason": "beyond_limit", "depends_on": ""}
    return answer | {"verdict": DEPENDS, "reason": uncertain[0], "depends_on": ",".join(uncertain)}


def _obstacle(parcel: pd.Series[Any], points: _Points | None, around: Circumstances) -> str | None:
    """Why a parcel cannot be analysed, or None."""
    if not around.has_network:
        return "no_network"
    if parcel["shape"] is None or points is None or len(points.distance_m) == 0:
        return str(parcel["unresolved_reason"] or "no_place")
    if not around.stations_listed:
        return "no_station_listed"
    if not around.station_ids:
        return "station_not_analysed"
    if not (points.distance_m <= around.off_street_limit_m).all():
        return "off_street"
    if not np.isfinite(points.best_s).all():
        return "unconnected"
    return None


def _depends_on(
    parcel: pd.Series[Any], nominal: NDArray[np.bool_], station_decides: bool, around: Circumstances
) -> list[str]:
    surveyed = parcel["position_class"] == "P0"
    mixed = bool(nominal.any() and not nominal.all())
    found = []
    if around.schematic:
        found.append("schematic_network")
    if (around.schematic and not surveyed) or (mixed and not surveyed):
        found.append("position")
    if station_decides or (around.schematic and around.station_uncertain):
        found.append("station_position")
    if mixed and surveyed:
        found.append("part_of_parcel")
    return found or ["station_position"]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
