"""The summary of an assessment: every figure with its denominator, and what it rests on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from analysis import standards
from analysis.county_changes import (
    WIDE_CLASSES,
    change_counts,
    lists_stations,
    stands_in_scenario,
    surveyed_county,
)
from analysis.sites import stations_missing
from analysis.vehicle_limits import limit_lengths
from analysis.verdicts import VERDICTS, bound_turnout_s
from analysis.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

    from analysis.coverage import Range
    from analysis.scenario import Scenario
    from analysis.shares import AreaShares, LengthShares, Shares
    from geo.county import County


def summarise(
    county: County,
    scenario: Scenario,
    stations: pd.DataFrame,
    parcels: pd.DataFrame,
    shares: Shares,
    water: dict[str, Any],
) -> dict[str, Any]:
    """A plain mapping that survives JSON: numbers, texts, lists, None. Areas in m2, lengths in m, shares 0 to 1."""
    return {
        "county": {"name": county.name, "name_en": county.name_en, "adcode": county.adcode},
        "version": VERSION,
        "digest": surveyed_county(county).digest,
        "crs": county.crs,
        "scenario": dataclasses.asdict(scenario),
        "changes": change_counts(county),
        "cost": scenario.changes.cost,
        "targets": _targets(scenario, stations),
        "network": _network(county),
        "schematic": county.network is not None and "roads" in county.schematic,
        "missing_layers": sorted(county.missing),
        "study_area_source": shares.study_area_source,
        **_areas(shares.areas),
        **_lengths(shares.lengths),
        "street_limits": limit_lengths(county.network, scenario.vehicle, scenario.blocked_for),
        "stations": _stations(stations),
        "parcels": _parcels(parcels),
        "parcel_share": _parcel_share(parcels),
        "place_share": shares.places,
        "parcels_total": {"number": len(parcels), "mu": _mu(parcels)},
        **{key: water[key] for key in ("hydrants_built", "hydrants_total", "cranes_built", "cranes_total")},
        "water": water,
        "outside_seat": _outside_seat(county),
        "notes": _notes(county, scenario, stations, shares),
    }


def _targets(scenario: Scenario, stations: pd.DataFrame) -> dict[str, Any]:
    targets = scenario.targets
    return {
        **dataclasses.asdict(targets),
        "drive_s": targets.limit_s - targets.turnout_s,
        "speed_kph": {name: targets.speed_kph(name) for name in standards.SPEED_KPH["normal"]},
        "coverage_target": standards.COVERAGE_TARGET,
        "hydrant_spacing_m": standards.HYDRANT_SPACING_M,
        "bound_speed_kph": standards.BOUND_SPEED_KPH,
        "bound_turnout_s": bound_turnout_s(targets, stations.loc[stations["counted"], "turnout_s"]),
    }


def _network(county: County) -> dict[str, Any] | None:
    if county.network is None:
        return None
    return {
        **dataclasses.asdict(county.network.source),
        "schematic": "roads" in county.schematic,
        "nodes": county.network.n_nodes,
        "streets": county.network.n_streets,
    }


def _areas(areas: AreaShares | None) -> dict[str, Any]:
    """The covered share is held against the target with the whole study area as its denominator; its upper end
    is covered and not analysed together. Its range is null where nobody knows who comes."""
    if areas is None:
        return {"study_area_m2": None, "covered_area_m2": None, "area_share": None}
    whole = areas.study_area_m2
    return {
        "study_area_m2": whole,
        "covered_area_m2": areas.covered_m2,
        "not_covered_area_m2": areas.not_covered_m2,
        "not_analysed_area_m2": areas.not_analysed_m2,
        "area_share": {
            "covered": areas.covered_m2 / whole,
            "not_covered": areas.not_covered_m2 / whole,
            "not_analysed": areas.not_analysed_m2 / whole,
            "upper_end": (areas.covered_m2 + areas.not_analysed_m2) / whole,
            **(_range(areas.share) or {"low": None, "nominal": None, "high": None}),
            "denominator": "study_area",
            "held_against_target": True,
        },
    }


def _lengths(lengths: LengthShares | None) -> dict[str, Any]:
    if lengths is None:
        return {"street_length_m": None, "street_length_reached_m": None, "street_share": None}
    return {
        "street_length_m": lengths.whole_m,
        "street_length_reached_m": lengths.reached_m,
        "street_length_study_m": lengths.study_m,
        "street_length_reached_study_m": lengths.reached_study_m,
        "street_length_unconnected_m": lengths.unconnected_m,
        "street_length_class_guessed_m": lengths.guessed_m,
        "street_share": _range(lengths.share, denominator="street_length"),
        "street_share_study": _range(lengths.study_share, denominator="street_length_study"),
    }


def _range(share: Range | None, **more: str) -> dict[str, Any] | None:
    return None if share is None else {**dataclasses.asdict(share), **more}


def _stations(stations: pd.DataFrame) -> dict[str, Any]:
    return {
        "total": len(stations),
        "counted": int(stations["counted"].sum()),
        "unknown": int((stations["status"] == "unknown").sum()),
        "site_states": {
            state: int(number) for state, number in stations["site_state"].value_counts().items()
        },
    }


def _mu(parcels: pd.DataFrame) -> float:
    return round(
        float(parcels["area_mu"].sum()), 6
    )  # sums of hundredths, without the noise of binary fractions


def _parcels(parcels: pd.DataFrame) -> dict[str, Any]:
    whole = _mu(parcels)
    counts = {}
    for verdict in VERDICTS:
        mine = parcels[parcels["verdict"] == verdict]
        counts[verdict] = {
            "number": len(mine),
            "mu": _mu(mine),
            "share_of_mu": _mu(mine) / whole if whole else 0.0,
        }
    return counts


def _parcel_share(parcels: pd.DataFrame) -> dict[str, Any] | None:
    """Parcel area by verdict over all parcel area; None without parcels."""
    whole = _mu(parcels)
    if parcels.empty or whole == 0:
        return None
    counts = _parcels(parcels)
    return {
        **{verdict: count["share_of_mu"] for verdict, count in counts.items()},
        "denominator": "parcels_mu",
    }


def _outside_seat(county: County) -> dict[str, Any] | None:
    """The plan's own fact: parcel area outside the township of the county seat. None where that is not known."""
    seat = county.seat_township or None
    parcels = county.parcels
    if seat is None or parcels.empty or parcels["township"].isna().any():
        return None
    outside = parcels[parcels["township"] != seat]
    whole = _mu(parcels)
    return {
        "seat_township": seat,
        "number": len(outside),
        "mu": _mu(outside),
        "share_of_mu": _mu(outside) / whole if whole else 0.0,
    }


