"""Real files of other people come in by command line and through the page: each row kept or rejected, faults named."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from geo.__main__ import main
from tests.test_bring_in import agree, bring, by_key, opened, press

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

MOST_UPLOADED = 20 * 1024**2


@dataclass(frozen=True)
class Real:
    """A file, how its owner would bring it in, and what is known of it: ``faults`` by code are those of its rows, with
    how many; ``told`` are codes of what is said besides."""

    path: str
    layer: str
    rows: int
    faults: dict[str, int]
    told: frozenset[str]
    how: tuple[str, ...] = ()
    sheet: str = ""
    system: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        return sum(self.faults.values())

    def arguments(self) -> list[str]:
        given = [f"{name}={value}" for name, value in self.fields.items()]
        words = [f"{name}={value}" for name, value in self.statuses.items()]
        return [
            *(part for each in given for part in ("--field", each)),
            *(part for each in words for part in ("--status", each)),
            *(("--source-crs", self.system) if self.system else ()),
            *(("--sheet", self.sheet) if self.sheet else ()),
        ]


FILES = {
    "Lake County": Real(
        "lake-county/Fire_Hydrants.csv", "hydrants", 4278, {"id_repeated": 1},
        frozenset({"places_order_unsure", "places_from_columns"}),
        system="EPSG:3857", fields={"hydrant_id": "FeatureID", "status": "=unknown"},
    ),
    "Cambridge's hydrants": Real(
        "cambridge/INFRA_Hydrants.geojson", "hydrants", 1960, {"id_empty": 36, "id_repeated": 6},
        frozenset({"says_out_of_use", "same_place", "stated_partly"}),
        fields={"hydrant_id": "HYDRANT_ID", "status": "LIFECYCLESTATUS"},
        statuses={"ACT": "in_use", "ABN": "out_of_service", "MITFL": "unknown"},
    ),
    "Cambridge's stations": Real(
        "cambridge/PUBLICSAFETY_FireStations.geojson", "stations", 8, {}, frozenset(),
        fields={"station_id": "SITE_NAME", "status": "=in_use"},
    ),
    "Baoding's district": Real(
        "baoding-lianchi/baoding_lianchi_roads.gpkg", "boundary", 1, {}, frozenset(), sheet="lianchi_boundary_tianditu",
    ),
    "a survey with shifted fields": Real(
        "survey-txt/testfile.txt", "parcels", 1, {}, frozenset({"txt_fields_shifted"}),
    ),
}  # fmt: skip
BOTH = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A county folder with nothing in it."""
    folder = tmp_path / "county"
    folder.mkdir()
    return folder


def run(capsys: Captured, *given: Any) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, given), "--json"])
    return code, json.loads(capsys.readouterr().out)


def in_layer(county: Path, layer: str) -> list[Any]:
    path = next(county.glob(f"*/{layer}.geojson"))
    return list(json.loads(path.read_text("utf-8"))["features"])


@pytest.mark.slow
@BOTH
def test_by_command_line_every_row_is_kept_or_rejected(
    name: str, real_data: Path, fresh: Path, capsys: Captured
) -> None:
    real = FILES[name]
    file = real_data / real.path
    given = (file, "--layer", real.layer, "--county", fresh, *real.arguments())
    code, looked = run(capsys, "check", *given)
    assert code == (2 if real.rejected else 0)
    assert list(fresh.iterdir()) == [], "looking writes nothing"
    said = looked["file"]
    assert said["rows_in"] == real.rows == said["rows_kept"] + said["rows_rejected"]
    assert Counter(code for found in said["rejected"].values() for code in found) == real.faults
    assert real.told <= {each["code"] for each in looked["problems"]}
    code, added = run(capsys, "add", *given, "--leave-out-bad-rows")
    assert (code, added["rows"]) == (0, real.rows - real.rejected)
    assert len(in_layer(fresh, real.layer)) == real.rows - real.rejected
    rejected = fresh / "rejected" / f"{real.layer}.csv"
    assert rejected.is_file() is bool(real.rejected)
    code, checked = run(capsys, "check", fresh)
    assert code == 0, checked
    code, undone = run(capsys, "undo", "--layer", real.layer, "--county", fresh)
    assert (code, undone["back"]) == (0, [])
    assert not list(fresh.glob(f"*/{real.layer}.geojson"))


@pytest.mark.slow
@BOTH
def test_through_the_page_every_row_is_kept_or_rejected(
    name: str, real_data: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FILES[name]
    file = real_data / real.path
    assert file.stat().st_size <= MOST_UPLOADED
    monkeypatch.setenv("COUNTY_DIR", str(fresh))
    page = opened()
    bring(page, (file.name, file.read_bytes()))
    if real.sheet:
        by_key(page.selectbox, "_sheet_").set_value(real.sheet)
        page.run()
    if by_key(page.selectbox, "_layer_zh").value != real.layer:
        by_key(page.selectbox, "_layer_zh").set_value(real.layer)
        page.run()
    if real.system:
        by_key(page.selectbox, "_system_").set_value(real.system)
        page.run()
    for ours, theirs in real.fields.items():
        by_key(page.selectbox, f"_theirs_{real.layer}_{ours}_").set_value(theirs)
    if real.fields:
        press(page, "_columns_take_")
    for word, means in real.statuses.items():
        next(each for each in page.selectbox if f"“{word}”" in each.label).set_value(means)
        page.run()
    assert not page.exception
    kept = real.rows - real.rejected
    said = f"共 {real.rows} 行，可读入 {kept} 行，不合格 {real.rejected} 行。"
    assert any(said in each.value for each in page.markdown), [each.value for each in page.markdown]
    if real.rejected:
        assert by_key(page.button, "_accept_").disabled
        agree(page, "leave_out_bad_rows")
    press(page, "_accept_")
    assert any("已读入" in each.value for each in page.success), [each.value for each in page.error]
    assert len(in_layer(fresh, real.layer)) == kept
    press(page, f"bring_undo_{real.layer}")
    assert not list(fresh.glob(f"*/{real.layer}.geojson"))


@pytest.mark.slow
def test_streets_of_baoding_are_sent_to_build_and_none_is_taken_for_something_else(
    real_data: Path, fresh: Path, capsys: Captured
) -> None:
    file = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    code, looked = run(capsys, "check", file, "--layer", "places", "--sheet", "roads_1", "--county", fresh)
    said = looked["file"]
    assert (code, said["rows_in"], said["rows_kept"], said["rows_rejected"]) == (2, 2985, 0, 2985)
    assert "roads_by_build" in {each["code"] for each in looked["problems"]}
    code, looked = run(
        capsys, "check", file, "--layer", "places", "--sheet", "jd_points_bd09_and_wgs84", "--county", fresh
    )
    assert (code, looked["file"]["rows_kept"]) == (0, 8)


@pytest.mark.slow
def test_the_commands_of_the_readme_work_one_after_the_other_in_a_fresh_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "county").mkdir()
    (tmp_path / "hydrants.csv").write_text("编号,使用状态,经度,纬度\nA,在用,114.7,38.62\n", encoding="utf-8")
    for given in (
        "check hydrants.csv --layer hydrants",
        "add hydrants.csv --layer hydrants --county county",
        "undo --layer hydrants --county county",
        "undo --layer hydrants --county county",
        "check county",
    ):
        assert main(given.split()) == 0, given
        capsys.readouterr()
    assert len(in_layer(tmp_path / "county", "hydrants")) == 1
    shutil.rmtree(tmp_path / "county")
    assert main(["add", "hydrants.csv", "--layer", "hydrants", "--county", "county"]) == 2
    assert "county" in capsys.readouterr().err
