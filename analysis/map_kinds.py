"""How each row of a result is drawn: the kind that names its style in :mod:`geo.map_style`, on the map and in files.

Every function takes a table as the analysis makes it and gives (n,) texts, None where a row is not drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import standards
from analysis.joint import JOINT_STATES
from geo import map_style as style

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    Kinds = NDArray[np.object_]

DRAWN = "_drawn"
"""Behind a state that only what is drawn would give."""
LITTLE_LPS = 5.0
"""A shuttle that sustains less than this is drawn as one that gives little [own]."""
LEAST_ENGINES = {"many": 8, "several": 4, "few": 2, "one": 1}
"""The fewest engines of each kind of line; below the last there is none."""
STREET_KINDS = {"reached": "reached", "too_late": "beyond"}
"""How a stretch's state is drawn; every other state is *not analysed*."""


def joint_kinds(table: pd.DataFrame) -> Kinds:
    """Rows of engine and water: the state; where that is open, the one drawn, if any."""
    state, drawn = (table[name].to_numpy(dtype=object) for name in ("joint_state", "joint_drawn"))
    only_drawn = (state == "not_analysed") & np.isin(drawn, JOINT_STATES[:4])
    return np.where(only_drawn, [f"{each}{DRAWN}" for each in drawn], state).astype(object)


def hose_kinds(table: pd.DataFrame) -> Kinds:
    """Stretches by hose; ``differs`` where the straight line says otherwise."""
    state, drawn = (table[name].to_numpy(dtype=object) for name in ("hose_state", "hose_drawn"))
    differs = table["differs"].notna().to_numpy()
    open_one = state == "depends"
    kinds = np.where(open_one, [f"{each}{DRAWN}" for each in drawn], state).astype(object)
    kinds[differs & np.isin(state, ["within", "beyond"])] = "differs"
    kinds[differs & open_one] = f"differs{DRAWN}"
    kinds[~np.isin(kinds, list(style.HOSE))] = "not_analysed"
    return kinds


def shuttle_kinds(table: pd.DataFrame) -> Kinds:
    """Stretches by the flow at their worst point."""
    flow = np.nan_to_num(table["flow_lps"].to_numpy(dtype=float))
    cases = [flow >= standards.HYDRANT_FLOW_LPS, flow >= LITTLE_LPS, flow > 0]
    return np.select(cases, ["enough", "less", "little"], "none").astype(object)


def force_kinds(engines: NDArray[np.float64]) -> Kinds:
    """Numbers of engines; NaN, where a station does not list them, is ``unstated``."""
    cases = [np.isnan(engines), *(engines >= least for least in LEAST_ENGINES.values())]
    return np.select(cases, ["unstated", *LEAST_ENGINES], "none").astype(object)


def street_kinds(table: pd.DataFrame) -> Kinds:
    """Stretches by arrival."""
    return _texts(STREET_KINDS.get(str(state), "not_analysed") for state in table["state"])


def stretch_kinds(table: pd.DataFrame) -> Kinds:
    """Stretches longer than the spacing: an example where hydrants or streets are examples only."""
    sure = (table["certainty"] == "surveyed") & table["depends_on"].isna()
    return np.where(sure.to_numpy(dtype=bool), "stretch", "stretch_example").astype(object)


def parcel_kinds(table: pd.DataFrame) -> Kinds:
    """Parcels by verdict; another kind where only the place and the area are known."""
    square = (table["drawn"] == "square").to_numpy(dtype=bool)
    verdict = table["verdict"].to_numpy(dtype=object)
    return np.where(square, [f"{each}_square" for each in verdict], verdict).astype(object)


def counted_kinds(table: pd.DataFrame) -> Kinds:
    """Stations and water that count and that do not; hydrants drawn on a section apart."""
    counted = np.where(table["counted"].to_numpy(dtype=bool), "counted", "not_counted")
    if "interpolated" not in table:
        return counted.astype(object)
    between = table["interpolated"].eq(True).to_numpy(dtype=bool)
    both = zip(counted.tolist(), between.tolist(), strict=True)
    return _texts(f"{one}_interpolated" if drawn else one for one, drawn in both)


def band_kinds(table: pd.DataFrame) -> Kinds:
    """Ground by band: that of all stations together; of single stations nothing is drawn."""
    union = table["station_id"].isna()
    return _texts(f"{band:g}" if all_ else None for band, all_ in zip(table["band_s"], union, strict=True))


def zone_kinds(table: pd.DataFrame, station_ids: list[str]) -> Kinds:
    """First-due zones, each by the row of its station among all."""
    return _texts(f"zone_{station_ids.index(str(each))}" for each in table["station_id"])


def overlap_kinds(table: pd.DataFrame) -> Kinds:
    """Ground by how many stations arrive."""
    return _texts(f"overlap_{int(number)}" for number in table["stations"])


def gap_kinds(table: pd.DataFrame) -> Kinds:
    """Gaps; those around hydrants that are examples apart."""
    return _texts("gap" if each == "surveyed" else "gap_example" for each in table["certainty"])


def cover_kinds(table: pd.DataFrame) -> Kinds:
    """Ground that hydrants protect; of the two example layouts the even one alone is drawn."""
    return _texts(
        None if layout == "from_end" else "cover" if certainty == "surveyed" else "cover_example"
        for layout, certainty in zip(table["layout"], table["certainty"], strict=True)
    )


def all_alike(table: pd.DataFrame, kind: str) -> Kinds:
    """Every row drawn as the same kind."""
    return _texts([kind] * len(table))


def letter_of(row: int) -> str:
    """A, B … Z for the first stations of a county, their number for all others."""
    return chr(ord("A") + row) if row < 26 else str(row + 1)


def _texts(values: Iterable[str | None]) -> Kinds:
    found = list(values)
    kinds = np.empty(len(found), dtype=object)
    kinds[:] = found
    return kinds
