"""Finding the other connections of this process, and leading them: see :mod:`.led`."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import nullcontext
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from ..hearing import hearing
from .led import Leader
from .led import Led

_READS = ("SELECT", "VALUES", "PRAGMA", "EXPLAIN", "BEGIN")


#: For the connections of migrations that are under way, who hears of the others.
_EARS: weakref.WeakKeyDictionary[Connection, _Ears]
_EARS = weakref.WeakKeyDictionary()


@contextmanager
def attended(connection: Connection) -> Iterator[_Ears]:
    """Be ready to lead connections within the block, one script after the other."""
    ears = _EARS[connection] = _Ears(connection)
    try:
        with ears.open():
            yield ears
    finally:
        del _EARS[connection]


@contextmanager
def led(
    connection: Connection, original: Connection | None, begin: Callable[[], None]
) -> Iterator[None]:
    """Lead connections to ``connection`` while the block, a script, runs in this thread.

    Those are led that reach the same file, or the file of ``original``, of which ``connection`` is
    a copy.  Afterwards all of them are what they were; what they have not committed is undone.
    """
    driver = connection.connection.dbapi_connection
    reached = (original or connection).connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection) or not isinstance(reached, sqlite3.Connection):
        yield
        return
    ready = _EARS.get(connection)
    with attended(connection) if ready is None else nullcontext(ready) as ears:
        lead = _Lead(connection, Leader(driver, begin), reached)
        with ears.telling(lead):
            yield
            lead.finish()


class _Ears:
    """Hears of each connection that is taken from a pool, or used, and of the script's own.

    To register with SQLAlchemy takes longer than most scripts do, so it is done once in a run.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lead: _Lead | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hear of them for as long as the block runs."""
        hooks = [
            (Pool, "checkout", self._telling("taken")),
            (Pool, "checkin", self._telling("returned")),
            (Engine, "before_execute", self._telling("used")),
            (self.connection, "before_cursor_execute", self._telling("own")),
            (self.connection, "commit", self._telling("committing")),
            (self.connection, "rollback", self._telling("rolled_back")),
        ]
        with hearing(hooks):
            yield

    @contextmanager
    def telling(self, lead: _Lead) -> Iterator[None]:
        """Tell ``lead`` what happens in the block."""
        with lead.leading():
            self.lead = lead
            try:
                yield
            finally:
                self.lead = None

    def _telling(self, name: str) -> Callable[..., None]:
        def tell(*what: Any) -> None:
            if self.lead is not None:
                getattr(self.lead, name)(*what)

        return tell


class _Lead:
    """What is done about other connections while one script runs."""

    def __init__(self, connection: Connection, leader: Leader, reached: sqlite3.Connection) -> None:
        self.connection, self.leader, self.reached = connection, leader, reached
        self.thread = threading.get_ident()
        self.fairy: Any = connection.connection
        self.led: list[weakref.ref[Any]] = []

    @cached_property
    def file(self) -> str:
        """The file of the database; an empty text where it is in memory."""
        return _file(self.reached)

    @contextmanager
    def leading(self) -> Iterator[None]:
        """Give all connections back after the block as they were."""
        self._share(None)
        try:
            yield
        finally:
            self._share(weakref.ref(self.fairy))
            self._give_back()

    def finish(self) -> None:
        """Raise what a pool has kept to itself."""
        if self.leader.trouble is not None:
            raise self.leader.trouble

    def _share(self, fairy: weakref.ref[Any] | None) -> None:
        """A pool of one connection for each thread gives out what the thread has: not this one."""
        threads = getattr(self.connection.engine.pool, "_fairy", None)
        if threads is None:
            return
        if fairy is not None:
            threads.current = fairy
        elif getattr(threads, "current", lambda: None)() is self.fairy:
            del threads.current

    def taken(self, driver: Any, record: Any, fairy: Any) -> None:
        """Lead a connection that a pool gives out."""
        self._lead(fairy, driver)
        self.returned(driver, record)

    def returned(self, driver: Any, record: Any) -> None:
        """Where a pool gives the same connection to several, ours is still the one in use."""
        if record is not None and record is self.fairy._connection_record:
            record.fairy_ref = weakref.ref(self.fairy)

    def used(self, conn: Connection, *rest: Any) -> None:
        """Lead a connection that was taken before."""
        if conn is not self.connection and conn.dialect.name == "sqlite":
            self._lead(conn.connection, conn.connection.dbapi_connection)

    def _lead(self, fairy: Any, driver: Any) -> None:
        if isinstance(driver, Led) or fairy is self.fairy or not self._is_meant(driver):
            return
        fairy.dbapi_connection = Led(self.leader, driver, fairy)
        self.led.append(weakref.ref(fairy))

    def _is_meant(self, driver: Any) -> bool:
        if threading.get_ident() != self.thread or not isinstance(driver, sqlite3.Connection):
            return False
        if driver is self.reached or driver is self.leader.driver:
            return True
        return self.file != "" and _file(driver) == self.file

    def _give_back(self) -> None:
        for reference in self.led:
            fairy = reference()
            if fairy is not None and isinstance(fairy.dbapi_connection, Led):
                self.leader.undo(fairy.dbapi_connection)
                fairy.dbapi_connection = fairy.dbapi_connection.real
        if self.leader.owner is not None:  # Somebody has dropped it as it was.
            self.leader.undo(self.leader.owner)

    def own(self, conn: Any, cursor: Any, sql: str, *rest: Any) -> None:
        """See a statement of the migration's own connection."""
        word = sql.split(None, 1)[0].upper().rstrip(";") if sql.strip() else ""
        if word == "ROLLBACK" and " TO " not in sql.upper():
            self.leader.rolled_back()
        elif word not in _READS:
            self.leader.changed(None)

    def committing(self, conn: Any) -> None:
        """See its commit."""
        self.leader.changed(None)

    def rolled_back(self, conn: Any) -> None:
        """See its rollback."""
        self.leader.rolled_back()


def _file(driver: sqlite3.Connection) -> str:
    """Return the file of a connection; an empty text for a database in memory."""
    rows = driver.execute("PRAGMA database_list").fetchall()
    name = next((row[2] for row in rows if row[1] == "main"), "")
    return os.path.realpath(name) if name else ""
