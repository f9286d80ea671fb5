"""Water near one parcel or point beyond the straight line: hose along the streets, and the drive of tankers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import streamlit as st

from analysis.hose_table import hose_parcels
from analysis.round_trips import best_trips, sample_round_trips
from analysis.sampling import sample_shapes
from views.kept import answer_key, kept
from views.water import still_water, water_of
from views.wording import missing

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.assessment import Assessment
    from views.wording import Words


@dataclass(frozen=True)
class CraneDrive:
    """The crane with the least round trip to the point for which that takes longest: seconds at the wheel from it and
    both ways, and codes of what they rest on."""

    crane_id: str
    from_s: float
    round_trip_s: float
    depends_on: tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    """A value that may be nothing, to be kept."""

    value: Any


@kept(few=64, many=64, still=True)  # hose has no time in it
def _hose(assessment: Assessment, parcel_no: str) -> _Kept:
    water = still_water(assessment)
    a, county = water.assessment, water.county
    mine = county.parcels[county.parcels["parcel_no"].astype(str) == parcel_no]
    limit_m = a.scenario.targets.off_street_limit_m
    samples = None
    if county.network is not None:
        samples = sample_shapes(list(mine["shape"]), county.network, limit_m, county.barrier)
    alone = dataclasses.replace(county, parcels=mine)
    table = hose_parcels(
        alone, water.hose, samples, a.scenario.targets.hydrant_radius_m, a.protected, limit_m
    )
    return _Kept(SimpleNamespace(**{str(name): value for name, value in table.iloc[0].items()}))


def hose_of(assessment: Assessment, parcel_no: str) -> Any:
    """Hose to the frontage of one parcel: a row of :func:`analysis.hose_table.hose_parcels`."""
    return _hose(assessment, parcel_no).value


@st.cache_resource(max_entries=64, show_spinner=False)
def _crane(
    _assessment: Assessment, _shape: BaseGeometry | None, digest: str, scenario_json: str, its_id: str
) -> _Kept:
    del digest, scenario_json, its_id  # parts of the key, where assessment and shape cannot be
    network, barrier = _assessment.county.network, _assessment.county.barrier
    limit_m = _assessment.scenario.targets.off_street_limit_m
    trips = water_of(_assessment).trips
    if network is None or _shape is None or trips.out is None:
        return _Kept(None)
    samples = sample_shapes([_shape], network, limit_m, barrier)
    if not (samples.distance_m <= limit_m).all():
        return _Kept(None)
    best = best_trips(sample_round_trips(trips, samples, 1), lambda _, found: -found.worst_s, 1)
    if best.crane[0] < 0:
        return _Kept(None)
    crane_id = trips.crane_ids[int(best.crane[0])]
    return _Kept(
        CraneDrive(
            crane_id, float(best.trip.from_s[0]), float(best.trip.worst_s[0]), tuple(trips.doubts(crane_id))
        )
    )


def crane_drive(assessment: Assessment, shape: BaseGeometry | None, its_id: str) -> CraneDrive | None:
    """The drive between a shape and the crane with the least round trip; None where no way is known.

    ``its_id`` names the shape: a parcel's number, or the place that was clicked.
    """
    key = answer_key(assessment.county, assessment.scenario)
    found: CraneDrive | None = _crane(assessment, shape, *key, its_id).value
    return found


def hose_lines(row: Any, words: Words, *, schematic: bool) -> list[str]:
    """Hose as far as it is known: reach and metres, the source, and why it is not known or depends."""
    lines = [words.of("value.hose_state", row.hose_state)]
    if not missing(row.hose_m):
        span = words.span(words.metres(row.hose_m_min), words.metres(row.hose_m))
        lines[0] = words(
            "card.hose",
            state=lines[0],
            source=row.hose_source_id,
            hose=words("value.schematic", what=span) if schematic else span,
        )
        if row.hose_certainty != "surveyed":
            lines.append(words("card.source_place", known=words.of("reason", row.hose_certainty)))
    lines.append(words.of("card.hose_reason", row.hose_reason))
    lines.append(words.of("value.hose_differs", row.hose_differs))
    return [line for line in lines if line]


def crane_lines(drive: CraneDrive | None, words: Words, *, schematic: bool) -> list[str]:
    """The drive from the crane in words, and what it rests on."""
    if drive is None:
        return []
    times = [words.minutes(each) for each in (drive.from_s, drive.round_trip_s)]
    there, both = (words("value.schematic", what=each) if schematic else each for each in times)
    doubts = [words.of("card.crane_depends", each) for each in drive.depends_on]
    return [words("card.crane_drive", crane=drive.crane_id, there=there, both=both), *doubts]
