"""Files made to be large in memory are read, or refused, in a process that has little of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from geo.read_limits import MAX_BYTES, MAX_SHORT_RINGS
from geo.tables import read_rows

ROOT = Path(__file__).resolve().parent.parent
MEMORY_BYTES = 2_500_000_000
"""Addresses, of which the libraries take 1 GB without reading anything; what is in memory stays below 1.5 GB."""
PEAK_MB = 1_500
READ = """
import json, resource, sys
from pathlib import Path
from geo.tables import read_rows
memory = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
rows = read_rows(Path(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
codes = sorted({each.code for each in rows.problems if not each.warning})
print(json.dumps([len(rows.table), codes, peak // 1024]))
"""

LARGE = {
    "strings.json": (b"[", b'"ab",', b'"ab"]', ["too_many_cells"]),
    "line.geojson": (
        b'{"type": "LineString", "coordinates": [', b"[1.5,2.5],", b"[1,1]]}", ["too_many_cells"],
    ),
    "blank.csv": (b"a,b\n", b"\n", b"1,2\n", ["too_many_rows"]),
    "cells.csv": (b"a,b,c,d,e,f\n", b"1,2,3,4,5,6\n", b"", ["too_many_cells"]),
    "elements.kml": (b"<kml><Document>", b"<a/>", b"</Document></kml>", ["too_many_cells"]),
    "points.txt": (
        "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n4,0.01,1,地块,面,,,,@\n".encode(),
        b"J1,1,4275000.123456,38500000.234567\n", b"", ["too_many_vertices"],
    ),
    "tag.kml": (b"<kml ", b'a="x>" ', b"/>", ["xml_long"]),
}  # fmt: skip


def filled(head: bytes, unit: bytes, tail: bytes) -> bytes:
    """As large as a file may be."""
    return head + unit * ((MAX_BYTES - len(head) - len(tail)) // len(unit)) + tail


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited as Linux does")
@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_read_or_refused_within_little_memory(name: str, tmp_path: Path) -> None:
    head, unit, tail, codes = LARGE[name]
    path = tmp_path / name
    path.write_bytes(filled(head, unit, tail))
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(MEMORY_BYTES)], cwd=ROOT, capture_output=True, text=True,
        timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    rows, said, peak_mb = json.loads(done.stdout)
    assert said == codes
    assert bool(rows) is (not codes), "read whole or refused"
    assert peak_mb < PEAK_MB


def test_a_parcel_of_short_rings_without_end_is_no_survey(tmp_path: Path) -> None:
    path = tmp_path / "points.txt"
    head = "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n4,0.01,1,地块,面,,,,@\n"
    path.write_text(head + "J1,1,4275000.1,38500000.2\n" * 4 * MAX_SHORT_RINGS, encoding="utf-8")
    rows = read_rows(path)
    assert ([each.code for each in rows.problems], len(rows.table)) == (["txt_rings_short"], 0)
