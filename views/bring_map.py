"""What would be kept of a file, and what not, on a small map of the county."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from streamlit_folium import st_folium

from geo import map_style as style
from geo.crs import WGS84, reproject, shapes_of
from geo.datum_readings import reading_text
from geo.map_features import Thing, as_mapping, bounds_of, things_geojson
from geo.maps import LegendItem, Look, MapLayer, MapWords, base_map, county_layers
from geo.problems import InputError
from views.assets import SERVED
from views.bring_tables import wrong_and_mend_here
from views.layers import still

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.assessment import Assessment
    from geo.crs import Shapes
    from geo.datum_readings import Reading
    from geo.file_report import FileReport
    from views.wording import Words

HEIGHT_PX = 360
MOST_DRAWN = 3000
"""Things of one kind on the map; of more, so many evenly spread over the file."""
GROUND = ("study", "county", "network")
"""Layers of the main map that lie faintly below."""
MOST_REASONS = 3


def on_earth(shapes: Shapes) -> Shapes:
    """Shapes in degrees, None for those that lie nowhere a map can show."""
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    west, south, east, north = shapely.bounds(shapes).T
    with np.errstate(invalid="ignore"):
        inside = (west >= -180) & (east <= 180) & (south >= -85) & (north <= 85)
    return shapes_of(np.where(there & inside, shapes, np.array(None)).tolist())


def as_read(report: FileReport, reading: Reading | None = None) -> Shapes:
    """Where every row of the file lies in WGS 84, as the file is read or in another ``reading``; None for nowhere."""
    shapes = report.given.geometry if reading is None else report.shapes
    if shapes is None:
        return shapes_of([None] * report.rows_in)
    try:
        placed = (
            reproject(shapes, report.given.crs or WGS84, WGS84) if reading is None else reading.wgs84(shapes)
        )
    except InputError:  # an old datum, which is told among the problems
        return shapes_of([None] * report.rows_in)
    return on_earth(np.asarray(placed, dtype=object))


def _spread(count: int) -> list[int]:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_DRAWN)).astype(int)).tolist() if count else []


def _kind(shape: Any, name: str) -> str:
    return name if shape.geom_type in {"Point", "MultiPoint"} else f"{name}_shape"


def _things(
    shapes: Iterable[Any], name: str, titles: Sequence[str], lines: Sequence[tuple[str, ...]]
) -> list[Thing]:
    shapes = list(shapes)
    placed = [row for row, shape in enumerate(shapes) if shape is not None]
    return [
        Thing(point, _kind(point, name), titles[row], lines[row])
        for row in (placed[each] for each in _spread(len(placed)))
        for point in (
            shapely.get_parts(shapes[row]) if shapes[row].geom_type == "MultiPoint" else (shapes[row],)
        )
    ]


def preview_things(report: FileReport, words: Words) -> dict[str, list[Thing]]:
    """What is drawn, in WGS 84: ``kept`` and ``rejected`` rows as they are read, and ``other``, all of them as the
    evidence would have them read where it speaks clearly for another reading."""
    titles = [words("bring.row", row=row) for row in range(1, report.rows_in + 1)]
    none: list[tuple[str, ...]] = [()] * report.rows_in
    reasons = {
        row: tuple(wrong_and_mend_here(each, words) for each in found[:MOST_REASONS])
        for row, found in report.rejected.items()
    }
    placed, rows = as_read(report), list(report.rejected)
    things = {
        "kept": _things(on_earth(report.kept.geometry), "kept", [titles[row - 1] for row in report.rows], none),
        "rejected": _things(
            [placed[row - 1] for row in rows],
            "rejected",
            [titles[row - 1] for row in rows],
            [reasons[row] for row in rows],
        ),
    }  # fmt: skip
    weighed = report.datum
    best = None if weighed is None else weighed.recommended
    chosen = report.choices.read_as
    if (
        weighed is not None
        and best is not None
        and weighed.reason == "fits_other"
        and chosen != reading_text(best)
    ):
        things["other"] = _things(as_read(report, best), "other", titles, none)
    return things


def preview_layers(things: dict[str, list[Thing]], words: Words) -> tuple[MapLayer, ...]:
    """The things as layers of the map, the kept ones lowest."""
    styles = as_mapping(style.PREVIEW)
    layers = []
    for name, found in things.items():
        kinds = dict.fromkeys(each.kind for each in found)
        legend = tuple(
            LegendItem(
                "area" if kind.endswith("_shape") else "sign", words(f"bring.map.{name}"), styles[kind]
            )
            for kind in kinds
        )
        mine = {kind: styles[kind] for kind in (name, f"{name}_shape")}
        layers.append(
            MapLayer(f"bring_{name}", words(f"bring.map.{name}"), things_geojson(found), mine, legend)
        )
    return tuple(layers)


def preview(report: FileReport, assessment: Assessment, key: str, words: Words) -> None:
    """The map, of what has a place on it; ``key`` names it in the session."""
    things = preview_things(report, words)
    here = bounds_of(each.geometry for each in things["kept"]) or bounds_of(
        each.geometry for found in things.values() for each in found
    )
    ground = still(assessment, words)
    below = tuple(
        replace(each, visible=True, interactive=False) for each in ground.layers if each.key in GROUND
    )
    view = here or ground.everything
    if view is None:
        return
    said = MapWords(title=words("bring.map.title"), legend=words("map.legend"), failed=words("map.failed"))
    looks = [Look(words("bring.map.look_file"), words("bring.map.look_file_title"), view)]
    if ground.everything is not None:
        looks.append(Look(words("map.look_all"), words("map.look_all_title"), ground.everything))
    st_folium(
        base_map(view, looks, said, SERVED),
        key=key,
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=county_layers((*below, *preview_layers(things, words)), SERVED, said),
    )
