"""The files of an assessment: names, content and the note on what they rest on. Writing is left to the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from analysis.network_health import health_places
from analysis.plan_check import plan_check, plan_facts
from analysis.precision import as_written
from analysis.rule_check import fleet_table, rule_table
from analysis.water_assessment import ranked_gaps
from geo.export import ODBL_NOTICE, csv_bytes, geojson_bytes, json_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

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


def _parcels_csv(assessment: Assessment) -> bytes:
    plain = pd.DataFrame(assessment.parcels.drop(columns=["geometry", "shape", "bound_shape"]))
    return csv_bytes(as_written(plain, assessment.county.parcels.columns))


def _layer(assessment: Assessment, table: gpd.GeoDataFrame, given: Collection[str] = ()) -> bytes:
    return geojson_bytes(as_written(table, given), about(assessment))


RESULT_FILES: dict[str, Callable[[Assessment], bytes]] = {
    "parcels.geojson": lambda a: _layer(a, a.parcels, a.county.parcels.columns),
    "parcels.csv": _parcels_csv,
    "stations.geojson": lambda a: _layer(a, a.stations, a.county.stations.columns),
    "hydrants.geojson": lambda a: _layer(a, a.hydrants, a.county.hydrants.columns),
    "cranes.geojson": lambda a: _layer(a, a.cranes, a.county.cranes.columns),
    "coverage.geojson": lambda a: _layer(a, a.coverage),
    "zones.geojson": lambda a: _layer(a, a.zones),
    "overlap.geojson": lambda a: _layer(a, a.overlap),
    "force.geojson": lambda a: _layer(a, a.force),
    "streets.geojson": lambda a: _layer(a, a.streets),
    "hydrant_gaps.geojson": lambda a: _layer(a, ranked_gaps(a)),
    "hydrant_cover.geojson": lambda a: _layer(a, a.hydrant_cover),
    "network_health.geojson": lambda a: _layer(a, health_places(a)),
    "rules.csv": lambda a: csv_bytes(rule_table(a)),
    "fleet.csv": lambda a: csv_bytes(fleet_table(a)),
    "plan_check.csv": lambda a: csv_bytes(plan_check(a.county)),
    "plan_facts.csv": lambda a: csv_bytes(plan_facts(a.county)),
    "summary.json": lambda a: json_bytes(
        a.summary | {"map_notice": MAP_NOTICE, "odbl_notice": odbl_notice(a)}
    ),
}
"""Every file an assessment is handed on as, by name; each is made when it is asked for."""


def result_files(assessment: Assessment) -> dict[str, bytes]:
    """All files of an assessment."""
    return {name: make(assessment) for name, make in RESULT_FILES.items()}


def _spacing(water: WaterAssessment, table: str) -> gpd.GeoDataFrame:
    """A table of the spacing, its numbers of hydrants whole; without a network it has no rows."""
    found = water.spacing
    if found is None:
        return gpd.GeoDataFrame({"line_id": [], "name": []}, geometry=[], crs=water.county.crs)
    rows: gpd.GeoDataFrame = getattr(found, table)
    return rows.astype({name: "Int64" for name in NUMBERS if name in rows})


NUMBERS = ("missing", "missing_least", "missing_most", "stretches")
"""Columns of the spacing that are numbers of things, and null where nobody has listed hydrants."""


def _csv(table: pd.DataFrame, given: Collection[str] = ()) -> bytes:
    return csv_bytes(as_written(table, given))


def water_summary(water: WaterAssessment) -> dict[str, Any]:
    """What the files of water rest on, and all their figures."""
    counts = ("hydrants_built", "hydrants_total", "cranes_built", "cranes_total", "missing_layers")
    summary = water.assessment.summary
    return {**about(water.assessment), **{name: summary[name] for name in counts}, **water.figures}


WATER_FILES: dict[str, Callable[[WaterAssessment], bytes]] = {
    "joint.geojson": lambda w: _layer(w.assessment, w.joint_streets),
    "hydrant_gaps.geojson": lambda w: _layer(w.assessment, w.gaps),
    "hose.geojson": lambda w: _layer(w.assessment, w.hose_streets),
    "spacing.csv": lambda w: _csv(_spacing(w, "streets")),
    "spacing.geojson": lambda w: _layer(w.assessment, _spacing(w, "stretches")),
    "proposed_hydrants.geojson": lambda w: _layer(w.assessment, _spacing(w, "proposed")),
    "cranes.csv": lambda w: _csv(w.cranes, w.county.cranes.columns),
    "station_trips.csv": lambda w: _csv(w.station_trips),
    "shuttle.geojson": lambda w: _layer(w.assessment, w.shuttle_streets),
    "fill_times.csv": lambda w: _csv(w.fill_times, ("flow_lps", "tank_l")),
    "water_parcels.geojson": lambda w: _layer(w.assessment, w.parcels, w.county.parcels.columns),
    "source_rules.csv": lambda w: csv_bytes(w.source_rules),
    "summary.json": lambda w: json_bytes(water_summary(w)),
}
"""Every file the questions of water are handed on as, by name; each is made when it is asked for."""


def water_files(water: WaterAssessment) -> dict[str, bytes]:
    """All files of the questions of water."""
    return {name: make(water) for name, make in WATER_FILES.items()}
