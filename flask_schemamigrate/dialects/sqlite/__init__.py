"""SQLite."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
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


class Dialect(base.Dialect):
    """SQLite, whose Python driver has to be kept from beginning and committing by itself.

    While migrations run, foreign keys are not enforced, whatever the app sets: to rebuild a table
    it has to be dropped, and that would delete the rows of child tables.  :meth:`check` refuses to
    commit when there are orphans that were not there before.
    """

    name: ClassVar[str] = "sqlite"
    transactional_ddl: ClassVar[bool] = True
    batches: ClassVar[bool] = True
    enforces_length: ClassVar[bool] = False
    autocommit_level: ClassVar[str | None] = None
    shadow: ClassVar[str | None] = "sqlite://"

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self.default_schema = "main"
        self._isolation: Any = None
        self._enforced = False
        self._orphans: set[Any] = set()
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
        return canonical.settle(actual, wanted)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold the lock beside the database's file."""
        return lock.held(engine.url, timeout, waiting)

    def prepare(self) -> None:
        """Take transactions into our own hands, and foreign keys out of force."""
        self._isolation = self._driver.isolation_level
        self._driver.isolation_level = None
        self._enforced = bool(self._pragma("foreign_keys"))
        if self._enforced:
            self._driver.execute("PRAGMA foreign_keys = OFF")

    def restore(self) -> None:
        """Give the connection back as it was."""
        if self._enforced:
            self._driver.execute("PRAGMA foreign_keys = ON")
        self._driver.isolation_level = self._isolation

    def begin(self) -> None:
        """Begin a transaction that writes, so that it cannot fail half-way for a lock."""
        if not self._driver.in_transaction:
            self.open.exec_driver_sql("BEGIN IMMEDIATE")
        self._orphans = self._violations() if self._enforced else set()

    def check(self) -> None:
        """Refuse to commit rows that refer to rows which are not there."""
        new = (self._violations() if self._enforced else set()) - self._orphans
        if new:
            tables = sorted({f"{child} (to {parent})" for child, _, parent, _ in new})
            raise WouldLoseRows(
                f"{counted(len(new), 'row')} would refer to rows that do not exist, in "
                f"{', '.join(tables)}.",
                hint="Foreign keys are not enforced while a migration runs, so ON DELETE does "
                "nothing: delete or change the child rows in the script too.",
            )

    def _violations(self) -> set[Any]:
        return {tuple(row) for row in self._driver.execute("PRAGMA foreign_key_check")}

    def _pragma(self, name: str) -> Any:
        return self._driver.execute(f"PRAGMA {name}").fetchone()[0]
