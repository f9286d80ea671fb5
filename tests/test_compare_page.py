"""Scenarios side by side on the page: what is only drawn is no verdict, parts add up, what changes comes first."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from analysis.assessment import assess
from analysis.changes import Changes, StationAdded
from analysis.comparison import Comparison, compare
from analysis.overlay import CHANGES
from analysis.saved_scenarios import save_scenario
from analysis.scenario import Scenario
from geo.county import read_county
from geo.map_features import to_wgs84
from geo.words import LANGUAGES, words
from tests.counties import plot
from tests.test_siting_answer import STATION, asked
from tests.towns import at
from views.compare_map import difference_layers
from views.compare_tables import certainty_line, figure_rows, ground_rows, length_rows, parcel_rows, said_of
from views.wording import Words

if TYPE_CHECKING:
    from geo.maps import MapLayer

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
ZH = Words("zh")


@pytest.fixture(scope="module")
def drawn() -> Comparison:
    """The default county today and with the works of its plan."""
    county = read_county(DATA)
    return compare(
        [assess(county, Scenario()), assess(county, Scenario(planned_works=True))], ["现状", "建成"]
    )


@pytest.fixture(scope="module")
def measured() -> Comparison:
    """A straight road of 9,600 m with a station at its west end, and with a second at its east end."""
    parcels = [
        {"parcel_no": "west", "geometry": plot(1000, 10, 1050, 90), "area_mu": 6.0},
        {"parcel_no": "east", "geometry": plot(8000, 10, 8050, 90), "area_mu": 6.0},
    ]
    before = asked([STATION], parcels=parcels)
    lon, lat = (float(each) for each in to_wgs84([at(9600, 0)], before.county.crs)[0].coords[0])
    changes = Changes(stations_added=(StationAdded("NEW-1", lon, lat),))
    after = assess(before.county, replace(before.scenario, changes=changes))
    return compare([before, after], ["one", "two"])


def by_head(rows: list[dict[str, str]], label: str) -> dict[str, str]:
    return next(each for each in rows if label in each.values())


def plainly(text: str) -> str:
    return text.replace("\u00a0", " ")


def features(layer: MapLayer) -> list[dict[str, Any]]:
    assert layer.content is not None
    found: list[dict[str, Any]] = json.loads(layer.content)["features"]
    return found


def test_on_drawn_streets_shares_are_ranges_and_nothing_else_rests_on_times(drawn: Comparison) -> None:
    rows = figure_rows(drawn, ZH)
    row = by_head(rows, ZH("compare.short.area_covered"))
    for name, each in zip(("1 现状", "2 建成"), drawn.assessments, strict=True):
        share = each.summary["area_share"]
        assert row[name] == f"{ZH.share_range(share['low'], share['high'])}（示意）"
    change = drawn.figures.set_index("figure")["difference_2"]
    ends = [f"+{100 * change[f'area_covered_{end}']:.1f} 个百分点" for end in ("low", "high")]
    assert row[ZH("compare.difference", number=2)] == f"下限 {ends[0]}，上限 {ends[1]}"
    labels = {each[ZH("compare.figure_head")] for each in rows}
    assert not labels & {
        words("zh")[f"compare.figure.{name}"] for name in ("street_reached", "area_covered_m2")
    }
    assert by_head(rows, ZH("compare.figure.stations_counted"))[ZH("compare.difference", number=2)] == "+1"
    hydrants = by_head(rows, ZH("compare.short.hydrant_share_example"))
    assert "示意" not in hydrants["1 现状"], "hydrants do not rest on times"


def test_drawn_streets_are_all_not_analysed_with_what_the_drawing_says_beside(drawn: Comparison) -> None:
    rows = length_rows(drawn, 2, ZH)
    whole = drawn.first.summary["street_length_m"]
    assert rows[0][ZH("compare.what")] == ZH("compare.drawn_whole")
    assert rows[0][ZH("compare.length")] == ZH.metres(whole)
    assert all(each[ZH("compare.what")].startswith("若示意属实") for each in rows[1:])
    shares = [float(plainly(each[ZH("compare.share")]).split()[0]) for each in rows[1:]]
    assert sum(shares) == pytest.approx(100, abs=0.3)
    streets = difference_layers(drawn, 2, ZH)[-1]
    assert {each["properties"]["k"] for each in features(streets)} <= {
        "gained_drawn", "lost_drawn", "still_drawn", "none_drawn", "not_analysed",
    }  # fmt: skip
    assert all("若示意属实" in item.label for item in streets.legend)
    coverage = ground_rows(drawn, 2, ZH)[0]
    assert coverage[ZH("compare.what")].startswith("若示意属实")
    assert "49" in certainty_line(drawn, 2, ZH), "hydrants without a place are in no ground, and that is said"


def test_the_second_station_of_the_plan_flips_no_parcel(drawn: Comparison) -> None:
    rows = parcel_rows(drawn, ZH)
    assert len(rows) == 5
    assert {each[ZH("compare.mark_head")] for each in rows} == {ZH("compare.mark.same")}
    assert ZH("compare.none_flipped", name="建成", first="现状") in said_of(drawn, ZH)
    times = [each["2 建成"] for each in rows if ZH.of("verdict", "depends") in each["2 建成"]]
    assert times
    assert all("（示意）" in each for each in times)


def test_measured_lengths_add_up_and_what_flips_comes_first(measured: Comparison) -> None:
    rows = length_rows(measured, 2, ZH)
    length = {
        each[ZH("compare.what")]: float(plainly(each[ZH("compare.length")]).split()[0].replace(",", ""))
        for each in rows
    }
    # 2,400 m from either end; the metre is the second of the turnout's own rounding.
    assert length[ZH.of("compare.change", "gained")] == pytest.approx(2400, abs=1)
    assert length[ZH.of("compare.change", "still")] == pytest.approx(2400, abs=1)
    assert length[ZH.of("compare.change", "none")] == pytest.approx(4800, abs=2)
    assert sum(length.values()) == pytest.approx(2 * length[ZH("compare.sum")], abs=3)
    parcels = parcel_rows(measured, ZH)
    assert [each[ZH("compare.mark_head")] for each in parcels] == [
        ZH("compare.mark.verdict"),
        ZH("compare.mark.same"),
    ]
    assert parcels[0][ZH("column.parcel_no")].startswith("east")
    assert parcels[0]["1 one"].startswith("✕")
    assert parcels[0]["2 two"].startswith("✓")
    assert ZH("compare.flipped", name="two", number=1, whole=2) == said_of(measured, ZH)


def test_measured_streets_are_drawn_as_what_becomes_of_them(measured: Comparison) -> None:
    coverage, _, streets = difference_layers(measured, 2, ZH)
    kinds = {each["properties"]["k"] for each in features(streets)}
    assert kinds == {"gained", "still", "none"}
    assert {item.label for item in streets.legend} == {
        words("zh")[f"compare.change.{kind}"] for kind in kinds
    }
    assert {each["properties"]["k"] for each in features(coverage)} == {"ground_gained"}
    looks = [(look["weight"], look["dashArray"]) for look in streets.styles.values()]
    assert len(set(looks)) == len(looks) > 10, "never colour alone"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_its_words(language: str) -> None:
    known = words(language)
    assert [each for each in CHANGES if f"compare.change.{each}" not in known] == []


def opened(**state: Any) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    return page


def tables_of(page: AppTest) -> str:
    return "\n".join(each.value.to_string() for each in page.table)


@pytest.mark.slow
def test_the_panel_compares_today_with_the_page_and_with_saved_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "county"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("text"))
    save_scenario(folder, "两座", Scenario(planned_works=True))
    (folder / "scenarios" / "坏.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    page = opened(panel_compare=True)
    assert ZH("compare.same") in [each.value for each in page.info], "the page shows today"
    assert any("坏" in each.value for each in page.warning)
    page.toggle(key="choice_planned_works").set_value(True).run()
    assert not page.exception
    assert ZH("compare.same") not in [each.value for each in page.info]
    assert ZH("compare.schematic") in [each.value for each in page.warning]
    assert "20\\.1–46\\.1" in tables_of(page)
    page.multiselect(key="compare_chosen_zh").set_value(["today", "saved:两座"]).run()
    assert not page.exception
    assert "2 两座" in tables_of(page)
    page.segmented_control(key="language").set_value("en").run()
    assert not page.exception
    assert page.multiselect(key="compare_chosen_en").value == ["today", "saved:两座"], (
        "kept in the other language"
    )
    page.multiselect(key="compare_chosen_en").set_value(["today"]).run()
    assert Words("en")("compare.two") in [each.value for each in page.info]
    page.multiselect(key="compare_chosen_en").set_value(["today", "page", "saved:两座"]).run()
    assert not page.exception
    assert "3 两座" in tables_of(page)
