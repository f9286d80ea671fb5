"""The shifted degrees of Chinese web maps: the public formula, and an inverse that is proved for all of China."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import gcj02
from geo.gcj02 import EAST, NORTH, SOUTH, WEST, from_bd09, from_gcj02, to_bd09, to_gcj02

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Degrees = NDArray[np.float64]

CHINA = (73.4, 135.1, 3.3, 53.6)
"""Every place of China, in degrees, lies between these: west, east, south, north."""
ROUND_TRIP_M = 1e-6


def apart_m(one: tuple[Degrees, Degrees], other: tuple[Degrees, Degrees]) -> Degrees:
    return np.asarray(pyproj.Geod(ellps="WGS84").inv(*one, *other)[2])


def one(lon: float, lat: float) -> tuple[Degrees, Degrees]:
    return np.array([lon]), np.array([lat])


@pytest.mark.parametrize(
    ("wgs84", "shifted"),
    [  # github.com/googollee/eviltransform, python/test.py: Shanghai, Shenzhen, Beijing
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
        # github.com/wandergis/coordtransform, test/app.js
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        # abroad, outside the box: as it is (Denver)
        ((-104.9903, 39.7392), (-104.9903, 39.7392)),
    ],
)
def test_the_formula_gives_the_pairs_others_published(
    wgs84: tuple[float, float], shifted: tuple[float, float]
) -> None:
    assert apart_m(to_gcj02(*one(*wgs84)), one(*shifted))[0] < ROUND_TRIP_M
    assert apart_m(from_gcj02(*one(*shifted)), one(*wgs84))[0] < ROUND_TRIP_M


def test_the_shift_of_baidu_gives_the_pair_others_published() -> None:
    # github.com/wandergis/coordtransform, test/app.js: BD-09 of a GCJ-02 pair
    wgs84 = from_gcj02(*one(116.404, 39.915))
    assert apart_m(to_bd09(*wgs84), one(116.41036949371029, 39.92133699351021))[0] < ROUND_TRIP_M


@pytest.mark.parametrize(("there", "back"), [(to_gcj02, from_gcj02), (to_bd09, from_bd09)])
def test_there_and_back_is_the_same_place_all_over_china(there, back) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(7)
    west, east, south, north = CHINA
    places = rng.uniform(west, east, 50_000), rng.uniform(south, north, 50_000)
    assert apart_m(back(*there(*places)), places).max() < ROUND_TRIP_M
    assert apart_m(there(*back(*places)), places).max() < ROUND_TRIP_M


@pytest.mark.parametrize(("there", "back"), [(to_gcj02, from_gcj02), (to_bd09, from_bd09)])
def test_there_and_back_is_the_same_place_where_the_formula_has_a_kink(there, back) -> None:  # type: ignore[no-untyped-def]
    near = 10.0 ** np.arange(-16, -1)
    lon = 105 + np.concatenate([-near, [0.0], near])
    places = lon, np.full(len(lon), 35.3)
    assert apart_m(back(*there(*places)), places).max() < ROUND_TRIP_M


@given(st.floats(CHINA[0], CHINA[1]), st.floats(CHINA[2], CHINA[3]))
def test_any_place_of_china_comes_back(lon: float, lat: float) -> None:
    place = one(lon, lat)
    assert apart_m(from_gcj02(*to_gcj02(*place)), place)[0] < ROUND_TRIP_M
    assert apart_m(from_bd09(*to_bd09(*place)), place)[0] < ROUND_TRIP_M


def test_the_inverse_converges_by_the_bounds_its_text_names() -> None:
    """The slope of the shift by its coefficients, every wave at its steepest at once, over the whole box."""
    x, y = max(105 - WEST, EAST - 105), max(35 - SOUTH, NORTH - 35)
    waves = 2 / 3 * np.pi * (20 * 6 + 20 * 2 + 20 + 40 / 3 + 150 / 12 + 300 / 30)
    steep_east = np.array([1 + 0.2 * x + 0.1 * y + waves, 2 + 0.1 * x])
    steep_north = np.array(
        [2 + 0.1 * y + 2 / 3 * np.pi * (20 * 6 + 20 * 2), 3 + 0.4 * y + 0.1 * x]
    ) + np.array([0, 2 / 3 * np.pi * (20 + 40 / 3 + 160 / 12 + 320 / 30)])
    least_across = np.radians(gcj02._A) * np.cos(np.radians(NORTH))
    least_along = np.radians(gcj02._A) * (1 - gcj02._EE)
    # The size of a metre in degrees changes with latitude too; the largest shift of the box bounds what that adds.
    grid = np.meshgrid(np.linspace(WEST, EAST, 400), np.linspace(SOUTH, NORTH, 400))
    largest_m = max(np.abs(each).max() for each in gcj02._shift_metres(*grid))
    stretch = 1.1 * largest_m / least_across * np.radians(np.tan(np.radians(NORTH)))
    slope = max(steep_east.sum() / least_across, steep_north.sum() / least_along) + stretch
    kink = max(0.1 / least_across, 0.2 / least_along)
    farthest = np.hypot(EAST, NORTH)
    turn = np.radians(180) * 3000 / 180
    baidu = np.sqrt(2) * (0.00002 * turn + 0.000003 * turn * farthest + 0.000003)
    both = (1 + slope) * (1 + baidu) - 1
    assert slope < 0.03
    assert kink * (1 + baidu) < 2e-6
    assert both < 0.06, "every round leaves less than this share of the error"
    assert np.radians((2e-6 / (1 - both)) ** 2) * 6_378_137 < ROUND_TRIP_M, (
        "two places never share one shifted place"
    )


def test_no_slope_of_the_real_shift_is_steeper_than_the_bound() -> None:
    rng = np.random.default_rng(11)
    lon, lat = rng.uniform(WEST, EAST, 100_000), rng.uniform(SOUTH, NORTH, 100_000)
    step = rng.normal(0, 1e-4, (2, 100_000))
    for there, bound in ((to_gcj02, 0.03), (to_bd09, 0.06)):
        moved, still = there(lon + step[0], lat + step[1]), there(lon, lat)
        change = np.max([np.abs(m - s - d) for m, s, d in zip(moved, still, step, strict=True)], axis=0)
        inside = (lon + step[0] < EAST) & (lon + step[0] > WEST) & (lat + step[1] < NORTH)
        assert (change <= bound * np.abs(step).max(axis=0) + 2e-6 * np.sqrt(np.abs(step[0])))[inside].all()


def test_what_lies_outside_the_box_or_is_no_number_stays() -> None:
    lon = np.array([WEST - 1e-9, EAST + 1e-9, 100.0, 100.0, np.nan, np.inf, 11.3, -71.1])
    lat = np.array([30.0, 30.0, SOUTH - 1e-9, NORTH + 1e-9, 30.0, 30.0, 49.5, 42.4])
    for change in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        east, north = change(lon, lat)
        np.testing.assert_array_equal(east, lon)
        np.testing.assert_array_equal(north, lat)
    for change in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        assert [each.shape for each in change(np.empty(0), np.empty(0))] == [(0,), (0,)]


def test_what_is_handed_over_is_left_as_it_is() -> None:
    lon, lat = one(114.7, 38.6)
    for change in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        change(lon, lat)
    assert (lon[0], lat[0]) == (114.7, 38.6)


def test_the_shift_at_the_county_is_as_measured() -> None:
    place = one(114.745, 38.62)
    geod = pyproj.Geod(ellps="WGS84")
    bearing, _, metres = geod.inv(*place, *to_gcj02(*place))
    assert metres[0] == pytest.approx(533, abs=1)
    assert bearing[0] == pytest.approx(82, abs=1)
    assert apart_m(to_bd09(*place), place)[0] == pytest.approx(1319, abs=1)


def test_the_pairs_of_baoding_are_those_of_the_one_step_formula(real_data: Path) -> None:
    file = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    pairs = pyogrio.read_dataframe(file, layer="jd_points_bd09_and_wgs84")
    given = pairs["BD_经度"].to_numpy(float), pairs["BD_纬度"].to_numpy(float)
    made = pairs["wgs84_longitude"].to_numpy(float), pairs["wgs84_latitude"].to_numpy(float)
    assert len(pairs) == 8
    assert apart_m(from_bd09(*given, one_step=True), made).max() < 0.01
    exact_m = apart_m(from_bd09(*given), made)
    assert exact_m.max() < 3
    assert exact_m.min() > 1, "the one-step formula is off by metres"


def test_the_places_of_the_county_are_derived_from_gcj02(real_data: Path) -> None:
    with (real_data / "quyang" / "quyang-places.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["lon"] and row["crs"] == "GCJ-02"]
    xy = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
    derived = np.array([[float(row["lon_wgs84_derived"]), float(row["lat_wgs84_derived"])] for row in rows])
    assert len(rows) > 40
    # Their six decimals are 0.1 m.
    assert apart_m(from_gcj02(xy[:, 0], xy[:, 1]), (derived[:, 0], derived[:, 1])).max() < 0.1
