"""SQLite."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextlib import suppress
from typing import Any
from typing import ClassVar

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import counted
from ...errors import WouldLoseRows
from ...schema.objects import Schema
from ...schema.scope import Scope
from .. import base
from . import canonical
from . import inspect
from . import lock
from .canonical import SQLiteReader
from .ddl import SQLiteDDL
from .dependents import quoted


class Dialect(base.Dialect):
    """SQLite, whose Python driver has to be kept from beginning and committing by itself.

    While migrations run, foreign keys are not enforced, whatever the app sets: to rebuild a table
    it has to be dropped, and that would delete the rows of child tables.  The PRAGMA does nothing
    within a transaction, and the other ways out are not open to all: editing ``sqlite_master`` is
    refused by defensive builds (macOS), ``Connection.setconfig`` needs Python 3.12.  So a script's
    own ``DELETE FROM parent`` does not cascade; :meth:`check` refuses to commit when there are more
    orphans than before, so that nothing is lost or left dangling in silence.
    """

    name: ClassVar[str] = "sqlite"
    transactional_ddl: ClassVar[bool] = True
    batches: ClassVar[bool] = True
    enforces_length: ClassVar[bool] = False
    autocommit_level: ClassVar[str | None] = None
    shadow: ClassVar[str | None] = "sqlite://"
    #: Else a rebuild run by hand would delete the rows of child tables.
    preamble: ClassVar[tuple[str, ...]] = ("PRAGMA foreign_keys = OFF",)

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self.default_schema = "main"
        self._isolation: Any = None
        self._enforced = False
        self._autocommit: Any = None
        self._orphans: Counter[tuple[str, str]] = Counter()
        self._reader = SQLiteReader(self.sqlalchemy, self.default_schema)

    @property
    def reader(self) -> SQLiteReader:
        """What reads SQLAlchemy's objects."""
        return self._reader

    @property
    def ddl(self) -> SQLiteDDL:
        """What writes statements."""
        return SQLiteDDL(self.reader, self.open)

    @property
    def open(self) -> Connection:
        """The connection, which there always is: ``--sql`` works on a shadow database."""
        assert self.connection is not None
        return self.connection

    @property
    def _driver(self) -> Any:
        return self.open.connection.dbapi_connection

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue."""
        return inspect.schema(self.open, self.reader, scope)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Respell what means the same."""
        return canonical.settle(self.reader, actual, wanted)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold the lock beside the database's file."""
        return lock.held(engine.url, timeout, waiting)

    def prepare(self) -> None:
        """Take transactions into our own hands, and foreign keys out of force."""
        driver = self._driver
        self._isolation = driver.isolation_level
        self._autocommit = getattr(driver, "autocommit", None)
        if isinstance(self._autocommit, bool):  # Python 3.12: True, False, or -1 as it used to be
            driver.rollback()
            driver.autocommit = sqlite3.LEGACY_TRANSACTION_CONTROL  # type: ignore[attr-defined,unused-ignore]
        driver.isolation_level = None
        self._enforced = bool(self._pragma("foreign_keys"))
        if self._enforced:
            driver.execute("PRAGMA foreign_keys = OFF")

    def restore(self) -> None:
        """Give the connection back as it was."""
        driver = self._driver
        driver.execute("PRAGMA legacy_alter_table = OFF")  # A failed rebuild leaves it on.
        if self._enforced:
            driver.execute("PRAGMA foreign_keys = ON")
        driver.isolation_level = self._isolation
        if isinstance(self._autocommit, bool):
            driver.autocommit = self._autocommit

    def begin(self) -> None:
        """Begin a transaction that writes, so that it cannot fail half-way for a lock."""
        if not self._driver.in_transaction:
            self.open.exec_driver_sql("BEGIN IMMEDIATE")
        if self._enforced:
            self._orphans = orphans(self._driver)

    def check(self) -> None:
        """Refuse to commit rows that refer to rows which are not there (WouldLoseRows)."""
        if not self._enforced:
            return
        now = orphans(self._driver)
        more = now - self._orphans
        # A renamed table brings its old orphans along under its new name.
        if more and now.total() > self._orphans.total():
            tables = sorted(f"{child} (to {parent})" for child, parent in more)
            raise WouldLoseRows(
                f"{counted(more.total(), 'row')} would refer to rows that do not exist, in "
                f"{', '.join(tables)}.",
                hint="Foreign keys are not enforced while a migration runs, so ON DELETE does "
                "nothing: delete or change the child rows in the script too.",
            )

    def _pragma(self, name: str) -> Any:
        return self._driver.execute(f"PRAGMA {name}").fetchone()[0]


def orphans(driver: Any) -> Counter[tuple[str, str]]:
    """Count the rows that refer to nothing, by (table, table referred to).

    A foreign key whose target is not unique makes SQLite refuse to look at all; then each table
    is asked by itself, and the one that has it is left out.
    """
    try:
        return Counter((row[0], row[2]) for row in driver.execute("PRAGMA foreign_key_check"))
    except sqlite3.Error:
        found: Counter[tuple[str, str]] = Counter()
        listed = driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in listed:
            with suppress(sqlite3.Error):
                rows = driver.execute(f"PRAGMA foreign_key_check({quoted(name)})").fetchall()
                found.update((row[0], row[2]) for row in rows)
        return found
