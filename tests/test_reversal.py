"""The way back against a search of its own from every place, on random towns with one-way streets and turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings

from analysis.arrival import Sites, arrival_field
from analysis.closures import Closure, closed_intervals
from analysis.readings import first_due, times_at
from analysis.reversal import way_back
from tests.test_laws import MODELS, SEEDS, random_town
from tests.towns import CRS, at, plain_targets, sites, town

if TYPE_CHECKING:
    from analysis.closures import Closures
    from analysis.scenario import Targets
    from geo.network import Network


def places(network: Network, count: int, seed: int) -> Sites:
    """Random street points, some of them at the ends of streets."""
    random = np.random.default_rng(seed)
    street = random.integers(0, network.n_streets, count)
    share = random.choice([0.0, 1.0, -1.0, -1.0, -1.0], count)
    chainage = np.where(share < 0, random.uniform(0, 1, count), share) * network.length_m[street]
    ids = tuple(f"{number:02d}" for number in range(count))
    return Sites(
        ids, np.arange(count), np.ones(count, dtype=bool), street, chainage, np.zeros(count), np.zeros(count)
    )


def blocked(network: Network, seed: int) -> Closures:
    x, y = np.random.default_rng(seed).uniform(-1000, 1000, 2)
    degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    shape = shapely.transform(
        at(x, y).buffer(200), lambda xy: np.column_stack(degrees.transform(xy[:, 0], xy[:, 1]))
    )
    return closed_intervals(network, (Closure("x", shapely.to_wkt(shape, rounding_precision=12)),))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEEDS, MODELS)
def test_the_way_back_is_the_way_of_a_search_from_every_place(seed: int, targets: Targets) -> None:
    network = random_town(seed)
    closed = blocked(network, seed) if seed % 3 == 0 else None
    ends = places(network, 10, seed)
    there = arrival_field(network, ends, targets, closed)
    back = way_back(there)
    points = there.points(ends.street, ends.chainage_m)
    points_back = back.points(ends.street, ends.chainage_m)
    rows = [np.array([row]) for row in range(10)]
    forward = np.array([times_at(first_due(there, row), points)[0] for row in rows])
    backward = np.array([times_at(first_due(back, row), points_back)[0] for row in rows])
    np.testing.assert_allclose(backward, forward.T, atol=1e-5)


def test_a_one_way_block_on_paper() -> None:
    # One way round a block of 100 m: 10 s on from the corner, 30 s back to it.
    block = town(
        [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]],
        oneway=[1, 1, 1, 1],
    )
    field = arrival_field(block, sites(block, [at(0, 0)], turnout_s=0.0), plain_targets())
    street, chainage, _ = block.nearest(np.array([at(100, 0), at(50, 0)], dtype=object))
    there, back = field, way_back(field)
    assert times_at(first_due(there), there.points(street, chainage))[0].tolist() == [10, 5]
    assert times_at(first_due(back), back.points(street, chainage))[0].tolist() == [30, 35]
