"""Water cranes one by one: nearest station and crane, spacing along main roads, and how long engines fill there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from analysis import standards
from analysis.arrival import arrival_field
from analysis.crane_trips import CRANE_POSITION, SCHEMATIC
from analysis.drive import Drive, least_arcs, whole_streets
from analysis.named_streets import streets_of
from analysis.readings import FirstDue, times_at
from analysis.source_rules import design_values
from geo.network import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from analysis.crane_trips import CraneTrips
    from analysis.named_streets import NamedStreets
    from analysis.scenario import Targets
    from geo.county import County
    from geo.network import Floats, Network

WITHIN, BEYOND, DEPENDS, NO_NEIGHBOUR = "within", "beyond", "depends", "no_neighbour"
"""Spacing of cranes on one main road against the reference value; ``no_neighbour``: no other counted crane on it."""

STATED, DESIGN_VALUE, NOT_STATED = "stated", "design_value", "not_stated"
"""Where a crane's flow comes from. A design value is no measurement: that of a crane not built, or the very figure
that an unbuilt one states."""

SPACING_COLUMNS = (
    "road", "class", "crane_id", "next_crane_id", "straight_m", "along_m", "limit_m", "verdict", "depends_on",
)  # fmt: skip

FILL_COLUMNS = (
    "vehicle_id", "name", "kind", "station_id", "tank_l", "crane_id", "status", "flow_lps", "fill_s", "flow_source",
    "state",
)  # fmt: skip

CRANE_COLUMNS = (
    "crane_id", "name", "road", "status", "counted", "site_state", "snap_m", "nearest_station_id",
    "station_to_crane_s", "station_to_crane_s_low", "station_to_crane_s_high", "crane_to_station_s",
    "crane_to_station_s_low", "crane_to_station_s_high", "nearest_crane_id", "nearest_crane_m",
    "nearest_crane_street_m", "spacing_m", "spacing_limit_m", "spacing_verdict", "flow_lps", "flow_source",
    "depends_on",
)  # fmt: skip


def flow_sources(cranes: pd.DataFrame) -> NDArray[np.object_]:
    """(n,) where each crane's ``flow_lps`` comes from: :data:`STATED`, :data:`DESIGN_VALUE`, :data:`NOT_STATED`."""
    stated = cranes["flow_lps"].to_numpy(dtype=float) > 0
    design = design_values(cranes) != ""
    return np.select([~stated, design], [NOT_STATED, DESIGN_VALUE], STATED).astype(object)


def fill_times(county: County) -> pd.DataFrame:
    """How long every listed vehicle fills at every crane, whatever counts: :data:`FILL_COLUMNS`.

    ``fill_s`` is tank over flow, null with the ``state`` ``tank_not_stated`` or ``flow_not_stated``, else ``filled``;
    ``status`` is the crane's. Connecting and driving up are not in it.
    """
    cranes = county.cranes.assign(flow_source=flow_sources(county.cranes))
    left = county.vehicles[["vehicle_id", "name", "kind", "station_id", "tank_l"]]
    both = left.merge(cranes[["crane_id", "status", "flow_lps", "flow_source"]], how="cross")
    tank, flow = both["tank_l"].to_numpy(dtype=float) > 0, both["flow_lps"].to_numpy(dtype=float) > 0
    fill_s = both["tank_l"].to_numpy(dtype=float) / np.where(flow, both["flow_lps"], np.nan)
    state = np.select([~tank, ~flow], ["tank_not_stated", "flow_not_stated"], "filled")
    return both.assign(fill_s=np.where(tank & flow, fill_s, np.nan), state=state)[list(FILL_COLUMNS)]


