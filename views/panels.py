"""Panels below the map, each computed only when opened: shares, rules, vehicles, speeds, network, data brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analysis.calibration import DRIVE_S, EXPECTED_KPH, Calibration, calibrate
from views.bring_in import bring_in
from views.compare_panel import compare_panel
from views.kept import answer_key
from views.links import link_panel
from views.method_panel import method_panel
from views.network_facts import network_rows
from views.plan_panel import plan_panel
from views.rule_panels import fleet_panel, rule_panel
from views.share_panel import share_panel
from views.siting_panel import siting_panel
from views.water_panels import crane_panel, gap_panel, shuttle_panel, source_rule_panel
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.assessment import Assessment
    from views.wording import Words

EXPECTED_KM2 = (4.0, 7.0)
"""The areas of the rule that four minutes at such speeds give."""


@st.cache_resource(max_entries=16, show_spinner=False)
def _calibration(_assessment: Assessment, digest: str, scenario_json: str) -> Calibration | None:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    return None if _assessment.field is None else calibrate(_assessment.field.drive)


def calibration_rows(found: Calibration, words: Words) -> list[tuple[str, str, str]]:
    """What is measured, on this network, and what it is held beside; nothing where there are no such trips."""
    if found.mean_kph is None or found.winding is None or found.area_km2 is None or found.rand_ratio is None:
        return []
    low, high = EXPECTED_KPH
    return [
        (
            words("panel.mean_kph"),
            words("panel.kph_range", mean=f"{found.mean_kph:.1f}", low=f"{found.low_kph:.1f}",
                  high=f"{found.high_kph:.1f}"),
            words("panel.kph_expected", low=f"{low:g}", high=f"{high:g}"),
        ),
        (words("panel.winding"), f"{found.winding:.2f}", ""),
        (
            words("panel.area", minutes=f"{DRIVE_S / 60:g}"),
            words("panel.km2", area=f"{found.area_km2:.1f}"),
            words("panel.area_expected", low=f"{EXPECTED_KM2[0]:g}", high=f"{EXPECTED_KM2[1]:g}"),
        ),
        (words("panel.rand"), f"{found.rand_ratio:.2f}", words("panel.rand_expected")),
    ]  # fmt: skip


def calibration_panel(assessment: Assessment, words: Words) -> None:
    """Random trips on the network as the scenario drives them, beside the figures behind the rule."""
    found = _calibration(assessment, *answer_key(assessment.county, assessment.scenario))
    rows = [] if found is None else calibration_rows(found, words)
    if found is None or not rows:
        st.caption(words("panel.no_trips"))
        return
    said = [words("panel.trips", number=found.trips)]
    said.append(words("panel.inside" if found.inside_expected else "panel.outside"))
    if assessment.summary["schematic"]:
        said.append(words("panel.schematic"))
    st.markdown(plain("".join(said)))
    _table(rows, ("measure", "here", "beside"), words, "calibration")


def _table(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...], words: Words, key: str) -> None:
    st.dataframe(
        [dict(zip(heads, row, strict=True)) for row in rows],
        hide_index=True,
        height="content",
        key=key,
        column_config={name: st.column_config.TextColumn(words(f"column.{name}")) for name in heads},
    )


def network_panel(assessment: Assessment, words: Words) -> None:
    """Where the streets come from and what is known of them."""
    rows = network_rows(assessment, words)
    if not rows:
        st.caption(words("figure.no_network"))
        return
    st.markdown("\n".join(f"- **{plain(name)}** {plain(text)}" for name, text in rows))


PANELS: dict[str, Callable[[Assessment, Words], None]] = {
    "shares": share_panel,
    "plan": plan_panel,
    "siting": siting_panel,
    "compare": compare_panel,
    "gaps": gap_panel,
    "cranes": crane_panel,
    "shuttle": shuttle_panel,
    "source_rules": source_rule_panel,
    "links": link_panel,
    "rules": rule_panel,
    "fleet": fleet_panel,
    "calibration": calibration_panel,
    "network": network_panel,
    "bring": bring_in,
    "method": method_panel,
}


@st.fragment
def panels(assessment: Assessment, words: Words) -> None:
    """All panels, closed; opening one runs this part of the page alone."""
    for name, show in PANELS.items():
        # The words of the label are no part of the key: an open panel stays open in the other language.
        panel = st.expander(words(f"panel.{name}"), key=f"panel_{name}", on_change="rerun")
        if panel.open:
            with panel:
                show(assessment, words)
