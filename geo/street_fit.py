"""How sharply a layer sits among the streets: against the same layer moved a little way in every direction.

Hydrants stand within metres of a street, and no street runs through a parcel, wherever they truly are; once they are
moved that is left to chance. So a layer in its right place loses by any small move, and one in a wrong place has
nothing to lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.geometries import collector_at_rest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.crs import Shapes
    from geo.network import Floats

NEAR_M = 25.0
"""A point farther than this from every centre-line is not near a street; one on it counts 1, and in between in
proportion. Wide enough for the kerb of a street of eight lanes drawn as one line."""
INNER_M = 3.0
"""A street that comes no deeper than this into an area does not run through it."""
MOVES = 150
MOVED_M = (60.0, 300.0)
"""How often, and how far, all shapes are moved together to see what chance gives."""
LEAST_SPREAD = 0.35
"""Standard deviation of the moves below which few shapes give no spread to speak of."""


@dataclass(frozen=True)
class StreetFit:
    """A layer among the streets. A shape *agrees* if it is a point near a street, or an area that none runs through.

    ``q1_m``, ``median_m``, ``q3_m``: distances of points to the nearest street point, NaN for areas. ``share`` of the
    shapes agree, ``chance_share`` on average once moved. ``score``: by how many standard deviations of the moves what
    is counted here is greater than their mean; ``beaten``: whether any move gives as much. ``shapes`` were looked at,
    ``agreeing`` of them agree; ``streets``: how many different streets had a part in that.
    """

    q1_m: float
    median_m: float
    q3_m: float
    share: float
    chance_share: float
    score: float
    beaten: bool
    shapes: int
    agreeing: int
    streets: int

    @property
    def of_areas(self) -> bool:
        """Whether areas were looked at, and not points."""
        return bool(np.isnan(self.median_m))


def _moves() -> Floats:
    """(:data:`MOVES`, 2) moves in metres, evenly spread over a ring: a spiral by the golden angle."""
    number = np.arange(MOVES) + 0.5
    least, most = MOVED_M
    radius = np.sqrt(least**2 + (most**2 - least**2) * number / MOVES)
    angle = number * np.pi * (3 - np.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _moved(shapes: Shapes, by: Floats) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + by), dtype=object)


def _score(own: float, moved: NDArray[np.floating] | NDArray[np.signedinteger]) -> tuple[float, bool]:
    spread = max(float(moved.std()), LEAST_SPREAD)
    return (own - float(moved.mean())) / spread, bool((moved >= own).any())


def points_fit(xy: Floats, tree: shapely.STRtree) -> StreetFit:
    """Finite points (n, 2), n > 0, near streets: against a tree of at least one line, in metres both."""
    (_, street), gap = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    near = gap <= NEAR_M
    moved = (xy + _moves()[:, None]).reshape(-1, 2)
    with collector_at_rest():
        (which, _), moved_gap = tree.query_nearest(
            shapely.points(moved), max_distance=NEAR_M, return_distance=True, all_matches=False
        )
    count = len(xy)
    closeness = np.bincount(which // count, 1 - moved_gap / NEAR_M, MOVES)
    score, beaten = _score(float((1 - gap[near] / NEAR_M).sum()), closeness)
    q1_m, median_m, q3_m = np.percentile(gap, [25, 50, 75]).tolist()
    return StreetFit(
        q1_m=q1_m,
        median_m=median_m,
        q3_m=q3_m,
        share=float(near.mean()),
        chance_share=len(which) / len(moved),
        score=score,
        beaten=beaten,
        shapes=count,
        agreeing=int(near.sum()),
        streets=len(np.unique(street[near])),
    )


def areas_fit(areas: Shapes, tree: shapely.STRtree) -> StreetFit | None:
    """Valid areas (n,) clear of streets, as :func:`points_fit`; None where none is wider than what does not count."""
    inner = np.asarray(shapely.buffer(areas, -INNER_M), dtype=object)
    inner = inner[~shapely.is_empty(inner)]
    count = len(inner)
    if count == 0:
        return None
    with collector_at_rest():
        moved = np.concatenate([inner, *(_moved(inner, by) for by in _moves())])
        which, street = tree.query(moved, predicate="intersects")
    crossed = np.bincount(np.unique(which) // count, minlength=MOVES + 1)
    clear = count - crossed
    score, beaten = _score(float(clear[0]), clear[1:])
    return StreetFit(
        q1_m=np.nan,
        median_m=np.nan,
        q3_m=np.nan,
        share=float(clear[0] / count),
        chance_share=float(clear[1:].mean() / count),
        score=score,
        beaten=beaten,
        shapes=count,
        agreeing=int(clear[0]),
        streets=len(np.unique(street)),
    )
