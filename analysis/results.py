"""The results of an assessment: their tables as they are written, and the files of the commands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from analysis.network_health import health_places
from analysis.plan_check import plan_check, plan_facts
from analysis.precision import as_written
from analysis.rule_check import fleet_table, rule_table
from analysis.water_assessment import ranked_gaps
from geo.export import ODBL_NOTICE, csv_bytes, geojson_bytes, json_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analysis.assessment import Assessment
    from analysis.water_assessment import WaterAssessment

OSM_OBJECT = r"(node|way|relation)/\d+$"
"""What a row from OpenStreetMap names as its line of the source."""

MAP_NOTICE = (
    "内部分析示意图，未经地图审核，不得公开发布 / internal analysis sketch, not reviewed for publication"
)


def about(assessment: Assessment) -> dict[str, Any]:
    """What every exported file says of itself: question, targets, network, data, version, digest, caveats."""
    summary = assessment.summary
    network = summary["network"]
    return {
        "county": summary["county"],
        "scenario": summary["scenario"],
        "targets": summary["targets"],
        "network": network,
        "sources": [{"layer": layer, "source": text} for layer, text in assessment.county.sources],
        "schematic": summary["schematic"],
        "study_area_source": summary["study_area_source"],
        "notes": summary["notes"],
        "version": summary["version"],
        "digest": summary["digest"],
        "computed_in": summary["crs"],
        "map_notice": MAP_NOTICE,
        "odbl_notice": odbl_notice(assessment),
    }


def odbl_notice(assessment: Assessment) -> str | None:
    """The licence notice where the streets, or another layer by its stated source, come from OpenStreetMap."""
    county = assessment.county
    from_osm = county.network is not None and county.network.source.from_osm
    water = (county.hydrants, county.cranes, county.water_sources)
    for table in (county.parcels, county.stations, county.places, *water):
        named = table["source"].astype(str).str.contains("OpenStreetMap", regex=False).any()
        from_osm = from_osm or bool(named or table["source_line"].astype(str).str.match(OSM_OBJECT).any())
    return ODBL_NOTICE if from_osm or any("ODbL" in text for _, text in county.sources) else None


@dataclass(frozen=True)
class ResultTable:
    """How one table of results is made, as it is written: of an assessment, or of its questions of water.

    ``shape``: the kind of its places, as :class:`geo.result_layer.ResultLayer` has it.
    """

    make: Callable[[Any], pd.DataFrame]
    shape: str = ""


def _given(name: str, layer: str) -> Callable[[Any], pd.DataFrame]:
    """A table of an assessment that has the columns of one of the county's, which stay exact."""
    return lambda a: as_written(getattr(a, name), getattr(a.county, layer).columns)


def _computed(name: str) -> Callable[[Any], pd.DataFrame]:
    return lambda a: as_written(getattr(a, name))


RESULT_TABLES: dict[str, ResultTable] = {
    "parcels": ResultTable(_given("parcels", "parcels"), "area"),
    "stations": ResultTable(_given("stations", "stations"), "point"),
    "hydrants": ResultTable(_given("hydrants", "hydrants"), "point"),
    "cranes": ResultTable(_given("cranes", "cranes"), "point"),
    "coverage": ResultTable(_computed("coverage"), "area"),
    "zones": ResultTable(_computed("zones"), "area"),
    "overlap": ResultTable(_computed("overlap"), "area"),
    "force": ResultTable(_computed("force"), "line"),
    "streets": ResultTable(_computed("streets"), "line"),
    "hydrant_gaps": ResultTable(lambda a: as_written(ranked_gaps(a)), "area"),
    "hydrant_cover": ResultTable(_computed("hydrant_cover"), "area"),
    "network_health": ResultTable(lambda a: as_written(health_places(a)), "point"),
    "rules": ResultTable(rule_table),
    "fleet": ResultTable(fleet_table),
    "plan_check": ResultTable(lambda a: plan_check(a.county)),
    "plan_facts": ResultTable(lambda a: plan_facts(a.county)),
}
"""Every table of an assessment, by name."""


def _geojson(name: str, assessment: Assessment) -> bytes:
    table: Any = RESULT_TABLES[name].make(assessment)
    return geojson_bytes(table, about(assessment))


def _csv(name: str, assessment: Assessment) -> bytes:
    return csv_bytes(RESULT_TABLES[name].make(assessment))


