"""The page in a real browser: ``python -m benchmarks.page [--county all] [--rounds N] [--sessions K]``.

Chromium finds no address but this machine's. A round is a fresh window (nothing kept by the browser) on a server that
was visited once. Sizes are what the server hands out: files as they travel, compressed; messages of the socket as read.
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
from benchmarks.paper_page import write_grid_county
from geo.building import build
from geo.words import say
from tests.browser.conftest import DRAWN, FRAME, ROOT, Reader, running_page
from tests.conftest import _chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

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


@dataclass
class Round:
    """One opening and one changed choice: seconds by what was waited for, bytes by whose they are."""

    seconds: dict[str, float] = field(default_factory=dict)
    bytes_: dict[str, float] = field(default_factory=dict)


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

    def message(event: dict[str, Any]) -> None:
        told = event["response"]
        size = len(told["payloadData"]) * (1 if told["opcode"] == 1 else 0.75)
        found["messages"] = found.get("messages", 0) + size

    network.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    network.on("Network.loadingFinished", arrived)
    network.on("Network.webSocketFrameReceived", message)


def open_page(browser: Browser, address: str, found: Round) -> Reader:
    """Open the page in a fresh window and wait for figures, map and rest."""
    window = browser.new_context(viewport={"width": 1440, "height": 900})
    window.set_default_timeout(LONGEST_MS)
    reader = Reader(window.new_page(), address)
    listen(reader.page, found.bytes_)
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


def change_turnout(reader: Reader, seconds: int, found: Round) -> None:
    """Ask for a turnout nobody asked for yet, and wait for other figures and then for other layers."""
    settle(reader)
    frame = next(each for each in reader.page.frames if "streamlit_folium" in each.url)
    before, layers = reader.page.evaluate(FIGURES), frame.evaluate(LAYERS)
    box = reader.page.get_by_role("spinbutton", name=say("zh", "choice.turnout_s"))
    box.fill(str(seconds))
    begin = time.perf_counter()
    box.press("Enter")
    reader.page.wait_for_function(f"before => ({FIGURES})() !== before", arg=before)
    found.seconds["turnout: figures"] = time.perf_counter() - begin
    frame.wait_for_function(f"layers => ({LAYERS})() > layers && countyMap.pending === 0", arg=layers)
    found.seconds["turnout: map"] = time.perf_counter() - begin
    settle(reader)
    found.seconds["turnout: rest"] = time.perf_counter() - begin


def _server(file: str) -> str:
    """What Linux tells of the server started here ("" elsewhere)."""
    mine = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    for pid in mine.read_text().split() if mine.is_file() else ():
        if b"streamlit" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return Path(f"/proc/{pid}/{file}").read_text()
    return ""


def server_mb() -> float:
    """Resident megabytes of the server (NaN where the system does not tell)."""
    told = _server("status")
    return int(told.split("VmRSS:")[1].split()[0]) / 1024 if told else float("nan")


def server_s() -> float:
    """Processor seconds of the server so far (NaN where the system does not tell): what no other work can lengthen."""
    told = _server("stat")
    ticks = told.rsplit(")", 1)[-1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") if told else float("nan")


def session_mb(browser: Browser, address: str, sessions: int) -> float:
    """Megabytes the server grows by with each further page that stays open."""
    before, readers = server_mb(), []
    for _ in range(sessions):
        readers.append(open_page(browser, address, Round()))
        settle(readers[-1])
    grown = server_mb() - before
    for each in readers:
        each.page.context.close()
    return grown / sessions


def measure(browser: Browser, name: str, county: Path, rounds: int, sessions: int) -> None:
    """Print what one county takes."""
    with tempfile.TemporaryDirectory() as cache, running_page(county, Path(cache)) as address:
        cold = Round()
        reader = open_page(browser, address, cold)
        settle(reader)
        reader.page.context.close()
        print(
            f"\n{name}  (load {os.getloadavg()[0]:.1f}; cold start {cold.seconds['opening: map']:.1f} s)",
            flush=True,
        )
        taken = []
        for number in range(rounds):
            taken.append(Round())
            begin = server_s()
            reader = open_page(browser, address, taken[-1])
            settle(reader)
            opened = server_s()
            change_turnout(reader, 90 + 15 * number, taken[-1])
            taken[-1].seconds |= {
                "opening: server's processor": opened - begin,
                "turnout: server's processor": server_s() - opened,
            }
            reader.page.context.close()
        for what in taken[0].seconds:
            each = sorted(one.seconds[what] for one in taken)
            print(f"  {what:<28}{median(each):9.2f} s  [{each[0]:.2f}–{each[-1]:.2f}]")
        for part in sorted({part for one in taken for part in one.bytes_}):
            mb = median(one.bytes_.get(part, 0) for one in taken) / 1e6
            print(f"  bytes, {part:<21}{mb:9.3f} MB{'  ours' if part in OWN else ''}")
        print(f"  server                      {server_mb():9.0f} MB", flush=True)
        print(f"  … each further open page    {session_mb(browser, address, sessions):9.1f} MB", flush=True)


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
    parser.add_argument("--sessions", type=int, default=3)
    given = parser.parse_args()
    path = _chromium()
    if path is None:
        sys.exit("no Chromium found: name one in CHROMIUM")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as made:
        browser = driver.chromium.launch(executable_path=path, args=CUT_OFF)
        for name in COUNTIES if given.county == "all" else (given.county,):
            try:
                measure(browser, name, COUNTIES[name](Path(made) / name), given.rounds, given.sessions)
            except Error as error:
                print(f"  {name}: stopped: {str(error).splitlines()[0]}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
