"""Templates come back in without a word of help, their example does not, and no cell of theirs runs."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from geo.adding import add_layer
from geo.county import read_county
from geo.export import FORMULA_STARTS
from geo.fields import guess_fields
from geo.file_report import check_file
from geo.layers import LAYERS
from geo.list_words import word_code
from geo.tables import READERS, table_of
from geo.templates import (
    TEMPLATES,
    allowed_values,
    example_rows,
    label,
    template_columns,
    template_csv,
    template_xlsx,
)
from geo.words import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

BOTH = pytest.mark.parametrize("language", LANGUAGES)
EACH = pytest.mark.parametrize("layer", TEMPLATES)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@EACH
@BOTH
def test_every_column_of_a_template_is_known_for_what_it_is(layer: str, language: str) -> None:
    columns = template_columns(layer)
    labels = [label(each, language) for each in columns]
    found = guess_fields(table_of({name: ["x"] for name in labels}, 1), layer)
    assert {each.ours: each.theirs for each in found if each.sure} == dict(zip(columns, labels, strict=True))
    assert [each for each in found if not each.sure] == []


@EACH
def test_a_template_asks_for_every_column_of_its_layer(layer: str) -> None:
    asked, kind = set(template_columns(layer)), LAYERS[layer]
    assert set(kind.names) - asked <= {"status", "status_as_printed"}
    assert len({"status", "status_as_printed"} & asked) == 1
    assert ({"lon", "lat"} <= asked) == bool(kind.shapes)


@EACH
@BOTH
def test_the_words_a_template_offers_are_read_as_ours(layer: str, language: str) -> None:
    for column in LAYERS[layer].columns:
        offered = allowed_values(column, language)
        if offered and column.kind != "position_class":
            codes = [word_code(each, column.kind) for each in offered]
            assert None not in codes
            assert len(set(codes)) == len(codes)


@EACH
@BOTH
def test_an_empty_template_brings_nothing_in_and_says_so(layer: str, language: str, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(template_csv(layer, language))
    report = check_file(file, layer)
    assert (report.rows_in, report.rows, report.examples, report.rejected) == (1, (), (1,), {})
    assert "example_row" in {each.code for each in report.problems}
    assert [each.code for each in report.refusals] == ["no_rows"]


@pytest.mark.slow
@BOTH
def test_a_filled_template_comes_in_without_a_word_of_help(
    language: str, tmp_path: Path, write_county: Write
) -> None:
    head, example = rows_of(template_csv("hydrants", language))
    filled = dict.fromkeys(head, "")
    said = {
        "hydrant_id": "H-7", "status": say(language, "value.status.under_construction"), "lon": "114.701",
        "lat": "38.621", "main_form": say(language, "value.main_form.branch"), "dn_mm": "DN150",
        "pressure_mpa": "0.25", "flow_lps": "12", "checked": "2025-04-01", "opens": "2026",
    }  # fmt: skip
    filled |= {label(ours, language): text for ours, text in said.items()}
    file = tmp_path / "t.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened).writerows([head, example, list(filled.values())])
    folder = write_county({})
    report = add_layer(folder, file, "hydrants")
    assert report.path is not None, report.problems
    assert "example_row" in {each.code for each in report.problems}
    assert all(each.warning for each in report.problems)
    assert not (folder / "rejected").exists()
    assert not (folder / "fields.toml").exists()
    row = read_county(folder).hydrants.iloc[0]
    assert (row["hydrant_id"], row["status"], row["main_form"], row["dn_mm"]) == (
        "H-7",
        "under_construction",
        "branch",
        150,
    )
    assert (row["pressure_mpa"], row["flow_lps"], row["checked"], row["opens"]) == (
        0.25,
        12,
        "2025-04-01",
        2026,
    )


def test_rows_behind_the_example_keep_their_numbers(tmp_path: Path) -> None:
    head, example = rows_of(template_csv("hydrants", "zh"))
    rows = [[f"H{at}", "", "在用", "114.7" if at != 2 else "x", f"38.6{at}"] for at in range(1, 5)]
    rows[3][3:5] = rows[2][3:5]
    file = tmp_path / "t.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([head, rows[0], example, *rows[1:]])
    report = check_file(file, "hydrants")
    assert (report.rows, report.examples, list(report.rejected)) == ((1, 4, 5), (2,), [3])
    twins = next(each for each in report.problems if each.code == "same_place")
    assert dict(twins.values)["rows"] == "4, 5"


def test_what_only_looks_like_the_example_is_none() -> None:
    table = table_of({"编号": ["示例", say("en", "template.mark").upper(), None, "H1"]}, 4)
    assert example_rows(table) == ([2], [1, 3, 4])


@EACH
@BOTH
def test_a_workbook_holds_texts_alone_and_the_same_bytes_each_time(layer: str, language: str) -> None:
    content = template_xlsx(layer, language)
    assert content == template_xlsx(layer, language)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [
            parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")
        ]
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == 2
    assert all("<f>" not in each and "hyperlink" not in each for each in sheets)
    kinds = {"counts": LAYERS[layer].counts_status or layer == "vehicles"}
    assert ("dataValidation" in sheets[0]) or not kinds["counts"]
    for name in template_columns(layer):
        assert label(name, language) in texts
        assert say(language, f"field_meaning.{name}").replace("&", "&amp;") in texts


def _cells(content: bytes) -> list[list[str]]:
    """The texts of the first sheet, read by another hand than the one that wrote them."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        shared = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314 - of our own making
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    texts = ["".join(each.itertext()) for each in shared.iter(f"{main}si")]
    return [
        ["" if (value := cell.find(f"{main}v")) is None else texts[int(value.text or 0)] for cell in row]
        for row in sheet.iter(f"{main}row")
    ]


@EACH
@BOTH
def test_workbook_and_csv_hold_the_same_table(layer: str, language: str) -> None:
    cells = _cells(template_xlsx(layer, language))
    assert cells == rows_of(template_csv(layer, language))
    assert not any(cell.startswith(FORMULA_STARTS) for row in cells for cell in row)


@pytest.mark.skipif(".xlsx" not in READERS, reason="workbooks are not read yet")
def test_a_filled_workbook_comes_in_like_a_csv(tmp_path: Path, write_county: Write) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    file = tmp_path / "t.xlsx"
    head, example = _cells(template_xlsx("hydrants", "zh"))
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("hydrants")
        sheet.write_row(0, 0, head)
        sheet.write_row(1, 0, example)
        sheet.write_row(2, 0, ["H1", "", "在用", 114.70, 38.62])
        book.add_worksheet("说明").write(0, 0, "列")
    folder = write_county({})
    report = add_layer(folder, file, "hydrants")
    assert report.path is not None, report.problems
    assert read_county(folder).hydrants["hydrant_id"].tolist() == ["H1"]
