"""The files that are handed on: right by their standards, safe to open, and saying what the summary says."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.assessment import Assessment, assess
from analysis.results import RESULT_FILES, result_files
from analysis.scenario import Scenario
from geo.county import read_county
from geo.network import RoadSource
from tests.conftest import ROOT
from tests.counties import paper_county, plot
from tests.towns import at, grid_lines, plain_targets, town

GRID = town(grid_lines(11))
ISSUED = {
    "parcels.geojson", "parcels.csv", "stations.geojson", "hydrants.geojson", "cranes.geojson", "coverage.geojson",
    "streets.geojson", "hydrant_gaps.geojson", "summary.json",
}  # fmt: skip


@cache
def paper() -> Assessment:
    """A grid with a bridge, plots inside, half inside and far off, and hydrants."""
    plots: list[shapely.Geometry] = [
        plot(0, 0, 50, 50),
        plot(200, 200, 450, 450),
        plot(450, -500, 500, -450),
        plot(3000, 0, 3050, 50),
    ]
    plots.append(plot(-300, -300, -100, -100).difference(plot(-250, -250, -150, -150)))
    return assess(
        paper_county(
            GRID,
            parcels=[{"parcel_no": f"P{i}", "area_mu": 1.5 + i, "geometry": each} for i, each in enumerate(plots)],
            stations=[{"station_id": "A", "geometry": at(0, 0)}, {"station_id": "B", "geometry": at(400, 400)}],
            hydrants=[{"hydrant_id": "H1", "geometry": at(10, 10)}],
            study_area=plot(-500, -500, 500, 500), study_area_source="file",
        ),
        Scenario(targets=plain_targets(limit_s=100)),
    )  # fmt: skip


@cache
def quyang() -> Assessment:
    return assess(read_county(ROOT / "data"), Scenario())


def read(answer: Assessment, name: str) -> Any:
    return json.loads(result_files_of(id(answer), answer)[name], parse_constant=pytest.fail)


_FILES: dict[int, dict[str, bytes]] = {}


def result_files_of(key: int, answer: Assessment) -> dict[str, bytes]:
    """The files of an answer, made once."""
    if key not in _FILES:
        _FILES[key] = result_files(answer)
    return _FILES[key]


BOTH = pytest.mark.parametrize("make", [paper, quyang], ids=["paper", "quyang"])


def metric(answer: Assessment, name: str) -> gpd.GeoDataFrame:
    """A GeoJSON file read back, in the county's CRS."""
    frame = gpd.GeoDataFrame.from_features(read(answer, name)["features"], crs="EPSG:4326")
    return frame.to_crs(answer.county.crs)


@pytest.mark.slow
@BOTH
def test_every_geojson_keeps_to_rfc_7946(make: Any) -> None:
    answer = make()
    assert set(RESULT_FILES) >= ISSUED
    for name in RESULT_FILES:
        if not name.endswith(".geojson"):
            continue
        collection = read(answer, name)
        assert collection["type"] == "FeatureCollection"
        assert "crs" not in collection
        about = collection["about"]
        assert about["digest"] == answer.county.digest
        assert about["schematic"] is answer.summary["schematic"]
        assert about["targets"]["limit_s"] == answer.scenario.targets.limit_s
        for feature in collection["features"]:
            assert set(feature) == {"type", "properties", "geometry"}
            assert not any("POLYGON" in str(value) for value in feature["properties"].values())
            if feature["geometry"] is None:
                continue
            shape = shapely.geometry.shape(feature["geometry"])
            lon, lat = shapely.get_coordinates(shape).T
            assert ((lon > 113) & (lon < 116) & (lat > 38) & (lat < 40)).all()
            for degrees in (lon, lat):
                assert np.abs(degrees - np.round(degrees, 7)).max() == 0
            for part in shapely.get_parts(shape).tolist():
                if part.geom_type == "Polygon":
                    assert part.exterior.is_ccw
                    assert not any(ring.is_ccw for ring in part.interiors)


@pytest.mark.slow
@BOTH
def test_columns_are_those_that_were_promised(make: Any) -> None:
    answer = make()
    promised = {
        "parcels.geojson": "parcel_no area_mu verdict reason station_id arrival_s "
        "hydrant_id hydrant_m crane_id crane_m",
        "streets.geojson": "street_id name length_m arrival_s_start arrival_s_end station_id reached",
        "coverage.geojson": "station_id band_s",
        "hydrant_gaps.geojson": "area_m2 certainty",
    }
    for name, columns in promised.items():
        for feature in read(answer, name)["features"]:
            assert set(columns.split()) <= set(feature["properties"])
    summary = read(answer, "summary.json")
    for key in (
        "street_length_m", "street_length_reached_m", "study_area_m2", "covered_area_m2", "parcels", "hydrants_built",
        "hydrants_total", "cranes_built", "cranes_total", "network", "schematic", "digest", "version", "targets",
    ):  # fmt: skip
        assert key in summary
    for share in ("area_share", "street_share", "street_share_study"):
        assert summary[share]["denominator"]


