"""XML looked through before any library reads it: no DOCTYPE, no entities, no endless nesting, one known encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from geo.encodings import known_encoding
from geo.file_rows import Unreadable
from geo.problems import problem
from geo.read_limits import MAX_DEPTH, MAX_TAG_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[[str, dict[str, str]], None]
    End = Callable[[str], None]

_PIECE_BYTES = 1024**2
"""Bytes handed to the parser at once, so that it is seen where it makes no way."""
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"'][^>]{0,200}\?>")
_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]{0,400}\?>")


def checked_xml(
    data: bytes,
    file: str,
    start: Start | None = None,
    end: End | None = None,
    text: Callable[[str], None] | None = None,
) -> bytes:
    """The same document in UTF-8; raises :class:`Unreadable` where it is unsound or dangerous.

    ``start``, ``end`` and ``text`` are told of each element (its name without a prefix) and of the text between. It is
    handed on in an encoding that was checked, so that no reader can see another document in it than was looked at.
    """
    body = _DECLARATION.sub("", _decoded(data, file), count=1)
    clean = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode("utf-8")
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable(problem("xml_deep", file=file, limit=MAX_DEPTH))
        if start is not None:
            start(name.rpartition(":")[2], attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name.rpartition(":")[2])

    def refused(*_: object) -> None:
        raise Unreadable(problem("xml_entities", file=file))

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    if text is not None:
        parser.CharacterDataHandler = text
    _parse(parser, clean, file)
    return clean


def _parse(parser: expat.XMLParserType, clean: bytes, file: str) -> None:
    try:
        for begin in range(0, len(clean), _PIECE_BYTES):
            parser.Parse(clean[begin : begin + _PIECE_BYTES], False)
            if begin - parser.CurrentByteIndex > MAX_TAG_BYTES:
                raise Unreadable(problem("xml_long", file=file, limit=MAX_TAG_BYTES // 1024**2))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Unreadable(problem("not_xml", file=file, detail=str(error)[:200])) from error


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:1000])
        encoding = known_encoding(declared[1].decode("ascii"), file) if declared else "utf-8"
        encoding = {"gbk": "gb18030", "gb2312": "gb18030", "utf-8": "utf-8-sig"}.get(encoding, encoding)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(problem("encoding_wrong", file=file, value=encoding)) from None
    if "\x00" in text:
        raise Unreadable(problem("not_text", file=file))
    return text
