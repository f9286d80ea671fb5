"""Projected coordinates in the browser: polynomials that stay with pyproj's projection over a county."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from geo.map_projection import (
    MARGIN_DEG,
    MOST_ERROR_M,
    fit_projection,
    fitted,
    gauss_meridian,
    is_cgcs2000,
)
from tests.test_maps import BOUNDS


@pytest.mark.parametrize(
    ("crs", "shown"),
    [
        ("EPSG:4547", BOUNDS),
        ("EPSG:4526", BOUNDS),
        ("EPSG:32632", (11.2, 49.4, 11.4, 49.6)),
        ("EPSG:26986", (-71.2, 42.3, -71.0, 42.4)),
    ],
)
def test_the_polynomials_stay_with_the_projection(crs: str, shown: tuple[float, float, float, float]) -> None:
    found = fit_projection(crs, shown)
    assert found is not None
    rng = np.random.default_rng(5)
    west, south, east, north = shown
    lon = rng.uniform(west - MARGIN_DEG, east + MARGIN_DEG, 4000)
    lat = rng.uniform(south - MARGIN_DEG, north + MARGIN_DEG, 4000)
    true = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    off = np.hypot(*(mine - theirs for mine, theirs in zip(fitted(found, lon, lat), true, strict=True)))
    assert off.max() < 0.001
    assert found.largest_error_m < MOST_ERROR_M
    assert off.max() < 2 * found.largest_error_m, "the error handed over is the error there is"


def test_what_is_too_large_gets_no_polynomials() -> None:
    assert fit_projection("EPSG:4547", (73.5, 18.0, 135.1, 53.6)) is None


def test_gauss_is_told_from_other_projections() -> None:
    assert gauss_meridian("EPSG:4547") == 114.0
    assert gauss_meridian("EPSG:32632") is None, "its scale in the middle is not 1"
    assert gauss_meridian("EPSG:26986") is None
    assert is_cgcs2000("EPSG:4547")
    assert not is_cgcs2000("EPSG:32650")
