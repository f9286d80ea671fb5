"""Competitors timed in turns, and tables of what came out."""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AGREEMENT = 0.005
"""Two answers agree when they differ by no more than this share."""


@dataclass(frozen=True)
class Way:
    """One way to do a piece of work. ``run`` does it once and returns the milliseconds it took, or None to be
    timed from outside, and the size of its answer (metres, square metres; NaN: none to compare)."""

    name: str
    run: Callable[[], tuple[float | None, float]]
    note: str = ""


@dataclass(frozen=True)
class Timing:
    """Milliseconds (median, least and most over the rounds) of a way, and its answer."""

    name: str
    median_ms: float
    least_ms: float
    most_ms: float
    answer: float
    note: str = ""


def in_turns(ways: Sequence[Way], rounds: int, longest_s: float = 60.0) -> list[Timing]:
    """Every way once to warm up, then in turns; one that has had ``longest_s`` seconds keeps the rounds it has
    (at least two).

    In its turn a quick way runs up to five times within a tenth of a second, of which the median counts, so
    that the one before it does not leave it with cold caches. What stands in memory is out of the garbage
    collector's sight, for all.
    """
    answers = [way.run()[1] for way in ways]
    gc.collect()
    gc.freeze()
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, times, strict=True):
            if len(taken) < 2 or sum(taken) <= longest_s * 1e3:
                taken.append(_turn(way))
    gc.unfreeze()
    return [
        Timing(way.name, median(taken), min(taken), max(taken), answer, way.note)
        for way, taken, answer in zip(ways, times, answers, strict=True)
    ]


def _turn(way: Way) -> float:
    """Milliseconds of one turn."""
    taken: list[float] = []
    while len(taken) < 5 and sum(taken) < 100:
        gc.collect()
        begin = time.perf_counter()
        own_ms, _ = way.run()
        taken.append((time.perf_counter() - begin) * 1e3 if own_ms is None else own_ms)
    return median(taken)


def print_table(title: str, timings: Sequence[Timing], answer: str = "", unit: float = 1.0) -> None:
    """A table of ways; the first is ours, with which times and answers are compared."""
    ours = timings[0]
    print(f"\n{title}  (load {os.getloadavg()[0]:.1f})")
    for each in timings:
        ratio = f"{each.median_ms / ours.median_ms:9.1f}x" if each is not ours else "          "
        line = f"  {each.name:<46}{each.median_ms:11.2f} ms {ratio}  [{each.least_ms:.2f}–{each.most_ms:.2f}]"
        if answer and each.answer == each.answer:
            share = each.answer / ours.answer
            word = "" if abs(share - 1) <= AGREEMENT else "  differs"
            line += f"  {answer} {each.answer / unit:.2f} ({share:.4f}){word}"
        print(line + (f"  {each.note}" if each.note else ""), flush=True)
