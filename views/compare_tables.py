"""A comparison as the page's tables: figures with their ranges and differences, parcels, street lengths, ground.

On streets that are only drawn nothing is called reached: shares are ranges over all places stations may have, and every
length or area is what the drawing would make it, beside the whole that is not analysed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.comparison import COVERAGE, HYDRANTS
from analysis.overlay import ABSENT, NOT_ANALYSED, ONLY_AFTER, ONLY_BEFORE
from geo.map_style import VERDICT_LETTER
from views.wording import missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.comparison import Comparison
    from views.wording import Words

RANGES = {
    "area_covered": ("area_covered", "area_covered_low", "area_covered_high"),
    "street_share": ("street_share", "street_share_low", "street_share_high"),
    "hydrant_share_example": ("hydrant_share_example", "hydrant_share_low", "hydrant_share_high"),
}
"""Figures with the ends of their range."""
HYDRANT_SHARE = "hydrant_share_example"
"""Known by its range alone: its middle is an example."""
ENDS = {end for ends in RANGES.values() for end in ends[1:]}
OF_TIMES = frozenset({"area_not_covered", "area_not_analysed", "area_covered_m2", "street_reached"})
"""Figures without a range that rest on times: on drawn streets they are left out."""
SAME_DIGITS = 1e-9


def drawn_only(comparison: Comparison) -> bool:
    """Whether streets of any side are only drawn, so that no time on them decides."""
    return any("roads" in each.county.schematic for each in comparison.assessments)


def head(comparison: Comparison, number: int) -> str:
    """A scenario as the head of a column: its number and name."""
    return f"{number} {comparison.names[number - 1]}"


def _value(value: float, unit: str, words: Words, *, signed: bool = False) -> str:
    sign = ("+" if value > 0 else "−" if value < 0 else "") if signed else ""
    size = abs(value) if signed else value
    if unit == "share":
        text = words("compare.points", points=f"{100 * size:.1f}") if signed else words.share(size)
    elif unit == "m2":
        text = words.square_km(size)
    elif unit == "m":
        text = words.metres(size)
    else:
        text = f"{size:,.0f}" if unit == "number" else f"{size:,.2f}"
    return sign + text


def _change(difference: Any, unit: str, words: Words) -> str:
    """A difference with its sign; empty where either side has no figure."""
    if missing(difference):
        return ""
    if abs(difference) <= SAME_DIGITS:
        return words("compare.unchanged")
    return _value(float(difference), unit, words, signed=True)


def figure_rows(comparison: Comparison, words: Words) -> list[dict[str, str]]:
    """One row for each figure: every scenario's value, with its range, and the difference of each to the first.

    Where only the range is known, it alone is shown, and the differences of both its ends.
    """
    table = {row["figure"]: row for row in comparison.figures.to_dict("records")}
    drawn, nowhere, rows = drawn_only(comparison), len(comparison.parcels) == 0, []
    for name, row in table.items():
        if name in ENDS or (drawn and name in OF_TIMES) or (nowhere and name.startswith("parcels_")):
            continue
        low, high = (table.get(each, row) for each in RANGES.get(name, ("", ""))[-2:])
        only_ends = name == HYDRANT_SHARE or (drawn and name in RANGES)
        label = words(f"compare.short.{name}" if name in RANGES else f"compare.figure.{name}")
        shown = {words("compare.figure_head"): label}
        for n in range(1, len(comparison.names) + 1):
            text = _figure(row, _span(low, high, n, words), n, words, only_ends=only_ends)
            of_drawing = text and drawn and only_ends and name != HYDRANT_SHARE
            shown[head(comparison, n)] = words("value.schematic", what=text) if of_drawing else text
        for n in range(2, len(comparison.names) + 1):
            changed = [
                _change(each[f"difference_{n}"], str(row["unit"]), words)
                for each in ((low, high) if only_ends else (row,))
            ]
            alike = len(set(changed)) == 1
            shown[words("compare.difference", number=n)] = (
                changed[0] if alike else words("compare.ends", low=changed[0], high=changed[1])
            )
        rows.append(shown)
    return rows


def _figure(row: Mapping[Any, Any], span: str, number: int, words: Words, *, only_ends: bool) -> str:
    """A value with its range behind it, or the range alone."""
    value = row[f"value_{number}"]
    text = "" if only_ends or missing(value) else _value(float(value), str(row["unit"]), words)
    if not text:
        return span
    return words("compare.with_range", value=text, span=span) if span not in ("", text) else text


def _span(low: Mapping[Any, Any], high: Mapping[Any, Any], number: int, words: Words) -> str:
    """The range of a share; empty for a figure that has none."""
    return "" if low is high else words.share_range(low[f"value_{number}"], high[f"value_{number}"])


def said_of(comparison: Comparison, words: Words) -> str:
    """How many parcels change their verdict, scenario by scenario."""
    table, said = comparison.parcels, []
    for number in range(2, len(comparison.names) + 1):
        flipped = int(table[f"flipped_{number}"].sum())
        said.append(
            words("compare.flipped", name=comparison.names[number - 1], number=flipped, whole=len(table))
            if flipped
            else words("compare.none_flipped", name=comparison.names[number - 1], first=comparison.names[0])
        )
    return " ".join(said)


def parcel_rows(comparison: Comparison, words: Words) -> list[dict[str, str]]:
    """One row for each parcel, those whose verdict changes first, then those whose water does."""
    table, others = comparison.parcels, range(2, len(comparison.names) + 1)
    drawn, rows = drawn_only(comparison), []
    for row in table.drop(columns="geometry").to_dict("records"):
        flipped = any(row[f"flipped_{n}"] for n in others)
        water = any(row[f"water_flipped_{n}"] for n in others)
        rank = 0 if flipped else 1 if water else 2
        mark = words(f"compare.mark.{('verdict', 'water', 'same')[rank]}")
        name = words("value.between").join(filter(None, [str(row["parcel_no"]), words.mu(row["area_mu"])]))
        shown = {words("compare.mark_head"): mark, words("column.parcel_no"): name}
        for n in range(1, len(comparison.names) + 1):
            time = words.minutes(row[f"arrival_s_{n}"])
            time = words("value.schematic", what=time) if time and drawn else time
            verdict = f"{VERDICT_LETTER[row[f'verdict_{n}']]} {words.of('verdict', row[f'verdict_{n}'])}"
            water_said = words.of("value.water_state", row[f"water_state_{n}"]) if water else ""
            shown[head(comparison, n)] = words("value.between").join(
                filter(None, [verdict, time, water_said])
            )
        rows.append((rank, shown))
    return [shown for _, shown in sorted(rows, key=lambda each: each[0])]


def length_rows(comparison: Comparison, number: int, words: Words) -> list[dict[str, str]]:
    """Street length by what becomes of it, adding up to the last row; on drawn streets first that none is analysed."""
    lengths = next(each for each in comparison.summary["changes"] if each["scenario"] == number)["streets"]
    if lengths is None:
        return []
    whole = lengths["whole_m"]

    def one(label: str, length_m: float) -> dict[str, str]:
        return {
            words("compare.what"): label,
            words("compare.length"): words.metres(length_m),
            words("compare.share"): words.share(length_m / whole) if whole else "",
        }

    drawn, rows = drawn_only(comparison), []
    if drawn:
        rows.append(one(words("compare.drawn_whole"), whole))
    for key, length in lengths.items():
        change = key.removesuffix("_m")
        if key == "whole_m" or (length == 0 and change in (ONLY_BEFORE, ONLY_AFTER)):
            continue
        label = words.of("compare.change", change)
        if drawn and change != NOT_ANALYSED:
            label = words("compare.if_drawn", what=label)
        elif drawn:
            continue
        rows.append(one(label, length))
    return rows if drawn else [*rows, one(words("compare.sum"), whole)]


def ground_rows(comparison: Comparison, number: int, words: Words) -> list[dict[str, str]]:
    """Ground gained, lost and kept: reached in time, and protected by hydrants."""
    found = next(each for each in comparison.summary["changes"] if each["scenario"] == number)
    drawn, rows = drawn_only(comparison), []
    for what in (COVERAGE, HYDRANTS):
        label = words(f"compare.ground_of.{what}")
        if drawn and what == COVERAGE:
            label = words("compare.if_drawn", what=label)
        areas = found[what] or {}
        shown = {words("compare.what"): label}
        for change in ("gained", "lost", "still", "not_analysed"):
            area = areas.get(f"{change}_m2")
            shown[words(f"compare.ground_change.{change}")] = "" if area is None else words.square_km(area)
        if not areas:
            shown[words("compare.ground_change.not_analysed")] = words("compare.not_comparable")
        rows.append(shown)
    return rows


def certainty_line(comparison: Comparison, number: int, words: Words) -> str:
    """How sure the hydrants' places are, how many have none, and whether limits or streets differ."""
    found = next(each for each in comparison.summary["changes"] if each["scenario"] == number)
    sure = found["hydrants_certainty"]
    said = [words("compare.certainty", certainty=words.of("figure.certainty", sure))] if sure else []
    table = comparison.assessments[number - 1].hydrants
    nowhere = int((table["counted"].astype(bool) & table.geometry.isna()).sum())
    said += [words("compare.without_place", number=nowhere)] if nowhere else []
    said += [] if found["same_limit"] else [words("compare.limits")]
    said += [] if found["same_streets"] else [words("compare.other_streets")]
    return " ".join(said)


def piece_kind(change: str, *, drawn: bool) -> str:
    """How a piece of street is drawn: what only a drawing says has a look of its own."""
    kind = NOT_ANALYSED if change == ABSENT else change
    return f"{kind}_drawn" if drawn and kind in ("gained", "lost", "still", "none") else kind
