"""What a straight line says of stations not yet built, parcel by parcel, where streets decide nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analysis import standards
from analysis.site_bound import NO_SHAPE, NO_SITE, NOT_DECIDED, site_bounds
from analysis.siting_files import bound_files
from views.wording import missing, plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from views.wording import Words

MARK = {NO_SITE: "✕", NOT_DECIDED: "?", NO_SHAPE: "–"}
FILES = ("siting_bound.csv", "siting.json")


def bound_rows(assessment: Assessment, words: Words) -> list[dict[str, str]]:
    """One row for each parcel: what holds of a station in town, the speed it takes, and how near a team must be."""
    between = words("value.between")
    rows = []
    for row in site_bounds(assessment).to_dict("records"):
        about = [str(row["parcel_no"]), *([] if missing(row["township"]) else [str(row["township"])])]
        said = [f"{MARK[row['state']]} {words.of('siting.bound', row['state'])}"]
        if row["state"] == NO_SITE:
            said.append(words("siting.kph", kph=f"{row['town_kph']:.0f}"))
        rows.append(
            {
                "parcel": between.join(filter(None, [*about, words.mu(row["area_mu"])])),
                "state": between.join(said),
                "within": words("siting.within", km=f"{row['within_m'] / 1000:.1f}"),
            }
        )
    return rows


def bound_panel(assessment: Assessment, words: Words) -> None:
    """Why nothing is sited here, and what the straight line alone decides; as files too."""
    network = assessment.county.network
    known = network is not None and network.n_streets > 0
    st.info(words("siting.schematic" if known else "siting.no_streets"))
    rows = bound_rows(assessment, words)
    if rows:
        st.table(
            [
                {words(f"siting.bound_column.{name}"): plain(text) for name, text in row.items()}
                for row in rows
            ],
            border="horizontal",
            height="content" if len(rows) <= 12 else 480,
            hide_index=True,
            alt=words("siting.bound_alt"),
        )
        st.caption(words("siting.bound_note", kph=f"{standards.BOUND_SPEED_KPH:g}"))
    with st.container(horizontal=True, gap="small", key="siting_bound_files"):
        for name in FILES:
            st.download_button(
                name, data=partial(_file, assessment, name), file_name=name, on_click="ignore",
                key=f"siting_download_{name}", mime="text/csv" if name.endswith("csv") else "application/json",
            )  # fmt: skip


def _file(assessment: Assessment, name: str) -> bytes:
    return bound_files(assessment)[name]
