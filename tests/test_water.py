"""Hydrants: discs against the globe, what is surely protected, and what an example layout must never say."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import pytest
import shapely

from analysis.assessment import assess
from analysis.scenario import Scenario, Targets
from analysis.water import Section, even_layout, protected_bounds_m2, protection_area
from geo.adding import add_layer
from geo.county import read_county
from geo.crs import reproject
from geo.translation import FileChoices
from tests.counties import paper_county, path, plot, table_of
from tests.towns import CRS, at, grid_lines, town
from views.choices import planned_years

if TYPE_CHECKING:
    from pathlib import Path

    from geo.county import County

GEOD = pyproj.Geod(ellps="WGS84")
DISC = np.pi * 150**2
STUDY: dict[str, Any] = {"study_area": plot(-1000, -1000, 1000, 1000), "study_area_source": "file"}


def geodesic_union_m2(points: list[tuple[float, float]], radius_m: float) -> float:
    """Ground inside any of the geodesic discs about points in degrees, on the ellipsoid."""
    turns = np.arange(0, 360, 2.0)
    discs = []
    for lon, lat in points:
        east, north, _ = GEOD.fwd(np.full(180, lon), np.full(180, lat), turns, np.full(180, radius_m))
        discs.append(shapely.Polygon(np.column_stack([east, north])))
    area = 0.0
    for part in shapely.get_parts(shapely.union_all(discs)).tolist():
        area += abs(GEOD.geometry_area_perimeter(part)[0])
    return area


def hydrant(number: int, x: float, y: float, **changes: Any) -> dict[str, Any]:
    """A surveyed hydrant of the paper town."""
    return {"hydrant_id": f"H{number}", "geometry": at(x, y)} | changes


def section(
    count: int, line: shapely.LineString | None, name: str = "S", **changes: Any
) -> list[dict[str, Any]]:
    """Hydrants of a section, as the county's table has them."""
    return [
        {
            "hydrant_id": f"{name}-{i + 1}", "section_id": name, "position_class": "P4", "shape": line,
            "interpolated": True, "location": "SEG(x;y;z)",
            "geometry": None if line is None else line.interpolate((i + 0.5) / count, normalized=True),
        }
        | changes
        for i in range(count)
    ]  # fmt: skip


def parcel(shape: shapely.Geometry | None, **changes: Any) -> dict[str, Any]:
    return {"parcel_no": "1", "area_mu": 1.0, "geometry": shape} | changes


def water_of(county: County, scenario: Scenario | None = None) -> Any:
    """The county's only parcel, with its water columns."""
    return assess(county, scenario or Scenario()).parcels.iloc[0]


@pytest.mark.parametrize("radius_m", [50.0, 150.0, 400.0])
def test_protection_areas_are_those_of_geodesic_discs(radius_m: float) -> None:
    places = [(114.69805, 38.61937), (114.6992, 38.6194), (114.75, 38.70), (114.5, 38.5)]
    metric = reproject(np.array([shapely.Point(each) for each in places], dtype=object), "EPSG:4326", CRS)
    ours = protection_area(metric, radius_m).area
    assert ours == pytest.approx(geodesic_union_m2(places, radius_m), rel=0.005)


def test_only_what_counts_protects() -> None:
    states = ["in_use", "under_construction", "not_built", "unknown", "out_of_service"]
    rows = [hydrant(i, -900 + 400 * i, 0, status=status) for i, status in enumerate(states)]
    county = paper_county(hydrants=rows, **STUDY)
    for scenario, discs in (
        (Scenario(), 1), (Scenario(planned_works=True), 3), (Scenario(count_unknown=True), 2),
        (Scenario(planned_works=True, count_unknown=True), 4),
    ):  # fmt: skip
        water = assess(county, scenario).summary["water"]
        inside = discs * DISC - (
            DISC - shapely.intersection(at(-900, 0).buffer(150), STUDY["study_area"]).area
        )
        assert water["area"]["protected_m2"]["low"] == pytest.approx(inside, rel=0.002)
        assert (water["hydrants_built"], water["hydrants_total"], water["hydrants_unknown"]) == (1, 4, 1)
        assert (water["hydrants_counted"], water["hydrants_out_of_service"]) == (discs, 1)


