"""The county's own maps of tiles: each tile where it belongs, credit and coordinates stated, hostile files refused."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import sqlite3
import struct
import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from pmtiles.tile import Compression, TileType
from starlette.applications import Starlette

from geo import mbtiles, pmtiles_file, tile_folder
from geo.county import check_county
from geo.local_tiles import LocalTiles, local_tiles, plain_credit, tile_of, tile_problems
from geo.problems import InputError
from geo.tile_facts import MOST_TILE_BYTES, extent_of, image_type, is_tile
from geo.tile_maps import county_tiles
from geo.words import LANGUAGES
from tests.tile_archives import (
    STATED,
    Tiles,
    column_and_row,
    corner,
    png,
    state,
    write_folder,
    write_mbtiles,
    write_pmtiles,
)
from views.tile_server import NOTHING, tile_routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LON, LAT, ZOOM = 114.69805, 38.61937, 14
X, Y = column_and_row(ZOOM, LON, LAT)
RED, BLUE, GREEN = png(200, 0, 0), png(0, 0, 200), png(0, 160, 0)
TILES: Tiles = {
    (ZOOM, X, Y): RED,
    (ZOOM, X + 1, Y): BLUE,
    (ZOOM, X, Y + 1): GREEN,
    (ZOOM - 1, X // 2, Y // 2): RED,
}
WEST, NORTH = corner(ZOOM, X, Y)
EAST, SOUTH = corner(ZOOM, X + 2, Y + 2)
BOUNDS = (WEST, SOUTH, EAST, NORTH)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A county with one map of each kind, all of the same tiles."""
    tiles = tmp_path / "tiles"
    write_mbtiles(tiles / "a.mbtiles", TILES, name="Town <b>A</b>", format="png")
    write_pmtiles(tiles / "b.pmtiles", TILES, BOUNDS, {"name": "Town B"})
    write_folder(tiles / "c", TILES, name="Town C")
    state(tmp_path, "a.mbtiles", "b.pmtiles", "c")
    return tmp_path


def only(county: Path) -> LocalTiles:
    (found,) = local_tiles(county)
    return found


def codes(county: Path) -> set[str]:
    """What is wrong with the only map of a county; said in words in both languages, and never a map to lay."""
    found = only(county)
    for each in found.problems:
        for language in LANGUAGES:
            assert "{{" not in each.text(language)
            assert f"tiles/{found.file}" in each.text(language)
    if found.problems:
        with pytest.raises(InputError):
            county_tiles(found, "")
        assert tile_of(found, ZOOM, X, Y) is None
    return {each.code for each in found.problems}


@pytest.mark.parametrize("kind", range(3))
def test_every_kind_gives_each_tile_in_its_place(county: Path, kind: int) -> None:
    one = local_tiles(county)[kind]
    assert one.problems == ()
    for place, content in TILES.items():
        assert tile_of(one, *place) == content
    assert tile_of(one, ZOOM, X + 1, Y + 1) is None
    assert tile_of(one, ZOOM, X, 2**ZOOM - 1 - Y) is None, "rows count from the north"
    assert one.facts is not None
    assert (one.facts.min_zoom, one.facts.max_zoom) == (ZOOM - 1, ZOOM)
    assert one.facts.bounds == pytest.approx(BOUNDS, abs=1e-6)
    assert one.credit == "曲阳县测绘院"


def test_the_corners_of_tiles_are_those_worked_out_by_hand() -> None:
    assert extent_of(0, (0, 0), (0, 0)) == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))
    assert extent_of(1, (1, 1), (0, 0)) == pytest.approx((0, 0, 180, 85.0511287798))
    assert extent_of(ZOOM, (X, X + 1), (Y, Y + 1)) == pytest.approx(BOUNDS)
    assert WEST <= LON < EAST
    assert SOUTH < LAT <= NORTH


def test_a_county_without_a_folder_of_tiles_has_no_such_map(tmp_path: Path) -> None:
    assert local_tiles(tmp_path) == ()
    assert tile_problems(tmp_path) == []


