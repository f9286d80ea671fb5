"""Ways as OpenStreetMap tags them, made into streets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.junctions import streets_of_ways
from geo.limits import LIMITS, limits, tagged_limits
from geo.network import LEVEL_CROSSING, SIGNAL
from geo.streets import CLASS_NUMBER, OFF_LIMITS, Traits, make_network, name_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.limits import Limits
    from geo.network import Network, RoadSource

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_FORWARD = frozenset({"yes", "true", "1", "F"})
_BACKWARD = frozenset({"-1", "reverse", "T"})


def network_of_ways(
    crs: str,
    source: RoadSource,
    traits: Traits,
    ways: tuple[Ints, Ints, Ints],
    xy: Floats,
    kind: NDArray[np.uint8],
    barriers: Limits | None = None,
) -> Network:
    """A network from ``ways``: vertex numbers, ragged by starts, and each one's row in ``traits``.

    ``xy``: places of the vertices in ``crs``; ``kind``: their flags of ``Network.node_kind``, and where one has
    any, streets end; ``barriers``: limits at the vertices, which hold for every street that passes or touches
    one. Ways that are driven against their order are turned round;
    streets are named by the first way on them and numbered along it.
    """
    vertex, start, row = ways
    vertex = _turned(vertex, start, traits.oneway[row] < 0)
    key = pd.DataFrame({
        "klass": traits.klass, "name": traits.name, "oneway": traits.oneway != 0, "owns": traits.owns_ground,
        "never": traits.never_against, **{name: getattr(traits.limits, name) for name in LIMITS},
    })  # fmt: skip
    alike = np.asarray(key.groupby(list(key), sort=False, dropna=False).ngroup(), dtype=np.int64)
    chains = streets_of_ways(vertex, start, alike[row], traits.oneway[row] != 0, kind > 0)
    way = row[chains.way]
    begins, ends = chains.vertex[chains.start[:-1]], chains.vertex[chains.start[1:] - 1]
    used, node = np.unique(np.concatenate([begins, ends]), return_inverse=True)
    u, v = node[: len(way)].astype(np.int64), node[len(way) :].astype(np.int64)
    ahead = replace(traits, oneway=np.abs(traits.oneway))
    # One way may stand in several rows (its parts in the file, its segments in a graph).
    part = np.asarray(pd.Series(traits.way_id[way]).groupby(traits.way_id[way]).cumcount()) + 1
    shape = (xy[chains.vertex], chains.start)
    ends_at = (xy[used], u, v)
    network = make_network(
        crs, source, ahead, ends=ends_at, way=way, part=part, shape=shape, node_kind=kind[used]
    )
    if barriers is None:
        return network
    least = traits.limits.of(way).with_least(barriers.of(chains.vertex), chains.start)
    return replace(network, **{name: getattr(least, name) for name in LIMITS})


def _turned(vertex: Ints, start: Ints, against: Flags) -> Ints:
    """Vertices with the ways that are driven against their order turned round."""
    length = np.diff(start)
    position = np.arange(len(vertex))
    mirrored = np.repeat(start[:-1] + start[1:] - 1, length) - position
    return np.asarray(vertex[np.where(np.repeat(against, length), mirrored, position)])


def osm_traits(
    ids: Sequence[int], tags: Sequence[dict[str, str]], reasons: Sequence[str]
) -> tuple[Traits, NDArray[np.int8]]:
    """Attributes of every way, and its direction by OSMnx's rules alone (which know no one-way motorway).

    ``tags`` holds every key of :data:`geo.osm_file.KEYS`, empty where the way has none; ``reasons`` are those
    of its filter.
    """
    kinds = [
        "emergency" if why == "emergency" else each["highway"]
        for each, why in zip(tags, reasons, strict=True)
    ]
    known = np.asarray([kind in CLASS_NUMBER for kind in kinds], dtype=bool)
    name, names = name_index(each["name"].strip() for each in tags)
    osmnx = np.asarray([_direction(each) for each in tags], dtype=np.int8)
    implied = [each["highway"] == "motorway" or each["junction"] == "circular" for each in tags]
    untagged = [each["oneway"] == "" for each in tags]
    round_ = [each["junction"] in {"roundabout", "circular"} for each in tags]
    off_limits = np.asarray([t["highway"] in OFF_LIMITS or t["motorroad"] == "yes" for t in tags], dtype=bool)
    structure = [t["bridge"] not in {"", "no"} or t["tunnel"] not in {"", "no"} for t in tags]
    traits = Traits(
        klass=np.asarray(
            [CLASS_NUMBER.get(kind, CLASS_NUMBER["unclassified"]) for kind in kinds], dtype=np.int16
        ),
        name=name,
        names=names,
        oneway=np.where(np.asarray(implied) & np.asarray(untagged), 1, osmnx).astype(np.int8),
        owns_ground=~(off_limits | np.asarray(structure, dtype=bool)),
        never_against=off_limits | np.asarray(round_, dtype=bool),
        class_guessed=~known | np.asarray([kind == "road" for kind in kinds], dtype=bool),
        way_id=np.asarray(ids, dtype=np.int64),
        opens=np.zeros(len(ids), dtype=np.int16),
        limits=limits([tagged_limits(each)[0] for each in tags]),
    )
    return traits, osmnx


def node_flags(tags: Mapping[str, str]) -> int:
    """Flags of ``Network.node_kind`` from the tags of a node on a street.

    ``highway=traffic_signals``, and ``railway=level_crossing`` or ``crossing`` (on a street the second, meant
    for people on foot, holds the engine up as well). Lights for people on foot alone and tram tracks do not
    count.
    """
    signal = SIGNAL if tags.get("highway") == "traffic_signals" else 0
    return signal | (LEVEL_CROSSING if tags.get("railway") in {"level_crossing", "crossing"} else 0)


def _direction(tags: dict[str, str]) -> int:
    if tags["oneway"] in _BACKWARD:
        return -1
    return 1 if tags["oneway"] in _FORWARD or tags["junction"] == "roundabout" else 0
