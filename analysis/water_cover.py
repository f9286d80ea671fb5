"""Put the water rules to a county: which sources count, protection areas, gaps, and water per parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.county_changes import stands_in_scenario
from analysis.positions import on_schematic_streets
from analysis.shares import EDGE_M
from analysis.water import (
    HYPOTHETICAL,
    PLANNED,
    QUARTER_SEGMENTS,
    Layout,
    Section,
    WaterKnowledge,
    clustered_layout,
    counted,
    even_layout,
    nearest_source,
    opens_later,
    protected_bounds_m2,
    protection_area,
    water_states,
)
from geo.areas import length_inside_m
from geo.cells import SOURCE_KINDS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.scenario import Scenario
    from geo.county import County

SURVEYED, LOCATED, EXAMPLE, SUPPOSED = "surveyed", "located", "example", "supposed"
"""How sure the place of hydrants is: surveyed, worked out from words, only an example layout of a section, or given
by the scenario."""

SMALLEST_GAP_M2 = 1.0
"""Slivers below this are the tolerance of the drawing, not gaps; their sum stays in the gap area."""

PLACED_CLASSES = ("P0", "P1", "P2", "P3", "P4")
"""Position classes near enough for a distance to be printed; village and township are not."""


@dataclass(frozen=True, eq=False)
class WaterAnswer:
    """Tables in the county's CRS and the figures behind them.

    ``parcels``: columns ``hydrant_id``, ``hydrant_m``, ``hydrant_certainty``, ``crane_id``, ``crane_m``,
    ``water_state`` on the parcels' index. ``cover``: protection areas by ``layout`` and ``certainty``.
    ``gaps``: ``gap_id``, ``area_m2``, ``certainty``. ``known``: what is known of the counted hydrants; ``protected``:
    the ground they protect in the layout that is drawn. ``figures`` goes into the summary.
    """

    hydrants: gpd.GeoDataFrame
    cranes: gpd.GeoDataFrame
    parcels: pd.DataFrame
    cover: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    known: WaterKnowledge
    protected: BaseGeometry
    figures: dict[str, Any]


def water_answer(county: County, scenario: Scenario, study_area: BaseGeometry | None) -> WaterAnswer:
    """Everything about water for one county and scenario. Reads both, changes neither."""
    hydrants = with_counted(county.hydrants, scenario)
    cranes = with_counted(county.cranes, scenario)
    radius_m, barrier = scenario.targets.hydrant_radius_m, county.barrier
    single = hydrants[hydrants["counted"] & ~_interpolated(hydrants) & hydrants.geometry.notna()]
    sure = single[(single["position_class"] == "P0") & ("hydrants" not in county.schematic)]
    sections = _sections(county, hydrants[hydrants["counted"]], single)
    area = study_area if study_area is not None else shapely.MultiPolygon()
    points = np.asarray(single.geometry.to_numpy(), dtype=object)
    surveyed = protection_area(np.asarray(sure.geometry.to_numpy(), dtype=object), radius_m, barrier)
    certainty = _certainty(sections)
    layouts = [even_layout(sections, points, radius_m, barrier)]
    if certainty == EXAMPLE:
        layouts.append(
            clustered_layout(sections, points, radius_m, standards.HYDRANT_SPACING_M, area, barrier)
        )
    listed = "hydrants" not in county.missing
    gaps = _gap_table(
        county, area.difference(layouts[0].area) if listed else shapely.MultiPolygon(), certainty
    )
    figures = _figures(county, hydrants, cranes, scenario)
    if study_area is not None and listed:  # where nobody has listed hydrants, no ground is known to be a gap
        figures["area"] = _area_figures(sections, surveyed, layouts, area, radius_m, barrier) | {
            "certainty": certainty
        }
        figures["street"] = _street_figures(county, layouts, area)
    known = _knowledge(county, sections, surveyed, radius_m)
    return WaterAnswer(
        hydrants=gpd.GeoDataFrame(hydrants),
        cranes=gpd.GeoDataFrame(cranes),
        parcels=parcel_water(county, hydrants, cranes, known),
        cover=_cover_table(county, surveyed, layouts, certainty),
        gaps=gaps,
        known=known,
        protected=layouts[0].area,
        figures=figures,
    )


def _certainty(sections: list[Section]) -> str:
    if not sections:
        return SURVEYED
    return EXAMPLE if any(section.line is not None for section in sections) else LOCATED


def _interpolated(hydrants: pd.DataFrame) -> pd.Series[bool]:
    return hydrants["interpolated"].fillna(value=False).astype(bool)


def _sections(county: County, hydrants: gpd.GeoDataFrame, single: gpd.GeoDataFrame) -> list[Section]:
    """Counted hydrants whose place is uncertain, as sections: rows of a section, and single ones known by words."""
    found = []
    in_section = hydrants[_interpolated(hydrants) | hydrants.geometry.isna()]
    # A hydrant without a place that stands in no section is one on its own.
    section = in_section["section_id"].where(in_section["section_id"].notna(), in_section["hydrant_id"])
    for section_id, rows in in_section.groupby(section, sort=False):
        shape = rows["shape"].iloc[0]
        road = None if shape is not None else _named_road(county, rows["road"].iloc[0])
        found.append(Section(str(section_id), len(rows), shape, road))
    words = single if "hydrants" in county.schematic else single[single["position_class"] != "P0"]
    found += [
        Section(str(row.hydrant_id), 1, None, row.shape)
        for row in words.itertuples()
        if row.shape is not None
    ]
    return found


def _named_road(county: County, name: Any) -> BaseGeometry | None:
    """The streets of a name on the network, with 新建 (newly built) taken off the front; None where there are none."""
    if county.network is None or not isinstance(name, str):
        return None
    wanted = name.removeprefix("新建")
    rows = [i for i, street in enumerate(county.network.street_names()) if street == wanted]
    return shapely.union_all(county.network.lines[rows]) if rows else None


def _cover_table(
    county: County, surveyed: BaseGeometry, layouts: list[Layout], certainty: str
) -> gpd.GeoDataFrame:
    rows = [] if certainty == SURVEYED else [(SURVEYED, SURVEYED, surveyed)]
    rows += [
        (layout.name if certainty == EXAMPLE else certainty, certainty, layout.area) for layout in layouts
    ]
    columns = {
        "layout": [name for name, _, _ in rows],
        "certainty": [sure for _, sure, _ in rows],
        "area_m2": [float(area.area) for _, _, area in rows],
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([area for _, _, area in rows], crs=county.crs))


def _gap_table(county: County, gap: BaseGeometry, certainty: str) -> gpd.GeoDataFrame:
    parts = [part for part in shapely.get_parts(gap) if part.area >= SMALLEST_GAP_M2]
    parts.sort(key=lambda part: -part.area)
    columns = {
        "gap_id": [f"gap-{number}" for number in range(1, len(parts) + 1)],
        "area_m2": [float(part.area) for part in parts],
        "certainty": [certainty] * len(parts),
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(parts, crs=county.crs))


def with_counted(table: gpd.GeoDataFrame, scenario: Scenario) -> gpd.GeoDataFrame:
    """A table of water sources with the flag ``counted`` (:func:`analysis.water.counted`)."""
    return table.assign(counted=counted(table["status"], scenario, table["opens"]))


def _figures(
    county: County, hydrants: gpd.GeoDataFrame, cranes: gpd.GeoDataFrame, scenario: Scenario
) -> dict[str, Any]:
    """Numbers of sources, whatever the scenario counts; :func:`_numbers` says which."""
    sources = with_counted(county.water_sources, scenario)
    kinds = sources.loc[sources["counted"], "kind"].value_counts()
    return {
        **_numbers(hydrants, "hydrants", scenario),
        **_numbers(cranes, "cranes", scenario),
        **_numbers(sources, "sources", scenario),
        "sources_by_kind": {kind: int(kinds.get(kind, 0)) for kind in SOURCE_KINDS},
        "layers_missing": [name for name in ("hydrants", "cranes") if name in county.missing],
        "radius_m": scenario.targets.hydrant_radius_m,
        "hydrants_interpolated": int((hydrants["counted"] & _interpolated(hydrants)).sum()),
    }


def _numbers(table: gpd.GeoDataFrame, prefix: str, scenario: Scenario) -> dict[str, int]:
    """Numbers of one kind of source: ``built`` those in use, ``total`` these, the planned and those of unknown state;
    those out of service are in no total, nor are the hypothetical.
    ``opens_later``: after the scenario's year, and so not counted. Of those
    counted: without a place, without a stated flow or one of 0, and without the date of a check."""
    status, there = table["status"], table["counted"]
    built, planned, unknown = status == "in_use", status.isin(PLANNED), status == "unknown"
    return {
        f"{prefix}_{name}": int(rows.sum())
        for name, rows in {
            "built": built,
            "total": built | planned | unknown,
            "planned": planned,
            "unknown": unknown,
            "out_of_service": status == "out_of_service",
            "hypothetical": status == HYPOTHETICAL,
            "opens_later": opens_later(table["opens"], scenario),
            "counted": there,
            "without_place": there & table.geometry.isna(),
            "flow_not_stated": there & table["flow_lps"].isna(),
            "flow_zero": there & (table["flow_lps"] == 0),
            "check_not_stated": there & table["checked"].isna(),
        }.items()
    }


def _area_figures(
    sections: list[Section],
    surveyed: BaseGeometry,
    layouts: list[Layout],
    area: BaseGeometry,
    radius_m: float,
    barrier: BaseGeometry | None,
) -> dict[str, Any]:
    whole = float(area.area)
    example = {layout.name: float(layout.area.intersection(area).area) for layout in layouts}
    if not sections:
        low = high = example["even"]
    else:
        low, high = protected_bounds_m2(sections, surveyed, area, radius_m, barrier)
    return {
        "study_area_m2": whole,
        "protected_m2": {"low": low, "high": high, "examples": example},
        "share": {
            "low": low / whole if whole else 0.0,
            "high": high / whole if whole else 0.0,
            "examples": {name: value / whole if whole else 0.0 for name, value in example.items()},
        },
        "gap_m2": {name: whole - value for name, value in example.items()},
        "denominator": "study_area",
    }


def _street_figures(county: County, layouts: list[Layout], area: BaseGeometry) -> dict[str, Any]:
    """Street length in the study area farther than the radius, in a straight line, from every counted hydrant."""
    if county.network is None:
        return {}
    lines, grown = county.network.lines, area.buffer(EDGE_M)
    whole = float(length_inside_m(lines, grown).sum())
    dry = {
        layout.name: whole - float(length_inside_m(lines, layout.area.intersection(grown)).sum())
        for layout in layouts
    }
    return {"length_m": whole, "without_water_m": dry, "denominator": "study_area"}


def _knowledge(
    county: County, sections: list[Section], surveyed: BaseGeometry, radius_m: float
) -> WaterKnowledge:
    where = [each.line if each.line is not None else each.road for each in sections]
    possible = [
        shapely.buffer(shape, radius_m, quad_segs=QUARTER_SEGMENTS) for shape in where if shape is not None
    ]
    schematic = bool({"roads", "hydrants"} & county.schematic)
    return WaterKnowledge(
        listed="hydrants" not in county.missing,
        surveyed=surveyed,
        possible=shapely.union_all(np.array(possible, dtype=object)) if possible else shapely.MultiPolygon(),
        # What was found on streets that are only drawn may lie elsewhere.
        unplaced=any(shape is None for shape in where) or (schematic and len(where) > 0),
    )


def parcel_water(
    county: County, hydrants: gpd.GeoDataFrame, cranes: gpd.GeoDataFrame, known: WaterKnowledge
) -> pd.DataFrame:
    """Nearest hydrant and crane that count (``hydrants`` and ``cranes`` with ``counted``), how sure the hydrant's place
    is, and ``water_state`` of every parcel, on their index."""
    parcels = county.parcels
    near_enough = parcels["position_class"].isin(PLACED_CLASSES).to_numpy()
    drawn = [shape if ok else None for shape, ok in zip(parcels.geometry, near_enough, strict=True)]
    parcel_on_drawn = on_schematic_streets(county, parcels) | ("parcels" in county.schematic)
    shapes = [shape if ok else None for shape, ok in zip(parcels["shape"], near_enough, strict=True)]
    hydrant_id, hydrant_m, certainty = _nearest(drawn, hydrants, "hydrant_id", county.barrier)
    crane_id, crane_m, _ = _nearest(drawn, cranes, "crane_id", county.barrier)
    states = [
        "depends" if drawn_only and state in {"covered", "not_covered"} else state
        for state, drawn_only in zip(water_states(shapes, known), parcel_on_drawn, strict=True)
    ]
    return pd.DataFrame(
        {
            "hydrant_id": hydrant_id,
            "hydrant_m": hydrant_m,
            "hydrant_certainty": certainty,
            "crane_id": crane_id,
            "crane_m": crane_m,
            "water_state": states,
        },
        index=parcels.index,
    )


def _nearest(
    shapes: list[BaseGeometry | None], sources: gpd.GeoDataFrame, column: str, barrier: BaseGeometry | None
) -> tuple[list[str | None], Any, list[str | None]]:
    usable = sources[sources["counted"] & sources.geometry.notna()]
    ids = usable[column].astype(str).tolist()
    points = np.asarray(usable.geometry.to_numpy(), dtype=object)
    found, metres = nearest_source(shapes, points, ids, barrier)
    sure = np.where(usable["position_class"] == "P0", SURVEYED, LOCATED)
    if "interpolated" in usable:
        sure = np.where(_interpolated(usable), EXAMPLE, sure)
    sure = np.where(stands_in_scenario(usable), SUPPOSED, sure)
    known = dict(zip(ids, sure.tolist(), strict=True))
    return found, metres, [None if each is None else known[each] for each in found]
