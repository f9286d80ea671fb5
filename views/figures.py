"""The figures on top, each with its denominator, its range, and what it was before a choice was changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis import standards
from analysis.county_changes import stands_in_scenario
from views.plan_panel import finding_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.assessment import Assessment
    from views.wording import Words


NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Figure:
    """``value`` in large, below it ``parts`` (name, value) in small, and ``more`` behind the mark of help.

    A part without a value is none at all: shown only where it was one before, or becomes one.
    """

    label: str
    value: str
    parts: tuple[tuple[str, str], ...] = ()
    more: str = ""


def _whole(amount: str) -> str:
    """A number and its unit, in one line."""
    return amount.replace(" ", NO_BREAK)


def _percent(share: float) -> str:
    """A target as the plan prints it: without decimals it does not have."""
    return f"{share * 100:g}{NO_BREAK}%"


def _limit(assessment: Assessment) -> str:
    return f"{assessment.scenario.targets.limit_s / 60:g}"


def _example(assessment: Assessment, words: Words) -> tuple[tuple[str, str], ...]:
    """A figure on a schematic network is an example, and the line below it begins by saying so."""
    return (("", words("figure.schematic")),) if assessment.summary["schematic"] else ()


def _coverage_target(assessment: Assessment, words: Words) -> tuple[str, str]:
    return words("figure.target"), _percent(assessment.summary["targets"]["coverage_target"])


def nothing_analysed(assessment: Assessment) -> bool:
    """Whether no time is known anywhere, so that a share of nought would be a lie."""
    return assessment.nothing_analysed


def area_figure(assessment: Assessment, words: Words) -> Figure:
    """Share of the study area in time, against the plan's target."""
    summary = assessment.summary
    label, target = (
        words("figure.area_share", minutes=_limit(assessment)),
        _coverage_target(assessment, words),
    )
    share = summary["area_share"]
    if nothing_analysed(assessment):
        return Figure(label, words.of("verdict", "not_analysed"), (target,), words("figure.nothing_analysed"))
    if share is None:
        return Figure(label, words("figure.none"), (("", words("figure.no_study_area")),))
    whole = words("figure.study_area"), _whole(words.square_km(summary["study_area_m2"]))
    more = words(
        "figure.three_parts",
        covered=words.share(share["covered"]),
        not_covered=words.share(share["not_covered"]),
        not_analysed=words.share(share["not_analysed"]),
        upper=words.share(share["upper_end"]),
        source=words.of("figure.study_source", summary["study_area_source"]),
    )
    return Figure(label, _range(words, share), (*_example(assessment, words), target, whole), more)


def _range(words: Words, share: Mapping[str, Any]) -> str:
    return words.share_range(share["low"], share["high"]) or words.of("verdict", "not_analysed")


def street_figure(assessment: Assessment, words: Words) -> Figure:
    """Share of street length in time."""
    summary = assessment.summary
    label = words("figure.street_share", minutes=_limit(assessment))
    share = summary["street_share"]
    if share is None or nothing_analysed(assessment):
        why = words("figure.no_network" if summary["network"] is None else "figure.nothing_analysed")
        return Figure(label, words.of("verdict", "not_analysed"), (("", why),))
    whole = words("figure.all_streets"), _whole(words.metres(summary["street_length_m"]))
    study = summary["street_share_study"]
    more = words(
        "figure.streets_study",
        share=words.of("verdict", "not_analysed") if study is None else _range(words, study),
        length=words.metres(summary["street_length_study_m"]),
        nominal=words.share(share["nominal"]),
        guessed=words.metres(summary["street_length_class_guessed_m"]),
    )
    return Figure(label, _range(words, share), (*_example(assessment, words), whole), more)


def parcel_figure(assessment: Assessment, words: Words) -> Figure:
    """Parcels by verdict, in number and 亩."""
    summary = assessment.summary
    counts, total, share = summary["parcels"], summary["parcels_total"], summary["parcel_share"]
    label = words("figure.parcels")
    if share is None:
        return Figure(label, words("figure.none"), (("", words("page.no_parcels")),))
    held = words("figure.parcel_area", area=_whole(words.mu(total["mu"]))), words.share(share["covered"])
    verdicts = [
        (
            words.of("verdict", verdict),
            words("figure.number_and_area", number=each["number"], area=_whole(words.mu(each["mu"])))
            if each["number"]
            else "",
        )
        for verdict, each in counts.items()
    ]
    value = words("figure.covered_of", number=counts["covered"]["number"], total=total["number"])
    parts = (held, _coverage_target(assessment, words), *verdicts)
    return Figure(label, value, parts, words("figure.parcels_help"))


