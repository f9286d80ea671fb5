"""The named streets of a network as lines with chainage from a stated end, and the crossings that stand on them.

What carries one name (or the names a county takes for one street) is one street. Its pieces become lines as places
are found from words (:func:`geo.named_roads.merged_road`): two carriageways up to 40 m apart are the line in the
middle, gaps up to 60 m are bridged straight, at a fork the street goes straight on, side arms wholly within 40 m of
a longer line are part of it. What is left apart, a branch or a street of the same name elsewhere, is a line of its
own, the longest first. Motorways and ramps are left out: no hydrant stands on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from analysis.street_marks import marks_of, met_at, nearest_own, nodes_on
from geo.gazetteer import normal_name
from geo.geometries import linestrings
from geo.named_roads import merged_road
from geo.network import CLASSES, polyline_lengths
from geo.streets import CLASS_NUMBER, OFF_LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.street_marks import Marks
    from geo.county import County
    from geo.network import Flags, Floats, Ints, Network

SEAT_END, WEST_END, SOUTH_END = "seat_end", "west_end", "south_end"
SEAT_CORNER, WEST_CORNER = "seat_corner", "west_corner"
"""Where chainage starts: the end nearer the county seat; without a seat, or where both ends are as near to it to the
metre, the western end of a street that runs rather east to west, the southern end of one that runs rather north to
south; on a ring the corner nearest the seat, else the westernmost, and from there anticlockwise."""
TWO_CARRIAGEWAYS = 1.5
"""A line whose pieces are this many times as long as itself stands for two carriageways [own]."""
AT_END_M = 30.0
"""Streets met this near to an end of a line name that end [own]."""
_APART_M = 100.0
"""Pieces of one name farther apart have nothing to do with each other: gaps bridged and carriageways put together
reach 60 m and 40 m."""
_NO_HAIRPIN_M = 80.0
"""A line longer than the way between its ends by at most this has no hairpin as :mod:`geo.named_roads` looks for them
(120 m of line between places less than 40 m apart), so that a simple one is already what that would make of it."""


@dataclass(frozen=True, eq=False)
class NamedStreets:
    """``k`` lines of named streets in the network's CRS (metres), by street and then the longest first.

    Line ``i`` belongs to the street ``names[street[i]]`` and is its ``number[i]``-th, from 1. ``drawn_m`` is the
    length of all its pieces, ``width_m`` the largest width stated on any of them (NaN where none is), ``klass`` the
    class of most of its length as an index into :data:`geo.network.CLASSES`, ``starts`` a code of the end chainage
    starts from, ``first_met`` and ``last_met`` the streets met there and at the other end (empty where none).
    """

    crs: str
    names: tuple[str, ...]
    known_as: Mapping[str, int]
    """Street by every name it goes by, plain as :func:`geo.gazetteer.normal_name` makes them."""
    street: Ints
    number: Ints
    coords: Floats
    coord_start: Ints
    closed: Flags
    starts: NDArray[np.object_]
    klass: Ints
    width_m: Floats
    drawn_m: Floats
    first_met: NDArray[np.object_]
    last_met: NDArray[np.object_]
    marks: Marks
    unnamed_m: float
    """Length of the streets without a name, which belong to no line."""

    @cached_property
    def length_m(self) -> Floats:
        """(k,) lengths of the lines."""
        return polyline_lengths(self.coords, self.coord_start)

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """(k,) LineStrings, from where chainage starts."""
        which = np.repeat(np.arange(len(self.street)), np.diff(self.coord_start))
        return linestrings(self.coords, which)

    @property
    def two_carriageways(self) -> Flags:
        """(k,) lines in the middle of two carriageways; a stated width is then that of one of them."""
        return np.asarray(self.drawn_m > TWO_CARRIAGEWAYS * self.length_m)

    @cached_property
    def line_ids(self) -> list[str]:
        """The street's name, with the number of the line where the street has several."""
        many = np.bincount(self.street, minlength=len(self.names))[self.street] > 1
        return [
            f"{self.names[street]}-{number}" if several else self.names[street]
            for street, number, several in zip(
                self.street.tolist(), self.number.tolist(), many.tolist(), strict=True
            )
        ]

    def street_of(self, name: object) -> int:
        """Street of a stated name, with 新建 (newly built) taken off its front; -1 where there is none."""
        if not isinstance(name, str):
            return -1
        plain = normal_name(name)
        return self.known_as.get(plain, self.known_as.get(plain.removeprefix("新建"), -1))

    @cached_property
    def _segments(self) -> tuple[Ints, Ints, Floats, shapely.STRtree]:
        """Segments of the lines: first vertex, line, chainage of the first vertex; and a tree of them."""
        vertex = np.setdiff1d(np.arange(len(self.coords)), self.coord_start[1:] - 1)
        ends = np.stack([self.coords[vertex], self.coords[vertex + 1]], axis=1)
        line = np.searchsorted(self.coord_start, vertex, side="right") - 1
        axis = np.concatenate([[0.0], np.cumsum(np.hypot(*(ends[:, 1] - ends[:, 0]).T))])[:-1]
        first = np.searchsorted(line, np.arange(len(self.street)))
        shapes = linestrings(ends.reshape(-1, 2), np.repeat(np.arange(len(vertex)), 2))
        return vertex, line, axis - axis[first[line]], shapely.STRtree(shapes)

    def within(self, points: NDArray[np.object_], reach_m: Floats) -> tuple[Ints, Ints, Floats, Floats]:
        """Every line within each point's reach: rows of points and lines, chainage of the nearest place, distance.

        Sorted by point and line, each pair once; of places equally near, the first along the line.
        """
        vertex, line_of, start_m, tree = self._segments
        xy = shapely.get_coordinates(points)
        # Boxes that meet are found much faster than distances, which are worked out for all pairs at once; of the
        # diagonals only the boxes are looked at.
        corners = np.stack([xy - reach_m[:, None], xy + reach_m[:, None]], axis=1).reshape(-1, 2)
        who, segment = tree.query(linestrings(corners, np.repeat(np.arange(len(xy)), 2)))
        at, gap = _onto(xy[who], self.coords, vertex[segment])
        near = gap <= reach_m[who]
        who, segment, at, gap = who[near], segment[near], at[near], gap[near]
        line, off = line_of[segment], np.round(gap, 6)
        # Those of one point come together, so this is nearly in order already.
        pair = who * len(self.street) + line
        order = np.argsort(pair, kind="stable")
        begins = np.flatnonzero(np.append(True, np.diff(pair[order]) > 0)[: len(order)])
        if len(begins) == 0:
            return who, line, at, gap
        count = np.diff(np.append(begins, len(order)))
        best = np.repeat(np.minimum.reduceat(off[order], begins), count) == off[order]
        # Of places equally near, the first along the line.
        rank = np.where(best, segment[order], len(line_of))
        first = np.minimum.reduceat(rank, begins)
        nearest = order[np.flatnonzero(best & (rank == np.repeat(first, count)))]
        return who[nearest], line[nearest], start_m[segment[nearest]] + at[nearest], gap[nearest]


