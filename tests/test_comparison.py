"""Scenarios side by side: towns worked out on paper, laws that hold for any two, and the county's own three."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from analysis.__main__ import main
from analysis.assessment import assess
from analysis.changes import Changes, Moved, SourceAdded
from analysis.comparison import AREA_CHANGES, Comparison, compare
from analysis.comparison_files import COMPARISON_FILES, comparison_files
from analysis.overlay import CHANGES, change_lengths, street_changes
from analysis.saved_scenarios import read_saved, save_scenario
from analysis.scenario import Scenario
from geo.county import read_county
from tests.counties import paper_county, plot, table_of
from tests.test_changes import TARGETS, degrees, station, street_town, with_changes
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from analysis.assessment import Assessment
    from geo.county import County

DATA = Path(__file__).resolve().parent.parent / "data"
TODAY = Scenario(targets=TARGETS)


def between(county: County, *scenarios: Scenario) -> Comparison:
    return compare([assess(county, each) for each in scenarios])


def lengths(comparison: Comparison, scenario: int = 2) -> dict[str, float]:
    table = comparison.streets
    return {
        name.removesuffix("_m"): round(metres, 3)
        for name, metres in change_lengths(table[table["scenario"] == scenario]).items()
    }


def km2(comparison: Comparison, what: str, scenario: int = 2) -> dict[str, float]:
    found = comparison.summary["changes"][scenario - 2][what]
    return {name.removesuffix("_m2"): m2 for name, m2 in found.items()}


def test_a_second_station_gains_on_paper() -> None:
    """From the west 2,400 m are driven in 240 s; from 5,000 m with 30 s of turnout 2,700 m either way."""
    found = between(
        street_town(), TODAY, with_changes(stations_added=(station("B", 5000, 0, turnout_s=30.0),))
    )
    assert lengths(found) == {
        "gained": 3600, "lost": 0, "still": 2400, "none": 0, "not_analysed": 0, "only_before": 0, "only_after": 0,
        "whole": 6000,
    }  # fmt: skip
    parcels = found.parcels.set_index("parcel_no")
    assert parcels["flipped_2"].to_dict() == {"west": False, "east": True}
    assert parcels.loc["east", ["verdict_1", "verdict_2"]].tolist() == ["not_covered", "covered"]
    assert parcels.loc["west", "arrival_difference_s_2"] == 0
    assert parcels.loc["east", "arrival_difference_s_2"] == pytest.approx(90 - 620)
    figures = found.figures.set_index("figure")
    reached = [figures[name]["street_reached"] for name in ("value_1", "value_2", "difference_2")]
    assert reached == pytest.approx([2400, 6000, 3600])
    assert figures.loc["stations_counted", "difference_2"] == 1
    assert found.summary["changes"][0]["parcels_flipped"] == [
        {"parcel_no": "east", "before": "not_covered", "after": "covered", "area_mu": 1.0}
    ]


def test_a_moved_station_gains_and_loses_on_paper() -> None:
    found = between(street_town(), TODAY, with_changes(stations_moved=(Moved("A", **degrees(3000, 0)),)))
    assert lengths(found) == pytest.approx(
        {
            "gained": 3000, "lost": 600, "still": 1800, "none": 600, "not_analysed": 0, "only_before": 0,
            "only_after": 0, "whole": 6000,
        },
        abs=2e-3,
    )  # fmt: skip
    ground = km2(found, "coverage")
    assert ground["gained"] == pytest.approx(3000 * 300, rel=0.03)
    assert ground["lost"] == pytest.approx(600 * 300 + np.pi * 150**2 / 2, rel=0.01), (
        "with the round end of the street"
    )
    assert ground["still"] == pytest.approx(1800 * 300, rel=0.03)


def test_a_planned_street_is_of_one_side_alone_and_changes_no_other() -> None:
    found = between(street_town(), TODAY, replace(TODAY, year=2030))
    assert (lengths(found)["only_after"], lengths(found)["only_before"]) == (1000, 0)
    assert lengths(found)["whole"] == 7000
    back = between(street_town(), replace(TODAY, year=2030), TODAY)
    assert (lengths(back)["only_after"], lengths(back)["only_before"]) == (0, 1000)
    new = found.streets[found.streets["change"] == "only_after"]
    assert new["name"].tolist() == ["新街"]
    assert new["state_before"].tolist() == ["absent"]
    assert not found.summary["changes"][0]["same_streets"]


def island_town() -> County:
    """Two streets that do not meet; the station stands on the one, nobody comes to the other."""
    return paper_county(
        town([[(0, 0), (2000, 0)], [(0, 1000), (2000, 1000)]]),
        parcels=[{"parcel_no": "far", "area_mu": 1.0, "geometry": plot(500, 1005, 600, 1050)}],
        stations=[{"station_id": "A", "geometry": at(0, 0)}],
    )


@pytest.mark.slow
def test_what_was_not_analysed_is_neither_gained_nor_lost() -> None:
    changed = with_changes(stations_added=(station("B", 0, 1000),))
    found, back = between(island_town(), TODAY, changed), between(island_town(), changed, TODAY)
    for each in (found, back):
        assert lengths(each) == {
            "gained": 0, "lost": 0, "still": 2000, "none": 0, "not_analysed": 2000, "only_before": 0,
            "only_after": 0, "whole": 4000,
        }  # fmt: skip
        ground = km2(each, "coverage")
        assert (ground["gained"], ground["lost"]) == (0, 0)
        assert ground["not_analysed"] == pytest.approx(ground["still"], rel=0.01)
    assert found.parcels[["verdict_1", "verdict_2"]].iloc[0].tolist() == ["not_analysed", "covered"]


@pytest.mark.slow
def test_what_a_station_without_a_usable_site_may_cover_is_not_lost() -> None:
    """A is moved 2,000 m off every street: what it covers from there is not known."""
    county = replace(
        street_town(),
        stations=table_of(
            "stations",
            [{"station_id": "A", "geometry": at(0, 0)}, {"station_id": "B", "geometry": at(6000, 0)}],
        ),
    )
    away = with_changes(stations_moved=(Moved("A", **degrees(0, 2000)),))
    for found, sides in (
        (between(county, TODAY, away), ("verdict_1", "verdict_2")),
        (between(county, away, TODAY), ("verdict_2", "verdict_1")),
    ):
        assert lengths(found) == {
            "gained": 0, "lost": 0, "still": 2400, "none": 0, "not_analysed": 3600, "only_before": 0,
            "only_after": 0, "whole": 6000,
        }  # fmt: skip
        ground = km2(found, "coverage")
        assert (ground["gained"], ground["lost"]) == (0, 0)
        assert ground["not_analysed"] > 0
        assert found.parcels.set_index("parcel_no").loc["west", list(sides)].tolist() == [
            "covered", "not_analysed",
        ]  # fmt: skip


def test_where_nobody_knows_who_comes_nothing_is_compared() -> None:
    unknown = table_of("stations", [{"station_id": "A", "geometry": at(0, 0), "status": "unknown"}])
    county = replace(island_town(), stations=unknown)
    found = between(county, TODAY, replace(TODAY, count_unknown=True))
    assert lengths(found)["not_analysed"] == 4000
    assert found.summary["changes"][0]["coverage"] is None
    assert found.areas[found.areas["what"] == "coverage"].empty
    assert found.summary["changes"][0]["hydrants"] is None, "and no hydrants are listed"
    figures = found.figures.set_index("figure")
    assert np.isnan(figures["difference_2"]["street_share"])


def test_without_streets_parcels_and_figures_are_compared_and_no_street() -> None:
    county = replace(island_town(), network=None, missing=frozenset({"roads", "hydrants"}))
    found = between(county, TODAY, with_changes(stations_off=("A",)))
    assert len(found.streets) == 0
    assert found.summary["changes"][0]["streets"] is None
    assert found.parcels["verdict_1"].tolist() == ["not_analysed"]
    assert comparison_files(found)


@pytest.mark.slow
def test_hydrants_gain_and_lose_their_discs() -> None:
    changed = with_changes(
        hydrants_added=(SourceAdded("N1", **degrees(3000, 0)), SourceAdded("N2", **degrees(5000, 0))),
        hydrants_off=("H",),
    )  # fmt: skip
    found = between(street_town(), TODAY, changed)
    disc = np.pi * 150**2
    assert km2(found, "hydrants") == pytest.approx(
        {"gained": 2 * disc, "lost": disc, "still": 0, "not_analysed": 0}, rel=1e-3
    )
    assert found.summary["changes"][0]["hydrants_certainty"] == "supposed"
    assert km2(found, "coverage")["gained"] == km2(found, "coverage")["lost"] == 0


def random_scenarios(number: int) -> list[Scenario]:
    """Scenarios of the grid town: stations added and moved anywhere, one switched off, other limits and speeds."""
    rng = np.random.default_rng(number)
    found = []
    for _ in range(3):
        places = rng.uniform(-600, 600, (3, 2)).round(1).tolist()
        targets = plain_targets(limit_s=float(rng.choice([60.0, 80.0, 100.0])), turnout_s=30.0)
        changes = Changes(
            stations_added=tuple(station(f"N{i}", *place) for i, place in enumerate(places[:2])),
            stations_moved=(Moved("A", **degrees(*places[2])),) if rng.random() < 0.5 else (),
            stations_off=("B",) if rng.random() < 0.5 else (),
            streets_opened=("2-1",) if rng.random() < 0.5 else (),
        )
        found.append(Scenario(changes=changes, targets=targets))
    return found


@cache
def grid_town() -> County:
    """A grid of which two streets open later, an island, a river and two stations."""
    lines = [*grid_lines(streets=7, block_m=200.0), [(2000.0, 0.0), (2400.0, 0.0)]]
    return paper_county(
        town(lines, opens=[2030 if row in (1, 5) else 0 for row in range(len(lines))]),
        stations=[
            {"station_id": "A", "geometry": at(-600, 0)},
            {"station_id": "B", "geometry": at(600, 200)},
        ],
        hydrants=[{"hydrant_id": "H", "geometry": at(0, 0)}],
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_laws_hold_between_any_two_scenarios(number: int) -> None:
    asked = [assess(grid_town(), each) for each in random_scenarios(number)]
    for one, other in itertools.combinations_with_replacement(asked, 2):
        there, back = compare([one, other]), compare([other, one])
        table, way_back = there.streets, back.streets
        mine, theirs = change_lengths(table), change_lengths(way_back)
        assert sum(mine[f"{name}_m"] for name in CHANGES) == pytest.approx(mine["whole_m"], abs=1e-6)
        assert mine["gained_m"] == pytest.approx(theirs["lost_m"], abs=1e-6)
        assert mine["only_after_m"] == pytest.approx(theirs["only_before_m"], abs=1e-6)
        for name in ("still_m", "none_m", "not_analysed_m", "whole_m"):
            assert mine[name] == pytest.approx(theirs[name], abs=1e-6)
        reached = [each.summary["street_length_reached_m"] for each in (one, other)]
        new = table["state_after"].eq("reached") & table["change"].isin(["only_after", "not_analysed"])
        old = table["state_before"].eq("reached") & table["change"].isin(["only_before", "not_analysed"])
        came, went = (float(table.loc[rows, "length_m"].sum()) for rows in (new, old))
        assert mine["gained_m"] + came - mine["lost_m"] - went == pytest.approx(
            reached[1] - reached[0], abs=1e-3
        )
        areas, areas_back = (each.summary["changes"][0]["coverage"] for each in (there, back))
        assert areas["gained_m2"] == pytest.approx(areas_back["lost_m2"], abs=2)
        assert areas["still_m2"] == pytest.approx(areas_back["still_m2"], abs=2)
        if one is other:
            assert mine["gained_m"] == mine["lost_m"] == areas["gained_m2"] == areas["lost_m2"] == 0
            assert not there.parcels["flipped_2"].any()
            assert not there.areas["change"].isin(["gained", "lost", "not_analysed"]).any()


@pytest.mark.parametrize("number", range(4))
def test_a_piece_of_street_is_what_both_sides_say_of_it(number: int) -> None:
    """Each side's own stretches add up to the pieces that the overlay makes of them."""
    one, other = (assess(grid_town(), each) for each in random_scenarios(100 + number)[:2])
    table = street_changes(one, other)
    assert table["length_m"].gt(0).all()
    assert shapely.length(table.geometry.to_numpy()) == pytest.approx(table["length_m"].to_numpy(), abs=1e-3)
    for side, column in ((one, "state_before"), (other, "state_after")):
        own = side.streets.groupby(["street_id", "state"])["length_m"].sum()
        laid = table[table[column] != "absent"].groupby(["street_id", column])["length_m"].sum()
        for (street_id, state), metres in own.items():
            said = "not_analysed" if state == "unconnected" else state
            assert laid.get((street_id, said), 0.0) == pytest.approx(metres, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_a_station_more_never_loses(number: int) -> None:
    rng = np.random.default_rng(number)
    targets = plain_targets(limit_s=80.0, turnout_s=30.0)
    more = tuple(station(f"N{i}", *rng.uniform(-600, 600, 2).tolist()) for i in range(3))
    asked: list[Assessment] = [
        assess(grid_town(), Scenario(changes=Changes(stations_added=more[:count]), targets=targets))
        for count in range(4)
    ]
    for one, other in itertools.pairwise(asked):
        found = compare([one, other])
        against = found.summary["changes"][0]
        assert against["streets"]["lost_m"] == 0
        assert against["coverage"]["lost_m2"] == 0


@pytest.mark.slow
def test_more_than_two_are_each_held_against_the_first() -> None:
    asked = [TODAY, with_changes(stations_off=("A",)), with_changes(stations_added=(station("B", 5000, 0),))]
    found = between(street_town(), *asked)
    assert set(found.streets["scenario"]) == {2, 3}
    assert lengths(found, 2) == lengths(between(street_town(), asked[0], asked[1]))
    assert lengths(found, 3) == lengths(between(street_town(), asked[0], asked[2]))
    assert [each["scenario"] for each in found.summary["changes"]] == [2, 3]


@pytest.mark.slow
def test_what_cannot_be_compared_is_refused() -> None:
    one = assess(street_town(), TODAY)
    with pytest.raises(ValueError, match="two scenarios"):
        compare([one])
    with pytest.raises(ValueError, match="different counties"):
        compare([one, assess(replace(street_town(), digest="other"), TODAY)])


@pytest.mark.slow
def test_a_cost_is_compared_and_never_made_up() -> None:
    dear = with_changes(stations_added=(station("B", 5000, 0, cost_wan_yuan=1500.0),))
    free = with_changes(stations_added=(station("B", 5000, 0),))
    cost = between(street_town(), TODAY, dear, free).figures.set_index("figure").loc["cost"]
    assert cost["value_2"] == 1500
    assert np.isnan(cost[["value_1", "value_3", "difference_2", "difference_3"]].astype(float)).all()
    assert "cost" not in between(street_town(), TODAY, free).figures["figure"].tolist()


@pytest.mark.slow
def test_every_file_says_both_questions_and_the_sums_agree() -> None:
    found = between(street_town(), TODAY, with_changes(stations_added=(station("B", 5000, 0),)))
    files = comparison_files(found)
    assert list(files) == list(COMPARISON_FILES)
    told = json.loads(files["comparison.json"])
    streets = json.loads(files["compare_streets.geojson"])
    areas = json.loads(files["compare_areas.geojson"])
    for each in (streets, areas, json.loads(files["compare_parcels.geojson"])):
        assert [one["scenario"]["changes"]["stations_off"] for one in each["about"]["scenarios"]] == [[], []]
        assert each["about"]["digest"] == street_town().digest
        assert each["about"]["map_notice"]
    gained = [one["properties"] for one in streets["features"] if one["properties"]["change"] == "gained"]
    assert sum(one["length_m"] for one in gained) == pytest.approx(
        told["changes"][0]["streets"]["gained_m"], abs=0.01
    )
    for change in AREA_CHANGES:
        drawn = [
            one["properties"]["area_m2"]
            for one in areas["features"]
            if (one["properties"]["change"], one["properties"]["what"]) == (change, "coverage")
        ]
        assert sum(drawn) == pytest.approx(told["changes"][0]["coverage"][f"{change}_m2"], abs=0.1)
    assert b"NaN" not in files["comparison.json"]
    assert files == comparison_files(
        between(street_town(), TODAY, with_changes(stations_added=(station("B", 5000, 0),)))
    )


@pytest.mark.slow
def test_the_second_station_of_the_plan_gains_in_the_north_and_changes_no_verdict() -> None:
    county = read_county(DATA)
    asked = [assess(county, read_saved(DATA, name).scenario) for name in ("现状", "建成", "乡镇专职队")]
    found = compare(asked)
    assert found.summary["schematic"]
    plan, teams = found.summary["changes"]
    assert plan["parcels_flipped"] == []
    assert plan["streets"]["gained_m"] > 5000
    assert plan["streets"]["lost_m"] == plan["coverage"]["lost_m2"] == 0
    assert plan["hydrants"]["gained_m2"] == plan["hydrants"]["lost_m2"] == 0, "the 49 have no place"
    figures = found.figures.set_index("figure")
    assert figures["difference_2"]["hydrants_counted"] == 49
    assert figures["difference_2"]["hydrant_share_high"] > 0
    flipped = {each["parcel_no"]: (each["before"], each["after"]) for each in teams["parcels_flipped"]}
    assert flipped == {
        f"曲储【2022】{number}号地": ("not_covered", "not_analysed") for number in ("03", "04", "05")
    }
    drawn = {name: metres for name, metres in plan["streets"].items() if name != "none_m"}
    not_known_m = plan["streets"]["none_m"]
    assert teams["streets"] == {**drawn, "none_m": 0, "not_analysed_m": not_known_m}, (
        "no street is drawn at the two towns: from where their teams drive out is not known"
    )
    second = asked[1].stations[asked[1].stations["station_id"] == "FS-2"].geometry.iloc[0]
    gained = found.areas.query("scenario == 2 and what == 'coverage' and change == 'gained'").geometry.iloc[0]
    first = asked[1].stations[asked[1].stations["station_id"] == "FS-1"].geometry.iloc[0]
    assert gained.distance(second) < gained.distance(first)


def run(captured: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    out, err = captured.readouterr()
    return code, out, err


@pytest.mark.slow
def test_the_command_compares_files_saved_names_and_today(
    write_county: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.test_commands import town_files

    folder, out = write_county(town_files()), tmp_path / "out"
    save_scenario(folder, "关站", Scenario(name="关站", changes=Changes(stations_off=("A",))))
    file = tmp_path / "quick.json"
    file.write_text('{"targets": {"turnout_s": 0}}', encoding="utf-8")
    code, printed, errors = run(
        capsys, "compare", "--county", folder, "today", "关站", file, "--out", out, "--json"
    )
    assert (code, errors) == (0, "")
    told = json.loads(printed)["comparison"]
    assert [each["name"] for each in told["scenarios"]] == ["today", "关站", "quick"]
    assert told["changes"][0]["streets"]["gained_m"] == 0 < told["changes"][0]["streets"]["lost_m"]
    assert {each.name for each in out.iterdir()} == set(COMPARISON_FILES)
    for language in ("zh", "en"):
        code, printed, _ = run(
            capsys, "compare", "today", "关站", "--county", folder, "--out", out, "--lang", language
        )
        assert code == 0
        assert "关站" in printed
        assert "{" not in printed


def test_the_command_tells_all_problems_at_once_and_writes_nothing(
    write_county: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.test_commands import town_files

    folder, out = write_county(town_files()), tmp_path / "out"
    bad = tmp_path / "bad.json"
    bad.write_text('{"colour": 1}', encoding="utf-8")
    code, printed, errors = run(
        capsys, "compare", bad, "nope", "--county", folder, "--out", out, "--lang", "en"
    )
    assert (code, printed) == (2, "")
    assert "colour" in errors
    assert "nope" in errors
    assert not out.exists()
    for name, its_id in (("one", "X"), ("two", "Y")):
        save_scenario(folder, name, Scenario(changes=Changes(stations_off=(its_id,))))
    code, _, errors = run(capsys, "compare", "one", "two", "--county", folder, "--out", out, "--lang", "en")
    assert code == 2
    assert errors.index("one") < errors.index("“X”") < errors.index("“Y”")
    code, _, errors = run(capsys, "compare", "one", "--county", folder, "--out", out, "--lang", "en")
    assert (code, "at least two" in errors) == (2, True)


def test_a_street_of_two_pieces_on_one_line_is_told_apart() -> None:
    """A street that comes back along itself is cut by chainage, not by place."""
    county = paper_county(
        town([[(0, 0), (3000, 0), (3000, 10), (0, 10)]]),
        stations=[{"station_id": "A", "geometry": at(0, 0)}, {"station_id": "B", "geometry": at(0, 10)}],
    )
    assert county.network is not None
    found = between(county, with_changes(stations_off=("B",)), with_changes(stations_off=("A",)))
    assert lengths(found)["gained"] == pytest.approx(2400, abs=1e-3)
    assert lengths(found)["lost"] == pytest.approx(2400, abs=1e-3)
