"""``python -m geo add``, ``check FILE``, ``undo`` and ``template``: the same report in words and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from geo.__main__ import main
from geo.county import read_county
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]
    Captured = pytest.CaptureFixture[str]

COUNTY = {"county.toml": 'name = "试"\ncrs = "EPSG:4547"\n[seat]\nlon = 114.70\nlat = 38.62\n'}
GOOD = (
    "消火栓编号,压力(kPa),使用状态,经度,纬度,备注\nH1,300,在用,114.70,38.62,\nH2,250,在建,114.701,38.62,新\n"
)
BAD = GOOD + "H3,200,某种,114.702,38.62,\n,200,在用,114.703,38.62,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "栓.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def run(capsys: Captured, *given: Any) -> tuple[int, str, str]:
    code = main([str(each) for each in given])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("language", LANGUAGES)
def test_looking_at_a_file_tells_the_whole_of_it(
    language: str, write_county: Write, file: Path, capsys: Captured
) -> None:
    folder = write_county(COUNTY)
    asked = ("check", file, "--layer", "hydrants", "--county", folder, "--lang", language)
    code, printed, errors = run(capsys, *asked)
    assert (code, errors) == (0, "")
    for said in ("hydrant_id ← 消火栓编号", "pressure_mpa ← 压力(kPa) [kPa]", "备注", "kPa 2", "在建"):
        assert said in printed
    file.write_text(BAD, encoding="utf-8")
    code, printed, errors = run(capsys, *asked)
    assert (code, errors) == (2, "")
    assert "某种" in printed
    assert ("第 4 行" if language == "zh" else "row 4") in printed
    assert [each.name for each in folder.iterdir()] == ["county.toml"], "looking writes nothing"


def test_a_program_gets_the_same_and_the_same_exit_code(
    write_county: Write, file: Path, tmp_path: Path, capsys: Captured
) -> None:
    file.write_text(BAD, encoding="utf-8")
    table = tmp_path / "out" / "rejected.csv"
    code, printed, errors = run(
        capsys,
        "check",
        file,
        "--layer",
        "hydrants",
        "--county",
        write_county(COUNTY),
        "--json",
        "--rejected",
        table,
    )
    answer = json.loads(printed)
    told = answer["file"]
    assert (code, errors, answer["errors"]) == (2, "", 2)
    assert (told["rows_in"], told["rows_kept"], told["rows_rejected"], told["rows_example"]) == (4, 2, 2, 0)
    assert told["rejected"] == {"3": ["status_unknown"], "4": ["id_empty"]}
    read = {each["ours"]: (each["theirs"], each["unit"]) for each in told["fields"] if each["sure"]}
    assert {ours: theirs for ours, theirs in read.items() if ours not in {"lon", "lat"}} == {
        "hydrant_id": ("消火栓编号", ""), "pressure_mpa": ("压力(kPa)", "kPa"), "status": ("使用状态", ""),
    }  # fmt: skip
    assert told["looks_like"][0]["layer"] == "hydrants"
    assert told["units"] == [{"ours": "pressure_mpa", "rows": {"kPa": 4}, "bare": 4, "taken": ""}]
    assert {each["theirs"]: each["ours"] for each in told["statuses"]} == {
        "在用": "in_use", "在建": "under_construction", "某种": None,
    }  # fmt: skip
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 3


def test_a_folder_is_a_county_and_a_file_needs_its_layer(
    write_county: Write, file: Path, capsys: Captured
) -> None:
    folder = write_county(COUNTY)
    assert run(capsys, "check", folder)[0] == 0
    assert run(capsys, "check", "--county", folder)[0] == 0
    assert run(capsys, "check", folder / "nowhere")[0] == 2
    code, printed, errors = run(capsys, "check", file, "--lang", "en")
    assert (code, printed) == (2, "")
    assert "it looks like: hydrants" in errors


@pytest.mark.slow
def test_adding_with_bad_rows_is_refused_in_words_and_done_by_consent(
    write_county: Write, file: Path, capsys: Captured
) -> None:
    folder = write_county(COUNTY)
    file.write_text(BAD, encoding="utf-8")
    asked = ("add", file, "--layer", "hydrants", "--county", folder, "--lang", "en")
    code, printed, errors = run(capsys, *asked)
    assert (code, printed) == (2, "")
    for said in ("某种", "row 4", "4 rows, 2 can be taken, 2 cannot", "nothing was written"):
        assert said in errors
    assert json.loads(run(capsys, *asked, "--json")[1])["file"]["rows_rejected"] == 2
    assert not (folder / "hydrants").exists()
    code, printed, _ = run(capsys, *asked, "--leave-out-bad-rows")
    assert code == 0
    assert "left out 2 bad rows, see rejected/hydrants.csv" in printed
    assert read_county(folder).hydrants["hydrant_id"].tolist() == ["H1", "H2"]
    consented = ("--unknown-statuses", "--make-ids")
    assert run(capsys, *asked, *consented)[0] == 0
    table = read_county(folder).hydrants
    assert table["hydrant_id"].tolist() == ["H1", "H2", "H3", "hydrants-1"]
    assert table["status"].tolist() == ["in_use", "under_construction", "unknown", "in_use"]


@pytest.mark.slow
def test_what_the_user_says_is_followed_and_can_be_forgotten(
    write_county: Write, tmp_path: Path, capsys: Captured
) -> None:
    folder, file = write_county(COUNTY), tmp_path / "x.csv"
    file.write_text("甲,乙,丙,丁,戊\n1,30,114.70,38.62,A\n", encoding="utf-8")
    fields = [
        each
        for pair in ("hydrant_id=甲", "pressure_mpa=乙", "lon=丙", "lat=丁", "status=戊")
        for each in ("--field", pair)
    ]
    asked = ("add", file, "--layer", "hydrants", "--county", folder, *fields, "--unit", "pressure_mpa=psi",
             "--status", "A=in_use")  # fmt: skip
    assert run(capsys, *asked, "--forget")[0] == 0
    assert not (folder / "fields.toml").exists()
    assert run(capsys, *asked)[0] == 0
    assert read_county(folder).hydrants["pressure_mpa"].tolist() == [pytest.approx(0.20684, abs=1e-5)]
    code, printed, errors = run(
        capsys, "add", file, "--layer", "hydrants", "--county", folder, "--lang", "en"
    )
    assert code == 0
    assert "read so before" in printed
    assert "x.csv" in errors
    wrong = ("--field", "甲", "--unit", "pressure_mpa=furlong", "--status", "A=great")
    for given, said in zip((wrong[:2], wrong[2:4], wrong[4:]), ("甲", "furlong", "great"), strict=True):
        code, printed, errors = run(capsys, "add", file, "--layer", "hydrants", "--county", folder, *given)
        assert (code, said in errors) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_undoing_from_the_command_line(
    language: str, write_county: Write, file: Path, capsys: Captured
) -> None:
    folder = write_county(COUNTY)
    undo = ("undo", "--county", folder, "--layer", "hydrants", "--lang", language)
    code, printed, errors = run(capsys, *undo)
    assert (code, printed) == (2, "")
    assert "hydrants/hydrants" in errors
    assert run(capsys, "add", file, "--layer", "hydrants", "--county", folder)[0] == 0
    code, printed, _ = run(capsys, *undo)
    assert (code, "hydrants/hydrants.geojson.before" in printed) == (0, True)
    assert read_county(folder).hydrants.empty
    answer = json.loads(run(capsys, *undo, "--json")[1])
    assert answer["back"] == ["hydrants/hydrants.geojson"]
    assert len(read_county(folder).hydrants) == 2
    assert run(capsys, "undo", "--county", folder / "nowhere", "--layer", "hydrants")[0] == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_undoing_that_would_leave_a_county_nobody_can_use_is_refused_with_its_errors(
    language: str, write_county: Write, capsys: Captured
) -> None:
    vehicles = "vehicle_id,station_id,kind\nV1,S1,水罐车\n"
    stations = "station_id,status,lon,lat\nS1,in_use,114.70,38.62\n"
    bad = stations.replace("S1", "S2")
    folder = write_county(
        COUNTY
        | {"stations/vehicles.csv": vehicles, "stations/stations.csv": stations}
        | {"stations/stations.csv.before": bad}
    )
    code, printed, errors = run(capsys, "undo", "--county", folder, "--layer", "stations", "--lang", language)
    assert code == 2
    assert "S1" in printed + errors
    assert ("没有撤销" if language == "zh" else "not undone") in printed + errors
    assert (folder / "stations/stations.csv").read_text(encoding="utf-8") == stations
    assert (folder / "stations/stations.csv.before").read_text(encoding="utf-8") == bad


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_template_is_written(ending: str, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "new" / f"t.{ending}"
    code, printed, _ = run(capsys, "template", "--layer", "hydrants", "--out", out, "--language", "en")
    assert (code, str(out) in printed) == (0, True)
    assert out.read_bytes()[:2] == (b"PK" if ending == "xlsx" else b"\xef\xbb")
    code, _, errors = run(capsys, "template", "--layer", "hydrants", "--out", tmp_path / "t.ods")
    assert (code, "t.ods" in errors) == (2, True)


def test_streets_are_sent_to_build(write_county: Write, file: Path, capsys: Captured) -> None:
    code, _, errors = run(capsys, "add", file, "--layer", "roads", "--county", write_county(COUNTY))
    assert (code, "geo build" in errors) == (2, True)
    code, _, errors = run(capsys, "add", file.with_name("nowhere.csv"), "--layer", "hydrants")
    assert (code, "nowhere.csv" in errors) == (2, True)
