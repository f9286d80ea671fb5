"""Hydrant spacing: streets that can be worked out on paper, laws, an independent projection, the county's own."""

from __future__ import annotations

import itertools
import math
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import standards
from analysis.hydrant_plan import further_places, places_around, staggered_places
from analysis.named_streets import SEAT_CORNER, SEAT_END, SOUTH_END, WEST_CORNER, WEST_END, named_streets
from analysis.scenario import Scenario
from analysis.spacing import BETWEEN, END, WHOLE, cut_at, least_missing, missing_on
from analysis.spacing_tables import Spacing, spacing_of
from analysis.spacing_verdicts import DEPENDS, FAILS, MEETS, NOT_ANALYSED, REASONS
from analysis.water import counted
from geo.county import County, read_county
from geo.osm import network_from_osm
from geo.words import LANGUAGES, words
from tests.counties import paper_county, path, plot
from tests.test_water import hydrant, section
from tests.towns import CRS, at, town

DATA = Path(__file__).resolve().parent.parent / "data"
NONE_LISTED = frozenset({"parcels", "stations", "cranes", "places"})


def spacing(county: County, scenario: Scenario | None = None) -> Spacing:
    flags = counted(county.hydrants["status"], scenario or Scenario())
    found = spacing_of(county, county.hydrants.assign(counted=flags))
    assert found is not None
    return found


def street(found: Spacing, line_id: str) -> pd.Series[Any]:
    row: pd.Series[Any] = found.streets.set_index("line_id").loc[line_id]
    return row


def main_street() -> Any:
    """1,000 m of 正阳街, crossed by 南街 at 400 m and by 北街 at 640 m."""
    return town(
        [[(0, 0), (1000, 0)], [(400, -90), (400, 90)], [(640, -90), (640, 90)]],
        name=["正阳街", "南街", "北街"],
    )


def test_a_paper_street_by_hand() -> None:
    rows = [
        hydrant(1, 100, 5),
        hydrant(2, 220, -5),
        hydrant(3, 500, 8),
        hydrant(4, 900, 3, status="not_built"),
    ]
    found = spacing(paper_county(main_street(), hydrants=rows))
    own = found.stretches[found.stretches["line_id"] == "正阳街"]
    # 0-100 and 100-220 are within 120 m (inclusive); 220-500 and 500-1000 are not.
    assert own[["kind", "from_m", "to_m", "length_m", "missing"]].to_numpy().tolist() == [
        ["between", 220.0, 500.0, 280.0, 2], ["end", 500.0, 1000.0, 500.0, 4],
    ]  # fmt: skip
    assert own["from_hydrant"].tolist() == ["H2", "H3"]
    assert own["to_hydrant"].fillna("").tolist() == ["H3", ""]
    assert own[["crossings", "crossings_bare"]].to_numpy().tolist() == [[1, 1], [1, 1]]
    assert own.geometry.length.round(3).tolist() == [280.0, 500.0]
    line = street(found, "正阳街")
    assert line[["length_m", "built", "not_built", "counted", "needed", "missing"]].tolist() == [
        1000.0, 3, 1, 3, 8, 6,
    ]  # fmt: skip
    assert (line["longest_m"], line["over_m"], line["over_share"]) == (500.0, 780.0, 0.78)
    assert (line["even_inner_m"], line["even_ends_m"]) == (250.0, 500.0)
    assert (line["verdict"], line["reason"], line["certainty"]) == ("fails", "too_far_apart", "surveyed")
    assert line["chainage_from"] == "west_end"
    # As far as 120 m allows, but the crossings at 400 m and 640 m first.
    new = found.proposed[found.proposed["line_id"] == "正阳街"]
    assert new["chainage_m"].tolist() == [340.0, 400.0, 620.0, 640.0, 760.0, 880.0]
    assert new["at_crossing"].tolist() == [False, True, False, True, False, False]
    assert new.loc[new["at_crossing"], "crossing_with"].tolist() == ["南街", "北街"]


