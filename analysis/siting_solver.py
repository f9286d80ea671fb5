"""One integer program put to HiGHS: minimise a cost over columns between bounds, with rows between bounds.

HiGHS proves how good its answer is. A caller may look at how far it is and stop it; what it has by then is handed
back with the bound it had proved.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_matrix

    from geo.network import Flags, Floats

OPTIMAL, STOPPED, INFEASIBLE = "optimal", "stopped", "infeasible"
WAIT_S = 0.05
"""So often a running solver is asked how far it is, and its caller whether to go on."""
GAP = 1e-9
"""Proved optimal: no better answer by more than this share of the objective."""


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost`` · x with ``low`` ≤ x ≤ ``high`` and ``least`` ≤ ``rows`` x ≤ ``most``; ``whole`` marks the
    columns that take whole numbers. ``n`` columns, ``rows`` (k, n)."""

    cost: Floats
    low: Floats
    high: Floats
    whole: Flags
    rows: csr_matrix
    least: Floats
    most: Floats
    presolved: bool = False
    """Whether :mod:`analysis.siting_reduction` has made it small already, so that HiGHS need not try."""


@dataclass(frozen=True)
class Watch:
    """Who looks on: ``told`` is given the relative gap reached so far (infinite before there is an answer), ``stop``
    is asked whether to stop; ``seconds`` is the longest the solver may take."""

    told: Callable[[float], None] | None = None
    stop: Callable[[], bool] | None = None
    seconds: float = np.inf


@dataclass(frozen=True, eq=False)
class Solved:
    """``state`` is optimal, stopped or infeasible; ``values`` (n,) the best answer found, None without one;
    ``objective`` its cost, ``bound`` the least cost that is still possible, both NaN without an answer."""

    state: str
    values: Floats | None = None
    objective: float = np.nan
    bound: float = np.nan

    @property
    def gap(self) -> float:
        """How far the answer may be from the best, as a share of its cost; 0 where it is proved to be the best."""
        if self.state == OPTIMAL:
            return 0.0
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-12)


@dataclass
class _Gap:
    """The gap that HiGHS told last."""

    value: float = field(default=np.inf)

    def take(self, event: object) -> None:
        self.value = float(event.data_out.mip_gap)  # type: ignore[attr-defined]


def _model(program: Program) -> highspy.HighsLp:
    lp, rows = highspy.HighsLp(), program.rows.tocsr()
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.least, program.most
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(flag)] for flag in program.whole]
    return lp


_FIRST = threading.Lock()


@cache
def _greeted() -> bool:
    """Let the first solver of a process say its name on standard error: HiGHS prints it before it can be silenced, and
    standard output may be what another program reads."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # no standard output, nothing to keep clean
        highspy.Highs()  # type: ignore[no-untyped-call]
        return True
    try:
        os.dup2(2, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    return True


def solve(program: Program, watch: Watch | None = None) -> Solved:
    """The best answer HiGHS finds, on one thread, so that the same question always has the same answer.

    Raises ``RuntimeError`` where HiGHS refuses the program: a fault of ours, not of a county's data.
    """
    watch = watch or Watch()
    if len(program.cost) == 0:
        fits = bool((program.least <= 0).all() and (program.most >= 0).all())
        return Solved(OPTIMAL, np.empty(0), 0.0, 0.0) if fits else Solved(INFEASIBLE)
    with _FIRST:
        _greeted()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    for name, value in (
        ("threads", 1), ("random_seed", 0), ("mip_rel_gap", GAP), ("mip_abs_gap", GAP),
        ("time_limit", watch.seconds), ("presolve", "off" if program.presolved else "choose"),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    if solver.passModel(_model(program)) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the program")
    gap = _Gap()
    if watch.told is not None:
        solver.cbMipImprovingSolution.subscribe(gap.take)
        solver.cbMipLogging.subscribe(gap.take)
    if watch.told is None and watch.stop is None:
        solver.run()
    else:
        _run_watched(solver, watch, gap)
    return _answer(solver)


def _run_watched(solver: highspy.Highs, watch: Watch, gap: _Gap) -> None:
    solver.HandleUserInterrupt = True
    solver.startSolve()
    done = False
    while not done:
        done, _ = solver.wait(WAIT_S)
        if watch.told is not None:
            watch.told(gap.value)
        if not done and watch.stop is not None and watch.stop():
            solver.cancelSolve()  # type: ignore[no-untyped-call]


def _answer(solver: highspy.Highs) -> Solved:
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return Solved(INFEASIBLE)
    has_one = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if not has_one:
        return Solved(STOPPED)
    values = np.array(solver.getSolution().col_value)
    state = OPTIMAL if status == highspy.HighsModelStatus.kOptimal else STOPPED
    objective = float(info.objective_function_value)
    bound = objective if state == OPTIMAL else float(info.mip_dual_bound)
    return Solved(state, values, objective, bound)
