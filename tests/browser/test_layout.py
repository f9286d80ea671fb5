"""The page's layout: the map on the first screen, nothing cut or overlapping, room for fingers, a way for keys."""

from __future__ import annotations

from itertools import combinations, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FRAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.conftest import Reader

DESKTOP, PHONE = (1440, 900), (390, 844)


class Box(NamedTuple):
    """Where something stands in the window, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def box_of(place: Locator) -> Box:
    box = place.bounding_box()
    assert box is not None
    return Box(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])


def apart(one: Box, other: Box, slack: float = 0) -> bool:
    """Whether two boxes do not overlap; ``slack`` pixels of overlap are none, such as the leading of two lines."""
    return (
        one.right <= other.left + slack
        or other.right <= one.left + slack
        or one.bottom <= other.top + slack
        or other.bottom <= one.top + slack
    )


def inside(one: Box, other: Box, slack: float = 1) -> bool:
    return (
        one.left >= other.left - slack
        and one.top >= other.top - slack
        and one.right <= other.right + slack
        and one.bottom <= other.bottom + slack
    )


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_map_and_table_stand_on_the_first_screen(reader: Callable[..., Reader], query: str) -> None:
    mine = reader(width=DESKTOP[0], height=DESKTOP[1])
    mine.open(query)
    page = mine.page
    for part in ("search", "board_table"):
        assert box_of(page.locator(f".st-key-{part}")).top <= 300
    frame = box_of(page.locator(FRAME))
    assert frame.top <= 300
    assert frame.bottom - frame.top >= 540
    assert frame.bottom <= DESKTOP[1]
    lines = [
        box_of(page.locator(f".st-key-{name}")) for name in ("head", "network", "figures", "joint", "board")
    ]
    assert all(above.bottom <= below.top + 1 for above, below in pairwise(lines))
    assert lines[3].bottom - lines[3].top < 24, "engine and water is one line"
    assert lines[1].bottom - lines[1].top < 46, "the notice is one line"


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_on_a_phone_the_upper_part_of_the_map_is_on_the_first_screen(
    reader: Callable[..., Reader], query: str
) -> None:
    mine = reader(width=PHONE[0], height=PHONE[1])
    mine.open(query)
    page = mine.page
    frame = box_of(page.locator(FRAME))
    assert frame.top + 300 <= PHONE[1]
    assert box_of(page.locator(".st-key-joint")).top > frame.bottom, "engine and water stand below the board"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    row = page.locator(".st-key-figures")
    assert row.evaluate("row => row.scrollWidth > row.clientWidth"), "the figures are pushed sideways"
    assert row.evaluate("row => getComputedStyle(row).scrollSnapType").startswith("x")
    notice = page.locator(".notice")
    folded = box_of(notice)
    assert folded.bottom - folded.top <= 46
    notice.locator("summary").click()
    expect(notice.locator("details")).to_have_attribute("open", "")
    assert box_of(notice).bottom > folded.bottom + 20


TEXTS = """card => {
  const found = [], walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || node.parentElement.closest('em, style')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) found.push([box.left, box.top, box.right, box.bottom]);
  }
  return found;
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_cards_are_equally_high_and_hold_all_they_say(
    reader: Callable[..., Reader], size: tuple[int, int], query: str
) -> None:
    mine = reader(width=size[0], height=size[1])
    mine.open(query)
    cards = mine.page.locator(".st-key-figures > div").all()
    assert len(cards) == 6
    boxes = [box_of(card) for card in cards]
    assert {round(box.top) for box in boxes} == {round(boxes[0].top)}, "one row"
    assert {round(box.bottom) for box in boxes} == {round(boxes[0].bottom)}
    assert boxes[0].bottom - boxes[0].top <= 112
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    for card, box in zip(cards, boxes, strict=True):
        assert all(inside(Box(*text), box) for text in card.evaluate(TEXTS))
        flag, value = (
            card.get_by_test_id("stPopoverButton"),
            card.get_by_test_id("stMetricValue").locator("p"),
        )
        assert inside(box_of(flag.locator("visible=true")), box, slack=8)
        count = [Box(*each) for each in flag.locator("visible=true").evaluate(TEXTS)]
        said = [Box(*each) for each in card.get_by_test_id("stMetricLabel").evaluate(TEXTS)]
        marks = map(box_of, card.get_by_test_id("stMetricLabel").locator("svg.icon").all())
        for one, other in product(count, (*said, *marks, box_of(value))):
            assert apart(one, other, slack=4)


SMALL = """least => {
  const found = [];
  const field = '[data-testid="stSelectbox"], [data-testid="stNumberInputContainer"], [data-testid$="RootElement"]';
  function hit(control, x, y) {
    const at = document.elementFromPoint(x, y);
    return !at || control === at || control.contains(at); // nothing is beyond the window
  }
  for (const control of document.querySelectorAll('button, a[href], input, summary')) {
    if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (control.type === 'file') continue;
    control.scrollIntoView({ block: 'center', inline: 'center' });
    // A label takes the touch of its box, a list that of the mark which opens it.
    const whole = control.matches('input') ? 'label, ' + field : control.matches('[aria-label="Open"]') ? field : null;
    const box = (whole && control.closest(whole) || control).getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2, half = least / 2 - 1;
    const edge = control.closest(field) ? 2 : 0; // the edge of a field is a pixel on either side
    const wide = box.width >= least || (hit(control, x - half, y) && hit(control, x + half, y));
    const high = box.height + edge >= least || (hit(control, x, y - half) && hit(control, x, y + half));
    if (!wide || !high) found.push([control.tagName, control.getAttribute('aria-label') || control.textContent,
                                    Math.round(box.width), Math.round(box.height)].join(' '));
  }
  return found;
}"""
"""Controls that a finger of ``least`` pixels misses: too small, and what is around them does not take its touch."""


