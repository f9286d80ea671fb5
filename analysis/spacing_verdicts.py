"""Whether a street holds the spacing, said only as far as it is known: holds, does not hold, depends, not analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis import standards
from analysis.spacing import millimetres
from analysis.spacing_question import piece_lines
from geo.areas import length_inside_m
from geo.network import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.spacing_question import Question
    from geo.network import Flags, Ints

MEETS, FAILS, DEPENDS, NOT_ANALYSED = "meets", "fails", "depends", "not_analysed"
REASONS = (
    "within_spacing", "too_far_apart", "position", "width_unknown", "schematic_network", "outside_study_area",
    "hydrants_not_listed", "short_street",
)  # fmt: skip
"""Codes of ``reason`` and ``depends_on``."""
SURVEYED, LOCATED, EXAMPLE = "surveyed", "located", "example"


def sides(asked: Question) -> NDArray[np.object_]:
    """``both`` or ``one`` by the stated width; ``unknown`` where none is, or that of one carriageway."""
    streets = asked.streets
    stated = np.isfinite(streets.width_m) & ~streets.two_carriageways
    return np.asarray(np.where(asked.both, "both", np.where(stated, "one", "unknown")), dtype=object)


def verdicts(asked: Question, counted: Ints) -> dict[str, list[str]]:
    """``certainty``, ``verdict``, ``reason`` and ``depends_on`` (codes joined by commas) of every line.

    ``counted``: counted hydrants on each line. Only surveyed hydrants on measured streets hold the spacing. Where part
    of a street lies outside the study area, hydrants there may not be listed: it fails only by a stretch that is too
    long inside.
    """
    streets, may = asked.streets, asked.may
    unsure = (may.number > 0) | (may.anywhere > 0)
    certainty = np.where(may.example | (may.anywhere > 0), EXAMPLE, np.where(unsure, LOCATED, SURVEYED))
    wide = np.isin([CLASSES[i] for i in streets.klass.tolist()], standards.MAY_BE_WIDE)
    least, most = asked.least, asked.most
    short = millimetres(streets.length_m) <= asked.limit_mm
    on = {
        "schematic_network": np.full(len(most), "roads" in asked.county.schematic),
        # A short street needs none, but holds by one that is surely there.
        "position": (unsure & (least != most)) | (short & (asked.sure == 0)),
        "width_unknown": wide & (sides(asked) == "unknown") & (least == 0),
        "outside_study_area": (asked.inside < 1 - 1e-9) & (most > 0) & ~_too_long_inside(asked, unsure),
    }
    fails = (least > 0) & ~on["schematic_network"] & ~on["outside_study_area"]
    codes = np.asarray(list(on), dtype=object)
    depends = [",".join(codes[each]) for each in np.stack(list(on.values()), axis=1)]
    found: dict[str, list[str]] = {
        "certainty": certainty.tolist(),
        "verdict": [],
        "reason": [],
        "depends_on": [],
    }
    for row, said in enumerate(depends):
        if not asked.listed:
            answer = (NOT_ANALYSED, "hydrants_not_listed", "")
        elif not asked.judged[row]:
            answer = (NOT_ANALYSED, "outside_study_area", "")
        elif short[row] and counted[row] == 0:
            answer = (NOT_ANALYSED, "short_street", "")
        elif fails[row]:
            answer = (FAILS, "too_far_apart", "")
        elif said:
            answer = (DEPENDS, said.split(",")[0], said)
        else:
            answer = (MEETS, "within_spacing", "")
        for key, value in zip(("verdict", "reason", "depends_on"), answer, strict=True):
            found[key].append(value)
    return found


def _too_long_inside(asked: Question, unsure: Flags) -> Flags:
    """Lines of surveyed hydrants with a stretch of which more than the spacing lies in the study area."""
    found = np.zeros(len(asked.inside), dtype=bool)
    area, line = asked.county.study_area, asked.tracks.line[asked.pieces.line]
    partly = (asked.inside < 1 - 1e-9) & (asked.inside > 0) & ~unsure
    rows = np.flatnonzero((asked.pieces.length_mm > asked.limit_mm) & partly[line])
    if area is not None and len(rows):
        # Not grown: what runs along the very edge may have its hydrants on the other side.
        long = millimetres(length_inside_m(piece_lines(asked, rows), area)) > asked.limit_mm
        found[line[rows[long]]] = True
    return found
