"""Everything computed, as files; each is made when its button is pressed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis.results import RESULT_FILES, WATER_FILES
from views.water import water_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment
    from views.wording import Words

MIME = {"geojson": "application/geo+json", "csv": "text/csv", "json": "application/json"}
WATER = "water_"
"""Before the names of files on water, unless they have it already."""
SAME = "hydrant_gaps.geojson"
"""Of the files on water the one that stands among the results too."""


def downloads(assessment: Assessment, words: Words) -> None:
    """One button for each result file, those on water apart."""
    st.subheader(words("page.downloads"))
    st.caption(words("page.downloads_note"))
    with st.container(horizontal=True, gap="small", key="downloads"):
        for name, make in RESULT_FILES.items():
            _button(name, name, "page.file", partial(make, assessment), words)
    st.caption(words("page.downloads_water"))
    with st.container(horizontal=True, gap="small", key="water_downloads"):
        for name in WATER_FILES:
            if name != SAME:
                saved = name if name.startswith(WATER) else WATER + name
                _button(name, saved, "page.water_file", partial(_water_file, assessment, name), words)


def _water_file(assessment: Assessment, name: str) -> bytes:
    return WATER_FILES[name](water_of(assessment))


def _button(name: str, saved: str, group: str, make: Callable[[], bytes], words: Words) -> None:
    stem, ending = name.rsplit(".", 1)
    st.download_button(
        words("page.download", what=words.of(group, stem), kind=ending),
        data=make,
        file_name=saved,
        mime=MIME[ending],
        on_click="ignore",
        key=f"download_{saved}",
    )