def test_a_hydrant_at_a_crossing_counts_for_both_streets_and_one_farther_off_for_none() -> None:
    rows = [hydrant(1, 410, 10), hydrant(2, 200, 31)]
    found = spacing(paper_county(main_street(), hydrants=rows))
    assert found.hydrants[["hydrant_id", "line_id"]].to_numpy().tolist() == [["H1", "南街"], ["H1", "正阳街"]]
    assert street(found, "南街")[["counted", "missing", "verdict"]].tolist() == [1, 0, "meets"]
    assert found.figures["hydrants_on_streets"] == 1
    assert found.figures["hydrants_off_streets"] == 1
    assert street(found, "正阳街")["crossings_bare"] == 1


def test_a_hydrant_may_stand_farther_off_the_street_it_names() -> None:
    far = {"road": "新建正阳街"}
    for y, rows in ((55, 1), (61, 0)):
        county = paper_county(main_street(), hydrants=[hydrant(1, 200, y, **far)])
        assert len(spacing(county).hydrants) == rows


def test_no_hydrant_counts_across_a_wall() -> None:
    wall = gpd.GeoDataFrame(geometry=[path((-10, 5), (1010, 5))], crs=CRS)
    county = paper_county(main_street(), hydrants=[hydrant(1, 200, 10)], barriers=wall)
    assert len(spacing(county).hydrants) == 0


def test_both_sides_of_a_street_over_60_m_wide_hold_the_spacing_staggered() -> None:
    wide = town([[(0, 0), (600, 0)]], name=["大街"], width_m=[64.0])
    # Left: hydrants at 120, 240, 360, 480 hold it. Right: one at 300 leaves 300 m before and after it.
    rows = [hydrant(i, 120.0 * i, 34) for i in (1, 2, 3, 4)] + [hydrant(5, 300, -34)]
    found = spacing(paper_county(wide, hydrants=rows))
    line = street(found, "大街")
    assert line[["sides", "needed", "missing", "counted"]].tolist() == ["both", 8, 4, 5]
    assert found.stretches[["side", "from_m", "to_m", "missing"]].to_numpy().tolist() == [
        ["right", 0.0, 300.0, 2], ["right", 300.0, 600.0, 2],
    ]  # fmt: skip
    assert found.proposed["chainage_m"].tolist() == [60.0, 180.0, 360.0, 480.0]
    assert line["over_share"] == 0.5
    # From scratch the two sides are not abreast where the length leaves room.
    bare = spacing(
        paper_county(town([[(0, 0), (500, 0)]], name=["大街"], width_m=[64.0]), missing=NONE_LISTED)
    )
    by_side = {side: set(rows["chainage_m"]) for side, rows in bare.proposed.groupby("side")}
    assert by_side == {"left": {120.0, 240.0, 360.0, 480.0}, "right": {20.0, 140.0, 260.0, 380.0}}
    # A hydrant on the very line of the street may stand on either side.
    middle = spacing(paper_county(wide, hydrants=[hydrant(1, 240, 0)]))
    assert street(middle, "大街")[["missing_least", "missing_most"]].tolist() == [6, 8]


def test_a_street_60_m_wide_needs_one_side_and_an_unknown_width_is_said() -> None:
    lines = [[(0, 0), (300, 0)], [(0, 300), (300, 300)], [(0, 600), (300, 600)]]
    network = town(
        lines,
        name=["甲", "乙", "丙"],
        width_m=[60.0, None, None],
        **{"class": ["primary", "primary", "residential"]},
    )
    rows = [hydrant(i, x, y) for i, (x, y) in enumerate(itertools.product((100, 200), (5, 305, 605)))]
    found = spacing(paper_county(network, hydrants=rows))
    assert street(found, "甲")[["sides", "verdict"]].tolist() == ["one", "meets"]
    assert street(found, "乙")[["sides", "verdict", "depends_on"]].tolist() == [
        "unknown",
        "depends",
        "width_unknown",
    ]
    assert street(found, "丙")[["sides", "verdict"]].tolist() == ["unknown", "meets"]


