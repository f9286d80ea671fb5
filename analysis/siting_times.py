"""Times from every site that stands or may be built to every place to be covered, read from the arrival-time field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from analysis.arrival import Sites
from analysis.readings import each_alone, first_due, seconds_at
from analysis.sites import field_over
from analysis.siting_demand import streets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd

    from analysis.arrival import ArrivalField
    from analysis.assessment import Assessment
    from analysis.siting_demand import Demand
    from geo.network import Flags, Floats, Ints

_Kind = TypeVar("_Kind")


class Stopped(Exception):  # noqa: N818 - nothing is wrong: somebody pressed the button
    """Somebody stopped the work before there was an answer."""


@dataclass(frozen=True)
class Look:
    """Who looks on: ``told`` is given the step and how much of it is done (0 to 1), ``stop`` is asked whether to stop.

    Steps are ``times``, ``solve`` and ``curve``; of a running solver what is done is 1 less its gap.
    """

    told: Callable[[str, float], None] | None = None
    stop: Callable[[], bool] | None = None

    def tell(self, step: str, done: float) -> None:
        """Pass on how far a step is."""
        if self.told is not None:
            self.told(step, done)

    @property
    def stopped(self) -> bool:
        """Whether to stop now."""
        return self.stop is not None and self.stop()


def watched(each: Iterator[_Kind], count: int, look: Look | None) -> Iterator[_Kind]:
    """The times of one site after another, told of and stopped as somebody looks on; raises :class:`Stopped`."""
    look = look or Look()
    for number, one in enumerate(each, start=1):
        if look.stopped:
            raise Stopped
        look.tell("times", number / count)
        yield one


@dataclass(frozen=True, eq=False)
class SiteTimes:
    """The sites of a question, ``s`` of them: those that stand, in the order of their ids, then the candidates that
    are tried. ``field`` holds one station per site, whose row is the site's; ``standing`` (s,) flags, ``candidate``
    (s,) rows of the table of candidates, -1 for those that stand."""

    field: ArrivalField
    standing: Flags
    candidate: Ints


def site_times(assessment: Assessment, candidates: gpd.GeoDataFrame) -> SiteTimes:
    """The field over all sites, driven as the scenario says; a candidate has the scenario's turnout."""
    network, scenario = streets_of(assessment), assessment.scenario
    now = assessment.sites.sites
    rows = np.flatnonzero(candidates["street"].to_numpy() >= 0)
    mine = np.empty(0, dtype=np.int64) if now is None else np.flatnonzero(now.nominal)
    mine = mine if now is None else mine[np.argsort(now.station[mine], kind="stable")]
    count = len(mine) + len(rows)

    def both(of_now: str, of_candidates: Floats | Ints) -> Floats:
        before = np.empty(0) if now is None else getattr(now, of_now)[mine]
        return np.concatenate([before, of_candidates])

    turnout_s = np.full(len(rows), scenario.targets.turnout_s + scenario.targets.start_s)
    sites = Sites(
        tuple(f"{row:07d}" for row in range(count)), np.arange(count), np.ones(count, dtype=bool),
        both("street", candidates["street"].to_numpy()[rows]).astype(np.int64),
        both("chainage_m", candidates["chainage_m"].to_numpy(dtype=float)[rows]),
        both("snap_m", candidates["snap_m"].to_numpy(dtype=float)[rows]), both("turnout_s", turnout_s),
    )  # fmt: skip
    field = field_over(network, sites, scenario.targets, scenario.closures, scenario.blocked_for)
    return SiteTimes(field, np.arange(count) < len(mine), np.concatenate([np.full(len(mine), -1), rows]))


def without_closures(times: SiteTimes, assessment: Assessment) -> SiteTimes:
    """The same sites on streets that nothing is shut on."""
    field = times.field
    return replace(times, field=field_over(field.network, field.sites, assessment.scenario.targets))


def worst_of_each(times: SiteTimes, demand: Demand, limit_s: float = np.inf) -> Iterator[Floats]:
    """Site by site the latest time of every place, (k,); later than ``limit_s`` it may be infinite."""
    points = times.field.points(demand.street, demand.chainage_m)
    for alone in each_alone(times.field, np.arange(len(times.standing)), limit_s=limit_s):
        yield demand.worst(seconds_at(alone, points))


def seconds_matrix(times: SiteTimes, demand: Demand, look: Look | None = None) -> Floats:
    """(sites, places) seconds from the order, infinite where an engine never comes."""
    rows = list(watched(worst_of_each(times, demand), len(times.standing), look))
    return np.stack(rows) if rows else np.empty((0, len(demand.ids)))


def cover_matrix(times: SiteTimes, demand: Demand, limit_s: float, look: Look | None = None) -> csr_matrix:
    """(places, sites) ones where a site comes within the limit, which counts as in time; made site by site."""
    found = [
        np.flatnonzero(worst <= limit_s)
        for worst in watched(worst_of_each(times, demand, limit_s), len(times.standing), look)
    ]
    places = np.concatenate([np.empty(0, dtype=np.int64), *found])
    site = np.repeat(np.arange(len(found)), [len(each) for each in found])
    ones = np.ones(len(places), dtype=np.float32)
    return csr_matrix((ones, (places, site)), shape=(len(demand.ids), len(times.standing)))


def soonest_of_all(times: SiteTimes, demand: Demand) -> Floats:
    """Seconds until the first of all sites, built or not, is at every place, (k,); infinite where none ever comes."""
    due = first_due(times.field)
    points = times.field.points(demand.street, demand.chainage_m)
    return demand.worst(seconds_at(due, points))
