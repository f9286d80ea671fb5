"""No ground is covered over a river, a railway, an expressway or a wall, and none is lost where there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.spatial import cKDTree

from analysis.assessment import assess
from analysis.points import arrival_at
from analysis.readings import first_due
from analysis.rule_check import rule_table
from analysis.scenario import Scenario, Targets
from analysis.site_rules import frontage_table
from analysis.sites import field_of, station_sites
from analysis.tables import band_table, coverage_table
from analysis.trip import trip
from analysis.water import Section, nearest_source, protected_bounds_m2, protection_area
from geo.adding import add_layer
from geo.building import Choices, build
from geo.county import check_county, read_county
from geo.ground import CELL_M, ground_of
from geo.health import health
from geo.osm_barriers import kind_of
from geo.ownership import SAMPLE_M, in_sight, owner_of, owners_in_sight
from geo.problems import InputError
from geo.road_folder import network_box
from tests.counties import paper_county, path, plot, table_of
from tests.towns import CRS, at, plain_targets, town
from views.way import way_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from geo.county import County
    from geo.network import Network

    Write = Callable[..., Path]

LIMIT_M = 150.0
RIVER = path((-900, 60), (900, 60))
"""Flows between two streets along its banks; its one bridge is far away."""


def barriers(*shapes: BaseGeometry, kind: str = "river") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"kind": [kind] * len(shapes)}, geometry=list(shapes), crs=CRS)


def banks() -> Network:
    """A street on either bank, 120 m apart, and a bridge 5 km to the east that joins them."""
    return town(
        [[(-800, 0), (5000, 0)], [(-800, 120), (5000, 120)], [(5000, 0), (5000, 120)]], bridge=["", "", "yes"]
    )


def two_banks(**changes: Any) -> County:
    return paper_county(
        banks(), stations=[{"station_id": "A", "geometry": at(0, 0)}], barriers=barriers(RIVER), **changes
    )


def scenario(**changes: Any) -> Scenario:
    return Scenario(targets=plain_targets(**changes))


# ---- whose ground it is


def test_ground_over_the_river_is_not_the_near_streets() -> None:
    network = town([[(-800, 0), (800, 0)]])
    places = np.array([at(0, 50), at(0, 70), at(0, -70)], dtype=object)
    street, _, distance = owner_of(network, RIVER, places, LIMIT_M)
    assert street.tolist() == [0, -1, 0]
    assert distance[[0, 2]].tolist() == [50, 70]
    assert np.isnan(distance[1])
    assert owner_of(network, None, places, LIMIT_M)[0].tolist() == [0, 0, 0]


def test_ground_goes_to_the_nearest_street_it_sees() -> None:
    # Nearer to the street in the south, but the river lies between.
    river = path((-900, 20), (900, 20))
    street, chainage, distance = owner_of(banks(), river, np.array([at(3, 30)], dtype=object), LIMIT_M)
    assert street.tolist() == [1]
    assert distance[0] == pytest.approx(90, abs=0.02)
    assert chainage[0] == pytest.approx(803, abs=1.25)


def test_round_the_end_of_a_wall_the_street_is_seen_askew() -> None:
    network = town([[(-800, 0), (800, 0)]])
    wall = path((-900, 20), (0, 20))
    _, chainage, distance = owner_of(network, wall, np.array([at(-10, 40)], dtype=object), LIMIT_M)
    # The line of sight grazes the end of the wall: from (-10, 40) over (0, 20) to (10, 0).
    assert chainage[0] == pytest.approx(810, abs=3)
    assert distance[0] == pytest.approx(np.hypot(20, 40), abs=3)


def test_a_street_that_crosses_a_railway_serves_both_sides() -> None:
    network = town([[(0, -400), (0, 400)]])
    rails = path((-900, 3), (900, 3))
    places = np.array([at(30, 2), at(30, 4), at(100, -50), at(100, 50)], dtype=object)
    street, chainage, _ = owner_of(network, rails, places, LIMIT_M)
    assert street.tolist() == [0, 0, 0, 0]
    assert chainage.tolist() == pytest.approx([402, 404, 350, 450], abs=1.25)


def test_an_underpass_owns_nothing_and_both_ends_their_own_side() -> None:
    network = town([[(0, -400), (0, -30)], [(0, -30), (0, 30)], [(0, 30), (0, 400)]], tunnel=["", "yes", ""])
    rails = path((-900, 20), (900, 20))
    places = np.array([at(40, 10), at(40, 25)], dtype=object)
    street, _, distance = owner_of(network, rails, places, LIMIT_M)
    assert street.tolist() == [0, 2]
    assert distance.tolist() == pytest.approx([np.hypot(40, 40), np.hypot(40, 5)], abs=0.1)


def test_a_way_may_touch_a_barrier_at_its_ends() -> None:
    wall = path((-100, 0), (100, 0))
    places, owners = (
        shapely.get_coordinates(np.array(each, dtype=object))
        for each in (
            [at(0, 50), at(0, 0.3), at(0, 0.8), at(0, 50)],
            [at(0, 0), at(0, -50), at(0, -50), at(0, -0.3)],
        )
    )
    assert in_sight(wall, places, owners).tolist() == [True, True, False, True]


def test_water_of_an_area_is_nobodys() -> None:
    network = town([[(-800, 0), (800, 0)]])
    water = plot(-900, 40, 900, 80)
    street, *_ = owner_of(network, water, np.array([at(0, 39), at(0, 60), at(0, 90)], dtype=object), LIMIT_M)
    assert street.tolist() == [0, -1, -1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["line", "area", "both", "bent"])
def test_the_grid_and_single_places_agree(kind: str) -> None:
    network = town(
        [
            [(-800, 0), (800, 0)],
            [(-800, 130), (800, 130)],
            [(200, -500), (200, 500)],
            [(-500, 300), (100, 260)],
        ]
    )
    lines = path((-900, 40), (-100, 60), (150, 20), (900, 75))
    wall = path((-300, 100), (-300, 400))
    shape = {
        "line": lines,
        "area": lines.buffer(9),
        "both": shapely.union_all([lines.buffer(9), wall]),
        "bent": path((0, 60), (60, 60), (60, 90), (0, 90), (0, 62)),
    }[kind]
    cells = ground_of(network, LIMIT_M, shape).cells(np.arange(network.n_streets))
    places = np.asarray(shapely.points(np.column_stack([cells.x, cells.y])), dtype=object)
    street, _, distance = owner_of(network, shape, places, LIMIT_M)
    near = cells.distance_m <= LIMIT_M - 0.01
    assert (street[near] >= 0).all()
    np.testing.assert_allclose(distance[near], cells.distance_m[near], atol=SAMPLE_M)


def brute_owners(barrier: BaseGeometry, points: Any, places: Any, reach_m: float) -> Any:
    """Metres to the nearest point each place sees, every way looked along; infinite without one."""
    least = np.full(len(places), np.inf)
    for row, place in enumerate(places):
        metres = np.hypot(*(points - place).T)
        near = metres <= reach_m
        seen = in_sight(barrier, np.repeat(place[None], near.sum(), axis=0), points[near])
        least[row] = metres[near][seen].min(initial=np.inf)
    return least


@pytest.mark.parametrize("kind", ["line", "area", "mixed", "star"])
def test_owners_are_those_found_by_looking_along_every_way(kind: str) -> None:
    rng = np.random.default_rng(11)
    line = path((-900, 10), (-100, 60), (150, 20), (900, 75))
    star = [path((x, y), (x + 60, y + 35)) for x, y in rng.uniform(-190, 190, (40, 2)).tolist()]
    shape = {
        "line": line,
        "area": line.buffer(12),
        "mixed": shapely.union_all([line.buffer(9), *star[:6], path((0, -300), (0, 300))]),
        "star": shapely.union_all(star),
    }[kind]
    west, south = at(-200, -200).coords[0]
    points = rng.uniform((west, south), (west + 400, south + 400), (40, 2))
    along = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.uniform(720, 1080, 60)))
    places = rng.uniform((west, south), (west + 400, south + 400), (200, 2))
    # Some of each at the barrier itself, where a way may touch it.
    points = np.concatenate([points, along[:10] + rng.uniform(-0.6, 0.6, (10, 2))])
    places = np.concatenate([places, along[10:] + rng.uniform(-0.6, 0.6, (50, 2))])
    near = shapely.box(west - 9, south - 9, west + 409, south + 409)
    gap, hit = owners_in_sight(shape, near, cKDTree(points), places, 120.0)
    expected = brute_owners(shape, points, places, 120.0)
    np.testing.assert_allclose(gap, expected)
    found = np.isfinite(gap)
    np.testing.assert_allclose(np.hypot(*(points[hit[found]] - places[found]).T), expected[found])
    plain = np.asarray(cKDTree(points).query(places)[0])
    assert (gap > plain + 1).sum() > 15, "barriers matter here"


# ---- what is said of it


def test_ground_on_the_wrong_bank_is_not_covered() -> None:
    county = two_banks(
        parcels=[
            {"parcel_no": "here", "geometry": plot(-50, 20, 50, 55)},
            {"parcel_no": "there", "geometry": plot(-50, 65, 50, 100)},
            {"parcel_no": "across", "geometry": plot(100, 20, 150, 61)},
        ]
    )
    answer = assess(county, scenario(limit_s=160.0))
    union = answer.coverage[answer.coverage["station_id"].isna() & (answer.coverage["band_s"] == 160)]
    covered = union.geometry.iloc[0]
    assert covered.contains(at(0, 50))
    # The cell's width is the tolerance of what is drawn.
    assert not covered.intersects(plot(-700, 70, 700, 300))
    verdicts = dict(zip(answer.parcels["parcel_no"], answer.parcels["verdict"], strict=True))
    assert verdicts == {"here": "covered", "there": "not_covered", "across": "depends"}
    bare = assess(two_banks(parcels=[{"parcel_no": "a", "geometry": plot(-50, 50, 50, 59)}]), scenario())
    assert bare.parcels["verdict"].tolist() == ["covered"]


def test_a_pocket_behind_a_wall_is_part_of_a_parcel() -> None:
    # Open to the north only and narrower than the spacing of samples; the one street lies in the south.
    wall = barriers(path((-4, 48), (-4, 40), (4, 40), (4, 48)), kind="wall")

    def verdict(**changes: Any) -> str:
        county = paper_county(
            town([[(-800, 0), (800, 0)]]),
            stations=[{"station_id": "A", "geometry": at(0, 0)}],
            parcels=[{"parcel_no": "a", "geometry": plot(-50, 20, 50, 60)}],
            **changes,
        )
        return str(assess(county, scenario()).parcels["verdict"].iloc[0])

    assert (verdict(), verdict(barriers=wall)) == ("covered", "not_analysed")


def test_the_way_shown_to_a_parcel_keeps_to_its_own_bank() -> None:
    # Nearer to the southern street, but beyond the river: the engine comes over the bridge.
    county = paper_county(
        banks(),
        stations=[{"station_id": "A", "geometry": at(0, 0)}],
        parcels=[{"parcel_no": "there", "geometry": plot(-50, 51, 50, 58)}],
        barriers=barriers(path((-900, 50), (900, 50))),
        digest="beyond the river",
    )
    answer = assess(county, scenario(limit_s=2000.0))
    route = way_of(answer, "there")
    assert route is not None
    assert route.length_m > 10_000
    assert route.arrival_s == pytest.approx(answer.parcels["arrival_s"].iloc[0], abs=1e-3)


def test_points_and_trips_stop_at_the_river() -> None:
    county = two_banks()
    far = paper_county(
        town([[(-800, 0), (800, 0)]]),
        stations=[{"station_id": "A", "geometry": at(0, 0)}],
        barriers=barriers(RIVER),
    )
    points = gpd.GeoDataFrame(geometry=[at(0, 50), at(0, 70)], crs=CRS)
    assert arrival_at(far, scenario(), points)["state"].tolist() == ["reached", "off_street"]
    slow = arrival_at(county, scenario(limit_s=160.0), points)
    assert slow["state"].tolist() == ["reached", "too_late"]
    assert slow["arrival_s"].tolist() == pytest.approx([60, 60 + 500 + 12 + 500], abs=1)
    there = gpd.GeoSeries([at(0, 70)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    route, about = trip(county, scenario(), None, f"{there.x},{there.y}")
    assert route.length_m == pytest.approx(10120, abs=2)
    assert about["off_street_m"] == pytest.approx(50, abs=0.1)
    with pytest.raises(InputError):
        trip(far, scenario(), None, f"{there.x},{there.y}")


def test_a_barrier_that_touches_nothing_changes_nothing() -> None:
    parcels = [{"parcel_no": "a", "geometry": plot(-50, 20, 50, 55)}]
    stations = [{"station_id": "A", "geometry": at(0, 0)}]
    plain = assess(paper_county(banks(), parcels=parcels, stations=stations), scenario())
    far = barriers(path((-900, 5000), (900, 5000)))
    other = assess(paper_county(banks(), parcels=parcels, stations=stations, barriers=far), scenario())
    pd.testing.assert_frame_equal(pd.DataFrame(plain.coverage), pd.DataFrame(other.coverage))
    assert plain.summary == other.summary


def test_the_rules_see_the_countys_barriers() -> None:
    def verdict(**changes: Any) -> tuple[str, str]:
        county = paper_county(
            town([[(-800, 0), (800, 0)], [(0, -800), (0, 800)]]),
            stations=[{"station_id": "A", "geometry": at(0, 0)}],
            study_area=plot(-700, -700, 700, 700),
            study_area_source="file",
            **changes,
        )
        table = rule_table(assess(county, scenario()))
        row = table[table["rule_id"] == "zone_across_railway"].iloc[0]
        return str(row["verdict"]), str(row["reason"])

    assert verdict() == ("not_analysed", "no_barrier_layer")
    rails = barriers(path((-900, 300), (900, 300)), kind="railway")
    assert verdict(barriers=rails) == ("not_met", "across_barrier")


# ---- on which street a station stands


def standing(county: County, **changes: Any) -> pd.Series[Any]:
    """The station's row and, where it is snapped, its street and chainage."""
    found = station_sites(county, scenario(**changes))
    row: pd.Series[Any] = found.table.iloc[0]
    if found.sites is not None:
        on = {"street": found.sites.street[0], "chainage_m": found.sites.chainage_m[0]}
        row = pd.concat([row, pd.Series(on, dtype=object)])
    return row


