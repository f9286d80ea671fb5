"""What a reader says of an uploaded file: layer, sheet, encoding, system, columns, units, statuses, consents.

The session keeps it by the file's digest; the fields only show it, so that a closed panel forgets nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from geo.cells import STATUSES
from geo.crs import WEB_MERCATOR, WGS84
from geo.datum import CGCS2000, ZONES, gauss, system_of, systems_at
from geo.datum_words import reading_name, system_name
from geo.encodings import KNOWN
from geo.layers import LAYERS
from geo.list_words import StatusWord
from geo.translation import FileChoices
from geo.units import QUANTITIES
from views.bring_tables import empty_statuses, field_name, units_open

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geo.file_report import FileReport
    from geo.layer_guess import LayerGuess
    from geo.map_features import Bounds
    from geo.tables import LayerInFile
    from views.uploads import Upload
    from views.wording import Words

WISHES = "bring_wishes"
AUTO, NONE = "\0auto", "\0none"
"""Options that are no name of a column: as the program reads it, and that no column is it."""
OTHER = "\0other"
CONSENTS = ("leave_out_bad_rows", "repair", "make_ids", "unknown_statuses")
MOST_WORDS = 30
"""Status words to choose for; a file with more has another column there."""


@dataclass(frozen=True)
class Wish:
    """What is said of one file: ``layer`` (empty: the likeliest), ``typed``: the system is written, not chosen."""

    layer: str = ""
    choices: FileChoices = field(default_factory=FileChoices)
    typed: bool = False


def wish_of(upload: Upload) -> Wish:
    """What this session has said of a file."""
    found: Wish = st.session_state.setdefault(WISHES, {}).get(upload.digest, Wish())
    return found


def put_wish(upload: Upload, wish: Wish) -> None:
    """Keep what is said of a file."""
    st.session_state[WISHES] = st.session_state.get(WISHES, {}) | {upload.digest: wish}


def _say(upload: Upload, **changes: Any) -> None:
    wish = wish_of(upload)
    put_wish(upload, replace(wish, choices=replace(wish.choices, **changes)))


def _say_of(upload: Upload, name: str, ours: str, value: str | None) -> None:
    """One entry of ``fields``, ``units`` or ``statuses``; None takes it back."""
    now: Mapping[str, str] = getattr(wish_of(upload).choices, name)
    others = {key: each for key, each in now.items() if key != ours}
    _say(upload, **{name: others if value is None else {**others, ours: value}})


def _start_anew(upload: Upload, layer: str, **changes: Any) -> None:
    """Another layer or sheet: what was said of columns no longer holds."""
    now = wish_of(upload)
    kept = FileChoices(
        sheet=now.choices.sheet, encoding=now.choices.encoding, source_crs=now.choices.source_crs
    )
    put_wish(upload, replace(now, layer=layer, choices=replace(kept, **changes)))


def key_of(upload: Upload, name: str, words: Words) -> str:
    """The key of a field about a file; each language has its own, as the browser answers with the label it shows."""
    return f"bring_{upload.digest[:12]}_{name}_{words.language}"


def _list(
    label: str,
    options: Sequence[Any],
    current: Any,
    labels: Callable[[Any], str],
    key: str,
    then: Callable[[Any], None],
    help_text: str | None = None,
) -> None:
    state = st.session_state
    if state.get(key) != current:
        state[key] = current
    st.selectbox(
        label, options, key=key, format_func=labels, on_change=lambda: then(state[key]), help=help_text
    )


def reading_fields(
    upload: Upload, layer: str, ranking: Sequence[LayerGuess], sheets: Sequence[LayerInFile], words: Words
) -> None:
    """Fields for the layer, the likeliest first, the sheet where there are several, and the encoding."""
    points = {each.layer: each.points for each in ranking if each.possible}
    likely = [name for name in points if name in LAYERS]
    _list(
        words("bring.layer"),
        [*likely, *(name for name in LAYERS if name not in likely)],
        layer,
        lambda name: (
            words("bring.layer_points", layer=words.of("value.layer", name), points=f"{points[name]:g}")
            if name in points
            else words.of("value.layer", name)
        ),
        key_of(upload, "layer", words),
        lambda name: _start_anew(upload, name),
    )
    choices = wish_of(upload).choices
    if len(sheets) > 1:
        rows = {each.name: each.rows for each in sheets}
        _list(
            words("bring.sheet"),
            list(rows),
            choices.sheet,
            lambda name: words("bring.sheet_rows", name=name, rows=rows[name]),
            key_of(upload, "sheet", words),
            lambda name: _start_anew(upload, "", sheet=name),
        )
    _list(
        words("bring.encoding"),
        ["", *KNOWN],
        choices.encoding,
        lambda name: name or words("bring.encoding_auto"),
        key_of(upload, "encoding", words),
        lambda name: _say(upload, encoding=name),
        words("bring.encoding_help"),
    )


def systems(view: Bounds | None) -> list[str]:
    """Codes of the systems on the list: degrees, shifted degrees, Web Mercator, and the zones about the county, or all
    of China where the county has no place yet."""
    degrees = [WGS84, CGCS2000, "GCJ-02", "BD-09", WEB_MERCATOR]
    if view is None:
        zones = [gauss(zone, prefix=prefix).code for zone in ZONES[3] for prefix in (False, True)]
    else:
        near = systems_at((view[0] + view[2]) / 2, (view[1] + view[3]) / 2)
        zones = [each.code for each in near if each.kind in {"gauss", "gauss_zone"} and each.width_deg == 3]
    return list(dict.fromkeys([system_of(code).code for code in degrees] + zones))


def system_field(upload: Upload, report: FileReport | None, view: Bounds | None, words: Words) -> None:
    """A list of coordinate systems, what the evidence speaks for marked, and a field to write another."""
    wish, listed = wish_of(upload), systems(view)
    weighed = None if report is None else report.datum
    fits = None if weighed is None else weighed.recommended
    if fits is not None and fits.system.code not in listed:
        listed.append(fits.system.code)

    def label(code: str) -> str:
        if code == AUTO:
            return words("bring.system_declared")
        if code == OTHER:
            return words("bring.system_other")
        name = system_name(system_of(code), words.language)
        if fits is not None and code == fits.system.code:
            return words("bring.system_fits", name=reading_name(fits, words.language))
        return name

    def take(code: str) -> None:
        typed = code == OTHER
        put_wish(upload, replace(wish_of(upload), typed=typed))
        _say(upload, source_crs=None if typed or code == AUTO else code)

    given = wish.choices.source_crs
    current = OTHER if wish.typed else given if given in listed else AUTO
    options = [AUTO, *listed, OTHER]
    _list(words("bring.system"), options, current, label, key_of(upload, "system", words), take)
    if wish.typed:
        key = key_of(upload, "system_typed", words)
        st.text_input(
            words("bring.system_typed"),
            given or "",
            max_chars=40,
            key=key,
            placeholder="EPSG:4547",
            on_change=lambda: _say(upload, source_crs=st.session_state[key].strip() or None),
        )


def column_fields(upload: Upload, report: FileReport, words: Words) -> None:
    """Which column of the file is one of ours, and the unit of its plain numbers; one of ours at a time."""
    kind, choices = LAYERS[report.layer], wish_of(upload).choices
    ours_all = [*kind.names, *(("lon", "lat") if kind.shapes else ())]
    ours_key = key_of(upload, f"ours_{report.layer}", words)
    ours = st.selectbox(
        words("bring.change_column"), ours_all, key=ours_key, format_func=lambda name: field_name(name, words)
    )
    if ours is None:
        return
    read = {each.ours: each.theirs for each in report.read.fields if each.sure}
    every = [f"={code}" for code in STATUSES] if ours == "status" else []
    columns = [str(name) for name in report.given.table.columns]

    def label(theirs: str) -> str:
        if theirs == AUTO:
            return words("bring.column_auto")
        if theirs == NONE:
            return words("bring.column_none")
        if theirs in every and theirs not in columns:
            return words("bring.column_every", value=words.of("value.status", theirs[1:]))
        return theirs

    given = choices.fields.get(ours)
    options = list(dict.fromkeys([AUTO, NONE, *columns, *every]))
    current = AUTO if given is None else given or NONE
    _list(
        words("bring.column_theirs", now=read.get(ours) or words("bring.column_no")),
        options,
        current if current in options else AUTO,
        label,
        key_of(upload, f"theirs_{report.layer}_{ours}", words),
        lambda theirs: _say_of(
            upload, "fields", ours, None if theirs == AUTO else "" if theirs == NONE else theirs
        ),
    )
    if ours in units_open(report) or ours in choices.units:
        _list(
            words("bring.unit"),
            [AUTO, *QUANTITIES[ours].factors],
            choices.units.get(ours, AUTO),
            lambda unit: words("bring.unit_auto") if unit == AUTO else unit,
            key_of(upload, f"unit_{report.layer}_{ours}", words),
            lambda unit: _say_of(upload, "units", ours, None if unit == AUTO else unit),
        )


def status_fields(upload: Upload, report: FileReport, words: Words) -> None:
    """A choice for each status word that is not understood or was given a meaning here, and for cells without one."""
    given = wish_of(upload).choices.statuses
    asked = [each for each in report.read.statuses if each.ours is None or each.theirs in given]
    empty = empty_statuses(report)
    if empty and "" not in {each.theirs for each in report.read.statuses}:
        asked.append(StatusWord("", None, empty))
    for number, each in enumerate(asked[:MOST_WORDS]):
        _list(
            words("bring.status_means", word=each.theirs or words("bring.empty"), rows=each.rows),
            [AUTO, *STATUSES],
            given.get(each.theirs, AUTO),
            lambda code: words("bring.status_open") if code == AUTO else words.of("value.status", code),
            key_of(upload, f"status_{report.layer}_{number}", words),
            lambda code, word=each.theirs: _say_of(  # type: ignore[misc]
                upload, "statuses", word, None if code == AUTO else code
            ),
        )
    if len(asked) > MOST_WORDS:
        st.caption(words("bring.status_more", number=len(asked) - MOST_WORDS))


def consents(upload: Upload, report: FileReport, in_the_way: Sequence[str], words: Words) -> None:
    """What the reader may agree to; setting aside a file of another kind only where there is one."""
    choices, state = wish_of(upload).choices, st.session_state
    for name in (*CONSENTS, *(("replace",) if in_the_way else ())):
        key, now = key_of(upload, f"may_{name}", words), bool(getattr(choices, name))
        if state.get(key) != now:
            state[key] = now
        label = words(
            f"bring.may.{name}",
            number=len(report.rejected),
            repairs=len(report.repairs),
            files=words("value.between").join(in_the_way),
        )
        st.checkbox(label, key=key, on_change=lambda name=name, key=key: _say(upload, **{name: state[key]}))
