"""Out of an old datum by seven parameters or by control points, checked, and never further than is believable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import WGS84, reproject, shapes_of
from geo.datum_fit import (
    ControlPoint,
    SevenParameters,
    SimilarityFit,
    fit_control_points,
    fit_problems,
    leave_old_datum,
)
from geo.problems import InputError, problem
from geo.tables import FileRows, table_of

OLD, TRUE = "EPSG:2362", "EPSG:4526"
SHIFT = SevenParameters(-12.5, 90.25, 41.0, 0.8, -1.1, 2.4, 3.2, "position_vector")
PLACES = np.array([(114.45, 38.50), (114.85, 38.52), (114.66, 38.62), (114.50, 38.93), (114.84, 38.90)])


def by_hand(lon: float, lat: float, given: SevenParameters) -> tuple[float, float]:
    """An independent Bursa-Wolf: from the ellipsoid into space, turned and moved there, and back by iteration."""
    a, f = 6_378_140.0, 1 / 298.257
    e2 = f * (2 - f)
    phi, lam = np.radians([lat, lon])
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    old = np.array([n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - e2) * np.sin(phi)])
    rx, ry, rz = np.radians(np.array([given.rx_s, given.ry_s, given.rz_s]) / 3600)
    if given.convention == "coordinate_frame":
        rx, ry, rz = -rx, -ry, -rz
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    x, y, z = np.array([given.dx_m, given.dy_m, given.dz_m]) + (1 + given.scale_ppm / 1e6) * turn @ old
    a, f = 6_378_137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    phi = np.arctan2(z, np.hypot(x, y))
    for _ in range(20):
        n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
        phi = np.arctan2(z + e2 * n * np.sin(phi), np.hypot(x, y))
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(phi))


def old_rows(places: Any = PLACES, crs: str = OLD) -> FileRows:
    degrees = shapes_of([*map(shapely.Point, places), None])
    shapes = reproject(degrees, "EPSG:4610", crs)
    table = table_of({"parcel_no": [str(n) for n in range(len(shapes))]}, len(shapes))
    return FileRows(
        table, shapes, crs, (problem("txt_old_datum", file="a.txt", warning=True, value="Xian 1980"),)
    )


@pytest.mark.parametrize("convention", ["position_vector", "coordinate_frame"])
def test_seven_parameters_move_as_an_independent_computation_does(convention: str) -> None:
    parameters = replace(SHIFT, convention=convention)  # type: ignore[arg-type]
    rows = old_rows()
    moved = leave_old_datum(rows, parameters, "a.txt")
    assert moved.crs == WGS84
    assert moved.geometry is not None
    assert moved.geometry[-1] is None
    want = np.array([by_hand(lon, lat, parameters) for lon, lat in PLACES])
    have = shapely.get_coordinates(moved.geometry)
    assert np.max(pyproj.Geod(ellps="GRS80").inv(*have.T, *want.T)[2]) < 1e-3
    assert [(each.code, each.warning) for each in moved.problems] == [("parameters_used", True)]
    assert rows.crs == OLD, "what was handed over stays"


def test_the_two_conventions_differ_by_twice_the_rotation() -> None:
    one = leave_old_datum(old_rows(), SHIFT, "a.txt").geometry
    other = leave_old_datum(old_rows(), replace(SHIFT, convention="coordinate_frame"), "a.txt").geometry
    assert one is not None
    assert other is not None
    apart_m = pyproj.Geod(ellps="GRS80").inv(
        *shapely.get_coordinates(one).T, *shapely.get_coordinates(other).T
    )[2]
    assert min(apart_m) > 50


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"dx_m": 4000.0}, "parameters_far"), ({"rz_s": 300.0}, "parameters_far"),
     ({"scale_ppm": float("nan")}, "parameters_far"), ({"convention": "布尔莎"}, "parameters_convention")],
)  # fmt: skip
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as refused:
        leave_old_datum(old_rows(), replace(SHIFT, **wrong), "a.txt")  # type: ignore[arg-type]
    assert [each.code for each in refused.value.problems] == [code]
    assert all(each.text(language) for each in refused.value.problems for language in ("zh", "en"))


def control_points(places: Any = PLACES) -> list[ControlPoint]:
    """Points of which both sides are known: the true one by the parameters above."""
    old = shapely.get_coordinates(reproject(shapes_of([*map(shapely.Point, places)]), "EPSG:4610", OLD))
    true = [by_hand(lon, lat, SHIFT) for lon, lat in places]
    new = shapely.get_coordinates(reproject(shapes_of([shapely.Point(each) for each in true]), WGS84, TRUE))
    return [
        ControlPoint(f"K{n}", *o, *t)
        for n, (o, t) in enumerate(zip(old.tolist(), new.tolist(), strict=True), 1)
    ]


def test_four_parameters_hold_over_a_county_to_centimetres() -> None:
    points = control_points()
    fit = fit_control_points(points, OLD, TRUE)
    assert max(fit.residual_m) < 0.05
    assert max(fit.left_out_m) < 0.1
    moved = leave_old_datum(old_rows(), fit, "a.txt")
    assert moved.crs == TRUE
    assert moved.geometry is not None
    new = np.array([(each.east_m, each.north_m) for each in points])
    np.testing.assert_allclose(
        np.hypot(*(shapely.get_coordinates(moved.geometry) - new).T), fit.residual_m, atol=1e-6
    )
    assert [each.code for each in moved.problems] == ["control_fit"]


def test_two_points_fit_always_and_that_is_said() -> None:
    fit = fit_control_points([control_points()[0], control_points()[4]], OLD, TRUE)
    assert fit.residual_m == pytest.approx((0, 0), abs=1e-6)
    assert all(np.isnan(fit.left_out_m))
    moved = leave_old_datum(old_rows(), fit, "a.txt")
    assert [each.code for each in moved.problems] == ["control_unchecked"]


def test_a_point_that_is_off_is_named() -> None:
    points = control_points()
    points[2] = replace(points[2], east_m=points[2].east_m + 3)
    fit = fit_control_points(points, OLD, TRUE)
    named = {dict(each.values)["value"] for each in fit_problems(fit, "a.txt") if each.code == "control_off"}
    assert "K3" in named
    assert np.argmax(fit.residual_m) == 2
    assert np.argmax(fit.left_out_m) == 2
    assert fit.left_out_m[2] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(lambda p: p[:1], "control_too_few"), (lambda p: [p[0], p[0]], "control_too_few"),
     (lambda _: [], "control_too_few"),
     (lambda p: [replace(each, east_m=each.north_m, north_m=each.east_m) for each in p], "control_unlike"),
     (lambda p: [p[1], *p[2:], replace(p[0], name="?", east_m=float("nan"))], "control_no_number"),
     (lambda p: [replace(p[0], east_m=p[1].east_m, north_m=p[1].north_m), *p[1:]], "control_unlike")],
)  # fmt: skip
def test_control_points_that_do_not_belong_together_are_refused(spoil, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as refused:
        fit_control_points(spoil(control_points()), OLD, TRUE)
    assert {each.code for each in refused.value.problems} == {code}
    assert all(each.text(language) for each in refused.value.problems for language in ("zh", "en"))


def test_control_points_are_in_metres_and_fit_the_file() -> None:
    for source, target in (("EPSG:4610", TRUE), (OLD, WGS84), (OLD, "EPSG:3857")):
        with pytest.raises(InputError) as refused:
            fit_control_points(control_points(), source, target)
        assert [each.code for each in refused.value.problems] == ["control_not_metric"]
    fit = fit_control_points(control_points(), OLD, TRUE)
    with pytest.raises(InputError) as refused:
        leave_old_datum(old_rows(crs="EPSG:2383"), fit, "a.txt")
    assert [each.code for each in refused.value.problems] == ["control_other_system"]


def test_shapes_far_from_the_control_points_are_warned_of() -> None:
    fit = fit_control_points(control_points(PLACES[[0, 2]] * [1, 1]), OLD, TRUE)
    far = leave_old_datum(old_rows(np.array([(114.50, 38.51), (114.95, 39.4)])), fit, "a.txt")
    assert [(each.code, each.row) for each in far.problems] == [
        ("control_unchecked", None),
        ("control_outside", 2),
    ]


@given(
    st.floats(-100, 100), st.floats(-100, 100), st.floats(-60, 60), st.floats(-150, 150),
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 50_000)), min_size=2, max_size=8, unique=True),
)  # fmt: skip
def test_what_was_moved_turned_and_stretched_is_found_again(
    east: float, north: float, turn_s: float, ppm: float, at: list[tuple[int, int]]
) -> None:
    turn = (1 + ppm / 1e6) * np.exp(1j * np.radians(turn_s / 3600))
    old = [complex(38_535_000 + x, 4_260_000 + y) for x, y in at]
    about = 38_555_000 + 4_285_000j
    new = [turn * (each - about) + about + complex(east, north) for each in old]
    points = [ControlPoint("", o.real, o.imag, n.real, n.imag) for o, n in zip(old, new, strict=True)]
    fit: SimilarityFit = fit_control_points(points, OLD, TRUE)
    assert max(fit.residual_m) < 1e-6
    moved = pyproj.Transformer.from_pipeline(fit.pipeline).transform(
        [o.real for o in old], [o.imag for o in old]
    )
    np.testing.assert_allclose(moved, [[n.real for n in new], [n.imag for n in new]], atol=1e-5)