@pytest.mark.parametrize(("y", "street", "snap_m"), [(30, 0, 30), (50, 1, 70), (-20, 0, 20)])
def test_a_station_stands_on_its_own_bank(y: float, street: int, snap_m: float) -> None:
    # At 50 m of 120 the nearest street is on the far bank.
    river = barriers(path((-900, 40), (900, 40)))
    county = paper_county(banks(), stations=[{"station_id": "A", "geometry": at(0, y)}], barriers=river)
    row = standing(county)
    assert (row["site_state"], row["street"]) == ("snapped", street)
    assert row["snap_m"] == pytest.approx(snap_m)
    assert row["chainage_m"] == pytest.approx(800, abs=SAMPLE_M / 2)


@pytest.mark.slow
def test_a_station_behind_the_railway_does_not_jump_over_it() -> None:
    rails = barriers(path((-900, 20), (900, 20)), kind="railway")
    stations = [{"station_id": "A", "geometry": at(0, 30)}]
    free = paper_county(banks(), stations=stations, barriers=barriers(path((-900, 5000), (900, 5000))))
    assert (standing(free)["street"], standing(free)["snap_m"]) == (0, 30)
    cut = paper_county(banks(), stations=stations, barriers=rails)
    assert (standing(cut)["street"], round(standing(cut)["snap_m"])) == (1, 90)
    # What the second street reaches over the bridge takes a quarter of an hour; what was called covered is not.
    union = [
        each.coverage.loc[each.coverage["station_id"].isna(), "geometry"].iloc[0].intersects(at(100, -20))
        for each in (assess(county, scenario()) for county in (free, cut))
    ]
    assert union == [True, False]
    near = standing(cut, snap_limit_m=80.0)
    assert (near["site_state"], bool(np.isnan(near["snap_m"]))) == ("hidden", True)
    answer = assess(cut, scenario(snap_limit_m=80.0))
    assert answer.field is None
    assert answer.summary["stations"]["site_states"] == {"hidden": 1}
    far = paper_county(
        banks(), stations=[{"station_id": "A", "geometry": at(0, -300)}],
        barriers=barriers(path((-900, -20), (900, -20))),
    )  # fmt: skip
    assert standing(far)["site_state"] == "too_far"


