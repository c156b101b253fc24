"""MariaDB's and MySQL's catalogue into values: a few queries, whatever the number of tables.

Views and other applications' objects that are no base tables are not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import cache
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...schema.metadata import Reader
from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Deferred
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import PrimaryKey
from ...schema.objects import Schema
from ...schema.objects import Sequence as SequenceValue
from ...schema.objects import Sql
from ...schema.objects import Table
from ...schema.objects import Unique
from ...schema.parts import called
from ...schema.scope import Scope
from ..sequences import first
from . import queries
from . import spoken
from . import types
from .facts import Facts
from .queries import Rows

#: Option of an inspected column that no model can state.
INVISIBLE = "mysql_invisible"


@dataclass(slots=True)
class Catalogue:
    """Reads tables; ``schemas`` maps the server's names to ours (None: the default one)."""

    connection: Connection
    reader: Reader
    facts: Facts
    schemas: Mapping[str, str | None]
    defined: dict[Any, Column] = field(default_factory=dict)
    optional: dict[Any, Options] = field(default_factory=dict)

    def schema(self, scope: Scope) -> Schema:
        """Read all tables of a scope, and its sequences."""
        names = [name.name for name in scope.only or ()] or [""]
        values = {"schemas": list(self.schemas), "every": scope.only is None, "names": names}
        rows = self.ask(queries.TABLES, values)
        tables = [row for row in rows if row[6] != "SEQUENCE"]
        facts = self.facts
        questions = (
            queries.COLUMNS,
            queries.INDEXES_OF_EXPRESSIONS if facts.expression_keys else queries.INDEXES,
            queries.KEYS,
            queries.CHECKS_MARIADB if facts.mariadb else queries.CHECKS_MYSQL,
        )
        groups = tuple(self.rows(question, values) for question in questions)
        found = [
            self.table(row, *(group.get((row[0], row[1]), []) for group in groups))
            for row in tables
            if scope.covers(Name(row[1], self.schemas[row[0]]))
        ]
        numbering = [row[:2] for row in rows if row[6] == "SEQUENCE"]
        sequences = self.sequences(numbering) if scope.only is None else ()
        return Schema.of(
            found, sequences=sequences, schemas=(name for name in self.schemas.values() if name)
        )

    def rows(self, question: queries.Question, values: Mapping[str, Any]) -> queries.Grouped:
        """Return what a question finds of each table."""
        found = None
        if self.facts.gathers:
            found = queries.ungathered(self.ask(question.gathered, values))
        return queries.grouped(self.ask(question.plain, values)) if found is None else found

    def ask(self, query: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a query under a fixed sql_mode, which decides how expressions are quoted."""
        listed: tuple[Any, ...] = (
            sa.bindparam("schemas", expanding=True),
            sa.bindparam("names", expanding=True),
        )
        plain = sa.text(self.facts.plain_mode + query).bindparams(*listed)
        return self.connection.execute(plain, dict(values)).fetchall()

    def sequences(self, names: Sequence[tuple[str, str]]) -> Iterable[SequenceValue]:
        """Yield the sequences; ``information_schema`` has their names alone (10.11)."""
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
        if not self.facts.mariadb:
            columns, indexes, checks = (
                [spoken.columns(c) for c in columns],
                [spoken.at(6, i) for i in indexes],
                [spoken.at(1, c) for c in checks],
            )
        json: set[str] = set()
        if checks:
            names = [c[0] for c in columns]
            checks = [(_holder(c, names), *c[1:]) for c in checks]
            within = {c[0]: c[1] for c in checks if c[2] == "Column"}
            json = {c[0] for c in columns if c[0] in within and is_json(within[c[0]], c[0], c[1])}
        primary, uniques, plain = self.indexes(name, indexes)
        return Table(
            name,
            tuple(self.column(c, row[3], c[0] in json) for c in columns),
            primary,
            uniques,
            tuple(self.foreign_keys(keys)),
            tuple(self.check(c) for c in checks if c[2] != "Column" or c[0] not in json),
            (),
            plain,
            row[2] or None,
            self.options(row[3:6]),
        )

    def check(self, row: Any) -> Check:
        """Return a check; one within a column, which MariaDB knows by that name, says so."""
        text = self.expression(row[1])
        column = row[0] if row[2] == "Column" else None
        return Check(Sql(text, Deferred(partial(_text, text))), row[0], column=column)

    def expression(self, text: str) -> str:
        """Return an expression as SQL: MySQL puts it in parentheses."""
        if not self.facts.mariadb and text.startswith("(") and text.endswith(")"):
            return text[1:-1]
        return text

    def column(self, row: Sequence[Any], table_collation: str | None, json: bool) -> Column:
        """Return one column; those of which the same is told have the same parts."""
        told = (*row[1:], table_collation, json)
        same = self.defined.get(told)
        if same is None:
            same = self.defined[told] = self._column(row, table_collation, json)
        return called(row[0], same)

    def _column(self, row: Sequence[Any], table_collation: str | None, json: bool) -> Column:
        name, type_, nullable, default, extra, collation, generated, comment = row
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
            Sql(text, Deferred(partial(types.element, "json" if json else type_, own))),
            nullable == "YES",
            None if spelled is None else Sql(spelled, Deferred(partial(_text, spelled))),
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
        # A script is for databases of any name.
        quote = self.reader.preparer.quote_identifier
        home = f"nextval({quote(self.connection.engine.url.database or '')}."
        return default.replace(home, "nextval(", 1) + suffix

    def unquoted_default(self, type_: str, default: str, extra: str) -> str:
        """Return MySQL's default, which is a bare value or an expression, as SQL."""
        if "DEFAULT_GENERATED" in extra:
            now = default.upper().startswith("CURRENT_TIMESTAMP")
            return default if now else f"({default})"
        if re.match(r"(?i)(?:tiny|small|medium|big)?int|decimal|float|double|bit|year", type_):
            return default
        return "'" + default.replace("\\", "\\\\").replace("'", "''") + "'"

    def foreign_keys(self, rows: Rows) -> Iterable[ForeignKey]:
        """Yield foreign keys."""
        for name, group in _by_name(rows).items():
            first = group[0]
            yield ForeignKey(
                tuple(row[1] for row in group),
                Name(first[3], self.schemas.get(first[2], first[2])),
                tuple(row[4] for row in group),
                name,
                action(first[5], self.facts),
                action(first[6], self.facts),
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
        for name, group in _by_name(rows).items():
            columns = tuple(row[2] for row in group)
            if name == "PRIMARY":
                primary = PrimaryKey(columns)
                continue
            index = self.index(table, name, group)
            if index.unique and index.definition.text == f"({', '.join(columns)})":
                uniques.append(Unique(columns, name, element=index.element))
            else:
                plain.append(index)
        return primary, tuple(uniques), tuple(plain)

    def index(self, table: Name, name: str, rows: Rows) -> Index:
        """Return an index with its SQLAlchemy object."""
        kind, unique = rows[0][4], not rows[0][1]
        special = kind if kind in ("FULLTEXT", "SPATIAL") else ""
        columns = tuple(row[2] for row in rows if row[2] is not None)
        lengths = {row[2]: row[3] for row in rows if row[3] and not special}
        words = (
            (row[2] or f"({row[6]})")
            + (f"({row[3]})" if row[2] in lengths else "")
            + (" DESC" if row[5] == "D" else "")
            for row in rows
        )
        text = f"{special} ({', '.join(words)})".strip()
        element = Deferred(cache(partial(self._index_element, table, name, rows, special, lengths)))
        return Index(name, Sql(text, element), unique, columns, None, element)

    def _key(self, row: Any) -> str:
        """Return one key of an index as SQL."""
        plain = self.reader.preparer.quote(row[2]) if row[2] else f"({row[6]})"
        length = f"({row[3]})" if row[3] else ""
        return escaped(plain + length + (" DESC" if row[5] == "D" else ""))

    def _index_element(
        self, table: Name, name: str, rows: Rows, special: str, lengths: dict[str, int]
    ) -> sa.Index:
        columns = tuple(row[2] for row in rows if row[2] is not None)
        holder = sa.Table(table.name, sa.MetaData(), *map(sa.Column, columns), schema=table.schema)
        # MySQL's keys that are expressions have no column.
        keys: list[Any] = [
            holder.c[row[2]] if row[2] else sa.text(escaped(f"({row[6]})")) for row in rows
        ]
        options: dict[str, Any] = {"length": lengths or None, "prefix": special or None}
        if lengths and any(row[5] == "D" for row in rows):
            # SQLAlchemy has no way to say both of one index.
            keys, options["length"] = [sa.text(self._key(row)) for row in rows], None
        else:
            keys = [k.desc() if r[5] == "D" else k for k, r in zip(keys, rows, strict=True)]
        given = {f"{self.reader.dialect.name}_{k}": v for k, v in options.items() if v}
        return sa.Index(name, *keys, unique=not rows[0][1], _table=holder, **given)

    def options(self, told: tuple[str | None, str | None, str | None]) -> Options:
        """Return a table's options, spelled for SQLAlchemy's name of the dialect.

        ``told`` are its collation, its engine and ``create_options``.
        """
        found = self.optional.get(told)
        if found is None:
            found = self.optional[told] = self._options(*told)
        return found

    def _options(self, collation: str | None, engine: str | None, created: str | None) -> Options:
        charset = (collation or "").partition("_")[0]
        found = {"charset": charset, "collate": collation or "", "engine": engine}
        for word in (created or "").split():
            name, equals, value = word.partition("=")
            if equals:
                found[name.lower()] = value.strip("'\"`")
        prefix = self.reader.dialect.name
        return tuple(sorted((f"{prefix}_{name}", value) for name, value in found.items() if value))


def sequence(name: Name, row: Any) -> SequenceValue:
    """Return a sequence; what is the server's default is None."""
    start, increment, minvalue, maxvalue, cycle, cache = row
    said = SequenceValue(name, start, increment, minvalue, maxvalue, bool(cycle), cache)
    return plain_sequence(said)


def plain_sequence(sequence: SequenceValue) -> SequenceValue:
    """Return a sequence without what says what holds anyway."""
    down = (sequence.increment or 1) < 0
    usual = {
        "increment": 1,
        "minvalue": -9223372036854775807 if down else 1,
        "maxvalue": -1 if down else 9223372036854775806,
        "cache": 1000,
    }
    left: dict[str, Any] = {
        name: None for name, value in usual.items() if getattr(sequence, name) == value
    }
    found = replace(sequence, type=None, **left)
    return replace(found, start=None) if found.start == first(replace(found, start=None)) else found


def type_with(type_: str, collation: str | None) -> str:
    """Return a type's text; display widths that mean nothing are left out."""
    text = type_
    if "zerofill" not in type_.lower():
        text = re.sub(r"(?i)^(tinyint)\((?!1\))\d+\)", r"\1", text)
        text = re.sub(r"(?i)^((?:small|medium|big)?int)\(\d+\)", r"\1", text)
    text = re.sub(r"(?i)^year\(4\)", "year", text)
    return f"{text} COLLATE {collation}" if collation else text


def is_json(check: str, column: str, type_: str) -> bool:
    """Whether the check within a column is the one that MariaDB makes of JSON, which is text."""
    return check == f"json_valid(`{column}`)" and type_.lower().startswith("longtext")


def action(rule: str | None, facts: Facts) -> str | None:
    """Return a referential action; the server's default one is None."""
    said = (rule or facts.usual_action).upper()
    return None if said == facts.usual_action else said


def _holder(check: Any, columns: Sequence[str]) -> str:
    """Return the name of a check, which for one within a column is that of the column.

    After RENAME COLUMN the catalogue still has the former name (MariaDB 10.11).
    """
    name, clause = str(check[0]), str(check[1])
    if check[2] != "Column" or name in columns:
        return name
    named = [column for column in columns if f"`{column}`" in clause]
    return named[0] if len(named) == 1 else name


def _by_name(rows: Rows) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups


def _text(text: str) -> sa.TextClause:
    return sa.text(escaped(text))


def escaped(text: str) -> str:
    """Escape what ``sqlalchemy.text`` would take for a parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w+(?!:))", r"\\:", text)
