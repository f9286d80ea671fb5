"""A running page, a browser that reaches nothing else, and the hands to use the map with."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Frame, Page, Route, expect, sync_playwright

from geo.building import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
FRAME = 'iframe[title*="st_folium"]'
DRAWN = "() => window.map && window.countyMap && window.countyMap.pending === 0"
HARMLESS = re.compile(r"favicon|\[HMR\]")
NOT_OURS = re.compile(
    r"^Unrecognized feature: '[a-z-]+'\.$|^An iframe which has both allow-scripts and allow-same-origin"
    r"|^Received component message for unregistered ComponentInstance!"
)
"""Streamlit gives every component's frame a list of permissions, of which the browser does not know all, and runs
it on the page's own origin; the browser warns of both, and neither can be set. Where a part of the page is replaced
while a frame is just loading, Streamlit hears the frame's first words after it has let go of it, and says so."""

SECOND, LEFT_OUT = "osm-way-46618426", "osm-way-45248581"
"""Stations of Lauf: the one taken for the second that is being built, and one that the town is to do without."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    for item in items:
        if Path(str(item.fspath)).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@contextmanager
def running_page(
    county: Path, cache: Path, program: str = "streamlit", options: Sequence[str] = ()
) -> Iterator[str]:
    """The page of a county folder on a free port; its address. ``program``: the module that runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        program,
        "run",
        str(ROOT / "app.py"),
        "--server.port",
        str(port),
        *options,
    ]
    given = {"COUNTY_DIR": str(county), "XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache)}
    log = cache / "page.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | given, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(150):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the page did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Start the page of a county folder once for the session; call it with the folder to get the address."""
    running: dict[Path, tuple[Any, str]] = {}

    def start(county: Path) -> str:
        if county not in running:
            context = running_page(county, tmp_path_factory.mktemp("cache"))
            running[county] = (context, context.__enter__())
        return running[county][1]

    yield start
    for context, _ in running.values():
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    from tests.conftest import _chromium

    path = _chromium()
    assert path is not None, "tests marked browser are left out without one"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass
class Reader:
    """Someone at the page: its window, and what went wrong there."""

    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> Frame:
        """Open the page and wait until its map is drawn."""
        self.page.goto(f"{self.address}/{query}")
        return self.map()

    def map(self) -> Frame:
        """The map's frame, once every layer has arrived and the page rests."""
        for _ in range(2):
            try:
                return self._map()
            except Error as error:
                if "detached" not in str(
                    error
                ):  # another language is another map: the old one may still have stood
                    raise
        return self._map()

    def _map(self) -> Frame:
        self.rest()
        holder = self.page.wait_for_selector(FRAME, timeout=60_000)
        frame = holder.content_frame() if holder else None
        assert frame is not None
        frame.wait_for_selector(".leaflet-container", state="visible", timeout=60_000)
        frame.wait_for_function(DRAWN, timeout=60_000)
        return frame

    def rest(self) -> None:
        """Wait until the page has been computed."""
        expect(self.page.get_by_test_id("stMetric").first).to_be_visible(timeout=60_000)
        expect(self.page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=60_000)
        expect(self.page.locator('[data-stale="true"]')).to_have_count(0, timeout=60_000)

    def figure(self, number: int) -> str:
        """A figure on top, as one text."""
        return self.page.get_by_test_id("stMetric").nth(number).inner_text()

    def painted(self) -> int:
        """How many pixels of the map's canvas are painted."""
        frame = self.map()
        frame.wait_for_selector(".leaflet-overlay-pane canvas", state="visible", timeout=60_000)
        return int(
            frame.evaluate(
                """() => {
                  const canvas = document.querySelector('.leaflet-overlay-pane canvas');
                  const copy = document.createElement('canvas');
                  Object.assign(copy, { width: canvas.width, height: canvas.height });
                  const pen = copy.getContext('2d', { willReadFrequently: true });
                  pen.drawImage(canvas, 0, 0);
                  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
                  let painted = 0;
                  for (let i = 3; i < data.length; i += 4) if (data[i]) painted += 1;
                  return painted;
                }"""
            )
        )

    def click_map(self, lon: float, lat: float, aside: float = 0, above: float = 0) -> None:
        """Click the map at a place, ``aside`` pixels to the east and ``above`` to the north of it."""
        frame = self.map()
        at = frame.evaluate(
            "([lat, lon]) => { const p = window.map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
            [lat, lon],
        )
        holder = self.page.locator(FRAME)
        holder.scroll_into_view_if_needed()
        box = holder.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + at[0] + aside, box["y"] + at[1] - above)
        self.page.wait_for_timeout(400)  # the map component gathers clicks for 250 ms


@pytest.fixture
def reader(
    browser: Browser, page_of: Callable[[Path], str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Reader]]:
    """Make a reader of a county's page; the test fails if the page asked elsewhere, complained or broke."""
    del request
    readers: list[Reader] = []

    def make(county: Path = ROOT / "data", width: int = 1440, height: int = 900) -> Reader:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        made = Reader(context.new_page(), page_of(county))

        def only_here(route: Route) -> None:
            if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost"):
                route.continue_()
            else:
                made.wrong.append(f"asked for {route.request.url}")
                route.abort()

        context.route(re.compile(r"^(?!data:|blob:)"), only_here)

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not NOT_OURS.search(message.text):
                made.wrong.append(f"console {message.type}: {message.text} ({message.location['url']})")

        made.page.on("console", said)
        made.page.on("pageerror", lambda error: made.wrong.append(f"page error: {error}"))
        made.page.on(
            "response",
            lambda answer: (
                made.wrong.append(f"{answer.status} {answer.url}")
                if answer.status >= 400 and not HARMLESS.search(answer.url)
                else None
            ),
        )
        readers.append(made)
        return made

    yield make
    wrong = [what for each in readers for what in each.wrong]
    for each in readers:
        each.page.context.close()
    assert wrong == []


@pytest.fixture
def lauf(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lauf with one station in use and a second being built."""
    folder = tmp_path_factory.getbasetemp() / "lauf"
    if folder.exists():
        return folder
    build(real_data / "lauf" / "lauf-200115.osm.pbf", folder)
    path = folder / "stations" / "stations.geojson"
    stations = json.loads(path.read_text(encoding="utf-8"))
    kept = [each for each in stations["features"] if each["properties"]["station_id"] != LEFT_OUT]
    for each in kept:
        if each["properties"]["station_id"] == SECOND:
            each["properties"]["status"] = "under_construction"
    path.write_text(json.dumps(stations | {"features": kept}), encoding="utf-8")
    return folder
