"""A copy of a database beside it on the same server: what its catalogue has, and some rows."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import ExitStack
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from ...operations.tables import CreateTable
from ...schema.names import Name
from ...schema.objects import Schema
from ...schema.objects import Table
from ...steps import Step
from .. import copies
from .. import sequences
from ..base import NoReplica
from ..base import Replica
from ..base import Tables
from . import definitions
from .ddl import DDL
from .inspect import inspect
from .words import Words


@contextmanager
def replica(source: Connection, ddl: DDL, engine: Engine, bare: bool = False) -> Iterator[Replica]:
    """Give a database of its own, dropped at the end; a killed one is dropped by the next call.

    ``bare``: it has nothing but what every new database has.  Raises NoReplica.
    """
    name = copies.new_name()
    with engine.connect() as opened, ExitStack() as closing:
        admin = opened.execution_options(isolation_level="AUTOCOMMIT")
        _sweep(admin)
        _create(admin, source, name)
        closing.callback(_drop, admin, name)
        made = copies.engine_for(engine, name)
        try:
            # Nobody drops a database that somebody is connected to.
            holding = closing.enter_context(made.connect())
            filling = Filling(source, holding, ddl)
            if not bare:
                filling.prepare()
        except DBAPIError as error:
            raise NoReplica(_said(error)) from error
        yield Replica(made, filling.fill, filling.clear)


def _drop(admin: Connection, name: str) -> None:
    with suppress(DBAPIError):
        _execute(admin, f"DROP DATABASE IF EXISTS {name}")


def _execute(connection: Connection, sql: str) -> Any:
    # Without parameters the driver must not look for % signs.
    return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _said(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def _sweep(admin: Connection) -> None:
    """Drop the copies that a process which was killed has left behind."""
    for (name,) in admin.execute(definitions.ABANDONED, {"prefix": copies.PREFIX}).fetchall():
        if copies.is_old(name):
            with suppress(DBAPIError):
                _execute(admin, f'DROP DATABASE IF EXISTS "{name}"')


def _create(admin: Connection, source: Connection, name: str) -> None:
    """Create an empty database with the same encoding and locale, and the session's settings."""
    encoding, collate, ctype = source.execute(definitions.LOCALE).one()
    kept = {s: source.execute(sa.text(f"SHOW {s}")).scalar() for s in ("search_path", "timezone")}
    source.rollback()
    try:
        _execute(
            admin,
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' "
            f"LC_COLLATE '{collate}' LC_CTYPE '{ctype}'",
        )
    except DBAPIError as error:
        hint = "a role may be allowed it by: ALTER ROLE … CREATEDB"
        raise NoReplica(f"{_said(error)} ({hint})") from error
    _execute(admin, f"ALTER DATABASE {name} SET search_path = {kept['search_path']}")
    _execute(admin, f"ALTER DATABASE {name} SET timezone = '{kept['timezone']}'")


