"""spopt's own path on a matrix of seconds, in an environment of its own: ``spopt_worker.py MATRIX.npz QUESTION``.

The matrix holds ``seconds`` (places, sites), infinite where nobody comes, ``weight`` (places), ``standing`` (rows of
sites that stay), ``limit_s`` and ``count``, the number of all sites. HiGHS on one thread solves, as with us.
Prints JSON: seconds to build the model and to solve it, and the objective.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pulp
from spopt.locate import LSCP, MCLP, PCenter, PMedian

LONG_S = 1e6
"""Stands for never: spopt takes no infinite cost."""


def main() -> None:
    """Build and solve one question."""
    data, question = np.load(sys.argv[1]), sys.argv[2]
    seconds = np.minimum(data["seconds"], LONG_S)
    standing = data["standing"]
    kept = np.zeros(seconds.shape[1], dtype=int)
    kept[standing] = 1
    extra = {"predefined_facilities_arr": kept} if len(standing) else {}
    limit_s, count = float(data["limit_s"]), int(data["count"])
    start = time.perf_counter()
    if question == "most":
        asked = MCLP.from_cost_matrix(seconds, data["weight"], limit_s, p_facilities=count, **extra)
    elif question == "fewest":
        asked = LSCP.from_cost_matrix(seconds, limit_s, **extra)
    elif question == "mean":
        asked = PMedian.from_cost_matrix(seconds, data["weight"], p_facilities=count, **extra)
    else:
        asked = PCenter.from_cost_matrix(seconds, p_facilities=count, **extra)
    built = time.perf_counter()
    asked = asked.solve(pulp.HiGHS(msg=False, threads=1), results=False)
    done = time.perf_counter()
    answer = {"build_s": built - start, "solve_s": done - built, "objective": asked.problem.objective.value()}
    if question == "mean":
        answer["objective"] /= float(data["weight"].sum())
    print(json.dumps(answer))


main()
