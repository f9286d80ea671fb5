"""Critical links: towns solvable on paper, every loss against a real closure, and what cannot be asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.ops import substring

from analysis.__main__ import main
from analysis.assessment import assess
from analysis.closures import Closure
from analysis.critical_links import CUT_EDGE, KINDS, STRUCTURE, _Today, critical_links, links_of
from analysis.results import about
from analysis.scenario import Scenario
from geo.crs import WGS84
from geo.export import geojson_bytes
from geo.network import LEVEL_CROSSING
from geo.problems import InputError
from tests.counties import paper_county, plot
from tests.test_laws import random_town
from tests.towns import at, plain_targets, town

DATA = Path(__file__).resolve().parent.parent / "data"
PLAIN = Scenario(targets=plain_targets())
STATION = {"station_id": "A", "geometry": at(-1000, 0)}
TWO_BANKS = [
    [(-1000.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), (100.0, 0.0)],  # the bridge
    [(100.0, 0.0), (1000.0, 0.0)],
    [(100.0, 0.0), (100.0, 500.0)],
]


def test_the_only_bridge_takes_the_other_bank_with_it() -> None:
    network = town(TWO_BANKS, bridge=["no", "yes", "no", "no"])
    parcels = [
        {"parcel_no": "near", "geometry": plot(-500, 5, -450, 50), "area_mu": 3.0},
        {"parcel_no": "over", "geometry": plot(500, 5, 550, 50), "area_mu": 4.0},
    ]
    links = critical_links(assess(paper_county(network, stations=[STATION], parcels=parcels), PLAIN))
    first = links.iloc[0]
    assert first["lost_beyond_m"] == pytest.approx(1400)
    assert first["lost_m"] == pytest.approx(1500)
    assert (first["parcels_lost"], first["parcels_lost_mu"]) == (1, 4.0)
    assert links["lost_beyond_m"].is_monotonic_decreasing


def test_a_second_bridge_makes_the_first_one_dispensable() -> None:
    lines = [*TWO_BANKS, [(0.0, 0.0), (0.0, 500.0)], [(0.0, 500.0), (100.0, 500.0)]]
    links = critical_links(assess(paper_county(town(lines), stations=[STATION]), PLAIN))
    assert not (links["length_m"] == 100).any(), "no cut edge any more, and no structure without the mark"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_loss_is_that_of_a_closed_street(seed: int) -> None:
    drawn = random_town(seed)
    # Any streets may be structures: a fifth of them here.
    network = replace(drawn, owns_ground=np.random.default_rng(seed).uniform(size=drawn.n_streets) > 0.2)
    county = paper_county(
        network, stations=[{"station_id": "A", "geometry": shapely.Point(network.nodes[0])}]
    )
    found = assess(county, PLAIN)
    if found.due is None:
        with pytest.raises(InputError):
            critical_links(found)
        return
    links = critical_links(found)
    assert len(links)
    today = found.summary["street_length_reached_m"]
    ids = network.street_ids()
    for row in links.head(4).itertuples():
        # Two metres short of either end: a line shuts whatever it touches, so also the streets at a junction.
        shut = [
            substring(line, 2, line.length - 2) for line in network.lines[[ids.index(i) for i in row.streets]]
        ]
        lines = gpd.GeoSeries(shut, crs=county.crs)
        closures = tuple(Closure("x", line.wkt) for line in lines.to_crs(WGS84))
        without = assess(county, Scenario(targets=plain_targets(), closures=closures))
        lost_m = today - without.summary["street_length_reached_m"]
        assert row.lost_m == pytest.approx(lost_m, abs=5 * len(row.streets))


def test_cut_edges_are_those_without_which_the_town_falls_apart() -> None:
    square = [[(0.0, 0.0), (300.0, 0.0)], [(300.0, 0.0), (300.0, 300.0)], [(300.0, 300.0), (0.0, 0.0)]]
    other = [[(x + 1000, y) for x, y in line] for line in square]
    joint = [[(300.0, 0.0), (1000.0, 0.0)]]
    short_end = [[(0.0, 0.0), (0.0, -150.0)]]
    network = town([*square, *other, *joint, *short_end])
    cut = [link for link in links_of(network) if link.kind == CUT_EDGE]
    assert [float(network.length_m[link.street].sum()) for link in cut] == [700.0], (
        "the dead end is too short"
    )


def test_structures_of_one_name_are_one_link() -> None:
    lines = [[(0.0, 0.0), (100.0, 0.0)], [(100.0, 0.0), (200.0, 0.0)], [(200.0, 0.0), (400.0, 0.0)]]
    network = town(lines, bridge=["yes", "yes", "no"], name=["b", "b", "b"])
    found = [link for link in links_of(network) if link.kind == STRUCTURE]
    assert [len(link.street) for link in found] == [2]


@pytest.mark.slow
def test_what_cannot_be_asked_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["links", str(DATA), "--out", str(tmp_path / "links.csv"), "--lang", "en"]) == 2
    assert "schematic" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError):
        critical_links(assess(paper_county(town(TWO_BANKS)), PLAIN))
    assert set(KINDS) == {"structure", "level_crossing", "cut_edge"}


def test_the_table_is_written_as_geojson() -> None:
    found = assess(paper_county(town(TWO_BANKS), stations=[STATION]), PLAIN)
    written = json.loads(geojson_bytes(critical_links(found), about(found)))
    assert {each["geometry"]["type"] for each in written["features"]} <= {"LineString", "MultiLineString"}
    assert np.isfinite([each["properties"]["lost_m"] for each in written["features"]]).all()


def test_a_parcel_along_an_only_way_is_lost_with_it() -> None:
    # Nobody drives the whole of the long street within the limit, yet the parcel is reached along it.
    lines = [[(0.0, 0.0), (100.0, 0.0)], [(100.0, 0.0), (3000.0, 0.0)], [(3000.0, 0.0), (3000.0, 600.0)]]
    parcel = {"parcel_no": "on", "geometry": plot(1000, 5, 1050, 50), "area_mu": 4.0}
    county = paper_county(
        town([*lines, [(0.0, 0.0), (-500.0, 0.0)]]),
        stations=[{"station_id": "A", "geometry": at(0, 0)}], parcels=[parcel],
    )  # fmt: skip
    found = assess(county, PLAIN)
    assert found.parcels["verdict"].tolist() == ["covered"]
    links = critical_links(found).set_index("length_m")
    assert links["parcels_lost"].to_dict() == {100.0: 1, 2900.0: 1}
    assert links["lost_beyond_m"].to_dict() == pytest.approx({100.0: 2300, 2900.0: 0})


@pytest.mark.parametrize("crossing_s", [0.0, 5.0])
def test_a_level_crossing_at_a_station_shuts_its_engines_in(crossing_s: float) -> None:
    # Both streets are longer than the limit allows: no way within it leads along the whole of one.
    plain = town([[(-3000.0, 0.0), (0.0, 0.0)], [(0.0, 0.0), (3000.0, 0.0)]])
    node_kind = np.where(shapely.distance(shapely.points(plain.nodes), at(0, 0)) < 1, LEVEL_CROSSING, 0)
    network = replace(plain, node_kind=node_kind.astype(plain.node_kind.dtype))
    county = paper_county(network, stations=[{"station_id": "A", "geometry": at(0, 0)}])
    links = critical_links(assess(county, Scenario(targets=plain_targets(level_crossing_s=crossing_s))))
    assert links["lost_m"].tolist() == pytest.approx([4800])
    assert links["lost_beyond_m"].tolist() == pytest.approx([4800], abs=2)


def test_no_two_links_have_one_id() -> None:
    plain = town([[(400.0 * i, 0.0), (400.0 * i + 400.0, 0.0)] for i in range(3)])
    crossings = np.full(plain.n_nodes, LEVEL_CROSSING, dtype=plain.node_kind.dtype)
    county = paper_county(
        replace(plain, node_kind=crossings), stations=[{"station_id": "A", "geometry": at(200, 0)}]
    )
    assert critical_links(assess(county, PLAIN))["link_id"].is_unique


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_link_that_is_not_closed_would_have_lost_no_more(seed: int) -> None:
    """Delays at turns and level crossings, stations with their own turnout, at junctions and within a street."""
    drawn, rng = random_town(seed), np.random.default_rng(seed)
    kind = np.where(rng.uniform(size=drawn.n_nodes) < 0.15, LEVEL_CROSSING, 0).astype(drawn.node_kind.dtype)
    network = replace(drawn, owns_ground=rng.uniform(size=drawn.n_streets) > 0.2, node_kind=kind)
    corners = [shapely.Point(network.nodes[row]) for row in rng.integers(0, network.n_nodes, 2).tolist()]
    places = [
        *corners,
        network.lines[int(rng.integers(network.n_streets))].interpolate(0.37, normalized=True),
    ]
    stations = [
        {"station_id": f"{number}", "geometry": place, "turnout_s": turnout_s}
        for number, (place, turnout_s) in enumerate(zip(places, (60.0, 130.0, None), strict=True))
    ]
    corners = network.nodes[rng.integers(0, network.n_nodes, 6)].tolist()
    parcels = [
        {
            "parcel_no": f"{x:.0f} {y:.0f}",
            "geometry": shapely.box(x + 3, y + 3, x + 90, y + 60),
            "area_mu": 2.0,
        }
        for x, y in corners
    ]
    delays = {"left_turn_s": 5.0, "level_crossing_s": 20.0, "junction_s": 3.0, "u_turn_s": 10.0}
    for targets in (plain_targets(limit_s=120.0), plain_targets(limit_s=120.0, **delays)):
        found = assess(paper_county(network, stations=stations, parcels=parcels), Scenario(targets=targets))
        if found.field is None or found.due is None:
            continue
        today = _Today.of(found, found.field, found.due)
        every = replace(today, used=np.ones(network.n_streets, dtype=bool))
        for link in links_of(network):
            told, closed = today.without(link), every.without(link)
            assert told.parcels == closed.parcels
            # Half a metre of each street at a level crossing may be reached or not.
            rough_m = 0.5 * len(link.street) + 0.01
            beyond_m = [max(each.lost_m - each.own_m, 0.0) for each in (told, closed)]
            assert beyond_m[0] == pytest.approx(beyond_m[1], abs=rough_m)
