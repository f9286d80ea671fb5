"""Files that limit where a station may be built, as a reader of the page brings them: read once for the session."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.points import read_points
from analysis.siting_candidates import Land
from analysis.siting_choice import OF_FILE, siting_numbers
from analysis.siting_command import AREAS, read_shapes
from geo.problems import InputError, problem
from views.upload_folder import UploadFolder
from views.uploads import MAX_MB, TYPES, store

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.problems import Problem
    from views.uploads import Upload
    from views.wording import Words

POINTS = "points"
READ = "siting_read"
"""What was read of the files of each kind, in the session."""
MOST_POINTS = int(siting_numbers()["most_candidates"]["high"])
STYLE = """<style>
[class*="st-key-siting_file_"] [data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[class*="st-key-siting_file_"] [data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[class*="st-key-siting_file_"] [data-testid="stFileUploaderDropzone"] button p::after {
  content: CHOOSE; font-size: 1rem; }
.st-key-siting_fields > div { flex: 1 1 140px; max-width: 260px; }
.st-key-siting_fields > div:first-child { flex: 3 1 290px; max-width: none; }
.st-key-siting_progress > div:first-child { flex: 1 1 0; min-width: 0; width: auto !important; }
@media (max-width: 640px) { .st-key-siting_files > div, .st-key-siting_fields > div:first-child { flex: 1 1 100%; } }
</style>"""


@dataclass(frozen=True)
class Given:
    """Files of one kind: ``digest`` of names and contents, and what they hold or what is wrong with them."""

    digest: str
    shapes: tuple[BaseGeometry, ...] = ()
    points: gpd.GeoDataFrame | None = None
    problems: tuple[Problem, ...] = ()


NOTHING = Given("")


def read_given(kind: str, files: Sequence[tuple[str, bytes]], crs: str) -> Given:
    """Files by name and content as places in ``crs``, or as points for the kind :data:`POINTS`.

    They lie in a folder of their own only while they are read. Everything wrong with any of them is told under the
    name its owner gave it.
    """
    digest = hashlib.sha256()
    for name, content in files:
        digest.update(f"{kind}\0{name}\0{crs}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    folder = UploadFolder()
    try:
        uploads, found = store(files, folder.path)
        read = [_read(kind, each, crs, found) for each in uploads]
    finally:
        folder.remove()
    whole = [each for each in read if each is not None]
    if kind != POINTS:
        return Given(digest.hexdigest(), tuple(shape for each in whole for shape in each), None, tuple(found))
    points = pd.concat(whole, ignore_index=True) if whole else None
    if points is not None and len(points) > MOST_POINTS:
        found.append(problem("siting_many_points", value=len(points), limit=MOST_POINTS))
        points = None
    return Given(digest.hexdigest(), (), points, tuple(found))


def _read(kind: str, upload: Upload, crs: str, found: list[Problem]) -> Any:
    try:
        return read_points(upload.path) if kind == POINTS else read_shapes(upload.path, crs)
    except InputError as error:
        found += [replace(each, file=upload.name) for each in error.problems]
    return None


def _field(kind: str, crs: str, words: Words) -> Given:
    with st.container(key=f"siting_file_{kind}"):
        files = st.file_uploader(
            words(f"siting.file.{kind}"),
            type=list(TYPES),
            accept_multiple_files=True,
            key=f"siting_files_{kind}",
            help=words("siting.file_help", size=MAX_MB),
            max_upload_size=MAX_MB,
        )
    kept: dict[str, tuple[tuple[str, ...], Given]] = st.session_state.setdefault(READ, {})
    if not files:
        kept.pop(kind, None)
        return NOTHING
    key = (crs, *(each.file_id for each in files))
    if kind not in kept or kept[kind][0] != key:
        with st.spinner(words("bring.reading")):
            kept[kind] = key, read_given(kind, [(each.name, each.getvalue()) for each in files], crs)
    return kept[kind][1]


def land_fields(candidates: str, crs: str, words: Words) -> tuple[Land, str, list[Problem]]:
    """The fields for all such files: what limits the candidates, a digest of it, and everything wrong with it."""
    st.html(STYLE.replace("CHOOSE", json.dumps(words("bring.choose"), ensure_ascii=False)))
    given: dict[str, Given] = {}
    if candidates == OF_FILE:
        given[POINTS] = _field(POINTS, crs, words)
    with (
        st.expander(words("siting.limits"), key="siting_limits"),
        st.container(horizontal=True, gap="small", key="siting_files"),
    ):
        given |= {kind: _field(kind, crs, words) for kind in AREAS}
    land = Land(given.get(POINTS, NOTHING).points, **{kind: given[kind].shapes for kind in AREAS})
    said = "".join(f"{kind} {each.digest}\n" for kind, each in given.items())
    return (
        land,
        hashlib.sha256(said.encode()).hexdigest(),
        [p for each in given.values() for p in each.problems],
    )
