"""The answer to a siting question as tables and files: candidates, curve, stages, what nobody covers, last parcels."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from analysis.precision import as_written
from analysis.results import about
from analysis.site_bound import site_bounds
from analysis.siting_answer import TOO_LATE, UNCONNECTED
from analysis.siting_candidates import TRIED
from geo.export import csv_bytes, geojson_bytes, json_bytes

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.siting_answer import SitingAnswer


def siting_summary(answer: SitingAnswer) -> dict[str, Any]:
    """The figures of an answer: the choice, how sure it is, and what is covered before and after.

    Shares are of all demand. ``too_late``: weight that no candidate reaches in time; ``not_analysed``: weight that
    could not be asked, by reason, ``unconnected`` where no candidate ever gets there.
    """
    demand, plan, candidates = answer.demand, answer.plan, answer.candidates
    whole = demand.whole
    nobody = answer.unreachable.groupby("reason")["weight"].sum().to_dict()
    return {
        "choice": asdict(answer.choice),
        "state": plan.state,
        "gap": answer.gap,
        "value": plan.value,
        "bound": plan.bound,
        "stations_before": int(answer.times.standing.sum()),
        "stations_after": len(plan.sites),
        "given_up": int(answer.times.standing.sum() - answer.times.standing[plan.sites].sum()),
        "chosen": candidates.loc[candidates["chosen"]].sort_values("order")["candidate_id"].tolist(),
        "candidates": {str(state): int(n) for state, n in candidates["state"].value_counts().items()},
        "demand": {
            "kind": demand.kind,
            "unit": demand.unit,
            "places": len(demand.ids),
            "whole": whole,
            "before": answer.demand_before,
            "after": answer.demand_after,
            "share_before": answer.demand_before / whole if whole else None,
            "share_after": answer.demand_after / whole if whole else None,
            "too_late": nobody.get(TOO_LATE, 0.0),
            "not_analysed": demand.left_out | {UNCONNECTED: nobody.get(UNCONNECTED, 0.0)},
        },
        "covered": answer.covered,
        "places_uncertain": answer.places_uncertain,
        "stations_left_out": answer.stations_left_out,
        "parcels_of_last_resort": answer.only_parcels.to_dict("records"),
    }


def chosen_sites(answer: SitingAnswer) -> gpd.GeoDataFrame:
    """The candidates to build, in the order in which to build them."""
    mine = answer.candidates[answer.candidates["chosen"]].sort_values("order")
    return gpd.GeoDataFrame(mine.reset_index(drop=True))


def siting_files(assessment: Assessment, answer: SitingAnswer) -> dict[str, bytes]:
    """All files of an answer. Every file says what it rests on, and that the sites are proposals."""
    says = about(assessment) | {"siting": siting_summary(answer), "hypothetical": True}
    candidates = answer.candidates.drop(columns=["street", "chainage_m"])
    return {
        "siting.geojson": geojson_bytes(as_written(candidates[candidates["state"] == TRIED]), says),
        "siting_not_tried.csv": csv_bytes(
            as_written(candidates[candidates["state"] != TRIED].drop(columns="geometry"))
        ),
        "siting_unreachable.geojson": geojson_bytes(as_written(answer.unreachable), says),
        "siting_curve.csv": csv_bytes(as_written(answer.curve)),
        "siting_stages.csv": csv_bytes(as_written(answer.stages)),
        "siting_parcels.csv": csv_bytes(as_written(answer.only_parcels)),
        "siting.json": json_bytes(says),
    }


def bound_files(assessment: Assessment) -> dict[str, bytes]:
    """What can be said without streets that decide anything: the straight line, parcel by parcel."""
    table = site_bounds(assessment)
    return {
        "siting_bound.csv": csv_bytes(
            table.assign(**{n: np.round(table[n], 2) for n in ("town_m", "town_kph")})
        ),
        "siting.json": json_bytes(about(assessment) | {"parcels": table.to_dict("records")}),
    }
