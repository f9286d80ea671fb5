"""Excel workbooks, new and old: values in their kinds, names found under titles, sheets chosen, bombs not set off."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from geo.problems import InputError
from geo.read_limits import MAX_COLUMNS
from geo.tables import LayerInFile, layers_in, read_rows
from tests.old_workbooks import old_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

NAMES = ["编号", "名称", "管径", "在用"]
ROWS: list[list[Any]] = [[1, "消防栓甲", 100, True], ["A-2", None, 0.25, False]]


def new_workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if isinstance(value, datetime.date):
                        sheet.write_datetime(row, column, value, day)
                    elif value is not None:
                        sheet.write(row, column, value)
    return content.getvalue()


def old(sheets: dict[str, list[list[Any]]]) -> bytes:
    return old_workbook(
        {
            name: {
                (r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row) if cell is not None
            }
            for name, rows in sheets.items()
        }
    )


def read(folder: Path, content: bytes, name: str = "t.xlsx", **how: Any) -> FileRows:
    path = folder / name
    path.write_bytes(content)
    return read_rows(path, **how)


def codes(rows: FileRows) -> list[str]:
    for each in rows.problems:
        assert each.text("zh")
        assert each.text("en")
    return [each.code for each in rows.problems]


@pytest.mark.parametrize(("write", "name"), [(new_workbook, "t.xlsx"), (old, "t.xls"), (old, "t.xlsx")])
def test_values_keep_their_kinds(tmp_path: Path, write: Any, name: str) -> None:
    rows = read(tmp_path, write({"甲": [NAMES, *ROWS]}), name)
    assert rows.table.to_numpy().tolist() == ROWS
    assert [type(value) for value in rows.table["管径"]] == [int, float]
    assert (list(rows.table.columns), rows.problems) == (NAMES, ())


def test_days_and_moments_are_iso_and_errors_are_said(tmp_path: Path) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["day", "moment", "wrong", "n"])
        sheet.write_datetime(1, 0, datetime.date(2023, 5, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        moment = datetime.datetime(2023, 5, 1, 10, 30)
        sheet.write_datetime(1, 1, moment, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write(1, 3, 130634001001)
    rows = read(tmp_path, content.getvalue())
    assert rows.table.to_numpy().tolist() == [["2023-05-01", "2023-05-01T10:30:00", None, 130634001001]]
    assert codes(rows) == ["cells_in_error"]
    assert dict(rows.problems[0].values) == {"count": 1, "cells": "C2"}


def test_titles_merged_cells_and_sums_of_a_form(tmp_path: Path) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("登记")
        sheet.merge_range(1, 1, 1, 5, "市政消火栓登记表")
        sheet.merge_range(3, 1, 4, 1, "编号")
        sheet.merge_range(3, 2, 3, 3, "坐标")
        sheet.write_row(4, 2, ["X", "Y"])
        sheet.merge_range(3, 4, 4, 4, "乡镇")
        sheet.write_row(5, 1, [1, 4275000, 500000])
        sheet.write_row(6, 1, [2, 4275010, 500010])
        sheet.merge_range(5, 4, 6, 4, "恒州镇")
        sheet.write_row(7, 1, [3, 4275020, 500020, "灵山镇"])
        sheet.write_row(8, 1, ["合计", None, None, "3个"])
    rows = read(tmp_path, content.getvalue(), source_crs="EPSG:4547")
    assert rows.table.to_dict("list") == {
        "编号": [1, 2, 3],
        "X": [4275000, 4275010, 4275020],
        "Y": [500000, 500010, 500020],
        "乡镇": ["恒州镇", "恒州镇", "灵山镇"],
    }
    assert rows.geometry is not None
    assert [(each.x, each.y) for each in rows.geometry][2] == (500020, 4275020)
    assert set(codes(rows)) == {"header_found", "merged_filled", "row_left_out", "places_from_columns"}
    assert {dict(each.values).get("lines") for each in rows.problems} >= {"4–5"}


@pytest.mark.parametrize(("write", "name"), [(new_workbook, "t.xlsx"), (old, "t.xls")])
def test_sheets_are_listed_and_chosen(tmp_path: Path, write: Any, name: str) -> None:
    content = write({"甲": [["id"], [1], [2]], "cranes": [["id"], [3]], "空": []})
    refused = read(tmp_path, content, name)
    assert (codes(refused), len(refused.table)) == (["several_layers"], 0)
    assert read(tmp_path, content, name, layer="cranes").table["id"].tolist() == [3]
    assert read(tmp_path, content, name, file_layer="甲").table["id"].tolist() == [1, 2]
    assert codes(read(tmp_path, content, name, file_layer="乙")) == ["layer_not_there"]
    assert layers_in(tmp_path / name) == (LayerInFile("甲", 3), LayerInFile("cranes", 2))


def test_hidden_sheets_are_left_alone_and_said(tmp_path: Path) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("a").write_row(0, 0, ["id"])
        book.worksheets()[0].write_row(1, 0, [1])
        hidden = book.add_worksheet("b")
        hidden.write_row(0, 0, ["id"])
        hidden.hide()
    rows = read(tmp_path, content.getvalue())
    assert (codes(rows), rows.table["id"].tolist()) == (["sheets_hidden"], [1])


def sheet_xml(cells: str, *, head: str = "", strings: str = "") -> bytes:
    """A workbook whose one sheet holds exactly these cells."""
    spare = new_workbook({"s": [["a"]]})
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(spare)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = (
                    f'<?xml version="1.0"?>{head}<worksheet xmlns="http://schemas.openxmlformats.org/'
                    f'spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
                ).encode()
            if name == "xl/sharedStrings.xml" and strings:
                data = (
                    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    f"<si><t>{strings}</t></si></sst>"
                ).encode()
            target.writestr(name, data)
    return out.getvalue()


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{column}{row}"><v>2</v></c></row>'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (sheet_xml(FAR.format(row=1_048_576, column="ALL")), "too_many_cells"),
        (sheet_xml(FAR.format(row=2, column="XFD")), "too_many_columns"),
        (sheet_xml('<row r="1"><c/></row><row r="1048576">' + "<c/>" * 900 + "</row>"), "too_many_cells"),
        (sheet_xml("<row>" + '<c t="s"><v>0</v></c>' * 900 + "</row>", strings="x" * 300_000), "too_many_chars"),
        (sheet_xml("", head='<!DOCTYPE x [<!ENTITY a "b">]>'), "xml_entities"),
        (sheet_xml("<row>" * 200 + "</row>" * 200), "xml_deep"),
        (sheet_xml("<row><c></row>"), "not_xml"),
        (b"PK\x03\x04" + bytes(200), "archive_broken"),
        (b"<html><table/></html>", "not_workbook"),
        (b"id,name\n1,a\n", "not_workbook"),
        (b"", "not_workbook"),
        (new_workbook({"s": [["a"], [1]]})[:-40], "archive_broken"),
        (new_workbook({"s": [["a"], [1]]})[:2000], "archive_broken"),
        (new_workbook({"s": []}), "no_rows"),
        (old({"s": [["a"], [1]]})[:900], "workbook_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "workbook_broken"),
        (old_workbook({"s": {(0, 0): 1, (65_535, 255): 2}}), "too_many_cells"),
        (old_workbook({f"s{n}": {(0, 0): 1, (65_535, 255): 2} for n in range(12)}), "workbook_broken"),
    ],
    ids=["far row", "far column", "cells without an address", "one text for all", "entities", "deep", "torn", "no zip",
         "html", "csv", "empty", "cut", "cut short", "nothing in it", "old cut", "old broken", "old far", "old bomb"],
)  # fmt: skip
def test_a_hostile_workbook_is_refused_with_a_reason(tmp_path: Path, content: bytes, code: str) -> None:
    rows = read(tmp_path, content)
    assert (codes(rows), len(rows.table)) == ([code], 0)
    with pytest.raises(InputError):
        layers_in(tmp_path / "t.xlsx")


def test_a_wide_sheet_is_refused(tmp_path: Path) -> None:
    content = new_workbook({"s": [[f"c{n}" for n in range(MAX_COLUMNS + 1)], [1]]})
    assert codes(read(tmp_path, content)) == ["too_many_columns"]


def test_what_is_no_xml_in_a_workbook_is_left_out(tmp_path: Path) -> None:
    content = io.BytesIO(new_workbook({"s": [["a"], [1]]}))
    with zipfile.ZipFile(content, "a") as book:
        book.writestr("xl/media/image1.png", b"\x89PNG" + bytes(100))
        book.writestr("xl/printerSettings/p.bin", b"\xff\xfe\x00")
    assert read(tmp_path, content.getvalue()).table["a"].tolist() == [1]
