"""Coordinate systems, readings and the evidence for them in words: a table, and sentences for a person to decide by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from geo.datum_evidence import FIT_SHAPES, FIT_STREETS
from geo.datum_readings import differences
from geo.street_fit import INNER_M, MOVED_M, MOVES, NEAR_M
from geo.words import say

if TYPE_CHECKING:
    from geo.datum import CoordinateSystem
    from geo.datum_evidence import Candidate, DatumEvidence
    from geo.datum_readings import Reading

COLUMNS = (
    "reading",
    "difference",
    "inside",
    "median",
    "quartiles",
    "agreeing",
    "chance",
    "score",
    "verdict",
    "reason",
)


def system_name(system: CoordinateSystem, language: str) -> str:
    """What a system is called, its code included."""
    name = say(
        language, f"datum.system.{system.kind}", code=system.crs, width=system.width_deg, zone=system.zone,
        meridian=f"{system.meridian_deg:g}",
    )  # fmt: skip
    if system.shift and system.crs != system.code and not system.in_degrees:
        return say(language, "datum.projected_shift", name=name, shift=system.shift)
    return name


def reading_name(reading: Reading, language: str) -> str:
    """A reading: the system, and what is done to the numbers first."""
    return _done(system_name(reading.system, language), reading, language)


def reading_short(reading: Reading, language: str) -> str:
    """The same by the system's code alone."""
    return _done(reading.system.code, reading, language)


def _done(name: str, reading: Reading, language: str) -> str:
    done = [
        code
        for code, is_so in (("swapped", reading.swapped), ("zone_dropped", reading.zone_dropped))
        if is_so
    ]
    return " · ".join([name, *(say(language, f"datum.done.{code}") for code in done)])


def evidence_table(evidence: DatumEvidence, language: str) -> pd.DataFrame:
    """One row of texts for each reading, the likeliest first; columns named in words, :data:`COLUMNS` in order."""
    rows = [_row(each, evidence, language) for each in evidence.candidates]
    names = [say(language, f"datum.column.{code}") for code in COLUMNS]
    return pd.DataFrame(rows, columns=pd.Index(names), dtype=object)


def _row(candidate: Candidate, evidence: DatumEvidence, language: str) -> list[str]:
    name, missing = reading_name(candidate.reading, language), say(language, "datum.missing")
    if candidate.same:
        codes = sorted({each.system.code for each in candidate.same} - {candidate.reading.system.code})
        name = say(language, "datum.same_as", name=name, codes=", ".join(codes)) if codes else name
    fit, figures = candidate.streets, [missing] * 5
    if fit is not None:
        figures = [
            f"{fit.median_m:.0f}", f"{fit.q1_m:.0f}–{fit.q3_m:.0f}", f"{fit.share:.0%}", f"{fit.chance_share:.0%}",
            f"{fit.score:.1f}",
        ]  # fmt: skip
        if fit.of_areas:
            figures[:2] = [missing] * 2
    inside = missing if math.isnan(candidate.inside_share) else f"{candidate.inside_share:.0%}"
    verdict = say(language, f"datum.verdict.{candidate.verdict}")
    reason = say(language, f"datum.reason.{candidate.reason}", least_shapes=FIT_SHAPES, streets=FIT_STREETS)
    return [name, _difference(candidate.reading, evidence, language), inside, *figures, verdict, reason]


def _difference(reading: Reading, evidence: DatumEvidence, language: str) -> str:
    if reading == evidence.declared:
        return say(language, "datum.as_declared")
    codes = differences(reading, evidence.declared)
    said = (say(language, f"datum.difference.{code}") for code in codes)
    return say(language, "datum.comma").join(said) or say(language, "datum.missing")


def evidence_lines(evidence: DatumEvidence, language: str) -> list[str]:
    """What the evidence comes to, what it rests on, and what could not be asked, in sentences."""
    chosen, name, difference = evidence.recommended, "", ""
    if chosen is not None:
        name, difference = reading_name(chosen, language), _difference(chosen, evidence, language)
    lines = [say(language, f"datum.summary.{evidence.reason}", name=name, difference=difference)]
    if evidence.candidates:
        lines.append(
            say(
                language,
                f"datum.inside_of.{evidence.inside_of}",
                looked_at=evidence.looked_at,
                shapes=evidence.shapes,
            )
        )
        least, most = MOVED_M
        lines.append(
            say(
                language, f"datum.streets.{evidence.streets}", moves=MOVES, least=f"{least:g}", most=f"{most:g}",
                metres=f"{NEAR_M:g}", inner=f"{INNER_M:g}", least_shapes=FIT_SHAPES,
            )
        )  # fmt: skip
        lines.append(say(language, "datum.decide"))
    return lines
