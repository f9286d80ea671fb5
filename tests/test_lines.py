"""A county's own centre-lines: where they meet, what is joined, under which names they are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString

from geo.__main__ import main
from geo.building import Choices, build
from geo.line_fields import LineFields, class_map
from geo.near_misses import near_misses
from geo.network import CLASSES, Network, RoadSource
from geo.noding import CROSSINGS, ENDS
from geo.problems import InputError
from geo.roads import LineExtract, extract_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CRS = "EPSG:4547"
Lines = list[list[tuple[float, float]]]
CORNER = np.asarray([400_000.0, 4_270_000.0])
ACROSS: list[tuple[float, float]] = [(-100, 0), (100, 0)]
UP: list[tuple[float, float]] = [(0, -100), (0, 100)]


def read(
    lines: Sequence[Sequence[tuple[float, float]]],
    noding: str = ENDS,
    join_m: float = 0.0,
    **columns: list[Any],
) -> LineExtract:
    """Lines in metres from a corner in the middle of the county."""
    shapes = [LineString(np.asarray(line) + CORNER) for line in lines]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    return extract_lines(frame, crs=CRS, source=RoadSource("paper"), noding=noding, join_m=join_m)


def parts(network: Network) -> int:
    return len(np.unique(network.strong_part))


def test_a_crossing_without_a_vertex_is_joined_only_when_asked() -> None:
    apart, joined = read([ACROSS, UP]), read([ACROSS, UP], CROSSINGS)
    assert (apart.network.n_streets, parts(apart.network)) == (2, 2)
    assert (joined.network.n_streets, parts(joined.network)) == (4, 1)
    for each, is_joined in ((apart, False), (joined, True)):
        (crossing,) = each.report.crossings
        assert (crossing.line, crossing.other, each.report.crossings_joined) == (1, 2, is_joined)
        x, y = gpd.GeoSeries.from_xy([crossing.lon], [crossing.lat], crs=4326).to_crs(CRS)[0].coords[0]
        np.testing.assert_allclose((x, y), CORNER, atol=0.02)
    assert (apart.report.junctions, joined.report.junctions) == (0, 1)
    assert apart.network.source.notes == ("noding=ends",)


def test_a_shared_vertex_a_shared_end_and_a_side_street_are_junctions() -> None:
    vertex = read([[(-100, 0), (0, 0), (100, 0)], [(0, -100), (0, 0), (0, 100)]])
    ends = read([[(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(0, 0), (0, 100)]])
    side = read([ACROSS, [(0, 0), (0, 100)]])
    for each, streets in ((vertex, 4), (ends, 3), (side, 3)):
        assert (each.network.n_streets, parts(each.network), each.report.junctions) == (streets, 1, 1)
        assert each.report.crossings == ()


def test_a_shared_vertex_on_two_levels_is_none() -> None:
    lines: Lines = [[(-100, 0), (0, 0), (100, 0)], [(0, -100), (0, 0), (0, 100)]]
    over = read(lines, layer=[1, 0])
    assert (over.network.n_streets, over.report.crossings, over.report.crossings_on_levels) == (2, (), 1)
    assert read(lines, bridge=["T", "F"]).network.n_streets == 2
    assert read(lines, CROSSINGS, layer=[1, 0]).network.n_streets == 2


def test_a_line_that_comes_back_to_its_own_vertex_meets_itself_there() -> None:
    loop = read([[(0, 0), (50, 0), (100, 0), (100, 50), (50, 0)]])
    assert (loop.network.n_streets, loop.network.n_nodes) == (2, 2)
    assert loop.network.length_m.sum() == pytest.approx(200 + np.hypot(50, 50) - 50)


def test_an_end_that_misses_a_street_is_joined_and_listed() -> None:
    lines: Lines = [ACROSS, [(0, 0.4), (0, 100)], [(50, 0.6), (50, 100)]]
    found = read(lines, join_m=0.5)
    (join,) = found.report.joined
    assert (join.distance_m, join.at, join.line, join.other) == (0.4, "side", 2, 1)
    assert found.network.length_m.sum() == pytest.approx(200 + 100 + 99.4)
    assert found.report.junctions == 1
    assert [each.distance_m for each in found.report.near_misses] == [0.6]
    assert read(lines).report.joined == ()
    assert len(read(lines).report.near_misses) == 2
    assert read(lines, join_m=1).report.near_misses == ()


def test_four_ends_that_miss_each_other_become_one_crossing() -> None:
    lines: Lines = [
        [(-100, 0), (-0.2, 0)],
        [(0.2, 0), (100, 0)],
        [(0, 0.2), (0, 100)],
        [(0, -100), (0, -0.2)],
    ]
    found = read(lines, join_m=0.5)
    assert (found.network.n_nodes, found.report.junctions, len(found.report.joined)) == (5, 1, 3)
    assert parts(found.network) == 1


def test_two_lines_that_meet_beside_two_others_are_joined_to_them() -> None:
    lines: Lines = [[(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(0.3, 0.1), (0, 100)], [(0.3, 0.1), (0, -100)]]
    assert parts(read(lines).network) == 2
    found = read(lines, join_m=0.5)
    assert (parts(found.network), found.report.junctions, len(found.report.joined)) == (1, 1, 1)


def test_a_line_drawn_a_little_too_far_is_joined_where_it_was_meant() -> None:
    over: Lines = [ACROSS, [(0, -0.3), (0, 100)]]
    assert parts(read(over).network) == 2
    found = read(over, join_m=0.5)
    assert (parts(found.network), found.network.length_m.sum()) == (1, pytest.approx(300))
    crossed = read(over, CROSSINGS, join_m=0.5)  # joined already, with a stub of 0.3 m
    assert (crossed.report.joined, crossed.report.near_misses) == ((), ())


def test_a_joint_of_a_viaduct_beside_a_street_is_not_joined_to_it() -> None:
    # Two spans meet 0.3 m beside the axis of the street below; no column says that they are a bridge.
    spans: Lines = [[(0.2, -100), (0.2, 0.3)], [(0.2, 0.3), (0.2, 100)]]
    found = read([ACROSS, *spans], join_m=0.5)
    assert (parts(found.network), found.report.joined, len(found.report.crossings)) == (2, (), 1)
    known = read([[(-100, 0), (0, 0)], [(0, 0), (100, 0)], *spans], join_m=0.5, bridge=["", "", "yes", "yes"])
    assert (parts(known.network), known.report.joined) == (2, ())


def test_a_short_link_between_two_streets_is_not_swallowed() -> None:
    lines: Lines = [[(-90, -9), (0, 0), (90, -9)], [(-90, 9), (0, 0.4), (90, 9)], [(0, 0), (0, 0.4)]]
    found = read(lines, join_m=0.5)
    assert (found.network.n_streets, parts(found.network), found.report.joined) == (5, 1, ())


@pytest.mark.slow
def test_joining_never_takes_a_street_away() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        ends = np.round(rng.uniform(0, 30, (25, 2, 2)))
        lines = [
            (line + rng.normal(0, 0.2, (2, 2))).tolist() for line in ends if np.ptp(line, axis=0).max() > 2
        ]
        plain, joined = read(lines), read(lines, join_m=1.0)
        assert joined.report.lines == plain.report.lines == len(lines)
        assert joined.network.length_m.sum() == pytest.approx(
            plain.network.length_m.sum(), abs=2 * len(lines)
        )
        assert len(np.unique(joined.network.strong_part)) <= len(np.unique(plain.network.strong_part))
        assert all(0 < join.distance_m <= 1.0 for join in joined.report.joined)


def test_a_dead_end_with_a_short_way_round_misses_nothing() -> None:
    # A spur leaves the street at a sharp angle and ends 3 m from it; another ends 3 m from a street far away.
    near = read([[(0, 0), (100, 0)], [(0, 0), (20, 3)]])
    far = read([[(0, 0), (300, 0)], [(0, 0), (0, 60), (200, 60), (200, 3)]])
    assert near_misses(near.network) == []
    (miss,) = near_misses(far.network)
    assert (round(miss.distance_m, 6), round(miss.chainage_m, 6)) == (3, 200)


def test_two_dead_ends_that_face_each_other_are_one_miss() -> None:
    assert len(near_misses(read([[(-100, 0), (0, 0)], [(2, 0), (100, 0)]]).network)) == 1
    below = read([[(-100, 0), (100, 0)], [(0, 3), (0, 90)]], bridge=["yes", ""])
    assert near_misses(below.network) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["B", "F", "T"], [0, 1, -1]),
        ([0, 1, -1], [0, 1, -1]),
        (["no", "yes", "-1"], [0, 1, -1]),
        (["B", "FT", "TF"], [0, 1, -1]),
        (["双向", "单行", "反向"], [0, 1, -1]),
        ([None, 1.0, "reverse"], [0, 1, -1]),
    ],
)
def test_every_way_of_writing_a_direction(values: list[Any], expected: list[int]) -> None:
    found = read([[(0, y), (100, y)] for y in (0, 50, 100)], oneway=values)
    assert found.network.oneway.tolist() == expected
    assert found.report.oneway_missing == values.count(None)


def test_a_class_map_is_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "classes.toml"
    path.write_text('[classes]\n"国道" = "trunk"\n1 = "primary"\n"*" = "tertiary"\n', encoding="utf-8")
    expected = (("国道", "trunk"), ("1", "primary"), ("*", "tertiary"))
    assert class_map(str(path)) == class_map("国道=trunk, 1=primary,*=tertiary") == expected
    assert class_map("=residential") == (("", "residential"),)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("1=primary,2=strasse,3=weg", ["class_map_value", "class_map_value"]),
        ("1=primary,1.0", ["not_a_pair"]),
        ("A=primary,a=tertiary", ["class_map_twice"]),
        ("nowhere.toml", ["build_no_file"]),
    ],
)
def test_a_class_map_that_is_none_is_refused(text: str, codes: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        class_map(text)
    assert [each.code for each in caught.value.problems] == codes
    assert all(each.text("zh") and each.text("en") for each in caught.value.problems)


ROWS = """wkt,路名,等级,单行,桥,层,编号,通车
"LINESTRING (114.690 38.60, 114.700 38.60)",人民路,1,1,否,0,101,
"LINESTRING (114.695 38.59, 114.695 38.60)",,2.0,-1,否,0,102,2027
"LINESTRING (114.690 38.595, 114.700 38.595)",高架,9,0,是,1,103,
"LINESTRING (114.690 38.59, 114.695 38.59)",小路,,,否,0,104,
"LINESTRING (114.690 38.58, 114.695 38.58)",步道,x,,否,0,105,
"""
NAMES = LineFields(
    "路名",
    "等级",
    "单行",
    "桥",
    "",
    "层",
    "编号",
    "通车",
    class_map("1=primary,2=secondary,x=steps,*=residential"),
)


def test_a_file_is_read_under_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "roads.csv"
    path.write_text(ROWS, encoding="gb18030")
    built = build(path, tmp_path / "county", Choices(crs=CRS, fields=NAMES))
    network = built.update.network
    assert network.street_ids() == ["101-1", "101-2", "102-1", "103-1", "104-1"]
    assert [CLASSES[i] for i in network.klass] == ["primary"] * 2 + ["secondary"] + ["residential"] * 2
    assert network.class_guessed.tolist() == [False, False, False, True, True]
    assert network.oneway.tolist() == [1, 1, -1, 0, 0]
    assert network.owns_ground.tolist() == [True, True, True, False, True]
    assert network.opens.tolist() == [0, 0, 2027, 0, 0]
    assert network.street_names() == ["人民路", "人民路", "", "高架", "小路"]
    assert built.lines is not None
    assert built.lines.left_out == (("not_drivable", (5,)),)
    assert dict(built.lines.classes_unknown) == {"9": 1, "": 1}
    assert (built.lines.oneway_missing, built.lines.crossings_on_levels) == (2, 1)


def test_columns_that_are_not_there_and_ids_that_are_none_are_said(tmp_path: Path) -> None:
    path = tmp_path / "roads.csv"
    path.write_text(ROWS, encoding="utf-8")
    for fields, codes in (
        (LineFields(name="name", oneway="dir"), ["column_not_there"] * 2),
        (LineFields(class_map=(("1", "primary"),)), ["class_map_no_column"]),
        (LineFields(way_id="路名"), ["roads_id_not_whole"] * 5),
    ):
        with pytest.raises(InputError) as caught:
            build(path, tmp_path / "county", Choices(crs=CRS, fields=fields))
        assert [each.code for each in caught.value.problems] == codes
        assert all(each.text("zh") and each.text("en") for each in caught.value.problems)
    with pytest.raises(InputError, match="between 0 and"):
        build(path, tmp_path / "county", Choices(crs=CRS, join_m=500))
    assert not (tmp_path / "county").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_reads_and_reports_centre_lines(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "roads.csv"
    path.write_text(ROWS, encoding="utf-8")
    command = [
        "build", str(path), "--out", str(tmp_path / "county"), "--crs", CRS, "--name-column", "路名",
        "--class-column", "等级", "--class-map", "1=primary,2=secondary,x=steps", "--oneway-column", "单行",
        "--level-column", "层", "--id-column", "编号", "--node", "crossings", "--join-m", "0", "--lang", language,
    ]  # fmt: skip
    assert main(command) == 0
    said = capsys.readouterr()
    assert "9 1" in said.out
    assert main([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["lines"]["rows"] == 5
    assert answer["lines"]["left_out"] == [["not_drivable", [5]]]
    assert answer["lines"]["crossings_joined"] is True
    assert answer["notes"] == ["not_drivable=1"]


def test_crossings_and_misses_are_said_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shapes = [ACROSS, UP, [(50, 3), (50, 90)], [(-50, 0.2), (-50, 90)]]
    frame = gpd.GeoDataFrame(geometry=[LineString(np.asarray(line) + CORNER) for line in shapes], crs=CRS)
    frame.to_crs(4326).to_file(tmp_path / "roads.geojson")
    command = ["build", str(tmp_path / "roads.geojson"), "--out", str(tmp_path / "county"), "--crs", CRS]
    assert main([*command, "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert "1 crossings drawn without a shared vertex were not joined" in said.out
    assert "1 ends that missed by up to 0.5 m were joined" in said.out
    assert "3-1 and 1-" in said.out
    assert "3.00 m" in said.out
    assert "use --node crossings" in said.err
    assert main([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    told = [each["code"] for each in answer["problems"]]
    assert told == ["directions_unstated", "classes_unstated", "crossings_open", "near_misses"]
    assert [len(answer["lines"][key]) for key in ("crossings", "joined", "near_misses")] == [1, 1, 1]


def cambridge(folder: Path) -> gpd.GeoDataFrame:
    path = folder / "cambridge" / "TRANS_Centerlines.geojson"
    lines = gpd.read_file(path).to_crs("EPSG:32619")
    return lines.rename(columns={"Street": "name", "Direction": "oneway"})


def ends_of_rows(lines: gpd.GeoDataFrame, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The node at which each row begins and ends, found by place."""
    tree = shapely.STRtree(np.asarray(shapely.points(network.nodes), dtype=object))
    merged = shapely.line_merge(lines.geometry.to_numpy())
    return (
        tree.nearest(shapely.get_point(merged, 0)),
        tree.nearest(shapely.get_point(merged, -1)),
    )