def hydrant_figure(assessment: Assessment, words: Words) -> Figure:
    """Hydrants built of all, and how many of them count."""
    water = assessment.summary["water"]
    label = words("figure.hydrants")
    if "hydrants" in water["layers_missing"]:
        return Figure(label, words("figure.none"), (("", words("figure.no_hydrants")),))
    value = words("figure.built_of", built=water["hydrants_built"], total=water["hydrants_total"])
    without = water["hydrants_without_place"]
    parts = (
        (words("figure.counted"), words("figure.pieces", number=water["hydrants_counted"])),
        (words("figure.without_place"), words("figure.pieces", number=without) if without else ""),
    )
    return Figure(label, value, parts, words("figure.hydrants_help"))


def protection_figure(assessment: Assessment, words: Words) -> Figure:
    """Share of the study area inside the protection radius: a figure, or examples between two bounds."""
    water = assessment.summary["water"]
    label = words("figure.protected", radius=f"{water['radius_m']:g}")
    area = water.get("area")
    if area is None or "hydrants" in water["layers_missing"]:
        return Figure(label, words("figure.none"), (("", words("figure.no_study_area")),))
    certainty = words.of("figure.certainty", area["certainty"])
    if stands_in_scenario(assessment.hydrants).any():
        certainty = words("value.between").join([certainty, words("figure.some_supposed")])
    target = words("figure.target"), _percent(standards.WATER_COVERAGE_TARGET)
    whole = words("figure.study_area"), _whole(words.square_km(assessment.summary["study_area_m2"]))
    # Only a surveyed figure stands alone; the others are examples between bounds.
    examples = [
        (words.of("figure.layout", name), words.share(value))
        for name, value in area["share"]["examples"].items()
    ]
    parts = (target, whole, *([("", certainty)] if area["certainty"] == "surveyed" else examples))
    return Figure(
        label, _range(words, area["share"]), parts, words("figure.protected_help", certainty=certainty)
    )


def crane_figure(assessment: Assessment, words: Words) -> Figure:
    """Water cranes built of all."""
    water = assessment.summary["water"]
    label = words("figure.cranes")
    if "cranes" in water["layers_missing"]:
        return Figure(label, words("figure.none"), (("", words("figure.no_cranes")),))
    value = words("figure.built_of", built=water["cranes_built"], total=water["cranes_total"])
    counted = words("figure.counted"), words("figure.pieces", number=water["cranes_counted"])
    return Figure(label, value, (counted,))


FIGURES: tuple[tuple[str, Callable[[Assessment, Words], Figure], tuple[str, ...]], ...] = (
    ("area", area_figure, ("area_share",)),
    ("streets", street_figure, ("street_share",)),
    ("parcels", parcel_figure, ("parcels_verdicts", "parcels_total_mu")),
    ("hydrants", hydrant_figure, ("hydrants_built", "hydrants_total")),
    ("protected", protection_figure, ("hydrant_cover",)),
    ("cranes", crane_figure, ("cranes_built", "cranes_total", "cranes_flow")),
)
"""The figures on top, and by what names the plan check knows them."""


def _changed(before: str, now: str, words: Words) -> str:
    if before == now:
        return now
    nought = words("figure.nought")
    return words("figure.changed", before=before or nought, after=now or nought)


def compared(now: Figure, before: Figure | None, words: Words) -> Figure:
    """The figure as it is shown: where a choice was changed, whatever differs by default stands before an arrow."""
    if before is None:
        return replace(now, parts=tuple(part for part in now.parts if part[1]))
    was = {name: value for name, value in before.parts if name}
    parts = tuple((name, _changed(was.get(name, value), value, words)) for name, value in now.parts)
    shown = replace(now, parts=tuple(part for part in parts if part[1]))
    if before.value == now.value:
        return shown
    default = words("figure.default", value=before.value)
    more = words("figure.default_help", label=before.label, value=before.value)
    return replace(
        shown,
        value=f":small[:gray[{default}]] {now.value}",
        more=f"{now.more} {more}".strip(),
    )


def _show(figure: Figure, words: Words) -> None:
    parts = [f"{name} {value}".strip() for name, value in figure.parts]
    st.metric(
        figure.label,
        figure.value,
        delta=words("value.between").join(parts) or None,
        delta_color="off",
        delta_arrow="off",
        help=figure.more or None,
        border=True,
        width="stretch",
        height="stretch",
    )


def figures(assessment: Assessment, default: Assessment | None, words: Words) -> None:
    """All figures in one row, each with its mark where the plan check speaks of it.

    ``default``: the same county with every choice at its default, to compare with; None where nothing differs.
    """
    with st.container(horizontal=True, gap="small", key="figures"):
        for name, figure_of, known_as in FIGURES:
            with st.container(gap=None, height="stretch", key=f"figure_{name}"):
                before = None if default is None else figure_of(default, words)
                _show(compared(figure_of(assessment, words), before, words), words)
                finding_mark(assessment.county, known_as, words)
