"""The way back: the drive turned round, so that a search from a place finds the times *to* it.

One-way streets and turns make the way to a water crane another than the way from it. Driven backwards, every piece
takes the seconds of its other direction and every turn costs what the turn it stands for costs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.drive import least_arcs

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from analysis.arrival import ArrivalField
    from analysis.drive import Drive


def way_back(field: ArrivalField) -> ArrivalField:
    """The field whose times are those to its sites from every street point, instead of from them.

    Everything that reads a field reads it alike; what is called turnout is added at the end of the way.
    """
    return replace(field, drive=reversed_drive(field.drive))


@lru_cache(maxsize=4)
def reversed_drive(drive: Drive) -> Drive:
    """The same pieces and gates, each piece driven from its last node in the seconds it takes from its first."""
    by_node = np.array_equal(drive.node_gate, np.arange(drive.pieces.n_nodes))
    graph = drive.graph.T.tocsr() if by_node else _directions_reversed(drive)
    return replace(drive, ahead_s=drive.back_s, back_s=drive.ahead_s, graph=graph)


def _directions_reversed(drive: Drive) -> csr_matrix:
    """The graph of directions (``2 i`` along piece ``i``, ``2 i + 1`` back) turned round.

    Who comes by ``d`` and goes by ``e`` comes, backwards, by the other direction of ``e`` and goes by that of ``d``,
    with the same turn between them. A node's own gate is led to without a turn here too.
    """
    pieces, directions = drive.pieces, 2 * len(drive.pieces.street)
    seconds = np.stack([drive.ahead_s, drive.back_s], axis=1).reshape(-1)
    arcs = drive.graph.tocoo()
    turn = arcs.col < directions
    come, go = arcs.row[turn], arcs.col[turn]
    turn_s = arcs.data[turn] - seconds[come]
    backwards_s = seconds[np.arange(directions) ^ 1]
    driven = np.flatnonzero(np.isfinite(backwards_s))
    end = np.stack([pieces.b, pieces.a], axis=1).reshape(-1)[driven]
    return least_arcs(
        np.concatenate([go ^ 1, driven]),
        np.concatenate([come ^ 1, drive.node_gate[end]]),
        np.concatenate([seconds[go] + turn_s, backwards_s[driven]]),
        drive.n_gates,
    )
