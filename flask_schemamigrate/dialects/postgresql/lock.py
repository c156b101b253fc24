"""The migration lock: an advisory lock on a connection of its own.

PostgreSQL gives it up when the session ends, however the process dies.  The lock's key is a number
of 64 bits; the database is part of it by itself.

It belongs to a transaction that stays open meanwhile, not to the session: a pooler such as
PgBouncer may give every transaction another session, and would keep a session's lock for ever.
READ COMMITTED, because such a transaction holds no snapshot between two statements: CREATE INDEX
CONCURRENTLY would wait for one.
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

from .. import holding
from ..holding import Holder
from ..spare import spare
from . import begun

#: Seconds between two attempts: polled, because a statement that waits holds a snapshot.
INTERVAL = 0.2
_LEVEL = "READ COMMITTED"
#: As many characters of an application's name are kept by the server.
_LONGEST = 63

_TRY = "SELECT pg_catalog.pg_try_advisory_xact_lock(CAST({} AS bigint))"
_HOLDER = sa.text(
    """SELECT a.pid, a.usename, a.application_name, a.client_addr::text AS address, a.xact_start
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
    wanted = number(key)
    with spare(engine) as connection:
        connection.execution_options(isolation_level=_LEVEL)
        try:
            holding.acquire(
                lambda seconds: _tried(connection, wanted, seconds),
                lambda: holder(connection, wanted),
                timeout,
                waiting,
            )
            yield
        except KeyboardInterrupt:
            # A statement may be under way: the session must end, or another command of this
            # process would wait for it.
            connection.invalidate()
            raise
        finally:
            _release(connection)


def _settings(connection: Connection) -> Iterator[str]:
    """Say who this is, and let nothing end the transaction for being idle."""
    me = f"flask db, {holding.myself()}".replace("'", "")[:_LONGEST]
    yield f"SET LOCAL application_name = '{me}'"
    yield "SET LOCAL idle_in_transaction_session_timeout = 0"
    if (connection.dialect.server_version_info or ()) >= (17,):
        yield "SET LOCAL transaction_timeout = 0"


def _tried(connection: Connection, wanted: int, seconds: float) -> bool:
    time.sleep(min(seconds, INTERVAL))
    whole = "; ".join((*_settings(connection), _TRY.format(wanted)))
    taken = begun.first(connection, whole, _LEVEL)
    if taken is None:
        return _tried_by_steps(connection, wanted)
    if taken == "f":
        _rollback(connection)
    return taken == "t"


def _tried_by_steps(connection: Connection, wanted: int) -> bool:
    if not connection.exec_driver_sql(_TRY.format(wanted)).scalar():
        connection.rollback()
        return False
    # SET comes last, because it has no snapshot.  A driver may leave the portal of a query open,
    # and its snapshot with it, until the next statement.
    for sql in _settings(connection):
        connection.exec_driver_sql(sql)
    return True


def holder(connection: Connection, wanted: int) -> Holder:
    """Return who holds the lock, as far as the role may see it."""
    row: Any = connection.execute(_HOLDER, {"number": wanted}).mappings().first()
    connection.rollback()
    if row is None:
        return Holder("its holder has just gone")
    who = f"session {row['pid']}"
    if row["application_name"]:
        who += f" ({row['application_name']})"
    if row["usename"]:
        who += f" of user {row['usename']}"
    if row["address"]:
        who += f" from {row['address']}"
    if row["xact_start"]:
        who += f", since {row['xact_start']:%Y-%m-%d %H:%M:%S %Z}"
    end = f"SELECT pg_terminate_backend({row['pid']})"
    return Holder(who, f"Wait for it, or end its session: {end}")


def _release(connection: Connection) -> None:
    """End the transaction; a connection that is lost has given the lock up already."""
    if connection.invalidated:
        return
    try:
        _rollback(connection)
    except connection.dialect.loaded_dbapi.Error:
        with suppress(SQLAlchemyError):
            connection.invalidate()


def _rollback(connection: Connection) -> None:
    """End the transaction on the server, of which SQLAlchemy may not know."""
    connection.connection.rollback()
    connection.rollback()
