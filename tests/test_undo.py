"""What a layer was before it was replaced is kept, and comes back whole: also from nothing, and also twice."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from geo.adding import add_layer
from geo.county import check_county, read_county
from geo.layer_history import layer_files, undo_layer
from geo.layers import LAYERS
from geo.problems import InputError
from geo.translation import FileChoices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]


def cranes(folder: Path) -> list[str]:
    return [str(each) for each in read_county(folder).cranes["crane_id"]]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "hydrants").iterdir())


@pytest.fixture
def add(tmp_path: Path) -> Callable[..., None]:
    def adder(folder: Path, *ids: str, replace: bool = False) -> None:
        file = tmp_path / "new.csv"
        rows = "".join(f"{each},114.70,38.6{at},在用\n" for at, each in enumerate(ids))
        file.write_text("水鹤编号,经度,纬度,状态\n" + rows, encoding="utf-8")
        assert add_layer(folder, file, "cranes", FileChoices(replace=replace)).path is not None

    return adder


@pytest.mark.slow
def test_the_layer_before_comes_back_byte_for_byte_and_undoing_again_takes_it_away(
    write_county: Write, add: Callable[..., None]
) -> None:
    folder = write_county({})
    add(folder, "A")
    path = folder / "hydrants/cranes.geojson"
    first = path.read_bytes()
    add(folder, "B", "C")
    second = path.read_bytes()
    for expected, ids in ((first, ["A"]), (second, ["B", "C"]), (first, ["A"])):
        undone = undo_layer(folder, "cranes")
        assert (undone.back, undone.aside) == ((path,), (path.with_name("cranes.geojson.before"),))
        assert (path.read_bytes(), cranes(folder)) == (expected, ids)
        assert names(folder) == ["cranes.geojson", "cranes.geojson.before"]
        assert check_county(folder) == []


def test_undoing_the_first_adding_leaves_no_layer(write_county: Write, add: Callable[..., None]) -> None:
    folder = write_county({})
    add(folder, "A")
    assert undo_layer(folder, "cranes").back == ()
    assert "cranes" in read_county(folder).missing
    assert undo_layer(folder, "cranes").back == (folder / "hydrants/cranes.geojson",)
    assert cranes(folder) == ["A"]
    undo_layer(folder, "cranes")
    assert names(folder) == ["cranes.geojson.before"]


@pytest.mark.slow
def test_a_file_of_another_kind_is_set_aside_by_consent_and_comes_back(
    write_county: Write, add: Callable[..., None]
) -> None:
    given = "crane_id,status,lon,lat\nOLD,in_use,114.70,38.62\n"
    folder = write_county({"hydrants/cranes.csv": given, "hydrants/cranes.md": "notes"})
    add(folder, "A", replace=True)
    assert cranes(folder) == ["A"]
    assert names(folder) == ["cranes.csv.before", "cranes.geojson", "cranes.md"]
    undone = undo_layer(folder, "cranes")
    assert [each.name for each in undone.back] == ["cranes.csv"]
    assert (folder / "hydrants/cranes.csv").read_text(encoding="utf-8") == given
    assert cranes(folder) == ["OLD"]
    assert names(folder) == ["cranes.csv", "cranes.geojson.before", "cranes.md"]
    undo_layer(folder, "cranes")
    assert cranes(folder) == ["A"]
    assert names(folder) == ["cranes.csv.before", "cranes.geojson", "cranes.md"]
    add(folder, "B")
    assert names(folder) == ["cranes.geojson", "cranes.geojson.before", "cranes.md"]
    undo_layer(folder, "cranes")
    assert cranes(folder) == ["A"], "one step is kept"


def test_nothing_to_undo_is_said_and_nothing_is_touched(write_county: Write) -> None:
    folder = write_county({"hydrants/cranes.csv": "crane_id,status,lon,lat\nOLD,in_use,114.70,38.62\n"})
    for where in (folder, folder / "nowhere"):
        with pytest.raises(InputError) as refused:
            undo_layer(where, "cranes")
        assert [each.code for each in refused.value.problems] == ["nothing_to_undo"]
    assert names(folder) == ["cranes.csv"]
    with pytest.raises(KeyError):
        undo_layer(folder, "pumps")


@pytest.mark.slow
def test_a_refused_file_changes_nothing_that_is_kept(
    write_county: Write, add: Callable[..., None], tmp_path: Path
) -> None:
    folder = write_county({})
    add(folder, "A")
    add(folder, "B")
    bad = tmp_path / "bad.csv"
    bad.write_text("水鹤编号,经度,纬度\n,114.70,38.6\n", encoding="utf-8")
    assert add_layer(folder, bad, "cranes").path is None
    undo_layer(folder, "cranes")
    assert cranes(folder) == ["A"]


def test_a_crash_between_two_steps_of_undoing_is_said_and_loses_nothing(
    write_county: Write, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_county({"hydrants/cranes.csv": "crane_id,status,lon,lat\nOLD,in_use,114.70,38.62\n"})
    add(folder, "A", replace=True)
    calls = []
    real = os.replace

    def crash_at_the_second(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError("the power went")
        real(source, target)

    monkeypatch.setattr(os, "replace", crash_at_the_second)
    with pytest.raises(OSError, match="power"):
        undo_layer(folder, "cranes")
    monkeypatch.undo()
    assert [each.code for each in check_county(folder)] == ["layer_twice"]
    assert [each.name for each in layer_files(folder, LAYERS["cranes"])] == ["cranes.csv", "cranes.geojson"]
    assert json.loads((folder / "hydrants/cranes.geojson").read_text(encoding="utf-8"))["features"]
