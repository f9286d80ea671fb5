"""Streets of two assessments laid over each other, piece by piece: gained, lost, still reached, still not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.readings import stretches
from geo.chainage import stretch_lines
from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.assessment import Assessment
    from geo.network import Floats, Ints, Network

GAINED, LOST, STILL, NONE, NOT_ANALYSED = "gained", "lost", "still", "none", "not_analysed"
ONLY_BEFORE, ONLY_AFTER = "only_before", "only_after"
CHANGES = (GAINED, LOST, STILL, NONE, NOT_ANALYSED, ONLY_BEFORE, ONLY_AFTER)
"""What becomes of a piece of street: in time only after, only before, in both, in neither; not analysed on either side;
a street of one side alone."""
REACHED, TOO_LATE, ABSENT = "reached", "too_late", "absent"
LEAST_M = 1e-6
"""Pieces no longer than this are none."""
COLUMNS = (
    "street_id",
    "name",
    "class",
    "from_m",
    "to_m",
    "length_m",
    "state_before",
    "state_after",
    "change",
)


@dataclass(frozen=True, eq=False)
class _Side:
    """The pieces of one side on the common axis of streets: where each starts, in order, and what is known of it."""

    start: Floats
    state: NDArray[np.object_]
    there: NDArray[np.bool_]
    """(m,) of all streets: whether this side has it."""


def street_changes(before: Assessment, after: Assessment) -> gpd.GeoDataFrame:
    """Every piece of every street of either side, on which both sides are alike throughout: :data:`COLUMNS`.

    Together the pieces are every street once. ``from_m`` and ``to_m`` along the street; ``state_before`` and
    ``state_after``: reached, too_late, not_analysed (also unconnected, and all that is not reached where a station that
    counts has no usable site or the county lists none), or absent where that side has no such street;
    ``change``: one of :data:`CHANGES`. In the county's CRS, in metres.
    """
    sides = before.county.network, after.county.network
    ids = [pd.Index([] if each is None else each.street_ids()) for each in sides]
    every = ids[0].append(ids[1][~ids[1].isin(ids[0])])
    row_in = [own.get_indexer(every) for own in ids]
    whole = np.zeros(len(every))
    for network, row in zip(sides, row_in, strict=True):
        if network is not None:
            whole[row >= 0] = network.length_m[row[row >= 0]]
    zero = np.concatenate([[0.0], np.cumsum(whole + 1.0)])[:-1]
    laid = [
        _side(each, every.get_indexer(own), zero, row >= 0)
        for each, own, row in zip((before, after), ids, row_in, strict=True)
    ]
    street, from_m, to_m = _pieces(laid, zero, whole)
    middle = zero[street] + (from_m + to_m) / 2
    one, other = (_states(side, street, middle) for side in laid)
    table = pd.DataFrame(
        {
            **_about(sides, row_in, every, street),
            "from_m": from_m,
            "to_m": to_m,
            "length_m": to_m - from_m,
            "state_before": one,
            "state_after": other,
            "change": _changes(one, other),
        },
        columns=list(COLUMNS),
    )
    lines, drawn = np.full(len(street), None, dtype=object), np.zeros(len(street), dtype=bool)
    for network, row in ((sides[1], row_in[1]), (sides[0], row_in[0])):
        open_rows = np.flatnonzero((row[street] >= 0) & ~drawn)
        drawn[open_rows] = True
        if network is not None and len(open_rows):
            lines[open_rows] = stretch_lines(
                network, row[street[open_rows]], from_m[open_rows], to_m[open_rows]
            )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(lines, crs=after.county.crs), crs=after.county.crs)


def change_lengths(table: pd.DataFrame) -> dict[str, float]:
    """Street length in metres by change, and ``whole``, their sum."""
    length, change = table["length_m"].to_numpy(dtype=float), table["change"]
    found = {f"{name}_m": float(length[(change == name).to_numpy()].sum()) for name in CHANGES}
    return found | {"whole_m": float(length.sum())}


def _side(asked: Assessment, place: Ints, zero: Floats, there: NDArray[np.bool_]) -> _Side:
    """The pieces of an assessment on the axis; ``place``: where each of its streets stands among all."""
    network, due = asked.county.network, asked.due
    if network is None:
        return _Side(np.empty(0), np.empty(0, dtype=object), there)
    nobody_knows = asked.reachable is None
    if due is None:
        street, from_m = np.arange(network.n_streets), np.zeros(network.n_streets)
        late = np.zeros(len(street), dtype=bool) if nobody_knows else np.asarray(asked.reachable, dtype=bool)
        state = np.where(late, TOO_LATE, NOT_ANALYSED).astype(object)
    else:
        cut = stretches(due, asked.scenario.targets.limit_s)
        street, from_m = cut.street, cut.from_m
        somebody = cut.station >= 0
        if asked.reachable is not None:
            somebody = somebody | asked.reachable[street]
        if asked.others_may_come:
            somebody = np.zeros(len(street), dtype=bool)
        state = np.where(cut.reached, REACHED, np.where(somebody, TOO_LATE, NOT_ANALYSED)).astype(object)
    start = zero[place[street]] + from_m
    order = np.argsort(start, kind="stable")
    return _Side(start[order], state[order], there)


def _pieces(laid: list[_Side], zero: Floats, whole: Floats) -> tuple[Ints, Floats, Floats]:
    """Streets cut wherever a piece of either side begins: street and both chainages."""
    axis = np.concatenate([zero, zero + whole, *(side.start for side in laid)])
    axis = np.unique(axis)
    street = np.searchsorted(zero, axis[:-1] + LEAST_M, side="right") - 1
    end = zero[street] + whole[street] if len(zero) else np.empty(0)
    kept = (np.diff(axis) > LEAST_M) & (axis[1:] <= end + LEAST_M)
    row = street[kept]
    from_m, to_m = axis[:-1][kept] - zero[row], axis[1:][kept] - zero[row]
    # Ends that are the street's own stay exact, so that lengths add up to the last digit.
    from_m = np.where(from_m < LEAST_M, 0.0, from_m)
    to_m = np.where(to_m > whole[row] - LEAST_M, whole[row], to_m)
    follows = np.append(False, (row[1:] == row[:-1]) & (from_m[1:] > 0))
    from_m = np.where(follows, np.append(0.0, to_m[:-1])[: len(row)], from_m)
    return row, from_m, to_m


def _states(side: _Side, street: Ints, middle: Floats) -> NDArray[np.object_]:
    states = np.full(len(street), ABSENT, dtype=object)
    there = np.flatnonzero(side.there[street])
    if len(there):
        row = np.searchsorted(side.start, middle[there], side="right") - 1
        states[there] = side.state[np.maximum(row, 0)]
    return states


def _about(
    sides: tuple[Network | None, Network | None], row_in: list[Ints], every: pd.Index[str], street: Ints
) -> dict[str, NDArray[np.object_]]:
    """Id, name and class of the streets of the pieces."""
    name, klass = (np.full(len(every), "", dtype=object) for _ in range(2))
    for network, row in zip(sides, row_in, strict=True):
        if network is None:
            continue
        there = row >= 0
        name[there] = np.array(network.street_names(row[there]), dtype=object)
        klass[there] = np.array(CLASSES, dtype=object)[network.klass[row[there]]]
    ids = every.to_numpy(dtype=object)
    return {"street_id": ids[street], "name": name[street], "class": klass[street]}


def _changes(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.select(
        [
            one == ABSENT,
            other == ABSENT,
            (one == NOT_ANALYSED) | (other == NOT_ANALYSED),
            (one == REACHED) & (other == REACHED),
            other == REACHED,
            one == REACHED,
        ],
        [ONLY_AFTER, ONLY_BEFORE, NOT_ANALYSED, STILL, GAINED, LOST],
        NONE,
    ).astype(object)
