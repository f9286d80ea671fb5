"""Sustained flow of a tanker shuttle between a water crane and a place without hydrants, in litres per second.

Every tanker goes round: it fills, drives out, gives its water off and drives back; in the long run it delivers its
water once per round. With a tank V, the crane's flow q, handling h there, drive t out and back, giving off at u and
handling h' at the fire, a round takes V/q + h + t + V/u + h', of which the crane is held V/q + h. The crane fills one
tanker at a time, the largest first where it cannot serve them all. For n equal tankers the flow is so
(1 - lost) V min(n / round, 1 / (V/q + h)).

A tank less a tenth over the time to fill, to unload and to drive is the rating formula of ISO [V2]; that only one
tanker fills at a time and that nobody waits but at the crane are this project's assumptions.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis import standards
from analysis.crane_table import DESIGN_VALUE, flow_sources
from analysis.crane_trips import REACHABLE, named, stretch_table, trip_columns
from analysis.round_trips import best_trips, sample_round_trips, street_round_trips, whole_stretches
from analysis.shuttle_choice import ShuttleChoice
from analysis.water import counted
from analysis.water_cover import LOCATED, SURVEYED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.crane_trips import CraneTrips
    from analysis.readings import Stretches
    from analysis.round_trips import BestTrips, RoundTrips
    from analysis.sampling import Samples
    from analysis.scenario import Scenario
    from geo.county import County
    from geo.network import Flags, Floats

DRIVE, FILL = "drive", "fill"
"""What a flow is limited by: the rounds that the tankers can make, or the crane, which is filling all the time."""

FLOW_NOT_STATED, DESIGN_FLOW, ASSUMED_TANKERS = "flow_not_stated", "design_flow", "assumed_tankers"
"""State of a place whose cranes state no flow; what a flow rests on besides places: a crane's flow that is a design
value, tankers nobody listed."""

SHUTTLE_COLUMNS = (
    "street_id", "name", "class", "length_m", "crane_id", "from_crane_s", "to_crane_s", "round_trip_s",
    "round_trip_s_best", "state", "depends_on", "flow_lps", "flow_lps_best", "limited_by", "certainty",
)  # fmt: skip

PARCEL_COLUMNS = (
    "shuttle_crane_id", "shuttle_round_trip_s", "shuttle_flow_lps", "shuttle_flow_lps_best", "shuttle_limited_by",
    "shuttle_state", "shuttle_depends_on", "shuttle_certainty",
)  # fmt: skip


def own_tankers(county: County, scenario: Scenario) -> ShuttleChoice:
    """The county's own tankers that count and state their tank, largest first; without any, the assumed ones.

    Only vehicles of ``standards.TANKER_KINDS``: foam engines stay at the fire.
    """
    vehicles = county.vehicles
    there = counted(vehicles["status"], scenario) & vehicles["kind"].isin(standards.TANKER_KINDS)
    tanks = vehicles.loc[there & (vehicles["tank_l"] > 0), "tank_l"].to_list()
    return ShuttleChoice(tuple(sorted(tanks, reverse=True)), tanks_stated=True) if tanks else ShuttleChoice()


def shuttle_flow(choice: ShuttleChoice, round_trip_s: Floats, fill_lps: Floats) -> tuple[Floats, Flags]:
    """Litres per second by round trips (n,) and flows of cranes (n,), and whether the crane limits it.

    Nought where the round trip is infinite. Never more for a longer way, never less for one more tanker: of the
    rounds that the limits allow, the tankers take those that deliver most, which are the largest tanks' first.
    """
    flow, held = np.zeros(len(round_trip_s)), np.zeros(len(round_trip_s))
    for tank_l in sorted(choice.tanks_l, reverse=True):
        at_crane_s = tank_l / fill_lps + choice.fill_handling_s
        at_fire_s = tank_l / choice.unload_lps + choice.unload_handling_s
        rounds = np.minimum(1.0 / (at_crane_s + round_trip_s + at_fire_s), (1.0 - held) / at_crane_s)
        flow = flow + (1.0 - choice.lost_share) * tank_l * rounds
        held = np.minimum(held + rounds * at_crane_s, 1.0)
    # Rounds of several tankers add up with errors in the last digit: no sum may pass what the crane gives.
    return np.minimum(flow, (1.0 - choice.lost_share) * fill_lps), held >= 1.0 - 1e-9


@dataclass(frozen=True, eq=False)
class _Flows:
    """For n places the crane of the largest flow, and the flow: at its worst point, and of any crane at its best."""

    best: BestTrips
    flow_lps: Floats
    flow_lps_best: Floats
    by_fill: Flags
    stated: Flags
    doubts: list[list[str]]
    """Per crane what a flow from it rests on."""


def _flows(trips: CraneTrips, choice: ShuttleChoice, each: Iterator[RoundTrips], count: int) -> _Flows:
    table = trips.table.assign(flow_source=flow_sources(trips.table))
    table = table.set_index(table["crane_id"].astype(str)).loc[list(trips.crane_ids)]
    own = table["flow_lps"].to_numpy(dtype=float)
    fill = np.where(own > 0, own, np.nan) if choice.fill_lps is None else np.full(len(own), choice.fill_lps)
    design = (table["flow_source"] == DESIGN_VALUE).to_numpy() & (choice.fill_lps is None)
    most = np.full(count, np.nan)

    def score(crane: int, found: RoundTrips) -> Floats:
        if np.isnan(fill[crane]):
            return np.full(count, -1.0)  # chosen only where no other crane is in reach
        here = np.full(count, fill[crane])
        np.fmax(
            most,
            np.where(np.isfinite(found.best_s), shuttle_flow(choice, found.best_s, here)[0], np.nan),
            out=most,
        )
        return shuttle_flow(choice, found.worst_s, here)[0]

    best = best_trips(each, score, count)
    stated = best.score >= 0
    here = np.where(stated, np.append(fill, np.nan)[best.crane], 1.0)
    flow, by_fill = shuttle_flow(choice, best.trip.worst_s, here)
    doubts = [
        [
            *trips.doubts(crane_id),
            *[DESIGN_FLOW] * bool(drawn),
            *[ASSUMED_TANKERS] * (not choice.tanks_stated),
        ]
        for crane_id, drawn in zip(trips.crane_ids, design.tolist(), strict=True)
    ]
    return _Flows(
        best, np.where(stated, flow, np.nan), np.where(stated, most, np.nan), by_fill, stated, doubts
    )


def _flow_columns(trips: CraneTrips, flows: _Flows) -> dict[str, Any]:
    """The columns of trips, and ``flow_lps``, ``flow_lps_best``, ``limited_by``, ``certainty`` behind them."""
    columns, crane = trip_columns(trips, flows.best), flows.best.crane
    sure = [LOCATED if trips.doubts(crane_id) else SURVEYED for crane_id in trips.crane_ids]
    return columns | {
        "state": np.where((crane >= 0) & ~flows.stated, FLOW_NOT_STATED, columns["state"]),
        "depends_on": named([",".join(each) for each in flows.doubts], crane),
        "flow_lps": flows.flow_lps,
        "flow_lps_best": flows.flow_lps_best,
        "limited_by": named([DRIVE, FILL], np.where(flows.stated, flows.by_fill.astype(np.int64), -1)),
        "certainty": named(sure, crane),
    }


def shuttle_streets(
    county: County, trips: CraneTrips, choice: ShuttleChoice, cuts: Stretches | None = None
) -> gpd.GeoDataFrame:
    """Every stretch with the flow a shuttle sustains there: :data:`SHUTTLE_COLUMNS` and its line.

    As :func:`analysis.crane_trips.crane_streets`, but with the crane that gives most at the farthest point of the
    stretch. ``flow_lps`` is the flow there, ``flow_lps_best`` the most at any of its points from any crane; null
    where no crane that states a flow can be driven to and back (``state`` says why).
    """
    network = county.network
    if network is None:
        return gpd.GeoDataFrame({name: [] for name in SHUTTLE_COLUMNS}, geometry=[], crs=county.crs)
    cuts = whole_stretches(network) if cuts is None else cuts
    flows = _flows(trips, choice, street_round_trips(trips, cuts), len(cuts.street))
    return stretch_table(county, network, cuts, _flow_columns(trips, flows))


def shuttle_parcels(
    county: County,
    trips: CraneTrips,
    choice: ShuttleChoice,
    samples: Samples | None,
    off_street_limit_m: float,
) -> pd.DataFrame:
    """The flow at the worst point of every parcel, wherever it may lie: :data:`PARCEL_COLUMNS` on its index.

    ``samples``: those of the parcels' shapes; None without a network. ``shuttle_state``: as of stretches, or
    ``no_network``, ``off_street`` (a point too far from every street), or why the parcel has no place.
    ``shuttle_depends_on`` names ``position`` too where the parcel is not surveyed.
    """
    parcels = county.parcels
    count = len(parcels)
    if samples is None:
        blank = pd.DataFrame(index=parcels.index, columns=list(PARCEL_COLUMNS))
        return blank.assign(shuttle_state="no_network")
    flows = _flows(trips, choice, sample_round_trips(trips, samples, count), count)
    columns = _flow_columns(trips, flows)
    off = np.zeros(count, dtype=bool)
    off[samples.row[~(samples.distance_m <= off_street_limit_m)]] = True
    nowhere = parcels["shape"].isna().to_numpy()
    reason = parcels["unresolved_reason"].fillna("no_place").to_numpy(dtype=object)
    state = np.select([nowhere, off], [reason, np.full(count, "off_street", dtype=object)], columns["state"])
    surveyed = (parcels["position_class"] == "P0") & (parcels["drawn"] == "boundary")
    table = pd.DataFrame({name: columns[name] for name in _OF_PARCELS}, index=parcels.index)
    table["depends_on"] = [
        ",".join([each, *["position"] * (not known)]).strip(",") if isinstance(each, str) else None
        for each, known in zip(columns["depends_on"].tolist(), surveyed.tolist(), strict=True)
    ]
    known = np.isin(state, [REACHABLE, FLOW_NOT_STATED])
    table = table.where(pd.Series(known, index=parcels.index), None).assign(state=state)
    return table.rename(columns=dict(zip(_OF_PARCELS, PARCEL_COLUMNS, strict=True)))


_OF_PARCELS = (
    "crane_id", "round_trip_s", "flow_lps", "flow_lps_best", "limited_by", "state", "depends_on", "certainty",
)  # fmt: skip


def shuttle_figures(streets: gpd.GeoDataFrame, choice: ShuttleChoice) -> dict[str, Any]:
    """What goes into a summary: the choice, and street length in metres by the flow at its worst point.

    ``enough`` at least the flow of one hydrant (``standards.HYDRANT_FLOW_LPS``), ``less``, ``none`` (not known or no
    crane in reach); together ``length_m``.
    """
    length, flow = streets["length_m"].to_numpy(dtype=float), streets["flow_lps"].to_numpy(dtype=float)
    enough, known = flow >= standards.HYDRANT_FLOW_LPS, ~np.isnan(flow)
    return {
        **dataclasses.asdict(choice),
        "hydrant_flow_lps": standards.HYDRANT_FLOW_LPS,
        "length_m": float(length.sum()),
        "enough_m": float(length[enough].sum()),
        "less_m": float(length[known & ~enough].sum()),
        "none_m": float(length[~known].sum()),
    }
