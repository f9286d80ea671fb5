"""The address and the search in a real browser: links, back and forward, points, and the view without reruns."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from geo.words import say
from tests.browser.conftest import FRAME, ROOT
from tests.browser.test_page import put_number, tick_row
from tests.browser.test_tile_map import choose
from tests.tile_archives import column_and_row, png, state, write_mbtiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Reader

FIELD = "接警出动（秒）"


ZOOM, LON, LAT = 13, 114.698, 38.619


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default county with a base map of its own: one tile over the town."""
    folder = tmp_path_factory.mktemp("address") / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text"))
    write_mbtiles(
        folder / "tiles" / "town.mbtiles", {(ZOOM, *column_and_row(ZOOM, LON, LAT)): png(200, 0, 0)}
    )
    state(folder, "town.mbtiles")
    return folder


def asked(reader: Reader) -> dict[str, str]:
    """What stands in the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(reader.page.url).query).items()}


def turnout(reader: Reader) -> str:
    return reader.page.get_by_role("spinbutton", name=FIELD).input_value()


def search(reader: Reader, text: str) -> None:
    box = reader.page.get_by_role("textbox", name="查找")
    box.fill(text)
    box.press("Enter")


def test_turnout_goes_into_the_address_a_reload_keeps_it_and_back_undoes_it(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    mine.open()
    first = mine.figure(0)
    assert "s" not in asked(mine)
    put_number(mine, FIELD, "90")
    expect(mine.page).to_have_url(re.compile(r"[?&]s="), timeout=60_000)
    mine.rest()
    changed, address = mine.figure(0), mine.page.url
    assert changed != first
    mine.page.reload()
    mine.map()
    assert (turnout(mine), mine.figure(0)) == ("90", changed)
    put_number(mine, FIELD, "120")
    expect(mine.page).not_to_have_url(address, timeout=60_000)
    mine.rest()
    mine.page.go_back()
    expect(mine.page.get_by_role("spinbutton", name=FIELD)).to_have_value("90", timeout=60_000)
    mine.rest()
    assert mine.figure(0) == changed
    mine.page.go_forward()
    expect(mine.page.get_by_role("spinbutton", name=FIELD)).to_have_value("120", timeout=60_000)
    mine.rest()
    other = reader()
    other.page.goto(address)
    other.map()
    assert (turnout(other), other.figure(0)) == ("90", changed)


def test_view_and_layers_stand_in_the_address_without_asking_the_page_again(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    frame = mine.open()
    assert "view" not in asked(mine)
    sent: list[int] = []
    mine.page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    frame.get_by_label("消火栓保护范围").check()
    holder = mine.page.locator('iframe[title*="st_folium"]').bounding_box()
    assert holder is not None
    mine.page.mouse.move(holder["x"] + 300, holder["y"] + 300)
    mine.page.mouse.wheel(0, -400)
    expect(mine.page).to_have_url(re.compile("view="), timeout=10_000)
    expect(mine.page).to_have_url(re.compile("layers="), timeout=10_000)
    mine.page.wait_for_timeout(600)
    zoom, centre = frame.evaluate("[window.map.getZoom(), window.map.getCenter().lng]")
    put_number(mine, FIELD, "90")
    expect(mine.page).to_have_url(re.compile(r"[?&]s="), timeout=60_000)
    mine.rest()
    mine.page.wait_for_timeout(600)
    assert {"view", "layers", "s"} <= asked(mine).keys()
    other = reader()
    other.page.goto(mine.page.url)
    frame = other.map()
    assert abs(frame.evaluate("window.map.getZoom()") - zoom) < 0.3
    assert abs(frame.evaluate("window.map.getCenter().lng") - centre) < 1e-4
    assert frame.get_by_label("消火栓保护范围").is_checked()


def test_a_chosen_row_is_opened_by_its_link_and_back_chooses_the_one_before(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    mine.open()
    card = mine.page.locator(".st-key-parcel_card")
    tick_row(mine, 4)
    expect(card).to_contain_text("04号地")
    expect(mine.page).to_have_url(re.compile("at=parcel"), timeout=30_000)
    mine.rest()
    address = mine.page.url
    tick_row(mine, 5)
    expect(card).to_contain_text("05号地")
    mine.rest()
    mine.page.go_back()
    expect(card).to_contain_text("04号地", timeout=60_000)
    other = reader()
    other.page.goto(address)
    frame = other.map()
    expect(other.page.locator(".st-key-parcel_card")).to_contain_text("04号地")
    frame.wait_for_function("() => window.map.getZoom() > 12", timeout=10_000)


def test_a_click_beside_the_streets_answers_for_that_place(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    frame.evaluate("() => void window.map.setView([38.61624, 114.68672], 15, { animate: false })")
    mine.page.wait_for_timeout(500)
    zoom = frame.evaluate("window.map.getZoom()")
    mine.click_map(114.68672, 38.61624)
    card = mine.page.locator(".st-key-place_card")
    expect(card).to_contain_text("WGS 84", timeout=30_000)
    expect(card).to_contain_text("视条件而定")
    expect(card).not_to_contain_text("✓")
    expect(mine.page).to_have_url(re.compile("at=114"), timeout=30_000)
    frame = mine.map()
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    assert frame.evaluate("window.map.getZoom()") == zoom
    address = mine.page.url
    mine.page.get_by_role("button", name="✕").click()
    expect(card).to_have_count(0, timeout=30_000)
    other = reader()
    other.page.goto(address)
    other.map()
    expect(other.page.locator(".st-key-place_card")).to_contain_text("WGS 84")


def test_search_flies_to_what_was_found(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    search(mine, "灵山镇")
    card = mine.page.locator(".st-key-place_card")
    expect(card).to_contain_text("灵山镇", timeout=30_000)
    expect(card).to_contain_text("不可达")
    frame = mine.map()
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    frame.wait_for_function("() => Math.abs(window.map.getCenter().lat - 38.788) < 0.02")
    search(mine, "38.62 114.70")
    frame.wait_for_function("() => Math.abs(window.map.getCenter().lat - 38.62) < 0.01")
    search(mine, "南环路")
    mine.page.locator(".st-key-search_found").get_by_role("button", name=re.compile("^街道")).first.click()
    expect(mine.page.locator(".st-key-street_card")).to_contain_text("南环路", timeout=30_000)
    expect(card).to_have_count(0)
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"


def show_table(reader: Reader, key: str, language: str) -> None:
    """Choose which table is shown, by the words of its name."""
    button = reader.page.locator(".st-key-shown_table").get_by_text(say(language, key), exact=True)
    button.scroll_into_view_if_needed()
    button.click()
    reader.rest()


def base_map(reader: Reader, language: str = "zh") -> str:
    """What the list of base maps shows."""
    field = reader.page.get_by_role("combobox", name=say(language, "choice.tile_map"))
    return field.input_value() or field.inner_text()


def test_one_link_opens_the_whole_page(reader: Callable[..., Reader], county: Path) -> None:
    mine = reader(county)
    frame = mine.open("?lang=en")
    put_number(mine, say("en", "choice.turnout_s"), "90")
    expect(mine.page).to_have_url(re.compile(r"[?&]s="), timeout=60_000)
    mine.rest()
    choose(mine, "County: town.mbtiles", say("en", "choice.tile_map"))
    expect(mine.page).to_have_url(re.compile("map=local"), timeout=30_000)
    show_table(mine, "street.title", "en")
    expect(mine.page).to_have_url(re.compile("table=streets"), timeout=30_000)
    box = mine.page.get_by_role("textbox", name=say("en", "search.label"))
    box.fill("南环路")
    box.press("Enter")
    mine.page.locator(".st-key-search_found").get_by_role("button").first.click()
    expect(mine.page.locator(".st-key-street_card")).to_contain_text("南环路", timeout=30_000)
    mine.rest()
    frame.get_by_label(say("en", "map.zones")).check()
    frame.wait_for_function("() => window.countyMap.holds('zones')", timeout=30_000)
    mine.map()
    holder = mine.page.locator(FRAME)
    holder.scroll_into_view_if_needed()
    around = holder.bounding_box()
    assert around is not None
    mine.page.mouse.move(around["x"] + 200, around["y"] + 250)
    mine.page.mouse.wheel(0, 300)
    expect(mine.page).to_have_url(re.compile("view="), timeout=10_000)
    mine.page.wait_for_timeout(800)
    view = "[map.getCenter().lng, map.getCenter().lat, map.getZoom()]"
    first = frame.evaluate(view)
    assert {"lang", "s", "map", "table", "at", "layers", "view"} <= asked(mine).keys()
    other = reader(county)
    other.page.goto(mine.page.url)
    frame = other.map()
    assert other.page.get_by_role("spinbutton", name=say("en", "choice.turnout_s")).input_value() == "90"
    assert other.figure(0) == mine.figure(0)
    assert base_map(other, "en") == "County: town.mbtiles"
    expect(frame.locator(".county-tiles")).to_have_text("曲阳县测绘院")
    expect(other.page.locator(".st-key-street_card")).to_contain_text("南环路")
    frame.wait_for_function("() => window.countyMap.holds('zones')", timeout=30_000)
    assert frame.get_by_label(say("en", "map.zones")).is_checked()
    assert frame.evaluate(view) == pytest.approx(first, abs=0.02)
    other.page.wait_for_timeout(800)
    without_view = [
        {key: text for key, text in asked(each).items() if key != "view"} for each in (mine, other)
    ]
    assert without_view[0] == without_view[1]


def test_back_and_forward_go_through_tables_and_base_maps(
    reader: Callable[..., Reader], county: Path
) -> None:
    mine = reader(county)
    frame = mine.open()
    tick_row(mine, 4)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地")
    mine.rest()
    choose(mine, "本县：town.mbtiles")
    expect(mine.page).to_have_url(re.compile("map=local"), timeout=30_000)
    show_table(mine, "street.title", "zh")
    expect(mine.page).to_have_url(re.compile("table=streets"), timeout=30_000)
    assert "at" not in asked(mine)
    mine.page.go_back()  # one step: the table and the parcel chosen in it
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地", timeout=60_000)
    mine.rest()
    expect(frame.locator(".county-tiles")).to_have_count(1)
    mine.page.go_back()
    expect(frame.locator(".county-tiles")).to_have_count(0, timeout=60_000)
    mine.rest()
    assert base_map(mine) == "无（离线）"
    mine.page.go_forward()
    expect(frame.locator(".county-tiles")).to_have_count(1, timeout=60_000)
    mine.rest()
    mine.page.go_forward()
    expect(mine.page.locator(".st-key-parcel_card")).to_have_count(0, timeout=60_000)
    mine.rest()
    assert asked(mine)["table"] == "streets"


def test_a_place_and_its_card_are_opened_with_the_table_beside_it(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open("?at=114.68672,38.61624&table=streets&layers=zones,-joint")
    expect(mine.page.locator(".st-key-place_card")).to_contain_text("WGS 84")
    frame = mine.map()
    frame.wait_for_function("() => window.countyMap.holds('zones')", timeout=30_000)
    assert not frame.get_by_label(say("zh", "map.joint_schematic")).is_checked()
    expect(mine.page.locator(".st-key-street_table")).to_have_count(1)
    mine.page.wait_for_timeout(800)
    assert asked(mine)["table"] == "streets"
    assert set(asked(mine)["layers"].split(",")) == {"zones", "-joint"}


def test_a_hostile_link_is_only_words(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open(
        "?s=<img src=x onerror=alert(1)>&at=<script>window.hurt=1</script>&view=a,b,c&layers=__proto__,-x"
    )
    expect(mine.page.get_by_text("链接没有读成")).to_be_visible()
    assert turnout(mine) == "60"
    assert mine.page.evaluate("window.hurt") is None
