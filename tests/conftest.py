"""What all tests share: the folder of real data, the browser, and a wall that keeps them off the internet."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

import geo  # noqa: F401 - chooses GDAL's drivers before any test imports pyogrio

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
NO_BROWSER = "no Chromium found"
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("search" if os.environ.get("HYPOTHESIS_SEARCH") else "same")
"""The same examples at every run, however slow the machine; other ones with ``HYPOTHESIS_SEARCH=1``."""
NOT_LIVE = "needs the internet; set LIVE_TESTS=1 to run it"


def _chromium() -> str | None:
    """Path of a Chromium: ``CHROMIUM``, else one on the path, else the usual Windows and macOS places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"):
        found = shutil.which(name)
        if found:
            return found
    folders = [os.environ.get(each, "") for each in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")]
    endings = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
    places = [Path(folder) / ending for folder in folders if folder for ending in endings]
    places += [Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")]
    return next((str(place) for place in places if place.is_file()), None)


def pytest_configure(config: pytest.Config) -> None:
    """Where the browser must be there, its absence is an error and not a skip."""
    del config
    if os.environ.get("CHROMIUM_REQUIRED") and _chromium() is None:
        raise pytest.UsageError(f"{NO_BROWSER}, but CHROMIUM_REQUIRED is set: name one in CHROMIUM")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out browser tests where there is no browser, and live tests unless they are asked for."""
    missing = _chromium() is None
    for item in items:
        if missing and "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
        if "live" in item.keywords and not os.environ.get("LIVE_TESTS"):
            item.add_marker(pytest.mark.skip(reason=NOT_LIVE))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests were left out (reports reach this from worker processes too)."""
    reports = terminalreporter.stats.get("skipped", [])
    left_out = sum(NO_BROWSER in str(report.longrepr) for report in reports)
    if left_out:
        terminalreporter.write_line(f"{left_out} browser tests left out: {NO_BROWSER}")


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0]).split("%")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost", socket.gethostname()}


@pytest.fixture(autouse=True)
def _offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test leaves this machine, except one marked ``live``."""
    if "live" in request.keywords:
        return
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            self.close()
            raise AssertionError(f"a test tried to reach {address}; tests run without the internet")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def real_data() -> Path:
    """Folder of real data sets: ``TEST_DATA``, else ``../shared/data`` beside the checkout, else skipped."""
    named = os.environ.get("TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; name their folder in TEST_DATA")
    return folder


@pytest.fixture
def chromium() -> str:
    """Path of the browser that drives the page (tests that use it are marked ``browser``)."""
    path = _chromium()
    if path is None:
        pytest.skip(NO_BROWSER)
    return path


@pytest.fixture
def write_county(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small county folder: ``write_county({"stations/stations.csv": text_or_bytes_or_json})``."""

    def write(files: dict[str, Any], name: str = "county") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                target.write_bytes(content)
            else:
                text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
                target.write_text(text, encoding="utf-8")
        return folder

    return write
