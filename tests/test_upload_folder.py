"""What killed servers left of uploads goes when the next one starts; what a running one holds stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from views.upload_folder import HELD, PREFIX, UNHELD_S, UploadFolder, clear_left_over

ROOT = Path(__file__).resolve().parent.parent
SERVER = """
import sys
from views.upload_folder import UploadFolder
folder = UploadFolder()
(folder.path / "file-0.csv").write_text("secret")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _server(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    return server, Path(server.stdout.readline().strip())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_folders_of_a_killed_server_go_and_those_of_a_running_one_stay(temporary: Path) -> None:
    running, kept = _server(temporary)
    killed, left = _server(temporary)
    try:
        assert clear_left_over() == 0, "both are running"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "file-0.csv").is_file()
        assert clear_left_over() == 1
        assert not left.exists()
        assert (kept / "file-0.csv").read_text() == "secret"
    finally:
        for each in (running, killed):
            each.communicate()
    assert not kept.exists(), "a server that ends well leaves nothing"


def test_folders_of_this_program_and_what_is_not_ours_stay(temporary: Path) -> None:
    mine, elsewhere = UploadFolder(), temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dear.csv").write_text("a")
    for name in ("other-folder", f"x{PREFIX}1"):
        (temporary / name).mkdir()
        (temporary / name / HELD).touch()
    (temporary / f"{PREFIX}file").write_text("no folder")
    (temporary / f"{PREFIX}link").symlink_to(elsewhere, target_is_directory=True)
    before = sorted(temporary.rglob("*"))
    assert clear_left_over() == 0
    assert sorted(temporary.rglob("*")) == before
    mine.remove()
    assert not mine.path.exists()


def test_a_folder_that_never_was_held_goes_after_a_day(temporary: Path) -> None:
    fresh, old = temporary / f"{PREFIX}fresh", temporary / f"{PREFIX}old"
    for each in (fresh, old):
        each.mkdir()
    past = time.time() - UNHELD_S - 60
    os.utime(old, (past, past))
    assert clear_left_over() == 1
    assert (fresh.is_dir(), old.exists()) == (True, False)


def test_the_server_clears_when_it_starts() -> None:
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    assert text.index("else:") < text.index("clear_left_over()"), "once a server, not once a reader"
