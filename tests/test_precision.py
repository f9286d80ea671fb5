"""Figures as they are written: short, and never on the other side of a limit."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analysis.assessment import assess
from analysis.points import arrival_at, write_points
from analysis.precision import as_written, rounded_up
from analysis.results import result_files
from analysis.scenario import Scenario, Targets, check_targets
from tests.counties import paper_county, plot, table_of
from tests.towns import at, plain_targets, town

if TYPE_CHECKING:
    from pathlib import Path

ROAD = town([[(0, 0), (6000, 0)]])
STATION = {"station_id": "A", "geometry": at(0, 0)}


@pytest.mark.parametrize(
    ("value", "written"),
    [(300.0, 300.0), (299.9996, 300.0), (300.0004, 300.001), (300.000001, 300.001), (300.0000000001, 300.001),
     (41.1, 41.1), (0.0, 0.0), (1e-9, 0.001)],
)  # fmt: skip
def test_times_are_rounded_up(value: float, written: float) -> None:
    assert rounded_up(np.array([value]), 3).tolist() == [written]


def test_no_time_and_no_distance_changes_its_side_of_a_limit() -> None:
    random = np.random.default_rng(5)
    limits = np.round(random.uniform(60, 3600, 2000), 3)
    values = limits + random.choice([-1, 0, 1], 2000) * 10.0 ** random.uniform(-9, -2, 2000)
    written = rounded_up(values, 3)
    assert ((written <= limits) == (values <= limits)).all()
    assert (written >= values).all()
    assert (written - values < 0.001 + 1e-9).all()
    unknown = rounded_up(np.array([np.nan, np.inf]), 3)
    assert np.isnan(unknown[0])
    assert np.isinf(unknown[1])


def test_what_was_given_stays_as_it_was_and_nothing_is_written_into() -> None:
    table = pd.DataFrame({"length_m": [1.23456], "arrival_s": [1.23456], "area_mu": [1.23456], "name": ["x"]})
    assert as_written(table, ["length_m"]).iloc[0].tolist() == [1.23456, 1.235, 1.23456, "x"]
    assert as_written(table).iloc[0].tolist() == [1.235, 1.235, 1.23456, "x"]
    assert table["arrival_s"].tolist() == [1.23456]


def test_a_flow_never_reads_as_more_than_it_is() -> None:
    table = pd.DataFrame({"flow_lps": [14.9999, 15.0, np.nan], "hose_m_max": [150.0001, 150.0, np.nan]})
    assert as_written(table).iloc[:2].to_numpy().tolist() == [[14.999, 150.001], [15.0, 150.0]]
    assert as_written(table).iloc[2].isna().all()
    assert as_written(table, ["flow_lps"])["flow_lps"].iloc[0] == 14.9999


@pytest.mark.slow
@pytest.mark.parametrize("over_m", [-0.004, 0.0, 0.004])
def test_files_never_contradict_their_states_at_the_limit(over_m: float, tmp_path: Path) -> None:
    """At ten metres a second four millimetres are 0.4 ms: 300.0004 s is late, and reads so."""
    county = paper_county(
        ROAD,
        stations=[STATION],
        parcels=[{"parcel_no": "1", "area_mu": 1, "geometry": plot(2390, -5, 2400 + over_m, 5)}],
    )
    scenario = Scenario(targets=plain_targets())
    files = result_files(assess(county, scenario))
    (parcel,) = (each["properties"] for each in json.loads(files["parcels.geojson"])["features"])
    assert (parcel["verdict"] == "covered") is (parcel["arrival_s"] <= 300) is (over_m <= 0)
    for stretch in (each["properties"] for each in json.loads(files["streets.geojson"])["features"]):
        latest = max(stretch["arrival_s_start"], stretch["arrival_s_end"])
        assert (latest <= 300) is stretch["reached"] is (stretch["state"] == "reached")
        assert all(value == round(value, 3) for value in (latest, stretch["length_m"]))
    # A point on the street, and one at the off-street limit.
    points = table_of("places", [{"geometry": at(2400 + over_m, 0)}, {"geometry": at(1000, 150 + over_m)}])
    write_points(arrival_at(county, scenario, points), county, scenario, tmp_path / "points.csv")
    asked = pd.read_csv(io.StringIO((tmp_path / "points.csv").read_text(encoding="utf-8-sig")))
    assert asked["state"].tolist() == (["too_late", "off_street"] if over_m > 0 else ["reached", "reached"])
    assert (asked["arrival_s"].iloc[0] <= 300) is np.bool_(over_m <= 0)
    assert (asked["off_street_m"].iloc[1] <= 150) is np.bool_(over_m <= 0)


def test_written_lengths_add_up_and_areas_are_short() -> None:
    county = paper_county(ROAD, stations=[STATION])
    answer = assess(county, Scenario(targets=plain_targets()))
    files = result_files(answer)
    metres = [each["properties"]["length_m"] for each in json.loads(files["streets.geojson"])["features"]]
    assert sum(metres) == pytest.approx(6000, abs=0.001 * len(metres))
    areas = [each["properties"]["area_m2"] for each in json.loads(files["coverage.geojson"])["features"]]
    assert areas
    assert all(area == round(area, 2) for area in areas)
    assert areas == pytest.approx(answer.coverage["area_m2"].tolist(), abs=0.006)


def test_a_limit_is_no_finer_than_what_is_written() -> None:
    fine = Targets(
        limit_s=300.0001, hydrant_radius_m=150.1234, bands_s=(180.5, 240.00005), turnout_s=59.99999
    )
    found = [(each.code, each.field) for each in check_targets(fine)]
    assert found == [("too_fine", "limit_s"), ("too_fine", "hydrant_radius_m"), ("too_fine", "bands_s")]
    assert (
        check_targets(Targets(limit_s=300.123, off_street_limit_m=149.999, snap_limit_m=0.1 * 3 + 150)) == []
    )
