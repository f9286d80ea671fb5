"""The competitors that run in processes of their own: which are there, and what they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.peers.worker import PeerMissingError, Worker, peers_python, qgis_python
from benchmarks.same_work import BUFFER_M, DRIVE_S, QUAD_SEGS
from benchmarks.stopwatch import Way

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.same_work import SameWork

SCRIPTS = {
    "pgRouting": ("pgrouting_worker.py", peers_python),
    "Valhalla": ("valhalla_worker.py", peers_python),
    "QGIS": ("qgis_worker.py", qgis_python),
}


@dataclass
class Others:
    """The workers that answered; the others are named as missing once."""

    wanted: bool = True
    workers: dict[str, Worker] = field(default_factory=dict)
    places: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start every worker."""
        for name, (script, interpreter) in SCRIPTS.items() if self.wanted else ():
            try:
                worker = Worker(script, interpreter())
            except (PeerMissingError, OSError) as error:
                print(f"missing: {name} ({error})")
                continue
            print(f"found: {worker.version}")
            self.workers[name] = worker

    def build(self, work: SameWork, folder: Path, name: str) -> None:
        """Give every worker the streets."""
        if not self.workers:
            return
        arrays, osm = folder / f"{name}-parts.npz", folder / f"{name}.osm.pbf"
        work.save_arrays(arrays)
        work.save_osm(osm)
        self.places = [list(place) for place in work.lon_lat]
        questions: dict[str, dict[str, Any]] = {
            "pgRouting": {"arrays": str(arrays)},
            "Valhalla": {"osm": str(osm), "folder": str(folder / f"{name}-tiles")},
            "QGIS": {"arrays": str(arrays), "crs": work.network.crs},
        }
        for peer in list(self.workers):
            try:
                told = self.workers[peer].ask(do="build", **questions[peer])
            except PeerMissingError as error:
                print(f"missing: {peer} cannot be built: {error}")
                del self.workers[peer]
                continue
            extra = f", start-up of its process {told['start_ms']:.0f} ms" if "start_ms" in told else ""
            print(f"built: {peer} in {told['ms']:.0f} ms{extra}")

    def _way(self, peer: str, name: str, note: str = "", **question: Any) -> list[Way]:
        if peer not in self.workers:
            return []
        return [Way(name, _asks(self.workers[peer], question), note)]

    def streets(self, count: int, sources: list[int]) -> list[Way]:
        """Ways to reached streets."""
        places = self.places[:count]
        return [
            *self._way("pgRouting", "pgRouting, cut in SQL", do="length", nodes=sources, limit=DRIVE_S),
            *self._way("Valhalla", "Valhalla expansion, whole edges", "own turn costs",
                       do="edges", places=places, minutes=DRIVE_S / 60),
            *self._way("QGIS", "QGIS serviceareafromlayer", do="lines", count=count, limit=DRIVE_S),
        ]  # fmt: skip

    def areas(self, count: int, sources: list[int]) -> list[Way]:
        """Ways to the area."""
        return [
            *self._way("Valhalla", "Valhalla isochrone per station + union", "its own notion of area",
                       do="area", places=self.places[:count], minutes=DRIVE_S / 60),
            *self._way("pgRouting", "pgRouting, ST_Buffer + ST_Union", do="area", nodes=sources, limit=DRIVE_S,
                       buffer=BUFFER_M, segments=QUAD_SEGS),
        ]  # fmt: skip

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers.values():
            worker.close()


def _asks(worker: Worker, question: dict[str, Any]) -> Callable[[], tuple[float | None, float]]:
    def run() -> tuple[float | None, float]:
        told = worker.ask(**question)
        return told["ms"], told["answer"]

    return run
