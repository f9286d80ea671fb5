"""Valhalla (pyvalhalla), asked in its own process: isochrones and expansion from stations."""
# mypy: disable-error-code="import-not-found"
# What it asks lives in another interpreter.

import itertools
import json
import math
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peers.asked import serve, tell

try:
    import shapely
    import valhalla
except ImportError as missing:
    tell({"error": str(missing)})
    sys.exit(1)

METRES_PER_DEGREE = 111_195.0
STATE: dict[str, Any] = {}


def build(osm: str, folder: str) -> dict[str, Any]:
    """Build tiles from an OpenStreetMap file."""
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    config = valhalla.get_config(tile_extract="", tile_dir=folder, verbose=False)
    config["mjolnir"]["concurrency"] = 2
    config["service_limits"]["isochrone"]["max_contours"] = 8
    path = Path(folder) / "valhalla.json"
    path.write_text(json.dumps(config))
    begin = time.perf_counter()
    tool = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run(
        [str(tool), "-c", str(path), osm], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    took = time.perf_counter() - begin
    STATE["actor"] = valhalla.Actor(config)
    return {"ms": took * 1e3}


def _question(lon: float, lat: float, minutes: float) -> dict[str, Any]:
    return {
        "locations": [{"lat": lat, "lon": lon}],
        "costing": "auto",
        "contours": [{"time": minutes}],
        "polygons": True,
        "show_locations": False,
        "costing_options": {
            "auto": {"maneuver_penalty": 0, "service_penalty": 0, "private_access_penalty": 0}
        },
    }


def area(places: list[list[float]], minutes: float) -> dict[str, Any]:
    """An isochrone per station, joined. Square metres by the mean latitude."""
    begin = time.perf_counter()
    polygons = [
        shapely.geometry.shape(feature["geometry"])
        for lon, lat in places
        for feature in STATE["actor"].isochrone(_question(lon, lat, minutes))["features"]
    ]
    joined = shapely.union_all([shapely.make_valid(each) for each in polygons])
    took = time.perf_counter() - begin
    scale = METRES_PER_DEGREE**2 * math.cos(math.radians(sum(lat for _, lat in places) / len(places)))
    return {"ms": took * 1e3, "answer": joined.area * scale}


def edges(places: list[list[float]], minutes: float) -> dict[str, Any]:
    """Streets reached by expansion per station, whole edges, each stretch of ground counted once."""
    begin = time.perf_counter()
    lines: set[tuple[tuple[float, float], ...]] = set()
    for lon, lat in places:
        question = _question(lon, lat, minutes) | {"action": "isochrone", "skip_opposites": True}
        for feature in STATE["actor"].expansion(question)["features"]:
            geometry = feature["geometry"]
            single = geometry["type"] == "LineString"
            for part in [geometry["coordinates"]] if single else geometry["coordinates"]:
                line = tuple((x, y) for x, y in part)
                lines.add(min(line, line[::-1]))
    took = time.perf_counter() - begin
    total = 0.0
    for line in lines:
        for (x, y), (x2, y2) in itertools.pairwise(line):
            total += METRES_PER_DEGREE * math.hypot((x2 - x) * math.cos(math.radians(y)), y2 - y)
    return {"ms": took * 1e3, "answer": total}


serve(
    f"Valhalla, pyvalhalla {getattr(valhalla, '__version__', '')}",
    {"build": build, "area": area, "edges": edges},
)