def crane_spacing(county: County, trips: CraneTrips) -> gpd.GeoDataFrame:
    """Neighbouring counted cranes along every named main road: :data:`SPACING_COLUMNS` and the road between them.

    A crane stands on every road within reach, as a hydrant does (``standards.HYDRANT_REACH_M``, farther off on the
    road it names). 1,000 m are a reference value in a cold (寒冷) county, a duty in a severely cold one only. The
    verdict holds wherever both cranes may stand along the road, else, and on schematic streets, it ``depends``.
    """
    streets = streets_of(county)
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    cranes = trips.table[trips.table["counted"] & trips.table.geometry.notna()].reset_index(drop=True)
    if streets is not None and len(cranes):
        for line, chain in _along_lines(streets, cranes):
            whole = streets.lines[line]
            for (at, one), (after, other) in _neighbours(chain, bool(streets.closed[line]), whole.length):
                rows.append(
                    {
                        "road": streets.names[streets.street[line]], "class": CLASSES[streets.klass[line]],
                        **_gap(cranes.iloc[one], cranes.iloc[other], after - at, county),
                    }
                )  # fmt: skip
                shapes.append(_between(whole, at, after))
    table = pd.DataFrame(rows, columns=list(SPACING_COLUMNS))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=county.crs), crs=county.crs)


def _along_lines(
    streets: NamedStreets, cranes: gpd.GeoDataFrame
) -> Iterator[tuple[int, list[tuple[float, int]]]]:
    """Every line of a main road with the cranes on it: chainage and row, in the order of chainage."""
    points = np.asarray(shapely.point_on_surface(cranes.geometry.to_numpy()), dtype=object)
    who, line, at, off = streets.within(points, np.full(len(points), standards.HYDRANT_STATED_REACH_M))
    named = np.array([streets.street_of(road) for road in cranes["road"]])[who] == streets.street[line]
    main = np.isin(streets.klass[line], [CLASSES.index(name) for name in standards.CRANE_ROAD_CLASSES])
    keep = main & (named | (off <= standards.HYDRANT_REACH_M))
    for each in np.unique(line[keep]).tolist():
        mine = keep & (line == each)
        yield each, sorted(zip(at[mine].tolist(), who[mine].tolist(), strict=True))


def _neighbours(
    chain: list[tuple[float, int]], closed: bool, length_m: float
) -> list[tuple[tuple[float, int], tuple[float, int]]]:
    """Pairs along a line; round a closed one, the last and the first too, whose chainage is then a round further."""
    pairs = list(pairwise(chain))
    if closed and len(chain) > 1:
        pairs.append((chain[-1], (chain[0][0] + length_m, chain[0][1])))
    return pairs


def _between(line: shapely.LineString, at: float, after: float) -> shapely.Geometry:
    if after <= line.length:
        return substring(line, at, after)
    rest = substring(line, 0.0, after - line.length)
    return shapely.union(substring(line, at, line.length), rest)


def _gap(one: pd.Series[Any], other: pd.Series[Any], along_m: float, county: County) -> dict[str, Any]:
    limit = standards.CRANE_SPACING_M
    slack_m = sum(
        np.inf
        if each["shape"] is None
        else float(shapely.hausdorff_distance(each["geometry"], each["shape"]))
        for each in (one, other)
    )
    drawn = bool({"roads", "cranes"} & county.schematic)
    unsure = slack_m > 0 or "cranes" in county.schematic
    doubts = [SCHEMATIC] * ("roads" in county.schematic) + [CRANE_POSITION] * unsure
    within, beyond = along_m + slack_m <= limit, along_m - slack_m > limit
    return {
        "crane_id": one["crane_id"], "next_crane_id": other["crane_id"],
        "straight_m": float(shapely.distance(one["geometry"], other["geometry"])), "along_m": along_m,
        "limit_m": limit, "verdict": DEPENDS if drawn or not (within or beyond) else WITHIN if within else BEYOND,
        "depends_on": ",".join(doubts),
    }  # fmt: skip


def _street_metres(network: Network | None, trips: CraneTrips, targets: Targets) -> Floats:
    """(c, c) metres along the streets between the cranes on them, in either direction of any street."""
    if network is None or trips.out is None:
        return np.empty((0, 0))
    whole, length = whole_streets(network), network.length_m
    graph = least_arcs(
        np.concatenate([whole.a, whole.b]),
        np.concatenate([whole.b, whole.a]),
        np.tile(length, 2),
        network.n_nodes,
    )
    metres = Drive(
        network,
        whole,
        np.full(len(length), 3.6),
        length,
        length,
        whole.a,
        whole.b,
        np.arange(network.n_nodes),
        graph,
    )
    sites = trips.out.sites
    rows = np.flatnonzero(sites.nominal)
    sites = replace(sites, turnout_s=np.zeros(len(sites.turnout_s)))
    field = replace(arrival_field(network, sites, targets), drive=metres)
    points = field.points(sites.street[rows], sites.chainage_m[rows])
    return np.array([times_at(FirstDue(field, *field.search(np.array([row]))), points)[0] for row in rows])


