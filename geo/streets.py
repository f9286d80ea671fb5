"""What the ways of a street network have in common with its streets: class, name, direction, ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.limits import LIMITS
from geo.network import CLASSES, Network, RoadSource, polyline_lengths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo.limits import Limits

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

CLASS_NUMBER = {name: number for number, name in enumerate(CLASSES)}
"""Number of each street class in :data:`geo.network.CLASSES`."""

RAMPS = frozenset({"motorway_link", "trunk_link"})
"""Ramps. A trunk link is one as well: in Chinese cities the trunk roads with links are elevated or sunken
expressways. Where it is an ordinary slip lane instead, the ground beside it goes to the street it serves,
which is the careful reading: nothing is called reached from a place where an engine cannot stop."""

OFF_LIMITS = frozenset({"motorway"}) | RAMPS
"""Classes that own no ground, take no site and are never driven against their direction."""

NOT_DRIVABLE = frozenset({
    "abandoned", "bridleway", "bus_guideway", "construction", "corridor", "cycleway", "elevator", "escalator",
    "footway", "no", "path", "planned", "platform", "proposed", "raceway", "razed", "rest_area", "services",
    "steps",
})  # fmt: skip
"""Values of ``highway`` on which no engine drives, or which are not there (yet)."""

_FORWARD = frozenset({"1", "1.0", "yes", "true", "f", "ft", "y", "单行", "单向", "正向"})
_BACKWARD = frozenset({"-1", "-1.0", "reverse", "t", "tf", "反向", "逆向"})
_BOTH = frozenset({
    "", "0", "0.0", "no", "false", "b", "both", "none", "nan", "<na>", "reversible", "alternating", "双向",
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Traits:
    """Attributes of ``w`` ways or drawn lines, in arrays of the kinds :class:`~geo.network.Network` has."""

    klass: NDArray[np.int16]
    name: Ints
    names: tuple[str, ...]
    oneway: NDArray[np.int8]
    owns_ground: Flags
    never_against: Flags
    class_guessed: Flags
    way_id: Ints
    opens: NDArray[np.int16]
    limits: Limits


def direction(value: object) -> int | None:
    """0 both ways, 1 as drawn, -1 against, from 0/1/-1, B/F/T, B/FT/TF, yes/no/true/reverse, 双向/单行/反向.

    ``None`` for what is no such value; a lone ``N`` is none: it means *no* in some files, *north* in others.
    """
    text = str(value).strip().lower() if value is not None else ""
    if text in _BOTH:
        return 0
    if text in _FORWARD:
        return 1
    return -1 if text in _BACKWARD else None


def name_index(names: Iterable[str]) -> tuple[Ints, tuple[str, ...]]:
    """Each name's number in the list of different names, whose first is the empty one."""
    number = {"": 0}
    index = np.asarray([number.setdefault(name, len(number)) for name in names], dtype=np.int64)
    return index, tuple(number)


def class_flags(classes: Sequence[str], structure: Flags, roundabout: Flags) -> tuple[Flags, Flags]:
    """``owns_ground`` and ``never_against`` from class names, bridge-or-tunnel and roundabout flags."""
    off_limits = np.asarray([each in OFF_LIMITS for each in classes], dtype=bool)
    return ~(off_limits | structure), off_limits | roundabout


def make_network(
    crs: str,
    source: RoadSource,
    traits: Traits,
    *,
    ends: tuple[Floats, Ints, Ints],
    way: Ints,
    part: Ints,
    shape: tuple[Floats, Ints],
    node_kind: NDArray[np.uint8] | None = None,
) -> Network:
    """A network from ``ends`` (nodes, u, v), ``way`` rows of ``traits`` and ``shape`` (coords, start).

    ``node_kind``: flags of the nodes; without it no node is a signal or a level crossing.
    """
    nodes, u, v = ends
    coords, start = shape
    used, name = np.unique(np.concatenate([[0], traits.name[way]]), return_inverse=True)
    return Network(
        crs=crs,
        source=source,
        nodes=nodes,
        node_kind=np.zeros(len(nodes), dtype=np.uint8) if node_kind is None else node_kind,
        u=u,
        v=v,
        length_m=polyline_lengths(coords, start),
        klass=traits.klass[way],
        name=name[1:].astype(np.int64),
        names=tuple(traits.names[i] for i in used.tolist()),
        oneway=traits.oneway[way],
        owns_ground=traits.owns_ground[way],
        never_against=traits.never_against[way],
        class_guessed=traits.class_guessed[way],
        way_id=traits.way_id[way],
        part=part.astype(np.int32),
        opens=traits.opens[way],
        **{key: getattr(traits.limits, key)[way] for key in LIMITS},
        coords=coords,
        coord_start=start,
    )
