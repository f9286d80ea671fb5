"""Supposing step by step: added, moved, off and back again, each thing in one list at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.change_steps import add, each_change, free_id, move, put_back, switch_off
from analysis.changes import LAYERS, NO_CHANGES, Changes, Moved, SourceAdded, StationAdded, changes_from
from analysis.county_changes import county_with
from analysis.scenario import Scenario, scenario_from_json
from tests.test_changes import degrees, street_town

if TYPE_CHECKING:
    from geo.problems import Problem


def valid(changes: Changes) -> bool:
    found: list[Problem] = []
    changes_from({"stations_off": changes.stations_off, "stations_moved": ()}, "", found)
    ids = [(one.layer, one.id) for one in each_change(changes)]
    return not found and len(ids) == len(set(ids))


@pytest.mark.parametrize("layer", LAYERS)
def test_each_thing_stands_in_one_list_whatever_is_done_to_it(layer: str) -> None:
    letter = layer[0].upper()
    one = add(NO_CHANGES, layer, {f"{letter}+1"}, 114.7, 38.6)
    assert [(each.what, each.id, each.lon) for each in each_change(one)] == [("added", f"{letter}+2", 114.7)]
    again = move(one, layer, f"{letter}+2", 114.8, 38.7)
    assert [(each.what, each.lon, each.lat) for each in each_change(again)] == [("added", 114.8, 38.7)]
    assert switch_off(again, layer, f"{letter}+2") == NO_CHANGES
    moved = move(NO_CHANGES, layer, "A", 114.1, 38.1)
    assert getattr(moved, f"{layer}_moved") == (Moved("A", 114.1, 38.1),)
    off = switch_off(moved, layer, "A")
    assert [(each.what, each.id) for each in each_change(off)] == [("off", "A")]
    assert switch_off(off, layer, "A") == off
    back = move(off, layer, "A", 114.2, 38.2)
    assert [(each.what, each.lon) for each in each_change(back)] == [("moved", 114.2)]
    assert put_back(back, layer, "A") == put_back(off, layer, "A") == NO_CHANGES
    assert all(map(valid, (one, again, moved, off, back)))


def test_ids_are_free_in_county_and_changes_and_streets_go_back_by_their_id() -> None:
    two = add(add(NO_CHANGES, "stations", (), 1.0, 2.0), "stations", (), 3.0, 4.0)
    assert [one.id for one in two.stations_added] == ["S+1", "S+2"]
    assert free_id(put_back(two, "stations", "S+1"), "stations", {"S+3"}) == "S+1"
    assert two.stations_added[0].position_status == "assumed"
    opened = Changes(streets_opened=("7-1", "8"))
    assert put_back(opened, "streets", "8").streets_opened == ("7-1",)
    assert [(one.layer, one.what) for one in each_change(opened)] == [("streets", "opened")] * 2


def test_an_added_thing_is_moved_where_it_is_added_and_gone_when_switched_off() -> None:
    one = Changes(stations_added=(StationAdded("NS-1", 114.7, 38.6, turnout_s=30.0),))
    moved = move(one, "stations", "NS-1", 114.8, 38.7)
    assert moved.stations_added == (StationAdded("NS-1", 114.8, 38.7, turnout_s=30.0),)
    assert moved.stations_moved == ()
    assert switch_off(moved, "stations", "NS-1") == Changes()
    assert put_back(moved, "stations", "NS-1") == Changes()


def test_a_thing_of_the_county_is_moved_or_off_and_comes_back() -> None:
    moved = move(Changes(), "hydrants", "H", 114.7, 38.6)
    assert moved == Changes(hydrants_moved=(Moved("H", 114.7, 38.6),))
    assert move(moved, "hydrants", "H", 114.8, 38.6) == Changes(hydrants_moved=(Moved("H", 114.8, 38.6),))
    off = switch_off(moved, "hydrants", "H")
    assert off == Changes(hydrants_off=("H",))
    assert switch_off(off, "hydrants", "H") == off
    assert move(off, "hydrants", "H", 114.7, 38.6) == moved, "who moves it wants it"
    assert put_back(off, "hydrants", "H") == Changes()


def test_the_same_id_in_another_layer_is_left_alone() -> None:
    both = Changes(hydrants_off=("1",), cranes_off=("1",))
    assert put_back(both, "hydrants", "1") == Changes(cranes_off=("1",))


def test_new_ids_are_taken_by_nobody() -> None:
    changes = Changes(hydrants_added=(SourceAdded("H+1", 0.0, 0.0), SourceAdded("H+3", 0.0, 0.0)))
    assert free_id(changes, "hydrants", ["H", "H+2"]) == "H+4"
    assert free_id(Changes(), "stations", []) == "S+1"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_whatever_is_done_in_whatever_order_can_be_read_back_and_asked(number: int) -> None:
    rng = np.random.default_rng(number)
    changes, county = Changes(), street_town()
    own = {"stations": ["A"], "hydrants": ["H"], "cranes": ["W"]}
    for _ in range(60):
        layer = str(rng.choice(LAYERS))
        ids = [*own[layer], *(each.id for each in getattr(changes, f"{layer}_added"))]
        its_id, place = str(rng.choice(ids)), degrees(*rng.uniform(0, 3000, 2).round().tolist())
        what = rng.integers(4)
        if what == 0:
            changes = add(changes, layer, own[layer], **place)
        elif what == 1:
            changes = move(changes, layer, its_id, **place)
        else:
            changes = (switch_off if what == 2 else put_back)(changes, layer, its_id)
        scenario = Scenario(changes=changes)
        assert scenario_from_json(scenario.to_json()) == scenario
        made = county_with(county, scenario)
        for name, column in (("stations", "station_id"), ("hydrants", "hydrant_id"), ("cranes", "crane_id")):
            table = getattr(made, name)
            changed = table.get("scenario_change", np.full(len(table), None))
            told = dict(zip(table[column], changed, strict=True))
            said = {one.id: one.what for one in each_change(changes) if one.layer == name}
            assert {its_id: what for its_id, what in told.items() if what is not None} == said
