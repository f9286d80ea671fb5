"""The page as a reader meets it: it draws without the internet, answers clicks, and hands its files over."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from playwright.sync_api import expect

from geo.map_features import bounds_of, to_wgs84
from tests.browser.conftest import FRAME, ROOT, Reader
from tests.test_fetch import serving, small_map
from views.table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Frame, Locator


def sign_places() -> dict[str, tuple[float, float]]:
    """Middle of each drawn parcel in degrees, by its number."""
    from geo.county import read_county

    parcels = read_county(ROOT / "data").parcels
    found = {}
    for number, geometry in zip(
        parcels["parcel_no"], to_wgs84(parcels.geometry, str(parcels.crs)), strict=True
    ):
        bounds = bounds_of([geometry])
        if bounds is not None:
            found[number] = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    return found


def tick_row(reader: Reader, number: int) -> None:
    """Tick a row of the plan's table, counted from 1; the table is a canvas with a head 35 pixels high."""
    reader.page.locator(".st-key-plan_table").scroll_into_view_if_needed()
    box = reader.page.locator(".st-key-plan_table").get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    reader.page.mouse.click(box["x"] + 18, box["y"] + 35 + ROW_HEIGHT_PX * (number - 0.5))


def put_number(reader: Reader, label: str, value: str) -> None:
    field = reader.page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")


def card(reader: Reader) -> str:
    return reader.page.locator(".st-key-parcel_card").inner_text()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_map_draws_with_the_internet_cut_off(
    reader: Callable[..., Reader], size: tuple[int, int]
) -> None:
    mine = reader(width=size[0], height=size[1])
    frame = mine.open()
    assert mine.painted() > 2000
    assert frame.evaluate("window.countyMap.failed.length") == 0
    legend = frame.locator(".county-legend")
    expect(legend).to_have_attribute("aria-label", "图例与图层")
    expect(frame.locator(".county-mark")).to_have_text("示意路网 · 非实测")
    assert "mi" not in frame.locator(".leaflet-control-scale").inner_text()
    wide = mine.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0], "nothing is cut off at the side"


