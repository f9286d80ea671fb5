"""A file is looked over whole before it becomes a layer: every row is kept or rejected, and every reason is said."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.adding import add_layer
from geo.county import read_county
from geo.fields import field_names
from geo.file_report import check_file, renumbered
from geo.layers import LAYERS, check_rows
from geo.problems import InputError, problem
from geo.rejected import rejected_csv, rejected_table, wrong_and_mend
from geo.tables import read_rows
from geo.translation import FileChoices
from geo.words import LANGUAGES, say
from tests import moved_towns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.file_report import FileReport

    Write = Callable[..., Path]

COUNTY = {"county.toml": 'name = "试"\ncrs = "EPSG:4547"\n[seat]\nlon = 114.70\nlat = 38.62\n'}
HYDRANTS = (
    "编号,所在道路,管径,压力(MPa),流量,使用状态,经度,纬度,类型,备注\n"
    "H1,正阳街,DN200,0.3,15L/s,在用,114.70,38.62,消火栓,\n"
    "H2,正阳街,DN150,300,54m³/h,完好,114.701,38.62,消火栓,\n"
    'H3,恒山路,"8""",0.3Ma,约15L/s,坏了,114.702,38.62,消火栓,=1+1\n'
    "H3,恒山路,100,—,,在建,114.703,38.62,消防水鹤,\n"
    "H5,恒山路,100,2.5bar,,在建,95.7,38.62,消火栓,\n"
    "H6,恒山路,100,2.5bar,,在建,114.706,38.62,消火栓,\n"
)


@pytest.fixture
def hydrants(tmp_path: Path) -> Path:
    path = tmp_path / "栓.csv"
    path.write_text(HYDRANTS, encoding="utf-8")
    return path


def wrong(report: FileReport) -> dict[int, list[str]]:
    return {row: [each.code for each in found] for row, found in report.bad.items()}


def assert_every_row_is_somewhere(report: FileReport) -> None:
    assert sorted([*report.rows, *report.bad]) == list(range(1, report.rows_in + 1))
    assert len(report.kept.table) == len(report.kept.geometry) == len(report.rows)
    assert report.rows_in == len(report.rows) + len(report.rejected) + len(report.examples)


def test_everything_wrong_with_every_row_is_said_at_once(write_county: Write, hydrants: Path) -> None:
    report = check_file(hydrants, "hydrants", write_county(COUNTY))
    assert_every_row_is_somewhere(report)
    assert wrong(report) == {
        2: ["value_impossible_unit"], 3: ["status_unknown"], 4: ["id_repeated", "row_of_other_layer"], 5: ["far_away"],
    }  # fmt: skip
    assert report.rows == (1, 6)
    assert {each.code for each in report.refusals} == {
        "value_impossible_unit", "status_word", "id_repeated", "row_of_other_layer", "far_away",
    }  # fmt: skip
    for each, language in itertools.product(report.problems, LANGUAGES):
        assert each.text(language)


@pytest.mark.slow
def test_nothing_is_written_by_looking_and_nothing_by_adding_what_is_wrong(
    write_county: Write, hydrants: Path
) -> None:
    folder = write_county(COUNTY)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    check_file(hydrants, "hydrants", folder)
    assert add_layer(folder, hydrants, "hydrants").path is None
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_by_consent_the_sound_rows_are_written_and_the_others_stand_in_a_table(
    write_county: Write, hydrants: Path
) -> None:
    folder = write_county(COUNTY)
    report = add_layer(folder, hydrants, "hydrants", FileChoices(leave_out_bad_rows=True), language="en")
    assert (report.rows, report.rejected) == (2, folder / "rejected/hydrants.csv")
    county = read_county(folder)
    assert county.hydrants["hydrant_id"].tolist() == ["H1", "H6"]
    assert county.hydrants["status"].tolist() == ["in_use", "under_construction"]
    assert county.hydrants["pressure_mpa"].tolist() == [0.3, 0.25]
    assert county.hydrants["pressure_mpa_as_given"].tolist() == [None, "2.5bar"]
    assert report.rejected is not None
    rows = list(csv.DictReader(io.StringIO(report.rejected.read_text(encoding="utf-8-sig"))))
    assert [each["data row (header not counted)"] for each in rows] == ["2", "3", "4", "5"]
    given = list(csv.DictReader(io.StringIO(HYDRANTS)))
    for row in rows:
        whole = given[int(row["data row (header not counted)"]) - 1]
        for name, cell in whole.items():
            assert row[name] == ("'=1+1" if cell == "=1+1" else cell), (
                "every cell as it stands, and none runs"
            )
    assert [each["column"] for each in rows] == ["压力(MPa)", "使用状态", "(1) 编号 (2) 类型", "geometry"]
    assert all(each["what is wrong"] and each["how to mend it"] for each in rows)


