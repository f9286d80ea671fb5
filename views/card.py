"""The card of one parcel: verdict, why, the proof behind it, water, and what the plan says of the land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from views.joint import joint_lines
from views.table import badge
from views.way import ledger_panel, station_name, way_of
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.assessment import Assessment
    from analysis.route import Route
    from views.wording import Words


def bound_proof(assessment: Assessment, row: Any, words: Words, *, subject: str = "page") -> str:
    """How the straight-line bound decides, or in words that it does not; numbers only where they say something.

    ``subject``: the text table, ``page`` of a parcel or ``place`` of a point.
    """
    if missing(row.bound_m):
        return words("page.bound_none")
    if not row.bound_m > 0:
        return words(f"{subject}.bound_touching")
    targets = assessment.summary["targets"]
    drive_s = assessment.scenario.targets.limit_s - targets["bound_turnout_s"]
    needed = float(row.bound_kph)
    granted = max(float(targets["bound_speed_kph"]), *map(float, targets["speed_kph"].values()))
    facts = {
        "distance": words.metres(row.bound_m),
        "drive": words.minutes(drive_s),
        "turnout": f"{targets['bound_turnout_s']:g}",
        "needed": f"{needed:.0f}",
        "granted": f"{granted:.0f}",
    }
    if row.reason == "bound":
        return words(f"{subject}.bound_decides", margin=f"{needed / granted:.2f}", **facts)
    return words(f"{subject}.bound_open", **facts)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and values as a list; empty values are left out."""
    lines = [f"- **{plain(name)}** {plain(value)}" for name, value in pairs if value]
    st.markdown("\n".join(lines))


def computed_cells(row: Any, words: Words, *, schematic: bool) -> dict[str, str]:
    """What is computed of a parcel or a point, in words; empty where nothing can be said."""
    arrival = words.minutes(row.arrival_s)
    if arrival and schematic:
        arrival = words("value.schematic", what=arrival)
    return {
        "reason": words.reason(row.reason, row.reason_values),
        "arrival": arrival,
        "verdict_slow": words.of("verdict", row.verdict_slow),
        "covered_share": "" if schematic else words.share(row.covered_share),
        "hydrant": water_cell(row.hydrant_id, row.hydrant_m, words),
        "crane": water_cell(row.crane_id, row.crane_m, words),
        "water_state": words.of("value.water_state", row.water_state),
        "position_class": words.of("value.position", row.position_class),
    }


def water_cell(source_id: Any, metres: Any, words: Words) -> str:
    """A water source and its straight-line distance, ``HS-04-3, 210 m``; empty for none."""
    return (
        ""
        if missing(source_id)
        else words("value.at_distance", what=source_id, distance=words.metres(metres))
    )


def parcel_card(assessment: Assessment, row: Any, words: Words) -> None:
    """Everything known of one row of ``assessment.parcels`` (a named tuple)."""
    schematic = "roads" in assessment.county.schematic
    cells = computed_cells(row, words, schematic=schematic)
    with st.container(border=True, key="parcel_card"):
        st.markdown(f"**{plain(row.parcel_no)}** {badge(row.verdict, words)}")
        st.markdown(plain(cells["reason"]))
        facts(
            [
                *answer_facts(assessment, row, words),
                (words("column.position_class"), cells["position_class"]),
                (words("column.position_note"), "" if missing(row.position_note) else str(row.position_note)),
                (words("column.caution"), words.reason(row.position_caution, row.reason_values)),
                (words("column.source"), source_line(row, words)),
            ]
        )
        ledger_part(assessment, way_of(assessment, str(row.parcel_no)), words("page.ledger"), words)
        _sub_blocks(assessment, row, words)


def answer_facts(
    assessment: Assessment, row: Any, words: Words, *, subject: str = "page"
) -> list[tuple[str, str]]:
    """Names and values of what is said of a parcel, or of a point asked as one; empty values are not shown."""
    schematic = "roads" in assessment.county.schematic
    cells = computed_cells(row, words, schematic=schematic)
    has_time = not missing(row.arrival_s)
    span = words.span(words.minutes(row.arrival_s_min), words.minutes(row.arrival_s_max))
    span = words("value.schematic", what=span) if span and schematic else span
    in_time = "" if missing(row.stations_in_time) else f"{row.stations_in_time:.0f}"
    proof = bound_proof(assessment, row, words, subject=subject) if schematic or not has_time else ""
    return [
        (words("column.joint_state"), words("value.between").join(joint_lines(row, words))),
        (words("column.depends_on"), words.listed("reason", row.depends_on)),
        (words("column.arrival"), cells["arrival"]),
        (words("column.arrival_range"), span if has_time else ""),
        (words("column.station_id"), _station(assessment, row.station_id)),
        (words("column.second_due"), _second_due(assessment, row, words, schematic=schematic)),
        (words("column.stations_in_time"), in_time),
        (words("column.covered_share"), cells["covered_share"]),
        (words("column.verdict_slow"), cells["verdict_slow"]),
        (words("column.off_street_m"), words.metres(row.off_street_m)),
        (words("column.bound"), proof),
        (words("column.water_state"), cells["water_state"]),
        (words("column.hydrant"), _hydrant(row, cells["hydrant"], words)),
        (words("column.crane"), cells["crane"]),
    ]


def _hydrant(row: Any, said: str, words: Words) -> str:
    """The nearest hydrant; that its place is not surveyed is said with it."""
    unsure = said and row.hydrant_certainty != "surveyed"
    return words("value.between").join([said, words.of("reason", row.hydrant_certainty)]) if unsure else said


def ledger_part(assessment: Assessment, route: Route | None, title: str, words: Words) -> None:
    """The ledger of a route, folded up; nothing without one."""
    if route is not None:
        with st.expander(title):
            ledger_panel(assessment, route, words)


def _second_due(assessment: Assessment, row: Any, words: Words, *, schematic: bool) -> str:
    """The engine after the first, at the point of the parcel where it comes latest."""
    if missing(row.second_due_s):
        return ""
    time = words.minutes(row.second_due_s)
    return words(
        "value.at_distance",
        what=_station(assessment, row.second_station_id),
        distance=words("value.schematic", what=time) if schematic else time,
    )


def _station(assessment: Assessment, station_id: Any) -> str:
    if missing(station_id):
        return ""
    name = station_name(assessment, station_id)
    return name if name == str(station_id) else f"{station_id} {name}"


def source_line(row: Any, words: Words) -> str:
    """Where a row comes from, with its lines."""
    if missing(row.source):
        return ""
    found = [row.source_line, *str(getattr(row, "further_lines", None) or "").split(";")]
    lines = [str(each) for each in found if not missing(each)]
    return (
        words("page.source_lines", source=row.source, lines=words("value.between_numbers").join(lines))
        if lines
        else str(row.source)
    )


def _sub_blocks(assessment: Assessment, row: Any, words: Words) -> None:
    blocks = assessment.county.sub_blocks
    mine = blocks[blocks["parcel_no"] == row.parcel_no] if len(blocks) else blocks
    if len(mine) == 0:
        return
    st.caption(words("page.sub_blocks"))
    shown = mine[["block_no", "area_mu", "approval"]].rename(
        columns={name: words(f"column.{name}") for name in ("block_no", "area_mu", "approval")}
    )
    st.dataframe(shown, hide_index=True, height="content", key="sub_blocks")
