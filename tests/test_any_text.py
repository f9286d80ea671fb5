"""Any bytes under the name of a text table end in rows or in reasons; what a table holds is what is read."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.angles import angle_in
from geo.tables import FileRows, read_rows
from geo.words import LANGUAGES
from geo.written_numbers import half_width, is_number

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(tempfile.mkdtemp(prefix="any-text-"))


def read(data: bytes, ending: str = ".csv", source_crs: str | None = None) -> FileRows:
    path = FOLDER / f"file{ending}"
    path.write_bytes(data)
    rows = read_rows(path, source_crs=source_crs)
    assert len(rows.table) or any(not each.warning for each in rows.problems)
    assert rows.geometry is None or len(rows.geometry) == len(rows.table)
    for each in rows.problems:
        assert all(each.text(language) for language in LANGUAGES)
    return rows


@pytest.mark.slow
@settings(deadline=5_000, max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([".csv", ".tsv", ".txt"]))
@example(b"\xff\xfe", ".csv")
@example(b"\xff\xfe\x00", ".csv")
@example(b'"', ".csv")
@example(b"sep=\n", ".csv")
@example(b"\xef\xbb\xbf", ".csv")
def test_any_bytes_end_in_rows_or_reasons(data: bytes, ending: str) -> None:
    read(data, ending)


PIECES = st.sampled_from([
    "编号", "X", "Y", "lon", "lat", "wkt", "经度", "合计", "注：", "POINT(1 2)", "SRID=1;", "114°41′52″E", "4275000",
    "500000.5", "1,234", "１２", "nan", "1e999", "", " ", "\t", ",", ";", "|", "，", '"', '""', "\n", "\r\n", "\r",
    "\x00", "\x85", "\ue000", "sep=", "[地块坐标]", "@", "J1,1,", "<", "{", "\ufeff",
])  # fmt: skip


@pytest.mark.slow
@settings(deadline=5_000, max_examples=400)
@given(
    st.lists(PIECES, max_size=60).map("".join),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.sampled_from([None, "EPSG:4547", "GCJ-02", "no system"]),
)
def test_any_pieces_of_tables_end_in_rows_or_reasons(
    text: str, encoding: str, source_crs: str | None
) -> None:
    read(text.encode(encoding), source_crs=source_crs)


WORDS = st.text(alphabet='ab消火栓,;|"\t\n°″（）— ', max_size=12)


@pytest.mark.slow
@settings(deadline=5_000, max_examples=200)
@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_is_what_is_read(
    cells: list[tuple[str, str]], separator: str, encoding: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(["number", "first", "second", "last"])
    writer.writerows([f"n{row}", *pair, "end"] for row, pair in enumerate(cells))
    rows = read(out.getvalue().encode(encoding))
    assert list(rows.table.columns) == ["number", "first", "second", "last"]
    assert [(each.strip() or None, other.strip() or None) for each, other in cells] == list(
        zip(rows.table["first"], rows.table["second"], strict=True)
    )


@given(st.text(max_size=70))
def test_any_text_is_an_angle_or_none_and_a_number_or_not(text: str) -> None:
    angle = angle_in(text)
    assert angle is None or abs(angle.degrees) <= 1e9
    if is_number(text):
        float(half_width(text).replace(",", ""))


FORMS = st.sampled_from(["{}°{}′{}″", "{} {} {}", "{}:{}:{}", "{}度{}分{}秒"])


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 599), FORMS)
def test_degrees_minutes_and_seconds_add_up(degrees: int, minutes: int, tenths: int, form: str) -> None:
    angle = angle_in(form.format(degrees, minutes, tenths / 10))
    assert angle is not None
    assert angle.degrees == pytest.approx(degrees + minutes / 60 + tenths / 36_000, abs=1e-12)


def test_the_fuzzer_runs_where_it_is_installed_and_says_so_where_it_is_not() -> None:
    script = ROOT / "tests" / "fuzz" / "fuzz_readers.py"
    done = subprocess.run(
        [sys.executable, str(script), "-runs=20"], capture_output=True, text=True, check=True
    )
    assert "fuzzing left out" in done.stdout or "Done 2" in done.stderr
