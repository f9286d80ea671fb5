"""The county's own maps of tiles in a real browser: every pixel where it belongs, and no word to any other host."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import FRAME, ROOT, Reader
from tests.browser.test_tile_map import choose
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

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Frame, Request

ZOOM = 14
X, Y = column_and_row(ZOOM, 114.698, 38.619)
COLOURS = {(0, 0): (200, 0, 0), (1, 0): (0, 0, 200), (0, 1): (0, 160, 0), (1, 1): (230, 200, 0)}
TILES: Tiles = {(ZOOM, X + dx, Y + dy): png(*colour) for (dx, dy), colour in COLOURS.items()}
MIDDLE = corner(ZOOM, X + 1, Y + 1)
"""Where the four tiles meet: longitude and latitude."""
BOUNDS = (corner(ZOOM, X, Y)[0], corner(ZOOM, X, Y + 2)[1], corner(ZOOM, X + 2, Y)[0], corner(ZOOM, X, Y)[1])
GROUND = (247, 247, 244)
OPACITY = 0.8
BARE = ".leaflet-overlay-pane, .leaflet-marker-pane, .leaflet-control-container { visibility: hidden; }"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default county with the same four tiles as a file of each kind, and one that says nothing of itself."""
    folder = tmp_path_factory.mktemp("tiles") / "county"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("text"))
    tiles = folder / "tiles"
    write_mbtiles(tiles / "a.mbtiles", TILES, name="影像 <b>甲</b>")
    write_pmtiles(tiles / "b.pmtiles", TILES, BOUNDS)
    write_folder(tiles / "c", TILES)
    write_mbtiles(tiles / "silent.mbtiles", TILES)
    state(folder, "a.mbtiles")
    whole = (tiles / "tiles.toml").read_text(encoding="utf-8")
    more = f'\n["b.pmtiles"]\nname = "影像乙"\n{STATED}\n[c]\nname = "影像丙"\n{STATED}'
    (tiles / "tiles.toml").write_text(whole + more, encoding="utf-8")
    return folder


def asking(reader: Reader) -> list[str]:
    """Every tile the browser asks for from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/tiles/" in request.url:
            asked.append(request.url)

    reader.page.on("request", note)
    return asked


def look(frame: Frame, lon: float, lat: float, zoom: float) -> None:
    frame.evaluate(
        "([lat, lon, zoom]) => void map.setView([lat, lon], zoom, { animate: false })", [lat, lon, zoom]
    )


def drawn(frame: Frame) -> None:
    """Wait until every tile in sight is there and fully shown."""
    frame.wait_for_function(
        """() => {
          const tiles = Array.from(document.querySelectorAll(".leaflet-tile"));
          return tiles.length && tiles.every(
            (tile) => tile.classList.contains("leaflet-tile-loaded") && Number(tile.style.opacity) === 1);
        }""",
        timeout=20_000,
    )


def laid(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """A colour as it is seen through the ground of the map."""
    pairs = zip(colour, GROUND, strict=True)
    return tuple(round(OPACITY * above + (1 - OPACITY) * below) for above, below in pairs)


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(one, other, strict=True))


def seen(reader: Reader, frame: Frame, lon: float, lat: float) -> tuple[Image.Image, float, float]:
    """The map as it is seen without its layers, and the pixel on which a place should lie."""
    frame.add_style_tag(content=BARE)
    holder = reader.page.locator(FRAME)
    holder.scroll_into_view_if_needed()
    box = holder.bounding_box()
    assert box is not None
    at = frame.evaluate(
        "([lat, lon]) => { const p = map.project([lat, lon]).subtract(map.getPixelBounds().min); return [p.x, p.y]; }",
        [lat, lon],
    )
    image = Image.open(io.BytesIO(reader.page.screenshot())).convert("RGB")
    return image, box["x"] + 1 + at[0], box["y"] + 1 + at[1]  # the frame has a border of one pixel


def change(image: Image.Image, line: list[tuple[int, int]], first: tuple[int, int, int]) -> int:
    """How many pixels of a line show ``first`` before another colour does."""
    colours = [image.getpixel(place) for place in line]
    return next(i for i, each in enumerate(colours) if not near(each, laid(first)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["本县：影像 <b>甲</b>", "本县：影像乙", "本县：影像丙"])
def test_the_tiles_of_every_kind_lie_where_they_belong(
    reader: Callable[..., Reader], county: Path, name: str
) -> None:
    mine = reader(county)
    frame = mine.open()
    asked = asking(mine)
    choose(mine, name)
    expect(frame.locator(".county-tiles")).to_have_text("曲阳县测绘院", timeout=30_000)
    for zoom in (14, 13.5, 14.25, 17):
        look(frame, *MIDDLE, zoom)
        drawn(frame)
        image, x, y = seen(mine, frame, *MIDDLE)
        for (dx, dy), colour in COLOURS.items():
            place = (round(x) + (30 if dx else -30), round(y) + (30 if dy else -30))
            assert near(image.getpixel(place), laid(colour)), (zoom, dx, dy)  # type: ignore[arg-type]
        across = [(round(x) - 20 + i, round(y) - 30) for i in range(40)]
        down = [(round(x) - 30, round(y) - 20 + i) for i in range(40)]
        assert abs(change(image, across, COLOURS[0, 0]) - 20) <= 1, zoom
        assert abs(change(image, down, COLOURS[0, 0]) - 20) <= 1, zoom
    numbers = {tuple(map(int, url.split("/")[-3:])) for url in asked}
    assert numbers == set(TILES), "beyond the last zoom its tiles are drawn larger, and no other is asked for"
    asked.clear()
    look(frame, BOUNDS[2] + 0.5, MIDDLE[1], 14)
    expect(frame.locator(".leaflet-tile")).to_have_count(0)
    expect(frame.locator(".county-failure")).to_contain_text("此处没有底图")
    look(frame, *MIDDLE, 12)
    expect(frame.locator(".leaflet-tile")).to_have_count(0)
    expect(frame.locator(".county-failure")).to_contain_text("第 14 级")
    assert asked == []
    look(frame, *MIDDLE, 15)
    drawn(frame)
    expect(frame.locator(".county-failure")).to_have_text("")


def test_a_map_that_says_nothing_of_itself_is_not_laid_and_says_how_to_mend_it(
    reader: Callable[..., Reader], county: Path
) -> None:
    mine = reader(county)
    frame = mine.open()
    asked = asking(mine)
    choose(mine, "本县：silent.mbtiles")
    sidebar = mine.page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("没有写底图来源")
    expect(sidebar).to_contain_text("没有说明底图坐标")
    expect(sidebar).to_contain_text("tiles/silent.mbtiles")
    assert frame.locator(".leaflet-tile").count() == 0
    assert asked == []


def test_edges_of_the_ground_end_where_the_file_ends(reader: Callable[..., Reader], county: Path) -> None:
    mine = reader(county)
    frame = mine.open()
    choose(mine, "本县：影像乙")
    look(frame, BOUNDS[0], BOUNDS[3], 15)
    drawn(frame)
    image, x, y = seen(mine, frame, BOUNDS[0], BOUNDS[3])
    assert near(image.getpixel((round(x) + 3, round(y) + 3)), laid(COLOURS[0, 0]))  # type: ignore[arg-type]
    for place in ((-3, 3), (3, -3), (-3, -3)):
        assert near(image.getpixel((round(x) + place[0], round(y) + place[1])), GROUND)  # type: ignore[arg-type]
