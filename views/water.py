"""The questions of water put to an assessment, kept for all sessions; what no time changes is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.joint import joint_figures
from analysis.spacing_after import before_and_after
from analysis.water_assessment import WaterAssessment, assess_water
from views.answers import answer_key

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from analysis.assessment import Assessment


@st.cache_resource(max_entries=16, show_spinner=False)
def _water(_assessment: Assessment, digest: str, scenario_json: str) -> WaterAssessment:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    return assess_water(_assessment)


@st.cache_resource(max_entries=16, show_spinner=False)
def _still_water(_assessment: Assessment, digest: str, scenario_json: str) -> WaterAssessment:
    del digest, scenario_json  # parts of the key: whichever assessment came first, these parts are the same
    return assess_water(_assessment)


def water_of(assessment: Assessment) -> WaterAssessment:
    """Everything about water for an assessment; a part is worked out when it is first asked for."""
    return _water(assessment, *answer_key(assessment.county, assessment.scenario))


def still_water(assessment: Assessment) -> WaterAssessment:
    """The same for hose, spacing, gaps, rules and fill times alone: kept as long as only times change."""
    return _still_water(assessment, *still_key(assessment))


def still_key(assessment: Assessment) -> tuple[str, str]:
    """What things without any time in them are kept under."""
    return answer_key(assessment.county, assessment.scenario.still)


@st.cache_resource(max_entries=16, show_spinner=False)
def _changes(_assessment: Assessment, digest: str, scenario_json: str) -> pd.DataFrame | None:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    spacing = still_water(_assessment).spacing
    return None if spacing is None else before_and_after(spacing)


def changes_of(assessment: Assessment) -> pd.DataFrame | None:
    """Counts on every street before and after the proposal; None without a network."""
    return _changes(assessment, *still_key(assessment))


@st.cache_resource(max_entries=32, show_spinner=False)
def _joint(_assessment: Assessment, digest: str, scenario_json: str) -> dict[str, Any]:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    water = water_of(_assessment)
    parcels = _assessment.parcels[["area_mu"]].join(water.joint_parcels)
    return joint_figures(water.joint_streets, parcels, _assessment.study_area)


def joint_of(assessment: Assessment) -> dict[str, Any]:
    """Street length and parcels by engine and water."""
    return _joint(assessment, *answer_key(assessment.county, assessment.scenario))


def parcels_of(assessment: Assessment) -> gpd.GeoDataFrame:
    """The parcels of an assessment with their engine and water behind."""
    found: gpd.GeoDataFrame = assessment.parcels.join(water_of(assessment).joint_parcels)
    return found
