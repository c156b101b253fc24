"""What a database holds, read straight from its catalogue: a reader of the tests' own.

It shares nothing with ``flask_schemamigrate.dialects`` or SQLAlchemy's inspector, so that it cannot
be wrong in the same way.  The result is a flat mapping from the name of a thing to its text; two
databases are alike if theirs are equal.  The version table is left out: we make it wider.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from . import sqlite_catalogue

Catalogue = dict[str, str]

POSTGRESQL = {
    "table": """
        SELECT c.oid::regclass::text, c.relkind::text || c.relpersistence::text
            || coalesce(array_to_string(c.reloptions, ','), '')
            || coalesce(obj_description(c.oid, 'pg_class'), '')
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'v', 'm', 'p')""",
    "column": """
        SELECT a.attrelid::regclass || '.' || a.attname, concat_ws(' ',
            row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
            format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
            'identity ' || nullif(a.attidentity::text, ''),
            'generated ' || nullif(a.attgenerated::text, ''),
            'collation ' || nullif(a.attcollation, 0)::regcollation::text,
            col_description(a.attrelid, a.attnum))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
            AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT conrelid::regclass || '.' || conname,
            contype::text || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "index": """
        SELECT indexrelid::regclass::text,
            pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
        FROM pg_index JOIN pg_class c ON c.oid = indrelid
        WHERE c.relnamespace = 'public'::regnamespace""",
    "enum": """
        SELECT t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
        FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
        WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname""",
    "sequence": """
        SELECT s.seqrelid::regclass::text, concat_ws(' ', format_type(s.seqtypid, NULL),
            s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
            d.deptype::text || ' ' || d.refobjid::regclass || ' ' || d.refobjsubid)
        FROM pg_sequence s LEFT JOIN pg_depend d ON d.objid = s.seqrelid
            AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')""",
    "trigger": """
        SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
        FROM pg_trigger WHERE NOT tgisinternal""",
    "view": """
        SELECT c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')""",
    "function": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace""",
}


def read(engine: Engine) -> Catalogue:
    """Return everything that a database holds, but for its rows."""
    readers = {"sqlite": sqlite_catalogue.read, "postgresql": _postgresql, "mysql": _mariadb}
    with engine.connect() as connection:
        found = readers[engine.dialect.name](connection)
    return {key: text for key, text in sorted(found.items()) if "alembic_version" not in key}


def _postgresql(connection: Connection) -> Catalogue:
    found: Catalogue = {}
    for kind, query in POSTGRESQL.items():
        for name, text in connection.exec_driver_sql(query):
            found[f"{kind} {name}"] = text
    return found


def _mariadb(connection: Connection) -> Catalogue:
    found: Catalogue = {}
    for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
        what = "VIEW" if kind == "VIEW" else "TABLE"
        row = connection.exec_driver_sql(f"SHOW CREATE {what} `{name}`").one()
        if what == "VIEW":
            found[f"view {name}"] = row[1]
        else:
            found.update(_mariadb_table(name, row[1]))
    triggers = "SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS"
    for name, text in connection.exec_driver_sql(f"{triggers} WHERE TRIGGER_SCHEMA = DATABASE()"):
        found[f"trigger {name}"] = text
    return found


def _mariadb_table(name: str, created: str) -> Catalogue:
    """Take SHOW CREATE TABLE apart: it writes each column, key and constraint on its own line."""
    first, *lines, last = created.splitlines()
    assert first.startswith("CREATE TABLE")
    found = {f"table {name}": re.sub(r" AUTO_INCREMENT=\d+", "", last)}
    for place, line in enumerate(lines, 1):
        text = line.strip().removesuffix(",")
        quoted = re.search(r"`([^`]*)`", text)
        if text.startswith("`"):
            assert quoted is not None
            found[f"column {name}.{quoted[1]}"] = f"{place} {text}"
        else:
            found[f"key {name}: {quoted[1] if quoted else ''} {text.partition('`')[0]}"] = text
    return found


def rows(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Return all rows of all tables, in an order that does not depend on where they lie."""
    found = {}
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            quoted = engine.dialect.identifier_preparer.quote_identifier(table)
            result = connection.exec_driver_sql(f"SELECT * FROM {quoted}")
            found[table] = sorted(([*map(dict, result.mappings())]), key=repr)
    return found
