"""Siting beside spopt: ``python benchmarks/siting.py [--network malta|small] [--candidates N] [--places N]``.

Both get the same matrix of seconds, which comes from the arrival-time field over Malta: today's stations stay, ten
stand in the end. Ours is timed from the cover sets on, spopt from its cost matrix on, both with HiGHS on one thread.
The small run (30 random matrices) holds all four questions of both against each other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.assessment import assess  # noqa: E402
from analysis.readings import AT_ONCE  # noqa: E402
from analysis.scenario import Scenario  # noqa: E402
from analysis.siting import (  # noqa: E402
    cover_sets,
    fewest_sites,
    least_mean_time,
    least_worst_time,
    most_covered,
)
from analysis.siting_candidates import candidates_of  # noqa: E402
from analysis.siting_choice import SitingChoice  # noqa: E402
from analysis.siting_demand import Demand, demand_of  # noqa: E402
from analysis.siting_times import cover_matrix, seconds_matrix, site_times  # noqa: E402
from benchmarks.networks import data_folder  # noqa: E402
from benchmarks.peers.worker import peers_python  # noqa: E402
from geo.building import build  # noqa: E402
from geo.county import read_county  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.siting_times import SiteTimes
    from geo.network import Floats, Ints

LIMIT_S, COUNT, SEEDS = 300.0, 10, range(30)


def spopt(seconds: Floats, weight: Floats, standing: Ints, count: int, question: str) -> dict[str, float]:
    """What spopt answers to one question on a matrix (sites, places)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.npz"
        np.savez(path, seconds=seconds.T, weight=weight, standing=standing, limit_s=LIMIT_S, count=count)
        worker = [peers_python(), str(ROOT / "benchmarks" / "peers" / "spopt_worker.py"), str(path), question]
        told = subprocess.run(worker, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def random_squares() -> None:
    """All four questions on 30 random matrices, beside spopt."""
    worst = 0.0
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        seconds = np.round(draw.uniform(60, 900, (8, 20)))
        seconds[draw.integers(8, size=20), np.arange(20)] = draw.uniform(60, 300, 20).round()
        weight, nobody = draw.integers(1, 20, 20).astype(float), np.zeros(8, dtype=bool)
        cover = cover_sets(seconds, LIMIT_S)
        ours = {
            ("fewest", 0): fewest_sites(cover, nobody).value,
            ("most", 2): most_covered(cover, weight, 2, nobody).value,
            ("mean", 3): least_mean_time(seconds, weight, 3, nobody).value,
            ("worst", 3): least_worst_time(seconds, 3, nobody).value,
        }
        for (question, count), value in ours.items():
            other = spopt(seconds, weight, np.empty(0, dtype=np.int64), count, question)
            worst = max(worst, abs(other["objective"] - value))
    print(f"{len(SEEDS)} random matrices, four questions each: the answers differ by {worst:.2g} at most")


def malta(candidates: int, places: int) -> tuple[SiteTimes, Demand]:
    """Malta as it stands, its candidates and its street length as demand."""
    with tempfile.TemporaryDirectory() as folder:
        build(data_folder() / "malta" / "malta-latest.osm.pbf", Path(folder) / "malta")
        found = assess(read_county(Path(folder) / "malta"), Scenario())
    choice = SitingChoice(most_candidates=candidates, most_places=places)
    return site_times(found, candidates_of(found, choice)), demand_of(found, choice)


def searches(times: SiteTimes) -> None:
    """One plain search from every site over the same graph, the times thrown away."""
    field, count = times.field, len(times.standing)
    for first in range(0, count, AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, count))
        graph = field.graph_from(rows, np.zeros(len(rows)))
        dijkstra(graph, indices=field.drive.n_gates + np.arange(len(rows)))


def timed(rounds: int, ways: dict[str, Callable[[], object]]) -> dict[str, object]:
    """Every way in turns; prints seconds and gives the last answers."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, object] = {}
    for _ in range(rounds):
        for name, work in ways.items():
            start = time.perf_counter()
            answers[name] = work()
            taken[name].append(time.perf_counter() - start)
    for name, each in taken.items():
        print(f"{name:<40} {np.median(each):8.2f} s (least {min(each):.2f})")
    return answers


def beside(times: SiteTimes, demand: Demand, rounds: int, *, peers: bool) -> None:
    """The matrix beside its searches, and both questions beside spopt."""
    answers = timed(
        rounds,
        {
            "travel matrix, every second": lambda: seconds_matrix(times, demand),
            "bare scipy: the same searches alone": lambda: searches(times),
            "cover within the limit alone": lambda: cover_matrix(times, demand, LIMIT_S),
        },
    )
    seconds = np.asarray(answers["travel matrix, every second"])
    cover = cover_sets(seconds, LIMIT_S)
    can = np.diff(cover.indptr) > 0
    plans = timed(
        rounds,
        {
            "most": lambda: most_covered(cover, demand.weight, COUNT, times.standing),
            "fewest": lambda: fewest_sites(cover[can], times.standing),
        },
    )
    standing = np.flatnonzero(times.standing)
    for question, rest in (("most", np.ones(len(can), dtype=bool)), ("fewest", can)):
        plan = plans[question]
        print(f"{question}: {plan.state}, value {plan.value:,.0f}, {len(plan.sites)} stations")  # type: ignore[attr-defined]
        if peers:
            other = spopt(seconds[:, rest], demand.weight[rest], standing, COUNT, question)
            print(
                f"  spopt: {other['objective']:,.0f}; model {other['build_s']:.2f} s, solved {other['solve_s']:.2f} s"
            )


def main() -> None:
    """Time both on Malta, or hold all questions against each other on small matrices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=["malta", "small"], default="malta")
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--places", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", choices=["auto", "none"], default="auto")
    asked = parser.parse_args()
    if asked.network == "small":
        random_squares()
        return
    times, demand = malta(asked.candidates, asked.places)
    standing, tried = int(times.standing.sum()), int((~times.standing).sum())
    load = os.getloadavg()[0]
    print(f"Malta: {standing} stations, {tried:,} candidates, {len(demand.ids):,} places; load {load:.1f}")
    beside(times, demand, asked.rounds, peers=asked.peers == "auto")


if __name__ == "__main__":
    main()
