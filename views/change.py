"""What would change a verdict: the survey, the data or the works that its reasons wait for, and how far it is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.verdicts import COVERED, DEPENDS, NOT_ANALYSED, NOT_COVERED
from geo.words import say_or
from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words


def bound_facts(assessment: Assessment, row: Any, words: Words) -> dict[str, str]:
    """The straight-line bound in numbers: metres, the drive and turnout granted, speeds needed and granted, from how
    far it would not exclude, and the least time that the speed granted would take."""
    targets = assessment.summary["targets"]
    turnout_s = float(targets["bound_turnout_s"])
    drive_s = assessment.scenario.targets.limit_s - turnout_s
    needed = float(row.bound_kph)
    granted = max(float(targets["bound_speed_kph"]), *map(float, targets["speed_kph"].values()))
    return {
        "distance": words.metres(row.bound_m),
        "drive": words.minutes(max(drive_s, 0.0)),
        "turnout": f"{turnout_s:g}",
        "needed": f"{needed:.0f}",
        "granted": f"{granted:.0f}",
        "margin": f"{needed / granted:.2f}",
        "reach": words.metres(max(drive_s, 0.0) / 3.6 * granted),
        "least": words.minutes(turnout_s + float(row.bound_m) / granted * 3.6),
    }


def change_lines(assessment: Assessment, row: Any, words: Words) -> list[str]:
    """One sentence for everything that the verdict of a parcel or point (a row with ``verdict``, ``reason``,
    ``depends_on`` and the times) waits for, or that it would take to turn it."""
    limit_s = assessment.scenario.targets.limit_s
    limit = words.minutes(limit_s)
    codes = {
        COVERED: [row.reason],
        NOT_COVERED: [row.reason],
        NOT_ANALYSED: [row.reason],
        DEPENDS: [] if missing(row.depends_on) else str(row.depends_on).split(","),
    }
    values: dict[str, str] = {"limit": limit, "off_street": words.metres(_off_street_m(assessment))}
    if row.reason == "bound":
        values |= bound_facts(assessment, row, words)
    if not missing(row.arrival_s_max):
        values |= {
            "worst": words.minutes(row.arrival_s_max),
            "spare": words.minutes(limit_s - row.arrival_s_max),
        }
    if not missing(row.arrival_s_min):
        values |= {
            "best": words.minutes(row.arrival_s_min),
            "over": words.minutes(row.arrival_s_min - limit_s),
        }
    lines = [_line(str(code).strip(), values, words) for code in codes.get(str(row.verdict), [])]
    slow = words.of("verdict", row.verdict_slow)
    if row.verdict in (COVERED, DEPENDS) and slow and row.verdict_slow != row.verdict:
        lines.append(words("change.slow", verdict=slow))
    return lines


def _off_street_m(assessment: Assessment) -> float:
    return assessment.scenario.targets.off_street_limit_m


def _line(code: str, values: dict[str, str], words: Words) -> str:
    """The sentence of a code; of one that only says that a place was not found, to give the place."""
    if code == "beyond_limit" and "best" not in values:
        code = "nobody_comes"
    elif not say_or(words.language, f"change.{code}", ""):
        code = "place"
    return words(f"change.{code}", **values)