def test_a_street_in_sight_that_cannot_be_left_takes_no_station() -> None:
    trap = [[(0, 40), (200, 40)]]
    network = town(
        [[(-800, 0), (5000, 0)], [(-800, 120), (5000, 120)], [(5000, 0), (5000, 120)], *trap],
        bridge=["", "", "yes", ""],
    )
    rails = barriers(path((-900, 20), (900, 20)), kind="railway")
    row = standing(
        paper_county(network, stations=[{"station_id": "A", "geometry": at(100, 35)}], barriers=rails)
    )
    assert network.part_share.min() < 0.05
    assert row["snap_m"] == pytest.approx(85)


def test_places_of_a_station_known_by_words_keep_to_their_bank() -> None:
    across = {
        "station_id": "A",
        "geometry": at(0, 30),
        "shape": path((0, 30), (0, 90)),
        "position_class": "P4",
    }
    rails = path((-900, 60), (900, 60))
    found = station_sites(
        paper_county(banks(), stations=[across], barriers=barriers(rails, kind="railway")), scenario()
    )
    assert found.sites is not None
    assert found.sites.street.tolist() == [0, 0, 0, 1]
    assert found.sites.snap_m.tolist() == pytest.approx([30, 30, 60, 30], abs=0.1)
    assert found.partly_placed == frozenset()
    wall = shapely.union_all([rails, path((-900, 100), (900, 100))])
    doubtful = station_sites(paper_county(banks(), stations=[across], barriers=barriers(wall)), scenario())
    assert doubtful.partly_placed == frozenset({"A"})
    assert doubtful.sites is not None
    assert doubtful.sites.street.tolist() == [0, 0, 0]


