"""Hold every station against the rules of a pack, clause by clause; take a standard's targets into a scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import site_rules, zone_rules
from analysis.findings import DEPENDS, NOT_ANALYSED, NOT_STATED, Finding
from analysis.scenario import Targets, check_targets
from analysis.sites import NOT_COUNTED
from geo.problems import InputError, problem
from geo.rule_pack import GRADES, PACKS, RULE_FOLDER, read_pack
from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from geo.rule_pack import Limit, Preset, Rule, RulePack

COLUMNS = (
    "station_id", "rule_id", "standard", "clause", "also", "mark", "strictness", "measured", "unit", "least", "most",
    "limit", "verdict", "reason", "detail",
)  # fmt: skip
ZONE_COLUMNS = ("station_id", "geometry", "area_m2", "clipped", "cut_at_limit")
QUANTITIES = (
    "zone_edge_s", "zone_area", "zone_area_edge_of_town", "barrier:motorway", "barrier:expressway",
    "barrier:railway", "barrier:river", "crowded_m", "hazard_m", "upwind", "door_setback_m", "frontage",
    "site_area_m2", "building_area_m2", "crew",
)  # fmt: skip
"""What can be measured of a station; a rule on anything else is a mistake of the pack."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What lies around the stations; None where the county has no such layer. All in the stations' CRS.

    ``crowded``, ``hazards``: points or areas (optional ``name``, ``position_class``; ``is_exit`` for a surveyed
    evacuation exit). ``engine_exits``: points with ``station_id``. ``frontage``: of
    :func:`analysis.site_rules.frontage_table`. ``barriers``: lines by kind, of
    :func:`analysis.zone_rules.layer_barriers` and :func:`analysis.zone_rules.network_barriers`; a kind that is
    there was looked for, even where no line was found.
    """

    crowded: gpd.GeoDataFrame | None = None
    hazards: gpd.GeoDataFrame | None = None
    engine_exits: gpd.GeoDataFrame | None = None
    frontage: pd.DataFrame | None = None
    barriers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_AROUND = Surroundings()


def grade_of(text: str | None) -> str | None:
    """The grade in any spelling (一级, 一级消防站, 特勤站); None where there is none."""
    return next((grade for grade in GRADES if grade in (text or "")), None)


def station_verdicts(
    stations: gpd.GeoDataFrame,
    zones: pd.DataFrame | None,
    pack: RulePack,
    *,
    schematic: bool,
    around: Surroundings = NOTHING_AROUND,
) -> pd.DataFrame:
    """One row per station and rule that applies to its grade, in the order of both. Columns :data:`COLUMNS`.

    ``stations``: ``station_id``, ``grade``, ``position_class``, ``location_text``, ``site_state``, ``geometry``,
    ``site_area_m2``, ``crew``; where there are: ``site_area_scope`` (own, shared), ``building_area_m2``,
    ``crew_parts``, ``crew_on_duty``, ``door_setback_m``, ``edge_of_town`` (flag).
    ``zones``: :data:`ZONE_COLUMNS`, one row per station: the ground it is first due to. ``cut_at_limit``: drawn only
    as far as the time reaches; ``clipped``: it goes on where the data end (the edge of the study area is not
    that). Where there are: ``edge_s`` (latest arrival in it, infinite where a part is never reached) and, over
    the places uncertain stations may stand in, ``area_low_m2``, ``area_high_m2``, ``edge_low_s``,
    ``edge_high_s``. None: no zones. ``schematic``: the streets are, so that zones and streets decide nothing.

    ``measured`` is in ``unit``, NaN where there is no number; ``least`` and ``most`` are NaN where there is none;
    ``verdict`` one of :data:`analysis.findings.RULE_VERDICTS`; ``reason`` a code of the words; ``detail`` names
    things. Raises :class:`InputError` where the pack measures what is not known here.
    """
    rules = [rule for rule in pack.rules if rule.per == "station"]
    unknown = [
        problem(
            "not_in_list",
            file=f"{pack.name}.toml",
            field=rule.id,
            value=rule.quantity,
            known=", ".join(QUANTITIES),
        )
        for rule in rules
        if rule.quantity not in QUANTITIES
    ]
    if unknown:
        raise InputError(unknown)
    counted = ~stations["site_state"].isin(NOT_COUNTED)
    uncertain = bool((counted & (stations["position_class"] != "P0")).any())
    asked = _Asked(pack, zones, around, schematic, uncertain)
    rows = [
        table_row(station, rule, finding)
        for _, station in stations.iterrows()
        for rule in rules
        if (finding := asked.finding(station, rule)) is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True, eq=False)
class _Asked:
    """The circumstances in which every rule is asked of every station."""

    pack: RulePack
    zones: pd.DataFrame | None
    around: Surroundings
    schematic: bool
    sites_uncertain: bool

    def finding(self, station: pd.Series[Any], rule: Rule) -> Finding | None:
        """The answer to one rule; None where the rule does not apply to the station."""
        grade = grade_of(station["grade"])
        if rule.graded and grade is None:
            return Finding(NOT_STATED, "grade_unknown")
        limit = rule.limit(grade)
        if limit is None or _elsewhere(station, rule.quantity):
            return None
        if rule.quantity.startswith(("zone_", "barrier:")):
            return self._of_zone(station, rule.quantity, limit)
        return self._of_site(station, rule.quantity, limit, grade)

    def _of_site(self, station: pd.Series[Any], quantity: str, limit: Limit, grade: str | None) -> Finding:
        around, assumed = self.around, self.pack.assumed
        outlet_m = assumed["outlet_within_m"]
        match quantity:
            case "crowded_m":
                return site_rules.crowded_distance(
                    station, limit, around.crowded, around.engine_exits, self.pack.crowded_words, outlet_m
                )
            case "hazard_m":
                return site_rules.hazard_distance(station, limit, around.hazards, outlet_m)
            case "upwind":
                return site_rules.upwind(station, around.hazards)
            case "door_setback_m":
                return site_rules.door_set_back(station, limit, grade)
            case "frontage":
                within_m = assumed["frontage_within_m"]
                return site_rules.frontage(station, around.frontage, within_m, schematic=self.schematic)
        return _OWN_FIGURES[quantity](station, limit)

    def _of_zone(self, station: pd.Series[Any], quantity: str, limit: Limit) -> Finding:
        if station["site_state"] != "snapped":
            return Finding(NOT_ANALYSED, str(station["site_state"]))
        zones, uncertain = self.zones, self.sites_uncertain
        if zones is None:
            # Nobody draws zones on streets that are themselves only drawn.
            return (
                Finding(DEPENDS, "schematic_network") if self.schematic else Finding(NOT_ANALYSED, "no_zone")
            )
        zone = zone_rules.zone_of(zones, station["station_id"], sites_uncertain=uncertain)
        if zone is None:
            return Finding(NOT_ANALYSED, "no_zone")
        if quantity == "zone_edge_s":
            return zone_rules.zone_edge(zone, limit, schematic=self.schematic)
        if quantity.startswith("zone_area"):
            return zone_rules.zone_area(zone, limit, schematic=self.schematic)
        return zone_rules.zone_across(
            zone,
            self.around.barriers.get(quantity.removeprefix("barrier:")),
            self.pack.assumed,
            schematic=self.schematic,
            sites_uncertain=uncertain,
        )


_OWN_FIGURES = {
    "site_area_m2": site_rules.site_area,
    "building_area_m2": site_rules.building_area,
    "crew": site_rules.crew,
}


def _elsewhere(station: pd.Series[Any], quantity: str) -> bool:
    """Of the two limits on area, one is for stations at the edge of town and one for all others. Both are asked
    where nobody has said which a station is."""
    at_edge = station.get("edge_of_town")
    if at_edge is None or pd.isna(at_edge):
        return False
    return (quantity == "zone_area" and bool(at_edge)) or (
        quantity == "zone_area_edge_of_town" and not at_edge
    )


def table_row(station: pd.Series[Any], rule: Rule, finding: Finding) -> dict[str, Any]:
    """A rule's answer as a row of :data:`COLUMNS`; of the station only ``station_id`` and ``grade`` are read."""
    limit = rule.limit(grade_of(station["grade"]))
    least, most = (None, None) if limit is None else (limit.least, limit.most)
    counted = rule.quantity.startswith("barrier:")
    return {
        "station_id": station["station_id"],
        "rule_id": rule.id,
        "standard": rule.standard,
        "clause": rule.clause,
        "also": rule.also,
        "mark": rule.mark,
        "strictness": rule.strictness,
        "measured": finding.measured,
        "unit": rule.unit,
        "least": math.nan if least is None else least,
        "most": math.nan if most is None else most,
        "limit": "" if limit is None or counted else limit.text(),
        "verdict": finding.verdict,
        "reason": finding.reason,
        "detail": finding.detail,
    }


