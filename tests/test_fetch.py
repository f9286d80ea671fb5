"""Fetching a county from servers that speak Overpass and Nominatim, here on this machine; and their failures."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import osmium
import osmnx as ox
import pytest
import shapely
from osmium.osm import Node, Way

from geo import osm_fetch
from geo.__main__ import main
from geo.county import check_county, read_county
from geo.network import Network
from geo.osm import network_from_osm
from geo.osm_fetch import fetch
from geo.problems import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TOWN = shapely.box(11.265, 49.505, 11.290, 49.520)
Element = dict[str, Any]


@dataclass
class Map:
    """What the server knows: nodes, streets with all their nodes, sites."""

    nodes: dict[int, Element] = field(default_factory=dict)
    ways: list[Element] = field(default_factory=list)
    sites: list[Element] = field(default_factory=list)

    def read(self, path: Path, wanted: Callable[[Mapping[str, str]], bool], into: list[Element]) -> None:
        """Take in nodes, and the ways or nodes whose tags are wanted."""
        for each in osmium.FileProcessor(str(path)):
            if not isinstance(each, Node | Way):
                continue
            tags = {tag.k: tag.v for tag in each.tags}
            element: Element = {"id": each.id, "tags": tags}
            if isinstance(each, Node):
                element |= {"type": "node", "lat": each.lat, "lon": each.lon}
                self.nodes[each.id] = element
            else:
                element |= {"type": "way", "nodes": [node.ref for node in each.nodes]}
            if wanted(tags):
                into.append(element)

    def inside(self, element: Element, area: shapely.Polygon) -> bool:
        numbers = element.get("nodes", [element["id"]])
        places = [self.nodes[number] for number in numbers if number in self.nodes]
        points = shapely.points([each["lon"] for each in places], [each["lat"] for each in places])
        return bool(shapely.intersects(area, points).any())

    def answer(self, query: str) -> Element:
        """What Overpass answers to the two kinds of question OSMnx asks."""
        assert query.startswith("[out:json]")
        corners = re.search(r"\(poly:'([^']+)'\)", query)
        assert corners is not None
        numbers = [float(each) for each in corners[1].split()]
        area = shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))
        filters = re.findall(r'\["(\w+)"~"([^"]+)"\]', query.partition("(poly")[0])
        found = [
            each
            for each in (self.ways if filters else self.sites)
            if all(re.search(pattern, each["tags"].get(key, "")) for key, pattern in filters)
            and self.inside(each, area)
        ]
        needed = {number for each in found for number in each.get("nodes", ())} & self.nodes.keys()
        about = {"timestamp_osm_base": "2020-01-15T20:59:02Z", "copyright": "The data is from OpenStreetMap"}
        elements = [
            *found,
            *(self.nodes[number] for number in sorted(needed - {each["id"] for each in found})),
        ]
        return {"version": 0.6, "osm3s": about, "elements": elements}


class Addresses(TypedDict):
    overpass_url: str
    nominatim_url: str


class Server(ThreadingHTTPServer):
    """Overpass under ``/api``, Nominatim beside it."""

    daemon_threads = True

    def __init__(self, known: Map, faults: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.known, self.faults = known, faults
        self.asked: list[str] = []
        self.over = threading.Event()

    @property
    def urls(self) -> Addresses:
        root = f"http://127.0.0.1:{self.server_address[1]}"
        return {"overpass_url": f"{root}/api", "nominatim_url": f"{root}/"}


class Requests(BaseHTTPRequestHandler):
    """One request; ``server.faults`` says what is to go wrong with which path."""

    server: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""

    def reply(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def failed(self, path: str) -> bool:
        self.server.asked.append(path)
        fault = self.server.faults.get(path)
        if fault == "closes":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "hangs":
            self.server.over.wait(5)
        elif fault == "half":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b'{"elements": [')
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault is not None:
            status, _, content = fault.partition(" ")
            self.reply(int(status), content.encode())
        return fault is not None

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        kind = "sites" if "fire_station" in query else path
        if not self.failed(kind):
            assert path == "/api/interpreter"
            self.reply(200, json.dumps(self.server.known.answer(query)).encode())

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if self.failed(parts.path):
            return
        assert parts.path in {"/search", "/lookup"}
        asked = parse_qs(parts.query)
        known = parts.path == "/lookup" or asked["q"][0].startswith("Lauf")
        west, south, east, north = TOWN.bounds
        place = {
            "osm_type": "relation", "osm_id": 123, "place_id": 1, "lat": "49.51", "lon": "11.28", "class": "boundary",
            "type": "administrative", "importance": 0.5, "name": "Lauf", "display_name": "Lauf, Bayern",
            "boundingbox": [str(south), str(north), str(west), str(east)],
            "geojson": shapely.geometry.mapping(TOWN),
        }  # fmt: skip
        self.reply(200, json.dumps([place] if known else []).encode())


@pytest.fixture(scope="module")
def known() -> dict[str, Map]:
    """The map the servers share; filled by the first test that has the data."""
    return {}


@pytest.fixture
def lauf(real_data: Path, known: dict[str, Map]) -> Map:
    if "lauf" not in known:
        made = Map()
        made.read(real_data / "lauf" / "lauf.drive.osm.gz", lambda tags: "highway" in tags, made.ways)
        made.ways = [each for each in made.ways if each["type"] == "way"]
        made.read(
            real_data / "lauf" / "lauf-200115.osm.pbf",
            lambda tags: tags.get("amenity") == "fire_station" or tags.get("emergency") == "fire_hydrant",
            made.sites,
        )
        known["lauf"] = made
    return known["lauf"]


@contextmanager
def serving(content: Map, faults: Mapping[str, str] | None = None) -> Iterator[Server]:
    server = Server(content, faults or {})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses out of politeness to servers that are our own."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def outline(folder: Path, area: shapely.Polygon = TOWN) -> Path:
    path = folder / "outline.geojson"
    path.write_text(gpd.GeoSeries([area], crs="EPSG:4326").to_json(), encoding="utf-8")
    return path


def small_map() -> Map:
    """Two streets and a station at the edge of the town, where no data are needed."""
    content = Map()
    for number in range(1, 6):
        content.nodes[number] = {
            "type": "node", "id": number, "lat": 49.510, "lon": 11.270 + 0.002 * number, "tags": {}
        }  # fmt: skip
    content.ways = [
        {"type": "way", "id": 11, "nodes": [1, 2, 3], "tags": {"highway": "primary", "name": "Nordring"}},
        {"type": "way", "id": 12, "nodes": [3, 4], "tags": {"highway": "track", "oneway": "yes"}},
        {"type": "way", "id": 13, "nodes": [4, 5], "tags": {"highway": "footway"}},
        {"type": "way", "id": 14, "nodes": [3, 5], "tags": {"highway": "path", "emergency": "yes"}},
    ]
    content.nodes[21] = {
        "type": "node", "id": 21, "lat": 49.511, "lon": 11.274, "tags": {"amenity": "fire_station", "name": "Wache"}
    }  # fmt: skip
    content.sites = [content.nodes[21]]
    return content


def test_a_county_is_fetched_by_its_outline(tmp_path: Path) -> None:
    steps: list[str] = []
    with serving(small_map()) as server:
        update, written = fetch(
            boundary=outline(tmp_path), out=tmp_path / "county", **server.urls,
            progress=lambda code, _: steps.append(code),
        )  # fmt: skip
    assert steps == ["fetch_streets", "fetch_sites", "fetch_writing"]
    county = read_county(tmp_path / "county")
    assert county.network is not None
    assert sorted(county.network.street_ids()) == ["11-1", "12-1", "14-1"]
    assert county.network.source.data_date == "2020-01-15"
    assert county.network.source.from_osm
    assert sorted(zip(county.network.way_id.tolist(), county.network.oneway.tolist(), strict=True)) == [
        (11, 0), (12, 1), (14, 0),
    ]  # fmt: skip
    assert county.stations["station_id"].tolist() == ["osm-node-21"]
    assert county.crs == "EPSG:32632"
    assert not (tmp_path / "county" / "places").exists()  # the outline is the user's own
    assert (update.network.n_streets, written.kept) == (3, ())


def test_a_county_is_fetched_by_its_name(tmp_path: Path) -> None:
    with serving(small_map()) as server:
        fetch("Lauf, Bayern", out=tmp_path / "county", margin_m=0, **server.urls)
        assert server.asked == ["/search", "/api/interpreter", "/api/interpreter", "sites"]
    kept = json.loads((tmp_path / "county" / "places" / "boundary.geojson").read_text(encoding="utf-8"))
    assert "Open Database License" in kept["about"]["notice"]
    assert shapely.from_geojson(json.dumps(kept["features"][0]["geometry"])).equals(TOWN)
    county = read_county(tmp_path / "county")
    assert (county.name, county.boundary is not None) == ("Lauf", True)


def test_rivers_and_railways_come_along(tmp_path: Path) -> None:
    content = small_map()
    corners = {31: (49.5096, 11.270), 32: (49.5096, 11.280), 33: (49.5092, 11.280), 34: (49.5092, 11.270)}
    for number, (lat, lon) in corners.items():
        content.nodes[number] = {"type": "node", "id": number, "lat": lat, "lon": lon, "tags": {}}
    for number, nodes, tags in (
        (41, [31, 32], {"railway": "rail", "name": "Bahn"}),
        (42, [31, 33], {"railway": "rail", "bridge": "viaduct"}),
        (43, [31, 32, 33, 34, 31], {"natural": "water", "water": "river", "name": "Pegnitz"}),
        (44, [33, 34], {"waterway": "river"}),
        (45, [32, 33], {"waterway": "river", "tunnel": "culvert"}),
    ):
        content.sites.append({"type": "way", "id": number, "nodes": nodes, "tags": tags})
    with serving(content) as server:
        update, written = fetch(boundary=outline(tmp_path), out=tmp_path / "county", **server.urls)
    assert "places/barriers.geojson" in written.files
    county = read_county(tmp_path / "county")
    found = county.barriers.set_index("barrier_id")
    assert found["kind"].to_dict() == {"osm-way-41": "railway", "osm-way-43": "river", "osm-way-44": "river"}
    assert found.geom_type.to_dict() == {
        "osm-way-41": "LineString", "osm-way-43": "Polygon", "osm-way-44": "LineString",
    }  # fmt: skip
    assert found["name"]["osm-way-43"] == "Pegnitz"
    assert (len(county.stations), len(county.hydrants)) == (1, 0)
    assert not [each for each in check_county(tmp_path / "county") if each.code == "barriers_elsewhere"]
    kept = json.loads((tmp_path / "county" / "places" / "barriers.geojson").read_text(encoding="utf-8"))
    assert "Open Database License" in kept["about"]["notice"]
    assert update.barriers is not None
    assert len(update.barriers) == 3


@pytest.mark.slow
def test_a_town_is_fetched_with_its_margin(lauf: Map, real_data: Path, tmp_path: Path) -> None:
    with serving(lauf) as server:
        fetch(boundary=outline(tmp_path), out=tmp_path / "county", margin_m=400, **server.urls)
    county = read_county(tmp_path / "county")
    assert county.network is not None
    wide = gpd.GeoSeries([TOWN], crs="EPSG:4326").to_crs("EPSG:32632").buffer(400).iloc[0]
    whole = network_from_osm(real_data / "lauf" / "lauf.drive.osm.gz").network
    inside = sum(line.length for line in whole.lines if wide.covers(line))
    touching = sum(line.length for line in whole.lines if wide.buffer(150).intersects(line))
    assert 30_000 < inside <= county.network.length_m.sum() <= touching
    sites = wide.buffer(60)  # the outline with its margin is simplified, never drawn in
    assert county.hydrants.geometry.intersects(sites).all()
    everything = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    assert set(everything.hydrants.loc[everything.hydrants.intersects(wide), "hydrant_id"]) <= set(
        county.hydrants["hydrant_id"]
    )
    assert len(county.hydrants) > 100


FAULTS = {
    "error 500": ({"/api/interpreter": "500 sorry"}, "fetch_status"),
    "error 500 in JSON": ({"/api/interpreter": '500 {"elements": []}'}, "fetch_status"),
    "a page": ({"/api/interpreter": "200 <html>welcome</html>"}, "fetch_garbled"),
    "a list": ({"/api/interpreter": "200 [1, 2]"}, "fetch_empty"),
    "no elements": ({"/api/interpreter": '200 {"version": 0.6}'}, "fetch_garbled"),
    "strange elements": ({"/api/interpreter": '200 {"elements": [{"type": "way"}]}'}, "fetch_garbled"),
    "nothing": ({"/api/interpreter": '200 {"elements": []}'}, "fetch_empty"),
    "part": (
        {"/api/interpreter": '200 {"elements": [], "remark": "runtime error: Query timed out"}'},
        "fetch_partial",
    ),
    "closes": ({"/api/interpreter": "closes"}, "fetch_unreachable"),
    "half": ({"/api/interpreter": "half"}, "fetch_unreachable"),
    "hangs": ({"/api/interpreter": "hangs"}, "fetch_timeout"),
    "busy": ({"/api/interpreter": "429 slow down"}, "fetch_still_busy"),
    "gateway": ({"/api/interpreter": "504 later"}, "fetch_still_busy"),
    "sites fail": ({"sites": "500 sorry"}, "fetch_status"),
    "sites part": (
        {"sites": '200 {"elements": [], "remark": "runtime error: out of memory"}'},
        "fetch_partial",
    ),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_fetch_says_why_and_leaves_the_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(osm_fetch, "TIMEOUT_S", 0.4)
    out = tmp_path / "county"
    with serving(small_map()) as server:
        fetch(boundary=outline(tmp_path), out=out, **server.urls)
    before = contents(out)
    settings = {key: getattr(ox.settings, key) for key in vars(ox.settings) if not key.startswith("_")}
    faults, code = FAULTS[fault]
    with serving(small_map(), faults) as server, pytest.raises(InputError) as caught:
        fetch(boundary=outline(tmp_path), out=out, **server.urls)
    assert [each.code for each in caught.value.problems] == [code]
    assert all(each.text("zh") and each.text("en") for each in caught.value.problems)
    assert contents(out) == before
    assert {path.name for path in out.iterdir()} == {"county.toml", "roads", "stations"}
    assert settings == {key: getattr(ox.settings, key) for key in settings}
    assert len(server.asked) <= 4  # a busy server is asked three times and no more


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError) as caught:
        fetch(
            boundary=outline(tmp_path), out=tmp_path / "county", overpass_url=f"http://127.0.0.1:{port}/api"
        )
    assert [each.code for each in caught.value.problems] == ["fetch_unreachable"]
    assert not (tmp_path / "county").exists()


@pytest.mark.slow
def test_a_busy_server_may_have_time_later(tmp_path: Path) -> None:
    faults = {"/api/interpreter": "429 slow down"}
    waited = []

    def progress(code: str, _: Mapping[str, object]) -> None:
        waited.append(code)
        if code == "fetch_busy":
            faults.clear()

    with serving(small_map(), faults) as server:
        fetch(boundary=outline(tmp_path), out=tmp_path / "county", **server.urls, progress=progress)
    assert waited == ["fetch_streets", "fetch_busy", "fetch_sites", "fetch_writing"]


@pytest.mark.parametrize(
    ("place", "faults", "code"),
    [
        ("Atlantis", {}, "fetch_place_unknown"),
        ("Lauf", {"/search": "500 sorry"}, "fetch_status"),
        ("Lauf", {"/search": "200 <html>"}, "fetch_garbled"),
        ("Lauf", {"/search": '200 [{"no": "shape"}]'}, "fetch_garbled"),
    ],
)
def test_a_place_that_is_not_found(tmp_path: Path, place: str, faults: dict[str, str], code: str) -> None:
    with serving(small_map(), faults) as server, pytest.raises(InputError) as caught:
        fetch(place, out=tmp_path / "county", **server.urls)
    assert [each.code for each in caught.value.problems] == [code]


def test_what_is_asked_for_wrongly(tmp_path: Path) -> None:
    points = tmp_path / "points.geojson"
    points.write_text(gpd.GeoSeries([shapely.Point(11, 49)], crs="EPSG:4326").to_json(), encoding="utf-8")
    for given, code in [
        ({}, "fetch_place_or_boundary"),
        ({"place": "Lauf", "boundary": outline(tmp_path)}, "fetch_place_or_boundary"),
        ({"place": "Lauf", "margin_m": float("nan")}, "fetch_margin"),
        ({"boundary": tmp_path / "nowhere.geojson"}, "fetch_no_file"),
        ({"boundary": points}, "fetch_no_outline"),
    ]:
        with pytest.raises(InputError) as caught:
            fetch(**given, out=tmp_path / "county")  # type: ignore[arg-type]
        assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.slow
def test_the_command_puts_the_real_network_in_the_place_of_a_schematic_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(__file__).resolve().parent.parent / "data"
    out = tmp_path / "county"
    shutil.copytree(root, out, ignore=shutil.ignore_patterns("text"))
    assert "roads" in read_county(out).schematic
    content = small_map()
    for node in content.nodes.values():  # the same two streets, in the middle of the county town
        node["lon"], node["lat"] = node["lon"] - 11.274 + 114.698, node["lat"] - 49.510 + 38.619
    town = shapely.box(114.68, 38.60, 114.72, 38.64)
    with serving(content) as server:
        urls = [f"--{key.replace('_', '-')}={url}" for key, url in server.urls.items()]
        assert (
            main(
                [
                    "fetch",
                    "--boundary",
                    str(outline(tmp_path, town)),
                    "--out",
                    str(out / "roads"),
                    "--json",
                    *urls,
                ]
            )
            == 0
        )
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert (answer["streets"], answer["crs"], answer["kept"]) == (
        3, "EPSG:4547", ["stations/stations.csv"],
    )  # fmt: skip
    assert sorted(answer["removed"]) == ["roads/roads.toml", "roads/streets.geojson"]
    assert "平方公里" in printed.err
    county = read_county(out)
    assert "roads" not in county.schematic
    assert county.network is not None
    assert county.network.n_streets == 3
    assert [each for each in check_county(out) if not each.warning] == []
    assert len(county.stations) == len(read_county(root).stations)
    assert "# " in (out / "county.toml").read_text(encoding="utf-8")  # its comments stay


def test_the_command_refuses_with_every_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "--out", str(tmp_path), "--lang", "en"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "give either --place" in printed.err


@pytest.mark.live
def test_a_village_from_the_real_servers(tmp_path: Path) -> None:
    _, written = fetch("Monaco", out=tmp_path / "county", margin_m=0)
    assert Network.load(written.folder / "roads" / "network.npz").n_streets > 500
