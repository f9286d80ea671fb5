"""Reads an old Excel workbook in a process of its own and writes its sheets as JSON; run by geo.table_sheets.

python -I xls_apart.py FILE MEMORY_BYTES MAX_CELLS MAX_CHARS SECONDS
"""

from __future__ import annotations

import datetime
import io
import json
import sys
from typing import Any


def limit_resources(memory_bytes: int, seconds: int) -> None:
    """Memory and time of this process, where the system can limit them (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    if isinstance(cell, datetime.datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, datetime.date):
        return {"day": cell.isoformat()}
    if isinstance(cell, datetime.time | datetime.timedelta):
        return {"text": str(cell)}
    return None if cell == "" else cell


def sheets_of(path: str, max_cells: int, max_chars: int) -> dict[str, Any]:
    """The visible sheets that hold something, or the reason why they cannot be read."""
    import python_calamine

    sheets, hidden, cells, chars = [], [], 0, 0
    try:
        with open(path, "rb") as content:  # by its content, whatever its name says
            book = python_calamine.load_workbook(io.BytesIO(content.read()))
        for meta in book.sheets_metadata:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.start is None:
                continue
            if meta.visible != python_calamine.SheetVisibleEnum.Visible:
                hidden.append(meta.name)
                continue
            cells += sheet.total_height * sheet.total_width
            if cells > max_cells:
                return {"error": "cells"}
            rows = []
            for row in sheet.to_python(skip_empty_area=False):
                chars += sum(len(cell) for cell in row if isinstance(cell, str))
                if chars > max_chars:
                    return {"error": "chars"}
                rows.append([plain(cell) for cell in row])
            merged = [(a[0], b[0], a[1], b[1]) for a, b in sheet.merged_cell_ranges or ()]
            sheets.append({"name": meta.name, "rows": rows, "merged": merged})
    except python_calamine.PasswordError:
        return {"error": "locked"}
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        return {"error": "broken", "detail": str(error)}
    return {"sheets": sheets, "hidden": hidden}


if __name__ == "__main__":
    path, *numbers = sys.argv[1:]
    memory, most_cells, most_chars, most_seconds = map(int, numbers)
    limit_resources(memory, most_seconds)
    answer = sheets_of(path, most_cells, most_chars)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8"))
