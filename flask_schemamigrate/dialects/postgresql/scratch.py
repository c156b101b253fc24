"""Tables made for a moment in ``pg_temp`` to see how the server spells them, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Exclude
from ...schema.objects import Index
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from .enums import Steps
from .inspect import inspect
from .words import Words


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Roll back whatever the block does, within the caller's transaction or one of its own."""
    driver: Any = connection.connection.dbapi_connection
    if getattr(driver, "autocommit", False) is True:
        # The driver commits each statement, whatever SQLAlchemy believes: begin by hand.
        connection.exec_driver_sql("BEGIN")
        try:
            yield
        finally:
            connection.exec_driver_sql("ROLLBACK")
        return
    transaction: Any = (
        connection.begin_nested() if connection.in_transaction() else connection.begin()
    )
    try:
        yield
    finally:
        transaction.rollback()


@dataclass(slots=True)
class Bench:
    """Where scratch tables are made; everything on it is rolled back by whoever made it."""

    connection: Connection
    words: Words
    notes: list[str] = field(default_factory=list)
    schema: str = ""
    actual: Schema = field(default_factory=Schema.of)

    # --- statements ----------------------------------------------------------------------------

    def run(self, *statements: str) -> str:
        """Run statements under a savepoint; return the server's complaint, or an empty string."""
        try:
            with self._savepoint():
                for statement in statements:
                    self._execute(statement)
        except DBAPIError as error:
            return str(error.orig).partition("\n")[0]
        return ""

    def _execute(self, sql: str) -> Any:
        # Without parameters the driver must not look for % signs.
        options = {"no_parameters": True}
        return self.connection.exec_driver_sql(sql, execution_options=options)

    @contextmanager
    def _savepoint(self, keep: bool = True) -> Iterator[None]:
        """A savepoint by hand: SQLAlchemy has none in a transaction that it does not know of."""
        self._execute("SAVEPOINT schemamigrate_scratch")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK TO SAVEPOINT schemamigrate_scratch")
            self._execute("RELEASE SAVEPOINT schemamigrate_scratch")
            raise
        if not keep:
            self._execute("ROLLBACK TO SAVEPOINT schemamigrate_scratch")
        self._execute("RELEASE SAVEPOINT schemamigrate_scratch")

    def prepare(self, actual: Schema, wanted: Schema) -> bool:
        """Make the temporary schema with the types and sequences that are missing.

        An enumerated type whose values change is there twice for now: ``pg_temp`` comes first.
        """
        self.actual = actual
        complaint = self.run("CREATE TEMP TABLE schemamigrate_probe ()")
        if complaint:
            self.notes.append(
                f"Types and expressions were compared as text, because no temporary table could be "
                f"made: {complaint}"
            )
            return False
        asked = sa.text(
            "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE oid = pg_my_temp_schema()"
        )
        self.schema = str(self.connection.execute(asked).scalar())
        for name, enum in wanted.enums.items():
            present = actual.enums.get(name)
            if name.schema is None and (present is None or present.values != enum.values):
                self.run(Steps(self.words).create_text(enum, Name(name.name, "pg_temp")))
            elif present is None:
                self.run(Steps(self.words).create_text(enum))
        for name in wanted.sequences:
            if name.schema is None and name not in actual.sequences:
                self.run(f"CREATE TEMP SEQUENCE {self.words.quote(name.name)}")
        return True

    # --- whole tables --------------------------------------------------------------------------

    def spelled(self, tables: Sequence[Table]) -> list[Table]:
        """Return tables as the server spells them, in one batch where all of them can be made."""
        with self._savepoint(keep=False):
            statements = [s for n, t in enumerate(tables) for s in self._statements(n, t)]
            if not self.run(*statements):
                return self._read(tables)
        found = []
        for table in tables:
            with self._savepoint(keep=False):
                if not self.run(*self._statements(0, table)):
                    found += self._read([table])
                else:
                    found.append(self._piecemeal(table))
        return found

    def _statements(self, number: int, table: Table) -> Iterator[str]:
        """Yield what makes a table with all that holds an expression: keys hold none."""
        parts = [self.words.column(_bare_column(c)) for c in table.columns]
        parts += [self._part(f"c{n}", c) for n, c in enumerate(table.checks)]
        parts += [self._part(f"x{n}", x) for n, x in enumerate(table.excludes)]
        yield f"CREATE TEMP TABLE schemamigrate_{number} ({', '.join(parts)})"
        for place, index in enumerate(table.indexes):
            yield self._index(number, place, index)

    def _part(self, name: str, constraint: Check | Exclude) -> str:
        if isinstance(constraint, Check):
            return f"CONSTRAINT {name} CHECK ({constraint.sql})"
        return f"CONSTRAINT {name} {constraint.definition}"

    def _index(self, number: int, place: int, index: Index) -> str:
        unique = "UNIQUE " if index.unique else ""
        name = f"schemamigrate_{number}_i{place}"
        return f"CREATE {unique}INDEX {name} ON schemamigrate_{number} {index.definition}"

    def _read(self, tables: Sequence[Table]) -> list[Table]:
        names = {Name(f"schemamigrate_{n}"): table for n, table in enumerate(tables)}
        read = inspect(
            self.connection, [self.schema], self.schema, names.__contains__, [n.name for n in names]
        )
        return [_merged(table, read.tables[name], str(name)) for name, table in names.items()]

    def _piecemeal(self, table: Table) -> Table:
        """Make a table item by item; what the server refuses stays as the model has it."""
        self._execute("CREATE TEMP TABLE schemamigrate_0 ()")
        said: list[tuple[str, str]] = []
        present = self.actual.table(table.name)
        alter = "ALTER TABLE schemamigrate_0 ADD"
        for column in sorted(table.columns, key=lambda c: c.computed is not None):
            text = self.words.column(_bare_column(column))
            complaint = self.run(f"{alter} COLUMN {text}")
            if complaint:
                if present is not None and present.column(column.name) is not None:
                    said.append((f"column {column.name}", complaint))
                plain = replace(_bare_column(column), default=None, computed=None)
                self.run(f"{alter} COLUMN {self.words.column(plain)}")
        constraints: list[tuple[str, Check | Exclude]] = [
            *((f"c{n}", c) for n, c in enumerate(table.checks)),
            *((f"x{n}", x) for n, x in enumerate(table.excludes)),
        ]
        for name, constraint in constraints:
            complaint = self.run(f"{alter} {self._part(name, constraint)}")
            said.append((f"constraint {constraint.name or ''}".strip(), complaint))
        for place, index in enumerate(table.indexes):
            said.append((f"index {index.name}", self.run(self._index(0, place, index))))
        self.notes += [
            f"The {what} of table {table.name} was compared as text: {complaint}"
            for what, complaint in said
            if complaint and present is not None
        ]
        return self._read([table])[0]

    # --- single expressions --------------------------------------------------------------------

    def same(self, actual: Table, wanted: Table) -> Table:
        """Return ``wanted`` with the spelling of ``actual`` for what means the same.

        Deparsing is not a fixed point (``s IN ('a')`` on a varchar): a text that has been read from
        a catalogue and parsed again may come out differently.  So the model goes through the server
        twice and the database's text once, and then they must be equal.
        """
        again: dict[str, tuple[Any, Any]] = {}
        for kind in ("checks", "excludes", "indexes"):
            for place, item in enumerate(getattr(wanted, kind)):
                other = _counterpart(item, getattr(actual, kind))
                if other is not None and replace(other, name=None) != replace(item, name=None):
                    again[f"{kind}{place}"] = (item, other)
        changed = self._twice(actual, wanted, again) if again else wanted
        columns = []
        for column in changed.columns:
            present = actual.column(column.name)
            differs = present is not None and present != column
            columns.append(self._same_column(wanted, present, column) if differs else column)
        return replace(changed, columns=tuple(columns))

    def _twice(self, actual: Table, wanted: Table, again: dict[str, tuple[Any, Any]]) -> Table:
        for kind in ("checks", "excludes", "indexes"):
            items = list(getattr(wanted, kind))
            for place, item in enumerate(items):
                if f"{kind}{place}" not in again:
                    continue
                for other in getattr(actual, kind):
                    if item.name not in (None, other.name):
                        continue
                    one, two = (
                        self._respelled(wanted, kind, item),
                        self._respelled(wanted, kind, other),
                    )
                    if one is not None and one == two:
                        items[place] = _with_text(item, _text(other))
                        break
            changed: Any = {kind: tuple(items)}
            wanted = replace(wanted, **changed)
        return wanted

    def _respelled(self, table: Table, kind: str, item: Any) -> str | None:
        """Return the text of one check, exclusion or index after another pass."""
        only: Any = {"checks": (), "excludes": (), "indexes": (), kind: (item,)}
        alone = replace(table, **only)
        with self._savepoint(keep=False):
            if self.run(*self._statements(0, alone)):
                return None
            read = self._read([alone])[0]
        return _text(getattr(read, kind)[0]).text

    def _same_column(self, table: Table, actual: Any, wanted: Column) -> Column:
        """Return a column with the spelling of ``actual`` where its expression means the same."""
        if actual.computed and wanted.computed and actual.computed != wanted.computed:
            texts = []
            for computed in (wanted.computed, actual.computed):
                alone = replace(table, checks=(), excludes=(), indexes=())
                columns = (
                    replace(c, computed=computed) if c.name == wanted.name else c
                    for c in table.columns
                )
                alone = replace(alone, columns=tuple(columns))
                with self._savepoint(keep=False):
                    bad = self.run(*self._statements(0, alone))
                    read = None if bad else self._read([alone])[0].column(wanted.name)
                texts.append(read.computed if read else None)
            if texts[0] is not None and texts[0] == texts[1]:
                return replace(wanted, computed=actual.computed)
        one, two = actual.default, wanted.default
        if not one or not two or one == two or actual.type != wanted.type:
            return wanted
        if self._same_constant(str(wanted.type), one, two):
            return replace(wanted, default=Sql(one.text, two.element))
        return wanted

    def _same_constant(self, type_: str, one: Sql, two: Sql) -> bool:
        """Whether two defaults are constants with the same value in a column of that type."""
        make = (
            f"CREATE TEMP TABLE schemamigrate_k (a {type_} DEFAULT {one}, b {type_} DEFAULT {two})"
        )
        with self._savepoint(keep=False):
            if self.run(make) or not self._execute(_CONSTANT).scalar():
                return False
            if self.run("INSERT INTO schemamigrate_k DEFAULT VALUES"):
                return False
            for question in ('a::text = b::text COLLATE "C"', "a::numeric = b::numeric"):
                if question.startswith("a::numeric") and not _is_number(type_):
                    return False
                with self._savepoint():
                    asked = f"SELECT {question} FROM schemamigrate_k"
                    if self._execute(asked).scalar() is True:
                        return True
        return False


