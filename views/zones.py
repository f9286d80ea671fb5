"""Map layers of who is first due where, and of how many arrive in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from analysis.map_kinds import letter_of
from analysis.readings import stretches
from analysis.zones import due_in_order, times_of_each
from geo import map_style as style
from geo.map_features import Thing, drawn_areas, things_geojson
from geo.maps import LegendItem, MapLayer
from views.way import station_name

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

MOST_NAMED = 10
"""With more zones than this the legend shows one for all; each still has its letter and name on the map."""


def zone_layer(assessment: Assessment, words: Words) -> MapLayer:
    """First-due zones, each with its own colour and dashes, and the station's letter and name in it."""
    zones = assessment.zones
    known = [str(each) for each in assessment.stations["station_id"]]
    styles = style.zone_styles(len(known))
    things, signs, legend = [], [], []
    for row, shape in zip(
        zones.itertuples(), drawn_areas(zones.geometry, assessment.county.crs), strict=True
    ):
        if shape is None or shape.is_empty:
            continue
        number = known.index(str(row.station_id))
        name, letter = station_name(assessment, row.station_id), letter_of(number)
        things.append(Thing(shape, f"zone_{number}"))
        largest = max(shapely.get_parts(shape).tolist(), key=lambda part: float(part.area))
        place = shapely.point_on_surface(largest)
        signs.append(Thing(place, "zone_letter", letter=letter, name=name))
        label = words("map.zone", letter=letter, station=name)
        legend.append(LegendItem("area", label, styles[f"zone_{number}"]))
    if len(legend) > MOST_NAMED or not legend:
        legend = [LegendItem("area", words("map.zone_any"), styles["zone_0"])]
    return MapLayer(
        "zones",
        words("map.zones"),
        things_geojson([*things, *signs]),
        styles,
        tuple(legend),
        visible=False,
        interactive=False,
    )


def overlap_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Ground with two stations or more in time, darker the more there are."""
    table = assessment.overlap
    shapes = drawn_areas(table.geometry, assessment.county.crs)
    numbers = [int(number) for number in table["stations"]]
    styles = style.overlap_styles(numbers or [2])
    things = [
        Thing(shape, f"overlap_{number}")
        for number, shape in zip(numbers, shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]
    legend = tuple(
        LegendItem("area", words("map.overlap", number=number), styles[f"overlap_{number}"])
        for number in numbers or [2]
    )
    return MapLayer(
        "overlap",
        words("map.overlaps"),
        things_geojson(things),
        styles,
        legend,
        visible=False,
        interactive=False,
    )


def second_due(assessment: Assessment, words: Words) -> list[str]:
    """Who comes second and when, for each row of ``assessment.streets`` at its middle; empty where nobody does."""
    due, count = assessment.due, len(assessment.streets)
    if due is None or len(due.field.sites.station_ids) < 2:
        return [""] * count
    cut = stretches(due, assessment.scenario.targets.limit_s)
    if (
        len(cut.street) != count
    ):  # rows and stretches are made alike; if not, nothing is said rather than the wrong
        return [""] * count
    points = due.field.points(cut.street, (cut.from_m + cut.to_m) / 2)
    times, who = due_in_order(times_of_each(due.field, points), 2)
    ids = due.field.sites.station_ids
    names = [station_name(assessment, each) for each in ids]
    schematic = "roads" in assessment.county.schematic
    said = []
    for seconds, row in zip(times[1].tolist(), who[1].tolist(), strict=True):
        time = words.minutes(seconds) if np.isfinite(seconds) else ""
        if schematic and time:
            time = words("value.schematic", what=time)
        said.append(words("map.second_due", station=names[row], arrival=time) if row >= 0 and time else "")
    return said
