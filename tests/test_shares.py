"""Shares of ground and street length: by hand, adding up, and in range whatever is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import shapely

from analysis.assessment import assess
from analysis.scenario import Scenario
from tests.counties import paper_county, path, plot
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from analysis.assessment import Assessment

GRID = town(grid_lines())
A = {"station_id": "A", "geometry": at(0, 0)}
SQUARE: dict[str, Any] = {"study_area": plot(-1000, -1000, 1000, 1000), "study_area_source": "file"}


def asked(limit_s: float, *, network: Any = GRID, stations: Any = (A,), **changes: Any) -> Assessment:
    county = paper_county(network, stations=list(stations), **changes)
    return assess(county, Scenario(targets=plain_targets(limit_s=limit_s)))


def check(answer: Assessment) -> None:
    """What must hold of every summary that has shares."""
    summary = answer.summary
    area = summary["area_share"]
    assert area["covered"] + area["not_covered"] + area["not_analysed"] == pytest.approx(1)
    assert min(area[name] for name in ("covered", "not_covered", "not_analysed")) >= -1e-9
    assert area["upper_end"] == pytest.approx(area["covered"] + area["not_analysed"])
    if area["nominal"] is None:
        assert (area["covered"], area["not_covered"], area["low"], area["high"]) == (0, 0, None, None)
        assert summary["street_share"] is summary["street_share_study"] is None
        assert summary["street_length_reached_m"] is summary["street_length_unconnected_m"] is None
        assert not answer.streets["reached"].any()
        return
    assert area["nominal"] == pytest.approx(area["covered"])
    for share in (area, summary["street_share"], summary["street_share_study"]):
        assert 0 <= share["low"] <= share["nominal"] <= share["high"] <= 1
    parts = ("covered_area_m2", "not_covered_area_m2", "not_analysed_area_m2")
    assert sum(summary[name] for name in parts) == pytest.approx(summary["study_area_m2"])
    assert answer.streets["length_m"].sum() == pytest.approx(summary["street_length_m"])
    reached = answer.streets.loc[answer.streets["reached"].astype(bool), "length_m"].sum()
    assert reached == pytest.approx(summary["street_length_reached_m"])


def test_a_grid_by_hand() -> None:
    answer = asked(160, **SQUARE)
    check(answer)
    summary = answer.summary
    assert (summary["street_length_m"], summary["street_length_reached_m"]) == (
        pytest.approx(84_000),
        pytest.approx(40_000),
    )
    # A diamond of a kilometre is half of the square.
    assert summary["area_share"]["covered"] == pytest.approx(0.5, abs=0.02)
    assert summary["area_share"]["not_analysed"] == 0
    assert summary["area_share"]["denominator"] == "study_area"
    union = answer.coverage[answer.coverage["station_id"].isna() & (answer.coverage["band_s"] == 160)]
    inside = union.geometry.iloc[0].intersection(answer.study_area)
    assert inside.area == pytest.approx(summary["covered_area_m2"], rel=0.005)


def test_all_of_it_when_there_is_time() -> None:
    answer = asked(400, **SQUARE)
    check(answer)
    assert answer.summary["area_share"]["covered"] == pytest.approx(1, abs=1e-6)
    assert answer.summary["street_share"]["nominal"] == pytest.approx(1)


def test_a_study_area_half_off_the_streets_is_not_analysed_there() -> None:
    answer = asked(400, study_area=plot(0, 0, 2000, 1000), study_area_source="file")
    check(answer)
    assert answer.summary["area_share"]["covered"] == pytest.approx(1150 / 2000, abs=0.005)
    assert answer.summary["area_share"]["not_analysed"] == pytest.approx(850 / 2000, abs=0.005)


def test_an_island_is_not_analysed_and_its_length_is_named() -> None:
    island = town([*grid_lines(11), [(2000, 0), (2400, 0)]])
    answer = asked(400, network=island)
    check(answer)
    assert answer.summary["street_length_unconnected_m"] == pytest.approx(400)
    assert answer.summary["study_area_source"] == "frontage"
    ground = 400 * 300 + 3.14159 * 150**2
    assert answer.summary["not_analysed_area_m2"] == pytest.approx(ground, rel=0.01)
    assert answer.summary["not_covered_area_m2"] == pytest.approx(0, abs=1)


def test_study_areas_in_parts_and_with_holes() -> None:
    area = shapely.union(
        plot(-1000, -1000, 0, 1000).difference(plot(-900, -900, -100, 900)), plot(500, 500, 600, 600)
    )
    answer = asked(160, study_area=area, study_area_source="file")
    check(answer)
    assert answer.summary["study_area_m2"] == pytest.approx(area.area)
    assert answer.summary["covered_area_m2"] < area.area


@pytest.mark.slow
def test_a_station_known_along_a_line_gives_a_range_that_its_ends_are_in() -> None:
    line = path((-900, 0), (900, 0))
    uncertain = A | {"shape": line, "position_class": "P4", "location": "ADDR(x;1)"}
    answer = asked(130, stations=[uncertain], **SQUARE)
    check(answer)
    area, street = answer.summary["area_share"], answer.summary["street_share"]
    assert area["low"] < area["high"]
    assert street["low"] < street["high"]
    for x in (-900, -437, 0, 900):
        fixed = asked(130, stations=[A | {"geometry": at(x, 0)}], **SQUARE).summary
        assert street["low"] - 1e-3 <= fixed["street_share"]["nominal"] <= street["high"] + 1e-3
        assert area["low"] - 0.01 <= fixed["area_share"]["nominal"] <= area["high"] + 0.01
    assert "station_position_uncertain" in answer.summary["notes"]


@pytest.mark.parametrize(
    ("stations", "not_covered", "analysed"),
    [
        ((), False, False),
        ((A, A | {"station_id": "B", "geometry": at(0, 9000)}), False, True),
        ((A | {"geometry": at(0, 9000)},), False, False),
        ((A | {"status": "unknown"},), False, False),
        ((A | {"status": "out_of_service"},), True, True),
        ((A,), True, True),
    ],
)
def test_ground_is_called_not_covered_only_where_every_station_is_known(
    stations: Any, not_covered: bool, analysed: bool
) -> None:
    answer = asked(100, stations=stations, **SQUARE)
    check(answer)
    assert (answer.summary["area_share"]["not_covered"] > 0) is not_covered
    assert (answer.summary["street_share"] is not None) is analysed
    assert (answer.summary["area_share"]["nominal"] is not None) is analysed


def test_a_study_area_without_a_street_has_no_share_of_streets() -> None:
    area = {"study_area": plot(5000, 0, 6000, 1000), "study_area_source": "file"}
    for station in (A, A | {"status": "out_of_service"}):
        summary = asked(100, stations=[station], **area).summary
        assert summary["street_length_study_m"] == 0
        assert summary["street_share_study"] is None
        assert summary["street_share"] is not None


def test_ground_by_a_street_is_shared_and_bridges_own_none() -> None:
    answer = asked(100, network=town([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]], bridge=[False, True]))
    check(answer)
    assert answer.summary["street_length_m"] == pytest.approx(2000)
    assert answer.summary["study_area_m2"] == pytest.approx(1000 * 300 + 3.14159 * 150**2, rel=0.01)


def test_no_network_has_no_shares() -> None:
    answer = asked(300, network=None, **SQUARE)
    assert answer.summary["area_share"]["not_analysed"] == 1
    assert answer.summary["street_share"] is None
    assert answer.streets.empty
    assert answer.coverage.empty
