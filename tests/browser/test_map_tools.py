"""The tools of the map as a reader uses them: coordinates, measuring with pointer and keys, full screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FRAME, Reader
from tests.browser.test_page import card, sign_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Frame

GEOD = pyproj.Geod(ellps="GRS80")
GAUSS = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)
PLACES = ((114.62, 38.55), (114.74, 38.53), (114.79, 38.66), (114.66, 38.72))


def unfold(frame: Frame) -> None:
    """Where the map is narrow the tools are folded; unfold them."""
    folded = frame.locator(".county-unfold")
    if folded.is_visible():
        expect(folded).to_have_attribute("aria-expanded", "false")
        folded.click()


def coordinates(frame: Frame) -> str:
    return frame.locator(".county-coordinates").inner_text()


def test_coordinates_under_the_cursor_agree_with_the_projection(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    expect(frame.locator(".county-coordinates")).to_contain_text("地图中心")
    holder = mine.page.locator(FRAME)
    holder.scroll_into_view_if_needed()
    box = holder.bounding_box()
    assert box is not None
    mine.page.mouse.move(box["x"] + 180, box["y"] + 320)
    expect(frame.locator(".county-coordinates")).to_contain_text("光标处")
    said = coordinates(frame)
    assert "CGCS2000 同值" in said
    found = re.search(r"([\d.]+)° N ([\d.]+)° E.*高斯 114° x（北） ([\d.]+) y（东） ([\d.]+)", said, re.S)
    assert found is not None, said
    lat, lon, north, east = (float(each) for each in found.groups())
    true_east, true_north = GAUSS.transform(lon, lat)
    # Six digits of a degree and one of a metre are shown.
    assert abs(east - true_east) < 0.15
    assert abs(north - true_north) < 0.15


def test_the_browser_projects_and_measures_as_pyproj_does(reader: Callable[..., Reader]) -> None:
    frame = reader().open()
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(114.3, 115.0, 300), rng.uniform(38.3, 39.0, 300)
    mine = frame.evaluate(
        """points => points.map(([lng, lat]) => {
          const at = countyMap.projected(countyMap.projection, { lng: lng, lat: lat });
          return [at.east, at.north];
        })""",
        np.column_stack([lon, lat]).tolist(),
    )
    true = np.column_stack(GAUSS.transform(lon, lat))
    assert np.hypot(*(np.array(mine) - true).T).max() < 0.05
    corners = [{"lng": x, "lat": y} for x, y in PLACES]
    for first in range(len(PLACES)):
        pair = [corners[first], corners[(first + 1) % 4]]
        length = frame.evaluate("points => countyMap.lengthOf(countyMap.projection, points)", pair)
        true_m = GEOD.line_length([each["lng"] for each in pair], [each["lat"] for each in pair])
        assert length == pytest.approx(true_m, rel=1e-3)
    area = frame.evaluate("points => countyMap.areaOf(countyMap.projection, points)", corners)
    true_m2 = abs(GEOD.polygon_area_perimeter([x for x, _ in PLACES], [y for _, y in PLACES])[0])
    assert area == pytest.approx(true_m2, rel=1e-3)
    crossed = [corners[0], corners[2], corners[1], corners[3]]
    assert frame.evaluate("points => countyMap.crossesItself(points)", crossed)
    assert not frame.evaluate("points => countyMap.crossesItself(points)", corners)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_measuring_touches_no_layer_and_ends_with_escape(
    reader: Callable[..., Reader], size: tuple[int, int]
) -> None:
    mine = reader(width=size[0], height=size[1])
    frame = mine.open()
    before = card_or_list(mine)
    unfold(frame)
    frame.get_by_role("button", name="测量距离").click()
    result = frame.locator(".county-measure output")
    lon, lat = sign_places()["曲储【2022】04号地"]
    mine.click_map(lon, lat)
    mine.click_map(lon, lat - 0.05)
    true_m = GEOD.line_length([lon, lon], [lat, lat - 0.05])
    expect(result).to_contain_text("米")
    said = float(result.inner_text().split()[1].replace(",", ""))
    pixel_m = 156543 * 0.78 / 2 ** frame.evaluate("window.map.getZoom()")
    assert said == pytest.approx(true_m, abs=3 * pixel_m)
    assert card_or_list(mine) == before, "no parcel was chosen"
    assert frame.locator(".county-popup").count() == 0
    inside = frame.evaluate(
        """() => {
          const box = document.querySelector('.county-measure').getBoundingClientRect();
          return box.left >= 0 && box.right <= window.innerWidth && box.bottom <= window.innerHeight;
        }"""
    )
    assert inside, "the result is on the map"
    mine.page.keyboard.press("Escape")
    expect(result).to_have_text("测距")
    mine.page.keyboard.press("Escape")
    expect(frame.locator(".county-measure")).to_be_hidden()
    mine.click_map(lon, lat)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地", timeout=30_000)
    assert "04号地" in card(mine)


def card_or_list(reader: Reader) -> str:
    return reader.page.locator(".st-key-board_card").inner_text()


def test_an_area_is_measured_with_the_keyboard_alone(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    button = frame.get_by_role("button", name="测量面积")
    button.focus()
    mine.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    places = []
    for arrow in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        mine.page.keyboard.press("Enter")
        centre = frame.evaluate("(c => [c.lng, c.lat])(window.map.getCenter())")
        places.append(centre)
        mine.page.keyboard.press(arrow)
        mine.page.wait_for_timeout(600)  # the map glides
    result = frame.locator(".county-measure output")
    expect(result).to_contain_text("亩")
    mu = float(result.inner_text().split("·")[1].split()[0].replace(",", ""))
    true_mu = abs(GEOD.polygon_area_perimeter([x for x, _ in places], [y for _, y in places])[0]) * 15 / 10000
    assert mu == pytest.approx(true_mu, rel=1e-3)
    mine.page.keyboard.press("Backspace")
    expect(result).to_have_text("测面积")


def test_the_map_fills_the_screen_and_comes_back(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    button = frame.get_by_role("button", name="地图全屏显示或退出")
    height = frame.evaluate("window.map.getSize().y")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    frame.wait_for_function("height => window.map.getSize().y > height", arg=height)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    frame.wait_for_function("height => window.map.getSize().y === height", arg=height)


def test_the_tools_speak_english_and_can_be_read(reader: Callable[..., Reader]) -> None:
    mine = reader(width=390, height=844)
    frame = mine.open("?lang=en")
    unfold(frame)
    shown = frame.get_by_role("button", name="Show or hide coordinates")
    expect(shown).to_have_attribute("aria-pressed", "false")
    shown.click()
    mine.page.mouse.move(5, 5)
    expect(frame.locator(".county-coordinates")).to_contain_text("Middle of the map")
    assert "Gauss 114° x (north)" in coordinates(frame)
    expect(frame.get_by_role("img", name="North is up")).to_be_visible()
    overlap = frame.evaluate(
        """() => {
          const bar = document.querySelector('.county-coordinates').getBoundingClientRect();
          const others = document.querySelectorAll('.county-mark, .county-credit, .county-north');
          return Array.from(others).filter(each => each.getBoundingClientRect().bottom > bar.top + 1).length;
        }"""
    )
    assert overlap == 0


PAPER = {"A4": (297, 210), "A3": (420, 297)}
MARGIN_MM = 8
ALONE = """([wide, high]) => {
  const frame = document.querySelector('iframe[title*="st_folium"]');
  for (let up = frame; up !== document.documentElement; up = up.parentElement) {
    for (const other of up.parentElement.children) {
      if (other !== up) other.style.setProperty('display', 'none', 'important');
    }
    up.style.cssText = 'display:block !important;position:static;margin:0;padding:0;border:0;height:auto';
  }
  frame.style.cssText += `;max-width:none;width:${wide}mm;height:${high}mm;overflow:hidden`;
}"""
"""The page with nothing but the map's frame, as large as the paper between its margins."""


