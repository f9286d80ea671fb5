"""Draw the schematic street network of 曲阳县 into data/roads/streets.geojson.

    python scripts/draw_schematic.py

The bulletin names streets and which of them meet, and no length, angle or coordinate. This drawing keeps
every stated meeting and invents the rest: lengths are not measured, and no answer may rest on them. It is
drawn on a local grid in metres (x east, y north; 南环路 is y = 0, 太行路 is x = 0), and the middle of the
four ring streets is put on the county seat. Both streets of a crossing get a corner there, so that the
crossing stays exact when coordinates are rounded.
"""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path

import shapely
from pyproj import Transformer
from shapely.geometry import LineString, Point

W_M = 2900.0
"""太行路 to 东环路, assumed."""
H_M = 2800.0
"""南环路 to 北环路, assumed."""
SEAT_LON_LAT = (114.69805, 38.61937)
COUNTY_CRS = "EPSG:4547"
DECIMALS = 8
"""About a millimetre."""

DRAWN_W_M, DRAWN_H_M = 2900.0, 2800.0
"""The size at which the corners below were drawn; other sizes stretch them."""
PRIMARY, SECONDARY, TERTIARY = "primary", "secondary", "tertiary"
STREETS: dict[str, tuple[str, tuple[tuple[float, float], ...]]] = {
    "南环路": (PRIMARY, ((-400, 0), (3300, 0))),
    "北环路": (PRIMARY, ((-400, 2800), (3300, 2800))),
    "太行路": (PRIMARY, ((0, -200), (0, 3000))),
    "东环路": (PRIMARY, ((2900, -200), (2900, 3000))),
    "正阳街": (SECONDARY, ((700, 0), (700, 2800))),
    "复兴街": (SECONDARY, ((1300, 0), (1300, 2800))),
    "恒阳街": (SECONDARY, ((1800, 0), (1800, 2800))),
    "朝阳街": (SECONDARY, ((2350, 0), (2350, 2800))),
    "登岳街": (TERTIARY, ((1050, 0), (1050, 1000))),
    "西街": (TERTIARY, ((350, 1200), (350, 1900))),
    "恒山西路": (PRIMARY, ((-900, 1500), (500, 1500))),
    "恒山中路": (PRIMARY, ((500, 1500), (2050, 1500))),
    "恒山东路": (PRIMARY, ((2050, 1500), (3300, 1500))),
    "滨河南路": (TERTIARY, ((900, 1500), (500, 1230), (0, 900))),
    "曲新路": (TERTIARY, ((1150, 1500), (600, 930), (0, 300))),
}


def local_streets() -> dict[str, LineString]:
    """Whole streets on the local grid (metres), with a corner wherever another street meets them."""
    lines = {
        name: LineString([(x * W_M / DRAWN_W_M, y * H_M / DRAWN_H_M) for x, y in corners])
        for name, (_, corners) in STREETS.items()
    }
    meeting: dict[str, list[Point]] = {name: [] for name in lines}
    for one, other in combinations(lines, 2):
        for point in shapely.get_parts(lines[one].intersection(lines[other])):
            if point.is_empty:
                continue
            if not isinstance(point, Point):
                raise ValueError(f"{one} and {other} run on top of each other")
            meeting[one].append(point)
            meeting[other].append(point)
    return {name: _with_corners(line, meeting[name]) for name, line in lines.items()}


def _with_corners(line: LineString, points: list[Point]) -> LineString:
    along = {round(line.project(Point(xy)), 3): (float(xy[0]), float(xy[1])) for xy in line.coords}
    for point in points:
        along.setdefault(round(line.project(point), 3), (round(point.x, 6), round(point.y, 6)))
    return LineString([along[at] for at in sorted(along)])


def feature_collection() -> dict[str, object]:
    """The streets as GeoJSON in WGS84."""
    to_grid = Transformer.from_crs("EPSG:4326", COUNTY_CRS, always_xy=True)
    to_degrees = Transformer.from_crs(COUNTY_CRS, "EPSG:4326", always_xy=True)
    east, north = to_grid.transform(*SEAT_LON_LAT)
    features = []
    for name, line in local_streets().items():
        corners = [to_degrees.transform(east + x - W_M / 2, north + y - H_M / 2) for x, y in line.coords]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "name": name, "class": STREETS[name][0], "class_guessed": True, "schematic": True,
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in corners],
                },
            }
        )  # fmt: skip
    return {"type": "FeatureCollection", "name": "streets", "features": features}


def main() -> None:
    """Write data/roads/streets.geojson, whole or not at all."""
    target = Path(__file__).resolve().parent.parent / "data" / "roads" / "streets.geojson"
    target.parent.mkdir(parents=True, exist_ok=True)
    collection = feature_collection()
    features = collection.pop("features")
    head = json.dumps(collection, ensure_ascii=False)[:-1]
    rows = ",\n".join(json.dumps(each, ensure_ascii=False) for each in features)  # type: ignore[attr-defined]
    unfinished = target.with_name(target.name + ".tmp")
    unfinished.write_text(f'{head}, "features": [\n{rows}\n]}}\n', encoding="utf-8", newline="\n")
    os.replace(unfinished, target)


if __name__ == "__main__":
    main()
