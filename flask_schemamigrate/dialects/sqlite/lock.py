"""The migration lock: an exclusive transaction on a file beside the database.

The operating system releases it when the process ends, however it ends.  It is a database of its
own because the database itself has to be readable and writable for the migration.  The file, which
is empty, stays: a process could be waiting on it, and a new one would be another lock.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager

from sqlalchemy.engine import URL

from ...errors import LockTimeout
from ...errors import Unreachable

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
        _take(connection, path, timeout, waiting)
        yield  # Closing ends the transaction, and the lock with it.


def _take(
    connection: sqlite3.Connection,
    path: str,
    timeout: float | None,
    waiting: Callable[[str], None],
) -> None:
    began = time.monotonic()
    told = False
    while True:
        try:
            connection.execute("BEGIN EXCLUSIVE")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise _unusable(path, error) from error
        if not told:
            told = True
            waiting("Another process is migrating this database; waiting for it to finish.")
        if timeout is not None and time.monotonic() - began >= timeout:
            raise LockTimeout(
                f"Another process has held the migration lock for {timeout:g} s: {path}",
                hint=f"See which one: lsof {path}\nOr wait longer: SCHEMAMIGRATE_LOCK_TIMEOUT",
            )
        time.sleep(PAUSE)


def _unusable(path: str, error: sqlite3.Error) -> Unreachable:
    folder = os.path.dirname(os.path.abspath(path))
    return Unreachable(
        f"The migration lock {path} cannot be taken: {error}",
        hint=f"The folder {folder} must exist and be writable: SQLite needs that too.",
    )