class Filling:
    """Puts into ``target`` what ``source`` has."""

    def __init__(self, source: Connection, target: Connection, ddl: DDL) -> None:
        self.source = source
        self.target = target
        # The copy has no answer to what the script made already: its own connection would.
        self.ddl = DDL(ddl.sqlalchemy)
        self.words = Words(ddl.preparer)
        #: The statements of the last round that would not run, with what the server said.
        self.left: list[tuple[str, str]] = []

    def prepare(self) -> None:
        """Make what tables need: schemas, extensions, types, functions."""
        around = [text for (text,) in self.source.execute(definitions.AROUND)]
        self.source.rollback()
        self._run(around)
        self.target.commit()

    def clear(self) -> None:
        """Refuse: DDL is rolled back here, so nothing is ever committed before :meth:`fill`."""
        raise NoReplica("a copy that was written to cannot be cleared")

    def fill(self, rows: bool) -> tuple[str, ...]:
        """Copy tables and rows; return sentences about what would not be made again."""
        default = str(self.ddl.sqlalchemy.default_schema_name or "public")
        try:
            schemas = [name for (name,) in self.source.execute(definitions.SCHEMAS)]
            later = [text for (text,) in self.source.execute(definitions.LATER)]
            schema = inspect(self.source, schemas, default)
            # Functions in SQL may have waited for their tables.
            waiting = [sql for sql, _ in self.left]
            waiting += [text for (text,) in self.source.execute(definitions.ENUMS)]
            missed = self._run([*waiting, *self._sequences(schema), *self._tables(schema)])
            for table in schema.tables.values() if rows else ():
                self._rows(table)
            self._keys(schema)
            missed += self._run(later)
            self.target.commit()
            self.source.rollback()
        except DBAPIError as error:
            raise NoReplica(_said(error)) from error
        return tuple(f"The copy lacks what could not be made there: {said}." for said in missed)

    def _run(self, statements: Iterable[str]) -> list[str]:
        """Run statements in an order that works; return what is said of those that never do."""
        self.left = [(sql, "") for sql in statements]
        _execute(self.target, "SET check_function_bodies = off")
        number = -1
        while self.left and len(self.left) != number:
            number = len(self.left)
            tried = [(sql, self._try(sql)) for sql, _ in self.left]
            self.left = [(sql, complaint) for sql, complaint in tried if complaint]
        return [f"{' '.join(sql.split())[:80]} ({said})" for sql, said in self.left]

    def _try(self, sql: str) -> str:
        try:
            with self.target.begin_nested():
                _execute(self.target, sql)
        except DBAPIError as error:
            return _said(error)
        return ""

    def _sequences(self, schema: Schema) -> Iterator[str]:
        for name, sequence in schema.sequences.items():
            options = " ".join(sequences.options(sequence))
            yield f"CREATE SEQUENCE {self.words.name(name)} {options}".rstrip()

    def _tables(self, schema: Schema) -> Iterator[str]:
        """Yield CREATE TABLE and its indexes, without the keys that need another table."""
        for table in schema.tables.values():
            yield from self._statements(table)

    def _statements(self, table: Table) -> Iterator[str]:
        bare: Any = {"foreign_keys": (), "element": None}
        fields = {f: getattr(table, f) for f in Table.__dataclass_fields__}
        alone = Table(**{**fields, **bare})
        texts = [
            action.sql
            for action in self.ddl.create_table(CreateTable(alone), _Nothing())
            if isinstance(action, Step)
        ]
        # One statement after the other, together: an index is of no use without its table.
        yield ";\n".join(texts)

    def _rows(self, table: Table) -> None:
        """Copy the first rows, by way of JSON: every type has a text that it can be read from."""
        where = self.words.name(table.name)
        names = ", ".join(self.words.quote(c.name) for c in table.columns if c.computed is None)
        if not names:
            return
        some = f"SELECT {names} FROM {where} LIMIT {copies.SAMPLE}"
        read = f"SELECT CAST(json_agg(r) AS text) FROM ({some}) r"
        rows = _execute(self.source, read).scalar()
        if rows is None:
            return
        write = (
            f"INSERT INTO {where} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} "
            f"FROM json_populate_recordset(CAST(NULL AS {where}), "
        ).replace(":", r"\:") + "CAST(:rows AS json))"
        with suppress(DBAPIError), self.target.begin_nested():
            self.target.execute(sa.text(write), {"rows": rows})

    def _keys(self, schema: Schema) -> None:
        """Delete rows whose parents were not copied, until none is left; then add the keys."""
        keys = [(t, k) for t in schema.tables.values() for k in t.foreign_keys]
        deleted = True
        while deleted:
            deleted = False
            for table, key in keys:
                pairs = list(zip(key.columns, key.target_columns, strict=True))
                quote = self.words.quote
                joined = " AND ".join(f"p.{quote(o)} = c.{quote(c)}" for c, o in pairs)
                given = " AND ".join(f"c.{quote(c)} IS NOT NULL" for c, _ in pairs)
                sql = (
                    f"DELETE FROM {self.words.name(table.name)} c WHERE {given} AND NOT EXISTS "
                    f"(SELECT FROM {self.words.name(key.target)} p WHERE {joined})"
                )
                with suppress(DBAPIError), self.target.begin_nested():
                    deleted |= bool(_execute(self.target, sql).rowcount)
        for table, key in keys:
            self._try(f"ALTER TABLE {self.words.name(table.name)} ADD {self.words.constraint(key)}")


class _Nothing(Tables):
    """Knows no table."""

    def table(self, name: Name) -> Table | None:
        """None."""
        return None