def test_a_ring_street() -> None:
    ring = town([[(0, 0), (200, 0), (200, 100), (0, 100), (0, 0)]], name=["环路"])
    bare = spacing(paper_county(ring, missing=NONE_LISTED))
    assert street(bare, "环路")[["ring", "length_m", "needed", "missing"]].tolist() == [True, 600.0, 5, 5]
    assert (bare.stretches["kind"].tolist(), len(bare.proposed)) == (["whole"], 5)
    # From the western corner anticlockwise: (200, 5) is 205 m on, (0, 40) is 560 m on.
    two = spacing(paper_county(ring, hydrants=[hydrant(1, 200, 5), hydrant(2, 0, 40)]))
    assert two.stretches[["kind", "from_m", "to_m", "missing"]].to_numpy().tolist() == [
        ["between", 205.0, 560.0, 2], ["between", 560.0, 805.0, 2],
    ]  # fmt: skip
    assert two.stretches.geometry.length.round(3).tolist() == [355.0, 245.0]
    assert two.proposed["chainage_m"].tolist() == [80.0, 200.0, 325.0, 445.0]


def test_where_nobody_lists_hydrants_nothing_is_missing_and_nothing_is_held() -> None:
    found = spacing(paper_county(main_street()))
    assert set(found.streets["verdict"]) == {"not_analysed"}
    assert set(found.streets["reason"]) == {"hydrants_not_listed"}
    assert found.streets[["missing", "longest_m", "over_share"]].isna().all(axis=None)
    assert (len(found.stretches), len(found.proposed), found.figures["missing"]) == (0, 0, None)
    assert spacing_of(paper_county(), paper_county().hydrants.assign(counted=True)) is None


def test_a_listed_street_without_hydrants_fails_and_a_short_one_is_not_analysed() -> None:
    network = town([[(0, 0), (500, 0)], [(0, 300), (120, 300)]], name=["长街", "短巷"])
    found = spacing(paper_county(network, missing=NONE_LISTED))
    assert street(found, "长街")[["missing", "verdict", "stretches"]].tolist() == [4, "fails", 1]
    assert street(found, "短巷")[["missing", "verdict", "reason"]].tolist() == [
        0,
        "not_analysed",
        "short_street",
    ]


def test_a_short_street_holds_only_by_a_surveyed_hydrant() -> None:
    lane = town([[(0, 0), (100, 0)]], name=["短巷"])
    one = {"hydrant_id": "A", "geometry": at(50, 0)}
    for rows, schematic, verdict in (
        ([one], frozenset(), "meets"),
        ([one | {"position_class": "P1"}], frozenset(), "depends"),
        (section(1, path((0, 0), (100, 0)), road="短巷"), frozenset(), "depends"),
        ([one], frozenset({"hydrants"}), "depends"),
    ):
        line = street(spacing(paper_county(lane, hydrants=rows, schematic=schematic)), "短巷")
        assert line[["missing", "verdict"]].tolist() == [0, verdict]


def test_hydrants_known_only_by_their_section_never_meet_the_spacing_and_leave_bounds() -> None:
    road = town([[(0, 0), (600, 0)]], name=["正阳街"])
    for count, least, verdict in ((3, 1, "fails"), (4, 0, "depends"), (30, 0, "depends")):
        rows = section(count, path((0, 0), (600, 0)), road="正阳街")
        line = street(spacing(paper_county(road, hydrants=rows)), "正阳街")
        assert line[["missing_least", "missing_most", "verdict"]].tolist() == [least, 4, verdict]
        assert (line["certainty"], line["counted"]) == ("example", count)
    # On a part of the street they cannot help the rest, however many they are.
    rows = section(30, path((0, 0), (100, 0)), road="正阳街")
    line = street(spacing(paper_county(road, hydrants=rows)), "正阳街")
    assert line[["missing_least", "verdict"]].tolist() == [3, "fails"]  # 470 m beyond 100 + 30 m
    # Without a place, anywhere on the street they name; without either, anywhere.
    for said in ("新建正阳街", None):
        rows = section(2, None, road=said)
        line = street(spacing(paper_county(road, hydrants=rows)), "正阳街")
        assert line[["missing_least", "missing_most", "without_place"]].tolist() == [2, 4, 2 if said else 0]


def test_a_hydrant_placed_by_words_decides_only_what_holds_wherever_it_stands() -> None:
    road = town([[(0, 0), (240, 0)]], name=["正阳街"])
    row = hydrant(1, 120, 0, position_class="P2", shape=path((120, 0), (121, 0)).buffer(40))
    line = street(spacing(paper_county(road, hydrants=[row])), "正阳街")
    assert line[["missing", "missing_least", "missing_most"]].tolist() == [0, 0, 1]
    assert line[["verdict", "reason", "certainty"]].tolist() == ["depends", "position", "located"]


