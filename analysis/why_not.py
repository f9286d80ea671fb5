"""Why a parcel is not covered, and the smallest single change that would cover it, each verified by running it.

Tried are a shorter turnout, a higher speed of one street class, a one-way street opened, a link of at most 80 m between
two junctions, and one station standing elsewhere. Every change is put to the engine, which judges the parcel anew;
only what then says *covered* is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from analysis import standards
from analysis.arrival import Sites, streets_that_take_sites
from analysis.assessment import judged_parcels
from analysis.change_steps import move
from analysis.county_changes import county_with
from analysis.coverage import connected_streets
from analysis.readings import each_alone, first_due
from analysis.reversal import way_back
from analysis.route import first_due_route
from analysis.sites import field_of, field_over, station_sites
from analysis.verdicts import sample_times
from geo.crs import WGS84, reproject, shapes_of
from geo.network import CLASSES
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.arrival import ArrivalField
    from analysis.assessment import Assessment
    from analysis.route import Route
    from analysis.sampling import Samples
    from analysis.scenario import Scenario
    from geo.county import County
    from geo.network import Floats, Ints, Network

TURNOUT, SPEED, ONE_WAY, LINK, STATION = KINDS = ("turnout", "speed", "one_way", "link", "station")
COVERED = "covered"
LINK_M = 80.0
"""The longest link that is tried."""
MOST_TRIED = 12
"""So many links, or places of a station, are verified at most, the smallest first."""
MOST_KPH = 150
FEW_POINTS = 32
"""Of the late points of a parcel so many, the latest, choose links and places; all of them judge."""


@dataclass(frozen=True, eq=False)
class Flip:
    """One change that covers the parcel. ``amount`` in ``unit`` (s, km/h, m); ``before`` and ``after`` where it is a
    number that changes; ``what`` names the class, streets or station; ``arrival_s`` afterwards at the worst point;
    ``lost`` is the number of other parcels that are no longer covered then (None where nothing can get worse: a new or
    opened street may add a delay at a junction, or have a station drive out elsewhere);
    ``shape`` is the link, the streets or the new place, in the county's CRS; ``scenario`` asks for the change, None
    where no scenario can (a street built or its direction changed)."""

    kind: str
    amount: float
    unit: str
    what: str
    arrival_s: float
    before: float | None = None
    after: float | None = None
    lost: int | None = None
    shape: shapely.Geometry | None = None
    scenario: Scenario | None = None


@dataclass(frozen=True, eq=False)
class WhyNot:
    """What a parcel lacks: its verdict, seconds over the limit at its worst point (NaN where nobody is sure to come),
    the way of the engine to that point, and one :class:`Flip` at most of each kind, in the order of :data:`KINDS`."""

    parcel_no: str
    verdict: str
    late_s: float
    route: Route | None
    flips: tuple[Flip, ...]


def why_not(assessment: Assessment, parcel_no: str) -> WhyNot:
    """The smallest single changes that would cover a parcel.

    Raises :class:`InputError` where the parcel is not there, is covered already, or cannot be judged by streets: none,
    only drawn ones, no place, a part of it away from the streets, or a station that counts and has no usable site.
    """
    asked = _Asked.of(assessment, parcel_no)
    tries = (_turnout, _speed, _one_way, _link, _station)
    flips = tuple(flip for flip in (each(asked) for each in tries) if flip is not None)
    return WhyNot(parcel_no, asked.verdict, asked.late_s, asked.route, flips)


def why_not_facts(found: WhyNot) -> dict[str, Any]:
    """The same as plain values: ``parcel_no``, ``verdict``, ``late_s`` (null where nobody is sure to come), and
    ``flips``, each with :data:`FACTS` and its place as ``wkt`` in the county's CRS."""
    return {
        "parcel_no": found.parcel_no,
        "verdict": found.verdict,
        "late_s": found.late_s if np.isfinite(found.late_s) else None,
        "flips": [
            {
                **{name: getattr(flip, name) for name in FACTS},
                "wkt": None if flip.shape is None else shapely.to_wkt(flip.shape, rounding_precision=2),
            }
            for flip in found.flips
        ],
    }


