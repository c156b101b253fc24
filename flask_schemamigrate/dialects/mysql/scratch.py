"""Temporary tables that are made only to see how the server spells what a model wants.

Creating and dropping them commits nothing.  They go without foreign keys, FULLTEXT and partitions,
which the server refuses there.  ``information_schema`` does not list them (MariaDB 10.11): they are
read back by SHOW, into the rows that the reader of the catalogue takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Index
from ...schema.objects import Sql
from ...schema.objects import Table
from . import show
from . import spoken
from .facts import Facts
from .inspect import Catalogue
from .inspect import is_json
from .reader import MySQLReader

NAME = "_schemamigrate_scratch"
#: Errors that mean "no temporary table here": denied, read-only transaction, read-only server.
_REFUSALS = frozenset((1044, 1142, 1227, 1290, 1792, 1836))
_PLAIN = {"no_parameters": True}


@dataclass(frozen=True, slots=True)
class Found:
    """What the server made of a table's parts; a part that it refused is missing."""

    columns: dict[str, Column] = field(default_factory=dict)
    checks: dict[int, Check] = field(default_factory=dict)
    indexes: dict[int, Index] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def __or__(self, other: Found) -> Found:
        return Found(
            self.columns | other.columns,
            self.checks | other.checks,
            self.indexes | other.indexes,
            self.options | other.options,
        )


