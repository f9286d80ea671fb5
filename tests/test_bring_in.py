"""Data brought in on the page: what is shown of a file, what is asked, what is written, and the way back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from geo.adding import add_layer
from geo.file_report import check_file
from geo.templates import template_xlsx
from geo.translation import FileChoices
from geo.words import LANGUAGES
from views.bring_map import preview_layers, preview_things
from views.bring_tables import MOST_PROBLEMS, problem_table, told
from views.upload_folder import UploadFolder
from views.uploads import MAX_MB, MOST_FILES, shown_name, store
from views.wording import Words, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
HYDRANTS = (
    "编号,类型,所在道路,管径,使用状态,经度,纬度,备注\n"
    "H1,消火栓,正阳街,DN200,在用,114.700,38.620,\n"
    "H2,消火栓,正阳街,DN150,完好,114.701,38.620,\n"
    "H3,消火栓,恒山路,DN100,在用,114.702,38.620,<b>粗</b>\n"
)
BAD = (
    HYDRANTS
    + "H3,消火栓,恒山路,DN100,在用,114.703,38.620,=1+1\n"
    + "H5,消火栓,恒山路,DN100,玄乎,114.704,38.620,\n"
)


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text"))
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    return folder


def opened(language: str = "zh") -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["lang"] = language
    page.session_state.panel_bring = True
    page.run()
    assert not page.exception
    return page


def bring(page: AppTest, *files: tuple[str, str | bytes]) -> None:
    field = next(each for each in page.file_uploader if each.accept_multiple_files)
    given = [(name, text if isinstance(text, bytes) else text.encode(), "text/plain") for name, text in files]
    field.set_value(given)
    page.run()
    assert not page.exception


def by_key(elements: Any, *parts: str) -> Any:
    return next(each for each in elements if all(part in str(each.key) for part in parts))


def press(page: AppTest, *parts: str) -> None:
    by_key(page.button, *parts).click()
    page.run()
    assert not page.exception


def agree(page: AppTest, *names: str) -> None:
    for name in names:
        by_key(page.checkbox, f"_may_{name}_").set_value(True)
        page.run()
    assert not page.exception


def table_with(page: AppTest, head: str) -> pd.DataFrame:
    return next(each.value for each in page.table if head in each.value.columns)


def built(page: AppTest) -> str:
    return str(next(each.value for each in page.metric if each.label == "已建消火栓"))


def hydrant_layer(county: Path) -> list[Any]:
    return list(json.loads((county / "hydrants" / "hydrants.geojson").read_text("utf-8"))["features"])


def test_a_file_shows_its_layer_its_columns_and_a_map_before_anything_is_written(county: Path) -> None:
    page = opened()
    maps = len(page.get("component_instance"))
    bring(page, ("栓.csv", HYDRANTS))
    assert by_key(page.selectbox, "_layer_zh").value == "hydrants"
    said = plain("读作消火栓：共 3 行，可读入 3 行，不合格 0 行。")
    assert said in [each.value for each in page.markdown]
    fields = table_with(page, "文件的列").set_index("文件的列")
    assert fields.loc["管径", "本程序的列"] == plain("管网管径（dn_mm）")
    assert fields.loc["使用状态", "采用"] == "已采用"
    assert table_with(page, "文件里的写法")["意思"].tolist() == ["在用", "在用"]
    assert "位置取自这两列：经度, 纬度" in [each.value.replace("\\", "") for each in page.caption]
    assert len(page.get("component_instance")) == maps + 1
    assert not (county / "hydrants" / "hydrants.geojson").exists()


def test_bad_rows_are_listed_and_kept_out_only_by_consent(county: Path) -> None:
    page = opened()
    bring(page, ("栓.csv", BAD))
    problems = table_with(page, "怎样改")
    assert problems["轻重"].tolist()[:2] == ["要改正", "要改正"]
    assert any("重复" in each for each in problems["问题"])
    assert not any("\\-\\-" in each for each in problems["怎样改"]), "the page has fields, no options"
    agree(page, "replace")
    assert by_key(page.button, "_accept_").disabled
    agree(page, "leave_out_bad_rows")
    assert not by_key(page.button, "_accept_").disabled
    press(page, "_accept_")
    assert [each["properties"]["hydrant_id"] for each in hydrant_layer(county)] == ["H1", "H2", "H3"]
    rejected = (county / "rejected" / "hydrants.csv").read_text("utf-8-sig")
    assert "'=1+1" in rejected
    assert "--" not in rejected, "the page has fields, no options"


def test_a_status_can_be_given_its_meaning(county: Path) -> None:
    page = opened()
    bring(page, ("栓.csv", HYDRANTS.replace("完好", "玄乎")))
    agree(page, "replace")
    assert by_key(page.button, "_accept_").disabled
    by_key(page.selectbox, "_status_hydrants_").set_value("out_of_service")
    page.run()
    press(page, "_accept_")
    statuses = [each["properties"]["status"] for each in hydrant_layer(county)]
    assert statuses == ["in_use", "out_of_service", "in_use"]


@pytest.mark.usefixtures("county")
def test_rows_without_a_status_can_be_given_one() -> None:
    page = opened()
    bring(page, ("栓.csv", HYDRANTS.replace("完好", "")))
    next(each for each in page.selectbox if "空白" in each.label).set_value("not_built")
    page.run()
    assert not page.exception
    assert table_with(page, "文件里的写法")["意思"].tolist() == ["在用", "未建成"]


def test_accepting_changes_the_whole_page_and_undoing_takes_it_back(county: Path) -> None:
    page = opened()
    before = built(page)
    bring(page, ("栓.csv", HYDRANTS))
    agree(page, "replace")
    press(page, "_accept_")
    assert built(page) == "3 / 3 座"
    assert "已读入" in page.success[0].value
    assert hydrant_layer(county)[0]["properties"]["source"] == "栓.csv"
    press(page, "bring_undo_hydrants")
    assert built(page) == before
    assert (county / "hydrants" / "hydrants.csv").is_file()


def test_undoing_never_leaves_a_county_that_cannot_be_used(county: Path) -> None:
    stations = county / "stations" / "stations.csv"
    stations.with_name("stations.csv.before").write_text("station_id,name\n,x\n", "utf-8")
    whole = stations.read_bytes()
    page = opened()
    press(page, "bring_undo_stations")
    assert page.error
    assert stations.read_bytes() == whole
    assert page.metric, "the county is still there"


@pytest.mark.usefixtures("county")
def test_a_column_can_be_read_otherwise() -> None:
    page = opened()
    bring(page, ("栓.csv", HYDRANTS))
    by_key(page.selectbox, "_theirs_hydrants_name_").set_value("备注")
    by_key(page.selectbox, "_theirs_hydrants_road_").set_value("\0none")
    by_key(page.selectbox, "_unit_hydrants_dn_mm_").set_value("cm")
    press(page, "_columns_take_")
    fields = table_with(page, "文件的列").set_index("文件的列")
    assert fields.loc["备注", "依据"] == "由您指定"
    choices = next(iter(page.session_state.bring_wishes.values())).choices
    assert (dict(choices.fields), dict(choices.units)) == ({"name": "备注", "road": ""}, {"dn_mm": "cm"})
    by_key(page.selectbox, "_theirs_hydrants_name_").set_value("\0auto")
    press(page, "_columns_take_")
    choices = next(iter(page.session_state.bring_wishes.values())).choices
    assert (dict(choices.fields), dict(choices.units)) == ({"road": ""}, {"dn_mm": "cm"}), (
        "the others stay as they were"
    )


@pytest.mark.usefixtures("county")
def test_a_reading_of_the_evidence_is_taken_with_one_button_and_given_back() -> None:
    """Metres whose axes are the wrong way round for the system that the file names."""
    features = [
        {"type": "Feature", "properties": {"编号": f"H{n}", "使用状态": "在用"},
         "geometry": {"type": "Point", "coordinates": [4_276_000 + 50 * n, 560_700 + 40 * n]}}
        for n in range(9)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    page = opened()
    bring(page, ("消火栓.geojson", text))
    assert any("可读入 0 行" in each.value for each in page.markdown)
    press(page, "_read_as_EPSG:4547+swapped_")
    assert any("可读入 9 行" in each.value for each in page.markdown)
    assert by_key(page.selectbox, "_system_").value == "EPSG:4547+swapped"
    said = table_with(page, "轻重")["问题"].tolist()
    assert any("EPSG:4547+swapped" in each.replace("\\", "") and "选定" in each for each in said)
    press(page, "_read_as_declared_")
    assert any("可读入 0 行" in each.value for each in page.markdown)


@pytest.mark.usefixtures("county")
def test_a_coordinate_system_can_be_chosen_or_typed() -> None:
    page = opened()
    bring(page, ("栓.csv", HYDRANTS))
    near = page.session_state.bring_wishes
    by_key(page.selectbox, "_system_").set_value("GCJ-02")
    page.run()
    wish = next(iter(page.session_state.bring_wishes.values()))
    assert (wish.choices.source_crs, wish.choices.read_as) == (None, "GCJ-02"), (
        "it is one of the evidence's readings"
    )
    by_key(page.selectbox, "_system_").set_value("EPSG:4490")
    page.run()
    wish = next(iter(page.session_state.bring_wishes.values()))
    assert (wish.choices.source_crs, wish.choices.read_as) == ("EPSG:4490", "")
    assert near != page.session_state.bring_wishes
    by_key(page.selectbox, "_system_").set_value("\0other")
    page.run()
    by_key(page.text_input, "_system_typed_").set_value("EPSG:nonsense")
    page.run()
    assert not page.exception
    assert any("EPSG:nonsense" in each.replace("\\", "") for each in table_with(page, "怎样改")["问题"])


@pytest.mark.usefixtures("county")
def test_two_sessions_do_not_see_each_others_files() -> None:
    one, other = opened(), opened()
    bring(one, ("栓.csv", HYDRANTS))
    other.run()
    assert any(plain("栓.csv") in each.value for each in one.markdown)
    assert not any(plain("栓.csv") in each.value for each in other.markdown)
    assert "bring_folder" not in other.session_state


@pytest.mark.usefixtures("county")
def test_a_forgotten_or_replaced_file_is_deleted() -> None:
    page = opened()
    bring(page, ("栓.csv", HYDRANTS))
    first = page.session_state.bring_folder.path
    bring(page, ("别.csv", HYDRANTS))
    assert not first.exists()
    second = page.session_state.bring_folder.path
    assert second.exists()
    press(page, "_cancel_")
    assert not second.exists()
    assert not any(plain("别.csv") in each.value for each in page.markdown)


def test_a_folder_goes_with_its_session() -> None:
    folder = UploadFolder()
    path = folder.path
    (path / "x").write_bytes(b"x")
    del folder
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../x.csv", "x.csv"),
        ("C:\\temp\\x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        ("a\u202e\x00b.csv", "ab.csv"),
        ("长" * 300 + ".csv", "长" * 80 + ".csv"),
    ],
)
def test_a_name_is_told_without_its_path_and_leads_nowhere(tmp_path: Path, given: str, name: str) -> None:
    assert shown_name(given) == name
    uploads, _ = store([(given, b"id\n1\n")], tmp_path)
    assert all(each.path.parent == tmp_path and each.path.name.startswith("file-") for each in uploads)
    assert all(each.parent == tmp_path for each in tmp_path.rglob("*"))


def test_what_nobody_reads_is_refused_and_said(tmp_path: Path) -> None:
    many = [(f"{number}.csv", b"x") for number in range(MOST_FILES + 1)]
    assert [each.code for each in store(many, tmp_path)[1]] == ["uploads_many"]
    found = store([("x.exe", b"MZ"), ("x.dbf", b""), ("x.csv", bytes(MAX_MB * 1024**2 + 1))], tmp_path)
    assert found[0] == []
    assert [each.code for each in found[1]] == ["format_unknown", "too_large", "upload_part_alone"]
    assert list(tmp_path.iterdir()) == []


def test_a_shapefile_comes_with_its_parts(tmp_path: Path) -> None:
    uploads, found = store([("路.SHP", b"s"), ("路.dbf", b"d"), ("路.PRJ", b"p"), ("路.shx", b"x")], tmp_path)
    assert found == []
    assert len(uploads) == 1
    beside = {each.suffix for each in tmp_path.iterdir() if each.stem == uploads[0].path.stem}
    assert beside == {".shp", ".dbf", ".prj", ".shx"}


@pytest.mark.usefixtures("county")
def test_a_hostile_file_reads_nothing_else_and_its_html_stays_text(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hydrant_id,lon,lat\nsecret-row,114.7,38.62\n", "utf-8")
    page = opened()
    vrt = (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    bring(page, ("../../a.geojson", vrt))
    assert "要改正" in table_with(page, "怎样改")["轻重"].tolist()
    assert not any("secret" in str(each.value) for each in [*page.error, *page.markdown, *page.table])
    hostile = HYDRANTS.replace("备注", "<script>x</script>").replace("在用", "<i>在用</i>")
    bring(page, ("<img src=x>.csv", hostile))
    shown = [*(each.value for each in page.markdown), *(each.value for each in page.caption)]
    shown += [text for each in page.table for text in each.value.astype(str).to_numpy().ravel()]
    assert any("\\<script\\>" in each for each in shown)
    bare = [each.replace("\\<", "") for each in shown]
    assert not any(mark in each for each in bare for mark in ("<script", "<i>", "<img"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_of_a_file_what_the_check_says(county: Path, tmp_path: Path, language: str) -> None:
    path = tmp_path / "栓.csv"
    path.write_text(BAD, "utf-8")
    report = check_file(path, "hydrants", county)
    assert set(told(report)) >= set(report.problems)
    table = problem_table(report, Words(language))
    assert len(table) == min(len(told(report)), MOST_PROBLEMS)
    page = opened(language)
    bring(page, ("栓.csv", BAD))
    shown = next(each.value for each in page.table if list(each.value.columns) == list(table.columns))
    assert shown.iloc[:, 3].tolist() == [plain(each) for each in table.iloc[:, 3]]


def test_kept_and_rejected_rows_are_told_apart_on_the_map(county: Path, tmp_path: Path) -> None:
    path = tmp_path / "栓.csv"
    path.write_text(BAD, "utf-8")
    things = preview_things(check_file(path, "hydrants", county), Words("zh"))
    assert [each.title for each in things["kept"]] == ["第 1 行", "第 2 行", "第 3 行"]
    assert [(each.kind, each.title) for each in things["rejected"]] == [
        ("rejected", "第 4 行"),
        ("rejected", "第 5 行"),
    ]
    assert "在“状态”下说明它的意思" in things["rejected"][1].lines[0]
    assert not any("--" in line for each in things["rejected"] for line in each.lines)
    layers = preview_layers(things, Words("zh"))
    assert [each.key for each in layers] == ["bring_kept", "bring_rejected"]


@pytest.mark.usefixtures("county")
def test_a_template_is_known_by_its_sheet_and_its_example_is_never_taken() -> None:
    page = opened()
    bring(page, ("空表.xlsx", template_xlsx("hydrants", "zh")))
    assert by_key(page.selectbox, "_sheet_").value == "hydrants"
    assert any("示例" in each.value for each in page.caption)
    agree(page, "replace", "leave_out_bad_rows")
    assert by_key(page.button, "_accept_").disabled, "a layer of nothing would end the one that is there"


@pytest.mark.slow
def test_cambridge_comes_in_through_the_page(
    real_data: Path, write_county: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_county({"county.toml": 'name = "剑桥"\ncrs = "EPSG:26986"\n'})
    monkeypatch.setenv("COUNTY_DIR", str(folder))
    page = opened()
    bring(page, ("INFRA_Hydrants.geojson", (real_data / "cambridge" / "INFRA_Hydrants.geojson").read_bytes()))
    assert by_key(page.selectbox, "_layer_zh").value == "hydrants"
    assert by_key(page.button, "_accept_").disabled, "rows without an id, statuses nobody knows"
    agree(page, "make_ids")
    meant = {"ACT": "in_use", "ABN": "out_of_service", "MITFL": "unknown"}
    for word, ours in meant.items():
        next(each for each in page.selectbox if f"“{word}”" in each.label).set_value(ours)
        page.run()
    press(page, "_accept_")
    written = hydrant_layer(folder)
    ids = [each["properties"]["hydrant_id"] for each in written]
    assert len(ids) == len(set(ids)) == 1960
    assert built(page) == "1940 / 1956 座", "those out of service are in neither"
    by_hand = write_county({"county.toml": 'name = "剑桥"\ncrs = "EPSG:26986"\n'}, "by_hand")
    path = real_data / "cambridge" / "INFRA_Hydrants.geojson"
    add_layer(by_hand, path, "hydrants", FileChoices(make_ids=True, statuses=meant))
    assert hydrant_layer(by_hand) == written, "the page and the command line write the same"
