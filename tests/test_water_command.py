"""All of water in one answer: its files read back, what is never said, and laws that hold on the whole."""

from __future__ import annotations

import dataclasses
import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.__main__ import main
from analysis.assessment import assess
from analysis.joint import JOINT_STATES
from analysis.results import WATER_FILES, water_files
from analysis.scenario import Scenario, scenario_from_json
from analysis.shuttle_choice import ShuttleChoice
from analysis.water_assessment import WATER_NOTES, WaterAssessment, assess_water
from geo.building import build
from geo.county import read_county
from geo.problems import InputError
from geo.words import LANGUAGES, words
from tests.conftest import ROOT
from tests.counties import paper_county, plot, table_of
from tests.test_cambridge import city
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.county import County

GRID = town(grid_lines(7), name=[f"Street {i}" for i in range(14)])
PLANNED = 49


@cache
def quyang() -> WaterAssessment:
    return assess_water(assess(read_county(ROOT / "data"), Scenario()))


@cache
def quyang_files() -> dict[str, bytes]:
    return water_files(quyang())


def paper(hydrants: Sequence[dict[str, Any]] = (), cranes: Sequence[dict[str, Any]] = ()) -> County:
    """A grid with two hydrants, a crane, a plot inside and one far off."""
    standing = [{"hydrant_id": "H1", "geometry": at(10, 10)}, {"hydrant_id": "H2", "geometry": at(-180, 95)}]
    county = paper_county(
        GRID, stations=[{"station_id": "A", "geometry": at(0, 0)}], hydrants=[*standing, *hydrants],
        parcels=[
            {"parcel_no": "1", "area_mu": 3.0, "geometry": plot(20, 20, 60, 60)},
            {"parcel_no": "2", "area_mu": 3.0, "geometry": plot(3000, 20, 3040, 60)},
        ],
        study_area=plot(-320, -320, 320, 320), study_area_source="file",
    )  # fmt: skip
    return dataclasses.replace(
        county, cranes=table_of("cranes", cranes), missing=county.missing - ({"cranes"} if cranes else set())
    )


def water_of(county: County, **changes: Any) -> WaterAssessment:
    return assess_water(assess(county, Scenario(targets=plain_targets(limit_s=90), **changes)))


CRANE = {"crane_id": "W", "geometry": at(100, 0), "flow_lps": 30.0, "pressure_mpa": 0.1}


def features(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[name], parse_constant=pytest.fail)["features"]
    return [each["properties"] for each in found]


def rows(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(files[name].decode("utf-8-sig")))


def check_files(water: WaterAssessment, files: dict[str, bytes]) -> dict[str, Any]:
    """What holds of the files of any county; returns the summary."""
    assert set(files) == set(WATER_FILES)
    summary: dict[str, Any] = json.loads(files["summary.json"], parse_constant=pytest.fail)
    for name, content in files.items():
        if name.endswith(".geojson"):
            told = json.loads(content, parse_constant=pytest.fail)
            assert told["type"] == "FeatureCollection"
            assert told["about"]["digest"] == summary["digest"] == water.county.digest
        elif name.endswith(".csv"):
            assert len(rows(files, name).columns) > 1
    # Every street once in each of the three, and states that share the whole out.
    whole = summary["joint"]["street"]["total"]
    for name in ("joint.geojson", "hose.geojson", "shuttle.geojson"):
        lengths = [each["length_m"] for each in features(files, name)]
        assert sum(lengths) == pytest.approx(whole, abs=0.001 * len(lengths) + 1e-6), name
    for part in (summary["joint"]["street"], summary["joint"]["parcel"]):
        assert sum(part["state"].values()) == pytest.approx(part["total"])
    assert sum(summary["hose"]["state_m"].values()) == pytest.approx(summary["hose"]["length_m"])
    shuttle = summary["shuttle"]
    assert shuttle["enough_m"] + shuttle["less_m"] + shuttle["none_m"] == pytest.approx(shuttle["length_m"])
    by_state = pd.DataFrame(features(files, "joint.geojson"), columns=["joint_state", "length_m"])
    for state in JOINT_STATES:
        mine = by_state.loc[by_state["joint_state"] == state, "length_m"]
        assert mine.sum() == pytest.approx(
            summary["joint"]["street"]["state"][state], abs=0.001 * len(mine) + 1e-6
        )
    assert len(features(files, "water_parcels.geojson")) == len(water.county.parcels)
    gaps = features(files, "hydrant_gaps.geojson")
    assert [each["rank"] for each in gaps] == list(range(1, len(gaps) + 1))
    assert sum(each["area_m2"] for each in gaps) == pytest.approx(
        summary["gaps"]["area_m2"], abs=0.01 * len(gaps)
    )
    reach_m = summary["hose"]["reach_m"]
    for stretch in features(files, "hose.geojson"):
        if stretch["hose_drawn"] is not None:
            within = stretch["hose_m_max"] is not None and stretch["hose_m_max"] <= reach_m
            assert (stretch["hose_drawn"] == "within") is within
    assert len(rows(files, "cranes.csv")) == summary["cranes"]["total"] == len(water.county.cranes)
    if summary["spacing"] is not None:
        assert len(rows(files, "spacing.csv")) == summary["spacing"]["lines"]
        assert len(features(files, "spacing.geojson")) == summary["spacing"]["stretches"]
        assert len(features(files, "proposed_hydrants.geojson")) == summary["spacing"]["proposed"]
    rules = rows(files, "source_rules.csv")
    assert sum(each["number"] for each in summary["rules"]) == len(rules)
    return summary


