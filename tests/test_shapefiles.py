"""Shapefiles beside each other or zipped, with attributes in any encoding, and with every part torn."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyogrio.raw import write

from geo.road_folder import file_digest
from geo.tables import LayerInFile, layers_in, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from geo.tables import FileRows

SQUARE = shapely.Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (2, 1), (2, 2), (1, 1)]])
NAMES = ["曲阳县消防救援站", None, "南环路"]


@pytest.fixture
def parcels(tmp_path: Path) -> Path:
    frame = gpd.GeoDataFrame(
        {
            "名称": NAMES,
            "number": pd.array([130634001001, None, 3], dtype="Int64"),
            "area": [1.25, None, 3.0],
            "built": [True, False, True],
            "checked": ["2023-05-01", None, "2024-01-31"],
        },
        geometry=[SQUARE, None, shapely.MultiPolygon([SQUARE, shapely.box(20, 20, 21, 21)])],
        crs="EPSG:4547",
    )
    path = tmp_path / "parts" / "parcels.shp"
    path.parent.mkdir()
    frame.to_file(path, encoding="GB18030")
    return path


def said(rows: FileRows) -> dict[str, dict[str, Any]]:
    for each in rows.problems:
        assert each.text("zh")
        assert each.text("en")
    return {each.code: dict(each.values) for each in rows.problems}


def change(path: Path, ending: str, edit: Any) -> Path:
    part = path.with_suffix(ending)
    part.write_bytes(edit(bytearray(part.read_bytes())))
    return path


def test_values_and_shapes_of_a_shapefile_arrive_as_they_are(parcels: Path) -> None:
    rows = read_rows(parcels)
    assert (rows.crs, rows.problems, rows.encoding) == ("EPSG:4547", (), "gb18030")
    assert rows.table.to_dict("list") == {
        "名称": NAMES, "number": [130634001001, None, 3], "area": [1.25, None, 3.0], "built": [True, False, True],
        "checked": ["2023-05-01", None, "2024-01-31"],
    }  # fmt: skip
    assert rows.geometry is not None
    assert rows.geometry[0].equals(SQUARE)
    assert (rows.geometry[1], len(rows.geometry[0].interiors), rows.geometry[2].geom_type) == (
        None, 1, "MultiPolygon",
    )  # fmt: skip


def test_days_and_truth_values_are_read_as_such(tmp_path: Path) -> None:
    days = np.array(["2023-05-01", "NaT"], dtype="datetime64[D]")
    shapes = np.array([shapely.Point(1, 2).wkb, shapely.Point(3, 4).wkb], dtype=object)
    how = {"geometry_type": "Point", "crs": "EPSG:4490", "driver": "ESRI Shapefile"}
    write(tmp_path / "d.shp", shapes, [days, np.array([True, False])], ["day", "fine"], **how)
    rows = read_rows(tmp_path / "d.shp")
    assert rows.table.to_numpy().tolist() == [["2023-05-01", True], [None, False]]
    assert rows.crs == "EPSG:4490"
    torn = change(tmp_path / "d.shp", ".dbf", lambda data: data.replace(b"20230501", b"2023O5O1"))
    assert said(read_rows(torn)) == {"cells_unread": {"count": 1, "rows": "1"}}


@pytest.mark.parametrize("written", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("page", ["", "UTF-8", "GBK", "ISO-8859-1", "ANSI 1252", "936", "nonsense"])
def test_chinese_attributes_are_read_whatever_the_code_page_says(
    parcels: Path, written: str, page: str
) -> None:
    gpd.read_file(parcels).to_file(parcels, encoding=written)
    parcels.with_suffix(".cpg").write_text(page)
    rows = read_rows(parcels)
    assert rows.table["名称"].tolist() == NAMES
    agrees = page in ({"UTF-8"} if written == "UTF-8" else {"GBK", "936"})
    # Written as GB18030 the header of the .dbf names that page as well, and is believed where the .cpg is not.
    taken = said(rows).get("encoding_taken")
    assert agrees <= (taken is None)
    assert taken is None or taken["value"] == written
    assert read_rows(parcels, encoding=written).problems == ()
    if written == "GB18030":
        assert list(said(read_rows(parcels, encoding="utf-8"))) == ["encoding_wrong"]


@pytest.mark.filterwarnings("ignore:.*has been truncated:RuntimeWarning")
def test_a_letter_cut_in_half_at_the_end_of_a_column_does_not_spoil_the_rest(parcels: Path) -> None:
    gpd.GeoDataFrame({"名称": ["消" * 100]}, geometry=[SQUARE], crs=4547).to_file(parcels, encoding="UTF-8")
    rows = read_rows(parcels)
    assert rows.encoding == "utf-8"
    assert set(rows.table["名称"][0]) == {"消"}
    assert len(rows.table["名称"][0]) >= 84


def test_parts_are_found_in_any_case_and_missing_ones_are_said(parcels: Path) -> None:
    for ending in (".dbf", ".prj", ".shx", ".cpg"):
        parcels.with_suffix(ending).rename(parcels.with_suffix(ending.upper()))
    assert read_rows(parcels).problems == ()
    parcels.with_suffix(".SHX").unlink()
    assert read_rows(parcels).problems == (), "the index says nothing that the shapes do not"
    parcels.with_suffix(".PRJ").unlink()
    assert list(said(read_rows(parcels))) == ["no_crs"]
    assert read_rows(parcels, source_crs="EPSG:4547").problems == ()
    parcels.with_suffix(".DBF").unlink()
    bare = read_rows(parcels, source_crs="EPSG:4547")
    assert (list(said(bare)), len(bare.table), len(bare.table.columns)) == (["dbf_missing"], 3, 0)


def test_a_change_of_any_part_changes_the_digest(parcels: Path) -> None:
    before = file_digest(parcels)
    change(parcels, ".dbf", lambda data: data[:-2] + b"X" + data[-1:])
    assert file_digest(parcels) != before


def test_deleted_rows_are_left_out_with_their_shapes(parcels: Path) -> None:
    def delete_first(data: bytearray) -> bytearray:
        data[struct.unpack_from("<H", data, 8)[0]] = ord("*")
        return data

    rows = read_rows(change(parcels, ".dbf", delete_first))
    assert said(rows) == {"rows_deleted": {"count": 1}}
    assert rows.table["名称"].tolist() == NAMES[1:]
    assert rows.geometry is not None
    assert rows.geometry[0] is None


def put(data: bytearray, at: int, form: str, *values: int) -> bytearray:
    struct.pack_into(form, data, at, *values)
    return data


@pytest.mark.parametrize(
    ("ending", "edit", "code"),
    [
        (".shp", lambda d: d[:-30], "shapefile_cut"),
        (".shp", lambda d: d[:150], "shapefile_cut"),
        (".shp", lambda d: d[:50], "not_shapefile"),
        (".shp", lambda _: b"<OGRVRTDataSource/>", "not_shapefile"),
        (".shp", lambda d: put(d, 104, ">i", -5), "shapefile_cut"),
        (".shp", lambda d: put(d, 104, ">i", 2**30), "shapefile_cut"),
        (".shp", lambda d: put(d, 100 + 8 + 40, "<i", 100_000_000), "shapefile_cut"),
        (".shp", lambda d: put(d, 100 + 8 + 36, "<i", 100_000_000), "shapefile_cut"),
        (".shp", lambda d: put(d, 100 + 8, "<i", 31), "shapefile_kind"),
        (".dbf", lambda d: put(d, 10, "<H", 7), "dbf_broken"),
        (".dbf", lambda d: put(d, 10, "<H", 0), "dbf_broken"),
        (".dbf", lambda d: put(d, 4, "<I", 4), "dbf_cut"),
        (".dbf", lambda d: put(d, 4, "<I", 2_000_000_000), "too_many_rows"),
        (".dbf", lambda d: put(d, 4, "<I", 2), "shapefile_counts"),
        (".dbf", lambda d: d[:-20], "dbf_cut"),
        (".dbf", lambda d: d[:40], "dbf_broken"),
        (".dbf", lambda _: b"\x03", "dbf_broken"),
        (".dbf", lambda _: b"id,name\n1,a\n" * 20, "dbf_broken"),
        (".prj", lambda _: b"PROJCS[" * 2000, "gdal_broken"),
        (".prj", lambda _: b"/vsicurl/http://127.0.0.1:9/x", "no_crs"),
    ],
)  # fmt: skip
def test_torn_and_lying_parts_are_refused_with_a_reason(
    parcels: Path, ending: str, edit: Any, code: str
) -> None:
    rows = read_rows(change(parcels, ending, edit))
    assert code in said(rows)
    assert any(not each.warning for each in rows.problems)
    assert code == "no_crs" or len(rows.table) == 0


def test_a_shape_of_too_many_rings_is_refused_before_they_are_compared(tmp_path: Path) -> None:
    rings = 20_001
    body = (
        struct.pack("<i4dii", 5, 0, 0, 1, 1, rings, 4) + struct.pack(f"<{rings}i", *[0] * rings) + bytes(64)
    )
    record = struct.pack(">ii", 1, len(body) // 2) + body
    path = tmp_path / "r.shp"
    path.write_bytes(
        struct.pack(">i20xi", 9994, 50 + len(record) // 2) + struct.pack("<ii8d", 1000, 5, *[0] * 8) + record
    )
    assert list(said(read_rows(path))) == ["too_many_parts"]


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def parts_of(path: Path, stem: str) -> dict[str, bytes]:
    return {f"{stem}{each.suffix}": each.read_bytes() for each in path.parent.glob("parcels.*")}


def test_a_zipped_shapefile_reads_as_the_plain_one(parcels: Path, tmp_path: Path) -> None:
    packed = tmp_path / "z.zip"
    packed.write_bytes(zipped(parts_of(parcels, "储备/地块")))
    rows, plain = read_rows(packed), read_rows(parcels)
    assert rows.table.equals(plain.table)
    assert (rows.crs, rows.problems) == (plain.crs, ())
    assert layers_in(packed) == (LayerInFile("地块", 3, "Mixed"),)


def test_names_of_a_zip_written_by_chinese_programs_are_understood(parcels: Path, tmp_path: Path) -> None:
    packed = tmp_path / "z.zip"
    # Python would mark names beyond ASCII as UTF-8; old programs write bare bytes and no mark.
    packed.write_bytes(zipped(parts_of(parcels, "QQQQ")).replace(b"QQQQ", "地块".encode("gbk")))
    assert layers_in(packed) == (LayerInFile("地块", 3, "Mixed"),)


def test_of_several_packed_files_one_is_chosen_by_its_name(parcels: Path, tmp_path: Path) -> None:
    packed = tmp_path / "z.zip"
    packed.write_bytes(
        zipped(parts_of(parcels, "a") | parts_of(parcels, "deep/b") | {"c.csv": b"id\n1\n", "x.pdf": b""})
    )
    assert [each.name for each in layers_in(packed)] == ["a", "b", "c"]
    assert list(said(read_rows(packed))) == ["several_layers"]
    assert len(read_rows(packed, file_layer="b").table) == 3
    assert read_rows(packed, layer="c").table["id"].tolist() == ["1"]
    assert list(said(read_rows(packed, file_layer="x"))) == ["layer_not_there"]