def crane_table(
    county: County, targets: Targets, trips: CraneTrips, driven: pd.DataFrame
) -> gpd.GeoDataFrame:
    """One row per crane of the county, on its index: :data:`CRANE_COLUMNS` and its place.

    ``driven``: the trips of the stations (:func:`analysis.crane_trips.station_trips`). Times, neighbours and spacing
    are null for a crane that does not count or has no street. The nearest station is
    the one that comes to it first (``low`` and ``high`` over all places both may have); the nearest crane that along
    the streets, both counted. ``spacing_m`` is the longer way to its neighbours on main roads (:func:`crane_spacing`)
    and ``spacing_verdict`` the worst of theirs. ``depends_on``: codes with commas, for the times.
    """
    table = trips.table
    spacing, metres = crane_spacing(county, trips), _street_metres(county.network, trips, targets)
    place = dict(zip(table["crane_id"].astype(str), table.geometry, strict=True))
    rows: list[dict[str, Any]] = []
    for crane_id, counts in zip(place, table["counted"].tolist(), strict=True):
        rows.append({} if not counts or county.network is None else _spacing_of(spacing, crane_id))
        if crane_id in trips.crane_ids:
            rows[-1] |= _nearest_crane(crane_id, trips, metres, place)
            rows[-1] |= {"depends_on": ",".join(trips.doubts(crane_id))} | _nearest_station(driven, crane_id)
    names = [name for name in CRANE_COLUMNS if name not in table]
    found = pd.DataFrame(rows, index=table.index, columns=names)
    numbers = [name for name in names if name.endswith(("_s", "_m", "_low", "_high"))]
    found = found.astype(dict.fromkeys(numbers, float)).assign(
        spacing_limit_m=standards.CRANE_SPACING_M, flow_source=flow_sources(table)
    )
    return gpd.GeoDataFrame(table.join(found)[[*CRANE_COLUMNS, "geometry"]])


def _spacing_of(spacing: pd.DataFrame, crane_id: str) -> dict[str, Any]:
    """The worst verdict on the gaps beside a crane and the longest of them."""
    mine = spacing[(spacing["crane_id"] == crane_id) | (spacing["next_crane_id"] == crane_id)]
    worst = next(
        (each for each in (BEYOND, DEPENDS, WITHIN) if (mine["verdict"] == each).any()), NO_NEIGHBOUR
    )
    return {"spacing_verdict": worst, "spacing_m": mine["along_m"].max()}


def _nearest_crane(
    crane_id: str, trips: CraneTrips, metres: Floats, place: Mapping[str, shapely.Point]
) -> dict[str, Any]:
    number = trips.crane_ids.index(crane_id)
    away = np.where(np.arange(len(metres)) == number, np.inf, metres[number])
    other = int(away.argmin())
    if not np.isfinite(away[other]):
        return {}
    return {
        "nearest_crane_id": trips.crane_ids[other],
        "nearest_crane_m": float(shapely.distance(place[crane_id], place[trips.crane_ids[other]])),
        "nearest_crane_street_m": float(away[other]),
    }


def _nearest_station(driven: pd.DataFrame, crane_id: str) -> dict[str, Any]:
    come = driven[(driven["crane_id"] == crane_id) & driven["to_crane_s"].notna()]
    if come.empty:
        return {}
    first = come.iloc[int(come["to_crane_s"].to_numpy(dtype=float).argmin())]
    ways = (("station_to_crane_s", "to_crane_s"), ("crane_to_station_s", "from_crane_s"))
    return {"nearest_station_id": first["station_id"], "depends_on": first["depends_on"]} | {
        ours + end: first[theirs + end] for ours, theirs in ways for end in ("", "_low", "_high")
    }
