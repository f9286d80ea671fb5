"""The county as a scenario finds it: its streets, stations, hydrants and cranes with the changes put in.

This is the one place where changes reach the tables; everything asked of a scenario reads the county made here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.changes import LAYERS, Moved, StationAdded
from analysis.water import HYPOTHETICAL
from geo.county_checks import FAR_M, reach_of
from geo.crs import WGS84, reproject, shapes_of
from geo.layers import CLASS_RADIUS_M
from geo.locate import township_cell
from geo.problems import InputError, Problem, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.changes import Changes, SourceAdded
    from analysis.scenario import Scenario
    from geo.county import County
    from geo.network import Ints, Network

SCENARIO = "scenario"
"""The source of every place that a scenario gives."""
ADDED, MOVED, OFF = "added", "moved", "off"
"""What the column ``scenario_change`` says of a row; null where the scenario leaves it as it is."""
IDS = {"stations": "station_id", "hydrants": "hydrant_id", "cranes": "crane_id"}
WIDE_CLASSES = ("P5", "P6")
"""Classes so wide that a station is put at its point alone, with nothing surely reached from there."""
_OF_PLACE = (
    "location", "location_text", "position_note", "unresolved_reason", "position_caution", "section_id", "road", "from",
    "to", "side", "kerb_m", "wall_m", "site_area_m2",
)  # fmt: skip
"""What the county says of a place, which no longer holds where the scenario gives another."""


def county_with(county: County, scenario: Scenario) -> County:
    """The county with the streets that are open under the scenario, and its changes put into the tables.

    A table with a change has two more columns: ``scenario_change`` (:data:`ADDED`, :data:`MOVED`, :data:`OFF`, null)
    and ``position_status`` (:data:`analysis.changes.POSITION_STATUSES`, null where the scenario gives no place), and
    stations ``engines``, as stated for an added one. Added rows have the status :data:`HYPOTHETICAL`; added and moved
    ones the source :data:`SCENARIO` and no words of the county's about their place; what is switched off is
    ``out_of_service``, and so are the vehicles of its stations.

    The result remembers the county ``as_surveyed``, and always starts from it, so that it may be asked again. Its
    digest differs from the county's where anything but the year's streets is changed. Nothing given is written into.
    Raises :class:`InputError` with every id that is not there or there already, and every place far from the county.
    """
    key = _key(scenario)
    if county.as_surveyed is not None and county.changed_by == key:
        return county
    surveyed = county.as_surveyed or county
    changes = scenario.changes
    found = change_problems(surveyed, changes)
    if found:
        raise InputError(found)
    network = _opened(surveyed.network, scenario)
    tables = {name: _changed(surveyed, name, changes) for name in LAYERS if _touches(changes, name)}
    if changes.stations_off:
        tables["vehicles"] = _vehicles_off(surveyed.vehicles, changes.stations_off)
    if network is surveyed.network and not tables:
        return surveyed
    digest = surveyed.digest
    if tables or changes.streets_opened:
        digest = hashlib.sha256(f"{surveyed.digest}\0{key}".encode()).hexdigest()
    made = dataclasses.replace(
        surveyed, **tables, network=network, digest=digest, as_surveyed=surveyed, changed_by=key
    )
    # Joined once: what rests on the barriers is kept by this very shape.
    made.__dict__["barrier"] = surveyed.barrier
    return made


def surveyed_county(county: County) -> County:
    """The county before any change of a scenario."""
    return county.as_surveyed or county


def lists_stations(county: County) -> bool:
    """Whether the county itself lists stations: one that a scenario adds does not say who else may come."""
    return len(surveyed_county(county).stations) > 0


def stands_in_scenario(table: pd.DataFrame) -> NDArray[np.bool_]:
    """(n,) rows of a table whose place the scenario gives: those added and moved."""
    if "scenario_change" not in table:
        return np.zeros(len(table), dtype=bool)
    return np.asarray(table["scenario_change"].isin([ADDED, MOVED]))


def change_counts(county: County) -> dict[str, dict[str, int]]:
    """Numbers of rows added, moved and off by layer."""
    counts = {}
    for name in LAYERS:
        table = getattr(county, name)
        said = table["scenario_change"] if "scenario_change" in table else pd.Series(dtype=object)
        counts[name] = {code: int((said == code).sum()) for code in (ADDED, MOVED, OFF)}
    return counts


def _key(scenario: Scenario) -> str:
    return json.dumps([scenario.year, dataclasses.asdict(scenario.changes)], ensure_ascii=False)


def _of(changes: Changes, layer: str) -> tuple[Sequence[Any], Sequence[Moved], Sequence[str]]:
    return tuple(getattr(changes, f"{layer}_{what}") for what in ("added", "moved", "off"))


def _touches(changes: Changes, layer: str) -> bool:
    return any(_of(changes, layer))


def change_problems(county: County, changes: Changes) -> list[Problem]:
    """Everything that keeps changes from being put into a county as surveyed; empty where nothing does."""
    found: list[Problem] = []
    for layer in LAYERS:
        if not _touches(changes, layer):
            continue
        added, moved, off = _of(changes, layer)
        ids = getattr(county, layer)[IDS[layer]].dropna().astype(str).tolist()
        there = set(ids)
        some = ", ".join(ids[:10]) + (" …" if len(ids) > 10 else "")
        found += [
            problem("change_there", row=row, field=f"changes.{layer}_added", value=each.id)
            for row, each in enumerate(added, 1)
            if each.id in there
        ]
        for name, asked in (("moved", [each.id for each in moved]), ("off", off)):
            found += [
                problem(
                    "change_unknown",
                    row=row,
                    field=f"changes.{layer}_{name}",
                    value=its_id,
                    known=some or "–",
                )
                for row, its_id in enumerate(asked, 1)
                if its_id not in there
            ]
        found += _far_off(county, f"changes.{layer}_added", added)
        found += _far_off(county, f"changes.{layer}_moved", moved)
    found += [
        problem("street_unknown", row=row, field="changes.streets_opened", value=each)
        for row, each in enumerate(changes.streets_opened, 1)
        if county.network is None or len(_streets_of(county.network, (each,))) == 0
    ]
    return found


def _far_off(county: County, field: str, rows: Sequence[Any]) -> list[Problem]:
    """Places too far from everything that says where the county is, and townships that cannot be told."""
    found, reach = [], reach_of(county)
    for row, (each, place) in enumerate(zip(rows, _points(county, rows), strict=True), 1):
        far_m = np.inf if not np.isfinite(shapely.get_coordinates(place)).all() else 0.0
        far_m = float(shapely.distance(place, reach)) if reach is not None and not far_m else far_m
        if far_m > FAR_M:
            said = round(far_m / 1000) if np.isfinite(far_m) else ""
            found.append(problem("change_far_away", row=row, field=field, value=each.id, distance=said))
        elif each.position_class == "P6" and _township(county, place) is None:
            found.append(problem("change_no_township", row=row, field=field, value=each.id))
    return found


def _points(county: County, rows: Sequence[Any]) -> NDArray[np.object_]:
    """Their places in the county's CRS."""
    given = shapes_of([shapely.Point(each.lon, each.lat) for each in rows])
    return np.asarray(reproject(given, WGS84, county.crs), dtype=object)