def test_outside_the_study_area_no_hydrants_are_taken_to_be_listed() -> None:
    lines = [[(0, y), (1000, y)] for y in (0, 300, 600, 900)]
    network = town(lines, name=["内街", "外街", "穿街", "近街"])
    rows = [hydrant(1, 100, 600), hydrant(2, 200, 600), hydrant(3, 100, 900), hydrant(4, 200, 900)]
    area = shapely.union_all([plot(-10, -10, 1010, 10), plot(-10, 590, 330, 610), plot(-10, 890, 310, 910)])
    table = spacing(paper_county(network, hydrants=rows, study_area=area)).streets.set_index("line_id")
    assert table["inside_share"].to_dict() == pytest.approx(
        {"内街": 1.0, "外街": 0.0, "穿街": 0.33, "近街": 0.31}, abs=0.001
    )  # fmt: skip
    told = table[["verdict", "reason"]].agg(" ".join, axis=1).to_dict()
    assert told == {
        "内街": "fails too_far_apart", "外街": "not_analysed outside_study_area",
        "穿街": "fails too_far_apart",  # 130 m of its last stretch are inside, of the other's only 110 m
        "近街": "depends outside_study_area",
    }  # fmt: skip
    assert table["missing"].isna().tolist() == (table.index == "外街").tolist()


def test_nothing_is_held_or_broken_on_a_schematic_network() -> None:
    rows = [hydrant(i, 100.0 * i, 5) for i in range(11)]
    for hydrants in (rows, rows[:1]):
        drawn = paper_county(main_street(), hydrants=hydrants, schematic=frozenset({"roads"}))
        found = spacing(drawn)
        assert "schematic_network" in street(found, "正阳街")["depends_on"]
        assert set(found.streets["verdict"]) <= {"depends", "not_analysed"}


def test_ends_of_bridges_stand_on_the_street_and_take_hydrants_first() -> None:
    lines = [[(0, 0), (170, 0)], [(170, 0), (230, 0)], [(230, 0), (400, 0)]]
    network = town(lines, name=["桥街"] * 3, bridge=["no", "yes", "no"])
    found = spacing(paper_county(network, missing=NONE_LISTED))
    line = street(found, "桥街")
    assert line[["length_m", "structure_ends", "structure_ends_bare", "missing"]].tolist() == [400.0, 2, 2, 3]
    assert found.proposed["chainage_m"].tolist() == [120.0, 230.0, 350.0]
    assert found.proposed["at_crossing"].tolist() == [False, True, False]


def test_two_carriageways_are_one_line_a_branch_and_a_namesake_are_their_own() -> None:
    lines = [
        [(0, 0), (800, 0)], [(800, 20), (0, 20)], [(400, 20), (400, 320)], [(5000, 0), (5300, 0)],
        [(0, 900), (300, 900)], [(350, 900), (600, 900)],
    ]  # fmt: skip
    network = town(lines, name=["大街"] * 4 + ["断街"] * 2, oneway=[1, 1, 0, 0, 0, 0])
    streets = named_streets(network)
    assert streets.line_ids == ["大街-1", "大街-2", "大街-3", "断街"]
    assert streets.length_m == pytest.approx([800, 310, 300, 600], abs=15)  # the branch from the middle line
    assert streets.two_carriageways.tolist() == [True, False, False, False]


def test_a_street_of_several_names_is_one() -> None:
    lines = [[(0, 0), (300, 0)], [(300, 0), (600, 0)], [(0, 200), (100, 200)]]
    network = town(lines, name=["恒山西路", "恒山中路", "其他路"])
    streets = named_streets(network, (("恒山路", ("恒山西路", "恒山中路")),))
    assert streets.line_ids == ["其他路", "恒山路"]
    assert streets.street_of("恒山中路") == streets.street_of("新建恒山路") == 1
    assert streets.street_of("没有路") == streets.street_of(None) == -1


