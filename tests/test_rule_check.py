"""The rules and boxes put to whole counties: the default one, and a town with surveyed stations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.assessment import assess
from analysis.rule_check import fleet_table, rule_table
from analysis.scenario import Scenario
from geo.building import Choices, build
from geo.county import read_county

DEFAULT = Path(__file__).resolve().parent.parent / "data"


@pytest.mark.slow
def test_on_the_schematic_county_zones_decide_nothing_and_hospitals_are_not_analysed() -> None:
    assessment = assess(read_county(DEFAULT), Scenario())
    rules = rule_table(assessment)
    zones = rules[rules["rule_id"].str.contains("zone")]
    assert len(zones)
    assert not zones["verdict"].isin(["met", "not_met"]).any()
    counted = zones[zones["station_id"] == "FS-1"]
    assert set(zip(counted["verdict"], counted["reason"], strict=True)) == {("depends", "schematic_network")}
    crowded = rules[(rules["station_id"] == "FS-2") & rules["rule_id"].str.contains("crowded")]
    assert set(crowded["verdict"]) == {"not_analysed"}
    fleet = fleet_table(assessment)
    engines = fleet[(fleet["station_id"] == "FS-1") & (fleet["box"] == 4)]
    assert engines[["measured", "listed", "verdict"]].to_numpy().tolist() == [[12, 13, "not_met"]]
    assert set(fleet.loc[fleet["station_id"] == "FS-2", "verdict"]) <= {
        "not_stated",
        "optional",
        "not_required",
    }


@pytest.mark.slow
def test_on_real_streets_every_rule_has_a_verdict(real_data: Path, tmp_path: Path) -> None:
    build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path, Choices())
    county = read_county(tmp_path)
    ungraded = rule_table(assess(county, Scenario()))
    assert set(ungraded.loc[ungraded["rule_id"] == "zone_area", "verdict"]) == {"not_stated"}
    county = replace(county, stations=county.stations.assign(grade="一级"))
    rules = rule_table(assess(county, Scenario()))
    assert rules["station_id"].nunique() == 3
    assert rules["verdict"].notna().all()
    # No engine reaches the edge of its own whole zone within five minutes.
    edge = rules[rules["rule_id"] == "zone_edge_time"]
    assert (edge["measured"] > 300).all()
    assert set(edge["verdict"]) == {"not_met"}
    # The town's railways came along from the same file; without that layer the rule is not analysed.
    railway = rules.loc[rules["rule_id"] == "zone_across_railway", "verdict"]
    assert set(railway) <= {"met", "not_met", "depends"}
    (tmp_path / "places" / "barriers.geojson").unlink()
    bare = replace(read_county(tmp_path), stations=county.stations)
    unknown = rule_table(assess(bare, Scenario()))
    assert set(unknown.loc[unknown["rule_id"] == "zone_across_railway", "verdict"]) == {"not_analysed"}
