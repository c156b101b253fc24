"""Models that name the sequence which SERIAL made for a column: they mean what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Schema
from ...schema.objects import Table

#: The sequences that columns own, not those of IDENTITY.
_OWNED = sa.text("""
SELECT n.nspname::text AS schema, s.relname::text AS name, t.relname::text AS table,
       a.attname::text AS column
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.relnamespace = s.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'a'
""")
_NEXT = re.compile(r"nextval\('((?:[^']|'')+)'(?:::regclass)?\)", re.IGNORECASE)

#: A table and a column of it, and the sequence that the column owns.
Owned = dict[tuple[Name, str], Name]


def own(connection: Connection, actual: Schema, wanted: Schema) -> Schema:
    """Return ``wanted`` with SERIAL columns where it names the sequences of such.

    Models say ``Sequence("t_id_seq")`` or, where a tool read them from a database,
    ``server_default=text("nextval('t_id_seq'::regclass)")``.  Alembic writes a SERIAL for both.
    """
    naming = [*_naming(actual, wanted)]
    if not naming:
        return wanted
    owned: Owned = {}
    for schema, name, of, column_name in connection.execute(_OWNED):
        known = None if schema == connection.dialect.default_schema_name else schema
        owned[Name(of, known), column_name] = Name(name, known)
    for table, column in naming:
        sequence = owned.get((table.name, column.name))
        if sequence is not None and sequence.name == _named(column):
            numbered = replace(column, default=None, autoincrement=True)
            present = wanted.tables[table.name]
            columns = (numbered if c.name == column.name else c for c in present.columns)
            wanted = wanted.with_table(replace(present, columns=tuple(columns)))
            wanted = wanted.without_sequence(sequence)
    return wanted


def _naming(actual: Schema, wanted: Schema) -> Iterator[tuple[Table, Column]]:
    """Yield the columns that name a sequence, where the database has a SERIAL."""
    for table in wanted.tables.values():
        for column in table.columns:
            if not _named(column):
                continue
            present = actual.table(table.name)
            before = present.column(column.name) if present is not None else None
            if before is not None and before.autoincrement:
                yield table, column


def _named(column: Column) -> str | None:
    """Return the name of the sequence that gives a column its numbers, without its schema."""
    if column.default is not None:
        if "nextval" not in column.default.text.lower():
            return None
        found = _NEXT.fullmatch(str(column.default))
        return found[1].rpartition(".")[2].strip('"').replace("''", "'") if found else None
    default = getattr(column.element, "default", None)
    return str(default.name) if isinstance(default, sa.Sequence) else None
