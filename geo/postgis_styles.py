"""How QGIS draws our tables in a database: default styles in ``public.layer_styles``, where it looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Cursor

TABLE = "layer_styles"
OURS = "county-fire-cover: "
"""Begins the description of every style that we wrote; no other is ever changed."""
_MAKE = """CREATE TABLE IF NOT EXISTS public.layer_styles (
    id SERIAL PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar,
    f_geometry_column varchar, styleName text, styleQML xml, styleSLD xml, useAsDefault boolean, description text,
    owner varchar(63) DEFAULT CURRENT_USER, ui xml, update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)"""
_FORGET = """DELETE FROM public.layer_styles
    WHERE f_table_catalog = current_database() AND f_table_schema = %s AND f_table_name = %s AND description LIKE %s"""
_KEEP = """INSERT INTO public.layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
    styleQML, useAsDefault, description)
    SELECT current_database(), %(schema)s::text, %(table)s::text, %(geometry)s::text, %(table)s::text,
    XMLPARSE(DOCUMENT %(qml)s::text), NOT EXISTS (
        SELECT 1 FROM public.layer_styles WHERE f_table_catalog = current_database() AND useAsDefault
        AND f_table_schema = %(schema)s::text AND f_table_name = %(table)s::text), %(description)s::text"""


def write_styles(
    cursor: Cursor[Any], schema: str, geometry: str, styles: Mapping[str, tuple[str, str]]
) -> bool:
    """Put a style beside each table (name → its title and QML) in the place of the one we wrote before.

    A style that somebody else made for the table stays, and stays the default where it is. Answers whether they were
    written: where nobody may write there, or a table of that name is another thing, all else is written without them.
    """
    import psycopg

    cursor.execute("SAVEPOINT styles")
    try:
        # Asked first: where it is there, its reader need not be allowed to make tables.
        cursor.execute("SELECT to_regclass('public.layer_styles')")
        if cursor.fetchone() == (None,):
            cursor.execute(_MAKE)
        for table, (title, qml) in styles.items():
            cursor.execute(_FORGET, [schema, table, f"{OURS}%"])
            cursor.execute(
                _KEEP,
                {"schema": schema, "table": table, "geometry": geometry, "qml": qml, "description": f"{OURS}{title}"},
            )  # fmt: skip
    except psycopg.Error:
        cursor.execute("ROLLBACK TO SAVEPOINT styles")
        return False
    cursor.execute("RELEASE SAVEPOINT styles")
    return True
