"""A table of a PostGIS database as rows of a layer: one named table is read, and nothing else is touched."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import crs_name, flat_shapes, looks_projected, shapes_of, shifts_declared
from geo.problems import InputError, problem
from geo.result_layer import plain_columns
from geo.tables import MAX_ROWS, FileRows, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, Connection

    from geo.crs import Shapes
    from geo.problems import Problem

CONNECT_S, LOCK_S, READ_S = 10, 30, 60
"""How long a database may take to answer, others may hold a table, and one table may take to be read."""
PLACES = ("geometry", "geography")
LEFT_OUT = ("bytea", "raster")
"""Types of columns that no layer has a use for."""
_TABLES = ("r", "p", "v", "m", "f")
"""Tables, partitioned ones, views, materialised views and foreign tables, as PostgreSQL marks them."""


def _url(address: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise InputError([problem("postgis_address")]) from None  # the reason would repeat the password
    if url.drivername not in {"postgresql", "postgres"}:
        raise InputError([problem("postgis_address")])
    return url.set(drivername="postgresql+psycopg")


def _without_password(text: str, url: URL) -> str:
    """What a database says, in one line and without the password, however it is spelt."""
    secret = str(url.password or "")
    for each in (secret, quote(secret, safe="")) if secret else ():
        text = text.replace(each, "***")
    return " ".join(text.split())[:300]


@contextmanager
def connected(address: str, *, read_only: bool, timeout_s: float) -> Iterator[Connection]:
    """One transaction: kept where the block ends, taken back where it raises. Every statement may take ``timeout_s``.

    What the database refuses is raised as :class:`InputError`, which never holds the password; where none is in the
    address, libpq's own ways hold (``PGPASSWORD``, ``~/.pgpass``, ``PGSERVICE``).
    """
    import psycopg
    from sqlalchemy import NullPool, create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    url = _url(address)
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": CONNECT_S}
    )
    try:
        with engine.begin() as connection:
            if read_only:
                connection.execute(text("SET TRANSACTION READ ONLY"))
            for name, limit_s in (("statement_timeout", timeout_s), ("lock_timeout", min(timeout_s, LOCK_S))):
                given = {"name": name, "value": str(round(limit_s * 1000))}
                connection.execute(text("SELECT set_config(:name, :value, true)"), given)
            yield connection
    except (SQLAlchemyError, psycopg.Error) as error:
        said = _without_password(str(getattr(error, "orig", None) or error), url)
        raise InputError([problem("postgis_refused", detail=said)]) from None
    finally:
        engine.dispose()


def quoted(name: str) -> str:
    """A name as SQL has it, whatever letters it holds."""
    return '"' + name.replace('"', '""') + '"'


def read_table(
    address: str,
    table: str,
    *,
    source_crs: str | None = None,
    limit: int = MAX_ROWS,
    timeout_s: float = READ_S,
) -> FileRows:
    """The rows of one table or view; what is wrong with it stands in ``problems``, then the table may be empty.

    ``address``: ``postgresql://…``. ``table``: its name, or schema and name with a dot between; it is only ever taken
    as a name. Read in a transaction that cannot write, at most ``limit`` rows, in the order of the primary key.
    ``source_crs``: the CRS where the table leaves it open (SRID 0). Numbers, dates and JSON become what files have;
    columns of bytes are left out.
    Raises :class:`InputError` where the database cannot be reached or refuses.
    """
    with connected(address, read_only=True, timeout_s=timeout_s) as connection:
        where = _found(connection, table)
        if where is None:
            return FileRows(table_of({}, 0), problems=(problem("postgis_no_table", file=table, value=table),))
        types = _columns(connection, *where)
        names = [name for name, kind in types.items() if kind not in LEFT_OUT]
        rows = _rows(connection, *where, names, limit + 1)
        found = [
            problem("postgis_left_out", file=table, field=name, warning=True, value=kind)
            for name, kind in types.items()
            if kind in LEFT_OUT
        ]
        placed = [name for name, kind in types.items() if kind in PLACES]
        found += [
            problem("postgis_places", file=table, field=each, warning=True, value=placed[0])
            for each in placed[1:]
        ]
        if len(rows) > limit:
            return FileRows(table_of({}, 0), problems=(problem("too_many_rows", file=table, limit=limit),))
        if not rows:
            found.append(problem("no_rows", file=table))
        columns: dict[str, Sequence[Any]] = dict.fromkeys(names, ())
        columns |= zip(names, zip(*rows, strict=True), strict=True) if rows else ()
        shapes = crs = None
        if placed:
            shapes = _shapes(columns[placed[0]], table, found)
            crs = _crs(connection, shapes, table, source_crs, found)
    plain = {name: [_value(each) for each in columns[name]] for name in names if name not in placed}
    flat = None if shapes is None else flat_shapes(shapes.tolist())
    return FileRows(table_of(plain, len(rows)), flat, crs, tuple(found))


def _found(connection: Connection, table: str) -> tuple[str, str] | None:
    """Schema and name of a table: the whole as a name in the search path, else what stands before the first dot as
    the schema."""
    from sqlalchemy import text

    asked = text(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.oid = to_regclass(:name) AND c.relkind = ANY(:kinds)"
    )
    schema, _, name = table.partition(".")
    for spelt in (quoted(table), *([f"{quoted(schema)}.{quoted(name)}"] if name else [])):
        row = connection.execute(asked, {"name": spelt, "kinds": list(_TABLES)}).first()
        if row is not None:
            return str(row[0]), str(row[1])
    return None


def _columns(connection: Connection, schema: str, name: str) -> dict[str, str]:
    """Columns in their order, each with the name of its type."""
    from sqlalchemy import text

    asked = text(
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = to_regclass(:name) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    )
    rows = connection.execute(asked, {"name": f"{quoted(schema)}.{quoted(name)}"})
    return {str(column): str(kind) for column, kind in rows}


def _rows(
    connection: Connection, schema: str, name: str, names: Sequence[str], limit: int
) -> list[tuple[Any, ...]]:
    from sqlalchemy import column, select
    from sqlalchemy import table as named_table
    from sqlalchemy.sql import quoted_name

    columns: list[Any] = [column(quoted_name(each, quote=True)) for each in names]
    asked = named_table(quoted_name(name, quote=True), *columns, schema=quoted_name(schema, quote=True))
    keys: list[Any] = [column(quoted_name(each, quote=True)) for each in _key(connection, schema, name)]
    return [tuple(row) for row in connection.execute(select(*asked.columns).order_by(*keys).limit(limit))]


def _key(connection: Connection, schema: str, name: str) -> list[str]:
    """Columns of a table's primary key; a database gives rows in an order of its own."""
    from sqlalchemy import text

    asked = text(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = to_regclass(:name) AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)"
    )
    rows = connection.execute(asked, {"name": f"{quoted(schema)}.{quoted(name)}"})
    return [str(row[0]) for row in rows]


