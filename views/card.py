"""The card of one parcel: verdict and three numbers first, what would change it, and folded below the proof: the
account of the time, water, and what the plan says of the land. A point asked as a parcel has the same parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.trip import START, TURNOUT, ledger
from geo.land_use import read_land_uses, use_of
from views.change import bound_facts, change_lines
from views.clauses import radius_clause, time_clause
from views.definitions import facts, key_numbers
from views.joint import joint_lines
from views.near_water import crane_drive, crane_lines, hose_lines, hose_of
from views.selection import forget_parcel
from views.siting_layer import last_site_line
from views.table import badge, use_words
from views.way import ledger_panel, station_name, way_of
from views.why import why_part
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.assessment import Assessment
    from analysis.route import Route
    from views.near_water import CraneDrive
    from views.wording import Words

    Pairs = list[tuple[str, str | Sequence[str]]]


@dataclass(frozen=True)
class Asked:
    """What a card is about: a row of the parcels, or of a point asked as one, and the way to it. ``subject``: the text
    table, ``page`` of a parcel or ``place`` of a point. ``hose`` and ``crane`` are asked when the card shows them."""

    row: Any
    route: Route | None
    subject: str
    hose: Callable[[], Any]
    crane: Callable[[], CraneDrive | None]


def bound_proof(assessment: Assessment, row: Any, words: Words, *, subject: str = "page") -> str:
    """How the straight-line bound decides, or in words that it does not; numbers only where they say something.

    ``subject``: the text table, ``page`` of a parcel or ``place`` of a point.
    """
    if missing(row.bound_m):
        return words("page.bound_none")
    if not row.bound_m > 0:
        return words(f"{subject}.bound_touching")
    told = "bound_decides" if row.reason == "bound" else "bound_open"
    return words(f"{subject}.{told}", **bound_facts(assessment, row, words))


def parcel_card(assessment: Assessment, row: Any, words: Words) -> None:
    """Everything known of one row of ``assessment.parcels`` (a named tuple)."""
    number = str(row.parcel_no)
    asked = Asked(
        row,
        way_of(assessment, number),
        "page",
        lambda: hose_of(assessment, number),
        lambda: crane_drive(assessment, row.shape, f"parcel:{number}"),
    )
    with st.container(border=True, key="parcel_card"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="parcel_head"):
            st.markdown(f"**{plain(number)}** {badge(row.verdict, words)}")
            st.button("✕", key="parcel_close", help=words("card.close"), on_click=forget_parcel)
        st.markdown(plain(words.reason(row.reason, row.reason_values)))
        first_part(assessment, asked, words)
        time_part(assessment, asked, words)
        why_part(assessment, row, words)
        water_part(assessment, asked, words)
        with st.expander(words("card.basis"), key="card_basis"):
            facts(_basis_facts(row, words))
            _sub_blocks(assessment, row, words)


def first_part(assessment: Assessment, asked: Asked, words: Words) -> None:
    """Three numbers, engine and water in a word, and what would change the verdict."""
    key_numbers(three_numbers(assessment, asked.row, words))
    facts(
        [
            (words("column.joint_state"), words.of("value.joint_state", asked.row.joint_state)),
            (words("card.change"), change_lines(assessment, asked.row, words)),
            (words("card.last_site"), _last_site(assessment, asked, words)),
        ]
    )


def _last_site(assessment: Assessment, asked: Asked, words: Words) -> str:
    return last_site_line(assessment, str(asked.row.parcel_no), words) if asked.subject == "page" else ""


def three_numbers(assessment: Assessment, row: Any, words: Words) -> list[tuple[str, str, str]]:
    """Name, value and a line below: when the first engine comes (or how fast it would have to be), the second, and how
    far the nearest hydrant is."""
    none = words("card.none")
    if row.reason == "bound":
        bound = bound_facts(assessment, row, words)
        first = (
            words("card.needed"),
            words("card.kph", speed=bound["needed"]),
            words("card.granted", speed=bound["granted"]),
        )
    elif missing(row.arrival_s):
        first = (words("column.arrival"), none, words.of("verdict", "not_analysed"))
    else:
        first = (
            words("column.arrival"), _time(assessment, row.arrival_s, words), _station(assessment, row.station_id),
        )  # fmt: skip
    second = (words("column.second_due"), none, "")
    if not missing(row.second_due_s):
        second = (
            second[0], _time(assessment, row.second_due_s, words), _station(assessment, row.second_station_id),
        )  # fmt: skip
    elif not missing(row.arrival_s):
        second = (second[0], none, words("card.second_none"))
    hydrant = (words("card.hydrant"), none, words.of("value.water_state", row.water_state))
    if not missing(row.hydrant_id):
        unsure = "" if row.hydrant_certainty == "surveyed" else words.of("card.place", row.hydrant_certainty)
        below = words("value.between").join(filter(None, [str(row.hydrant_id), unsure]))
        hydrant = (hydrant[0], words.metres(row.hydrant_m), below)
    return [first, second, hydrant]


def _time(assessment: Assessment, seconds: Any, words: Words) -> str:
    time = words.minutes(seconds)
    return words("value.schematic", what=time) if time and "roads" in assessment.county.schematic else time


def _station(assessment: Assessment, station_id: Any) -> str:
    if missing(station_id):
        return ""
    name = station_name(assessment, station_id)
    return name if name == str(station_id) else f"{station_id} {name}"


def ledger_line(assessment: Assessment, route: Route, words: Words) -> str:
    """The arrival time as an account whose whole seconds add up: turnout, start, and drive with its delays."""
    rows = ledger(route, assessment.scenario.targets.start_s)
    parts = {each.street_class: round(each.delay_s) for each in rows if each.street_class in (TURNOUT, START)}
    drive_s = round(route.arrival_s) - sum(parts.values())
    said = [words(f"card.{name}", time=words.minutes(seconds)) for name, seconds in parts.items()]
    said.append(words("card.drive", time=words.minutes(drive_s), length=words.metres(route.length_m)))
    arrival = _time(assessment, route.arrival_s, words)
    return words("card.ledger", parts=words("card.plus").join(said), arrival=arrival)


def time_facts(assessment: Assessment, asked: Asked, words: Words) -> Pairs:
    """The account of the arrival time, how sure it is, the bound, and the clause."""
    row, schematic = asked.row, "roads" in assessment.county.schematic
    has_time = not missing(row.arrival_s)
    span = words.span(words.minutes(row.arrival_s_min), words.minutes(row.arrival_s_max)) if has_time else ""
    off = "" if missing(row.off_street_m) else words("card.off_street", metres=words.metres(row.off_street_m))
    proof = bound_proof(assessment, row, words, subject=asked.subject) if schematic or not has_time else ""
    return [
        (words("card.account"), "" if asked.route is None else ledger_line(assessment, asked.route, words)),
        (words("column.off_street_m"), off),
        (
            words("column.arrival_range"),
            words("value.schematic", what=span) if span and schematic else span,
        ),
        (
            words("column.stations_in_time"),
            "" if missing(row.stations_in_time) else f"{row.stations_in_time:.0f}",
        ),
        (words("column.covered_share"), "" if schematic else words.share(row.covered_share)),
        (words("column.verdict_slow"), words.of("verdict", row.verdict_slow)),
        (words("column.bound"), proof),
        (words("clause.title"), time_clause(assessment, words)),
    ]


def time_part(assessment: Assessment, asked: Asked, words: Words) -> None:
    """The time, folded: its account, and street by street where there is a way."""
    with st.expander(words("card.time"), key=f"{asked.subject}_time"):
        facts(time_facts(assessment, asked, words))
        if asked.route is not None:
            st.caption(words(f"{asked.subject}.ledger"))
            ledger_panel(assessment, asked.route, words)


def water_facts(assessment: Assessment, asked: Asked, words: Words) -> Pairs:
    """Engine and water, hydrants straight and by hose, the crane straight and by drive, and the clause."""
    row, schematic = asked.row, "roads" in assessment.county.schematic
    straight = "" if missing(row.hydrant_id) else _at(row.hydrant_id, row.hydrant_m, words)
    unsure = (
        words.of("reason", row.hydrant_certainty) if straight and row.hydrant_certainty != "surveyed" else ""
    )
    return [
        (
            words("column.joint_state"),
            [words.of("value.joint_state", row.joint_state), *joint_lines(row, words)[1:]],
        ),
        (words("column.water_state"), words.of("value.water_state", row.water_state)),
        (words("card.hydrant_straight"), [straight, unsure]),
        (words("card.hydrant_hose"), hose_lines(asked.hose(), words, schematic=schematic)),
        (
            words("card.crane_straight"),
            "" if missing(row.crane_id) else _at(row.crane_id, row.crane_m, words),
        ),
        (words("card.crane_driven"), crane_lines(asked.crane(), words, schematic=schematic)),
        (
            words("clause.title"),
            [*radius_clause(assessment, words), words("clause.hose"), words("clause.crane")],
        ),
    ]


def _at(source_id: Any, metres: Any, words: Words) -> str:
    return words("value.at_distance", what=source_id, distance=words.metres(metres))


def water_part(assessment: Assessment, asked: Asked, words: Words) -> None:
    """Water, folded; hose and drives are worked out when it is opened."""
    panel = st.expander(words("card.water"), key=f"{asked.subject}_water", on_change="rerun")
    if panel.open:
        with panel:
            facts(water_facts(assessment, asked, words))


def _basis_facts(row: Any, words: Words) -> Pairs:
    """Where the parcel is known from, its planned use, and the lines of the plan."""
    use = use_of(row.use_scheme, row.use_code, row.planned_use, read_land_uses())
    stated = "" if missing(row.planned_use) else str(row.planned_use)
    return [
        (words("column.position_class"), words.of("value.position", row.position_class)),
        (words("column.position_note"), "" if missing(row.position_note) else str(row.position_note)),
        (words("column.caution"), words.reason(row.position_caution, row.reason_values)),
        (words("column.planned_use"), [stated, words("uses.class", use=use_words(use, words))]),
        (words("column.area_mu"), words.mu(row.area_mu)),
        (words("column.holder"), "" if missing(row.holder) else str(row.holder)),
        (words("column.source"), source_line(row, words)),
    ]


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