def test_chainage_starts_at_the_end_nearer_the_seat() -> None:
    network = town([[(0, 0), (1000, 0)]], name=["街"])
    county = paper_county(network, hydrants=[hydrant(1, 900, 0)], seat=path((990, 10), (1, 1)).interpolate(0))
    found = spacing(county)
    assert street(found, "街")["chainage_from"] == "seat_end"
    assert found.hydrants["chainage_m"].tolist() == [100.0]


LENGTHS, LIMITS = st.integers(1, 46), st.integers(3, 12)


def holds(length: int, limit: int, places: list[int]) -> bool:
    cuts = [0, *sorted(places), length]
    return all(b - a <= limit for a, b in itertools.pairwise(cuts))


@settings(deadline=None)
@given(LENGTHS, LIMITS, st.sets(st.integers(1, 45), max_size=8))
def test_the_plan_is_the_smallest_and_takes_the_most_crossings(
    length: int, limit: int, wished: set[int]
) -> None:
    crossings = sorted(each for each in wished if each < length)
    places = further_places(length, limit, crossings)
    assert holds(length, limit, places)
    assert sorted(set(places)) == places
    assert len(places) == int(missing_on(np.asarray(length), limit)) == max(math.ceil(length / limit) - 1, 0)
    # One fewer never does: m hydrants leave m + 1 pieces, together no longer than (m + 1) times the spacing.
    assert len(places) == 0 or len(places) * limit < length
    assert sum(each in crossings for each in places) == most_crossings(length, limit, crossings, len(places))
    assert holds(length, limit, staggered_places(length, limit))
    assert len(staggered_places(length, limit)) == len(places)


def most_crossings(length: int, limit: int, crossings: list[int], count: int) -> int:
    """By trying every place of every hydrant in turn: the best number of crossings so far, by place of the last."""
    best = {0: 0}
    for _ in range(count):
        step: dict[int, int] = {}
        for last, number in best.items():
            for place in range(last + 1, min(last + limit, length - 1) + 1):
                step[place] = max(step.get(place, 0), number + (place in crossings))
        best = step
    return max((number for last, number in best.items() if length - last <= limit), default=0)


@settings(deadline=None)
@given(st.integers(4, 60), LIMITS, st.sets(st.integers(0, 59), max_size=5))
def test_the_plan_of_a_ring_closes_it(length: int, limit: int, wished: set[int]) -> None:
    places = places_around(length, limit, sorted(each for each in wished if each < length))
    if length <= limit:
        return
    gaps = np.diff([*places, places[0] + length])
    assert gaps.max() <= limit
    assert len(places) == math.ceil(length / limit)


@settings(deadline=None)
@given(
    st.integers(1, 80), LIMITS, st.lists(st.integers(0, 80), max_size=4), st.booleans(),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30), st.lists(st.floats(0, 1), max_size=6)), max_size=3),
)  # fmt: skip
def test_bounds_hold_however_hydrants_lie(
    length: int, limit: int, sure: list[int], ring: bool, groups: list[tuple[int, int, list[float]]]
) -> None:
    fixed = [min(each, length) for each in sure]
    ranges = [(min(low, length), min(low + more, length)) for low, more, _ in groups]
    lie = [
        round(a + share * (b - a))
        for (a, b), (_, _, shares) in zip(ranges, groups, strict=True)
        for share in shares
    ]

    def missing(at: list[int]) -> int:
        places = np.asarray(at, dtype=np.int64)
        cut = cut_at(np.array([length]), np.array([ring]), np.zeros(len(at), dtype=np.int64), places, limit)
        assert int(cut.length_mm.sum()) == length
        return int(cut.missing.sum())

    least = least_missing(length, ring, [each % length for each in fixed] if ring else fixed, ranges, limit)
    assert least <= missing([*fixed, *lie]) <= missing(fixed)
    # Each closes one gap at best, on a ring the very first one none of its own.
    assert missing(fixed) - missing([*fixed, *lie]) <= len(lie)


@cache
def three_streets() -> Any:
    """A bent street, one that crosses it, and a ring that touches it."""
    return town(
        [[(0, 0), (500, 30), (1000, 0)], [(400, -90), (400, 400)], [(0, 0), (0, -300), (300, -300), (0, 0)]],
        name=["主街", "横街", "环街"],
    )  # fmt: skip


