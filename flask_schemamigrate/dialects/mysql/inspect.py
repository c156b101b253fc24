"""MariaDB's and MySQL's catalogue into values: six queries, whatever the number of tables.

Run on MariaDB 10.11; MySQL 8 from its manual.  Views and other applications' objects that are no
base tables are not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.scope import Scope
from . import types
from .facts import Facts

_NAMED = "({}table_schema IN :schemas AND (:every OR {}table_name IN :names))"
_WHERE = _NAMED.format("", "")
_TABLES = f"""
SELECT table_schema, table_name, table_comment, table_collation, engine, create_options
FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND {_WHERE}
ORDER BY table_schema, table_name
"""
_COLUMNS = f"""
SELECT table_schema, table_name, column_name, column_type, is_nullable, column_default, extra,
collation_name, generation_expression, column_comment
FROM information_schema.columns WHERE {_WHERE} ORDER BY table_schema, table_name, ordinal_position
"""
_INDEXES = f"""
SELECT table_schema, table_name, index_name, non_unique, column_name, sub_part, index_type,
collation FROM information_schema.statistics WHERE {_WHERE}
ORDER BY table_schema, table_name, index_name, seq_in_index
"""
_KEYS = f"""
SELECT k.table_schema, k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema,
k.referenced_table_name, k.referenced_column_name, r.update_rule, r.delete_rule
FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
AND r.table_name = k.table_name
WHERE k.referenced_table_name IS NOT NULL AND {_NAMED.format("k.", "k.")}
ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
"""
_CHECKS_MARIADB = """
SELECT constraint_schema, table_name, constraint_name, check_clause, level
FROM information_schema.check_constraints
WHERE constraint_schema IN :schemas AND (:every OR table_name IN :names)
"""
_CHECKS_MYSQL = """
SELECT t.table_schema, t.table_name, c.constraint_name, c.check_clause, 'Table'
FROM information_schema.check_constraints c JOIN information_schema.table_constraints t
ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
WHERE t.constraint_type = 'CHECK' AND t.table_schema IN :schemas
AND (:every OR t.table_name IN :names)
"""
Rows = Sequence[Any]


@dataclass(slots=True)
class Catalogue:
    """Reads tables; ``schemas`` maps the server's names to ours (None: the default one)."""

    connection: Connection
    reader: Reader
    facts: Facts
    schemas: Mapping[str, str | None]

    def schema(self, scope: Scope) -> Schema:
        """Read all tables of a scope."""
        names = [name.name for name in scope.only or ()] or [""]
        values = {"schemas": list(self.schemas), "every": scope.only is None, "names": names}

        def ask(query: str) -> Rows:
            wanted: Any = (
                sa.bindparam("schemas", expanding=True),
                sa.bindparam("names", expanding=True),
            )
            return self.connection.execute(sa.text(query).bindparams(*wanted), values).fetchall()

        tables = ask(_TABLES)
        columns, indexes, keys = (_grouped(ask(q)) for q in (_COLUMNS, _INDEXES, _KEYS))
        checks = _grouped(ask(_CHECKS_MARIADB if self.facts.mariadb else _CHECKS_MYSQL))
        found = []
        for row in tables:
            key = (row[0], row[1])
            if scope.covers(Name(row[1], self.schemas[row[0]])):
                parts = (group.get(key, []) for group in (columns, indexes, keys, checks))
                found.append(self.table(row, *parts))
        return Schema.of(found, schemas=(name for name in self.schemas.values() if name))

    def table(self, row: Any, columns: Rows, indexes: Rows, keys: Rows, checks: Rows) -> Table:
        """Return one table."""
        name = Name(row[1], self.schemas[row[0]])
        json = {c[2] for c in columns if any(is_json(check[3], c[2]) for check in checks)}
        foreign = tuple(self.foreign_keys(keys))
        primary, uniques, plain = self.indexes(name, indexes, foreign)
        found = tuple(
            Check(Sql(c[3], c[3]), c[2])
            for c in checks
            if not any(is_json(c[3], column) for column in json)
        )
        return Table(
            name,
            tuple(self.column(c, row[3], c[2] in json) for c in columns),
            primary,
            uniques,
            foreign,
            found,
            (),
            plain,
            row[2] or None,
            _options(row),
        )

    def column(self, row: Any, table_collation: str | None, json: bool) -> Column:
        """Return one column."""
        _, _, name, type_, nullable, default, extra, collation, generated, comment = row
        own = collation if collation and collation != table_collation and not json else None
        text = "json" if json else type_with(type_, own)
        element = types.element("json" if json else type_, own)
        computed = None
        if generated:
            computed = Computed(
                Sql(generated, sa.text(escaped(generated))), "STORED" in extra.upper()
            )
        spelled = None if computed else self.default(type_, default, extra)
        return Column(
            name,
            Sql(text, element),
            nullable == "YES",
            None if spelled is None else Sql(spelled, sa.text(escaped(spelled))),
            computed,
            None,
            "auto_increment" in extra.lower(),
            comment or None,
        )

    def default(self, type_: str, default: str | None, extra: str) -> str | None:
        """Return a server default as SQL, with its ON UPDATE."""
        update = re.search(r"on update (.+)$", extra, re.IGNORECASE)
        suffix = f" ON UPDATE {update[1]}" if update else ""
        if default is None or default == "NULL":
            return f"NULL{suffix}" if suffix else None
        if not self.facts.quoted_defaults and "DEFAULT_GENERATED" not in extra:
            numeric = re.match(r"(?i)(?:tiny|small|medium|big)?int|decimal|float|double|bit", type_)
            if not numeric:
                default = "'" + default.replace("'", "''") + "'"
        return default + suffix

    def foreign_keys(self, rows: Rows) -> Iterable[ForeignKey]:
        """Yield foreign keys.  InnoDB's RESTRICT and NO ACTION are the same."""
        for name, group in _by(rows, 2).items():
            first = group[0]
            yield ForeignKey(
                tuple(row[3] for row in group),
                Name(first[5], self.schemas.get(first[4], first[4])),
                tuple(row[6] for row in group),
                name,
                action(first[7]),
                action(first[8]),
            )

    def indexes(
        self, table: Name, rows: Rows, keys: tuple[ForeignKey, ...]
    ) -> tuple[PrimaryKey | None, tuple[Unique, ...], tuple[Index, ...]]:
        """Return the primary key, unique constraints and indexes.

        A unique index is a unique constraint here; which of both the model means is settled later.
        The index that the server makes for a foreign key, under its name, is no index of ours.
        """
        primary: PrimaryKey | None = None
        uniques: list[Unique] = []
        plain: list[Index] = []
        for name, group in _by(rows, 2).items():
            columns = tuple(row[4] for row in group)
            if name == "PRIMARY":
                primary = PrimaryKey(columns)
                continue
            index = index_of(table, name, group)
            ascending = all(row[7] != "D" and row[5] is None for row in group)
            if index.unique and ascending and group[0][6] == "BTREE":
                uniques.append(Unique(columns, name))
            else:
                implied = any(k.name == name and k.columns == columns for k in keys)
                if not implied:
                    plain.append(index)
        return primary, tuple(uniques), tuple(plain)


