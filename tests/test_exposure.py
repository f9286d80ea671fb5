"""What gaps expose: by hand on a paper town, shared out once on many gaps, null where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.exposure import EXPOSED, exposed
from geo.areas import length_inside_m
from tests.counties import paper_county, path, plot, table_of
from tests.towns import CRS, ORIGIN, at, grid_lines, town

LEFT, RIGHT, FAR = plot(0, 0, 100, 100), plot(100, 0, 200, 100), plot(500, 500, 600, 700)


def gaps_of(*shapes: Any) -> gpd.GeoDataFrame:
    columns = {"gap_id": [f"gap-{i}" for i in range(len(shapes))], "area_m2": [each.area for each in shapes]}
    return gpd.GeoDataFrame(columns, index=range(5, 5 + len(shapes)), geometry=list(shapes), crs=CRS)


def place(number: int, x: float, y: float, kind: str, people: float | None = None) -> dict[str, Any]:
    return {"place_id": str(number), "kind": kind, "population": people, "geometry": at(x, y)}


def with_places(*rows: dict[str, Any], **changes: Any) -> Any:
    county = paper_county(town([[(-50, 50), (150, 50)]]), **changes)
    return replace(county, places=table_of("places", rows))


def test_gaps_are_ranked_by_what_they_expose() -> None:
    parcels = [
        {"parcel_no": "both", "geometry": plot(90, 10, 110, 20)},
        {"parcel_no": "beside", "geometry": plot(-10, 0, 0, 10)},
        {"parcel_no": "words", "geometry": plot(10, 10, 20, 20), "position_class": "P4"},
        {"parcel_no": "village", "geometry": plot(10, 10, 20, 20), "position_class": "P5"},
        {"parcel_no": "nowhere", "geometry": None},
    ]
    county = with_places(
        place(1, 150, 20, "key_unit"),
        place(2, 50, 20, "township", 54_000),
        place(3, 60, 20, "village", 800),
        place(4, 70, 20, "village", 200),
        place(5, 80, 20, "village"),
        parcels=parcels,
    )
    found = exposed(county, gaps_of(LEFT, RIGHT, FAR))
    assert tuple(found.columns) == EXPOSED
    assert found.index.tolist() == [5, 6, 7]
    assert found["rank"].tolist() == [2, 1, 3]
    assert found["key_units"].tolist() == [0, 1, 0]
    assert found["population"].fillna(-1).tolist() == [1000, -1, -1]
    assert found["parcels"].tolist() == [1, 1, 0]
    assert found["parcels_mu"].tolist() == pytest.approx([0.15, 0.15, 0])
    assert found["parcels_maybe"].tolist() == [1, 0, 0]
    assert found["street_m"].tolist() == pytest.approx([100, 50, 0])


def test_the_larger_gap_comes_first_where_nothing_else_differs() -> None:
    found = exposed(with_places(), gaps_of(plot(500, 0, 510, 10), FAR, plot(700, 0, 710, 10)))
    assert found["rank"].tolist() == [2, 1, 3]


def test_what_nobody_listed_is_null_and_not_nought() -> None:
    found = exposed(paper_county(), gaps_of(LEFT))
    assert (
        found[["key_units", "population", "parcels", "parcels_mu", "parcels_maybe", "street_m"]]
        .isna()
        .all(axis=None)
    )
    assert found["rank"].tolist() == [1]
    assert exposed(with_places(), gaps_of()).empty
    drawn = with_places(parcels=[{"parcel_no": "a", "geometry": LEFT}], schematic=frozenset({"parcels"}))
    found = exposed(drawn, gaps_of(LEFT))
    assert (found["parcels"].tolist(), found["parcels_maybe"].tolist()) == ([0], [1])


def test_many_gaps_share_street_and_ground_out_once() -> None:
    rng = np.random.default_rng(8)
    network = town(grid_lines(15))
    x, y = ORIGIN
    seeds = shapely.MultiPoint(rng.uniform((x - 900, y - 900), (x + 900, y + 900), (400, 2)))
    box = plot(-800, -800, 800, 800)
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds)), box)
    cells = cells[shapely.area(cells) > 0]
    parcels = [{"parcel_no": str(i), "geometry": plot(a, b, a + 37, b + 23)} for i, (a, b) in enumerate(
        rng.uniform(-700, 650, (60, 2)).tolist()
    )]  # fmt: skip
    found = exposed(paper_county(network, parcels=parcels), gaps_of(*cells))
    assert found["street_m"].sum() == pytest.approx(length_inside_m(network.lines, box).sum())
    assert found["parcels_mu"].sum() == pytest.approx(60 * 37 * 23 / (10000 / 15), rel=1e-3)
    assert (found["parcels"] > 1).any()
    assert sorted(found["rank"]) == list(range(1, len(cells) + 1))
    one = exposed(paper_county(network, parcels=parcels), gaps_of(shapely.union_all(cells)))
    assert one["street_m"].tolist() == pytest.approx([network.length_m.sum()])
    assert one["parcels"].tolist() == [60]
    seam = exposed(paper_county(town([[(0, 0), (0, 400)]])), gaps_of(path((0, 0), (0, 400)).buffer(300, 64)))
    assert seam["street_m"].tolist() == pytest.approx([400])
