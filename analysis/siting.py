"""Where stations should stand: the five classic questions, each answered exactly.

Fewest sites that cover everything (LSCP; Toregas and others 1971), the most cover for a number of sites (MCLP; Church
and ReVelle 1974), the least mean time (p-median; Hakimi 1964, in the form of Elloumi 2010), the least worst time
(p-center, by covering at trial times), and of the smallest plans the one that covers most twice (LSCP-B; Daskin and
Stern 1981, Hogan and ReVelle 1986). Sites that stand already may be kept. Times come from the one arrival-time field,
see :mod:`analysis.siting_times`.

Cover is a sparse matrix (places, sites), nought where a site does not come in time; seconds a full one (sites,
places), infinite where it never comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.sparse import eye_array as eye

from analysis.siting_reduction import reduced, sets_of
from analysis.siting_solver import INFEASIBLE, OPTIMAL, Program, Watch, solve

if TYPE_CHECKING:
    from analysis.siting_reduction import Reduced
    from geo.network import Flags, Floats, Ints

NOBODY: Ints = np.empty(0, dtype=np.int64)
WHOLE = 0.5
"""A column of a whole number counts as one from here on: solvers hand out 0.9999999."""


@dataclass(frozen=True, eq=False)
class SitePlan:
    """An answer. ``sites`` are the rows of all sites that are to stand, the kept ones among them, in ascending order.

    ``value`` is what was asked for: number of sites, covered weight, mean or worst seconds, weight covered twice;
    ``bound`` the best value that is still possible, the same where ``state`` is optimal. ``unreachable`` are the rows
    of places that no site can cover; where all had to be covered, ``state`` is then infeasible and there is no plan.
    """

    state: str
    sites: Ints = field(default_factory=lambda: NOBODY)
    value: float = np.nan
    bound: float = np.nan
    unreachable: Ints = field(default_factory=lambda: NOBODY)


def cover_sets(seconds: Floats, limit_s: float) -> csr_matrix:
    """(places, sites) who comes to which place within the limit, which counts as in time."""
    return csr_matrix((np.asarray(seconds) <= limit_s).T, dtype=np.float32)


def _rows(kept: Flags) -> Ints:
    return np.asarray(np.flatnonzero(kept), dtype=np.int64)


def _covered(cover: csr_matrix, sites: Ints) -> Flags:
    return np.asarray(cover[:, sites].sum(axis=1)).reshape(-1) > 0


def _with_kept(kept: Flags, chosen: Ints) -> Ints:
    return np.union1d(_rows(kept), chosen)


def _whole_program(rows: csr_matrix, least: Floats, most: Floats, cost: Floats, n_whole: int) -> Program:
    """A program over columns from 0 to 1, of which the first ``n_whole`` are whole."""
    n = len(cost)
    whole = np.arange(n) < n_whole
    return Program(
        np.asarray(cost, dtype=float),
        np.zeros(n),
        np.ones(n),
        whole,
        csr_matrix(rows, dtype=float),
        least,
        most,
    )


def fewest_sites(cover: csr_matrix, kept: Flags, watch: Watch | None = None) -> SitePlan:
    """LSCP: the smallest number of sites that together cover every place, the kept ones standing anyway."""
    cover = sets_of(cover)
    nobody = np.flatnonzero(np.diff(cover.indptr) == 0)
    if len(nobody):
        return SitePlan(INFEASIBLE, unreachable=nobody)
    open_ = cover[~_covered(cover, _rows(kept))]
    asked = reduced(open_, np.zeros(open_.shape[0]), cover_all=True)
    rows, n = asked.cover, len(asked.site)
    ones = np.ones(rows.shape[0])
    found = solve(_whole_program(rows, ones, np.full(len(ones), np.inf), np.ones(n), n), watch)
    if found.values is None:
        return SitePlan(found.state)
    sites = _with_kept(kept, asked.site[found.values[:n] > WHOLE])
    standing = len(_rows(kept))
    bound = standing + np.ceil(found.bound - 1e-6)
    return SitePlan(found.state, sites, float(len(sites)), float(bound))


@dataclass(frozen=True, eq=False)
class MostAsked:
    """The question of the most cover, made small once for every number of sites; see :func:`most_asked`.

    ``held`` are the places that the kept sites cover, ``nobody`` those that no site does; ``small`` is the question
    about the others.
    """

    cover: csr_matrix
    weight: Floats
    standing: Ints
    held: Flags
    nobody: Ints
    small: Reduced

    def plan(self, count: int, watch: Watch | None = None) -> SitePlan:
        """``count`` sites, the kept ones among them, that cover the most weight. Fewer where more add nothing."""
        further = count - len(self.standing)
        if further < 0:
            return SitePlan(INFEASIBLE, unreachable=self.nobody)
        sure = float(self.weight[self.held].sum())
        n, k = len(self.small.site), self.small.cover.shape[0]
        if further == 0 or n == 0:
            return SitePlan(OPTIMAL, self.standing, sure, sure, self.nobody)
        # Columns: sites, then places. A place counts no more than its sites stand; no more sites than asked for.
        rows = vstack(
            [hstack([self.small.cover, -eye(k)]), hstack([csr_matrix(np.ones((1, n))), csr_matrix((1, k))])],
            format="csr",
        )
        least, most = np.append(np.zeros(k), 0.0), np.append(np.full(k, np.inf), float(further))
        cost = np.concatenate([np.zeros(n), -self.small.weight])
        found = solve(replace(_whole_program(rows, least, most, cost, n), presolved=True), watch)
        if found.values is None:
            return SitePlan(found.state, unreachable=self.nobody)
        sites = np.union1d(self.standing, self.small.site[found.values[:n] > WHOLE])
        value = float(self.weight[_covered(self.cover, sites)].sum())
        bound = value if found.state == OPTIMAL else sure - found.bound
        return SitePlan(found.state, sites, value, bound, self.nobody)


def most_asked(cover: csr_matrix, weight: Floats, kept: Flags) -> MostAsked:
    """MCLP, to be asked for any number of sites: which cover the most weight, the kept ones standing anyway."""
    cover, standing = sets_of(cover), _rows(kept)
    nobody = np.flatnonzero(np.diff(cover.indptr) == 0)
    held = _covered(cover, standing)
    open_ = ~held & (np.diff(cover.indptr) > 0) & (weight > 0)
    small = reduced(cover[open_], weight[open_], cover_all=False)
    return MostAsked(cover, weight, standing, held, nobody, small)


def most_covered(
    cover: csr_matrix, weight: Floats, count: int, kept: Flags, watch: Watch | None = None
) -> SitePlan:
    """MCLP: ``count`` sites, the kept ones among them, that cover the most weight. Fewer where more add nothing."""
    return most_asked(cover, weight, kept).plan(count, watch)


def most_covered_twice(
    cover: csr_matrix, weight: Floats, kept: Flags, watch: Watch | None = None
) -> SitePlan:
    """LSCP-B: of the smallest plans that cover every place one that covers the most weight by two sites or more."""
    smallest = fewest_sites(cover, kept, watch)
    if smallest.state != OPTIMAL:
        return smallest
    cover, standing = sets_of(cover), _rows(kept)
    k, n = cover.shape
    further = len(smallest.sites) - len(standing)
    if further == 0:
        return SitePlan(OPTIMAL, standing, _weight_twice(cover, weight, standing), np.nan)
    low = np.concatenate([np.asarray(kept, dtype=float), np.zeros(k)])
    rows = vstack(
        [hstack([cover, -eye(k)]), hstack([csr_matrix(np.ones((1, n))), csr_matrix((1, k))])], format="csr"
    )
    count = float(len(smallest.sites))
    program = Program(
        np.concatenate([np.zeros(n), -np.asarray(weight, dtype=float)]), low, np.ones(n + k), np.arange(n + k) < n,
        csr_matrix(rows, dtype=float), np.append(np.ones(k), count), np.append(np.full(k, np.inf), count),
    )  # fmt: skip
    found = solve(program, watch)
    if found.values is None:
        return SitePlan(found.state)
    sites = np.flatnonzero(found.values[:n] > WHOLE)
    return SitePlan(found.state, sites, _weight_twice(cover, weight, sites), -found.bound)


def _weight_twice(cover: csr_matrix, weight: Floats, sites: Ints) -> float:
    times = np.asarray(cover[:, sites].sum(axis=1)).reshape(-1)
    return float(weight[times >= 2].sum())


def least_mean_time(
    seconds: Floats, weight: Floats, count: int, kept: Flags, watch: Watch | None = None
) -> SitePlan:
    """p-median: ``count`` sites, the kept ones among them, with the least weighted mean of the first engine's time."""
    nobody = np.flatnonzero(~np.isfinite(seconds).any(axis=0))
    if len(nobody) or count < max(int(kept.sum()), 1):
        return SitePlan(INFEASIBLE, unreachable=nobody)
    levels = [_levels(seconds[:, place], kept) for place in range(seconds.shape[1])]
    found = solve(_median_program(levels, weight, count, kept), watch)
    if found.values is None:
        return SitePlan(found.state)
    sites = np.flatnonzero(found.values[: len(kept)] > WHOLE)
    whole = float(weight.sum())
    value = float((seconds[sites].min(axis=0) * weight).sum() / whole)
    constant = sum(w * level.at_s[0] for w, level in zip(weight, levels, strict=True))
    bound = value if found.state == OPTIMAL else (found.bound + constant) / whole
    return SitePlan(found.state, sites, value, bound)


