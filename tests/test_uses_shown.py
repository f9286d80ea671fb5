"""Parcels by planned use on the map: the classes that are there, each with a letter, in colours called illustrative."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analysis.assessment import Assessment, assess
from analysis.scenario import Scenario
from geo.county import read_county
from geo.land_use import BESIDE, NOT_STATED, read_land_uses
from geo.map_style import OTHER_USES, use_styles
from tests.conftest import ROOT
from views.table import use_words
from views.uses import RISE_PX, use_layer, use_letter
from views.wording import Words

if TYPE_CHECKING:
    from typing import Any


@cache
def quyang() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


def features(assessment: Assessment, language: str) -> list[dict[str, Any]]:
    """Properties of what is drawn, their lines in words."""
    data = json.loads(use_layer(assessment, Words(language)).content or b"")
    found: list[dict[str, Any]] = [each["properties"] for each in data["features"]]
    return [each | {"l": [data["texts"][line] for line in each.get("l", ())]} for each in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "letters", "label"),
    [("zh", ["商", "居", "居", "教"], "示意配色"), ("en", ["C", "R", "R", "E"], "illustrative colours")],
)
def test_each_parcel_with_a_place_has_its_area_and_its_letter(
    language: str, letters: list[str], label: str
) -> None:
    signs = [each for each in features(quyang(), language) if "c" in each]
    areas = [each for each in features(quyang(), language) if "c" not in each]
    assert [each["c"] for each in signs] == letters
    assert {each["u"] for each in signs} == {RISE_PX}
    assert [each["id"][-4:] for each in areas] == ["02号地", "03号地", "04号地", "05号地"], "01 has no place"
    assert [each["k"] for each in areas] == ["commercial", "residential", "residential", "education"]
    layer = use_layer(quyang(), Words(language))
    assert label in layer.label
    assert "1" in layer.label, "one parcel is not on the map"
    assert not layer.visible
    assert layer.select


def test_the_legend_holds_only_the_classes_that_are_there() -> None:
    layer = use_layer(quyang(), Words("zh"))
    assert [each.label for each in layer.legend] == ["居住用地", "教育用地", "商业用地"]
    assert [each.style["letter"] for each in layer.legend] == ["居", "教", "商"]
    assert set(layer.styles) == {
        f"{use}{end}" for use in ("residential", "education", "commercial") for end in ("", "_sign")
    }


def test_no_use_stated_and_another_use_are_classes_of_their_own() -> None:
    parcels = quyang().parcels.copy()
    parcels.loc[1, ["planned_use", "use_code", "use_scheme"]] = None
    parcels.loc[2, ["planned_use", "use_code", "use_scheme"]] = ["湿地", None, None]
    parcels.loc[3, "planned_use"] = "商业用地"
    layer = use_layer(replace(quyang(), parcels=parcels), Words("zh"))
    assert [each.label for each in layer.legend] == [
        "教育用地", "代码与用途文字不一致", "其他用途（不在分类表内）", "没有写明用途",
    ]  # fmt: skip
    said = [each["l"] for each in features(replace(quyang(), parcels=parcels), "zh") if "c" in each]
    assert said[0] == ["用途分类：没有写明用途", "配色为示意，不是国家标准色"]
    assert "规划用途：湿地" in said[1]
    assert any("代码 07" in line for line in said[2])


def test_every_class_can_be_told_apart_without_colours() -> None:
    uses = [*(each.use for each in read_land_uses()), *BESIDE]
    for words in (Words("zh"), Words("en")):
        assert len({use_letter(use, words) for use in uses}) == len(uses)
    styles = use_styles({each.use: each.colour for each in read_land_uses()} | dict(OTHER_USES))
    assert {f"{use}_sign" for use in uses} <= styles.keys()
    assert styles["residential_sign"]["letterColor"] == "#000000"
    assert styles["commercial_sign"]["letterColor"] == "#ffffff"


def test_a_class_added_to_the_table_shows_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    added = (*read_land_uses(), replace(read_land_uses()[0], use="wetland", name="湿地"))
    monkeypatch.setattr("views.table.read_land_uses", lambda: added)
    assert use_words("wetland", Words("en")) == "湿地"
    assert use_letter("wetland", Words("en")) == "湿"
    assert use_words(NOT_STATED, Words("en")) == "No use stated"


def test_a_county_without_parcels_has_an_empty_layer() -> None:
    layer = use_layer(replace(quyang(), parcels=quyang().parcels.iloc[:0]), Words("zh"))
    assert layer.legend == ()
    assert json.loads(layer.content or b"")["features"] == []
    assert isinstance(quyang().parcels, pd.DataFrame)
