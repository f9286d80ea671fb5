"""Hydrant spacing street by street: the table, the card of the street chosen, and what the map shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
import streamlit as st

from analysis.map_kinds import stretch_kinds
from geo import map_style as style
from geo.map_features import Pieces, Thing, as_mapping, bounds_of, pieces_geojson, things_geojson, to_wgs84
from geo.maps import LegendItem, MapLayer
from views.water import changes_of, still_water
from views.water_layers import proposal_words, proposed_things, stretch_words
from views.widths import text_px
from views.wording import missing, plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.spacing_tables import Spacing
    from geo.map_features import Bounds
    from views.wording import Words

COLUMNS = (
    "name", "missing", "missing_span", "longest_m", "verdict", "needed", "built", "under_construction", "length_m",
    "depends_on",
)  # fmt: skip
TEXTS = ("name", "missing_span", "verdict", "depends_on")
VERDICT_SIGN = {"meets": "✓", "fails": "✕", "depends": "?", "not_analysed": "–"}
VERDICT_BADGE = {"meets": "blue", "fails": "red", "depends": "orange", "not_analysed": "gray"}
MOST_TEXT_PX = 300
TABLE_HEIGHT_PX = 320
"""Of a longer table: the card of the street chosen stands below it."""
COUNTS = ("hydrants", "missing", "stretches", "longest_m")


def _name(row: Any, words: Words) -> str:
    """A street's name; with its number where several lines have that name."""
    return (
        words("street.line", name=row.name, line=row.line, lines=row.lines)
        if row.lines > 1
        else str(row.name)
    )


def _verdict(code: Any, words: Words) -> str:
    return f"{VERDICT_SIGN.get(str(code), '–')} {words.of('spacing.verdict', code)}"


def _span(row: Any) -> str:
    if missing(row.missing_least) or missing(row.missing_most):
        return ""
    low, high = f"{row.missing_least:.0f}", f"{row.missing_most:.0f}"
    return low if low == high else f"{low}–{high}"


def street_table(spacing: Spacing, words: Words) -> pd.DataFrame:
    """One row for each line of a named street, those that lack most hydrants first, then those with the longest
    piece between two; on the index of ``spacing.streets``. Numbers can be sorted."""
    rows = []
    for row in spacing.streets.itertuples():
        numbers = {name: getattr(row, name) for name in COLUMNS if name not in TEXTS}
        texts = {
            "name": _name(row, words),
            "missing_span": _span(row),
            "verdict": _verdict(row.verdict, words),
            "depends_on": words.listed("spacing.reason", row.depends_on),
        }
        rows.append(numbers | texts)
    table = pd.DataFrame(rows, columns=list(COLUMNS), index=spacing.streets.index)
    return table.sort_values(["missing", "longest_m"], ascending=False, kind="stable")


