"""The county and its assessments, read and computed once for all sessions and only read from then on."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analysis.assessment import Assessment, assess
from analysis.kept import Kept, Part, StudyGround, still_water, study_ground
from geo.county import County, read_county
from geo.problems import InputError, problem
from views.kept import kept_of_county

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.scenario import Scenario
    from analysis.water_cover import WaterAnswer

HOME = Path(__file__).resolve().parent.parent
MOST_READS = 4
"""A folder that changes while it is read is read again, so many times at most."""


def county_folder(arguments: Sequence[str] | None = None) -> Path:
    """The county's folder: ``--county DIR`` behind ``--``, else ``COUNTY_DIR``, else ``data`` beside the page."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--county", default=os.environ.get("COUNTY_DIR") or str(HOME / "data"))
    given, _ = parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
    return Path(given.county)


def folder_stamp(folder: Path) -> str:
    """A text that changes when a file of the folder does: names, sizes and times; words, scenarios and tiles (of which
    there may be very many) left out."""
    stamp = hashlib.sha256(str(folder.resolve()).encode())
    parts = [each for each in folder.glob("*") if each.name not in ("text", "scenarios", "tiles")]
    for path in sorted(path for part in parts for path in (part, *part.rglob("*"))):
        if path.is_file():
            facts = path.stat()
            stamp.update(
                f"{path.relative_to(folder).as_posix()} {facts.st_size} {facts.st_mtime_ns}\n".encode()
            )
    return stamp.hexdigest()


@st.cache_resource(max_entries=4, show_spinner=False)
def _county(folder: str, stamp: str) -> County:
    # The stamp is part of the key: another state of the folder is another county. One that changes while it is read
    # would give its digest to what was read before, and so its answers.
    for _ in range(MOST_READS):
        county = read_county(Path(folder))
        before, stamp = stamp, folder_stamp(Path(folder))
        if stamp == before:
            return county
    raise InputError([problem("folder_changing", file=folder)])


def county_of(folder: Path) -> County:
    """The county in ``folder`` as it is now; raises ``InputError`` with everything wrong with it."""
    return _county(str(folder), folder_stamp(folder))


@kept_of_county(few=3, many=8)
def _ground(county: County, question: Scenario) -> Part[StudyGround]:
    return study_ground(county, question)


@kept_of_county(few=3, many=16)
def _water(county: County, question: Scenario) -> Part[WaterAnswer]:
    return still_water(county, question, _ground(county, question.of_ground))


@kept_of_county()
def assessment_of(county: County, scenario: Scenario) -> Assessment:
    """The assessment of this scenario; shared by all sessions, never to be changed."""
    parts = Kept(_ground(county, scenario.of_ground), _water(county, scenario.still))
    return assess(county, scenario, parts)
