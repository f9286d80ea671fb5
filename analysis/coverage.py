"""Areas and shares read from the arrival-time field: what ground is reached within a band, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from analysis.readings import (
    FirstDue,
    each_alone,
    first_due,
    part_times,
    reached_length_m,
    reached_shares,
    seconds_at,
    sooner,
    times_at,
)
from geo.ground import CELL_M
from geo.outline import Canvas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField, Parts
    from geo.ground import Cells, Ground
    from geo.network import Flags, Floats, Ints


def cell_times(cells: Cells, due: FirstDue) -> tuple[Floats, Ints]:
    """Arrival time and first-due station at the street point that owns each cell, (k,)."""
    return times_at(due, due.field.points(cells.street, cells.chainage_m))


def margin_m(
    cells: Cells, seconds: Floats, speed_kph: Floats, limit_s: float, off_street_limit_m: float
) -> Floats:
    """How far inside the ground reached within the limit each cell lies, in metres; negative outside.

    Time left is turned into metres along the owning street, ``speed_kph`` (m,), so that the outline cuts the
    street where the time runs out.
    """
    left_m = (limit_s - seconds) * (speed_kph[cells.street] / 3.6)
    return np.asarray(np.minimum(left_m, off_street_limit_m - cells.distance_m))


def reached_cells(ground: Ground, due: FirstDue, limit_s: float) -> Cells:
    """The cells owned by streets of which some part, be it an end alone, is reached within the limit."""
    parts = due.parts
    reached = np.zeros(ground.network.n_streets, dtype=bool)
    reached[parts.street[part_times(due, parts)[0] <= limit_s]] = True
    return ground.cells(np.flatnonzero(reached))


def reached_ground(
    ground: Ground, due: FirstDue, *, limits_s: tuple[float, ...], off_street_limit_m: float
) -> list[BaseGeometry]:
    """The ground whose owning street point is reached within each limit, as MultiPolygons, nested by limit.

    Ground farther than ``off_street_limit_m`` from every street belongs to nobody.
    """
    cells = reached_cells(ground, due, max(limits_s))
    canvas = Canvas.of(cells)
    return [
        canvas.positive(_reached_margin_m(cells, due, limit_s, off_street_limit_m)) for limit_s in limits_s
    ]


def _reached_margin_m(
    cells: Cells, due: FirstDue, limit_s: float, off_street_limit_m: float
) -> NDArray[np.float32]:
    """What :func:`margin_m` gives, capped at a cell's width, reading times only where they decide.

    On a street reached with a cell's width to spare from end to end only the way off the street counts.
    """
    parts, speed_kph = due.parts, due.field.drive.speed_kph
    soonest, latest = part_times(due, parts)
    mps = speed_kph[parts.street] / 3.6
    state = np.zeros(len(speed_kph), dtype=np.uint8)
    state[parts.street[(limit_s - soonest) * mps > -CELL_M]] = _SURE
    state[parts.street[((limit_s - latest) * mps < CELL_M) & (state[parts.street] > 0)]] = _OPEN
    of_run = state[cells.run_street]
    value = off_street_limit_m - cells.near_m
    value[cells.of_runs(of_run == 0)] = -CELL_M
    open_cells = cells.of_runs(of_run == _OPEN)
    few = cells.only(open_cells)
    seconds = seconds_at(due, due.field.points(few.street, few.chainage_m))
    value[open_cells] = margin_m(few, seconds, speed_kph, limit_s, off_street_limit_m)
    return value


_SURE, _OPEN = 1, 2
"""What is known of a street before its times are read: reached from end to end, or to be looked at."""


def street_ground(ground: Ground, streets: Flags, *, off_street_limit_m: float) -> BaseGeometry:
    """The ground within the limit of a street that owns it, for the flagged streets (m,)."""
    cells = ground.cells(np.flatnonzero(streets))
    return Canvas.of(cells).positive(off_street_limit_m - cells.distance_m)


def connected_streets(field: ArrivalField) -> Flags:
    """Streets reached from end to end, however late, by a station from any of its places. (m,) flags.

    Of a one-way street that a station cuts only the way ahead of it may be reached: that is not the whole street,
    and what is reached of it has a time of its own.
    """
    gate_s, _ = field.search(np.arange(len(field.sites.station)))
    parts, connected = field.parts(), np.ones(field.network.n_streets, dtype=bool)
    ahead, back = (
        np.isfinite(gate_s[gate]) & np.isfinite(whole_s)
        for gate, whole_s in ((parts.gate_a, parts.ahead_s), (parts.gate_b, parts.back_s))
    )
    connected[parts.street[~(ahead | back)]] = False
    return connected


@dataclass(frozen=True)
class Range:
    """A figure whose stations may stand in several places: lowest, at the nominal places, highest."""

    low: float
    nominal: float
    high: float


def placements(field: ArrivalField, most: int = 2000) -> list[Ints]:
    """Every choice of one place per station, as rows of the sites; the nominal choice comes first.

    Where there would be more than ``most`` choices, every second place of the longest list is left out until
    there are not; the first and last place of a station always stay in.
    """
    sites = field.sites
    nominal = np.flatnonzero(sites.nominal)
    places = [np.flatnonzero(sites.station == station) for station in np.unique(sites.station).tolist()]
    while np.prod([float(len(rows)) for rows in places]) > most:
        longest = max(range(len(places)), key=lambda i: len(places[i]))
        rows = places[longest]
        places[longest] = np.unique(np.append(rows[::2], rows[-1]))
    if not places:
        return [nominal]
    choices = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, len(places))
    return [nominal, *choices]


def placed(field: ArrivalField, limit_s: float) -> Iterator[FirstDue]:
    """A reading for every one of the :func:`placements`, as far as the limit goes."""
    station = field.sites.station
    several = np.bincount(station)[station] > 1
    fixed = first_due(field, np.flatnonzero(~several), limit_s=limit_s)
    rows = np.flatnonzero(several)
    alone = dict(zip(rows.tolist(), each_alone(field, rows, limit_s=limit_s), strict=True))
    for chosen in placements(field):
        yield reduce(sooner, [alone[row] for row in chosen.tolist() if row in alone], fixed)


def reached_length_range_m(field: ArrivalField, limit_s: float, inside_share: Floats) -> Range:
    """Street length reached within the limit over all placements; ``inside_share`` (pieces,) weighs each piece."""
    parts = field.parts()
    lengths = [
        float((reached_length_m(due, parts, limit_s) * inside_share).sum()) for due in placed(field, limit_s)
    ]
    return Range(min(lengths), lengths[0], max(lengths))


def reached_cells_range(
    field: ArrivalField, cells: Cells, count: int, limit_s: float, off_street_limit_m: float
) -> Range:
    """Share of ``count`` cells that is owned by a street point reached within the limit, over all placements.

    ``cells`` are those of them that have an owner.
    """
    near = cells.distance_m <= off_street_limit_m
    points = field.points(cells.street[near], cells.chainage_m[near])
    along = np.sort(2.0 * points.row + points.share)  # two parts are never at the same place
    shares = [
        _reached_count(due, points.parts, along, limit_s) / max(count, 1) for due in placed(field, limit_s)
    ]
    return Range(min(shares), shares[0], max(shares))


def _reached_count(due: FirstDue, parts: Parts, along: Floats, limit_s: float) -> int:
    """How many places are reached within the limit; ``along`` (k,) is twice the row of their part and their share
    of it, in ascending order."""
    start = 2.0 * np.arange(len(parts.street))
    upto, since = reached_shares(due, parts, limit_s)
    late = np.searchsorted(along, start + since) - np.searchsorted(along, start + upto, side="right")
    return len(along) - int(np.maximum(late, 0).sum())