@pytest.mark.slow
def test_cambridge_meets_where_its_own_node_numbers_say(real_data: Path) -> None:
    lines = cambridge(real_data)
    whole = lines[lines.geom_type == "LineString"].reset_index(drop=True)
    extract = extract_lines(whole, crs="EPSG:32619", source=RoadSource("c"), noding=ENDS, join_m=0.5)
    begin, end = ends_of_rows(whole, extract.network)
    numbers = whole[["FromNode", "ToNode"]].fillna(-1).astype(int).to_numpy()
    begin, end = turned_to_numbers(numbers, begin, end)
    ends = pd.DataFrame({"number": numbers.T.reshape(-1), "node": np.concatenate([begin, end])})
    ends["which"] = np.arange(len(ends))
    by_number = ends.groupby("number")["which"].agg(frozenset)
    ours = set(ends.groupby("node")["which"].agg(frozenset))
    differ = [number for number, group in by_number.items() if group not in ours and number != -1]
    agree = len(by_number) - 1 - len(differ)
    assert (len(by_number) - 1, agree) == (1872, 1808)
    # Every other number is at fault itself: it stands at two places, or two numbers stand at one place. The one
    # exception is a side street that starts 5 cm off the numbered node, on the street itself.
    places = ends.groupby("number")["node"].nunique()
    sharing = set(ends[ends.groupby("node")["number"].transform("nunique") > 1]["number"])
    xy = extract.network.nodes[ends["node"]]
    spread = pd.DataFrame(xy, index=ends["number"]).groupby(level=0).agg(np.ptp).max(axis=1)
    astray = set(places[(places > 1) & (spread > 5)].index)
    assert set(differ) - sharing - astray == {599}


