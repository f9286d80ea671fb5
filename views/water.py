"""The questions of water put to an assessment, kept for all sessions; what no time changes is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.joint import street_lengths
from analysis.spacing_after import before_and_after
from analysis.water_assessment import WaterAssessment, assess_water
from views.kept import kept

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from analysis.assessment import Assessment


@kept()
def water_of(assessment: Assessment) -> WaterAssessment:
    """Everything about water for an assessment; a part is worked out when it is first asked for."""
    return assess_water(assessment)


@kept(few=3, many=16, still=True)
def still_water(assessment: Assessment) -> WaterAssessment:
    """The same for hose, spacing, gaps, rules and fill times alone: kept as long as only times change, whichever
    assessment came first."""
    return assess_water(assessment)


@kept(few=3, many=16, still=True)
def changes_of(assessment: Assessment) -> pd.DataFrame | None:
    """Counts on every street before and after the proposal; None without a network."""
    spacing = still_water(assessment).spacing
    return None if spacing is None else before_and_after(spacing)


@kept()
def joint_of(assessment: Assessment) -> dict[str, Any]:
    """Street length by engine and water."""
    return street_lengths(water_of(assessment).joint_streets)


def parcels_of(assessment: Assessment) -> gpd.GeoDataFrame:
    """The parcels of an assessment with their engine and water behind."""
    found: gpd.GeoDataFrame = assessment.parcels.join(water_of(assessment).joint_parcels)
    return found
