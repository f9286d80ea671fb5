"""The page from top to bottom: choose, assess, show, hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from geo.problems import InputError
from geo.words import say
from views.address import address_notes, open_address, write_scenario
from views.answers import assessment_of, county_folder, county_of
from views.assets import clear_old_data
from views.banner import network_banner
from views.board import board
from views.choices import choose_scenario
from views.downloads import downloads
from views.facts import facts
from views.figures import figures
from views.guide import guide
from views.joint import joint_figure
from views.language import choose_language, language_asked
from views.panels import panels
from views.tile_map import choose_tile_map
from views.wording import plain

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.assessment import Assessment
    from analysis.scenario import Scenario
    from geo.county import County
    from views.wording import Words

STYLE = """<style>
.block-container { padding: 2.4rem 1.4rem 2rem; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: 0.6rem; }
h1 { font-size: 1.5rem !important; padding: 0 0 0.3rem !important; }
h3 { font-size: 1.1rem !important; padding: 0.2rem 0 !important; }
[data-testid="stAlert"] > div { padding: 0.5rem 0.8rem; }
[data-testid="stAlert"] p { font-size: 0.9rem; }
iframe[title*="st_folium"] { width: 100%; border: 1px solid #d5d5d0; border-radius: 4px; }
.st-key-figures { display: grid !important; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 0.5rem; }
.st-key-figures > div { width: 100% !important; min-width: 0; }
.st-key-figures [data-testid="stMetric"] { padding: 0.45rem 0.6rem; height: 100%; }
[data-testid="stMetric"] > div { padding: 0 !important; }
[data-testid="stMetric"] * { white-space: normal !important; overflow: visible !important; }
[data-testid="stMetricLabel"] p { font-size: 0.8rem; }
[data-testid="stMetricValue"] { font-size: 1.15rem; line-height: 1.3; padding: 0.1rem 0; }
[data-testid="stMetricDelta"] { font-size: 0.74rem; line-height: 1.35; padding: 0; background: none; height: auto; }
@media (max-width: 1100px) { .st-key-figures { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 640px) {
  .block-container { padding: 3.9rem 0.7rem 1rem; }
  iframe[title*="st_folium"] { height: 440px; }
  .st-key-figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
.st-key-board { display: grid !important; grid-template-columns: minmax(0, 1fr); gap: 0.6rem; }
.st-key-board > div { width: 100% !important; min-width: 0; }
.st-key-board_card ul { list-style: none; padding-left: 0; margin-bottom: 0; }
.st-key-board_card li { margin-left: 0; padding-left: 0; }
@media (min-width: 1000px) {
  .st-key-board { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto 1fr; }
  .st-key-board > div:nth-child(1) { grid-row: 1 / span 2; }
  .st-key-board > div:nth-child(2) { grid-column: 2; grid-row: 2; }
  .st-key-board > div:nth-child(3) { grid-column: 2; grid-row: 1; }
}
@media (min-width: 1900px) {
  .st-key-board { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
}
.st-key-search [data-testid="InputInstructions"] { display: none; }
[data-testid="stLayoutWrapper"]:has(> .st-key-search_found:empty) { display: none; }
.st-key-search_found { gap: 0.3rem; }
.st-key-search_found button { padding: 0.1rem 0.5rem; min-height: 0; }
.st-key-search_found button p { font-size: 0.84rem; text-align: left; }
.st-key-place_head > div:last-child { margin-left: auto; }
.st-key-place_card ul { list-style: none; padding-left: 0; margin-bottom: 0; }
.st-key-place_card li { margin-left: 0; padding-left: 0; }
.joint { display: flex; flex-wrap: wrap; gap: 0.15rem 1rem; font-size: 0.84rem; align-items: center; }
.joint-line { display: inline-block; width: 34px; vertical-align: middle; }
@media print { [data-testid="stSidebar"] { display: none; } }
</style>"""


def _problems(error: InputError, words: Words, title: str) -> None:
    lines = "\n".join(f"- {plain(problem.text(words.language))}" for problem in error.problems)
    st.error(f"{words(title)}\n\n{lines}")


def _read(folder: Path, words: Words) -> County | None:
    try:
        with st.spinner(words("page.reading")):
            return county_of(folder)
    except InputError as error:
        _problems(error, words, "page.county_unusable")
        return None


def _assess(county: County, scenario: Scenario, words: Words) -> Assessment | None:
    try:
        with st.spinner(words("page.assessing")):
            return assessment_of(county, scenario)
    except InputError as error:
        _problems(error, words, "page.scenario_unusable")
        return None


def show() -> None:
    """Draw the whole page."""
    st.set_page_config(page_title=say(language_asked(), "page.tab"), layout="wide")
    st.html(STYLE)
    clear_old_data()
    open_address()
    with st.sidebar:
        words = choose_language()
    folder = county_folder()
    progress = st.container(key="progress")  # always there, so that nothing below it is ever mounted anew
    with progress:
        county = _read(folder, words)
    if county is None:
        return
    with st.container(key="head"):
        with st.container(key="title", gap="xsmall"):
            name = county.name if words.language == "zh" else county.name_en or county.name
            st.title(words("page.title", county=name))
            st.caption(words("page.question"))
        guide(words)
    with st.sidebar:
        scenario = choose_scenario(county, words)
        choose_tile_map(words)
    st.session_state.asked = scenario.to_json()
    write_scenario(scenario)
    address_notes(scenario, words)
    with progress:
        assessment = _assess(county, scenario, words)
    network_banner(county, folder, words)
    if assessment is None:
        return
    figures(assessment, words)
    joint_figure(assessment, words)
    board(assessment, words)
    panels(assessment, words)
    facts(assessment, words)
    downloads(assessment, words)
