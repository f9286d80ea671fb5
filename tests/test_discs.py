"""Many discs joined from few of them: the same ground as by joining all, on any lie of the points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from analysis import discs, water
from analysis.discs import joined_discs
from analysis.water import QUARTER_SEGMENTS, protection_area

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.network import Floats

RADIUS_M = 150.0
random = np.random.default_rng(11)


def lie(name: str, count: int) -> Floats:
    """Points in metres, as they may lie in a town."""
    places = random.random((count, 2)) * {"far": 5000.0, "rows": 4000.0}.get(name, 1200.0)
    if name == "grid":  # every circle of a triangle goes through four points
        places = np.round(places / 75) * 75
    elif name == "pairs":
        places = np.concatenate([places, places + random.normal(size=places.shape) * 0.5])
    elif name == "rows":
        places[:, 1] = np.round(places[:, 1] / 140) * 140
    elif name == "line":
        places[:, 1] = 0.0
    return np.asarray(places + np.array([400_000.0, 4_300_000.0]))


@pytest.mark.parametrize("name", ["town", "far", "grid", "pairs", "rows", "line"])
@pytest.mark.parametrize("quad_segs", [2, 8, 32])
def test_few_discs_are_all_discs(name: str, quad_segs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discs, "FEW", 0)
    for count in (1, 2, 3, 5, 40, 250):
        places = lie(name, count)
        every = shapely.buffer(shapely.points(places), RADIUS_M, quad_segs=quad_segs)
        plain, ours = shapely.union_all(every), joined_discs(places, RADIUS_M, quad_segs)
        assert ours.is_valid
        assert ours.area == pytest.approx(plain.area, rel=1e-12)
        assert ours.symmetric_difference(plain).area <= 1e-9 * plain.area


def test_most_discs_of_a_town_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    places, number = lie("town", 3000), []

    def counting(shapes: NDArray[np.object_]) -> BaseGeometry:
        number.append(len(shapes))
        return shapely.union_all(shapes)

    monkeypatch.setattr(discs, "joined", counting)
    joined_discs(places, RADIUS_M, QUARTER_SEGMENTS)
    assert number[0] < 1000


def test_a_barrier_cuts_few_discs_as_it_cuts_many(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.asarray(shapely.points(lie("town", 400)), dtype=object)
    west, south, east, north = shapely.total_bounds(places)
    river = shapely.LineString([((west + east) / 2, south - 500), ((west + east) / 2, north + 500)])
    plain = protection_area(places, RADIUS_M, river)
    monkeypatch.setattr(discs, "FEW", 0)
    water._joined_discs.cache_clear()
    ours = protection_area(places, RADIUS_M, river)
    assert ours is not plain
    assert ours.symmetric_difference(plain).area <= 1e-9 * plain.area
    assert ours.area < protection_area(places, RADIUS_M).area


def test_no_point_protects_nothing() -> None:
    assert joined_discs(np.empty((0, 2)), RADIUS_M, 8).is_empty
