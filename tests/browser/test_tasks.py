"""Five questions as a new user answers them on the page, click by click; docs/tasks.md says the same numbers.

Three are put to the default county, whose streets are schematic; two need measured streets and are put to Lauf, built
from OpenStreetMap data. Every answer is read from the page and held against the analysis itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from playwright.sync_api import expect

from analysis.assessment import assess
from analysis.scenario import Scenario, Targets
from geo.county import read_county
from geo.words import say
from tests.browser.conftest import ROOT
from tests.browser.test_page import card, tick_row
from views.water import still_water
from views.wording import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from analysis.assessment import Assessment
    from tests.browser.conftest import Reader

ZH = Words("zh")
PAGES = ("tasks.md", "tasks.zh.md")


@dataclass
class Hand:
    """A new user's hand: every click is counted, and what is typed is kept."""

    page: Page
    clicks: int = 0
    typed: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        what.click()
        self.clicks += 1

    def put(self, what: Locator, text: str) -> None:
        """Click a field, write over what stands in it, and press Enter."""
        self.click(what)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.typed.append(text)


def told(page: str, task: int) -> tuple[int, str, str]:
    """Clicks, typing and answer of a task as a page of the documentation tells them."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    row = re.search(rf"^\| {task} \|[^|]*\| (\d+) \|([^|]*)\|([^|]*)\|$", text, re.MULTILINE)
    assert row, f"docs/{page} has no row for task {task}"
    return int(row[1]), row[2].strip(), row[3].strip()


def check_told(hand: Hand, task: int, *said: str) -> None:
    """The documentation tells the clicks and the typing just counted, and every word of the answer just read."""
    typed = " ".join(f"`{text}`" for text in hand.typed) or "–"
    for page in PAGES:
        clicks, written, answer = told(page, task)
        assert (clicks, written) == (hand.clicks, typed), page
        assert [each for each in said if each.replace("\u00a0", " ") not in answer] == [], page


def rested(reader: Reader) -> None:
    reader.page.wait_for_timeout(500)
    reader.rest()


def figure(reader: Reader, label: str) -> Locator:
    return reader.page.get_by_test_id("stMetric").filter(has_text=label)


def shows(reader: Reader, label: str, share: str) -> None:
    """Wait until a figure shows a share."""
    expect(figure(reader, label)).to_contain_text(share, timeout=60_000)


def area(assessment: Assessment) -> str:
    share = assessment.summary["area_share"]
    return ZH.share_range(share["low"], share["high"])


def length(assessment: Assessment) -> str:
    share = assessment.summary["street_share"]
    return ZH.share_range(share["low"], share["high"])


def cells(table: Locator, role: str) -> list[dict[str, str]]:
    """What a table tells of its cells to those who do not see it: text, and row and column by number."""
    found: list[dict[str, str]] = table.evaluate(
        """(table, role) => Array.from(table.querySelectorAll(`[role=${role}]`)).map(
          (cell) => ({ text: cell.textContent, column: cell.getAttribute("aria-colindex"), id: cell.id }))""",
        role,
    )
    return found


def row_of(table: Locator, text: str) -> int:
    """The row, from 1, in which a table shows a text."""
    mine = next(each for each in cells(table, "gridcell") if each["text"] == text)
    return int(mine["id"].rsplit("-", 1)[1]) + 1


AREA, LENGTH = (say("zh", f"figure.{name}", minutes="5") for name in ("area_share", "street_share"))


def test_1_which_parcels_fail_and_why(reader: Callable[..., Reader]) -> None:
    parcels = assess(read_county(ROOT / "data"), Scenario()).parcels
    failing = parcels[parcels["verdict"] == "not_covered"]
    mine = reader()
    mine.open()
    hand = Hand(mine.page)
    listed = mine.page.get_by_role("listitem").filter(has_text=say("zh", "verdict.not_covered"))
    expect(listed).to_have_count(len(failing))
    for text, number in zip(listed.all_inner_texts(), failing["parcel_no"], strict=True):
        assert number in text
    table = mine.page.locator(".st-key-plan_table")
    for row in failing.itertuples():
        hand.clicks += 1
        tick_row(mine, row_of(table, row.parcel_no))
        expect(mine.page.locator(".st-key-parcel_card")).to_contain_text(row.parcel_no, timeout=30_000)
        rested(mine)
        assert f"{row.bound_kph:.0f} 公里/小时" in card(mine)
        assert ZH.reason(row.reason, row.reason_values) in card(mine)
    numbers = [re.sub(r"\D*2022\D*", "", number)[:2] for number in failing["parcel_no"]]
    check_told(hand, 1, *numbers, *{f"{each:.0f}" for each in failing["bound_kph"]})


def test_2_which_street_needs_most_hydrants(reader: Callable[..., Reader], lauf: Path) -> None:
    spacing = still_water(assess(read_county(lauf), Scenario())).spacing
    assert spacing is not None
    worst = spacing.streets.sort_values("missing", ascending=False).iloc[0]
    assert (spacing.streets["missing"] == worst["missing"]).sum() == 1
    assert (worst["line"], worst["lines"]) == (1, 2)
    mine = reader(lauf)
    mine.open()
    hand = Hand(mine.page)
    hand.click(mine.page.locator(".st-key-shown_table").get_by_text(say("zh", "street.title"), exact=True))
    rested(mine)
    table = mine.page.locator(".st-key-street_table")
    table.scroll_into_view_if_needed()
    expect(table.locator("[role=gridcell]").first).to_be_attached(timeout=60_000)
    label = say("zh", "street.head.missing")
    heads = {each["column"]: each["text"] for each in cells(table, "columnheader")}
    first = {
        heads[each["column"]]: each["text"] for each in cells(table, "gridcell") if each["id"].endswith("-0")
    }
    assert first[say("zh", "street.head.name")].startswith(worst["name"])  # one of its pieces
    assert float(first[label]) == worst["missing"]
    check_told(hand, 2, worst["name"], f"{worst['missing']:.0f}")


def test_3_what_the_second_station_changes(reader: Callable[..., Reader], lauf: Path) -> None:
    county = read_county(lauf)
    before, after = assess(county, Scenario()), assess(county, Scenario(planned_works=True))
    assert area(before) != area(after)
    mine = reader(lauf)
    mine.open()
    hand = Hand(mine.page)
    shows(mine, AREA, area(before))
    shows(mine, LENGTH, length(before))
    hand.click(
        mine.page.get_by_test_id("stSidebar").get_by_text(say("zh", "choice.planned_works"), exact=True)
    )
    shows(mine, AREA, area(after))
    shows(mine, LENGTH, length(after))
    check_told(hand, 3, area(before), area(after), length(before), length(after))


def test_4_what_happens_with_a_turnout_of_90_s(reader: Callable[..., Reader]) -> None:
    county = read_county(ROOT / "data")
    before, after = assess(county, Scenario()), assess(county, Scenario(targets=Targets(turnout_s=90)))
    mine = reader()
    mine.open()
    hand = Hand(mine.page)
    shows(mine, AREA, area(before))
    shows(mine, LENGTH, length(before))
    hand.put(mine.page.get_by_role("spinbutton", name=say("zh", "choice.turnout_s")), "90")
    shows(mine, AREA, area(after))
    shows(mine, LENGTH, length(after))
    limit = mine.page.get_by_role("spinbutton", name=say("zh", "choice.limit_s"))
    expect(limit).to_have_value("300")  # it counts from the order: 30 s less are left to drive
    check_told(hand, 4, area(before), area(after), length(before), length(after))


def test_5_the_gaps_go_into_a_file_that_qgis_opens(reader: Callable[..., Reader], tmp_path: Path) -> None:
    county = read_county(ROOT / "data")
    gaps = assess(county, Scenario()).hydrant_gaps
    mine = reader()
    mine.open()
    hand = Hand(mine.page)
    hand.click(mine.page.locator(".st-key-panel_downloads summary"))
    row = mine.page.locator(".st-key-files_hydrant_gaps")
    with mine.page.expect_download() as waiting:
        hand.click(row.get_by_role("button", name=say("zh", "page.format.geojson")))
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    read = gpd.read_file(path)  # GDAL opens it, as it does for QGIS
    assert read.crs == "EPSG:4326"
    assert read.geometry.is_valid.all()
    assert len(read) == len(gaps)
    assert read.to_crs(county.crs).area.sum() == pytest.approx(gaps.area.sum(), rel=1e-4)
    assert set(read["certainty"]) == {"example"}, "hydrants are known by their sections alone"
    check_told(hand, 5, path.name, f"{read.to_crs(county.crs).area.sum() / 1e6:.2f}")
