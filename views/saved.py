"""Named scenarios of the county's folder: opened, saved for everybody on it, taken home as a file and brought back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from analysis.county_changes import change_problems
from analysis.saved_scenarios import (
    MOST_FILE_BYTES,
    MOST_LETTERS,
    Saved,
    list_scenarios,
    read_saved,
    save_scenario,
)
from analysis.scenario import scenario_from_json
from geo.problems import InputError, problem
from views.answers import county_folder
from views.fields import PREFIX, file_style
from views.scenario_fields import put_choices
from views.uploads import shown_name
from views.wording import plain

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.scenario import Scenario
    from geo.county import County
    from geo.problems import Problem
    from views.wording import Words

SAVED = PREFIX + "saved"
"""In the session: the saved scenario that was opened or saved last."""
PROBLEMS, DONE, NAME, CONFLICT = "saved_problems", "saved_done", "saved_name", "saved_conflict"
LOST = "saved_lost"
DIGEST_LETTERS = 16
CONFLICTS = ("scenario_there", "scenario_changed", "scenario_gone")
"""Problems that saving all the same would get over, knowingly."""


def nameless(scenario: Scenario) -> Scenario:
    """The question alone: on the page a name is that of a file, and a changed scenario no longer bears it."""
    return replace(scenario, name="", name_en="")


def saved_now() -> Saved | None:
    """The saved scenario that was opened or saved last; the choices may have been changed since."""
    found: Saved | None = st.session_state.get(SAVED)
    return found


def is_as_saved() -> bool:
    """Whether the scenario of this run is just the one saved."""
    saved = saved_now()
    return saved is not None and nameless(saved.scenario).to_json() == st.session_state.get("asked")


def saved_said() -> str:
    """The saved scenario shown as it stands in an address, name and digest; empty for none or one changed since."""
    saved = saved_now()
    return "" if saved is None or not is_as_saved() else f"{saved.file}~{saved.digest[:DIGEST_LETTERS]}"


def take_saved(said: str, *, whole: bool) -> tuple[Problem, ...]:
    """Take over a text of :func:`saved_said`, before any field is drawn: remember which saved scenario it is, and where
    the address does not carry the scenario itself (not ``whole``) put that into the fields. Returns what is to be said:
    that it is gone, or that it has been changed since."""
    state = st.session_state
    name, _, digest = said.rpartition("~")
    state[SAVED] = None
    if not said:
        return ()
    try:
        saved = read_saved(county_folder(), name[:MOST_LETTERS])
    except InputError as error:
        return error.problems
    if not whole:
        put_choices(nameless(saved.scenario))
    state[SAVED] = saved
    if digest and saved.digest.startswith(digest):
        return ()
    code = "link_saved_changed" if whole else "link_saved_changed_shown"
    return (problem(code, value=saved.file, time=_time(saved)),)


def _time(saved: Saved) -> str:
    return saved.saved_at.astimezone().strftime("%Y-%m-%d %H:%M")


def _put(scenario: Scenario, county: County) -> tuple[Problem, ...]:
    """Put a scenario into the fields; one that this county cannot have is not, and why is returned."""
    found = tuple(change_problems(county, scenario.changes))
    if not found:
        put_choices(nameless(scenario))
        st.session_state[LOST] = nameless(scenario).to_json()
    return found


def _open(key: str, folder: Path, county: County) -> None:
    state = st.session_state
    _forget_said()
    if not state[key]:
        state[SAVED] = None
        return
    try:
        saved = read_saved(folder, state[key])
    except InputError as error:
        state[PROBLEMS] = error.problems
        return
    state[PROBLEMS] = _put(saved.scenario, county)
    if not state[PROBLEMS]:
        state[SAVED], state[NAME] = saved, saved.file


def _forget_said() -> None:
    for key in (PROBLEMS, DONE, CONFLICT, LOST):
        st.session_state.pop(key, None)


def _save(folder: Path, scenario: Scenario, *, overwrite: bool) -> None:
    state = st.session_state
    _forget_said()
    name, before = str(state.get(NAME, "")).strip(), saved_now()
    same = before is not None and before.file == name
    title, title_en = (before.scenario.name, before.scenario.name_en) if before and same else ("", "")
    if not title and not title_en:
        title = name
    try:
        state[SAVED] = save_scenario(
            folder, name, replace(scenario, name=title, name_en=title_en), before.digest if before and same else None,
            overwrite=overwrite,
        )  # fmt: skip
        state[DONE] = True
    except InputError as error:
        state[PROBLEMS] = error.problems
        state[CONFLICT] = name if error.problems[0].code in CONFLICTS else ""
    except OSError as error:
        state[PROBLEMS] = (problem("cannot_write", value=name, detail=error.strerror or error),)


def _take_file(key: str, county: County) -> None:
    state = st.session_state
    upload = state.get(key)
    if upload is None:
        return
    _forget_said()
    name, content = shown_name(upload.name), upload.getvalue()
    try:
        if len(content) > MOST_FILE_BYTES:
            raise InputError([problem("scenario_large", file=name, limit=MOST_FILE_BYTES // 1000)])
        scenario = scenario_from_json(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        state[PROBLEMS] = (problem("file_unreadable", file=name, detail=error.reason),)
    except InputError as error:
        state[PROBLEMS] = error.problems
    else:
        state[PROBLEMS] = _put(scenario, county)
    state.saved_files = state.get("saved_files", 0) + 1  # the next file finds an empty field


def _list_field(folder: Path, county: County, words: Words) -> None:
    listed = list_scenarios(folder)
    names = [each.file for each in listed if each.saved is not None]
    titles = {each.file: each.saved.scenario for each in listed if each.saved is not None}
    state, key, saved = st.session_state, f"saved_pick_{words.language}", saved_now()
    shown = saved.file if saved is not None and saved.file in names else ""
    if state.get(key) != shown:
        state[key] = shown

    def label(name: str) -> str:
        if not name:
            return words("saved.none")
        title = titles[name].name if words.language == "zh" else titles[name].name_en or titles[name].name
        return name if title in ("", name) else words("saved.label", name=name, title=title)

    st.selectbox(
        words("saved.open"), ["", *names], format_func=label, key=key, on_change=_open, args=(key, folder, county),
        help=words("saved.open_help"),
    )  # fmt: skip
    broken = [each.file for each in listed if each.saved is None]
    if broken:
        st.caption(plain(words("saved.broken", names=words("saved.between").join(broken))))
    if saved is not None and not is_as_saved():
        st.caption(plain(words("saved.changed", name=saved.file)))


def _save_fields(folder: Path, scenario: Scenario, words: Words) -> None:
    state, saved = st.session_state, saved_now()
    state.setdefault(NAME, "" if saved is None else saved.file)
    st.text_input(words("saved.name"), key=NAME, max_chars=MOST_LETTERS)
    st.caption(words("saved.everyone"))
    st.button(
        words("saved.save"),
        key="saved_save",
        on_click=_save,
        args=(folder, scenario),
        kwargs={"overwrite": False},
    )
    if state.get(CONFLICT) and state[CONFLICT] == str(state[NAME]).strip():
        st.button(
            words("saved.overwrite", name=plain(state[CONFLICT])), key="saved_overwrite", on_click=_save,
            args=(folder, scenario), kwargs={"overwrite": True}, help=words("saved.overwrite_help"),
        )  # fmt: skip


def _file_fields(scenario: Scenario, county: County, words: Words) -> None:
    saved = saved_now()
    name = saved.file if saved is not None else words("saved.file_name")
    st.download_button(
        words("saved.download"), data=scenario.to_json() + "\n", file_name=f"{name}.json", mime="application/json",
        on_click="ignore", key="saved_download",
    )  # fmt: skip
    file_style("saved", words)
    key = f"saved_file_{st.session_state.get('saved_files', 0)}"
    st.file_uploader(
        words("saved.upload"), type=["json"], key=key, on_change=_take_file, args=(key, county), max_upload_size=1,
        help=words("saved.upload_help", size=MOST_FILE_BYTES // 1000),
    )  # fmt: skip


def saved_panel(county: County, scenario: Scenario, words: Words) -> None:
    """The list of saved scenarios, saving under a name, and a scenario as a file; ``county`` as surveyed."""
    state, folder = st.session_state, county_folder()
    with st.container(key="saved", gap="small"):
        st.markdown(f"**{words('saved.title')}**")
        _list_field(folder, county, words)
        problems: tuple[Problem, ...] = state.get(PROBLEMS, ())
        if problems:
            st.error("\n".join(f"- {plain(each.text(words.language))}" for each in problems))
        if state.pop(LOST, None) not in (None, scenario.to_json()):
            st.warning(words("saved.not_shown"))
        with st.popover(words("saved.save_as"), key="saved_more", width="stretch"):
            _save_fields(folder, scenario, words)
        if state.pop(DONE, False):
            st.success(plain(words("saved.done", name=state[SAVED].file)))
        with st.popover(words("saved.as_file"), key="saved_as_file", width="stretch"):
            _file_fields(scenario, county, words)
