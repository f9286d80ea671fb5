"""Tables read from the hose field: stretches of street and parcels, beside the straight line, and where both differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.hose import METRE_DIGITS
from analysis.water_cover import PLACED_CLASSES
from geo.chainage import stretch_lines
from geo.intervals import cut_at, inside
from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.hose import HoseField
    from analysis.sampling import Samples
    from geo.county import County
    from geo.network import Flags, Floats, Ints

WITHIN, BEYOND, DEPENDS, NOT_LAID, NOT_ANALYSED = "within", "beyond", "depends", "not_laid", "not_analysed"
HOSE_STATES = (WITHIN, BEYOND, DEPENDS, NOT_LAID, NOT_ANALYSED)
"""``not_laid``: a motorway or ramp, along which no hose is laid."""

SLIVER_M = 0.2
"""Where radius and hose would differ over less than this, they end at the same place."""

DIFFERS = ("straight_only", "hose_only")
"""Where radius and hose disagree: inside the protection radius but too far by hose, or the other way round (an area
cut by a barrier that a bridge crosses)."""


def hose_streets(
    county: County, field: HoseField | None, reach_m: float, protected: BaseGeometry
) -> gpd.GeoDataFrame:
    """Stretches of all streets, cut where the hose gets longer than ``reach_m`` and at the edge of ``protected``, the
    ground within the protection radius of the same sources. Together they are every street once.

    Columns ``street_id``, ``name``, ``class``, ``from_m``, ``to_m``, ``length_m``; ``hose_m_min``, ``hose_m_max``
    (null where no source leads there); ``source_id``, ``source_kind``, ``certainty`` of the source at the stretch's
    farthest point, and ``straight_m``, the straight line there; ``hose_state`` (:data:`HOSE_STATES`), ``hose_drawn``
    (within, beyond: as if the drawing were true); ``in_radius``; ``differs`` (:data:`DIFFERS`, null: agree).

    ``within`` is said where a surveyed source reaches on measured streets, ``beyond`` only where every counted source
    is surveyed; otherwise it ``depends``. Streets joined to no source, though there are some, are not analysed, and
    where nobody lists hydrants all that is not within reach of other water is not. One certainty holds along a
    stretch. Without a network the table is empty.
    """
    if field is None:
        return _frame(county, {name: pd.Series(dtype=object) for name in _STREET_COLUMNS}, [])
    network, cut = field.network, _stretches(field, reach_m, protected)
    listed, drawn_only = _listed(county), _schematic(county)
    laid, apart = ~np.isnan(cut.most_m), np.isinf(cut.most_m) & field.any_attached
    in_reach = cut.most_m <= reach_m
    drawn = _words(laid & (listed | in_reach) & ~apart, np.where(in_reach, WITHIN, BEYOND))
    state = _state(cut.sure, cut.most_m > reach_m, field, drawn_only=drawn_only)
    state[~laid] = NOT_LAID
    state[(apart | (not listed)) & (state != WITHIN)] = NOT_ANALYSED
    columns = {
        "street_id": network.street_ids(cut.street),
        "name": network.street_names(cut.street),
        "class": [CLASSES[i] for i in network.klass[cut.street].tolist()],
        "from_m": cut.from_m,
        "to_m": cut.to_m,
        "length_m": cut.to_m - cut.from_m,
        "hose_m_min": _finite(cut.least_m),
        "hose_m_max": _finite(cut.most_m),
        "source_id": field.told(cut.source, "source_id"),
        "source_kind": field.told(cut.source, "kind"),
        "certainty": field.told(cut.source, "certainty"),
        "straight_m": _finite(field.straight_m(network.along(cut.street, cut.worst_m))),
        "hose_state": state,
        "hose_drawn": drawn,
        "in_radius": cut.in_radius,
        "differs": _differs(drawn, cut.in_radius),
    }
    return _frame(county, columns, stretch_lines(network, cut.street, cut.from_m, cut.to_m))


_STREET_COLUMNS = (
    "street_id", "name", "class", "from_m", "to_m", "length_m", "hose_m_min", "hose_m_max", "source_id",
    "source_kind", "certainty", "straight_m", "hose_state", "hose_drawn", "in_radius", "differs",
)  # fmt: skip

PARCEL_COLUMNS = (
    "hose_m", "hose_m_min", "hose_source_id", "hose_certainty", "hose_straight_m", "hose_state", "hose_reason",
    "hose_drawn", "hose_differs",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Stretches:
    """Stretches with the least and the most metres of hose, and the farthest point: its chainage and source."""

    street: Ints
    from_m: Floats
    to_m: Floats
    least_m: Floats
    most_m: Floats
    worst_m: Floats
    source: Ints
    in_radius: Flags
    sure: Flags


def _stretches(field: HoseField, reach_m: float, protected: BaseGeometry) -> _Stretches:
    """Linear pieces cut at the reach and at the protected ground, and those alike put together again."""
    network, line = field.network, field.linear
    sets = inside(network, protected), field.within(reach_m), field.surveyed.within(reach_m)
    row, from_m, to_m = cut_at(network, line.street, line.from_m, line.to_m, sets)
    street, source, middle = line.street[row], line.start_source[row], (from_m + to_m) / 2
    with np.errstate(invalid="ignore"):
        slope = np.where(np.isfinite(line.start_m), np.sign(line.end_m - line.start_m), 0.0)[row]
        start_m, end_m = (
            np.round(line.start_m[row] + slope * (at_m - line.from_m[row]), METRE_DIGITS)
            for at_m in (from_m, to_m)
        )
    in_radius, in_reach, sure = (each.hold(street, middle) for each in sets)
    # A disc is drawn with corners: over so short a piece radius and hose do not differ.
    in_radius = np.where(to_m - from_m < SLIVER_M, in_reach, in_radius)
    # Put together what differs in nothing but metres and source.
    certainty = pd.factorize(field.told(source, "certainty"))[0]
    keys = np.stack([street, in_radius, in_reach, sure, certainty, np.isfinite(start_m)])
    starts = np.flatnonzero(np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))[: len(street)])
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(street))))
    most, least = np.maximum(start_m, end_m), np.minimum(start_m, end_m)
    order = np.lexsort((-np.nan_to_num(most, posinf=np.inf), group))
    worst = order[np.append(True, np.diff(group[order]) > 0)[: len(order)]]
    return _Stretches(
        street[starts],
        from_m[starts],
        to_m[np.append(starts[1:], len(street))[: len(starts)] - 1],
        np.minimum.reduceat(least, starts) if len(starts) else least,
        most[worst],
        np.where(start_m[worst] >= end_m[worst], from_m[worst], to_m[worst]),
        source[worst],
        in_radius[starts],
        sure[starts],
    )


def hose_parcels(
    county: County,
    field: HoseField | None,
    samples: Samples | None,
    reach_m: float,
    protected: BaseGeometry,
    off_street_limit_m: float,
) -> pd.DataFrame:
    """Hose to the frontage of every parcel: the street points that own its ground. On the parcels' index.

    ``hose_m`` at the frontage point farthest by hose, ``hose_m_min`` at the nearest, ``hose_source_id`` and
    ``hose_certainty`` of the source and ``hose_straight_m`` the straight line at the farthest; ``hose_state``,
    ``hose_drawn`` and ``hose_differs`` as those of :func:`hose_streets`, over all frontage points; ``hose_reason``
    where it is not analysed (``no_network``, ``hydrants_not_listed``, ``no_place``, ``off_street``,
    ``no_source_joined``) or depends (``schematic_network``, ``hydrant_position``, ``part_of_parcel``). The way off the
    street adds nothing.
    """
    parcels = county.parcels
    known = parcels["position_class"].isin(PLACED_CLASSES).to_numpy()
    rows = [
        _one_parcel(points, reach_m, county) if ok and isinstance(points, _Frontage) else _unknown(points)
        for points, ok in zip(
            _frontages(county, field, samples, protected, off_street_limit_m), known, strict=True
        )
    ]
    return pd.DataFrame(rows, index=parcels.index, columns=list(PARCEL_COLUMNS))


@dataclass(frozen=True, eq=False)
class _Frontage:
    """The street points that own a parcel's ground: metres of hose, those from surveyed sources, source, straight
    line, inside the radius."""

    field: HoseField
    hose_m: Floats
    surveyed_m: Floats
    source: Ints
    straight_m: Floats
    in_radius: Flags


def _frontages(
    county: County,
    field: HoseField | None,
    samples: Samples | None,
    protected: BaseGeometry,
    off_street_limit_m: float,
) -> list[_Frontage | str]:
    """The frontage of every parcel, or the reason why there is none."""
    count = len(county.parcels)
    if field is None or samples is None:
        return ["no_network"] * count
    if not _listed(county) and not field.any_attached:
        return ["hydrants_not_listed"] * count
    owned = np.flatnonzero(samples.street >= 0)
    at = samples.street[owned], samples.chainage_m[owned]
    count_of = len(samples.row)
    metres, surveyed, straight = (np.full(count_of, np.inf) for _ in range(3))
    source, in_radius = np.full(count_of, -1), np.zeros(count_of, dtype=bool)
    metres[owned], source[owned] = field.at(*at)
    surveyed[owned], _ = field.surveyed.at(*at)
    straight[owned] = field.straight_m(field.network.along(*at))
    in_radius[owned] = inside(field.network, protected).hold(*at)
    found: list[_Frontage | str] = []
    for row in range(count):
        mine = slice(*np.searchsorted(samples.row, [row, row + 1]).tolist())
        if mine.start == mine.stop:
            found.append("no_place")
        elif not (samples.distance_m[mine] <= off_street_limit_m).all():
            found.append("off_street")
        elif field.any_attached and not np.isfinite(metres[mine]).all():
            found.append("no_source_joined")
        else:
            points = (each[mine] for each in (metres, surveyed, source, straight, in_radius))
            found.append(_Frontage(field, *points))
    return found


def _unknown(reason: _Frontage | str) -> dict[str, Any]:
    told = reason if isinstance(reason, str) else "no_place"
    return dict.fromkeys(PARCEL_COLUMNS) | {
        "hose_m": np.nan, "hose_m_min": np.nan, "hose_straight_m": np.nan,
        "hose_state": NOT_ANALYSED, "hose_reason": told,
    }  # fmt: skip


def _one_parcel(points: _Frontage, reach_m: float, county: County) -> dict[str, Any]:
    field, worst = points.field, int(np.argmax(points.hose_m))
    within = points.hose_m <= reach_m
    drawn_only = _schematic(county) or "parcels" in county.schematic
    sure = np.array([(points.surveyed_m <= reach_m).all()])
    state = _state(sure, np.array([not within.any()]), field, drawn_only=drawn_only)[0]
    if state != WITHIN and not _listed(county):
        return _unknown("hydrants_not_listed")
    drawn = WITHIN if within.all() else BEYOND if not within.any() else DEPENDS
    reason = None
    if state == DEPENDS:
        mixed = "part_of_parcel" if drawn == DEPENDS else "hydrant_position"
        reason = "schematic_network" if drawn_only else mixed
    every = _differs(np.where(within, WITHIN, BEYOND).astype(object), points.in_radius)
    worst_source = points.source[[worst]]
    return {
        "hose_m": _finite(points.hose_m)[worst],
        "hose_m_min": _finite(np.array([points.hose_m.min()]))[0],
        "hose_source_id": field.told(worst_source, "source_id")[0],
        "hose_certainty": field.told(worst_source, "certainty")[0],
        "hose_straight_m": _finite(points.straight_m)[worst],
        "hose_state": state,
        "hose_reason": reason,
        "hose_drawn": drawn,
        "hose_differs": next((word for word in DIFFERS if (every == word).any()), None),
    }


def hose_figures(streets: gpd.GeoDataFrame) -> dict[str, Any]:
    """Street length by hose state, as decided and as drawn, and where radius and hose differ; metres, adding up to
    ``length_m``, the denominator of ``share``."""
    length = streets["length_m"].to_numpy(dtype=float)
    whole = float(length.sum())
    by_state = {name: float(length[streets["hose_state"] == name].sum()) for name in HOSE_STATES}
    return {
        "length_m": whole,
        "state_m": by_state,
        "share": {name: value / whole if whole else 0.0 for name, value in by_state.items()},
        "drawn_m": {name: float(length[streets["hose_drawn"] == name].sum()) for name in (WITHIN, BEYOND)},
        "differs_m": {name: float(length[streets["differs"] == name].sum()) for name in DIFFERS},
        "denominator": "street_length",
    }


def _frame(county: County, columns: dict[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(geometry, crs=county.crs), crs=county.crs)


def _listed(county: County) -> bool:
    """Whether the county lists hydrants: none listed is not none there, whatever ponds are."""
    return "hydrants" not in county.missing


def _schematic(county: County) -> bool:
    return bool({"roads", "hydrants"} & county.schematic)


def _state(sure: Flags, beyond: Flags, field: HoseField, *, drawn_only: bool) -> NDArray[np.object_]:
    """``within``, ``beyond`` or ``depends``, (k,)."""
    state = np.where(sure, WITHIN, np.where(beyond & field.all_surveyed, BEYOND, DEPENDS))
    return np.where(drawn_only, DEPENDS, state).astype(object)


def _differs(drawn: NDArray[np.object_], in_radius: Flags) -> NDArray[np.object_]:
    found = np.full(len(drawn), None, dtype=object)
    found[(drawn == BEYOND) & in_radius] = DIFFERS[0]
    found[(drawn == WITHIN) & ~in_radius] = DIFFERS[1]
    return found


def _words(known: Flags, values: NDArray[Any]) -> NDArray[np.object_]:
    found = np.full(len(known), None, dtype=object)
    found[known] = values[known]
    return found


def _finite(metres: Floats) -> Floats:
    return np.where(np.isfinite(metres), metres, np.nan)
