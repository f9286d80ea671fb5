"""pgRouting in a PostgreSQL that PEERS_DSN names, asked in its own process."""
# mypy: disable-error-code="import-not-found"
# What it asks lives in another interpreter.

import os
import sys
import time
from typing import Any

from benchmarks.peers.asked import serve, tell

try:
    import numpy as np
    import psycopg
except ImportError as missing:
    tell({"error": str(missing)})
    sys.exit(1)
if "PEERS_DSN" not in os.environ:
    tell({"error": "PEERS_DSN names no database"})
    sys.exit(1)
try:
    BASE = psycopg.connect(os.environ["PEERS_DSN"], autocommit=True)
    VERSION = BASE.execute("SELECT pgr_version()").fetchone()
except psycopg.Error as error:
    tell({"error": str(error).strip()})
    sys.exit(1)

REACH = """
CREATE TEMP TABLE reached ON COMMIT DROP AS
SELECT node, min(agg_cost) AS seconds FROM pgr_drivingDistance(
    'SELECT id, source, target, cost, reverse_cost FROM bench_streets', %(nodes)s::bigint[], %(limit)s, true)
GROUP BY node
"""
SHARE = """
FROM (SELECT s.*,
        CASE WHEN cost > 0 THEN coalesce(%(limit)s - a.seconds, 0) / cost ELSE 0 END AS from_a,
        CASE WHEN reverse_cost > 0 THEN coalesce(%(limit)s - b.seconds, 0) / reverse_cost ELSE 0 END AS from_b
    FROM bench_streets s LEFT JOIN reached a ON a.node = source LEFT JOIN reached b ON b.node = target
    WHERE a.node IS NOT NULL OR b.node IS NOT NULL) AS t
"""
LENGTH = "SELECT sum(length * least(1, from_a + from_b)) " + SHARE
AREA = (
    """
SELECT ST_Area(ST_Union(ST_Buffer(CASE
    WHEN from_a + from_b >= 1 THEN geom
    WHEN from_b <= 0 THEN ST_LineSubstring(geom, 0, from_a)
    WHEN from_a <= 0 THEN ST_LineSubstring(geom, 1 - from_b, 1)
    ELSE ST_Collect(ST_LineSubstring(geom, 0, from_a), ST_LineSubstring(geom, 1 - from_b, 1)) END,
    %(buffer)s, 'quad_segs=' || %(segments)s))) """
    + SHARE
    + " WHERE from_a + from_b > 0"
)


def build(arrays: str) -> dict[str, Any]:
    """Load the streets into a table."""
    begin = time.perf_counter()
    BASE.execute("DROP TABLE IF EXISTS bench_streets")
    BASE.execute(
        "CREATE UNLOGGED TABLE bench_streets (id bigint PRIMARY KEY, source bigint, target bigint, cost float8,"
        " reverse_cost float8, length float8, geom geometry(LineString))"
    )
    with np.load(arrays) as file:
        columns = [
            file[name].tolist() for name in ("source", "target", "ahead_s", "back_s", "length_m", "wkb")
        ]
    with BASE.cursor().copy("COPY bench_streets FROM STDIN") as copy:
        for number, row in enumerate(zip(*columns, strict=True)):
            copy.write_row((number, *row))
    BASE.execute("CREATE INDEX ON bench_streets (source)")
    BASE.execute("CREATE INDEX ON bench_streets (target)")
    BASE.execute("ANALYZE bench_streets")
    return {"ms": (time.perf_counter() - begin) * 1e3}


def _asked(question: str, nodes: list[int], limit: float, **more: float) -> dict[str, Any]:
    values = {"nodes": nodes, "limit": limit, **more}
    begin = time.perf_counter()
    with BASE.transaction():
        BASE.execute(REACH, values)
        row = BASE.execute(question, values).fetchone()
    took = time.perf_counter() - begin
    return {"ms": took * 1e3, "answer": float(row[0]) if row else float("nan")}


def length(nodes: list[int], limit: float) -> dict[str, Any]:
    """Reached metres, streets cut where the time runs out."""
    return _asked(LENGTH, nodes, limit)


def area(nodes: list[int], limit: float, buffer: float, segments: int) -> dict[str, Any]:
    """Square metres of the reached pieces buffered and joined."""
    return _asked(AREA, nodes, limit, buffer=buffer, segments=segments)


serve(f"pgRouting {VERSION[0] if VERSION else ''}", {"build": build, "length": length, "area": area})
