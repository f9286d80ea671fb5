"""What if, as a reader does it on the map of Lauf: a station added by a click flips a parcel; undone, done again, saved
under a name, and opened by its link. The three parcels are made for this test: Lauf publishes none."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from analysis.assessment import assess
from analysis.saved_scenarios import read_saved
from analysis.scenario import Scenario
from analysis.scenario_link import scenario_from_link
from geo.county import read_county
from geo.words import say
from tests.browser.conftest import FRAME
from tests.browser.test_tasks import AREA, area, rested, shows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Frame, Locator

    from tests.browser.conftest import Reader

PARCELS = {"T-1": (11.2790, 49.5045), "T-2": (11.2985, 49.5205), "T-3": (11.2515, 49.5255)}
"""West and south of each: near the station, too far from it, and where no street leads."""
NEW = 11.2987, 49.5180
NAME = "东北加一站"


@pytest.fixture
def with_parcels(lauf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Lauf with three plots that nobody owns."""
    folder = tmp_path_factory.getbasetemp() / "lauf-what-if"
    if folder.exists():
        return folder
    shutil.copytree(lauf, folder)
    east, north = 0.0004, 0.00027
    features = [
        {
            "type": "Feature",
            "properties": {"parcel_no": number, "name": "made for a test"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + east, y], [x + east, y + north], [x, y + north], [x, y]]],
            },
        }
        for number, (x, y) in PARCELS.items()
    ]
    path = folder / "parcels" / "parcels.geojson"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return folder


def choose_tool(frame: Frame, mode: str) -> None:
    if not frame.locator(".county-suppose-box").is_visible():
        frame.locator(".county-suppose").click()
    frame.locator(".county-modes").get_by_role("button", name=say("zh", f"tool.suppose_{mode}")).click()


def in_address(reader: Reader, name: str) -> str:
    return parse_qs(urlsplit(reader.page.url).query).get(name, [""])[0]


def flips(reader: Reader) -> Locator:
    return reader.page.locator(".st-key-flipped")


def on_page(reader: Reader, lon: float, lat: float) -> tuple[float, float]:
    """Where a place of the map lies on the screen."""
    at = reader.map().evaluate(
        "([lat, lon]) => { const p = window.map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [lat, lon],
    )
    box = reader.page.locator(FRAME).bounding_box()
    assert box is not None
    return box["x"] + at[0], box["y"] + at[1]


def test_a_station_is_added_undone_done_again_saved_and_opened_by_its_link(
    reader: Callable[..., Reader], with_parcels: Path
) -> None:
    county = read_county(with_parcels)
    before = assess(county, Scenario())
    assert before.parcels["verdict"].tolist() == ["covered", "not_covered", "not_analysed"]
    mine = reader(with_parcels)
    frame = mine.open()
    shows(mine, AREA, area(before))
    expect(flips(mine)).to_be_hidden()
    frame.evaluate("window.notMountedAnew = true")
    choose_tool(frame, "add_stations")
    mine.click_map(*NEW)
    expect(flips(mine)).to_contain_text("T-2 ✕ 不可达→✓ 可达", timeout=60_000)
    rested(mine)
    scenario = scenario_from_link(in_address(mine, "s"))
    (added,) = scenario.changes.stations_added
    assert (added.id, added.position_status) == ("S+1", "assumed")
    assert abs(added.lon - NEW[0]) < 0.0003
    assert abs(added.lat - NEW[1]) < 0.0003
    after = assess(county, scenario)
    assert after.parcels["verdict"].tolist() == ["covered", "covered", "not_analysed"]
    assert area(after) != area(before)
    shows(mine, AREA, area(after))
    assert mine.map().evaluate("window.notMountedAnew"), "the map keeps its view"

    side = mine.page.get_by_test_id("stSidebar")
    expect(side.locator(".st-key-what_if_list")).to_contain_text("S+1")
    side.get_by_role("button", name=say("zh", "what_if.undo")).click()
    shows(mine, AREA, area(before))
    expect(flips(mine)).to_be_hidden()
    side.get_by_role("button", name=say("zh", "what_if.redo")).click()
    shows(mine, AREA, area(after))

    side.locator(".st-key-saved_more button").first.click()
    mine.page.get_by_role("textbox", name=say("zh", "saved.name"), exact=True).fill(NAME)
    expect(mine.page.get_by_text(say("zh", "saved.everyone"))).to_be_visible()
    mine.page.locator(".st-key-saved_save button").click()
    expect(side.get_by_text(say("zh", "saved.done", name=NAME))).to_be_visible(timeout=30_000)
    saved = read_saved(with_parcels, NAME)
    assert saved.scenario.changes == scenario.changes
    rested(mine)
    assert in_address(mine, "saved") == f"{NAME}~{saved.digest[:16]}"

    other = reader(with_parcels)
    other.page.goto(mine.page.url)
    frame = other.map()
    shows(other, AREA, area(after))
    expect(flips(other)).to_contain_text("T-2 ✕ 不可达→✓ 可达")
    other.page.mouse.click(*on_page(other, added.lon, added.lat))
    told = frame.locator(".leaflet-popup")
    expect(told).to_contain_text(say("zh", "value.position_status.assumed"))
    expect(told).not_to_contain_text(say("zh", "value.position.P0"))
    told.get_by_role("button", name=say("zh", "tool.step_added_back")).click()
    shows(other, AREA, area(before))
    shows(mine, AREA, area(after))


def test_a_thing_is_dragged_and_a_street_closed_by_a_line(
    reader: Callable[..., Reader], with_parcels: Path
) -> None:
    station = read_county(with_parcels).stations.to_crs("EPSG:4326").iloc[0]
    mine = reader(with_parcels)
    frame = mine.open()
    choose_tool(frame, "move")
    x, y = on_page(mine, station.geometry.x, station.geometry.y)
    mine.page.mouse.move(x, y)
    mine.page.mouse.down()
    mine.page.mouse.move(x + 20, y - 20)
    mine.page.mouse.move(x + 60, y - 60)
    mine.page.mouse.up()
    listed = mine.page.locator(".st-key-what_if_list")
    expect(listed).to_contain_text("移动消防站", timeout=60_000)
    rested(mine)
    (moved,) = scenario_from_link(in_address(mine, "s")).changes.stations_moved
    assert moved.id == station["station_id"]
    to_x, to_y = on_page(mine, moved.lon, moved.lat)
    from_x, from_y = on_page(mine, station.geometry.x, station.geometry.y)
    assert (to_x - from_x, to_y - from_y) == pytest.approx((60, -60), abs=1.5), "and the map stood still"

    choose_tool(frame, "close_line")
    for lon, lat in ((11.268, 49.508), (11.285, 49.5065)):
        mine.page.mouse.click(*on_page(mine, lon, lat))
    frame.get_by_role("button", name=say("zh", "tool.suppose_done_title")).click()
    expect(listed).to_contain_text("封闭", timeout=60_000)
    rested(mine)
    (closure,) = scenario_from_link(in_address(mine, "s")).closures
    assert closure.wkt.startswith("LINESTRING")
