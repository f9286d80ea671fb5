"""What the proposed hydrants change on every line of a named street: counts before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.spacing import cut_at, millimetres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.spacing_tables import Spacing
    from geo.network import Floats, Ints

COUNTS = ("hydrants", "missing", "stretches", "longest_m")
"""Columns of :func:`before_and_after`, each with ``_before`` and ``_after`` behind its name."""


def before_and_after(spacing: Spacing) -> pd.DataFrame:
    """Per ``line_id``, in the order of ``spacing.streets``: counted hydrants, hydrants missing, pieces longer than the
    spacing and the longest piece in metres, as they are and with the proposed hydrants; both are cut anew here.

    NaN where nothing is said of a line (``missing`` is null there).
    """
    here = spacing.hydrants[spacing.hydrants["counted"].astype(bool)]
    new = spacing.proposed[["line_id", "side", "chainage_m"]]
    both = pd.concat([here[["line_id", "side", "chainage_m"]], new], ignore_index=True)
    tables = [
        _counts(spacing, places).add_suffix(end) for places, end in ((here, "_before"), (both, "_after"))
    ]
    table = pd.concat(tables, axis=1)
    return table.where(spacing.streets.set_index("line_id")["missing"].notna(), np.nan)


def _counts(spacing: Spacing, places: pd.DataFrame) -> pd.DataFrame:
    streets, limit_mm = spacing.streets, int(millimetres(spacing.figures["spacing_m"]))
    ids = pd.Index(streets["line_id"])
    sided = (streets["sides"] == "both").to_numpy()
    number = np.where(sided, 2, 1)  # each side of a wide street is a track of its own
    first = np.cumsum(number) - number
    track_line = np.repeat(np.arange(len(ids)), number)
    length = np.asarray(millimetres(streets["length_m"]))[track_line]
    closed = streets["ring"].to_numpy(dtype=bool)[track_line]
    line = ids.get_indexer(places["line_id"])
    track = first[line] + (sided[line] & (places["side"] == "right").to_numpy())
    stands = (line >= 0) & (~sided[line] | places["side"].notna().to_numpy())
    pieces = cut_at(length, closed, track[stands], millimetres(places["chainage_m"])[stands], limit_mm)
    of, over = track_line[pieces.line], pieces.length_mm > limit_mm
    longest = np.zeros(len(ids), dtype=np.int64)
    np.maximum.at(longest, of, pieces.length_mm)
    columns: Sequence[Ints | Floats] = (
        np.bincount(line[line >= 0], minlength=len(ids)),
        np.bincount(of, pieces.missing, len(ids)),
        np.bincount(of, over, len(ids)),
        longest / 1000,
    )
    return pd.DataFrame(dict(zip(COUNTS, columns, strict=True)), index=ids)
