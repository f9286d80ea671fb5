"""A planner brings a table of hydrants in, sees what it is, takes it, and takes that back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Reader

HYDRANTS = (
    "编号,类型,所在道路,管径,使用状态,经度,纬度\n"
    "H1,消火栓,正阳街,DN200,在用,114.700,38.620\n"
    "H2,消火栓,正阳街,DN150,完好,114.701,38.620\n"
    "H3,消火栓,恒山路,DN100,在建,114.702,38.620\n"
)
BUILT = 3
"""Place of the figure on hydrants among those on top."""


def test_a_table_of_hydrants_comes_in_is_counted_and_goes_again(
    reader: Callable[..., Reader], tmp_path: Path
) -> None:
    county, table = tmp_path / "county", tmp_path / "新栓.csv"
    shutil.copytree(ROOT / "data", county, ignore=shutil.ignore_patterns("text"))
    table.write_text(HYDRANTS, encoding="gb18030")
    mine = reader(county)
    mine.open()
    assert "58 / 107" in mine.figure(BUILT)
    mine.page.get_by_text("带入数据", exact=True).click()
    panel = mine.page.locator(".st-key-panel_bring")
    panel.locator("input[type=file]").set_input_files(table)
    expect(panel.get_by_text("读作消火栓：共 3 行，可读入 3 行，不合格 0 行。")).to_be_visible(timeout=60_000)
    expect(panel.get_by_text("像是 消火栓").first).to_be_visible()
    preview = panel.frame_locator('iframe[title*="st_folium"]')
    expect(preview.locator(".county-legend")).to_contain_text("可读入的行", timeout=60_000)
    take = panel.get_by_role("button", name="读入为消火栓")
    expect(take).to_be_disabled()
    panel.get_by_text("同意把现有的 hydrants.csv 放到一边").click()
    expect(take).to_be_enabled(timeout=30_000)
    take.click()
    expect(panel.get_by_text("已读入：消火栓 3 行。")).to_be_visible(timeout=60_000)
    mine.rest()
    assert "2 / 3" in mine.figure(BUILT)
    panel.get_by_role("button", name="撤销：消火栓").click()
    expect(panel.get_by_text("已放回消火栓上一次的数据。")).to_be_visible(timeout=60_000)
    mine.rest()
    assert "58 / 107" in mine.figure(BUILT)
