"""Writes Excel workbooks of before 2007 (BIFF8 in a compound file), as no kept library does any more; for tests."""

from __future__ import annotations

import struct
from typing import Any

SECTOR = 512
_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _text(text: str, count: str) -> bytes:
    return struct.pack(f"<{count}B", len(text), 1) + text.encode("utf-16-le")


def _sheet(cells: dict[tuple[int, int], Any], texts: list[str]) -> bytes:
    body = _begin(0x0010)
    for (row, column), value in sorted(cells.items()):
        place = struct.pack("<HHH", row, column, 15)
        if isinstance(value, bool):
            body += _record(0x0205, place + struct.pack("<BB", value, 0))
        elif isinstance(value, str):
            if value not in texts:
                texts.append(value)
            body += _record(0x00FD, place + struct.pack("<I", texts.index(value)))
        else:
            body += _record(0x0203, place + struct.pack("<d", value))
    return body + _record(0x000A, b"")


def _stream(sheets: dict[str, dict[tuple[int, int], Any]]) -> bytes:
    texts: list[str] = []
    bodies = [_sheet(cells, texts) for cells in sheets.values()]
    strings = struct.pack("<II", len(texts), len(texts)) + b"".join(_text(text, "H") for text in texts)
    head = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    tail = _record(0x00FC, strings) + _record(0x000A, b"")
    names = [_text(name, "B") for name in sheets]
    at = len(head) + sum(4 + 6 + len(name) for name in names) + len(tail)
    for name, body in zip(names, bodies, strict=True):
        head += _record(0x0085, struct.pack("<IBB", at, 0, 0) + name)
        at += len(body)
    return head + tail + b"".join(bodies)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    links = struct.pack("<BBIII", kind, 1, _FREE, _FREE, child)
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<H", len(raw))
        + links
        + bytes(16 + 4 + 16)
        + struct.pack("<IQ", start, size)
    )


def old_workbook(sheets: dict[str, dict[tuple[int, int], Any]]) -> bytes:
    """A workbook whose sheets hold numbers, texts and truth values at (row, column), both from 0."""
    stream = _stream(sheets).ljust(4096, b"\0")  # shorter streams are kept in another way
    sectors = -(-len(stream) // SECTOR)
    stream = stream.ljust(sectors * SECTOR, b"\0")
    # Sectors: the allocation table, the directory, then the stream.
    tables = -(-(sectors + 1) // (SECTOR // 4 - 1))
    chain = [_FAT_SECTOR] * tables + [_END]
    first = tables + 1
    chain += [first + n + 1 for n in range(sectors - 1)] + [_END]
    chain += [_FREE] * (tables * SECTOR // 4 - len(chain))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables, 0,
        4096, _END, 0, _END, 0,
    ) + struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))  # fmt: skip
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, first, len(stream))
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory.ljust(SECTOR, b"\0") + stream
