"""The datum evidence names what a layer is really in, and says when it cannot tell."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.crs import BD09, GCJ02, WGS84, reproject, shapes_of
from geo.datum import system_of
from geo.datum_evidence import (
    FITS,
    NOT,
    OPEN,
    DatumEvidence,
    Surroundings,
    evidence,
    rows_outside,
    surroundings,
)
from geo.datum_readings import Reading, differences, read_as, readings
from geo.datum_words import evidence_lines, evidence_table, reading_name, system_name
from geo.problems import problem
from geo.street_fit import MOVED_M, MOVES, _moves, areas_fit, points_fit
from geo.tables import FileRows, table_of
from geo.words import words
from tests.conftest import ROOT
from tests.counties import paper_county
from tests.moved_towns import (
    CRS,
    MIDDLE,
    SYSTEMS,
    Town,
    cambridge,
    cambridge_parcels,
    lauf,
    network_of,
    ninghua,
    outcome,
    part_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.crs import Shapes

OUTLINE = shapely.box(114.40, 38.47, 114.89, 38.96)


def paper_town(seed: int = 3, streets: int = 40, hydrants: int = 120) -> Town:
    """Streets every which way over 3 km, and hydrants 3 to 12 m beside them."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(-1500, 1500, (streets, 2))
    angle, length = rng.uniform(0, np.pi, streets), rng.uniform(200, 900, streets)
    step = np.column_stack([np.cos(angle), np.sin(angle)]) * length[:, None]
    lines = shapely.linestrings(np.stack([start, start + step], axis=1) + MIDDLE)
    which = rng.integers(streets, size=hydrants)
    along = start[which] + step[which] * rng.uniform(0, 1, (hydrants, 1))
    aside = np.column_stack([-np.sin(angle), np.cos(angle)])[which]
    points = along + aside * rng.uniform(3, 12, (hydrants, 1)) * rng.choice([-1, 1], (hydrants, 1)) + MIDDLE
    return Town(np.asarray(lines, dtype=object), np.asarray(shapely.points(points), dtype=object))


PAPER = paper_town()


@cache
def paper_around() -> Surroundings:
    return Surroundings(OUTLINE, PAPER.network)


def swapped(shapes: Shapes) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy[:, ::-1]), dtype=object)


def moved_east(shapes: Shapes, by: float) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + np.array([by, 0.0])), dtype=object)


def check(found: DatumEvidence, code: str, *, is_swapped: bool = False, said: tuple[str, ...] = ()) -> None:
    assert found.recommended is not None, found.reason
    first = found.candidates[0]
    assert first.reading == found.recommended
    readings_there = (first.reading, *first.same)
    assert code in {each.system.code for each in readings_there}
    assert first.reading.swapped == is_swapped
    assert [each.verdict for each in found.candidates[1:]] == [NOT] * (len(found.candidates) - 1)
    if found.declared is not None:
        assert differences(first.reading, found.declared) == said


@pytest.mark.parametrize(
    ("numbers", "declared", "said"),
    [
        (WGS84, WGS84, ()), ("EPSG:4490", "EPSG:4490", ()), (WGS84, "EPSG:4490", ()), (WGS84, None, ()),
        (GCJ02, WGS84, ("gcj02",)), (BD09, WGS84, ("bd09",)), (WGS84, GCJ02, ("shift_none",)), (BD09, GCJ02, ("bd09",)),
        (GCJ02, GCJ02, ()), ("EPSG:4547", "EPSG:4547", ()), ("EPSG:4547", "EPSG:4548", ("zone_wrong",)),
        ("EPSG:4547", "EPSG:4546", ("zone_wrong",)), ("EPSG:4547", "EPSG:4526", ("prefix_missing",)),
        ("EPSG:4526", "EPSG:4547", ("prefix_extra",)), ("EPSG:4526", "EPSG:4527", ("zone_wrong",)),
        ("EPSG:4547", WGS84, ("other_system",)), ("EPSG:4547", None, ()), ("EPSG:4509", "EPSG:4547", ("zone_wrong",)),
        ("EPSG:4498", "EPSG:4547", ("other_system",)), ("EPSG:32650", "EPSG:4547", ("other_system",)),
        ("EPSG:3857", WGS84, ("other_system",)), ("GCJ-02/EPSG:4547", "EPSG:4547", ("gcj02",)),
        ("BD-09/EPSG:4526", "EPSG:4547", ("prefix_extra", "bd09")), ("GCJ-02/EPSG:3857", "EPSG:3857", ("gcj02",)),
    ],
)  # fmt: skip
def test_each_system_is_named_and_so_is_what_is_wrong_with_the_declared_one(
    numbers: str, declared: str | None, said: tuple[str, ...]
) -> None:
    given_numbers = PAPER.hydrants_in(numbers)
    check(evidence(given_numbers, paper_around(), declared=declared), numbers, said=said)


