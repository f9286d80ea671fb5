"""Shares by weight: people of the townships and any layer of places with a number, held against the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.readings import times_at
from geo.ownership import owner_of

if TYPE_CHECKING:
    from analysis.arrival import ArrivalField
    from analysis.readings import FirstDue
    from analysis.scenario import Targets
    from geo.county import County
    from geo.network import Flags

KINDS = {"township": "population", "key_unit": "number"}
"""Kinds of places that are counted, and what each counts for: its people, or one."""


def place_shares(
    county: County,
    field: ArrivalField | None,
    due: FirstDue | None,
    connected: Flags | None,
    targets: Targets,
) -> dict[str, Any]:
    """For every kind of place in :data:`KINDS` the county has: ``total``, and how much of it is ``covered``,
    ``not_covered`` and ``not_analysed`` at the stations' nominal places, adding up to it.

    A place is a point: what it says of a township is what holds at the point given for it. Without roads, on a
    schematic network, off the streets, unconnected or without a point it is not analysed. Places without a number
    are counted in ``without_number`` and in nothing else; shares of nought are null.
    """
    answer = {}
    for kind, weight in KINDS.items():
        rows = county.places[county.places["kind"] == kind]
        if rows.empty:
            continue
        number = rows["population"].to_numpy(dtype=float) if weight == "population" else np.ones(len(rows))
        known = ~np.isnan(number)
        state = _states(county, rows, field, due, connected, targets)
        total = float(number[known].sum())
        parts = {
            name: float(number[known & (state == name)].sum())
            for name in ("covered", "not_covered", "not_analysed")
        }
        answer[kind] = {
            **parts,
            "total": total,
            "denominator": weight,
            "share": {name: value / total if total else None for name, value in parts.items()},
            "places": len(rows),
            "without_number": int((~known).sum()),
        }
    return answer


def _states(
    county: County,
    rows: Any,
    field: ArrivalField | None,
    due: FirstDue | None,
    connected: Flags | None,
    targets: Targets,
) -> np.ndarray[Any, np.dtype[np.object_]]:
    states = np.full(len(rows), "not_analysed", dtype=object)
    network = county.network
    if network is None or field is None or due is None or connected is None or "roads" in county.schematic:
        return states
    there = np.flatnonzero(rows.geometry.notna().to_numpy())
    points = np.asarray(rows.geometry.to_numpy()[there], dtype=object)
    street, chainage, distance = owner_of(network, county.barrier, points, targets.off_street_limit_m)
    near = distance <= targets.off_street_limit_m
    near[near] = connected[street[near]]
    seconds, _ = times_at(due, field.points(street[near], chainage[near]))
    states[there[near]] = np.where(seconds <= targets.limit_s, "covered", "not_covered")
    return states