def test_a_map_without_maker_or_coordinates_is_refused_with_how_to_mend_it(tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES)
    assert codes(tmp_path) == {"tiles_credit_missing", "tiles_datum_unsaid"}
    state(tmp_path, "a.mbtiles", text='credit = "院"\n')
    assert codes(tmp_path) == {"tiles_datum_unsaid"}
    state(tmp_path, "a.mbtiles", text='credit = "院"\ndatum = "CGCS 2000"\n')
    assert codes(tmp_path) == set()


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ("GCJ-02", "tiles_datum_shifted"),
        ("bd09", "tiles_datum_shifted"),
        ("EPSG:3857", "tiles_datum_unknown"),
    ],
)
def test_a_map_in_shifted_or_unknown_coordinates_is_refused(tmp_path: Path, datum: str, code: str) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES)
    state(tmp_path, "a.mbtiles", text=f'credit = "院"\ndatum = "{datum}"\n')
    assert codes(tmp_path) == {code}


def test_metadata_may_name_maker_and_coordinates_and_the_county_knows_better(tmp_path: Path) -> None:
    said = {"attribution": '<a href="https://example.org/a">© Survey</a> &amp; others', "datum": "wgs84"}
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES, **said)
    found = only(tmp_path)
    assert (found.problems, found.credit, found.link) == ((), "© Survey & others", "https://example.org/a")
    state(tmp_path, "a.mbtiles", text='name = "影像"\nname_en = "Imagery"\ncredit = "县"\ndatum = "gcj02"\n')
    found = only(tmp_path)
    assert (found.name, found.name_en, found.credit) == ("影像", "Imagery", "县")
    assert {each.code for each in found.problems} == {"tiles_datum_shifted"}


def test_a_credit_is_text_and_links_the_web_alone() -> None:
    assert plain_credit("<a href='javascript:alert(1)'>A</a><img src=x onerror=alert(1)>") == ("A", "")
    assert plain_credit('<a href="https://a.b/c d">A</a>') == ("A", "")
    assert len(plain_credit("x" * 5000)[0]) == 300


def test_a_folder_may_state_its_own_words_and_rows_from_the_south(tmp_path: Path) -> None:
    south = {(z, x, 2**z - 1 - y): content for (z, x, y), content in TILES.items()}
    folder = write_folder(tmp_path / "tiles" / "c", south)
    (folder / "tiles.toml").write_text(STATED + 'scheme = "tms"\n', encoding="utf-8")
    assert codes(tmp_path) == set()
    found = only(tmp_path)
    assert tile_of(found, ZOOM, X, Y) == RED
    assert found.facts is not None
    assert found.facts.bounds == pytest.approx(BOUNDS)


@pytest.mark.parametrize(
    ("ending", "kind"), [("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")]
)
def test_images_of_every_kind_are_known_by_their_first_bytes(tmp_path: Path, ending: str, kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (256, 256), (9, 99, 199)).save(file, kind)
    write_folder(tmp_path / "tiles" / "c", {(ZOOM, X, Y): file.getvalue()}, ending)
    state(tmp_path, "c")
    assert codes(tmp_path) == set()
    assert image_type(tile_of(only(tmp_path), ZOOM, X, Y) or b"") == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "content", [b"<svg onload='alert(1)'/>", b"<html>", b"", b"\x1f\x8b\x08", b"RIFF0000WAVE"]
)
def test_anything_but_an_image_is_no_tile(tmp_path: Path, content: bytes) -> None:
    assert image_type(content) is None
    write_folder(tmp_path / "tiles" / "c", {(ZOOM, X, Y): content})
    state(tmp_path, "c")
    assert codes(tmp_path) == {"tiles_vector" if content.startswith(b"\x1f") else "tiles_no_images"}


