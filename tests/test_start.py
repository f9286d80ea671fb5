"""The set-up program: what it says, what it installs and when, and where each command goes. No network."""

from __future__ import annotations

import ast
import importlib.util
import json
import locale
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import analysis.__main__
import geo.__main__
import start

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def house(tmp_path: Path) -> start.House:
    """A checkout with two locks and no environment."""
    (tmp_path / "requirements.txt").write_text("a==1\n", encoding="utf-8")
    (tmp_path / "requirements-dev.txt").write_text("a==1\nb==2\n", encoding="utf-8")
    return start.House(tmp_path)


def furnish(house: start.House, *locks: str) -> None:
    """An environment whose interpreter is this one, with a mark that says what is installed."""
    house.python.parent.mkdir(parents=True)
    house.python.symlink_to(sys.executable)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    house.mark.write_text(json.dumps({"python": version} | house.digests(locks)), encoding="utf-8")


needs_links = pytest.mark.skipif(os.name == "nt", reason="an interpreter cannot be linked to on Windows")


def test_only_the_standard_library_is_imported_before_anything_is_installed() -> None:
    ours = ("geo.words", "geo.gdal_drivers")
    for file in ("start.py", "geo/__init__.py", *(f"{each.replace('.', '/')}.py" for each in ours)):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in sys.stdlib_module_names or name in ours, f"{file} imports {name}"


def test_start_can_be_read_by_a_python_that_is_too_old_to_run_it() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_so_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main([], version=(3, 10)) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "3.11" in said
    assert "3.10" in said


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_language_follows_the_locale(environ: dict[str, str], expected: str) -> None:
    assert start.language(environ) == expected


@pytest.mark.parametrize(
    ("system", "expected"), [("Chinese (Simplified)_China", "zh"), ("en_US", "en"), (None, "en")]
)
def test_without_a_locale_in_the_environment_the_system_decides(
    system: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda: (system, None))
    assert start.language({}) == expected


