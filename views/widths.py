"""How wide texts are in the cells of a table.

A table breaks lines by itself, but judges by the mean width of all letters it has drawn: beside Chinese ones an
English line may be taken for shorter than it is, and be cut off.
"""

from __future__ import annotations

LAST_NARROW = 0x2E7F
"""Letters behind this one are as wide as they are high."""


def text_px(text: str) -> int:
    """About how wide a cell with this text in one line is, its edges included."""
    return round(sum(14.5 if ord(letter) > LAST_NARROW else 6.9 for letter in text)) + 20