RESULT_FILES: dict[str, Callable[[Assessment], bytes]] = {
    "parcels.geojson": partial(_geojson, "parcels"),
    "parcels.csv": partial(_csv, "parcels"),
    **{
        f"{name}.geojson": partial(_geojson, name)
        for name, table in RESULT_TABLES.items()
        if table.shape and name != "parcels"
    },
    **{f"{name}.csv": partial(_csv, name) for name, table in RESULT_TABLES.items() if not table.shape},
    "summary.json": lambda a: json_bytes(
        a.summary | {"map_notice": MAP_NOTICE, "odbl_notice": odbl_notice(a)}
    ),
}
"""Every file the command ``assess`` writes, by name; each is made when it is asked for."""


def result_files(assessment: Assessment) -> dict[str, bytes]:
    """All files of an assessment."""
    return {name: make(assessment) for name, make in RESULT_FILES.items()}


def _spacing(table: str) -> Callable[[WaterAssessment], gpd.GeoDataFrame]:
    """A table of the spacing, its numbers of hydrants whole; without a network it has no rows."""

    def made(water: WaterAssessment) -> gpd.GeoDataFrame:
        found = water.spacing
        if found is None:
            return gpd.GeoDataFrame({"line_id": [], "name": []}, geometry=[], crs=water.county.crs)
        rows: gpd.GeoDataFrame = getattr(found, table)
        return as_written(rows.astype({name: "Int64" for name in NUMBERS if name in rows}))

    return made


NUMBERS = ("missing", "missing_least", "missing_most", "stretches")
"""Columns of the spacing that are numbers of things, and null where nobody has listed hydrants."""


def water_summary(water: WaterAssessment) -> dict[str, Any]:
    """What the files of water rest on, and all their figures."""
    counts = ("hydrants_built", "hydrants_total", "cranes_built", "cranes_total", "missing_layers")
    summary = water.assessment.summary
    return {**about(water.assessment), **{name: summary[name] for name in counts}, **water.figures}


WATER_TABLES: dict[str, ResultTable] = {
    "water_joint": ResultTable(_computed("joint_streets"), "line"),
    "hydrant_gaps": ResultTable(_computed("gaps"), "area"),
    "water_hose": ResultTable(_computed("hose_streets"), "line"),
    "water_spacing_streets": ResultTable(_spacing("streets"), "line"),
    "water_spacing": ResultTable(_spacing("stretches"), "line"),
    "water_proposed_hydrants": ResultTable(_spacing("proposed"), "point"),
    "water_cranes": ResultTable(_given("cranes", "cranes"), "point"),
    "water_station_trips": ResultTable(_computed("station_trips")),
    "water_shuttle": ResultTable(_computed("shuttle_streets"), "line"),
    "water_fill_times": ResultTable(lambda w: as_written(w.fill_times, ("flow_lps", "tank_l"))),
    "water_parcels": ResultTable(_given("parcels", "parcels"), "area"),
    "water_source_rules": ResultTable(lambda w: w.source_rules),
}
"""Every table of the questions of water, by name; the gaps stand among the results too."""


def _water_geojson(name: str, water: WaterAssessment) -> bytes:
    table: Any = WATER_TABLES[name].make(water)
    return geojson_bytes(table, about(water.assessment))


def _water_csv(name: str, water: WaterAssessment) -> bytes:
    return csv_bytes(WATER_TABLES[name].make(water))


WATER_FILES: dict[str, Callable[[WaterAssessment], bytes]] = {
    "joint.geojson": partial(_water_geojson, "water_joint"),
    "hydrant_gaps.geojson": partial(_water_geojson, "hydrant_gaps"),
    "hose.geojson": partial(_water_geojson, "water_hose"),
    "spacing.csv": partial(_water_csv, "water_spacing_streets"),
    "spacing.geojson": partial(_water_geojson, "water_spacing"),
    "proposed_hydrants.geojson": partial(_water_geojson, "water_proposed_hydrants"),
    "cranes.csv": partial(_water_csv, "water_cranes"),
    "station_trips.csv": partial(_water_csv, "water_station_trips"),
    "shuttle.geojson": partial(_water_geojson, "water_shuttle"),
    "fill_times.csv": partial(_water_csv, "water_fill_times"),
    "water_parcels.geojson": partial(_water_geojson, "water_parcels"),
    "source_rules.csv": partial(_water_csv, "water_source_rules"),
    "summary.json": lambda w: json_bytes(water_summary(w)),
}
"""Every file the command ``water`` writes, by name; each is made when it is asked for."""


def water_files(water: WaterAssessment) -> dict[str, bytes]:
    """All files of the questions of water."""
    return {name: make(water) for name, make in WATER_FILES.items()}