def test_vector_tiles_are_refused_whatever_holds_them(tmp_path: Path) -> None:
    vector: Tiles = {(ZOOM, X, Y): gzip.compress(b"\x1a\x02xx")}
    write_mbtiles(tmp_path / "a" / "tiles" / "a.mbtiles", vector, format="pbf")
    write_pmtiles(tmp_path / "b" / "tiles" / "b.pmtiles", vector, BOUNDS, tile_type=TileType.MVT)
    write_folder(tmp_path / "c" / "tiles" / "c", vector, "pbf")
    write_mbtiles(tmp_path / "d" / "tiles" / "d.mbtiles", vector)
    for name in "abcd":
        assert codes(tmp_path / name) == {"tiles_vector"}


def _sized(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def test_an_mbtiles_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiles" / "a.mbtiles"
    path.parent.mkdir()
    for content in (b"", b"PK\x03\x04 not SQLite", b"SQLite format 3\x00" + b"\xff" * 4000):
        path.write_bytes(content)
        assert codes(tmp_path) <= {"tiles_not_mbtiles", "tiles_broken"}
        assert codes(tmp_path)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE parcels (area)")
        connection.commit()
    assert codes(tmp_path) == {"tiles_broken"}


def test_nothing_is_written_beside_an_mbtiles_file_and_one_being_written_is_refused(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES)
    before = path.read_bytes()
    path.chmod(0o444)
    state(tmp_path, "a.mbtiles")
    assert codes(tmp_path) == set()
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["a.mbtiles", "tiles.toml"]
    path.with_name("a.mbtiles-wal").write_bytes(b"x")
    os.utime(path, (1, 1))
    assert codes(tmp_path) == {"tiles_being_written"}


def _view(path: Path, query: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        connection.execute(f"CREATE VIEW tiles AS {query}")
        connection.commit()


def test_a_query_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbtiles, "PATIENCE_S", 0.05)
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n"
    )
    _view(tmp_path / "tiles" / "a.mbtiles", endless)
    assert codes(tmp_path) <= {"tiles_empty", "tiles_broken", "tiles_zoom_wrong"}
    assert codes(tmp_path)


def test_a_tile_that_is_too_large_is_never_read(tmp_path: Path) -> None:
    huge = f"SELECT {ZOOM} AS zoom_level, {X} AS tile_column, 1 AS tile_row, zeroblob(900000000) AS tile_data"
    _view(tmp_path / "tiles" / "a.mbtiles", huge)
    assert codes(tmp_path) == {"tiles_broken"}
    folder = write_folder(tmp_path / "more" / "tiles" / "c", {(ZOOM, X, Y): RED, (ZOOM, X, Y + 1): RED})
    state(tmp_path / "more", "c")
    (folder / str(ZOOM) / str(X) / f"{Y + 1}.png").write_bytes(RED + b"x" * MOST_TILE_BYTES)
    with pytest.raises(InputError):
        tile_of(only(tmp_path / "more"), ZOOM, X, Y + 1)


@pytest.mark.parametrize("name", ["attribution", "name", "bounds"])
def test_words_without_end_are_refused(tmp_path: Path, name: str) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES, **{name: "x" * 100_000})
    assert codes(tmp_path) == {"tiles_metadata_long"}


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ("1,2,3", "tiles_bounds_wrong"),
        ("nan,nan,nan,nan", "tiles_bounds_wrong"),
        ("115,38,114,39", "tiles_bounds_wrong"),
        (f"{WEST},{-NORTH},{EAST},{-SOUTH}", "tiles_elsewhere"),
    ],
)
def test_ground_that_cannot_be_is_refused(tmp_path: Path, bounds: str, code: str) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES, bounds=bounds)
    assert codes(tmp_path) == {code}


def test_ground_stated_is_taken_and_ends_where_the_projection_does(tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES, bounds="114.5,-90,115,90")
    state(tmp_path, "a.mbtiles")
    facts = only(tmp_path).facts
    assert facts is not None
    assert facts.bounds == pytest.approx((114.5, -85.0511287798, 115, 85.0511287798))


