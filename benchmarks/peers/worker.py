"""A competitor in a process of its own, with an interpreter of its own: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, cast

HERE = Path(__file__).parent


class PeerMissingError(Exception):
    """The competitor cannot be asked; the message says why."""


class Worker:
    """A running competitor. ``ask`` returns its answer, in which ``ms`` is the time it measured itself."""

    def __init__(self, script: str, interpreter: str) -> None:
        self._process = subprocess.Popen(
            [interpreter, str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(HERE.parent.parent)},
        )
        hello = self._read()
        if "ready" not in hello:
            raise PeerMissingError(str(hello.get("error", "gave no sign of life")))
        self.version = str(hello["ready"])

    def ask(self, **question: Any) -> dict[str, Any]:
        """Put a question; raises :class:`PeerMissingError` with the competitor's own words where it fails."""
        pipe = cast("IO[str]", self._process.stdin)
        try:
            pipe.write(json.dumps(question) + "\n")
            pipe.flush()
        except OSError as error:
            raise PeerMissingError(f"it has ended: {error}") from error
        answer = self._read()
        if "error" in answer:
            raise PeerMissingError(str(answer["error"]))
        return answer

    def _read(self) -> dict[str, Any]:
        for line in cast("IO[str]", self._process.stdout):
            if line.startswith("{"):
                return cast("dict[str, Any]", json.loads(line))
        return {"error": f"ended with {self._process.wait()}"}

    def close(self) -> None:
        """End the process."""
        cast("IO[str]", self._process.stdin).close()
        self._process.wait(timeout=60)


def peers_python() -> str:
    """Interpreter that holds the competitors from PyPI: ``PEERS_PYTHON``, else ``.peers`` beside this folder."""
    beside = HERE.parent / ".peers" / "bin" / "python"
    return os.environ.get("PEERS_PYTHON") or (str(beside) if beside.exists() else sys.executable)


def qgis_python() -> str:
    """Interpreter that can import QGIS: ``QGIS_PYTHON``, else the system's."""
    return os.environ.get("QGIS_PYTHON") or "/usr/bin/python3"
