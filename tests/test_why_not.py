"""Why a parcel is not covered: towns solvable on paper, every change run again, nothing smaller would do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from analysis.__main__ import main
from analysis.assessment import assess
from analysis.scenario import Scenario
from analysis.why_not import LINK, ONE_WAY, SPEED, STATION, TURNOUT, why_not, why_not_facts, with_link
from analysis.why_words import why_lines
from geo.problems import InputError
from tests.counties import paper_county, plot
from tests.towns import at, plain_targets, town

DATA = Path(__file__).resolve().parent.parent / "data"
PLAIN = Scenario(targets=plain_targets())
STATION_A = {"station_id": "A", "geometry": at(0, 0)}
ROAD = [[(100.0 * i, 0.0), (100.0 * i + 100.0, 0.0)] for i in range(30)]
LATE = {"parcel_no": "late", "geometry": plot(2580, 5, 2650, 60), "area_mu": 5.0}
NEAR = {"parcel_no": "near", "geometry": plot(5, 5, 60, 60), "area_mu": 5.0}


def flips(network: Any, *parcels: Any, scenario: Scenario = PLAIN) -> dict[str, Any]:
    county = paper_county(network, stations=[STATION_A], parcels=parcels)
    found = why_not(assess(county, scenario), "late")
    return {flip.kind: flip for flip in found.flips}


@pytest.mark.slow
def test_a_straight_road_by_hand() -> None:
    network = town(ROAD)
    county = paper_county(network, stations=[STATION_A], parcels=[LATE, NEAR])
    found = why_not(assess(county, PLAIN), "late")
    assert found.verdict == "not_covered"
    assert found.late_s == pytest.approx(25)  # 2,650 m at 10 m/s and 60 s, over 300 s
    by = {flip.kind: flip for flip in found.flips}
    assert set(by) == {TURNOUT, SPEED, STATION}, "no one-way street, and no link shortens a straight road"
    assert (by[TURNOUT].amount, by[TURNOUT].after) == (25, 35)
    assert (by[SPEED].before, by[SPEED].after) == (36, 40)  # 2,650 m in 240 s are 39.75 km/h
    assert by[STATION].amount == pytest.approx(300)  # the first crossing from 250 m on
    assert by[STATION].arrival_s == pytest.approx(60 + 235)
    for flip in found.flips:
        assert flip.scenario is not None
        parcels = assess(county, flip.scenario).parcels.set_index("parcel_no")
        assert parcels.loc["late", "verdict"] == "covered"


def test_nothing_smaller_would_do() -> None:
    county = paper_county(town(ROAD), stations=[STATION_A], parcels=[LATE])
    for changed in (replace(PLAIN.targets, turnout_s=36.0), plain_targets()):
        assert assess(county, Scenario(targets=changed)).parcels["verdict"].iloc[0] != "covered"
    speeds = tuple((name, 39.0) for name, _ in PLAIN.targets.speeds_kph)
    slower = Scenario(targets=replace(PLAIN.targets, speeds_kph=speeds))
    assert assess(county, slower).parcels["verdict"].iloc[0] != "covered"


@pytest.mark.slow
def test_a_one_way_street_driven_against_and_a_link() -> None:
    # Out by a long loop, for the direct street leads back only.
    direct = [[(0.0, 0.0), (1000.0, 0.0)]]
    loop = [[(0.0, 0.0), (0.0, 1500.0)], [(0.0, 1500.0), (1000.0, 1500.0)], [(1000.0, 1500.0), (1000.0, 0.0)]]
    on = [[(1000.0, 0.0), (1600.0, 0.0)]]
    network = town([*direct, *loop, *on], oneway=[-1, 0, 0, 0, 0], name=["direct", "", "", "", ""])
    parcel = {"parcel_no": "late", "geometry": plot(1500, 5, 1550, 50), "area_mu": 4.0}
    by = flips(network, parcel)
    assert by[ONE_WAY].what == "direct"
    assert by[ONE_WAY].amount == pytest.approx(1000)
    # Two dead ends 60 m apart.
    near = [[(0.0, 0.0), (1000.0, 0.0)], [(1060.0, 0.0), (1600.0, 0.0)], [(0.0, 0.0), (0.0, 2000.0)]]
    around = [[(0.0, 2000.0), (1600.0, 2000.0)], [(1600.0, 2000.0), (1600.0, 0.0)]]
    by = flips(town([*near, *around]), parcel)
    assert by[LINK].amount == pytest.approx(60)
    assert by[LINK].arrival_s == pytest.approx(60 + 155)


def test_moving_a_station_says_what_it_costs_others() -> None:
    west = {"parcel_no": "west", "geometry": plot(-2390, 5, -2350, 60), "area_mu": 5.0}
    road = [[(100.0 * i, 0.0), (100.0 * i + 100.0, 0.0)] for i in range(-30, 30)]
    by = flips(town(road), LATE, west)
    assert by[STATION].lost == 1


def test_a_link_is_one_more_street_and_owns_nothing() -> None:
    network = town(ROAD)
    more = with_link(network, 0, 5)
    assert more.n_streets == network.n_streets + 1
    assert not more.owns_ground[-1]
    assert more.length_m[-1] == pytest.approx(np.linalg.norm(network.nodes[0] - network.nodes[5]))
    assert shapely.length(more.lines[-1]) == pytest.approx(more.length_m[-1])


@pytest.mark.slow
def test_what_cannot_be_asked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    county = paper_county(town(ROAD), stations=[STATION_A], parcels=[LATE, NEAR])
    for number, told in (("near", "covered already"), ("none", "no parcel")):
        with pytest.raises(InputError, match=told):
            why_not(assess(county, PLAIN), number)
    parcel = "曲储【2022】02号地"
    assert main(["why", str(DATA), "--parcel", parcel, "--lang", "en"]) == 2
    assert "schematic" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_told_in_words(language: str) -> None:
    county = paper_county(town(ROAD), stations=[STATION_A], parcels=[LATE])
    lines = why_lines(why_not_facts(why_not(assess(county, PLAIN), "late")), language)
    assert len(lines) == 4
    assert "25" in lines[0]
    assert all("nan" not in line for line in lines)


@pytest.mark.slow
def test_the_shortest_cut_in_turnout_is_found_where_a_station_has_its_own() -> None:
    # A comes first with 50 s of its own and is 15 s late; B, 25 s late, has the scenario's 60 s.
    stations = [{**STATION_A, "turnout_s": 50.0}, {**STATION_A, "station_id": "B"}]
    found = why_not(assess(paper_county(town(ROAD), stations=stations, parcels=[LATE]), PLAIN), "late")
    assert found.late_s == pytest.approx(15)
    turnout = next(flip for flip in found.flips if flip.kind == TURNOUT)
    assert (turnout.amount, turnout.arrival_s) == (25, 300)


def test_a_parcel_nobody_can_judge_gets_no_change() -> None:
    # B counts and stands far from every street: what it covers is not known, and so not what the parcel lacks.
    stations = [STATION_A, {"station_id": "B", "geometry": at(0, 5000)}]
    found = assess(paper_county(town(ROAD), stations=stations, parcels=[LATE]), PLAIN)
    assert found.parcels["reason"].tolist() == ["station_not_analysed"]
    with pytest.raises(InputError, match="no usable site"):
        why_not(found, "late")
    drawn = paper_county(town(ROAD), stations=[STATION_A], parcels=[LATE], schematic=frozenset({"stations"}))
    with pytest.raises(InputError, match="only drawn"):
        why_not(assess(drawn, PLAIN), "late")


def test_how_late_it_is_is_told_also_where_a_straight_line_decides() -> None:
    county = paper_county(town(ROAD), stations=[STATION_A], parcels=[LATE])
    found = assess(county, Scenario(targets=plain_targets(limit_s=60.0)))
    assert found.parcels["reason"].tolist() == ["bound"]
    assert why_not(found, "late").late_s == pytest.approx(265)


@pytest.mark.slow
def test_a_link_says_what_its_junction_costs_others() -> None:
    # A third street makes a junction of the bend at 1,000 m: 10 s more for whoever drives on.
    road = [[(0.0, 0.0), (1000.0, 0.0)], [(1000.0, 0.0), (2400.0, 0.0)], [(1000.0, 60.0), (1500.0, 60.0)]]
    around = [
        [(1500.0, 60.0), (1500.0, 3000.0)],
        [(1500.0, 3000.0), (0.0, 3000.0)],
        [(0.0, 3000.0), (0.0, 0.0)],
    ]
    late = {"parcel_no": "late", "geometry": plot(1200, 65, 1250, 100), "area_mu": 2.0}
    edge = {"parcel_no": "edge", "geometry": plot(2300, 5, 2350, 50), "area_mu": 3.0}
    for junction_s, lost in ((10.0, 1), (0.0, 0)):
        scenario = Scenario(targets=plain_targets(junction_s=junction_s))
        link = flips(town([*road, *around]), late, edge, scenario=scenario)[LINK]
        assert (link.amount, link.lost) == (pytest.approx(60), lost)


def test_no_link_leaves_a_motorway() -> None:
    road = [[(0.0, 0.0), (1000.0, 0.0)], [(1000.0, 0.0), (1400.0, 0.0)], [(1000.0, 60.0), (1500.0, 60.0)]]
    around = [
        [(1500.0, 60.0), (1500.0, 3000.0)],
        [(1500.0, 3000.0), (0.0, 3000.0)],
        [(0.0, 3000.0), (0.0, 0.0)],
    ]
    network = town([*road, *around], **{"class": ["motorway", "motorway", *["residential"] * 4]})
    late = {"parcel_no": "late", "geometry": plot(1200, 65, 1250, 100), "area_mu": 2.0}
    assert LINK not in flips(network, late)
