"""A file becomes a layer of the county: renamed, translated, checked; written whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from geo.adding import add_layer
from geo.county import read_county
from geo.translation import FileChoices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

CSV = "号,状态,X,Y,flow,名\n1,一等,500000,4275000,950,甲\n,一等,500010,4275000,,乙\n1,三等,500020,4275000,1900,丙\n"
FIELDS = {"crane_id": "号", "status": "状态", "lon": "X", "lat": "Y", "flow_lps": "flow [gpm]", "name": "名"}
STATUSES = {"一等": "in_use", "三等": "out_of_service"}
HOW: dict[str, Any] = {"source_crs": "EPSG:4547", "fields": FIELDS, "statuses": STATUSES, "make_ids": True}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "cranes_2022.csv"
    path.write_bytes(CSV.encode("gbk"))
    return path


def test_a_file_is_brought_in_with_its_columns_and_states_translated(
    write_county: Write, source: Path
) -> None:
    folder = write_county({})
    report = add_layer(folder, source, "cranes", FileChoices(**HOW))
    assert (report.path, report.rows) == (folder / "hydrants/cranes.geojson", 3)
    assert [(each.code, dict(each.values)) for each in report.problems] == [
        ("ids_made_empty", {"count": 1}), ("ids_made_repeated", {"count": 1}),
        ("stated_partly", {"count": 1, "total": 3}),
    ]  # fmt: skip
    cranes = read_county(folder).cranes
    assert cranes["crane_id"].tolist() == ["1", "cranes-1", "cranes-2"]
    assert cranes["status"].tolist() == ["in_use", "in_use", "out_of_service"]
    assert cranes["status_as_printed"].tolist() == ["一等", "一等", "三等"]
    assert cranes["flow_lps"].tolist() == pytest.approx([59.94, float("nan"), 119.87], abs=0.01, nan_ok=True)
    assert set(cranes["source"]) == {"cranes_2022.csv"}
    east = cranes.to_crs("EPSG:4547").geometry.x.tolist()
    assert east == pytest.approx([500_000, 500_010, 500_020], abs=0.02)


def test_what_is_written_is_wgs84_to_seven_decimals_with_null_and_no_nan(
    write_county: Write, source: Path
) -> None:
    folder = write_county({})
    add_layer(folder, source, "cranes", FileChoices(**HOW))
    text = (folder / "hydrants/cranes.geojson").read_text(encoding="utf-8")
    data = json.loads(text, parse_constant=pytest.fail)
    assert data["features"][1]["properties"]["flow_lps"] is None
    for feature in data["features"]:
        for number in feature["geometry"]["coordinates"]:
            assert number == round(number, 7)
    assert sorted(path.name for path in (folder / "hydrants").iterdir()) == [
        "cranes.geojson", "cranes.geojson.before",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"make_ids": False}, {"id_empty", "id_repeated"}),
        ({"statuses": {}}, {"status_word"}),
        ({"statuses": {**STATUSES, "一等": "good"}}, {"status_unknown"}),
        ({"source_crs": None}, {"no_crs"}),
        ({"source_crs": "EPSG:4548"}, {"far_away"}),
        ({"fields": {**FIELDS, "name": "没有"}}, {"column_missing"}),
        ({"fields": {**FIELDS, "flow_lps": "flow [furlong]"}}, {"unit_unknown"}),
        ({"fields": {**FIELDS, "dn_mm": "flow [gpm]"}}, {"unit_unknown"}),
        ({"fields": {**FIELDS, "status": ""}}, {"column_missing"}),
    ],
)
def test_nothing_is_written_where_anything_is_wrong(
    write_county: Write, source: Path, changes: dict[str, Any], codes: set[str]
) -> None:
    folder = write_county({"county.toml": "[seat]\nlon = 114.0\nlat = 38.6\n"})
    report = add_layer(folder, source, "cranes", FileChoices(**{**HOW, **changes}))
    assert {each.code for each in report.problems if not each.warning} == codes
    assert report.path is None
    assert not (folder / "hydrants").exists()


def test_an_older_layer_of_another_kind_is_not_overwritten_in_silence(
    write_county: Write, source: Path
) -> None:
    folder = write_county({"hydrants/cranes.csv": "crane_id,lon,lat\nA,114,38.6\n"})
    report = add_layer(folder, source, "cranes", FileChoices(**HOW))
    assert [each.code for each in report.problems if not each.warning] == ["layer_there"]
    assert [path.name for path in (folder / "hydrants").iterdir()] == ["cranes.csv"]


def test_layer_names_are_fixed(write_county: Write, source: Path) -> None:
    with pytest.raises(KeyError):
        add_layer(write_county({}), source, "pumps")


@pytest.mark.slow
def test_cambridge_comes_in(real_data: Path, write_county: Write) -> None:
    folder, data = write_county({}), real_data / "cambridge"
    assert add_layer(folder, data / "BOUNDARY_CityBoundary.geojson", "boundary").problems == ()
    hydrants: dict[str, Any] = {
        "fields": {
            "hydrant_id": "HYDRANT_ID",
            "status": "LIFECYCLESTATUS",
            "flow_lps": "HYDRANT_GPM [gpm]",
            "checked": "LAST_DATE_TESTED",
        },
        "statuses": {"ACT": "in_use", "ABN": "out_of_service", "MITFL": "unknown"},
    }
    refused = add_layer(folder, data / "INFRA_Hydrants.geojson", "hydrants", FileChoices(**hydrants))
    codes = [each.code for each in refused.problems]
    assert (refused.path, codes.count("id_empty"), codes.count("id_repeated")) == (None, 36, 6)
    report = add_layer(
        folder, data / "INFRA_Hydrants.geojson", "hydrants", FileChoices(**hydrants, make_ids=True)
    )
    assert report.rows == 1960
    proposed = {
        each.field: dict(each.values)["ours"] for each in report.problems if each.code == "field_maybe"
    }
    assert proposed == {"LASTSOURCE": "source", "HYDRANT_LOCATION": "location_text"}
    told = [each for each in report.problems if each.code != "field_maybe"]
    assert {(each.code, each.field): dict(each.values)["count"] for each in told} == {
        ("ids_made_empty", "hydrant_id"): 36, ("ids_made_repeated", "hydrant_id"): 6,
        ("stated_partly", "flow_lps"): 112, ("states_zero", "flow_lps"): 2, ("stated_partly", "checked"): 1318,
        ("says_out_of_use", "Notes"): 5, ("says_out_of_use", "HYDRANT_DRAIN"): 14,
        ("says_out_of_use", "COMMENTS"): 20, ("same_place", "geometry"): 1, ("outside_boundary", "geometry"): 17,
        ("values_unusual", "flow_lps"): 1,
    }  # fmt: skip
    name = {"station_id": "SITE_NAME", "name": "SITE_NAME", "status": "=in_use"}
    stations = data / "PUBLICSAFETY_FireStations.geojson"
    assert add_layer(folder, stations, "stations", FileChoices(fields=name)).rows == 8
    county = read_county(folder)
    assert county.crs == "EPSG:32619"
    assert county.hydrants["status"].value_counts().to_dict() == {
        "in_use": 1940, "unknown": 16, "out_of_service": 4,
    }  # fmt: skip
    assert county.hydrants["flow_lps"].isna().sum() == 112
    assert county.hydrants["checked"].value_counts()["2026-01-01"] == 428
    assert county.hydrants["hydrant_id"].is_unique
    assert county.boundary is not None
    assert county.stations.geometry.within(county.boundary).all()


@pytest.mark.slow
def test_lake_county_comes_in_with_its_dates_of_1970_left_out(real_data: Path, write_county: Write) -> None:
    report = add_layer(
        write_county({}), real_data / "lake-county" / "Fire_Hydrants.csv", "hydrants", FileChoices(
            source_crs="EPSG:3857", make_ids=True, fields={
                "hydrant_id": "FeatureID", "lon": "X", "lat": "Y", "status": "=unknown", "checked": "GPS_Date",
            },
        ),
    )  # fmt: skip
    assert report.rows == 4278
    assert {(each.code, each.field): dict(each.values)["count"] for each in report.problems} == {
        ("ids_made_repeated", "hydrant_id"): 1, ("date_zero", "checked"): 3997,
        ("stated_partly", "checked"): 3997,
    }  # fmt: skip
