"""Crew, sites, vehicles, land and targets of a plan held against one another, from the county's tables.

Each check takes a county and gives what it worked out, or None where the county's tables do not hold what it needs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analysis.fleet import BOX_GRADES, cell_limit
from analysis.rules import grade_of
from analysis.worked import Worked, figure, number
from geo.rule_pack import Limit, read_boxes, read_pack

if TYPE_CHECKING:
    import pandas as pd

    from geo.county import County

OFFICE = ("大队干部", "文职")
"""Parts of a crew that do not ride out."""
FIREFIGHTERS = "消防员"
GOVERNMENT = "政府"
TANK_CODE = re.compile(r"(?:SG|PM)(\d+)")
"""In the type of a tanker or foam engine: its load in 100 kg."""
TANK_TOLERANCE = 0.1
"""A load stated within this share of what the type says is taken for the same [own]."""
_PART = re.compile(r"([^，。；,;\d]+?)(\d+)人")


def _limit(rule_id: str, grade: str) -> Limit:
    found = next(rule for rule in read_pack().rules if rule.id == rule_id)
    return found.limits.get(grade, Limit())


def _crew(county: County) -> tuple[float, dict[str, int]] | None:
    """A stated crew and the parts printed with it."""
    rows = county.stations
    if "crew_as_printed" not in rows:
        return None
    rows = rows[rows["crew"].notna() & rows["crew_as_printed"].notna()]
    if rows.empty:
        return None
    found = {name.strip(): int(count) for name, count in _PART.findall(str(rows["crew_as_printed"].iloc[0]))}
    parts = {name: count for name, count in found.items() if not name.endswith("共")}
    return (float(rows["crew"].iloc[0]), parts) if parts else None


def crew_parts(county: County) -> Worked | None:
    """A crew's total beside the sum of its parts."""
    known = _crew(county)
    if known is None:
        return None
    stated, parts = known
    gap = stated - sum(parts.values())
    printed = parts.get(FIREFIGHTERS, 0)
    return Worked(
        gap != 0,
        {
            "stated": figure(stated),
            "parts": sum(parts.values()),
            "gap": figure(abs(gap)),
            "role": FIREFIGHTERS,
            "printed": printed,
            "would_be": figure(printed + gap),
        },
    )


def crew_needed(county: County) -> Worked | None:
    """Crew that stations of these grades need, beside those named who ride out."""
    known = _crew(county)
    grades = [grade for grade in map(grade_of, county.stations["grade"]) if grade is not None]
    if known is None or not grades:
        return None
    stated, parts = known
    limits = [_limit("crew_on_duty", grade) for grade in grades]
    least, most = sum(each.least or 0 for each in limits), sum(each.most or 0 for each in limits)
    office = sum(parts.get(name, 0) for name in OFFICE)
    return Worked(
        stated - office < least,
        {
            "stations": len(grades),
            "least": figure(least),
            "most": figure(most),
            "operational": sum(parts.values()) - office,
            "at_most": figure(stated - office),
        },
    )


def building_area(county: County) -> Worked | None:
    """A building area that is almost the area of its site."""
    rows = county.stations
    if "building_area_m2" not in rows or "site_area_as_printed" not in rows:
        return None
    rows = rows[rows["building_area_m2"].notna() & rows["site_area_m2"].notna()]
    if rows.empty:
        return None
    row, grade = rows.iloc[0], grade_of(rows["grade"].iloc[0]) or "一级"
    site_m2, building_m2 = float(row["site_area_m2"]), number(row["building_area_m2"])
    site, building = _limit("site_area", grade), _limit("building_area", grade)
    return Worked(
        abs(site_m2 - building_m2) < 0.02 * site_m2,
        {
            "printed": str(row["site_area_as_printed"]),
            "site_m2": figure(site_m2),
            "building_m2": figure(building_m2),
            "gap_m2": figure(abs(site_m2 - building_m2)),
            "site_limit": site.text(),
            "building_limit": building.text(),
        },
    )


def site_area(county: County) -> Worked | None:
    """The largest stated site beside the most its grade asks for."""
    rows = county.stations.dropna(subset=["site_area_m2", "grade"])
    if rows.empty:
        return None
    row = rows.loc[rows["site_area_m2"].idxmax()]
    grade = grade_of(row["grade"])
    most = None if grade is None else _limit("site_area", grade).most
    if most is None:
        return None
    times = float(row["site_area_m2"]) / most
    values = {"site_m2": figure(float(row["site_area_m2"])), "most_m2": figure(most), "times": figure(times)}
    return Worked(times > 1, values)


def vehicles_number(county: County) -> Worked | None:
    """Vehicles of the first station beside what the plan's box asks of it and of a special one."""
    vehicles = county.vehicles
    if vehicles.empty:
        return None
    boxes = read_boxes()
    engine = boxes.kinds.loc[boxes.kinds["engine"] == "true", "kind"]
    cells: Any = boxes.count.iloc[0]
    most = cell_limit(str(cells["特勤"]), 4)
    listed, engines = len(vehicles), int(vehicles["kind"].isin(engine).sum())
    return Worked(
        len(set(vehicles["station_id"])) == 1 and most is not None and listed > (most.most or listed),
        {"vehicles": listed, "engines": engines, "first": cells["一级"], "special": cells["特勤"]},
    )