def street_columns(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    """Heads and widths of a street table."""
    settings: dict[str, Any] = {}
    for name in COLUMNS:
        label = words(f"street.head.{name}")
        if name in TEXTS:
            longest = max((text_px(str(text)) for text in table[name]), default=0)
            width = max(text_px(label), min(longest, MOST_TEXT_PX))
            settings[name] = st.column_config.TextColumn(label, width=width)
        else:
            settings[name] = st.column_config.NumberColumn(label, width=text_px(label), format="%.0f")
    return settings


def street_at(assessment: Assessment, name: Any, at: Any) -> str | None:
    """The line of a named street nearest to a place in degrees, as the map tells it; None for none."""
    spacing = still_water(assessment).spacing
    if spacing is None or not isinstance(at, list) or len(at) != 2:
        return None
    mine = spacing.streets[spacing.streets["name"] == name]
    if mine.empty or not all(isinstance(each, (int, float)) for each in at):
        return None
    lines = to_wgs84(mine.geometry, str(mine.crs))
    return str(mine["line_id"].iloc[int(shapely.distance(lines, shapely.Point(at)).argmin())])


def street_bounds(assessment: Assessment, line_id: str) -> Bounds | None:
    """West, south, east, north of one line."""
    spacing = still_water(assessment).spacing
    if spacing is None:
        return None
    mine = spacing.streets[spacing.streets["line_id"] == line_id]
    return bounds_of(to_wgs84(mine.geometry, str(mine.crs)))


def chosen_layers(assessment: Assessment, line_id: str | None, words: Words) -> tuple[MapLayer, MapLayer]:
    """The street chosen with its pieces over the spacing, and its hydrants and the proposed ones; both may be
    empty."""
    spacing, crs = still_water(assessment).spacing, str(assessment.county.crs)
    pieces: list[Pieces] = []
    things: list[Thing] = []
    if spacing is not None and line_id is not None:
        line = spacing.streets[spacing.streets["line_id"] == line_id]
        pieces.append(Pieces("line", to_wgs84(line.geometry, crs).tolist()))
        over = spacing.stretches[spacing.stretches["line_id"] == line_id]
        lines, kinds = to_wgs84(over.geometry, crs), stretch_kinds(over)
        said = [stretch_words(row, words) for row in over.itertuples()]
        for kind in ("stretch", "stretch_example"):
            rows = [row for row, each in enumerate(kinds) if each == kind]
            pieces.append(Pieces(kind, [lines[row] for row in rows], [said[row] for row in rows]))
        things = [
            *_standing(assessment, spacing, line_id, words),
            *proposed_things(spacing.proposed[spacing.proposed["line_id"] == line_id], words),
        ]
    streets, signs = as_mapping(style.SPACING), style.new_hydrant_styles(words("map.proposed_letter"))
    return (
        MapLayer(
            "chosen_street",
            words("map.chosen_street"),
            pieces_geojson(pieces),
            streets,
            tuple(LegendItem("line", words(f"map.chosen.{kind}"), streets[kind]) for kind in streets),
            interactive=False,
            pieces=True,
        ),
        MapLayer(
            "chosen_hydrants",
            words("map.chosen_hydrants"),
            things_geojson(things),
            signs,
            tuple(LegendItem("sign", words(f"map.chosen.{kind}"), signs[kind]) for kind in signs),
        ),
    )


def _standing(assessment: Assessment, spacing: Spacing, line_id: str, words: Words) -> list[Thing]:
    """The counted hydrants that stand on one line."""
    here = spacing.hydrants
    here = here[(here["line_id"] == line_id) & here["counted"].astype(bool)]
    table = assessment.hydrants.set_index("hydrant_id")
    points = to_wgs84(table.geometry.loc[here["hydrant_id"]], str(table.crs))
    return [
        Thing(
            point,
            "standing",
            str(row.hydrant_id),
            (words("map.standing_line", chainage=f"{row.chainage_m:,.0f}", off=words.metres(row.off_m)),),
        )
        for row, point in zip(here.itertuples(), points, strict=True)
    ]


def count_rows(assessment: Assessment, line_id: str, words: Words) -> list[dict[str, str]]:
    """Counts on one street before and after the proposal, in words."""
    changes = changes_of(assessment)
    if changes is None or changes.loc[line_id].isna().any():
        return []
    mine = changes.loc[line_id]
    return [
        {
            "count": words(f"street.count.{name}"),
            "before": f"{mine[f'{name}_before']:,.0f}",
            "after": f"{mine[f'{name}_after']:,.0f}",
        }
        for name in COUNTS
    ]


def street_card(assessment: Assessment, line_id: str, words: Words) -> None:
    """The street chosen: verdict and why, counts before and after, its stretches and the proposal."""
    spacing = still_water(assessment).spacing
    rows = [] if spacing is None else [r for r in spacing.streets.itertuples() if r.line_id == line_id]
    if spacing is None or not rows:
        return
    row = rows[0]
    with st.container(border=True, key="street_card"):
        badge = f":{VERDICT_BADGE.get(str(row.verdict), 'gray')}-badge[{plain(_verdict(row.verdict, words))}]"
        st.markdown(f"**{plain(_name(row, words))}** {badge}")
        st.markdown(plain(words.of("spacing.reason", row.reason)))
        counts = count_rows(assessment, line_id, words)
        if counts:
            _count_table(counts, words)
            st.caption(words("street.minimal"))
        st.markdown("\n".join(f"- {plain(line)}" for line in street_lines(row, words)))
        _places(spacing, line_id, words)


def street_lines(row: Any, words: Words) -> list[str]:
    """Facts of one line."""
    lines = [
        words(
            "street.length",
            length=words.metres(row.length_m),
            origin=words.of("spacing.chainage_from", row.chainage_from),
        ),
        words(
            "street.states",
            built=row.built,
            construction=row.under_construction,
            needed=row.needed,
        ),
    ]
    if row.without_place:
        lines.append(words("street.without_place", number=row.without_place))
    if _span(row):
        lines.append(words("street.missing", span=_span(row)))
    even = [(name, getattr(row, name)) for name in ("even_inner_m", "even_ends_m")]
    lines += [
        words(f"street.{name}", metres=words.metres(value)) for name, value in even if not missing(value)
    ]
    if not missing(row.depends_on):
        lines.append(words("map.rests_on", what=words.listed("spacing.reason", row.depends_on)))
    return lines


def _count_table(counts: list[dict[str, str]], words: Words) -> None:
    heads = {name: words(f"street.head.{name}") for name in ("count", "before", "after")}
    rows = [heads, dict.fromkeys(heads, "---"), *counts]
    st.markdown("\n".join(f"| {' | '.join(row.values())} |" for row in rows))


def _places(spacing: Spacing, line_id: str, words: Words) -> None:
    """The stretches and the proposed hydrants of one street, in words."""
    over = spacing.stretches[spacing.stretches["line_id"] == line_id]
    new = spacing.proposed[spacing.proposed["line_id"] == line_id]
    with st.expander(words("street.places", stretches=len(over), proposed=len(new))):
        lines = [stretch_words(row, words)[1:4] for row in over.itertuples()]
        lines += [proposal_words(row, words)[1:3] for row in new.itertuples()]
        st.markdown("\n".join(f"- {plain(words('value.between').join(each))}" for each in lines))
