"""What stations are to cover, as places with a weight, each asked at one street point or more.

Ground and streets are sampled evenly, so that every place stands for the same share of the whole: what a plan
covers is then worked out anew from the field, on the streets and the ground themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from analysis.people import KINDS
from analysis.sampling import sample_shapes
from analysis.siting_choice import AREA, KEY_UNITS, PARCELS, PEOPLE, STREETS
from geo.ownership import owner_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.assessment import Assessment
    from analysis.siting_choice import SitingChoice
    from geo.network import Floats, Ints, Network

LEAST_M = 10.0
"""Streets are not sampled, nor ground, closer than this."""

UNITS = {AREA: "m2", STREETS: "m", PARCELS: "mu", PEOPLE: "people", KEY_UNITS: "number"}
NO_PLACE, OFF_STREET, NO_NUMBER = "no_place", "off_street", "no_number"
"""Why a place is left out: it has none, it lies off every street, or nobody knows how many it stands for."""


@dataclass(frozen=True, eq=False)
class Demand:
    """``k`` places to be covered: ``ids`` and ``weight`` in ``unit``; the street points at which each is asked,
    ``row`` (p,) in ascending order, every place at least once. A place is covered where all its points are.

    ``shape``: (k,) points that stand for the places on a map. ``left_out``: weight that cannot be asked, by the
    reason; it is *not analysed* and counts in ``whole``.
    """

    kind: str
    unit: str
    ids: tuple[str, ...]
    weight: Floats
    shape: NDArray[np.object_]
    row: Ints
    street: Ints
    chainage_m: Floats
    left_out: dict[str, float]

    @property
    def whole(self) -> float:
        """All weight, what cannot be asked included."""
        return float(self.weight.sum()) + sum(self.left_out.values())

    def worst(self, seconds: Floats) -> Floats:
        """The latest time of each place, (…, k), from those at its points, (…, p)."""
        if len(self.row) == 0:
            return np.empty((*seconds.shape[:-1], 0))
        first = np.flatnonzero(np.append(True, self.row[1:] != self.row[:-1]))
        return np.maximum.reduceat(seconds, first, axis=-1)


def streets_of(assessment: Assessment) -> Network:
    """The county's streets. Raises ``ValueError`` without any: nothing can be asked of the solver then."""
    if assessment.county.network is None:
        raise ValueError("without streets nothing can be asked")
    return assessment.county.network


def demand_of(assessment: Assessment, choice: SitingChoice) -> Demand:
    """The places that a choice asks to be covered. Raises ``ValueError`` without a network."""
    if choice.demand == STREETS:
        return _streets(streets_of(assessment), choice.most_places)
    if choice.demand == AREA:
        return _area(assessment, choice.most_places)
    if choice.demand == PARCELS:
        return _parcels(assessment)
    return _places(assessment, choice.demand)


def street_samples(network: Network, streets: Ints, most: int) -> tuple[Ints, Floats, float]:
    """Street, chainage and metres apart of at most ``most`` points spread evenly over the length of some streets.

    Each stands for the same length: they are the middles of equal pieces of all these streets laid end to end.
    """
    end = np.cumsum(network.length_m[streets])
    whole = float(end[-1]) if len(end) else 0.0
    count = min(most, int(whole / LEAST_M)) or int(whole > 0)
    middle = (np.arange(count) + 0.5) * (whole / max(count, 1))
    at = np.searchsorted(end, middle, side="right")
    start = end - network.length_m[streets]
    return streets[at], middle - start[at], whole / max(count, 1)


def _streets(network: Network, most: int) -> Demand:
    street, chainage, apart_m = street_samples(network, np.arange(network.n_streets), most)
    return _points(
        STREETS, street, chainage, np.full(len(street), apart_m), network.along(street, chainage), {}
    )


def _points(
    kind: str,
    street: Ints,
    chainage: Floats,
    weight: Floats,
    shape: NDArray[np.object_],
    left_out: dict[str, float],
    ids: Sequence[str] | None = None,
) -> Demand:
    """Places of one point each."""
    names = tuple(map(str, range(1, len(street) + 1))) if ids is None else tuple(ids)
    return Demand(kind, UNITS[kind], names, weight, shape, np.arange(len(street)), street, chainage, left_out)


