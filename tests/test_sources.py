"""Water sources by kind: ponds, quays and natural water beside hydrants and cranes, and the fields they carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from analysis.assessment import assess
from analysis.results import result_files
from analysis.scenario import Scenario
from geo.adding import add_layer
from geo.county import check_county, read_county
from geo.crs import shapes_of
from geo.layers import LAYERS
from geo.source_report import same_places
from geo.translation import FileChoices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

SOURCES = (
    "source_id,kind,name,status,lon,lat,volume_m3,access,all_season,season_note,checked,opens\n"
    "S1,pond,一号水池,in_use,114.70,38.62,300,yes,yes,,2025-04-01,\n"
    "S2,quay,码头,unknown,114.71,38.62,,unknown,,,,\n"
    "S3,natural,河,not_built,114.72,38.62,,no,no,枯水期无水,,2030\n"
)


def test_ponds_quays_and_natural_water_are_a_layer_of_their_own(write_county: Write) -> None:
    county = read_county(write_county({"hydrants/sources.csv": SOURCES}))
    sources = county.water_sources
    assert "sources" not in county.missing
    assert sources["source_id"].tolist() == ["S1", "S2", "S3"]
    assert sources["kind"].tolist() == ["pond", "quay", "natural"]
    assert (sources["volume_m3"].iloc[0], sources["checked"].iloc[0], sources["opens"].iloc[2]) == (
        300,
        "2025-04-01",
        2030,
    )
    assert sources["access"].tolist() == ["yes", "unknown", "no"]
    assert sources["position_class"].tolist() == ["P0"] * 3
    assert sources.crs == county.crs


def test_without_a_file_there_are_none_and_it_is_said(write_county: Write) -> None:
    county = read_county(write_county({}))
    assert "sources" in county.missing
    assert county.water_sources.empty
    assert set(LAYERS["sources"].names) <= set(county.water_sources.columns)


def test_other_water_changes_the_digest_and_nothing_else(write_county: Write) -> None:
    bare = read_county(write_county({}))
    full = read_county(write_county({"hydrants/sources.csv": SOURCES}))
    assert bare.digest != full.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("S2,quay", "S1,quay", ("id_repeated", 2, "source_id")),
        ("S2,quay", "S2,well", ("not_in_list", 2, "kind")),
        ("S2,quay", "S2,", ("not_in_list", 2, "kind")),
        ("300,yes", "300,maybe", ("not_in_list", 1, "access")),
        ("300,yes", "-1,yes", ("below_zero", 1, "volume_m3")),
        ("quay,码头,unknown", "quay,码头,broken", ("status_unknown", 2, "status")),
        ("114.72,38.62", ",", ("no_position", 3, "geometry, lon, lat, location")),
    ],
)
def test_what_is_wrong_with_a_source_is_said_by_row(
    write_county: Write, old: str, new: str, said: tuple[str, int, str]
) -> None:
    found: list[Any] = check_county(write_county({"hydrants/sources.csv": SOURCES.replace(old, new)}))
    assert said in [(each.code, each.row, each.field) for each in found if not each.warning]


# ---- the names Chinese fire services give what they know


OFFICIAL = (
    "XHS_TYWYSBM,MC,DZMC,DQJD,DQWD,SYKYZTLBDM,SSLD_MC,SSGW_MC,XFJSGWXSLXDM,GWZJ_KD,GW_YL,LL,JIZ_RQ,QY_RQ\n"
    "A1,一号栓,路口,114.70,38.62,2,正阳街,城区管网,环状管网,200,0.3,16,2018-05-01,2019-03-04\n"
    "A2,二号栓,路口,114.71,38.62,1,正阳街,城区管网,枝状,150,,,20180501,20190304\n"
    "A3,三号栓,路口,114.72,38.62,,正阳街,城区管网,02,100,,,,1551657600000\n"
)


def warned(problems: Any) -> set[tuple[str, str, int | None]]:
    return {(each.code, each.field, dict(each.values).get("count")) for each in problems}


def test_official_identifiers_are_read_as_our_columns_and_kept(write_county: Write) -> None:
    county = read_county(write_county({"hydrants/hydrants.csv": OFFICIAL}))
    table = county.hydrants
    assert table["hydrant_id"].tolist() == table["XHS_TYWYSBM"].tolist() == ["A1", "A2", "A3"]
    assert table["name"].tolist() == ["一号栓", "二号栓", "三号栓"]
    assert (table["road"].iloc[0], table["dn_mm"].tolist()) == ("正阳街", [200, 150, 100])
    assert (table["pressure_mpa"].iloc[0], table["flow_lps"].iloc[0]) == (0.3, 16)
    assert table["main_form"].tolist() == ["ring", "branch", None]
    assert table["opens"].tolist() == [2019, 2019, 2019]
    assert table.to_crs(4326).geometry.x.tolist() == pytest.approx([114.70, 114.71, 114.72])
    assert table["SSGW_MC"].tolist() == ["城区管网"] * 3
    assert warned(county.warnings) == {
        ("official_unit", "GWZJ_KD", None), ("official_unit", "GW_YL", None), ("official_unit", "LL", None),
        ("official_codes", "SYKYZTLBDM", 2), ("official_codes", "XFJSGWXSLXDM", 1),
        ("status_missing", "status", 3),
    }  # fmt: skip


def test_official_identifiers_go_out_with_the_results(write_county: Write) -> None:
    county = read_county(write_county({"hydrants/hydrants.csv": OFFICIAL}))
    out = json.loads(result_files(assess(county, Scenario()))["hydrants.geojson"])
    first = out["features"][0]["properties"]
    assert (first["XHS_TYWYSBM"], first["hydrant_id"], first["GWZJ_KD"], first["dn_mm"]) == (
        "A1",
        "A1",
        "200",
        200,
    )
    assert (first["SYKYZTLBDM"], first["status"], first["counted"]) == ("2", "unknown", False)


def test_a_code_of_state_is_kept_and_never_read_as_one(write_county: Write) -> None:
    table = read_county(write_county({"hydrants/hydrants.csv": OFFICIAL})).hydrants
    assert set(table["status"]) == {"unknown"}
    assert table["status_as_printed"].tolist() == ["2", "1", None]


def test_adding_tells_what_the_codes_and_units_mean(write_county: Write, tmp_path: Path) -> None:
    folder, file = write_county({}), tmp_path / "export.csv"
    file.write_text(OFFICIAL.replace("0.3,16", "300,16"), encoding="utf-8")
    report = add_layer(
        folder, file, "hydrants", FileChoices(
            fields={"pressure_mpa": "GW_YL [kpa]"}, statuses={"2": "in_use", "1": "out_of_service", "": "unknown"}
        ),
    )  # fmt: skip
    assert report.path is not None, report.problems
    table = read_county(folder).hydrants
    assert table["status"].tolist() == ["in_use", "out_of_service", "unknown"]
    assert table["pressure_mpa"].iloc[0] == pytest.approx(0.3)
    assert table["XFJSGWXSLXDM"].tolist() == ["环状管网", "枝状", "02"]
    assert not {each[:2] for each in warned(report.problems)} & {
        ("official_unit", "GW_YL"), ("official_codes", "SYKYZTLBDM"),
    }  # fmt: skip


def test_our_own_column_stands_before_the_official_one(write_county: Write) -> None:
    file = "crane_id,XFSH_TYWYSBM,status,lon,lat,dn_mm,GWZJ_KD\nC1,9,in_use,114.7,38.62,200,150\n"
    county = read_county(write_county({"hydrants/cranes.csv": file}))
    assert county.cranes[["crane_id", "dn_mm"]].to_numpy().tolist() == [["C1", 200]]
    assert county.warnings == ()


def test_the_identifier_of_other_water_says_its_kind(write_county: Write) -> None:
    file = (
        "XFSC_TYWYSBM,qsmt_tywysbm,TRSY_TYWYSBM,status,DQJD,DQWD,RJ,KSQKD_JYQK\n"
        "P1,,,in_use,114.70,38.62,500,\n,Q1,,in_use,114.71,38.62,,\n,,N1,in_use,114.72,38.62,,5月至6月\n"
    )
    sources = read_county(write_county({"hydrants/sources.csv": file})).water_sources
    assert sources["source_id"].tolist() == ["P1", "Q1", "N1"]
    assert sources["kind"].tolist() == ["pond", "quay", "natural"]
    assert (sources["volume_m3"].iloc[0], sources["season_note"].iloc[2]) == (500, "5月至6月")


def test_a_date_of_service_that_is_none_is_said(write_county: Write) -> None:
    found = check_county(write_county({"hydrants/hydrants.csv": OFFICIAL.replace("2019-03-04", "不详")}))
    assert [(each.code, each.row) for each in found if not each.warning] == [("not_a_year", 1)]


# ---- what a file leaves open is said when it is added


def test_adding_says_what_is_empty_nought_and_out_of_use_in_other_words(
    write_county: Write, tmp_path: Path
) -> None:
    file = tmp_path / "栓.csv"
    file.write_text(
        "hydrant_id,status,lon,lat,flow_lps,备注\n"
        "1,in_use,114.7,38.62,0,\n2,in_use,114.7000001,38.62,,已损坏待修\n3,out_of_service,114.71,38.62,15,停用\n",
        encoding="utf-8",
    )
    report = add_layer(write_county({}), file, "hydrants")
    assert {(each.code, each.field): dict(each.values) for each in report.problems} == {
        ("stated_partly", "flow_lps"): {"count": 1, "total": 3},
        ("states_zero", "flow_lps"): {"count": 1, "rows": "1"},
        ("says_out_of_use", "备注"): {"count": 1, "rows": "2"},
        ("same_place", "geometry"): {"count": 1, "rows": "1, 2", "within": 0.5},
    }
    assert all(each.warning for each in report.problems)
    assert report.path is not None
    again = check_county(report.path.parent.parent)
    assert {each.code for each in again} == {"states_zero", "says_out_of_use", "same_place"}


def test_many_in_one_spot_are_few_pairs_and_neighbours_in_the_next_cell_are_found() -> None:
    heap = shapes_of([shapely.Point(114, 38)] * 20_000)
    assert len(same_places(heap)) == 19_999
    step = 0.4 / 111_195
    row = shapes_of([shapely.Point(114, 38 + step * 10 * k) for k in range(40)])
    twins = shapes_of([shapely.Point(114, 38 + step * (10 * k + 1)) for k in range(40)])
    assert same_places(np.concatenate([row, twins])) == [(k, 40 + k) for k in range(40)]
    assert same_places(row) == []


def test_columns_a_file_has_not_at_all_are_not_spoken_of(write_county: Write, tmp_path: Path) -> None:
    file = tmp_path / "栓.csv"
    file.write_text("hydrant_id,status,lon,lat\n1,in_use,114.7,38.62\n", encoding="utf-8")
    assert add_layer(write_county({}), file, "hydrants").problems == ()