def turned_to_numbers(
    numbers: np.ndarray, begin: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of rows in the order of their numbers; some rows are drawn against them."""
    for _ in range(3):
        place = (
            pd.DataFrame({"number": numbers.T.reshape(-1), "node": np.concatenate([begin, end])})
            .value_counts()
            .reset_index()
            .drop_duplicates("number")
            .set_index("number")["node"]
        )
        first, last = (place[numbers[:, side]].to_numpy() for side in (0, 1))
        as_drawn = (first == begin).astype(int) + (last == end)
        against = (first == end).astype(int) + (last == begin)
        turn = against > as_drawn
        begin, end = np.where(turn, end, begin), np.where(turn, begin, end)
    return begin, end


@pytest.mark.slow
def test_cambridge_keeps_its_bridges_apart_unless_every_crossing_is_joined(real_data: Path) -> None:
    lines = cambridge(real_data)
    source = RoadSource("c")
    ends = extract_lines(lines, crs="EPSG:32619", source=source, noding=ENDS, join_m=0.5)
    crossings = extract_lines(lines, crs="EPSG:32619", source=source, noding=CROSSINGS)
    # The Gilmore Bridge over Education Circle, and the levels of Memorial Drive at two bridges over the Charles.
    names = [{lines["name"][each.line - 1], lines["name"][each.other - 1]} for each in ends.report.crossings]
    assert names == [
        {"Charlestown Ave", "Education Cir"}, {"Memorial Dr"}, {"Memorial Dr", "Brookline St"},
        {"Memorial Dr", "Brookline St"},
    ]  # fmt: skip
    assert ends.report.crossings == crossings.report.crossings
    assert crossings.network.n_nodes == ends.network.n_nodes + 4
    assert (ends.report.joined, ends.report.oneway_missing) == ((), 51)
    assert (ends.network.n_nodes, np.bincount(ends.network.strong_part).max()) == (1874, 1854)
    assert ends.report.left_out == (("drawn_twice", (2480,)),)


@pytest.mark.slow
def test_cambridge_as_a_county_with_its_classes_mapped(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "classes.toml").write_text('1 = "primary"\n2 = "secondary"\n"" = "residential"\n', "utf-8")
    command = [
        "build", str(real_data / "cambridge" / "TRANS_Centerlines.geojson"), "--out", str(tmp_path / "county"),
        "--name-column", "Street", "--class-column", "MajorRoad", "--class-map", str(tmp_path / "classes.toml"),
        "--oneway-column", "Direction", "--json",
    ]  # fmt: skip
    assert main(command) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["lines"]["classes_unknown"] == [["0", 3]]
    network = Network.load(tmp_path / "county" / "roads" / "network.npz")
    counted = dict(zip(*np.unique(network.klass, return_counts=True), strict=True))
    assert {CLASSES[i]: int(n) for i, n in counted.items()} == {
        "primary": 286, "secondary": 634, "unclassified": 3, "residential": 1726,
    }  # fmt: skip
    assert (answer["crs"], answer["streets"]) == ("EPSG:32619", 2649)


@pytest.mark.slow
def test_centre_lines_of_a_chinese_city_meet_at_their_vertices(real_data: Path) -> None:
    path = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    lines = gpd.read_file(path, layer="roads_1").rename(columns={"fclass": "class"})
    source = RoadSource("b")
    ends = extract_lines(lines, crs="EPSG:32650", source=source, noding=ENDS)
    every = extract_lines(lines, crs="EPSG:32650", source=source, noding=CROSSINGS)
    blind = extract_lines(
        lines.drop(columns=["bridge", "tunnel", "layer"]), crs="EPSG:32650", source=source, noding=CROSSINGS
    )
    careful = extract_lines(
        lines.drop(columns=["bridge", "tunnel", "layer"]), crs="EPSG:32650", source=source, noding=ENDS
    )
    assert (len(ends.report.crossings), ends.report.crossings_on_levels) == (27, 267)
    assert ends.network.length_m.sum() == pytest.approx(every.network.length_m.sum(), rel=1e-9)
    assert ends.network.part_share.max() == pytest.approx(0.90, abs=0.01)
    # Without a word about bridges, joining every crossing makes hundreds of junctions that are none.
    assert blind.network.n_nodes - every.network.n_nodes > 250
    # Joining at ends and vertices needs no such word, but where lines of two levels share one.
    assert careful.network.n_nodes - ends.network.n_nodes == 15
