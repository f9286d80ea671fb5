"""Map layers about water: gaps by rank, hose, spacing, the tanker shuttle, cranes and their trips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from analysis.map_kinds import hose_kinds, shuttle_kinds, stretch_kinds
from geo import map_style as style
from geo.map_features import (
    Pieces,
    Thing,
    as_mapping,
    drawn_areas,
    pieces_geojson,
    things_geojson,
    to_wgs84,
)
from geo.maps import LegendItem, MapLayer
from views.water import still_water, water_of
from views.wording import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from analysis.assessment import Assessment
    from views.wording import Words

MOST_RANKS = 50
"""Only the first gaps carry their rank as a sign."""


def _title(name: Any, words: Words) -> str:
    return words("map.unnamed_street") if missing(name) else str(name)


def _lines_by_kind(
    key: str,
    table: gpd.GeoDataFrame,
    kinds: Sequence[str] | np.ndarray[Any, Any],
    said: Sequence[tuple[str, ...]],
    styles: dict[str, dict[str, Any]],
    words: Words,
) -> MapLayer:
    """Stretches of street as one line for each kind; the legend has the kinds there are."""
    lines, kinds = to_wgs84(table.geometry, str(table.crs)), np.asarray(kinds, dtype=object)
    pieces, legend = [], []
    for kind, look in styles.items():
        rows = np.flatnonzero(kinds == kind)
        pieces.append(Pieces(kind, lines[rows].tolist(), [said[row] for row in rows.tolist()]))
        if len(rows):
            legend.append(LegendItem("line", words(f"map.{key}_kind.{kind}"), look))
    return MapLayer(
        key,
        words(f"map.{key}"),
        pieces_geojson(pieces),
        styles,
        tuple(legend),
        visible=False,
        interactive=False,
        pieces=True,
    )


def hose_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Streets by metres of hose from the nearest source, and where that is not what the straight line says."""
    table = still_water(assessment).hose_streets
    said = []
    for row in table.itertuples():
        lines = [words.of("value.hose_state", row.hose_state)]
        if not missing(row.hose_m_max):
            hose = words.span(words.metres(row.hose_m_min), words.metres(row.hose_m_max))
            lines.append(words("map.hose_line", hose=hose, straight=words.metres(row.straight_m)))
            lines.append(words("map.hose_source", source=row.source_id))
        if not missing(row.differs):
            lines.append(words.of("value.hose_differs", row.differs))
        said.append((_title(row.name, words), *lines))
    return _lines_by_kind("hose", table, hose_kinds(table), said, as_mapping(style.HOSE), words)


def stretch_words(row: Any, words: Words) -> tuple[str, ...]:
    """What the map says of a piece of street longer than the spacing."""
    lines = [
        words(
            "map.stretch_line",
            start=f"{row.from_m:,.0f}",
            end=f"{row.to_m:,.0f}",
            length=words.metres(row.length_m),
            origin=words.of("spacing.chainage_from", row.chainage_from),
        ),
        words.of("spacing.kind", row.kind),
        words("map.stretch_missing", number=f"{row.missing:.0f}"),
    ]
    if not missing(row.side):
        lines.append(words.of("spacing.side", row.side))
    if not missing(row.depends_on):
        lines.append(words("map.rests_on", what=words.listed("spacing.reason", row.depends_on)))
    return str(row.name), *lines


def proposal_words(row: Any, words: Words) -> tuple[str, ...]:
    """What the map says of a proposed hydrant."""
    place = words(
        "map.proposed_at",
        street=row.name,
        chainage=f"{row.chainage_m:,.0f}",
        origin=words.of("spacing.chainage_from", row.chainage_from),
    )
    lines = [place]
    if row.at_crossing:
        lines.append(
            words("map.proposed_crossing", streets=row.crossing_with)
            if row.crossing_with
            else words("map.proposed_structure")
        )
    if not missing(row.depends_on):
        lines.append(words("map.rests_on", what=words.listed("spacing.reason", row.depends_on)))
    return words("map.proposed_title"), *lines


def _empty(key: str, words: Words) -> MapLayer:
    return MapLayer(key, words(f"map.{key}"), things_geojson([]), {}, (), visible=False)


def stretch_layer(assessment: Assessment, words: Words) -> MapLayer:
    """All pieces of named streets longer than the spacing."""
    spacing = still_water(assessment).spacing
    if spacing is None:
        return _empty("stretches", words)
    said = [stretch_words(row, words) for row in spacing.stretches.itertuples()]
    styles = {kind: dict(style.SPACING[kind]) for kind in ("stretch", "stretch_example")}
    kinds = stretch_kinds(spacing.stretches)
    return _lines_by_kind("stretches", spacing.stretches, kinds, said, styles, words)


def proposed_things(table: gpd.GeoDataFrame, words: Words) -> list[Thing]:
    """Proposed hydrants as signs."""
    said = (proposal_words(row, words) for row in table.itertuples())
    return [
        Thing(point, "proposed", title, tuple(lines))
        for (title, *lines), point in zip(said, to_wgs84(table.geometry, str(table.crs)), strict=True)
    ]


def proposed_layer(assessment: Assessment, words: Words) -> MapLayer:
    """The fewest further hydrants that close every stretch, street by street."""
    spacing = still_water(assessment).spacing
    if spacing is None:
        return _empty("proposed", words)
    styles = style.new_hydrant_styles(words("map.proposed_letter"))
    label = words("map.proposed_count", number=spacing.figures["proposed_sites"])
    legend = (LegendItem("sign", words("map.proposed_title"), styles["proposed"]),)
    content = things_geojson(proposed_things(spacing.proposed, words))
    return MapLayer("proposed", label, content, styles, legend, visible=False)


