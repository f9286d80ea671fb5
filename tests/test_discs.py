"""Many discs joined from few of them: the same ground as by joining all, on any lie of the points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from analysis import discs, water
from analysis.discs import joined_discs
from analysis.water import QUARTER_SEGMENTS, protection_area

if TYPE_CHECKING:
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


@pytest.mark.parametrize("name", ["town", "pairs"])
def test_strips_meet_without_a_seam(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    places = lie(name, 900)
    plain = joined_discs(places, RADIUS_M, QUARTER_SEGMENTS)
    monkeypatch.setattr(discs, "FEW", 0)
    monkeypatch.setattr(discs, "STRIP", 200)
    ours = joined_discs(places, RADIUS_M, QUARTER_SEGMENTS)
    assert ours.symmetric_difference(plain).area <= 1e-9 * plain.area
    assert shapely.get_num_coordinates(ours) == shapely.get_num_coordinates(plain)


def test_lines_that_cannot_be_cut_are_joined_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def uncut(_lines: BaseGeometry) -> BaseGeometry:
        raise shapely.errors.GEOSException("TopologyException")

    places = lie("town", 60)
    plain = joined_discs(places, RADIUS_M, 8)
    monkeypatch.setattr(discs, "FEW", 0)
    monkeypatch.setattr(shapely, "node", uncut)
    assert joined_discs(places, RADIUS_M, 8).equals(plain)


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


@pytest.mark.parametrize("lost", [0, 7, 40])
def test_an_outline_with_a_piece_lost_is_not_believed(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    places = lie("far", 250)
    plain = joined_discs(places, RADIUS_M, QUARTER_SEGMENTS)
    node = shapely.node

    def leaky(lines: BaseGeometry) -> Any:
        return shapely.multilinestrings(np.delete(shapely.get_parts(node(lines)), lost))

    monkeypatch.setattr(discs, "FEW", 0)
    monkeypatch.setattr(shapely, "node", leaky)
    ours = joined_discs(places, RADIUS_M, QUARTER_SEGMENTS)
    assert ours.symmetric_difference(plain).area <= 1e-9 * plain.area