def test_a_row_of_the_table_shows_its_card_and_moves_the_map(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    zoom = frame.evaluate("window.map.getZoom()")
    tick_row(mine, 4)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("曲储【2022】04号地")
    assert "不可达" in card(mine)
    frame = mine.map()
    frame.wait_for_function("zoom => window.map.getZoom() > zoom", arg=zoom)
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"


def test_a_parcel_on_the_map_is_chosen_and_the_view_is_kept(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    zoom = frame.evaluate("window.map.getZoom()")
    places = sign_places()
    lon, lat = places["曲储【2022】04号地"]
    mine.click_map(lon, lat)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("曲储【2022】04号地")
    expect(frame.locator(".county-popup")).to_contain_text("曲储【2022】04号地")
    mine.click_map(lon, lat, aside=22)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("曲储【2022】05号地")
    frame = mine.map()
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    assert frame.evaluate("window.map.getZoom()") == zoom
    assert "78" not in card(mine).split("第")[-1]


def test_map_and_table_can_be_used_in_turn(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    lon, lat = sign_places()["曲储【2022】04号地"]
    mine.click_map(lon, lat)
    shown = mine.page.locator(".st-key-parcel_card")
    expect(shown).to_contain_text("04号地")
    tick_row(mine, 1)
    expect(shown).to_contain_text("01号地")
    mine.rest()
    mine.map().get_by_role("button", name="显示全部地块与街道").click()
    mine.page.wait_for_timeout(500)
    mine.click_map(lon, lat)
    expect(shown).to_contain_text("04号地")


def test_another_turnout_changes_the_figures_and_keeps_the_map(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    value = mine.page.get_by_test_id("stMetricValue").nth(1)
    before = value.inner_text()
    assert float(before.split()[0].split("–")[-1]) > 0
    put_number(mine, "接警出动（秒）", "180")
    expect(value).to_contain_text(f"默认 {before} →", timeout=60_000)
    mine.rest()
    now = value.inner_text().split("→")[1].strip()
    assert float(now.split()[0].split("–")[-1]) < float(before.split()[0].split("–")[-1])
    assert "→" not in mine.figure(3), "no choice touched the hydrants"
    mine.page.get_by_role("button", name="恢复默认").click()
    expect(value).to_have_text(before, timeout=60_000)
    mine.rest()
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"


def test_planned_works_count_when_asked(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    before = mine.figure(5)
    mine.page.get_by_text("计入在建和未建工程").click()
    expect(mine.page.get_by_test_id("stMetric").nth(5)).to_contain_text("现计入 2 座 → 4 座", timeout=60_000)
    assert before.replace("\u00a0", " ").endswith("现计入 2 座")


def test_a_speed_changed_in_the_table_changes_the_figures(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    value = mine.page.get_by_test_id("stMetricValue").nth(1)
    before = value.inner_text()
    mine.page.get_by_text("更多选项").click()
    table = mine.page.get_by_test_id("stSidebar").get_by_test_id("stDataFrame")
    mine.page.wait_for_timeout(800)  # the expander unfolds
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    mine.page.mouse.dblclick(box["x"] + box["width"] - 30, box["y"] + 35 * 3 + 18)  # the third class, 主干路
    mine.page.wait_for_timeout(600)  # and the cell becomes a field
    mine.page.keyboard.press("Control+a")
    mine.page.keyboard.type("90")
    mine.page.wait_for_timeout(300)
    mine.page.keyboard.press("Enter")
    expect(value).not_to_have_text(before, timeout=60_000)
    mine.rest()
    changed = value.inner_text().split("→")[1]
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"
    mine.page.get_by_text("English").click()
    expect(mine.page.get_by_role("heading", level=1)).to_contain_text("Quyang County")
    mine.rest()
    assert value.inner_text().split("→")[1] == changed, "the edit stays"
    mine.page.get_by_role("button", name="Back to the defaults").click()
    expect(mine.page.get_by_test_id("stMetricValue").nth(1)).to_have_text(before, timeout=60_000)


def test_a_panel_opens_in_place_and_zones_carry_their_letters(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    tables = mine.page.get_by_test_id("stDataFrame")
    before = tables.count()
    mine.page.get_by_text("消防站逐条对照标准").click()
    expect(tables).to_have_count(before + 1, timeout=30_000)
    frame = mine.map()
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    frame.get_by_label("责任区").check()
    there = "performance.getEntriesByType('resource').some(each => each.name.includes('/zones.'))"
    frame.wait_for_function(f"() => countyMap.pending === 0 && {there}")
    letters = frame.evaluate(
        """() => {
          const found = [];
          window.map.eachLayer(layer => {
            if (layer.feature && layer.feature.properties.k === 'zone_letter') found.push(layer.options.letter);
          });
          return found;
        }"""
    )
    assert letters == ["A"]


@pytest.mark.parametrize(
    ("label", "key", "kind"),
    [
        ("路网检查", "health", "dead_end"),
        ("到场力量", "force", "many"),
        ("水带铺设距离", "hose", "within_drawn"),
        ("建议增设的消火栓", "proposed", "proposed"),
        ("消火栓盲区", "gaps", "gap_example"),
    ],
)
def test_a_layer_that_is_off_is_fetched_when_it_is_switched_on(
    reader: Callable[..., Reader], label: str, key: str, kind: str
) -> None:
    mine = reader()
    frame = mine.open()
    fetched = f"performance.getEntriesByType('resource').some(each => each.name.includes('/{key}.'))"
    assert not frame.evaluate(fetched)
    frame.get_by_role("button", name="显示街道路网范围").click()
    switch = frame.get_by_label(label)
    assert not switch.is_checked()
    drawn = f"() => Object.values(map._layers).filter(each => each.feature?.properties.k === '{kind}').length"
    assert frame.evaluate(drawn) == 0
    switch.check()
    frame.wait_for_function(f"() => countyMap.pending === 0 && {fetched}")
    assert frame.evaluate(drawn) >= 1
    mine.page.wait_for_timeout(300)
    assert frame.locator(".county-legend-layer", has=switch).locator(".county-legend-item").first.is_visible()


def drawn_kinds(frame: Frame) -> dict[str, int]:
    """How many things of each kind are on the map; of streets, how many stretches."""
    found: dict[str, int] = frame.evaluate(
        """() => {
          const found = {};
          Object.values(window.map._layers).forEach(layer => {
            if (!layer.feature) return;
            const pieces = layer.feature.properties.pieces;
            const kind = layer.feature.properties.k;
            found[kind] = (found[kind] || 0) + (pieces ? layer.feature.geometry.coordinates.length : 1);
          });
          return found;
        }"""
    )
    return found


def test_engine_and_water_is_the_layer_shown_first(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    first = frame.locator(".county-legend-layer").first
    expect(first).to_contain_text("车与水（示意，未判定）")
    assert first.locator("input").is_checked()
    expect(frame.locator(".county-legend-layer").nth(1)).to_contain_text("到场时间范围")
    kinds = drawn_kinds(frame)
    assert {"engine_and_water_drawn", "neither_drawn"} <= kinds.keys()
    assert not {"engine_and_water", "neither"} & kinds.keys(), "nothing is decided on drawn streets"
    expect(mine.page.locator(".st-key-joint")).to_contain_text("占街道 33.6 公里")
    expect(mine.page.locator(".st-key-joint")).to_contain_text("未分析 100.0")


def test_a_street_chosen_shows_its_stretches_and_the_proposal(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    zoom, other = frame.evaluate("window.map.getZoom()"), street_middle(frame, "正阳街")
    mine.page.get_by_text("街道消火栓间距表").click()
    mine.rest()
    table = mine.page.locator(".st-key-street_table").get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    mine.page.mouse.click(box["x"] + 18, box["y"] + 35 * 7.5)  # the seventh row, 复兴街
    shown = mine.page.locator(".st-key-street_card")
    expect(shown).to_contain_text("复兴街")
    counts = (["尚缺（座）", "20", "0"], ["超过间距的街段（段）", "4", "0"], ["最长一段（米）", "933", "120"])
    for number, said in enumerate(counts, start=2):
        expect(shown.locator("tr").nth(number).locator("td")).to_have_text(said)
    frame = mine.map()
    frame.wait_for_function("zoom => window.map.getZoom() > zoom", arg=zoom)
    kinds = drawn_kinds(frame)
    assert (kinds["stretch_example"], kinds["proposed"], kinds["standing"]) == (4, 20, 3)
    mine.click_map(*other)
    expect(shown).to_contain_text("正阳街")
    assert drawn_kinds(mine.map())["proposed"] == 19
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"
    expect(mine.map().locator(".county-popup")).to_contain_text("正阳街")


def test_the_language_changes_and_stands_in_the_address(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    mine.page.get_by_text("English").click()
    expect(mine.page.get_by_role("heading", level=1)).to_contain_text("Quyang County")
    expect(mine.page).to_have_url(f"{mine.address}/?lang=en")
    expect(mine.map().locator(".county-legend")).to_have_attribute("aria-label", "Legend and layers")
    assert mine.painted() > 2000


def test_the_files_can_be_taken(reader: Callable[..., Reader], tmp_path: Path) -> None:
    mine = reader()
    mine.open()
    mine.page.locator(".st-key-panel_downloads summary").click()

    def button(row: str, kind: str) -> Locator:
        return mine.page.locator(f".st-key-files_{row}").get_by_role("button", name=kind, exact=True)

    for name, count in (("parcels", 5), ("stations", 2)):
        with mine.page.expect_download() as waiting:
            button(name, "GeoJSON").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        data = json.loads(path.read_text("utf-8"))
        assert data["type"] == "FeatureCollection"
        assert len(data["features"]) == count
    with mine.page.expect_download() as waiting:
        button("water_joint", "GeoJSON").click()
    waiting.value.save_as(tmp_path / "joint.geojson")
    assert waiting.value.suggested_filename == "water_joint.geojson"
    joint = json.loads((tmp_path / "joint.geojson").read_text("utf-8"))
    assert {each["properties"]["joint_state"] for each in joint["features"]} == {"not_analysed"}
    with mine.page.expect_download() as waiting:
        button("parcels", "CSV").click()
    waiting.value.save_as(tmp_path / waiting.value.suggested_filename)
    with zipfile.ZipFile(tmp_path / "parcels_csv.zip") as packed:
        assert packed.namelist() == ["parcels.csv", "parcels.csv-metadata.json"]
        assert packed.read("parcels.csv").startswith(b"\xef\xbb\xbf")


def test_every_format_is_made_when_it_is_pressed_in_the_coordinates_chosen(
    reader: Callable[..., Reader], tmp_path: Path
) -> None:
    mine = reader()
    mine.open()
    panel = mine.page.locator(".st-key-panel_downloads")
    panel.locator("summary").click()
    panel.get_by_text("本县坐标系").click()
    for row, kind, name in (
        ("parcels", "GeoPackage", "parcels.gpkg"), ("results_all", "Shapefile", "results_shp.zip"),
        ("water_all", "Excel", "water.xlsx"), ("results_all", "KML", "results_kml.zip"),
    ):  # fmt: skip
        with mine.page.expect_download() as waiting:
            panel.locator(f".st-key-files_{row}").get_by_role("button", name=kind, exact=True).click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
    parcels = gpd.read_file(tmp_path / "parcels.gpkg", layer="parcels")
    assert (len(parcels), parcels.crs.to_epsg()) == (5, 4547)
    with zipfile.ZipFile(tmp_path / "results_kml.zip") as whole:
        assert {"parcels.kml", "summary.json"} < set(whole.namelist())
    with zipfile.ZipFile(tmp_path / "results_shp.zip") as whole:
        assert b"CGCS2000" in whole.read("parcels.prj")


def test_a_layer_switched_off_stays_off_when_a_choice_changes(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(500)
    with_bands = mine.painted()
    frame.get_by_label("到场时间范围").uncheck()
    mine.page.wait_for_timeout(300)
    without = mine.painted()
    assert without < with_bands - 5000
    put_number(mine, "到场时限（秒）", "420")
    mine.rest()
    mine.page.wait_for_timeout(800)
    assert not mine.map().get_by_label("到场时间范围").is_checked()
    assert mine.painted() < with_bands - 5000


def test_a_street_tells_its_name_and_times(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(500)
    at = frame.evaluate(
        """() => {
          const url = performance.getEntriesByType('resource').map(r => r.name).find(n => n.includes('/joint.'));
          return fetch(url).then(r => r.json()).then(d => {
            const f = d.features[0], line = f.geometry.coordinates[0], n = line.length - 1;
            return [(line[0][0] + line[n][0]) / 2, (line[0][1] + line[n][1]) / 2, d.texts[f.properties.pieces[0][0]]];
          });
        }"""
    )
    mine.click_map(at[0], at[1])
    popup = frame.locator(".county-popup")
    expect(popup).to_contain_text(at[2])
    expect(popup).to_contain_text("示意")
    assert mine.page.locator(FRAME).count() == 1


def street_middle(frame: Frame, name: str) -> tuple[float, float]:
    """A place on a street that an engine reaches in time, by the street's name."""
    frame.get_by_label("街道到场时间").check()
    there = "performance.getEntriesByType('resource').some(each => each.name.includes('/streets.'))"
    frame.wait_for_function(f"() => countyMap.pending === 0 && {there}")
    lon, lat = frame.evaluate(
        """name => {
          const url = performance.getEntriesByType('resource').map(r => r.name).find(n => n.includes('/streets.'));
          return fetch(url).then(r => r.json()).then(d => {
            const f = d.features.find(each => each.properties.k === 'reached');
            const row = f.properties.pieces.findIndex(each => d.texts[each[0]] === name);
            const line = f.geometry.coordinates[row];
            return [(line[0][0] + line[1][0]) / 2, (line[0][1] + line[1][1]) / 2];
          });
        }""",
        name,
    )
    return lon, lat


def test_a_street_is_closed_on_the_map_and_opened_again(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    value = mine.page.get_by_test_id("stMetricValue").nth(1)
    before = value.inner_text()
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(500)
    mine.click_map(*street_middle(frame, "南环路"))
    frame.get_by_role("button", name="封闭此处").click()
    expect(value).not_to_have_text(before, timeout=30_000)
    mine.rest()
    frame = mine.map()
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    expect(frame.locator(".county-legend")).to_contain_text("封路与延误")
    sidebar = mine.page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("1 处生效")
    mine.page.get_by_text("封路、缓行、延误").click()
    expect(sidebar).to_contain_text("南环路")
    sidebar.get_by_role("button", name="✕").click()
    expect(value).to_have_text(before, timeout=30_000)
    expect(sidebar).not_to_contain_text("处生效")
    expect(sidebar.locator('input[type="file"]'), "the list stays open").to_have_count(1)
    expect(mine.map().locator(".county-legend")).not_to_contain_text("封路与延误")


def test_closures_are_read_from_a_file_and_a_wrong_one_is_refused(
    reader: Callable[..., Reader], tmp_path: Path
) -> None:
    mine = reader()
    mine.open()
    value = mine.page.get_by_test_id("stMetricValue").nth(1)
    before = value.inner_text()
    mine.page.get_by_text("封路、缓行、延误").click()
    field = mine.page.get_by_test_id("stSidebar").locator('input[type="file"]')
    wrong, area = tmp_path / "wrong.csv", tmp_path / "area.geojson"
    wrong.write_text("name,lon,lat\n<b>x</b>,east,north\n", "utf-8")
    field.set_input_files(wrong)
    expect(mine.page.get_by_test_id("stSidebar")).to_contain_text(
        "“east, north”不是有效的坐标", timeout=30_000
    )
    expect(field).to_have_count(1)
    assert value.inner_text() == before
    ring = [[114.60, 38.50], [114.80, 38.50], [114.80, 38.70], [114.60, 38.70], [114.60, 38.50]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    name = "".join(PAYLOADS)
    area.write_text(
        json.dumps(
            {"type": "Feature", "properties": {"name": name, "effect": "slow", "value": 3}, "geometry": shape}
        ),
        "utf-8",
    )
    field.set_input_files(area)
    expect(value).not_to_have_text(before, timeout=30_000)
    expect(mine.page.get_by_test_id("stSidebar")).not_to_contain_text("不是可用的封闭位置")
    mine.rest()
    expect(mine.page.get_by_test_id("stSidebar")).to_contain_text("window.top.hurt='img'")
    assert mine.map().evaluate("window.hurt === undefined && window.top.hurt === undefined")


@pytest.fixture(scope="module")
def weak_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county with a stated limit of 20 t on every 南环路."""
    folder = tmp_path_factory.mktemp("weak") / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text"))
    streets = folder / "roads" / "streets.geojson"
    data = json.loads(streets.read_text("utf-8"))
    for each in data["features"]:
        if each["properties"]["name"] == "南环路":
            each["properties"]["max_weight_t"] = 20
    streets.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    return folder


def test_a_heavy_vehicle_is_kept_off_weak_streets(reader: Callable[..., Reader], weak_county: Path) -> None:
    mine = reader(weak_county, height=1500)
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    value = mine.page.get_by_test_id("stMetricValue").nth(1)
    before = value.inner_text()
    sidebar = mine.page.get_by_test_id("stSidebar")
    mine.page.get_by_text("车辆通行").click()
    mine.page.get_by_text("按一辆消防车的尺寸查看道路").click()
    expect(sidebar).to_contain_text("因此不通行 0.0 公里", timeout=30_000)
    mine.rest()
    assert value.inner_text() == before, "a warning changes nothing"
    sidebar.get_by_role("combobox", name="限制不足的道路").click()
    mine.page.get_by_role("option", name="不通行").click()
    expect(value).not_to_have_text(before, timeout=30_000)
    put_number(mine, "满载总质量（吨）", "18")
    expect(value).to_have_text(before, timeout=30_000)
    mine.rest()
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"


PAYLOADS = (
    "<img src=x onerror=\"window.top.hurt='img'\">",
    "${window.top.hurt='template'}",
    "`+(window.top.hurt='backtick')+`",
    "</script><script>window.top.hurt='script'</script>",
)


@pytest.fixture(scope="module")
def hostile_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county with every free text of every layer replaced by something that wants to run."""
    folder = tmp_path_factory.mktemp("hostile") / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text"))
    everything = "".join(PAYLOADS)
    texts = {"name", "township", "holder", "location_text", "approval", "planned_use", "remark", "source",
             "status_as_printed", "position_note", "source_line", "note"}  # fmt: skip
    for path in folder.glob("*/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for number, row in enumerate(rows):
            named = path.stem == "places" and row.get("kind") == "township"
            row |= {name: everything for name in texts & row.keys() if not named or name != "name"}
            if path.stem == "parcels":
                row["parcel_no"] = PAYLOADS[number % 4] + str(number)
        if path.stem == "sub_blocks":
            continue
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (folder / "parcels" / "sub_blocks.csv").unlink()
    streets = folder / "roads" / "streets.geojson"
    data = json.loads(streets.read_text("utf-8"))
    extra = json.loads(json.dumps(data["features"][0]))
    extra["geometry"]["coordinates"] = [[x, y + 0.003] for x, y, *_ in extra["geometry"]["coordinates"]]
    extra["properties"]["name"] = everything
    extra["properties"] = {key: value for key, value in extra["properties"].items() if "id" not in key}
    data["features"].append(extra)
    streets.write_text(json.dumps(data), "utf-8")
    about = (folder / "county.toml").read_text("utf-8")
    about = about.replace('"曲阳县"', json.dumps(everything), 1).replace(
        '"Quyang County"', json.dumps(everything)
    )
    (folder / "county.toml").write_text(about, "utf-8")
    roads = folder / "roads" / "roads.toml"
    lines = [
        f"attribution = {json.dumps(everything)}" if line.startswith("attribution") else line
        for line in roads.read_text("utf-8").splitlines()
    ]
    roads.write_text("\n".join(lines), "utf-8")
    return folder


def test_nothing_a_file_says_is_run(reader: Callable[..., Reader], hostile_county: Path) -> None:
    mine = reader(hostile_county)
    frame = mine.open()
    assert mine.painted() > 2000
    frame.evaluate(
        """() => void window.map.eachLayer(layer => {
          if (!layer.feature || !layer.listens) return;
          if (layer.listens('mouseover', true)) layer.fire('mouseover', {latlng: window.map.getCenter()}, true);
          if (layer.listens('click', true)) layer.fire('click', {latlng: window.map.getCenter()}, true);
        })"""
    )
    mine.page.wait_for_timeout(600)
    expect(frame.locator(".county-popup").first).to_be_visible()
    for row in (2, 3):
        tick_row(mine, row)
        expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("window.top.hurt")
        mine.rest()
    frame = mine.map()
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(600)
    holder = mine.page.locator(FRAME).bounding_box()
    assert holder is not None
    for x in range(60, int(holder["width"]) - 260, 45):  # beside the tools
        for y in range(60, int(holder["height"]) - 60, 60):
            mine.page.mouse.click(holder["x"] + x, holder["y"] + y)
    mine.page.wait_for_timeout(600)
    mine.page.get_by_text("依据与局限").click()
    mine.page.get_by_text("English").click()
    mine.map()
    assert mine.page.evaluate("window.hurt === undefined")
    assert mine.map().evaluate("window.hurt === undefined && window.top.hurt === undefined")


def bare_county(folder: Path) -> Path:
    folder.mkdir()
    (folder / "county.toml").write_text('name = "Lauf"\nname_en = "Lauf"\ncrs = "EPSG:32632"\n', "utf-8")
    return folder


def ask_for_streets(reader: Reader, overpass: str, nominatim: str) -> None:
    reader.page.get_by_role("button", name="取得真实路网").click()
    reader.page.get_by_label("地名（由小到大，逗号分隔）").fill("Lauf")
    reader.page.get_by_text("服务器地址（留空为公共服务器）").click()
    reader.page.get_by_label("Overpass 地址").fill(overpass)
    reader.page.get_by_label("Nominatim 地址").fill(nominatim)
    reader.page.get_by_label("Nominatim 地址").press("Enter")
    reader.rest()
    reader.page.get_by_role("button", name="从 OpenStreetMap 取路网").click()


def test_streets_are_fetched_from_the_page(reader: Callable[..., Reader], tmp_path: Path) -> None:
    county = bare_county(tmp_path / "lauf")
    mine = reader(county)
    mine.open()
    expect(mine.page.get_by_text("没有路网。").first).to_be_visible()
    with serving(small_map()) as server:
        ask_for_streets(mine, server.urls["overpass_url"], server.urls["nominatim_url"])
        expect(mine.page.get_by_text("没有路网。")).to_have_count(0, timeout=60_000)
    mine.rest()
    assert (county / "roads" / "network.npz").is_file()
    expect(mine.map().locator(".county-credit")).to_contain_text("OpenStreetMap")
    assert mine.painted() > 50


def test_a_failed_fetch_is_said_and_the_old_streets_stay(
    reader: Callable[..., Reader], tmp_path: Path
) -> None:
    county = tmp_path / "county"
    shutil.copytree(ROOT / "data", county, ignore=shutil.ignore_patterns("text"))
    before = {path: path.read_bytes() for path in (county / "roads").iterdir()}
    mine = reader(county)
    mine.open()
    ask_for_streets(mine, "http://127.0.0.1:9/api", "http://127.0.0.1:9/")
    expect(mine.page.get_by_text("没有取到，原有路网未改动：")).to_be_visible(timeout=60_000)
    mine.rest()
    assert {path: path.read_bytes() for path in (county / "roads").iterdir()} == before
    expect(mine.page.get_by_text("示意路网，非实测。").first).to_be_visible()
