"""Everything computed, as files; each is made when its button is pressed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis.results import RESULT_FILES

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

MIME = {"geojson": "application/geo+json", "csv": "text/csv", "json": "application/json"}


def downloads(assessment: Assessment, words: Words) -> None:
    """One button for each result file."""
    st.subheader(words("page.downloads"))
    st.caption(words("page.downloads_note"))
    with st.container(horizontal=True, gap="small", key="downloads"):
        for name, make in RESULT_FILES.items():
            stem, ending = name.rsplit(".", 1)
            st.download_button(
                words("page.download", what=words.of("page.file", stem), kind=ending),
                data=partial(make, assessment),
                file_name=name,
                mime=MIME[ending],
                on_click="ignore",
                key=f"download_{name}",
            )
