"""Any point of the map is answered as a parcel is, and never better than what is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.assessment import Assessment, assess
from analysis.place_answer import PLACE_COLUMNS, place_answers, route_to
from analysis.points import arrival_at
from analysis.scenario import Scenario
from analysis.water_assessment import assess_water
from geo.county import read_county
from tests.conftest import ROOT
from tests.counties import paper_county, plot, table_of
from tests.towns import at, grid_lines, plain_targets, town

ASKED = [at(30, 10), at(450, 20), at(500, 500), at(550, 0), at(900, 0), at(5000, 0)]


@cache
def paper() -> Assessment:
    """A grid of 1 km with a station in its middle, 100 s in all, and one surveyed hydrant."""
    return assess(
        paper_county(
            town(grid_lines(11)),
            stations=[{"station_id": "A", "geometry": at(0, 0)}],
            hydrants=[{"hydrant_id": "H1", "geometry": at(20, 0)}],
            cranes=table_of("cranes", [{"crane_id": "W1", "geometry": at(0, 300)}]),
            study_area=plot(-500, -500, 500, 500), study_area_source="file",
        ),
        Scenario(targets=plain_targets(limit_s=100)),
    )  # fmt: skip


@cache
def quyang() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


def answers(assessment: Assessment, points: list[shapely.Point]) -> gpd.GeoDataFrame:
    return place_answers(assessment, assess_water(assessment), points)


def test_points_of_a_paper_town() -> None:
    table = answers(paper(), ASKED)
    assert list(table.columns) == [*PLACE_COLUMNS, "geometry"]
    # 60 s turnout and 10 m/s: 30 m, 450 m, 1,000 m, 500 m along the streets.
    assert table["arrival_s"].tolist()[:4] == pytest.approx([63.0, 105.0, 160.0, 110.0])
    assert table["verdict"].tolist() == [
        "covered", "not_covered", "not_covered", "not_covered", "not_analysed", "not_covered",
    ]  # fmt: skip
    assert table["reason"].tolist()[4:] == ["off_street", "bound"]
    assert table["off_street_m"].tolist()[:4] == pytest.approx([10.0, 20.0, 0.0, 50.0])
    assert table["street_m"].tolist() == pytest.approx([10.0, 20.0, 0.0, 50.0, 400.0, 4500.0])
    assert table["in_study_area"].tolist() == [True, True, True, False, False, False]
    assert table["joint_state"].tolist()[:2] == ["engine_and_water", "neither"]
    assert table["hydrant_m"][0] == pytest.approx(np.hypot(10, 10))
    assert table["hose_m"].tolist()[:2] == pytest.approx([10.0, 430.0])
    assert table["crane_m"][0] == pytest.approx(np.hypot(30, 290))


def test_random_points_are_answered_as_the_field_and_the_route_answer_them() -> None:
    found = paper()
    draw = np.random.default_rng(5).uniform(-800, 800, (60, 2))
    points = [at(x, y) for x, y in draw.tolist()]
    table = answers(found, points)
    asked = gpd.GeoDataFrame(geometry=points, crs=found.county.crs)
    field = arrival_at(found.county, found.scenario, asked)
    known = table["arrival_s"].notna().to_numpy()
    assert known.any()
    assert not known.all()
    assert table.loc[known, "arrival_s"].tolist() == pytest.approx(field.loc[known, "arrival_s"].tolist())
    assert table.loc[known, "second_due_s"].isna().all()
    reached = field["state"] == "reached"
    assert ((table["verdict"] == "covered") == reached).all()
    for row in np.flatnonzero(known).tolist():
        route = route_to(found, points[row])
        assert route is not None
        assert route.arrival_s == pytest.approx(table["arrival_s"][row])
    assert all(route_to(found, points[row]) is None for row in np.flatnonzero(~known).tolist())


@pytest.mark.slow
def test_no_point_of_a_schematic_network_is_covered_or_too_late() -> None:
    found = quyang()
    network = found.county.network
    assert network is not None
    middles = shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    table = answers(found, list(middles))
    assert set(table["verdict"]) == {"depends"}
    assert set(table["reason"]) == {"schematic_network"}
    assert set(table["joint_state"]) == {"not_analysed"}
    assert table["schematic"].all()
    assert not table["water_state"].isin(["covered", "not_covered"]).any()


def test_without_network_only_the_straight_line_decides() -> None:
    bare = assess(replace(paper().county, network=None), paper().scenario)
    table = answers(bare, ASKED)
    assert table["verdict"].tolist() == ["not_analysed"] * 5 + ["not_covered"]
    assert set(table["reason"][:5]) == {"no_network"}
    assert table["street_m"].isna().all()
    assert route_to(bare, ASKED[0]) is None


def test_nothing_is_written_into_the_assessment() -> None:
    found = paper()
    before = found.county.parcels.copy()
    answers(found, ASKED)
    assert found.county.parcels.equals(before)
