"""The method in plain words: how the model answers, with the values in force, what each rests on, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis import standards
from analysis.scenario import Targets, numeric_targets
from views.driving import SPEED_CLASSES
from views.widths import text_px
from views.wording import plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

MARKS = {
    "limit_s": "V", "turnout_s": "V2", "hydrant_radius_m": "V2", "off_street_limit_m": "own", "snap_limit_m": "own",
    "speed_factor": "own", "coverage_target": "plan", "water_coverage_target": "plan", "hose_reach_m": "own",
    "hydrant_spacing_m": "V2", "crane_spacing_m": "V2", "bound_speed_kph": "own", "speed_kph": "own",
}  # fmt: skip
"""How far the source of each value was checked, as :mod:`analysis.standards` notes it beside the value."""
CHOSEN = ("limit_s", "turnout_s", "hydrant_radius_m", "off_street_limit_m", "snap_limit_m", "speed_factor")
"""Values that a choice at the side can change."""
CHOICE_NAMES = (*CHOSEN, "hose_reach_m")
"""Values whose name stands among the choices."""
SHARES = ("coverage_target", "water_coverage_target")
OWN_MARKS = ("own", "plan")
"""Marks the rules do not know: this project's own assumption, and the text of the plan."""
LEFT_OUT = ("brigades", "busy", "gradients", "traffic", "before_order", "off_street", "inlet")
MOST_TEXT_PX = 560


def method_lines(assessment: Assessment, words: Words) -> list[str]:
    """The model in sentences, each with the values of this scenario."""
    targets, given = assessment.scenario.targets, assessment.summary["targets"]
    network = assessment.county.network
    granted_kph = max(given["bound_speed_kph"], *given["speed_kph"].values())
    lines = [
        words(
            "method.time",
            limit=words.minutes(targets.limit_s),
            turnout=words.minutes(targets.turnout_s),
            drive=words.minutes(max(given["drive_s"], 0)),
        ),
        words(
            "method.driving",
            profile=words.of("choice.profile_name", targets.profile),
            one_way=words.of("choice.one_way_name", targets.one_way),
        ),
        words("method.verdicts", limit=words.minutes(targets.limit_s)),
        words("method.not_analysed", distance=words.metres(targets.off_street_limit_m)),
        words(
            "method.bound",
            speed=words("method.kph", speed=f"{granted_kph:g}"),
            turnout=words.minutes(given["bound_turnout_s"]),
        ),
        words("method.water", radius=words.metres(targets.hydrant_radius_m)),
        words("method.hose", reach=words.metres(standards.HOSE_REACH_M)),
        words("method.spacing", spacing=words.metres(given["hydrant_spacing_m"])),
        *_counted(assessment, words),
    ]
    if network is None:
        return [*lines, words("method.no_network")]
    kind = "schematic" if assessment.summary["schematic"] else "surveyed"
    return [*lines, words(f"method.{kind}", source=network.source.name)]


def _counted(assessment: Assessment, words: Words) -> list[str]:
    """What stands there as far as this scenario goes."""
    scenario = assessment.scenario
    said = [words(f"method.counted_{'with' if scenario.planned_works else 'without'}_works")]
    if scenario.count_unknown:
        said.append(words("method.counted_unknown"))
    if scenario.year:
        said.append(words("method.counted_year", year=scenario.year))
    if scenario.shuts_streets:
        said.append(words("method.closures"))
    return said


def _values(assessment: Assessment) -> dict[str, float]:
    given = assessment.summary["targets"]
    fixed = {
        "hose_reach_m": standards.HOSE_REACH_M,
        "crane_spacing_m": standards.CRANE_SPACING_M,
        "water_coverage_target": standards.WATER_COVERAGE_TARGET,
    }
    return {name: fixed[name] if name in fixed else given[name] for name in MARKS if name != "speed_kph"}


def _cited(name: str, changed: bool, default: str, words: Words) -> str:
    """Where a value comes from and how far that was checked; of a changed one that it was changed, and from what."""
    kind = MARKS[name]
    own = kind in OWN_MARKS
    said = [words(f"method.mark.{kind}" if own else f"rule.mark.{kind}")]
    if kind != "own":
        said.insert(0, words(f"method.source.{name}"))
    source = words("value.between").join(said)
    return words("method.changed", value=default, source=source) if changed else source


def method_rows(assessment: Assessment, words: Words) -> list[tuple[str, str, str]]:
    """Every value in force, with its unit in its name, and what it rests on; the speeds of the streets last."""
    targets, bounds = assessment.scenario.targets, numeric_targets()
    rows = []
    for name, value in _values(assessment).items():
        default = bounds[name]["default"] if name in CHOSEN else value
        said = words.share(value) if name in SHARES else f"{value:,g}"
        label = words(f"choice.{name}" if name in CHOICE_NAMES else f"method.value.{name}")
        rows.append((label, said, _cited(name, value != default, f"{default:g}", words)))
    usual = Targets(profile=targets.profile)
    for street_class in SPEED_CLASSES:
        speed, published = targets.speed_kph(street_class), usual.speed_kph(street_class)
        label = words("method.speed_of", what=words.of("value.class", street_class))
        cited = _cited("speed_kph", speed != published, f"{published:.3g}", words)
        rows.append((label, f"{speed:.3g}", cited))
    return rows


def method_panel(assessment: Assessment, words: Words) -> None:
    """Sentences, the table of values, and what the model leaves out."""
    st.markdown("\n".join(f"- {plain(line)}" for line in method_lines(assessment, words)))
    heads = ("measure", "in_force", "cited")
    rows = [dict(zip(heads, row, strict=True)) for row in method_rows(assessment, words)]
    widths = {name: min(max(text_px(row[name]) for row in rows), MOST_TEXT_PX) for name in heads}
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        key="method",
        column_config={
            name: st.column_config.TextColumn(words(f"column.{name}"), width=max(widths[name], 70))
            for name in heads
        },
    )
    st.markdown(f"**{plain(words('method.left_out_title'))}**")
    st.markdown("\n".join(f"- {plain(words(f'method.left_out.{each}'))}" for each in LEFT_OUT))