def test_the_year_decides_over_what_is_planned_and_says_what_opens_later() -> None:
    rows = [
        hydrant(1, -900, 0, opens=2031.0),
        hydrant(2, -500, 0, status="not_built", opens=2028.0),
        hydrant(3, -100, 0, status="under_construction", opens=2032.0),
        hydrant(4, 300, 0, status="not_built"),
        hydrant(5, 700, 0, status="out_of_service", opens=2020.0, flow_lps=0.0),
    ]
    county = paper_county(hydrants=rows, **STUDY)
    for scenario, numbers, later in (
        (Scenario(), {1}, 0), (Scenario(planned_works=True), {1, 2, 3, 4}, 0),
        (Scenario(year=2030), {2}, 2), (Scenario(year=2030, planned_works=True), {2, 4}, 2),
        (Scenario(year=2031), {1, 2}, 1), (Scenario(year=2032), {1, 2, 3}, 0),
    ):  # fmt: skip
        answer = assess(county, scenario)
        assert set(np.flatnonzero(answer.hydrants["counted"]) + 1) == numbers
        water = answer.summary["water"]
        assert (water["hydrants_counted"], water["hydrants_opens_later"]) == (len(numbers), later)


def test_the_years_offered_are_those_of_planned_stations_and_water_too() -> None:
    planned: dict[str, Any] = {"status": "not_built", "geometry": at(0, 0)}
    county = paper_county(
        stations=[{"station_id": "A", "opens": 2027.0, **planned}],
        hydrants=[
            hydrant(1, 0, 0, opens=1998.0),
            hydrant(2, 0, 0, status="under_construction", opens=2026.0),
        ],
        cranes=table_of(
            "cranes", [{"crane_id": "C", "opens": 2027.0, **planned}, {"crane_id": "D", **planned}]
        ),
        water_sources=table_of("sources", [{"source_id": "P", "opens": 2030.0, **planned}]),
    )
    assert planned_years(county) == [2026, 2027, 2030]


def test_what_the_counted_sources_do_not_state_is_counted() -> None:
    rows = [
        hydrant(1, -900, 0, flow_lps=0.0, checked="2025-01-01"),
        hydrant(2, -500, 0, flow_lps=20.0),
        hydrant(3, -100, 0),
        hydrant(4, 300, 0, status="out_of_service"),
    ]
    kinds = [{"source_id": "a", "kind": "pond"}, {"source_id": "b", "kind": "quay", "status": "unknown"}]
    county = dataclasses.replace(
        paper_county(hydrants=rows, **STUDY), water_sources=table_of("sources", kinds)
    )
    water = assess(county, Scenario()).summary["water"]
    assert [water[f"hydrants_{name}"] for name in ("flow_zero", "flow_not_stated", "check_not_stated")] == [
        1,
        1,
        2,
    ]
    assert (water["sources_total"], water["sources_unknown"], water["sources_counted"]) == (2, 1, 1)
    assert water["sources_by_kind"] == {"pond": 1, "quay": 0, "natural": 0}


def test_overlapping_discs_count_once_and_gaps_and_cover_fill_the_study_area() -> None:
    county = paper_county(hydrants=[hydrant(1, 0, 0), hydrant(2, 0, 0), hydrant(3, 100, 0)], **STUDY)
    answer = assess(county, Scenario())
    two = 2 * DISC - shapely.intersection(at(0, 0).buffer(150, 64), at(100, 0).buffer(150, 64)).area
    area = answer.summary["water"]["area"]
    assert area["protected_m2"]["low"] == area["protected_m2"]["high"] == pytest.approx(two, rel=0.002)
    assert area["gap_m2"]["even"] + area["protected_m2"]["low"] == pytest.approx(2000**2)
    assert answer.hydrant_gaps["area_m2"].sum() == pytest.approx(area["gap_m2"]["even"])
    assert set(answer.hydrant_gaps["certainty"]) == {"surveyed"}


def test_street_without_water_by_hand() -> None:
    road = town([[(-1000, 0), (1000, 0)]])
    dry = assess(paper_county(road, hydrants=[hydrant(1, 0, 0), hydrant(2, 0, 120)], **STUDY), Scenario())
    street = dry.summary["water"]["street"]
    assert street["length_m"] == pytest.approx(2000)
    assert street["without_water_m"]["even"] == pytest.approx(2000 - 300, abs=0.5)


