"""Panels about water below the map: gaps by rank, cranes, the tanker shuttle, and sources against the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analysis.crane_table import NOT_STATED as FLOW_NOT_STATED
from analysis.findings import NOT_MET
from analysis.shuttle import shuttle_figures
from analysis.source_rules import rule_counts, source_sentence
from geo.map_style import VERDICT_LETTER
from views.water import still_water, water_of
from views.widths import text_px
from views.wording import missing, plain

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from analysis.assessment import Assessment
    from views.wording import Words

LONG = 10
"""Tables of more rows than this are scrolled inside."""
MOST_TEXT_PX = 420
EDGE_PX = 16
"""Capitals are wider than the usual letter."""
MOST_FAILING = 500
GAP_COLUMNS = {
    "rank": 0, "key_units": 0, "exposed_population": 0, "exposed_parcels": 0, "exposed_parcels_mu": 2,
    "parcels_maybe": 0, "street_m": 0, "gap_m2": 0, "gap_certainty": None,
}  # fmt: skip
"""Columns of the table of gaps and digits behind the point; None for words."""


def _show(rows: Sequence[dict[str, Any]] | pd.DataFrame, heads: dict[str, str], key: str) -> None:
    """A table under these heads, its texts as wide as they need; numbers stay numbers, to be sorted."""
    table = pd.DataFrame(rows, columns=list(heads))
    settings: dict[str, Any] = {}
    for name, head in heads.items():
        if pd.api.types.is_numeric_dtype(table[name]):
            settings[name] = st.column_config.NumberColumn(head, width=text_px(head), format="%,.10g")
        else:
            longest = max((text_px(str(each)) for each in table[name]), default=0)
            wide = max(text_px(head), min(longest + EDGE_PX, MOST_TEXT_PX))
            settings[name] = st.column_config.TextColumn(head, width=wide)
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        column_config=settings,
        height="content" if len(table) <= LONG else 400,
    )


def gap_table(assessment: Assessment, words: Words) -> pd.DataFrame:
    """The gaps by rank with what each exposes; a word in a whole column, null in one cell, where nobody knows."""
    gaps = still_water(assessment).gaps
    table = pd.DataFrame(gaps.drop(columns="geometry")).rename(
        columns={
            "population": "exposed_population", "parcels": "exposed_parcels",
            "parcels_mu": "exposed_parcels_mu", "area_m2": "gap_m2", "certainty": "gap_certainty",
        }
    )  # fmt: skip
    table["gap_certainty"] = [words.of("figure.certainty", each) for each in table["gap_certainty"]]
    digits = {name: number for name, number in GAP_COLUMNS.items() if number is not None}
    table = table[list(GAP_COLUMNS)].astype(dict.fromkeys(digits, float)).round(digits)
    unknown = {name: words("water_panel.unknown") for name in digits if table[name].isna().all()}
    return table.assign(**unknown)


def gap_panel(assessment: Assessment, words: Words) -> None:
    """Gaps in the cover of hydrants, the one that exposes most first."""
    table = gap_table(assessment, words)
    if table.empty:
        st.caption(words("water_panel.no_gaps"))
        return
    st.markdown(plain(words("water_panel.gaps_note")))
    _show(table, {name: words(f"column.{name}") for name in GAP_COLUMNS}, "gaps")


def _time(row: Any, name: str, words: Words) -> str:
    """A time and, where places are not sure, its range."""
    low, high = (words.minutes(getattr(row, f"{name}_{end}")) for end in ("low", "high"))
    time = words.minutes(getattr(row, name))
    if low == high or not time:
        return time
    return words("share.span", middle=time, span=words.span(low, high))


CRANE_HEADS = (
    "crane_id", "name", "status", "nearest_station_id", "station_to_crane_s", "crane_to_station_s",
    "nearest_crane_id", "nearest_crane_street_m", "spacing_verdict", "flow_lps", "flow_source", "depends_on",
)  # fmt: skip


def crane_rows(assessment: Assessment, words: Words) -> list[dict[str, Any]]:
    """Every water crane in words."""
    return [
        {
            "crane_id": row.crane_id,
            "name": "" if missing(row.name) else row.name,
            "status": words.of("value.status", row.status),
            "nearest_station_id": "" if missing(row.nearest_station_id) else row.nearest_station_id,
            "station_to_crane_s": _time(row, "station_to_crane_s", words),
            "crane_to_station_s": _time(row, "crane_to_station_s", words),
            "nearest_crane_id": "" if missing(row.nearest_crane_id) else row.nearest_crane_id,
            "nearest_crane_street_m": words.metres(row.nearest_crane_street_m),
            "spacing_verdict": words.of("crane.spacing_verdict", row.spacing_verdict),
            "flow_lps": None if missing(row.flow_lps) else float(row.flow_lps),
            "flow_source": words.of("crane.flow_source", row.flow_source),
            "depends_on": words.listed("crane.rests_on", row.depends_on),
        }
        for row in water_of(assessment).cranes.itertuples()
    ]


def fill_rows(assessment: Assessment, words: Words) -> list[dict[str, Any]]:
    """How long each kind of tank fills at each flow; vehicles and cranes alike are one row."""
    table = still_water(assessment).fill_times
    known = table[table["fill_s"].notna()]
    rows = []
    between = words("value.between_numbers")
    for (tank, flow, source), each in known.groupby(["tank_l", "flow_lps", "flow_source"]):
        rows.append(
            {
                "vehicle_id": between.join(dict.fromkeys(each["vehicle_id"].astype(str))),
                "tank_l": tank,
                "crane_id": between.join(dict.fromkeys(each["crane_id"].astype(str))),
                "flow_lps": flow,
                "fill_s": round(float(each["fill_s"].iloc[0]), 1),
                "flow_source": words.of("crane.flow_source", source),
            }
        )
    return sorted(rows, key=lambda row: -row["fill_s"])


FILL_HEADS = ("vehicle_id", "tank_l", "crane_id", "flow_lps", "fill_s", "flow_source")


def crane_panel(assessment: Assessment, words: Words) -> None:
    """Water cranes with their trips and spacing, and how long the brigade's own engines fill there."""
    rows = crane_rows(assessment, words)
    if not rows:
        st.caption(words("figure.no_cranes"))
        return
    _show(rows, {name: words(f"crane.head.{name}") for name in CRANE_HEADS}, "cranes")
    st.caption(words("crane.spacing_verdict.reference"))
    fills = fill_rows(assessment, words)
    if fills:
        st.markdown(f"**{plain(words('water_panel.fills'))}**")
        _show(fills, {name: words(f"crane.head.{name}") for name in FILL_HEADS}, "fills")
    without = still_water(assessment).fill_times
    unknown = without.loc[without["state"] == "tank_not_stated", "vehicle_id"].nunique()
    if unknown:
        st.caption(words("water_panel.no_tank", number=unknown))
    if any(row["flow_source"] == words.of("crane.flow_source", FLOW_NOT_STATED) for row in rows):
        st.caption(words("crane.fill_state.flow_not_stated"))


