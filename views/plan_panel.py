"""The plan check: what is wrong or missing in the plan's own text, and the mark on a figure that rests on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.plan_check import plan_check, plan_facts, resting_on
from analysis.results import RESULT_FILES
from geo.plan import SEVERITIES, SUBJECTS, line_spans
from views.fields import list_field
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from analysis.assessment import Assessment
    from geo.county import County
    from views.wording import Words

ALL = "all"
TALLEST_PX = 640
LONG = 8
"""A table of more rows than this is as high as that, and scrolled inside."""


@st.cache_resource(max_entries=4, show_spinner=False)
def _findings(_county: County, digest: str) -> pd.DataFrame:
    del digest  # part of the key, where the county itself cannot be
    return plan_check(_county)


def lines_text(lines: str, words: Words) -> str:
    """Lines of the bulletin as one reads them: ``699、723–731``."""
    return words("value.between_numbers").join(
        str(first) if first == last else f"{first}–{last}" for first, last in line_spans(lines)
    )


def finding_row(row: Mapping[Hashable, Any], words: Words) -> dict[str, str]:
    """One finding as Markdown: its lines, what is printed there, and what is to be said of it."""
    severity, *others = (
        plain(words.of(f"plan.{name}", row[name])) for name in ("severity", "subject", "state")
    )
    said = [" · ".join([f"**{severity}**", *others]), plain(row[f"finding_{words.language}"] or "")]
    rests = words.listed("plan.figure", row["figures"])
    if rests:
        said.append(f":small[:gray[{plain(words('plan.rests', figures=rests))}]]")
    return {
        "lines": plain(lines_text(row["lines"], words)),
        "printed": plain(row[f"printed_{words.language}"] or ""),
        "finding": "  \n".join(said),
    }


def fact_row(row: Mapping[Hashable, Any], words: Words) -> dict[str, str]:
    """One thing without a place, as Markdown."""
    number, unit = row["number"], row[f"unit_{words.language}"] or ""
    name = row[f"name_{words.language}"] or ""
    if not missing(number):
        name = words("plan.numbered", name=name, number=f"{number:,g}", unit=unit).rstrip()
    return {
        "lines": plain(lines_text(row["lines"], words)),
        "name": plain(name),
        "why": plain(row[f"why_{words.language}"] or ""),
    }


def _show(rows: list[dict[str, str]], words: Words, alt: str, *, whole: bool = False) -> None:
    heads = {name: words(f"plan.column.{name}") for name in rows[0]}
    st.table(
        [{heads[name]: text for name, text in row.items()} for row in rows],
        border="horizontal",
        height="content" if whole or len(rows) <= LONG else TALLEST_PX,
        hide_index=True,
        alt=alt,
    )


def _download(name: str, assessment: Assessment, words: Words) -> None:
    stem, ending = name.rsplit(".", 1)
    st.download_button(
        words("page.download", what=words.of("page.file", stem), kind=ending),
        data=partial(RESULT_FILES[name], assessment),
        file_name=name,
        mime="text/csv",
        on_click="ignore",
        key=f"panel_download_{name}",
    )


def _chosen(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """The findings of the weight and subject asked for; only those there are can be asked for."""
    for name, order in (("severity", SEVERITIES), ("subject", SUBJECTS)):
        options = (ALL, *(code for code in order if code in set(table[name])))
        group = f"plan.{name}"
        wanted = list_field(words, f"plan_{name}", options, partial(words.of, group))
        table = table if wanted == ALL else table[table[name] == wanted]
    return table


def plan_panel(assessment: Assessment, words: Words) -> None:
    """The findings by line of the bulletin, filtered by weight and subject, and what has no place; both as files."""
    county = assessment.county
    table = _findings(county, county.digest)
    if table.empty:
        st.caption(words("plan.none"))
    else:
        with st.container(horizontal=True, gap="small"):
            chosen = _chosen(table, words)
        worked = int((table["state"] == "stands").sum())
        st.markdown(plain(words("plan.count", all=len(table), number=len(chosen), worked=worked)))
        if chosen.empty:
            st.caption(words("plan.nothing"))
        else:
            rows = [finding_row(row, words) for row in chosen.to_dict("records")]
            _show(rows, words, words("panel.plan"))
        _download("plan_check.csv", assessment, words)
    facts = plan_facts(county)
    if len(facts):
        st.markdown(f"**{plain(words('plan.facts'))}**")
        st.caption(words("plan.facts_note"))
        rows = [fact_row(row, words) for row in facts.to_dict("records")]
        _show(rows, words, words("plan.facts"), whole=True)
        _download("plan_facts.csv", assessment, words)


def _weight(row: Mapping[Hashable, Any]) -> tuple[int, int, int]:
    """The graver first, of these the one that speaks of fewer lines."""
    many = sum(last - first + 1 for first, last in line_spans(row["lines"]))
    return SEVERITIES.index(row["severity"]), many, row["line"]


def finding_mark(county: County, figures: tuple[str, ...], words: Words) -> None:
    """On a figure: a flag with the number of findings that touch it. Opens them; nothing where there are none.

    The words of the flag, which line to read the figure with, are for those who hear it or rest the pointer on it.
    """
    rows = sorted(resting_on(_findings(county, county.digest), figures).to_dict("records"), key=_weight)
    if not rows:
        return
    said = plain(words("plan.mark", line=rows[0]["line"], number=len(rows)))
    with st.popover(f"{len(rows)} *{said}*", icon=":material/flag:", type="tertiary", help=said):
        for row in rows:
            found = finding_row(row, words)
            lines = words("plan.line", lines=lines_text(row["lines"], words))
            st.markdown(f"**{plain(lines)}** :gray[{found['printed']}]  \n{found['finding']}")
