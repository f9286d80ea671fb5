"""Results as tables of a PostGIS database: all of them together or none, and nobody else's table touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import shapely

from geo.about_words import about_json, about_rows
from geo.field_words import field_title
from geo.postgis import connected, quoted
from geo.postgis_styles import write_styles
from geo.problems import InputError, problem
from geo.qgis_style import qml
from geo.result_layer import distinct_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import Cursor
    from sqlalchemy import Connection

    from geo.result_layer import Handover, ResultLayer

SCHEMA = "fire_cover"
MARK = "county-fire-cover"
"""Begins the second line of the comment of every table that we wrote; only such a table is ever replaced."""
ABOUT = "about"
KEY, GEOMETRY = "fid", "geom"
NAME_BYTES = 63
MINE = "pg_temp"
"""Where tables stand until they are whole: nobody but the writer sees them, and they are gone afterwards."""
WRITE_S = 600
"""How long one statement may take."""


def write_results(
    address: str,
    layers: Sequence[ResultLayer],
    handover: Handover,
    *,
    schema: str = SCHEMA,
    timeout_s: float = WRITE_S,
) -> dict[str, int]:
    """Write every layer as a table of ``schema`` (made where there is none), and ``about``; returns rows by table.

    In one transaction: who reads meanwhile sees the tables as they were, and where anything fails they stay so. A
    table whose columns are still the same keeps its rights and what rests on it; another is made anew. Tables have a
    key ``fid``, places in ``geom`` with a spatial index, titles and what they rest on as comments. Raises
    :class:`InputError` where the database refuses, where a table of that name is not ours, or something rests on one
    whose columns have changed.
    """
    srid = _checked(schema, handover)
    tables = {layer.name: _table(layer, handover, srid) for layer in layers}
    tables[ABOUT] = pd.DataFrame(about_rows(handover), columns=["item", "value"], dtype=object)
    types = {layer.name: layer.geometry_type for layer in layers}
    with connected(address, read_only=False, timeout_s=timeout_s) as connection:
        _prepare(connection, schema, list(tables))
        for name, table in tables.items():
            _load(connection, name, table, types.get(name), srid)
        cursor = _cursor(connection)
        for name, table in tables.items():
            _publish(cursor, schema, name, placed=types.get(name) is not None)
            _hold_against(cursor, schema, name, len(table))
        titles = {layer.name: (layer.title, _titles(layer, handover)) for layer in layers}
        for name in tables:
            _comment(cursor, schema, name, *titles.get(name, (name, {})), handover)
        styles = {
            layer.name: (layer.title, qml(layer, handover.language, _columns(layer)))
            for layer in layers
            if layer.shape and layer.drawing is not None
        }
        write_styles(cursor, schema, GEOMETRY, styles)
    return {name: len(table) for name, table in tables.items()}


def _checked(schema: str, handover: Handover) -> int:
    """The SRID to write in."""
    reserved = schema.startswith("pg_") or schema == "information_schema"
    if not schema or reserved or len(schema.encode()) > NAME_BYTES or "\x00" in schema:
        raise InputError([problem("postgis_schema", value=schema[:80], limit=NAME_BYTES)])
    authority, _, code = handover.crs.partition(":")
    if authority != "EPSG" or not code.isdigit():
        raise InputError([problem("postgis_no_code", value=handover.crs[:60])])
    return int(code)


def _columns(layer: ResultLayer) -> dict[str, str]:
    """The columns of a layer in the table, each with its name in the layer."""
    given = [str(name) for name in layer.drawn]
    return dict(zip(distinct_names(given, taken=[KEY, GEOMETRY], length=NAME_BYTES), given, strict=True))


def _titles(layer: ResultLayer, handover: Handover) -> dict[str, str]:
    titles = {
        column: field_title(handover.language, layer.name, name) or (name if name != column else "")
        for column, name in _columns(layer).items()
    }
    return {column: title for column, title in titles.items() if title}


def _table(layer: ResultLayer, handover: Handover, srid: int) -> pd.DataFrame:
    """What goes into the database: plain columns, and places as hexadecimal EWKB."""
    table = layer.drawn.set_axis(list(_columns(layer)), axis="columns")
    if not layer.shape:
        return table
    places = shapely.to_wkb(shapely.set_srid(layer.shapes(handover.crs), srid), hex=True, include_srid=True)
    return table.assign(**{GEOMETRY: pd.Series(places, table.index, dtype=object)})


def _cursor(connection: Connection) -> Cursor[Any]:
    return cast("Cursor[Any]", connection.connection.cursor())


def _prepare(connection: Connection, schema: str, names: Sequence[str]) -> None:
    """Lock the schema against other writers, refuse what is not ours, make the schema where there is none."""
    from psycopg import sql
    from sqlalchemy import text

    extension = "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    postgis = connection.execute(text(f"{extension} WHERE extname = 'postgis'")).scalar()
    if postgis is None:
        raise InputError([problem("postgis_missing")])
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"{MARK} {schema}"})
    asked = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = :schema AND c.relname = ANY(:names) "
        "AND (c.relkind <> 'r' OR coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE :mark)"
    )
    given = {"schema": schema, "names": list(names), "mark": f"%\n{MARK} %"}
    others = sorted(str(row[0]) for row in connection.execute(asked, given))
    if others:
        raise InputError([problem("postgis_not_ours", value=f"{schema}.{name}") for name in others])
    cursor = _cursor(connection)
    cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(postgis)))
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
    if cursor.fetchone() is None:  # asked first, as a reader of one schema need not be allowed to make others
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _load(connection: Connection, name: str, table: pd.DataFrame, kind: str | None, srid: int) -> None:
    """Bring a table into the database, where nobody else sees it."""
    from geoalchemy2 import Geometry
    from sqlalchemy import BigInteger, Boolean, Double, Text

    types = {"object": Text(), "float64": Double(), "Int64": BigInteger(), "boolean": Boolean()}
    kinds: dict[str, Any] = {str(column): types[str(table[column].dtype)] for column in table}
    if kind is not None:
        kinds[GEOMETRY] = Geometry(kind.upper(), srid=srid, spatial_index=False)
    numbered = table.reset_index(drop=True)
    numbered.insert(0, KEY, pd.RangeIndex(1, len(table) + 1))
    numbered.to_sql(
        name, connection, schema=MINE, index=False, dtype=kinds | {KEY: BigInteger()}, method=_copy
    )


def _copy(table: Any, connection: Any, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows by COPY, every value spelt by psycopg."""
    from psycopg import sql

    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.schema, table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _publish(cursor: Cursor[Any], schema: str, name: str, *, placed: bool) -> None:
    """Put the new rows in the place of the old ones. What rests on a table whose columns have changed is not dropped
    with it: then the database refuses, and all stays as it was."""
    from psycopg import sql

    ours, theirs = sql.Identifier(MINE, name), sql.Identifier(schema, name)
    before = _shape_of(cursor, schema, name)
    if before and before != _shape_of(cursor, MINE, name):
        cursor.execute(sql.SQL("DROP TABLE {}").format(theirs))
        before = []
    if before:
        cursor.execute(sql.SQL("DELETE FROM {}").format(theirs))
    else:
        cursor.execute(sql.SQL("CREATE TABLE {} (LIKE {})").format(theirs, ours))
        cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(theirs, sql.Identifier(KEY)))
        if placed:
            index = sql.SQL("CREATE INDEX ON {} USING gist ({})").format(theirs, sql.Identifier(GEOMETRY))
            cursor.execute(index)
    cursor.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(theirs, ours))


def _shape_of(cursor: Cursor[Any], schema: str, name: str) -> list[tuple[str, str]]:
    """Columns of a table with their types; none where there is no such table."""
    cursor.execute(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [f"{quoted(schema)}.{quoted(name)}"],
    )
    return cursor.fetchall()


def _hold_against(cursor: Cursor[Any], schema: str, name: str, rows: int) -> None:
    """Refuse, and so take everything back, where the table does not hold every row."""
    from psycopg import sql

    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name)))
    (count,) = cursor.fetchone() or (None,)
    if count != rows:
        raise InputError([problem("postgis_rows_lost", value=name, count=count, rows=rows)])


def _comment(
    cursor: Cursor[Any], schema: str, name: str, title: str, columns: dict[str, str], handover: Handover
) -> None:
    """The title, and behind our mark what the table rests on; titles of the columns."""
    from psycopg import sql

    comment = sql.Literal(f"{title}\n{MARK} {about_json(handover)}")
    cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(schema, name), comment))
    for column, said in columns.items():
        where = sql.Identifier(schema, name, column)
        cursor.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(where, sql.Literal(said)))
