"""Coordinates as people write them mean one place, or none near the county."""

from __future__ import annotations

import pytest

from geo.coordinates import coordinates_in
from geo.crs import WGS84, transformer

QUYANG = (114.4, 38.4, 115.0, 38.95)
CRS = "EPSG:4547"
EAST, NORTH = transformer(WGS84, CRS).transform(114.70, 38.62)


@pytest.mark.parametrize(
    "text",
    [
        "114.70,38.62",
        "114.70, 38.62",
        "38.62,114.70",
        "１１４．７０，３８．６２",
        "114.7 38.62",
        "(114.70; 38.62)",
        "38.62N 114.70E",
        "E114.70,N38.62",
        "东经114.70 北纬38.62",
        "114°42′00″,38°37′12″",
        "38°37'12\"N 114°42'0\"E",
        "东经114度42分 北纬38度37分12秒",
        "北纬38°37.2′ 东经114°42′",
        f"{EAST:.2f},{NORTH:.2f}",
        f"{NORTH:.2f} {EAST:.2f}",
        f"x={NORTH:.2f}, y={EAST:.2f}",
        f"38{EAST:.2f},{NORTH:.2f}",
    ],
)
def test_one_place_however_it_is_written(text: str) -> None:
    found = coordinates_in(text, QUYANG, CRS)
    assert found is not None
    assert found.lon == pytest.approx(114.70, abs=2e-7)
    assert found.lat == pytest.approx(38.62, abs=2e-7)


def test_a_sheet_with_the_number_of_the_zone_takes_eastings_without_it() -> None:
    east, north = transformer(WGS84, "EPSG:4526").transform(114.70, 38.62)
    assert east > 38_000_000
    for text in (f"{east:.2f},{north:.2f}", f"{north:.2f},{east % 1e6:.2f}"):
        found = coordinates_in(text, QUYANG, "EPSG:4526")
        assert found is not None
        assert found.lon == pytest.approx(114.70, abs=2e-7)


@pytest.mark.parametrize(
    "text", ["恒山路", "HS-04-3", "104国道", "114.70", "114.70,", "1,2,3", "", "114°70′,38°", "-"]
)
def test_what_is_no_pair_is_none(text: str) -> None:
    assert coordinates_in(text, QUYANG, CRS) is None


@pytest.mark.parametrize(
    "text",
    [
        "12.5,41.9",
        "116.40,39.95",
        "N114.70,E38.62",
        "114.70S,38.62",
        "999999999,999999999",
        "0,0",
        "-114.7,38.62",
    ],
)
def test_a_pair_that_means_no_place_near_the_county_has_none(text: str) -> None:
    found = coordinates_in(text, QUYANG, CRS)
    assert found is not None
    assert (found.lon, found.lat) == (None, None)
