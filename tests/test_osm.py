"""Networks, stations and hydrants out of OpenStreetMap files: paper towns, real extracts, OSMnx as the judge."""

from __future__ import annotations

import bz2
import gzip
import time
from typing import TYPE_CHECKING

import numpy as np
import osmium
import osmnx as ox
import pytest
from osmium.osm import Node, Way
from pyproj import Transformer

from geo.network import CLASSES, LEVEL_CROSSING, SIGNAL, Network, polyline_lengths
from geo.osm import network_from_osm
from geo.osm_file import DRIVE, FIRE
from geo.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STEP = 0.001  # degrees between two places on paper, about 111 m


def osm_text(places: Mapping[int, tuple[float, float]], *things: str, head: str = "") -> str:
    """An OSM file: numbered nodes at (east, north) steps from 114°E 38°N, and ways or relations as XML."""
    nodes = "".join(
        f'<node id="{number}" version="1" lat="{38 + STEP * north:.7f}" lon="{114 + STEP * east:.7f}"/>'
        for number, (east, north) in places.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6"{head}>{nodes}{"".join(things)}</osm>'


def way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{each}"/>' for each in nodes)
    return f'<way id="{number}" version="1">{refs}{tag_text(tags)}</way>'


def tag_text(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())


def town(folder: Path, places: Mapping[int, tuple[float, float]], *ways: str) -> Network:
    path = folder / "town.osm"
    path.write_text(osm_text(places, *ways), encoding="utf-8")
    return network_from_osm(path).network


ROW = {number: (number, 0.0) for number in range(1, 8)}


def test_a_street_runs_on_over_ways_until_something_changes(tmp_path: Path) -> None:
    network = town(
        tmp_path,
        ROW,
        way(11, [1, 2], highway="primary", name="南环路"),
        way(12, [3, 2], highway="primary", name="南环路"),
        way(13, [3, 4], highway="primary", name="东环路"),
        way(14, [4, 5], highway="secondary", name="东环路"),
        way(15, [5, 6], highway="secondary", name="东环路", oneway="yes"),
        way(16, [6, 7], highway="secondary", name="东环路", oneway="yes", bridge="yes"),
    )
    assert network.street_names() == ["南环路", "东环路", "东环路", "东环路", "东环路"]
    assert network.street_ids() == ["11-1", "13-1", "14-1", "15-1", "16-1"]
    assert network.oneway.tolist() == [0, 0, 0, 1, 1]
    assert network.owns_ground.tolist() == [True, True, True, True, False]
    assert network.crs == "EPSG:32650"


def test_streets_meet_at_shared_nodes_only(tmp_path: Path) -> None:
    places = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 5: (1, -1), 6: (0.5, 1), 7: (0.5, -1)}
    network = town(
        tmp_path,
        places,
        way(1, [1, 2, 3], highway="residential"),
        way(2, [4, 2, 5], highway="residential"),
        way(3, [6, 7], highway="residential", bridge="yes"),
    )
    assert (network.n_nodes, network.n_streets) == (7, 5)
    assert network.street_ids() == ["1-1", "1-2", "2-1", "2-2", "3-1"]


def test_a_signal_or_a_level_crossing_is_a_node_of_the_network(tmp_path: Path) -> None:
    # The lights stand on node 2, some metres before the junction at 3; a railway is crossed at 5.
    tags = {
        2: {"highway": "traffic_signals"}, 3: {"highway": "crossing", "crossing": "traffic_signals"},
        4: {"highway": "stop"}, 5: {"railway": "level_crossing"},
        6: {"railway": "crossing", "highway": "traffic_signals"},
    }  # fmt: skip
    text = osm_text(
        ROW | {8: (3, 1)},
        way(1, [1, 2, 3, 4, 5, 6, 7], highway="primary", name="太行路"),
        way(2, [3, 8], highway="residential"),
    )
    for number, each in tags.items():
        mark = f'<node id="{number}" version="1"'
        head, _, rest = text.partition(mark)
        text = f"{head}{mark}{rest.replace('/>', f'>{tag_text(each)}</node>', 1)}"
    path = tmp_path / "town.osm"
    path.write_text(text, encoding="utf-8")
    extract = network_from_osm(path)
    network = extract.network
    east = np.round((network.nodes[:, 0] - network.nodes[:, 0].min()) / (STEP * 87_700)).astype(int) + 1
    found = {place: int(kind) for place, kind in zip(east.tolist(), network.node_kind, strict=True) if kind}
    assert found == {2: SIGNAL, 5: LEVEL_CROSSING, 6: SIGNAL | LEVEL_CROSSING}
    assert network.street_ids() == ["1-1", "1-2", "1-3", "1-4", "1-5", "2-1"]
    assert (extract.report.simplified_nodes, extract.report.simplified_edges) == (
        4,
        6,
    )  # counted without them
    network.save(tmp_path / "network.npz")
    np.testing.assert_array_equal(Network.load(tmp_path / "network.npz").node_kind, network.node_kind)


