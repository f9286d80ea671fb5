"""Parts of an assessment that other scenarios share, each with the question it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from analysis.county_changes import county_with, surveyed_county
from analysis.sampling import sample_shapes
from analysis.shares import study_area_of
from analysis.water_cover import WaterAnswer, water_answer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analysis.sampling import Samples
    from analysis.scenario import Scenario
    from geo.county import County

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class StudyGround:
    """The area shares refer to (None: none), where it comes from, and the points that stand for the parcels' shapes
    (None without a network)."""

    study_area: BaseGeometry | None
    source: str
    samples: Samples | None


@dataclass(frozen=True)
class Part(Generic[_Value]):
    """A part of an assessment, the digest of the county it is of, and the question it answers."""

    digest: str
    question: Scenario
    value: _Value

    def answer(self, county: County, question: Scenario) -> _Value:
        """The part; raises ``ValueError`` where it was made of another county or for another question."""
        if (self.digest, self.question) != (surveyed_county(county).digest, question):
            raise ValueError("a kept part answers another question")
        return self.value


@dataclass(frozen=True)
class Kept:
    """All such parts of one assessment."""

    ground: Part[StudyGround]
    water: Part[WaterAnswer]


def study_ground(county: County, scenario: Scenario) -> Part[StudyGround]:
    """Study area and samples; they answer every scenario that is alike in :attr:`Scenario.of_ground`."""
    opened, targets = county_with(county, scenario.of_ground), scenario.targets
    samples, limit_m = None, targets.off_street_limit_m
    if opened.network is not None:
        samples = sample_shapes(list(opened.parcels["shape"]), opened.network, limit_m, opened.barrier)
    ground = StudyGround(*study_area_of(opened, targets), samples)
    return Part(surveyed_county(county).digest, scenario.of_ground, ground)


def still_water(county: County, scenario: Scenario, ground: Part[StudyGround]) -> Part[WaterAnswer]:
    """Hydrants, cranes and what they protect; it answers every scenario that is alike in :attr:`Scenario.still`."""
    area = ground.answer(county, scenario.of_ground).study_area
    answer = water_answer(county_with(county, scenario.still), scenario, area)
    return Part(surveyed_county(county).digest, scenario.still, answer)


def kept_parts(county: County, scenario: Scenario) -> Kept:
    """All parts, made anew."""
    ground = study_ground(county, scenario)
    return Kept(ground, still_water(county, scenario, ground))
