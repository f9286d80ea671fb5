"""The drivable street network as arrays in metres: kept, loaded and asked where things lie on it.

A *street* here is one centre-line between two *nodes*: it starts and ends where streets meet, where a way
ends, or where its class, name or one-way rule changes. Chainage is measured in metres along a street from
its first node ``u``. Streets are undirected rows with a one-way rule; each centre-line counts once.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo.geometries import linestrings
from geo.limits import LIMITS
from geo.nearest import nearest_street

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

FORMAT = 4
"""Version of the kept form; a file of another version is built again from its source."""

SIGNAL, LEVEL_CROSSING = 1, 2
"""What a node may be, as flags of ``node_kind``: traffic signals, a crossing with a railway on one level."""

CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "road",
    "busway", "service", "pedestrian", "emergency", "track",
)  # fmt: skip
"""Street classes a network may hold, in OpenStreetMap's words (``emergency``: by ``emergency=yes``)."""


MOST_OPENED = 16
"""So many choices of opened streets are kept of one network."""


@dataclass(frozen=True)
class RoadSource:
    """Where a network came from; travels with it into every export."""

    name: str
    licence: str = ""
    attribution: str = ""
    data_date: str = ""
    schematic: bool = False
    digest: str = ""
    """SHA-256 of the source file, by which a kept form is known to be stale."""
    notes: tuple[str, ...] = ()

    @property
    def from_osm(self) -> bool:
        """Whether the Open Database Licence applies to what is derived from it."""
        return "ODbL" in self.licence


