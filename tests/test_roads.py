"""Networks from drawn centre-lines: what meets, what does not, and the kept form."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, MultiLineString, Point

from geo.network import CLASSES, Network, RoadSource
from geo.problems import InputError
from geo.roads import local_crs, network_from_lines

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:4547"
EAST, NORTH = 400_000.0, 4_270_000.0
CORNER = np.asarray([EAST, NORTH])
PAPER = RoadSource("paper")


def town(lines: list[Any], **columns: list[Any]) -> Network:
    """A network from lines given in metres from a corner in the middle of the county."""
    moved = shapely.transform(np.asarray([*lines, None], dtype=object)[:-1], lambda xy: xy + CORNER)
    return network_from_lines(gpd.GeoDataFrame(columns, geometry=moved, crs=CRS), crs=CRS, source=PAPER)


def line(*points: tuple[float, float]) -> LineString:
    return LineString(points)


def test_crossing_streets_meet_in_one_node() -> None:
    network = town([line((0, 0), (100, 0)), line((30, -40), (30, 60))], name=["A", "B"])
    assert (network.n_nodes, network.n_streets) == (5, 4)
    np.testing.assert_allclose(network.length_m, [30, 70, 40, 60])
    assert network.street_ids() == ["1-1", "1-2", "2-1", "2-2"]
    assert network.street_names() == ["A", "A", "B", "B"]
    assert set(network.strong_part.tolist()) == {0}


def test_a_street_that_ends_on_another_cuts_it() -> None:
    network = town([line((0, 0), (100, 0)), line((30, 0.009), (30, 60)), line((60, 0.02), (60, 60))])
    assert (network.n_nodes, network.n_streets) == (6, 4)
    assert len(np.unique(network.strong_part)) == 2  # two centimetres short is not drawn as a crossing


def test_what_misses_by_more_than_a_centimetre_is_not_joined() -> None:
    network = town([line((0, 0), (100, 0)), line((100.009, 0), (200, 0)), line((200.011, 0), (300, 0))])
    assert (network.n_nodes, network.n_streets) == (5, 3)


@pytest.mark.parametrize(
    "columns",
    [
        {"bridge": ["yes", None]},
        {"tunnel": [None, "1"]},
        {"layer": ["1", "0"]},
        {"bridge": ["T", "F"], "layer": [0, 0]},
    ],
)
def test_a_bridge_does_not_meet_the_street_below(columns: dict[str, list[Any]]) -> None:
    network = town([line((0, 0), (100, 0)), line((30, -40), (30, 60))], **columns)
    assert (network.n_nodes, network.n_streets) == (4, 2)
    assert len(np.unique(network.strong_part)) == 2


def test_a_bridge_meets_the_street_it_ends_on_and_owns_no_ground() -> None:
    lines = [
        line((0, 0), (100, 0)),
        line((100, 0), (200, 0)),
        line((150, -50), (150, 50)),
        line((200, -9), (200, 9)),
    ]
    network = town(lines, bridge=[None, "yes", None, None])
    assert (network.n_nodes, network.n_streets) == (7, 5)
    assert network.owns_ground.tolist() == [True, False, True, True, True]
    along = network.strong_part[[network.u[0], network.v[1]]]
    assert along[0] == along[1] != network.strong_part[network.u[2]]
    street, chainage, distance = network.nearest(np.asarray([Point(EAST + 140, NORTH + 1)], dtype=object))
    assert (street[0], round(chainage[0], 6), round(distance[0], 6)) == (2, 51, 10)


def test_dual_carriageway_and_roundabout_keep_their_directions() -> None:
    ring = shapely.Point(0, 0).buffer(20, quad_segs=2).exterior
    lines = [
        line((-100, 0), (-20, 0)),
        LineString(ring.coords),
        line((20, 0), (99, 0)),
        line((99, 1), (20, 1)),
    ]
    network = town(lines, junction=[None, "roundabout", None, None], oneway=[0, 0, "F", "T"])
    assert network.never_against.tolist() == [each == 2 for each in network.way_id.tolist()]
    assert set(network.oneway[network.way_id == 2].tolist()) == {1}
    assert network.oneway[network.way_id >= 3].tolist() == [1, -1]


def test_self_loop_parallel_streets_and_isolated_ring() -> None:
    loop = line((0, 0), (-10, 0), (-10, 10), (0, 0))
    bow = line((0, 0), (50, 20), (100, 0))
    ring = line((500, 0), (510, 0), (510, 10), (500, 0))
    network = town([loop, bow, line((0, 0), (100, 0)), ring])
    assert (network.n_nodes, network.n_streets) == (3, 4)
    assert (network.u == network.v).tolist() == [True, False, False, True]
    assert network.length_m.sum() == pytest.approx(sum(each.length for each in (loop, bow, ring)) + 100)


def test_a_line_that_crosses_itself_is_cut_there() -> None:
    network = town([line((0, 0), (100, 0), (100, 50), (50, 50), (50, -50))])
    assert (network.n_nodes, network.n_streets) == (3, 3)
    np.testing.assert_allclose(network.length_m, [50, 200, 50])
    assert network.part.tolist() == [1, 2, 3]


def test_parts_of_a_multi_line_share_its_id() -> None:
    lines = [MultiLineString([[(0, 0), (10, 0)], [(20, 0), (30, 0)]]), line((5, -5), (5, 5))]
    network = town(lines, way_id=[700, 800])
    assert network.street_ids() == ["700-1", "700-2", "700-3", "800-1", "800-2"]


def test_a_stretch_drawn_twice_counts_once_and_is_said() -> None:
    lines = [
        line((0, 0), (100, 0)),
        line((100, 0), (40, 0)),
        line((200, 0), (300, 0)),
        line((300, 0), (200, 0)),
    ]
    network = town(lines, oneway=[0, 0, 1, 1])
    assert network.length_m.sum() == pytest.approx(100 + 2 * 100)  # opposite one-way lines are two directions
    assert network.source.notes == ("drawn_twice=1",)


def test_classes_are_known_guessed_or_left_out() -> None:
    lines = [line((0, y), (100, y)) for y in range(0, 60, 10)]
    kinds = ["primary", None, "strasse", "footway", "motorway", "trunk_link"]
    network = town([*lines, None], **{"class": [*kinds, "primary"]})
    assert [CLASSES[i] for i in network.klass] == [
        "primary",
        "unclassified",
        "unclassified",
        "motorway",
        "trunk_link",
    ]
    assert network.class_guessed.tolist() == [False, True, True, False, False]
    assert network.owns_ground.tolist() == [True, True, True, False, False]
    assert network.never_against.tolist() == [False, False, False, True, True]
    assert network.source.notes == ("no_geometry=1", "not_drivable=1")


def test_degrees_are_measured_in_metres() -> None:
    lines = gpd.GeoDataFrame(geometry=[line((114.69, 38.62), (114.70, 38.62))], crs="EPSG:4326")
    network = network_from_lines(lines, crs=CRS, source=PAPER)
    assert network.length_m[0] == pytest.approx(870.8, abs=1)


def test_every_fault_is_said_at_once() -> None:
    lines = gpd.GeoDataFrame({"oneway": ["maybe", 1]}, geometry=[line((0, 0), (1, 1)), Point(0, 0)])
    with pytest.raises(InputError) as caught:
        network_from_lines(lines, crs="EPSG:4326", source=PAPER)
    codes = [each.code for each in caught.value.problems]
    assert codes == ["roads_crs_not_metric", "roads_no_crs", "roads_not_a_line", "roads_oneway_unknown"]
    assert all(each.text("zh") and each.text("en") for each in caught.value.problems)


def test_nothing_to_drive_on_is_an_error() -> None:
    with pytest.raises(InputError, match="not one drivable road"):
        town([line((0, 0), (1, 1))], **{"class": ["steps"]})


def test_the_input_is_left_as_it_was() -> None:
    lines = gpd.GeoDataFrame({"class": ["primary"]}, geometry=[line((0, 0), (9, 9))], crs=CRS)
    before = lines.copy(deep=True)
    network_from_lines(lines, crs=CRS, source=PAPER)
    assert_geodataframe_equal(lines, before)


def test_order_of_lines_changes_no_length_and_no_crossing() -> None:
    rng = np.random.default_rng(7)
    lines = [LineString(xy) for xy in rng.uniform(0, 1000, (60, 2, 2))]
    one, other = town(lines), town(lines[::-1])
    assert (one.n_nodes, one.n_streets) == (other.n_nodes, other.n_streets)
    assert one.length_m.sum() == pytest.approx(sum(each.length for each in lines), abs=0.1)
    crossings = sum(a.crosses(b) for i, a in enumerate(lines) for b in lines[:i])
    assert one.n_streets == len(lines) + 2 * crossings


def test_planned_streets_are_there_from_their_year_on() -> None:
    lines = [
        line((0, 0), (100, 0)),
        line((50, 0), (50, 80)),
        line((50, 80), (90, 80)),
        line((100, 0), (200, 0)),
    ]
    network = town(lines, opens=[None, "2027", 2030.0, 0], name=["A", "B", "C", "D"])
    assert network.opens.tolist() == [0, 0, 2027, 2030, 0]
    assert network.opened(2030) is network
    assert network.opened(2027) is network.opened(2029)
    now = network.opened(0)
    assert now is network.opened(2026)
    assert (now.street_ids(), now.street_names()) == (["1-1", "1-2", "4-1"], ["A", "A", "D"])
    assert (now.n_nodes, now.n_streets, now.part_share.tolist()) == (4, 3, [1.0])
    np.testing.assert_allclose(now.nodes[now.u] - CORNER, [[0, 0], [50, 0], [100, 0]])
    assert network.opened(2027).street_names() == ["A", "A", "B", "D"]
    now._check()
    assert network.n_streets == 5


def test_a_network_that_is_planned_as_a_whole_is_empty_today(tmp_path: Path) -> None:
    now = town([line((0, 0), (100, 0))], opens=[2027]).opened(0)
    assert (now.n_nodes, now.n_streets, len(now.part_share), len(now.lines)) == (0, 0, 0, 0)
    now.save(tmp_path / "network.npz")
    assert Network.load(tmp_path / "network.npz").n_streets == 0


def test_a_street_that_is_open_now_stands_before_its_planned_double() -> None:
    network = town([line((0, 0), (100, 0)), line((100, 0), (0, 0))], opens=[2030, None], name=["new", "old"])
    assert (network.street_names(), network.opens.tolist()) == (["old"], [0])


@pytest.mark.parametrize("value", ["soon", "27", 2027.5, -1, True])
def test_a_year_that_is_none_is_said(value: object) -> None:
    with pytest.raises(InputError) as caught:
        town([line((0, 0), (100, 0))], opens=[value])
    assert [(each.code, each.row) for each in caught.value.problems] == [("not_a_year", 1)]


def same(one: Network, other: Network) -> None:
    """Every field of two networks is equal."""
    for key, value in vars(one).items():
        if isinstance(value, np.ndarray) and key in Network.__dataclass_fields__:
            np.testing.assert_array_equal(value, getattr(other, key))
            assert value.dtype == getattr(other, key).dtype
    assert (one.crs, one.names, one.source) == (other.crs, other.names, other.source)


def test_the_kept_form_gives_the_same_network(tmp_path: Path) -> None:
    network = town([line((0, 0), (100, 0)), line((30, -40), (30, 60))], name=["南环路", None], oneway=[1, 0])
    network.save(tmp_path / "roads" / "network.npz")
    same(network, Network.load(tmp_path / "roads" / "network.npz"))
    assert [each.name for each in (tmp_path / "roads").iterdir()] == ["network.npz"]


def test_a_kept_form_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    town([line((0, 0), (100, 0))]).save(path)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:200] + b"\x00" * 40 + whole[240:], b"", b"not a network"):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"network\.npz"):
            Network.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("u", np.asarray([7])),
        ("v", np.asarray([-1])),
        ("coord_start", np.asarray([0, 5])),
        ("klass", np.asarray([99], dtype=np.int16)),
        ("name", np.asarray([3])),
        ("length_m", np.asarray([np.nan])),
        ("length_m", np.asarray([1.0])),
        ("oneway", np.asarray([5], dtype=np.int8)),
        ("nodes", np.asarray([[0.0, np.inf], [1.0, 1.0]])),
        ("owns_ground", np.asarray([2], dtype=np.uint8).view(bool)),
        ("node_kind", np.asarray([0, 4], dtype=np.uint8)),
        ("opens", np.asarray([-1], dtype=np.int16)),
    ],
)
def test_a_kept_form_whose_numbers_do_not_fit_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "network.npz"
    replace(town([line((0, 0), (100, 0))]), **{key: value}).save(path)
    with pytest.raises(ValueError, match=r"network\.npz"):
        Network.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owns_ground", np.asarray([True, True])),
        ("node_kind", np.asarray([0], dtype=np.uint8)),
        ("v", np.asarray([0.0])),
        ("v", np.asarray([{}], dtype=object)),
    ],
)
def test_what_is_no_network_is_not_kept(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "network.npz"
    with pytest.raises(ValueError, match=key):
        replace(town([line((0, 0), (100, 0))]), **{key: value}).save(path)
    assert not path.exists()


@pytest.mark.parametrize(
    "changes", [{"m": 2}, {"n": -1}, {"k": 2.0}, {"m": "1"}, {"n": None}, {"n": 1, "k": 3}]
)
def test_a_kept_form_of_another_size_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "network.npz"
    town([line((0, 0), (100, 0))]).save(path)
    with np.load(path) as archive:
        about, data = json.loads(archive["about"].tobytes()), archive["data"]
    text = np.frombuffer(json.dumps(about | changes).encode(), dtype=np.uint8)
    np.savez(path, about=text, data=data)
    with pytest.raises(ValueError, match=r"network\.npz"):
        Network.load(path)


def test_a_kept_form_without_its_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("u.npy", b"")
    with pytest.raises(ValueError, match=r"network\.npz"):
        Network.load(path)


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [
        (114.7, 38.6, "EPSG:32650"),
        (11.28, 49.5, "EPSG:32632"),
        (180, 1, "EPSG:32660"),
        (14.4, -3, "EPSG:32733"),
    ],
)
def test_local_zone(lon: float, lat: float, zone: str) -> None:
    assert local_crs(lon, lat) == zone


def test_no_zone_for_what_is_no_place_in_degrees() -> None:
    with pytest.raises(ValueError, match="degrees"):
        local_crs(560_970, 4_270_000)


@pytest.mark.slow
def test_centre_lines_of_a_chinese_city(real_data: Path) -> None:
    path = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    lines = gpd.read_file(path, layer="roads_1").rename(columns={"fclass": "class"})
    network = network_from_lines(lines, crs="EPSG:32650", source=PAPER)
    # Measured on the file: 236 footways, cycleways, paths and steps; one stretch is drawn twice.
    assert network.source.notes == ("not_drivable=236", "drawn_twice=1")
    drawn = lines[~lines["class"].isin({"footway", "cycleway", "path", "steps"})].length.sum()
    assert network.length_m.sum() == pytest.approx(drawn, rel=1e-4)
    assert network.part_share.max() > 0.9
    assert set(network.way_id.tolist()) <= set(lines["osm_id"].astype(int))
