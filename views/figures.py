"""The figures on top, each with its denominator and its range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from views.plan_panel import finding_mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment
    from views.wording import Words


def _figure(label: str, value: str, below: str, help_text: str = "") -> None:
    st.metric(
        label,
        value,
        delta=below or None,
        delta_color="off",
        delta_arrow="off",
        help=help_text or None,
        border=True,
        width="stretch",
        height="stretch",
    )


def _example(assessment: Assessment, words: Words, below: str) -> str:
    """A figure on a schematic network is an example, and the line below it begins by saying so."""
    return words("figure.schematic", what=below) if assessment.summary["schematic"] else below


def _limit(assessment: Assessment) -> str:
    return f"{assessment.scenario.targets.limit_s / 60:g}"


def nothing_analysed(assessment: Assessment) -> bool:
    """Whether no time is known anywhere, so that a share of nought would be a lie."""
    return assessment.nothing_analysed


def area_figure(assessment: Assessment, words: Words) -> None:
    """Share of the study area in time, against the plan's target."""
    summary = assessment.summary
    label = words("figure.area_share", minutes=_limit(assessment))
    target = words("figure.target", share=words.share(summary["targets"]["coverage_target"]))
    share = summary["area_share"]
    if nothing_analysed(assessment):
        _figure(label, words.of("verdict", "not_analysed"), words("figure.nothing_analysed"), target)
        return
    if share is None:
        _figure(label, words("figure.none"), words("figure.no_study_area"), target)
        return
    source = words.of("figure.study_source", summary["study_area_source"])
    below = words("figure.of_study_area", area=words.square_km(summary["study_area_m2"]), source=source)
    parts = words(
        "figure.three_parts",
        covered=words.share(share["covered"]),
        not_covered=words.share(share["not_covered"]),
        not_analysed=words.share(share["not_analysed"]),
        upper=words.share(share["upper_end"]),
    )
    below = words("value.between").join([target, below])
    _figure(label, _range(words, share), _example(assessment, words, below), parts)


def _range(words: Words, share: dict[str, Any]) -> str:
    return words.share_range(share["low"], share["high"])


def street_figure(assessment: Assessment, words: Words) -> None:
    """Share of street length in time."""
    summary = assessment.summary
    label = words("figure.street_share", minutes=_limit(assessment))
    share = summary["street_share"]
    if share is None or nothing_analysed(assessment):
        why = words("figure.no_network" if summary["network"] is None else "figure.nothing_analysed")
        _figure(label, words.of("verdict", "not_analysed"), why)
        return
    below = words("figure.of_streets", length=words.metres(summary["street_length_m"]))
    study = summary["street_share_study"]
    more = words(
        "figure.streets_study",
        share=words.of("verdict", "not_analysed") if study is None else _range(words, study),
        length=words.metres(summary["street_length_study_m"]),
        nominal=words.share(share["nominal"]),
        guessed=words.metres(summary["street_length_class_guessed_m"]),
    )
    _figure(label, _range(words, share), _example(assessment, words, below), more)


def parcel_figure(assessment: Assessment, words: Words) -> None:
    """Parcels by verdict, in number and 亩."""
    counts, total = assessment.summary["parcels"], assessment.summary["parcels_total"]
    lines = [
        words(
            "figure.verdict_line",
            verdict=words.of("verdict", verdict),
            number=each["number"],
            area=words.mu(each["mu"]),
        )
        for verdict, each in counts.items()
        if each["number"]
    ]
    value = words("figure.covered_of", number=counts["covered"]["number"], total=total["number"])
    share = assessment.summary["parcel_share"]
    if share is None:
        _figure(words("figure.parcels"), words("figure.none"), words("page.no_parcels"))
        return
    held = words(
        "figure.parcel_share",
        share=words.share(share["covered"]),
        target=words.share(assessment.summary["targets"]["coverage_target"]),
        area=words.mu(total["mu"]),
    )
    below = words("value.between").join([held, *lines])
    _figure(words("figure.parcels"), value, below, words("figure.parcels_help"))


def hydrant_figure(assessment: Assessment, words: Words) -> None:
    """Hydrants built of all, and the share of the study area they protect, with how sure that is."""
    water = assessment.summary["water"]
    if "hydrants" in water["layers_missing"]:
        _figure(words("figure.hydrants"), words("figure.none"), words("figure.no_hydrants"))
        return
    value = words("figure.built_of", built=water["hydrants_built"], total=water["hydrants_total"])
    below = words("figure.counted", number=water["hydrants_counted"])
    without = water["hydrants_without_place"]
    if without:
        below += words("value.between") + words("figure.without_place", number=without)
    _figure(words("figure.hydrants"), value, below, words("figure.hydrants_help"))


def protection_figure(assessment: Assessment, words: Words) -> None:
    """Share of the study area inside the protection radius: a figure, or examples between two bounds."""
    water = assessment.summary["water"]
    label = words("figure.protected", radius=f"{water['radius_m']:g}")
    area = water.get("area")
    if area is None or "hydrants" in water["layers_missing"]:
        _figure(label, words("figure.none"), words("figure.no_study_area"))
        return
    share = area["share"]
    certainty = words.of("figure.certainty", area["certainty"])
    examples = [
        words("figure.example", layout=words.of("figure.layout", name), share=words.share(value))
        for name, value in share["examples"].items()
    ]
    # Only a surveyed figure stands alone; the others are examples between bounds.
    below = certainty if area["certainty"] == "surveyed" else words("value.between").join(examples)
    _figure(label, _range(words, share), below, words("figure.protected_help", certainty=certainty))


def crane_figure(assessment: Assessment, words: Words) -> None:
    """Water cranes built of all."""
    water = assessment.summary["water"]
    if "cranes" in water["layers_missing"]:
        _figure(words("figure.cranes"), words("figure.none"), words("figure.no_cranes"))
        return
    value = words("figure.built_of", built=water["cranes_built"], total=water["cranes_total"])
    _figure(words("figure.cranes"), value, words("figure.counted", number=water["cranes_counted"]))


FIGURES: tuple[tuple[Callable[[Assessment, Words], None], tuple[str, ...]], ...] = (
    (area_figure, ("area_share",)),
    (street_figure, ("street_share",)),
    (parcel_figure, ("parcels_verdicts", "parcels_total_mu")),
    (hydrant_figure, ("hydrants_built", "hydrants_total")),
    (protection_figure, ("hydrant_cover",)),
    (crane_figure, ("cranes_built", "cranes_total", "cranes_flow")),
)
"""The figures on top, and by what names the plan check knows them."""


def figures(assessment: Assessment, words: Words) -> None:
    """All figures in one row that wraps, each with its mark where the plan check speaks of it."""
    with st.container(horizontal=True, gap="small", key="figures"):
        for show, names in FIGURES:
            with st.container(gap=None, height="stretch"):
                show(assessment, words)
                finding_mark(assessment.county, names, words)
