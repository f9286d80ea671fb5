"""How often the datum evidence is right: ``python benchmarks/datum.py [--parts N]``.

Random parts of real networks with the hydrants there, and random parcels of a city, in WGS 84, GCJ-02, BD-09, or moved
by what is none of them, all declared as WGS 84. Printed: right, cannot tell and wrong. Not a matter of time.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.networks import data_folder  # noqa: E402
from tests.moved_towns import (  # noqa: E402
    SYSTEMS,
    Town,
    cambridge,
    cambridge_parcels,
    lauf,
    ninghua,
    outcome,
    part_of,
)

STREETS = (15, 30, 60, 200)
HYDRANTS = (10, 20, 50, 250)
PARCELS = (5, 10, 20, 50, 200)
LARGE_M2 = 3_000.0


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


def of_parcels(town: Town, parts: int) -> None:
    """Random parcels, of any size and large ones, on all streets."""
    large = town.hydrants[shapely.area(town.hydrants) >= LARGE_M2]
    for name, pool in (("of any size", town.hydrants), (f"from {LARGE_M2:,.0f} m2", large)):
        for number in PARCELS:
            counts = {"known": Counter[str](), "unknown": Counter[str]()}
            for seed in range(parts):
                rng = np.random.default_rng([seed, number])
                part = replace(town, hydrants=rng.choice(pool, number, replace=False))
                part.__dict__["network"] = town.network  # the same streets, built once
                counts["known"].update(outcome(part, truth, rng) for truth in SYSTEMS)
                counts["unknown"][outcome(part, None, rng)] += 1
            print(line_of(f"Cambridge, {number} parcels {name}", counts), flush=True)


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
    of_parcels(cambridge_parcels(folder), parts)
    of_parts("Cambridge", cambridge(folder), parts)
    of_parts("Lauf", lauf(folder), parts)


if __name__ == "__main__":
    main()
