"""dBASE tables, the attributes of shapefiles: read here, as only their raw bytes tell which encoding they are in."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.encodings import known_encoding, looks_chinese
from geo.file_rows import Unreadable, within_limits
from geo.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER, _FIELD = 32, 32
_VERSIONS = frozenset({0x03, 0x04, 0x05, 0x30, 0x31, 0x83, 0x8B, 0x8E, 0xF5})
_LANGUAGES = {
    0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5", 0x57: "cp1252", 0x03: "cp1252", 0x58: "cp1252",
    0x59: "cp1252",
}  # fmt: skip
"""The byte of the header that names a code page, as far as it is met."""
_TAKE_ANY_BYTE = ("cp1252", "iso8859-1")
_KINDS = frozenset("CNFDL")
"""Texts, numbers, days and truth values; others are numbers of places in further files, or binary."""
_DELETED = ord("*")
_SHOWN = 3


@dataclass(frozen=True)
class _Field:
    name: bytes
    kind: str
    start: int
    length: int
    decimals: int


@dataclass(frozen=True, eq=False)
class DbfTable:
    """``columns`` as Python values, ``kept`` whether each record of the file is not deleted, ``encoding`` of its
    texts."""

    columns: dict[str, list[Any]]
    kept: list[bool]
    encoding: str


def read_dbf(data: bytes, file: str, page: str, encoding: str, found: list[Problem]) -> DbfTable:
    """A dBASE table with all its records, deleted ones too.

    ``page`` is what a ``.cpg`` beside it says, ``encoding`` what the user says, which alone is believed: otherwise
    UTF-8 is tried to the letter, then the code page that is named, then GB18030, and it is said where that is not what
    is named. Raises :class:`Unreadable` for lengths that do not agree.
    """
    fields, records = _structure(data, file)
    named = _named(page) or _LANGUAGES.get(data[29], "")
    texts = [field.name for field in fields]
    texts += [
        record[field.start : field.start + field.length]
        for field in fields
        if field.kind == "C"
        for record in records
    ]
    used = known_encoding(encoding, file) if encoding else _encoding(texts, named)
    _say_encoding(texts, used, named, encoding, file, found)
    columns: dict[str, list[Any]] = {}
    for field in fields:
        name = _free(_text(field.name, used), columns)
        if field.kind not in _KINDS:
            found.append(problem("column_binary", file=file, field=name, warning=True))
            continue
        unread: list[int] = []
        values = []
        for row, record in enumerate(records, 1):
            raw = record[field.start : field.start + field.length]
            value, sound = _value(raw, field, used)
            values.append(value)
            if not sound:
                unread.append(row)
        if unread:
            rows = ", ".join(map(str, unread[:_SHOWN]))
            found.append(
                problem("cells_unread", file=file, field=name, warning=True, count=len(unread), rows=rows)
            )
        columns[name] = values
    return DbfTable(columns, [record[0] != _DELETED for record in records], used)


def _structure(data: bytes, file: str) -> tuple[list[_Field], list[bytes]]:
    if len(data) < _HEADER + 1 or data[0] not in _VERSIONS:
        raise Unreadable(problem("dbf_broken", file=file, detail=f"0x{data[0]:02x}" if data else "0"))
    count, head, length = struct.unpack_from("<IHH", data, 4)
    fields, start, at = [], 1, _HEADER
    while at + _FIELD <= min(head, len(data)) and data[at] not in {0x0D, 0x00}:
        name, kind, size, decimals = struct.unpack_from("<11sc4xBB", data, at)
        if kind == b"C" and decimals:  # long texts keep the high byte of their length here
            size, decimals = size + 256 * decimals, 0
        fields.append(_Field(name.split(b"\0")[0], kind.decode("latin-1").upper(), start, size, decimals))
        start += size
        at += _FIELD
    within_limits(count, len(fields), file)
    if not fields or start != length or head < at:
        raise Unreadable(problem("dbf_broken", file=file, detail=f"{start} ≠ {length}"))
    if head + count * length > len(data):
        have = (len(data) - head) // length if length else 0
        raise Unreadable(problem("dbf_cut", file=file, have=max(0, have), want=count))
    return fields, [data[head + n * length : head + (n + 1) * length] for n in range(count)]


def _named(page: str) -> str:
    """The encoding a ``.cpg`` names, as Python calls it; empty where it is not known here."""
    text = page.strip().lower().removeprefix("ansi ").removeprefix("cp")
    usual = {"65001": "utf-8", "utf8": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5", "1252": "cp1252",
             "oem": "", "88591": "latin-1", "iso-8859-1": "latin-1", "gbk": "gb18030", "gb2312": "gb18030"}  # fmt: skip
    name = usual.get(text, text)
    try:
        return {"gbk": "gb18030", "gb2312": "gb18030"}.get(known := known_encoding(name, ""), known)
    except Unreadable:
        return ""


def _encoding(texts: Sequence[bytes], named: str) -> str:
    """UTF-8 where all texts are, else the one named if all are in it and it does not take any byte, else GB18030."""
    candidates = ["utf-8", *([named] if named not in {"", "utf-8", *_TAKE_ANY_BYTE} else []), "gb18030"]
    return next((each for each in candidates if _all_in(texts, each)), named or "latin-1")


def _all_in(texts: Sequence[bytes], encoding: str) -> bool:
    try:
        for text in texts:
            _decoded(text, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(raw: bytes, encoding: str) -> str:
    """Text of a cell; a letter that the width of the column cut off at its end is left out."""
    if raw.isascii():
        return raw.decode("ascii")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start >= len(raw) - 3 and error.reason in {
            "unexpected end of data", "incomplete multibyte sequence",
        }:  # fmt: skip
            return raw[: error.start].decode(encoding)
        raise


def _text(raw: bytes, encoding: str) -> str:
    try:
        return _decoded(raw.rstrip(b" \0"), encoding).strip()
    except UnicodeDecodeError:
        return raw.decode(encoding, errors="replace").strip()


def _say_encoding(
    texts: Sequence[bytes], used: str, named: str, asked: str, file: str, found: list[Problem]
) -> None:
    """What was taken, where it is not what the file names; nothing where all texts are ASCII."""
    beyond = [text for text in texts if not text.isascii()]
    if not beyond:
        return
    if asked:
        if not _all_in(beyond, used):
            raise Unreadable(problem("encoding_wrong", file=file, value=asked))
        return
    said = b" ".join(beyond[:2000]).decode(used, errors="replace")
    if used == "gb18030" and not looks_chinese(said):
        found.append(problem("encoding_guessed", file=file, warning=True, value=used.upper()))
    elif used != named:
        found.append(
            problem(
                "encoding_taken", file=file, warning=True, value=used.upper(), named=(named or "–").upper()
            )
        )


def _free(name: str, taken: dict[str, Any]) -> str:
    name, number = name or "field", 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _value(raw: bytes, field: _Field, encoding: str) -> tuple[Any, bool]:
    """The value of a cell and whether it could be read; blanks and stars state nothing."""
    if field.kind == "C":
        return _text(raw, encoding) or None, True
    bare = raw.strip(b" \0\t\r\n")
    if not bare or set(bare) <= set(b"*"):
        return None, True
    text = bare.decode("latin-1")
    if field.kind == "D":
        return _day(text)
    if field.kind == "L":
        return {"T": True, "Y": True, "F": False, "N": False}.get(text.upper()), text.upper() in "TYFN?"
    return _number(text, field)


def _number(text: str, field: _Field) -> tuple[Any, bool]:
    text = text.replace(",", ".")
    try:
        if field.decimals == 0 and re.fullmatch(r"[+-]?\d+", text):
            return int(text), True
        number = float(text)
    except ValueError:
        return None, False
    return (number, True) if abs(number) < float("inf") else (None, False)


def _day(text: str) -> tuple[Any, bool]:
    if text.strip("0") == "":
        return None, True
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat(), len(text) == 8
    except ValueError:
        return None, False
