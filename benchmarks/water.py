"""Water beside the plain way: ``python benchmarks/water.py [--network small|large] [--hydrants N] [--rounds N]``.

Hydrants stand along real streets by seed. Everything is run once to warm up and then in turns; medians are printed
beside how far an answer is from ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import water_ours as ours  # noqa: E402
from benchmarks.networks import CASES, Case, data_folder, network_of  # noqa: E402
from benchmarks.peers.plain_water import PlainWater, cover, overlay_m2  # noqa: E402
from benchmarks.stopwatch import Way, in_turns, print_table  # noqa: E402
from benchmarks.water_work import QUAD_SEGS, RADIUS_M, WaterWork  # noqa: E402
from geo.network import Network  # noqa: E402
from tests.counties import paper_county  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.county import County


SOME = 40
"""Where a peer takes minutes for all parcels, both are asked for one in so many."""


def timed(name: str, work: Callable[[], float], note: str = "") -> Way:
    """A way that is timed from outside and returns the size of its answer."""
    return Way(name, lambda: (None, work()), note)


def tables(work: WaterWork, rounds: int) -> None:
    """Every question on one county, ours first."""
    plain = PlainWater(work)
    protected = ours.cover(work.points)
    gaps = ours.gaps_of(work.study_area, protected, work.county.crs)
    ground = gpd.GeoDataFrame({"area_m2": [protected.area]}, geometry=[protected], crs=work.county.crs)
    few = replace(work.county, parcels=work.county.parcels[::SOME].reset_index(drop=True))
    joined = cover(plain.hydrants.geometry)
    print(
        f"protected ground: ours {protected.area / 1e6:.3f} km2, {protected.area / joined.area - 1:+.1e} of the plain "
        f"union, the two differ by {protected.symmetric_difference(joined).area:.3g} m2; {len(gaps):,} gaps"
    )
    for title, unit, size, ways in (
        (f"Protected ground and gaps (radius {RADIUS_M:.0f} m, quad_segs {QUAD_SEGS})", "gap km2", 1e6, [
            timed("ours", lambda: ours.gap_m2(work)),
            timed("geopandas: buffer, union_all, difference", plain.gap_m2),
        ]),
        ("Hose to every street", "km", 1e3, [
            timed("ours", lambda: ours.hose_m(work)),
            timed("sjoin_nearest and one networkx search", plain.hose_m, "graph ready; no source told"),
        ]),
        ("Hose to every street: the table of stretches", "km", 1e3, [
            timed("ours", lambda: ours.hose_table_m(work, protected)),
        ]),
        ("Spacing along every named street", "missing", 1.0, [
            timed("ours", lambda: ours.hydrants_missing(work)),
            timed("sjoin dwithin, project, groupby", plain.hydrants_missing),
            timed("sjoin_nearest, project, groupby", plain.hydrants_missing_nearest, "one street each"),
        ]),
        ("Spacing along every named street: tables and proposal", "missing", 1.0, [
            timed("ours", lambda: ours.spacing_tables(work)),
        ]),
        ("Nearest hydrant of every parcel", "km", 1e3, [
            timed("ours", lambda: ours.nearest_m(work)),
            timed("sjoin_nearest", plain.nearest_m),
        ]),
        (f"Unprotected ground of every parcel by area ({len(work.parcels):,} buildings and grounds)", "ha", 1e4, [
            timed("ours", lambda: ours.parcels_inside_m2(work.county, gaps)),
            timed("gpd.overlay with the gaps", lambda: overlay_m2(plain.parcels, gaps)),
        ]),
        ("Protected ground of every parcel by area", "ha", 1e4, [
            timed("ours", lambda: ours.parcels_inside_m2(work.county, ground)),
        ]),
        (f"Protected ground of every {SOME}th parcel", "ha", 1e4, [
            timed("ours", lambda: ours.parcels_inside_m2(few, ground)),
            timed("gpd.overlay with the protected ground", lambda: overlay_m2(plain.parcels[::SOME], ground)),
        ]),
    ):  # fmt: skip
        print_table(title, in_turns(ways, rounds), unit, size)


def cambridge() -> tuple[County, gpd.GeoDataFrame]:
    """The real parcels of Cambridge as a county, and the ground its real hydrants protect."""
    folder = data_folder() / "cambridge"
    crs = "EPSG:32619"
    hydrants = gpd.read_file(folder / "INFRA_Hydrants.geojson").to_crs(crs)
    plots = gpd.read_file(next(folder.glob("*.topojson"))).set_crs(4326, allow_override=True).to_crs(crs)
    shapes = shapely.make_valid(np.asarray(plots.geometry.to_numpy(), dtype=object))
    in_use = hydrants[(hydrants["LIFECYCLESTATUS"] == "ACT") & hydrants.geometry.notna()]
    protected = ours.cover(np.asarray(in_use.geometry.to_numpy(), dtype=object))
    rows = [
        {"parcel_no": f"{i:05d}", "geometry": shape}
        for i, shape in enumerate(shapes)
        if shapely.area(shape) > 0
    ]
    ground = gpd.GeoDataFrame({"area_m2": [protected.area]}, geometry=[protected], crs=crs)
    return paper_county(parcels=rows, crs=crs), ground


def real_parcels(rounds: int) -> None:
    """The same share on real parcels that fill their town."""
    county, ground = cambridge()
    plots = gpd.GeoDataFrame(geometry=county.parcels.geometry.to_numpy(), crs=county.crs)
    ways = [
        timed("ours", lambda: ours.parcels_inside_m2(county, ground)),
        timed("gpd.overlay with the protected ground", lambda: overlay_m2(plots, ground)),
    ]
    title = f"Protected ground of every parcel, Cambridge ({len(plots):,} real parcels)"
    print_table(title, in_turns(ways, rounds), "ha", 1e4)


def memory(kept: Path, case: Case, hydrants: int) -> None:
    """Peak of a fresh process that answers everything."""
    command = [sys.executable, "-m", "benchmarks.water_memory", str(kept), case.name, str(hydrants)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    print(
        "\nPeak memory of a fresh process, MB: " + ", ".join(f"{name} {mb:.0f}" for name, mb in told.items())
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=[case.name for case in CASES[:2]], default="large")
    parser.add_argument("--hydrants", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if not data_folder().is_dir():
        parser.exit(2, f"no real data at {data_folder()}; name their folder in TEST_DATA\n")
    case = next(case for case in CASES if case.name == asked.network)
    with tempfile.TemporaryDirectory() as name:
        kept = Path(name) / f"{case.name}.npz"
        network_of(case).save(kept)
        memory(kept, case, asked.hydrants)
        work = WaterWork.of(case, Network.load(kept), asked.hydrants)
        network, streets = work.network, work.streets
        print(
            f"== {case.words}: {network.n_streets:,} streets, {network.length_m.sum() / 1e3:,.0f} km, "
            f"{len(streets.street):,} lines of named streets, {asked.hydrants:,} hydrants, "
            f"{len(work.parcels):,} parcels, study area {work.study_area.area / 1e6:.0f} km2 "
            f"with {shapely.get_num_coordinates(work.study_area):,} corners"
        )
        tables(work, asked.rounds)
    real_parcels(asked.rounds)


if __name__ == "__main__":
    main()
