"""Scenarios side by side: today, what the page shows, and those saved; what each changes in figures and places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis.comparison import Comparison, compare
from analysis.comparison_files import COMPARISON_FILES
from analysis.county_changes import surveyed_county
from analysis.saved_scenarios import list_scenarios
from analysis.scenario import Scenario
from geo.problems import InputError
from views.answers import assessment_of, county_folder
from views.compare_map import difference_map
from views.compare_tables import (
    certainty_line,
    drawn_only,
    figure_rows,
    ground_rows,
    length_rows,
    parcel_rows,
    said_of,
)
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.assessment import Assessment
    from geo.county import County
    from geo.problems import Problem
    from views.wording import Words

TODAY, PAGE, SAVED = "today", "page", "saved:"
"""Keys of the scenarios to choose from; a saved one has its name behind."""
CHOSEN = "compare_chosen"
MOST_COMPARED = 5
MOST_ROWS = 100
FILES = (
    "compare_streets.geojson", "compare_areas.geojson", "compare_parcels.geojson", "compare_parcels.csv",
    "compare_figures.csv", "comparison.json",
)  # fmt: skip
MIME = {"csv": "text/csv", "geojson": "application/geo+json", "json": "application/json"}
STYLE = """<style>
.st-key-compare_map iframe[title*="st_folium"] { height: 420px; }
.st-key-compare table { font-size: 0.88rem; }
@media (max-width: 640px) {
  .st-key-compare table { font-size: 0.76rem; }
  .st-key-compare :is(th, td) { padding: 0.2rem !important; }
}
</style>"""


@st.cache_resource(max_entries=6, show_spinner=False)
def _comparison(
    _found: list[Assessment], names: tuple[str, ...], digest: str, scenarios: tuple[str, ...]
) -> Comparison:
    del digest, scenarios  # parts of the key, where the assessments themselves cannot be
    return compare(_found, names)


def offered(assessment: Assessment, words: Words) -> tuple[dict[str, tuple[str, Scenario]], list[Problem]]:
    """Every scenario that can be chosen, by key, with its name; and what is wrong with saved ones that cannot."""
    found = {
        TODAY: (words("compare.today"), Scenario()),
        PAGE: (words("compare.page"), assessment.scenario),
    }
    problems: list[Problem] = []
    for each in list_scenarios(county_folder()):
        if each.saved is None:
            problems += each.problems
        else:
            found[SAVED + each.file] = (each.file, each.saved.scenario)
    return found, problems


def _choose(known: Mapping[str, tuple[str, Scenario]], words: Words) -> list[str]:
    """The keys chosen, in their order; each language has a field of its own, what is chosen is kept apart from both."""
    state, shown = st.session_state, f"{CHOSEN}_{words.language}"
    kept = [key for key in state.get(CHOSEN, (TODAY, PAGE)) if key in known]
    if state.get(shown) != kept:
        state[shown] = kept

    def take() -> None:
        state[CHOSEN] = tuple(state[shown])

    chosen: list[str] = st.multiselect(
        words("compare.choose"),
        list(known),
        format_func=lambda key: known[key][0],
        key=shown,
        on_change=take,
        max_selections=MOST_COMPARED,
        help=words("compare.choose_help"),
        placeholder=words("compare.placeholder"),
    )
    return chosen


def _assessed(
    county: County, known: Mapping[str, tuple[str, Scenario]], chosen: list[str], words: Words
) -> Comparison | None:
    """The comparison of the scenarios chosen; None, with what is wrong, where one cannot be put to the county."""
    assessments, problems = [], []
    for key in chosen:
        try:
            assessments.append(assessment_of(county, known[key][1]))
        except InputError as error:
            problems += [f"{known[key][0]} · {each.text(words.language)}" for each in error.problems]
    if problems:
        st.error("\n".join(f"- {plain(each)}" for each in problems))
        return None
    names = tuple(known[key][0] for key in chosen)
    scenarios = tuple(each.scenario.to_json() for each in assessments)
    return _comparison(assessments, names, county.digest, scenarios)


def compare_panel(assessment: Assessment, words: Words) -> None:
    """The whole panel: choose, then figures, parcels, streets, ground, the map of what changes, and files."""
    st.caption(words("compare.how"))
    known, problems = offered(assessment, words)
    if problems:
        st.warning("\n".join(f"- {plain(each.text(words.language))}" for each in problems))
    chosen = _choose(known, words)
    if len(chosen) < 2:
        st.info(words("compare.two"))
        return
    with st.spinner(words("page.assessing")):
        comparison = _assessed(surveyed_county(assessment.county), known, chosen, words)
    if comparison is None:
        return
    st.html(STYLE)
    with st.container(key="compare"):
        if len({each.scenario for each in comparison.assessments}) == 1:
            st.info(words("compare.same"))
        if drawn_only(comparison):
            st.warning(words("compare.schematic"))
        _figures(comparison, words)
        _parcels(comparison, words)
        _places(comparison, words)
        _downloads(comparison, words)


def _table(rows: list[dict[str, str]], alt: str) -> None:
    if rows:
        st.table(
            [{plain(name): plain(text) for name, text in row.items()} for row in rows],
            border="horizontal", hide_index=True, alt=alt,
        )  # fmt: skip


def _figures(comparison: Comparison, words: Words) -> None:
    st.markdown(f"**{words('compare.figures')}**")
    _table(figure_rows(comparison, words), words("compare.figures"))


def _parcels(comparison: Comparison, words: Words) -> None:
    rows = parcel_rows(comparison, words)
    st.markdown(f"**{words('compare.parcels')}**")
    if not rows:
        st.caption(words("compare.no_parcels"))
        return
    st.markdown(plain(said_of(comparison, words)))
    _table(rows[:MOST_ROWS], words("compare.parcels"))
    if len(rows) > MOST_ROWS:
        st.caption(words("siting.more_rows", number=len(rows) - MOST_ROWS))


def _places(comparison: Comparison, words: Words) -> None:
    """Streets and ground of one scenario against the first, as numbers and on a map."""
    first, others = comparison.names[0], list(range(2, len(comparison.names) + 1))
    number = others[0]
    if len(others) > 1:
        number = (
            st.segmented_control(
                words("compare.against", first=first),
                others,
                format_func=lambda each: f"{each} {comparison.names[each - 1]}",
                default=others[0],
                required=True,
                key=f"compare_other_{len(others)}_{words.language}",
            )
            or others[0]
        )
    number = min(number, len(comparison.names))
    name = comparison.names[number - 1]
    st.markdown(f"**{plain(words('compare.streets', name=name, first=first))}**")
    _table(length_rows(comparison, number, words), words("compare.streets", name=name, first=first))
    if drawn_only(comparison):
        st.caption(words("compare.drawn_note"))
    st.markdown(f"**{plain(words('compare.ground', name=name, first=first))}**")
    rows = ground_rows(comparison, number, words)
    _table(rows, words("compare.ground", name=name, first=first))
    st.caption(certainty_line(comparison, number, words))
    with st.container(key="compare_map"):
        difference_map(comparison, number, words)


def _downloads(comparison: Comparison, words: Words) -> None:
    st.markdown(f"**{words('siting.files')}**")
    with st.container(horizontal=True, gap="small", key="compare_downloads"):
        for name in FILES:
            st.download_button(
                words(f"compare.file_name.{name.replace('.', '_')}"), data=partial(COMPARISON_FILES[name], comparison),
                file_name=name, mime=MIME[name.rpartition(".")[2]], on_click="ignore", key=f"compare_download_{name}",
                help=words("page.download_help", file=name),
            )  # fmt: skip