@pytest.mark.parametrize("numbers", [WGS84, GCJ02, BD09, "EPSG:4547", "EPSG:4526"])
def test_swapped_axes_and_columns_are_named(numbers: str) -> None:
    found = evidence(swapped(PAPER.hydrants_in(numbers)), paper_around(), declared=numbers)
    check(found, numbers, is_swapped=True, said=("swapped",))


def test_a_zone_before_the_eastings_that_is_not_theirs_is_named() -> None:
    found = evidence(moved_east(PAPER.hydrants_in("EPSG:4547"), 39e6), paper_around(), declared="EPSG:4527")
    assert found.recommended == Reading(system_of("EPSG:4547"), zone_dropped=True)
    assert differences(found.recommended, found.declared) == ("zone_dropped", "zone_wrong")


def test_rows_are_read_the_way_a_person_chose() -> None:
    numbers = swapped(moved_east(PAPER.hydrants_in("GCJ-02/EPSG:4547")[:5], 39e6))
    said = (problem("no_crs", file="a.csv"), problem("row_too_long", file="a.csv", have=1, want=2))
    rows = FileRows(table_of({"hydrant_id": list("abcde")}, 5), numbers, None, said)
    chosen = Reading(system_of("GCJ-02/EPSG:4547"), swapped=True, zone_dropped=True)
    read = read_as(rows, chosen)
    assert (read.crs, [each.code for each in read.problems]) == ("GCJ-02/EPSG:4547", ["row_too_long"])
    assert read.geometry is not None
    back = reproject(read.geometry, "GCJ-02/EPSG:4547", CRS)
    assert shapely.distance(back, PAPER.hydrants[:5]).max() < 1e-6
    assert rows.geometry is numbers
    assert read_as(FileRows(rows.table), chosen).geometry is None


def test_two_systems_with_the_same_places_are_one_candidate() -> None:
    # Zone 39 of three degrees and zone 20 of six have one central meridian.
    found = evidence(PAPER.hydrants_in("EPSG:4548"), paper_around(), declared="EPSG:4509")
    assert found.recommended == found.declared == Reading(system_of("EPSG:4509"))
    assert Reading(system_of("EPSG:4548")) in found.candidates[0].same


def test_without_streets_the_outline_alone_tells_zones_but_no_shift() -> None:
    around = Surroundings(OUTLINE, None)
    for declared in ("EPSG:4548", "EPSG:4526", "EPSG:4547"):
        found = evidence(PAPER.hydrants_in("EPSG:4547"), around, declared=declared)
        assert (found.recommended, found.reason, found.streets) == (None, "shift_open", "no_network")
        left = {each.reading.system.crs for each in found.candidates if each.verdict == OPEN}
        assert left == {"EPSG:4547"}
        assert all(each.streets is None for each in found.candidates)


def test_on_schematic_streets_no_distance_is_taken_and_that_is_said() -> None:
    around = Surroundings(OUTLINE, network_of(PAPER.lines, schematic=True))
    found = evidence(PAPER.hydrants_in(GCJ02), around, declared=WGS84)
    assert (found.recommended, found.reason, found.streets) == (None, "shift_open", "schematic_network")
    assert all(each.streets is None for each in found.candidates)
    assert any("schematic" in line for line in evidence_lines(found, "en"))
    assert any("示意" in line for line in evidence_lines(found, "zh"))


def test_streets_themselves_are_held_against_the_outline_alone() -> None:
    lines = reproject(PAPER.lines, CRS, GCJ02)
    found = evidence(lines, paper_around(), declared=WGS84, roads=True)
    assert (found.recommended, found.reason, found.streets) == (None, "shift_open", "roads_themselves")
    wrong_zone = evidence(
        reproject(PAPER.lines, CRS, "EPSG:4547"), paper_around(), declared="EPSG:4548", roads=True
    )
    assert {each.reading.system.crs for each in wrong_zone.candidates if each.verdict == OPEN} == {
        "EPSG:4547"
    }
    assert wrong_zone.candidates[-1].reading == wrong_zone.declared
    assert wrong_zone.candidates[-1].verdict == NOT


