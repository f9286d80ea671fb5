"""Which rows of a table are shown: by text, and of the plan by verdict and planned use; kept in the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import streamlit as st

from geo.land_use import BESIDE, read_land_uses
from geo.map_style import VERDICT_LETTER
from views.table import fold, folded, use_words, verdict_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from views.table import PlanTable
    from views.wording import Words

KEPT = "plan_filter"
"""The plan's filter in the session."""
FIELDS = "filter_"
"""Before the keys of the fields."""
STREET_TEXT = "street_filter"
VERDICTS = tuple(VERDICT_LETTER)
MOST_LETTERS = 100


@dataclass(frozen=True)
class Filter:
    """Every condition that is given must hold: all words of ``text``, one of ``verdicts``, one of ``uses``."""

    text: str = ""
    verdicts: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


def filter_now() -> Filter:
    """The plan's filter as it stands."""
    kept: Filter = st.session_state.get(KEPT) or Filter()
    return kept


def holding(texts: pd.Series[Any], text: str) -> NDArray[np.bool_]:
    """(n,) whether a row's folded text holds every word of ``text``, in any order."""
    found = np.ones(len(texts), dtype=bool)
    for word in fold(text).split():
        found &= texts.str.contains(word, regex=False).to_numpy(dtype=bool)
    return found


def rows_shown(table: PlanTable, chosen: Filter) -> NDArray[np.bool_]:
    """(n,) whether a row of the plan's table is shown."""
    found = holding(table.text, chosen.text)
    for codes, wanted in ((table.verdict, chosen.verdicts), (table.use, chosen.uses)):
        if wanted:
            found &= codes.isin(wanted).to_numpy(dtype=bool)
    return found


def filters_said() -> str:
    """The plan's filter as a short text for an address; empty for none."""
    chosen = filter_now()
    said = {"t": chosen.text, "v": ",".join(chosen.verdicts), "u": ",".join(chosen.uses)}
    return urlencode({name: text for name, text in said.items() if text})


def take_filters(said: str) -> None:
    """Take over a text of :func:`filters_said`, before any field is drawn; what it names and is not there is left."""
    try:
        told = {name: texts[0] for name, texts in parse_qs(said[:2000], max_num_fields=10).items()}
    except ValueError:
        told = {}
    uses = (*(each.use for each in read_land_uses()), *BESIDE)
    named = [
        tuple(code for code in known if code in told.get(name, "").split(","))
        for name, known in (("v", VERDICTS), ("u", uses))
    ]
    _take(Filter(told.get("t", "")[:MOST_LETTERS], *named))


def clear_filter() -> None:
    """Show every row again."""
    _take(Filter())


def _take(chosen: Filter) -> None:
    """Make this the filter, and let every field say so when it is drawn next."""
    st.session_state[KEPT] = chosen
    for key in [key for key in st.session_state if str(key).startswith(FIELDS)]:
        del st.session_state[key]


def _field(name: str, key: str, value: Any) -> Any:
    """Callback of a field: its value becomes part of the filter."""
    state = st.session_state
    if key not in state:
        state[key] = value

    def take() -> None:
        told = state[key]
        changed: Any = told.strip() if isinstance(told, str) else tuple(told or ())
        state[KEPT] = replace(filter_now(), **{name: changed})

    return take


def _pills(name: str, label: str, options: list[str], words: Words, of: Any) -> None:
    # The browser answers with the label it shows, so each language has a field of its own.
    key = f"{FIELDS}{name}_{words.language}"
    chosen = [each for each in options if each in getattr(filter_now(), name)]
    st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        format_func=lambda code: of(code, words),
        on_change=_field(name, key, chosen),
    )


def filter_fields(table: PlanTable, words: Words) -> None:
    """The fields of the plan's filter, in a row that others may stand in too."""
    chosen = filter_now()
    key = f"{FIELDS}text"
    take = _field("text", key, chosen.text)
    st.text_input(
        words("filter.text"),
        key=key,
        max_chars=MOST_LETTERS,
        placeholder=words("filter.text"),
        label_visibility="collapsed",
        on_change=take,
    )
    number = bool(chosen.verdicts) + bool(chosen.uses)
    label = words("filter.more_set", number=number) if number else words("filter.more")
    with st.popover(label, key="plan_filter_more"):
        _pills("verdicts", words("filter.verdicts"), list(VERDICTS), words, verdict_words)
        here = {*table.use, *chosen.uses}
        uses = [each for each in (*(one.use for one in read_land_uses()), *BESIDE) if each in here]
        _pills("uses", words("filter.uses"), uses, words, use_words)
        st.caption(words("filter.how"))


def folded_names(table: pd.DataFrame) -> pd.Series[Any]:
    """The names of a table of streets, as :func:`holding` looks in them."""
    return folded([table["name"].astype(str)])


def clear_button(key: str, words: Words) -> None:
    """A button that shows every row again."""
    st.button(words("filter.clear"), key=key, on_click=clear_filter, type="tertiary")
