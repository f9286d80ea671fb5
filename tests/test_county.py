"""A county folder is read as a whole, told everything that is wrong with it, and never changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.county import check_county, read_county
from geo.layers import LAYERS
from geo.network import Network, RoadSource
from geo.problems import InputError
from geo.road_folder import KEPT, file_digest

Write = Callable[..., Path]

STATIONS = "station_id,name,status,lon,lat\nA,甲站,in_use,114.700,38.620\nB,乙站,not_built,114.710,38.620\n"
PARCELS = "parcel_no,area_mu,lon,lat\n一,10,114.702,38.621\n"
RING = {
    "南路": [[114.70, 38.62], [114.71, 38.62]],
    "北路": [[114.70, 38.63], [114.71, 38.63]],
    "西路": [[114.70, 38.62], [114.70, 38.63]],
    "东路": [[114.71, 38.62], [114.71, 38.63]],
}
STREETS: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": name, "class": "residential"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for name, line in RING.items()
    ],
}


def test_a_minimal_folder_is_a_county(write_county: Write) -> None:
    folder = write_county({"stations/stations.csv": STATIONS, "parcels/parcels.csv": PARCELS})
    county = read_county(folder)
    assert county.name == folder.name
    assert county.crs == "EPSG:32650"
    assert county.missing == set(LAYERS) - {"stations", "parcels"} | {"roads"}
    assert county.stations["position_class"].tolist() == ["P0", "P0"]
    assert county.stations["shape"].equals(county.stations.geometry.rename("shape"))
    assert county.stations.geometry.iloc[0].distance(county.stations.geometry.iloc[1]) == pytest.approx(
        871, abs=1
    )
    assert county.study_area is None
    assert county.study_area_source == "frontage"
    assert county.network is None


def test_missing_layers_are_empty_with_every_column(write_county: Write) -> None:
    county = read_county(write_county({"county.toml": 'name = "空县"'}))
    assert county.name == "空县"
    assert county.missing == {*LAYERS, "roads"}
    for name in ("parcels", "sub_blocks", "stations", "vehicles", "hydrants", "cranes", "places", "targets"):
        table = getattr(county, name)
        assert len(table) == 0
        assert set(LAYERS[name].names) <= set(table.columns)
    assert {"drawn", "bound_shape", "shape", "geometry"} <= set(county.parcels.columns)
    assert {"interpolated", "section_id", "shape"} <= set(county.hydrants.columns)


def test_a_parcel_without_boundary_is_a_square_of_its_area(write_county: Write) -> None:
    parcels = read_county(write_county({"parcels/parcels.csv": PARCELS})).parcels
    assert parcels["drawn"].tolist() == ["square"]
    assert parcels.geometry.iloc[0].area == pytest.approx(10 * 10000 / 15)
    assert parcels["shape"].iloc[0].contains(parcels.geometry.iloc[0])
    assert parcels["bound_shape"].iloc[0].equals(parcels["shape"].iloc[0])


def test_streets_become_a_network_and_their_kept_form_is_used_while_it_is_fresh(write_county: Write) -> None:
    files = {"roads/streets.geojson": STREETS, "roads/roads.toml": 'name = "手绘"\nschematic = true\n'}
    folder = write_county({**files, "stations/stations.csv": STATIONS})
    made = read_county(folder)
    assert made.network is not None
    assert made.network.n_streets == 4
    assert made.network.source.name == "手绘"
    assert made.schematic == {"roads"}
    assert made.network.source.digest == file_digest(folder / "roads/streets.geojson")
    made.network.save(folder / "roads" / KEPT)
    kept = read_county(folder)
    assert kept.network is not None
    assert shapely.equals_exact(kept.network.lines, made.network.lines, 1e-9).all()
    assert kept.digest == made.digest
    stale = {**STREETS, "features": STREETS["features"][:3]}
    newer = read_county(write_county({"roads/streets.geojson": stale}))
    assert newer.network is not None
    assert newer.network.n_streets == 3
    assert newer.digest != made.digest


def test_problems_of_all_files_come_together(write_county: Write) -> None:
    folder = write_county(
        {
            "county.toml": 'name = "县"\ncrs = "EPSG:4326"\n',
            "stations/stations.csv": STATIONS.replace("B,", "A,").replace("not_built", "在建"),
            "parcels/parcels.csv": "parcel_no,area_mu\n一,十亩\n",
            "hydrants/hydrants.geojson": "{",
        }
    )
    with pytest.raises(InputError) as raised:
        read_county(folder)
    assert {(each.file, each.row, each.code) for each in raised.value.problems} == {
        ("county.toml", None, "crs_not_metric"),
        ("stations/stations.csv", 2, "id_repeated"),
        ("stations/stations.csv", 2, "status_unknown"),
        ("parcels/parcels.csv", 1, "not_a_number"),
        ("parcels/parcels.csv", 1, "no_position"),
        ("hydrants/hydrants.geojson", None, "not_json"),
    }
    assert check_county(folder) == list(raised.value.problems)


def _network(**changes: Any) -> Network:
    import geopandas as gpd

    from geo.roads import network_from_lines

    lines = [shapely.LineString(line) for line in RING.values()]
    frame = gpd.GeoDataFrame({"name": list(RING)}, geometry=lines, crs="EPSG:4326")
    return network_from_lines(frame, crs="EPSG:4547", source=RoadSource(name="x", **changes))


def test_a_kept_network_alone_gives_the_county_its_crs(write_county: Write) -> None:
    folder = write_county({"stations/stations.csv": STATIONS})
    _network().save(folder / "roads" / KEPT)
    assert read_county(folder).crs == "EPSG:4547"
    write_county({"county.toml": 'name = "县"\ncrs = "EPSG:32650"\n'})
    assert [each.code for each in check_county(folder)] == ["network_crs"]
