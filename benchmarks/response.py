"""Response coverage beside its peers: ``python benchmarks/response.py [--network small|large|very_large|all]``.

Every competitor gets the same streets, speeds and stations, is run once to warm up and then in turns; medians are
printed beside how far its answer is from ours. A competitor that is not there is named as missing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import ours  # noqa: E402
from benchmarks.networks import CASES, Case, data_folder, directed_edges, network_of  # noqa: E402
from benchmarks.peers import in_process  # noqa: E402
from benchmarks.peers.others import Others  # noqa: E402
from benchmarks.same_work import BUFFER_M, DRIVE_S, QUAD_SEGS, TARGETS, SameWork  # noqa: E402
from benchmarks.stopwatch import Way, in_turns, print_table  # noqa: E402
from geo.network import Network  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.readings import FirstDue

COUNTS = (1, 5, 50)
RECIPE_MOST = {"small": 50, "large": 5}
"""The recipe takes half a minute for 50 stations on the large network; it is run up to these many."""


def timed(name: str, work: Callable[[], float], note: str = "") -> Way:
    """A way that is timed from outside and returns the size of its answer."""
    return Way(name, lambda: (None, work()), note)


class Bench:
    """One network and everything that is measured on it."""

    def __init__(self, case: Case, folder: Path, others: Others, rounds: int) -> None:
        self.case, self.folder, self.others, self.rounds = case, folder, others, rounds
        self.kept = folder / f"{case.name}.npz"
        network_of(case).save(self.kept)
        self.network = Network.load(self.kept)
        self.work = SameWork.of(self.network, max(COUNTS))
        self.with_peers = case.name != "very_large" and others.wanted
        print(
            f"\n== {case.words}: {self.network.n_nodes:,} nodes, {directed_edges(self.network):,} directed edges, "
            f"{self.network.length_m.sum() / 1e3:,.0f} km"
        )

    def run(self) -> None:
        """All tables of this network."""
        if self.with_peers:
            self.graph = self.work.graph()
            self.others.build(self.work, self.folder, self.case.name)
        for count in COUNTS:
            self.streets(count)
        for count in COUNTS if self.case.name != "very_large" else COUNTS[:2]:
            self.area(count)
        self.changes()
        self.loading()

    def streets(self, count: int) -> None:
        """From stations to reached streets and every figure of the page."""
        places = self.work.places[:count]
        sources = self.work.station_nodes[:count].tolist()
        network = self.network
        ways = [
            timed(
                "ours: snap, search, figures, lines",
                lambda: ours.figures_of(ours.due_of(network, places)).reached_m,
            ),
            timed("scipy dijkstra alone (the floor)", lambda: in_process.scipy_search(self.work, count)),
        ]
        if self.with_peers:
            graph = self.graph
            ways.append(
                timed(
                    "networkx, one search, cut by hand", lambda: in_process.networkx_length_m(graph, sources)
                )
            )
            if count <= RECIPE_MOST[self.case.name]:
                ways += [
                    timed(
                        "OSMnx ego_graph per station, lines only",
                        lambda: in_process.recipe_lines_m(graph, sources),
                    ),
                    timed(
                        "OSMnx recipe: nearest node, ego_graph, buffers",
                        lambda: in_process.recipe_area(graph, places)[0],
                    ),
                ]
            ways.append(
                timed("OSMnx with care, + one union", lambda: in_process.careful_area(graph, sources)[0])
            )
            ways += self.others.streets(count, sources)
        print_table(f"Reached streets, {count} stations", in_turns(ways, self.rounds), "km", 1e3)

    def area(self, count: int) -> None:
        """The ground reached within the limit."""
        network, places = self.network, self.work.places[:count]
        due = ours.due_of(network, places)
        ground, lines = ours.new_ground(network), ours.figures_of(due).lines
        ours.area_of(ground, due)
        ways = [
            timed("ours: stations to area, ground kept",
                  lambda: float(ours.area_of(ground, ours.due_of(network, places)).area)),
            timed("ours, ground worked out anew",
                  lambda: float(ours.area_of(ours.new_ground(network), ours.due_of(network, places)).area)),
            timed("plain union of buffered lines (lines ready)", lambda: in_process.plain_union_m2(lines)),
        ]  # fmt: skip
        if self.with_peers:
            sources = self.work.station_nodes[:count].tolist()
            ways += self.others.areas(count, sources)
        print_table(f"Area, {count} stations (buffers {BUFFER_M:.0f} m, quad_segs {QUAD_SEGS})",
                    in_turns(ways, self.rounds), "km2", 1e6)  # fmt: skip

    def changes(self) -> None:
        """A changed choice that leaves the network alone, beside the whole answer from the kept network."""
        places = self.work.places[:5]
        ground, due, _ = ours.cold(self.kept, places, with_area=True)
        choices: dict[str, tuple[Callable[[], FirstDue], float]] = {
            "limit 300 s to 240 s": (lambda: ours.changed_limit(due, 240.0), 240.0),
            "turnout 60 s to 90 s": (lambda: ours.changed_turnout(due, 90.0), TARGETS.limit_s),
            "a station switched off": (lambda: ours.without_the_last(due), TARGETS.limit_s),
        }

        def figures(name: str) -> float:
            again, limit_s = choices[name]
            return ours.figures_of(again(), limit_s).reached_m

        def figures_and_area(name: str) -> float:
            again, limit_s = choices[name]
            found = again()
            ours.area_of(ground, found, limit_s)
            return ours.figures_of(found, limit_s).reached_m

        ways = [
            timed(
                "cold, from the kept network: figures",
                lambda: ours.cold(self.kept, places, with_area=False)[2],
            ),
            timed(
                "cold: figures and area, ground anew", lambda: ours.cold(self.kept, places, with_area=True)[2]
            ),
            *(timed(f"{name}: figures", partial(figures, name)) for name in choices),
            *(timed(f"{name}: figures and area", partial(figures_and_area, name)) for name in choices),
        ]
        print_table("A changed choice, 5 stations", in_turns(ways, self.rounds))

    def loading(self) -> None:
        """The kept network beside the plain read of its arrays and OSMnx's GraphML."""
        kept = self.kept

        def plain() -> float:
            with kept.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return float(sum(archive[key].nbytes for key in archive.files))

        ways = [
            timed("kept network, checked", lambda: float(Network.load(kept).n_streets)),
            timed("plain read of its arrays", plain),
        ]
        if self.with_peers:
            import osmnx as ox

            path = self.folder / f"{self.case.name}.graphml"
            ox.save_graphml(self.graph, path)
            ways.append(timed("osmnx.load_graphml", lambda: float(len(ox.load_graphml(path)))))
        print_table("Loading", in_turns(ways, self.rounds))


