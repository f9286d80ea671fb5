"""The ledger of a trip adds up to the field's time, on paper and on real streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.arrival import arrival_field, first_due, times_at
from analysis.route import first_due_route
from geo.osm import network_from_osm
from tests.test_independent import station_sites
from tests.towns import at, grid_lines, plain_targets, sites, town

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.arrival import ArrivalField
    from analysis.scenario import Targets

GRID = town(grid_lines(11))


def check(field: ArrivalField, street: int, chainage: float) -> None:
    points = field.points(np.array([street]), np.array([chainage]))
    expected = float(times_at(first_due(field), points)[0][0])
    route = first_due_route(field, street, chainage)
    if not np.isfinite(expected):
        assert route is None
        return
    assert route is not None
    assert route.arrival_s == expected
    total = route.turnout_s + sum(leg.drive_s + leg.delay_s for leg in route.legs)
    assert total == pytest.approx(expected, abs=1e-3)
    if route.line is not None:
        assert route.line.length == pytest.approx(route.length_m, abs=0.01)
        end = field.network.along(np.array([street]), np.array([chainage]))[0]
        assert route.line.interpolate(route.line.length).distance(end) < 0.01
        # Every leg begins where the one before it ended.
        gaps = np.hypot(*np.diff(np.array(route.line.coords), axis=0).T)
        assert gaps.max() <= field.network.length_m.max() + 0.01


def test_a_route_by_hand() -> None:
    field = arrival_field(GRID, sites(GRID, [at(-250, 0)]), plain_targets())
    street, chainage, _ = GRID.nearest(np.array([at(0, 130)]))
    route = first_due_route(field, int(street[0]), float(chainage[0]))
    assert route is not None
    assert route.station_id == "A"
    assert route.length_m == pytest.approx(250 + 130)
    assert route.arrival_s == pytest.approx(60 + 38)


@pytest.mark.parametrize(
    "targets", [plain_targets(), plain_targets(left_turn_s=7, junction_s=1)], ids=["plain", "turns"]
)
def test_ledgers_add_up_on_the_grid(targets: Targets) -> None:
    field = arrival_field(GRID, sites(GRID, [at(-230, 0), at(-210, 0), at(300, 300), at(-480, 170)]), targets)
    random = np.random.default_rng(5)
    for street in random.integers(0, GRID.n_streets, 60).tolist():
        check(field, street, float(random.uniform(0, GRID.length_m[street])))
    for street in random.integers(0, GRID.n_streets, 10).tolist():
        check(field, street, 0.0)


@pytest.mark.slow
def test_ledgers_add_up_on_real_streets(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network = extract.network
    random = np.random.default_rng(6)
    for targets in (plain_targets(), plain_targets(left_turn_s=5, u_turn_s=20, junction_s=1)):
        field = arrival_field(network, station_sites(network, extract.stations), targets)
        for street in random.integers(0, network.n_streets, 40).tolist():
            check(field, street, float(random.uniform(0, network.length_m[street])))