def printed(reader: Reader, frame: Frame, paper: str) -> bytes:
    """Press print for a paper; the sheet as a PDF, made with the browser's own dialog left out."""
    frame.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
    unfold(frame)
    frame.get_by_role("button", name=re.compile("^(打印当前地图|Print the map as shown)$")).click()
    frame.get_by_role("button", name=paper).click()
    frame.wait_for_function("window.printed === 1")
    wide, high = PAPER[paper]
    reader.page.evaluate(ALONE, [wide - 2 * MARGIN_MM, high - 2 * MARGIN_MM])
    reader.page.wait_for_timeout(300)
    margin = f"{MARGIN_MM}mm"
    return reader.page.pdf(
        width=f"{wide}mm",
        height=f"{high}mm",
        margin={"top": margin, "bottom": margin, "left": margin, "right": margin},
        print_background=True,
    )


@pytest.mark.parametrize(
    ("paper", "query", "size"), [("A4", "", (1440, 900)), ("A3", "?lang=en", (390, 844))]
)
def test_the_map_goes_on_one_sheet_with_all_a_reader_needs(
    reader: Callable[..., Reader], paper: str, query: str, size: tuple[int, int]
) -> None:
    mine = reader(width=size[0], height=size[1])
    frame = mine.open(query)
    seen = frame.evaluate("window.map.getBounds().toBBoxString()")
    frame.evaluate(
        "() => window.addEventListener('afterprint', event => event.stopImmediatePropagation(), true)"
    )
    sheet = printed(mine, frame, paper)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1, "one sheet"
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert box is not None
    assert [round(float(side) / 72 * 25.4) for side in box.groups()] == list(PAPER[paper])
    said = frame.locator(".county-sheet").inner_text()
    chinese = not query
    notice = "内部分析示意图，未经地图审核，不得公开发布" if chinese else "not for publication"
    legend = "到场时间范围" if chinese else "Arrival bands"
    source = "资料来源" if chinese else "Sources"
    caveat = "路网为示意，非实测" if chinese else "The road network is schematic"
    for word in (notice, legend, source, caveat, "2026" if chinese else "Quyang County"):
        assert word in said
    assert ("责任区" if chinese else "First-due zones") not in said, (
        "what is switched off is not in the legend"
    )
    scale = re.search(r"1:([\d,]+)", said)
    assert scale is not None
    west, south, east, north = (float(each) for each in seen.split(","))
    shown = [float(each) for each in frame.evaluate("window.map.getBounds().toBBoxString()").split(",")]
    assert shown[0] <= west + 1e-6
    assert shown[3] >= north - 1e-6
    ends = frame.evaluate(
        """() => [100, 300].map(x => {
          const at = map.containerPointToLatLng([x, map.getSize().y / 2]);
          return [at.lng, at.lat];
        })"""
    )
    ground_m = GEOD.line_length([x for x, _ in ends], [y for _, y in ends])
    paper_m = 200 * 0.0254 / 96
    assert ground_m / paper_m == pytest.approx(float(scale[1].replace(",", "")), rel=0.005)
    assert shown[1] <= south
    covered = 0.45 if size[0] > 1000 else 0.0  # the open legend stands on the eastern side
    assert shown[2] >= east - covered * (east - west)


def test_after_printing_the_map_is_as_it_was(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(500)
    state = "[map.getCenter().lng, map.getCenter().lat, map.getZoom(), map.getSize().x, map.getSize().y]"
    before, painted = frame.evaluate(state), mine.painted()
    frame.evaluate("() => { window.print = () => window.dispatchEvent(new Event('afterprint')); }")
    frame.get_by_role("button", name="打印当前地图").click()
    frame.get_by_role("button", name="A4 横向").click()
    expect(frame.locator(".county-sheet")).to_have_count(0)
    frame.wait_for_function(f"before => JSON.stringify({state}) === JSON.stringify(before)", arg=before)
    assert abs(mine.painted() - painted) < painted / 100
