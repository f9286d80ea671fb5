"""State in the address: choices and what is chosen. The map keeps its own part, view and layers, in the browser.

The address is read before the first widget and written after the last. It is taken over where it is not what this
session wrote last: a link, or the browser's back and forward. A rerun that a widget asked for may still carry the
address of the run before, so it is not taken over in a run in which a choice changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from analysis.rules import preset, presets
from analysis.scenario import Scenario, Targets, numeric_targets, vehicle_sizes
from analysis.scenario_link import scenario_from_link, scenario_to_link
from analysis.shuttle_choice import shuttle_numbers
from geo.problems import InputError, Problem
from views.closures import KEPT
from views.driving import OWN_SPEEDS
from views.fields import PREFIX, forget_choices, put_list, put_number
from views.language import PARAMETER as LANGUAGE
from views.language import language_asked
from views.selection import SHOWN, shown_table
from views.siting_scenario import WHAT_IF
from views.table_filter import filters_said, take_filters
from views.tile_map import take_tile_map, tile_map_said
from views.vehicle import ASKED
from views.wanted import want
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from views.wording import Words

SCENARIO, CHOSEN, LAYERS = "s", "at", "layers"
MOST_LAYER_LETTERS = 500
TOO_LARGE = "-"
"""Stands for a scenario that does not fit, so that nobody takes the link for the default one."""


@dataclass(frozen=True)
class Part:
    """One more thing of the page that stands in the address as ``name``; as it is at first it does not stand there.

    ``take`` puts what an address says into the session, empty where it says nothing, and is called before any widget
    is drawn; ``said`` tells what the session holds now. Neither trusts the other: an address is anybody's text.
    """

    name: str
    take: Callable[[str], None]
    said: Callable[[], str]


def _take_table(asked: str) -> None:
    st.session_state.shown_table = asked if asked in SHOWN else SHOWN[0]


def _table_said() -> str:
    return "" if shown_table() == SHOWN[0] else shown_table()


PARTS = (
    Part("table", _take_table, _table_said),
    Part("filter", take_filters, filters_said),
    Part("map", take_tile_map, tile_map_said),
)
"""Whatever else of the page is to open by a link is one more line here."""
LISTS = ("profile", "one_way", "vehicle_policy", "year", "standard")


def _choices() -> dict[str, str]:
    state = st.session_state
    return {str(key): repr(state[key]) for key in state if str(key).startswith(PREFIX) or key == WHAT_IF}


def _standard_of(targets: Targets) -> str:
    """The first standard with these bands, the first of all where there is none."""
    known = [each.id for each in presets()]
    with_bands = [
        one for one in known if preset(one, targets).get("bands_s", Targets().bands_s) == targets.bands_s
    ]
    return (with_bands or known)[0]


def _put_choices(scenario: Scenario) -> None:
    """Make every field hold what a scenario says; before any of them is drawn."""
    forget_choices()
    state, targets = st.session_state, scenario.targets
    state[PREFIX + "planned_works"], state[PREFIX + "count_unknown"] = (
        scenario.planned_works, scenario.count_unknown,
    )  # fmt: skip
    for name in numeric_targets():
        put_number(name, getattr(targets, name))
    values = (targets.profile, targets.one_way, scenario.vehicle_policy, scenario.year, _standard_of(targets))
    for name, value in zip(LISTS, values, strict=True):
        put_list(name, value)
    state[OWN_SPEEDS] = (targets.profile, targets.speeds_kph)
    first = state.get("closure_number", 0) + 1
    state[KEPT] = dict(enumerate(scenario.closures, first))
    state.closure_number = first + len(scenario.closures)
    state[WHAT_IF] = scenario.changes
    state[ASKED] = scenario.vehicle is not None
    for name in vehicle_sizes() if scenario.vehicle is not None else ():
        state[PREFIX + name] = float(getattr(scenario.vehicle, name))
    state[PREFIX + "shuttle"] = scenario.shuttle is not None
    if scenario.shuttle is not None:
        tanks = scenario.shuttle.tanks_l
        state[PREFIX + "tankers"], state[PREFIX + "tank_l"] = len(tanks), float(max(tanks))
        for name in shuttle_numbers():
            state[PREFIX + name] = float(getattr(scenario.shuttle, name))


def _take_scenario(text: str) -> None:
    state = st.session_state
    scenario, state.link_problems = Scenario(), ()
    if text == TOO_LARGE:
        state.link_problems = ("address.was_too_large",)
    else:
        try:
            scenario = scenario_from_link(text)
        except InputError as error:
            state.link_problems = error.problems
    state.link_scenario = scenario
    _put_choices(scenario)


def _want_layers() -> None:
    """Make at once the layers that a link shows and that are else made when a reader switches them on.

    The map writes and reads this part itself; it cannot ask the page for a layer before it is wholly drawn.
    """
    for key in st.query_params.get(LAYERS, "")[:MOST_LAYER_LETTERS].split(","):
        want(key)


def open_address() -> None:
    """Take over what the address asks for where it is not what this session wrote; before any widget is drawn."""
    state = st.session_state
    names = (SCENARIO, CHOSEN, LANGUAGE, *(part.name for part in PARTS))
    now = {name: st.query_params.get(name, "") for name in names}
    seen: dict[str, str] | None = state.get("address")
    before: dict[str, str] = state.get("choices_before", {})
    by_hand = any(before.get(name, value) != value for name, value in _choices().items())
    if now[SCENARIO] != (seen or {}).get(SCENARIO, "") and not by_hand:
        _take_scenario(now[SCENARIO])
    for part in PARTS:
        if now[part.name] != (seen or {}).get(part.name, "") and not by_hand:
            part.take(now[part.name])
    if now[CHOSEN] != (seen or {}).get(CHOSEN, "") and not by_hand:
        state.asked_for = now[CHOSEN]
    if seen is None:
        _want_layers()
    elif now[LANGUAGE] != seen[LANGUAGE]:
        state.language = language_asked()
    state.address = now


def _put(**texts: str) -> None:
    """Put texts into the address, empty ones out of it; all at once, so that *back* undoes them at once."""
    address: dict[str, str] = st.session_state.setdefault("address", {})
    texts = {part.name: part.said() for part in PARTS} | texts
    changed = {name: text for name, text in texts.items() if address.get(name, "") != text}
    if not changed:
        return
    address.update(changed)
    whole = st.query_params.to_dict() | changed
    st.query_params.from_dict({name: text for name, text in whole.items() if text})


def write_scenario(scenario: Scenario) -> None:
    """Put the scenario into the address where it changed; after the last choice.

    A link just taken over stays as it is; what of it the page's fields cannot hold is said.
    """
    state = st.session_state
    state.choices_before = _choices()
    text = scenario_to_link(scenario)
    asked: Scenario | None = state.pop("link_scenario", None)
    if asked is not None:
        state.linked = text
        if asked != scenario:
            state.link_problems = (*state.link_problems, "address.not_shown")
    elif text != state.get("linked", ""):
        state.linked, state.link_problems = text, ()
        _put(**{SCENARIO: TOO_LARGE if text is None else text})
        return
    _put()


def write_chosen(said: str) -> None:
    """Put what is chosen into the address."""
    _put(**{CHOSEN: said})


def address_notes(scenario: Scenario, words: Words) -> None:
    """What a link asked for and did not get, in a place of its own that is always there."""
    state = st.session_state
    said = [_said(each, words) for each in state.get("link_problems", ())]
    if scenario_to_link(scenario) is None:
        said.append(words("address.too_large"))
    with st.container(key="address"):
        if said:
            st.warning("\n\n".join(plain(line) for line in said))


def _said(problem: Problem | str, words: Words) -> str:
    if isinstance(problem, str):
        return words(problem)
    return words("address.broken", problem=problem.text(words.language))
