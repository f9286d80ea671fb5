"""The guide in a real browser: three steps by hand and by keyboard, remembered, and in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import FRAME
from tests.browser.test_layout import apart, box_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Reader


def card(reader: Reader) -> Locator:
    return reader.page.get_by_role("region", name="导览")


def test_three_steps_by_keyboard_remembered_and_opened_again(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    guide, keys = card(mine), mine.page.keyboard
    expect(guide).to_contain_text("1/3")
    guide.get_by_role("button", name="下一步").focus()
    keys.press("Enter")
    expect(guide).to_contain_text("2/3")
    mine.page.reload()  # the same visit goes on where it was
    mine.map()
    expect(guide).to_contain_text("2/3")
    mine.page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    mine.rest()
    expect(mine.page.get_by_role("region", name="Tour")).to_contain_text("2/3 Choose a parcel")
    mine.page.get_by_test_id("stSidebar").get_by_text("中文", exact=True).click()
    expect(guide.get_by_role("button", name="下一步")).to_be_visible(timeout=60_000)
    guide.get_by_role("button", name="下一步").focus()
    keys.press("Enter")
    expect(guide).to_contain_text("3/3")
    keys.press("Enter")
    begin = guide.get_by_role("button", name="导览")
    expect(begin).to_be_focused()
    keys.press("Enter")
    expect(guide).to_contain_text("1/3")
    keys.press("Escape")
    expect(begin).to_be_focused()
    later = mine.page.context.new_page()  # another visit in the same browser
    later.goto(mine.address)
    expect(later.get_by_role("region", name="导览").get_by_role("button")).to_have_text(
        ["导览"], timeout=60_000
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_open_guide_takes_no_room_and_is_skipped_by_a_click(
    reader: Callable[..., Reader], width: int, height: int
) -> None:
    mine = reader(width=width, height=height)
    mine.open()
    page = mine.page
    opened = box_of(card(mine).locator(".card"))
    assert opened.left >= 0
    assert opened.right <= width
    assert opened.bottom <= height
    seen = [page.locator(f".st-key-{name}") for name in ("title", "network", "figures", "search")]
    assert all(apart(opened, box_of(each)) for each in seen)
    holder = box_of(page.locator(FRAME))
    if width > 1000:
        beside = [page.locator(f".st-key-{name}") for name in ("board_map", "board_table", "board_card")]
        assert all(apart(opened, box_of(each)) for each in beside)
    else:
        assert opened.top - holder.top >= 300, "the upper part of the map is in sight"
    card(mine).get_by_role("button", name="跳过").click()
    expect(card(mine).get_by_role("button")).to_have_text(["导览"])
    mine.rest()
    assert box_of(page.locator(FRAME)) == holder, "nothing moves when it closes"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_the_open_guide_stands_over_can_be_scrolled_clear_of_it(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    side = mine.page.get_by_test_id("stSidebarContent")
    side.evaluate("side => side.scrollTo(0, side.scrollHeight)")
    last = box_of(
        mine.page.get_by_test_id("stSidebarUserContent").locator("[data-testid=stElementContainer]").last
    )
    assert apart(box_of(card(mine).locator(".card")), last)