@pytest.mark.slow
def test_a_parcel_is_covered_by_water_only_from_surveyed_hydrants() -> None:
    inside, edge, off = plot(-50, -50, 50, 50), plot(100, -5, 160, 5), plot(400, 0, 450, 50)
    known = [hydrant(1, 0, 0)]
    expected = [
        (inside, "covered"),
        (edge, "depends"),
        (off, "not_covered"),
        (plot(500, 500, 501, 501), "not_covered"),
    ]
    for shape, state in expected:
        assert water_of(paper_county(parcels=[parcel(shape)], hydrants=known))["water_state"] == state
    only_a_section = section(20, path((-60, 0), (60, 0)))
    for shape, state in ((inside, "depends"), (off, "not_covered")):
        found = water_of(paper_county(parcels=[parcel(shape)], hydrants=only_a_section))
        assert (found["water_state"], found["hydrant_certainty"]) == (state, "example")
    somewhere = [*known, *section(3, None, road="无名路")]
    assert water_of(paper_county(parcels=[parcel(off)], hydrants=somewhere))["water_state"] == "depends"


def test_water_is_not_judged_from_a_schematic_drawing() -> None:
    words = {"location": "SIDE(x;S)", "position_class": "P4", "drawn": "square"}
    drawn = frozenset({"roads"})
    for shape in (plot(-50, -50, 50, 50), plot(400, 0, 450, 50)):
        county = paper_county(parcels=[parcel(shape, **words)], hydrants=[hydrant(1, 0, 0)], schematic=drawn)
        assert water_of(county)["water_state"] == "depends"
    by_words = paper_county(
        parcels=[parcel(plot(400, 0, 450, 50))], hydrants=section(3, path((-60, 0), (60, 0))), schematic=drawn
    )
    assert water_of(by_words)["water_state"] == "depends"
    marked = paper_county(
        parcels=[parcel(plot(-5, -5, 5, 5))], hydrants=[hydrant(1, 0, 0)], schematic=frozenset({"hydrants"})
    )
    assert water_of(marked)["water_state"] == "depends"


def test_a_parcel_without_a_near_place_is_not_analysed_and_has_no_distance() -> None:
    for row in (
        parcel(None, position_class=None),
        parcel(plot(0, 0, 9, 9), position_class="P6", drawn="square"),
    ):
        found = water_of(paper_county(parcels=[row], hydrants=[hydrant(1, 0, 0)]))
        assert found["water_state"] == "not_analysed"
        assert found["hydrant_id"] is None
        assert np.isnan(found["hydrant_m"])


def test_hydrants_nobody_listed_leave_no_gaps() -> None:
    answer = assess(
        paper_county(town(grid_lines(5)), parcels=[parcel(plot(0, 0, 9, 9))], **STUDY), Scenario()
    )
    assert answer.hydrant_gaps.empty
    assert answer.summary["water"]["layers_missing"] == ["hydrants", "cranes"]
    assert "area" not in answer.summary["water"]
    assert answer.parcels["water_state"].tolist() == ["not_analysed"]


def test_the_nearest_hydrant_is_the_nearest_that_counts() -> None:
    rows = [hydrant(1, 60, 0, status="out_of_service"), hydrant(2, 110, 0), hydrant(3, -110, 0)]
    found = water_of(paper_county(parcels=[parcel(plot(-10, -10, 10, 10))], hydrants=rows))
    assert (found["hydrant_id"], found["hydrant_m"], found["hydrant_certainty"]) == ("H2", 100, "surveyed")


def test_hydrants_without_a_place_keep_their_own_streets() -> None:
    roads = town([[(-1000, 0), (1000, 0)], [(-1000, 500), (-900, 500)]], name=["长街", "短街"])
    lost = [
        {"hydrant_id": f"L{i}", "geometry": None, "shape": None, "road": road, "position_class": None}
        for i, road in enumerate(["短街", "长街", "长街"])
    ]
    known = assess(paper_county(roads, hydrants=lost, **STUDY), Scenario()).summary["water"]
    assert known["area"]["protected_m2"]["high"] == pytest.approx(3 * DISC, rel=0.4)
    assert known["area"]["protected_m2"]["high"] > 2 * DISC
    assert known["hydrants_without_place"] == 3