def rule_sentence(row: Mapping[str, Any], language: str) -> str:
    """One row of :func:`station_verdicts` in words: the rule, the verdict, what was measured and why."""
    unit = say(language, f"rule.unit.{row['unit']}") if row["unit"] else ""
    parts = [
        say(language, f"rule.name.{row['rule_id']}"),
        say(language, f"rule.verdict.{row['verdict']}"),
        say(language, f"rule.reason.{row['reason']}", detail=row["detail"] or say(language, "rule.unnamed")),
    ]
    if row["limit"]:
        parts.append(say(language, "rule.limit", limit=row["limit"], unit=unit).strip())
    if not math.isnan(row["measured"]):
        parts.append(say(language, "rule.measured", value=f"{row['measured']:,.10g}", unit=unit).strip())
    parts.append(citation(row, language))
    return say(language, "rule.between").join(parts)


def citation(row: Mapping[str, Any], language: str) -> str:
    """Standard and clause with how far they were checked; no clause where none was ever verified."""
    where = " ".join(filter(None, (row["standard"], row["clause"])))
    return say(language, f"rule.cited.{row['mark']}", where=where)


def presets(folder: Path = RULE_FOLDER) -> tuple[Preset, ...]:
    """Every preset of every pack, in the order of the packs."""
    return tuple(each for name in PACKS for each in read_pack(name, folder).presets)


def preset(name: str, targets: Targets | None = None, folder: Path = RULE_FOLDER) -> dict[str, Any]:
    """The changes a standard makes to a scenario's targets: ``limit_s``, ``turnout_s``, ``bands_s`` as far as it
    sets them, to be used as ``dataclasses.replace(targets, **preset(name))``.

    A standard that sets no turnout leaves that of ``targets``. Raises :class:`InputError` for a name that is not
    there or targets that cannot be used.
    """
    known = {each.id: each for each in presets(folder)}
    if name not in known:
        raise InputError([problem("not_in_list", field="preset", value=name, known=", ".join(known))])
    chosen, before = known[name], targets or Targets()
    turnout_s = before.turnout_s if chosen.turnout_s is None else chosen.turnout_s
    changes: dict[str, Any] = {} if chosen.turnout_s is None else {"turnout_s": turnout_s}
    drive_s = chosen.drive_s
    changes["limit_s"] = float(chosen.limit_s or 0.0) if drive_s is None else turnout_s + drive_s
    if chosen.bands_drive_s:
        changes["bands_s"] = tuple(turnout_s + each for each in chosen.bands_drive_s)
    wrong = check_targets(replace(before, **changes), file=name)
    if wrong:
        raise InputError(wrong)
    return changes
