"""The files of a comparison, and what they say of themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from analysis.precision import LIMIT_DIGITS, as_written
from analysis.results import MAP_NOTICE, odbl_notice
from geo.export import csv_bytes, geojson_bytes, json_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import pandas as pd

    from analysis.comparison import Comparison

FIGURE_DIGITS = 9
"""Digits of figures behind the point, as written."""


def about_comparison(comparison: Comparison) -> dict[str, Any]:
    """What every file of a comparison says of itself: both questions, network, data, version, digest, caveats."""
    summary, first = comparison.summary, comparison.first
    notices = [odbl_notice(each) for each in comparison.assessments]
    return {
        **{
            name: summary[name]
            for name in ("county", "scenarios", "network", "schematic", "version", "digest")
        },
        "sources": [{"layer": layer, "source": text} for layer, text in first.county.sources],
        "computed_in": summary["crs"],
        "map_notice": MAP_NOTICE,
        "odbl_notice": next((each for each in notices if each), None),
    }


def compared_parcels(comparison: Comparison) -> gpd.GeoDataFrame:
    """The parcels as written: each figure rounded by the rule of its name without the scenario's number."""
    table = comparison.parcels.copy()
    for number in range(1, len(comparison.assessments) + 1):
        mine = {name: re.sub(r"_\d+$", "", name) for name in table.columns if name.endswith(f"_{number}")}
        rounded = as_written(table[list(mine)].rename(columns=mine))
        for name, plain in mine.items():
            table[name] = rounded[plain]
            if plain == "arrival_difference_s":
                table[name] = table[name].round(LIMIT_DIGITS)
    return table


def compared_figures(comparison: Comparison) -> pd.DataFrame:
    """The figures as written."""
    return comparison.figures.round(FIGURE_DIGITS)


def _geojson(table: Callable[[Comparison], gpd.GeoDataFrame]) -> Callable[[Comparison], bytes]:
    return lambda comparison: geojson_bytes(table(comparison), about_comparison(comparison))


COMPARISON_FILES: Mapping[str, Callable[[Comparison], bytes]] = {
    "compare_parcels.csv": lambda c: csv_bytes(compared_parcels(c)),
    "compare_parcels.geojson": _geojson(compared_parcels),
    "compare_figures.csv": lambda c: csv_bytes(compared_figures(c)),
    "compare_streets.geojson": _geojson(lambda c: as_written(c.streets)),
    "compare_areas.geojson": _geojson(lambda c: as_written(c.areas)),
    "comparison.json": lambda c: json_bytes(
        c.summary | {"map_notice": MAP_NOTICE, "odbl_notice": about_comparison(c)["odbl_notice"]}
    ),
}
"""Every file the command ``compare`` writes, by name; each is made when it is asked for."""


def comparison_files(comparison: Comparison) -> dict[str, bytes]:
    """All files of a comparison."""
    return {name: make(comparison) for name, make in COMPARISON_FILES.items()}
