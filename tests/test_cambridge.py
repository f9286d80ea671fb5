"""A city of one-way streets, from its own files through the commands to the zones of its stations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from analysis.__main__ import main as analyse
from geo.__main__ import main as prepare
from tests.towns import fine_graph

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:32619"
LIMIT_S = 300.0
COMPANIES = {"Fire Headquarters", *(f"Fire Company {number}" for number in (2, 3, 4, 5, 6, 8, 9))}


def done(arguments: list[str], program: Any, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert program([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def city(real_data: Path, folder: Path, capsys: pytest.CaptureFixture[str], *layers: str) -> str:
    """The city as a county folder: streets built from its centre-lines, and the layers named added."""
    data, county = real_data / "cambridge", str(folder / "city")
    streets = done([
        "build", str(data / "TRANS_Centerlines.geojson"), "--out", county, "--name", "Cambridge",
        "--name-column", "Street", "--oneway-column", "Direction", "--class-column", "MajorRoad",
        "--class-map", "1=primary,2=secondary,=residential,0=residential",
    ], prepare, capsys)  # fmt: skip
    assert (streets["crs"], streets["class_guessed_share"]) == (CRS, 0)
    files = {
        "study_area": ("BOUNDARY_CityBoundary.geojson",),
        "stations": (
            "PUBLICSAFETY_FireStations.geojson", "--field", "station_id=GlobalID", "--field", "name=SITE_NAME",
            "--field", "status==in_use",
        ),
        "hydrants": (
            "INFRA_Hydrants.geojson", "--field", "hydrant_id=HYDRANT_ID", "--field", "status=LIFECYCLESTATUS",
            "--status", "ACT=in_use", "--status", "ABN=out_of_service", "--status", "MITFL=unknown", "--make-ids",
        ),
    }  # fmt: skip
    rows = {"study_area": 1, "stations": 8, "hydrants": 1960}
    for name in layers:
        file, *how = files[name]
        arguments = ["add", str(data / file), "--layer", name, *how, "--county", county]
        assert done(arguments, prepare, capsys)["rows"] == rows[name]
    return county


def assessed(county: str, out: Path, capsys: pytest.CaptureFixture[str], **targets: Any) -> dict[str, Any]:
    """The summary of an assessment, its other files left in ``out``."""
    scenario = out.with_suffix(".json")
    scenario.write_text(json.dumps({"targets": targets}), encoding="utf-8")
    done(["assess", county, "--scenario", str(scenario), "--out", str(out)], analyse, capsys)
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return summary


def layer(out: Path, name: str) -> gpd.GeoDataFrame:
    """A result file in metres."""
    features = json.loads((out / name).read_text(encoding="utf-8"))["features"]
    return gpd.GeoDataFrame.from_features(features, crs="EPSG:4326").to_crs(CRS)


@pytest.mark.slow
def test_the_stations_of_cambridge_share_out_what_they_cover(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = city(real_data, tmp_path, capsys, "study_area", "stations", "hydrants")
    summary = assessed(county, tmp_path / "out", capsys)
    zones, coverage = layer(tmp_path / "out", "zones.geojson"), layer(tmp_path / "out", "coverage.geojson")
    assert set(zones["name"]) == COMPANIES
    assert zones["station_id"].is_unique
    assert set(zones.geom_type) <= {"Polygon", "MultiPolygon"}
    assert zones.geometry.is_valid.all()
    # Each station stands in its own zone, or across the street from it.
    stations = layer(tmp_path / "out", "stations.geojson").set_index("station_id")
    own = zones.set_index("station_id").geometry
    assert (stations.loc[own.index].geometry.distance(own) < 25).all()
    # No overlap, and together what is covered at the limit; a metre of rounding in the files along the outlines.
    whole = coverage[coverage["station_id"].isna() & (coverage["band_s"] == LIMIT_S)].geometry.iloc[0]
    left, right = zones.sindex.query(zones.geometry, predicate="intersects")
    shapes = zones.geometry.to_numpy()
    pairs = left < right
    assert (
        shapely.area(shapely.intersection(shapes[left[pairs]], shapes[right[pairs]])).sum()
        < 1e-5 * whole.area
    )
    assert shapely.union_all(shapes).symmetric_difference(whole).area < 1e-5 * whole.area
    assert zones["area_m2"].sum() == pytest.approx(whole.area, rel=1e-4)
    share = summary["area_share"]
    assert share["covered"] + share["not_covered"] + share["not_analysed"] == pytest.approx(1, abs=1e-9)
    streets = layer(tmp_path / "out", "streets.geojson")
    assert streets["length_m"].sum() == pytest.approx(summary["street_length_m"], rel=1e-6)
    assert streets.loc[streets["reached"], "length_m"].sum() == pytest.approx(
        summary["street_length_reached_m"], rel=1e-6
    )


@pytest.mark.slow
def test_one_way_streets_of_cambridge_are_obeyed(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = city(real_data, tmp_path, capsys, "stations")
    # Within two minutes, so that the limit and not the edge of the city ends the way.
    reached = {}
    for policy in ("obey", "ignore"):
        summary = assessed(county, tmp_path / policy, capsys, one_way=policy, limit_s=120)
        reached[policy] = summary["street_length_reached_m"]
    assert reached["obey"] * 1.2 < reached["ignore"]
    # An independent way to the same length: the exported network split fine, and networkx.
    done(["network", county, "--out", str(tmp_path / "network.gpkg")], analyse, capsys)
    exported = {name: gpd.read_file(tmp_path / "network.gpkg", layer=name) for name in ("streets", "sites")}
    one_way = exported["streets"]["oneway_rule"] != "both"
    assert one_way.sum() == (exported["streets"].loc[one_way, "street_id"]).nunique() > 900
    fine = fine_graph(exported["streets"], exported["sites"], step_m=100.0)
    assert reached["obey"] == pytest.approx(fine.reached_m(120), rel=0.005)


def test_ids_that_are_no_numbers_are_refused_for_streets(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = real_data / "cambridge" / "TRANS_Centerlines.geojson"
    arguments = ["build", str(file), "--out", str(tmp_path / "city"), "--id-column", "ID", "--lang", "en"]
    assert prepare(arguments) == 2
    assert "is no whole number above zero" in capsys.readouterr().err
    assert not (tmp_path / "city").exists()