def test_abroad_there_is_no_shift_and_one_reading_inside_is_the_one() -> None:
    around = Surroundings(shapely.box(-71.2, 42.3, -71.0, 42.4))
    points = shapes_of([shapely.Point(-71.1, 42.35), shapely.Point(-71.12, 42.36)])
    found = evidence(swapped(points), around, declared=WGS84)
    assert found.recommended == Reading(system_of(WGS84), swapped=True)
    assert found.candidates[0].reason == "only_inside"
    metres = reproject(points, WGS84, "EPSG:26986")
    own = evidence(metres, around, declared="EPSG:26986")
    assert own.reason == "fits_declared"


def test_a_layer_of_another_county_fits_nowhere() -> None:
    elsewhere = shapes_of([shapely.Point(120.1 + n / 1000, 30.2) for n in range(20)])
    found = evidence(elsewhere, paper_around(), declared=WGS84)
    assert (found.recommended, found.reason) == (None, "none_inside")
    assert [each.reading for each in found.candidates] == [found.declared]
    assert found.candidates[0].reason == "outside"


def test_few_points_or_nothing_to_compare_with_tell_nothing() -> None:
    few = evidence(PAPER.hydrants_in(GCJ02)[:5], paper_around(), declared=WGS84)
    assert (few.recommended, few.streets, few.reason) == (None, "few_shapes", "shift_open")
    same = shapes_of([PAPER.hydrants_in(GCJ02)[0]] * 200)
    assert evidence(same, paper_around(), declared=WGS84).streets == "few_shapes"
    nothing = evidence(PAPER.hydrants_in(WGS84), Surroundings(), declared=WGS84)
    assert (nothing.candidates, nothing.reason) == ((), "nothing_to_compare")
    for shapes in (shapes_of([]), shapes_of([None]), shapes_of([shapely.Point(np.nan, np.inf)])):
        empty = evidence(shapes, paper_around(), declared=WGS84)
        assert (empty.recommended, empty.reason) == (None, "no_numbers")
        assert evidence_lines(empty, "zh")


def test_points_that_have_nothing_to_do_with_streets_tell_nothing() -> None:
    rng = np.random.default_rng(1)
    points = np.asarray(shapely.points(rng.uniform(-1500, 1500, (200, 2)) + MIDDLE), dtype=object)
    found = evidence(reproject(points, CRS, WGS84), paper_around(), declared=WGS84)
    assert (found.recommended, found.reason) == (None, "shift_open")
    assert {each.reason for each in found.candidates} == {"like_chance"}


def test_one_straight_street_cannot_tell_a_move_along_it() -> None:
    line = shapely.LineString(MIDDLE + np.array([[-4000, 0], [4000, 0]]))
    xy = MIDDLE + np.column_stack([np.arange(-900, 900, 30), [6, -6] * 30])
    numbers = reproject(np.asarray(shapely.points(xy), dtype=object), CRS, GCJ02)
    found = evidence(numbers, Surroundings(OUTLINE, network_of(shapes_of([line]))), declared=WGS84)
    assert found.recommended is None
    assert NOT not in {each.verdict for each in found.candidates}


def test_an_old_datum_is_never_recommended_away() -> None:
    found = evidence(PAPER.hydrants_in("EPSG:4547"), paper_around(), declared="EPSG:2383")
    assert (found.recommended, found.declared, found.reason) == (None, None, "old_datum")
    assert found.candidates
    assert all("2383" not in each.reading.system.code for each in found.candidates)


def paper_plots(town: Town) -> Shapes:
    """Plots of 40 by 30 m along both sides of the streets, their fronts 8 m from the centre-line, none across another
    street."""
    plots = []
    for line in town.lines:
        (x0, y0), (x1, y1) = shapely.get_coordinates(line)
        along = np.array([x1 - x0, y1 - y0]) / line.length
        for at in np.arange(0, line.length - 40, 60):
            for aside in (np.array([-along[1], along[0]]), np.array([along[1], -along[0]])):
                front = np.array([x0, y0]) + along * at + 8 * aside
                back = front + 30 * aside
                plots.append(shapely.Polygon([front, front + 40 * along, back + 40 * along, back]))
    found = shapes_of(plots)
    across = np.unique(shapely.STRtree(town.lines).query(found, predicate="intersects")[0])
    return np.delete(found, across)


