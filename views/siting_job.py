"""A siting question solved beside the page, in a thread that tells how far it is, can be stopped, and ends with its
session.

The thread knows nothing of the page. It reads the assessment, which nobody changes, and writes into its job alone.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analysis.siting_answer import siting
from analysis.siting_times import Look, Stopped
from geo.problems import InputError
from views.kept import answer_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment
    from analysis.siting_answer import SitingAnswer
    from analysis.siting_candidates import Land
    from analysis.siting_choice import SitingChoice
    from geo.problems import Problem

JOB = "siting_job"
"""The one job of a session, running or done."""
ASKED_EVERY_S = 1.0
"""So often a running job asks whether its session is still open."""
RUNNING, DONE, STOPPED, REFUSED, FAILED = "running", "done", "stopped", "refused", "failed"

Question = tuple[str, str, "SitingChoice", str]
"""Digest of the county, scenario, what is asked, and digest of the files that limit the candidates."""


def question_of(assessment: Assessment, choice: SitingChoice, land_digest: str) -> Question:
    """What an answer answers: another one is the answer to another question."""
    return *answer_key(assessment.county, assessment.scenario), choice, land_digest


class SitingJob:
    """One question being solved, or its end. ``step`` and ``done`` (0 to 1) say how far it is; ``state`` is one of the
    five above, ``answer`` there only where it is done; ``stop_asked`` also where the plan was found before."""

    def __init__(
        self, assessment: Assessment, question: Question, land: Land, wanted: Callable[[], bool]
    ) -> None:
        self.assessment, self.question = assessment, question
        self.step, self.done, self.state = "times", 0.0, RUNNING
        self.answer: SitingAnswer | None = None
        self.problems: tuple[Problem, ...] = ()
        self._land, self._wanted, self._asked_at = land, wanted, time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="siting", daemon=True)

    def start(self) -> None:
        """Begin to solve."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to stop; it does so within moments."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        self._thread.join(seconds)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state == RUNNING

    @property
    def stop_asked(self) -> bool:
        """Whether somebody has asked it to stop."""
        return self._stop.is_set()

    @property
    def choice(self) -> SitingChoice:
        """What is asked."""
        return self.question[2]

    def _stops(self) -> bool:
        now = time.monotonic()
        if not self._stop.is_set() and now - self._asked_at >= ASKED_EVERY_S:
            self._asked_at = now
            if not self._wanted():
                self._stop.set()
        return self._stop.is_set()

    def _told(self, step: str, done: float) -> None:
        self.step, self.done = step, min(max(done, 0.0), 1.0)

    def _run(self) -> None:
        try:
            self.answer = siting(self.assessment, self.choice, self._land, Look(self._told, self._stops))
        except Stopped:
            state = STOPPED
        except InputError as error:
            self.problems, state = error.problems, REFUSED
        except Exception:
            # Nobody above a thread hears of it: the page says that it failed, the server's log says why.
            logging.getLogger(__name__).exception("siting failed")
            state = FAILED
        else:
            state = DONE
        self.state = state  # last: who sees it reads the rest


def session_open() -> Callable[[], bool]:
    """Whether the session asking now is still connected, to be asked from any thread; true without a server."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session_id = runtime.get_instance(), context.session_id
    return lambda: server.is_active_session(session_id)


def job() -> SitingJob | None:
    """The job of this session, running or done; None before the first."""
    found: SitingJob | None = st.session_state.get(JOB)
    return found


def solve(assessment: Assessment, question: Question, land: Land) -> None:
    """Begin to solve, unless this session is solving already."""
    before = job()
    if before is not None and before.running:
        return
    made = SitingJob(assessment, question, land, session_open())
    st.session_state[JOB] = made
    made.start()


def answer_for(assessment: Assessment) -> SitingAnswer | None:
    """The session's answer where it is about this county under this scenario, else None."""
    found = job()
    if found is None or found.answer is None:
        return None
    same = found.question[:2] == answer_key(assessment.county, assessment.scenario)
    return found.answer if same else None
