"""The page from top to bottom: choose, assess, show, hand over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analysis.scenario import Scenario
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
from views.flipped import flipped_line
from views.guide import guide
from views.joint import joint_figure
from views.language import choose_language, language_asked
from views.panels import panels
from views.skip import skip_links
from views.tile_map import choose_tile_map
from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.county import County
    from views.wording import Words

STYLE = Path(__file__).with_name("page.css")


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
        skip = st.container()  # before the choice of the language, and in it
        words = choose_language()
        with skip:
            skip_links(words)
    folder = county_folder()
    progress = st.container(key="progress")  # always there, so that nothing below it is ever mounted anew
    with progress:
        county = _read(folder, words)
    if county is None:
        return
    with st.container(key="head"):
        with st.container(key="title", gap="xsmall"):
            name = county.name if words.language == "zh" else county.name_en or county.name
            st.title(words("page.title", county=name), anchor=False)
            st.caption(words("page.question"))
        guide(words)
    with st.sidebar:
        scenario = choose_scenario(county, words)
        choose_tile_map(words)
    write_scenario(scenario)
    address_notes(scenario, words)
    with progress:
        assessment = _assess(county, scenario, words)
        default = None if scenario == Scenario() else _assess(county, Scenario(), words)
    network_banner(county, folder, words)
    if assessment is None:
        return
    figures(assessment, default, words)
    joint_figure(assessment, words)
    flipped_line(default, assessment, words)
    board(assessment, default, words)
    panels(assessment, words)
    facts(assessment, words)
    downloads(assessment, words)
