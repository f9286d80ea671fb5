"""What passing a junction costs, by where one comes from and where one goes.

Traffic keeps to the right, so a left turn crosses the other side. The defaults are this project's own
assumptions, to be calibrated; all are zero unless a scenario asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.network import LEVEL_CROSSING, SIGNAL

if TYPE_CHECKING:
    from analysis.drive import DriveModel, Pieces
    from geo.network import Floats, Ints, Network

STRAIGHT_DEG = 45.0
"""A change of heading up to this is straight on."""

U_TURN_DEG = 150.0
"""A change of heading from this on is a U-turn, as is driving back into the street one came from."""


def _headings(network: Network, pieces: Pieces) -> tuple[Floats, Floats]:
    """Heading in degrees (counter-clockwise from east) at the start and at the end of every direction.

    Directions count as in :mod:`analysis.drive`: ``2 i`` along piece ``i``, ``2 i + 1`` back. A piece that a
    closure cuts off keeps the headings of its whole street: nobody turns at a cut.
    """
    first, last = network.coord_start[:-1], network.coord_start[1:] - 1
    start = network.coords[first + 1] - network.coords[first]
    end = network.coords[last] - network.coords[last - 1]
    leaving = np.degrees(np.arctan2(start[:, 1], start[:, 0]))[pieces.street]
    arriving = np.degrees(np.arctan2(end[:, 1], end[:, 0]))[pieces.street]
    starts = np.stack([leaving, arriving + 180.0], axis=1).reshape(-1)
    ends = np.stack([arriving, leaving + 180.0], axis=1).reshape(-1)
    return starts, ends


def turn_seconds(network: Network, model: DriveModel, pieces: Pieces, come: Ints, go: Ints) -> Floats:
    """Seconds lost between the direction one comes in and the direction one goes out by, (k,).

    The junction itself (three streets or more), the turn by its change of heading, a signal when going straight
    on (also where it stands some metres before the junction, between two streets), a level crossing. Turning back
    into the street one came from is a U-turn. Nothing is lost at a cut.
    """
    starts, ends = _headings(network, pieces)
    change = (starts[go] - ends[come] + 180.0) % 360.0 - 180.0
    node = np.where(go % 2 == 0, pieces.a[go // 2], pieces.b[go // 2])
    streets_here = np.bincount(np.concatenate([network.u, network.v]), minlength=pieces.n_nodes)
    kind = np.zeros(pieces.n_nodes, dtype=np.uint8)
    kind[: network.n_nodes] = network.node_kind
    junction = streets_here[node] >= 3
    back = (come ^ 1 == go) | ((np.abs(change) >= U_TURN_DEG) & (node < network.n_nodes))
    left = ~back & (change > STRAIGHT_DEG) & junction
    right = ~back & (change < -STRAIGHT_DEG) & junction
    # Without a junction (a light or a railway on the open road) one can only go on, however the road bends.
    straight = ~(back | left | right)
    signal = (kind[node] & SIGNAL) > 0
    crossing = (kind[node] & LEVEL_CROSSING) > 0
    seconds = np.where(junction, model.junction_s, 0.0)
    seconds = seconds + np.where(left, model.left_turn_s, 0.0) + np.where(right, model.right_turn_s, 0.0)
    seconds = seconds + np.where(straight & signal, model.signal_s, 0.0) + np.where(back, model.u_turn_s, 0.0)
    return np.asarray(seconds + np.where(crossing, model.level_crossing_s, 0.0))
