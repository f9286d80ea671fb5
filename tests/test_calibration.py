"""Random trips on a grid where every figure can be worked out."""

from __future__ import annotations

import pytest

from analysis.calibration import calibrate
from analysis.drive import drive_model, drive_of
from tests.towns import grid_lines, plain_targets, town

GRID = town(grid_lines(41))


def test_speed_and_area_of_a_grid_driven_at_one_speed() -> None:
    found = calibrate(drive_of(GRID, drive_model(plain_targets())))
    assert found.trips > 500
    assert found.mean_kph == pytest.approx(36)
    assert found.low_kph == pytest.approx(36)
    assert found.inside_expected
    assert found.winding is not None
    assert 1.0 < found.winding < 2**0.5
    assert found.area_km2 == pytest.approx(2 * (2.4 / found.winding) ** 2)
    # Between 2 and 3 km the RAND line asks for 165.7 to 229.1 s; at 10 m/s it is 200 to 300 s.
    assert found.rand_ratio is not None
    assert 200 / 165.8 < found.rand_ratio < 300 / 229


def test_the_same_seed_drives_the_same_trips() -> None:
    drive = drive_of(GRID, drive_model(plain_targets()))
    assert calibrate(drive) == calibrate(drive)


def test_a_town_without_such_trips_says_so() -> None:
    small = town([[(0, 0), (500, 0)]])
    found = calibrate(drive_of(small, drive_model(plain_targets())))
    assert (found.trips, found.mean_kph, found.inside_expected) == (0, None, None)