FACTS = ("kind", "amount", "unit", "what", "before", "after", "arrival_s", "lost")


@dataclass(frozen=True, eq=False)
class _Asked:
    """One parcel, its points, and when they are reached today, from the stations' nominal places."""

    assessment: Assessment
    row: int
    samples: Samples
    field: ArrivalField
    seconds: Floats
    verdict: str
    late_s: float
    route: Route | None

    @classmethod
    def of(cls, assessment: Assessment, parcel_no: str) -> _Asked:
        parcels, county = assessment.parcels, assessment.county
        rows = np.flatnonzero(parcels["parcel_no"].astype(str).to_numpy() == parcel_no)
        if len(rows) == 0:
            raise InputError([problem("why_no_parcel", value=parcel_no)])
        row = int(rows[0])
        parcel = parcels.iloc[row]
        if parcel["verdict"] == COVERED:
            raise InputError([problem("why_covered", value=parcel_no)])
        if county.network is None or "roads" in county.schematic:
            raise InputError([problem("why_schematic", value=parcel_no)])
        if {"stations", "parcels"} & county.schematic:  # only drawn: no change makes it covered
            raise InputError([problem("why_not_judged", value=parcel_no)])
        samples = None if assessment.samples is None else _of_row(assessment.samples, row)
        limit_m = assessment.scenario.targets.off_street_limit_m
        if samples is None or assessment.field is None or assessment.due is None:
            raise InputError([problem("why_not_judged", value=parcel_no)])
        if len(samples.row) == 0 or not (samples.distance_m <= limit_m).all():
            raise InputError([problem("why_not_judged", value=parcel_no)])
        if parcel["reason"] == "station_not_analysed":  # who else may come, nobody knows
            raise InputError([problem("why_not_judged", value=parcel_no)])
        # Read here, for the table has no times where the straight line decides.
        times = sample_times(assessment.field, samples, assessment.sites.partly_placed)
        seconds = times.nominal_s
        worst = int(np.argmax(seconds))
        worst_s = float(times.worst_s.max())
        late = worst_s - assessment.scenario.targets.limit_s if np.isfinite(worst_s) else np.nan
        route = first_due_route(
            assessment.field, int(samples.street[worst]), float(samples.chainage_m[worst])
        )
        return cls(assessment, row, samples, assessment.field, seconds, str(parcel["verdict"]), late, route)

    @property
    def network(self) -> Network:
        return self.field.network

    @property
    def scenario(self) -> Scenario:
        return self.assessment.scenario

    def arrival_s(self, scenario: Scenario, network: Network | None = None) -> float | None:
        """The worst arrival under a changed question or network where the parcel is covered then, else None."""
        found = _judged(self.assessment, scenario, network, self.row)
        return float(found["arrival_s_max"]) if found["verdict"] == COVERED else None

    @property
    def late(self) -> Ints:
        """Rows of the points that come too late, the latest of them where there are many."""
        rows = np.flatnonzero(~(self.seconds <= self.scenario.targets.limit_s))
        return rows[np.argsort(-self.seconds[rows], kind="stable")][:FEW_POINTS]


def _of_row(samples: Samples, row: int) -> Samples:
    mine = samples.row == row
    return replace(
        samples,
        row=np.zeros(int(mine.sum()), dtype=samples.row.dtype),
        inside=samples.inside[mine],
        street=samples.street[mine],
        chainage_m=samples.chainage_m[mine],
        distance_m=samples.distance_m[mine],
    )


def _county_of(assessment: Assessment, scenario: Scenario, network: Network | None) -> County:
    county = county_with(assessment.county, scenario)
    return county if network is None else replace(county, network=network)


