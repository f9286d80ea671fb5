"""Files that end in ``.txt``: boundary points of surveyors, or a table like any other text table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from geo.boundary_txt import read_boundary_txt
from geo.encodings import decoded
from geo.file_rows import FileRows, Unreadable
from geo.problems import problem
from geo.read_limits import MAX_ROWS
from geo.table_csv import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_rows import Wanted

_BOUNDARY = re.compile(r"^\s*[\[【](属性描述|地块坐标|项目信息)[\]】]|[,，]\s*@\s*$", re.MULTILINE)
"""What only boundary-point files have: their sections, or a line of a parcel."""


def read_txt(path: Path, wanted: Wanted) -> FileRows:
    """Parcels of a boundary-point file, or the rows of a text table."""
    text, encoding = decoded(path.read_bytes(), wanted.file, wanted.encoding)
    if not _BOUNDARY.search(text):
        return read_csv(path, wanted)
    if max(text.count("\n"), text.count("\r")) > MAX_ROWS:
        raise Unreadable(problem("too_many_vertices", file=wanted.file, limit=MAX_ROWS))
    rows = read_boundary_txt(text.encode("utf-8"), file=wanted.file)
    return replace(rows, encoding=encoding)
