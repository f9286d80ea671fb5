"""Verdicts on towns worked out by hand: every way a wrong *covered* or *not covered* might come about."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.assessment import assess
from analysis.readings import first_due, times_at
from analysis.sampling import sample_shapes
from analysis.scenario import Scenario, Targets
from analysis.verdicts import VERDICTS
from geo.county import read_county
from tests.counties import paper_county, path, plot
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from analysis.assessment import Assessment
    from geo.county import County
    from geo.network import Network

GRID = town(grid_lines())
AT_THE_MIDDLE = {"station_id": "A", "geometry": at(0, 0)}
RANK = {name: i for i, name in enumerate(["not_covered", "depends", "covered"])}


def limit(seconds: float, **changes: float) -> Scenario:
    """A limit from the order, on streets driven at ten metres a second."""
    return Scenario(targets=plain_targets(limit_s=seconds, **changes))


def judged(county: County, scenario: Scenario) -> pd.Series[Any]:
    """The only parcel of a county, judged."""
    parcels = assess(county, scenario).parcels
    assert len(parcels) == 1
    parcel: pd.Series[Any] = parcels.iloc[0]
    return parcel


def surveyed(shape: shapely.Geometry, *, network: Network = GRID, **changes: Any) -> County:
    """A county of one surveyed parcel and, unless said otherwise, one station in the middle of the grid."""
    changes.setdefault("stations", [AT_THE_MIDDLE])
    return paper_county(network, parcels=[{"parcel_no": "1", "area_mu": 1.0, "geometry": shape}], **changes)


def test_a_parcel_wholly_inside_is_covered_with_the_minutes_of_its_worst_corner() -> None:
    parcel = judged(surveyed(plot(310, 110, 390, 190)), limit(300))
    assert (parcel.verdict, parcel.reason, parcel.depends_on) == ("covered", "within_limit", "")
    assert parcel.covered_share == 1
    # The middle of the plot lies nearest to the street at y=200 or x=400, half a block beyond (400, 100).
    assert parcel.arrival_s == pytest.approx(60 + 59, abs=0.51)
    assert parcel.arrival_s_min == pytest.approx(60 + 31 + 10, abs=0.51)
    assert parcel.station_id == "A"


@pytest.mark.parametrize(
    ("limit_s", "verdict"), [(106.0, "covered"), (105.99, "depends"), (89.99, "not_covered")]
)
def test_a_parcel_exactly_at_the_limit_is_covered(limit_s: float, verdict: str) -> None:
    # A strip on the street itself, from 300 m to 460 m of driving: 90 s to 106 s after the order.
    parcel = judged(surveyed(plot(300, -5, 460, 5)), limit(limit_s))
    assert parcel.verdict == verdict
    assert parcel.arrival_s == pytest.approx(106)


def test_a_parcel_half_inside_depends_on_its_part() -> None:
    parcel = judged(surveyed(plot(300, -5, 460, 5)), limit(98))
    assert (parcel.verdict, parcel.reason, parcel.depends_on) == (
        "depends",
        "part_of_parcel",
        "part_of_parcel",
    )
    assert parcel.covered_share == pytest.approx(0.5, abs=0.06)
    assert (parcel.arrival_s_min, parcel.arrival_s_max) == (90, 106)


def test_a_parcel_of_unknown_outline_depends_on_its_position() -> None:
    shape = plot(300, -5, 500, 5)
    for changes in ({"position_class": "P3"}, {"drawn": "square"}):
        row = {"parcel_no": "1", "area_mu": 1.0, "geometry": shape} | changes
        parcel = judged(paper_county(GRID, parcels=[row], stations=[AT_THE_MIDDLE]), limit(100))
        assert (parcel.verdict, parcel.depends_on) == ("depends", "position")


def test_a_parcel_reached_nowhere_is_not_covered() -> None:
    parcel = judged(surveyed(plot(300, 500, 400, 600)), limit(100))
    assert (parcel.verdict, parcel.reason) == ("not_covered", "beyond_limit")
    assert parcel.covered_share == 0
    assert parcel.arrival_s_min > 100


@pytest.mark.parametrize(
    "shape",
    [
        plot(1151, 0, 1300, 100),  # beside the grid, no street within 150 m
        plot(900, 0, 1151, 100),  # its far edge is one metre too far
        plot(-300, -300, 0, 1151),
    ],
)
def test_ground_beyond_the_off_street_limit_is_not_analysed(shape: shapely.Geometry) -> None:
    parcel = judged(surveyed(shape), limit(3000))
    assert (parcel.verdict, parcel.reason) == ("not_analysed", "off_street")
    assert np.isnan(parcel.arrival_s)
    assert parcel.station_id is None


def test_ground_up_to_the_off_street_limit_is_covered() -> None:
    assert judged(surveyed(plot(900, 0, 1150, 100)), limit(3000)).verdict == "covered"


@pytest.mark.slow
def test_a_small_pocket_off_the_streets_is_found_in_a_huge_parcel() -> None:
    # One block of 400 m is left open: only its innermost ground is farther than 150 m from a street.
    size, opened = 3000.0, plot(1400, 1400, 1705, 1705)
    lines = [path((x, 0), (x, size)) for x in np.arange(0, size + 1, 100).tolist()]
    lines += [path((0, y), (size, y)) for y in np.arange(0, size + 1, 100).tolist()]
    inner = opened.buffer(-1e-6)
    cut = [part for line in lines for part in shapely.get_parts(shapely.difference(line, inner))]
    ring = [path((1400, 1400), (1705, 1400), (1705, 1705), (1400, 1705), (1400, 1400))]
    shapes = [[(x - 560_000, y - 4_275_000) for x, y in line.coords] for line in [*cut, *ring]]
    network = town(shapes)
    parcel = plot(0, 0, size, size)
    samples = sample_shapes([parcel], network, 150.0)
    assert np.nanmax(samples.distance_m) > 150.0
    county = surveyed(parcel, network=network, stations=[{"station_id": "A", "geometry": at(0, 0)}])
    assert judged(county, limit(3000)).reason == "off_street"
    # With 153 m nothing is too far.
    assert judged(county, limit(3000, off_street_limit_m=153.0)).verdict == "covered"


def test_a_late_lane_hidden_in_a_huge_parcel_is_found() -> None:
    # A lane of four metres that nobody can drive to, in the middle of a block of a large parcel.
    network = town([*grid_lines(31), [(37.0, 37.0), (41.0, 37.0)]])
    parcel = judged(surveyed(plot(-1490, -1490, 1490, 1490), network=network), limit(3000))
    assert (parcel.verdict, parcel.reason) == ("not_analysed", "unconnected")


def test_a_parcel_on_an_island_is_not_analysed() -> None:
    island = town([*grid_lines(), [(3000, 0), (3400, 0)]])
    parcel = judged(surveyed(plot(3000, 10, 3100, 60), network=island), limit(3000))
    assert (parcel.verdict, parcel.reason) == ("not_analysed", "unconnected")
    assert np.isnan(parcel.arrival_s_max)


@pytest.mark.slow
def test_holes_and_many_parts_are_looked_at_part_by_part() -> None:
    near, late = plot(0, 0, 50, 50), plot(900, 900, 950, 950)
    both = judged(surveyed(shapely.MultiPolygon([near, late])), limit(120))
    assert (both.verdict, both.covered_share) == ("depends", pytest.approx(0.5, abs=0.01))
    # What is late, or off the streets, lies in the hole and is no part of the parcel.
    holed = plot(-400, -400, 400, 400).difference(plot(-300, -300, 300, 300))
    assert judged(surveyed(holed), limit(141)).verdict == "covered"
    open_grid = town([[(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]])
    ring = plot(0, 0, 1000, 1000).difference(plot(140, 140, 860, 860))
    county = surveyed(ring, network=open_grid, stations=[{"station_id": "A", "geometry": at(0, 0)}])
    assert judged(county, limit(300)).verdict == "covered"
    whole = dataclasses.replace(county, parcels=surveyed(plot(0, 0, 1000, 1000), network=open_grid).parcels)
    assert judged(whole, limit(300)).reason == "off_street"


def test_one_way_streets_and_loops() -> None:
    # Out along a one-way street and back round a loop at its end; the station stands beyond the parcel.
    network = town(
        [[(0, 0), (1000, 0)], [(1000, 0), (1000, 200), (0, 200)], [(0, 200), (0, 0)],
         [(1000, 0), (1100, 50), (1100, -50), (1000, 0)]],
        oneway=[1, 1, 1, 0],
    )  # fmt: skip
    county = surveyed(
        plot(390, -5, 400, 5), network=network, stations=[{"station_id": "A", "geometry": at(500, 0)}]
    )
    # 500 m to the end, 200 + 1,000 + 200 m round, 390 to 400 m on.
    parcel = judged(county, limit(300))
    assert (parcel.verdict, parcel.arrival_s) == ("covered", 60 + 230)
    assert judged(county, limit(289.5)).verdict == "depends"


def station_on(line: shapely.Geometry, nominal: shapely.Point, **changes: Any) -> dict[str, Any]:
    """A station known only by a shape."""
    return {"station_id": "A", "geometry": nominal, "shape": line, "position_class": "P4",
            "location": "ADDR(x;1)"} | changes  # fmt: skip


def test_a_station_known_along_a_line_is_tried_along_it() -> None:
    somewhere = station_on(path((-500, 0), (500, 0)), at(0, 0))
    county = surveyed(plot(470, -5, 480, 5), stations=[somewhere])
    assert judged(county, limit(158)).verdict == "covered"  # even from the far end, 980 m away
    unsure = judged(county, limit(157.9))
    assert (unsure.verdict, unsure.reason, unsure.depends_on) == (
        "depends",
        "station_position",
        "station_position",
    )
    # The nearest of the places tried is the end of the line, 20 m from the plot's near side.
    assert (unsure.arrival_s_min, unsure.arrival_s, unsure.arrival_s_max) == (62, 108, 158)
    far = judged(surveyed(plot(990, 400, 1000, 410), stations=[somewhere]), limit(148.9))
    assert far.verdict == "not_covered"  # 490 + 400 m from the near end


def test_two_uncertain_stations_cover_only_what_one_of_them_is_sure_to_reach() -> None:
    left = station_on(path((-500, 0), (0, 0)), at(-250, 0))
    right = station_on(path((0, 0), (500, 0)), at(250, 0), station_id="B")
    county = surveyed(plot(-5, -5, 5, 5), stations=[left, right])
    assert judged(county, limit(110.5)).verdict == "covered"
    assert judged(county, limit(100)).depends_on == "station_position"


def test_a_station_that_may_stand_off_the_streets_is_sure_of_nothing() -> None:
    # The line leads 400 m out of the grid, where no street is near.
    leads_out = station_on(path((900, 0), (1400, 0)), at(950, 0))
    near = judged(surveyed(plot(990, -5, 1000, 5), stations=[leads_out]), limit(300))
    assert (near.verdict, near.reason) == ("depends", "station_position")
    far = judged(surveyed(plot(-1000, -5, -990, 5), stations=[leads_out]), limit(200))
    assert (far.verdict, far.reason) == ("not_analysed", "station_not_analysed")
    assert np.isnan(far.arrival_s)


def test_a_station_somewhere_in_an_area_is_tried_to_its_rim() -> None:
    disc = at(0, 0).buffer(250)
    county = surveyed(plot(490, -5, 500, 5), stations=[station_on(disc, at(0, 0), position_class="P3")])
    answer = assess(county, limit(300))
    # From the rim behind the middle at least 750 m, and by the grid at most the root of two times that way.
    assert 60 + 75 <= answer.parcels["arrival_s_max"].iloc[0] <= 60 + 50 + 25 * np.sqrt(2) + 5
    assert answer.parcels["arrival_s_min"].iloc[0] == pytest.approx(60 + 24, abs=0.5)


def test_on_a_schematic_network_nothing_is_covered_or_not_covered() -> None:
    shapes = [plot(0, 0, 50, 50), plot(900, 900, 950, 950)]
    rows = [{"parcel_no": str(i), "area_mu": 1.0, "geometry": shape} for i, shape in enumerate(shapes)]
    for marked, reason in (
        ("roads", "schematic_network"),
        ("stations", "schematic_places"),
        ("parcels", "schematic_places"),
    ):
        county = paper_county(GRID, parcels=rows, stations=[AT_THE_MIDDLE], schematic=frozenset({marked}))
        parcels = assess(county, limit(120)).parcels
        assert parcels["verdict"].tolist() == ["depends", "depends"]
        assert parcels["reason"].tolist() == [reason, reason]


@pytest.mark.slow
def test_without_stations_roads_or_states() -> None:
    shape = plot(0, 0, 50, 50)
    out = AT_THE_MIDDLE | {"status": "out_of_service"}
    unknown = AT_THE_MIDDLE | {"status": "unknown"}
    planned = AT_THE_MIDDLE | {"status": "under_construction"}
    expected = [
        ([], Scenario(), "not_analysed", "no_station_listed"),
        ([out], Scenario(count_unknown=True, planned_works=True), "not_covered", "no_station_counts"),
        ([unknown], Scenario(), "not_analysed", "station_status_unknown"),
        ([unknown], Scenario(count_unknown=True), "covered", "within_limit"),
        ([planned], Scenario(), "not_covered", "no_station_counts"),
        ([planned], Scenario(planned_works=True), "covered", "within_limit"),
        ([AT_THE_MIDDLE | {"geometry": at(0, 5000)}], Scenario(), "not_analysed", "station_not_analysed"),
        ([AT_THE_MIDDLE | {"geometry": None}], Scenario(), "not_analysed", "station_not_analysed"),
    ]  # fmt: skip
    for stations, scenario, verdict, reason in expected:
        parcel = judged(surveyed(shape, stations=stations), scenario)
        assert (parcel.verdict, parcel.reason) == (verdict, reason)
    nowhere = paper_county(parcels=[{"parcel_no": "1", "geometry": shape}], stations=[AT_THE_MIDDLE])
    assert judged(nowhere, Scenario()).reason == "no_network"
    placeless = paper_county(
        GRID, stations=[AT_THE_MIDDLE],
        parcels=[{"parcel_no": "1", "position_class": None, "unresolved_reason": "village_without_point"}],
    )  # fmt: skip
    assert judged(placeless, Scenario()).reason == "village_without_point"


def test_a_second_station_that_cannot_be_analysed_spoils_not_covered_but_not_covered_by_the_first() -> None:
    lost = {"station_id": "B", "geometry": at(0, 5000)}
    near = surveyed(plot(0, 0, 50, 50), stations=[AT_THE_MIDDLE, lost])
    far = surveyed(plot(900, 900, 950, 950), stations=[AT_THE_MIDDLE, lost])
    assert judged(near, limit(120)).verdict == "covered"
    assert judged(far, limit(120)).reason == "station_not_analysed"


def far_off(**changes: Any) -> dict[str, Any]:
    """A parcel 20 km away, off every street."""
    return {"parcel_no": "1", "area_mu": 1.0, "geometry": plot(20_000, 0, 20_050, 50)} | changes


def test_the_bound_decides_without_roads() -> None:
    for network in (GRID, None):
        parcel = judged(paper_county(network, parcels=[far_off()], stations=[AT_THE_MIDDLE]), Scenario())
        assert (parcel.verdict, parcel.reason, parcel.verdict_slow) == ("not_covered", "bound", "not_covered")
        assert parcel.bound_m == pytest.approx(20_000)
        assert parcel.bound_kph == pytest.approx(20 / 270 * 3600)


def test_the_bound_grants_a_station_its_own_turnout() -> None:
    # 10 km in a straight line: 133 km/h with 30 s of turnout, 120 km/h with none; the street is driven at 125.
    road = town([[(0, 0), (10_000, 0)]])
    parcel = {"parcel_no": "1", "area_mu": 1.0, "geometry": plot(10_000, -5, 10_010, 5)}
    targets = dataclasses.replace(plain_targets(), speeds_kph=(("unclassified", 125.0),))
    for turnout_s, verdict in ((None, "not_covered"), (0.0, "covered")):
        station = AT_THE_MIDDLE | {"turnout_s": turnout_s}
        county = paper_county(road, parcels=[parcel], stations=[station])
        assert judged(county, Scenario(targets=targets)).verdict == verdict


def test_the_bound_does_not_put_a_village_station_at_the_county_seat() -> None:
    village = AT_THE_MIDDLE | {
        "geometry": at(19_000, 0), "shape": at(19_000, 0).buffer(1000), "position_class": "P5",
        "location": "NORTH_OF(x)",
    }  # fmt: skip
    county = paper_county(GRID, parcels=[far_off()], stations=[village], seat=at(0, 0))
    assert judged(county, Scenario()).verdict == "not_analysed"
    anywhere = AT_THE_MIDDLE | {"geometry": None, "position_class": None}
    unplaced = paper_county(GRID, parcels=[far_off()], stations=[anywhere], seat=at(0, 0))
    assert judged(unplaced, Scenario()).reason == "station_not_analysed"


def test_the_bound_does_not_rest_on_a_schematic_drawing() -> None:
    drawn = {"location": "SIDE(x;S)", "position_class": "P4", "drawn": "square"}
    county = paper_county(
        GRID,
        parcels=[far_off(**drawn)],
        stations=[AT_THE_MIDDLE],
        schematic=frozenset({"roads"}),
        seat=at(0, 0),
    )
    parcel = judged(county, Scenario())
    assert parcel.verdict != "not_covered"
    assert np.isnan(parcel.bound_m)
    words = paper_county(
        GRID, parcels=[far_off()], schematic=frozenset({"roads"}), seat=at(10_000, 0),
        stations=[station_on(path((-500, 0), (500, 0)), at(0, 0))],
    )  # fmt: skip
    # The words are taken from the drawing and do not count; the station is somewhere round the seat.
    assert judged(words, Scenario()).bound_m == pytest.approx(7000)


def many() -> County:
    """A grid with plots all over it and stations known well and badly."""
    random = np.random.default_rng(7)
    rows = [
        {"parcel_no": str(i), "area_mu": 1.0, "geometry": plot(x, y, x + w, y + h)}
        for i, (x, y, w, h) in enumerate(
            np.column_stack([random.uniform(-1200, 1100, (30, 2)), random.uniform(1, 300, (30, 2))]).tolist()
        )
    ]
    uncertain = station_on(path((-500, 300), (500, 300)), at(0, 300), station_id="B")
    return paper_county(
        GRID, parcels=rows, stations=[{"station_id": "A", "geometry": at(-700, -700)}, uncertain]
    )


def verdict_ranks(answer: Assessment) -> dict[str, int]:
    """Verdicts in order, without those not analysed."""
    known = answer.parcels[answer.parcels["verdict"] != "not_analysed"]
    return dict(zip(known["parcel_no"], known["verdict"].map(RANK), strict=True))


@pytest.mark.slow
def test_more_time_is_never_worse_and_the_slow_case_never_better() -> None:
    county = many()
    before: dict[str, int] = {}
    seen: set[str] = set()
    for limit_s in (100, 160, 260):
        answer = assess(county, Scenario(targets=Targets(limit_s=limit_s)))
        ranks = verdict_ranks(answer)
        assert all(ranks[number] >= rank for number, rank in before.items())
        before = ranks
        seen |= set(answer.parcels["verdict"])
        analysed = answer.parcels[answer.parcels["verdict"] != "not_analysed"]
        slow, usual = analysed["verdict_slow"].map(RANK), analysed["verdict"].map(RANK)
        assert (slow <= usual).all()
        assert (slow < usual).any() or limit_s == 100
    assert seen == set(VERDICTS)


def test_verdicts_agree_with_times_at_ten_thousand_points() -> None:
    """Every covered parcel is reached at each of many random points of it, every not covered one at none."""
    county, scenario = many(), limit(150)
    answer = assess(county, scenario)
    assert answer.field is not None
    random = np.random.default_rng(3)
    for parcel in answer.parcels.itertuples():
        west, south, east, north = parcel.geometry.bounds
        points = np.asarray(shapely.points(random.uniform((west, south), (east, north), (250, 2))))
        street, chainage, _ = GRID.nearest(points)
        for place in (answer.field.sites.nominal.nonzero()[0], *other_places(answer)):
            seconds, _ = times_at(first_due(answer.field, place), answer.field.points(street, chainage))
            if parcel.verdict == "covered":
                assert (seconds <= 150).all()
            if parcel.verdict == "not_covered":
                assert (seconds > 150).all()


def other_places(answer: Assessment) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """The first and last place of the badly known station, with the well known one."""
    assert answer.field is not None
    sites = answer.field.sites
    well, badly = np.flatnonzero(sites.station == 0), np.flatnonzero(sites.station == 1)
    return [np.append(well, badly[i]) for i in (0, -1)]


@pytest.mark.slow
def test_another_crs_gives_the_same_verdicts() -> None:
    utm = "EPSG:32650"
    metres = many()
    network = dataclasses.replace(GRID, crs=utm)
    moved = dataclasses.replace(
        metres, crs=utm, network=network,
        **{
            name: getattr(metres, name).set_geometry("geometry").set_crs(utm, allow_override=True)
            for name in ("parcels", "stations", "hydrants", "cranes", "places")
        },
    )  # fmt: skip
    here, there = (assess(each, limit(150)).parcels["verdict"] for each in (metres, moved))
    assert here.tolist() == there.tolist()


def test_a_parcel_known_only_by_its_street_has_room_off_the_street(write_county: Callable[..., Path]) -> None:
    """A plot of 100 mu at a house number nobody can place reaches 258 m off the street, farther than is analysed."""
    lines = [path((-1000, 0), (1000, 0)), path((-1000, 60), (1000, 60))]
    streets = gpd.GeoDataFrame({"name": ["长街", "短街"]}, geometry=lines, crs="EPSG:4547").to_crs(4326)
    station = gpd.GeoSeries([at(0, 0)], crs="EPSG:4547").to_crs(4326).iloc[0]
    folder = write_county(
        {
            "county.toml": 'crs = "EPSG:4547"',
            "roads/streets.geojson": streets.to_json(),
            "parcels/parcels.csv": "parcel_no,area_mu,location\n1,100,ADDR(长街;19)\n",
            "stations/stations.csv": f"station_id,status,lon,lat\nA,in_use,{station.x},{station.y}\n",
        }
    )
    county = read_county(folder)
    assert shapely.distance(county.parcels["shape"].iloc[0], at(-900, -250)) == 0
    parcel = judged(county, Scenario(targets=plain_targets(limit_s=3600)))
    assert (parcel.verdict, parcel.reason) == ("not_analysed", "off_street")