def _onto(places: Floats, coords: Floats, vertex: Ints) -> tuple[Floats, Floats]:
    """Places (k, 2) put onto the segments after the given vertices: metres along the segment, and off it."""
    begin = coords[vertex]
    way, out = coords[vertex + 1] - begin, places - begin
    square = np.maximum((way**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip((way * out).sum(axis=1) / square, 0.0, 1.0)
    off = out - way * share[:, None]
    return share * np.sqrt(square), np.hypot(off[:, 0], off[:, 1])


def streets_of(county: County, network: Network | None = None) -> NamedStreets | None:
    """The named streets of a county (or of the network given, as it is in some year); None without a network."""
    network = county.network if network is None else network
    return None if network is None else named_streets(network, tuple(county.aliases.items()), county.seat)


@lru_cache(maxsize=8)
def named_streets(
    network: Network,
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = (),
    seat: shapely.Point | None = None,
) -> NamedStreets:
    """Put the streets of a network together by name; kept for the networks asked last, which it depends on alone.

    ``aliases``: a street's name and the other names its parts carry. A piece named ``a;b`` is part of both streets.
    """
    names, known_as, street, row = _pieces_by_name(network, aliases)
    order = np.lexsort((row, street))
    street, row = street[order], row[order]
    shapes: list[NDArray[np.float64]] = []
    owner: list[int] = []
    starts: list[str] = []
    cuts = np.append(np.flatnonzero(np.append(True, np.diff(street) != 0)[: len(street)]), len(street))
    for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        chains = _chains(network.lines[row[begin:end]])
        turned = [_from_its_start(shapely.get_coordinates(chain), seat) for chain in chains]
        turned.sort(key=lambda each: (-round(_length(each[0]), 3), each[0][0].tolist()))
        shapes += [coords for coords, _ in turned]
        starts += [start for _, start in turned]
        owner += [int(street[begin])] * len(turned)
    return _with_particulars(network, (names, known_as, street, row), (shapes, owner, starts))


def _chains(lines: NDArray[np.object_]) -> list[shapely.LineString]:
    """The pieces of one street as lines."""
    every = shapely.MultiLineString(list(lines))
    merged = shapely.line_merge(every)
    if isinstance(merged, shapely.LineString) and merged.is_simple:
        ends = np.asarray(merged.coords)[[0, -1]]
        if len(lines) == 1 or merged.length - np.hypot(*(ends[1] - ends[0])) <= _NO_HAIRPIN_M:
            return [merged]
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=_APART_M)
    pairs = csr_matrix((np.ones(len(one)), (one, other)), shape=(len(lines), len(lines)))
    group = connected_components(pairs, directed=False)[1]
    return [
        chain
        for each in range(int(group.max()) + 1)
        for chain in merged_road(shapely.MultiLineString(list(lines[group == each]))).geoms
    ]


def _length(coords: Floats) -> float:
    return float(np.hypot(*np.diff(coords, axis=0).T).sum())


def _pieces_by_name(
    network: Network, aliases: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[tuple[str, ...], dict[str, int], Ints, Ints]:
    """Street names, the street of every name, and pairs of street and row of network."""
    head = {normal_name(other): name for name, others in aliases for other in (name, *others)}
    host = ~np.isin(network.klass, [CLASS_NUMBER[each] for each in OFF_LIMITS])
    used = np.unique(network.name[host & (network.length_m > 0)])
    names: dict[str, str] = {}
    members: dict[int, list[str]] = {}
    for number in used.tolist():
        said = [part.strip() for part in network.names[number].replace("；", ";").split(";") if part.strip()]
        whole = [head.get(normal_name(part), part) for part in said]
        for each in whole:
            names.setdefault(normal_name(each), each)
        members[number] = list(dict.fromkeys(normal_name(each) for each in whole))
    index = {plain: i for i, plain in enumerate(sorted(names))}
    known_as = index | {
        other: index[normal_name(name)] for other, name in head.items() if normal_name(name) in index
    }
    rows = np.flatnonzero(host & (network.length_m > 0) & (network.name > 0))
    of_name = [members.get(number, []) for number in range(len(network.names))]
    count = np.asarray([len(each) for each in of_name], dtype=np.int64)[network.name[rows]]
    street = [index[plain] for number in network.name[rows].tolist() for plain in of_name[number]]
    return (
        tuple(names[plain] for plain in sorted(names)), known_as,
        np.asarray(street, dtype=np.int64), np.repeat(rows, count),
    )  # fmt: skip


def _from_its_start(coords: Floats, seat: shapely.Point | None) -> tuple[Floats, str]:
    """The line from where its chainage starts, and the code of that start."""
    closed = len(coords) > 3 and bool((coords[0] == coords[-1]).all())
    corners = coords[:-1] if closed else coords[[0, -1]]
    wide, high = np.ptp(corners, axis=0)
    upright = not closed and high > wide
    first = int(np.lexsort((corners[:, 1 - upright], corners[:, int(upright)]))[0])
    code = WEST_CORNER if closed else SOUTH_END if upright else WEST_END
    if seat is not None:
        far = np.round(
            np.hypot(corners[:, 0] - seat.x, corners[:, 1] - seat.y)
        )  # to the metre: no hair decides
        if np.count_nonzero(far == far.min()) == 1:
            first, code = int(far.argmin()), SEAT_CORNER if closed else SEAT_END
    if not closed:
        return (coords if first == 0 else coords[::-1]), code
    ring = np.concatenate([corners[first:], corners[: first + 1]])
    return (ring if shapely.is_ccw(shapely.linearrings(ring)) else ring[::-1]), code


def _with_particulars(
    network: Network,
    pieces: tuple[tuple[str, ...], dict[str, int], Ints, Ints],
    made: tuple[list[Floats], list[int], list[str]],
) -> NamedStreets:
    names, known_as, street, row = pieces
    shapes, owner, starts = made
    count = len(shapes)
    line_street = np.asarray(owner, dtype=np.int64)
    first = np.searchsorted(line_street, np.arange(len(names) + 1))
    coords = np.concatenate(shapes) if shapes else np.zeros((0, 2))
    coord_start = np.concatenate([[0], np.cumsum([len(each) for each in shapes])]).astype(np.int64)
    lines = linestrings(coords, np.repeat(np.arange(count), np.diff(coord_start)))
    halfway = np.asarray(shapely.line_interpolate_point(network.lines[row], 0.5, normalized=True))
    line, _ = nearest_own(lines, first, street, halfway)
    by_class = np.bincount(
        line * len(CLASSES) + network.klass[row], network.length_m[row], minlength=count * len(CLASSES)
    )
    width_m = np.full(count, np.nan)
    np.fmax.at(width_m, line, network.width_m[row].astype(np.float64))
    nodes = nodes_on(network, (names, street, row), (lines, first))
    length_m = polyline_lengths(coords, coord_start)
    return NamedStreets(
        crs=network.crs, names=names, known_as=known_as, street=line_street,
        number=np.arange(count) - first[line_street] + 1, coords=coords, coord_start=coord_start,
        closed=np.asarray([len(each) > 3 and bool((each[0] == each[-1]).all()) for each in shapes], dtype=bool),
        starts=np.asarray(starts, dtype=object), klass=by_class.reshape(count, len(CLASSES)).argmax(axis=1),
        width_m=width_m, drawn_m=np.asarray(np.bincount(line, network.length_m[row], count), dtype=np.float64),
        first_met=met_at(nodes, nodes.at_m <= AT_END_M, count),
        last_met=met_at(nodes, nodes.at_m >= length_m[nodes.line] - AT_END_M, count),
        marks=marks_of(nodes), unnamed_m=float(network.length_m[network.name == 0].sum()),
    )  # fmt: skip
