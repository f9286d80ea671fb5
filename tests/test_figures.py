"""The figures on top: worked out by hand for a paper town, and held against the same with the default choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from analysis.assessment import assess
from analysis.scenario import Scenario
from tests.counties import paper_county, plot
from tests.towns import at, grid_lines, plain_targets, town
from views.figures import FIGURES, Figure, compared
from views.wording import Words

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.county import County

ROOT = Path(__file__).resolve().parent.parent
ZH = Words("zh")
A: dict[str, Any] = {"station_id": "A", "geometry": at(0, 0)}
NEAR, FAR = plot(100, 100, 300, 300), plot(700, 700, 800, 800)
PARCELS = [
    {"parcel_no": "near", "geometry": NEAR, "area_mu": 60.0},
    {"parcel_no": "far", "geometry": FAR, "area_mu": 15.0},
]


def grid_county(**changes: Any) -> County:
    """Two kilometres of square grid, a square of four square kilometres, a parcel near and one far."""
    return paper_county(
        town(grid_lines()),
        **{
            "stations": [A],
            "parcels": PARCELS,
            "study_area": plot(-1000, -1000, 1000, 1000),
            "study_area_source": "file",
            **changes,
        },
    )


def answer(limit_s: float, county: County | None = None, **targets: float) -> Assessment:
    return assess(county or grid_county(), Scenario(targets=plain_targets(limit_s=limit_s, **targets)))


def all_of(assessment: Assessment) -> dict[str, Figure]:
    return {name: figure_of(assessment, ZH) for name, figure_of, _ in FIGURES}


def plainly(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_figures_of_a_grid_by_hand() -> None:
    found = all_of(answer(160))
    # 100 s at 10 m/s: a diamond of one kilometre, with 40 of the 84 km of street, see test_shares.
    assert plainly(found["streets"].value) == "47.6 %"
    assert found["streets"].parts == (("占全部街道", "84.0\u00a0公里"),)
    assert found["area"].parts == (("目标", "80\u00a0%"), ("占研究范围", "4.00\u00a0平方公里"))
    assert found["parcels"].value == "1 / 2 宗"
    shown = compared(found["parcels"], None, ZH)
    assert dict(shown.parts) == {
        "占 75.00\u00a0亩的": "80.0\u00a0%",
        "目标": "80\u00a0%",
        "可达": "1 宗 60.00\u00a0亩",
        "不可达": "1 宗 15.00\u00a0亩",
    }


def test_without_another_question_only_the_value_is_shown() -> None:
    for figure in all_of(answer(160)).values():
        assert compared(figure, None, ZH).value == figure.value
        same = compared(figure, figure, ZH)
        assert "→" not in same.value
        assert all("→" not in value for _, value in same.parts)


def test_a_changed_choice_shows_what_it_was_by_default_and_what_it_is_now() -> None:
    short, long = all_of(answer(160)), all_of(answer(260))
    shown = compared(long["streets"], short["streets"], ZH)
    assert plainly(shown.value) == ":small[:gray[默认 47.6 % →]] 100.0 %"
    assert short["streets"].label in shown.more
    assert short["streets"].value in shown.more
    back = compared(short["streets"], long["streets"], ZH)
    assert plainly(back.value) == ":small[:gray[默认 100.0 % →]] 47.6 %"


def test_parts_that_change_have_arrows_and_targets_stay() -> None:
    short, long = all_of(answer(160)), all_of(answer(260))
    parts = dict(compared(long["parcels"], short["parcels"], ZH).parts)
    assert parts["目标"] == "80\u00a0%"
    assert plainly(parts["可达"]) == "1 宗 60.00 亩 → 2 宗 75.00 亩"
    assert plainly(parts["不可达"]) == "1 宗 15.00 亩 → 0"
    assert "未分析" not in parts, "what is none before and after is not spoken of"


def test_not_analysed_before_or_after_is_never_a_nought() -> None:
    county = grid_county(stations=[A | {"geometry": at(1100, 0)}])
    before = all_of(answer(160, county, snap_limit_m=50.0))  # the station is 100 m from the nearest street
    after = all_of(answer(160, county, snap_limit_m=150.0))
    for name in ("area", "streets"):
        assert before[name].value == "未分析"
        came = compared(after[name], before[name], ZH).value
        assert came.startswith(":small[:gray[默认 未分析 →]] ")
        went = compared(before[name], after[name], ZH).value
        assert went.endswith("→]] 未分析")
        assert "0.0" not in came + went


def test_a_range_stays_a_range_on_both_sides() -> None:
    now = Figure("a", "20.1–46.1 %")
    shown = compared(now, replace(now, value="10.0–30.0 %"), ZH)
    assert shown.value == ":small[:gray[默认 10.0–30.0 % →]] 20.1–46.1 %"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_compares_with_the_defaults_as_soon_as_a_choice_differs(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COUNTY_DIR", raising=False)
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["lang"] = language
    page.run()
    before = [each.value for each in page.metric]
    assert len(before) == len(FIGURES)
    assert not any("→" in each.value + each.delta for each in page.metric)
    page.number_input(key="choice_turnout_s").set_value(180).run()
    assert not page.exception
    word = Words(language)("figure.default", value=before[1])
    assert page.metric[1].value.startswith(f":small[:gray[{word}]] ")
    assert [each.value for each in page.metric][3] == before[3], "the choice does not touch hydrants"
    page.number_input(key="choice_turnout_s").set_value(60).run()
    assert [each.value for each in page.metric] == before
