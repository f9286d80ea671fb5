"""Vehicles and equipment of the county's stations against boxes 4 to 6, cell by cell."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.fleet import (
    BOX_GRADES,
    COLUMNS,
    FLEET_VERDICTS,
    cell_limit,
    fleet_check,
    fleet_total,
    total_sentence,
)
from geo.county import read_county
from geo.problems import InputError
from geo.rule_pack import RULE_FOLDER, read_boxes
from geo.words import LANGUAGES, words
from views.rule_panels import fleet_row
from views.wording import Words

ROOT = Path(__file__).resolve().parent.parent
BOXES = read_boxes()


@pytest.fixture(scope="module")
def county_fleet() -> pd.DataFrame:
    county = read_county(ROOT / "data")
    return fleet_check(county.stations, county.vehicles, BOXES)


def line(table: pd.DataFrame, item: str, station_id: str = "FS-1") -> Any:
    return table[(table["station_id"] == station_id) & (table["item"] == item)].iloc[0]


def checked(kinds: list[str], grade: str = "一级", status: str = "in_use", **more: Any) -> pd.DataFrame:
    stations = pd.DataFrame({"station_id": ["A"], "grade": [grade]})
    vehicles = pd.DataFrame(
        {"station_id": ["A"] * len(kinds), "kind": kinds, "status": [status] * len(kinds)}
    )
    return fleet_check(stations, vehicles, BOXES, **more)


# ---- the tables as printed


def test_boxes_are_transcribed_with_their_lines() -> None:
    assert BOXES.count["source_line"].tolist() == ["929"]
    assert [int(number) for number in BOXES.types["source_line"]] == list(range(937, 952))
    assert [int(number) for number in BOXES.equipment["source_line"]] == [961, 962, 963, *range(966, 973)]
    assert BOXES.count[list(BOX_GRADES)].iloc[0].tolist() == ["5-7", "2-4", "2", "8-11"]


def test_fixed_numbers_of_box_five_add_up_to_less_than_box_four_asks() -> None:
    fixed = {
        grade: sum(
            limit.least or 0 for cell in BOXES.types[grade] if (limit := cell_limit(cell, 5)) is not None
        )
        for grade in BOX_GRADES
    }
    assert fixed == {"一级": 4, "二级": 1, "小型": 1, "特勤": 6}


def test_cells_lost_in_print_are_marked() -> None:
    cells = BOXES.types.melt(id_vars="type", value_vars=list(BOX_GRADES), var_name="grade")
    lost = cells[cells["value"] == "lost"]
    assert sorted(zip(lost["type"], lost["grade"], strict=True)) == [
        ("举高喷射消防车", "二级"), ("举高喷射消防车", "特勤"), ("压缩空气泡沫消防车", "特勤"),
    ]  # fmt: skip
    assert cells.loc[cells["value"] == "merged", "type"].tolist() == ["云梯消防车"] * 4
    rest = set(cells["value"]) - {"lost", "merged"}
    assert rest == {"1", "2", "3", "△", "——"}


def test_a_lost_table_or_column_is_said(tmp_path: Path) -> None:
    for path in RULE_FOLDER.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("box5"):
            text = text.replace("source_line", "line", 1)
        if not path.name.startswith("box4"):
            (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_boxes(tmp_path)
    assert {each.code for each in caught.value.problems} == {"file_missing", "column_missing"}


# ---- the county


def test_twelve_engines_and_a_van_stand_where_five_to_seven_are_asked(county_fleet: pd.DataFrame) -> None:
    row = line(county_fleet, "消防车辆")
    assert (row["measured"], row["listed"], row["cell"]) == (12, 13, "5-7")
    assert (row["verdict"], row["reason"]) == ("not_met", "above_limit")


@pytest.mark.parametrize(
    ("item", "measured", "verdict"),
    [
        ("水罐或泡沫消防车", 7, "met"), ("登高平台消防车", 1, "met"), ("抢险救援消防车", 3, "met"),
        ("云梯消防车", 1, "not_stated"), ("举高喷射消防车", 0, "optional"), ("干粉消防车", 0, "optional"),
        ("泡沫干粉联用消防车", 0, "not_required"), ("通信消防指挥车", 0, "not_required"),
    ],
)  # fmt: skip
def test_types_of_the_first_station(
    county_fleet: pd.DataFrame, item: str, measured: int, verdict: str
) -> None:
    row = line(county_fleet, item)
    assert (row["measured"], row["verdict"]) == (measured, verdict)


def test_the_second_station_has_no_vehicle_plan(county_fleet: pd.DataFrame) -> None:
    second = county_fleet[county_fleet["station_id"] == "FS-2"]
    vehicles = second[second["box"] < 6]
    assert set(vehicles["verdict"]) == {"not_stated", "not_required"}
    assert set(vehicles.loc[vehicles["verdict"] == "not_stated", "reason"]) == {"no_vehicle_plan"}
    assert vehicles["measured"].isna().all()


def test_equipment_is_not_stated_and_not_nought(county_fleet: pd.DataFrame) -> None:
    equipment = county_fleet[county_fleet["box"] == 6]
    assert len(equipment) == 20
    assert set(equipment["verdict"]) == {"not_stated"}
    assert set(equipment["reason"]) == {"equipment_not_stated"}
    assert equipment["measured"].isna().all()


def test_both_stations_together(county_fleet: pd.DataFrame) -> None:
    total = fleet_total(county_fleet)
    assert (total.least, total.most, total.engines, total.listed) == (10, 14, 12, 13)
    assert total.not_stated == ("FS-2",)
    assert all("10–14" in total_sentence(total, language) for language in LANGUAGES)


# ---- paper stations


@pytest.mark.parametrize(
    ("number", "reason"), [(4, "below_limit"), (5, "within_limit"), (7, "within_limit"), (8, "above_limit")]
)
def test_the_number_of_vehicles(number: int, reason: str) -> None:
    assert line(checked(["水罐消防车"] * number), "消防车辆", "A")["reason"] == reason


def test_a_motorcycle_and_a_van_are_no_fire_engines() -> None:
    row = line(checked(["水罐消防车"] * 4 + ["消防摩托车", "宣传车"]), "消防车辆", "A")
    assert (row["measured"], row["listed"], row["verdict"]) == (4, 6, "not_met")


def test_a_ladder_alone_leaves_the_merged_cell_open() -> None:
    assert line(checked(["云梯消防车"]), "登高平台消防车", "A")["reason"] == "cell_merged"
    assert line(checked(["水罐消防车"]), "登高平台消防车", "A")["verdict"] == "not_met"


@pytest.mark.parametrize(
    ("grade", "item", "reason"),
    [
        ("特勤", "压缩空气泡沫消防车", "cell_lost"), ("特勤", "举高喷射消防车", "cell_lost"),
        ("二级", "举高喷射消防车", "cell_lost"), ("二级", "云梯消防车", "cell_merged"),
        ("小型", "举高喷射消防车", "optional"), ("战勤保障", "消防车辆", "grade_not_in_box"),
        ("", "消防车辆", "grade_unknown"),
    ],
)  # fmt: skip
def test_cells_that_ask_for_nothing_readable(grade: str, item: str, reason: str) -> None:
    assert line(checked(["水罐消防车"], grade), item, "A")["reason"] == reason


def test_what_is_not_known_about_vehicles_is_neither_there_nor_missing() -> None:
    strange = line(checked(["水罐消防车"] * 4 + ["神秘车"]), "消防车辆", "A")
    assert (strange["verdict"], strange["reason"], strange["detail"]) == (
        "depends",
        "vehicle_unknown",
        "神秘车",
    )
    assert line(checked(["神秘车"]), "水罐或泡沫消防车", "A")["verdict"] == "not_met", "one cannot be two"
    assert line(checked(["神秘车"]), "抢险救援消防车", "A")["verdict"] == "depends"
    asleep = checked(["水罐消防车"] * 6, status="unknown")
    assert line(asleep, "消防车辆", "A")["verdict"] == "depends"
    gone = checked(["水罐消防车"] * 6, status="out_of_service")
    assert (line(gone, "消防车辆", "A")["measured"], line(gone, "消防车辆", "A")["verdict"]) == (0, "not_met")


def test_without_a_list_nothing_is_stated() -> None:
    stations = pd.DataFrame({"station_id": ["A"], "grade": ["一级"]})
    for none in (None, pd.DataFrame({"station_id": [], "kind": [], "status": []})):
        table = fleet_check(stations, none, BOXES)
        assert set(table.loc[table["box"] == 4, "reason"]) == {"no_vehicle_list"}


def test_equipment_that_is_stated_is_counted() -> None:
    rows = [("二节拉梯", 3), ("三节拉梯", 1), ("低压水带", 1500), ("低压水带", 500), ("挂钩梯", None)]
    equipment = pd.DataFrame([("A", *row) for row in rows], columns=["station_id", "item", "count"])
    table = checked(["水罐消防车"], equipment=equipment)
    said = {
        item: line(table, item, "A")["verdict"]
        for item in ("二节拉梯", "三节拉梯", "低压水带", "挂钩梯", "中压水带")
    }
    assert said == {
        "二节拉梯": "met", "三节拉梯": "not_met", "低压水带": "met", "挂钩梯": "not_stated", "中压水带": "not_stated",
    }  # fmt: skip


def test_kinds_lead_to_types_of_box_five() -> None:
    types = set(BOXES.types["type"])
    assert set(BOXES.kinds["type"].dropna()) == types
    assert types <= set(BOXES.kinds["kind"])
    assert set(BOXES.kinds["engine"]) == {"true", "false"}
    county = read_county(ROOT / "data")
    assert set(county.vehicles["kind"]) <= set(BOXES.kinds["kind"])


def test_every_line_can_be_said_in_both_languages(county_fleet: pd.DataFrame) -> None:
    assert tuple(county_fleet.columns) == COLUMNS
    assert {f"fleet.verdict.{verdict}" for verdict in FLEET_VERDICTS} <= words("zh").keys()
    code = (ROOT / "analysis" / "fleet.py").read_text(encoding="utf-8")
    reasons = [key.rpartition(".")[2] for key in words("zh") if key.startswith("fleet.reason.")]
    handed = {"within_limit", "below_limit", "above_limit", "cell_lost", "cell_merged"}
    assert [each for each in reasons if f'"{each}"' not in code and each not in handed] == []
    for row in county_fleet.to_dict("records"):
        for language in LANGUAGES:
            told = " ".join(fleet_row(row, Words(language)).values())
            assert "{" not in told
            assert "nan" not in told
    assert math.isnan(line(county_fleet, "二节拉梯")["measured"])
