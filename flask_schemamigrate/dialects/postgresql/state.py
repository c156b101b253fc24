"""Whether DDL has changed something, and what an interrupted statement leaves behind.

Most statements are atomic; ``CREATE INDEX CONCURRENTLY`` is not, and leaves an index that is not
valid.  https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

#: Definitions of everything in the schemas of users; run on PostgreSQL 15.
_STATE = """
    WITH space AS (
      SELECT oid, nspname FROM pg_catalog.pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
    SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) FROM (
      SELECT concat_ws(' ', 'relation', s.nspname, c.relname, c.relkind, c.reloptions::text,
          CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END) AS line
        FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace
      UNION ALL SELECT concat_ws(' ', 'column', a.attrelid, a.attname, a.attnum, a.attnotnull,
          pg_catalog.format_type(a.atttypid, a.atttypmod), a.attcollation, a.attidentity,
          a.attgenerated, pg_catalog.pg_get_expr(d.adbin, d.adrelid))
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN space s ON s.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND c.relkind NOT IN ('i', 'I', 't')
      UNION ALL SELECT concat_ws(' ', 'index', pg_catalog.pg_get_indexdef(i.indexrelid),
          i.indisvalid, i.indisprimary)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN space s ON s.oid = c.relnamespace
      UNION ALL SELECT concat_ws(' ', 'constraint', k.conrelid, k.conname, k.convalidated,
          pg_catalog.pg_get_constraintdef(k.oid))
        FROM pg_catalog.pg_constraint k JOIN space s ON s.oid = k.connamespace
      UNION ALL SELECT concat_ws(' ', 'type', s.nspname, t.typname, e.enumlabel, e.enumsortorder)
        FROM pg_catalog.pg_type t JOIN space s ON s.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
      UNION ALL SELECT concat_ws(' ', 'function', s.nspname, p.proname, p.prosrc,
          pg_catalog.pg_get_function_identity_arguments(p.oid))
        FROM pg_catalog.pg_proc p JOIN space s ON s.oid = p.pronamespace
      UNION ALL SELECT concat_ws(' ', 'trigger', pg_catalog.pg_get_triggerdef(g.oid), g.tgenabled)
        FROM pg_catalog.pg_trigger g WHERE NOT g.tgisinternal
      UNION ALL SELECT concat_ws(' ', 'comment', d.objoid, d.objsubid, d.description)
        FROM pg_catalog.pg_description d WHERE d.objoid >= 16384
      UNION ALL SELECT concat_ws(' ', 'extension', x.extname, x.extversion)
        FROM pg_catalog.pg_extension x
    ) AS definitions"""
_NAME = r'"(?:[^"]|"")+"|\w+'
_BUILDS = re.compile(
    rf"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})"
    rf"\s+ON\s+(?:ONLY\s+)?((?:(?:{_NAME})\.)?(?:{_NAME}))",
    re.IGNORECASE,
)
#: One that somebody builds at this moment is not valid either.
_INVALID = sa.text(
    """SELECT n.nspname, c.relname
       FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid AND c.relname = :name
         AND i.indrelid = pg_catalog.to_regclass(:table)
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                         WHERE p.index_relid = i.indexrelid)"""
)


def fingerprint(connection: Connection) -> str:
    """Return a fingerprint of all definitions outside the system's own and temporary schemas."""
    return str(connection.exec_driver_sql(_STATE).scalar_one())


def drop_invalid(connection: Connection, dialect: Any, statement: str) -> None:
    """Drop the invalid index that stands in the way of ``statement``.  Runs in autocommit mode."""
    found = _BUILDS.match(statement)
    if found is None:
        return
    name, table = found.groups()
    name = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
    quote = dialect.identifier_preparer.quote_identifier
    for schema, index in connection.execute(_INVALID, {"name": name, "table": table}).all():
        full = f"{quote(schema)}.{quote(index)}"
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {full}")
