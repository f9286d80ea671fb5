"""How much is reached: shares of ground and of street length, each with its denominator, adding up to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from analysis.coverage import (
    Range,
    reached_cells_range,
    reached_length_range_m,
    street_ground,
)
from analysis.readings import stretches
from geo.areas import length_inside_m
from geo.chainage import stretch_lines
from geo.ground import CELL_M, ground_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.arrival import ArrivalField
    from analysis.readings import FirstDue
    from analysis.scenario import Targets
    from geo.county import County
    from geo.network import Flags, Floats, Network

EDGE_M = 0.5
"""A street that runs along the edge of the study area is inside it: the area is grown by this for lengths."""


@dataclass(frozen=True)
class AreaShares:
    """The study area in m2 and what of it is covered, not covered and not analysed, adding up to it.

    ``share`` is the covered share of the whole study area over the places where the stations may stand; None where
    nobody knows who comes.
    """

    study_area_m2: float
    covered_m2: float
    not_covered_m2: float
    not_analysed_m2: float
    share: Range | None


@dataclass(frozen=True)
class LengthShares:
    """Street length in metres, whole and inside the study area, and what of it is reached.

    Ranges are over the places where the stations may stand. ``guessed_m`` is length with a guessed class. What is
    reached is None where nobody knows who comes, and a share is None where there is no street to have one of.
    """

    whole_m: float
    reached_m: float | None
    study_m: float
    reached_study_m: float | None
    share: Range | None
    study_share: Range | None
    unconnected_m: float | None
    guessed_m: float


@dataclass(frozen=True)
class Shares:
    """All shares of one assessment: where the study area comes from, ground, street length, and places by kind."""

    study_area_source: str
    areas: AreaShares | None
    lengths: LengthShares | None
    places: dict[str, Any]


def study_area_of(county: County, targets: Targets) -> tuple[BaseGeometry | None, str]:
    """The area the shares refer to, and where it comes from: ``file``, ``ring``, ``frontage`` or ``none``.

    ``frontage`` stands in where the county gives none: the ground within the off-street limit of any street.
    """
    if county.study_area is not None:
        return county.study_area, county.study_area_source
    if county.network is None:
        return None, "none"
    ground = ground_of(county.network, targets.off_street_limit_m, county.barrier)
    everything = np.ones(county.network.n_streets, dtype=bool)
    return street_ground(ground, everything, off_street_limit_m=targets.off_street_limit_m), "frontage"


def area_shares(
    county: County,
    field: ArrivalField | None,
    due: FirstDue | None,
    study_area: BaseGeometry | None,
    bands: gpd.GeoDataFrame,
    targets: Targets,
    *,
    connected: Flags | None,
    not_covered_is_sure: bool,
) -> AreaShares | None:
    """Shares of the study area at the limit; None without a study area.

    Ground of streets that no station reaches even without a limit and before closures (``connected`` False, (m,);
    None: nobody comes at all), and ground off the streets or hidden from them by a barrier, is not analysed.
    Where a counted station has no usable site (``not_covered_is_sure`` False) nothing is called not covered.
    """
    if study_area is None or study_area.area == 0:
        return None
    whole, network, barrier = float(study_area.area), county.network, county.barrier
    if network is None:
        return AreaShares(whole, 0.0, 0.0, whole, None)
    streets = np.ones(network.n_streets, dtype=bool) if connected is None else connected
    analysed = _owned_m2(network, barrier, targets.off_street_limit_m, study_area, streets.tobytes())
    covered, share = 0.0, _range(0.0) if not_covered_is_sure else None
    if field is not None and due is not None:
        union = bands[bands["band_s"] == targets.limit_s].geometry.iloc[0]
        covered = float(union.intersection(study_area).area)
        share = _share_range(field, study_area, covered / whole, targets, barrier)
    analysed = max(analysed, covered)
    not_covered = analysed - covered if not_covered_is_sure else 0.0
    return AreaShares(whole, covered, not_covered, whole - covered - not_covered, share)


@lru_cache(maxsize=4)
def _owned_m2(
    network: Network, barrier: BaseGeometry | None, limit_m: float, study_area: BaseGeometry, streets: bytes
) -> float:
    """How much of the study area the flagged streets own; kept, since it rarely changes with a choice of times.

    ``streets``: flags (m,), as bytes that a key can be made of.
    """
    flags = np.frombuffer(streets, dtype=bool)
    owned = street_ground(ground_of(network, limit_m, barrier), flags, off_street_limit_m=limit_m)
    return float(owned.intersection(study_area).area)


def _share_range(
    field: ArrivalField,
    study_area: BaseGeometry,
    nominal: float,
    targets: Targets,
    barrier: BaseGeometry | None,
) -> Range:
    """The nominal share as drawn, and how far the other places of the stations move it, counted in cells."""
    if bool(field.sites.nominal.all()):
        return Range(nominal, nominal, nominal)
    ground = ground_of(field.network, targets.off_street_limit_m, barrier)
    cells = ground.cells(field.network.ground_streets_in(study_area.buffer(ground.reach_m)))
    shapely.prepare(study_area)
    inside = np.asarray(shapely.contains_xy(study_area, cells.x, cells.y))
    count = round(study_area.area / CELL_M**2)
    counted = reached_cells_range(
        field, cells.only(inside), count, targets.limit_s, targets.off_street_limit_m
    )
    return Range(
        max(0.0, nominal + counted.low - counted.nominal),
        nominal,
        min(1.0, nominal + counted.high - counted.nominal),
    )


def length_in_study_m(lines: NDArray[np.object_], area: BaseGeometry | None) -> Floats:
    """Length of each line inside the study area, in metres, a street on its edge included; the whole without one."""
    if area is None or len(lines) == 0:
        return np.asarray(shapely.length(lines), dtype=float)
    return length_inside_m(lines, area.buffer(EDGE_M))


def length_shares(
    network: Network | None,
    field: ArrivalField | None,
    due: FirstDue | None,
    study_area: BaseGeometry | None,
    targets: Targets,
    *,
    reachable: Flags | None = None,
) -> LengthShares | None:
    """Shares of street length at the limit; None without streets. Each centre-line counts once.

    ``reachable`` (m,): streets that somebody would reach, were none closed or blocked and did a station count;
    they are not unconnected, only not reached. None: nothing is known of that.
    """
    if network is None or network.n_streets == 0:
        return None
    whole = float(network.length_m.sum())
    guessed = float(network.length_m[network.class_guessed].sum())
    study = float(length_in_study_m(network.lines, study_area).sum())
    if field is None or due is None:
        if reachable is None:
            return LengthShares(whole, None, study, None, None, None, None, guessed)
        return LengthShares(
            whole, 0.0, study, 0.0, _range(0.0), _range(0.0) if study > 0 else None, 0.0, guessed
        )
    cut = stretches(due, targets.limit_s)
    length = cut.to_m - cut.from_m
    reached = float(length[cut.reached].sum())
    lines = stretch_lines(network, cut.street[cut.reached], cut.from_m[cut.reached], cut.to_m[cut.reached])
    reached_study = float(length_in_study_m(lines, study_area).sum())
    nobody = cut.station < 0 if reachable is None else (cut.station < 0) & ~reachable[cut.street]
    unconnected = float(length[nobody].sum())
    share = _placed(field, targets, None, reached, whole)
    inside = _placed(field, targets, study_area, reached_study, study)
    return LengthShares(whole, reached, study, reached_study, share, inside, unconnected, guessed)


def _range(value: float) -> Range:
    return Range(value, value, value)


def _placed(
    field: ArrivalField, targets: Targets, area: BaseGeometry | None, nominal_m: float, whole_m: float
) -> Range | None:
    """Reached share over all places of the stations, around the nominal length as cut; None of no length."""
    if whole_m == 0:
        return None
    if bool(field.sites.nominal.all()):
        return _range(nominal_m / whole_m)
    parts = field.parts()
    lines = stretch_lines(field.network, parts.street, parts.from_m, parts.to_m)
    inside = length_in_study_m(lines, area) / parts.length_m
    metres = reached_length_range_m(field, targets.limit_s, inside)
    return Range(
        max(0.0, nominal_m + metres.low - metres.nominal) / whole_m,
        nominal_m / whole_m,
        min(1.0, (nominal_m + metres.high - metres.nominal) / whole_m),
    )


def lowered(
    areas: AreaShares | None,
    lengths: LengthShares | None,
    bare_areas: AreaShares | None,
    bare_lengths: LengthShares | None,
) -> tuple[AreaShares | None, LengthShares | None]:
    """Shares whose low ends are no more than those without some of the stations (``bare``), from whose place nothing
    is sure; what is not known without them may be nothing."""
    if areas is not None:
        areas = replace(areas, share=_lower(areas.share, None if bare_areas is None else bare_areas.share))
    if lengths is not None:
        share = _lower(lengths.share, None if bare_lengths is None else bare_lengths.share)
        study_share = _lower(lengths.study_share, None if bare_lengths is None else bare_lengths.study_share)
        lengths = replace(lengths, share=share, study_share=study_share)
    return areas, lengths


def _lower(share: Range | None, bare: Range | None) -> Range | None:
    return None if share is None else replace(share, low=min(share.low, 0.0 if bare is None else bare.low))
