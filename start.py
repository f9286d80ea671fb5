"""Set everything up and start the page, the tests or a command: the only file a user has to run.

Works with a bare Python on Linux, Windows and macOS: only the standard library is used here. What it makes
lies in ``.venv`` beside this file. A mark in it holds the digests of the locked requirements that were
installed, so that a second start takes seconds and a changed lock is installed again.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import importlib.util
import json
import locale
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
# Said before the words can be read: the reader of data/text came with Python 3.11.
TOO_OLD = (
    "需要 Python 3.11 或更高版本,当前为 {found}。 / Python 3.11 or newer is needed, this is {found}. "
    "https://www.python.org/downloads/"
)
HOST = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 50
WAIT_FOR_PAGE_S = 90.0
RUN_LOCK = "requirements.txt"
TEST_LOCK = "requirements-dev.txt"
COMMANDS = {
    "analysis": ("assess", "arrival", "network", "route", "water", "siting", "links", "why", "compare"),
    "geo": ("fetch", "build", "add", "undo", "check", "template", "health", "locate"),
}
"""Commands that are passed on, by the package that answers them."""

# What pip and venv print when a step fails, in the order in which it is looked for.
SIGNS_OF_FAILURE = (
    ("disk_full", ("no space left", "errno 28", "winerror 112")),
    ("no_write", ("permission denied", "errno 13", "access is denied", "read-only file system")),
    ("bad_hash", ("do not match the hashes",)),
    (
        "no_network",
        ("connection broken", "newconnectionerror", "connecttimeout", "readtimeout", "read timed out",
         "max retries exceeded", "name resolution", "getaddrinfo failed", "network is unreachable",
         "could not fetch url"),
    ),
    ("no_package", ("no matching distribution", "from versions:")),
)  # fmt: skip


class SetUpError(Exception):
    """Something the user has to mend; ``key`` names its words in the table ``[start]``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True)