@pytest.mark.slow
def test_the_county_as_published_says_nothing_from_its_drawing() -> None:
    files = quyang_files()
    summary = check_files(quyang(), files)
    counts = [summary[name] for name in ("hydrants_built", "hydrants_total", "cranes_built", "cranes_total")]
    assert counts == [58, 58 + PLANNED, 2, 4]
    assert summary["schematic"] is True
    joint = pd.DataFrame(features(files, "joint.geojson"))
    assert set(joint["joint_state"]) == {"not_analysed"}
    assert joint["joint_drawn"].notna().all()
    assert not joint[["engine", "water"]].isin(["covered", "not_covered"]).any().any()
    assert {each["hose_state"] for each in features(files, "hose.geojson")} == {"depends"}
    assert {each["certainty"] for each in features(files, "hydrant_gaps.geojson")} == {"example"}
    parcels = pd.DataFrame(features(files, "water_parcels.geojson"))
    assert set(parcels["joint_state"]) == {"not_analysed"}
    assert not (parcels["water"] == "covered").any()
    assert not parcels["hose_state"].isin(["within", "beyond"]).any()
    assert parcels.loc[parcels["township"] == "灵山镇", "engine"].tolist() == ["not_covered"] * 3
    shuttle = pd.DataFrame(features(files, "shuttle.geojson"))
    assert shuttle["depends_on"].str.contains("schematic_network").all()
    assert shuttle["depends_on"].str.contains("design_flow").all()
    assert {"schematic_network", "hydrants_interpolated", "crane_flow_by_design"} <= set(summary["notes"])


@pytest.mark.slow
def test_every_column_stands_in_the_page_on_files() -> None:
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    files = water_files(water_of(paper(cranes=[CRANE]))) | {
        "spacing.geojson": quyang_files()["spacing.geojson"]
    }
    for name in files:
        if name == "summary.json":
            continue
        columns = features(files, name)[0] if name.endswith(".geojson") else rows(files, name).columns
        plain = [each for each in columns if not each.endswith(("_low", "_high"))]
        assert [each for each in plain if f"`{each.removeprefix('shuttle_')}`" not in page] == [], name


def test_streets_of_the_county_say_how_far_they_are_from_120_m() -> None:
    files = quyang_files()
    streets = rows(files, "spacing.csv").set_index("name")
    assert set(streets["verdict"]) == {"depends"}
    for name in ("正阳街", "复兴街"):
        street = streets.loc[name]
        assert "schematic_network" in street["depends_on"]
        assert 2 <= street["built"] <= 5
        assert 0 < street["missing_least"] <= street["missing"] <= street["missing_most"] <= street["needed"]
        assert street["even_inner_m"] > 120
    cranes = rows(files, "cranes.csv").set_index("crane_id")
    assert cranes["counted"].sum() == 2
    assert set(cranes.loc[cranes["counted"], "flow_source"]) == {"design_value"}
    assert set(cranes.loc[cranes["counted"], "spacing_verdict"]) == {"depends"}
    fill = rows(files, "fill_times.csv")
    assert 163 <= fill.loc[fill["tank_l"] == 17_000, "fill_s"].max() < 164