def index_of(table: Name, name: str, rows: Rows) -> Index:
    """Return an index with its SQLAlchemy object."""
    kind = rows[0][6]
    prefix = f"{kind} " if kind in ("FULLTEXT", "SPATIAL") else ""
    keys = [
        f"{row[4]}" + (f"({row[5]})" if row[5] else "") + (" DESC" if row[7] == "D" else "")
        for row in rows
    ]
    method = f" USING {kind}" if kind not in ("BTREE", "FULLTEXT", "SPATIAL", "RTREE") else ""
    columns = tuple(row[4] for row in rows)
    holder = sa.Table(table.name, sa.MetaData(), *map(sa.Column, columns), schema=table.schema)
    expressions: list[Any] = [
        holder.c[row[4]].desc() if row[7] == "D" else holder.c[row[4]] for row in rows
    ]
    options: dict[str, Any] = {}
    lengths = {row[4]: row[5] for row in rows if row[5]}
    if lengths:
        options["mysql_length"] = lengths
    if prefix:
        options["mysql_prefix"] = kind
    unique = not rows[0][3]
    element = sa.Index(name, *expressions, unique=unique, _table=holder, **options)
    return Index(name, Sql(f"{prefix}({', '.join(keys)}){method}"), unique, columns, None, element)


def type_with(type_: str, collation: str | None) -> str:
    """Return a type's text; display widths that mean nothing are left out."""
    text = re.sub(r"(?i)^((?:small|medium|big)?int|tinyint)\((?!1\))\d+\)", r"\1", type_)
    text = re.sub(r"(?i)^((?:small|medium|big)?int)\(1\)", r"\1", text)
    text = re.sub(r"(?i)^year\(4\)", "year", text)
    return f"{text} COLLATE {collation}" if collation else text


def is_json(clause: str, column: str) -> bool:
    """Whether a check is the one that MariaDB puts on a JSON column."""
    return clause == f"json_valid(`{column}`)"


def action(rule: str) -> str | None:
    """Return a referential action; the default one is None."""
    return None if rule.upper() in ("RESTRICT", "NO ACTION") else rule.upper()


def _options(row: Any) -> Options:
    collation = row[3] or ""
    charset = collation.partition("_")[0]
    found = {"mysql_charset": charset, "mysql_collate": collation, "mysql_engine": row[4]}
    return tuple(sorted((name, value) for name, value in found.items() if value))


def _grouped(rows: Rows) -> dict[tuple[str, str], list[Any]]:
    groups: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row[0], row[1]), []).append(row)
    return groups


def _by(rows: Rows, position: int) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[position], []).append(row)
    return groups


def escaped(text: str) -> str:
    """Escape what ``sqlalchemy.text`` would take for a parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w+(?!:))", r"\\:", text)