def test_numbers_that_no_tile_has_are_refused(tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "a" / "tiles" / "a.mbtiles", {(2, 9, 0): RED})
    assert codes(tmp_path / "a") == {"tiles_number_wrong"}
    write_mbtiles(tmp_path / "b" / "tiles" / "a.mbtiles", {(40, 9, 0): RED})
    assert codes(tmp_path / "b") == {"tiles_zoom_wrong"}
    write_folder(tmp_path / "c" / "tiles" / "c", {(2, 9, 0): RED})
    assert codes(tmp_path / "c") == {"tiles_number_wrong"}
    write_folder(tmp_path / "d" / "tiles" / "c", {(99, 9, 0): RED})
    assert codes(tmp_path / "d") == {"tiles_zoom_wrong"}
    assert not is_tile(2, 4, 0)
    assert not is_tile(-1, 0, 0)


def test_an_empty_map_says_so(tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "a" / "tiles" / "a.mbtiles", {})
    assert codes(tmp_path / "a") == {"tiles_empty"}
    (tmp_path / "c" / "tiles" / "c" / "14").mkdir(parents=True)
    assert codes(tmp_path / "c") == {"tiles_empty"}


def test_a_pmtiles_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write_pmtiles(tmp_path / "whole.pmtiles", TILES, BOUNDS).read_bytes()
    path = tmp_path / "tiles" / "b.pmtiles"
    path.parent.mkdir()
    state(tmp_path, "b.pmtiles")
    for length in (0, 6, 100, 127, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert codes(tmp_path) <= {"tiles_cut_off", "tiles_not_pmtiles"}, length
        assert codes(tmp_path), length
    path.write_bytes(whole)
    assert codes(tmp_path) == set()


def _with_directory(whole: bytes, packed: bytes) -> bytes:
    """A file whose root directory is another one, at its end."""
    head = bytearray(whole)
    head[8:24] = struct.pack("<QQ", len(whole), len(packed))
    return bytes(head) + packed


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


@pytest.mark.parametrize(
    ("directory", "code"),
    [
        (zlib.compress(bytes(50_000_000), wbits=31), "tiles_metadata_long"),
        (gzip.compress(b"\xff" * 500_000), "tiles_cut_off"),
        (gzip.compress(_varint(2**60) + b"\x01"), "tiles_cut_off"),
        (
            gzip.compress(_varint(1) + _varint(0) + _varint(1) + _varint(2**50) + _varint(1)),
            "tiles_metadata_long",
        ),
        (gzip.compress(_varint(1) + _varint(0) + _varint(1) + _varint(9) + _varint(2**50)), "tiles_cut_off"),
        (gzip.compress(_varint(1) + _varint(0) + _varint(1) + _varint(9) + _varint(0)), "tiles_no_images"),
        (gzip.compress(_varint(0)), "tiles_empty"),
        (b"not packed at all", "tiles_cut_off"),
    ],
    ids=[
        "zeros",
        "ones",
        "endless",
        "far",
        "long",
        "nothing",
        "empty",
        "plain",
    ],  # gzip writes the time of day
)
def test_a_hostile_directory_costs_nothing(tmp_path: Path, directory: bytes, code: str) -> None:
    whole = write_pmtiles(tmp_path / "whole.pmtiles", TILES, BOUNDS).read_bytes()
    path = tmp_path / "tiles" / "b.pmtiles"
    path.parent.mkdir()
    path.write_bytes(_with_directory(whole, directory))
    assert codes(tmp_path) == {code}


def test_a_directory_that_leads_to_itself_ends(tmp_path: Path) -> None:
    whole = write_pmtiles(tmp_path / "whole.pmtiles", TILES, BOUNDS).read_bytes()
    length = 0
    for _ in range(3):  # the entry names the directory's own length
        packed = gzip.compress(_varint(1) + _varint(0) + _varint(0) + _varint(length) + _varint(1), mtime=0)
        length = len(packed)
    head = bytearray(_with_directory(whole, packed))
    head[40:56] = struct.pack("<QQ", len(whole), len(packed))
    path = tmp_path / "tiles" / "b.pmtiles"
    path.parent.mkdir()
    path.write_bytes(bytes(head))
    assert codes(tmp_path) == {"tiles_empty"}


@pytest.mark.parametrize(
    ("place", "byte", "code"),
    [
        (97, Compression.BROTLI.value, "tiles_packed"),
        (98, Compression.GZIP.value, "tiles_packed"),
        (97, 77, "tiles_not_pmtiles"),
        (99, TileType.MLT.value, "tiles_vector"),
        (99, TileType.AVIF.value, "tiles_no_images"),
        (101, 200, "tiles_zoom_wrong"),
        (7, 2, "tiles_not_pmtiles"),
        (0, 200, "tiles_not_pmtiles"),
    ],
)
def test_a_pmtiles_header_is_not_believed(tmp_path: Path, place: int, byte: int, code: str) -> None:
    path = write_pmtiles(tmp_path / "tiles" / "b.pmtiles", TILES, BOUNDS)
    _sized(path, lambda whole: whole[:place] + bytes([byte]) + whole[place + 1 :])
    assert codes(tmp_path) == {code}


@pytest.mark.parametrize("text", ["[" * 100_000, "[1]", "nonsense", '{"name": 1e999}'])
def test_metadata_that_are_no_object_are_refused_and_odd_values_left_out(tmp_path: Path, text: str) -> None:
    folder = write_folder(tmp_path / "tiles" / "c", TILES)
    (folder / "metadata.json").write_text(text, encoding="utf-8")
    state(tmp_path, "c")
    assert codes(tmp_path) == (set() if text.startswith("{") else {"tiles_metadata_unreadable"})


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write_mbtiles(tmp_path / "elsewhere" / "secret.mbtiles", TILES)
    (tmp_path / "elsewhere" / "secret.png").write_bytes(BLUE)
    tiles = tmp_path / "county" / "tiles"
    folder = write_folder(tiles / "c", {(ZOOM, X, Y): RED})
    (folder / str(ZOOM) / str(X) / f"{Y + 1}.png").symlink_to(tmp_path / "elsewhere" / "secret.png")
    (tiles / "a.mbtiles").symlink_to(secret)
    (tiles / "d").symlink_to(tmp_path / "elsewhere")
    state(tmp_path / "county", "a.mbtiles", "c", "d")
    found = {one.file: one for one in local_tiles(tmp_path / "county")}
    assert {each.code for name in ("a.mbtiles", "d") for each in found[name].problems} == {"tiles_link_out"}
    assert found["c"].problems == ()
    assert tile_of(found["c"], ZOOM, X, Y) == RED
    assert tile_of(found["c"], ZOOM, X, Y + 1) is None


def test_more_tiles_than_can_be_counted_need_their_ground_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_folder, "MOST_TILES", 1)
    write_folder(tmp_path / "tiles" / "c", TILES)
    state(tmp_path, "c")
    assert codes(tmp_path) == {"tiles_bounds_missing"}
    write_folder(tmp_path / "tiles" / "c", TILES, bounds=list(BOUNDS))
    assert codes(tmp_path) == set()