def _township(county: County, place: BaseGeometry) -> shapely.Geometry | None:
    """Where the township may lie that a point stands for: the cell of the nearest township point."""
    towns = county.places[(county.places["kind"] == "township") & county.places.geometry.notna()]
    if towns.empty:
        return None
    nearest = towns.iloc[int(np.argmin(shapely.distance(towns.geometry.to_numpy(), place)))]
    return township_cell(str(nearest["name"]), county.places)


def _may_stand(county: County, place: BaseGeometry, position_class: str) -> BaseGeometry:
    """Where a thing of this class may stand; as for coordinates of the county's own layers."""
    cell = _township(county, place) if position_class == "P6" else None
    if cell is not None:
        around: BaseGeometry = shapely.union(cell, place)
        return around
    radius_m = CLASS_RADIUS_M.get(position_class)
    return place if radius_m is None else shapely.buffer(place, radius_m)


def _changed(county: County, layer: str, changes: Changes) -> gpd.GeoDataFrame:
    added, moved, off = _of(changes, layer)
    table: gpd.GeoDataFrame = getattr(county, layer)
    ids = table[IDS[layer]].astype(str)
    columns = {str(name): table[name].to_numpy(dtype=object, copy=True) for name in table.columns}
    columns["scenario_change"] = np.full(len(table), None, dtype=object)
    columns["position_status"] = np.full(len(table), None, dtype=object)
    if layer == "stations":
        columns["engines"] = columns.get("engines", np.full(len(table), np.nan, dtype=object))
    gone = np.flatnonzero(ids.isin(off))
    columns["status"][gone] = "out_of_service"
    columns["scenario_change"][gone] = OFF
    row_of = {its_id: row for row, its_id in enumerate(ids.tolist())}
    for each, place in zip(moved, _points(county, moved), strict=True):
        new = _placed(county, each, place) | {"scenario_change": MOVED}
        for name, value in new.items():
            if name in columns:
                columns[name][row_of[each.id]] = value
    more = [
        _placed(county, each, place) | {"scenario_change": ADDED} | _row(layer, each)
        for each, place in zip(added, _points(county, added), strict=True)
    ]
    return _table(table, columns, more)


