"""Where a station may be built: places along the streets, reserve parcels, or given points; and where it may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.arrival import streets_that_take_sites
from analysis.siting_choice import ON_PARCELS, ON_STREETS
from analysis.siting_demand import street_samples, streets_of
from geo.ownership import owner_of
from geo.placing import M2_PER_MU
from geo.rule_pack import read_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.assessment import Assessment
    from analysis.siting_choice import SitingChoice
    from geo.network import Flags, Floats

TRIED, NO_PLACE, TOO_SMALL, TOO_FAR, FORBIDDEN = "tried", "no_place", "too_small", "too_far", "forbidden"
NEAR_CROWD, NEAR_HAZARD = "near_crowd", "near_hazard"
"""What became of a candidate: tried; or it has no place, too little land, no street within the snap limit that can be
left and come back to, lies in a forbidden area, or nearer to crowded places or hazardous goods than the rules allow."""
RULE_OF = {NEAR_CROWD: "exit_from_crowded_place", NEAR_HAZARD: "site_from_hazard_preferred"}
"""The rule of the pack ``cn`` that gives each distance."""
CROWDS_UNKNOWN, HAZARDS_UNKNOWN, POSITION, SITE_AREA = "no_crowds", "no_hazards", "position", "site_area"
"""What a candidate leaves open: nobody gave the crowded places, the hazards; its place is not surveyed; its land is
not stated."""
COLUMNS = ("candidate_id", "kind", "name", "state", "doubts", "snap_m", "street", "chainage_m")
CRS_OF_GIVEN = "EPSG:4326"


@dataclass(frozen=True, eq=False)
class Land:
    """What limits candidates, in the county's CRS: ``points`` of a file (None where none is given), ``forbidden``
    areas, ``crowds`` and ``hazards`` (empty where nobody gave any: their distances are then not analysed)."""

    points: gpd.GeoDataFrame | None = None
    forbidden: tuple[BaseGeometry, ...] = ()
    crowds: tuple[BaseGeometry, ...] = ()
    hazards: tuple[BaseGeometry, ...] = ()


def site_distance_m(state: str) -> float:
    """Metres that a station keeps from crowded places or hazardous goods, by the rules."""
    limits = {rule.id: rule.limit(None) for rule in read_pack("cn").rules}
    found = limits[RULE_OF[state]]
    if found is None or found.least is None:
        raise ValueError(f"the pack gives no distance for {RULE_OF[state]}")
    return found.least


def candidates_of(assessment: Assessment, choice: SitingChoice, land: Land | None = None) -> gpd.GeoDataFrame:
    """Every candidate with what became of it: :data:`COLUMNS` and its place, in the county's CRS.

    ``street`` and ``chainage_m`` say where its engines come onto the streets, ``snap_m`` how far that is; -1 and NaN
    where it is not tried. The order is that of the streets, parcels or points. Raises ``ValueError`` without streets.
    """
    if choice.candidates == ON_STREETS:
        found = _on_streets(assessment, choice.most_candidates)
    elif choice.candidates == ON_PARCELS:
        found = _on_parcels(assessment, choice.least_site_m2)
    else:
        found = _of_file(assessment, None if land is None else land.points)
    return _held_off(found, land or Land())


def _takes(assessment: Assessment) -> Flags:
    network = streets_of(assessment)
    return streets_that_take_sites(network, standards.SMALL_PART_SHARE) & network.owns_ground


def _table(
    assessment: Assessment,
    kind: str,
    names: Sequence[str],
    places: NDArray[np.object_],
    state: NDArray[np.object_],
    doubts: list[list[str]],
) -> gpd.GeoDataFrame:
    """Candidates at ``places`` (None where unknown), each brought to the street that takes it."""
    county, limit_m = assessment.county, assessment.scenario.targets.snap_limit_m
    there = np.flatnonzero((state == TRIED) & ~shapely.is_missing(places))
    street = np.full(len(places), -1, dtype=np.int64)
    chainage, snap_m, state = np.full(len(places), np.nan), np.full(len(places), np.nan), state.copy()
    takes = _takes(assessment)
    found, along, gap = owner_of(streets_of(assessment), county.barrier, places[there], limit_m, takes)
    near = (found >= 0) & (gap <= limit_m)
    street[there], chainage[there], snap_m[there] = (
        np.where(near, found, -1),
        np.where(near, along, np.nan),
        gap,
    )
    state[there[~near]] = TOO_FAR
    width = max(3, len(str(len(places))))
    return gpd.GeoDataFrame(
        {
            "candidate_id": [f"C{number:0{width}d}" for number in range(1, len(places) + 1)],
            "kind": kind,
            "name": pd.Series(list(names), dtype=object),
            "state": state,
            "doubts": pd.Series(doubts, dtype=object),
            "snap_m": snap_m,
            "street": street,
            "chainage_m": chainage,
        },
        geometry=gpd.GeoSeries(places, crs=county.crs),
    )


def _tried(count: int) -> NDArray[np.object_]:
    return np.full(count, TRIED, dtype=object)


def _on_streets(assessment: Assessment, most: int) -> gpd.GeoDataFrame:
    network = streets_of(assessment)
    street, chainage, _ = street_samples(network, np.flatnonzero(_takes(assessment)), most)
    table = _table(
        assessment, ON_STREETS, network.street_names(street), network.along(street, chainage), _tried(len(street)),
        [[] for _ in street],
    )  # fmt: skip
    # Where streets cross on two levels the nearest street to a point may be another than the one it was taken from.
    return table.assign(street=street, chainage_m=chainage, snap_m=0.0, state=_tried(len(street)))


def _on_parcels(assessment: Assessment, least_m2: float) -> gpd.GeoDataFrame:
    """Parcels at the corner or inner point that is nearest to a street."""
    parcels = assessment.parcels
    shapes = np.asarray(parcels.geometry.to_numpy(), dtype=object)
    places = np.array([_nearest_place(assessment, shape) for shape in shapes.tolist()], dtype=object)
    area_m2 = parcels["area_mu"].to_numpy(dtype=float, na_value=np.nan) * M2_PER_MU
    state = np.select([shapely.is_missing(shapes), area_m2 < least_m2], [NO_PLACE, TOO_SMALL], TRIED).astype(
        object
    )
    surveyed = (parcels["position_class"] == "P0").to_numpy() & (parcels["drawn"] == "boundary").to_numpy()
    doubts = [
        [*[POSITION] * (not known), *[SITE_AREA] * bool(np.isnan(area))]
        for known, area in zip(surveyed.tolist(), area_m2.tolist(), strict=True)
    ]
    return _table(assessment, ON_PARCELS, parcels["parcel_no"].astype(str).tolist(), places, state, doubts)


def _nearest_place(assessment: Assessment, shape: BaseGeometry | None) -> BaseGeometry | None:
    if shape is None or shape.is_empty:
        return None
    inner = shapely.get_coordinates(shapely.point_on_surface(shape))
    places = np.asarray(shapely.points(np.concatenate([inner, shapely.get_coordinates(shape)])), dtype=object)
    limit_m, barrier = assessment.scenario.targets.snap_limit_m, assessment.county.barrier
    _, _, gap = owner_of(streets_of(assessment), barrier, places, limit_m, _takes(assessment))
    place: BaseGeometry = places[int(np.argmin(np.where(np.isnan(gap), np.inf, gap)))]
    return place


def _of_file(assessment: Assessment, points: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if points is None:
        raise ValueError("a file of candidates is asked for and none is given")
    given = points.to_crs(assessment.county.crs)
    shapes = np.asarray(given.geometry.to_numpy(), dtype=object)
    state = np.where(shapely.is_missing(shapes), NO_PLACE, TRIED).astype(object)
    named = next((name for name in ("name", "candidate_id", "id") if name in given), None)
    names = [""] * len(given) if named is None else given[named].fillna("").astype(str).tolist()
    return _table(assessment, "file", names, shapes, state, [[] for _ in names])


def _held_off(found: gpd.GeoDataFrame, land: Land) -> gpd.GeoDataFrame:
    """Candidates in forbidden areas or too near to crowds or hazards are not tried; what nobody gave is a doubt."""
    state, places = found["state"].to_numpy(copy=True), np.asarray(found.geometry.to_numpy(), dtype=object)
    tried = np.flatnonzero(state == TRIED)
    for reason, shapes, within_m in (
        (NEAR_HAZARD, land.hazards, site_distance_m(NEAR_HAZARD)),
        (NEAR_CROWD, land.crowds, site_distance_m(NEAR_CROWD)),
        (FORBIDDEN, land.forbidden, 0.0),
    ):
        state[tried[_within(places[tried], shapes, within_m)]] = reason
    unknown = [
        name for name, given in ((CROWDS_UNKNOWN, land.crowds), (HAZARDS_UNKNOWN, land.hazards)) if not given
    ]
    doubts = [[*mine, *unknown] for mine in found["doubts"]]
    off = state != TRIED
    return found.assign(
        state=state,
        doubts=pd.Series(doubts, found.index, dtype=object),
        street=np.where(off, -1, found["street"]),
        chainage_m=np.where(off, np.nan, found["chainage_m"]),
    )


def _within(places: NDArray[np.object_], shapes: tuple[BaseGeometry, ...], within_m: float) -> Flags:
    """Places in a shape (``within_m`` 0, its edge included) or nearer to one than a distance."""
    if not shapes or len(places) == 0:
        return np.zeros(len(places), dtype=bool)
    gap: Floats = shapely.distance(places, shapely.union_all(list(shapes)))
    return np.asarray(gap < within_m if within_m > 0 else gap <= 0)
