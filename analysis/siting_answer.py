"""A siting question from end to end: candidates, times, the exact answer, its proof, and what it does for the county.

Times count from the scenario's dispatch order and come from the one arrival-time field. What a plan covers is read anew
from the field of the stations it has, on the streets and the ground themselves: the solver sees samples of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.coverage import reached_ground
from analysis.readings import first_due, reached_length_m
from analysis.sites import UNUSABLE
from analysis.siting import (
    SitePlan,
    cover_sets,
    fewest_sites,
    least_mean_time,
    least_worst_time,
    most_asked,
    most_covered,
    most_covered_twice,
)
from analysis.siting_candidates import TRIED, Land, candidates_of
from analysis.siting_choice import BACKUP, FEWEST, FREE, MEAN, MOST, ON_PARCELS, WORST, check_siting
from analysis.siting_demand import demand_of
from analysis.siting_solver import INFEASIBLE, OPTIMAL, STOPPED, Watch
from analysis.siting_times import (
    Look,
    Stopped,
    cover_matrix,
    seconds_matrix,
    site_times,
    soonest_of_all,
    without_closures,
)
from geo.ground import ground_of
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from analysis.assessment import Assessment
    from analysis.siting_choice import SitingChoice
    from analysis.siting_demand import Demand
    from analysis.siting_times import SiteTimes
    from geo.network import Flags, Floats, Ints

TOO_LATE, UNCONNECTED = "too_late", "unconnected"
"""Why no site covers a place: the nearest one comes too late, or it never does for what the scenario shuts; or none
ever comes, whatever is open."""


@dataclass(frozen=True, eq=False)
class SitingAnswer:
    """What the solver found. Tables are in the county's CRS; shares are of all demand, what is left out included.

    ``plan``: the solver's own answer over the sites of ``times``; where some places cannot be covered and all were to
    be, its state is infeasible and its sites are the fewest for the rest. ``candidates``: every candidate with
    ``chosen`` and ``order``, in which to build it. ``demand_before`` and ``demand_after``: weight covered of what was
    asked; ``covered``: what holds on streets and ground themselves, before and after. ``curve``: further stations and
    the share they can cover; ``stages``: one row for each station to build. ``unreachable``: places that no site covers
    in time, with the reason and the soonest arrival. ``only_parcels``: what only one parcel could cover.
    """

    choice: SitingChoice
    demand: Demand
    times: SiteTimes
    plan: SitePlan
    candidates: gpd.GeoDataFrame
    demand_before: float
    demand_after: float
    covered: dict[str, Any]
    curve: pd.DataFrame
    stages: pd.DataFrame
    unreachable: gpd.GeoDataFrame
    only_parcels: pd.DataFrame
    places_uncertain: bool
    """Whether a station that stands may stand elsewhere too: its times are those from its nominal place."""
    stations_left_out: int
    """Stations that may stand and of which nobody knows what they cover: without a usable site, or of unknown state."""

    @property
    def gap(self) -> float:
        """How far the plan may be from the best, as a share of its value; nought where it is proved to be the best."""
        plan = self.plan
        if plan.state in (OPTIMAL, INFEASIBLE) or np.isnan(plan.value) or np.isnan(plan.bound):
            return 0.0 if plan.state == OPTIMAL else np.nan
        return abs(plan.value - plan.bound) / max(abs(plan.value), 1e-12)


def siting(
    assessment: Assessment, choice: SitingChoice, land: Land | None = None, look: Look | None = None
) -> SitingAnswer:
    """Answer a siting question for an assessed county.

    Raises :class:`InputError` where it cannot be asked: no streets, streets that are only drawn (no time on them
    decides anything), nothing to cover, no candidate left. Raises :class:`Stopped` where it is stopped before there is
    an answer.
    """
    land, look = land or Land(), look or Look()
    _check(assessment, choice, land)
    demand = demand_of(assessment, choice)
    if len(demand.ids) == 0:
        raise InputError([problem("siting_no_demand", what=choice.demand)])
    candidates = candidates_of(assessment, choice, land)
    if not (candidates["state"] == TRIED).any():
        raise InputError([problem("siting_no_candidate", number=len(candidates))])
    times = site_times(assessment, candidates)
    limit_s = assessment.scenario.targets.limit_s
    if choice.question in (FEWEST, MOST, BACKUP):
        cover = cover_matrix(times, demand, limit_s, look)
        plan = _cover_plan(choice, times, demand, cover, look)
    else:
        seconds = seconds_matrix(times, demand, look)
        cover = cover_sets(seconds, limit_s)
        plan = _time_plan(choice, times, demand, seconds, look)
    if plan.state == STOPPED and len(plan.sites) == 0:
        raise Stopped
    standing = np.flatnonzero(times.standing)
    order = _order(plan.sites, times, demand, cover)
    return SitingAnswer(
        choice, demand, times, plan, _marked(candidates, times, order),
        _weight(cover, demand, standing), _weight(cover, demand, plan.sites),
        {"before": _covered(assessment, times, standing), "after": _covered(assessment, times, plan.sites)},
        _curve(choice, times, demand, cover, look),
        _stages(assessment, candidates, times, demand, cover, plan.sites, order),
        _unreachable(assessment, times, demand, cover), _only_parcels(choice, candidates, times, demand, cover),
        _places_uncertain(assessment), _left_out(assessment),
    )  # fmt: skip


def _places_uncertain(assessment: Assessment) -> bool:
    """Whether a station that stands may stand elsewhere too, on a street or where there is none."""
    sites = assessment.sites
    return bool(sites.partly_placed) or (sites.sites is not None and not bool(sites.sites.nominal.all()))


def _left_out(assessment: Assessment) -> int:
    table = assessment.sites.table
    return int(
        (table["site_state"].isin(UNUSABLE) | (~table["counted"] & (table["status"] == "unknown"))).sum()
    )


def _check(assessment: Assessment, choice: SitingChoice, land: Land) -> None:
    county, found = assessment.county, check_siting(choice)
    if county.network is None or county.network.n_streets == 0:
        found.append(problem("network_needed", file=f"{county.folder}/roads"))
    elif "roads" in county.schematic:
        found.append(problem("siting_schematic", file=f"{county.folder}/roads"))
    if choice.candidates == "file" and land.points is None:
        found.append(problem("siting_no_file"))
    if choice.question in (MEAN, WORST) and choice.further == 0 and assessment.sites.sites is None:
        found.append(problem("target_range", field="further", value=0, low=1, high=50))  # of no station
    if found:
        raise InputError(found)


def _kept(choice: SitingChoice, times: SiteTimes) -> Flags:
    """Sites that stand whatever the plan."""
    return times.standing & (choice.standing != FREE)


def _watch(look: Look) -> Watch:
    return Watch(
        told=lambda gap: look.tell("solve", float(np.clip(1.0 - gap, 0.0, 1.0))), stop=lambda: look.stopped
    )


def _cover_plan(
    choice: SitingChoice, times: SiteTimes, demand: Demand, cover: csr_matrix, look: Look
) -> SitePlan:
    kept = _kept(choice, times)
    if choice.question == MOST:
        count = int(times.standing.sum()) + choice.further
        return most_covered(cover, demand.weight, count, kept, _watch(look))
    return _for_the_rest(choice, cover, demand, kept, _watch(look))


def _time_plan(
    choice: SitingChoice, times: SiteTimes, demand: Demand, seconds: Floats, look: Look
) -> SitePlan:
    """Places that nobody ever reaches have no mean and no worst time: the plan is for the others, and names them."""
    ever, count = np.isfinite(seconds).any(axis=0), int(times.standing.sum()) + choice.further
    there, kept = seconds[:, ever], _kept(choice, times)
    if not ever.any():
        return SitePlan(INFEASIBLE, unreachable=np.flatnonzero(~ever))
    if choice.question == MEAN:
        plan = least_mean_time(there, demand.weight[ever], count, kept, _watch(look))
    else:
        plan = least_worst_time(there, count, kept, _watch(look))
    return SitePlan(plan.state, plan.sites, plan.value, plan.bound, np.flatnonzero(~ever))


def _for_the_rest(
    choice: SitingChoice, cover: csr_matrix, demand: Demand, kept: Flags, watch: Watch
) -> SitePlan:
    """The fewest sites for every place that any site covers; infeasible where there are others."""
    can = np.diff(cover.tocsr().indptr) > 0
    rest = cover.tocsr()[can]
    plan = (
        fewest_sites(rest, kept, watch)
        if choice.question == FEWEST
        else most_covered_twice(rest, demand.weight[can], kept, watch)
    )
    nobody = np.flatnonzero(~can)
    state = INFEASIBLE if len(nobody) and plan.state == OPTIMAL else plan.state
    return SitePlan(state, plan.sites, plan.value, plan.bound, nobody)


def _weight(cover: csr_matrix, demand: Demand, sites: Ints) -> float:
    return float(demand.weight[np.asarray(cover[:, sites].sum(axis=1)).reshape(-1) > 0].sum())


def _covered(assessment: Assessment, times: SiteTimes, sites: Ints) -> dict[str, Any]:
    """Streets and ground reached in time by some sites, with the whole of each."""
    county, targets, field = assessment.county, assessment.scenario.targets, times.field
    whole_m = float(field.network.length_m.sum())
    area = assessment.study_area
    found: dict[str, Any] = {
        "stations": len(sites),
        "street_m": 0.0,
        "street_whole_m": whole_m,
        "area_m2": 0.0,
        "area_whole_m2": 0.0 if area is None else float(area.area),
    }
    if len(sites) == 0:
        return found
    due = first_due(field, sites, limit_s=targets.limit_s)
    found["street_m"] = float(reached_length_m(due, field.parts(), targets.limit_s).sum())
    if area is not None:
        ground = ground_of(field.network, targets.off_street_limit_m, county.barrier)
        reached = reached_ground(
            ground, due, limits_s=(targets.limit_s,), off_street_limit_m=targets.off_street_limit_m
        )[0]
        found["area_m2"] = float(reached.intersection(area).area)
    return found


def _order(sites: Ints, times: SiteTimes, demand: Demand, cover: csr_matrix) -> list[int]:
    """The new sites of a plan, at each step the one that adds most to what is covered; of equal ones the first."""
    by_site = cover.tocsc()
    held = np.asarray(cover[:, np.flatnonzero(times.standing)].sum(axis=1)).reshape(-1) > 0
    left, order = [site for site in sites.tolist() if not times.standing[site]], []
    while left:
        gain = [
            float(
                demand.weight[
                    (mine := by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]])[~held[mine]]
                ].sum()
            )
            for site in left
        ]
        best = left.pop(int(np.argmax(gain)))
        held[by_site.indices[by_site.indptr[best] : by_site.indptr[best + 1]]] = True
        order.append(best)
    return order


def _marked(candidates: gpd.GeoDataFrame, times: SiteTimes, order: list[int]) -> gpd.GeoDataFrame:
    """The candidates with ``chosen`` and ``order``, the step at which each is built (null where it is not)."""
    step = pd.array([None] * len(candidates), dtype="Int64")
    for number, site in enumerate(order, start=1):
        step[int(times.candidate[site])] = number
    return candidates.assign(chosen=~step.isna(), order=step)


def _stages(
    assessment: Assessment,
    candidates: gpd.GeoDataFrame,
    times: SiteTimes,
    demand: Demand,
    cover: csr_matrix,
    plan: Ints,
    order: list[int],
) -> pd.DataFrame:
    """What is covered after each step, the first row being today: ``step``, ``candidate_id``, ``name``, ``demand``
    (weight covered), ``share`` of all demand, and ``street_m`` on the streets themselves. Stations that the plan gives
    up stand until its last station does."""
    sites, rows = np.flatnonzero(times.standing), []
    for step in range(len(order) + 1):
        if step:
            sites = np.append(sites, order[step - 1])
        if step and step == len(order):
            sites = plan
        weight = _weight(cover, demand, sites)
        row = int(times.candidate[order[step - 1]]) if step else -1
        rows.append(
            {
                "step": step,
                "candidate_id": candidates["candidate_id"].iloc[row] if step else None,
                "name": candidates["name"].iloc[row] if step else None,
                "demand": weight,
                "share": weight / demand.whole if demand.whole else None,
                "street_m": _street_m(assessment, times, sites),
            }
        )
    return pd.DataFrame(rows)


def _street_m(assessment: Assessment, times: SiteTimes, sites: Ints) -> float:
    limit_s = assessment.scenario.targets.limit_s
    if len(sites) == 0:
        return 0.0
    due = first_due(times.field, sites, limit_s=limit_s)
    return float(reached_length_m(due, times.field.parts(), limit_s).sum())


def _curve(
    choice: SitingChoice, times: SiteTimes, demand: Demand, cover: csr_matrix, look: Look
) -> pd.DataFrame:
    """The most that 0, 1, 2 … further stations cover: ``further``, ``demand``, ``share``, ``proved``, ``upper_share``
    (no plan of as many covers more). It ends where nothing more can be covered, and where somebody stops it: the plan
    is there by then."""
    standing = int(times.standing.sum())
    asked = most_asked(cover, demand.weight, _kept(choice, times))
    best = float(demand.weight[np.diff(cover.tocsr().indptr) > 0].sum())
    rows: list[dict[str, Any]] = []
    for further in range(choice.curve_to + 1):
        look.tell("curve", further / (choice.curve_to + 1))
        plan = asked.plan(standing + further, Watch(stop=lambda: look.stopped))
        if look.stopped or plan.state == STOPPED:
            break
        value = 0.0 if np.isnan(plan.value) else plan.value
        whole = demand.whole or np.nan
        rows.append(
            {
                "further": further,
                "demand": value,
                "share": value / whole,
                "proved": plan.state == OPTIMAL,
                # A solver that was stopped may have proved nothing yet.
                "upper_share": min(plan.bound if np.isfinite(plan.bound) else best, best) / whole,
            }
        )
        if value >= best - 1e-9 * max(best, 1.0):
            break
    return pd.DataFrame(rows, columns=["further", "demand", "share", "proved", "upper_share"])


def _unreachable(
    assessment: Assessment, times: SiteTimes, demand: Demand, cover: csr_matrix
) -> gpd.GeoDataFrame:
    """Places that no site covers in time: ``id``, ``weight``, ``reason``, ``arrival_s`` of the soonest site, null where
    none ever comes. What only closures or the vehicle cut off is not unconnected: nobody comes in time."""
    rows = np.flatnonzero(np.diff(cover.tocsr().indptr) == 0)
    soonest = soonest_of_all(times, demand)[rows] if len(rows) else np.empty(0)
    ever = joined = np.isfinite(soonest)
    if len(rows) and assessment.scenario.shuts_streets:
        joined = np.isfinite(soonest_of_all(without_closures(times, assessment), demand)[rows])
    return gpd.GeoDataFrame(
        {
            "id": pd.Series([demand.ids[row] for row in rows.tolist()], dtype=object),
            "weight": demand.weight[rows],
            "reason": pd.Series(np.where(joined, TOO_LATE, UNCONNECTED), dtype=object),
            "arrival_s": np.where(ever, soonest, np.nan),
        },
        geometry=gpd.GeoSeries(demand.shape[rows], crs=assessment.county.crs),
    )


def _only_parcels(
    choice: SitingChoice, candidates: gpd.GeoDataFrame, times: SiteTimes, demand: Demand, cover: csr_matrix
) -> pd.DataFrame:
    """Parcels that alone could close a gap: ``parcel_no``, ``places`` and ``weight`` that nobody covers today and no
    other candidate parcel would; the largest first. Empty where parcels were not the candidates."""
    columns = ["parcel_no", "places", "weight"]
    if choice.candidates != ON_PARCELS:
        return pd.DataFrame(columns=columns)
    rows = cover.tocsr()
    today = np.asarray(rows[:, np.flatnonzero(times.standing)].sum(axis=1)).reshape(-1) > 0
    alone = np.flatnonzero(~today & (np.diff(rows.indptr) == 1))
    site = rows.indices[rows.indptr[alone]]
    found = pd.DataFrame(
        {"candidate": times.candidate[site], "weight": demand.weight[alone], "places": np.ones(len(alone))}
    )
    added = found.groupby("candidate", as_index=False).sum()
    added = added.sort_values(["weight", "candidate"], ascending=[False, True], kind="stable")
    names = candidates["name"].to_numpy()[added["candidate"].to_numpy(dtype=np.int64)]
    return pd.DataFrame(
        {"parcel_no": names, "places": added["places"].astype(int), "weight": added["weight"]}
    ).reset_index(drop=True)
