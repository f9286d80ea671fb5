"""A map of tiles under the layers: only by choice, with its maker's name, and nothing else changes."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import card, sign_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Reader

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ADDRESS = "瓦片地址"


@pytest.fixture
def tiles() -> Iterator[tuple[str, list[str]]]:
    """A server of tiles on this computer: the address of its tiles, and what it was asked for."""
    asked: list[str] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, *args: object) -> None:
            """Nothing is written to the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{{z}}/{{x}}/{{y}}.png", asked
    server.shutdown()
    server.server_close()


def choose(reader: Reader, name: str, language: str = "底图") -> None:
    """Choose a base map by the word the list shows for it."""
    reader.page.wait_for_timeout(1000)  # a run that the map still asks for would close the list
    field = reader.page.get_by_test_id("stSidebar").get_by_role("combobox", name=language)
    field.scroll_into_view_if_needed()
    field.click()
    reader.page.get_by_role("option", name=name).click()
    reader.rest()


def fill(reader: Reader, label: str, value: str) -> None:
    field = reader.page.get_by_test_id("stSidebar").get_by_role("textbox", name=label)
    field.fill(value)
    field.press("Enter")
    reader.rest()


def test_own_tiles_lie_under_the_layers_and_change_nothing_else(
    reader: Callable[..., Reader], tiles: tuple[str, list[str]]
) -> None:
    address, asked = tiles
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    lon, lat = sign_places()["曲储【2022】04号地"]
    mine.click_map(lon, lat)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地")
    frame.get_by_label("到场时间范围").uncheck()
    frame.get_by_role("button", name="Zoom in").click()
    mine.page.wait_for_timeout(600)
    view = "[map.getCenter().lng, map.getCenter().lat, map.getZoom()]"
    before = frame.evaluate(view)
    assert frame.locator(".leaflet-tile").count() == 0
    choose(mine, "自定瓦片地址")
    fill(mine, ADDRESS, address)
    sidebar = mine.page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("没有写底图来源")
    expect(sidebar).to_contain_text("没有说明底图坐标")
    assert asked == [], "nothing is fetched before everything is stated"
    fill(mine, "底图来源", "县测绘 <b>院</b>")
    sidebar.get_by_text("底图为 CGCS2000 或 WGS 84 坐标").click()
    frame.wait_for_selector(".leaflet-tile-loaded", timeout=30_000)
    expect(frame.locator(".county-tiles")).to_have_text("县测绘 <b>院</b>")
    assert asked
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    assert frame.evaluate(view) == before
    assert not frame.get_by_label("到场时间范围").is_checked()
    assert "04号地" in card(mine)
    choose(mine, "无（离线）")
    expect(frame.locator(".leaflet-tile")).to_have_count(0)
    expect(frame.locator(".county-tiles")).to_have_count(0)
    assert frame.evaluate(view) == before


def test_shifted_maps_and_missing_keys_are_refused_with_the_reason(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    choose(mine, "天地图 矢量")
    expect(mine.page.get_by_test_id("stSidebar")).to_contain_text("没有天地图密钥")
    choose(mine, "自定瓦片地址")
    fill(mine, ADDRESS, "https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}")
    expect(mine.page.get_by_test_id("stSidebar")).to_contain_text("GCJ-02")
    assert frame.locator(".leaflet-tile").count() == 0


def test_openstreetmap_is_asked_only_when_chosen(reader: Callable[..., Reader]) -> None:
    mine = reader(width=390, height=844)
    frame = mine.open("?lang=en")
    assert mine.wrong == []
    mine.page.get_by_test_id("stExpandSidebarButton").click()
    choose(mine, "OpenStreetMap", "Base map")
    frame.wait_for_selector(".county-tiles", state="attached", timeout=30_000)
    expect(frame.locator(".county-tiles a")).to_have_text("© OpenStreetMap contributors")
    expect(frame.locator(".county-failure")).to_contain_text("could not be loaded")
    assert mine.wrong
    assert all("https://tile.openstreetmap.org/" in each for each in mine.wrong)
    choose(mine, "None (offline)", "Base map")
    expect(frame.locator(".county-failure")).to_have_text("")
    mine.wrong.clear()