def test_without_barriers_sites_are_the_nearest_street_points() -> None:
    rng = np.random.default_rng(5)
    places = [at(x, y) for x, y in rng.uniform((-700, -100), (700, 250), (40, 2)).tolist()]
    rows = [{"station_id": f"S{i:02}", "geometry": place} for i, place in enumerate(places)]
    found = station_sites(paper_county(banks(), stations=rows), scenario())
    street, chainage, snap = banks().nearest(np.array(places, dtype=object))
    assert found.sites is not None
    assert (found.table["site_state"] == np.where(snap <= 150, "snapped", "too_far")).all()
    near = snap <= 150
    assert found.sites.street.tolist() == street[near].tolist()
    assert found.sites.chainage_m.tolist() == chainage[near].tolist()
    assert found.table["snap_m"].tolist() == snap.tolist()


def test_the_front_of_a_station_and_a_healthy_site_are_in_sight() -> None:
    network = town(
        [[(-800, 0), (5000, 0)], [(-800, 120), (5000, 120)], [(5000, 0), (5000, 120)]],
        bridge=["", "", "yes"], **{"class": ["primary", "residential", "primary"]},
    )  # fmt: skip
    rails = path((-900, 20), (900, 20))
    stations = paper_county(network, stations=[{"station_id": "A", "geometry": at(0, 30)}]).stations
    front = frontage_table(network, stations).iloc[0]
    assert (front["street_class"], front["main_street_m"]) == ("primary", 30)
    cut = frontage_table(network, stations, rails).iloc[0]
    assert (cut["street_class"], cut["main_street_m"]) == ("residential", np.inf)
    sites = gpd.GeoDataFrame({"site_id": ["A"]}, geometry=[at(0, 30)], crs=CRS)
    assert health(network, sites).sites["snap_m"].tolist() == [30]
    seen = health(network, sites, barrier=rails).sites.iloc[0]
    assert (seen["street_id"], seen["state"]) == (network.street_ids()[1], "far")
    assert seen["snap_m"] == seen["nearest_m"] == pytest.approx(90, abs=0.1)
    shut = shapely.union_all([rails, path((-900, 40), (900, 40))])
    assert health(network, sites, barrier=shut).refusals == ("no_site",)


