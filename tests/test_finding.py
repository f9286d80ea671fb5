"""What somebody types finds the thing meant, and quickly in a large county."""

from __future__ import annotations

import time
from functools import cache

import pytest
import shapely

from geo.county import read_county
from geo.finding import KINDS, Register, folded, middle_of, register
from tests.conftest import ROOT
from tests.counties import paper_county, table_of
from tests.towns import at, town


@cache
def quyang() -> Register:
    return register(read_county(ROOT / "data"))


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("恒山路", "street", "恒山西路"),
        (" 恒山 中路 ", "street", "恒山中路"),
        ("曲新线", "street", "曲新路"),
        ("05号地", "parcel", "曲储【2022】05号地"),
        ("曲储[2022]05", "parcel", "曲储【2022】05号地"),
        ("hs-04-11", "hydrant", "HS-04-11"),
        ("ＨＳ－０４－１１", "hydrant", "HS-04-11"),
        ("WC-2", "crane", "南环路与登岳街路口水鹤"),
        ("fs-1", "station", "曲阳县消防站（南环路19号）"),
        ("灵山镇", "place", "灵山镇"),
        ("羊平", "place", "羊平镇"),
    ],
)
def test_the_first_match_is_the_thing_meant(text: str, kind: str, name: str) -> None:
    found, count = quyang().find(text)
    assert count >= len(found) > 0
    assert (found[0].kind, found[0].name) == (kind, name)


def test_what_is_called_so_stands_before_what_holds_it() -> None:
    found, count = quyang().find("南环路", most=3)
    assert found[0].kind == "station" or found[0].name == "南环路"
    assert next(each.name for each in found if each.kind == "street") == "南环路"
    assert count > len(found) == 3
    assert not [each for each in quyang().find("新建南环路", most=50)[0] if each.kind == "hydrant"]


@pytest.mark.parametrize("text", ["", "  ", "no such thing", "\n", "%", ".*"])
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert quyang().find(text) == ([], 0)


def test_every_entry_is_found_by_its_id_and_stands_where_it_is_drawn() -> None:
    known = quyang()
    assert {each.kind for each in known.entries} == set(KINDS) - {"source"}
    for each in known.entries:
        assert known.entry(each.kind, each.id) == each
        shape = known.shape(each)
        assert shape is None or shape.distance(middle_of(shape)) < 1e-6
    without = known.entry("hydrant", "HS-10-49")
    assert without is not None
    assert known.shape(without) is None
    assert known.row(without)["unresolved_reason"] == "section_without_ends"
    assert known.entry("hydrant", "none") is None


def test_names_of_both_languages_and_streets_of_several_names() -> None:
    places = table_of("places", [{"place_id": "1", "name": "灵山镇", "geometry": at(0, 0)}])
    places["name_en"] = "Lingshan"
    county = paper_county(town([[(0, 0), (100, 0)]], name=["Hengshan Road;恒山路"]), places=places)
    known = register(county)
    assert [each.kind for each in known.find("lingSHAN")[0]] == ["place"]
    for text in ("hengshan road", "恒山路", "HENGSHANROAD"):
        assert [each.id for each in known.find(text)[0]] == ["Hengshan Road;恒山路"]


@pytest.mark.slow
def test_twenty_thousand_streets_are_searched_at_once() -> None:
    lines = [[(0.0, y), (90.0, y)] for y in range(0, 200_000, 10)]
    names = [f"第{number}街" for number in range(len(lines))]
    hydrants = [{"hydrant_id": f"H{number}", "geometry": at(0, number)} for number in range(5000)]
    county = paper_county(town(lines, name=names), hydrants=hydrants)
    known = register(county)
    assert len(known.entries) == 25_000
    start = time.perf_counter()
    found, count = known.find("第1999")
    assert time.perf_counter() - start < 0.5
    assert found[0].name == "第1999街"
    assert count == 11
    shape = known.shape(found[0])
    assert shape is not None
    assert shape.length == pytest.approx(90.0)


def test_the_middle_of_a_broken_street_lies_on_its_longest_piece() -> None:
    lines = shapely.MultiLineString([[(0, 0), (10, 0)], [(100, 0), (150, 0)], [(150, 0), (180, 0)]])
    assert middle_of(lines).x == pytest.approx(140)
    assert folded("Ａ ｂ") == "ab"
