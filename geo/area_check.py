"""Stated areas held against drawn ones, in 亩: how far they are apart, and which mix-up of units that would be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import isfinite, log
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from geo.amounts import rows_text
from geo.crs import WGS84, reproject
from geo.problems import Problem, problem
from geo.units import MU_M2, QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo.crs import Shapes
    from geo.layers import LayerRows

TOLERANCE = 0.02
"""Part by which a stated and a drawn area may differ without a word [own]."""
LEAST_MU = 0.05
"""Differences below this are rounding [own]."""
MIX_UP = 0.05
"""Part by which a ratio may miss that of two units and still name them [own]."""
_UNITS = ("亩", "ha", "m²", "km²")
_ELLIPSOID = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class AreaDifference:
    """A row (from 1) whose stated area is not the drawn one; ``units``: the two that seem to be mixed up, if any."""

    row: int
    stated_mu: float
    drawn_mu: float
    units: tuple[str, str] | None

    @property
    def ratio(self) -> float:
        """How many times the drawn area the stated one is."""
        return self.stated_mu / self.drawn_mu


def drawn_mu(degrees: Shapes, crs: str | None = None) -> NDArray[np.float64]:
    """(n,) areas of WGS84 shapes in 亩, NaN where nothing with an area is drawn: in ``crs``, a projected one in metres,
    else on the ellipsoid."""
    area = np.full(len(degrees), np.nan)
    there = ~shapely.is_missing(degrees)
    there &= np.isin(
        shapely.get_type_id(degrees), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    )
    if crs is not None:
        area[there] = shapely.area(reproject(degrees[there], WGS84, crs))
    else:
        area[there] = [abs(_ELLIPSOID.geometry_area_perimeter(shape)[0]) for shape in degrees[there]]
    return area / MU_M2


def area_differences(
    stated_mu: pd.Series[float], degrees: Shapes, crs: str | None = None
) -> tuple[AreaDifference, ...]:
    """Rows that state an area and draw another, as :func:`drawn_mu` measures it."""
    pairs = zip(stated_mu.tolist(), drawn_mu(degrees, crs).tolist(), strict=True)
    return tuple(
        AreaDifference(row, stated, drawn, mixed_up(stated / drawn))
        for row, (stated, drawn) in enumerate(pairs, 1)
        if isfinite(stated) and isfinite(drawn) and stated > 0 and drawn > 0
        if abs(stated - drawn) > max(LEAST_MU, TOLERANCE * drawn)
    )


def mixed_up(ratio: float) -> tuple[str, str] | None:
    """The two units of area whose ratio this is, the larger first: 15 is that of 公顷 and 亩, whichever way round."""
    factors = QUANTITIES["area_mu"].factors
    for large, small in permutations(_UNITS, 2):
        if (
            factors[large] > factors[small]
            and abs(abs(log(ratio)) - log(factors[large] / factors[small])) < MIX_UP
        ):
            return large, small
    return None


def area_problems(rows: LayerRows, crs: str | None = None) -> list[Problem]:
    """What to say of the stated areas of parcels: one error for each row with a mix-up of units, since what is known by
    its area alone is drawn from it, and one warning for the other rows."""
    if "area_mu" not in rows.table or not rows.layer.shapes:
        return []
    differences = area_differences(rows.table["area_mu"], rows.geometry, crs)
    return [*_mix_ups(differences, rows.file), *_others(differences, rows.file)]


def _mix_ups(differences: Sequence[AreaDifference], file: str) -> list[Problem]:
    return [
        problem(
            "area_unit", file=file, row=each.row, field="area_mu", stated=f"{each.stated_mu:.6g}",
            drawn=f"{each.drawn_mu:.6g}", ratio=f"{max(each.ratio, 1 / each.ratio):.0f}",
            large=each.units[0], small=each.units[1],
        )
        for each in differences
        if each.units is not None
    ]  # fmt: skip


def _others(differences: Sequence[AreaDifference], file: str) -> list[Problem]:
    odd = [each for each in differences if each.units is None]
    if not odd:
        return []
    worst = max(odd, key=lambda each: abs(log(each.ratio)))
    return [
        problem(
            "areas_differ", file=file, field="area_mu", warning=True, count=len(odd), part=f"{TOLERANCE:.0%}",
            rows=rows_text([each.row for each in odd]), worst=worst.row, stated=f"{worst.stated_mu:.6g}",
            drawn=f"{worst.drawn_mu:.6g}",
        )
    ]  # fmt: skip