def _shapes(values: Sequence[Any], table: str, found: list[Problem]) -> Shapes:
    """Geometries of their hexadecimal spelling; one that cannot be read is said with its row."""
    shapes = shapes_of([None] * len(values))
    for row, value in enumerate(values, 1):
        try:
            shapes[row - 1] = None if value is None else shapely.from_wkb(value)
        except shapely.errors.ShapelyError as error:
            detail = str(error)[:200]
            found.append(problem("geometry_unreadable", file=table, row=row, field="geometry", detail=detail))
    return shapes


def _crs(
    connection: Connection, shapes: Shapes, table: str, given: str | None, found: list[Problem]
) -> str | None:
    """The CRS of the table's SRID, else the one given."""
    there = shapes[~shapely.is_missing(shapes)]
    srids = sorted({int(each) for each in shapely.get_srid(there)} - {0})
    if len(srids) > 1:
        found.append(problem("postgis_systems", file=table, value=", ".join(map(str, srids))))
        return None
    own = _system(connection, srids[0]) if srids else None
    if srids and own is None:
        found.append(problem("crs_unknown", file=table, value=f"SRID {srids[0]}"))
    wanted = None if given is None else crs_name(given)
    if given is not None and wanted is None:
        found.append(problem("crs_unknown", file=table, value=given))
    elif own is not None and wanted is not None and shifts_declared(own, wanted):
        found.append(problem("crs_shifted", file=table, warning=True, value=own[:60], given=wanted))
        return wanted
    elif wanted is not None and own not in {None, wanted}:
        found.append(problem("crs_conflict", file=table, value=str(own)[:60], given=given))
    elif own is None and wanted is None and not srids and looks_projected(flat_shapes(there.tolist())):
        found.append(problem("no_crs", file=table))
    return own or wanted


def _system(connection: Connection, srid: int) -> str | None:
    """The CRS that the database means by an SRID."""
    from sqlalchemy import text

    asked = text("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = :srid")
    row = connection.execute(asked, {"srid": srid}).first()
    if row is None:
        return None
    return crs_name(f"{row[0]}:{row[1]}") or crs_name(row[2])


def _value(value: Any) -> Any:
    """A value as files have it."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if value is None or isinstance(value, bool | int) else str(value)


@contextmanager
def as_file(given: Path | str, table: str | None, found: list[Problem]) -> Iterator[Path]:
    """A path for those that read files: a path as it is; of a database's address one table as a GeoPackage that is
    gone afterwards, its name ``postgis.`` and the table's, so that it says where the rows come from and nothing of
    the database. Warnings go into ``found``; errors are raised as :class:`InputError`."""
    if isinstance(given, Path):
        yield given
        return
    if not table:
        raise InputError([problem("postgis_which_table")])
    rows = read_table(given, table)
    if any(not each.warning and each.code != "no_crs" for each in rows.problems):
        raise InputError(rows.problems)
    found += [
        each for each in rows.problems if each.warning
    ]  # an open CRS is asked for when the file is read
    with tempfile.TemporaryDirectory(prefix="postgis-") as folder:
        name = re.sub(r"[^\w.-]", "_", table)[:100]
        path = Path(folder) / f"postgis.{name}.gpkg"
        _write(path, rows)
        yield path


def _write(path: Path, rows: FileRows) -> None:
    import pyogrio

    table: Any = plain_columns(rows.table, taken=["_row_", "_place_"])
    kind: dict[str, Any] = {}
    if rows.geometry is not None:
        table, kind = (
            gpd.GeoDataFrame(table, geometry=rows.geometry, crs=rows.crs),
            {"geometry_type": "Unknown"},
        )
    names = {"FID": "_row_"} | ({"GEOMETRY_NAME": "_place_"} if kind else {})
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="'crs' was not provided"
        )  # the table leaves it open, and so do we
        pyogrio.write_dataframe(table, path, layer="rows", driver="GPKG", layer_options=names, **kind)
