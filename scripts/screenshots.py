"""Take the pictures of the page in docs/screenshots from the page itself: ``python scripts/screenshots.py``."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
LANGUAGES = ("zh", "en")
DRAWN = "() => window.countyMap && window.countyMap.pending === 0 && window.map"
SEEN = "try { localStorage.setItem('county-guide', 'seen'); } catch (refused) {}"
"""The tour floats over the page at the first visit; the pictures show a later one."""


@contextmanager
def running_page(county: Path | None) -> Iterator[str]:
    """The page on a free port, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = os.environ | ({"COUNTY_DIR": str(county.resolve())} if county else {})
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()  # noqa: S310
                    break
                except OSError:
                    time.sleep(0.2)
            yield address
        finally:
            server.terminate()


def main() -> None:
    """Take one picture for each language and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--county", type=Path)
    parser.add_argument("--whole", action="store_true", help="the whole page, not the first screen")
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with running_page(given.county) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            for language in LANGUAGES:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.add_init_script(SEEN)
                page.on("pageerror", lambda error: print("page error:", error))
                page.on(
                    "console", lambda said: print("console:", said.text) if said.type == "error" else None
                )
                page.goto(f"{address}/?lang={language}")
                page.wait_for_selector('iframe[title*="st_folium"]', timeout=60000)
                page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached", timeout=60000)
                holder = page.query_selector('iframe[title*="st_folium"]')
                frame = None if holder is None else holder.content_frame()
                assert frame is not None  # noqa: S101 - an iframe has a frame
                frame.wait_for_function(DRAWN, polling=200, timeout=60000)
                page.wait_for_timeout(1500)
                path = given.out / f"{language}-{size}.png"
                if given.whole:
                    tall = page.evaluate(
                        "document.querySelector('.stMain .block-container, .block-container').scrollHeight + 80"
                    )
                    page.set_viewport_size({"width": width, "height": int(tall)})
                    page.wait_for_timeout(1500)
                page.screenshot(path=path)
                print(path)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