def tank_codes(county: County) -> Worked | None:
    """Loads that a vehicle's type says otherwise than the table."""
    rows = county.vehicles.dropna(subset=["model", "tank_l"])
    said = rows["model"].str.extract(TANK_CODE, expand=False).astype(float) * 0.1
    rows, said = rows[said.notna()], said[said.notna()]
    if rows.empty:
        return None
    stated_t = rows["tank_l"] / 1000
    differ = (said - stated_t).abs() > TANK_TOLERANCE * said
    listed = tuple(
        f"{model} {figure(stated)}/{figure(code)} t"
        for model, stated, code in zip(rows["model"][differ], stated_t[differ], said[differ], strict=True)
    )
    return Worked(bool(listed), {"vehicles": len(rows), "differ": len(listed), "listed": listed})


def lifts(county: County) -> Worked | None:
    """Vehicles that reach up high."""
    reach_m = county.vehicles["reach_m"].dropna()
    if county.vehicles.empty:
        return None
    return Worked(
        not reach_m.empty, {"reach_m": tuple(figure(each) for each in sorted(reach_m, reverse=True))}
    )


def boxes_lost(county: County) -> Worked | None:
    """Cells of the plan's box 5 without a readable entry."""
    del county  # the boxes are the plan's own and the same for every county
    cells = read_boxes().types[list(BOX_GRADES)]
    lost, merged = (int((cells == code).to_numpy().sum()) for code in ("lost", "merged"))
    return Worked(lost + merged > 0, {"lost": lost, "merged": merged})


def boxes_sums(county: County) -> Worked | None:
    """The fixed numbers of box 5 added up beside the least of box 4."""
    del county
    boxes = read_boxes()
    sums, least = [], []
    for grade in BOX_GRADES:
        fixed = [cell_limit(str(cell), 5) for cell in boxes.types[grade]]
        sums.append(sum(each.least or 0 for each in fixed if each is not None))
        whole = cell_limit(str(boxes.count[grade].iloc[0]), 4)
        least.append(0.0 if whole is None else whole.least or 0.0)
    values = {
        "grades": BOX_GRADES,
        "sums": tuple(figure(each) for each in sums),
        "least": tuple(figure(each) for each in least),
    }
    return Worked(any(have < want for have, want in zip(sums, least, strict=True)), values)


def _not_government(parcels: pd.DataFrame) -> pd.DataFrame:
    return parcels[~parcels["holder"].fillna(GOVERNMENT).str.contains(GOVERNMENT, regex=False)]


def land_held(county: County) -> Worked | None:
    """Land of the plan that is not the government's yet."""
    parcels = county.parcels
    if parcels["holder"].dropna().empty:
        return None
    held, whole = _not_government(parcels), float(parcels["area_mu"].sum())
    mu = float(held["area_mu"].sum())
    return Worked(
        not held.empty,
        {
            "parcels": len(held),
            "all_parcels": len(parcels),
            "mu": figure(mu),
            "total_mu": figure(whole),
            "share": figure(100 * mu / whole, 1),
        },
    )


def holders(county: County) -> Worked | None:
    """Names under which works hold land."""
    held = _not_government(county.parcels)
    if held.empty:
        return None
    names = tuple(dict.fromkeys(held["holder"]))
    return Worked(len(names) > 1, {"holders": len(names), "spellings": names})


def certificates(county: County) -> Worked | None:
    """Parcels whose approval has an empty bracket where a year belongs."""
    approval = county.parcels["approval"].fillna("")
    if (approval == "").all():
        return None
    blank = county.parcels[approval.str.contains(r"[(（]\s*[)）]")]
    return Worked(not blank.empty, {"parcels": tuple(blank["parcel_no"])})


def parcels_places(county: County) -> Worked | None:
    """Parcels without a boundary, and those of which only the township is known."""
    parcels = county.parcels
    if parcels.empty:
        return None
    surveyed = int((parcels["position_class"] == "P0").sum())
    return Worked(
        surveyed < len(parcels),
        {
            "parcels": len(parcels),
            "surveyed": surveyed,
            "township_only": int((parcels["position_class"] == "P6").sum()),
        },
    )


def indicators(county: County) -> Worked | None:
    """Headline targets of engine and water that are no numbered indicators."""
    targets = county.targets
    if "indicator_no" not in targets or targets.empty:
        return None
    about = targets["item"].str.contains("覆盖率|完好率", na=False)
    numbered = targets["indicator_no"].notna()
    missing = tuple(targets.loc[about & ~numbered & (targets["nature"] == "goal"), "item"])
    return Worked(bool(missing), {"indicators": int(numbered.sum()), "missing": missing})


def awareness(county: County) -> Worked | None:
    """A level and a growth of the same thing."""
    items = county.targets.set_index("item")["value"]
    known = [name for name in items.index if isinstance(name, str) and "知晓率" in name]
    growth = [name for name in known if name.endswith("增长")]
    level = [name for name in known if name not in growth]
    if not growth or not level:
        return None
    return Worked(True, {"level": str(items[level[0]]), "growth": str(items[growth[0]])})
