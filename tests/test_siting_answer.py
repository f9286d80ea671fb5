"""Siting from end to end: towns solvable on paper, the matrix against the field, and what cannot be asked."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.__main__ import main
from analysis.assessment import assess
from analysis.changes import Changes, StationAdded
from analysis.closures import Closure
from analysis.readings import first_due, times_at
from analysis.scenario import Scenario
from analysis.site_bound import NO_SITE, NOT_DECIDED, site_bounds
from analysis.siting import (
    cover_sets,
    fewest_sites,
    least_mean_time,
    least_worst_time,
    most_covered,
)
from analysis.siting_answer import TOO_LATE, UNCONNECTED, siting
from analysis.siting_candidates import FORBIDDEN, NEAR_CROWD, TOO_FAR, TOO_SMALL, TRIED, Land, candidates_of
from analysis.siting_choice import SitingChoice, check_siting
from analysis.siting_command import siting_lines
from analysis.siting_demand import demand_of
from analysis.siting_files import siting_files, siting_summary
from analysis.siting_solver import INFEASIBLE, OPTIMAL, STOPPED, Program, Solved
from analysis.siting_times import Look, Stopped, cover_matrix, seconds_matrix, site_times
from geo.county import read_county
from geo.crs import WGS84
from geo.problems import InputError
from tests.counties import paper_county, path, plot
from tests.test_laws import random_town
from tests.towns import CRS, at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from analysis.assessment import Assessment

DATA = Path(__file__).resolve().parent.parent / "data"
REACH_M = 2400.0
"""240 s at 10 m/s: so far an engine comes in time."""
ROAD = town([[(0.0, 0.0), (9600.0, 0.0)]])
SHORTER = town([[(0.0, 0.0), (9450.0, 0.0)]])
"""Two stations cover it though they stand only at one of the places tried."""
STATION = {"station_id": "A", "geometry": at(0, 0)}


def asked(stations: list[dict[str, object]], network: object = ROAD, **changes: object) -> Assessment:
    county = paper_county(network, stations=stations, **changes)  # type: ignore[arg-type]
    return assess(county, Scenario(targets=plain_targets()))


def choice(question: str, **changes: object) -> SitingChoice:
    return replace(SitingChoice(question, most_candidates=97, most_places=480), **changes)  # type: ignore[arg-type]


def test_two_stations_cover_a_road_of_four_reaches() -> None:
    answer = siting(asked([], SHORTER), choice("fewest"))
    assert answer.plan.state == OPTIMAL
    assert len(answer.plan.sites) == 2
    assert answer.demand_after == pytest.approx(9450)
    assert answer.gap == 0
    assert answer.covered["after"]["street_m"] == pytest.approx(9450)
    x = sorted(shapely.get_x(answer.candidates.loc[answer.candidates["chosen"]].geometry.to_numpy()))
    assert x[1] - x[0] <= 2 * REACH_M


def test_one_station_covers_two_reaches_and_the_curve_goes_on_from_there() -> None:
    answer = siting(asked([], SHORTER), choice("most", further=1))
    assert answer.demand_after == pytest.approx(2 * REACH_M, rel=0.01)
    assert answer.curve["share"].tolist() == pytest.approx([0, 4800 / 9450, 1], abs=0.01)
    assert answer.curve["proved"].all()
    assert answer.stages["share"].iloc[-1] == pytest.approx(answer.demand_after / answer.demand.whole)


def test_a_station_that_stands_is_kept_or_given_up_as_asked() -> None:
    kept = siting(asked([STATION]), choice("most", further=1))
    assert (kept.times.standing.sum(), len(kept.plan.sites)) == (1, 2)
    assert kept.demand_before == pytest.approx(REACH_M, rel=0.01)
    assert kept.demand_after == pytest.approx(3 * REACH_M, rel=0.01)
    free = siting(asked([STATION]), choice("most", further=1, standing="free"))
    assert free.demand_after == pytest.approx(4 * REACH_M, rel=0.01)
    assert siting_summary(free)["given_up"] == 1


@pytest.mark.slow
def test_the_worst_and_the_mean_time_on_paper() -> None:
    # Two stations at a quarter and three quarters: 2,400 m at most, 1,200 m on average, after 60 s of turnout.
    worst = siting(asked([]), choice("worst", further=2))
    assert worst.plan.value == pytest.approx(60 + 240, abs=6)
    mean = siting(asked([]), choice("mean", further=2, most_candidates=49, most_places=96))
    assert mean.plan.value == pytest.approx(60 + 120, abs=3)


def test_backup_is_the_most_that_the_fewest_can_give() -> None:
    short = town([[(0.0, 0.0), (7200.0, 0.0)]])  # two stations are needed and overlap by a reach
    answer = siting(asked([], short), choice("backup"))
    assert len(answer.plan.sites) == 2
    assert answer.plan.value == pytest.approx(REACH_M, rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_the_matrix_is_the_field(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines = grid_lines(9, 150.0)
    network = town([lines[i] for i in draw.permutation(len(lines))], oneway=["yes"] * 5 + ["no"] * 13)
    found = asked([STATION, {"station_id": "B", "geometry": at(300, 150), "turnout_s": 90.0}], network)
    question = choice("most", most_candidates=40, most_places=200)
    demand = demand_of(found, question)
    times = site_times(found, candidates_of(found, question))
    seconds = seconds_matrix(times, demand)
    points = times.field.points(demand.street, demand.chainage_m)
    for site in range(len(times.standing)):
        by_field, _ = times_at(first_due(times.field, np.array([site])), points)
        np.testing.assert_array_equal(seconds[site], by_field)
    # The stations of today are there at the very times of the assessment's own field.
    assert found.field is not None
    assert found.due is not None
    now, _ = times_at(found.due, found.field.points(demand.street, demand.chainage_m))
    np.testing.assert_allclose(seconds[times.standing].min(axis=0), now, atol=2e-6)
    cover = cover_matrix(times, demand, 100.0)
    np.testing.assert_array_equal(cover.toarray() > 0, (seconds <= 100.0).T)


@pytest.mark.slow
def test_what_the_plan_covers_is_worked_out_on_the_streets_and_agrees_with_the_samples() -> None:
    answer = siting(
        asked([STATION], town(grid_lines(41, 150.0))), choice("most", further=2, most_places=2000)
    )
    covered = answer.covered["after"]
    assert covered["street_m"] / covered["street_whole_m"] == pytest.approx(
        answer.demand_after / answer.demand.whole, abs=0.02
    )
    assert answer.stages["street_m"].iloc[-1] == pytest.approx(covered["street_m"])
    assert answer.stages["street_m"].is_monotonic_increasing
    assert answer.curve["share"].is_monotonic_increasing


def test_streets_nobody_gets_to_are_named_and_the_rest_is_planned() -> None:
    network = town([[(0.0, 0.0), (4000.0, 0.0)], [(0.0, 9000.0), (100.0, 9000.0)]])
    answer = siting(asked([], network), choice("fewest", candidates="file"), _points(at(2000, 0)))
    assert answer.plan.state == INFEASIBLE
    assert len(answer.plan.sites) == 1
    assert set(answer.unreachable["reason"]) == {UNCONNECTED}
    assert answer.unreachable["weight"].sum() == pytest.approx(100, rel=0.1)
    summary = siting_summary(answer)["demand"]
    assert summary["too_late"] == 0
    assert summary["not_analysed"][UNCONNECTED] == pytest.approx(100, rel=0.1), (
        "nobody can tell: not analysed"
    )


def test_streets_too_far_from_every_candidate_come_too_late() -> None:
    answer = siting(asked([]), choice("fewest", candidates="file"), _points(at(2400, 0)))
    assert set(answer.unreachable["reason"]) == {TOO_LATE}
    assert answer.unreachable["arrival_s"].min() > 300
    assert answer.unreachable["weight"].sum() == pytest.approx(4800, rel=0.01)


def _points(*points: shapely.Point) -> Land:
    return Land(gpd.GeoDataFrame({"name": ["x"] * len(points)}, geometry=list(points), crs="EPSG:4547"))


def test_parcels_too_small_or_too_far_take_no_station_and_the_last_ones_are_named() -> None:
    big = {"area_mu": 6.0, "drawn": "boundary"}  # 4,000 m2
    parcels = [
        {"parcel_no": "west", "geometry": plot(1000, 10, 1050, 90), **big},
        {"parcel_no": "east", "geometry": plot(8000, 10, 8050, 90), **big},
        {"parcel_no": "small", "geometry": plot(4000, 10, 4020, 30), "area_mu": 0.6, "drawn": "boundary"},
        {"parcel_no": "far", "geometry": plot(4000, 800, 4050, 890), **big},
    ]
    found = asked([STATION], parcels=parcels)
    table = candidates_of(found, choice("most", candidates="parcels")).set_index("name")
    assert table["state"].to_dict() == {"west": TRIED, "east": TRIED, "small": TOO_SMALL, "far": TOO_FAR}
    assert table.loc["west", "snap_m"] == pytest.approx(10), "from its nearest corner"
    answer = siting(found, choice("most", candidates="parcels"))
    last = answer.only_parcels.set_index("parcel_no")["weight"]
    # Today 0-2,400 m; west covers to 3,450 m, east 5,650-9,600 m.
    assert last["west"] == pytest.approx(1050, rel=0.02)
    assert last["east"] == pytest.approx(3950, rel=0.02)


def test_nothing_is_built_in_forbidden_areas_nor_near_crowds() -> None:
    land = Land(forbidden=(plot(-10, -10, 4800, 10),), crowds=(at(7000, 0),))
    table = candidates_of(asked([]), choice("most"), land)
    x = shapely.get_x(table.geometry.to_numpy()) - 560_000
    state = table["state"].to_numpy()
    assert (state[x <= 4800] == FORBIDDEN).all()
    assert set(x[state == NEAR_CROWD]) == set(x[np.abs(x - 7000) < 50])
    assert (state[(x > 4800) & (np.abs(x - 7000) >= 50)] == TRIED).all()
    assert not any("no_crowds" in doubts for doubts in table["doubts"])
    assert all("no_hazards" in doubts for doubts in table["doubts"]), (
        "nobody gave hazards: said, not passed over"
    )


def test_parcels_and_people_are_covered_where_their_worst_point_is() -> None:
    parcels = [
        {"parcel_no": "p", "geometry": plot(2300, 10, 2500, 90), "area_mu": 24.0},
        {"parcel_no": "q", "geometry": plot(2300, 10, 2390, 90), "area_mu": 10.8},
        {"parcel_no": "nowhere", "geometry": None, "area_mu": 5.0},
    ]
    found = asked([STATION], parcels=parcels)
    answer = siting(found, choice("most", further=0, demand="parcels"))
    assert answer.demand_before == pytest.approx(10.8), "the other reaches beyond 2,400 m"
    assert answer.demand.left_out == {"no_place": 5.0}
    assert answer.demand.whole == pytest.approx(39.8)


def test_it_can_be_stopped_and_says_how_far_it_is() -> None:
    told: list[tuple[str, float]] = []
    siting(asked([STATION]), choice("most"), look=Look(told=lambda step, done: told.append((step, done))))
    assert {step for step, _ in told} == {"times", "solve", "curve"}
    assert all(0 <= done <= 1 for _, done in told)
    with pytest.raises(Stopped):
        siting(asked([STATION]), choice("most"), look=Look(stop=lambda: True))


@pytest.mark.slow
def test_what_cannot_be_asked_is_told_all_at_once() -> None:
    with pytest.raises(InputError) as refused:
        siting(assess(read_county(DATA), Scenario()), choice("best", further=99, candidates="file"))
    told = [each.text("en") for each in refused.value.problems]
    assert len(told) == 4
    assert any("schematic" in each for each in told)
    assert check_siting(SitingChoice()) == []
    with pytest.raises(InputError, match="nothing to cover"):
        siting(asked([STATION]), choice("most", demand="people"))


def test_files_say_what_they_rest_on() -> None:
    found = asked([STATION])
    files = siting_files(found, siting(found, choice("most")))
    sites = json.loads(files["siting.geojson"])
    assert sites["about"]["hypothetical"] is True
    chosen = [each for each in sites["features"] if each["properties"]["chosen"]]
    assert [each["properties"]["order"] for each in chosen] == [1]
    assert b"nan" not in files["siting.geojson"].lower()
    assert json.loads(files["siting.json"])["siting"]["demand"]["unit"] == "m"


@pytest.mark.slow
def test_the_county_as_published_gets_the_bound_and_no_siting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bounds = site_bounds(assess(read_county(DATA), Scenario())).set_index("township")
    assert set(bounds.loc[["灵山镇"], "state"]) == {NO_SITE}
    assert bounds.loc["羊平镇", "state"] == NOT_DECIDED
    assert bounds["within_m"].tolist() == [7500.0] * 5  # 100 km/h for the 270 s left after 30 s of turnout
    assert main(["siting", str(DATA), "--out", str(tmp_path), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert said.count("no site in the county town is in time") == 3
    assert "covered" not in said.lower()
    assert {each.name for each in tmp_path.iterdir()} == {"siting_bound.csv", "siting.json"}


def test_the_line_of_streets_sampled_is_even() -> None:
    network = town([[(0.0, 0.0), (1000.0, 0.0)], [(0.0, 50.0), (30.0, 50.0)]])
    demand = demand_of(asked([], network), choice("most", most_places=103))
    assert len(demand.ids) == 103
    assert demand.weight.sum() == pytest.approx(1030)
    assert np.bincount(demand.street).tolist() in ([100, 3], [3, 100])
    assert shapely.distance(demand.shape, path((0, 0), (1000, 0))).max() <= 50


@pytest.mark.parametrize("seed", range(30))
def test_four_questions_on_random_towns_equal_trying_every_plan(seed: int) -> None:
    draw = np.random.default_rng(1000 + seed)
    network = random_town(seed)
    stations = [{"station_id": "A", "geometry": shapely.Point(network.nodes[0])}] * int(draw.integers(0, 2))
    found = assess(paper_county(network, stations=stations), Scenario(targets=plain_targets()))
    question = choice("most", most_candidates=7, most_places=25)
    demand = demand_of(found, question)
    times = site_times(found, candidates_of(found, question))
    seconds = seconds_matrix(times, demand)
    seconds = seconds[:, np.isfinite(seconds).any(axis=0)]
    weight = draw.integers(1, 9, seconds.shape[1]).astype(float)
    kept, limit_s, count = times.standing, float(draw.uniform(100, 300)), int(times.standing.sum()) + 2
    cover = cover_sets(seconds, limit_s)
    can = (seconds <= limit_s).any(axis=0)
    every = [list(each) for n in range(len(kept) + 1) for each in combinations(range(len(kept)), n)]
    every = [each for each in every if set(np.flatnonzero(kept)) <= set(each)]
    of_count = [each for each in every if len(each) == count]

    def first(sites: list[int]) -> np.ndarray:
        return seconds[sites].min(axis=0) if sites else np.full(seconds.shape[1], np.inf)

    fewest = min(len(each) for each in every if (first(each)[can] <= limit_s).all())
    assert fewest_sites(cover[np.flatnonzero(can)], kept).value == fewest
    most = max(float(weight[first(each) <= limit_s].sum()) for each in of_count)
    assert most_covered(cover, weight, count, kept).value == pytest.approx(most)
    worst = least_worst_time(seconds, count, kept)
    mean = least_mean_time(seconds, weight, count, kept)
    reached = [each for each in of_count if np.isfinite(first(each)).all()]
    if not reached:
        assert INFEASIBLE == worst.state == mean.state
        return
    assert worst.value == pytest.approx(min(float(first(each).max()) for each in reached))
    best = min(float((first(each) * weight).sum() / weight.sum()) for each in reached)
    assert mean.value == pytest.approx(best)


@pytest.mark.slow
def test_a_station_known_by_words_is_taken_at_its_nominal_place_and_that_is_said() -> None:
    unsure = STATION | {"shape": path((0, 0), (300, 0)), "position_class": "P4"}
    assert siting_summary(siting(asked([unsure]), choice("most")))["places_uncertain"]
    assert not siting_summary(siting(asked([STATION]), choice("most")))["places_uncertain"]


def degrees(x: float, y: float) -> tuple[float, float]:
    lon, lat = shapely.get_coordinates(gpd.GeoSeries([at(x, y)], crs=CRS).to_crs(WGS84).to_numpy())[0]
    return float(lon), float(lat)


def test_a_station_supposed_at_a_villages_point_makes_places_uncertain() -> None:
    county = paper_county(ROAD, stations=[STATION])
    for position_class, uncertain in (("P0", False), ("P5", True)):
        added = StationAdded("N", *degrees(4000, 0), position_class=position_class)
        scenario = Scenario(targets=plain_targets(), changes=Changes(stations_added=(added,)))
        assert siting(assess(county, scenario), choice("most")).places_uncertain is uncertain


@pytest.mark.slow
def test_the_last_stage_is_the_plan_without_the_stations_it_gives_up() -> None:
    # The median of the road stands in its middle; the station given up at its end reached 2,400 m more.
    answer = siting(asked([STATION]), choice("mean", further=0, standing="free"))
    assert answer.stages["street_m"].tolist() == pytest.approx([2400, 4800], abs=1)
    assert answer.stages["street_m"].iloc[-1] == pytest.approx(answer.covered["after"]["street_m"])
    assert answer.stages["demand"].iloc[-1] == pytest.approx(answer.demand_after)


def test_a_solver_stopped_before_it_proved_anything_bounds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(program: Program, _watch: object = None) -> Solved:
        return Solved(STOPPED, np.zeros(len(program.cost)), 0.0, -np.inf)

    monkeypatch.setattr("analysis.siting.solve", stopped)
    answer = siting(asked([STATION]), choice("most", further=1, curve_to=2))
    assert answer.plan.state == STOPPED
    assert not np.isfinite(answer.gap)
    assert answer.curve["proved"].tolist() == [True], "the curve ends where the solver was stopped"


def test_what_a_closure_cuts_off_is_not_called_unconnected() -> None:
    west, south = degrees(4000, -50)
    east, north = degrees(6000, 50)
    shut = Closure("works", shapely.box(west, south, east, north).wkt)
    scenario = Scenario(targets=plain_targets(), closures=(shut,))
    answer = siting(assess(paper_county(ROAD, stations=[STATION]), scenario), choice("most"))
    assert set(answer.unreachable["reason"]) == {TOO_LATE}
    assert answer.unreachable["arrival_s"].isna().all()
    assert siting_summary(answer)["demand"]["not_analysed"] == {UNCONNECTED: 0.0}


@pytest.mark.parametrize("question", ["mean", "worst"])
def test_no_station_at_all_has_no_time(question: str) -> None:
    with pytest.raises(InputError, match="further"):
        siting(asked([]), choice(question, further=0))


@pytest.mark.slow
def test_stations_of_which_nobody_knows_what_they_cover_are_counted_and_said() -> None:
    away = {"station_id": "B", "geometry": at(4000, 5000)}
    unknown = {"station_id": "C", "geometry": at(9000, 0), "status": "unknown"}
    shut = {"station_id": "D", "geometry": at(9000, 0), "status": "out_of_service"}
    summary = siting_summary(siting(asked([STATION, away, unknown, shut]), choice("most")))
    assert (summary["stations_before"], summary["stations_left_out"]) == (1, 2)
    assert any("2 stations" in line for line in siting_lines(summary, "en"))
    alone = siting_summary(siting(asked([STATION]), choice("most")))
    assert alone["stations_left_out"] == 0
    assert len(siting_lines(alone, "en")) == len(siting_lines(summary, "en")) - 1


@pytest.mark.parametrize("question", ["mean", "worst"])
def test_where_no_site_reaches_any_place_there_is_no_plan(question: str) -> None:
    network = town([[(0.0, 0.0), (1000.0, 0.0)], [(5000.0, 0.0), (5400.0, 0.0)]])
    parcel = {"parcel_no": "p", "geometry": plot(5100, 5, 5150, 50), "area_mu": 4.0}
    land = _points(at(500, 0))
    answer = siting(
        asked([], network, parcels=[parcel]), choice(question, demand="parcels", candidates="file"), land
    )
    assert answer.plan.state == INFEASIBLE
    assert len(answer.plan.sites) == 0
    assert answer.unreachable["id"].tolist() == ["p"]
