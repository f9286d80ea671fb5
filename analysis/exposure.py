"""What the gaps in the cover of hydrants expose: land to be built on, street, people and key units; and their rank.

Nought is said only where something is known to be nought: what nobody listed, or what cannot be shared out, is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from analysis.water_cover import PLACED_CLASSES
from geo.areas import joined_length_m, subdivided_each
from geo.placing import M2_PER_MU

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.county import County
    from geo.network import Flags, Floats, Ints

    Shapes = NDArray[np.object_]

EXPOSED = ("rank", "key_units", "population", "parcels", "parcels_mu", "parcels_maybe", "street_m")
"""Columns of :func:`exposed`."""

RANKED_BY = ("key_units", "population", "parcels_mu", "street_m", "area_m2")
"""A gap ranks before another by the first of these that differs, the larger first; null counts as nought here.
People first, then land, then street, then the gap's own size [own]."""

WHOLE_DISTRICTS = ("county", "township", "seat")
"""Kinds of places whose number of people is that of a district: their point says nothing of who lives in a gap."""

LEAST_M2 = 1.0
"""A parcel that a gap touches by less than this is drawn beside it, not in it."""


def exposed(county: County, gaps: gpd.GeoDataFrame) -> pd.DataFrame:
    """What each gap (``gap_id``, ``area_m2``, geometry in the county's CRS) exposes, on the gaps' index.

    ``parcels`` and ``parcels_mu``: number of parcels with a surveyed boundary partly or wholly in the gap, and their
    ground in it; ``parcels_maybe``: number of further parcels that may lie partly in it, being known by words down to
    a section of street; all null where no parcels are listed. ``street_m``: street in the gap, each centre-line once;
    null without a network. ``key_units``: those whose point is in the gap; null where none are listed.
    ``population``: people of the settlements (:data:`WHOLE_DISTRICTS` are none) whose point is in the gap; null where
    there is no such number. ``rank``: 1 for the gap that exposes most, by :data:`RANKED_BY`, of equal ones the first.
    """
    shapes = np.asarray(gaps.geometry.to_numpy(), dtype=object)
    pieces, gap = subdivided_each(shapes)
    columns = {
        **_places(county, pieces, gap, len(shapes)),
        **_parcels(county, pieces, gap, len(shapes)),
        "street_m": _street_m(county, pieces, gap, len(shapes)),
    }
    table = pd.DataFrame(columns, index=gaps.index).assign(area_m2=gaps["area_m2"])
    order = np.lexsort([-table[name].fillna(0.0).to_numpy(dtype=float) for name in reversed(RANKED_BY)])
    table["rank"] = np.argsort(order, kind="stable") + 1
    return table[list(EXPOSED)]


def _once(gap: Ints, row: Ints, amount: Floats) -> tuple[Ints, Ints, Floats]:
    """Amounts of the same gap and row added up."""
    pairs, which = np.unique(np.column_stack([gap, row]), axis=0, return_inverse=True)
    total = np.bincount(which.reshape(-1), weights=amount, minlength=len(pairs))
    return pairs[:, 0], pairs[:, 1], np.asarray(total, dtype=np.float64)


def _per_gap(gap: Ints, count: int, amount: Floats | None = None) -> Floats:
    """Amounts, or ones, added up per gap."""
    return np.asarray(np.bincount(gap, weights=amount, minlength=count), dtype=np.float64)


def _street_m(county: County, pieces: Shapes, gap: Ints, count: int) -> Floats:
    if county.network is None:
        return np.full(count, np.nan)
    lines = county.network.lines
    tree = shapely.STRtree(lines)
    piece, line = tree.query(pieces, predicate="intersects")
    by, held = tree.query(pieces, predicate="covers")
    key = gap[piece] * len(lines) + line
    whole = np.unique(gap[by] * len(lines) + held)
    part = ~np.isin(key, whole)
    cut, metres = joined_length_m(shapely.intersection(lines[line[part]], pieces[piece[part]]), key[part])
    metres = np.concatenate([shapely.length(lines)[whole % len(lines)], metres])
    return _per_gap(np.concatenate([whole, cut]) // len(lines), count, metres)


def _parcels(county: County, pieces: Shapes, gap: Ints, count: int) -> dict[str, Floats]:
    parcels = county.parcels
    if "parcels" in county.missing:
        return {name: np.full(count, np.nan) for name in ("parcels", "parcels_mu", "parcels_maybe")}
    surveyed = (parcels["position_class"] == "P0") & (parcels["drawn"] == "boundary")
    surveyed &= "parcels" not in county.schematic
    known = np.asarray(parcels.loc[surveyed, "shape"].to_numpy(), dtype=object)
    piece, row = shapely.STRtree(known).query(pieces, predicate="intersects")
    m2 = shapely.area(shapely.intersection(known[row], pieces[piece]))
    of_gap, _, ground = _once(gap[piece], row, m2)
    there = ground > LEAST_M2
    near = ~surveyed & parcels["position_class"].isin(PLACED_CLASSES) & parcels["shape"].notna()
    maybe = _meeting(np.asarray(parcels.loc[near, "shape"].to_numpy(), dtype=object), pieces, gap)
    return {
        "parcels": _per_gap(of_gap[there], count),
        "parcels_mu": _per_gap(of_gap[there], count, ground[there] / M2_PER_MU),
        "parcels_maybe": _per_gap(maybe[0], count),
    }


def _meeting(shapes: Shapes, pieces: Shapes, gap: Ints) -> tuple[Ints, Ints]:
    """Pairs of a gap and a shape that meet, each once."""
    piece, row = shapely.STRtree(shapes).query(pieces, predicate="intersects")
    of_gap, row, _ = _once(gap[piece], row, np.ones(len(row)))
    return of_gap, row


def _places(county: County, pieces: Shapes, gap: Ints, count: int) -> dict[str, Floats]:
    places = county.places
    units = (places["kind"] == "key_unit").to_numpy(dtype=bool)
    people = places["population"].to_numpy(dtype=float)
    settled = ~places["kind"].isin(WHOLE_DISTRICTS).to_numpy(dtype=bool) & ~np.isnan(people)
    near = places.geometry.notna() & places["position_class"].isin(PLACED_CLASSES)
    near &= "places" not in county.schematic

    def inside(rows: Flags) -> tuple[Ints, Ints]:
        mine = np.flatnonzero(rows & near.to_numpy(dtype=bool))
        of_gap, row = _meeting(np.asarray(places.geometry.to_numpy()[mine], dtype=object), pieces, gap)
        return of_gap, mine[row]

    of_gap, row = inside(settled)
    number = _per_gap(of_gap, count, people[row])
    listed = _per_gap(inside(units)[0], count)
    return {
        "key_units": listed if units.any() else np.full(count, np.nan),
        "population": np.where(_per_gap(of_gap, count) > 0, number, np.nan),
    }
