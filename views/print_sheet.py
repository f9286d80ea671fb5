"""The words around the map on a printed sheet: what was asked, what is uncertain, where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.change_steps import each_change
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


def _asked(assessment: Assessment, words: Words) -> str:
    scenario = assessment.scenario
    targets = scenario.targets
    parts = [
        words("print.limit", minutes=words.minutes(targets.limit_s)),
        words("print.turnout", seconds=f"{targets.turnout_s:g}"),
        words("print.radius", metres=words.metres(targets.hydrant_radius_m)),
        words.of("choice.profile_name", targets.profile),
        words("print.with_planned" if scenario.planned_works else "print.as_built"),
    ]
    parts += [words("print.year", year=scenario.year)] if scenario.year else []
    parts += [words("print.closures", number=len(scenario.closures))] if scenario.closures else []
    supposed = len(list(each_change(scenario.changes)))
    parts += [words("print.supposed", number=supposed)] if supposed else []
    return " · ".join(parts)


def _sources(assessment: Assessment, words: Words) -> list[str]:
    network = assessment.summary["network"]
    lines = [
        words("page.source_of", layer=words.of("value.layer", layer), source=text)
        for layer, text in assessment.county.sources
    ]
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
    return lines


def print_sheet(assessment: Assessment, words: Words) -> dict[str, Any]:
    """Title, question, caveats, sources and the note that no printed map goes without."""
    summary, county = assessment.summary, assessment.county
    name = county.name if words.language == LANGUAGES[0] else county.name_en or county.name
    return {
        "title": words("page.title", county=name),
        "asked": _asked(assessment, words),
        "caveats": [words.of("note", note) for note in summary["notes"]],
        "sources": _sources(assessment, words),
        "notice": words("print.notice"),
        "version": words("page.version_line", version=summary["version"], digest=summary["digest"][:12]),
    }