def _placed(county: County, each: Any, place: BaseGeometry) -> dict[str, Any]:
    """The cells of a row that say where it stands, and who says so. What a moved thing gives goes with it."""
    return {
        **dict.fromkeys(_OF_PLACE), "reason_values": (), "interpolated": False, "geometry": place,
        "shape": _may_stand(county, place, each.position_class), "position_class": each.position_class,
        "position_status": each.position_status, "source": SCENARIO, "source_line": None,
    }  # fmt: skip


def _row(layer: str, each: StationAdded | SourceAdded) -> dict[str, Any]:
    """The cells of an added row that say what it is."""
    cells = {IDS[layer]: each.id, "name": each.name or None, "status": HYPOTHETICAL, "count": 1.0}
    if isinstance(each, StationAdded):
        return cells | {"turnout_s": each.turnout_s, "engines": each.engines}
    return cells | {"flow_lps": each.flow_lps}


def _table(
    table: gpd.GeoDataFrame, columns: dict[str, NDArray[np.object_]], more: list[dict[str, Any]]
) -> gpd.GeoDataFrame:
    """The columns with further rows behind, of the types the table has; numbers missing are NaN, all else None."""
    made = {}
    index = pd.RangeIndex(len(table) + len(more))
    for name, values in columns.items():
        kind = table[name].dtype if name in table else np.dtype(float if name == "engines" else object)
        number = kind.kind in "fiu" if isinstance(kind, np.dtype) else False
        blank = np.nan if number else None
        cells = np.empty(len(index), dtype=object)
        cells[: len(values)] = values
        cells[len(values) :] = [blank if (cell := row.get(name)) is None else cell for row in more]
        if str(kind) == "geometry":
            made[name] = gpd.GeoSeries(cells, index, crs=table.crs)
        elif number:
            made[name] = pd.Series(
                np.array([blank if cell is None else cell for cell in cells], dtype=float), index
            )
        elif str(kind) == "bool":
            made[name] = pd.Series(np.array([bool(cell) for cell in cells]), index)
        else:
            made[name] = pd.Series(cells, index, dtype=object)
    return gpd.GeoDataFrame(made, index=index, geometry="geometry", crs=table.crs)


def _vehicles_off(vehicles: pd.DataFrame, stations: Sequence[str]) -> pd.DataFrame:
    """The vehicles; those of stations that are switched off are out of service."""
    gone = vehicles["station_id"].isin(stations)
    return vehicles.assign(status=vehicles["status"].where(~gone, "out_of_service"))


def _streets_of(network: Network, opened: Sequence[str]) -> Ints:
    """Rows of the streets named by their id or that of their way, in ascending order."""
    ids = pd.Series(network.street_ids())
    ways = ids.str.rpartition("-")[0].where(network.way_id > 0, "")
    return np.flatnonzero(ids.isin(opened) | (ways.isin(opened) & (ways != "")))


def _opened(network: Network | None, scenario: Scenario) -> Network | None:
    if network is None:
        return None
    opened = scenario.changes.streets_opened
    return network.opened(scenario.year, _streets_of(network, opened) if opened else None)
