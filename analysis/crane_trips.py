"""Driving between water cranes and stations, streets and parcels, there and back: seconds at the wheel, no turnout.

A crane fills tankers, so what counts is the round trip. To and fro differ with one-way streets and turns; both are
read from fields of the same drive, one of them turned round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.readings import each_alone, times_at
from analysis.reversal import way_back
from analysis.round_trips import BestTrips, best_trips, street_round_trips, whole_stretches
from analysis.sites import field_of, station_sites
from geo.chainage import stretch_lines
from geo.network import CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.arrival import ArrivalField, Sites
    from analysis.readings import Stretches
    from analysis.scenario import Scenario
    from analysis.sites import StationSites
    from geo.county import County
    from geo.network import Floats, Ints, Network

REACHABLE, NO_WAY, NO_CRANE = "reachable", "no_way", "no_crane"
"""States of a stretch: a crane can be driven to and back; none can; no counted crane stands on the streets."""

SCHEMATIC, CRANE_POSITION, STATION_POSITION = "schematic_network", "crane_position", "station_position"
"""What a time may rest on: streets that are only drawn, a crane or station that may also stand elsewhere."""

STATION_TRIP_COLUMNS = (
    "station_id", "crane_id", "nearest", "to_crane_s", "to_crane_s_low", "to_crane_s_high", "from_crane_s",
    "from_crane_s_low", "from_crane_s_high", "depends_on",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class CraneTrips:
    """The counted cranes on the streets as driven.

    ``table``: the county's cranes with ``counted``, ``site_state`` and ``snap_m`` as
    :class:`analysis.sites.StationSites` has them for stations. ``out`` is the field of the times from the cranes,
    ``back`` of those to them, with a row of ``crane_ids`` as station; both None without a crane on the streets.
    ``unsure``: ids of cranes that may also stand elsewhere. ``schematic``: the streets are only drawn.
    """

    table: gpd.GeoDataFrame
    out: ArrivalField | None
    back: ArrivalField | None
    unsure: frozenset[str]
    schematic: bool

    @property
    def crane_ids(self) -> tuple[str, ...]:
        """Ids of the cranes on the streets, in ascending order."""
        return () if self.out is None else self.out.sites.station_ids

    def doubts(self, crane_id: str) -> list[str]:
        """What times to and from a crane rest on."""
        return [SCHEMATIC] * self.schematic + [CRANE_POSITION] * (crane_id in self.unsure)


def crane_trips(county: County, scenario: Scenario) -> CraneTrips:
    """Put the counted cranes on the streets, by the rule that puts stations there, and drive from and to them.

    ``county``: with the streets of the scenario's year. Every trip has the start (``Targets.start_s``) once.
    """
    cranes = county.cranes
    as_stations = cranes.rename(columns={"crane_id": "station_id"}).assign(turnout_s=0.0)
    asked = replace(county, stations=gpd.GeoDataFrame(as_stations), vehicles=county.vehicles.iloc[:0])
    found = station_sites(asked, scenario)
    out = field_of(asked, found, scenario.targets, scenario.closures, scenario.blocked_for)
    table = found.table.rename(columns={"station_id": "crane_id"}).drop(columns="turnout_s")
    drawn = "cranes" in county.schematic
    unsure = {
        str(row.crane_id)
        for row in table.itertuples()
        if drawn or row.shape is None or row.shape.geom_type != "Point"
    }
    return CraneTrips(
        gpd.GeoDataFrame(table), out, None if out is None else way_back(out),
        frozenset(unsure) | found.partly_placed, "roads" in county.schematic,
    )  # fmt: skip


def _seconds_from_each(field: ArrivalField, at: Sites) -> Floats:
    """(k, c) seconds from every site of a field to every one of other sites."""
    points = field.points(at.street, at.chainage_m)
    every = np.arange(len(field.sites.station))
    return np.array([times_at(alone, points)[0] for alone in each_alone(field, every)])


def station_trips(
    county: County, scenario: Scenario, stations: StationSites, trips: CraneTrips
) -> pd.DataFrame:
    """Driving from every counted station to every counted crane and back: :data:`STATION_TRIP_COLUMNS`.

    ``nearest`` marks the crane a station comes to first (the lower id of two at the same time). ``low`` and
    ``high`` are over all places station and crane may have; null where there is no way. ``depends_on``: codes.
    """
    blank = pd.DataFrame(columns=list(STATION_TRIP_COLUMNS))
    if stations.sites is None or trips.out is None:
        return blank
    cranes = trips.out.sites
    driven = replace(
        stations,
        sites=replace(
            stations.sites, turnout_s=np.full(len(stations.sites.station), scenario.targets.start_s)
        ),
    )
    field = field_of(county, driven, scenario.targets, scenario.closures, scenario.blocked_for)
    if field is None:
        return blank
    to_s, from_s = _seconds_from_each(field, cranes), _seconds_from_each(way_back(field), cranes)
    rows: list[dict[str, Any]] = []
    for i, station_id in enumerate(field.sites.station_ids):
        mine = field.sites.station == i
        middle_s = to_s[mine & field.sites.nominal][0][cranes.nominal]
        first = int(np.argmin(middle_s)) if np.isfinite(middle_s).any() else -1
        for j, crane_id in enumerate(trips.crane_ids):
            pair = np.ix_(mine, cranes.station == j)
            middle = np.ix_(mine & field.sites.nominal, (cranes.station == j) & cranes.nominal)
            unsure = int(mine.sum()) > 1 or station_id in stations.partly_placed
            rows.append(
                {
                    "station_id": station_id, "crane_id": crane_id, "nearest": j == first,
                    **_spread("to_crane_s", to_s[middle], to_s[pair]),
                    **_spread("from_crane_s", from_s[middle], from_s[pair]),
                    "depends_on": ",".join([*trips.doubts(crane_id), *[STATION_POSITION] * unsure]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(STATION_TRIP_COLUMNS))


def _spread(name: str, middle_s: Floats, every_s: Floats) -> dict[str, float]:
    found = {name: middle_s.min(), f"{name}_low": every_s.min(), f"{name}_high": every_s.max()}
    return {key: float(value) if np.isfinite(value) else np.nan for key, value in found.items()}


def crane_streets(county: County, trips: CraneTrips, cuts: Stretches | None = None) -> gpd.GeoDataFrame:
    """Every stretch with its nearest crane by the round trip to its farthest point; ``cuts``: those of
    :func:`analysis.readings.stretches`, by default every street whole.

    ``street_id``, ``name``, ``class``, ``length_m``, ``crane_id``, ``from_crane_s`` and ``to_crane_s`` (each for its
    farthest point), ``round_trip_s`` (worst point), ``round_trip_s_best``, ``state``, ``depends_on`` (codes with
    commas). Null where there is no way; rows as those of the cuts.
    """
    network = county.network
    if network is None:
        return gpd.GeoDataFrame({name: [] for name in STREET_TRIP_COLUMNS}, geometry=[], crs=county.crs)
    cuts = whole_stretches(network) if cuts is None else cuts
    best = best_trips(street_round_trips(trips, cuts), lambda _, found: -found.worst_s, len(cuts.street))
    columns = trip_columns(trips, best)
    return stretch_table(county, network, cuts, columns)


STREET_TRIP_COLUMNS = (
    "street_id", "name", "class", "length_m", "crane_id", "from_crane_s", "to_crane_s", "round_trip_s",
    "round_trip_s_best", "state", "depends_on",
)  # fmt: skip


def trip_columns(trips: CraneTrips, best: BestTrips) -> dict[str, Any]:
    """The columns of the chosen cranes and their trips; see :func:`crane_streets`."""
    there = best.crane >= 0
    doubts = [",".join(trips.doubts(crane_id)) for crane_id in trips.crane_ids]
    return {
        "crane_id": named(trips.crane_ids, best.crane),
        "from_crane_s": np.where(there, best.trip.from_s, np.nan),
        "to_crane_s": np.where(there, best.trip.to_s, np.nan),
        "round_trip_s": np.where(there, best.trip.worst_s, np.nan),
        "round_trip_s_best": np.where(there, best.trip.best_s, np.nan),
        "state": np.where(there, REACHABLE, NO_WAY if trips.crane_ids else NO_CRANE).astype(object),
        "depends_on": named(doubts, best.crane),
    }


def named(words: Sequence[str], rows: Ints) -> Any:
    """(n,) the word of each row; None where the row is -1."""
    return np.array([*words, None], dtype=object)[rows]


def stretch_table(
    county: County, network: Network, cuts: Stretches, columns: dict[str, Any]
) -> gpd.GeoDataFrame:
    """Stretches with their street, length and line, and the given columns behind."""
    about = {
        "street_id": network.street_ids(cuts.street),
        "name": network.street_names(cuts.street),
        "class": [CLASSES[number] for number in network.klass[cuts.street].tolist()],
        "length_m": cuts.to_m - cuts.from_m,
    }
    lines = stretch_lines(network, cuts.street, cuts.from_m, cuts.to_m)
    return gpd.GeoDataFrame(about | columns, geometry=gpd.GeoSeries(lines, crs=county.crs), crs=county.crs)
