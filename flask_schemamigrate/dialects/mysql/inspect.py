"""MariaDB's and MySQL's catalogue into values: seven queries, whatever the number of tables.

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
from ...schema.objects import Sequence as SequenceValue
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
collation, NULL FROM information_schema.statistics WHERE {_WHERE}
ORDER BY table_schema, table_name, index_name, seq_in_index
"""
_SEQUENCES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'SEQUENCE' AND table_schema IN :schemas AND (:every OR table_name IN :names)
ORDER BY table_schema, table_name
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
#: Options of an inspected column and an inspected check that no model can state.
INVISIBLE = "mysql_invisible"
COLUMN_CHECK = "mysql_column"


@dataclass(slots=True)
class Catalogue:
    """Reads tables; ``schemas`` maps the server's names to ours (None: the default one)."""

    connection: Connection
    reader: Reader
    facts: Facts
    schemas: Mapping[str, str | None]

    def schema(self, scope: Scope) -> Schema:
        """Read all tables of a scope, and its sequences."""
        names = [name.name for name in scope.only or ()] or [""]
        values = {"schemas": list(self.schemas), "every": scope.only is None, "names": names}
        tables = self.ask(_TABLES, values)
        # MySQL 8's keys may be expressions.
        keys = ", expression FROM" if self.facts.expression_keys else ", NULL FROM"
        queries = (_COLUMNS, _INDEXES.replace(", NULL FROM", keys), _KEYS)
        parts = tuple(_grouped(self.ask(q, values)) for q in queries)
        checks = self.ask(_CHECKS_MARIADB if self.facts.mariadb else _CHECKS_MYSQL, values)
        groups = (*parts, _grouped(checks))
        found = [
            self.table(row, *(group.get((row[0], row[1]), []) for group in groups))
            for row in tables
            if scope.covers(Name(row[1], self.schemas[row[0]]))
        ]
        sequences = self.sequences(values) if self.facts.mariadb and scope.only is None else ()
        return Schema.of(
            found, sequences=sequences, schemas=(name for name in self.schemas.values() if name)
        )

    def ask(self, query: str, values: Mapping[str, Any]) -> Rows:
        """Run a query under a fixed sql_mode, which decides how expressions are quoted."""
        listed: tuple[Any, ...] = (
            sa.bindparam("schemas", expanding=True),
            sa.bindparam("names", expanding=True),
        )
        plain = sa.text(self.facts.plain_mode + query).bindparams(*listed)
        return self.connection.execute(plain, dict(values)).fetchall()

    def sequences(self, values: Mapping[str, Any]) -> Iterable[SequenceValue]:
        """Yield the sequences; ``information_schema`` has their names alone (10.11)."""
        names = self.ask(_SEQUENCES, values)
        quote = self.reader.preparer.quote_identifier
        selects = (
            "SELECT start_value, increment, minimum_value, maximum_value, cycle_option, cache_size "
            f"FROM {quote(row[0])}.{quote(row[1])}"
            for row in names
        )
        query = " UNION ALL ".join(selects)
        rows = self.connection.exec_driver_sql(query.replace("%", "%%")).fetchall() if names else ()
        for (schema, name), row in zip(names, rows, strict=True):
            yield sequence(Name(name, self.schemas[schema]), row)

    def table(self, row: Any, columns: Rows, indexes: Rows, keys: Rows, checks: Rows) -> Table:
        """Return one table."""
        name = Name(row[1], self.schemas[row[0]])
        json = {c[2] for c in columns if any(is_json(check[3], c[2]) for check in checks)}
        primary, uniques, plain = self.indexes(name, indexes)
        return Table(
            name,
            tuple(self.column(c, row[3], c[2] in json) for c in columns),
            primary,
            uniques,
            tuple(self.foreign_keys(keys)),
            tuple(
                self.check(c) for c in checks if not any(is_json(c[3], column) for column in json)
            ),
            (),
            plain,
            row[2] or None,
            self.options(row),
        )

    def check(self, row: Any) -> Check:
        """Return a check; one within a column, which MariaDB knows by that name, says so."""
        text = self.expression(row[3])
        own = ((COLUMN_CHECK, row[2]),) if row[4] == "Column" else ()
        return Check(Sql(text, sa.text(escaped(text))), row[2], own)

    def expression(self, text: str) -> str:
        """Return an expression as SQL: MySQL escapes its quotes, and puts it in parentheses."""
        if self.facts.mariadb:
            return text
        plain = text.replace("\\'", "'")
        return plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain

    def column(self, row: Any, table_collation: str | None, json: bool) -> Column:
        """Return one column."""
        _, _, name, type_, nullable, default, extra, collation, generated, comment = row
        own = collation if collation and collation != table_collation and not json else None
        text = "json" if json else type_with(type_, own)
        computed = None
        if generated:
            expression = self.expression(generated)
            stored = "VIRTUAL" not in extra.upper()
            computed = Computed(Sql(expression, sa.text(escaped(expression))), stored)
        spelled = None if computed else self.default(type_, default, extra)
        return Column(
            name,
            Sql(text, types.element("json" if json else type_, own)),
            nullable == "YES",
            None if spelled is None else Sql(spelled, sa.text(escaped(spelled))),
            computed,
            None,
            "auto_increment" in extra.lower(),
            comment or None,
            ((INVISIBLE, True),) if "INVISIBLE" in extra.upper() else (),
        )

    def default(self, type_: str, default: str | None, extra: str) -> str | None:
        """Return a server default as SQL, with its ON UPDATE."""
        update = re.search(r"on update (\S+)", extra, re.IGNORECASE)
        suffix = f" ON UPDATE {update[1]}" if update else ""
        if default is None or (default == "NULL" and self.facts.quoted_defaults):
            return f"NULL{suffix}" if suffix else None
        if not self.facts.quoted_defaults:
            default = self.unquoted_default(type_, default, extra)
        return default + suffix

    def unquoted_default(self, type_: str, default: str, extra: str) -> str:
        """Return MySQL's default, which is a bare value or an expression, as SQL."""
        if "DEFAULT_GENERATED" in extra:
            now = default.upper().startswith("CURRENT_TIMESTAMP")
            return default if now else f"({self.expression(default)})"
        if re.match(r"(?i)(?:tiny|small|medium|big)?int|decimal|float|double|bit|year", type_):
            return default
        return "'" + default.replace("\\", "\\\\").replace("'", "''") + "'"

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
        self, table: Name, rows: Rows
    ) -> tuple[PrimaryKey | None, tuple[Unique, ...], tuple[Index, ...]]:
        """Return the primary key, unique constraints and indexes.

        A unique index is a unique constraint here, where it can be one; which of both the model
        means is settled later, and so is which index the server made for a foreign key.
        """
        primary: PrimaryKey | None = None
        uniques: list[Unique] = []
        plain: list[Index] = []
        for name, group in _by(rows, 2).items():
            columns = tuple(row[4] for row in group)
            index = self.index(table, name, group)
            if name == "PRIMARY":
                primary = PrimaryKey(columns)
            elif index.unique and index.definition.text == f"({', '.join(columns)})":
                uniques.append(Unique(columns, name, element=index.element))
            else:
                plain.append(index)
        return primary, tuple(uniques), tuple(plain)

    def index(self, table: Name, name: str, rows: Rows) -> Index:
        """Return an index with its SQLAlchemy object."""
        kind, unique = rows[0][6], not rows[0][3]
        special = kind if kind in ("FULLTEXT", "SPATIAL") else ""
        columns = tuple(row[4] for row in rows if row[4] is not None)
        holder = sa.Table(table.name, sa.MetaData(), *map(sa.Column, columns), schema=table.schema)
        # MySQL's keys that are expressions have no column.
        keys: list[Any] = [
            holder.c[row[4]] if row[4] else sa.text(escaped(f"({row[8]})")) for row in rows
        ]
        keys = [k.desc() if r[7] == "D" else k for k, r in zip(keys, rows, strict=True)]
        lengths = {row[4]: row[5] for row in rows if row[5] and not special}
        options: dict[str, Any] = {"length": lengths or None, "prefix": special or None}
        given = {f"{self.reader.dialect.name}_{k}": v for k, v in options.items() if v}
        element = sa.Index(name, *keys, unique=unique, _table=holder, **given)
        words = (
            (row[4] or f"({row[8]})")
            + (f"({row[5]})" if row[4] in lengths else "")
            + (" DESC" if row[7] == "D" else "")
            for row in rows
        )
        text = f"{special} ({', '.join(words)})".strip()
        return Index(name, Sql(text, element), unique, columns, None, element)

    def options(self, row: Any) -> Options:
        """Return a table's options, spelled for SQLAlchemy's name of the dialect."""
        collation = row[3] or ""
        found = {"charset": collation.partition("_")[0], "collate": collation, "engine": row[4]}
        for word in (row[5] or "").split():
            name, equals, value = word.partition("=")
            if equals:
                found[name.lower()] = value.strip("'\"`")
        prefix = self.reader.dialect.name
        return tuple(sorted((f"{prefix}_{name}", value) for name, value in found.items() if value))


def sequence(name: Name, row: Any) -> SequenceValue:
    """Return a sequence; what is the server's default is None."""
    usual = (1, 1, 1, 9223372036854775806, False, 1000)
    given = (None if value == default else value for value, default in zip(row, usual, strict=True))
    start, increment, minvalue, maxvalue, cycle, cache = given
    return SequenceValue(name, start, increment, minvalue, maxvalue, bool(cycle), cache)


def type_with(type_: str, collation: str | None) -> str:
    """Return a type's text; display widths that mean nothing are left out."""
    text = type_
    if "zerofill" not in type_.lower():
        text = re.sub(r"(?i)^(tinyint)\((?!1\))\d+\)", r"\1", text)
        text = re.sub(r"(?i)^((?:small|medium|big)?int)\(\d+\)", r"\1", text)
    text = re.sub(r"(?i)^year\(4\)", "year", text)
    return f"{text} COLLATE {collation}" if collation else text


def is_json(clause: str, column: str) -> bool:
    """Whether a check is the one that MariaDB puts on a JSON column."""
    return clause == f"json_valid(`{column}`)"


def action(rule: str) -> str | None:
    """Return a referential action; the default one is None."""
    return None if rule.upper() in ("RESTRICT", "NO ACTION") else rule.upper()


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
