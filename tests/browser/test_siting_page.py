"""Where stations should stand, in a real browser: solved, seen, stopped, added to the scenario, compared, handed on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from playwright.sync_api import expect

from analysis.assessment import assess
from analysis.scenario import Scenario
from analysis.siting_answer import siting
from analysis.siting_choice import SitingChoice
from geo.county import read_county
from tests.browser.test_tasks import Hand, rested
from views.wording import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Frame

    from tests.browser.conftest import Reader

ZH = Words("zh")
FEW = SitingChoice(further=2, demand="area", most_candidates=25, curve_to=3)


def number(mine: Reader, name: str, value: int) -> None:
    Hand(mine.page).put(mine.page.get_by_role("spinbutton", name=ZH(f"choice.siting_{name}")), f"{value}")
    rested(mine)


def opened(mine: Reader, panel: str) -> None:
    Hand(mine.page).click(mine.page.locator(f".st-key-panel_{panel} summary").first)
    rested(mine)


def signs(frame: Frame, key: str) -> list[dict[str, Any]]:
    """Words and letters of the things of one kind on the map, once the browser has fetched and drawn them."""
    found: list[dict[str, Any]] = frame.evaluate(
        """(key) => {
          const shown = [];
          window.map.eachLayer((layer) => {
            const p = layer.feature && layer.feature.properties;
            if (p && p.k === key) shown.push({ title: p.t, letter: p.c });
          });
          return shown;
        }""",
        key,
    )
    return found


def test_sites_are_solved_seen_added_compared_and_handed_on(
    reader: Callable[..., Reader], lauf: Path, tmp_path: Path
) -> None:
    county = read_county(lauf)
    today = assess(county, Scenario())
    answer = siting(today, FEW)
    mine = reader(lauf)
    mine.open()
    opened(mine, "siting")
    for name in ("further", "most_candidates", "curve_to"):
        number(mine, name, getattr(FEW, name))
    hand, panel = Hand(mine.page), mine.page.locator(".st-key-panel_siting")
    hand.click(mine.page.get_by_role("button", name=ZH("siting.solve")))
    shown = mine.page.locator(".st-key-siting_answer")
    expect(shown).to_contain_text(ZH("siting.state.optimal"), timeout=60_000)
    rested(mine)
    share = ZH.share(answer.demand_after / answer.demand.whole)
    expect(shown).to_contain_text(share)
    curve = shown.locator(".st-key-siting_curve img")
    for each in answer.curve["share"]:
        assert ZH.share(each) in (curve.get_attribute("alt") or "")
    curve.scroll_into_view_if_needed()
    assert curve.evaluate("(img) => img.complete && img.naturalWidth > 0"), "the drawing is there"
    frame = mine.map()
    expected = sorted(answer.candidates.loc[answer.candidates["chosen"], "order"].astype(str))
    assert sorted(each["letter"] for each in signs(frame, "site")) == expected == ["1", "2"]
    expect(frame.locator(".county-legend")).to_contain_text(ZH("siting.map_item"))

    hand.click(panel.get_by_role("button", name=ZH("siting.add")))
    expect(panel).to_contain_text(ZH("siting.added"), timeout=60_000)
    rested(mine)
    assert signs(mine.map(), "site") == [], "they are stations of the scenario now"
    hand.click(mine.page.locator(".st-key-panel_siting summary").first)
    opened(mine, "compare")
    compared = mine.page.locator(".st-key-compare")
    expect(compared).to_contain_text(
        ZH("compare.streets", name=ZH("compare.page"), first=ZH("compare.today")), timeout=60_000
    )
    with mine.page.expect_download() as waiting:
        hand.click(compared.get_by_role("button", name=ZH("compare.file_name.compare_streets_geojson")))
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    read = gpd.read_file(path)
    assert read.crs == "EPSG:4326"
    length = read.groupby("change")["length_m"].sum()
    assert length.sum() == pytest.approx(today.summary["street_length_m"], abs=1)
    before, after = (answer.covered[when]["street_m"] for when in ("before", "after"))
    assert length["gained"] == pytest.approx(after - before, abs=1)
    assert length["still"] == pytest.approx(before, abs=1)
    expect(compared).to_contain_text(ZH.metres(after - before))


def test_a_long_solve_shows_how_far_it_is_and_stops(reader: Callable[..., Reader], lauf: Path) -> None:
    mine = reader(lauf)
    mine.open()
    opened(mine, "siting")
    number(mine, "most_candidates", 9_000)
    hand, panel = Hand(mine.page), mine.page.locator(".st-key-panel_siting")
    solve = panel.get_by_role("button", name=ZH("siting.solve"))
    hand.click(solve)
    progress = mine.page.locator(".st-key-siting_progress")
    step = re.escape(ZH("siting.step.times", percent="").strip())
    expect(progress).to_contain_text(re.compile(rf"{step}\s*[1-9]"), timeout=60_000)
    expect(solve).to_be_disabled()
    hand.click(progress.get_by_role("button", name=ZH("siting.stop")))
    expect(panel).to_contain_text(ZH("siting.stopped"), timeout=20_000)
    expect(progress).to_have_count(0)
    expect(solve).to_be_enabled()
    rested(mine)
