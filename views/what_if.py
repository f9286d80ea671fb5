"""The group at the side that says in words what is supposed of the county, and takes it back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.change_steps import STREETS, each_change, put_back
from analysis.county_changes import IDS
from views.closures import closed_name, remove_closure
from views.map_steps import GROUP
from views.saved import saved_panel
from views.steps import changes_now, clear, closures_now, redo, steps_now, suppose, undo
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.change_steps import OneChange
    from analysis.scenario import Scenario
    from geo.county import County
    from geo.network import Network
    from views.wording import Words

MOST_LISTED = 30
"""Of more changes than this the rest is counted."""


def planned_streets(network: Network | None, year: int) -> dict[str, tuple[str, int, float]]:
    """Streets that are not open by ``year`` (0: now), by the id of their way, else their own: name, the year in which
    they open, and metres; in the order of year and name."""
    if network is None:
        return {}
    rows = np.flatnonzero(network.opens > year)
    found: dict[str, tuple[str, int, float]] = {}
    for row, its_id, name in zip(
        rows.tolist(), network.street_ids(rows), network.street_names(rows), strict=True
    ):
        way = str(network.way_id[row]) if network.way_id[row] > 0 else its_id
        metres = found.get(way, ("", 0, 0.0))[2] + float(network.length_m[row])
        found[way] = (name, int(network.opens[row]), metres)
    return dict(sorted(found.items(), key=lambda each: (each[1][1], each[1][0], each[0])))


def change_words(one: OneChange, county: County, words: Words) -> str:
    """One change in words; ``county`` as surveyed, for the names of what it has."""
    name = one.name or one.id
    if one.layer == STREETS:
        streets = planned_streets(county.network, 0)
        name = streets.get(one.id, streets.get(one.id.rpartition("-")[0], ("", 0, 0.0)))[0] or one.id
    elif one.what != "added":
        table = getattr(county, one.layer)
        mine = table.loc[table[IDS[one.layer]] == one.id, "name"] if "name" in table else table.iloc[:0, 0]
        name = one.id if mine.empty or missing(mine.iloc[0]) else str(mine.iloc[0])
    place = "" if one.lon is None else f"{one.lon:.5f}, {one.lat:.5f}"
    return words(f"what_if.said.{one.layer}_{one.what}", name=name, place=place)


def _take_back(one: OneChange) -> None:
    suppose(put_back(changes_now(), one.layer, one.id))


def _buttons(words: Words) -> None:
    steps = steps_now()
    anything = bool(closures_now()) or any(True for _ in each_change(changes_now()))
    with st.container(horizontal=True, gap="small", key="what_if_steps"):
        for name, act, may in (
            ("undo", undo, bool(steps.before)), ("redo", redo, bool(steps.after)), ("clear", clear, anything),
        ):  # fmt: skip
            st.button(
                words(f"what_if.{name}"), key=f"what_if_{name}", on_click=act, disabled=not may,
                help=words(f"what_if.{name}_help"),
            )  # fmt: skip


def _list(county: County, words: Words) -> None:
    rows: list[tuple[str, str, Callable[[], None]]] = [
        (change_words(one, county, words), f"what_if_{one.layer}_{one.id}", partial(_take_back, one))
        for one in each_change(changes_now())
    ]
    for number, closure in closures_now().items():
        effect = words.of("closure.effect_name", closure.effect)
        said = words("what_if.said.closed", name=closed_name(closure, number, words), effect=effect)
        rows.append((said, f"what_if_closure_{number}", partial(remove_closure, number)))
    with st.container(gap=None, key="what_if_list"):
        for said, key, act in rows[:MOST_LISTED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}_row"):
                st.markdown(plain(said))
                st.button("✕", key=key, help=words("what_if.remove"), on_click=act, type="tertiary")
    if len(rows) > MOST_LISTED:
        st.caption(words("what_if.more", number=len(rows) - MOST_LISTED))


def _streets_field(county: County, year: int, words: Words) -> None:
    """A list of the planned streets, where there are any; those chosen are open."""
    streets = planned_streets(county.network, year)
    if not streets:
        return
    state, key = st.session_state, f"what_if_streets_{words.language}"
    opened = [each for each in changes_now().streets_opened if each in streets]
    if state.get(key) != opened:
        state[key] = opened

    def label(way: str) -> str:
        name, opens, metres = streets[way]
        return words(
            "what_if.street",
            name=name or words("map.unnamed_street"),
            year=opens,
            length=words.metres(metres),
        )

    def take() -> None:
        others = tuple(each for each in changes_now().streets_opened if each not in streets)
        suppose(replace(changes_now(), streets_opened=(*others, *state[key])))

    st.multiselect(
        words("what_if.streets"), list(streets), format_func=label, key=key, on_change=take,
        help=words("what_if.streets_help"), placeholder=words("what_if.streets_none"),
    )  # fmt: skip


def what_if(county: County, scenario: Scenario, words: Words) -> None:
    """The group: folded until something is supposed. ``county`` as surveyed."""
    number = sum(1 for _ in each_change(changes_now())) + len(closures_now())
    # The number is no part of the label: with another label the group would fold up again.
    panel = st.expander(words("what_if.title"), key=GROUP, on_change="rerun")
    if panel.open:
        with panel:
            st.caption(words("what_if.how"))
            _buttons(words)
            _list(county, words)
            _streets_field(county, scenario.year, words)
            saved_panel(county, scenario, words)
    line = st.container(key="what_if_line")  # always there, so that nothing below it is ever mounted anew
    if number:
        line.caption(words("what_if.in_force", number=number))
