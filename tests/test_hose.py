"""Hose along the streets: by hand, against an independent graph, and laws that hold on any town."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from analysis.hose import (
    ATTACHED,
    NO_PLACE,
    NOT_COUNTED,
    TOO_FAR,
    hose_field,
    hose_sources,
    streets_with_hose,
)
from analysis.hose_table import hose_figures, hose_parcels, hose_streets
from analysis.sampling import sample_shapes
from analysis.water import protection_area
from geo.building import build
from geo.county import read_county
from geo.intervals import cut_at, inside, shared
from geo.network import CLASSES
from tests.counties import paper_county, path, plot
from tests.counties import table_of as layer_table
from tests.towns import CRS, at, grid_lines, town

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.hose import HoseField
    from geo.network import Network

CROSS = [[(0.0, 0.0), (300.0, 0.0)], [(100.0, 0.0), (100.0, 200.0)]]


def sources(*shapes: Any, certainty: str = "surveyed", counted: bool = True) -> gpd.GeoDataFrame:
    """Sources at the given places, named by their number."""
    columns = {
        "source_id": [str(i) for i in range(len(shapes))], "kind": "hydrant", "counted": counted,
        "certainty": certainty,
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=list(shapes), crs=CRS)


def field_of(network: Network, *shapes: Any, **changes: Any) -> HoseField:
    return hose_field(network, sources(*shapes, **changes), snap_limit_m=150)


def hose_at(field: HoseField, places: Sequence[tuple[float, float]]) -> list[float]:
    street, chainage, _ = field.network.nearest(np.array([at(*each) for each in places], dtype=object))
    metres, source = field.at(street, chainage)
    assert ((source >= 0) == np.isfinite(metres)).all()
    return [float(each) for each in metres]


def hydrant(name: str, x: float, y: float, **changes: Any) -> dict[str, Any]:
    return {"hydrant_id": name, "geometry": at(x, y)} | changes


def test_hose_by_hand() -> None:
    field = field_of(town(CROSS), at(40, 5))
    assert hose_at(field, [(0, 0), (40, 0), (100, 0), (100, 200), (300, 0)]) == [45, 5, 65, 265, 265]
    assert field.sources["state"].tolist() == [ATTACHED]
    assert field.sources["off_m"].tolist() == [5]
    two = field_of(town(CROSS), at(0, 0), at(280, -10))
    assert hose_at(two, [(100, 200), (150, 0), (200, 0), (300, 0)]) == [300, 140, 90, 30]
    line = two.linear
    assert (np.abs(np.abs(line.end_m - line.start_m) - (line.to_m - line.from_m)) < 1e-6).all()
    assert (line.to_m - line.from_m).sum() == pytest.approx(500)


def test_several_sources_at_one_place_and_at_a_crossing() -> None:
    field = field_of(town(CROSS), at(100, 30), at(100, 0), at(100, 4), at(100, 4))
    assert hose_at(field, [(100, 0), (100, 200), (0, 0)]) == [0, 170, 100]
    mixed = sources(at(100, 0), at(100, 0)).assign(certainty=["example", "surveyed"])
    sure = hose_field(town(CROSS), mixed, snap_limit_m=150)
    _, source = sure.at(np.array([0]), np.array([0.0]))
    assert sure.sources["certainty"][source[0]] == "surveyed"


def test_hose_is_laid_against_one_way_streets_and_over_bridges_but_not_on_motorways() -> None:
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]
    roads = town(lines, oneway=[-1, 0, 0], bridge=["", "yes", ""], **{"class": ["tertiary"] * 3})
    assert hose_at(field_of(roads, at(0, 0)), [(300, 0)]) == [300]
    fast = town(lines, **{"class": ["tertiary", "motorway", "tertiary"]})
    field = field_of(fast, at(0, 0))
    assert streets_with_hose(fast).tolist() == [True, False, True]
    assert hose_at(field, [(100, 0), (300, 0)]) == [100, np.inf]
    motorway = int(np.flatnonzero(~streets_with_hose(fast))[0])
    assert np.isnan(field.at(np.array([motorway]), np.array([50.0]))[0]).all()


def test_only_sources_that_count_and_stand_near_a_street_give_hose() -> None:
    rows = sources(at(0, 0), at(50, 0), None, at(150, 160)).assign(counted=[True, False, True, True])
    field = hose_field(town([CROSS[0]]), rows, snap_limit_m=150)
    assert field.sources["state"].tolist() == [ATTACHED, NOT_COUNTED, NO_PLACE, TOO_FAR]
    assert hose_at(field, [(200, 0)]) == [200]
    none = field_of(town(CROSS))
    assert hose_at(none, [(200, 0)]) == [np.inf]
    assert none.straight_m(np.array([at(0, 0)])).tolist() == [np.inf]


def test_a_source_across_a_river_is_not_laid_from() -> None:
    roads, river = town([[(0, 0), (300, 0)], [(0, 200), (300, 200)]]), path((-50, 50), (350, 50))
    field = hose_field(roads, sources(at(100, 60)), snap_limit_m=150, barrier=river)
    assert hose_at(field, [(100, 0), (100, 200)]) == [np.inf, pytest.approx(140, abs=0.01)]


def test_a_pond_gives_hose_along_its_bank() -> None:
    field = field_of(town([CROSS[0]]), plot(100, 20, 200, 120))
    assert hose_at(field, [(0, 0), (150, 0), (300, 0)]) == [120, 20, 120]
    assert field.sources["off_m"].tolist() == [20]


def test_hydrants_become_sources_with_their_certainty() -> None:
    rows = [
        hydrant("A", 0, 0), hydrant("B", 0, 0, position_class="P2"), hydrant("C", 0, 0, interpolated=True),
    ]  # fmt: skip
    county = paper_county(town(CROSS), hydrants=rows)
    table = hose_sources(county, county.hydrants.assign(counted=True))
    assert table["source_id"].tolist() == ["A", "B", "C"]
    assert table["certainty"].tolist() == ["surveyed", "located", "example"]


def told(column: Any) -> list[Any]:
    """The values of a column, null as None."""
    return [None if each is None or each != each else each for each in column.tolist()]  # noqa: PLR0124 - NaN


def table_of(network: Network, rows: Sequence[dict[str, Any]], **changes: Any) -> Any:
    """Stretches and parcels of a paper county with these hydrants, as the radius of 150 m sees them."""
    county = paper_county(network, hydrants=rows, **changes)
    field = hose_field(network, hose_sources(county, county.hydrants.assign(counted=True)), snap_limit_m=150)
    area = protection_area(np.array([row["geometry"] for row in rows], dtype=object), 150.0, county.barrier)
    samples = sample_shapes(list(county.parcels["shape"]), network, 150.0)
    return hose_streets(county, field, 150.0, area), hose_parcels(county, field, samples, 150.0, area, 150.0)


def test_stretches_are_cut_where_hose_and_radius_end() -> None:
    # A bend of 100 m by 100 m: at its end the straight line is 141 m, the hose 200 m.
    streets, _ = table_of(town([[(0, 0), (100, 0), (100, 200)]]), [hydrant("A", 0, 0)])
    edge = 100 + np.sqrt(150**2 - 100**2)
    assert streets["from_m"].tolist() == pytest.approx([0, 150, edge], abs=0.1)
    assert streets["to_m"].tolist() == pytest.approx([150, edge, 300], abs=0.1)
    assert streets["hose_m_max"].tolist() == pytest.approx([150, edge, 300], abs=0.1)
    assert streets["hose_m_min"].tolist() == pytest.approx([0, 150, edge], abs=0.1)
    assert streets["straight_m"].tolist() == pytest.approx(
        [np.hypot(100, 50), 150, np.hypot(100, 200)], abs=0.1
    )
    assert streets["hose_state"].tolist() == ["within", "beyond", "beyond"]
    assert told(streets["differs"]) == [None, "straight_only", None]
    figures = hose_figures(streets)
    assert figures["differs_m"]["straight_only"] == pytest.approx(edge - 150, abs=0.1)
    assert sum(figures["state_m"].values()) == pytest.approx(figures["length_m"]) == pytest.approx(300)


def test_where_radius_and_hose_end_together_they_do_not_differ() -> None:
    streets, _ = table_of(town([[(-400, 1), (400, 33)]]), [hydrant("A", 0, 17)])
    assert streets["hose_state"].tolist() == ["beyond", "within", "beyond"]
    assert streets["differs"].isna().all()


def test_hose_over_a_bridge_reaches_where_the_radius_may_not_count() -> None:
    lines = [[(0, 0), (0, 40)], [(0, 40), (0, 60)], [(0, 60), (0, 100)]]
    roads = town(lines, bridge=["", "yes", ""])
    rail = gpd.GeoDataFrame({"kind": ["railway"]}, geometry=[path((-900, 50), (900, 50))], crs=CRS)
    streets, _ = table_of(roads, [hydrant("A", 0, 0)], barriers=rail)
    assert set(told(streets["differs"])) == {None, "hose_only"}
    assert streets.loc[streets["differs"] == "hose_only", "length_m"].sum() == pytest.approx(50, abs=0.1)


def test_nothing_is_within_from_examples_or_drawings_and_nothing_beyond_while_one_is_unsure() -> None:
    road = town([[(0, 0), (400, 0)]])
    for changes, row in (
        ({}, {"interpolated": True}), ({}, {"position_class": "P3"}),
        ({"schematic": frozenset({"roads"})}, {}), ({"schematic": frozenset({"hydrants"})}, {}),
    ):  # fmt: skip
        streets, _ = table_of(road, [hydrant("A", 0, 0, **row)], **changes)
        assert set(streets["hose_state"]) == {"depends"}
        assert streets["hose_drawn"].tolist() == ["within", "beyond"]
    lost = [hydrant("A", 0, 0), {"hydrant_id": "B", "geometry": None, "shape": None, "position_class": None}]
    county = paper_county(road, hydrants=lost)
    field = hose_field(road, hose_sources(county, county.hydrants.assign(counted=True)), snap_limit_m=150)
    streets = hose_streets(county, field, 150.0, protection_area(np.array([at(0, 0)]), 150.0))
    assert streets["hose_state"].tolist() == ["within", "depends"]
    nobody = paper_county(road)
    field = hose_field(road, hose_sources(nobody, nobody.hydrants.assign(counted=True)), snap_limit_m=150)
    unlisted = hose_streets(nobody, field, 150.0, shapely.MultiPolygon())
    assert unlisted["hose_state"].tolist() == ["not_analysed"]
    assert told(unlisted["hose_drawn"]) == [None]
    assert hose_streets(paper_county(), None, 150.0, shapely.MultiPolygon()).empty


def test_a_surveyed_source_is_enough_however_near_an_unsure_one_stands() -> None:
    rows = [hydrant("A", 0, 0), hydrant("B", 100, 0, interpolated=True)]
    streets, _ = table_of(town([[(0, 0), (400, 0)]]), rows)
    assert told(streets["hose_state"]) == ["within", "within", "depends", "depends"]
    assert streets["certainty"].tolist() == ["surveyed", "example", "example", "example"]
    assert streets["to_m"].tolist() == pytest.approx([50, 150, 250, 400])
    assert streets["hose_drawn"].tolist() == ["within", "within", "within", "beyond"]


def test_ponds_and_quays_are_sources_where_an_engine_gets_to_them() -> None:
    rows = [
        {
            "source_id": "P",
            "kind": "pond",
            "geometry": plot(0, 10, 20, 30),
            "access": "yes",
            "all_season": "yes",
        },
        {"source_id": "Q", "kind": "quay", "geometry": at(50, 5), "access": "yes"},
        {"source_id": "N", "kind": "natural", "geometry": at(90, 5), "access": "no"},
    ]
    county = paper_county(town([[(0, 0), (400, 0)]]), hydrants=[hydrant("A", 300, 0)])
    others = layer_table("sources", rows).assign(counted=True)
    table = hose_sources(county, county.hydrants.assign(counted=True), others)
    assert table["source_id"].tolist() == ["A", "P", "Q", "N"]
    assert table["kind"].tolist() == ["hydrant", "pond", "quay", "natural"]
    assert table["certainty"].tolist() == ["surveyed", "surveyed", "located", "located"]
    assert table["counted"].tolist() == [True, True, True, False]
    assert county.network is not None
    field = hose_field(county.network, table, snap_limit_m=150)
    assert hose_at(field, [(0, 0), (50, 0), (90, 0)]) == [10, 5, 45]
    assert hose_at(field.surveyed, [(0, 0), (50, 0), (90, 0)]) == [10, 40, 80]


def test_streets_joined_to_no_source_are_not_analysed() -> None:
    apart = town([[(0, 0), (100, 0)], [(0, 40), (100, 40)]])
    lots = [{"parcel_no": "a", "geometry": plot(10, 42, 20, 50)}]
    streets, parcels = table_of(apart, [hydrant("A", 0, 0)], parcels=lots)
    assert streets["hose_state"].tolist() == ["within", "not_analysed"]
    assert told(streets["hose_drawn"]) == ["within", None]
    assert streets["hose_m_max"].isna().tolist() == [False, True]
    assert (parcels["hose_state"].tolist(), told(parcels["hose_reason"])) == (
        ["not_analysed"],
        ["no_source_joined"],
    )
    none, _ = table_of(apart, [hydrant("A", 0, 5000)])
    assert set(none["hose_state"]) == {"beyond"}


def test_ponds_do_not_speak_for_hydrants_nobody_lists() -> None:
    lots = [
        {"parcel_no": "near", "geometry": plot(20, 10, 80, 60)},
        {"parcel_no": "far", "geometry": plot(300, 10, 350, 60)},
    ]
    road, pond = town([[(0, 0), (400, 0)]]), sources(at(0, 0)).assign(kind="pond")
    field = hose_field(road, pond, snap_limit_m=150)
    for missing, beyond in ((frozenset(), "beyond"), (frozenset({"hydrants"}), "not_analysed")):
        county = paper_county(road, parcels=lots, missing=missing)
        streets = hose_streets(county, field, 150, shapely.MultiPolygon())
        assert streets["hose_state"].tolist() == ["within", beyond]
        samples = sample_shapes(list(county.parcels["shape"]), road, 150)
        found = hose_parcels(county, field, samples, 150, shapely.MultiPolygon(), 150)
        assert found["hose_state"].tolist() == ["within", beyond]
    assert told(streets["hose_drawn"]) == ["within", None]
    assert told(found["hose_reason"]) == [None, "hydrants_not_listed"]


def test_parcels_by_their_frontage() -> None:
    rows = [
        {"parcel_no": "near", "geometry": plot(20, 10, 80, 60)},
        {"parcel_no": "part", "geometry": plot(100, 10, 200, 60)},
        {"parcel_no": "far", "geometry": plot(300, 10, 350, 60)},
        {"parcel_no": "off", "geometry": plot(0, 400, 50, 450)},
        {"parcel_no": "village", "geometry": plot(0, 10, 50, 60), "position_class": "P5"},
        {"parcel_no": "nowhere", "geometry": None},
    ]
    road = town([[(0, 0), (400, 0)]])
    _, found = table_of(road, [hydrant("A", 0, 0)], parcels=rows)
    assert found["hose_state"].tolist() == ["within", "depends", "beyond", *["not_analysed"] * 3]
    assert told(found["hose_reason"]) == [None, "part_of_parcel", None, "off_street", "no_place", "no_place"]
    assert found["hose_m"].tolist()[:3] == pytest.approx([80, 200, 350])
    assert found["hose_m_min"].tolist()[:3] == pytest.approx([20, 100, 300])
    assert found["hose_straight_m"].tolist()[:3] == pytest.approx([80, 200, 350])
    assert told(found["hose_source_id"]) == ["A", "A", "A", None, None, None]
    _, unsure = table_of(road, [hydrant("A", 0, 0, interpolated=True)], parcels=rows)
    assert unsure["hose_state"].tolist() == [*["depends"] * 3, *["not_analysed"] * 3]
    _, drawn = table_of(road, [hydrant("A", 0, 0)], parcels=rows, schematic=frozenset({"parcels"}))
    assert drawn["hose_reason"].tolist()[:3] == ["schematic_network"] * 3
    assert drawn["hose_drawn"].tolist()[:3] == ["within", "depends", "beyond"]


def test_one_source_more_never_makes_the_hose_longer() -> None:
    rng = np.random.default_rng(11)
    network = town(grid_lines(6))
    street = rng.integers(0, network.n_streets, 300)
    chainage = rng.random(300) * network.length_m[street]
    for _ in range(20):
        places = [at(*each) for each in rng.uniform(-300, 300, (rng.integers(2, 9), 2))]
        fewer, more = (field_of(network, *some).at(street, chainage)[0] for some in (places[:-1], places))
        assert (more <= fewer + 1e-6).all()


def independent_metres(network: Network, places: Any, asked: list[tuple[int, float]]) -> list[float]:
    """Hose to street points on a graph split at sources and at the points, with networkx."""
    street, chainage, off = network.nearest(places)
    cuts: dict[int, set[float]] = {}
    for row, along in [*zip(street.tolist(), chainage.tolist(), strict=True), *asked]:
        cuts.setdefault(row, set()).add(along)
    graph: nx.Graph[Any] = nx.Graph()
    for row in range(network.n_streets):
        ends = {0.0: ("n", network.u[row]), network.length_m[row]: ("n", network.v[row])}
        stops = sorted(cuts.get(row, set()) | set(ends))
        for a, b in itertools.pairwise(stops):
            one, other = (ends.get(stop, (row, stop)) for stop in (a, b))
            if CLASSES[network.klass[row]] in {"motorway", "motorway_link", "trunk_link"}:
                graph.add_nodes_from([one, other])
                continue
            known = graph.get_edge_data(one, other, {"m": np.inf})["m"]
            graph.add_edge(one, other, m=min(b - a, known))

    def node(row: int, along: float) -> Any:
        if along <= 0:
            return ("n", network.u[row])
        return ("n", network.v[row]) if along >= network.length_m[row] else (row, along)

    for number, (row, along, metres) in enumerate(zip(street.tolist(), chainage.tolist(), off, strict=True)):
        graph.add_edge(("s", number), node(row, along), m=metres)
        graph.add_edge("all", ("s", number), m=0.0)
    found = nx.single_source_dijkstra_path_length(graph, "all", weight="m")
    return [found.get(node(*each), np.inf) for each in asked]


@pytest.mark.slow
def test_hose_in_lauf_equals_an_independent_graph(real_data: Path, tmp_path: Path) -> None:
    build(real_data / "lauf" / "lauf-200115.osm.pbf", tmp_path / "lauf")
    county = read_county(tmp_path / "lauf")
    network = county.network
    assert network is not None
    table = hose_sources(county, county.hydrants.assign(counted=county.hydrants["status"] == "in_use"))
    field = hose_field(network, table, snap_limit_m=150)
    used = table[(field.sources["state"] == ATTACHED).to_numpy()]
    assert len(used) > 400
    rng = np.random.default_rng(2)
    laid = np.flatnonzero(streets_with_hose(network))
    street = rng.choice(laid, 500)
    chainage = rng.random(500) * network.length_m[street]
    places = np.asarray(used.geometry.to_numpy(), dtype=object)
    wanted = independent_metres(network, places, list(zip(street.tolist(), chainage.tolist(), strict=True)))
    np.testing.assert_allclose(field.at(street, chainage)[0], wanted, atol=1e-4)
    assert np.isfinite(wanted).sum() > 400
    area = protection_area(np.asarray(table.geometry.to_numpy(), dtype=object), 150.0)
    streets = hose_streets(county, field, 150.0, area)
    assert streets["length_m"].sum() == pytest.approx(network.length_m.sum(), rel=1e-9)
    assert shapely.length(streets.geometry.to_numpy()).sum() == pytest.approx(
        network.length_m.sum(), rel=1e-6
    )
    assert (streets["straight_m"] <= streets["hose_m_max"] + 1e-3)[streets["hose_m_max"].notna()].all()
    number = {name: row for row, name in enumerate(network.street_ids())}
    rows = streets["street_id"].map(number).to_numpy()
    middle = network.along(rows, ((streets["from_m"] + streets["to_m"]) / 2).to_numpy())
    shapely.prepare(area)
    assert (shapely.covers(area, middle) == streets["in_radius"]).mean() > 0.999
    assert hose_figures(streets)["differs_m"]["straight_only"] > 1000


def test_parts_of_streets_in_an_area_and_shared_by_several() -> None:
    loop = town([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-50, 0)]])
    held = inside(loop, plot(-20, -10, 30, 110))
    found = sorted(zip(held.street.tolist(), held.from_m.tolist(), held.to_m.tolist(), strict=True))
    lengths = [round(to_m - from_m, 6) for _, from_m, to_m in found]
    assert sum(lengths) == pytest.approx(30 + 130 + 20)
    assert held.hold(np.array([found[0][0]]), np.array([15.0])).tolist() == [True]
    assert inside(loop, shapely.MultiPolygon()).hold(np.array([0]), np.array([1.0])).tolist() == [False]
    road = town([[(0, 0), (100, 0)]])
    zero = np.zeros(3, dtype=np.int64)
    both = shared(road, zero, np.array([0.0, 40.0, 60.0]), np.array([60.0, 60.0, 80.0]), 2)
    assert (both.from_m.tolist(), both.to_m.tolist()) == ([40.0], [60.0])
    any_of = shared(road, zero, np.array([0.0, 40.0, 60.0]), np.array([60.0, 60.0, 80.0]))
    assert (any_of.from_m.tolist(), any_of.to_m.tolist()) == ([0.0], [80.0])
    row, from_m, to_m = cut_at(road, zero[:2], np.array([0.0, 50.0]), np.array([50.0, 100.0]), (both, any_of))
    assert row.tolist() == [0, 0, 1, 1, 1]
    assert from_m.tolist() == [0, 40, 50, 60, 80]
    assert to_m.tolist() == [40, 50, 60, 80, 100]
