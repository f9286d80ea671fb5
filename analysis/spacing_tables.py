"""Hydrant spacing of every named street of a county: street table, stretches that are too long, and proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis import standards
from analysis.hydrant_plan import hydrant_plan
from analysis.hydrants_on_streets import stated_streets
from analysis.named_streets import streets_of
from analysis.spacing import BETWEEN, END, WHOLE, millimetres, missing_on
from analysis.spacing_question import piece_lines, question
from analysis.spacing_verdicts import DEPENDS, FAILS, MEETS, NOT_ANALYSED, sides, verdicts
from analysis.street_marks import CROSSING, STRUCTURE
from analysis.water import HYPOTHETICAL
from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.spacing_question import Question
    from geo.county import County
    from geo.network import Flags, Ints, Network

STATES = ("in_use", "under_construction", "not_built", "out_of_service", "unknown", HYPOTHETICAL)
SIDES = {0: None, -1: "left", 1: "right"}
KINDS = np.asarray([BETWEEN, END, WHOLE], dtype=object)


@dataclass(frozen=True, eq=False)
class Spacing:
    """Frames in the county's CRS; ids, names and codes are text, lengths metres to the millimetre.

    ``streets``: one row per line of a named street. ``stretches``: pieces of street longer than the spacing without a
    counted hydrant. ``proposed``: the fewest further hydrants that close them. ``hydrants``: which hydrant stands
    where on which line. ``figures``: sums for the summary. Columns: ``docs/method.md`` and the words
    ``spacing.column.*``.
    """

    streets: gpd.GeoDataFrame
    stretches: gpd.GeoDataFrame
    proposed: gpd.GeoDataFrame
    hydrants: pd.DataFrame
    figures: dict[str, Any]


def spacing_of(
    county: County,
    hydrants: gpd.GeoDataFrame,
    spacing_m: float = standards.HYDRANT_SPACING_M,
    network: Network | None = None,
) -> Spacing | None:
    """Spacing of a county's hydrants along its named streets; None without a network. Reads, and changes nothing.

    ``hydrants``: the county's table with a flag ``counted`` (:func:`analysis.water.counted`), on a unique index.
    ``network``: the streets as they are in some year, else those of the county. Where no hydrants are listed
    (``hydrants`` in ``county.missing``) every street is ``not_analysed``, with no stretches and no proposal.
    """
    streets = streets_of(county, network)
    if streets is None:
        return None
    asked = question(county, streets, hydrants, int(millimetres(spacing_m)))
    tables = _streets(asked)
    stretches, proposed = _stretches(asked, tables), _proposed(asked, tables)
    return Spacing(
        tables, stretches, proposed, _hydrants(asked), _figures(asked, tables, stretches, proposed)
    )


def _per_line(asked: Question, values: NDArray[Any], rows: Ints | None = None) -> NDArray[np.float64]:
    """Sums over the pieces of each line (or over the pieces ``rows``)."""
    line = asked.tracks.line[asked.pieces.line]
    count = len(asked.streets.street)
    return np.asarray(np.bincount(line if rows is None else line[rows], values, count), dtype=np.float64)


def _streets(asked: Question) -> gpd.GeoDataFrame:
    streets, pieces, judged = asked.streets, asked.pieces, asked.judged
    count = len(streets.street)
    lines = np.bincount(streets.street, minlength=len(streets.names))
    length = millimetres(streets.length_m)
    over = np.flatnonzero(pieces.length_mm > asked.limit_mm)
    longest = np.zeros(count, dtype=np.int64)
    np.maximum.at(longest, asked.tracks.line[pieces.line], pieces.length_mm)
    over_mm = _per_line(asked, pieces.length_mm[over], over)
    tracks_mm = np.bincount(asked.tracks.line, asked.tracks.length_mm, minlength=count)
    needed = missing_on(asked.tracks.length_mm, asked.limit_mm, asked.tracks.closed)
    with_ends = needed + 2 * (~asked.tracks.closed & (asked.tracks.length_mm > 0))
    states = _states(asked)
    counted = states["counted"]
    single = ~asked.both & (counted > 0)
    kind = streets.marks.kind[asked.mark]
    bare = asked.mark_bare & judged[streets.marks.line[asked.mark]]
    once = asked.tracks.side[asked.mark_track] <= 0  # both sides of a street have the same crossings
    table: dict[str, Any] = {
        "line_id": streets.line_ids,
        "name": [streets.names[i] for i in streets.street.tolist()],
        "line": streets.number,
        "lines": lines[streets.street],
        "class": [CLASSES[i] for i in streets.klass.tolist()],
        "length_m": length / 1000,
        "drawn_m": np.round(streets.drawn_m, 3),
        "ring": streets.closed,
        "chainage_from": streets.starts,
        "from_street": streets.first_met,
        "to_street": streets.last_met,
        "inside_share": np.round(asked.inside, 6),
        "width_m": np.round(streets.width_m, 2),
        "sides": sides(asked),
        **states,
        "needed": np.bincount(asked.tracks.line, needed, minlength=count).astype(np.int64),
        "needed_with_ends": np.bincount(asked.tracks.line, with_ends, minlength=count).astype(np.int64),
        "missing": _known(_per_line(asked, pieces.missing), judged),
        "missing_least": _known(asked.least, judged),
        "missing_most": _known(asked.most, judged),
        "stretches": _known(np.bincount(asked.tracks.line[pieces.line[over]], minlength=count), judged),
        "longest_m": _known(longest / 1000, judged),
        "over_m": _known(over_mm / 1000, judged),
        "over_share": _known(np.divide(over_mm, tracks_mm), judged),
        "even_inner_m": _even(single, length, counted + ~streets.closed),
        "even_ends_m": _even(single & (counted > 1) & ~streets.closed, length, counted - 1),
        **{
            name: np.bincount(streets.marks.line[asked.mark[rows]], minlength=count)
            for name, rows in (
                ("crossings", once & (kind == CROSSING)),
                ("crossings_bare", once & (kind == CROSSING) & bare),
                ("structure_ends", once & (kind == STRUCTURE)),
                ("structure_ends_bare", once & (kind == STRUCTURE) & bare),
            )
        },
        **verdicts(asked, counted),
    }
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(streets.lines, crs=streets.crs))


def _known(values: NDArray[Any], judged: Flags) -> NDArray[np.float64]:
    """As numbers; unknown (NaN) where nothing is said of a line."""
    return np.where(judged, np.asarray(values, dtype=np.float64), np.nan)


def _even(known: Flags, length_mm: Ints, parts: Ints) -> NDArray[np.float64]:
    return np.where(known, np.round(length_mm / 1000 / np.maximum(parts, 1), 3), np.nan)


def _states(asked: Question) -> dict[str, Ints]:
    """Hydrants on each line by state; those without a place on the longest line of the street they name."""
    hydrants, count = asked.hydrants, len(asked.streets.street)
    adrift = np.flatnonzero(hydrants.geometry.isna().to_numpy())
    street = stated_streets(asked.streets, hydrants.iloc[adrift])
    adrift, street = adrift[street >= 0], street[street >= 0]
    first = np.searchsorted(asked.streets.street, street)
    row, line = np.concatenate([asked.found.hydrant, adrift]), np.concatenate([asked.found.line, first])
    status = hydrants["status"].to_numpy(dtype=object)[row]
    counted = hydrants["counted"].to_numpy(dtype=bool)[row]
    names = ("built", *STATES[1:])
    found = {
        name: np.bincount(line[status == state], minlength=count)
        for name, state in zip(names, STATES, strict=True)
    }
    return found | {
        "counted": np.bincount(line[counted], minlength=count),
        "without_place": np.bincount(first, minlength=count),
    }


def _stretches(asked: Question, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    pieces, tracks = asked.pieces, asked.tracks
    too_long = (pieces.length_mm > asked.limit_mm) & asked.judged[tracks.line[pieces.line]]
    over = np.flatnonzero(too_long)
    line = tracks.line[pieces.line[over]]
    ids = np.asarray(
        [*asked.hydrants["hydrant_id"].to_numpy(dtype=object)[asked.of_piece], None], dtype=object
    )
    kind = asked.streets.marks.kind[asked.mark]

    def marks(of: str, bare: bool) -> Ints:
        rows = (kind == of) & (asked.mark_bare | (not bare))
        return np.bincount(asked.mark_piece[rows], minlength=len(pieces.line))[over]

    columns: dict[str, Any] = {
        "stretch_id": [f"stretch-{i + 1}" for i in range(len(over))],
        **_of_line(table, line),
        "side": _side_names(tracks.side[pieces.line[over]]),
        "kind": KINDS[pieces.kind[over]],
        "from_m": pieces.from_mm[over] / 1000,
        "to_m": pieces.to_mm[over] / 1000,
        "length_m": pieces.length_mm[over] / 1000,
        "from_hydrant": ids[pieces.before[over]],
        "to_hydrant": ids[pieces.after[over]],
        "missing": pieces.missing[over],
        "crossings": marks(CROSSING, False),
        "crossings_bare": marks(CROSSING, True),
        "structure_ends": marks(STRUCTURE, False),
        "structure_ends_bare": marks(STRUCTURE, True),
        **_certainty(table, line),
    }
    shapes = piece_lines(asked, over)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=asked.streets.crs))


def _of_line(table: gpd.GeoDataFrame, line: Ints) -> dict[str, Any]:
    return {name: table[name].to_numpy()[line] for name in ("line_id", "name", "chainage_from")}


def _certainty(table: gpd.GeoDataFrame, line: Ints) -> dict[str, Any]:
    return {name: table[name].to_numpy()[line] for name in ("certainty", "depends_on")}


def _side_names(side: Ints) -> NDArray[np.object_]:
    return np.asarray([SIDES[each] for each in side.tolist()] + [None], dtype=object)[:-1]


def _proposed(asked: Question, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    streets, found = asked.streets, hydrant_plan(asked)
    line, side = asked.tracks.line[found.track], asked.tracks.side[found.track]
    points = np.asarray(shapely.line_interpolate_point(streets.lines[line], found.at_mm / 1000), dtype=object)
    # Two streets that ask for a hydrant at the same millimetre share it; the two sides of a street do not.
    place = np.column_stack([np.round(shapely.get_coordinates(points).reshape(-1, 2), 3), side])
    first, site = np.unique(place, axis=0, return_index=True, return_inverse=True)[1:]
    number = np.argsort(np.argsort(first))[site.reshape(-1)] + 1
    columns: dict[str, Any] = {
        "proposal_id": [f"new-{i + 1}" for i in range(len(line))],
        "site_id": [f"site-{each}" for each in number.tolist()],
        **_of_line(table, line),
        "side": _side_names(side),
        "chainage_m": found.at_mm / 1000,
        "at_crossing": found.at_crossing,
        "crossing_with": found.meets,
        **_certainty(table, line),
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(points, crs=streets.crs))


def _hydrants(asked: Question) -> pd.DataFrame:
    found, hydrants = asked.found, asked.hydrants
    order = np.lexsort((found.hydrant, found.at_mm, found.line))
    known = hydrants[["hydrant_id", "status", "counted"]].take(found.hydrant[order]).reset_index(drop=True)
    line_id = pd.Series(asked.streets.line_ids, dtype=str).take(found.line[order]).array
    return pd.DataFrame(
        {
            "hydrant_id": known["hydrant_id"],
            "line_id": line_id,
            "chainage_m": found.at_mm[order] / 1000,
            "off_m": np.round(found.off_m[order], 3),
            "side": _side_names(found.side[order]),
            "status": known["status"],
            "counted": known["counted"],
        }
    )


def _figures(
    asked: Question, table: gpd.GeoDataFrame, stretches: gpd.GeoDataFrame, proposed: gpd.GeoDataFrame
) -> dict[str, Any]:
    """Sums over the named streets. A hydrant at a crossing stands on several; here each is counted once."""
    counted = asked.hydrants["counted"].to_numpy(dtype=bool)
    on_street = np.isin(np.arange(len(counted)), asked.found.hydrant)
    placed = asked.hydrants.geometry.notna().to_numpy()
    verdicts = table["verdict"].value_counts()
    return {
        "spacing_m": asked.limit_mm / 1000,
        "lines": len(table),
        "length_m": float(table["length_m"].sum()),
        "unnamed_m": round(asked.streets.unnamed_m, 3),
        "hydrants_on_streets": int((counted & on_street).sum()),
        "hydrants_off_streets": int((counted & placed & ~on_street).sum()),
        "hydrants_without_place": int((counted & ~placed).sum()),
        "needed": int(table["needed"].to_numpy()[asked.judged].sum()),
        "missing": int(table["missing"].sum()) if asked.listed else None,
        "missing_least": int(table["missing_least"].sum()) if asked.listed else None,
        "missing_most": int(table["missing_most"].sum()) if asked.listed else None,
        "stretches": len(stretches),
        "proposed": len(proposed),
        "proposed_sites": int(proposed["site_id"].nunique()),
        "lines_by_verdict": {
            each: int(verdicts.get(each, 0)) for each in (MEETS, FAILS, DEPENDS, NOT_ANALYSED)
        },
    }
