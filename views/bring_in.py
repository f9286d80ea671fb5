"""Bring data in: a file becomes a layer of the county once its reader has seen how it is read and has agreed."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from geo.datum_words import evidence_lines, evidence_table
from geo.problems import InputError
from geo.rejected import rejected_csv, rejected_table
from geo.templates import TEMPLATES, template_csv, template_xlsx
from views.answers import county_folder
from views.bring_choices import (
    key_of,
    put_wish,
    reading_buttons,
    reading_fields,
    status_fields,
    system_field,
    wish_of,
)
from views.bring_columns import column_fields
from views.bring_kept import forget, look_of, report_of, settled, take_files, uploads
from views.bring_map import preview
from views.bring_tables import (
    MOST_PROBLEMS,
    field_table,
    problem_table,
    status_table,
    told,
    unit_table,
    wrong_text,
)
from views.bring_write import decide, undo_part
from views.layers import still
from views.uploads import MAX_MB, MOST_FILES, TYPES
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from analysis.assessment import Assessment
    from geo.file_report import FileReport
    from geo.problems import Problem
    from views.bring_kept import Look
    from views.uploads import Upload
    from views.wording import Words

LONG, TALLEST_PX = 8, 360
"""A table of more rows than this is as high as that, and scrolled inside."""
SHOWN_LAYERS = 3
FIELD_STYLE = """<style>
.st-key-bring_upload [data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
.st-key-bring_upload [data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
.st-key-bring_upload [data-testid="stFileUploaderDropzone"] button p::after { content: CHOOSE; font-size: 1rem; }
.st-key-bring_map iframe[title*="st_folium"] { height: 360px; }
.st-key-bring_readings button p { white-space: normal; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  :is(.st-key-bring_reading, .st-key-bring_columns, .st-key-bring_statuses) > div { flex: 1 1 100%; }
  .st-key-bring_one table { font-size: 0.8rem; }
  .st-key-bring_one :is(th, td) { padding: 0.25rem 0.2rem !important; min-width: 3.8em; }
  .st-key-bring_one table * { overflow-wrap: anywhere !important; }
}
</style>"""


def _take(key: str) -> None:
    files = st.session_state.get(key)
    if files:
        take_files([(each.name, each.getvalue()) for each in files])
        # The next file finds an empty field.
        st.session_state.bring_files = st.session_state.get("bring_files", 0) + 1


def _list_problems(found: Sequence[Problem], words: Words, title: str = "") -> None:
    lines = []
    for each in found[:MOST_PROBLEMS]:
        wrong, mend = wrong_text(each, words)
        lines.append(f"- {plain(' · '.join(filter(None, (each.file, wrong, mend))))}")
    st.error("\n".join([*([f"{title}\n"] if title else []), *lines]))


def _show(table: pd.DataFrame, alt: str) -> None:
    if table.empty:
        return
    table = table.loc[:, (table != "").any()]
    st.table(
        [{str(name): plain(text) for name, text in row.items()} for row in table.to_dict("records")],
        border="horizontal",
        height="content" if len(table) <= LONG else TALLEST_PX,
        hide_index=True,
        alt=alt,
    )


def bring_in(assessment: Assessment, words: Words) -> None:
    """The whole panel: files in, what they are, what becomes of them, the way back, and templates."""
    folder = county_folder()
    st.html(FIELD_STYLE.replace("CHOOSE", json.dumps(words("bring.choose"), ensure_ascii=False)))
    st.caption(words("bring.how"))
    key = f"bring_file_{st.session_state.get('bring_files', 0)}"
    with st.container(key="bring_upload"):
        st.file_uploader(
            words("bring.file"),
            type=list(TYPES),
            accept_multiple_files=True,
            key=key,
            help=words("bring.file_help", number=MOST_FILES, size=MAX_MB),
            on_change=_take,
            args=(key,),
            max_upload_size=MAX_MB,
        )
    if st.session_state.get("bring_said"):
        st.success(plain(st.session_state.bring_said))
    if st.session_state.get("bring_refused"):
        _list_problems(st.session_state.bring_refused, words, words("bring.refused"))
    waiting = uploads()
    if waiting:
        upload = waiting[0]
        if len(waiting) > 1:
            names = [words("bring.number", number=at, name=each.name) for at, each in enumerate(waiting, 1)]
            chosen = st.selectbox(words("bring.which"), names, key=f"bring_which_{words.language}")
            upload = waiting[names.index(chosen)] if chosen in names else upload
        with st.container(border=True, key="bring_one"):
            _one(upload, assessment, folder, words)
    undo_part(folder, words)
    _templates(words)


def _one(upload: Upload, assessment: Assessment, folder: Path, words: Words) -> None:
    """One file, from its name to the buttons that bring it in or forget it."""
    st.markdown(f"**{plain(upload.name)}**")
    slot = st.container()
    wish, look = wish_of(upload), _no_look()
    found: tuple[Problem, ...] = ()
    try:
        with slot, st.spinner(words("bring.reading")):
            asked = (wish.choices.sheet, wish.choices.encoding)
            look = look_of(upload, *asked)
    except InputError as error:
        found = error.problems
    wish = settled(wish, look)
    put_wish(upload, wish)
    report = None
    if not found:
        try:
            with slot, st.spinner(words("bring.checking")):
                report = report_of(upload, wish, folder)
        except InputError as error:
            found = error.problems
    with st.container(horizontal=True, gap="small", key="bring_reading"):
        reading_fields(upload, wish.layer, look[1], look[0], words)
    system_field(upload, report, still(assessment, words).everything, words)
    if found:
        _list_problems(found, words)
    if report is None:
        st.button(words("bring.cancel"), key=key_of(upload, "cancel", words), on_click=forget, args=(upload,))
        return
    _reading(upload, report, words)
    if report.given.geometry is not None:
        _places(upload, report, assessment, words)
    _problems(upload, report, words)
    decide(upload, report, folder, words)


def _no_look() -> Look:
    return (), ()


def _reading(upload: Upload, report: FileReport, words: Words) -> None:
    """What the file is, and how its columns, units and statuses are read."""
    layer = words.of("value.layer", report.layer)
    st.markdown(
        plain(
            words("bring.rows", layer=layer, rows=report.rows_in, kept=len(report.rows), rejected=len(report.rejected))
        )
    )  # fmt: skip
    likely = [each for each in report.ranking if each.possible][:SHOWN_LAYERS]
    for each in likely:
        name = words.of("value.layer", each.layer)
        said = words(
            "file_report.looks_like", layer=name, points=f"{each.points:g}", why=each.text(words.language)
        )
        st.caption(plain(said))
    if report.examples:
        st.caption(words("bring.examples", number=len(report.examples)))
    st.markdown(f"**{words('bring.columns')}**")
    _show(field_table(report, words), words("bring.columns"))
    if report.given.place_columns:
        st.caption(plain(words("bring.place_columns", value=", ".join(report.given.place_columns))))
    if report.kept_columns:
        st.caption(plain(words("file_report.kept_columns", value=", ".join(report.kept_columns))))
    with st.expander(words("bring.change_columns"), key=f"bring_change_{words.language}"):
        st.caption(words("bring.change_columns_how"))
        column_fields(upload, report, words)
    units = unit_table(report, words)
    if len(units):
        st.markdown(f"**{words('bring.units')}**")
        _show(units, words("bring.units"))
    statuses = status_table(report, words)
    if len(statuses):
        st.markdown(f"**{words('bring.statuses')}**")
        _show(statuses, words("bring.statuses"))
    if report.read.status_column:
        with st.container(horizontal=True, gap="small", key="bring_statuses"):
            status_fields(upload, report, words)


def _places(upload: Upload, report: FileReport, assessment: Assessment, words: Words) -> None:
    """The coordinate system: what speaks for each, and the rows on a map."""
    st.markdown(f"**{words('bring.places')}**")
    if report.datum is not None:
        st.caption("  \n".join(plain(line) for line in evidence_lines(report.datum, words.language)))
        table, nothing = evidence_table(report.datum, words.language), words("datum.missing")
        _show(table.loc[:, (table != nothing).any()], words("bring.places"))
        reading_buttons(upload, report, words)
    with st.container(key="bring_map"):
        preview(report, assessment, f"bring_map_{upload.digest[:12]}_{report.layer}_{words.language}", words)
    nowhere = sum(each is None for each in report.kept.geometry)
    if nowhere:
        st.caption(words("bring.nowhere", number=nowhere))


def _problems(upload: Upload, report: FileReport, words: Words) -> None:
    """Everything wrong or worth knowing, counted and row by row, and the rejected rows as a file."""
    found = told(report)
    errors = sum(not each.warning for each in found)
    st.markdown(f"**{words('bring.problems', errors=errors, warnings=len(found) - errors)}**")
    _show(problem_table(report, words), words("bring.problem_table"))
    if len(found) > MOST_PROBLEMS:
        st.caption(words("bring.more", number=len(found) - MOST_PROBLEMS, shown=MOST_PROBLEMS))
    if report.rejected:
        st.download_button(
            words("bring.rejected", number=len(report.rejected)),
            data=partial(_rejected, report, words),
            file_name=f"rejected_{report.layer}.csv",
            mime="text/csv",
            on_click="ignore",
            key=key_of(upload, "rejected", words),
        )


def _rejected(report: FileReport, words: Words) -> bytes:
    table = rejected_table(
        report.given,
        report.rejected,
        report.theirs,
        words.language,
        lambda found, _: wrong_text(found, words),
    )
    return rejected_csv(table)


def _templates(words: Words) -> None:
    """Tables to fill in, made when they are asked for."""
    st.markdown(f"**{words('bring.templates')}**")
    st.caption(words("bring.templates_how"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="bring_templates"):
        layer = st.selectbox(
            words("bring.layer"),
            TEMPLATES,
            TEMPLATES.index("hydrants"),
            format_func=lambda name: words.of("value.layer", name),
            key=f"bring_template_{words.language}",
        )
        for ending, make, mime in (
            ("xlsx", template_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("csv", template_csv, "text/csv"),
        ):
            st.download_button(
                words("bring.template", kind=ending.upper()),
                data=partial(make, layer, words.language),
                file_name=f"{layer}.{ending}",
                mime=mime,
                on_click="ignore",
                key=f"bring_template_{ending}",
            )