def test_fingers_find_every_control(reader: Callable[..., Reader]) -> None:
    mine = reader(width=PHONE[0], height=PHONE[1])
    frame = mine.open()
    page = mine.page
    page.get_by_role("region", name="导览").get_by_role("button", name="跳过").click()
    frame.locator(".county-legend summary").click()
    frame.locator(".county-unfold").click()
    assert frame.evaluate(SMALL, 40) == []
    assert page.evaluate(SMALL, 40) == []
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebarUserContent")).to_be_visible()
    page.wait_for_timeout(600)  # the side slides in
    side = page.get_by_test_id("stSidebar")
    small = side.evaluate(
        f"side => ({SMALL.replace('document.querySelectorAll', 'side.querySelectorAll')})(40)"
    )
    assert small == []


FOCUS = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const shown = at && at.matches(':focus-visible') && getComputedStyle(at).outlineStyle !== 'none';
  for (let up = document.activeElement; up; up = up.parentElement) {
    const key = [...up.classList].find(name => name.startsWith('st-key-'));
    if (up.tagName === 'IFRAME') return ['map', true];
    if (key) return [key.slice(7), Boolean(shown)];
  }
  return ['', false];
}"""


def test_the_keyboard_skips_the_choices_and_goes_down_the_page(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    page, keys = mine.page, mine.page.keyboard
    page.evaluate("document.activeElement.blur()")
    keys.press("Tab")
    link = page.get_by_role("button", name="跳到地图")
    for _ in range(3):  # the button that folds the side may come first
        if not link.evaluate("link => link.getRootNode().activeElement === link"):
            keys.press("Tab")
    expect(link).to_be_focused()
    assert box_of(link).right - box_of(link).left > 40, "it is seen while it has the focus"
    keys.press("Enter")
    centre = frame.evaluate("window.map.getCenter().lng")
    keys.press("ArrowRight")
    frame.wait_for_function("before => window.map.getCenter().lng > before", arg=centre)
    page.locator(".st-key-guide").get_by_role("button", name="导览").focus()
    order: list[str] = []
    for _ in range(80):
        keys.press("Tab")
        part, seen = page.evaluate(FOCUS)
        own = part in ("search", "filter_text") or part.startswith("plan_table")
        assert seen or own, "the focus is seen; fields and tables draw their own"
        if part not in order:
            order.append(part)
        if part == "board_table" or part.startswith("panel"):
            break
    parts = [part for part in order if not part.startswith("search_")]
    figures = [part for part in parts if part.startswith("figure_")]
    assert figures == [
        f"figure_{name}" for name in ("area", "streets", "parcels", "hydrants", "protected", "cranes")
    ]
    assert parts.index("network") < parts.index("figure_area") < parts.index("search") < parts.index("map")


def test_a_flag_is_opened_and_shut_by_the_keyboard(reader: Callable[..., Reader]) -> None:
    mine = reader()
    mine.open()
    flag = mine.page.locator(".st-key-figure_cranes").get_by_role("button", name="行核对")
    flag.focus()
    mine.page.keyboard.press("Enter")
    body = mine.page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    mine.page.keyboard.press("Escape")
    expect(body).to_be_hidden()


SIGNS = """() => {
  const legend = document.querySelector('.county-legend').getBoundingClientRect(), under = [];
  let signs = 0;
  window.map.eachLayer(layer => {
    if (!layer.getLatLng || !layer.feature || !String(layer.feature.properties.k).endsWith('_sign')) return;
    const at = window.map.latLngToContainerPoint(layer.getLatLng());
    signs += 1;
    if (at.x > legend.left && at.x < legend.right && at.y > legend.top && at.y < legend.bottom) under.push(at);
  });
  return [signs, under.length];
}"""
"""Signs of parcels on the map, and how many of them lie under the legend."""


def test_the_legend_is_small_stands_beside_the_parcels_and_folds(reader: Callable[..., Reader]) -> None:
    mine = reader()
    frame = mine.open()
    legend, summary = frame.locator(".county-legend"), frame.locator(".county-legend summary")
    shown, whole = box_of(legend), box_of(mine.page.locator(FRAME))
    assert shown.right - shown.left <= 210
    assert shown.bottom - shown.top <= 0.6 * (whole.bottom - whole.top)
    assert frame.evaluate(SIGNS) == [4, 0]
    body = frame.locator(".county-legend-body")
    assert body.evaluate("body => body.scrollHeight > body.clientHeight"), "it scrolls inside its own box"
    for layer in frame.locator(".county-legend-layer").all():
        on = layer.locator("input").is_checked()
        assert layer.locator(".county-legend-item").evaluate_all(
            "(items, on) => items.every(item => item.checkVisibility() === on)", on
        )
    summary.focus()
    mine.page.keyboard.press("Enter")
    expect(body).to_be_hidden()
    mine.page.keyboard.press("Enter")
    expect(body).to_be_visible()


def test_on_a_phone_legend_and_tools_begin_folded(reader: Callable[..., Reader]) -> None:
    mine = reader(width=PHONE[0], height=PHONE[1])
    frame = mine.open()
    expect(frame.locator(".county-legend-body")).to_be_hidden()
    expect(frame.get_by_role("button", name="测量距离")).to_be_hidden()
    frame.locator(".county-unfold").click()
    tools = frame.get_by_role("group", name="地图工具").get_by_role("button").all()
    assert len(tools) == 7
    whole = box_of(mine.page.locator(FRAME))
    assert all(inside(box_of(each), whole) for each in tools)
    frame.locator(".county-unfold").click()
    expect(frame.get_by_role("button", name="测量距离")).to_be_hidden()
