"""The map without a browser: files of this machine only, words of files as data only, nothing shared by mistake."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING

import folium
import folium.plugins
import geopandas as gpd
import pytest
import shapely
from streamlit_folium import generate_leaflet_string

from geo import map_style
from geo.crs import WGS84, reproject, shapes_of
from geo.map_assets import (
    HERE,
    SCRIPT_NAMES,
    SHEET_NAMES,
    UNUSED,
    UnknownAssetError,
    keep,
    keep_data,
    library_file,
    purge,
    user_folder,
)
from geo.map_features import (
    DRAWN_M,
    Pieces,
    Thing,
    bounds_of,
    drawn_areas,
    leaflet_bounds,
    pieces_geojson,
    sideways,
    things_geojson,
    to_wgs84,
)
from geo.maps import (
    Choice,
    LegendItem,
    Look,
    MapLayer,
    MapWords,
    Served,
    base_map,
    county_layers,
    localise,
)

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

PAYLOADS = (
    "<img src=x onerror=\"window.top.hurt='img'\">",
    "${window.top.hurt='template'}",
    "`+(window.top.hurt='backtick')+`",
    "</script><script>window.top.hurt='script'</script>",
)
WORDS = MapWords("map", "legend", "failed")
BOUNDS = (114.6, 38.5, 114.8, 38.7)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path, "../views.assets.map_files/")


def layer(content: bytes = b"{}", **changes: object) -> MapLayer:
    style = map_style.verdict_styles()
    legend = (LegendItem("area", "covered", style["covered"]),)
    given: dict[str, object] = {"key": "parcels", "label": "Parcels", "content": content}
    given |= {"styles": style, "legend": legend} | changes
    return MapLayer(**given)  # type: ignore[arg-type]


def scripts(layers: list[MapLayer], served: Served, choice: Choice | None = None) -> str:
    """What Streamlit-Folium sends to the browser, base map and layers together."""
    plain = base_map(BOUNDS, [Look("all", "all", BOUNDS)], WORDS, served)
    group = county_layers(layers, served, WORDS, choice)
    group.add_to(plain)
    plain.get_root().render()
    return str(generate_leaflet_string(plain))


def test_every_link_is_a_file_of_this_machine(served: Served) -> None:
    plain = base_map(BOUNDS, [], WORDS, served)
    links = [url for name in ("default_js", "default_css") for _, url in getattr(plain, name)]
    for child in plain._children.values():
        links += [url for name in ("default_js", "default_css") for _, url in getattr(child, name, [])]
    assert len(links) == 2 + 2
    for names, ending in ((SCRIPT_NAMES, "js"), (SHEET_NAMES, "css")):
        kept = next(served.folder.glob(f"county_map.*.{ending}")).read_text("utf-8")
        places = [kept.index((HERE / name).read_text("utf-8")) for name in names]
        assert places == sorted(places)
    for link in links:
        assert link.startswith(served.prefix)
        assert (served.folder / link.removeprefix(served.prefix)).stat().st_size > 500
    assert any(url.startswith("https:") for _, url in folium.Map.default_js), "the class itself is untouched"


def test_the_wheel_holds_every_library_of_folium_and_its_plugins(tmp_path: Path) -> None:
    urls = {url for _, url in [*folium.Map.default_js, *folium.Map.default_css]}
    for name in ("Draw", "MarkerCluster", "Fullscreen", "MeasureControl", "MousePosition"):
        plugin = getattr(folium.plugins, name)
        urls |= {url for _, url in [*plugin.default_js, *plugin.default_css]}
    assert len(urls) > 15
    assert urls >= UNUSED
    for url in urls:
        assert (tmp_path / library_file(url, tmp_path)).is_file()


def test_an_unknown_library_is_an_error_and_never_a_request(served: Served) -> None:
    plain = folium.Map(tiles=None)
    plain.default_js = [("new", "https://example.org/new.js")]
    with pytest.raises(UnknownAssetError):
        localise(plain, served)


def test_a_changed_file_is_not_trusted(tmp_path: Path) -> None:
    name = keep(tmp_path, "map", ".js", b"right")
    (tmp_path / name).write_bytes(b"wrong")
    assert keep(tmp_path, "map", ".js", b"right") == name
    assert (tmp_path / name).read_bytes() == b"right"
    assert keep(tmp_path, "map", ".js", b"other") != name
    assert not list(tmp_path.glob("*.tmp"))


def test_old_data_goes_and_libraries_stay(tmp_path: Path) -> None:
    data, script = keep_data(tmp_path, "streets", b"{}"), keep(tmp_path, "map", ".js", b"x")
    fresh = keep_data(tmp_path, "parcels", b"{}")
    long_ago = time.time() - 1000
    for name in (data, script):
        os.utime(tmp_path / name, (long_ago, long_ago))
    assert purge(tmp_path, older_than_s=100) == 1
    assert {path.name for path in tmp_path.iterdir()} == {script, fresh}


def test_asking_for_data_again_makes_it_young(tmp_path: Path) -> None:
    name = keep_data(tmp_path, "streets", b"{}")
    os.utime(tmp_path / name, (1000, 1000))
    keep_data(tmp_path, "streets", b"{}")
    assert purge(tmp_path, older_than_s=100) == 0


def test_the_folder_belongs_to_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    folder = user_folder()
    assert folder.is_relative_to(tmp_path / "cache")
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


def test_the_script_stays_small_whatever_the_data(served: Served) -> None:
    square = shapely.box(114.61, 38.61, 114.62, 38.62)
    many = things_geojson(Thing(square, "covered", f"parcel {n}", ("line",), id=str(n)) for n in range(2000))
    small, large = scripts([layer(b"{}")], served), scripts([layer(many)], served)
    assert len(large) - len(small) < 100
    assert len(large) < 20_000


def test_same_data_make_the_same_script_and_other_data_another(served: Served) -> None:
    assert scripts([layer(b"{}")], served) == scripts([layer(b"{}")], served)
    assert scripts([layer(b"{}")], served) != scripts([layer(b'{"a":1}')], served)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_of_files_never_stand_in_a_script(payload: str, served: Served) -> None:
    thing = Thing(shapely.Point(114.7, 38.6), "covered_sign", payload, (payload,), id=payload, name=payload)
    content = things_geojson([thing])
    streets = pieces_geojson(
        [Pieces("reached", [shapely.LineString([(0, 0), (1, 1)])], [(payload, payload)])]
    )
    plain = layer(content)
    sent = scripts([plain, layer(streets, key="streets", pieces=True)], served, Choice("parcels", "none"))
    assert "hurt" not in sent
    kept = json.loads((served.folder / keep_data(served.folder, "parcels", content)).read_text("utf-8"))
    assert kept["features"][0]["properties"]["t"] == payload


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_of_the_page_are_escaped_in_the_script(payload: str, served: Served) -> None:
    words = MapWords(payload, payload, payload, mark=payload, credit=payload)
    legend = (LegendItem("area", payload, map_style.verdict_styles()["covered"]),)
    layers = [layer(label=payload, legend=legend)]
    plain = base_map(BOUNDS, [Look(payload, payload, BOUNDS)], words, served)
    county_layers(layers, served, words, Choice("parcels", payload)).add_to(plain)
    plain.get_root().render()
    sent = str(generate_leaflet_string(plain))
    assert "<img" not in sent
    assert "</script" not in sent
    assert "hurt" in sent
    # What is left without the JSON strings is code; a template literal or a tag would show there.
    assert "hurt" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", sent)


def test_things_keep_their_place_to_the_centimetre() -> None:
    thing = Thing(shapely.Point(114.123456789, 38.987654321), "place", "x")
    feature = json.loads(things_geojson([thing]))["features"][0]
    assert feature["geometry"]["coordinates"] == [114.1234568, 38.9876543]
    assert feature["properties"] == {"k": "place", "t": "x"}


def test_streets_of_one_kind_are_one_feature_with_words_for_each_piece() -> None:
    lines = [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 1), (1, 1), (2, 2)])]
    data = json.loads(
        pieces_geojson([Pieces("reached", lines, [("a", "1"), ("b", "2")]), Pieces("beyond", [])])
    )
    assert len(data["features"]) == 1
    feature = data["features"][0]
    assert feature["geometry"]["type"] == "MultiLineString"
    assert [len(line) for line in feature["geometry"]["coordinates"]] == [2, 3]
    assert spelt(data, feature) == [["a", "1"], ["b", "2"]]


def test_what_many_pieces_say_is_sent_once() -> None:
    line, said = shapely.LineString([(0, 0), (1, 0)]), ("纸上路", "no water within reach")
    data = json.loads(pieces_geojson([Pieces(kind, [line] * 3, [said] * 3) for kind in ("one", "other")]))
    assert data["texts"] == list(said)
    assert [spelt(data, feature) for feature in data["features"]] == [[list(said)] * 3] * 2


def test_words_may_come_as_numbers_already() -> None:
    line, texts = shapely.LineString([(0, 0), (1, 0)]), ["a", "1", "2"]
    numbered = pieces_geojson([Pieces("reached", [line, line], [[0, 1], [0, 2]])], texts)
    assert numbered == pieces_geojson([Pieces("reached", [line, line], [("a", "1"), ("a", "2")])])


def spelt(data: dict[str, Any], feature: dict[str, Any]) -> list[list[str]]:
    """The words of the pieces, as the map reads them."""
    return [[data["texts"][number] for number in row] for row in feature["properties"]["pieces"]]


def test_computed_areas_are_drawn_with_fewer_corners_within_the_stated_distance() -> None:
    ring = shapely.Point(560_000, 4_275_000).buffer(900, quad_segs=300)
    area = ring.difference(shapely.Point(560_200, 4_275_000).buffer(200, quad_segs=300))
    placed, nothing = drawn_areas([area, None], "EPSG:4547")
    back = reproject(shapes_of([placed]), WGS84, "EPSG:4547")[0]
    assert nothing is None
    assert len(back.interiors) == 1
    assert shapely.get_num_coordinates(back) < shapely.get_num_coordinates(area) / 4
    assert back.boundary.hausdorff_distance(area.boundary) < DRAWN_M + 0.1  # and six digits


def test_signs_on_one_place_step_aside_evenly() -> None:
    here, there = shapely.Point(114.63, 38.78), shapely.Point(114.70, 38.62)
    shifts = sideways([here, here, there, here])
    assert shifts[2] == 0
    assert sum(shifts) == 0
    assert len({shifts[0], shifts[1], shifts[3]}) == 3


def test_bounds_leave_out_what_has_no_place() -> None:
    assert bounds_of([None, shapely.Point()]) is None
    bounds = bounds_of([None, shapely.Point(114.7, 38.6)])
    assert bounds == (114.7, 38.6, 114.7, 38.6)
    (south, west), (north, east) = leaflet_bounds(bounds)
    assert east - west == pytest.approx(0.004)
    assert north - south == pytest.approx(0.004)


def test_projected_places_come_out_where_they_lie_and_nothing_stays_nothing() -> None:
    given = gpd.GeoSeries([shapely.Point(114.69805, 38.61937)], crs="EPSG:4326").to_crs("EPSG:4547")
    back = to_wgs84([given.iloc[0], None], "EPSG:4547")
    assert back[0].distance(shapely.Point(114.69805, 38.61937)) < 1e-9
    assert back[1] is None


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_verdict_is_told_by_more_than_colour() -> None:
    styles = map_style.verdict_styles()
    signs = [styles[f"{verdict}_sign"] for verdict in map_style.VERDICT_COLOUR]
    assert len({sign["letter"] for sign in signs}) == 4
    for sign in signs:
        light, dark = sorted([_luminance(sign["fillColor"]), _luminance(sign["letterColor"])], reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 3.0, "the letter can be read on its sign"
    streets = map_style.STREETS
    assert len({(style["dashArray"], style["weight"]) for style in streets.values()}) == 3
    for built, planned in (("counted", "not_counted"), ("counted_interpolated", "not_counted_interpolated")):
        assert map_style.HYDRANTS[built]["dashArray"] != map_style.HYDRANTS[planned]["dashArray"]
    assert map_style.HYDRANTS["counted"]["shape"] != map_style.HYDRANTS["counted_interpolated"]["shape"]


def test_only_the_limit_has_an_unbroken_edge_among_the_bands() -> None:
    styles = map_style.band_styles((180.0, 300.0, 600.0), 300.0)
    assert [key for key, style in styles.items() if style["dashArray"] is None] == ["300"]
    assert styles["180"]["layers"] == 3
    assert styles["600"]["layers"] == 1
