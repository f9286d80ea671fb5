"""This project's answers, as the page and the command line get them, in the pieces that are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.arrival import arrival_field
from analysis.coverage import reached_ground
from analysis.readings import first_due, stretches
from benchmarks.networks import sites_of
from benchmarks.same_work import TARGETS
from geo.chainage import stretch_lines
from geo.ground import CELL_M, Ground
from geo.network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.readings import FirstDue
    from analysis.scenario import Targets
    from geo.network import Floats

BANDS_S = (180.0, 240.0)
"""Bands below the limit for which lengths are given as well."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Reached length in metres, its share, by band and by first-due station; the reached pieces as lines with
    their times and stations."""

    reached_m: float
    share: float
    by_band_m: tuple[float, ...]
    by_station_m: Floats
    lines: NDArray[np.object_]
    from_s: Floats
    to_s: Floats
    station: NDArray[np.int64]


def due_of(network: Network, places: NDArray[np.object_], targets: Targets = TARGETS) -> FirstDue:
    """Snap the stations and search as far as the limit goes."""
    sites = sites_of(network, places, targets.turnout_s)
    return first_due(arrival_field(network, sites, targets), limit_s=targets.limit_s)


def figures_of(due: FirstDue, limit_s: float = TARGETS.limit_s) -> Figures:
    """Every figure about streets, and the reached pieces."""
    network = due.field.network
    cut = stretches(due, limit_s, due.parts)
    row = np.flatnonzero(cut.reached)
    length = (cut.to_m - cut.from_m)[row]
    start, end = cut.from_s[row], cut.to_s[row]
    low, high = np.minimum(start, end), np.maximum(start, end)
    bands = tuple(
        float((np.clip((band - low) / np.maximum(high - low, 1e-9), 0.0, 1.0) * length).sum())
        for band in BANDS_S
    )
    reached = float(length.sum())
    return Figures(
        reached,
        reached / float(network.length_m.sum()),
        (*bands, reached),
        np.bincount(cut.station[row], length, len(due.field.sites.station_ids)).astype(float),
        stretch_lines(network, cut.street[row], cut.from_m[row], cut.to_m[row]),
        start,
        end,
        cut.station[row],
    )


def new_ground(network: Network) -> Ground:
    """Ownership of ground of which nothing is worked out yet."""
    return Ground(network, TARGETS.off_street_limit_m + 2 * CELL_M)


def area_of(ground: Ground, due: FirstDue, limit_s: float = TARGETS.limit_s) -> BaseGeometry:
    """The ground reached within the limit."""
    return reached_ground(ground, due, limits_s=(limit_s,), off_street_limit_m=TARGETS.off_street_limit_m)[0]


def cold(kept: Path, places: NDArray[np.object_], *, with_area: bool) -> tuple[Ground, FirstDue, float]:
    """From a kept network to all figures (and the area), with nothing known before."""
    network = Network.load(kept)
    due = due_of(network, places)
    reached = figures_of(due).reached_m
    ground = new_ground(network)
    if with_area:
        area_of(ground, due)
    return ground, due, reached


def changed_turnout(due: FirstDue, turnout_s: float) -> FirstDue:
    """The same stations with another turnout: they stand where they stood."""
    sites = due.field.sites
    sites = replace(sites, turnout_s=np.full(len(sites.station), turnout_s))
    return first_due(arrival_field(due.field.network, sites, TARGETS), limit_s=TARGETS.limit_s)


def changed_limit(due: FirstDue, limit_s: float) -> FirstDue:
    """The same field, searched as far as another limit goes."""
    return first_due(due.field, limit_s=limit_s)


def without_the_last(due: FirstDue) -> FirstDue:
    """The same field without its last station."""
    return first_due(due.field, np.arange(len(due.field.sites.station) - 1), limit_s=TARGETS.limit_s)
