"""Which texts mean the same to SQLite.

The server keeps text verbatim, so there is no spelling of its own to ask for.  What it can be asked
is what it would *do*: two expressions are the same when ``EXPLAIN SELECT (expression) FROM table``
gives the same program in an empty database in memory (functions and collations that an app
registers are stood in for).  Where that cannot be had, token by token comparison decides, and a
note says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from ...schema.metadata import Reader
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ..base import Settlement
from . import parse
from .dependents import quoted
from .reading import reread
from .reading import run
from .words import is_literal

Item = TypeVar("Item")


class SQLiteReader(Reader):
    """Reads SQLAlchemy's objects as SQLite will hold them: there are no comments."""

    def table(self, table: sa.Table) -> Table:
        """Read a table."""
        return replace(super().table(table), comment=None)

    def column(self, column: sa.Column[Any]) -> Column:
        """Read a column; a computed one is virtual unless it is persisted."""
        value = replace(super().column(column), comment=None)
        if value.computed is not None and value.computed.persisted is None:
            value = replace(value, computed=replace(value.computed, persisted=False))
        return value

    def autoincrement(self, column: sa.Column[Any]) -> bool:
        """Whether the column is the rowid: the only key, declared INTEGER."""
        table = column.table
        keys = list(table.primary_key.columns) if isinstance(table, sa.Table) else []
        is_only = len(keys) == 1 and keys[0] is column
        return is_only and self.type(column).text.upper() == "INTEGER"

    def options(self, element: Any) -> Options:
        """Return the options that say something: ``sqlite_with_rowid=True`` does not."""
        said = super().options(element)
        return tuple(
            (name, value)
            for name, value in said
            if value is not None and (value is not False or name == "sqlite_with_rowid")
            if (name, value) != ("sqlite_with_rowid", True)
        )

    def index_definition(self, index: sa.Index) -> Sql:
        """Return what follows ``ON table``."""
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        return Sql(parse.index_definition(text), index)


def settle(reader: Reader, actual: Schema, wanted: Schema) -> Settlement:
    """Give texts of ``wanted`` that mean the same as the actual ones the actual spelling."""
    notes: dict[str, None] = {}
    differing = [t for t in wanted.tables.values() if actual.table(t.name) not in (None, t)]
    read = reread(reader, differing)
    tables = {}
    for table in differing:
        existing = actual.tables[table.name]
        with closing(sqlite3.connect(":memory:")) as connection:
            comparison = Comparison(connection, existing, notes)
            tables[table.name] = comparison.settled(read.get(table.name, table))
    settled = (tables.get(table.name, table) for table in wanted.tables.values())
    return Settlement(actual, Schema.of(settled, schemas=wanted.schemas), tuple(notes))