@pytest.mark.slow
def test_what_was_left_out_comes_in_once_it_is_mended(write_county: Write, hydrants: Path) -> None:
    folder = write_county(COUNTY)
    add_layer(folder, hydrants, "hydrants", FileChoices(leave_out_bad_rows=True))
    hydrants.write_text(HYDRANTS.replace("DN150,300", "DN150,0.3").replace("坏了", "坏"), encoding="utf-8")
    report = add_layer(folder, hydrants, "hydrants", FileChoices(leave_out_bad_rows=True))
    assert report.rows == 4
    whole = "\n".join(line for line in HYDRANTS.splitlines() if not line.startswith(("H3", "H5", "H2")))
    hydrants.write_text(whole, encoding="utf-8")
    assert add_layer(folder, hydrants, "hydrants").rows == 2
    assert not (folder / "rejected/hydrants.csv").exists(), "an old table would speak of another file"


def test_a_file_of_bad_rows_alone_is_not_written_whatever_is_agreed(
    write_county: Write, tmp_path: Path
) -> None:
    file = tmp_path / "h.csv"
    file.write_text("编号,经度,纬度\n,114.70,38.62\nA,x,38.62\n", encoding="utf-8")
    report = add_layer(write_county(COUNTY), file, "hydrants", FileChoices(leave_out_bad_rows=True))
    assert report.path is None
    assert "no_rows_left" in {each.code for each in report.problems}


@pytest.mark.slow
def test_what_is_wrong_with_the_file_as_a_whole_is_nothing_to_leave_out(
    write_county: Write, tmp_path: Path
) -> None:
    file = tmp_path / "h.csv"
    file.write_text("编号,压力,静压,经度,纬度\nA,0.3,0.3,114.70,38.62\n", encoding="utf-8")
    folder = write_county(COUNTY)
    report = add_layer(folder, file, "hydrants", FileChoices(leave_out_bad_rows=True))
    assert [each.code for each in report.problems if not each.warning] == ["field_several"]
    said = FileChoices(fields={"pressure_mpa": "静压"})
    assert add_layer(folder, file, "hydrants", said).path is not None
    none = FileChoices(fields={"pressure_mpa": ""}, remember=False)
    report = add_layer(folder, file, "hydrants", none)
    assert report.path is not None
    assert read_county(folder).hydrants["pressure_mpa"].isna().all()
    assert read_county(folder).hydrants["静压"].tolist() == ["0.3"], "columns of theirs are kept"


def test_words_that_are_not_understood_are_counted_and_unknown_by_consent_alone(
    write_county: Write, tmp_path: Path
) -> None:
    file = tmp_path / "h.csv"
    rows = "".join(f"{i},114.7{i},38.62,{'甲级' if i < 3 else '在用'}\n" for i in range(4))
    file.write_text("编号,经度,纬度,状态\n" + rows, encoding="utf-8")
    folder = write_county(COUNTY)
    refused = check_file(file, "hydrants", folder)
    assert [
        (each.code, dict(each.values)["value"], dict(each.values)["count"]) for each in refused.refusals
    ] == [("status_word", "甲级", 3)]
    assert wrong(refused) == {row: ["status_unknown"] for row in (1, 2, 3)}
    report = add_layer(folder, file, "hydrants", FileChoices(unknown_statuses=True))
    table = read_county(folder).hydrants
    assert (report.rows, table["status"].tolist()) == (4, ["unknown"] * 3 + ["in_use"])
    assert table["status_as_printed"].tolist() == ["甲级", "甲级", "甲级", "在用"]


