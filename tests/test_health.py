"""A street network looked over before anything is asked of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point

from geo.__main__ import main
from geo.building import Choices, build
from geo.health import PLACES, Health, health
from geo.network import RoadSource
from geo.osm import network_from_osm
from geo.roads import network_from_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.network import Network

CRS = "EPSG:4547"
CORNER = np.asarray([400_000.0, 4_270_000.0])
BLOCK: list[list[tuple[float, float]]] = [
    [(0, 0), (1000, 0)], [(1000, 0), (1000, 1000)], [(1000, 1000), (0, 1000)], [(0, 1000), (0, 0)],
]  # fmt: skip


def town(lines: Sequence[Sequence[tuple[float, float]]], **columns: list[Any]) -> Network:
    shapes = [LineString(np.asarray(line) + CORNER) for line in lines]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    return network_from_lines(frame, crs=CRS, source=RoadSource("paper"))


def sites(*points: tuple[float, float] | None) -> gpd.GeoDataFrame:
    shapes = [None if point is None else Point(np.asarray(point) + CORNER) for point in points]
    return gpd.GeoDataFrame({"site_id": [f"S{i}" for i in range(len(shapes))]}, geometry=shapes, crs=CRS)


def counts(state: Health) -> dict[str, int]:
    return {kind: state.count(kind) for kind in PLACES if state.count(kind)}


def test_a_sound_block_has_nothing_to_look_at() -> None:
    state = health(town(BLOCK, name=["A", "B", "C", "D"], **{"class": ["primary"] * 4}), sites((500, 20)))
    assert counts(state) == {}
    assert (state.nodes, state.streets, state.length_m) == (4, 4, 4000)
    assert (state.guessed_share, state.unnamed_share, state.refusals) == (0, 0, ())
    assert state.parts["connection"].tolist() == ["weak", "strong"]
    assert state.parts["length_share"].tolist() == [1, 1]
    assert state.sites["state"].tolist() == ["near"]
    assert state.sites["snap_m"].tolist() == [20]


def test_shares_of_guesses_and_of_streets_without_a_name() -> None:
    state = health(town(BLOCK, name=["A", None, "C", ""], **{"class": ["primary", None, "lane", "tertiary"]}))
    assert (state.guessed_share, state.unnamed_share) == (0.5, 0.5)
    by_class = state.classes.set_index("class")
    assert by_class["guessed_share"].to_dict() == {"primary": 0, "tertiary": 0, "unclassified": 1}
    assert by_class["unnamed_share"].to_dict() == {"primary": 0, "tertiary": 1, "unclassified": 0.5}
    assert by_class["length_share"].sum() == 1


def test_islands_dead_ends_and_near_misses_have_their_places() -> None:
    spur: list[tuple[float, float]] = [(500, 0), (500, 997)]
    island: list[tuple[float, float]] = [(3000, 0), (3200, 0), (3200, 100), (3000, 0)]
    state = health(town([*BLOCK, spur, island]))
    assert counts(state) == {"island": 1, "near_miss": 1, "dead_end": 1}
    places = state.places.set_index("kind")
    assert places.loc["near_miss", "distance_m"] == pytest.approx(3)
    assert (places.loc["near_miss", "street_id"], places.loc["near_miss", "other_id"]) == ("5-1", "3-1")
    for kind in ("near_miss", "dead_end"):
        np.testing.assert_allclose(places.loc[kind, "geometry"].coords[0] - CORNER, (500, 997))
    assert places.loc["island", "length_m"] == pytest.approx(200 + 100 + np.hypot(200, 100))
    weak = state.parts[state.parts["connection"] == "weak"]
    assert len(weak) == 2
    assert weak["length_m"].sum() == pytest.approx(state.length_m)


def test_streets_that_one_way_rules_cut_off_are_told_apart() -> None:
    ways: list[list[tuple[float, float]]] = [
        [(0, 0), (-300, 0)], [(-500, 500), (0, 0)], [(1000, 1000), (1000, 1400)], [(1000, 1800), (1000, 1400)],
    ]  # fmt: skip
    state = health(town([*BLOCK, *ways], oneway=[0, 0, 0, 0, 1, 1, 1, 1]))
    found = state.places.set_index("street_id")["kind"]
    traps = {street: kind for street, kind in found.items() if kind not in {"dead_end"}}
    assert traps == {"5-1": "no_way_out", "6-1": "no_way_in", "7-1": "no_way_out", "8-1": "cut_off"}
    strong = state.parts[state.parts["connection"] == "strong"]
    assert strong["length_m"].tolist() == [4000]


def test_a_street_drawn_twice_is_found_and_two_directions_are_not() -> None:
    bow: list[tuple[float, float]] = [(0, 0), (500, 0.4), (1000, 0)]
    assert counts(health(town([*BLOCK, bow]))) == {"double": 1}
    both: list[list[tuple[float, float]]] = [bow, [(1000, 0), (500, 0.6), (0, 0)]]
    assert counts(health(town([*BLOCK[1:], *both], oneway=[0, 0, 0, 1, 1]))) == {}
    assert counts(health(town([*BLOCK[1:], *both], oneway=[0, 0, 0, 1, -1]))) == {"double": 1}
    wide: list[tuple[float, float]] = [(0, 0), (500, 9), (1000, 0)]
    assert counts(health(town([*BLOCK, wide]))) == {}


def test_sites_that_are_far_off_or_on_a_part_that_cannot_be_left() -> None:
    trap: list[tuple[float, float]] = [(500, 0), (500, 100)]
    network = town([*BLOCK, trap], oneway=[0, 0, 0, 0, 1])
    state = health(network, sites((200, 40), (200, 80), (510, 90), (500, 500), None))
    assert state.sites["state"].tolist() == ["near", "far", "small_part", "off_network", "unplaced"]
    np.testing.assert_allclose(state.sites["snap_m"], [40, 80, 90, 500, np.nan])
    np.testing.assert_allclose(state.sites["nearest_m"], [40, 80, 10, 400, np.nan])
    assert counts(state) == {"no_way_out": 1, "dead_end": 1, "far_site": 3}
    assert state.refusals == ()


def test_what_would_mean_nothing_is_refused() -> None:
    pieces = [[(0.0, y), (100.0, y)] for y in np.arange(0, 3000, 200.0).tolist()]
    state = health(town(pieces), sites((5000, 5000)))
    assert state.refusals == ("islands", "no_site")
    assert state.count("island") == 14
    empty = health(town(BLOCK, opens=[2030] * 4).opened(0), sites((0, 0)))
    assert (empty.refusals, counts(empty), len(empty.parts)) == (("no_streets",), {"far_site": 1}, 0)


def test_the_network_and_the_sites_are_left_as_they_were() -> None:
    network, given = town(BLOCK), sites((500, 20), None)
    before = given.copy(deep=True)
    coords = network.coords.copy()
    health(network, given)
    assert given.equals(before)
    np.testing.assert_array_equal(network.coords, coords)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    shapes = [LineString(np.asarray(line) + CORNER) for line in [*BLOCK, [(500, 0), (500, 997)]]]
    columns = {"name": ["一路", "二路", "三路", "四路", "五路"], "opens": [None, None, None, None, "2028"]}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(4326)
    frame.to_file(tmp_path / "roads.geojson")
    build(tmp_path / "roads.geojson", tmp_path / "county", Choices(crs=CRS))
    (tmp_path / "county" / "stations").mkdir()
    points = gpd.GeoSeries([Point(CORNER + np.asarray([300, 90]))], crs=CRS).to_crs(4326)
    (tmp_path / "county" / "stations" / "stations.csv").write_text(
        f"station_id,name,status,lon,lat\nFS-1,一站,in_use,{points.x[0]:.7f},{points.y[0]:.7f}\n", "utf-8"
    )
    return tmp_path / "county"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_says_it_all(county: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", str(county), "--lang", language]) == 0
    said = capsys.readouterr().out
    assert "stations/FS-1" in said
    assert "1.0" in said  # kilometres that are planned
    assert main(["health", str(county), "--lang", language, "--year", "2028"]) == 0
    assert "5-1" in capsys.readouterr().out  # the planned street stops short


def test_the_command_writes_places_and_json(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = county.parent / "look" / "places.geojson"
    assert main(["health", "--county", str(county), "--out", str(out), "--json", "--year", "2028"]) == 0
    answer = json.loads(capsys.readouterr().out)["health"]
    assert (answer["streets"], answer["planned_length_m"], answer["refusals"]) == (6, 0, [])
    assert answer["places"]["near_miss"] == {"number": 1, "length_m": pytest.approx(997, abs=0.01)}
    assert answer["sites"] == {"far": 1}
    assert answer["far_sites"][0]["state"] == "far"
    written = json.loads(out.read_text(encoding="utf-8"))
    assert sorted(each["properties"]["kind"] for each in written["features"]) == [
        "dead_end", "far_site", "near_miss",
    ]  # fmt: skip
    assert all(each["geometry"]["coordinates"][0] > 100 for each in written["features"])


def test_a_county_in_pieces_is_looked_over_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pieces = [LineString(np.asarray([(0, y), (100, y)]) + CORNER) for y in range(0, 3000, 200)]
    frame = gpd.GeoDataFrame(geometry=pieces, crs=CRS).to_crs(4326)
    frame.to_file(tmp_path / "roads.geojson")
    build(tmp_path / "roads.geojson", tmp_path / "county", Choices(crs=CRS))
    assert main(["check", str(tmp_path / "county")]) == 2
    capsys.readouterr()
    assert main(["health", str(tmp_path / "county"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["health"]["refusals"] == ["islands"]
    assert "network_islands" in [each["code"] for each in answer["problems"]]


def test_a_county_without_streets_and_one_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "county.toml").write_text('name = "甲县"\ncrs = "EPSG:4547"\n', encoding="utf-8")
    assert main(["health", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["health"] is None
    assert main(["health", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err


@pytest.mark.slow
def test_real_towns_as_they_are(real_data: Path) -> None:
    lauf = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    state = health(lauf.network, lauf.stations.rename(columns={"station_id": "site_id"}))
    assert state.sites["state"].tolist() == ["near"] * 3
    assert (state.signals, state.level_crossings, state.refusals) == (40, 0, ())
    assert state.parts.groupby("connection")["length_share"].max().round(3).to_dict() == {
        "strong": 0.963, "weak": 0.975,
    }  # fmt: skip
    assert counts(state) == {
        "island": 13, "no_way_out": 16, "no_way_in": 14, "near_miss": 12, "dead_end": 723,
    }  # fmt: skip
    # Streets of a Chinese city centre stored one way: half of them can be entered or left, not both.
    shanghai = health(network_from_osm(real_data / "shanghai" / "shanghai.osm").network)
    traps = sum(shanghai.kind_length_m(kind) for kind in ("no_way_out", "no_way_in", "cut_off"))
    strong = shanghai.parts[shanghai.parts["connection"] == "strong"]
    assert traps / shanghai.length_m > 0.25
    assert strong["length_share"].max() == pytest.approx(0.651, abs=0.001)
    assert traps + strong["length_m"].max() + shanghai.kind_length_m("island") == pytest.approx(
        shanghai.length_m
    )
