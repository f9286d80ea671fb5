"""What a session knows of the files brought along: the files, a first look at them, and the reports on them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from geo.file_report import check_file
from geo.layer_guess import ROADS, guess_layer
from geo.layers import LAYERS
from geo.tables import LISTERS, layers_in, read_rows
from views.answers import folder_stamp
from views.bring_choices import WISHES
from views.upload_folder import UploadFolder
from views.uploads import store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from geo.file_report import FileReport
    from geo.layer_guess import LayerGuess
    from geo.tables import LayerInFile
    from views.bring_choices import Wish
    from views.uploads import Upload

    Look = tuple[tuple[LayerInFile, ...], tuple[LayerGuess, ...]]

MOST_KEPT = 4
"""Reports that a session keeps, the latest."""


def uploads() -> list[Upload]:
    """The files of this session that are not yet brought in."""
    found: list[Upload] = st.session_state.setdefault("bring_uploads", [])
    return found


def take_files(given: Sequence[tuple[str, bytes]]) -> None:
    """Keep files, given by name and content, for this session alone; those before them are deleted."""
    state = st.session_state
    if "bring_folder" in state:
        state.bring_folder.remove()
    state.bring_folder = UploadFolder()
    state.bring_uploads, state.bring_refused = store(given, state.bring_folder.path)
    state.bring_reports, state.bring_looks, state[WISHES] = {}, {}, {}
    state.bring_said = ""


def forget(upload: Upload) -> None:
    """Delete a file of this session and what is known of it."""
    state = st.session_state
    state.bring_uploads = [each for each in uploads() if each.digest != upload.digest]
    state.bring_refused, state.bring_reports, state.bring_looks = [], {}, {}
    state[WISHES] = {key: each for key, each in state[WISHES].items() if key != upload.digest}
    upload.path.unlink(missing_ok=True)
    if not state.bring_uploads:
        state.pop("bring_folder").remove()


def _kept(store_name: str, key: str, make: Callable[[], Any]) -> Any:
    """What was made under this key in this session, else made now; only the latest are kept."""
    kept: dict[str, Any] = st.session_state.setdefault(store_name, {})
    if key not in kept:
        kept[key] = make()
        for old in list(kept)[:-MOST_KEPT]:
            del kept[old]
    return kept[key]


def first_look(upload: Upload, sheet: str, encoding: str) -> Look:
    """The sheets or layers of a file, and which of ours the one named ``sheet`` may be (the only one, where none is
    named). Raises :class:`InputError` with what keeps it from being read."""
    sheets: tuple[LayerInFile, ...] = ()
    if upload.path.suffix in LISTERS:
        sheets = layers_in(upload.path, file=upload.name, encoding=encoding)
    if len(sheets) > 1 and not sheet:
        sheet = first_sheet(sheets)
    rows = read_rows(upload.path, file=upload.name, file_layer=sheet, encoding=encoding)
    return sheets, guess_layer(rows.table, rows.geometry, f"{upload.name} {sheet}")


def first_sheet(sheets: Sequence[LayerInFile]) -> str:
    """The sheet shown first: one named as a layer of ours, else the first."""
    return next((each.name for each in sheets if each.name in LAYERS), sheets[0].name)


def settled(wish: Wish, look: Look) -> Wish:
    """What is said of a file, with the sheet shown first and the likeliest layer where nobody has said."""
    sheets, ranking = look
    if len(sheets) > 1 and not wish.choices.sheet:
        wish = replace(wish, choices=replace(wish.choices, sheet=first_sheet(sheets)))
    if wish.layer:
        return wish
    likely = (each.layer for each in ranking if each.possible and each.layer != ROADS)
    return replace(wish, layer=next(likely, next(iter(LAYERS))))


def report_of(upload: Upload, wish: Wish, folder: Path) -> FileReport:
    """Everything about a file read as ``wish`` says, kept for this session as long as file, wish and county stay."""
    key = json.dumps(
        [upload.digest, wish.layer, asdict(wish.choices), folder_stamp(folder)], sort_keys=True, default=dict
    )
    found: FileReport = _kept(
        "bring_reports",
        key,
        lambda: check_file(upload.path, wish.layer, folder, wish.choices, name=upload.name),
    )
    return found


def look_of(upload: Upload, sheet: str, encoding: str) -> Look:
    """:func:`first_look`, kept for this session."""
    key = json.dumps([upload.digest, sheet, encoding])
    found: Look = _kept("bring_looks", key, lambda: first_look(upload, sheet, encoding))
    return found
