"""Rules about the place and the strength of a station itself: what stands near it, its street, land and crew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.arrival import streets_that_take_sites
from analysis.findings import DEPENDS, MET, NOT_ANALYSED, NOT_MET, NOT_STATED, SURVEYED, Finding, against
from geo.network import CLASSES
from geo.ownership import owner_of

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.network import Network
    from geo.rule_pack import Limit

MAIN_CLASSES = ("primary", "secondary", "tertiary")
"""Street classes read as 主干路 or 次干路 [own]; a trunk road may be one, or an expressway without frontage."""
UNTOLD_CLASSES = ("service", "road", "pedestrian", "emergency")
"""Classes that do not say what street a station fronts: a station's own drive is mapped as ``service``."""
SAME_FIGURE = 0.02
"""A building area this close to the site area may be the same figure printed twice [own]."""
_BREAKS = str.maketrans(dict.fromkeys("，,、；;。.（）() \t", "\n"))


def is_surveyed(place: pd.Series[Any]) -> bool:
    """Whether a row's place is given by coordinates, not by words."""
    return place.get("geometry") is not None and place.get("position_class") == SURVEYED


def named_places(text: str | None, words: tuple[str, ...]) -> list[str]:
    """Crowded places that the words about a station's place name: ``中心医院`` in ``…，中心医院东侧``."""
    found = []
    for part in (text or "").translate(_BREAKS).split("\n"):
        ends = [part.find(word) + len(word) for word in words if word in part]
        if ends:
            found.append(part[: max(ends)])
    return found


@dataclass(frozen=True)
class _Nearest:
    """Distance from a station to the nearest of some places: least and most it can be, as drawn, and its name."""

    low_m: float
    high_m: float
    drawn_m: float
    name: str


def _nearest(point: BaseGeometry, places: gpd.GeoDataFrame, own_m: float, outlet_m: float) -> _Nearest:
    """``own_m``: how far what is measured from may be from ``point``; ``outlet_m``: the same for the places, where
    they are points that are not said to be exits (``is_exit``). On an area the exit may be anywhere."""
    exits = (
        places["is_exit"].eq(True).to_numpy() if "is_exit" in places else np.zeros(len(places), dtype=bool)
    )
    shapes = places.geometry.to_numpy()
    drawn = shapely.distance(shapes, point)
    areas = shapely.get_dimensions(shapes) > 0
    farthest = np.array([shapely.hausdorff_distance(point, shape) for shape in shapes.tolist()])
    slack = np.where(exits | areas, 0.0, outlet_m)
    low = np.maximum(drawn - own_m - slack, 0.0)
    high = np.where(areas & ~exits, farthest, drawn) + own_m + slack
    nearest = int(np.argmin(low))
    name = places["name"].iloc[nearest] if "name" in places else None
    return _Nearest(float(low.min()), float(high.min()), float(drawn.min()), name or "")


def _surveyed_places(layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, str]:
    """The places of a layer that have coordinates, and the names of those that have not."""
    known = (layer.geometry.notna() & ~layer.geometry.is_empty).to_numpy()
    if "position_class" in layer:
        known = known & (layer["position_class"].isna() | (layer["position_class"] == SURVEYED)).to_numpy()
    names = layer.loc[~known, "name"].tolist() if "name" in layer else []
    return layer[known], "、".join(name or "?" for name in names) or ("?" if not known.all() else "")


