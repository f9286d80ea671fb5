"""Text out of bytes: which encoding it is in, and how sure that is."""

from __future__ import annotations

import codecs

from geo.file_rows import Unreadable
from geo.problems import problem

KNOWN = ("utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
"""Encodings that may be asked for by name."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON_SHARE = 0.9
"""Of the letters beyond ASCII, so many are common Chinese ones in a text that really is GB18030."""
_LOOKED_AT = 20_000


def text_of(data: bytes) -> str | None:
    """Text from UTF-8 (with or without byte-order mark) or GB18030; ``None`` where it is neither."""
    if b"\x00" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def known_encoding(name: str, file: str) -> str:
    """The encoding asked for, as Python names it; raises :class:`Unreadable` for one that is not known here."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        found = ""
    if found not in {codecs.lookup(each).name for each in KNOWN}:
        raise Unreadable(problem("encoding_unknown", file=file, value=name[:40], known=", ".join(KNOWN)))
    return found


def decoded(data: bytes, file: str, encoding: str = "") -> tuple[str, str]:
    """The text of a file and its encoding: the one asked for, else that of the byte-order mark, UTF-16 by its zeros,
    UTF-8, GB18030, each to the letter. Raises :class:`Unreadable` where none fits."""
    if encoding:
        name = known_encoding(encoding, file)
        if name == "utf-8":
            name = "utf-8-sig"  # a mark is no letter
        candidates = [name]
    else:
        candidates = [name for mark, name in _MARKS if data.startswith(mark)] or [_by_zeros(data)]
        candidates = [each for each in candidates if each] or ["utf-8-sig", "gb18030"]
    for name in candidates:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, name.removesuffix("-sig")
    if encoding:
        raise Unreadable(problem("encoding_wrong", file=file, value=encoding))
    raise Unreadable(problem("not_text", file=file))


def _by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of plain letters is zero."""
    head = data[:2000]
    if head.count(0) * 4 < len(head):
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def looks_chinese(text: str) -> bool:
    """Whether the letters beyond ASCII are mostly common Chinese ones: other text also decodes as GB18030."""
    letters = [letter for letter in text if ord(letter) > 127][:_LOOKED_AT]
    if not letters:
        return True
    common = sum(_common(letter) for letter in letters)
    return common >= _COMMON_SHARE * len(letters)


def _common(letter: str) -> bool:
    try:
        return len(letter.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False
