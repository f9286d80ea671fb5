"""The choices at the side, from widgets to one scenario; every bound is read from the target itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.rules import preset, presets
from analysis.scenario import Scenario, Targets
from analysis.water import PLANNED
from views.closures import closure_fields
from views.driving import driving_fields
from views.fields import PREFIX, choice_field, forget_choices, list_field, number_field, put_number
from views.shuttle import shuttle_fields
from views.siting_scenario import changes_asked
from views.vehicle import vehicle_fields

if TYPE_CHECKING:
    from geo.county import County
    from geo.rule_pack import Preset
    from views.wording import Words

FIRST = ("limit_s", "turnout_s", "hydrant_radius_m")
FURTHER = ("off_street_limit_m", "snap_limit_m")
STANDARD = PREFIX + "standard"


@st.cache_resource(show_spinner=False)
def _presets() -> tuple[Preset, ...]:
    return presets()


def _take_standard() -> None:
    """Put the times of the standard just chosen into their fields."""
    for name, value in preset(st.session_state[STANDARD]).items():
        if name in FIRST:
            put_number(name, value)


def _standard_field(words: Words) -> str:
    known = [each.id for each in _presets()]
    chosen: str = list_field(
        words, "standard", known, lambda code: words.of("choice.standard_name", code), _take_standard
    )
    return chosen


def _standard_line(words: Words, chosen: str, numbers: dict[str, float]) -> None:
    """What the standard chosen measures, how far it was checked, and whether its times were changed since."""
    if chosen == _presets()[0].id:
        return
    mark = next(each.mark for each in _presets() if each.id == chosen)
    said = [words.of("rule.measures", chosen), words.of("rule.mark", mark)]
    asked = preset(chosen, Targets(turnout_s=numbers["turnout_s"]))
    if any(round(asked[name]) != round(numbers[name]) for name in FIRST if name in asked):
        said.append(words("choice.standard_changed"))
    st.caption(words("value.between").join(said))


def _bands(chosen: str, turnout_s: float) -> dict[str, Any]:
    found = preset(chosen, Targets(turnout_s=turnout_s))
    return {"bands_s": found["bands_s"]} if "bands_s" in found else {}


def _unknown_states(county: County) -> int:
    layers = (county.stations, county.hydrants, county.cranes, county.water_sources)
    return sum(int((layer["status"] == "unknown").sum()) for layer in layers)


def planned_years(county: County) -> list[int]:
    """The years in which planned streets, stations, hydrants, cranes and other water open, earliest first."""
    layers = (county.stations, county.hydrants, county.cranes, county.water_sources)
    opens = [layer.loc[layer["status"].isin(PLANNED), "opens"].dropna().tolist() for layer in layers]
    if county.network is not None:
        opens.append(county.network.opens.tolist())
    return sorted({int(year) for years in opens for year in years if year > 0})


def _year_field(county: County, words: Words) -> int:
    years = planned_years(county)
    if not years:
        return 0
    chosen: int = list_field(
        words,
        "year",
        [0, *years],
        lambda year: words("choice.year_of", year=year) if year else words("choice.year_now"),
    )
    return chosen


def choose_scenario(county: County, words: Words) -> Scenario:
    """Draw the choices and return the scenario they make."""
    st.subheader(words("choice.title"))
    planned = st.toggle(
        words("choice.planned_works"), key=PREFIX + "planned_works", help=words("choice.planned_works_help")
    )
    unknown, count_unknown = _unknown_states(county), False
    if unknown:
        label = words("choice.count_unknown", number=unknown)
        count_unknown = st.toggle(
            label, key=PREFIX + "count_unknown", help=words("choice.count_unknown_help")
        )
    year = _year_field(county, words)
    standard = _standard_field(words)
    line = st.container(key="standard_line")  # always there, so that nothing below it is ever mounted anew
    profile = choice_field(words, "profile")
    numbers = {name: number_field(words, name) for name in FIRST}
    with line:
        _standard_line(words, standard, numbers)
    closures = closure_fields(county, words)
    vehicle = vehicle_fields(county, year, words)
    shuttle = shuttle_fields(words)
    with st.expander(words("choice.more")):
        numbers |= driving_fields(profile, words)
        numbers |= {name: number_field(words, name) for name in FURTHER}
    st.button(words("choice.reset"), on_click=forget_choices)
    targets = Targets(profile=profile, **(numbers | _bands(standard, numbers["turnout_s"])))
    return Scenario(
        planned_works=planned,
        count_unknown=count_unknown,
        year=year,
        closures=closures,
        targets=targets,
        shuttle=shuttle,
        changes=changes_asked(),
        **vehicle,
    )
