"""The command line: exit codes, one JSON object, either way of naming the county, and all problems at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest

from analysis.__main__ import main
from tests.conftest import ROOT
from tests.counties import path
from tests.towns import CRS, grid_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import shapely

    Write = Callable[..., Path]
    Captured = pytest.CaptureFixture[str]


def geojson(shapes: Sequence[shapely.Geometry], **columns: list[Any]) -> dict[str, Any]:
    """A feature collection in degrees of shapes in the paper town's metres."""
    told: dict[str, Any] = json.loads(
        gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs(4326).to_json()
    )
    return told


def town_files() -> dict[str, Any]:
    """A small grid with a station and a plot, as files."""
    lines = [path(*line) for line in grid_lines(5)]
    middle, corner = path((0, 0), (1, 0)).interpolate(0), path((150, 150), (151, 0)).interpolate(0)
    return {
        "county.toml": 'name = "纸上镇"\ncrs = "EPSG:4547"\n',
        "roads/streets.geojson": geojson(lines),
        "stations/stations.geojson": geojson([middle], station_id=["A"], status=["in_use"]),
        "parcels/parcels.geojson": geojson([corner.buffer(20)], parcel_no=["1"], area_mu=[2.0]),
    }


def run(captured: Captured, *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    out, err = captured.readouterr()
    return code, out, err


def test_assess_writes_every_file_and_one_json_object(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    folder, out = write_county(town_files()), tmp_path / "out"
    code, printed, errors = run(capsys, "assess", folder, "--out", out, "--json")
    assert (code, errors) == (0, "")
    told = json.loads(printed)
    assert told["summary"]["parcels"]["covered"]["number"] == 1
    written = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert told["summary"]["digest"] == written["digest"]
    assert sorted(each.name for each in out.iterdir()) == sorted(
        file.split("/")[-1] for file in told["files"]
    )
    assert {"parcels.geojson", "parcels.csv", "streets.geojson", "summary.json"} <= {
        each.name for each in out.iterdir()
    }


@pytest.mark.slow
def test_the_county_is_named_either_way(write_county: Write, tmp_path: Path, capsys: Captured) -> None:
    folder = write_county(town_files())
    named = run(capsys, "assess", "--county", folder, "--out", tmp_path / "a", "--json")[1]
    first = run(capsys, "assess", folder, "--out", tmp_path / "b", "--json")[1]
    assert json.loads(named)["summary"] == json.loads(first)["summary"]
    code, printed, errors = run(capsys, "assess", folder, "--county", ROOT, "--out", tmp_path / "c")
    assert (code, printed) == (2, "")
    assert str(folder) in errors
    assert not (tmp_path / "c").exists()


@pytest.mark.slow
def test_a_scenario_file_is_used(write_county: Write, tmp_path: Path, capsys: Captured) -> None:
    scenario = tmp_path / "s.json"
    scenario.write_text(json.dumps({"planned_works": True, "targets": {"limit_s": 61, "turnout_s": 60}}))
    out = tmp_path / "out"
    code, printed, _ = run(
        capsys, "assess", write_county(town_files()), "--scenario", scenario, "--out", out, "--json"
    )
    summary = json.loads(printed)["summary"]
    assert (code, summary["targets"]["limit_s"], summary["targets"]["drive_s"]) == (0, 61, 1)
    assert summary["scenario"]["planned_works"] is True
    assert summary["parcels"]["not_covered"]["number"] == 1


def test_arrival_at_points_from_csv_and_geojson(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    folder = write_county(town_files())
    places = [
        path((0, 0), (1, 0)).interpolate(0),
        path((200, 200), (1, 1)).interpolate(0),
        path((2000, 0), (1, 1)).interpolate(0),
    ]
    degrees = [(p.x, p.y) for p in gpd.GeoSeries(places, crs=CRS).to_crs(4326)]
    table = tmp_path / "points.csv"
    table.write_text("id,lon,lat\n" + "".join(f"{i},{x:.8f},{y:.8f}\n" for i, (x, y) in enumerate(degrees)))
    out = tmp_path / "answer.csv"
    code, printed, _ = run(capsys, "arrival", folder, "--points", table, "--out", out, "--json")
    assert code == 0
    assert json.loads(printed)["states"] == {"reached": 2, "off_street": 1}
    rows = [line.split(",") for line in out.read_text(encoding="utf-8-sig").splitlines()]
    answers = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [each["state"] for each in answers] == ["reached", "reached", "off_street"]
    # 400 m of unclassified street at 30 km/h, and one minute of turnout.
    assert [round(float(each["arrival_s"])) for each in answers[:2]] == [60, 60 + 48]
    assert answers[2]["arrival_s"] == ""
    assert float(answers[1]["off_street_m"]) < 0.1

    file = tmp_path / "points.geojson"
    file.write_text(json.dumps(geojson(places, id=[0, 1, 2])))
    out = tmp_path / "answer.geojson"
    assert run(capsys, "arrival", folder, "--points", file, "--out", out)[0] == 0
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert [each["properties"]["state"] for each in features] == ["reached", "reached", "off_street"]
    assert features[2]["properties"]["arrival_s"] is None


def test_network_has_its_layers_and_columns(write_county: Write, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "net.gpkg"
    code, printed, _ = run(capsys, "network", write_county(town_files()), "--out", out, "--json")
    assert (code, json.loads(printed)["rows"]) == (0, {"nodes": 25, "streets": 80, "sites": 1})
    streets = gpd.read_file(out, layer="streets")
    assert {"street_id", "u", "v", "length_m", "class", "name", "speed_kph", "drive_s", "oneway_rule"} <= set(
        streets
    )
    assert set(gpd.read_file(out, layer="nodes")["node_id"]) == set(streets["u"]) | set(streets["v"])
    sites = gpd.read_file(out, layer="sites")
    assert {"station_id", "street_id", "chainage_m", "snap_m", "state"} <= set(sites)
    assert sites["state"].tolist() == ["snapped"]


def broken() -> dict[str, Any]:
    """Wrong in four files at once."""
    files = town_files()
    return files | {
        "stations/stations.geojson": geojson(
            [path((0, 0), (1, 0)).interpolate(0)], station_id=["A"], status=["busy"]
        ),
        "parcels/parcels.geojson": geojson([path((0, 0), (9, 0)).buffer(9)], area_mu=["many"]),
        "hydrants/hydrants.csv": "hydrant_id,status,lon,lat\nH1,in_use,0.0,0.0\n",
        "hydrants/cranes.csv": "",
    }


@pytest.mark.parametrize("command", ["assess", "arrival", "network"])
def test_broken_input_lists_everything_and_writes_nothing(
    command: str, write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    folder = write_county(broken())
    scenario = tmp_path / "s.json"
    scenario.write_text('{"targets": {"limit_s": -5}, "weather": 1}')
    names = {"assess": "out", "arrival": "out.csv", "network": "out.gpkg"}
    points = ["--points", tmp_path / "nowhere.csv"] if command == "arrival" else []
    before = sorted(tmp_path.rglob("*"))
    code, printed, errors = run(
        capsys,
        command,
        folder,
        *points,
        "--scenario",
        scenario,
        "--out",
        tmp_path / names[command],
        "--lang",
        "en",
    )
    assert (code, printed) == (2, "")
    for said in ("limit_s", "weather", "busy", "parcel_no", "area_mu", "cranes.csv", "hydrants.csv"):
        assert said in errors, said
    assert ("nowhere.csv" in errors) is (command == "arrival")
    assert "nothing was written" in errors
    assert sorted(tmp_path.rglob("*")) == before


def test_roads_that_are_all_islands_are_refused(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    islands = [path((i * 50, 0), (i * 50 + 20, 0)) for i in range(20)]
    folder = write_county(town_files() | {"roads/streets.geojson": geojson(islands)})
    code, _, errors = run(capsys, "assess", folder, "--out", tmp_path / "out", "--lang=en")
    assert code == 2
    assert "streets.geojson" in errors
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("command", "out"), [("arrival", "x.xlsx"), ("network", "x.shp")])
def test_formats_that_are_not_known(
    command: str, out: str, write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    points = ["--points", ROOT / "README.md"] if command == "arrival" else []
    code, _, errors = run(capsys, command, write_county(town_files()), *points, "--out", tmp_path / out)
    assert code == 2
    assert out in errors
    assert not (tmp_path / out).exists()


@pytest.mark.slow
def test_a_county_without_roads_is_assessed_but_has_no_network_to_hand_on(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    files = {name: content for name, content in town_files().items() if not name.startswith("roads")}
    folder = write_county(files)
    code, printed, _ = run(capsys, "assess", folder, "--out", tmp_path / "out", "--json")
    assert code == 0
    assert json.loads(printed)["summary"]["parcels"]["not_analysed"]["number"] == 1
    assert run(capsys, "network", folder, "--out", tmp_path / "n.gpkg")[0] == 2


@pytest.mark.slow
def test_both_languages_and_help(write_county: Write, tmp_path: Path, capsys: Captured) -> None:
    folder = write_county(town_files())
    zh = run(capsys, "assess", folder, "--out", tmp_path / "a")[1]
    en = run(capsys, "assess", folder, "--out", tmp_path / "a", "--lang", "en")[1]
    assert "可达" in zh
    assert "covered" in en
    assert len(zh.splitlines()) == len(en.splitlines())
    for command in ("assess", "arrival", "network"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help", "--lang", "en"])
        assert ended.value.code == 0
        assert "--county" in capsys.readouterr().out


def test_what_is_told_names_the_limit_and_what_nobody_listed(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    files = town_files()
    del files["parcels/parcels.geojson"], files["stations/stations.geojson"]
    asked = tmp_path / "asked.json"
    asked.write_text('{"targets": {"limit_s": 450}}')
    folder = write_county(files)
    told = run(capsys, "assess", folder, "--out", tmp_path / "a", "--scenario", asked, "--lang", "en")[1]
    assert "Reach within 7.5 minutes" in told
    assert "No reserve parcels are listed" in told
    assert "No hydrants are listed" in told
    assert "Note: No fire station is listed" in told
    assert "Street length 4.0 km, not analysed" in told
    assert "no listed station can drive there" not in told


@pytest.mark.slow
def test_what_cannot_be_written_is_said(write_county: Write, tmp_path: Path, capsys: Captured) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    for out in (blocked, blocked / "below"):
        code, printed, errors = run(capsys, "assess", write_county(town_files()), "--out", out)
        assert (code, printed) == (2, "")
        assert str(blocked) in errors
    assert blocked.read_text() == "here"


@pytest.mark.slow
def test_results_are_written_in_the_formats_asked_for(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    folder, out = write_county(town_files()), tmp_path / "out"
    for command, stem in (("assess", "results"), ("water", "water")):
        code, printed, errors = run(
            capsys, command, folder, "--out", out / stem, "--format", "gpkg, SHP,xlsx,gpkg", "--crs", "county",
            "--json",
        )  # fmt: skip
        assert (code, errors) == (0, "")
        names = {f"{stem}.gpkg", f"{stem}_shp.zip", f"{stem}.xlsx", "summary.json"}
        assert {each.name for each in (out / stem).iterdir()} == names
        assert len(json.loads(printed)["files"]) == len(names)
    parcels = gpd.read_file(out / "results" / "results.gpkg", layer="parcels")
    assert (parcels.crs.to_epsg(), parcels["verdict"].tolist()) == (4547, ["covered"])
    assert run(capsys, "assess", folder, "--out", out / "each", "--format", "kml,fgb,csv,geojson")[0] == 0
    for ending in ("kml", "fgb", "csv", "csv-metadata.json", "geojson"):
        assert (out / "each" / f"streets.{ending}").is_file()
    assert not (out / "each" / "rules.kml").exists()
    assert (out / "each" / "rules.csv").is_file()


@pytest.mark.slow
def test_what_a_format_cannot_hold_is_told_and_does_not_stop_it(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    files = town_files()
    files["parcels/parcels.geojson"]["features"][0]["properties"]["remark"] = "长" * 100
    asked = ("assess", write_county(files), "--out", tmp_path, "--format", "shp")
    code, _, errors = run(capsys, *asked, "--lang", "en")
    assert code == 0
    assert "parcels.dbf" in errors
    assert "remark" in errors
    code, printed, _ = run(capsys, *asked, "--json")
    assert (code, len(json.loads(printed)["warnings"])) == (0, 1)


@pytest.mark.slow
def test_every_format_that_is_none_is_told_before_anything_is_read(tmp_path: Path, capsys: Captured) -> None:
    code, _, errors = run(
        capsys, "assess", ROOT / "data", "--out", tmp_path / "out", "--format", "gpx,gpkg,dwg", "--lang", "en"
    )
    assert (code, (tmp_path / "out").exists()) == (2, False)
    assert "gpx" in errors
    assert "dwg" in errors
    assert run(capsys, "assess", ROOT / "data", "--out", tmp_path / "out", "--format", " , ")[0] == 2
