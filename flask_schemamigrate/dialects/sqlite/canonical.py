"""Which texts mean the same to SQLite.

The server keeps text verbatim, so there is no spelling of its own to ask for.  What it can be asked
is what it would *do*: two expressions are the same when ``EXPLAIN SELECT (expression) FROM table``
gives the same program in an empty database in memory (functions and collations that an app
registers are stood in for).  Where that cannot be had, token by token comparison decides, and a
note says so.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from ...schema.likeness import is_plain
from ...schema.metadata import Reader
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Computed
from ...schema.objects import Constraint
from ...schema.objects import ForeignKey
from ...schema.objects import Index
from ...schema.objects import Options
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from ..base import Settlement
from . import parse
from .dependents import quoted
from .inspect import TABLE_OPTIONS
from .reading import reread
from .reading import run

Item = TypeVar("Item")
#: What SQLAlchemy writes after DEFAULT without parentheses of its own.
_AS_IT_IS = re.compile(r"\s*['\"(]|\w*$")


class SQLiteReader(Reader):
    """Reads SQLAlchemy's objects as SQLite will hold them."""

    def table(self, table: sa.Table) -> Table:
        """Read a table; what SQLite knows of options is all there, whether or not it is said."""
        value = super().table(table)
        options = {**TABLE_OPTIONS, **dict(value.options)}
        return replace(value, options=tuple(sorted(options.items())))

    def foreign_key(self, key: Any) -> ForeignKey:
        """Read a foreign key; words that SQLite keeps and that change nothing are options."""
        value = super().foreign_key(key)
        said: dict[str, Any] = {"deferrable": False} if key.deferrable is False else {}
        for name in ("ondelete", "onupdate"):
            if (getattr(key, name) or "").upper() == "NO ACTION":
                said[name] = "NO ACTION"
        return replace(value, options=tuple(sorted(said.items())))

    def default_text(self, column: sa.Column[Any]) -> Sql | None:
        """Compile a server default with the parentheses that SQLAlchemy puts around it."""
        default = super().default_text(column)
        if default is None or _AS_IT_IS.match(default.text):
            return default
        return replace(default, text=f"({default.text})")

    def autoincrement(self, column: sa.Column[Any]) -> bool:
        """Whether the column is the rowid: the only key, declared INTEGER."""
        if not column.primary_key:
            return False
        table = column.table
        keys = list(table.primary_key.columns) if isinstance(table, sa.Table) else []
        is_only = len(keys) == 1 and keys[0] is column
        return is_only and self.type(column).text.upper() == "INTEGER"

    def options(self, element: Any) -> Options:
        """Return the options that have a value."""
        return tuple((name, value) for name, value in super().options(element) if value is not None)

    def stated(self, options: Options) -> Options:
        """Return the options that are not as they are without a word."""
        return tuple(o for o in options if o not in TABLE_OPTIONS.items())

    def index_definition(self, index: sa.Index) -> Sql:
        """Return what follows ``ON table``."""
        if is_plain(index):
            return super().index_definition(index)
        text = str(CreateIndex(index).compile(dialect=self.dialect))
        return Sql(parse.index_definition(text), index)


def settle(reader: Reader, actual: Schema, wanted: Schema) -> Settlement:
    """Give texts of ``wanted`` that mean the same as the actual ones the actual spelling."""
    notes: dict[str, None] = {}
    actual, wanted = _once(actual), _once(wanted)
    same = frozenset(name for name, table in wanted.tables.items() if actual.table(name) == table)
    differing = [t for n, t in wanted.tables.items() if n in actual.tables and n not in same]
    read = reread(reader, differing)
    tables = {}
    for table in differing:
        existing = actual.tables[table.name]
        with closing(sqlite3.connect(":memory:")) as connection:
            comparison = Comparison(connection, existing, notes)
            tables[table.name] = comparison.settled(read.get(table.name, table))
    settled = (tables.get(table.name, table) for table in wanted.tables.values())
    return Settlement(actual, Schema.of(settled, schemas=wanted.schemas), tuple(notes), same)