@BOTH
def test_files_say_what_the_summary_says(make: Any) -> None:
    answer = make()
    summary = read(answer, "summary.json")
    parcels = pd.DataFrame([each["properties"] for each in read(answer, "parcels.geojson")["features"]])
    for verdict, counted in summary["parcels"].items():
        mine = parcels[parcels["verdict"] == verdict]
        assert (len(mine), round(mine["area_mu"].sum(), 6)) == (counted["number"], counted["mu"])
    rows = list(
        csv.DictReader(io.StringIO(result_files_of(id(answer), answer)["parcels.csv"].decode("utf-8-sig")))
    )
    assert [row["verdict"] for row in rows] == parcels["verdict"].tolist()
    streets = metric(answer, "streets.geojson")
    for mine, whole_m in (
        (streets, "street_length_m"),
        (streets[streets["reached"]], "street_length_reached_m"),
    ):
        half_a_millimetre_each = pytest.approx(summary[whole_m], abs=0.0005 * len(mine) + 1e-6)
        assert mine["length_m"].sum() == half_a_millimetre_each
    assert streets.length.sum() == pytest.approx(summary["street_length_m"], rel=1e-4)
    assert not (streets["arrival_s_start"].isna() & streets["reached"]).any()
    coverage = metric(answer, "coverage.geojson")
    at_limit = coverage[coverage["band_s"] == summary["targets"]["limit_s"]]
    union = at_limit[at_limit["station_id"].isna()].geometry.iloc[0]
    assert union.intersection(answer.study_area).area == pytest.approx(summary["covered_area_m2"], rel=0.005)
    alone = shapely.union_all(at_limit[at_limit["station_id"].notna()].geometry.to_numpy())
    assert alone.symmetric_difference(union).area < 0.01 * union.area
    gaps = metric(answer, "hydrant_gaps.geojson")
    assert gaps.area.sum() == pytest.approx(summary["water"]["area"]["gap_m2"]["even"], rel=0.001)
    assert len(read(answer, "hydrants.geojson")["features"]) == summary["hydrants_total"]


def test_what_is_not_known_is_null_and_what_has_no_place_has_no_geometry() -> None:
    features = read(quyang(), "parcels.geojson")["features"]
    first = features[0]
    assert first["geometry"] is None
    assert first["properties"]["arrival_s"] is None
    assert first["properties"]["station_id"] is None
    hydrants = read(quyang(), "hydrants.geojson")["features"]
    lost = [each for each in hydrants if each["geometry"] is None]
    assert len(lost) == 49
    assert all(each["properties"]["unresolved_reason"] for each in lost)


def test_lists_in_tables_are_json_and_empty_ones_empty() -> None:
    rows = list(csv.DictReader(io.StringIO(result_files(quyang())["parcels.csv"].decode("utf-8-sig"))))
    assert json.loads(rows[0]["reason_values"]) == [["village", "东羊平村"]]
    assert rows[1]["reason_values"] == ""


def test_csv_opens_in_spreadsheets_and_runs_nothing() -> None:
    answer = paper()
    evil = answer.parcels.assign(name=["=HYPERLINK(1)", "+1", "-1", "@x", "\tok"])
    content = result_files(dataclasses.replace(answer, parcels=evil))["parcels.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tok"]
    assert float(rows[0]["arrival_s"]) > 0
    assert rows[3]["arrival_s"] == ""
    assert not {"geometry", "shape", "bound_shape"} & set(rows[0])


@pytest.mark.slow
def test_the_open_database_licence_is_named_only_where_it_holds() -> None:
    answer = paper()
    assert read(answer, "streets.geojson")["about"]["odbl_notice"] is None
    assert read(answer, "summary.json")["odbl_notice"] is None
    assert read(quyang(), "parcels.geojson")["about"]["odbl_notice"] is None
    osm = dataclasses.replace(GRID, source=RoadSource("x.osm", "ODbL-1.0", "© OpenStreetMap contributors"))
    hydrants = answer.county.hydrants.assign(source="lauf.osm.pbf", source_line="node/240109189")
    for changes in ({"network": osm}, {"hydrants": hydrants}):
        county = dataclasses.replace(answer.county, **changes)
        files = result_files(assess(county, answer.scenario))
        for name, content in files.items():
            if not name.endswith(".csv"):
                told = json.loads(content)
                notice = told["about"]["odbl_notice"] if "about" in told else told["odbl_notice"]
                assert "OpenStreetMap contributors" in notice


def test_a_county_of_nothing_has_files_too() -> None:
    answer = assess(paper_county(), Scenario())
    files = result_files(answer)
    assert all(json.loads(content) for name, content in files.items() if not name.endswith(".csv"))
    assert json.loads(files["parcels.geojson"])["features"] == []