def test_bounds_hold_for_every_layout_one_can_think_of() -> None:
    study = plot(-1000, -400, 1000, 90)
    lines = [path((-900, 0), (-300, 60)), path((0, 0), (900, 0)), path((0, -350), (0, 80))]
    sections = [
        Section(str(i), count, line, None)
        for i, (count, line) in enumerate(zip((3, 6, 2), lines, strict=True))
    ]
    low, high = protected_bounds_m2(sections, shapely.MultiPolygon(), study, 150.0)
    assert 0 < low < high
    random = np.random.default_rng(5)
    for _ in range(150):
        shares = [random.choice([0, 1, random.random()]) * random.random(each.count) for each in sections]
        points = np.concatenate(
            [
                np.atleast_1d(np.asarray(shapely.line_interpolate_point(line, share, normalized=True)))
                for line, share in zip(lines, shares, strict=True)
            ]
        )
        area = protection_area(points, 150.0).intersection(study).area
        assert low <= area <= high
    even = even_layout(sections, np.empty(0, dtype=object), 150.0).area.intersection(study).area
    assert low <= even <= high


def test_a_radius_of_the_scenario_is_used_everywhere() -> None:
    county = paper_county(parcels=[parcel(plot(140, -5, 160, 5))], hydrants=[hydrant(1, 0, 0)], **STUDY)
    wide = Scenario(targets=Targets(hydrant_radius_m=200))
    assert water_of(county)["water_state"] == "depends"
    assert water_of(county, wide)["water_state"] == "covered"
    assert assess(county, wide).hydrant_cover["area_m2"].sum() == pytest.approx(np.pi * 200**2, rel=0.001)


def test_cranes_are_not_hydrants() -> None:
    county = paper_county(parcels=[parcel(plot(-5, -5, 5, 5))], hydrants=[hydrant(1, 400, 0)], **STUDY)
    crane = table_of("cranes", [{"crane_id": "C1", "geometry": at(30, 0)}])
    with_crane = dataclasses.replace(county, cranes=crane)
    bare, full = assess(county, Scenario()), assess(with_crane, Scenario())
    assert full.hydrant_gaps["area_m2"].tolist() == bare.hydrant_gaps["area_m2"].tolist()
    assert full.parcels["water_state"].tolist() == bare.parcels["water_state"].tolist()
    assert (full.parcels["crane_id"].iloc[0], full.parcels["crane_m"].iloc[0]) == ("C1", 25)


@pytest.mark.slow
def test_cambridge_has_water_figures_and_no_times(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "cambridge"
    county_folder = tmp_path / "cambridge"
    county_folder.mkdir()
    hydrants = next(source.glob("*[Hh]ydrant*.geojson"))
    boundary = next(source.glob("*[Bb]oundary*.geojson"))
    status = {"ACT": "in_use", "ABN": "out_of_service", "MITFL": "unknown", "": "unknown"}
    area = add_layer(county_folder, boundary, "study_area")
    added = add_layer(
        county_folder, hydrants, "hydrants", FileChoices(
            statuses=status, make_ids=True, fields={"hydrant_id": "HYDRANT_ID", "status": "LIFECYCLESTATUS"}
        ),
    )  # fmt: skip
    assert area.path is not None
    assert added.path is not None, added.problems
    name = {"station_id": "SITE_NAME", "name": "SITE_NAME", "status": "=in_use"}
    listed = source / "PUBLICSAFETY_FireStations.geojson"
    stations = add_layer(county_folder, listed, "stations", FileChoices(fields=name))
    assert stations.rows == 8
    where = shapely.box(-71.12, 42.37, -71.119, 42.371)
    feature = {
        "type": "Feature",
        "properties": {"parcel_no": "1"},
        "geometry": shapely.geometry.mapping(where),
    }
    (county_folder / "parcels").mkdir()
    (county_folder / "parcels" / "parcels.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    county = read_county(county_folder)
    answer = assess(county, Scenario())
    water = answer.summary["water"]
    used = county.hydrants[county.hydrants["status"] == "in_use"]
    assert water["hydrants_built"] == len(used) == 1940
    points = [(point.x, point.y) for point in used.geometry.to_crs(4326)]
    assert answer.hydrant_cover["area_m2"].iloc[0] == pytest.approx(
        geodesic_union_m2(points, 150.0), rel=0.005
    )
    assert water["area"]["protected_m2"]["low"] + water["area"]["gap_m2"]["even"] == pytest.approx(
        answer.summary["study_area_m2"]
    )
    assert answer.summary["street_length_m"] is None
    assert "no_network" in answer.summary["notes"]
    judged = answer.parcels.iloc[0]
    assert (judged["verdict"], judged["reason"]) == ("not_analysed", "no_network")
    assert judged["water_state"] != "not_analysed"
    assert judged["hydrant_m"] == pytest.approx(used.distance(judged.geometry).min())