#: Whether both expressions hold nothing but constants and immutable functions; the node tree names
#: the functions by oid.
_CONSTANT = r"""SELECT count(*) = 2 AND bool_and(
          d.adbin::text !~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR|SUBLINK|\{VAR |FIELDSELECT|ROWEXPR'
          AND NOT EXISTS (
            SELECT FROM regexp_matches(d.adbin::text, 'func(?:id|tion) (\d+)', 'g') AS m(found)
            JOIN pg_catalog.pg_proc p ON p.oid = m.found[1]::oid WHERE p.provolatile <> 'i'))
        FROM pg_catalog.pg_attrdef d WHERE d.adrelid = 'pg_temp.schemamigrate_k'::regclass"""


def _is_number(type_: str) -> bool:
    first = type_.partition("(")[0].partition(" ")[0]
    return first in ("numeric", "real", "double", "integer", "bigint", "smallint")


def _bare_column(column: Column) -> Column:
    """Return a column without what needs another object or says nothing about spelling."""
    return replace(column, autoincrement=False, comment=None, identity=None)


def _counterpart(item: Any, others: Sequence[Any]) -> Any:
    """Return the item of the same name, or for an unnamed one any other."""
    if any(replace(o, name=None) == replace(item, name=None) for o in others):
        return None
    return next((o for o in others if item.name in (None, o.name)), None)