def _area(assessment: Assessment, most: int) -> Demand:
    """Points on an even grid over the study area, each standing for its square."""
    area, county = assessment.study_area, assessment.county
    limit_m = assessment.scenario.targets.off_street_limit_m
    if area is None or area.is_empty:
        nothing = np.empty(0, dtype=np.int64)
        return _points(AREA, nothing, np.empty(0), np.empty(0), np.empty(0, dtype=object), {})
    step = max(LEAST_M, float(np.sqrt(area.area / most)))
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    shapely.prepare(area)
    inside = shapely.contains_xy(area, x.ravel(), y.ravel())
    places = shapely.points(x.ravel()[inside], y.ravel()[inside])
    street, chainage, off_m = owner_of(streets_of(assessment), county.barrier, places, limit_m)
    near = off_m <= limit_m
    each = area.area / max(len(places), 1)
    left_out = {OFF_STREET: float((~near).sum()) * each} if (~near).any() else {}
    return _points(AREA, street[near], chainage[near], np.full(int(near.sum()), each), places[near], left_out)


def _parcels(assessment: Assessment) -> Demand:
    """Every parcel at all points that stand for it; one with a part off the streets cannot be asked."""
    parcels, targets = assessment.parcels, assessment.scenario.targets
    samples = assessment.samples or sample_shapes([], streets_of(assessment), targets.off_street_limit_m)
    weight = parcels["area_mu"].to_numpy(dtype=float, na_value=np.nan)
    far = ~(samples.distance_m <= targets.off_street_limit_m) | (samples.street < 0)
    has, off = np.zeros(len(parcels), dtype=bool), np.zeros(len(parcels), dtype=bool)
    has[samples.row] = True
    off[samples.row[far]] = True
    use = has & ~off & ~np.isnan(weight)
    mine = use[samples.row]
    number = np.cumsum(use) - 1
    ids = parcels["parcel_no"].astype(str).to_numpy()
    return Demand(
        PARCELS, UNITS[PARCELS], tuple(ids[use].tolist()), weight[use],
        np.asarray(parcels.geometry.representative_point().to_numpy(), dtype=object)[use],
        number[samples.row[mine]], samples.street[mine], samples.chainage_m[mine],
        _weights({NO_PLACE: ~has, OFF_STREET: off}, weight),
    )  # fmt: skip


def _places(assessment: Assessment, kind: str) -> Demand:
    """Townships by their people, or key units one by one."""
    county, limit_m = assessment.county, assessment.scenario.targets.off_street_limit_m
    layer = "township" if kind == PEOPLE else "key_unit"
    rows = county.places[county.places["kind"] == layer]
    weight = rows["population"].to_numpy(dtype=float) if KINDS[layer] == "population" else np.ones(len(rows))
    there = rows.geometry.notna().to_numpy()
    street, chainage = np.full(len(rows), -1), np.full(len(rows), np.nan)
    off_m = np.full(len(rows), np.nan)
    shapes = np.asarray(rows.geometry.to_numpy(), dtype=object)
    street[there], chainage[there], off_m[there] = owner_of(
        streets_of(assessment), county.barrier, shapely.point_on_surface(shapes[there]), limit_m
    )
    off = there & ~(off_m <= limit_m)
    use = there & ~off & ~np.isnan(weight)
    left_out = _weights({NO_PLACE: ~there, OFF_STREET: off}, weight)
    ids = [str(name) for name in rows["name"].to_numpy()[use]]
    return _points(kind, street[use], chainage[use], weight[use], shapes[use], left_out, ids)


def _weights(reasons: dict[str, Any], weight: Floats) -> dict[str, float]:
    """Weight by reason, without reasons that hold nowhere. Places of unknown weight count as nought."""
    found = {reason: float(np.nansum(weight[flags])) for reason, flags in reasons.items() if flags.any()}
    return found | ({NO_NUMBER: 0.0} if np.isnan(weight).any() else {})
