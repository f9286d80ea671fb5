"""Siting equals trying every plan, on small matrices; what cannot be covered is named."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analysis.siting import (
    cover_sets,
    fewest_sites,
    least_mean_time,
    least_worst_time,
    most_covered,
    most_covered_twice,
)
from analysis.siting_solver import INFEASIBLE, OPTIMAL

LIMIT_S = 300.0
SEEDS = range(30)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seconds (sites, places), weights and kept sites; every place is in time of some site."""
    draw = np.random.default_rng(seed)
    sites, places = int(draw.integers(4, 9)), int(draw.integers(5, 25))
    seconds = np.round(draw.uniform(60, 900, (sites, places)), 0)
    seconds[draw.uniform(size=seconds.shape) < 0.15] = np.inf
    seconds[draw.integers(sites, size=places), np.arange(places)] = draw.uniform(60, 300, places).round()
    kept = np.zeros(sites, dtype=bool)
    kept[: int(draw.integers(0, 3))] = True
    return seconds, draw.integers(1, 20, places).astype(float), kept


def plans(kept: np.ndarray, count: int) -> list[list[int]]:
    """Every choice of ``count`` sites with the kept ones."""
    return [
        list(each) for each in combinations(range(len(kept)), count) if set(np.flatnonzero(kept)) <= set(each)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_fewest_sites_are_as_few_as_any_plan_that_covers_everything(seed: int) -> None:
    seconds, _, kept = drawn(seed)
    found = fewest_sites(cover_sets(seconds, LIMIT_S), kept)
    assert found.state == OPTIMAL
    assert (seconds[found.sites].min(axis=0) <= LIMIT_S).all()
    assert set(np.flatnonzero(kept)) <= set(found.sites.tolist())
    fewer = [
        each
        for count in range(1, len(found.sites))
        for each in plans(kept, count)
        if (seconds[each].min(axis=0) <= LIMIT_S).all()
    ]
    assert fewer == []
    assert found.value == found.bound == len(found.sites)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_of_as_many_sites_covers_more(seed: int) -> None:
    seconds, weight, kept = drawn(seed)
    count = max(2, int(kept.sum()))
    found = most_covered(cover_sets(seconds, LIMIT_S), weight, count, kept)
    best = max(float(weight[seconds[each].min(axis=0) <= LIMIT_S].sum()) for each in plans(kept, count))
    assert found.value == pytest.approx(best)
    assert len(found.sites) <= count
    assert found.value == pytest.approx(weight[seconds[found.sites].min(axis=0) <= LIMIT_S].sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_of_as_many_sites_has_a_lesser_mean(seed: int) -> None:
    seconds, weight, kept = drawn(seed)
    seconds = np.where(np.isfinite(seconds), seconds, 2000.0)
    count = max(3, int(kept.sum()))
    found = least_mean_time(seconds, weight, count, kept)
    best = min(
        float((seconds[each].min(axis=0) * weight).sum() / weight.sum()) for each in plans(kept, count)
    )
    assert found.state == OPTIMAL
    assert found.value == pytest.approx(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_of_as_many_sites_is_sooner_at_its_last_place(seed: int) -> None:
    seconds, _, kept = drawn(seed)
    count = max(3, int(kept.sum()))
    found = least_worst_time(seconds, count, kept)
    best = min(float(seconds[each].min(axis=0).max()) for each in plans(kept, count))
    if np.isinf(best):
        assert found.state == INFEASIBLE
    else:
        assert found.value == pytest.approx(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_the_smallest_plans_none_covers_more_twice(seed: int) -> None:
    seconds, weight, kept = drawn(seed)
    cover = cover_sets(seconds, LIMIT_S)
    found = most_covered_twice(cover, weight, kept)
    count = len(fewest_sites(cover, kept).sites)
    best = max(
        float(weight[(seconds[each] <= LIMIT_S).sum(axis=0) >= 2].sum())
        for each in plans(kept, count)
        if (seconds[each].min(axis=0) <= LIMIT_S).all()
    )
    assert len(found.sites) == count
    assert found.value == pytest.approx(best)


def test_a_place_at_the_limit_is_covered_and_one_beyond_is_not() -> None:
    cover = cover_sets(np.array([[300.0, 300.001]]), LIMIT_S).toarray()
    assert cover.tolist() == [[1.0], [0.0]]


def test_places_no_site_reaches_are_named() -> None:
    seconds = np.array([[100.0, 400.0, np.inf], [200.0, 350.0, np.inf]])
    nobody = np.zeros(2, dtype=bool)
    found = fewest_sites(cover_sets(seconds, LIMIT_S), nobody)
    assert (found.state, found.unreachable.tolist()) == (INFEASIBLE, [1, 2])
    most = most_covered(cover_sets(seconds, LIMIT_S), np.ones(3), 1, nobody)
    assert (most.state, most.value, most.unreachable.tolist()) == (OPTIMAL, 1.0, [1, 2])
    assert least_mean_time(seconds, np.ones(3), 1, nobody).unreachable.tolist() == [2]


def test_kept_sites_beyond_the_number_asked_for_are_refused() -> None:
    seconds, kept = np.full((3, 4), 100.0), np.array([True, True, False])
    assert most_covered(cover_sets(seconds, LIMIT_S), np.ones(4), 1, kept).state == INFEASIBLE
    assert least_mean_time(seconds, np.ones(4), 1, kept).state == INFEASIBLE


def test_more_sites_never_cover_less() -> None:
    seconds, weight, _ = drawn(5)
    nobody = np.zeros(len(seconds), dtype=bool)
    cover = cover_sets(seconds, LIMIT_S)
    values = [most_covered(cover, weight, count, nobody).value for count in range(len(seconds) + 1)]
    assert values[0] == 0.0
    assert values == sorted(values)
    assert values[-1] == weight.sum()
