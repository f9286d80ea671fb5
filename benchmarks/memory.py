"""Peak memory of one answer in a fresh process: ``python -m benchmarks.memory KEPT_NETWORK STATIONS``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import ours
from benchmarks.networks import directed_edges, stations
from geo.network import Network


def peak_mb() -> float:
    """Peak resident memory of this process since it began (Linux; what its parent held does not count)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Print, as JSON, megabytes after imports, after loading, and at the peak of figures and of the area."""
    path, count = Path(sys.argv[1]), int(sys.argv[2])
    told = {"imports_mb": peak_mb()}
    network = Network.load(path)
    told["loaded_mb"] = peak_mb()
    due = ours.due_of(network, stations(network, count))
    ours.figures_of(due)
    told["figures_mb"] = peak_mb()
    ours.area_of(ours.new_ground(network), due)
    told["area_mb"] = peak_mb()
    told["directed_edges"] = directed_edges(network)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
