"""Everything about water for an assessed county: one frozen value whose parts are worked out when they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.crane_table import crane_table, fill_times
from analysis.crane_trips import crane_streets, crane_trips, station_trips
from analysis.exposure import exposed
from analysis.hose import hose_field, hose_sources
from analysis.hose_table import hose_figures, hose_parcels, hose_streets
from analysis.joint import joint_figures, joint_parcels, joint_streets
from analysis.readings import Stretches, stretches
from analysis.round_trips import whole_stretches
from analysis.shuttle import ASSUMED_TANKERS, DESIGN_FLOW, own_tankers, shuttle_parcels, shuttle_streets
from analysis.shuttle import shuttle_figures as flow_figures
from analysis.source_rules import rule_counts, source_verdicts
from analysis.spacing_tables import spacing_of
from analysis.water_cover import with_counted
from geo.intervals import cut_at, inside
from geo.rule_pack import read_pack

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.crane_trips import CraneTrips
    from analysis.hose import HoseField
    from analysis.scenario import Targets
    from analysis.shuttle_choice import ShuttleChoice
    from analysis.spacing_tables import Spacing
    from geo.county import County
    from geo.network import Flags

ABOUT_PARCELS = ("parcel_no", "name", "township", "area_mu", "position_class", "hydrant_m", "water_state")
"""Columns of the parcels that stand before those of the parts."""


def ranked_gaps(assessment: Assessment) -> gpd.GeoDataFrame:
    """The gaps in the cover of hydrants with what each exposes (:func:`analysis.exposure.exposed`), by rank."""
    gaps = assessment.hydrant_gaps
    table = gaps.join(exposed(assessment.county, gaps)).sort_values("rank", ignore_index=True)
    return gpd.GeoDataFrame(table)


@dataclass(frozen=True, eq=False)
class WaterAssessment:
    """The questions of water put to an assessment, with its scenario and on the streets of its year.

    Tables in the county's CRS, in metres; each is made when it is first asked for and then kept, and reads the
    assessment: nothing is searched twice. Columns: ``docs/files.md``.
    """

    assessment: Assessment

    @property
    def county(self) -> County:
        """The county with the streets of the scenario's year."""
        return self.assessment.county

    @property
    def _targets(self) -> Targets:
        return self.assessment.scenario.targets

    @cached_property
    def joint_streets(self) -> gpd.GeoDataFrame:
        """Engine and water along the streets (:func:`analysis.joint.joint_streets`)."""
        a = self.assessment
        return joint_streets(
            a.county, a.sites, a.due, self._targets.limit_s, a.known, a.protected, a.reachable
        )

    @cached_property
    def joint_parcels(self) -> pd.DataFrame:
        """Engine and water of the parcels (:func:`analysis.joint.joint_parcels`), on their index."""
        return joint_parcels(self.assessment.parcels, self._targets.limit_s, self.assessment.protected)

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """Gaps in the cover of hydrants, the one that exposes most first (:func:`ranked_gaps`)."""
        return ranked_gaps(self.assessment)

    @cached_property
    def hose(self) -> HoseField | None:
        """Metres of hose along the streets from hydrants and other water that counts; None without a network."""
        county, scenario = self.county, self.assessment.scenario
        if county.network is None:
            return None
        sources = hose_sources(county, self.assessment.hydrants, with_counted(county.water_sources, scenario))
        return hose_field(
            county.network, sources, snap_limit_m=self._targets.snap_limit_m, barrier=county.barrier
        )

    @cached_property
    def hose_streets(self) -> gpd.GeoDataFrame:
        """Hose along the streets, as far as the radius goes (:func:`analysis.hose_table.hose_streets`)."""
        return hose_streets(self.county, self.hose, self._targets.hydrant_radius_m, self.assessment.protected)

    @cached_property
    def hose_parcels(self) -> pd.DataFrame:
        """Hose to the frontage of the parcels (:func:`analysis.hose_table.hose_parcels`), on their index."""
        a = self.assessment
        return hose_parcels(
            a.county, self.hose, a.samples, self._targets.hydrant_radius_m, a.protected,
            self._targets.off_street_limit_m,
        )  # fmt: skip

    @cached_property
    def spacing(self) -> Spacing | None:
        """Hydrants along named streets, stretches too long and the fewest further ones; None without a network."""
        return spacing_of(self.county, self.assessment.hydrants)

    @cached_property
    def trips(self) -> CraneTrips:
        """The counted cranes on the streets, and the drive from and to them."""
        return crane_trips(self.county, self.assessment.scenario)

    @cached_property
    def cranes(self) -> gpd.GeoDataFrame:
        """Every crane with its neighbours and spacing (:func:`analysis.crane_table.crane_table`)."""
        return crane_table(self.county, self._targets, self.trips, self.station_trips)

    @cached_property
    def station_trips(self) -> pd.DataFrame:
        """Every station to every crane and back (:func:`analysis.crane_trips.station_trips`)."""
        return station_trips(self.county, self.assessment.scenario, self.assessment.sites, self.trips)

    @cached_property
    def fill_times(self) -> pd.DataFrame:
        """Every vehicle at every crane (:func:`analysis.crane_table.fill_times`)."""
        return fill_times(self.county)

    @cached_property
    def shuttle_choice(self) -> ShuttleChoice:
        """The tankers of the scenario; the county's own where it names none."""
        scenario = self.assessment.scenario
        return scenario.shuttle or own_tankers(self.county, scenario)

    @cached_property
    def _cuts(self) -> tuple[Stretches, Flags] | None:
        """Streets cut at the limit of time and at the ground that hydrants protect as drawn, and what lies in it."""
        network, due = self.county.network, self.assessment.due
        if network is None:
            return None
        base = whole_stretches(network) if due is None else stretches(due, self._targets.limit_s)
        ground = inside(network, self.assessment.protected)
        row, from_m, to_m = cut_at(network, base.street, base.from_m, base.to_m, (ground,))
        street, none = base.street[row], np.full(len(row), np.nan)
        cuts = Stretches(street, from_m, to_m, none, none, base.station[row], base.reached[row])
        return cuts, ground.hold(street, (from_m + to_m) / 2)

    @cached_property
    def shuttle_streets(self) -> gpd.GeoDataFrame:
        """What a tanker shuttle sustains along the streets (:func:`analysis.shuttle.shuttle_streets`), with
        ``in_radius`` (on ground that hydrants protect as drawn), ``nearest_crane_id`` and ``nearest_round_trip_s``:
        the crane with the least round trip to the stretch's farthest point, where that is not the one filled at."""
        cuts, within = self._cuts or (None, np.zeros(0, dtype=bool))
        table = shuttle_streets(self.county, self.trips, self.shuttle_choice, cuts)
        near = crane_streets(self.county, self.trips, cuts)
        return table.assign(
            in_radius=within, nearest_crane_id=near["crane_id"], nearest_round_trip_s=near["round_trip_s"]
        )

    @cached_property
    def shuttle_parcels(self) -> pd.DataFrame:
        """What a tanker shuttle sustains at the parcels (:func:`analysis.shuttle.shuttle_parcels`)."""
        return shuttle_parcels(
            self.county, self.trips, self.shuttle_choice, self.assessment.samples,
            self._targets.off_street_limit_m,
        )  # fmt: skip

    @cached_property
    def parcels(self) -> gpd.GeoDataFrame:
        """The parcels with all that the parts say of them behind :data:`ABOUT_PARCELS`."""
        known = self.assessment.parcels[[*ABOUT_PARCELS, "geometry"]]
        parts = [self.joint_parcels, self.hose_parcels, self.shuttle_parcels]
        return gpd.GeoDataFrame(pd.concat([known, *parts], axis=1))

    @cached_property
    def source_rules(self) -> pd.DataFrame:
        """Every hydrant, crane and other source against every clause
        (:func:`analysis.source_rules.source_verdicts`)."""
        county = self.county
        return source_verdicts(county.hydrants, county.cranes, county.water_sources, read_pack("water"))

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The figures of all parts, each with its denominator: plain values that survive JSON."""
        a = self.assessment
        parcels = a.parcels[["area_mu"]].join(self.joint_parcels)
        return {
            "hydrants_and_radius": a.summary["water"],
            "joint": joint_figures(self.joint_streets, parcels, a.study_area),
            "gaps": _gap_figures(self.gaps),
            "hose": {"reach_m": self._targets.hydrant_radius_m, **hose_figures(self.hose_streets)},
            "spacing": None if self.spacing is None else self.spacing.figures,
            "cranes": _crane_figures(self.cranes),
            "shuttle": _shuttle_figures(self.shuttle_streets, self.shuttle_choice),
            "rules": rule_counts(self.source_rules).to_dict("records"),
            "notes": [*a.summary["notes"], *self._notes()],
        }

    def _notes(self) -> list[str]:
        """Codes of what a reader must know beside the figures of water alone."""
        rests_on = ",".join(self.shuttle_streets["depends_on"].dropna().unique())
        holds = {
            "hydrants_not_listed": "hydrants" in self.county.missing,
            "hydrants_without_place": _one_has_no_place(self.assessment.hydrants),
            "shuttle_tankers_assumed": ASSUMED_TANKERS in rests_on,
            "crane_flow_by_design": DESIGN_FLOW in rests_on,
        }
        return [code for code in WATER_NOTES if holds[code]]


WATER_NOTES = (
    "hydrants_not_listed", "hydrants_without_place", "shuttle_tankers_assumed", "crane_flow_by_design",
)  # fmt: skip
"""Codes of the notes on water; their words stand in the table ``[note]``."""


def assess_water(assessment: Assessment) -> WaterAssessment:
    """Put the questions of water to an assessment. Nothing is worked out until a part is asked for."""
    return WaterAssessment(assessment)


def _one_has_no_place(hydrants: gpd.GeoDataFrame) -> bool:
    """Whether a counted hydrant has no place."""
    return bool((hydrants["counted"] & hydrants.geometry.isna()).any())


def _gap_figures(gaps: gpd.GeoDataFrame) -> dict[str, Any]:
    """Number and area of the gaps, by how sure the place of the hydrants around them is."""
    return {
        "number": len(gaps),
        "area_m2": float(gaps["area_m2"].sum()),
        "certainty": next(iter(gaps["certainty"]), None),
    }


def _crane_figures(cranes: gpd.GeoDataFrame) -> dict[str, Any]:
    """Number of cranes, of those that count, and of these by their spacing against the reference value."""
    counted = cranes[cranes["counted"]]
    return {
        "total": len(cranes),
        "counted": len(counted),
        "on_streets": int((counted["site_state"] == "snapped").sum()),
        "spacing": {str(code): int(n) for code, n in counted["spacing_verdict"].value_counts().items()},
        "flow": {str(code): int(n) for code, n in counted["flow_source"].value_counts().items()},
        "denominator": "counted",
    }


def _shuttle_figures(streets: gpd.GeoDataFrame, choice: ShuttleChoice) -> dict[str, Any]:
    """The choice and street length by sustained flow: of all streets, and of those outside the hydrants' ground."""
    outside = flow_figures(streets[~streets["in_radius"].astype(bool)], choice)
    lengths = ("length_m", "enough_m", "less_m", "none_m")
    return {
        **flow_figures(streets, choice),
        "outside_radius": {name: outside[name] for name in lengths},
        "denominator": "length_m",
    }
