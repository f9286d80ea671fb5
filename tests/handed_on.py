"""Results to hand on: Quyang and a paper town, all of their layers, and names that would do harm if they could."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from analysis.assessment import Assessment, assess
from analysis.result_layers import result_layer, water_layer
from analysis.results import RESULT_TABLES, WATER_TABLES, about
from analysis.scenario import Scenario
from analysis.water_assessment import WaterAssessment, assess_water
from geo.county import read_county
from geo.crs import WGS84
from geo.network import RoadSource
from geo.result_layer import Handover, ResultLayer
from tests.conftest import ROOT
from tests.counties import paper_county, plot, table_of
from tests.towns import at, grid_lines, plain_targets, town

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.crs import Shapes

HOSTILE = (
    "<img src=x onerror=\"window.top.hurt='img'\">",
    "${window.top.hurt='dollar'}",
    "`;window.top.hurt='tick';`",
    "</script><script>window.top.hurt='script'</script>",
    "]]><b>&amp;</b> $[name] \"'",
    '=HYPERLINK("http://x.example","1")',
    "=cmd|' /C calc'!A0",
    "http://x.example/?a=1&b=2",
    "a\x00b\x0bc\ud800d",
    "'; DROP TABLE parcels; --",
    "two\nlines\n\\.\nthree",
)
"""Names of parcels: the four payloads that ran in a browser, then what XML, spreadsheets, databases and UTF-8 mind."""
LONG = "很长的备注" * 40


@cache
def quyang() -> Assessment:
    """The county as it is."""
    return assess(read_county(ROOT / "data"), Scenario())


@cache
def quyang_water() -> WaterAssessment:
    """Its questions of water."""
    return assess_water(quyang())


@cache
def town_of_all() -> Assessment:
    """A paper town on streets from OpenStreetMap: parcels with hostile names, one with a hole, one in two parts, one
    without a place; a station, hydrants and a crane."""
    network = dataclasses.replace(
        town(grid_lines(7), name=[f"Street {i}" for i in range(14)]),
        source=RoadSource("town.osm.pbf", "ODbL-1.0", "© OpenStreetMap contributors", "2026-01-05"),
    )
    holed = plot(-60, -60, -20, -20).difference(plot(-50, -50, -30, -30))
    parts = shapely.multipolygons([plot(20, 20, 40, 40), plot(60, 60, 90, 90)])
    shapes = [holed, parts, None, *(plot(100 + 9 * i, 20, 106 + 9 * i, 60) for i in range(len(HOSTILE) - 3))]
    parcels = [
        {"parcel_no": f"P{i}", "name": name, "remark": LONG, "area_mu": 1.5 + i, "geometry": shape}
        for i, (name, shape) in enumerate(zip(HOSTILE, shapes, strict=True))
    ]
    county = paper_county(
        network,
        parcels=parcels,
        stations=[{"station_id": "A", "name": HOSTILE[0], "geometry": at(0, 0)}],
        hydrants=[
            {"hydrant_id": "H1", "geometry": at(10, 10)},
            {"hydrant_id": "H2", "geometry": at(-180, 95)},
        ],
        study_area=plot(-320, -320, 320, 320),
        study_area_source="file",
    )
    # The table of the layer's columns alone; a county's own files may have any others.
    rest = [None] * (len(parcels) - 3)
    own = county.parcels.assign(**{
        "reason_values": None, "Name": "own", "fid": "7", "长长的中文字段名称": "值", 'a"b<c>%(x)s:y': "x",
        "checked_on": pd.Timestamp("2026-01-05"), "flags": [None, True, False, *rest],
        "numbers": [(1, 2), (), None, *rest],
    })  # fmt: skip
    crane = {"crane_id": "W", "geometry": at(100, 0), "flow_lps": 30.0, "pressure_mpa": 0.1}
    county = dataclasses.replace(county, parcels=own, cranes=table_of("cranes", [crane]))
    return assess(county, Scenario(targets=plain_targets(limit_s=90)))


@cache
def layers_of(answer: Assessment, language: str = "zh") -> tuple[ResultLayer, ...]:
    """Every layer of an assessment and of its questions of water."""
    water = quyang_water() if answer is quyang() else assess_water(answer)
    ours = [result_layer(answer, name, language) for name in RESULT_TABLES]
    others = [name for name in WATER_TABLES if name not in RESULT_TABLES]
    return (*ours, *(water_layer(water, name, language) for name in others))


def handover_of(answer: Assessment, language: str = "zh", crs: str = WGS84) -> Handover:
    """What goes with the files of an assessment."""
    return Handover(about(answer), language, crs)


def same_shapes(written: Sequence[Any] | Shapes, read: Sequence[Any] | Shapes, digits: float) -> bool:
    """Whether geometries are the same to so many units of their CRS, rings in any order and from any start."""
    pairs = list(zip(written, read, strict=True))
    if any((one is None) != (other is None) for one, other in pairs):
        return False
    there = [(one, other) for one, other in pairs if one is not None]
    first, second = (np.array([pair[k] for pair in there], dtype=object) for k in (0, 1))
    if digits:  # rounded first: which end of a line comes first hangs on its last digit
        decimals = round(-np.log10(digits))
        first, second = (
            shapely.transform(each, lambda xy: np.round(xy, decimals)) for each in (first, second)
        )
    same = shapely.equals_exact(shapely.normalize(first), shapely.normalize(second), digits * 1.5)
    return bool(same.all())