def test_directions_are_told_and_implied(tmp_path: Path) -> None:
    tags = [
        {"oneway": "yes"}, {"oneway": "-1"}, {"oneway": "reverse"}, {"oneway": "1"}, {"oneway": "no"},
        {"highway": "motorway"}, {"highway": "motorway", "oneway": "no"}, {"junction": "roundabout"}, {},
    ]  # fmt: skip
    places = {2 * i + k: (2.0 * i + k, float(i)) for i in range(9) for k in (1, 2)}
    ways = [
        way(i + 1, [2 * i + 1, 2 * i + 2], **({"highway": "primary"} | each)) for i, each in enumerate(tags)
    ]
    network = town(tmp_path, places, *ways)
    assert network.oneway.tolist() == [1, 1, 1, 1, 0, 1, 0, 1, 0]
    east = network.nodes[network.v, 0] - network.nodes[network.u, 0]
    assert (east > 0).tolist() == [True, False, False, True, True, True, True, True, True]
    assert network.never_against.tolist() == [False] * 5 + [True] * 3 + [False]


def test_one_way_streets_that_meet_head_on_are_two(tmp_path: Path) -> None:
    one = {"highway": "residential", "oneway": "yes"}
    network = town(
        tmp_path,
        ROW,
        way(1, [1, 2], **one),
        way(2, [3, 2], **one),
        way(3, [4, 5], **one),
        way(4, [5, 6], **one),
    )
    assert network.street_ids() == ["1-1", "2-1", "3-1"]


def test_rings_loops_and_parallel_streets(tmp_path: Path) -> None:
    places = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (2, 0), 5: (1.5, 1), 6: (5, 5), 7: (6, 5), 8: (6, 6)}
    kind = {"highway": "residential"}
    network = town(
        tmp_path,
        places,
        way(1, [1, 2, 3, 1], **kind),  # a loop on node 1, where way 2 sets out
        way(2, [4, 1], **kind),
        way(3, [4, 5, 1], **kind),
        way(4, [7, 6], **kind),  # an isolated ring of two ways
        way(5, [7, 8, 6], **kind),
    )
    # Node 4 joins two ways alike, so ways 2 and 3 are one loop through it, named by the way it sets out on.
    assert network.street_ids() == ["1-1", "3-1", "4-1"]
    assert (network.u == network.v).all()
    total = polyline_lengths(network.coords, network.coord_start).sum()
    assert network.length_m.sum() == pytest.approx(total)
    assert network.n_nodes == 2


def test_a_roundabout_is_cut_where_streets_leave_it(tmp_path: Path) -> None:
    places = {1: (0, 0), 2: (1, 1), 3: (2, 0), 4: (1, -1), 5: (1, 2), 6: (1, -2)}
    ring = way(1, [1, 2, 3, 4, 1], highway="tertiary", junction="roundabout")
    network = town(
        tmp_path, places, ring, way(2, [2, 5], highway="tertiary"), way(3, [4, 6], highway="tertiary")
    )
    assert (network.n_nodes, network.n_streets) == (4, 4)
    assert network.never_against.tolist() == [True, True, False, False]
    assert len(set(network.strong_part.tolist())) == 1


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"highway": "service", "service": "driveway", "access": "private"}, "service"),
        ({"highway": "track"}, "track"),
        ({"highway": "footway", "emergency": "yes"}, "emergency"),
        ({"highway": "pedestrian"}, None),
        ({"highway": "footway"}, None),
        ({"highway": "steps", "emergency": "yes"}, None),
        ({"highway": "construction"}, None),
        ({"highway": "living_street", "motor_vehicle": "no"}, "living_street"),
        ({"highway": "busway"}, "busway"),
    ],
)
def test_what_an_engine_drives_on(tmp_path: Path, tags: dict[str, str], kept: str | None) -> None:
    network = town(tmp_path, ROW, way(1, [1, 2], highway="primary"), way(2, [2, 3], **tags))
    assert [CLASSES[i] for i in network.klass] == (["primary", kept] if kept else ["primary"])