@pytest.mark.slow
def test_parcels_are_judged_by_the_streets_that_run_through_them() -> None:
    town = paper_town(streets=120)
    around = Surroundings(OUTLINE, town.network)
    numbers = reproject(paper_plots(town), CRS, "GCJ-02/EPSG:4547")
    found = evidence(numbers, around, declared="EPSG:4547")
    check(found, "GCJ-02/EPSG:4547", said=("gcj02",))
    assert (found.streets, found.candidates[0].reason) == ("areas", "clear_of_streets")
    for language in ("zh", "en"):
        assert evidence_table(found, language).iloc[0, 3] == "–", "areas have no distance"
    few = evidence(numbers[:7], around, declared="EPSG:4547")
    assert (few.recommended, few.streets) == (None, "few_shapes")
    slivers = shapely.buffer(numbers, -14)
    assert evidence(slivers, around, declared="EPSG:4547").recommended is None


@pytest.mark.slow
def test_the_figures_of_areas_are_those_of_a_plain_computation() -> None:
    lines, plots = PAPER.lines, paper_plots(PAPER)[::5]
    plots = np.append(plots, shapely.transform(plots[:3], lambda xy: xy + np.array([25.0, 60.0])))
    fit = areas_fit(plots, shapely.STRtree(lines))
    assert fit is not None
    union, inner = shapely.union_all(lines), shapely.buffer(plots, -3)
    clear = []
    for east, north in ((0.0, 0.0), *_moves().tolist()):
        there = [shapely.affinity.translate(each, east, north) for each in inner]
        clear.append(sum(not each.intersects(union) for each in there))
    assert (fit.agreeing, fit.shapes) == (clear[0], len(plots))
    assert fit.chance_share == pytest.approx(np.mean(clear[1:]) / len(plots))
    assert fit.score == pytest.approx((clear[0] - np.mean(clear[1:])) / np.std(clear[1:]))
    assert fit.beaten == (max(clear[1:]) >= clear[0])
    assert areas_fit(shapely.buffer(plots[:2], -14.9), shapely.STRtree(lines)) is None


def test_what_is_handed_over_is_left_as_it_is_and_the_answer_is_the_same_each_time() -> None:
    numbers = PAPER.hydrants_in(GCJ02)
    before = shapely.to_wkb(numbers).tolist()
    one, other = (evidence(numbers, paper_around(), declared=WGS84) for _ in range(2))
    assert shapely.to_wkb(numbers).tolist() == before
    assert one.candidates == other.candidates


def test_rows_outside_are_named_for_a_reading() -> None:
    odd = shapes_of([None, shapely.Point(38.6, 114.7), shapely.Point(0, 0)])
    numbers = np.append(PAPER.hydrants_in(GCJ02)[:10], odd)
    reading = Reading(system_of(GCJ02))
    assert rows_outside(numbers, paper_around(), reading) == (12, 13)
    assert rows_outside(shapes_of([]), paper_around(), reading) == ()
    assert rows_outside(numbers, Surroundings(), reading) == ()


def test_the_surroundings_of_a_county_are_its_outline_and_streets() -> None:
    network = PAPER.network
    outline = reproject(shapes_of([OUTLINE]), WGS84, CRS)[0]
    around = surroundings(paper_county(network, boundary=outline))
    assert around.network is network
    assert shapely.hausdorff_distance(around.outline, OUTLINE) < 1e-8
    assert surroundings(paper_county(network)).outline is None


def test_moves_are_spread_evenly_and_never_small() -> None:
    moves = _moves()
    assert moves.shape == (MOVES, 2)
    radius = np.hypot(*moves.T)
    assert MOVED_M[0] <= radius.min() <= radius.max() <= MOVED_M[1]
    assert np.abs(moves.mean(axis=0)).max() < 5


