"""What became of drawn centre-lines when they were made a network: joined, crossed, missed, guessed, left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import WGS84, transformer
from geo.near_misses import miss_places, near_misses, street_ends
from geo.noding import CROSSINGS, WELD_M, crossings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.joining import Join
    from geo.network import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Crossing:
    """Where two lines (their ids) cross on the drawing without an end or a vertex that both have; degrees."""

    lon: float
    lat: float
    line: int
    other: int


@dataclass(frozen=True)
class Joined:
    """An end that was moved onto another line: where it is now (degrees), how far, the ids of both lines.

    ``at``: ``end`` where it met an end or a junction, ``side`` where it met the line between them.
    """

    lon: float
    lat: float
    distance_m: float
    at: str
    line: int
    other: int


@dataclass(frozen=True)
class Missed:
    """A dead end near another street: place (degrees), distance, the ids of both streets."""

    lon: float
    lat: float
    distance_m: float
    street: str
    other: str


@dataclass(frozen=True)
class LineReport:
    """Counts and places of one reading of centre-lines.

    ``rows`` of the file; ``lines`` drawn and kept; ``streets``, ``nodes`` and ``junctions`` (three streets or
    more) of the network. ``crossings``: where lines of one level cross without a shared vertex; they are joined
    with ``noding`` = ``crossings`` and not with ``ends``. ``crossings_on_levels``: where a line passes over or
    under another, never joined. ``joined``: near misses up to ``join_m`` that were closed, ``near_misses`` those
    left. ``oneway_missing`` rows name no direction (both ways) where others do. ``classes_guessed``: rows kept
    whose class is assumed; ``classes_unknown`` counts the values that led to it. ``left_out``: reasons, each
    with the rows of the file, from 1.
    """

    rows: int
    lines: int
    streets: int
    nodes: int
    junctions: int
    noding: str
    crossings: tuple[Crossing, ...]
    crossings_on_levels: int
    join_m: float
    joined: tuple[Joined, ...]
    near_misses: tuple[Missed, ...]
    oneway_missing: int
    classes_guessed: int
    classes_unknown: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def crossings_joined(self) -> bool:
        """Whether the crossings listed were made junctions."""
        return self.noding == CROSSINGS


@dataclass(frozen=True, eq=False)
class Drawn:
    """Single lines in metres as they were noded, each with its row in the file and its level."""

    lines: Objects
    row: Ints
    level: Ints


@dataclass(frozen=True)
class Asked:
    """How lines were to be read: where they meet, and up to which distance near misses are closed."""

    noding: str
    join_m: float


def line_report(
    network: Network,
    drawn: Drawn,
    asked: Asked,
    joins: Sequence[Join],
    way_id: Ints,
    left_out: dict[str, Ints],
    cells: tuple[Sequence[object], Sequence[str], Flags],
) -> LineReport:
    """The report of one reading; ``way_id`` (by file row) names the lines.

    ``cells``: of every file row, the one-way cell as it stands, the class as it was read, and whether that was
    guessed.
    """
    ids = way_id[drawn.row].tolist()
    left, right, points, on_levels = _plain_crossings(drawn)
    places = _degrees(network, shapely.get_coordinates(points))
    moved = _degrees(network, np.asarray([(join.x, join.y) for join in joins]).reshape(-1, 2))
    oneway, classes, guessed = cells
    kept = np.unique(drawn.row)
    unknown = Counter(classes[row] for row in kept[guessed[kept]].tolist())
    stated = [value is not None for value in oneway]
    return LineReport(
        rows=len(way_id),
        lines=len(drawn.lines),
        streets=network.n_streets,
        nodes=network.n_nodes,
        junctions=int((street_ends(network) >= 3).sum()),
        noding=asked.noding,
        crossings=tuple(
            Crossing(*place, ids[a], ids[b])
            for place, a, b in zip(places, left.tolist(), right.tolist(), strict=True)
        ),
        crossings_on_levels=on_levels,
        join_m=asked.join_m,
        joined=tuple(
            Joined(*place, round(join.distance_m, 3), join.at, ids[join.line], ids[join.other])
            for place, join in zip(moved, joins, strict=True)
        ),
        near_misses=_missed(network),
        oneway_missing=stated.count(False) if any(stated) else 0,
        classes_guessed=int(guessed[kept].sum()),
        classes_unknown=tuple(unknown.most_common()),
        left_out=tuple((why, tuple((rows + 1).tolist())) for why, rows in left_out.items() if len(rows)),
    )


def _degrees(network: Network, xy: Floats) -> list[tuple[float, float]]:
    """Places in the network's metres as longitude and latitude."""
    if not len(xy):
        return []
    lon, lat = transformer(network.crs, WGS84).transform(xy[:, 0], xy[:, 1])
    return list(zip(np.round(lon, 7).tolist(), np.round(lat, 7).tolist(), strict=True))


def _missed(network: Network) -> tuple[Missed, ...]:
    misses, streets = near_misses(network), network.street_ids()
    places = _degrees(network, shapely.get_coordinates(miss_places(network, misses)))
    return tuple(
        Missed(*place, round(miss.distance_m, 3), streets[miss.street], streets[miss.other])
        for place, miss in zip(places, misses, strict=True)
    )


def _plain_crossings(drawn: Drawn) -> tuple[Ints, Ints, Objects, int]:
    """Rows and points of crossings on one level without a shared end or vertex; how many on two levels."""
    tree = shapely.STRtree(drawn.lines)
    left, right, points = crossings(drawn.lines, drawn.level, tree)
    ended, shared = _drawn_together(drawn.lines, left, right, points)
    plain = ~(ended | shared)
    above, below, over = crossings(drawn.lines, drawn.level, tree, apart=True)
    ended, _ = _drawn_together(drawn.lines, above, below, over)
    return left[plain], right[plain], points[plain], int((~ended).sum())


def _drawn_together(lines: Objects, left: Ints, right: Ints, points: Objects) -> tuple[Flags, Flags]:
    """Whether one of two lines ends at a point, and whether both have a vertex there."""
    tips = np.stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)], axis=1).reshape(-1)
    ends = np.asarray(shapely.multipoints(tips, indices=np.repeat(np.arange(len(lines)), 2)), dtype=object)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    vertices = np.asarray(shapely.multipoints(xy, indices=of), dtype=object)
    near = WELD_M * (1 + 1e-6)
    to_end = [shapely.distance(ends[row], points) for row in (left, right)]
    to_vertex = [shapely.distance(vertices[row], points) for row in (left, right)]
    return np.minimum(*to_end) <= near, np.maximum(*to_vertex) <= near