def test_streets_under_construction_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    ways = [way(1, [1, 2], highway="primary"), way(2, [2, 3], highway="construction", construction="primary")]
    path.write_text(osm_text(ROW, *ways), encoding="utf-8")
    extract = network_from_osm(path)
    assert extract.network.street_ids() == ["1-1"]
    assert extract.report.ways_under_construction == 1


@pytest.mark.parametrize(("kind", "owns", "never"), [
    ("motorway", False, True), ("motorway_link", False, True), ("trunk_link", False, True), ("trunk", True, False),
    ("primary_link", True, False),
])  # fmt: skip
def test_ramps_own_no_ground(tmp_path: Path, kind: str, owns: bool, never: bool) -> None:
    network = town(tmp_path, ROW, way(1, [1, 2], highway=kind))
    assert (network.owns_ground[0], network.never_against[0]) == (owns, never)


def test_clipped_ways_keep_the_parts_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    ways = [way(1, [1, 2, 90, 3, 4, 91], highway="primary"), way(2, [92, 5, 93], highway="primary")]
    path.write_text(osm_text(ROW, *ways, way(3, [6, 7], highway="primary")), encoding="utf-8")
    parts = network_from_osm(path)
    assert parts.network.street_ids() == ["1-1", "1-2", "3-1"]
    assert (parts.report.ways_clipped, parts.report.ways_dropped, parts.report.ways) == (2, 1, 2)
    assert parts.report.ways_under_construction == 0
    whole = network_from_osm(path, whole_ways=True)
    assert whole.network.street_ids() == ["3-1"]
    assert (whole.report.ways_clipped, whole.report.ways_dropped, whole.report.ways) == (2, 2, 1)


def test_nodes_may_stand_after_the_ways(tmp_path: Path) -> None:
    text = osm_text({}, way(1, [1, 2], highway="primary")).replace("</osm>", "")
    nodes = osm_text(ROW).split(">", 2)[2]
    path = tmp_path / "town.osm"
    path.write_text(text + nodes, encoding="utf-8")
    assert network_from_osm(path).network.length_m[0] == pytest.approx(87.8, abs=0.5)


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2", ".osm.pbf"])
def test_every_form_of_file_gives_the_same(tmp_path: Path, ending: str) -> None:
    text = osm_text(ROW, way(1, [1, 2, 3], highway="primary", name="太行路"))
    plain = tmp_path / "plain.osm"
    plain.write_text(text, encoding="utf-8")
    path = tmp_path / f"town{ending}"
    if ending == ".osm.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif ending == ".osm.bz2":
        path.write_bytes(bz2.compress(text.encode()))
    elif ending == ".osm.pbf":
        with osmium.SimpleWriter(str(path)) as writer:
            for each in osmium.FileProcessor(str(plain)):
                writer.add(each)
    else:
        path.write_text(text, encoding="utf-8")
    got, want = network_from_osm(path).network, network_from_osm(plain).network
    np.testing.assert_array_equal(got.coords, want.coords)
    assert got.street_names() == ["太行路"]


STATION = {"amenity": "fire_station"}


def test_stations_are_points_buildings_and_groups(tmp_path: Path) -> None:
    places = ROW | {21: (10, 10), 22: (11, 10), 23: (11, 11), 24: (10, 11), 31: (10.5, 10.5), 41: (20, 20)}
    places |= {51: (30, 30), 52: (31, 30), 53: (31, 31), 61: (40, 40)}
    node = '<node id="{}" version="1" lat="{:.7f}" lon="{:.7f}">' + tag_text(STATION) + "</node>"
    members = '<member type="way" ref="6" role="outer"/><member type="way" ref="7" role="outer"/>'
    things = [
        node.format(71, 38 + STEP * 10.5, 114 + STEP * 10.5),  # inside the building of way 5
        node.format(72, 38 + STEP * 60, 114 + STEP * 60),
        node.format(73, 38 + STEP * 60.1, 114 + STEP * 60),  # 11 m from it
        node.format(74, 38 + STEP * 60.5, 114 + STEP * 60),  # 44 m from that
        way(1, [1, 2], highway="primary"),
        way(5, [21, 22, 23, 24, 21], name="一站", **STATION),
        way(6, [51, 52, 53]),
        way(7, [53, 51]),
        way(8, [98, 99], **STATION),
        f'<relation id="9" version="1">{members}{tag_text(STATION | {"type": "multipolygon"})}</relation>',
    ]
    path = tmp_path / "town.osm"
    path.write_text(osm_text(places, *things), encoding="utf-8")
    extract = network_from_osm(path)
    assert extract.stations["station_id"].tolist() == [
        "osm-node-72", "osm-node-74", "osm-way-5", "osm-relation-9",
    ]  # fmt: skip
    left, kept, metres = zip(*extract.report.merged_stations, strict=True)
    assert (left, kept) == (("osm-node-71", "osm-node-73"), ("osm-way-5", "osm-node-72"))
    assert metres == (0.0, pytest.approx(11.1, abs=0.1))
    assert extract.report.stations_without_place == ("osm-way-8",)
    assert (extract.report.stations_found, extract.report.stations) == (7, 4)
    there = extract.stations.to_crs("EPSG:4326").set_index("station_id").geometry
    assert 114.030 < there["osm-relation-9"].x < 114.031
    assert there["osm-relation-9"].y - 38.030 < there["osm-relation-9"].x - 114.030  # inside the triangle