@pytest.mark.slow
@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(-20, 1020), st.integers(-120, 120)), max_size=12), st.integers(0, 11))
def test_adding_a_hydrant_opens_nothing_and_the_proposal_closes_everything(
    places: list[tuple[int, int]], extra: int
) -> None:
    network = three_streets()
    rows = [hydrant(i, x, y) for i, (x, y) in enumerate(places)]
    before = spacing(paper_county(network, hydrants=rows, missing=NONE_LISTED))
    more = spacing(
        paper_county(network, hydrants=[*rows, hydrant(99, 90.0 * extra, 10)], missing=NONE_LISTED)
    )
    assert (more.streets["missing"] <= before.streets["missing"]).all()
    assert (more.streets["over_m"] <= before.streets["over_m"]).all()
    assert len(before.proposed) == before.streets["missing"].sum() == before.stretches["missing"].sum()
    assert (before.streets["needed"] <= before.streets["missing"] + before.streets["counted"]).all()
    new = [{"hydrant_id": f"N{i}", "geometry": each} for i, each in enumerate(before.proposed.geometry)]
    closed = spacing(paper_county(network, hydrants=[*rows, *new], missing=NONE_LISTED))
    assert (closed.streets["missing"].sum(), len(closed.stretches), len(closed.proposed)) == (0, 0, 0)


@pytest.mark.slow
@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 700), st.integers(50, 300), st.lists(st.floats(0, 1), min_size=1, max_size=7),
    st.lists(st.integers(0, 1000), max_size=3),
)  # fmt: skip
def test_bounds_of_a_section_hold_wherever_its_hydrants_stand(
    start: int, more: int, shares: list[float], surveyed: list[int]
) -> None:
    line = path((start, 0.06 * start), (min(start + more, 500), 0.06 * min(start + more, 500)))
    line = line if line.length > 0 and start < 500 else path((500, 30), (700, 18))
    rows = [hydrant(i, x, 20) for i, x in enumerate(surveyed)]
    told = spacing(
        paper_county(three_streets(), hydrants=[*rows, *section(len(shares), line, road="主街")])
    ).streets
    stand = [
        {"hydrant_id": f"S{i}", "geometry": line.interpolate(share, normalized=True)}
        for i, share in enumerate(shares)
    ]
    true = spacing(paper_county(three_streets(), hydrants=[*rows, *stand])).streets
    assert (told["missing_least"] <= true["missing"]).all()
    assert (true["missing"] <= told["missing_most"]).all()
    held = told["verdict"].to_numpy()
    assert not ((held == "meets") & (true["missing"] > 0)).any()
    assert not ((held == "fails") & (true["missing"] == 0)).any()


def test_a_network_without_names_has_no_streets() -> None:
    found = spacing(paper_county(town([[(0, 0), (500, 0)]]), hydrants=[hydrant(1, 0, 0)]))
    assert [len(each) for each in (found.streets, found.stretches, found.proposed, found.hydrants)] == [
        0,
        0,
        0,
        0,
    ]
    assert (found.figures["unnamed_m"], found.figures["hydrants_off_streets"]) == (500.0, 1)


@pytest.mark.slow
def test_streets_of_lauf_as_projected_independently(real_data: Path) -> None:
    extract = network_from_osm(real_data / "lauf" / "lauf-200115.osm.pbf")
    network, posts = extract.network, extract.hydrants
    rows = [{"hydrant_id": f"H{i}", "geometry": each} for i, each in enumerate(posts.geometry)]
    found = spacing(paper_county(network, hydrants=rows, crs=network.crs))
    assert len(posts) == 479
    for name in ("Strengenberg", "Schützenstraße", "Kunigundenstraße"):
        pieces = network.lines[np.asarray(network.street_names()) == name]
        line = shapely.line_merge(shapely.union_all(pieces))
        assert isinstance(line, shapely.LineString)
        own = street(found, name)
        if shapely.get_coordinates(own["geometry"])[0].tolist() != list(line.coords[0]):
            line = line.reverse()
        near = posts.geometry[posts.distance(line) <= standards.HYDRANT_REACH_M]
        cuts = np.round([0.0, *np.sort(line.project(near)), line.length], 3)
        gaps = np.round(np.diff(cuts), 3)
        assert own["counted"] == len(near) >= 5
        assert own["length_m"] == pytest.approx(line.length, abs=0.001)
        assert own["longest_m"] == pytest.approx(gaps.max(), abs=0.002)
        assert own["missing"] == sum(max(math.ceil(gap / 120) - 1, 0) for gap in gaps) > 0
        stretches = found.stretches[found.stretches["line_id"] == name]
        expected = np.asarray(
            [cut for cut, gap in zip(itertools.pairwise(cuts), gaps, strict=True) if gap > 120]
        )
        assert stretches[["from_m", "to_m"]].to_numpy() == pytest.approx(expected, abs=0.002)
        new = found.proposed.loc[found.proposed["line_id"] == name, "chainage_m"]
        assert np.diff(np.sort([*cuts, *new])).max() <= 120.002