# ---- water


def test_a_disc_stops_at_the_railway() -> None:
    rails = path((-900, 50), (900, 50))
    hydrant = np.array([at(0, 0)], dtype=object)
    whole, cut = protection_area(hydrant, LIMIT_M), protection_area(hydrant, LIMIT_M, rails)
    # A circle's segment beyond a chord 50 m from its middle.
    segment = LIMIT_M**2 * np.arccos(50 / LIMIT_M) - 50 * np.sqrt(LIMIT_M**2 - 50**2)
    assert whole.area - cut.area == pytest.approx(segment, rel=1e-3)
    assert cut.bounds[3] == pytest.approx(at(0, 50).y)
    stub = path((-900, 50), (0, 50))
    assert protection_area(hydrant, LIMIT_M, stub).area == pytest.approx(whole.area)
    both = protection_area(np.array([at(0, 0), at(0, 60)], dtype=object), LIMIT_M, rails)
    assert both.area > whole.area * 0.99
    assert both.is_valid


def test_a_disc_leaves_water_out_and_keeps_to_one_bank() -> None:
    hydrant = np.array([at(0, 0)], dtype=object)
    water = plot(-900, 40, 900, 60)
    assert protection_area(hydrant, LIMIT_M, water).bounds[3] == pytest.approx(at(0, 40).y)
    mixed = shapely.union_all([water, path((-30, -900), (-30, 900))])
    kept = protection_area(hydrant, LIMIT_M, mixed)
    assert kept.bounds[0] == pytest.approx(at(-30, 0).x)
    assert kept.bounds[3] == pytest.approx(at(0, 40).y)
    on_the_line = protection_area(hydrant, LIMIT_M, path((-900, 0), (900, 0)))
    assert on_the_line.area == pytest.approx(protection_area(hydrant, LIMIT_M).area / 2)


