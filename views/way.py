"""The way of the first engine to the parcel chosen: its line on the map and its ledger on the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from analysis.readings import times_at
from analysis.route import first_due_route
from analysis.sampling import sample_shapes
from analysis.trip import START, TURNOUT, ledger
from geo import map_style as style
from geo.map_features import Pieces, pieces_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.kept import kept
from views.wording import missing

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.route import Route
    from views.wording import Words


LEDGER_WIDTH_PX = {"street": 190, "length": 70, "seconds": 72, "at": 84}
"""Columns of the ledger."""


@dataclass(frozen=True)
class Way:
    """The route of the engine that is first due at the worst point of one parcel; None where there is none."""

    route: Route | None


@kept(few=64, many=64)
def _way(assessment: Assessment, parcel_no: str) -> Way:
    county, parcels = assessment.county, assessment.parcels
    network = county.network
    mine = parcels[parcels["parcel_no"].astype(str) == parcel_no]
    field, due = assessment.field, assessment.due
    if network is None or field is None or due is None or mine.empty or missing(mine["arrival_s"].iloc[0]):
        return Way(None)
    limit_m = assessment.scenario.targets.off_street_limit_m
    samples = sample_shapes([mine["shape"].iloc[0]], network, limit_m, county.barrier)
    owned = np.flatnonzero(samples.street >= 0)
    street, chainage = samples.street[owned], samples.chainage_m[owned]
    seconds, _ = times_at(due, field.points(street, chainage))
    worst = int(np.argmax(np.where(np.isfinite(seconds), seconds, -1.0)))
    return Way(first_due_route(field, int(street[worst]), float(chainage[worst])))


def way_of(assessment: Assessment, parcel_no: str | None) -> Route | None:
    """The route to a parcel's worst point, whose seconds are the parcel's arrival time; None without a time."""
    if parcel_no is None:
        return None
    return _way(assessment, parcel_no).route


def station_name(assessment: Assessment, station_id: Any) -> str:
    """A station by its name; by its id where it has none; empty for none."""
    if missing(station_id):
        return ""
    names = dict(zip(assessment.stations["station_id"], assessment.stations["name"], strict=True))
    name = names.get(station_id)
    return str(station_id) if missing(name) else str(name)


def way_layer(assessment: Assessment, words: Words, route: Route | None) -> MapLayer:
    """The route as a layer of its own; empty without one."""
    pieces = []
    if route is not None and route.line is not None:
        lines = to_wgs84([route.line], assessment.county.crs)
        pieces.append(Pieces("way", lines.tolist()))
    styles = {"way": dict(style.AREAS["way"])}
    legend = (LegendItem("line", words("map.way"), styles["way"]),)
    return MapLayer("way", words("map.ways"), pieces_geojson(pieces), styles, legend, interactive=False)


def way_line(assessment: Assessment, route: Route, words: Words) -> str:
    """A route in one line: metres driven and minutes after the order."""
    arrival = words.minutes(route.arrival_s)
    if "roads" in assessment.county.schematic:
        arrival = words("value.schematic", what=arrival)
    return words("page.way", length=words.metres(route.length_m), arrival=arrival)


def ledger_rows(assessment: Assessment, route: Route, words: Words) -> list[dict[str, str]]:
    """The ledger in words, one row for the turnout, the start and each street; its seconds add up."""
    rows = []
    for each in ledger(route, assessment.scenario.targets.start_s):
        named = each.street_class in (TURNOUT, START)
        name = words(f"page.way_{each.street_class}") if named else each.name or words("map.unnamed_street")
        klass = "" if named else words.of("value.class", each.street_class)
        seconds = f"{each.drive_s + each.delay_s:.1f}"
        if each.delay_s and not named:
            seconds = words("page.way_delayed", seconds=seconds, delay=f"{each.delay_s:.1f}")
        rows.append(
            {
                "street": name if named else words("page.way_street", name=name, klass=klass),
                "length": "" if named else words.metres(each.length_m),
                "seconds": seconds,
                "at": words.minutes(each.at_s),
            }
        )
    return rows


def ledger_panel(assessment: Assessment, route: Route, words: Words) -> None:
    """The ledger of the route as a table."""
    rows = ledger_rows(assessment, route, words)
    st.caption(way_line(assessment, route, words))
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= 12 else "auto",
        key="ledger",
        column_config={
            name: st.column_config.TextColumn(words(f"column.{name}"), width=width)
            for name, width in LEDGER_WIDTH_PX.items()
        },
        alt=words("page.ledger"),
    )
