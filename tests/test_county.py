"""A county folder is read as a whole, told everything that is wrong with it, and never changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo.county import County, check_county, read_county
from geo.layers import LAYERS, OPTIONAL
from geo.network import Network, RoadSource
from geo.problems import InputError
from geo.road_folder import KEPT, file_digest
from views.answers import MOST_READS, county_of

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
    assert county.missing == set(LAYERS) - {"stations", "parcels", *OPTIONAL} | {"roads"}
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
    assert county.missing == {*LAYERS, "roads"} - OPTIONAL
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


@pytest.mark.slow
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


WRITER = """
import sqlite3, sys
open_file = sqlite3.connect(sys.argv[1])
open_file.execute("PRAGMA journal_mode=wal")
for (name,) in open_file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    open_file.execute(f'DROP TRIGGER "{name}"')
open_file.commit()
open_file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
print("open", flush=True)
for line in sys.stdin:
    open_file.execute(line)
    open_file.commit()
    print("written", flush=True)
"""


def test_the_digest_follows_what_is_written_into_an_open_geopackage(write_county: Write) -> None:
    folder = write_county({"county.toml": 'crs = "EPSG:4547"'})
    path = folder / "hydrants" / "hydrants.gpkg"
    path.parent.mkdir()
    row = {"hydrant_id": ["H"], "status": ["in_use"]}
    gpd.GeoDataFrame(row, geometry=[shapely.Point(114.7, 38.6)], crs=4326).to_file(path, layer="hydrants")
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        before = read_county(folder)
        print("UPDATE hydrants SET status = 'out_of_service'", file=other.stdin, flush=True)
        other.stdout.readline()
        after = read_county(folder)
    assert before.hydrants["status"].tolist() == ["in_use"]
    assert after.hydrants["status"].tolist() == ["out_of_service"]
    assert after.digest != before.digest


@pytest.mark.slow
def test_a_folder_that_changes_while_it_is_read_is_read_again(
    write_county: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_county({"stations/stations.csv": STATIONS})
    late = [STATIONS.replace("in_use", "out_of_service")]

    def read(given: Path) -> County:
        county = read_county(given)
        if late:
            write_county({"stations/stations.csv": late.pop()})
        return county

    monkeypatch.setattr("views.answers.read_county", read)
    assert county_of(folder).stations["status"].tolist() == ["out_of_service", "not_built"]
    late += [STATIONS.replace("甲", f"甲{number}") for number in range(MOST_READS)]
    write_county({"stations/stations.csv": STATIONS.replace("甲", "丁")})
    with pytest.raises(InputError) as error:
        county_of(folder)
    assert [each.code for each in error.value.problems] == ["folder_changing"]


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


@pytest.mark.slow
def test_the_digest_is_of_the_inputs_alone(write_county: Write) -> None:
    folder = write_county({"stations/stations.csv": STATIONS, "parcels/parcels.csv": PARCELS})
    first = read_county(folder).digest
    write_county({"scenarios/a.json": "{}", "stations/notes.md": "x", "roads/.cache/x": "y"})
    assert read_county(folder).digest == first
    copied = write_county({"stations/stations.csv": STATIONS, "parcels/parcels.csv": PARCELS}, "elsewhere")
    assert read_county(copied).digest == first
    write_county({"parcels/parcels.csv": PARCELS.replace("10", "11")})
    assert read_county(folder).digest != first


def test_reading_writes_nothing(write_county: Write) -> None:
    folder = write_county({"roads/streets.geojson": STREETS, "stations/stations.csv": STATIONS})
    before = {path: (path.read_bytes() if path.is_file() else None) for path in folder.rglob("*")}
    read_county(folder)
    check_county(folder)
    assert {path: (path.read_bytes() if path.is_file() else None) for path in folder.rglob("*")} == before


BOUNDARY = {"type": "Polygon", "coordinates": [[[114.6, 38.5], [114.8, 38.5], [114.8, 38.7], [114.6, 38.5]]]}


def test_far_away_is_an_error_and_a_little_outside_a_warning(write_county: Write) -> None:
    cranes = (
        "crane_id,status,lon,lat\nin,in_use,114.75,38.55\nout,in_use,114.61,38.65\nsea,in_use,120.3,36.0\n"
    )
    folder = write_county({"places/boundary.json": BOUNDARY, "hydrants/cranes.csv": cranes})
    far, outside = sorted(check_county(folder), key=lambda each: each.code, reverse=False)
    assert (far.code, far.row, far.warning) == ("far_away", 3, False)
    assert (outside.code, outside.warning) == ("outside_boundary", True)
    assert dict(outside.values) == {"count": 1, "rows": "2"}
    write_county({"hydrants/cranes.csv": cranes.replace("sea,in_use,120.3,36.0\n", "")})
    county = read_county(folder)
    assert [each.code for each in county.warnings] == ["outside_boundary"]
    assert county.boundary is not None
    assert county.boundary.area == pytest.approx(193e6, rel=0.01)


def test_layers_must_agree_with_each_other(write_county: Write) -> None:
    folder = write_county(
        {
            "stations/stations.csv": STATIONS,
            "stations/vehicles.csv": "vehicle_id,station_id\nV1,A\nV2,Z\nV3,\n",
            "parcels/parcels.csv": PARCELS,
            "parcels/sub_blocks.csv": "parcel_no,block_no,area_mu\n一,1,4\n一,2,5.5\n二,1,1\n",
        }
    )
    assert [(each.code, each.file, each.row, each.warning) for each in check_county(folder)] == [
        ("reference_unknown", "stations/vehicles.csv", 2, False),
        ("reference_unknown", "parcels/sub_blocks.csv", 3, False),
        ("sub_blocks_sum", "parcels/parcels.csv", 1, True),
    ]


def test_sections_become_hydrants_along_them(write_county: Write) -> None:
    hydrants = (
        "hydrant_id,section_id,count,status,road,from,to,location,lon,lat\n"
        "H,,,in_use,,,,,114.705,38.6201\n"
        ",S,4,in_use,南路,西路,东路,,,\n"
        ",T,3,not_built,,,,SEG(南路;?;?),,\n"
    )
    folder = write_county({"roads/streets.geojson": STREETS, "hydrants/hydrants.csv": hydrants})
    county = read_county(folder)
    table, sections = county.hydrants, county.hydrant_sections
    assert table["hydrant_id"].tolist() == ["H", "S-1", "S-2", "S-3", "S-4", "T-1", "T-2", "T-3"]
    assert table["interpolated"].tolist() == [False] + [True] * 7
    assert table["position_class"].tolist()[:5] == ["P0"] + ["P4"] * 4
    assert table["unresolved_reason"].tolist() == [None] * 5 + ["section_without_ends"] * 3
    assert table.geometry.isna().tolist() == [False] * 5 + [True] * 3
    assert sections["section_id"].tolist() == ["S", "T"]
    line = sections.geometry.iloc[0]
    assert line.length == pytest.approx(871, abs=2)
    assert [line.project(point) / line.length for point in table.geometry[1:5]] == pytest.approx(
        [0.125, 0.375, 0.625, 0.875]
    )
    assert all(shape.equals(line) for shape in table["shape"][1:5])


def test_places_from_words_carry_their_class_and_shape(write_county: Write) -> None:
    folder = write_county(
        {
            "county.toml": '[study_area]\nring = ["南路", "东路", "北路", "西路"]\n',
            "roads/streets.geojson": STREETS,
            "stations/stations.csv": "station_id,status,location\nA,in_use,INT(南路;西路)\nB,in_use,INT(南路;无路)\n",
            "places/places.csv": "kind,name,lon,lat\ncounty,某县,114.705,38.625\ntownship,甲镇,114.72,38.64\n"
            "township,乙镇,114.60,38.60\n",
            "parcels/parcels.csv": "parcel_no,township,area_mu,location\n一,甲镇,10,TOWN(甲镇)\n"
            "二,甲镇,10,NORTH_OF(无名村)\n三,,,INT(南路;东路)\n",
        }
    )
    county = read_county(folder)
    assert county.stations["position_class"].tolist()[0] == "P1"
    assert county.stations["unresolved_reason"].tolist() == [None, "road_missing"]
    assert dict(county.stations["reason_values"].iloc[1]) == {"road": "无路"}
    assert county.study_area_source == "ring"
    assert county.study_area is not None
    assert county.seat is not None
    assert county.study_area.contains(county.seat)
    assert county.ring_roads == ("南路", "东路", "北路", "西路")
    parcels = county.parcels
    assert parcels["drawn"].tolist() == ["square", None, None]
    assert parcels["unresolved_reason"].tolist() == [None, "village_without_point", "no_area"]
    assert parcels["shape"].isna().tolist() == [False, True, True]
    assert parcels["bound_shape"].iloc[0].covers(parcels.geometry.iloc[0])
    assert parcels["bound_shape"].iloc[1].area > 1e6
    assert not parcels["bound_shape"].isna().iloc[2]


def test_islands_are_refused(write_county: Write) -> None:
    line = {"type": "LineString", "coordinates": [[114.7, 38.62], [114.71, 38.62]]}
    streets = [
        {"type": "Feature", "properties": {"oneway": 1}, "geometry": shapely.geometry.mapping(moved)}
        for moved in (shapely.affinity.translate(shapely.geometry.shape(line), 0, i / 100) for i in range(3))
    ]
    folder = write_county({"roads/streets.geojson": {"type": "FeatureCollection", "features": streets}})
    assert [each.code for each in check_county(folder)] == ["network_islands"]


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({"county.toml": "name = "}, {"not_toml"}),
        ({"county.toml": 'name = 1\n[seat]\nlon = 200\nlat = 1\nradius_m = -1\n[schematic]\nroads = "yes"'},
         {"toml_value"}),
        ({"county.toml": 'crs = "EPSG:0"\n[study_area]\nfile = "../x.geojson"'}, {"crs_unknown", "file_missing"}),
        ({"roads/network.npz": b"PK\x03\x04"}, {"network_unreadable"}),
        ({"roads/streets.geojson": STREETS, "roads/streets.csv": "wkt\n"}, {"layer_twice"}),
        ({"stations/stations.csv": STATIONS, "stations/stations.json": STREETS}, {"layer_twice"}),
        ({"stations/stations.pdf": "x"}, {"format_unknown"}),
        ({"roads/streets.csv": "name\n甲路\n"}, {"no_geometry"}),
        ({"roads/streets.csv": 'wkt\n"LINESTRING(114 38,114 99)"\n'}, {"coordinate_range"}),
        ({"hydrants/hydrants.csv": "section_id,count,status,road,from,to\nS,1e9,in_use,a,b,c\n"}, {"section_count"}),
        ({"roads/streets.geojson": STREETS, "places/boundary.json": {
            "type": "Polygon", "coordinates": [[[110, 30], [110.1, 30], [110, 30.1], [110, 30]]]}},
         {"roads_elsewhere"}),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_used_says_why(
    write_county: Write, files: dict[str, Any], codes: set[str]
) -> None:
    found = check_county(write_county(files))
    assert {each.code for each in found if not each.warning} == codes
    assert all(each.text(language) for each in found for language in ("zh", "en"))


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    assert [each.code for each in check_county(tmp_path / "none")] == ["folder_missing"]
    with pytest.raises(InputError):
        read_county(tmp_path / "none")


def test_a_damaged_kept_network_is_made_again_where_its_lines_are_there(write_county: Write) -> None:
    folder = write_county({"roads/streets.geojson": STREETS, "roads/network.npz": b"nothing"})
    county = read_county(folder)
    assert county.network is not None
    assert [(each.code, each.warning) for each in county.warnings] == [("network_unreadable", True)]


def test_many_like_problems_are_counted_not_listed(write_county: Write) -> None:
    cranes = "crane_id,status,lon,lat\n" + "".join(f"{i},bad,114.7,38.6\n" for i in range(80))
    found = check_county(write_county({"hydrants/cranes.csv": cranes}))
    assert [each.code for each in found].count("status_unknown") == 50
    assert dict(found[-1].values) == {"count": 30}


def test_the_county_that_comes_along() -> None:
    county = read_county(Path(__file__).resolve().parent.parent / "data")
    assert (county.name, county.crs, county.study_area_source) == ("曲阳县", "EPSG:4547", "ring")
    assert len(county.parcels) == 5
    assert county.parcels["area_mu"].sum() == pytest.approx(319.56)
    assert len(county.hydrants) == 107
    nowhere = county.hydrants[county.hydrants.geometry.isna()]
    assert len(nowhere) == 49
    assert set(nowhere["unresolved_reason"]) == {"section_without_ends"}
    assert (county.hydrants["status"] == "in_use").sum() == 58
    assert "roads" in county.schematic
    assert county.parcels["bound_shape"].notna().all()
    assert county.parcels["unresolved_reason"].iloc[0] == "village_without_point"


def test_a_place_known_by_words_alone_needs_no_streets(write_county: Write) -> None:
    places = "kind,code,name,lon,lat,location\ntownship,7,甲镇,114.7,38.6,\nvillage,,乙村,,,NORTH_OF(丙村)\n"
    county = read_county(write_county({"places/places.csv": places}))
    assert county.places["place_id"].tolist() == ["7", "place-2"]
    assert county.places["unresolved_reason"].tolist() == [None, "village_without_point"]
    assert county.seat is None