def test_water_over_the_railway_protects_nothing() -> None:
    def answer(**changes: Any) -> Any:
        county = paper_county(
            town([[(-400, 0), (400, 0)], [(-400, 100), (400, 100)]]),
            stations=[{"station_id": "A", "geometry": at(0, 0)}],
            hydrants=[{"hydrant_id": "h", "geometry": at(0, 20)}],
            parcels=[
                {"parcel_no": "near", "geometry": plot(-20, 10, 20, 50)},
                {"parcel_no": "over", "geometry": plot(-20, 55, 20, 90)},
            ],
            study_area=plot(-400, -200, 400, 300),
            study_area_source="file",
            **changes,
        )
        found = assess(county, scenario())
        return dict(zip(found.parcels["parcel_no"], found.parcels["water_state"], strict=True)), found

    states, free = answer()
    assert states == {"near": "covered", "over": "covered"}
    states, cut = answer(barriers=barriers(path((-900, 50), (900, 50)), kind="railway"))
    assert states == {"near": "covered", "over": "not_covered"}
    water, other = free.summary["water"], cut.summary["water"]
    assert cut.hydrant_gaps["area_m2"].sum() > free.hydrant_gaps["area_m2"].sum()
    # All of the second street is now without water: the half chord of the disc along it.
    lost = other["street"]["without_water_m"]["even"] - water["street"]["without_water_m"]["even"]
    assert lost == pytest.approx(2 * np.sqrt(LIMIT_M**2 - 80**2), abs=0.5)


def test_the_nearest_source_is_one_in_sight() -> None:
    ids = ["over", "askew", "far"]
    points = np.array([at(0, 60), at(300, 60), at(0, -400)], dtype=object)
    shapes: list[BaseGeometry | None] = [
        plot(-20, 0, 20, 40),
        None,
        at(0, 70),
        plot(-20, 80, 20, 90),
        plot(-20, 0, 20, 70),
    ]
    free = nearest_source(shapes, points, ids)
    assert free[0] == ["over", None, "over", "over", "over"]
    rails = path((-900, 50), (200, 50))
    seen = nearest_source(shapes, points, ids, rails)
    # Past the end of the rails at (200, 50): the way from (300, 60) grazes it and meets the outline at (20, 32).
    assert seen[0] == ["askew", None, "over", "over", "over"]
    assert seen[1][0] == pytest.approx(np.hypot(280, 28), abs=0.5)
    assert seen[1][[2, 3, 4]].tolist() == [10, 20, 0]
    wall = path((-900, 50), (900, 50))
    assert nearest_source(shapes[:1], points, ids, wall)[0] == ["far"]
    assert nearest_source(shapes[:1], points[:2], ids, wall)[0] == [None]
    assert np.isnan(nearest_source(shapes[:1], points[:2], ids, wall)[1]).all()


def test_what_is_printed_of_water_lies_on_the_parcels_side() -> None:
    def answer(**changes: Any) -> pd.Series[Any]:
        county = paper_county(
            hydrants=[{"hydrant_id": "near", "geometry": at(0, 60)}, {"hydrant_id": "far", "geometry": at(0, -80)}],
            parcels=[{"parcel_no": "a", "geometry": plot(-20, 0, 20, 40)}],
            cranes=table_of("cranes", [{"crane_id": "C", "geometry": at(0, 70)}]), **changes,
        )  # fmt: skip
        row: pd.Series[Any] = assess(county, scenario()).parcels.iloc[0]
        return row

    free = answer()
    assert (free["hydrant_id"], free["hydrant_m"], free["crane_id"], free["crane_m"]) == ("near", 20, "C", 30)
    cut = answer(barriers=barriers(path((-900, 50), (900, 50)), kind="railway"))
    assert (cut["hydrant_id"], cut["hydrant_m"], cut["crane_id"]) == ("far", 80, None)
    assert np.isnan(cut["crane_m"])


def test_hydrants_on_a_section_by_a_railway_promise_no_least_area() -> None:
    line, study = path((0, 0), (600, 0)), plot(-1000, -1000, 1000, 1000)
    sections = [Section("s", 5, line, None)]
    free = protected_bounds_m2(sections, shapely.MultiPolygon(), study, LIMIT_M)
    near = protected_bounds_m2(sections, shapely.MultiPolygon(), study, LIMIT_M, path((-900, 50), (900, 50)))
    far = protected_bounds_m2(sections, shapely.MultiPolygon(), study, LIMIT_M, path((-900, 200), (900, 200)))
    assert free[0] > 70_000
    assert near == (0.0, free[1])
    assert far == free


# ---- the layer


def feature(kind: str | None, line: list[list[float]]) -> dict[str, Any]:
    properties = {} if kind is None else {"kind": kind}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": line},
    }


LINE = [[114.70, 38.62], [114.71, 38.62]]