@dataclass(frozen=True, eq=False)
class Network:
    """Streets and nodes of one county in one projected CRS (metres). Never changed after it is made.

    ``n`` nodes, ``m`` streets. ``oneway`` is 0 for both ways, 1 for ``u`` to ``v`` only, -1 for ``v`` to
    ``u`` only. ``owns_ground`` is False for motorways, ramps, bridges and tunnels: they are driven on, but no
    ground belongs to them and no site stands on them. ``never_against`` marks motorways, ramps and
    roundabouts, which no policy opens against their direction. ``way_id`` and ``part`` name the street
    (``way_id`` 0: none). Coordinates of all streets stand in one ragged array: street ``i`` is
    ``coords[coord_start[i]:coord_start[i + 1]]``.
    """

    crs: str
    source: RoadSource
    nodes: Floats
    """(n, 2) x east, y north."""
    node_kind: NDArray[np.uint8]
    """(n,) :data:`SIGNAL` and :data:`LEVEL_CROSSING` added up; 0 for a node that is neither. Streets end where
    a node has one, so a signal some metres before a junction is a node of two streets."""
    u: Ints
    v: Ints
    length_m: Floats
    klass: NDArray[np.int16]
    """Index into :data:`CLASSES`."""
    name: Ints
    """Index into ``names``; ``names[0]`` is the empty name."""
    names: tuple[str, ...]
    oneway: NDArray[np.int8]
    owns_ground: Flags
    never_against: Flags
    class_guessed: Flags
    way_id: Ints
    part: NDArray[np.int32]
    opens: NDArray[np.int16]
    """Year in which a planned street opens; 0 for a street that is open now."""
    width_m: Singles
    """Clear width as stated; NaN where nothing states it, here and below."""
    max_height_m: Singles
    """Height under a bar, bridge or tunnel roof."""
    max_weight_t: Singles
    """Gross weight that is let through."""
    coords: Floats
    """(k, 2) x east, y north."""
    coord_start: Ints

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def n_streets(self) -> int:
        """Number of streets."""
        return len(self.u)

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """(m,) LineStrings in the network's CRS."""
        which = np.repeat(np.arange(self.n_streets), np.diff(self.coord_start))
        return linestrings(self.coords, which)

    @cached_property
    def street_boxes(self) -> Floats:
        """(m, 4) west, south, east, north of every street."""
        starts = self.coord_start[:-1]
        low, high = np.minimum.reduceat(self.coords, starts), np.maximum.reduceat(self.coords, starts)
        return np.concatenate([low, high], axis=1)

    @cached_property
    def _ground_streets(self) -> Ints:
        return np.flatnonzero(self.owns_ground)

    @cached_property
    def _ground_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines[self._ground_streets])

    def ground_streets_in(self, area: shapely.Geometry) -> Ints:
        """Rows of the streets that own ground and whose box meets the box of ``area``, in ascending order."""
        return np.sort(self._ground_streets[self._ground_tree.query(area)])

    def ground_streets_near(self, areas: NDArray[np.object_]) -> tuple[Ints, Ints]:
        """The same for many areas at once: rows of areas and of streets, in ascending order of both."""
        area, found = self._ground_tree.query(areas)
        street = self._ground_streets[found]
        order = np.lexsort((street, area))
        return area[order], street[order]

    def street_ids(self, which: Ints | None = None) -> list[str]:
        """Names of streets as text, ``<way>-<part>``; by row where the source gave no id."""
        rows = np.arange(self.n_streets) if which is None else np.asarray(which)
        return [
            f"{way}-{part}" if way else f"row-{row}"
            for row, way, part in np.column_stack([rows, self.way_id[rows], self.part[rows]]).tolist()
        ]

    def street_names(self, which: Ints | None = None) -> list[str]:
        """Street names (empty where the source has none)."""
        index = self.name if which is None else self.name[which]
        return [self.names[i] for i in index.tolist()]

    @cached_property
    def strong_part(self) -> Ints:
        """(n,) number of the strongly connected part of each node, one-way streets obeyed."""
        if self.n_nodes == 0:
            return np.zeros(0, dtype=np.int64)
        ahead, back = self.oneway >= 0, self.oneway <= 0
        tail = np.concatenate([self.u[ahead], self.v[back]])
        head = np.concatenate([self.v[ahead], self.u[back]])
        ones = np.ones(len(tail), dtype=np.int64)
        graph = csr_matrix((ones, (tail, head)), shape=(self.n_nodes, self.n_nodes))
        return np.asarray(connected_components(graph, directed=True, connection="strong")[1], dtype=np.int64)

    @cached_property
    def part_share(self) -> Floats:
        """Share of all street length that lies inside each strongly connected part (both ends in it)."""
        inside = self.strong_part[self.u] == self.strong_part[self.v]
        count = int(self.strong_part.max(initial=-1)) + 1
        length = np.bincount(self.strong_part[self.u[inside]], weights=self.length_m[inside], minlength=count)
        total = float(self.length_m.sum())
        return np.asarray(length / total if total > 0 else length, dtype=np.float64)

    def nearest(self, points: NDArray[np.object_], among: Flags | None = None) -> tuple[Ints, Floats, Floats]:
        """The nearest street point of each point, among streets that own ground.

        ``points`` are shapely points in the network's CRS; ``among`` narrows the streets, (m,) flags. Returns
        street rows (-1 where there is none), chainage in metres and distance in metres (NaN where none). At
        equal distances the lower street row wins.
        """
        return nearest_street(
            np.asarray(points, dtype=object), self.lines, self._ground_streets, self._ground_tree, among
        )

    def along(self, street: Ints, chainage_m: Floats) -> NDArray[np.object_]:
        """Points at the given chainages of the given streets."""
        return np.asarray(shapely.line_interpolate_point(self.lines[street], chainage_m), dtype=object)

    @cached_property
    def _opened(self) -> dict[tuple[int, bytes], Network]:
        return {}

    def opened(self, year: int, also: Ints | None = None) -> Network:
        """The streets that are open by the end of ``year``; with 0, those that are open now. ``also``: rows of streets
        that are open whatever their year.

        Nodes of planned streets alone are left out with them, and nodes and streets are numbered anew in the
        same order; ids stay. A node where a planned street is to join stays a node. The result is this network
        itself where every street is open by then, and the same object for all years with the same streets.
        """
        keep = self.opens <= year
        latest, further = int(self.opens[keep].max(initial=0)), np.zeros(0, dtype=np.int64)
        if also is not None:
            further = np.unique(also[~keep[also]])
            keep[further] = True
        if keep.all():
            return self
        key = latest, further.tobytes()
        if key not in self._opened:
            while len(self._opened) >= MOST_OPENED:
                del self._opened[next(iter(self._opened))]
            self._opened[key] = self._streets_only(keep)
        return self._opened[key]

    def _streets_only(self, keep: Flags) -> Network:
        used = np.unique(np.concatenate([self.u[keep], self.v[keep]]))
        count = np.diff(self.coord_start)
        arrays = {key: getattr(self, key)[keep] for key, (_, rows, _) in _ARRAYS.items() if rows == "m"}
        arrays |= {"u": np.searchsorted(used, arrays["u"]), "v": np.searchsorted(used, arrays["v"])}
        return replace(
            self,
            nodes=self.nodes[used],
            node_kind=self.node_kind[used],
            coords=self.coords[np.repeat(keep, count)],
            coord_start=np.concatenate([[0], np.cumsum(count[keep])]),
            **arrays,
        )

    def save(self, path: Path) -> None:
        """Write the kept form, whole or not at all: a NumPy archive of what the network is about, as JSON, and of
        the bytes of all its arrays one after another, which are read far quicker than each by itself.

        Raises ``ValueError`` where an array is not of its type or size.
        """
        sizes = {"n": len(self.nodes), "m": len(self.u), "k": len(self.coords)}
        data = np.zeros(_layout(sizes)[1], dtype=np.uint8)
        for key, place in _places(sizes, data).items():
            array = getattr(self, key)
            if array.dtype != place.dtype or array.shape != place.shape:
                raise ValueError(f"{key} is {array.dtype}{array.shape}, not {place.dtype}{place.shape}")
            place[...] = array
        about = {
            "format": FORMAT,
            "crs": self.crs,
            "names": self.names,
            "source": asdict(self.source),
            **sizes,
        }
        text = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".tmp")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, about=text, data=data)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a kept form.

        Raises ``ValueError`` naming the file where it is of another version, is not a kept form, or its
        numbers do not fit together; ``OSError`` where it cannot be read.
        """
        try:
            # Opened here: NumPy leaves a file it cannot read open.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                about = json.loads(archive["about"].tobytes().decode())
                if about["format"] != FORMAT:
                    raise ValueError(f"kept form {about['format']}, this program reads {FORMAT}")
                arrays = _places({size: about[size] for size in "nmk"}, archive["data"])
            source = RoadSource(**(about["source"] | {"notes": tuple(about["source"]["notes"])}))
            network = cls(crs=about["crs"], source=source, names=tuple(about["names"]), **arrays)
            network._check()
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, BadZipFile, zlib.error) as error:
            raise ValueError(f"{path.name} is not a kept network: {error}") from error
        return network

    def _check(self) -> None:
        """Raise ``ValueError`` where the arrays do not fit together."""
        upto = {
            "u": self.n_nodes,
            "v": self.n_nodes,
            "klass": len(CLASSES),
            "name": len(self.names),
            "oneway": 2,
            "node_kind": (SIGNAL | LEVEL_CROSSING) + 1,
            "opens": 10_000,
            **{key: 2 for key, (dtype, _, _) in _ARRAYS.items() if dtype == "bool"},
        }
        for key, end in upto.items():
            array = getattr(self, key)
            array = array.view(np.uint8) if array.dtype == bool else array
            if len(array) and not (-(key == "oneway") <= array.min() and array.max() < end):
                raise ValueError(f"{key} holds what is not in its list")
        for key in LIMITS:
            array = getattr(self, key)
            if not (np.isnan(array) | ((array > 0) & np.isfinite(array))).all():
                raise ValueError(f"{key} holds what is no limit")
        start = self.coord_start
        if start[0] != 0 or start[-1] != len(self.coords) or (np.diff(start) < 2).any():
            raise ValueError("the streets do not share out the coordinates")
        if not (np.isfinite(self.nodes).all() and np.isfinite(self.coords).all()):
            raise ValueError("a coordinate is not a number")
        drawn_m = polyline_lengths(self.coords, start)
        if not (np.abs(self.length_m - drawn_m) <= 1e-6 + 1e-5 * drawn_m).all():
            raise ValueError("a length is not that of its line")

    def with_source(self, **changes: Any) -> Network:
        """The same streets with other facts about where they came from."""
        return replace(self, source=replace(self.source, **changes))


def polyline_lengths(coords: Floats, start: Ints) -> Floats:
    """Lengths of ragged polylines (each of at least two points) in the unit of their coordinates."""
    if len(start) < 2:
        return np.zeros(0)
    step = np.zeros(len(coords))
    move = coords[1:] - coords[:-1]
    move *= move
    np.sqrt(np.add(move[:, 0], move[:, 1], out=step[:-1]), out=step[:-1])
    step[start[1:] - 1] = 0.0
    return np.asarray(np.add.reduceat(step, start[:-1]), dtype=np.float64)


_ARRAYS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "nodes": ("float64", "n", (2,)),
    "node_kind": ("uint8", "n", ()),
    "u": ("int64", "m", ()),
    "v": ("int64", "m", ()),
    "length_m": ("float64", "m", ()),
    "klass": ("int16", "m", ()),
    "name": ("int64", "m", ()),
    "oneway": ("int8", "m", ()),
    "owns_ground": ("bool", "m", ()),
    "never_against": ("bool", "m", ()),
    "class_guessed": ("bool", "m", ()),
    "way_id": ("int64", "m", ()),
    "part": ("int32", "m", ()),
    "opens": ("int16", "m", ()),
    **dict.fromkeys(LIMITS, ("float32", "m", ())),
    "coords": ("float64", "k", (2,)),
    "coord_start": ("int64", "m+1", ()),
}
"""Type, rows (nodes, streets, coordinates) and columns of each array of the kept form."""


def _layout(sizes: dict[str, int]) -> tuple[dict[str, tuple[str, tuple[int, ...], int]], int]:
    """Type, shape and first byte of each array of the kept form, and the end of all; each begins at a multiple of 8."""
    layout, end = {}, 0
    for key, (dtype, rows, columns) in _ARRAYS.items():
        shape = (sizes["m"] + 1 if rows == "m+1" else sizes[rows], *columns)
        layout[key] = (dtype, shape, end)
        end += -(-np.dtype(dtype).itemsize * math.prod(shape) // 8) * 8
    return layout, end


def _places(sizes: dict[str, int], data: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """Every array where it stands in the bytes of the kept form; raises ``ValueError`` where these are not as many."""
    layout, end = _layout(sizes)
    if min(sizes.values()) < 0 or data.dtype != np.uint8 or data.shape != (end,):
        raise ValueError("the arrays have not the stated size")
    return {key: np.ndarray(shape, dtype, data, start) for key, (dtype, shape, start) in layout.items()}