def gap_lines(row: Any, words: Words) -> tuple[str, ...]:
    """What one gap exposes; left out where nobody knows."""
    known = (
        ("area", words.square_km(row.area_m2)),
        ("key_units", "" if missing(row.key_units) else f"{row.key_units:.0f}"),
        ("population", "" if missing(row.population) else f"{row.population:,.0f}"),
        ("parcels", "" if missing(row.parcels) else f"{row.parcels:.0f}"),
        ("parcels_maybe", "" if missing(row.parcels_maybe) else f"{row.parcels_maybe:.0f}"),
        ("street", words.metres(row.street_m)),
    )
    return tuple(words(f"map.gap_{name}", value=value) for name, value in known if value)


def gap_layer(assessment: Assessment, words: Words) -> MapLayer:
    """What hydrants leave unprotected of the study area, ranked by what each gap exposes."""
    table = still_water(assessment).gaps
    areas, signs, kinds = [], [], set()
    for row, shape in zip(table.itertuples(), drawn_areas(table.geometry, str(table.crs)), strict=True):
        kind = "gap" if row.certainty == "surveyed" else "gap_example"
        title, lines = words("map.gap_title", rank=row.rank), gap_lines(row, words)
        kinds.add(kind)
        areas.append(Thing(shape, kind, title, lines))
        if row.rank <= MOST_RANKS:
            signs.append(Thing(shapely.point_on_surface(shape), "rank", title, lines, letter=str(row.rank)))
    styles = as_mapping(style.RANKED_GAPS)
    legend = [LegendItem("area", words(f"map.{kind}"), styles[kind]) for kind in sorted(kinds)]
    legend += [LegendItem("sign", words("map.gap_rank"), styles["rank"] | {"letter": "1"})] if signs else []
    content = things_geojson([*areas, *reversed(signs)])
    return MapLayer("gaps", words("map.gaps"), content, styles, tuple(legend), visible=False)


def shuttle_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Streets by the flow that tankers to and from a water crane sustain, in litres per second."""
    table, said = water_of(assessment).shuttle_streets, []
    for row in table.itertuples():
        lines = [words.of("crane.trip_state", row.state)]
        if not missing(row.flow_lps):
            flow = words("map.lps", flow=f"{row.flow_lps:.1f}")
            best = words("map.lps", flow=f"{row.flow_lps_best:.1f}")
            lines = [
                words("map.shuttle_flow", flow=words.span(flow, best)),
                words("map.shuttle_trip", crane=row.crane_id, time=words.minutes(row.round_trip_s)),
                words("map.shuttle_limit", what=words.of("shuttle.limited_by", row.limited_by)),
            ]
        if row.in_radius:
            lines.append(words("map.shuttle_protected"))
        if not missing(row.depends_on):
            lines.append(words("map.rests_on", what=words.listed("crane.rests_on", row.depends_on)))
        said.append((_title(row.name, words), *lines))
    return _lines_by_kind("shuttle", table, shuttle_kinds(table), said, as_mapping(style.SHUTTLE), words)


def crane_trip_layer(assessment: Assessment, words: Words) -> MapLayer:
    """Water cranes with the drive to and from a station, their neighbours and how long engines fill."""
    water = water_of(assessment)
    table, fills = water.cranes, still_water(assessment).fill_times
    things = []
    for row, point in zip(table.itertuples(), to_wgs84(table.geometry, str(table.crs)), strict=True):
        if point is None or point.is_empty:
            continue
        mine = fills[(fills["crane_id"] == row.crane_id) & fills["fill_s"].notna()]
        filled = sorted(set(zip(mine["tank_l"], mine["fill_s"], strict=True)), reverse=True)
        kind = "counted" if row.counted else "not_counted"
        title = str(row.crane_id) if missing(row.name) else str(row.name)
        things.append(Thing(point, kind, title, tuple(crane_lines(row, filled, words))))
    styles = style.crane_styles(words("map.crane_letter"))
    legend = tuple(LegendItem("sign", words(f"map.sign_{kind}"), styles[kind]) for kind in styles)
    return MapLayer(
        "crane_trips", words("map.crane_trips"), things_geojson(things), styles, legend, visible=False
    )


def crane_lines(row: Any, filled: Sequence[tuple[float, float]], words: Words) -> list[str]:
    """One water crane in lines; ``filled``: tank in litres and seconds."""
    lines = [words.of("value.status", row.status)]
    if not missing(row.station_to_crane_s):
        for way in ("station_to_crane", "crane_to_station"):
            times = [words.minutes(getattr(row, f"{way}_s{end}")) for end in ("_low", "_high")]
            lines.append(
                words(f"map.{way}", station=row.nearest_station_id, time=words.span(times[0], times[1]))
            )
    if not missing(row.nearest_crane_id):
        lines.append(
            words(
                "map.next_crane",
                crane=row.nearest_crane_id,
                street=words.metres(row.nearest_crane_street_m),
                straight=words.metres(row.nearest_crane_m),
            )
        )
    lines += [
        words("map.crane_fill", tank=f"{tank:,.0f}", seconds=f"{seconds:.0f}") for tank, seconds in filled[:3]
    ]
    lines.append(words("map.crane_flow", source=words.of("crane.flow_source", row.flow_source)))
    if not missing(row.depends_on):
        lines.append(words("map.rests_on", what=words.listed("crane.rests_on", row.depends_on)))
    return lines


LAYERS: dict[str, tuple[Callable[[Assessment, Words], MapLayer], bool]] = {
    "gaps": (gap_layer, True),
    "hose": (hose_layer, True),
    "stretches": (stretch_layer, True),
    "proposed": (proposed_layer, True),
    "shuttle": (shuttle_layer, False),
    "crane_trips": (crane_trip_layer, False),
}
"""How each layer is made, and whether it stays as it is when only times change."""
