"""Memory of the page's server (Linux): what it alone holds (USS) once its garbage was collected and free memory handed
back; by pages open at once, after they were closed, and by answers asked for."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SETTLED_MB, MOST_TRIES = 0.2, 8
CLOSED_S = 10
"""So long the server keeps a closed page for a reader who comes back; set by the benchmark, usually 120."""


def server_pid() -> int | None:
    """The server started by this process (None where the system does not tell)."""
    mine = Path(f"/proc/{os.getpid()}/task")
    for children in mine.glob("*/children"):
        for pid in children.read_text().split():
            if b"tidy_server" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    return None


def server_s() -> float:
    """Processor seconds of the server so far (NaN where the system does not tell): what no other work can lengthen."""
    pid = server_pid()
    if pid is None:
        return float("nan")
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _own_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def held_mb() -> float:
    """Megabytes the server alone holds once two readings in a row agree (NaN where the system does not tell)."""
    pid, before = server_pid(), float("inf")
    if pid is None:
        return float("nan")
    for _ in range(MOST_TRIES):
        os.kill(pid, signal.SIGUSR1)
        time.sleep(1.5)
        now = _own_mb(pid)
        if abs(now - before) < SETTLED_MB:
            break
        before = now
    return now


@dataclass(frozen=True)
class Slope:
    """Megabytes of each further open page by least squares, the standard error of that, and what it was made from."""

    mb: float
    error_mb: float
    open_pages: tuple[int, ...]
    held_mb: tuple[float, ...]


def slope(open_pages: Sequence[int], held: Sequence[float]) -> Slope:
    """The line of least squares through megabytes by pages open."""
    x, y = np.asarray(open_pages, dtype=float), np.asarray(held)
    middle = x - x.mean()
    mb = float((middle * y).sum() / (middle**2).sum())
    left = y - y.mean() - mb * middle
    error = float(np.sqrt((left**2).sum() / max(len(x) - 2, 1) / (middle**2).sum()))
    return Slope(mb, error, tuple(open_pages), tuple(held))


def by_open_pages(open_one: Callable[[], None], upto: Sequence[int]) -> Slope:
    """Open pages one after the other and read the server's memory at each number of ``upto``, which begins with 0."""
    held, now = [], 0
    for number in upto:
        while now < number:
            open_one()
            now += 1
        held.append(held_mb())
    return slope(upto, held)
