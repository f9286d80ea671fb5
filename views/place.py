"""A place that was clicked or found: its sign on the map, and the card with the same ledger as a parcel's."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import shapely
import streamlit as st

from analysis.place_answer import place_answers, route_to
from geo import map_style as style
from geo.coordinates import coordinates_in
from geo.crs import WGS84, reproject, shapes_of
from geo.finding import KINDS, MOST_LETTERS, Entry, Register, middle_of, register
from geo.map_features import Thing, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.card import Asked, first_part, source_line, time_part, water_part
from views.definitions import facts
from views.kept import answer_key
from views.layers import still
from views.map_tools import plane_name
from views.near_water import crane_drive
from views.selection import forget_place
from views.sites import position_words
from views.table import badge
from views.water import water_of
from views.wording import missing, plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.route import Route
    from geo.county import County
    from geo.map_features import Bounds
    from views.wording import Words

NEAR_DEGREES = 0.006
"""Half of what the map shows around a place."""
NOT_ASKED = ("covered_share", "position_class", "reason_values")
"""Columns of parcels that a point has no use for."""


@dataclass(frozen=True)
class Spot:
    """A place chosen: what it was chosen as, the thing of the county it is (None: a mere point), where it is in
    degrees (None: the thing has no place)."""

    said: str
    entry: Entry | None
    point: shapely.Point | None


@st.cache_resource(max_entries=4, show_spinner=False)
def _names(_county: County, digest: str, year: int) -> Register:
    del digest, year  # parts of the key: another year has other streets
    return register(_county)


def names_of(assessment: Assessment) -> Register:
    """Everything of the county that can be found by name."""
    return _names(assessment.county, assessment.county.digest, assessment.scenario.year)


def point_in(text: str, assessment: Assessment, words: Words) -> tuple[float, float] | str | None:
    """Longitude and latitude that a text says; None where it says none, a text where they are not near the county."""
    around = still(assessment, words).everything
    found = None if around is None else coordinates_in(text[:MOST_LETTERS], around, assessment.county.crs)
    if found is None:
        return None
    if found.lon is None or found.lat is None:
        return words("search.outside")
    return found.lon, found.lat


def spot_of(said: str | None, assessment: Assessment, words: Words) -> Spot | None:
    """The place that ``lon,lat`` or ``kind:id`` names; None where it names none of this county."""
    if not said:
        return None
    kind, _, its_id = said.partition(":")
    entry = names_of(assessment).entry(kind, its_id) if kind in KINDS else None
    if entry is not None:
        shape = names_of(assessment).shape(entry)
        placed = None if shape is None else to_wgs84([middle_of(shape)], assessment.county.crs)[0]
        return Spot(said, entry, placed)
    point = point_in(said, assessment, words)
    return Spot(said, None, shapely.Point(point)) if isinstance(point, tuple) else None


def spot_bounds(spot: Spot, assessment: Assessment) -> Bounds | None:
    """What the map shows of a place: a street whole, anything else with its surroundings."""
    if spot.point is None:
        return None
    if spot.entry is not None and spot.entry.kind == "street":
        shape = names_of(assessment).shape(spot.entry)
        west, south, east, north = to_wgs84([shape], assessment.county.crs)[0].bounds
        return west, south, east, north
    x, y = spot.point.x, spot.point.y
    return x - NEAR_DEGREES, y - NEAR_DEGREES, x + NEAR_DEGREES, y + NEAR_DEGREES


def spot_title(spot: Spot, words: Words) -> str:
    """What a place is called, with its kind."""
    if spot.entry is None:
        return words("place.point")
    kind = words(f"search.kind.{spot.entry.kind}")
    return words("place.title", kind=kind, name=spot.entry.name)


def spot_layer(spot: Spot, words: Words) -> MapLayer:
    """The sign of a place; empty where it has no place."""
    things = [] if spot.point is None else [Thing(spot.point, "spot", spot_title(spot, words), id="spot")]
    styles = {"spot": style.spot_style()}
    legend = (LegendItem("sign", spot_title(spot, words), styles["spot"]),)
    return MapLayer("spot", words("map.spot"), things_geojson(things), styles, legend)


@dataclass(frozen=True)
class Answer:
    """What is said of a point: one row of :func:`analysis.place_answer.place_answers`, and the way there."""

    row: Any
    route: Route | None


@st.cache_resource(max_entries=64, show_spinner=False)
def _answer(_assessment: Assessment, digest: str, scenario_json: str, lon: float, lat: float) -> Answer:
    del digest, scenario_json  # parts of the key, where the assessment itself cannot be
    point = reproject(shapes_of([shapely.Point(lon, lat)]), WGS84, _assessment.county.crs)[0]
    table = place_answers(_assessment, water_of(_assessment), [point])
    row = SimpleNamespace(**dict.fromkeys(NOT_ASKED), **table.iloc[0].to_dict())
    return Answer(row, route_to(_assessment, point) if not missing(row.arrival_s) else None)


def answer_of(spot: Spot | None, assessment: Assessment) -> Answer | None:
    """The answer at a place; None without one."""
    if spot is None or spot.point is None:
        return None
    key = answer_key(assessment.county, assessment.scenario)
    return _answer(assessment, *key, spot.point.x, spot.point.y)


def place_card(assessment: Assessment, spot: Spot, words: Words) -> None:
    """The card of a place, with a button that closes it."""
    found = answer_of(spot, assessment)
    with st.container(border=True, key="place_card"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="place_head"):
            mark = "" if found is None else badge(found.row.verdict, words)
            st.markdown(f"**{plain(spot_title(spot, words))}** {mark}")
            st.button("✕", key="place_close", help=words("place.close"), on_click=forget_place)
        if found is None:
            st.markdown(plain(words("place.without_place")))
            facts(_thing_facts(assessment, spot, words))
            return
        row = found.row
        asked = Asked(
            row,
            found.route,
            "place",
            lambda: row,
            lambda: crane_drive(assessment, row.geometry, f"at:{row.geometry.x:.3f},{row.geometry.y:.3f}"),
        )
        st.markdown(plain(words.of("place.reason", row.reason)))
        first_part(assessment, asked, words)
        facts(
            [
                (words("place.coordinates"), _coordinates(assessment, spot.point, words)),
                *_further_facts(row, words),
                *_thing_facts(assessment, spot, words),
            ]
        )
        time_part(assessment, asked, words)
        water_part(assessment, asked, words)


def _coordinates(assessment: Assessment, point: shapely.Point | None, words: Words) -> str:
    if point is None:
        return ""
    crs = assessment.county.crs
    plane = reproject(shapes_of([point]), WGS84, crs)[0]
    return words(
        "place.coordinates_line", lon=f"{point.x:.6f}", lat=f"{point.y:.6f}",
        plane=plane_name(crs, words), east=f"{plane.x:.1f}", north=f"{plane.y:.1f}",
    )  # fmt: skip


def _further_facts(row: Any, words: Words) -> list[tuple[str, str]]:
    street = words.metres(row.street_m) if missing(row.off_street_m) else ""
    inside = {True: "place.inside", False: "place.outside"}.get(row.in_study_area)
    return [
        (
            words("place.street"),
            words("value.schematic", what=street) if street and row.schematic else street,
        ),
        (words("place.study_area"), words(inside) if inside else ""),
    ]


def _thing_facts(assessment: Assessment, spot: Spot, words: Words) -> list[tuple[str, str]]:
    """What the county says of the thing itself: its state, how its place is known, and where that is from."""
    if spot.entry is None or spot.entry.kind == "street":
        return []
    row = SimpleNamespace(**names_of(assessment).row(spot.entry))
    unresolved = words.reason(row.unresolved_reason, row.reason_values)
    drawn = words("place.example") if getattr(row, "interpolated", False) and not unresolved else ""
    position = position_words(row, words)
    known = words("value.between").join(filter(None, [position, drawn, unresolved]))
    status = (
        "" if row.status == "unknown" and spot.entry.kind == "place" else words.of("value.status", row.status)
    )
    return [
        (words("place.id"), spot.entry.id),
        (words("place.status"), status),
        (words("column.position_class"), known),
        (words("column.position_note"), "" if missing(row.position_note) else str(row.position_note)),
        (words("column.source"), source_line(row, words)),
    ]
