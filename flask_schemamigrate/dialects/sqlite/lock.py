"""The migration lock: a transaction that stays open on a file beside the database.

The operating system releases it when the process ends, however it ends.  It is a database of its
own because the database itself has to be readable and writable for the migration.  The file stays:
a process could be waiting on it, and a new one would be another lock.  In it is written who has
the lock; those who wait can read that, because an immediate transaction keeps off writers alone.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.engine import URL

from ...errors import Unreachable
from .. import holding
from ..holding import Holder

#: Seconds between two attempts.
PAUSE = 0.05


def path_of(url: URL) -> str | None:
    """Return the lock's file; None for a database that no other process can see."""
    name = url.database
    if not name or name == ":memory:" or "mode=memory" in name or url.query.get("mode") == "memory":
        return None
    if name.startswith("file:"):
        name = name[len("file:") :].partition("?")[0]
    return f"{os.path.realpath(name)}-migrate.lock"


@contextmanager
def held(url: URL, timeout: float | None, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock for the database of ``url``.  Raises LockTimeout and Unreachable."""
    path = path_of(url)
    if path is None:
        yield
        return
    try:
        opened = sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.OperationalError as error:
        raise _unusable(path, error) from error
    with closing(opened) as connection:
        holding.acquire(
            lambda seconds: _tried(connection, path, seconds),
            lambda: Holder(_holder(connection), f"See which processes have it open: lsof {path}"),
            timeout,
            waiting,
        )
        yield  # Closing ends the transaction, and the lock with it.


def _tried(connection: sqlite3.Connection, path: str, seconds: float) -> bool:
    time.sleep(min(seconds, PAUSE))
    now = datetime.now().astimezone()
    me = f"process {holding.myself()}, since {now:%Y-%m-%d %H:%M:%S %Z}"
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE IF NOT EXISTS holder (name TEXT)")
        connection.execute("DELETE FROM holder")
        connection.execute("INSERT INTO holder VALUES (?)", (me,))
        connection.execute("COMMIT")  # Otherwise nobody could read it.
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if "locked" in str(error):
            return False
        raise _unusable(path, error) from error
    if _holder(connection) == me:
        return True
    connection.execute("ROLLBACK")  # Somebody came in between, and has gone again.
    return False


def _holder(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT name FROM holder").fetchone()
    except sqlite3.OperationalError:
        row = None
    return row[0] if row else "who it is, is not known"


def _unusable(path: str, error: sqlite3.Error) -> Unreachable:
    folder = os.path.dirname(os.path.abspath(path))
    return Unreachable(
        f"The migration lock {path} cannot be taken: {error}",
        hint=f"The folder {folder} must exist and be writable: SQLite needs that too.",
    )