@dataclass(frozen=True, eq=False)
class _Levels:
    """The distinct times at which one place may be reached, up to that of the kept sites, and for each site the
    level at which it comes; -1 where it comes later."""

    at_s: Floats
    of_site: Ints


def _levels(seconds: Floats, kept: Flags) -> _Levels:
    latest = seconds[kept].min() if kept.any() else np.inf
    at_s = np.unique(seconds[np.isfinite(seconds) & (seconds <= latest)])
    level = np.searchsorted(at_s, seconds)
    return _Levels(at_s, np.where((level < len(at_s)) & (seconds <= latest), level, -1))


def _median_program(levels: list[_Levels], weight: Floats, count: int, kept: Flags) -> Program:
    """Columns: sites, then for each place and level whether nobody is there by then. Reaching the next level costs
    the time between; at the last level somebody must have come."""
    n = len(kept)
    first = n + np.cumsum([0, *(len(level.at_s) for level in levels)])
    sizes = [len(level.at_s) for level in levels]
    row, column, value = [], [], []
    for place, level in enumerate(levels):
        sites = np.flatnonzero(level.of_site >= 0)
        own = first[place] - n + np.arange(sizes[place])
        row += [level.of_site[sites] + first[place] - n, own, own[1:]]
        column += [sites, own + n, own[:-1] + n]
        value += [np.ones(len(sites)), np.ones(len(own)), -np.ones(len(own) - 1)]
    total = int(first[-1]) - n
    rows = csr_matrix(
        (np.concatenate(value), (np.concatenate(row), np.concatenate(column))), shape=(total, n + total)
    )
    number = hstack([csr_matrix(np.ones((1, n))), csr_matrix((1, total))])
    least = np.zeros(total)
    least[first[:-1] - n] = 1.0
    high = np.ones(n + total)
    high[first[1:] - 1] = 0.0
    steps = [w * np.diff(level.at_s, append=level.at_s[-1]) for w, level in zip(weight, levels, strict=True)]
    return Program(
        np.concatenate([np.zeros(n), *steps]), np.concatenate([np.asarray(kept, dtype=float), np.zeros(total)]), high,
        np.arange(n + total) < n, csr_matrix(vstack([rows, number]), dtype=float),
        np.append(least, 0.0), np.append(np.full(total, np.inf), float(count)),
    )  # fmt: skip


def least_worst_time(seconds: Floats, count: int, kept: Flags, watch: Watch | None = None) -> SitePlan:
    """p-center: ``count`` sites, the kept ones among them, whose latest first arrival is soonest.

    The answer is one of the times of the matrix: between a time at which the sites suffice and one at which they do
    not, the middle one is tried.
    """
    nobody = np.flatnonzero(~np.isfinite(seconds).any(axis=0))
    if len(nobody) or count < max(int(kept.sum()), 1):
        return SitePlan(INFEASIBLE, unreachable=nobody)
    times = np.unique(seconds[np.isfinite(seconds)])
    low, high, best = 0, len(times) - 1, None
    while low <= high:
        middle = (low + high) // 2
        plan = fewest_sites(cover_sets(seconds, float(times[middle])), kept, watch)
        if plan.state == OPTIMAL and len(plan.sites) <= count:
            best, high = plan, middle - 1
        elif plan.state in (OPTIMAL, INFEASIBLE):
            low = middle + 1
        else:
            return SitePlan(plan.state)
    if best is None:
        return SitePlan(INFEASIBLE)
    worst = float(seconds[best.sites].min(axis=0).max())
    return SitePlan(OPTIMAL, best.sites, worst, worst)
