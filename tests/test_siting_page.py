"""Siting on the page: the solver beside the page, what it answers, files brought along, and where nothing is solved."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
import pytest
import shapely
import streamlit as st
from streamlit.testing.v1 import AppTest

import views.siting_job
from analysis.assessment import assess
from analysis.changes import Changes, StationAdded
from analysis.scenario import Scenario
from analysis.siting_answer import siting
from analysis.siting_candidates import Land
from analysis.siting_choice import QUESTIONS, SitingChoice
from analysis.siting_files import siting_summary
from analysis.siting_times import Stopped
from geo.county import read_county
from geo.words import LANGUAGES
from tests.counties import measured_county, plot
from tests.test_siting_answer import SHORTER, STATION, asked, choice
from tests.towns import town
from views.curve import curve_html, curve_svg, curve_text
from views.siting_bound import bound_rows
from views.siting_job import DONE, FAILED, JOB, REFUSED, STOPPED, SitingJob, question_of
from views.siting_land import POINTS, read_given
from views.siting_layer import last_site_line, site_layer, with_sites
from views.siting_panel import can_be_sited
from views.siting_scenario import add_stations, sites_added, stations_of, take_back_sites
from views.siting_shown import (
    FILES,
    file_of,
    further_facts,
    numbers_of,
    open_lines,
    stage_rows,
    state_line,
    unreachable_rows,
)
from views.steps import CHANGES, changes_now
from views.uploads import MAX_MB
from views.wording import Words, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.assessment import Assessment

ROOT = Path(__file__).resolve().parent.parent
ZH = Words("zh")


def job_of(found: Assessment, question: SitingChoice, wanted: Callable[[], bool] = lambda: True) -> SitingJob:
    return SitingJob(found, question_of(found, question, ""), Land(), wanted)


def solved(found: Assessment, question: SitingChoice) -> SitingJob:
    job = job_of(found, question)
    job.start()
    job.wait(60)
    return job


@pytest.fixture(scope="module")
def done() -> SitingJob:
    return solved(asked([STATION]), choice("most", further=1))


def test_the_thread_answers_as_the_solver_does(done: SitingJob) -> None:
    assert (done.state, done.running, done.step) == (DONE, False, "curve")
    assert done.answer is not None
    mine = siting_summary(siting(asked([STATION]), choice("most", further=1)))
    assert siting_summary(done.answer) == mine


def test_a_running_solve_can_be_stopped_and_only_then_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def slow(_found: Any, _choice: Any, _land: Any, look: Any) -> Any:
        look.tell("times", 0.25)
        while not look.stopped:
            time.sleep(0.005)
        let_go.set()
        raise Stopped

    monkeypatch.setattr(views.siting_job, "siting", slow)
    job = job_of(asked([STATION]), choice("most"))
    job.start()
    assert not let_go.wait(0.05)
    assert (job.running, job.done, job.answer) == (True, 0.25, None)
    job.stop()
    job.wait(5)
    assert (job.state, job.stop_asked) == (STOPPED, True)


def test_a_solve_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_found: Any, _choice: Any, _land: Any, look: Any) -> Any:
        while not look.stopped:
            time.sleep(0.005)
        raise Stopped

    monkeypatch.setattr(views.siting_job, "siting", endless)
    monkeypatch.setattr(views.siting_job, "ASKED_EVERY_S", 0.02)
    open_ = threading.Event()
    open_.set()
    job = job_of(asked([STATION]), choice("most"), open_.is_set)
    job.start()
    job.wait(0.1)
    assert job.running, "its session is open"
    open_.clear()
    job.wait(5)
    assert job.state == STOPPED


def test_what_the_solver_refuses_and_what_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = solved(asked([STATION]), choice("most", demand="people"))
    assert (refused.state, [each.code for each in refused.problems]) == (REFUSED, ["siting_no_demand"])

    def broken(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(views.siting_job, "siting", broken)
    assert solved(asked([STATION]), choice("most")).state == FAILED


def test_a_plan_found_before_the_stop_is_kept_without_its_curve() -> None:
    job = job_of(asked([STATION]), choice("most", further=1))
    told = job._told

    def stop_at_the_curve(step: str, share: float) -> None:
        told(step, share)
        if step == "curve":
            job.stop()

    job._told = stop_at_the_curve  # type: ignore[assignment, method-assign]
    job.start()
    job.wait(60)
    assert job.state == DONE
    assert job.answer is not None
    assert len(job.answer.plan.sites) == 2
    assert job.answer.curve.empty
    assert ZH("siting.curve_cut") in state_line(job.answer, ZH, stopped=True)


def test_the_figures_shown_are_those_of_the_answer(done: SitingJob) -> None:
    assert done.answer is not None
    stations, share, streets = numbers_of(siting_summary(done.answer), ZH)
    assert stations[1] == "1 → 2"
    # One reach of 2,400 m before, three after, of 9,600 m.
    assert [each.replace("\u00a0", " ") for each in (share[1], streets[1])] == ["25.0 % → 75.0 %"] * 2
    assert state_line(done.answer, ZH, stopped=False) == ZH("siting.state.optimal")
    rows = stage_rows(done.answer, ZH)
    assert [each["step"] for each in rows] == ["0", "1"]
    assert rows[0]["site"] == ZH("siting.today")
    said = open_lines(done.answer, ZH)
    assert len(said) == 1
    assert ZH("siting.doubt.no_crowds") in said[0], "what nobody gave is said, not passed over"
    assert unreachable_rows(done.assessment, done.answer, ZH) == []


def test_what_nobody_reaches_is_listed_by_street_with_its_reason() -> None:
    network = town([[(0.0, 0.0), (4000.0, 0.0)], [(0.0, 9000.0), (100.0, 9000.0)]], name=["A", "B"])
    job = solved(asked([], network), choice("fewest", most_candidates=3))
    assert job.answer is not None
    rows = unreachable_rows(job.assessment, job.answer, ZH)
    assert {each["what"] for each in rows} <= {"A", "B"}
    assert sum(
        float(each["weight"].replace("\u00a0", " ").split()[0].replace(",", "")) for each in rows
    ) == pytest.approx(job.answer.unreachable["weight"].sum(), abs=2)
    said = dict(further_facts(job.answer, siting_summary(job.answer), ZH))
    assert bool(said[ZH("siting.not_analysed")]) == ("unconnected" in set(job.answer.unreachable["reason"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_curve_is_drawn_with_the_target_and_says_itself(done: SitingJob, language: str) -> None:
    words = Words(language)
    assert done.answer is not None
    curve = done.answer.curve
    text = curve_svg(curve, 0.8, words).replace(' xmlns="http://www.w3.org/2000/svg"', "")
    drawn = ElementTree.fromstring(text)  # noqa: S314 - our own text
    assert len(drawn.findall("circle")) == len(curve)
    assert f'alt="{curve_text(curve, words)}"' in curve_html(curve, 0.8, words)
    line = next(each for each in drawn.findall("line") if each.get("stroke-dasharray") == "7 4")
    heights = [float(each.get("cy", "")) for each in drawn.findall("circle")]
    shares = curve["share"].tolist()
    scale = (heights[0] - heights[-1]) / (shares[-1] - shares[0])
    assert heights[0] - float(line.get("y1", "")) == pytest.approx((0.8 - shares[0]) * scale, abs=0.2)
    open_ = pd.DataFrame({"further": [0], "share": [0.5], "proved": [False], "upper_share": [0.9]})
    assert "#ffffff" in curve_svg(open_, 0.8, words)


def test_sites_are_on_the_map_by_number_and_only_for_what_the_page_shows(
    done: SitingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done.answer is not None
    layer = site_layer(done.answer, ZH)
    assert layer.content is not None
    sent = json.loads(layer.content)
    features = sent["features"]
    assert [each["properties"]["c"] for each in features] == ["1"]
    assert sent["texts"][features[0]["properties"]["l"][0]] == ZH("siting.proposed")
    state = {JOB: done}
    monkeypatch.setattr(st, "session_state", state)
    assert with_sites((), done.assessment, ZH) == (layer,)
    later = assess(done.assessment.county, replace(done.assessment.scenario, planned_works=True))
    assert with_sites((), later, ZH) == (), "the answer is to another question"


def test_sites_become_stations_of_the_scenario_and_do_what_was_promised(
    done: SitingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    assert done.answer is not None
    new = stations_of(done.assessment, done.answer, ZH)
    assert [(each.id, each.position_status) for each in new] == [("NEW-1", "assumed")]
    mine = StationAdded("mine", 114.7, 38.6)
    state[CHANGES] = Changes(stations_added=(mine,))
    add_stations(new)
    add_stations(new)
    assert changes_now().stations_added == (mine, *new), "the same stations once"
    assert stations_of(done.assessment, done.answer, ZH)[0].id == "NEW-2", "an id that is free"
    scenario = replace(done.assessment.scenario, changes=Changes(stations_added=tuple(new)))
    after = assess(done.assessment.county, scenario)
    promised = done.answer.covered["after"]["street_m"]
    assert after.summary["street_length_reached_m"] == pytest.approx(promised, abs=1.0)
    assert sites_added() == 1
    take_back_sites()
    assert changes_now() == Changes(stations_added=(mine,))


def test_a_card_names_the_last_site_only_where_a_solve_found_it(monkeypatch: pytest.MonkeyPatch) -> None:
    big = {"area_mu": 6.0, "drawn": "boundary"}
    parcels = [{"parcel_no": "east", "geometry": plot(8000, 10, 8050, 90), **big}]
    found, state = asked([STATION], parcels=parcels), dict[str, Any]()
    monkeypatch.setattr(st, "session_state", state)
    assert last_site_line(found, "east", ZH) == ""
    state[JOB] = solved(found, choice("most"))
    assert last_site_line(found, "east", ZH) == "", "candidates were streets"
    state[JOB] = job = solved(found, choice("most", candidates="parcels"))
    assert job.answer is not None
    places = int(job.answer.only_parcels["places"].iloc[0])
    assert last_site_line(found, "east", ZH) == ZH("siting.last_site", places=places)
    assert last_site_line(found, "west", ZH) == ""


def test_every_file_of_an_answer_is_handed_out(done: SitingJob) -> None:
    for name in FILES:
        assert file_of(done, name)
    with zipfile.ZipFile(io.BytesIO(file_of(done, "siting.zip"))) as packed:
        assert set(packed.namelist()) == set(FILES)


@pytest.mark.slow
def test_files_that_limit_candidates_are_read_and_everything_wrong_is_told_by_name() -> None:
    area = shapely.box(114.69, 38.61, 114.70, 38.62)
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(area))}
    good = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    found = read_given("forbidden", [("禁建.geojson", good)], "EPSG:4547")
    assert found.problems == ()
    assert found.shapes[0].area == pytest.approx(870 * 1110, rel=0.02)
    bad = [("a.geojson", b"{"), ("b.exe", b"MZ"), ("c.geojson", b" " * (MAX_MB * 1024**2 + 1))]
    wrong = read_given("crowds", [*bad, ("d.geojson", good)], "EPSG:4547")
    assert {each.file for each in wrong.problems} == {"a.geojson", "b.exe", "c.geojson"}
    assert len(wrong.shapes) == 1
    assert wrong.digest != found.digest
    points = read_given(POINTS, [("点.csv", b"name,lon,lat\nA,114.7,38.62\nB,114.71,38.62\n")], "EPSG:4547")
    assert points.points is not None
    assert points.points["name"].tolist() == ["A", "B"]
    text = "lon,lat\n" + "114.7,38.62\n" * 10_001
    many = read_given(POINTS, [("viele.csv", text.encode())], "EPSG:4547")
    assert (many.points, [each.code for each in many.problems]) == (None, ["siting_many_points"])


@pytest.mark.slow
def test_on_drawn_streets_nothing_is_solved_and_the_straight_line_speaks() -> None:
    found = assess(read_county(ROOT / "data"), Scenario())
    assert not can_be_sited(found)
    assert not can_be_sited(asked([], None))
    assert can_be_sited(asked([], SHORTER))
    rows = bound_rows(found, ZH)
    far = [each["state"] for each in rows if "灵山镇" in each["parcel"]]
    assert len(far) == 3
    assert all(each.startswith(f"✕ {ZH('siting.bound.no_site_in_town')}") for each in far)
    assert [each["state"] for each in rows if "羊平镇" in each["parcel"]] == [
        f"? {ZH('siting.bound.not_decided')}"
    ]
    assert all("7.5" in each["within"] for each in rows)


def opened(language: str, **state: Any) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    page.query_params["lang"] = language
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panel_of_the_default_county_offers_no_solve(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COUNTY_DIR", raising=False)
    page = opened(language, panel_siting=True)
    assert not [each for each in page.button if each.key == "siting_solve"]
    words = Words(language)
    assert words("siting.schematic") in [each.value for each in page.info]
    table = page.table[0].value
    assert table[words("siting.bound_column.parcel")].nunique() == 5


@pytest.mark.slow
def test_a_link_and_reset_carry_the_stations_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTY_DIR", raising=False)
    changes = Changes(stations_added=(StationAdded("NEW-1", 114.70, 38.62),))
    page = opened("zh", **{CHANGES: changes})
    assert json.loads(page.session_state.asked)["changes"]["stations_added"][0]["id"] == "NEW-1"
    link = page.query_params["s"]
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    other.query_params["s"] = link
    other.run()
    assert not other.exception
    assert other.session_state[CHANGES] == changes
    reset = next(each for each in page.button if each.label == ZH("choice.reset"))
    reset.click().run()
    assert CHANGES not in page.session_state


def test_every_question_has_its_words() -> None:
    for language in LANGUAGES:
        words = Words(language)
        assert len({words.of("siting.question", each) for each in QUESTIONS}) == len(QUESTIONS)
        assert not {words.of("siting.question", each) for each in QUESTIONS} & set(QUESTIONS)


@pytest.mark.slow
def test_solving_on_the_page_from_button_to_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_DIR", str(measured_county(tmp_path / "county")))
    page = opened("en", panel_siting=True)
    page.number_input(key="choice_siting_most_candidates").set_value(20)
    page.selectbox(key="choice_siting_demand_en").set_value("streets").run()
    assert JOB not in page.session_state, "it never solves by itself"
    page.button(key="siting_solve").click().run()
    job = page.session_state[JOB]
    job.wait(60)
    page.run()
    assert not page.exception
    sent = page.get("component_instance")[0].proto.json_args
    assert Words("en")("siting.map_item") in sent
    page.button(key="siting_add").click().run()
    assert not page.exception
    assert [each.id for each in page.session_state[CHANGES].stations_added] == ["NEW-1"]
    assert Words("en")("siting.added") in [each.value for each in page.success]
    assert Words("en")("siting.map_item") not in page.get("component_instance")[0].proto.json_args
    page.number_input(key="choice_siting_further").set_value(2).run()
    assert page.button(key="siting_take_back")


@pytest.mark.slow
def test_candidates_come_from_a_file_and_a_bad_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTY_DIR", str(measured_county(tmp_path / "county")))
    page = opened("zh", panel_siting=True, choice_siting_candidates="file", choice_siting_demand="streets")

    def give(name: str, text: str) -> None:
        field = next(each for each in page.file_uploader if each.key == "siting_files_points")
        field.set_value([(name, text.encode(), "text/csv")])
        page.run()
        assert not page.exception

    give("点.csv", "name,lon,lat\nA,200,38.62\n")
    assert any(plain("点.csv") in each.value for each in page.error), "under the name its owner gave it"
    assert page.button(key="siting_solve").disabled
    give("点.csv", "name,lon,lat\nA,114.696,38.63\nB,114.723,38.65\n")
    assert not page.error
    page.button(key="siting_solve").click().run()
    job = page.session_state[JOB]
    job.wait(60)
    assert job.answer is not None, job.problems
    assert job.answer.candidates["name"].tolist() == ["A", "B"]
    page.run()
    assert any("建议站址 1（" in each.value.to_string() for each in page.table)