@dataclass(slots=True)
class Scratch:
    """Asks the server; ``notes`` says what it refused.

    ``refused`` is true once the server has said that it makes no temporary tables at all.
    """

    connection: Connection
    reader: MySQLReader
    facts: Facts
    notes: list[str] = field(default_factory=list)
    refused: bool = False

    def ask(self, table: Table, options: str) -> Found:
        """Return the parts of a table of SQLAlchemy's in the server's spelling.

        What it refuses is asked piece by piece, so that only the culprit is compared as text.
        """
        if self.refused:
            return Found()
        checks = dict(enumerate(table.checks))
        indexes = {n: i for n, i in enumerate(table.indexes) if _is_possible(i)}
        columns = list(table.columns)
        try:
            return self.read(table, columns, checks, indexes, options)
        except DBAPIError as error:
            if self.is_refusal(error):
                return Found()
        found = self._columns(table, columns, options)
        known = [column for column in columns if column.name in found.columns]
        for n, check in checks.items():
            what = f"the check {check.name or check.sql}"
            found |= self._tried(table, known, {n: check}, {}, options, what)
        for n, index in indexes.items():
            found |= self._tried(table, known, {}, {n: index}, options, f"the index {index.name}")
        return found

    def is_refusal(self, error: DBAPIError) -> bool:
        """Whether the server makes no temporary tables at all, which is noted once."""
        arguments = getattr(error.orig, "args", ()) or (None,)
        self.refused = arguments[0] in _REFUSALS
        if self.refused:
            self.notes.append(
                "Types, defaults and expressions were compared as text, because the server makes "
                f"no temporary table here: {' '.join(str(error.orig).split())}"
            )
        return self.refused

    def _columns(self, table: Table, columns: list[Column], options: str) -> Found:
        """Ask about the columns together, else each with the plain ones before it."""
        try:
            return self.read(table, columns, {}, {}, options)
        except DBAPIError:
            found, accepted = Found(), list[Column]()
        for column in sorted(columns, key=lambda c: c.computed is not None):
            what = f"the column {column.name}"
            more = self._tried(table, [*accepted, column], {}, {}, options, what)
            if more.columns:
                found, accepted = found | more, [*accepted, column]
        return found

    def _tried(
        self,
        table: Table,
        columns: list[Column],
        checks: dict[int, Check],
        indexes: dict[int, Index],
        options: str,
        what: str,
    ) -> Found:
        try:
            return self.read(table, columns, checks, indexes, options)
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())
            self.notes.append(
                f"{table.name}: {what} was compared as text, because the server says: {said}"
            )
            return Found()

    def read(
        self,
        table: Table,
        columns: Sequence[Column],
        checks: dict[int, Check],
        indexes: dict[int, Index],
        options: str,
    ) -> Found:
        """Create a table of these parts, read it back and drop it.  Raises DBAPIError."""
        parts = ", ".join(self._parts(table, columns, checks, indexes))
        run = self.connection.exec_driver_sql
        with self._made(f"({parts}){options}"):
            described = run(f"SHOW FULL COLUMNS FROM `{NAME}`").fetchall()
            keys = run(f"SHOW INDEX FROM `{NAME}`").fetchall()
            statement = str(
                run(f"{self.facts.plain_mode}SHOW CREATE TABLE `{NAME}`").fetchall()[0][1]
            )
        return self._found(table, described, keys, show.parse(statement))

    def read_columns(self, columns: Sequence[Column], options: str) -> Found:
        """Read columns of any tables as ``c0``, ``c1``, …  Raises DBAPIError."""
        parts = []
        for place, column in enumerate(columns):
            text = str(self.reader.ddl.get_column_specification(column.element))
            name = self.reader.preparer.format_column(column.element)
            parts.append(f"`c{place}`{text.removeprefix(name)}")
            if column.autoincrement:
                parts.append(f"PRIMARY KEY (`c{place}`)")
        run = self.connection.exec_driver_sql
        with self._made(f"({', '.join(parts)}){options}"):
            described = run(f"SHOW FULL COLUMNS FROM `{NAME}`").fetchall()
            shown = run(f"{self.facts.plain_mode}SHOW CREATE TABLE `{NAME}`").fetchall()[0][1]
        return self._found(Table(Name(NAME)), described, (), show.parse(str(shown)))

    @contextmanager
    def _made(self, text: str) -> Iterator[None]:
        """Make the temporary table, and drop it after the block."""
        run = self.connection.exec_driver_sql
        run(f"CREATE TEMPORARY TABLE `{NAME}` {text}", execution_options=_PLAIN)
        try:
            yield
        finally:
            if not self.connection.invalidated:  # As it is after Ctrl-C, and has no such table.
                run(f"DROP TEMPORARY TABLE `{NAME}`")

    def _parts(
        self,
        table: Table,
        columns: Sequence[Column],
        checks: dict[int, Check],
        indexes: dict[int, Index],
    ) -> Iterator[str]:
        quote = self.reader.preparer.quote
        names = {column.name for column in columns}
        for column in columns:
            yield str(self.reader.ddl.get_column_specification(column.element))
        if table.primary_key is not None and names.issuperset(table.primary_key.columns):
            # The column that the server numbers has to come first in some key.
            numbered = {c.name for c in columns if c.autoincrement}
            key = sorted(table.primary_key.columns, key=lambda name: name not in numbered)
            yield f"PRIMARY KEY ({', '.join(map(quote, key))})"
        for n, check in checks.items():
            yield f"CONSTRAINT `k{n}` CHECK ({check.sql})"
        for n, index in indexes.items():
            text = self.reader.create_index_keys(index.element)
            yield f"{'UNIQUE ' if index.unique else ''}KEY `i{n}` {text}"

    def _found(
        self, table: Table, described: Sequence[Any], keys: Sequence[Any], shown: show.Statement
    ) -> Found:
        collation = shown.option("COLLATE") or next((r[2] for r in described if r[2]), None)
        catalogue = Catalogue(self.connection, self.reader, self.facts, {})
        columns = {}
        for row in described:
            told = shown.columns[row[0]]
            json = told.check is not None and is_json(told.check, row[0], row[1])
            columns[row[0]] = catalogue.column(self._column_row(row, told), collation, json)
        groups: dict[str, list[Any]] = {}
        for row in keys:
            groups.setdefault(row[2], []).append(_index_row(row))
        indexes = {
            int(name[1:]): catalogue.index(table.name, name, rows)
            for name, rows in groups.items()
            if name != "PRIMARY"
        }
        checks = {
            int(name[1:]): catalogue.check((name, text, "Table"))
            for name, text in shown.checks.items()
        }
        options = {"charset": shown.option("CHARSET") or "", "collate": collation or ""}
        return Found(columns, checks, indexes, options)

    def _column_row(self, row: Any, told: show.Shown) -> tuple[Any, ...]:
        """Return a row of SHOW FULL COLUMNS as one of ``information_schema.columns``."""
        extra, default = row[6], told.default
        if told.update is not None and "on update" not in extra.lower():
            extra += f" on update {told.update}"
        if not self.facts.quoted_defaults:
            # Of a temporary table MySQL does not describe whether it is an expression.
            default, more = spoken.default(default)
            extra += more
        nullable = "YES" if row[3] == "YES" else "NO"
        return (row[0], row[1], nullable, default, extra, row[2], told.generated, row[8])


def _index_row(row: Any) -> tuple[Any, ...]:
    """Return a row of SHOW INDEX as one of ``information_schema.statistics``."""
    expression = row[14] if len(row) > 14 and row[4] is None else None
    return (row[2], row[1], row[4], row[7], row[10], row[5], expression)


def _is_possible(index: Index) -> bool:
    return index.definition.text.startswith("(") and index.element is not None


def accepted(column: Column, found: Found) -> Column:
    """Return a wanted column in the spelling that was found, its SQLAlchemy objects kept."""
    spelled = found.columns.get(column.name)
    if spelled is None:
        return column
    default = spelled.default
    if default is not None and column.default is not None:
        default = replace(column.default, text=default.text)
    computed = column.computed
    if computed is not None and spelled.computed is not None:
        sql = replace(computed.sql, text=spelled.computed.sql.text)
        computed = replace(computed, sql=sql, persisted=spelled.computed.persisted)
    return replace(
        column,
        type=Sql(spelled.type.text, column.type.element),
        nullable=spelled.nullable,
        default=default,
        computed=computed,
        autoincrement=spelled.autoincrement,
    )
