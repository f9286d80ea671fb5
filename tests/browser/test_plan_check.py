"""The plan check as a reader meets it: a mark below a figure, the panel, its filter and its file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Reader


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_a_figure_leads_to_its_line_and_the_panel_to_its_file(
    reader: Callable[..., Reader], size: tuple[int, int]
) -> None:
    mine = reader(width=size[0], height=size[1])
    mine.open()
    mark = mine.page.locator(".st-key-figures").get_by_role("button", name="见第699行核对").first
    mark.click()
    expect(mine.page.get_by_text("现状指标只应以58座计")).to_be_visible()
    mine.page.keyboard.press("Escape")
    panel = mine.page.locator(".st-key-panel_plan")
    panel.locator("summary").click()
    expect(panel.get_by_text("共 41 条，显示 41 条")).to_be_visible()
    panel.get_by_role("combobox", name="事项").click()
    mine.page.get_by_role("option", name="消防水鹤").click()
    expect(panel.get_by_text("共 41 条，显示 4 条")).to_be_visible()
    expect(panel.get_by_role("cell", name="732–735").first).to_be_visible()
    with mine.page.expect_download() as waiting:
        panel.get_by_role("button", name="规划核对（csv）").click()
    with Path(waiting.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 41
    assert [int(row["line"]) for row in rows] == sorted(int(row["line"]) for row in rows)
    assert mine.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert mine.wrong == []