def test_the_figures_by_hand() -> None:
    water = water_of(paper(cranes=[CRANE]))
    summary = check_files(water, water_files(water))
    # Seven streets each way, 600 m each; hydrants protect discs of 150 m.
    assert summary["joint"]["street"]["total"] == pytest.approx(14 * 600)
    assert summary["joint"]["parcel"]["number"] == {
        "engine_and_water": 1, "engine_only": 0, "water_only": 0, "neither": 1, "not_analysed": 0,
    }  # fmt: skip
    assert summary["cranes"] | {"spacing": 0, "flow": 0} == {
        "total": 1, "counted": 1, "on_streets": 1, "spacing": 0, "flow": 0, "denominator": "counted",
    }  # fmt: skip
    outside = water.shuttle_streets[~water.shuttle_streets["in_radius"]]
    assert summary["shuttle"]["outside_radius"]["length_m"] == pytest.approx(outside["length_m"].sum())
    inside_m = shapely.length(shapely.intersection(GRID.lines, water.assessment.protected)).sum()
    assert outside["length_m"].sum() == pytest.approx(14 * 600 - inside_m)


def unchanged(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return pd.DataFrame(one).equals(pd.DataFrame(other))


def test_water_cranes_are_no_hydrants() -> None:
    more, none = (water_of(paper(cranes=cranes)) for cranes in ([CRANE], []))
    for part in ("joint_streets", "joint_parcels", "hose_streets", "hose_parcels", "gaps"):
        assert unchanged(getattr(more, part), getattr(none, part)), part
    assert more.spacing is not None
    assert none.spacing is not None
    assert unchanged(more.spacing.streets, none.spacing.streets)
    assert none.shuttle_streets["flow_lps"].isna().all()
    assert more.shuttle_streets["flow_lps"].gt(0).all()


@pytest.mark.parametrize("seed", range(6))
def test_one_more_hydrant_opens_no_gap(seed: int) -> None:
    random = np.random.default_rng(seed)
    place = at(*random.uniform(-300, 300, 2).tolist())
    less, more = (water_of(paper(extra)) for extra in ([], [{"hydrant_id": "H9", "geometry": place}]))
    before, after = (shapely.union_all(each.gaps.geometry.to_numpy()) for each in (less, more))
    assert after.difference(before.buffer(1e-6)).area < 1e-6
    wet = {"engine_and_water", "water_only"}
    lengths = [
        each.joint_streets.loc[each.joint_streets["joint_state"].isin(wet), "length_m"].sum()
        for each in (less, more)
    ]
    assert lengths[1] >= lengths[0] - 1e-6
    assert less.spacing is not None
    assert more.spacing is not None
    assert more.spacing.figures["missing"] <= less.spacing.figures["missing"]
    state = [
        each.hose_streets.loc[each.hose_streets["hose_state"] == "within", "length_m"].sum()
        for each in (less, more)
    ]
    assert state[1] >= state[0] - 1e-6


@pytest.mark.slow
def test_a_county_of_nothing_has_files_too() -> None:
    water = assess_water(assess(paper_county(), Scenario()))
    summary = check_files(water, water_files(water))
    assert summary["spacing"] is None
    assert "hydrants_not_listed" in summary["notes"]
    named = paper_county(GRID, stations=[{"station_id": "A", "geometry": at(0, 0)}])
    summary = check_files(water := assess_water(assess(named, Scenario())), water_files(water))
    assert summary["joint"]["street"]["share"]["not_analysed"] == 1
    assert summary["spacing"]["missing"] is None
    assert summary["gaps"]["number"] == 0


def test_the_tankers_of_a_scenario_are_used() -> None:
    told = json.dumps({"shuttle": {"tanks_l": [1000], "lost_share": 0}, "targets": {"limit_s": 90}})
    scenario = scenario_from_json(told)
    assert scenario.shuttle == ShuttleChoice(tanks_l=(1000,), lost_share=0)
    assert scenario_from_json(scenario.to_json()) == scenario
    assert scenario_from_json(Scenario().to_json()) == Scenario()
    small = assess_water(assess(paper(cranes=[CRANE]), scenario))
    assert small.figures["shuttle"]["tanks_l"] == (1000,)
    assert (
        small.shuttle_streets["flow_lps"].max()
        < water_of(paper(cranes=[CRANE])).shuttle_streets["flow_lps"].max()
    )


@pytest.mark.parametrize(
    ("shuttle", "fields"),
    [
        ({"tanks_l": []}, {"tanks_l"}),
        ({"tanks_l": [5], "lost_share": 2}, {"tanks_l", "lost_share"}),
        ({"tanks_l": "many", "fill_lps": "much"}, {"shuttle.tanks_l", "shuttle.fill_lps"}),
        ({"tanks_stated": 1}, {"shuttle.tanks_stated"}),
        ({"trucks": 1}, {"trucks"}),
        ([1], {""}),
    ],
)
def test_a_wrong_shuttle_is_told_whole(shuttle: Any, fields: set[str]) -> None:
    with pytest.raises(InputError) as refused:
        scenario_from_json(json.dumps({"shuttle": shuttle}))
    assert {each.field for each in refused.value.problems} == fields


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_writes_and_tells(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["water", str(ROOT / "data"), "--out", str(tmp_path / "out"), "--lang", language]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "58" in told
    assert "107" in told
    assert {each.name for each in (tmp_path / "out").iterdir()} == set(WATER_FILES)
    assert all(f"note.{code}" in words(language) for code in WATER_NOTES)
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["water"]["joint"]["street"]["share"]["not_analysed"] == 1


def stands(water: WaterAssessment) -> dict[str, Any]:
    """What holds of any surveyed county, and its summary."""
    summary = check_files(water, water_files(water))
    assert summary["schematic"] is False
    known = water.joint_streets["joint_state"] != "not_analysed"
    halves = water.joint_streets.loc[known, ["engine", "water"]]
    assert halves.isin(["covered", "not_covered"]).all().all()
    # The radius as drawn is the radius as surveyed, and hose within reach of a source is never shorter than straight.
    hose = water.hose_streets
    laid = hose["hose_m_max"].notna() & hose["straight_m"].notna()
    assert (hose.loc[laid, "hose_m_max"] >= hose.loc[laid, "straight_m"] - 0.01).all()
    assert set(hose.loc[hose["hose_state"] == "within", "certainty"]) <= {"surveyed"}
    return summary


@pytest.mark.slow
def test_all_of_water_in_lauf(real_data: Path, tmp_path: Path) -> None:
    build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    summary = stands(assess_water(assess(read_county(tmp_path / "lauf"), Scenario())))
    assert summary["hydrants_total"] == 479
    assert summary["joint"]["street"]["state"]["engine_and_water"] > 0
    assert "OpenStreetMap" in summary["odbl_notice"]


@pytest.mark.slow
def test_all_of_water_in_cambridge(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = city(real_data, tmp_path, capsys, "study_area", "stations", "hydrants")
    water = assess_water(assess(read_county(tmp_path / "city"), Scenario()))
    summary = stands(water)
    assert county.endswith("city")
    figures = summary["hydrants_and_radius"]
    assert (
        figures["hydrants_counted"] + figures["hydrants_out_of_service"] + figures["hydrants_unknown"] == 1960
    )
    assert figures["hydrants_out_of_service"] > 0
    # True discs of 150 m, joined, against what is drawn.
    counted = water.assessment.hydrants[water.assessment.hydrants["counted"]]
    discs = shapely.union_all(shapely.buffer(counted.geometry.to_numpy(), 150, quad_segs=64))
    assert water.assessment.protected.area == pytest.approx(discs.area, rel=0.005)
    assert gpd.GeoSeries([water.assessment.protected], crs=water.county.crs).is_valid.all()