@pytest.mark.parametrize(
    ("output", "key"),
    [
        ("WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
         "ERROR: Could not find a version that satisfies the requirement a==1 (from versions: none)\n"
         "ERROR: No matching distribution found for a==1", "no_network"),
        ("ERROR: Could not find a version that satisfies the requirement a==1 (from versions: 0.9)\n"
         "ERROR: No matching distribution found for a==1", "no_package"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "bad_hash"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk_full"),
        ("[Errno 13] Permission denied: '/opt/x/.venv'", "no_write"),
        ("Fatal Python error: something new", "failed"),
    ],
)  # fmt: skip
def test_each_failure_has_its_own_line_and_passes_on_what_was_printed(output: str, key: str) -> None:
    error = start.failure(output)
    assert error.key == key
    said = start.line(error.key, **error.values)
    assert "\n" not in said
    assert any(each in said for each in output.splitlines())


def test_no_environment_is_ready_when_there_is_none(house: start.House) -> None:
    assert house.installed() == {}
    assert not start.is_ready(house, [start.RUN_LOCK])


@needs_links
def test_a_marked_environment_is_ready_until_its_lock_changes(house: start.House) -> None:
    furnish(house, start.RUN_LOCK)
    assert start.is_ready(house, [start.RUN_LOCK])
    assert not start.is_ready(house, [start.RUN_LOCK, start.TEST_LOCK])
    (house.root / start.RUN_LOCK).write_text("a==2\n", encoding="utf-8")
    assert not start.is_ready(house, [start.RUN_LOCK])


@needs_links
def test_an_installation_cut_short_is_not_ready(house: start.House) -> None:
    furnish(house, start.RUN_LOCK)
    house.unfinished.write_text("", encoding="utf-8")
    assert not start.is_ready(house, [start.RUN_LOCK])


@needs_links
@pytest.mark.parametrize("content", ["", "{", "[]", '{"python": "2.7"}'])
def test_a_damaged_mark_is_no_mark(house: start.House, content: str) -> None:
    furnish(house, start.RUN_LOCK)
    house.mark.write_text(content, encoding="utf-8")
    assert not start.is_ready(house, [start.RUN_LOCK])


@needs_links
def test_an_environment_whose_interpreter_is_gone_is_not_ready(house: start.House) -> None:
    furnish(house, start.RUN_LOCK)
    house.python.unlink()
    house.python.symlink_to(house.root / "nowhere")
    assert start.version_of(house.python) is None
    assert not start.is_ready(house, [start.RUN_LOCK])


class Steps:
    """Stands in for the two steps that need time or network, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self.installed: list[str] = []
        monkeypatch.setattr(start, "make_environment", self.make)
        monkeypatch.setattr(start, "install", self.install)

    def make(self, house: start.House) -> None:
        self.made += 1
        house.venv.mkdir(exist_ok=True)

    def install(self, house: start.House, locks: list[str]) -> None:
        assert house.venv.is_dir()
        self.installed.append(locks[-1])


def test_the_first_start_makes_and_installs(house: start.House, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(monkeypatch)
    start.prepare(house, [start.RUN_LOCK])
    assert (steps.made, steps.installed) == (1, [start.RUN_LOCK])


@needs_links
def test_the_second_start_does_neither(house: start.House, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(house, start.RUN_LOCK)
    steps = Steps(monkeypatch)
    before = sorted(house.root.rglob("*"))
    start.prepare(house, [start.RUN_LOCK])
    assert (steps.made, steps.installed) == (0, [])
    assert sorted(house.root.rglob("*")) == before


@needs_links
def test_a_changed_lock_is_installed_into_the_same_environment(
    house: start.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(house, start.RUN_LOCK)
    (house.root / start.RUN_LOCK).write_text("a==2\n", encoding="utf-8")
    monkeypatch.setattr(start, "_usable", lambda _: True)
    steps = Steps(monkeypatch)
    start.prepare(house, [start.RUN_LOCK])
    assert (steps.made, steps.installed) == (0, [start.RUN_LOCK])


def test_a_half_made_environment_is_made_anew(
    house: start.House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.venv.mkdir()
    steps = Steps(monkeypatch)
    start.prepare(house, [start.RUN_LOCK])
    assert steps.made == 1
    assert start.line("repairing", folder=house.venv) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stderr", "key", "left_unfinished"),
    [
        ("WARNING: connection broken by 'NewConnectionError()'\nERROR: none", "no_network", False),
        ("ERROR: killed in the middle", "failed", True),
    ],
)  # fmt: skip
def test_a_failed_installation_leaves_no_mark(
    house: start.House, monkeypatch: pytest.MonkeyPatch, stderr: str, key: str, left_unfinished: bool
) -> None:
    house.venv.mkdir()
    house.mark.write_text("{}", encoding="utf-8")
    done: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], 1, "", stderr)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(start.SetUpError) as caught:
        start.install(house, [start.RUN_LOCK])
    assert caught.value.key == key
    assert not house.mark.exists()
    assert house.unfinished.exists() == left_unfinished


def test_an_installation_that_is_interrupted_is_known_as_such(
    house: start.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    house.venv.mkdir()
    monkeypatch.setattr(subprocess, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start.install(house, [start.RUN_LOCK])
    assert house.unfinished.exists()
    assert house.installed() == {}


def test_every_package_is_installed_by_hash_and_as_a_wheel(
    house: start.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[object]] = []

    def record(command: list[object], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess([], 0, "3.11\n", "")

    house.venv.mkdir()
    monkeypatch.setattr(subprocess, "run", record)
    start.install(house, [start.RUN_LOCK, start.TEST_LOCK])
    assert "--require-hashes" in commands[0]
    assert commands[0][-2:] == ["-r", house.root / start.TEST_LOCK]
    assert house.installed() == {"python": "3.11"} | house.digests([start.RUN_LOCK, start.TEST_LOCK])
    assert not house.unfinished.exists()


def test_a_python_without_venv_is_told_which_package_to_install(
    house: start.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(start.SetUpError) as caught:
        start.make_environment(house)
    assert caught.value.key == "no_venv"
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert package in start.line(caught.value.key, **caught.value.values)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_named(house: start.House) -> None:
    house.root.chmod(0o500)
    try:
        with pytest.raises(start.SetUpError) as caught:
            start.prepare(house, [start.RUN_LOCK])
    finally:
        house.root.chmod(0o700)
    assert caught.value.key == "no_write"


def test_a_write_that_fails_is_said_in_one_line(house: start.House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: start.House) -> None:
        raise PermissionError(13, "Permission denied", str(house.venv))

    monkeypatch.setattr(start, "make_environment", refuse)
    with pytest.raises(start.SetUpError) as caught:
        start.prepare(house, [start.RUN_LOCK])
    assert caught.value.key == "no_write"
    assert str(house.venv) in start.line("no_write", **caught.value.values)


def test_a_taken_port_gives_the_next_free_one() -> None:
    first = start.free_port(20000)
    with socket.socket() as taken:
        taken.bind((start.HOST, first))
        taken.listen()
        assert first < start.free_port(first) < first + start.PORTS_TRIED


def test_no_free_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind((start.HOST, 0))
        taken.listen()
        with pytest.raises(start.SetUpError) as caught:
            start.free_port(taken.getsockname()[1], tried=1)
    assert caught.value.key == "no_port"


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({}, "win32", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "x"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environ: dict[str, str], platform: str, expected: bool
) -> None:
    assert start.has_display(environ, platform) == expected


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, names in start.COMMANDS.items() for name in names]
)
def test_each_command_reaches_its_package(house: start.House, package: str, name: str) -> None:
    command = start.command_for(house, [name, "data", "--json"])
    assert command == [house.python, "-P", "-m", package, name, "data", "--json"]


def test_the_commands_passed_on_are_those_there_are() -> None:
    assert set(start.COMMANDS["analysis"]) == set(analysis.__main__.COMMANDS)
    assert set(start.COMMANDS["geo"]) == set(geo.__main__.COMMANDS)


def test_a_reader_that_stops_early_ends_a_command_in_silence() -> None:
    program = "import sys; from geo.shell import ended; sys.exit(ended(lambda: print('x' * 10**6) or 0))"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        said = run.stderr.read()
    assert (run.returncode, said) == (0, b"")


def test_an_unknown_command_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["asess"]) == 2
    said = capsys.readouterr().err
    assert "asess" in said
    assert "assess" in said


@pytest.mark.parametrize("code", [0, 1, 2, 5])
def test_the_exit_code_is_passed_through(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(start, "prepare", lambda *_: None)
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: code)
    assert start.main(["assess"]) == code
    assert start.main(["test"]) == code


def test_a_command_runs_where_the_user_stands_with_this_program_in_reach(
    house: start.House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "__init__.py").write_text("raise SystemExit(9)", encoding="utf-8")
    ask = "import os, geo.words; print(os.getcwd(), geo.words.__file__)"
    assert start.run_command(start.House(ROOT), [sys.executable, "-P", "-c", ask]) == 0
    where, module = capfd.readouterr().out.split()
    assert Path(where) == tmp_path.resolve()
    assert Path(module) == ROOT / "geo" / "words.py"
    assert house.root == tmp_path


@pytest.mark.parametrize(
    ("arguments", "spread"),
    [([], True), (["-q"], True), (["--junitxml=x"], True), (["-k", "house"], False), (["-n", "0"], False),
     (["tests/test_house.py"], False), (["--pdb"], False), (["-m", "not slow", "-q"], True),
     (["-m", "not slow", "-x", "tests/test_house.py"], False)],
)  # fmt: skip
def test_the_whole_suite_is_spread_over_processes(
    house: start.House, arguments: list[str], spread: bool
) -> None:
    command = start.pytest_command(house, arguments)
    own = command[3 : len(command) - len(arguments)]
    assert own[:1] == (["-n"] if spread else [])
    assert command[3 + len(own) :] == arguments


def test_a_page_that_ends_at_once_is_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as page:
        assert not start.wait_for_page(page, start.free_port(21000), patience_s=30)
        assert page.poll() == 0


def test_a_page_that_never_answers_is_given_up() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as page:
        assert not start.wait_for_page(page, start.free_port(22000), patience_s=0.3)
        assert page.poll() is None
        page.kill()