def _judged(assessment: Assessment, scenario: Scenario, network: Network | None, row: int) -> Any:
    """One parcel as the engine judges it under a changed question or network."""
    county = _county_of(assessment, scenario, network)
    one = replace(county, parcels=county.parcels.iloc[[row]].reset_index(drop=True))
    samples = None if assessment.samples is None else _of_row(assessment.samples, row)
    return _parcels(one, scenario, samples).iloc[0]


def _parcels(county: County, scenario: Scenario, samples: Samples | None) -> Any:
    sites = station_sites(county, scenario)
    field = field_of(county, sites, scenario.targets, scenario.closures, scenario.blocked_for)
    before = field_of(county, sites, scenario.targets) if scenario.shuts_streets else field
    connected = None if before is None else connected_streets(before)
    return judged_parcels(county, scenario, sites, field, samples, connected)


def _with_targets(scenario: Scenario, **changes: Any) -> Scenario:
    return replace(scenario, targets=replace(scenario.targets, **changes))


def _turnout(asked: _Asked) -> Flip | None:
    """A shorter turnout for every station that has none of its own, by whole seconds; a shorter one is never later.

    What is missing need not be enough: the station that is late by least may have a turnout of its own.
    """
    now = asked.scenario.targets.turnout_s

    def flip_at(less: int) -> Flip | None:
        changed = _with_targets(asked.scenario, turnout_s=now - less)
        arrival_s = asked.arrival_s(changed)
        if arrival_s is None:
            return None
        return Flip(TURNOUT, float(less), "s", "", arrival_s, now, now - less, scenario=changed)

    missing = np.isfinite(asked.late_s) and asked.late_s > 0
    low = max(int(np.ceil(asked.late_s)), 1) if missing else 1
    return _least(low, int(now), flip_at, first=low)


def _least(
    low: int, high: int, flip_at: Callable[[int], Flip | None], first: int | None = None
) -> Flip | None:
    """The change by the least whole number from ``low`` to ``high`` that covers the parcel, where more never covers
    less; ``first`` is tried first."""
    best: Flip | None = None
    tried = (low + high) // 2 if first is None else first
    while low <= high:
        found = flip_at(tried)
        if found is None:
            low = tried + 1
        else:
            best, high = found, tried - 1
        tried = (low + high) // 2
    return best


def _speed(asked: _Asked) -> Flip | None:
    """The least rise in the speed of one class along the way, by whole km/h; a higher speed is never later."""
    if asked.route is None:
        return None
    best: Flip | None = None
    for name in sorted({leg.street_class for leg in asked.route.legs}):
        found = _least_speed(asked, name, best.amount if best is not None else float(MOST_KPH))
        if found is not None and (best is None or found.amount < best.amount):
            best = found
    return best


def _least_speed(asked: _Asked, name: str, below: float) -> Flip | None:
    targets = asked.scenario.targets
    now = targets.speed_kph(name) / targets.speed_factor
    rest = {key: speed for key, speed in targets.speeds_kph if key != name}

    def flip_at(more: int) -> Flip | None:
        after = float(np.floor(now) + more)
        changed = _with_targets(asked.scenario, speeds_kph=tuple(sorted({**rest, name: after}.items())))
        arrival_s = asked.arrival_s(changed)
        if arrival_s is None:
            return None
        return Flip(SPEED, after - now, "km/h", name, arrival_s, now, after, scenario=changed)

    return _least(1, int(min(MOST_KPH - np.floor(now), below)), flip_at)


