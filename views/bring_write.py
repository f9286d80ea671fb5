"""What writes into the county: taking a file as a layer, and putting a layer back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import streamlit as st

from geo.adding import add_layer
from geo.layer_history import layer_files, layers_kept
from geo.layers import LAYERS
from geo.problems import InputError, problem
from geo.undoing import undo_checked
from views.bring_choices import consents, key_of
from views.bring_kept import forget
from views.bring_tables import wrong_text
from views.wording import plain

if TYPE_CHECKING:
    from pathlib import Path

    from geo.file_report import FileReport
    from views.uploads import Upload
    from views.wording import Words

_WRITING = threading.Lock()
"""One session writes into the county at a time."""


def decide(upload: Upload, report: FileReport, folder: Path, words: Words) -> None:
    """What the reader agrees to, and the two ends: bring it in, or forget it."""
    now = layer_files(folder, LAYERS[report.layer])
    in_the_way = [each.name for each in now if each.suffix != ".geojson"]
    consents(upload, report, in_the_way, words)
    layer = words.of("value.layer", report.layer)
    st.markdown(plain(words("bring.replaces" if now else "bring.makes", layer=layer, rows=len(report.rows))))
    blocked = bool(report.refusals) or (bool(in_the_way) and not report.choices.replace)
    if blocked:
        st.caption(words("bring.blocked"))
    with st.container(horizontal=True, gap="small", key="bring_decide"):
        asked = st.button(
            words("bring.accept", layer=layer),
            type="primary",
            disabled=blocked,
            key=key_of(upload, "accept", words),
        )
        st.button(words("bring.cancel"), key=key_of(upload, "cancel", words), on_click=forget, args=(upload,))
    if asked:
        _accept(upload, report, folder, words)


def _accept(upload: Upload, report: FileReport, folder: Path, words: Words) -> None:
    state = st.session_state
    try:
        with st.spinner(words("bring.writing")), _WRITING:
            added = add_layer(
                folder, upload.path, report.layer, report.choices, language=words.language, name=upload.name,
                said=lambda found, _: wrong_text(found, words),
            )  # fmt: skip
    except InputError as error:
        state.bring_refused = list(error.problems)
    except OSError as error:
        state.bring_refused = [problem("layer_not_written", detail=str(error.strerror)[:200])]
    else:
        if added.path is None:
            state.bring_refused = [each for each in added.problems if not each.warning]
        else:
            forget(upload)
            layer = words.of("value.layer", added.layer)
            state.bring_said = words("bring.added", layer=layer, rows=added.rows)
            if added.rejected is not None:
                place = added.rejected.relative_to(folder).as_posix()
                state.bring_said += words("bring.left_out", number=len(added.seen.rejected), place=place)
    st.rerun()


def undo_part(folder: Path, words: Words) -> None:
    """A button for each layer of which an earlier state is kept."""
    layers = layers_kept(folder)
    if not layers:
        return
    st.markdown(f"**{words('bring.undo_title')}**")
    st.caption(words("bring.undo_how"))
    with st.container(horizontal=True, gap="small", key="bring_undo"):
        asked = [
            name
            for name in layers
            if st.button(words("bring.undo", layer=words.of("value.layer", name)), key=f"bring_undo_{name}")
        ]
    if asked:
        with st.spinner(words("bring.writing")), _WRITING:
            undo(folder, asked[0], words)
        st.rerun()


def undo(folder: Path, layer: str, words: Words) -> None:
    """Put a layer back to what it was, unless the county could not be used then: in that case all stays, and why is
    said."""
    state = st.session_state
    state.bring_said, state.bring_refused = "", []
    try:
        undo_checked(folder, layer)
        state.bring_said = words("bring.undone", layer=words.of("value.layer", layer))
    except InputError as error:
        state.bring_refused = list(error.problems)
    except OSError as error:
        state.bring_refused = [problem("layer_not_written", detail=str(error.strerror)[:200])]
