"""A vehicle that has to get through: warnings, blocked streets, the scenario's JSON, and what blocking may not do."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrival import arrival_field
from analysis.assessment import assess
from analysis.network_table import direction_table
from analysis.points import arrival_at
from analysis.readings import first_due, reached_length_m, times_at
from analysis.scenario import Scenario, Targets, scenario_from_json, vehicle_sizes
from analysis.vehicle_limits import (
    WARNINGS,
    Vehicle,
    impassable,
    limit_lengths,
    street_warnings,
    warning_codes,
)
from geo.building import build
from geo.county import read_county
from geo.limits import LIMITS
from geo.problems import InputError
from tests.counties import paper_county, plot
from tests.test_independent import random_sites, site_rows
from tests.test_laws import LIMITS as LIMITS_S
from tests.test_laws import MODELS, SEEDS, random_town
from tests.towns import at, fine_graph, plain_targets, town

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from analysis.assessment import Assessment
    from geo.network import Network

TANKER = Vehicle()
BLOCK = Scenario(vehicle=TANKER, vehicle_policy="block", targets=plain_targets())
WARN = dataclasses.replace(BLOCK, vehicle_policy="warn")


def limited_town(seed: int) -> Network:
    """A random town of which some streets state limits."""
    network, random = random_town(seed), np.random.default_rng(seed + 1)

    def some(low: float, high: float) -> Any:
        stated = random.uniform(size=network.n_streets) < 0.3
        return np.where(stated, random.uniform(low, high, network.n_streets), np.nan).astype(np.float32)

    return dataclasses.replace(
        network, width_m=some(1.5, 8.0), max_height_m=some(2.0, 5.0), max_weight_t=some(3.0, 60.0)
    )


def reached_at(
    network: Network, sites: Any, targets: Targets, vehicle: Vehicle | None, seed: int
) -> tuple[Any, Any]:
    field = arrival_field(network, sites, targets, vehicle=vehicle)
    random = np.random.default_rng(seed)
    street = random.integers(0, network.n_streets, 100)
    chainage = random.uniform(0, 1, 100) * network.length_m[street]
    seconds, _ = times_at(first_due(field), field.points(street, chainage))
    return seconds, first_due(field)


def test_only_a_stated_limit_below_the_vehicle_blocks() -> None:
    lines = [[(i * 100.0, 0.0), (i * 100.0 + 100, 0.0)] for i in range(7)]
    network = town(
        lines,
        width_m=[2.4, 2.5, None, "none", 3.9, 4, 6], max_height_m=[None, 3.6, 3.5, None, 3.9, 4, None],
        max_weight_t=[None, 32, None, 31.5, None, 40, 10],
    )  # fmt: skip
    assert impassable(network, TANKER).tolist() == [True, False, True, True, False, False, True]
    assert not impassable(network, None).any()
    assert warning_codes(network, TANKER).tolist() == [
        "narrow", "narrow,low", "low", "weak", "narrow,low", None, "weak",
    ]  # fmt: skip
    assert warning_codes(network, None).tolist() == [
        "narrow",
        "narrow,low",
        "low",
        None,
        "narrow,low",
        None,
        None,
    ]
    assert limit_lengths(network, TANKER, None) == {
        "warned_m": {"narrow": 300, "low": 300, "weak": 200, "any": 600},
        "blocked_m": 0,
        "unstated_m": {"width_m": 200, "max_height_m": 300, "max_weight_t": 300},
    }
    blocked = limit_lengths(network, TANKER, TANKER)
    assert blocked is not None
    assert blocked["blocked_m"] == 400
    assert limit_lengths(None, TANKER, None) is None


STREETS = town([[(0, 0), (1000, 0)], [(500, 0), (500, 300)], [(0, 0), (0, 300)]], width_m=[6, 2, None])
"""A street with two side streets, of which one states a width of 2 m and the other none."""


def judged(scenario: Scenario) -> Assessment:
    lane, side = plot(490, 100, 510, 250), plot(-10, 100, 10, 250)
    county = paper_county(
        STREETS,
        parcels=[{"parcel_no": "lane", "geometry": lane}, {"parcel_no": "side", "geometry": side}],
        stations=[{"station_id": "S", "geometry": at(250, 0)}],
    )
    return assess(county, scenario)


def share(assessment: Assessment, name: str) -> float:
    return float(assessment.summary["area_share"][name])


def test_a_blocked_street_keeps_its_ground_which_is_not_covered() -> None:
    open_, warned, blocked = judged(Scenario(targets=plain_targets())), judged(WARN), judged(BLOCK)
    assert list(open_.parcels["verdict"]) == list(warned.parcels["verdict"]) == ["covered", "covered"]
    assert list(blocked.parcels["verdict"]) == ["not_covered", "covered"]
    assert share(warned, "covered") == share(open_, "covered") > share(blocked, "covered")
    assert share(blocked, "not_analysed") == pytest.approx(share(open_, "not_analysed"), abs=1e-9)
    assert share(blocked, "not_covered") > share(open_, "not_covered")
    limits = [each.summary["street_limits"] for each in (open_, warned, blocked)]
    assert [each["blocked_m"] for each in limits] == [0, 0, 300]
    assert [each["warned_m"]["narrow"] for each in limits] == [300] * 3
    assert [each["unstated_m"]["width_m"] for each in limits] == [300] * 3
    # Warned or blocked, the street is listed with its warning and never taken away.
    for each in (warned, blocked):
        table = each.streets
        assert table["length_m"].sum() == pytest.approx(1600)
        assert table.loc[table["warning"] == "narrow", "length_m"].sum() == pytest.approx(300)
        assert set(table["warning"].dropna()) == {"narrow"}
    assert blocked.streets.loc[blocked.streets["warning"] == "narrow", "reached"].sum() == 0
    assert blocked.summary["scenario"]["vehicle"] == dataclasses.asdict(TANKER)


def test_a_point_on_a_blocked_street_is_too_late_not_unconnected() -> None:
    county = paper_county(STREETS, stations=[{"station_id": "S", "geometry": at(250, 0)}])
    points: gpd.GeoDataFrame = county.stations[["geometry"]].copy()
    points["geometry"] = [at(500, 200)]
    assert arrival_at(county, WARN, points)["state"].tolist() == ["reached"]
    assert arrival_at(county, BLOCK, points)["state"].tolist() == ["too_late"]


def test_a_station_on_a_blocked_street_reaches_nothing_else() -> None:
    network = dataclasses.replace(STREETS, width_m=np.full(STREETS.n_streets, 2, dtype=np.float32))
    street, chainage, _ = network.nearest(np.array([at(250, 0)], dtype=object))
    sites = dataclasses.replace(
        random_sites(network, 1, 1), street=street, chainage_m=chainage, snap_m=np.zeros(1)
    )
    seconds, due = reached_at(network, sites, plain_targets(), TANKER, 3)
    assert np.isinf(seconds).all()
    assert reached_length_m(due, due.field.parts(), 3600.0).sum() == 0


VEHICLES = st.builds(
    Vehicle, st.floats(1.5, 4.0), st.floats(1.5, 4.0), st.floats(1.0, 60.0)
)  # any that the bounds allow


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEEDS, MODELS, LIMITS_S, VEHICLES)
def test_blocking_never_covers_anything(
    seed: int, targets: Targets, limit_s: float, vehicle: Vehicle
) -> None:
    network = limited_town(seed)
    sites = random_sites(network, 2, seed)
    open_s, before = reached_at(network, sites, targets, None, seed)
    blocked_s, after = reached_at(network, sites, targets, vehicle, seed)
    assert (blocked_s >= open_s - 1e-5).all()
    assert not np.isnan(blocked_s).any()
    reached = reached_length_m(after, after.field.parts(), limit_s)
    assert reached.sum() <= reached_length_m(before, before.field.parts(), limit_s).sum() + 1e-4
    assert reached[impassable(network, vehicle)[after.field.parts().street]].sum() == 0


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEEDS, MODELS, LIMITS_S, VEHICLES, st.tuples(st.floats(1, 1.5), st.floats(1, 1.5), st.floats(1, 1.5)))
def test_a_larger_vehicle_never_covers_more(
    seed: int, targets: Targets, limit_s: float, vehicle: Vehicle, more: tuple[float, float, float]
) -> None:
    network = limited_town(seed)
    sites = random_sites(network, 2, seed)
    larger = Vehicle(vehicle.width_m * more[0], vehicle.height_m * more[1], vehicle.weight_t * more[2])
    seconds, due = reached_at(network, sites, targets, vehicle, seed)
    later, less = reached_at(network, sites, targets, larger, seed)
    assert (later >= seconds - 1e-5).all()
    assert (
        reached_length_m(less, less.field.parts(), limit_s).sum()
        <= reached_length_m(due, due.field.parts(), limit_s).sum() + 1e-4
    )


@settings(max_examples=30, deadline=None)
@given(SEEDS, VEHICLES)
def test_what_blocks_is_warned_of_and_what_is_unknown_passes(seed: int, vehicle: Vehicle) -> None:
    network = limited_town(seed)
    warned = street_warnings(network, vehicle)
    assert (warned.any(axis=0) | ~impassable(network, vehicle)).all()
    unknown = np.isnan(np.stack([getattr(network, name) for name in LIMITS]))
    assert not warned[unknown].any()
    assert not impassable(network, vehicle)[unknown.all(axis=0)].any()
    assert warned.shape == (len(WARNINGS), network.n_streets)


def test_the_scenario_survives_json_with_its_vehicle() -> None:
    for scenario in (Scenario(), BLOCK, WARN, Scenario(vehicle=Vehicle(2.3, 3.0, 12.5))):
        assert scenario_from_json(scenario.to_json()) == scenario
        assert hash(scenario) == hash(scenario_from_json(scenario.to_json()))
    assert scenario_from_json('{"vehicle": {}, "vehicle_policy": "block"}').blocked_for == TANKER
    assert scenario_from_json('{"vehicle": null}').vehicle is None
    for name, bounds in vehicle_sizes().items():
        assert bounds["low"] <= bounds["default"] == getattr(TANKER, name) <= bounds["high"]


def test_everything_wrong_with_a_vehicle_is_said_at_once() -> None:
    wrong = {"width_m": 9, "height_m": "high", "weight_t": True, "length_m": 8}
    with pytest.raises(InputError) as caught:
        scenario_from_json(json.dumps({"vehicle": wrong, "vehicle_policy": "maybe", "year": -1}))
    assert [(each.code, each.field) for each in caught.value.problems] == [
        ("target_range", "year"), ("unknown_field", "length_m"), ("target_range", "vehicle.width_m"),
        ("target_range", "vehicle.height_m"), ("target_range", "vehicle.weight_t"), ("not_in_list", "vehicle_policy"),
    ]  # fmt: skip
    for given_ in ("5", "[2.5]", '"big"'):
        with pytest.raises(InputError) as caught:
            scenario_from_json(f'{{"vehicle": {given_}}}')
        assert [each.code for each in caught.value.problems] == ["not_an_object"]


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(SEEDS, LIMITS_S, VEHICLES)
def test_a_town_with_blocked_streets_agrees_with_networkx(
    seed: int, limit_s: float, vehicle: Vehicle
) -> None:
    network, targets = limited_town(seed), Targets()
    sites = random_sites(network, 2, seed)
    seconds, due = reached_at(network, sites, targets, vehicle, seed)
    random = np.random.default_rng(seed)
    street = random.integers(0, network.n_streets, 100)
    chainage = random.uniform(0, 1, 100) * network.length_m[street]
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    fine = fine_graph(direction_table(network, targets, vehicle), site_rows(network, sites), asked, 1000.0)
    route_s = fine.seconds()
    expected = np.array([route_s.get(fine.alias[each], np.inf) for each in asked])
    np.testing.assert_allclose(seconds, expected, atol=1e-3)
    ours = reached_length_m(due, due.field.parts(), limit_s).sum()
    assert ours == pytest.approx(fine.reached_m(limit_s), rel=0.005, abs=0.1)


@pytest.mark.slow
def test_a_bar_and_a_narrow_lane_in_a_real_town(real_data: Path, tmp_path: Path) -> None:
    built = build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    assert built.report is not None
    county = read_county(tmp_path / "lauf")
    today, large = (
        assess(county, Scenario()),
        assess(county, Scenario(vehicle=TANKER, vehicle_policy="block")),
    )
    limits = large.summary["street_limits"]
    assert (limits["warned_m"]["narrow"] > 9000, limits["warned_m"]["weak"] > 2000) == (True, True)
    assert 6000 < limits["blocked_m"] < limits["warned_m"]["any"]
    assert large.summary["street_length_m"] == today.summary["street_length_m"]
    assert large.summary["street_length_reached_m"] < today.summary["street_length_reached_m"]
    # Ground of blocked streets stays in the count: it is not covered, not left out.
    shares = [each.summary["area_share"] for each in (today, large)]
    assert shares[1]["not_analysed"] == pytest.approx(shares[0]["not_analysed"], abs=1e-6)
    assert shares[1]["covered"] < shares[0]["covered"]
    covered = [
        each.coverage.loc[
            each.coverage["station_id"].isna() & (each.coverage["band_s"] == 300), "geometry"
        ].iloc[0]
        for each in (today, large)
    ]
    assert covered[1].difference(covered[0]).area < 1.0
