"""The migration lock: ``GET_LOCK``, on a connection of its own.

The server releases it when that connection ends, however it ends.
https://mariadb.com/kb/en/get_lock/
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from ...errors import LockTimeout

#: Seconds that the server is asked to wait at a time: drivers may give up reading sooner or later.
PAUSE = 2.0
#: Seconds that the lock's connection may be silent (the server's maximum on Windows).
PATIENCE = 2147483


def name_of(engine: Engine, key: str) -> str:
    """Return the lock's name: at most 64 characters, and different for each database."""
    full = f"{engine.url.database}:{key}"
    return f"schemamigrate:{hashlib.sha256(full.encode()).hexdigest()[:40]}"


@contextmanager
def held(
    engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock.  Raises LockTimeout."""
    name = name_of(engine, key)
    with engine.connect() as connection:
        # The connection says nothing while the migration runs: the server must not hang up.
        usual = connection.exec_driver_sql("SELECT @@SESSION.wait_timeout").scalar()
        connection.exec_driver_sql(f"SET SESSION wait_timeout = {PATIENCE}")
        _wait(connection, name, timeout, waiting)
        try:
            yield
        finally:
            # Where the connection is lost, so is the lock already.
            with suppress(DBAPIError):
                connection.execute(sa.text("SELECT RELEASE_LOCK(:name)"), {"name": name})
                connection.exec_driver_sql(f"SET SESSION wait_timeout = {usual}")


def _wait(
    connection: Connection, name: str, timeout: float | None, waiting: Callable[[str], None]
) -> None:
    if _taken(connection, name, 0):
        return
    holder = _holder(connection, name)
    waiting(f"Another process is migrating this database ({holder}); waiting for it.")
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = PAUSE if end is None else min(PAUSE, max(0.0, end - time.monotonic()))
        if _taken(connection, name, left):
            return
        if end is not None and time.monotonic() >= end:
            raise LockTimeout(
                f"Another process has held the migration lock for {timeout:g} s: {holder}.",
                hint="Wait for it, or end its connection: KILL followed by its id.\n"
                "SCHEMAMIGRATE_LOCK_TIMEOUT sets how long to wait.",
            )


def _taken(connection: Connection, name: str, seconds: float) -> bool:
    query = sa.text("SELECT GET_LOCK(:name, :seconds)")
    taken = connection.execute(query, {"name": name, "seconds": seconds}).scalar()
    connection.rollback()  # No transaction stays open meanwhile.
    return bool(taken)


def _holder(connection: Connection, name: str) -> str:
    number = connection.execute(sa.text("SELECT IS_USED_LOCK(:name)"), {"name": name}).scalar()
    row = connection.execute(
        sa.text("SELECT user, host, time FROM information_schema.processlist WHERE id = :number"),
        {"number": number},
    ).first()
    connection.rollback()
    who = f", {row[0]}@{row[1]}, idle for {row[2]} s" if row is not None else ""
    return f"connection {number}{who}"