def test_twins_are_found_by_id_by_place_and_by_the_whole_row(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    near = 0.4 / 111_195
    file.write_text(
        "编号,经度,纬度,状态\nA,114.7,38.62,在用\nA,114.7,38.62,在用\nA,114.8,38.62,在用\n"
        f"B,114.7,{38.62 + near},在用\n",
        encoding="utf-8",
    )
    report = check_file(file, "hydrants")
    assert wrong(report) == {2: ["id_repeated", "row_repeated"], 3: ["id_repeated"]}
    told = {each.code: dict(each.values) for each in report.problems if each.warning}
    assert told["same_place"]["rows"] == "1, 2; 1, 4"


def test_like_rows_without_a_place_may_be_two_things(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text("所属消防站,车辆类型,载水量\nS,水罐车,12吨\nS,水罐车,12吨\n", encoding="utf-8")
    report = check_file(file, "vehicles", choices=FileChoices(make_ids=True))
    assert [each.code for each in report.problems] == ["ids_made_empty", "rows_repeated"]
    assert report.kept.table["tank_l"].tolist() == [12_000, 12_000]


def test_rows_of_another_file_are_not_left_out_with_ours(write_county: Write, tmp_path: Path) -> None:
    folder = write_county(
        COUNTY
        | {
            "stations/stations.csv": "station_id,status,lon,lat\nS1,in_use,114.70,38.62\n",
            "stations/vehicles.csv": "vehicle_id,station_id,status\nV1,S1,in_use\n",
        }
    )
    file = tmp_path / "s.csv"
    file.write_text("消防站编号,状态,经度,纬度\nS2,在用,114.70,38.62\n", encoding="utf-8")
    report = add_layer(folder, file, "stations", FileChoices(leave_out_bad_rows=True, replace=True))
    assert report.path is None
    found = next(each for each in report.problems if not each.warning)
    assert (found.code, found.file, found.row) == ("reference_unknown", "stations/vehicles.csv", 1)


def test_rows_are_counted_as_in_the_file_whatever_stands_between() -> None:
    found = [
        problem("id_repeated", file="f", row=2, value="A", first=1),
        problem("states_zero", file="f", warning=True, count=2, rows="1, 3 …"),
        problem(
            "areas_differ",
            file="f",
            warning=True,
            count=1,
            rows="3",
            worst=3,
            part="2%",
            stated="1",
            drawn="2",
        ),
    ]
    one, zero, area = renumbered(found, np.array([2, 5, 9]))
    assert (one.row, dict(one.values)["first"]) == (5, 2)
    assert dict(zero.values) == {"count": 2, "rows": "2, 9 …"}
    assert (dict(area.values)["rows"], dict(area.values)["worst"]) == ("9", 9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_a_rejected_row_says_how_to_mend_it(language: str) -> None:
    values: dict[str, Any] = {
        "value": "x", "known": "k", "first": 1, "fits": "kPa", "ours": "c", "stated": 1, "drawn": 2, "ratio": 15,
        "large": "ha", "small": "亩", "distance": 30, "detail": "d", "limit": 9, "have": 3, "want": 2, "file_of": "f",
    }  # fmt: skip
    codes = (
        "amount_unread", "area_unit", "below_zero", "both_ids", "class_needs_words", "coordinate_bad",
        "coordinate_range", "count_without_section", "far_away", "geometry_invalid", "geometry_kind",
        "geometry_unreadable", "id_empty", "id_repeated", "location_unreadable", "no_geometry", "no_position",
        "not_a_date", "not_a_number", "not_a_year", "not_in_list", "not_whole", "position_twice",
        "reference_unknown", "row_of_other_layer", "row_repeated", "row_too_long", "section_count",
        "status_unknown", "value_impossible", "value_impossible_unit",
    )  # fmt: skip
    for code in codes:
        what, mend = wrong_and_mend(problem(code, **values), language)
        assert what, code
        assert mend or code == "section_count", code


def test_the_table_of_rejected_rows_holds_shapes_and_runs_no_formula(tmp_path: Path) -> None:
    file = tmp_path / "p.geojson"
    bow = [[114.7, 38.6], [114.71, 38.61], [114.71, 38.6], [114.7, 38.61], [114.7, 38.6]]
    feature = {
        "type": "Feature",
        "properties": {"地块编号": "=A", "有问题的列": "-2"},
        "geometry": {"type": "Polygon", "coordinates": [bow]},
    }
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    report = check_file(file, "parcels")
    table = rejected_table(report.given, report.bad, report.theirs, "zh")
    assert table.columns.tolist() == [
        "数据行号（不含表头）",
        "地块编号",
        "有问题的列",
        "图形",
        "有问题的列_",
        "问题",
        "怎样改",
    ]
    assert shapely.from_wkt(table["图形"].iloc[0]).equals(shapely.Polygon(bow))
    text = rejected_csv(table).decode("utf-8-sig")
    assert "'=A,'-2" in text


def test_streets_and_layers_that_do_not_exist_are_refused(tmp_path: Path, hydrants: Path) -> None:
    with pytest.raises(KeyError):
        check_file(hydrants, "pumps")
    with pytest.raises(InputError) as refused:
        check_file(hydrants, "roads")
    assert [each.code for each in refused.value.problems] == ["roads_by_build"]
    with pytest.raises(InputError) as refused:
        check_file(hydrants, "hydrants", tmp_path / "nowhere")
    assert [each.code for each in refused.value.problems] == ["folder_missing"]


def test_units_of_official_columns_are_those_of_the_cells_and_else_told(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    file.write_text(
        "XHS_TYWYSBM,GW_YL,GWZJ_KD,LL,DQJD,DQWD\nA,0.3MPa,DN200,15,114.7,38.62\nB,300kPa,200,16,114.71,38.62\n",
        encoding="utf-8",
    )
    report = check_file(file, "hydrants", choices=FileChoices(units={"flow_lps": "m³/h"}))
    table = report.kept.table
    assert table["pressure_mpa"].tolist() == [0.3, 0.3]
    assert table["flow_lps"].tolist() == pytest.approx([15 / 3.6, 16 / 3.6])
    assert table["GW_YL"].tolist() == ["0.3MPa", "300kPa"]
    taken = {each.field: dict(each.values)["count"] for each in report.problems if each.code == "unit_taken"}
    assert taken == {"dn_mm": 1}


def test_a_unit_for_a_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "h.csv"
    file.write_text("消火栓编号,lon,lat\nA,114.7,38.62\n", encoding="utf-8")
    report = check_file(file, "hydrants", choices=FileChoices(units={"pressure_mpa": "kPa"}))
    assert [(each.code, each.field) for each in report.refusals] == [("column_missing", "pressure_mpa")]


# ---- how columns were read before


def test_what_was_said_of_columns_is_remembered_for_files_with_the_same_ones(
    write_county: Write, tmp_path: Path
) -> None:
    folder, file = write_county(COUNTY), tmp_path / "一.csv"
    file.write_text("甲,乙,丙,丁,戊\n1,300,114.70,38.62,A级\n", encoding="utf-8")
    fields = {"hydrant_id": "甲", "pressure_mpa": "乙 [kPa]", "lon": "丙", "lat": "丁", "status": "戊"}
    choices = FileChoices(fields=fields, statuses={"A级": "in_use"})
    assert add_layer(folder, file, "hydrants", choices).path is not None
    later = tmp_path / "二.csv"
    later.write_text("戊,丁,丙,乙,甲\nA级,38.62,114.71,250,2\n", encoding="utf-8")
    report = add_layer(folder, later, "hydrants")
    told = [each for each in report.problems if each.code == "fields_remembered"]
    assert [dict(each.values)["before"] for each in told] == ["一.csv"]
    table = read_county(folder).hydrants
    assert table[["hydrant_id", "pressure_mpa", "status"]].to_numpy().tolist() == [["2", 0.25, "in_use"]]
    assert {each.why for each in report.seen.read.fields} == {"remembered"}
    other = tmp_path / "三.csv"
    other.write_text("甲,乙,丙,丁\n1,300,114.70,38.62\n", encoding="utf-8")
    assert check_file(other, "hydrants", folder).remembered is None
    assert check_file(later, "cranes", folder).remembered is None


@pytest.mark.slow
def test_what_the_user_says_goes_before_what_is_remembered(write_county: Write, tmp_path: Path) -> None:
    folder, file = write_county(COUNTY), tmp_path / "一.csv"
    file.write_text("甲,乙,lon,lat\n1,300,114.70,38.62\n", encoding="utf-8")
    add_layer(folder, file, "hydrants", FileChoices(fields={"hydrant_id": "甲", "pressure_mpa": "乙 [kPa]"}))
    report = add_layer(folder, file, "hydrants", FileChoices(units={"pressure_mpa": "psi"}))
    assert report.seen.kept.table["pressure_mpa"].tolist() == [pytest.approx(2.0684, abs=1e-4)]
    forgotten = add_layer(folder, file, "hydrants", FileChoices(fields={"hydrant_id": "乙"}, remember=False))
    assert forgotten.seen.kept.table["hydrant_id"].tolist() == ["300"]
    assert check_file(file, "hydrants", folder).kept.table["hydrant_id"].tolist() == ["1"]


@pytest.mark.parametrize("content", ["not toml [", "file = 3\n", '[[file]]\nlayer = "hydrants"\n', "\x00"])
def test_memories_that_cannot_be_read_are_said_and_left_alone(
    write_county: Write, tmp_path: Path, content: str
) -> None:
    folder, file = write_county(COUNTY | {"fields.toml": content}), tmp_path / "一.csv"
    file.write_text("甲,lon,lat\n1,114.70,38.62\n", encoding="utf-8")
    report = add_layer(folder, file, "hydrants", FileChoices(fields={"hydrant_id": "甲"}))
    assert report.path is not None
    assert "memory_unreadable" in {each.code for each in report.problems}
    assert (folder / "fields.toml").read_text(encoding="utf-8") == content


def test_columns_of_coordinates_are_remembered_with_the_others(write_county: Write, tmp_path: Path) -> None:
    folder, file = write_county(COUNTY), tmp_path / "一.csv"
    file.write_text("栓号,东向,北向,状态\nA,114.70,38.62,在用\n", encoding="utf-8")
    said = FileChoices(fields={"lon": "东向", "lat": "北向"})
    assert add_layer(folder, file, "hydrants", said).path is not None
    again = add_layer(folder, file, "hydrants")
    assert again.path is not None, again.problems
    assert shapely.get_coordinates(again.seen.kept.geometry).tolist() == [[114.70, 38.62]]


def test_the_county_is_read_once_for_one_file(
    write_county: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geo import county as reading

    calls: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(reading, name)

        def call(*given: Any) -> Any:
            calls.append(name)
            return real(*given)

        return call

    for name in ("_read_files", "make_network"):
        monkeypatch.setattr(reading, name, counted(name))
    folder, file = write_county(COUNTY), tmp_path / "一.csv"
    file.write_text("栓号,经度,纬度,状态\nA,114.70,38.62,在用\nB,10,38.62,在用\n", encoding="utf-8")
    report = add_layer(folder, file, "hydrants", FileChoices(leave_out_bad_rows=True))
    assert {each.code for each in report.seen.bad[2]} == {"far_away"}, "left out because of the county"
    assert report.rows == 1
    assert calls == ["_read_files", "make_network"]


# ---- where the numbers really are


@pytest.mark.slow
@pytest.mark.parametrize("declared", [False, True], ids=["says nothing", "says WGS 84"])
def test_hydrants_in_gcj02_are_not_taken_for_wgs84_in_silence(
    real_data: Path, tmp_path: Path, write_county: Write, declared: bool
) -> None:
    town = moved_towns.cambridge(real_data)
    streets = gpd.GeoDataFrame({"name": [""] * len(town.lines)}, geometry=list(town.lines), crs=town.crs)
    folder = write_county({"county.toml": f'crs = "{town.crs}"\n', "roads/streets.geojson": json.loads(
        streets.to_crs(4326).to_json()
    )})  # fmt: skip
    file = tmp_path / "栓.geojson"
    ids = [f"H{at}" for at in range(len(town.hydrants))]
    points = gpd.GeoDataFrame({"消火栓编号": ids, "状态": "在用"}, geometry=list(town.hydrants_in("GCJ-02")))
    named = {"crs": {"type": "name", "properties": {"name": "EPSG:4326"}}} if declared else {}
    file.write_text(json.dumps(json.loads(points.to_json()) | named), encoding="utf-8")
    refused = check_file(file, "hydrants", folder)
    assert {each.code for each in refused.refusals} == {"datum_other"}
    assert "GCJ-02" in refused.refusals[0].text("zh")
    report = add_layer(folder, file, "hydrants", FileChoices(source_crs="GCJ-02"))
    assert report.path is not None, report.problems
    assert ("crs_shifted" in {each.code for each in report.problems}) == declared
    placed = read_county(folder).hydrants.to_crs(town.crs).geometry.to_numpy()
    assert float(shapely.distance(placed, town.hydrants).max()) < 0.1


# ---- laws


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_rows_in_are_rows_kept_and_rows_rejected_whatever_is_in_the_file(
    seed: int, tmp_path: Path, write_county: Write
) -> None:
    dice = np.random.default_rng(seed)
    cells = {
        "编号": ["A", "B", "C", "", "D", "=x"], "管径": ["DN200", "8\"", "2x", "", "3", "-1"],
        "压力": ["0.3", "300", "0.3MPa", "坏", "", "/"], "状态": ["在用", "ACT", "", "损坏", "在建", "in_use"],
        "经度": ["114.7", "114.71", "x", "", "200", "10"], "纬度": ["38.62", "38.63", "", "91", "38.6", "38.6"],
        "类型": ["消火栓", "水鹤", "", "室内消火栓", "消火栓", ""],
        "checked": ["2025-01-01", "x", "", "1970-01-01", "—", ""],
    }  # fmt: skip
    rows = [[str(dice.choice(values)) for values in cells.values()] for _ in range(60)]
    file = tmp_path / "dice.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([list(cells), *rows])
    folder = write_county(COUNTY)
    for given in itertools.product((False, True), repeat=2):
        choices = FileChoices(
            make_ids=given[0], unknown_statuses=given[1], leave_out_bad_rows=True, replace=True
        )
        report = add_layer(folder, file, "hydrants", choices)
        assert_every_row_is_somewhere(report.seen)
        assert_every_row_is_somewhere(check_file(file, "hydrants", choices=choices))
        kept = report.seen.kept.table
        if report.path is not None:
            assert report.rows + len(report.seen.rejected) == len(rows)
            assert len(json.loads(report.path.read_text(encoding="utf-8"))["features"]) == report.rows
            assert read_county(folder).hydrants["hydrant_id"].tolist() == kept["hydrant_id"].tolist()
        assert ((kept["pressure_mpa"].isna()) | (kept["pressure_mpa"] <= 2.5)).all()


ODD_CELLS: list[Any] = [
    None, "", "x", "0.3MPa", "DN200", "约3公顷", "在用", "坏", "是", "/", True, 0, -1, 2.5, 1e308, 10**30, "1e999",
    "٣", "１２", "½", "\x00", "\x1b[2J", "=1+1", "'", "{", "{0}", "%s", "P0", "P6", "INT(a;b)", "2025-13-40",
    "1970-01-01", 1551657600000, "2023年", "in_use", {"a": 1}, [1, 2], "a" * 500, say("zh", "template.mark"), "水鹤",
]  # fmt: skip


def _odd_shape(dice: np.random.Generator) -> dict[str, Any] | None:
    x, y = 114.6 + dice.random() / 5, 38.5 + dice.random() / 5
    corners = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y + 0.01], [x, y]]
    crossed = [corners[at] for at in (0, 2, 1, 3, 0)]
    shapes: list[dict[str, Any] | None] = [
        None, {"type": "Point", "coordinates": [x, y]}, {"type": "Point", "coordinates": [1e30, y]},
        {"type": "LineString", "coordinates": corners[:2]}, {"type": "Polygon", "coordinates": [corners]},
        {"type": "Polygon", "coordinates": [crossed]}, {"type": "GeometryCollection", "geometries": []},
    ]  # fmt: skip
    return shapes[int(dice.integers(len(shapes)))]


@pytest.mark.slow
@pytest.mark.parametrize("layer", [each for each in LAYERS if LAYERS[each].folder != "plan"])
def test_whatever_a_file_holds_it_is_told_and_what_is_written_reads_back_without_error(
    layer: str, tmp_path: Path, write_county: Write
) -> None:
    dice = np.random.default_rng(len(layer))
    known = [each for names in field_names(layer).names.values() for each in names]
    names = [
        *LAYERS[layer].names,
        "lon",
        "lat",
        "wkt",
        "geometry",
        *sorted(known),
        "",
        "（",
        "a{b}",
        "压力（x）",
        "管径 [mm]",
    ]
    folder, file = write_county({"county.toml": 'crs = "EPSG:4547"\n'}), tmp_path / "f.geojson"
    for _ in range(12):
        columns = [names[at] for at in dice.permutation(len(names))[: dice.integers(1, 12)]]
        features = [
            {
                "type": "Feature",
                "properties": {name: ODD_CELLS[dice.integers(len(ODD_CELLS))] for name in columns},
                "geometry": _odd_shape(dice),
            }
            for _ in range(dice.integers(12))
        ]
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        yes = [bool(dice.integers(2)) for _ in range(4)]
        choices = FileChoices(
            make_ids=yes[0], repair=yes[1], unknown_statuses=yes[2], leave_out_bad_rows=yes[3]
        )
        report = add_layer(folder, file, layer, choices)
        assert_every_row_is_somewhere(report.seen)
        for each, language in itertools.product(report.problems, LANGUAGES):
            assert each.text(language)
        rejected_csv(rejected_table(report.seen.given, report.seen.bad, report.seen.theirs, "en"))
        if report.path is not None:
            again = check_rows(LAYERS[layer], read_rows(report.path, layer=layer), "f")
            assert [each for each in again.problems if not each.warning] == []
            assert len(again.table) == report.rows > 0


def test_sections_need_no_ids_of_their_own(tmp_path: Path, write_county: Write) -> None:
    file = tmp_path / "h.csv"
    file.write_text(
        "路段编号,座数,所在道路,起点路口,终点路口\nS1,15座,南环路,太行路,东环路\n", encoding="utf-8"
    )
    report = add_layer(write_county({}), file, "hydrants", FileChoices(make_ids=True))
    assert report.path is not None, report.problems
    table = report.seen.kept.table
    assert (table["hydrant_id"].tolist(), table["count"].tolist()) == ([None], [15])


# ---- real files


@pytest.mark.slow
def test_cambridges_hydrants_tell_their_ids_their_words_and_those_outside(
    real_data: Path, write_county: Write
) -> None:
    folder, data = write_county({}), real_data / "cambridge"
    add_layer(folder, data / "BOUNDARY_CityBoundary.geojson", "boundary")
    report = check_file(data / "INFRA_Hydrants.geojson", "hydrants", folder)
    assert_every_row_is_somewhere(report)
    assert {(each.theirs, each.ours, each.rows) for each in report.read.statuses} == {
        ("ACT", None, 1940), ("ABN", None, 4), ("MITFL", None, 16),
    }  # fmt: skip
    codes = [each.code for found in report.bad.values() for each in found]
    # 36 without an id, and 6 that repeat one: with the first of the empty ones that makes 41 duplicated rows.
    assert (codes.count("id_empty"), codes.count("id_repeated")) == (36, 6)
    table = gpd.read_file(data / "INFRA_Hydrants.geojson")
    assert int(table["HYDRANT_ID"].duplicated().sum()) == 36 - 1 + 6
    said = FileChoices(
        statuses={"ACT": "in_use", "ABN": "out_of_service"}, unknown_statuses=True, leave_out_bad_rows=True,
        units={"flow_lps": "gpm"}, fields={"flow_lps": "HYDRANT_GPM"},
    )  # fmt: skip
    done = add_layer(folder, data / "INFRA_Hydrants.geojson", "hydrants", said)
    assert (done.rows, len(done.seen.rejected)) == (1960 - 42, 42)
    outside = next(each for each in done.problems if each.code == "outside_boundary")
    assert dict(outside.values)["count"] == 17
    assert done.seen.read.statuses[0].why == "given"
    county = read_county(folder)
    assert county.hydrants["status"].value_counts()["unknown"] == 16
    gallons = table.set_index("HYDRANT_ID")["HYDRANT_GPM"]
    one = county.hydrants.set_index("hydrant_id")["flow_lps"]["PH6000"]
    assert one == pytest.approx(gallons["PH6000"] * 3.785411784 / 60, rel=1e-9)


def test_lake_county_tells_its_repeated_id_and_its_dates_of_1970(real_data: Path) -> None:
    file = real_data / "lake-county" / "Fire_Hydrants.csv"
    choices = FileChoices(source_crs="EPSG:3857", fields={"lon": "X", "lat": "Y", "checked": "GPS_Date"})
    report = check_file(file, "hydrants", choices=choices)
    assert_every_row_is_somewhere(report)
    assert (report.rows_in, wrong(report)) == (4278, {4271: ["id_repeated"]})
    zero = next(each for each in report.problems if each.code == "date_zero")
    assert dict(zero.values)["count"] == 3997
    assert report.ranking[0].layer == "hydrants"


@pytest.mark.slow
def test_cambridges_parcels_have_37_shapes_to_mend(real_data: Path) -> None:
    file = real_data / "cambridge" / "ASSESSING_ParcelsFY2014.topojson"
    shapes = read_rows(file).geometry
    assert shapes is not None
    report = check_file(file, "parcels", choices=FileChoices(make_ids=True))
    assert_every_row_is_somewhere(report)
    assert len(report.repairs) == 37
    invalid = [row for row, found in wrong(report).items() if "geometry_invalid" in found]
    assert invalid == [each.row for each in report.repairs]
    repaired = check_file(file, "parcels", choices=FileChoices(make_ids=True, repair=True))
    still = {row for row, found in wrong(repaired).items() if "geometry_invalid" in found}
    assert still == {each.row for each in report.repairs if not each.clear}
    for each in report.repairs:
        shape = shapes[each.row - 1]
        assert each.after_mu == pytest.approx(_mu(shapely.make_valid(shape)), rel=1e-3, abs=1e-6)


def _mu(shape: Any) -> float:
    """Area in 亩, reckoned another way than the program's: in the UTM zone of the place."""
    return float(gpd.GeoSeries([shape], crs=4326).to_crs(32619).area.iloc[0]) * 15 / 10_000


@pytest.mark.slow
def test_baodings_streets_are_sent_to_build(real_data: Path) -> None:
    file = real_data / "baoding-lianchi" / "baoding_lianchi_roads.gpkg"
    report = check_file(file, "hydrants", choices=FileChoices(sheet="roads_1"))
    assert report.ranking[0].layer == "roads"
    assert "roads_by_build" in {each.code for each in report.refusals}
