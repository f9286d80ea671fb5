"""Every share three ways: in time, not in time, not analysed; each with its denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from views.figures import nothing_analysed
from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

HEADS = ("share_of", "covered", "not_covered", "depends", "not_analysed", "denominator", "held")


def _row(words: Words, name: str, share: dict[str, Any], denominator: str, held: str = "") -> dict[str, str]:
    parts = {part: words.share(share.get(part)) for part in HEADS[1:5]}
    if "low" in share and words.share(share["low"]) != words.share(share["high"]):
        span = words.share_range(share["low"], share["high"])
        parts["covered"] = words("share.span", middle=parts["covered"], span=span)
    return {"share_of": words(f"share.{name}"), **parts, "denominator": denominator, "held": held}


def _street_parts(summary: dict[str, Any]) -> dict[str, float]:
    """Street length in parts of the whole, and the covered part over the places stations may stand in."""
    whole = summary["street_length_m"]
    reached, unconnected = (summary[f"street_length_{part}_m"] for part in ("reached", "unconnected"))
    return {
        "covered": reached / whole,
        "not_covered": (whole - reached - unconnected) / whole,
        "not_analysed": unconnected / whole,
        "low": summary["street_share"]["low"],
        "high": summary["street_share"]["high"],
    }


def share_rows(assessment: Assessment, words: Words) -> list[dict[str, str]]:
    """One row for each share there is, at the stations' middle places; parts add up to one."""
    summary = assessment.summary
    target = words("share.target", share=words.share(summary["targets"]["coverage_target"]))
    unknown = {"not_analysed": 1.0}
    nothing = nothing_analysed(assessment)
    rows = []
    if summary["area_share"] is not None:
        share = unknown if nothing else summary["area_share"]
        rows.append(_row(words, "area", share, words.square_km(summary["study_area_m2"]), target))
    if summary["street_length_m"]:
        share = unknown if nothing else _street_parts(summary)
        rows.append(_row(words, "streets", share, words.metres(summary["street_length_m"])))
    if summary["parcel_share"] is not None:
        whole = words.mu(summary["parcels_total"]["mu"])
        rows.append(_row(words, "parcels", summary["parcel_share"], whole))
    for kind, place in summary["place_share"].items():
        denominator = words(f"share.{place['denominator']}", number=f"{place['total']:,.0f}")
        if place["without_number"]:
            denominator = words("share.without", whole=denominator, number=place["without_number"])
        rows.append(_row(words, kind, place["share"], denominator))
    return rows


def share_panel(assessment: Assessment, words: Words) -> None:
    """The table of shares, and what it does not say."""
    rows = share_rows(assessment, words)
    if not rows:
        st.caption(words("share.none"))
        return
    note = words("share.note")
    if assessment.summary["schematic"]:
        note += words("panel.schematic")
    st.markdown(plain(note))
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        key="shares",
        column_config={
            name: st.column_config.TextColumn(
                words.of("verdict", name) if name in HEADS[1:5] else words(f"column.{name}")
            )
            for name in HEADS
        },
    )
