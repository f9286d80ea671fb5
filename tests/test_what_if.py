"""What if, on the page without a browser: steps from the map, the list at the side, flipped parcels, the drawing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analysis.assessment import assess
from analysis.change_steps import each_change
from analysis.changes import MOST_CHANGES, Changes, Moved, SourceAdded, StationAdded
from analysis.closures import Closure
from analysis.county_changes import surveyed_county
from analysis.scenario import Scenario, scenario_from_json
from geo import map_style as style
from geo.county import read_county
from geo.crs import WGS84, reproject, shapes_of
from geo.words import say
from tests.counties import paper_county, plot
from tests.test_figures import A, all_of, grid_county
from tests.test_page import DATA, map_arguments, opened
from tests.towns import at, grid_lines, plain_targets, town
from views import closures, map_steps, steps
from views.flipped import CHANGE, flipped, sites_lacking, with_change
from views.layers import map_layers, still
from views.map_steps import take_step
from views.print_sheet import print_sheet
from views.table import plan_table
from views.what_if import change_words, planned_streets
from views.wording import Words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from analysis.assessment import Assessment
    from geo.maps import MapLayer

ZH = Words("zh")
QUYANG = 114.70, 38.62
NEW = StationAdded("S+1", *QUYANG)
FAR = StationAdded("S+1", 114.78, 38.49)
"""Beyond everything the county has."""


def asked(page: AppTest) -> Scenario:
    return scenario_from_json(page.session_state.asked)


def supposed(page: AppTest, changes: Changes, closures: dict[int, Closure] | None = None) -> None:
    """As if the map had told these steps, with the group open."""
    page.session_state.choice_changes = changes
    page.session_state.choice_closures = closures or {}
    page.session_state.what_if = True
    page.run()
    assert not page.exception


def press(page: AppTest, key: str) -> None:
    page.button(key=key).click().run()
    assert not page.exception


@pytest.mark.slow
def test_every_change_is_listed_in_words_and_can_be_taken_away_undone_and_done_again() -> None:
    page = opened()
    assert not [each for each in page.button if str(each.key).startswith("what_if")], "folded until used"
    everything = Changes(
        stations_added=(NEW,), stations_off=("FS-1",), hydrants_added=(SourceAdded("H+1", *QUYANG),)
    )
    supposed(page, everything, {1: Closure("", "POINT (114.7 38.62)")})
    said = "\n".join(str(each.value) for each in page.markdown)
    for part in ("S\\+1", "114\\.70000", "曲阳县消防站", "H\\+1", say("zh", "closure.unnamed", number=1)):
        assert part in said
    assert asked(page).changes == everything
    assert page.button(key="what_if_undo").disabled, "nothing was done by hand yet"
    press(page, "what_if_stations_S+1")
    assert asked(page).changes == replace(everything, stations_added=())
    press(page, "what_if_closure_1")
    assert asked(page).closures == ()
    press(page, "what_if_undo")
    assert len(asked(page).closures) == 1
    press(page, "what_if_undo")
    assert asked(page).changes == everything
    press(page, "what_if_redo")
    assert asked(page).changes == replace(everything, stations_added=())
    press(page, "what_if_clear")
    assert asked(page) == Scenario()
    press(page, "what_if_undo")
    assert asked(page).changes == replace(everything, stations_added=())
    next(each for each in page.button if each.label == say("zh", "choice.reset")).click().run()
    assert asked(page) == Scenario()
    assert page.button(key="what_if_undo").disabled


@pytest.mark.slow
def test_a_change_leaves_the_base_map_as_it_is_wherever_the_new_thing_stands() -> None:
    page = opened()
    before = map_arguments(page)["script"]
    supposed(page, Changes(stations_added=(FAR,)))
    assert map_arguments(page)["script"] == before


@pytest.mark.slow
def test_an_undone_effect_of_a_closure_stands_in_its_field_again() -> None:
    page = opened()
    supposed(page, Changes(), {1: Closure("", "POINT (114.7 38.62)")})
    page.selectbox(key="choice_closure_1_effect_zh").set_value("slow").run()
    assert asked(page).closures[0].effect == "slow"
    press(page, "what_if_undo")
    assert asked(page).closures[0].effect == "block"
    assert page.selectbox(key="choice_closure_1_effect_zh").value == "block"


class _Session(dict[str, Any]):
    """A session without a page."""

    __getattr__ = dict.__getitem__

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> _Session:
    made = _Session()
    for module in (closures, map_steps, steps):
        monkeypatch.setattr(module.st, "session_state", made)
    return made


def test_the_map_adds_moves_and_switches_off_and_what_this_county_cannot_have_is_said(
    session: _Session,
) -> None:
    county = read_county(DATA)
    assert take_step({"do": "add", "layer": "stations", "at": [114.7, 38.62]}, county)
    assert session["choice_changes"].stations_added == (NEW,)
    assert session["what_if"] is True
    assert take_step({"do": "move", "layer": "stations", "id": "FS-1", "at": [114.71, 38.63]}, county)
    assert session["choice_changes"].stations_moved == (Moved("FS-1", 114.71, 38.63),)
    assert take_step({"do": "off", "layer": "stations", "id": "FS-1"}, county)
    assert session["choice_changes"].stations_moved == ()
    assert take_step({"do": "back", "layer": "stations", "id": "FS-1"}, county)
    kept = session["choice_changes"]
    assert kept == Changes(stations_added=(NEW,))
    assert take_step({"do": "add", "layer": "cranes", "at": [10.0, 50.0]}, county)
    assert [each.code for each in map_steps.step_problems()] == ["change_far_away"]
    assert take_step({"do": "off", "layer": "hydrants", "id": "none"}, county)
    assert [each.code for each in map_steps.step_problems()] == ["change_unknown"]
    session["asked"] = "another scenario"
    assert map_steps.step_problems() == ()
    assert session["choice_changes"] == kept, "nothing of it was taken"
    most = tuple(SourceAdded(f"H{number}", *QUYANG) for number in range(MOST_CHANGES))
    session["choice_changes"] = Changes(hydrants_added=most)
    assert take_step({"do": "add", "layer": "hydrants", "at": [114.7, 38.62]}, county)
    assert [each.code for each in map_steps.step_problems()] == ["changes_many"]
    assert len(session["choice_changes"].hydrants_added) == MOST_CHANGES


@pytest.mark.slow
@pytest.mark.parametrize(
    "told",
    [
        None, "add", {}, {"do": "add"}, {"do": "add", "layer": "parcels", "at": [114.7, 38.6]},
        {"do": "add", "layer": "stations", "at": [200, 38]}, {"do": "add", "layer": "stations", "at": ["x", 1]},
        {"do": "move", "layer": "stations", "at": [114.7, 38.6]}, {"do": "off", "layer": "stations", "id": ["a"]},
        {"do": "off", "layer": "stations", "id": "x" * 500}, {"do": "close", "points": [[114.7, 38.6]]},
        {"do": "close", "points": "abc"}, {"do": "close", "points": {"a": 1}}, {"do": "close"},
        {"do": "close", "area": True, "points": [[114.7, 38.6], [114.8, 38.7], [114.8, 38.6], [114.7, 38.7]]},
        {"do": "close", "points": [[float("nan"), 38.6], [114.8, 38.7]]},
    ],
)  # fmt: skip
def test_what_is_no_step_changes_nothing(session: _Session, told: Any) -> None:
    assert not take_step(told, read_county(DATA))
    assert "choice_changes" not in session
    assert session.get("choice_closures", {}) == {}


def test_streets_are_closed_by_a_line_and_an_area(session: _Session) -> None:
    county, corners = read_county(DATA), [[114.7, 38.6], [114.71, 38.6], [114.71, 38.61]]
    assert take_step({"do": "close", "area": False, "points": corners[:2]}, county)
    assert take_step({"do": "close", "area": True, "points": corners}, county)
    assert [each.wkt for each in session["choice_closures"].values()] == [
        "LINESTRING (114.7 38.6, 114.71 38.6)",
        "POLYGON ((114.7 38.6, 114.71 38.6, 114.71 38.61, 114.7 38.6))",
    ]


def near_and_far() -> tuple[Assessment, Assessment]:
    """A town with a parcel in time and one that is not, and the same with a station beside that one."""
    county = grid_county()
    county = replace(county, parcels=county.parcels.assign(reason_values=[(), ()]))
    asked_first = Scenario(targets=plain_targets(limit_s=160))
    place = reproject(shapes_of([at(700, 700)]), county.crs, WGS84)[0]
    changes = Changes(stations_added=(StationAdded("S+1", place.x, place.y),))
    return assess(county, asked_first), assess(county, replace(asked_first, changes=changes))


def test_a_supposed_station_away_from_every_street_says_why_nothing_is_not_covered_any_more() -> None:
    before, after = near_and_far()
    assert sites_lacking(before, ZH) == sites_lacking(after, ZH) == []
    place = reproject(shapes_of([at(700, 2000)]), before.county.crs, WGS84)[0]
    away = Changes(stations_added=(StationAdded("S+1", place.x, place.y),))
    lost = assess(surveyed_county(before.county), replace(before.scenario, changes=away))
    assert lost.parcels["verdict"].tolist() == ["covered", "not_analysed"]
    (said,) = sites_lacking(lost, ZH)
    assert "S+1" in said


def test_a_printed_sheet_says_that_it_rests_on_suppositions() -> None:
    before, after = near_and_far()
    word = ZH("print.supposed", number=1)
    assert word in print_sheet(after, ZH)["asked"]
    assert "假设" not in print_sheet(before, ZH)["asked"]


def test_flipped_parcels_have_a_sign_before_the_plans_own_columns() -> None:
    before, after = near_and_far()
    assert flipped(before, after).tolist() == [False, True]
    assert not flipped(None, after).any()
    table = plan_table(after, ZH)
    shown = with_change(table, before, ZH)
    assert list(shown.cells.columns) == [CHANGE, *table.cells.columns]
    assert shown.cells[CHANGE].tolist() == ["", "✕→✓"]
    assert next(iter(shown.width_px)) == CHANGE
    assert CHANGE not in table.cells, "what is kept is not written into"
    assert with_change(table, None, ZH) is table
    assert with_change(plan_table(before, ZH), before, ZH).cells is not None
    assert CHANGE not in with_change(plan_table(before, ZH), before, ZH).cells


def layer_of(assessment: Assessment, key: str) -> MapLayer:
    return next(each for each in map_layers(assessment, ZH) if each.key == key)


def test_what_is_supposed_is_drawn_with_ring_and_mark_and_never_called_surveyed() -> None:
    before, after = near_and_far()
    plain, layer = layer_of(before, "stations"), layer_of(after, "stations")
    assert set(plain.styles) == {"counted", "not_counted"}, "the legend says nothing of what there is not"
    assert layer.styles["added"]["ring"] is True
    assert layer.styles["added"]["badge"] == "+"
    assert [each.label for each in layer.legend][-1] == say("zh", "map.sign_added")
    sent = json.loads(layer.content or b"")
    new = next(each["properties"] for each in sent["features"] if each["properties"]["id"] == "S+1")
    assert (new["k"], new["w"]) == ("added", "added")
    told = "\n".join(sent["texts"][number] for number in new["l"])
    assert say("zh", "value.position_status.assumed") in told
    assert say("zh", "value.position.P0") not in told
    assert len(set(style.SUPPOSED.values())) == len(style.SUPPOSED)


def test_a_figure_of_supposed_hydrants_says_so() -> None:
    county = paper_county(
        town(grid_lines()), stations=[A], hydrants=[{"hydrant_id": "1", "geometry": at(0, 0)}],
        study_area=plot(-1000, -1000, 1000, 1000), study_area_source="file",
    )  # fmt: skip
    word = say("zh", "figure.some_supposed")
    assert word not in str(all_of(assess(county, Scenario()))["protected"])
    off = Scenario(changes=Changes(hydrants_off=("1",)))
    assert word not in str(all_of(assess(county, off))["protected"])
    place = reproject(shapes_of([at(500, 500)]), county.crs, WGS84)[0]
    moved = Scenario(changes=Changes(hydrants_moved=(Moved("1", place.x, place.y),)))
    assert word in str(all_of(assess(county, moved))["protected"])


@pytest.mark.slow
def test_the_view_rests_on_the_county_as_surveyed() -> None:
    county = read_county(DATA)
    far = assess(county, Scenario(changes=Changes(stations_added=(FAR,))))
    now = assess(county, Scenario())
    bounds = still(now, ZH).everything
    assert bounds is not None
    assert bounds[1] > FAR.lat, "it stands outside"
    assert still(far, ZH).everything == still(now, ZH).everything
    assert surveyed_county(far.county) is county


def test_planned_streets_are_listed_by_their_way_and_named_when_opened() -> None:
    network = town(
        [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]],
        opens=[0, 2027, 2027],
        way_id=[1, 7, 7],
    )
    assert planned_streets(None, 0) == {}
    assert planned_streets(network, 2027) == {}
    assert list(planned_streets(network, 0)) == ["7"]
    assert planned_streets(network, 0)["7"] == ("", 2027, 200.0)
    county = paper_county(network, stations=[A])
    one = next(each_change(Changes(streets_opened=("7-1",))))
    assert change_words(one, county, ZH) == say("zh", "what_if.said.streets_opened", name="7-1")
