"""Feeds bytes that a fuzzer makes up to the readers of text tables and of boundary points; a crash, a hang or an answer
that is neither rows nor reasons ends it.

    python tests/fuzz/fuzz_readers.py -max_total_time=60

Needs atheris (requirements-fuzz.txt), which has wheels for Linux; without it nothing is tried and that is said. Further
arguments are libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

try:
    import atheris
except ImportError:
    print("fuzzing left out: atheris is not installed")
    sys.exit(0)

with atheris.instrument_imports(include=["geo"]):
    from geo.tables import FileRows, read_rows
    from geo.words import LANGUAGES

ENDINGS = (".csv", ".txt", ".tsv")
SEEDS = (
    "编号,名称,经度,纬度\n1,消防站,114°41′52″E,38.6\n合计,1,,\n".encode(),
    "题目,,\n编号;X;Y\n1;4275000,5;38500000\n".encode("gbk"),
    b'id,wkt\n1,"POLYGON((0 0,1 0,1 1,0 0))"\n',
    "id\tX\tY\n1\t4,275,000\t500000\n".encode("utf-16"),
    "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n4,0.01,1,地块,面,,,,@\n"
    "J1,1,4275000.1,38500000.2\nJ2,1,4275010,38500000\nJ3,1,4275010,38500010\nJ1,1,4275000.1,38500000.2\n".encode(),
)
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))


def read_made_up(data: bytes) -> None:
    """The first byte chooses the ending, the others are the file."""
    if not data:
        return
    path = FOLDER / f"file{ENDINGS[data[0] % len(ENDINGS)]}"
    path.write_bytes(data[1:])
    rows = read_rows(path, source_crs="EPSG:4547" if data[0] > 127 else None)
    assert isinstance(rows, FileRows)
    assert len(rows.table) or any(not each.warning for each in rows.problems)
    assert rows.geometry is None or len(rows.geometry) == len(rows.table)
    for each in rows.problems:
        assert all(each.text(language) for language in LANGUAGES)


def main() -> None:
    """Run libFuzzer over :func:`read_made_up`, beginning with :data:`SEEDS`."""
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        for ending in range(len(ENDINGS)):
            (corpus / f"{number}-{ending}").write_bytes(bytes([ending]) + seed)
    limits = ["-max_len=20000", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], str(corpus)], read_made_up)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
