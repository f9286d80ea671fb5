"""One form for all columns: which of a file's is each of ours, and the unit of its plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from geo.cells import STATUSES
from geo.layers import LAYERS
from geo.units import QUANTITIES
from views.bring_choices import AUTO, NONE, key_of, say_choices, wish_of
from views.bring_tables import field_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.file_report import FileReport
    from geo.translation import FileChoices
    from views.uploads import Upload
    from views.wording import Words

FIELD_PX = 250
"""Width of a field for a column; as many stand side by side as there is room for."""


def column_fields(upload: Upload, report: FileReport, words: Words) -> None:
    """Which column of the file is each of ours, and the unit of its plain numbers: all in one form, which counts when
    it is sent."""
    kind, choices = LAYERS[report.layer], wish_of(upload).choices
    read = {each.ours: each.theirs for each in report.read.fields if each.sure}
    columns = [str(name) for name in report.given.table.columns]
    asked: dict[str, str] = {}
    units: dict[str, str] = {}
    with st.form(key_of(upload, f"form_{report.layer}", words), border=False):
        with st.container(horizontal=True, gap="small", key="bring_columns"):
            for ours in [*kind.names, *(("lon", "lat") if kind.shapes else ())]:
                asked[ours] = _column_field(upload, report, ours, columns, read.get(ours), words)
                if ours in QUANTITIES and len(QUANTITIES[ours].factors) > 1:
                    units[ours] = _unit_field(upload, report, ours, words)
        st.form_submit_button(
            words("bring.columns_take"),
            on_click=lambda: _take_columns(upload, asked, units, choices),
            key=key_of(upload, f"columns_take_{report.layer}", words),
        )


def _column_field(
    upload: Upload, report: FileReport, ours: str, columns: Sequence[str], now: str | None, words: Words
) -> str:
    """A field for one of our columns; answers its key in the session."""
    every = [f"={code}" for code in STATUSES] if ours == "status" else []

    def label(theirs: str) -> str:
        if theirs == AUTO:
            return words("bring.column_auto", now=now or words("bring.column_no"))
        if theirs == NONE:
            return words("bring.column_none")
        if theirs in every and theirs not in columns:
            return words("bring.column_every", value=words.of("value.status", theirs[1:]))
        return theirs

    given = wish_of(upload).choices.fields.get(ours)
    options = list(dict.fromkeys([AUTO, NONE, *columns, *every]))
    current = AUTO if given is None else given or NONE
    key = key_of(upload, f"theirs_{report.layer}_{ours}", words)
    _settle(key, current if current in options else AUTO)
    st.selectbox(field_name(ours, words), options, key=key, format_func=label, width=FIELD_PX)
    return key


def _unit_field(upload: Upload, report: FileReport, ours: str, words: Words) -> str:
    """A field for the unit of the plain numbers of one of our columns; answers its key in the session."""
    key = key_of(upload, f"unit_{report.layer}_{ours}", words)
    options = [AUTO, *QUANTITIES[ours].factors]
    current = wish_of(upload).choices.units.get(ours, AUTO)
    _settle(key, current if current in options else AUTO)
    st.selectbox(
        words("bring.unit_of", name=words.of("field", ours)), options, key=key, width=FIELD_PX,
        format_func=lambda unit: words("bring.unit_auto") if unit == AUTO else unit,
    )  # fmt: skip
    return key


def _settle(key: str, current: str) -> None:
    if st.session_state.get(key) != current:
        st.session_state[key] = current


def _take_columns(
    upload: Upload, asked: Mapping[str, str], units: Mapping[str, str], before: FileChoices
) -> None:
    """Keep what the form says of every column."""
    state = st.session_state
    said = {ours: state[key] for ours, key in asked.items()}
    fields = {ours: "" if theirs == NONE else theirs for ours, theirs in said.items() if theirs != AUTO}
    given = {ours: state[key] for ours, key in units.items() if state[key] != AUTO}
    say_choices(
        upload,
        fields={ours: each for ours, each in before.fields.items() if ours not in asked} | fields,
        units={ours: each for ours, each in before.units.items() if ours not in units} | given,
    )
