"""Real networks for the benchmarks, small to very large, and the same stations for every competitor."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from analysis.arrival import Sites, streets_that_take_sites
from analysis.standards import SMALL_PART_SHARE
from geo.network import CLASSES, Network
from geo.osm import network_from_osm

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAP_M = 500.0
"""Free ground between two copies of a network that stand side by side."""


@dataclass(frozen=True)
class Case:
    """A network of the benchmarks: an OpenStreetMap file, and how many copies of it in rows of how many."""

    name: str
    file: str
    copies: int = 1
    in_a_row: int = 1

    @property
    def words(self) -> str:
        """The case in words."""
        times = "" if self.copies == 1 else f", {self.copies} copies, neighbours joined by one street"
        return f"{self.name}: {Path(self.file).name}{times}"


CASES = (
    Case("small", "lauf/lauf-200115.osm.pbf"),
    Case("large", "malta/malta-latest.osm.pbf", 2, 2),
    Case("very_large", "malta/malta-latest.osm.pbf", 20, 5),
)


def data_folder() -> Path:
    """Folder of real data sets: ``TEST_DATA``, else ``../shared/data`` beside the checkout."""
    named = os.environ.get("TEST_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"


def network_of(case: Case) -> Network:
    """The drivable streets of a case, by the classes that OSMnx calls *drive*."""
    network = network_from_osm(data_folder() / case.file, classes="osmnx-drive").network
    return network if case.copies == 1 else side_by_side(network, case.copies, case.in_a_row)


def side_by_side(network: Network, copies: int, in_a_row: int) -> Network:
    """Copies of a network in rows, each joined by one residential street to the next in its row and column.

    Without the joints no copy would hold the share of street length from which on a part takes stations.
    """
    west, south = network.coords.min(axis=0)
    east, north = network.coords.max(axis=0)
    step = np.array([east - west, north - south]) + GAP_M
    shift = np.array([[i % in_a_row, i // in_a_row] for i in range(copies)]) * step
    n, k = network.n_nodes, len(network.coords)
    every: dict[str, Any] = {
        name: np.concatenate([getattr(network, name)] * copies)
        for name in network.__dataclass_fields__
        if isinstance(getattr(network, name), np.ndarray)
    }
    every["nodes"] = np.concatenate([network.nodes + each for each in shift])
    every["coords"] = np.concatenate([network.coords + each for each in shift])
    for name, size in (("u", n), ("v", n)):
        every[name] = np.concatenate([getattr(network, name) + i * size for i in range(copies)])
    starts = [network.coord_start[:-1] + i * k for i in range(copies)]
    every["coord_start"] = np.concatenate([*starts, [copies * k]])
    return _joined(replace(network, **every), _joints(network, copies, in_a_row))


def _joints(network: Network, copies: int, in_a_row: int) -> NDArray[np.int64]:
    """(j, 2) nodes to be joined: the outermost nodes of the largest strongly connected part of neighbours."""
    main = np.flatnonzero(network.strong_part == np.argmax(network.part_share))
    x, y = network.nodes[main].T
    n = network.n_nodes
    ends = {1: (main[np.argmax(x)], main[np.argmin(x)]), in_a_row: (main[np.argmax(y)], main[np.argmin(y)])}
    return np.array(
        [
            (i * n + first, (i + hop) * n + last)
            for hop, (first, last) in ends.items()
            for i in range(copies - hop)
            if hop != 1 or (i + 1) % in_a_row
        ]
    )


def _joined(network: Network, joints: NDArray[np.int64]) -> Network:
    """The network with straight two-way streets between pairs of nodes behind its own."""
    count = len(joints)
    coords = network.nodes[joints]
    fixed = {
        "u": joints[:, 0],
        "v": joints[:, 1],
        "length_m": np.hypot(*(coords[:, 1] - coords[:, 0]).T),
        "klass": np.full(count, CLASSES.index("residential")),
        "owns_ground": np.ones(count),
        "coords": coords.reshape(-1, 2),
        "coord_start": len(network.coords) + 2 * np.arange(1, count + 1),
    }
    of_streets = [name for name, value in vars(network).items() if _per_street(value, network)]
    # Nothing is stated of the joints: not a number where numbers may be missing, else zero.
    blank = {
        name: np.full(count, np.nan if getattr(network, name).dtype.kind == "f" else 0) for name in of_streets
    }
    changes: dict[str, Any] = {
        name: np.concatenate([getattr(network, name), value]).astype(getattr(network, name).dtype)
        for name, value in (blank | fixed).items()
    }
    return replace(network, **changes)


def _per_street(value: object, network: Network) -> bool:
    return isinstance(value, np.ndarray) and value.shape == (network.n_streets,)


def stations(network: Network, count: int, seed: int = 7) -> NDArray[np.object_]:
    """``count`` places within 60 m of a street of the largest strongly connected part, drawn by length of street;
    (count,) points. Being in that part, they stand on the same streets in any number of copies."""
    random = np.random.default_rng(seed)
    part = network.strong_part
    main = (part[network.u] == np.argmax(network.part_share)) & (part[network.u] == part[network.v])
    good = np.flatnonzero(main & network.owns_ground)
    weight = network.length_m[good] / network.length_m[good].sum()
    street = random.choice(good, size=count, p=weight)
    on = shapely.line_interpolate_point(network.lines[street], random.random(count), normalized=True)
    off = random.uniform(-42.0, 42.0, size=(count, 2))
    return np.asarray(shapely.points(shapely.get_coordinates(on) + off), dtype=object)


def sites_of(network: Network, places: NDArray[np.object_], turnout_s: float = 60.0) -> Sites:
    """The stations snapped to the nearest point along a street that can be left and come back to."""
    among = streets_that_take_sites(network, SMALL_PART_SHARE)
    street, chainage, snap = network.nearest(places, among=among)
    count = len(places)
    return Sites(
        tuple(f"S{i:04d}" for i in range(count)),
        np.arange(count),
        np.ones(count, dtype=bool),
        street,
        chainage,
        snap,
        np.full(count, turnout_s),
    )


def directed_edges(network: Network) -> int:
    """Directions in which streets are driven, by their one-way rule."""
    return int((network.oneway >= 0).sum() + (network.oneway <= 0).sum())
