"""The question of spacing put to a county: what must hold it, what stands there, what uncertain places may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.ops import substring

from analysis import standards
from analysis.hydrants_on_streets import Standing, Uncertain, standing, uncertain
from analysis.shares import EDGE_M
from analysis.spacing import Pieces, cut_at, least_missing, millimetres, nearest_on
from geo.areas import length_inside_m
from geo.chainage import stretch_lines

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from analysis.named_streets import NamedStreets
    from geo.county import County
    from geo.network import Flags, Floats, Ints


@dataclass(frozen=True, eq=False)
class Tracks:
    """What must hold the spacing: every line once, or each side of a line of which both sides count."""

    line: Ints
    side: Ints
    length_mm: Ints
    closed: Flags
    first: Ints
    """First track of each line."""

    def of(self, found: Standing) -> Ints:
        """Track of each standing; -1 for one without a side where sides count."""
        both = self.side[self.first[found.line]] != 0
        first = self.first[found.line]
        sided = np.where(found.side == 0, -1, first + (found.side > 0))
        return np.asarray(np.where(both, sided, first), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Question:
    """What every table is made from. ``most`` and ``least``: hydrants missing on each line at most and at least,
    wherever the counted hydrants of uncertain place stand; ``sure``: counted hydrants that surely stand on it."""

    county: County
    streets: NamedStreets
    hydrants: gpd.GeoDataFrame
    limit_mm: int
    listed: bool
    inside: Floats
    """Share of each line that lies in the study area; NaN without one."""
    judged: Flags
    """Lines of which anything is said: hydrants are listed, and not all of the line lies outside the study area."""
    both: Flags
    tracks: Tracks
    found: Standing
    pieces: Pieces
    of_piece: Ints
    """Row of hydrants of each place given to ``pieces``."""
    mark_track: Ints
    mark: Ints
    """Row of the streets' marks on each track."""
    mark_piece: Ints
    mark_bare: Flags
    may: Uncertain
    most: Ints
    least: Ints
    sure: Ints


def _tracks(streets: NamedStreets, both: Flags) -> Tracks:
    count = np.where(both, 2, 1)
    line = np.repeat(np.arange(len(both)), count)
    first = np.cumsum(count) - count
    rank = np.arange(len(line)) - first[line]
    side = np.where(both[line], 2 * rank - 1, 0)
    return Tracks(line, side, millimetres(streets.length_m)[line], streets.closed[line], first)


def question(county: County, streets: NamedStreets, hydrants: gpd.GeoDataFrame, limit_mm: int) -> Question:
    """Put a spacing to the hydrants of a county, which carry a flag ``counted``. Changes nothing."""
    both = np.asarray(streets.width_m > standards.HYDRANT_BOTH_SIDES_M)
    tracks = _tracks(streets, both)
    found = standing(streets, hydrants, county.barrier)
    counted = hydrants["counted"].to_numpy(dtype=bool)
    section = hydrants["interpolated"].fillna(value=False).to_numpy(dtype=bool)
    surveyed = (hydrants["position_class"] == "P0").to_numpy(dtype=bool) & (
        "hydrants" not in county.schematic
    )
    points = shapely.get_type_id(np.asarray(hydrants.geometry.to_numpy(), dtype=object)) == 0
    unsure = counted & (section | ~surveyed | ~points)
    track = tracks.of(found)
    there = counted[found.hydrant] & (track >= 0)
    pieces = cut_at(tracks.length_mm, tracks.closed, track[there], found.at_mm[there], limit_mm)
    sure = there & ~unsure[found.hydrant]
    may = uncertain(streets, hydrants, unsure, found, both, limit_mm)
    only_sure = (
        pieces
        if (sure == there).all()
        else cut_at(tracks.length_mm, tracks.closed, track[sure], found.at_mm[sure], limit_mm)
    )
    most = np.bincount(only_sure.line, only_sure.missing, minlength=len(tracks.line)).astype(np.int64)
    least = _least(tracks, may, (track[sure], found.at_mm[sure]), most, limit_mm)
    mark_track, mark, mark_piece, bare = _marks(streets, tracks, pieces)
    listed, inside = "hydrants" not in county.missing, _inside(streets, county.study_area)
    return Question(
        county, streets, hydrants, limit_mm, listed,
        inside, listed & ~(inside == 0.0), both, tracks, found, pieces,
        found.hydrant[there], mark_track, mark, mark_piece, bare, may,
        np.bincount(tracks.line, most, minlength=len(both)).astype(np.int64),
        np.bincount(tracks.line, least, minlength=len(both)).astype(np.int64),
        np.bincount(tracks.line[track[sure]], minlength=len(both)),
    )  # fmt: skip


def _inside(streets: NamedStreets, area: BaseGeometry | None) -> Floats:
    if area is None:
        return np.full(len(streets.street), np.nan)
    return length_inside_m(streets.lines, area.buffer(EDGE_M)) / streets.length_m


def piece_lines(asked: Question, rows: Ints) -> NDArray[np.object_]:
    """Pieces of street as lines; on a ring one may run on beyond the start."""
    pieces, streets = asked.pieces, asked.streets
    line = asked.tracks.line[pieces.line[rows]]
    begin, end = pieces.from_mm[rows] / 1000, pieces.to_mm[rows] / 1000
    found = stretch_lines(streets, line, begin, end)
    for i in np.flatnonzero(pieces.to_mm[rows] > asked.tracks.length_mm[pieces.line[rows]]).tolist():
        whole = streets.lines[line[i]]
        parts = (substring(whole, begin[i], whole.length), substring(whole, 0.0, end[i] - whole.length))
        corners = np.concatenate([shapely.get_coordinates(part) for part in parts if part.length > 0])
        found[i] = shapely.LineString(corners[np.append(True, (np.diff(corners, axis=0) != 0).any(axis=1))])
    return found


def _least(tracks: Tracks, may: Uncertain, sure: tuple[Ints, Ints], most: Ints, limit_mm: int) -> Ints:
    """What is missing on each track however the uncertain hydrants stand: each closes one gap at best."""
    least: Ints = np.maximum(most - may.number[tracks.line] - may.anywhere, 0)
    for track in np.flatnonzero(np.isin(tracks.line, list(may.ranges))).tolist():
        bound = least_missing(
            int(tracks.length_mm[track]), bool(tracks.closed[track]),
            sure[1][sure[0] == track].tolist(), may.ranges[int(tracks.line[track])], limit_mm,
        )  # fmt: skip
        least[track] = max(int(least[track]), bound - may.anywhere)
    return least


def _marks(streets: NamedStreets, tracks: Tracks, pieces: Pieces) -> tuple[Ints, Ints, Ints, Flags]:
    """Marks on every track: track, mark, piece, and whether no counted hydrant stands near it on either side."""
    marks = streets.marks
    each = np.where(tracks.side[tracks.first[marks.line]] != 0, 2, 1) if len(marks.line) else marks.line
    mark = np.repeat(np.arange(len(marks.line)), each)
    track = tracks.first[marks.line[mark]] + np.arange(len(mark)) - np.repeat(np.cumsum(each) - each, each)
    if len(mark) == 0:
        return track, mark, mark.copy(), np.zeros(0, dtype=bool)
    piece, way = nearest_on(pieces, track, millimetres(marks.at_m[mark]), tracks.length_mm)
    near = (way >= 0) & (way <= millimetres(standards.HYDRANT_AT_CROSSING_M))
    served = np.bincount(mark, near, minlength=len(marks.line)) > 0
    return track, mark, piece, ~served[mark]
