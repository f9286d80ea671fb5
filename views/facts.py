"""What a reader must know beside the figures: facts of the plan, what is assumed, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


OPTIONAL = frozenset({"boundary", "sources", "study_area", "sub_blocks", "targets"})
"""Layers a county may go without: what rests on them is found another way, or is not asked."""


def missing_lines(missing: list[str], words: Words) -> list[str]:
    """Which layers are not there, those that verdicts rest on apart from those a county may go without."""
    parts = (
        ("page.missing_layers", [each for each in missing if each not in OPTIONAL]),
        ("page.optional_layers", [each for each in missing if each in OPTIONAL]),
    )
    between = words("value.between_numbers")
    return [
        words(key, layers=between.join(words.of("value.layer", each) for each in layers))
        for key, layers in parts
        if layers
    ]


def plan_fact(assessment: Assessment, words: Words) -> str:
    """How much of the plan's land lies outside the county town; empty where that is not known."""
    outside = assessment.summary["outside_seat"]
    if outside is None or outside["number"] == 0:
        return ""
    return words(
        "page.outside_seat",
        share=words.share(outside["share_of_mu"]),
        area=words.mu(outside["mu"]),
        number=outside["number"],
        seat=outside["seat_township"],
    )


def facts(assessment: Assessment, words: Words) -> None:
    """The fact of the plan in the open, the rest folded away below it."""
    fact = plan_fact(assessment, words)
    if fact:
        st.info(plain(fact))
    summary, county = assessment.summary, assessment.county
    with st.expander(words("page.basis")):
        lines = [words.of("note", note) for note in summary["notes"]]
        lines += missing_lines(summary["missing_layers"], words)
        lines += [problem.text(words.language) for problem in county.warnings]
        network = summary["network"]
        if network is not None:
            lines.append(
                words(
                    "page.network_basis",
                    source=network["name"],
                    date=network["data_date"] or "—",
                    licence=network["licence"] or "—",
                    streets=network["streets"],
                )
            )
        lines += [
            words("page.source_of", layer=words.of("value.layer", layer), source=text)
            for layer, text in county.sources
        ]
        lines.append(words("page.version_line", version=summary["version"], digest=summary["digest"][:12]))
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
