"""Crossings and the ends of bridges and tunnels on the lines of named streets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.named_roads import ONE_CROSSING_M
from geo.streets import CLASS_NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.network import Flags, Floats, Ints, Network

CROSSING, STRUCTURE = "crossing", "structure"
"""What stands on a street: a crossing; the end of a bridge or tunnel (the network does not tell them apart)."""
NO_CROSSING_CLASSES = ("service", "track", "pedestrian", "emergency")
"""Ways of these classes make no crossing: yards, fields and footways, not streets [own]."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Crossings and ends of bridges and tunnels, by line and chainage: ``line``, ``at_m``, ``kind``, ``meets`` (the
    names of the streets met there, joined by commas)."""

    line: Ints
    at_m: Floats
    kind: NDArray[np.object_]
    meets: NDArray[np.object_]


def nearest_own(
    lines: NDArray[np.object_], first: Ints, street: Ints, points: NDArray[np.object_]
) -> tuple[Ints, Floats]:
    """The nearest line of its own street to each point, and the chainage there. ``first``: first line of each."""
    count = first[street + 1] - first[street]
    who = np.repeat(np.arange(len(street)), count)
    line = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count) + first[street[who]]
    order = np.lexsort((line, shapely.distance(points[who], lines[line]), who))
    nearest = line[order[np.append(True, who[order][1:] != who[order][:-1])[: len(who)]]]
    return nearest, np.asarray(shapely.line_locate_point(lines[nearest], points), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of the network on the lines, by line and chainage, with what makes them a crossing or a bridge's end."""

    line: Ints
    at_m: Floats
    ends: Ints
    """How many streets end there, those that make no crossing left out."""
    structure_end: Flags
    meets: NDArray[np.object_]


def nodes_on(
    network: Network, pieces: tuple[tuple[str, ...], Ints, Ints], own: tuple[NDArray[np.object_], Ints]
) -> Nodes:
    """Nodes at the ends of ``pieces`` (street names, street, row of network) on the nearest line of their own street.

    ``own``: the lines, by street, and the first line of each street."""
    names, street, row = pieces
    small = np.isin(network.klass, [CLASS_NUMBER[each] for each in NO_CROSSING_CLASSES])
    ends = np.bincount(np.concatenate([network.u[~small], network.v[~small]]), minlength=network.n_nodes)
    both = np.concatenate([network.u[row], network.v[row]])
    key = np.tile(street, 2) * network.n_nodes + both
    pair, which = np.unique(key, return_inverse=True)
    structure = np.tile(~network.owns_ground[row], 2)
    on_one = np.bincount(which, structure) > 0
    off_one = np.bincount(which, ~structure) > 0
    of, node = pair // max(network.n_nodes, 1), pair % max(network.n_nodes, 1)
    met: dict[int, list[int]] = defaultdict(list)
    for each, here in zip(of.tolist(), node.tolist(), strict=True):
        met[here].append(each)
    meets = np.empty(len(pair), dtype=object)
    meets[:] = [
        ",".join(names[other] for other in met[here] if other != each)
        for each, here in zip(of.tolist(), node.tolist(), strict=True)
    ]
    line, at = nearest_own(*own, of, np.asarray(shapely.points(network.nodes[node]), dtype=object))
    order = np.lexsort((node, at, line))
    return Nodes(line[order], at[order], ends[node][order], (on_one & off_one)[order], meets[order])


def met_at(nodes: Nodes, near: Flags, count: int) -> NDArray[np.object_]:
    """Names of the streets met at some nodes of each of ``count`` lines, joined by commas; empty where none."""
    found = np.full(count, "", dtype=object)
    for line, meets in zip(nodes.line[near].tolist(), nodes.meets[near].tolist(), strict=True):
        told = [each for each in found[line].split(",") if each]
        found[line] = ",".join(dict.fromkeys([*told, *(each for each in meets.split(",") if each)]))
    return found


def marks_of(nodes: Nodes) -> Marks:
    """Crossings, those within 40 m of the first being one, at the node where most streets meet; and structure ends."""
    kept: list[tuple[int, float, str, str]] = []
    for kind, rows in ((CROSSING, nodes.ends >= 3), (STRUCTURE, nodes.structure_end)):
        group: list[int] = []
        for i in [*np.flatnonzero(rows).tolist(), -1]:
            if group and (
                i < 0
                or nodes.line[i] != nodes.line[group[0]]
                or kind == STRUCTURE
                or nodes.at_m[i] - nodes.at_m[group[0]] > ONE_CROSSING_M
            ):
                best = max(group, key=lambda each: int(nodes.ends[each]))
                said = dict.fromkeys(name for each in group for name in nodes.meets[each].split(",") if name)
                kept.append((int(nodes.line[best]), float(nodes.at_m[best]), kind, ",".join(said)))
                group = []
            group.append(i)
    kept.sort(key=lambda each: each[:3])
    line, at, kinds, meets = zip(*kept, strict=True) if kept else ((), (), (), ())
    return Marks(
        np.asarray(line, dtype=np.int64), np.asarray(at, dtype=np.float64),
        np.asarray(kinds, dtype=object), np.asarray(meets, dtype=object),
    )  # fmt: skip
