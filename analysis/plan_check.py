"""The plan held against itself: every finding with its line, worked out again where the county's tables allow it."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from analysis import plan_force, plan_water
from analysis.county_changes import surveyed_county
from geo.plan import CHECKS, PLACEHOLDER, SEVERITIES, TEXTS, codes, line_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.worked import Worked
    from geo.county import County

STATES = ("stands", "gone", "read", "not_worked_out")
"""``stands``: worked out from the county's tables; ``gone``: these no longer show it; ``read``: read in the text;
``not_worked_out``: the tables it needs are not there."""
CHECK_COLUMNS = (
    "finding_id", "severity", "subject", "line", "lines", *TEXTS, "figures", "check", "state", "values", "source",
)  # fmt: skip
FACT_COLUMNS = (
    "fact_id", "line", "lines", "name_zh", "name_en", "number", "unit_zh", "unit_en", "why_zh", "why_en", "source",
)  # fmt: skip
BETWEEN = {"zh": "、", "en": ", "}
UNKNOWN = "–"
WORK: Mapping[str, Callable[[County], Worked | None]] = MappingProxyType(
    {name: getattr(plan_water, name, None) or getattr(plan_force, name) for name in CHECKS}
)
"""The check behind each name of :data:`geo.plan.CHECKS`."""


def _filled(text: str | None, values: Mapping[str, object], language: str) -> str | None:
    """The text with its names replaced; the values are put in letter by letter and never read as a pattern."""

    def said(name: str) -> str:
        value = values.get(name, UNKNOWN)
        return BETWEEN[language].join(map(str, value)) if isinstance(value, tuple) else str(value)

    return None if text is None else PLACEHOLDER.sub(lambda found: said(found[1]), text)


def plan_check(county: County) -> pd.DataFrame:
    """The findings in the order of their first line, the graver first. Columns :data:`CHECK_COLUMNS`.

    ``line`` the first of ``lines``; ``figures`` codes of :data:`geo.plan.FIGURES` with commas between; ``state`` one
    of :data:`STATES`; ``values`` what was worked out of the county as surveyed, as JSON. No
    rows where the county's folder has no such table.
    """
    rows = []
    county = surveyed_county(county)
    for row in county.plan_check.to_dict("records"):
        check = row["check"]
        worked = None if check is None else WORK[check](county)
        values = {} if worked is None else worked.named
        state = "read" if check is None else "not_worked_out" if worked is None else ""
        rows.append(
            {str(name): value for name, value in row.items()}
            | {name: _filled(row[name], values, name[-2:]) for name in TEXTS}
            | {
                "line": line_spans(row["lines"])[0][0],
                "figures": ",".join(codes(row["figures"])),
                "state": state or ("stands" if worked is not None and worked.stands else "gone"),
                "values": json.dumps(dict(values), ensure_ascii=False) if values else None,
            }
        )
    table = pd.DataFrame(rows, columns=list(CHECK_COLUMNS))
    rank = table["severity"].map({code: place for place, code in enumerate(SEVERITIES)})
    order = table.assign(_rank=rank).sort_values(["line", "_rank", "finding_id"], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def plan_facts(county: County) -> pd.DataFrame:
    """What the plan names without a place, in the order of its lines. Columns :data:`FACT_COLUMNS`."""
    table = county.plan_facts.copy()
    table["line"] = [line_spans(lines)[0][0] for lines in table["lines"]]
    return table.sort_values(["line", "fact_id"], kind="stable").reset_index(drop=True)[list(FACT_COLUMNS)]


def resting_on(table: pd.DataFrame, figures: tuple[str, ...]) -> pd.DataFrame:
    """The findings that still stand and that one of these figures rests on."""
    touched = table["figures"].map(lambda cell: bool(set(cell.split(",")) & set(figures))).astype(bool)
    return table[touched & (table["state"] != "gone")]
