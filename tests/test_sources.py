"""Water sources by kind: ponds, quays and natural water beside hydrants and cranes, and the fields they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from geo.county import check_county, read_county
from geo.layers import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

SOURCES = (
    "source_id,kind,name,status,lon,lat,volume_m3,access,all_season,season_note,checked,opens\n"
    "S1,pond,一号水池,in_use,114.70,38.62,300,yes,yes,,2025-04-01,\n"
    "S2,quay,码头,unknown,114.71,38.62,,unknown,,,,\n"
    "S3,natural,河,not_built,114.72,38.62,,no,no,枯水期无水,,2030\n"
)


def test_ponds_quays_and_natural_water_are_a_layer_of_their_own(write_county: Write) -> None:
    county = read_county(write_county({"hydrants/sources.csv": SOURCES}))
    sources = county.water_sources
    assert "sources" not in county.missing
    assert sources["source_id"].tolist() == ["S1", "S2", "S3"]
    assert sources["kind"].tolist() == ["pond", "quay", "natural"]
    assert (sources["volume_m3"].iloc[0], sources["checked"].iloc[0], sources["opens"].iloc[2]) == (
        300,
        "2025-04-01",
        2030,
    )
    assert sources["access"].tolist() == ["yes", "unknown", "no"]
    assert sources["position_class"].tolist() == ["P0"] * 3
    assert sources.crs == county.crs


def test_without_a_file_there_are_none_and_it_is_said(write_county: Write) -> None:
    county = read_county(write_county({}))
    assert "sources" in county.missing
    assert county.water_sources.empty
    assert set(LAYERS["sources"].names) <= set(county.water_sources.columns)


def test_other_water_changes_the_digest_and_nothing_else(write_county: Write) -> None:
    bare = read_county(write_county({}))
    full = read_county(write_county({"hydrants/sources.csv": SOURCES}))
    assert bare.digest != full.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("S2,quay", "S1,quay", ("id_repeated", 2, "source_id")),
        ("S2,quay", "S2,well", ("not_in_list", 2, "kind")),
        ("S2,quay", "S2,", ("not_in_list", 2, "kind")),
        ("300,yes", "300,maybe", ("not_in_list", 1, "access")),
        ("300,yes", "-1,yes", ("below_zero", 1, "volume_m3")),
        ("quay,码头,unknown", "quay,码头,broken", ("status_unknown", 2, "status")),
        ("114.72,38.62", ",", ("no_position", 3, "geometry, lon, lat, location")),
    ],
)
def test_what_is_wrong_with_a_source_is_said_by_row(
    write_county: Write, old: str, new: str, said: tuple[str, int, str]
) -> None:
    found: list[Any] = check_county(write_county({"hydrants/sources.csv": SOURCES.replace(old, new)}))
    assert said in [(each.code, each.row, each.field) for each in found if not each.warning]