def test_everything_wrong_with_the_folder_is_said_by_check(tmp_path: Path) -> None:
    write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES)
    (tmp_path / "tiles" / "town.tif").write_bytes(b"x")
    (tmp_path / "tiles" / "readme.txt").write_text("x", encoding="utf-8")
    text = 'credits = "x"\ncredit = 5\ndatum = "wgs84"\nlink = "javascript:x"\n'
    state(tmp_path, "a.mbtiles", "lost.mbtiles", text=text)
    found = tile_problems(tmp_path)
    assert {each.code: sum(one.code == each.code for one in found) for each in found} == {
        "tiles_file_unknown": 1, "tiles_stated_missing": 1, "unknown_field": 1, "toml_value": 2,
        "tiles_credit_missing": 1,
    }  # fmt: skip
    assert all(each.warning for each in found)
    assert {each.code for each in check_county(tmp_path)} >= {each.code for each in found}
    (tmp_path / "tiles" / "tiles.toml").write_text("[a", encoding="utf-8")
    assert "not_toml" in {each.code for each in tile_problems(tmp_path)}
    assert "not_toml" in codes(tmp_path)


def test_a_county_whose_map_of_tiles_is_broken_is_read_all_the_same(county: Path) -> None:
    _sized(county / "tiles" / "b.pmtiles", lambda whole: whole[:300])
    assert [one.problems == () for one in local_tiles(county)] == [True, False, True]


