"""Places from words, worked by hand on a small grid and on the county's own streets."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, MultiLineString, Point

from geo.locate import (
    Gazetteer,
    Located,
    gazetteer,
    locate,
    parse,
    spread,
    square,
    study_ring,
    township_cell,
)
from geo.named_roads import crossings, merged_road
from geo.network import RoadSource
from geo.roads import network_from_lines
from geo.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

DATA = Path(__file__).resolve().parent.parent / "data"
CRS = "EPSG:4547"
REASONS = {
    "no_network": "INT(甲路;乙街)",
    "road_missing": "INT(甲路;无名路)",
    "roads_do_not_meet": "INT(甲路;远路)",
    "several_crossings": "INT(甲路;弯路)",
    "section_without_ends": "SEG(甲路;?;?)",
    "section_broken": "SEG(断路;丙街;丁街)",
    "section_both_ways": "SEG(环路;丙街;甲路)",
    "direction_not_on_road": "OFFSET(甲路;INT(甲路;乙街);N;100)",
    "road_too_short": "OFFSET(甲路;INT(甲路;乙街);E;5000)",
    "village_without_point": "NORTH_OF(无村)",
    "township_without_point": "TOWN(丙镇)",
    "several_places": "NORTH_OF(同名村)",
    "not_understood": "在南环路附近",
}


def places(rows: Sequence[tuple[str, str, str | None, Point | None]] = ()) -> gpd.GeoDataFrame:
    kinds, names, former, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    return gpd.GeoDataFrame(
        {"kind": list(kinds), "name": list(names), "former_name": list(former)},
        geometry=gpd.GeoSeries(list(points), crs=CRS),
    )


def roads(
    streets: Mapping[str, BaseGeometry],
    where: gpd.GeoDataFrame | None = None,
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> Gazetteer:
    return Gazetteer(streets, aliases or {}, places() if where is None else where, CRS)


def line(*corners: tuple[float, float]) -> LineString:
    return LineString(corners)


def xy(found: Located) -> tuple[float, float]:
    assert isinstance(found.geometry, Point)
    return found.geometry.x, found.geometry.y


PAPER = {
    "甲路": line((0, 0), (2000, 0)),
    "乙街": line((500, -100), (500, 900)),
    "丙街": line((1500, 0), (1500, 900)),
    "弯路": line((200, -300), (200, 300), (800, 300), (800, -300)),
    "远路": line((0, 5000), (2000, 5000)),
    "断路": MultiLineString([line((1000, 800), (1600, 800)), line((1700, 800), (2000, 800))]),
    "丁街": line((1900, 700), (1900, 900)),
    "环路": line((1400, -50), (1600, -50), (1600, 400), (1400, 400), (1400, -50)),
}
PAPER_PLACES = places(
    [
        ("county", "曲阳县", None, Point(1000, 1000)),
        ("township", "甲镇", "甲乡", Point(0, 0)),
        ("township", "乙镇", None, Point(10_000, 0)),
        ("township", "丙镇", None, None),
        ("village", "东村子", None, Point(100, 200)),
        ("village", "无村", None, None),
        ("village", "同名村", None, Point(0, 0)),
        ("village", "同名村", None, Point(900, 0)),
        ("office", "大楼", None, Point(700, 30)),
    ]
)
GRID = roads(PAPER, PAPER_PLACES)


# --- the county's own words ---------------------------------------------------------------------------------


def county_gazetteer() -> Gazetteer:
    drawn = json.loads((DATA / "roads" / "streets.geojson").read_text(encoding="utf-8"))["features"]
    streets = gpd.GeoDataFrame.from_features(drawn, crs="EPSG:4326").to_crs(CRS)
    with (DATA / "places" / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = [Point(float(row["lon"]), float(row["lat"])) if row["lon"] else None for row in rows]
    where = gpd.GeoDataFrame(
        {key: [row[key] for row in rows] for key in ("kind", "name", "former_name")},
        geometry=gpd.GeoSeries(points, crs="EPSG:4326"),
    ).to_crs(CRS)
    aliases = tomllib.loads((DATA / "county.toml").read_text(encoding="utf-8"))["aliases"]
    network = network_from_lines(streets, crs=CRS, source=RoadSource("示意", schematic=True))
    return gazetteer(network, where, aliases)


@pytest.fixture(scope="module")
def county() -> Gazetteer:
    return county_gazetteer()


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_expression_of_the_county_is_placed_or_says_why(county: Gazetteer) -> None:
    reasons, notes = {}, {}
    tables = ("parcels/parcels.csv", "stations/stations.csv", "hydrants/hydrants.csv", "hydrants/cranes.csv")
    for name in tables:
        for row in table(name):
            found = locate(row["location"], county)
            assert (found.geometry is None) == (found.shape is None) == (found.reason is not None)
            if found.reason:
                reasons[row["location"]] = found.reason
            else:
                assert found.position_class == row["position_class"]
                assert found.shape is not None
                assert found.geometry is not None
                assert found.shape.buffer(1e-6).covers(found.geometry)
            if found.note:
                notes[row["location"]] = found.note
    assert reasons == {
        "NORTH_OF(东羊平村)": "village_without_point",
        "SEG(南环路;?;?)": "section_without_ends",
    }
    assert notes == {
        "ADDR(南环路;19)": "address_without_numbers",
        "FRONT(东环路;三馆三中心)": "poi_without_point",
    }


@pytest.mark.parametrize(
    ("section", "length_m"),
    [
        ("SEG(南环路;太行路;东环路)", 2900),
        ("SEG(太行路;南环路;北环路)", 2800),
        ("SEG(正阳街;南环路;北环路)", 2800),
        ("SEG(恒山路;西街;东环路)", 2550),
        ("SEG(滨河南路;恒山中路;太行路)", math.hypot(400, 270) + math.hypot(500, 330)),
        ("SEG(曲新路;恒山中路;太行路)", math.hypot(550, 570) + math.hypot(600, 630)),
    ],
)
def test_sections_of_the_drawing_have_their_drawn_length(
    county: Gazetteer, section: str, length_m: float
) -> None:
    found = locate(section, county)
    assert found.position_class == "P4"
    assert found.geometry is not None
    assert found.geometry.length == pytest.approx(length_m, abs=0.02)


def test_the_second_station_is_south_east_of_its_crossing(county: Gazetteer) -> None:
    node = locate("INT(北环路;正阳街)", county).geometry
    found = locate("QUAD(INT(北环路;正阳街);SE)", county)
    assert isinstance(node, Point)
    assert isinstance(found.shape, LineString)
    x, y = xy(found)
    assert (x - node.x, y - node.y) == pytest.approx((200, -60), abs=0.05)
    assert [round(c) for c in np.subtract(found.shape.bounds, [node.x, node.y] * 2)] == [100, -60, 400, -60]


def test_the_four_ring_streets_close(county: Gazetteer) -> None:
    ring = study_ring(county, ["太行路", "北环路", "东环路", "南环路"])
    assert ring is not None
    assert ring.area == pytest.approx(2900 * 2800, rel=1e-5)
    assert study_ring(county, ["太行路", "登岳街", "东环路", "南环路"]) is None
    assert study_ring(county, ["太行路", "西环路", "东环路", "南环路"]) is None
    assert study_ring(county, ["太行路", "南环路"]) is None


# --- worked on paper ----------------------------------------------------------------------------------------


def test_a_crossing_and_its_disc() -> None:
    found = locate("INT(甲路;乙街)", GRID)
    assert xy(found) == (500, 0)
    assert found.position_class == "P1"
    assert found.shape is not None
    assert found.shape.bounds == pytest.approx((480, -20, 520, 20))


@pytest.mark.parametrize(
    ("direction", "expected"), [("E", (600, 0)), ("W", (400, 0)), ("NE", (600, 0)), ("SW", (400, 0))]
)
def test_an_offset_is_exact(direction: str, expected: tuple[float, float]) -> None:
    found = locate(f"OFFSET(甲路;INT(甲路;乙街);{direction};100)", GRID)
    assert xy(found) == pytest.approx(expected, abs=1e-9)
    assert found.position_class == "P2"
    assert found.shape is not None
    assert found.shape.bounds[2] - found.shape.bounds[0] == pytest.approx(80)


def test_an_offset_follows_a_bend() -> None:
    bent = roads({"甲路": line((0, 0), (60, 0), (60, 500)), "乙街": line((0, -50), (0, 50))})
    assert xy(locate("OFFSET(甲路;INT(甲路;乙街);NE;100)", bent)) == pytest.approx((60, 40))


def test_an_offset_of_sixty_degrees_is_the_last_one_taken() -> None:
    for degrees, placed in ((59.9, True), (60.1, False)):
        angle = math.radians(90 - degrees)
        slanted = roads(
            {
                "甲路": line((0, 0), (1000 * math.sin(angle), 1000 * math.cos(angle))),
                "乙街": line((-50, 0), (50, 0)),
            }
        )
        found = locate("OFFSET(甲路;INT(甲路;乙街);E;100)", slanted)
        assert (found.reason is None) == placed
        assert found.reason in {None, "direction_not_on_road"}


def test_a_section_ends_on_its_crossings() -> None:
    found = locate("SEG(甲路;乙街;丙街)", GRID)
    assert found.geometry is not None
    assert list(found.geometry.coords) == [(500, 0), (1500, 0)]
    back = locate("SEG(甲路;丙街;乙街)", GRID)
    assert back.geometry is not None
    assert list(back.geometry.coords) == [(1500, 0), (500, 0)]


def test_of_several_crossings_a_section_takes_the_longest_stretch() -> None:
    found = locate("SEG(甲路;弯路;丙街)", GRID)
    assert found.geometry is not None
    assert found.geometry.length == pytest.approx(1300)
    assert locate("INT(甲路;弯路)", GRID).reason_values == (("road", "甲路"), ("other", "弯路"), ("count", 2))


def test_a_side_is_a_strip_as_deep_as_its_square() -> None:
    plain = locate("SIDE(甲路;S)", GRID)
    assert plain.position_class == "P4"
    assert plain.shape is not None
    assert plain.shape.bounds == pytest.approx((0, -50, 2000, 0))
    parcel = locate("SIDE(甲路;S)", GRID, area_m2=6800)
    edge = math.sqrt(6800)
    assert parcel.geometry is not None
    assert parcel.shape is not None
    assert parcel.geometry.area == pytest.approx(6800)
    assert parcel.geometry.bounds == pytest.approx((1000 - edge / 2, -edge, 1000 + edge / 2, 0))
    assert parcel.shape.bounds == pytest.approx((0, -edge, 2000, 0))
    north = locate("SIDE(甲路;N)", GRID).shape
    assert north is not None
    assert north.bounds == pytest.approx((0, 0, 2000, 50))
    assert locate("SIDE(甲路;E)", GRID).reason == "direction_not_on_road"


def test_a_house_number_may_be_anywhere_on_its_road() -> None:
    found = locate("ADDR(甲路;19)", GRID)
    assert xy(found) == (1000, 0)
    assert found.shape is not None
    assert found.shape.length == 2000
    assert (found.position_class, found.note) == ("P4", "address_without_numbers")


def test_before_a_known_place_the_road_is_within_250_metres() -> None:
    found = locate("FRONT(甲路;大楼)", GRID)
    assert xy(found) == (700, 0)
    assert found.position_class == "P3"
    assert found.shape is not None
    assert found.shape.bounds == pytest.approx((450, 0, 950, 0))
    unknown = locate("FRONT(甲路;三馆)", GRID)
    assert (unknown.position_class, unknown.note) == ("P4", "poi_without_point")
    assert unknown.shape is not None
    assert unknown.shape.length == 2000


def test_beside_a_village_is_a_disc_of_one_kilometre() -> None:
    for name in ("东村子", "东村子村", "东村子村委会", "东村子村村委会"):
        found = locate(f"NORTH_OF({name})", GRID)
        assert found.position_class == "P5"
        assert xy(found) == pytest.approx((100, 700))
        assert found.shape is not None
        assert found.shape.bounds == pytest.approx((-900, -800, 1100, 1200))
    assert xy(locate("WEST_OF(东村子)", GRID)) == pytest.approx((-400, 200))


def test_in_a_township_is_its_cell() -> None:
    cell = township_cell("甲镇", PAPER_PLACES, margin_m=5000)
    assert cell is not None
    # half-way to the next township is x = 5000, the box ends at -5000 and ±5000, all grown by 2000
    assert cell.bounds == pytest.approx((-7000, -7000, 7000, 7000))
    by_old_name = locate("TOWN(甲乡)", GRID)
    assert by_old_name.position_class == "P6"
    assert by_old_name.shape is not None
    assert by_old_name.shape.covers(Point(6900, 0))
    assert not by_old_name.shape.covers(Point(7100, 0))
    assert township_cell("丙镇", PAPER_PLACES) is None
    assert township_cell("丁镇", PAPER_PLACES) is None
    alone = township_cell("甲镇", places([("township", "甲镇", None, Point(0, 0))]), margin_m=1000)
    assert alone is not None
    assert alone.bounds == pytest.approx((-3000, -3000, 3000, 3000))


def test_a_parcel_is_a_square_of_its_area() -> None:
    found = locate("TOWN(甲镇)", GRID, area_m2=20_200)
    assert found.geometry is not None
    assert found.geometry.area == pytest.approx(20_200)
    assert found.geometry.centroid.distance(Point(0, 0)) < 1e-6
    assert square(Point(3, 4), 100).bounds == (-2, -1, 8, 9)
    assert square(Point(3, 4), 100, 30).area == pytest.approx(100)
    with pytest.raises(ValueError, match="area"):
        square(Point(3, 4), 0)


# --- what cannot be placed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "expression"), REASONS.items())
def test_what_cannot_be_placed_has_a_reason_in_both_languages(reason: str, expression: str) -> None:
    known = roads({}) if reason == "no_network" else GRID
    found = locate(expression, known)
    assert (found.geometry, found.shape, found.position_class, found.reason) == (None, None, None, reason)
    for language in ("zh", "en"):
        text = words(language)[f"location.{reason}"].format(**dict(found.reason_values))
        assert "{" not in text


def test_cautions_have_words_in_both_languages() -> None:
    for expression in ("ADDR(甲路;19)", "FRONT(甲路;三馆)"):
        found = locate(expression, GRID)
        for language in ("zh", "en"):
            assert "甲路" in words(language)[f"location.{found.note}"].format(**dict(found.reason_values))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INT",
        "INT(",
        "INT()",
        "INT(甲路)",
        "INT(甲路;乙街",
        "INT(甲路;乙街))",
        "INT(甲路;乙街;丙街)",
        "INT((甲路;乙街)",
        "INT(甲路;;乙街)",
        "NEAR(甲路)",
        "OFFSET(甲路;乙街;E;100)",
        "OFFSET(甲路;SEG(甲路;乙街;丙街);E;100)",
        "OFFSET(甲路;INT(甲路;乙街);上;100)",
        "OFFSET(甲路;INT(甲路;乙街);E;-100)",
        "OFFSET(甲路;INT(甲路;乙街);E;1e3)",
        "OFFSET(甲路;INT(甲路;乙街);E;nan)",
        "QUAD(INT(甲路;乙街);S)",
        "TOWN(INT(甲路;乙街))",
        "TOWN(" * 40 + "甲" + ")" * 40,
        "TOWN(" + "甲" * 300 + ")",
    ],
)
def test_what_is_not_an_expression_is_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
    found = locate(text, GRID)
    assert (found.geometry, found.reason) == (None, "not_understood")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="INTSEGOFQUAD甲路乙街;()？?（）；;E 1", max_size=60))
def test_no_words_break_the_locator(text: str) -> None:
    found = locate(text, GRID)
    assert (found.geometry is None) == (found.reason is not None)


def test_full_width_signs_and_spaces_are_read() -> None:
    assert locate("int（ 甲路 ；乙街 ）", GRID).geometry == Point(500, 0)
    assert locate("SEG(甲路;？;？)", GRID).reason == "section_without_ends"


# --- the same words on other streets ------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0.0, 17.0, -26.0])
def test_words_move_with_the_streets(county: Gazetteer, turn: float) -> None:
    def moved(shape: BaseGeometry) -> BaseGeometry:
        return translate(rotate(shape, turn, origin=(0, 0)), 12_345, -678)

    streets = {name: moved(shape) for name, shape in county.streets.items()}
    other = Gazetteer(streets, county.aliases, county.places, CRS)
    for expression in (
        "INT(南环路;登岳街)",
        "OFFSET(南环路;INT(南环路;太行路);E;100)",
        "SEG(恒山路;西街;东环路)",
        "QUAD(INT(北环路;正阳街);SE)",
        "ADDR(南环路;19)",
    ):
        here, there = locate(expression, county), locate(expression, other)
        assert here.geometry is not None
        assert there.geometry is not None
        assert moved(here.geometry).hausdorff_distance(there.geometry) < 0.001
        assert there.position_class == here.position_class


def test_split_edges_and_small_gaps_are_one_road() -> None:
    pieces = [((0, 0), (300, 0)), ((900, 0), (355, 0)), ((900, 0), (2000, 0))]
    split = roads({**PAPER, "甲路": MultiLineString([line(*piece) for piece in pieces])})
    assert locate("SEG(甲路;乙街;丙街)", split).geometry.equals(locate("SEG(甲路;乙街;丙街)", GRID).geometry)  # type: ignore[union-attr]
    road = split.road("甲路")
    assert road is not None
    assert len(road.geoms) == 1
    assert road.length == pytest.approx(2000)
    wide = merged_road(MultiLineString([line((0, 0), (300, 0)), line((361, 0), (900, 0))]))
    assert len(wide.geoms) == 2


DUAL = {
    "a lone pair": [line((0, 10), (2000, 10)), line((2000, -10), (0, -10))],
    "joined at its ends": [
        line((0, 10), (2000, 10), (2010, 0), (2000, -10), (0, -10), (-10, 0), (0, 10)),
    ],
    "with links": [
        line((0, 10), (700, 10), (2000, 10)),
        line((2000, -10), (700, -10), (0, -10)),
        line((700, 10), (700, -10)),
        line((1300, 10), (1300, -10)),
    ],
    "opening out of one line": [
        line((0, 0), (100, 0)),
        line((100, 0), (130, 10), (1900, 10), (2000, 0)),
        line((2000, 0), (1900, -10), (130, -10), (100, 0)),
    ],
}


@pytest.mark.parametrize("kind", DUAL)
def test_two_carriageways_are_one_road(kind: str) -> None:
    dual = roads({**PAPER, "甲路": MultiLineString(DUAL[kind])})
    road = dual.road("甲路")
    assert road is not None
    assert len(road.geoms) == 1
    assert road.length == pytest.approx(2000, abs=25)
    assert xy(locate("INT(甲路;乙街)", dual)) == pytest.approx((500, 0), abs=1e-6)
    assert xy(locate("OFFSET(甲路;INT(甲路;乙街);E;100)", dual)) == pytest.approx((600, 0), abs=1e-6)
    section = locate("SEG(甲路;乙街;丙街)", dual).geometry
    assert section is not None
    assert section.length == pytest.approx(1000, abs=0.01)


def test_two_dual_carriageways_cross_once() -> None:
    across = MultiLineString([line((480, -500), (480, 900)), line((520, 900), (520, -500))])
    dual = roads({"甲路": MultiLineString(DUAL["with links"]), "乙街": across})
    assert xy(locate("INT(甲路;乙街)", dual)) == pytest.approx((500, 0), abs=1e-6)


def test_a_roundabout_of_the_same_name_is_part_of_the_road() -> None:
    ring = Point(1000, 0).buffer(20).exterior
    with_ring = roads(
        {"甲路": MultiLineString([line((0, 0), (980, 0)), line((1020, 0), (2000, 0)), LineString(ring)])}
    )
    road = with_ring.road("甲路")
    assert road is not None
    assert len(road.geoms) == 1
    assert road.length == pytest.approx(2000, abs=30)


def test_roads_meet_within_fifty_metres_and_not_beyond() -> None:
    for gap, reason in ((0.0, None), (49.0, None), (51.0, "roads_do_not_meet")):
        near = roads({"甲路": PAPER["甲路"], "乙街": line((500, gap), (500, 900))})
        found = locate("INT(甲路;乙街)", near)
        assert found.reason == reason
        if reason is None:
            assert xy(found) == pytest.approx((500, gap / 2))
    alongside = roads({"甲路": PAPER["甲路"], "辅路": line((0, 45), (2000, 45))})
    assert locate("INT(甲路;辅路)", alongside).reason == "roads_do_not_meet"


def test_crossings_forty_metres_apart_are_one() -> None:
    street = merged_road(PAPER["甲路"])
    for apart, count in ((39.0, 1), (41.0, 2)):
        zigzag = MultiLineString(
            [line((500, -200), (500, 200)), line((500 + apart, 200), (500 + apart, -200))]
        )
        assert len(crossings(street, zigzag)) == count


def test_aliases_families_and_spellings() -> None:
    streets = {
        "恒山西路": line((0, 0), (500, 0)),
        "恒山中路": line((500, 0), (1500, 0)),
        "西大街": line((100, -50), (100, 50)),
        "东环路;G107": line((1400, -50), (1400, 50)),
        "曲阳县幸福路": line((900, -50), (900, 50)),
    }
    aliases = {"恒山路": ("恒山西路", "恒山中路", "恒山东路"), "西街": ("西大街",)}
    known = roads(streets, PAPER_PLACES, aliases)
    found = locate("SEG(恒山路;西街;东环路)", known)
    assert found.geometry is not None
    assert found.geometry.length == pytest.approx(1300)
    for spelling in ("幸福路", "曲阳县幸福路", "曲阳幸福路", "县城幸福路"):
        assert xy(locate(f"INT(恒山中路;{spelling})", known)) == (900, 0)
    # a part that is not drawn is not taken from its sisters, but from a street that carries the whole name
    assert locate("INT(恒山东路;东环路)", known).reason == "road_missing"
    whole = roads({**streets, "恒山路": line((1500, 0), (2500, 0))}, PAPER_PLACES, aliases)
    other = locate("ADDR(恒山东路;1)", whole)
    assert other.shape is not None
    assert other.shape.bounds == pytest.approx((1500, 0, 2500, 0))


def test_a_county_name_that_is_a_street_name_stays_whole() -> None:
    known = roads({"曲阳路": line((0, 0), (10, 0)), "路": line((0, 9), (10, 9))}, PAPER_PLACES)
    road = known.road("曲阳路")
    assert road is not None
    assert road.bounds[1] == 0
    assert roads({"路": line((0, 9), (10, 9))}, PAPER_PLACES).road("曲阳路") is None


def test_a_network_gives_its_street_names() -> None:
    frame = gpd.GeoDataFrame({"name": list(PAPER)}, geometry=list(PAPER.values()), crs=CRS)
    network = network_from_lines(frame, crs=CRS, source=RoadSource("paper"))
    known = gazetteer(network, PAPER_PLACES, {"甲路": ["甲大街"]})
    assert set(known.streets) == set(PAPER)
    assert xy(locate("INT(甲路;乙街)", known)) == pytest.approx((500, 0))
    assert known.aliases["甲路"] == ("甲大街",)
    without = gazetteer(None, PAPER_PLACES, {})
    assert locate("INT(甲路;乙街)", without).reason == "no_network"
    assert locate("TOWN(甲镇)", without).position_class == "P6"
    with pytest.raises(ValueError, match="places are in"):
        gazetteer(network, PAPER_PLACES.set_crs("EPSG:4548", allow_override=True), {})


# --- hydrants along a section -------------------------------------------------------------------------------


def test_hydrants_are_spread_over_their_section() -> None:
    section = line((0, 0), (600, 0))
    even = [point.x for point in spread(section, 4)]
    assert even == pytest.approx([75, 225, 375, 525])
    assert [point.x for point in spread(section, 3, "from_start")] == pytest.approx([0, 120, 240])
    assert [point.x for point in spread(section, 3, "from_end")] == pytest.approx([360, 480, 600])
    assert [point.x for point in spread(section, 3, "from_end", 50)] == pytest.approx([500, 550, 600])
    crowded = [point.x for point in spread(section, 11, "from_start")]
    assert crowded == pytest.approx(list(range(0, 601, 60)))
    assert [point.x for point in spread(section, 1, "from_start")] == [0]
    assert len(spread(section, 0)) == 0
    split = MultiLineString([line((0, 0), (100, 0)), line((200, 0), (300, 0))])
    assert [point.x for point in spread(split, 2)] == pytest.approx([50, 250])
    with pytest.raises(ValueError, match="laid out"):
        spread(section, -1)


# --- purity -------------------------------------------------------------------------------------------------


def test_nothing_given_is_changed_and_answers_repeat(county: Gazetteer) -> None:
    fresh = county_gazetteer()
    before = {name: shape.wkb for name, shape in fresh.streets.items()}
    table_before = fresh.places.copy(deep=True)
    for expression in ("SEG(恒山路;西街;东环路)", "ADDR(南环路;19)", "TOWN(灵山镇)", "SIDE(恒山西路;S)"):
        first, again, elsewhere = (locate(expression, known) for known in (fresh, fresh, county))
        for other in (again, elsewhere):
            assert shapely.equals_identical(first.geometry, other.geometry)
            assert shapely.equals_identical(first.shape, other.shape)
    assert {name: shape.wkb for name, shape in fresh.streets.items()} == before
    assert table_before.equals(fresh.places)