def crowded_distance(
    station: pd.Series[Any],
    limit: Limit,
    layer: gpd.GeoDataFrame | None,
    exits: gpd.GeoDataFrame | None,
    words: tuple[str, ...],
    outlet_m: float,
) -> Finding:
    """How far the engine exit is from the main evacuation exits of crowded buildings, metres.

    Nothing is said for a station known by words; if the words name a crowded building, the finding names it too.
    ``exits`` are surveyed engine exits (``station_id``); without one the exit is within ``outlet_m`` of the station.
    """
    named = named_places(station.get("location_text"), words)
    if not is_surveyed(station):
        reason = "named_place_not_surveyed" if named else "station_not_surveyed"
        return Finding(NOT_ANALYSED, reason, detail="、".join(named))
    if layer is None or layer.empty:
        reason = "named_place_not_surveyed" if named else "no_crowded_layer"
        return Finding(NOT_ANALYSED, reason, detail="、".join(named))
    places, unsurveyed = _surveyed_places(layer)
    listed = places["name"].dropna().tolist() if "name" in places else []
    missing = [each for each in named if not any(each in name or name in each for name in listed)]
    found = Finding(DEPENDS, "place_not_surveyed", detail=unsurveyed)
    if not places.empty:
        own = None if exits is None else exits[exits["station_id"] == station["station_id"]]
        point, own_m = (
            (station["geometry"], outlet_m) if own is None or own.empty else (own.geometry.iloc[0], 0.0)
        )
        near = _nearest(point, places, own_m, outlet_m)
        found = against(
            limit, near.low_m, near.high_m, near.drawn_m, doubt="exits_not_surveyed", detail=near.name
        )
    if found.verdict == NOT_MET:
        return found
    if missing:
        return Finding(NOT_ANALYSED, "named_place_not_surveyed", detail="、".join(missing))
    if found.verdict == MET and unsurveyed:
        return Finding(DEPENDS, "place_not_surveyed", found.measured, unsurveyed)
    return found


def hazard_distance(
    station: pd.Series[Any], limit: Limit, layer: gpd.GeoDataFrame | None, outlet_m: float
) -> Finding:
    """How far the station's site is from places with hazardous goods, metres. The edge of a site lies within
    ``outlet_m`` of the point that stands for it, never farther from the other than that point."""
    if not is_surveyed(station):
        return Finding(NOT_ANALYSED, "station_not_surveyed")
    if layer is None or layer.empty:
        return Finding(NOT_ANALYSED, "no_hazard_layer")
    places, unsurveyed = _surveyed_places(layer)
    if places.empty:
        return Finding(DEPENDS, "place_not_surveyed", detail=unsurveyed)
    near = _nearest(station["geometry"], places, outlet_m, outlet_m)
    found = against(
        limit, near.low_m, near.drawn_m, near.drawn_m, doubt="edges_not_surveyed", detail=near.name
    )
    if found.verdict == MET and unsurveyed:
        return Finding(DEPENDS, "place_not_surveyed", near.drawn_m, unsurveyed)
    return found


def upwind(station: pd.Series[Any], layer: gpd.GeoDataFrame | None) -> Finding:
    """Whether the station lies upwind of hazardous goods: never analysed, as no wind is known here."""
    if not is_surveyed(station):
        return Finding(NOT_ANALYSED, "station_not_surveyed")
    return Finding(NOT_ANALYSED, "no_hazard_layer" if layer is None or layer.empty else "wind_not_known")


def door_set_back(station: pd.Series[Any], limit: Limit, grade: str | None) -> Finding:
    """How far the engine doors stand back from the street's boundary line: only if the stations table states it
    (``door_setback_m``). A small station inside another building need not."""
    setback_m = stated(station, "door_setback_m")
    if math.isnan(setback_m):
        return Finding(NOT_ANALYSED, "no_street_boundary")
    found = against(limit, setback_m, setback_m, setback_m, doubt="")
    if found.verdict == NOT_MET and grade == "小型":
        return Finding(DEPENDS, "small_built_in", setback_m)
    return found


def frontage_table(
    network: Network,
    stations: gpd.GeoDataFrame,
    barrier: BaseGeometry | None = None,
    snap_limit_m: float = standards.SNAP_LIMIT_M,
) -> pd.DataFrame:
    """The street each station fronts: ``station_id``, ``street_class``, ``street_name``, ``class_guessed``,
    ``snap_m`` and ``main_street_m``, the way to the nearest main street (infinite where there is none).

    One row per station with a place; the street is the one its site snaps to. A street behind ``barrier``, all
    barriers as one shape, is none; a station that sees no street within ``snap_limit_m`` has no row.
    """
    placed = stations[stations.geometry.notna()]
    takes = streets_that_take_sites(network, standards.SMALL_PART_SHARE)
    points = placed.geometry.to_numpy()
    street, _, snap_m = owner_of(network, barrier, points, snap_limit_m, takes)
    main = takes & np.isin(network.klass, [CLASSES.index(name) for name in MAIN_CLASSES])
    main_m = owner_of(network, barrier, points, snap_limit_m, main)[2]
    there = street >= 0
    street = street[there]
    return pd.DataFrame(
        {
            "station_id": placed["station_id"].to_numpy()[there],
            "street_class": [CLASSES[k] for k in network.klass[street].tolist()],
            "street_name": network.street_names(street),
            "class_guessed": network.class_guessed[street],
            "snap_m": snap_m[there],
            "main_street_m": np.where(np.isnan(main_m), np.inf, main_m)[there],
        }
    )


