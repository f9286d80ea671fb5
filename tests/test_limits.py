"""What streets can take, read from words, tags and columns; ways that run over each other."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.__main__ import main
from geo.drawn_twice import drawn_once
from geo.limits import LIMITS, metres, tagged_limits, tonnes
from geo.line_fields import LineFields, named_lines
from geo.network import Network, RoadSource
from geo.osm import network_from_osm
from geo.osm_graph import network_from_osmnx
from geo.problems import InputError
from geo.roads import network_from_lines
from geo.tables import read_rows
from tests.test_osm import ROW, osm_text, tag_text, town, way
from tests.towns import CRS

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS = [
    ("3.5", 3.5), ("3.5 m", 3.5), ("3.5m", 3.5), ("350 cm", 3.5), ("3,5", 3.5), ("3.5米", 3.5), (" 4 ", 4.0),
    ("12'6\"", 3.81), ("12' 6\"", 3.81), ("12'", 3.6576), ("12 ft", 3.6576), ("12 ft 6 in", 3.81),
    ("3.5;4", 3.5), ("4;default", 4.0), (4, 4.0), (3.25, 3.25),
]  # fmt: skip
WEIGHTS = [
    ("7.5", 7.5), ("7.5 t", 7.5), ("7,5 t", 7.5), ("7500 kg", 7.5), ("7,500 kg", 7.5), ("16000 lbs", 7.257),
    ("8 st", 7.257), ("7.5吨", 7.5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WIDTHS)
def test_metres_are_read_with_their_units(text: object, expected: float) -> None:
    assert metres(text) == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), WEIGHTS)
def test_tonnes_are_read_with_their_units(text: object, expected: float) -> None:
    assert tonnes(text) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    "text", ["", None, "default", "none", "below_default", "no_sign", "unsigned", "0", "不限"]
)
def test_what_states_no_number_is_no_limit(text: object) -> None:
    for read in (metres, tonnes):
        value = read(text)
        assert value is not None
        assert math.isnan(value)


@pytest.mark.parametrize("text", ["wide", "3-4", "-2", "3.5 t", "about 3", "3.5.1", "12'6", "窄"])
def test_what_cannot_be_read_is_said(text: str) -> None:
    assert metres(text) is None or text == "12'6"
    assert tonnes(text.replace(" t", " m")) is None


def test_the_least_of_what_the_tags_state_counts() -> None:
    assert tagged_limits({"width": "6", "maxwidth": "2.3"})[0][0] == 2.3
    assert tagged_limits({"est_width": "5"})[0][0] == 5
    assert tagged_limits({"est_width": "5", "width": "6"})[0][0] == 6
    assert tagged_limits({"maxheight": "default", "maxheight:physical": "3.9"})[0][1] == 3.9
    assert tagged_limits({"maxweight": "much", "width": "?"})[1] == 2


def test_ways_and_height_bars_limit_their_streets(tmp_path: Path) -> None:
    bar = tag_text({"barrier": "height_restrictor", "maxheight": "2.2"})
    post = tag_text({"barrier": "bollard", "width": "0.1"})
    barriers = f'<node id="9" version="1" lat="38" lon="114.0025">{bar}</node>'
    barriers += f'<node id="10" version="1" lat="38" lon="114.0045">{post}</node>'
    path = tmp_path / "town.osm"
    text = osm_text(
        ROW,
        way(11, [1, 2], highway="residential", width="6 m"),
        way(12, [2, 9, 3], highway="residential", width="3.5", maxweight="7.5 t"),
        way(13, [3, 4], highway="residential", maxheight="12'6&quot;"),
        way(14, [4, 10, 5], highway="residential", maxheight="below_default", width="broad"),
    )
    path.write_text(
        text.replace("</osm>", "").replace("<way", barriers + "<way", 1) + "</osm>", encoding="utf-8"
    )
    extract = network_from_osm(path)
    network, report = extract.network, extract.report
    np.testing.assert_allclose(network.width_m, [6, 3.5, np.nan, np.nan])
    np.testing.assert_allclose(network.max_height_m, [np.nan, 2.2, 3.81, np.nan])
    np.testing.assert_allclose(network.max_weight_t, [np.nan, 7.5, np.nan, np.nan])
    assert (report.limits_unread, report.bollards) == (1, 1)


def test_streets_run_on_only_where_limits_are_equal(tmp_path: Path) -> None:
    alike = {"highway": "residential", "width": "3.5", "maxheight": "3"}
    same = town(tmp_path, ROW, way(1, [1, 2], **alike), way(2, [2, 3], **alike | {"width": "350 cm"}))
    other = town(tmp_path, ROW, way(1, [1, 2], **alike), way(2, [2, 3], **alike | {"width": "6"}))
    unknown = town(
        tmp_path, ROW, way(1, [1, 2], **alike), way(2, [2, 3], highway="residential", maxheight="3")
    )
    plain = town(tmp_path, ROW, way(1, [1, 2], highway="residential"), way(2, [2, 3], highway="residential"))
    assert [each.n_streets for each in (same, other, unknown, plain)] == [1, 2, 2, 1]


def lines_of(**columns: list[object]) -> gpd.GeoDataFrame:
    shapes = [
        shapely.LineString([(500_000 + 100 * i, 4_000_000), (500_100 + 100 * i, 4_000_000)]) for i in range(3)
    ]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def test_columns_of_centre_lines_state_limits() -> None:
    lines = lines_of(
        width_m=[3, "", "12'6\""], max_height_m=["3.2 m", None, 0], max_weight_t=["不限", "8吨", None]
    )
    network = network_from_lines(lines, crs=CRS, source=RoadSource("paper"))
    np.testing.assert_allclose(network.width_m, [3, np.nan, 3.81])
    np.testing.assert_allclose(network.max_height_m, [3.2, np.nan, np.nan])
    np.testing.assert_allclose(network.max_weight_t, [np.nan, 8, np.nan])
    with pytest.raises(InputError) as caught:
        network_from_lines(
            lines_of(width_m=["wide", 3, 4], max_weight_t=[1, 2, "x"]), crs=CRS, source=RoadSource("x")
        )
    assert [(each.code, each.row, each.field) for each in caught.value.problems] == [
        ("roads_limit_unread", 1, "width_m"), ("roads_limit_unread", 3, "max_weight_t"),
    ]  # fmt: skip


def test_a_file_names_its_columns_of_limits(tmp_path: Path) -> None:
    file = tmp_path / "streets.csv"
    file.write_text(
        'wkt,breit,hoch,schwer\n"LINESTRING (114 38, 114.001 38)",3.5 m,3,7.5 t\n', encoding="utf-8"
    )
    fields = LineFields(width_m="breit", max_height_m="hoch", max_weight_t="schwer")
    lines = named_lines(read_rows(file), fields, file.name)
    network = network_from_lines(lines.set_crs("EPSG:4326"), crs=CRS, source=RoadSource("paper"))
    assert [float(getattr(network, name)[0]) for name in LIMITS] == [3.5, 3, 7.5]


def test_limits_are_kept_and_checked(tmp_path: Path) -> None:
    lines = lines_of(width_m=[3, 4, ""], opens=[0, 2030, 0])
    network = network_from_lines(lines, crs=CRS, source=RoadSource("paper"))
    network.save(tmp_path / "network.npz")
    kept = Network.load(tmp_path / "network.npz")
    for name in LIMITS:
        np.testing.assert_array_equal(getattr(kept, name), getattr(network, name))
        assert getattr(kept, name).dtype == np.float32
    np.testing.assert_array_equal(network.opened(0).width_m, [3, np.nan])
    for wrong in ([0, 1, 1], [1, -1, 1], [np.inf, 1, 1]):
        replace(network, width_m=np.array(wrong, dtype=np.float32)).save(tmp_path / "wrong.npz")
        with pytest.raises(ValueError, match="width_m"):
            Network.load(tmp_path / "wrong.npz")


def test_a_way_drawn_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    home = {"highway": "residential"}
    ways = (way(1, [1, 2, 3, 4], **home), way(2, [1, 2, 3, 4], **home), way(3, [6, 5, 4, 3], **home))
    path.write_text(osm_text(ROW, *ways), encoding="utf-8")
    extract = network_from_osm(path)
    assert extract.network.street_ids() == ["1-1"]
    assert extract.network.length_m.sum() == pytest.approx(5 * 87.8, rel=0.01)
    assert (extract.report.ways_drawn_twice, extract.report.ways) == (2, 3)
    assert extract.report.drawn_twice_m == pytest.approx(4 * 87.8, rel=0.01)
    assert "drawn_twice=2" in extract.network.source.notes


def test_the_two_directions_of_one_street_both_stay(tmp_path: Path) -> None:
    there, back = (way(n, nodes, highway="primary", oneway="yes") for n, nodes in ((1, [1, 2]), (2, [2, 1])))
    ends = (way(3, [2, 3], highway="primary"), way(4, [4, 1], highway="primary"))
    assert sorted(town(tmp_path, ROW, there, back, *ends).oneway.tolist()) == [0, 0, 1, 1]
    both = way(5, [1, 2], highway="primary")
    assert town(tmp_path, ROW, there, both).oneway.tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 6), min_size=2, max_size=6), st.integers(-1, 1)),
        min_size=1,
        max_size=6,
    )
)
def test_no_direction_between_two_vertices_is_lost_or_drawn_twice(drawn: list[tuple[list[int], int]]) -> None:
    runs = [([a for a, b in zip(run, [None, *run], strict=False) if a != b], one) for run, one in drawn]
    runs = [(run, one) for run, one in runs if len(run) > 1]
    if not runs:
        return
    vertex = np.concatenate([run for run, _ in runs])
    start = np.concatenate([[0], np.cumsum([len(run) for run, _ in runs])])
    oneway = np.array([one for _, one in runs], dtype=np.int8)
    ways, lost = drawn_once(vertex, start, np.arange(len(runs)), oneway)

    def arcs(vertex: np.ndarray, start: np.ndarray, way: np.ndarray) -> list[tuple[int, int, int]]:
        found = []
        for i, of in enumerate(way.tolist()):
            run = vertex[start[i] : start[i + 1]].tolist()
            found += [(a, b, int(oneway[of])) for a, b in itertools.pairwise(run)]
        return found

    def directions(segments: list[tuple[int, int, int]]) -> set[tuple[int, int]]:
        return {(a, b) for a, b, one in segments if one >= 0} | {(b, a) for a, b, one in segments if one <= 0}

    before, after = arcs(vertex, start, np.arange(len(runs))), arcs(*ways)
    assert directions(after) == directions(before)
    assert len(after) + len(lost) == len(before)
    between = [frozenset((a, b)) for a, b, _ in after]
    assert all(between.count(pair) <= 2 for pair in between)
    assert (np.diff(ways[1]) >= 2).all()


def test_a_graph_keeps_what_its_tags_and_barriers_state() -> None:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS)
    for node, east in ((1, 0), (2, 100), (3, 200)):
        graph.add_node(node, x=500_000.0 + east, y=4_000_000.0)
    graph.nodes[3].update(barrier="height_restrictor", maxheight="2.5")
    for u, v, width in ((1, 2, ["3.5", "3"]), (2, 3, "5 m")):
        for tail, head in ((u, v), (v, u)):
            graph.add_edge(tail, head, osmid=u, highway="residential", width=width)
    network = network_from_osmnx(graph, crs=CRS)
    np.testing.assert_allclose(network.width_m, [3, 5])
    np.testing.assert_allclose(network.max_height_m, [np.nan, 2.5])


def test_the_command_says_what_is_stated_and_what_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = {"highway": "residential"}
    ways = (
        way(1, [1, 2], width="3", **home),
        way(2, [1, 2], width="3", **home),
        way(3, [2, 3], maxheight="?", **home),
    )
    (tmp_path / "town.osm").write_text(osm_text(ROW, *ways), encoding="utf-8")
    arguments = ["build", str(tmp_path / "town.osm"), "--out", str(tmp_path / "town"), "--lang"]
    assert main([*arguments, "en"]) == 0
    said = capsys.readouterr().out
    assert "stated width, height, weight: 1, 0, 0" in said
    assert "1 ways run over others" in said
    assert "1 limits cannot be read; 0 posts" in said
    assert main([*arguments, "zh", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["limits_stated"] == {"width_m": 1, "max_height_m": 0, "max_weight_t": 0}
    assert answer["osm"]["ways_drawn_twice"] == 1
