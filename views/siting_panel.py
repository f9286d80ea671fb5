"""Where should stations stand? A question to the solver, put by hand, solved beside the page, and its answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis.siting_choice import (
    BACKUP,
    CANDIDATES,
    DEMANDS,
    FEWEST,
    MOST,
    ON_PARCELS,
    ON_STREETS,
    QUESTIONS,
    STANDING,
    SitingChoice,
    siting_numbers,
)
from views.fields import PREFIX, list_field
from views.siting_bound import bound_panel
from views.siting_job import FAILED, REFUSED, STOPPED, job, question_of, solve
from views.siting_land import land_fields
from views.siting_shown import show_answer
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.assessment import Assessment
    from geo.problems import Problem
    from views.siting_job import SitingJob
    from views.wording import Words

POLL_S = 0.5
"""So often the page asks how far the solver is."""
WORDED = {
    "question": (MOST, *(each for each in QUESTIONS if each != MOST)),
    "demand": DEMANDS,
    "candidates": CANDIDATES,
    "standing": STANDING,
}
"""What is chosen from lists, the first being what stands there at first."""


def can_be_sited(assessment: Assessment) -> bool:
    """Whether times on the county's streets may decide where a station stands."""
    network = assessment.county.network
    return network is not None and network.n_streets > 0 and "roads" not in assessment.county.schematic


def _number(name: str, words: Words) -> float:
    bounds = siting_numbers()[name]
    kind = float if isinstance(bounds["default"], float) else int
    key = f"{PREFIX}siting_{name}"
    st.session_state.setdefault(key, kind(bounds["default"]))
    value: float = st.number_input(
        words(f"choice.siting_{name}"), kind(bounds["low"]), kind(bounds["high"]), step=kind(1), key=key,
        help=words("choice.bounds", what=words(f"choice.siting_{name}_help"), low=bounds["low"], high=bounds["high"]),
    )  # fmt: skip
    return value


def choice_fields(words: Words) -> SitingChoice:
    """The fields of the question; numbers that it does not ask are left out."""
    with st.container(horizontal=True, gap="small", key="siting_fields"):
        asked = {
            name: list_field(words, f"siting_{name}", options, partial(words.of, f"siting.{name}"))
            for name, options in WORDED.items()
        }
        numbers = {}
        if asked["question"] not in (FEWEST, BACKUP):
            numbers["further"] = _number("further", words)
        if asked["candidates"] == ON_STREETS:
            numbers["most_candidates"] = _number("most_candidates", words)
        if asked["candidates"] == ON_PARCELS:
            numbers["least_site_m2"] = _number("least_site_m2", words)
        numbers["curve_to"] = _number("curve_to", words)
    return SitingChoice(**asked, **numbers)  # type: ignore[arg-type]


def siting_panel(assessment: Assessment, words: Words) -> None:
    """The whole panel; where streets are only drawn, or none are there, what a straight line says instead."""
    if not can_be_sited(assessment):
        bound_panel(assessment, words)
        return
    st.caption(words("siting.how"))
    choice = choice_fields(words)
    land, digest, problems = land_fields(choice.candidates, assessment.county.crs, words)
    if problems:
        problem_list(problems, words)
    found, question = job(), question_of(assessment, choice, digest)
    busy = found is not None and found.running
    st.button(
        words("siting.solve"),
        type="primary",
        key="siting_solve",
        disabled=bool(busy or problems),
        on_click=solve,
        args=(assessment, question, land),
    )
    if found is None:
        return
    if busy:
        _progress(found, words)
    elif found.answer is not None:
        show_answer(found, found.question == question, assessment, words)
    else:
        _nothing(found, words)


@st.fragment(run_every=POLL_S)
def _progress(running: SitingJob, words: Words) -> None:
    """How far the solver is, and the way to stop it; asks the whole page anew when it has ended."""
    if not running.running:
        st.rerun()
    step = words(f"siting.step.{running.step}", percent=f"{running.done:.0%}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="siting_progress"):
        st.progress(running.done, text=words("siting.stopping") if running.stop_asked else step)
        st.button(words("siting.stop"), key="siting_stop", on_click=running.stop, disabled=running.stop_asked)


def _nothing(ended: SitingJob, words: Words) -> None:
    """Why there is no answer."""
    if ended.state == STOPPED:
        st.info(words("siting.stopped"))
    elif ended.state == REFUSED:
        problem_list(ended.problems, words)
    elif ended.state == FAILED:
        st.error(words("siting.failed"))


def problem_list(problems: Sequence[Problem], words: Words) -> None:
    """Everything wrong, one line each."""
    st.error("\n".join(f"- {plain(each.text(words.language))}" for each in problems))