def _one_way(asked: _Asked) -> Flip | None:
    """The one-way streets that the way would be driven against, opened both ways: one stretch alone, else all."""
    if asked.scenario.targets.one_way != "obey":
        return None
    free = _with_targets(asked.scenario, one_way="ignore")
    if asked.arrival_s(free) is None:
        return None
    sites = asked.assessment.sites
    field = field_of(asked.assessment.county, sites, free.targets, free.closures, free.blocked_for)
    if field is None:
        return None
    worst = int(np.argmax(asked.seconds))
    route = first_due_route(field, int(asked.samples.street[worst]), float(asked.samples.chainage_m[worst]))
    if route is None:
        return None
    for streets in _against(asked.network, route):
        oneway = asked.network.oneway.copy()
        oneway[streets] = 0
        opened = replace(asked.network, oneway=oneway)
        arrival_s = asked.arrival_s(asked.scenario, opened)
        if arrival_s is not None:
            names = [
                name for row in streets.tolist() if (name := asked.network.street_names(np.array([row]))[0])
            ]
            return Flip(
                ONE_WAY, float(asked.network.length_m[streets].sum()), "m", "、".join(dict.fromkeys(names)),
                arrival_s, lost=_lost(asked, asked.scenario, opened),
                shape=shapely.union_all(asked.network.lines[streets]),
            )  # fmt: skip
    return None


def _against(network: Network, route: Route) -> list[Ints]:
    """Stretches of one-way streets that a route is driven against, the shortest first, and all of them together."""
    runs: list[list[int]] = []
    last = -2
    for number, leg in enumerate(route.legs):
        ahead = leg.to_m > leg.from_m
        if network.oneway[leg.street] == (-1 if ahead else 1) and leg.length_m > 0:
            if last == number - 1 and runs:
                runs[-1].append(leg.street)
            else:
                runs.append([leg.street])
            last = number
    found = [np.unique(np.array(run)) for run in runs]
    found.sort(key=lambda run: float(network.length_m[run].sum()))
    if len(found) > 1:
        found.append(np.unique(np.concatenate(found)))
    return found


def _to_points(asked: _Asked, rows: Ints) -> Floats:
    """Seconds of driving from every node to the farthest of some points of the parcel, (n,)."""
    scenario, network = asked.scenario, asked.network
    count = len(rows)
    sites = Sites(
        tuple(f"{row:04d}" for row in range(count)), np.arange(count), np.ones(count, dtype=bool),
        asked.samples.street[rows], asked.samples.chainage_m[rows], np.zeros(count), np.zeros(count),
    )  # fmt: skip
    field = way_back(field_over(network, sites, scenario.targets, scenario.closures, scenario.blocked_for))
    gates = field.drive.node_gate[: network.n_nodes]
    farthest = np.zeros(network.n_nodes)
    for alone in each_alone(field, np.arange(count), limit_s=scenario.targets.limit_s):
        farthest = np.maximum(farthest, alone.gate_s[gates])
    return farthest


def _link(asked: _Asked) -> Flip | None:
    """The shortest new street of at most :data:`LINK_M` between two junctions, driven as a residential one."""
    network, targets = asked.network, asked.scenario.targets
    late = asked.late
    if len(late) == 0:
        return None
    due = first_due(asked.field)
    here_s = due.gate_s[asked.field.drive.node_gate[: network.n_nodes]]
    there_s = _to_points(asked, late)
    pairs = cKDTree(network.nodes).query_pairs(LINK_M, output_type="ndarray")
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    length = np.linalg.norm(network.nodes[pairs[:, 0]] - network.nodes[pairs[:, 1]], axis=1)
    mps = targets.speed_kph("residential") / 3.6
    good = (here_s[pairs[:, 0]] + length / mps + there_s[pairs[:, 1]] <= targets.limit_s) & (length > 1.0)
    # No street is built out of a tunnel, a bridge or a motorway.
    owns, fit = network.owns_ground, np.zeros(network.n_nodes, dtype=bool)
    fit[np.concatenate([network.u[owns], network.v[owns]])] = True
    good &= fit[pairs].all(axis=1)
    order = np.flatnonzero(good)[np.argsort(length[good], kind="stable")]
    tried = 0
    for row in order.tolist():
        a, b = pairs[row].tolist()
        line = shapely.LineString(network.nodes[[a, b]])
        barrier = asked.assessment.county.barrier
        if barrier is not None and line.intersects(barrier):
            continue
        linked = with_link(network, a, b)
        arrival_s = asked.arrival_s(asked.scenario, linked)
        if arrival_s is not None:
            lost = _lost(asked, asked.scenario, linked)
            return Flip(LINK, float(length[row]), "m", "", arrival_s, lost=lost, shape=line)
        tried += 1
        if tried >= MOST_TRIED:
            break
    return None


