"""The page in a real browser: ``python -m benchmarks.page [--county all] [--rounds N] [--sessions K] [--answers A]``.

Chromium finds no address but this machine's. A round is a fresh window (nothing kept by the browser) on a server that
was visited once. Sizes are what travels, compressed: files as the browser counts them, the socket as a relay does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from benchmarks.networks import data_folder
from benchmarks.page_memory import CLOSED_S, by_open_pages, held_mb, server_s
from benchmarks.paper_page import write_grid_county
from benchmarks.wire import counted
from geo.building import build
from geo.words import say
from tests.browser.conftest import DRAWN, FRAME, ROOT, Reader, running_page
from tests.conftest import _chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator

    from benchmarks.page_memory import Slope
    from benchmarks.wire import Wire

CUT_OFF = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
OWN = ("map files", "messages")
"""Whose bytes are ours: layers and scripts of the map, and the page's words, tables and figures."""
FIGURES = (
    "() => [...document.querySelectorAll('[data-testid=stMetric]')].map(each => each.innerText).join('|')"
)
LAYERS = (
    "() => performance.getEntriesByType('resource').filter(each => each.name.includes('map_files')).length"
)
LONGEST_MS = 180_000
OPENING, TURNOUT = "opening", "turnout"


@dataclass
class Round:
    """One opening and one changed choice: seconds by what was waited for, bytes by step and whose they are."""

    seconds: dict[str, float] = field(default_factory=dict)
    files: dict[str, float] = field(default_factory=dict)
    bytes_: dict[str, float] = field(default_factory=dict)

    def take(self, step: str, wire: Wire) -> None:
        """Put down what arrived since the last step."""
        for part, size in {**self.files, "messages": wire.taken()}.items():
            self.bytes_[f"{step}, {part}"] = size
        self.files.clear()


def whose(address: str) -> str:
    """Part of the page a file belongs to."""
    path = urlsplit(address).path
    if "map_files" in path:
        return "map files"
    return "map component" if path.startswith("/component/") else "Streamlit"


