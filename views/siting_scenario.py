"""Sites as stations of the scenario: the one way by which what the solver proposes becomes a question of its own.

They join the changes of the session (:mod:`views.steps`), as one step that can be taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.changes import MOST_LETTERS, StationAdded
from analysis.siting_files import chosen_sites
from geo.map_features import to_wgs84
from views.steps import changes_now, suppose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.assessment import Assessment
    from analysis.siting_answer import SitingAnswer
    from views.wording import Words

DIGITS = 7
"""Of degrees: about a centimetre, so that the station stands on the street it was sited on."""
PREFIX = "NEW-"
"""Before the number of a station that was sited here."""


def add_stations(stations: Iterable[StationAdded]) -> None:
    """Add stations to the session's changes; one of an id that is there already takes its place."""
    new, before = {each.id: each for each in stations}, changes_now()
    kept = tuple(each for each in before.stations_added if each.id not in new)
    suppose(replace(before, stations_added=(*kept, *new.values())))


def take_back_sites() -> None:
    """Take the stations that were sited here out of the session's changes."""
    before = changes_now()
    kept = tuple(each for each in before.stations_added if not each.id.startswith(PREFIX))
    suppose(replace(before, stations_added=kept))


def sites_added() -> int:
    """How many stations of the session's changes were sited here."""
    return sum(each.id.startswith(PREFIX) for each in changes_now().stations_added)


def stations_of(assessment: Assessment, answer: SitingAnswer, words: Words) -> list[StationAdded]:
    """The sites of an answer in their order, as stations at an assumed place, under ids that are free."""
    sites = chosen_sites(answer)
    taken = {str(each) for each in assessment.county.stations["station_id"]}
    taken |= {each.id for each in changes_now().stations_added}
    free = (f"{PREFIX}{number}" for number in range(1, len(sites) + len(taken) + 1))
    ids = [each for each in free if each not in taken][: len(sites)]
    return [
        StationAdded(
            its_id, round(place.x, DIGITS), round(place.y, DIGITS), site_name(row.order, row.name, words)
        )
        for its_id, row, place in zip(
            ids, sites.itertuples(index=False), to_wgs84(sites.geometry, str(sites.crs)), strict=True
        )
    ]


def site_name(order: int, street: object, words: Words) -> str:
    """What a proposed site is called: its number, and the street or parcel it lies at."""
    whole = (
        words("siting.site_at", number=order, place=street) if street else words("siting.site", number=order)
    )
    return whole[:MOST_LETTERS]
