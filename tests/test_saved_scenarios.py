"""Named scenarios in the county's folder: whole or not at all, safe names, nobody's work lost without a word."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from analysis import saved_scenarios
from analysis.assessment import assess
from analysis.changes import Changes, StationAdded
from analysis.saved_scenarios import (
    FOLDER,
    MOST_PREVIOUS,
    PREVIOUS,
    delete_scenario,
    list_scenarios,
    name_problems,
    previous_versions,
    read_saved,
    save_scenario,
    scenario_named,
)
from analysis.scenario import Scenario, Targets
from geo.county import read_county
from geo.problems import InputError

DATA = Path(__file__).resolve().parent.parent / "data"
NORTH = Scenario(name="北站", planned_works=True)
SOUTH = Scenario(name="南站", changes=Changes(stations_off=("A",)))


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    assert all(each.text(language) for each in error.value.problems for language in ("zh", "en"))
    return [each.code for each in error.value.problems]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_saved_scenario_is_read_back_and_is_a_file_for_the_command_line(tmp_path: Path) -> None:
    saved = save_scenario(tmp_path, "北站 2027", NORTH)
    assert read_saved(tmp_path, "北站 2027") == saved
    assert saved.scenario == NORTH
    assert [(each.file, each.saved) for each in list_scenarios(tmp_path)] == [("北站 2027", saved)]
    file = tmp_path / FOLDER / "北站 2027.json"
    assert '"planned_works": true' in file.read_text(encoding="utf-8")
    assert scenario_named(tmp_path, str(file)) == ("北站 2027", NORTH)
    assert scenario_named(tmp_path, "北站 2027") == ("北站 2027", NORTH)
    assert scenario_named(tmp_path, "today") == ("today", Scenario())
    assert names(tmp_path / FOLDER) == ["北站 2027.json"], "nothing unfinished is left"


def test_a_save_over_what_was_read_keeps_what_stood_there(tmp_path: Path) -> None:
    first = save_scenario(tmp_path, "a", NORTH)
    second = save_scenario(tmp_path, "a", SOUTH, first.digest)
    assert second.digest != first.digest
    assert [each.scenario for each in previous_versions(tmp_path, "a")] == [NORTH]
    save_scenario(tmp_path, "a", NORTH, second.digest)
    assert [each.scenario for each in previous_versions(tmp_path, "a")] == [SOUTH, NORTH]
    assert [each.file for each in list_scenarios(tmp_path)] == ["a"]


def test_a_save_over_another_state_is_refused_with_its_name_and_time_and_ways_out(tmp_path: Path) -> None:
    mine = save_scenario(tmp_path, "a", NORTH)
    save_scenario(tmp_path, "a", SOUTH, mine.digest)
    with pytest.raises(InputError) as error:
        save_scenario(tmp_path, "a", NORTH, mine.digest)
    assert codes(error) == ["scenario_changed"]
    assert "南站" in error.value.problems[0].text("zh")
    assert "20" in error.value.problems[0].text("en")
    assert read_saved(tmp_path, "a").scenario == SOUTH, "nothing is written"
    assert save_scenario(tmp_path, "b", NORTH).scenario == NORTH, "one way out: another name"
    assert save_scenario(tmp_path, "a", NORTH, mine.digest, overwrite=True).scenario == NORTH, "the other"
    assert SOUTH in [each.scenario for each in previous_versions(tmp_path, "a")]


def test_a_new_name_never_replaces_one_that_is_there_whatever_its_letters(tmp_path: Path) -> None:
    save_scenario(tmp_path, "Plan", NORTH)
    for name in ("Plan", "plan", "PLAN"):
        with pytest.raises(InputError) as error:
            save_scenario(tmp_path, name, SOUTH)
        assert codes(error) == ["scenario_there"]
    assert names(tmp_path / FOLDER) == ["Plan.json"]


def test_what_was_deleted_is_kept_and_is_not_saved_over_unasked(tmp_path: Path) -> None:
    mine = save_scenario(tmp_path, "a", NORTH)
    delete_scenario(tmp_path, "a", mine.digest)
    assert list_scenarios(tmp_path) == []
    assert [each.scenario for each in previous_versions(tmp_path, "a")] == [NORTH]
    for ask, code in (
        (lambda: read_saved(tmp_path, "a"), "scenario_missing"),
        (lambda: delete_scenario(tmp_path, "a", mine.digest), "scenario_missing"),
        (lambda: save_scenario(tmp_path, "a", SOUTH, mine.digest), "scenario_gone"),
    ):
        with pytest.raises(InputError) as error:
            ask()
        assert codes(error) == [code]
    assert save_scenario(tmp_path, "a", previous_versions(tmp_path, "a")[0].scenario).scenario == NORTH


def test_deleting_another_state_is_refused(tmp_path: Path) -> None:
    mine = save_scenario(tmp_path, "a", NORTH)
    save_scenario(tmp_path, "a", SOUTH, mine.digest)
    with pytest.raises(InputError) as error:
        delete_scenario(tmp_path, "a", mine.digest)
    assert codes(error) == ["scenario_changed"]
    assert read_saved(tmp_path, "a").scenario == SOUTH


@pytest.mark.parametrize(
    "name",
    ["", " ", " a", "a ", ".a", "a.", "..", "../a", "a/b", "a\\b", "C:a", "a\n", "a\0b", "nul", "COM1.x", "today",
     "Today", "a" * 61, "站" * 61, "a?", "a*", "a.20260101T101010Z", "\u202ea"],
)  # fmt: skip
def test_names_that_leave_the_folder_or_are_no_file_are_refused(tmp_path: Path, name: str) -> None:
    assert name_problems(name)
    with pytest.raises(InputError) as error:
        save_scenario(tmp_path, name, NORTH)
    assert codes(error)
    with pytest.raises(InputError):
        read_saved(tmp_path, name)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["北站", "北站 2027（二）", "a-b_c.v2", "é", "1", "站" * 60])
def test_names_in_any_script_are_taken(tmp_path: Path, name: str) -> None:
    assert save_scenario(tmp_path, name, NORTH).file == name


def test_the_two_ways_to_write_a_letter_are_one_name(tmp_path: Path) -> None:
    save_scenario(tmp_path, "e\u0301", NORTH)
    assert read_saved(tmp_path, "\u00e9").scenario == NORTH
    with pytest.raises(InputError):
        save_scenario(tmp_path, "\u00e9", SOUTH)


def test_what_cannot_be_read_stands_in_the_list_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "huge.json").write_bytes(b" " * (saved_scenarios.MOST_FILE_BYTES + 1))
    (folder / "bytes.json").write_bytes(b"\xff\xfe\xff")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    listed = {each.file: [one.code for one in each.problems] for each in list_scenarios(tmp_path)}
    assert listed == {"broken": ["not_json"], "huge": ["scenario_large"], "bytes": ["file_unreadable"]}
    assert all(each.saved is None for each in list_scenarios(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(NORTH.to_json(), encoding="utf-8")
    county = tmp_path / "county"
    (county / FOLDER).mkdir(parents=True)
    (county / FOLDER / "a.json").symlink_to(outside)
    assert list_scenarios(county) == []
    with pytest.raises(InputError):
        read_saved(county, "a")


def test_a_failed_save_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = save_scenario(tmp_path, "a", NORTH)
    before = names(tmp_path / FOLDER)

    def fails(_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        save_scenario(tmp_path, "a", SOUTH, mine.digest)
    assert names(tmp_path / FOLDER) == before
    assert read_saved(tmp_path, "a") == mine


def test_of_many_who_save_at_once_one_does_and_the_others_are_told(tmp_path: Path) -> None:
    mine = save_scenario(tmp_path, "a", NORTH)
    told: list[str] = []

    def save(number: int) -> None:
        try:
            save_scenario(tmp_path, "a", Scenario(name=f"{number}"), mine.digest)
            told.append("saved")
        except InputError as error:
            told.append(error.problems[0].code)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == ["saved", *["scenario_changed"] * 7]


def test_previous_versions_do_not_pile_up(tmp_path: Path) -> None:
    saved = save_scenario(tmp_path, "a", NORTH)
    for number in range(MOST_PREVIOUS + 5):
        saved = save_scenario(tmp_path, "a", Scenario(name=str(number)), saved.digest)
    kept = previous_versions(tmp_path, "a")
    assert [each.scenario.name for each in kept[:2]] == [str(MOST_PREVIOUS + 3), str(MOST_PREVIOUS + 2)]
    assert len(kept) == len(names(tmp_path / FOLDER / PREVIOUS)) == MOST_PREVIOUS


@pytest.mark.slow
def test_the_county_ships_three_scenarios_and_each_can_be_asked() -> None:
    listed = list_scenarios(DATA)
    assert [each.file for each in listed] == sorted(["现状", "建成", "乡镇专职队"])
    assert not any(each.problems for each in listed)
    county = read_county(DATA)
    asked = {each.file: each.saved.scenario for each in listed if each.saved is not None}
    assert all(each.name and each.name_en for each in asked.values())
    assert asked["现状"].changes == Changes()
    built, planned, teams = (assess(county, asked[name]) for name in ("现状", "建成", "乡镇专职队"))
    counted = [
        (
            int(each.stations["counted"].sum()),
            int(each.hydrants["counted"].sum()),
            int(each.cranes["counted"].sum()),
        )
        for each in (built, planned, teams)
    ]
    assert counted == [(1, 58, 2), (2, 107, 4), (4, 107, 4)]


def test_the_supposed_teams_stand_at_the_township_points_of_the_county() -> None:
    county = read_county(DATA)
    teams = read_saved(DATA, "乡镇专职队").scenario.changes.stations_added
    towns = county.places[county.places["kind"] == "township"].set_index("name").geometry.to_crs("EPSG:4326")
    assert [each.id.removeprefix("T-") for each in teams] == ["灵山镇", "羊平镇"]
    for each in teams:
        point = towns[each.id.removeprefix("T-")]
        assert (each.lon, each.lat) == pytest.approx((point.x, point.y), abs=1e-6)
        assert (each.position_class, each.position_status) == ("P6", "assumed")


def test_every_command_takes_a_saved_name(write_county: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.test_commands import run, town_files

    folder = write_county(town_files())
    save_scenario(folder, "快", Scenario(name="快", targets=Targets(turnout_s=0)))
    code, printed, _ = run(capsys, "route", folder, "--to", "1", "--scenario", "快", "--json")
    assert (code, json.loads(printed)["turnout_s"]) == (0, 0)
    code, _, errors = run(capsys, "route", folder, "--to", "1", "--scenario", "慢", "--lang", "zh")
    assert code == 2
    assert "慢" in errors
    assert "快" in errors, "what is saved is told"


def test_what_could_not_be_read_back_replaces_nothing(tmp_path: Path) -> None:
    first = save_scenario(tmp_path, "a", NORTH)
    many = tuple(StationAdded(f"N{number}", 114.7, 38.6, name="站" * 100) for number in range(1000))
    with pytest.raises(InputError) as error:
        save_scenario(tmp_path, "a", Scenario(changes=Changes(stations_added=many)), first.digest)
    assert codes(error) == ["scenario_large"]
    assert read_saved(tmp_path, "a") == first


def test_what_a_save_hands_back_is_read_before_another_saves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    read = saved_scenarios._read

    def looked(path: Path) -> saved_scenarios.Saved:
        held.append(saved_scenarios._ONE_AT_A_TIME.locked())
        return read(path)

    monkeypatch.setattr(saved_scenarios, "_read", looked)
    save_scenario(tmp_path, "a", NORTH)
    assert held == [True]