def layer_of(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_a_county_reads_its_barriers(write_county: Write) -> None:
    county = read_county(
        write_county({"places/barriers.geojson": layer_of(feature("river", LINE), feature("wall", LINE))})
    )
    assert county.barriers["kind"].tolist() == ["river", "wall"]
    assert county.barrier is not None
    assert county.barrier.length == pytest.approx(871, abs=2)
    assert "barriers" not in county.missing
    none = read_county(write_county({"county.toml": 'name = "空县"'}, "none"))
    assert none.barriers.empty
    assert none.barrier is None
    assert "barriers" not in none.missing


@pytest.mark.parametrize(
    ("features", "wrong"),
    [
        ([feature("canal", LINE)], [("not_in_list", 1)]),
        ([feature("river", LINE), feature("", LINE)], [("not_in_list", 2)]),
        ([feature(None, LINE)], [("column_missing", None)]),
        ([{"type": "Feature", "properties": {"kind": "river"}, "geometry": None}], [("no_geometry", 1)]),
    ],
)
def test_everything_wrong_with_a_barrier_layer_is_said(
    write_county: Write, features: list[dict[str, Any]], wrong: list[tuple[str, int | None]]
) -> None:
    folder = write_county({"places/barriers.geojson": layer_of(*features)})
    found = [each for each in check_county(folder) if not each.warning]
    assert [(each.code, each.row) for each in found] == wrong
    if wrong[0][0] == "not_in_list":
        assert dict(found[0].values)["known"] == "river, railway, expressway, wall"


def test_a_point_is_no_barrier(write_county: Write) -> None:
    point = {
        "type": "Feature",
        "properties": {"kind": "wall"},
        "geometry": {"type": "Point", "coordinates": LINE[0]},
    }
    assert [
        each.code for each in check_county(write_county({"places/barriers.geojson": layer_of(point)}))
    ] == ["geometry_kind"]


def test_barriers_far_from_every_street_are_told(tmp_path: Path) -> None:
    file, folder = tmp_path / "town.osm", tmp_path / "county"
    file.write_text(MAP, encoding="utf-8")
    build(file, folder)
    near = [feature("river", [[11.280, 49.5012], [11.290, 49.5012]]), feature("wall", LINE)]
    for features, wrong in ((near, []), (near[1:], ["barriers_elsewhere"])):
        layer = json.dumps(layer_of(*features))
        (folder / "places" / "barriers.geojson").write_text(layer, encoding="utf-8")
        found = read_county(folder).warnings
        assert [each.code for each in found] == wrong
    assert (found[0].file, found[0].field) == ("places/barriers.geojson", "")
    assert float(str(dict(found[0].values)["distance"])) > 7000


def test_barriers_are_added_like_any_layer(write_county: Write, tmp_path: Path) -> None:
    folder = write_county({"county.toml": 'name = "空县"'})
    file = tmp_path / "lines.geojson"
    file.write_text(json.dumps(layer_of(feature("railway", LINE))), encoding="utf-8")
    report = add_layer(folder, file, "barriers")
    assert report.path == folder / "places" / "barriers.geojson"
    assert read_county(folder).barriers["kind"].tolist() == ["railway"]


# ---- OpenStreetMap


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"waterway": "river"}, ("river", False)),
        ({"waterway": "river", "tunnel": "culvert"}, None),
        ({"waterway": "stream"}, None),
        ({"natural": "water", "water": "river"}, ("river", True)),
        ({"natural": "water", "water": "lake"}, None),
        ({"waterway": "riverbank"}, ("river", True)),
        ({"railway": "rail"}, ("railway", False)),
        ({"railway": "rail", "bridge": "no", "tunnel": "no", "usage": "main"}, ("railway", False)),
        ({"railway": "rail", "bridge": "yes", "layer": "1", "usage": "main"}, None),
        ({"railway": "rail", "bridge": "viaduct", "layer": "1"}, None),
        ({"waterway": "river", "location": "underground"}, None),
        ({"waterway": "river", "bridge": "aqueduct"}, ("river", False)),
        ({"railway": "rail", "tunnel": "yes"}, None),
        ({"railway": "rail", "service": "siding"}, None),
        ({"railway": "rail", "disused": "yes"}, None),
        ({"railway": "disused"}, None),
        ({"highway": "residential"}, None),
    ],
)
def test_what_is_a_barrier_on_the_map(tags: dict[str, str], kind: tuple[str, bool] | None) -> None:
    assert kind_of(tags) == kind


