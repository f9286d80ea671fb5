"""Supposing step by step: added, moved, off and back again, each thing in one list at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.change_steps import add, each_change, free_id, move, put_back, switch_off
from analysis.changes import LAYERS, NO_CHANGES, Changes, Moved, changes_from

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