def test_the_figures_of_a_fit_are_those_of_a_plain_computation() -> None:
    lines, xy = PAPER.lines, shapely.get_coordinates(PAPER.hydrants)
    fit = points_fit(xy, shapely.STRtree(lines))
    union = shapely.union_all(lines)
    gap = shapely.distance(PAPER.hydrants, union)
    assert (fit.q1_m, fit.median_m, fit.q3_m) == pytest.approx(np.percentile(gap, [25, 50, 75]).tolist())
    assert fit.agreeing == (gap <= 25).sum()
    moved = np.array([shapely.distance(shapely.points(xy + move), union) for move in _moves()])
    close = np.clip(1 - moved / 25, 0, 1).sum(axis=1)
    own = np.clip(1 - gap / 25, 0, 1).sum()
    assert fit.score == pytest.approx((own - close.mean()) / close.std())
    assert fit.chance_share == pytest.approx((moved <= 25).mean())
    assert fit.beaten == (close >= own).any()


def test_readings_are_those_the_size_of_the_numbers_allows() -> None:
    def codes(x: float, y: float, declared: str | None = None) -> set[tuple[str, bool]]:
        found = readings(shapes_of([shapely.Point(x, y)]), 114.7, 38.62, declared)
        assert len(set(found)) == len(found)
        return {(each.system.code, each.swapped) for each in found}

    assert codes(114.7, 38.6) == {(code, False) for code in SYSTEMS}
    assert codes(38.6, 114.7) == {(code, True) for code in SYSTEMS}
    assert codes(38.6, 38.7) == {(code, swap) for code in SYSTEMS for swap in (False, True)}
    assert {code for code, _ in codes(560_000, 4_275_000)} >= {
        "EPSG:4547",
        "EPSG:4509",
        "EPSG:32650",
        "GCJ-02/EPSG:4547",
    }
    assert ("EPSG:4526", True) in codes(4_275_000, 38_560_000)
    assert ("EPSG:4526", False) not in codes(560_000, 4_275_000)
    assert ("EPSG:4527", False) in codes(560_000, 4_275_000, "EPSG:4527")
    assert readings(shapes_of([None]), 114.7, 38.62, WGS84) == ()


def test_every_code_has_its_words_and_every_candidate_its_row() -> None:
    for numbers, declared, roads in (
        (GCJ02, WGS84, False),
        ("EPSG:4547", "EPSG:4526", True),
        ("EPSG:4548", None, False),
    ):
        found = evidence(PAPER.hydrants_in(numbers), paper_around(), declared=declared, roads=roads)
        for language in ("zh", "en"):
            table = evidence_table(found, language)
            assert len(table) == len(found.candidates)
            assert table.shape[1] == 10
            assert not table.map(lambda text: "{" in text or not text.strip()).any().any()
            assert all(line.strip() and "{" not in line for line in evidence_lines(found, language))
    found = evidence(PAPER.hydrants_in(GCJ02), paper_around(), declared=WGS84)
    assert evidence_table(found, "zh").iloc[0, 0] == "GCJ-02（高德、腾讯等地图）"
    assert evidence_table(found, "en").iloc[0, 1] == "shifted to GCJ-02"
    assert evidence_table(found, "en").iloc[-1, -2] == "does not fit"
    assert "GCJ-02" in evidence_lines(found, "zh")[0]


def test_systems_and_readings_have_names() -> None:
    codes = (
        WGS84, "EPSG:4490", GCJ02, BD09, "EPSG:4547", "EPSG:4526", "EPSG:4509", "EPSG:4498", "EPSG:32650",
        "EPSG:3857", "EPSG:2362", "EPSG:26986", "GCJ-02/EPSG:4547",
    )  # fmt: skip
    for language in ("zh", "en"):
        assert len({system_name(system_of(code), language) for code in codes}) == len(codes)
    name = reading_name(Reading(system_of(WGS84), swapped=True), "en")
    assert name == "WGS 84 degrees (EPSG:4326) · columns swapped back"


def test_the_reasons_of_the_code_are_those_of_the_words() -> None:
    code = (ROOT / "geo" / "datum_evidence.py").read_text(encoding="utf-8")
    for section in ("reason", "summary", "streets", "verdict"):
        told = [key.rpartition(".")[2] for key in words("zh") if key.startswith(f"datum.{section}.")]
        assert [key for key in told if f'"{key}"' not in code] == []


FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-200, 200) | st.floats(3e5, 6e7)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(FLOATS, FLOATS), max_size=12),
    st.sampled_from([None, WGS84, "EPSG:4526", "EPSG:2362", GCJ02, "nonsense"]),
    st.booleans(),
)  # fmt: skip
def test_any_numbers_give_an_answer(
    pairs: list[tuple[float, float]], declared: str | None, roads: bool
) -> None:
    with np.errstate(all="ignore"):
        points = shapes_of([shapely.Point(each) for each in pairs])
    found = evidence(points, paper_around(), declared=declared, roads=roads)
    assert found.shapes == len(pairs)
    assert evidence_lines(found, "zh")
    evidence_table(found, "en")


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [WGS84, GCJ02, BD09, "EPSG:4547", "GCJ-02/EPSG:4526"])
@pytest.mark.parametrize("town", [cambridge, lauf])
def test_the_hydrants_of_real_towns_are_told(
    real_data: Path, town: Callable[[Path], Town], numbers: str
) -> None:
    whole = town(real_data)
    check(evidence(whole.hydrants_in(numbers), whole.around, declared=numbers), numbers)
    found = evidence(swapped(whole.hydrants_in(numbers)), whole.around, declared=WGS84)
    check(
        found,
        numbers,
        is_swapped=True,
        said=differences(Reading(system_of(numbers), swapped=True), found.declared),
    )


@pytest.mark.slow
@pytest.mark.parametrize("town", [cambridge, lauf])
@pytest.mark.parametrize(
    ("numbers", "declared", "said"),
    [
        ("EPSG:4547", "EPSG:4548", "zone_wrong"), ("EPSG:4547", "EPSG:4526", "prefix_missing"),
        ("EPSG:4526", "EPSG:4547", "prefix_extra"), (GCJ02, WGS84, "gcj02"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_system_of_real_hydrants_is_named(
    real_data: Path, town: Callable[[Path], Town], numbers: str, declared: str, said: str
) -> None:
    whole = town(real_data)
    check(evidence(whole.hydrants_in(numbers), whole.around, declared=declared), numbers, said=(said,))


@pytest.mark.slow
def test_a_county_seat_of_29_ways_is_enough_where_hydrants_stand_by_the_rule(real_data: Path) -> None:
    for seed in range(5):
        town, rng = ninghua(real_data, seed), np.random.default_rng(seed)
        assert len(town.lines) < 100
        assert {outcome(town, truth, rng) for truth in SYSTEMS} == {"right"}
        assert outcome(town, None, rng) == "cannot_tell"


@pytest.mark.slow
@pytest.mark.parametrize("town", [cambridge, lauf])
def test_parts_of_real_towns_are_never_told_wrong(real_data: Path, town: Callable[[Path], Town]) -> None:
    """Thirty streets and so, gathered or scattered: right or *cannot tell*; ``benchmarks/datum.py`` runs far more."""
    whole, found = town(real_data), []
    for scattered in (False, True):
        for streets, hydrants in ((15, 20), (30, 20), (30, 50), (60, 50), (200, 250)):
            for seed in range(3):
                rng = np.random.default_rng([seed, streets, hydrants, scattered])
                part = part_of(whole, rng, streets, hydrants, scattered=scattered)
                if len(part.hydrants):
                    found += [(scattered, streets, outcome(part, truth, rng)) for truth in (*SYSTEMS, None)]
    assert "wrong" not in {each for *_, each in found}
    # With as many streets as a county seat has, most are told.
    many = [each for scattered, streets, each in found if streets == 200 and not scattered]
    assert many.count("right") >= len(many) // 2


@pytest.mark.slow
def test_parcels_of_a_real_city_are_never_told_wrong_and_large_ones_told(real_data: Path) -> None:
    city = cambridge_parcels(real_data)
    large, found = city.hydrants[shapely.area(city.hydrants) > 3_000], []
    for number in (5, 20, 50):
        for seed in range(2):
            rng = np.random.default_rng([seed, number])
            for pool in (city.hydrants, large):
                part = dataclasses.replace(city, hydrants=rng.choice(pool, number, replace=False))
                part.__dict__["network"] = city.network
                found += [(number, pool is large, outcome(part, truth, rng)) for truth in (*SYSTEMS, None)]
    assert "wrong" not in {each for *_, each in found}
    told = [each for number, is_large, each in found if is_large and number > 5]
    assert told.count("right") == len(told) * 3 // 4, "all but those moved to nowhere known"


def test_dataclasses_of_the_evidence_are_frozen() -> None:
    found: Any = evidence(PAPER.hydrants_in(WGS84)[:5], paper_around())
    for value in (found, found.candidates[0], found.candidates[0].reading):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.verdict = FITS