def test_the_county_s_own_streets_say_how_far_their_hydrants_are_from_120_m() -> None:
    county = read_county(DATA)
    found = spacing(county)
    table = found.streets.set_index("line_id")
    ring_to_ring = {"太行路": 3, "正阳街": 4, "复兴街": 3, "恒阳街": 2, "朝阳街": 5}
    rest = {"南环路": 15, "恒山路": 21, "滨河南路": 3, "曲新路": 2}
    counts = table["counted"]
    assert counts[counts > 0].to_dict() == ring_to_ring | rest
    for name, count in ring_to_ring.items():
        line = table.loc[name]
        assert line["needed"] == math.ceil(line["length_m"] / 120) - 1
        assert line["needed_with_ends"] == math.ceil(line["length_m"] / 120) + 1
        assert line["even_inner_m"] == pytest.approx(line["length_m"] / (count + 1), abs=0.001)
        assert line["even_ends_m"] == pytest.approx(line["length_m"] / (count - 1), abs=0.001)
        assert line["needed"] - count <= line["missing"] <= line["missing_most"] == line["needed"]
        assert 0 < line["missing_least"] <= line["needed"] - count
    assert set(table["verdict"]) == {"depends"}
    assert table["depends_on"].str.startswith("schematic_network").all()
    assert set(found.proposed["certainty"]) == {"example"}
    works = spacing(county, Scenario(planned_works=True)).streets.set_index("line_id").loc["南环路"]
    assert works[["built", "under_construction", "without_place"]].tolist() == [15, 49, 49]
    assert works["missing_least"] == 0 < works["missing_most"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_code_has_its_word(language: str) -> None:
    known = words(language)
    found = spacing(read_county(DATA))
    for name in ("streets", "stretches", "proposed", "hydrants"):
        columns = set(getattr(found, name).columns) - {"geometry"}
        assert {column for column in columns if f"spacing.column.{column}" not in known} == set()
    assert {name for name in found.figures if f"spacing.figure.{name}" not in known} == set()
    codes = {
        "verdict": (MEETS, FAILS, DEPENDS, NOT_ANALYSED), "kind": (BETWEEN, END, WHOLE), "side": ("left", "right"),
        "chainage_from": (SEAT_END, WEST_END, SOUTH_END, SEAT_CORNER, WEST_CORNER), "sides": ("one", "both", "unknown"),
        "reason": REASONS,
    }  # fmt: skip
    assert [
        f"{kind}.{code}" for kind, of in codes.items() for code in of if f"spacing.{kind}.{code}" not in known
    ] == []
    assert set(found.streets["reason"]) <= set(REASONS)


def test_the_same_question_has_the_same_answer_and_nothing_given_is_written_to() -> None:
    county = read_county(DATA)
    hydrants = county.hydrants.assign(counted=counted(county.hydrants["status"], Scenario()))
    kept, coords = hydrants.copy(deep=True), county.network.coords.copy() if county.network else np.zeros(0)
    one = spacing_of(county, hydrants)
    named_streets.cache_clear()
    two = spacing_of(county, hydrants)
    assert one is not None
    assert two is not None
    for name in ("streets", "stretches", "proposed", "hydrants"):
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(one, name)), pd.DataFrame(getattr(two, name)))
    assert one.figures == two.figures
    pd.testing.assert_frame_equal(pd.DataFrame(hydrants), pd.DataFrame(kept))
    assert county.network is not None
    assert (county.network.coords == coords).all()
