"""First-due zones, overlaps, second due and response force on towns that can be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.arrival import arrival_field
from analysis.backup import backup
from analysis.coverage import reached_ground
from analysis.force import force_stretches
from analysis.readings import first_due
from analysis.sampling import sample_shapes
from analysis.zones import due_in_order, first_due_zones, overlaps, times_of_each
from geo.ground import ground_of
from tests.towns import at, grid_lines, plain_targets, sites, town

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GRID = town(grid_lines())
TWO = arrival_field(GRID, sites(GRID, [at(-500, 0), at(500, 0)]), plain_targets())
GROUND = ground_of(GRID, 150.0)


def zones_of(limit_s: float) -> tuple[dict[int, BaseGeometry], BaseGeometry]:
    due = first_due(TWO)
    coverage = reached_ground(GROUND, due, limits_s=(limit_s,), off_street_limit_m=150.0)[0]
    zones = first_due_zones(GROUND, due, coverage, limit_s=limit_s, off_street_limit_m=150.0)
    return dict(zones), coverage


@pytest.mark.parametrize("limit_s", [100.0, 160.0, 400.0])
def test_zones_share_the_coverage_without_overlap(limit_s: float) -> None:
    zones, coverage = zones_of(limit_s)
    assert shapely.intersection(zones[0], zones[1]).area == pytest.approx(0, abs=1e-6)
    assert shapely.union(zones[0], zones[1]).symmetric_difference(coverage).area == pytest.approx(0, abs=1.0)
    assert zones[0].area + zones[1].area == pytest.approx(coverage.area, rel=1e-9)


def test_zones_part_where_both_come_at_once() -> None:
    zones, _ = zones_of(400.0)
    assert zones[0].contains(at(-30, 333))
    assert zones[1].contains(at(30, 333))
    # The street half way is a tie and goes to the lower id.
    assert zones[0].contains(at(0, 350))


def test_second_due_by_hand() -> None:
    street, chainage, _ = GRID.nearest(np.array([at(-500, 0), at(0, 40), at(100, 0)]))
    times, who = due_in_order(times_of_each(TWO, TWO.points(street, chainage)))
    assert times[:2].T.tolist() == [[60, 160], [114, 114], [100, 120]]
    assert who[:2].T.tolist() == [[0, 1], [0, 1], [1, 0]]
    assert np.isinf(times[2]).all()
    assert (who[2] == -1).all()
    assert (times[0] <= times[1]).all()


def test_the_second_engine_of_a_parcel_is_that_of_its_worst_point() -> None:
    four = arrival_field(
        GRID, sites(GRID, [at(-500, 0), at(500, 0), at(0, 500), at(700, 700)]), plain_targets()
    )
    parcels = [
        shapely.box(x, y, x + 180, y + 130) for x, y in ((-300, -60), (10, 20), (420, 390), (-900, 800))
    ]
    samples = sample_shapes(parcels, GRID, 150.0)
    times, who = due_in_order(times_of_each(four, four.points(samples.street, samples.chainage_m)))
    judged = pd.DataFrame({"arrival_s": [100.0, np.nan, 100.0, 100.0]}, index=list("abcd"))
    found = backup(judged, samples, four, 150.0)
    assert found.index.tolist() == list("abcd")
    assert found.loc["b"].isna().all()
    for row in (0, 2, 3):
        mine = np.flatnonzero(samples.row == row)
        worst = mine[times[1, mine].argmax()]
        assert found["second_due_s"].iloc[row] == times[1, worst]
        assert found["second_station_id"].iloc[row] == four.sites.station_ids[who[1, worst]]
        in_time = (
            times_of_each(four, four.points(samples.street[mine], samples.chainage_m[mine])) <= 150
        ).sum(0)
        assert found["stations_in_time"].iloc[row] == in_time.min()


def test_overlap_is_where_both_are_in_time() -> None:
    ((number, area),) = overlaps(GROUND, first_due(TWO), limit_s=120.0, off_street_limit_m=150.0)
    assert number == 2
    # 600 m of driving from both: the streets between them around the middle, and no more.
    assert area.contains(at(0, 0))
    assert area.contains(at(0, 95))
    assert not area.contains(at(0, 250))
    assert not area.contains(at(-250, 0))


def test_force_adds_up_what_arrives_in_time() -> None:
    road = town([[(0, 0), (1000, 0)]])
    field = arrival_field(road, sites(road, [at(0, 0), at(1000, 0)]), plain_targets())
    force = force_stretches(field, np.array([[3.0, 2.0], [1.0, np.nan]]), 60 + 70)
    found = [(round(a), round(b), n, s) for a, b, n, s in zip(
        force.from_m, force.to_m, force.stations.tolist(), force.strength[0].tolist(), strict=True)]  # fmt: skip
    assert found == [(0, 300, 1, 3.0), (300, 700, 2, 5.0), (700, 1000, 1, 2.0)]
    np.testing.assert_array_equal(force.strength[1], [1.0, np.nan, np.nan])


def test_force_holds_every_street_once() -> None:
    force = force_stretches(TWO, np.array([[1.0, 1.0]]), 133.3)
    whole = np.bincount(force.street, weights=force.to_m - force.from_m, minlength=GRID.n_streets)
    np.testing.assert_allclose(whole, GRID.length_m, atol=1e-4)


@pytest.mark.parametrize("limit_s", [60.0, 60.05, 60.3, 60.7])
def test_zones_share_the_coverage_where_hardly_any_time_is_left_to_drive(limit_s: float) -> None:
    corner = town([[(0, 0), (3000, 0)], [(0, 100), (3000, 100)], [(0, 0), (0, 100)]])
    for place in (at(0, 0), at(2, 0), at(100, 0)):
        due = first_due(arrival_field(corner, sites(corner, [place]), plain_targets()))
        ground = ground_of(corner, 150.0)
        whole = reached_ground(ground, due, limits_s=(limit_s, 600.0), off_street_limit_m=150.0)[0]
        zones = first_due_zones(ground, due, whole, limit_s=limit_s, off_street_limit_m=150.0)
        assert sum(zone.area for _, zone in zones) == pytest.approx(whole.area, abs=1e-6)