@dataclass(slots=True)
class Comparison:
    """Compares the texts of one table in an empty database that has its columns."""

    connection: sqlite3.Connection
    actual: Table
    notes: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = ", ".join(f"{quoted(c.name)} {c.type}" for c in self.actual.columns)
        run(self.connection, f"CREATE TABLE t ({columns})")

    def settled(self, wanted: Table) -> Table:
        """Return ``wanted`` in the spelling of the actual table."""
        checks = (self.check(check) for check in wanted.checks)
        return replace(
            wanted,
            columns=tuple(self.column(column) for column in wanted.columns),
            uniques=_aligned(wanted.uniques, self.actual.uniques),
            foreign_keys=_aligned(wanted.foreign_keys, self.actual.foreign_keys),
            checks=_aligned(checks, self.actual.checks),
            indexes=_aligned(map(self.index, wanted.indexes), self.actual.indexes),
        )

    def column(self, wanted: Column) -> Column:
        """Respell a column's type, default and generation expression."""
        actual = self.actual.column(wanted.name)
        if actual is None or actual == wanted:
            return wanted
        if parse.normal(actual.type.text) == parse.normal(wanted.type.text):
            wanted = replace(wanted, type=replace(wanted.type, text=actual.type.text))
        if actual.default and wanted.default and self.same_default(actual, wanted):
            wanted = replace(wanted, default=replace(wanted.default, text=actual.default.text))
        ours, theirs = actual.computed, wanted.computed
        if ours and theirs and self.same(ours.sql, theirs.sql):
            sql = replace(theirs.sql, text=ours.sql.text)
            wanted = replace(wanted, computed=replace(theirs, sql=sql))
        return wanted

    def check(self, wanted: Check) -> Check:
        """Respell a check that the table has in other words."""
        for actual in self.actual.checks:
            named_alike = wanted.name in (None, actual.name)
            if named_alike and self.same(actual.sql, wanted.sql):
                return replace(wanted, sql=replace(wanted.sql, text=actual.sql.text))
        return wanted

    def index(self, wanted: Index) -> Index:
        """Respell an index that the table has in other words."""
        actual = self.actual.index(wanted.name or "")
        if actual is None or not self._same_index(actual, wanted):
            return wanted
        return replace(wanted, definition=replace(wanted.definition, text=actual.definition.text))

    def _same_index(self, actual: Index, wanted: Index) -> bool:
        if parse.normal(actual.definition.text) == parse.normal(wanted.definition.text):
            return True
        ours, theirs = _parts(actual.definition.text), _parts(wanted.definition.text)
        return len(ours) == len(theirs) and all(
            one[1] == other[1] and self.same(Sql(one[0]), Sql(other[0]))
            for one, other in zip(ours, theirs, strict=True)
        )

    def same(self, one: Sql, other: Sql) -> bool:
        """Whether two expressions are the same to SQLite."""
        if one.text == other.text:
            return True
        try:
            return self._program(one.text) == self._program(other.text)
        except sqlite3.Error as error:
            self.notes[
                f"{self.actual.name}: {one.text!r} was compared as text, because SQLite says: "
                f"{error}"
            ] = None
            return parse.normal(one.text) == parse.normal(other.text)

    def _program(self, expression: str) -> list[Any]:
        return run(self.connection, f"EXPLAIN SELECT ({expression}) FROM t")

    def same_default(self, actual: Column, wanted: Column) -> bool:
        """Whether two defaults are the same, or store the same: ``'1'`` in an INTEGER is 1."""
        assert actual.default is not None
        assert wanted.default is not None
        one, other = actual.default, wanted.default
        if self.same(one, other):
            return True
        if not (is_literal(one.text) and is_literal(other.text)):
            return False
        type_ = actual.type.text
        sql = f"CREATE TABLE d (a {type_} DEFAULT {one}, b {type_} DEFAULT {other})"
        run(self.connection, sql)
        run(self.connection, "INSERT INTO d DEFAULT VALUES")
        stored = run(self.connection, "SELECT quote(a) = quote(b) FROM d")
        run(self.connection, "DROP TABLE d")
        return bool(stored[0][0])


def _aligned(wanted: Iterable[Item], actual: Iterable[Item]) -> tuple[Item, ...]:
    """Put what is equal on both sides into the actual order, before the rest."""
    order = list(actual)
    return tuple(sorted(wanted, key=lambda i: order.index(i) if i in order else len(order)))


def _parts(definition: str) -> list[tuple[str, str]]:
    """Split an index's definition into (expression, direction), the predicate last."""
    parts: list[tuple[str, str]] = []
    inner = parse.parenthesised(definition)
    for part in parse.split(parse.tokens(inner)):
        direction = part[-1].word if part[-1].word in ("ASC", "DESC") else ""
        end = part[-2] if direction and len(part) > 1 else part[-1]
        parts.append(
            (
                inner[part[0].start : end.end],
                direction.replace("ASC", "") if direction == "ASC" else direction,
            )
        )
    found = parse.tokens(definition)
    where = next((t for t in found if t.word == "WHERE"), None)
    if where is not None:
        parts.append((definition[where.end :].strip(), "WHERE"))
    return parts
