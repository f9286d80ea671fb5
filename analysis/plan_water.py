"""Hydrants, cranes and streets of a plan held against one another, worked out from the county's tables.

Each check takes a county and gives what it worked out, or None where the county's tables do not hold what it needs.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from analysis.standards import HYDRANT_SPACING_M
from analysis.worked import Worked, figure, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from geo.county import County

PIPE_SPEED = 2.5
"""Metres a second that water usually runs at most in such a main [own]."""
RING_TO_RING_KM = (2.0, 3.0)
"""How far apart two ring roads of a county town may be [own]; the plan gives no length."""
NEW = "新建"
"""Before the name of a street: a new part of it."""
SIDES = "东西南北"
_STREET = re.compile(r"[^\s();；（）—-]+?(?:路|街)(?![^\s();；（）—-]*(?:路|街))")


def _numbers(county: County) -> tuple[int, int, int]:
    """Hydrants in use, coming, and all of those."""
    status = county.hydrants["status"]
    built = int((status == "in_use").sum())
    coming = int(status.isin(["under_construction", "not_built"]).sum())
    return built, coming, built + coming


def hydrants_built(county: County) -> Worked | None:
    """A number said to be built that holds those under construction."""
    if county.hydrants.empty:
        return None
    built, coming, total = _numbers(county)
    return Worked(coming > 0, {"built": built, "coming": coming, "total": total})


def hydrants_side(county: County) -> Worked | None:
    """Rows marked one side: counted on one side, or as many again on the other."""
    rows = county.hydrant_sections
    marked = rows[(rows["side"] == "单侧") & (rows["status"] == "in_use")]
    if rows.empty:
        return None
    built, coming, total = _numbers(county)
    doubled = built + int(marked["count"].sum())
    return Worked(not marked.empty, {"built": built, "doubled": doubled, "coming": coming, "total": total})


def hydrants_new_road(county: County) -> Worked | None:
    """A coming section without ends on a street that has a built one: how long each would be at the spacing."""
    rows = county.hydrant_sections
    coming = rows[rows["from"].isna() & rows["to"].isna() & (rows["status"] == "under_construction")]
    if coming.empty:
        return None
    new = coming.iloc[0]
    old = rows[(rows["road"] == str(new["road"]).removeprefix(NEW)) & (rows["status"] == "in_use")]
    if old.empty:
        return None
    number_built, lines = int(old["count"].iloc[0]), 2 if new["side"] == "两侧" else 1
    coming_m = int(new["count"]) / lines * HYDRANT_SPACING_M
    built_high_m = number_built * HYDRANT_SPACING_M
    return Worked(
        coming_m > built_high_m,
        {
            "coming": int(new["count"]),
            "coming_m": figure(coming_m, 0),
            "built": number_built,
            "built_low_m": figure(built_high_m - HYDRANT_SPACING_M, 0),
            "built_high_m": figure(built_high_m, 0),
        },
    )


def _between_same(county: County, *, rings: bool) -> pd.DataFrame | None:
    """The most sections that run between the same two streets; both of them ring roads, or not."""
    rows = county.hydrant_sections.dropna(subset=["road", "from", "to"])
    on_rings = rows["from"].isin(county.ring_roads) & rows["to"].isin(county.ring_roads)
    groups = [group for _, group in rows[on_rings == rings].groupby(["from", "to"], sort=False)]
    return max(groups, key=len) if groups else None


def hydrants_spacing(county: County) -> Worked | None:
    """Streets from one ring road to another are about as long: what the spacing would ask for, beside what is there."""
    group = _between_same(county, rings=True)
    if group is None:
        return None
    counts = group["count"].astype(int)
    need = [math.ceil(km * 1000 / HYDRANT_SPACING_M) + 1 for km in RING_TO_RING_KM]
    more = [each * len(group) - int(counts.sum()) for each in need]
    reach = [figure((count - 1) * HYDRANT_SPACING_M, 0) for count in counts]
    return Worked(
        min(more) > 0,
        {
            "streets": tuple(f"{road} {count}" for road, count in zip(group["road"], counts, strict=True)),
            "reach_m": tuple(reach),
            "low_km": figure(RING_TO_RING_KM[0]),
            "high_km": figure(RING_TO_RING_KM[1]),
            "need_low": need[0],
            "need_high": need[1],
            "more_low": more[0],
            "more_high": more[1],
        },
    )


def streets_same_ends(county: County) -> Worked | None:
    """Two streets that are both said to run from one street to another."""
    group = _between_same(county, rings=False)
    if group is None:
        return None
    ends = (str(group["from"].iloc[0]), str(group["to"].iloc[0]))
    return Worked(len(group) > 1, {"streets": tuple(group["road"]), "ends": ends})


def _named(texts: Iterable[object]) -> list[str]:
    """Streets named in texts, each once, in their order."""
    found = [name for text in texts if isinstance(text, str) for name in _STREET.findall(text)]
    return list(dict.fromkeys(name.removeprefix(NEW) for name in found))


def _all_named(county: County) -> list[str]:
    rows = county.hydrant_sections
    columns = (rows["road"], rows["from"], rows["to"], county.cranes["location"], county.stations["location"],
               county.parcels["location"])  # fmt: skip
    return _named(text for column in columns for text in column)


def streets_bare(county: County) -> Worked | None:
    """Streets that the tables name and give no hydrants; a part of a street that has some is named with it."""
    rows = county.hydrant_sections
    if rows.empty:
        return None
    with_hydrants = set(_named(rows["road"]))
    bare = [name for name in _all_named(county) if name not in with_hydrants]
    return Worked(bool(bare), {"streets": tuple(bare)})


def streets_of_cranes(county: County) -> Worked | None:
    """Streets that only a crane names."""
    rows = county.hydrant_sections
    if rows.empty or county.cranes.empty:
        return None
    elsewhere = set(_named([*rows["road"], *rows["from"], *rows["to"]]))
    alone = [name for name in _named(county.cranes["location"]) if name not in elsewhere]
    return Worked(bool(alone), {"streets": tuple(alone)})


def street_parts(county: County) -> Worked | None:
    """A street with hydrants of which other lines name parts."""
    named = _all_named(county)
    for whole in _named(county.hydrant_sections["road"]):
        ending = whole[-1]
        directed = [f"{whole[:-1]}{part}{ending}" for part in "西中东"]
        there = [name for name in directed if name in named]
        if there:
            left = tuple(name for name in directed if name not in there)
            return Worked(bool(left), {"named": (whole, *there), "unnamed": left})
    return None


def ring_streets(county: County) -> Worked | None:
    """Ring roads by the names of the sides of the town."""
    if county.hydrant_sections.empty:
        return None
    named, sides = _all_named(county), [f"{side}环路" for side in SIDES]
    there = tuple(name for name in sides if name in named)
    left = tuple(name for name in sides if name not in named)
    return Worked(bool(there and left), {"named": there, "unnamed": left})


def cranes_built(county: County) -> Worked | None:
    """A number of cranes said to be built, beside those that are."""
    said = county.targets[county.targets["item"] == "消防水鹤"]
    if county.cranes.empty or said.empty:
        return None
    stated = int(number(said["value"].iloc[0]))
    built = int((county.cranes["status"] == "in_use").sum())
    return Worked(stated != built, {"stated": stated, "built": built, "unbuilt": len(county.cranes) - built})


def cranes_same(county: County) -> Worked | None:
    """Cranes that state the same pressure and flow, built or not."""
    cranes = county.cranes
    if "pressure_as_printed" not in cranes or cranes["flow_lps"].dropna().empty:
        return None
    unbuilt = int((cranes["status"] != "in_use").sum())
    alike = len(cranes[["dn_mm", "pressure_as_printed", "flow_lps"]].drop_duplicates()) == 1
    return Worked(
        alike and unbuilt > 0,
        {
            "cranes": len(cranes),
            "unbuilt": unbuilt,
            "pressure": str(cranes["pressure_as_printed"].iloc[0]),
            "flow_lps": figure(float(cranes["flow_lps"].iloc[0])),
        },
    )


def cranes_speed(county: County) -> Worked | None:
    """How fast the stated flow would run in the stated pipe, at the crane where it is fastest."""
    cranes = county.cranes.dropna(subset=["dn_mm", "flow_lps"])
    if cranes.empty:
        return None
    area_m2 = math.pi / 4 * (cranes["dn_mm"] / 1000) ** 2
    speed = cranes["flow_lps"] / 1000 / area_m2
    row = speed.idxmax()
    return Worked(
        float(speed[row]) > PIPE_SPEED,
        {
            "dn_mm": figure(float(cranes.loc[row, "dn_mm"])),
            "flow_lps": figure(float(cranes.loc[row, "flow_lps"])),
            "speed": figure(float(speed[row])),
            "limit": figure(PIPE_SPEED),
            "allowed_lps": figure(float(area_m2[row]) * PIPE_SPEED * 1000, 1),
        },
    )


def cranes_streets(county: County) -> Worked | None:
    """How many cranes stand on each street."""
    roads = county.cranes["road"].dropna()
    if roads.empty:
        return None
    counts = roads.value_counts()
    return Worked(
        len(counts) < len(roads), {"streets": tuple(f"{name} {count}" for name, count in counts.items())}
    )