def shuttle_panel(assessment: Assessment, words: Words) -> None:
    """Who drives water, and the street length by the flow this sustains, all of it and outside the hydrants' ground."""
    water = water_of(assessment)
    choice, streets = water.shuttle_choice, water.shuttle_streets
    st.markdown(plain(words("shuttle.help")))
    code = "tankers" if choice.tanks_stated else "tankers_assumed"
    litres = f"{sum(choice.tanks_l):,.0f}"
    said = [words(f"shuttle.{code}", number=len(choice.tanks_l), litres=litres)]
    said += [words.of("crane.rests_on", each) for each in _rests_on(streets)]
    st.markdown("\n".join(f"- {plain(line)}" for line in said))
    if streets.empty:
        st.caption(words("figure.no_network"))
        return
    outside = ~streets["in_radius"].astype(bool)
    rows = []
    for name, table in (("all", streets), ("outside", streets[outside])):
        figures = shuttle_figures(table, choice)
        lengths = {part: words.metres(figures[f"{part}_m"]) for part in ("enough", "less", "none", "length")}
        rows.append({"streets": words(f"water_panel.streets_{name}")} | lengths)
    flow = f"{shuttle_figures(streets, choice)['hydrant_flow_lps']:g}"
    heads = {name: words(f"water_panel.head_{name}", flow=flow) for name in rows[0]}
    _show(rows, heads, "shuttle")


def _rests_on(streets: pd.DataFrame) -> list[str]:
    codes = [
        code for each in streets["depends_on"].dropna().unique() for code in str(each).split(",") if code
    ]
    return list(dict.fromkeys(codes))


def _sentence(row: dict[Hashable, Any], words: Words) -> str:
    return source_sentence({str(name): value for name, value in row.items()}, words.language)


RULE_HEADS = ("rule", "met", "not_met", "depends", "not_stated", "reference", "not_applicable")


def source_count_rows(verdicts: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    """How many sources have each verdict, one row for each rule."""
    counts = rule_counts(verdicts)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in counts.itertuples():
        key = (str(row.source_kind), str(row.rule_id))
        kind, rule = words.of("value.source_kind", row.source_kind), words.of("rule.name", row.rule_id)
        name = words("water_panel.rule_of", kind=kind, rule=rule)
        rows.setdefault(key, {"rule": name} | dict.fromkeys(RULE_HEADS[1:], 0))[str(row.verdict)] = row.number
    return list(rows.values())


def source_rule_panel(assessment: Assessment, words: Words) -> None:
    """Every clause on hydrants, cranes and other sources: how many keep it, and those that do not, one by one."""
    verdicts = still_water(assessment).source_rules
    rows = source_count_rows(verdicts, words)
    if not rows:
        st.caption(words("water_panel.no_sources"))
        return
    heads = {name: words.of("rule.verdict", name) for name in RULE_HEADS[1:]}
    _show(rows, {"rule": words("column.rule")} | heads, "source_rules")
    failing = verdicts[verdicts["verdict"] == NOT_MET]
    st.markdown(f"**{plain(words('water_panel.failing', number=len(failing)))}**")
    said = [
        {
            "source": words(
                "water_panel.source",
                kind=words.of("value.source_kind", row["source_kind"]),
                name=row["source_id"],
            ),
            "why": f"{VERDICT_LETTER['not_covered']} {_sentence(row, words)}",
        }
        for row in failing.head(MOST_FAILING).to_dict("records")
    ]
    if said:
        _show(
            said, {"source": words("water_panel.head_source"), "why": words("column.why")}, "failing_sources"
        )
    if len(failing) > MOST_FAILING:
        st.caption(words("water_panel.more", number=len(failing) - MOST_FAILING))
