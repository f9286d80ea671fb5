"""How engines drive: the table of speeds, one-way streets, and seconds lost at junctions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.standards import JUNCTION_DELAYS_S, SAME_SPEED_AS, class_speed_kph
from views.fields import PREFIX, choice_field, number_field, put_number

if TYPE_CHECKING:
    from views.wording import Words

SPEED_CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service", "track",
)  # fmt: skip
LEAST_KPH, MOST_KPH = 1, 150
"""What a scenario takes as a speed."""
OWN_SPEEDS = PREFIX + "own_speeds"
"""In the session: a profile and the speeds a link gave it, which stand in its table in place of its own."""
DELAYS = ("junction_s", *JUNCTION_DELAYS_S)


def speed_table(profile: str, words: Words) -> pd.DataFrame:
    """The speeds of a profile, one row for each class that has its own: ``class``, ``speed_kph``."""
    return pd.DataFrame(
        {
            "class": [words.of("value.class", name) for name in SPEED_CLASSES],
            "speed_kph": [round(class_speed_kph(name, profile), 1) for name in SPEED_CLASSES],
        }
    )


def speeds_changed(profile: str, speeds: list[float | None]) -> tuple[tuple[str, float], ...]:
    """The classes whose speed is not the profile's, and with each the classes driven at its speed.

    ``speeds`` in the order of :data:`SPEED_CLASSES`; an emptied cell (None or NaN) is the profile's speed again.
    """
    own: dict[str, float] = {}
    for name, speed in zip(SPEED_CLASSES, speeds, strict=True):
        if speed is None or speed != speed or speed == round(class_speed_kph(name, profile), 1):  # noqa: PLR0124
            continue
        same = [each for each, leader in SAME_SPEED_AS.items() if leader == name]
        own |= dict.fromkeys([name, *same], min(max(float(speed), LEAST_KPH), MOST_KPH))
    return tuple(sorted(own.items()))


def _speeds_at_first(profile: str, words: Words) -> pd.DataFrame:
    """The speeds of a profile, or those a link gave it."""
    table = speed_table(profile, words)
    asked, speeds = st.session_state.get(OWN_SPEEDS, ("", ()))
    own = dict(speeds) if asked == profile else {}
    given = [own.get(name, speed) for name, speed in zip(SPEED_CLASSES, table["speed_kph"], strict=True)]
    return table.assign(speed_kph=given)


def speeds_field(profile: str, words: Words) -> tuple[tuple[str, float], ...]:
    """The table of speeds in force, to be changed; returns what differs from the profile."""
    st.caption(words("choice.speeds"))
    edited = st.data_editor(
        _speeds_at_first(profile, words),
        key=f"{PREFIX}speeds_{profile}_{st.session_state.get('edition', 0)}",
        hide_index=True,
        height="content",
        disabled=["class"],
        column_config={
            "class": st.column_config.TextColumn(words("column.class")),
            "speed_kph": st.column_config.NumberColumn(
                words("column.speed_kph"), min_value=LEAST_KPH, max_value=MOST_KPH, step=0.1, format="%g"
            ),
        },
        alt=words("choice.speeds"),
    )
    return speeds_changed(profile, edited["speed_kph"].tolist())


def _take_suggested() -> None:
    for name, seconds in JUNCTION_DELAYS_S.items():
        put_number(name, seconds)


def driving_fields(profile: str, words: Words) -> dict[str, Any]:
    """The fields of this part; returns the targets they set."""
    found: dict[str, Any] = {"speeds_kph": speeds_field(profile, words)}
    found["speed_factor"] = number_field(words, "speed_factor")
    found["one_way"] = choice_field(words, "one_way")
    if found["one_way"] == "cost":
        found["against_factor"] = number_field(words, "against_factor")
    found["acceleration_mps2"] = number_field(words, "acceleration_mps2")
    st.caption(words("choice.delays"))
    st.button(
        words("choice.suggested"),
        on_click=_take_suggested,
        help=words("choice.suggested_help"),
        width="stretch",
    )
    return found | {name: number_field(words, name) for name in DELAYS}