class House:
    """The places of one checkout."""

    root: Path

    @property
    def venv(self) -> Path:
        """Folder of the environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Interpreter of the environment, whether or not it is there."""
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def mark(self) -> Path:
        """What was installed, as JSON: the Python version and the digest of each lock."""
        return self.venv / "installed.json"

    @property
    def unfinished(self) -> Path:
        """There while an installation runs; found at a start, it tells of one that was cut short."""
        return self.venv / "unfinished"

    def digests(self, locks: Sequence[str]) -> dict[str, str]:
        """SHA-256 of each lock file by its name."""
        return {name: hashlib.sha256((self.root / name).read_bytes()).hexdigest() for name in locks}

    def installed(self) -> dict[str, str]:
        """What the mark says; empty where it is missing or unreadable, or an installation was cut short."""
        if self.unfinished.exists():
            return {}
        try:
            found = json.loads(self.mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def language(environ: Mapping[str, str]) -> str:
    """``zh`` or ``en``, from the locale of the environment, else from the system's."""
    named = next((environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(key)), None)
    name = named if named is not None else locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def line(key: str, **values: object) -> str:
    """One line of the table ``[start]`` in the user's language."""
    from geo.words import say  # not at the top: it needs Python 3.11, and older ones are told so first

    return say(language(os.environ), f"start.{key}", **values)


def tell(key: str, **values: object) -> None:
    """Print one line, on standard error so that a command's own output stays clean."""
    print(line(key, **values), file=sys.stderr, flush=True)


def failure(output: str) -> SetUpError:
    """What went wrong, read from the output of pip or venv; the line that tells it is passed on."""
    lines = [each.strip() for each in output.splitlines() if each.strip()]
    for key, signs in SIGNS_OF_FAILURE:
        telling = [each for each in lines if any(sign in each.lower() for sign in signs)]
        if telling:
            return SetUpError(key, detail=telling[-1])
    errors = [each for each in lines if each.lower().startswith("error")]
    return SetUpError("failed", detail=(errors or lines or ["-"])[-1])


def version_of(python: Path) -> str | None:
    """``3.11`` and the like; None where the interpreter is not there or does not run."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-I", "-c", ask], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def is_ready(house: House, locks: Sequence[str]) -> bool:
    """Whether the environment runs and holds exactly these locks."""
    found = house.installed()
    wanted = house.digests(locks)
    if any(found.get(name) != digest for name, digest in wanted.items()):
        return False
    return found.get("python") == version_of(house.python)


def _usable(house: House) -> bool:
    """Whether packages can be put into the environment as it stands."""
    version = version_of(house.python)
    if house.unfinished.exists() or version is None:
        return False
    if tuple(int(part) for part in version.split(".")) < OLDEST:
        return False
    return (
        subprocess.run(
            [house.python, "-I", "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    )


@contextmanager
def alone(house: House) -> Iterator[None]:
    """Hold the right to install, so that two starts at once do not write over each other."""
    try:
        file = (house.root / ".venv.lock").open("ab")
    except OSError as error:
        raise SetUpError("no_write", detail=error) from error
    with file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                except OSError:
                    time.sleep(1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_environment(house: House) -> None:
    """Make ``.venv`` anew; raises :class:`SetUpError` where this Python cannot."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetUpError("no_venv", package=f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    # Started by the environment's own Python, the one it was made from has to clear it.
    base = getattr(sys, "_base_executable", None) or sys.executable
    command = [base, "-m", "venv", "--clear", str(house.venv)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise failure(done.stdout + done.stderr)


def install(house: House, locks: Sequence[str]) -> None:
    """Install the last of ``locks``, which holds the others, with every hash checked, and leave the mark."""
    digests = house.digests(locks)
    house.unfinished.write_text("", encoding="utf-8")
    house.mark.unlink(missing_ok=True)
    command: list[str | Path] = [
        house.python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
        "--require-hashes", "--only-binary", ":all:", "-r", house.root / locks[-1],
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        what = failure(done.stdout + done.stderr)
        if what.key in {"no_network", "no_package", "bad_hash"}:
            house.unfinished.unlink()  # pip stopped before it changed anything
        raise what
    found = {"python": version_of(house.python)} | digests
    half = house.mark.with_suffix(".tmp")
    half.write_text(json.dumps(found, indent=1), encoding="utf-8")
    os.replace(half, house.mark)
    house.unfinished.unlink()


def prepare(house: House, locks: Sequence[str]) -> None:
    """Have the environment hold these locks; does nothing, and writes nothing, where it does already."""
    if is_ready(house, locks):
        return
    with alone(house):
        if is_ready(house, locks):
            return
        try:
            if not _usable(house):
                tell("repairing" if house.venv.exists() else "making", folder=house.venv)
                make_environment(house)
            tell("installing", lock=locks[-1])
            install(house, locks)
        except OSError as error:
            raise failure(str(error)) from error


def free_port(first: int = FIRST_PORT, tried: int = PORTS_TRIED) -> int:
    """The first port from ``first`` on at which nobody listens on this computer."""
    for port in range(first, min(first + tried, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            if sys.platform == "win32":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SetUpError("no_port", first=first, last=min(first + tried, 65536) - 1)


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Whether opening a browser makes sense: a screen, and nobody's build machine."""
    if environ.get("CI") or environ.get("SSH_CONNECTION"):
        return False
    if platform in {"win32", "darwin"}:
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_for_page(page: subprocess.Popen[bytes], port: int, patience_s: float = WAIT_FOR_PAGE_S) -> bool:
    """True once the page answers; False where it has ended or its time is up."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end and page.poll() is None:
        if _answers(port):
            return True
        time.sleep(0.1)
    return False


def show_page(house: House, first_port: int, open_browser: bool) -> int:
    """Start the page and stay until it ends; returns its exit code."""
    port = free_port(first_port)
    if port != first_port:
        tell("port_taken", taken=first_port, port=port)
    tell("starting")
    command: list[str | Path] = [
        house.python, "-m", "streamlit", "run", house.root / "app.py", "--server.port", str(port),
        "--server.address", HOST, "--server.headless", "true", "--logger.level", "warning",
    ]  # fmt: skip
    # Streamlit's own greeting would name the address a second time; its errors go to standard error.
    page = subprocess.Popen(command, cwd=house.root, stdout=subprocess.DEVNULL)
    try:
        if not wait_for_page(page, port):
            code = page.poll()
            raise SetUpError("page_ended", code="-" if code is None else code)
        address = f"http://localhost:{port}"
        tell("ready", address=address)
        if open_browser:
            webbrowser.open(address)
        return page.wait()
    finally:
        if page.poll() is None:
            page.terminate()
            try:
                page.wait(10)
            except subprocess.TimeoutExpired:
                page.kill()


def command_for(house: House, arguments: Sequence[str]) -> list[str | Path]:
    """The command line behind ``assess …``, ``fetch …`` and the like; raises for any other word."""
    for package, names in COMMANDS.items():
        if arguments[0] in names:
            # -P: a folder called geo or analysis where the user stands must not take the place of ours.
            return [house.python, "-P", "-m", package, *arguments]
    known = ", ".join(("test", *(name for names in COMMANDS.values() for name in names)))
    raise SetUpError("unknown_command", given=arguments[0], known=known)


def pytest_command(house: House, arguments: Sequence[str]) -> list[str | Path]:
    """The test runner's command line; spread over processes unless a part or a way of running is chosen."""
    command: list[str | Path] = [house.python, "-m", "pytest"]
    # What follows -m leaves out marks and is no part chosen.
    given = [each for before, each in zip(("", *arguments), arguments, strict=False) if before != "-m"]
    chosen = any(not each.startswith("-") or each.startswith(("-n", "-p", "--pdb")) for each in given)
    return [*command, *([] if chosen else ["-n", str(min(4, os.cpu_count() or 1))]), *arguments]


def run_tests(house: House, arguments: Sequence[str]) -> int:
    """Run the tests from the root; returns their exit code."""
    tell("testing")
    return subprocess.call(pytest_command(house, arguments), cwd=house.root)


def run_command(house: House, command: Sequence[str | Path]) -> int:
    """Run a command where the user stands, so that its files are the user's; returns its exit code."""
    return subprocess.call(command, env={**os.environ, "PYTHONPATH": str(house.root), "PYTHONUTF8": "1"})


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="start.py", formatter_class=argparse.RawDescriptionHelpFormatter, description=line("help")
    )
    parser.add_argument("--port", type=int, default=FIRST_PORT, help=line("help_port"))
    parser.add_argument("--no-browser", action="store_true", help=line("help_no_browser"))
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        parser.error(line("bad_port", port=options.port))
    return options


def run(house: House, arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; returns the exit code of what was started."""
    if not arguments or arguments[0].startswith("-"):
        options = _options(arguments)
        prepare(house, [RUN_LOCK])
        return show_page(
            house, options.port, not options.no_browser and has_display(os.environ, sys.platform)
        )
    if arguments[0] == "test":
        prepare(house, [RUN_LOCK, TEST_LOCK])
        return run_tests(house, arguments[1:])
    command = command_for(house, arguments)
    prepare(house, [RUN_LOCK])
    return run_command(house, command)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str], version: tuple[int, ...] = sys.version_info[:2]) -> int:
    """Run and turn what went wrong into one line and an exit code (2: mend something; 130: interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a console that has no Chinese still gets the rest of the line
    if version < OLDEST:
        print(TOO_OLD.format(found=".".join(map(str, version))), file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = run(House(ROOT), arguments)
    except SetUpError as error:
        tell(error.key, **error.values)
        return 2
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