def frontage(
    station: pd.Series[Any], streets: pd.DataFrame | None, within_m: float, *, schematic: bool
) -> Finding:
    """Whether the station fronts a main or secondary street (主、次干路)."""
    rows = None if streets is None else streets[streets["station_id"] == station["station_id"]]
    if rows is None or rows.empty:
        return Finding(NOT_ANALYSED, "no_street")
    street = rows.iloc[0]
    snap_m, named, kind = float(street["snap_m"]), street["street_name"] or "", street["street_class"]
    doubts = {
        "schematic_network": schematic,
        "station_position": not is_surveyed(station),
        "class_guessed": bool(street["class_guessed"]),
        "street_far": snap_m > within_m,
        "trunk_may_be_expressway": kind == "trunk",
        "class_untold": kind in UNTOLD_CLASSES,
    }
    doubt = next((reason for reason, asked in doubts.items() if asked), None)
    if doubt is not None:
        return Finding(DEPENDS, doubt, detail=named)
    if kind in MAIN_CLASSES:
        return Finding(MET, "on_main_street", detail=named)
    if float(street["main_street_m"]) <= within_m:
        return Finding(DEPENDS, "other_street_near", detail=named)
    return Finding(NOT_MET, "on_minor_street", detail=named)


def stated(station: pd.Series[Any], column: str) -> float:
    """A number the stations table states; NaN where it has no such column, no value or no number."""
    return float(pd.to_numeric(pd.Series([station.get(column)], dtype=object), errors="coerce").iloc[0])


def site_area(station: pd.Series[Any], limit: Limit) -> Finding:
    """The station's own land, m2. Land shared with others (``site_area_scope`` = shared) states no own share."""
    area_m2 = stated(station, "site_area_m2")
    if math.isnan(area_m2):
        return Finding(NOT_STATED, "not_stated")
    if station.get("site_area_scope") == "shared":
        return Finding(NOT_STATED, "area_shared", area_m2)
    return against(limit, area_m2, area_m2, area_m2, doubt="")


def building_area(station: pd.Series[Any], limit: Limit) -> Finding:
    """The building area, m2; a figure that all but repeats the site area decides nothing."""
    area_m2, site_m2 = stated(station, "building_area_m2"), stated(station, "site_area_m2")
    if math.isnan(area_m2):
        return Finding(NOT_STATED, "not_stated")
    if site_m2 > 0 and abs(area_m2 - site_m2) <= SAME_FIGURE * site_m2:
        return Finding(DEPENDS, "repeats_site_area", area_m2, f"{site_m2:g}")
    return against(limit, area_m2, area_m2, area_m2, doubt="")


def crew(station: pd.Series[Any], limit: Limit) -> Finding:
    """People on duty in one shift. The whole strength (``crew``) is another figure: it can be too small for any
    shift, but does not say how many are on duty (``crew_on_duty``). ``crew_parts`` is the sum of its parts."""
    on_duty, whole, parts = (stated(station, name) for name in ("crew_on_duty", "crew", "crew_parts"))
    if not math.isnan(on_duty):
        return against(limit, on_duty, on_duty, on_duty, doubt="")
    if math.isnan(whole):
        return Finding(NOT_STATED, "not_stated")
    if limit.least is not None and np.fmax(whole, parts) < limit.least:
        return Finding(NOT_MET, "below_limit", whole)
    if not math.isnan(parts) and parts != whole:
        return Finding(NOT_STATED, "crew_parts_differ", whole, f"{whole:g} / {parts:g}")
    return Finding(NOT_STATED, "duty_not_stated", whole)
