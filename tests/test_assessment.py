"""The county as the plan describes it: what may be said of it, what may not, and that asking changes nothing."""

from __future__ import annotations

import dataclasses
import json
import shutil
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.assessment import Assessment, assess
from analysis.network_table import direction_table, site_table
from analysis.points import TOO_LATE
from analysis.scenario import Scenario, Targets
from analysis.summary import NOTES
from geo.county import County, read_county
from geo.export import plain_value
from geo.osm import network_from_osm
from tests.conftest import ROOT
from tests.counties import paper_county, path, plot
from tests.test_shares import check
from tests.towns import at, fine_graph, plain_targets, town

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLANNED = Scenario(planned_works=True)


@cache
def quyang() -> County:
    return read_county(ROOT / "data")


@cache
def answered(scenario: Scenario) -> Assessment:
    return assess(quyang(), scenario)


def short(parcels: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Verdict and reason by the number of the parcel."""
    numbers = parcels["parcel_no"].str.extract(r"(\d\d)号")[0]
    return dict(zip(numbers, zip(parcels["verdict"], parcels["reason"], strict=True), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [Scenario(), PLANNED], ids=["today", "planned"])
def test_three_parcels_are_not_covered_by_the_bound(scenario: Scenario) -> None:
    answer = answered(scenario)
    assert short(answer.parcels) == {
        "01": ("not_analysed", "village_without_point"),
        "02": ("depends", "schematic_network"),
        **dict.fromkeys(("03", "04", "05"), ("not_covered", "bound")),
    }
    counts = answer.summary["parcels"]
    assert {name: (each["number"], each["mu"]) for name, each in counts.items()} == {
        "covered": (0, 0), "depends": (1, 10.2), "not_covered": (3, 180.35), "not_analysed": (1, 129.01),
    }  # fmt: skip
    assert answer.summary["parcels_total"] == {"number": 5, "mu": 319.56}
    assert counts["not_covered"]["share_of_mu"] == pytest.approx(0.564, abs=5e-4)
    bound = answer.parcels.set_index(answer.parcels["parcel_no"].str.extract(r"(\d\d)号")[0])
    assert (bound.loc[["03", "04", "05"], "bound_kph"] > 100).all()
    assert bound.loc[["03", "04", "05"], ["arrival_s", "covered_share", "station_id"]].isna().all(axis=None)
    assert "schematic_network" in bound.loc["02", "depends_on"].split(",")


def test_the_facts_of_the_plan() -> None:
    summary = answered(Scenario()).summary
    assert round(100 * summary["outside_seat"]["share_of_mu"], 1) == 96.8
    assert (summary["hydrants_built"], summary["hydrants_total"]) == (58, 107)
    assert (summary["cranes_built"], summary["cranes_total"]) == (2, 4)
    assert summary["schematic"] is True
    assert summary["network"]["schematic"] is True
    assert (summary["study_area_source"], "study_area_assumed" in summary["notes"]) == ("ring", True)
    assert summary["targets"]["drive_s"] == 240
    assert summary["targets"]["coverage_target"] == 0.8
    assert summary["digest"] == quyang().digest


def test_shares_add_up_and_works_never_take_any_away() -> None:
    today, planned = answered(Scenario()), answered(PLANNED)
    for answer in (today, planned):
        check(answer)
        water = answer.summary["water"]["area"]
        examples = water["protected_m2"]["examples"]
        assert (
            water["protected_m2"]["low"]
            <= examples["from_end"]
            <= examples["even"]
            <= water["protected_m2"]["high"]
        )
    for share in ("area_share", "street_share"):
        for end in ("low", "nominal", "high"):
            assert planned.summary[share][end] >= today.summary[share][end] - 1e-9
    before, after = (each.summary["water"]["area"]["protected_m2"] for each in (today, planned))
    assert after["low"] == before["low"]
    assert before["high"] < after["high"] <= before["high"] + 49 * np.pi * 150**2
    assert planned.summary["water"]["hydrants_without_place"] == 49
    assert planned.summary["stations"]["counted"] == 2


@pytest.mark.slow
def test_the_schematic_network_proves_nothing_even_with_all_the_time_in_the_world() -> None:
    for limit_s in (60.0, 3600.0):
        parcels = assess(quyang(), Scenario(targets=Targets(limit_s=limit_s))).parcels
        from_network = parcels[parcels["reason"] != "bound"]
        assert not from_network["verdict"].isin(["covered", "not_covered"]).any()
    # In an hour even the farthest parcel may be reached in a straight line.
    assert not (parcels["reason"] == "bound").any()


def test_without_roads_the_bound_still_decides(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text", "roads", "rules"))
    answer = assess(read_county(folder), Scenario())
    verdicts = short(answer.parcels)
    assert {number for number, (verdict, _) in verdicts.items() if verdict == "not_covered"} == {
        "03",
        "04",
        "05",
    }
    assert verdicts["02"] == ("not_analysed", "no_network")
    assert answer.summary["schematic"] is False
    assert answer.summary["study_area_m2"] is None


@pytest.mark.slow
def test_asking_changes_neither_the_county_nor_the_answer() -> None:
    county = read_county(ROOT / "data")
    tables = {each.name: getattr(county, each.name) for each in dataclasses.fields(county)}
    before = {name: each.copy() for name, each in tables.items() if isinstance(each, pd.DataFrame)}
    first, second = assess(county, PLANNED), answered(PLANNED)
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, tables[name])
    assert plain_value(first.summary) == plain_value(second.summary)
    pd.testing.assert_frame_equal(first.parcels, second.parcels)
    assert json.loads(json.dumps(plain_value(first.summary), allow_nan=False)) == plain_value(first.summary)


def test_the_digest_follows_the_input(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text", "rules"))
    same = read_county(folder).digest
    stations = folder / "stations" / "stations.csv"
    stations.write_text(stations.read_text(encoding="utf-8").replace("在建", "在建 "), encoding="utf-8")
    stations.write_bytes(stations.read_bytes() + b"\n")
    assert same != read_county(folder).digest


def lauf_county(real_data: Path, write_county: Callable[..., Path]) -> tuple[Path, gpd.GeoDataFrame]:
    """Lauf as a county folder with surveyed plots at random places; the plots in the network's CRS."""
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network = extract.network
    random = np.random.default_rng(11)
    west, south, east, north = shapely.total_bounds(network.lines)
    corner = random.uniform((west, south), (east - 100, north - 100), (60, 2))
    size = random.uniform(10, 60, (60, 2))
    plots = gpd.GeoDataFrame(
        {"parcel_no": [str(i) for i in range(60)], "area_mu": size.prod(axis=1) * 15 / 10_000},
        geometry=shapely.box(*corner.T, *(corner + size).T), crs=network.crs,
    )  # fmt: skip
    files = {
        "stations/stations.geojson": json.loads(extract.stations.to_crs(4326).to_json()),
        "hydrants/hydrants.geojson": json.loads(extract.hydrants.to_crs(4326).to_json()),
        "parcels/parcels.geojson": json.loads(plots.to_crs(4326).to_json()),
    }
    folder = write_county(files)
    network.save(folder / "roads" / "network.npz")
    return folder, plots


@pytest.mark.slow
def test_lauf_parcels_agree_with_networkx(real_data: Path, write_county: Callable[..., Path]) -> None:
    folder, _ = lauf_county(real_data, write_county)
    county = read_county(folder)
    network = county.network
    assert network is not None
    answer = assess(county, Scenario())
    assert answer.summary["hydrants_built"] == 479
    assert answer.summary["stations"]["site_states"] == {"snapped": 3}
    check(answer)
    assert set(answer.parcels["verdict"]) >= {"covered", "not_covered", "not_analysed"}

    # Random points and the corners of every plot, routed by networkx on streets split at 20 m.
    random = np.random.default_rng(12)
    rows, points = [], []
    for row, shape in enumerate(answer.parcels.geometry):
        west, south, east, north = shape.bounds
        places = np.vstack(
            [random.uniform((west, south), (east, north), (20, 2)), shapely.get_coordinates(shape)]
        )
        points += [shapely.Point(x, y) for x, y in places.tolist()]
        rows += [row] * len(places)
    lines = shapely.STRtree(network.lines[network.owns_ground])
    ground = np.flatnonzero(network.owns_ground)
    street = ground[lines.nearest(points)]
    chainage = shapely.line_locate_point(network.lines[street], points)
    off = shapely.distance(network.lines[street], points)
    asked = list(zip(network.street_ids(street), chainage.tolist(), strict=True))
    fine = fine_graph(
        direction_table(network, Targets()), site_table(county, answer.stations, answer.field), asked
    )
    route_s = fine.seconds()
    seconds = np.array([route_s.get(fine.alias[each], np.inf) for each in asked])
    table = pd.DataFrame({"row": rows, "off": off, "seconds": seconds}).groupby("row")
    worst, best, farthest = table["seconds"].max(), table["seconds"].min(), table["off"].max()
    for row, parcel in enumerate(answer.parcels.itertuples()):
        if parcel.verdict == "covered":
            assert worst[row] <= 300.001
            assert farthest[row] <= 150
            assert parcel.arrival_s >= worst[row] - 0.6  # a sample lies within half a metre's drive
        elif parcel.verdict == "not_covered" and parcel.reason == "beyond_limit":
            assert best[row] > 299.999
        elif parcel.verdict == "depends":
            assert (parcel.reason, best[row] <= 300 or parcel.covered_share > 0) == ("part_of_parcel", True)
        elif parcel.reason == "off_street":
            assert parcel.geometry.distance(shapely.union_all(network.lines[ground])) >= 0
            assert (
                max(
                    shapely.distance(network.lines[ground], corner).min()
                    for corner in corners(parcel.geometry)
                )
                > 100
            )
    assert fine.reached_m(300.0) == pytest.approx(answer.summary["street_length_reached_m"], rel=0.005)
    assert TOO_LATE in answer.streets["state"].tolist()


def corners(shape: shapely.Polygon) -> list[shapely.Point]:
    """Corners of a plot."""
    return [shapely.Point(x, y) for x, y in shape.exterior.coords]


def test_notes_say_what_is_guessed_and_what_is_counted_though_unknown() -> None:
    county = paper_county(
        town([[(0, 0), (1000, 0)]]),
        stations=[{"station_id": "A", "geometry": at(0, 0), "status": "unknown"}],
    )
    left_out = assess(county, Scenario()).summary["notes"]
    counted = assess(county, Scenario(count_unknown=True)).summary["notes"]
    assert set(left_out) ^ set(counted) == {"station_status_unknown", "stations_unknown_counted"}
    assert "classes_guessed" in counted
    assert set(left_out) | set(counted) <= set(NOTES)


@pytest.mark.slow
def test_a_station_without_an_engine_counts_for_nothing_and_says_why() -> None:
    county = read_county(ROOT / "data")
    van = county.vehicles[county.vehicles["kind"] == "宣传车"]
    assert len(van) == 1
    only_a_van = dataclasses.replace(county, vehicles=van.reset_index(drop=True))
    states = assess(only_a_van, Scenario()).stations.set_index("station_id")["site_state"]
    assert states.to_dict() == {"FS-1": "no_engine", "FS-2": "not_counted"}
    unlisted = dataclasses.replace(county, vehicles=county.vehicles.iloc[:0])
    assert assess(unlisted, Scenario()).stations.set_index("station_id")["site_state"]["FS-1"] == "snapped"


@pytest.mark.slow
def test_a_station_counts_from_the_year_it_opens() -> None:
    road = town([[(0, 0), (9000, 0)]])
    opening = [
        ("A", "in_use", None), ("B", "in_use", 2030), ("C", "not_built", 2027), ("D", "under_construction", None),
        ("E", "out_of_service", 2030), ("F", "unknown", 2026),
    ]  # fmt: skip
    stations = [
        {"station_id": name, "status": status, "opens": opens, "geometry": at(1500.0 * i, 0)}
        for i, (name, status, opens) in enumerate(opening)
    ]
    plots = [
        {"parcel_no": name, "geometry": plot(1500 * i - 20, -20, 1500 * i + 20, 20)}
        for i, (name, _, _) in enumerate(opening)
    ]
    county = paper_county(road, stations=stations, parcels=plots)

    def states(**asked: Any) -> str:
        answer = assess(county, Scenario(targets=plain_targets(limit_s=100), **asked))
        codes = answer.stations["site_state"].map({"snapped": "s", "not_counted": "-", "opens_later": "l"})
        covered = answer.parcels["verdict"] == "covered"
        assert covered.tolist() == answer.stations["counted"].tolist() == (codes == "s").tolist()
        return "".join(codes)

    assert states() == "ss----"
    assert states(planned_works=True) == "ssss--"
    assert states(year=2026) == "sll---"
    assert states(year=2026, planned_works=True, count_unknown=True) == "slls-s"
    assert states(year=2025, count_unknown=True) == "sll--l"
    assert states(year=2027) == "sls---"
    assert states(year=2030) == "sss---"


def test_a_station_may_stand_at_one_of_several_points_or_in_shapes_of_several_kinds() -> None:
    road = town([[(0, 0), (3000, 0)]])
    ends = shapely.MultiPoint([at(100, 0), at(2900, 0)])
    mixed = shapely.GeometryCollection([at(100, 0), path((2000, 0), (2900, 0)), plot(2800, -9, 2900, 9)])
    for shape in (ends, mixed):
        station = {"station_id": "A", "geometry": at(100, 0), "shape": shape, "position_class": "P4"}
        plots = [{"parcel_no": "1", "geometry": plot(100, 10, 150, 40)}]
        county = paper_county(road, stations=[station], parcels=plots)
        answer = assess(county, Scenario(targets=plain_targets()))
        assert answer.parcels[["verdict", "depends_on"]].to_numpy().tolist() == [
            ["depends", "station_position"]
        ]
        assert answer.parcels["arrival_s_max"].tolist() == [60 + 280]
