"""A reading of a file's coordinates is told, and taken in one go: system, columns the other way round, a wrong zone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.add_command import file_lines, file_record
from geo.adding import add_layer
from geo.county import read_county
from geo.datum_readings import reading_of, reading_text
from geo.file_report import check_file
from geo.translation import FileChoices
from geo.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

OUTLINE: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {},
            "geometry": shapely.geometry.mapping(shapely.box(114.5, 38.5, 114.9, 38.75)),
        }
    ],
}
COUNTY = {
    "county.toml": 'name = "试"\ncrs = "EPSG:4547"\n[seat]\nlon = 114.70\nlat = 38.62\n',
    "places/boundary.geojson": OUTLINE,
}


@pytest.mark.slow
def test_a_reading_with_swapped_columns_is_told_and_taken_in_one_go(
    write_county: Write, tmp_path: Path
) -> None:
    """The file names a system whose axes its numbers do not keep, as a shapefile drawn the wrong way round does."""
    folder, file = write_county(COUNTY), tmp_path / "栓.geojson"
    features = [
        {"type": "Feature", "properties": {"编号": f"H{n}", "状态": "在用"},
         "geometry": {"type": "Point", "coordinates": [4_276_000 + 10 * n, 560_000 + 9 * n]}}
        for n in range(12)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    file.write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), encoding="utf-8"
    )
    refused = check_file(file, "hydrants", folder)
    assert {each.code for each in refused.refusals} == {"far_away"}
    assert refused.datum is not None
    assert (refused.datum.recommended, refused.datum.reason) == (None, "shift_open"), "an outline alone"
    record = file_record(refused, "zh")
    ways = {each["read_as"]: each["verdict"] for each in record["readings"]}
    assert ways["EPSG:4547+swapped"] == "cannot_tell"
    assert ways["EPSG:4547"] == "does_not_fit"
    for language in LANGUAGES:
        lines = file_lines(record, language)
        assert any("--read-as" in line and "EPSG:4547+swapped" in line for line in lines)
    report = add_layer(folder, file, "hydrants", FileChoices(read_as="EPSG:4547+swapped"))
    assert report.path is not None, report.problems
    assert "crs_read_as" in {each.code for each in report.problems}
    assert "datum_other" not in {each.code for each in report.problems}
    placed = read_county(folder).hydrants.to_crs("EPSG:4547").geometry
    assert placed.x.tolist() == pytest.approx([560_000 + 9 * n for n in range(12)], abs=0.02)
    assert placed.y.tolist() == pytest.approx([4_276_000 + 10 * n for n in range(12)], abs=0.02)
    wrong = check_file(file, "hydrants", folder, FileChoices(read_as="EPSG:nonsense"))
    assert "crs_unknown" in {each.code for each in wrong.refusals}


@pytest.mark.parametrize(
    "text", ["EPSG:4547", "GCJ-02", "EPSG:4548+swapped", "EPSG:4547+swapped+zone_dropped"]
)
def test_a_reading_is_read_back_from_its_word(text: str) -> None:
    assert reading_text(reading_of(text)) == text
    with pytest.raises(ValueError, match="nonsense"):
        reading_of("nonsense+swapped")
