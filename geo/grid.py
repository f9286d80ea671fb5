"""From the cells of a sheet to a table: where the names of its columns stand, and which rows are no data."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.file_rows import Unreadable, plain_column, table_of, within_limits
from geo.problems import Problem, problem
from geo.read_limits import HEADER_WITHIN, MAX_CELLS
from geo.written_numbers import is_number, numbers_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    Cells = list[Any]

_TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "总数", "total", "totals", "sum", "subtotal", "grandtotal"}
)
"""What stands before sums of the rows above."""
_NOTE = re.compile(
    r"\s*(注|备注|说明|附注|制表|填表|填报|审核|复核|校核|统计|负责人|单位|日期|数据来源|来源|notes?|remarks?|source)"
    r"\w{0,8}\s*[:：]",
    re.IGNORECASE,
)
"""How a line under a table begins that is no row of it."""
_TOTAL_WITHIN = 3
"""Cells of a row, from its first, in which such a word makes it a sum."""


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet: ``rows`` from its first line on, each as long as it happens to be; ``lines`` their
    numbers in the file; ``merged`` areas as first and last row and column, all by their position in ``rows``;
    ``decimal_comma`` whether a comma within a number may be its decimal point."""

    rows: list[Cells]
    lines: list[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    decimal_comma: bool = False


def table_of_grid(grid: Grid, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """The table in a sheet and what is to be said of it; raises :class:`Unreadable` where there is none.

    The names stand in the first row that fills more than half of a usual row's cells with words; titles above it are
    skipped and that is said. Names may be spread over two rows. Sums and remarks after the last row are left out and
    said; a sum among the rows is an error, as it would count as a thing of its own. Blank rows do not count.
    """
    found: list[Problem] = []
    rows = _merged_filled(grid, file, found)
    there = [at for at, row in enumerate(rows) if any(_text(cell) for cell in row)]
    if not there:
        raise Unreadable(problem("no_rows", file=file))
    kept = [rows[at] for at in there]
    head, depth = _header(kept)
    names = _names(kept[head : head + depth])
    if head or depth > 1:
        lines = [grid.lines[there[at]] for at in range(head, head + depth)]
        said = "–".join(map(str, dict.fromkeys((lines[0], lines[-1]))))
        found.append(
            problem("header_found", file=file, warning=True, lines=said, names=", ".join(names)[:200])
        )
    body = kept[head + depth :]
    body_lines = [grid.lines[at] for at in there[head + depth :]]
    body = _without_sums(body, body_lines, file, found)
    used = _used_columns(names, body, file, found)
    within_limits(len(body), len(used), file)
    columns: dict[str, list[Any]] = {}
    for at in used:
        values = plain_column(names[at], [row[at] if at < len(row) else None for row in body], file, found)
        columns[names[at]] = numbers_written(names[at], values, grid.decimal_comma, file, found)
    _say_long_rows(body, len(names), file, found)
    return table_of(columns, len(body)), found


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _filled(row: Cells) -> int:
    return sum(1 for cell in row if _text(cell))


def _usual(rows: list[Cells]) -> int:
    """How many cells a row of data fills: what three quarters of the rows do not exceed, as titles fill few."""
    counts = sorted(map(_filled, rows))
    return counts[len(counts) * 3 // 4] if counts else 0


def _merged_filled(grid: Grid, file: str, found: list[Problem]) -> list[Cells]:
    """The rows with what stands in a merged area repeated down its first column."""
    rows, count, budget = grid.rows, 0, MAX_CELLS
    for top, bottom, left, _ in grid.merged:
        last = min(bottom, len(rows) - 1)
        if last <= top or left >= len(rows[top]) or not _text(rows[top][left]) or budget < last - top:
            continue
        budget -= last - top
        if all(_is_words(row) for row in rows[top : last + 1]):
            continue  # a name over two rows of names
        if rows is grid.rows:
            rows = [list(row) for row in rows]
        for row in rows[top + 1 : last + 1]:
            row.extend([None] * (left + 1 - len(row)))
            row[left] = rows[top][left]
            count += 1
    if count:
        found.append(problem("merged_filled", file=file, warning=True, count=count))
    return rows


def _is_words(row: Cells) -> bool:
    return all(isinstance(cell, str) and not is_number(cell) for cell in row if _text(cell))


def _header(rows: list[Cells]) -> tuple[int, int]:
    """Where the names begin, and over how many rows they are spread."""
    usual = _usual(rows[: 10 * HEADER_WITHIN])
    head = 0
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        if usual < 3 or _filled(row) > usual / 2:
            head = at if at == 0 or _is_words(row) else 0
            break
    depth = 2 if head + 2 < len(rows) and _two_rows(*rows[head : head + 3]) else 1
    return head, depth


def _two_rows(upper: Cells, lower: Cells, data: Cells) -> bool:
    """Whether the lower row names the columns that the upper one only groups: it fills its gaps, what it leaves open
    the upper one names, and below it numbers begin."""
    if not (_is_words(upper) and _is_words(lower)) or _is_words(data[: len(lower)]):
        return False
    above, below = ([bool(_text(cell)) for cell in row] for row in (upper, lower))
    width = max(len(above), len(below))
    above, below = (each + [False] * (width - len(each)) for each in (above, below))
    gaps = [at for at in range(width) if below[at] and not above[at]]
    open_ends = [at for at in range(width) if above[at] and not below[at]]
    # Under a name of its own nothing stands, unless that name is a group whose next column has a gap.
    grouped = all(
        not above[at] or (at + 1 < width and below[at + 1] and not above[at + 1])
        for at in range(width)
        if below[at]
    )
    return bool(gaps and open_ends and grouped)


def _names(rows: list[Cells]) -> list[str]:
    """The names of the columns, empty at the end left out."""
    names = [_text(cell) for cell in rows[0]]
    if len(rows) == 2:
        lower = [_text(cell) for cell in rows[1]]
        width = max(len(names), len(lower))
        names, lower = (each + [""] * (width - len(each)) for each in (names, lower))
        own = Counter(low or name for name, low in zip(names, lower, strict=True))
        group, both = "", []
        for name, low in zip(names, lower, strict=True):
            group = name or group
            both.append(low if low and own[low] == 1 else f"{group} {low}".strip() if low else name)
        names = both
    while names and not names[-1]:
        names.pop()  # spreadsheets leave empty columns at the end
    return names


def _without_sums(body: list[Cells], lines: Sequence[int], file: str, found: list[Problem]) -> list[Cells]:
    usual = _usual(body[: 10 * HEADER_WITHIN])
    end = len(body)
    while end and (_is_sum(body[end - 1]) or (usual >= 3 and _is_note(body[end - 1]))):
        end -= 1
        said = " ".join(_text(cell) for cell in body[end] if _text(cell))[:80]
        found.append(problem("row_left_out", file=file, warning=True, line=lines[end], value=said))
    for row, cells in enumerate(body[:end], 1):
        if _is_sum(cells):
            value = next(_text(cell) for cell in cells if _text(cell))
            found.append(problem("sum_among_rows", file=file, row=row, value=value[:80]))
    return body[:end]


def _is_sum(row: Cells) -> bool:
    said = [_text(cell) for cell in row[:_TOTAL_WITHIN] if _text(cell)]
    return any(re.sub(r"[\s:：]", "", word).lower() in _TOTALS for word in said)


def _is_note(row: Cells) -> bool:
    said = [_text(cell) for cell in row if _text(cell)]
    return len(said) <= 2 and bool(_NOTE.match(said[0]))


def _used_columns(names: list[str], body: list[Cells], file: str, found: list[Problem]) -> list[int]:
    """Columns with a name that stands once; a column without a name is only missed where something stands in it."""
    used, seen = [], set()
    twice = sorted({name for name in names if name and names.count(name) > 1}) if len(names) < 5000 else []
    for at, name in enumerate(names):
        if not name:
            if any(at < len(row) and _text(row[at]) for row in body):
                found.append(problem("column_unnamed", file=file, column=at + 1))
        elif name not in seen:
            used.append(at)
            seen.add(name)
    found += [problem("column_twice", file=file, field=name) for name in twice]
    return used


def _say_long_rows(body: list[Cells], width: int, file: str, found: list[Problem]) -> None:
    for number, row in enumerate(body, 1):
        if any(_text(cell) for cell in row[width:]):
            found.append(problem("row_too_long", file=file, row=number, have=len(row), want=width))
