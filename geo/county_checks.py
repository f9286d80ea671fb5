"""What must agree between the layers of one county: references, sums, and that all of it lies in one
place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.problems import Problem, problem
from geo.road_folder import network_box

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.county import County
    from geo.layers import LayerRows

FAR_M = 20_000.0
"""Farther than this from everything that says where the county is, a point is in the wrong place."""
PLACE_FAR_M = 100_000.0
"""Townships and villages say themselves where the county is; only one as far off as this is wrong."""
OFF_STREET_M = 150.0
"""A barrier farther than this from every street hides none of the ground that is looked at."""
ROUNDING_MU = 0.01
"""Half of the last printed digit of two areas added up."""
_ROWS_SHOWN = 10
MAX_SHOWN = 50
"""Problems of one kind in one field of one file that are listed singly; the rest are counted."""


def check_references(layers: Mapping[str, LayerRows]) -> list[Problem]:
    """Rows that name a station or parcel that is not there, and sub-blocks that do not add up to their
    parcel."""
    found = [
        *_references(layers, "vehicles", "stations", "station_id"),
        *_references(layers, "sub_blocks", "parcels", "parcel_no"),
    ]
    if not {"parcels", "sub_blocks"} <= layers.keys():
        return found
    blocks = (
        layers["sub_blocks"].table.groupby("parcel_no")["area_mu"].agg(lambda area: area.sum(skipna=False))
    )
    parcels = layers["parcels"].table
    for row, (number, area) in enumerate(zip(parcels["parcel_no"], parcels["area_mu"], strict=True), 1):
        total = blocks.get(number, np.nan)
        if abs(total - area) > ROUNDING_MU:
            found.append(
                problem(
                    "sub_blocks_sum",
                    file=layers["parcels"].file,
                    row=row,
                    field="area_mu",
                    warning=True,
                    value=area,
                    total=round(float(total), 4),
                )
            )
    return found


def _references(layers: Mapping[str, LayerRows], child: str, parent: str, key: str) -> Iterable[Problem]:
    if child not in layers or parent not in layers or not len(layers[parent].table):
        return
    known = set(layers[parent].table[key])
    for row, value in enumerate(layers[child].table[key], 1):
        if value is not None and value not in known:
            yield problem(
                "reference_unknown",
                file=layers[child].file,
                row=row,
                field=key,
                value=value,
                file_of=layers[parent].file,
            )


def _anchors(county: County) -> list[Any]:
    """Bounds of the areas that say where the county is, and last of its streets."""
    anchors = [area.bounds for area in (county.boundary, county.study_area) if area is not None]
    if county.network is not None:
        anchors.append(network_box(county.network))
    return anchors


def reach_of(county: County) -> BaseGeometry | None:
    """The box of everything that says where the county is, with the places near it; None where nothing does."""
    anchors = _anchors(county)
    if county.seat is not None:
        anchors.append(county.seat.bounds)
    if not anchors:
        return None
    core = _box_of(anchors)
    there = county.places.geometry.to_numpy()
    there = there[~shapely.is_missing(there)]
    near = there[shapely.distance(there, core) <= PLACE_FAR_M]
    return _box_of([*anchors, *shapely.bounds(near)])


def check_where(county: County, files: Mapping[str, str]) -> list[Problem]:
    """Points far from the county, each by row; points a little outside its boundary, one warning per
    layer."""
    anchors = _anchors(county)
    if county.network is not None and len(anchors) > 1:
        *areas, roads = anchors
        if shapely.box(*areas[0]).distance(shapely.box(*roads)) > FAR_M:
            return [problem("roads_elsewhere", file="roads/", crs=county.network.crs)]
    reach = reach_of(county)
    if reach is None:
        return []
    found: list[Problem] = []
    for name in ("parcels", "stations", "hydrants", "cranes", "sources", "places"):
        table = county.water_sources if name == "sources" else getattr(county, name)
        given = np.flatnonzero(
            ~shapely.is_missing(table.geometry.to_numpy()) & table["location"].isna().to_numpy()
        )
        if name == "hydrants":
            given = given[table["section_id"].iloc[given].isna().to_numpy()]
        shapes = table.geometry.to_numpy()[given]
        far_m = shapely.distance(shapes, reach)
        limit_m = PLACE_FAR_M if name == "places" else FAR_M
        rows = _file_rows(table, name)[given]
        found += [
            problem("far_away", file=files[name], row=row, field="geometry", distance=round(distance / 1000))
            for row, distance in zip(rows.tolist(), far_m.tolist(), strict=True)
            if distance > limit_m
        ]
        if county.boundary is not None:
            shapely.prepare(county.boundary)
            outside = rows[(far_m <= FAR_M) & ~shapely.intersects(county.boundary, shapes)]
            if len(outside):
                found.append(_outside(files[name], outside.tolist()))
    return found + _barriers_elsewhere(county, files)


def _barriers_elsewhere(county: County, files: Mapping[str, str]) -> list[Problem]:
    """A warning where no barrier comes near any street, so that the layer does nothing."""
    if county.network is None or county.barriers.empty:
        return []
    streets = shapely.box(*network_box(county.network))
    apart_m = float(shapely.distance(county.barriers.geometry.to_numpy(), streets).min())
    if apart_m <= OFF_STREET_M:
        return []
    distance = f"{apart_m / 1000:.1f}"
    return [problem("barriers_elsewhere", file=files["barriers"], warning=True, distance=distance)]


def _box_of(bounds: Sequence[Sequence[float]]) -> shapely.Polygon:
    box = np.array(bounds)
    around: shapely.Polygon = shapely.box(*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0))
    return around


def _file_rows(table: object, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of the file (from 1) behind the rows of a table; sections were expanded in the hydrants."""
    if name != "hydrants":
        return np.arange(1, len(table) + 1)  # type: ignore[arg-type]
    section = table["section_id"].to_numpy(dtype=object)  # type: ignore[index]
    starts = np.array(
        [i == 0 or each is None or each != section[i - 1] for i, each in enumerate(section)], dtype=bool
    )
    return np.cumsum(starts)


def _outside(file: str, rows: list[int]) -> Problem:
    shown = ", ".join(map(str, rows[:_ROWS_SHOWN])) + (" …" if len(rows) > _ROWS_SHOWN else "")
    return problem("outside_boundary", file=file, field="geometry", warning=True, count=len(rows), rows=shown)


def limited(problems: Sequence[Problem]) -> list[Problem]:
    """The problems in order; of one kind in one field of one file at most :data:`MAX_SHOWN`, the rest
    counted."""
    seen: dict[tuple[str, str, str, bool], int] = {}
    shown = []
    for each in problems:
        key = (each.code, each.file, each.field, each.warning)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= MAX_SHOWN:
            shown.append(each)
    for (_, file, field, warning), count in seen.items():
        if count > MAX_SHOWN:
            shown.append(
                problem("more_like_these", file=file, field=field, warning=warning, count=count - MAX_SHOWN)
            )
    return shown