def _text(item: Check | Exclude | Index) -> Sql:
    return item.sql if isinstance(item, Check) else item.definition


def _with_text(item: Any, sql: Sql) -> Any:
    text = Sql(sql.text, _text(item).element)
    return replace(item, sql=text) if isinstance(item, Check) else replace(item, definition=text)


def _merged(table: Table, read: Table, name: str) -> Table:
    """Return ``table`` with the texts that were read back; what is missing there stays."""
    checks = {c.name: c for c in read.checks}
    excludes = {x.name: x for x in read.excludes}
    indexes = {i.name: i for i in read.indexes}

    def spelled(item: Any, found: Any) -> Any:
        return item if found is None else _with_text(item, _text(found))

    return replace(
        table,
        columns=tuple(_merged_column(c, read.column(c.name)) for c in table.columns),
        checks=tuple(spelled(c, checks.get(f"c{n}")) for n, c in enumerate(table.checks)),
        excludes=tuple(spelled(x, excludes.get(f"x{n}")) for n, x in enumerate(table.excludes)),
        indexes=tuple(spelled(i, indexes.get(f"{name}_i{n}")) for n, i in enumerate(table.indexes)),
    )


def _merged_column(column: Column, read: Column | None) -> Column:
    if read is None:
        return column
    default, computed = column.default, column.computed
    if default is not None and read.default is not None:
        default = Sql(read.default.text, default.element)
    if computed is not None and read.computed is not None:
        computed = replace(computed, sql=Sql(read.computed.sql.text, computed.sql.element))
    type_ = Sql(read.type.text, column.type.element)
    return replace(column, type=type_, default=default, computed=computed)
