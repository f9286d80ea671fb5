"""Engine and water together: every stretch of street and every parcel in one of four states, or not analysed.

A state is said only where both halves are decided. Where one is not, what is known of the other half stays in its
own column, and what the drawing or the example would make of it stands apart, to be shown as such only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.county_changes import lists_stations
from analysis.readings import Stretches, first_due, stretches
from analysis.shares import EDGE_M
from analysis.sites import stations_missing, stations_unknown
from analysis.verdicts import COVERED, DEPENDS, NOT_ANALYSED, NOT_COVERED
from geo.areas import length_inside_m
from geo.chainage import stretch_lines
from geo.intervals import Intervals, cut_at, inside, shared
from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.readings import FirstDue
    from analysis.sites import StationSites
    from analysis.water import WaterKnowledge
    from geo.county import County
    from geo.network import Flags, Floats, Network

    Codes = NDArray[np.object_]

BOTH, ENGINE_ONLY, WATER_ONLY, NEITHER = "engine_and_water", "engine_only", "water_only", "neither"
JOINT_STATES = (BOTH, ENGINE_ONLY, WATER_ONLY, NEITHER, NOT_ANALYSED)

STREET_COLUMNS = (
    "street_id", "name", "class", "from_m", "to_m", "length_m", "arrival_s_start", "arrival_s_end", "station_id",
    "engine", "water", "joint_state", "joint_reason", "joint_drawn",
)  # fmt: skip
PARCEL_COLUMNS = ("engine", "water", "joint_state", "joint_reason", "joint_drawn")


@dataclass(frozen=True, eq=False)
class _Half:
    """One of the halves at every piece: its state, why it is not decided (else null), and what is drawn (COVERED,
    NOT_COVERED, null)."""

    state: Codes
    reason: Codes
    drawn: Codes


@dataclass(frozen=True, eq=False)
class _Reach:
    """Where engines are in time: surely, wherever the stations stand, and possibly, were they to stand there."""

    sure: Intervals
    possible: Intervals


def joint_streets(
    county: County,
    sites: StationSites,
    due: FirstDue | None,
    limit_s: float,
    known: WaterKnowledge,
    drawn: BaseGeometry,
    reachable: Flags | None = None,
) -> gpd.GeoDataFrame:
    """All streets cut where engine or water changes; time is linear on every stretch, together they are every street
    once. Columns :data:`STREET_COLUMNS` and the lines.

    ``engine``, ``water``: covered, not_covered, depends or not_analysed. Engine by the arrival time at the limit, over
    all places where the stations may stand; water by the protection radius: ``covered`` within the discs of surveyed
    hydrants, ``not_covered`` where no counted one can protect. ``joint_state``: one of :data:`JOINT_STATES`, decided
    only where both are covered or not covered; else ``joint_reason`` says why (codes, commas between), and
    ``joint_drawn`` what it would be were stations and hydrants where they are drawn (null where that is not known
    either). ``drawn``: ground protected in the layout that is drawn. ``reachable`` (m,): streets that somebody would
    reach, were none closed. Without a network the table is empty.
    """
    network = county.network
    if network is None:
        none = {name: pd.Series(dtype=object) for name in STREET_COLUMNS}
        return gpd.GeoDataFrame(none, geometry=gpd.GeoSeries([], crs=county.crs), crs=county.crs)
    base = _whole(network) if due is None else stretches(due, limit_s)
    reach = _reach(network, base, sites, due, limit_s, drawn_only=bool(_drawn_stations(county)))
    areas = [inside(network, area) for area in (known.surveyed, known.possible, drawn)]
    row, from_m, to_m = cut_at(
        network, base.street, base.from_m, base.to_m, (reach.sure, reach.possible, *areas)
    )
    street, middle = base.street[row], (from_m + to_m) / 2
    joined = base.station[row] >= 0
    if reachable is not None:
        joined |= reachable[street]
    engine = _engine_half(
        county, sites, joined, base.reached[row], reach.sure.hold(street, middle),
        reach.possible.hold(street, middle),
    )  # fmt: skip
    water = _water_half(county, known, *(each.hold(street, middle) for each in areas))
    ids = np.array([*(() if due is None else due.field.sites.station_ids), None], dtype=object)
    columns: dict[str, Any] = {
        "street_id": network.street_ids(street),
        "name": network.street_names(street),
        "class": [CLASSES[i] for i in network.klass[street].tolist()],
        "from_m": from_m,
        "to_m": to_m,
        "length_m": to_m - from_m,
        "arrival_s_start": _second_at(base, row, from_m),
        "arrival_s_end": _second_at(base, row, to_m),
        "station_id": ids[base.station[row]],
        **_joined(engine, water),
    }
    lines = stretch_lines(network, street, from_m, to_m)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(lines, crs=county.crs), crs=county.crs)


def _whole(network: Network) -> Stretches:
    """Every street as one stretch to which nobody comes."""
    count = network.n_streets
    never = np.full(count, np.nan)
    return Stretches(
        np.arange(count), np.zeros(count), network.length_m, never, never, np.full(count, -1),
        np.zeros(count, dtype=bool),
    )  # fmt: skip


def _second_at(base: Stretches, row: NDArray[np.int64], at_m: Floats) -> Floats:
    share = (at_m - base.from_m[row]) / (base.to_m[row] - base.from_m[row])
    return np.asarray(np.round(base.from_s[row] + share * (base.to_s[row] - base.from_s[row]), 6))


def _in_time(network: Network, cut: Stretches) -> Intervals:
    return shared(network, cut.street[cut.reached], cut.from_m[cut.reached], cut.to_m[cut.reached])


def _reach(
    network: Network,
    base: Stretches,
    sites: StationSites,
    due: FirstDue | None,
    limit_s: float,
    *,
    drawn_only: bool,
) -> _Reach:
    """A station known by a shape surely reaches what it reaches from each of its places; one that may also stand where
    no street is near surely reaches nothing."""
    nominal = _in_time(network, base)
    if due is None or drawn_only:
        return _Reach(nominal, nominal)
    field = due.field
    station, ids = field.sites.station, field.sites.station_ids
    if len(station) == len(ids) and not sites.partly_placed:
        return _Reach(nominal, nominal)
    sure, possible = [], []
    for number in range(len(ids)):
        places = np.flatnonzero(station == number)
        each = [
            _in_time(network, stretches(one, limit_s, one.parts))
            for one in (first_due(field, place, limit_s=limit_s) for place in places.reshape(-1, 1))
        ]
        possible += each
        if ids[number] not in sites.partly_placed:
            sure.append(_shared(network, each, len(each)))
    return _Reach(_shared(network, sure, 1), _shared(network, possible, 1))


def _shared(network: Network, each: list[Intervals], sets: int) -> Intervals:
    """What at least so many of several sets of intervals hold."""
    street, from_m, to_m = (
        np.concatenate([np.empty(0, dtype), *(getattr(one, name) for one in each)])
        for name, dtype in (("street", np.int64), ("from_m", float), ("to_m", float))
    )
    return shared(network, street, from_m, to_m, sets)


def _drawn_stations(county: County) -> str:
    """The code of what is only drawn where engines are concerned, or nothing."""
    if "roads" in county.schematic:
        return "schematic_network"
    return "schematic_places" if "stations" in county.schematic else ""


def _doubt(county: County, sites: StationSites) -> str:
    """Why an engine may come from somewhere the field does not know, or nothing."""
    if not lists_stations(county):
        return "no_station_listed"
    if stations_unknown(sites.table):
        return "station_status_unknown"
    return "station_not_analysed" if sites.partly_placed or stations_missing(sites.table) else ""


def _engine_half(
    county: County, sites: StationSites, joined: Flags, reached: Flags, sure: Flags, possible: Flags
) -> _Half:
    schematic, doubt = _drawn_stations(county), _doubt(county, sites)
    nobody = ~possible & ~reached
    chosen = [
        (~joined & ~possible, NOT_ANALYSED, doubt or "unconnected"),
        (np.full(len(joined), bool(schematic)), DEPENDS, schematic),
        (sure, COVERED, None),
        (nobody & bool(doubt), NOT_ANALYSED, doubt),
        (nobody, NOT_COVERED, None),
        (np.ones(len(joined), dtype=bool), DEPENDS, "station_position"),
    ]
    return _half(chosen, _where(joined & (reached | (not doubt)), np.where(reached, COVERED, NOT_COVERED)))


def _water_half(
    county: County, known: WaterKnowledge, surveyed: Flags, possible: Flags, drawn: Flags
) -> _Half:
    every = np.ones(len(surveyed), dtype=bool)
    chosen = [
        (every & (not known.listed), NOT_ANALYSED, "hydrants_not_listed"),
        (every & ("roads" in county.schematic), DEPENDS, "schematic_network"),
        (surveyed, COVERED, None),
        (possible, DEPENDS, "hydrant_position"),
        (every & known.unplaced, DEPENDS, "hydrant_without_place"),
        (every, NOT_COVERED, None),
    ]
    return _half(chosen, _where(every & known.listed, np.where(drawn, COVERED, NOT_COVERED)))


def _half(chosen: list[tuple[Flags, str, str | None]], drawn: Codes) -> _Half:
    """The first case that holds gives state and reason."""
    first = np.argmax(np.stack([flags for flags, _, _ in chosen]), axis=0)
    states = np.array([state for _, state, _ in chosen], dtype=object)
    reasons = np.array([reason for _, _, reason in chosen], dtype=object)
    return _Half(states[first], reasons[first], drawn)


def _where(known: Flags, values: NDArray[Any]) -> Codes:
    """The values where they are known, null elsewhere."""
    found = np.full(len(known), None, dtype=object)
    found[known] = values[known]
    return found


def _four(engine: Codes, water: Codes, otherwise: str | None) -> Codes:
    """The four states where both halves are covered or not covered."""
    cases = [
        (engine == ours) & (water == theirs)
        for ours in (COVERED, NOT_COVERED)
        for theirs in (COVERED, NOT_COVERED)
    ]
    words = np.array([BOTH, ENGINE_ONLY, WATER_ONLY, NEITHER, otherwise], dtype=object)
    return np.asarray(words[np.argmax(np.stack([*cases, np.ones(len(engine), dtype=bool)]), axis=0)])


def _joined(engine: _Half, water: _Half) -> dict[str, Codes]:
    state = _four(engine.state, water.state, NOT_ANALYSED)
    pairs = list(zip(engine.reason.tolist(), water.reason.tolist(), strict=True))
    words = {pair: ",".join(dict.fromkeys(code for code in pair if code)) or None for pair in set(pairs)}
    reason = np.array([*(words[pair] for pair in pairs), None], dtype=object)[:-1]
    return {
        "engine": engine.state,
        "water": water.state,
        "joint_state": state,
        "joint_reason": reason,
        "joint_drawn": _four(engine.drawn, water.drawn, None),
    }


def joint_parcels(parcels: pd.DataFrame, limit_s: float, drawn: BaseGeometry | None = None) -> pd.DataFrame:
    """Engine and water of the judged parcels (``verdict``, ``reason``, ``depends_on``, ``arrival_s``,
    ``covered_share``, ``water_state``, ``shape``), on their index: :data:`PARCEL_COLUMNS` as for streets.

    ``engine`` is the verdict, ``water`` the water state. ``joint_reason``: what the verdict depends on or why it is
    not analysed, then ``water_depends`` or ``water_not_analysed``. ``joint_drawn`` needs a parcel that lies wholly on
    one side: all of it or nothing in time at the stations' nominal places, and inside or outside ``drawn``.
    """
    engine, water = (parcels[name].to_numpy(dtype=object) for name in ("verdict", "water_state"))
    unsure, unknown = engine == DEPENDS, engine == NOT_ANALYSED
    why = np.where(
        unsure, parcels["depends_on"].to_numpy(dtype=object), parcels["reason"].to_numpy(dtype=object)
    )
    open_water = _where(water == DEPENDS, np.full(len(parcels), "water_depends"))
    open_water[water == NOT_ANALYSED] = "water_not_analysed"
    in_time = parcels["arrival_s"].to_numpy(dtype=float) <= limit_s
    never = parcels["covered_share"].to_numpy(dtype=float) == 0
    drawn_engine = _where(unsure & (in_time | never), np.where(in_time, COVERED, NOT_COVERED))
    decided = ~unsure & ~unknown
    drawn_engine[decided] = engine[decided]
    halves = (
        _Half(engine, _where(unsure | unknown, why), drawn_engine),
        _Half(water, open_water, _drawn_water(parcels, water, drawn)),
    )
    columns = _joined(*halves)
    return pd.DataFrame({name: columns[name] for name in PARCEL_COLUMNS}, index=parcels.index)


def _drawn_water(parcels: pd.DataFrame, water: Codes, drawn: BaseGeometry | None) -> Codes:
    found = _where(np.isin(water, [COVERED, NOT_COVERED]), water)
    shapes = parcels["shape"].to_numpy(dtype=object)
    open_ones = np.flatnonzero((water == DEPENDS) & ~shapely.is_missing(shapes))
    if drawn is not None and len(open_ones):
        shapely.prepare(drawn)
        within = shapely.covers(drawn, shapes[open_ones])
        one_side = within | ~shapely.intersects(drawn, shapes[open_ones])
        found[open_ones] = _where(one_side, np.where(within, COVERED, NOT_COVERED))
    return found


def joint_figures(
    streets: gpd.GeoDataFrame, parcels: pd.DataFrame, study_area: BaseGeometry | None
) -> dict[str, Any]:
    """Street length by state, whole and inside the study area, and parcels by state in number and 亩; each adds up to
    the ``total`` beside it, which is the denominator of ``share``.

    ``streets`` of :func:`joint_streets`; ``parcels`` with ``area_mu`` and the columns of :func:`joint_parcels`.
    ``drawn``: the same by ``joint_drawn``, which is an example only. A parcel without an area counts in ``number``.
    """
    figures = {"street": street_lengths(streets)}
    if study_area is not None:
        lines = np.asarray(streets.geometry.to_numpy(), dtype=object)
        within = length_inside_m(lines, study_area.buffer(EDGE_M))
        figures["street_study"] = _by_state(streets, within, "street_length_study_m")
    figures["parcel"] = _by_state(
        parcels, parcels["area_mu"].fillna(0.0).to_numpy(dtype=float), "area_mu"
    ) | {"number": {name: int((parcels["joint_state"] == name).sum()) for name in JOINT_STATES}}
    return figures


def street_lengths(streets: pd.DataFrame) -> dict[str, Any]:
    """The part ``street`` of :func:`joint_figures`: street length by state, whole."""
    return _by_state(streets, streets["length_m"].to_numpy(dtype=float), "street_length_m")


def _by_state(table: pd.DataFrame, weight: Floats, denominator: str) -> dict[str, Any]:
    whole = float(weight.sum())

    def sums(column: str, names: tuple[str, ...]) -> dict[str, float]:
        return {name: float(weight[(table[column] == name).to_numpy()].sum()) for name in names}

    state = sums("joint_state", JOINT_STATES)
    return {
        "total": whole,
        "state": state,
        "share": {name: value / whole if whole else 0.0 for name, value in state.items()},
        "drawn": sums("joint_drawn", JOINT_STATES[:4]),
        "denominator": denominator,
    }
