"""Editing the changes of a scenario step by step: every step gives changes that can be read back and asked."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.change_edits import (
    added_to,
    changed_ids,
    new_id,
    placed_at,
    street_switched,
    switched_off,
    taken_back,
)
from analysis.changes import LAYERS, Changes, Moved, SourceAdded, StationAdded
from analysis.county_changes import county_with
from analysis.scenario import Scenario, scenario_from_json
from tests.test_changes import degrees, street_town

NEW = StationAdded("NS-1", 114.7, 38.6, turnout_s=30.0)


def test_an_added_thing_is_moved_where_it_is_added_and_gone_when_switched_off() -> None:
    one = added_to(Changes(), "stations", NEW)
    moved = placed_at(one, "stations", "NS-1", 114.8, 38.7, position_status="planned")
    assert moved.stations_added == (
        StationAdded("NS-1", 114.8, 38.7, turnout_s=30.0, position_status="planned"),
    )
    assert moved.stations_moved == ()
    assert switched_off(moved, "stations", "NS-1") == Changes()
    assert taken_back(moved, "stations", "NS-1") == Changes()
    assert added_to(one, "stations", NEW) == one


def test_a_thing_of_the_county_is_moved_or_off_and_comes_back() -> None:
    moved = placed_at(Changes(), "hydrants", "H", 114.7, 38.6)
    assert moved == Changes(hydrants_moved=(Moved("H", 114.7, 38.6),))
    assert placed_at(moved, "hydrants", "H", 114.8, 38.6) == Changes(
        hydrants_moved=(Moved("H", 114.8, 38.6),)
    )
    off = switched_off(moved, "hydrants", "H")
    assert off == Changes(hydrants_off=("H",))
    assert switched_off(off, "hydrants", "H") == off
    assert placed_at(off, "hydrants", "H", 114.7, 38.6) == moved, "who moves it wants it"
    assert taken_back(off, "hydrants", "H") == Changes()


def test_the_same_id_in_another_layer_is_left_alone() -> None:
    both = Changes(hydrants_off=("1",), cranes_off=("1",))
    assert taken_back(both, "hydrants", "1") == Changes(cranes_off=("1",))


def test_a_planned_street_is_opened_and_closed_again() -> None:
    opened = street_switched(Changes(), "2-1")
    assert opened == Changes(streets_opened=("2-1",))
    assert street_switched(opened, "2-1") == Changes()


def test_new_ids_are_taken_by_nobody() -> None:
    changes = Changes(hydrants_added=(SourceAdded("NH-1", 0.0, 0.0), SourceAdded("NH-3", 0.0, 0.0)))
    assert new_id(changes, "hydrants", ["H", "NH-2"]) == "NH-4"
    assert new_id(Changes(), "stations", []) == "NS-1"


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
            kind = StationAdded if layer == "stations" else SourceAdded
            changes = added_to(changes, layer, kind(new_id(changes, layer, own[layer]), **place))
        elif what == 1:
            changes = placed_at(changes, layer, its_id, **place)
        else:
            changes = (switched_off if what == 2 else taken_back)(changes, layer, its_id)
        scenario = Scenario(changes=changes)
        assert scenario_from_json(scenario.to_json()) == scenario
        made = county_with(county, scenario)
        said = changed_ids(changes)
        for name, column in (("stations", "station_id"), ("hydrants", "hydrant_id"), ("cranes", "crane_id")):
            table = getattr(made, name)
            changed = table.get("scenario_change", np.full(len(table), None))
            told = dict(zip(table[column], changed, strict=True))
            assert {its_id: what for its_id, what in told.items() if what is not None} == said[name]
