"""The migration lock: a session-level advisory lock on a connection of its own.

PostgreSQL gives it up when the session ends, however the process dies.  The lock's key is a number
of 64 bits; the database is part of it by itself.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from ...errors import LockTimeout

#: Seconds between two attempts: polled, because a statement that waits holds a snapshot, and
#: CREATE INDEX CONCURRENTLY of the holder would wait for that.
INTERVAL = 0.2

_HOLDER = sa.text(
    """SELECT a.pid, a.usename, a.application_name, a.client_addr::text AS address,
              a.backend_start
       FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.database = (
           SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
         AND (l.classid::bigint << 32) | l.objid::bigint = :number"""
)


def number(key: str) -> int:
    """Return the lock's number for ``key``: 64 bits of a hash, signed."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)


@contextmanager
def lock(
    engine: Engine, key: str, timeout: float | None, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock of ``key`` around the block, on a connection that is closed afterwards.

    ``waiting`` gets one sentence about the holder when the lock is not free.  Raises LockTimeout
    after ``timeout`` seconds; None waits for ever.
    """
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            _acquire(connection, number(key), timeout, waiting)
            try:
                yield
            finally:
                _release(connection, number(key))
        except KeyboardInterrupt:
            # Whether the lock was just taken is not known: the session must end.
            connection.invalidate()
            raise


def _acquire(
    connection: Connection, wanted: int, timeout: float | None, waiting: Callable[[str], None]
) -> None:
    deadline = None if timeout is None else time.monotonic() + timeout
    told = False
    while not _tried(connection, wanted):
        if not told:
            waiting(f"Waiting for the migration lock: {holder(connection, wanted)}.")
            told = True
        if deadline is not None and time.monotonic() >= deadline:
            raise LockTimeout(
                f"The migration lock was not free within {timeout:g} seconds: "
                f"{holder(connection, wanted)}.",
                hint="Wait for the other migration to end, or end its session in the database.",
            )
        remaining = INTERVAL if deadline is None else deadline - time.monotonic()
        time.sleep(max(0.0, min(INTERVAL, remaining)))


def _tried(connection: Connection, wanted: int) -> bool:
    question = sa.text("SELECT pg_catalog.pg_try_advisory_lock(CAST(:number AS bigint))")
    return bool(connection.execute(question, {"number": wanted}).scalar())


def holder(connection: Connection, wanted: int) -> str:
    """Return a clause about who holds the lock, as far as the role may see it."""
    row: Any = connection.execute(_HOLDER, {"number": wanted}).mappings().first()
    if row is None:
        return "its holder has just gone"
    who = f"process {row['pid']}"
    if row["application_name"]:
        who += f" ({row['application_name']})"
    if row["usename"]:
        who += f" of user {row['usename']}"
    if row["address"]:
        who += f" from {row['address']}"
    since = f", connected since {row['backend_start']:%Y-%m-%d %H:%M:%S %Z}"
    return f"{who} holds it{since if row['backend_start'] else ''}"


def _release(connection: Connection, wanted: int) -> None:
    """Give the lock up; a connection that cannot say so is not put back into the pool."""
    question = sa.text("SELECT pg_catalog.pg_advisory_unlock(CAST(:number AS bigint))")
    try:
        connection.execute(question, {"number": wanted})
    except SQLAlchemyError:
        with suppress(SQLAlchemyError):
            connection.invalidate()
