"""A whole scenario put into the fields of the page: from a link, a saved scenario or a file."""

from __future__ import annotations

import streamlit as st

from analysis.rules import preset, presets
from analysis.scenario import Scenario, Targets, numeric_targets, vehicle_sizes
from analysis.shuttle_choice import shuttle_numbers
from views.driving import OWN_SPEEDS
from views.fields import PREFIX, forget_choices, put_list, put_number
from views.steps import CHANGES, CLOSURES
from views.vehicle import ASKED

LISTS = ("profile", "one_way", "vehicle_policy", "year", "standard")
"""Fields that are lists, in the order in which they are filled."""


def _standard_of(targets: Targets) -> str:
    """The first standard with these bands, the first of all where there is none."""
    known = [each.id for each in presets()]
    with_bands = [
        one for one in known if preset(one, targets).get("bands_s", Targets().bands_s) == targets.bands_s
    ]
    return (with_bands or known)[0]


def put_choices(scenario: Scenario) -> None:
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
    state[CLOSURES] = dict(enumerate(scenario.closures, first))
    state.closure_number = first + len(scenario.closures)
    state[CHANGES] = scenario.changes
    state[ASKED] = scenario.vehicle is not None
    for name in vehicle_sizes() if scenario.vehicle is not None else ():
        state[PREFIX + name] = float(getattr(scenario.vehicle, name))
    state[PREFIX + "shuttle"] = scenario.shuttle is not None
    if scenario.shuttle is not None:
        tanks = scenario.shuttle.tanks_l
        state[PREFIX + "tankers"], state[PREFIX + "tank_l"] = len(tanks), float(max(tanks))
        for name in shuttle_numbers():
            state[PREFIX + name] = float(getattr(scenario.shuttle, name))
