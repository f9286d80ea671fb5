"""The answer to a siting question on the page: how sure it is, before and after, order, curve, and what is left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from analysis.siting_choice import MEAN, WORST
from analysis.siting_demand import streets_of
from analysis.siting_files import chosen_sites, siting_files, siting_summary
from analysis.siting_solver import INFEASIBLE, OPTIMAL
from geo.export import zip_bytes
from views.curve import curve_html
from views.definitions import facts, key_numbers
from views.kept import answer_key
from views.siting_scenario import add_stations, site_name, sites_added, stations_of, take_back_sites
from views.wording import missing, plain

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from analysis.siting_answer import SitingAnswer
    from views.siting_job import SitingJob
    from views.wording import Words

MOST_ROWS = 12
"""Rows of a table; the files hold all."""
FILES = (
    "siting.geojson", "siting_stages.csv", "siting_curve.csv", "siting_unreachable.geojson", "siting_parcels.csv",
    "siting_not_tried.csv", "siting.json",
)  # fmt: skip
MIME = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "json": "application/json",
    "zip": "application/zip",
}


STYLE = """<style>
.st-key-siting_answer { gap: 0.6rem; }
@media (max-width: 640px) {
  .st-key-siting_answer table { font-size: 0.8rem; }
  .st-key-siting_answer :is(th, td) { padding: 0.25rem !important; }
}
</style>"""


def table(rows: list[dict[str, str]], group: str, alt: str, words: Words) -> None:
    """Rows with the words of their columns as heads; nothing where there are none."""
    if rows:
        st.table(
            [{words(f"{group}.{name}"): plain(text) for name, text in row.items()} for row in rows],
            border="horizontal", hide_index=True, alt=alt,
        )  # fmt: skip


def weight_text(weight: float, unit: str, words: Words) -> str:
    """A weight of demand in its unit."""
    if unit == "m":
        return words.metres(weight)
    if unit == "m2":
        return words.square_km(weight)
    return words.mu(weight) if unit == "mu" else words(f"siting.unit.{unit}", number=f"{weight:,.0f}")


def state_line(answer: SitingAnswer, words: Words, *, stopped: bool) -> str:
    """How sure the plan is, in words; that the curve was cut short where somebody stopped it."""
    state = answer.plan.state
    gap = "" if np.isnan(answer.gap) else f"{answer.gap:.2%}"
    said = [
        words(
            f"siting.state.{state}" if gap or state in (OPTIMAL, INFEASIBLE) else "siting.state.open", gap=gap
        )
    ]
    if stopped:
        said.append(words("siting.curve_cut"))
    return "".join(said) if words.language == "zh" else " ".join(said)


def numbers_of(summary: dict[str, Any], words: Words) -> list[tuple[str, str, str]]:
    """Stations, what was asked, and the streets themselves: before → after."""
    demand, covered = summary["demand"], summary["covered"]
    whole = covered["after"]["street_whole_m"]
    asked = words.of("siting.demand", demand["kind"])

    def both(before: str, after: str) -> str:
        return words("siting.both", before=before, after=after)

    return [
        (
            words("siting.stations"),
            both(f"{summary['stations_before']}", f"{summary['stations_after']}"),
            words("siting.given_up", number=summary["given_up"]) if summary["given_up"] else "",
        ),
        (
            words("siting.asked_share", what=asked),
            both(words.share(demand["share_before"]), words.share(demand["share_after"])),
            words("siting.of_whole", whole=weight_text(demand["whole"], demand["unit"], words)),
        ),
        (
            words("siting.street_share"),
            both(*(words.share(covered[when]["street_m"] / whole) for when in ("before", "after"))),
            words("siting.of_whole", whole=words.metres(whole)),
        ),
    ]  # fmt: skip


def further_facts(answer: SitingAnswer, summary: dict[str, Any], words: Words) -> list[tuple[str, Any]]:
    """What else is to be said: the study area, the time asked for, what nobody covers, what was not tried."""
    demand, covered, plan = summary["demand"], summary["covered"], answer.plan
    whole, area = demand["whole"], covered["after"]["area_whole_m2"]

    def share_of(weight: float) -> str:
        return words(
            "siting.share_of",
            share=words.share(weight / whole),
            weight=weight_text(weight, demand["unit"], words),
        )

    pairs: list[tuple[str, Any]] = []
    if area:
        shares = {when: words.share(covered[when]["area_m2"] / area) for when in ("before", "after")}
        pairs.append((words("siting.area_share"), words("siting.both", **shares)))
    if answer.choice.question in (MEAN, WORST) and np.isfinite(plan.value):
        pairs.append((words(f"siting.value.{answer.choice.question}"), words.minutes(plan.value)))
    if demand["too_late"]:
        pairs.append((words("siting.too_late"), share_of(demand["too_late"])))
    left = {name: weight for name, weight in demand["not_analysed"].items() if weight}
    pairs.append(
        (
            words("siting.not_analysed"),
            [
                words("siting.by_reason", reason=words.of("siting.left_out", name), share=share_of(w))
                for name, w in left.items()
            ],
        )
    )
    tried = summary["candidates"].items()
    pairs.append(
        (
            words("siting.candidate"),
            [
                words("siting.by_state", state=words.of("siting.candidate_state", state), number=n)
                for state, n in tried
            ],
        )
    )
    return pairs  # fmt: skip


def stage_rows(answer: SitingAnswer, words: Words) -> list[dict[str, str]]:
    """One row for each step of building, today first."""
    whole, rows = answer.covered["after"]["street_whole_m"], []
    for row in answer.stages.to_dict("records"):
        step, street_m = int(row["step"]), row["street_m"]
        name = "" if missing(row["name"]) else row["name"]
        length = words("siting.share_of", share=words.share(street_m / whole), weight=words.metres(street_m))
        rows.append(
            {
                "step": str(step),
                "site": site_name(step, name, words) if step else words("siting.today"),
                "share": "" if missing(row["share"]) else words.share(row["share"]),
                "street": length,
            }
        )
    return rows


def open_lines(answer: SitingAnswer, words: Words) -> list[str]:
    """What the chosen sites leave open, sites alike in one line."""
    sites: dict[tuple[str, ...], list[str]] = {}
    for row in chosen_sites(answer).itertuples():
        if row.doubts:
            sites.setdefault(tuple(row.doubts), []).append(str(row.order))
    between = words("value.between_numbers")
    return [
        words(
            "siting.open", site=between.join(numbers), doubts=words.listed("siting.doubt", ",".join(doubts))
        )
        for doubts, numbers in sites.items()
    ]


def unreachable_rows(assessment: Assessment, answer: SitingAnswer, words: Words) -> list[dict[str, str]]:
    """What no site covers, the heaviest first: by its own name, points of ground and streets by their street."""
    found, demand = answer.unreachable, answer.demand
    if found.empty:
        return []
    if demand.unit in ("m", "m2"):
        first = dict(zip(demand.ids, range(len(demand.ids)), strict=True))
        streets = demand.street[np.searchsorted(demand.row, [first[each] for each in found["id"]])]
        names = [each or words("map.unnamed_street") for each in streets_of(assessment).street_names(streets)]
    else:
        names = found["id"].astype(str).tolist()
    grouped = found.assign(what=names).groupby(["what", "reason"], sort=False)
    sums = grouped.agg(weight=("weight", "sum"), soonest=("arrival_s", "min"), latest=("arrival_s", "max"))
    sums = sums.sort_values("weight", ascending=False, kind="stable")
    return [
        {
            "what": str(what),
            "weight": weight_text(row["weight"], demand.unit, words),
            "reason": words.of("siting.unreachable", reason),
            "soonest": words.span(words.minutes(row["soonest"]), words.minutes(row["latest"])),
        }
        for (what, reason), row in sums.iterrows()
    ]


def show_answer(done: SitingJob, same_question: bool, assessment: Assessment, words: Words) -> None:
    """Everything about an answer; first whether it is the one to what the fields and the page say now."""
    answer, asked = done.answer, done.assessment
    if answer is None:
        return
    current = done.question[:2] == answer_key(assessment.county, assessment.scenario)
    if not current and sites_added():
        st.success(words("siting.added"))
    elif not current:
        st.warning(words("siting.other_scenario"))
    elif not same_question:
        st.warning(words("siting.other_question"))
    st.html(STYLE)
    with st.container(key="siting_answer"):
        summary = siting_summary(answer)
        st.markdown(plain(_asked(answer, words)))
        st.markdown(f"**{plain(state_line(answer, words, stopped=done.stop_asked))}**")
        key_numbers(numbers_of(summary, words))
        facts(further_facts(answer, summary, words))
        _sites(answer, asked, words, current=current)
        _curve(answer, asked, words)
        _left(answer, asked, words)
        _downloads(done, words)


def _asked(answer: SitingAnswer, words: Words) -> str:
    names = ("question", "demand", "candidates", "standing")
    return words(
        "siting.asked", **{name: words.of(f"siting.{name}", getattr(answer.choice, name)) for name in names}
    )


def _sites(answer: SitingAnswer, asked: Assessment, words: Words, *, current: bool) -> None:
    st.markdown(f"**{plain(words('siting.stages'))}**")
    table(stage_rows(answer, words), "siting.stage_column", words("siting.stages"), words)
    for line in open_lines(answer, words):
        st.caption(line)
    new = len(chosen_sites(answer))
    if not new:
        st.caption(words("siting.no_new"))
    elif len(answer.plan.sites) < int(answer.times.standing.sum()) + new:
        st.caption(words("siting.given_up_note"))
    with st.container(horizontal=True, gap="small", key="siting_add_row"):
        pressed = new and st.button(
            words("siting.add"), key="siting_add", disabled=not current, help=words("siting.add_help"),
            on_click=lambda: add_stations(stations_of(asked, answer, words)),
        )  # fmt: skip
        count = sites_added()
        back = count and st.button(
            words("siting.take_back", number=count), key="siting_take_back", on_click=take_back_sites
        )
    if pressed or back:
        st.rerun()


def _curve(answer: SitingAnswer, asked: Assessment, words: Words) -> None:
    if answer.curve.empty:
        return
    st.markdown(f"**{plain(words('siting.curve', what=words.of('siting.demand', answer.choice.demand)))}**")
    target = float(asked.summary["targets"]["coverage_target"])
    with st.container(key="siting_curve"):
        st.html(curve_html(answer.curve, target, words))
    st.caption(words("siting.curve_note", share=f"{target:.0%}"))


def _left(answer: SitingAnswer, asked: Assessment, words: Words) -> None:
    st.markdown(f"**{plain(words('siting.unreachable_title'))}**")
    rows = unreachable_rows(asked, answer, words)
    if rows:
        table(rows[:MOST_ROWS], "siting.unreachable_column", words("siting.unreachable_title"), words)
        if len(rows) > MOST_ROWS:
            st.caption(words("siting.more_rows", number=len(rows) - MOST_ROWS))
    else:
        st.caption(words("siting.all_reached"))
    last = answer.only_parcels
    if len(last):
        st.markdown(f"**{plain(words('siting.last_title'))}**")
        unit = answer.demand.unit
        shown = [
            {
                "parcel": str(row["parcel_no"]),
                "places": f"{row['places']}",
                "weight": weight_text(row["weight"], unit, words),
            }
            for row in last.head(MOST_ROWS).to_dict("records")
        ]  # fmt: skip
        table(shown, "siting.last_column", words("siting.last_title"), words)


def _downloads(done: SitingJob, words: Words) -> None:
    st.markdown(f"**{plain(words('siting.files'))}**")
    with st.container(horizontal=True, gap="small", key="siting_downloads"):
        for name in (*FILES, "siting.zip"):
            st.download_button(
                words(f"siting.file_name.{name.replace('.', '_')}"), data=partial(file_of, done, name),
                file_name=name, mime=MIME[name.rpartition(".")[2]], on_click="ignore", key=f"siting_download_{name}",
                help=words("page.download_help", file=name),
            )  # fmt: skip


def file_of(done: SitingJob, name: str) -> bytes:
    """One file of an answer by its name, or all of them as ``siting.zip``; made when it is asked for."""
    if done.answer is None:
        raise ValueError("there is no answer to write")
    files = siting_files(done.assessment, done.answer)
    return zip_bytes(files) if name.endswith(".zip") else files[name]
