"""Other connections of this process while a script runs: they are led to the migration's own.

SQLite has one writer, which is the revision's transaction: ``db.session.commit()`` or
``create_all(db.engine)`` in a script would wait for it in vain.  So each connection to the same
file that this thread takes from any SQLAlchemy pool works on the migration's driver connection for
as long as the script runs.  What it commits is committed with the revision, or rolled back with it;
what it rolls back is undone to a savepoint.  As with ``sqlite3`` itself, rows that it changes open
a transaction, and DDL does not.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from typing import NoReturn
from weakref import ref

from ...errors import InvalidOperation

_POINT = "schemamigrate_point"
_START = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*"
_WORD = re.compile(_START + r"([A-Za-z]+)(?:\s+(TO)\b)?", re.DOTALL | re.IGNORECASE)
_SETTING = re.compile(_START + r"PRAGMA\s+(?:\w+\.)?(\w+)\s*=", re.DOTALL | re.IGNORECASE)
_READS = ("SELECT", "VALUES", "PRAGMA", "EXPLAIN", "BEGIN", "ATTACH", "DETACH", "")
_ROWS = ("INSERT", "UPDATE", "DELETE", "REPLACE", "SAVEPOINT")


class Leader:
    """The migration's driver connection, which others work on; one has a savepoint at a time.

    ``begin`` begins the revision's transaction, unless it is open or not wanted.  ``trouble`` is
    what could not be answered where it happened.
    """

    def __init__(self, driver: sqlite3.Connection, begin: Callable[[], None]) -> None:
        self.driver, self.begin = driver, begin
        self.owner: Led | None = None
        self.trouble: InvalidOperation | None = None

    def changed(self, by: Led | None) -> None:
        """Somebody (None: the script itself) changes something.

        What another one has changed before is part of the revision from here on: to undo it would
        undo this too.
        """
        owner = self.owner
        if owner is None or owner is by:
            return
        if owner.holder() is None:
            self.undo(owner)
            return
        self.owner, owner.merged = None, True
        self._send(f"RELEASE {_POINT}")

    def rolled_back(self) -> None:
        """Note that the script has rolled back its transaction, with everything that is in it."""
        if self.owner is not None:
            self.owner.lost, self.owner = True, None

    def mark(self, led: Led) -> None:
        """Set the savepoint of a connection."""
        if self.owner is not led:
            self.owner = led
            self._send(f"SAVEPOINT {_POINT}")

    def keep(self, led: Led) -> None:
        """Commit what a connection has done."""
        if self.owner is led:
            self.owner = None
            self._send(f"RELEASE {_POINT}")

    def undo(self, led: Led) -> None:
        """Roll back what a connection has done since its savepoint."""
        if self.owner is led:
            self.owner = None
            self._send(f"ROLLBACK TO {_POINT}")
            self._send(f"RELEASE {_POINT}")

    def fail(self, message: str) -> NoReturn:
        """Raise, and remember: a pool that returns a connection keeps errors to itself."""
        self.trouble = InvalidOperation(
            message,
            hint="Commit on the other connection before the script goes on, or do the work on the "
            "migration's own: op.get_bind(), Session(bind=op.get_bind())",
        )
        raise self.trouble

    def _send(self, sql: str) -> None:
        # A script that ended its transaction behind our back took the savepoint with it.
        with suppress(sqlite3.OperationalError):
            self.driver.execute(sql)


class Led:
    """Stands in for the driver connection ``real``, which ``holder`` has of its pool."""

    def __init__(self, leader: Leader, real: sqlite3.Connection, holder: Any) -> None:
        self.leader, self.real, self.holder = leader, real, ref(holder)
        self.isolation_level = "" if real is leader.driver else real.isolation_level
        self.begun = self.merged = self.lost = False

    def cursor(self, *args: Any, **options: Any) -> Cursor:
        """Return a cursor of the migration's connection that asks here first."""
        made = self.leader.driver.cursor(Cursor)
        made.led = self
        return made

    def execute(self, sql: str, *parameters: Any) -> Cursor:
        """Execute on a new cursor."""
        return self.cursor().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Cursor:
        """Execute many times on a new cursor."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, script: str) -> Cursor:
        """Execute several statements on a new cursor."""
        return self.cursor().executescript(script)

    @property
    def in_transaction(self) -> bool:
        """Whether there is something to commit."""
        return self.begun or self.merged or self.leader.owner is self

    def commit(self) -> None:
        """Make what was done here a part of the revision."""
        lost, self.lost = self.lost, False
        self.begun = self.merged = False
        self.leader.keep(self)
        if lost:
            self.leader.fail(
                "Another connection commits rows that are gone: the script has rolled back its "
                "transaction, which they were part of."
            )

    def rollback(self) -> None:
        """Undo what was done here and not committed."""
        merged, self.merged = self.merged, False
        self.begun = self.lost = False
        self.leader.undo(self)
        if merged:
            self.leader.fail(
                "Another connection rolls back what it has written, and the script has written "
                "since: on SQLite that cannot be undone by itself."
            )

    def close(self) -> None:
        """Leave nothing uncommitted behind."""
        self.rollback()

    def __enter__(self) -> Led:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        (self.commit if kind is None else self.rollback)()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.leader.driver, name)

    def answer(self, sql: str) -> list[tuple[Any, ...]] | None:
        """Return the rows of a statement that must not reach the migration's connection.

        None: it may run there, and all is prepared for it.
        """
        found = _WORD.match(sql)
        word = found[1].upper() if found else ""
        setting = _SETTING.match(sql)
        if setting is not None:
            return self._set(setting[1].lower(), sql)
        if word == "BEGIN":
            self.begun = True
        elif word in ("COMMIT", "END"):
            self.commit()
        elif word == "ROLLBACK" and found is not None and found[2] is None:
            self.rollback()
        else:
            if word not in _READS:
                self._changing(word)
            return None
        return []

    def _set(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """Settings are those of the real connection: the migration has its own."""
        if self.real is self.leader.driver and name == "foreign_keys":
            return []
        return self.real.execute(sql).fetchall()

    def _changing(self, word: str) -> None:
        self.leader.changed(self)
        self.leader.begin()
        if self.begun or (self.isolation_level is not None and word in _ROWS):
            self.leader.mark(self)


class Cursor(sqlite3.Cursor):
    """A cursor of the migration's connection in somebody else's hands."""

    led: Led

    def execute(self, sql: str, *parameters: Any) -> Cursor:
        """Execute one statement."""
        rows = self.led.answer(sql)
        if rows is None:
            super().execute(sql, *parameters)
        elif rows:
            super().execute(f"SELECT {', '.join('?' * len(rows[0]))}", rows[0])
        return self

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Cursor:
        """Execute a statement once for each set of parameters."""
        if self.led.answer(sql) is None:
            super().executemany(sql, parameters)
        return self

    def executescript(self, script: str) -> Cursor:
        """Execute statements one by one: the driver would commit the revision before them."""
        self.led.commit()
        level, self.led.isolation_level = self.led.isolation_level, None
        statement = ""
        try:
            for part in re.split(r"(?<=;)", script):
                statement += part
                if sqlite3.complete_statement(statement):
                    self.execute(statement)
                    statement = ""
            if statement.strip():
                self.execute(statement)
        finally:
            self.led.isolation_level = level
        return self
