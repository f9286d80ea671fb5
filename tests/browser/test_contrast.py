"""Every text a reader sees stands out from what is behind it, by the formula of WCAG 2 at level AA."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_map_tools import unfold
from tests.browser.test_page import tick_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Frame, Page

    from tests.browser.conftest import Reader

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


def weak_texts(where: Page | Frame, at_least: int) -> list[Any]:
    """Texts with too little contrast; ``at_least`` so many texts have to be looked at.

    Controls that cannot be used now are left out, as WCAG 1.4.3 does. A table is a canvas and has no text here.
    """
    seen = where.evaluate(CONTRAST)
    assert seen["texts"] >= at_least
    return list(seen["found"])


@pytest.mark.parametrize(
    ("size", "query"), [((1440, 900), ""), ((1440, 900), "?lang=en"), ((390, 844), "?lang=en")]
)
def test_every_text_of_page_and_map_can_be_read(
    reader: Callable[..., Reader], size: tuple[int, int], query: str
) -> None:
    mine = reader(width=size[0], height=size[1])
    frame = mine.open(query)
    if size[0] < 480:
        frame.locator(".county-legend summary").click()
        unfold(frame)
        mine.page.locator(".notice summary").click()
    assert weak_texts(frame, 60) == []
    assert weak_texts(mine.page, 60) == []


def test_what_opens_can_be_read_as_well(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    tick_row(mine, 4)
    expect(mine.page.locator(".st-key-parcel_card")).to_be_visible(timeout=60_000)
    mine.rest()
    for fold in mine.page.get_by_test_id("stExpander").locator("summary").all():
        fold.click()
        mine.page.wait_for_timeout(100)
    mine.rest()
    frame.get_by_role("button", name="测量距离").click()
    assert weak_texts(mine.page, 300) == []
    assert weak_texts(frame, 60) == []
    for mark in (".st-key-figures", ".st-key-network"):
        mine.page.locator(mark).get_by_test_id("stPopoverButton").first.click()
        expect(mine.page.get_by_test_id("stPopoverBody")).to_be_visible()
        assert weak_texts(mine.page, 300) == []
        mine.page.keyboard.press("Escape")
