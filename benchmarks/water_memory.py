"""Peak memory of water in a fresh process: ``python -m benchmarks.water_memory KEPT_NETWORK CASE HYDRANTS``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import water_ours as ours
from benchmarks.memory import peak_mb
from benchmarks.networks import CASES
from benchmarks.water_work import WaterWork
from geo.network import Network


def main() -> None:
    """Print, as JSON, the peak in megabytes after imports, once all is loaded, and after every answer in turn."""
    told = {"imports": peak_mb()}
    case = next(case for case in CASES if case.name == sys.argv[2])
    work = WaterWork.of(case, Network.load(Path(sys.argv[1])), int(sys.argv[3]))
    told["county ready"] = peak_mb()
    for name, answer in (
        ("hose", ours.hose_m),
        ("spacing", ours.spacing_tables),
        ("nearest", ours.nearest_m),
        ("gaps", ours.gap_m2),
    ):
        answer(work)
        told[name] = peak_mb()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
