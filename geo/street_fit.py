"""How sharply points sit on the streets: against the same points moved a little way in every direction.

Hydrants stand within metres of a street wherever they truly are, and anywhere once they are moved. So a layer in its
right place loses its closeness to the streets by any small move, and one in a wrong place has nothing to lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.geometries import collector_at_rest

if TYPE_CHECKING:
    from geo.network import Floats

NEAR_M = 25.0
"""A point farther than this from every centre-line is not near a street; one on it counts 1, and in between in
proportion. Wide enough for the kerb of a street of eight lanes drawn as one line."""
MOVES = 150
MOVED_M = (60.0, 300.0)
"""How often, and how far, all points are moved together to see what chance gives."""
LEAST_SPREAD = 0.35
"""Standard deviation of the summed closeness below which few points give no spread to speak of."""


@dataclass(frozen=True)
class StreetFit:
    """Points against streets. Distances in metres to the nearest street point.

    ``near_share``: of the points within :data:`NEAR_M`; ``chance_share``: the same, on average, once moved.
    ``score``: by how many standard deviations of the moved points' closeness their own is greater than its mean;
    ``beaten``: whether any move is at least as close. ``points``: how many were looked at, ``near_points`` of them are
    near one of ``near_streets`` streets.
    """

    q1_m: float
    median_m: float
    q3_m: float
    near_share: float
    chance_share: float
    score: float
    beaten: bool
    points: int
    near_points: int
    near_streets: int


def _moves() -> Floats:
    """(:data:`MOVES`, 2) moves in metres, evenly spread over a ring: a spiral by the golden angle."""
    number = np.arange(MOVES) + 0.5
    least, most = MOVED_M
    radius = np.sqrt(least**2 + (most**2 - least**2) * number / MOVES)
    angle = number * np.pi * (3 - np.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def street_fit(xy: Floats, tree: shapely.STRtree) -> StreetFit:
    """Finite points (n, 2), n > 0, against a tree of at least one street line, in one projected CRS in metres."""
    (_, street), gap = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    near = gap <= NEAR_M
    moved = (xy + _moves()[:, None]).reshape(-1, 2)
    with collector_at_rest():
        (which, _), moved_gap = tree.query_nearest(
            shapely.points(moved), max_distance=NEAR_M, return_distance=True, all_matches=False
        )
    count = len(xy)
    closeness = np.bincount(which // count, 1 - moved_gap / NEAR_M, MOVES)
    own = float((1 - gap[near] / NEAR_M).sum())
    q1, median, q3 = np.percentile(gap, [25, 50, 75]).tolist()
    return StreetFit(
        q1_m=q1,
        median_m=median,
        q3_m=q3,
        near_share=float(near.mean()),
        chance_share=len(which) / len(moved),
        score=(own - float(closeness.mean())) / max(float(closeness.std()), LEAST_SPREAD),
        beaten=bool((closeness >= own).any()),
        points=count,
        near_points=int(near.sum()),
        near_streets=len(np.unique(street[near])),
    )
