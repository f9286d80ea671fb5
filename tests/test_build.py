"""County folders made from files of streets: OSMnx graphs, centre-lines, OSM files; what is kept, what goes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
from shapely.geometry import LineString, Point

from geo.__main__ import main
from geo.building import Choices, build
from geo.county import check_county, read_county
from geo.limits import TAGS
from geo.network import CLASSES, SIGNAL, Network
from geo.osm import network_from_osm
from geo.osm_graph import network_from_graphml, network_from_osmnx
from geo.problems import InputError
from geo.road_update import county_folder

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parent.parent / "data"
STATION = '<node id="9" version="1" lat="38.001" lon="114.001"><tag k="amenity" v="fire_station"/></node>'
HYDRANT = '<node id="8" version="1" lat="38.002" lon="114.001"><tag k="emergency" v="fire_hydrant"/></node>'


def town_file(folder: Path, lon: float = 114.0, sites: str = STATION + HYDRANT) -> Path:
    nodes = "".join(f'<node id="{i}" version="1" lat="38.00{i}" lon="{lon}"/>' for i in range(1, 5))
    ways = "".join(
        f'<way id="{10 + i}" version="1"><nd ref="{i}"/><nd ref="{i + 1}"/><tag k="highway" v="{kind}"/></way>'
        for i, kind in ((1, "primary"), (2, "track"), (3, "residential"))
    )
    path = folder / "town.osm"
    path.write_text(f'<osm version="0.6">{nodes}{sites}{ways}</osm>', encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }


def graph_of(
    edges: list[tuple[int, int, dict[str, Any]]], **places: tuple[float, float]
) -> nx.MultiDiGraph[Any]:
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs="EPSG:32650")
    for name, (x, y) in places.items():
        graph.add_node(int(name[1:]), x=400_000 + x, y=4_200_000 + y)
    for u, v, data in edges:
        graph.add_edge(u, v, **data)
    return graph


def both(u: int, v: int, **data: Any) -> list[tuple[int, int, dict[str, Any]]]:
    return [(u, v, data | {"reversed": False}), (v, u, data | {"reversed": True})]


def test_two_directions_of_a_graph_are_one_street() -> None:
    edges = [
        *both(1, 2, osmid=5, highway="primary", name="南环路"),
        (2, 3, {"osmid": 6, "highway": "residential", "oneway": True, "reversed": False}),
        *both(2, 4, osmid=7, highway="footway"),
    ]
    network = network_from_osmnx(graph_of(edges, n1=(0, 0), n2=(100, 0), n3=(100, 50), n4=(0, 50)))
    assert network.street_ids() == ["5-1", "6-1"]
    np.testing.assert_allclose(network.length_m, [100, 50])
    assert network.oneway.tolist() == [0, 1]
    assert network.street_names() == ["南环路", ""]
    assert network.source.notes == ("filter=fire", "edges_left_out=2")


def test_parallel_edges_loops_and_mixed_classes_of_a_graph() -> None:
    bow = LineString([(400_000, 4_200_000), (400_050, 4_200_030), (400_100, 4_200_000)])
    loop = LineString(
        [(400_100, 4_200_000), (400_120, 4_200_000), (400_120, 4_200_020), (400_100, 4_200_000)]
    )
    mixed = {"osmid": [8, 9], "highway": ["primary", "track"], "bridge": ["yes"], "name": ["A", "B"]}
    edges = [
        *both(1, 2, osmid=5, highway="primary", name="C"),
        (1, 2, {"osmid": 6, "highway": "primary", "geometry": bow, "reversed": False}),
        (2, 1, {"osmid": 6, "highway": "primary", "geometry": bow.reverse(), "reversed": True}),
        (2, 2, {"osmid": 7, "highway": "service", "geometry": loop, "reversed": False}),
        *both(2, 3, **mixed),
        *both(3, 4, osmid=11, highway="motorway"),
    ]
    network = network_from_osmnx(graph_of(edges, n1=(0, 0), n2=(100, 0), n3=(200, 0), n4=(300, 0)))
    assert network.street_ids() == ["5-1", "6-1", "7-1", "8-1", "11-1"]
    assert network.length_m.tolist() == pytest.approx([100, bow.length, loop.length, 100, 100])
    assert CLASSES[network.klass[3]] == "track"  # of several the slowest
    assert network.class_guessed.tolist() == [False, False, False, True, False]
    assert network.owns_ground.tolist() == [True, True, True, False, False]
    assert network.oneway[-1] == 1  # OSMnx knows no one-way motorway; here it is
    assert network.nodes[network.u[-1], 0] < network.nodes[network.v[-1], 0]


def _without_crs(graph: nx.MultiDiGraph[Any]) -> None:
    del graph.graph["crs"]


def _without_places(graph: nx.MultiDiGraph[Any]) -> None:
    del graph.nodes[1]["x"]


def _nowhere(graph: nx.MultiDiGraph[Any]) -> None:
    graph.nodes[1]["x"] = float("inf")


def _only_steps(graph: nx.MultiDiGraph[Any]) -> None:
    for _, _, data in graph.edges(data=True):
        data["highway"] = "steps"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_without_crs, "graph_no_crs"),
        (_without_places, "graph_no_places"),
        (_nowhere, "graph_no_places"),
        (_only_steps, "osm_no_streets"),
    ],
)
def test_a_graph_that_is_no_network(spoil: Callable[[nx.MultiDiGraph[Any]], None], code: str) -> None:
    graph = graph_of(both(1, 2, osmid=5, highway="primary"), n1=(0, 0), n2=(100, 0))
    spoil(graph)
    with pytest.raises(InputError) as caught:
        network_from_osmnx(graph)
    assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.slow
def test_a_graph_gives_what_its_file_gives(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # OSMnx keeps no limits of height and weight unless it is asked to.
    monkeypatch.setattr(ox.settings, "useful_tags_way", [*ox.settings.useful_tags_way, *TAGS])
    path = real_data / "lauf" / "lauf.drive.osm.gz"
    direct = network_from_osm(path).network
    graph = ox.graph_from_xml(path, retain_all=True, simplify=False)
    raw = network_from_osmnx(graph)
    assert (
        (raw.n_nodes, raw.n_streets, raw.crs)
        == (direct.n_nodes, direct.n_streets, direct.crs)
        == (2019, 2388, "EPSG:32632")  # 33 signals between junctions among the nodes
    )
    assert raw.length_m.sum() == pytest.approx(direct.length_m.sum(), rel=1e-9)
    np.testing.assert_array_equal(np.bincount(raw.node_kind), np.bincount(direct.node_kind))
    assert (raw.oneway != 0).sum() == (direct.oneway != 0).sum() == 228
    np.testing.assert_allclose(np.sort(raw.length_m), np.sort(direct.length_m), rtol=1e-9)
    simple = ox.simplify_graph(graph)
    ox.save_graphml(simple, tmp_path / "lauf.graphml")
    kept = network_from_graphml(tmp_path / "lauf.graphml", crs="EPSG:32632")
    assert (kept.node_kind & SIGNAL).any()  # those that stand on junctions; simplifying lost the others
    assert kept.n_nodes == 1854  # as OSMnx simplifies it: no cut where only class or name changes
    assert kept.length_m.sum() == pytest.approx(direct.length_m.sum(), rel=1e-9)
    assert kept.part_share.max() == pytest.approx(direct.part_share.max(), rel=1e-9)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "b">]><graphml>&a;</graphml>', "graph_entities"),
        (b'<?xml version="1.0"?><!doctype g><graphml/>', "graph_entities"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE g><graphml/>'.encode("utf-16"),
            "graph_unreadable",
        ),
        ('<?xml version="1.0" encoding="UTF-16BE"?><!DOCTYPE g>'.encode("utf-16-be"), "graph_entities"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE g+AD4-<graphml/>', "graph_unreadable"),
        (b"<graphml><graph>", "graph_unreadable"),
        (b"<html/>", "graph_unreadable"),
        (b"", "graph_unreadable"),
    ],
)
def test_hostile_graphml_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "town.graphml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        network_from_graphml(path)
    assert [each.code for each in caught.value.problems] == [code]


def test_a_new_folder_is_complete(tmp_path: Path) -> None:
    built = build(town_file(tmp_path), tmp_path / "county", Choices(name="纸县"))
    assert built.written.files == (
        "county.toml", "hydrants/hydrants.geojson", "roads/network.npz", "roads/roads.toml",
        "stations/stations.geojson",
    )  # fmt: skip
    assert check_county(tmp_path / "county") == []
    county = read_county(tmp_path / "county")
    assert (county.name, county.crs, county.schematic) == ("纸县", "EPSG:32650", frozenset())
    assert county.stations[["station_id", "status", "position_class"]].to_numpy().tolist() == [
        ["osm-node-9", "in_use", "P0"]
    ]
    assert county.network is not None
    assert county.network.source.licence.startswith("ODbL-1.0")
    assert county.network.source.attribution == "© OpenStreetMap contributors"
    assert (
        "Open Database License"
        in json.loads((tmp_path / "county" / "stations" / "stations.geojson").read_text(encoding="utf-8"))[
            "about"
        ]["notice"]
    )


def test_roads_are_replaced_as_a_whole_and_own_lists_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "county"
    shutil.copytree(DATA, out, ignore=shutil.ignore_patterns("text"))
    before = contents(out)
    written = build(town_file(tmp_path, lon=114.69), out).written
    after = contents(out)
    assert written.kept == ("stations/stations.csv", "hydrants/hydrants.csv")
    assert {name for name in after if name.startswith("roads/")} == {"roads/network.npz", "roads/roads.toml"}
    same = [name for name in before if not name.startswith("roads/") and name != "county.toml"]
    assert [name for name in same if before[name] != after.get(name)] == []
    assert "roads" not in read_county(out).schematic
    old, new = before["county.toml"].decode(), after["county.toml"].decode()
    gone = [line for line in old.splitlines() if line and line not in new.splitlines()]
    assert all("roads" in line or line in old.partition('layer = "roads"')[2] for line in gone)
    assert read_county(out).crs == "EPSG:4547"


def test_sites_take_the_place_of_the_own_ones_only_when_told(tmp_path: Path) -> None:
    out = tmp_path / "county"
    build(town_file(tmp_path), out)
    again = town_file(tmp_path, sites=STATION.replace('"9"', '"7"'))
    build(again, out)
    assert read_county(out).stations["station_id"].tolist() == ["osm-node-9"]
    build(again, out, Choices(replace_sites=True))
    county = read_county(out)
    assert county.stations["station_id"].tolist() == ["osm-node-7"]
    assert county.hydrants["hydrant_id"].tolist() == ["osm-node-8"]  # the file has none to put in their place


def test_stations_that_vehicles_refer_to_are_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "county"
    shutil.copytree(DATA, out, ignore=shutil.ignore_patterns("text"))
    before = contents(out)
    with pytest.raises(InputError) as caught:
        build(town_file(tmp_path, lon=114.69), out, Choices(replace_sites=True))
    assert [each.code for each in caught.value.problems] == ["sites_vehicles"]
    assert contents(out) == before


def test_a_failure_while_moving_puts_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "county"
    build(town_file(tmp_path), out)
    before = contents(out)
    real, count = os.replace, iter(range(100))

    def failing(source: Any, target: Any) -> None:
        if "new" in Path(source).parts and "roads" in Path(source).parts and next(count) == 1:
            raise OSError("disk full")
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="disk full"):
        build(town_file(tmp_path, lon=114.5), out)
    assert contents(out) == before
    assert {each.name for each in out.iterdir()} == {"county.toml", "hydrants", "roads", "stations"}


def test_a_mark_that_cannot_be_taken_out_is_said(tmp_path: Path) -> None:
    out = tmp_path / "county"
    out.mkdir()
    (out / "county.toml").write_text('name = "A"\nschematic = {roads = true}\n', encoding="utf-8")
    before = contents(out)
    with pytest.raises(InputError) as caught:
        build(town_file(tmp_path), out)
    assert [each.code for each in caught.value.problems] == ["schematic_mark"]
    assert contents(out) == before


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4326", "crs_not_metric"),
        ("EPSG:3857", "crs_not_metric"),
        ("nonsense", "crs_unknown"),
        ("EPSG:32649", "roads_crs_differs"),
    ],
)
def test_a_crs_that_does_not_fit(tmp_path: Path, crs: str, code: str) -> None:
    build(town_file(tmp_path), tmp_path / "county")
    with pytest.raises(InputError) as caught:
        build(town_file(tmp_path), tmp_path / "county", Choices(crs=crs))
    assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.parametrize(
    ("out", "folder"), [("a", "a"), ("a/roads", "a"), ("a/roads/x.npz", "a"), ("roads", ".")]
)
def test_the_folder_above_roads_is_the_county(out: str, folder: str) -> None:
    assert county_folder(Path(out)) == Path(folder)


def test_centre_lines_become_a_county(tmp_path: Path) -> None:
    lines = gpd.GeoDataFrame(
        {"fclass": ["primary", "residential"], "name": ["A", None]},
        geometry=[LineString([(114, 38), (114.01, 38)]), LineString([(114.005, 37.99), (114.005, 38.01)])],
        crs="EPSG:4326",
    )
    lines.to_file(tmp_path / "lines.gpkg", layer="roads")
    (tmp_path / "lines.geojson").write_text(lines.to_json(), encoding="utf-8")
    for name in ("lines.gpkg", "lines.geojson"):
        choices = Choices(attribution="县自然资源局", noding="crossings")
        built = build(tmp_path / name, tmp_path / name.replace(".", "-"), choices)
        assert (built.update.network.n_streets, built.update.network.crs) == (4, "EPSG:32650")
        county = read_county(built.written.folder)
        assert county.network is not None
        assert county.network.source.attribution == "县自然资源局"
        assert not county.network.source.from_osm
        assert not county.network.class_guessed.any()


def test_the_build_command_prints_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = town_file(tmp_path), tmp_path / "county"
    assert main(["build", str(path), "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["streets"], answer["stations"], answer["hydrants"]) == (3, 1, 1)
    assert answer["osm"]["ways_by_reason"] == [["drive", 2], ["track", 1]]
    assert main(["build", str(path), "--county", str(out), "--classes", "osmnx-drive", "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert "2 streets, 4 nodes" in printed
    assert "kept the folder's own stations/stations.geojson" in printed
    assert main(["check", str(out)]) == 0
    assert "没有错误" in capsys.readouterr().out


def test_every_problem_of_a_folder_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "county"
    build(town_file(tmp_path), out)
    (out / "roads" / "network.npz").write_bytes(b"broken")
    (out / "parcels").mkdir()
    (out / "parcels" / "parcels.csv").write_text("parcel_no\n01\n01\n", encoding="utf-8")
    assert main(["check", "--county", str(out), "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert "parcels/parcels.csv" in said
    assert "network.npz" in said


def test_a_layer_is_added_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "county"
    build(town_file(tmp_path, sites=""), out)
    points = gpd.GeoDataFrame(
        {"no": ["A", "B"], "st": ["ACT", "ABN"]}, geometry=[Point(114, 38.001)] * 2, crs="EPSG:4326"
    )
    path = tmp_path / "own.geojson"
    path.write_text(points.to_json(), encoding="utf-8")
    command = ["add", str(path), "--layer", "hydrants", "--county", str(out), "--field", "hydrant_id=no"]
    assert main([*command, "--field", "st"]) == 2
    assert "st" in capsys.readouterr().err
    assert (
        main(
            [
                *command,
                "--field",
                "status=st",
                "--status",
                "ACT=in_use",
                "--status",
                "ABN=out_of_service",
                "--json",
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out)["rows"] == 2
    assert read_county(out).hydrants["status"].tolist() == ["in_use", "out_of_service"]


def test_words_are_located_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["locate", "INT(南环路;太行路)", "INT(南环路;无名路)", "--county", str(DATA), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    found, lost = answer["places"]
    assert answer["schematic"]
    assert found["geometry"]["type"] == "Point"
    assert 114.6 < found["geometry"]["coordinates"][0] < 114.8
    assert lost["geometry"] is None
    assert "无名路" in lost["reason_text"]


@pytest.mark.parametrize(
    "command", ["fetch", "build", "add", "undo", "check", "template", "health", "locate"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_explains_itself(
    command: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--lang", language, "--help"])
    assert stopped.value.code == 0
    assert "--county" in capsys.readouterr().out


@pytest.mark.slow
def test_a_real_town_becomes_a_county(real_data: Path, tmp_path: Path) -> None:
    built = build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    assert check_county(tmp_path / "lauf") == []
    county = read_county(tmp_path / "lauf")
    assert (len(county.stations), len(county.hydrants)) == (3, 479)
    kept = Network.load(tmp_path / "lauf" / "roads" / "network.npz")
    np.testing.assert_array_equal(kept.length_m, built.update.network.length_m)
    assert county.network is not None
    assert county.network.n_streets == kept.n_streets == 2777