def test_hydrants_carry_their_size_and_state(tmp_path: Path) -> None:
    tags = [
        {"fire_hydrant__diameter": "100"}, {"fire_hydrant__diameter": "DN 150"}, {"fire_hydrant__diameter": "4 in"},
        {"disused": "yes"},
    ]  # fmt: skip
    nodes = [
        f'<node id="{80 + i}" version="1" lat="38" lon="114">{tag_text({"emergency": "fire_hydrant"} | each)}</node>'
        for i, each in enumerate(tags)
    ]
    path = tmp_path / "town.osm"
    path.write_text(osm_text(ROW, *nodes, way(1, [1, 2], highway="primary")), encoding="utf-8")
    extract = network_from_osm(path)
    assert extract.hydrants["hydrant_id"].tolist() == [f"osm-node-{number}" for number in range(80, 84)]
    np.testing.assert_array_equal(extract.hydrants["dn_mm"], [100, 150, np.nan, np.nan])
    assert extract.hydrants["status"].tolist() == ["in_use"] * 3 + ["out_of_service"]
    assert extract.report.status_assumed == 3


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("town.osm", b"<!DOCTYPE osm [<!ENTITY a 'b'>]><osm version='0.6'>&a;</osm>", "osm_unreadable"),
        ("town.osm", b"<osm version='0.6'><node id='1'", "osm_unreadable"),
        ("town.osm.gz", b"\x1f\x8b not a gzip file", "osm_unreadable"),
        ("town.osm.pbf", b"\x00\x00\x00\x0dnot a pbf file", "osm_unreadable"),
        ("town.osm", osm_text(ROW).encode(), "osm_no_streets"),
        ("town.osm", b"", "osm_unreadable"),
        ("town.txt", b"", "osm_unknown_ending"),
    ],
)  # fmt: skip
def test_what_is_no_map_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        network_from_osm(tmp_path / name)
    assert [each.code for each in caught.value.problems] == [code]
    assert all(each.text("zh") and each.text("en") for each in caught.value.problems)


def test_an_unknown_filter_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="classes must be one of"):
        network_from_osm(tmp_path / "town.osm", classes="walk")


def great_circle_m(network: Network) -> float:
    """Street length measured as OSMnx measures it, vertex to vertex on the sphere."""
    back = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(network.coords[:, 0], network.coords[:, 1])
    step = ox.distance.great_circle(lat[:-1], lon[:-1], lat[1:], lon[1:])
    inner = np.ones(len(lat) - 1, dtype=bool)
    inner[network.coord_start[1:-1] - 1] = False
    return float(step[inner].sum())


def judged_by_osmnx(path: Path) -> tuple[int, int, float]:
    """Nodes and directed edges of OSMnx's simplified graph, and metres of centre-line of its raw one.

    Ways drawn over each other count once: of the edges between two nodes one that goes both ways, or else one for
    each direction.
    """
    raw = ox.graph_from_xml(path, retain_all=True, simplify=False)
    between: dict[frozenset[int], dict[int | None, float]] = {}
    for u, v, data in raw.edges(data=True):
        direction = u if data["oneway"] else None
        between.setdefault(frozenset((u, v)), {})[direction] = data["length"]
    length = sum(ways.get(None) or sum(ways.values()) for ways in between.values())
    graph = ox.simplify_graph(raw)
    return len(graph), graph.number_of_edges(), length


