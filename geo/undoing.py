"""A layer put back to what it was, unless the county could not be used then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.county import check_county
from geo.layer_history import Undone, undo_layer
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from pathlib import Path

    from geo.problems import Problem


def undo_checked(folder: Path, layer: str) -> tuple[Undone, list[Problem]]:
    """Undo a layer (:func:`geo.layer_history.undo_layer`), and everything wrong with the county then.

    Where that brings errors the county has not now, all stays as it is and :class:`InputError` says what they would be;
    so it does where nothing is kept or there is no such folder.
    """
    if not folder.is_dir():
        raise InputError([problem("folder_missing", file=str(folder))])
    before = check_county(folder)
    undone = undo_layer(folder, layer)
    after = check_county(folder)
    new = [each for each in after if not each.warning and each not in before]
    if new:
        undo_layer(folder, layer)
        raise InputError([problem("undo_refused", file=layer), *new])
    return undone, after
