"""What the standards ask, clause by clause, beside what was asked this time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import standards
from analysis.rules import citation
from geo.rule_pack import read_pack

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

TIME_RULE = "zone_edge_time"
RADIUS = {"standard": "GB 50974-2014", "clause": "7.2", "mark": "V2"}
"""Where :data:`analysis.standards.HYDRANT_RADIUS_M` comes from."""


def time_clause(assessment: Assessment, words: Words) -> list[str]:
    """The clause on the five minutes, where else it stands, and the limit this verdict was held against."""
    rule = next(each for each in read_pack("cn").rules if each.id == TIME_RULE)
    cited = citation({"standard": rule.standard, "clause": rule.clause, "mark": rule.mark}, words.language)
    return [
        words("clause.time", rule=words(f"rule.name.{rule.id}"), cited=cited, also=rule.also),
        words("clause.limit", limit=words.minutes(assessment.scenario.targets.limit_s)),
    ]


def radius_clause(assessment: Assessment, words: Words) -> list[str]:
    """The clause on the protection radius of hydrants, and the radius that was used."""
    return [
        words(
            "clause.radius", radius=f"{standards.HYDRANT_RADIUS_M:g}", cited=citation(RADIUS, words.language)
        ),
        words("clause.radius_used", radius=words.metres(assessment.scenario.targets.hydrant_radius_m)),
    ]