def listen(page: Any, found: dict[str, float]) -> None:
    """Add up what arrives, by whose it is."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    asked: dict[str, str] = {}

    def arrived(event: dict[str, Any]) -> None:
        part = whose(asked.get(event["requestId"], ""))
        found[part] = found.get(part, 0) + event["encodedDataLength"]

    network.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", arrived)


def open_page(browser: Browser, address: str, found: Round) -> Reader:
    """Open the page in a fresh window and wait for figures, map and rest."""
    window = browser.new_context(viewport={"width": 1440, "height": 900})
    window.set_default_timeout(LONGEST_MS)
    reader = Reader(window.new_page(), address)
    listen(reader.page, found.files)
    begin = time.perf_counter()
    reader.page.goto(address)
    reader.page.wait_for_selector("[data-testid=stMetric]")
    found.seconds["opening: figures"] = time.perf_counter() - begin
    holder = reader.page.wait_for_selector(FRAME)
    frame = holder.content_frame() if holder else None
    assert frame is not None
    frame.wait_for_function(DRAWN)
    found.seconds["opening: map"] = time.perf_counter() - begin
    return reader


def settle(reader: Reader) -> None:
    """Wait until nothing runs any more."""
    reader.page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')", timeout=LONGEST_MS
    )


def turnout_box(reader: Reader) -> Locator:
    """The field of the turnout."""
    return reader.page.get_by_role("spinbutton", name=say("zh", "choice.turnout_s"))


def change_turnout(reader: Reader, seconds: int, found: Round) -> None:
    """Ask for a turnout nobody asked for yet, and wait for other figures and then for other layers."""
    settle(reader)
    frame = next(each for each in reader.page.frames if "streamlit_folium" in each.url)
    before, layers = reader.page.evaluate(FIGURES), frame.evaluate(LAYERS)
    box = turnout_box(reader)
    box.fill(str(seconds))
    begin = time.perf_counter()
    box.press("Enter")
    reader.page.wait_for_function(f"before => ({FIGURES})() !== before", arg=before)
    found.seconds["turnout: figures"] = time.perf_counter() - begin
    frame.wait_for_function(f"layers => ({LAYERS})() > layers && countyMap.pending === 0", arg=layers)
    found.seconds["turnout: map"] = time.perf_counter() - begin
    settle(reader)
    found.seconds["turnout: rest"] = time.perf_counter() - begin


def one_round(browser: Browser, wire: Wire, turnout_s: int) -> Round:
    """Open the page in a fresh window, change the turnout, close it."""
    found, begin = Round(), server_s()
    wire.taken()
    reader = open_page(browser, wire.address, found)
    settle(reader)
    found.take(OPENING, wire)
    opened = server_s()
    change_turnout(reader, turnout_s, found)
    found.take(TURNOUT, wire)
    found.seconds |= {
        "opening: server's processor": opened - begin,
        "turnout: server's processor": server_s() - opened,
    }
    reader.page.context.close()
    return found


def print_rounds(taken: list[Round]) -> None:
    """Medians and ranges."""
    for what in taken[0].seconds:
        each = sorted(one.seconds[what] for one in taken)
        print(f"  {what:<32}{median(each):9.2f} s  [{each[0]:.2f}–{each[-1]:.2f}]")
    for step in (OPENING, TURNOUT):
        parts = sorted({part for one in taken for part in one.bytes_ if part.startswith(step)})
        sizes = {part: median(one.bytes_.get(part, 0) for one in taken) / 1e6 for part in parts}
        for part, mb in sizes.items():
            print(f"  bytes, {part:<25}{mb:9.3f} MB{'  ours' if part.endswith(OWN) else ''}")
        ours = sum(mb for part, mb in sizes.items() if part.endswith(OWN))
        print(f"  bytes, {step}, ours together     {ours:9.3f} MB", flush=True)


def session_slope(browser: Browser, address: str, most: int) -> Slope:
    """Memory by pages of one county that are open at once; all closed again afterwards."""
    readers: list[Reader] = []

    def open_one() -> None:
        readers.append(open_page(browser, address, Round()))
        settle(readers[-1])

    upto = [0, *(number for number in (1, 2, 4, 8, 16) if number < most), most]
    found = by_open_pages(open_one, upto)
    for each in readers:
        each.page.context.close()
    return found


def print_memory(browser: Browser, address: str, sessions: int, answers: int) -> None:
    """What each further open page takes, what closed pages give back, and where memory ends as answers are kept."""
    session_slope(browser, address, min(sessions, 3))  # threads and their memory are made once
    time.sleep(CLOSED_S + 2)
    each = session_slope(browser, address, sessions)
    held = ", ".join(
        f"{mb:.1f} at {number}" for number, mb in zip(each.open_pages, each.held_mb, strict=True)
    )
    print(
        f"  each further open page          {each.mb:9.2f} MB  ± {each.error_mb:.2f} (MB held: {held})",
        flush=True,
    )
    time.sleep(CLOSED_S + 2)
    reader = open_page(
        browser, address, Round()
    )  # one page more, at whose opening the closed ones are given up
    settle(reader)
    print(f"  all closed, one open            {held_mb():9.1f} MB", flush=True)
    for number in range(answers):
        turnout_box(reader).fill(str(32 + 4 * number))
        turnout_box(reader).press("Enter")
        reader.page.wait_for_timeout(1000)
        settle(reader)
        if (number + 1) % 3 == 0:
            print(f"  … after {number + 1:>2} other answers       {held_mb():9.1f} MB", flush=True)
    reader.page.context.close()


def measure(browser: Browser, name: str, county: Path, given: argparse.Namespace) -> None:
    """Print what one county takes."""
    options = ["--server.disconnectedSessionTTL", str(CLOSED_S)]
    with (
        tempfile.TemporaryDirectory() as cache,
        running_page(county, Path(cache), "benchmarks.tidy_server", options) as address,
        counted(address) as wire,
    ):
        cold = Round()
        reader = open_page(browser, wire.address, cold)
        settle(reader)
        reader.page.context.close()
        print(
            f"\n{name}  (load {os.getloadavg()[0]:.1f}; cold start {cold.seconds['opening: map']:.1f} s)",
            flush=True,
        )
        print_rounds([one_round(browser, wire, 90 + 15 * number) for number in range(given.rounds)])
        if given.sessions:
            print_memory(browser, wire.address, given.sessions, given.answers)


def lauf(folder: Path) -> Path:
    """The town of Lauf from its extract."""
    build(data_folder() / "lauf" / "lauf-200115.osm.pbf", folder)
    return folder


COUNTIES: dict[str, Callable[[Path], Path]] = {
    "default": lambda _: ROOT / "data",
    "lauf": lauf,
    "grid": write_grid_county,
}


def main() -> None:
    """Measure the counties asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--county", choices=[*COUNTIES, "all"], default="all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=8, help="pages open at once, at most; 0: no memory")
    parser.add_argument("--answers", type=int, default=12, help="answers asked for to see where memory ends")
    given = parser.parse_args()
    path = _chromium()
    if path is None:
        sys.exit("no Chromium found: name one in CHROMIUM")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as made:
        browser = driver.chromium.launch(executable_path=path, args=CUT_OFF)
        for name in COUNTIES if given.county == "all" else (given.county,):
            try:
                measure(browser, name, COUNTIES[name](Path(made) / name), given)
            except Error as error:
                print(f"  {name}: stopped: {str(error).splitlines()[0]}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
