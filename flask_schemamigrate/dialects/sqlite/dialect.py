"""SQLite."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from typing import ClassVar
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine

from ...errors import counted
from ...errors import InvalidOperation
from ...errors import WouldLoseRows
from ...schema.names import Name
from ...schema.objects import Column
from ...schema.objects import Schema
from ...schema.objects import Sql
from ...schema.scope import Scope
from .. import base
from ..direct import told
from . import canonical
from . import inspect
from .asynchronous import Asynchronous
from .canonical import SQLiteReader
from .dependents import quoted

if TYPE_CHECKING:
    from ...steps import Effect
    from ...steps import Step
    from ..misfits import Misfit
    from ..rules import Surroundings
    from . import rules
    from .ddl import SQLiteDDL


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
    keeps_unnamed: ClassVar[bool] = True
    folds_case: ClassVar[frozenset[str]] = frozenset(("table", "column"))
    enforces_length: ClassVar[bool] = False
    autocommit_level: ClassVar[str | None] = None
    row_names: ClassVar[tuple[str, ...]] = ("rowid", "_rowid_", "oid")
    shadow: ClassVar[str | None] = "sqlite://"
    #: Else a rebuild run by hand would delete the rows of child tables.
    preamble: ClassVar[tuple[str, ...]] = ("PRAGMA foreign_keys = OFF",)
    reach: ClassVar[str] = (
        "Check the path in the URL: its folder must exist and be writable, and a file that is "
        "there must be an SQLite database."
    )

    def __init__(self, sqlalchemy_dialect: Any, connection: Connection | None = None) -> None:
        super().__init__(sqlalchemy_dialect, connection)
        self.default_schema = "main"
        self._isolation: Any = None
        self._prepared: Any = None
        self._enforced = False
        self._autocommit: Any = None
        self._orphans: Counter[tuple[str, str]] | None = None
        self._seen: Any = None
        self._checked = False
        self._reader = SQLiteReader(self.sqlalchemy, self.default_schema)

    @property
    def reader(self) -> SQLiteReader:
        """What reads SQLAlchemy's objects."""
        return self._reader

    @property
    def ddl(self) -> SQLiteDDL:
        """What writes statements."""
        from .ddl import SQLiteDDL

        return SQLiteDDL(self.reader, self.open)

    @property
    def open(self) -> Connection:
        """The connection, which there always is: ``--sql`` works on a shadow database."""
        assert self.connection is not None
        return self.connection

    @property
    def _driver(self) -> Any:
        driver = self.open.connection.dbapi_connection
        return driver if hasattr(driver, "in_transaction") else Asynchronous(driver)

    def inspect(self, scope: Scope) -> Schema:
        """Read the catalogue."""
        return inspect.schema(self.open, self.reader, scope)

    def settle(self, actual: Schema, wanted: Schema) -> base.Settlement:
        """Respell what means the same."""
        return canonical.settle(self.reader, actual, wanted)

    def left_behind(self) -> tuple[base.LeftBehind, ...]:
        """Find what Alembic's batches are called before they are renamed."""
        from . import leftovers

        return leftovers.found(self.open)

    def lock(
        self, engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
    ) -> AbstractContextManager[None]:
        """Hold the lock beside the database's file."""
        from . import lock

        return lock.held(engine.url, timeout, waiting)

    def rules(self, around: Surroundings) -> rules.Rules:
        """Return this system's rules."""
        from . import rules

        return rules.Rules(around, self.sqlalchemy.identifier_preparer.quote)

    def measure(self, step: Step, run: Callable[[Step], None]) -> Effect:
        """Tell a rebuild from a native change."""
        from . import probe

        return probe.measure(step, run)

    def replica(self, engine: Engine, bare: bool = False) -> AbstractContextManager[base.Replica]:
        """Give a copy in memory."""
        from . import replica

        return replica.replica(self._driver, engine)

    def neutral(self, column: Column) -> Sql | None:
        """Return an empty text for types of unknown names: a column takes what it is given."""
        return super().neutral(column) or Sql("''")

    def misfits(self, table: Name, before: Column, after: Column) -> tuple[Misfit, ...]:
        """Ask by the conditions of :mod:`.misfits`."""
        from ..misfits import counted as counted_misfits
        from . import misfits

        ddl = self.ddl
        name, column = ddl.table_name(table), ddl.quote(before.name)
        self._driver.create_function(misfits.IS_TEXT, 1, misfits.is_text)
        conditions = misfits.conditions(before, after, column)
        # Bytes in a column of texts need not be a text.
        as_text = f"iif(typeof({column}) = 'blob', quote({column}), CAST({column} AS TEXT))"
        return tuple(counted_misfits(self.open, name, column, as_text, conditions))

    def prepare(self) -> None:
        """Take transactions into our own hands, and foreign keys out of force."""
        self._prepared = driver = self._driver
        self._isolation = driver.isolation_level
        self._autocommit = getattr(driver, "autocommit", None)
        if isinstance(self._autocommit, bool):  # Python 3.12: True, False, or -1 as it used to be
            driver.rollback()
            driver.autocommit = sqlite3.LEGACY_TRANSACTION_CONTROL  # type: ignore[attr-defined,unused-ignore]
        if not driver.in_transaction:  # Else it would commit what somebody has begun.
            driver.isolation_level = None
        self._enforced = bool(self._pragma("foreign_keys"))
        if self._enforced:
            driver.execute("PRAGMA foreign_keys = OFF")
            if self._pragma("foreign_keys"):
                driver.isolation_level = self._isolation
                raise InvalidOperation(
                    "The connection has an open transaction, in which foreign keys stay enforced: "
                    "to rebuild a table would delete the rows of child tables.",
                    hint="Commit before the migrations run: connection.commit()",
                )
            sa.event.listen(self.open, "commit", self._commits)

    def _commits(self, connection: Connection) -> None:
        """Check what a script commits; what we do was checked just now."""
        if not self._checked:
            self.check()
        self._checked = False

    def restore(self) -> None:
        """Give the connection back as it was; in somebody's transaction, once that has ended."""
        if not self._prepared.in_transaction:
            self._restore()
            return
        waiting = [self.open.connection.dbapi_connection]

        def returned(driver: Any, record: Any) -> None:
            if driver in waiting:
                waiting.clear()
                self._restore()

        sa.event.listen(self.open.engine, "checkin", returned)

    def _restore(self) -> None:
        driver = self._prepared
        driver.execute("PRAGMA legacy_alter_table = OFF")  # A failed rebuild leaves it on.
        if self._enforced:
            sa.event.remove(self.open, "commit", self._commits)
            driver.execute("PRAGMA foreign_keys = ON")
        driver.isolation_level = self._isolation
        if isinstance(self._autocommit, bool):
            driver.autocommit = self._autocommit

    def begin(self) -> None:
        """Begin a transaction that writes, so that it cannot fail half-way for a lock."""
        if self._driver.in_transaction:
            return
        told(self.open, "BEGIN IMMEDIATE")
        if self._enforced:
            self._count()

    def _count(self) -> None:
        """Count the orphans, unless nobody else has written since: a script may have made some."""
        version = self._pragma("data_version")
        if self._orphans is None or self._seen != version:
            self._seen, self._orphans = version, orphans(self._driver)

    def ensure_begun(self) -> None:
        """Begin where a script has committed: the driver would run each statement by itself."""
        if not self._driver.in_transaction:
            self.open.exec_driver_sql("BEGIN IMMEDIATE")

    def others(
        self, begin: Callable[[], None], original: Connection | None = None
    ) -> AbstractContextManager[None]:
        """Lead them to this connection."""
        from . import others

        return others.led(self.open, original, begin)

    def attending(self) -> AbstractContextManager[object]:
        """Register what hears of connections."""
        from . import others

        return others.attended(self.open)

    def state(self, names: Sequence[Name]) -> str:
        """Return a fingerprint of ``sqlite_master``."""
        rows = self._driver.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2")
        return hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()

    def is_unreadable(self, error: BaseException) -> bool:
        """Whether the file is no database, or a damaged one; SQLite tells when it first reads."""
        # Others that a statement may meet (locked, constraints, syntax) are subclasses of it.
        return type(getattr(error, "orig", error)).__name__ == "DatabaseError"

    def lacks_table(self, error: BaseException) -> bool:
        """SQLite says so in words alone."""
        from . import glance

        return glance.lacks_table(error)

    def check(self) -> None:
        """Refuse to commit rows that refer to rows which are not there (WouldLoseRows).

        Neither are tables committed whose foreign key would refer to no key (InvalidOperation).
        """
        if not self._enforced or self._orphans is None:
            return
        now, before = orphans(self._driver), self._orphans
        keyless, more = _more(now, before, keyless=True), _more(now, before, keyless=False)
        if keyless:
            raise InvalidOperation(
                f"What a foreign key of {', '.join(child for child, _ in keyless)} refers to would "
                "be no key any more, and each INSERT there would fail.",
                hint="Drop or change that foreign key too, before.",
            )
        if more:
            tables = sorted(f"{child} (to {parent})" for child, parent in more)
            raise WouldLoseRows(
                f"{counted(more.total(), 'row')} would refer to rows that do not exist, in "
                f"{', '.join(tables)}.",
                hint="Foreign keys are not enforced while a migration runs, so ON DELETE does "
                "nothing: delete or change the child rows in the script too.",
            )
        self._orphans, self._checked = now, True

    def _pragma(self, name: str) -> Any:
        return self._driver.execute(f"PRAGMA {name}").fetchone()[0]


def _more(
    now: Counter[tuple[str, str]], before: Counter[tuple[str, str]], *, keyless: bool
) -> Counter[tuple[str, str]]:
    """Return what is there now and was not before, of one sort.

    A renamed table brings what it had along under its new name.
    """
    now, before = (
        Counter({key: n for key, n in found.items() if (not key[1]) is keyless})
        for found in (now, before)
    )
    return now - before if now.total() > before.total() else Counter()


def orphans(driver: Any) -> Counter[tuple[str, str]]:
    """Count the rows that refer to nothing, by (table, table referred to).

    A foreign key whose target is not unique makes SQLite refuse to look at all; then each table
    is asked by itself, and the one that has it is counted as one that refers to ``""``.
    """
    try:
        return Counter((row[0], row[2]) for row in driver.execute("PRAGMA foreign_key_check"))
    except sqlite3.Error:
        found: Counter[tuple[str, str]] = Counter()
        listed = driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in listed:
            try:
                rows = driver.execute(f"PRAGMA foreign_key_check({quoted(name)})").fetchall()
            except sqlite3.Error:
                rows = [(name, None, "")]
            found.update((row[0], row[2]) for row in rows)
        return found
