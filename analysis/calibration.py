"""Whether the speeds make sense: random trips on the network beside the figures behind the rule.

建标152-2017 grants an area of 7 km2 to a 一级 station, A = 2 (S / winding)^2 with S driven in 4 minutes [V2]: that
takes 36 to 42 km/h. The RAND line, T = 0.65 + 1.7 D minutes for D miles (1.056 for kilometres), stands for measured
runs of engines over 0.5 to 8 miles [V].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from analysis.drive import Drive
    from geo.network import Floats, Ints

TRIP_M = (2000.0, 3000.0)
"""Length of the trips that are looked at."""

DRIVE_S = 240.0
"""Drive time behind the area limits of the rule."""

EXPECTED_KPH = (30.0, 40.0)
"""Mean speed of such trips at which four minutes give 4 to 7 km2."""

MILE_M = 1609.344


def rand_drive_s(road_m: Floats) -> Floats:
    """Driving time of the RAND line over road distances; NaN outside the distances it was fitted on."""
    miles = np.asarray(road_m) / MILE_M
    return np.where((miles >= 0.5) & (miles <= 8.0), 60.0 * (0.65 + 1.7 * miles), np.nan)


@dataclass(frozen=True)
class Calibration:
    """Figures over ``trips`` random trips of :data:`TRIP_M`; None where the network has no such trips.

    ``winding`` is way over straight line. ``area_km2`` is the service area that mean speed and winding imply in
    four minutes of driving; ``rand_ratio`` the mean of trip time over the RAND line's.
    """

    trips: int
    mean_kph: float | None
    low_kph: float | None
    """A tenth of the trips is slower."""
    high_kph: float | None
    """A tenth of the trips is faster."""
    winding: float | None
    area_km2: float | None
    rand_ratio: float | None
    inside_expected: bool | None


def calibrate(drive: Drive, *, origins: int = 40, trips_each: int = 25, seed: int = 1) -> Calibration:
    """Drive random trips between street ends of a network and compare. Same seed, same trips."""
    network = drive.network
    gates = drive.node_gate[: network.n_nodes]
    random = np.random.default_rng(seed)
    weight = np.bincount(network.u, network.length_m, network.n_nodes) + np.bincount(
        network.v, network.length_m, network.n_nodes
    )
    chosen = random.choice(
        network.n_nodes, size=min(origins, network.n_nodes), replace=False, p=weight / weight.sum()
    )
    metres, seconds, straight = [], [], []
    for origin in chosen.tolist():
        time_s, way_m = _ways_from(drive, origin)
        reach = np.flatnonzero(
            (way_m[gates] >= TRIP_M[0]) & (way_m[gates] <= TRIP_M[1]) & np.isfinite(time_s[gates])
        )
        if len(reach) == 0:
            continue
        ends = random.choice(reach, size=min(trips_each, len(reach)), replace=False)
        metres.append(way_m[gates[ends]])
        seconds.append(time_s[gates[ends]])
        straight.append(np.hypot(*(network.nodes[ends] - network.nodes[origin]).T))
    if not metres:
        return Calibration(0, None, None, None, None, None, None, None)
    return _figures(np.concatenate(metres), np.concatenate(seconds), np.concatenate(straight))


def _ways_from(drive: Drive, origin: int) -> tuple[Floats, Floats]:
    """Seconds and metres of the quickest way from a node to every gate; infinite where there is none."""
    starts = drive.starting(origin)
    limit_s = TRIP_M[1] / (5 / 3.6)  # slower than walking pace nobody drives
    time_s, before, _ = dijkstra(
        drive.graph, indices=starts, min_only=True, return_predecessors=True, limit=limit_s
    )
    way_m = np.full(len(time_s), np.inf)
    way_m[starts] = 0.0
    reached = np.flatnonzero(np.isfinite(time_s) & (before >= 0))
    reached = reached[np.argsort(time_s[reached], kind="stable")]
    length = _arc_length_m(drive, before[reached].astype(np.int64), reached)
    for gate, came_from, metres in zip(
        reached.tolist(), before[reached].tolist(), length.tolist(), strict=True
    ):
        way_m[gate] = way_m[came_from] + metres
    return np.asarray(time_s), way_m


def _arc_length_m(drive: Drive, before: Ints, gate: Ints) -> Floats:
    """Metres driven from one gate to the next: the piece left, or between two nodes the quickest piece."""
    pieces = drive.pieces
    span = pieces.to_m - pieces.from_m
    if int(drive.node_gate[0]) != 0:  # gates are directions of pieces
        return np.asarray(span[before // 2])
    ahead, back = np.isfinite(drive.ahead_s), np.isfinite(drive.back_s)
    tail = np.concatenate([pieces.a[ahead], pieces.b[back]])
    head = np.concatenate([pieces.b[ahead], pieces.a[back]])
    seconds = np.concatenate([drive.ahead_s[ahead], drive.back_s[back]])
    metres = np.concatenate([span[ahead], span[back]])
    key = tail * pieces.n_nodes + head
    order = np.lexsort((seconds, key))
    key, metres = key[order], metres[order]
    return np.asarray(metres[np.searchsorted(key, before * pieces.n_nodes + gate)])


def _figures(metres: Floats, seconds: Floats, straight: Floats) -> Calibration:
    kph = metres / seconds * 3.6
    mean_kph = float(metres.sum() / seconds.sum() * 3.6)
    apart = straight > 0
    winding = float(metres[apart].sum() / straight[apart].sum()) if apart.any() else None
    area = None if winding is None else 2 * (mean_kph / 3.6 * DRIVE_S / winding / 1000) ** 2
    return Calibration(
        trips=len(metres),
        mean_kph=mean_kph,
        low_kph=float(np.quantile(kph, 0.1)),
        high_kph=float(np.quantile(kph, 0.9)),
        winding=winding,
        area_km2=area,
        rand_ratio=float((seconds / rand_drive_s(metres)).mean()),
        inside_expected=bool(EXPECTED_KPH[0] <= mean_kph <= EXPECTED_KPH[1]),
    )