NOTES = (
    "neighbour_brigades_not_considered", "no_network", "schematic_network", "classes_guessed", "schematic_places",
    "study_area_assumed", "station_position_uncertain", "station_not_analysed", "no_station_listed",
    "station_status_unknown", "stations_unknown_counted", "hydrants_interpolated", "places_of_scenario",
    "station_place_wide",
)  # fmt: skip
"""Codes of :func:`_notes`; their words stand in the table ``[note]``."""

GUESSED_SHARE = 0.1
"""From this share of street length with an assumed class on, a note says so [own]."""


def _notes(county: County, scenario: Scenario, stations: pd.DataFrame, shares: Shares) -> list[str]:
    """Codes of what a reader must know beside the figures."""
    spread, lengths = None if shares.areas is None else shares.areas.share, shares.lengths
    schematic = county.network is not None and "roads" in county.schematic
    guessed = lengths is not None and lengths.guessed_m >= GUESSED_SHARE * lengths.whole_m > 0
    unknown = bool((stations["status"] == "unknown").any())
    interpolated = county.hydrants["interpolated"].fillna(value=False).astype(bool)
    holds = {
        "neighbour_brigades_not_considered": True,
        "no_network": county.network is None,
        "schematic_network": schematic,
        "classes_guessed": guessed and not schematic,
        "schematic_places": bool({"stations", "parcels", "hydrants"} & county.schematic),
        "study_area_assumed": county.study_area_source == "ring",
        "station_position_uncertain": spread is not None and spread.low != spread.high,
        "station_not_analysed": stations_missing(stations),
        "no_station_listed": not lists_stations(county),
        "station_status_unknown": unknown and not scenario.count_unknown,
        "stations_unknown_counted": unknown and scenario.count_unknown,
        "hydrants_interpolated": bool(interpolated.any()),
        "places_of_scenario": any(n for counts in change_counts(county).values() for n in counts.values()),
        "station_place_wide": bool(
            (stands_in_scenario(stations) & stations["position_class"].isin(WIDE_CLASSES)).any()
        ),
    }
    return [code for code in NOTES if holds[code]]
