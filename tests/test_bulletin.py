"""The county's tables against the bulletin: its sums, its counts, and the line each row comes from."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tomllib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"
STATUSES = {"in_use", "under_construction", "not_built", "out_of_service", "unknown"}
BULLETIN_TABLES = (
    "parcels/parcels.csv",
    "parcels/sub_blocks.csv",
    "stations/stations.csv",
    "stations/vehicles.csv",
    "hydrants/hydrants.csv",
    "hydrants/cranes.csv",
    "places/targets.csv",
)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def total(table: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in table), Decimal(0))


@pytest.mark.parametrize("name", BULLETIN_TABLES)
def test_every_row_names_its_line_of_the_bulletin(name: str) -> None:
    table = rows(name)
    assert table
    for row in table:
        assert row["source"]
        assert 1 <= int(row["source_line"]) <= 1063
        assert all(1 <= int(line) <= 1063 for line in filter(None, row.get("further_lines", "").split(";")))
        assert None not in row, "a row with more cells than the head"
        assert row.get("status", "in_use") in STATUSES


def test_five_parcels_add_up_to_the_plan() -> None:
    parcels = rows("parcels/parcels.csv")
    assert [row["parcel_no"] for row in parcels] == [f"曲储【2022】0{n}号地" for n in range(1, 6)]
    assert total(parcels, "area_mu") == Decimal("319.56")
    assert [row["source_line"] for row in parcels] == ["78", "79", "80", "81", "82"]
    assert all(row["remark"] == "" for row in parcels)
    assert parcels[3]["approval"] == "国用()字第02-043号"
    by_town = Counter[str]()
    for row in parcels:
        by_town[row["township"]] += int(Decimal(row["area_mu"]) * 100)
    assert by_town == {"羊平镇": 12901, "恒州镇": 1020, "灵山镇": 18035}


def test_sub_blocks_add_up_to_the_first_parcel() -> None:
    parts = rows("parcels/sub_blocks.csv")
    first = rows("parcels/parcels.csv")[0]
    assert [Decimal(row["area_mu"]) for row in parts] == [
        Decimal("84.50"),
        Decimal("10.19"),
        Decimal("34.32"),
    ]
    assert total(parts, "area_mu") == Decimal(first["area_mu"]) == Decimal("129.01")
    assert {row["parcel_no"] for row in parts} == {first["parcel_no"]}


def test_hydrants_built_and_coming() -> None:
    sections = rows("hydrants/hydrants.csv")
    built = [row for row in sections if row["status"] == "in_use"]
    coming = [row for row in sections if row["status"] == "under_construction"]
    assert [int(row["count"]) for row in built] == [15, 3, 4, 21, 3, 2, 5, 3, 2]
    assert total(built, "count") == 58
    assert [int(row["count"]) for row in coming] == [49]
    assert total(sections, "count") == 107
    assert coming[0]["from"] == coming[0]["to"] == ""
    for row in built:
        assert row["location"] == f"SEG({row['road']};{row['from']};{row['to']})"


def test_cranes_two_built_two_not() -> None:
    cranes = rows("hydrants/cranes.csv")
    assert [row["status"] for row in cranes] == ["in_use", "in_use", "not_built", "not_built"]
    assert {(row["dn_mm"], row["pressure_as_printed"], row["flow_lps"]) for row in cranes} == {
        ("200", "0.3Ma", "104")
    }


def test_stations_and_their_thirteen_vehicles() -> None:
    stations = {row["station_id"]: row for row in rows("stations/stations.csv")}
    assert {key: row["status"] for key, row in stations.items()} == {
        "FS-1": "in_use",
        "FS-2": "under_construction",
    }
    assert float(stations["FS-1"]["site_area_m2"]) == pytest.approx(7.12 * 10000 / 15, abs=0.005)
    vehicles = rows("stations/vehicles.csv")
    assert len({row["vehicle_id"] for row in vehicles}) == 13
    assert {row["station_id"] for row in vehicles} == {"FS-1"}
    assert Counter(row["kind"] for row in vehicles) == {
        "宣传车": 1,
        "水罐消防车": 5,
        "云梯消防车": 1,
        "泡沫消防车": 2,
        "登高平台消防车": 1,
        "抢险救援车": 3,
    }
    assert total([row for row in vehicles if row["kind"] == "水罐消防车"], "tank_l") == 40_000


def test_populations_and_points_of_the_townships() -> None:
    places = rows("places/places.csv")
    townships = [row for row in places if row["kind"] == "township"]
    seat = [row for row in places if row["kind"] == "county"]
    assert len(townships) == 18
    assert total(townships, "population_2000") == total(seat, "population_2000") == 522_421
    assert total(townships, "population_2010") == total(seat, "population_2010") == 588_559
    assert [row["name"] for row in townships if not row["lon"]] == ["邸村镇"]
    assert [row["name"] for row in townships if row["doubtful"] == "true"] == ["恒州镇"]
    assert all(row["source"] for row in places)
    assert len({row["code"] for row in places}) == len(places)
    for row in places:
        if row["lon"]:
            assert 114.4 < float(row["lon"]) < 114.9
            assert 38.4 < float(row["lat"]) < 39.0


def test_incidents_and_the_coverage_target() -> None:
    targets = {row["item"]: row for row in rows("places/targets.csv")}
    calls = Decimal(targets["接处警起数"]["value"])
    assert calls == 1492
    assert calls == Decimal(targets["扑救火灾起数"]["value"]) + Decimal(targets["抢险救援起数"]["value"])
    assert targets["消防救援站5分钟可达覆盖率"]["value_as_printed"] == "80%"
    assert targets["消防救援站5分钟可达覆盖率"]["indicator_no"] == ""
    assert sorted(row["indicator_no"] for row in targets.values() if row["indicator_no"]) == list("1234567")


def test_county_file() -> None:
    county = tomllib.loads((DATA / "county.toml").read_text(encoding="utf-8"))
    assert county["adcode"] == "130634"
    assert county["crs"] == "EPSG:4547"
    assert (county["seat"]["lon"], county["seat"]["lat"], county["seat"]["radius_m"]) == (
        114.69805,
        38.61937,
        3000,
    )
    assert set(county["study_area"]["ring"]) == {"太行路", "北环路", "东环路", "南环路"}


def test_the_drawing_is_marked_schematic_and_made_by_its_script() -> None:
    drawn = json.loads((DATA / "roads" / "streets.geojson").read_text(encoding="utf-8"))
    assert len(drawn["features"]) == 15
    assert all(each["properties"]["schematic"] for each in drawn["features"])
    assert all(each["properties"]["class_guessed"] for each in drawn["features"])
    assert tomllib.loads((DATA / "roads" / "roads.toml").read_text(encoding="utf-8"))["schematic"] is True
    again = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, draw_schematic; print(json.dumps(draw_schematic.feature_collection()))",
        ],
        cwd=DATA.parent / "scripts",
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    for one, other in zip(json.loads(again.stdout)["features"], drawn["features"], strict=True):
        assert one["properties"] == other["properties"]
        for new, kept in zip(one["geometry"]["coordinates"], other["geometry"]["coordinates"], strict=True):
            assert new == pytest.approx(kept, abs=2e-8)
