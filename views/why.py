"""On the card of a parcel that is not covered: the smallest changes that would cover it, worked out when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.why_not import why_not, why_not_facts
from analysis.why_words import flip_words
from geo.problems import InputError
from views.definitions import facts
from views.kept import kept
from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

OPEN_VERDICTS = ("not_covered", "depends")


@kept(few=20, many=200)
def _facts(assessment: Assessment, parcel_no: str) -> dict[str, Any] | InputError:
    try:
        return why_not_facts(why_not(assessment, parcel_no))
    except InputError as error:
        return error


def may_ask(assessment: Assessment, row: Any) -> bool:
    """Whether a change on the streets could cover a parcel: they are measured, and it is judged and not covered."""
    county = assessment.county
    measured = county.network is not None and "roads" not in county.schematic
    return measured and assessment.due is not None and row.verdict in OPEN_VERDICTS


def why_part(assessment: Assessment, row: Any, words: Words) -> None:
    """The changes, folded; each was run by the engine before it is told."""
    if not may_ask(assessment, row):
        return
    panel = st.expander(words("why.title"), key="card_why", on_change="rerun")
    if not panel.open:
        return
    with panel:
        with st.spinner(words("why.working")):
            found = _facts(assessment, str(row.parcel_no))
        if isinstance(found, InputError):
            for each in found.problems:
                st.info(plain(each.text(words.language)))
            return
        if found["flips"]:
            facts(
                [(words(f"why.{each['kind']}"), flip_words(each, words.language)) for each in found["flips"]]
            )
        else:
            st.markdown(plain(words("why.none")))
        st.caption(words("why.note"))
