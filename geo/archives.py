"""Zip files opened with suspicion: names that lead outside, links, bombs and archives within archives are refused."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo.file_rows import Unreadable
from geo.problems import problem
from geo.read_limits import MAX_PACKED_FILES, MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_FROM_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"PK\x03\x04"
ARCHIVES = (".zip", ".kmz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".zst")
"""Endings of archives, which are not opened within an archive."""
_END, _END_SIZE = b"PK\x05\x06", 22
_COMMENT = 65_535
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_CHUNK = 1024**2
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass
class Archive:
    """An opened zip file: ``names`` are those of its files, in its order, by which they are read."""

    archive: zipfile.ZipFile
    names: dict[str, zipfile.ZipInfo]
    file: str
    packed_bytes: int
    unpacked_bytes: int = field(default=0)

    def read(self, name: str) -> bytes:
        """The bytes of one file; raises :class:`Unreadable` where all files read so far are too many bytes, however
        few the archive says they are."""
        parts = []
        try:
            with self.archive.open(self.names[name]) as opened:
                while part := opened.read(_CHUNK):
                    self.unpacked_bytes += len(part)
                    _within_bounds(self.unpacked_bytes, self.packed_bytes, self.file)
                    parts.append(part)
        except _BROKEN as error:
            detail = f"{name[:80]}: {error}"[:200]
            raise Unreadable(problem("archive_broken", file=self.file, detail=detail)) from error
        return b"".join(parts)


def _within_bounds(unpacked: int, packed: int, file: str) -> None:
    limit = MAX_UNPACKED_BYTES // 1024**2
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed):
        raise Unreadable(problem("archive_bomb", file=file, limit=limit, ratio=MAX_RATIO))


@contextmanager
def opened_archive(path: Path, file: str) -> Iterator[Archive]:
    """The zip file, once everything it says of itself has been looked at; raises :class:`Unreadable`."""
    _look_at_end(path, file)
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise Unreadable(problem("archive_broken", file=file, detail=str(error)[:200])) from error
    with archive:
        packed = path.stat().st_size
        entries = archive.infolist()
        if len(entries) > MAX_PACKED_FILES:
            raise Unreadable(problem("archive_files", file=file, limit=MAX_PACKED_FILES))
        _within_bounds(sum(each.file_size for each in entries), packed, file)
        yield Archive(archive, _names(entries, file), file, packed)


def _look_at_end(path: Path, file: str) -> None:
    """The list of files at the end may not be longer than that of so many files, before it is read at all."""
    with path.open("rb") as opened:
        start = opened.read(4)
        size = opened.seek(0, 2)
        opened.seek(max(0, size - _END_SIZE - _COMMENT))
        tail = opened.read()
    at = tail.rfind(_END)
    if start not in {MAGIC, _END} or at < 0 or len(tail) - at < _END_SIZE:
        raise Unreadable(problem("archive_broken", file=file, detail="PK"))
    list_bytes = struct.unpack_from("<I", tail, at + 12)[0]
    if list_bytes > 1000 * MAX_PACKED_FILES or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise Unreadable(problem("archive_files", file=file, limit=MAX_PACKED_FILES))


def _names(entries: list[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    names: dict[str, zipfile.ZipInfo] = {}
    for each in entries:
        name = _name(each)
        wrong = _wrong_name(name) or stat.S_ISLNK(each.external_attr >> 16)
        if wrong:
            raise Unreadable(problem("archive_path", file=file, value=name[:80]))
        if each.flag_bits & 0x1:
            raise Unreadable(problem("archive_locked", file=file, value=name[:80]))
        if each.is_dir() or name.startswith("__MACOSX/"):
            continue
        if name.lower().endswith(ARCHIVES):
            raise Unreadable(problem("archive_nested", file=file, value=name[:80]))
        if name in names:
            raise Unreadable(problem("archive_path", file=file, value=f"2 × {name}"[:80]))
        names[name] = each
    return names


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: where it is not marked as UTF-8, Chinese programs write GBK."""
    name = entry.orig_filename
    if entry.flag_bits & 0x800:
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _wrong_name(name: str) -> bool:
    """Names that lead out of the folder the archive is thought to be, on any system."""
    parts = name.split("/")
    return (
        not name
        or "\\" in name
        or name.startswith("/")
        or _DRIVE.match(name) is not None
        or ".." in parts
        or any(ord(letter) < 32 for letter in name)
    )
