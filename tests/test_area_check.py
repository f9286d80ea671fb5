"""Stated areas against drawn ones, to the unit that was mixed up, and areas that are not valid."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.area_check import TOLERANCE, area_differences, drawn_mu, mixed_up
from geo.county import check_county
from geo.crs import WGS84, reproject, shapes_of
from geo.file_report import check_file
from geo.repair import repairs_of
from geo.translation import FileChoices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

CRS = "EPSG:4547"
EAST, NORTH = 560_000.0, 4_276_000.0


def plot(*points: tuple[float, float]) -> shapely.Polygon:
    """A polygon in metres from a place in the county."""
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])


def square(mu: float) -> shapely.Polygon:
    side = math.sqrt(mu * 10_000 / 15)
    return plot((0, 0), (side, 0), (side, side), (0, side))


def degrees(*shapes: Any) -> Any:
    return reproject(shapes_of(shapes), CRS, WGS84)


def test_an_area_drawn_is_measured_in_metres_and_on_the_ellipsoid_alike() -> None:
    shapes = degrees(square(15), None, shapely.Point(EAST, NORTH))
    assert drawn_mu(shapes, CRS)[0] == pytest.approx(15, rel=1e-9)
    # The projection of the county enlarges areas by about one in ten thousand.
    assert drawn_mu(shapes)[0] == pytest.approx(15, rel=3e-4)
    assert np.isnan(drawn_mu(shapes)[1:]).all()


@pytest.mark.parametrize(
    ("ratio", "units"),
    [
        (1.0, None), (1.5, None), (15, ("ha", "亩")), (1 / 15, ("ha", "亩")), (10_000, ("ha", "m²")),
        (1e-4, ("ha", "m²")),
        (666.67, ("亩", "m²")), (1 / 666.67, ("亩", "m²")), (1500, ("km²", "亩")), (1e6, ("km²", "m²")), (15.8, None),
        (14.4, ("ha", "亩")),
    ],
)  # fmt: skip
def test_a_ratio_names_the_two_units_it_is_of_either_way_round(
    ratio: float, units: tuple[str, str] | None
) -> None:
    assert mixed_up(ratio) == units


def test_areas_may_differ_by_the_tolerance_and_no_more() -> None:
    limit = 100 * (1 + TOLERANCE)
    shapes = degrees(*[square(100)] * 4, square(0.1), square(100))
    stated = pd.Series([100, limit - 1e-6, limit + 1e-6, 1500, 0.14, np.nan])
    found = area_differences(stated, shapes, CRS)
    assert [(each.row, each.units) for each in found] == [(3, None), (4, ("ha", "亩"))]
    assert found[1].ratio == pytest.approx(15, rel=1e-9)


def write_parcels(path: Path, rows: list[tuple[Any, Any]], column: str = "面积") -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"地块编号": f"P{at}", column: area},
            "geometry": shapely.geometry.mapping(degrees(shape)[0]),
        }
        for at, (area, shape) in enumerate(rows, 1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("column", "factor", "read_as"),
    [
        ("面积", 10_000 / 15, "m²"),
        ("面积", 1 / 15, "ha"),
        ("面积(公顷)", 1, "亩"),
        ("面积(㎡)", 1 / 15, "ha"),
    ],
)
def test_a_wrong_unit_is_named_in_every_row_and_the_right_one_clears_it(
    tmp_path: Path, column: str, factor: float, read_as: str
) -> None:
    rows = [(area * factor, square(area)) for area in (129.01, 10.2, 84.5)]
    file = write_parcels(tmp_path / "p.geojson", rows, column)
    report = check_file(file, "parcels")
    assert sorted(report.bad) == [1, 2, 3]
    assert {each.code for each in report.refusals} == {"area_unit"}
    mended = check_file(file, "parcels", choices=FileChoices(units={"area_mu": read_as}))
    assert mended.refusals == ()
    assert mended.kept.table["area_mu"].tolist() == pytest.approx([129.01, 10.2, 84.5], rel=1e-9)


def test_other_differences_are_one_warning_with_the_worst(tmp_path: Path, write_county: Write) -> None:
    rows = [(100, square(100)), (110, square(100)), (300, square(100))]
    folder = write_county({"county.toml": f'crs = "{CRS}"\n'})
    report = check_file(write_parcels(tmp_path / "p.geojson", rows), "parcels", folder)
    assert report.bad == {}
    told = next(each for each in report.problems if each.code == "areas_differ")
    assert (dict(told.values)["rows"], dict(told.values)["worst"], dict(told.values)["drawn"]) == (
        "2, 3",
        3,
        "100",
    )


# ---- shapes that are not valid

BOW = plot((0, 0), (100, 100), (100, 0), (0, 100))
"""Two triangles of 2,500 m² each."""
TWICE = plot((0, 0), (100, 0), (100, 100), (0, 100), (0, 0), (100, 0), (100, 100), (0, 100))
SPIKE = plot((0, 0), (100, 0), (100, 100), (100, 150), (100, 100), (0, 100))
HOLE_ACROSS = shapely.Polygon(
    plot((0, 0), (100, 0), (100, 100), (0, 100)).exterior,
    [plot((90, 10), (120, 10), (120, 40), (90, 40)).exterior],
)
FLAT = plot((0, 0), (100, 0), (50, 0))


def test_shapes_are_mended_where_there_is_one_way_with_the_area_before_and_after() -> None:
    shapes = shapes_of([square(15), BOW, SPIKE, HOLE_ACROSS, FLAT, None, shapely.Point(0, 0)])
    mended, repairs = repairs_of(shapes, CRS, CRS)
    assert [(each.row, each.clear) for each in repairs] == [(2, True), (3, True), (4, False), (5, False)]
    assert repairs[0].before_mu == pytest.approx(0, abs=1e-6)
    assert repairs[0].after_mu == pytest.approx(5_000 * 15 / 10_000, rel=1e-6)
    assert repairs[1].after_mu == pytest.approx(repairs[1].before_mu, rel=1e-6)
    assert all(shape is None or shape.is_valid for at, shape in enumerate(mended) if at not in {3, 4})
    assert mended[3] is HOLE_ACROSS
    assert shapes[1] is BOW, "what was given is left as it is"


def test_a_boundary_drawn_twice_is_one() -> None:
    _, (one,) = repairs_of(shapes_of([TWICE]), CRS, CRS)
    assert one.clear
    assert one.before_mu == pytest.approx(30, rel=1e-6)
    assert one.after_mu == pytest.approx(15, rel=1e-6)


def test_nothing_is_mended_without_consent(tmp_path: Path) -> None:
    file = write_parcels(tmp_path / "p.geojson", [(7.5, BOW), (15, square(15)), (None, HOLE_ACROSS)])
    refused = check_file(file, "parcels")
    assert sorted(refused.bad) == [1, 3]
    assert {"geometry_repairable", "geometry_unclear"} <= {each.code for each in refused.problems}
    repaired = check_file(file, "parcels", choices=FileChoices(repair=True))
    assert sorted(repaired.bad) == [3]
    told = next(each for each in repaired.problems if each.code == "geometry_repaired")
    assert told.row == 1
    assert float(str(dict(told.values)["after"])) == pytest.approx(7.5, rel=1e-3)
    assert repaired.kept.geometry[0].is_valid


# ---- the same in a county as it stands


def test_a_county_is_checked_for_areas_and_numbers_that_cannot_be(
    tmp_path: Path, write_county: Write
) -> None:
    folder = write_county(
        {
            "county.toml": f'crs = "{CRS}"\n',
            "hydrants/hydrants.csv": "hydrant_id,status,lon,lat,pressure_mpa,dn_mm\n"
            "A,in_use,114.7,38.62,300,200\nB,in_use,114.8,38.62,2,8\n",
            "parcels/.keep": "",
        }
    )
    drawn = write_parcels(tmp_path / "p.geojson", [(15, square(15)), (15 * 15, square(15))])
    data = json.loads(drawn.read_text(encoding="utf-8"))
    for each in data["features"]:
        each["properties"] = {
            "parcel_no": each["properties"]["地块编号"],
            "area_mu": each["properties"]["面积"],
        }
    (folder / "parcels/parcels.geojson").write_text(json.dumps(data), encoding="utf-8")
    found = check_county(folder)
    assert {(each.code, each.field, dict(each.values).get("rows", each.row)) for each in found} == {
        ("values_impossible", "pressure_mpa", "1"), ("values_unusual", "pressure_mpa", "2"),
        ("values_impossible", "dn_mm", "2"), ("area_unit", "area_mu", 2),
    }  # fmt: skip
    assert all(each.warning for each in found)
