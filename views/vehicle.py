"""The vehicle that has to get through: its size, and what becomes of streets that are too small for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.opened import county_in
from analysis.scenario import vehicle_sizes
from analysis.vehicle_limits import POLICIES, Vehicle, limit_lengths
from views.fields import PREFIX, list_field
from views.wording import missing

if TYPE_CHECKING:
    from geo.county import County
    from views.wording import Words

ASKED = PREFIX + "vehicle_asked"


def sized_vehicles(county: County) -> dict[str, Vehicle]:
    """The county's own vehicles of which width, height and weight are all stated, within bounds, by their id."""
    sizes, table = vehicle_sizes(), county.vehicles
    if table.empty or not set(sizes) <= set(table.columns):
        return {}
    numbers = table[list(sizes)].apply(pd.to_numeric, errors="coerce").astype(float)
    inside = pd.Series(True, index=table.index)
    for name, bounds in sizes.items():
        inside &= numbers[name].between(bounds["low"], bounds["high"])
    ids, rows = table.loc[inside, "vehicle_id"], numbers[inside].to_dict("records")
    return {str(vehicle_id): Vehicle(**row) for vehicle_id, row in zip(ids, rows, strict=True)}


def _own_field(county: County, words: Words) -> None:
    """A list of the county's vehicles to take the sizes from; nothing where none is stated."""
    known = sized_vehicles(county)
    if not known:
        return
    names = dict(zip(county.vehicles["vehicle_id"].astype(str), county.vehicles["name"], strict=True))

    def label(code: str) -> str:
        if not code:
            return words("vehicle.own_sizes")
        return code if missing(names[code]) else f"{code} {names[code]}"

    def take() -> None:
        chosen = known.get(st.session_state[PREFIX + "vehicle_own"])
        for name in vehicle_sizes() if chosen else ():
            st.session_state[PREFIX + name] = getattr(chosen, name)

    list_field(words, "vehicle_own", ["", *known], label, take)


def _lengths_line(county: County, vehicle: Vehicle, policy: str, words: Words) -> str:
    found = limit_lengths(county.network, vehicle, vehicle if policy == "block" else None)
    if found is None:
        return ""
    lengths = {f"{name}_km": f"{metres / 1000:.1f}" for name, metres in found["warned_m"].items()}
    return words(
        "vehicle.lengths_line",
        **lengths,
        blocked_km=f"{found['blocked_m'] / 1000:.1f}",
        unstated_km=f"{found['unstated_m']['width_m'] / 1000:.1f}",
    )


def vehicle_fields(county: County, year: int, words: Words) -> dict[str, Any]:
    """The vehicle and the policy as a scenario takes them; empty where none is asked for."""
    with st.expander(words("vehicle.title"), key="vehicle", on_change="rerun"):
        if not st.toggle(words("vehicle.ask"), key=ASKED):
            return {}
        _own_field(county, words)
        sizes = {}
        for name, bounds in vehicle_sizes().items():
            st.session_state.setdefault(PREFIX + name, float(bounds["default"]))
            sizes[name] = st.number_input(
                words(f"vehicle.{name}"),
                float(bounds["low"]),
                float(bounds["high"]),
                step=float(bounds["step"]),
                key=PREFIX + name,
            )
        st.caption(words("vehicle.sizes_note"))
        policy = list_field(
            words, "vehicle_policy", POLICIES, lambda code: words(f"vehicle.policy_name.{code}")
        )
        vehicle = Vehicle(**sizes)
        st.caption(_lengths_line(county_in(county, year), vehicle, policy, words))
    return {"vehicle": vehicle, "vehicle_policy": policy}
