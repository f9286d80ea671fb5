"""Table and map as one, as a reader meets them: filter, sort, choose columns, and what the map shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.test_page import card, sign_places, street_middle, tick_row
from views.uses import RISE_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Frame

    from tests.browser.conftest import Reader


def type_filter(reader: Reader, text: str) -> None:
    """Type into the filter of the plan's table and wait for the answer."""
    field = reader.page.locator(".st-key-filter_text input")
    field.fill(text)
    field.press("Enter")
    reader.page.wait_for_timeout(400)
    reader.rest()


def pale_parcels(frame: Frame) -> set[str]:
    """Numbers of the parcels that the map draws pale."""
    found: list[str] = frame.evaluate(
        """() => Object.values(window.map._layers)
          .filter(each => each.feature && each.feature.properties.id && each.options.pale)
          .map(each => each.feature.properties.id.slice(-4))"""
    )
    return set(found)


def head(reader: Reader, x: float) -> None:
    """Click a head of the plan's table, ``x`` pixels from its left edge."""
    table = reader.page.locator(".st-key-plan_table").get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    reader.page.mouse.click(box["x"] + x, box["y"] + 18)
    reader.page.wait_for_timeout(400)


def test_a_filter_leaves_rows_out_of_the_table_and_pales_them_on_the_map(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    zoom = frame.evaluate("window.map.getZoom()")
    assert pale_parcels(frame) == set()
    type_filter(mine, "教育")
    frame = mine.map()
    assert pale_parcels(frame) == {"02号地", "03号地", "04号地"}, "01 has no place"
    expect(frame.locator(".county-legend")).to_contain_text("变淡：被表格筛去（4 宗）")
    expect(mine.page.locator(".st-key-plan_total")).to_contain_text("所示 1 / 5 宗，16.70 亩")
    tick_row(mine, 1)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("05号地")
    type_filter(mine, "")
    frame = mine.map()
    assert pale_parcels(frame) == set()
    expect(frame.locator(".county-legend")).not_to_contain_text("变淡")
    assert "05号地" in card(mine), "what was chosen stays chosen"
    assert frame.evaluate("window.stayed"), "the map was not mounted anew"
    assert frame.evaluate("window.map.getZoom()") > zoom, "it went to the row that was ticked"


def test_a_pale_parcel_can_still_be_chosen_and_its_card_says_where_its_row_is(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    mine.open()
    type_filter(mine, "恒州镇")
    mine.map()
    mine.click_map(*sign_places()["曲储【2022】04号地"])
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地")
    expect(mine.page.locator(".st-key-board_card")).to_contain_text("被筛选隐藏了")
    mine.page.locator(".st-key-plan_filter_clear button").click()
    expect(mine.page.locator(".st-key-board_card")).not_to_contain_text("被筛选隐藏了")
    assert "04号地" in card(mine)
    assert pale_parcels(mine.map()) == set()


def test_in_a_sorted_table_the_row_ticked_is_the_parcel_chosen(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    head(mine, 42)  # 序号, upwards
    head(mine, 42)  # and downwards
    tick_row(mine, 1)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("05号地")
    mine.rest()
    tick_row(mine, 4)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("02号地")
    mine.rest()
    type_filter(mine, "灵山镇")
    assert "02号地" in card(mine), "hidden, and still chosen"
    tick_row(mine, 2)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("04号地")


def test_parcels_are_shown_by_planned_use_and_a_letter_chooses_its_parcel(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    switch = frame.get_by_label("储备地块的规划用途")
    assert not switch.is_checked(), "verdicts come first"
    switch.check()
    there = "performance.getEntriesByType('resource').some(each => each.name.includes('/uses.'))"
    frame.wait_for_function(f"() => countyMap.pending === 0 && {there}")
    layer = frame.locator(".county-legend-layer", has=frame.get_by_label("储备地块的规划用途"))
    expect(layer).to_contain_text("示意配色")
    expect(layer.locator(".county-legend-item")).to_have_text(["居住用地", "教育用地", "商业用地"])
    type_filter(mine, "教育")
    letters = """() => Object.values(map._layers).filter(each => each.options.rise)
      .map(each => [each.options.letter, Boolean(each.options.pale)])"""
    frame = mine.map()
    assert sorted(frame.evaluate(letters)) == [["商", True], ["居", True], ["居", True], ["教", False]]
    lon, lat = sign_places()["曲储【2022】05号地"]
    frame.evaluate("([lat, lon]) => void map.setView([lat, lon], 15, {animate: false})", [lat, lon])
    mine.click_map(lon, lat, aside=22, above=RISE_PX)
    expect(mine.page.locator(".st-key-parcel_card")).to_contain_text("05号地")
    popup = mine.map().locator(".county-popup")
    expect(popup).to_contain_text("规划用途：教育用地")
    expect(popup).to_contain_text("配色为示意")
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"


def test_columns_are_chosen_and_brought_back(reader: Callable[..., Reader]) -> None:
    mine = reader(width=1920, height=1000)
    mine.open()
    table = mine.page.locator(".st-key-plan_table")
    grid, heads = table.locator("[role=grid]"), table.locator("[role=columnheader]")
    expect(heads).to_have_text(
        [
            "序号",
            "土地储备项目名称",
            "区域",
            "权属",
            "位置",
            "面积(亩)",
            "批准文号及批准时间",
            "规划用途",
            "备注",
            "结论",
        ]
    )  # what lies beyond the edge is not told to a reading device before it is scrolled to
    expect(grid).to_have_attribute("aria-colcount", "15")
    mine.page.locator(".st-key-plan_columns_more button").first.click()
    field = mine.page.locator(".st-key-columns_field_zh")
    field.get_by_text("结论", exact=True).click()
    expect(grid).to_have_attribute("aria-colcount", "14")
    expect(heads.filter(has_text="结论")).to_have_count(0)
    expect(heads.filter(has_text="备注")).to_have_count(1)
    expect(field).to_be_visible()
    field.get_by_text("首达消防站", exact=True).click()
    expect(grid).to_have_attribute("aria-colcount", "15")
    mine.page.locator(".st-key-plan_columns_usual button").click()
    expect(heads.filter(has_text="结论")).to_have_count(1)
    expect(grid).to_have_attribute("aria-colcount", "15")


def test_a_click_near_a_street_names_the_street_and_answers_for_the_place(
    reader: Callable[..., Reader],
) -> None:
    mine = reader()
    frame = mine.open()
    frame.evaluate("() => { window.stayed = true; }")
    frame.get_by_role("button", name="显示街道路网范围").click()
    mine.page.wait_for_timeout(500)
    at = street_middle(frame, "南环路")
    mine.click_map(*at, above=5)
    popup, answer = frame.locator(".county-popup"), mine.page.locator(".st-key-place_card")
    expect(popup).to_contain_text("南环路")
    expect(popup.get_by_role("button", name="封闭此处")).to_be_visible()
    expect(popup.get_by_role("button", name="此处结论")).to_have_count(0)
    expect(answer).to_contain_text("WGS 84", timeout=30_000)
    expect(answer).to_contain_text("到场时间")
    expect(mine.page.locator(".st-key-plan_table")).to_have_count(1)
    mine.page.get_by_text("街道消火栓间距表").click()
    mine.rest()
    frame = mine.map()
    frame.locator(".leaflet-popup-close-button").click()
    mine.click_map(*at, aside=40, above=5)  # beside the sign of the place
    expect(mine.page.locator(".st-key-street_card")).to_contain_text("南环路", timeout=30_000)
    expect(answer).to_have_count(0)
    frame.locator(".county-popup").get_by_role("button", name="此处结论").click()
    expect(answer).to_contain_text("WGS 84", timeout=30_000)
    assert mine.map().evaluate("window.stayed"), "the map was not mounted anew"


def test_a_card_opens_its_proof_and_stays_open_for_the_next_parcel(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open("?at=parcel:曲储【2022】02号地")
    shown = mine.page.locator(".st-key-parcel_card")
    expect(shown).to_contain_text("什么会改变结论")
    expect(shown.locator("dl.key-numbers dd.value")).to_have_text(["6分47秒（示意）", "—", "160 米"])
    expect(shown).not_to_contain_text("消火栓，沿街铺水带")
    shown.get_by_text("水源：消火栓、水带、水鹤").click()
    expect(shown).to_contain_text("消火栓，沿街铺水带", timeout=30_000)
    expect(shown).to_contain_text("水鹤，行车")
    shown.get_by_text("时间：怎样算出来的").click()
    expect(shown).to_contain_text("＋ 行车")
    expect(shown).to_contain_text("GB 51080-2015 4.1.3-1")
    tick_row(mine, 3)
    expect(shown).to_contain_text("115 公里/小时", timeout=30_000)
    expect(shown).to_contain_text("消火栓，沿街铺水带")
