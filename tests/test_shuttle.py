"""The tanker shuttle: by hand, as laws, against a linear program, and for streets, parcels and the county itself."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis import standards
from analysis.crane_trips import crane_trips
from analysis.sampling import sample_shapes
from analysis.scenario import Scenario, Targets
from analysis.shuttle import (
    ASSUMED_TANKERS,
    DESIGN_FLOW,
    DRIVE,
    FILL,
    FLOW_NOT_STATED,
    PARCEL_COLUMNS,
    SHUTTLE_COLUMNS,
    own_tankers,
    shuttle_figures,
    shuttle_flow,
    shuttle_parcels,
    shuttle_streets,
)
from analysis.shuttle_choice import ShuttleChoice, check_shuttle, shuttle_numbers
from geo.county import read_county
from geo.words import LANGUAGES, words
from tests.counties import paper_county, plot
from tests.test_crane_trips import PLAIN, ROAD, crane, cranes_at, random_cuts
from tests.test_laws import MODELS, SEEDS, random_town
from tests.test_reversal import places
from tests.towns import at, town

DATA = Path(__file__).resolve().parent.parent / "data"
TWO = ShuttleChoice(tanks_l=(6000.0, 6000.0), tanks_stated=True)
TANKS = st.lists(st.floats(500, 20_000), min_size=1, max_size=6).map(tuple)
CHOICES = st.builds(
    ShuttleChoice, tanks_l=TANKS, unload_lps=st.floats(5, 100), fill_handling_s=st.floats(0, 300),
    unload_handling_s=st.floats(0, 300), lost_share=st.floats(0, 0.5),
)  # fmt: skip
TRIPS = st.floats(0, 7200)
FLOWS = st.floats(5, 150)


def flow(choice: ShuttleChoice, round_trip_s: float, fill_lps: float) -> float:
    return float(shuttle_flow(choice, np.array([round_trip_s]), np.array([fill_lps]))[0][0])


def test_the_flow_by_hand() -> None:
    # 6,000 L at 50 L/s: 120 + 60 s at the crane; 200 s on the road; 150 + 60 s at the fire: 590 s a round.
    assert flow(TWO, 200, 50) == pytest.approx(0.9 * 2 * 6000 / 590)
    # Six of them would ask more of the crane than one tanker at a time: 5,400 L every 180 s.
    litres, by_fill = shuttle_flow(replace(TWO, tanks_l=(6000.0,) * 6), np.array([200.0]), np.array([50.0]))
    assert litres.tolist() == pytest.approx([30])
    assert by_fill.tolist() == [True]
    assert not shuttle_flow(TWO, np.array([200.0]), np.array([50.0]))[1].any()
    assert flow(TWO, np.inf, 50) == 0


def test_rounding_never_gives_more_than_the_crane() -> None:
    tankers = ShuttleChoice(
        (500.0, 633.0), unload_lps=25.0, fill_handling_s=0.0, unload_handling_s=0.0, lost_share=0.0
    )
    assert flow(tankers, 1.0, 5.0) == 5.0


@given(st.integers(1, 8), st.floats(500, 20_000), TRIPS, FLOWS)
def test_equal_tankers_follow_the_formula(
    count: int, tank_l: float, round_trip_s: float, fill_lps: float
) -> None:
    choice = ShuttleChoice(tanks_l=(tank_l,) * count)
    at_crane_s = tank_l / fill_lps + 60
    round_s = at_crane_s + round_trip_s + tank_l / 40 + 60
    assert flow(choice, round_trip_s, fill_lps) == pytest.approx(
        0.9 * tank_l * min(count / round_s, 1 / at_crane_s)
    )


@given(CHOICES, TRIPS, st.floats(0, 3600), FLOWS, st.floats(500, 20_000), st.floats(1, 4))
def test_more_tankers_never_less_farther_never_more(
    choice: ShuttleChoice, round_trip_s: float, more_s: float, fill_lps: float, tank_l: float, quicker: float
) -> None:
    here = flow(choice, round_trip_s, fill_lps)
    assert flow(choice, round_trip_s + more_s, fill_lps) <= here * (1 + 1e-9)
    assert flow(replace(choice, tanks_l=(*choice.tanks_l, tank_l)), round_trip_s, fill_lps) >= here * (
        1 - 1e-9
    )
    assert flow(choice, round_trip_s, fill_lps * quicker) >= here * (1 - 1e-9)
    assert flow(replace(choice, unload_lps=choice.unload_lps * quicker), round_trip_s, fill_lps) >= here * (
        1 - 1e-9
    )
    assert here <= fill_lps


@settings(max_examples=60)
@given(CHOICES, TRIPS, FLOWS)
def test_no_other_rounds_deliver_more(choice: ShuttleChoice, round_trip_s: float, fill_lps: float) -> None:
    tanks = np.array(choice.tanks_l)
    at_crane_s = tanks / fill_lps + choice.fill_handling_s
    round_s = at_crane_s + round_trip_s + tanks / choice.unload_lps + choice.unload_handling_s
    best = linprog(
        -(1 - choice.lost_share) * tanks, A_ub=at_crane_s[None], b_ub=[1.0],
        bounds=[(0, 1 / each) for each in round_s],
    )  # fmt: skip
    assert flow(choice, round_trip_s, fill_lps) == pytest.approx(-np.float64(best.fun), rel=1e-6)


def test_streets_on_paper() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0))
    table = shuttle_streets(county, crane_trips(county, PLAIN), TWO)
    assert table.columns.tolist() == [*SHUTTLE_COLUMNS, "geometry"]
    assert table["flow_lps"].tolist() == pytest.approx([flow(TWO, 200, 50), flow(TWO, 400, 50)])
    assert table["flow_lps_best"].tolist() == pytest.approx([flow(TWO, 0, 50), flow(TWO, 200, 50)])
    assert (
        table[["crane_id", "state", "limited_by", "certainty"]].to_numpy().tolist()
        == [["A", "reachable", "drive", "surveyed"]] * 2
    )
    assert set(table["depends_on"]) == {""}


def test_the_crane_that_gives_most_is_taken_not_the_nearest() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0, flow_lps=5), crane("B", 2000, 0, flow_lps=100))
    table = shuttle_streets(county, crane_trips(county, PLAIN), TWO)
    assert table["crane_id"].tolist() == ["B", "B"]
    assert table["flow_lps"].iloc[0] == pytest.approx(flow(TWO, 400, 100))


def test_flows_that_nobody_states_are_not_made_up() -> None:
    county = cranes_at(ROAD, crane("A", 0, 0, flow_lps=None))
    trips = crane_trips(county, PLAIN)
    table = shuttle_streets(county, trips, TWO)
    assert table["state"].tolist() == ["flow_not_stated"] * 2
    assert table["round_trip_s"].tolist() == pytest.approx([200, 400])
    assert table[["flow_lps", "flow_lps_best", "limited_by"]].isna().all(axis=None)
    chosen = shuttle_streets(county, trips, replace(TWO, fill_lps=50.0))
    assert chosen["flow_lps"].iloc[0] == pytest.approx(flow(TWO, 200, 50))
    both = cranes_at(ROAD, crane("A", 0, 0, flow_lps=None), crane("B", 2000, 0))
    assert shuttle_streets(both, crane_trips(both, PLAIN), TWO)["crane_id"].tolist() == ["B", "B"]
    nobody = paper_county(ROAD)
    none = shuttle_streets(nobody, crane_trips(nobody, PLAIN), TWO)
    assert none["state"].tolist() == ["no_crane"] * 2
    assert none[["crane_id", "flow_lps", "certainty"]].isna().all(axis=None)
    no_roads = paper_county(None)
    assert shuttle_streets(no_roads, crane_trips(no_roads, PLAIN), TWO).empty


def test_what_a_flow_rests_on() -> None:
    planned = replace(PLAIN, planned_works=True)
    pressure = {"pressure_mpa": 0.3}
    unsure = {"shape": at(1900, 0).buffer(50), "position_class": "P1"}
    county = cranes_at(
        ROAD, crane("A", 0, 0, **pressure), crane("B", 2000, 0, status="not_built", **pressure, **unsure),
        schematic=frozenset({"roads"}),
    )  # fmt: skip
    table = shuttle_streets(county, crane_trips(county, planned), ShuttleChoice())
    # A is in use, but states the very figures of B, which is not built.
    assert table["depends_on"].tolist() == [
        "schematic_network,design_flow,assumed_tankers",
        "schematic_network,crane_position,design_flow,assumed_tankers",
    ]
    assert set(table["certainty"]) == {"located"}


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(SEEDS, MODELS)
def test_removing_a_crane_never_raises_a_flow(seed: int, targets: Targets) -> None:
    network = random_town(seed)
    where = places(network, 3, seed)
    random = np.random.default_rng(seed)
    rows = [
        {**crane(f"C{number}", 0, 0, flow_lps=float(random.uniform(10, 100))), "geometry": place}
        for number, place in enumerate(network.along(where.street, where.chainage_m))
    ]
    asked, cuts = Scenario(targets=targets), random_cuts(network, seed)
    many, few = (
        shuttle_streets(county, crane_trips(county, asked), TWO, cuts)
        for county in (cranes_at(network, *rows), cranes_at(network, *rows[1:]))
    )
    for name in ("flow_lps", "flow_lps_best"):
        assert (few[name].fillna(0.0) <= many[name].fillna(0.0) + 1e-6).all()
    assert (many["flow_lps"].fillna(0.0) <= many["flow_lps_best"].fillna(0.0) + 1e-6).all()
    figures = shuttle_figures(many, TWO)
    assert figures["enough_m"] + figures["less_m"] + figures["none_m"] == pytest.approx(figures["length_m"])
    assert figures["length_m"] == pytest.approx(network.length_m.sum())


def test_parcels_have_the_flow_of_their_worst_point() -> None:
    parcels = [
        {"parcel_no": "near", "geometry": plot(100, 10, 300, 60)},
        {"parcel_no": "words", "geometry": plot(900, 10, 950, 60), "position_class": "P4", "drawn": "square"},
        {"parcel_no": "far off", "geometry": plot(100, 100, 300, 800)},
        {"parcel_no": "nowhere", "unresolved_reason": "village_without_point"},
        {"parcel_no": "apart", "geometry": plot(100, 5010, 300, 5060)},
    ]
    apart = town([[(0, 0), (1000, 0)], [(0, 5000), (1000, 5000)]])
    county = cranes_at(apart, crane("A", 0, 0), parcels=parcels)
    samples = sample_shapes(list(county.parcels["shape"]), apart, 150.0)
    table = shuttle_parcels(county, crane_trips(county, PLAIN), TWO, samples, 150.0)
    assert tuple(table.columns) == PARCEL_COLUMNS
    assert table["shuttle_state"].tolist() == [
        "reachable", "reachable", "off_street", "village_without_point", "no_way",
    ]  # fmt: skip
    assert table["shuttle_flow_lps"].iloc[:2].tolist() == pytest.approx(
        [flow(TWO, 60, 50), flow(TWO, 190, 50)]
    )
    assert table["shuttle_flow_lps_best"].iloc[0] == pytest.approx(flow(TWO, 20, 50))
    assert table["shuttle_depends_on"].iloc[:2].tolist() == ["", "position"]
    assert table.iloc[2:].drop(columns="shuttle_state").isna().all(axis=None)
    blank = shuttle_parcels(county, crane_trips(county, PLAIN), TWO, None, 150.0)
    assert set(blank["shuttle_state"]) == {"no_network"}


def test_the_countys_own_tankers_make_the_shuttle() -> None:
    county = read_county(DATA)
    choice = own_tankers(county, Scenario())
    assert list(choice.tanks_l) == [
        17_000,
        8_000,
        5_000,
        5_000,
        5_000,
    ]  # 40 t; the foam engines stay at the fire
    assert choice.tanks_stated
    table = shuttle_streets(county, crane_trips(county, Scenario()), choice)
    assert table["state"].eq("reachable").all()
    assert table["depends_on"].str.startswith("schematic_network,crane_position,design_flow").all()
    nobody = replace(county, vehicles=county.vehicles.assign(tank_l=np.nan))
    assert own_tankers(nobody, Scenario()) == ShuttleChoice()
    assert ShuttleChoice().tanks_l == standards.SHUTTLE_TANKS_L


def test_a_choice_out_of_bounds_is_told_whole() -> None:
    assert check_shuttle(ShuttleChoice()) == []
    assert check_shuttle(TWO) == []
    wrong = ShuttleChoice(tanks_l=(5.0, float("nan")), fill_lps=0.0, unload_lps=0.0, lost_share=1.0)
    told = [each.field for each in check_shuttle(wrong)]
    assert sorted(told) == ["fill_lps", "lost_share", "tanks_l", "tanks_l", "unload_lps"]
    assert [each.field for each in check_shuttle(ShuttleChoice(tanks_l=()))] == ["tanks_l"]
    for bounds in shuttle_numbers().values():
        assert bounds["low"] <= bounds["default"] <= bounds["high"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_code_has_its_words(language: str) -> None:
    told = words(language)
    behind = [name.removeprefix("shuttle_") for name in PARCEL_COLUMNS]
    asked = [f"shuttle.column.{name}" for name in behind]
    asked += [f"shuttle.choice.{each.name}" for each in fields(ShuttleChoice) if each.name != "tanks_stated"]
    asked += [f"shuttle.limited_by.{code}" for code in (DRIVE, FILL)]
    asked += [f"crane.trip_state.{code}" for code in (FLOW_NOT_STATED, "no_network", "off_street")]
    asked += [f"crane.rests_on.{code}" for code in (DESIGN_FLOW, ASSUMED_TANKERS, "position")]
    assert [key for key in asked if key not in told] == []
    assert [each for each in SHUTTLE_COLUMNS if f"shuttle.column.{each}" not in told] == [
        "street_id",
        "name",
        "class",
        "length_m",
        "from_crane_s",
        "to_crane_s",
    ]  # fmt: skip - these stand in crane.column
