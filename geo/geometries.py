"""Many geometries at once, with Python's garbage collector at rest: it would look through them all again and again."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo.network import Floats, Ints


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No garbage collection meanwhile; afterwards as before. Only who stopped it starts it again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def linestrings(coords: Floats, which: Ints) -> NDArray[np.object_]:
    """LineStrings from their coordinates (k, 2) one after another; ``which`` (k,) is the row each belongs to."""
    with collector_at_rest():
        return np.asarray(shapely.linestrings(coords, indices=which), dtype=object)


def points_at(xy: Floats) -> NDArray[np.object_]:
    """Points from their coordinates (k, 2)."""
    with collector_at_rest():
        return np.asarray(shapely.points(xy), dtype=object)