def test_another_state_of_a_file_is_another_map(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "tiles" / "a.mbtiles", TILES)
    state(tmp_path, "a.mbtiles")
    first = only(tmp_path)
    path.unlink()
    write_mbtiles(path, {(ZOOM, X, Y): BLUE})
    os.utime(path, (1, 1))
    second = only(tmp_path)
    assert first.digest != second.digest
    assert tile_of(second, ZOOM, X, Y) == BLUE
    assert second.facts is not None
    assert second.facts.min_zoom == ZOOM


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    content: bytes


def asked(path: str) -> Answer:
    """Ask the page's one route of our own, without a network."""
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": [], "http_version": "1.1", "scheme": "http", "server": ("localhost", 80),
    }  # fmt: skip
    asyncio.run(Starlette(routes=tile_routes())(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], headers, b"".join(each.get("body", b"") for each in said[1:]))


@pytest.fixture
def served(county: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The county of the page."""
    monkeypatch.setenv("COUNTY_DIR", str(county))
    monkeypatch.setattr("sys.argv", ["app.py"])
    return county


def test_the_server_hands_out_single_tiles_as_images_and_nothing_else(served: Path) -> None:
    for one in local_tiles(served):
        answer = asked(f"/tiles/{one.digest}/{ZOOM}/{X}/{Y}")
        assert (answer.status, answer.content) == (200, RED)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        bare = asked(f"/tiles/{one.digest}/{ZOOM}/{X + 1}/{Y + 1}")
        assert (bare.status, bare.content) == (200, NOTHING)
    assert Image.open(io.BytesIO(NOTHING)).convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "path",
    [
        "0" * 24 + "/14/1/1",
        "{}/14/../1",
        "{}/14/-1/1",
        "{}/14/1/1.png",
        "{}/99999999999/1/1",
        "{}/a/1/1",
        "{}/14/1",
    ],
)
def test_the_server_finds_nothing_under_other_names(served: Path, path: str) -> None:
    answer = asked("/tiles/" + path.format(local_tiles(served)[0].digest))
    assert answer.status == 404


def test_the_server_does_not_hand_out_what_is_no_image_or_refused(served: Path) -> None:
    with closing(sqlite3.connect(served / "tiles" / "a.mbtiles")) as connection:
        row = (b"<script>alert(1)</script>", X + 1)
        connection.execute("UPDATE tiles SET tile_data = ? WHERE tile_column = ?", row)
        connection.commit()
    one = local_tiles(served)[0]
    answer = asked(f"/tiles/{one.digest}/{ZOOM}/{X + 1}/{Y}")
    assert (answer.status, answer.content) == (415, b"")
    state(served, "a.mbtiles", text='credit = "x"\ndatum = "gcj02"\n')
    assert asked(f"/tiles/{one.digest}/{ZOOM}/{X}/{Y}").status == 404


def test_the_route_follows_the_base_path_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"server.baseUrlPath": "/county/"}
    monkeypatch.setattr("views.tile_server.st.get_option", options.get)
    assert [each.path for each in tile_routes()] == ["/county/tiles/{digest}/{z}/{x}/{y}"]


def test_a_large_archive_finds_its_tiles_through_leaves(tmp_path: Path) -> None:
    tiles: Tiles = {
        (ZOOM, X + dx, Y + dy): png(dx, dy, 7, 1) + bytes(zlib.crc32(f"{dx} {dy}".encode()) % 199)
        for dx in range(120)
        for dy in range(120)
    }
    path = write_pmtiles(tmp_path / "b.pmtiles", tiles, BOUNDS)
    header = pmtiles_file._header(path)
    assert header["leaf_directory_length"] > 0
    assert all(
        pmtiles_file.pmtiles_tile(path, *place) == content for place, content in list(tiles.items())[::97]
    )
