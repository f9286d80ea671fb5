"""How often the datum evidence is right: ``python benchmarks/datum.py [--parts N]``.

Random parts of real networks with the hydrants there, in WGS 84, GCJ-02, BD-09, or moved by what is none of them, all
declared as WGS 84. Printed: right, cannot tell and wrong, by streets and hydrants. Not a matter of time.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.networks import data_folder  # noqa: E402
from tests.moved_towns import SYSTEMS, Town, cambridge, lauf, ninghua, outcome, part_of  # noqa: E402

STREETS = (15, 30, 60, 200)
HYDRANTS = (10, 20, 50, 250)


def line_of(name: str, counts: dict[str, Counter[str]]) -> str:
    """One line of the table: shares of the known systems, and wrong answers for the unknown shift."""
    known, unknown = counts["known"], counts["unknown"]
    total = max(sum(known.values()), 1)
    shares = " ".join(f"{what} {known[what] / total:6.1%}" for what in ("right", "cannot_tell", "wrong"))
    return f"{name:42} {shares}  of {total:5}; of none: wrong {unknown['wrong']} of {sum(unknown.values())}"


def of_parts(name: str, town: Town, parts: int) -> None:
    """Parts of one town, gathered and scattered."""
    for scattered in (False, True):
        for streets in STREETS:
            for hydrants in HYDRANTS:
                counts = {"known": Counter[str](), "unknown": Counter[str]()}
                for seed in range(parts):
                    rng = np.random.default_rng([seed, streets, hydrants, scattered])
                    part = part_of(town, rng, streets, hydrants, scattered=scattered)
                    if len(part.hydrants):
                        counts["known"].update(outcome(part, truth, rng) for truth in SYSTEMS)
                        counts["unknown"][outcome(part, None, rng)] += 1
                where = "scattered" if scattered else "gathered"
                print(
                    line_of(f"{name}, {streets} streets {where}, ≤ {hydrants} hydrants", counts), flush=True
                )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=20, help="random parts of each kind")
    parts = parser.parse_args().parts
    folder = data_folder()
    counts = {"known": Counter[str](), "unknown": Counter[str]()}
    for seed in range(parts):
        town, rng = ninghua(folder, seed), np.random.default_rng(seed)
        counts["known"].update(outcome(town, truth, rng) for truth in SYSTEMS)
        counts["unknown"][outcome(town, None, rng)] += 1
    print(line_of("Ninghua, 29 ways, made-up hydrants", counts), flush=True)
    of_parts("Cambridge", cambridge(folder), parts)
    of_parts("Lauf", lauf(folder), parts)


if __name__ == "__main__":
    main()
