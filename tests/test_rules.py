"""The rules of the standards against stations drawn on paper, and against the county's own two stations."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from analysis.calibration import MILE_M, rand_drive_s
from analysis.findings import RULE_VERDICTS, against
from analysis.rules import (
    COLUMNS,
    QUANTITIES,
    Surroundings,
    grade_of,
    preset,
    presets,
    rule_sentence,
    station_verdicts,
)
from analysis.scenario import Targets, check_targets
from analysis.site_rules import frontage_table, named_places
from analysis.sites import NOT_COUNTED, UNUSABLE
from analysis.zone_rules import BARRIER_KINDS, layer_barriers, network_barriers
from geo.county import read_county
from geo.network import CLASSES
from geo.problems import InputError
from geo.rule_pack import PACKS, RULE_FOLDER, Limit, RulePack, read_pack
from geo.words import LANGUAGES, say, words

ROOT = Path(__file__).resolve().parent.parent
CRS = "EPSG:4547"
CN = read_pack("cn")


def station(**changes: Any) -> gpd.GeoDataFrame:
    row: dict[str, Any] = {
        "station_id": "A",
        "grade": "一级",
        "position_class": "P0",
        "location_text": None,
        "site_state": "snapped",
        "site_area_m2": 4000.0,
        "crew": np.nan,
        "geometry": Point(500_000, 4_000_000),
        **changes,
    }
    return gpd.GeoDataFrame([row], geometry="geometry", crs=CRS)


def zone(km2: float = 4.0, **changes: Any) -> pd.DataFrame:
    """A zone 2 km wide round the station."""
    height = km2 * 1e6 / 2000
    shape = box(499_000, 4_000_000 - height / 2, 501_000, 4_000_000 + height / 2)
    row = {
        "station_id": "A",
        "geometry": shape,
        "area_m2": km2 * 1e6,
        "clipped": False,
        "cut_at_limit": False,
    }
    return pd.DataFrame([{**row, "edge_s": 280.0, **changes}])


def judged(
    rule: str,
    stations: gpd.GeoDataFrame | None = None,
    zones: pd.DataFrame | None = None,
    *,
    schematic: bool = False,
    **around: Any,
) -> tuple[str, str, str]:
    table = station_verdicts(
        station() if stations is None else stations,
        zone() if zones is None else zones,
        CN,
        schematic=schematic,
        around=Surroundings(**around),
    )
    row = table[table["rule_id"] == rule].iloc[0]
    return row["verdict"], row["reason"], row["detail"]


def places(*shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": [f"place {n}" for n in range(len(shapes))], **columns}, geometry=list(shapes), crs=CRS
    )


def east(metres: float) -> Point:
    return Point(500_000 + metres, 4_000_000)


# ---- the packs themselves


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_has_its_words_and_its_line_in_the_documentation(name: str) -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    pack = read_pack(name)
    assert pack.name == name
    assert pack.rules
    for rule in pack.rules:
        line = next(line for line in page.splitlines() if f"`{rule.id}`" in line)
        assert f"| {rule.mark} |" in line
        assert rule.clause in line
        if name == "cn":
            assert all(f"{number:g}" in line.replace(" ", "") for limit in rule.limits.values()
                       for number in (limit.least, limit.most) if number)  # fmt: skip
        for language in LANGUAGES:
            assert say(language, f"rule.name.{rule.id}")
    for each in pack.presets:
        assert f"`{each.id}`" in page
        for language in LANGUAGES:
            assert say(language, f"rule.preset.{each.id}")
            assert say(language, f"rule.measures.{each.id}")


def test_words_exist_for_every_verdict_mark_unit_and_reason() -> None:
    code = "".join(
        (ROOT / "analysis" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("findings", "zone_rules", "site_rules", "source_rules", "scenario_rules", "rules")
    )
    known = words("zh")
    units = {rule.unit for name in PACKS for rule in read_pack(name).rules} - {""}
    assert {f"rule.unit.{unit}" for unit in units} <= known.keys()
    assert {f"rule.verdict.{verdict}" for verdict in RULE_VERDICTS} <= known.keys()
    assert {
        f"rule.{table}.{mark}" for table in ("mark", "cited") for mark in ("V", "V2", "M")
    } <= known.keys()
    unused = [
        key for key in known if key.startswith("rule.reason.") and f'"{key.rpartition(".")[2]}"' not in code
    ]
    # States of a site are handed through as they are.
    assert set(unused) == {f"rule.reason.{state}" for state in (*UNUSABLE, *NOT_COUNTED)}
    assert {f"value.site_state.{state}" for state in (*UNUSABLE, *NOT_COUNTED)} <= known.keys()


def test_what_was_never_verified_cites_no_clause() -> None:
    unverified = [rule for name in PACKS for rule in read_pack(name).rules if rule.mark == "M"]
    assert {rule.id for rule in unverified} == {"site_area", "building_area", "nfpa1710_second_engine"}
    assert all(rule.clause == "" and rule.also == "" for rule in unverified)
    row = {"rule_id": "site_area", "verdict": "met", "reason": "within_limit", "detail": "", "unit": "m2",
           "limit": "3900–5600", "measured": 4000.0, "standard": "建标152-2017", "clause": "", "mark": "M"}  # fmt: skip
    assert "not verified" in rule_sentence(row, "en")
    assert "未经核实" in rule_sentence(row, "zh")


def test_the_limits_are_those_of_the_standards() -> None:
    by_id = {rule.id: rule for rule in CN.rules}
    area = {grade: limit.most for grade, limit in by_id["zone_area"].limits.items()}
    assert area == {"一级": 7, "二级": 4, "小型": 2, "特勤": 7}
    assert {limit.most for limit in by_id["zone_area_edge_of_town"].limits.values()} == {15}
    assert by_id["exit_from_crowded_place"].limit("一级") == Limit(least=50)
    assert (by_id["site_from_hazard"].limit("一级"), by_id["site_from_hazard_preferred"].limit("一级")) == (
        Limit(least=200),
        Limit(least=300),
    )
    assert {rule.quantity for rule in CN.rules} == set(QUANTITIES)
    assert by_id["zone_area"].limit("战勤保障") is None


def broken(tmp_path: Path, old: str, new: str) -> list[str]:
    text = (RULE_FOLDER / "cn.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "cn.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_pack("cn", tmp_path)
    assert all(each.text(language) for each in caught.value.problems for language in LANGUAGES)
    return [f"{each.code} {each.field}" for each in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('mark = "V"', 'mark = "?"', "not_in_list rule.zone_edge_time.mark"),
        ("most = 7.0", "most = -7.0", "toml_value rule.zone_area.limits.一级.most"),
        ("least = 3900.0", "least = 9900.0", "toml_value rule.site_area.limits.一级"),
        ('id = "zone_area"', 'id = "frontage"', "toml_value rule.id"),
        ("drive_s = 240", "drive_seconds = 240", "unknown_field preset.cn.drive_seconds"),
        ("[assumed]", "[[assumed", "not_toml"),
        ("frontage_within_m", "frontage_m", "unknown_field assumed.frontage_m"),
        ('clause = ""\nmark = "M"', 'clause = "第十七条"\nmark = "M"', "toml_value rule.site_area.clause"),
    ],
)
def test_a_spoilt_pack_says_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in [each.strip() for each in broken(tmp_path, old, new)]


def test_a_pack_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        read_pack("missing", tmp_path)


def test_a_rule_on_something_unknown_is_refused() -> None:
    strange = dataclasses.replace(CN, rules=(dataclasses.replace(CN.rules[0], quantity="colour"),))
    with pytest.raises(InputError, match="colour"):
        station_verdicts(station(), zone(), strange, schematic=False)


# ---- presets


def test_presets_are_targets_a_scenario_can_take() -> None:
    assert {each.id for each in presets()} == {
        "cn", "nfpa1710", "nfpa1720_urban", "nfpa1720_suburban", "nfpa1720_rural", "iso_first_due",
    }  # fmt: skip
    for each in presets():
        assert check_targets(dataclasses.replace(Targets(), **preset(each.id))) == []
    assert dataclasses.replace(Targets(), **preset("cn")) == Targets()
    assert preset("nfpa1710") == {"turnout_s": 80, "limit_s": 320, "bands_s": (320, 440, 560)}
    assert [preset(f"nfpa1720_{name}") for name in ("urban", "suburban", "rural")] == [
        {"limit_s": 540}, {"limit_s": 600}, {"limit_s": 840},
    ]  # fmt: skip
    assert preset("iso_first_due", Targets(turnout_s=90))["limit_s"] == 90 + 192


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(InputError, match="nfpa1710"):
        preset("nfpa")


def test_the_rand_line_is_the_time_of_the_iso_preset() -> None:
    iso = next(each for each in presets() if each.id == "iso_first_due")
    assert iso.road_m is not None
    asked_m = np.array([iso.road_m, 2.5 * MILE_M, 0.4 * MILE_M, 9 * MILE_M])
    assert rand_drive_s(asked_m) == pytest.approx([iso.drive_s, 294, np.nan, np.nan], abs=0.01, nan_ok=True)


def test_other_packs_ask_nothing_of_single_stations() -> None:
    for name in ("nfpa", "iso"):
        table = station_verdicts(station(), zone(), read_pack(name), schematic=False)
        assert table.empty
        assert tuple(table.columns) == COLUMNS


# ---- zones


@pytest.mark.parametrize(
    ("grade", "km2", "verdict"),
    [
        ("一级", 6.99, "met"), ("一级", 7.0, "met"), ("一级", 7.01, "not_met"), ("二级", 3.99, "met"),
        ("二级", 4.01, "not_met"), ("小型消防站", 1.99, "met"), ("小型消防站", 2.01, "not_met"),
        ("特勤站", 6.99, "met"),
    ],
)  # fmt: skip
def test_a_zone_is_just_small_enough_or_just_not(grade: str, km2: float, verdict: str) -> None:
    assert judged("zone_area", station(grade=grade), zone(km2))[0] == verdict


def test_at_the_edge_of_town_fifteen_square_kilometres_are_the_limit() -> None:
    assert judged("zone_area_edge_of_town", zones=zone(14.99))[0] == "met"
    assert judged("zone_area_edge_of_town", zones=zone(15.01))[0] == "not_met"
    for at_edge, asked in ((True, "zone_area_edge_of_town"), (False, "zone_area")):
        table = station_verdicts(station(edge_of_town=at_edge), zone(8), CN, schematic=False)
        assert [each for each in table["rule_id"] if each.startswith("zone_area")] == [asked]


def test_a_zone_that_may_be_larger_than_it_looks_is_not_called_small_enough() -> None:
    for flag, reason in (("clipped", "zone_clipped"), ("cut_at_limit", "zone_cut_at_limit")):
        assert judged("zone_area", zones=zone(6, **{flag: True}))[:2] == ("depends", reason)
        assert judged("zone_area", zones=zone(8, **{flag: True}))[0] == "not_met"


def test_the_edge_of_the_zone_within_five_minutes() -> None:
    assert judged("zone_edge_time", zones=zone(edge_s=300.0))[0] == "met"
    assert judged("zone_edge_time", zones=zone(edge_s=300.5))[:2] == ("not_met", "above_limit")
    assert judged("zone_edge_time", zones=zone(edge_s=math.inf))[:2] == ("not_met", "part_not_reached")
    assert judged("zone_edge_time", zones=zone(clipped=True))[:2] == ("depends", "zone_clipped")
    assert judged("zone_edge_time", zones=zone(edge_s=math.nan))[:2] == ("not_analysed", "edge_time_unknown")
    # A zone drawn up to the limit would always pass.
    assert judged("zone_edge_time", zones=zone(cut_at_limit=True))[:2] == (
        "not_analysed",
        "zone_cut_at_limit",
    )


def test_a_station_known_by_words_leaves_its_zone_open_unless_a_range_decides() -> None:
    vague = station(position_class="P3")
    assert judged("zone_area", vague, zone(6))[:2] == ("depends", "station_position")
    assert judged("zone_edge_time", vague)[:2] == ("depends", "station_position")
    within = zone(6, area_low_m2=5e6, area_high_m2=6.5e6)
    across = zone(6, area_low_m2=5e6, area_high_m2=7.5e6)
    assert judged("zone_area", vague, within)[0] == "met"
    assert judged("zone_area", vague, across)[:2] == ("depends", "station_position")


def test_schematic_streets_decide_nothing_about_zones_and_frontage() -> None:
    nowhere = {kind: places() for kind in BARRIER_KINDS}
    streets = pd.DataFrame([{"station_id": "A", "street_class": "primary", "street_name": "南环路",
                             "class_guessed": True, "snap_m": 5.0, "main_street_m": 5.0}])  # fmt: skip
    table = station_verdicts(
        station(), zone(9), CN, schematic=True, around=Surroundings(barriers=nowhere, frontage=streets)
    )
    drawn = table[table["rule_id"].str.startswith("zone_") | (table["rule_id"] == "frontage")]
    assert len(drawn) == 8
    assert set(zip(drawn["verdict"], drawn["reason"], strict=True)) == {("depends", "schematic_network")}


def test_zones_that_are_not_there_say_why() -> None:
    assert judged("zone_area", station(site_state="too_far"))[:2] == ("not_analysed", "too_far")
    assert judged("zone_area", station(station_id="B"))[:2] == ("not_analysed", "no_zone")


# ---- barriers

NORTH_SOUTH = LineString([(500_200, 3_990_000), (500_200, 4_010_000)])


def test_a_river_through_the_zone_and_one_beside_it() -> None:
    lines = {"river": places(NORTH_SOUTH)}
    assert judged("zone_across_river", barriers=lines)[:2] == ("not_met", "across_barrier")
    beside = {"river": places(shapely.affinity.translate(NORTH_SOUTH, 5000))}
    assert judged("zone_across_river", barriers=beside)[:2] == ("met", "not_across")
    assert judged("zone_across_railway", barriers=lines)[:2] == ("not_analysed", "no_barrier_layer")
    assert judged("zone_across_river", station(position_class="P4"), barriers=lines)[:2] == (
        "depends",
        "station_position",
    )


def test_ground_that_only_leaks_over_a_barrier_is_not_a_second_side() -> None:
    # The zone's edge lies 100 m beyond the line: nearer than the ground of a street reaches.
    leaked = {"motorway": places(shapely.affinity.translate(NORTH_SOUTH, 700))}
    assert judged("zone_across_motorway", barriers=leaked)[0] == "met"
    deeper = {"motorway": places(shapely.affinity.translate(NORTH_SOUTH, 600))}
    assert judged("zone_across_motorway", barriers=deeper)[0] == "not_met"


def test_both_carriageways_of_a_motorway_are_one_barrier() -> None:
    # Only ground between the carriageways lies beyond the first of them.
    pair = places(shapely.affinity.translate(NORTH_SOUTH, 780), shapely.affinity.translate(NORTH_SOUTH, 800))
    assert judged("zone_across_motorway", barriers={"motorway": pair})[0] == "met"


def test_a_zone_in_two_pieces_on_two_banks_lies_across() -> None:
    banks = shapely.union_all(
        [box(499_000, 3_999_500, 499_900, 4_000_500), box(500_500, 3_999_500, 501_000, 4_000_500)]
    )
    river = {"river": places(NORTH_SOUTH)}
    assert judged("zone_across_river", zones=zone(geometry=banks), barriers=river)[0] == "not_met"


def test_a_barrier_that_ends_inside_leaves_the_question_open() -> None:
    stub = {"railway": places(LineString([(500_200, 3_990_000), (500_200, 4_000_000)]))}
    assert judged("zone_across_railway", barriers=stub)[:2] == ("depends", "barrier_ends_inside")


def test_a_zone_cut_short_is_not_called_clear_of_barriers() -> None:
    beside = {"river": places(shapely.affinity.translate(NORTH_SOUTH, 5000))}
    assert judged("zone_across_river", zones=zone(clipped=True), barriers=beside)[:2] == (
        "depends",
        "zone_clipped",
    )


def test_a_trunk_road_may_be_an_expressway() -> None:
    doubtful = {"expressway": places(NORTH_SOUTH, doubt=["trunk_may_be_expressway"])}
    assert judged("zone_across_expressway", barriers=doubtful)[:2] == ("depends", "trunk_may_be_expressway")


@pytest.mark.slow
def test_barriers_taken_from_the_streets() -> None:
    county = read_county(ROOT / "data")
    assert county.network is not None
    assert network_barriers(county.network) == {}, "a schematic street stands for no real one"
    real = dataclasses.replace(
        county.network,
        source=dataclasses.replace(county.network.source, schematic=False),
        klass=np.where(
            np.arange(county.network.n_streets) == 0, CLASSES.index("motorway"), CLASSES.index("trunk")
        ),
        class_guessed=np.arange(county.network.n_streets) == 1,
    )
    found = network_barriers(real)
    assert len(found["motorway"]) == 1
    assert found["motorway"]["doubt"].tolist() == [None]
    assert len(found["expressway"]) == real.n_streets - 1
    assert set(found["expressway"]["doubt"]) == {"class_guessed", "trunk_may_be_expressway"}


def test_a_barrier_layer_is_split_by_kind() -> None:
    layer = places(NORTH_SOUTH, NORTH_SOUTH, kind=["river", "railway"])
    assert {kind: len(lines) for kind, lines in layer_barriers(layer).items()} == {"railway": 1, "river": 1}
    with pytest.raises(InputError, match="canal"):
        layer_barriers(places(NORTH_SOUTH, kind=["canal"]))


# ---- siting


@pytest.mark.parametrize(
    ("crowded", "exits", "verdict"),
    [
        (places(east(49), is_exit=[True]), places(east(0), station_id=["A"]), "not_met"),
        (places(east(50), is_exit=[True]), places(east(0), station_id=["A"]), "met"),
        (places(east(60)), None, "depends"),  # exits lie somewhere round the points
        (places(east(149)), None, "depends"),
        (places(east(151)), None, "met"),
        (places(box(500_101, 3_999_990, 500_200, 4_000_010)), None, "met"),
        (places(box(500_099, 3_999_990, 500_200, 4_000_010)), None, "depends"),
    ],
)
def test_distance_of_the_engine_exit_from_crowded_places(crowded: Any, exits: Any, verdict: str) -> None:
    assert judged("exit_from_crowded_place", crowded=crowded, engine_exits=exits)[0] == verdict


@pytest.mark.parametrize(
    ("metres", "must", "should"),
    [(199, "not_met", "not_met"), (250, "depends", "not_met"), (301, "met", "depends"), (401, "met", "met")],
)
def test_distance_of_the_site_from_hazardous_goods(metres: float, must: str, should: str) -> None:
    assert judged("site_from_hazard", hazards=places(east(metres)))[0] == must
    assert judged("site_from_hazard_preferred", hazards=places(east(metres)))[0] == should
    assert judged("site_upwind_of_hazard", hazards=places(east(metres)))[:2] == (
        "not_analysed",
        "wind_not_known",
    )


def test_without_layers_siting_is_not_analysed() -> None:
    for layer in (None, places()):
        assert judged("exit_from_crowded_place", crowded=layer)[:2] == ("not_analysed", "no_crowded_layer")
        assert judged("site_from_hazard", hazards=layer)[:2] == ("not_analysed", "no_hazard_layer")
    vague = station(position_class="P3")
    near = places(east(10))
    assert judged("exit_from_crowded_place", vague, crowded=near)[:2] == (
        "not_analysed",
        "station_not_surveyed",
    )
    assert judged("site_from_hazard", vague, hazards=near)[:2] == ("not_analysed", "station_not_surveyed")


def test_a_place_that_is_not_surveyed_keeps_met_from_being_said() -> None:
    far = east(5000)
    half = places(far, far, position_class=["P0", "P3"])
    assert judged("exit_from_crowded_place", crowded=half) == ("depends", "place_not_surveyed", "place 1")
    assert judged("site_from_hazard", hazards=half) == ("depends", "place_not_surveyed", "place 1")


def test_a_hospital_named_beside_the_station_has_to_be_surveyed() -> None:
    beside = station(location_text="北环路与正阳街交叉口东南侧，中心医院东侧")
    others = places(east(5000))
    assert judged("exit_from_crowded_place", beside, crowded=others) == (
        "not_analysed", "named_place_not_surveyed", "中心医院",
    )  # fmt: skip
    surveyed = others.assign(name="曲阳县中心医院")
    assert judged("exit_from_crowded_place", beside, crowded=surveyed)[0] == "met"


def test_places_are_found_in_words() -> None:
    assert named_places("北环路与正阳街交叉口东南侧，中心医院东侧", CN.crowded_words) == ["中心医院"]
    assert named_places("曲阳县南环路19号", CN.crowded_words) == []
    assert named_places("第一中学、县幼儿园南", CN.crowded_words) == ["第一中学", "县幼儿园"]


def test_door_set_back_is_only_what_is_stated() -> None:
    assert judged("door_set_back")[:2] == ("not_analysed", "no_street_boundary")
    assert judged("door_set_back", station(door_setback_m="15"))[0] == "met"
    assert judged("door_set_back", station(door_setback_m="14.9"))[0] == "not_met"
    assert judged("door_set_back", station(door_setback_m="3", grade="小型"))[:2] == (
        "depends",
        "small_built_in",
    )


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({}, "met", "on_main_street"),
        ({"street_class": "tertiary"}, "met", "on_main_street"),
        ({"street_class": "residential", "main_street_m": 90.0}, "not_met", "on_minor_street"),
        ({"street_class": "residential", "main_street_m": 40.0}, "depends", "other_street_near"),
        ({"street_class": "trunk"}, "depends", "trunk_may_be_expressway"),
        ({"street_class": "service"}, "depends", "class_untold"),
        ({"class_guessed": True}, "depends", "class_guessed"),
        ({"snap_m": 61.0}, "depends", "street_far"),
    ],
)
def test_frontage(changes: dict[str, Any], verdict: str, reason: str) -> None:
    street = {"station_id": "A", "street_class": "primary", "street_name": "朝阳街", "class_guessed": False,
              "snap_m": 12.0, "main_street_m": 12.0}  # fmt: skip
    streets = pd.DataFrame([{**street, **changes}])
    assert judged("frontage", frontage=streets) == (verdict, reason, "朝阳街")


# ---- land, building, crew


def test_land_is_held_against_the_band_of_its_grade() -> None:
    for area, verdict in ((3899.0, "not_met"), (3900.0, "met"), (5600.0, "met"), (5601.0, "not_met")):
        assert judged("site_area", station(site_area_m2=area))[0] == verdict
    assert judged("site_area", station(site_area_m2=np.nan))[:2] == ("not_stated", "not_stated")
    assert judged("site_area", station(grade=None))[:2] == ("not_stated", "grade_unknown")


def test_crew_on_duty_is_not_the_whole_strength() -> None:
    assert judged("crew_on_duty", station(crew=60))[:2] == ("not_stated", "duty_not_stated")
    assert judged("crew_on_duty", station(crew=29))[:2] == ("not_met", "below_limit")
    assert judged("crew_on_duty", station(crew=60, crew_on_duty=30))[0] == "met"
    assert judged("crew_on_duty", station(crew=60, crew_on_duty=46))[:2] == ("not_met", "above_limit")


def test_a_range_decides_only_as_a_whole() -> None:
    assert against(Limit(10, 20), 10, 20, 15, doubt="x").verdict == "met"
    assert against(Limit(10, 20), 9, 15, 12, doubt="x").reason == "x"
    assert against(Limit(10, 20), 5, 9, 7, doubt="x").reason == "below_limit"


def test_grades_in_any_spelling() -> None:
    assert [grade_of(text) for text in ("一级普通消防站", "特勤", "小型站", None, "Feuerwache")] == [
        "一级", "特勤", "小型", None, None,
    ]  # fmt: skip


# ---- the county of the bulletin


@pytest.fixture(scope="module")
def county_rules() -> pd.DataFrame:
    county = read_county(ROOT / "data")
    assert county.network is not None
    stations = county.stations.assign(site_state=["snapped", "not_counted"])
    around = Surroundings(frontage=frontage_table(county.network, stations))
    before = stations.copy()
    table = station_verdicts(stations, None, CN, schematic=True, around=around)
    pd.testing.assert_frame_equal(pd.DataFrame(stations), pd.DataFrame(before))
    return table.set_index(["station_id", "rule_id"])


def row_of(table: pd.DataFrame, station_id: str, rule: str) -> Any:
    return table.loc[(station_id, rule)]


def test_the_fifty_metres_to_the_hospital_wait_for_a_survey(county_rules: pd.DataFrame) -> None:
    row = row_of(county_rules, "FS-2", "exit_from_crowded_place")
    assert (row["verdict"], row["reason"], row["detail"]) == (
        "not_analysed", "named_place_not_surveyed", "中心医院",
    )  # fmt: skip
    whole = {**row.to_dict(), "rule_id": "exit_from_crowded_place"}
    assert "中心医院" in rule_sentence(whole, "zh")
    assert "第十五条 二" in rule_sentence(whole, "zh")
    assert "50 m" in rule_sentence(whole, "en")


def test_land_building_and_staff_of_the_two_stations(county_rules: pd.DataFrame) -> None:
    def said(station_id: str, rule: str) -> tuple[Any, ...]:
        row = row_of(county_rules, station_id, rule)
        return row["verdict"], row["reason"], row["mark"], row["detail"]

    assert said("FS-1", "site_area") == ("met", "within_limit", "M", "")
    assert row_of(county_rules, "FS-1", "site_area")["measured"] == 4746.67
    assert said("FS-1", "building_area") == ("depends", "repeats_site_area", "M", "4746.67")
    assert said("FS-1", "crew_on_duty") == ("not_stated", "crew_parts_differ", "V2", "60 / 51")
    assert said("FS-2", "site_area") == ("not_stated", "area_shared", "M", "")
    assert row_of(county_rules, "FS-2", "site_area")["measured"] == 12525.20
    assert said("FS-2", "building_area")[0] == said("FS-2", "crew_on_duty")[0] == "not_stated"


def test_nothing_measured_on_the_schematic_streets_is_met(county_rules: pd.DataFrame) -> None:
    assert len(county_rules) == 2 * len(CN.rules)
    assert set(county_rules["verdict"]) <= set(RULE_VERDICTS)
    assert county_rules.index[county_rules["verdict"] == "met"].tolist() == [("FS-1", "site_area")]
    assert not (county_rules["verdict"] == "not_met").any()


def test_every_row_can_be_said_in_both_languages(county_rules: pd.DataFrame) -> None:
    for row in county_rules.reset_index().to_dict("records"):
        for language in LANGUAGES:
            text = rule_sentence({str(key): value for key, value in row.items()}, language)
            assert "{" not in text
            assert "nan" not in text


def test_packs_are_values() -> None:
    assert isinstance(CN, RulePack)
    with pytest.raises(dataclasses.FrozenInstanceError):
        CN.rules[0].mark = "V2"  # type: ignore[misc]