MAP = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="49.500" lon="11.280"/><node id="2" lat="49.500" lon="11.290"/>
 <node id="3" lat="49.501" lon="11.280"/><node id="4" lat="49.501" lon="11.290"/>
 <node id="5" lat="49.5012" lon="11.290"/><node id="6" lat="49.5012" lon="11.280"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="11"><nd ref="3"/><nd ref="4"/><tag k="railway" v="rail"/></way>
 <way id="12"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="3"/>
  <tag k="natural" v="water"/><tag k="water" v="river"/><tag k="name" v="Pegnitz"/></way>
 <way id="13"><nd ref="3"/><nd ref="99"/><tag k="waterway" v="river"/></way>
</osm>"""


def test_a_build_brings_rivers_and_railways_along(tmp_path: Path) -> None:
    file, folder = tmp_path / "town.osm", tmp_path / "county"
    file.write_text(MAP, encoding="utf-8")
    built = build(file, folder)
    assert "places/barriers.geojson" in built.written.files
    assert check_county(folder) == []
    county = read_county(folder)
    assert county.barriers["barrier_id"].tolist() == ["osm-way-11", "osm-way-12"]
    assert county.barriers["kind"].tolist() == ["railway", "river"]
    written = json.loads((folder / "places" / "barriers.geojson").read_text(encoding="utf-8"))
    assert "ODbL" in written["about"]["notice"]
    own = layer_of(feature("wall", LINE))
    (folder / "places" / "barriers.geojson").write_text(json.dumps(own), encoding="utf-8")
    again = build(file, folder, Choices(replace_sites=True))
    assert "places/barriers.geojson" in again.written.kept
    assert json.loads((folder / "places" / "barriers.geojson").read_text(encoding="utf-8")) == own


@pytest.mark.slow
def test_a_thousand_places_in_lauf_with_its_barriers(real_data: Path, tmp_path: Path) -> None:
    build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    county = read_county(tmp_path / "lauf")
    assert {"river", "railway"} == set(county.barriers["kind"])
    network = county.network
    assert network is not None
    targets = Scenario().targets
    rng = np.random.default_rng(3)
    assert county.barrier is not None
    # Where it matters: round the barriers.
    strip = shapely.intersection(county.barrier.buffer(200), shapely.box(*network_box(network)))
    west, south, east, north = strip.bounds
    xy = rng.uniform((west, south), (east, north), (40_000, 2))
    xy = xy[shapely.contains_xy(strip, xy[:, 0], xy[:, 1])][:1000]
    assert len(xy) == 1000
    points = gpd.GeoDataFrame(geometry=shapely.points(xy), crs=county.crs)
    answer = arrival_at(county, Scenario(), points)
    table = covered(county, targets)
    union = table[table["station_id"].isna() & (table["band_s"] == targets.limit_s)].geometry.iloc[0]
    reached = (answer["state"] == "reached").to_numpy()
    drawn = shapely.contains_xy(union, xy[:, 0], xy[:, 1])
    # They differ only near the outline, where the cell's width is the tolerance, and along barriers.
    wrong = np.flatnonzero(reached != drawn)
    edge = shapely.union_all([union.boundary, county.barrier])
    assert (shapely.distance(edge, shapely.points(xy[wrong])) <= 2 * CELL_M).all()
    assert len(wrong) < 60
    assert 100 < reached.sum() < 990
    plain = arrival_at(without_barriers(county), Scenario(), points)
    lost = (plain["state"] == "reached").to_numpy() & ~reached
    assert lost.sum() > 20, "some of the ground lies on the wrong bank"
    # A barrier that stands nowhere near changes nothing.
    far = without_barriers(county, barriers(shapely.box(west, south - 50_000, east, south - 49_000)))
    bare = without_barriers(county)
    areas = [covered(each, targets) for each in (bare, far)]
    assert shapely.to_wkb(areas[0].geometry.to_numpy()).tolist() == (
        shapely.to_wkb(areas[1].geometry.to_numpy()).tolist()
    )
    nearer = (plain["off_street_m"] <= answer["off_street_m"].fillna(np.inf) + 1e-9).to_numpy()
    assert nearer.all()


def without_barriers(county: County, instead: gpd.GeoDataFrame | None = None) -> County:
    return replace(county, barriers=gpd.GeoDataFrame() if instead is None else instead)


def covered(county: County, targets: Targets) -> gpd.GeoDataFrame:
    due = assess_due(county, Scenario())
    return coverage_table(county, due, band_table(county, due, targets), targets)


def assess_due(county: County, asked: Scenario) -> Any:
    field = field_of(county, station_sites(county, asked), asked.targets)
    assert field is not None
    return first_due(field)