def _figures(network: Network, places: NDArray[np.object_]) -> float:
    return ours.figures_of(ours.due_of(network, places)).reached_m


def growth(folder: Path, rounds: int) -> None:
    """The same stations on the large and on the very large network, and stations that grow with it; memory."""
    for case in CASES[1:]:
        if not (folder / f"{case.name}.npz").exists():
            network_of(case).save(folder / f"{case.name}.npz")
    small, large = (Network.load(folder / f"{case.name}.npz") for case in CASES[1:])
    places = SameWork.of(small, 50).places
    grown = SameWork.of(large, 500).places
    edges = directed_edges(large) / directed_edges(small)
    print(f"\n== Growth: {edges:.1f} times the directed edges")
    for title, first, second in (
        ("the same 5 stations", places[:5], places[:5]),
        ("the same 50 stations", places, places),
        ("50 and 500 stations", places, grown),
    ):
        ways = [
            timed("large", partial(_figures, small, first)),
            timed("very large", partial(_figures, large, second)),
        ]
        print_table(f"Growth of figures, {title}", in_turns(ways, rounds), "km", 1e3)
    for name in ("large", "very_large"):
        command = [sys.executable, "-m", "benchmarks.memory", str(folder / f"{name}.npz"), "50"]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
        each = {
            key: (told[f"{key}_mb"] - told["imports_mb"]) * 1024**2 / told["directed_edges"]
            for key in ("loaded", "figures", "area")
        }
        print(
            f"  memory, {name}, 50 stations: {told['figures_mb']:.0f} MB at the peak of figures, {told['area_mb']:.0f} "
            f"with the area; beyond imports ({told['imports_mb']:.0f}) bytes per directed edge: "
            + ", ".join(f"{key} {value:.0f}" for key, value in each.items())
        )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=[*(case.name for case in CASES), "growth", "all"], default="all")
    parser.add_argument("--peers", choices=["auto", "none"], default="auto")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if not data_folder().is_dir():
        parser.exit(2, f"no real data at {data_folder()}; name their folder in TEST_DATA\n")
    print(
        f"limit {TARGETS.limit_s:.0f} s, turnout {TARGETS.turnout_s:.0f} s, {DRIVE_S:.0f} s of driving, "
        f"{asked.rounds} rounds"
    )
    cases = [case for case in CASES if asked.network in (case.name, "all")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        others = Others(wanted=asked.peers == "auto" and bool(cases))
        for case in cases:
            Bench(case, folder, others, asked.rounds).run()
        if asked.network in ("growth", "all"):
            growth(folder, asked.rounds)
        others.close()


if __name__ == "__main__":
    main()
