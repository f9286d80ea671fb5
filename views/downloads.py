"""Everything computed, as files: a table of what there is with a button for each format; made when it is pressed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis.handing_on import SUMMARY, SYSTEMS, handover_of, layers_of, summary_file
from analysis.result_layers import layer_title, result_layer, water_layer
from analysis.results import RESULT_TABLES, WATER_TABLES
from geo.export import zip_bytes
from geo.export_txt import with_boundary
from geo.formats import FORMATS, packed
from views.water import water_of
from views.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.assessment import Assessment
    from analysis.water_assessment import WaterAssessment
    from geo.result_layer import Handover, ResultLayer
    from views.wording import Words

ORDER = ("xlsx", "csv", "gpkg", "geojson", "shp", "kml", "fgb", "txt")
"""Formats from left to right: first those that hold every table, last the one for parcels alone."""
ENDINGS = {"shp": "_shp.zip", "csv": "_csv.zip", "txt": "_txt.zip"}
"""Of a format's file, where it is not the format's own name: those whose particulars stand in a file beside it."""
ZIP = "application/zip"
WATER = "water"
ALL = "all"
JSON = "application/json"
STYLE = """<style>
[class*="st-key-files_"] { display: grid !important; align-items: center; gap: 0 0.4rem !important;
  grid-template-columns: minmax(11rem, 1fr) repeat(8, 5.6rem); border-bottom: 1px solid #e8e8e4; }
[class*="st-key-files_"] > div { width: 100% !important; min-width: 0; }
[class*="st-key-files_"] p { font-size: 0.88rem; margin: 0; }
[class*="st-key-files_"] [data-testid="stMarkdownContainer"] { margin: 0; }
[class*="st-key-files_"] button { min-height: 1.9rem; padding: 0 0.2rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-files_"]) { margin-bottom: -0.75rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="_summary"]) { margin-bottom: 0.3rem; }
[class*="st-key-files_"] button p { color: #0b5c8f; }
@media (max-width: 1100px) {
  [class*="st-key-files_"] { grid-template-columns: repeat(auto-fill, minmax(5.4rem, 1fr)); padding: 0.25rem 0; }
  [class*="st-key-files_"] > div:first-child { grid-column: 1 / -1; }
}
</style>"""


@st.fragment
def downloads(assessment: Assessment, words: Words) -> None:
    """A panel that is closed at first; opening it, and choosing coordinates, runs this part of the page alone."""
    panel = st.expander(words("page.downloads"), key="panel_downloads", on_change="rerun")
    if not panel.open:
        return
    with panel:
        st.html(STYLE)
        st.caption(words("page.downloads_note"))
        county = words("page.downloads_county", crs=assessment.county.crs)
        names = dict(zip(SYSTEMS, ("WGS 84", county), strict=True))
        system = st.segmented_control(
            words("page.downloads_crs"), SYSTEMS, format_func=names.__getitem__, default=SYSTEMS[0],
            required=True, key="downloads_crs",
        )  # fmt: skip
        handover = handover_of(assessment, words.language, system or SYSTEMS[0])
        _rows(assessment, handover, RESULT_TABLES, "results", words)
        st.markdown(f"**{words('page.downloads_water')}**")
        of_water = [name for name in WATER_TABLES if name not in RESULT_TABLES]
        _rows(assessment, handover, of_water, WATER, words)


def _rows(
    assessment: Assessment,
    handover: Handover,
    names: Iterable[str],
    group: str,
    words: Words,
) -> None:
    """One row for everything together, one for each table, one for the figures."""
    schematic = bool(assessment.summary["schematic"])
    with st.container(horizontal=True, key=f"files_{group}_{ALL}"):
        st.markdown(f"**{words('page.downloads_all')}**")
        for kind in ORDER[:-1]:
            file = (
                f"{group}{ENDINGS.get(kind, f'.{kind}')}" if FORMATS[kind].one_file else f"{group}_{kind}.zip"
            )
            make = partial(_all, assessment, replace(handover, stem=group), kind, group)
            _button(kind, file, make, words)
    for name in names:
        tables = RESULT_TABLES if name in RESULT_TABLES else WATER_TABLES
        with st.container(horizontal=True, key=f"files_{name}"):
            st.markdown(plain(layer_title(name, words.language, schematic=schematic)))
            for kind in ORDER:
                if _offered(assessment, kind, name, placed=bool(tables[name].shape)):
                    file = f"{name}{ENDINGS.get(kind, f'.{kind}')}"
                    make = partial(_one, assessment, replace(handover, stem=name), kind, name)
                    _button(kind, file, make, words)
    with st.container(horizontal=True, key=f"files_{group}_summary"):
        word = "page.file.summary" if group != WATER else "page.water_file.summary"
        st.markdown(plain(words(word)))
        file = SUMMARY if group != WATER else f"{WATER}_{SUMMARY}"
        _button("json", file, partial(_summary, assessment, group), words)


def _offered(assessment: Assessment, kind: str, name: str, *, placed: bool) -> bool:
    """Whether a table can be had in a format: boundary points only of parcels whose boundary is known."""
    if kind not in FORMATS or not FORMATS[kind].holds_table(name, placed=placed):
        return False
    return kind != "txt" or not with_boundary(assessment.parcels).empty


def _asked(assessment: Assessment, group: str) -> Assessment | WaterAssessment:
    return water_of(assessment) if group == WATER else assessment


def _summary(assessment: Assessment, group: str) -> bytes:
    return summary_file(_asked(assessment, group))


def _all(assessment: Assessment, handover: Handover, kind: str, group: str) -> bytes:
    """Every table of a group in one file, or in a zip with the figures."""
    asked = _asked(assessment, group)
    layers = [layer for layer in layers_of(asked, handover.language) if FORMATS[kind].holds(layer)]
    files = FORMATS[kind].write(layers, handover).files
    if FORMATS[kind].one_file:
        return next(iter(files.values()))
    return zip_bytes({**files, SUMMARY: summary_file(asked)})


def _one(assessment: Assessment, handover: Handover, kind: str, name: str) -> bytes:
    """One table in one format, with the file of its particulars in a zip where it has one."""
    layer: ResultLayer
    if name in RESULT_TABLES:
        layer = result_layer(assessment, name, handover.language)
    else:
        layer = water_layer(water_of(assessment), name, handover.language)
    return packed(FORMATS[kind].write([layer], handover), name)[1]


def _button(kind: str, file: str, make: Callable[[], bytes], words: Words) -> None:
    mime = ZIP if file.endswith(".zip") else FORMATS[kind].mime if kind in FORMATS else JSON
    st.download_button(
        words(f"page.format.{kind}"), data=make, file_name=file, mime=mime, on_click="ignore", type="tertiary",
        key=f"download_{file}", help=words("page.download_help", file=file),
    )  # fmt: skip
