"""What OpenStreetMap maps as water for firefighting: hydrants on a main apart from what has to be pumped from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from geo.building import build
from geo.county import read_county
from geo.osm_sites import MappedObject
from geo.osm_water import hydrant_table, source_kind, water_table
from tests.test_build import town_file

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4547"
HYDRANT = {"emergency": "fire_hydrant"}
POND = shapely.box(114.001, 38.001, 114.002, 38.002)


def mapped(number: int, tags: dict[str, str], shape: BaseGeometry | None = None) -> MappedObject:
    kind = "node" if shape is None or shape.geom_type == "Point" else "way"
    return MappedObject(kind, number, tags, shapely.Point(114, 38) if shape is None else shape)


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        (HYDRANT, None),
        (HYDRANT | {"fire_hydrant:type": "pillar", "fire_hydrant:pressure": "6"}, None),
        (HYDRANT | {"water_source": "main"}, None),
        (HYDRANT | {"water_source": "main;pond"}, None),
        (HYDRANT | {"fire_hydrant:pressure": "suction"}, "quay"),
        (HYDRANT | {"fire_hydrant:type": "pond"}, "pond"),
        (HYDRANT | {"water_source": "pond", "fire_hydrant:pressure": "suction"}, "pond"),
        (HYDRANT | {"water_source": "river"}, "natural"),
        ({"emergency": "suction_point"}, "quay"),
        ({"emergency": "water_tank"}, "pond"),
        ({"emergency": "fire_water_pond"}, "pond"),
    ],
)
def test_only_what_hangs_on_a_main_is_a_hydrant(tags: dict[str, str], kind: str | None) -> None:
    assert source_kind(tags) == kind
    each = [mapped(1, tags)]
    assert (len(hydrant_table(each, CRS, "x")), len(water_table(each, CRS, "x"))) == (
        (1, 0) if kind is None else (0, 1)
    )


def test_figures_are_read_only_with_a_unit_that_is_sure() -> None:
    tags = [
        {"fire_hydrant:pressure": "6", "flow_rate": "600 l/min", "check_date": "2024-05-06"},
        {"fire_hydrant:pressure": "6 bar", "flow_rate": "54 m3/h", "survey:date": "2024"},
        {"fire_hydrant:pressure": "yes", "flow_rate": "600", "check_date": "2024-02-30"},
        {"fire_hydrant:pressure": "90 psi", "fire_hydrant:flow_rate": "500 gpm"},
    ]
    table = hydrant_table([mapped(i, HYDRANT | each) for i, each in enumerate(tags)], CRS, "x")
    np.testing.assert_allclose(table["pressure_mpa"], [0.6, 0.6, np.nan, np.nan])
    np.testing.assert_allclose(table["flow_lps"], [10, 15, np.nan, np.nan])
    assert table["checked"].dropna().to_dict() == {0: "2024-05-06"}


def test_ponds_keep_their_outline_and_others_a_point_inside() -> None:
    fire_pond = {"emergency": "fire_water_pond"}
    line = shapely.LineString([(114, 38), (114.001, 38)])
    table = water_table(
        [
            mapped(1, fire_pond | {"volume": "300 m3", "name": "南池"}, POND),
            mapped(2, fire_pond | {"volume": "300"}, line),
            mapped(3, HYDRANT | {"water_source": "pond"}, POND),
            mapped(4, {"amenity": "fire_station"}),
        ],
        CRS,
        "town.osm",
    )
    assert table["source_id"].tolist() == ["osm-way-1", "osm-way-2"]
    assert table.geometry.geom_type.tolist() == ["Polygon", "Point"]
    assert table["name"].tolist() == ["南池", ""]
    np.testing.assert_array_equal(table["volume_m3"], [300, np.nan])
    assert table["status_assumed"].all()


def test_a_build_brings_other_water_along_as_its_own_layer(tmp_path: Path) -> None:
    dry = '<tag k="emergency" v="fire_hydrant"/><tag k="fire_hydrant:pressure" v="suction"/>'
    corners = ((101, 1, 1), (102, 1, 2), (103, 2, 2), (104, 2, 1))
    nodes = "".join(f'<node id="{i}" version="1" lat="38.00{y}" lon="114.00{x}"/>' for i, x, y in corners)
    refs = "".join(f'<nd ref="{i}"/>' for i in (101, 102, 103, 104, 101))
    pond = f'<way id="30" version="1">{refs}<tag k="emergency" v="fire_water_pond"/></way>'
    sites = (
        '<node id="8" version="1" lat="38.002" lon="114.001"><tag k="emergency" v="fire_hydrant"/></node>'
        f'<node id="9" version="1" lat="38.003" lon="114.001">{dry}</node>{nodes}'
    )
    file = town_file(tmp_path, sites=sites)
    file.write_text(file.read_text(encoding="utf-8").replace("</osm>", f"{pond}</osm>"), encoding="utf-8")
    built = build(file, tmp_path / "county")
    assert "hydrants/sources.geojson" in built.written.files
    assert built.report is not None
    assert (built.report.hydrants, built.report.water_sources, built.report.status_assumed) == (1, 2, 3)
    county = read_county(tmp_path / "county")
    assert county.hydrants["hydrant_id"].tolist() == ["osm-node-8"]
    sources = county.water_sources.set_index("source_id")
    assert sources["kind"].to_dict() == {"osm-node-9": "quay", "osm-way-30": "pond"}
    assert sources.geometry["osm-way-30"].area > 0
    assert sources["access"].tolist() == [None, None]
    assert build(file, tmp_path / "county").written.kept.count("hydrants/sources.geojson") == 1
