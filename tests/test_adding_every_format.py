"""The command ``add`` takes every format, layers and sheets of a file by name, and several files for one layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from geo.__main__ import main
from geo.boundary_txt import boundary_txt
from geo.county import read_county
from geo.crs import reproject
from geo.tables import read_files
from tests.test_every_format import FORMATS, GAUSS, errors_of, frame_of
from tests.test_workbooks import new_workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

NUMBERS = ["2022-1", "2022-2", "2022-3"]


def parcels(system: str = GAUSS) -> gpd.GeoDataFrame:
    frame = frame_of("areas", system)[["名称", "geometry"]]
    frame.insert(0, "parcel_no", NUMBERS)
    return frame.rename(columns={"名称": "name"})


def added(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["add", *arguments, "--json"]) == 0, capsys.readouterr().err
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def assert_in_their_place(county: Path) -> None:
    """To two centimetres: what is written is rounded to seven decimals of a degree."""
    drawn = parcels().geometry.to_numpy()
    placed = reproject(read_county(county).parcels.geometry.to_numpy(), read_county(county).crs, GAUSS)
    assert all(shapely.hausdorff_distance(placed, drawn) < 0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FORMATS))
def test_add_takes_every_format(
    tmp_path: Path, write_county: Write, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    form = FORMATS[name]
    county, path = write_county({}), tmp_path / f"some file{form.ending}"
    system = GAUSS if GAUSS in form.systems else "EPSG:4326"
    form.write(parcels(system), path)
    how = [] if form.names_system else ["--source-crs", system]
    answer = added(capsys, str(path), "--layer", "parcels", "--county", str(county), *how)
    assert (answer["rows"], answer["files"]) == (3, ["parcels/parcels.geojson"])
    assert read_county(county).parcels["parcel_no"].tolist() == NUMBERS
    assert_in_their_place(county)


@pytest.mark.slow
def test_add_takes_drawings_tracks_and_boundary_points(
    tmp_path: Path, write_county: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = parcels().assign(Layer=["地块"] * 3)
    path = tmp_path / "a.txt"
    path.write_bytes(boundary_txt(parcels()))
    county = write_county({}, "of points")
    assert added(capsys, str(path), "--layer", "parcels", "--county", str(county))["rows"] == 3
    assert_in_their_place(county)
    frame.explode(ignore_index=True)[["Layer", "geometry"]].to_file(tmp_path / "a.dxf", driver="DXF")
    county = write_county({}, "of a drawing")
    how = ("--source-crs", GAUSS, "--file-layer", "地块", "--make-ids", "--field", "name=Layer")
    answer = added(capsys, str(tmp_path / "a.dxf"), "--layer", "parcels", "--county", str(county), *how)
    assert answer["rows"] == 4
    assert set(read_county(county).parcels["name"]) == {"地块"}
    points = frame_of("points", "EPSG:4326")[["geometry"]].assign(name=["a", "b", "c"])
    points.to_file(tmp_path / "a.gpx", driver="GPX")
    county = write_county({}, "of waypoints")
    answer = added(
        capsys, str(tmp_path / "a.gpx"), "--layer", "cranes", "--county", str(county), "--make-ids"
    )
    assert read_county(county).cranes["name"].tolist() == ["a", "b", "c"]


@pytest.mark.slow
def test_layers_and_sheets_are_chosen_by_name(
    tmp_path: Path, write_county: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    parcels().iloc[:1].to_file(tmp_path / "a.gpkg", layer="收储")
    parcels().iloc[1:].to_file(tmp_path / "a.gpkg", layer="出让")
    sheet = [["parcel_no", "wkt"], ["S-1", "POINT(500000 4275000)"]]
    (tmp_path / "a.xlsx").write_bytes(new_workbook({"一": sheet, "二": [["x"], [1]]}))
    for file, option, name, rows in (("a.gpkg", "--file-layer", "出让", 2), ("a.xlsx", "--sheet", "一", 1)):
        county = write_county({}, f"of {file}")
        given = [str(tmp_path / file), "--layer", "parcels", "--county", str(county), "--source-crs", GAUSS]
        assert main(["add", *given, "--lang", "en"]) == 2
        assert "several layers or sheets" in capsys.readouterr().err
        assert added(capsys, *given, option, name)["rows"] == rows
        assert main(["add", *given, option, "没有"]) == 2
        assert name in capsys.readouterr().err


@pytest.mark.slow
def test_several_files_become_one_layer_whose_rows_say_where_they_came_from(
    tmp_path: Path, write_county: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    parcels().iloc[:1].to_file(tmp_path / "a.shp")
    parcels("EPSG:4490").iloc[1:2].to_file(tmp_path / "b.gpkg")
    text = f'parcel_no,wkt\n2022-3,"SRID=32650;{parcels("EPSG:32650").geometry.iloc[2].wkt}"\n'
    (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    county = write_county({})
    paths = [str(tmp_path / name) for name in ("a.shp", "b.gpkg", "c.csv")]
    further = ["--also", paths[1], "--also", paths[2]]
    answer = added(capsys, paths[0], *further, "--layer", "parcels", "--county", str(county))
    assert answer["rows"] == 3
    kept = read_county(county).parcels
    assert kept["parcel_no"].tolist() == NUMBERS
    assert kept["source_file"].tolist() == ["a.shp", "b.gpkg", "c.csv"]
    assert_in_their_place(county)
    assert (
        main(
            [
                "add",
                paths[0],
                "--also",
                str(tmp_path / "none.csv"),
                "--layer",
                "parcels",
                "--county",
                str(county),
            ]
        )
        == 2
    )
    assert "none.csv" in capsys.readouterr().err


def test_what_is_wrong_in_one_of_several_files_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,lon,lat\n1,114,38\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,lon,lat\n2,114,38\n3,x,38\n", encoding="utf-8")
    rows = read_files([tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.pdf"])
    assert [(each.code, each.file, each.row) for each in rows.problems] == [
        ("coordinate_bad", "b.csv", 2), ("format_unknown", "c.pdf", None),
    ]  # fmt: skip
    assert rows.table["id"].tolist() == ["1", "2", "3"]


def test_files_that_cannot_be_brought_into_one_system_say_so(tmp_path: Path) -> None:
    for name, system in (("a.gpkg", GAUSS), ("b.gpkg", "EPSG:2362")):
        gpd.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(500_000, 4_275_000)], crs=system).to_file(
            tmp_path / name
        )
    rows = read_files([tmp_path / "a.gpkg", tmp_path / "b.gpkg"])
    assert errors_of(rows) == ["old_datum"]
    assert rows.geometry is not None
    assert [each is None for each in rows.geometry] == [False, True]
