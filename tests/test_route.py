"""The ledger of a trip adds up to the field's time, on paper and on real streets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.arrival import arrival_field
from analysis.readings import first_due, times_at
from analysis.route import first_due_route
from geo.osm import network_from_osm
from geo.words import say
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


@pytest.mark.slow
def test_the_command_prints_a_ledger_that_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "route.geojson"
    assert main(["route", "--to", "FS-1", "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schematic"] is True
    assert sum(row["drive_s"] + row["delay_s"] for row in answer["ledger"]) == pytest.approx(
        answer["arrival_s"]
    )
    assert answer["ledger"][0]["delay_s"] == 60
    assert main(["route", "--to", "宗地二", "--lang", "en"]) == 0  # a parcel by its name
    assert "after 344 s (5:44)" in capsys.readouterr().out
    drawn = json.loads(out.read_text(encoding="utf-8"))["features"][0]
    assert drawn["properties"]["arrival_s"] == pytest.approx(answer["arrival_s"])


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("曲储【2022】01号地", "place_unplaced"),
        ("nowhere", "place_unknown"),
        ("114.5,38.9", "place_off_street"),
    ],
)
def test_an_end_that_cannot_be_reached_is_said(
    end: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["route", "--to", end, "--from", "FS-9", "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert say("en", f"problem.{code}", value=end, metres=150.0) in said
    assert "FS-9" in said  # both faults at once
