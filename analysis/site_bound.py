"""What a straight line says of stations not yet built: it needs no road, and never says that an engine does reach.

Wherever in the county town a station might stand, an engine that needed more than
:data:`standards.BOUND_SPEED_KPH` in a straight line to a parcel does not come in time; and a team elsewhere comes in
time at most from within the distance that this speed covers, an upper bound: streets are longer, engines slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import standards, verdicts
from analysis.positions import bound_shapes
from geo.network import CLASSES

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.assessment import Assessment

NO_SITE, NOT_DECIDED, NO_SHAPE = "no_site_in_town", "not_decided", "no_shape"
"""No place in the county town is near enough; the straight line does not decide; or nobody knows where the parcel
lies or the town is."""


def site_bounds(assessment: Assessment) -> pd.DataFrame:
    """For every parcel what a station anywhere in the county town could do at best, by a straight line.

    Index and order of the parcels. ``town_m``: from the nearest place of the county town (within ``seat_radius_m`` of
    the county seat) to the nearest place the parcel may lie; ``town_kph``: the speed that would be needed there, in
    a straight line, with the least turnout the bound grants; ``state``: one of the three above; ``within_m``: no team
    farther than this from the parcel, in a straight line, can be in time. Null where nothing is known.
    """
    county, targets = assessment.county, assessment.scenario.targets
    turnout_s = verdicts.bound_turnout_s(targets)
    town: list[BaseGeometry] = [] if county.seat is None else [county.seat.buffer(county.seat_radius_m)]
    town_m = verdicts.bound_m(bound_shapes(county), town)
    needed = verdicts.bound_speed_kph(town_m, targets, turnout_s)
    fastest = max(standards.BOUND_SPEED_KPH, *(targets.speed_kph(name) for name in CLASSES))
    drive_s = max(targets.limit_s - turnout_s, 0.0)
    state = np.select([np.isnan(town_m), needed > fastest], [NO_SHAPE, NO_SITE], NOT_DECIDED)
    parcels = county.parcels
    return pd.DataFrame(
        {
            "parcel_no": parcels["parcel_no"],
            "township": parcels["township"],
            "area_mu": parcels["area_mu"],
            "town_m": town_m,
            "town_kph": needed,
            "state": state,
            "within_m": fastest / 3.6 * drive_s,
        },
        index=parcels.index,
    )
