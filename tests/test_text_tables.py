"""A text table reads alike however a spreadsheet wrote it; what is skipped, converted or doubtful is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.read_limits import MAX_COLUMNS
from geo.tables import read_rows
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

TEXT = "编号,名称,备注\n001,消防站“甲”,\n2,乙站,a b\n"
ROWS = [["001", "消防站“甲”", None], ["2", "乙站", "a b"]]


def read(folder: Path, content: str | bytes, name: str = "t.csv", **how: Any) -> FileRows:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rows(path, **how)


def said(rows: FileRows) -> dict[str, dict[str, object]]:
    """The values of each problem by its code, once each problem has been put into words."""
    for each in rows.problems:
        for language in LANGUAGES:
            assert each.text(language)
    return {each.code: dict(each.values) for each in rows.problems}


@pytest.mark.parametrize(
    ("encoding", "known"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_gives_the_same_rows(
    tmp_path: Path, encoding: str, known: str, separator: str, line_end: str
) -> None:
    text = TEXT.replace(",", separator).replace("\n", line_end)
    rows = read(tmp_path, text.encode(encoding))
    assert rows.table.to_numpy().tolist() == ROWS
    assert (list(rows.table.columns), rows.problems, rows.encoding) == (["编号", "名称", "备注"], (), known)


def test_an_encoding_can_be_named_and_is_then_kept_to(tmp_path: Path) -> None:
    text = "編號,名稱\n1,消防栓\n"
    assert read(tmp_path, text.encode("big5"), encoding="big5").table["名稱"].tolist() == ["消防栓"]
    assert list(said(read(tmp_path, text.encode("big5")))) == ["encoding_guessed"]
    assert list(said(read(tmp_path, TEXT.encode("gbk"), encoding="utf-8"))) == ["encoding_wrong"]
    assert list(said(read(tmp_path, TEXT, encoding="unicode_escape"))) == ["encoding_unknown"]
    assert list(said(read(tmp_path, TEXT, encoding="x" * 100))) == ["encoding_unknown"]


def test_a_file_may_say_its_separator_in_its_first_line(tmp_path: Path) -> None:
    rows = read(tmp_path, "sep=;\nid;words\n1;a,b\n2;c,d\n")
    assert rows.table.to_numpy().tolist() == [["1", "a,b"], ["2", "c,d"]]


def test_commas_within_shapes_separate_nothing(tmp_path: Path) -> None:
    rows = read(tmp_path, "id;几何\n1;LINESTRING(114 38,115 38,115 39)\n2;LINESTRING(114 38,115 38)\n")
    assert rows.geometry is not None
    assert rows.geometry.tolist()[1] == shapely.LineString([(114, 38), (115, 38)])
    assert list(rows.table.columns) == ["id"]


def test_shapes_may_name_their_system_in_front(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,wkt\n1,SRID=4547;POINT(500000 4275000)\n2,\n")
    assert rows.crs == "EPSG:4547"
    assert rows.geometry is not None
    assert rows.geometry.tolist() == [shapely.Point(500_000, 4_275_000), None]
    two = read(tmp_path, "id,wkt\n1,SRID=4547;POINT(1 2)\n2,SRID=4326;POINT(1 2)\n")
    assert "crs_unknown" in said(two)


TITLED = """曲阳县市政消火栓统计表,,,,
单位：个,,,2022年3月,
编号,道路,管径,水压,
,,,,
1,南环路,200,"0.35",
2,正阳街,"1,000",０．３,
合  计,2,,,
注：管径单位为毫米,,,,
制表人：某某,,,,
"""


def test_titles_sums_and_remarks_around_a_table_are_left_out_and_said(tmp_path: Path) -> None:
    rows = read(tmp_path, TITLED)
    assert rows.table.to_dict("list") == {
        "编号": ["1", "2"],
        "道路": ["南环路", "正阳街"],
        "管径": ["200", "1000"],
        "水压": ["0.35", "0.3"],
    }
    assert said(rows)["header_found"] == {"lines": "3", "names": "编号, 道路, 管径, 水压"}
    left_out = [dict(each.values) for each in rows.problems if each.code == "row_left_out"]
    assert [each["line"] for each in left_out] == [9, 8, 7]
    assert left_out[2]["value"] == "合 计 2".replace("合 计", "合  计")
    assert all(each.warning for each in rows.problems)


def test_a_sum_among_the_rows_is_an_error_as_it_would_count_as_a_thing(tmp_path: Path) -> None:
    rows = read(tmp_path, "编号,道路,管径\n1,a,2\n小计：,,2\n3,b,4\n")
    assert [(each.code, each.row, each.warning) for each in rows.problems] == [("sum_among_rows", 2, False)]
    assert len(rows.table) == 3


def test_names_over_two_rows_are_put_together(tmp_path: Path) -> None:
    text = "登记表,,,,,\n编号,坐标,,数量,,备注\n,X,Y,已建,未建,\n1,38,114,2,3,好\n2,38,114,1,0,\n"
    rows = read(tmp_path, text)
    assert list(rows.table.columns) == ["编号", "X", "Y", "已建", "未建", "备注"]
    assert said(rows)["header_found"]["lines"] == "2–3"
    text = "编号,起点,,终点,\n,X,Y,X,Y\n1,38,114,38,115\n"
    assert list(read(tmp_path, text).table.columns) == ["编号", "起点 X", "起点 Y", "终点 X", "终点 Y"]


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,a\n2,b\n",
        "id,a,b,c,d,e\n1,,,,,\n2,,,,,x\n",  # a full header over nearly empty rows
        "only\nx\ny\n",
        "a,b\n1,2,3\n",  # a row too long
        "名称,值\n甲,合适\n乙,总量\n",
        "id,,name\nA,x,\nB,y,\n",  # a column without a name over words
    ],
)
def test_a_header_in_the_first_row_stays_the_header(tmp_path: Path, text: str) -> None:
    rows = read(tmp_path, text)
    assert "header_found" not in said(rows)
    assert list(rows.table.columns) == [each for each in text.splitlines()[0].split(",") if each]


@pytest.mark.parametrize(
    ("separator", "cells", "expected", "doubt"),
    [
        (",", ['"1,234"', '"5"', '"1,234,567.5"'], ["1234", "5", "1234567.5"], False),
        (",", ['"1,234"', '"Nr 5"'], ["1,234", "Nr 5"], False),
        (";", ["114,69805", "38,5"], ["114.69805", "38.5"], False),
        (";", ["1,234,567", "8"], ["1234567", "8"], False),
        (";", ["1,234", "8"], ["1,234", "8"], True),
        (";", ["１２３", "－４．５"], ["123", "-4.5"], False),
        (",", ["A－１", "１２号"], ["A－１", "１２号"], False),
    ],
)
def test_numbers_are_read_as_they_are_meant_or_left_with_a_word(
    tmp_path: Path, separator: str, cells: list[str], expected: list[str], doubt: bool
) -> None:
    rows = read(tmp_path, "\n".join([f"n{separator}m", *(f"{cell}{separator}x" for cell in cells), ""]))
    assert rows.table["n"].tolist() == expected
    assert ("comma_unclear" in said(rows)) is doubt


@pytest.mark.parametrize("word", ["nan", "NaN", "NULL", "None", "#N/A", "-"])
def test_words_for_nothing_stay_words_and_never_become_numbers(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, f"id,n\n1,{word}\n").table["n"].tolist() == [word]


def test_a_quotation_mark_that_never_closes_loses_no_rows_in_silence(tmp_path: Path) -> None:
    assert list(said(read(tmp_path, 'id,name\n1,"a\n2,b\n3,c\n'))) == ["quote_open"]
    # An inch mark within a cell opens nothing.
    assert read(tmp_path, 'id,name\n1,5" pipe\n2,b\n').table["name"].tolist() == ['5" pipe', "b"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_rows"),
        (b"\n , \n", "no_rows"),
        (b"id,name\n", "no_rows"),
        (b"PK\x03\x04" + bytes(100), "not_text"),
        (b"id," + b"," * (200 * MAX_COLUMNS), "too_many_columns"),
        (("c," * (MAX_COLUMNS + 1) + "\n" + "1," * (MAX_COLUMNS + 1)).encode(), "column_twice"),
        (",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode() + b"\n1\n", "too_many_columns"),
        (b"id,name\n1,\xff\xff\xff\n", "not_text"),
        (b"{\"type\": \"FeatureCollection\"}", "content_differs"),
        (b"<?xml version='1.0'?><kml/>", "content_differs"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "content_differs"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_reason(tmp_path: Path, content: bytes, code: str) -> None:
    rows = read(tmp_path, content)
    assert code in said(rows)
    assert len(rows.table) == 0 or code == "column_twice"
