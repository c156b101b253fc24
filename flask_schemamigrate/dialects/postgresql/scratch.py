"""Tables made for a moment in ``pg_temp`` to see how the server spells them, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ...schema.names import Name
from ...schema.objects import Check
from ...schema.objects import Column
from ...schema.objects import Enum
from ...schema.objects import Exclude
from ...schema.objects import Index
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.objects import Table
from .inspect import inspect
from .inspect import temporary
from .words import Words

_SAVEPOINT = "SAVEPOINT schemamigrate_scratch"
#: Undoes what was done since the savepoint.
_BACK = ("ROLLBACK TO SAVEPOINT schemamigrate_scratch", "RELEASE SAVEPOINT schemamigrate_scratch")


@dataclass(slots=True)
class Bench:
    """Where scratch tables are made, within :meth:`undone`; ``notes`` says what was not asked."""

    connection: Connection
    words: Words
    actual: Schema
    wanted: Schema
    notes: list[str] = field(default_factory=list)
    _ready: bool | None = None
    _shared: int = 0
    _undoing: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Roll back whatever is made, within the caller's transaction or one of its own."""
        with self._undoing:
            yield

    def is_ready(self) -> bool:
        """Whether tables can be made; at the first call what they may need is made."""
        if self._ready is None:
            self._ready = self._prepare()
        return self._ready

    # --- statements ----------------------------------------------------------------------------

    def run(self, *statements: str, before: str = "") -> str:
        """Run ``before``, then statements under a savepoint; return the server's complaint."""
        begin = (before, _SAVEPOINT) if before else (_SAVEPOINT,)
        try:
            self._execute(*begin, *statements, f"RELEASE {_SAVEPOINT}")
        except DBAPIError as error:
            self._execute(*_BACK)
            return str(error.orig).partition("\n")[0]
        return ""

    @contextmanager
    def _tried(self, *statements: str) -> Iterator[str]:
        """Give the server's complaint, or an empty string; after the block nothing has been run."""
        complaint = ""
        try:
            self._execute(_SAVEPOINT, *statements)
        except DBAPIError as error:
            complaint = str(error.orig).partition("\n")[0]
        try:
            yield complaint
        finally:
            self._back(*_BACK)

    def _back(self, *statements: str) -> None:
        if not self.connection.invalidated:  # As it is after Ctrl-C.
            self._execute(*statements)

    def _execute(self, *statements: str) -> Any:
        """Run statements, in one trip where the driver can; return the last one's result."""
        together = self.connection.dialect.driver != "asyncpg"  # That takes one at a time.
        # Without parameters the driver must not look for % signs.
        run = partial(self.connection.exec_driver_sql, execution_options={"no_parameters": True})
        return [run(sql) for sql in ([";\n".join(statements)] if together else statements)][-1]

    def _prepare(self) -> bool:
        """Make the temporary schema with the types and sequences that are missing.

        An enumerated type whose values change is there twice for now: ``pg_temp`` comes first.
        """
        complaint = self.run("CREATE TEMP TABLE schemamigrate_probe ()", before=self._begin())
        if complaint:
            self.notes.append(
                f"Types and expressions were compared as text, because no temporary table could be "
                f"made: {complaint}"
            )
            return False
        if self.wanted.enums:
            self._make_types()
        for name in self.wanted.sequences:
            if name.schema is None and name not in self.actual.sequences:
                self.run(f"CREATE TEMP SEQUENCE {self.words.quote(name.name)}")
        return True

    def _begin(self) -> str:
        """Return what begins what is to be rolled back, and see to that."""
        driver: Any = self.connection.connection.dbapi_connection
        if getattr(driver, "autocommit", False) is True:
            # The driver commits each statement, whatever SQLAlchemy believes: begin by hand.
            self._undoing.callback(self._back, "ROLLBACK")
            return "BEGIN"
        if self.connection.in_transaction():
            name = "SAVEPOINT schemamigrate_bench"
            self._undoing.callback(self._back, f"ROLLBACK TO {name}", f"RELEASE {name}")
            return name
        self._undoing.callback(self.connection.begin().rollback)
        return ""

    def _make_types(self) -> None:
        from .enums import Changes

        changes = Changes(self.words)
        for place, (name, enum) in enumerate(self.wanted.enums.items()):
            present = self.actual.enums.get(name)
            if name.schema is None and (present is None or present.values != enum.values):
                self.run(changes.create_text(enum, Name(name.name, "pg_temp")))
            elif present is None:
                self.run(changes.create_text(enum))
            elif present.values != enum.values:
                aside = f"ALTER TYPE {self.words.name(name)} RENAME TO schemamigrate_aside_{place}"
                self.run(aside, changes.create_text(enum))

    def domain(self, enum: Enum) -> tuple[str, ...] | None:
        """Return the clauses of a domain; those of the model where the server refuses it."""
        from .enums import Changes

        made = Name(enum.name.name, "pg_temp")
        with self._tried(Changes(self.words).create_text(enum, made)) as complaint:
            if complaint:
                return enum.domain
            read = inspect(self.connection, ["pg_temp"], "pg_temp", lambda name: False, [])
            found = read.enums.get(Name(enum.name.name))
        return enum.domain if found is None else found.domain

    def columns(self, columns: Sequence[Column]) -> Sequence[Column]:
        """Return columns of any tables as the server spells them."""
        renamed = tuple(replace(column, name=f"c{n}") for n, column in enumerate(columns))
        self._shared += 1
        name = f"schemamigrate_shared_{self._shared}"
        parts = ", ".join(self.words.column(_bare_column(column)) for column in renamed)
        # It stays there until everything is rolled back: a trip less.
        if self.run(f"CREATE TEMP TABLE {name} ({parts})"):
            return self.spelled([Table(Name(name), renamed)])[0].columns
        return [*map(_merged_column, renamed, temporary(self.connection, name))]

    # --- whole tables --------------------------------------------------------------------------

    def spelled(self, tables: Sequence[Table]) -> list[Table]:
        """Return tables as the server spells them, in one batch where all of them can be made."""
        statements = [s for n, t in enumerate(tables) for s in self._statements(n, t)]
        with self._tried(*statements) as complaint:
            if not complaint:
                return self._read(tables)
        found = []
        for table in tables:
            with self._tried(*self._statements(0, table)) as complaint:
                if not complaint:
                    found += self._read([table])
                    continue
            with self._tried():
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
        only = [n.name for n in names]
        read = inspect(self.connection, ["pg_temp"], "pg_temp", names.__contains__, only)
        return [_merged(table, read.tables[name], str(name)) for name, table in names.items()]

    def _piecemeal(self, table: Table) -> Table:
        """Make a table item by item; what the server refuses stays as the model has it."""
        self._execute("CREATE TEMP TABLE schemamigrate_0 ()")
        said: list[tuple[str, str]] = []
        refused: dict[str, Sql | None] = {}
        present = self.actual.table(table.name)
        alter = "ALTER TABLE schemamigrate_0 ADD"
        for column in sorted(table.columns, key=lambda c: c.computed is not None):
            text = self.words.column(_bare_column(column))
            complaint = self.run(f"{alter} COLUMN {text}")
            if complaint:
                if present is not None and present.column(column.name) is not None:
                    said.append((f"column {column.name}", complaint))
                refused[column.name] = column.default
                plain = replace(_bare_column(column), default=None, computed=None)
                self.run(f"{alter} COLUMN {self.words.column(plain)}")
        parts: dict[str, Check | Exclude] = {f"c{n}": c for n, c in enumerate(table.checks)}
        parts.update((f"x{n}", x) for n, x in enumerate(table.excludes))
        for name, part in parts.items():
            complaint = self.run(f"{alter} {self._part(name, part)}")
            said.append((f"constraint {part.name or ''}".strip(), complaint))
        for place, index in enumerate(table.indexes):
            said.append((f"index {index.name}", self.run(self._index(0, place, index))))
        self.notes += [
            f"The {what} of table {table.name} was compared as text: {complaint}"
            for what, complaint in said
            if complaint and present is not None
        ]
        read = self._read([table])[0]
        columns = [replace(c, default=refused.get(c.name, c.default)) for c in read.columns]
        return replace(read, columns=tuple(columns))

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
        with self._tried(*self._statements(0, alone)) as complaint:
            if complaint:
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
                with self._tried(*self._statements(0, alone)) as bad:
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
        with self._tried(make) as complaint:
            if complaint or not self._execute(_CONSTANT).scalar():
                return False
            if self.run("INSERT INTO schemamigrate_k DEFAULT VALUES"):
                return False
            for question in ('a::text = b::text COLLATE "C"', "a::numeric = b::numeric"):
                if question.startswith("a::numeric") and not _is_number(type_):
                    return False
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
    if default is not None and not read.autoincrement:  # Of DEFAULT NULL the server keeps nothing.
        default = read.default and Sql(read.default.text, default.element)
    if computed is not None and read.computed is not None:
        computed = replace(computed, sql=Sql(read.computed.sql.text, computed.sql.element))
    type_ = Sql(read.type.text, column.type.element)
    return replace(column, type=type_, default=default, computed=computed)