def write_ways(source: Path, target: Path, classes: frozenset[str]) -> None:
    """The whole ways of the classes, as an OSM file that OSMnx reads."""
    kept: set[int] = set()
    needed: set[int] = set()
    for each in osmium.FileProcessor(str(source), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if (
            isinstance(each, Way)
            and each.tags.get("highway") in classes
            and all(n.location.valid() for n in each.nodes)
        ):
            kept.add(each.id)
            needed.update(node.ref for node in each.nodes)
    with osmium.SimpleWriter(str(target)) as writer:
        for each in osmium.FileProcessor(str(source), osmium.osm.NODE | osmium.osm.WAY):
            if isinstance(each, Node | Way) and each.id in (kept if each.is_way() else needed):
                writer.add(each)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "allowed", "counts", "clipped"),
    [("osmnx-drive", DRIVE, (1854, 4238), 49), ("fire", FIRE, (2090, 4773), 92)],
)
def test_the_town_of_lauf_as_osmnx_counts_it(
    real_data: Path,
    tmp_path: Path,
    classes: str,
    allowed: frozenset[str],
    counts: tuple[int, int],
    clipped: int,
) -> None:
    path = real_data / "lauf" / "lauf-200115.osm.pbf"
    extract = network_from_osm(path, classes=classes, whole_ways=True)
    assert (extract.report.simplified_nodes, extract.report.simplified_edges) == counts
    assert (extract.report.ways_clipped, extract.report.ways_dropped) == (clipped, clipped)
    write_ways(path, tmp_path / "ways.osm", allowed)
    nodes, edges, length = judged_by_osmnx(tmp_path / "ways.osm")
    assert (nodes, edges) == counts
    assert great_circle_m(extract.network) == pytest.approx(length, rel=1e-6)
    assert extract.network.length_m.sum() == pytest.approx(
        length, rel=3e-3
    )  # sphere against ellipsoid and grid


def test_the_sites_of_lauf(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    assert (extract.report.stations_found, len(extract.stations), len(extract.hydrants)) == (4, 3, 479)
    assert [left for left, _, _ in extract.report.merged_stations] == ["osm-node-1524603941"]
    assert extract.report.status_assumed == 482
    assert dict(extract.report.ways_by_reason) == {"drive": 930, "service": 757, "track": 243}
    assert (extract.report.ways_clipped, extract.report.ways_dropped) == (92, 24)
    assert extract.report.data_date == "2020-01-14"  # the header names none: the newest change to a street
    assert extract.network.crs == "EPSG:32632"
    assert extract.hydrants.crs == extract.stations.crs == extract.network.crs


def test_the_exact_drive_filter_leaves_most_service_roads_out(real_data: Path) -> None:
    report = network_from_osm(
        real_data / "lauf" / "lauf-200115.osm.pbf", classes="osmnx-drive-tags", whole_ways=True
    ).report
    assert (report.ways, report.simplified_nodes, report.simplified_edges) == (908, 731, 1790)


@pytest.mark.slow
def test_malta_builds_in_seconds_and_loads_at_once(real_data: Path, tmp_path: Path) -> None:
    extract = network_from_osm(real_data / "malta" / "malta-latest.osm.pbf", classes="osmnx-drive")
    assert (extract.report.stations_found, len(extract.stations), len(extract.hydrants)) == (8, 7, 6)
    assert (extract.report.simplified_nodes, extract.report.simplified_edges) == (22535, 56272)
    assert extract.report.data_date == "2016-11-09"
    assert len(set(extract.network.street_ids())) == extract.network.n_streets
    extract.network.save(tmp_path / "network.npz")
    begun = time.perf_counter()
    again = Network.load(tmp_path / "network.npz")
    assert time.perf_counter() - begun < 0.5  # measured 0.011 s
    np.testing.assert_array_equal(again.coords, extract.network.coords)


def test_a_small_county_seat_and_a_city_centre_in_china(real_data: Path) -> None:
    small = network_from_osm(real_data / "ninghua" / "map.osm")
    assert (small.report.ways, small.network.crs) == (29, "EPSG:32650")
    city = network_from_osm(real_data / "shanghai" / "shanghai.osm")
    assert city.report.ways == 796
    assert "南京西路" in city.network.names
    # Two-way streets stored one way: much of the street length cannot be left or come back to.
    assert 0.6 < city.network.part_share.max() < 0.66


def test_a_city_of_one_way_streets_as_osmnx_counts_it(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "shanghai" / "shanghai.osm"
    extract = network_from_osm(path, classes="osmnx-drive")
    write_ways(path, tmp_path / "ways.osm", DRIVE)
    nodes, edges, length = judged_by_osmnx(tmp_path / "ways.osm")
    assert (extract.report.simplified_nodes, extract.report.simplified_edges) == (nodes, edges)
    assert great_circle_m(extract.network) == pytest.approx(length, rel=1e-6)
