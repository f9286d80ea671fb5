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
from geo.datum_evidence import NOT
from geo.datum_readings import reading_of, reading_text
from geo.datum_words import reading_name, reading_short, system_name
from geo.encodings import KNOWN
from geo.layers import LAYERS
from geo.list_words import StatusWord
from geo.translation import FileChoices
from views.bring_tables import empty_statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
MOST_READINGS = 6
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


def say_choices(upload: Upload, **changes: Any) -> None:
    """Change some of what this session has said of a file."""
    wish = wish_of(upload)
    put_wish(upload, replace(wish, choices=replace(wish.choices, **changes)))


def _say_status(upload: Upload, word: str, code: str | None) -> None:
    """What one word for a status means; None takes it back."""
    others = {key: each for key, each in wish_of(upload).choices.statuses.items() if key != word}
    say_choices(upload, statuses=others if code is None else {**others, word: code})


def _start_anew(upload: Upload, layer: str, **changes: Any) -> None:
    """Another layer or sheet: what was said of columns no longer holds."""
    now = wish_of(upload)
    kept = FileChoices(
        sheet=now.choices.sheet,
        encoding=now.choices.encoding,
        source_crs=now.choices.source_crs,
        read_as=now.choices.read_as,
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
        lambda name: say_choices(upload, encoding=name),
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


def take_reading(upload: Upload, text: str) -> None:
    """Read the coordinates as one of the evidence's readings has them, or, empty, as the file says."""
    put_wish(upload, replace(wish_of(upload), typed=False))
    say_choices(upload, source_crs=None, read_as=text)


def system_field(upload: Upload, report: FileReport | None, view: Bounds | None, words: Words) -> None:
    """A list of coordinate systems, the readings that the evidence weighed first, and a field to write another."""
    wish, listed = wish_of(upload), systems(view)
    weighed = None if report is None else report.datum
    readings = {} if weighed is None else {
        reading_text(each.reading): each.reading for each in weighed.candidates if each.reading != weighed.declared
    }  # fmt: skip
    if wish.choices.read_as and wish.choices.read_as not in readings:
        readings[wish.choices.read_as] = reading_of(wish.choices.read_as)
    fits = None if weighed is None or weighed.recommended is None else reading_text(weighed.recommended)

    def label(code: str) -> str:
        if code == AUTO:
            return words("bring.system_declared")
        if code == OTHER:
            return words("bring.system_other")
        if code not in readings:
            return system_name(system_of(code), words.language)
        name = reading_name(readings[code], words.language)
        return words("bring.system_fits", name=name) if code == fits else name

    def take(code: str) -> None:
        if code in readings:
            take_reading(upload, code)
            return
        typed = code == OTHER
        put_wish(upload, replace(wish_of(upload), typed=typed))
        say_choices(upload, read_as="", source_crs=None if typed or code == AUTO else code)

    given = wish.choices.read_as or wish.choices.source_crs
    options = list(dict.fromkeys([AUTO, *readings, *listed, OTHER]))
    current = OTHER if wish.typed else given if given in options else AUTO
    _list(
        words("bring.system"), options, current, label, key_of(upload, "system", words), take,
        words("bring.system_help"),
    )  # fmt: skip
    if wish.typed:
        key = key_of(upload, "system_typed", words)
        st.text_input(
            words("bring.system_typed"),
            wish.choices.source_crs or "",
            max_chars=40,
            key=key,
            placeholder="EPSG:4547",
            on_change=lambda: say_choices(upload, source_crs=st.session_state[key].strip() or None),
        )


def reading_buttons(upload: Upload, report: FileReport, words: Words) -> None:
    """A button for each reading that the evidence leaves open, to take it as a whole, and one to go back."""
    weighed, chosen = report.datum, wish_of(upload).choices.read_as
    if weighed is None:
        return
    open_ones = [each.reading for each in weighed.candidates if each.verdict != NOT]
    offered = [each for each in open_ones if each != weighed.declared and reading_text(each) != chosen]
    with st.container(horizontal=True, gap="small", key="bring_readings"):
        for each in offered[:MOST_READINGS]:
            st.button(
                words("bring.read_as", name=reading_short(each, words.language)),
                key=key_of(upload, f"read_as_{reading_text(each)}", words),
                on_click=take_reading,
                args=(upload, reading_text(each)),
            )
        if chosen:
            st.button(
                words("bring.read_as_declared"),
                key=key_of(upload, "read_as_declared", words),
                on_click=take_reading,
                args=(upload, ""),
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
            lambda code, word=each.theirs: _say_status(  # type: ignore[misc]
                upload, word, None if code == AUTO else code
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
        st.checkbox(
            label, key=key, on_change=lambda name=name, key=key: say_choices(upload, **{name: state[key]})
        )