def with_link(network: Network, a: int, b: int) -> Network:
    """The network with one more residential street, straight between two nodes, driven both ways. It owns no ground,
    so that what belongs to other streets stays theirs."""
    ends = network.nodes[[a, b]]
    one: dict[str, Any] = {
        "u": a, "v": b, "length_m": float(np.linalg.norm(ends[1] - ends[0])),
        "klass": CLASSES.index("residential"), "name": 0, "oneway": 0, "owns_ground": False, "never_against": False,
        "class_guessed": True, "way_id": 0, "part": 0, "opens": 0, "width_m": np.nan, "max_height_m": np.nan,
        "max_weight_t": np.nan,
    }  # fmt: skip
    columns: dict[str, Any] = {
        name: np.append(getattr(network, name), value).astype(getattr(network, name).dtype)
        for name, value in one.items()
    }
    return replace(
        network,
        **columns,
        coords=np.concatenate([network.coords, ends]),
        coord_start=np.append(network.coord_start, len(network.coords) + 2),
    )


def _station(asked: _Asked) -> Flip | None:
    """The station that would have to move least, in a straight line, and where to: a junction that takes stations."""
    network, targets, sites = asked.network, asked.scenario.targets, asked.assessment.sites.sites
    if sites is None:
        return None
    seconds = _to_points(asked, np.arange(len(asked.samples.row))[np.argsort(-asked.seconds)][:FEW_POINTS])
    takes = streets_that_take_sites(network, standards.SMALL_PART_SHARE) & network.owns_ground
    may = np.zeros(network.n_nodes, dtype=bool)
    may[np.concatenate([network.u[takes], network.v[takes]])] = True
    options = list(_moves(asked, sites, np.where(may, seconds, np.inf), targets.limit_s))
    for move_m, station_id, node in sorted(options)[:MOST_TRIED]:
        place = shapely.Point(network.nodes[node])
        lon, lat = shapely.get_coordinates(reproject(shapes_of([place]), network.crs, WGS84))[0].tolist()
        changes = move(asked.scenario.changes, "stations", station_id, round(lon, 7), round(lat, 7))
        changed = replace(asked.scenario, changes=changes)
        arrival_s = asked.arrival_s(changed)
        if arrival_s is not None:
            return Flip(
                STATION, move_m, "m", station_id, arrival_s, lost=_lost(asked, changed), shape=place,
                scenario=changed,
            )  # fmt: skip
    return None


def _moves(asked: _Asked, sites: Sites, seconds: Floats, limit_s: float) -> Iterator[tuple[float, str, int]]:
    """For every station the nearest nodes from which it would be in time: metres moved, station, node."""
    network = asked.network
    for row in np.flatnonzero(sites.nominal).tolist():
        now = shapely.get_coordinates(network.along(sites.street[[row]], sites.chainage_m[[row]]))[0]
        nodes = np.flatnonzero(sites.turnout_s[row] + seconds <= limit_s)
        apart = np.linalg.norm(network.nodes[nodes] - now, axis=1)
        for each in np.argsort(apart, kind="stable")[:MOST_TRIED].tolist():
            yield float(apart[each]), sites.station_ids[int(sites.station[row])], int(nodes[each])


def _lost(asked: _Asked, scenario: Scenario, network: Network | None = None) -> int:
    """How many other parcels that are covered no longer would be."""
    county = _county_of(asked.assessment, scenario, network)
    after = _parcels(county, scenario, asked.assessment.samples)["verdict"].to_numpy()
    before = asked.assessment.parcels["verdict"].to_numpy()
    return int(((before == COVERED) & (after != COVERED)).sum())
