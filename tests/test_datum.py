"""The coordinate systems of China have the right codes, and old datums are never converted in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import pytest
import shapely

from geo.__main__ import main as prepare
from geo.county import check_county
from geo.crs import BD09, GCJ02, WGS84, crs_name, is_metric, old_datum, reproject, shapes_of, transformer
from geo.datum import ZONES, datum_named, gauss, system_of, systems_at, to_crs, to_wgs84, utm_at, zone_at
from geo.layers import LAYERS, check_rows
from geo.line_fields import LineFields, named_lines
from geo.problems import InputError
from geo.tables import FileRows, read_rows, table_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUYANG = shapes_of([shapely.Point(114.70, 38.62), None, shapely.Point(114.75, 38.60)])
XIAN_PRJ = (
    'PROJCS["Xian_1980_3_Degree_GK_Zone_38",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",'
    '6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",38500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],'
    'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize("datum", ["CGCS2000", "Xian 1980", "Beijing 1954"])
@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("prefix", [True, False])
def test_every_zone_has_the_code_under_which_pyproj_knows_it(datum: str, width: int, prefix: bool) -> None:
    for zone in ZONES[width]:
        system = gauss(zone, width_deg=width, prefix=prefix, datum=datum)
        known = pyproj.CRS.from_user_input(system.code)
        assert known.coordinate_operation is not None
        given = {each.code: float(each.value) for each in known.coordinate_operation.params}
        assert given["8802"] == (zone * 3 if width == 3 else zone * 6 - 3)
        assert given["8806"] == (zone * 1_000_000 if prefix else 0) + 500_000
        assert given["8805"] == 1
        assert known.geodetic_crs is not None
        assert (
            known.geodetic_crs.to_epsg() == {"CGCS2000": 4490, "Xian 1980": 4610, "Beijing 1954": 4214}[datum]
        )
        assert old_datum(system.code) == ("" if datum == "CGCS2000" else datum)
        if datum == "CGCS2000":
            assert (system.width_deg, system.zone, system.meridian_deg) == (width, zone, given["8802"])
            assert system.kind == ("gauss_zone" if prefix else "gauss")


def test_the_county_has_the_codes_of_zone_38() -> None:
    assert zone_at(114.7) == 38
    assert gauss(38).code == "EPSG:4526"
    assert gauss(38, prefix=False).code == "EPSG:4547"
    assert gauss(zone_at(114.7, 6), width_deg=6).code == "EPSG:4498"
    assert gauss(20, width_deg=6, prefix=False).code == "EPSG:4509"
    assert gauss(38, datum="Xian 1980").code == "EPSG:2362"
    assert utm_at(114.7, 38.6).code == "EPSG:32650"
    assert utm_at(-58.4, -34.6).code == "EPSG:32721"
    with pytest.raises(ValueError, match="no 3-degree zone 24"):
        gauss(24)


@pytest.mark.slow
def test_the_systems_at_a_place_are_known_and_lead_to_it_and_back() -> None:
    systems = systems_at(114.7, 38.62)
    assert len({each.code for each in systems}) == len(systems)
    for system in systems:
        there = reproject(QUYANG, WGS84, system.code)
        assert there[1] is None
        back = to_wgs84(there, system)
        assert [each is None for each in back] == [False, True, False]
        assert max(shapely.distance(back[[0, 2]], QUYANG[[0, 2]])) < 1e-9
        metres = to_crs(there, system, "EPSG:4547")
        assert shapely.distance(metres[0], reproject(QUYANG, WGS84, "EPSG:4547")[0]) < 1e-3
    assert {each.kind for each in systems_at(-71.1, 42.4)} == {
        "wgs84", "cgcs2000", "gcj02", "bd09", "utm", "web_mercator",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("named", "code"),
    [("gcj02", GCJ02), ("GCJ-02", GCJ02), ("bd-09", BD09), ("BD09LL", BD09), ("GCJ-02/EPSG:4547", "GCJ-02/EPSG:4547"),
     ("bd09 / epsg:4326", BD09), ("GCJ-02/none", None), ("GCJ", None), ("EPSG:4490", "EPSG:4490")],
)  # fmt: skip
def test_shifted_systems_have_names(named: str, code: str | None) -> None:
    assert crs_name(named) == code


def test_shifted_degrees_that_were_projected_come_back_too() -> None:
    system = system_of("GCJ-02/EPSG:4547")
    assert (system.kind, system.shift, system.crs, system.in_degrees) == ("gauss", GCJ02, "EPSG:4547", False)
    there = reproject(QUYANG, WGS84, system.code)
    aside_m = shapely.distance(there[0], reproject(QUYANG, WGS84, "EPSG:4547")[0])
    assert aside_m == pytest.approx(530, abs=5)
    assert shapely.distance(to_wgs84(there, system)[0], QUYANG[0]) < 1e-9
    # From one shift to the other, without WGS 84 in between showing.
    baidu = reproject(there, system.code, BD09)
    assert shapely.distance(baidu[0], reproject(QUYANG, WGS84, BD09)[0]) < 1e-9


def test_nothing_is_measured_in_shifted_metres() -> None:
    assert is_metric("EPSG:4547")
    assert not is_metric("GCJ-02/EPSG:4547")
    assert not is_metric(GCJ02)


@pytest.mark.parametrize(
    ("crs", "datum"),
    [("EPSG:2362", "Xian 1980"), ("EPSG:4610", "Xian 1980"), (XIAN_PRJ, "Xian 1980"), ("EPSG:2435", "Beijing 1954"),
     ("EPSG:4214", "Beijing 1954"), ("EPSG:4555", "New Beijing"),
     ("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass", "Beijing 1954"),
     ("+proj=tmerc +lon_0=114 +x_0=500000 +a=6378140 +rf=298.257", "Xian 1980"),
     ("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +towgs84=0,0,0,0,0,0,0", "Beijing 1954"),
     ("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +towgs84=15,-154,-82,0,0,0,0", ""),
     ("EPSG:28404", ""), ("EPSG:4547", ""), ("EPSG:32650", ""), ("EPSG:26986", "")],
)  # fmt: skip
def test_old_datums_are_known_by_code_name_and_ellipsoid(crs: str, datum: str) -> None:
    assert old_datum(crs) == datum
    if not datum:
        transformer(crs, WGS84)
        return
    with pytest.raises(InputError) as refused:
        transformer(crs, WGS84)
    assert [each.code for each in refused.value.problems] == ["old_datum"]
    with pytest.raises(InputError):
        reproject(QUYANG, WGS84, crs)
    for language in ("zh", "en"):
        assert datum in refused.value.problems[0].text(language)


def test_a_projection_is_undone_within_an_old_datum() -> None:
    east, north = transformer("EPSG:4610", "EPSG:2362").transform(114.7, 38.62)
    assert transformer("EPSG:2362", "EPSG:4610").transform(east, north) == pytest.approx((114.7, 38.62))


@pytest.mark.parametrize(
    ("words", "datum"),
    [("2000国家大地坐标系", "CGCS2000"), ("CGCS2000", "CGCS2000"), ("cgcs 2000", "CGCS2000"),
     ("80国家大地坐标系", "Xian 1980"), ("1980西安坐标系", "Xian 1980"), ("西安８０", "Xian 1980"),
     ("xi'an-80", "Xian 1980"),
     ("1954北京坐标系", "Beijing 1954"), ("北京54", "Beijing 1954"), ("WGS84", "WGS 84"), ("WGS-84", "WGS 84"),
     ("", ""), ("地方坐标系", ""), ("180", "")],
)  # fmt: skip
def test_a_header_names_its_datum(words: str, datum: str) -> None:
    assert datum_named(words) == datum


def rows_of(shape: shapely.Geometry, crs: str) -> FileRows:
    table = table_of({"parcel_no": ["01"], "status": ["in_use"]}, 1)
    return FileRows(table, shapes_of([shape]), crs)


def test_a_layer_in_shifted_degrees_is_brought_to_its_place() -> None:
    true = shapely.box(114.70, 38.62, 114.701, 38.621)
    shifted = reproject(shapes_of([true]), WGS84, GCJ02)[0]
    checked = check_rows(LAYERS["parcels"], rows_of(shifted, GCJ02), "parcels.geojson")
    assert not checked.problems
    assert shapely.hausdorff_distance(checked.geometry[0], true) < 1e-9


def test_a_layer_on_an_old_datum_is_refused_with_its_file() -> None:
    box = shapely.box(38_560_000, 4_275_000, 38_560_100, 4_275_100)
    checked = check_rows(LAYERS["parcels"], rows_of(box, "EPSG:2362"), "parcels.gpkg")
    assert [(each.code, each.file, each.warning) for each in checked.problems] == [
        ("old_datum", "parcels.gpkg", False)
    ]
    assert checked.geometry[0] is None


def test_streets_on_an_old_datum_are_refused_and_shifted_ones_brought_to_their_place() -> None:
    line = shapely.LineString([(114.70, 38.62), (114.71, 38.62)])
    table = table_of({"name": ["恒山路"]}, 1)
    shifted = FileRows(table, reproject(shapes_of([line]), WGS84, GCJ02), GCJ02)
    lines = named_lines(shifted, LineFields(), "streets.gpkg")
    assert lines.crs == WGS84
    assert shapely.hausdorff_distance(lines.geometry.iloc[0], line) < 1e-9
    with pytest.raises(InputError) as refused:
        named_lines(FileRows(table, shapes_of([line]), "EPSG:4610"), LineFields(), "streets.gpkg")
    assert [(each.code, each.file) for each in refused.value.problems] == [("old_datum", "streets.gpkg")]


def test_no_county_is_worked_on_in_an_old_datum(
    write_county: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_county({"county.toml": 'name = "甲"\ncrs = "EPSG:2383"\n'})
    assert [(each.code, each.file, each.field) for each in check_county(folder)] == [
        ("crs_old_datum", "county.toml", "crs")
    ]
    streets = folder / "streets.geojson"
    streets.write_text("{}", encoding="utf-8")
    arguments = ["build", str(streets), "--out", str(folder / "new"), "--crs", "EPSG:2383", "--lang", "en"]
    assert prepare(arguments) == 2
    assert "old datum" in capsys.readouterr().err


def test_hydrants_from_a_web_map_are_added_where_they_are(
    write_county: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_county({"county.toml": 'name = "甲"\ncrs = "EPSG:4547"\n'})
    true = shapes_of([shapely.Point(114.70, 38.62), shapely.Point(114.71, 38.63)])
    shifted = shapely.get_coordinates(reproject(true, WGS84, GCJ02)).tolist()
    lines = [
        "hydrant_id,status,lon,lat",
        *(f"H{n},in_use,{x:.9f},{y:.9f}" for n, (x, y) in enumerate(shifted)),
    ]
    file = folder / "amap.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert (
        prepare(["add", str(file), "--layer", "hydrants", "--source-crs", "gcj02", "--county", str(folder)])
        == 0
    )
    added = read_rows(folder / "hydrants" / "hydrants.geojson").geometry
    assert added is not None
    assert shapely.distance(added, true).max() < 1e-7
    capsys.readouterr()


def test_coordinates_that_are_no_numbers_stay_so() -> None:
    given = shapes_of([shapely.Point(np.nan, np.nan), shapely.Point()])
    back = reproject(given, GCJ02, WGS84)
    assert not np.isfinite(shapely.bounds(back)).any()
