"""Areas and shares read from the arrival-time field: what ground is reached within a band, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from analysis.arrival import ArrivalField, FirstDue, first_due, reached_length_m, times_at
from geo.ground import CELL_M, Ground, Patch, positive_area

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Flags, Floats, Ints

SLACK_CAP_M = 150.0
"""Slack along a street beyond this does not move a boundary that lies within one cell."""


def patch_times_s(patch: Patch, due: FirstDue) -> Floats:
    """Arrival time at the street point that owns each cell, (ny, nx); NaN where no street owns it, infinite
    where nobody comes."""
    seconds = np.full(patch.street.shape, np.nan)
    owned = patch.street >= 0
    points = due.field.points(patch.street[owned].astype(np.int64), patch.chainage_m[owned].astype(float))
    seconds[owned], _ = times_at(due, points)
    return seconds


def margin_m(
    patch: Patch, seconds: Floats, speed_mps: Floats, limit_s: float, off_street_limit_m: float
) -> Floats:
    """How far inside the reached ground each cell lies, in metres; negative outside."""
    inside = off_street_limit_m - np.where(np.isfinite(patch.distance_m), patch.distance_m, np.inf)
    inside = np.maximum(inside, -2 * CELL_M)
    mps = np.where(patch.street >= 0, speed_mps[np.maximum(patch.street, 0)], 1.0)
    slack = np.where(np.isfinite(seconds), (limit_s - seconds) * mps, -SLACK_CAP_M)
    return np.asarray(np.minimum(np.clip(slack, -SLACK_CAP_M, SLACK_CAP_M), inside))


def reached_ground(
    ground: Ground,
    due: FirstDue,
    *,
    limits_s: tuple[float, ...],
    off_street_limit_m: float,
) -> list[BaseGeometry]:
    """The ground whose owning street point is reached within each limit, as MultiPolygons, nested by limit.

    Ground farther than ``off_street_limit_m`` from every street belongs to nobody.
    """
    bounds = reached_bounds(due, max(limits_s), off_street_limit_m)
    if bounds is None:
        return [shapely.MultiPolygon() for _ in limits_s]
    patch = ground.patch(bounds)
    seconds = patch_times_s(patch, due)
    speed_mps = due.field.drive.speed_kph / 3.6  # turns time into metres between two cell centres
    return [
        positive_area(patch, margin_m(patch, seconds, speed_mps, limit_s, off_street_limit_m))
        for limit_s in limits_s
    ]


def reached_bounds(
    due: FirstDue, limit_s: float, margin_m: float
) -> tuple[float, float, float, float] | None:
    """Box of the ground that streets reached within the limit may own: west, south, east, north; None if none is."""
    reached = reached_length_m(due, due.parts, limit_s) > 0
    if not reached.any():
        return None
    boxes = shapely.bounds(due.field.network.lines[np.unique(due.parts.street[reached])])
    west, south = boxes[:, :2].min(axis=0) - margin_m - 2 * CELL_M
    east, north = boxes[:, 2:].max(axis=0) + margin_m + 2 * CELL_M
    return float(west), float(south), float(east), float(north)


def street_ground(ground: Ground, streets: Flags, *, off_street_limit_m: float) -> BaseGeometry:
    """The ground within the limit of a street that owns it, for the flagged streets (m,)."""
    if not (streets & ground.network.owns_ground).any():
        return shapely.MultiPolygon()
    boxes = shapely.bounds(ground.network.lines[streets & ground.network.owns_ground])
    margin = off_street_limit_m + 2 * CELL_M
    patch = ground.patch(
        (
            boxes[:, 0].min() - margin,
            boxes[:, 1].min() - margin,
            boxes[:, 2].max() + margin,
            boxes[:, 3].max() + margin,
        )
    )
    mine = (patch.street >= 0) & np.asarray(streets)[np.maximum(patch.street, 0)]
    inside = np.where(np.isfinite(patch.distance_m), off_street_limit_m - patch.distance_m, -2 * CELL_M)
    return positive_area(patch, np.where(mine, inside, -2 * CELL_M))


def connected_streets(field: ArrivalField) -> Flags:
    """Streets of which some part is reached, however late, by a station from any of its places. (m,) flags."""
    gate_s, _ = field.search(np.arange(len(field.sites.station)))
    parts, connected = field.parts(), np.zeros(field.network.n_streets, dtype=bool)
    for gate, whole_s in ((parts.gate_a, parts.ahead_s), (parts.gate_b, parts.back_s)):
        connected[parts.street[np.isfinite(gate_s[gate]) & np.isfinite(whole_s)]] = True
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


def reached_length_range_m(field: ArrivalField, limit_s: float, inside_share: Floats) -> Range:
    """Street length reached within the limit over all placements; ``inside_share`` (pieces,) weighs each piece."""
    parts = field.parts()
    lengths = [
        float((reached_length_m(first_due(field, rows), parts, limit_s) * inside_share).sum())
        for rows in placements(field)
    ]
    return Range(min(lengths), lengths[0], max(lengths))


def reached_cells_range(
    field: ArrivalField, patch: Patch, cells: NDArray[np.bool_], limit_s: float, off_street_limit_m: float
) -> Range:
    """Share of the given cells (ny, nx) whose owner is reached within the limit, over all placements."""
    inside = cells & (patch.street >= 0) & (patch.distance_m <= off_street_limit_m)
    points = field.points(patch.street[inside].astype(np.int64), patch.chainage_m[inside].astype(float))
    total = max(int(cells.sum()), 1)
    by_site = np.array(
        [
            times_at(first_due(field, np.array([row])), points)[0] <= limit_s
            for row in range(len(field.sites.station))
        ]
    ).reshape(len(field.sites.station), len(points.row))
    shares = [float(by_site[rows].any(axis=0).sum()) / total for rows in placements(field)]
    return Range(min(shares), shares[0], max(shares))