def _once(schema: Schema) -> Schema:
    """Leave out what a table says of itself twice, without names: it holds no more for that."""
    for table in schema.tables.values():
        uniques = tuple(dict.fromkeys(table.uniques))
        keys = tuple(dict.fromkeys(table.foreign_keys))
        if (len(uniques), len(keys)) != (len(table.uniques), len(table.foreign_keys)):
            schema = schema.with_table(replace(table, uniques=uniques, foreign_keys=keys))
    return schema


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
        actual = self.actual
        key = wanted.primary_key
        if key is not None and actual.primary_key is not None and not _is_inline(wanted):
            key = next(_adopting((key,), (actual.primary_key,)))
        foreign = (_unsaid(key, actual.foreign_keys) for key in wanted.foreign_keys)
        checks = (self.check(check) for check in wanted.checks)
        return replace(
            wanted,
            columns=tuple(self.column(column) for column in wanted.columns),
            primary_key=key,
            uniques=_aligned(_adopting(wanted.uniques, actual.uniques), actual.uniques),
            foreign_keys=_aligned(_adopting(foreign, actual.foreign_keys), actual.foreign_keys),
            checks=_aligned(_adopting(checks, actual.checks), actual.checks),
            indexes=_aligned(map(self.index, wanted.indexes), self.actual.indexes),
        )

    def column(self, wanted: Column) -> Column:
        """Respell a column's type, default and generation expression."""
        actual = self.actual.column(wanted.name)
        if actual is None or actual == wanted:
            return wanted
        if parse.normal(actual.type.text) == parse.normal(wanted.type.text):
            wanted = replace(wanted, type=replace(wanted.type, text=actual.type.text))
        if actual.default and wanted.default and self.same(actual.default, wanted.default):
            wanted = replace(wanted, default=replace(wanted.default, text=actual.default.text))
        ours, theirs = actual.computed, wanted.computed
        if ours and theirs and self.same(ours.sql, theirs.sql):
            sql = replace(theirs.sql, text=ours.sql.text)
            # A generated column that is not said to be STORED is VIRTUAL.
            alike = bool(ours.persisted) == bool(theirs.persisted)
            persisted = ours.persisted if alike else theirs.persisted
            wanted = replace(wanted, computed=Computed(sql, persisted))
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
            one[1] == other[1] and self.same(Sql(one[0]), Sql(other[0]), sorted_by=True)
            for one, other in zip(ours, theirs, strict=True)
        )

    def same(self, one: Sql, other: Sql, *, sorted_by: bool = False) -> bool:
        """Whether two expressions are the same to SQLite, and sort alike where that is asked."""
        if one.text == other.text:
            return True
        asked = "SELECT 1 FROM t ORDER BY ({})" if sorted_by else "SELECT ({}) FROM t"
        try:
            return self._program(asked.format(one)) == self._program(asked.format(other))
        except sqlite3.Error as error:
            self.notes[
                f"{self.actual.name}: {one.text!r} was compared as text, because SQLite says: "
                f"{error}"
            ] = None
            return parse.normal(one.text) == parse.normal(other.text)

    def _program(self, query: str) -> list[Any]:
        return run(self.connection, f"EXPLAIN {query}")


Named = TypeVar("Named", bound=Constraint)


def _is_inline(table: Table) -> bool:
    """Whether the primary key stands within a column, where it can have no name."""
    return dict(table.options).get("sqlite_autoincrement") is True


def _adopting(wanted: Iterable[Named], actual: Iterable[Named]) -> Iterator[Named]:
    """Give what the model does not name the name that it has: any will do."""
    present = list(actual)
    listed = list(wanted)
    free = [other for other in present if other.name is not None and other not in listed]
    for item in listed:
        if item.name is None and item not in present:
            for other in free:
                if replace(other, name=None) == item:
                    free.remove(other)
                    item = replace(item, name=other.name)
                    break
        yield item


def _unsaid(key: ForeignKey, actual: Iterable[ForeignKey]) -> ForeignKey:
    """Return a foreign key as the table has it where one says what holds without a word."""
    for other in actual:
        if key != other and replace(other, options=_acting(other)) == replace(
            key, options=_acting(key), name=key.name or other.name
        ):
            return replace(key, options=other.options)
    return key


def _acting(key: ForeignKey) -> Options:
    return tuple(option for option in key.options if option[1] not in ("NO ACTION", False))


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
