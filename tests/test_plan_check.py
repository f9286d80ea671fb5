"""The plan held against itself: what the county's tables work out again, and folders that hold no plan."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from analysis.plan_check import CHECK_COLUMNS, STATES, WORK, plan_check, plan_facts, resting_on
from geo.county import check_county, read_county
from geo.plan import CHECKS, FIGURES, SUBJECTS, line_spans
from geo.words import LANGUAGES, words
from views.plan_panel import fact_row, finding_row
from views.wording import Words, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from geo.county import County

STATIONS = "station_id,name,status,lon,lat\nA,甲站,in_use,114.700,38.620\n"
DATA = Path(__file__).resolve().parent.parent / "data"
GRAVE = {1, 2, 3, 4, 5, 6, 7, 10, 11, 14, 15, 19, 20, 21, 37, 40, 41, 57}
SHOWN = {8, 9, 12, 13, 16, 17, 22, 24, 26, 27, 29, 30, 33, 38, 39, 47, 48, 49, 50, 51, 52, 53, 56}
"""Findings by weight, as the audit of the bulletin numbers them."""


@pytest.fixture(scope="module")
def county() -> County:
    return read_county(DATA)


@pytest.fixture(scope="module")
def findings(county: County) -> pd.DataFrame:
    return plan_check(county)


def worked(findings: pd.DataFrame, number: int) -> dict[str, object]:
    row = findings[findings["finding_id"] == f"I-{number:02d}"].iloc[0]
    assert row["state"] == "stands"
    values: dict[str, object] = json.loads(str(row["values"]))
    return values


def of(findings: pd.DataFrame, finding_id: str, column: str) -> str:
    return str(findings.loc[findings["finding_id"] == finding_id, column].iloc[0])


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_grave_and_every_shown_finding_is_there(findings: pd.DataFrame) -> None:
    by_weight = {
        weight: {int(each[2:]) for each in findings.loc[findings["severity"] == weight, "finding_id"]}
        for weight in ("H", "M")
    }
    assert by_weight == {"H": GRAVE, "M": SHOWN}
    assert len(findings) == len(GRAVE) + len(SHOWN)
    assert findings["line"].is_monotonic_increasing
    assert set(findings["state"]) == {"stands", "read"}


def test_every_finding_has_its_lines_and_words_in_both_languages(findings: pd.DataFrame) -> None:
    assert tuple(findings.columns) == CHECK_COLUMNS
    for row in findings.to_dict("records"):
        assert all(1 <= first <= last <= 1063 for first, last in line_spans(row["lines"]))
        for name in ("printed_zh", "printed_en", "finding_zh", "finding_en", "source", "subject"):
            assert row[name]
        for name in ("printed_zh", "printed_en", "finding_zh", "finding_en"):
            assert "{" not in row[name]
            assert "–、" not in row[name]


def test_a_check_works_out_what_its_words_may_name(county: County) -> None:
    assert set(WORK) == set(CHECKS)
    for name, work in WORK.items():
        found = work(county)
        assert found is not None, name
        assert set(found.named) == CHECKS[name], name


def test_crew_of_the_bulletin(findings: pd.DataFrame) -> None:
    parts = {"大队干部": 3, "文职": 12, "消防站干部": 2, "消防员": 2, "专职队员": 32}
    assert worked(findings, 1) == {
        "stated": "60", "parts": sum(parts.values()), "gap": str(60 - sum(parts.values())), "role": "消防员",
        "printed": 2, "would_be": str(2 + 60 - sum(parts.values())),
    }  # fmt: skip
    second = worked(findings, 21)
    assert (second["least"], second["most"]) == (str(2 * 30), str(2 * 45))
    assert second["operational"] == parts["消防站干部"] + parts["消防员"] + parts["专职队员"]
    assert second["at_most"] == str(60 - 3 - 12)


def test_hydrants_of_the_bulletin(findings: pd.DataFrame) -> None:
    built = [15, 3, 4, 21, 3, 2, 5, 3, 2]
    assert worked(findings, 2) == {"built": sum(built), "coming": 49, "total": sum(built) + 49}
    assert worked(findings, 3)["doubled"] == 2 * sum(built)
    new = worked(findings, 4)
    assert (new["coming"], new["coming_m"]) == (49, f"{49 / 2 * 120:,.0f}")
    assert (new["built_low_m"], new["built_high_m"]) == (f"{14 * 120:,}", f"{15 * 120:,}")
    rings = worked(findings, 5)
    assert rings["reach_m"] == [str((count - 1) * 120) for count in (3, 4, 3, 2, 5)]
    least, most = 17 + 1, 25 + 1  # 2 km are 16.7 spacings, 3 km are 25
    assert (rings["need_low"], rings["need_high"]) == (least, most)
    assert (rings["more_low"], rings["more_high"]) == (5 * least - 17, 5 * most - 17)
    assert set(worked(findings, 53)["streets"]) >= {"北环路", "东环路", "登岳街", "恒山西路"}  # type: ignore[call-overload]
    assert worked(findings, 50) == {"streets": ["滨河南路", "曲新路"], "ends": ["恒山中路", "太行路"]}
    assert worked(findings, 51) == {"streets": ["登岳街"]}
    assert worked(findings, 52)["unnamed"] == ["西环路"]


def test_cranes_of_the_bulletin(findings: pd.DataFrame) -> None:
    assert worked(findings, 6) == {"stated": 4, "built": 2, "unbuilt": 2}
    assert worked(findings, 7)["unbuilt"] == 2
    flow = worked(findings, 8)
    assert float(str(flow["speed"])) == pytest.approx(0.104 / (3.14159265 * 0.1**2), abs=0.005)
    assert float(str(flow["allowed_lps"])) == pytest.approx(2.5 * 3.14159265 * 0.1**2 * 1000, abs=0.05)
    assert worked(findings, 9) == {"streets": ["南环路 3", "东环路 1"]}


def test_sites_vehicles_and_boxes_of_the_bulletin(findings: pd.DataFrame) -> None:
    site = worked(findings, 10)
    assert float(str(site["site_m2"]).replace(",", "")) == pytest.approx(7.12 * 10000 / 15, abs=0.005)
    assert worked(findings, 11)["times"] == f"{12525.20 / 5600:.2f}"
    assert worked(findings, 22) == {"vehicles": 13, "engines": 13 - 1, "first": "5-7", "special": "8-11"}
    loads = worked(findings, 24)
    assert (loads["vehicles"], loads["differ"]) == (7, 3)
    assert worked(findings, 26) == {"reach_m": ["53", "20"]}
    assert worked(findings, 29) == {"lost": 3, "merged": 4}
    boxes = worked(findings, 30)
    assert (boxes["sums"], boxes["least"]) == (["4", "1", "1", "6"], ["5", "2", "2", "8"])


def test_land_and_targets_of_the_bulletin(findings: pd.DataFrame) -> None:
    land = worked(findings, 40)
    assert land["mu"] == f"{30.3 + 133.35 + 16.7:.2f}"
    assert land["share"] == f"{100 * 180.35 / 319.56:.1f}"
    assert land["total_mu"] == "319.56"
    assert worked(findings, 37) == {"parcels": ["曲储【2022】04号地"]}
    assert worked(findings, 39)["holders"] == 3
    assert worked(findings, 41) == {"parcels": 5, "surveyed": 0, "township_only": 3}
    assert worked(findings, 14) == {
        "indicators": 7,
        "missing": ["消防救援站5分钟可达覆盖率", "市政消火栓完好率"],
    }
    assert worked(findings, 17) == {"level": "80", "growth": "5"}


def test_facts_without_a_place(county: County) -> None:
    facts = plan_facts(county)
    names = "".join(facts["name_zh"])
    assert all(each in names for each in ("训练基地", "战勤保障基地", "主题公园", "重点监管单位"))
    stated = {row["item"]: float(row["value"]) for row in rows("places/targets.csv") if row["value"]}
    by_id = facts.set_index("fact_id")["number"]
    assert by_id["F-04"] == stated["消防安全重点单位"] == 35
    assert by_id["F-06"] == stated["接处警起数"]
    coming = [row for row in rows("hydrants/hydrants.csv") if row["status"] == "under_construction"]
    assert by_id["F-05"] == sum(int(row["count"]) for row in coming)
    assert facts["line"].is_monotonic_increasing
    assert facts[["name_en", "why_zh", "why_en", "source"]].notna().all().all()


def test_a_finding_goes_when_the_numbers_agree(county: County) -> None:
    stations = county.stations.copy()
    stations["crew"] = stations["crew"].where(stations["crew"].isna(), 51.0)
    found = plan_check(replace(county, stations=stations))
    assert of(found, "I-01", "state") == "gone"
    assert "I-01" not in set(resting_on(found, ("crew",))["finding_id"])
    without = plan_check(replace(county, cranes=county.cranes.iloc[:0]))
    assert of(without, "I-07", "state") == "not_worked_out"
    assert "–" in of(without, "I-07", "finding_zh")


def test_figures_rest_on_findings(findings: pd.DataFrame) -> None:
    touched = {code for cell in findings["figures"] for code in cell.split(",") if code}
    assert touched <= set(FIGURES)
    assert {"I-02", "I-03"} <= set(resting_on(findings, ("hydrants_total",))["finding_id"])
    assert set(resting_on(findings, ("cranes_flow",))["finding_id"]) == {"I-07", "I-08"}
    assert resting_on(findings, ("no_such",)).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_word(language: str) -> None:
    said = words(language)
    for group, codes in (("figure", FIGURES), ("subject", SUBJECTS), ("state", STATES), ("severity", "HML")):
        assert [code for code in codes if f"plan.{group}.{code}" not in said] == []


def test_a_county_without_a_plan(write_county: Callable[..., Path]) -> None:
    county = read_county(write_county({"stations/stations.csv": STATIONS}))
    assert plan_check(county).empty
    assert tuple(plan_check(county).columns) == CHECK_COLUMNS
    assert plan_facts(county).empty
    assert not {"plan_check", "plan_facts"} & county.missing


def test_what_is_wrong_with_a_plan_check_is_said(write_county: Callable[..., Path]) -> None:
    table = (
        "finding_id,severity,subject,lines,finding_zh,figures,check\n"
        "A,X,hydrants,12,text,,\n"
        "B,H,nowhere,12,text,,\n"
        "C,H,hydrants,twelve,text,,\n"
        "D,H,hydrants,12,text,speed_of_light,\n"
        "E,H,hydrants,12,text,,guess\n"
        "F,H,hydrants,12,{built.__class__} {unknown},,hydrants_built\n"
        "G,,,12,text,,\n"
    )
    folder = write_county({"stations/stations.csv": STATIONS, "plan/plan_check.csv": table})
    found = [(each.code, each.row) for each in check_county(folder) if each.file == "plan/plan_check.csv"]
    assert found == [
        ("not_in_list", 1), ("not_in_list", 2), ("plan_lines", 3), ("not_in_list", 4), ("not_in_list", 5),
        ("plan_value", 6), ("not_in_list", 7), ("not_in_list", 7),
    ]  # fmt: skip


def test_a_finding_in_words(findings: pd.DataFrame) -> None:
    row = findings[findings["finding_id"] == "I-02"].to_dict("records")[0]
    zh, en = finding_row(row, Words("zh")), finding_row(row, Words("en"))
    assert zh["lines"] == plain("699、723–731")
    assert "**影响结果** · 消火栓 · 由表中数字算出" in zh["finding"]
    assert "58座" in zh["finding"]
    assert "所涉：已建消火栓" in zh["finding"]
    assert "**Changes a result** · Hydrants" in en["finding"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_in_words(county: County, language: str) -> None:
    said = [fact_row(row, Words(language)) for row in plan_facts(county).to_dict("records")]
    units = next(each["name"] for each in said if "35" in each["name"])
    assert units == plain("重点监管单位：35 个" if language == "zh" else "Key units under supervision: 35")
    assert all(each["why"] for each in said)


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    page = AppTest.from_file(str(DATA.parent / "app.py"), default_timeout=120)
    page.session_state["panel_plan"] = True
    page.run()
    assert not page.exception
    return page


def marks(page: AppTest) -> list[str]:
    return [each.proto.popover.label for each in page.get("popover") if "核对" in each.proto.popover.label]


def test_the_panel_filters_and_the_figures_carry_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(DATA, monkeypatch)
    said = [each.value for each in page.markdown]
    assert any(f"共 {len(GRAVE) + len(SHOWN)} 条" in each for each in said)
    assert len(page.table) == 2
    assert len(page.table[0].value) == len(GRAVE) + len(SHOWN)
    assert len(marks(page)) == 6
    assert "第699行" in marks(page)[3]
    weight = next(each for each in page.selectbox if each.label == "轻重")
    page = weight.select("影响结果").run()
    assert len(page.table[0].value) == len(GRAVE)
    assert page.table[0].value["核对"].str.startswith("**影响结果**").all()


@pytest.mark.slow
def test_a_county_without_a_plan_has_no_marks(
    write_county: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(write_county({"stations/stations.csv": STATIONS}), monkeypatch)
    assert marks(page) == []
    assert any("没有规划核对表" in each.value for each in page.caption)
