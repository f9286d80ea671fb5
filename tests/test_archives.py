"""Zip files are hostile until looked at: names that lead elsewhere, links, bombs that lie, archives in archives."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from geo import archives
from geo.problems import InputError
from geo.read_limits import MAX_PACKED_FILES
from geo.tables import layers_in, read_rows

if TYPE_CHECKING:
    from pathlib import Path


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def link() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("t.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return content.getvalue()


def twice() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("t.csv", "id\n1\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("t.csv", "id\n2\n")
    return content.getvalue()


def lying(size: int) -> bytes:
    """An archive that says of its file another size than it unpacks to."""
    content = bytearray(zipped({"t.csv": b"id\n" + b"1\n" * 50_000_000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(mark) + at, size)
    return bytes(content)


def replaced(name: bytes) -> bytes:
    return zipped({"Q" * len(name): b"id\n1\n"}).replace(b"Q" * len(name), name)


def overlapping() -> bytes:
    """Two entries of the list that point at one and the same bytes."""
    content = bytearray(zipped({"a.csv": b"id\n1\n", "b.csv": b"id\n2\n"}))
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, second + 42, 0)
    return bytes(content)


def locked() -> bytes:
    content = bytearray(SOUND)
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


SOUND = zipped({"t.csv": b"id\n1\n"})

HOSTILE: dict[str, tuple[Any, str]] = {
    "absolute": (zipped({"/etc/t.csv": b"id\n1\n"}), "archive_path"),
    "upwards": (zipped({"../../t.csv": b"id\n1\n"}), "archive_path"),
    "upwards inside": (zipped({"a/../../t.csv": b"id\n1\n"}), "archive_path"),
    "backslash": (replaced(b"..\\t.csv"), "archive_path"),
    "drive": (zipped({"C:/t.csv": b"id\n1\n"}), "archive_path"),
    "zero in the name": (replaced(b"t.csv\0.txt"), "archive_path"),
    "link": (link(), "archive_path"),
    "one name twice": (twice, "archive_path"),
    "zip in zip": (zipped({"t.csv": b"id\n1\n", "inner.zip": b"PK"}), "archive_nested"),
    "rar in zip": (zipped({"inner.RAR": b"Rar!"}), "archive_nested"),
    "says 1 GB": (lying(2**30), "archive_bomb"),
    "says 10 bytes": (lying(10), "archive_broken"),
    "packed 1000 times": (zipped({"t.csv": b"id\n" + b"1\n" * 20_000_000}), "archive_bomb"),
    "many small bombs": (zipped({f"{n}.csv": b"0" * 2_000_000 for n in range(60)}), "archive_bomb"),
    "too many files": (zipped({f"{n}.csv": b"" for n in range(MAX_PACKED_FILES + 1)}, 0), "archive_files"),
    "overlapping": (overlapping(), "archive_broken"),
    "password": (locked(), "archive_locked"),
    "torn": (SOUND[:-10], "archive_broken"),
    "half": (SOUND[:20], "archive_broken"),
    "no zip": (b"id\n1\n", "archive_broken"),
    "empty": (b"", "archive_broken"),
    "nothing to read": (zipped({"read.me": b""}), "archive_empty"),
    "nothing at all": (zipped({}), "archive_empty"),
    "unknown packing": (SOUND.replace(b"\x08\x00", b"\x63\x00"), "archive_broken"),
    "zeros at the end": (SOUND + bytes(70_000), "archive_broken"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    content, code = HOSTILE[name]
    path = tmp_path / "t.zip"
    path.write_bytes(content() if callable(content) else content)
    rows = read_rows(path, layer="b")
    assert [each.code for each in rows.problems] == [code]
    assert all(each.text(language) for each in rows.problems for language in ("zh", "en"))
    with pytest.raises(InputError):
        layers_in(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.zip"], "nothing is unpacked beside it"


def test_what_is_really_unpacked_counts_and_not_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is within the limit, all of them together are not."""
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 3_000)
    path = tmp_path / "t.zip"
    path.write_bytes(zipped({"t.csv": b"id\n" + b"1\n" * 1_000, "u.csv": b"id\n" + b"1\n" * 400}))
    assert [each.code for each in read_rows(path, layer="t").problems] == []
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2_000)
    assert [each.code for each in read_rows(path, layer="t").problems] == ["archive_bomb"]


def test_rubbish_of_the_mac_and_folders_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(zipped({"a/": b"", "a/t.csv": b"id\n1\n", "__MACOSX/a/._t.csv": b"\0\0"}))
    assert read_rows(path).table["id"].tolist() == ["1"]
